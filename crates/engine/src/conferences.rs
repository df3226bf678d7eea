//! Sessions that all calls to one conference meet in (voxengine.md §1.2), however
//! the session began: by `StartConference`, by `callConference` of another
//! session, or by a phone that dialled a number whose rule is a conference.
//!
//! One lock decides who opens a conference and who joins it, and the letter to
//! the worker leaves under that lock: whoever joins comes behind whoever opens.
//! A session that takes no more calls is struck out at once; a caller who was on
//! the way to it comes back here and opens the next one, so none is lost.

use crate::shared::Owner;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// Longest name of a conference, characters; longer ones are refused.
pub(crate) const NAME_CHARS_MAX: usize = 255;
/// Conferences that may call each other in a row before a call fails with 483:
/// a scenario whose conference calls the next one would otherwise fill the engine.
pub(crate) const HOPS_MAX: u8 = 5;

/// Which conference: an application's own, by its number or name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ConferenceKey {
    pub(crate) application: u64,
    pub(crate) name: String,
}

/// Live conferences. Bounded by `engine.sessions_max`: each has its session.
#[derive(Debug, Default)]
pub(crate) struct Conferences {
    live: Mutex<HashMap<ConferenceKey, Owner>>,
}

impl Conferences {
    /// Joins the live session of a conference, or opens it: `post` sends the
    /// letter. `open` may refuse with `None`; it and `post` must not block.
    pub(crate) fn enter(
        &self,
        key: &ConferenceKey,
        open: impl FnOnce() -> Option<Owner>,
        post: impl FnOnce(Entrance),
    ) {
        let mut live = self.live.lock();
        match live.entry(key.clone()) {
            Entry::Occupied(entry) => post(Entrance::Join(*entry.get())),
            Entry::Vacant(entry) => match open() {
                Some(owner) => {
                    entry.insert(owner);
                    post(Entrance::Open(owner));
                }
                None => post(Entrance::Full),
            },
        }
    }

    /// A session takes no more calls. One that opened since stays.
    pub(crate) fn ended(&self, key: &ConferenceKey, session: u64) {
        let mut live = self.live.lock();
        if live.get(key).is_some_and(|owner| owner.session == session) {
            live.remove(key);
        }
    }

    /// Conferences that are live.
    pub(crate) fn len(&self) -> usize {
        self.live.lock().len()
    }
}

/// How a call gets into its conference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entrance {
    /// A session is there.
    Join(Owner),
    /// This call opens a session.
    Open(Owner),
    /// The engine takes no more sessions.
    Full,
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::sync::{Arc, Barrier};

    fn key(name: &str) -> ConferenceKey {
        ConferenceKey {
            application: 1,
            name: name.to_owned(),
        }
    }

    fn owner(session: u64) -> Owner {
        Owner { worker: 0, session }
    }

    fn enter(conferences: &Conferences, name: &str, fresh: u64) -> Entrance {
        let mut entrance = Entrance::Full;
        conferences.enter(&key(name), || Some(owner(fresh)), |way| entrance = way);
        entrance
    }

    #[test]
    fn the_second_joins_and_one_after_the_end_opens_again() {
        let conferences = Conferences::default();
        assert_eq!(enter(&conferences, "a", 1), Entrance::Open(owner(1)));
        assert_eq!(enter(&conferences, "a", 2), Entrance::Join(owner(1)));
        assert_eq!(enter(&conferences, "b", 3), Entrance::Open(owner(3)));
        conferences.ended(&key("a"), 1);
        assert_eq!(enter(&conferences, "a", 4), Entrance::Open(owner(4)));
        // The late word of the one before does not end the new one.
        conferences.ended(&key("a"), 1);
        assert_eq!(enter(&conferences, "a", 5), Entrance::Join(owner(4)));
        let other = ConferenceKey {
            application: 2,
            name: "a".into(),
        };
        let mut entrance = Entrance::Full;
        conferences.enter(&other, || Some(owner(6)), |way| entrance = way);
        assert_eq!(entrance, Entrance::Open(owner(6)), "applications are apart");
    }

    #[test]
    fn a_full_engine_opens_nothing_and_still_lets_join() {
        let conferences = Conferences::default();
        let mut entrance = None;
        conferences.enter(&key("a"), || None, |way| entrance = Some(way));
        assert_eq!(entrance, Some(Entrance::Full));
        assert_eq!(conferences.len(), 0);
        enter(&conferences, "a", 1);
        conferences.enter(&key("a"), || None, |way| entrance = Some(way));
        assert_eq!(entrance, Some(Entrance::Join(owner(1))));
    }

    /// Many callers in one instant: one opens, all others come after it.
    #[test]
    fn of_many_at_once_one_opens_and_its_letter_goes_first() {
        const CALLERS: u64 = 8;
        for _ in 0..200 {
            let conferences = Arc::new(Conferences::default());
            let (letters, mailbox) = crossbeam_channel::unbounded();
            let start = Arc::new(Barrier::new(usize::try_from(CALLERS).unwrap()));
            let opened = Arc::new(AtomicU64::new(0));
            std::thread::scope(|scope| {
                for caller in 1..=CALLERS {
                    let (conferences, letters) = (Arc::clone(&conferences), letters.clone());
                    let (start, opened) = (Arc::clone(&start), Arc::clone(&opened));
                    scope.spawn(move || {
                        start.wait();
                        let open = || {
                            opened.fetch_add(1, Ordering::Relaxed);
                            Some(owner(caller))
                        };
                        conferences.enter(&key("a"), open, |way| letters.send(way).unwrap());
                    });
                }
            });
            assert_eq!(opened.load(Ordering::Relaxed), 1);
            drop(letters);
            let mut came = mailbox.iter();
            let Some(Entrance::Open(first)) = came.next() else {
                panic!("somebody joined before it was open");
            };
            assert!(came.all(|way| way == Entrance::Join(first)));
        }
    }
}
