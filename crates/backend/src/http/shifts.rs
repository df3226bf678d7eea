//! The plan of shifts, as supervisors see and set it.

use super::App;
use super::access::Principal;
use super::bindings::{actor, agents, dry_run_of, file_of, named};
use super::body;
use super::error::ApiError;
use crate::clock;
use crate::contract::{
    FieldError, Known, Problem, ShiftJson, changes_of, export_shifts, import_shifts, read_shifts,
    zone_of,
};
use acd::Millis;
use axum::extract::{Query, Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use report::{PlannedActivity, PlannedShift};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use store::{ShiftChange, ShiftRow};
use tracing::info;

/// Shifts in one answer, unless fewer are asked for.
const PAGE_MAX: usize = 1_000;
/// Shifts read at once.
const READ_MAX: u32 = 20_000;
/// Shifts that are kept at all: two hundred agents for ten years.
const SHIFTS_MAX: u64 = 2_000_000;
/// The longest period of one question, days.
const DAYS_MAX: u64 = 400;
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;
/// A file or body with as many shifts as one change may have.
const BODY_BYTES_MAX: usize = 4 * 1_024 * 1_024;

/// What a plan may name here.
async fn known(app: &App) -> Result<Known, ApiError> {
    Ok(Known::new(agents(app).await?, &app.config.reasons))
}

/// `from` and `to` of a query string: 24 hours from now if they are not there.
fn period_of(query: &HashMap<String, String>) -> Result<(Millis, Millis), FieldError> {
    let moment = |name: &str| {
        let wrong = || {
            let expected = "time such as 2026-11-22T08:00:00Z";
            FieldError::new(name, expected).of(Problem::NotATime)
        };
        let read = |text: &String| clock::from_rfc3339(text).ok_or_else(wrong);
        query.get(name).map(read).transpose()
    };
    let from = moment("from")?.unwrap_or_else(clock::now_ms);
    let to = moment("to")?.unwrap_or(from.saturating_add(DAY_MS));
    if to <= from {
        return Err(FieldError::new("to", "time after `from`").of(Problem::EndsTooEarly));
    }
    if to - from > DAYS_MAX * DAY_MS {
        let long = format!("time at most {DAYS_MAX} days after `from`");
        return Err(FieldError::new("to", long).of(Problem::TooLong));
    }
    Ok((from, to))
}

/// Where a page goes on: `next` of the one before.
fn after_of(query: &HashMap<String, String>) -> Result<Option<(Millis, &str)>, FieldError> {
    let Some(text) = query.get("after") else {
        return Ok(None);
    };
    let read = text
        .split_once(' ')
        .and_then(|(at, agent)| Some((clock::from_rfc3339(at)?, agent)));
    let wrong = || FieldError::new("after", "`next` of the page before");
    read.map(Some).ok_or_else(wrong)
}

/// `GET /api/v1/shifts?from=TIME&to=TIME&agent=NAME&after=NEXT&limit=N`
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Json<Value>, ApiError> {
    let period = period_of(&query)?;
    let limit = super::bindings::limit_of(&query)?.min(PAGE_MAX);
    let (agent, after) = (query.get("agent").map(String::as_str), after_of(&query)?);
    let known = known(&app).await?;
    let asked = u32::try_from(limit + 1).unwrap_or(u32::MAX);
    let found = app.store.shifts(period, agent, after, asked).await;
    let found = found.map_err(|failure| ApiError::store(&failure))?;
    let page: Vec<ShiftJson> = found.iter().take(limit).map(ShiftJson::of).collect();
    let next = page
        .last()
        .filter(|_| found.len() > limit)
        .map(|last| format!("{} {}", last.from, last.agent));
    let activities: Vec<&str> = known.activities().collect();
    Ok(Json(
        json!({"shifts": page, "next": next, "activities": activities}),
    ))
}

/// Every shift that overlaps a period.
async fn all(
    app: &App,
    period: (Millis, Millis),
    agent: Option<&str>,
) -> Result<Vec<ShiftRow>, ApiError> {
    let mut all: Vec<ShiftRow> = Vec::new();
    loop {
        let after = all
            .last()
            .map(|last| (last.starts_at_ms, last.agent.as_str()));
        let page = app.store.shifts(period, agent, after, READ_MAX).await;
        let page = page.map_err(|failure| ApiError::store(&failure))?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}

/// What was planned in a period, for the reports.
pub(super) async fn plan(
    app: &App,
    period: (Millis, Millis),
) -> Result<Vec<PlannedShift>, ApiError> {
    let planned = |row: ShiftRow| PlannedShift {
        agent: row.agent.as_str().into(),
        from: row.starts_at_ms,
        to: row.ends_at_ms,
        activity: PlannedActivity::of(&row.activity),
        paid: row.paid,
    };
    Ok(all(app, period, None)
        .await?
        .into_iter()
        .map(planned)
        .collect())
}

/// Writes the plan anew where these changes say, and tells who did.
async fn change(
    app: &App,
    principal: &Principal,
    changes: &[ShiftChange],
) -> Result<u64, ApiError> {
    let _turn = app.shifts_turn.lock().await;
    let more: u64 = changes.iter().map(|one| one.rows.len() as u64).sum();
    let kept = app.store.count_shifts().await;
    if kept.map_err(|failure| ApiError::store(&failure))? + more > SHIFTS_MAX {
        let many = format!("at most {SHIFTS_MAX} kept: delete old ones");
        return Err(FieldError::new("shifts", many).of(Problem::TooMany).into());
    }
    let removed = app.store.change_shifts(changes).await;
    let removed = removed.map_err(|failure| ApiError::store(&failure))?;
    let by = actor(principal);
    info!(
        ?by,
        written = more,
        removed,
        "the plan of shifts was changed"
    );
    Ok(removed)
}

/// `POST /api/v1/shifts`: all of them or none. What an agent had planned between
/// the first and the last of them is replaced.
pub(crate) async fn set(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    request: Request,
) -> Result<Json<Value>, ApiError> {
    let known = known(&app).await?;
    let read = |value: &Value| read_shifts(value, &known);
    let rows = body::read(request, BODY_BYTES_MAX, read).await?;
    let taken = rows.len();
    let removed = change(&app, &principal, &changes_of(rows)).await?;
    Ok(Json(json!({"imported": taken, "removed": removed})))
}

/// `DELETE /api/v1/shifts?agent=NAME&from=TIME&to=TIME`: those that overlap this
/// time. The agent may have left.
pub(crate) async fn remove(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Json<Value>, ApiError> {
    for name in ["agent", "from", "to"] {
        if query.get(name).is_none_or(String::is_empty) {
            return Err(FieldError::empty(name).into());
        }
    }
    let (from_ms, to_ms) = period_of(&query)?;
    let changes = [ShiftChange {
        agent: query.get("agent").cloned().unwrap_or_default(),
        from_ms,
        to_ms,
        rows: Vec::new(),
    }];
    // Only the owner of the centre changes anything.
    known(&app).await?;
    let removed = change(&app, &principal, &changes).await?;
    Ok(Json(json!({"removed": removed})))
}

/// `GET /api/v1/shifts.csv?from=TIME&to=TIME&agent=NAME&zone=ZONE`
pub(crate) async fn export(
    State(app): State<Arc<App>>,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, ApiError> {
    let period = period_of(&query)?;
    let zone = zone_of(query.get("zone").map_or("UTC", String::as_str))?;
    let rows = all(&app, period, query.get("agent").map(String::as_str)).await?;
    let csv = export_shifts(&rows, &zone);
    let csv = csv.map_err(|error| ApiError::unavailable(error.to_string()))?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"shifts.csv\"",
        ),
    ];
    Ok((headers, csv).into_response())
}

/// `POST /api/v1/shifts.csv?zone=ZONE`: all lines or none. With `dry_run=true`
/// nothing is taken, and every wrong line is named.
pub(crate) async fn import(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    Query(query): Query<HashMap<String, String>>,
    request: Request,
) -> Result<Json<Value>, ApiError> {
    let dry_run = dry_run_of(&query)?;
    let zone = zone_of(query.get("zone").map_or("UTC", String::as_str))?;
    let bytes = file_of(request, BODY_BYTES_MAX).await?;
    let file = import_shifts(&bytes, &known(&app).await?, &zone)?;
    let (taken, refused) = (file.rows.len(), file.refused.len());
    let changes = changes_of(file.rows);
    let named = named(&file.refused);
    let removed = if dry_run {
        would_remove(&app, &changes).await?
    } else if let Some((line, why)) = file.refused.into_iter().next() {
        return Err(ApiError::wrong_line(line, why, refused));
    } else {
        change(&app, &principal, &changes).await?
    };
    Ok(Json(json!({
        "imported": taken, "removed": removed, "refused": refused, "refusals": named,
    })))
}

/// How many shifts changes would remove.
async fn would_remove(app: &App, changes: &[ShiftChange]) -> Result<u64, ApiError> {
    let mut removed = 0;
    for one in changes {
        let period = (one.from_ms, one.to_ms);
        removed += all(app, period, Some(&one.agent)).await?.len() as u64;
    }
    Ok(removed)
}
