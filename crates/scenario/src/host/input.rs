//! What is told to a session.

use super::{
    AmdResult, AsrEvent, CallId, Headers, HeardTone, HttpResponse, MediaSample, PlayerId,
    RequestId, SocketEvent, SocketId, StorageItem, ToneKind, TransferRole, UnitId,
};
use serde::{Deserialize, Serialize};

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
    /// Of the older forms: answers [`Effect::DetectTone`].
    CallTone {
        /// The call.
        call: CallId,
        /// What was heard.
        tone: HeardTone,
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
