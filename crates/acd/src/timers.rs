//! Who must be looked at when. One entry an owner: its earliest deadline, or
//! an earlier moment (then the look finds nothing due and sets a later one).

use crate::agent::AgentIx;
use crate::id::{CallId, Millis};
use crate::queue::QueueIx;
use crate::reserve::ReserveIx;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeSet;

/// Whose deadline it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Owner {
    Call(CallId),
    Agent(AgentIx),
    Queue(QueueIx),
    Reserve(ReserveIx),
}

/// A deadline and whose it is, as one number: a set of such numbers is searched several
/// times faster than one of pairs with a variant in them. First comes the moment,
/// then, among owners with the same one, calls by number, then agents, queues and
/// reserves by place. No kind has 2^62 members.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Due(u128);

const MEMBER_BITS: u32 = 62;

impl Due {
    fn new(at: Millis, owner: Owner) -> Self {
        let (kind, member) = match owner {
            Owner::Call(id) => (0, id.0),
            Owner::Agent(ix) => (1, u64::from(ix.0)),
            Owner::Queue(ix) => (2, u64::from(ix.0)),
            Owner::Reserve(ix) => (3, u64::from(ix.0)),
        };
        Self(u128::from(at) << 64 | u128::from(kind << MEMBER_BITS | member))
    }

    fn at(self) -> Millis {
        (self.0 >> 64) as Millis
    }

    fn owner(self) -> Owner {
        let low = self.0 as u64;
        let member = low & ((1 << MEMBER_BITS) - 1);
        let place = member as u32;
        match low >> MEMBER_BITS {
            0 => Owner::Call(CallId(member)),
            1 => Owner::Agent(AgentIx(place)),
            2 => Owner::Queue(QueueIx(place)),
            _ => Owner::Reserve(ReserveIx(place)),
        }
    }
}

/// Kept as a pair.
impl Serialize for Due {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.at(), self.owner()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Due {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (at, owner) = Deserialize::deserialize(deserializer)?;
        Ok(Self::new(at, owner))
    }
}

/// The deadlines of a centre.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Timers {
    due: BTreeSet<Due>,
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
                self.due.remove(&Due::new(at, owner));
            }
            None => {}
        }
        self.due.insert(Due::new(next, owner));
        *wake = Some(next);
    }

    /// Forgets `owner`.
    pub(crate) fn disarm(&mut self, owner: Owner, wake: &mut Option<Millis>) {
        if let Some(at) = wake.take() {
            self.due.remove(&Due::new(at, owner));
        }
    }

    /// Takes the next owner due by `now`.
    pub(crate) fn pop_due(&mut self, now: Millis) -> Option<Owner> {
        let first = self.due.first().filter(|due| due.at() <= now)?;
        let owner = first.owner();
        self.due.pop_first();
        Some(owner)
    }

    /// The earliest moment.
    pub(crate) fn next(&self) -> Option<Millis> {
        self.due.first().map(|due| due.at())
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.due.len()
    }

    /// Forgets all agents, queues and reserves, whose indexes are about to change.
    pub(crate) fn forget_indexes(&mut self) {
        self.due.retain(|due| match due.owner() {
            Owner::Call(_) => true,
            Owner::Agent(_) | Owner::Queue(_) | Owner::Reserve(_) => false,
        });
    }
}
