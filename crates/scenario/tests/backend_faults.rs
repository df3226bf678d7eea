//! An hour of virtual time in which the backend is down, answers 500, hangs or
//! sends garbage: no caller is lost (promise P12).
#![allow(missing_docs, clippy::unwrap_used)]

mod world;

use scenario::FIRST_CALL;
use scenario::host::{Effect, EndReason};
use serde_json::{Value, json};
use world::{BACKEND, Fault, Phone, World};

const FAULTS: [Fault; 4] = [Fault::Down, Fault::Error500, Fault::Hangs, Fault::Garbage];
const RESERVE: &str = "74950000000";
const HOUR_S: u64 = 3_600;
/// The scenario gives a backend up after two minutes without a word of it; a
/// request under way then may still take ten seconds.
const FALLBACK_S: u64 = 135;

fn centre(secrets: &[(&str, &str)], prepare: impl FnOnce(&mut World)) -> World {
    let text = world::repository_file("scenarios/call-centre.js");
    let mut all = vec![
        ("CORDBOARD_BACKEND_URL", BACKEND),
        ("CORDBOARD_TOKEN", "scenario-token"),
    ];
    all.extend_from_slice(secrets);
    World::start(&text, &all, prepare)
}

fn hung_up(world: &World, call: u32) -> bool {
    let is_it = |e: &Effect| matches!(e, Effect::Hangup { call: c, .. } if *c == call);
    world.effects.iter().any(is_it)
}

fn connect(user: &str) -> Value {
    json!({"command_id": "k1", "command": "connect", "offer_id": "o1",
           "contact": {"type": "user", "user": user}, "ring_timeout_ms": 15_000})
}

/// Lets so many seconds pass; in none of them the caller hears nothing.
fn wait_audibly(world: &mut World, seconds: u64) {
    for _ in 0..seconds {
        world.run_ms(1_000);
        let heard = world.hears(FIRST_CALL);
        assert_ne!(heard, "nothing", "at {} ms", world.now_ms);
        assert!(!hung_up(world, FIRST_CALL));
    }
}

#[test]
fn every_caller_of_the_hour_reaches_the_reserve_number_and_none_is_cut_off() {
    for fault in FAULTS {
        // One comes every five minutes; all stay until the hour is over.
        for minute in (0..60).step_by(5) {
            let mut world = centre(&[("CORDBOARD_FALLBACK_NUMBER", RESERVE)], |w| {
                w.backend.fault = Some(fault);
                w.phones
                    .insert(RESERVE.into(), Phone::Answers { after_ms: 2_000 });
            });
            world.run_ms(1_000);
            wait_audibly(&mut world, FALLBACK_S);
            let talks = world.hears(FIRST_CALL);
            assert_eq!(talks, "call 2", "{fault:?}: the reserve answers");
            let left_s = HOUR_S - minute * 60;
            world.run_ms(left_s.saturating_sub(FALLBACK_S) * 1_000);
            assert_eq!(world.hears(FIRST_CALL), "call 2", "{fault:?}");
            assert!(!hung_up(&world, FIRST_CALL), "{fault:?}: cut off");
            world.end_call(2, 0);
            world.run_ms(60_000);
            assert_eq!(world.ended, Some(EndReason::Terminated), "{fault:?}");
        }
    }
}

#[test]
fn a_talk_goes_on_through_the_hour_and_its_end_is_told_afterwards() {
    for fault in FAULTS {
        let mut world = centre(&[], |w| {
            w.phones
                .insert("anna".into(), Phone::Answers { after_ms: 1_000 });
        });
        world.run_ms(1_000);
        world.command(connect("anna"));
        world.run_ms(2_000);
        assert_eq!(world.hears(FIRST_CALL), "call 2");
        world.backend.fault = Some(fault);
        wait_audibly(&mut world, HOUR_S);
        assert_eq!(world.hears(FIRST_CALL), "call 2", "{fault:?}");
        // The agent hangs up; some seconds later the backend is well again.
        world.end_call(2, 0);
        world.run_ms(20_000);
        world.backend.fault = None;
        world.run_ms(60_000);
        let told = world.events();
        assert_eq!(told.last().unwrap(), "session_ended", "{fault:?}: {told:?}");
        assert!(
            told.contains(&"talk_ended".to_owned()),
            "{fault:?}: {told:?}"
        );
        assert_eq!(world.ended, Some(EndReason::Terminated), "{fault:?}");
    }
}

#[test]
fn a_caller_who_waits_when_the_backend_falls_ill_for_a_while_is_served_after_it() {
    for fault in FAULTS {
        let mut world = centre(&[], |w| {
            w.phones
                .insert("anna".into(), Phone::Answers { after_ms: 1_000 });
        });
        wait_audibly(&mut world, 20);
        world.backend.fault = Some(fault);
        wait_audibly(&mut world, 90);
        world.backend.fault = None;
        wait_audibly(&mut world, 60);
        assert_eq!(
            world.command(json!({"command": "status"}))["doing"],
            "waiting",
            "{fault:?}"
        );
        world.command(connect("anna"));
        wait_audibly(&mut world, 5);
        assert_eq!(world.hears(FIRST_CALL), "call 2", "{fault:?}");
    }
}

#[test]
fn an_agent_who_is_being_rung_when_it_falls_ill_still_gets_the_caller() {
    for fault in FAULTS {
        let mut world = centre(&[], |w| {
            w.phones
                .insert("anna".into(), Phone::Answers { after_ms: 8_000 });
        });
        world.run_ms(1_000);
        world.command(connect("anna"));
        world.backend.fault = Some(fault);
        wait_audibly(&mut world, 60);
        assert_eq!(world.hears(FIRST_CALL), "call 2", "{fault:?}");
    }
}

/// Promise P11, as far as a scenario decides it: prompts take turns, an offer
/// is dialled in the middle of one, and the answer ends all sound at once.
#[test]
fn a_prompt_never_delays_an_offer_and_ends_with_the_answer() {
    for at_ms in (29_000..34_500).step_by(500) {
        let mut world = centre(&[], |w| {
            w.phones
                .insert("anna".into(), Phone::Answers { after_ms: 300 });
        });
        world.run_ms(at_ms);
        let announce = json!({"command_id": "a1", "command": "announce", "position": 1,
                              "estimated_wait_ms": 120_000});
        world.command(announce);
        let play = json!({"command_id": "p1", "command": "play", "url": "/sounds/all-busy.en.wav"});
        world.command(play);
        let music = format!("{BACKEND}/sounds/hold-music.wav");
        let prompts = |w: &World| w.playing.values().filter(|url| **url != music).count();
        assert!(prompts(&world) <= 1, "{at_ms}: {:?}", world.playing);
        let before = world.effects.len();
        world.command(connect("anna"));
        let dialled = world.effects[before..]
            .iter()
            .any(|e| matches!(e, Effect::Dial { .. }));
        assert!(dialled, "{at_ms}: in the very turn of the command");
        world.run_ms(299);
        assert!(prompts(&world) <= 1);
        world.run_ms(1);
        assert!(world.playing.is_empty(), "{at_ms}: {:?}", world.playing);
        assert_eq!(world.hears(FIRST_CALL), "call 2");
        world.run_ms(120_000);
        assert!(world.playing.is_empty(), "nothing plays over the talk");
    }
}
