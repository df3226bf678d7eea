//! Reading one JSON object field by field, with errors that name the field.

use serde::Serialize;
use serde_json::{Map, Value};

/// What is wrong with a field, for programs and for pages in any language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Problem {
    /// Not one of the values that it may have.
    #[default]
    WrongValue,
    /// Nothing is there.
    Empty,
    /// More than is kept.
    TooLong,
    /// More of them than are kept.
    TooMany,
    /// No number or name that a caller can have.
    NotACaller,
    /// Nobody of that name takes calls.
    NotAnAgent,
    /// No day or time.
    NotATime,
    /// No time zone.
    NotAZone,
    /// Ends before it begins.
    EndsTooEarly,
    /// At the same time as another.
    Overlaps,
    /// Not in UTF-8, or not as the first line says.
    Unreadable,
    /// Columns that must be there are not.
    NoColumns,
    /// Nothing of that name.
    Unknown,
}

/// A field that is missing or not what it must be. The sender can fix it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct FieldError {
    /// Path of the field, `skills[2]`; `body` for the whole.
    pub(crate) field: String,
    /// What it should have been.
    pub(crate) expected: String,
    /// The same as a word that does not change.
    pub(crate) problem: Problem,
}

impl FieldError {
    pub(crate) fn new(field: impl Into<String>, expected: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            expected: expected.into(),
            problem: Problem::default(),
        }
    }

    /// The same, said more exactly.
    pub(crate) fn of(self, problem: Problem) -> Self {
        Self { problem, ..self }
    }

    /// A text that must not be empty.
    pub(crate) fn empty(field: &str) -> Self {
        Self::new(field, "text that is not empty").of(Problem::Empty)
    }

    /// A name that no agent has.
    pub(crate) fn not_an_agent(field: &str) -> Self {
        Self::new(field, "the user name of an agent").of(Problem::NotAnAgent)
    }

    /// A number that no caller can have.
    pub(crate) fn not_a_caller() -> Self {
        Self::new("number", "number or name of a caller").of(Problem::NotACaller)
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
            .ok_or_else(|| FieldError::new(name, "text").of(Problem::Empty))
    }

    /// A text of 1 to `max` bytes.
    pub(crate) fn filled_text(&self, name: &str, max: usize) -> Result<&'a str, FieldError> {
        match self.text(name, max)? {
            "" => Err(FieldError::empty(name)),
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
        let long = FieldError::new(path, format!("at most {max} bytes"));
        return Err(long.of(Problem::TooLong));
    }
    // NUL cannot be stored in every database, and no honest text has one.
    if text.contains('\0') {
        return Err(FieldError::new(path, "text without NUL characters"));
    }
    Ok(text)
}
