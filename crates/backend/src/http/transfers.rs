//! An agent hands the caller over.

use super::App;
use super::access::Principal;
use super::agent::{agent_of, current};
use super::body::{self, BODY_BYTES_MAX};
use super::error::ApiError;
use crate::contract::{StateFrame, read_transfer, targets_json};
use acd::Input;
use axum::extract::{Request, State};
use axum::{Extension, Json};
use serde_json::Value;
use std::sync::Arc;

/// `POST /api/v1/agent/transfer`: 409 with the reason when it cannot be; the
/// talk is then as it was.
pub(crate) async fn transfer(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    request: Request,
) -> Result<Json<StateFrame>, ApiError> {
    let agent = agent_of(&principal)?;
    let request = body::read(request, BODY_BYTES_MAX, read_transfer).await?;
    let input = Input::Transfer {
        agent: agent.clone(),
        request,
    };
    app.centre.change(input).await?;
    current(&app, agent).await
}

/// `GET /api/v1/agent/transfer`: whom a caller can be handed over to.
pub(crate) async fn targets(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
) -> Result<Json<Value>, ApiError> {
    let agent = agent_of(&principal)?;
    let targets = app
        .centre
        .read(move |reader| targets_json(reader.center, &agent));
    Ok(Json(targets.await?))
}
