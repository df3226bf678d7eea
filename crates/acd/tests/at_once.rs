//! Several phones for one caller: one winner, and no blame for the others.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod desk;

use acd::*;
use desk::{Desk, answered, caller_left, failed, queue, ringing};

const CREW: [&str; 4] = ["anna", "boris", "clara", "dan"];

fn desk(ring_at_once: usize, ring_step_ms: u64) -> Desk {
    let support = QueueConfig {
        ring_at_once,
        ring_step_ms,
        ..queue("support", None)
    };
    let mut desk = Desk::configured(vec![support], &CREW);
    for name in CREW {
        desk.pass(1_000);
        desk.ready(name);
    }
    desk
}

fn connects(effects: &[Effect]) -> Vec<(CallId, OfferId, String)> {
    let connect = |effect: &Effect| match effect {
        Effect::Connect {
            call, offer, party, ..
        } => Some((*call, *offer, party.to_string())),
        _ => None,
    };
    effects.iter().filter_map(connect).collect()
}

fn names(effects: &[Effect]) -> Vec<String> {
    connects(effects)
        .into_iter()
        .map(|(.., agent)| agent)
        .collect()
}

#[test]
fn the_first_who_answers_has_the_call_and_the_others_are_cancelled_without_blame() {
    let mut desk = desk(3, 0);
    let call = desk.arrive("s1");
    let offers = connects(&desk.last);
    assert_eq!(names(&desk.last), ["anna", "boris", "clara"]);
    desk.event(call, 1, ringing(offers[0].1));
    desk.event(call, 2, ringing(offers[1].1));
    desk.pass(2_000);
    let idle_since = desk.agent("anna").activity_since;
    desk.event(call, 3, answered(offers[1].1));
    assert_eq!(desk.cancelled(), [offers[0].1, offers[2].1]);
    let outcomes: Vec<Word> = desk
        .facts()
        .into_iter()
        .filter_map(|fact| match fact {
            Fact::OfferEnded { outcome, .. } => Some(outcome),
            _ => None,
        })
        .collect();
    assert_eq!(
        outcomes,
        ["answered_elsewhere", "answered_elsewhere", "answered"]
    );
    assert!(desk.agent("anna").activity_since > idle_since);
    for name in ["anna", "clara"] {
        let agent = desk.agent(name);
        assert_eq!(agent.activity, ActivityView::Idle, "{name}");
        assert_eq!(agent.marks, Marks::default(), "{name}");
        assert_eq!(agent.retry_at, None, "{name}");
    }
    assert_eq!(desk.activity("boris"), ActivityView::Talking);
    // The cancelled ones say so, and one of them answers too late.
    desk.event(call, 4, failed(offers[2].1, OfferFailure::Cancelled));
    desk.event(call, 5, answered(offers[0].1));
    assert_eq!(desk.cancelled(), [offers[0].1]);
    assert_eq!(desk.activity("boris"), ActivityView::Talking);
    // They keep their places: anna is idle longest.
    let next = desk.arrive("s2");
    assert_eq!(connects(&desk.last)[0].2, "anna");
    assert_eq!(desk.state(next), "offering");
}

#[test]
fn who_does_not_answer_is_replaced_while_the_others_ring_on() {
    let mut desk = desk(2, 0);
    let call = desk.arrive("s1");
    let offers = connects(&desk.last);
    desk.event(call, 1, failed(offers[0].1, OfferFailure::Busy));
    assert_eq!(names(&desk.last), ["clara"]);
    assert!(desk.cancelled().is_empty());
    assert_eq!(desk.activity("boris"), ActivityView::Reserved);
    assert_eq!(desk.agent("anna").marks.busy, 1);
}

#[test]
fn a_second_phone_never_takes_the_first_from_another_caller() {
    let mut desk = desk(4, 0);
    for name in CREW {
        desk.intent(name, Intent::Offline);
    }
    let (first, second) = (desk.arrive("s1"), desk.arrive("s2"));
    desk.pass(1);
    let mut made = vec![];
    for name in CREW {
        desk.ready(name);
        made.extend(connects(&desk.last));
    }
    let calls: Vec<_> = made.iter().map(|(call, ..)| *call).collect();
    assert_eq!(calls, [first, second, first, second]);
}

#[test]
fn progressive_ringing_adds_one_phone_a_step() {
    let mut desk = desk(3, 5_000);
    let call = desk.arrive("s1");
    assert_eq!(names(&desk.last), ["anna"]);
    desk.pass(4_999);
    assert!(!desk.any_connect());
    desk.pass(1);
    assert_eq!(names(&desk.last), ["boris"]);
    desk.pass(5_000);
    assert_eq!(names(&desk.last), ["clara"]);
    desk.pass(6_000);
    assert!(!desk.any_connect(), "three are the most");
    desk.event(call, 1, caller_left());
    assert_eq!(desk.cancelled().len(), 3);
    assert!(
        desk.center
            .agents()
            .iter()
            .all(|agent| agent.activity == ActivityView::Idle)
    );
}

#[test]
fn more_at_once_than_the_limit_is_the_limit() {
    let crew: Vec<String> = (10..40).map(|n| format!("agent{n}")).collect();
    let crew: Vec<&str> = crew.iter().map(String::as_str).collect();
    let support = QueueConfig {
        ring_at_once: usize::MAX,
        ..queue("support", None)
    };
    let mut desk = Desk::configured(vec![support], &crew);
    for name in &crew {
        desk.ready(name);
    }
    desk.arrive("s1");
    assert_eq!(connects(&desk.last).len(), RING_AT_ONCE_MAX);
}

#[test]
fn a_status_with_several_offers_is_believed_about_each() {
    let mut desk = desk(3, 0);
    let call = desk.arrive("s1");
    let offers = connects(&desk.last);
    // The session is asked after a silence and knows of two of the three.
    desk.event(call, 1, ringing(offers[0].1));
    desk.pass(19_000);
    desk.event(call, 2, ringing(offers[1].1));
    let lost = offers[2].1;
    let gone = OfferId(77);
    for _ in 0..2 {
        // The first answer may be stale; the second was asked for.
        desk.give(Input::SessionStatus {
            call,
            doing: SessionDoing::Offering {
                offer_id: offers[1].1,
                others: vec![offers[0].1, gone],
            },
        });
    }
    assert!(desk.cancelled().contains(&gone));
    assert_eq!(desk.activity("boris"), ActivityView::Ringing);
    desk.pass(6_000);
    assert!(desk.cancelled().contains(&lost) || desk.activity("clara") == ActivityView::Idle);
}
