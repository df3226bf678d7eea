//! Who an event belongs to: SIP legs, media legs and players are dealt their
//! ids by other halves, and their first event may arrive before the session
//! that asked for them has noted the id down. Such events wait here.

use parking_lot::Mutex;
use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

/// Ids with early events that are kept at once. An id is early for
/// microseconds, so more than this means ids that nobody will ever claim.
const EARLY_IDS_MAX: usize = 1_024;
/// Early events kept for one id: provisional, final and a few of media.
const EARLY_EVENTS_MAX: usize = 16;

/// Maps ids to owners and keeps the events that come before the owner.
#[derive(Debug)]
pub(crate) struct Switchboard<Id, Owner, Event> {
    inner: Mutex<Inner<Id, Owner, Event>>,
}

#[derive(Debug)]
struct Inner<Id, Owner, Event> {
    owners: HashMap<Id, Owner>,
    early: HashMap<Id, Vec<Event>>,
    early_order: VecDeque<Id>,
}

impl<Id: Copy + Eq + Hash, Owner: Copy, Event> Switchboard<Id, Owner, Event> {
    /// Nothing registered.
    pub(crate) fn new() -> Self {
        Self {
            inner: Mutex::new(Inner {
                owners: HashMap::new(),
                early: HashMap::new(),
                early_order: VecDeque::new(),
            }),
        }
    }

    /// Notes the owner of an id and hands over what came early, in order.
    pub(crate) fn register(&self, id: Id, owner: Owner) -> Vec<Event> {
        let mut inner = self.inner.lock();
        inner.owners.insert(id, owner);
        let early = inner.early.remove(&id).unwrap_or_default();
        if !early.is_empty() {
            inner.early_order.retain(|other| *other != id);
        }
        early
    }

    /// Forgets an id; events that still come are kept as early ones and soon dropped.
    pub(crate) fn forget(&self, id: Id) {
        self.inner.lock().owners.remove(&id);
    }

    /// The owner and the event, or `None` when the event was put aside.
    pub(crate) fn route(&self, id: Id, event: Event) -> Option<(Owner, Event)> {
        let mut inner = self.inner.lock();
        if let Some(owner) = inner.owners.get(&id) {
            return Some((*owner, event));
        }
        if !inner.early.contains_key(&id) {
            if inner.early_order.len() == EARLY_IDS_MAX
                && let Some(oldest) = inner.early_order.pop_front()
            {
                inner.early.remove(&oldest);
            }
            inner.early_order.push_back(id);
        }
        let events = inner.early.entry(id).or_default();
        if events.len() < EARLY_EVENTS_MAX {
            events.push(event);
        }
        None
    }

    /// Whose an id is.
    pub(crate) fn owner(&self, id: Id) -> Option<Owner> {
        self.inner.lock().owners.get(&id).copied()
    }

    /// Registered ids.
    pub(crate) fn len(&self) -> usize {
        self.inner.lock().owners.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_before_registration_are_handed_over_in_order() {
        let board: Switchboard<u64, char, &str> = Switchboard::new();
        assert!(board.route(7, "ringing").is_none());
        assert!(board.route(7, "answered").is_none());
        assert_eq!(board.register(7, 'a'), ["ringing", "answered"]);
        assert_eq!(board.route(7, "ended"), Some(('a', "ended")));
    }

    #[test]
    fn unclaimed_events_are_bounded() {
        let board: Switchboard<u64, char, u64> = Switchboard::new();
        for id in 0..(EARLY_IDS_MAX as u64 * 2) {
            for event in 0..(EARLY_EVENTS_MAX as u64 * 2) {
                board.route(id, event);
            }
        }
        let inner = board.inner.lock();
        assert_eq!(inner.early.len(), EARLY_IDS_MAX);
        assert!(
            inner
                .early
                .values()
                .all(|events| events.len() == EARLY_EVENTS_MAX)
        );
    }
}
