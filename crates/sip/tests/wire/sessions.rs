//! Session timers (RFC 4028): refreshed by callers, by us, and not at all.

use crate::harness::{Centre, SDP, Setup, Sipp};
use sip::{LegId, SipEvent};

async fn centre() -> Centre {
    let setup = Setup {
        brief_sessions: true,
        ..Setup::default()
    };
    Centre::with(setup).await
}

/// A call of this caller, answered.
async fn answered(centre: &mut Centre, scenario: &str) -> (Sipp, LegId) {
    let sipp = Sipp::start(scenario, &[&centre.udp.to_string()]);
    let leg = centre.incoming().await;
    centre.sip.answer(leg, vec![], SDP.to_vec());
    let answered = centre.next().await;
    assert!(
        matches!(answered, SipEvent::Answered { .. }),
        "{answered:?}"
    );
    (sipp, leg)
}

/// The end of the call: by whom, and its cause.
async fn ends(centre: &mut Centre) -> (bool, u16) {
    match centre.next().await {
        SipEvent::Ended { by_us, cause, .. } => (by_us, cause),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_caller_who_does_not_refresh_is_hung_up() {
    let mut centre = centre().await;
    let (sipp, _) = answered(&mut centre, "uac-timer-vanishes").await;
    assert_eq!(ends(&mut centre).await, (false, 102));
    sipp.succeeds().await;
    centre.is_quiet().await;
}

#[tokio::test]
async fn a_caller_who_refreshes_is_left_talking() {
    let mut centre = centre().await;
    let (sipp, _) = answered(&mut centre, "uac-timer-refreshes").await;
    assert_eq!(ends(&mut centre).await, (false, 16));
    sipp.succeeds().await;
    centre.is_quiet().await;
}

#[tokio::test]
async fn we_refresh_when_we_are_asked_to_until_nobody_is_there() {
    let mut centre = centre().await;
    let (sipp, _) = answered(&mut centre, "uac-timer-ours").await;
    assert_eq!(ends(&mut centre).await, (false, 102));
    sipp.succeeds().await;
    centre.is_quiet().await;
}

#[tokio::test]
async fn a_session_that_is_too_short_is_refused_with_the_least() {
    let mut centre = centre().await;
    let sipp = Sipp::start("uac-timer-brief", &[&centre.udp.to_string()]);
    sipp.succeeds().await;
    centre.is_quiet().await;
}
