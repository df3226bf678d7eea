//! `GET /metrics` in Prometheus' text format, and the counting of requests.

use super::App;
use super::error::ApiError;
use crate::centre::Reader;
use acd::{ActivityView, Intent};
use axum::extract::{MatchedPath, Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

/// Counts answers by route and status class. Routes are ours, so what strangers
/// ask for cannot make it grow.
#[derive(Default)]
pub(crate) struct RequestCounts {
    counts: Mutex<BTreeMap<(String, u16), u64>>,
}

/// Counts every answer.
pub(crate) async fn count(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("other", MatchedPath::as_str)
        .to_owned();
    let route = format!("{} {route}", known_method(request.method().as_str()));
    let response = next.run(request).await;
    let class = response.status().as_u16() / 100;
    *app.counts.counts.lock().entry((route, class)).or_insert(0) += 1;
    response
}

fn known_method(method: &str) -> &'static str {
    match method {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        _ => "OTHER",
    }
}

/// What a scrape shows of the core.
#[derive(Default)]
struct Figures {
    waiting: Vec<(String, usize)>,
    answered: Vec<(String, u64)>,
    abandoned: Vec<(String, u64)>,
    calls: BTreeMap<String, usize>,
    agents: BTreeMap<&'static str, usize>,
    intents: BTreeMap<&'static str, usize>,
    gauges: crate::centre::Gauges,
}

fn figures(reader: &Reader<'_>) -> Figures {
    let mut figures = Figures {
        gauges: reader.gauges,
        ..Figures::default()
    };
    for queue in reader.center.queues() {
        figures
            .waiting
            .push((queue.queue.to_string(), queue.waiting));
        figures
            .answered
            .push((queue.queue.to_string(), queue.answered_today));
        figures
            .abandoned
            .push((queue.queue.to_string(), queue.abandoned_today));
    }
    for state in ["waiting", "offering", "talking"] {
        figures.calls.insert(state.to_owned(), 0);
    }
    for call in reader.center.calls() {
        *figures.calls.entry(call.state).or_insert(0) += 1;
    }
    for state in [
        "idle",
        "reserved",
        "ringing",
        "talking",
        "consulting",
        "held",
        "wrap_up",
        "unreachable",
    ] {
        figures.agents.insert(state, 0);
    }
    for intent in ["offline", "ready", "not_ready"] {
        figures.intents.insert(intent, 0);
    }
    for agent in reader.center.agents() {
        let state = match agent.activity {
            ActivityView::Idle => "idle",
            ActivityView::Reserved => "reserved",
            ActivityView::Ringing => "ringing",
            ActivityView::Talking => "talking",
            ActivityView::Consulting => "consulting",
            ActivityView::Held => "held",
            ActivityView::WrapUp { .. } => "wrap_up",
            ActivityView::Unreachable { .. } => "unreachable",
        };
        let intent = match agent.intent {
            Intent::Offline => "offline",
            Intent::Ready => "ready",
            Intent::NotReady { .. } => "not_ready",
        };
        *figures.agents.entry(state).or_insert(0) += 1;
        *figures.intents.entry(intent).or_insert(0) += 1;
    }
    figures
}

/// `GET /metrics`
pub(crate) async fn metrics(State(app): State<Arc<App>>) -> Result<Response, ApiError> {
    let figures = app.centre.read(figures).await?;
    let mut page = Page(String::new());
    write_core(&mut page, &figures);
    write_server(&mut page, &app, &figures);
    let kind = [(
        header::CONTENT_TYPE,
        "text/plain; version=0.0.4; charset=utf-8",
    )];
    Ok((kind, page.0).into_response())
}

struct Page(String);

impl Page {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn value(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        let labels: Vec<_> = labels
            .iter()
            .map(|(key, text)| format!("{key}=\"{}\"", escaped(text)))
            .collect();
        // Writing to a String cannot fail.
        let _ = match labels.is_empty() {
            true => writeln!(self.0, "{name} {value}"),
            false => writeln!(self.0, "{name}{{{}}} {value}", labels.join(",")),
        };
    }

    fn single(&mut self, name: &str, kind: &str, help: &str, value: impl std::fmt::Display) {
        self.family(name, kind, help);
        self.value(name, &[], value);
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

fn write_core(page: &mut Page, figures: &Figures) {
    page.family("cordboard_waiting", "gauge", "Callers who wait, by queue.");
    for (queue, waiting) in &figures.waiting {
        page.value("cordboard_waiting", &[("queue", queue)], waiting);
    }
    page.family(
        "cordboard_calls",
        "gauge",
        "Calls that have not ended, by state.",
    );
    for (state, count) in &figures.calls {
        page.value("cordboard_calls", &[("state", state)], count);
    }
    let talking = figures.calls.get("talking").copied().unwrap_or(0);
    page.single(
        "cordboard_talking",
        "gauge",
        "Calls in which caller and agent talk.",
        talking,
    );
    let count_of = |state| figures.agents.get(state).copied().unwrap_or(0);
    let offers = count_of("reserved") + count_of("ringing");
    page.single("cordboard_offers", "gauge", "Offers under way.", offers);
    page.family("cordboard_agents", "gauge", "Agents by activity.");
    for (state, count) in &figures.agents {
        page.value("cordboard_agents", &[("state", state)], count);
    }
    page.family("cordboard_agent_intents", "gauge", "Agents by intent.");
    for (intent, count) in &figures.intents {
        page.value("cordboard_agent_intents", &[("intent", intent)], count);
    }
    page.family(
        "cordboard_answered_today",
        "gauge",
        "Calls answered since midnight, by queue.",
    );
    for (queue, count) in &figures.answered {
        page.value("cordboard_answered_today", &[("queue", queue)], count);
    }
    page.family(
        "cordboard_abandoned_today",
        "gauge",
        "Calls abandoned since midnight, by queue.",
    );
    for (queue, count) in &figures.abandoned {
        page.value("cordboard_abandoned_today", &[("queue", queue)], count);
    }
}

fn write_server(page: &mut Page, app: &App, figures: &Figures) {
    let gauges = &figures.gauges;
    page.single(
        "cordboard_backend_sessions",
        "gauge",
        "Sessions that take commands.",
        gauges.sessions,
    );
    page.single(
        "cordboard_journal_inputs_total",
        "counter",
        "Inputs in the journal.",
        gauges.journal_seq,
    );
    page.single(
        "cordboard_journal_lag",
        "gauge",
        "Requests that wait for the journal.",
        gauges.requests_waiting,
    );
    let commit_s = std::time::Duration::from_micros(gauges.commit_us).as_secs_f64();
    page.single(
        "cordboard_journal_commit_seconds",
        "gauge",
        "How long the last commit took.",
        commit_s,
    );
    page.single(
        "cordboard_journal_commit_inputs",
        "gauge",
        "Inputs in the last commit.",
        gauges.commit_inputs,
    );
    let failed = gauges.commits_failed;
    page.single(
        "cordboard_journal_failures_total",
        "counter",
        "Commits that failed.",
        failed,
    );
    page.single(
        "cordboard_call_list_sessions",
        "gauge",
        "Sessions of call lists that run or may run.",
        app.platform.call_lists().running(),
    );
    page.single(
        "cordboard_agent_links",
        "gauge",
        "Agents' sockets and polls.",
        app.links.len(),
    );
    page.family(
        "cordboard_http_requests_total",
        "counter",
        "Answers by route and status class.",
    );
    for ((route, class), count) in app.counts.counts.lock().iter() {
        let class = format!("{class}xx");
        page.value(
            "cordboard_http_requests_total",
            &[("route", route), ("status", &class)],
            count,
        );
    }
}
