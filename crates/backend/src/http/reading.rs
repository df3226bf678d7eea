//! What supervisors and programs read.

use super::App;
use super::error::ApiError;
use crate::centre::Rejection;
use crate::contract::{AgentJson, CallJson, QueueJson};
use acd::CallId;
use axum::Json;
use axum::extract::{Path, State};
use serde_json::{Value, json};
use std::sync::Arc;

/// `GET /api/v1/calls`: calls that have not ended, oldest first.
pub(crate) async fn calls(State(app): State<Arc<App>>) -> Result<Json<Value>, ApiError> {
    let calls = app.centre.read(|reader| reader.center.calls()).await?;
    let calls: Vec<_> = calls.iter().map(CallJson::of).collect();
    Ok(Json(json!({"calls": calls})))
}

/// `GET /api/v1/calls/{call_id}`
pub(crate) async fn call(
    State(app): State<Arc<App>>,
    Path(call_id): Path<String>,
) -> Result<Json<Value>, ApiError> {
    let id = CallId::parse(&call_id).ok_or(Rejection::UnknownCall)?;
    let view = app
        .centre
        .read(move |reader| reader.center.call(id))
        .await?
        .ok_or(Rejection::UnknownCall)?;
    Ok(Json(json!(CallJson::of(&view))))
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
