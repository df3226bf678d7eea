//! What a rehearsal is told: a file like the ones in scenarios/tests/.

use crate::host::Input;
use serde::Deserialize;
use std::collections::BTreeMap;

/// A scripted call. Times are virtual milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Script {
    /// The incoming call; without it the session is started by the API.
    pub caller: Option<Caller>,
    /// Start value of `VoxEngine.customData()`.
    pub custom_data: String,
    /// Values of `VoxEngine.getSecretValue`.
    pub secrets: BTreeMap<String, String>,
    /// Phones that the scenario may call; others do not exist (404).
    #[serde(rename = "phone")]
    pub phones: Vec<Phone>,
    /// Answers to HTTP requests, first match first; without one: code -4.
    #[serde(rename = "reply")]
    pub replies: Vec<Reply>,
    /// Audio files that are not 3 seconds long, or are not there.
    #[serde(rename = "audio")]
    pub audio: Vec<Audio>,
    /// Servers of WebSockets; others are not there.
    #[serde(rename = "socket")]
    pub sockets: Vec<SocketServer>,
    /// Reply code of every mail server; 250 unless given.
    pub mail_code: Option<i32>,
    /// What happens from outside, one after the other.
    #[serde(rename = "step")]
    pub steps: Vec<Step>,
    /// Parts of log lines (`kind text`) that must come in this order.
    pub expect: Vec<String>,
    /// Parts of log lines that must not come.
    pub never: Vec<String>,
    /// The log also shows every order to the engine with all its fields.
    pub orders: bool,
    /// The whole log, line by line, as `kind text`.
    pub exact: Option<Vec<String>>,
    /// How the session ends: `terminated` unless given, `idle`, `failed`,
    /// `stopped`, or `running` when `until_ms` comes first.
    pub ends: Option<String>,
    /// The rehearsal stops here; one hour unless given.
    pub until_ms: Option<u64>,
}

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Caller {
    /// `callerid`.
    pub number: String,
    /// `destination`.
    pub dials: String,
    /// `displayName`.
    pub display_name: String,
    /// `X-*` headers.
    pub headers: BTreeMap<String, String>,
}

impl Default for Caller {
    fn default() -> Self {
        Self {
            number: "79161234567".to_owned(),
            dials: "100".to_owned(),
            display_name: String::new(),
            headers: BTreeMap::new(),
        }
    }
}

/// A phone. Without `answers_after_ms` and `fails` it rings until it is let go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Phone {
    /// User name, number or SIP URI.
    pub number: String,
    /// It answers so long after the dialling.
    pub answers_after_ms: Option<u64>,
    /// SIP status that it fails with, after `fails_after_ms`.
    pub fails: Option<u16>,
    /// When it fails; 20 unless given.
    pub fails_after_ms: Option<u64>,
    /// Only for so many calls; the next entry of the same number serves then.
    pub times: Option<u32>,
    /// What a detector of answering machines hears there.
    pub answered_by: AnsweredBy,
}

/// Who answers a phone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnsweredBy {
    /// A person.
    #[default]
    Human,
    /// A machine that talks on.
    Machine,
    /// A machine that beeps.
    MachineWithBeep,
    /// Nobody says anything.
    Silence,
    /// An exchange that plays a busy tone.
    BusyTone,
}

/// A server of WebSockets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SocketServer {
    /// Beginning of the URL.
    pub url: String,
    /// Why it takes no connection.
    pub error: Option<String>,
}

/// An answer to HTTP requests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Reply {
    /// Beginning of the URL.
    pub url: String,
    /// Only for this method.
    pub method: Option<String>,
    /// Only for bodies with this text.
    pub body_has: Option<String>,
    /// Status, or a code of `Net` from 0 to -9; 200 unless given.
    pub code: Option<i32>,
    /// Body of the answer.
    pub text: String,
    /// Headers of the answer.
    pub headers: BTreeMap<String, String>,
    /// What went wrong, with a code from 0 to -9.
    pub error: Option<String>,
    /// It comes after this; 20 unless given.
    pub after_ms: Option<u64>,
    /// Only for so many requests; the next entry that fits serves then.
    pub times: Option<u32>,
}

/// An audio file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Audio {
    /// Beginning of the URL, or of a text that is spoken.
    pub url: String,
    /// Its length; 3,000 unless given.
    pub length_ms: Option<u64>,
    /// Why it cannot be played.
    pub error: Option<String>,
}

/// Something from outside. It waits for `after`, then for `wait_ms`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Step {
    /// A part of a log line (`kind text`) after the step before this one.
    pub after: Option<String>,
    /// Then so much time.
    pub wait_ms: u64,
    /// Whose phone it is: a number that was dialled; the caller unless given.
    pub who: Option<String>,
    /// Keys that are pressed, 250 ms apart.
    pub digits: Option<String>,
    /// Words that are spoken, for those who recognise them.
    pub says: Option<String>,
    /// How sure the recogniser is, 0 to 100; 100 unless given.
    pub confidence: Option<u8>,
    /// The phone is hung up.
    pub hang_up: bool,
    /// True for hold, false for the end of it.
    pub hold: Option<bool>,
    /// A text message.
    pub message: Option<String>,
    /// A POST to the access URL with this body.
    pub post: Option<String>,
    /// Its path; `/` unless given.
    pub path: Option<String>,
    /// A POST with this body where the session told its backend to send commands.
    pub command: Option<String>,
    /// An event with all its fields, as the engine tells it to the session.
    pub tells: Option<Input>,
    /// A client asks for a WebSocket at the access URL with this path.
    pub socket_arrives: Option<String>,
    /// The far end of the last WebSocket sends this text.
    pub socket_sends: Option<String>,
    /// It sends audio of this length, milliseconds.
    pub socket_says_ms: Option<u64>,
    /// It closes with this code.
    pub socket_closes: Option<u16>,
}

/// What a [`Step`] does.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Keys.
    Digits(String),
    /// Words.
    Says(String),
    /// Hang-up.
    HangUp,
    /// Hold or not.
    Hold(bool),
    /// A text message.
    Message(String),
    /// Body and path of a request to the access URL.
    Post(String, String),
    /// Body of a command of the backend.
    Command(String),
    /// An event of the engine.
    Tells(Box<Input>),
    /// Path of a WebSocket that a client asks for.
    SocketArrives(String),
    /// Text from the far end of a WebSocket.
    SocketSends(String),
    /// Audio from it, milliseconds.
    SocketSays(u64),
    /// Its goodbye.
    SocketCloses(u16),
}

impl Step {
    /// What this step does, in the order of the fields.
    #[must_use]
    pub fn actions(&self) -> Vec<Action> {
        let path = self.path.clone().unwrap_or_else(|| "/".to_owned());
        [
            self.digits.clone().map(Action::Digits),
            self.says.clone().map(Action::Says),
            self.hang_up.then_some(Action::HangUp),
            self.hold.map(Action::Hold),
            self.message.clone().map(Action::Message),
            self.post.clone().map(|body| Action::Post(body, path)),
            self.command.clone().map(Action::Command),
            self.tells
                .clone()
                .map(|input| Action::Tells(Box::new(input))),
            self.socket_arrives.clone().map(Action::SocketArrives),
            self.socket_sends.clone().map(Action::SocketSends),
            self.socket_says_ms.map(Action::SocketSays),
            self.socket_closes.map(Action::SocketCloses),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}
