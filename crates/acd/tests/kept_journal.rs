//! Journals of earlier versions open, and replaying them decides the same.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod kept;

use acd::*;
use kept::as_first_told;

/// Written by the first version, every kind of input it knew, and the facts
/// that it recorded.
const FIRST: [&str; 2] = [
    include_str!("journals/version-1.jsonl"),
    include_str!("journals/version-1.facts.jsonl"),
];
/// A simulated day with strategies, skills, bans, several phones at once and
/// managers of callers' own.
const SECOND: [&str; 2] = [
    include_str!("journals/version-2.jsonl"),
    include_str!("journals/version-2.facts.jsonl"),
];

/// Another one with transfers, call-backs, reserve numbers, absences and bans by people
/// and rules too.
const THIRD: [&str; 2] = [
    include_str!("journals/version-3.jsonl"),
    include_str!("journals/version-3.facts.jsonl"),
];

#[derive(serde::Deserialize)]
struct Line {
    at_ms: Millis,
    input: Input,
}

#[test]
fn a_journal_of_the_first_version_gives_the_same_facts() {
    gives_the_same_facts(FIRST, as_first_told);
}

#[test]
fn a_journal_of_the_second_version_gives_the_same_facts() {
    gives_the_same_facts(SECOND, as_first_told);
}

#[test]
fn a_journal_of_the_third_version_gives_the_same_facts() {
    gives_the_same_facts(THIRD, |fact| fact);
}

/// `as_told` is how the version told a fact of today.
fn gives_the_same_facts([journal, facts]: [&str; 2], as_told: fn(Fact) -> Fact) {
    let mut center = Center::new();
    let mut facts = facts.lines();
    for line in journal.lines() {
        let Line { at_ms, input } = serde_json::from_str(line).unwrap();
        for effect in center.handle(at_ms, input) {
            if let Effect::Record { fact } = effect {
                let kept: Fact = serde_json::from_str(facts.next().unwrap()).unwrap();
                assert_eq!(as_told(fact), kept, "after {line}");
            }
        }
    }
    assert_eq!(facts.next(), None);
    assert_eq!(center.refused_transitions(), 0);
}
