//! Who must be looked at when. One entry an owner: its earliest deadline, or
//! an earlier moment (then the look finds nothing due and sets a later one).

use crate::agent::AgentIx;
use crate::id::{CallId, Millis};
use crate::queue::QueueIx;
use crate::reserve::ReserveIx;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Whose deadline it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Owner {
    Call(CallId),
    Agent(AgentIx),
    Queue(QueueIx),
    Reserve(ReserveIx),
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
