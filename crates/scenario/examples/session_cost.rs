//! What one session costs: CPU to start and drop it, memory while it lives,
//! CPU of an event. Goals: start ≤ 1 ms, ≤ 350 KiB.
//!
//! ```text
//! cargo run --release -p scenario --example session_cost -- [sessions] [scenario.js]
//! cargo run --release -p scenario --example session_cost -- 1000 /dev/null
//! ```
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

use scenario::host::{Input, Started};
use scenario::{FIRST_CALL, Limits, Program, Session, SessionSpec, Source};
use std::collections::BTreeMap;
use std::sync::Arc;

fn main() {
    let mut args = std::env::args().skip(1);
    let count: usize = args.next().map_or(1_000, |n| n.parse().unwrap());
    let path = args.next().unwrap_or_else(|| {
        concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../scenarios/call-centre.js"
        )
        .to_owned()
    });
    let text = std::fs::read_to_string(&path).unwrap();
    let source = |text: &str| {
        let name = "scenario.js".to_owned();
        vec![Source {
            name,
            text: text.to_owned(),
        }]
    };
    measure(&path, Program::compile(source(&text)).unwrap(), count);
}

fn measure(name: &str, program: Program, count: usize) {
    let spec = SessionSpec {
        program,
        limits: Limits::default(),
        started: Started {
            session_id: 1,
            access_url: "http://127.0.0.1:8090/request/0123456789".to_owned(),
            ..Started::default()
        },
        secrets: Arc::new(BTreeMap::from([(
            "CORDBOARD_BACKEND_URL".to_owned(),
            "http://127.0.0.1:8080".to_owned(),
        )])),
    };
    // The first session compiles the prelude and warms the allocator.
    drop(Session::start(spec.clone(), 0, Some(alerting())));
    let memory_before = resident_kib();
    let started = cpu_us();
    let mut sessions: Vec<Session> = (0..count)
        .map(|_| Session::start(spec.clone(), 0, Some(alerting())).0)
        .collect();
    let start_us = (cpu_us() - started) / count as f64;
    let memory_kib = (resident_kib() - memory_before) as f64 / count as f64;
    let heap_kib = sessions[0].memory_used_bytes() / 1024;

    let answered = cpu_us();
    for session in &mut sessions {
        session.handle(10, connected());
    }
    let connected_us = (cpu_us() - answered) / count as f64;
    let toned = cpu_us();
    for session in &mut sessions {
        session.handle(
            20,
            Input::ToneReceived {
                call: FIRST_CALL,
                tone: '1',
                how: scenario::host::ToneKind::TelephoneEvent,
            },
        );
    }
    let tone_us = (cpu_us() - toned) / count as f64;
    let talking_kib = (resident_kib() - memory_before) as f64 / count as f64;

    let dropped = cpu_us();
    drop(sessions);
    let drop_us = (cpu_us() - dropped) / count as f64;
    println!(
        "{name}, {count} sessions: start {start_us:.0} us, drop {drop_us:.0} us, \
         resident {memory_kib:.0} KiB ({talking_kib:.0} after answer), JS heap {heap_kib} KiB, \
         Connected {connected_us:.0} us, ToneReceived {tone_us:.0} us"
    );
}

fn alerting() -> Input {
    Input::CallAlerting {
        call: FIRST_CALL,
        callerid: "111".to_owned(),
        destination: "100".to_owned(),
        display_name: String::new(),
        from_uri: "sip:111@127.0.0.1".to_owned(),
        to_uri: "sip:100@127.0.0.1".to_owned(),
        headers: Vec::new(),
    }
}

fn connected() -> Input {
    Input::CallConnected {
        call: FIRST_CALL,
        headers: Vec::new(),
    }
}

/// CPU time of this thread so far, microseconds (Linux): a busy machine does not
/// count against a session.
fn cpu_us() -> f64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let ns = stat
        .split_whitespace()
        .next()
        .and_then(|n| n.parse::<f64>().ok());
    ns.unwrap_or(0.0) / 1_000.0
}

/// Resident memory of this process, KiB (Linux).
fn resident_kib() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = statm
        .split_whitespace()
        .nth(1)
        .and_then(|n| n.parse::<u64>().ok());
    pages.unwrap_or(0) * 4
}
