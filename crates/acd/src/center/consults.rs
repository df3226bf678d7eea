//! An agent asks a colleague about a call: the caller hears music, the two
//! speak, and then the colleague has the caller, or both agents, or the agent
//! alone again. Whoever hangs up in between, nobody is left on hold.

use super::Center;
use super::mutation::Mutation;
use super::skills::place;
use crate::activity::{Activity, Trigger};
use crate::agent::{AgentIx, Standing};
use crate::call::{Stage, Tie};
use crate::effect::{Effect, Fact};
use crate::id::{CallId, Millis, OfferId};
use crate::limits::{DOUBT_MS, SILENCE_MS, STALL_MS};
use crate::offer::{Offer, Outcome, Rings, Talk};
use crate::target::{Party, Target};
use crate::transfer::{
    Consult, ConsultParty, Joined, PastConsult, TransferKind, TransferRefusal, TransferRule,
    TransferTarget,
};
use crate::wrap_up::WrapUp;

/// Longest name of somebody to whom an agent's phone joined a caller.
const REPLACED_CHARS_MAX: usize = 128;

impl Center {
    /// Has a colleague rung for a word about the call.
    pub(super) fn consult(
        &mut self,
        id: CallId,
        to: &TransferTarget,
    ) -> Result<(), TransferRefusal> {
        let (from, queue) = self.talk_at_hand(id)?;
        let colleague = match to {
            TransferTarget::Agent { agent } => {
                let ix = self.colleague(from, agent)?;
                self.may_be_asked(ix)?;
                Target::Agent(ix)
            }
            TransferTarget::Queue { queue } => {
                let ix = self.open_queue(queue)?;
                let pool = &self.pools[self.queues[ix.at()].pool.at()];
                let draw = id.0 ^ (self.last_offer << 32);
                let ix = pool.choice(draw).ok_or(TransferRefusal::NobodyThere)?;
                Target::Agent(ix)
            }
            TransferTarget::Number { number } => {
                self.may_be_dialled(from, number)?;
                if let Some(call) = self.calls.get_mut(&id) {
                    call.outside = Some(number.clone());
                }
                Target::Outside { outside: id }
            }
        };
        let ring_timeout_ms = match colleague {
            Target::Agent(_) | Target::Reserve { .. } => {
                self.queues[queue.at()].config.ring_timeout_ms
            }
            Target::Outside { .. } => self.transfer_rule().agent_wait_ms.max(1),
        };
        self.ring_colleague(id, from, colleague, ring_timeout_ms);
        Ok(())
    }

    /// Whether an agent may be asked now.
    fn may_be_asked(&self, ix: AgentIx) -> Result<(), TransferRefusal> {
        match self.agents[ix.at()].standing() {
            Standing::Free | Standing::RetryDelay => Ok(()),
            Standing::Occupied | Standing::WrapUp | Standing::Banned => Err(TransferRefusal::Busy),
            Standing::Offline => Err(TransferRefusal::Offline),
            Standing::NotReady => Err(TransferRefusal::NotReady),
            Standing::PhoneAbsent | Standing::PageLost => Err(TransferRefusal::PhoneAbsent),
            Standing::Gone => Err(TransferRefusal::Unknown),
        }
    }

    fn ring_colleague(&mut self, id: CallId, from: AgentIx, to: Target, ring_timeout_ms: Millis) {
        let now = self.now;
        self.last_offer += 1;
        let offer = Offer {
            id: OfferId(self.last_offer),
            target: to,
            alone: true,
            made_at: now,
            ring_timeout_ms,
            rings: None,
            deadline: Offer::deadline_from(now, ring_timeout_ms),
            doubted: false,
        };
        let offer_id = offer.id;
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        let Some(talk) = call.talk_mut() else {
            return;
        };
        talk.consult = Some(Box::new(Consult {
            offer,
            joined: None,
        }));
        call.version += 1;
        call.check_at = call.check_at.max(now + SILENCE_MS);
        let caller_id = call.details.caller_number.clone();
        self.offers.insert(offer_id, id);
        let party = self.party(to);
        let contact = self.contact_of(to);
        let by = self.agents[from.at()].config.name.clone();
        self.record(Fact::ConsultMade {
            call: id,
            offer: offer_id,
            party: party.clone(),
            by,
        });
        self.move_agent(from, Trigger::Consults, "asks a colleague");
        self.move_colleague(to, Trigger::Offered { call: id }, "asked by a colleague");
        self.put(Effect::Consult {
            call: id,
            offer: offer_id,
            party,
            contact,
            ring_timeout_ms,
            caller_id,
        });
        if !self.broken(Mutation::ForgetConsultTimer) {
            self.arm_call(id);
        }
    }

    /// The colleague's phone rings.
    pub(super) fn consult_ringing(&mut self, id: CallId, at: Millis) {
        let now = self.now;
        let Some(consult) = self.consult_mut(id) else {
            return;
        };
        if consult.offer.rings.is_some() || consult.joined.is_some() {
            return;
        }
        let offer = &mut consult.offer;
        offer.rings = Some(Rings { since: now, at });
        offer.deadline = Offer::deadline_from(now, offer.ring_timeout_ms);
        let colleague = consult.colleague();
        self.move_colleague(colleague, Trigger::RingHeard, "phone rings");
        self.arm_call(id);
    }

    /// The colleague answered.
    pub(super) fn consult_answered(&mut self, id: CallId) {
        let since = self.now;
        let Some(consult) = self.consult_mut(id) else {
            return;
        };
        if consult.joined.is_some() {
            return;
        }
        let with = ConsultParty::Colleague;
        consult.joined = Some(Joined { since, with });
        let colleague = consult.colleague();
        self.move_colleague(colleague, Trigger::Consults, "answered a colleague");
        self.change_consult(id);
    }

    /// The colleague could not be had, or has left: the agent speaks with the
    /// caller again.
    pub(super) fn end_consult(&mut self, id: CallId, outcome: Outcome) {
        let talk = self.calls.get(&id).and_then(|call| call.talk());
        let Some(agent) = talk.and_then(|talk| talk.target.agent()) else {
            return;
        };
        self.drop_consult(id, outcome);
        if matches!(
            self.agents[agent.at()].activity,
            Activity::Consulting { .. }
        ) {
            self.move_agent(agent, Trigger::JoinsCaller, "back to the caller");
        }
        self.touch_agent(agent);
        self.arm_call(id);
    }

    /// Frees the colleague; what becomes of the agent who asked is for whoever
    /// calls this. Nobody is blamed: it was no call of a queue.
    pub(super) fn drop_consult(&mut self, id: CallId, outcome: Outcome) {
        let now = self.now;
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        let Some(talk) = call.talk_mut() else {
            return;
        };
        let Some(consult) = talk.consult.take() else {
            return;
        };
        let (offer, colleague) = (&consult.offer, consult.colleague());
        let party = self.party(colleague);
        let word = match consult.joined {
            Some(_) => "answered",
            None => outcome.word(),
        };
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        let Some(talk) = call.talk_mut() else {
            return;
        };
        talk.past_consult = Some(Box::new(PastConsult {
            offer: offer.id,
            party: party.clone().into(),
            outcome: word.into(),
            at: now,
        }));
        call.version += 1;
        call.remember(offer.id, party.clone());
        call.outside = None;
        let queue_ix = call.queue_ix;
        self.offers.remove(&offer.id);
        self.record(Fact::ConsultEnded {
            call: id,
            offer: offer.id,
            party,
            outcome: word.into(),
            consult_ms: consult
                .joined
                .map_or(0, |joined| now.saturating_sub(joined.since)),
        });
        if self.broken(Mutation::KeepColleague) {
            return;
        }
        match consult.joined.map(|joined| joined.with) {
            None => self.move_colleague(colleague, Trigger::Released, word),
            Some(ConsultParty::Colleague | ConsultParty::Caller) => {
                self.move_colleague(colleague, Trigger::ConsultOver, "asked no more");
            }
            // Who spoke with a caller has something to write up.
            Some(ConsultParty::All) => {
                let wrap_up = WrapUp::begin(&self.queues[queue_ix.at()].config, now);
                if let Some(ix) = colleague.agent() {
                    self.leave_caller(ix, wrap_up, "left the talk");
                }
            }
        }
        if let Some(ix) = colleague.agent().filter(|_| consult.joined.is_some()) {
            self.act_on_after_call(ix);
        }
    }

    pub(super) fn complete_by_wish(&mut self, id: CallId) -> Result<(), TransferRefusal> {
        self.joined_consult(id)?;
        self.complete(id, true);
        Ok(())
    }

    /// The colleague has the caller, the agent who asked leaves.
    pub(super) fn complete(&mut self, id: CallId, tells_session: bool) {
        let now = self.now;
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        let Some(consult) = call.talk_mut().and_then(|talk| talk.consult.take()) else {
            return;
        };
        let Some(talk) = call.talk().cloned() else {
            return;
        };
        let Some(from) = talk.target.agent() else {
            return;
        };
        let Some((wait_ms, waited_ms)) = self.waits_before(id, talk.since) else {
            return;
        };
        let (offer, colleague) = (consult.offer.id, consult.colleague());
        let began = consult.joined.map_or(now, |joined| joined.since);
        let talk_ms = self.release_talk(id, &talk, None, true);
        let party = self.party(colleague);
        self.offers.remove(&offer);
        let counts_twice = self.broken(Mutation::CountConsultTwice);
        let from_agent = self.agents[from.at()].config.name.clone();
        self.callback_handed_over(id, talk_ms, &from_agent);
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        call.remember_left(talk.offer, from_agent.clone());
        let mut next = Talk::found(offer, colleague, now);
        if counts_twice {
            next.since = began;
            next.offered_at = began;
        }
        let name = call.queue.clone();
        self.pass_talk(id, next, waited_ms);
        self.record(Fact::ConsultEnded {
            call: id,
            offer,
            party: party.clone(),
            outcome: "answered".into(),
            consult_ms: now.saturating_sub(began),
        });
        self.record(Fact::CallTransferred {
            call: id,
            queue: name.clone(),
            to_queue: name,
            agent: from_agent,
            to_agent: party.agent().cloned(),
            to_number: party.number().map(str::to_owned),
            kind: TransferKind::Attended,
            wait_ms,
            talk_ms,
        });
        self.give_caller(colleague);
        if tells_session {
            self.put(Effect::CompleteTransfer { call: id, offer });
        }
        self.arm_call(id);
    }

    /// The agent's own phone has joined the caller to somebody else, whom the
    /// centre has not rung: the talk goes on without the agent.
    pub(super) fn agent_replaced(&mut self, id: CallId, offer: OfferId, to: &str) {
        let now = self.now;
        if self.tie(id, offer) != Some(Tie::Talk) {
            return;
        }
        let Some(talk) = self.calls.get(&id).and_then(|call| call.talk().cloned()) else {
            return;
        };
        let Some(from) = talk.target.agent().filter(|_| !self.dials_for_agent(id)) else {
            return;
        };
        let Some((wait_ms, waited_ms)) = self.waits_before(id, talk.since) else {
            return;
        };
        let talk_ms = self.release_talk(id, &talk, None, true);
        let agent = self.agents[from.at()].config.name.clone();
        self.callback_handed_over(id, talk_ms, &agent);
        let to: String = to.chars().take(REPLACED_CHARS_MAX).collect();
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        call.outside = Some(to.clone());
        let next = Talk::found(offer, Target::Outside { outside: id }, now);
        self.pass_talk(id, next, waited_ms);
        let Some(queue) = self.calls.get(&id).map(|call| call.queue.clone()) else {
            return;
        };
        self.record(Fact::CallTransferred {
            call: id,
            queue: queue.clone(),
            to_queue: queue,
            agent,
            to_agent: None,
            to_number: Some(to),
            kind: TransferKind::Attended,
            wait_ms,
            talk_ms,
        });
        self.arm_call(id);
    }

    /// Whoever talks to the caller from now on, after a talk that was released.
    fn pass_talk(&mut self, id: CallId, next: Talk, waited_ms: Millis) {
        let now = self.now;
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        call.enter(Stage::Talking(next));
        call.came = now.saturating_sub(waited_ms);
        call.recounted = true;
        call.asks_about = None;
        let ix = call.queue_ix;
        let queue = &mut self.queues[ix.at()];
        call.place = place(&queue.config, call.details.priority, call.came, now, id);
        queue.talking += 1;
        self.touch_queue(ix);
    }

    /// A colleague who was asked has the caller from now on.
    fn give_caller(&mut self, colleague: Target) {
        let Target::Agent(colleague) = colleague else {
            return;
        };
        self.agents[colleague.at()].marks.adopted();
        self.day_counts = true;
        let is_with_caller = matches!(
            self.agents[colleague.at()].activity,
            Activity::Talking { .. }
        );
        if is_with_caller {
            self.settle_agent(colleague);
        } else {
            self.move_agent(colleague, Trigger::JoinsCaller, "was given the call");
        }
    }

    /// The agent speaks with the other one.
    pub(super) fn swap(&mut self, id: CallId) -> Result<(), TransferRefusal> {
        let (agent, colleague, with) = self.joined_consult(id)?;
        let next = match with {
            ConsultParty::Colleague => {
                self.move_agent(agent, Trigger::JoinsCaller, "back to the caller");
                self.move_colleague(colleague, Trigger::PutOnHold, "waits for the colleague");
                ConsultParty::Caller
            }
            ConsultParty::Caller => {
                self.move_agent(agent, Trigger::Consults, "back to the colleague");
                self.move_colleague(colleague, Trigger::Consults, "speaks with the colleague");
                ConsultParty::Colleague
            }
            ConsultParty::All => return Err(TransferRefusal::NoColleague),
        };
        self.speak_with(id, next);
        Ok(())
    }

    /// All three speak.
    pub(super) fn merge(&mut self, id: CallId) -> Result<(), TransferRefusal> {
        let (agent, colleague, with) = self.joined_consult(id)?;
        match with {
            ConsultParty::Colleague => {
                self.move_agent(agent, Trigger::JoinsCaller, "all three speak");
                self.move_colleague(colleague, Trigger::JoinsCaller, "all three speak");
            }
            ConsultParty::Caller => {
                self.move_colleague(colleague, Trigger::JoinsCaller, "all three speak");
            }
            ConsultParty::All => return Ok(()),
        }
        self.speak_with(id, ConsultParty::All);
        Ok(())
    }

    pub(super) fn cancel_consult(&mut self, id: CallId) -> Result<(), TransferRefusal> {
        let offer = self
            .calls
            .get(&id)
            .and_then(|call| call.consult())
            .map(|consult| consult.offer.id)
            .ok_or(TransferRefusal::NoColleague)?;
        self.end_consult(id, Outcome::Cancelled);
        self.cancel_again(id, offer);
        Ok(())
    }

    fn speak_with(&mut self, id: CallId, next: ConsultParty) {
        let Some(consult) = self.consult_mut(id) else {
            return;
        };
        if let Some(joined) = &mut consult.joined {
            joined.with = next;
        }
        self.change_consult(id);
        self.tell_consult(id);
    }

    /// Tells the session whom the agent speaks with.
    pub(super) fn tell_consult(&mut self, id: CallId) {
        let Some(consult) = self.calls.get(&id).and_then(|call| call.consult()) else {
            return;
        };
        if let Some(joined) = consult.joined {
            self.put(Effect::JoinConsult {
                call: id,
                offer: consult.offer.id,
                with: joined.with,
            });
        }
    }

    /// A status given before this proves nothing against it; and both agents
    /// are shown it.
    fn change_consult(&mut self, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        call.version += 1;
        let agent = call.talk().and_then(|talk| talk.target.agent());
        let colleague = call
            .consult()
            .and_then(|consult| consult.colleague().agent());
        for agent in [agent, colleague].into_iter().flatten() {
            self.touch_agent(agent);
        }
        self.arm_call(id);
    }

    fn joined_consult(
        &self,
        id: CallId,
    ) -> Result<(AgentIx, Target, ConsultParty), TransferRefusal> {
        let talk = self.calls.get(&id).and_then(|call| call.talk());
        let talk = talk.ok_or(TransferRefusal::NoTalk)?;
        let consult = talk.consult.as_ref().ok_or(TransferRefusal::NoColleague)?;
        let joined = consult.joined.ok_or(TransferRefusal::NoColleague)?;
        let agent = talk.target.agent().ok_or(TransferRefusal::NoTalk)?;
        Ok((agent, consult.colleague(), joined.with))
    }

    fn consult_mut(&mut self, id: CallId) -> Option<&mut Consult> {
        let talk = self.calls.get_mut(&id)?.talk_mut()?;
        talk.consult.as_deref_mut()
    }

    /// A colleague's phone has rung for too long.
    pub(super) fn consult_due(&mut self, id: CallId) {
        let now = self.now;
        let Some(consult) = self.consult_mut(id) else {
            return;
        };
        let offer = &mut consult.offer;
        if consult.joined.is_some() || offer.deadline > now {
            return;
        }
        if now - offer.deadline > STALL_MS && !offer.doubted {
            offer.doubted = true;
            offer.deadline = now + DOUBT_MS;
            self.ask_status(id);
            return;
        }
        let offer_id = offer.id;
        self.end_consult(id, Outcome::NoAnswer);
        self.cancel_again(id, offer_id);
    }

    /// The colleague has left.
    pub(super) fn consult_ended(&mut self, id: CallId, offer: OfferId) {
        match self.tie(id, offer) {
            Some(Tie::Consult) => self.end_consult(id, Outcome::Cancelled),
            Some(Tie::Talk) => self.completed_too_late(id),
            Some(Tie::Live | Tie::Past) | None => {}
        }
    }

    /// The colleague had left in the moment in which the caller was handed
    /// over: the agent who asked still speaks with the caller, and goes on if
    /// there is no other call yet; else the caller waits.
    pub(super) fn completed_too_late(&mut self, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        // The colleague has nothing to write up.
        if let Some(talk) = call.talk_mut() {
            talk.joined = false;
        }
        self.put_back_in_line(id);
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        let left = call.recall_left();
        let party = left.and_then(|offer| call.past_party(offer));
        if let (Some(offer), Some(Party::Agent(agent))) = (left, party)
            && !self.adopt(id, offer)
        {
            if let Some(call) = self.calls.get_mut(&id) {
                call.remember_left(offer, agent);
            }
            self.cancel_again(id, offer);
        }
        self.leave_if_overdue(id);
    }

    /// The session says that the colleague has the caller: the agent hung up.
    pub(super) fn found_completed(&mut self, id: CallId, offer: OfferId) {
        match self.tie(id, offer) {
            Some(Tie::Consult) => {
                self.consult_answered(id);
                self.complete(id, false);
            }
            Some(Tie::Live | Tie::Talk) => {
                self.begin_talk(id, offer, self.now);
                self.join_talk(id);
            }
            Some(Tie::Past) => {
                // We had cancelled the colleague in that moment. The agent is
                // gone all the same.
                let talk = self.calls.get(&id).and_then(|call| call.talk());
                if let Some(left) = talk.and_then(|talk| talk.asked_before(offer)) {
                    self.agent_left(id, left);
                }
                self.take_over(id, offer);
            }
            None => {}
        }
    }

    pub(super) fn transfer_rule(&self) -> TransferRule {
        self.configuration
            .as_ref()
            .map(|configuration| configuration.transfers.clone())
            .unwrap_or_default()
    }

    /// Moves a colleague who is an agent; an outside number has no state.
    fn move_colleague(&mut self, colleague: Target, trigger: Trigger, why: &'static str) {
        if let Target::Agent(ix) = colleague {
            self.move_agent(ix, trigger, why);
        }
    }
}
