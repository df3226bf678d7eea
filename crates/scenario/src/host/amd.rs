//! Detectors of answering machines (voxengine.md §6.8).

use serde::{Deserialize, Serialize};

/// What a detector listens for, from the moment of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AmdSpec {
    /// It gives up after this, milliseconds, at most 20,000.
    pub timeout_ms: u32,
    /// A person is told only with at least this confidence, 0 to 100.
    pub human_min: u8,
    /// A machine is told only with at least this confidence, 0 to 100.
    pub machine_min: u8,
    /// A greeting that goes on for so long is a machine's, milliseconds; the
    /// detector's own rule if it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub machine_greeting_ms: Option<u32>,
}

/// What a detector has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "class", rename_all = "snake_case")]
pub enum AmdResult {
    /// A person has answered.
    Human {
        /// 0 to 100.
        confidence: u8,
    },
    /// A machine has answered.
    Voicemail {
        /// 0 to 100.
        confidence: u8,
        /// Whether it has beeped: it records now.
        beep: bool,
    },
    /// Nobody could tell in time.
    Timeout,
}
