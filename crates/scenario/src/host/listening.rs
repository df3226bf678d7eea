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
