//! Call control of one session: turns what the scenario asks into signalling
//! and media, and what happens there into what the scenario is told. It keeps
//! no clock; time comes with each call.

pub(crate) mod cause;
mod conferences;
mod detectors;
mod incoming;
mod joining;
mod links;
mod listening;
mod media_units;
mod outgoing;
mod recorders;
mod sockets;
mod speech;
#[cfg(test)]
mod tests;
mod transfers;

use crate::codecs::Codecs;
use crate::leg::{Direction, Leg, Stage};
use crate::outside::Outside;
use media::{DigitHow, LegParams, MediaEvent};
use scenario::host::{CallId, Effect, Input, PlayerId, ToneKind, Unit, UnitId};
use sip::SipEvent;
use std::collections::BTreeMap;
use std::sync::Arc;
use voice::Rate;
use voice::sdp::Agreed;

pub(crate) use incoming::Arrival;
use links::Links;
use listening::Listening;
pub(crate) use listening::{Ear, Level};
pub(crate) use media_units::Attached;
use recorders::Recorder;
pub(crate) use recorders::Running;

/// After our own hang-up signalling has this long to say its last word; then
/// the call is taken as ended (P3: nothing waits without a deadline). Longer
/// than 64*T1, the time after which a SIP transaction gives up.
const LEAVING_MS: u64 = 40_000;

/// Call control of one session.
pub(crate) struct Control {
    legs: BTreeMap<CallId, Leg>,
    players: BTreeMap<PlayerId, Player>,
    codecs: Arc<Codecs>,
    session: u64,
    /// Units other than calls and players that have their media.
    attached: BTreeMap<Unit, Attached>,
    links: Links,
    recorders: BTreeMap<UnitId, Recorder>,
    ears: BTreeMap<(CallId, Ear), Listening>,
    /// Calls that signalling has not confirmed as gone, with their deadline.
    leaving: BTreeMap<CallId, u64>,
}

/// A player of the scenario.
#[derive(Debug)]
pub(crate) struct Player {
    media: Option<media::PlayerId>,
    looped: bool,
    paused: bool,
}

/// A call as who takes over from a failed scenario finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) call: CallId,
    pub(crate) incoming: bool,
    pub(crate) stage: StandingAs,
    /// The call that it hears.
    pub(crate) hears: Option<CallId>,
}

/// How far such a call has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StandingAs {
    Alerting,
    Answering,
    Dialing,
    Connected,
}

/// How a call ended.
struct Last {
    cause: u16,
    code: u16,
    reason: String,
    headers: sip::Headers,
}

/// What the driver must note down: ids that belong to this session now.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Told {
    /// What the scenario is told, in order.
    pub(crate) inputs: Vec<Input>,
    /// Lines for the session log.
    pub(crate) log: Vec<String>,
}

impl Told {
    pub(crate) fn one(input: Input) -> Self {
        Self {
            inputs: vec![input],
            log: Vec::new(),
        }
    }

    fn log(text: impl Into<String>) -> Self {
        Self {
            inputs: Vec::new(),
            log: vec![text.into()],
        }
    }
}

impl Control {
    pub(crate) fn new(session: u64, codecs: Arc<Codecs>) -> Self {
        Self {
            legs: BTreeMap::new(),
            players: BTreeMap::new(),
            attached: BTreeMap::new(),
            links: Links::default(),
            recorders: BTreeMap::new(),
            ears: BTreeMap::new(),
            codecs,
            session,
            leaving: BTreeMap::new(),
        }
    }

    /// The call of a signalling leg.
    pub(crate) fn call_of(&self, leg: sip::LegId) -> Option<CallId> {
        self.legs
            .iter()
            .find(|(_, own)| own.sip == leg || own.successor_leg() == Some(leg))
            .map(|(call, _)| *call)
    }

    /// Carries out one effect of the scenario that concerns calls or audio;
    /// gives others back.
    #[allow(clippy::too_many_lines, reason = "one short arm an effect")]
    pub(crate) fn effect(
        &mut self,
        now_ms: u64,
        effect: Effect,
        out: &mut dyn Outside,
    ) -> Result<Told, Box<Effect>> {
        Ok(match effect {
            Effect::Answer { call, headers } => self.answer(now_ms, call, headers, out),
            Effect::Ring { call, headers } => self.ring(call, headers, out),
            Effect::EarlyMedia { call, headers } => self.early_media(call, headers, out),
            Effect::Reject {
                call,
                code,
                headers,
            } => self.reject(now_ms, call, code, headers, out),
            Effect::Hangup { call, headers } => self.hangup(now_ms, call, headers, out),
            Effect::Dial {
                call,
                target,
                callerid,
                display_name,
                headers,
                timeout_ms,
            } => {
                let wish = outgoing::Wish {
                    target,
                    callerid,
                    display_name,
                    headers,
                    timeout_ms,
                };
                self.dial(call, wish, out)
            }
            Effect::SendDigits { call, digits } => self.send_digits(call, &digits, out),
            Effect::SendInfo {
                call,
                mime_type,
                body,
                headers,
            } => self.send_info(call, mime_type, body, headers, out),
            Effect::HandleBlindTransfer { .. }
            | Effect::NotifyTransfer { .. }
            | Effect::Transfer { .. }
            | Effect::HandleReInvites { .. }
            | Effect::AcceptReInvite { .. }
            | Effect::RejectReInvite { .. }
            | Effect::ReInvite { .. } => self.transfer_effect(effect, out),
            Effect::HandleTones {
                call,
                enabled,
                in_band,
            } => self.handle_tones(call, enabled, in_band, out),
            Effect::SendMedia { from, to } => self.send_media(from, to, out),
            Effect::StopMedia { from, to } => self.stop_media(from, to, out),
            Effect::CreatePlayer {
                player,
                source,
                looped,
                paused,
            } => self.create_player(player, source, looped, paused, out),
            Effect::PausePlayer { player } => self.pause_player(player, true, out),
            Effect::ResumePlayer { player } => self.pause_player(player, false, out),
            Effect::StopPlayer { player } => self.stop_player(player, out),
            Effect::CreateConference { conference, hd } => {
                self.create_conference(conference, hd, out)
            }
            Effect::DestroyConference { conference } => self.destroy_conference(conference, out),
            Effect::CreateRecorder { recorder, spec } => self.create_recorder(recorder, spec, out),
            Effect::MuteRecorder { recorder, muted } => self.mute_recorder(recorder, muted, out),
            Effect::StopRecorder { recorder } => self.stop_recorder(recorder, out),
            Effect::CreateAsr { .. } => Told::default(),
            Effect::StopAsr { asr } => {
                self.links.forget(Unit::Asr(asr));
                Told::default()
            }
            Effect::StopAmd { detector } => self.stop_detector(detector, out),
            other @ (Effect::HttpRequest { .. }
            | Effect::AccessResponse { .. }
            | Effect::Socket { .. }
            | Effect::RefuseSocket { .. }
            | Effect::SendMail { .. }
            | Effect::StartAmd { .. }
            | Effect::ListenToVoice { .. }
            | Effect::DetectBeep { .. }
            | Effect::StopBeep { .. }
            | Effect::DetectTone { .. }
            | Effect::MonitorMedia { .. }
            | Effect::Storage { .. }
            | Effect::TaskReport { .. }
            | Effect::CustomData { .. }
            | Effect::Log { .. }
            | Effect::Ended { .. }) => return Err(Box::new(other)),
        })
    }

    /// Something happened on the wire to one of this session's calls.
    pub(crate) fn sip(
        &mut self,
        now_ms: u64,
        call: CallId,
        event: SipEvent,
        out: &mut dyn Outside,
    ) -> Told {
        let successor = self.legs.get(&call).and_then(Leg::successor_leg);
        if successor.is_some() && crate::live::leg_of(&event) == successor {
            return self.joined(now_ms, call, event, out);
        }
        match event {
            SipEvent::Incoming { .. } | SipEvent::Registered { .. } => Told::default(),
            SipEvent::Progress {
                code, headers, sdp, ..
            } => self.progress(call, code, headers, &sdp, out),
            SipEvent::Answered { headers, sdp, .. } => {
                self.answered(now_ms, call, headers, &sdp, out)
            }
            SipEvent::Failed {
                code,
                reason,
                headers,
                ..
            } => {
                let cause = cause::UNSPECIFIED;
                self.ended(
                    now_ms,
                    call,
                    Last {
                        cause,
                        code,
                        reason,
                        headers,
                    },
                    out,
                )
            }
            SipEvent::Ended {
                cause,
                reason,
                headers,
                by_us,
                ..
            } => {
                if !by_us && self.left_alone(call) {
                    return Told::default();
                }
                let code = if by_us { 487 } else { 480 };
                self.ended(
                    now_ms,
                    call,
                    Last {
                        cause,
                        code,
                        reason,
                        headers,
                    },
                    out,
                )
            }
            SipEvent::Reoffer { .. }
            | SipEvent::ReofferAnswered { .. }
            | SipEvent::Refer { .. }
            | SipEvent::Transferred { .. } => self.transfer_event(call, event, out),
            SipEvent::Info {
                mime_type,
                body,
                headers,
                ..
            } => self.info(call, mime_type, &body, headers),
        }
    }

    /// A digit, or something for the scenario to read.
    fn info(&self, call: CallId, mime_type: String, body: &[u8], headers: sip::Headers) -> Told {
        let body = String::from_utf8_lossy(body).into_owned();
        match digit_of_info(&mime_type, &body) {
            Some(tone) => self.digit(call, tone, ToneKind::SipInfo),
            None => Told::one(Input::CallInfo {
                call,
                mime_type,
                body,
                headers,
            }),
        }
    }

    /// The last event of a call: `Failed` for an outgoing one that never
    /// connected, `Disconnected` for all others.
    fn ended(&mut self, now_ms: u64, call: CallId, last: Last, out: &mut dyn Outside) -> Told {
        let Some(leg) = self.forget(call, out) else {
            return Told::default();
        };
        let Last {
            cause,
            code,
            reason,
            headers,
        } = last;
        let last = if leg.direction == Direction::Outgoing && !was_connected(&leg) {
            Input::CallFailed {
                call,
                code,
                reason,
                headers,
            }
        } else {
            disconnected(call, &leg, now_ms, cause, reason, headers)
        };
        let mut told = Told::one(last);
        told.inputs.extend(self.never_recorded(call));
        told
    }

    /// Something happened in the media of this session.
    pub(crate) fn media(&mut self, event: &MediaEvent, out: &mut dyn Outside) -> Told {
        match event {
            MediaEvent::Digit { leg, digit, how } => match self.call_of_media(*leg) {
                Some(call) => {
                    let how = match how {
                        DigitHow::TelephoneEvent => ToneKind::TelephoneEvent,
                        DigitHow::InBand => ToneKind::InBand,
                    };
                    self.digit(call, *digit, how)
                }
                None => Told::default(),
            },
            MediaEvent::PlayerFinished { player } => {
                let found = self
                    .players
                    .iter()
                    .find(|(_, own)| own.media == Some(*player));
                let Some(id) = found.map(|(id, _)| *id) else {
                    return Told::default();
                };
                // It cannot sound again, so nobody needs to stop it.
                self.stop_player(id, out);
                Told::one(Input::PlayerFinished {
                    player: id,
                    error: None,
                })
            }
            MediaEvent::Statistics { leg, stats } => self.statistics(*leg, stats),
            MediaEvent::RtpStopped { leg, .. } => self.told_rtp(*leg, true),
            MediaEvent::RtpResumed { leg, .. } => self.told_rtp(*leg, false),
            MediaEvent::RecorderStarted { .. }
            | MediaEvent::RecorderFinished { .. }
            | MediaEvent::RecorderFailed { .. } => self.recorder_event(event, out),
            MediaEvent::FirstPacket { leg } => {
                let Some(call) = self.call_of_media(*leg) else {
                    return Told::default();
                };
                let codec = self.legs.get(&call).and_then(Leg::codec);
                let hd = codec.is_some_and(|codec| codec.rate() > Rate::Narrow);
                Told::one(Input::CallFirstAudio { call, hd })
            }
        }
    }

    /// A digit, if the scenario wants those of this call.
    fn digit(&self, call: CallId, tone: char, how: ToneKind) -> Told {
        if self.legs.get(&call).is_some_and(|leg| leg.wants_digits) {
            Told::one(Input::ToneReceived { call, tone, how })
        } else {
            Told::default()
        }
    }

    fn told_rtp(&self, leg: media::LegId, stopped: bool) -> Told {
        match self.call_of_media(leg) {
            Some(call) => Told::one(Input::CallRtp { call, stopped }),
            None => Told::default(),
        }
    }

    /// When [`Self::tick`] is due.
    pub(crate) fn next_deadline_ms(&self) -> Option<u64> {
        self.leaving.values().copied().min()
    }

    /// Ends what has waited too long.
    pub(crate) fn tick(&mut self, now_ms: u64, out: &mut dyn Outside) -> Told {
        let mut told = Told::default();
        let silent: Vec<CallId> = self
            .leaving
            .iter()
            .filter(|(_, at)| **at <= now_ms)
            .map(|(call, _)| *call)
            .collect();
        for call in silent {
            told.log.push(format!(
                "call {call}: the other side never confirmed the end"
            ));
            if let Some(leg) = self.forget(call, out) {
                told.inputs.push(ended_silently(call, &leg, now_ms));
                told.inputs.extend(self.never_recorded(call));
            }
        }
        told
    }

    /// `call.hangup()` and the end of a session.
    pub(crate) fn hangup(
        &mut self,
        now_ms: u64,
        call: CallId,
        mut headers: sip::Headers,
        out: &mut dyn Outside,
    ) -> Told {
        let Some(leg) = self.legs.get_mut(&call) else {
            return Told::default();
        };
        if matches!(leg.stage, Stage::Leaving { .. }) {
            return Told::default();
        }
        let connected_since_ms = match leg.stage {
            Stage::Connected { since_ms } => Some(since_ms),
            Stage::Alerting | Stage::Answering | Stage::Dialing | Stage::Leaving { .. } => None,
        };
        let reason = cause::take_reason(&mut headers).or_else(|| match leg.stage {
            // One of several phones was faster.
            Stage::Dialing if leg.answered_elsewhere => Some(cause::ANSWERED_ELSEWHERE.to_owned()),
            Stage::Dialing | Stage::Leaving { .. } => None,
            Stage::Alerting => Some(cause::reason(cause::of_status(480))),
            Stage::Answering | Stage::Connected { .. } => Some(cause::reason(cause::NORMAL)),
        });
        let successor = leg.successor.take();
        leg.stage = Stage::Leaving { connected_since_ms };
        self.leaving.insert(call, now_ms + LEAVING_MS);
        out.hangup(leg.sip, headers, reason);
        self.close_media(call, out);
        match successor {
            Some(successor) => {
                out.hangup(successor.leg, Vec::new(), None);
                if successor.is_alone {
                    self.ended_alone(now_ms, call, out)
                } else {
                    Told::default()
                }
            }
            None => Told::default(),
        }
    }

    /// The session is over: everything it still has ends. Signalling legs say
    /// goodbye on their own.
    pub(crate) fn end(&mut self, code: u16, out: &mut dyn Outside) -> Vec<sip::LegId> {
        let mut ended = Vec::new();
        for call in self.legs.keys().copied().collect::<Vec<_>>() {
            if let Some(leg) = self.forget(call, out) {
                match leg.stage {
                    Stage::Alerting => {
                        let reason = cause::reason(cause::of_status(code));
                        out.reject(leg.sip, code, Vec::new(), Some(reason));
                    }
                    Stage::Leaving { .. } => {}
                    Stage::Dialing => {
                        let elsewhere = cause::ANSWERED_ELSEWHERE.to_owned();
                        let reason = leg.answered_elsewhere.then_some(elsewhere);
                        out.hangup(leg.sip, Vec::new(), reason);
                    }
                    Stage::Answering | Stage::Connected { .. } => {
                        let cause = if code >= 500 {
                            cause::of_status(code)
                        } else {
                            cause::NORMAL
                        };
                        out.hangup(leg.sip, Vec::new(), Some(cause::reason(cause)));
                    }
                }
                if let Some(successor) = &leg.successor {
                    out.hangup(successor.leg, Vec::new(), None);
                    ended.push(successor.leg);
                }
                ended.push(leg.sip);
            }
        }
        for player in std::mem::take(&mut self.players).into_values() {
            if let Some(id) = player.media {
                out.stop_player(id);
            }
        }
        self.end_recorders(out);
        self.close_attached(out);
        ended
    }

    /// Calls that stand, those on their way out included.
    pub(crate) fn calls(&self) -> usize {
        self.legs.len()
    }

    /// No call is left.
    pub(crate) fn is_empty(&self) -> bool {
        self.legs.is_empty()
    }

    /// The calls that are not on their way out, for who takes over from a
    /// scenario that failed.
    pub(crate) fn standing(&self) -> Vec<Standing> {
        let calls = self.legs.iter().filter_map(|(call, leg)| {
            let stage = match leg.stage {
                Stage::Alerting => StandingAs::Alerting,
                Stage::Answering => StandingAs::Answering,
                Stage::Dialing => StandingAs::Dialing,
                Stage::Connected { .. } => StandingAs::Connected,
                Stage::Leaving { .. } => return None,
            };
            let hears = self.links.sources_of(Unit::Call(*call));
            let hears = hears.into_iter().find_map(|unit| match unit {
                Unit::Call(other) => Some(other),
                _ => None,
            });
            Some(Standing {
                call: *call,
                incoming: leg.direction == Direction::Incoming,
                stage,
                hears,
            })
        });
        calls.collect()
    }

    /// Ends what plays and what was attached; calls stay.
    pub(crate) fn silence(&mut self, out: &mut dyn Outside) {
        for (player, own) in std::mem::take(&mut self.players) {
            self.links.forget(Unit::Player(player));
            if let Some(id) = own.media {
                out.stop_player(id);
            }
        }
        self.close_attached(out);
    }

    fn send_info(
        &mut self,
        call: CallId,
        mime_type: String,
        body: String,
        headers: sip::Headers,
        out: &mut dyn Outside,
    ) -> Told {
        if let Some(leg) = self.legs.get(&call) {
            out.info(leg.sip, mime_type, body.into_bytes(), headers);
        }
        Told::default()
    }

    /// Drops a call from the books and closes its media.
    fn forget(&mut self, call: CallId, out: &mut dyn Outside) -> Option<Leg> {
        self.close_media(call, out);
        self.leaving.remove(&call);
        self.legs.remove(&call)
    }

    fn call_of_media(&self, leg: media::LegId) -> Option<CallId> {
        self.legs
            .iter()
            .find(|(_, own)| own.media.as_ref().is_some_and(|media| media.id == leg))
            .map(|(call, _)| *call)
    }
}

fn was_connected(leg: &Leg) -> bool {
    match leg.stage {
        Stage::Connected { .. }
        | Stage::Leaving {
            connected_since_ms: Some(_),
        } => true,
        Stage::Alerting
        | Stage::Answering
        | Stage::Dialing
        | Stage::Leaving {
            connected_since_ms: None,
        } => false,
    }
}

fn disconnected(
    call: CallId,
    leg: &Leg,
    now_ms: u64,
    internal_code: u16,
    reason: String,
    headers: sip::Headers,
) -> Input {
    let since_ms = match leg.stage {
        Stage::Connected { since_ms }
        | Stage::Leaving {
            connected_since_ms: Some(since_ms),
        } => since_ms,
        Stage::Alerting
        | Stage::Answering
        | Stage::Dialing
        | Stage::Leaving {
            connected_since_ms: None,
        } => now_ms,
    };
    let duration_ms = now_ms.saturating_sub(since_ms);
    Input::CallDisconnected {
        call,
        duration_ms,
        internal_code,
        reason,
        headers,
    }
}

fn ended_silently(call: CallId, leg: &Leg, now_ms: u64) -> Input {
    if leg.direction == Direction::Outgoing && !was_connected(leg) {
        let reason = "Request Terminated".to_owned();
        return Input::CallFailed {
            call,
            code: 487,
            reason,
            headers: Vec::new(),
        };
    }
    disconnected(call, leg, now_ms, cause::NORMAL, String::new(), Vec::new())
}

/// The digit of a SIP INFO: `application/dtmf-relay` (`Signal=7`) or
/// `application/dtmf` (the bare digit).
fn digit_of_info(mime_type: &str, body: &str) -> Option<char> {
    let kind = mime_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    let text = match kind.as_str() {
        "application/dtmf-relay" => body.lines().find_map(|line| {
            let (key, value) = line.split_once('=')?;
            key.trim()
                .eq_ignore_ascii_case("signal")
                .then(|| value.trim())
        })?,
        "application/dtmf" => body.trim(),
        _ => return None,
    };
    let digit = text.chars().next()?.to_ascii_uppercase();
    matches!(digit, '0'..='9' | '*' | '#' | 'A'..='D').then_some(digit)
}

fn params(agreed: &Agreed) -> LegParams {
    LegParams {
        remote: agreed.remote,
        codec: agreed.codec,
        payload_type: agreed.payload_type,
        dtmf_payload_type: agreed.dtmf_payload_type,
        rtcp: agreed.rtcp,
        sends: agreed.we_send,
    }
}
