//! A piece of audio, ready to be heard by any number of listeners.

use crate::decode::Decoded;
use crate::{Law, Rate, decode, g711, tone_script};
use std::sync::{Arc, OnceLock};

/// Longest tune, samples at 8 kHz: 30 minutes, or 28 MB decoded, and twice as much
/// again for a file of more than the telephone band.
pub const TUNE_SAMPLES_MAX: usize = 8_000 * 60 * 30;

/// A decoded piece of audio, mono, at 8 kHz and, if there is more in it than the
/// telephone band, at 16 kHz too. Encoded once per law of G.711 on demand and
/// shared by every listener.
#[derive(Debug)]
pub struct Tune {
    samples: Vec<i16>,
    /// At 16 kHz: twice as many, give or take a rounding.
    wide: Option<Vec<i16>>,
    endless: bool,
    pcmu: OnceLock<Arc<[u8]>>,
    pcma: OnceLock<Arc<[u8]>>,
}

/// A file that cannot be played. Its author can fix it.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum TuneError {
    /// Not wav or mp3, or damaged.
    #[error("cannot read this audio: {0}")]
    Unreadable(String),
    /// Longer than [`TUNE_SAMPLES_MAX`].
    #[error("the audio is longer than {0} s")]
    TooLong(u64),
}

impl Tune {
    /// Decodes wav or mp3 (by content, not by name).
    ///
    /// # Errors
    /// [`TuneError`] says what is wrong with the file.
    pub fn decode(bytes: &[u8]) -> Result<Self, TuneError> {
        decode::decode(bytes).map(|Decoded { narrow, wide }| Self {
            wide,
            ..Self::from_samples(narrow)
        })
    }

    /// A tune of ready samples at 8 kHz.
    pub fn from_samples(samples: Vec<i16>) -> Self {
        Self {
            samples,
            wide: None,
            endless: false,
            pcmu: OnceLock::new(),
            pcma: OnceLock::new(),
        }
    }

    /// Renders ToneScript such as `425@-19;*(1/4/1)` (frequency@dBm; total(on/off/frequency index)).
    ///
    /// # Errors
    /// [`TuneError`] names the part that is not understood.
    pub fn tone_script(script: &str) -> Result<Self, TuneError> {
        let rendered = tone_script::render(script)?;
        let mut tune = Self::from_samples(rendered.samples);
        tune.endless = rendered.endless;
        Ok(tune)
    }

    /// Length, milliseconds.
    pub fn duration_ms(&self) -> u64 {
        self.samples.len() as u64 / 8
    }

    /// Whether the tone script says "without end" (`*`): it is meant to be looped.
    pub fn is_endless(&self) -> bool {
        self.endless
    }

    /// The samples, 8 kHz mono.
    pub fn samples(&self) -> &[i16] {
        &self.samples
    }

    /// The samples at 16 kHz, of a file that has more than the telephone band.
    pub fn wide_samples(&self) -> Option<&[i16]> {
        self.wide.as_deref()
    }

    /// The rate of the best samples that there are.
    pub fn rate(&self) -> Rate {
        match self.wide {
            Some(_) => Rate::Wide,
            None => Rate::Narrow,
        }
    }

    /// The whole tune in a law of G.711, one byte a sample. Encoded by the first caller,
    /// shared by all others: 2 ms a minute of audio, once.
    pub fn encoded(&self, law: Law) -> Arc<[u8]> {
        let slot = match law {
            Law::Mu => &self.pcmu,
            Law::A => &self.pcma,
        };
        Arc::clone(slot.get_or_init(|| g711::encode(law, &self.samples).into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tone::{power_at, sine};

    /// A wav file of 16-bit samples.
    fn wav(rate: u32, channels: u16, samples: &[i16]) -> Vec<u8> {
        crate::wav::write(rate, channels, samples)
    }

    #[test]
    fn a_tune_is_encoded_once_per_codec() {
        let tune = Tune::from_samples(sine(440.0, 0.5, 8_000, 800));
        let first = tune.encoded(Law::Mu);
        assert!(Arc::ptr_eq(&first, &tune.encoded(Law::Mu)));
        assert_ne!(&first[..], &tune.encoded(Law::A)[..]);
        assert_eq!(first.len(), 800);
        assert_eq!(tune.duration_ms(), 100);
    }

    #[test]
    fn a_wav_at_8_khz_comes_through_exactly() {
        let samples = sine(440.0, 0.9, 8_000, 4_000);
        let tune = Tune::decode(&wav(8_000, 1, &samples)).unwrap();
        assert_eq!(tune.samples(), samples);
        assert_eq!((tune.rate(), tune.wide_samples()), (Rate::Narrow, None));
    }

    #[test]
    fn a_stereo_wav_at_44_khz_is_mixed_and_resampled() {
        let left = sine(440.0, 0.5, 44_100, 44_100);
        let stereo: Vec<i16> = left.iter().flat_map(|s| [*s, 0]).collect();
        let tune = Tune::decode(&wav(44_100, 2, &stereo)).unwrap();
        assert_eq!(tune.duration_ms(), 1_000);
        let middle = &tune.samples()[1_000..7_000];
        assert!(power_at(middle, 440.0, 8_000) > 0.999);
        let peak = middle.iter().map(|s| s.abs()).max().unwrap();
        assert!((8_000..=8_300).contains(&peak), "half of one side: {peak}");
        assert_eq!(tune.rate(), Rate::Wide);
        assert_eq!(tune.wide_samples().map(<[i16]>::len), Some(16_000));
    }

    #[test]
    fn a_wav_cut_short_plays_up_to_the_cut() {
        let whole = wav(8_000, 1, &sine(440.0, 0.5, 8_000, 8_000));
        let tune = Tune::decode(&whole[..whole.len() / 2]).unwrap();
        assert!((400..=500).contains(&tune.duration_ms()));
    }

    #[test]
    fn what_is_no_audio_is_refused() {
        for bytes in [
            &b""[..],
            b"RIFF",
            b"hello, this is not audio at all",
            &[0; 4_096],
        ] {
            assert!(matches!(Tune::decode(bytes), Err(TuneError::Unreadable(_))));
        }
        assert!(Tune::decode(&wav(8_000, 1, &[])).is_err());
    }

    #[test]
    fn an_endless_tone_script_says_so() {
        assert!(Tune::tone_script("425@-19;*(1/4/1)").unwrap().is_endless());
        assert!(!Tune::tone_script("425@-19;1(1/4/1)").unwrap().is_endless());
    }
}
