//! When the next tick of 20 ms is due. Pure: time comes in as a duration since the thread began.

use std::time::Duration;

/// The tick of every media thread: one frame of audio.
pub(crate) const TICK: Duration = Duration::from_millis(20);

/// Samples of a tick at 8 kHz.
pub(crate) const TICK_SAMPLES: u32 = 160;

/// A late thread runs its ticks this far apart until it has caught up, so that
/// phones get no burst.
const CATCH_UP_SPACING: Duration = Duration::from_millis(10);

/// Later than this the missed ticks are left out (players move on in silence):
/// phones buffer about this much, and late audio would stay late for ever.
const LATE_MAX: Duration = Duration::from_millis(100);

/// A tick to run now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tick {
    /// Number since the thread began; its frame starts at `index * 160` samples.
    pub(crate) index: u64,
    /// Ticks left out just before this one.
    pub(crate) skipped: u64,
}

/// The absolute schedule: tick `n` is due at `n * 20 ms`, however late the last one was.
#[derive(Debug, Default)]
pub(crate) struct Schedule {
    next: u64,
    earliest: Duration,
}

impl Schedule {
    /// The tick to run at `now`, if one is due.
    pub(crate) fn due(&mut self, now: Duration) -> Option<Tick> {
        if now < self.due_at() {
            return None;
        }
        let late = now.saturating_sub(tick_start(self.next));
        let skipped = if late > LATE_MAX {
            whole_ticks(late)
        } else {
            0
        };
        let index = self.next + skipped;
        self.next = index + 1;
        self.earliest = now + CATCH_UP_SPACING;
        Some(Tick { index, skipped })
    }

    /// How long to wait from `now` for the next tick.
    pub(crate) fn wait(&self, now: Duration) -> Duration {
        self.due_at().saturating_sub(now)
    }

    /// Starts again at `now` after a time in which nothing needed ticks.
    pub(crate) fn resume(&mut self, now: Duration) {
        self.next = self.next.max(whole_ticks(now) + 1);
    }

    fn due_at(&self) -> Duration {
        tick_start(self.next).max(self.earliest)
    }
}

fn tick_start(index: u64) -> Duration {
    Duration::from_millis(index * TICK.as_millis() as u64)
}

fn whole_ticks(time: Duration) -> u64 {
    (time.as_millis() / TICK.as_millis()) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(value: u64) -> Duration {
        Duration::from_millis(value)
    }

    #[test]
    fn ticks_keep_to_the_absolute_schedule_whatever_the_delays() {
        let mut schedule = Schedule::default();
        let mut now = ms(0);
        for index in 0..1_000 {
            assert_eq!(schedule.due(now), Some(Tick { index, skipped: 0 }));
            // Every wake-up comes up to 9 ms late; the next tick is not moved by it.
            now = now + schedule.wait(now) + ms(index * 7 % 10);
        }
        assert!(now < ms(1_000 * 20 + 10), "{now:?}");
    }

    #[test]
    fn a_late_thread_catches_up_without_bursts() {
        let mut schedule = Schedule::default();
        schedule.due(ms(0));
        let mut now = ms(90);
        let mut ran = Vec::new();
        while now < ms(200) {
            if let Some(tick) = schedule.due(now) {
                ran.push((now.as_millis(), tick.index, tick.skipped));
            }
            now += ms(1);
        }
        let expected = [
            (90, 1, 0),
            (100, 2, 0),
            (110, 3, 0),
            (120, 4, 0),
            (130, 5, 0),
            (140, 6, 0),
            (150, 7, 0),
            (160, 8, 0),
            (180, 9, 0),
        ];
        assert_eq!(ran, expected);
    }

    #[test]
    fn a_very_late_thread_leaves_ticks_out() {
        let mut schedule = Schedule::default();
        schedule.due(ms(0));
        let tick = schedule.due(ms(1_005)).unwrap();
        assert_eq!(
            tick,
            Tick {
                index: 50,
                skipped: 49
            }
        );
        assert_eq!(schedule.wait(ms(1_005)), ms(15));
    }

    #[test]
    fn after_a_rest_the_schedule_goes_on_from_now() {
        let mut schedule = Schedule::default();
        schedule.due(ms(0));
        schedule.resume(ms(10_001));
        assert_eq!(schedule.due(ms(10_001)), None);
        let tick = schedule.due(ms(10_020)).unwrap();
        assert_eq!(
            tick,
            Tick {
                index: 501,
                skipped: 0
            }
        );
    }
}
