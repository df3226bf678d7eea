//! Audio files as people send them, whole and damaged.
#![allow(clippy::unwrap_used, reason = "a test may stop where it fails")]

use voice::Tune;
use voice::tone::{power_at, sine};

/// A second, more or less, of 440 Hz: 44.1 kHz stereo, 48 kbit/s.
const MP3: &[u8] = include_bytes!("audio/tone-440.mp3");

#[test]
fn an_mp3_is_decoded_mixed_and_brought_to_8_khz() {
    let tune = Tune::decode(MP3).unwrap();
    assert!(
        (790..=860).contains(&tune.duration_ms()),
        "{}",
        tune.duration_ms()
    );
    let middle = &tune.samples()[1_600..4_800];
    assert!(power_at(middle, 440.0, 8_000) > 0.99);
    let peak = middle.iter().map(|s| s.abs()).max().unwrap();
    // The file was made at an eighth of full scale, less 3 dB for each of two sides.
    assert!((2_600..=3_000).contains(&peak), "{peak}");
}

/// Files damaged in every way: an error or some sound, never a panic and never
/// more sound than the file could hold.
#[test]
fn damaged_files_never_panic() {
    let wav = voice::wav::write(16_000, 2, &sine(440.0, 0.5, 16_000, 1_000));
    for seed in 1..=300u64 {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut random = |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 11) as usize % below
        };
        let mut file = if seed % 2 == 0 {
            wav.clone()
        } else {
            MP3.to_vec()
        };
        for _ in 0..1 + random(8) {
            // Half of the damage hits the headers, where it hurts.
            let within = if random(2) == 0 { 64 } else { file.len() };
            let at = random(within.min(file.len()));
            match random(4) {
                0 => file[at] = random(256) as u8,
                1 => file[at] = [0, 0x7f, 0x80, 0xff][random(4)],
                2 => file.truncate(at.max(16)),
                _ => drop(file.drain(at..(at + random(64)).min(file.len()))),
            }
            if file.is_empty() {
                file.push(0);
            }
        }
        if let Ok(tune) = Tune::decode(&file) {
            // The lowest rates make the most of a byte: 2 kHz, 8 kbit/s mp3.
            let most_ms = file.len() as u64 * 8;
            assert!(tune.duration_ms() < most_ms, "seed {seed}");
        }
    }
}
