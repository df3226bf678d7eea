//! How queues choose among free agents.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod desk;

use acd::*;
use desk::{Desk, queue, talk_ended};

const AGENTS: [&str; 3] = ["anna", "boris", "clara"];

/// A desk whose only queue has this strategy and no wrap-up; all are ready.
fn desk(strategy: Strategy, agents: Option<&[&str]>) -> Desk {
    let mut support = queue("support", agents);
    support.strategy = strategy;
    support.wrap_up_ms = 0;
    let mut desk = Desk::configured(vec![support], &AGENTS);
    for agent in AGENTS {
        desk.pass(1_000);
        desk.ready(agent);
    }
    desk
}

/// A call is answered and talked for so long; returns who did.
fn served(desk: &mut Desk, session: &str, talk_ms: u64) -> String {
    let call = desk.arrive(session);
    let (offer, agent) = desk.connected(call).unwrap();
    desk.talk(call, 1, offer);
    desk.pass(talk_ms);
    desk.event(call, 4, talk_ended(offer, talk_ms));
    agent
}

#[test]
fn round_robin_goes_round_even_past_those_idle_longer() {
    let mut desk = desk(Strategy::RoundRobin, None);
    let first: Vec<_> = (0..2)
        .map(|n| served(&mut desk, &format!("a{n}"), 1_000))
        .collect();
    assert_eq!(first, ["anna", "boris"]);
    // Clara has a break: idle least, but it is still her turn.
    desk.intent("clara", Intent::Offline);
    desk.pass(1_000);
    desk.ready("clara");
    let rest: Vec<_> = (0..3)
        .map(|n| served(&mut desk, &format!("b{n}"), 1_000))
        .collect();
    assert_eq!(rest, ["clara", "anna", "boris"]);
}

#[test]
fn fewest_calls_prefers_who_answered_least_today() {
    let mut desk = desk(Strategy::FewestCalls, None);
    desk.intent("clara", Intent::Offline);
    for n in 0..4 {
        served(&mut desk, &format!("a{n}"), 1_000);
    }
    desk.ready("clara");
    let rest: Vec<_> = (0..2)
        .map(|n| served(&mut desk, &format!("b{n}"), 1_000))
        .collect();
    assert_eq!(rest, ["clara", "clara"]);
}

#[test]
fn least_talk_counts_minutes_not_calls() {
    let mut desk = desk(Strategy::LeastTalk, None);
    assert_eq!(served(&mut desk, "s1", 60_000), "anna");
    assert_eq!(served(&mut desk, "s2", 1_000), "boris");
    assert_eq!(served(&mut desk, "s3", 2_000), "clara");
    assert_eq!(served(&mut desk, "s4", 500), "boris");
    assert_eq!(served(&mut desk, "s5", 500), "boris");
}

#[test]
fn fixed_order_follows_the_queues_list() {
    let mut desk = desk(Strategy::FixedOrder, Some(&["clara", "anna", "boris"]));
    let mut chosen = vec![];
    for session in ["s1", "s2", "s3"] {
        let call = desk.arrive(session);
        chosen.push(desk.connected(call).unwrap().1);
    }
    assert_eq!(chosen, ["clara", "anna", "boris"]);
}

#[test]
fn random_gives_everyone_an_equal_share_and_is_replayed_the_same() {
    let mut desk = desk(Strategy::Random, None);
    let mut shares = std::collections::BTreeMap::new();
    for n in 0..3_000 {
        *shares
            .entry(served(&mut desk, &n.to_string(), 10))
            .or_insert(0) += 1;
    }
    for (agent, share) in &shares {
        assert!((850..=1_150).contains(share), "{agent}: {shares:?}");
    }
    let mut again = Center::new();
    for (at, input) in &desk.journal {
        again.handle(*at, input.clone());
    }
    assert_eq!(again, desk.center);
}

#[test]
fn the_record_says_by_which_strategy_an_agent_was_chosen() {
    let mut desk = desk(Strategy::FewestCalls, None);
    desk.arrive("s1");
    let why = desk
        .facts()
        .into_iter()
        .find_map(|fact| match fact {
            Fact::OfferMade { why, .. } => Some(why),
            _ => None,
        })
        .unwrap();
    assert!(why.starts_with("fewest calls today (0) of 3 free"), "{why}");
}
