//! Transfers by REFER both ways, and re-INVITEs of ours.

use crate::harness::{Centre, SDP, Sipp};
use sip::{LegId, ReferTo, SipEvent};

async fn connected(centre: &mut Centre) {
    let event = centre.next().await;
    assert!(matches!(event, SipEvent::Answered { .. }), "{event:?}");
}

async fn answered(centre: &mut Centre) -> LegId {
    let leg = centre.incoming().await;
    centre.sip.answer(leg, vec![], SDP.to_vec());
    connected(centre).await;
    leg
}

fn has(headers: &sip::Headers, name: &str, value: &str) -> bool {
    headers.iter().any(|(n, v)| n == name && v.contains(value))
}

#[tokio::test]
async fn a_caller_is_transferred_and_told_how_it_goes() {
    let mut centre = Centre::start().await;
    let sipp = Sipp::start("uac-refers", &[&centre.udp.to_string()]);
    let leg = answered(&mut centre).await;
    match centre.next().await {
        SipEvent::Refer {
            leg: asked,
            target,
            headers,
            replaces: None,
        } => {
            assert_eq!((asked, target.as_str()), (leg, "200"));
            assert!(has(&headers, "X-Message", "refer"), "{headers:?}");
            assert!(has(&headers, "Referred-By", "sip:sipp@"), "{headers:?}");
        }
        other => panic!("{other:?}"),
    }
    centre.sip.answer_refer(leg, 202);
    centre.sip.notify_refer(leg, 180, "Ringing".into());
    centre.sip.notify_refer(leg, 200, "OK".into());
    let end = centre.next().await;
    assert!(
        matches!(end, SipEvent::Ended { by_us: false, .. }),
        "{end:?}"
    );
    sipp.succeeds().await;
    centre.is_quiet().await;
}

#[tokio::test]
async fn a_refused_or_senseless_transfer_leaves_the_call_alone() {
    let mut centre = Centre::start().await;
    let sipp = Sipp::start("uac-refer-declined", &[&centre.udp.to_string()]);
    let leg = answered(&mut centre).await;
    let event = centre.next().await;
    assert!(matches!(event, SipEvent::Refer { .. }), "{event:?}");
    centre.sip.answer_refer(leg, 603);
    // The senseless ones were answered by the stack; the call still takes INFO.
    let event = centre.next().await;
    assert!(matches!(event, SipEvent::Info { .. }), "{event:?}");
    let end = centre.next().await;
    assert!(
        matches!(end, SipEvent::Ended { by_us: false, .. }),
        "{end:?}"
    );
    sipp.succeeds().await;
    centre.is_quiet().await;
}

#[tokio::test]
async fn we_transfer_a_phone_and_hear_what_became_of_it() {
    let mut centre = Centre::start().await;
    let sipp = Sipp::start("uas-referred", &[]);
    sipp.listening().await;
    let leg = centre.call(format!("sip:bob@{}", sipp.address));
    connected(&mut centre).await;
    for (to, expected) in [
        (ReferTo::Address("300".into()), 486),
        (ReferTo::Leg(leg), 200),
    ] {
        centre
            .sip
            .refer(leg, to, vec![("X-Why".into(), "it".into())]);
        match centre.next().await {
            SipEvent::Transferred { code, headers, .. } => {
                assert_eq!(code, expected);
                assert!(has(&headers, "X-Message", "notify"), "{headers:?}");
            }
            other => panic!("{other:?}"),
        }
    }
    centre.sip.hangup(leg, vec![], None);
    let end = centre.next().await;
    assert!(
        matches!(end, SipEvent::Ended { by_us: true, .. }),
        "{end:?}"
    );
    sipp.succeeds().await;
    centre.is_quiet().await;
}

#[tokio::test]
async fn our_re_invite_is_taken_once_and_refused_once() {
    let mut centre = Centre::start().await;
    let sipp = Sipp::start("uas-reinvited", &[]);
    sipp.listening().await;
    let leg = centre.call(format!("sip:bob@{}", sipp.address));
    connected(&mut centre).await;
    for expected in [200, 488] {
        let headers = vec![("X-Message".into(), "held".into())];
        centre.sip.reoffer(leg, headers, SDP.to_vec());
        match centre.next().await {
            SipEvent::ReofferAnswered {
                code, headers, sdp, ..
            } => {
                assert_eq!(code, expected);
                assert_eq!(!sdp.is_empty(), code == 200);
                assert_eq!(has(&headers, "X-Message", "reinvited"), code == 200);
            }
            other => panic!("{other:?}"),
        }
    }
    centre.sip.hangup(leg, vec![], None);
    let end = centre.next().await;
    assert!(
        matches!(end, SipEvent::Ended { by_us: true, .. }),
        "{end:?}"
    );
    sipp.succeeds().await;
    centre.is_quiet().await;
}
