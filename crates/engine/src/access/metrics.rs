//! `/metrics` of the engine, in Prometheus' text form.

use crate::shared::Shared;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

pub(super) async fn metrics(State(shared): State<Arc<Shared>>) -> Response {
    let mut text = String::new();
    for (name, help, value) in gauges(&shared) {
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}"
        );
    }
    for (name, help, value) in totals(&shared) {
        let _ = writeln!(
            text,
            "# HELP {name} {help}\n# TYPE {name} counter\n{name} {value}"
        );
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}

/// Objects that are alive; all zero when the engine is quiet.
fn gauges(shared: &Shared) -> [(&'static str, &'static str, usize); 15] {
    let media = shared
        .media
        .get()
        .map(media::Media::counts)
        .unwrap_or_default();
    let legs = shared.sip.get().map_or(0, sip::Sip::legs);
    let registered = shared.sip.get().map_or(0, |sip| sip.registered().len());
    let sessions = shared.counters.sessions_live.load(Relaxed);
    [
        ("cordboard_sessions", "Live scenario sessions", sessions),
        (
            "cordboard_access_urls",
            "Valid access URLs",
            shared.access.len(),
        ),
        ("cordboard_legs", "Live SIP legs", legs),
        (
            "cordboard_session_legs",
            "SIP legs that belong to a session",
            shared.sip_board.len(),
        ),
        (
            "cordboard_conference_sessions",
            "Sessions that further callers may join",
            shared.conferences.len(),
        ),
        (
            "cordboard_inner_calls",
            "Calls between sessions",
            shared.inner_calls.len(),
        ),
        (
            "cordboard_session_log_waiting",
            "Session log batches that are not in their files yet",
            shared.logs.waiting(),
        ),
        ("cordboard_rtp_ports", "RTP ports in use", media.legs),
        ("cordboard_players", "Live players", media.players),
        ("cordboard_mixers", "Live conferences", media.mixers),
        (
            "cordboard_recorders",
            "Recordings under way",
            media.recorders,
        ),
        (
            "cordboard_feeds",
            "Audio coming in from sockets",
            media.feeds,
        ),
        (
            "cordboard_streams",
            "Audio going out to sockets",
            media.streams,
        ),
        (
            "cordboard_registered_users",
            "Users with a registered phone",
            registered,
        ),
        (
            "cordboard_scenarios_stale",
            "Rules served by an older version of their scenarios because the newest cannot run",
            shared.programs.stale(),
        ),
    ]
}

fn totals(shared: &Shared) -> [(&'static str, &'static str, u64); 8] {
    let counters = &shared.counters;
    [
        (
            "cordboard_sessions_started_total",
            "Sessions started",
            counters.sessions_started.load(Relaxed),
        ),
        (
            "cordboard_sessions_failed_total",
            "Sessions ended by an error",
            counters.sessions_failed.load(Relaxed),
        ),
        (
            "cordboard_calls_refused_total",
            "Calls refused before a session",
            counters.calls_refused.load(Relaxed),
        ),
        (
            "cordboard_default_treatments_total",
            "Callers of failed scenarios who got the default treatment",
            counters.default_treatments.load(Relaxed),
        ),
        (
            "cordboard_scenario_http_requests_total",
            "HTTP requests made by scenarios",
            counters.http_requests.load(Relaxed),
        ),
        (
            "cordboard_access_requests_total",
            "Requests to access URLs",
            counters.access_requests.load(Relaxed),
        ),
        (
            "cordboard_access_refused_total",
            "Requests refused at access URLs",
            counters.access_refused.load(Relaxed),
        ),
        (
            "cordboard_session_log_dropped_total",
            "Session log batches lost",
            shared.logs.dropped(),
        ),
    ]
}
