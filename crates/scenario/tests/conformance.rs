//! The API of VoxEngine item by item: conformance/items.txt names every item that
//! existing scenarios use, and the cases that prove it. A case is a scenario, a
//! script of what happens to it, and the exact log that comes of it. A case proves
//! an item when its log is another one once the item is taken away.
//!
//! `UPDATE=1 cargo test -p scenario --test conformance` writes the logs and the
//! part of docs/status.md anew: read the difference before you believe it.
#![allow(missing_docs, clippy::unwrap_used)]

use scenario::rehearsal::{Script, rehearse};
use scenario::{Source, check};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

const ITEMS: &str = include_str!("../conformance/items.txt");
const SHOW: &str = include_str!("../conformance/show.js");
const SABOTAGE: &str = include_str!("../conformance/sabotage.js");
const STATUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/status.md");
const BEGIN: &str =
    "<!-- written by UPDATE=1 cargo test -p scenario --test conformance: do not edit -->\n";
const END: &str = "<!-- end of what is written by the test -->";
/// Items of both tiers when the table was made: it must not shrink unseen.
const ITEMS_MIN: usize = 250;

/// One line of the table.
struct Item {
    /// `VoxEngine.callUser`, `Call#hangup`, `CallEvents.Connected:headers`,
    /// `VoxEngine.createURLPlayer(loop)`.
    name: &'static str,
    tier: &'static str,
    cases: Vec<&'static str>,
    /// JavaScript about the arguments `a`: one of several ways to call it.
    when: Option<&'static str>,
}

impl Item {
    fn label(&self) -> String {
        match self.when {
            Some(when) => format!("{} when {when}", self.name),
            None => self.name.to_owned(),
        }
    }

    /// The last word of its name: it must stand in the scenario of a case.
    fn word(&self) -> &'static str {
        let path = self.name.split(['(', ':']).next().unwrap();
        let inner = self.name.split(['(', ':']).nth(1).unwrap_or(path);
        let word = inner
            .trim_end_matches(')')
            .rsplit(['.', '#'])
            .next()
            .unwrap();
        let position = word.chars().all(|c| c.is_ascii_digit());
        if position {
            path.rsplit(['.', '#']).next().unwrap()
        } else {
            word
        }
    }

    /// JavaScript that takes the item away.
    fn sabotage(&self) -> String {
        let quoted = |parts: &[&str]| format!("{parts:?}");
        if let Some((event, field)) = self.name.split_once(':') {
            return match event {
                "Net.result" => format!("sabotage.result({field:?});"),
                "ApplicationStorage.item" => format!("sabotage.item({field:?});"),
                _ => {
                    let (owner, name) = event.rsplit_once('.').unwrap();
                    format!("sabotage.field({}, {field:?});", quoted(&[owner, name]))
                }
            };
        }
        let (name, parameter) = match self.name.split_once('(') {
            Some((name, parameter)) => (name, Some(parameter.trim_end_matches(')'))),
            None => (self.name, None),
        };
        let how = match (parameter, self.when) {
            (Some(parameter), _) => format!("{{ parameter: {parameter:?} }}"),
            (None, Some(when)) => format!("{{ when: (a) => {when} }}"),
            (None, None) => "{}".to_owned(),
        };
        match name.split_once('#') {
            Some((class, member)) => {
                format!("sabotage.member({}, {how});", quoted(&[class, member]))
            }
            None => {
                let path: Vec<&str> = name.split('.').collect();
                format!("sabotage.name({}, {how});", quoted(&path))
            }
        }
    }

    /// JavaScript that is true when a session has the item at all.
    fn exists(&self) -> String {
        let path = self.name.split(['(', ':', '#']).next().unwrap();
        let mut steps = path.split('.');
        let first = steps.next().unwrap();
        let rest: String = steps.map(|step| format!("?.[{step:?}]")).collect();
        format!("globalThis[{first:?}]{rest} !== undefined")
    }
}

fn items() -> Vec<Item> {
    let rows = ITEMS
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    rows.map(|row| {
        let mut columns = row.splitn(5, '|').map(str::trim);
        let mut next = || columns.next().unwrap_or_default();
        let (name, tier, _files, cases, when) = (next(), next(), next(), next(), next());
        assert!(["T1", "T2", "T3"].contains(&tier), "{row}: T1 to T3");
        Item {
            name,
            tier,
            cases: cases.split(", ").filter(|case| !case.is_empty()).collect(),
            when: (!when.is_empty()).then_some(when),
        }
    })
    .collect()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance/cases")
}

fn read(case: &str, kind: &str) -> String {
    let path = folder().join(format!("{case}.{kind}"));
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn all_cases() -> BTreeSet<String> {
    let files = std::fs::read_dir(folder()).unwrap();
    files
        .filter_map(|file| {
            let name = file.unwrap().file_name().into_string().unwrap();
            name.strip_suffix(".js").map(str::to_owned)
        })
        .collect()
}

/// The log of a case, with `before` loaded first, and what its script says of it.
fn log_of(case: &str, before: Option<String>) -> (String, Vec<String>) {
    let mut script: Script = toml::from_str(&read(case, "toml")).unwrap();
    script.orders = true;
    let mut sources = Vec::new();
    let mut add = |name: &str, text: String| {
        let name = name.to_owned();
        sources.push(Source { name, text });
    };
    if let Some(before) = before {
        add("sabotage.js", format!("{SABOTAGE}\n{before}"));
    }
    add("show.js", SHOW.to_owned());
    add(&format!("{case}.js"), read(case, "js"));
    let outcome = rehearse(sources, &script).unwrap();
    let mut log = String::new();
    for line in &outcome.lines {
        let _ = writeln!(log, "{line}");
    }
    (log, outcome.failures)
}

fn updating() -> bool {
    std::env::var_os("UPDATE").is_some()
}

#[test]
fn every_case_has_exactly_its_log() {
    let mut wrong = Vec::new();
    for case in all_cases() {
        let (log, failures) = log_of(&case, None);
        assert_eq!(failures, [""; 0], "{case}\n{log}");
        assert!(!log.contains("script never"), "{case}\n{log}");
        let path = folder().join(format!("{case}.txt"));
        if updating() {
            std::fs::write(&path, &log).unwrap();
        }
        if std::fs::read_to_string(&path).unwrap_or_default() != log {
            wrong.push(format!("--- {case}\n{log}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_item_is_proven_by_its_cases() {
    let items = items();
    let mut kept: BTreeMap<&str, String> = BTreeMap::new();
    let mut used = BTreeSet::new();
    let mut wrong = Vec::new();
    for item in &items {
        for case in &item.cases {
            used.insert((*case).to_owned());
            let text = read(case, "js");
            if !text.contains(item.word()) {
                wrong.push(format!("{}: {case}.js does not have it", item.label()));
                continue;
            }
            // With the means of sabotage in place, and nothing taken away.
            let whole = kept.entry(case).or_insert_with(|| {
                let (log, _) = log_of(case, Some("sabotage.none();".to_owned()));
                assert_eq!(log, log_of(case, None).0, "{case}");
                log
            });
            let (without, _) = log_of(case, Some(item.sabotage()));
            if without == *whole {
                wrong.push(format!("{}: {case} does not miss it", item.label()));
            }
            if without.contains("sabotage.js:") && !without.contains(&format!("{case}.js:")) {
                wrong.push(format!("{}: cannot be taken away\n{without}", item.label()));
            }
        }
    }
    let idle: Vec<String> = all_cases().difference(&used).cloned().collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(idle.is_empty(), "cases that prove nothing: {idle:?}");
}

#[test]
fn an_item_without_a_case_is_one_that_is_not_there() {
    for item in items().iter().filter(|item| item.cases.is_empty()) {
        let text = format!("Logger.write({});", item.exists());
        let source = Source {
            name: "a.js".to_owned(),
            text: format!("{text} VoxEngine.terminate();"),
        };
        let outcome = rehearse(vec![source], &Script::default()).unwrap();
        let there = outcome
            .lines
            .iter()
            .any(|line| line.kind == "script" && line.text == "true");
        assert!(!there, "{} is there and has no case", item.label());
    }
}

/// `scenario check` knows every field of every event that comes in the cases.
#[test]
fn the_check_knows_what_events_tell() {
    let watch = "var write = Logger.write;
        this.onPhoneEvent = (e) => write(`KEYS ${e.name} ${Object.keys(e).join(' ')}`);";
    let mut fields: BTreeSet<(String, String)> = items()
        .iter()
        .filter_map(|item| item.name.split_once(':'))
        .filter(|(event, _)| event.contains("Events"))
        .map(|(event, field)| (event.to_owned(), field.to_owned()))
        .collect();
    let listed = include_str!("../src/names.txt");
    let names: BTreeMap<&str, &str> = listed
        .lines()
        .filter_map(|line| line.split_once(" = "))
        .filter(|(name, _)| name.contains("Events."))
        .map(|(name, value)| (value, name))
        .collect();
    for case in all_cases() {
        let (log, _) = log_of(&case, Some(watch.to_owned()));
        for line in log.lines().filter_map(|line| line.split_once(" KEYS ")) {
            let mut words = line.1.split(' ');
            let value = words.next().unwrap();
            let event = names.get(value).copied().unwrap_or(value);
            fields.extend(words.map(|field| (event.to_owned(), field.to_owned())));
        }
    }
    assert!(fields.len() > 150, "{fields:#?}");
    for (event, field) in fields {
        let source = Source {
            name: "a.js".to_owned(),
            text: format!("var lib, Call; lib.addEventListener({event}, (e) => e.{field});"),
        };
        let found = check(&[source]).unwrap();
        assert!(found.is_empty(), "{event}:{field}: {found:?}");
    }
}

#[test]
fn no_item_is_listed_twice() {
    let items = items();
    let labels: BTreeSet<String> = items.iter().map(Item::label).collect();
    assert_eq!(labels.len(), items.len());
    assert!(items.len() >= ITEMS_MIN, "{} items", items.len());
}

#[test]
fn the_status_says_what_is_proven() {
    let items = items();
    let mut text = String::new();
    for (tier, who) in [
        ("T1", "used by at least 10 of 100 published scenarios"),
        ("T2", "used by 2 to 9 of them"),
        (
            "T3",
            "used by one or none, without video, vendors' AI and billing",
        ),
    ] {
        let all: Vec<&Item> = items.iter().filter(|item| item.tier == tier).collect();
        let proven = all.iter().filter(|item| !item.cases.is_empty()).count();
        let line = format!("{proven} of {} names", all.len());
        println!("{tier}: {line}");
        let _ = writeln!(text, "- {who}: **{line}**");
    }
    let missing: Vec<String> = items
        .iter()
        .filter(|item| item.cases.is_empty())
        .map(|item| format!("`{}`", item.label()))
        .collect();
    let missing = if missing.is_empty() {
        "nothing".to_owned()
    } else {
        missing.join(", ")
    };
    let _ = writeln!(text, "- missing: {missing}");
    let status = std::fs::read_to_string(STATUS).unwrap();
    let (before, rest) = status.split_once(BEGIN).unwrap();
    let (written, after) = rest.split_once(END).unwrap();
    if updating() {
        std::fs::write(STATUS, format!("{before}{BEGIN}{text}{END}{after}")).unwrap();
    } else {
        assert_eq!(written, text, "docs/status.md is old: UPDATE=1");
    }
}
