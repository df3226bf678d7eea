//! What a waiting caller hears of the place in the queue from
//! scenarios/call-centre.js, in virtual time: spoken, or put together from
//! recorded pieces.
#![allow(missing_docs, clippy::unwrap_used)]

mod world;

use scenario::FIRST_CALL;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use world::{BACKEND, World};

fn call_centre(prepare: impl FnOnce(&mut World)) -> World {
    in_language("en", prepare)
}

fn in_language(language: &str, prepare: impl FnOnce(&mut World)) -> World {
    let text = world::repository_file("scenarios/call-centre.js");
    let secrets = [
        ("CORDBOARD_BACKEND_URL", BACKEND),
        ("CORDBOARD_TOKEN", "scenario-token"),
        ("CORDBOARD_LANGUAGE", language),
    ];
    World::start(&text, &secrets, prepare)
}

#[test]
fn announcement_takes_turns_with_the_music() {
    let mut world = call_centre(|_| ());
    let music = format!("{BACKEND}/sounds/hold-music.wav");
    let please_wait = format!("{BACKEND}/sounds/please-wait.en.wav");
    let mut heard = Vec::new();
    for _ in 0..70 {
        world.run_ms(1_000);
        let now = world.hears(FIRST_CALL);
        if heard.last() != Some(&now) {
            heard.push(now);
        }
        let sounding = world.playing.values().filter(|url| **url != music).count();
        assert!(sounding <= 1, "{:?}", world.playing);
    }
    let heard: Vec<&String> = heard.iter().collect();
    assert_eq!(heard, [&music, &please_wait, &music, &please_wait, &music]);
}

fn announce(id: &str, position: u32, wait_ms: Option<u64>, longer: Option<&str>) -> Value {
    json!({"command_id": id, "command": "announce", "position": position,
           "estimated_wait_ms": wait_ms, "longer": longer})
}

#[test]
fn a_place_and_a_wait_are_told_in_the_language_of_the_call() {
    let told = |language: &str, position, wait_ms, longer: Option<&str>| {
        let mut world = in_language(language, |_| ());
        world.run_ms(1_000);
        world.command(announce("k1", position, wait_ms, longer));
        world.run_ms(500);
        world.hears(FIRST_CALL)
    };
    let five = Some(300_000);
    for (heard, expected) in [
        (told("en", 1, None, None), "You are next."),
        (
            told("en", 3, five, None),
            "You are number 3 in the queue. The wait is about 5 minutes.",
        ),
        (
            told("en", 2, Some(60_000), Some("fewer_agents")),
            "You are number 2 in the queue. The wait is about one minute. \
             Fewer people take calls now, so it is longer than before.",
        ),
        (told("ru", 1, None, None), "Вы следующий в очереди."),
        (
            told("ru", 3, five, None),
            "Ваше место в очереди: 3. Примерное время ожидания: 5 минут.",
        ),
    ] {
        assert_eq!(heard, expected);
    }
}

#[test]
fn a_place_waits_for_what_is_said_and_the_newest_is_told() {
    let mut world = call_centre(|_| ());
    world.run_ms(1_000);
    world.command(json!({"command_id": "k1", "command": "play", "url": "/sounds/all-busy.en.wav"}));
    world.run_ms(500);
    world.command(announce("k2", 3, None, None));
    world.command(announce("k3", 2, None, None));
    world.run_ms(500);
    assert!(world.hears(FIRST_CALL).ends_with("all-busy.en.wav"));
    let mut heard = Vec::new();
    for _ in 0..80 {
        world.run_ms(250);
        let now = world.hears(FIRST_CALL);
        if heard.last() != Some(&now) {
            heard.push(now);
        }
    }
    let second = "You are number 2 in the queue.".to_owned();
    assert_eq!(heard.iter().filter(|one| **one == second).count(), 1);
    assert!(
        !heard.iter().any(|one| one.contains("number 3")),
        "{heard:?}"
    );
    assert!(
        heard
            .last()
            .is_some_and(|one| one.ends_with("hold-music.wav"))
    );
}

/// Names of what was heard instead of the music, without folder and language.
fn pieces(language: &str, position: u32, minutes: u64, longer: Option<&str>) -> Vec<String> {
    let mut world = in_language(language, |world| world.voiceless = true);
    world.run_ms(1_000);
    world.command(announce("k1", position, Some(minutes * 60_000), longer));
    let mut heard = Vec::new();
    for _ in 0..1_000 {
        world.run_ms(50);
        let sounding = world
            .playing
            .values()
            .filter(|url| !url.contains("hold-music"));
        assert!(
            sounding.count() <= 2,
            "one sounds, one is prepared: {:?}",
            world.playing
        );
        let now = world.hears(FIRST_CALL);
        if now.contains("hold-music") && !heard.is_empty() {
            break;
        }
        let name = now.strip_prefix(&format!("{BACKEND}/sounds/"));
        let name = name.and_then(|name| name.strip_suffix(&format!(".{language}.wav")));
        if let Some(name) = name.filter(|name| heard.last().is_none_or(|last| last != name)) {
            heard.push(name.to_owned());
        }
    }
    heard
}

#[test]
fn without_a_voice_places_and_waits_are_put_together_from_recorded_pieces() {
    for (language, position, minutes, expected) in [
        ("en", 1, 0, "place-next"),
        (
            "en",
            7,
            1,
            "place number-7 place-end wait number-1 minute-1",
        ),
        (
            "en",
            21,
            2,
            "place number-20 number-1 place-end wait number-2 minute-5",
        ),
        (
            "en",
            321,
            0,
            "place number-300 number-20 number-1 place-end",
        ),
        (
            "en",
            500,
            110,
            "place number-500 place-end wait number-100 number-10 minute-5",
        ),
        ("en", 1_000, 3, "wait number-3 minute-5"),
        ("en", 1_000, 0, "please-wait"),
        ("ru", 1, 1, "place-next wait number-1-minutes minute-1"),
        ("ru", 2, 2, "place number-2 wait number-2-minutes minute-2"),
        ("ru", 12, 5, "place number-12 wait number-5 minute-5"),
        ("ru", 40, 11, "place number-40 wait number-11 minute-5"),
        (
            "ru",
            61,
            21,
            "place number-60 number-1 wait number-20 number-1-minutes minute-1",
        ),
        (
            "ru",
            3,
            34,
            "place number-3 wait number-30 number-4 minute-2",
        ),
        (
            "ru",
            3,
            112,
            "place number-3 wait number-100 number-12 minute-5",
        ),
    ] {
        let heard = pieces(language, position, minutes, None).join(" ");
        assert_eq!(heard, expected, "{language} {position} {minutes}");
    }
    let longer = pieces("ru", 2, 0, Some("fewer_agents"));
    assert_eq!(longer, ["place", "number-2", "wait-longer"]);
}

/// Every piece that a place or a wait may need is in the folder, in both languages.
#[test]
fn every_piece_is_recorded() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios/sounds");
    let there: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    let numbers = (1..20)
        .chain((20..100).step_by(10))
        .chain((100..1_000).step_by(100));
    let mut names: Vec<String> = numbers.map(|n| format!("number-{n}")).collect();
    for name in [
        "place",
        "place-next",
        "wait",
        "wait-longer",
        "minute-1",
        "minute-5",
    ] {
        names.push(name.to_owned());
    }
    let only = [
        "place-end.en",
        "number-1-minutes.ru",
        "number-2-minutes.ru",
        "minute-2.ru",
    ];
    let both = names
        .iter()
        .flat_map(|name| ["en", "ru"].map(|language| format!("{name}.{language}")));
    for name in both.chain(only.map(str::to_owned)) {
        assert!(there.contains(&format!("{name}.wav")), "{name}");
    }
}

#[test]
fn an_offer_that_is_answered_in_the_midst_of_the_pieces_ends_them() {
    let mut world = call_centre(|world| {
        world.voiceless = true;
        let answers = world::Phone::Answers { after_ms: 1_000 };
        world.phones.insert("anna".into(), answers);
    });
    world.run_ms(1_000);
    world.command(announce("k1", 2, Some(300_000), None));
    world.run_ms(1_000);
    assert!(world.hears(FIRST_CALL).contains("/place"));
    world.command(
        json!({"command_id": "k2", "command": "connect", "offer_id": "o1",
        "contact": {"type": "user", "user": "anna"}, "ring_timeout_ms": 15_000}),
    );
    world.run_ms(1_500);
    assert_eq!(world.hears(FIRST_CALL), "call 2");
    assert!(world.playing.is_empty(), "{:?}", world.playing);
    world.run_ms(20_000);
    assert_eq!(world.hears(FIRST_CALL), "call 2");
}

#[test]
fn where_nothing_can_say_places_the_prompt_comes_as_often_as_before() {
    let mut world = call_centre(|world| {
        world.voiceless = true;
        world.missing = Some("/place");
    });
    let please_wait = format!("{BACKEND}/sounds/please-wait.en.wav");
    let mut times = 0;
    let mut before = String::new();
    for second in 0..70 {
        if second % 10 == 0 {
            world.command(announce(&format!("k{second}"), 2, None, None));
        }
        world.run_ms(1_000);
        let now = world.hears(FIRST_CALL);
        times += usize::from(now == please_wait && now != before);
        before = now;
    }
    assert_eq!(times, 2, "not held up by places that nobody can say");
}
