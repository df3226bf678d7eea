//! Who must be looked at when. One entry an owner: its earliest deadline, or
//! an earlier moment (then the look finds nothing due and sets a later one).

use crate::agent::AgentIx;
use crate::id::{CallId, Millis};
use crate::queue::QueueIx;
use crate::reserve::ReserveIx;
use foldhash::fast::FixedState;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::hash_map::Entry;
use std::collections::{BinaryHeap, HashMap, VecDeque};

/// Whose deadline it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Owner {
    Call(CallId),
    Agent(AgentIx),
    Queue(QueueIx),
    Reserve(ReserveIx),
}

/// An owner as one number, in the order of owners with the same deadline: calls by
/// number, then agents, queues and reserves by place. No kind has 2^62 members.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Member(u64);

const MEMBER_BITS: u32 = 62;

impl From<Owner> for Member {
    fn from(owner: Owner) -> Self {
        let (kind, place) = match owner {
            Owner::Call(id) => (0, id.0),
            Owner::Agent(ix) => (1, u64::from(ix.0)),
            Owner::Queue(ix) => (2, u64::from(ix.0)),
            Owner::Reserve(ix) => (3, u64::from(ix.0)),
        };
        Self(kind << MEMBER_BITS | place)
    }
}

impl From<Member> for Owner {
    fn from(member: Member) -> Self {
        let place = member.0 & ((1 << MEMBER_BITS) - 1);
        let ix = place as u32;
        match member.0 >> MEMBER_BITS {
            0 => Self::Call(CallId(place)),
            1 => Self::Agent(AgentIx(ix)),
            2 => Self::Queue(QueueIx(ix)),
            _ => Self::Reserve(ReserveIx(ix)),
        }
    }
}

/// Moments of the heap that may be over for nobody, beside as many as there are
/// others.
const STALE_MAX: usize = 64;

/// The deadlines of a centre.
///
/// Calls get theirs by the same few rules, so in a busy centre many share a
/// millisecond, and most are the latest of all so far. Therefore owners stand with
/// their moment, found by a hash, and only moments are put in order, by a heap that
/// takes a latest one at once. An ordered set of a hundred thousand deadlines costs
/// ten times as much for each.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Kept", into = "Kept")]
pub(crate) struct Timers {
    /// Who is looked at at a moment, in order; never nobody.
    owners: HashMap<Millis, VecDeque<Member>, FixedState>,
    /// Every moment of `owners`, and some that are over; the earliest is none of
    /// those.
    moments: BinaryHeap<Reverse<Millis>>,
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
            Some(at) => self.remove(at, owner),
            None => {}
        }
        self.insert(next, owner);
        *wake = Some(next);
    }

    /// Forgets `owner`.
    pub(crate) fn disarm(&mut self, owner: Owner, wake: &mut Option<Millis>) {
        if let Some(at) = wake.take() {
            self.remove(at, owner);
        }
    }

    fn insert(&mut self, at: Millis, owner: Owner) {
        let member = Member::from(owner);
        match self.owners.entry(at) {
            Entry::Vacant(vacant) => {
                vacant.insert(VecDeque::from([member]));
                self.moments.push(Reverse(at));
            }
            Entry::Occupied(mut owners) => {
                let owners = owners.get_mut();
                if owners.back().is_some_and(|last| *last < member) {
                    owners.push_back(member);
                } else if let Err(place) = owners.binary_search(&member) {
                    owners.insert(place, member);
                }
            }
        }
    }

    fn remove(&mut self, at: Millis, owner: Owner) {
        let Entry::Occupied(mut owners) = self.owners.entry(at) else {
            return;
        };
        if let Ok(place) = owners.get().binary_search(&owner.into()) {
            owners.get_mut().remove(place);
        }
        if owners.get().is_empty() {
            owners.remove();
            self.drop_stale();
        }
    }

    /// Drops moments that are over for everybody: the earliest at once, others when
    /// there are many.
    fn drop_stale(&mut self) {
        if self.moments.len() > 2 * self.owners.len() + STALE_MAX {
            self.moments = self.owners.keys().copied().map(Reverse).collect();
        }
        while let Some(Reverse(first)) = self.moments.peek()
            && !self.owners.contains_key(first)
        {
            self.moments.pop();
        }
    }

    /// Takes the next owner due by `now`.
    pub(crate) fn pop_due(&mut self, now: Millis) -> Option<Owner> {
        let at = self.next().filter(|at| *at <= now)?;
        let Entry::Occupied(mut owners) = self.owners.entry(at) else {
            return None;
        };
        let first = owners.get_mut().pop_front()?;
        if owners.get().is_empty() {
            owners.remove();
            self.drop_stale();
        }
        Some(first.into())
    }

    /// The earliest moment.
    pub(crate) fn next(&self) -> Option<Millis> {
        self.moments.peek().map(|Reverse(at)| *at)
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.owners.values().map(VecDeque::len).sum()
    }

    /// Forgets all agents, queues and reserves, whose indexes are about to change.
    pub(crate) fn forget_indexes(&mut self) {
        self.owners.retain(|_, owners| {
            owners.retain(|member| match Owner::from(*member) {
                Owner::Call(_) => true,
                Owner::Agent(_) | Owner::Queue(_) | Owner::Reserve(_) => false,
            });
            !owners.is_empty()
        });
        self.drop_stale();
    }

    /// All deadlines in order.
    fn sorted(&self) -> Vec<(Millis, Member)> {
        let all = self.owners.iter();
        let mut all: Vec<_> = all
            .flat_map(|(at, owners)| owners.iter().map(|member| (*at, *member)))
            .collect();
        all.sort_unstable();
        all
    }
}

impl PartialEq for Timers {
    fn eq(&self, other: &Self) -> bool {
        self.owners == other.owners
    }
}

/// The form in a kept state.
#[derive(Serialize, Deserialize)]
struct Kept {
    due: Vec<(Millis, Owner)>,
}

impl From<Timers> for Kept {
    fn from(timers: Timers) -> Self {
        let due = timers.sorted().into_iter();
        Self {
            due: due.map(|(at, member)| (at, member.into())).collect(),
        }
    }
}

impl From<Kept> for Timers {
    fn from(kept: Kept) -> Self {
        let mut timers = Self::default();
        for (at, owner) in kept.due {
            timers.insert(at, owner);
        }
        timers
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;
    use crate::order::mix;
    use std::collections::BTreeSet;

    #[test]
    fn timers_agree_with_a_sorted_set_over_random_changes() {
        let mut timers = Timers::default();
        let mut model = BTreeSet::new();
        let mut wakes = [None; 40];
        let mut now = 0;
        for step in 0..30_000_u64 {
            let dice = mix(step);
            let place = (dice % 40) as u32;
            let owner = match place % 4 {
                0 => Owner::Call(CallId(u64::from(place))),
                1 => Owner::Agent(AgentIx(place)),
                2 => Owner::Queue(QueueIx(place)),
                _ => Owner::Reserve(ReserveIx(place)),
            };
            let wake = &mut wakes[place as usize];
            if dice >> 62 == 0 {
                model.retain(|(_, known)| *known != owner.into());
                timers.disarm(owner, wake);
            } else {
                let at = now + 1 + (dice >> 8) % 50;
                if wake.is_none_or(|known| at < known) {
                    model.retain(|(_, known)| *known != owner.into());
                    model.insert((at, Member::from(owner)));
                }
                timers.arm(owner, wake, Some(at));
            }
            assert_eq!(timers.next(), model.first().map(|(at, _)| *at));
            if dice >> 60 == 7 {
                now += 20;
                while let Some(owner) = timers.pop_due(now) {
                    let first = model.pop_first();
                    assert_eq!(first.map(|(_, member)| member.into()), Some(owner));
                    let place = Member::from(owner).0 & 63;
                    wakes[place as usize] = None;
                }
                assert!(model.first().is_none_or(|(at, _)| *at > now));
            }
            assert_eq!(timers.len(), model.len());
            assert!(timers.moments.len() <= 2 * timers.owners.len() + STALE_MAX + 1);
        }
        assert_eq!(timers.sorted(), Vec::from_iter(model));
        let text = serde_json::to_string(&timers).unwrap();
        assert_eq!(serde_json::from_str::<Timers>(&text).unwrap(), timers);
    }
}
