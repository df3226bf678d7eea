//! What became of the call of an attempt, as its engine saw it, and what is kept of
//! an attempt that is over.

use crate::id::{ListId, TaskId};
use crate::limits::NUMBER_CHARS_MAX;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The person's call, and whether somebody else was there. Times are milliseconds
/// since 1970 UTC. Journal-like: fields may be added, never renamed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Contact {
    /// The number that was called; empty when nobody was.
    pub to_number: String,
    /// The number that the called person saw.
    pub from_number: String,
    /// When it was dialled.
    pub dialled_at_ms: Option<u64>,
    /// When a person or a machine answered.
    pub answered_at_ms: Option<u64>,
    /// When it was over.
    pub ended_at_ms: Option<u64>,
    /// What a detector of answering machines heard, if one listened.
    pub answered_by: Option<AnsweredBy>,
    /// When the first words after the answer began, if a detector listened.
    pub greeting_started_at_ms: Option<u64>,
    /// When they ended, or the detector had heard enough.
    pub greeting_ended_at_ms: Option<u64>,
    /// When the scenario first asked a queue, or called somebody else.
    pub agent_sought_at_ms: Option<u64>,
    /// When the person first heard somebody else.
    pub agent_at_ms: Option<u64>,
}

/// Who has answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnsweredBy {
    /// A person.
    Human,
    /// A machine.
    Machine,
    /// The detector could not tell.
    Unknown,
}

impl Contact {
    /// With texts of bounded length.
    pub(crate) fn bounded(mut self) -> Self {
        for text in [&mut self.to_number, &mut self.from_number] {
            if let Some((end, _)) = text.char_indices().nth(NUMBER_CHARS_MAX) {
                text.truncate(end);
            }
        }
        self
    }
}

/// What came of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptOutcome {
    /// The task was over with it.
    Processed,
    /// It failed.
    Failed,
    /// Its session was cut off without a word of how it went.
    Lost,
}

/// An attempt that is over, for the reports. Journal-like: fields may be added, never
/// renamed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptRecord {
    /// Its list.
    pub list: ListId,
    /// The list's name at that time.
    pub list_name: String,
    /// Its task.
    pub task: TaskId,
    /// Which attempt of it, from 1.
    pub attempt: u32,
    /// When it began, milliseconds since 1970 UTC.
    pub began_at_ms: u64,
    /// When it was over, milliseconds since 1970 UTC.
    pub ended_at_ms: u64,
    /// What came of it.
    pub outcome: AttemptOutcome,
    /// What became of its call; `None` when its engine did not say.
    #[serde(default)]
    pub contact: Option<Contact>,
    /// Whether it was the right person, if the scenario has said.
    #[serde(default)]
    pub right_party: Option<bool>,
}

/// What a report says of the person: the field `right_party` of the object that a
/// scenario gave to `CallList.report...`, or of the `error` of `requestNextAttempt`.
pub(crate) fn right_party(data: &str) -> Option<bool> {
    let value: Value = serde_json::from_str(data).ok()?;
    let said = |value: &Value| value.get("right_party").and_then(Value::as_bool);
    said(&value).or_else(|| said(value.get("error")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_right_party_is_a_field_of_what_the_scenario_reports() {
        for (data, said) in [
            (r#"{"result":"confirmed","right_party":true}"#, Some(true)),
            (r#"{"right_party":false}"#, Some(false)),
            (r#"{"start_at":5,"error":{"right_party":true}}"#, Some(true)),
            (r#"{"right_party":"yes"}"#, None),
            (r#"{"result":"heard"}"#, None),
            ("right_party", None),
            ("[true]", None),
            ("", None),
        ] {
            assert_eq!(right_party(data), said, "{data}");
        }
    }

    #[test]
    fn a_long_number_is_cut_between_characters() {
        let contact = Contact {
            to_number: "\u{44f}".repeat(NUMBER_CHARS_MAX + 1),
            from_number: "1".repeat(NUMBER_CHARS_MAX),
            ..Contact::default()
        };
        let bounded = contact.bounded();
        assert_eq!(bounded.to_number.chars().count(), NUMBER_CHARS_MAX);
        assert_eq!(bounded.from_number.len(), NUMBER_CHARS_MAX);
    }
}
