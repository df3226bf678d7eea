//! How offers end, and what that means for the agent and for the caller.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod desk;

use acd::*;
use desk::{
    Desk, answered, caller_left, failed, queue, ringing, session_ended, talk_ended, talk_started,
};

/// A caller whose offer is made to anna, boris being ready after her.
fn offered() -> (Desk, CallId, OfferId) {
    let mut desk = Desk::new(&["anna", "boris"]);
    desk.ready("anna");
    desk.pass(1_000);
    desk.ready("boris");
    desk.pass(1_000);
    let call = desk.arrive("s1");
    let (offer, agent) = desk.connected(call).unwrap();
    assert_eq!(agent, "anna");
    (desk, call, offer)
}

#[test]
fn each_failure_is_a_mark_of_its_own_and_the_next_agent_is_tried_at_once() {
    let marks_of = |reason| {
        let (mut desk, call, offer) = offered();
        desk.event(call, 1, failed(offer, reason));
        assert_eq!(
            desk.connected(call).map(|(_, agent)| agent).as_deref(),
            Some("boris"),
            "{reason:?}"
        );
        let anna = desk.agent("anna");
        assert_eq!(anna.activity, ActivityView::Idle);
        assert_eq!(anna.retry_at, Some(desk.now + 10_000), "{reason:?}");
        anna.marks
    };
    let none = Marks::default();
    assert_eq!(
        marks_of(OfferFailure::NoAnswer),
        Marks {
            missed: 1,
            miss_streak: 1,
            ..none.clone()
        }
    );
    assert_eq!(
        marks_of(OfferFailure::Busy),
        Marks {
            busy: 1,
            ..none.clone()
        }
    );
    assert_eq!(
        marks_of(OfferFailure::Rejected),
        Marks {
            rejected: 1,
            ..none.clone()
        }
    );
    assert_eq!(
        marks_of(OfferFailure::Unreachable),
        Marks {
            unreachable: 1,
            ..none.clone()
        }
    );
    assert_eq!(
        marks_of(OfferFailure::Unregistered),
        Marks {
            unregistered: 1,
            ..none
        }
    );
}

/// Five ways not to answer, and what each leads to.
#[test]
fn each_failure_has_a_delay_and_a_ban_of_its_own() {
    let rule = |retry_delay_ms, ban_after| NotTakenRule {
        retry_delay_ms,
        ban_after,
    };
    let support = QueueConfig {
        retry_delay_ms: 1_000,
        ban: BanRule {
            after_misses: 5,
            first_ms: 60_000,
            max_ms: 600_000,
            agent_may_lift: false,
        },
        not_taken: NotTakenRules {
            rejected: rule(Some(2_000), 4),
            busy: rule(Some(3_000), 0),
            unreachable: rule(Some(4_000), 3),
            unregistered: rule(None, 2),
        },
        ..queue("support", None)
    };
    let of = |reason, until_banned: usize, words: &str| {
        let mut desk = Desk::configured(vec![support.clone()], &["anna"]);
        desk.ready("anna");
        let call = desk.arrive("s1");
        let (mut seq, mut delay_ms, mut bans) = (0, 0, Vec::new());
        while bans.len() < 2 && seq < 12 {
            let (offer, _) = desk.connected(call).unwrap();
            seq += 1;
            desk.event(call, seq, failed(offer, reason));
            let anna = desk.agent("anna");
            delay_ms = anna.retry_at.unwrap() - desk.now;
            if let Some(ban) = anna.ban {
                assert!(ban.reason.ends_with(words), "{}", ban.reason);
                bans.push((seq as usize, ban.until - desk.now));
                desk.pass(ban.until - desk.now);
            } else {
                desk.pass(delay_ms);
            }
        }
        // The second ban comes after as many again, and is twice as long.
        let expected = [(until_banned, 60_000), (2 * until_banned, 120_000)];
        let expected = if until_banned == 0 {
            &[]
        } else {
            &expected[..]
        };
        assert_eq!(bans, expected, "{reason:?}");
        delay_ms
    };
    let words = "declined in a row";
    assert_eq!(of(OfferFailure::Rejected, 4, words), 2_000);
    assert_eq!(of(OfferFailure::Busy, 0, ""), 3_000);
    assert_eq!(of(OfferFailure::Unreachable, 3, "out of reach"), 4_000);
    assert_eq!(of(OfferFailure::Unregistered, 2, "registered phone"), 1_000);
    assert_eq!(of(OfferFailure::NoAnswer, 5, "missed in a row"), 1_000);
}

/// An answer ends every row, and rows of one kind do not add up with those of another.
#[test]
fn rows_of_failures_are_counted_apart_and_end_with_an_answer() {
    let support = QueueConfig {
        retry_delay_ms: 0,
        wrap_up_ms: 0,
        ban: BanRule {
            after_misses: 2,
            first_ms: 60_000,
            max_ms: 60_000,
            agent_may_lift: false,
        },
        not_taken: NotTakenRules {
            rejected: NotTakenRule {
                retry_delay_ms: None,
                ban_after: 2,
            },
            ..NotTakenRules::default()
        },
        ..queue("support", None)
    };
    let mut desk = Desk::configured(vec![support], &["anna"]);
    desk.ready("anna");
    let mut call = desk.arrive("s1");
    let mut seq = 0;
    let steps = [
        Some(OfferFailure::NoAnswer),
        Some(OfferFailure::Rejected),
        Some(OfferFailure::Busy),
        None,
        Some(OfferFailure::Rejected),
        Some(OfferFailure::NoAnswer),
    ];
    for (number, step) in steps.into_iter().enumerate() {
        let (offer, _) = desk.connected(call).unwrap();
        match step {
            Some(reason) => {
                desk.event(call, seq + 1, failed(offer, reason));
                seq += 1;
                desk.pass(100);
            }
            None => {
                desk.talk(call, seq + 1, offer);
                desk.event(call, seq + 4, talk_ended(offer, 0));
                call = desk.arrive("s2");
                seq = 0;
            }
        }
        assert_eq!(desk.agent("anna").ban, None, "after step {number}");
    }
    let (offer, _) = desk.connected(call).unwrap();
    desk.event(call, seq + 1, failed(offer, OfferFailure::Rejected));
    assert!(desk.agent("anna").ban.is_some());
}

#[test]
fn the_same_agent_is_offered_nothing_until_the_retry_delay_is_over() {
    let mut desk = Desk::new(&["anna"]);
    desk.ready("anna");
    let call = desk.arrive("s1");
    let (offer, _) = desk.connected(call).unwrap();
    desk.event(call, 1, failed(offer, OfferFailure::NoAnswer));
    assert!(!desk.any_connect());
    desk.pass(9_999);
    assert!(!desk.any_connect());
    desk.pass(1);
    assert_eq!(desk.connected(call).unwrap().1, "anna");
}

#[test]
fn a_retry_delay_of_nothing_still_makes_no_loop() {
    let mut config = queue("support", None);
    config.retry_delay_ms = 0;
    let mut desk = Desk::configured(vec![config], &["anna"]);
    desk.ready("anna");
    let call = desk.arrive("s1");
    let mut offers = 0;
    let until = desk.now + 10_000;
    while desk.now < until {
        if let Some((offer, _)) = desk.connected(call) {
            offers += 1;
            desk.event(call, offers, failed(offer, OfferFailure::Unreachable));
        } else {
            desk.pass(10);
        }
    }
    assert!((50..=101).contains(&offers), "{offers} offers in 10 s");
}

#[test]
fn an_agent_who_missed_an_offer_goes_to_the_end_of_the_idle_order() {
    let (mut desk, call, offer) = offered();
    desk.event(call, 1, failed(offer, OfferFailure::NoAnswer));
    let (second, _) = desk.connected(call).unwrap();
    desk.event(call, 2, failed(second, OfferFailure::NoAnswer));
    desk.pass(5_000);
    desk.ready("anna");
    desk.event(call, 3, caller_left());
    desk.pass(10_000);
    // Both missed at the same moment: the name decides.
    let next = desk.arrive("s2");
    assert_eq!(desk.connected(next).unwrap().1, "anna");
}

#[test]
fn an_offer_cancelled_by_its_session_costs_the_agent_neither_marks_nor_place() {
    let (mut desk, call, offer) = offered();
    let before = desk.agent("anna");
    desk.event(call, 1, failed(offer, OfferFailure::Cancelled));
    let after = desk.agent("anna");
    assert_eq!((after.marks, after.retry_at), (before.marks, None));
    assert!(
        !desk.any_connect(),
        "a session that cancels by itself gets a pause"
    );
    let next = desk.arrive("s2");
    assert_eq!(
        desk.connected(next).unwrap().1,
        "anna",
        "still idle longest"
    );
    desk.pass(500);
    assert_eq!(desk.connected(call).unwrap().1, "boris");
}

#[test]
fn a_session_that_forgets_its_ring_timeout_is_told_to_cancel() {
    let (mut desk, call, offer) = offered();
    desk.event(call, 1, ringing(offer));
    desk.pass(24_999);
    assert!(desk.cancelled().is_empty());
    desk.pass(1);
    assert_eq!(desk.cancelled(), [offer]);
    assert_eq!(desk.agent("anna").marks.missed, 1);
    assert_eq!(desk.connected(call).unwrap().1, "boris");
}

#[test]
fn caller_hangup_cancels_the_offer_and_frees_the_agent_at_once() {
    let (mut desk, call, offer) = offered();
    desk.event(call, 1, ringing(offer));
    let before = desk.agent("anna").marks;
    desk.event(call, 2, caller_left());
    assert_eq!(desk.cancelled(), [offer]);
    let anna = desk.agent("anna");
    assert_eq!(
        (anna.activity, anna.marks, anna.retry_at),
        (ActivityView::Idle, before, None)
    );
    let outcome = desk.facts().into_iter().find_map(|fact| match fact {
        Fact::CallEnded {
            outcome, ended_by, ..
        } => Some((outcome, ended_by)),
        _ => None,
    });
    assert_eq!(outcome, Some(("abandoned".into(), Some(EndedBy::Caller))));
    assert_eq!(desk.queue("support").abandoned_today, 1);
    let next = desk.arrive("s2");
    assert_eq!(
        desk.connected(next).unwrap().1,
        "anna",
        "the place in the idle order is kept"
    );
}

/// Metrics.md §3.2, no answer (RONA): only while the caller was still there.
#[test]
fn a_caller_who_leaves_a_tick_before_the_phone_rings_out_blames_nobody() {
    let outcome = |caller_first: bool| {
        let (mut desk, call, offer) = offered();
        desk.event(call, 1, ringing(offer));
        desk.pass(19_999);
        let ends = [caller_left(), failed(offer, OfferFailure::NoAnswer)];
        let [left, rang_out] = ends;
        let (first, second) = match caller_first {
            true => (left, rang_out),
            false => (rang_out, left),
        };
        let mut facts = Vec::new();
        desk.event(call, 2, first);
        facts.extend(desk.facts());
        desk.pass(1);
        desk.event(call, 3, second);
        facts.extend(desk.facts());
        let ended = facts.into_iter().find_map(|fact| match fact {
            Fact::OfferEnded {
                offer: own,
                outcome,
                ..
            } if own == offer => Some(outcome.to_string()),
            _ => None,
        });
        let marks = desk.agent("anna").marks;
        (ended, marks.missed, marks.miss_streak)
    };
    assert_eq!(outcome(true), (Some("cancelled".to_owned()), 0, 0));
    assert_eq!(outcome(false), (Some("no_answer".to_owned()), 1, 1));
}

#[test]
fn a_late_answer_is_cancelled_again_and_changes_nothing_else() {
    let (mut desk, call, offer) = offered();
    desk.event(call, 1, caller_left());
    let before = desk.agent("anna");
    desk.event(call, 2, answered(offer));
    assert_eq!(desk.last, [Effect::CancelOffer { call, offer }]);
    assert_eq!(desk.agent("anna"), before);
    assert_eq!(desk.state(call), "ended");
}

#[test]
fn a_late_answer_to_an_offer_that_went_on_to_another_agent_is_cancelled() {
    let (mut desk, call, first) = offered();
    desk.event(call, 1, failed(first, OfferFailure::NoAnswer));
    let (second, _) = desk.connected(call).unwrap();
    desk.event(call, 2, answered(first));
    assert_eq!(desk.cancelled(), [first]);
    desk.event(call, 3, answered(second));
    assert_eq!(desk.center.call(call).unwrap().agent, Some("boris".into()));
}

#[test]
fn nothing_is_sent_to_a_session_that_has_ended() {
    let (mut desk, call, offer) = offered();
    desk.event(call, 1, session_ended());
    assert!(desk.cancelled().is_empty());
    assert!(desk.last.contains(&Effect::CallClosed { call }));
    assert_eq!(desk.activity("anna"), ActivityView::Idle);
    desk.event(call, 2, answered(offer));
    assert!(desk.last.is_empty());
}

#[test]
fn a_lost_session_frees_the_agent_it_held_in_a_talk() {
    let (mut desk, call, offer) = offered();
    desk.talk(call, 1, offer);
    desk.pass(7_000);
    desk.give(Input::SessionLost {
        call,
        why: "404".into(),
    });
    assert!(matches!(desk.activity("anna"), ActivityView::WrapUp { .. }));
    assert_eq!(desk.state(call), "ended");
    assert_eq!(desk.agent("anna").marks.talk_ms, 7_000);
    assert!(desk.last.contains(&Effect::CallClosed { call }));
}

#[test]
fn a_session_that_comes_back_after_it_was_lost_is_queued_again() {
    let mut desk = Desk::new(&["anna"]);
    let call = desk.arrive("s1");
    desk.give(Input::SessionLost {
        call,
        why: "timeout".into(),
    });
    assert_ne!(desk.arrive("s1"), call);
    assert_eq!(desk.queue("support").waiting, 1);
}

#[test]
fn a_connect_that_is_not_delivered_is_made_again_after_growing_pauses() {
    let mut desk = Desk::new(&["anna"]);
    desk.ready("anna");
    let call = desk.arrive("s1");
    let mut pauses = vec![];
    for _ in 0..8 {
        let (offer, _) = desk.connected(call).unwrap();
        let from = desk.now;
        desk.give(Input::ConnectNotDelivered {
            offer,
            why: "timeout".into(),
        });
        assert_eq!(desk.activity("anna"), ActivityView::Idle);
        assert_eq!(desk.agent("anna").marks, Marks::default());
        while desk.connected(call).is_none() {
            let wake = desk.center.next_wake().unwrap();
            desk.now = wake;
            desk.give(Input::Tick);
        }
        pauses.push(desk.now - from);
    }
    assert_eq!(
        pauses,
        [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]
    );
}

#[test]
fn a_phone_that_is_absent_is_never_rung_until_it_is_back() {
    let mut desk = Desk::new(&["anna"]);
    desk.ready("anna");
    desk.give(Input::DevicePresence {
        agent: "anna".into(),
        presence: DevicePresence::Absent,
    });
    let call = desk.arrive("s1");
    assert!(!desk.any_connect());
    desk.pass(30_000);
    assert!(!desk.any_connect());
    desk.give(Input::DevicePresence {
        agent: "anna".into(),
        presence: DevicePresence::Present,
    });
    assert_eq!(desk.connected(call).unwrap().1, "anna");
}

#[test]
fn missing_reports_are_understood_from_later_ones() {
    let (mut desk, call, offer) = offered();
    desk.event(call, 1, talk_started(offer));
    assert_eq!(desk.activity("anna"), ActivityView::Talking);
    assert_eq!(desk.agent("anna").marks.answered, 1);

    let (mut desk, call, offer) = offered();
    desk.event(call, 1, talk_ended(offer, 500));
    assert_eq!(desk.state(call), "ended");
    assert_eq!(desk.agent("anna").marks.answered, 1);
    assert!(matches!(desk.activity("anna"), ActivityView::WrapUp { .. }));
}

#[test]
fn an_answer_that_never_became_a_talk_puts_the_caller_back_in_line() {
    let (mut desk, call, offer) = offered();
    desk.event(call, 1, answered(offer));
    desk.event(call, 2, failed(offer, OfferFailure::Unreachable));
    assert_eq!(desk.state(call), "waiting");
    assert_eq!(desk.activity("anna"), ActivityView::Idle);
    assert_eq!(desk.queue("support").answered_today, 0);
    desk.pass(500);
    assert!(desk.connected(call).is_some());
}
