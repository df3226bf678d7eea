//! A scenario run against a scripted call in virtual time: the real session,
//! with phones, a network and a caller that do what a [`Script`] says. Nothing
//! waits: an hour of a call takes milliseconds.

mod about;
mod answers;
mod far_ends;
mod orders;
mod recordings;
mod script;
mod world;

pub use script::{Action, AnsweredBy, Audio, Caller, Phone, Reply, Script, SocketServer, Step};

use crate::host::{Effect, EndReason, LogKind};
use crate::program::{CompileError, Program, Source};
use world::World;

/// One line of the log of a rehearsal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Time since the start, milliseconds.
    pub at_ms: u64,
    /// `script`, `event`, `error`, `outside` for what the script did, or `order`
    /// for an order to the engine.
    pub kind: &'static str,
    /// The text.
    pub text: String,
}

impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (s, ms) = (self.at_ms / 1000, self.at_ms % 1000);
        write!(f, "{s:>5}.{ms:03} {:<7} {}", self.kind, self.text)
    }
}

/// What a rehearsal was like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The whole log.
    pub lines: Vec<Line>,
    /// Expectations that were not met, for people; empty when all is well.
    pub failures: Vec<String>,
}

/// Runs files, loaded in this order, against a script.
///
/// # Errors
/// A scenario that does not compile.
pub fn rehearse(sources: Vec<Source>, script: &Script) -> Result<Outcome, CompileError> {
    let program = Program::compile(sources)?;
    let mut world = World::new(program, script);
    world.run();
    let missed = world.missed_steps();
    let World { lines, ended, .. } = world;
    let mut failures = judge(script, &lines, ended.as_ref());
    failures.extend(missed);
    Ok(Outcome { lines, failures })
}

fn judge(script: &Script, lines: &[Line], ended: Option<&EndReason>) -> Vec<String> {
    let mut failures = Vec::new();
    let texts: Vec<String> = lines
        .iter()
        .map(|line| format!("{} {}", line.kind, line.text))
        .collect();
    let mut from = 0;
    for wanted in &script.expect {
        let found = texts.iter().skip(from).position(|t| t.contains(wanted));
        match found {
            Some(at) => from += at + 1,
            None if texts.iter().any(|text| text.contains(wanted)) => {
                failures.push(format!("expected later: {wanted}"));
            }
            None => failures.push(format!("expected: {wanted}")),
        }
    }
    for unwanted in &script.never {
        if let Some(text) = texts.iter().find(|text| text.contains(unwanted)) {
            failures.push(format!("not expected: {unwanted}, but there is: {text}"));
        }
    }
    if let Some(exact) = &script.exact
        && exact != &texts
    {
        let at = exact.iter().zip(&texts).take_while(|(a, b)| a == b).count();
        let show = |all: &[String]| all.get(at).map_or("the end", String::as_str).to_owned();
        let (wanted, got) = (show(exact), show(&texts));
        failures.push(format!("line {}: expected {wanted}, got {got}", at + 1));
    }
    let end = ended.map_or("running", end_name);
    let wanted = script.ends.as_deref().unwrap_or("terminated");
    if end != wanted {
        failures.push(format!(
            "expected the session to be {wanted} at the end, it is {end}"
        ));
    }
    failures
}

fn end_name(end: &EndReason) -> &'static str {
    match end {
        EndReason::Terminated => "terminated",
        EndReason::Idle => "idle",
        EndReason::Stopped { .. } => "stopped",
        EndReason::Failed { .. } => "failed",
    }
}

/// A log effect as kind and text.
fn log_line(effect: &Effect) -> Option<(&'static str, &str)> {
    match effect {
        Effect::Log { kind, text } => {
            let kind = match kind {
                LogKind::Script => "script",
                LogKind::Event => "event",
                LogKind::Error => "error",
            };
            Some((kind, text))
        }
        _ => None,
    }
}
