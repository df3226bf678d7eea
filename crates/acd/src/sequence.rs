//! Puts the events of one session back into order, without ever waiting for a
//! lost one for long.

use crate::id::Millis;
use crate::input::SessionEvent;
use crate::limits::{EVENT_GAP_MS, EVENTS_HELD_MAX, EVENTS_MISSED_MAX};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An event and when it happened by the session's clock.
pub(crate) type Dated = (Millis, SessionEvent);

/// The order of one call's events. Nearly every call's come in order, and then one
/// number is all there is to know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Kept", into = "Kept")]
pub(crate) struct Sequence {
    next: u64,
    /// Never one with nothing in it.
    gap: Option<Box<Gap>>,
}

/// What a missing event leads to.
#[derive(Clone, Debug, Default, PartialEq)]
struct Gap {
    held: BTreeMap<u64, Dated>,
    /// Numbers gone on without; each is still heard if it comes at last.
    missed: Vec<u64>,
    /// When the wait for the missing event ends.
    until: Option<Millis>,
}

/// The form in a kept state.
#[derive(Serialize, Deserialize)]
struct Kept {
    next: u64,
    held: BTreeMap<u64, Dated>,
    missed: Vec<u64>,
    gap_until: Option<Millis>,
}

impl From<Kept> for Sequence {
    fn from(kept: Kept) -> Self {
        let gap = Gap {
            held: kept.held,
            missed: kept.missed,
            until: kept.gap_until,
        };
        let mut sequence = Self {
            next: kept.next,
            gap: Some(Box::new(gap)),
        };
        sequence.close_gap();
        sequence
    }
}

impl From<Sequence> for Kept {
    fn from(sequence: Sequence) -> Self {
        let gap = sequence.gap.map(|gap| *gap).unwrap_or_default();
        Self {
            next: sequence.next,
            held: gap.held,
            missed: gap.missed,
            gap_until: gap.until,
        }
    }
}

impl Default for Sequence {
    fn default() -> Self {
        Self { next: 1, gap: None }
    }
}

impl Sequence {
    /// Takes event `seq` if it is the next and none was ever missing: the way of nearly
    /// every event, for which nothing is moved about. Says whether it did.
    pub(crate) fn take_in_order(&mut self, seq: u64) -> bool {
        let is_in_order = seq == self.next && self.gap.is_none();
        if is_in_order {
            self.next = seq.saturating_add(1);
        }
        is_in_order
    }

    /// Takes event `seq`. Returns it if it is due at once; more may be due
    /// after it, see [`Sequence::next_due`]. `None` for a repeated event and
    /// for one that is held back.
    pub(crate) fn take(&mut self, now: Millis, seq: u64, event: Dated) -> Option<Dated> {
        if seq < self.next {
            let missed = &mut self.gap.as_mut()?.missed;
            let at = missed.iter().position(|missed| *missed == seq)?;
            missed.swap_remove(at);
            self.close_gap();
            return Some(event);
        }
        if seq == self.next {
            self.next = seq.saturating_add(1);
            return Some(event);
        }
        let gap = self.gap.get_or_insert_default();
        gap.held.entry(seq).or_insert(event);
        gap.until.get_or_insert(now + EVENT_GAP_MS);
        if gap.held.len() > EVENTS_HELD_MAX {
            self.skip_gap();
        }
        None
    }

    /// The next held event whose turn has come.
    pub(crate) fn next_due(&mut self, now: Millis) -> Option<Dated> {
        let gap = self.gap.as_mut()?;
        let event = gap.held.remove(&self.next);
        if gap.held.is_empty() {
            gap.until = None;
        } else if event.is_some() {
            // A gap behind this one is a new gap, with its own time.
            gap.until = Some(now + EVENT_GAP_MS);
        }
        if event.is_some() {
            self.next = self.next.saturating_add(1);
        }
        self.close_gap();
        event
    }

    /// Goes on without what is missing before the first held event.
    pub(crate) fn skip_gap(&mut self) {
        let Some(gap) = &mut self.gap else {
            return;
        };
        let Some(first) = gap.held.keys().next().copied() else {
            return;
        };
        let from = self
            .next
            .max(first.saturating_sub(EVENTS_MISSED_MAX as u64));
        gap.missed.extend(from..first);
        let surplus = gap.missed.len().saturating_sub(EVENTS_MISSED_MAX);
        gap.missed.drain(..surplus);
        self.next = first;
    }

    /// Goes on without what is missing if it was waited for long enough; says
    /// whether that is so.
    pub(crate) fn give_missing_up(&mut self, now: Millis) -> bool {
        let Some(gap) = &mut self.gap else {
            return false;
        };
        if gap.until.is_none_or(|at| at > now) {
            return false;
        }
        gap.until = None;
        self.skip_gap();
        true
    }

    /// When the wait for the missing event ends.
    pub(crate) fn gap_until(&self) -> Option<Millis> {
        self.gap.as_ref()?.until
    }

    /// Whether something is held back.
    pub(crate) fn holds(&self) -> bool {
        self.gap.as_ref().is_some_and(|gap| !gap.held.is_empty())
    }

    fn close_gap(&mut self) {
        self.gap.take_if(|gap| **gap == Gap::default());
    }
}
