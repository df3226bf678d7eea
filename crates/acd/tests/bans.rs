//! The ban ladder, wrap-up bounds and intents after the call.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod desk;

use acd::*;
use desk::{Desk, queue, talk_ended};

const MINUTE_MS: u64 = 60_000;

/// One agent, ready, who is banned for a minute after two misses.
fn desk(agent_may_lift: bool) -> Desk {
    let support = QueueConfig {
        retry_delay_ms: 0,
        ban: BanRule {
            after_misses: 2,
            first_ms: MINUTE_MS,
            max_ms: 3 * MINUTE_MS,
            agent_may_lift,
        },
        ..queue("support", None)
    };
    let mut desk = Desk::configured(vec![support], &["anna"]);
    desk.ready("anna");
    desk
}

/// Lets the running offer ring out.
fn miss(desk: &mut Desk) {
    assert_eq!(desk.activity("anna"), ActivityView::Reserved);
    let misses = desk.agent("anna").marks.miss_streak;
    while desk.agent("anna").marks.miss_streak == misses {
        desk.pass(1);
    }
    desk.pass(100);
}

/// The agent who is rung answers the call and talks.
fn serve(desk: &mut Desk, call: CallId) {
    let offer = desk.all.iter().rev().find_map(|effect| match effect {
        Effect::Connect { offer, .. } => Some(*offer),
        _ => None,
    });
    desk.talk(call, 1, offer.unwrap());
    desk.event(call, 4, talk_ended(offer.unwrap(), 0));
    desk.pass(10_000);
}

#[test]
fn misses_in_a_row_ban_for_longer_and_longer_and_the_ban_ends_by_itself() {
    let mut desk = desk(false);
    let call = desk.arrive("s1");
    for ban_ms in [MINUTE_MS, 2 * MINUTE_MS, 3 * MINUTE_MS, 3 * MINUTE_MS] {
        miss(&mut desk);
        miss(&mut desk);
        let ban = desk.agent("anna").ban.unwrap();
        assert_eq!(ban.until - desk.now, ban_ms - 100);
        assert!(ban.reason.contains("missed in a row"), "{}", ban.reason);
        assert_eq!(desk.state(call), "waiting");
        desk.pass(ban_ms - 100);
        assert_eq!(desk.agent("anna").ban, None);
        assert_eq!(desk.state(call), "offering");
    }
}

#[test]
fn an_answer_resets_the_ladder() {
    let mut desk = desk(false);
    let call = desk.arrive("s1");
    miss(&mut desk);
    serve(&mut desk, call);
    desk.arrive("s2");
    miss(&mut desk);
    assert_eq!(desk.agent("anna").ban, None);
}

#[test]
fn an_answer_after_bans_makes_the_next_one_as_short_as_the_first() {
    let mut desk = desk(false);
    let call = desk.arrive("s1");
    for ban_ms in [MINUTE_MS, 2 * MINUTE_MS] {
        miss(&mut desk);
        miss(&mut desk);
        assert_eq!(
            desk.agent("anna").ban.unwrap().until - desk.now,
            ban_ms - 100
        );
        desk.pass(ban_ms - 100);
    }
    serve(&mut desk, call);
    desk.arrive("s2");
    miss(&mut desk);
    miss(&mut desk);
    let ban = desk.agent("anna").ban.unwrap();
    assert_eq!(ban.until - desk.now, MINUTE_MS - 100);
}

#[test]
fn a_supervisor_lifts_a_ban_and_an_agent_only_where_the_rule_allows() {
    for (agent_may_lift, by, is_lifted) in [
        (false, Actor::Agent, false),
        (true, Actor::Agent, true),
        (
            false,
            Actor::Supervisor {
                user: "olga".into(),
            },
            true,
        ),
    ] {
        let mut desk = desk(agent_may_lift);
        desk.arrive("s1");
        miss(&mut desk);
        miss(&mut desk);
        desk.give(Input::LiftBan {
            agent: "anna".into(),
            by: by.clone(),
        });
        assert_eq!(desk.agent("anna").ban.is_none(), is_lifted, "{by:?}");
        assert_eq!(desk.any_connect(), is_lifted, "{by:?}");
    }
}

/// What a supervisor has decided is neither shortened nor ended by a rule.
#[test]
fn a_supervisors_ban_stands_whatever_rules_say() {
    let ban = |desk: &mut Desk, ban_ms, by: &Actor| {
        desk.give(Input::BanAgent {
            agent: "anna".into(),
            ban_ms,
            by: by.clone(),
            reason: "talk to me first".into(),
        });
        desk.agent("anna").ban.map(|ban| ban.until)
    };
    let olga = Actor::Supervisor {
        user: "olga".into(),
    };
    let policy = Actor::Rule {
        rule: "policy".into(),
    };
    // She is banned while the phone rings that makes her second miss.
    let mut desk = desk(true);
    desk.arrive("s1");
    miss(&mut desk);
    let until = desk.now + 60 * MINUTE_MS;
    assert_eq!(ban(&mut desk, 60 * MINUTE_MS, &olga), Some(until));
    let misses = desk.agent("anna").marks.missed;
    while desk.agent("anna").marks.missed == misses {
        desk.pass(1_000);
    }
    let shown = desk.agent("anna").ban.unwrap();
    assert_eq!((shown.until, shown.agent_may_lift), (until, false));
    assert_eq!(shown.reason, "talk to me first");
    // Nor does the policy forgive what a person has decided.
    assert_eq!(ban(&mut desk, 0, &policy), Some(until));
    assert_eq!(ban(&mut desk, MINUTE_MS, &policy), Some(until));
    let longer = ban(&mut desk, 120 * MINUTE_MS, &policy);
    assert_eq!(longer, Some(desk.now + 120 * MINUTE_MS));
    // A supervisor may do all of it.
    let shorter = ban(&mut desk, MINUTE_MS, &olga);
    assert_eq!(shorter, Some(desk.now + MINUTE_MS));
    assert_eq!(ban(&mut desk, 0, &olga), None);
}

#[test]
fn who_is_banned_is_recorded_so_with_the_reason_of_its_end() {
    let mut desk = desk(false);
    desk.arrive("s1");
    miss(&mut desk);
    miss(&mut desk);
    desk.pass(MINUTE_MS);
    let states: Vec<_> = desk
        .all
        .iter()
        .filter_map(|effect| match effect {
            Effect::Record {
                fact: Fact::AgentState { state, why, .. },
            } => Some((state.as_ref(), why.as_ref())),
            _ => None,
        })
        .collect();
    assert!(
        states.contains(&("ready/banned", "no_answer")),
        "{states:?}"
    );
    assert!(states.contains(&("ready/idle", "ban over")), "{states:?}");
}

/// An agent in a wrap-up of 10 s that is forced for 4 s and can be extended by
/// 5 s to 18 s.
fn wrapping_up() -> Desk {
    let support = QueueConfig {
        wrap_up_min_ms: 4_000,
        wrap_up_extend_ms: 5_000,
        wrap_up_max_ms: 18_000,
        ..queue("support", None)
    };
    let mut desk = Desk::configured(vec![support], &["anna"]);
    desk.ready("anna");
    let call = desk.arrive("s1");
    let (offer, _) = desk.connected(call).unwrap();
    desk.talk(call, 1, offer);
    desk.event(call, 4, talk_ended(offer, 0));
    desk
}

fn end_wrap_up(desk: &mut Desk, by: Actor) -> ActivityView {
    desk.give(Input::EndWrapUp {
        agent: "anna".into(),
        by,
    });
    desk.activity("anna")
}

#[test]
fn a_forced_wrap_up_is_not_ended_by_the_agent_before_its_time() {
    let mut desk = wrapping_up();
    desk.pass(3_999);
    let kept = end_wrap_up(&mut desk, Actor::Agent);
    assert!(matches!(kept, ActivityView::WrapUp { .. }));
    desk.pass(1);
    assert_eq!(end_wrap_up(&mut desk, Actor::Agent), ActivityView::Idle);
    let olga = Actor::Supervisor {
        user: "olga".into(),
    };
    let mut desk = wrapping_up();
    assert_eq!(end_wrap_up(&mut desk, olga), ActivityView::Idle);
}

#[test]
fn a_wrap_up_is_extended_up_to_its_longest() {
    let mut desk = wrapping_up();
    let began = desk.now;
    for length_ms in [15_000, 18_000, 18_000] {
        desk.give(Input::ExtendWrapUp {
            agent: "anna".into(),
            by: Actor::Agent,
        });
        let until = began + length_ms;
        assert_eq!(desk.activity("anna"), ActivityView::WrapUp { until });
    }
    desk.pass(18_000);
    assert_eq!(desk.activity("anna"), ActivityView::Idle);
}

#[test]
fn what_was_chosen_for_after_the_call_comes_with_its_end_and_only_once() {
    let mut desk = Desk::new(&["anna"]);
    desk.ready("anna");
    let lunch = Intent::NotReady {
        reason: "lunch".into(),
    };
    desk.give(Input::SetAfterCall {
        agent: "anna".into(),
        intent: Some(lunch.clone()),
        by: Actor::Agent,
    });
    let call = desk.arrive("s1");
    let (offer, _) = desk.connected(call).unwrap();
    desk.talk(call, 1, offer);
    assert_eq!(desk.agent("anna").intent, Intent::Ready);
    desk.event(call, 4, talk_ended(offer, 0));
    let view = desk.agent("anna");
    assert_eq!((view.intent, view.after_call), (lunch, None));
    desk.pass(10_000);
    assert_eq!(desk.activity("anna"), ActivityView::Idle);
}

#[test]
fn a_later_choice_of_an_intent_replaces_the_one_for_after_the_call() {
    let mut desk = Desk::new(&["anna"]);
    desk.give(Input::SetAfterCall {
        agent: "anna".into(),
        intent: Some(Intent::Offline),
        by: Actor::Agent,
    });
    desk.ready("anna");
    assert_eq!(desk.agent("anna").after_call, None);
}
