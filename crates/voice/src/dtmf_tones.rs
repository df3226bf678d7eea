//! Digits heard in the audio itself, for phones and gateways without RFC 4733.
//!
//! The limits are those of ITU-T Q.24 with room for G.711 and a noisy line: a
//! press of 40 ms is heard, one of 23 ms is not, a break of 10 ms does not end
//! it, a pause of 40 ms does. Speech and music are told from keys by three
//! demands at once: nearly all the power lies in the two tones, the two are
//! about equally loud, and their frequencies are exact and steady.

use crate::tone::peak_of_dbm0;
use std::f64::consts::{PI, TAU};
use std::sync::LazyLock;

/// Samples of a step: 5 ms at 8 kHz.
const STEP_SAMPLES: usize = 40;

/// Steps that are looked at together: 15 ms, short enough that three fit a
/// short press at any offset, long enough to part neighbours (73 Hz at least).
const WINDOW_STEPS: usize = 3;

/// Samples of a window.
const WINDOW_SAMPLES: f64 = (STEP_SAMPLES * WINDOW_STEPS) as f64;

/// Windows in a row that make a press. A press of 40 ms has seven or six, one
/// of 23 ms five at most (those that it fills by more than half).
const HITS_TO_BEGIN: u8 = 6;

/// Windows without the tones that end a press: a pause of 40 ms has eight or
/// more, a break of 10 ms three.
const MISSES_TO_END: u8 = 5;

/// The two tones together hold at least this share of the power. A key that is
/// 1.5 % off, as Q.24 allows, still has 0.7; a voice has a third and less.
const SHARE_MIN: f64 = 0.55;

/// Once the loss of a tone that is off its frequency is made good, windows that
/// the press fills hold at least this share: noise 8 dB below is allowed.
const CLEAN_SHARE_MIN: f64 = 0.85;

/// Clean windows that a press has among its first [`HITS_TO_BEGIN`]. A steady
/// press of 40 ms fills five windows, of which the first cannot be judged.
const CLEAN_MIN: u8 = 3;

/// Neither tone is more than 8 dB louder than the other (Q.24 table A-1, AT&T).
const TWIST_MAX: f64 = 6.31;

/// How far a tone may be from its frequency. Q.24 accepts 1.5 % and refuses
/// 3.5 %; this is between.
const DEVIATION_MAX: f64 = 0.025;

/// Tones quieter than this each are not a key, dBm0. Q.24 hears -25 dBm or
/// more and refuses -55 dBm.
const LEVEL_MIN_DBM0: f64 = -36.0;

/// Frequencies of the four rows, then of the four columns, hertz (ITU-T Q.23).
const FREQUENCIES: [f64; 8] = [
    697.0, 770.0, 852.0, 941.0, 1_209.0, 1_336.0, 1_477.0, 1_633.0,
];

/// Keys by row and column.
const KEYS: [[char; 4]; 4] = [
    ['1', '2', '3', 'A'],
    ['4', '5', '6', 'B'],
    ['7', '8', '9', 'C'],
    ['*', '0', '#', 'D'],
];

/// One complex value: what one frequency adds up to.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    re: f64,
    im: f64,
}

impl Sum {
    fn power(self) -> f64 {
        self.re * self.re + self.im * self.im
    }

    fn plus(self, other: Self) -> Self {
        Self {
            re: self.re + other.re,
            im: self.im + other.im,
        }
    }

    /// Turned as `by`, whose power is 1, is turned against 1.
    fn turned(self, by: Self) -> Self {
        Self {
            re: self.re * by.re - self.im * by.im,
            im: self.re * by.im + self.im * by.re,
        }
    }

    /// How far `self` is turned against `before`, -PI to PI.
    fn turn_from(self, before: Self) -> f64 {
        let re = self.re * before.re + self.im * before.im;
        let im = self.im * before.re - self.re * before.im;
        im.atan2(re)
    }
}

/// Steps after which every whole frequency is back at its first phase: 1 s.
const PHASE_STEPS: usize = 8_000 / STEP_SAMPLES;

/// What is the same for all receivers.
struct Tables {
    /// The eight oscillators over one step, and the quarter turn of them. Single
    /// precision is enough for 40 samples, and twice as many fit a register.
    cos: [[f32; 8]; STEP_SAMPLES],
    sin: [[f32; 8]; STEP_SAMPLES],
    /// Turns backwards by so many parts of [`PHASE_STEPS`].
    turns: [Sum; PHASE_STEPS],
    /// Power that a tone of [`LEVEL_MIN_DBM0`] has in a window: a sine of peak p has
    /// (p * samples / 2)^2.
    power_min: f64,
}

static TABLES: LazyLock<Tables> = LazyLock::new(Tables::make);

impl Tables {
    fn make() -> Self {
        let mut tables = Self {
            cos: [[0.0; 8]; STEP_SAMPLES],
            sin: [[0.0; 8]; STEP_SAMPLES],
            turns: [Sum::default(); PHASE_STEPS],
            power_min: (peak_of_dbm0(LEVEL_MIN_DBM0) * WINDOW_SAMPLES / 2.0).powi(2),
        };
        for (i, (cos, sin)) in tables.cos.iter_mut().zip(&mut tables.sin).enumerate() {
            for (at, hz) in FREQUENCIES.into_iter().enumerate() {
                let angle = TAU * hz * i as f64 / 8_000.0;
                if let (Some(cos), Some(sin)) = (cos.get_mut(at), sin.get_mut(at)) {
                    (*cos, *sin) = (angle.cos() as f32, angle.sin() as f32);
                }
            }
        }
        for (part, turn) in tables.turns.iter_mut().enumerate() {
            let (sin, cos) = (TAU * part as f64 / PHASE_STEPS as f64).sin_cos();
            *turn = Sum { re: cos, im: -sin };
        }
        tables
    }
}

/// A step that is being filled.
#[derive(Clone, Copy, Debug, Default)]
struct Filling {
    re: [f32; 8],
    im: [f32; 8],
    energy: f32,
    samples: usize,
}

impl Filling {
    /// Takes samples, no more than are missing.
    fn take(&mut self, samples: &[i16], tables: &Tables) {
        let rows = tables.cos.iter().zip(&tables.sin).skip(self.samples);
        for (sample, (cos, sin)) in samples.iter().zip(rows) {
            let value = f32::from(*sample);
            for (sum, factor) in self.re.iter_mut().zip(cos) {
                *sum += value * factor;
            }
            for (sum, factor) in self.im.iter_mut().zip(sin) {
                *sum -= value * factor;
            }
            self.energy += value * value;
        }
        self.samples += samples.len();
    }

    /// The sums, as if the oscillators had run on since the first step: they begin
    /// each step anew.
    fn step(&self, number: usize, tables: &Tables) -> Step {
        let mut sums = [Sum::default(); 8];
        let parts = self.re.iter().zip(&self.im).zip(FREQUENCIES);
        for (sum, ((re, im), hz)) in sums.iter_mut().zip(parts) {
            let (re, im) = (f64::from(*re), f64::from(*im));
            // The frequencies are whole numbers.
            let part = (number * hz as usize) % PHASE_STEPS;
            let turn = tables.turns.get(part).copied().unwrap_or_default();
            *sum = Sum { re, im }.turned(turn);
        }
        Step {
            sums,
            energy: f64::from(self.energy),
        }
    }
}

/// What 5 ms hold at each of the eight frequencies, and in all.
#[derive(Clone, Copy, Debug, Default)]
struct Step {
    sums: [Sum; 8],
    energy: f64,
}

/// A window in which a key sounds.
#[derive(Clone, Copy, Debug)]
struct Hit {
    key: char,
    row: usize,
    column: usize,
    sums: [Sum; 8],
    /// The share of the power in either tone.
    row_share: f64,
    column_share: f64,
}

/// A window that goes on with the key of the one before, if that had one.
#[derive(Clone, Copy, Debug)]
struct Heard {
    key: char,
    clean: bool,
}

/// The key that sounds, or may be about to.
#[derive(Clone, Copy, Debug, Default)]
enum State {
    #[default]
    Quiet,
    /// `hits` windows in a row had `key`, `clean` of them without doubt.
    Rising { key: char, hits: u8, clean: u8 },
    /// `key` was told; `misses` windows in a row were without it.
    Pressed { key: char, misses: u8 },
}

/// Hears digits in the audio of one leg. It needs about a multiplication a
/// sample and tone, so it is meant for legs that asked for it.
#[derive(Clone, Debug, Default)]
pub struct ToneDigitReceiver {
    current: Filling,
    /// Steps since the start, modulo [`PHASE_STEPS`].
    number: usize,
    /// The last steps, newest first.
    steps: [Step; WINDOW_STEPS],
    /// The hits of the last two windows, newest first.
    hits: [Option<Hit>; 2],
    state: State,
}

impl ToneDigitReceiver {
    /// Takes the next samples, 8 kHz, in pieces of any size, and calls `pressed`
    /// once a press, about 40 ms after it begins. Samples lost on the way are
    /// best left out: a press with a hole is still one press.
    pub fn receive(&mut self, mut samples: &[i16], mut pressed: impl FnMut(char)) {
        let tables = &*TABLES;
        while !samples.is_empty() {
            let missing = STEP_SAMPLES - self.current.samples;
            let (piece, rest) = samples.split_at(missing.min(samples.len()));
            self.current.take(piece, tables);
            samples = rest;
            if self.current.samples == STEP_SAMPLES
                && let Some(key) = self.finish_step(tables)
            {
                pressed(key);
            }
        }
    }

    fn finish_step(&mut self, tables: &Tables) -> Option<char> {
        let step = std::mem::take(&mut self.current).step(self.number, tables);
        self.number = (self.number + 1) % PHASE_STEPS;
        let [first, second, _] = self.steps;
        self.steps = [step, first, second];
        let hit = self.judge(tables.power_min);
        let [newest, before] = self.hits;
        self.hits = [hit, newest];
        self.follow(hit.and_then(|hit| hit.go_on_from(before)))
    }

    /// The key that sounds in the last window.
    fn judge(&self, power_min: f64) -> Option<Hit> {
        let mut sums = [Sum::default(); 8];
        let mut energy = 0.0;
        for step in &self.steps {
            energy += step.energy;
            for (sum, part) in sums.iter_mut().zip(step.sums) {
                *sum = sum.plus(part);
            }
        }
        let (rows, columns) = sums.split_at(4);
        let (row, row_power) = strongest(rows)?;
        let (column, column_power) = strongest(columns)?;
        let share_of = |power: f64| 2.0 * power / (WINDOW_SAMPLES * energy);
        let (row_share, column_share) = (share_of(row_power), share_of(column_power));
        let level = row_power.min(column_power) > power_min;
        let twist = row_power.max(column_power) < TWIST_MAX * row_power.min(column_power);
        if !level || !twist || row_share + column_share < SHARE_MIN {
            return None;
        }
        let key = *KEYS.get(row)?.get(column)?;
        Some(Hit {
            key,
            row,
            column,
            sums,
            row_share,
            column_share,
        })
    }

    fn follow(&mut self, heard: Option<Heard>) -> Option<char> {
        let mut told = None;
        self.state = match (self.state, heard) {
            (State::Quiet | State::Rising { .. }, None) => State::Quiet,
            (State::Rising { key, hits, clean }, Some(heard)) if key == heard.key => {
                let (hits, clean) = (hits + 1, clean + u8::from(heard.clean));
                if hits < HITS_TO_BEGIN {
                    State::Rising { key, hits, clean }
                } else if clean < CLEAN_MIN {
                    // The run was no key so far; it may still become one.
                    heard.rising()
                } else {
                    told = Some(key);
                    State::Pressed { key, misses: 0 }
                }
            }
            (State::Quiet | State::Rising { .. }, Some(heard)) => heard.rising(),
            (State::Pressed { key, .. }, Some(heard)) if key == heard.key => {
                State::Pressed { key, misses: 0 }
            }
            (State::Pressed { key, misses }, heard) => {
                if misses + 1 < MISSES_TO_END {
                    let misses = misses + 1;
                    State::Pressed { key, misses }
                } else {
                    heard.map_or(State::Quiet, Heard::rising)
                }
            }
        };
        told
    }
}

impl Heard {
    fn rising(self) -> State {
        State::Rising {
            key: self.key,
            hits: 1,
            clean: u8::from(self.clean),
        }
    }
}

impl Hit {
    /// Judges the tones by `before`, the window two steps (10 ms) earlier: a
    /// tone that is off by d hertz turns by `TAU * d / 100` in that time.
    /// `None` if one is not where it belongs.
    fn go_on_from(&self, before: Option<Self>) -> Option<Heard> {
        let key = self.key;
        let Some(before) = before.filter(|before| before.key == key) else {
            return Some(Heard { key, clean: false });
        };
        let row = self.share_at(&before, self.row, self.row_share)?;
        let column = self.share_at(&before, self.column + 4, self.column_share)?;
        let clean = row + column >= CLEAN_SHARE_MIN;
        Some(Heard { key, clean })
    }

    /// The share of the tone as it would be on its frequency, or `None` if it
    /// is too far off.
    fn share_at(&self, before: &Self, index: usize, share: f64) -> Option<f64> {
        let hz = FREQUENCIES.get(index)?;
        let turn = self.sums.get(index)?.turn_from(*before.sums.get(index)?);
        let off_hz = turn / TAU * 100.0;
        if off_hz.abs() > hz * DEVIATION_MAX {
            return None;
        }
        // What a window of this length leaves of a tone between its bins.
        let x = PI * off_hz * WINDOW_SAMPLES / 8_000.0;
        let left = if x.abs() < 1e-6 { 1.0 } else { x.sin() / x };
        Some(share / left.powi(2))
    }
}

fn strongest(sums: &[Sum]) -> Option<(usize, f64)> {
    let powers = sums.iter().map(|sum| sum.power()).enumerate();
    powers.max_by(|a, b| a.1.total_cmp(&b.1))
}

#[cfg(test)]
mod tests;
