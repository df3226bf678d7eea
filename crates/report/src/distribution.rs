//! How a duration is spread: means hide queues.

use crate::Ratio;
use serde::Serialize;

/// A set of durations in milliseconds, summed up.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Distribution {
    /// Mean: sum over count, milliseconds.
    pub mean_ms: Ratio,
    /// Half of them were at most this; `None` when there are none.
    pub p50_ms: Option<u64>,
    /// Nine tenths were at most this.
    pub p90_ms: Option<u64>,
    /// Nineteen twentieths were at most this.
    pub p95_ms: Option<u64>,
    /// The longest.
    pub max_ms: Option<u64>,
}

impl Distribution {
    /// Sums up durations, which come in any order. Percentiles are by nearest
    /// rank: the smallest value that at least so many do not exceed.
    pub fn of(mut durations_ms: Vec<u64>) -> Self {
        durations_ms.sort_unstable();
        let count = durations_ms.len();
        let rank = |percent: usize| {
            let rank = (count * percent).div_ceil(100).max(1);
            durations_ms.get(rank - 1).copied()
        };
        Self {
            mean_ms: Ratio::of(durations_ms.iter().sum(), count as u64),
            p50_ms: rank(50),
            p90_ms: rank(90),
            p95_ms: rank(95),
            max_ms: durations_ms.last().copied(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_by_nearest_rank() {
        let ten = Distribution::of((1..=10).rev().map(|n| n * 100).collect());
        assert_eq!(ten.mean_ms, Ratio::of(5_500, 10));
        assert_eq!((ten.p50_ms, ten.p90_ms), (Some(500), Some(900)));
        assert_eq!((ten.p95_ms, ten.max_ms), (Some(1_000), Some(1_000)));
        let one = Distribution::of(vec![7]);
        assert_eq!((one.p50_ms, one.p95_ms), (Some(7), Some(7)));
        assert_eq!(Distribution::of(Vec::new()), Distribution::default());
    }
}
