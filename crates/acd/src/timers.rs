//! Who must be looked at when. One entry an owner: its earliest deadline, or
//! an earlier moment (then the look finds nothing due and sets a later one).

use crate::agent::AgentIx;
use crate::id::{CallId, Millis};
use crate::queue::QueueIx;
use crate::reserve::ReserveIx;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// Whose deadline it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Owner {
    Call(CallId),
    Agent(AgentIx),
    Queue(QueueIx),
    Reserve(ReserveIx),
}

impl Owner {
    /// The order of owners with the same deadline: calls by number, then agents,
    /// queues and reserves by place. One number is compared faster than a variant
    /// and its content; neither kind has 2^62 members.
    fn order(self) -> u64 {
        let (kind, at) = match self {
            Self::Call(id) => (0, id.0),
            Self::Agent(ix) => (1, u64::from(ix.0)),
            Self::Queue(ix) => (2, u64::from(ix.0)),
            Self::Reserve(ix) => (3, u64::from(ix.0)),
        };
        kind << 62 | at
    }
}

impl Ord for Owner {
    fn cmp(&self, other: &Self) -> Ordering {
        self.order().cmp(&other.order())
    }
}

impl PartialOrd for Owner {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The deadlines of a centre.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Timers {
    due: BTreeSet<(Millis, Owner)>,
}

impl Timers {
    /// Makes sure that `owner`, looked at next at `wake`, is looked at by
    /// `next`. A later `next` changes nothing: cheaper to look once in vain.
    pub(crate) fn arm(&mut self, owner: Owner, wake: &mut Option<Millis>, next: Option<Millis>) {
        let Some(next) = next else {
            return;
        };
        match *wake {
            Some(at) if at <= next => return,
            Some(at) => {
                self.due.remove(&(at, owner));
            }
            None => {}
        }
        self.due.insert((next, owner));
        *wake = Some(next);
    }

    /// Forgets `owner`.
    pub(crate) fn disarm(&mut self, owner: Owner, wake: &mut Option<Millis>) {
        if let Some(at) = wake.take() {
            self.due.remove(&(at, owner));
        }
    }

    /// Takes the next owner due by `now`.
    pub(crate) fn pop_due(&mut self, now: Millis) -> Option<Owner> {
        let first = *self.due.first().filter(|(at, _)| *at <= now)?;
        self.due.remove(&first);
        Some(first.1)
    }

    /// The earliest moment.
    pub(crate) fn next(&self) -> Option<Millis> {
        self.due.first().map(|(at, _)| *at)
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.due.len()
    }

    /// Forgets all agents, queues and reserves, whose indexes are about to change.
    pub(crate) fn forget_indexes(&mut self) {
        self.due.retain(|(_, owner)| match owner {
            Owner::Call(_) => true,
            Owner::Agent(_) | Owner::Queue(_) | Owner::Reserve(_) => false,
        });
    }
}
