//! Transfers, re-INVITEs and the words with which calls end.

use super::*;
use scenario::host::TransferTarget;

const LEG: sip::LegId = sip::LegId(1);

fn talking() -> (Control, Scene) {
    let (mut control, mut stage) = (control(), Scene::default());
    alert(&mut control, sdp(0, "sendrecv"));
    answer(&mut control, &mut stage);
    stage.take();
    (control, stage)
}

fn refer() -> SipEvent {
    SipEvent::Refer {
        replaces: None,
        leg: LEG,
        target: "200".into(),
        headers: vec![],
    }
}

#[test]
fn a_transfer_that_nobody_asked_for_is_declined_and_the_call_stays() {
    let (mut control, mut stage) = talking();
    let told = control.sip(1, CALLER, refer(), &mut stage);
    assert!(told.inputs.is_empty());
    assert!(
        told.log[0].contains("handleBlindTransfer"),
        "{:?}",
        told.log
    );
    assert_eq!(stage.take(), ["refer 1 603"]);
    assert_eq!(control.call_of(LEG), Some(CALLER));
}

#[test]
fn a_transfer_reaches_the_scenario_that_asked_and_is_told_back() {
    let (mut control, mut stage) = talking();
    let wish = Effect::HandleBlindTransfer {
        call: CALLER,
        enabled: true,
    };
    effect(&mut control, &mut stage, wish);
    let told = control.sip(1, CALLER, refer(), &mut stage);
    assert!(
        matches!(&told.inputs[..], [Input::CallTransferRequested { target, .. }] if target == "200")
    );
    let notify = Effect::NotifyTransfer {
        call: CALLER,
        code: 486,
        reason: "Busy".into(),
    };
    effect(&mut control, &mut stage, notify);
    assert_eq!(stage.take(), ["refer 1 202", "notify 1 486 Busy"]);
}

#[test]
fn our_transfer_needs_calls_that_stand() {
    let (mut control, mut stage) = talking();
    dial(&mut control, &mut stage);
    stage.take();
    let mut transfer = |to| {
        let wish = Effect::Transfer {
            call: CALLER,
            to,
            headers: vec![],
        };
        effect(&mut control, &mut stage, wish)
    };
    let ringing = transfer(TransferTarget::Call { call: AGENT });
    assert!(
        matches!(ringing[..], [Input::CallTransferred { code: 481, .. }]),
        "{ringing:?}"
    );
    let address = TransferTarget::Address {
        address: "300".into(),
    };
    assert!(transfer(address).is_empty());
    connect_agent(&mut control, &mut stage);
    stage.take();
    let wish = Effect::Transfer {
        call: CALLER,
        to: TransferTarget::Call { call: AGENT },
        headers: vec![],
    };
    assert!(effect(&mut control, &mut stage, wish).is_empty());
    assert_eq!(stage.take(), ["send refer 1 Leg(LegId(101))"]);
}

#[test]
fn a_re_invite_waits_for_the_scenario_that_listens() {
    let (mut control, mut stage) = talking();
    effect(
        &mut control,
        &mut stage,
        Effect::HandleReInvites { call: CALLER },
    );
    let hold = || SipEvent::Reoffer {
        leg: LEG,
        headers: vec![("X-A".into(), "1".into())],
        sdp: sdp(0, "inactive"),
    };
    let told = control.sip(1, CALLER, hold(), &mut stage);
    assert!(
        matches!(&told.inputs[..], [Input::CallReInvite { body, .. }] if body.contains("inactive"))
    );
    assert!(stage.take().is_empty());
    let reject = Effect::RejectReInvite {
        call: CALLER,
        code: 488,
        headers: vec![],
    };
    assert!(effect(&mut control, &mut stage, reject.clone()).is_empty());
    assert_eq!(stage.take(), ["reoffer 1 488"]);
    effect(&mut control, &mut stage, reject);
    assert!(stage.take().is_empty(), "refused once only");
    control.sip(1, CALLER, hold(), &mut stage);
    let accept = Effect::AcceptReInvite {
        call: CALLER,
        headers: vec![],
    };
    let held = effect(&mut control, &mut stage, accept);
    assert!(matches!(held[..], [Input::CallHeld { held: true, .. }]));
    assert!(stage.take().contains(&"reoffer 1 taken".to_string()));
}

#[test]
fn our_re_invite_offers_our_media_in_the_direction_asked_for() {
    let (mut control, mut stage) = talking();
    let mut re_invite = |body: &str| {
        let wish = Effect::ReInvite {
            call: CALLER,
            headers: vec![],
            mime_type: "application/sdp".into(),
            body: body.into(),
        };
        effect(&mut control, &mut stage, wish);
        stage.take()
    };
    assert_eq!(
        re_invite("v=0\r\na=sendonly\r\n"),
        ["re-invite 1 a=sendonly"]
    );
    assert_eq!(re_invite(""), ["re-invite 1 a=sendrecv"]);
    let answered = SipEvent::ReofferAnswered {
        leg: LEG,
        code: 200,
        reason: "OK".into(),
        headers: vec![],
        sdp: sdp(0, "recvonly"),
    };
    let told = control.sip(2, CALLER, answered, &mut stage);
    assert!(matches!(
        told.inputs[..],
        [Input::CallReInviteAnswered { code: 200, .. }]
    ));
    assert_eq!(stage.take(), ["configure m2 Pcmu sends"]);
}

#[test]
fn every_end_says_why() {
    let (mut control, mut stage) = (control(), Scene::default());
    alert(&mut control, sdp(0, "sendrecv"));
    let busy = Effect::Reject {
        call: CALLER,
        code: 486,
        headers: vec![],
    };
    let told = effect(&mut control, &mut stage, busy);
    assert!(matches!(
        told[..],
        [Input::CallDisconnected {
            internal_code: 17,
            ..
        }]
    ));
    assert_eq!(stage.reasons, ["Q.850;cause=17"]);

    let (mut control, mut stage) = talking();
    let passed_on = Effect::Hangup {
        call: CALLER,
        headers: vec![("Reason".into(), "Q.850;cause=31".into())],
    };
    effect(&mut control, &mut stage, passed_on);
    assert_eq!(stage.reasons, ["Q.850;cause=31"]);
    let (mut control, mut stage) = talking();
    let plain = Effect::Hangup {
        call: CALLER,
        headers: vec![],
    };
    effect(&mut control, &mut stage, plain);
    assert_eq!(stage.reasons, ["Q.850;cause=16"]);
}

#[test]
fn phones_that_ring_in_vain_are_told_that_another_one_answered() {
    let (mut control, mut stage) = talking();
    dial(&mut control, &mut stage);
    let second = Effect::Dial {
        call: 3,
        target: DialTarget::User {
            user: "boris".into(),
        },
        callerid: String::new(),
        display_name: String::new(),
        headers: vec![],
        timeout_ms: 1_000,
    };
    effect(&mut control, &mut stage, second);
    connect_agent(&mut control, &mut stage);
    let give_up = Effect::Hangup {
        call: 3,
        headers: vec![],
    };
    effect(&mut control, &mut stage, give_up);
    assert_eq!(
        stage.reasons,
        ["SIP;cause=200;text=\"Call completed elsewhere\""]
    );
}

/// The same when the session goes while the other phone still rings.
#[test]
fn a_phone_that_rings_when_the_session_ends_is_told_that_another_one_answered() {
    for is_answered in [true, false] {
        let (mut control, mut stage) = talking();
        dial(&mut control, &mut stage);
        let second = Effect::Dial {
            call: 3,
            target: DialTarget::User {
                user: "boris".into(),
            },
            callerid: String::new(),
            display_name: String::new(),
            headers: vec![],
            timeout_ms: 1_000,
        };
        effect(&mut control, &mut stage, second);
        if is_answered {
            connect_agent(&mut control, &mut stage);
        }
        control.end(480, &mut stage);
        let told = stage.reasons.last().map(String::as_str);
        let expected = if is_answered {
            "SIP;cause=200;text=\"Call completed elsewhere\""
        } else {
            ""
        };
        assert_eq!(told, Some(expected));
    }
}
