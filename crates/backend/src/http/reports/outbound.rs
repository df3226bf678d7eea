//! `GET /api/v1/reports/outbound`: what became of the attempts of call lists.

use super::question::OutboundQuestion;
use super::{App, answer, too_long, turn};
use crate::clock;
use crate::http::error::ApiError;
use ::outbound::{AnsweredBy, AttemptOutcome, AttemptRecord};
use axum::extract::{RawQuery, State};
use axum::response::Response;
use report::{Attempt, outbound_rows};
use serde_json::json;
use std::sync::Arc;
use store::{AttemptRow, StoreError};

/// Attempts read at once.
const PAGE: u32 = 10_000;
/// Attempts that one report may read, its window included: some hundred megabytes.
const ATTEMPTS_MAX: usize = 1_000_000;

/// `GET /api/v1/reports/outbound`
pub(crate) async fn outbound(
    State(app): State<Arc<App>>,
    RawQuery(query): RawQuery,
) -> Result<Response, ApiError> {
    let query = query.unwrap_or_default();
    let question = OutboundQuestion::read(&query, clock::now_ms())?;
    let attempts = read(&app, &question).await?;
    let cuts = &question.frame.cuts;
    let rows = outbound_rows(&attempts, cuts, question.grouping, &question.rule);
    answer(&question.frame, &rows, Some(json!(question.rule)))
}

/// The attempts of the period and of the window before it.
async fn read(app: &App, question: &OutboundQuestion) -> Result<Vec<Attempt>, ApiError> {
    let _turn = turn(app).await?;
    let failed = |error: StoreError| ApiError::store(&error);
    // Of the first row, whose end is not before the second cut.
    let first_end = question.frame.cuts.get(1).copied().unwrap_or_default();
    let window_from = first_end.saturating_sub(question.rule.window_ms);
    let period = (window_from.min(question.frame.from()), question.frame.to());
    let mut attempts = Vec::new();
    let mut after = (0, 0, 0);
    loop {
        let page = app.store.attempts_between(period, after, PAGE).await;
        let page = page.map_err(failed)?;
        let Some(last) = page.last() else { break };
        after = (last.began_at_ms, last.task_id, last.attempt);
        if attempts.len() + page.len() > ATTEMPTS_MAX {
            return Err(too_long());
        }
        for row in &page {
            attempts.push(attempt_of(row).map_err(failed)?);
        }
    }
    Ok(attempts)
}

/// A kept attempt, as it is counted.
fn attempt_of(row: &AttemptRow) -> Result<Attempt, StoreError> {
    let record: AttemptRecord =
        serde_json::from_str(&row.body_json).map_err(|error| StoreError::BadRow {
            table: "call_list_attempts",
            why: format!("task {} attempt {}: {error}", row.task_id, row.attempt),
        })?;
    let contact = record.contact.unwrap_or_default();
    Ok(Attempt {
        list: record.list.0,
        list_name: record.list_name,
        began_at: record.began_at_ms,
        from_number: contact.from_number,
        to_number: contact.to_number,
        is_lost: record.outcome == AttemptOutcome::Lost,
        answered_at: contact.answered_at_ms,
        answered_by: contact.answered_by.map(|who| match who {
            AnsweredBy::Human => report::AnsweredBy::Human,
            AnsweredBy::Machine => report::AnsweredBy::Machine,
            AnsweredBy::Unknown => report::AnsweredBy::Unknown,
        }),
        greeting: contact
            .greeting_started_at_ms
            .zip(contact.greeting_ended_at_ms),
        agent_sought_at: contact.agent_sought_at_ms,
        agent_at: contact.agent_at_ms,
        right_party: record.right_party,
    })
}
