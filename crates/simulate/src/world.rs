//! Callers and agents around the routing core, in virtual time.

use crate::callback::CallBack;
use crate::cast::number_of;
use crate::day::{Day, DayError, Manners};
use crate::dice::{Dice, Purpose};
use crate::handover::{Consult, Handover, Turn as Word};
use crate::question::{Questions, Reply};
use crate::result::Outcome;
use crate::script::Script;
use acd::{
    Actor, AgentId, CallId, Center, Effect, Fact, Input, Intent, NewCall, OfferFailure, OfferId,
    OwnManagerRule, Party, QueueConfig, ReserveConfig, SessionDoing, SessionEvent, TransferRule,
};
use policy::Policy;
use report::Ledger;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};

/// From the command to the agent's phone ringing: one turn on the network.
const RING_HEARD_MS: u64 = 150;
/// A phone that cannot be reached is known so after this.
const UNREACHABLE_MS: u64 = 300;
/// An agent who declines looks first.
const REJECT_MS: u64 = 2_000;
/// After the last shift and the last caller the world is given this long.
const EVENING_MS: u64 = 4 * 60 * 60 * 1_000;
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// What a day is run over: the owner's configuration.
#[derive(Clone, Copy, Default)]
pub struct Rules<'a> {
    /// Queues. A queue's own list of agents is replaced by the shifts that
    /// serve it.
    pub queues: &'a [QueueConfig],
    /// Reserve numbers.
    pub reserves: &'a [ReserveConfig],
    /// Rules of own managers; `None` are the default ones.
    pub own_manager: Option<&'a OwnManagerRule>,
    /// Rules of transfers; `None` are the default ones.
    pub transfers: Option<&'a TransferRule>,
    /// The policy; its hooks are asked too. One that fails leaves the built-in
    /// rule, as it does in a backend.
    pub policy: Option<&'a Policy>,
}

/// One input of the routing core in a simulated day, and what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// When, milliseconds since 1970 UTC.
    pub at: u64,
    /// What the core was told.
    pub input: Input,
    /// What it asked for.
    pub effects: Vec<Effect>,
}

/// Runs a day over these rules.
///
/// # Errors
/// A key of the day that cannot be.
pub fn run(day: &Day, rules: Rules<'_>) -> Result<Outcome, DayError> {
    let mut unseen = |_| {};
    let world = live(day, rules, &mut unseen)?;
    Ok(Outcome::of(
        day,
        world.midnight,
        world.ledger,
        world.decisions,
        world.questions,
    ))
}

/// Runs a day and shows every step of the routing core: a journal that can be
/// replayed.
///
/// # Errors
/// As for [`run`].
pub fn watch(day: &Day, rules: Rules<'_>, seen: &mut dyn FnMut(Step)) -> Result<Ledger, DayError> {
    live(day, rules, seen).map(|world| world.ledger)
}

fn live<'a>(
    day: &'a Day,
    rules: Rules<'a>,
    seen: &'a mut dyn FnMut(Step),
) -> Result<World<'a>, DayError> {
    let names = rules.queues.iter().map(|queue| queue.name.to_string());
    day.check(&names.collect())?;
    let mut world = World::new(day, day.midnight()?, rules.policy, seen);
    world.outside = outside_numbers(day, rules.transfers)?;
    world.people(rules);
    world.callers();
    world.managers();
    world.questions.bound_before = world.center.bindings_count() as u64;
    world.live();
    world.questions.bound_after = world.center.bindings_count() as u64;
    Ok(world)
}

/// Outside numbers that agents may transfer to: those that have names, and one that
/// begins as the first prefix does.
fn outside_numbers(day: &Day, rule: Option<&TransferRule>) -> Result<Vec<String>, DayError> {
    let rule = rule.cloned().unwrap_or_default();
    let named = rule.numbers.into_iter().map(|own| own.number);
    let by_prefix = rule
        .outside_prefixes
        .first()
        .map(|own| format!("{own}0000000"));
    let numbers: Vec<String> = named.chain(by_prefix).collect();
    let are_wanted = day.transfers.number + day.transfers.consult_number > 0.0;
    if are_wanted && numbers.is_empty() {
        let field = if day.transfers.number > 0.0 {
            "transfers.number"
        } else {
            "transfers.consult_number"
        };
        let expected = "0, for the configuration allows no outside number ([transfers])";
        return Err(DayError::new(field, expected));
    }
    Ok(numbers)
}

/// Something that is going to happen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Happening {
    Arrival {
        caller: usize,
    },
    Patience {
        caller: usize,
    },
    Phone {
        caller: usize,
        offer: OfferId,
        what: Phone,
    },
    Goodbye {
        caller: usize,
        offer: OfferId,
    },
    Choice {
        agent: usize,
        turn: Turn,
    },
    Handover {
        caller: usize,
        offer: OfferId,
        how: Handover,
    },
    Word {
        caller: usize,
        offer: OfferId,
        turn: Word,
    },
    Step {
        caller: usize,
    },
    Takes {
        caller: usize,
    },
    Reply {
        caller: usize,
        reply: Reply,
    },
    CallerPhone {
        caller: usize,
        session: u64,
        what: Phone,
    },
    Wake,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phone {
    Rings,
    Answers,
    NoAnswer,
    Rejects,
    Busy,
    Unreachable,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Turn {
    Back,
    Pause,
    Gone,
}

/// A caller and the caller's session.
pub(crate) struct Caller {
    pub(crate) arrivals: usize,
    /// Whose number the caller has: that of the first call.
    pub(crate) number: usize,
    /// Calls once more after this call, or has done so.
    pub(crate) calls_again: bool,
    /// To be asked for a manager after a talk of so many milliseconds.
    pub(crate) question: Option<u64>,
    /// Hears the question.
    pub(crate) is_asked: bool,
    call: Option<CallId>,
    seq: u64,
    pub(crate) offers: Vec<OfferId>,
    pub(crate) talks: Option<OfferId>,
    pub(crate) talks_since: u64,
    /// Talks so far.
    pub(crate) talked: usize,
    /// The colleague whom the agent of the talk asks.
    pub(crate) consult: Option<Consult>,
    pub(crate) is_over: bool,
    /// The session calls the caller back, and has not reached him yet.
    pub(crate) call_back: Option<CallBack>,
    /// Sessions so far that called the caller back.
    pub(crate) sessions: u64,
    pub(crate) patience_ms: u64,
    /// Hangs up then, if nobody talks to the caller.
    pub(crate) gives_up_at: u64,
    talk_ms: u64,
}

impl Caller {
    /// One who will call, of this row of arrivals.
    pub(crate) fn who(arrivals: usize, number: usize, patience_ms: u64, talk_ms: u64) -> Self {
        Self {
            arrivals,
            number,
            calls_again: false,
            question: None,
            is_asked: false,
            call: None,
            seq: 0,
            offers: Vec::new(),
            talks: None,
            talks_since: 0,
            talked: 0,
            consult: None,
            is_over: false,
            call_back: None,
            sessions: 0,
            patience_ms,
            gives_up_at: 0,
            talk_ms,
        }
    }

    /// Another session for the same caller, who is to be called back.
    pub(crate) fn begin_again(&mut self, call_back: CallBack) {
        let sessions = self.sessions + 1;
        *self = Self {
            call_back: Some(call_back),
            sessions,
            gives_up_at: self.gives_up_at,
            calls_again: self.calls_again,
            ..Self::who(self.arrivals, self.number, self.patience_ms, self.talk_ms)
        };
    }
}

pub(crate) struct Person {
    pub(crate) name: AgentId,
    pub(crate) shift: usize,
}

pub(crate) struct World<'a> {
    pub(crate) day: &'a Day,
    script: Script<'a>,
    pub(crate) center: Center,
    ledger: Ledger,
    /// Inputs that wait; the first is being carried out.
    inputs: VecDeque<Input>,
    pub(crate) now: u64,
    pub(crate) midnight: u64,
    pub(crate) end: u64,
    coming: BinaryHeap<Reverse<(u64, u64, Happening)>>,
    order: u64,
    wake: Option<u64>,
    pub(crate) callers: Vec<Caller>,
    pub(crate) people: Vec<Person>,
    /// Whose phone an offer rings.
    pub(crate) by_offer: HashMap<OfferId, AgentId>,
    pub(crate) by_name: HashMap<AgentId, usize>,
    by_call: HashMap<CallId, usize>,
    /// The second call of those who call again, by the first.
    pub(crate) second: HashMap<usize, usize>,
    /// Outside numbers that agents transfer to.
    pub(crate) outside: Vec<String>,
    pub(crate) questions: Questions,
    decisions: u64,
    seen: &'a mut dyn FnMut(Step),
}

impl<'a> World<'a> {
    fn new(
        day: &'a Day,
        midnight: u64,
        policy: Option<&'a Policy>,
        seen: &'a mut dyn FnMut(Step),
    ) -> Self {
        Self {
            day,
            script: Script::new(policy),
            center: Center::new(),
            ledger: Ledger::new(),
            inputs: VecDeque::new(),
            now: midnight,
            midnight,
            end: midnight + DAY_MS,
            coming: BinaryHeap::new(),
            order: 0,
            wake: None,
            callers: Vec::new(),
            people: Vec::new(),
            by_offer: HashMap::new(),
            by_name: HashMap::new(),
            by_call: HashMap::new(),
            second: HashMap::new(),
            outside: Vec::new(),
            questions: Questions::default(),
            decisions: 0,
            seen,
        }
    }

    pub(crate) fn plan(&mut self, at: u64, happening: Happening) {
        self.order += 1;
        self.coming.push(Reverse((at, self.order, happening)));
    }

    /// Lets everything happen until nothing more comes, or the evening is over.
    fn live(&mut self) {
        let end = self.end + EVENING_MS;
        while let Some(Reverse((at, _, happening))) = self.coming.pop() {
            if at > end {
                break;
            }
            self.now = at;
            self.happen(happening);
            if let Some(next) = self.center.next_wake()
                && self
                    .wake
                    .is_none_or(|planned| planned <= self.now || next < planned)
            {
                let next = next.max(self.now + 1);
                self.wake = Some(next);
                self.plan(next, Happening::Wake);
            }
        }
        self.ledger.close(self.now);
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Arrival { caller } => self.arrive(caller),
            Happening::Patience { caller } => {
                let who = &self.callers[caller];
                let is_there = !who.is_over && !who.is_asked && who.call_back.is_none();
                if is_there && who.talks.is_none() && who.gives_up_at <= self.now {
                    let waited_ms = who.patience_ms;
                    self.report(caller, SessionEvent::CallerLeft { waited_ms });
                    self.hang_up(caller, "the caller hung up");
                }
            }
            Happening::Phone {
                caller,
                offer,
                what,
            } => self.phone(caller, offer, what),
            Happening::Goodbye { caller, offer } => {
                if self.callers[caller].talks == Some(offer) {
                    self.goodbye(caller, offer);
                }
            }
            Happening::Handover { caller, offer, how } => self.hand_on(caller, offer, how),
            Happening::Word {
                caller,
                offer,
                turn,
            } => self.word(caller, offer, turn),
            Happening::Choice { agent, turn } => {
                let agent = self.people[agent].name.clone();
                let intent = match turn {
                    Turn::Back => Intent::Ready,
                    Turn::Pause => Intent::NotReady {
                        reason: "break".to_owned(),
                    },
                    Turn::Gone => Intent::Offline,
                };
                if turn == Turn::Back {
                    self.tell(Input::PagePresence {
                        agent: agent.clone(),
                        present: true,
                    });
                }
                self.tell(Input::SetIntent {
                    agent,
                    intent,
                    by: Actor::Agent,
                    why: String::new(),
                });
            }
            Happening::Step { caller } => self.step(caller),
            Happening::Takes { caller } => self.takes(caller),
            Happening::Reply { caller, reply } => self.reply(caller, reply),
            Happening::CallerPhone {
                caller,
                session,
                what,
            } => self.caller_phone(caller, session, what),
            Happening::Wake => self.tell(Input::Tick),
        }
    }

    fn arrive(&mut self, caller: usize) {
        let arrivals = &self.day.arrivals[self.callers[caller].arrivals];
        let call = NewCall {
            session_id: format!("s{caller}"),
            caller_number: number_of(self.callers[caller].number),
            dialed_number: arrivals.queue.clone(),
            display_name: None,
            queue: Some(arrivals.queue.as_str().into()),
            language: None,
            priority: arrivals.priority,
            skills: arrivals.skills.clone(),
            custom_data: None,
            wanted: None,
        };
        let gives_up_at = self.now + self.callers[caller].patience_ms;
        self.callers[caller].gives_up_at = gives_up_at;
        self.plan(gives_up_at, Happening::Patience { caller });
        let queues = self.center.queues();
        let agents = if self.script.ranks() {
            self.center.agents()
        } else {
            Vec::new()
        };
        let skills = |agent: &AgentId| {
            let person = self.by_name.get(agent).map(|at| &self.people[*at]);
            person.map(|person| self.day.shifts[person.shift].skills.clone())
        };
        let (call, ranks) = self.script.call(call, &queues, &agents, skills);
        if let Some(ranks) = ranks {
            self.tell(ranks);
        }
        for step_s in self.script.wait_steps_s() {
            self.plan(self.now + step_s * 1_000, Happening::Step { caller });
        }
        self.tell(Input::CallArrived { call });
    }

    /// A caller has waited for one of the policy's steps.
    fn step(&mut self, caller: usize) {
        let Some(call) = self.callers[caller]
            .call
            .filter(|_| !self.callers[caller].is_over)
        else {
            return;
        };
        let waits = |view: &acd::CallView| matches!(view.state.as_str(), "waiting" | "offering");
        if let Some(view) = self.center.call(call).filter(waits) {
            let queues = self.center.queues();
            if let Some(input) = self.script.wait(self.now, &view, &queues) {
                self.tell(input);
            }
        }
    }

    /// An offer rang out: the policy may ban, or forgive.
    fn missed(&mut self, fact: &Fact) {
        let Fact::OfferEnded {
            call,
            party: Party::Agent(agent),
            outcome,
            rang_ms,
            ..
        } = fact
        else {
            return;
        };
        let (Some(agent), "no_answer") = (self.center.agent(agent), outcome.as_ref()) else {
            return;
        };
        let queue = self.center.call(*call).map(|view| view.queue);
        let skills = self.center.skills(&agent.agent).cloned();
        let skills = skills.unwrap_or_default();
        if let Some(input) = self.script.miss(&agent, &skills, queue, *rang_ms) {
            self.tell(input);
        }
    }

    fn phone(&mut self, caller: usize, offer: OfferId, what: Phone) {
        if self.colleague_phone(caller, offer, what) {
            return;
        }
        if self.callers[caller].is_over || !self.callers[caller].offers.contains(&offer) {
            return;
        }
        let failure = match what {
            Phone::Rings => {
                return self.report(caller, SessionEvent::OfferRinging { offer_id: offer });
            }
            Phone::Answers => {
                self.callers[caller].offers.retain(|own| *own != offer);
                if self.callers[caller].call_back.is_some() {
                    self.report(caller, SessionEvent::OfferAnswered { offer_id: offer });
                    return self.dial(caller, Some(offer));
                }
                self.begin_talk(caller, offer);
                self.report(caller, SessionEvent::OfferAnswered { offer_id: offer });
                return self.report(caller, SessionEvent::TalkStarted { offer_id: offer });
            }
            Phone::NoAnswer => OfferFailure::NoAnswer,
            Phone::Rejects => OfferFailure::Rejected,
            Phone::Busy => OfferFailure::Busy,
            Phone::Unreachable => OfferFailure::Unreachable,
        };
        self.fail(caller, offer, failure);
    }

    /// The talk of an offer begins; every agent of a caller talks as long.
    pub(crate) fn begin_talk(&mut self, caller: usize, offer: OfferId) {
        let (now, who) = (self.now, &mut self.callers[caller]);
        who.talks = Some(offer);
        who.question = None;
        who.talks_since = now;
        let talk_ms = who.talk_ms;
        self.plan(now + talk_ms, Happening::Goodbye { caller, offer });
        self.plan_handover(caller, offer, talk_ms);
    }

    pub(crate) fn fail(&mut self, caller: usize, offer: OfferId, reason: OfferFailure) {
        self.callers[caller].offers.retain(|own| *own != offer);
        self.report(
            caller,
            SessionEvent::OfferFailed {
                offer_id: offer,
                reason,
                sip_code: None,
                sip_reason: None,
                rang_ms: 0,
            },
        );
    }

    pub(crate) fn report(&mut self, caller: usize, event: SessionEvent) {
        let who = &mut self.callers[caller];
        let Some(call) = who.call else {
            return;
        };
        who.seq += 1;
        let input = Input::CallEvent {
            call,
            seq: who.seq,
            at: self.now,
            event,
        };
        self.tell(input);
    }

    pub(crate) fn hang_up(&mut self, caller: usize, why: &str) {
        if !self.callers[caller].is_over {
            let why = why.to_owned();
            self.report(caller, SessionEvent::SessionEnded { why });
            self.callers[caller].is_over = true;
            self.call_again(caller);
        }
    }

    /// Gives an input to the core. What comes of carrying its effects out is
    /// given after them, as over a network.
    pub(crate) fn tell(&mut self, input: Input) {
        self.inputs.push_back(input);
        if self.inputs.len() > 1 {
            return;
        }
        while let Some(input) = self.inputs.front().cloned() {
            let effects = self.center.handle(self.now, input.clone());
            for effect in &effects {
                self.carry_out(effect.clone());
            }
            let at = self.now;
            (self.seen)(Step { at, input, effects });
            self.inputs.pop_front();
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::CallAccepted {
                session_id, call, ..
            } => {
                if let Some(caller) = caller_of(&session_id) {
                    self.callers[caller].call = Some(call);
                    self.by_call.insert(call, caller);
                    self.accepted(caller);
                }
            }
            Effect::CallRefused { session_id, .. } => {
                if let Some(caller) = caller_of(&session_id) {
                    self.callers[caller].is_over = true;
                    self.call_again(caller);
                }
            }
            Effect::Connect {
                call,
                offer,
                party,
                ring_timeout_ms,
                ..
            } => self.ring(call, offer, &party, ring_timeout_ms),
            Effect::CancelOffer { call, offer } => {
                self.with(call, |world, caller| world.cancel(caller, offer));
            }
            Effect::AskStatus { call } => self.with(call, |world, caller| {
                let doing = world.doing(caller);
                world.tell(Input::SessionStatus { call, doing });
            }),
            Effect::HangUp { call, .. } => {
                self.with(call, |world, caller| {
                    world.hang_up(caller, "let go by the queue")
                });
            }
            Effect::ReleaseAgent { .. }
            | Effect::Consult { .. }
            | Effect::CompleteTransfer { .. }
            | Effect::JoinConsult { .. } => self.hand_caller_on(effect),
            Effect::OfferCallback { call, .. } => self.with(call, Self::ask),
            Effect::AskManager {
                call, talk_ms_min, ..
            } => self.note_question(call, talk_ms_min),
            Effect::StartCallback(start) => self.start_session(&start),
            Effect::Record { fact } => {
                self.ledger.take(self.now, &fact);
                self.missed(&fact);
            }
            Effect::Announce { .. }
            | Effect::AgentChanged { .. }
            | Effect::QueueChanged { .. }
            | Effect::Say { .. }
            | Effect::TransferAnswered { .. }
            | Effect::RefuseTransfer { .. }
            | Effect::CallbackAccepted { .. }
            | Effect::CallbackRefused { .. }
            | Effect::CallClosed { .. } => {}
        }
    }

    /// What the centre wants done about a transfer.
    fn hand_caller_on(&mut self, effect: Effect) {
        match effect {
            Effect::ReleaseAgent { call, offer } => {
                self.with(call, |world, caller| world.release(caller, offer));
            }
            Effect::Consult {
                call,
                offer,
                party,
                ring_timeout_ms,
                ..
            } => {
                self.with(call, |world, caller| {
                    world.consult(caller, offer, &party, ring_timeout_ms)
                });
            }
            Effect::CompleteTransfer { call, offer } => {
                self.with(call, |world, caller| world.hand_over(caller, offer));
            }
            Effect::JoinConsult { call, offer, with } => {
                self.with(call, |world, caller| {
                    world.join_colleague(caller, offer, with)
                });
            }
            _ => {}
        }
    }

    /// The centre takes an offer back.
    fn cancel(&mut self, caller: usize, offer: OfferId) {
        if self.callers[caller].call_back == Some(CallBack::Dialling(Some(offer))) {
            return self.hang_up(caller, "taken back");
        }
        if !self.dismiss_colleague(caller, offer) && self.callers[caller].offers.contains(&offer) {
            self.fail(caller, offer, OfferFailure::Cancelled);
        }
    }

    /// Does something with the caller of a call.
    pub(crate) fn with(&mut self, call: CallId, act: impl FnOnce(&mut Self, usize)) {
        // A caller who was called back has another call by now.
        let caller = self.by_call.get(&call).copied();
        if let Some(caller) = caller.filter(|caller| self.callers[*caller].call == Some(call)) {
            act(self, caller);
        }
    }

    fn ring(&mut self, call: CallId, offer: OfferId, party: &Party, ring_timeout_ms: u64) {
        self.decisions += 1;
        let Some(caller) = self.by_call.get(&call).copied() else {
            return;
        };
        if let Party::Agent(agent) = party {
            self.by_offer.insert(offer, agent.clone());
        }
        let Some(manners) = self.manners_of(party) else {
            return;
        };
        self.callers[caller].offers.push(offer);
        self.plan_phone(caller, offer, &manners, ring_timeout_ms);
    }

    /// How whoever is rung takes calls; `None` for agents who are not of the day.
    pub(crate) fn manners_of(&self, party: &Party) -> Option<Manners> {
        Some(match party {
            Party::Agent(agent) => {
                let person = &self.people[*self.by_name.get(agent)?];
                self.day.shifts[person.shift].manners()
            }
            Party::Reserve(_) => self.day.reserves.clone(),
            Party::Number(_) => self.day.outside.clone(),
        })
    }

    /// What a phone that is rung does.
    pub(crate) fn plan_phone(
        &mut self,
        caller: usize,
        offer: OfferId,
        manners: &Manners,
        ring_timeout_ms: u64,
    ) {
        let mut dice = Dice::new(self.day.seed, Purpose::Offer, caller as u64, self.now);
        let (after_ms, what) = reaction(manners, &mut dice, ring_timeout_ms);
        let phone = |what| Happening::Phone {
            caller,
            offer,
            what,
        };
        if !matches!(what, Phone::Unreachable | Phone::Busy) {
            self.plan(self.now + RING_HEARD_MS, phone(Phone::Rings));
        }
        self.plan(self.now + after_ms, phone(what));
    }

    fn doing(&self, caller: usize) -> SessionDoing {
        let who = &self.callers[caller];
        if who.is_asked {
            return SessionDoing::Ending;
        }
        if let (false, Some(offer_id), Some(consult)) = (who.is_over, who.talks, who.consult) {
            return SessionDoing::Consulting {
                offer_id,
                consult_id: consult.offer,
                with: consult.with,
            };
        }
        if let (false, Some(CallBack::Dialling(offer_id))) = (who.is_over, who.call_back) {
            return SessionDoing::CallingBack { offer_id };
        }
        match (who.is_over, who.talks, who.offers.first()) {
            (true, ..) => SessionDoing::Ending,
            (false, Some(offer_id), _) => SessionDoing::Talking { offer_id },
            (false, None, Some(offer)) => SessionDoing::Offering {
                offer_id: *offer,
                others: who.offers.iter().skip(1).copied().collect(),
            },
            (false, None, None) => SessionDoing::Waiting,
        }
    }
}

/// What a phone does that is rung, and after how long.
pub(crate) fn reaction(manners: &Manners, dice: &mut Dice, ring_timeout_ms: u64) -> (u64, Phone) {
    let chance = dice.part();
    let answer_ms = dice.length_ms(manners.answer_s);
    let busy = manners.unreachable + manners.busy;
    let rejects = busy + manners.reject;
    if chance < manners.unreachable {
        (UNREACHABLE_MS, Phone::Unreachable)
    } else if chance < busy {
        (UNREACHABLE_MS, Phone::Busy)
    } else if chance < rejects {
        (REJECT_MS.min(ring_timeout_ms), Phone::Rejects)
    } else if chance < rejects + manners.miss || answer_ms >= ring_timeout_ms {
        (ring_timeout_ms, Phone::NoAnswer)
    } else {
        (answer_ms.max(RING_HEARD_MS + 1), Phone::Answers)
    }
}

fn caller_of(session_id: &str) -> Option<usize> {
    let caller = session_id.strip_prefix('s')?;
    // A session of a call-back has the number of it behind.
    let caller = caller.split_once('.').map_or(caller, |(caller, _)| caller);
    caller.parse().ok()
}
