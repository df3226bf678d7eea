//! The hold music of the house: twelve slow bars in C, made of sines, so that
//! it is ours, survives G.711 and bears repeating.
//!
//! Notes are laid into a ring as long as the loop: what rings on past the end
//! is heard at the beginning, so there is no seam to hear.

use std::f64::consts::TAU;

/// Samples of a quarter note at 8 kHz: 72.7 to the minute, the pace of a calm walk.
const BEAT: usize = 6_600;

/// Beats of a bar.
const BAR_BEATS: usize = 4;

/// Length of the loop: 12 bars, 39.6 s.
pub const LOOP_SAMPLES: usize = BEAT * BAR_BEATS * CHORDS.len();

/// Level of the whole, of full scale: -20 dBFS, as loud as a person on the line.
const RMS: f64 = 0.1;

/// Nothing is put above the telephone band.
const HZ_MAX: f64 = 3_400.0;

/// MIDI notes of each bar: C△7 a7 F△7 G6 | e7 a7 d7 Gsus | F△7 e7 d7 G7.
const CHORDS: [[u8; 4]; 12] = [
    [60, 64, 67, 71],
    [57, 60, 64, 67],
    [57, 60, 65, 69],
    [59, 62, 64, 67],
    [59, 62, 64, 67],
    [57, 60, 64, 67],
    [57, 60, 62, 65],
    [60, 62, 67, 69],
    [57, 60, 64, 65],
    [59, 62, 64, 67],
    [57, 60, 62, 65],
    [59, 62, 65, 67],
];

/// Which note of the chord each eighth of a bar plays, some an octave up.
const ARPEGGIO: [(usize, u8); 8] = [
    (0, 0),
    (2, 0),
    (1, 12),
    (3, 0),
    (0, 12),
    (3, 0),
    (1, 12),
    (2, 0),
];

/// The tune: start and length in quarter beats (sixteenths), MIDI note.
const MELODY: [(usize, usize, u8); 28] = [
    (0, 12, 76),
    (12, 4, 74),
    (16, 12, 72),
    (28, 4, 74),
    (32, 8, 76),
    (40, 4, 77),
    (44, 4, 76),
    (48, 14, 74),
    (64, 12, 79),
    (76, 4, 76),
    (80, 12, 72),
    (92, 4, 71),
    (96, 8, 69),
    (104, 4, 72),
    (108, 4, 74),
    (112, 12, 74),
    (124, 2, 76),
    (126, 2, 79),
    (128, 8, 81),
    (136, 8, 79),
    (144, 8, 79),
    (152, 8, 76),
    (160, 8, 77),
    (168, 4, 76),
    (172, 4, 74),
    (176, 8, 71),
    (184, 4, 74),
    (188, 2, 72),
];

/// How a kind of note sounds.
struct Voice {
    /// Strength of the first, second and third partial.
    partials: [f64; 3],
    /// Two faint copies mistuned by this, up and down, which is a slow swell: a
    /// chorus without stereo.
    shimmer_hz: f64,
    attack_s: f64,
    /// Time in which a held note falls to a third; 0 for one that stays.
    decay_s: f64,
    release_s: f64,
    level: f64,
}

/// Held chords, far back.
const PAD: Voice = Voice {
    partials: [1.0, 0.25, 0.06],
    shimmer_hz: 0.45,
    attack_s: 0.9,
    decay_s: 0.0,
    release_s: 1.4,
    level: 0.16,
};

/// A soft plucked string.
const PLUCK: Voice = Voice {
    partials: [1.0, 0.35, 0.12],
    shimmer_hz: 0.2,
    attack_s: 0.012,
    decay_s: 0.55,
    release_s: 0.4,
    level: 0.3,
};

/// An electric piano for the tune.
const LEAD: Voice = Voice {
    partials: [1.0, 0.18, 0.10],
    shimmer_hz: 0.3,
    attack_s: 0.03,
    decay_s: 1.3,
    release_s: 0.35,
    level: 0.42,
};

/// Echoes of the whole: delay in samples and strength. The delays are odd parts
/// of a beat, so that they fill the room without a rhythm of their own.
const ECHOES: [(usize, f64); 3] = [(1_123, 0.18), (2_477, 0.13), (4_931, 0.08)];

/// One loop of the music, 8 kHz.
pub fn samples() -> Vec<i16> {
    let mut dry = vec![0.0; LOOP_SAMPLES];
    for (bar, chord) in CHORDS.iter().enumerate() {
        let start = bar * BAR_BEATS * BEAT;
        for note in chord {
            add_note(&mut dry, &PAD, *note, start, BAR_BEATS * BEAT);
        }
        for (eighth, (tone, octave)) in ARPEGGIO.iter().enumerate() {
            let at = start + eighth * BEAT / 2;
            let note = chord.get(*tone).copied().unwrap_or_default();
            add_note(&mut dry, &PLUCK, note + octave, at, BEAT / 2);
        }
    }
    for (start, length, note) in MELODY {
        let (start, length) = (start * BEAT / 4, length * BEAT / 4);
        add_note(&mut dry, &LEAD, note, start, length);
    }
    let wet = echoed(&dry);
    let energy: f64 = wet.iter().map(|v| v * v).sum();
    let gain = RMS / (energy / wet.len() as f64).sqrt();
    wet.iter()
        .map(|v| (v * gain * 32_768.0).round().clamp(-32_768.0, 32_767.0) as i16)
        .collect()
}

/// Adds a note to the ring; its last sound may run over the end into the start.
fn add_note(ring: &mut [f64], voice: &Voice, note: u8, start: usize, length: usize) {
    let rate = 8_000.0;
    let hz = 440.0 * 2f64.powf((f64::from(note) - 69.0) / 12.0);
    let held_s = length as f64 / rate;
    // Notes start out of step with each other, so that their peaks do not add up.
    let phase = f64::from(note) * 2.399 + start as f64;
    let sounding = length + (voice.release_s * rate) as usize;
    let places = (start..start + sounding).map(|place| place % LOOP_SAMPLES);
    for (i, place) in places.enumerate() {
        let t = i as f64 / rate;
        let mut value = 0.0;
        for (partial, strength) in (1..).zip(voice.partials) {
            let partial_hz = hz * f64::from(partial);
            if partial_hz < HZ_MAX {
                value += strength * (TAU * partial_hz * t + phase * f64::from(partial)).sin();
            }
        }
        value *= 0.75 + 0.25 * (TAU * voice.shimmer_hz * t + phase).cos();
        if let Some(slot) = ring.get_mut(place) {
            *slot += value * voice.level * envelope(voice, t, held_s);
        }
    }
}

/// Raised cosines on both ends, so that no note clicks; an exponential between.
fn envelope(voice: &Voice, t: f64, held_s: f64) -> f64 {
    let rise = ease(t / voice.attack_s);
    let fall = ease(1.0 - (t - held_s) / voice.release_s);
    let decay = if voice.decay_s > 0.0 {
        (-t / voice.decay_s).exp()
    } else {
        1.0
    };
    rise * fall * decay
}

fn ease(x: f64) -> f64 {
    0.5 - 0.5 * (TAU / 2.0 * x.clamp(0.0, 1.0)).cos()
}

fn echoed(dry: &[f64]) -> Vec<f64> {
    let heard_before = |place: usize, delay: usize| {
        let before = (place + dry.len() - delay % dry.len()) % dry.len();
        dry.get(before).copied().unwrap_or_default()
    };
    dry.iter()
        .enumerate()
        .map(|(place, value)| {
            let echoes = ECHOES.iter();
            value
                + echoes
                    .map(|(d, g)| g * heard_before(place, *d))
                    .sum::<f64>()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_level_is_that_of_a_voice_and_the_peaks_leave_room() {
        let samples = samples();
        assert_eq!(samples.len(), LOOP_SAMPLES);
        let energy: f64 = samples.iter().map(|s| f64::from(*s).powi(2)).sum();
        let rms = (energy / samples.len() as f64).sqrt() / 32_768.0;
        let rms_db = 20.0 * rms.log10();
        assert!((-20.5..=-19.5).contains(&rms_db), "{rms_db} dBFS");
        let peak = samples.iter().map(|s| s.unsigned_abs()).max().unwrap();
        let peak_db = 20.0 * (f64::from(peak) / 32_768.0).log10();
        assert!(peak_db < -6.0, "{peak_db} dBFS");
    }

    #[test]
    fn the_loop_has_no_click_at_its_seam() {
        let samples = samples();
        let step = |a: i16, b: i16| (i32::from(b) - i32::from(a)).abs();
        let inner = samples.windows(2).map(|w| step(w[0], w[1])).max().unwrap();
        let seam = step(samples[samples.len() - 1], samples[0]);
        assert!(seam <= inner / 2, "{seam} at the seam, {inner} inside");
    }

    #[test]
    fn no_second_is_silent_or_stands_out() {
        let samples = samples();
        for (second, piece) in samples.chunks(8_000).enumerate() {
            let energy: f64 = piece.iter().map(|s| f64::from(*s).powi(2)).sum();
            let rms_db = 10.0 * (energy / piece.len() as f64).log10() - 90.3;
            assert!((-26.0..=-16.0).contains(&rms_db), "{second}: {rms_db}");
        }
    }
}
