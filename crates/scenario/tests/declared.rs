//! The declarations for editors against the API itself, name by name: every name that a
//! session has, every field of an event that is proven to come, and every form of a call.
#![allow(missing_docs, clippy::unwrap_used)]

mod script_log;

use script_log::Run;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

const NAMES: &str = include_str!("../src/names.txt");
const ITEMS: &str = include_str!("../conformance/items.txt");
const FORMS: &str = include_str!("forms.ts");
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// Whose events an enumeration has, in the declarations.
const SPEAKERS: [(&str, &str); 11] = [
    ("AppEvents", "typeof VoxEngine"),
    ("CallEvents", "Call"),
    ("PlayerEvents", "Player"),
    ("SequencePlayerEvents", "SequencePlayer"),
    ("RecorderEvents", "Recorder"),
    ("ASREvents", "ASR"),
    ("ConferenceEvents", "Conference"),
    ("WebSocketEvents", "WebSocket"),
    ("ACDEvents", "ACDRequest"),
    ("SmartQueueEvents", "SmartQueueTask"),
    ("AMD.Events", "AMD.AnsweringMachineDetector"),
];

/// What the compiler of the page's build says of a text beside the declarations.
fn complaints(text: &str) -> String {
    let compiler = format!("{ROOT}/web/node_modules/.bin/tsc");
    assert!(
        Path::new(&compiler).exists(),
        "run `npm ci` in web first (make test does)"
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("uses.ts");
    std::fs::write(&file, text).unwrap();
    let output = Command::new(&compiler)
        .args("--noEmit --strict --target es2022 --lib es2022".split(' '))
        .arg(format!("{ROOT}/types/voxengine.d.ts"))
        .arg(&file)
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// A line for every name of the API: `Call#say` and `VoxEngine.callUser`.
fn every_name() -> (String, usize) {
    let mut text = String::new();
    let mut count = 0;
    for line in NAMES.lines() {
        if line.is_empty() || line.starts_with("# ") {
            continue;
        }
        let name = line.split(" =").next().unwrap();
        // Writing to a String cannot fail.
        let _ = match name.split_once('#') {
            Some((class, member)) => writeln!(text, "((o: {class}) => o.{member});"),
            None => writeln!(text, "{name};"),
        };
        count += 1;
    }
    (text, count)
}

/// A line for every field of an event: `CallEvents.Failed:code`.
fn every_field() -> (String, usize) {
    let mut text = String::new();
    let mut count = 0;
    for line in ITEMS.lines().filter(|line| !line.starts_with('#')) {
        let item = line.split(" | ").next().unwrap();
        let Some((event, field)) = item.split_once(':') else {
            continue;
        };
        let (events, _) = event.rsplit_once('.').unwrap();
        let Some((_, speaker)) = SPEAKERS.iter().find(|(name, _)| *name == events) else {
            continue;
        };
        let _ = writeln!(
            text,
            "((o: {speaker}) => o.addEventListener({event}, (e) => e.{field}));"
        );
        count += 1;
    }
    (text, count)
}

#[test]
fn every_name_and_every_field_is_declared() {
    let (names, name_count) = every_name();
    let (fields, field_count) = every_field();
    assert!(
        name_count > 400 && field_count > 150,
        "{name_count} {field_count}"
    );
    let found = complaints(&format!("{names}{fields}"));
    assert!(found.is_empty(), "{found}");
}

#[test]
fn what_is_not_there_is_not_declared() {
    for name in [
        "VoxEngine.createAMD",
        "VoxEngine.getCallById",
        "VoxEngine.sessionId",
        "CallEvents.MachineDetected",
        "PlayerEvents.PlaybackError",
        "WebSocketEvents.Message",
    ] {
        let found = complaints(&format!("{name};\n"));
        assert!(found.contains("does not exist"), "{name}: {found}");
    }
}

#[test]
fn every_form_of_a_call_is_declared() {
    let found = complaints(FORMS);
    assert!(found.is_empty(), "{found}");
}

/// The same forms as a scenario: nothing of them is an error here.
#[test]
fn every_form_of_a_call_runs() {
    let errors: Vec<String> = Run::call(FORMS)
        .lines()
        .into_iter()
        .filter(|line| line.starts_with("error") || line == "ended failed")
        .collect();
    assert_eq!(errors, [""; 0]);
}
