//! What the effects of a session carry: targets, sources, requests, reasons.

use super::{CallId, Headers};
use serde::{Deserialize, Serialize};

/// Whom [`Effect::Transfer`] leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TransferTarget {
    /// A SIP URI, or a number at the far end's own server.
    Address {
        /// As the scenario gave it.
        address: String,
    },
    /// The far end of another call of this session, whose call is taken over.
    Call {
        /// That call.
        call: CallId,
    },
}

/// What the far end of a call was in an attended transfer (RFC 5589 §7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransferRole {
    /// It asked that this call be joined with another one of its own.
    Transferor,
    /// Another call took its place.
    Target,
}

/// Where an outgoing call goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DialTarget {
    /// A registered user.
    User {
        /// User name.
        user: String,
    },
    /// A SIP URI, with its own credentials when given.
    Sip {
        /// `sip:` or `sips:` URI.
        uri: String,
        /// Digest user, if not the URI's.
        auth_user: Option<String>,
        /// Digest password.
        password: Option<String>,
        /// Outbound proxy URI.
        out_proxy: Option<String>,
    },
    /// A telephone number, through a configured trunk.
    Pstn {
        /// Digits, no leading `+`.
        number: String,
    },
    /// The session of a conference here, which this call opens if there is none.
    Conference {
        /// Its id: a number that a rule matches.
        conference: String,
    },
}

/// How a text is spoken, in percent of the voice's usual way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Manner {
    /// Speed, `rate` or `speed`.
    pub rate: u16,
    /// `pitch`.
    pub pitch: u16,
    /// `volume`.
    pub volume: u16,
}

impl Manner {
    /// Whether nothing was asked for.
    #[must_use]
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

impl Default for Manner {
    fn default() -> Self {
        Self {
            rate: 100,
            pitch: 100,
            volume: 100,
        }
    }
}

/// What a player plays.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PlayerSource {
    /// A file by URL, fetched once and cached by the engine.
    Url {
        /// `http:` or `https:`.
        url: String,
    },
    /// A file that needs more than a GET; never cached.
    Request {
        /// How to ask for it.
        spec: HttpSpec,
    },
    /// A text that is spoken (`call.say`, `createTTSPlayer`). An engine without
    /// a voice answers `PlayerFinished` with an error.
    Speech {
        /// The text, or SSML in `<speak>`.
        text: String,
        /// The voice as the scenario named it, such as
        /// `Google.ru_RU_Wavenet_A` or `RU_RUSSIAN_FEMALE`; empty for any.
        voice: String,
        /// `ttsOptions`.
        #[serde(default, skip_serializing_if = "Manner::is_usual")]
        manner: Manner,
    },
    /// A tone by ToneScript, such as `425@-19;*(1/4/1)`.
    ToneScript {
        /// The script.
        script: String,
    },
}

/// What a recorder records, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecorderSpec {
    /// What this call says and hears, from when it has audio until it ends; `None`
    /// for what is sent to the recorder.
    pub call: Option<CallId>,
    /// What the call says on the left, what it hears on the right.
    pub stereo: bool,
    /// With more than telephone quality.
    pub hd: bool,
    /// Beginning of the file's name; may be empty.
    pub name: String,
    /// Days for which it is kept; as configured if not given.
    pub keep_days: Option<u32>,
}

/// An HTTP request as `Net` describes it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HttpSpec {
    /// Upper case method.
    pub method: String,
    /// Absolute URL with `params` already appended.
    pub url: String,
    /// Headers.
    pub headers: Headers,
    /// Body.
    pub body: Vec<u8>,
    /// Total time, milliseconds, at most 90,000.
    pub timeout_ms: u64,
    /// Connect time, milliseconds, at most 6,000.
    pub connect_timeout_ms: u64,
}

/// Result of an HTTP request, codes as `Net` has them: an HTTP status, or 0 to -9.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HttpResponse {
    /// HTTP status, or 0 limit, -1 unknown, -2 URL, -3 host, -4 connect,
    /// -5 redirects, -6 network, -7 timeout, -8 internal, -9 too large.
    pub code: i32,
    /// Body as text.
    pub text: String,
    /// Body as bytes.
    pub data: Vec<u8>,
    /// Headers.
    pub headers: Headers,
    /// For people, when `code` is not an HTTP status.
    pub error: Option<String>,
}

/// How a digit came, as `DTMFType` has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToneKind {
    /// RFC 4733, `DTMFType.TELEPHONE_EVENT`.
    TelephoneEvent,
    /// As tones in the audio, `DTMFType.IN_BAND`.
    InBand,
    /// SIP INFO, `DTMFType.SIP_INFO`.
    SipInfo,
}

/// Which of the reports of `CallList` an [`Effect::TaskReport`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskReportKind {
    /// `reportResult`.
    Result,
    /// `reportError`.
    Error,
    /// `reportProgress`.
    Progress,
    /// `requestNextAttempt`.
    NextAttempt,
}

/// Who wrote a line of the session log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogKind {
    /// `Logger.write`.
    Script,
    /// An event delivered to the scenario, or a call of the API.
    Event,
    /// An exception or a broken limit.
    Error,
}

/// Why a session ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "end", rename_all = "snake_case")]
pub enum EndReason {
    /// `VoxEngine.terminate()`.
    Terminated,
    /// No calls for the idle time.
    Idle,
    /// The engine asked.
    Stopped {
        /// Why.
        why: String,
    },
    /// An uncaught exception, a syntax error or a broken limit. Calls that
    /// are still there get the default treatment from the engine.
    Failed {
        /// With file, line and stack.
        error: String,
    },
}
