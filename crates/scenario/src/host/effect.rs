//! What a session asks for.

use super::{
    AmdSpec, AsrSpec, BeepSpec, CallId, DialTarget, EndReason, Headers, HttpSpec, LogKind,
    MailSpec, PlayerId, PlayerSource, RecorderSpec, RequestId, SocketId, SocketOrder,
    StorageOperation, TaskReportKind, ToneSpec, TransferTarget, Unit, UnitId,
};
use serde::{Deserialize, Serialize};

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
    /// `call.detectProgressTone()` and `call.detectVoicemailTone()`. Answered with
    /// [`Input::CallTone`].
    DetectTone {
        /// The call.
        call: CallId,
        /// What is listened for.
        spec: ToneSpec,
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
