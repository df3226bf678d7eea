//! `POST /api/v1/calls`: a session asks for an agent.

use super::{FieldError, Fields};
use acd::{CallbackId, NewCall, QueueId, WantedAgent};
use serde_json::Value;

/// Ids and numbers: a SIP URI or a UUID fits many times.
const NAME_BYTES_MAX: usize = 256;

/// What the scenario wants shown to the agent. Voximplant allows 200 bytes of
/// custom data to a session; a page of JSON is more than a call card can show.
const CUSTOM_DATA_BYTES_MAX: usize = 8_192;

/// URLs longer than this are cut by proxies anyway.
const ACCESS_URL_BYTES_MAX: usize = 2_048;

/// Skills that one call may ask for.
const SKILLS_MAX: usize = 32;

/// Headers that a scenario may pass on; SIP requests rarely have 60.
const HEADERS_MAX: usize = 128;

/// A call as its session announced it, and where the session takes commands.
pub(crate) struct ArrivingCall {
    /// The call.
    pub(crate) call: NewCall,
    /// The session's access URL: a secret.
    pub(crate) access_url: String,
    /// The call-back that the session was started for, and which start.
    pub(crate) callback: Option<(CallbackId, u64)>,
}

/// Reads the body.
pub(crate) fn read_call(body: &Value) -> Result<ArrivingCall, FieldError> {
    let fields = Fields::of(body)?;
    let headers = fields.optional_object("headers")?;
    if headers.is_some_and(|headers| headers.len() > HEADERS_MAX) {
        return Err(FieldError::new(
            "headers",
            format!("at most {HEADERS_MAX} entries"),
        ));
    }
    let priority = match fields.value("priority") {
        None => 0,
        Some(value) => value
            .as_i64()
            .and_then(|n| i32::try_from(n).ok())
            .ok_or_else(|| FieldError::new("priority", "integer of 32 bits"))?,
    };
    let owned = |text: Option<&str>| text.map(str::to_owned);
    Ok(ArrivingCall {
        access_url: access_url(&fields)?,
        callback: callback(&fields)?,
        call: NewCall {
            session_id: fields.filled_text("session_id", NAME_BYTES_MAX)?.to_owned(),
            caller_number: fields.text("caller_number", NAME_BYTES_MAX)?.to_owned(),
            dialed_number: fields.text("dialed_number", NAME_BYTES_MAX)?.to_owned(),
            display_name: owned(fields.optional_text("display_name", NAME_BYTES_MAX)?),
            queue: fields
                .optional_text("queue", NAME_BYTES_MAX)?
                .map(QueueId::from),
            language: owned(fields.optional_text("language", NAME_BYTES_MAX)?),
            priority,
            skills: fields
                .texts("skills", SKILLS_MAX, NAME_BYTES_MAX)?
                .into_iter()
                .map(str::to_owned)
                .collect(),
            custom_data: owned(fields.optional_text("custom_data", CUSTOM_DATA_BYTES_MAX)?),
            wanted: wanted(&fields)?,
        },
    })
}

fn wanted(fields: &Fields<'_>) -> Result<Option<WantedAgent>, FieldError> {
    let Some(agent) = fields.optional_text("wanted_agent", NAME_BYTES_MAX)? else {
        return Ok(None);
    };
    let only = match fields.value("wanted_only") {
        None => false,
        Some(value) => value
            .as_bool()
            .ok_or_else(|| FieldError::new("wanted_only", "true or false"))?,
    };
    Ok(Some(WantedAgent {
        agent: agent.into(),
        wait_ms: match fields.value("wanted_wait_ms") {
            None => 0,
            Some(_) => fields.number("wanted_wait_ms")?,
        },
        only,
    }))
}

fn callback(fields: &Fields<'_>) -> Result<Option<(CallbackId, u64)>, FieldError> {
    let Some(text) = fields.optional_text("callback", NAME_BYTES_MAX)? else {
        return Ok(None);
    };
    let callback = CallbackId::parse(text)
        .ok_or_else(|| FieldError::new("callback", "id of a call-back such as b3"))?;
    Ok(Some((callback, fields.number("callback_start")?)))
}

fn access_url(fields: &Fields<'_>) -> Result<String, FieldError> {
    let text = fields.filled_text("access_url", ACCESS_URL_BYTES_MAX)?;
    let wrong = || FieldError::new("access_url", "http or https URL");
    let url = reqwest::Url::parse(text).map_err(|_| wrong())?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(wrong());
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn body() -> Value {
        json!({"session_id": "s1", "access_url": "http://127.0.0.1:1/s/abc", "caller_number": "7", "dialed_number": "100"})
    }

    fn refusal_with(field: &str, value: Value) -> String {
        let mut body = body();
        body[field] = value;
        read_call(&body)
            .err()
            .map(|e| e.to_string())
            .unwrap_or_default()
    }

    #[test]
    fn the_least_call_has_four_fields() {
        let call = read_call(&body()).unwrap().call;
        assert_eq!((call.priority, call.queue, call.skills.len()), (0, None, 0));
    }

    #[test]
    fn null_counts_as_absent() {
        assert_eq!(refusal_with("queue", Value::Null), "");
        assert_eq!(
            refusal_with("session_id", Value::Null),
            "session_id: expected text"
        );
    }

    #[test]
    fn a_refusal_names_the_field() {
        assert_eq!(
            refusal_with("session_id", json!("")),
            "session_id: expected text that is not empty"
        );
        assert_eq!(
            refusal_with("caller_number", json!(7)),
            "caller_number: expected text"
        );
        assert_eq!(
            refusal_with("priority", json!("high")),
            "priority: expected integer of 32 bits"
        );
        assert_eq!(
            refusal_with("skills", json!(["a", 2])),
            "skills[1]: expected text"
        );
        assert_eq!(
            refusal_with("headers", json!([])),
            "headers: expected object"
        );
        assert_eq!(
            refusal_with("access_url", json!("file:///etc/passwd")),
            "access_url: expected http or https URL"
        );
        assert_eq!(
            refusal_with("access_url", json!("nonsense")),
            "access_url: expected http or https URL"
        );
        assert_eq!(
            refusal_with("custom_data", json!("x".repeat(9_000))),
            "custom_data: expected at most 8192 bytes"
        );
        assert_eq!(
            read_call(&json!([])).err().unwrap().to_string(),
            "body: expected object"
        );
    }
}
