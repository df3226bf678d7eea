//! Callers' own managers, as supervisors see and set them.

use super::App;
use super::access::Principal;
use super::body::{self, BODY_BYTES_MAX};
use super::error::ApiError;
use crate::clock;
use crate::contract::{
    BindingJson, FieldError, LastAskedJson, export_csv, import_csv, read_absences, read_binding,
};
use acd::{AbsenceKind, Actor, AgentId, BindingSource, Input, NewBinding};
use axum::body::Bytes;
use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// Bindings in one answer, unless fewer are asked for.
const PAGE_MAX: usize = 1_000;

/// A file of 200,000 callers with notes.
const CSV_BYTES_MAX: usize = 32 * 1_024 * 1_024;

/// Bindings in one input: some 100 kB of journal.
const INPUT_BINDINGS_MAX: usize = 1_000;

/// Refused lines that an import names.
const REFUSED_NAMED_MAX: usize = 100;

/// Who asks, for the record.
pub(crate) fn actor(principal: &Principal) -> Actor {
    match principal {
        Principal::User { owner, .. } => Actor::Supervisor {
            user: owner.user.clone(),
        },
        Principal::Scenario | Principal::Engine => Actor::Rule {
            rule: "scenario".to_owned(),
        },
    }
}

/// The names of all agents.
pub(crate) async fn agents(app: &App) -> Result<BTreeSet<String>, ApiError> {
    let agents = app.centre.read(|reader| reader.center.agents()).await?;
    Ok(agents
        .into_iter()
        .map(|view| view.agent.to_string())
        .collect())
}

/// The agent of that name, or the field that names nobody.
pub(crate) async fn known_agent(app: &App, name: &str, field: &str) -> Result<AgentId, ApiError> {
    let agent = AgentId::from(name);
    let known = agent.clone();
    let view = app.centre.read(move |reader| reader.center.agent(&known));
    if view.await?.is_some() {
        return Ok(agent);
    }
    Err(FieldError::not_an_agent(field).into())
}

/// The one form of a number in a path.
async fn normal(app: &App, number: String) -> Result<String, ApiError> {
    let normal = app
        .centre
        .read(move |reader| reader.center.normal_number(&number))
        .await?;
    normal.ok_or_else(|| FieldError::not_a_caller().into())
}

/// `limit` of a query string.
pub(crate) fn limit_of(query: &HashMap<String, String>) -> Result<usize, ApiError> {
    match query.get("limit").map(|text| text.parse::<usize>()) {
        None => Ok(PAGE_MAX),
        Some(Ok(limit)) if (1..=PAGE_MAX).contains(&limit) => Ok(limit),
        Some(_) => Err(FieldError::new("limit", "integer from 1 to 1000").into()),
    }
}

/// `GET /api/v1/bindings?after=NUMBER&limit=N&agent=NAME&search=PART`
pub(crate) async fn list(
    State(app): State<Arc<App>>,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Json<Value>, ApiError> {
    let limit = limit_of(&query)?;
    let answer = app
        .centre
        .read(move |reader| {
            let after = query.get("after").map(String::as_str);
            let agent = query.get("agent").map(String::as_str);
            let search = query.get("search").map_or("", String::as_str);
            let words = search.to_lowercase();
            // However people write a number.
            let digits: String = search
                .chars()
                .filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '.'))
                .collect();
            let found: Vec<BindingJson> = reader
                .center
                .bindings_after(after)
                .filter(|(number, binding)| {
                    let is_found = number.contains(digits.as_str())
                        || binding.note.to_lowercase().contains(&words);
                    is_found && agent.is_none_or(|name| &*binding.agent.0 == name)
                })
                .take(limit + 1)
                .map(|(number, binding)| BindingJson::of(number, binding))
                .collect();
            let more = found.len() > limit;
            let page: Vec<_> = found.into_iter().take(limit).collect();
            let next = page.last().filter(|_| more).map(|last| last.number.clone());
            json!({"bindings": page, "total": reader.center.bindings_count(), "next": next})
        })
        .await?;
    Ok(Json(answer))
}

/// `PUT /api/v1/bindings/{number}`
pub(crate) async fn set(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    Path(number): Path<String>,
    request: Request,
) -> Result<Json<Value>, ApiError> {
    let number = normal(&app, number).await?;
    let mut binding = body::read(request, BODY_BYTES_MAX, read_binding).await?;
    binding.agent = known_agent(&app, &binding.agent.0, "agent").await?;
    binding.source = BindingSource::Supervisor;
    let answer = json!(BindingJson::of(&number, &binding));
    let bindings = vec![NewBinding { number, binding }];
    let by = actor(&principal);
    app.centre.change(Input::Bind { bindings, by }).await?;
    Ok(Json(answer))
}

/// `DELETE /api/v1/bindings/{number}`. Fine when there is none.
pub(crate) async fn remove(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    Path(number): Path<String>,
) -> Result<StatusCode, ApiError> {
    let by = actor(&principal);
    app.centre.change(Input::Unbind { number, by }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/v1/people/{number}`: what is remembered of a caller between calls.
pub(crate) async fn person(
    State(app): State<Arc<App>>,
    Path(number): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let number = normal(&app, number).await?;
    let answer = app
        .centre
        .read(move |reader| {
            let binding = reader.center.binding(&number);
            let asked = reader.center.last_asked(&number);
            json!({
                "binding": binding.map(|binding| BindingJson::of(&number, binding)),
                "last_asked": asked.map(LastAskedJson::of),
                "number": number,
            })
        })
        .await?;
    Ok(Json(answer))
}

/// `DELETE /api/v1/people/{number}`: forgets what is remembered of a caller.
pub(crate) async fn erase(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    Path(number): Path<String>,
) -> Result<StatusCode, ApiError> {
    let by = actor(&principal);
    app.centre.change(Input::ErasePerson { number, by }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/v1/answers?answer=no&limit=N`: what callers said when asked for a
/// manager, the newest first.
pub(crate) async fn answers(
    State(app): State<Arc<App>>,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Json<Value>, ApiError> {
    let limit = limit_of(&query)?;
    let wanted = query.get("answer").cloned();
    let known = ["yes", "no", "unclear"];
    if wanted.as_deref().is_some_and(|word| !known.contains(&word)) {
        return Err(FieldError::new("answer", "one of yes, no, unclear").into());
    }
    let answers: Vec<Value> = app
        .centre
        .read(move |reader| {
            reader
                .center
                .newest_answers()
                .map(|(number, asked)| (number, LastAskedJson::of(asked)))
                .filter(|(_, asked)| wanted.is_none() || asked.answer() == wanted.as_deref())
                .take(limit)
                .map(|(number, asked)| json!({"number": number, "last_asked": asked}))
                .collect()
        })
        .await?;
    Ok(Json(json!({"answers": answers})))
}

/// `GET /api/v1/bindings.csv`
pub(crate) async fn export(State(app): State<Arc<App>>) -> Result<Response, ApiError> {
    // Copied between two inputs, written beside them.
    let all: Vec<BindingJson> = app
        .centre
        .read(|reader| {
            let all = reader.center.bindings_after(None);
            all.map(|(number, binding)| BindingJson::of(number, binding))
                .collect()
        })
        .await?;
    let csv = export_csv(&all).map_err(|error| ApiError::unavailable(error.to_string()))?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"bindings.csv\"",
        ),
    ];
    Ok((headers, csv).into_response())
}

/// A file that was sent.
pub(crate) async fn file_of(request: Request, bytes_max: usize) -> Result<Bytes, ApiError> {
    let read = axum::body::to_bytes(request.into_body(), bytes_max).await;
    read.map_err(|_| {
        let message = format!("body: expected at most {bytes_max} bytes, all of them sent");
        ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", message)
    })
}

/// `dry_run` of a query string.
pub(crate) fn dry_run_of(query: &HashMap<String, String>) -> Result<bool, FieldError> {
    match query.get("dry_run").map(String::as_str) {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(FieldError::new("dry_run", "true or false")),
    }
}

/// The first refused lines of a file.
pub(crate) fn named(refused: &[(u64, FieldError)]) -> Vec<Value> {
    let named = refused.iter().take(REFUSED_NAMED_MAX);
    let named = named.map(|(line, why)| {
        json!({
            "line": line, "field": why.field, "expected": why.expected, "problem": why.problem,
        })
    });
    named.collect()
}

/// `POST /api/v1/bindings.csv`: good lines are taken, the others are named.
/// With `dry_run=true` nothing is taken, and only told what would be.
pub(crate) async fn import(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    Query(query): Query<HashMap<String, String>>,
    request: Request,
) -> Result<Json<Value>, ApiError> {
    let bytes = file_of(request, CSV_BYTES_MAX).await?;
    let dry_run = dry_run_of(&query)?;
    let agents = agents(&app).await?;
    let file = import_csv(&bytes, &agents, clock::now_ms())?;
    let taken = file.bindings.len();
    let to_take = if dry_run { &[] } else { &file.bindings[..] };
    for part in to_take.chunks(INPUT_BINDINGS_MAX) {
        let bindings = part.to_vec();
        let by = actor(&principal);
        app.centre.change(Input::Bind { bindings, by }).await?;
    }
    let named = named(&file.refused);
    Ok(Json(
        json!({"imported": taken, "refused": file.refused.len(), "refusals": named}),
    ))
}

/// `GET /api/v1/agents/{agent}/absences`
pub(crate) async fn absences(
    State(app): State<Arc<App>>,
    Path(agent): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let agent = known_agent(&app, &agent, "agent").await?;
    let absences = app
        .centre
        .read(move |reader| reader.center.absences(&agent).to_vec())
        .await?;
    let shown: Vec<Value> = absences
        .iter()
        .map(|absence| {
            json!({
                "kind": AbsenceKind::word(absence.kind),
                "from": clock::to_rfc3339(absence.from),
                "until": absence.until.map(clock::to_rfc3339),
                "zone": absence.zone,
                "deputy": absence.deputy.as_ref().map(ToString::to_string),
                "note": absence.note,
            })
        })
        .collect();
    Ok(Json(json!({"absences": shown})))
}

/// `PUT /api/v1/agents/{agent}/absences`: all absences of the agent.
pub(crate) async fn set_absences(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    Path(agent): Path<String>,
    request: Request,
) -> Result<Json<Value>, ApiError> {
    let name = known_agent(&app, &agent, "agent").await?;
    let list = body::read(request, BODY_BYTES_MAX, read_absences).await?;
    for (index, absence) in list.iter().enumerate() {
        if let Some(deputy) = &absence.deputy {
            known_agent(&app, &deputy.0, &format!("absences[{index}].deputy")).await?;
        }
    }
    let change = Input::SetAbsences {
        agent: name,
        absences: list,
        by: actor(&principal),
    };
    app.centre.change(change).await?;
    absences(State(app), Path(agent)).await
}
