//! Reading one JSON object field by field, with errors that name the field.

use serde_json::{Map, Value};

/// A field that is missing or not what it must be. The sender can fix it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct FieldError {
    /// Path of the field, `skills[2]`; `body` for the whole.
    pub(crate) field: String,
    /// What it should have been.
    pub(crate) expected: String,
}

impl FieldError {
    pub(crate) fn new(field: impl Into<String>, expected: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            expected: expected.into(),
        }
    }
}

impl std::fmt::Display for FieldError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: expected {}", self.field, self.expected)
    }
}

/// The fields of one object. `null` counts as absent.
pub(crate) struct Fields<'a> {
    object: &'a Map<String, Value>,
}

impl<'a> Fields<'a> {
    /// The fields of a body, which must be an object.
    pub(crate) fn of(body: &'a Value) -> Result<Self, FieldError> {
        match body.as_object() {
            Some(object) => Ok(Self { object }),
            None => Err(FieldError::new("body", "object")),
        }
    }

    /// The field's value; `None` when it is absent or `null`.
    pub(crate) fn value(&self, name: &str) -> Option<&'a Value> {
        self.object.get(name).filter(|value| !value.is_null())
    }

    /// A text of at most `max` bytes, if it is there.
    pub(crate) fn optional_text(
        &self,
        name: &str,
        max: usize,
    ) -> Result<Option<&'a str>, FieldError> {
        self.value(name)
            .map(|value| text_of(value, name, max))
            .transpose()
    }

    /// A text of at most `max` bytes; it may be empty.
    pub(crate) fn text(&self, name: &str, max: usize) -> Result<&'a str, FieldError> {
        self.optional_text(name, max)?
            .ok_or_else(|| FieldError::new(name, "text"))
    }

    /// A text of 1 to `max` bytes.
    pub(crate) fn filled_text(&self, name: &str, max: usize) -> Result<&'a str, FieldError> {
        match self.text(name, max)? {
            "" => Err(FieldError::new(name, "text that is not empty")),
            text => Ok(text),
        }
    }

    /// A whole number from 0, if it is there.
    pub(crate) fn optional_number(&self, name: &str) -> Result<Option<u64>, FieldError> {
        let read = |value: &Value| {
            value
                .as_u64()
                .ok_or_else(|| FieldError::new(name, "integer, 0 or more"))
        };
        self.value(name).map(read).transpose()
    }

    /// A whole number from 0.
    pub(crate) fn number(&self, name: &str) -> Result<u64, FieldError> {
        self.optional_number(name)?
            .ok_or_else(|| FieldError::new(name, "integer, 0 or more"))
    }

    /// A list of at most `count_max` texts of at most `max` bytes; absent is empty.
    pub(crate) fn texts(
        &self,
        name: &str,
        count_max: usize,
        max: usize,
    ) -> Result<Vec<&'a str>, FieldError> {
        let Some(value) = self.value(name) else {
            return Ok(Vec::new());
        };
        let list = value
            .as_array()
            .ok_or_else(|| FieldError::new(name, "list of texts"))?;
        if list.len() > count_max {
            return Err(FieldError::new(
                name,
                format!("at most {count_max} entries"),
            ));
        }
        list.iter()
            .enumerate()
            .map(|(index, one)| text_of(one, &format!("{name}[{index}]"), max))
            .collect()
    }

    /// An object, if it is there.
    pub(crate) fn optional_object(
        &self,
        name: &str,
    ) -> Result<Option<&'a Map<String, Value>>, FieldError> {
        let read = |value: &'a Value| {
            value
                .as_object()
                .ok_or_else(|| FieldError::new(name, "object"))
        };
        self.value(name).map(read).transpose()
    }
}

fn text_of<'a>(value: &'a Value, path: &str, max: usize) -> Result<&'a str, FieldError> {
    let text = value
        .as_str()
        .ok_or_else(|| FieldError::new(path, "text"))?;
    if text.len() > max {
        return Err(FieldError::new(path, format!("at most {max} bytes")));
    }
    // NUL cannot be stored in every database, and no honest text has one.
    if text.contains('\0') {
        return Err(FieldError::new(path, "text without NUL characters"));
    }
    Ok(text)
}
