//! Chance that depends on the seed and on whom it befalls, and on nothing else.

use crate::day::{Duration, Shape};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Exp1, LogNormal, Poisson};

/// What the dice are thrown for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Arrivals,
    Caller,
    Offer,
    Handover,
    Target,
    Word,
    Manager,
    Callback,
    Ending,
    Answer,
    Again,
}

/// Dice of their own for one thing: the same for every run of the same seed.
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    pub(crate) fn new(seed: u64, purpose: Purpose, whom: u64, time: u64) -> Self {
        let mut bytes = [0; 32];
        for (chunk, part) in bytes
            .chunks_exact_mut(8)
            .zip([seed, purpose as u64, whom, time])
        {
            chunk.copy_from_slice(&part.to_le_bytes());
        }
        Self(ChaCha8Rng::from_seed(bytes))
    }

    /// A whole number from 0 to below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0.random_range(0..end.max(1))
    }

    /// A number from 0 to below 1.
    pub(crate) fn part(&mut self) -> f64 {
        self.0.random()
    }

    /// How many came when `mean` were expected.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Counts within CALLS_MAX.
    pub(crate) fn count(&mut self, mean: f64) -> u64 {
        Poisson::new(mean).map_or(0, |poisson| poisson.sample(&mut self.0) as u64)
    }

    /// A random length, milliseconds.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // At most some days.
    pub(crate) fn length_ms(&mut self, length: Duration) -> u64 {
        let seconds = match length {
            Duration::Mean(mean)
            | Duration::Shaped {
                mean,
                shape: Shape::Exponential,
                ..
            } => {
                let unit: f64 = Exp1.sample(&mut self.0);
                unit * mean
            }
            Duration::Shaped {
                mean,
                shape: Shape::Lognormal,
                spread,
            } => LogNormal::from_mean_cv(mean, spread)
                .map_or(mean, |lognormal| lognormal.sample(&mut self.0)),
            Duration::Shaped {
                mean,
                shape: Shape::Fixed,
                ..
            } => mean,
        };
        (seconds * 1_000.0).min(1e9) as u64
    }
}
