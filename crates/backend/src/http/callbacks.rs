//! Call-backs, as supervisors see, order and cancel them.

use super::App;
use super::access::Principal;
use super::bindings::actor;
use super::body::{self, BODY_BYTES_MAX};
use super::error::ApiError;
use crate::centre::Rejection;
use crate::contract::{CallbackJson, read_callback_request};
use acd::{CallbackId, Input};
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde_json::{Value, json};
use std::sync::Arc;

/// `GET /api/v1/callbacks`
pub(crate) async fn list(State(app): State<Arc<App>>) -> Result<Json<Value>, ApiError> {
    let views = app.centre.read(|reader| reader.center.callbacks()).await?;
    let callbacks: Vec<CallbackJson> = views.iter().map(CallbackJson::of).collect();
    Ok(Json(json!({"callbacks": callbacks})))
}

/// `POST /api/v1/callbacks`
pub(crate) async fn request(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    request: Request,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let asked = body::read(request, BODY_BYTES_MAX, read_callback_request).await?;
    let input = Input::RequestCallback {
        number: asked.number,
        queue: asked.queue,
        language: asked.language,
        custom_data: asked.custom_data,
        by: actor(&principal),
    };
    let callback = app.centre.request_callback(input).await?;
    Ok((
        StatusCode::ACCEPTED,
        Json(json!({"callback": callback.to_string()})),
    ))
}

/// `DELETE /api/v1/callbacks/{callback}`
pub(crate) async fn cancel(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    Path(callback): Path<String>,
) -> Result<StatusCode, ApiError> {
    let callback = CallbackId::parse(&callback).ok_or(Rejection::UnknownCallback)?;
    let known = app
        .centre
        .read(move |reader| reader.center.callback(callback))
        .await?;
    let view = known.ok_or(Rejection::UnknownCallback)?;
    if matches!(view.state.as_str(), "on_line" | "talking") {
        return Err(ApiError::new(
            StatusCode::CONFLICT,
            "callback_reached",
            "the caller is on the line already",
        ));
    }
    let by = actor(&principal);
    app.centre
        .change(Input::CancelCallback { callback, by })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
