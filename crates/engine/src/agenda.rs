//! In which order a worker does what it is sent: news for sessions that run goes before
//! sessions that start. PURE: no clock, no thread.
//!
//! A crowd of callers makes a line of starts, each as dear as some dozen events. A caller
//! who was let in earlier, and the agent who has just become free, must not wait for the
//! whole line. The bounds, both tested:
//!
//! 1. **Starts do not starve.** While starts wait, at most [`NEWS_PER_START`] pieces of
//!    news are handled before the next start: the start that is k-th in line comes after
//!    at most k × `NEWS_PER_START` of them.
//! 2. **News waits for few starts.** Between two starts all news that is there is handled,
//!    or `NEWS_PER_START` pieces of it: a piece with n others before it waits for at most
//!    n / `NEWS_PER_START` + 1 starts.
//! 3. **A session sees its letters in the order in which they came.** What comes for one
//!    that waits to be started is kept until it has been, then handled before other news.

use std::collections::{HashMap, VecDeque};

/// News that goes before one start. An event takes about 40 µs and a start 500 µs: with
/// 16, an endless stream of news leaves the starts nearly half of the thread.
pub(crate) const NEWS_PER_START: u32 = 16;

/// What a letter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It starts its session.
    Start,
    /// It is for a session that was started before.
    News,
}

/// Letters that wait. Its length is bounded as that of the mailbox (`worker::Mail`).
#[derive(Debug)]
pub(crate) struct Agenda<L> {
    news: VecDeque<L>,
    /// Sessions that wait to be started, first come first served.
    starts: VecDeque<u64>,
    /// What has come for each of them: the start first.
    kept: HashMap<u64, VecDeque<L>>,
    news_since_start: u32,
}

impl<L> Agenda<L> {
    pub(crate) fn new() -> Self {
        Self {
            news: VecDeque::new(),
            starts: VecDeque::new(),
            kept: HashMap::new(),
            news_since_start: 0,
        }
    }

    /// Takes in a letter for a session.
    pub(crate) fn put(&mut self, kind: Kind, session: u64, letter: L) {
        if let Some(kept) = self.kept.get_mut(&session) {
            kept.push_back(letter);
            return;
        }
        match kind {
            Kind::News => self.news.push_back(letter),
            Kind::Start => {
                self.starts.push_back(session);
                self.kept.insert(session, VecDeque::from([letter]));
            }
        }
    }

    /// The letter to handle next.
    pub(crate) fn take(&mut self) -> Option<L> {
        let start_is_due = self.news.is_empty() || self.news_since_start >= NEWS_PER_START;
        if start_is_due && let Some(start) = self.take_start() {
            self.news_since_start = 0;
            return Some(start);
        }
        // Without a start in line there is nobody to be kept waiting.
        self.news_since_start = if self.starts.is_empty() {
            0
        } else {
            self.news_since_start.saturating_add(1)
        };
        self.news.pop_front()
    }

    fn take_start(&mut self) -> Option<L> {
        let session = self.starts.pop_front()?;
        let mut kept = self.kept.remove(&session)?;
        let start = kept.pop_front()?;
        for letter in kept.into_iter().rev() {
            self.news.push_front(letter);
        }
        Some(start)
    }
}

#[cfg(test)]
mod tests {
    use super::{Agenda, Kind, NEWS_PER_START};

    /// A letter as the tests see it: its session and its place among those of it.
    type Letter = (u64, u32);

    fn start(agenda: &mut Agenda<Letter>, session: u64) {
        agenda.put(Kind::Start, session, (session, 0));
    }

    fn news(agenda: &mut Agenda<Letter>, session: u64, place: u32) {
        agenda.put(Kind::News, session, (session, place));
    }

    fn all(agenda: &mut Agenda<Letter>) -> Vec<Letter> {
        std::iter::from_fn(|| agenda.take()).collect()
    }

    #[test]
    fn news_goes_before_starts_that_came_earlier() {
        let mut agenda = Agenda::new();
        start(&mut agenda, 1);
        start(&mut agenda, 2);
        news(&mut agenda, 9, 5);
        assert_eq!(all(&mut agenda), [(9, 5), (1, 0), (2, 0)]);
    }

    #[test]
    fn starts_keep_their_order() {
        let mut agenda = Agenda::new();
        for session in [3, 1, 2] {
            start(&mut agenda, session);
        }
        assert_eq!(all(&mut agenda), [(3, 0), (1, 0), (2, 0)]);
    }

    #[test]
    fn letters_of_a_session_that_waits_follow_its_start_at_once() {
        let mut agenda = Agenda::new();
        start(&mut agenda, 1);
        start(&mut agenda, 2);
        news(&mut agenda, 2, 1);
        news(&mut agenda, 1, 1);
        news(&mut agenda, 1, 2);
        let expected = [(1, 0), (1, 1), (1, 2), (2, 0), (2, 1)];
        assert_eq!(all(&mut agenda), expected);
    }

    #[test]
    fn starts_do_not_starve_under_an_endless_stream_of_news() {
        let mut agenda = Agenda::new();
        for session in 0..100 {
            start(&mut agenda, session);
        }
        let mut news_before = 0_u32;
        let mut started = 0_u64;
        while started < 100 {
            // Two pieces come for each that is handled.
            news(&mut agenda, 1_000, 7);
            news(&mut agenda, 1_000, 7);
            match agenda.take() {
                Some((1_000, _)) => news_before += 1,
                Some((session, _)) => {
                    assert_eq!(session, started);
                    started += 1;
                    let most = u32::try_from(started).unwrap_or(u32::MAX) * NEWS_PER_START;
                    assert!(news_before <= most, "start {started} after {news_before}");
                }
                None => unreachable!("there is always news"),
            }
        }
    }

    #[test]
    fn news_waits_for_few_starts() {
        let mut agenda = Agenda::new();
        for session in 0..1_000 {
            start(&mut agenda, session);
        }
        for place in 0..200 {
            news(&mut agenda, 5_000, place);
        }
        let (mut starts, mut seen) = (0_u32, 0_u32);
        while seen < 200 {
            match agenda.take() {
                Some((5_000, place)) => {
                    assert_eq!(place, seen);
                    assert!(starts <= seen / NEWS_PER_START + 1, "{place}: {starts}");
                    seen += 1;
                }
                Some(_) => starts += 1,
                None => unreachable!("there is news"),
            }
        }
    }

    /// Any order of letters in, interleaved with letters out: none is lost or doubled, and
    /// each session sees its own in order.
    #[test]
    fn nothing_is_lost_and_every_session_keeps_its_order() {
        let mut dice = 12_345_u64;
        let mut roll = |sides: u64| {
            dice = dice
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (dice >> 33) % sides
        };
        for _ in 0..200 {
            let mut agenda = Agenda::new();
            let mut sent = vec![0_u32; 20];
            let mut seen = vec![0_u32; 20];
            let check = |letter: Option<Letter>, seen: &mut Vec<u32>| {
                let Some((session, place)) = letter else {
                    return false;
                };
                let next = usize::try_from(session).ok().and_then(|s| seen.get_mut(s));
                if let Some(next) = next {
                    assert_eq!(place, *next, "session {session}");
                    *next += 1;
                }
                true
            };
            for _ in 0..500 {
                let session = roll(20);
                let Some(place) = usize::try_from(session).ok().and_then(|s| sent.get_mut(s))
                else {
                    continue;
                };
                if *place == 0 {
                    start(&mut agenda, session);
                } else {
                    news(&mut agenda, session, *place);
                }
                *place += 1;
                if roll(3) == 0 {
                    check(agenda.take(), &mut seen);
                }
            }
            while check(agenda.take(), &mut seen) {}
            assert_eq!(seen, sent);
        }
    }
}
