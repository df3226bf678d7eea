//! What callers are promised of their wait, on simulated days M/M/N+M
//! (metrics.md 3.5): callers come, talk and lose patience by exponential laws.
#![allow(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a test stops at the first surprise"
)]

mod crowded_day;
mod desk;

use acd::*;
use crowded_day::{Day, Promise, Regime, median_error, plain};
use desk::{Desk, queue};

/// Promises to those who found ten or more before them.
fn far(promise: &Promise) -> Option<Millis> {
    (promise.position >= 10).then_some(promise.promised_ms)
}

/// All promises.
fn all(promise: &Promise) -> Option<Millis> {
    Some(promise.promised_ms)
}

/// The stated regime: 50 agents who have a quarter more to do than they can,
/// patience of ten minutes in the mean, callers who find ten or more before
/// them. With fewer ahead chance alone moves the wait by more: the wait for `n`
/// departures has a coefficient of variation of one over the root of `n`.
#[test]
fn half_of_all_promises_are_right_within_a_quarter_on_a_crowded_day() {
    let regime = Regime {
        agents: vec![plain(50.0)],
        callers: vec![plain(62.5)],
        skills: None,
        talk_s: 180.0,
        patience_s: 600.0,
    };
    for seed in 1..=3 {
        let day = Day::live(&regime, seed);
        let (error, count) = median_error(&day.promises, far);
        let (every, of) = median_error(&day.promises, all);
        let (with_wait, announced) = day.announced;
        println!(
            "M/M/50+M, load 1.25, seed {seed}: median error {:.1} % of {count} promises \
             (10 or more ahead), {:.1} % of all {of}; {with_wait} of {announced} announcements with a wait",
            error * 100.0,
            every * 100.0
        );
        assert!(count > 2_000, "a dull day: {count}");
        assert!(error <= 0.25, "seed {seed}: {error}");
        assert!(with_wait * 3 > announced * 2, "{with_wait} of {announced}");
    }
}

/// A small centre: fewer samples, more chance.
#[test]
fn promises_of_a_small_centre_are_not_biased() {
    let regime = Regime {
        agents: vec![plain(8.0)],
        callers: vec![plain(10.4)],
        skills: None,
        talk_s: 180.0,
        patience_s: 1_200.0,
    };
    let mut promised_ms = 0;
    let mut waited_ms = 0;
    for seed in 1..=4 {
        let day = Day::live(&regime, seed);
        let (error, count) = median_error(&day.promises, far);
        println!(
            "M/M/8+M, load 1.3, seed {seed}: median error {:.1} % of {count} promises",
            error * 100.0
        );
        promised_ms += day.promises.iter().map(|own| own.promised_ms).sum::<u64>();
        waited_ms += day.promises.iter().map(|own| own.waited_ms).sum::<u64>();
    }
    let bias = promised_ms as f64 / waited_ms as f64;
    println!("promised over waited: {bias:.2}");
    assert!((0.8..=1.25).contains(&bias), "{bias}");
}

/// Four agents talk, some talks are known, and callers wait: the last of them.
fn crowded_desk() -> (Desk, CallId) {
    let config = QueueConfig {
        wrap_up_ms: 0,
        announce_every_ms: 30_000,
        ..queue("support", None)
    };
    let names = ["anna", "boris", "clara", "dan"];
    let mut desk = Desk::configured(vec![config], &names);
    for name in names {
        desk.ready(name);
    }
    let mut talks = Vec::new();
    for n in 0..9 {
        let call = desk.arrive(&format!("s{n}"));
        let Some((offer, _)) = desk.connected(call) else {
            continue;
        };
        desk.talk(call, 1, offer);
        talks.push((call, offer));
    }
    // Twice round, a minute each: enough talks to promise something.
    for _ in 0..2 {
        desk.pass(60_000);
        for (call, offer) in std::mem::take(&mut talks) {
            desk.event(call, 4, desk::talk_ended(offer, 60_000));
            let next = desk.last.iter().find_map(|effect| match effect {
                Effect::Connect { call, offer, .. } => Some((*call, *offer)),
                _ => None,
            });
            if let Some((call, offer)) = next {
                desk.talk(call, 1, offer);
                talks.push((call, offer));
            }
        }
    }
    for n in 10..15 {
        desk.arrive(&format!("s{n}"));
    }
    let last = desk.arrive("s15");
    (desk, last)
}

#[test]
fn a_wait_is_told_longer_only_with_a_reason() {
    let (mut desk, last) = crowded_desk();
    let told = |desk: &Desk| {
        desk.last.iter().rev().find_map(|effect| match effect {
            Effect::Announce {
                call,
                position,
                estimated_wait_ms,
                longer,
            } if *call == last => Some((*position, *estimated_wait_ms, *longer)),
            _ => None,
        })
    };
    desk.pass(30_000);
    let (position, wait_ms, longer) = told(&desk).unwrap();
    assert_eq!((position, longer), (last_position(&desk, last), None));
    let first_ms = wait_ms.unwrap();
    // Three of four go: as many callers for a quarter of the agents.
    for name in ["anna", "boris", "clara"] {
        desk.intent(
            name,
            Intent::NotReady {
                reason: "lunch".into(),
            },
        );
    }
    desk.pass(30_000);
    let (_, wait_ms, longer) = told(&desk).unwrap();
    assert_eq!(longer, Some(LongerWait::FewerAgents));
    assert!(wait_ms.unwrap() > first_ms);
    // Nobody goes, but nothing moves for long: the position alone is told.
    desk.pass(600_000);
    let (_, later_ms, longer) = told(&desk).unwrap();
    assert_eq!(longer, None);
    assert!(later_ms.is_none_or(|later| later <= wait_ms.unwrap()));
    desk.intent("dan", Intent::Offline);
    desk.pass(30_000);
    let nobody = told(&desk).unwrap();
    assert_eq!((nobody.1, nobody.2), (None, None), "nobody is there");
}

fn last_position(desk: &Desk, call: CallId) -> usize {
    desk.center.call(call).unwrap().position
}
