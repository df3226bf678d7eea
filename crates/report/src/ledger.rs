//! Reads the record into segments and spans.

use crate::callbacks::{Callback, Callbacks};
use crate::{Activity, Offer, OfferOutcome, Outcome, Segment, Span};
use acd::{
    AgentId, CallId, CallbackEnd, CallbackOutcome, Fact, NewCall, OfferId, Party, QueueId, Refusal,
};
use std::collections::{BTreeMap, HashMap};

/// A call that was not let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocked {
    /// When, milliseconds since 1970 UTC.
    pub at: u64,
    /// The queue that refused it; `None` when none is configured.
    pub queue: Option<QueueId>,
    /// The dialled number; empty in records of older versions.
    pub dialed_number: String,
}

/// The record, read up to some moment. Give it facts in their order.
#[derive(Debug, Default)]
pub struct Ledger {
    segments: Vec<Segment>,
    /// The segment that a call is in or was in last.
    current: HashMap<CallId, usize>,
    spans: Vec<Span>,
    /// The span that an agent is in.
    open: BTreeMap<AgentId, usize>,
    /// The segment that an agent served last, for its wrap-up.
    served: HashMap<AgentId, usize>,
    /// The segment that an agent answered last, for the time on hold.
    serving: HashMap<AgentId, usize>,
    blocked: Vec<Blocked>,
    callbacks: Callbacks,
    last_at: u64,
    /// The moment of the report, once it is known.
    closed_at: Option<u64>,
}

impl Ledger {
    /// An empty ledger.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads one fact of the time `at` (milliseconds since 1970 UTC).
    pub fn take(&mut self, at: u64, fact: &Fact) {
        self.last_at = self.last_at.max(at);
        match fact {
            Fact::CallQueued {
                call,
                queue,
                details,
            } => self.queued(at, *call, queue, details),
            Fact::CallBlocked {
                refusal,
                dialed_number,
            } => {
                let queue = match refusal {
                    Refusal::QueueFull { queue }
                    | Refusal::Closed { queue }
                    | Refusal::NobodyThere { queue }
                    | Refusal::UnknownQueue { queue } => Some(queue.clone()),
                    Refusal::NoQueues | Refusal::CallbackOver { .. } => None,
                };
                self.blocked.push(Blocked {
                    at,
                    queue,
                    dialed_number: dialed_number.clone(),
                });
            }
            Fact::OfferMade {
                call, offer, party, ..
            } => self.offered(at, *call, *offer, party),
            Fact::OfferEnded {
                call,
                offer,
                party,
                outcome,
                rang_ms,
            } => self.offer_ended(at, (*call, *offer), party, outcome, *rang_ms),
            Fact::CallMoved {
                call,
                to,
                outcome,
                wait_ms,
                ..
            } => self.moved(at, *call, to, outcome, *wait_ms),
            Fact::CallEnded { .. } => self.ended(at, fact),
            Fact::CallTransferred { .. } => self.transferred(at, fact),
            Fact::ConsultBecameOffer { call, offer, party } => {
                self.offered(at, *call, *offer, party);
            }
            Fact::AgentState { agent, state, .. } => self.state(at, agent, state),
            Fact::CallbackTaken { .. }
            | Fact::CallbackDialled { .. }
            | Fact::CallbackUnreached { .. }
            | Fact::CallbackEnded(_) => self.called_back(at, fact),
            Fact::CallbackNotStarted { .. }
            | Fact::TransferGivenUp { .. }
            | Fact::ConsultMade { .. }
            | Fact::ConsultEnded { .. }
            | Fact::OwnManager { .. }
            | Fact::BindingsChanged { .. }
            | Fact::NoReserve { .. }
            | Fact::ReserveState { .. } => {}
        }
    }

    /// A call-back begins, goes on or ends. What agents do for it is handling in
    /// its queue, and no new call: the caller was counted when it was taken.
    fn called_back(&mut self, at: u64, fact: &Fact) {
        match fact {
            Fact::CallbackTaken {
                callback,
                call,
                queue,
                details,
                ..
            } => {
                self.callbacks.taken(at, *callback, queue, details);
                self.queued(at, *call, queue, details);
                if let Some(segment) = self.segment_of(*call) {
                    segment.is_continued = true;
                }
            }
            Fact::CallbackDialled { callback, .. } => self.callbacks.dialled(*callback),
            Fact::CallbackUnreached {
                callback,
                call,
                next,
                ..
            } => {
                self.callbacks.unreached(*callback);
                if let Some(segment) = self.current.remove(call) {
                    self.current.insert(*next, segment);
                }
            }
            Fact::CallbackEnded(end) => self.callback_ended(at, end),
            _ => {}
        }
    }

    fn callback_ended(&mut self, at: u64, end: &CallbackEnd) {
        self.callbacks.ended(at, end);
        if let Some(segment) = self.segment_of(end.call) {
            segment.left_at = Some(at);
            segment.talk_ms = end.talk_ms;
            segment.ended_by = end.ended_by;
            segment.agent.clone_from(&end.agent);
            segment.outcome = match end.outcome {
                CallbackOutcome::Reached => Outcome::Answered,
                CallbackOutcome::GivenUp
                | CallbackOutcome::Expired
                | CallbackOutcome::Cancelled
                | CallbackOutcome::CalledIn => Outcome::CallbackTaken,
            };
        }
        if let (Some(agent), Some(at)) = (&end.agent, self.current.get(&end.call)) {
            self.served.insert(agent.clone(), *at);
        }
    }

    /// A call is over.
    fn ended(&mut self, at: u64, fact: &Fact) {
        let Fact::CallEnded {
            call,
            outcome,
            wait_ms,
            talk_ms,
            ended_by,
            agent,
            reserve,
            number,
            ..
        } = fact
        else {
            return;
        };
        let Some(segment) = self.segment_of(*call) else {
            return;
        };
        segment.outcome = Outcome::of(outcome);
        segment.left_at = Some(at);
        segment.wait_ms = *wait_ms;
        segment.talk_ms = *talk_ms;
        segment.ended_by = *ended_by;
        segment.agent.clone_from(agent);
        segment.reserve.clone_from(reserve);
        segment.number.clone_from(number);
        if segment.outcome == Outcome::Answered && segment.answered_at.is_none() {
            segment.answered_at = Some(segment.queued_at + wait_ms);
        }
        if let (Some(agent), Some(at)) = (agent, self.current.get(call)) {
            self.served.insert(agent.clone(), *at);
        }
    }

    /// What an agent was when the record that is read begins: the state of the
    /// last fact before it.
    pub fn begin_state(&mut self, from: u64, agent: &AgentId, state: &str) {
        self.state(from, agent, state);
    }

    /// Ends what still lasts at `now`, for the report.
    pub fn close(&mut self, now: u64) {
        let now = now.max(self.last_at);
        self.closed_at = Some(now);
        for at in self.open.values() {
            self.spans[*at].to = now;
        }
        for segment in &mut self.segments {
            if segment.outcome == Outcome::Waiting {
                segment.wait_ms = now.saturating_sub(segment.queued_at);
            }
        }
    }

    /// Every stay of a call in a queue, in order of arrival.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// Every state of every agent, in order of beginning.
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// Calls that were not let in, in their order.
    pub fn blocked(&self) -> &[Blocked] {
        &self.blocked
    }

    /// Up to when everything that happened is in it.
    pub(crate) fn known_until(&self) -> u64 {
        self.closed_at.unwrap_or(self.last_at)
    }

    /// Every call-back that was asked for, in that order.
    pub fn callbacks(&self) -> &[Callback] {
        self.callbacks.all()
    }

    fn segment_of(&mut self, call: CallId) -> Option<&mut Segment> {
        let at = *self.current.get(&call)?;
        self.segments.get_mut(at)
    }

    fn queued(&mut self, at: u64, call: CallId, queue: &QueueId, details: &NewCall) {
        self.current.insert(call, self.segments.len());
        self.segments.push(Segment {
            call,
            queue: queue.clone(),
            caller_number: details.caller_number.clone(),
            dialed_number: details.dialed_number.clone(),
            queued_at: at,
            offers: Vec::new(),
            answered_at: None,
            left_at: None,
            outcome: Outcome::Waiting,
            wait_ms: 0,
            talk_ms: 0,
            hold_ms: 0,
            wrap_up_ms: 0,
            agent: None,
            reserve: None,
            number: None,
            ended_by: None,
            is_transferred: false,
            is_continued: false,
        });
    }

    /// The segment in one queue ends, another begins.
    fn moved(&mut self, at: u64, call: CallId, to: &QueueId, outcome: &str, wait_ms: u64) {
        let Some(segment) = self.segment_of(call) else {
            return;
        };
        segment.outcome = Outcome::of(outcome);
        segment.left_at = Some(at);
        segment.wait_ms = wait_ms;
        let next = Segment {
            queue: to.clone(),
            queued_at: at,
            offers: Vec::new(),
            left_at: None,
            outcome: Outcome::Waiting,
            wait_ms: 0,
            is_continued: false,
            ..segment.clone()
        };
        self.current.insert(call, self.segments.len());
        self.segments.push(next);
    }

    /// An agent's part in a call ends, another one's begins: at once after a
    /// consult, else with a wait.
    fn transferred(&mut self, at: u64, fact: &Fact) {
        let Fact::CallTransferred {
            call,
            queue,
            to_queue,
            agent,
            to_agent,
            to_number,
            kind,
            wait_ms,
            talk_ms,
        } = fact
        else {
            return;
        };
        let Some(segment) = self.segment_of(*call) else {
            return;
        };
        segment.outcome = Outcome::Answered;
        segment.left_at = Some(at);
        segment.wait_ms = *wait_ms;
        segment.talk_ms = *talk_ms;
        segment.agent = Some(agent.clone());
        segment.ended_by = Some(acd::EndedBy::Agent);
        segment.is_transferred = true;
        let is_at_once = *kind == acd::TransferKind::Attended;
        let next = Segment {
            queue: to_queue.clone(),
            queued_at: at,
            offers: Vec::new(),
            answered_at: is_at_once.then_some(at),
            left_at: None,
            outcome: match kind {
                acd::TransferKind::Attended => Outcome::Answered,
                acd::TransferKind::Blind => Outcome::Waiting,
            },
            wait_ms: 0,
            talk_ms: 0,
            hold_ms: 0,
            wrap_up_ms: 0,
            agent: to_agent.clone().filter(|_| is_at_once),
            reserve: None,
            number: to_number.clone().filter(|_| is_at_once),
            ended_by: None,
            is_transferred: false,
            is_continued: queue == to_queue,
            ..segment.clone()
        };
        if let Some(at) = self.current.get(call) {
            self.served.insert(agent.clone(), *at);
        }
        if let Some(agent) = &next.agent {
            self.serving.insert(agent.clone(), self.segments.len());
        }
        self.current.insert(*call, self.segments.len());
        self.segments.push(next);
    }

    fn offered(&mut self, at: u64, call: CallId, offer: OfferId, party: &Party) {
        let Some(segment) = self.segment_of(call) else {
            return;
        };
        // A talk that turned out to be none: the caller waits again.
        if segment.outcome == Outcome::Answered && segment.left_at.is_none() {
            segment.outcome = Outcome::Waiting;
            segment.answered_at = None;
            segment.agent = None;
            segment.reserve = None;
            segment.number = None;
        }
        segment.offers.push(Offer {
            offer,
            party: party.clone(),
            made_at: at,
            outcome: None,
            rang_ms: 0,
        });
    }

    fn offer_ended(
        &mut self,
        at: u64,
        (call, offer): (CallId, OfferId),
        party: &Party,
        outcome: &str,
        rang_ms: u64,
    ) {
        let Some(segment) = self.segment_of(call) else {
            return;
        };
        let outcome = OfferOutcome::of(outcome);
        let known = segment
            .offers
            .iter_mut()
            .rev()
            .find(|own| own.offer == offer);
        if let Some(own) = known {
            own.outcome = Some(outcome);
            own.rang_ms = rang_ms;
        }
        if outcome == OfferOutcome::Answered && segment.outcome == Outcome::Waiting {
            let answerer = party.agent().cloned();
            segment.outcome = Outcome::Answered;
            segment.answered_at = Some(at);
            segment.wait_ms = at.saturating_sub(segment.queued_at);
            segment.agent = party.agent().cloned();
            segment.reserve = party.reserve().cloned();
            segment.number = party.number().map(str::to_owned);
            if let (Some(agent), Some(at)) = (answerer, self.current.get(&call)) {
                self.serving.insert(agent, *at);
            }
        }
    }

    fn state(&mut self, at: u64, agent: &AgentId, state: &str) {
        if let Some(before) = self.open.remove(agent) {
            let span = &mut self.spans[before];
            span.to = at;
            if span.activity == Activity::WrapUp
                && let Some(served) = self.served.get(agent)
            {
                self.segments[*served].wrap_up_ms += at.saturating_sub(span.from);
            }
            // The colleague who is asked is in the same state, with no talk begun.
            if span.activity == Activity::Consulting
                && let Some(serving) = self.serving.get(agent)
                && self.segments[*serving].is_talk_at(span.from)
            {
                self.segments[*serving].hold_ms += at.saturating_sub(span.from);
            }
        }
        let (intent, activity) = state.split_once('/').unwrap_or((state, ""));
        let Some(activity) = Activity::of(activity) else {
            // Removed from the configuration: no state at all.
            return;
        };
        self.open.insert(agent.clone(), self.spans.len());
        self.spans.push(Span {
            agent: agent.clone(),
            intent: intent.to_owned(),
            activity,
            from: at,
            to: at,
        });
    }
}
