//! Call-back by scenarios/call-centre-callback.js in virtual time: the caller who
//! is asked, and the session that calls, when all goes well and when it does not.
#![allow(missing_docs, clippy::unwrap_used)]

mod world;

use scenario::FIRST_CALL;
use scenario::host::{AmdResult, Effect, EndReason, Input, ToneKind};
use serde_json::{Value, json};
use world::{BACKEND, Phone, World};

const NUMBER: &str = "79161234567";
/// With the agent first.
const AGENT: u32 = 2;
const CALLER: u32 = 3;

fn text() -> String {
    let files = ["call-centre.js", "call-centre-callback.js"];
    let all = files.map(|file| world::repository_file(&format!("scenarios/{file}")));
    all.join("\n")
}

const SECRETS: [(&str, &str); 2] = [
    ("CORDBOARD_BACKEND_URL", BACKEND),
    ("CORDBOARD_TOKEN", "scenario-token"),
];

fn calling_back(first: &str, more: &[(&str, &str)], prepare: impl FnOnce(&mut World)) -> World {
    let order = json!({"callback": "b3", "callback_start": 2, "queue": "support", "number": NUMBER,
        "first": first, "dialed_number": "100", "caller_id": "100", "language": "ru"});
    let mut secrets = SECRETS.to_vec();
    secrets.extend_from_slice(more);
    let mut world = World::start_without_a_call(&text(), &secrets, &order, prepare);
    world.run_ms(1_000);
    world
}

fn rings_anna(world: &mut World) {
    let command = json!({"command_id": "k1", "command": "connect", "offer_id": "o1",
        "contact": {"type": "user", "user": "anna"}, "ring_timeout_ms": 15_000});
    assert_eq!(world.command(command), json!({"accepted": true}));
}

fn doing(world: &mut World) -> Value {
    world.command(json!({"command": "status"}))
}

fn answers(after_ms: u64) -> Phone {
    Phone::Answers { after_ms }
}

fn dialled(world: &World) -> Vec<(String, String)> {
    let dial = |effect: &Effect| match effect {
        Effect::Dial {
            target, callerid, ..
        } => Some((format!("{target:?}"), format!("{callerid:?}"))),
        _ => None,
    };
    world.effects.iter().filter_map(dial).collect()
}

#[test]
fn the_session_says_for_whom_it_is_and_dials_nobody_before_an_agent_answers() {
    let mut world = calling_back("agent", &[], |_| ());
    let told = &world.backend.calls[0];
    assert_eq!(
        (&told["callback"], &told["callback_start"]),
        (&json!("b3"), &json!(2))
    );
    assert_eq!(
        (&told["caller_number"], &told["language"]),
        (&json!(NUMBER), &json!("ru"))
    );
    assert_eq!(dialled(&world).len(), 0);
    assert_eq!(doing(&mut world)["doing"], "waiting");
}

#[test]
fn agent_first_joins_both_and_tells_it_in_order() {
    let mut world = calling_back("agent", &[], |w| {
        w.phones.insert("anna".into(), answers(2_000));
        w.phones.insert(NUMBER.into(), answers(3_000));
    });
    rings_anna(&mut world);
    assert_eq!(doing(&mut world)["doing"], "offering");
    world.run_ms(2_500);
    let status = doing(&mut world);
    assert_eq!(
        (&status["doing"], &status["offer_id"]),
        (&json!("calling_back"), &json!("o1"))
    );
    assert_eq!(
        world.hears(AGENT),
        "425@-19;*(1/4/1)",
        "the agent hears that somebody is rung"
    );
    let (target, caller_id) = dialled(&world).pop().unwrap();
    assert!(
        target.contains(NUMBER) && caller_id.contains("100"),
        "{target} {caller_id}"
    );
    world.run_ms(3_000);
    assert_eq!(world.hears(AGENT), format!("call {CALLER}"));
    assert_eq!(world.hears(CALLER), format!("call {AGENT}"));
    world.end_call(CALLER, 20_000);
    world.run_ms(1_000);
    let told = [
        "offer_ringing",
        "offer_answered",
        "callback_dialled",
        "talk_started",
        "talk_ended",
        "session_ended",
    ];
    assert_eq!(world.events(), told);
    assert_eq!(world.event("talk_ended")["ended_by"], "caller");
    assert!(world.lines().is_empty(), "{:?}", world.lines());
}

#[test]
fn a_caller_who_is_not_reached_frees_the_agent_and_ends_the_session() {
    let rings_for_ever = (Phone::Rings, "no_answer", 31_000);
    let fails = |code, reason| (Phone::Fails { code }, reason, 1_000);
    for (phone, reason, within_ms) in [
        rings_for_ever,
        fails(486, "busy"),
        fails(603, "rejected"),
        fails(503, "unreachable"),
        fails(487, "no_answer"),
    ] {
        let mut world = calling_back("agent", &[], |w| {
            w.phones.insert("anna".into(), answers(100));
            w.phones.insert(NUMBER.into(), phone);
        });
        rings_anna(&mut world);
        world.run_ms(500 + within_ms);
        assert_eq!(world.event("callback_failed")["reason"], reason);
        assert_eq!(world.events().last().unwrap(), "session_ended");
        let is_freed = |e: &Effect| matches!(e, Effect::Hangup { call: AGENT, .. });
        assert!(world.effects.iter().any(is_freed), "{reason}");
        assert_eq!(world.ended, Some(EndReason::Terminated));
    }
}

#[test]
fn an_agent_who_hangs_up_meanwhile_is_no_reason_to_wake_the_caller() {
    let mut world = calling_back("agent", &[], |w| {
        w.phones.insert("anna".into(), answers(100));
    });
    rings_anna(&mut world);
    world.run_ms(1_000);
    world.end_call(AGENT, 2_000);
    world.run_ms(1_000);
    assert_eq!(world.event("offer_failed")["reason"], "cancelled");
    assert!(!world.events().contains(&"callback_failed".to_owned()));
    let is_let_go = |e: &Effect| matches!(e, Effect::Hangup { call: CALLER, .. });
    assert!(world.effects.iter().any(is_let_go));
    assert_eq!(world.ended, Some(EndReason::Terminated));
}

#[test]
fn the_backend_may_take_it_back_at_any_moment() {
    let cancel = json!({"command_id": "k2", "command": "cancel_offer", "offer_id": "o1"});
    let hang_up = json!({"command_id": "k3", "command": "hang_up", "why": "callback"});
    for command in [cancel, hang_up] {
        for wait_ms in [0, 500, 1_500] {
            let mut world = calling_back("agent", &[], |w| {
                w.phones.insert("anna".into(), answers(1_000));
            });
            rings_anna(&mut world);
            world.run_ms(wait_ms);
            world.command(command.clone());
            world.run_ms(61_000);
            // Nobody rings, nobody is on the line; an idle session ends too.
            assert!(world.ended.is_some(), "{command} after {wait_ms} ms");
        }
    }
}

#[test]
fn caller_first_waits_with_music_like_any_other_caller() {
    let caller = AGENT;
    let mut world = calling_back("caller", &[], |w| {
        w.phones.insert(NUMBER.into(), answers(2_000));
        w.phones.insert("anna".into(), answers(1_000));
    });
    world.run_ms(2_500);
    assert_eq!(world.events(), ["callback_dialled", "callback_answered"]);
    assert!(world.hears(caller).starts_with("Вы просили перезвонить"));
    world.run_ms(3_000);
    assert!(world.hears(caller).ends_with("hold-music.wav"));
    assert_eq!(doing(&mut world)["doing"], "waiting");
    rings_anna(&mut world);
    world.run_ms(1_500);
    assert_eq!(world.hears(caller), "call 3");
    world.end_call(caller, 1_000);
    world.run_ms(1_000);
    assert_eq!(world.event("talk_ended")["ended_by"], "caller");
}

#[test]
fn a_caller_who_was_called_and_will_not_wait_has_left() {
    let mut world = calling_back("caller", &[], |w| {
        w.phones.insert(NUMBER.into(), answers(1_000));
    });
    world.run_ms(5_000);
    world.end_call(AGENT, 5_000);
    world.run_ms(1_000);
    let told = [
        "callback_dialled",
        "callback_answered",
        "caller_left",
        "session_ended",
    ];
    assert_eq!(world.events(), told);
}

#[test]
fn a_machine_is_told_from_a_person_where_that_is_wanted() {
    let found = |result: AmdResult| {
        let wanted = [("CORDBOARD_DETECT_MACHINES", "yes")];
        let mut world = calling_back("caller", &wanted, |w| {
            w.phones.insert(NUMBER.into(), answers(1_000));
        });
        world.run_ms(1_500);
        assert_eq!(world.events(), ["callback_dialled"], "not known yet");
        let amd = world.effects.iter().find_map(|effect| match effect {
            Effect::StartAmd { detector, .. } => Some(*detector),
            _ => None,
        });
        world.feed(Input::AmdResult {
            detector: amd.unwrap(),
            result,
        });
        world.run_ms(1_000);
        world
    };
    let machine = AmdResult::Voicemail {
        confidence: 90,
        beep: false,
    };
    assert_eq!(found(machine).event("callback_failed")["reason"], "machine");
    let human = found(AmdResult::Human { confidence: 90 });
    assert_eq!(human.events(), ["callback_dialled", "callback_answered"]);
}

#[test]
fn a_backend_that_refuses_the_session_has_nobody_called() {
    let mut world = calling_back("caller", &[], |w| w.backend.refuse_calls = 409);
    world.run_ms(5_000);
    assert_eq!(dialled(&world).len(), 0);
    assert_eq!(world.ended, Some(EndReason::Terminated));
}

fn waiting(prepare: impl FnOnce(&mut World)) -> World {
    let mut world = World::start(&text(), &SECRETS, prepare);
    world.run_ms(1_000);
    world
}

fn presses(world: &mut World, keys: &str) {
    for key in keys.chars() {
        world.feed(Input::ToneReceived {
            call: FIRST_CALL,
            tone: key,
            how: ToneKind::TelephoneEvent,
        });
        world.run_ms(200);
    }
}

fn offer(number: Option<&str>, others: bool) -> Value {
    json!({"command_id": "k9", "command": "offer_callback", "number": number, "other_numbers": others})
}

#[test]
fn who_is_asked_takes_it_by_a_key_or_goes_on_waiting() {
    let mut world = waiting(|_| ());
    assert_eq!(
        world.command(offer(Some(NUMBER), true)),
        json!({"accepted": true})
    );
    world.run_ms(500);
    assert!(world.hears(FIRST_CALL).starts_with("You need not wait"));
    presses(&mut world, "1");
    world.run_ms(500);
    assert_eq!(world.events(), ["callback_taken"]);
    assert_eq!(world.event("callback_taken")["number"], Value::Null);

    let mut world = waiting(|_| ());
    world.command(offer(Some(NUMBER), false));
    world.run_ms(20_000);
    assert!(world.hears(FIRST_CALL).ends_with("hold-music.wav"));
    presses(&mut world, "1");
    world.run_ms(500);
    assert_eq!(
        world.events(),
        ["digit"],
        "the question is over: a key of the queue"
    );
}

#[test]
fn another_number_is_keyed_in_only_where_that_may_be() {
    let mut world = waiting(|_| ());
    world.command(offer(Some(NUMBER), true));
    presses(&mut world, "2");
    world.run_ms(500);
    assert!(
        world
            .hears(FIRST_CALL)
            .starts_with("Please enter the number")
    );
    presses(&mut world, "*4951*112233#");
    world.run_ms(500);
    assert_eq!(world.event("callback_taken")["number"], "+4951112233");

    let mut world = waiting(|_| ());
    world.command(offer(Some(NUMBER), false));
    presses(&mut world, "2");
    world.run_ms(500);
    assert_eq!(world.events(), ["digit"]);
}

#[test]
fn an_agent_who_answers_ends_the_question() {
    let mut world = waiting(|w| {
        w.phones.insert("anna".into(), answers(1_000));
    });
    world.command(offer(Some(NUMBER), true));
    rings_anna(&mut world);
    world.run_ms(1_500);
    presses(&mut world, "1");
    world.run_ms(500);
    assert!(
        !world.events().contains(&"callback_taken".to_owned()),
        "a key in the talk is none for us"
    );
    let busy = json!({"command_id": "k10", "command": "offer_callback", "number": NUMBER});
    assert_eq!(world.command(busy)["error"], "busy");
}

#[test]
fn who_is_let_go_with_a_call_back_hears_so() {
    let mut world = waiting(|w| w.voiceless = true);
    world.command(
        json!({"command_id": "k1", "command": "hang_up", "why": "callback",
        "say": {"text": "We will call you back.", "language": "en"}}),
    );
    world.run_ms(500);
    assert_eq!(
        world.hears(FIRST_CALL),
        format!("{BACKEND}/sounds/callback-kept.en.wav")
    );
}
