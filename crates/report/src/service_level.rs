//! Service level: a number that means nothing without its denominator.

use crate::{Outcome, Ratio, Segment};
use serde::{Deserialize, Serialize};

/// Usually whoever calls again a day later has not called again, milliseconds.
pub const RECALL_WITHIN_MS: u64 = 24 * 60 * 60 * 1_000;

/// What counts as served in time, and what counts at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceRule {
    /// Answered within this wait is in time, milliseconds; a wait of exactly
    /// this is within.
    pub threshold_ms: u64,
    /// A caller who left before this did not really wait, milliseconds; 0 is
    /// off.
    pub short_abandon_ms: u64,
    /// Whether calls that the system moved or that took a call-back count.
    pub count_overflowed: bool,
    /// Whether callers who left early count.
    pub count_short_abandons: bool,
    /// Whether callers who left at all count.
    pub count_abandons: bool,
    /// A caller who does not call again within this was served at the first
    /// contact, milliseconds.
    pub recall_within_ms: u64,
}

impl Default for ServiceRule {
    /// 20 s; short is under 5 s; moved calls and abandons count, short ones do
    /// not; a call again within a day is a recall.
    fn default() -> Self {
        Self {
            threshold_ms: 20_000,
            short_abandon_ms: 5_000,
            count_overflowed: true,
            count_short_abandons: false,
            count_abandons: true,
            recall_within_ms: RECALL_WITHIN_MS,
        }
    }
}

/// The service level by the owner's rule and by the four names in use
/// (metrics.md §3.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct ServiceLevels {
    /// By the switches of the [`ServiceRule`] that was asked for.
    pub by_rule: Ratio,
    /// Answered in time over answered, abandoned, overflowed and called back,
    /// without short abandons.
    pub default: Ratio,
    /// Answered in time over answered (Asterisk's "SL").
    pub answered: Ratio,
    /// Answered or abandoned in time over answered and abandoned (Asterisk's "SL2").
    pub abandon_ok: Ratio,
    /// Answered in time over offered without any abandons.
    pub abandon_ignored: Ratio,
}

impl ServiceLevels {
    /// Counts segments. Those that still wait are in none of the ratios but
    /// the last, whose denominator is the calls that were offered.
    pub fn of<'a>(segments: impl Iterator<Item = &'a Segment>, rule: &ServiceRule) -> Self {
        let mut counts = Counts::default();
        for segment in segments {
            counts.take(segment, rule);
        }
        counts.levels(rule)
    }
}

#[derive(Default)]
struct Counts {
    offered: u64,
    answered: u64,
    in_time: u64,
    abandoned: u64,
    abandoned_short: u64,
    abandoned_in_time: u64,
    moved: u64,
}

impl Counts {
    fn take(&mut self, segment: &Segment, rule: &ServiceRule) {
        let in_time = u64::from(segment.wait_ms <= rule.threshold_ms);
        self.offered += 1;
        match segment.outcome {
            Outcome::Answered => {
                self.answered += 1;
                self.in_time += in_time;
            }
            Outcome::Abandoned => {
                self.abandoned += 1;
                self.abandoned_in_time += in_time;
                self.abandoned_short += u64::from(segment.wait_ms < rule.short_abandon_ms);
            }
            Outcome::Overflowed | Outcome::CallbackTaken => self.moved += 1,
            Outcome::Waiting | Outcome::ExitedByKey | Outcome::SystemFailed => {}
        }
    }

    fn levels(&self, rule: &ServiceRule) -> ServiceLevels {
        let counted_abandons = match (rule.count_abandons, rule.count_short_abandons) {
            (true, true) => self.abandoned,
            (true, false) => self.abandoned - self.abandoned_short,
            (false, _) => 0,
        };
        let counted_moves = if rule.count_overflowed { self.moved } else { 0 };
        let long = self.abandoned - self.abandoned_short;
        ServiceLevels {
            by_rule: Ratio::of(
                self.in_time,
                self.answered + counted_abandons + counted_moves,
            ),
            default: Ratio::of(self.in_time, self.answered + long + self.moved),
            answered: Ratio::of(self.in_time, self.answered),
            abandon_ok: Ratio::of(
                self.in_time + self.abandoned_in_time,
                self.answered + self.abandoned,
            ),
            abandon_ignored: Ratio::of(self.in_time, self.offered - self.abandoned),
        }
    }
}
