//! Whether somebody speaks on a line, and how loud it is.

use crate::loudness::{Loudness, mean_square};

/// Loud frames that make a voice, 60 ms: shorter is a click.
const FRAMES_TO_BEGIN: u32 = 3;
/// Quiet frames that end it, 600 ms: shorter is a pause for breath.
const FRAMES_TO_END: u32 = 30;

/// Follows the voice of one stream of frames of 20 ms.
#[derive(Clone, Copy, Debug, Default)]
pub struct VoiceActivity {
    loudness: Loudness,
    active: bool,
    /// Frames in a row that speak against what is now.
    against: u32,
}

impl VoiceActivity {
    /// Listens to 20 ms; gives what is true from now on when that has changed.
    pub fn hear(&mut self, frame: &[i16]) -> Option<bool> {
        let loud = self.loudness.is_loud(frame);
        if loud == self.active {
            self.against = 0;
            return None;
        }
        self.against += 1;
        let enough = if self.active {
            FRAMES_TO_END
        } else {
            FRAMES_TO_BEGIN
        };
        if self.against < enough {
            return None;
        }
        self.against = 0;
        self.active = loud;
        Some(loud)
    }
}

/// Level of some samples, dB of a full-scale square wave; `None` for digital silence.
pub fn level_dbfs(samples: &[i16]) -> Option<f64> {
    let power = mean_square(samples);
    (power > 0.0).then(|| 10.0 * power.log10())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tone::sine;

    /// What is told, with the number of the frame.
    fn told(samples: &[i16]) -> Vec<(usize, bool)> {
        let mut activity = VoiceActivity::default();
        let frames = samples.chunks_exact(160).enumerate();
        frames
            .filter_map(|(at, frame)| Some((at, activity.hear(frame)?)))
            .collect()
    }

    fn of(parts: &[(f64, usize)]) -> Vec<i16> {
        let part = |(peak, frames): &(f64, usize)| sine(500.0, *peak, 8_000, frames * 160);
        parts.iter().flat_map(part).collect()
    }

    #[test]
    fn a_voice_begins_after_60_ms_and_ends_after_600() {
        let heard = told(&of(&[(0.0, 10), (0.3, 20), (0.0, 100)]));
        assert_eq!(heard, [(12, true), (59, false)]);
    }

    #[test]
    fn clicks_and_pauses_for_breath_change_nothing() {
        assert_eq!(told(&of(&[(0.0, 10), (0.3, 2), (0.0, 50)])), []);
        let heard = told(&of(&[(0.0, 10), (0.3, 20), (0.0, 25), (0.3, 20), (0.0, 5)]));
        assert_eq!(heard, [(12, true)]);
    }

    #[test]
    fn steady_noise_is_no_voice() {
        assert_eq!(told(&of(&[(0.005, 500)])), []);
    }

    #[test]
    fn levels_are_those_of_the_samples() {
        let full = level_dbfs(&sine(1_000.0, 1.0, 8_000, 8_000)).unwrap();
        assert!((full + 3.0).abs() < 0.1, "{full}");
        let quiet = level_dbfs(&sine(1_000.0, 0.01, 8_000, 8_000)).unwrap();
        assert!((quiet + 43.0).abs() < 0.2, "{quiet}");
        assert_eq!(level_dbfs(&[0; 160]), None);
    }
}
