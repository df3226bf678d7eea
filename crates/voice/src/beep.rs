//! Beeps: steady tones of one frequency, as answering machines play before they
//! record. Voices have harmonics and move; a beep does neither.

use crate::Rate;

/// Samples of a frame of 20 ms at 8 kHz.
const FRAME_SAMPLES: usize = 160;
/// The same, milliseconds.
const FRAME_MS: u32 = 20;
/// Frames of the same tone that make a beep: 120 ms.
const FRAMES_MIN: u32 = 6;
/// Lowest and highest frequency of a beep, Hz. Below are the tones of exchanges
/// (425 to 450 Hz, ITU-T E.180).
const HZ_MIN: f64 = 500.0;
const HZ_MAX: f64 = 2_500.0;
/// How far the frequency may be off from frame to frame.
const DRIFT_MAX: f64 = 0.02;
/// What a tone may leave unexplained, of its energy: more than the noise of G.711
/// (0.0003), less than the closest pair of DTMF (0.006).
const RESIDUE_MAX: f64 = 0.003;
/// Mean square below which a frame is not listened to: -40 dBFS.
const POWER_MIN: f64 = 1.0e-4;

/// What may be asked for by its frequency: the telephone band.
pub const ASKED_HZ: std::ops::RangeInclusive<u32> = 300..=3_400;
/// How far a tone may be from one that is asked for.
const ASKED_TOLERANCE: f64 = 0.03;

/// Finds beeps in one stream of frames at 8 kHz.
#[derive(Clone, Debug)]
pub struct BeepDetector {
    lowest_hz: f64,
    highest_hz: f64,
    /// Frames of the same tone that make a beep.
    frames_min: u32,
    frames: u32,
    hz: f64,
}

impl Default for BeepDetector {
    fn default() -> Self {
        Self {
            lowest_hz: HZ_MIN,
            highest_hz: HZ_MAX,
            frames_min: FRAMES_MIN,
            frames: 0,
            hz: 0.0,
        }
    }
}

/// A search for a beep, for as long as somebody wants to wait.
#[derive(Clone, Debug)]
pub struct BeepSearch {
    detector: BeepDetector,
    asked_hz: Vec<u32>,
    timeout_ms: Option<u32>,
    heard_ms: u32,
    over: bool,
}

/// How a search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BeepFound {
    /// A beep: the frequency that was asked for, or else the one that was heard, Hz.
    Beep {
        /// The frequency.
        hz: u32,
    },
    /// The time is over.
    Timeout,
}

impl BeepSearch {
    /// Looks for a beep of one of these frequencies, Hz; for any that answering
    /// machines have if there are none.
    pub fn new(asked_hz: Vec<u32>, timeout_ms: Option<u32>) -> Self {
        let mut detector = BeepDetector::default();
        if !asked_hz.is_empty() {
            detector.lowest_hz = f64::from(*ASKED_HZ.start());
            detector.highest_hz = f64::from(*ASKED_HZ.end());
        }
        Self {
            detector,
            asked_hz,
            timeout_ms,
            heard_ms: 0,
            over: false,
        }
    }

    /// Listens to 20 ms at 8 kHz. Gives the end once.
    pub fn hear(&mut self, frame: &[i16]) -> Option<BeepFound> {
        if self.over {
            return None;
        }
        self.heard_ms = self.heard_ms.saturating_add(FRAME_MS);
        let beep = self.detector.hear(frame).and_then(|hz| self.wanted(hz));
        let late = self.timeout_ms.is_some_and(|most| self.heard_ms >= most);
        let found = match beep {
            Some(hz) => Some(BeepFound::Beep { hz }),
            None => late.then_some(BeepFound::Timeout),
        };
        self.over = found.is_some();
        found
    }

    fn wanted(&self, hz: f64) -> Option<u32> {
        if self.asked_hz.is_empty() {
            return Some(hz.round() as u32);
        }
        let near = |asked: &&u32| (f64::from(**asked) - hz).abs() <= hz * ASKED_TOLERANCE;
        self.asked_hz.iter().find(near).copied()
    }
}

/// Listens for the tone of an answering machine, each time that it is there, until the
/// time is over (voxengine.md §4.1, `detectVoicemailTone`).
#[derive(Clone, Debug)]
pub struct VoicemailToneSearch {
    detector: BeepDetector,
    timeout_ms: u32,
    heard_ms: u32,
    found: bool,
}

/// What such a search tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VoicemailTone {
    /// A tone.
    Heard {
        /// Its frequency.
        hz: u32,
    },
    /// The time is over and there was none.
    NotHeard,
}

/// Frequencies of such tones, Hz.
const VOICEMAIL_HZ: std::ops::RangeInclusive<f64> = 500.0..=2_000.0;

impl VoicemailToneSearch {
    /// Looks for tones of at least `tone_ms`, for `timeout_ms`.
    pub fn new(timeout_ms: u32, tone_ms: u32) -> Self {
        let detector = BeepDetector {
            lowest_hz: *VOICEMAIL_HZ.start(),
            highest_hz: *VOICEMAIL_HZ.end(),
            frames_min: tone_ms.div_ceil(FRAME_MS).max(1),
            ..BeepDetector::default()
        };
        Self {
            detector,
            timeout_ms,
            heard_ms: 0,
            found: false,
        }
    }

    /// Listens to 20 ms at 8 kHz.
    pub fn hear(&mut self, frame: &[i16]) -> Option<VoicemailTone> {
        if self.heard_ms >= self.timeout_ms {
            return None;
        }
        self.heard_ms = self.heard_ms.saturating_add(FRAME_MS);
        if let Some(hz) = self.detector.hear(frame) {
            self.found = true;
            let hz = hz.round() as u32;
            return Some(VoicemailTone::Heard { hz });
        }
        let over = self.heard_ms >= self.timeout_ms;
        (over && !self.found).then_some(VoicemailTone::NotHeard)
    }
}

impl BeepDetector {
    /// Listens to 20 ms; gives the frequency, Hz, once a beep is there for 120 ms or
    /// what else was asked for.
    pub fn hear(&mut self, frame: &[i16]) -> Option<f64> {
        let range = self.lowest_hz..=self.highest_hz;
        let Some(hz) = pure_tone_hz(frame).filter(|hz| range.contains(hz)) else {
            self.frames = 0;
            return None;
        };
        if self.frames > 0 && (hz - self.hz).abs() <= self.hz * DRIFT_MAX {
            self.frames += 1;
        } else {
            self.frames = 1;
            self.hz = hz;
        }
        (self.frames == self.frames_min).then_some(hz)
    }
}

/// The frequency of a frame that is one tone and nothing else. A tone obeys
/// x(n) = 2 cos(w) x(n-1) - x(n-2): the best `w` and what it leaves unexplained
/// (linear prediction of the second order).
fn pure_tone_hz(frame: &[i16]) -> Option<f64> {
    if frame.len() < FRAME_SAMPLES {
        return None;
    }
    let x: Vec<f64> = frame.iter().map(|s| f64::from(*s) / 32_768.0).collect();
    let power = x.iter().map(|s| s * s).sum::<f64>() / x.len() as f64;
    if power < POWER_MIN {
        return None;
    }
    let (mut cross, mut middle, mut outer) = (0.0, 0.0, 0.0);
    for w in x.windows(3) {
        let sum = w[0] + w[2];
        cross += w[1] * sum;
        middle += w[1] * w[1];
        outer += sum * sum;
    }
    let slope = cross / middle;
    // What is left of the sum of the neighbours, against the energy of the signal:
    // near w = pi/2 the sum itself is nothing.
    let residue = (outer - slope * cross).max(0.0) / (4.0 * middle);
    let cosine = slope / 2.0;
    if residue > RESIDUE_MAX || !(-1.0..1.0).contains(&cosine) {
        return None;
    }
    Some(cosine.acos() / std::f64::consts::TAU * f64::from(Rate::Narrow.hz()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(parts: &[f64], frames: usize) -> Vec<i16> {
        let sample = |n: usize| {
            let t = n as f64 / 8_000.0;
            let all: f64 = parts
                .iter()
                .map(|hz| (std::f64::consts::TAU * hz * t).sin())
                .sum();
            (all / parts.len() as f64 * 10_000.0) as i16
        };
        (0..frames * FRAME_SAMPLES).map(sample).collect()
    }

    fn beep_in(samples: &[i16]) -> Option<f64> {
        let mut detector = BeepDetector::default();
        let mut frames = samples.chunks_exact(FRAME_SAMPLES);
        frames.find_map(|frame| detector.hear(frame))
    }

    #[test]
    fn a_tone_of_120_ms_is_a_beep_and_a_shorter_one_is_not() {
        for hz in [600.0, 850.0, 1_000.0, 1_400.0, 2_000.0, 2_400.0] {
            let found = beep_in(&tone(&[hz], 6)).unwrap();
            assert!((found - hz).abs() < 5.0, "{hz}: {found}");
            assert_eq!(beep_in(&tone(&[hz], 5)), None, "{hz}");
        }
    }

    #[test]
    fn tones_of_exchanges_digits_and_silence_are_not_beeps() {
        assert_eq!(beep_in(&tone(&[425.0], 100)), None);
        assert_eq!(beep_in(&tone(&[440.0, 480.0], 100)), None);
        assert_eq!(beep_in(&tone(&[697.0, 1_209.0], 100)), None);
        assert_eq!(beep_in(&[0; 16_000]), None);
    }

    fn searched(asked: &[u32], timeout_ms: Option<u32>, samples: &[i16]) -> Option<BeepFound> {
        let mut search = BeepSearch::new(asked.to_vec(), timeout_ms);
        let mut frames = samples.chunks_exact(FRAME_SAMPLES);
        frames.find_map(|frame| search.hear(frame))
    }

    #[test]
    fn a_search_finds_what_was_asked_for_and_nothing_else() {
        let beep = |hz| Some(BeepFound::Beep { hz });
        let heard = tone(&[1_380.0], 20);
        assert_eq!(searched(&[915, 1_371, 1_777], None, &heard), beep(1_371));
        assert_eq!(searched(&[915, 1_777], None, &heard), None);
        assert_eq!(searched(&[], None, &heard), beep(1_380));
        assert_eq!(searched(&[425], None, &tone(&[425.0], 20)), beep(425));
        assert_eq!(searched(&[], None, &tone(&[425.0], 20)), None);
    }

    #[test]
    fn a_search_ends_with_its_time() {
        let quiet = [0; 100 * FRAME_SAMPLES];
        assert_eq!(searched(&[], Some(2_000), &quiet), Some(BeepFound::Timeout));
        assert_eq!(searched(&[], Some(2_020), &quiet), None);
        assert_eq!(searched(&[], None, &quiet), None);
    }

    /// What a search tells, and when, milliseconds.
    fn told(timeout_ms: u32, tone_ms: u32, samples: &[i16]) -> Vec<(VoicemailTone, usize)> {
        let mut search = VoicemailToneSearch::new(timeout_ms, tone_ms);
        let frames = samples.chunks_exact(FRAME_SAMPLES).enumerate();
        frames
            .filter_map(|(at, frame)| Some((search.hear(frame)?, (at + 1) * 20)))
            .collect()
    }

    #[test]
    fn tones_of_a_voicemail_are_told_each_time_until_the_time_is_over() {
        let quiet = vec![0; 25 * FRAME_SAMPLES];
        let two = [
            &quiet[..],
            &tone(&[1_400.0], 20),
            &quiet,
            &tone(&[950.0], 20),
        ]
        .concat();
        let heard = |hz| VoicemailTone::Heard { hz };
        assert_eq!(
            told(20_000, 100, &two),
            [(heard(1_400), 600), (heard(950), 1_500)]
        );
        // The second comes too late, and with the first there is no failure to tell.
        assert_eq!(told(1_200, 100, &two), [(heard(1_400), 600)]);
        assert_eq!(told(20_000, 200, &two)[0], (heard(1_400), 700));
        assert_eq!(told(1_000, 500, &two), [(VoicemailTone::NotHeard, 1_000)]);
        assert_eq!(
            told(1_000, 100, &tone(&[2_300.0], 60)),
            [(VoicemailTone::NotHeard, 1_000)]
        );
    }

    #[test]
    fn a_beep_over_the_telephone_is_one() {
        for law in [crate::Law::Mu, crate::Law::A] {
            let sent = crate::g711::encode(law, &tone(&[1_000.0], 10));
            assert!(beep_in(&crate::g711::decode(law, &sent)).is_some());
        }
    }
}
