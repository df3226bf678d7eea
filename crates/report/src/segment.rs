//! One stay of a call in a queue.

use acd::{AgentId, CallId, EndedBy, OfferId, Party, QueueId, ReserveId};
use serde::Serialize;

/// One stay of a call in a queue. Going on to another queue begins another
/// segment (metrics.md §3.1), and so does being handed over by an agent; being
/// offered again in the same queue does not.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Segment {
    /// The call.
    pub call: CallId,
    /// The queue.
    pub queue: QueueId,
    /// Who calls.
    pub caller_number: String,
    /// What was dialled.
    pub dialed_number: String,
    /// When the call came into this queue: the clock of every measure here, and
    /// the moment the call is booked at.
    pub queued_at: u64,
    /// Every agent's phone that was rung for it, in order.
    pub offers: Vec<Offer>,
    /// When somebody answered.
    pub answered_at: Option<u64>,
    /// When it left the queue or the talk ended.
    pub left_at: Option<u64>,
    /// How it went.
    pub outcome: Outcome,
    /// Queue wait so far or in the end, milliseconds.
    pub wait_ms: u64,
    /// Talk, milliseconds; 0 while it lasts.
    pub talk_ms: u64,
    /// Of the talk, the time in which the agent asked a colleague and the caller
    /// was on hold, milliseconds.
    pub hold_ms: u64,
    /// Wrap-up of the agent who served it, milliseconds.
    pub wrap_up_ms: u64,
    /// Who served it.
    pub agent: Option<AgentId>,
    /// The reserve number that served it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reserve: Option<ReserveId>,
    /// The outside number that served it, to which an agent transferred it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// Who ended it.
    pub ended_by: Option<EndedBy>,
    /// It ended because the agent handed the caller over.
    pub is_transferred: bool,
    /// It began so within the same queue: the queue has counted the caller
    /// already, and this is one agent's part more (metrics.md §3.1: never one
    /// caller twice in one queue).
    pub is_continued: bool,
}

impl Segment {
    /// Whether the talk went on at `at`.
    pub(crate) fn is_talk_at(&self, at: u64) -> bool {
        let has_begun = self.answered_at.is_some_and(|answered| answered <= at);
        has_begun && self.left_at.is_none_or(|left| at < left)
    }
}

/// How a segment went: exactly one for each (metrics.md §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The caller still waits.
    Waiting,
    /// An agent and the caller were joined.
    Answered,
    /// The caller hung up before that.
    Abandoned,
    /// The system moved the call elsewhere.
    Overflowed,
    /// The caller chose to be called back.
    CallbackTaken,
    /// The caller left by a key.
    ExitedByKey,
    /// The session died, or the system ended the call.
    SystemFailed,
}

impl Outcome {
    /// The outcome of a word of the record. A word that a later version may
    /// have written counts as the system's doing, so that nothing is left out.
    pub fn of(word: &str) -> Self {
        match word {
            "answered" => Self::Answered,
            "abandoned" => Self::Abandoned,
            "overflowed" => Self::Overflowed,
            "callback_taken" => Self::CallbackTaken,
            "exited_by_key" => Self::ExitedByKey,
            _ => Self::SystemFailed,
        }
    }
}

/// One ringing of one phone: an agent's, or a reserve number.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Offer {
    /// The offer.
    pub offer: OfferId,
    /// Whose, under `agent` or `reserve`.
    #[serde(flatten)]
    pub party: Party,
    /// When it was made.
    pub made_at: u64,
    /// How it ended; `None` while it rings.
    pub outcome: Option<OfferOutcome>,
    /// How long it rang, milliseconds.
    pub rang_ms: u64,
}

/// How an offer ended. Only a phone that rang out while the caller was there
/// is a miss (RONA); a caller who left first blames nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferOutcome {
    /// Taken.
    Answered,
    /// Rang out.
    NoAnswer,
    /// The phone was busy.
    Busy,
    /// Declined.
    Rejected,
    /// The phone could not be reached.
    Unreachable,
    /// There was no phone: none was registered.
    Unregistered,
    /// The caller left, another agent was faster, or the session did not get it.
    Cancelled,
}

impl OfferOutcome {
    /// The outcome of a word of the record; one that is not known blames nobody.
    pub fn of(word: &str) -> Self {
        match word {
            "answered" => Self::Answered,
            "no_answer" => Self::NoAnswer,
            "busy" => Self::Busy,
            "rejected" => Self::Rejected,
            "unreachable" => Self::Unreachable,
            "unregistered" => Self::Unregistered,
            _ => Self::Cancelled,
        }
    }
}
