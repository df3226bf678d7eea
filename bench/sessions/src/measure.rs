//! One row: sessions of one scenario.

use scenario::host::{Input, Started, ToneKind};
use scenario::{FIRST_CALL, Limits, Program, Session, SessionSpec, Source};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

/// Sessions of the load.
const LOAD_SESSIONS: usize = 1_000;
/// Events a second of each.
const LOAD_EVENTS_PER_S: u32 = 5;
/// So long is the load, seconds.
const LOAD_S: u32 = 4;

/// What was measured.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Row {
    /// CPU to start one with its incoming call, microseconds.
    pub(crate) start_us: f64,
    /// CPU to drop it.
    pub(crate) drop_us: f64,
    /// Resident memory of one whose call rings or was answered at once, KiB.
    pub(crate) ringing_kib: f64,
    /// The same after the call was connected and a key was pressed.
    pub(crate) answered_kib: f64,
    /// What QuickJS counts of it.
    pub(crate) heap_kib: f64,
    /// CPU of `Connected` in one session, microseconds.
    pub(crate) connected_us: f64,
    /// CPU of `ToneReceived`.
    pub(crate) tone_us: f64,
    /// CPU of the load, per cent of a core.
    pub(crate) load_core_percent: f64,
    /// Time from an event of the load to its effects, half and 99 of 100 of
    /// them, microseconds.
    pub(crate) dispatch_us: [f64; 2],
}

/// What the load costs.
struct Load {
    core_percent: f64,
    dispatch_us: [f64; 2],
}

/// Measures so many sessions of a scenario at once.
pub(crate) fn measure(text: &str, count: usize) -> Row {
    let source = Source {
        name: "scenario.js".to_owned(),
        text: text.to_owned(),
    };
    let spec = SessionSpec {
        program: Program::compile(vec![source]).expect("the scenario compiles"),
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
    // The first session compiles the API itself and warms the allocator.
    drop(Session::start(spec.clone(), 0, Some(alerting())));
    let before_kib = resident_kib();
    let per = |total: f64| total / count as f64;
    let at = cpu_us();
    let mut sessions: Vec<Session> = (0..count)
        .map(|_| Session::start(spec.clone(), 0, Some(alerting())).0)
        .collect();
    let start_us = per(cpu_us() - at);
    let ringing_kib = per(resident_kib() - before_kib);
    let connected_us = per(cost_of(&mut sessions, 10, &connected()));
    let tone_us = per(cost_of(&mut sessions, 20, &tone('1')));
    let answered_kib = per(resident_kib() - before_kib);
    let heap_kib = sessions.first().map_or(0, Session::memory_used_bytes) as f64 / 1024.0;
    let at = cpu_us();
    drop(sessions);
    let drop_us = per(cpu_us() - at);
    let load = load(&spec);
    Row {
        start_us,
        drop_us,
        ringing_kib,
        answered_kib,
        heap_kib,
        connected_us,
        tone_us,
        load_core_percent: load.core_percent,
        dispatch_us: load.dispatch_us,
    }
}

fn cost_of(sessions: &mut [Session], now_ms: u64, input: &Input) -> f64 {
    let at = cpu_us();
    for session in sessions {
        session.handle(now_ms, input.clone());
    }
    cpu_us() - at
}

/// Events told to live sessions as they would come in some seconds, without waiting.
fn load(spec: &SessionSpec) -> Load {
    let mut sessions: Vec<Session> = (0..LOAD_SESSIONS)
        .map(|_| Session::start(spec.clone(), 0, Some(alerting())).0)
        .collect();
    cost_of(&mut sessions, 10, &connected());
    let events = [
        tone('5'),
        Input::CallInfo {
            call: FIRST_CALL,
            mime_type: "text/plain".to_owned(),
            body: "hello".to_owned(),
            headers: Vec::new(),
        },
        held(true),
        held(false),
    ];
    let mut used_us = 0.0;
    let mut taken = Vec::new();
    let ticks = LOAD_EVENTS_PER_S * LOAD_S;
    for (tick, event) in (0..ticks).zip(events.iter().cycle()) {
        let now_ms = 100 + u64::from(tick * 1_000 / LOAD_EVENTS_PER_S);
        let at = cpu_us();
        for session in &mut sessions {
            let input = event.clone();
            let start = Instant::now();
            session.handle(now_ms, input);
            taken.push(start.elapsed());
        }
        used_us += cpu_us() - at;
    }
    taken.sort_unstable();
    let part_us = |part: usize| {
        let taken = taken.get(taken.len() * part / 100);
        taken.map_or(0.0, |taken| taken.as_nanos() as f64 / 1_000.0)
    };
    Load {
        core_percent: used_us / f64::from(LOAD_S) / 10_000.0,
        dispatch_us: [50, 99].map(part_us),
    }
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

fn tone(tone: char) -> Input {
    Input::ToneReceived {
        call: FIRST_CALL,
        tone,
        how: ToneKind::TelephoneEvent,
    }
}

fn held(held: bool) -> Input {
    Input::CallHeld {
        call: FIRST_CALL,
        held,
    }
}

/// CPU time of this thread so far, microseconds (Linux): a busy machine does not
/// count against a session.
fn cpu_us() -> f64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let ns = stat.split_whitespace().next().and_then(|n| n.parse().ok());
    ns.map_or(0.0, |ns: f64| ns / 1_000.0)
}

/// Resident memory of this process, KiB (Linux).
fn resident_kib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    kib.unwrap_or(0.0)
}
