//! What must hold after every input, computed from scratch, apart from the
//! orders and counts that the centre keeps for speed.

macro_rules! must {
    ($self:expr, $holds:expr, $($text:tt)*) => {
        assert!($holds, "seed {}: {}", $self.seed, format_args!($($text)*))
    };
}

mod definitions;
mod orders;

use super::agent_checker::AgentChecker;
use super::callbacks::Callbacks;
use super::pages::PageWatch;
use super::reserves::ReserveChecker;
use crate::activity::Activity;
use crate::agent::{Agent, AgentIx};
use crate::calendar::Schedule;
use crate::call::{Call, Stage, Turn};
use crate::center::Center;
use crate::config::QueueConfig;
use crate::effect::{Effect, Fact};
use crate::id::{AgentId, CallId, Millis, QueueId};
use crate::input::{Input, Intent};
use crate::leave::{Leave, LeaveReason};
use crate::limits::RING_AT_ONCE_MAX;
use crate::queue::QueueIx;
use crate::reserve::ReserveIx;
use crate::strategy::Strategy;
use crate::target::{Party, Target};
use crate::timers::Owner;
use definitions::{held_by, lets_in, levels_of, place_of, retry_delay_ms, turn_of};
pub(super) use definitions::{is_offerable, serves};
use std::collections::{BTreeMap, HashMap, HashSet};

/// What the record has told so far.
pub(super) struct Checker {
    seed: u64,
    queued: u64,
    ended: HashSet<CallId>,
    answered: u64,
    /// In which queue each call is by the record.
    queue_of: HashMap<CallId, QueueId>,
    /// Segments of waiting and talking that began and did not end, by queue.
    segments: HashMap<QueueId, i64>,
    states: HashMap<AgentId, String>,
    idle_since: HashMap<AgentId, Millis>,
    retry_at: HashMap<AgentId, Millis>,
    told: HashMap<CallId, usize>,
    told_wait_ms: HashMap<CallId, Millis>,
    /// The last offer of each agent before the newest input.
    last_offers: HashMap<AgentId, u64>,
    agents: AgentChecker,
    pages: PageWatch,
    reserves: ReserveChecker,
    transfers: super::transfer_checker::TransferChecker,
    callbacks: Callbacks,
}

impl Checker {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            seed,
            queued: 0,
            ended: HashSet::new(),
            answered: 0,
            queue_of: HashMap::new(),
            segments: HashMap::new(),
            states: HashMap::new(),
            idle_since: HashMap::new(),
            retry_at: HashMap::new(),
            told: HashMap::new(),
            told_wait_ms: HashMap::new(),
            last_offers: HashMap::new(),
            agents: AgentChecker::default(),
            pages: PageWatch::default(),
            reserves: ReserveChecker::default(),
            transfers: Default::default(),
            callbacks: Callbacks::default(),
        }
    }

    pub(super) fn check(
        &mut self,
        center: &Center,
        now: Millis,
        input: &Input,
        effects: &[Effect],
    ) {
        must!(
            self,
            center.refused_transitions == 0,
            "a transition is not in the table, after {input:?}"
        );
        for effect in effects {
            self.read(center, now, effect);
            self.read_callbacks(center, now, effect);
        }
        self.callbacks.check(center, now, self.seed);
        self.agents_and_calls_hold_each_other(center);
        self.nobody_waits_for_a_free_agent(center, input);
        self.lines_are_what_they_say(center);
        self.pools_are_what_they_say(center);
        self.phones_at_once_are_bounded(center);
        self.nobody_waits_too_long(center);
        self.everything_held_has_a_deadline(center, now);
        self.numbers_add_up(center);
        self.choices_were_right(center, effects);
        self.remember_offers(effects);
        self.record_tells_the_state(center, input);
        self.reserves.check(center, now, self.seed, effects);
        self.transfers.check(self.seed, center, now, effects);
        super::own::check(center, now, self.seed, effects);
        self.pages.check(center, now, self.seed, input, effects);
        self.agents.check(center, now, self.seed, input, effects);
    }

    /// A placeholder is a call of its own: it comes, and ends once.
    fn read_callbacks(&mut self, center: &Center, now: Millis, effect: &Effect) {
        let (came, ended) = self.callbacks.read(center, now, self.seed, effect);
        if let Some((call, queue)) = ended {
            *self.segments.entry(queue).or_default() -= 1;
            must!(self, self.ended.insert(call), "{call} ended twice");
        }
        if let Some((call, before_ms)) = self.callbacks.inherited.take() {
            self.transfers.begins(call, now, before_ms);
        }
        if let Some((call, queue)) = came {
            if let Some(own) = center.calls.get(&call) {
                let (since, came) = (own.place.since, own.came);
                self.transfers.begins(call, since, since - came);
            }
            self.queued += 1;
            self.queue_of.insert(call, queue.clone());
            *self.segments.entry(queue).or_default() += 1;
        }
    }

    fn read(&mut self, center: &Center, now: Millis, effect: &Effect) {
        match effect {
            Effect::Record { fact } => self.read_fact(center, now, fact),
            Effect::Announce {
                call,
                position,
                estimated_wait_ms,
                longer,
            } => {
                let before = self.told.insert(*call, *position);
                must!(
                    self,
                    before.is_none_or(|before| *position <= before),
                    "{call} was told {before:?}, then {position}"
                );
                if let Some(wait_ms) = estimated_wait_ms {
                    let before = self.told_wait_ms.insert(*call, *wait_ms);
                    let is_longer = before.is_some_and(|before| *wait_ms > before);
                    must!(
                        self,
                        is_longer == longer.is_some(),
                        "{call} was told a wait of {before:?}, then {wait_ms}, for {longer:?}"
                    );
                }
            }
            Effect::CallAccepted { .. }
            | Effect::TransferAnswered { .. }
            | Effect::ReleaseAgent { .. }
            | Effect::RefuseTransfer { .. }
            | Effect::Consult { .. }
            | Effect::CompleteTransfer { .. }
            | Effect::JoinConsult { .. }
            | Effect::Say { .. }
            | Effect::AskManager { .. }
            | Effect::CallRefused { .. }
            | Effect::HangUp { .. }
            | Effect::Connect { .. }
            | Effect::CancelOffer { .. }
            | Effect::AskStatus { .. }
            | Effect::AgentChanged { .. }
            | Effect::QueueChanged { .. }
            | Effect::OfferCallback { .. }
            | Effect::CallbackAccepted { .. }
            | Effect::CallbackRefused { .. }
            | Effect::StartCallback(_)
            | Effect::CallClosed { .. } => {}
        }
    }

    #[allow(clippy::too_many_lines, reason = "a table of facts")]
    fn read_fact(&mut self, center: &Center, now: Millis, fact: &Fact) {
        match fact {
            Fact::CallQueued { call, queue, .. } => {
                self.queued += 1;
                self.queue_of.insert(*call, queue.clone());
                self.enters(center, now, queue);
                self.transfers.begins(*call, now, 0);
            }
            Fact::CallMoved {
                call,
                queue,
                to,
                wait_ms,
                reason,
                ..
            } => {
                self.transfers.waited(*call, now, *wait_ms);
                if *reason == LeaveReason::Key {
                    self.told.remove(call);
                    self.told_wait_ms.remove(call);
                }
                self.queue_of.insert(*call, to.clone());
                *self.segments.entry(queue.clone()).or_default() -= 1;
                self.enters(center, now, to);
            }
            Fact::CallTransferred { .. } => self.transferred(center, now, fact),
            Fact::TransferGivenUp { .. }
            | Fact::ConsultMade { .. }
            | Fact::ConsultBecameOffer { .. }
            | Fact::ConsultEnded { .. }
            // Read by `callbacks.rs`.
            | Fact::CallbackTaken { .. }
            | Fact::CallbackNotStarted { .. }
            | Fact::CallbackDialled { .. }
            | Fact::CallbackUnreached { .. }
            | Fact::CallbackEnded(_)
            | Fact::CallBlocked { .. }
            | Fact::OwnManager { .. }
            | Fact::BindingsChanged { .. }
            | Fact::ReserveState { .. } => {}
            Fact::NoReserve { why, .. } => must!(self, why.len() < 500, "why is long: {why}"),
            Fact::OfferMade { party, why, .. } => {
                must!(self, why.len() < 500, "why is long: {why}");
                let Some(agent) = party.agent() else {
                    return;
                };
                let retry_at = self.retry_at.get(agent).copied().unwrap_or(0);
                must!(
                    self,
                    retry_at <= now,
                    "{agent} is offered a call in the retry delay"
                );
            }
            Fact::OfferEnded {
                call,
                party: Party::Agent(agent),
                outcome,
                ..
            } => {
                if matches!(
                    outcome.as_ref(),
                    "no_answer" | "busy" | "rejected" | "unreachable" | "unregistered"
                ) {
                    self.idle_since.insert(agent.clone(), now);
                    let is_live = center.calls.get(call).is_some_and(|call| !call.has_ended());
                    // The call may have gone to another queue after that.
                    let queue = self.queue_of.get(call).filter(|_| is_live);
                    let delay_ms = queue
                        .and_then(|name| center.queue_names.get(name))
                        .map_or(0, |ix| {
                            retry_delay_ms(&center.queues[ix.at()].config, outcome)
                        });
                    self.retry_at.insert(agent.clone(), now + delay_ms);
                }
            }
            Fact::OfferEnded {
                party: Party::Reserve(_) | Party::Number(_),
                ..
            } => {}
            Fact::CallEnded {
                call,
                queue,
                outcome,
                ..
            } => {
                *self.segments.entry(queue.clone()).or_default() -= 1;
                must!(self, self.ended.insert(*call), "{call} ended twice");
                self.transfers.ended(self.seed, now, fact);
                self.answered += u64::from(outcome == "answered");
            }
            Fact::AgentState { agent, state, .. } => {
                let before = self
                    .states
                    .insert(agent.clone(), state.to_string())
                    .unwrap_or_default();
                must!(
                    self,
                    before != *state
                        || state.starts_with("not_ready")
                        || state.ends_with("/banned")
                        || state.ends_with("/wrap_up"),
                    "{agent} goes from {before} to {state}"
                );
                let became_ready = state.starts_with("ready/") && !before.starts_with("ready/");
                let ends =
                    |state: &str, words: &[&str]| words.iter().any(|word| state.ends_with(word));
                let left_work = ends(state, &["/idle", "/banned", "/unreachable"])
                    && (self.transfers.talked_with_caller(agent, &before)
                        || ends(&before, &["/wrap_up"]))
                    || ends(state, &["/idle"]) && ends(&before, &["/banned"])
                    || ends(state, &["/idle", "/banned"]) && ends(&before, &["/unreachable"]);
                if became_ready || left_work || before.is_empty() || before == "removed" {
                    self.idle_since.insert(agent.clone(), now);
                }
                if before == "removed" || state == "removed" {
                    self.retry_at.remove(agent);
                }
            }
        }
    }

    /// An agent's part in a call ends. Who was called back is from now on a
    /// caller like any other.
    fn transferred(&mut self, center: &Center, now: Millis, fact: &Fact) {
        let Fact::CallTransferred {
            call,
            queue,
            to_queue,
            ..
        } = fact
        else {
            return;
        };
        self.told.remove(call);
        self.told_wait_ms.remove(call);
        self.queue_of.insert(*call, to_queue.clone());
        if !self.ended.remove(call) {
            *self.segments.entry(queue.clone()).or_default() -= 1;
        }
        if queue == to_queue {
            *self.segments.entry(queue.clone()).or_default() += 1;
        } else {
            self.enters(center, now, to_queue);
        }
        self.transfers.handed_over(self.seed, center, now, fact);
    }

    /// A caller comes to a queue: it must be one that takes callers.
    fn enters(&mut self, center: &Center, now: Millis, name: &QueueId) {
        *self.segments.entry(name.clone()).or_default() += 1;
        let Some(queue) = center.queue_names.get(name) else {
            return;
        };
        let config = &center.queues[queue.at()].config;
        let rules = &config.leave;
        let is_open = rules
            .calendar
            .as_ref()
            .is_none_or(|calendar| Schedule::new(calendar).unwrap().at(now).is_open);
        must!(
            self,
            is_open || lets_in(&rules.closed),
            "{name} is closed and takes a caller"
        );
        // The first objection decides: who comes for the reserves, or to be asked whether to
        // be called back, needs no agent.
        let is_for_others = matches!(rules.closed, Leave::Reserves { .. } | Leave::Callback);
        let is_staffed = center.agents.iter().any(|agent| {
            let serves = config.agents.as_ref();
            serves.is_none_or(|names| names.contains(&agent.config.name))
                && !agent.removed
                && agent.intent != Intent::Offline
        });
        must!(
            self,
            is_staffed || lets_in(&rules.nobody) || (!is_open && is_for_others),
            "nobody is at {name} and it takes a caller"
        );
    }

    /// Whoever has waited too long is let go, or will be looked at again.
    fn nobody_waits_too_long(&self, center: &Center) {
        for call in center.calls.values().filter(|call| call.is_in_line()) {
            let id = call.id();
            must!(
                self,
                !call.overdue || call.stage != Stage::Waiting || call.ending_at.is_set(),
                "{id} is overdue and waits on"
            );
            must!(
                self,
                call.dismissed.is_none() || call.stage != Stage::Waiting || call.ending_at.is_set(),
                "{id} was to go with all others and waits"
            );
            must!(
                self,
                call.last_word.is_none() || call.overdue || call.leave_at.is_set(),
                "{id} was asked and is never let go"
            );
            let rules = &center.queues[call.queue_ix.at()].config.leave;
            let has_end = rules.wait_max_ms > 0 && !rules.too_long.keeps();
            must!(
                self,
                !has_end || call.overdue || call.leave_at.is_set() || call.stand_in.is_some(),
                "{id} waits without an end"
            );
        }
    }

    fn agents_and_calls_hold_each_other(&self, center: &Center) {
        let mut held = 0;
        for (at, agent) in center.agents.iter().enumerate() {
            let Some(id) = agent.activity.call() else {
                continue;
            };
            held += 1;
            let name = &agent.config.name;
            let Some(call) = center.calls.get(&id) else {
                panic!("seed {}: {name} holds {id}, which is not known", self.seed);
            };
            let ix = AgentIx(at as u32);
            let own = call
                .offers()
                .iter()
                .find(|offer| offer.target.agent() == Some(ix));
            let asked = call
                .consult()
                .filter(|consult| consult.colleague() == Target::Agent(ix));
            let own = own.or(asked
                .filter(|consult| consult.joined.is_none())
                .map(|consult| &consult.offer));
            let matches = match (&agent.activity, &call.stage) {
                (Activity::Reserved { .. }, _) => own.is_some_and(|offer| offer.rings.is_none()),
                (Activity::Ringing { .. }, _) => own.is_some_and(|offer| offer.rings.is_some()),
                (activity, Stage::Talking(talk)) => super::transfer_checker::at_call(talk, ix)
                    .is_some_and(|word| word == activity.shown(false, false).word()),
                (_, _) => false,
            };
            must!(
                self,
                matches,
                "{name} is {:?} but {id} is {:?}",
                agent.activity,
                call.stage
            );
        }
        let holding: usize = center.calls.values().map(|call| held_by(call)).sum();
        must!(
            self,
            held == holding,
            "{held} agents hold calls, {holding} calls hold agents"
        );
        let offering = center.calls.values().flat_map(|call| {
            let asked = call.consult().map(|consult| &consult.offer);
            let offers = call.offers().iter().chain(asked);
            offers.map(|offer| (offer.id, call.id()))
        });
        let offering: BTreeMap<_, _> = offering.collect();
        let known = center.offers.iter().map(|(offer, call)| (offer, *call));
        must!(
            self,
            offering == known.collect(),
            "the table of live offers is wrong"
        );
    }

    /// Promise P2, by the definition of offerable and not by any order kept.
    fn nobody_waits_for_a_free_agent(&self, center: &Center, input: &Input) {
        for call in center.calls.values() {
            if turn_of(call).is_none() {
                continue;
            }
            for agent in &center.agents {
                let is_wanted = serves(center, agent, call) && is_offerable(agent);
                must!(
                    self,
                    !is_wanted,
                    "{} waits and {} is free after {input:?}",
                    call.id(),
                    agent.config.name
                );
            }
        }
    }

    fn phones_at_once_are_bounded(&self, center: &Center) {
        for call in center.calls.values().filter(|call| call.is_in_line()) {
            let config = &center.queues[call.queue_ix.at()].config;
            let end = config.ring_at_once.clamp(1, RING_AT_ONCE_MAX);
            let rung = call.agents_rung();
            must!(self, rung <= RING_AT_ONCE_MAX, "{rung} phones ring");
            must!(
                self,
                (1..=end).contains(&call.width),
                "{} may have {} phones, {end} are the most",
                call.id(),
                call.width
            );
            let grows = rung > 0 && call.width < end;
            must!(
                self,
                !grows || call.widen_at.is_set(),
                "{} gets no further phone",
                call.id()
            );
        }
    }

    fn everything_held_has_a_deadline(&self, center: &Center, now: Millis) {
        let mut armed = 0;
        let mut check = |owner: Owner, wake: Option<Millis>, next: Option<Millis>| {
            armed += usize::from(wake.is_some());
            if let Some(next) = next {
                must!(
                    self,
                    next > now,
                    "{owner:?} was due at {next} and not looked at"
                );
                must!(
                    self,
                    wake.is_some_and(|at| at <= next),
                    "{owner:?} is due at {next}, looked at {wake:?}"
                );
            }
        };
        for (id, call) in center.calls.iter() {
            let next = call.next_deadline();
            must!(
                self,
                next.is_some() || call.has_ended(),
                "{id} has no deadline"
            );
            check(Owner::Call(id), call.wake, next);
        }
        for (at, queue) in center.queues.iter().enumerate() {
            check(
                Owner::Queue(QueueIx(at as u32)),
                queue.wake,
                queue.opening_until,
            );
        }
        for (at, reserve) in center.reserves.list.iter().enumerate() {
            let owner = Owner::Reserve(ReserveIx(at as u32));
            check(owner, reserve.wake, reserve.next_deadline());
        }
        for (at, agent) in center.agents.iter().enumerate() {
            check(
                Owner::Agent(AgentIx(at as u32)),
                agent.wake,
                agent.next_deadline(),
            );
        }
        must!(
            self,
            armed == center.timers.len(),
            "{armed} owners, {} timers",
            center.timers.len()
        );
    }

    /// Promise P14: every call is somewhere, once.
    fn numbers_add_up(&self, center: &Center) {
        let live = center.calls.values().filter(|call| !call.has_ended());
        let mut sessions = HashSet::new();
        let mut count = 0;
        for call in live {
            count += 1;
            let is_placeholder = call.details.session_id.is_empty();
            must!(
                self,
                is_placeholder || sessions.insert(&call.details.session_id),
                "a session is queued twice"
            );
        }
        let ended = self.ended.len() as u64;
        must!(
            self,
            self.queued == ended + count,
            "{} queued, {ended} ended, {count} live",
            self.queued
        );
        must!(self, self.answered <= ended, "more answered than ended");
        let mut live: HashMap<&QueueId, i64> = HashMap::new();
        for call in center.calls.values().filter(|call| !call.has_ended()) {
            *live.entry(&call.queue).or_default() += 1;
        }
        for (queue, count) in &self.segments {
            let live = live.get(queue).copied().unwrap_or(0);
            must!(
                self,
                live == *count,
                "the record says that {queue} has {count}, it has {live}"
            );
        }
    }

    /// Who was chosen had the better right than all who are left.
    fn choices_were_right(&self, center: &Center, effects: &[Effect]) {
        for effect in effects {
            let Effect::Record {
                fact:
                    Fact::OfferMade {
                        call,
                        party: Party::Agent(agent),
                        offer,
                        ..
                    },
            } = effect
            else {
                continue;
            };
            let (Some(call), Some(ix)) = (center.calls.get(call), center.agent_names.get(agent))
            else {
                continue;
            };
            let chosen = &center.agents[ix.at()];
            must!(
                self,
                serves(center, chosen, call),
                "{agent} does not serve {}",
                call.id()
            );
            let config = &center.queues[call.queue_ix.at()].config;
            let right = self.right_to_be_chosen(config, chosen, call);
            for other in center
                .agents
                .iter()
                .filter(|other| is_offerable(other) && serves(center, other, call))
            {
                let name = &other.config.name;
                must!(
                    self,
                    right < self.right_to_be_chosen(config, other, call)
                        || config.strategy == Strategy::Random,
                    "{agent} was chosen before {name} by {:?}",
                    config.strategy
                );
            }
            let mut rung = call.offers().iter().filter(|live| live.target.is_agent());
            let rung = rung.position(|live| live.id == *offer);
            let place = place_of(call);
            for other in center.calls.values() {
                // With the reserves until this very instant: a stated reason.
                let was_away = other.reserves_refused_at == Some(center.now);
                if let (Some(rung), Some(turn)) = (rung, turn_of(other))
                    && !was_away
                    && serves(center, chosen, other)
                {
                    must!(
                        self,
                        Turn { rung, place } < turn,
                        "{} was served before {}",
                        call.id(),
                        other.id()
                    );
                }
            }
        }
    }

    /// What the strategy of a queue says of an agent, by the record and the
    /// marks: who has the least is chosen.
    fn right_to_be_chosen(
        &self,
        config: &QueueConfig,
        agent: &Agent,
        call: &Call,
    ) -> (u64, Millis, AgentId) {
        let name = &agent.config.name;
        let first = match config.strategy {
            Strategy::LongestIdle | Strategy::Random => 0,
            Strategy::MostSkilled if config.skills.is_none() => 0,
            Strategy::MostSkilled => u64::MAX - levels_of(agent, call),
            Strategy::RoundRobin => self.last_offers.get(name).copied().unwrap_or(0),
            Strategy::FewestCalls => agent.marks.marks().answered,
            Strategy::LeastTalk => agent.marks.marks().talk_ms,
            Strategy::FixedOrder => config.agents.as_ref().map_or(0, |names| {
                names.iter().position(|listed| listed == name).unwrap_or(0) as u64
            }),
        };
        let idle_since = match (config.strategy, &config.agents) {
            // By name.
            (Strategy::FixedOrder, None) => 0,
            (_, _) => self.idle_since.get(name).copied().unwrap_or(0),
        };
        (first, idle_since, name.clone())
    }

    fn remember_offers(&mut self, effects: &[Effect]) {
        for effect in effects {
            match effect {
                Effect::Record {
                    fact:
                        Fact::OfferMade {
                            party: Party::Agent(agent),
                            offer,
                            ..
                        },
                } => {
                    self.last_offers.insert(agent.clone(), offer.0);
                }
                Effect::Record {
                    fact: Fact::AgentState { agent, state, .. },
                } if state == "removed" => {
                    self.last_offers.remove(agent);
                }
                _ => {}
            }
        }
    }

    fn record_tells_the_state(&self, center: &Center, input: &Input) {
        for agent in &center.agents {
            let name = &agent.config.name;
            let told = self.states.get(name).map_or("", String::as_str);
            must!(
                self,
                told == agent.state(),
                "{name} is {}, the record says {told}, after {input:?}",
                agent.state()
            );
            let idle_since = self.idle_since.get(name).copied().unwrap_or(0);
            let is_idle =
                agent.activity == Activity::Idle && agent.intent == Intent::Ready && !agent.removed;
            must!(
                self,
                !is_idle || idle_since == agent.idle_since,
                "{name} is idle since {}, the record says {idle_since}",
                agent.idle_since
            );
        }
    }
}
