//! A ratio that shows what it was made of.

use serde::Serialize;

/// Numerator and denominator, and their quotient. A quotient of nothing is
/// `null`, never 0 and never 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Ratio {
    /// What is counted.
    pub numerator: u64,
    /// Out of how many.
    pub denominator: u64,
    /// The quotient; `None` when the denominator is 0.
    pub value: Option<f64>,
}

impl Ratio {
    /// The ratio of two counts.
    #[allow(clippy::cast_precision_loss)] // Counts and milliseconds stay far below 2^53.
    pub fn of(numerator: u64, denominator: u64) -> Self {
        let value = (denominator > 0).then(|| numerator as f64 / denominator as f64);
        Self {
            numerator,
            denominator,
            value,
        }
    }

    /// What the numerator left of the denominator, over the denominator.
    pub(crate) fn rest(self) -> Self {
        Self::of(self.denominator - self.numerator, self.denominator)
    }

    /// The mean over one more value.
    pub(crate) fn with(self, value: u64) -> Self {
        Self::of(self.numerator + value, self.denominator + 1)
    }
}
