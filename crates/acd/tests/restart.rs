//! After a restart: the journal is replayed, then sessions are believed.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod desk;

use acd::*;
use desk::{Desk, answered, caller_left, failed, ringing, session_ended, talk_ended, talk_started};

/// Replays the journal as the driver does, through JSON, and drops the effects.
fn restart(desk: &mut Desk) {
    let mut again = Center::new();
    for (at, input) in &desk.journal {
        let line = serde_json::to_string(input).unwrap();
        again.handle(*at, serde_json::from_str(&line).unwrap());
    }
    assert!(again == desk.center, "the journal gives another state");
    desk.center = again;
    desk.last = vec![];
}

fn offered(agents: &[&str]) -> (Desk, CallId, OfferId) {
    let mut desk = Desk::new(agents);
    for agent in agents {
        desk.ready(agent);
    }
    let call = desk.arrive("s1");
    let (offer, _) = desk.connected(call).unwrap();
    (desk, call, offer)
}

fn status(desk: &mut Desk, call: CallId, doing: SessionDoing) {
    desk.give(Input::SessionStatus { call, doing });
}

#[test]
fn reconcile_asks_every_live_call_and_changes_nothing() {
    let (mut desk, first, _) = offered(&["anna"]);
    let second = desk.arrive("s2");
    let third = desk.arrive("s3");
    desk.event(second, 1, caller_left());
    restart(&mut desk);
    let asked = desk.center.reconcile(desk.now);
    assert_eq!(
        asked,
        [
            Effect::AskStatus { call: first },
            Effect::AskStatus { call: third }
        ]
    );
}

#[test]
fn an_offer_that_never_got_out_is_made_again_once_and_nobody_is_blamed() {
    let (mut desk, call, offer) = offered(&["anna"]);
    restart(&mut desk);
    desk.sleep(120_000);
    status(&mut desk, call, SessionDoing::Waiting);
    // It might have been overtaken by a command, so it is asked once more.
    assert_eq!(desk.asked(), [call]);
    status(&mut desk, call, SessionDoing::Waiting);
    assert_eq!(desk.agent("anna").marks, Marks::default());
    desk.pass(500);
    let (again, agent) = desk.connected(call).unwrap();
    assert_eq!(agent, "anna");
    assert_ne!(again, offer);
    desk.event(call, 1, ringing(again));
    desk.pass(3_000);
    assert!(!desk.any_connect());
}

#[test]
fn an_agent_whose_phone_still_rings_is_not_blamed_for_the_restart() {
    let (mut desk, call, offer) = offered(&["anna"]);
    desk.event(call, 1, ringing(offer));
    restart(&mut desk);
    desk.sleep(600_000);
    status(
        &mut desk,
        call,
        SessionDoing::Offering {
            offer_id: offer,
            others: vec![],
        },
    );
    assert!(desk.cancelled().is_empty());
    desk.pass(1_000);
    status(
        &mut desk,
        call,
        SessionDoing::Offering {
            offer_id: offer,
            others: vec![],
        },
    );
    desk.event(call, 2, desk::answered(offer));
    assert_eq!(desk.activity("anna"), ActivityView::Talking);
    assert_eq!(desk.agent("anna").marks.missed, 0);
}

#[test]
fn a_talk_that_began_while_the_centre_was_down_is_taken_over() {
    let (mut desk, call, offer) = offered(&["anna"]);
    restart(&mut desk);
    desk.sleep(30_000);
    status(&mut desk, call, SessionDoing::Talking { offer_id: offer });
    assert_eq!(desk.activity("anna"), ActivityView::Talking);
    desk.event(call, 5, talk_ended(offer, 1_000));
    desk.pass(2_000);
    assert_eq!(desk.state(call), "ended");
}

#[test]
fn a_talk_of_an_offer_that_was_given_up_is_adopted() {
    let (mut desk, call, offer) = offered(&["anna"]);
    desk.give(Input::ConnectNotDelivered {
        offer,
        why: "timeout".into(),
    });
    status(&mut desk, call, SessionDoing::Talking { offer_id: offer });
    assert_eq!(desk.state(call), "talking");
    assert_eq!(desk.activity("anna"), ActivityView::Talking);
    desk.pass(2_000);
    assert!(!desk.any_connect());
}

#[test]
fn adopting_a_talk_cancels_the_offer_to_another_agent() {
    let (mut desk, call, first) = offered(&["anna", "boris"]);
    desk.event(call, 1, failed(first, OfferFailure::Unreachable));
    let (second, _) = desk.connected(call).unwrap();
    status(&mut desk, call, SessionDoing::Talking { offer_id: first });
    assert_eq!(desk.cancelled(), [second]);
    assert_eq!(desk.activity("anna"), ActivityView::Talking);
    assert_eq!(desk.activity("boris"), ActivityView::Idle);
    assert_eq!(desk.agent("boris").retry_at, None);
}

#[test]
fn a_talk_with_an_agent_who_has_another_call_by_now_is_cancelled() {
    let (mut desk, call, first) = offered(&["anna"]);
    desk.give(Input::ConnectNotDelivered {
        offer: first,
        why: "timeout".into(),
    });
    let other = desk.arrive("s2");
    let (second, _) = desk.connected(other).unwrap();
    desk.talk(other, 1, second);
    status(&mut desk, call, SessionDoing::Talking { offer_id: first });
    assert_eq!(desk.cancelled(), [first]);
    assert_eq!(desk.center.call(other).unwrap().agent, Some("anna".into()));
}

#[test]
fn a_phone_that_rings_for_a_dead_offer_is_told_to_stop() {
    let (mut desk, call, offer) = offered(&["anna"]);
    desk.give(Input::ConnectNotDelivered {
        offer,
        why: "timeout".into(),
    });
    status(
        &mut desk,
        call,
        SessionDoing::Offering {
            offer_id: offer,
            others: vec![],
        },
    );
    assert_eq!(desk.cancelled(), [offer]);
}

#[test]
fn a_session_that_is_ending_is_offered_to_nobody_and_ends_within_twelve_seconds() {
    let mut desk = Desk::new(&["anna"]);
    let call = desk.arrive("s1");
    status(&mut desk, call, SessionDoing::Ending);
    desk.ready("anna");
    assert!(!desk.any_connect());
    desk.pass(11_999);
    assert_eq!(desk.state(call), "waiting");
    desk.pass(1);
    assert_eq!(desk.state(call), "ended");
}

/// The session talked and ended while the backend was away, and its next attempt to tell
/// of it comes long after its answer to the question.
#[test]
fn what_a_session_that_is_ending_tells_late_is_believed() {
    let (mut desk, call, offer) = offered(&["anna"]);
    restart(&mut desk);
    status(&mut desk, call, SessionDoing::Ending);
    desk.pass(10_000);
    desk.event(call, 1, answered(offer));
    desk.event(call, 2, talk_started(offer));
    desk.event(call, 3, talk_ended(offer, 1_500));
    desk.event(call, 4, session_ended());
    assert_eq!(desk.state(call), "ended");
    let ended = desk.all.iter().find_map(|effect| match effect {
        Effect::Record {
            fact: Fact::CallEnded { outcome, .. },
        } => Some(outcome.to_string()),
        _ => None,
    });
    assert_eq!(ended.as_deref(), Some("answered"));
}

#[test]
fn a_cancel_that_died_with_the_process_is_sent_again() {
    let (mut desk, call, offer) = offered(&["anna"]);
    desk.event(call, 1, caller_left());
    restart(&mut desk);
    assert_eq!(
        desk.center.reconcile(desk.now),
        [Effect::CancelOffer { call, offer }]
    );
}

#[test]
fn intent_marks_and_retry_delay_survive_a_restart() {
    let (mut desk, call, offer) = offered(&["anna", "boris"]);
    desk.event(call, 1, failed(offer, OfferFailure::Rejected));
    desk.intent(
        "boris",
        Intent::NotReady {
            reason: "lunch".into(),
        },
    );
    let before = desk.center.agents();
    restart(&mut desk);
    assert_eq!(desk.center.agents(), before);
}

#[test]
fn a_session_that_ends_is_told_again_of_every_phone_that_may_ring_for_it() {
    let (mut desk, call, missed) = offered(&["anna", "boris"]);
    // Nobody answers, and the cancel dies with the process.
    desk.pass(25_000);
    let (next, _) = desk.connected(call).unwrap();
    restart(&mut desk);
    status(&mut desk, call, SessionDoing::Ending);
    let mut cancelled = desk.cancelled();
    cancelled.sort();
    assert_eq!(cancelled, [missed, next]);
}

#[test]
fn a_phone_whose_connect_seemed_lost_does_not_ring_on_beside_a_talk() {
    let config = QueueConfig {
        ring_at_once: 2,
        ..desk::queue("support", None)
    };
    let mut desk = Desk::configured(vec![config], &["anna", "boris"]);
    desk.ready("anna");
    let call = desk.arrive("s1");
    let (first, _) = desk.connected(call).unwrap();
    desk.ready("boris");
    let (lost, _) = desk.connected(call).unwrap();
    desk.give(Input::ConnectNotDelivered {
        offer: lost,
        why: "timeout".into(),
    });
    status(&mut desk, call, SessionDoing::Talking { offer_id: first });
    assert_eq!(desk.cancelled(), [lost]);
}
