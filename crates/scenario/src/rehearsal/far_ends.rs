//! Far ends of a rehearsal that are not phones: WebSockets, mail servers, and
//! whoever answers a phone.

use super::script::{Action, AnsweredBy, Phone};
use super::world::{NETWORK_MS, World};
use crate::host::{
    AmdResult, AmdSpec, AudioEncoding, CallId, Effect, HeardTone, Input, SocketEvent, SocketId,
    SocketOrder, ToneSpec, Unit, UnitId,
};
use std::collections::{BTreeMap, BTreeSet};

/// A person is known by the pause after a short greeting.
const HUMAN_MS: u64 = 1_500;
/// A machine by how long it talks.
const MACHINE_MS: u64 = 3_000;
/// A busy tone by its second burst.
const BUSY_MS: u64 = 1_100;
/// What a machine beeps with, Hz, unless the scenario asks for something else.
const BEEP_HZ: u32 = 1_000;
/// Silence after the audio of a WebSocket, as in the engine.
const AUDIO_ENDS_MS: u64 = 1_000;
/// RFC 6455 §7.4.1, "abnormal closure".
const CLOSE_ABNORMAL: u16 = 1006;

/// What is known of them.
#[derive(Default)]
pub(super) struct FarEnds {
    answered_by: BTreeMap<CallId, AnsweredBy>,
    detectors: BTreeMap<UnitId, AmdSpec>,
    /// Calls that are listened to for a busy tone.
    awaits_busy: BTreeSet<CallId>,
    last_socket: Option<SocketId>,
}

impl FarEnds {
    /// The phone of a call is this one.
    pub(super) fn rings(&mut self, call: CallId, phone: &Phone) {
        self.answered_by.insert(call, phone.answered_by);
    }
}

impl World<'_> {
    /// Carries out what is about them.
    pub(super) fn carry_out_far(&mut self, effect: Effect) {
        match effect {
            Effect::Socket { socket, order } => self.socket_order(socket, order),
            Effect::RefuseSocket { status, .. } => {
                self.line("outside", &format!("socket refused {status}"));
            }
            Effect::SendMail { request, spec } => {
                let (server, title) = (&spec.server, &spec.title);
                let line = format!("mail {server} {}: {title}", spec.to.join(", "));
                self.line("outside", &line);
                let code = self.script.mail_code.unwrap_or(250);
                let error = (code != 250).then(|| "the script says so".to_owned());
                self.plan(
                    NETWORK_MS,
                    Input::MailAnswer {
                        request,
                        code,
                        error,
                    },
                );
            }
            Effect::DetectBeep { call, spec } => {
                self.forget_beep(call);
                let who = self.far.answered_by.get(&call).copied();
                let timeout_ms = spec.timeout_ms.map(u64::from);
                let beep = (who == Some(AnsweredBy::MachineWithBeep)).then_some(MACHINE_MS);
                let first = beep.into_iter().chain(timeout_ms).min();
                let hz = spec.frequencies.first().copied().unwrap_or(BEEP_HZ);
                let frequencies = if first == beep { vec![hz] } else { Vec::new() };
                if let Some(after_ms) = first {
                    self.plan(after_ms, Input::CallBeep { call, frequencies });
                }
            }
            Effect::StopBeep { call } => self.forget_beep(call),
            Effect::DetectTone { call, spec } => self.detect_tone(call, spec),
            Effect::StartAmd { detector, spec } => {
                self.far.detectors.insert(detector, spec);
            }
            Effect::StopAmd { detector } => {
                let about = |input: &Input| matches!(input, Input::AmdResult { detector: d, .. } if *d == detector);
                self.planned.retain(|_, input| !about(input));
            }
            Effect::SendMedia {
                from: Unit::Call(call),
                to: Unit::Amd(detector),
            } => self.listen(call, detector),
            _ => {}
        }
    }

    fn forget_beep(&mut self, of: CallId) {
        let about = |input: &Input| matches!(input, Input::CallBeep { call, .. } if *call == of);
        self.planned.retain(|_, input| !about(input));
    }

    /// A phone has answered: a busy tone begins.
    pub(super) fn far_connected(&mut self, call: CallId) {
        if self.far.awaits_busy.contains(&call) {
            self.detect_tone(call, ToneSpec::Progress { enabled: true });
        }
    }

    fn detect_tone(&mut self, of: CallId, spec: ToneSpec) {
        let who = self.far.answered_by.get(&of).copied();
        let progress = matches!(spec, ToneSpec::Progress { .. });
        let earlier = |input: &Input| match input {
            Input::CallTone { call, tone } => {
                *call == of && progress == matches!(tone, HeardTone::Progress)
            }
            _ => false,
        };
        self.planned.retain(|_, input| !earlier(input));
        let (after_ms, tone) = match spec {
            ToneSpec::Progress { enabled } => {
                self.far.awaits_busy.remove(&of);
                if !enabled || who != Some(AnsweredBy::BusyTone) {
                    return;
                }
                self.far.awaits_busy.insert(of);
                (BUSY_MS, HeardTone::Progress)
            }
            ToneSpec::Voicemail { timeout_ms, .. } => {
                let timeout_ms = u64::from(timeout_ms);
                if who == Some(AnsweredBy::MachineWithBeep) && MACHINE_MS < timeout_ms {
                    (MACHINE_MS, HeardTone::Voicemail { hz: BEEP_HZ })
                } else {
                    (timeout_ms, HeardTone::NoVoicemail)
                }
            }
        };
        self.plan(after_ms, Input::CallTone { call: of, tone });
    }

    fn listen(&mut self, call: CallId, detector: UnitId) {
        let Some(spec) = self.far.detectors.remove(&detector) else {
            return;
        };
        let who = self.far.answered_by.get(&call).copied().unwrap_or_default();
        let timeout_ms = u64::from(spec.timeout_ms);
        let (after_ms, result) = match who {
            AnsweredBy::Human => (HUMAN_MS, AmdResult::Human { confidence: 84 }),
            AnsweredBy::Machine | AnsweredBy::MachineWithBeep | AnsweredBy::BusyTone => {
                let beep = who == AnsweredBy::MachineWithBeep;
                let confidence = if beep { 95 } else { 74 };
                (MACHINE_MS, AmdResult::Voicemail { confidence, beep })
            }
            AnsweredBy::Silence => (timeout_ms, AmdResult::Timeout),
        };
        let result = if after_ms < timeout_ms {
            result
        } else {
            AmdResult::Timeout
        };
        let after_ms = after_ms.min(timeout_ms);
        self.plan(after_ms, Input::AmdResult { detector, result });
    }

    fn socket_order(&mut self, socket: SocketId, order: SocketOrder) {
        match order {
            SocketOrder::Open { url, .. } => {
                self.far.last_socket = Some(socket);
                let mut servers = self.script.sockets.iter();
                let error = match servers.find(|server| url.starts_with(&server.url)) {
                    Some(server) => server.error.clone(),
                    None => Some("the script has no such server".to_owned()),
                };
                let event = match error {
                    None => SocketEvent::Opened,
                    Some(error) => closed(CLOSE_ABNORMAL, Some(error)),
                };
                self.plan(NETWORK_MS, Input::Socket { socket, event });
            }
            SocketOrder::Accept { .. } => {
                self.far.last_socket = Some(socket);
                self.line("outside", &format!("socket={socket} accepted"));
            }
            SocketOrder::Send { text } => {
                self.line("outside", &format!("socket={socket} hears {text}"));
            }
            SocketOrder::Close { code, .. } => {
                self.forget_socket(socket);
                let event = closed(code, None);
                self.plan(NETWORK_MS, Input::Socket { socket, event });
            }
            SocketOrder::Clear { .. } => {
                let ends = |input: &Input| matches!(input, Input::Socket { socket: s, event: SocketEvent::MediaEnded { .. } } if *s == socket);
                let Some(at) = self
                    .planned
                    .iter()
                    .find(|(_, i)| ends(i))
                    .map(|(at, _)| *at)
                else {
                    return;
                };
                if let Some(input) = self.planned.remove(&at) {
                    self.plan(0, input);
                }
            }
            SocketOrder::NameStream { .. }
            | SocketOrder::Stream { .. }
            | SocketOrder::StopStream { .. } => {}
        }
    }

    /// What a step does on the last WebSocket; false when it is about something else.
    pub(super) fn act_on_socket(&mut self, action: &Action) -> bool {
        if let Action::SocketArrives(path) = action {
            self.tokens += 1;
            self.line("outside", &format!("socket asked {path}"));
            self.feed(Input::SocketArrived {
                token: self.tokens,
                method: "GET".to_owned(),
                path: path.clone(),
                headers: Vec::new(),
            });
            return true;
        }
        let events = match action {
            Action::SocketSends(text) => vec![(0, SocketEvent::Message { text: text.clone() })],
            Action::SocketCloses(code) => vec![(0, closed(*code, None))],
            Action::SocketSays(ms) => vec![
                (
                    0,
                    SocketEvent::MediaStarted {
                        tag: None,
                        encoding: AudioEncoding::Pcm16,
                        custom_parameters: None,
                    },
                ),
                (
                    ms + AUDIO_ENDS_MS,
                    SocketEvent::MediaEnded {
                        tag: None,
                        duration_ms: *ms,
                    },
                ),
            ],
            _ => return false,
        };
        let Some(socket) = self.far.last_socket else {
            self.line("error", "there is no WebSocket");
            return true;
        };
        for (in_ms, event) in events {
            if matches!(event, SocketEvent::Closed { .. }) {
                self.forget_socket(socket);
            }
            self.plan(in_ms, Input::Socket { socket, event });
        }
        true
    }

    /// Nothing more comes from a WebSocket.
    fn forget_socket(&mut self, socket: SocketId) {
        let about =
            |input: &Input| matches!(input, Input::Socket { socket: s, .. } if *s == socket);
        self.planned.retain(|_, input| !about(input));
    }
}

fn closed(code: u16, error: Option<String>) -> SocketEvent {
    SocketEvent::Closed {
        code,
        reason: String::new(),
        clean: error.is_none(),
        error,
    }
}
