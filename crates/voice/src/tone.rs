//! Tones measured and made: how a test hears that the right sound came through.

use std::f64::consts::TAU;

/// The loudest sine that G.711 µ-law carries is +3.17 dBm0 (ITU-T G.711 §5).
const FULL_SCALE_DBM0: f64 = 3.17;

/// Peak of that sine, 16 bits.
const FULL_SCALE_PEAK: f64 = 32_124.0;

/// Peak amplitude (16 bits) of a sine of `level` dBm0.
pub fn peak_of_dbm0(level: f64) -> f64 {
    FULL_SCALE_PEAK * 10f64.powf((level - FULL_SCALE_DBM0) / 20.0)
}

/// `count` samples of a sine of `hz` with the given peak (0 to 1 of full scale).
pub fn sine(hz: f64, peak: f64, rate_hz: u32, count: usize) -> Vec<i16> {
    (0..count)
        .map(|i| (TAU * hz * i as f64 / f64::from(rate_hz)).sin() * peak * f64::from(i16::MAX))
        .map(|v| v.round() as i16)
        .collect()
}

/// The share of the energy of `samples` that lies at `hz`, 0 to 1: 1 for a pure
/// sine, 0 for silence. Goertzel's algorithm, generalised to any frequency; it
/// resolves about `rate / samples` hertz, so take 100 ms or more.
pub fn power_at(samples: &[i16], hz: f64, rate_hz: u32) -> f64 {
    let energy: f64 = samples.iter().map(|s| f64::from(*s).powi(2)).sum();
    if energy <= 0.0 {
        return 0.0;
    }
    let coefficient = 2.0 * (TAU * hz / f64::from(rate_hz)).cos();
    let (mut before, mut last) = (0.0, 0.0);
    for sample in samples {
        let next = f64::from(*sample) + coefficient * last - before;
        before = last;
        last = next;
    }
    let magnitude = last * last + before * before - coefficient * last * before;
    (2.0 * magnitude / (samples.len() as f64 * energy)).clamp(0.0, 1.0)
}

/// The strongest frequency, or `None` for silence. Exact to about a tenth of
/// `rate / samples` for one clear tone. At most [`DOMINANT_SAMPLES_MAX`] samples are looked at.
pub fn dominant_hz(samples: &[i16], rate_hz: u32) -> Option<f64> {
    let samples = samples.get(..DOMINANT_SAMPLES_MAX).unwrap_or(samples);
    if samples.iter().all(|s| *s == 0) {
        return None;
    }
    let step = f64::from(rate_hz) / (2.0 * samples.len() as f64);
    let bins = samples.len();
    let coarse = (1..bins).map(|bin| bin as f64 * step);
    let mut best = loudest(samples, rate_hz, coarse)?;
    for scale in [0.25, 0.05] {
        let around = (-4..=4).map(|i| best + f64::from(i) * step * scale);
        best = loudest(samples, rate_hz, around)?;
    }
    Some(best)
}

/// Longest piece that [`dominant_hz`] looks at: its work grows with the square.
pub const DOMINANT_SAMPLES_MAX: usize = 4_096;

fn loudest(samples: &[i16], rate_hz: u32, candidates: impl Iterator<Item = f64>) -> Option<f64> {
    candidates
        .map(|hz| (hz, power_at(samples, hz, rate_hz)))
        .max_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(hz, _)| hz)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pure_tone_has_all_its_energy_at_its_frequency() {
        let samples = sine(440.0, 0.5, 8_000, 1_600);
        assert!(power_at(&samples, 440.0, 8_000) > 0.99);
        assert!(power_at(&samples, 880.0, 8_000) < 0.01);
    }

    #[test]
    fn of_two_equal_tones_each_has_half() {
        let a = sine(697.0, 0.25, 8_000, 4_000);
        let b = sine(1_209.0, 0.25, 8_000, 4_000);
        let both: Vec<i16> = a.iter().zip(&b).map(|(a, b)| a + b).collect();
        assert!((power_at(&both, 697.0, 8_000) - 0.5).abs() < 0.02);
        assert!((power_at(&both, 1_209.0, 8_000) - 0.5).abs() < 0.02);
    }

    #[test]
    fn silence_has_no_power_and_no_tone() {
        assert_eq!(power_at(&[0; 800], 440.0, 8_000), 0.0);
        assert_eq!(power_at(&[], 440.0, 8_000), 0.0);
        assert_eq!(dominant_hz(&[0; 800], 8_000), None);
        assert_eq!(dominant_hz(&[], 8_000), None);
    }

    #[test]
    fn the_dominant_tone_is_found_within_a_hertz() {
        for hz in [100.0, 425.3, 1_000.0, 3_333.0] {
            let found = dominant_hz(&sine(hz, 0.3, 8_000, 4_000), 8_000).unwrap();
            assert!((found - hz).abs() < 1.0, "{hz} was heard as {found}");
        }
    }
}
