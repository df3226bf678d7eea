//! Beeps: steady tones of one frequency, as answering machines play before they
//! record. Voices have harmonics and move; a beep does neither.

use crate::Rate;

/// Samples of a frame of 20 ms at 8 kHz.
const FRAME_SAMPLES: usize = 160;
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

/// Finds beeps in one stream of frames at 8 kHz.
#[derive(Clone, Debug, Default)]
pub struct BeepDetector {
    frames: u32,
    hz: f64,
}

impl BeepDetector {
    /// Listens to 20 ms; gives the frequency, Hz, once a beep is there for 120 ms.
    pub fn hear(&mut self, frame: &[i16]) -> Option<f64> {
        let Some(hz) = pure_tone_hz(frame) else {
            self.frames = 0;
            return None;
        };
        if self.frames > 0 && (hz - self.hz).abs() <= self.hz * DRIFT_MAX {
            self.frames += 1;
        } else {
            self.frames = 1;
            self.hz = hz;
        }
        (self.frames == FRAMES_MIN).then_some(hz)
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
    let hz = cosine.acos() / std::f64::consts::TAU * f64::from(Rate::Narrow.hz());
    (HZ_MIN..=HZ_MAX).contains(&hz).then_some(hz)
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

    #[test]
    fn a_beep_over_the_telephone_is_one() {
        for law in [crate::Law::Mu, crate::Law::A] {
            let sent = crate::g711::encode(law, &tone(&[1_000.0], 10));
            assert!(beep_in(&crate::g711::decode(law, &sent)).is_some());
        }
    }
}
