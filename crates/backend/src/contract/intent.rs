//! What agents' clients and the engine send: intents, sign-ins, the list of
//! registered phones.

use super::{FieldError, Fields};
use acd::Intent;
use serde_json::Value;
use std::collections::HashSet;

/// Why an agent is not ready, in a few words.
const REASON_BYTES_MAX: usize = 200;

/// User names are short; longer ones cannot exist.
const USER_BYTES_MAX: usize = 128;

/// Registered users in one report: ten times the largest centre that one
/// backend is meant for, and still within the body limit's reach.
const REGISTERED_MAX: usize = 100_000;

/// Reads `{intent, reason?}`.
pub(crate) fn read_intent(body: &Value) -> Result<Intent, FieldError> {
    read_intent_fields(&Fields::of(body)?)
}

/// Reads `intent` and `reason` among other fields.
pub(crate) fn read_intent_fields(fields: &Fields<'_>) -> Result<Intent, FieldError> {
    let reason = fields.optional_text("reason", REASON_BYTES_MAX)?;
    match fields.text("intent", USER_BYTES_MAX)? {
        "ready" => Ok(Intent::Ready),
        "offline" => Ok(Intent::Offline),
        "not_ready" => Ok(Intent::NotReady {
            reason: reason.unwrap_or_default().to_owned(),
        }),
        _ => Err(FieldError::new(
            "intent",
            "one of ready, not_ready, offline",
        )),
    }
}

/// Reads `{user, password}`.
pub(crate) fn read_sign_in(body: &Value) -> Result<(String, String), FieldError> {
    let fields = Fields::of(body)?;
    let user = fields.filled_text("user", USER_BYTES_MAX)?;
    let password = fields.filled_text("password", crate::password::LENGTH_MAX)?;
    Ok((user.to_owned(), password.to_owned()))
}

/// Longest URL of an engine, bytes.
const ENGINE_URL_BYTES_MAX: usize = 512;

/// What an engine reports.
#[derive(Debug)]
pub(crate) struct Devices {
    /// Users with a registered phone.
    pub(crate) registered: HashSet<String>,
    /// The engine itself; absent from older ones.
    pub(crate) engine: Option<AnnouncedEngine>,
}

/// Where an engine is and which uploaded configuration it has.
#[derive(Debug)]
pub(crate) struct AnnouncedEngine {
    /// Base URL without a slash at the end.
    pub(crate) url: String,
    /// As it was told; empty for none.
    pub(crate) configuration_version: String,
    /// Which run of it; empty for older ones.
    pub(crate) instance: String,
    /// Tasks of call lists that it calls, each with the number of the attempt.
    pub(crate) attempts: Vec<(u64, u32)>,
}

/// Reads `{registered: [user, ...]}`.
pub(crate) fn read_devices(body: &Value) -> Result<Devices, FieldError> {
    let fields = Fields::of(body)?;
    if fields.value("registered").is_none() {
        return Err(FieldError::new("registered", "list of texts"));
    }
    let registered = fields.texts("registered", REGISTERED_MAX, USER_BYTES_MAX)?;
    Ok(Devices {
        registered: registered.into_iter().map(str::to_owned).collect(),
        engine: fields.value("engine").map(read_engine).transpose()?,
    })
}

fn read_engine(engine: &Value) -> Result<AnnouncedEngine, FieldError> {
    let fields = Fields::of(engine)?;
    let url = fields.text("url", ENGINE_URL_BYTES_MAX)?;
    if !url.starts_with("http://") && !url.starts_with("https://") {
        return Err(FieldError::new("engine.url", "http or https URL"));
    }
    let version = fields.optional_text("configuration_version", ENGINE_URL_BYTES_MAX)?;
    let instance = fields.optional_text("instance", ENGINE_URL_BYTES_MAX)?;
    let wrong = || FieldError::new("engine.attempts", "list of [task_id, attempt]");
    let attempts = fields
        .value("attempts")
        .cloned()
        .unwrap_or_else(|| Value::Array(Vec::new()));
    let attempts: Vec<(u64, u32)> = serde_json::from_value(attempts).map_err(|_| wrong())?;
    Ok(AnnouncedEngine {
        url: url.trim_end_matches('/').to_owned(),
        configuration_version: version.unwrap_or_default().to_owned(),
        instance: instance.unwrap_or_default().to_owned(),
        attempts,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn intents_are_read_and_refused_by_name() {
        assert_eq!(
            read_intent(&json!({"intent": "ready", "reason": null})),
            Ok(Intent::Ready)
        );
        let lunch = Intent::NotReady {
            reason: "lunch".into(),
        };
        assert_eq!(
            read_intent(&json!({"intent": "not_ready", "reason": "lunch"})),
            Ok(lunch)
        );
        let refusal = read_intent(&json!({"intent": "asleep"}))
            .unwrap_err()
            .to_string();
        assert_eq!(refusal, "intent: expected one of ready, not_ready, offline");
    }

    #[test]
    fn a_list_of_phones_must_be_a_list() {
        assert_eq!(read_devices(&json!({})).unwrap_err().field, "registered");
        assert_eq!(
            read_devices(&json!({"registered": [1]})).unwrap_err().field,
            "registered[0]"
        );
        assert_eq!(
            read_devices(&json!({"registered": []}))
                .unwrap()
                .registered
                .len(),
            0
        );
    }
}
