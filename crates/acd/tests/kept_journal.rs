//! Journals of earlier versions open, and replaying them decides the same.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use acd::*;

/// Written by the first version: every kind of input it knew.
const JOURNAL: &str = include_str!("journals/version-1.jsonl");
/// The facts that version recorded for it.
const FACTS: &str = include_str!("journals/version-1.facts.jsonl");

#[derive(serde::Deserialize)]
struct Line {
    at_ms: Millis,
    input: Input,
}

#[test]
fn a_journal_of_the_first_version_gives_the_same_facts() {
    let mut center = Center::new();
    let mut facts = FACTS.lines();
    for line in JOURNAL.lines() {
        let Line { at_ms, input } = serde_json::from_str(line).unwrap();
        for effect in center.handle(at_ms, input) {
            if let Effect::Record { fact } = effect {
                let kept: Fact = serde_json::from_str(facts.next().unwrap()).unwrap();
                assert_eq!(fact, kept, "after {line}");
            }
        }
    }
    assert_eq!(facts.next(), None);
    assert_eq!(center.refused_transitions(), 0);
}
