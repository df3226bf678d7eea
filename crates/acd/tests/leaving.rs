//! Limits, opening hours and exits: who is let in, who is sent on, who is let go.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod desk;

use acd::calendar::Calendar;
use acd::*;
use desk::{Desk, answered, caller_left, failed, new_call, queue, ringing};

fn to(queue: &str) -> Leave {
    Leave::Queue {
        queue: queue.into(),
    }
}

/// `support` with these rules, and `reserve` without any, served by boris.
fn desk(leave: LeaveRules) -> Desk {
    let support = QueueConfig {
        leave,
        ..queue("support", Some(&["anna"]))
    };
    Desk::configured(
        vec![support, queue("reserve", Some(&["boris"]))],
        &["anna", "boris"],
    )
}

fn hang_ups(desk: &Desk) -> Vec<(CallId, String)> {
    let told = |effect: &Effect| match effect {
        Effect::HangUp { call, say, .. } => Some((*call, say.clone().unwrap().text)),
        _ => None,
    };
    desk.last.iter().filter_map(told).collect()
}

fn refused(desk: &Desk) -> (Refusal, Say) {
    let told = |effect: &Effect| match effect {
        Effect::CallRefused { refusal, say, .. } => Some((refusal.clone(), say.clone().unwrap())),
        _ => None,
    };
    desk.last.iter().find_map(told).unwrap()
}

fn outcome(desk: &Desk, call: CallId) -> String {
    desk.center
        .call(call)
        .unwrap()
        .result
        .unwrap()
        .outcome
        .into_owned()
}

#[test]
fn who_waits_too_long_is_told_and_let_go() {
    let mut desk = desk(LeaveRules {
        wait_max_ms: 60_000,
        too_long: Leave::HangUp,
        ..LeaveRules::default()
    });
    let call = desk.arrive_as(NewCall {
        language: Some("ru".into()),
        ..new_call("s1")
    });
    desk.pass(59_999);
    assert!(hang_ups(&desk).is_empty());
    desk.pass(1);
    let told = hang_ups(&desk);
    assert_eq!(told[0].0, call);
    assert!(told[0].1.contains("перезвоните"), "{told:?}");
    assert_eq!(outcome(&desk, call), "overflowed");
    // A session that asks again has not heard it.
    desk.give(Input::CallArrived {
        call: new_call("s1"),
    });
    assert_eq!(hang_ups(&desk)[0].0, call);
    assert!(
        desk.center
            .reconcile(desk.now)
            .iter()
            .any(|effect| matches!(effect, Effect::HangUp { .. }))
    );
}

#[test]
fn a_phone_that_rings_at_the_end_of_the_wait_may_still_be_answered() {
    let rules = LeaveRules {
        wait_max_ms: 30_000,
        too_long: Leave::HangUp,
        ..LeaveRules::default()
    };
    let ring_at_the_end = || {
        let mut desk = desk(rules.clone());
        let call = desk.arrive("s1");
        desk.pass(25_000);
        desk.ready("anna");
        let (offer, _) = desk.connected(call).unwrap();
        desk.event(call, 1, ringing(offer));
        desk.pass(10_000);
        assert!(hang_ups(&desk).is_empty());
        assert_eq!(desk.state(call), "offering");
        (desk, call, offer)
    };
    let (mut desk, call, offer) = ring_at_the_end();
    desk.talk(call, 2, offer);
    desk.pass(60_000);
    assert_eq!(desk.state(call), "talking");
    let (mut desk, call, offer) = ring_at_the_end();
    desk.event(call, 2, failed(offer, OfferFailure::Busy));
    assert_eq!(hang_ups(&desk)[0].0, call);
    assert!(!desk.any_connect());
}

#[test]
fn overflow_begins_a_new_segment_and_keeps_the_credit_of_the_wait() {
    let mut desk = desk(LeaveRules {
        wait_max_ms: 60_000,
        too_long: to("reserve"),
        ..LeaveRules::default()
    });
    let moved = desk.arrive("s1");
    desk.pass(30_000);
    let other = desk.arrive_as(NewCall {
        queue: Some("reserve".into()),
        ..new_call("s2")
    });
    desk.pass(30_000);
    let expected = Fact::CallMoved {
        call: moved,
        queue: "support".into(),
        to: "reserve".into(),
        outcome: "overflowed".into(),
        reason: LeaveReason::TooLong,
        wait_ms: 60_000,
    };
    assert_eq!(desk.facts(), [expected]);
    assert_eq!(
        (desk.queue("support").waiting, desk.queue("reserve").waiting),
        (0, 2)
    );
    let view = desk.center.call(moved).unwrap();
    assert_eq!((view.queue, view.queued_at), ("reserve".into(), desk.now));
    // It came first, to whichever queue.
    desk.ready("boris");
    let (offer, agent) = desk.connected(moved).unwrap();
    assert_eq!(agent, "boris");
    desk.talk(moved, 1, offer);
    assert_eq!(desk.state(other), "waiting");
}

/// Promise P11: a place rises only for a reason that the caller knows.
#[test]
fn who_is_sent_on_hears_of_no_worse_place_and_who_goes_by_a_key_does() {
    let told = |effects: &[Effect], wanted: CallId| {
        let place = |effect: &Effect| match effect {
            Effect::Announce { call, position, .. } if *call == wanted => Some(*position),
            _ => None,
        };
        effects.iter().filter_map(place).collect::<Vec<_>>()
    };
    let announcing = |leave: LeaveRules| {
        let queue = |name, leave| QueueConfig {
            announce_every_ms: 10_000,
            leave,
            ..queue(name, None)
        };
        vec![
            queue("support", leave),
            queue("reserve", LeaveRules::default()),
        ]
    };
    for by_key in [false, true] {
        let mut rules = LeaveRules {
            wait_max_ms: 25_000,
            too_long: to("reserve"),
            ..LeaveRules::default()
        };
        rules.exits.insert("1".to_owned(), to("reserve"));
        let mut desk = Desk::configured(announcing(rules), &[]);
        let ahead: Vec<CallId> = ["a", "b"]
            .map(|session| {
                desk.arrive_as(NewCall {
                    queue: Some("reserve".into()),
                    ..new_call(session)
                })
            })
            .into();
        let call = desk.arrive("s1");
        desk.pass(20_000);
        assert_eq!(told(&desk.last, call), [1, 1]);
        if by_key {
            let digit = SessionEvent::Digit { digit: "1".into() };
            desk.event(call, 1, digit);
        } else {
            desk.pass(5_000);
        }
        assert_eq!(desk.center.call(call).unwrap().queue, "reserve".into());
        assert_eq!(desk.center.call(call).unwrap().position, 3);
        desk.pass(10_000);
        let expected: &[usize] = if by_key { &[3] } else { &[] };
        assert_eq!(told(&desk.last, call), expected, "by key: {by_key}");
        for other in ahead {
            desk.event(other, 1, caller_left());
        }
        desk.pass(10_000);
        assert_eq!(told(&desk.last, call), [1]);
    }
}

#[test]
fn a_full_queue_sends_on_or_refuses_with_words() {
    let mut rules = LeaveRules {
        full: to("reserve"),
        ..LeaveRules::default()
    };
    let mut desk = desk(rules.clone());
    let configured = |leave: LeaveRules| {
        let support = QueueConfig {
            waiting_max: 1,
            leave,
            ..queue("support", Some(&["anna"]))
        };
        vec![support, queue("reserve", Some(&["boris"]))]
    };
    desk.configure(configured(rules.clone()), &["anna", "boris"]);
    desk.arrive("s1");
    let second = desk.arrive("s2");
    assert_eq!(desk.center.call(second).unwrap().queue, "reserve".into());
    // In a circle nobody is lost and nobody runs for ever.
    rules.full = to("support");
    desk.configure(configured(rules.clone()), &["anna", "boris"]);
    desk.give(Input::CallArrived {
        call: new_call("s3"),
    });
    assert!(matches!(refused(&desk).0, Refusal::QueueFull { .. }));
    rules.full = Leave::HangUp;
    desk.configure(configured(rules), &["anna", "boris"]);
    desk.give(Input::CallArrived {
        call: new_call("s4"),
    });
    assert!(refused(&desk).1.text.contains("busy"));
}

#[test]
fn without_agents_callers_are_let_go_when_the_last_one_leaves() {
    let mut desk = desk(LeaveRules {
        nobody: Leave::HangUp,
        ..LeaveRules::default()
    });
    desk.give(Input::CallArrived {
        call: new_call("s1"),
    });
    assert!(matches!(refused(&desk).0, Refusal::NobodyThere { .. }));
    // A break is no absence.
    desk.intent(
        "anna",
        Intent::NotReady {
            reason: String::new(),
        },
    );
    let (first, second) = (desk.arrive("s2"), desk.arrive("s3"));
    desk.intent("anna", Intent::Offline);
    let told: Vec<_> = hang_ups(&desk).into_iter().map(|(call, _)| call).collect();
    assert_eq!(told, [first, second]);
}

/// A caller for whom anna's phone rings, before everybody else leaves.
fn rung(leave: LeaveRules) -> (Desk, CallId, OfferId) {
    let mut desk = desk(leave);
    desk.ready("anna");
    let call = desk.arrive("s1");
    let (offer, _) = desk.connected(call).unwrap();
    desk.event(call, 1, ringing(offer));
    (desk, call, offer)
}

#[test]
fn who_is_rung_for_when_the_last_agent_leaves_goes_when_nobody_answers() {
    let rules = || LeaveRules {
        nobody: Leave::HangUp,
        ..LeaveRules::default()
    };
    let (mut desk, call, offer) = rung(rules());
    desk.intent("anna", Intent::Offline);
    assert_eq!(desk.state(call), "offering", "the phone may be answered");
    desk.event(call, 2, failed(offer, OfferFailure::NoAnswer));
    assert_eq!(hang_ups(&desk)[0].0, call);
    assert_eq!(outcome(&desk, call), "overflowed");
    // Answered and lost again before the talk, it is the same.
    let (mut desk, call, offer) = rung(rules());
    desk.event(call, 2, answered(offer));
    desk.intent("anna", Intent::Offline);
    desk.event(call, 3, failed(offer, OfferFailure::Unreachable));
    assert_eq!(hang_ups(&desk)[0].0, call);
    // An answer is a talk like any other.
    let (mut desk, call, offer) = rung(rules());
    desk.intent("anna", Intent::Offline);
    desk.talk(call, 2, offer);
    assert_eq!(desk.state(call), "talking");
    // Who is back in time serves those who are there.
    let (mut desk, call, offer) = rung(rules());
    desk.intent("anna", Intent::Offline);
    desk.ready("anna");
    desk.event(call, 2, failed(offer, OfferFailure::Busy));
    assert_eq!(desk.state(call), "waiting");
    desk.pass(10_000);
    assert!(desk.connected(call).is_some());
}

#[test]
fn who_is_rung_for_at_closing_goes_the_way_of_the_others() {
    let (mut desk, call, offer) = rung(LeaveRules {
        calendar: mornings(),
        closing: to("reserve"),
        ..LeaveRules::default()
    });
    desk.sleep(3 * 3_600_000);
    desk.give(Input::Tick);
    assert_eq!(desk.state(call), "offering");
    desk.event(call, 2, failed(offer, OfferFailure::NoAnswer));
    assert_eq!(desk.center.call(call).unwrap().queue, "reserve".into());
}

/// Open from 06:00 to 12:00 UTC; a desk's morning begins at 09:00.
fn mornings() -> Option<Calendar> {
    Some(Calendar {
        zone: "Europe/Moscow".into(),
        weekly: vec!["mon-sun 09:00-15:00".into()],
        special: vec![],
    })
}

#[test]
fn outside_of_its_hours_a_queue_refuses_but_serves_those_who_wait() {
    let mut desk = desk(LeaveRules {
        calendar: mornings(),
        closed: Leave::HangUp,
        ..LeaveRules::default()
    });
    let early = desk.arrive("s1");
    assert!(desk.queue("support").is_open);
    desk.pass(3 * 3_600_000);
    assert!(!desk.queue("support").is_open);
    desk.give(Input::CallArrived {
        call: new_call("s2"),
    });
    let (refusal, say) = refused(&desk);
    assert!(matches!(refusal, Refusal::Closed { .. }));
    assert!(say.text.contains("closed"));
    desk.ready("anna");
    assert!(desk.connected(early).is_some());
    // The next morning it opens without any input but time.
    desk.pass(18 * 3_600_000);
    assert!(desk.queue("support").is_open);
}

#[test]
fn at_closing_those_who_wait_may_be_sent_on() {
    let mut desk = desk(LeaveRules {
        calendar: mornings(),
        closing: to("reserve"),
        ..LeaveRules::default()
    });
    let call = desk.arrive("s1");
    // The tick is late: the hour counts, not the tick.
    desk.sleep(3 * 3_600_000 + 60_000);
    desk.give(Input::Tick);
    assert_eq!(desk.center.call(call).unwrap().queue, "reserve".into());
}

#[test]
fn a_key_leads_out_even_while_a_phone_rings() {
    let mut desk = desk(LeaveRules {
        exits: [
            ("1".to_owned(), to("reserve")),
            ("9".to_owned(), Leave::HangUp),
        ]
        .into(),
        ..LeaveRules::default()
    });
    let call = desk.arrive("s1");
    let key = |digit: &str| SessionEvent::Digit {
        digit: digit.into(),
    };
    desk.ready("anna");
    let (offer, _) = desk.connected(call).unwrap();
    desk.event(call, 1, key("5"));
    assert_eq!(desk.state(call), "offering");
    desk.event(call, 2, key("1"));
    assert_eq!(desk.cancelled(), [offer]);
    assert_eq!(desk.agent("anna").marks, Marks::default());
    assert!(desk.facts().iter().any(|fact| matches!(
        fact,
        Fact::CallMoved { outcome, .. } if outcome == "exited_by_key"
    )));
    // `reserve` has no exits.
    desk.event(call, 3, key("9"));
    assert_eq!(desk.state(call), "waiting");
    let other = desk.arrive("s2");
    desk.event(other, 1, key("9"));
    assert_eq!(outcome(&desk, other), "exited_by_key");
}

#[test]
fn a_queue_that_takes_nobody_leaves_the_caller_where_he_is() {
    let mut desk = desk(LeaveRules {
        wait_max_ms: 10_000,
        too_long: to("nowhere"),
        ..LeaveRules::default()
    });
    let call = desk.arrive("s1");
    desk.pass(300_000);
    assert_eq!(desk.state(call), "waiting");
    desk.ready("anna");
    assert!(desk.connected(call).is_some());
}
