//! An agent's marks: what the agent did with the offers of the day.

use crate::id::Millis;
use crate::offer::Outcome;
use crate::view::Marks;
use serde::{Deserialize, Serialize};

/// Weight of the newest value in a mean, as one over this: about the last ten
/// count.
const NEWEST_SHARE: u64 = 5;

/// The best rating of a talk.
const SCORE_MAX: u64 = 100;

/// The mean with one more value. Whole numbers, so that a replay gives the same
/// mean on every machine.
fn moved(mean: Option<u64>, newest: u64) -> u64 {
    mean.map_or(newest, |mean| {
        let sum = mean.saturating_mul(NEWEST_SHARE - 1).saturating_add(newest);
        (sum.saturating_add(NEWEST_SHARE / 2)) / NEWEST_SHARE
    })
}

/// Writes and reads one agent's [`Marks`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct MarkBook {
    marks: Marks,
    #[serde(default)]
    rows: Rows,
}

/// Offers in a row that ended in one way, none answered in between; of misses the marks
/// tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Rows {
    rejected: u64,
    busy: u64,
    unreachable: u64,
    unregistered: u64,
}

impl MarkBook {
    pub(crate) fn marks(&self) -> &Marks {
        &self.marks
    }

    /// An offer was answered after ringing for `rang_ms`.
    pub(crate) fn answered(&mut self, rang_ms: Millis) {
        self.marks.answered += 1;
        self.end_rows();
        self.marks.answer_speed_ms = Some(moved(self.marks.answer_speed_ms, rang_ms));
    }

    fn end_rows(&mut self) {
        self.marks.miss_streak = 0;
        self.rows = Rows::default();
    }

    /// How many offers in a row ended so, the newest included.
    pub(crate) fn in_a_row(&self, outcome: Outcome) -> u64 {
        match outcome {
            Outcome::NoAnswer => self.marks.miss_streak,
            Outcome::Rejected => self.rows.rejected,
            Outcome::Busy => self.rows.busy,
            Outcome::Unreachable => self.rows.unreachable,
            Outcome::Unregistered => self.rows.unregistered,
            Outcome::Cancelled | Outcome::AnsweredElsewhere | Outcome::NotDelivered => 0,
        }
    }

    /// A talk was rated, 0 to 100.
    pub(crate) fn rated(&mut self, score: u64) {
        self.marks.rated += 1;
        self.marks.quality = Some(moved(self.marks.quality, score.min(SCORE_MAX)));
    }

    /// A talk was taken over that had not been counted; nobody knows how long
    /// it rang.
    pub(crate) fn adopted(&mut self) {
        self.marks.answered += 1;
        self.end_rows();
    }

    /// An offer ended without an answer. An offer that ended through no doing
    /// of the agent leaves no mark.
    pub(crate) fn not_taken(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::NoAnswer => {
                self.marks.missed += 1;
                self.marks.miss_streak += 1;
            }
            Outcome::Rejected => {
                self.marks.rejected += 1;
                self.rows.rejected += 1;
            }
            Outcome::Busy => {
                self.marks.busy += 1;
                self.rows.busy += 1;
            }
            Outcome::Unreachable => {
                self.marks.unreachable += 1;
                self.rows.unreachable += 1;
            }
            Outcome::Unregistered => {
                self.marks.unregistered += 1;
                self.rows.unregistered += 1;
            }
            Outcome::Cancelled | Outcome::AnsweredElsewhere | Outcome::NotDelivered => {}
        }
    }

    /// A talk ended.
    pub(crate) fn talked(&mut self, talk_ms: Millis) {
        self.marks.talk_ms = self.marks.talk_ms.saturating_add(talk_ms);
    }

    /// A new day: counts start at nothing. The mean answer speed, the mean of
    /// the ratings and the rows go on, since none is a count of the day. Says whether
    /// anything changed.
    pub(crate) fn start_day(&mut self) -> bool {
        let next = Marks {
            answer_speed_ms: self.marks.answer_speed_ms,
            miss_streak: self.marks.miss_streak,
            quality: self.marks.quality,
            ..Marks::default()
        };
        let changed = next != self.marks;
        self.marks = next;
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_outcome_has_a_counter_of_its_own_and_cancelled_has_none() {
        let mut book = MarkBook::default();
        for outcome in Outcome::ALL {
            book.not_taken(outcome);
        }
        let m = book.marks();
        assert_eq!(
            (m.missed, m.rejected, m.busy, m.unreachable, m.unregistered),
            (1, 1, 1, 1, 1)
        );
        assert_eq!((m.miss_streak, m.answered), (1, 0));
        let rows = |book: &MarkBook| Outcome::ALL.map(|outcome| book.in_a_row(outcome));
        assert_eq!(rows(&book), [1, 1, 1, 1, 1, 0, 0, 0]);
        book.not_taken(Outcome::Busy);
        book.start_day();
        assert_eq!(rows(&book), [1, 2, 1, 1, 1, 0, 0, 0], "no count of the day");
        book.answered(5);
        assert_eq!(rows(&book), [0; 8]);
    }

    #[test]
    fn answer_speed_starts_at_the_first_answer_and_moves_by_a_fifth() {
        let mut book = MarkBook::default();
        book.answered(1_000);
        assert_eq!(book.marks().answer_speed_ms, Some(1_000));
        book.answered(2_000);
        assert_eq!(book.marks().answer_speed_ms, Some(1_200));
    }

    #[test]
    fn ratings_move_their_mean_by_a_fifth_and_are_at_most_the_best() {
        let mut book = MarkBook::default();
        assert_eq!(book.marks().quality, None);
        book.rated(50);
        book.rated(u64::MAX);
        assert_eq!((book.marks().rated, book.marks().quality), (2, Some(60)));
        assert!(book.start_day());
        assert_eq!((book.marks().rated, book.marks().quality), (0, Some(60)));
    }

    #[test]
    fn an_answer_ends_the_streak_of_misses() {
        let mut book = MarkBook::default();
        book.not_taken(Outcome::NoAnswer);
        book.not_taken(Outcome::NoAnswer);
        assert_eq!(book.marks().miss_streak, 2);
        book.answered(10);
        assert_eq!(book.marks().miss_streak, 0);
    }

    #[test]
    fn midnight_clears_counts_but_not_the_mean_nor_the_streak() {
        let mut book = MarkBook::default();
        book.answered(700);
        book.not_taken(Outcome::NoAnswer);
        book.talked(5);
        assert!(book.start_day());
        let expected = Marks {
            answer_speed_ms: Some(700),
            miss_streak: 1,
            ..Marks::default()
        };
        assert_eq!(book.marks(), &expected);
        assert!(!book.start_day());
    }
}
