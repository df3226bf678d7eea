//! From any rate to one of ours, and from 8 to 16 kHz: windowed-sinc filters in polyphase form.

use crate::Rate;
use std::f64::consts::PI;

/// Rates that are taken. Below is no sound for people; above is no audio file.
pub const RATE_IN_MIN: u32 = 2_000;
/// See [`RATE_IN_MIN`].
pub const RATE_IN_MAX: u32 = 384_000;

/// Zero crossings of the sinc on either side. 24 give a transition of about
/// 500 Hz with the window below.
const CROSSINGS: f64 = 24.0;

/// Where the filter is down to half, as a share of the lower Nyquist frequency.
/// 0.92 keeps the telephone band to 3.4 kHz untouched and has little left above 4 kHz.
const CUTOFF: f64 = 0.92;

/// Kaiser window parameter: about 80 dB in the stop band, below what G.711 can carry.
const KAISER_BETA: f64 = 8.0;

/// Most steps between two input samples for which the filter is tabulated. The
/// usual rates need fewer (1 for 16 and 48 kHz, 80 for 44.1 kHz) and are exact;
/// for odd rates the filter is interpolated, with an error under -90 dB.
const PHASES_MAX: u32 = 256;

/// A resampler of one stream, fed in pieces of any size.
#[derive(Debug)]
pub struct Resampler {
    rate_in: u32,
    rate_out: u32,
    /// Filter rows, one a phase and one more for interpolation, `taps` long each.
    rows: Vec<f32>,
    phases: u32,
    taps: usize,
    /// Input not yet done with. Starts with half a filter of silence, so that
    /// the output is aligned with the input.
    pending: Vec<f32>,
    /// Position of the next output sample over `pending`: whole samples and
    /// remainder in units of `1 / rate_out`.
    whole: usize,
    remainder: u32,
    taken: u64,
    given: u64,
}

impl Resampler {
    /// A resampler from `rate_in` hertz to 8 kHz, or `None` outside [`RATE_IN_MIN`] to
    /// [`RATE_IN_MAX`].
    pub fn new(rate_in: u32) -> Option<Self> {
        Self::to(rate_in, Rate::Narrow)
    }

    /// As [`Resampler::new`], to any rate of ours.
    pub fn to(rate_in: u32, rate_out: Rate) -> Option<Self> {
        let rate_out = rate_out.hz();
        if !(RATE_IN_MIN..=RATE_IN_MAX).contains(&rate_in) {
            return None;
        }
        let lower = f64::from(rate_in.min(rate_out));
        let cutoff = CUTOFF * lower / f64::from(rate_in);
        let half = (CROSSINGS / cutoff).ceil() as usize;
        let taps = 2 * half;
        let phases = (rate_out / gcd(rate_in, rate_out)).min(PHASES_MAX);
        let mut rows = Vec::with_capacity((phases as usize + 1) * taps);
        for phase in 0..=phases {
            let offset = f64::from(phase) / f64::from(phases);
            let row: Vec<f64> = (0..taps)
                .map(|tap| tap as f64 - (half as f64 - 1.0) - offset)
                .map(|x| cutoff * sinc(x * cutoff) * kaiser(x / half as f64))
                .collect();
            let sum: f64 = row.iter().sum();
            rows.extend(row.iter().map(|c| (c / sum) as f32));
        }
        Some(Self {
            rate_in,
            rate_out,
            rows,
            phases,
            taps,
            pending: vec![0.0; half - 1],
            whole: 0,
            remainder: 0,
            taken: 0,
            given: 0,
        })
    }

    /// Takes input (full scale is 1.0) and appends what can be said of the output.
    pub fn push(&mut self, input: &[f32], out: &mut Vec<i16>) {
        self.taken += input.len() as u64;
        if self.rate_in == self.rate_out {
            self.given = self.taken;
            out.extend(input.iter().map(|v| to_i16(*v)));
            return;
        }
        self.pending.extend_from_slice(input);
        self.drain(out);
    }

    /// Appends the rest, so that the output is as long as the input.
    pub fn finish(mut self, out: &mut Vec<i16>) {
        let wanted = self.taken * u64::from(self.rate_out) / u64::from(self.rate_in);
        if self.rate_in == self.rate_out {
            return;
        }
        self.pending.resize(self.pending.len() + self.taps + 1, 0.0);
        let before = out.len();
        let given = self.given;
        self.drain(out);
        let left = usize::try_from(wanted.saturating_sub(given)).unwrap_or(0);
        out.truncate(before + left);
    }

    fn drain(&mut self, out: &mut Vec<i16>) {
        while let Some(window) = self.pending.get(self.whole..self.whole + self.taps) {
            let scaled = self.remainder * self.phases;
            let start = (scaled / self.rate_out) as usize * self.taps;
            let Some(rows) = self.rows.get(start..start + 2 * self.taps) else {
                return;
            };
            let (low, high) = rows.split_at(self.taps);
            let mut value = dot(window, low);
            let between = (scaled % self.rate_out) as f32 / self.rate_out as f32;
            if between > 0.0 {
                value += (dot(window, high) - value) * between;
            }
            out.push(to_i16(value));
            self.given += 1;
            self.remainder += self.rate_in;
            self.whole += (self.remainder / self.rate_out) as usize;
            self.remainder %= self.rate_out;
        }
        let done = self.whole.min(self.pending.len());
        self.pending.drain(..done);
        self.whole -= done;
    }
}

/// Taps on either side of a new sample: a transition of about 400 Hz around 4 kHz.
const DOUBLER_TAPS: usize = 32;

/// From 8 to 16 kHz: each sample and, after it, one between it and the next. The
/// output is [`DOUBLER_TAPS`] input samples late, 4 ms, and twice as long as the input.
#[derive(Clone, Debug)]
pub struct Doubler {
    row: [f32; 2 * DOUBLER_TAPS],
    /// The last samples, oldest first.
    last: [f32; 2 * DOUBLER_TAPS],
}

impl Default for Doubler {
    fn default() -> Self {
        let mut row = [0.0; 2 * DOUBLER_TAPS];
        for (i, tap) in row.iter_mut().enumerate() {
            let x = i as f64 - (DOUBLER_TAPS as f64 - 0.5);
            *tap = (sinc(x) * kaiser(x / DOUBLER_TAPS as f64)) as f32;
        }
        let sum: f32 = row.iter().sum();
        row.iter_mut().for_each(|tap| *tap /= sum);
        Self {
            row,
            last: [0.0; 2 * DOUBLER_TAPS],
        }
    }
}

impl Doubler {
    /// Takes samples at 8 kHz and appends twice as many at 16 kHz.
    pub fn push(&mut self, samples: &[i16], out: &mut Vec<i16>) {
        for sample in samples {
            self.last.copy_within(1.., 0);
            if let Some(newest) = self.last.last_mut() {
                *newest = f32::from(*sample) / 32_768.0;
            }
            let middle = self.last.get(DOUBLER_TAPS - 1).copied().unwrap_or(0.0);
            out.push(to_i16(middle));
            out.push(to_i16(dot(&self.last, &self.row)));
        }
    }
}

/// Sum of products, in eight lanes so that the compiler can use vector registers.
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0f32; 8];
    let (a8, a_rest) = a.as_chunks::<8>();
    let (b8, b_rest) = b.as_chunks::<8>();
    for (a, b) in a8.iter().zip(b8) {
        for ((lane, a), b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += a * b;
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    lanes.iter().sum::<f32>() + rest
}

pub(crate) fn to_i16(value: f32) -> i16 {
    (value * 32_768.0).round().clamp(-32_768.0, 32_767.0) as i16
}

pub(crate) fn sinc(x: f64) -> f64 {
    if x.abs() < 1e-9 {
        return 1.0;
    }
    (PI * x).sin() / (PI * x)
}

/// Kaiser window over -1 to 1.
pub(crate) fn kaiser(x: f64) -> f64 {
    if x.abs() >= 1.0 {
        return 0.0;
    }
    bessel_i0(KAISER_BETA * (1.0 - x * x).sqrt()) / bessel_i0(KAISER_BETA)
}

/// Modified Bessel function of order zero, by its series.
fn bessel_i0(x: f64) -> f64 {
    let quarter = x * x / 4.0;
    let (mut term, mut sum) = (1.0, 1.0);
    for k in 1..40 {
        term *= quarter / f64::from(k * k);
        sum += term;
        if term < sum * 1e-12 {
            break;
        }
    }
    sum
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tone::{dominant_hz, power_at, sine};

    /// One second of a sine at `rate` brought to 8 kHz in uneven pieces.
    fn resampled(hz: f64, rate: u32) -> Vec<i16> {
        let input: Vec<f32> = sine(hz, 0.5, rate, rate as usize)
            .iter()
            .map(|s| f32::from(*s) / 32_768.0)
            .collect();
        let mut resampler = Resampler::new(rate).unwrap();
        let mut out = Vec::new();
        for piece in input.chunks(1_013) {
            resampler.push(piece, &mut out);
        }
        resampler.finish(&mut out);
        out
    }

    #[test]
    fn a_tone_keeps_its_frequency_level_and_length() {
        for rate in [
            4_000, 7_919, 8_000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000, 96_000,
        ] {
            let out = resampled(1_000.0, rate);
            assert_eq!(out.len(), 8_000, "{rate}");
            let middle = &out[1_000..7_000];
            assert!(power_at(middle, 1_000.0, 8_000) > 0.9999, "{rate}");
            assert!((dominant_hz(middle, 8_000).unwrap() - 1_000.0).abs() < 0.5);
            let peak = middle.iter().map(|s| s.abs()).max().unwrap();
            assert!((16_200..=16_500).contains(&peak), "{rate}: {peak}");
        }
    }

    #[test]
    fn the_output_is_aligned_with_the_input() {
        let out = resampled(1_000.0, 48_000);
        let ideal = sine(1_000.0, 0.5, 8_000, 8_000);
        let worst = out[100..7_900]
            .iter()
            .zip(&ideal[100..7_900])
            .map(|(a, b)| (a - b).abs());
        assert!(worst.max().unwrap() < 30);
    }

    #[test]
    fn what_8_khz_cannot_carry_does_not_fold_back() {
        for hz in [4_300.0, 5_000.0, 7_000.0, 15_000.0] {
            let out = resampled(hz, 44_100);
            let loudest = out[1_000..7_000].iter().map(|s| s.abs()).max().unwrap();
            assert!(loudest < 164, "{hz} Hz left {loudest}, over -40 dB");
        }
    }

    #[test]
    fn the_telephone_band_passes_flat() {
        for hz in [100.0, 300.0, 3_000.0, 3_400.0] {
            let out = resampled(hz, 44_100);
            let peak = out[1_000..7_000].iter().map(|s| s.abs()).max().unwrap();
            assert!((15_500..=16_600).contains(&peak), "{hz}: {peak}");
        }
    }

    #[test]
    fn wideband_keeps_what_8_khz_cannot_carry() {
        let input: Vec<f32> = sine(6_000.0, 0.5, 44_100, 44_100)
            .iter()
            .map(|s| f32::from(*s) / 32_768.0)
            .collect();
        let mut resampler = Resampler::to(44_100, Rate::Wide).unwrap();
        let mut out = Vec::new();
        resampler.push(&input, &mut out);
        resampler.finish(&mut out);
        assert_eq!(out.len(), 16_000);
        assert!(power_at(&out[1_000..15_000], 6_000.0, 16_000) > 0.999);
    }

    #[test]
    fn absurd_rates_are_refused() {
        assert!(Resampler::new(0).is_none());
        assert!(Resampler::new(RATE_IN_MAX + 1).is_none());
    }

    #[test]
    fn doubling_keeps_tones_and_their_loudness_and_makes_no_images() {
        for hz in [300.0, 1_000.0, 3_000.0, 3_400.0] {
            let mut out = Vec::new();
            let mut doubler = Doubler::default();
            doubler.push(&sine(hz, 0.5, 8_000, 8_000), &mut out);
            let middle = &out[1_600..14_400];
            assert!(power_at(middle, hz, 16_000) > 0.999_9, "{hz}");
            assert!(power_at(middle, 8_000.0 - hz, 16_000) < 1e-5, "{hz}");
            let peak = middle.iter().map(|s| s.abs()).max().unwrap();
            assert!((16_200..=16_500).contains(&peak), "{hz}: {peak}");
        }
    }

    #[test]
    fn doubling_keeps_every_sample_of_the_input() {
        let tone = sine(440.0, 0.5, 8_000, 800);
        let mut out = Vec::new();
        Doubler::default().push(&tone, &mut out);
        let kept: Vec<i16> = out.iter().step_by(2).copied().collect();
        assert_eq!(kept[DOUBLER_TAPS..], tone[..800 - DOUBLER_TAPS]);
    }
}
