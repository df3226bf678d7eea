//! Reading a JSON body under a size limit; a refusal is logged by field.

use super::error::ApiError;
use crate::contract::FieldError;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::StatusCode;
use serde_json::Value;
use tracing::warn;

/// Bodies of people and scenarios: a call with every field filled to its own
/// limit is under a third of it.
pub(crate) const BODY_BYTES_MAX: usize = 64 * 1_024;

/// The engine's list of registered phones: 100,000 short names.
pub(crate) const DEVICES_BODY_BYTES_MAX: usize = 2 * 1_024 * 1_024;

/// The engine's report of sessions that are over: a hundred with many calls.
pub(crate) const SESSIONS_BODY_BYTES_MAX: usize = 16 * 1_024 * 1_024;

/// Reads a body by way of `read`.
pub(crate) async fn read<T>(
    request: Request,
    bytes_max: usize,
    read: impl FnOnce(&Value) -> Result<T, FieldError>,
) -> Result<T, ApiError> {
    let path = request.uri().path().to_owned();
    let bytes = to_bytes(request.into_body(), bytes_max)
        .await
        .map_err(|error| {
            warn!(path, %error, "body refused: too long or cut off");
            let message = format!("body: expected at most {bytes_max} bytes, all of them sent");
            ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", message)
        })?;
    let value: Value = serde_json::from_slice(&bytes).map_err(|error| {
        warn!(path, %error, "body refused: not JSON");
        ApiError::new(
            StatusCode::BAD_REQUEST,
            "invalid_json",
            format!("body: expected JSON: {error}"),
        )
    })?;
    read(&value).map_err(|refusal| {
        warn!(
            path,
            field = refusal.field,
            expected = refusal.expected,
            "body refused"
        );
        refusal.into()
    })
}
