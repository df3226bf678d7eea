//! scenarios/call-centre.js from the first ring to the last event, in virtual
//! time, against phones and a backend that behave and misbehave.
#![allow(missing_docs, clippy::unwrap_used)]

mod world;

use scenario::FIRST_CALL;
use scenario::host::{Effect, EndReason};
use serde_json::{Value, json};
use world::{BACKEND, Phone, World};

const AGENT: u32 = 2;

fn call_centre(prepare: impl FnOnce(&mut World)) -> World {
    with_secrets(&[], prepare)
}

fn with_secrets(more: &[(&str, &str)], prepare: impl FnOnce(&mut World)) -> World {
    let text = world::repository_file("scenarios/call-centre.js");
    let mut secrets = vec![
        ("CORDBOARD_BACKEND_URL", BACKEND),
        ("CORDBOARD_TOKEN", "scenario-token"),
    ];
    secrets.extend_from_slice(more);
    World::start(&text, &secrets, prepare)
}

fn connect(command_id: &str, offer_id: &str, user: &str) -> Value {
    json!({"command_id": command_id, "command": "connect", "offer_id": offer_id,
           "contact": {"type": "user", "user": user}, "ring_timeout_ms": 15_000})
}

fn dials(world: &World) -> usize {
    let is_dial = |e: &&Effect| matches!(e, Effect::Dial { .. });
    world.effects.iter().filter(is_dial).count()
}

fn hung_up(world: &World, call: u32) -> bool {
    let is_it = |e: &Effect| matches!(e, Effect::Hangup { call: c, .. } if *c == call);
    world.effects.iter().any(is_it)
}

#[test]
fn caller_hears_music_then_talks_to_the_agent() {
    let mut world = call_centre(|w| {
        w.phones
            .insert("anna".into(), Phone::Answers { after_ms: 4_000 });
    });
    world.run_ms(2_000);
    assert_eq!(
        world.hears(FIRST_CALL),
        format!("{BACKEND}/sounds/hold-music.wav")
    );
    let call = &world.backend.calls[0];
    assert_eq!(call["session_id"], "77");
    assert_eq!(call["caller_number"], "79161234567");
    assert_eq!(call["dialed_number"], "100");
    assert_eq!(call["headers"]["X-Campaign"], "spring");

    assert_eq!(
        world.command(connect("k1", "o1", "anna")),
        json!({"accepted": true})
    );
    assert_eq!(
        world.command(json!({"command": "status"}))["doing"],
        "offering"
    );
    world.run_ms(5_000);
    assert_eq!(world.hears(FIRST_CALL), "call 2");
    assert_eq!(world.hears(AGENT), "call 1");
    let status = world.command(json!({"command": "status"}));
    assert_eq!(
        status,
        json!({"doing": "talking", "call_id": "c1", "offer_id": "o1"})
    );

    world.end_call(AGENT, 60_000);
    world.run_ms(2_000);
    let told = [
        "offer_ringing",
        "offer_answered",
        "talk_started",
        "talk_ended",
        "session_ended",
    ];
    assert_eq!(world.events(), told);
    assert_eq!(world.event("talk_ended")["ended_by"], "agent");
    assert_eq!(world.event("talk_ended")["offer_id"], "o1");
    let talk_ms = world.event("talk_ended")["talk_ms"].as_u64().unwrap();
    assert!((60_000..63_000).contains(&talk_ms), "{talk_ms}");
    assert_eq!(world.ended, Some(EndReason::Terminated));
    assert!(world.lines().is_empty(), "{:?}", world.lines());
    assert_eq!(dials(&world), 1);
}

#[test]
fn of_several_phones_the_first_who_answers_has_the_call() {
    let mut world = call_centre(|w| {
        w.phones
            .insert("boris".into(), Phone::Answers { after_ms: 3_000 });
    });
    world.run_ms(1_000);
    for (command, offer, user) in [
        ("k1", "o1", "anna"),
        ("k2", "o2", "boris"),
        ("k3", "o3", "clara"),
    ] {
        let answer = world.command(connect(command, offer, user));
        assert_eq!(answer, json!({"accepted": true}));
    }
    let status = world.command(json!({"command": "status"}));
    assert_eq!(status["doing"], "offering");
    assert_eq!(status["offer_ids"], json!(["o1", "o2", "o3"]));
    // One is cancelled by the backend, the others ring on.
    world.command(json!({"command_id": "k4", "command": "cancel_offer", "offer_id": "o3"}));
    let status = world.command(json!({"command": "status"}));
    assert_eq!(status["offer_ids"], json!(["o1", "o2"]));
    world.run_ms(5_000);
    assert_eq!(world.hears(FIRST_CALL), "call 3");
    assert!(hung_up(&world, AGENT), "anna's phone must not ring on");
    let offers_told = |event: &str| -> Vec<Value> {
        let is_it = |e: &&Value| e["type"] == event;
        let told = world.backend.events.iter().filter(is_it);
        told.map(|e| e["offer_id"].clone()).collect()
    };
    assert_eq!(offers_told("offer_failed"), ["o3", "o1"]);
    assert_eq!(offers_told("offer_answered"), ["o2"]);
    // Another phone is not rung beside a talk.
    let late = world.command(connect("k5", "o5", "dan"));
    assert_eq!(late["error"], "busy");
    let status = world.command(json!({"command": "status"}));
    assert_eq!(
        (&status["doing"], &status["offer_id"]),
        (&json!("talking"), &json!("o2"))
    );
}

#[test]
fn agent_who_does_not_answer_is_followed_by_the_next() {
    let mut world = call_centre(|w| {
        w.phones
            .insert("boris".into(), Phone::Answers { after_ms: 1_000 });
    });
    world.run_ms(1_000);
    world.command(connect("k1", "o1", "anna"));
    world.run_ms(16_000);
    let failed = world.event("offer_failed");
    assert_eq!(failed["reason"], "no_answer");
    assert_eq!(failed["offer_id"], "o1");
    let rang_ms = failed["rang_ms"].as_u64().unwrap();
    assert!((14_900..=15_000).contains(&rang_ms), "{rang_ms}");
    assert_eq!(
        world.command(json!({"command": "status"}))["doing"],
        "waiting"
    );
    assert!(hung_up(&world, AGENT), "the phone must not ring on");

    world.command(connect("k2", "o2", "boris"));
    world.run_ms(2_000);
    assert_eq!(world.event("offer_answered")["offer_id"], "o2");
    assert_eq!(world.hears(FIRST_CALL), "call 3");
}

#[test]
fn sip_failures_are_told_as_reasons() {
    for (code, reason) in [
        (486, "busy"),
        (600, "busy"),
        (603, "rejected"),
        (403, "rejected"),
        (488, "rejected"),
        (408, "no_answer"),
        (404, "unregistered"),
        (480, "unreachable"),
        (503, "unreachable"),
        (487, "cancelled"),
    ] {
        let mut world = call_centre(|w| {
            w.phones.insert("anna".into(), Phone::Fails { code });
        });
        world.run_ms(1_000);
        world.command(connect("k1", "o1", "anna"));
        world.run_ms(1_000);
        let failed = world.event("offer_failed");
        assert_eq!(failed["reason"], reason, "{code}");
        assert_eq!(failed["sip_code"], code, "{code}");
        assert_eq!(
            world.hears(FIRST_CALL),
            format!("{BACKEND}/sounds/hold-music.wav")
        );
    }
}

#[test]
fn caller_who_leaves_while_an_agent_rings_cancels_the_offer() {
    let mut world = call_centre(|_| ());
    world.run_ms(1_000);
    world.command(connect("k1", "o1", "anna"));
    world.run_ms(5_000);
    world.hang_up_caller();
    world.run_ms(1_000);
    // The order matters: a backend that heard of the offer first would offer again.
    let told = [
        "offer_ringing",
        "caller_left",
        "offer_failed",
        "session_ended",
    ];
    assert_eq!(world.events(), told);
    assert_eq!(world.event("offer_failed")["reason"], "cancelled");
    assert!(world.event("caller_left")["waited_ms"].as_u64().unwrap() >= 5_000);
    let hung_up = |e: &Effect| matches!(e, Effect::Hangup { call: AGENT, .. });
    assert!(world.effects.iter().any(hung_up));
    assert_eq!(world.ended, Some(EndReason::Terminated));
}

#[test]
fn agent_who_answers_a_caller_that_left_is_let_go_at_once() {
    let mut world = call_centre(|w| w.backend.event_codes = vec![503; 4]);
    world.run_ms(1_000);
    world.command(connect("k1", "o1", "anna"));
    world.run_ms(5_000);
    // The backend stumbles, so that the session is still there for the answer.
    world.hang_up_caller();
    let hang_ups = |w: &World| {
        let to_agent = |e: &&Effect| matches!(e, Effect::Hangup { call: AGENT, .. });
        w.effects.iter().filter(to_agent).count()
    };
    let before = hang_ups(&world);
    world.feed(world::connected(AGENT));
    assert_eq!(hang_ups(&world), before + 1);
    assert_ne!(world.hears(AGENT), "call 1");
    world.run_ms(60_000);
    let told = [
        "offer_ringing",
        "caller_left",
        "offer_failed",
        "session_ended",
    ];
    assert_eq!(world.events(), told);
    assert_eq!(world.event("offer_failed")["reason"], "cancelled");
}

#[test]
fn backend_that_cancels_an_offer_gets_one_failure() {
    let mut world = call_centre(|_| ());
    world.run_ms(1_000);
    world.command(connect("k1", "o1", "anna"));
    world.run_ms(1_000);
    let cancel = json!({"command_id": "k2", "command": "cancel_offer", "offer_id": "o1"});
    assert_eq!(world.command(cancel), json!({"accepted": true}));
    world.run_ms(1_000);
    assert_eq!(world.events(), ["offer_ringing", "offer_failed"]);
    assert_eq!(world.event("offer_failed")["reason"], "cancelled");
}

#[test]
fn backend_that_is_down_at_first_gets_the_call_when_it_is_back() {
    let mut world = call_centre(|w| w.backend.down = true);
    world.run_ms(20_000);
    assert_eq!(
        world.hears(FIRST_CALL),
        "425@-19;*(1/4/1)",
        "a tone instead of music"
    );
    world.backend.down = false;
    world.run_ms(40_000);
    assert!(!world.backend.calls.is_empty());
    assert_eq!(world.backend.calls[0]["session_id"], "77");
    assert_eq!(
        world.hears(FIRST_CALL),
        format!("{BACKEND}/sounds/hold-music.wav")
    );
}

#[test]
fn waiting_caller_is_told_again_and_again_so_that_a_new_backend_learns_of_it() {
    let mut world = call_centre(|_| ());
    world.run_ms(46_000);
    assert_eq!(world.backend.calls.len(), 4);
    assert!(
        world
            .backend
            .calls
            .iter()
            .all(|c| *c == world.backend.calls[0])
    );
}

#[test]
fn backend_that_lost_its_data_gets_events_numbered_from_one() {
    let mut world = call_centre(|_| ());
    world.run_ms(1_000);
    world.command(connect("k1", "o1", "anna"));
    world.run_ms(16_000);
    assert_eq!(world.backend.event_attempts, [1, 2]);
    world.backend.call_id = "c2".into();
    world.run_ms(30_000);
    world.hang_up_caller();
    world.run_ms(1_000);
    assert_eq!(world.backend.event_attempts, [1, 2, 1, 2]);
}

#[test]
fn backend_that_stays_away_sends_the_caller_to_the_reserve_number() {
    let secrets = [("CORDBOARD_FALLBACK_NUMBER", "74950000000")];
    let mut world = with_secrets(&secrets, |w| {
        w.backend.down = true;
        w.phones
            .insert("74950000000".into(), Phone::Answers { after_ms: 2_000 });
    });
    world.run_ms(119_000);
    assert_eq!(dials(&world), 0);
    world.run_ms(6_000);
    assert_eq!(dials(&world), 1);
    assert_eq!(world.hears(FIRST_CALL), "call 2");
    world.end_call(AGENT, 1_000);
    world.run_ms(60_000);
    assert_eq!(world.ended, Some(EndReason::Terminated));
}

#[test]
fn backend_that_stays_away_without_a_reserve_ends_in_a_goodbye() {
    let mut world = call_centre(|_| ());
    world.run_ms(5_000);
    world.backend.down = true;
    world.run_ms(135_000);
    let gone = |e: &Effect| {
        matches!(
            e,
            Effect::Hangup {
                call: FIRST_CALL,
                ..
            }
        )
    };
    assert!(world.effects.iter().any(gone));
    world.run_ms(60_000);
    assert_eq!(world.ended, Some(EndReason::Terminated));
}

#[test]
fn refused_call_hears_the_goodbye_and_is_let_go() {
    let mut world = call_centre(|w| w.backend.refuse_calls = 403);
    world.run_ms(1_000);
    assert_eq!(
        world.hears(FIRST_CALL),
        format!("{BACKEND}/sounds/goodbye.en.wav")
    );
    world.run_ms(60_000);
    assert_eq!(world.ended, Some(EndReason::Terminated));
    assert!(
        world.lines()[0].contains("refused the call: 403"),
        "{:?}",
        world.lines()
    );
}

#[test]
fn caller_whom_the_backend_lets_go_hears_a_goodbye_and_is_let_go() {
    let mut world = call_centre(|_| ());
    world.run_ms(1_000);
    world.command(connect("k1", "o1", "anna"));
    world.run_ms(1_000);
    let hang_up = json!({"command_id": "c1.hang_up", "command": "hang_up",
        "say": {"text": "We are closed now.", "language": "en"}});
    assert_eq!(world.command(hang_up.clone()), json!({"accepted": true}));
    assert_eq!(world.command(hang_up), json!({"accepted": true}));
    assert!(hung_up(&world, AGENT), "the phone must not ring on");
    world.run_ms(20_000);
    assert!(hung_up(&world, FIRST_CALL));
    assert_eq!(world.event("offer_failed")["reason"], "cancelled");
    assert_eq!(world.event("session_ended")["why"], "backend_hung_up");
    assert_eq!(world.ended, Some(EndReason::Terminated));
}

#[test]
fn repeated_command_is_done_once_and_answered_the_same() {
    let mut world = call_centre(|_| ());
    world.run_ms(1_000);
    let first = world.command(connect("k1", "o1", "anna"));
    let again = world.command(connect("k1", "o1", "anna"));
    assert_eq!(first, again);
    assert_eq!(dials(&world), 1);
    // Also when the offer is long over.
    world.run_ms(20_000);
    assert_eq!(world.command(connect("k1", "o1", "anna")), first);
    assert_eq!(dials(&world), 1);
}

#[test]
fn commands_that_are_wrong_or_not_supported_are_answered_and_harmless() {
    let mut world = call_centre(|_| ());
    world.run_ms(1_000);
    for (content, error) in [
        ("not json", "bad_command"),
        ("7", "bad_command"),
        (r#"{"command":"offer_callback"}"#, "not_supported"),
        (r#"{"command":"say"}"#, "bad_text"),
        (r#"{"command":"ask_manager"}"#, "bad_name"),
        (r#"{"command":"toString"}"#, "not_supported"),
        (
            r#"{"command":"connect","contact":{"type":"pigeon"}}"#,
            "bad_contact",
        ),
        (
            r#"{"command":"cancel_offer","offer_id":"o9"}"#,
            "no_such_offer",
        ),
    ] {
        assert_eq!(world.access(content).1["error"], error, "{content}");
    }
    assert_eq!(
        world.command(json!({"command": "status"}))["doing"],
        "waiting"
    );
}

#[test]
fn events_are_repeated_until_accepted_and_stay_in_order() {
    let mut world = call_centre(|w| {
        w.phones
            .insert("anna".into(), Phone::Answers { after_ms: 1_000 });
        w.backend.event_codes = vec![200, 500, 429, -7, 200];
    });
    world.run_ms(1_000);
    world.command(connect("k1", "o1", "anna"));
    world.run_ms(20_000);
    assert_eq!(world.backend.event_attempts, [1, 2, 2, 2, 2, 3]);
    assert_eq!(
        world.events(),
        ["offer_ringing", "offer_answered", "talk_started"]
    );
}

#[test]
fn caller_who_hangs_up_in_a_talk_ends_it_and_frees_the_agent() {
    let mut world = call_centre(|w| {
        w.phones
            .insert("anna".into(), Phone::Answers { after_ms: 1_000 });
    });
    world.run_ms(1_000);
    world.command(connect("k1", "o1", "anna"));
    world.run_ms(3_000);
    world.hang_up_caller();
    assert!(hung_up(&world, AGENT), "at once, not with the session");
    world.run_ms(1_000);
    assert_eq!(world.event("talk_ended")["ended_by"], "caller");
    assert!(!world.events().contains(&"caller_left".to_owned()));
    let hung_up = |e: &Effect| matches!(e, Effect::Hangup { call: AGENT, .. });
    assert!(world.effects.iter().any(hung_up));
}

#[test]
fn hang_up_command_says_goodbye_and_ends_the_session() {
    let mut world = call_centre(|w| {
        w.phones
            .insert("anna".into(), Phone::Answers { after_ms: 1_000 });
    });
    world.run_ms(1_000);
    world.command(connect("k1", "o1", "anna"));
    world.run_ms(3_000);
    world.command(json!({"command_id": "k2", "command": "hang_up"}));
    world.run_ms(60_000);
    assert_eq!(world.event("talk_ended")["ended_by"], "system");
    assert_eq!(world.event("session_ended")["why"], "backend_hung_up");
    assert_eq!(world.ended, Some(EndReason::Terminated));
}

#[test]
fn played_file_interrupts_the_music_and_gives_it_back() {
    let mut world = call_centre(|_| ());
    world.run_ms(1_000);
    world.command(json!({"command_id": "k1", "command": "play", "url": "/sounds/all-busy.en.wav"}));
    world.run_ms(1_000);
    assert_eq!(
        world.hears(FIRST_CALL),
        format!("{BACKEND}/sounds/all-busy.en.wav")
    );
    world.run_ms(5_000);
    assert_eq!(
        world.hears(FIRST_CALL),
        format!("{BACKEND}/sounds/hold-music.wav")
    );
}

#[test]
fn digits_of_the_caller_are_reported() {
    let mut world = call_centre(|_| ());
    world.run_ms(1_000);
    world.feed(scenario::host::Input::ToneReceived {
        call: FIRST_CALL,
        tone: '5',
        how: scenario::host::ToneKind::TelephoneEvent,
    });
    world.run_ms(1_000);
    assert_eq!(world.event("digit")["digit"], "5");
}

#[test]
fn contact_may_be_a_user_a_sip_address_or_a_number() {
    use scenario::host::DialTarget;
    for (contact, kind) in [
        (json!({"type": "user", "user": "anna"}), "user"),
        (
            json!({"type": "sip", "uri": "sip:anna@desk.example"}),
            "sip",
        ),
        (json!({"type": "phone", "number": "+7 495"}), "pstn"),
    ] {
        let mut world = call_centre(|_| ());
        world.run_ms(1_000);
        let body = json!({"command": "connect", "offer_id": "o1", "contact": contact,
                          "ring_timeout_ms": 9_000, "caller_id": "74951111111"});
        world.command(body);
        let dialed = world.effects.iter().find_map(|e| match e {
            Effect::Dial {
                target,
                callerid,
                headers,
                ..
            } => Some((target, callerid, headers)),
            _ => None,
        });
        let (target, callerid, headers) = dialed.unwrap();
        let found = match target {
            DialTarget::User { .. } => "user",
            DialTarget::Sip { .. } => "sip",
            DialTarget::Pstn { .. } => "pstn",
            DialTarget::Conference { .. } => "conference",
        };
        assert_eq!(found, kind);
        assert_eq!(callerid, "74951111111");
        let tagged = headers.contains(&("X-Cordboard-Call".to_owned(), "c1".to_owned()));
        assert_eq!(
            tagged,
            kind != "pstn",
            "a telephone number takes no headers"
        );
    }
}

#[test]
fn session_outlives_its_call_until_the_backend_knows_everything() {
    let mut world = call_centre(|_| ());
    world.run_ms(1_000);
    world.backend.down = true;
    world.hang_up_caller();
    world.run_ms(20_000);
    assert!(world.ended.is_none());
    world.backend.down = false;
    world.run_ms(20_000);
    assert_eq!(world.events(), ["caller_left", "session_ended"]);
    assert_eq!(world.ended, Some(EndReason::Terminated));
}

#[test]
fn a_backend_that_asks_after_it_was_away_is_told_the_rest_at_once() {
    let mut world = call_centre(|_| ());
    world.run_ms(1_000);
    world.backend.down = true;
    world.hang_up_caller();
    // By now the pauses between attempts have grown to several seconds.
    world.run_ms(20_000);
    world.backend.down = false;
    let answer = world.command(json!({"command": "status"}));
    assert_eq!(answer["doing"], "ending");
    world.run_ms(500);
    assert_eq!(world.events(), ["caller_left", "session_ended"]);
}

#[test]
fn token_and_access_secret_are_never_logged() {
    let mut world = call_centre(|_| ());
    world.run_ms(20_000);
    for line in world.log_of(|_| true) {
        assert!(!line.contains("scenario-token"), "{line}");
        assert!(!line.contains("0123456789abcdef"), "{line}");
    }
}

#[test]
fn talk_on_the_reserve_number_ends_without_an_apology() {
    let secrets = [("CORDBOARD_FALLBACK_NUMBER", "74950000000")];
    let mut world = with_secrets(&secrets, |w| {
        w.phones
            .insert("74950000000".into(), Phone::Answers { after_ms: 2_000 });
    });
    world.run_ms(5_000);
    world.backend.down = true;
    world.run_ms(140_000);
    assert_eq!(world.hears(FIRST_CALL), "call 2");
    let doing = &world.command(json!({"command": "status"}))["doing"];
    assert_eq!(
        doing, "ending",
        "no agent is talking, nobody may be offered"
    );
    world.end_call(AGENT, 1_000);
    let apology = format!("{BACKEND}/sounds/goodbye.en.wav");
    assert!(!world.playing.values().any(|url| *url == apology));
    let gone = |e: &Effect| {
        matches!(
            e,
            Effect::Hangup {
                call: FIRST_CALL,
                ..
            }
        )
    };
    assert!(world.effects.iter().any(gone));
}

#[test]
fn same_offer_asked_again_by_a_restarted_backend_is_accepted_once() {
    let mut world = call_centre(|_| ());
    world.run_ms(1_000);
    world.command(connect("k1", "o1", "anna"));
    assert_eq!(
        world.command(connect("k2", "o1", "anna")),
        json!({"accepted": true})
    );
    assert_eq!(dials(&world), 1);
}

#[test]
fn caller_who_gives_up_before_the_answer_leaves_nothing_behind() {
    let text = world::repository_file("scenarios/call-centre.js");
    let secrets = [("CORDBOARD_BACKEND_URL", BACKEND)];
    let mut world = World::start(&text, &secrets, |_| ());
    world.end_call(FIRST_CALL, 0);
    assert_eq!(world.ended, Some(EndReason::Terminated));
    assert!(world.backend.calls.is_empty());
}

#[test]
fn rule_presets_queue_and_language_by_its_custom_data() {
    let text = world::repository_file("scenarios/call-centre.js");
    let preset = r#"VoxEngine.customData('{"queue": "sales", "language": "ru", "priority": 5}');"#;
    let secrets = [("CORDBOARD_BACKEND_URL", BACKEND)];
    let mut world = World::start(&format!("{preset}{text}"), &secrets, |_| ());
    world.run_ms(1_000);
    let call = &world.backend.calls[0];
    assert_eq!(
        (&call["queue"], &call["language"], &call["priority"]),
        (&json!("sales"), &json!("ru"), &json!(5))
    );
}

/// Anna talks for 20 s and hangs up; the session was told to ask about her.
fn asked_about_anna(digit: Option<char>) -> World {
    let mut world = call_centre(|w| {
        w.phones
            .insert("anna".into(), Phone::Answers { after_ms: 1_000 });
    });
    world.run_ms(2_000);
    world.command(connect("c1", "o1", "anna"));
    world.run_ms(2_000);
    let ask = json!({"command_id": "c2", "command": "ask_manager", "agent_name": "Anna",
                     "talk_ms_min": 10_000});
    assert_eq!(world.command(ask), json!({"accepted": true}));
    world.run_ms(20_000);
    world.end_call(AGENT, 0);
    world.run_ms(1_000);
    let kinds = world.events();
    assert_eq!(
        kinds.last().unwrap(),
        "talk_ended",
        "anna is free: {kinds:?}"
    );
    assert!(!hung_up(&world, FIRST_CALL));
    if let Some(digit) = digit {
        world.feed(scenario::host::Input::ToneReceived {
            call: FIRST_CALL,
            tone: digit,
            how: scenario::host::ToneKind::TelephoneEvent,
        });
    }
    world
}

#[test]
fn after_the_talk_the_caller_says_by_a_digit_whether_the_agent_shall_always_answer() {
    for (digit, answer) in [
        (Some('1'), "yes"),
        (Some('2'), "no"),
        (Some('7'), "unclear"),
        (None, "unclear"),
    ] {
        let mut world = asked_about_anna(digit);
        world.run_ms(60_000);
        assert_eq!(world.event("manager_choice")["answer"], answer);
        assert!(hung_up(&world, FIRST_CALL));
        assert_eq!(world.events().last().unwrap(), "session_ended");
    }
}

#[test]
fn a_caller_who_hangs_up_at_the_question_gives_no_answer() {
    let mut world = asked_about_anna(None);
    world.hang_up_caller();
    world.run_ms(60_000);
    let kinds = world.events();
    assert!(!kinds.contains(&"manager_choice".to_owned()), "{kinds:?}");
    assert!(!kinds.contains(&"caller_left".to_owned()), "{kinds:?}");
    assert_eq!(kinds.last().unwrap(), "session_ended");
}
