//! Call-back instead of waiting: the place kept, both orders of calling,
//! retries, hours, and who calls again.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod desk;

use acd::*;
use desk::{Desk, agent, answered, new_call, queue, talk_started};

fn calling_back(first: CallFirst) -> QueueConfig {
    let mut config = queue("support", None);
    config.callback = CallbackRule {
        enabled: true,
        first,
        attempts_max: 2,
        ..CallbackRule::default()
    };
    config.leave.exits.insert("1".to_owned(), Leave::Callback);
    config
}

fn events(desk: &mut Desk, call: CallId, from_seq: u64, events: Vec<SessionEvent>) {
    for (seq, event) in (from_seq..).zip(events) {
        let at = desk.now;
        desk.give(Input::CallEvent {
            call,
            seq,
            at,
            event,
        });
    }
}

fn started(desk: &Desk) -> Option<(CallbackId, u64)> {
    desk.last.iter().find_map(|effect| match effect {
        Effect::StartCallback(start) => Some((start.callback, start.start)),
        _ => None,
    })
}

fn connected(desk: &Desk) -> Option<(CallId, OfferId)> {
    desk.last.iter().find_map(|effect| match effect {
        Effect::Connect { call, offer, .. } => Some((*call, *offer)),
        _ => None,
    })
}

fn ended(desk: &Desk) -> Vec<(CallbackOutcome, u32)> {
    let facts = desk.all.iter().filter_map(|effect| match effect {
        Effect::Record {
            fact: Fact::CallbackEnded(end),
        } => Some((end.outcome, end.attempts)),
        _ => None,
    });
    facts.collect()
}

/// A desk where `s1` has taken a call-back by key and `s2` waits behind.
fn taken(first: CallFirst) -> Desk {
    let mut desk = Desk::configured(vec![calling_back(first)], &["anna"]);
    desk.give(Input::CallArrived {
        call: new_call("1001"),
    });
    desk.pass(1_000);
    desk.give(Input::CallArrived {
        call: new_call("1002"),
    });
    let digit = SessionEvent::Digit {
        digit: "1".to_owned(),
    };
    events(&mut desk, CallId(1), 1, vec![digit]);
    desk
}

fn ready(desk: &mut Desk) {
    desk.give(Input::SetIntent {
        agent: "anna".into(),
        intent: Intent::Ready,
        by: Actor::Agent,
        why: Default::default(),
    });
}

/// The session of the call-back is there.
fn join(desk: &mut Desk, session: &str) {
    let (callback, start) = started(desk).unwrap();
    desk.give(Input::CallbackJoined {
        callback,
        start,
        session_id: session.to_owned(),
    });
}

#[test]
fn a_key_takes_a_call_back_at_the_old_place_and_nobody_abandoned() {
    let desk = taken(CallFirst::Agent);
    let result = desk.center.call(CallId(1)).unwrap().result.unwrap();
    assert_eq!(result.outcome, "callback_taken");
    let view = desk.center.callbacks().pop().unwrap();
    assert_eq!((view.position, view.state.as_str()), (1, "waiting"));
    let queue = desk.center.queues().pop().unwrap();
    assert_eq!((queue.waiting, queue.callbacks), (1, 1));
    assert_eq!(queue.abandoned_today, 0);
    let told = desk.last.iter().any(
        |effect| matches!(effect, Effect::HangUp { call, say: Some(_), why: LeaveReason::Callback } if *call == CallId(1)),
    );
    assert!(told, "{:?}", desk.last);
}

#[test]
fn agent_first_rings_the_agent_then_dials_and_both_clocks_are_told() {
    let mut desk = taken(CallFirst::Agent);
    desk.pass(60_000);
    ready(&mut desk);
    assert!(connected(&desk).is_none(), "there is no session yet");
    join(&mut desk, "b1");
    let (call, offer) = connected(&desk).unwrap();
    events(
        &mut desk,
        call,
        1,
        vec![answered(offer), SessionEvent::CallbackDialled],
    );
    desk.pass(5_000);
    let talk = vec![talk_started(offer), desk::talk_ended(offer, 3_000)];
    events(&mut desk, call, 3, talk);
    let clocks = desk.all.iter().find_map(|effect| match effect {
        Effect::Record {
            fact: Fact::CallbackEnded(end),
        } => Some((end.outcome, end.virtual_wait_ms, end.until_reached_ms)),
        _ => None,
    });
    assert_eq!(
        clocks,
        Some((CallbackOutcome::Reached, Some(61_000), Some(65_000)))
    );
    assert!(desk.center.callbacks().is_empty());
}

#[test]
fn who_is_not_reached_keeps_the_place_and_is_given_up_in_the_end() {
    let mut desk = taken(CallFirst::Agent);
    ready(&mut desk);
    for attempt in 1..=2 {
        join(&mut desk, &format!("b{attempt}"));
        let (call, offer) = connected(&desk).unwrap();
        let busy = SessionEvent::CallbackFailed {
            reason: CallbackFailure::Busy,
        };
        events(
            &mut desk,
            call,
            1,
            vec![answered(offer), SessionEvent::CallbackDialled, busy],
        );
        let anna = desk.center.agent(&"anna".into()).unwrap();
        assert_eq!(
            anna.marks.missed + anna.marks.busy,
            0,
            "the agent is not blamed"
        );
        if attempt == 1 {
            // The others are not held up meanwhile.
            assert_eq!(connected(&desk).map(|(call, _)| call), Some(CallId(2)));
            assert_eq!(desk.center.callbacks()[0].position, 1);
            let (call, offer) = connected(&desk).unwrap();
            events(
                &mut desk,
                call,
                1,
                vec![
                    answered(offer),
                    talk_started(offer),
                    desk::talk_ended(offer, 5),
                ],
            );
            desk.pass(120_000);
        }
    }
    assert_eq!(ended(&desk), [(CallbackOutcome::GivenUp, 2)]);
}

#[test]
fn caller_first_dials_at_the_head_and_spends_no_agent_before_the_answer() {
    let mut desk = taken(CallFirst::Caller);
    ready(&mut desk);
    assert_eq!(
        connected(&desk).map(|(call, _)| call),
        Some(CallId(2)),
        "anna serves the next"
    );
    join(&mut desk, "b1");
    assert_eq!(desk.center.callbacks()[0].state, "ringing_agent");
}

#[test]
fn who_calls_again_has_the_place_and_the_placeholder_is_over() {
    let mut desk = taken(CallFirst::Agent);
    let again = NewCall {
        session_id: "again".into(),
        ..new_call("1001")
    };
    desk.give(Input::CallArrived { call: again });
    assert_eq!(ended(&desk), [(CallbackOutcome::CalledIn, 0)]);
    let view = desk
        .center
        .calls()
        .into_iter()
        .find(|view| view.session_id == "again");
    assert_eq!(view.unwrap().position, 1);
}

#[test]
fn a_second_one_for_a_number_is_refused_and_cancelling_and_age_end_it() {
    let mut desk = taken(CallFirst::Agent);
    let request = |number: &str| Input::RequestCallback {
        number: number.to_owned(),
        queue: None,
        language: None,
        custom_data: None,
        by: Actor::Rule {
            rule: "form".into(),
        },
    };
    desk.give(request(&new_call("1001").caller_number));
    let refused = Effect::CallbackRefused {
        refusal: CallbackRefusal::Duplicate,
    };
    assert!(desk.last.contains(&refused), "{:?}", desk.last);
    desk.give(request("+79005555555"));
    desk.give(request("anonymous"));
    let refused = Effect::CallbackRefused {
        refusal: CallbackRefusal::BadNumber,
    };
    assert!(desk.last.contains(&refused), "{:?}", desk.last);
    let callback = desk.center.callbacks()[0].callback;
    let by = Actor::Supervisor {
        user: "olga".into(),
    };
    desk.give(Input::CancelCallback { callback, by });
    desk.pass(86_400_000);
    let outcomes: Vec<_> = ended(&desk)
        .into_iter()
        .map(|(outcome, _)| outcome)
        .collect();
    assert_eq!(
        outcomes,
        [CallbackOutcome::Cancelled, CallbackOutcome::Expired]
    );
    let _ = agent("anna");
}

#[test]
fn without_an_engine_it_is_tried_again_and_a_restart_asks_again() {
    let mut desk = taken(CallFirst::Agent);
    ready(&mut desk);
    let (callback, start) = started(&desk).unwrap();
    let again = desk.center.reconcile(desk.now);
    assert!(
        again
            .iter()
            .any(|effect| matches!(effect, Effect::StartCallback { .. }))
    );
    let why = "no engine is running".to_owned();
    desk.give(Input::CallbackNotStarted {
        callback,
        start,
        why,
    });
    let trouble = desk.center.callbacks()[0].trouble.clone();
    assert_eq!(trouble.as_deref(), Some("no engine is running"));
    // The agent is free for the next, and a late session is sent away.
    assert!(connected(&desk).is_some());
    desk.give(Input::CallbackJoined {
        callback,
        start,
        session_id: "late".into(),
    });
    assert!(
        desk.last
            .iter()
            .any(|effect| matches!(effect, Effect::CallRefused { .. }))
    );
}

#[test]
fn a_keyed_number_is_called_only_where_the_owner_allows_its_beginning() {
    for (prefixes, keyed, is_kept) in [
        (&[][..], "+79005550000", false),
        (&["+79"], "+79005550000", true),
        (&["+79"], "+88099990000", false),
    ] {
        let mut config = calling_back(CallFirst::Agent);
        config.callback.prefixes = prefixes.iter().map(|own| (*own).to_owned()).collect();
        let mut desk = Desk::configured(vec![config], &["anna"]);
        desk.give(Input::CallArrived {
            call: new_call("1001"),
        });
        events(
            &mut desk,
            CallId(1),
            1,
            vec![SessionEvent::CallbackTaken {
                number: Some(keyed.to_owned()),
            }],
        );
        assert_eq!(
            desk.center.callbacks().len(),
            usize::from(is_kept),
            "{prefixes:?} {keyed}"
        );
        let still_waits = desk.center.call(CallId(1)).unwrap().result.is_none();
        assert_eq!(still_waits, !is_kept, "nobody loses the place");
    }
}

fn asked(desk: &Desk) -> bool {
    let is_it = |effect: &Effect| matches!(effect, Effect::OfferCallback { .. });
    desk.last.iter().any(is_it)
}

/// A queue where nobody is logged in, which asks callers before it lets them go.
fn deserted() -> Desk {
    let mut config = calling_back(CallFirst::Agent);
    config.leave.nobody = Leave::Callback;
    Desk::configured(vec![config], &["anna"])
}

fn arrives(desk: &mut Desk, number: &str) {
    desk.give(Input::CallArrived {
        call: new_call(number),
    });
}

#[test]
fn who_finds_nobody_is_asked_and_called_back_when_somebody_is_there() {
    let mut desk = deserted();
    arrives(&mut desk, "1001");
    assert!(asked(&desk));
    let taken = SessionEvent::CallbackTaken { number: None };
    events(&mut desk, CallId(1), 1, vec![taken]);
    let result = desk.center.call(CallId(1)).unwrap().result.unwrap();
    assert_eq!(result.outcome, "callback_taken");
    desk.pass(600_000);
    ready(&mut desk);
    assert!(started(&desk).is_some());
}

#[test]
fn who_is_asked_and_says_nothing_is_let_go_with_the_reason() {
    let mut desk = deserted();
    arrives(&mut desk, "1001");
    desk.pass(29_000);
    assert!(desk.center.call(CallId(1)).unwrap().result.is_none());
    desk.pass(2_000);
    let result = desk.center.call(CallId(1)).unwrap().result.unwrap();
    assert_eq!(result.outcome, "overflowed");
    let why = desk.all.iter().find_map(|effect| match effect {
        Effect::HangUp { why, .. } => Some(*why),
        _ => None,
    });
    assert_eq!(why, Some(LeaveReason::Nobody));
}

#[test]
fn who_is_asked_is_served_if_somebody_comes() {
    let mut desk = deserted();
    arrives(&mut desk, "1001");
    ready(&mut desk);
    let (call, offer) = connected(&desk).unwrap();
    events(
        &mut desk,
        call,
        1,
        vec![answered(offer), talk_started(offer)],
    );
    desk.pass(60_000);
    assert!(
        desk.center.call(call).unwrap().result.is_none(),
        "they talk"
    );
}

#[test]
fn who_cannot_be_called_back_is_refused_as_ever() {
    let mut desk = deserted();
    arrives(&mut desk, "anonymous");
    assert!(!asked(&desk));
    let is_refused = |effect: &Effect| matches!(effect, Effect::CallRefused { .. });
    assert!(desk.last.iter().any(is_refused), "{:?}", desk.last);
}

#[test]
fn the_longest_wait_ends_with_the_question() {
    let mut config = calling_back(CallFirst::Agent);
    config.leave.wait_max_ms = 60_000;
    config.leave.too_long = Leave::Callback;
    let mut desk = Desk::configured(vec![config], &["anna"]);
    arrives(&mut desk, "1001");
    desk.pass(60_000);
    assert!(asked(&desk));
    desk.pass(30_000);
    let result = desk.center.call(CallId(1)).unwrap().result.unwrap();
    assert_eq!(
        (result.outcome.as_ref(), result.wait_ms),
        ("overflowed", 90_000)
    );
}
