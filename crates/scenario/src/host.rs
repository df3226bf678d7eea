//! The border between a session and the engine that carries it: what a
//! session is told ([`Input`]) and what it asks for ([`Effect`]). A session
//! knows nothing of SIP, sockets, clocks or threads.

mod amd;
mod argument;
mod listening;
mod mail;
mod socket;
mod speech;
mod storage;

pub use amd::{AmdResult, AmdSpec};
pub use argument::*;
pub use listening::{BeepSpec, MediaSample};
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

/// What a session is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "input", rename_all = "snake_case")]
pub enum Input {
    /// An incoming call. The engine picks `call` with [`crate::Session::next_call_id`].
    CallAlerting {
        /// The call.
        call: CallId,
        /// `callerid`.
        callerid: String,
        /// `destination`: what was dialled.
        destination: String,
        /// `displayName`.
        display_name: String,
        /// `fromURI`.
        from_uri: String,
        /// `toURI`.
        to_uri: String,
        /// `headers`.
        headers: Headers,
    },
    /// `CallEvents.Ringing` of an outgoing call (180).
    CallRinging {
        /// The call.
        call: CallId,
        /// Headers of the response.
        headers: Headers,
    },
    /// `CallEvents.AudioStarted` of an outgoing call (183, or 180 as the cloud does).
    CallAudioStarted {
        /// The call.
        call: CallId,
        /// 180 or 183.
        code: u16,
        /// Headers of the response.
        headers: Headers,
    },
    /// `CallEvents.Connected`.
    CallConnected {
        /// The call.
        call: CallId,
        /// Headers of the 200 or of the ACK.
        headers: Headers,
    },
    /// `CallEvents.Failed` of an outgoing call.
    CallFailed {
        /// The call.
        call: CallId,
        /// SIP status.
        code: u16,
        /// Reason phrase.
        reason: String,
        /// Headers of the response.
        headers: Headers,
    },
    /// `CallEvents.Disconnected`: the call is over, whoever ended it.
    CallDisconnected {
        /// The call.
        call: CallId,
        /// Connected time, milliseconds; 0 when it never was.
        duration_ms: u64,
        /// Q.850 cause, `internalCode`.
        internal_code: u16,
        /// For people.
        reason: String,
        /// Headers of the BYE or CANCEL.
        headers: Headers,
    },
    /// `CallEvents.ToneReceived`.
    ToneReceived {
        /// The call.
        call: CallId,
        /// `0`-`9`, `*`, `#`, `A`-`D`.
        tone: char,
        /// How it came: the `type` of the event.
        how: ToneKind,
    },
    /// `CallEvents.OnHold` or `OffHold`: the far end's re-INVITE.
    CallHeld {
        /// The call.
        call: CallId,
        /// True for hold.
        held: bool,
    },
    /// `CallEvents.MessageReceived`, `InfoReceived`.
    CallInfo {
        /// The call.
        call: CallId,
        /// MIME type of the body.
        mime_type: String,
        /// The body.
        body: String,
        /// Headers.
        headers: Headers,
    },
    /// `CallEvents.BlindTransferRequested`: the far end wants to be put through
    /// to somebody else (only after [`Effect::HandleBlindTransfer`]).
    CallTransferRequested {
        /// The call.
        call: CallId,
        /// A user or number here, or a SIP URI elsewhere.
        target: String,
        /// Headers of the REFER.
        headers: Headers,
    },
    /// `CallEvents.TransferComplete` or `TransferFailed`: what became of
    /// [`Effect::Transfer`].
    CallTransferred {
        /// The call.
        call: CallId,
        /// SIP status; 2xx is success.
        code: u16,
        /// Reason phrase.
        reason: String,
        /// Headers.
        headers: Headers,
    },
    /// `CallEvents.TransferComplete` of a call that goes on with another far end.
    CallTakenOver {
        /// The call.
        call: CallId,
        /// What its far end until now was in the transfer.
        role: TransferRole,
        /// Headers of the INVITE that took it over.
        headers: Headers,
    },
    /// `CallEvents.ReInviteReceived`: the far end's re-INVITE, to be answered
    /// with [`Effect::AcceptReInvite`] or [`Effect::RejectReInvite`] (only after
    /// [`Effect::HandleReInvites`]).
    CallReInvite {
        /// The call.
        call: CallId,
        /// MIME type of the body.
        mime_type: String,
        /// The body.
        body: String,
        /// Headers.
        headers: Headers,
    },
    /// `CallEvents.ReInviteAccepted` or `ReInviteRejected`: the answer to
    /// [`Effect::ReInvite`].
    CallReInviteAnswered {
        /// The call.
        call: CallId,
        /// SIP status; 2xx is accepted.
        code: u16,
        /// Reason phrase.
        reason: String,
        /// MIME type of the body.
        mime_type: String,
        /// The body.
        body: String,
        /// Headers.
        headers: Headers,
    },
    /// `PlayerEvents.Started`: the media is there and sounds.
    PlayerStarted {
        /// The player.
        player: PlayerId,
        /// Length, milliseconds.
        duration_ms: u64,
    },
    /// `PlayerEvents.PlaybackFinished`.
    PlayerFinished {
        /// The player.
        player: PlayerId,
        /// What went wrong (not found, unreadable, too large), if anything.
        error: Option<String>,
    },
    /// The first audio packet of a call came in (`FirstAudioPacketReceived`,
    /// then `AudioQualityDetected` once the call is connected).
    CallFirstAudio {
        /// The call.
        call: CallId,
        /// Whether its codec carries more than telephone quality.
        hd: bool,
    },
    /// `CallEvents.RtpStopped` (nothing came for seven seconds) or `RtpResumed`.
    CallRtp {
        /// The call.
        call: CallId,
        /// True when it stopped.
        stopped: bool,
    },
    /// Somebody speaks in a call, or no longer does (`CallEvents.MicStatusChange`).
    CallVoice {
        /// The call.
        call: CallId,
        /// Whether there is a voice.
        active: bool,
    },
    /// `CallEvents.BeepDetectionComplete`: the search is over.
    CallBeep {
        /// The call.
        call: CallId,
        /// What was heard, Hz; nothing when the time is over.
        frequencies: Vec<u32>,
    },
    /// `CallEvents.MediaStatisticsReceived`.
    CallStatistics {
        /// The call.
        call: CallId,
        /// From the far end.
        received: MediaSample,
        /// To the far end.
        sent: MediaSample,
    },
    /// `ConferenceEvents.Started`.
    ConferenceStarted {
        /// The conference.
        conference: UnitId,
    },
    /// `ConferenceEvents.Stopped`: it is gone.
    ConferenceStopped {
        /// The conference.
        conference: UnitId,
    },
    /// `ConferenceEvents.ConferenceError`: something was not done; a conference
    /// that could not be made is gone.
    ConferenceFailed {
        /// The conference.
        conference: UnitId,
        /// Which error.
        code: u16,
        /// For the scenario's author.
        error: String,
    },
    /// `RecorderEvents.Started` or `CallEvents.RecordStarted`.
    RecorderStarted {
        /// The recorder.
        recorder: UnitId,
        /// Where the recording can be fetched once it is whole.
        url: String,
    },
    /// `RecorderEvents.Stopped` or `CallEvents.RecordStopped`: the file is whole.
    RecorderStopped {
        /// The recorder.
        recorder: UnitId,
        /// Where it can be fetched.
        url: String,
        /// Length, milliseconds.
        duration_ms: u64,
        /// SHA-256 of the file, hexadecimal.
        sha256: String,
    },
    /// `RecorderEvents.RecorderError` or `CallEvents.RecordError`: nothing is
    /// recorded any more.
    RecorderFailed {
        /// The recorder.
        recorder: UnitId,
        /// For the scenario's author.
        error: String,
    },
    /// A recogniser heard something, or cannot listen.
    Asr {
        /// The recogniser.
        asr: UnitId,
        /// What it tells.
        #[serde(flatten)]
        event: AsrEvent,
    },
    /// Answer to [`Effect::Storage`].
    StorageAnswer {
        /// The request.
        request: u32,
        /// What `get`, `put` and `remove` touched, or what `keys` found.
        items: Vec<StorageItem>,
        /// For the scenario's author, when nothing was done.
        error: Option<String>,
    },
    /// Answer to [`Effect::HttpRequest`].
    HttpResponse {
        /// The request.
        request: RequestId,
        /// What came back.
        response: HttpResponse,
    },
    /// A request to the access URL (`AppEvents.HttpRequest`). The engine answers it
    /// with [`Effect::AccessResponse`] of the same `token`.
    AccessRequest {
        /// Ties the answer to the request.
        token: u64,
        /// `GET`, `POST`, ...
        method: String,
        /// Path with query, after the secret.
        path: String,
        /// Body as text.
        content: String,
        /// `X-*` headers.
        headers: Headers,
    },
    /// Something happened on a WebSocket of the session.
    Socket {
        /// The WebSocket.
        socket: SocketId,
        /// What happened.
        #[serde(flatten)]
        event: SocketEvent,
    },
    /// A client asks for a WebSocket at the access URL. Answered with
    /// [`SocketOrder::Accept`] or [`Effect::RefuseSocket`] of the same `token`.
    SocketArrived {
        /// Ties the answer to the request.
        token: u64,
        /// `GET`.
        method: String,
        /// Path with query, after the secret.
        path: String,
        /// `X-*` headers.
        headers: Headers,
    },
    /// Answer to [`Effect::SendMail`].
    MailAnswer {
        /// The mail.
        request: RequestId,
        /// Reply code of the SMTP server; 0 or less when there was none.
        code: i32,
        /// For people.
        error: Option<String>,
    },
    /// A detector of answering machines is done.
    AmdResult {
        /// The detector.
        detector: UnitId,
        /// What it found.
        #[serde(flatten)]
        result: AmdResult,
    },
    /// The engine is ending the session (shutdown, 60 s without calls, a limit).
    Terminate {
        /// For the log.
        why: String,
    },
    /// Time passed: [`crate::Session::next_deadline_ms`] is due.
    Tick,
}

/// What a session asks the engine to do. Carried out in order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    /// `call.answer()`.
    Answer {
        /// The call.
        call: CallId,
        /// Headers of the 200.
        headers: Headers,
    },
    /// `call.ring()`: 180.
    Ring {
        /// The call.
        call: CallId,
        /// Headers of the 180.
        headers: Headers,
    },
    /// `call.startEarlyMedia()`: 183 with media.
    EarlyMedia {
        /// The call.
        call: CallId,
        /// Headers of the 183.
        headers: Headers,
    },
    /// `call.reject(code)`.
    Reject {
        /// The call.
        call: CallId,
        /// SIP status, 300-699.
        code: u16,
        /// Headers of the response.
        headers: Headers,
    },
    /// `call.hangup()`: BYE, CANCEL or 480, whichever fits.
    Hangup {
        /// The call.
        call: CallId,
        /// Headers of the BYE or CANCEL.
        headers: Headers,
    },
    /// A new outgoing call.
    Dial {
        /// Its id.
        call: CallId,
        /// Where to.
        target: DialTarget,
        /// Caller number or name shown to the called party.
        callerid: String,
        /// Display name shown to the called party.
        display_name: String,
        /// Headers of the INVITE.
        headers: Headers,
        /// Ends with Failed 408 when not answered by then, milliseconds.
        timeout_ms: u64,
    },
    /// `sendDigits`.
    SendDigits {
        /// The call.
        call: CallId,
        /// `0`-`9`, `*`, `#`, `p`.
        digits: String,
    },
    /// `sendMessage` / `sendInfo`.
    SendInfo {
        /// The call.
        call: CallId,
        /// MIME type.
        mime_type: String,
        /// Body.
        body: String,
        /// Headers.
        headers: Headers,
    },
    /// `call.handleBlindTransfer()`: without it a REFER is declined.
    HandleBlindTransfer {
        /// The call.
        call: CallId,
        /// Whether REFERs reach the scenario.
        enabled: bool,
    },
    /// `call.notifyBlindTransferSuccess()` and `...Failed()`: tells the far end
    /// what became of the transfer it asked for.
    NotifyTransfer {
        /// The call.
        call: CallId,
        /// SIP status, 200-699.
        code: u16,
        /// Reason phrase.
        reason: String,
    },
    /// `call.transferTo()`: asks the far end to call somebody else.
    Transfer {
        /// The call.
        call: CallId,
        /// Whom.
        to: TransferTarget,
        /// Headers of the REFER.
        headers: Headers,
    },
    /// A handler of `CallEvents.ReInviteReceived` was added. Without one the
    /// engine answers re-INVITEs itself.
    HandleReInvites {
        /// The call.
        call: CallId,
    },
    /// `call.acceptReInvite()`.
    AcceptReInvite {
        /// The call.
        call: CallId,
        /// Headers of the 200.
        headers: Headers,
    },
    /// `call.rejectReInvite()`.
    RejectReInvite {
        /// The call.
        call: CallId,
        /// SIP status, 300-699.
        code: u16,
        /// Headers.
        headers: Headers,
    },
    /// `call.reInvite()`. Media stays with the engine, which offers its own
    /// addresses; of an SDP body only the direction is taken (hold, resume).
    ReInvite {
        /// The call.
        call: CallId,
        /// Headers.
        headers: Headers,
        /// MIME type of the body.
        mime_type: String,
        /// The body.
        body: String,
    },
    /// `call.handleTones()`.
    HandleTones {
        /// The call.
        call: CallId,
        /// Whether digits are reported.
        enabled: bool,
        /// Whether tones in the audio are listened for in any case; without it only
        /// if the far end cannot send digits otherwise.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        in_band: bool,
    },
    /// `to` hears `from` from now on; nothing else, unless it [mixes](Unit::mixes).
    SendMedia {
        /// Source.
        from: Unit,
        /// Sink.
        to: Unit,
    },
    /// `to` no longer hears `from`; nothing happens if it did not.
    StopMedia {
        /// Source.
        from: Unit,
        /// Sink.
        to: Unit,
    },
    /// A new player. The engine loads it, then sends `PlayerStarted`, later
    /// `PlayerFinished`; on failure only `PlayerFinished` with an error.
    CreatePlayer {
        /// Its id.
        player: PlayerId,
        /// What it plays.
        source: PlayerSource,
        /// Starts again at its end, for ever.
        looped: bool,
        /// Waits for `ResumePlayer` before its first sound (`onPause`).
        paused: bool,
    },
    /// `player.pause()`.
    PausePlayer {
        /// The player.
        player: PlayerId,
    },
    /// `player.resume()`.
    ResumePlayer {
        /// The player.
        player: PlayerId,
    },
    /// The player is gone; its listeners hear silence.
    StopPlayer {
        /// The player.
        player: PlayerId,
    },
    /// `VoxEngine.createConference()`. Answered with `ConferenceStarted`.
    CreateConference {
        /// Its id.
        conference: UnitId,
        /// Mixed with more than telephone quality.
        hd: bool,
    },
    /// The conference ends; its listeners hear silence. Answered with `ConferenceStopped`.
    DestroyConference {
        /// The conference.
        conference: UnitId,
    },
    /// A new recorder. `RecorderStarted` follows, and one day `RecorderStopped`; or
    /// `RecorderFailed`.
    CreateRecorder {
        /// Its id.
        recorder: UnitId,
        /// What and how.
        spec: RecorderSpec,
    },
    /// `recorder.mute()`: silence is recorded meanwhile.
    MuteRecorder {
        /// The recorder.
        recorder: UnitId,
        /// Whether.
        muted: bool,
    },
    /// `recorder.stop()`.
    StopRecorder {
        /// The recorder.
        recorder: UnitId,
    },
    /// A new recogniser. It listens from the first [`Effect::SendMedia`] to it
    /// on, and tells with [`Input::Asr`].
    CreateAsr {
        /// Its id.
        asr: UnitId,
        /// What it listens for.
        spec: AsrSpec,
    },
    /// The recogniser is gone and tells nothing more.
    StopAsr {
        /// The recogniser.
        asr: UnitId,
    },
    /// `Net.httpRequest`.
    HttpRequest {
        /// Its id.
        request: RequestId,
        /// What to send.
        spec: HttpSpec,
    },
    /// Answer to [`Input::AccessRequest`].
    AccessResponse {
        /// Of the request.
        token: u64,
        /// HTTP status; 200 unless the handler failed (500) or there is none (404).
        status: u16,
        /// Content type.
        content_type: String,
        /// Body.
        body: String,
    },
    /// A WebSocket of the session.
    Socket {
        /// The WebSocket.
        socket: SocketId,
        /// What to do.
        order: SocketOrder,
    },
    /// Answer to [`Input::SocketArrived`].
    RefuseSocket {
        /// Of the request.
        token: u64,
        /// HTTP status.
        status: u16,
    },
    /// `Net.sendMail`, answered with [`Input::MailAnswer`].
    SendMail {
        /// Its id.
        request: RequestId,
        /// The mail.
        spec: MailSpec,
    },
    /// A detector of answering machines listens from now on to what
    /// [`Effect::SendMedia`] gives it. Answered with [`Input::AmdResult`].
    StartAmd {
        /// The detector.
        detector: UnitId,
        /// What it listens for.
        spec: AmdSpec,
    },
    /// The detector is gone.
    StopAmd {
        /// The detector.
        detector: UnitId,
    },
    /// `call.vad()` and `call.handleMicStatus()`: [`Input::CallVoice`] comes or not.
    ListenToVoice {
        /// The call.
        call: CallId,
        /// Whether it is listened to.
        enabled: bool,
    },
    /// `call.enableBeepDetection()`, in place of one that is under way. Answered with
    /// [`Input::CallBeep`].
    DetectBeep {
        /// The call.
        call: CallId,
        /// What is listened for.
        spec: BeepSpec,
    },
    /// `call.disableBeepDetection()`.
    StopBeep {
        /// The call.
        call: CallId,
    },
    /// `call.monitorMediaStatistics()`: [`Input::CallStatistics`] comes this often, or
    /// no more.
    MonitorMedia {
        /// The call.
        call: CallId,
        /// Seconds.
        every_s: Option<u32>,
    },
    /// `ApplicationStorage`: keys and values of all sessions. Answered with
    /// [`Input::StorageAnswer`].
    Storage {
        /// Ties the answer to the request.
        request: u32,
        /// What to do.
        operation: StorageOperation,
    },
    /// `CallList.report...`: how a task of a call list went.
    TaskReport {
        /// Which report.
        kind: TaskReportKind,
        /// Text, or JSON of an object.
        data: String,
    },
    /// `VoxEngine.customData(text)`: what the history of the session will have.
    CustomData {
        /// The new text.
        text: String,
    },
    /// A line for the session log.
    Log {
        /// Who wrote it.
        kind: LogKind,
        /// The text, already cut to the limit.
        text: String,
    },
    /// The session is over: drop it. Always the last effect.
    Ended {
        /// For the log and for `session_ended`.
        why: EndReason,
    },
}
