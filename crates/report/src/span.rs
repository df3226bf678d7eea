//! What an agent was at one stretch of time.

use acd::AgentId;
use serde::Serialize;

/// One stretch of an agent's time in one state. The spans of an agent follow
/// each other without gap or overlap.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Span {
    /// The agent.
    pub agent: AgentId,
    /// The chosen half: `offline`, `ready`, `not_ready`.
    pub intent: String,
    /// The observed half.
    pub activity: Activity,
    /// When it began.
    pub from: u64,
    /// When it ended; the moment of the report while it lasts.
    pub to: u64,
}

impl Span {
    /// The part of it within `from..to`, milliseconds.
    pub fn within_ms(&self, from: u64, to: u64) -> u64 {
        self.to.min(to).saturating_sub(self.from.max(from))
    }
}

/// What an agent was observed to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Activity {
    /// Nothing to do.
    Idle,
    /// Chosen for a call, or the phone rings.
    Ringing,
    /// In a talk.
    Talking,
    /// With a colleague about a call, the caller on hold.
    Consulting,
    /// Asked by a colleague who speaks with the caller meanwhile.
    Held,
    /// After a talk.
    WrapUp,
    /// Passed over for misses.
    Banned,
    /// The page that is needed is gone.
    Unreachable,
}

impl Activity {
    /// The activity of a word of the record; `None` for one that is not known.
    pub fn of(word: &str) -> Option<Self> {
        Some(match word {
            "idle" => Self::Idle,
            "reserved" | "ringing" => Self::Ringing,
            "talking" | "outbound" => Self::Talking,
            "consulting" => Self::Consulting,
            "held" => Self::Held,
            "wrap_up" => Self::WrapUp,
            "banned" => Self::Banned,
            "unreachable" => Self::Unreachable,
            _ => return None,
        })
    }
}
