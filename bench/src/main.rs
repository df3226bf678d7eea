//! The benchmark: the release binary under load that sipp and `rtpgen` make, on
//! loopback, and what each workload cost it. The workloads W2 to W4 are those that
//! other servers were measured with, so that figures compare.
//!
//! `make bench` runs it and writes `bench/RESULTS.md`; with the argument `core` only
//! the routing core and the journal are measured, with `crowd` only the crowded W2, with
//! `queued RATE CALLS TALK_MS` only a steady W2 (18 calls/s, 450 calls and 5,000 ms if not
//! given), with `bridged CALLS` only W3, with `waiting CALLS` only W4, with `hostile` only
//! the gaps, and nothing is written. `CORDBOARD_BENCH_BINARY` names another binary than
//! the release build, so that two can be measured in turn. Load tools and server share
//! the machine's cores: compare CPU time, not the highest rate.
#![forbid(unsafe_code)]
// A tool for developers: what must hold and does not ends it with the reason.
#![allow(clippy::expect_used)]

mod core;
mod cost;
mod hostile;
mod machine;
mod report;
mod rtp;
mod workload;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Instant;

use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::port;
use cordboard_tests::sipp::{Sipp, SippPlan};

use crate::report::Row;

/// Agents of the centre: enough for every workload.
const AGENTS: usize = 200;

/// The allocator of the product, which the routing core is measured with.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    if std::env::args().nth(1).as_deref() == Some("core") {
        println!("{}", runtime.block_on(core::measure()));
    } else {
        runtime.block_on(run());
    }
}

async fn run() {
    let binary = std::env::var_os("CORDBOARD_BENCH_BINARY")
        .map_or_else(|| root().join("target/release/cordboard"), PathBuf::from);
    assert!(
        binary.exists(),
        "{} is not there: run `cargo build --release -p cordboard` (make bench does)",
        binary.display()
    );
    if std::env::args().nth(1).as_deref() == Some("hostile") {
        println!("\n{}", hostile::run(&binary).await);
        return;
    }
    let before = machine::Machine::read();
    let rtpgen = rtp::compile();
    let phones_rtp = port::free();
    let nobody = port::free_address();

    // The agents' sipp is started anew for each workload, at one address.
    let phones_port = port::free();
    let mut centre = open_centre(&binary, phones_port).await;
    let bench = workload::Bench {
        rtpgen: &rtpgen,
        agents: AGENTS,
        phones_port,
        phones_rtp,
        nobody,
    };

    if let Some(only) = std::env::args().nth(1) {
        let row = one(&bench, &mut centre, &only).await;
        println!(
            "\n{}",
            report::render(&before, &machine::Machine::read(), &[row])
        );
        return;
    }
    let mut rows: Vec<Row> = Vec::new();
    say("W4: 300 callers wait with music, 15 s");
    rows.push(bench.waiting(&centre, 300, 50, 15).await);
    say("signing the agents in");
    bench.make_agents_ready(&centre).await;
    for (rate, calls, talk_ms) in [(18, 450, 5_000), (50, 1_500, 1_000)] {
        restart(&mut centre).await;
        say(&format!(
            "W2: {calls} queue calls, {rate}/s, talk {talk_ms} ms"
        ));
        rows.push(bench.steady(&centre, rate, calls, talk_ms).await);
    }
    restart(&mut centre).await;
    rows.push(crowd(&bench, &centre).await);
    restart(&mut centre).await;
    say("W3: 200 bridged calls, 15 s");
    rows.push(bench.bridged(&centre, 200, 20, 15).await);

    drop(centre);
    let gaps = hostile::run(&binary).await;
    let mut text = report::render(&before, &machine::Machine::read(), &rows);
    text.push('\n');
    text.push_str(&gaps);
    text.push_str(&core::measure().await);
    let file = root().join("bench/RESULTS.md");
    std::fs::write(&file, &text).expect("the results can be written");
    println!("\n{text}\nwritten to bench/RESULTS.md");
}

/// One workload alone, as the arguments after its name say.
///
/// # Panics
/// If there is no such workload.
async fn one(bench: &workload::Bench<'_>, centre: &mut Centre, name: &str) -> Row {
    if name == "waiting" {
        return bench.waiting(centre, argument(2, 300), 50, 15).await;
    }
    bench.make_agents_ready(centre).await;
    restart(centre).await;
    match name {
        "crowd" => crowd(bench, centre).await,
        "queued" => {
            let (rate, calls) = (argument(2, 18), argument(3, 450));
            let talk_ms = u64::from(argument(4, 5_000));
            say(&format!(
                "W2: {calls} queue calls, {rate}/s, talk {talk_ms} ms"
            ));
            bench.steady(centre, rate, calls, talk_ms).await
        }
        "bridged" => bench.bridged(centre, argument(2, 200), 20, 15).await,
        other => panic!("no workload `{other}`: see the top of bench/src/main.rs"),
    }
}

/// A number among the arguments of the program, if it is there.
///
/// # Panics
/// If it is no number.
fn argument(place: usize, otherwise: u32) -> u32 {
    std::env::args().nth(place).map_or(otherwise, |text| {
        text.parse().expect("a number as argument")
    })
}

async fn crowd(bench: &workload::Bench<'_>, centre: &Centre) -> Row {
    say("W2: 600 callers at once for 200 agents, talk 2 s");
    bench.crowded(centre, 600, 2_000).await
}

/// A centre with all its agents, who are not ready yet.
async fn open_centre(binary: &Path, phones_port: u16) -> Centre {
    say(&format!("creating a centre with {AGENTS} agents"));
    let mut plan = CentrePlan::new()
        .binary(binary)
        .direct()
        .setting("RUST_LOG", "warn");
    for n in 0..AGENTS {
        let contact = format!("sip:agent{n}@127.0.0.1:{phones_port}");
        plan = plan.agent_at(&format!("agent{n}"), &contact);
    }
    Centre::start(plan).await
}

/// A fresh process for each workload, with the same users and their intents.
async fn restart(centre: &mut Centre) {
    centre.stop_role("all").await;
    centre.start_role("all").await;
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Tells how far the benchmark is, with the time since its first word.
fn say(what: &str) {
    static BEGUN: OnceLock<Instant> = OnceLock::new();
    let s = BEGUN.get_or_init(Instant::now).elapsed().as_secs();
    println!("· {:>2}:{:02} {what}", s / 60, s % 60);
}

/// A sipp with one of the benchmark's scenario files, quiet and with large buffers.
fn load(scenario: &str) -> (String, SippPlan) {
    let path = root().join("bench/sipp").join(scenario);
    let path = path.canonicalize().unwrap_or(path);
    let plan = SippPlan::new().quiet().with("-buff_size", 4_194_304);
    (path.display().to_string(), plan)
}

/// Calls of a finished caller run that failed, by sipp's own count.
fn failed(callers: &Sipp, calls: u32) -> u32 {
    let ended = callers.seen_of("BYE").len();
    calls.saturating_sub(u32::try_from(ended).unwrap_or(u32::MAX))
}
