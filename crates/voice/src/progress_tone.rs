//! Dial tone and busy tone, as an exchange plays them when there is nobody (any more) to
//! talk to: after an answer they mean that the far end has hung up without saying so.
//!
//! Frequencies and rhythms after ITU-T E.180: one tone of 400 to 450 Hz in most
//! countries, pairs in North America (dial 350 + 440 Hz, busy 480 + 620 Hz). A ringing
//! tone is neither: it is on for longer than a busy tone and off for seconds.

use crate::Rate;
use crate::loudness::mean_square;
use std::sync::OnceLock;

/// Samples of a frame of 20 ms at 8 kHz.
const FRAME_SAMPLES: usize = 160;
/// The same, milliseconds.
const FRAME_MS: u32 = 20;
/// What is judged at once: this frame and the one before, 40 ms.
const WINDOW_SAMPLES: usize = 2 * FRAME_SAMPLES;
/// Mean square below which a window is silence: -40 dBFS.
const POWER_MIN: f64 = 1.0e-4;
/// What a tone may leave unexplained, of its energy: noise 10 dB below it.
const RESIDUE_MAX: f64 = 0.1;
/// The single tone of most countries, Hz, in steps that a window cannot tell apart.
const SINGLE_HZ: std::ops::RangeInclusive<u32> = 395..=455;
const SINGLE_STEP_HZ: usize = 5;
/// North America, Hz.
const DIAL_PAIR_HZ: [f64; 2] = [350.0, 440.0];
const BUSY_PAIR_HZ: [f64; 2] = [480.0, 620.0];

/// A single tone that goes on for so long is a dial tone, milliseconds: ringing tones
/// are on for 2 s at most.
const DIAL_SINGLE_MS: u32 = 2_500;
/// The pair of the dial tone is used for nothing else.
const DIAL_PAIR_MS: u32 = 1_000;
/// How long a busy tone is on and off, milliseconds, from the quickest congestion
/// tones to the slowest busy tones.
const BUSY_MS: std::ops::RangeInclusive<u32> = 100..=800;
/// Two bursts of one busy tone are this much alike, milliseconds.
const BUSY_DIFFERENCE_MS: u32 = 80;
/// A gap of so many windows does not end a burst: a packet was lost.
const HICCUP_FRAMES: u32 = 2;

/// So many windows have the edge of a tone in them.
const EDGE_FRAMES: u32 = 2;

/// What was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProgressTone {
    /// The line is free to dial.
    Dial,
    /// Busy, or no way through.
    Busy,
}

/// The tones that are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pitch {
    Single,
    DialPair,
    BusyPair,
}

/// What one window is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Window {
    Silence,
    Tone(Pitch),
    Other,
}

/// A tone that is or was on.
#[derive(Clone, Copy, Debug)]
struct Burst {
    pitch: Pitch,
    on_frames: u32,
    /// Since it was last heard.
    off_frames: u32,
    /// Of these, the last ones in a row that are not silent.
    loud_frames: u32,
    /// How long the burst before was on, if the two may belong to one busy tone.
    before_ms: Option<u32>,
}

/// Finds progress tones in one stream of frames at 8 kHz.
#[derive(Clone, Debug)]
pub struct ProgressToneDetector {
    window: [f64; WINDOW_SAMPLES],
    burst: Option<Burst>,
}

impl Default for ProgressToneDetector {
    fn default() -> Self {
        Self {
            window: [0.0; WINDOW_SAMPLES],
            burst: None,
        }
    }
}

impl ProgressToneDetector {
    /// Listens to 20 ms; gives a tone each time when one has become certain: after two
    /// bursts of a busy tone, or one to two and a half seconds of a dial tone.
    pub fn hear(&mut self, frame: &[i16]) -> Option<ProgressTone> {
        if frame.len() < FRAME_SAMPLES {
            return None;
        }
        self.window.copy_within(FRAME_SAMPLES.., 0);
        for (kept, sample) in self.window[FRAME_SAMPLES..].iter_mut().zip(frame) {
            *kept = f64::from(*sample) / 32_768.0;
        }
        match classify(&self.window, mean_square(frame)) {
            Window::Tone(pitch) => self.tone(pitch),
            Window::Silence => self.no_tone(true),
            Window::Other => self.no_tone(false),
        }
    }

    fn tone(&mut self, pitch: Pitch) -> Option<ProgressTone> {
        let first = Burst {
            pitch,
            on_frames: 1,
            off_frames: 0,
            loud_frames: 0,
            before_ms: None,
        };
        let burst = match self.burst.take().filter(|burst| burst.pitch == pitch) {
            Some(burst) if burst.off_frames <= HICCUP_FRAMES => Burst {
                on_frames: burst.on_frames + burst.off_frames + 1,
                before_ms: burst.before_ms,
                ..first
            },
            Some(burst) if BUSY_MS.contains(&off_ms(&burst)) => Burst {
                before_ms: Some(on_ms(&burst)).filter(|ms| BUSY_MS.contains(ms)),
                ..first
            },
            _ => first,
        };
        self.burst = Some(burst);
        let dial_ms = match pitch {
            Pitch::Single => DIAL_SINGLE_MS,
            Pitch::DialPair => DIAL_PAIR_MS,
            Pitch::BusyPair => return None,
        };
        (burst.on_frames == dial_ms / FRAME_MS).then_some(ProgressTone::Dial)
    }

    fn no_tone(&mut self, silent: bool) -> Option<ProgressTone> {
        let burst = self.burst.as_mut()?;
        burst.off_frames += 1;
        burst.loud_frames = if silent { 0 } else { burst.loud_frames + 1 };
        // Between the bursts of a busy tone is silence, but for their edges.
        if burst.loud_frames > EDGE_FRAMES || off_ms(burst) > *BUSY_MS.end() {
            self.burst = None;
            return None;
        }
        let just_over = burst.off_frames == HICCUP_FRAMES + 1;
        let on_ms = on_ms(burst);
        let alike = burst.before_ms.is_some_and(|before_ms| {
            on_ms.abs_diff(before_ms) <= BUSY_DIFFERENCE_MS && BUSY_MS.contains(&on_ms)
        });
        (just_over && alike && burst.pitch != Pitch::DialPair).then_some(ProgressTone::Busy)
    }
}

/// A tone lasts one frame longer than the windows that are nothing but it.
fn on_ms(burst: &Burst) -> u32 {
    (burst.on_frames + 1) * FRAME_MS
}

fn off_ms(burst: &Burst) -> u32 {
    burst.off_frames * FRAME_MS
}

fn classify(window: &[f64; WINDOW_SAMPLES], newest_power: f64) -> Window {
    let energy: f64 = window.iter().map(|x| x * x).sum();
    if energy / (WINDOW_SAMPLES as f64) < POWER_MIN || newest_power < POWER_MIN {
        return Window::Silence;
    }
    let explained = |basis: &[[f64; WINDOW_SAMPLES]]| -> bool {
        let along = |axis: &[f64; WINDOW_SAMPLES]| -> f64 {
            let sum: f64 = axis.iter().zip(window).map(|(a, x)| a * x).sum();
            sum * sum
        };
        let found: f64 = basis.iter().map(along).sum();
        energy - found <= RESIDUE_MAX * energy
    };
    let templates = templates();
    if templates.singles.iter().any(|basis| explained(basis)) {
        Window::Tone(Pitch::Single)
    } else if explained(&templates.dial) {
        Window::Tone(Pitch::DialPair)
    } else if explained(&templates.busy) {
        Window::Tone(Pitch::BusyPair)
    } else {
        Window::Other
    }
}

/// For each tone that is known, axes of length one that are square to each other: what
/// of a window lies along them is that tone, in any phase (least squares).
struct Templates {
    singles: Vec<[[f64; WINDOW_SAMPLES]; 2]>,
    dial: [[f64; WINDOW_SAMPLES]; 4],
    busy: [[f64; WINDOW_SAMPLES]; 4],
}

fn templates() -> &'static Templates {
    static TEMPLATES: OnceLock<Templates> = OnceLock::new();
    TEMPLATES.get_or_init(|| {
        let single = |hz: u32| square([wave(hz.into(), 0.0), wave(hz.into(), 0.25)]);
        let pair = |[low, high]: [f64; 2]| {
            square([
                wave(low, 0.0),
                wave(low, 0.25),
                wave(high, 0.0),
                wave(high, 0.25),
            ])
        };
        Templates {
            singles: SINGLE_HZ.step_by(SINGLE_STEP_HZ).map(single).collect(),
            dial: pair(DIAL_PAIR_HZ),
            busy: pair(BUSY_PAIR_HZ),
        }
    })
}

/// A tone that begins at a part of its period.
fn wave(hz: f64, phase: f64) -> [f64; WINDOW_SAMPLES] {
    let step = hz / f64::from(Rate::Narrow.hz());
    std::array::from_fn(|n| (std::f64::consts::TAU * (n as f64 * step + phase)).sin())
}

/// Axes that span the same (Gram-Schmidt).
fn square<const N: usize>(mut axes: [[f64; WINDOW_SAMPLES]; N]) -> [[f64; WINDOW_SAMPLES]; N] {
    for at in 0..N {
        let (done, rest) = axes.split_at_mut(at);
        let axis = &mut rest[0];
        for other in done.iter() {
            let along: f64 = axis.iter().zip(other).map(|(a, b)| a * b).sum();
            for (a, b) in axis.iter_mut().zip(other) {
                *a -= along * b;
            }
        }
        let length = axis.iter().map(|a| a * a).sum::<f64>().sqrt();
        axis.iter_mut().for_each(|a| *a /= length);
    }
    axes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Law, g711};

    fn tone(parts: &[f64], ms: u32) -> Vec<i16> {
        let sample = |n: u32| {
            let t = f64::from(n) / 8_000.0;
            let all: f64 = parts
                .iter()
                .map(|hz| (std::f64::consts::TAU * hz * t).sin())
                .sum();
            (all / parts.len().max(1) as f64 * 8_000.0) as i16
        };
        (0..ms * 8).map(sample).collect()
    }

    fn quiet(ms: u32) -> Vec<i16> {
        (0..ms * 8).map(|n| (n % 997 * 7 % 13) as i16 - 6).collect()
    }

    /// A rhythm, for so many times, after a pause that is no whole number of frames.
    fn rhythm(parts: &[f64], on_ms: u32, off_ms: u32, times: usize) -> Vec<i16> {
        let one = [tone(parts, on_ms), quiet(off_ms)].concat();
        [quiet(507), one.repeat(times)].concat()
    }

    /// What is heard first, and when, milliseconds.
    fn heard(samples: &[i16]) -> Option<(ProgressTone, u32)> {
        let mut detector = ProgressToneDetector::default();
        let frames = samples.chunks_exact(FRAME_SAMPLES).zip(1..);
        let mut found = frames.filter_map(|(frame, at)| Some((detector.hear(frame)?, at * 20)));
        found.next()
    }

    fn is_busy(samples: &[i16], within_ms: u32) {
        let (tone, at_ms) = heard(samples).expect("a tone");
        assert_eq!(tone, ProgressTone::Busy);
        assert!(at_ms <= within_ms, "{at_ms}");
    }

    #[test]
    fn busy_and_congestion_tones_of_many_countries_are_busy_after_two_bursts() {
        for (parts, on_ms, off_ms) in [
            (&[425.0][..], 350, 350), // Russia
            (&[425.0], 175, 175),     // Russia, congestion
            (&[425.0], 480, 480),     // Germany
            (&[425.0], 240, 240),     // Germany, congestion
            (&[400.0], 375, 375),     // United Kingdom
            (&[440.0], 500, 500),     // France
            (&[450.0], 350, 350),     // China
            (&[480.0, 620.0], 500, 500),
            (&[480.0, 620.0], 250, 250),
        ] {
            let within_ms = 507 + 2 * on_ms + off_ms + 140;
            is_busy(&rhythm(parts, on_ms, off_ms, 3), within_ms);
        }
    }

    #[test]
    fn a_tone_that_goes_on_is_a_dial_tone() {
        for (parts, ms) in [(&[425.0][..], 2_500), (&[350.0, 440.0], 1_000)] {
            let (tone, at_ms) = heard(&tone(parts, 4_000)).expect("a tone");
            assert_eq!(tone, ProgressTone::Dial);
            assert!(at_ms.abs_diff(ms) <= 60, "{parts:?}: {at_ms}");
        }
    }

    #[test]
    fn ringing_tones_are_neither() {
        for (parts, on_ms, off_ms) in [
            (&[425.0][..], 1_000, 4_000), // Russia, Germany
            (&[425.0], 800, 3_200),
            (&[440.0], 1_500, 3_500), // France
            (&[440.0, 480.0], 2_000, 4_000),
            (&[400.0, 450.0], 400, 200), // United Kingdom
        ] {
            let all = rhythm(parts, on_ms, off_ms, 4);
            assert_eq!(heard(&all), None, "{parts:?} {on_ms}/{off_ms}");
        }
    }

    #[test]
    fn beeps_digits_voices_and_silence_are_neither() {
        for parts in [
            &[1_000.0][..],
            &[697.0, 1_209.0],
            &[330.0],
            &[520.0],
            &[130.0, 260.0, 390.0, 520.0],
        ] {
            assert_eq!(heard(&rhythm(parts, 300, 300, 8)), None, "{parts:?}");
            assert_eq!(heard(&tone(parts, 5_000)), None, "{parts:?}");
        }
        assert_eq!(heard(&[0; 80_000]), None);
        assert_eq!(heard(&[]), None);
        // One burst is no rhythm, and words between two are no silence.
        assert_eq!(heard(&rhythm(&[425.0], 350, 350, 1)), None);
        let voice = tone(&[130.0, 260.0, 390.0, 520.0], 350);
        let burst = tone(&[425.0], 350);
        assert_eq!(heard(&[&burst[..], &voice, &burst, &voice].concat()), None);
    }

    #[test]
    fn the_telephone_and_a_noisy_line_do_not_hide_them() {
        let mut seed = 1_u32;
        let mut noise = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            // -34 dBFS: more than 10 dB below the tone, and the silence is not silent.
            i32::from((seed >> 16) as i16) / 45
        };
        for law in [Law::Mu, Law::A] {
            let clean = rhythm(&[425.0], 350, 350, 3);
            let sent = g711::decode(law, &g711::encode(law, &clean));
            is_busy(&sent, 1_700);
            let noisy: Vec<i16> = (clean.iter())
                .map(|s| (i32::from(*s) + noise() / 3) as i16)
                .collect();
            is_busy(&g711::decode(law, &g711::encode(law, &noisy)), 1_700);
        }
    }
}
