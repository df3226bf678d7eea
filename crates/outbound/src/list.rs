//! A call list: what applies to all its tasks.

use serde::{Deserialize, Serialize};

/// Which tasks go first among those of one priority.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskOrder {
    /// Those that were never called.
    #[default]
    FirstAttempts,
    /// Those that were called before.
    RepeatedAttempts,
}

impl TaskOrder {
    /// The word of `task_priority_strategy`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FirstAttempts => "first_attempts",
            Self::RepeatedAttempts => "repeated_attempts",
        }
    }

    /// From that word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::FirstAttempts, Self::RepeatedAttempts]
            .into_iter()
            .find(|order| order.as_str().eq_ignore_ascii_case(word))
    }
}

/// Who starts its tasks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListKind {
    /// They start when their time has come.
    #[default]
    Automatic,
    /// One at every `StartNextCallTask`.
    Manual,
}

/// What is kept of a list. Journal-like: fields may be added, never renamed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallList {
    /// Its name, of which there may be several.
    pub name: String,
    /// The rule whose scenario calls.
    pub rule_id: u64,
    /// Among lists: 0 goes first.
    pub priority: u64,
    /// Sessions at once.
    pub max_simultaneous: u32,
    /// Attempts of a task.
    pub num_attempts: u32,
    /// From a failed attempt to the next, seconds.
    pub interval_s: u64,
    /// Which tasks go first.
    #[serde(default)]
    pub order: TaskOrder,
    /// Not before that, milliseconds since 1970 UTC.
    #[serde(default)]
    pub start_at_ms: u64,
    /// `list_custom_data`
    #[serde(default)]
    pub custom_data: String,
    /// Who starts its tasks.
    #[serde(default)]
    pub kind: ListKind,
    /// `StopCallListProcessing`: nothing starts before `RecoverCallList`.
    #[serde(default)]
    pub is_stopped: bool,
    /// The columns of its first file, in their order.
    #[serde(default)]
    pub columns: Vec<String>,
    /// When it was made, milliseconds since 1970 UTC.
    pub submitted_ms: u64,
    /// When its last task was over, milliseconds since 1970 UTC.
    #[serde(default)]
    pub completed_ms: Option<u64>,
}

/// How a list is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListStatus {
    /// Tasks are left.
    InProgress,
    /// All tasks are over.
    Completed,
    /// Stopped.
    Canceled,
    /// Its rule does not start; it is tried again.
    Suspended,
}

impl ListStatus {
    /// The cloud's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InProgress => "In progress",
            Self::Completed => "Completed",
            Self::Canceled => "Canceled",
            Self::Suspended => "Suspended",
        }
    }
}
