//! The border between a session and the engine that carries it: what a
//! session is told ([`Input`]) and what it asks for ([`Effect`]). A session
//! knows nothing of SIP, sockets, clocks or threads.

mod amd;
mod argument;
mod effect;
mod input;
mod listening;
mod mail;
mod socket;
mod speech;
mod storage;

pub use amd::{AmdResult, AmdSpec};
pub use argument::*;
pub use effect::Effect;
pub use input::Input;
pub use listening::{BeepSpec, HeardTone, MediaSample, ToneSpec};
pub use mail::MailSpec;
pub use socket::{AudioEncoding, SocketEvent, SocketId, SocketOrder};
pub use speech::{AsrEvent, AsrSpec};
pub use storage::{StorageItem, StorageOperation, key_fits};

use serde::{Deserialize, Serialize};

/// A call inside one session, dealt by the session for outgoing calls and by
/// the engine for incoming ones (see [`Input::CallAlerting`]). Unique in a session.
pub type CallId = u32;
/// A player inside one session.
pub type PlayerId = u32;
/// A conference, recorder, WebSocket, recogniser or detector of machines inside
/// one session; all are counted together.
pub type UnitId = u32;
/// An HTTP request that a session has under way.
pub type RequestId = u32;
/// Headers as name and value, in order. Only `X-*`, `User-to-User` and `VI-*` cross this border.
pub type Headers = Vec<(String, String)>;

/// A source or sink of audio inside one session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "unit", content = "id", rename_all = "snake_case")]
pub enum Unit {
    /// A call leg.
    Call(CallId),
    /// A player (source only).
    Player(PlayerId),
    /// A conference: mixes all its sources.
    Conference(UnitId),
    /// A recorder (sink only): mixes all its sources.
    Recorder(UnitId),
    /// A WebSocket with audio, or one tagged stream of it.
    WebSocket(UnitId),
    /// A recogniser of speech (sink only).
    Asr(UnitId),
    /// A detector of answering machines (sink only).
    Amd(UnitId),
}

impl Unit {
    /// Whether it can be heard.
    #[must_use]
    pub fn sounds(self) -> bool {
        match self {
            Self::Call(_) | Self::Player(_) | Self::Conference(_) | Self::WebSocket(_) => true,
            Self::Recorder(_) | Self::Asr(_) | Self::Amd(_) => false,
        }
    }

    /// Whether it can hear.
    #[must_use]
    pub fn listens(self) -> bool {
        !matches!(self, Self::Player(_))
    }

    /// Whether it hears all its sources together; all others hear the last one
    /// that they were given (voxengine.md §5.1).
    #[must_use]
    pub fn mixes(self) -> bool {
        matches!(self, Self::Conference(_) | Self::Recorder(_))
    }
}

impl std::fmt::Display for Unit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Call(id) => write!(f, "call={id}"),
            Self::Player(id) => write!(f, "player={id}"),
            Self::Conference(id) => write!(f, "conference={id}"),
            Self::Recorder(id) => write!(f, "recorder={id}"),
            Self::WebSocket(id) => write!(f, "websocket={id}"),
            Self::Asr(id) => write!(f, "asr={id}"),
            Self::Amd(id) => write!(f, "amd={id}"),
        }
    }
}

/// What started the session: the fields of `AppEvents.Started`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Started {
    /// Number of the session, as `sessionId`.
    pub session_id: u64,
    /// `accessURL`.
    pub access_url: String,
    /// `accessSecureURL`.
    pub access_secure_url: String,
    /// `logURL`.
    pub log_url: String,
    /// `accountId`.
    pub account_id: u64,
    /// `applicationId`.
    pub application_id: u64,
    /// The rule that chose the scenario.
    pub rule_name: String,
    /// Start value of `VoxEngine.customData()`.
    pub custom_data: String,
    /// `conference_name`, of a session that is a conference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conference_name: Option<String>,
}
