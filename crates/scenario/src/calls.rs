//! The calls of one session: how many, which wait for an answer, which live.

use crate::host::CallId;
use crate::limits::{Limits, count};
use std::collections::BTreeMap;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leg {
    /// Incoming, waits for `answer`; let go at that time.
    Alerting { until_ms: u64 },
    /// Outgoing, waits for the far end.
    Dialing,
    /// Answered (an incoming one from `answer()` on).
    Answered,
}

#[derive(Default)]
pub(crate) struct Calls {
    live: BTreeMap<CallId, Leg>,
    attempts: u64,
}

impl Calls {
    /// An incoming call that is let go when it is not answered by then.
    pub(crate) fn alerting(&mut self, call: CallId, until_ms: u64) {
        self.live.insert(call, Leg::Alerting { until_ms });
    }

    /// Counts an outgoing call; false when a limit forbids it.
    pub(crate) fn dial(&mut self, call: CallId, limits: &Limits) -> bool {
        let unanswered = self.live.values().filter(|l| **l == Leg::Dialing).count();
        if self.attempts >= limits.calls || unanswered >= count(limits.calls_unanswered) {
            return false;
        }
        self.attempts += 1;
        self.live.insert(call, Leg::Dialing);
        true
    }

    pub(crate) fn answered(&mut self, call: CallId) {
        if let Some(leg) = self.live.get_mut(&call) {
            *leg = Leg::Answered;
        }
    }

    pub(crate) fn ended(&mut self, call: CallId) {
        self.live.remove(&call);
    }

    pub(crate) fn len(&self) -> usize {
        self.live.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.live.is_empty()
    }

    pub(crate) fn take_all(&mut self) -> Vec<CallId> {
        std::mem::take(&mut self.live).into_keys().collect()
    }

    /// When the first unanswered incoming call is to be let go.
    pub(crate) fn next_due_ms(&self) -> Option<u64> {
        self.live.values().filter_map(|leg| leg.until_ms()).min()
    }

    /// Incoming calls whose time to be answered is over. They count as answered
    /// from then on: the hang-up is asked for once.
    pub(crate) fn take_due(&mut self, now_ms: u64) -> Vec<CallId> {
        let mut due = Vec::new();
        for (call, leg) in &mut self.live {
            if leg.until_ms().is_some_and(|until| until <= now_ms) {
                *leg = Leg::Answered;
                due.push(*call);
            }
        }
        due
    }
}

impl Leg {
    fn until_ms(self) -> Option<u64> {
        match self {
            Self::Alerting { until_ms } => Some(until_ms),
            Self::Dialing | Self::Answered => None,
        }
    }
}
