//! Skills, their easing, and priority as a waiting credit.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod desk;

use acd::*;
use desk::{Desk, agent, new_call, queue};

/// Agents with skills, all ready in this order, and a queue that looks at them.
fn desk(agents: &[(&str, &[(&str, u8)])], rule: Option<SkillRule>) -> Desk {
    let mut desk = Desk::configured(vec![], &[]);
    let configs = agents
        .iter()
        .map(|(name, skills)| AgentConfig {
            skills: skills
                .iter()
                .map(|(skill, level)| ((*skill).to_owned(), *level))
                .collect(),
            ..agent(name)
        })
        .collect();
    let support = QueueConfig {
        skills: rule,
        ..queue("support", None)
    };
    desk.give(Input::Configure {
        configuration: Configuration {
            queues: vec![support],
            agents: configs,
            ..Configuration::default()
        },
    });
    for (name, _) in agents {
        desk.pass(10);
        desk.ready(name);
    }
    desk
}

fn asking(session: &str, skills: &[&str]) -> NewCall {
    NewCall {
        skills: skills.iter().map(|skill| (*skill).to_owned()).collect(),
        ..new_call(session)
    }
}

const STRICT: Option<SkillRule> = Some(SkillRule { ease_every_ms: 0 });

#[test]
fn a_call_goes_to_one_who_has_the_skill_at_its_level() {
    let mut desk = desk(
        &[
            ("anna", &[]),
            ("boris", &[("english", 2)]),
            ("clara", &[("english", 4)]),
        ],
        STRICT,
    );
    let call = desk.arrive_as(asking("s1", &["english:3"]));
    assert_eq!(desk.connected(call).unwrap().1, "clara");
    let call = desk.arrive_as(asking("s2", &["english"]));
    assert_eq!(desk.connected(call).unwrap().1, "boris");
}

#[test]
fn the_most_skilled_is_chosen_first_and_who_is_idle_longest_among_equals() {
    let mut desk = desk(
        &[
            ("anna", &[("english", 1), ("law", 1)]),
            ("boris", &[("english", 4)]),
            ("clara", &[("english", 2), ("law", 3)]),
            ("dora", &[("english", 4)]),
        ],
        Some(SkillRule {
            ease_every_ms: 30_000,
        }),
    );
    let mut support = desk.center.configuration().unwrap().clone();
    support.queues[0].strategy = Strategy::MostSkilled;
    desk.give(Input::Configure {
        configuration: support,
    });
    let asks = |desk: &mut Desk, session: &str, skills: &[&str]| {
        let call = desk.arrive_as(asking(session, skills));
        desk.connected(call).map(|(_, agent)| agent)
    };
    // Anna is idle longest, and clara knows more of both.
    let both = asks(&mut desk, "s1", &["english", "law"]);
    assert_eq!(both.as_deref(), Some("clara"));
    // Boris was ready before dora.
    assert_eq!(
        asks(&mut desk, "s2", &["english"]).as_deref(),
        Some("boris")
    );
    assert_eq!(asks(&mut desk, "s3", &["english"]).as_deref(), Some("dora"));
    desk.intent("clara", Intent::Offline);
    assert_eq!(asks(&mut desk, "s4", &["law"]).as_deref(), Some("anna"));
    let why = desk.facts().into_iter().find_map(|fact| match fact {
        Fact::OfferMade { why, .. } => Some(why),
        _ => None,
    });
    assert!(why.unwrap().starts_with("most skilled of 1 free"));
}

#[test]
fn a_call_that_nobody_can_serve_does_not_hold_up_those_behind_it() {
    let mut desk = desk(&[("anna", &[])], STRICT);
    let chinese = desk.arrive_as(asking("s1", &["chinese"]));
    assert_eq!(desk.connected(chinese), None);
    let plain = desk.arrive("s2");
    assert_eq!(desk.connected(plain).unwrap().1, "anna");
    assert_eq!(desk.state(chinese), "waiting");
}

#[test]
fn demands_fall_by_a_level_after_each_wait() {
    let rule = SkillRule {
        ease_every_ms: 30_000,
    };
    let mut desk = desk(&[("anna", &[("english", 1)])], Some(rule));
    let call = desk.arrive_as(asking("s1", &["english:3"]));
    desk.pass(59_999);
    assert_eq!(desk.state(call), "waiting");
    desk.pass(1);
    assert_eq!(desk.connected(call).unwrap().1, "anna");
}

#[test]
fn in_the_end_anyone_will_do() {
    let rule = SkillRule {
        ease_every_ms: 30_000,
    };
    let mut desk = desk(&[("anna", &[])], Some(rule));
    let call = desk.arrive_as(asking("s1", &["chinese"]));
    desk.pass(30_000);
    assert_eq!(desk.connected(call).unwrap().1, "anna");
}

#[test]
fn a_queue_without_a_rule_does_not_look_at_skills() {
    let mut desk = desk(&[("anna", &[])], None);
    let call = desk.arrive_as(asking("s1", &["chinese"]));
    assert_eq!(desk.connected(call).unwrap().1, "anna");
}

#[test]
fn an_agent_who_learns_the_skill_gets_the_caller_who_waits() {
    let mut desk = desk(&[("anna", &[])], STRICT);
    let call = desk.arrive_as(asking("s1", &["english"]));
    let mut anna = agent("anna");
    anna.skills.insert("english".to_owned(), 1);
    let support = QueueConfig {
        skills: STRICT,
        ..queue("support", None)
    };
    desk.give(Input::Configure {
        configuration: Configuration {
            queues: vec![support],
            agents: vec![anna],
            ..Configuration::default()
        },
    });
    assert_eq!(desk.connected(call).unwrap().1, "anna");
}

#[test]
fn a_step_of_priority_is_worth_its_waiting_credit_and_no_more() {
    let support = QueueConfig {
        priority_step_ms: 60_000,
        ..queue("support", None)
    };
    let mut desk = Desk::configured(vec![support], &["anna"]);
    let long = desk.arrive("s1");
    desk.pass(70_000);
    let short = desk.arrive("s2");
    desk.pass(1_000);
    let vip = desk.arrive_as(NewCall {
        priority: 1,
        ..new_call("s3")
    });
    let positions = [long, vip, short].map(|call| desk.center.call(call).unwrap().position);
    assert_eq!(positions, [1, 2, 3]);
}
