//! Checks scenario files without running them: names that the API does not
//! have, names that are not here yet, and forms of old releases. It speaks only of
//! what it is sure of: `Namespace.member` where the scenario has no `Namespace` of
//! its own (found in the tokens), and members of values that can come from nowhere
//! but the API (found in the syntax tree, see `objects`).

mod objects;
mod scopes;
mod token;
mod vocabulary;

use crate::host::{Effect, LogKind, Started};
use crate::{CompileError, Limits, Program, Session, SessionSpec, Source};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use token::{Kind, Token, tokens};

/// The names that the API means to have, see the head of the file.
const NAMES: &str = include_str!("names.txt");
/// Names asked for in one session: far under its limit of operations.
const NAMES_PER_SESSION: usize = 1_000;
/// A suggestion has at least this likeness (0 to 1) to what was written.
const LIKENESS_MIN: f64 = 0.7;

/// How much a [`Finding`] matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The scenario will not do what it says.
    Error,
    /// The name exists on the cloud and not here yet.
    Missing,
    /// An old form that works.
    Note,
}

/// One thing that a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// File name.
    pub file: String,
    /// Line from 1.
    pub line: u32,
    /// Column from 1, in characters.
    pub column: u32,
    /// What is found, and what to write instead.
    pub message: String,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = match self.severity {
            Severity::Error => "error",
            Severity::Missing => "missing",
            Severity::Note => "note",
        };
        let Self {
            file,
            line,
            column,
            message,
            ..
        } = self;
        write!(f, "{file}:{line}:{column}: {kind}: {message}")
    }
}

/// Checks files that are loaded together, in this order.
///
/// # Errors
/// The first syntax error: nothing else is looked at then.
pub fn check(sources: &[Source]) -> Result<Vec<Finding>, CompileError> {
    Program::compile(sources.to_vec())?;
    let files: Vec<(&str, Vec<Token<'_>>)> = sources
        .iter()
        .map(|source| (source.name.as_str(), tokens(&source.text)))
        .collect();
    let own: BTreeSet<&str> = files.iter().flat_map(|(_, all)| declared(all)).collect();
    let namespaces = namespaces();
    let mut uses = Vec::new();
    let mut findings = Vec::new();
    for (file, all) in &files {
        for at in 0..all.len() {
            if let Some(found) = member_at(all, at, &namespaces, &own) {
                uses.push((*file, found));
            }
            findings.extend(old_form(all, at, &own).map(|message| Finding {
                severity: Severity::Note,
                file: (*file).to_owned(),
                line: all.get(at).map_or(0, |token| token.line),
                column: all.get(at).map_or(0, |token| token.column),
                message,
            }));
        }
    }
    // What a scenario puts into a namespace itself is its own business.
    let assigned: BTreeSet<String> = uses
        .iter()
        .filter(|(_, u)| u.assigned)
        .map(|(_, u)| u.path.clone())
        .collect();
    let paths: BTreeSet<String> = uses.iter().map(|(_, u)| u.path.clone()).collect();
    let known = existing(&paths.into_iter().collect::<Vec<_>>());
    for (file, used) in uses {
        if known.contains_key(&used.path) || assigned.contains(&used.path) {
            continue;
        }
        let (severity, message) = explain(&used.path);
        findings.push(Finding {
            severity,
            file: file.to_owned(),
            line: used.line,
            column: used.column,
            message,
        });
    }
    let texts: Vec<(&str, &str)> = sources
        .iter()
        .map(|source| (source.name.as_str(), source.text.as_str()))
        .collect();
    findings.extend(objects::findings(&texts));
    findings.sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
    Ok(findings)
}

/// `Namespace.member`, with the inner namespace of those that have one.
struct Use {
    path: String,
    line: u32,
    column: u32,
    assigned: bool,
}

fn member_at(
    all: &[Token<'_>],
    at: usize,
    namespaces: &BTreeSet<&str>,
    own: &BTreeSet<&str>,
) -> Option<Use> {
    let first = all.get(at)?;
    let after_dot = at > 0
        && all
            .get(at - 1)
            .is_some_and(|t| t.text == "." || t.text == "?.");
    if first.kind != Kind::Name || after_dot || own.contains(first.text) {
        return None;
    }
    if !namespaces.contains(first.text) {
        return None;
    }
    let mut path = first.text.to_owned();
    let mut end = at;
    loop {
        let member = all.get(end + 2)?;
        if all.get(end + 1)?.text != "." || member.kind != Kind::Name {
            return None;
        }
        path = format!("{path}.{}", member.text);
        end += 2;
        // A branch of a catalogue, or `AMD.Model`: its member counts, not it alone.
        let goes_on = all.get(end + 1).is_some_and(|t| t.text == ".")
            && (namespaces.contains(path.as_str()) || is_branch(&path));
        if !goes_on {
            break;
        }
    }
    Some(Use {
        path,
        line: first.line,
        column: first.column,
        assigned: all.get(end + 1).is_some_and(|t| t.text == "="),
    })
}

fn is_branch(path: &str) -> bool {
    let catalogue = [
        "VoiceList.",
        "ASRModelList.",
        "ASRProfileList.",
        "Language.Premium",
    ];
    catalogue.iter().any(|start| path.starts_with(start))
}

/// Names that the files declare themselves, anywhere.
fn declared<'a>(all: &[Token<'a>]) -> BTreeSet<&'a str> {
    let mut names = BTreeSet::new();
    for (at, token) in all.iter().enumerate() {
        match token.text {
            "class" | "function" => {
                names.extend(all.get(at + 1).map(|t| t.text));
            }
            "const" | "let" | "var" => {
                let until = |t: &&Token<'_>| t.text != "=" && t.text != ";";
                let list = all.iter().skip(at + 1).take_while(until);
                names.extend(list.filter(|t| t.kind == Kind::Name).map(|t| t.text));
            }
            _ => {}
        }
    }
    names
}

/// Old methods of a call, and what there is today.
const OLD_METHODS: [(&str, &str); 4] = [
    ("decline", "it is `reject` today"),
    ("detectProgressTone", "the cloud has nothing in its place"),
    (
        "detectVoicemailTone",
        "`enableBeepDetection` finds beeps today",
    ),
    ("detectVoicemailPrompt", "`AMD` finds machines today"),
];

/// What is known to be old at this token, with the form of today.
fn old_form(all: &[Token<'_>], at: usize, own: &BTreeSet<&str>) -> Option<String> {
    let text = |offset: usize| all.get(at + offset).map_or("", |token| token.text);
    let (first, dot, member, open) = (text(0), text(1), text(2), text(3));
    if dot != "." || own.contains(first) || all.get(at)?.kind != Kind::Name {
        let method = (first == "." && text(2) == "(").then(|| text(1))?;
        let (_, today) = OLD_METHODS.iter().find(|(old, _)| *old == method)?;
        return Some(format!("`{method}` is old: {today}"));
    }
    let argument = all.get(at + 4).map(|token| token.kind);
    let positional = open == "(" && argument == Some(Kind::Text);
    match (first, member) {
        ("VoxEngine", "callUser") if positional => Some(
            "the positional form of `callUser` is old: callUser({username, callerid, ...})"
                .to_owned(),
        ),
        ("VoxEngine", "CallList" | "RecordExpireTime" | "DTMFType") => Some(format!(
            "`VoxEngine.{member}` is old: it is `{member}` today"
        )),
        ("VoxEngine", "createToneScript") => {
            Some("`createToneScript` is the old name of `createToneScriptPlayer`".to_owned())
        }
        ("ApplicationStorage", "delete") => {
            Some("`ApplicationStorage.delete` is the old name of `remove`".to_owned())
        }
        ("Language", _) => Some("`Language` is old: VoiceList has the voices today".to_owned()),
        ("ASRLanguage", _) => {
            Some("`ASRLanguage` is old: ASRProfileList has the profiles today".to_owned())
        }
        _ => None,
    }
}

fn listed() -> impl Iterator<Item = &'static str> {
    NAMES
        .lines()
        .filter(|line| !line.starts_with("# "))
        .map(|line| line.split(" =").next().unwrap_or(line))
}

/// `VoxEngine`, `CallEvents`, `AMD.Model`, ...: what stands before a listed member.
fn namespaces() -> BTreeSet<&'static str> {
    let catalogues = [
        "Language",
        "ASRLanguage",
        "ASRModelList",
        "ASRProfileList",
        "VoiceList",
    ];
    let inner = listed().filter_map(|name| name.rsplit_once('.').map(|(owner, _)| owner));
    inner
        .filter(|owner| !owner.contains('#'))
        .chain(catalogues)
        .collect()
}

/// Those of the paths that a session has.
fn existing(paths: &[String]) -> BTreeMap<String, ()> {
    let mut found = BTreeMap::new();
    for part in paths.chunks(NAMES_PER_SESSION) {
        let mut text = String::new();
        for path in part {
            // Only dotted names reach this text, so nothing of the scenario runs.
            text += &format!(
                "try {{ if ({path} !== undefined) Logger.write({path:?}); }} catch {{}}\n"
            );
        }
        found.extend(lines_of(text).into_iter().map(|line| (line, ())));
    }
    found
}

/// What a session of this text writes to its log.
fn lines_of(text: String) -> Vec<String> {
    let source = Source {
        name: "check.js".to_owned(),
        text,
    };
    let Ok(program) = Program::compile(vec![source]) else {
        return Vec::new();
    };
    let spec = SessionSpec {
        program,
        limits: Limits::default(),
        started: Started::default(),
        secrets: Arc::default(),
    };
    let (_, effects) = Session::start(spec, 0, None);
    let script = |effect| match effect {
        Effect::Log {
            kind: LogKind::Script,
            text,
        } => Some(text),
        _ => None,
    };
    effects.into_iter().filter_map(script).collect()
}

/// Why a path is not there, with what was probably meant.
fn explain(path: &str) -> (Severity, String) {
    if listed().any(|name| name == path) {
        let message = format!("`{path}` is not in Cordboard yet (docs/api-coverage.md)");
        return (Severity::Missing, message);
    }
    let (owner, member) = path.rsplit_once('.').unwrap_or(("", path));
    if owner == "Modules" {
        // Common in existing scenarios, and harmless: `require` takes anything.
        let message = format!("`{path}` does not exist; its namespace needs no `require`");
        return (Severity::Note, message);
    }
    let here = lines_of(format!(
        "for (const k of Object.keys({owner})) Logger.write(k);"
    ));
    let elsewhere = listed().filter_map(|name| name.strip_prefix(owner)?.strip_prefix('.'));
    let candidates = here.into_iter().chain(elsewhere.map(str::to_owned));
    let best = candidates
        .map(|name| (likeness(&name, member), name))
        // One slip in a short name is much of it.
        .filter(|(likeness, name)| {
            *likeness >= LIKENESS_MIN || strsim::damerau_levenshtein(name, member) == 1
        })
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let message = match best {
        Some((_, name)) => format!("`{path}` does not exist: did you mean `{owner}.{name}`?"),
        None => format!("`{path}` does not exist"),
    };
    (Severity::Error, message)
}

fn likeness(a: &str, b: &str) -> f64 {
    strsim::normalized_damerau_levenshtein(&a.to_lowercase(), &b.to_lowercase())
}
