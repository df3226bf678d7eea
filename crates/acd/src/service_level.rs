//! The service level of the day, counted as calls are answered and lost, so
//! that it can be told at any moment (metrics.md §3.2, the usual formula).

use crate::id::Millis;
use serde::{Deserialize, Serialize};

/// What is in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ServiceTarget {
    /// Answered within this wait is in time, milliseconds; exactly so long is
    /// within.
    pub within_ms: Millis,
    /// Who leaves earlier than this did not really wait, milliseconds; 0 is off.
    pub short_abandon_ms: Millis,
}

impl Default for ServiceTarget {
    /// 20 s; short is under 5 s.
    fn default() -> Self {
        Self {
            within_ms: 20_000,
            short_abandon_ms: 5_000,
        }
    }
}

/// Calls of the day that were answered in time, of all that count: answered,
/// abandoned but not short, and moved by the system.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LevelToday {
    /// Answered in time.
    pub in_time: u64,
    /// Of so many.
    pub of: u64,
}

impl LevelToday {
    pub(crate) fn answered(&mut self, target: ServiceTarget, wait_ms: Millis) {
        self.in_time += u64::from(wait_ms <= target.within_ms);
        self.of += 1;
    }

    /// The answer turned out to be none.
    pub(crate) fn not_answered(&mut self, target: ServiceTarget, wait_ms: Millis) {
        let in_time = u64::from(wait_ms <= target.within_ms);
        self.in_time = self.in_time.saturating_sub(in_time);
        self.of = self.of.saturating_sub(1);
    }

    /// A call left the queue without an answer.
    pub(crate) fn left(&mut self, target: ServiceTarget, outcome: &str, wait_ms: Millis) {
        self.of += u64::from(match outcome {
            "abandoned" => wait_ms >= target.short_abandon_ms,
            "overflowed" | "callback_taken" => true,
            _ => false,
        });
    }
}
