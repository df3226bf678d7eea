//! A caller is handed over: to a colleague, for whom the caller then waits as
//! for an own manager, or to a queue. The agent is free at once, the caller is
//! never lost: whoever cannot be had in time is replaced by the agent who
//! asked, or by anybody of the queue.

use super::Center;
use super::mutation::Mutation;
use super::skills::place;
use super::targets::Dial;
use crate::activity::Activity;
use crate::agent::{AgentIx, Standing};
use crate::call::{Call, Stage, Tie, WantedManager};
use crate::config::Contact;
use crate::deadline::Deadline;
use crate::effect::{Effect, Fact};
use crate::id::{AgentId, CallId, Millis, OfferId};
use crate::leave::LeaveReason;
use crate::offer::{Offer, retry_delay_ms};
use crate::queue::QueueIx;
use crate::target::{Party, Target};
use crate::transfer::{
    TransferKind, TransferRefusal, TransferRequest, TransferTarget, bare_target,
};

/// What a caller who is handed over goes on with.
#[derive(Debug)]
pub(super) struct Onward {
    /// The queue that has the caller from now on.
    pub(super) to: QueueIx,
    /// The colleague who is wanted.
    pub(super) wanted: Option<AgentIx>,
    /// The agent who leaves has the caller again if the colleague does not come.
    pub(super) or_back: bool,
    /// The colleague's phone that rings already.
    pub(super) rings: Option<Offer>,
    /// The outside number that is dialled.
    pub(super) dials: Option<String>,
}

impl Onward {
    /// Whoever of a queue is free has the caller next.
    fn to_anybody(to: QueueIx) -> Self {
        Self {
            to,
            wanted: None,
            or_back: false,
            rings: None,
            dials: None,
        }
    }

    /// An outside number is rung already.
    fn rings_outside(&self) -> bool {
        let rings = self.rings.as_ref();
        rings.is_some_and(|offer| !offer.target.is_agent())
    }

    fn is_for_anybody(&self) -> bool {
        self.wanted.is_none() && self.dials.is_none() && !self.rings_outside()
    }
}

impl Center {
    /// An agent's wish about the talk at hand, and the answer to it.
    pub(super) fn transfer(&mut self, agent: AgentId, request: &TransferRequest) {
        let refusal = self.try_transfer(&agent, request).err();
        self.put(Effect::TransferAnswered { agent, refusal });
    }

    fn try_transfer(
        &mut self,
        agent: &AgentId,
        request: &TransferRequest,
    ) -> Result<(), TransferRefusal> {
        let id = self.own_talk(agent).ok_or(TransferRefusal::NoTalk)?;
        match request {
            TransferRequest::Blind { to, or_back } => self.transfer_blind(id, to, *or_back),
            TransferRequest::Consult { to } => self.consult(id, to),
            TransferRequest::Complete => self.complete_by_wish(id),
            TransferRequest::Swap => self.swap(id),
            TransferRequest::Merge => self.merge(id),
            TransferRequest::Cancel => self.cancel_consult(id),
        }
    }

    /// The call whose caller an agent serves; one about which a colleague asks
    /// the agent is the colleague's.
    fn own_talk(&self, agent: &AgentId) -> Option<CallId> {
        let ix = self.find_agent(agent)?;
        let id = self.agents[ix.at()].activity.call()?;
        let call = self.calls.get(&id)?;
        let talk = call.talk()?;
        (talk.target == Target::Agent(ix) && !call.ending_at.is_set()).then_some(id)
    }

    /// An agent's phone asked for a blind transfer.
    pub(super) fn transfer_requested(&mut self, id: CallId, offer: OfferId, to: &str) {
        let is_ending = |call: &Call| call.ending_at.is_set();
        let outcome = match self.tie(id, offer) {
            Some(Tie::Talk) if !self.calls.get(&id).is_some_and(|call| is_ending(call)) => self
                .find_target(to)
                .ok_or(TransferRefusal::Unknown)
                .and_then(|to| self.transfer_blind(id, &to, false)),
            Some(Tie::Talk | Tie::Consult | Tie::Live | Tie::Past) => Err(TransferRefusal::NoTalk),
            None => return,
        };
        if let Err(refusal) = outcome
            && self.calls.get(&id).is_some_and(|call| !call.closed)
        {
            self.put(Effect::RefuseTransfer {
                call: id,
                offer,
                refusal,
            });
        }
    }

    /// What a phone means: an agent's name or contact, a queue's name or
    /// number, else an outside number.
    fn find_target(&self, written: &str) -> Option<TransferTarget> {
        let text = bare_target(written)?;
        if self.find_agent(&text.into()).is_some() {
            return Some(TransferTarget::Agent { agent: text.into() });
        }
        let named = || self.find_queue(&text.into());
        let dialled = || {
            let ix = self.numbers.get(text).copied();
            ix.filter(|ix| !self.queues[ix.at()].removed)
        };
        if let Some(ix) = named().or_else(dialled) {
            let queue = self.queues[ix.at()].config.name.clone();
            return Some(TransferTarget::Queue { queue });
        }
        let reached = self
            .agents
            .iter()
            .find(|agent| !agent.removed && agent.config.contact.is_reached_by(text));
        let rule = self.transfer_rule();
        let named = rule.numbers.iter().find(|own| own.name == text);
        let number = named.map_or(text, |own| own.number.as_str());
        Some(match reached {
            Some(agent) => TransferTarget::Agent {
                agent: agent.config.name.clone(),
            },
            None => TransferTarget::Number {
                number: number.to_owned(),
            },
        })
    }

    fn transfer_blind(
        &mut self,
        id: CallId,
        to: &TransferTarget,
        or_back: bool,
    ) -> Result<(), TransferRefusal> {
        let (from, queue) = self.talk_at_hand(id)?;
        let onward = match to {
            TransferTarget::Agent { agent } => {
                let colleague = self.colleague(from, agent)?;
                self.may_be_waited_for(colleague)?;
                Onward {
                    wanted: Some(colleague),
                    or_back,
                    ..Onward::to_anybody(queue)
                }
            }
            TransferTarget::Queue { queue } => Onward::to_anybody(self.open_queue(queue)?),
            TransferTarget::Number { number } => {
                self.may_be_dialled(from, number)?;
                Onward {
                    or_back,
                    dials: Some(number.clone()),
                    ..Onward::to_anybody(queue)
                }
            }
        };
        self.hand_over(id, onward);
        Ok(())
    }

    /// The agent of a talk and the queue, while no colleague is asked.
    pub(super) fn talk_at_hand(&self, id: CallId) -> Result<(AgentIx, QueueIx), TransferRefusal> {
        let call = self.calls.get(&id).ok_or(TransferRefusal::NoTalk)?;
        let talk = call.talk().ok_or(TransferRefusal::NoTalk)?;
        let agent = talk.target.agent().ok_or(TransferRefusal::NoTalk)?;
        if self.dials_for_agent(id) {
            // There is nobody yet who could be handed over.
            return Err(TransferRefusal::NoTalk);
        }
        match talk.consult {
            None => Ok((agent, call.queue_ix)),
            Some(_) => Err(TransferRefusal::Consulting),
        }
    }

    /// Another agent by name.
    pub(super) fn colleague(
        &self,
        from: AgentIx,
        name: &AgentId,
    ) -> Result<AgentIx, TransferRefusal> {
        match self.find_agent(name) {
            Some(ix) if ix == from => Err(TransferRefusal::Oneself),
            Some(ix) => Ok(ix),
            None => Err(TransferRefusal::Unknown),
        }
    }

    /// Whether a caller may wait for an agent; a busy one will be free.
    fn may_be_waited_for(&self, ix: AgentIx) -> Result<(), TransferRefusal> {
        match self.agents[ix.at()].standing() {
            Standing::Free | Standing::Occupied | Standing::WrapUp | Standing::RetryDelay => Ok(()),
            Standing::Banned => Err(TransferRefusal::Busy),
            Standing::Offline => Err(TransferRefusal::Offline),
            Standing::NotReady => Err(TransferRefusal::NotReady),
            Standing::PhoneAbsent | Standing::PageLost => Err(TransferRefusal::PhoneAbsent),
            Standing::Gone => Err(TransferRefusal::Unknown),
        }
    }

    /// A queue that takes callers now.
    pub(super) fn open_queue(
        &mut self,
        name: &crate::id::QueueId,
    ) -> Result<QueueIx, TransferRefusal> {
        let ix = self.find_queue(name).ok_or(TransferRefusal::Unknown)?;
        match self.objection(ix) {
            None => Ok(ix),
            Some(LeaveReason::Closed) => Err(TransferRefusal::QueueClosed),
            Some(LeaveReason::Nobody) => Err(TransferRefusal::NobodyThere),
            Some(
                LeaveReason::Full
                | LeaveReason::TooLong
                | LeaveReason::Key
                | LeaveReason::Policy
                | LeaveReason::Callback,
            ) => Err(TransferRefusal::QueueFull),
        }
    }

    /// Ends an agent's talk and lets the caller wait on, at the place that all
    /// waiting so far earns; the talk is no waiting.
    pub(super) fn hand_over(&mut self, id: CallId, onward: Onward) {
        let now = self.now;
        let Some(talk) = self.calls.get(&id).and_then(|call| call.talk().cloned()) else {
            return;
        };
        let Some(from) = talk.target.agent() else {
            return;
        };
        let Some((wait_ms, waited_ms)) = self.waits_before(id, talk.since) else {
            return;
        };
        // A colleague whose phone rings on is no longer asked, but offered.
        if onward.rings.is_none() {
            self.drop_consult(id, crate::offer::Outcome::Cancelled);
        }
        let loses_credit = self.broken(Mutation::TransferLosesCredit);
        let credit_ms = if loses_credit { 0 } else { waited_ms };
        let with_wrap_up = !self.broken(Mutation::TransferWithoutWrapUp);
        let talk_ms = self.release_talk(id, &talk, None, with_wrap_up);
        let rings_outside = onward.rings_outside();
        if onward.is_for_anybody() {
            self.keep_from_own(from, onward.to);
        }
        let agent = self.agents[from.at()].config.name.clone();
        self.callback_handed_over(id, talk_ms, &agent);
        let name_of = |ix: AgentIx| self.agents[ix.at()].config.name.clone();
        let wanted = onward.wanted.map(name_of);
        let wait_for_ms = self.transfer_rule().agent_wait_ms;
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        call.remember_left(talk.offer, agent.clone());
        if !rings_outside {
            call.outside.clone_from(&onward.dials);
        }
        let to_number = call.outside.clone();
        call.enter(match onward.rings {
            Some(offer) => Stage::Offering(vec![offer]),
            None => Stage::Waiting,
        });
        call.came = now.saturating_sub(credit_ms);
        call.recounted = call.queue_ix == onward.to;
        call.queue_ix = onward.to;
        call.back_to = onward.or_back.then(|| agent.clone());
        call.asks_about = None;
        call.moves = 0;
        call.manager = wanted
            .clone()
            .map(|agent| Box::new(wanted_until(agent, now, wait_for_ms)));
        let to_queue = self.queues[onward.to.at()].config.name.clone();
        let queue = std::mem::replace(&mut call.queue, to_queue.clone());
        self.line_up_again(id);
        self.record(Fact::CallTransferred {
            call: id,
            queue,
            to_queue,
            agent,
            to_agent: wanted,
            to_number,
            kind: TransferKind::Blind,
            wait_ms,
            talk_ms,
        });
        if !self.broken(Mutation::ForgetRelease) {
            self.put(Effect::ReleaseAgent {
                call: id,
                offer: talk.offer,
            });
        }
        self.wait_onward(id, onward.dials.is_some());
    }

    /// A caller who was handed over waits, or an outside number is rung.
    fn wait_onward(&mut self, id: CallId, dials: bool) {
        self.place_by_need(id);
        self.easing_due(id);
        if dials {
            self.dial_outside(id);
        }
        self.review_reserves(id);
        self.settle_turn(id);
        self.arm_call(id);
    }

    /// Has the outside number rung that a caller was transferred to. Nobody
    /// else is rung meanwhile: that is whom the agent promised.
    fn dial_outside(&mut self, id: CallId) {
        let Some(number) = self.calls.get(&id).and_then(|call| call.outside.clone()) else {
            return;
        };
        let dial = Dial {
            contact: Contact::Phone { number },
            ring_timeout_ms: self.transfer_rule().agent_wait_ms.max(1),
            caller_id: None,
            alone: true,
            why: "an agent transferred the caller there".to_owned(),
        };
        self.put_offer(id, Target::Outside { outside: id }, dial);
    }

    /// The outside number could not be had: the agent who transferred has the
    /// caller back if that was wanted, else anybody.
    pub(super) fn give_number_up(&mut self, id: CallId) {
        let Some(number) = self.calls.get_mut(&id).and_then(|call| call.outside.take()) else {
            return;
        };
        let wanted = self.take_back(id);
        self.record(Fact::TransferGivenUp {
            call: id,
            party: Party::Number(number),
            wanted: wanted.as_ref().map(|wanted| wanted.agent.clone()),
        });
        self.want(id, wanted);
    }

    /// Whether an agent may transfer to an outside number, or ask it.
    pub(super) fn may_be_dialled(
        &self,
        from: AgentIx,
        number: &str,
    ) -> Result<(), TransferRefusal> {
        let agent = &self.agents[from.at()].config.name;
        let may = self.transfer_rule().allows(agent, number) || self.broken(Mutation::DialAnything);
        if may {
            Ok(())
        } else {
            Err(TransferRefusal::NotAllowed)
        }
    }

    /// How long a caller waited in this queue before a talk that began at
    /// `since`, and in all queues so far.
    pub(super) fn waits_before(&self, id: CallId, since: Millis) -> Option<(Millis, Millis)> {
        let call = self.calls.get(&id)?;
        let wait_ms = since.saturating_sub(call.place.since);
        let before_ms = call.place.since.saturating_sub(call.came);
        Some((wait_ms, wait_ms.saturating_add(before_ms)))
    }

    /// A call that was talked stands in its line again, from now on.
    fn line_up_again(&mut self, id: CallId) {
        let now = self.now;
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        let ix = call.queue_ix;
        let queue = &mut self.queues[ix.at()];
        call.place = place(&queue.config, call.details.priority, call.came, now, id);
        call.told = None;
        call.told_wait = None;
        call.had_to_wait = false;
        call.reserves_now = false;
        call.reserves_else = None;
        call.reserve_told = 0;
        call.setbacks = 0;
        call.ready_at = Deadline::NEVER;
        call.overdue = false;
        call.last_word = None;
        call.dismissed = None;
        call.width = queue.config.width();
        call.widen_at = match call.offers().is_empty() {
            false if call.width < queue.config.width_max() => {
                Deadline::at(now.saturating_add(queue.config.ring_step_ms.max(1)))
            }
            true | false => Deadline::NEVER,
        };
        call.eased_at = now;
        call.announce_at = queue.next_announcement(now).into();
        call.leave_at = queue.config.leave.wait_ends(now).into();
        queue.line.insert(call.place);
        self.touch_queue(ix);
    }

    /// An agent who is free at once, because there is no wrap-up, is not
    /// offered the caller who was just handed over to the own queue.
    fn keep_from_own(&mut self, ix: AgentIx, queue: QueueIx) {
        let now = self.now;
        let queue = &self.queues[queue.at()];
        let delay_ms = retry_delay_ms(queue.config.retry_delay_ms);
        let serves = self.agents[ix.at()].pools.contains(&queue.pool);
        if serves && self.agents[ix.at()].activity == Activity::Idle {
            // A delay that lasts longer stays.
            let retry_at = Some(now.saturating_add(delay_ms));
            let agent = &mut self.agents[ix.at()];
            agent.retry_at = agent.retry_at.max(retry_at);
            self.settle_agent(ix);
        }
    }

    /// The agent hung up while a colleague's phone rang, or for no reason that
    /// is known.
    pub(super) fn agent_left(&mut self, id: CallId, offer: OfferId) {
        if self.tie(id, offer) != Some(Tie::Talk) {
            return;
        }
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        let to = call.queue_ix;
        let Some(consult) = call.talk_mut().and_then(|talk| talk.consult.take()) else {
            self.hand_over(id, Onward::to_anybody(to));
            return;
        };
        if consult.joined.is_some() {
            if let Some(talk) = call.talk_mut() {
                talk.consult = Some(consult);
            }
            self.complete(id, false);
            return;
        }
        let (colleague, rings) = (consult.colleague(), consult.offer.id);
        let onward = Onward {
            wanted: colleague.agent(),
            rings: Some(consult.offer),
            ..Onward::to_anybody(to)
        };
        self.hand_over(id, onward);
        self.record(Fact::ConsultBecameOffer {
            call: id,
            offer: rings,
            party: self.party(colleague),
        });
    }

    /// Looks again at a caller who waits for a colleague.
    pub(super) fn review_transfer(&mut self, id: CallId, wanted: &WantedManager) {
        let is_possible = self
            .find_agent(&wanted.agent)
            .is_some_and(|ix| self.may_be_waited_for(ix).is_ok());
        if wanted.until <= self.now || !is_possible {
            self.give_transfer_up(id);
        }
    }

    /// A transferred caller waits no more for the colleague: the agent who
    /// transferred has the caller back if that was wanted, else anybody.
    pub(super) fn give_transfer_up(&mut self, id: CallId) {
        let Some(given_up) = self.calls.get(&id).and_then(|call| call.manager.clone()) else {
            return;
        };
        let wanted = self.take_back(id);
        self.record(Fact::TransferGivenUp {
            call: id,
            party: Party::Agent(given_up.agent),
            wanted: wanted.as_ref().map(|wanted| wanted.agent.clone()),
        });
        self.want(id, wanted);
    }

    /// The agent who transferred, if that one is to have the caller back and
    /// can.
    fn take_back(&mut self, id: CallId) -> Option<WantedManager> {
        let credit_ms = self.transfer_rule().agent_wait_ms;
        let agent = self.calls.get_mut(&id)?.back_to.take()?;
        let ix = self.find_agent(&agent)?;
        let is_possible = self.may_be_waited_for(ix).is_ok();
        is_possible.then(|| wanted_until(agent, self.now, credit_ms))
    }
}

/// A colleague for whom a caller who was handed over waits so long.
fn wanted_until(agent: AgentId, now: Millis, credit_ms: Millis) -> WantedManager {
    WantedManager {
        agent,
        until: now.saturating_add(credit_ms.max(1)),
        credit_ms,
        by_transfer: true,
        only: false,
    }
}
