//! What a session holds outside the JavaScript heap: limits, deadlines, its
//! life. Host functions change it while script code runs; the session drives
//! it between callbacks.

use crate::calls::Calls;
use crate::host::{
    AsrEvent, CallId, Effect, EndReason, HttpResponse, HttpSpec, Input, LogKind, MailSpec,
    PlayerId, PlayerSource, RequestId, Started, UnitId,
};
use crate::journal::{Mask, effect_line};
use crate::limits::{Limits, count};
use crate::program::Program;
use crate::requests::{Requests, Submitted};
use crate::sockets::Sockets;
use crate::timers::Timers;
use crate::units::{Admission, Units};
use crate::{FIRST_CALL, SessionSpec};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::Digest;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

/// Effects of one input: a loop around `sendDigits` must not fill the engine.
const EFFECTS_MAX: usize = 5_000;
/// Log text of one input, bytes, for the same reason.
const LOG_BYTES_MAX: usize = 2 << 20;
/// Operations of one session refused by a limit before it is ended: a scenario
/// that redials at once on "call limit reached" would otherwise spin for ever.
const REFUSALS_MAX: u32 = 1_000;
/// Inputs of one millisecond. A scenario that answers a failure with the same
/// wish again at once would otherwise keep its engine busy for ever.
const INPUTS_PER_MS_MAX: u32 = 2_000;
/// Reads of the clock that count for one millisecond: about what they take.
const CLOCK_READS_PER_MS: u64 = 1_000;
/// Secrets that say where the backend of the queues is; the engine fills them in.
const BACKEND_URL: &str = "CORDBOARD_BACKEND_URL";
const BACKEND_TOKEN: &str = "CORDBOARD_TOKEN";
/// One request to the backend of the queues, milliseconds.
const BACKEND_TIMEOUT_MS: u64 = 10_000;
/// The same to connect.
const BACKEND_CONNECT_MS: u64 = 3_000;

/// Where the session is in its life.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Life {
    /// Working.
    Running,
    /// `terminate()` was called or an input ended it; the callback still runs.
    Asked(EndReason),
    /// `Terminating` was delivered: requests under way are waited for.
    Closing {
        reason: EndReason,
        /// The one request that may still be sent.
        last_request_left: bool,
        /// Waiting ends here.
        until_ms: u64,
    },
    /// `Terminated` is being delivered: nothing but the log works.
    Closed,
    /// The last effect is out.
    Ended,
}

pub(crate) struct Core {
    pub(crate) now_ms: u64,
    pub(crate) limits: Limits,
    pub(crate) life: Life,
    pub(crate) started: Started,
    pub(crate) secrets: Arc<BTreeMap<String, String>>,
    pub(crate) program: Program,
    pub(crate) timers: Timers,
    pub(crate) requests: Requests<HttpSpec>,
    pub(crate) mails: Requests<MailSpec>,
    pub(crate) sockets: Sockets,
    pub(crate) calls: Calls,
    /// Since when there is no call.
    pub(crate) idle_since_ms: Option<u64>,
    /// Places in queues of the backend that the scenario holds.
    pub(crate) queued: usize,
    /// Requests of the access URL without an answer yet.
    pub(crate) open_access: BTreeSet<u64>,
    /// What the session tells itself after the running callback.
    pub(crate) later: VecDeque<Input>,
    /// A broken limit that ends the session after the running callback.
    pub(crate) broken: Option<String>,
    /// The files were evaluated.
    pub(crate) has_begun: bool,
    failure_is_logged: bool,
    players: BTreeSet<PlayerId>,
    pub(crate) units: Units,
    recognisers: BTreeSet<UnitId>,
    next_call: CallId,
    first_call_dealt: bool,
    next_player: PlayerId,
    next_unit: UnitId,
    uniques: u64,
    refusals: u32,
    clock_reads: u64,
    inputs_now: u32,
    effects: Vec<Effect>,
    log_bytes: usize,
    mask: Mask,
}

impl Core {
    pub(crate) fn new(spec: &SessionSpec, now_ms: u64) -> Self {
        Self {
            now_ms,
            limits: spec.limits.clone(),
            life: Life::Running,
            started: spec.started.clone(),
            secrets: Arc::clone(&spec.secrets),
            program: spec.program.clone(),
            timers: Timers::default(),
            requests: Requests::new(spec.limits.http_running, spec.limits.http_total),
            mails: Requests::new(spec.limits.mails_running, spec.limits.mails_total),
            sockets: Sockets::default(),
            calls: Calls::default(),
            idle_since_ms: Some(now_ms),
            queued: 0,
            open_access: BTreeSet::new(),
            later: VecDeque::new(),
            broken: None,
            has_begun: false,
            failure_is_logged: false,
            players: BTreeSet::new(),
            units: Units::default(),
            recognisers: BTreeSet::new(),
            next_call: FIRST_CALL + 1,
            first_call_dealt: false,
            next_player: 1,
            next_unit: 1,
            uniques: 0,
            refusals: 0,
            clock_reads: 0,
            inputs_now: 0,
            effects: Vec::new(),
            log_bytes: 0,
            mask: Mask::new(&spec.started, &spec.secrets),
        }
    }

    /// Takes the time of an input and counts the inputs of one millisecond.
    pub(crate) fn set_now(&mut self, now_ms: u64) {
        if self.now_ms != now_ms {
            self.now_ms = now_ms;
            self.inputs_now = 0;
        }
        self.inputs_now += 1;
        if self.inputs_now > INPUTS_PER_MS_MAX {
            self.broken = Some(format!("more than {INPUTS_PER_MS_MAX} events at once"));
        }
    }

    /// What the last input caused, in order.
    pub(crate) fn take_effects(&mut self) -> Vec<Effect> {
        self.log_bytes = 0;
        self.clock_reads = 0;
        std::mem::take(&mut self.effects)
    }

    /// An operation of the API, from the prelude.
    pub(crate) fn operation(&mut self, effect: Effect) {
        let is_running = matches!(self.life, Life::Running | Life::Asked(_));
        // What is only written down may still come from the handler of Terminating.
        let is_kept = matches!(
            effect,
            Effect::TaskReport { .. } | Effect::CustomData { .. }
        ) && matches!(self.life, Life::Closing { .. });
        if !is_running && !is_kept {
            self.event("operation ignored: the session is ending");
            return;
        }
        let admitted = match &effect {
            Effect::Dial { call, .. } => self.may_dial(*call),
            Effect::CreatePlayer { player, source, .. } => self.admit_player(*player, source),
            Effect::CreateAsr { asr, .. } => self.admit_recogniser(*asr),
            Effect::Socket { socket, order } => self.may_order(*socket, order),
            Effect::StopAsr { asr } => self.recognisers.remove(asr),
            // A refused player was never created.
            Effect::StopPlayer { player } => self.players.remove(player),
            Effect::CreateConference { .. }
            | Effect::CreateRecorder { .. }
            | Effect::DestroyConference { .. }
            | Effect::StopRecorder { .. }
            | Effect::MuteRecorder { .. } => match self.units.admit(&effect, &self.limits) {
                Admission::Done => true,
                Admission::Ignored => false,
                Admission::Refused(answer) => return self.refuse(*answer),
            },
            Effect::Answer { call, .. } => {
                self.calls.answered(*call);
                true
            }
            Effect::Ring { .. }
            | Effect::EarlyMedia { .. }
            | Effect::Reject { .. }
            | Effect::Hangup { .. }
            | Effect::SendDigits { .. }
            | Effect::SendInfo { .. }
            | Effect::HandleBlindTransfer { .. }
            | Effect::NotifyTransfer { .. }
            | Effect::Transfer { .. }
            | Effect::HandleReInvites { .. }
            | Effect::AcceptReInvite { .. }
            | Effect::RejectReInvite { .. }
            | Effect::ReInvite { .. }
            | Effect::HandleTones { .. }
            | Effect::SendMedia { .. }
            | Effect::StopMedia { .. }
            | Effect::PausePlayer { .. }
            | Effect::ResumePlayer { .. }
            | Effect::StartAmd { .. }
            | Effect::StopAmd { .. }
            | Effect::ListenToVoice { .. }
            | Effect::DetectBeep { .. }
            | Effect::StopBeep { .. }
            | Effect::DetectTone { .. }
            | Effect::MonitorMedia { .. }
            | Effect::Storage { .. }
            | Effect::CustomData { .. }
            | Effect::TaskReport { .. } => true,
            // Not operations of the prelude: a scenario that bends the JSON
            // functions must not reach them.
            Effect::HttpRequest { .. }
            | Effect::SendMail { .. }
            | Effect::RefuseSocket { .. }
            | Effect::AccessResponse { .. }
            | Effect::Log { .. }
            | Effect::Ended { .. } => {
                self.broken = Some("operation that the API does not have".to_owned());
                false
            }
        };
        if admitted {
            self.push(effect);
        }
    }

    /// Counts an outgoing call, or tells the scenario that there are too many.
    fn may_dial(&mut self, call: CallId) -> bool {
        if self.calls.dial(call, &self.limits) {
            self.idle_since_ms = None;
            return true;
        }
        self.refuse(Input::CallFailed {
            call,
            code: 403,
            reason: "Call limit reached".to_owned(),
            headers: Vec::new(),
        });
        false
    }

    /// Whether there is room for a player; if not, it ends with an error.
    fn admit_player(&mut self, player: PlayerId, source: &PlayerSource) -> bool {
        let speech_chars = self.limits.speech_chars;
        let error = match source {
            _ if self.players.len() >= count(self.limits.players) => {
                "Player limit reached".to_owned()
            }
            PlayerSource::Speech { text, .. } if text.chars().count() > count(speech_chars) => {
                format!("a spoken text has at most {speech_chars} characters")
            }
            _ => {
                self.players.insert(player);
                return true;
            }
        };
        let error = Some(error);
        self.refuse(Input::PlayerFinished { player, error });
        false
    }

    /// Whether there is room for a recogniser; if not, it says so.
    fn admit_recogniser(&mut self, asr: UnitId) -> bool {
        if self.recognisers.len() < count(self.limits.recognisers) {
            self.recognisers.insert(asr);
            return true;
        }
        let error = "Recogniser limit reached".to_owned();
        let event = AsrEvent::Failed { error };
        self.refuse(Input::Asr { asr, event });
        false
    }

    /// Adds an effect with its log line.
    pub(crate) fn push(&mut self, effect: Effect) {
        if let Some(line) = effect_line(&effect) {
            self.event(&line);
        }
        if self.effects.len() >= EFFECTS_MAX {
            self.broken = Some(format!("more than {EFFECTS_MAX} operations in one event"));
            return;
        }
        self.effects.push(effect);
    }

    pub(crate) fn log(&mut self, kind: LogKind, mut text: String) {
        let chars = count(self.limits.log_chars);
        // Never more characters than bytes: most lines are not counted at all.
        if text.len() > chars
            && let Some((end, _)) = text.char_indices().nth(chars)
        {
            text.truncate(end);
        }
        let text = self.mask.apply(text);
        self.log_bytes = self.log_bytes.saturating_add(text.len());
        if self.effects.len() >= EFFECTS_MAX || self.log_bytes > LOG_BYTES_MAX {
            self.broken = Some("too much log in one event".to_owned());
            return;
        }
        self.effects.push(Effect::Log { kind, text });
    }

    pub(crate) fn event(&mut self, line: &str) {
        self.log(LogKind::Event, line.to_owned());
    }

    /// The last effects of a session, past every limit.
    pub(crate) fn end(&mut self, reason: EndReason) {
        let status = match &reason {
            EndReason::Failed { .. } => 500,
            EndReason::Terminated | EndReason::Idle | EndReason::Stopped { .. } => 404,
        };
        for token in std::mem::take(&mut self.open_access) {
            self.effects.push(access_response(token, status));
        }
        let reason = match reason {
            EndReason::Failed { error } => {
                self.log_failure(&error);
                EndReason::Failed {
                    error: self.mask.apply(error),
                }
            }
            other => other,
        };
        self.effects.push(Effect::Ended { why: reason });
        self.life = Life::Ended;
    }

    /// The error that ends the session, once and past every limit.
    pub(crate) fn log_failure(&mut self, error: &str) {
        if self.failure_is_logged {
            return;
        }
        self.failure_is_logged = true;
        let text = self.mask.apply(error.to_owned());
        let kind = LogKind::Error;
        self.effects.push(Effect::Log { kind, text });
    }

    /// Hangs up every call and stops every player, as `terminate()` does.
    pub(crate) fn release_everything(&mut self) {
        self.timers.clear();
        self.requests.drop_waiting();
        self.mails.drop_waiting();
        self.close_sockets();
        self.later.clear();
        for player in std::mem::take(&mut self.players) {
            self.push(Effect::StopPlayer { player });
        }
        for effect in self.units.release() {
            self.push(effect);
        }
        for asr in std::mem::take(&mut self.recognisers) {
            self.push(Effect::StopAsr { asr });
        }
        for call in self.calls.take_all() {
            self.push(Effect::Hangup {
                call,
                headers: Vec::new(),
            });
        }
    }

    pub(crate) fn http(&mut self, spec: HttpSpec, raw: bool) -> RequestId {
        let id = self.requests.next_id(raw);
        if let Some(code) = wrong_request(&spec) {
            self.refuse(response(id, code, "not a valid request"));
            return id;
        }
        let submitted = match &mut self.life {
            Life::Running | Life::Asked(_) => self.requests.submit(id, spec),
            Life::Closing {
                last_request_left, ..
            } if *last_request_left => {
                *last_request_left = false;
                self.requests.start(id, spec)
            }
            // Dropped without a callback, as on the cloud.
            Life::Closing { .. } | Life::Closed | Life::Ended => Submitted::Queued,
        };
        match submitted {
            Submitted::Start(spec) => self.push(Effect::HttpRequest { request: id, spec }),
            Submitted::Queued => {}
            Submitted::Refused => self.refuse(response(id, 0, "too many requests")),
        }
        id
    }

    /// Where the backend of the queues is; empty when there is none.
    pub(crate) fn backend_url(&self) -> String {
        let url = self.secrets.get(BACKEND_URL).map(String::as_str);
        url.unwrap_or_default().trim_end_matches('/').to_owned()
    }

    /// A POST to the backend of the queues, of the API itself; 0 when it cannot be sent.
    pub(crate) fn backend(&mut self, path: &str, body: String) -> RequestId {
        let base = self.backend_url();
        if base.is_empty() || matches!(self.life, Life::Closed | Life::Ended) {
            return 0;
        }
        let Some(request) = self.requests.start_own() else {
            return 0;
        };
        let token = self.secrets.get(BACKEND_TOKEN).cloned().unwrap_or_default();
        let header = |name: &str, value: String| (name.to_owned(), value);
        let spec = HttpSpec {
            method: "POST".to_owned(),
            url: format!("{base}{path}"),
            headers: vec![
                header("Content-Type", "application/json".to_owned()),
                header("Authorization", format!("Bearer {token}")),
            ],
            body: body.into_bytes(),
            timeout_ms: BACKEND_TIMEOUT_MS,
            connect_timeout_ms: BACKEND_CONNECT_MS,
        };
        self.push(Effect::HttpRequest { request, spec });
        request
    }

    /// How long the session may be without calls, milliseconds.
    pub(crate) fn idle_limit_ms(&self) -> u64 {
        if self.queued > 0 {
            self.limits.idle_queued_s * 1_000
        } else {
            self.limits.idle_s * 1_000
        }
    }

    /// Starts the requests for which there is room now.
    pub(crate) fn start_waiting_requests(&mut self) {
        while let Some((request, spec)) = self.requests.take_startable() {
            self.push(Effect::HttpRequest { request, spec });
        }
    }

    pub(crate) fn answer_access(&mut self, token: u64, status: u16, kind: String, body: String) {
        if self.open_access.remove(&token) {
            self.push(Effect::AccessResponse {
                token,
                status,
                content_type: kind,
                body,
            });
        }
    }

    pub(crate) fn start_timer(&mut self, delay_ms: u64, repeats: bool) -> u32 {
        match self.life {
            Life::Running | Life::Asked(_) => self.timers.start(self.now_ms, delay_ms, repeats),
            Life::Closing { .. } | Life::Closed | Life::Ended => 0,
        }
    }

    pub(crate) fn ask_to_end(&mut self, reason: EndReason) {
        if self.life == Life::Running {
            self.event("terminate");
            self.life = Life::Asked(reason);
        }
    }

    /// `Date.now()`: the time of the input. It creeps on while it is read, so
    /// that a scenario that waits for the clock in a loop sees it move.
    pub(crate) fn read_clock_ms(&mut self) -> u64 {
        self.clock_reads += 1;
        self.now_ms
            .saturating_add(self.clock_reads / CLOCK_READS_PER_MS)
    }

    pub(crate) fn asr_failed(&mut self, asr: UnitId) {
        self.recognisers.remove(&asr);
    }

    pub(crate) fn player_finished(&mut self, player: PlayerId) {
        self.players.remove(&player);
    }

    pub(crate) fn call_ended(&mut self, call: CallId) {
        self.calls.ended(call);
        if self.calls.is_empty() && self.idle_since_ms.is_none() {
            self.idle_since_ms = Some(self.now_ms);
        }
    }

    pub(crate) fn next_call(&mut self) -> CallId {
        let id = self.next_call;
        self.next_call = self.next_call.wrapping_add(1);
        id
    }

    /// The id for an incoming call; the first one is always [`FIRST_CALL`].
    pub(crate) fn next_incoming_call(&mut self) -> CallId {
        if self.first_call_dealt {
            return self.next_call();
        }
        self.first_call_dealt = true;
        FIRST_CALL
    }

    pub(crate) fn note_incoming(&mut self, call: CallId) {
        self.first_call_dealt = true;
        self.next_call = self.next_call.max(call.wrapping_add(1));
        self.idle_since_ms = None;
        let within_ms = self.limits.incoming_unanswered_s * 1_000;
        let until_ms = self.now_ms.saturating_add(within_ms);
        self.calls.alerting(call, until_ms);
    }

    pub(crate) fn next_player(&mut self) -> PlayerId {
        let id = self.next_player;
        self.next_player = self.next_player.wrapping_add(1);
        id
    }

    /// The id of a new conference, recorder, WebSocket, recogniser or detector.
    pub(crate) fn next_unit(&mut self) -> UnitId {
        let id = self.next_unit;
        self.next_unit = self.next_unit.wrapping_add(1);
        id
    }

    /// 43 base64url characters that nobody outside can guess: the access URL in
    /// the digest is a secret of the session.
    pub(crate) fn unique(&mut self) -> String {
        self.uniques += 1;
        let digest = sha2::Sha256::new()
            .chain_update(self.started.access_secure_url.as_bytes())
            .chain_update(self.started.access_url.as_bytes())
            .chain_update(self.started.session_id.to_be_bytes())
            .chain_update(self.uniques.to_be_bytes())
            .finalize();
        URL_SAFE_NO_PAD.encode(digest)
    }

    pub(crate) fn refuse(&mut self, answer: Input) {
        self.refusals += 1;
        if self.refusals > REFUSALS_MAX {
            self.broken = Some(format!("more than {REFUSALS_MAX} refused operations"));
            return;
        }
        self.later.push_back(answer);
    }
}

/// An answer without a body, for a request that the scenario does not see.
pub(crate) fn access_response(token: u64, status: u16) -> Effect {
    Effect::AccessResponse {
        token,
        status,
        content_type: "text/plain; charset=utf-8".to_owned(),
        body: String::new(),
    }
}

fn response(request: RequestId, code: i32, error: &str) -> Input {
    Input::HttpResponse {
        request,
        response: HttpResponse {
            code,
            error: Some(error.to_owned()),
            ..HttpResponse::default()
        },
    }
}

/// The result code of a request that cannot be sent: -2 for its URL, -1 else.
fn wrong_request(spec: &HttpSpec) -> Option<i32> {
    let url = url::Url::parse(&spec.url).ok();
    if !url.is_some_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host()) {
        return Some(-2);
    }
    const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
    if !METHODS.contains(&spec.method.as_str()) {
        return Some(-1);
    }
    None
}
