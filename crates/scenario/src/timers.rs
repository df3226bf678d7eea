//! The timers of one session as deadlines; their callbacks live in the prelude.

use std::collections::{BTreeMap, HashMap};

/// Number of a timer inside one session, from 1: 0 tells the prelude "refused".
pub(crate) type TimerId = u32;

/// Shortest delay, milliseconds: a timer that sets itself again must let time
/// pass, or its session would never give its thread to others.
const DELAY_MIN_MS: u64 = 1;

/// Order of expiry: by time, then by order of creation.
type Due = (u64, TimerId);

#[derive(Default)]
pub(crate) struct Timers {
    last_id: TimerId,
    by_time: BTreeMap<Due, Option<u64>>,
    due_ms: HashMap<TimerId, u64>,
}

impl Timers {
    /// A timer that is due after `delay_ms`, and every `delay_ms` if it repeats.
    pub(crate) fn start(&mut self, now_ms: u64, delay_ms: u64, repeats: bool) -> TimerId {
        self.last_id = self.last_id.wrapping_add(1).max(1);
        let id = self.last_id;
        let delay_ms = delay_ms.max(DELAY_MIN_MS);
        self.insert(
            id,
            now_ms.saturating_add(delay_ms),
            repeats.then_some(delay_ms),
        );
        id
    }

    pub(crate) fn stop(&mut self, id: TimerId) {
        if let Some(due_ms) = self.due_ms.remove(&id) {
            self.by_time.remove(&(due_ms, id));
        }
    }

    pub(crate) fn clear(&mut self) {
        self.by_time.clear();
        self.due_ms.clear();
    }

    pub(crate) fn next_due_ms(&self) -> Option<u64> {
        self.by_time.keys().next().map(|(due_ms, _)| *due_ms)
    }

    /// The timers that are due now, in order. A repeating one is set again, a
    /// period after it was due or after now if it is far behind.
    pub(crate) fn take_due(&mut self, now_ms: u64) -> Vec<TimerId> {
        let mut due = Vec::new();
        while let Some((&(due_ms, id), &every)) = self.by_time.iter().next() {
            if due_ms > now_ms {
                break;
            }
            self.stop(id);
            due.push((id, due_ms, every));
        }
        for &(id, due_ms, every) in &due {
            if let Some(every_ms) = every {
                let next = due_ms.saturating_add(every_ms);
                let next = if next > now_ms {
                    next
                } else {
                    now_ms.saturating_add(every_ms)
                };
                self.insert(id, next, every);
            }
        }
        due.into_iter().map(|(id, _, _)| id).collect()
    }

    fn insert(&mut self, id: TimerId, due_ms: u64, every_ms: Option<u64>) {
        self.by_time.insert((due_ms, id), every_ms);
        self.due_ms.insert(id, due_ms);
    }
}
