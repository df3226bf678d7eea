//! Events come twice, out of order, or not at all.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod desk;

use acd::*;
use desk::{Desk, answered, caller_left, ringing, talk_ended, talk_started};

fn offered() -> (Desk, CallId, OfferId) {
    let mut desk = Desk::new(&["anna"]);
    desk.ready("anna");
    let call = desk.arrive("s1");
    let (offer, _) = desk.connected(call).unwrap();
    (desk, call, offer)
}

#[test]
fn an_event_that_comes_twice_counts_once() {
    let (mut desk, call, offer) = offered();
    desk.event(call, 1, answered(offer));
    desk.event(call, 1, answered(offer));
    desk.event(call, 2, talk_ended(offer, 10));
    desk.event(call, 2, talk_ended(offer, 10));
    let marks = desk.agent("anna").marks;
    assert_eq!(
        (marks.answered, marks.talk_ms),
        (1, 0),
        "no talk can be longer than its offer is old"
    );
}

#[test]
fn events_out_of_order_are_heard_in_order() {
    let (mut desk, call, offer) = offered();
    desk.pass(5_000);
    desk.event(call, 3, talk_started(offer));
    assert_eq!(desk.activity("anna"), ActivityView::Reserved);
    desk.event(call, 2, answered(offer));
    desk.event(call, 1, ringing(offer));
    assert_eq!(desk.activity("anna"), ActivityView::Talking);
}

#[test]
fn a_lost_event_holds_the_later_ones_for_two_seconds_only() {
    let (mut desk, call, _) = offered();
    desk.event(call, 2, caller_left());
    desk.pass(1_999);
    assert_eq!(desk.state(call), "offering");
    desk.pass(1);
    assert_eq!(desk.state(call), "ended");
    assert_eq!(desk.activity("anna"), ActivityView::Idle);
}

#[test]
fn an_event_that_was_gone_on_without_is_heard_when_it_comes() {
    let (mut desk, call, offer) = offered();
    let digit = SessionEvent::Digit { digit: "5".into() };
    desk.event(call, 2, digit);
    desk.pass(2_000);
    desk.event(call, 1, answered(offer));
    assert_eq!(desk.activity("anna"), ActivityView::Talking);
}

#[test]
fn too_many_held_events_end_the_wait_at_once() {
    let (mut desk, call, _) = offered();
    for seq in 2..=33 {
        desk.event(call, seq, SessionEvent::Digit { digit: "1".into() });
    }
    desk.event(call, 34, caller_left());
    assert_eq!(desk.state(call), "ended");
}

#[test]
fn held_events_are_heard_before_a_session_is_taken_for_lost() {
    let (mut desk, call, offer) = offered();
    desk.event(call, 1, answered(offer));
    desk.pass(9_000);
    desk.event(call, 3, talk_ended(offer, 8_000));
    desk.give(Input::SessionLost {
        call,
        why: "404".into(),
    });
    assert_eq!(desk.agent("anna").marks.talk_ms, 8_000);
}

#[test]
fn a_session_that_is_silent_for_a_minute_is_asked() {
    let (mut desk, call, offer) = offered();
    desk.talk(call, 1, offer);
    desk.pass(59_999);
    assert!(desk.asked().is_empty());
    desk.pass(1);
    assert_eq!(desk.asked(), [call]);
    desk.give(Input::SessionLost {
        call,
        why: "404".into(),
    });
    assert!(matches!(desk.activity("anna"), ActivityView::WrapUp { .. }));
}

#[test]
fn ended_calls_are_forgotten_after_five_minutes() {
    let (mut desk, call, offer) = offered();
    desk.talk(call, 1, offer);
    desk.event(call, 4, talk_ended(offer, 1));
    desk.pass(299_999);
    assert!(desk.center.call(call).is_some());
    assert_eq!(desk.arrive("s1"), call, "a late retry gets the same call");
    desk.pass(1);
    assert!(desk.center.call(call).is_none());
    assert!(desk.last.contains(&Effect::CallClosed { call }));
}

#[test]
fn events_of_unknown_calls_change_nothing() {
    let (mut desk, _, offer) = offered();
    desk.event(CallId(99), 1, answered(offer));
    assert!(desk.last.is_empty());
    assert_eq!(desk.activity("anna"), ActivityView::Reserved);
}
