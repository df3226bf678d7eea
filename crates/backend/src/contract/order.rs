//! What is ordered for agents beyond their intent: what comes after the call,
//! what supervisors force, bans.

use super::{FieldError, Fields, read_intent_fields};
use acd::Intent;
use serde_json::Value;

/// Why a supervisor steps in, in a sentence.
const WHY_BYTES_MAX: usize = 400;

/// The longest ban that a person may give, minutes: a week, as in the core.
const BAN_MINUTES_MAX: u64 = 7 * 24 * 60;

const MS_PER_MINUTE: u64 = 60_000;

/// Reads `{intent, reason?}` where `stay` is an intent too: `None`.
pub(crate) fn read_after_call(body: &Value) -> Result<Option<Intent>, FieldError> {
    read_after_call_fields(&Fields::of(body)?)
}

/// Reads `intent` (or `stay`) and `reason` among other fields.
pub(crate) fn read_after_call_fields(fields: &Fields<'_>) -> Result<Option<Intent>, FieldError> {
    const WORD_BYTES_MAX: usize = 32;
    match fields.text("intent", WORD_BYTES_MAX)? {
        "stay" => Ok(None),
        "ready" | "not_ready" | "offline" => read_intent_fields(fields).map(Some),
        _ => Err(FieldError::new(
            "intent",
            "one of stay, ready, not_ready, offline",
        )),
    }
}

/// Reads `{intent, reason?, why}`: an intent set by somebody else, and why.
pub(crate) fn read_forced_intent(body: &Value) -> Result<(Intent, String), FieldError> {
    let fields = Fields::of(body)?;
    let intent = read_intent_fields(&fields)?;
    Ok((intent, why(&fields, "why")?))
}

/// Reads `{minutes, reason}`; gives milliseconds.
pub(crate) fn read_ban(body: &Value) -> Result<(u64, String), FieldError> {
    let fields = Fields::of(body)?;
    let minutes = fields.number("minutes")?;
    if !(1..=BAN_MINUTES_MAX).contains(&minutes) {
        let expected = format!("integer from 1 to {BAN_MINUTES_MAX}");
        return Err(FieldError::new("minutes", expected));
    }
    Ok((minutes * MS_PER_MINUTE, why(&fields, "reason")?))
}

fn why(fields: &Fields<'_>, name: &str) -> Result<String, FieldError> {
    let text = fields.filled_text(name, WHY_BYTES_MAX)?.trim();
    if text.is_empty() {
        return Err(FieldError::empty(name));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn after_a_call_one_may_stay_or_become_something_else() {
        assert_eq!(read_after_call(&json!({"intent": "stay"})), Ok(None));
        let lunch = Intent::NotReady {
            reason: "lunch".into(),
        };
        assert_eq!(
            read_after_call(&json!({"intent": "not_ready", "reason": "lunch"})),
            Ok(Some(lunch))
        );
        let refused = read_after_call(&json!({"intent": "away"})).unwrap_err();
        assert_eq!(refused.field, "intent");
    }

    #[test]
    fn who_forces_or_bans_says_why() {
        for (body, field) in [
            (json!({"intent": "offline"}), "why"),
            (json!({"intent": "offline", "why": "  "}), "why"),
            (json!({"why": "x"}), "intent"),
        ] {
            assert_eq!(read_forced_intent(&body).unwrap_err().field, field);
        }
        for (body, field) in [
            (json!({"minutes": 0, "reason": "x"}), "minutes"),
            (json!({"minutes": 10_081, "reason": "x"}), "minutes"),
            (json!({"minutes": 5}), "reason"),
        ] {
            assert_eq!(read_ban(&body).unwrap_err().field, field);
        }
        let ban = read_ban(&json!({"minutes": 5, "reason": " headset broken "}));
        assert_eq!(ban, Ok((300_000, "headset broken".to_owned())));
    }
}
