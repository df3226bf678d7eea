//! Reports over the record: `GET /api/v1/reports/queues`, `.../agents`,
//! `.../reserves` and `.../outbound`.

mod outbound;
mod period;
mod question;

pub(crate) use outbound::outbound;

use super::App;
use super::error::ApiError;
use crate::clock;
use acd::Fact;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use question::{Format, Frame, Question};
use report::{Ledger, Table, agent_rows, queue_rows, reserve_rows};
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::Arc;
use store::{RecordRow, StoreError};
use tokio::sync::SemaphorePermit;

/// Reports made at the same time; a third waits for its turn.
pub(crate) const AT_ONCE_MAX: usize = 2;
/// Facts read at once.
const PAGE: u32 = 20_000;
/// Facts that one report may read: a month of a busy centre.
const FACTS_MAX: usize = 10_000_000;
/// A call that was booked in the period is followed at most so long after its
/// end, milliseconds.
const FOLLOWED_MS: u64 = 24 * 60 * 60 * 1_000;
/// Calls that came so long before the period are read too: agents talk within it to
/// callers who came before, and whoever left their beginnings out would lose those talks
/// at the start of every report. As long as a call-back is usually kept, milliseconds.
const LOOKED_BACK_MS: u64 = 24 * 60 * 60 * 1_000;

/// `GET /api/v1/reports/queues`: what callers met.
pub(crate) async fn queues(
    State(app): State<Arc<App>>,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let question = Question::read(query.as_deref().unwrap_or(""), clock::now_ms())?;
    let ledger = read(&app, &question).await?;
    let rows = queue_rows(
        &ledger,
        &question.frame.cuts,
        question.grouping,
        &question.rule,
    );
    answer(&question.frame, &rows, Some(json!(question.rule)))
}

/// `GET /api/v1/reports/agents`: what agents did.
pub(crate) async fn agents(
    State(app): State<Arc<App>>,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let question = Question::read(query.as_deref().unwrap_or(""), clock::now_ms())?;
    let ledger = read(&app, &question).await?;
    let plan = super::shifts::plan(&app, (question.frame.from(), question.frame.to())).await?;
    let recall_within_ms = question.rule.recall_within_ms;
    let rows = agent_rows(&ledger, &question.frame.cuts, &plan, recall_within_ms);
    answer(&question.frame, &rows, None)
}

/// `GET /api/v1/reports/reserves`: what reserve numbers did.
pub(crate) async fn reserves(
    State(app): State<Arc<App>>,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let question = Question::read(query.as_deref().unwrap_or(""), clock::now_ms())?;
    let ledger = read(&app, &question).await?;
    answer(
        &question.frame,
        &reserve_rows(&ledger, &question.frame.cuts),
        None,
    )
}

/// A turn to read what a report is made of, given back when it is dropped.
async fn turn(app: &App) -> Result<SemaphorePermit<'_>, ApiError> {
    let turn = app.report_permits.acquire().await;
    turn.map_err(|_| ApiError::unavailable("the backend is stopping"))
}

/// The record of the period, read page by page.
async fn read(app: &App, question: &Question) -> Result<Ledger, ApiError> {
    let _turn = turn(app).await?;
    let failed = |error: StoreError| ApiError::store(&error);
    let begin = question.frame.from().saturating_sub(LOOKED_BACK_MS);
    let before = app
        .store
        .last_of_each_agent("agent_state", begin)
        .await
        .map_err(failed)?;
    let mut ledger = Ledger::new();
    for row in before {
        if let Fact::AgentState { agent, state, .. } = fact_of(&row).map_err(failed)? {
            ledger.begin_state(begin, &agent, &state);
        }
    }
    let mut after = (0, 0);
    let mut read = 0;
    let followed_ms = FOLLOWED_MS.max(question.rule.recall_within_ms);
    let end = question.frame.to().saturating_add(followed_ms);
    loop {
        let page = app
            .store
            .records_since(begin, after, PAGE)
            .await
            .map_err(failed)?;
        let Some(last) = page.last() else { break };
        after = (last.seq, last.ordinal);
        read += page.len();
        if read > FACTS_MAX {
            return Err(too_long());
        }
        let is_past = last.at_ms > end;
        ledger = fill(ledger, page).await.map_err(failed)?;
        if is_past {
            break;
        }
    }
    ledger.close(clock::now_ms());
    Ok(ledger)
}

fn too_long() -> ApiError {
    ApiError::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "period_too_long",
        "the period has more events than one report reads: ask for a shorter one",
    )
}

/// Reads one page into the ledger, off the threads that serve requests.
async fn fill(mut ledger: Ledger, page: Vec<RecordRow>) -> Result<Ledger, StoreError> {
    let work = tokio::task::spawn_blocking(move || {
        for row in &page {
            ledger.take(row.at_ms, &fact_of(row)?);
        }
        Ok(ledger)
    });
    work.await.map_err(|error| StoreError::BadRow {
        table: "records",
        why: error.to_string(),
    })?
}

fn fact_of(row: &RecordRow) -> Result<Fact, StoreError> {
    serde_json::from_str(&row.fact_json).map_err(|error| StoreError::BadRow {
        table: "records",
        why: error.to_string(),
    })
}

fn answer<Row: Serialize>(
    frame: &Frame,
    rows: &[Row],
    rule: Option<Value>,
) -> Result<Response, ApiError> {
    let mut values: Vec<Value> = rows
        .iter()
        .filter_map(|row| serde_json::to_value(row).ok())
        .collect();
    for value in &mut values {
        for name in ["from", "to"] {
            if let Some(at) = value[name].as_u64() {
                value[name] = json!(clock::to_rfc3339(at));
            }
        }
    }
    match frame.format {
        Format::Json => {
            let mut body = json!({
                "from": clock::to_rfc3339(frame.from()),
                "to": clock::to_rfc3339(frame.to()),
                "rows": values,
            });
            if let Some(rule) = rule {
                body["rule"] = rule;
            }
            Ok(axum::Json(body).into_response())
        }
        Format::Csv => {
            let text = Table::of(&values).to_csv();
            let mut response = text.into_response();
            let kind = HeaderValue::from_static("text/csv; charset=utf-8");
            response.headers_mut().insert(header::CONTENT_TYPE, kind);
            Ok(response)
        }
    }
}
