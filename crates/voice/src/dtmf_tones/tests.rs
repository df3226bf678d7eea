use super::*;
use crate::{Law, g711};

/// Tones as a phone sends them.
#[derive(Clone, Copy)]
struct Press {
    ms: usize,
    row_dbm0: f64,
    column_dbm0: f64,
    /// Row and column are off by these factors.
    scale: [f64; 2],
}

const PLAIN: Press = Press {
    ms: 80,
    row_dbm0: -9.0,
    column_dbm0: -7.0,
    scale: [1.0; 2],
};

fn tones(key: char, press: Press) -> Vec<i16> {
    let at = KEYS.iter().flatten().position(|k| *k == key).unwrap();
    let (row, column) = (FREQUENCIES[at / 4], FREQUENCIES[4 + at % 4]);
    let [row, column] = [row * press.scale[0], column * press.scale[1]];
    let wave = |hz: f64, dbm0: f64, i: usize| {
        (TAU * hz * i as f64 / 8_000.0 + 0.7).sin() * peak_of_dbm0(dbm0)
    };
    (0..press.ms * 8)
        .map(|i| wave(row, press.row_dbm0, i) + wave(column, press.column_dbm0, i))
        .map(|v| v.clamp(-32_000.0, 32_000.0) as i16)
        .collect()
}

fn silence(ms: usize) -> Vec<i16> {
    vec![0; ms * 8]
}

/// A small seeded source of numbers, -1 to 1.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }
}

fn heard(samples: &[i16]) -> String {
    let mut receiver = ToneDigitReceiver::default();
    let mut digits = String::new();
    // Through G.711 and in frames, as they come.
    for frame in samples.chunks(160) {
        let bytes = g711::encode(Law::Mu, frame);
        receiver.receive(&g711::decode(Law::Mu, &bytes), |d| digits.push(d));
    }
    digits
}

/// One press after `offset` samples of silence.
fn heard_at(offset: usize, key: char, press: Press) -> String {
    let mut samples = vec![0; offset];
    samples.extend(tones(key, press));
    samples.extend(silence(100));
    heard(&samples)
}

#[test]
fn every_key_is_heard_once_a_press() {
    let mut samples = Vec::new();
    let all = "1234567890*#ABCD1133";
    for key in all.chars() {
        samples.extend(tones(key, PLAIN));
        samples.extend(silence(60));
    }
    assert_eq!(heard(&samples), all);
}

#[test]
fn a_press_of_40_ms_is_heard_and_one_of_23_ms_is_not() {
    let short = Press { ms: 40, ..PLAIN };
    let too_short = Press { ms: 23, ..PLAIN };
    for offset in 0..80 {
        for key in ['1', '5', '#', 'D'] {
            assert_eq!(heard_at(offset, key, short), key.to_string(), "{offset}");
            assert_eq!(heard_at(offset, key, too_short), "", "{key} {offset}");
        }
    }
}

#[test]
fn a_break_of_10_ms_is_one_press_and_a_pause_of_40_ms_makes_two() {
    for offset in 0..80 {
        let with_pause = |ms: usize| {
            let mut samples = vec![0; offset];
            samples.extend(tones('8', PLAIN));
            samples.extend(silence(ms));
            samples.extend(tones('8', PLAIN));
            samples.extend(silence(60));
            heard(&samples)
        };
        assert_eq!(with_pause(10), "8", "{offset}");
        assert_eq!(with_pause(40), "88", "{offset}");
    }
}

#[test]
fn a_lost_frame_does_not_make_two_presses_of_one() {
    for lost in 1..5 {
        let mut samples = tones('4', Press { ms: 120, ..PLAIN });
        samples.drain(lost * 160..(lost + 1) * 160);
        samples.extend(silence(60));
        assert_eq!(heard(&samples), "4", "frame {lost}");
    }
}

#[test]
fn twist_of_6_db_is_heard_and_of_12_db_is_not() {
    let twisted = |row_dbm0: f64, column_dbm0: f64| Press {
        row_dbm0,
        column_dbm0,
        ..PLAIN
    };
    for key in "159D0".chars() {
        let digit = key.to_string();
        assert_eq!(heard_at(3, key, twisted(-10.0, -16.0)), digit);
        assert_eq!(heard_at(3, key, twisted(-16.0, -10.0)), digit);
        assert_eq!(heard_at(3, key, twisted(-6.0, -18.0)), "");
        assert_eq!(heard_at(3, key, twisted(-18.0, -6.0)), "");
    }
}

#[test]
fn frequencies_1_5_percent_off_are_heard_and_3_5_percent_off_are_not() {
    for key in KEYS.iter().flatten() {
        for scale in [[0.985; 2], [1.015; 2], [1.0, 0.985], [1.015, 1.0]] {
            let press = Press { scale, ..PLAIN };
            assert_eq!(heard_at(0, *key, press), key.to_string(), "{scale:?}");
        }
        for scale in [[0.965; 2], [1.035; 2], [1.0, 0.965], [1.035, 1.0]] {
            let press = Press { scale, ..PLAIN };
            assert_eq!(heard_at(0, *key, press), "", "{key} {scale:?}");
        }
    }
}

#[test]
fn levels_from_0_to_minus_25_dbm0_are_heard_and_minus_55_is_not() {
    for level in [0.0, -10.0, -25.0, -30.0] {
        let press = Press {
            row_dbm0: level - 3.0,
            column_dbm0: level - 3.0,
            ..PLAIN
        };
        assert_eq!(heard_at(0, '7', press), "7", "{level}");
    }
    let press = Press {
        row_dbm0: -55.0,
        column_dbm0: -55.0,
        ..PLAIN
    };
    assert_eq!(heard_at(0, '7', press), "");
}

#[test]
fn digits_are_heard_through_noise_15_db_below_them() {
    let mut noise = Noise(0x1234_5678_9abc_def1);
    let peak = peak_of_dbm0(-20.0) * 3f64.sqrt() / 2f64.sqrt();
    let digits = "1590#DA*".repeat(10);
    let mut samples = Vec::new();
    for key in digits.chars() {
        samples.extend(tones(key, Press { ms: 60, ..PLAIN }));
        samples.extend(silence(60));
    }
    for sample in &mut samples {
        *sample = sample.saturating_add((noise.next() * peak) as i16);
    }
    assert_eq!(heard(&samples), digits);
}

/// A minute of something like a voice: gliding pitch, three moving formants,
/// bursts of noise, syllables and pauses.
fn babble(seed: u64, seconds: usize) -> Vec<i16> {
    let mut noise = Noise(seed);
    let mut samples = Vec::new();
    let mut phase = 0.0;
    while samples.len() < seconds * 8_000 {
        let length = (800.0 + 1_600.0 * (noise.next() + 1.0)) as usize;
        let (from, to) = (170.0 + 90.0 * noise.next(), 170.0 + 90.0 * noise.next());
        let formants = [
            550.0 + 350.0 * noise.next(),
            1_500.0 + 700.0 * noise.next(),
            2_600.0 + 400.0 * noise.next(),
        ];
        let voiced = noise.next() > -0.7;
        let loud = 9_000.0 + 6_000.0 * noise.next();
        let mut formed = [(0.0, 0.0); 3];
        for i in 0..length {
            let along = i as f64 / length as f64;
            phase += (from + (to - from) * along) / 8_000.0;
            let pulse = if phase >= 1.0 { 1.0 } else { 0.0 };
            phase -= pulse;
            let source = if voiced { pulse } else { noise.next() * 0.3 };
            let mut value = 0.0;
            for ((last, before), hz) in formed.iter_mut().zip(formants) {
                let radius: f64 = 0.97;
                let next = source + 2.0 * radius * (TAU * hz / 8_000.0).cos() * *last
                    - radius * radius * *before;
                (*before, *last) = (*last, next);
                value += next;
            }
            samples.push((value * loud * (PI * along).sin() / 3.0).clamp(-3e4, 3e4) as i16);
        }
        samples.extend(vec![0; (400.0 * (noise.next() + 1.0)) as usize]);
    }
    samples
}

#[test]
fn neither_babble_nor_music_nor_call_tones_are_digits() {
    for seed in [7, 99, 12_345] {
        assert_eq!(heard(&babble(seed, 120)), "", "seed {seed}");
    }
    assert_eq!(heard(&crate::hold_music::samples()), "");
    for script in [
        "350@-13,440@-13;5(5/0/1+2)",
        "440@-19,480@-19;5(2/1/1+2)",
        "480@-13,620@-13;5(.5/.5/1+2)",
        "425@-10;5(1/0/1)",
        "1400@-10,2060@-10;5(.1/.1/1+2)",
    ] {
        let tune = crate::Tune::tone_script(script).unwrap();
        assert_eq!(heard(tune.samples()), "", "{script}");
    }
}
