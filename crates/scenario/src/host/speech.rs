//! Speech at the border of a session: what a recogniser is asked and what it tells.

use serde::{Deserialize, Serialize};

/// What a recogniser listens for (voxengine.md §6.4).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AsrSpec {
    /// `profile` or the old `lang`, as the scenario wrote it, such as
    /// `Google.ru_RU`, `RUSSIAN_RU` or `en-US`; empty when not given.
    pub profile: String,
    /// `phraseHints` or the old `dict`: what is likely to be said.
    pub phrases: Vec<String>,
    /// Listening ends with the first result.
    pub single_utterance: bool,
    /// Guesses are told while somebody speaks.
    pub interim_results: bool,
}

/// What a recogniser tells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "heard", rename_all = "snake_case")]
pub enum AsrEvent {
    /// It listens (`ASREvents.Started`).
    Started,
    /// Somebody began to speak.
    CaptureStarted,
    /// The speaker paused.
    SpeechCaptured,
    /// A guess while somebody speaks.
    Interim {
        /// The words so far.
        text: String,
    },
    /// What was said.
    Result {
        /// The words.
        text: String,
        /// 0 to 100.
        confidence: u8,
    },
    /// It cannot listen; nothing more comes.
    Failed {
        /// For the scenario's author.
        error: String,
    },
}
