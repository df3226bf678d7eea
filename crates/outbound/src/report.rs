//! What a scenario says of its attempt: `CallList.report...` and
//! `requestNextAttempt`.

use crate::contact::right_party;
use crate::hours::Window;
use crate::limits::{CUSTOM_DATA_BYTES_MAX, RESULT_BYTES_MAX};
use crate::when::later_ms;
use serde_json::Value;

/// One report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// `reportResult`: the task is over.
    Result(String),
    /// `reportError`: the attempt failed.
    Error(String),
    /// `reportProgress`: it goes on.
    Progress(String),
    /// `requestNextAttempt`: the attempt failed, and the next is to be other.
    Next(NextAttempt),
}

impl Report {
    /// What it says of the person who answered.
    pub(crate) fn right_party(&self) -> Option<bool> {
        match self {
            Self::Result(data) | Self::Error(data) | Self::Progress(data) => right_party(data),
            Self::Next(next) => next.right_party,
        }
    }
}

/// What `requestNextAttempt` asks for; what it leaves out stays as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NextAttempt {
    /// `start_at` or `next_attempt_time`, milliseconds since 1970 UTC.
    pub not_before_ms: Option<u64>,
    /// `attempts_left`: 0 ends the task.
    pub attempts_left: Option<u32>,
    /// `custom_data` of the next attempts.
    pub custom_data: Option<String>,
    /// `start_execution_time` and `end_execution_time`.
    pub daily: Option<Window>,
    /// `error`: what became of this attempt.
    pub error: String,
    /// `right_party`, there or in `error`: whether it was the right person.
    pub right_party: Option<bool>,
}

impl NextAttempt {
    /// From the JSON that the scenario gave. The cloud reads over what it cannot
    /// use and goes on, and so do we: a person waits, not a programmer.
    pub fn parse(data: &str, now_ms: u64) -> Self {
        let fields: Value = serde_json::from_str(data).unwrap_or_default();
        let text = |name: &str| match fields.get(name) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(text.clone()),
            Some(other) => Some(other.to_string()),
        };
        let moment = |name: &str| text(name).and_then(|text| later_ms(&text, now_ms));
        let attempts_left = text("attempts_left").and_then(|text| text.trim().parse().ok());
        let custom_data = text("custom_data");
        let ends = (text("start_execution_time"), text("end_execution_time"));
        let daily = match ends {
            (Some(start), Some(end)) => Window::parse(&start, &end).ok(),
            (Some(_), None) | (None, Some(_)) | (None, None) => None,
        };
        Self {
            not_before_ms: moment("next_attempt_time").or_else(|| moment("start_at")),
            attempts_left,
            custom_data: custom_data.filter(|text| text.len() <= CUSTOM_DATA_BYTES_MAX),
            daily,
            error: text("error").unwrap_or_default(),
            right_party: right_party(data),
        }
    }
}

/// As much of a result as is kept.
pub(crate) fn kept(mut text: String) -> String {
    let mut end = RESULT_BYTES_MAX;
    if text.len() > end {
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
    }
    text
}
