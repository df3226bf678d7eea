//! Calls that come in.

use crate::harness::{Centre, SDP, Setup, Sipp};
use sip::{SipEvent, Source};

#[tokio::test]
async fn a_caller_talks_and_hangs_up() {
    let mut centre = Centre::start().await;
    let sipp = Sipp::start("uac", &[&centre.udp.to_string()]);
    let leg = match centre.next().await {
        SipEvent::Incoming {
            leg,
            source,
            destination,
            caller,
            sdp,
            local_ip,
            ..
        } => {
            assert_eq!(source, Source::Open);
            assert_eq!((destination.as_str(), caller.as_str()), ("100", "sipp"));
            assert!(sdp.starts_with(b"v=0"));
            assert!(local_ip.is_loopback());
            leg
        }
        other => panic!("{other:?}"),
    };
    centre.sip.ring(leg, vec![]);
    centre.sip.answer(leg, vec![], SDP.to_vec());
    assert!(matches!(centre.next().await, SipEvent::Answered { leg: l, .. } if l == leg));
    match centre.next().await {
        SipEvent::Ended {
            leg: ended,
            by_us,
            cause,
            ..
        } => {
            assert_eq!((ended, by_us, cause), (leg, false, 16));
        }
        other => panic!("{other:?}"),
    }
    sipp.succeeds().await;
    centre.is_quiet().await;
}

#[tokio::test]
async fn a_caller_cancels_while_it_rings() {
    let mut centre = Centre::start().await;
    let sipp = Sipp::start("cancel", &[&centre.udp.to_string()]);
    let leg = match centre.next().await {
        SipEvent::Incoming {
            leg,
            headers,
            display_name,
            ..
        } => {
            assert_eq!(headers, [("X-Campaign".to_string(), "spring".to_string())]);
            assert_eq!(display_name, "Caller");
            leg
        }
        other => panic!("{other:?}"),
    };
    centre.sip.ring(leg, vec![]);
    match centre.next().await {
        SipEvent::Ended {
            by_us,
            cause,
            reason,
            ..
        } => assert_eq!(
            (by_us, cause, reason.as_str()),
            (false, 31, "tired of waiting")
        ),
        other => panic!("{other:?}"),
    }
    centre.sip.answer(leg, vec![], SDP.to_vec());
    sipp.succeeds().await;
    centre.is_quiet().await;
}

#[tokio::test]
async fn an_offerless_call_holds_sends_info_and_is_hung_up() {
    let mut centre = Centre::start().await;
    let sipp = Sipp::start("long-call", &[&centre.udp.to_string()]);
    let leg = centre.incoming().await;
    centre.sip.answer(leg, vec![], SDP.to_vec());
    match centre.next().await {
        SipEvent::Answered { sdp, .. } => {
            let sdp = String::from_utf8(sdp).unwrap();
            assert!(sdp.contains("s=answer"), "the ACK's SDP: {sdp}");
        }
        other => panic!("{other:?}"),
    }
    centre
        .sip
        .info(leg, "text/plain".into(), b"hello".to_vec(), vec![]);
    match centre.next().await {
        SipEvent::Info {
            mime_type,
            body,
            headers,
            ..
        } => {
            assert_eq!(mime_type, "application/dtmf-relay");
            assert!(body.starts_with(b"Signal=5"));
            assert_eq!(headers, [("X-Step".to_string(), "one".to_string())]);
        }
        other => panic!("{other:?}"),
    }
    match centre.next().await {
        SipEvent::Reoffer { sdp, .. } => {
            assert!(String::from_utf8(sdp).unwrap().contains("sendonly"))
        }
        other => panic!("{other:?}"),
    }
    centre.sip.answer_reoffer(leg, vec![], SDP.to_vec());
    assert!(matches!(centre.next().await, SipEvent::Info { .. }), "done");
    let reason = "SIP;cause=200;text=\"Call completed elsewhere\"";
    centre.sip.hangup(leg, vec![], Some(reason.into()));
    assert!(matches!(
        centre.next().await,
        SipEvent::Ended { by_us: true, .. }
    ));
    sipp.succeeds().await;
    centre.is_quiet().await;
}

#[tokio::test]
async fn an_answer_that_is_never_acknowledged_ends_with_bye() {
    let mut centre = Centre::with(Setup {
        hasty: true,
        ..Setup::default()
    })
    .await;
    let sipp = Sipp::start("never-acks", &[&centre.udp.to_string()]);
    let leg = centre.incoming().await;
    centre.sip.answer(leg, vec![], SDP.to_vec());
    match centre.next().await {
        SipEvent::Ended { by_us, cause, .. } => assert_eq!((by_us, cause), (true, 102)),
        other => panic!("{other:?}"),
    }
    sipp.succeeds().await;
    centre.is_quiet().await;
}

#[tokio::test]
async fn a_refused_call_ends_once() {
    let mut centre = Centre::start().await;
    let sipp = Sipp::start("refused-486", &[&centre.udp.to_string()]);
    let leg = centre.incoming().await;
    centre.sip.reject(leg, 486, vec![], None);
    centre.sip.hangup(leg, vec![], None);
    assert!(matches!(
        centre.next().await,
        SipEvent::Ended { by_us: true, .. }
    ));
    sipp.succeeds().await;
    centre.is_quiet().await;
}

#[tokio::test]
async fn above_the_limit_a_caller_is_asked_to_come_back() {
    let mut centre = Centre::with(Setup {
        legs_max: Some(0),
        ..Setup::default()
    })
    .await;
    Sipp::start("refused-503", &[&centre.udp.to_string()])
        .succeeds()
        .await;
    centre.is_quiet().await;
}

#[tokio::test]
async fn a_closed_listener_asks_strangers_for_proof() {
    let mut centre = Centre::with(Setup {
        closed: true,
        ..Setup::default()
    })
    .await;
    Sipp::start("refused-401", &[&centre.udp.to_string()])
        .succeeds()
        .await;
    centre.is_quiet().await;
}

#[tokio::test]
async fn a_trunk_calls_in_by_its_address() {
    let peer = crate::harness::trunk("127.0.0.1:9".parse().unwrap(), Some([127, 0, 0, 1].into()));
    let mut centre = Centre::with(Setup {
        closed: true,
        trunks: vec![peer],
        ..Setup::default()
    })
    .await;
    let sipp = Sipp::start("refused-486", &[&centre.udp.to_string()]);
    match centre.next().await {
        SipEvent::Incoming { leg, source, .. } => {
            assert_eq!(source, Source::Trunk("acme".into()));
            centre.sip.reject(leg, 486, vec![], None);
        }
        other => panic!("{other:?}"),
    }
    sipp.succeeds().await;
}

#[tokio::test]
async fn a_call_over_tcp_goes_the_same_way() {
    let mut centre = Centre::start().await;
    let sipp = Sipp::start("long-call", &["-t", "t1", &centre.tcp.to_string()]);
    let leg = centre.incoming().await;
    centre.sip.answer(leg, vec![], SDP.to_vec());
    assert!(matches!(centre.next().await, SipEvent::Answered { .. }));
    centre
        .sip
        .info(leg, "text/plain".into(), b"hello".to_vec(), vec![]);
    assert!(matches!(centre.next().await, SipEvent::Info { .. }));
    assert!(matches!(centre.next().await, SipEvent::Reoffer { .. }));
    centre.sip.answer_reoffer(leg, vec![], SDP.to_vec());
    assert!(matches!(centre.next().await, SipEvent::Info { .. }), "done");
    let reason = "SIP;cause=200;text=\"Call completed elsewhere\"";
    centre.sip.hangup(leg, vec![], Some(reason.into()));
    assert!(matches!(
        centre.next().await,
        SipEvent::Ended { by_us: true, .. }
    ));
    sipp.succeeds().await;
    centre.is_quiet().await;
}
