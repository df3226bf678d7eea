//! What engines tell of attempts: `POST /api/v1/attempts`.

use crate::contract::{FieldError, Problem};
use outbound::{Contact, ListId, TaskId};
use serde::Deserialize;
use serde_json::Value;

/// Words of one request.
const NEWS_MAX: usize = 1_000;

/// Which attempt, and what has become of its call.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Of {
    list_id: ListId,
    task_id: TaskId,
    attempt: u32,
    /// As far as its engine knows; replaces what it said before.
    #[serde(default)]
    call: Option<Contact>,
}

/// One word of an attempt. `data` is what the scenario gave, as text.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "news", rename_all = "snake_case")]
pub(crate) enum AttemptNews {
    Result {
        #[serde(flatten)]
        of: Of,
        #[serde(default)]
        data: String,
    },
    Error {
        #[serde(flatten)]
        of: Of,
        #[serde(default)]
        data: String,
    },
    Progress {
        #[serde(flatten)]
        of: Of,
        #[serde(default)]
        data: String,
    },
    NextAttempt {
        #[serde(flatten)]
        of: Of,
        #[serde(default)]
        data: String,
    },
    Over {
        #[serde(flatten)]
        of: Of,
    },
    CutOff {
        #[serde(flatten)]
        of: Of,
    },
}

impl AttemptNews {
    /// Which attempt, and what has become of its call.
    pub(super) fn of(&self) -> ((ListId, TaskId, u32), Option<Contact>) {
        let (Self::Result { of, .. }
        | Self::Error { of, .. }
        | Self::Progress { of, .. }
        | Self::NextAttempt { of, .. }
        | Self::Over { of }
        | Self::CutOff { of }) = self;
        ((of.list_id, of.task_id, of.attempt), of.call.clone())
    }
}

/// Reads `{attempts: [...]}`.
pub(crate) fn read_attempts(body: &Value) -> Result<Vec<AttemptNews>, FieldError> {
    let rows = body.get("attempts").and_then(Value::as_array);
    let rows = rows.ok_or_else(|| FieldError::new("attempts", "list of words of attempts"))?;
    if rows.len() > NEWS_MAX {
        let most = format!("at most {NEWS_MAX} words");
        return Err(FieldError::new("attempts", most).of(Problem::TooMany));
    }
    let read = |(place, row): (usize, &Value)| {
        serde_json::from_value(row.clone()).map_err(|error| {
            FieldError::new(format!("attempts[{place}]"), format!("word: {error}"))
        })
    };
    rows.iter().enumerate().map(read).collect()
}
