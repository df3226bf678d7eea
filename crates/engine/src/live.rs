//! One live session: its scenario, its call control and its log, settled
//! together after everything that happens.

mod amd;
mod listening;
mod meeting;
mod remembering;
mod sockets;
mod starting;

use meeting::Meeting;
pub(crate) use starting::{Opened, Starting};

use crate::choice::Choice;
use crate::conferences::ConferenceKey;
use crate::control::{Arrival, Control, Told};
use crate::history::History;
use crate::program::ProgramError;
use crate::real::Real;
use crate::shared::{Owner, Shared};
use crate::socket::Held;
use crate::treatment::{Care, Order, Step, Treatment};
use crate::worker::{AccessReply, AccessRequest, Incoming, Mail, Origin};
use crossbeam_channel::Sender;
use media::MediaEvent;
use scenario::host::{CallId, Effect, EndReason, Headers, Input, LogKind, PlayerId, Started};
use scenario::{FIRST_CALL, Session, SessionSpec};
use sip::{SipEvent, Source};
use std::collections::{HashMap, VecDeque};
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use voice::Tune;

/// `accountId`: an installation is one account.
const ACCOUNT: u64 = 1;
/// SIP status for a number that no rule matches.
const NOT_FOUND: u16 = 404;
/// SIP status for a caller when the engine stops.
const STOPPING: u16 = 503;
/// SDP that no codec of ours fits.
const NOT_ACCEPTABLE: u16 = 488;

/// Who decides what happens to the calls.
enum Mind {
    Script(Session),
    /// The scenario failed: its caller is cared for without one.
    Care(Care),
}

/// A session on its worker.
pub(crate) struct Live {
    mind: Mind,
    /// What the caller gets should the scenario fail.
    order: Order,
    control: Control,
    owner: Owner,
    shared: Arc<Shared>,
    mail: Sender<Mail>,
    replies: HashMap<u64, tokio::sync::oneshot::Sender<AccessReply>>,
    next_token: u64,
    sockets: Held,
    log: String,
    /// The files it runs, for the log.
    scenario: String,
    /// Sessions that called each other in a row up to this one.
    hops: u8,
    /// Others may join it, for as long as it takes calls.
    meeting: Option<Meeting>,
    /// What the backend is told when it is over, if there is one.
    history: Option<History>,
    /// The attempt of a call list that it is, if it is one.
    attempted: Option<remembering::Attempted>,
    over: bool,
}

impl Live {
    /// Starts the session of an incoming call, or refuses the call.
    pub(crate) fn begin(
        now_ms: u64,
        incoming: Incoming,
        owner: Owner,
        shared: &Arc<Shared>,
        mail: &Sender<Mail>,
    ) -> Option<Self> {
        if let Err(error) = check_offer(&incoming.arrival) {
            tracing::info!(session = owner.session, %error, "call refused: no common codec");
            refuse(&incoming.arrival, NOT_ACCEPTABLE, shared);
            return None;
        }
        let Some(choice) = incoming.choice.clone() else {
            tracing::info!(destination = %incoming.destination, "call refused: no rule matches this number");
            refuse(&incoming.arrival, NOT_FOUND, shared);
            return None;
        };
        let order = order(choice.treatment.clone(), incoming.caller.clone(), shared);
        let spec = match spec(
            &choice,
            String::new(),
            incoming.conference.as_ref(),
            owner,
            shared,
        ) {
            Ok(spec) => Some(spec),
            Err(SpecError::Program(error)) => {
                tracing::error!(rule = %choice.name, %error, "the scenario cannot run");
                None
            }
            Err(error @ SpecError::Random(_)) => {
                tracing::error!(%error, "call refused");
                refuse(&incoming.arrival, STOPPING, shared);
                return None;
            }
        };
        let mut control = Control::new(owner.session, Arc::clone(&shared.config.codecs));
        let leg = incoming.arrival.leg;
        let (conference, hops) = (incoming.conference.clone(), incoming.hops);
        let opened = spec.as_ref().map(|spec| Opened::of(owner.session, spec));
        control.alert(FIRST_CALL, incoming.arrival.clone());
        let alerting = alerting(FIRST_CALL, incoming);
        let history = remembering::begin(now_ms, &choice, "", owner, shared);
        let history = history.map(|history| history.told(now_ms, &alerting));
        let (mind, effects, steps) = match spec {
            Some(spec) => {
                let (js, effects) = Session::start(spec, now_ms, Some(alerting));
                (Mind::Script(js), effects, Vec::new())
            }
            None => {
                let (care, steps) = Care::begin(now_ms, order.clone(), &control.standing());
                (Mind::Care(care), Vec::new(), steps)
            }
        };
        let counters = &shared.counters;
        counters.sessions_started.fetch_add(1, Ordering::Relaxed);
        counters.sessions_live.fetch_add(1, Ordering::Relaxed);
        let mut live = Self::of(mind, order, control, owner, shared, mail, &choice);
        live.hops = hops;
        live.history = history;
        live.meeting = conference.map(|key| Meeting { key, opened });
        // What came on this leg since the INVITE (a CANCEL) comes after the start.
        for event in shared.sip_board.register(leg, owner) {
            let _ = mail.send(Mail::Sip {
                session: owner.session,
                event,
            });
        }
        if let Mind::Care(_) = live.mind {
            live.failed(now_ms, "the scenario cannot run");
        }
        let mut effects: VecDeque<Effect> = effects.into();
        effects.extend(live.take_steps(steps));
        live.settle(now_ms, effects);
        Some(live)
    }

    fn of(
        mind: Mind,
        order: Order,
        control: Control,
        owner: Owner,
        shared: &Arc<Shared>,
        mail: &Sender<Mail>,
        choice: &Choice,
    ) -> Self {
        Self {
            mind,
            order,
            control,
            owner,
            shared: Arc::clone(shared),
            mail: mail.clone(),
            replies: HashMap::new(),
            next_token: 1,
            sockets: Held::default(),
            log: String::new(),
            scenario: choice.files(),
            hops: 0,
            meeting: None,
            history: None,
            attempted: None,
            over: false,
        }
    }

    pub(crate) fn is_over(&self) -> bool {
        self.over
    }

    pub(crate) fn next_deadline_ms(&self) -> Option<u64> {
        [
            self.mind.next_deadline_ms(),
            self.control.next_deadline_ms(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    pub(crate) fn sip(&mut self, now_ms: u64, event: SipEvent) {
        let Some(leg) = leg_of(&event) else { return };
        if matches!(event, SipEvent::Ended { .. } | SipEvent::Failed { .. }) {
            self.shared.sip_board.forget(leg);
        }
        let Some(call) = self.control.call_of(leg) else {
            return;
        };
        let told = self.outside(|control, out| control.sip(now_ms, call, event, out));
        self.tell(now_ms, told);
    }

    pub(crate) fn media(&mut self, now_ms: u64, event: &MediaEvent) {
        let told = self.outside(|control, out| control.media(event, out));
        self.tell(now_ms, told);
    }

    pub(crate) fn tune(&mut self, now_ms: u64, player: PlayerId, tune: Result<Arc<Tune>, String>) {
        let told = self.outside(|control, out| control.tune_ready(player, tune, out));
        self.tell(now_ms, told);
    }

    pub(crate) fn access(&mut self, now_ms: u64, request: AccessRequest) {
        let token = self.next_token;
        self.next_token += 1;
        self.replies.insert(token, request.reply);
        let AccessRequest {
            method,
            path,
            content,
            headers,
            ..
        } = request;
        self.input(
            now_ms,
            Input::AccessRequest {
                token,
                method,
                path,
                content,
                headers,
            },
        );
    }

    pub(crate) fn tick(&mut self, now_ms: u64) {
        if self
            .control
            .next_deadline_ms()
            .is_some_and(|at_ms| at_ms <= now_ms)
        {
            let told = self.outside(|control, out| control.tick(now_ms, out));
            self.tell(now_ms, told);
        }
        if self
            .mind
            .next_deadline_ms()
            .is_some_and(|at_ms| at_ms <= now_ms)
        {
            self.input(now_ms, Input::Tick);
        }
    }

    pub(crate) fn input(&mut self, now_ms: u64, input: Input) {
        self.tell(
            now_ms,
            Told {
                inputs: vec![input],
                log: Vec::new(),
            },
        );
    }

    /// Ends a session that did not end in time.
    pub(crate) fn abandon(&mut self, why: &str) {
        if !self.over {
            self.note(crate::worker::now_ms(), LogKind::Error, why);
            self.finish(STOPPING);
        }
    }

    fn outside<T>(&mut self, act: impl FnOnce(&mut Control, &mut Real<'_>) -> T) -> T {
        let mut out = Real {
            shared: &self.shared,
            owner: self.owner,
            mail: &self.mail,
            hops: self.hops,
        };
        act(&mut self.control, &mut out)
    }

    fn tell(&mut self, now_ms: u64, told: Told) {
        for line in told.log {
            self.note(now_ms, LogKind::Event, &line);
        }
        for input in told.inputs {
            if self.over {
                return;
            }
            let effects = self.think(now_ms, input);
            self.settle(now_ms, effects.into());
        }
        self.flush_log();
    }

    /// Carries out effects; what they cause at once is told to the scenario,
    /// whose further effects follow.
    fn settle(&mut self, now_ms: u64, mut effects: VecDeque<Effect>) {
        while let Some(effect) = effects.pop_front() {
            if let Some(history) = &mut self.history {
                history.effect(now_ms, &effect);
            }
            if let Some(own) = &mut self.attempted {
                own.contact.effect(now_ms, &effect);
            }
            let result = self.outside(|control, out| control.effect(now_ms, effect, out));
            let told = match result {
                Ok(told) => told,
                Err(other) => self.own_effect(now_ms, *other),
            };
            for line in told.log {
                self.note(now_ms, LogKind::Event, &line);
            }
            for input in told.inputs {
                if !self.over {
                    effects.extend(self.think(now_ms, input));
                }
            }
        }
        // Nothing is left to care for.
        if matches!(self.mind, Mind::Care(_)) && self.control.is_empty() {
            self.finish(STOPPING);
        }
        if !self.takes_calls() {
            self.leave_meeting();
        }
        self.flush_log();
    }

    /// Asks the scenario, or who took over from it, what to do.
    fn think(&mut self, now_ms: u64, input: Input) -> Vec<Effect> {
        if let Some(history) = &mut self.history {
            history.input(now_ms, &input);
        }
        if let Some(own) = &mut self.attempted {
            own.contact.input(now_ms, &input);
        }
        let steps = match &mut self.mind {
            Mind::Script(js) => return js.handle(now_ms, input),
            Mind::Care(care) => care.handle(now_ms, &input),
        };
        self.take_steps(steps)
    }

    /// Plays what the treatment wants to be played; the rest are effects.
    fn take_steps(&mut self, steps: Vec<Step>) -> Vec<Effect> {
        let mut effects = Vec::new();
        for step in steps {
            match step {
                Step::Do(effect) => effects.push(effect),
                Step::Announce(player) => {
                    let treatment = &self.shared.config.default_treatment;
                    let tune = Arc::clone(&treatment.announcement);
                    self.outside(|control, out| control.play_tune(player, tune, out));
                }
            }
        }
        effects
    }

    /// The scenario is no more: whoever is still in a call is cared for. The
    /// access URL goes at once, so that the backend does not count on it.
    fn failed(&mut self, now_ms: u64, why: &str) {
        self.shared
            .counters
            .sessions_failed
            .fetch_add(1, Ordering::Relaxed);
        self.shared
            .counters
            .default_treatments
            .fetch_add(1, Ordering::Relaxed);
        self.note(now_ms, LogKind::Error, &format!("session failed: {why}"));
        let treatment = format!("default treatment: {:?}", self.order.treatment);
        self.note(now_ms, LogKind::Event, &treatment);
        self.replies.clear();
        self.shared.access.remove(self.owner.session);
    }

    /// Effects that are neither calls nor audio.
    fn own_effect(&mut self, now_ms: u64, effect: Effect) -> Told {
        match effect {
            Effect::Storage { request, operation } => {
                let (items, error) = match self.shared.storage.apply(now_ms, operation) {
                    Ok(items) => (items, None),
                    Err(error) => (Vec::new(), Some(error.to_string())),
                };
                return Told::one(Input::StorageAnswer {
                    request,
                    items,
                    error,
                });
            }
            Effect::Socket { socket, order } => self.socket_order(socket, order),
            Effect::StartAmd { detector, spec } => self.start_amd(detector, spec),
            Effect::ListenToVoice { .. }
            | Effect::DetectBeep { .. }
            | Effect::StopBeep { .. }
            | Effect::DetectTone { .. }
            | Effect::MonitorMedia { .. } => self.listening_effect(effect),
            Effect::RefuseSocket { token, .. } => self.sockets.refuse(token),
            Effect::SendMail { request, spec } => self.send_mail(request, spec),
            Effect::TaskReport { kind, data } => self.tell_task(kind, data),
            // Its history has it.
            Effect::CustomData { .. } => {}
            Effect::HttpRequest { request, spec } => {
                self.shared
                    .counters
                    .http_requests
                    .fetch_add(1, Ordering::Relaxed);
                let http = self.shared.http.clone();
                let mail = self.mail.clone();
                let session = self.owner.session;
                self.shared.runtime.spawn(async move {
                    let response = http.request(spec).await;
                    let _ = mail.send(Mail::Http {
                        session,
                        request,
                        response,
                    });
                });
            }
            Effect::AccessResponse {
                token,
                status,
                content_type,
                body,
            } => {
                if let Some(reply) = self.replies.remove(&token) {
                    // Nobody waits any more when the client hung up: nothing to do.
                    let _ = reply.send(AccessReply {
                        status,
                        content_type,
                        body,
                    });
                }
            }
            Effect::Log { kind, text } => self.note(now_ms, kind, &text),
            Effect::Ended { why } => self.ended(now_ms, &why),
            other => tracing::error!(
                session = self.owner.session,
                ?other,
                "effect without a home"
            ),
        }
        Told::default()
    }

    fn ended(&mut self, now_ms: u64, why: &EndReason) {
        self.task_ends(why);
        let code = match why {
            EndReason::Terminated => {
                self.note(
                    now_ms,
                    LogKind::Event,
                    "session ended: VoxEngine.terminate()",
                );
                480
            }
            EndReason::Idle => {
                self.note(now_ms, LogKind::Event, "session ended: no calls");
                480
            }
            EndReason::Stopped { why } => {
                self.note(now_ms, LogKind::Event, &format!("session ended: {why}"));
                STOPPING
            }
            EndReason::Failed { error } => return self.care(now_ms, error),
        };
        self.finish(code);
    }

    /// Hands the calls of a scenario that failed to the default treatment.
    fn care(&mut self, now_ms: u64, error: &str) {
        let (session, scenario) = (self.owner.session, self.scenario.as_str());
        tracing::warn!(session, scenario, %error, "the scenario failed");
        self.failed(now_ms, error);
        self.outside(|control, out| control.silence(out));
        let calls = self.control.standing();
        let (care, steps) = Care::begin(now_ms, self.order.clone(), &calls);
        self.mind = Mind::Care(care);
        let effects = self.take_steps(steps);
        self.settle(now_ms, effects.into());
    }

    fn finish(&mut self, code: u16) {
        if self.over {
            return;
        }
        self.over = true;
        // Their last events need no session: the stack ends these legs by itself.
        let legs = self.outside(|control, out| control.end(code, out));
        for leg in legs {
            self.shared.sip_board.forget(leg);
        }
        self.replies.clear();
        // Their tasks say goodbye when nobody holds them any more.
        self.sockets = Held::default();
        self.shared.access.remove(self.owner.session);
        self.leave_meeting();
        self.tell_history();
        self.tell_attempt();
        self.flush_log();
        self.shared.logs.close(self.owner.session);
        self.shared
            .counters
            .sessions_live
            .fetch_sub(1, Ordering::Relaxed);
    }

    fn note(&mut self, now_ms: u64, kind: LogKind, text: &str) {
        let kind = match kind {
            LogKind::Script => "script",
            LogKind::Event => "event ",
            LogKind::Error => "error ",
        };
        let at = i64::try_from(now_ms)
            .ok()
            .and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok())
            .unwrap_or_default();
        for line in text.lines() {
            // Writing to a String cannot fail.
            let _ = writeln!(self.log, "{at:.3} {kind} {line}");
        }
    }

    fn flush_log(&mut self) {
        if !self.log.is_empty() {
            self.shared
                .logs
                .write(self.owner.session, std::mem::take(&mut self.log));
        }
    }
}

/// A session that is dropped while a bug unwinds still gives everything back.
impl Drop for Live {
    fn drop(&mut self) {
        self.finish(STOPPING);
    }
}

impl Mind {
    fn next_deadline_ms(&self) -> Option<u64> {
        match self {
            Self::Script(js) => js.next_deadline_ms(),
            Self::Care(care) => care.next_deadline_ms(),
        }
    }
}

fn refuse(arrival: &Arrival, code: u16, shared: &Shared) {
    shared
        .counters
        .calls_refused
        .fetch_add(1, Ordering::Relaxed);
    shared.reject(arrival.leg, code, Vec::new(), None);
}

/// Refuses an offer without a codec of ours before a session is spent on it.
fn check_offer(arrival: &Arrival) -> Result<(), voice::sdp::SdpError> {
    if arrival.sdp.is_empty() {
        return Ok(());
    }
    // Discard port: only the verdict matters here.
    voice::sdp::answer(&arrival.sdp, arrival.local_ip, 9, &arrival.codecs, 0, 0).map(drop)
}

/// Why a session is not started.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SpecError {
    /// The author of the scenario can fix it.
    #[error("the scenario cannot run: {0}")]
    Program(#[from] ProgramError),
    /// The system gives no random numbers.
    #[error("no random numbers for the access URL: {0}")]
    Random(#[from] getrandom::Error),
}

/// What the caller gets should the scenario fail.
fn order(treatment: Option<Treatment>, callerid: String, shared: &Shared) -> Order {
    let default = &shared.config.default_treatment;
    Order {
        treatment: treatment.unwrap_or_else(|| default.treatment.clone()),
        answers: default.answers,
        ring_timeout_ms: default.ring_timeout_ms,
        callerid,
    }
}

/// What the session is started with. Its access URL lives from here on.
fn spec(
    choice: &Choice,
    custom_data: String,
    conference: Option<&ConferenceKey>,
    owner: Owner,
    shared: &Arc<Shared>,
) -> Result<SessionSpec, SpecError> {
    let program = choice.program(shared)?;
    let base = shared
        .public_url
        .get()
        .map(String::as_str)
        .unwrap_or_default();
    let secret = shared.access.add(owner)?;
    let access_url = format!("{base}/request/{}/{secret}", owner.session);
    let started = Started {
        session_id: owner.session,
        access_secure_url: access_url.clone(),
        access_url,
        log_url: format!(
            "{base}/log/{}/{}",
            owner.session,
            shared.access.log_key(owner.session)
        ),
        account_id: ACCOUNT,
        application_id: choice.application_id,
        rule_name: choice.name.clone(),
        custom_data,
        conference_name: conference.map(|key| key.name.clone()),
    };
    Ok(SessionSpec {
        program,
        limits: shared.config.limits.clone(),
        started,
        secrets: shared.uploaded.secrets(),
    })
}

fn alerting(call: CallId, incoming: Incoming) -> Input {
    let mut headers: Headers = incoming.headers;
    let (client, callerid) = match incoming.source {
        Origin::Wire(Source::User(user)) => ("user", user),
        // Numbers come without "+" from the telephone network (voxengine.md §11, 9).
        Origin::Wire(Source::Trunk(_)) => {
            ("pstn", incoming.caller.trim_start_matches('+').to_owned())
        }
        Origin::Wire(Source::Open) | Origin::Session => ("sip", incoming.caller),
    };
    headers.push(("VI-Client-Type".into(), client.into()));
    headers.push(("VI-Sip-Call-Id".into(), incoming.sip_call_id));
    Input::CallAlerting {
        call,
        callerid,
        destination: incoming.destination,
        display_name: incoming.display_name,
        from_uri: incoming.from_uri,
        to_uri: incoming.to_uri,
        headers,
    }
}

/// The leg that an event is about.
pub(crate) fn leg_of(event: &SipEvent) -> Option<sip::LegId> {
    match event {
        SipEvent::Incoming { leg, .. }
        | SipEvent::Progress { leg, .. }
        | SipEvent::Answered { leg, .. }
        | SipEvent::Failed { leg, .. }
        | SipEvent::Ended { leg, .. }
        | SipEvent::Reoffer { leg, .. }
        | SipEvent::ReofferAnswered { leg, .. }
        | SipEvent::Refer { leg, .. }
        | SipEvent::Transferred { leg, .. }
        | SipEvent::Info { leg, .. } => Some(*leg),
        SipEvent::Registered { .. } => None,
    }
}
