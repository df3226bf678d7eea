//! Orders to the engine as lines of the log, whole: what the far ends would see.

use crate::host::Effect;
use serde_json::Value;
use std::collections::BTreeMap;

/// Name and fields of an effect; empty fields are left out.
pub(super) fn order_line(effect: &Effect) -> String {
    let value = serde_json::to_value(effect).unwrap_or_default();
    let name = value.get("effect").and_then(Value::as_str);
    let mut line = name.unwrap_or_default().to_owned();
    for (key, value) in sorted(&value) {
        if key != "effect" && !is_empty(value) {
            line += &format!(" {key}={}", shown(key, value));
        }
    }
    line
}

/// Fields by their names: a log is the same in every build.
fn sorted(value: &Value) -> BTreeMap<&String, &Value> {
    value.as_object().into_iter().flatten().collect()
}

/// JSON with sorted fields, and the bytes of a body as the text that they mostly are.
fn shown(key: &str, value: &Value) -> String {
    match value {
        Value::Object(_) => {
            let fields = sorted(value);
            let fields = fields.iter().map(|(key, value)| {
                let name = Value::from(key.as_str());
                format!("{name}:{}", shown(key, value))
            });
            format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
        }
        Value::Array(items) => match text_of(items).filter(|_| key == "body") {
            Some(text) => Value::from(text).to_string(),
            None => {
                let items = items.iter().map(|item| shown("", item));
                format!("[{}]", items.collect::<Vec<_>>().join(","))
            }
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string(),
    }
}

fn text_of(bytes: &[Value]) -> Option<String> {
    let byte = |byte: &Value| byte.as_u64().and_then(|byte| u8::try_from(byte).ok());
    let bytes: Option<Vec<u8>> = bytes.iter().map(byte).collect();
    String::from_utf8(bytes?).ok()
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}
