//! Whether the program lives, whether it can serve, and what it speaks.

use super::App;
use super::error::ApiError;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// The API's description, written by hand; a test compares it with the routes.
pub(crate) const OPENAPI: &str = include_str!("../../openapi.json");

/// `GET /healthz`: the process answers.
pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: the journal has been replayed, live sessions are being asked.
pub(crate) async fn readyz(State(app): State<Arc<App>>) -> Result<&'static str, ApiError> {
    match app.centre.is_ready() {
        true => Ok("ready\n"),
        false => Err(ApiError::unavailable("the backend is not ready")),
    }
}

/// `GET /api/openapi.json`
pub(crate) async fn openapi() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], OPENAPI).into_response()
}
