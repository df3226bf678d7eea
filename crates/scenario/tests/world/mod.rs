//! A world around one session in virtual time: phones that answer or do not, a
//! backend that is up or down, players that play. Everything the session asks
//! for is done as an engine would, with small fixed delays.
#![allow(missing_docs, dead_code, unreachable_pub, clippy::unwrap_used)]

use scenario::host::{
    CallId, DialTarget, Effect, EndReason, HttpResponse, HttpSpec, Input, LogKind, PlayerId,
    PlayerSource, Started, Unit,
};
use scenario::{FIRST_CALL, Limits, Program, Session, SessionSpec, Source};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub(crate) const START_MS: u64 = 1_800_000_000_000;
pub(crate) const BACKEND: &str = "http://backend.example:8080";
const NETWORK_MS: u64 = 20;
const ANNOUNCEMENT_MS: u64 = 3_000;

/// How a called phone behaves.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Phone {
    Answers { after_ms: u64 },
    Rings,
    Fails { code: u16 },
}

/// What an ill backend does with every request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nobody listens.
    Down,
    /// Answers 500 with a page for people.
    Error500,
    /// Takes the request and never answers.
    Hangs,
    /// Answers 200 with something else than JSON.
    Garbage,
}

/// The backend as the session sees it.
#[derive(Default)]
pub(crate) struct Backend {
    /// Nothing is recorded while it is ill, and no sounds come from it.
    pub(crate) fault: Option<Fault>,
    /// While down every request fails with -4 and nothing is recorded.
    pub(crate) down: bool,
    /// Status for `POST /calls`; 0 is 202.
    pub(crate) refuse_calls: i32,
    /// Status for events: each one is used once, then 200 again.
    pub(crate) event_codes: Vec<i32>,
    pub(crate) call_id: String,
    pub(crate) calls: Vec<Value>,
    /// Accepted events.
    pub(crate) events: Vec<Value>,
    /// Every attempt, also refused ones.
    pub(crate) event_attempts: Vec<u64>,
}

pub(crate) struct World {
    pub(crate) session: Session,
    pub(crate) now_ms: u64,
    pub(crate) backend: Backend,
    pub(crate) phones: BTreeMap<String, Phone>,
    pub(crate) effects: Vec<Effect>,
    pub(crate) answers: BTreeMap<u64, (u16, Value)>,
    pub(crate) ended: Option<EndReason>,
    pub(crate) heard_by: BTreeMap<CallId, Unit>,
    /// Texts cannot be spoken.
    pub(crate) voiceless: bool,
    /// Files that the backend has not: those whose address has this in it.
    pub(crate) missing: Option<&'static str>,
    /// Created to be resumed later, and not yet.
    held: BTreeSet<PlayerId>,
    pub(crate) playing: BTreeMap<PlayerId, String>,
    connected: BTreeSet<CallId>,
    incoming: BTreeSet<CallId>,
    next_token: u64,
    planned: Vec<(u64, u64, Input)>,
    plans: u64,
}

pub(crate) fn repository_file(path: &str) -> String {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../");
    std::fs::read_to_string(format!("{root}{path}")).unwrap()
}

pub(crate) fn spec(text: &str, secrets: &[(&str, &str)]) -> SessionSpec {
    let source = Source {
        name: "scenario.js".to_owned(),
        text: text.to_owned(),
    };
    SessionSpec {
        program: Program::compile(vec![source]).unwrap(),
        limits: Limits::default(),
        started: Started {
            session_id: 77,
            access_url: "http://engine.example:8090/request/0123456789abcdef".to_owned(),
            access_secure_url: "https://engine.example:8090/request/0123456789abcdef".to_owned(),
            rule_name: "support".to_owned(),
            ..Started::default()
        },
        secrets: Arc::new(
            secrets
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect(),
        ),
    }
}

pub(crate) fn alerting() -> Input {
    Input::CallAlerting {
        call: FIRST_CALL,
        callerid: "79161234567".to_owned(),
        destination: "100".to_owned(),
        display_name: "Caller".to_owned(),
        from_uri: "sip:79161234567@phones.example".to_owned(),
        to_uri: "sip:100@engine.example".to_owned(),
        headers: vec![("X-Campaign".to_owned(), "spring".to_owned())],
    }
}

impl World {
    /// An incoming call meets `text`; the world then waits for [`World::run_ms`].
    pub(crate) fn start(
        text: &str,
        secrets: &[(&str, &str)],
        prepare: impl FnOnce(&mut Self),
    ) -> Self {
        let incoming = BTreeSet::from([FIRST_CALL]);
        Self::open(spec(text, secrets), Some(alerting()), incoming, prepare)
    }

    /// A session that nobody calls, started with `custom_data`.
    pub(crate) fn start_without_a_call(
        text: &str,
        secrets: &[(&str, &str)],
        custom_data: &Value,
        prepare: impl FnOnce(&mut Self),
    ) -> Self {
        let mut spec = spec(text, secrets);
        spec.started.custom_data = custom_data.to_string();
        Self::open(spec, None, BTreeSet::new(), prepare)
    }

    fn open(
        spec: SessionSpec,
        arrival: Option<Input>,
        incoming: BTreeSet<CallId>,
        prepare: impl FnOnce(&mut Self),
    ) -> Self {
        let (session, effects) = Session::start(spec, START_MS, arrival);
        let mut world = Self {
            session,
            now_ms: START_MS,
            backend: Backend {
                call_id: "c1".to_owned(),
                ..Backend::default()
            },
            phones: BTreeMap::new(),
            effects: Vec::new(),
            answers: BTreeMap::new(),
            ended: None,
            heard_by: BTreeMap::new(),
            voiceless: false,
            missing: None,
            held: BTreeSet::new(),
            playing: BTreeMap::new(),
            connected: BTreeSet::new(),
            incoming,
            next_token: 1,
            planned: Vec::new(),
            plans: 0,
        };
        prepare(&mut world);
        world.carry_out(effects);
        world
    }

    pub(crate) fn feed(&mut self, input: Input) {
        assert!(self.ended.is_none(), "input after the end: {input:?}");
        let effects = self.session.handle(self.now_ms, input);
        self.carry_out(effects);
    }

    /// Lets virtual time pass.
    pub(crate) fn run_ms(&mut self, ms: u64) {
        let until = self.now_ms + ms;
        while self.ended.is_none() {
            let planned = self
                .planned
                .iter()
                .map(|(at, order, _)| (*at, *order))
                .min();
            let deadline = self
                .session
                .next_deadline_ms()
                .map(|at| at.max(self.now_ms));
            let next_plan = planned.filter(|(at, _)| deadline.is_none_or(|d| *at <= d));
            match (next_plan, deadline) {
                (Some((at, order)), _) if at <= until => {
                    self.now_ms = at;
                    let index = self.planned.iter().position(|p| p.1 == order).unwrap();
                    let (_, _, input) = self.planned.remove(index);
                    self.note_input(&input);
                    self.feed(input);
                }
                (None, Some(at)) if at <= until => {
                    self.now_ms = at;
                    self.feed(Input::Tick);
                }
                _ => break,
            }
        }
        self.now_ms = until;
    }

    /// Sends a command to the access URL and returns its answer.
    pub(crate) fn command(&mut self, body: Value) -> Value {
        let (status, answer) = self.access(&body.to_string());
        assert_eq!(status, 200);
        answer
    }

    pub(crate) fn access(&mut self, content: &str) -> (u16, Value) {
        let token = self.next_token;
        self.next_token += 1;
        self.feed(Input::AccessRequest {
            token,
            method: "POST".to_owned(),
            path: String::new(),
            content: content.to_owned(),
            headers: Vec::new(),
        });
        self.answers.get(&token).cloned().unwrap()
    }

    pub(crate) fn hang_up_caller(&mut self) {
        self.end_call(FIRST_CALL, 0);
    }

    /// The far end of a call hangs up after `delay_ms`.
    pub(crate) fn end_call(&mut self, call: CallId, delay_ms: u64) {
        self.forget_call(call);
        let over = self.disconnected(call);
        self.plan(delay_ms, over);
        self.run_ms(delay_ms);
    }

    /// Types of the events that the backend accepted, in order.
    pub(crate) fn events(&self) -> Vec<String> {
        let text = |e: &Value| e["type"].as_str().unwrap().to_owned();
        self.backend.events.iter().map(text).collect()
    }

    pub(crate) fn event(&self, kind: &str) -> &Value {
        let found = self.backend.events.iter().find(|e| e["type"] == kind);
        found.unwrap_or_else(|| panic!("no {kind} in {:?}", self.events()))
    }

    /// Lines that the scenario wrote or that tell of an error.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.log_of(|kind| kind != LogKind::Event)
    }

    pub(crate) fn log_of(&self, wanted: impl Fn(LogKind) -> bool) -> Vec<String> {
        let text = |e: &Effect| match e {
            Effect::Log { kind, text } if wanted(*kind) => Some(text.clone()),
            _ => None,
        };
        self.effects.iter().filter_map(text).collect()
    }

    /// What a call hears: a URL, a tone script, `call 2`, or nothing.
    pub(crate) fn hears(&self, call: CallId) -> String {
        match self.heard_by.get(&call) {
            None => "nothing".to_owned(),
            Some(Unit::Call(id)) => format!("call {id}"),
            Some(Unit::Player(id)) => match self.playing.get(id) {
                Some(source) => source.clone(),
                None => "nothing".to_owned(),
            },
            Some(other) => other.to_string(),
        }
    }

    fn plan(&mut self, delay_ms: u64, input: Input) {
        self.plans += 1;
        self.planned
            .push((self.now_ms + delay_ms, self.plans, input));
    }

    fn note_input(&mut self, input: &Input) {
        match input {
            Input::CallConnected { call, .. } => {
                self.connected.insert(*call);
            }
            Input::PlayerFinished { player, .. } => {
                self.playing.remove(player);
            }
            _ => {}
        }
    }

    fn carry_out(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            assert!(self.ended.is_none(), "effect after the end: {effect:?}");
            self.effects.push(effect.clone());
            match effect {
                Effect::Answer { call, .. } => self.plan(NETWORK_MS, connected(call)),
                Effect::Hangup { call, .. } | Effect::Reject { call, .. } => {
                    self.forget_call(call);
                    let over = self.disconnected(call);
                    self.plan(NETWORK_MS, over);
                }
                Effect::Dial { call, target, .. } => self.ring(call, &target),
                Effect::SendMedia {
                    from,
                    to: Unit::Call(call),
                } => {
                    self.heard_by.insert(call, from);
                }
                Effect::CreatePlayer {
                    player,
                    source,
                    looped,
                    paused,
                    ..
                } => {
                    if self.load(player, source) && paused {
                        self.held.insert(player);
                    } else if self.playing.contains_key(&player) {
                        self.play(player, looped);
                    }
                }
                Effect::ResumePlayer { player } if self.held.remove(&player) => {
                    self.play(player, false);
                }
                Effect::StopPlayer { player } => {
                    self.playing.remove(&player);
                    self.planned.retain(|(_, _, input)| {
                        !matches!(input, Input::PlayerStarted { player: p, .. } | Input::PlayerFinished { player: p, .. } if *p == player)
                    });
                }
                Effect::HttpRequest { request, spec } => {
                    let hangs = self.backend.fault == Some(Fault::Hangs);
                    let after_ms = if hangs { spec.timeout_ms } else { NETWORK_MS };
                    let response = self.backend.respond(&spec);
                    self.plan(after_ms, Input::HttpResponse { request, response });
                }
                Effect::AccessResponse {
                    token,
                    status,
                    body,
                    ..
                } => {
                    let value = serde_json::from_str(&body).unwrap_or(Value::String(body));
                    self.answers.insert(token, (status, value));
                }
                Effect::Ended { why } => self.ended = Some(why),
                _ => {}
            }
        }
    }

    fn ring(&mut self, call: CallId, target: &DialTarget) {
        let name = match target {
            DialTarget::User { user } => user,
            DialTarget::Sip { uri, .. } => uri,
            DialTarget::Pstn { number } => number,
            DialTarget::Conference { conference } => conference,
        };
        let ringing = Input::CallRinging {
            call,
            headers: Vec::new(),
        };
        match self.phones.get(name).copied().unwrap_or(Phone::Rings) {
            Phone::Rings => self.plan(NETWORK_MS, ringing),
            Phone::Answers { after_ms } => {
                self.plan(NETWORK_MS, ringing);
                self.plan(after_ms, connected(call));
            }
            Phone::Fails { code } => self.plan(NETWORK_MS, failed(call, code)),
        }
    }

    /// Whether there is such a sound; otherwise the player ends with an error.
    fn load(&mut self, player: PlayerId, source: PlayerSource) -> bool {
        let serves = !self.backend.down && self.backend.fault.is_none();
        let (name, available) = match source {
            PlayerSource::Url { url } => {
                let there = self.missing.is_none_or(|missing| !url.contains(missing));
                (url, serves && there)
            }
            PlayerSource::ToneScript { script } => (script, true),
            PlayerSource::Speech { text, .. } => (text, !self.voiceless),
            PlayerSource::Request { spec } => (spec.url, serves),
        };
        if available {
            self.playing.insert(player, name);
        } else {
            let error = Some("not found".to_owned());
            self.plan(NETWORK_MS, Input::PlayerFinished { player, error });
        }
        available
    }

    fn play(&mut self, player: PlayerId, looped: bool) {
        let duration_ms = ANNOUNCEMENT_MS;
        self.plan(
            NETWORK_MS,
            Input::PlayerStarted {
                player,
                duration_ms,
            },
        );
        if !looped {
            let error = None;
            self.plan(duration_ms, Input::PlayerFinished { player, error });
        }
    }

    /// A phone that is gone says nothing more.
    fn forget_call(&mut self, call: CallId) {
        self.planned.retain(|(_, _, input)| {
            !matches!(input,
                Input::CallRinging { call: c, .. } | Input::CallConnected { call: c, .. }
                | Input::CallFailed { call: c, .. } | Input::CallDisconnected { call: c, .. } if *c == call)
        });
    }

    fn disconnected(&mut self, call: CallId) -> Input {
        self.heard_by.remove(&call);
        if !self.connected.contains(&call) && !self.incoming.contains(&call) {
            return failed(call, 487);
        }
        Input::CallDisconnected {
            call,
            duration_ms: 1_000,
            internal_code: 16,
            reason: String::new(),
            headers: Vec::new(),
        }
    }
}

impl Backend {
    fn respond(&mut self, spec: &HttpSpec) -> HttpResponse {
        let answer = |code: i32, body: Value| HttpResponse {
            code,
            text: body.to_string(),
            ..HttpResponse::default()
        };
        if self.down {
            return answer(-4, Value::Null);
        }
        let page = |code: i32, text: &str| HttpResponse {
            code,
            text: text.to_owned(),
            ..HttpResponse::default()
        };
        match self.fault {
            None => {}
            Some(Fault::Down) => return answer(-4, Value::Null),
            Some(Fault::Error500) => return page(500, "<h1>Internal Server Error</h1>"),
            Some(Fault::Hangs) => return answer(-7, Value::Null),
            Some(Fault::Garbage) => return page(200, "<html>{]\u{0}\u{fffd}"),
        }
        let body: Value = serde_json::from_slice(&spec.body).unwrap_or_default();
        let path = spec.url.strip_prefix(BACKEND).unwrap_or(&spec.url);
        let events_path = format!("/api/v1/calls/{}/events", self.call_id);
        if path == "/api/v1/calls" {
            if self.refuse_calls != 0 {
                return answer(self.refuse_calls, json!({"error": "refused"}));
            }
            self.calls.push(body);
            return answer(
                202,
                json!({"call_id": self.call_id, "queue": "support", "position": 1}),
            );
        }
        assert_eq!(path, events_path, "unexpected request");
        self.event_attempts.push(body["seq"].as_u64().unwrap());
        if !self.event_codes.is_empty() {
            let code = self.event_codes.remove(0);
            if code != 200 {
                return answer(code, Value::Null);
            }
        }
        self.events.push(body);
        answer(200, json!({}))
    }
}

pub(crate) fn connected(call: CallId) -> Input {
    Input::CallConnected {
        call,
        headers: Vec::new(),
    }
}

pub(crate) fn failed(call: CallId, code: u16) -> Input {
    Input::CallFailed {
        call,
        code,
        reason: "said no".to_owned(),
        headers: Vec::new(),
    }
}
