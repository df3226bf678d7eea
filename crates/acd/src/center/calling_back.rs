//! A call-back whose turn it is: a session is started, the agent and the
//! caller are called, and what does not succeed goes back to its place.

use super::Center;
use super::callbacks::End;
use super::mutation::Mutation;
use crate::call::{Stage, Tie};
use crate::callback::{
    CallFirst, CallbackEnd, CallbackFailure, CallbackOutcome, CallbackStart, Step,
};
use crate::deadline::Deadline;
use crate::effect::{Effect, Fact, Refusal};
use crate::id::{AgentId, CallId, CallbackId, Millis, OfferId};
use crate::input::EndedBy;
use crate::leave::LeaveReason;
use crate::limits::{CALLBACK_IDLE_MS, CALLBACK_START_MS};
use crate::offer::{Offer, Outcome, setback_delay_ms};
use crate::session_name::SessionName;
use crate::target::{Party, Target};
use crate::view::CallResult;
use std::sync::Arc;

/// Why an attempt came to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Miss {
    /// The caller was not reached.
    Caller(CallbackFailure),
    /// The agent hung up before.
    AgentLeft,
    /// The session died.
    SessionLost,
    /// The session waited for an agent in vain.
    NobodyFree,
}

impl Miss {
    fn word(self) -> &'static str {
        match self {
            Self::Caller(failure) => failure.word(),
            Self::AgentLeft => "agent_left",
            Self::SessionLost => "session_lost",
            Self::NobodyFree => "nobody_free",
        }
    }
}

impl Center {
    /// It is the turn of a placeholder: a session is asked for.
    pub(super) fn start_callback(&mut self, id: CallId) {
        let until = self.now + CALLBACK_START_MS;
        let Some(own) = self
            .calls
            .get_mut(&id)
            .and_then(|call| call.stand_in.as_mut())
        else {
            return;
        };
        let Some(callback) = self.callbacks.get_mut(own.callback) else {
            return;
        };
        callback.starts += 1;
        own.look_at = None;
        own.step = Step::Starting {
            start: callback.starts,
            until,
        };
        if let Some(effect) = self.start_of(id) {
            self.put(effect);
        }
        self.settle_turn(id);
        self.arm_call(id);
    }

    /// Whether the line serves a placeholder whose caller is called first.
    pub(super) fn calls_the_caller_first(&self, id: CallId) -> bool {
        let own = self.calls.get(&id).and_then(|call| call.stand_in.as_ref());
        own.is_some_and(|own| own.step == Step::Waiting && own.first == CallFirst::Caller)
    }

    /// Whether a placeholder has no session that could ring anybody.
    pub(super) fn has_no_session(&self, id: CallId) -> bool {
        let own = self.calls.get(&id).and_then(|call| call.stand_in.as_ref());
        own.is_some_and(|own| own.step == Step::Waiting)
    }

    /// The command that starts the session of a call-back, while one is waited
    /// for.
    pub(super) fn start_of(&self, id: CallId) -> Option<Effect> {
        let call = self.calls.get(&id).filter(|call| !call.has_ended())?;
        let own = call.stand_in.as_ref()?;
        let Step::Starting { start, .. } = own.step else {
            return None;
        };
        let callback = self.callbacks.get(own.callback)?;
        Some(Effect::StartCallback(Box::new(CallbackStart {
            callback: own.callback,
            start,
            queue: call.queue.clone(),
            number: callback.number.clone(),
            first: own.first,
            dialed_number: call.details.dialed_number.clone(),
            language: call.details.language.clone(),
        })))
    }

    /// With the caller first: calls when the expected wait has become short.
    pub(super) fn start_if_near(&mut self, id: CallId) {
        let Some(call) = self.calls.get(&id) else {
            return;
        };
        if call.due_turn().is_none() {
            return;
        }
        let lead_ms = self.queues[call.queue_ix.at()].config.callback.lead_ms;
        let expected_ms = self.expected_wait_ms(call);
        if expected_ms.is_some_and(|expected_ms| expected_ms <= lead_ms) {
            self.start_callback(id);
        }
    }

    /// A session says that it was started for a call-back.
    pub(super) fn callback_joined(&mut self, callback: CallbackId, start: u64, session_id: String) {
        if let Some(id) = self.sessions.get(session_id.as_str()).copied() {
            if let Some(call) = self.calls.get_mut(&id) {
                call.heard(self.now);
            }
            self.accept(id);
            self.tell_hang_up(id);
            return;
        }
        let id = self.callbacks.get(callback).map(|own| own.call);
        let call = id.and_then(|id| self.calls.get_mut(&id));
        let expected = call.filter(|call| {
            let step = call.stand_in.as_ref().map(|own| own.step);
            matches!(step, Some(Step::Starting { start: expected, .. }) if expected == start)
        });
        let Some(call) = expected else {
            return self.put(Effect::CallRefused {
                session_id,
                refusal: Refusal::CallbackOver { callback },
                say: None,
            });
        };
        let id = call.id();
        Arc::make_mut(&mut call.details)
            .session_id
            .clone_from(&session_id);
        call.closed = false;
        call.heard(self.now);
        if let Some(own) = &mut call.stand_in {
            own.step = Step::Joined {
                idle_until: self.now + CALLBACK_IDLE_MS,
            };
        }
        self.sessions
            .insert(SessionName::Kept(session_id.into()), id);
        self.accept(id);
        self.connect_the_reserved(id);
        self.settle_turn(id);
        self.review_manager(id);
        self.arm_call(id);
    }

    /// The session that an agent was reserved for is there: the phone rings.
    fn connect_the_reserved(&mut self, id: CallId) {
        let now = self.now;
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        let caller_id = call.details.caller_number.clone();
        let mut connects = Vec::new();
        if let Stage::Offering(offers) = &mut call.stage {
            for offer in offers {
                offer.deadline = Offer::deadline_from(now, offer.ring_timeout_ms);
                let Target::Agent(ix) = offer.target else {
                    // Placeholders are for the queue's own agents only.
                    continue;
                };
                let agent = &self.agents[ix.at()].config;
                connects.push(Effect::Connect {
                    call: id,
                    offer: offer.id,
                    party: Party::Agent(agent.name.clone()),
                    contact: agent.contact.clone(),
                    ring_timeout_ms: offer.ring_timeout_ms,
                    caller_id: caller_id.clone(),
                });
            }
        }
        for connect in connects {
            self.put(connect);
        }
    }

    /// No session can be had: the agent is freed without blame, and it is
    /// tried again after a pause that grows.
    pub(super) fn callback_not_started(&mut self, callback: CallbackId, start: u64, why: &str) {
        let Some(own) = self.callbacks.get_mut(callback) else {
            return;
        };
        let id = own.call;
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        let Some(stand_in) = &mut call.stand_in else {
            return;
        };
        if !matches!(stand_in.step, Step::Starting { start: last, .. } if last == start) {
            return;
        }
        stand_in.step = Step::Waiting;
        own.trouble = Some(why.to_owned());
        self.release_offers(id, Outcome::NotDelivered, false);
        self.record(Fact::CallbackNotStarted {
            callback,
            call: id,
            why: why.to_owned(),
        });
        self.hold_stand_in(id);
        self.pause(id);
        self.stand_in_due(id);
        self.arm_call(id);
    }

    /// The caller's phone is dialled.
    pub(super) fn callback_dialled(&mut self, id: CallId) {
        let now = self.now;
        let Some(call) = self.calls.get_mut(&id).filter(|call| !call.has_ended()) else {
            return;
        };
        let Some(own) = call
            .stand_in
            .as_mut()
            .filter(|own| matches!(own.step, Step::Joined { .. }))
        else {
            return;
        };
        own.step = Step::Dialling;
        let callback = own.callback;
        let Some(own) = self.callbacks.get_mut(callback) else {
            return;
        };
        own.attempts = own.attempts.saturating_add(1);
        own.first_dialled_at.get_or_insert(now);
        let attempt = own.attempts;
        self.record(Fact::CallbackDialled {
            callback,
            call: id,
            attempt,
        });
        self.settle_turn(id);
    }

    /// With the caller first: the caller answered and waits.
    pub(super) fn callback_answered(&mut self, id: CallId) {
        self.callback_dialled(id);
        let Some(call) = self.calls.get_mut(&id).filter(|call| call.is_in_line()) else {
            return;
        };
        let ix = call.queue_ix;
        if let Some(own) = call
            .stand_in
            .as_mut()
            .filter(|own| own.step == Step::Dialling)
        {
            own.step = Step::OnLine;
        }
        self.touch_queue(ix);
        self.settle_turn(id);
        self.review_manager(id);
    }

    /// Caller and agent were joined.
    pub(super) fn callback_reached(&mut self, id: CallId) {
        self.callback_dialled(id);
        let now = self.now;
        let Some(own) = self
            .calls
            .get_mut(&id)
            .and_then(|call| call.stand_in.as_mut())
        else {
            return;
        };
        own.step = Step::OnLine;
        if let Some(callback) = self.callbacks.get_mut(own.callback) {
            callback.reached_at.get_or_insert(now);
        }
        self.settle_turn(id);
    }

    /// An agent hands a caller over who was called back: the call-back has done
    /// its work, and the caller is one like any other.
    pub(super) fn callback_handed_over(&mut self, id: CallId, talk_ms: Millis, agent: &AgentId) {
        self.callback_reached(id);
        let end = End {
            outcome: CallbackOutcome::Reached,
            why: "answered".to_owned(),
        };
        let by = Some(EndedBy::Agent);
        self.record_callback_end(id, end, talk_ms, by, Some(agent.clone()));
        if let Some(call) = self.calls.get_mut(&id) {
            call.stand_in = None;
        }
    }

    /// The session says that the caller was not reached.
    pub(super) fn callback_failed(&mut self, id: CallId, reason: CallbackFailure) {
        self.callback_dialled(id);
        let call = self.calls.get(&id).filter(|call| !call.has_ended());
        if call.is_some_and(|call| call.stand_in.is_some() && !self.is_reached(call)) {
            self.miss(id, Miss::Caller(reason));
        }
    }

    /// Whether an agent is on the line whose caller is not reached yet.
    pub(super) fn dials_for_agent(&self, id: CallId) -> bool {
        let call = self.calls.get(&id);
        call.is_some_and(|call| call.stand_in.is_some() && !self.is_reached(call))
    }

    /// A session of a call-back says what it does while it has no caller.
    pub(super) fn status_calling_back(&mut self, id: CallId, offer: Option<OfferId>) {
        let Some(call) = self.calls.get(&id) else {
            return;
        };
        if call.has_ended() {
            self.tell_hang_up(id);
            return;
        }
        match offer.map(|offer| (offer, call.tie(offer))) {
            // The answer itself was lost on the way.
            Some((offer, Tie::Live)) => self.begin_talk(id, offer, self.now),
            Some((offer, Tie::Past)) => self.cancel_again(id, offer),
            Some((_, Tie::Talk | Tie::Consult)) => {}
            None => self.callback_dialled(id),
        }
    }

    /// An attempt came to nothing: back to the place in line, or given up.
    pub(super) fn miss(&mut self, id: CallId, miss: Miss) {
        let now = self.now;
        self.leave_attempt(id);
        let Some(call) = self.calls.get(&id) else {
            return;
        };
        let Some(own) = call.stand_in.clone() else {
            return;
        };
        let call = call.clone();
        let config = &self.queues[call.queue_ix.at()].config;
        let rule = &config.callback;
        let Some(callback) = self.callbacks.get_mut(own.callback) else {
            return;
        };
        let attempts = callback.attempts;
        callback.trouble = Some(miss.word().to_owned());
        let is_last = attempts >= rule.attempts_max.max(1);
        if is_last && !self.broken(Mutation::NeverGiveUp) {
            let why = miss.word().to_owned();
            let outcome = CallbackOutcome::GivenUp;
            return self.record_callback_end(id, End { outcome, why }, 0, None, None);
        }
        if now >= own.expires_at {
            let (outcome, why) = (CallbackOutcome::Expired, miss.word().to_owned());
            return self.record_callback_end(id, End { outcome, why }, 0, None, None);
        }
        let setbacks = match miss {
            Miss::Caller(_) => 0,
            Miss::AgentLeft | Miss::SessionLost | Miss::NobodyFree => {
                call.setbacks.saturating_add(1)
            }
        };
        let pause_ms = match miss {
            Miss::Caller(failure) => rule.retry.after_ms(failure),
            Miss::AgentLeft | Miss::SessionLost | Miss::NobodyFree => setback_delay_ms(setbacks),
        };
        let retry_at = now.saturating_add(pause_ms.max(1));
        let mut next = self.next_stand_in(&call);
        next.setbacks = setbacks;
        next.ready_at = Deadline::at(retry_at);
        if let Some(own) = &mut next.stand_in {
            own.step = Step::Waiting;
        }
        if let Some(callback) = self.callbacks.get_mut(own.callback) {
            callback.call = next.id();
        }
        self.record(Fact::CallbackUnreached {
            callback: own.callback,
            call: id,
            next: next.id(),
            reason: miss.word().to_owned(),
            attempts,
            retry_at: Some(retry_at),
        });
        if !self.broken(Mutation::LosePlaceholder) {
            self.stand_in_line(next);
        }
    }

    /// The call of an attempt ends without a word in the record: whoever was
    /// held for it is free, and nobody is blamed.
    pub(super) fn leave_attempt(&mut self, id: CallId) {
        let Some(call) = self.calls.get(&id) else {
            return;
        };
        let session_lives = !call.closed;
        if let Stage::Talking(talk) = &call.stage {
            let talk = talk.clone();
            let party = self.party(talk.target);
            if session_lives {
                self.put(Effect::CancelOffer {
                    call: id,
                    offer: talk.offer,
                });
            }
            // Nothing to write up after a talk that never began.
            self.release_talk(id, &talk, None, false);
            if let Some(call) = self.calls.get_mut(&id) {
                call.remember(talk.offer, party);
            }
        }
        self.release_offers(id, Outcome::Cancelled, session_lives);
        let now = self.now;
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        call.hung_up = Some(LeaveReason::Callback);
        call.result = Some(Box::new(CallResult {
            outcome: "callback_unreached".into(),
            wait_ms: now.saturating_sub(call.place.since),
            talk_ms: 0,
            ended_by: Some(EndedBy::System),
            agent: None,
            reserve: None,
        }));
        self.retire(id);
    }

    /// Writes down how a call-back ended, and forgets it.
    pub(super) fn record_callback_end(
        &mut self,
        id: CallId,
        end: End,
        talk_ms: Millis,
        ended_by: Option<EndedBy>,
        agent: Option<AgentId>,
    ) {
        let Some(callback) = self
            .calls
            .get(&id)
            .and_then(|call| call.stand_in.as_ref())
            .map(|own| own.callback)
        else {
            return;
        };
        let Some(own) = self.callbacks.remove(callback) else {
            return;
        };
        self.record(Fact::CallbackEnded(Box::new(CallbackEnd {
            callback,
            call: id,
            queue: own.queue.clone(),
            outcome: end.outcome,
            why: end.why,
            attempts: own.attempts,
            virtual_wait_ms: own.virtual_wait_ms(),
            until_reached_ms: own.until_reached_ms(),
            talk_ms,
            ended_by,
            agent,
        })));
    }

    /// The caller of a call-back, or its session, is gone before a talk.
    /// Says whether it was one.
    pub(super) fn depart_stand_in(&mut self, id: CallId, by_caller: bool) -> bool {
        let Some(call) = self.calls.get(&id).filter(|call| !call.has_ended()) else {
            return false;
        };
        let Some(own) = &call.stand_in else {
            return false;
        };
        let is_talked = matches!(&call.stage, Stage::Talking(talk) if talk.joined);
        if is_talked {
            return false;
        }
        let (was_on_line, first) = (own.step == Step::OnLine, own.first);
        match (by_caller, was_on_line, first) {
            // Answered, and did not want to wait.
            (true, true, _) => {
                self.leave_attempt(id);
                let (outcome, why) = (CallbackOutcome::GivenUp, "caller_left".to_owned());
                self.record_callback_end(id, End { outcome, why }, 0, None, None);
            }
            (true, false, CallFirst::Agent | CallFirst::Caller) => {
                self.miss(id, Miss::Caller(CallbackFailure::Rejected));
            }
            (false, _, _) => self.miss(id, Miss::SessionLost),
        }
        true
    }
}
