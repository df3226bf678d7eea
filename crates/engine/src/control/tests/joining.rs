//! Calls that go on with another far end: taken over, or joined by its own.

use super::*;
use scenario::host::TransferRole;

const LEG: sip::LegId = sip::LegId(1);
const OTHER: sip::LegId = sip::LegId(7);
/// What the stage deals for the first leg that is asked for.
const SUCCESSOR: sip::LegId = sip::LegId(101);

fn talking() -> (Control, Scene) {
    let (mut control, mut stage) = (control(), Scene::default());
    alert(&mut control, sdp(0, "sendrecv"));
    answer(&mut control, &mut stage);
    stage.take();
    (control, stage)
}

fn wants_to_join() -> SipEvent {
    SipEvent::Refer {
        leg: LEG,
        target: "201".into(),
        replaces: Some(OTHER),
        headers: vec![],
    }
}

fn far_end_hangs_up() -> SipEvent {
    SipEvent::Ended {
        leg: LEG,
        by_us: false,
        cause: 16,
        reason: String::new(),
        headers: vec![],
    }
}

fn place_is_given() -> SipEvent {
    SipEvent::Answered {
        leg: SUCCESSOR,
        headers: vec![],
        sdp: sdp(0, "sendrecv"),
    }
}

fn place_is_refused() -> SipEvent {
    SipEvent::Failed {
        leg: SUCCESSOR,
        code: 481,
        reason: String::new(),
        headers: vec![],
    }
}

fn taken_over(role: TransferRole) -> Input {
    Input::CallTakenOver {
        call: CALLER,
        role,
        headers: vec![],
    }
}

#[test]
fn a_far_end_joins_two_calls_of_its_own_without_the_scenarios_leave() {
    let (mut control, mut stage) = talking();
    let told = control.sip(1, CALLER, wants_to_join(), &mut stage);
    assert!(told.inputs.is_empty(), "nothing is decided yet");
    assert_eq!(stage.take(), ["ask for the place of 7", "refer 1 202"]);
    assert_eq!(control.call_of(SUCCESSOR), Some(CALLER));
    let told = control.sip(2, CALLER, place_is_given(), &mut stage);
    assert_eq!(told.inputs, [taken_over(TransferRole::Transferor)]);
    assert_eq!(
        stage.take(),
        [
            "configure m2 Pcmu sends",
            "notify 1 200 OK",
            "part with 1 Soon"
        ]
    );
    assert_eq!(control.call_of(LEG), None, "its BYE is nobody's any more");
    let end = Effect::Hangup {
        call: CALLER,
        headers: vec![],
    };
    effect(&mut control, &mut stage, end);
    assert_eq!(stage.take()[0], "hangup 101");
}

#[test]
fn a_far_end_that_hangs_up_at_once_is_not_waited_for() {
    let (mut control, mut stage) = talking();
    control.sip(1, CALLER, wants_to_join(), &mut stage);
    let told = control.sip(2, CALLER, far_end_hangs_up(), &mut stage);
    assert!(told.inputs.is_empty(), "the call goes on: {told:?}");
    stage.take();
    let told = control.sip(3, CALLER, place_is_given(), &mut stage);
    assert_eq!(told.inputs, [taken_over(TransferRole::Transferor)]);
    assert_eq!(stage.take(), ["configure m2 Pcmu sends"]);
    // The same, and the other call does not stand: now it is over.
    let (mut control, mut stage) = talking();
    control.sip(1, CALLER, wants_to_join(), &mut stage);
    control.sip(2, CALLER, far_end_hangs_up(), &mut stage);
    let told = control.sip(3, CALLER, place_is_refused(), &mut stage);
    assert!(
        matches!(
            &told.inputs[..],
            [Input::CallDisconnected { call: CALLER, .. }]
        ),
        "{told:?}"
    );
    // The same, and the scenario hangs up meanwhile.
    let (mut control, mut stage) = talking();
    control.sip(1, CALLER, wants_to_join(), &mut stage);
    control.sip(2, CALLER, far_end_hangs_up(), &mut stage);
    let end = Effect::Hangup {
        call: CALLER,
        headers: vec![],
    };
    let told = effect(&mut control, &mut stage, end);
    assert!(
        matches!(&told[..], [Input::CallDisconnected { .. }]),
        "{told:?}"
    );
    assert!(control.is_empty());
}

#[test]
fn what_cannot_be_joined_leaves_the_call_alone() {
    let (mut control, mut stage) = talking();
    control.sip(1, CALLER, wants_to_join(), &mut stage);
    stage.take();
    let second = control.sip(2, CALLER, wants_to_join(), &mut stage);
    assert!(second.inputs.is_empty());
    assert_eq!(stage.take(), ["refer 1 491"]);
    let told = control.sip(3, CALLER, place_is_refused(), &mut stage);
    assert!(told.inputs.is_empty());
    let log = stage.take();
    assert!(log.contains(&"notify 1 481 the other call does not stand".to_owned()));
    assert_eq!(control.call_of(LEG), Some(CALLER));
    // A call with itself.
    let itself = SipEvent::Refer {
        leg: LEG,
        target: "201".into(),
        replaces: Some(LEG),
        headers: vec![],
    };
    control.sip(4, CALLER, itself, &mut stage);
    assert_eq!(stage.take(), ["refer 1 481"]);
}

fn arrival(offer: Vec<u8>) -> Arrival {
    Arrival {
        leg: sip::LegId(9),
        sdp: offer,
        local_ip: IpAddr::from([127, 0, 0, 1]),
        codecs: CODECS.to_vec(),
    }
}

#[test]
fn a_call_is_taken_over_with_its_media_and_is_no_longer_on_hold() {
    let (mut control, mut stage) = talking();
    let hold = SipEvent::Reoffer {
        leg: LEG,
        headers: vec![],
        sdp: sdp(0, "sendonly"),
    };
    control.sip(1, CALLER, hold, &mut stage);
    stage.take();
    let offer = arrival(sdp(8, "sendrecv"));
    let told = control.take_over(CALLER, &offer, vec![], &mut stage);
    let off_hold = Input::CallHeld {
        call: CALLER,
        held: false,
    };
    assert_eq!(told.inputs, [taken_over(TransferRole::Target), off_hold]);
    let log = stage.take();
    assert_eq!(
        log,
        [
            "configure m2 Pcma sends",
            "200 9 pt 8",
            "part with 1 AtOnce"
        ]
    );
    assert_eq!(control.call_of(sip::LegId(9)), Some(CALLER));
    assert_eq!(control.call_of(LEG), None);
    // The ACK of the new leg is no second answer.
    let acked = SipEvent::Answered {
        leg: sip::LegId(9),
        headers: vec![],
        sdp: vec![],
    };
    assert!(control.sip(2, CALLER, acked, &mut stage).inputs.is_empty());
}

#[test]
fn what_cannot_take_over_is_refused_and_the_call_stays() {
    let (mut control, mut stage) = talking();
    for offer in [Vec::new(), b"v=0\r\nno sdp".to_vec(), sdp(97, "sendrecv")] {
        let told = control.take_over(CALLER, &arrival(offer), vec![], &mut stage);
        assert!(told.inputs.is_empty());
        assert_eq!(stage.take(), ["reject 9 488"]);
    }
    assert_eq!(control.call_of(LEG), Some(CALLER));
    let (mut control, mut stage) = (super::control(), Scene::default());
    alert(&mut control, sdp(0, "sendrecv"));
    let told = control.take_over(CALLER, &arrival(sdp(0, "sendrecv")), vec![], &mut stage);
    assert!(told.inputs.is_empty());
    assert_eq!(stage.take(), ["reject 9 481"], "it only rings");
}
