//! The routing core in memory, and its journal on a disk, without calls.

#[path = "../../crates/acd/benches/load/mod.rs"]
mod load;

use acd::{NewCall, QueueConfig, SessionEvent};
use backend::{Backend, BackendConfig, Direct};
use std::fmt::Write;
use std::time::{Duration, Instant};
use store::Store;
use temporary_postgres::Postgres;

use crate::cost;

/// Inputs of one size of the core: seconds on a core of today.
const CORE_INPUTS: usize = 1_000_000;
/// Sessions that report at once, each waiting for its answer.
const SESSIONS: usize = 512;
/// How long each database is written to.
const JOURNAL_TIME: Duration = Duration::from_secs(8);
/// Reports of one call between its arrival and its end.
const DIGITS: u64 = 6;

/// What one database took.
pub(crate) struct Journalled {
    name: &'static str,
    inputs: u64,
    took: Duration,
    cpu_s: f64,
}

/// Measures everything; a table for each, as Markdown.
pub(crate) async fn measure() -> String {
    let mut text = String::from(
        "\n## Routing core\n\nIn memory, one thread, every agent busy, 20 queues; the median of batches of 250 inputs, \
         which other work on the machine does not change much. Goal: 1,000,000 inputs/s.\n\n\
         | agents | waiting | inputs/s | ns an input | times the smallest | inputs/s in the mean | \
         input → offer p50 / p99, µs |\n|---|---|---|---|---|---|---|\n",
    );
    let mut smallest_ns = None;
    for (agents, waiting) in load::SIZES {
        crate::say(&format!("routing core: {agents} agents, {waiting} waiting"));
        let figures = load::measure(agents, waiting, CORE_INPUTS);
        let smallest = *smallest_ns.get_or_insert(figures.median_ns);
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "| {} | {} | {:.0} | {:.0} | {:.1} | {:.0} | {:.1} / {:.1} |",
            agents,
            waiting,
            1e9 / figures.median_ns,
            figures.median_ns,
            figures.median_ns / smallest,
            1e9 / figures.mean_ns,
            figures.decision_us[0],
            figures.decision_us[1],
        );
    }
    text.push_str(
        "\n## Journal\n\nThrough a whole backend without HTTP: each input is durable and decided before its sender is \
         answered, facts and access URLs are written too. 512 sessions report at once; a call is an arrival, \
         six digits, the caller's leaving and the session's end. Goal: 20,000 inputs/s.\n\n\
         | database | inputs | inputs/s | inputs a CPU-second of this process |\n|---|---|---|---|\n",
    );
    let mut rows = vec![on_sqlite().await];
    match Postgres::start(true) {
        Ok(server) => rows.push(on_postgres(&server).await),
        Err(why) => crate::say(&format!("no PostgreSQL: {why}")),
    }
    for row in rows {
        let _ = writeln!(
            text,
            "| {} | {} | {:.0} | {:.0} |",
            row.name,
            row.inputs,
            row.inputs as f64 / row.took.as_secs_f64(),
            row.inputs as f64 / row.cpu_s.max(0.001),
        );
    }
    text
}

async fn on_sqlite() -> Journalled {
    crate::say("journal: SQLite");
    let folder = tempfile::tempdir().expect("a folder for the database");
    let file = folder.path().join("cordboard.db");
    let store = Store::open(&file.display().to_string()).await;
    journal("SQLite (WAL)", store.expect("a database")).await
}

async fn on_postgres(server: &Postgres) -> Journalled {
    crate::say("journal: PostgreSQL");
    let url = server.database().expect("a database of the server");
    let store = Store::open(&url).await;
    journal("PostgreSQL (durable)", store.expect("a database")).await
}

async fn journal(name: &'static str, store: Store) -> Journalled {
    let config = BackendConfig {
        queues: vec![QueueConfig {
            waiting_max: SESSIONS,
            ..QueueConfig::named("support")
        }],
        ..BackendConfig::default()
    };
    let backend = Backend::start(config, store.clone()).await;
    let backend = backend.expect("a backend on a free port");
    let before = cost::read(std::process::id());
    let until = Instant::now() + JOURNAL_TIME;
    let sessions: Vec<_> = (0..SESSIONS)
        .map(|n| tokio::spawn(session(backend.direct(), n, until)))
        .collect();
    let mut inputs = 0;
    for session in sessions {
        inputs += session.await.expect("a session that ends");
    }
    let after = cost::read(std::process::id());
    backend.shutdown().await;
    store.close().await;
    Journalled {
        name,
        inputs,
        took: after.at - before.at,
        cpu_s: after.cpu_s - before.cpu_s,
    }
}

/// Calls of one line, one after the other; returns the inputs that were taken.
async fn session(centre: Direct, line: usize, until: Instant) -> u64 {
    let mut inputs = 0;
    for call in 0.. {
        if Instant::now() >= until {
            break;
        }
        let arrival = NewCall {
            session_id: format!("session-{line}-{call}"),
            caller_number: format!("+7900{line:07}"),
            dialed_number: "100".to_owned(),
            display_name: None,
            queue: None,
            language: None,
            priority: 0,
            skills: Vec::new(),
            custom_data: None,
            wanted: None,
        };
        // Nobody is ready, so nothing is ever sent there.
        let access_url = "http://127.0.0.1:9/session".to_owned();
        let id = centre.arrive(arrival, access_url).await;
        let id = id.expect("a call that is taken");
        let mut events: Vec<SessionEvent> = (0..DIGITS)
            .map(|digit| SessionEvent::Digit {
                digit: digit.to_string(),
            })
            .collect();
        events.push(SessionEvent::CallerLeft { waited_ms: 1 });
        events.push(SessionEvent::SessionEnded { why: String::new() });
        inputs += 1 + events.len() as u64;
        for (seq, event) in (1..).zip(events) {
            let reported = centre.event(id, seq, 1, event).await;
            reported.expect("a report that is taken");
        }
    }
    inputs
}
