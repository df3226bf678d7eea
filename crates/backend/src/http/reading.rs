//! What supervisors and programs read.

use super::App;
use super::error::ApiError;
use crate::centre::Rejection;
use crate::contract::{AgentJson, CallJson, QueueJson};
use acd::{CallId, Fact, Millis};
use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};
use std::sync::Arc;
use store::{Store, StoreError};

/// `GET /api/v1/calls`: calls that have not ended, oldest first.
pub(crate) async fn calls(State(app): State<Arc<App>>) -> Result<Json<Value>, ApiError> {
    let calls = app.centre.read(|reader| reader.center.calls()).await?;
    let calls: Vec<_> = calls.iter().map(CallJson::of).collect();
    Ok(Json(json!({"calls": calls})))
}

/// Facts read of one call: far more offers than any call ever had.
const FACTS_MAX: u32 = 10_000;

/// `GET /api/v1/calls/{call_id}`: a call of any age.
pub(crate) async fn call(
    State(app): State<Arc<App>>,
    Path(call_id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let id = CallId::parse(&call_id).ok_or(Rejection::UnknownCall)?;
    let known = app
        .centre
        .read(move |reader| reader.center.call(id))
        .await?;
    if let Some(view) = known {
        return Ok(Json(json!(CallJson::of(&view))));
    }
    // The core forgets ended calls after minutes, the record does not.
    let facts = facts_of(&app.store, id)
        .await
        .map_err(|e| ApiError::store(&e))?;
    let ended = CallJson::of_facts(&facts).ok_or(Rejection::UnknownCall)?;
    Ok(Json(json!(ended)))
}

/// The record of one call.
async fn facts_of(store: &Store, call: CallId) -> Result<Vec<(Millis, Fact)>, StoreError> {
    let rows = store.records_of_call(&call.to_string(), FACTS_MAX).await?;
    let read = |row: store::RecordRow| {
        let fact = serde_json::from_str(&row.fact_json);
        let unreadable = |e: serde_json::Error| StoreError::BadRow {
            table: "records",
            why: e.to_string(),
        };
        Ok((row.at_ms, fact.map_err(unreadable)?))
    };
    rows.into_iter().map(read).collect()
}

/// `GET /api/v1/queues`
pub(crate) async fn queues(State(app): State<Arc<App>>) -> Result<Json<Value>, ApiError> {
    let queues = app.centre.read(|reader| reader.center.queues()).await?;
    let queues: Vec<_> = queues.iter().map(QueueJson::of).collect();
    Ok(Json(json!({"queues": queues})))
}

/// `GET /api/v1/agents`
pub(crate) async fn agents(State(app): State<Arc<App>>) -> Result<Json<Value>, ApiError> {
    let agents = app.centre.read(|reader| reader.center.agents()).await?;
    let agents: Vec<_> = agents.iter().map(AgentJson::of).collect();
    Ok(Json(json!({"agents": agents})))
}
