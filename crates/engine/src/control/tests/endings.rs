//! The words with which calls end, for each state of a call and each way to end it
//! (`Reason`, RFC 3326; `internalCode` of `Disconnected`).

use super::*;

const ELSEWHERE: &str = "SIP;cause=200;text=\"Call completed elsewhere\"";

/// How far the caller has come.
#[derive(Clone, Copy, Debug)]
enum Caller {
    Alerting,
    Answering,
    Talking,
}

fn at(state: Caller) -> (Control, Scene) {
    let (mut control, mut stage) = (control(), Scene::default());
    alert(&mut control, sdp(0, "sendrecv"));
    let answers = Effect::Answer {
        call: CALLER,
        headers: vec![],
    };
    match state {
        Caller::Alerting => {}
        Caller::Answering => drop(effect(&mut control, &mut stage, answers)),
        Caller::Talking => answer(&mut control, &mut stage),
    }
    stage.reasons.clear();
    (control, stage)
}

fn hangup(call: CallId, reason: Option<&str>) -> Effect {
    let headers = reason.map(|reason| ("Reason".to_owned(), reason.to_owned()));
    Effect::Hangup {
        call,
        headers: headers.into_iter().collect(),
    }
}

#[test]
fn our_hang_up_says_why_and_a_reason_of_the_scenario_goes_before() {
    for (state, expected) in [
        (Caller::Alerting, "Q.850;cause=18"),
        (Caller::Answering, "Q.850;cause=16"),
        (Caller::Talking, "Q.850;cause=16"),
    ] {
        let (mut control, mut stage) = at(state);
        effect(&mut control, &mut stage, hangup(CALLER, None));
        assert_eq!(stage.reasons, [expected], "{state:?}");
        let (mut control, mut stage) = at(state);
        let own = hangup(CALLER, Some("Q.850;cause=31"));
        effect(&mut control, &mut stage, own);
        assert_eq!(stage.reasons, ["Q.850;cause=31"], "{state:?}");
        // Said once.
        effect(&mut control, &mut stage, hangup(CALLER, None));
        assert_eq!(stage.reasons.len(), 1, "{state:?}");
    }
}

#[test]
fn a_refusal_has_the_cause_of_its_status() {
    for (code, cause) in [
        (404, 1),
        (480, 18),
        (486, 17),
        (500, 41),
        (503, 41),
        (600, 17),
        (603, 21),
        (606, 31),
    ] {
        let (mut control, mut stage) = at(Caller::Alerting);
        let reject = Effect::Reject {
            call: CALLER,
            code,
            headers: vec![],
        };
        let told = effect(&mut control, &mut stage, reject);
        assert_eq!(stage.reasons, [format!("Q.850;cause={cause}")], "{code}");
        let [Input::CallDisconnected { internal_code, .. }] = told[..] else {
            panic!("{code}: {told:?}");
        };
        assert_eq!(internal_code, cause, "{code}");
    }
}

/// What happens to the caller, the cause that signalling tells, and what is told of it.
#[test]
fn the_cause_of_the_far_end_reaches_the_scenario_whoever_ended_it() {
    for cause in [16, 17, 26, 31, 41, 102] {
        for by_us in [false, true] {
            for state in [Caller::Alerting, Caller::Answering, Caller::Talking] {
                let (mut control, mut stage) = at(state);
                let event = SipEvent::Ended {
                    leg: sip::LegId(1),
                    by_us,
                    cause,
                    reason: "why".into(),
                    headers: vec![],
                };
                let told = control.sip(9_000, CALLER, event, &mut stage);
                let [Input::CallDisconnected { internal_code, .. }] = told.inputs[..] else {
                    panic!("{state:?}: {told:?}");
                };
                assert_eq!(internal_code, cause, "{state:?}");
                assert!(stage.reasons.is_empty(), "nobody is left to be told");
            }
        }
    }
}

#[test]
fn phones_that_ring_are_told_only_what_is_true() {
    // Nobody has answered: no reason.
    let (mut control, mut stage) = at(Caller::Talking);
    dial(&mut control, &mut stage);
    effect(&mut control, &mut stage, hangup(AGENT, None));
    assert_eq!(stage.reasons, [""]);
    // Our own reason.
    let (mut control, mut stage) = at(Caller::Talking);
    dial(&mut control, &mut stage);
    effect(&mut control, &mut stage, hangup(AGENT, Some(ELSEWHERE)));
    assert_eq!(stage.reasons, [ELSEWHERE]);
    // It answered itself: it is hung up, not told that another one has.
    let (mut control, mut stage) = at(Caller::Talking);
    dial(&mut control, &mut stage);
    connect_agent(&mut control, &mut stage);
    effect(&mut control, &mut stage, hangup(AGENT, None));
    assert_eq!(stage.reasons, ["Q.850;cause=16"]);
}

#[test]
fn the_end_of_a_session_says_whether_it_was_meant() {
    for (state, code, expected) in [
        (Caller::Alerting, 480, "Q.850;cause=18"),
        (Caller::Answering, 480, "Q.850;cause=16"),
        (Caller::Talking, 480, "Q.850;cause=16"),
        (Caller::Alerting, 503, "Q.850;cause=41"),
        (Caller::Answering, 503, "Q.850;cause=41"),
        (Caller::Talking, 503, "Q.850;cause=41"),
    ] {
        let (mut control, mut stage) = at(state);
        control.end(code, &mut stage);
        assert_eq!(stage.reasons, [expected], "{state:?} {code}");
    }
}

#[test]
fn a_call_that_never_ends_is_taken_as_ended_normally() {
    let (mut control, mut stage) = at(Caller::Talking);
    effect(&mut control, &mut stage, hangup(CALLER, None));
    let late = control.next_deadline_ms().unwrap();
    let told = control.tick(late, &mut stage);
    let [Input::CallDisconnected { internal_code, .. }] = told.inputs[..] else {
        panic!("{told:?}");
    };
    assert_eq!(internal_code, cause::NORMAL);
}
