//! How long a caller will wait (metrics.md 3.5).
//!
//! Two measures of how fast one agent takes callers of this queue are blended:
//!
//! 1. *departures*: callers who had to wait and got an agent in the last
//!    quarter of an hour, over the agents' time in which callers waited;
//! 2. *staffing*: one over the time for which a call holds its agent, in the
//!    mean of the last talks, shared among the queues that the agent serves.
//!
//! The more departures there are, the more they count; under five the staffing
//! counts alone, and under five talks nothing is promised. Both are for one
//! agent, so that the estimate follows at once when agents come or go. Callers
//! ahead who give up make room too, at the rate at which they did so far.
//!
//! Where calls need skills, the departures are counted for the agents of each
//! need apart, while somebody waits who needs them, and callers compete:
//! `competition.rs`.
//!
//! Only the four basic operations are used on floating point numbers, which
//! give the same on every machine: a replay promises what was promised.

use crate::id::Millis;
use crate::limits::{
    SILENCE_MS, WAIT_SAMPLES_FULL, WAIT_SAMPLES_MAX, WAIT_SAMPLES_MIN, WAIT_TALKS_MAX,
    WAIT_WINDOW_MS, WAITS_REMEMBERED,
};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// One agent's whole share, in the unit of [`Staff::share_ppm`].
pub(crate) const WHOLE_SHARE_PPM: u64 = 1_000_000;

/// The agents of a queue who take calls, now or as soon as they can.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Staff {
    /// How many.
    pub(crate) agents: u32,
    /// Of these, who may be offered a call at once.
    pub(crate) free: u32,
    /// What is left of them when each is shared among the queues that the
    /// agent serves, millionths of an agent.
    pub(crate) share_ppm: u64,
}

/// A caller who had waited and got an agent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Departure {
    at: Millis,
    /// [`WaitEstimate::pressed_ms`] then.
    pressed_ms: Millis,
}

/// What one queue has seen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct WaitEstimate {
    served: VecDeque<Departure>,
    /// Agents' time while callers waited for one, milliseconds: the sum over
    /// all agents who were there.
    pressed_ms: Millis,
    /// Where the time of the departures above begins.
    pressed_ms_before: Millis,
    /// Until when that time is counted.
    counted_until: Millis,
    /// Callers for whom no phone rings and who would be offered to an agent.
    pressing: u32,
    /// For how long the last calls held their agents, milliseconds.
    talks_ms: VecDeque<Millis>,
    /// Their sum.
    talks_sum_ms: Millis,
    /// Waits that ended, their sum, and how many of them by giving up.
    waits: u64,
    waits_sum_ms: Millis,
    given_up: u64,
}

impl WaitEstimate {
    /// Counts the agents' time up to now. Told before the staff or the callers
    /// who wait change.
    pub(crate) fn count_time(&mut self, now: Millis, staff: Staff) {
        self.pressed_ms += self.uncounted_ms(now, staff);
        self.counted_until = now;
    }

    /// The agents' time since it was counted last.
    fn uncounted_ms(&self, now: Millis, staff: Staff) -> Millis {
        if self.pressing == 0 {
            return 0;
        }
        // Nobody was there to see it when nothing was heard for so long.
        let passed_ms = now.saturating_sub(self.counted_until).min(SILENCE_MS);
        passed_ms * Millis::from(staff.agents)
    }

    /// A caller begins to wait for an agent.
    pub(crate) fn press(&mut self, now: Millis, staff: Staff) {
        self.count_time(now, staff);
        self.pressing += 1;
    }

    /// A caller waits for an agent no more.
    pub(crate) fn release(&mut self, now: Millis, staff: Staff) {
        self.count_time(now, staff);
        self.pressing = self.pressing.saturating_sub(1);
    }

    /// Nobody waits any more; whoever does is told again.
    pub(crate) fn release_all(&mut self, now: Millis, staff: Staff) {
        self.count_time(now, staff);
        self.pressing = 0;
    }

    /// Callers who wait for an agent by the count of [`WaitEstimate::press`].
    pub(crate) fn pressing(&self) -> usize {
        self.pressing as usize
    }

    /// A caller who had waited got an agent.
    pub(crate) fn served(&mut self, now: Millis, staff: Staff) {
        self.count_time(now, staff);
        let pressed_ms = self.pressed_ms;
        self.served.push_back(Departure {
            at: now,
            pressed_ms,
        });
        while self.served.len() > WAIT_SAMPLES_MAX
            || self
                .served
                .front()
                .is_some_and(|first| first.at + WAIT_WINDOW_MS < now)
        {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        if let Some(first) = self.served.pop_front() {
            self.pressed_ms_before = first.pressed_ms;
        }
    }

    /// A call held its agent for so long, wrap-up included.
    pub(crate) fn talked(&mut self, held_ms: Millis) {
        if self.talks_ms.len() == WAIT_TALKS_MAX {
            self.talks_sum_ms -= self.talks_ms.pop_front().unwrap_or(0);
        }
        self.talks_ms.push_back(held_ms);
        self.talks_sum_ms = self.talks_sum_ms.saturating_add(held_ms);
    }

    /// A wait of this queue ended. What is long ago counts ever less.
    pub(crate) fn waited(&mut self, wait_ms: Millis, gave_up: bool) {
        self.waits += 1;
        self.waits_sum_ms = self.waits_sum_ms.saturating_add(wait_ms);
        self.given_up += u64::from(gave_up);
        if self.waits >= WAITS_REMEMBERED {
            self.waits /= 2;
            self.waits_sum_ms /= 2;
            self.given_up /= 2;
        }
    }

    /// How long the caller at `position` (from 1) still waits, milliseconds;
    /// `None` when nothing can be promised: too few samples, or nobody to serve.
    pub(crate) fn expected_ms(&self, now: Millis, position: usize, staff: Staff) -> Option<Millis> {
        let rate = self.rate(now, staff, self.talk_rate())?;
        let ahead = position.saturating_sub(staff.free as usize) as f64;
        if ahead == 0.0 {
            return Some(0);
        }
        // Of those ahead some give up, fewer and fewer as the line grows short.
        let room = rate + self.giving_up() * (ahead - 1.0) / 2.0;
        whole_ms(ahead / room)
    }

    /// Talks that one agent has in a millisecond, one after another; `None`
    /// when too few are known.
    pub(crate) fn talk_rate(&self) -> Option<f64> {
        let talks = self.talks_ms.len();
        (talks >= WAIT_SAMPLES_MIN && self.talks_sum_ms > 0)
            .then(|| talks as f64 / self.talks_sum_ms as f64)
    }

    /// Callers whom these agents take in a millisecond; `talk_rate` is that of
    /// the queue.
    pub(crate) fn rate(&self, now: Millis, staff: Staff, talk_rate: Option<f64>) -> Option<f64> {
        if staff.agents == 0 {
            return None;
        }
        let agents = f64::from(staff.agents);
        let share = staff.share_ppm as f64 / WHOLE_SHARE_PPM as f64;
        let by_staffing = talk_rate.map(|talk_rate| share * talk_rate);
        let (departures, time_ms) = self.departures(now, staff);
        let by_departures = (departures >= WAIT_SAMPLES_MIN && time_ms > 0)
            .then(|| agents * departures as f64 / time_ms as f64);
        match (by_departures, by_staffing) {
            (Some(departed), Some(staffed)) => {
                let weight = departures.min(WAIT_SAMPLES_FULL) as f64 / WAIT_SAMPLES_FULL as f64;
                Some(weight * departed + (1.0 - weight) * staffed)
            }
            (Some(one), None) | (None, Some(one)) => Some(one),
            (None, None) => None,
        }
    }

    /// Departures within the window, and the agents' time that they took.
    fn departures(&self, now: Millis, staff: Staff) -> (usize, Millis) {
        let is_old = |departure: &Departure| departure.at + WAIT_WINDOW_MS < now;
        // In a busy queue old ones have been forgotten already.
        let old = match self.served.front() {
            Some(first) if is_old(first) => self.served.partition_point(is_old),
            Some(_) | None => 0,
        };
        let before = match old.checked_sub(1).and_then(|last| self.served.get(last)) {
            Some(departure) => departure.pressed_ms,
            None => self.pressed_ms_before,
        };
        let pressed_ms = self.pressed_ms + self.uncounted_ms(now, staff);
        (self.served.len() - old, pressed_ms.saturating_sub(before))
    }

    /// Callers who give up in a millisecond of one caller's waiting.
    pub(crate) fn giving_up(&self) -> f64 {
        if self.waits_sum_ms == 0 {
            return 0.0;
        }
        self.given_up as f64 / self.waits_sum_ms as f64
    }
}

/// A wait in whole milliseconds, if it has an end.
pub(crate) fn whole_ms(wait_ms: f64) -> Option<Millis> {
    // Any number of milliseconds that makes sense is far below 2^53.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    wait_ms.is_finite().then_some(wait_ms as Millis)
}

/// Rounds a wait up for speech: 1, 2, 3, 5, 10, 15, 20, 30 minutes, then every
/// half hour.
pub(crate) fn rounded_for_speech_ms(wait_ms: Millis) -> Millis {
    const MINUTE_MS: Millis = 60_000;
    const STEPS_MIN: [Millis; 8] = [1, 2, 3, 5, 10, 15, 20, 30];
    STEPS_MIN
        .iter()
        .map(|minutes| minutes * MINUTE_MS)
        .find(|step_ms| wait_ms <= *step_ms)
        .unwrap_or_else(|| {
            wait_ms
                .div_ceil(30 * MINUTE_MS)
                .saturating_mul(30 * MINUTE_MS)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Millis = 1_000;

    /// `agents` busy agents of this queue alone.
    fn busy(agents: u32) -> Staff {
        Staff {
            agents,
            free: 0,
            share_ppm: u64::from(agents) * WHOLE_SHARE_PPM,
        }
    }

    /// A line that never empties, served every 10 s by two agents.
    fn pressed(departures: u64) -> WaitEstimate {
        let mut estimate = WaitEstimate::default();
        estimate.press(0, busy(2));
        for n in 1..=departures {
            estimate.served(n * 10 * S, busy(2));
        }
        estimate
    }

    #[test]
    fn nothing_is_promised_below_five_departures_and_five_talks() {
        let mut estimate = pressed(4);
        for _ in 0..4 {
            estimate.talked(20 * S);
        }
        assert_eq!(estimate.expected_ms(40 * S, 1, busy(2)), None);
        estimate.served(50 * S, busy(2));
        assert_eq!(estimate.expected_ms(50 * S, 1, busy(2)), Some(10 * S));
        assert_eq!(estimate.expected_ms(50 * S, 3, busy(2)), Some(30 * S));
        let mut talks_alone = WaitEstimate::default();
        for _ in 0..5 {
            talks_alone.talked(20 * S);
        }
        assert_eq!(talks_alone.expected_ms(0, 3, busy(2)), Some(30 * S));
    }

    #[test]
    fn nothing_is_promised_when_nobody_is_there_to_serve() {
        assert_eq!(pressed(9).expected_ms(90 * S, 1, busy(0)), None);
    }

    #[test]
    fn staffing_counts_less_the_more_departures_there_are() {
        // By departures a caller every 10 s, by talks every 20 s.
        let expected = |departures: u64| {
            let mut estimate = pressed(departures);
            for _ in 0..10 {
                estimate.talked(40 * S);
            }
            let now = departures * 10 * S;
            estimate.expected_ms(now, 10, busy(2)).unwrap()
        };
        let waits: Vec<_> = [0, 5, 15, 25, 30, 60].map(expected).into();
        assert_eq!(waits[0], 200 * S, "talks alone");
        assert!(waits.is_sorted_by(|a, b| a >= b), "{waits:?}");
        assert_eq!(waits[4..], [100 * S, 100 * S], "departures alone");
    }

    #[test]
    fn agents_who_come_or_go_change_the_promise_at_once() {
        let estimate = pressed(30);
        let at = |agents| estimate.expected_ms(300 * S, 6, busy(agents));
        assert_eq!([at(1), at(2), at(4)], [120, 60, 30].map(|s| Some(s * S)));
    }

    #[test]
    fn an_agent_of_several_queues_counts_a_part_until_departures_tell() {
        let mut estimate = WaitEstimate::default();
        for _ in 0..5 {
            estimate.talked(30 * S);
        }
        let shared = Staff {
            share_ppm: WHOLE_SHARE_PPM / 3,
            ..busy(1)
        };
        let wait_ms = estimate.expected_ms(0, 1, shared).unwrap();
        assert!(wait_ms.abs_diff(90 * S) < 10, "{wait_ms}");
    }

    #[test]
    fn a_free_agent_takes_as_many_callers_at_once() {
        let free = Staff { free: 2, ..busy(2) };
        let estimate = pressed(10);
        let at = |position| estimate.expected_ms(100 * S, position, free);
        assert_eq!([at(1), at(2), at(3)], [Some(0), Some(0), Some(10 * S)]);
    }

    #[test]
    fn callers_ahead_who_give_up_make_room() {
        let mut estimate = pressed(30);
        let patient = estimate.expected_ms(300 * S, 21, busy(2)).unwrap();
        for n in 0..100 {
            estimate.waited(100 * S, n % 4 == 0);
        }
        let impatient = estimate.expected_ms(300 * S, 21, busy(2)).unwrap();
        // 21 ahead at 0.1/s; twenty of them, half the time, at 0.0025/s each.
        assert_eq!((patient, impatient), (210 * S, 168 * S));
    }

    #[test]
    fn departures_older_than_the_window_do_not_count() {
        let mut estimate = pressed(5);
        estimate.release_all(50 * S, busy(2));
        let end = 10 * S + WAIT_WINDOW_MS;
        assert!(estimate.expected_ms(end, 1, busy(2)).is_some());
        assert_eq!(estimate.expected_ms(end + 1, 1, busy(2)), None);
    }

    #[test]
    fn time_in_which_nobody_waited_does_not_slow_the_rate() {
        let mut estimate = pressed(10);
        estimate.release_all(100 * S, busy(2));
        assert_eq!(estimate.expected_ms(700 * S, 2, busy(2)), Some(20 * S));
    }

    #[test]
    fn a_busy_queue_keeps_the_last_thousand_departures_only() {
        let mut estimate = WaitEstimate::default();
        estimate.press(0, busy(1));
        for n in 1..=5_000 {
            estimate.served(n * 100, busy(1));
        }
        assert_eq!(estimate.served.len(), WAIT_SAMPLES_MAX);
        let expected = estimate.expected_ms(500_000, 1, busy(1)).unwrap();
        assert!((99..=101).contains(&expected), "{expected}");
    }

    #[test]
    fn waits_are_rounded_up_to_what_people_say() {
        for (wait_s, said_min) in [
            (0, 1),
            (60, 1),
            (61, 2),
            (180, 3),
            (181, 5),
            (301, 10),
            (1_201, 30),
            (1_801, 60),
        ] {
            assert_eq!(
                rounded_for_speech_ms(wait_s * 1_000),
                said_min * 60_000,
                "{wait_s} s"
            );
        }
    }
}
