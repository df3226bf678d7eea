//! From one [`Rate`] to another, frame by frame and without a seam between
//! frames: the rates are whole multiples of each other, so every frame in gives
//! a whole frame out. Windowed-sinc filters, as in [`crate::resample`].

use crate::Rate;
use crate::resample::{dot, kaiser, sinc, to_i16};
use std::sync::OnceLock;

/// Taps on either side of a sample, at the lower of the two rates: 3 ms of delay
/// at 8 kHz and a transition of about 400 Hz under 4 kHz.
const CROSSINGS: usize = 24;

/// Taps of one phase.
const TAPS: usize = 2 * CROSSINGS;

/// Where the filter is down to half, as a share of the lower Nyquist frequency.
const CUTOFF: f64 = 0.94;

/// The filter between two rates of which one is `factor` times the other.
#[derive(Debug)]
struct Filter {
    factor: usize,
    /// To go up: one row a phase, [`TAPS`] long, each with the sum one.
    rows: Vec<f32>,
    /// To go down: all phases as one row with the sum one.
    whole: Vec<f32>,
}

impl Filter {
    fn new(factor: usize) -> Self {
        let length = TAPS * factor;
        let centre = (length as f64 - 1.0) / 2.0;
        let impulse: Vec<f64> = (0..length)
            .map(|i| (i as f64 - centre) / factor as f64)
            .map(|x| sinc(x * CUTOFF) * kaiser(x / CROSSINGS as f64))
            .collect();
        let sum: f64 = impulse.iter().sum();
        let whole = impulse.iter().rev().map(|tap| (tap / sum) as f32).collect();
        let mut rows = Vec::with_capacity(length);
        for phase in 0..factor {
            // Oldest sample first, as the history has them.
            let row: Vec<f64> = impulse
                .iter()
                .skip(phase)
                .step_by(factor)
                .rev()
                .copied()
                .collect();
            let sum: f64 = row.iter().sum();
            rows.extend(row.iter().map(|tap| (tap / sum) as f32));
        }
        Self {
            factor,
            rows,
            whole,
        }
    }

    /// The filter for a factor, made once. The rates have 2, 3 and 6 between them.
    fn of(factor: u32) -> &'static Self {
        static TWO: OnceLock<Filter> = OnceLock::new();
        static THREE: OnceLock<Filter> = OnceLock::new();
        static SIX: OnceLock<Filter> = OnceLock::new();
        match factor {
            2 => TWO.get_or_init(|| Self::new(2)),
            3 => THREE.get_or_init(|| Self::new(3)),
            _ => SIX.get_or_init(|| Self::new(6)),
        }
    }
}

#[derive(Clone, Debug)]
enum Way {
    Same,
    Up(&'static Filter),
    Down(&'static Filter),
}

/// Converts one stream, in pieces of whole frames.
#[derive(Clone, Debug)]
pub struct Converter {
    way: Way,
    /// The last samples of the piece before, then those of this one.
    history: Vec<f32>,
}

impl Converter {
    /// A converter of a stream that begins after silence.
    pub fn new(from: Rate, to: Rate) -> Self {
        let way = match from.cmp(&to) {
            std::cmp::Ordering::Equal => Way::Same,
            std::cmp::Ordering::Less => Way::Up(Filter::of(to.hz() / from.hz())),
            std::cmp::Ordering::Greater => Way::Down(Filter::of(from.hz() / to.hz())),
        };
        let mut converter = Self {
            way,
            history: Vec::new(),
        };
        converter.reset();
        converter
    }

    /// The stream begins anew after silence.
    pub fn reset(&mut self) {
        self.history.clear();
        self.history.resize(self.memory(), 0.0);
    }

    /// Converts a piece of whole frames into `out`, which is as long as the
    /// piece lasts at its own rate; what is missing of the piece is silence.
    pub fn convert(&mut self, input: &[i16], out: &mut [i16]) {
        let memory = self.memory();
        self.history
            .extend(input.iter().map(|sample| f32::from(*sample) / 32_768.0));
        match &self.way {
            Way::Same => {
                out.fill(0);
                for (out, sample) in out.iter_mut().zip(input) {
                    *out = *sample;
                }
            }
            Way::Up(filter) => {
                let groups = out.chunks_mut(filter.factor);
                for (group, window) in groups.zip(self.history.windows(TAPS)) {
                    for (out, row) in group.iter_mut().zip(filter.rows.chunks(TAPS)) {
                        *out = to_i16(dot(window, row));
                    }
                }
            }
            Way::Down(filter) => {
                let windows = self.history.windows(filter.whole.len());
                for (out, window) in out.iter_mut().zip(windows.step_by(filter.factor)) {
                    *out = to_i16(dot(window, &filter.whole));
                }
            }
        }
        let done = self.history.len().saturating_sub(memory);
        self.history.drain(..done);
    }

    /// Samples that are kept from one piece to the next.
    fn memory(&self) -> usize {
        match &self.way {
            Way::Same => 0,
            Way::Up(_) => TAPS - 1,
            Way::Down(filter) => filter.whole.len() - filter.factor,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tone::{power_at, sine};

    fn converted(from: Rate, to: Rate, input: &[i16]) -> Vec<i16> {
        let mut converter = Converter::new(from, to);
        let mut all = Vec::new();
        for frame in input.chunks(from.frame_samples()) {
            let mut out = vec![0; to.frame_samples()];
            converter.convert(frame, &mut out);
            all.extend(out);
        }
        all
    }

    #[test]
    fn a_tone_stays_itself_between_all_rates() {
        for from in Rate::ALL {
            for to in Rate::ALL {
                for hz in [300.0, 1_000.0, 3_000.0] {
                    let input = sine(hz, 0.5, from.hz(), from.frame_samples() * 30);
                    let out = converted(from, to, &input);
                    assert_eq!(out.len(), to.frame_samples() * 30);
                    // After the filter has filled, and in whole periods.
                    let steady = &out[to.frame_samples() * 5..];
                    let share = power_at(steady, hz, to.hz());
                    assert!(share > 0.999, "{from:?} to {to:?} at {hz}: {share}");
                    let peak = steady.iter().map(|s| s.abs()).max().unwrap();
                    assert!((15_900..16_900).contains(&peak), "{hz}: {peak}");
                }
            }
        }
    }

    #[test]
    fn what_the_lower_rate_cannot_carry_is_gone() {
        for (from, to, hz) in [
            (Rate::Wide, Rate::Narrow, 5_000.0),
            (Rate::Full, Rate::Narrow, 7_000.0),
            (Rate::Full, Rate::Wide, 10_000.0),
        ] {
            let input = sine(hz, 0.5, from.hz(), from.frame_samples() * 20);
            let out = converted(from, to, &input);
            let peak = out[to.frame_samples() * 5..].iter().map(|s| s.abs()).max();
            assert!(peak.unwrap() < 20, "{from:?} to {to:?}: {peak:?}");
        }
    }

    #[test]
    fn after_a_reset_nothing_of_the_past_is_heard() {
        let mut converter = Converter::new(Rate::Narrow, Rate::Full);
        let mut out = vec![0; 960];
        converter.convert(&[20_000; 160], &mut out);
        converter.reset();
        converter.convert(&[0; 160], &mut out);
        assert!(out.iter().all(|s| *s == 0));
    }
}
