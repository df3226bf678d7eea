//! Lines of the session log: one per event and per operation, short, without
//! anything secret.

mod listening;
mod transfers;
mod units;

use crate::host::{
    AsrEvent, DialTarget, Effect, Input, Manner, PlayerSource, SocketEvent, SocketOrder, Started,
    StorageOperation, TaskReportKind,
};
use std::collections::BTreeMap;

/// A secret shorter than this is not hidden: hiding "1" would ruin every line.
const SECRET_CHARS_MIN: usize = 6;
/// So much of a spoken text stands in the log, characters.
const SAID_CHARS_MAX: usize = 200;
/// What stands where a secret was.
const HIDDEN: &str = "***";

/// Replaces what must never be in a log: the capability in the access URLs and
/// the secrets (except plain addresses, which are settings rather than secrets).
pub(crate) struct Mask {
    hidden: Vec<String>,
}

impl Mask {
    pub(crate) fn new(started: &Started, secrets: &BTreeMap<String, String>) -> Self {
        let mut hidden: Vec<String> = [&started.access_url, &started.access_secure_url]
            .into_iter()
            .filter_map(|url| capability(url))
            .chain(secrets.values().filter(|s| !is_plain_address(s)).cloned())
            .filter(|text| text.chars().count() >= SECRET_CHARS_MIN)
            .collect();
        // Longest first, so that one that contains another goes whole.
        hidden.sort_by_key(|text| std::cmp::Reverse(text.len()));
        hidden.dedup();
        Self { hidden }
    }

    pub(crate) fn apply(&self, mut text: String) -> String {
        for secret in &self.hidden {
            if text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), HIDDEN);
            }
        }
        text
    }
}

/// The last path segment of an access URL: what makes it unguessable.
fn capability(url: &str) -> Option<String> {
    let url = url::Url::parse(url).ok()?;
    let segment = url.path_segments()?.rfind(|s| !s.is_empty())?;
    Some(segment.to_owned())
}

fn is_plain_address(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.path().len() <= 1
    })
}

/// An event as a log line; `None` for what is logged elsewhere or not at all.
#[allow(clippy::too_many_lines, reason = "one arm for each event")]
pub(crate) fn input_line(input: &Input) -> Option<String> {
    let line = match input {
        Input::CallAlerting {
            call,
            callerid,
            destination,
            ..
        } => format!("Application.CallAlerting call={call} from={callerid} to={destination}"),
        Input::CallRinging { call, .. } => format!("Call.Ringing call={call}"),
        Input::CallAudioStarted { call, code, .. } => {
            format!("Call.AudioStarted call={call} code={code}")
        }
        Input::CallConnected { call, .. } => format!("Call.Connected call={call}"),
        Input::CallFailed {
            call, code, reason, ..
        } => format!("Call.Failed call={call} code={code} reason={reason}"),
        Input::CallDisconnected {
            call,
            duration_ms,
            internal_code,
            ..
        } => {
            format!("Call.Disconnected call={call} duration_ms={duration_ms} cause={internal_code}")
        }
        // The digit may be part of a card number or a code.
        Input::ToneReceived { call, .. } => format!("Call.ToneReceived call={call}"),
        Input::CallHeld { call, held: true } => format!("Call.OnHold call={call}"),
        Input::CallHeld { call, held: false } => format!("Call.OffHold call={call}"),
        Input::CallInfo {
            call, mime_type, ..
        } => format!("Call message call={call} type={mime_type}"),
        Input::CallTransferRequested { .. }
        | Input::CallTransferred { .. }
        | Input::CallTakenOver { .. }
        | Input::CallReInvite { .. }
        | Input::CallReInviteAnswered { .. } => return transfers::input_line(input),
        Input::CallFirstAudio { call, .. } => format!("Call.FirstAudioPacketReceived call={call}"),
        Input::CallRtp { call, stopped } => {
            let what = if *stopped { "RtpStopped" } else { "RtpResumed" };
            format!("Call.{what} call={call}")
        }
        Input::ConferenceStarted { .. }
        | Input::ConferenceStopped { .. }
        | Input::ConferenceFailed { .. }
        | Input::RecorderStarted { .. }
        | Input::RecorderStopped { .. }
        | Input::RecorderFailed { .. } => return units::input_line(input),
        Input::Asr { asr, event } => asr_line(*asr, event),
        Input::StorageAnswer { request, error, .. } => match error {
            None => format!("storage answer request={request}"),
            Some(error) => format!("storage answer request={request} error={error}"),
        },
        Input::PlayerStarted {
            player,
            duration_ms,
        } => format!("Player.Started player={player} duration_ms={duration_ms}"),
        Input::PlayerFinished {
            player,
            error: None,
        } => format!("Player.PlaybackFinished player={player}"),
        Input::PlayerFinished {
            player,
            error: Some(error),
        } => format!("Player.PlaybackFinished player={player} error={error}"),
        Input::HttpResponse { request, response } => {
            format!("http answer request={request} code={}", response.code)
        }
        Input::CallVoice { .. }
        | Input::CallBeep { .. }
        | Input::CallTone { .. }
        | Input::CallStatistics { .. } => {
            return listening::input_line(input);
        }
        Input::AmdResult { .. }
        | Input::MailAnswer { .. }
        | Input::Socket { .. }
        | Input::SocketArrived { .. } => return far_input_line(input),
        Input::AccessRequest { method, .. } => format!("Application.HttpRequest {method}"),
        Input::Terminate { why } => format!("end asked: {why}"),
        Input::Tick => return None,
    };
    Some(line)
}

/// An operation of the API as a log line.
pub(crate) fn effect_line(effect: &Effect) -> Option<String> {
    let line = match effect {
        Effect::Answer { call, .. } => format!("answer call={call}"),
        Effect::Ring { call, .. } => format!("ring call={call}"),
        Effect::EarlyMedia { call, .. } => format!("early media call={call}"),
        Effect::Reject { call, code, .. } => format!("reject call={call} code={code}"),
        Effect::Hangup { call, .. } => format!("hang up call={call}"),
        Effect::Dial { call, target, .. } => format!("dial call={call} to={}", target_text(target)),
        Effect::SendDigits { call, .. } => format!("send digits call={call}"),
        Effect::SendInfo {
            call, mime_type, ..
        } => format!("send message call={call} type={mime_type}"),
        Effect::HandleBlindTransfer { .. }
        | Effect::NotifyTransfer { .. }
        | Effect::Transfer { .. }
        | Effect::HandleReInvites { .. }
        | Effect::AcceptReInvite { .. }
        | Effect::RejectReInvite { .. }
        | Effect::ReInvite { .. } => return transfers::effect_line(effect),
        Effect::HandleTones { call, enabled, .. } => {
            format!("handle tones call={call} enabled={enabled}")
        }
        Effect::SendMedia { from, to } => format!("media {from} to {to}"),
        Effect::StopMedia { from, to } => format!("no media {from} to {to}"),
        Effect::CreatePlayer {
            player,
            source,
            looped,
            ..
        } => format!("player={player} {} loop={looped}", source_text(source)),
        Effect::PausePlayer { player } => format!("pause player={player}"),
        Effect::ResumePlayer { player } => format!("resume player={player}"),
        Effect::StopPlayer { player } => format!("stop player={player}"),
        Effect::CreateConference { .. }
        | Effect::DestroyConference { .. }
        | Effect::CreateRecorder { .. }
        | Effect::MuteRecorder { .. }
        | Effect::StopRecorder { .. } => return units::effect_line(effect),
        Effect::CreateAsr { asr, spec } => format!("asr={asr} profile={}", spec.profile),
        Effect::StopAsr { asr } => format!("stop asr={asr}"),
        Effect::HttpRequest { request, spec } => {
            format!(
                "http request={request} {} {}",
                spec.method,
                address(&spec.url)
            )
        }
        Effect::ListenToVoice { .. }
        | Effect::DetectBeep { .. }
        | Effect::StopBeep { .. }
        | Effect::DetectTone { .. }
        | Effect::MonitorMedia { .. } => return listening::effect_line(effect),
        Effect::StartAmd { .. }
        | Effect::StopAmd { .. }
        | Effect::Socket { .. }
        | Effect::RefuseSocket { .. }
        | Effect::Storage { .. }
        | Effect::SendMail { .. } => return far_effect_line(effect),
        Effect::AccessResponse { status, .. } => format!("access answer status={status}"),
        Effect::TaskReport { kind, data } => {
            let what = match kind {
                TaskReportKind::Result => "result",
                TaskReportKind::Error => "error",
                TaskReportKind::Progress => "progress",
                TaskReportKind::NextAttempt => "next attempt",
            };
            format!("call list task: {what} {data}")
        }
        Effect::CustomData { .. } | Effect::Log { .. } | Effect::Ended { .. } => return None,
    };
    Some(line)
}

/// An event of a far end that is not a phone.
fn far_input_line(input: &Input) -> Option<String> {
    Some(match input {
        Input::AmdResult { detector, result } => format!("AMD result amd={detector} {result:?}"),
        Input::MailAnswer {
            request,
            code,
            error,
        } => match error {
            None => format!("mail answer request={request} code={code}"),
            Some(error) => format!("mail answer request={request} code={code} error={error}"),
        },
        Input::Socket { socket, event } => socket_event_line(*socket, event),
        Input::SocketArrived { .. } => "AppEvents.NewWebSocketConnection asked".to_owned(),
        _ => return None,
    })
}

/// An operation on one, or on what is stored.
fn far_effect_line(effect: &Effect) -> Option<String> {
    Some(match effect {
        // Values are the scenario's business and may be personal.
        Effect::Storage { request, operation } => {
            let what = match operation {
                StorageOperation::Get { .. } => "get",
                StorageOperation::Put { .. } => "put",
                StorageOperation::Remove { .. } => "remove",
                StorageOperation::Keys { .. } => "keys",
            };
            format!("storage request={request} {what}")
        }
        Effect::StartAmd { detector, spec } => {
            format!("detect amd={detector} timeout_ms={}", spec.timeout_ms)
        }
        Effect::StopAmd { detector } => format!("stop amd={detector}"),
        Effect::Socket { socket, order } => socket_order_line(*socket, order),
        Effect::RefuseSocket { status, .. } => format!("WebSocket refused status={status}"),
        // Addresses of people stay out of the log.
        Effect::SendMail { request, spec } => {
            let recipients = spec.to.len() + spec.cc.len() + spec.bcc.len();
            let (server, port) = (&spec.server, spec.port);
            format!("mail request={request} {server}:{port} recipients={recipients}")
        }
        _ => return None,
    })
}

/// What is said over a WebSocket stays out of the log: only sizes are there.
fn socket_event_line(socket: u32, event: &SocketEvent) -> String {
    let tag_text =
        |tag: &Option<String>| tag.as_ref().map_or(String::new(), |t| format!(" tag={t}"));
    match event {
        SocketEvent::Opened => format!("WebSocket.Open socket={socket}"),
        SocketEvent::Message { text } => {
            format!("WebSocket.Message socket={socket} bytes={}", text.len())
        }
        SocketEvent::Closed {
            code,
            reason,
            error,
            ..
        } => {
            let why = error.as_ref().unwrap_or(reason);
            format!("WebSocket.Close socket={socket} code={code} {why}")
                .trim_end()
                .to_owned()
        }
        SocketEvent::MediaStarted { tag, encoding, .. } => format!(
            "WebSocket.MediaEventStarted socket={socket} encoding={}{}",
            encoding.name(),
            tag_text(tag)
        ),
        SocketEvent::MediaEnded { tag, duration_ms } => format!(
            "WebSocket.MediaEventEnded socket={socket} duration_ms={duration_ms}{}",
            tag_text(tag)
        ),
    }
}

fn socket_order_line(socket: u32, order: &SocketOrder) -> String {
    match order {
        SocketOrder::Open { url, .. } => format!("socket={socket} url={}", address(url)),
        SocketOrder::Accept { .. } => format!("socket={socket} accepted"),
        SocketOrder::Send { text } => format!("send socket={socket} bytes={}", text.len()),
        SocketOrder::Close { code, .. } => format!("close socket={socket} code={code}"),
        SocketOrder::Stream {
            stream, encoding, ..
        } => format!(
            "send audio socket={socket} stream={stream} encoding={}",
            encoding.name()
        ),
        SocketOrder::StopStream { stream } => {
            format!("send no audio socket={socket} stream={stream}")
        }
        SocketOrder::NameStream { stream, tag } => {
            format!("socket={socket} stream={stream} is tag={tag}")
        }
        SocketOrder::Clear { .. } => format!("clear media socket={socket}"),
    }
}

fn target_text(target: &DialTarget) -> String {
    match target {
        DialTarget::User { user } => format!("user:{user}"),
        DialTarget::Sip { uri, .. } => address(uri),
        DialTarget::Pstn { number } => format!("tel:{number}"),
        DialTarget::Conference { conference } => format!("conference:{conference}"),
    }
}

/// What was said is the caller's business and not in the log.
fn asr_line(asr: u32, event: &AsrEvent) -> String {
    match event {
        AsrEvent::Started => format!("ASR.Started asr={asr}"),
        AsrEvent::CaptureStarted => format!("ASR.CaptureStarted asr={asr}"),
        AsrEvent::SpeechCaptured => format!("ASR.SpeechCaptured asr={asr}"),
        AsrEvent::Interim { .. } => format!("ASR.InterimResult asr={asr}"),
        AsrEvent::Result { confidence, .. } => {
            format!("ASR.Result asr={asr} confidence={confidence}")
        }
        AsrEvent::Failed { error } => format!("ASR.Error asr={asr} error={error}"),
    }
}

fn source_text(source: &PlayerSource) -> String {
    match source {
        PlayerSource::Url { url } => format!("url={}", address(url)),
        PlayerSource::Request { spec } => format!("url={} {}", spec.method, address(&spec.url)),
        PlayerSource::Speech {
            text,
            voice,
            manner,
        } => format!(
            "say={} voice={voice}{}",
            shortened(text),
            manner_text(*manner)
        ),
        PlayerSource::ToneScript { script } => format!("tone={script}"),
    }
}

/// What is not as usual, in percent.
fn manner_text(manner: Manner) -> String {
    let told = [
        ("rate", manner.rate),
        ("pitch", manner.pitch),
        ("volume", manner.volume),
    ];
    let unusual = told.iter().filter(|(_, percent)| *percent != 100);
    unusual
        .map(|(name, percent)| format!(" {name}={percent}%"))
        .collect()
}

/// The beginning of a text.
fn shortened(text: &str) -> &str {
    let end = text.char_indices().nth(SAID_CHARS_MAX);
    end.map_or(text, |(at, _)| text.get(..at).unwrap_or(text))
}

/// An address without its query, where tokens and personal data travel.
fn address(url: &str) -> String {
    match url.split_once('?') {
        Some((before, _)) => format!("{before}?..."),
        None => url.to_owned(),
    }
}
