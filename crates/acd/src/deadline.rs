//! A moment at which something is due, or never.

use crate::id::Millis;
use serde::{Deserialize, Serialize};

/// One of the many deadlines of a call. An `Option` would take twice the memory, of
/// which every waiting call has eight, and the earliest of several would be found by
/// branches instead of comparisons. The end of time stands for never.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Option<Millis>", into = "Option<Millis>")]
pub(crate) struct Deadline(Millis);

impl Deadline {
    pub(crate) const NEVER: Self = Self(Millis::MAX);

    /// Due at `moment`. The end of time itself comes a millisecond early.
    pub(crate) fn at(moment: Millis) -> Self {
        Self(moment.min(Millis::MAX - 1))
    }

    /// The moment; `None` is never.
    pub(crate) fn moment(self) -> Option<Millis> {
        self.is_set().then_some(self.0)
    }

    pub(crate) fn is_set(self) -> bool {
        self != Self::NEVER
    }

    pub(crate) fn is_due(self, now: Millis) -> bool {
        self.0 <= now && self.is_set()
    }

    /// This one, or `moment` if it is never.
    pub(crate) fn or_else(self, moment: Millis) -> Self {
        if self.is_set() {
            self
        } else {
            Self::at(moment)
        }
    }

    /// The earlier of the two.
    pub(crate) fn or_earlier(self, other: Self) -> Self {
        Self(self.0.min(other.0))
    }
}

impl Default for Deadline {
    fn default() -> Self {
        Self::NEVER
    }
}

impl From<Option<Millis>> for Deadline {
    fn from(moment: Option<Millis>) -> Self {
        moment.map_or(Self::NEVER, Self::at)
    }
}

impl From<Deadline> for Option<Millis> {
    fn from(deadline: Deadline) -> Self {
        deadline.moment()
    }
}
