//! What a scenario's session costs, with the allocator of the server: CPU to start
//! and to drop one, memory while it lives, CPU of an event. `make bench` runs it
//! and writes `bench/SESSIONS.md`.
//!
//! Each row is measured in a process of its own, so that the memory of one does not
//! serve the next.
#![forbid(unsafe_code)]
// A tool for developers: what must hold and does not ends it with the reason.
#![allow(clippy::expect_used)]

mod measure;

use measure::Row;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What is measured: scenario, live sessions.
const ROWS: [(&str, usize); 6] = [
    ("minimal", 1_000),
    ("minimal", 10_000),
    ("survey.js", 1_000),
    ("survey.js", 10_000),
    ("call-centre.js", 1_000),
    ("call-centre.js", 10_000),
];
/// Answers whoever calls, and ends with the call.
const MINIMAL: &str = "VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
    call.addEventListener(CallEvents.ToneReceived, (e) => e.tone);
    call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
    call.handleTones(true);
    call.answer();
});";

fn main() {
    let mut arguments = std::env::args().skip(1);
    if let (Some(name), Some(count)) = (arguments.next(), arguments.next()) {
        let count = count.parse().expect("a number of sessions");
        let row = measure::measure(&text_of(&name), count);
        println!("{}", serde_json::to_string(&row).expect("JSON"));
        return;
    }
    let circumstances = circumstances();
    let rows: Vec<(&str, usize, Row)> = ROWS
        .iter()
        .map(|(name, count)| {
            println!("· {count} sessions of {name}");
            (*name, *count, apart(name, *count))
        })
        .collect();
    let text = render(&circumstances, &rows);
    let file = root().join("bench/SESSIONS.md");
    std::fs::write(&file, &text).expect("the results can be written");
    println!("{text}\nwritten to bench/SESSIONS.md");
}

/// A row, measured in a process of its own.
fn apart(name: &str, count: usize) -> Row {
    let output = Command::new(std::env::current_exe().expect("this program"))
        .args([name, &count.to_string()])
        .output()
        .expect("it runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name} {count}: {errors}");
    serde_json::from_slice(&output.stdout).expect("a row")
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn text_of(name: &str) -> String {
    if name == "minimal" {
        return MINIMAL.to_owned();
    }
    let path = root().join("scenarios").join(name);
    std::fs::read_to_string(path).expect("the scenario exists")
}

/// What a program prints, in one line.
fn said(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(root())
        .output();
    output.map_or_else(
        |_| "unknown".to_owned(),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    )
}

/// When, what and beside how much other work.
fn circumstances() -> String {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split_whitespace().next().unwrap_or("unknown");
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let commit = said("git", &["describe", "--always", "--dirty"]);
    let at = said("date", &["-u", "+%Y-%m-%d %H:%M UTC"]);
    format!("{at}, commit {commit}, {cores} cores, load average {load} when it began.")
}

fn render(circumstances: &str, rows: &[(&str, usize, Row)]) -> String {
    let mut text = format!(
        "# Sessions

Written by `make bench`; do not edit.

{circumstances}

| scenario | live sessions | start, µs CPU | drop, µs CPU | KiB each, ringing | KiB each, answered | JS heap, KiB | Connected, µs | ToneReceived, µs | 1,000 calls with 5 events/s, core-% | dispatch p50 / p99, µs |
|---|---|---|---|---|---|---|---|---|---|---|
",
    );
    for (name, count, row) in rows {
        let _ = writeln!(
            text,
            "| {name} | {count} | {:.0} | {:.0} | {:.0} | {:.0} | {:.0} | {:.1} | {:.1} | {:.1} | {:.0} / {:.0} |",
            row.start_us,
            row.drop_us,
            row.ringing_kib,
            row.answered_kib,
            row.heap_kib,
            row.connected_us,
            row.tone_us,
            row.load_core_percent,
            row.dispatch_us[0],
            row.dispatch_us[1],
        );
    }
    text += "
Goals: start at most 1,000 µs of CPU, at most 350 KiB a session, growth linear. CPU is that of the
one thread that does the work; memory is the growth of the resident set divided by the sessions, with
mimalloc as in the server. What exceeds the JS heap's own count is the allocator's: sizes rounded up and
pages not yet full, shared by all sessions (`.cargo/config.toml` keeps QuickJS from pages of its own);
the session's Rust side is 4 KiB. *minimal* answers the call and hears keys; `survey.js` and
`call-centre.js` come with Cordboard. The load: digits, texts and hold told to 1,000 live sessions,
5 a second each, as CPU of one core; dispatch is the time from one of these events to its effects,
other work on the machine included.
";
    text
}
