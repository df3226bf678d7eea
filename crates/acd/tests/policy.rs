//! What the owner's policy says is done, recorded and replayed.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod desk;

use acd::*;
use desk::{Desk, queue};
use std::collections::BTreeMap;

const MINUTE_MS: u64 = 60_000;

fn desk() -> Desk {
    let mut desk = Desk::configured(vec![queue("support", None)], &["anna", "boris", "clara"]);
    for agent in ["anna", "boris", "clara"] {
        desk.ready(agent);
        desk.pass(10);
    }
    desk
}

fn ranked(desk: &mut Desk, session: &str, ranks: &[(&str, i64)]) -> String {
    let ranks: BTreeMap<AgentId, i64> = ranks
        .iter()
        .map(|(agent, rank)| ((*agent).into(), *rank))
        .collect();
    desk.give(Input::AgentsRanked {
        session_id: session.to_owned(),
        ranks,
    });
    let call = desk.arrive(session);
    desk.connected(call).unwrap().1
}

fn ban(desk: &mut Desk, agent: &str, ban_ms: u64) {
    desk.give(Input::BanAgent {
        agent: agent.into(),
        ban_ms,
        by: Actor::Rule {
            rule: "policy".to_owned(),
        },
        reason: "three misses".to_owned(),
    });
}

#[test]
fn the_highest_rank_is_offered_first_and_the_strategy_breaks_ties() {
    let mut desk = desk();
    // Anna is idle longest.
    assert_eq!(
        ranked(&mut desk, "s1", &[("boris", 500), ("clara", 900)]),
        "clara"
    );
    assert_eq!(ranked(&mut desk, "s2", &[("anna", -1)]), "boris");
    assert_eq!(ranked(&mut desk, "s3", &[("anna", -1)]), "anna");
    let whys: Vec<String> = desk
        .all
        .iter()
        .filter_map(|effect| match effect {
            Effect::Record {
                fact: Fact::OfferMade { why, .. },
            } => Some(why.clone()),
            _ => None,
        })
        .collect();
    assert!(
        whys[0].ends_with("; ranked 900 by the policy"),
        "{}",
        whys[0]
    );
    assert!(
        whys[2].ends_with("; ranked -1 by the policy"),
        "{}",
        whys[2]
    );
}

#[test]
fn ranks_are_for_one_call_only() {
    let mut desk = desk();
    assert_eq!(ranked(&mut desk, "s1", &[("clara", 1)]), "clara");
    let call = desk.arrive("s2");
    assert_eq!(desk.connected(call).unwrap().1, "anna");
}

#[test]
fn a_policys_ban_keeps_offers_away_until_its_end_and_can_be_ended() {
    let mut desk = Desk::configured(vec![queue("support", None)], &["anna"]);
    desk.ready("anna");
    ban(&mut desk, "anna", MINUTE_MS);
    let call = desk.arrive("s1");
    assert_eq!(desk.state(call), "waiting");
    let shown = desk.agent("anna").ban.unwrap();
    assert_eq!(
        (shown.until, shown.reason.as_str()),
        (desk.now + MINUTE_MS, "three misses")
    );
    desk.pass(MINUTE_MS);
    assert_eq!(desk.state(call), "offering");

    let mut desk = Desk::configured(vec![queue("support", None)], &["anna"]);
    desk.ready("anna");
    ban(&mut desk, "anna", u64::MAX);
    assert!(desk.agent("anna").ban.unwrap().until <= desk.now + 7 * 24 * 60 * MINUTE_MS);
    ban(&mut desk, "anna", 0);
    assert_eq!(desk.agent("anna").ban, None);
    let call = desk.arrive("s1");
    assert_eq!(desk.state(call), "offering");
}

#[test]
fn a_waiting_caller_gets_another_priority_or_another_queue_or_is_let_go() {
    let mut desk = Desk::configured(
        vec![queue("support", None), queue("sales", None)],
        &["anna"],
    );
    let first = desk.arrive("s1");
    desk.pass(1_000);
    let second = desk.arrive("s2");
    let third = desk.arrive("s3");
    let change = |call, priority, leave| Input::ChangeWaiting {
        call,
        priority,
        leave,
    };
    desk.give(change(second, Some(9), Leave::Stay));
    let moved = Leave::Queue {
        queue: "sales".into(),
    };
    desk.give(change(first, None, moved));
    assert_eq!(
        (desk.queue("sales").waiting, desk.queue("support").waiting),
        (1, 2)
    );
    desk.give(change(third, None, Leave::HangUp));
    assert_eq!(desk.state(third), "ended");
    let ended = desk.center.call(third).unwrap().result.unwrap();
    assert_eq!(ended.outcome, "overflowed");
    // The same again, and for a call that is over, changes nothing.
    desk.give(change(third, Some(1), Leave::HangUp));
    desk.ready("anna");
    assert_eq!(desk.state(second), "offering");
}
