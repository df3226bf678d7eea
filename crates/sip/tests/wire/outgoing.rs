//! Calls that we make.

use crate::harness::{Centre, SDP, Setup, Sipp, trunk};
use sip::{DialRequest, SipEvent, Target, TrunkCredentials};

/// Starts a phone and waits until it can be called.
async fn phone(scenario: &str, more: &[&str]) -> Sipp {
    let sipp = Sipp::start(scenario, more);
    sipp.listening().await;
    sipp
}

/// The next event must be the end of a call that failed.
async fn failure(centre: &mut Centre) -> (u16, String) {
    match centre.next().await {
        SipEvent::Failed { code, reason, .. } => (code, reason),
        other => panic!("{other:?}"),
    }
}

async fn rings(centre: &mut Centre) {
    let event = centre.next().await;
    assert!(
        matches!(event, SipEvent::Progress { code: 180, .. }),
        "{event:?}"
    );
}

#[tokio::test]
async fn we_call_and_hang_up() {
    let mut centre = Centre::start().await;
    let sipp = phone("uas", &[]).await;
    let leg = centre.call(format!("sip:bob@{}", sipp.address));
    rings(&mut centre).await;
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

#[tokio::test]
async fn we_call_over_tcp() {
    let mut centre = Centre::start().await;
    let sipp = phone("uas", &["-t", "t1"]).await;
    let leg = centre.call(format!("sip:bob@{};transport=tcp", sipp.address));
    rings(&mut centre).await;
    assert!(matches!(centre.next().await, SipEvent::Answered { .. }));
    centre.sip.hangup(leg, vec![], None);
    assert!(matches!(
        centre.next().await,
        SipEvent::Ended { by_us: true, .. }
    ));
    sipp.succeeds().await;
    centre.is_quiet().await;
}

#[tokio::test]
async fn a_phone_that_hangs_up_with_its_first_breath_is_heard() {
    let mut centre = Centre::start().await;
    let sipp = phone("uas-bye-at-once", &[]).await;
    centre.call(format!("sip:bob@{}", sipp.address));
    assert!(matches!(centre.next().await, SipEvent::Answered { .. }));
    match centre.next().await {
        SipEvent::Ended {
            by_us,
            cause,
            headers,
            ..
        } => {
            assert_eq!((by_us, cause), (false, 17));
            let pair = |name: &str, value: &str| (name.to_string(), value.to_string());
            assert_eq!(
                headers,
                [pair("X-Bye", "soon"), pair("Reason", "Q.850;cause=17")]
            );
        }
        other => panic!("{other:?}"),
    }
    sipp.succeeds().await;
    centre.is_quiet().await;
}

#[tokio::test]
async fn a_ringing_call_that_we_give_up_is_cancelled() {
    let mut centre = Centre::start().await;
    let sipp = phone("uas-rings", &[]).await;
    let leg = centre.call(format!("sip:bob@{}", sipp.address));
    rings(&mut centre).await;
    centre.sip.hangup(leg, vec![], None);
    assert_eq!(failure(&mut centre).await.0, 487);
    sipp.succeeds().await;
    centre.is_quiet().await;
}

#[tokio::test]
async fn an_answer_that_crosses_our_cancel_is_acknowledged_and_ended() {
    let mut centre = Centre::start().await;
    let sipp = phone("uas-cancel-race", &[]).await;
    let leg = centre.call(format!("sip:bob@{}", sipp.address));
    rings(&mut centre).await;
    centre.sip.hangup(leg, vec![], Some("SIP;cause=487".into()));
    assert_eq!(failure(&mut centre).await.0, 487);
    sipp.succeeds().await;
    centre.is_quiet().await;
}

#[tokio::test]
async fn nobody_answering_in_time_is_408_and_cancelled() {
    let mut centre = Centre::start().await;
    let sipp = phone("uas-rings", &[]).await;
    centre.sip.dial(DialRequest {
        target: Target::Uri {
            uri: format!("sip:bob@{}", sipp.address),
            auth: None,
            proxy: None,
        },
        caller: "100".into(),
        display_name: String::new(),
        headers: vec![],
        sdp: SDP.to_vec(),
        timeout_ms: 700,
    });
    rings(&mut centre).await;
    assert_eq!(failure(&mut centre).await.0, 408);
    sipp.succeeds().await;
    centre.is_quiet().await;
}

#[tokio::test]
async fn nobody_there_at_all_is_408() {
    let mut centre = Centre::with(Setup {
        hasty: true,
        ..Setup::default()
    })
    .await;
    centre.call(format!("sip:bob@127.0.0.1:{}", crate::harness::free_port()));
    assert_eq!(failure(&mut centre).await.0, 408);
    centre.is_quiet().await;
}

#[tokio::test]
async fn a_redirect_is_a_failure_and_is_not_followed() {
    let mut centre = Centre::start().await;
    let sipp = phone("uas-302", &[]).await;
    centre.call(format!("sip:bob@{}", sipp.address));
    assert_eq!(failure(&mut centre).await.0, 302);
    sipp.succeeds().await;
    centre.is_quiet().await;
}

#[tokio::test]
async fn a_refusal_brings_its_own_words_and_headers() {
    let mut centre = Centre::start().await;
    let sipp = phone("uas-486", &[]).await;
    centre.call(format!("sip:bob@{}", sipp.address));
    match centre.next().await {
        SipEvent::Failed {
            code,
            reason,
            headers,
            ..
        } => {
            assert_eq!((code, reason.as_str()), (486, "At Lunch"));
            assert_eq!(headers, [("X-Why".to_string(), "because".to_string())]);
        }
        other => panic!("{other:?}"),
    }
    sipp.succeeds().await;
    centre.is_quiet().await;
}

#[tokio::test]
async fn a_uri_that_cannot_be_called_fails_at_once() {
    let mut centre = Centre::start().await;
    for (uri, code) in [
        ("tel:+123", 416),
        ("sip:a b@c", 400),
        ("sip:x@no-such-host.invalid", 503),
    ] {
        centre.call(uri.into());
        assert_eq!(failure(&mut centre).await.0, code, "{uri}");
    }
    centre.is_quiet().await;
}

/// Credentials towards the provider of the scenario.
fn ours() -> TrunkCredentials {
    TrunkCredentials {
        user: "us".into(),
        password: "secret".into(),
        realm: Some("provider".into()),
    }
}

#[tokio::test]
async fn a_trunk_gets_credentials_for_its_invite_and_none_for_a_bye() {
    let sipp = phone("uas-challenges", &[]).await;
    let mut peer = trunk(sipp.address, None);
    peer.credentials = Some(ours());
    let mut centre = Centre::with(Setup {
        trunks: vec![peer],
        ..Setup::default()
    })
    .await;
    let leg = centre.dial(Target::Trunk {
        trunk: None,
        number: "74951234567".into(),
    });
    assert!(matches!(centre.next().await, SipEvent::Answered { .. }));
    centre.sip.hangup(leg, vec![], None);
    assert!(matches!(
        centre.next().await,
        SipEvent::Ended { by_us: true, .. }
    ));
    sipp.succeeds().await;
    centre.is_quiet().await;
}

#[tokio::test]
async fn a_phone_that_asks_for_a_password_gets_none() {
    let mut centre = Centre::start().await;
    let sipp = phone("uas-challenges", &[]).await;
    centre.call(format!("sip:bob@{}", sipp.address));
    assert_eq!(failure(&mut centre).await.0, 407);
    centre.is_quiet().await;
}

#[tokio::test]
async fn a_far_end_that_lost_its_power_is_noticed() {
    let mut centre = Centre::with(Setup {
        hasty: true,
        ..Setup::default()
    })
    .await;
    let sipp = phone("uas-vanishes", &[]).await;
    centre.call(format!("sip:bob@{}", sipp.address));
    assert!(matches!(centre.next().await, SipEvent::Answered { .. }));
    drop(sipp);
    match centre.next().await {
        SipEvent::Ended { by_us, cause, .. } => assert_eq!((by_us, cause), (false, 102)),
        other => panic!("{other:?}"),
    }
    centre.is_quiet().await;
}

#[tokio::test]
async fn nothing_is_kept_of_calls_that_are_over() {
    let hasty = || Setup {
        hasty: true,
        ..Setup::default()
    };
    let (mut one, mut other) = (Centre::with(hasty()).await, Centre::with(hasty()).await);
    for answered in [true, false, true] {
        let out = one.call(format!("sip:100@{}", other.udp));
        let leg = other.incoming().await;
        if answered {
            other.sip.answer(leg, vec![], SDP.to_vec());
            assert!(matches!(one.next().await, SipEvent::Answered { .. }));
            assert!(matches!(other.next().await, SipEvent::Answered { .. }));
            one.sip.hangup(out, vec![], None);
            assert!(matches!(
                other.next().await,
                SipEvent::Ended { by_us: false, .. }
            ));
            assert!(matches!(
                one.next().await,
                SipEvent::Ended { by_us: true, .. }
            ));
        } else {
            other.sip.reject(leg, 486, vec![], None);
            assert!(matches!(
                other.next().await,
                SipEvent::Ended { by_us: true, .. }
            ));
            assert_eq!(failure(&mut one).await.0, 486);
        }
    }
    // The library keeps finished transactions for 64*T1; then nothing is left.
    for _ in 0..200 {
        if (one.sip.kept(), other.sip.kept()) == ((0, 0), (0, 0)) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("kept: {:?} {:?}", one.sip.kept(), other.sip.kept());
}

#[tokio::test]
async fn a_hundred_calls_at_once_all_end() {
    let (mut one, mut other) = (Centre::start().await, Centre::start().await);
    let target = format!("sip:100@{}", other.udp);
    let legs: Vec<_> = (0..100).map(|_| one.call(target.clone())).collect();
    for _ in &legs {
        let leg = other.incoming().await;
        other.sip.answer(leg, vec![], SDP.to_vec());
    }
    for _ in &legs {
        assert!(matches!(one.next().await, SipEvent::Answered { .. }));
        assert!(matches!(other.next().await, SipEvent::Answered { .. }));
    }
    one.sip.shutdown(10_000).await;
    for _ in &legs {
        assert!(matches!(
            one.next().await,
            SipEvent::Ended { by_us: true, .. }
        ));
        assert!(matches!(
            other.next().await,
            SipEvent::Ended { by_us: false, .. }
        ));
    }
    assert_eq!((one.sip.legs(), other.sip.legs()), (0, 0));
}

#[tokio::test]
async fn orders_may_come_from_a_thread_without_a_runtime() {
    let mut centre = Centre::start().await;
    let sip = centre.sip.clone();
    let order = DialRequest {
        target: Target::User("nobody".into()),
        caller: "100".into(),
        display_name: String::new(),
        headers: vec![],
        sdp: SDP.to_vec(),
        timeout_ms: 1000,
    };
    let thread = std::thread::spawn(move || {
        let leg = sip.dial(order);
        sip.hangup(leg, vec![], None);
    });
    thread.join().expect("no panic");
    assert!(matches!(failure(&mut centre).await.0, 480 | 487));
    centre.is_quiet().await;
}
