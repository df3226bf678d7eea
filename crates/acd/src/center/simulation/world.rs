//! The world around a centre: callers, phones, people and a bad network.

mod callbacks;
mod phones;
mod restart;
mod samples;

pub(super) use callbacks::Errand;
pub(super) use samples::{failed, needs_of, some_ban, some_not_taken, some_skills};

use super::checker::Checker;
use super::dice::Dice;
use super::own::some_number;
use super::session::{Command, Happening, Phase, Session};
use crate::center::Center;
use crate::center::mutation::Mutation;
use crate::effect::{Effect, Fact};
use crate::id::{CallId, Millis, OfferId};
use crate::input::{Actor, EndedBy, Input, Intent, ManagerAnswer, OfferFailure, SessionEvent};
use crate::strategy::Strategy;
use samples::new_call;
use std::collections::{BTreeMap, HashMap};

pub(super) const QUEUES: [&str; 4] = ["support", "sales", "vip", "night"];
pub(super) const AGENTS: [&str; 7] = ["anna", "boris", "clara", "dan", "eve", "fedor", "gleb"];
/// The usual one most often.
pub(super) const STRATEGIES: [Strategy; 9] = [
    Strategy::LongestIdle,
    Strategy::LongestIdle,
    Strategy::LongestIdle,
    Strategy::RoundRobin,
    Strategy::FewestCalls,
    Strategy::LeastTalk,
    Strategy::FixedOrder,
    Strategy::MostSkilled,
    Strategy::Random,
];
pub(super) const RING_TIMEOUT_MS: Millis = 15_000;

/// How often things happened, to see that a day is not dull.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    calls: usize,
    talks: usize,
    offers: usize,
    restarts: usize,
    deaths: usize,
    lost_events: usize,
    /// Phones that rang beside another one for the same caller.
    at_once: usize,
    answers: usize,
    own: usize,
    /// Commands to hang up.
    let_go: usize,
    /// Offers to reserve numbers.
    reserves: usize,
    /// Wishes of agents about transfers.
    pub(super) transfers: usize,
    /// Colleagues who were rung.
    pub(super) consults: usize,
    /// Colleagues who were given the caller.
    pub(super) completed: usize,
    callback_starts: usize,
    called_back: usize,
}

impl Tally {
    pub(super) fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        self.talks += other.talks;
        self.offers += other.offers;
        self.restarts += other.restarts;
        self.deaths += other.deaths;
        self.lost_events += other.lost_events;
        self.at_once += other.at_once;
        self.answers += other.answers;
        self.own += other.own;
        self.let_go += other.let_go;
        self.reserves += other.reserves;
        self.transfers += other.transfers;
        self.consults += other.consults;
        self.completed += other.completed;
        self.callback_starts += other.callback_starts;
        self.called_back += other.called_back;
    }
}

/// See the module's text.
pub(super) struct World {
    pub(super) seed: u64,
    pub(super) dice: Dice,
    pub(super) center: Center,
    checker: Checker,
    journal: Vec<(Millis, Input)>,
    /// The state as kept some time ago, and how much of the journal it covers.
    snapshot: Option<(usize, String)>,
    pub(super) now: Millis,
    agenda: BTreeMap<(Millis, u64), Happening>,
    planned: u64,
    pub(super) sessions: Vec<Session>,
    calls: HashMap<CallId, usize>,
    /// Phones that ring beside an answered one until the centre cancels them.
    ringing_on: BTreeMap<(usize, OfferId), Millis>,
    pub(super) open: bool,
    /// Everything is printed, to follow one seed.
    traces: bool,
    pub(super) steps: usize,
    pub(super) tally: Tally,
}

impl World {
    pub(super) fn new(seed: u64, mutation: Option<Mutation>) -> Self {
        let mut center = Center::new();
        center.mutation = mutation;
        let mut world = Self {
            seed,
            dice: Dice::new(seed),
            center,
            checker: Checker::new(seed),
            journal: Vec::new(),
            snapshot: None,
            // An evening, so that days of some length see midnight.
            now: 20_000 * 86_400_000 + 82_000_000,
            agenda: BTreeMap::new(),
            planned: 0,
            sessions: Vec::new(),
            calls: HashMap::new(),
            ringing_on: BTreeMap::new(),
            open: true,
            traces: std::env::var_os("ACD_SIM_TRACE").is_some(),
            steps: 0,
            tally: Tally::default(),
        };
        let configuration = world.some_configuration();
        world.give(Input::Configure { configuration });
        for agent in AGENTS {
            world.give(Input::SetIntent {
                agent: agent.into(),
                intent: Intent::Ready,
                by: Actor::Agent,
                why: String::new(),
            });
        }
        world.plan(0, Happening::Arrival);
        world.plan(0, Happening::Person);
        world
    }

    /// Lives on for `steps` inputs of the centre.
    pub(super) fn run(&mut self, steps: usize) {
        while self.steps < steps {
            self.go_on();
        }
    }

    /// No new callers: everything must come to rest by itself.
    pub(super) fn close_down(&mut self) {
        self.open = false;
        let until = self.now + 3_600_000;
        while self.now < until && self.next_moment().is_some() {
            self.go_on();
        }
        let live = self.center.reconcile(self.now).len();
        assert_eq!(
            live,
            0,
            "seed {}: calls are left: {:?}",
            self.seed,
            self.center.calls()
        );
        for reserve in self.center.reserves() {
            assert_eq!(reserve.in_use, 0, "seed {}: {reserve:?}", self.seed);
        }
        let left = self.center.callbacks();
        assert!(left.is_empty(), "seed {}: {left:?} are left", self.seed);
        for agent in self.center.agents() {
            use crate::view::ActivityView::{Idle, Unreachable};
            assert!(
                matches!(agent.activity, Idle | Unreachable { .. }),
                "seed {}: {} is left at work",
                self.seed,
                agent.agent
            );
        }
    }

    fn next_moment(&self) -> Option<Millis> {
        let happening = self.agenda.keys().next().map(|(at, _)| *at);
        [happening, self.center.next_wake()]
            .into_iter()
            .flatten()
            .min()
    }

    fn go_on(&mut self) {
        let Some(moment) = self.next_moment() else {
            return;
        };
        self.now = self.now.max(moment);
        if self.dice.below(2_000) == 0 {
            // The machine stands still for a while.
            let stands_still_ms = self.dice.between(100, 40_000);
            self.sleep(stands_still_ms);
        }
        if self.dice.below(150) == 0 {
            self.keep_snapshot();
        }
        if self.dice.below(700) == 0 {
            self.restart();
        }
        let happening = self
            .agenda
            .first_entry()
            .filter(|first| first.key().0 <= self.now);
        match happening.map(|first| first.remove()) {
            Some(happening) => {
                if self.traces {
                    println!("{} -- {happening:?}", self.now);
                }
                self.happen(happening);
            }
            None => self.give(Input::Tick),
        }
        self.watch_phones();
        self.watch_transfers();
    }

    /// Time passes in which nothing is delivered.
    fn sleep(&mut self, ms: Millis) {
        self.now += ms;
        for session in &mut self.sessions {
            if let Some(since) = &mut session.talks_in_vain_since {
                *since += ms;
            }
            if let Some(since) = &mut session.waits_in_vain_since {
                *since += ms;
            }
            for since in session.stale_since.values_mut() {
                *since += ms;
            }
        }
        for since in self.ringing_on.values_mut() {
            *since += ms;
        }
    }

    pub(super) fn plan(&mut self, delay_ms: Millis, happening: Happening) {
        self.planned += 1;
        self.agenda
            .insert((self.now + delay_ms, self.planned), happening);
    }

    /// Gives the centre an input, checks, and lets the effects go out.
    pub(super) fn give(&mut self, input: Input) {
        self.steps += 1;
        self.journal.push((self.now, input.clone()));
        let effects = self.center.handle(self.now, input.clone());
        if self.traces {
            println!("{} {input:?}", self.now);
            for effect in &effects {
                println!("    {effect:?}");
            }
        }
        self.checker.check(&self.center, self.now, &input, &effects);
        for effect in effects {
            if let Effect::Record {
                fact: Fact::OwnManager {
                    wanted: Some(_), ..
                },
            } = &effect
            {
                self.tally.own += 1;
            }
            self.carry_out(effect);
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        let (call, command) = match effect {
            Effect::CallAccepted {
                session_id, call, ..
            } => {
                let session: usize = session_id.parse().unwrap();
                self.calls.insert(call, session);
                self.sessions[session].call = Some(call);
                return;
            }
            Effect::CallRefused { session_id, .. } => {
                let session: usize = session_id.parse().unwrap();
                self.sessions[session].phase = Phase::Over;
                return;
            }
            Effect::Connect {
                call, offer, party, ..
            } => {
                self.tally.offers += 1;
                self.tally.reserves += usize::from(party.reserve().is_some());
                (call, Command::Connect(offer))
            }
            Effect::CancelOffer { call, offer } => (call, Command::Cancel(offer)),
            Effect::Announce { call, .. } => (call, Command::Announce),
            Effect::Say { call, .. } => (call, Command::Say),
            Effect::AskManager { call, .. } => (call, Command::Ask),
            Effect::HangUp { call, .. } => {
                self.tally.let_go += 1;
                (call, Command::HangUp)
            }
            Effect::AskStatus { call } => (call, Command::Status),
            Effect::ReleaseAgent { call, offer } => (call, Command::Release(offer)),
            Effect::RefuseTransfer { call, .. } => (call, Command::RefuseTransfer),
            Effect::Consult { call, offer, .. } => (call, Command::Consult(offer)),
            Effect::CompleteTransfer { call, offer } => (call, Command::Complete(offer)),
            Effect::JoinConsult { call, offer, with } => (call, Command::Join(offer, with)),
            Effect::OfferCallback { call, .. } => (call, Command::OfferCallback),
            Effect::StartCallback(start) => {
                return self.start_session(Errand {
                    callback: start.callback,
                    start: start.start,
                    first: start.first,
                });
            }
            Effect::AgentChanged { .. }
            | Effect::TransferAnswered { .. }
            | Effect::QueueChanged { .. }
            | Effect::CallbackAccepted { .. }
            | Effect::CallbackRefused { .. }
            | Effect::CallClosed { .. }
            | Effect::Record { .. } => return,
        };
        self.send(call, command);
    }

    /// Sends a command: in order, at most some seconds late.
    fn send(&mut self, call: CallId, command: Command) {
        let session = self.calls[&call];
        let delay_ms = if self.dice.percent(5) {
            self.dice.between(500, 3_000)
        } else {
            self.dice.between(0, 80)
        };
        let at = self.sessions[session]
            .last_delivery
            .max(self.now + delay_ms);
        self.sessions[session].last_delivery = at;
        self.plan(at - self.now, Happening::Command { session, command });
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Arrival => self.arrival(),
            Happening::Ask { session } => self.ask(session),
            Happening::Input(input) => self.give(input),
            Happening::Command { session, command } => self.command(session, command),
            Happening::Phone {
                session,
                offer,
                what,
            } => self.phone(session, offer, what),
            Happening::Goodbye { session, offer } => {
                if matches!(self.sessions[session].phase, Phase::Talking { offer: o, .. } if o == offer)
                {
                    let ended_by = *self.dice.pick(&[EndedBy::Agent, EndedBy::Caller]);
                    self.hang_up_talk(session, ended_by);
                }
            }
            Happening::Transfer { session, offer } => self.wants_transfer(session, offer),
            Happening::Leaves { session, offer } => self.one_leaves(session, offer),
            Happening::HangUp { session } => self.hang_up(session),
            Happening::Key { session } => {
                if matches!(
                    self.sessions[session].phase,
                    Phase::Waiting | Phase::Ringing { .. }
                ) {
                    let digit = (*self.dice.pick(&["1", "2", "9"])).to_owned();
                    self.emit(session, SessionEvent::Digit { digit });
                }
            }
            Happening::Death { session } => {
                if self.sessions[session].lives() {
                    self.tally.deaths += 1;
                    self.sessions[session].phase = Phase::Dead;
                }
            }
            Happening::TakeCallback { session } => {
                if self.sessions[session].errand.is_none() {
                    let number = self
                        .dice
                        .percent(20)
                        .then(|| some_number(self.dice.below(40)));
                    self.emit(session, SessionEvent::CallbackTaken { number });
                }
            }
            Happening::Started { errand } => self.session_started(errand),
            Happening::CallerPhone { session } => self.caller_phone(session),
            Happening::Person => self.person(),
        }
    }

    fn arrival(&mut self) {
        if !self.open {
            return;
        }
        self.tally.calls += 1;
        self.sessions.push(Session::new());
        let session = self.sessions.len() - 1;
        let next_ms = if self.dice.percent(30) {
            0
        } else {
            self.dice.between(10, 9_000)
        };
        self.plan(next_ms, Happening::Arrival);
        let patience_ms = self.dice.between(1, 240_000);
        self.plan(patience_ms, Happening::HangUp { session });
        if self.dice.percent(10) {
            let wait_ms = self.dice.between(1, 90_000);
            self.plan(wait_ms, Happening::Key { session });
        }
        if self.dice.percent(15) {
            let wait_ms = self.dice.between(1, 60_000);
            self.plan(wait_ms, Happening::TakeCallback { session });
        }
        if self.dice.percent(3) {
            let life_ms = self.dice.between(1, 60_000);
            self.plan(life_ms, Happening::Death { session });
        }
        self.ask(session);
    }

    fn ask(&mut self, session: usize) {
        if self.sessions[session].phase != Phase::Waiting {
            return;
        }
        self.plan(15_000, Happening::Ask { session });
        if let Some(errand) = self.sessions[session].errand {
            self.give(Input::CallbackJoined {
                callback: errand.callback,
                start: errand.start,
                session_id: session.to_string(),
            });
            return;
        }
        let mut call = new_call(session);
        // The same for every time that the session asks.
        let kind = session as u64 * 7 % 10;
        call.queue = match kind {
            0..=4 => Some(QUEUES[kind as usize % 3].into()),
            5 => Some("nowhere".into()),
            _ => None,
        };
        call.priority = i32::from(kind == 3) - i32::from(kind == 8);
        self.give(Input::CallArrived { call });
    }

    pub(super) fn emit(&mut self, session: usize, event: SessionEvent) {
        let Some(call) = self.sessions[session].call else {
            return;
        };
        self.sessions[session].seq += 1;
        let seq = self.sessions[session].seq;
        // Its clock is not ours.
        let at = (self.now + session as u64 * 977 % 3_000).saturating_sub(1_500);
        let input = Input::CallEvent {
            call,
            seq,
            at,
            event,
        };
        if self.dice.percent(2) {
            self.tally.lost_events += 1;
            return;
        }
        if self.dice.percent(5) {
            let delay_ms = self.dice.between(0, 6_000);
            self.plan(delay_ms, Happening::Input(input.clone()));
        }
        let delay_ms = if self.dice.percent(10) {
            self.dice.between(0, 4_000)
        } else {
            self.dice.between(0, 60)
        };
        self.plan(delay_ms, Happening::Input(input));
    }

    fn tell_status(&mut self, session: usize, call: CallId) {
        let doing = self.sessions[session].doing();
        let delay_ms = self.dice.between(0, 100);
        let status = Input::SessionStatus { call, doing };
        self.plan(delay_ms, Happening::Input(status));
    }

    fn command(&mut self, session: usize, command: Command) {
        let Some(call) = self.sessions[session].call else {
            return;
        };
        if !self.sessions[session].lives() {
            let why = "404".to_owned();
            self.plan(5, Happening::Input(Input::SessionLost { call, why }));
            return;
        }
        match command {
            Command::Connect(offer) => {
                let is_reported_lost = self.dice.percent(3);
                if is_reported_lost {
                    let why = "timeout".to_owned();
                    self.plan(
                        500,
                        Happening::Input(Input::ConnectNotDelivered { offer, why }),
                    );
                    if self.dice.percent(50) {
                        return;
                    }
                }
                self.dial(session, offer);
            }
            Command::Cancel(offer) => self.cancel(session, offer),
            Command::Release(offer) => self.release(session, offer),
            Command::Consult(offer) => self.ask_colleague(session, offer),
            Command::Complete(offer) if self.has_colleague(session, offer) => {
                self.hand_to_colleague(session, offer);
            }
            Command::Join(offer, with) if self.has_colleague(session, offer) => {
                self.join_colleague(session, offer, with);
            }
            Command::Complete(_) | Command::Join(..) => self.tell_status(session, call),
            Command::OfferCallback => {
                if self.dice.percent(40) {
                    self.plan(3_000, Happening::TakeCallback { session });
                }
            }
            Command::Announce | Command::Say | Command::RefuseTransfer => {}
            Command::Ask => self.sessions[session].asks = true,
            Command::HangUp => self.let_go(session),
            Command::Status => self.tell_status(session, call),
        }
    }

    fn hang_up(&mut self, session: usize) {
        match &mut self.sessions[session].phase {
            Phase::Waiting => {
                self.emit(session, SessionEvent::CallerLeft { waited_ms: 1 });
                self.end_session(session);
            }
            Phase::Ringing { caller_left, .. } => {
                // It leaves the cancelling to the centre.
                *caller_left = true;
                self.emit(session, SessionEvent::CallerLeft { waited_ms: 1 });
                self.plan(RING_TIMEOUT_MS, Happening::Death { session });
            }
            Phase::Talking { .. } => self.hang_up_talk(session, EndedBy::Caller),
            Phase::CallingBack { .. } | Phase::Over | Phase::Dead => {}
        }
    }

    /// The session does what `hang_up` says.
    fn let_go(&mut self, session: usize) {
        match &self.sessions[session].phase {
            Phase::Waiting | Phase::CallingBack { .. } => self.end_session(session),
            Phase::Ringing { offers, .. } => {
                for offer in offers.clone() {
                    self.emit(session, failed(offer, OfferFailure::Cancelled));
                }
                self.end_session(session);
            }
            Phase::Talking { .. } => self.hang_up_talk(session, EndedBy::System),
            Phase::Over | Phase::Dead => {}
        }
    }

    pub(super) fn end_talk(&mut self, session: usize, ended_by: EndedBy) {
        let Phase::Talking { offer, since, .. } = self.sessions[session].phase else {
            return;
        };
        let talk_ms = self.now - since;
        self.emit(
            session,
            SessionEvent::TalkEnded {
                offer_id: offer,
                ended_by,
                talk_ms,
            },
        );
        if self.sessions[session].asks && ended_by == EndedBy::Agent && self.dice.percent(75) {
            self.tally.answers += 1;
            let answers = [
                ManagerAnswer::Yes,
                ManagerAnswer::No,
                ManagerAnswer::Unclear,
            ];
            let answer = *self.dice.pick(&answers);
            self.emit(session, SessionEvent::ManagerChoice { answer });
        }
        self.end_session(session);
    }

    fn end_session(&mut self, session: usize) {
        self.emit(session, SessionEvent::SessionEnded { why: "over".into() });
        self.sessions[session].phase = Phase::Over;
    }

    /// No phone may ring for long for an offer that the centre has given up.
    fn watch_phones(&mut self) {
        let (now, seed) = (self.now, self.seed);
        self.ringing_on.retain(|(session, offer), since| {
            let session = &self.sessions[*session];
            if self.center.offers.get(offer).is_some() {
                *since = now;
            }
            let late_ms = (now - *since).min(now.saturating_sub(session.last_delivery));
            assert!(
                !session.lives() || late_ms < 12_000,
                "seed {seed}: a phone rings on for {offer} beside a talk"
            );
            session.lives()
        });
        for session in &mut self.sessions {
            let is_over = session
                .call
                .and_then(|call| self.center.calls.get(&call))
                .is_some_and(|call| call.has_ended());
            if session.phase == Phase::Waiting && is_over {
                let since = *session.waits_in_vain_since.get_or_insert(self.now);
                let late_ms = self.now - since;
                assert!(
                    late_ms.min(self.now.saturating_sub(session.last_delivery)) < 12_000,
                    "seed {}: the caller of {:?} was let go and is not told",
                    self.seed,
                    session.call
                );
            } else {
                session.waits_in_vain_since = None;
            }
            let Phase::Ringing { offers, .. } = &session.phase else {
                session.stale_since.clear();
                continue;
            };
            for offer in offers {
                if self.center.offers.get(offer).is_some() {
                    session.stale_since.remove(offer);
                    continue;
                }
                let since = *session.stale_since.entry(*offer).or_insert(self.now);
                assert!(
                    self.now - since < 12_000
                        || self.now.saturating_sub(session.last_delivery) < 12_000,
                    "seed {}: a phone rings on for {offer} of {:?}",
                    self.seed,
                    session.call
                );
            }
        }
    }
}
