//! What was heard: tones written for phones to play, and tones found in recordings.
//! The measure is our own and not the product's, so that a fault of the product's
//! cannot hide behind itself.

use std::f64::consts::TAU;
use std::path::Path;

/// Sample rate of every file here, Hz.
pub const RATE_HZ: u32 = 8_000;

/// Sample rate of what wideband phones play and hear, Hz.
pub const WIDE_RATE_HZ: u32 = 16_000;

/// Root mean square below which a window counts as silence, of full scale 1.0:
/// -50 dBFS, well under quiet speech and above the noise of G.711's smallest steps.
pub const SILENCE_RMS: f64 = 0.003;

/// Writes a tone of `seconds` at half of full scale as a 16-bit mono wav.
///
/// # Panics
/// If the file cannot be written.
pub fn write_tone(path: &Path, hz: f64, seconds: u32) {
    write_wav(path, RATE_HZ, tone(hz, seconds));
}

/// The same at [`WIDE_RATE_HZ`].
///
/// # Panics
/// If the file cannot be written.
pub fn write_wide_tone(path: &Path, hz: f64, seconds: u32) {
    write_wav(path, WIDE_RATE_HZ, tone_at(WIDE_RATE_HZ, hz, seconds));
}

/// Writes keys of a telephone as their pairs of tones (ITU-T Q.23), 120 ms each with
/// as much silence after it, then silence.
///
/// # Panics
/// If the file cannot be written, or for a character that is no key.
pub fn write_keys(path: &Path, keys: &str, seconds: u32) {
    const ROWS: [f64; 4] = [697.0, 770.0, 852.0, 941.0];
    const COLUMNS: [f64; 3] = [1_209.0, 1_336.0, 1_477.0];
    let press = RATE_HZ as usize * 120 / 1_000;
    let mut samples = Vec::new();
    for key in keys.chars() {
        let at = "123456789*0#".find(key).expect("a key");
        let low = tone(ROWS[at / 3], 1);
        let both = low
            .zip(tone(COLUMNS[at % 3], 1))
            .map(|(a, b)| a / 4 + b / 4);
        samples.extend(both.take(press));
        samples.extend(std::iter::repeat_n(0, press));
    }
    let rest = (RATE_HZ * seconds) as usize - samples.len();
    samples.extend(std::iter::repeat_n(0, rest));
    write_wav(path, RATE_HZ, samples);
}

fn write_wav(path: &Path, rate_hz: u32, samples: impl IntoIterator<Item = i16>) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: rate_hz,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut wav = hound::WavWriter::create(path, spec).expect("the tone can be written");
    for sample in samples {
        wav.write_sample(sample).expect("the tone can be written");
    }
    wav.finalize().expect("the tone can be written");
}

/// Samples of a tone at half of full scale.
pub fn tone(hz: f64, seconds: u32) -> impl Iterator<Item = i16> {
    tone_at(RATE_HZ, hz, seconds)
}

fn tone_at(rate_hz: u32, hz: f64, seconds: u32) -> impl Iterator<Item = i16> {
    (0..rate_hz * seconds).map(move |n| {
        let phase = TAU * hz * f64::from(n) / f64::from(rate_hz);
        // Within ±16384 by construction.
        #[allow(clippy::cast_possible_truncation)]
        let sample = (phase.sin() * 16_384.0) as i16;
        sample
    })
}

/// Samples of a 16-bit mono wav that may still be growing: its header is written
/// last, so that only the bytes after it are trusted.
pub fn read_growing_wav(path: &Path) -> Vec<i16> {
    const HEADER_BYTES: usize = 44;
    let bytes = std::fs::read(path).unwrap_or_default();
    let samples = bytes.get(HEADER_BYTES..).unwrap_or_default();
    samples
        .chunks_exact(2)
        .map(|pair| i16::from_le_bytes([pair[0], pair[1]]))
        .collect()
}

/// The samples of a file in the folder of the built-in sounds, as a telephone has
/// them: 8 kHz mono.
///
/// # Panics
/// If sox cannot read it.
pub fn built_in_sound(name: &str) -> Vec<i16> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios/sounds");
    let output = std::process::Command::new("sox")
        .arg(format!("{folder}/{name}"))
        .args([
            "-t", "raw", "-r", "8000", "-c", "1", "-e", "signed", "-b", "16", "-",
        ])
        .output()
        .expect("sox runs");
    assert!(output.status.success(), "sox cannot read {name}");
    let pairs = output.stdout.chunks_exact(2);
    pairs
        .map(|pair| i16::from_le_bytes([pair[0], pair[1]]))
        .collect()
}

/// Where a recorded piece begins in what was heard: G.711 brings a file of G.711
/// sample by sample, so that it is there alone or not at all. `None` unless nine
/// tenths of its samples are there in their places.
pub fn find_piece(heard: &[i16], piece: &[i16]) -> Option<usize> {
    const NEEDLE: usize = 160;
    // Zero is said in different ways at both ends.
    const NEAR: u16 = 8;
    let same = |one: &[i16], other: &[i16]| {
        let pairs = one.iter().zip(other);
        pairs
            .filter(|(one, other)| one.abs_diff(**other) <= NEAR)
            .count()
    };
    let windows = piece.chunks_exact(NEEDLE).enumerate();
    let (loudest, needle) = windows.max_by(|(_, a), (_, b)| rms(a).total_cmp(&rms(b)))?;
    let places = heard.windows(NEEDLE).enumerate();
    places
        .filter(|(_, window)| window[0].abs_diff(needle[0]) <= NEAR)
        .filter(|(_, window)| same(window, needle) == NEEDLE)
        .filter_map(|(at, _)| at.checked_sub(loudest * NEEDLE))
        .find(|at| same(&heard[*at..], piece) * 10 >= piece.len() * 9)
}

/// Root mean square of a window, full scale 1.0.
pub fn rms(window: &[i16]) -> f64 {
    if window.is_empty() {
        return 0.0;
    }
    let energy: f64 = window.iter().map(|s| f64::from(*s).powi(2)).sum();
    (energy / window.len() as f64).sqrt() / 32_768.0
}

/// The part of a window's energy that is at `hz`, 0 to 1 (Goertzel's algorithm,
/// which is one line of the discrete Fourier transform). 0 for silence.
pub fn part_at(window: &[i16], hz: f64) -> f64 {
    if rms(window) < SILENCE_RMS {
        return 0.0;
    }
    let omega = TAU * hz / f64::from(RATE_HZ);
    let (mut before, mut last) = (0.0, 0.0);
    let mut energy = 0.0;
    for sample in window {
        let x = f64::from(*sample);
        energy += x * x;
        let next = 2.0 * omega.cos() * last - before + x;
        before = last;
        last = next;
    }
    let power = last * last + before * before - 2.0 * omega.cos() * last * before;
    2.0 * power / (energy * window.len() as f64)
}

/// What a window sounds like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// Below [`SILENCE_RMS`].
    Silence,
    /// Nine tenths of the energy is the caller's tone, [`CALLER_HZ`].
    CallerTone,
    /// Nine tenths of the energy is the agent's tone, [`AGENT_HZ`].
    AgentTone,
    /// Anything else: music, speech, a mixture.
    Other,
}

/// The tone that test callers play, Hz.
pub const CALLER_HZ: f64 = 440.0;
/// The tone that test agents play, Hz.
pub const AGENT_HZ: f64 = 880.0;
/// Window of [`classify`], samples: 100 ms, whole periods of both tones.
pub const WINDOW: usize = 800;

/// Says what each whole window of 100 ms sounds like.
pub fn classify(samples: &[i16]) -> Vec<Heard> {
    samples.chunks_exact(WINDOW).map(classify_window).collect()
}

fn classify_window(window: &[i16]) -> Heard {
    if rms(window) < SILENCE_RMS {
        Heard::Silence
    } else if part_at(window, CALLER_HZ) > 0.9 {
        Heard::CallerTone
    } else if part_at(window, AGENT_HZ) > 0.9 {
        Heard::AgentTone
    } else {
        Heard::Other
    }
}

/// The same as text for messages, one letter a window: `.` silence, `c` caller's
/// tone, `a` agent's tone, `m` anything else.
pub fn picture(heard: &[Heard]) -> String {
    heard
        .iter()
        .map(|h| match h {
            Heard::Silence => '.',
            Heard::CallerTone => 'c',
            Heard::AgentTone => 'a',
            Heard::Other => 'm',
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(hz: f64) -> Vec<i16> {
        tone(hz, 1).collect()
    }

    #[test]
    fn a_tone_is_told_from_another_and_from_silence() {
        assert!(part_at(&samples(440.0), 440.0) > 0.99);
        assert!(part_at(&samples(440.0), 880.0) < 0.01);
        assert_eq!(part_at(&[0; 800], 440.0), 0.0);
    }

    #[test]
    fn two_tones_at_once_are_neither() {
        let mixed: Vec<i16> = tone(440.0, 1)
            .zip(tone(880.0, 1))
            .map(|(a, b)| a / 2 + b / 2)
            .collect();
        assert!(classify(&mixed).iter().all(|h| *h == Heard::Other));
    }

    #[test]
    fn a_piece_is_found_where_it_is_and_not_under_another_sound() {
        let piece = built_in_sound("number-7.en.wav");
        let mut heard = samples(440.0);
        heard.extend(&piece);
        heard.extend(samples(880.0));
        assert_eq!(find_piece(&heard, &piece), Some(8_000));
        assert_eq!(find_piece(&heard, &built_in_sound("number-8.en.wav")), None);
        let mixed: Vec<i16> = heard.iter().map(|sample| sample / 2 + 100).collect();
        assert_eq!(find_piece(&mixed, &piece), None);
    }

    #[test]
    fn windows_are_named_by_what_is_in_them() {
        let mut all = samples(440.0);
        all.extend(samples(880.0));
        all.extend([0; 8_000]);
        assert_eq!(picture(&classify(&all)), "ccccccccccaaaaaaaaaa..........");
    }
}
