//! States kept by earlier versions open, and go on to decide the same.
//! A kept file that does not open any more means that a field was added
//! without `#[serde(default)]`.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod kept;

use acd::*;
use kept::as_first_told;

const JOURNAL: &str = include_str!("journals/version-1.jsonl");
const FACTS: &str = include_str!("journals/version-1.facts.jsonl");
/// So many inputs of the journal are in the kept state: in their middle calls
/// wait, ring and talk.
const KEPT_AFTER: usize = 45;

#[derive(serde::Deserialize)]
struct Line {
    at_ms: Millis,
    input: Input,
}

/// Gives the inputs to `center`; returns the facts, as JSON.
fn replay<'a>(center: &mut Center, lines: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut facts = Vec::new();
    for line in lines {
        let Line { at_ms, input } = serde_json::from_str(line).unwrap();
        for effect in center.handle(at_ms, input) {
            if let Effect::Record { fact } = effect {
                facts.push(serde_json::to_string(&fact).unwrap());
            }
        }
    }
    facts
}

#[test]
fn a_state_kept_by_the_first_version_goes_on_with_the_same_facts() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/snapshots/version-1.json"
    );
    let mut whole = Center::new();
    let early = replay(&mut whole, JOURNAL.lines().take(KEPT_AFTER));
    if std::env::var_os("KEEP_SNAPSHOT").is_some() {
        std::fs::write(path, serde_json::to_string(&whole).unwrap()).unwrap();
    }
    assert!(!whole.calls().is_empty(), "a dull moment to keep");
    let kept = std::fs::read_to_string(path).unwrap();
    let mut center: Center = serde_json::from_str(&kept).unwrap();
    let facts = replay(&mut center, JOURNAL.lines().skip(KEPT_AFTER));
    let expected: Vec<_> = FACTS.lines().skip(early.len()).collect();
    let known: Vec<Fact> = expected
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let told: Vec<Fact> = facts
        .iter()
        .map(|line| as_first_told(serde_json::from_str(line).unwrap()))
        .collect();
    assert_eq!(told, known);
    assert_eq!(center.refused_transitions(), 0);
}

#[test]
fn a_restored_state_is_the_state() {
    let mut center = Center::new();
    for line in JOURNAL.lines() {
        let Line { at_ms, input } = serde_json::from_str(line).unwrap();
        center.handle(at_ms, input);
        let kept = serde_json::to_string(&center).unwrap();
        let restored: Center = serde_json::from_str(&kept).unwrap();
        assert_eq!(restored, center, "after {line}");
    }
}
