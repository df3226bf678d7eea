//! What callers are promised who need skills: their wait is that for the agents
//! who have them, and those who need none do not wait for others who do.
#![allow(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a test stops at the first surprise"
)]

mod crowded_day;
mod desk;

use acd::*;
use crowded_day::{Day, Promise, Regime, median_error, plain, with};
use desk::{Desk, agent, new_call, queue};

const STRICT: Option<SkillRule> = Some(SkillRule { ease_every_ms: 0 });
/// As in `expected_wait.rs`: with fewer ahead chance alone moves the wait by more.
const AHEAD_MIN: usize = 10;

/// What the whole queue would say: everybody ahead, all agents.
fn blind(regime: &Regime, promise: &Promise) -> Millis {
    let talk_ms = regime.talk_s * 1_000.0;
    (promise.position as f64 * talk_ms / regime.agents()) as Millis
}

/// Lives some days; the median error of each kind of callers by what they were
/// promised, and by what the whole queue would say.
fn errors(name: &str, regime: &Regime, ahead: fn(&Promise) -> usize) -> Vec<[f64; 2]> {
    let mut promises = Vec::new();
    for seed in 1..=2 {
        promises.extend(Day::live(regime, seed).promises);
    }
    let mut errors = Vec::new();
    for (at, kind) in regime.callers.iter().enumerate() {
        let counts = |promise: &Promise| promise.kind == at && ahead(promise) >= AHEAD_MIN;
        let told = |promise: &Promise| counts(promise).then_some(promise.promised_ms);
        let queue = |promise: &Promise| counts(promise).then(|| blind(regime, promise));
        let (error, count) = median_error(&promises, told);
        let (of_queue, _) = median_error(&promises, queue);
        println!(
            "{name}, {:?}: median error {:.1} % of {count} promises; of the whole queue {:.1} %",
            kind.skills,
            error * 100.0,
            of_queue * 100.0
        );
        assert!(count > 300, "a dull day: {count}");
        errors.push([error, of_queue]);
    }
    errors
}

fn of_kind(promise: &Promise) -> usize {
    promise.of_kind
}

fn of_line(promise: &Promise) -> usize {
    promise.position
}

/// Ten of fifty speak German, and half as much again is asked of them.
#[test]
fn callers_who_need_a_rare_skill_and_those_who_do_not_are_told_their_own_waits() {
    let regime = Regime {
        agents: vec![plain(40.0), with(&["german"], 10.0)],
        callers: vec![plain(50.0), with(&["german"], 16.0)],
        skills: STRICT,
        talk_s: 180.0,
        patience_s: 600.0,
    };
    let errors = errors("german is rare", &regime, of_kind);
    for [error, of_queue] in &errors {
        assert!(*error <= 0.25, "{errors:?}");
        assert!(*of_queue > 0.25, "a test of nothing: {errors:?}");
    }
}

/// As many speak German as are needed: everybody moves at one pace, and a German
/// caller is seldom behind another one.
#[test]
fn a_skill_of_which_there_is_enough_is_told_the_wait_of_all() {
    let regime = Regime {
        agents: vec![plain(25.0), with(&["german"], 25.0)],
        callers: vec![plain(58.0), with(&["german"], 5.0)],
        skills: STRICT,
        talk_s: 180.0,
        patience_s: 600.0,
    };
    for [error, _] in errors("german is common", &regime, of_line) {
        assert!(error <= 0.25, "{error}");
    }
}

/// Two languages, and agents who speak one, the other, or both.
#[test]
fn two_languages_with_their_own_agents_are_two_waits() {
    let regime = Regime {
        agents: vec![
            with(&["german"], 15.0),
            with(&["english"], 30.0),
            with(&["german", "english"], 5.0),
        ],
        callers: vec![with(&["german"], 27.0), with(&["english"], 38.0)],
        skills: STRICT,
        talk_s: 180.0,
        patience_s: 600.0,
    };
    let errors = errors("two languages", &regime, of_kind);
    for [error, _] in &errors {
        assert!(*error <= 0.25, "{errors:?}");
    }
    assert!(errors[1][1] > 0.25, "a test of nothing: {errors:?}");
}

/// Levels of one skill, which fall with waiting.
#[test]
fn the_wait_of_demands_that_fall_ends_when_others_may_take_the_call() {
    let regime = Regime {
        agents: vec![
            plain(30.0),
            with(&["german:1"], 15.0),
            with(&["german:3"], 5.0),
        ],
        callers: vec![plain(50.0), with(&["german:3"], 14.0)],
        skills: Some(SkillRule {
            ease_every_ms: 90_000,
        }),
        talk_s: 180.0,
        patience_s: 600.0,
    };
    for [error, _] in errors("easing", &regime, of_kind) {
        assert!(error <= 0.25, "{error}");
    }
}

/// Ten agents who talk, the last of whom speaks German, and enough talks known.
fn busy_desk(rule: Option<SkillRule>) -> Desk {
    let mut agents: Vec<AgentConfig> = (0..10).map(|n| agent(&format!("a{n}"))).collect();
    agents[9].skills.insert("german".to_owned(), 3);
    let names: Vec<_> = agents.iter().map(|agent| agent.name.clone()).collect();
    let support = QueueConfig {
        wrap_up_ms: 0,
        announce_every_ms: 30_000,
        skills: rule,
        ..queue("support", None)
    };
    let mut desk = Desk::configured(vec![], &[]);
    let configuration = Configuration {
        queues: vec![support],
        agents,
        ..Configuration::default()
    };
    desk.give(Input::Configure { configuration });
    for name in &names {
        desk.ready(&name.0);
    }
    for round in 0..2 {
        let talks: Vec<_> = (0..10)
            .map(|n| {
                let call = desk.arrive(&format!("r{round}n{n}"));
                let (offer, _) = desk.connected(call).unwrap();
                desk.talk(call, 1, offer);
                (call, offer)
            })
            .collect();
        if round == 0 {
            desk.pass(100_000);
            for (call, offer) in talks {
                desk.event(call, 4, desk::talk_ended(offer, 100_000));
            }
        }
    }
    desk
}

fn german(session: &str) -> NewCall {
    NewCall {
        skills: vec!["german:3".to_owned()],
        ..new_call(session)
    }
}

/// What the last call was promised when it came.
fn promised_s(desk: &Desk) -> Option<u64> {
    desk.last.iter().find_map(|effect| match effect {
        Effect::CallAccepted {
            estimated_wait_ms, ..
        } => Some(estimated_wait_ms.map(|wait_ms| (wait_ms + 500) / 1_000)),
        _ => None,
    })?
}

#[test]
fn who_needs_the_one_of_ten_waits_ten_times_as_long() {
    let mut desk = busy_desk(STRICT);
    let mut promised = Vec::new();
    for n in 0..3 {
        desk.arrive_as(german(&format!("g{n}")));
        promised.push(promised_s(&desk));
    }
    // One agent takes one in 100 s.
    assert_eq!(promised, [100, 200, 300].map(Some));
    // The nine others: the three who wait for the one do not stand before anybody.
    desk.arrive("p0");
    assert_eq!(promised_s(&desk), Some(11));
    for n in 1..9 {
        desk.arrive(&format!("p{n}"));
    }
    assert_eq!(promised_s(&desk), Some(100));
    let waits_s = desk.queue("support").estimated_wait_ms.unwrap() / 1_000;
    assert_eq!(waits_s, 111, "of the next one who needs no skill");
}

#[test]
fn nothing_is_promised_while_nobody_with_the_skill_is_there() {
    let mut desk = busy_desk(STRICT);
    let call = desk.arrive_as(german("g0"));
    assert!(promised_s(&desk).is_some());
    desk.intent("a9", Intent::Offline);
    desk.arrive_as(german("g1"));
    assert_eq!(promised_s(&desk), None);
    desk.arrive("p0");
    assert!(promised_s(&desk).is_some(), "the others are there");
    desk.pass(30_000);
    let told = desk.last.iter().find_map(|effect| match effect {
        Effect::Announce {
            call: told,
            position,
            estimated_wait_ms,
            longer,
        } if *told == call => Some((*position, *estimated_wait_ms, *longer)),
        _ => None,
    });
    assert_eq!(told, Some((1, None, None)), "the position alone");
}

#[test]
fn nobody_speaks_it_but_the_demand_falls_in_a_while() {
    let mut desk = busy_desk(Some(SkillRule {
        ease_every_ms: 300_000,
    }));
    desk.arrive_as(NewCall {
        skills: vec!["chinese".to_owned()],
        ..new_call("c0")
    });
    assert_eq!(promised_s(&desk), Some(300));
}

#[test]
fn who_wants_one_agent_alone_is_told_the_wait_for_this_one() {
    let mut desk = busy_desk(None);
    let wanted = |session: &str, only| NewCall {
        wanted: Some(WantedAgent {
            agent: "a3".into(),
            wait_ms: 40_000,
            only,
        }),
        ..new_call(session)
    };
    desk.arrive_as(wanted("w0", true));
    desk.arrive_as(wanted("w1", true));
    let second = desk.accepted().unwrap();
    desk.arrive_as(wanted("w2", false));
    let patient = desk.accepted().unwrap();
    // The answer came before the wish was looked at: it is told at the next turn.
    desk.pass(30_000);
    let told = |wanted: CallId| {
        desk.last.iter().find_map(|effect| match effect {
            Effect::Announce {
                call,
                estimated_wait_ms,
                ..
            } if *call == wanted => Some(*estimated_wait_ms),
            _ => None,
        })
    };
    assert_eq!(told(second), Some(Some(300_000)), "200 s, rounded up");
    assert_eq!(told(patient), Some(Some(60_000)), "soon anybody will do");
}
