//! Puts the events of one session back into order, without ever waiting for a
//! lost one for long.

use crate::id::Millis;
use crate::input::SessionEvent;
use crate::limits::{EVENT_GAP_MS, EVENTS_HELD_MAX, EVENTS_MISSED_MAX};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An event and when it happened by the session's clock.
pub(crate) type Dated = (Millis, SessionEvent);

/// The order of one call's events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Sequence {
    next: u64,
    held: BTreeMap<u64, Dated>,
    /// Numbers gone on without; each is still heard if it comes at last.
    missed: Vec<u64>,
    /// When the wait for the missing event ends.
    pub(crate) gap_until: Option<Millis>,
}

impl Default for Sequence {
    fn default() -> Self {
        Self {
            next: 1,
            held: BTreeMap::new(),
            missed: Vec::new(),
            gap_until: None,
        }
    }
}

impl Sequence {
    /// Takes event `seq`. Returns it if it is due at once; more may be due
    /// after it, see [`Sequence::next_due`]. `None` for a repeated event and
    /// for one that is held back.
    pub(crate) fn take(&mut self, now: Millis, seq: u64, event: Dated) -> Option<Dated> {
        if seq < self.next {
            let at = self.missed.iter().position(|missed| *missed == seq)?;
            self.missed.swap_remove(at);
            return Some(event);
        }
        if seq == self.next {
            self.next = seq.saturating_add(1);
            return Some(event);
        }
        self.held.entry(seq).or_insert(event);
        if self.held.len() > EVENTS_HELD_MAX {
            self.skip_gap();
        }
        if self.gap_until.is_none() {
            self.gap_until = Some(now + EVENT_GAP_MS);
        }
        None
    }

    /// The next held event whose turn has come.
    pub(crate) fn next_due(&mut self, now: Millis) -> Option<Dated> {
        if let Some(event) = self.held.remove(&self.next) {
            self.next = self.next.saturating_add(1);
            // A gap behind this one is a new gap, with its own time.
            self.gap_until = (!self.held.is_empty()).then_some(now + EVENT_GAP_MS);
            return Some(event);
        }
        if self.held.is_empty() {
            self.gap_until = None;
        }
        None
    }

    /// Goes on without what is missing before the first held event.
    pub(crate) fn skip_gap(&mut self) {
        let Some(first) = self.held.keys().next().copied() else {
            return;
        };
        let from = self
            .next
            .max(first.saturating_sub(EVENTS_MISSED_MAX as u64));
        self.missed.extend(from..first);
        let surplus = self.missed.len().saturating_sub(EVENTS_MISSED_MAX);
        self.missed.drain(..surplus);
        self.next = first;
    }

    /// Whether something is held back.
    pub(crate) fn holds(&self) -> bool {
        !self.held.is_empty()
    }
}
