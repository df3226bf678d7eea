//! Expected wait by the rate of departures (metrics.md 3.5, method 1).

use crate::id::Millis;
use crate::limits::{WAIT_SAMPLES_MAX, WAIT_SAMPLES_MIN, WAIT_WINDOW_MS};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Departures of one queue to agents.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct WaitEstimate {
    departures: VecDeque<Millis>,
    /// When the first caller came: a shorter time than the window is watched
    /// until then, and the rate is over that.
    watched_since: Option<Millis>,
}

impl WaitEstimate {
    /// A caller joined the queue.
    pub(crate) fn arrived(&mut self, now: Millis) {
        self.watched_since.get_or_insert(now);
    }

    /// A caller left the queue for an agent.
    pub(crate) fn departed(&mut self, now: Millis) {
        if self.departures.len() == WAIT_SAMPLES_MAX {
            self.departures.pop_front();
            self.watched_since = self.departures.front().copied();
        }
        self.departures.push_back(now);
        self.age(now);
    }

    /// EWT = position / rate, milliseconds; `None` under the sample minimum.
    pub(crate) fn expected_ms(&mut self, now: Millis, position: usize) -> Option<Millis> {
        self.age(now);
        if self.departures.len() < WAIT_SAMPLES_MIN {
            return None;
        }
        let watched_ms = now
            .saturating_sub(self.watched_since?)
            .clamp(1, WAIT_WINDOW_MS);
        Some((position as Millis).saturating_mul(watched_ms) / self.departures.len() as Millis)
    }

    fn age(&mut self, now: Millis) {
        while self
            .departures
            .front()
            .is_some_and(|at| at + WAIT_WINDOW_MS < now)
        {
            self.departures.pop_front();
        }
    }
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

    #[test]
    fn nothing_is_promised_below_five_departures() {
        let mut estimate = WaitEstimate::default();
        estimate.arrived(0);
        for n in 1..=4 {
            estimate.departed(n * 10_000);
        }
        assert_eq!(estimate.expected_ms(40_000, 1), None);
        estimate.departed(50_000);
        assert_eq!(estimate.expected_ms(50_000, 1), Some(10_000));
        assert_eq!(estimate.expected_ms(50_000, 3), Some(30_000));
    }

    #[test]
    fn departures_older_than_the_window_do_not_count() {
        let mut estimate = WaitEstimate::default();
        estimate.arrived(0);
        for n in 1..=5 {
            estimate.departed(n);
        }
        assert!(estimate.expected_ms(WAIT_WINDOW_MS + 1, 1).is_some());
        assert_eq!(estimate.expected_ms(WAIT_WINDOW_MS + 2, 1), None);
    }

    #[test]
    fn a_busy_queue_keeps_the_last_thousand_departures_only() {
        let mut estimate = WaitEstimate::default();
        estimate.arrived(0);
        for n in 1..=5_000 {
            estimate.departed(n * 100);
        }
        assert_eq!(estimate.departures.len(), WAIT_SAMPLES_MAX);
        let expected = estimate.expected_ms(500_000, 1).unwrap();
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
