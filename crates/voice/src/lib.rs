//! Voice without I/O: codecs, RTP, digits, tones, tunes and SDP. Samples in, samples out.
#![forbid(unsafe_code)]

pub mod sdp;

/// An audio codec of a leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Codec {
    /// G.711 µ-law, 8 kHz.
    Pcmu,
    /// G.711 A-law, 8 kHz.
    Pcma,
}

/// A decoded piece of audio, 8 kHz mono, encoded once per codec on demand and
/// shared by every listener.
#[derive(Debug)]
pub struct Tune {}

impl Tune {
    /// Decodes wav or mp3 (by content, not by name).
    ///
    /// # Errors
    /// [`TuneError`] says what is wrong with the file.
    pub fn decode(_bytes: &[u8]) -> Result<Self, TuneError> {
        Err(TuneError::Unreadable("not built".into()))
    }

    /// A tune of ready samples at 8 kHz.
    pub fn from_samples(_samples: Vec<i16>) -> Self {
        Self {}
    }

    /// Renders ToneScript such as `425@-19;*(1/4/1)` (frequency@dBm; total(on/off/frequency index)).
    ///
    /// # Errors
    /// [`TuneError`] names the part that is not understood.
    pub fn tone_script(_script: &str) -> Result<Self, TuneError> {
        Err(TuneError::Unreadable("not built".into()))
    }

    /// Length, milliseconds.
    pub fn duration_ms(&self) -> u64 {
        0
    }
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

/// Longest tune, samples at 8 kHz: 30 minutes, or 28 MB decoded.
pub const TUNE_SAMPLES_MAX: usize = 8_000 * 60 * 30;
