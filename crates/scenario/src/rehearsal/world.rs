//! Phones, network and caller of a rehearsal.

use super::about::call_of;
use super::far_ends::FarEnds;
use super::orders::order_line;
use super::recordings::{Recordings, recording_url};
use super::script::{Action, Audio, Phone, Script, Step};
use super::{Line, log_line};
use crate::host::{
    AsrEvent, CallId, DialTarget, Effect, EndReason, Input, PlayerId, PlayerSource, SocketEvent,
    Started, StorageItem, ToneKind, Unit, UnitId,
};
use crate::program::Program;
use crate::{FIRST_CALL, Limits, Session, SessionSpec};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Every rehearsal starts at this Unix time: 2027-01-15 08:00 UTC.
const START_MS: u64 = 1_800_000_000_000;
/// Access URL of every rehearsal, after `http` or `https`.
pub(super) const ACCESS_URL: &str = "://engine.example/request/rehearsal";
/// One way through signalling, media or the network.
pub(super) const NETWORK_MS: u64 = 20;
/// Length of an audio file of which the script says nothing.
const AUDIO_MS: u64 = 3_000;
/// How long a phrase takes.
const WORDS_MS: u64 = 800;
/// Between two keys.
const DIGIT_MS: u64 = 250;
/// A rehearsal stops here unless its script says something else.
const UNTIL_MS: u64 = 3_600_000;
/// Inputs of one rehearsal: a scenario that does without end what costs no time
/// must not run for ever.
const INPUTS_MAX: usize = 200_000;

/// A leg as the far end sees it.
struct Leg {
    number: String,
    incoming: bool,
    connected_at_ms: Option<u64>,
    wants_tones: bool,
}

/// What is left of a sound that plays.
struct Sound {
    length_ms: u64,
    played_ms: u64,
    /// When it last went on, `None` while it is paused or loads.
    since_ms: Option<u64>,
    looped: bool,
    paused: bool,
}

pub(super) struct World<'a> {
    pub(super) lines: Vec<Line>,
    pub(super) ended: Option<EndReason>,
    pub(super) script: &'a Script,
    pub(super) far: FarEnds,
    session: Session,
    pub(super) now_ms: u64,
    legs: BTreeMap<CallId, Leg>,
    sounds: BTreeMap<PlayerId, Sound>,
    recordings: Recordings,
    /// Which calls recognisers listen to.
    listeners: BTreeSet<(Unit, Unit)>,
    pub(super) storage: BTreeMap<String, StorageItem>,
    /// How often each phone and each reply was used.
    phone_uses: Vec<u32>,
    pub(super) reply_uses: Vec<u32>,
    /// Path of the access URL that the session last told its backend.
    pub(super) command_path: Option<String>,
    /// By time, then in the order in which they were planned.
    pub(super) planned: BTreeMap<(u64, u64), Input>,
    plans: u64,
    next_step: usize,
    /// Steps that had nobody to act on.
    missed: Vec<String>,
    /// When the next step acts, once what it waits for has come.
    step_at_ms: Option<u64>,
    /// Lines that the next step has looked at.
    seen: usize,
    pub(super) tokens: u64,
}

impl<'a> World<'a> {
    pub(super) fn new(program: Program, script: &'a Script) -> Self {
        let started = Started {
            session_id: 1,
            access_url: format!("http{ACCESS_URL}"),
            access_secure_url: format!("https{ACCESS_URL}"),
            rule_name: "rehearsal".to_owned(),
            custom_data: script.custom_data.clone(),
            ..Started::default()
        };
        let spec = SessionSpec {
            program,
            limits: Limits::default(),
            started,
            secrets: Arc::new(script.secrets.clone()),
        };
        let mut legs = BTreeMap::new();
        let alerting = script.caller.as_ref().map(|caller| {
            let leg = Leg {
                number: caller.number.clone(),
                incoming: true,
                connected_at_ms: None,
                wants_tones: false,
            };
            legs.insert(FIRST_CALL, leg);
            let headers = caller.headers.iter();
            Input::CallAlerting {
                call: FIRST_CALL,
                callerid: caller.number.clone(),
                destination: caller.dials.clone(),
                display_name: caller.display_name.clone(),
                from_uri: format!("sip:{}@phones.example", caller.number),
                to_uri: format!("sip:{}@engine.example", caller.dials),
                headers: headers.map(|(k, v)| (k.clone(), v.clone())).collect(),
            }
        });
        let (session, effects) = Session::start(spec, START_MS, alerting);
        let mut world = Self {
            lines: Vec::new(),
            ended: None,
            script,
            far: FarEnds::default(),
            session,
            now_ms: START_MS,
            legs,
            sounds: BTreeMap::new(),
            recordings: Recordings::default(),
            listeners: BTreeSet::new(),
            storage: BTreeMap::new(),
            phone_uses: vec![0; script.phones.len()],
            reply_uses: vec![0; script.replies.len()],
            command_path: None,
            planned: BTreeMap::new(),
            plans: 0,
            next_step: 0,
            missed: Vec::new(),
            step_at_ms: None,
            seen: 0,
            tokens: 0,
        };
        world.settle(effects);
        world
    }

    /// Lets time pass until the session is over or the script's time is up.
    pub(super) fn run(&mut self) {
        let until = START_MS + self.script.until_ms.unwrap_or(UNTIL_MS);
        for _ in 0..INPUTS_MAX {
            if self.ended.is_some() {
                return;
            }
            self.look_for_step();
            let planned = self.planned.keys().next().map(|(at, _)| *at);
            let timer = self.session.next_deadline_ms();
            let due = [planned, timer, self.step_at_ms];
            let Some(at) = due.into_iter().flatten().min().filter(|at| *at <= until) else {
                return;
            };
            self.now_ms = at.max(self.now_ms);
            if planned == Some(at) {
                self.deliver_planned();
            } else if self.step_at_ms == Some(at) {
                self.take_step();
            } else {
                self.feed(Input::Tick);
            }
        }
        self.line("error", "the rehearsal was stopped: too many events");
    }

    /// Steps of the script that did not happen, for people.
    pub(super) fn missed_steps(&self) -> Vec<String> {
        let mut missed = self.missed.clone();
        if let Some(step) = self.script.steps.get(self.next_step) {
            let number = self.next_step + 1;
            let why = match &step.after {
                Some(wanted) if self.step_at_ms.is_none() => format!("`{wanted}` never came"),
                _ => "all was over before".to_owned(),
            };
            missed.push(format!("step {number} did not happen: {why}"));
        }
        missed
    }

    pub(super) fn line(&mut self, kind: &'static str, text: &str) {
        let at_ms = self.now_ms - START_MS;
        for part in text.lines() {
            self.lines.push(Line {
                at_ms,
                kind,
                text: part.to_owned(),
            });
        }
    }

    pub(super) fn plan(&mut self, in_ms: u64, input: Input) {
        self.plans += 1;
        let at = self.now_ms.saturating_add(in_ms);
        self.planned.insert((at, self.plans), input);
    }

    /// A call that talks does not fail any more.
    fn connected(&mut self, call: CallId) {
        let now_ms = self.now_ms;
        if let Some(leg) = self.legs.get_mut(&call) {
            leg.connected_at_ms.get_or_insert(now_ms);
        }
        let fails =
            |planned: &Input| matches!(planned, Input::CallFailed { call: c, .. } if *c == call);
        self.planned.retain(|_, planned| !fails(planned));
        self.far_connected(call);
    }

    fn deliver_planned(&mut self) {
        let Some((_, input)) = self.planned.pop_first() else {
            return;
        };
        match &input {
            Input::CallConnected { call, .. } => self.connected(*call),
            Input::ToneReceived { call, .. } => {
                if !self.legs.get(call).is_some_and(|leg| leg.wants_tones) {
                    return;
                }
            }
            Input::PlayerStarted { player, .. } => {
                if let Some(sound) = self.sounds.get_mut(player)
                    && !sound.paused
                {
                    sound.since_ms = Some(self.now_ms);
                    self.plan_end(*player);
                }
            }
            Input::PlayerFinished { player, .. } => {
                self.sounds.remove(player);
            }
            Input::CallFailed { call, .. } | Input::CallDisconnected { call, .. } => {
                let call = *call;
                self.legs.remove(&call);
                self.planned
                    .retain(|_, planned| call_of(planned) != Some(call));
                self.feed(input);
                self.stop_recordings_of(call);
                return;
            }
            Input::Socket { socket, event } => {
                if *event == SocketEvent::Opened {
                    let line = format!("socket={socket} open");
                    self.line("outside", &line);
                }
            }
            Input::CallAlerting { .. }
            | Input::CallRinging { .. }
            | Input::CallAudioStarted { .. }
            | Input::CallHeld { .. }
            | Input::CallInfo { .. }
            | Input::CallTransferRequested { .. }
            | Input::CallTransferred { .. }
            | Input::CallTakenOver { .. }
            | Input::CallReInvite { .. }
            | Input::CallReInviteAnswered { .. }
            | Input::CallFirstAudio { .. }
            | Input::CallRtp { .. }
            | Input::CallVoice { .. }
            | Input::CallBeep { .. }
            | Input::CallTone { .. }
            | Input::CallStatistics { .. }
            | Input::ConferenceStarted { .. }
            | Input::ConferenceStopped { .. }
            | Input::ConferenceFailed { .. }
            | Input::RecorderStarted { .. }
            | Input::RecorderStopped { .. }
            | Input::RecorderFailed { .. }
            | Input::StorageAnswer { .. }
            | Input::Asr { .. }
            | Input::HttpResponse { .. }
            | Input::AccessRequest { .. }
            | Input::SocketArrived { .. }
            | Input::MailAnswer { .. }
            | Input::AmdResult { .. }
            | Input::Terminate { .. }
            | Input::Tick => {}
        }
        self.feed(input);
    }

    pub(super) fn feed(&mut self, input: Input) {
        let effects = self.session.handle(self.now_ms, input);
        self.settle(effects);
    }

    fn look_for_step(&mut self) {
        let Some(step) = self.script.steps.get(self.next_step) else {
            return;
        };
        if self.step_at_ms.is_some() {
            return;
        }
        let ready = match &step.after {
            None => true,
            Some(wanted) => {
                let mut ready = false;
                while let Some(line) = self.lines.get(self.seen) {
                    self.seen += 1;
                    if format!("{} {}", line.kind, line.text).contains(wanted) {
                        ready = true;
                        break;
                    }
                }
                ready
            }
        };
        if ready {
            self.step_at_ms = Some(self.now_ms.saturating_add(step.wait_ms));
        }
    }

    fn take_step(&mut self) {
        self.step_at_ms = None;
        let Some(step) = self.script.steps.get(self.next_step) else {
            return;
        };
        self.next_step += 1;
        for action in step.actions() {
            self.act(step, action);
        }
    }

    fn act(&mut self, step: &Step, action: Action) {
        let action = match action {
            Action::Post(content, path) => return self.post(path, content),
            Action::Command(content) => return self.command(content),
            Action::Tells(input) => return self.plan(0, *input),
            other => other,
        };
        if self.act_on_socket(&action) {
            return;
        }
        let who = step.who.as_deref();
        let found = self.legs.iter().find(|(_, leg)| match who {
            Some(number) => !leg.incoming && leg.number == number,
            None => leg.incoming,
        });
        let Some(call) = found.map(|(call, _)| *call) else {
            let who = who.unwrap_or("the caller");
            let missed = format!("step {}: {who} is not in a call", self.next_step);
            self.line("error", &missed);
            self.missed.push(missed);
            return;
        };
        match action {
            Action::Digits(digits) => {
                self.line("outside", &format!("digits {digits} call={call}"));
                for (at, tone) in (0..).zip(digits.chars()) {
                    self.plan(
                        DIGIT_MS * at,
                        Input::ToneReceived {
                            call,
                            tone,
                            how: ToneKind::TelephoneEvent,
                        },
                    );
                }
            }
            Action::HangUp => {
                self.line("outside", &format!("hang up call={call}"));
                let over = self.over(call, 487);
                self.feed(over);
                self.stop_recordings_of(call);
            }
            Action::Hold(held) => self.feed(Input::CallHeld { call, held }),
            Action::Message(body) => self.feed(Input::CallInfo {
                call,
                mime_type: "text/plain".to_owned(),
                body,
                headers: Vec::new(),
            }),
            Action::Says(text) => self.speak(call, &text, step.confidence.unwrap_or(100)),
            Action::Post(..)
            | Action::Command(_)
            | Action::Tells(_)
            | Action::SocketArrives(_)
            | Action::SocketSends(_)
            | Action::SocketSays(_)
            | Action::SocketCloses(_) => {}
        }
    }

    fn settle(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            if let Some((kind, text)) = log_line(&effect) {
                let text = text.to_owned();
                self.line(kind, &text);
            } else if self.script.orders {
                self.line("order", &order_line(&effect));
            }
            self.carry_out(effect);
        }
    }

    #[allow(clippy::too_many_lines, reason = "one arm for each effect")]
    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Answer { call, .. } => self.connect(call, NETWORK_MS),
            Effect::Reject { call, .. } | Effect::Hangup { call, .. } => {
                if self.legs.contains_key(&call) {
                    let over = self.over(call, 487);
                    self.plan(NETWORK_MS, over);
                }
            }
            Effect::Dial {
                call,
                target,
                timeout_ms,
                ..
            } => self.dial(call, target, timeout_ms),
            Effect::HandleTones { call, enabled, .. } => {
                if let Some(leg) = self.legs.get_mut(&call) {
                    leg.wants_tones = enabled;
                }
            }
            Effect::CreatePlayer {
                player,
                source,
                looped,
                paused,
            } => {
                self.load(player, source, looped, paused);
            }
            effect @ (Effect::SendMedia { .. }
            | Effect::StopMedia { .. }
            | Effect::StopAsr { .. }) => {
                self.recognition(&effect);
                self.carry_out_far(effect);
            }
            Effect::PausePlayer { player } => self.pause(player),
            Effect::ResumePlayer { player } => self.resume(player),
            Effect::StopPlayer { player } => {
                self.sounds.remove(&player);
                self.forget_player(player);
            }
            Effect::HttpRequest { request, spec } => {
                self.note_access_url(&spec);
                let (after_ms, response) = self.reply(&spec);
                self.plan(after_ms, Input::HttpResponse { request, response });
            }
            Effect::Storage { request, operation } => self.answer_storage(request, operation),
            Effect::AccessResponse { status, body, .. } => {
                self.line("outside", &format!("answer {status} {body}"));
            }
            Effect::Ended { why } => self.ended = Some(why),
            Effect::CreateConference { .. }
            | Effect::DestroyConference { .. }
            | Effect::CreateRecorder { .. }
            | Effect::StopRecorder { .. } => self.carry_out_unit(effect),
            far @ (Effect::Socket { .. }
            | Effect::RefuseSocket { .. }
            | Effect::SendMail { .. }
            | Effect::StartAmd { .. }
            | Effect::StopAmd { .. }
            | Effect::DetectBeep { .. }
            | Effect::StopBeep { .. }
            | Effect::DetectTone { .. }) => self.carry_out_far(far),
            Effect::MuteRecorder { .. }
            | Effect::ListenToVoice { .. }
            | Effect::MonitorMedia { .. }
            | Effect::Ring { .. }
            | Effect::EarlyMedia { .. }
            | Effect::SendDigits { .. }
            | Effect::SendInfo { .. }
            | Effect::CreateAsr { .. }
            | Effect::HandleBlindTransfer { .. }
            | Effect::NotifyTransfer { .. }
            | Effect::HandleReInvites { .. }
            | Effect::AcceptReInvite { .. }
            | Effect::RejectReInvite { .. }
            | Effect::TaskReport { .. }
            | Effect::CustomData { .. }
            | Effect::Log { .. } => {}
            // The far ends of a rehearsal do what they are asked for.
            Effect::Transfer { call, .. } => self.plan(
                NETWORK_MS,
                Input::CallTransferred {
                    call,
                    code: 200,
                    reason: "OK".to_owned(),
                    headers: Vec::new(),
                },
            ),
            Effect::ReInvite {
                call,
                mime_type,
                body,
                ..
            } => self.plan(
                NETWORK_MS,
                Input::CallReInviteAnswered {
                    call,
                    code: 200,
                    reason: "OK".to_owned(),
                    mime_type,
                    body,
                    headers: Vec::new(),
                },
            ),
        }
    }

    /// Conferences and recorders.
    fn carry_out_unit(&mut self, effect: Effect) {
        match effect {
            Effect::CreateConference { conference, .. } => {
                self.plan(NETWORK_MS, Input::ConferenceStarted { conference });
            }
            Effect::DestroyConference { conference } => {
                self.plan(NETWORK_MS, Input::ConferenceStopped { conference });
            }
            Effect::CreateRecorder { recorder, spec } => {
                self.recordings.begin(self.now_ms, recorder, spec.call);
                let url = recording_url(recorder);
                self.plan(NETWORK_MS, Input::RecorderStarted { recorder, url });
            }
            Effect::StopRecorder { recorder } => self.stop_recording(recorder),
            _ => {}
        }
    }

    /// A call is answered; its audio is there a moment earlier, as on the cloud.
    fn connect(&mut self, call: CallId, in_ms: u64) {
        let headers = Vec::new();
        self.plan(in_ms, Input::CallFirstAudio { call, hd: false });
        self.plan(in_ms, Input::CallConnected { call, headers });
    }

    fn dial(&mut self, call: CallId, target: DialTarget, timeout_ms: u64) {
        let number = match target {
            DialTarget::User { user } => user,
            DialTarget::Sip { uri, .. } => uri,
            DialTarget::Pstn { number } => number,
            DialTarget::Conference { conference } => conference,
        };
        let leg = Leg {
            number: number.clone(),
            incoming: false,
            connected_at_ms: None,
            wants_tones: false,
        };
        self.legs.insert(call, leg);
        let fits = |phone: &Phone| phone.number == number;
        let at = used(&self.script.phones, &mut self.phone_uses, fits, |phone| {
            phone.times
        });
        let Some(phone) = at.and_then(|at| self.script.phones.get(at)) else {
            self.plan(NETWORK_MS, failed(call, 404, "Not Found"));
            return;
        };
        self.far.rings(call, phone);
        if let Some(code) = phone.fails {
            let after_ms = phone.fails_after_ms.unwrap_or(NETWORK_MS);
            self.plan(after_ms, failed(call, code, "said no"));
            return;
        }
        let headers = Vec::new();
        self.plan(NETWORK_MS, Input::CallRinging { call, headers });
        match phone.answers_after_ms.filter(|ms| *ms < timeout_ms) {
            Some(after_ms) => self.connect(call, after_ms),
            None => self.plan(timeout_ms, failed(call, 408, "Request Timeout")),
        }
    }

    /// The last word about a call; whatever was planned for it is off.
    fn over(&mut self, call: CallId, code: u16) -> Input {
        self.planned.retain(|_, input| call_of(input) != Some(call));
        let leg = self.legs.remove(&call);
        let connected_at_ms = leg.as_ref().and_then(|leg| leg.connected_at_ms);
        if connected_at_ms.is_none() && leg.is_some_and(|leg| !leg.incoming) {
            return failed(call, code, "Request Terminated");
        }
        Input::CallDisconnected {
            call,
            duration_ms: self.now_ms - connected_at_ms.unwrap_or(self.now_ms),
            internal_code: 16,
            reason: String::new(),
            headers: Vec::new(),
        }
    }

    /// Who listens to whom.
    fn recognition(&mut self, effect: &Effect) {
        match effect {
            Effect::SendMedia { from, to } => self.hear(*from, *to),
            Effect::StopMedia { from, to } => {
                self.listeners.remove(&(*from, *to));
            }
            Effect::StopAsr { asr } => {
                self.listeners.retain(|(_, to)| *to != Unit::Asr(*asr));
                self.planned
                    .retain(|_, input| !matches!(input, Input::Asr { asr: a, .. } if a == asr));
            }
            _ => {}
        }
    }

    /// Only recognisers matter here: who hears whom else is not told to a script.
    fn hear(&mut self, from: Unit, to: Unit) {
        let Unit::Asr(asr) = to else { return };
        self.listeners.retain(|(_, sink)| *sink != to);
        self.listeners.insert((from, to));
        let event = AsrEvent::Started;
        self.plan(NETWORK_MS, Input::Asr { asr, event });
    }

    /// Somebody speaks: whoever listens to that call hears it.
    fn speak(&mut self, call: CallId, text: &str, confidence: u8) {
        self.line("outside", &format!("says {text} call={call}"));
        let listeners: Vec<Unit> = self
            .listeners
            .iter()
            .filter(|(from, _)| *from == Unit::Call(call))
            .map(|(_, to)| *to)
            .collect();
        for to in listeners {
            let Unit::Asr(asr) = to else { continue };
            let text = text.to_owned();
            let said_ms = WORDS_MS;
            for (at, event) in [
                (0, AsrEvent::CaptureStarted),
                (said_ms, AsrEvent::SpeechCaptured),
                (said_ms, AsrEvent::Result { text, confidence }),
            ] {
                self.plan(at + NETWORK_MS, Input::Asr { asr, event });
            }
        }
    }

    fn load(&mut self, player: PlayerId, source: PlayerSource, looped: bool, paused: bool) {
        let url = match source {
            PlayerSource::Url { url } => url,
            PlayerSource::Request { spec } => spec.url,
            PlayerSource::Speech { text, .. } => text,
            PlayerSource::ToneScript { script } => script,
        };
        let fits = |audio: &&Audio| url.starts_with(&audio.url);
        let audio = self.script.audio.iter().find(fits);
        if let Some(error) = audio.and_then(|audio| audio.error.clone()) {
            let error = Some(error);
            self.plan(NETWORK_MS, Input::PlayerFinished { player, error });
            return;
        }
        let duration_ms = audio.and_then(|audio| audio.length_ms).unwrap_or(AUDIO_MS);
        let sound = Sound {
            length_ms: duration_ms,
            played_ms: 0,
            since_ms: None,
            looped,
            paused,
        };
        self.sounds.insert(player, sound);
        self.plan(
            NETWORK_MS,
            Input::PlayerStarted {
                player,
                duration_ms,
            },
        );
    }

    fn pause(&mut self, player: PlayerId) {
        let now_ms = self.now_ms;
        if let Some(sound) = self.sounds.get_mut(&player) {
            sound.paused = true;
            if let Some(since_ms) = sound.since_ms.take() {
                sound.played_ms += now_ms - since_ms;
            }
        }
        let ends = |input: &Input| matches!(input, Input::PlayerFinished { player: p, .. } if *p == player);
        self.planned.retain(|_, input| !ends(input));
    }

    fn resume(&mut self, player: PlayerId) {
        let now_ms = self.now_ms;
        let loading = self
            .planned
            .values()
            .any(|input| matches!(input, Input::PlayerStarted { player: p, .. } if *p == player));
        let Some(sound) = self.sounds.get_mut(&player) else {
            return;
        };
        let goes_on = sound.paused && !loading;
        sound.paused = false;
        if goes_on {
            sound.since_ms = Some(now_ms);
            self.plan_end(player);
        }
    }

    fn plan_end(&mut self, player: PlayerId) {
        let Some(sound) = self.sounds.get(&player).filter(|sound| !sound.looped) else {
            return;
        };
        let left_ms = sound.length_ms.saturating_sub(sound.played_ms);
        let error = None;
        self.plan(left_ms, Input::PlayerFinished { player, error });
    }

    /// The file is whole a moment later.
    fn stop_recording(&mut self, recorder: UnitId) {
        let Some(since_ms) = self.recordings.end(recorder) else {
            return;
        };
        let stopped = Input::RecorderStopped {
            recorder,
            url: recording_url(recorder),
            duration_ms: self.now_ms - since_ms,
            sha256: "0".repeat(64),
        };
        self.plan(NETWORK_MS, stopped);
    }

    fn stop_recordings_of(&mut self, call: CallId) {
        for recorder in self.recordings.of(call) {
            self.stop_recording(recorder);
        }
    }

    fn forget_player(&mut self, player: PlayerId) {
        self.planned.retain(|_, input| {
            !matches!(input, Input::PlayerStarted { player: p, .. } | Input::PlayerFinished { player: p, .. } if *p == player)
        });
    }
}

/// The first entry that fits and is not used up; counts the use.
pub(super) fn used<T>(
    entries: &[T],
    uses: &mut [u32],
    fits: impl Fn(&T) -> bool,
    times: impl Fn(&T) -> Option<u32>,
) -> Option<usize> {
    let usable = |(at, (entry, used)): (usize, (&T, &mut u32))| {
        (fits(entry) && times(entry).is_none_or(|times| *used < times)).then(|| {
            *used += 1;
            at
        })
    };
    entries.iter().zip(uses).enumerate().find_map(usable)
}

fn failed(call: CallId, code: u16, reason: &str) -> Input {
    Input::CallFailed {
        call,
        code,
        reason: reason.to_owned(),
        headers: Vec::new(),
    }
}
