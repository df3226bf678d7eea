//! A task: one row of a list, called until it is over.

use crate::contact::Contact;
use crate::hours::Hours;
use crate::id::ListId;
use serde::{Deserialize, Serialize};

/// Priority of a task that names none, as on the cloud.
pub(crate) const PRIORITY_DEFAULT: u32 = 50;

/// What is kept of a task. Journal-like: fields may be added, never renamed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Its list.
    pub list: ListId,
    /// The file that it came with.
    pub batch: String,
    /// `task_uuid`: unique in its list.
    pub uuid: String,
    /// Its row as JSON, or what took its place.
    pub custom_data: String,
    /// When it may be called.
    #[serde(default)]
    pub hours: Hours,
    /// Not before that, milliseconds since 1970 UTC.
    #[serde(default)]
    pub not_before_ms: u64,
    /// 0 goes first.
    pub priority: u32,
    /// Attempts that may still begin.
    pub attempts_left: u32,
    /// Attempts that have begun.
    #[serde(default)]
    pub attempts_made: u32,
    /// When the last one began, milliseconds since 1970 UTC; 0 is never.
    #[serde(default)]
    pub last_attempt_ms: u64,
    /// What the scenario reported last.
    #[serde(default)]
    pub result_data: String,
    /// Where it stands.
    pub state: TaskState,
}

/// Where a task stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum TaskState {
    /// For its first or next attempt.
    Waiting,
    /// Its session runs, or may run.
    InProgress(Attempt),
    /// Over: reached, or what its scenario calls so.
    Processed,
    /// Over: no attempt succeeded.
    Error,
    /// Over: by command.
    Canceled,
}

/// An attempt whose session runs, or may run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// 1 is the first; with the task it names the attempt.
    pub number: u32,
    /// When it began, milliseconds since 1970 UTC.
    pub since_ms: u64,
    /// Where its session is.
    pub place: Place,
    /// What the scenario has said so far.
    #[serde(default)]
    pub verdict: Option<Verdict>,
    /// It was canceled meanwhile: there is no further one.
    #[serde(default)]
    pub is_canceled: bool,
    /// What became of its call, as far as its engine has said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Box<Contact>>,
    /// Whether it is the right person, if the scenario has said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub right_party: Option<bool>,
}

/// Where the session of an attempt is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "at", rename_all = "snake_case")]
pub enum Place {
    /// An engine was asked and has not answered yet.
    Asked,
    /// An engine was asked, and what it answered was lost: the session may run.
    Unsure {
        /// The engine's address.
        engine: String,
    },
    /// It runs.
    On {
        /// The engine's address.
        engine: String,
        /// Which run of that engine: another one does not have the session.
        instance: String,
        /// The session.
        session_id: u64,
    },
}

/// What a scenario said of its attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// `reportResult`
    Processed,
    /// `reportError` or `requestNextAttempt`
    Failed,
}

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// By itself. Without a report the task counts as processed (§1.2, 6).
    Over,
    /// It was cut off: its engine stopped or died.
    Lost,
}

/// The cloud's numbers and words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Never called.
    New,
    /// Begun and not over; between two attempts too.
    InProgress,
    /// Over.
    Processed,
    /// Over without success.
    Error,
    /// Over by command.
    Canceled,
}

impl Status {
    /// `status_id`
    pub fn number(self) -> u8 {
        match self {
            Self::New => 0,
            Self::InProgress => 1,
            Self::Processed => 2,
            Self::Error => 3,
            Self::Canceled => 4,
        }
    }

    /// `status`
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "New",
            Self::InProgress => "In progress",
            Self::Processed => "Processed",
            Self::Error => "Error",
            Self::Canceled => "Canceled",
        }
    }
}

impl Task {
    /// Where it stands, in the cloud's words. A result counts when it is reported,
    /// though its session may go on.
    pub fn status(&self, list_is_stopped: bool) -> Status {
        match &self.state {
            TaskState::Waiting if list_is_stopped => Status::Canceled,
            TaskState::Waiting if self.attempts_made == 0 => Status::New,
            TaskState::Waiting => Status::InProgress,
            TaskState::InProgress(attempt) => match attempt.verdict {
                Some(Verdict::Processed) => Status::Processed,
                Some(Verdict::Failed) | None => Status::InProgress,
            },
            TaskState::Processed => Status::Processed,
            TaskState::Error => Status::Error,
            TaskState::Canceled => Status::Canceled,
        }
    }

    /// Whether nothing will happen to it any more.
    pub fn is_over(&self) -> bool {
        match self.state {
            TaskState::Waiting | TaskState::InProgress(_) => false,
            TaskState::Processed | TaskState::Error | TaskState::Canceled => true,
        }
    }
}
