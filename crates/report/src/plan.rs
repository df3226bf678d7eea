//! The plan of shifts: who should do what and when, and what of the states in
//! the record counts as doing it.

use crate::{Activity, Span};
use acd::AgentId;

/// Milliseconds of a minute, the unit of a plan.
pub const MINUTE_MS: u64 = 60_000;

/// One stretch of the plan of an agent. Those of one agent do not overlap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedShift {
    /// The agent.
    pub agent: AgentId,
    /// When it begins: a whole minute, milliseconds since 1970 UTC.
    pub from: u64,
    /// When it ends, exclusive: a whole minute.
    pub to: u64,
    /// What is planned.
    pub activity: PlannedActivity,
    /// Whether the agent is paid for it.
    pub paid: bool,
}

/// What an agent should do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PlannedActivity {
    /// Be there for callers.
    Work,
    /// Something else: `meeting`, or a reason for not being ready.
    Away {
        /// The word for it, as it is recorded and reported.
        reason: String,
    },
}

impl PlannedActivity {
    /// The activity of a word: `work`, and everything else is away.
    pub fn of(word: &str) -> Self {
        match word {
            "work" => Self::Work,
            reason => Self::Away {
                reason: reason.to_owned(),
            },
        }
    }

    /// The word that [`PlannedActivity::of`] reads.
    pub fn word(&self) -> &str {
        match self {
            Self::Work => "work",
            Self::Away { reason } => reason,
        }
    }

    /// Whether somebody in this state does what is planned: the matrix of
    /// adherence. At work is who is ready and free, or busy with a call, chosen
    /// state or not; who is passed over for misses or has no page is not. Away is
    /// who takes no calls by choice; which reason was given does not matter, and a
    /// call that runs into the break is no break.
    pub fn is_met_by(&self, span: &Span) -> bool {
        let is_ready = span.intent == "ready";
        match (self, span.activity) {
            (Self::Work, Activity::Idle) => is_ready,
            (
                Self::Work,
                Activity::Ringing
                | Activity::Talking
                | Activity::Consulting
                | Activity::Held
                | Activity::WrapUp,
            ) => true,
            (Self::Work, Activity::Banned | Activity::Unreachable) => false,
            (Self::Away { .. }, Activity::Idle | Activity::Banned | Activity::Unreachable) => {
                !is_ready
            }
            (
                Self::Away { .. },
                Activity::Ringing
                | Activity::Talking
                | Activity::Consulting
                | Activity::Held
                | Activity::WrapUp,
            ) => false,
        }
    }
}
