//! What comes of an offer that an agent did not take, where that is not as after a miss:
//! each way not to answer has rules of its own.

use crate::offer::Outcome;
use serde::{Deserialize, Serialize};

/// After offers that ended in one of these ways.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NotTakenRule {
    /// How long the agent is passed over, milliseconds; `None` is as after a miss.
    pub retry_delay_ms: Option<u64>,
    /// So many in a row earn a ban, and each further so many the next, as long as misses
    /// earn; 0 is never. An answered offer ends the row.
    pub ban_after: u64,
}

/// The ways not to answer, other than letting the phone ring out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct NotTakenRules {
    /// The agent declined.
    pub rejected: NotTakenRule,
    /// The phone was busy.
    pub busy: NotTakenRule,
    /// The phone could not be reached.
    pub unreachable: NotTakenRule,
    /// No phone was registered.
    pub unregistered: NotTakenRule,
}

impl NotTakenRules {
    /// The rule of an outcome; `None` for a miss, which is the queue's own, and for what
    /// is not the agent's doing.
    pub(crate) fn of(&self, outcome: Outcome) -> Option<NotTakenRule> {
        match outcome {
            Outcome::Rejected => Some(self.rejected),
            Outcome::Busy => Some(self.busy),
            Outcome::Unreachable => Some(self.unreachable),
            Outcome::Unregistered => Some(self.unregistered),
            Outcome::NoAnswer
            | Outcome::Cancelled
            | Outcome::AnsweredElsewhere
            | Outcome::NotDelivered => None,
        }
    }
}
