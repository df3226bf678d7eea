//! Call-backs over HTTP.

use super::{FieldError, Fields};
use crate::clock::to_rfc3339;
use acd::{CallbackView, QueueId};
use serde::Serialize;
use serde_json::Value;

/// Numbers and names.
const NAME_BYTES_MAX: usize = 256;
/// What the agent is shown.
const CUSTOM_DATA_BYTES_MAX: usize = 8_192;

/// Somebody wants to be called.
pub(crate) struct CallbackRequest {
    pub(crate) number: String,
    pub(crate) queue: Option<QueueId>,
    pub(crate) language: Option<String>,
    pub(crate) custom_data: Option<String>,
}

/// Reads `POST /api/v1/callbacks`.
pub(crate) fn read_callback_request(body: &Value) -> Result<CallbackRequest, FieldError> {
    let fields = Fields::of(body)?;
    let owned = |text: Option<&str>| text.map(str::to_owned);
    Ok(CallbackRequest {
        number: fields.filled_text("number", NAME_BYTES_MAX)?.to_owned(),
        queue: fields
            .optional_text("queue", NAME_BYTES_MAX)?
            .map(QueueId::from),
        language: owned(fields.optional_text("language", NAME_BYTES_MAX)?),
        custom_data: owned(fields.optional_text("custom_data", CUSTOM_DATA_BYTES_MAX)?),
    })
}

/// One call-back that has not ended.
#[derive(Serialize)]
pub(crate) struct CallbackJson {
    callback: String,
    queue: String,
    number: String,
    state: String,
    taken_at: String,
    came_at: String,
    position: usize,
    attempts: u32,
    next_at: Option<String>,
    expires_at: String,
    trouble: Option<String>,
    agent: Option<String>,
}

impl CallbackJson {
    /// From the core's view.
    pub(crate) fn of(view: &CallbackView) -> Self {
        Self {
            callback: view.callback.to_string(),
            queue: view.queue.to_string(),
            number: view.number.clone(),
            state: view.state.clone(),
            taken_at: to_rfc3339(view.taken_at),
            came_at: to_rfc3339(view.came_at),
            position: view.position,
            attempts: view.attempts,
            next_at: view.next_at.map(to_rfc3339),
            expires_at: to_rfc3339(view.expires_at),
            trouble: view.trouble.clone(),
            agent: view.agent.as_ref().map(ToString::to_string),
        }
    }
}
