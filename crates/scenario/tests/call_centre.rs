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
