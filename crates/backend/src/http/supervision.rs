//! What supervisors do about agents. Each order is journalled with who gave it
//! and why.

use super::App;
use super::access::Principal;
use super::bindings::{actor, known_agent};
use super::body::{self, BODY_BYTES_MAX};
use super::error::ApiError;
use crate::centre::AgentAsk;
use crate::contract::{AgentJson, read_ban, read_forced_intent};
use axum::extract::{Path, Request, State};
use axum::{Extension, Json};
use std::sync::Arc;

/// Has something done to an agent; answers with the agent after it.
async fn order(app: &App, agent: &str, ask: AgentAsk) -> Result<Json<AgentJson>, ApiError> {
    let agent = known_agent(app, agent, "agent").await?;
    app.centre.of_agent(agent.clone(), ask).await?;
    let view = app
        .centre
        .read(move |reader| reader.center.agent(&agent))
        .await?;
    view.map(|view| Json(AgentJson::of(&view)))
        .ok_or_else(|| crate::centre::Rejection::UnknownAgent.into())
}

/// `PUT /api/v1/agents/{agent}/intent`: the agent may choose anew after it.
pub(crate) async fn force_intent(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    Path(agent): Path<String>,
    request: Request,
) -> Result<Json<AgentJson>, ApiError> {
    let (intent, why) = body::read(request, BODY_BYTES_MAX, read_forced_intent).await?;
    let by = actor(&principal);
    order(&app, &agent, AgentAsk::Intent { intent, by, why }).await
}

/// `POST /api/v1/agents/{agent}/wrap_up/end`: at any time, forced or not.
pub(crate) async fn end_wrap_up(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    Path(agent): Path<String>,
) -> Result<Json<AgentJson>, ApiError> {
    let by = actor(&principal);
    order(&app, &agent, AgentAsk::EndWrapUp { by }).await
}

/// `PUT /api/v1/agents/{agent}/ban`
pub(crate) async fn ban(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    Path(agent): Path<String>,
    request: Request,
) -> Result<Json<AgentJson>, ApiError> {
    let (ban_ms, reason) = body::read(request, BODY_BYTES_MAX, read_ban).await?;
    let by = actor(&principal);
    order(&app, &agent, AgentAsk::Ban { ban_ms, by, reason }).await
}

/// `DELETE /api/v1/agents/{agent}/ban`. Fine when there is none.
pub(crate) async fn lift_ban(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    Path(agent): Path<String>,
) -> Result<Json<AgentJson>, ApiError> {
    let by = actor(&principal);
    order(&app, &agent, AgentAsk::LiftBan { by }).await
}
