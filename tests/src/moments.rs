//! Random moments that can be had again by their seed.

use std::time::Duration;

/// Draws that differ from run to run. `KILL_SEED` repeats those of a failed one.
#[derive(Debug)]
pub struct Moments(u64);

impl Moments {
    /// From `KILL_SEED`, or from the system's random source; prints the seed.
    ///
    /// # Panics
    /// If the system has no random source.
    pub fn seeded() -> Self {
        let given = std::env::var("KILL_SEED").ok();
        let seed = given.and_then(|text| text.parse().ok()).unwrap_or_else(|| {
            let mut bytes = [0; 4];
            getrandom::fill(&mut bytes).expect("randomness");
            u64::from(u32::from_le_bytes(bytes))
        });
        println!("KILL_SEED={seed}");
        Self(seed)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        // Knuth's MMIX generator; the upper bits are the random ones.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    /// A time shorter than `ms`.
    pub fn within(&mut self, ms: u64) -> Duration {
        Duration::from_millis(self.below(ms))
    }
}
