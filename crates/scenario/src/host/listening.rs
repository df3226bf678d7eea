//! What can be heard in a call, and how well it comes (voxengine.md §4.1 `vad`,
//! `enableBeepDetection`, `monitorMediaStatistics`).

use serde::{Deserialize, Serialize};

/// What beep is listened for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BeepSpec {
    /// One of these frequencies, Hz; any that answering machines have if there are none.
    pub frequencies: Vec<u32>,
    /// It gives up after this, milliseconds.
    pub timeout_ms: Option<u32>,
}

/// What tones are listened for in the older forms (voxengine.md §4.1
/// `detectProgressTone`, `detectVoicemailTone`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ToneSpec {
    /// Dial and busy tones, each time, for as long as it is enabled.
    Progress {
        /// Whether it is listened for.
        enabled: bool,
    },
    /// The tone of an answering machine, each time, until the time is over; in place
    /// of one that is under way.
    Voicemail {
        /// How long it is listened for, milliseconds.
        timeout_ms: u32,
        /// Shorter ones do not count, milliseconds.
        tone_ms: u32,
    },
}

/// What was heard then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum HeardTone {
    /// A dial or busy tone.
    Progress,
    /// The tone of an answering machine.
    Voicemail {
        /// Its frequency, Hz.
        hz: u32,
    },
    /// The time is over and there was no tone of an answering machine.
    NoVoicemail,
}

/// How one direction of the audio of a call went so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaSample {
    /// RTP packets.
    pub packets: u64,
    /// Bytes of their payloads.
    pub bytes: u64,
    /// Packets that never came, where that is known.
    #[serde(default)]
    pub lost: Option<u64>,
    /// Interarrival jitter (RFC 3550 §6.4.1), microseconds, where that is known.
    #[serde(default)]
    pub jitter_us: Option<u32>,
    /// To the far end and back, microseconds, where that is known.
    #[serde(default)]
    pub round_trip_us: Option<u32>,
    /// Level since the last sample, dB below full scale, where that is known.
    #[serde(default)]
    pub level_dbfs: Option<i32>,
}
