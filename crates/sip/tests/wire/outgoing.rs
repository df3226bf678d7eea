//! Calls that we make.

use crate::harness::{Centre, Sipp};
use sip::SipEvent;

#[tokio::test]
async fn we_call_and_hang_up() {
    let mut centre = Centre::start().await;
    let sipp = Sipp::start("uas", &[]);
    sipp.listening().await;
    let leg = centre.call(format!("sip:bob@{}", sipp.address));
    assert!(
        matches!(centre.next().await, SipEvent::Progress { leg: l, code: 180, .. } if l == leg)
    );
    match centre.next().await {
        SipEvent::Answered {
            leg: answered, sdp, ..
        } => {
            assert_eq!(answered, leg);
            assert!(sdp.starts_with(b"v=0"));
        }
        other => panic!("{other:?}"),
    }
    centre.sip.hangup(leg, vec![], None);
    assert!(matches!(centre.next().await, SipEvent::Ended { leg: l, by_us: true, .. } if l == leg));
    sipp.succeeds().await;
    centre.is_quiet().await;
}
