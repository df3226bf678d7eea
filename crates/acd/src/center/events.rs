//! What sessions report, by its meaning.

use super::Center;
use super::ending::Departure;
use crate::call::{Stage, Tie};
use crate::effect::Effect;
use crate::id::{CallId, Millis, OfferId};
use crate::input::{EndedBy, SessionEvent};
use crate::offer::Outcome;
use crate::sequence::Dated;

impl Center {
    pub(super) fn call_event(&mut self, id: CallId, seq: u64, event: Dated) {
        let now = self.now;
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        call.heard(now);
        if call.sequence.take_in_order(seq) {
            self.hear(id, event);
        } else {
            if let Some(event) = call.sequence.take(now, seq, event) {
                self.hear(id, event);
            }
            self.hear_due(id);
        }
        self.arm_call(id);
    }

    /// Hears the held events whose turn has come.
    pub(super) fn hear_due(&mut self, id: CallId) {
        let now = self.now;
        while let Some(event) = self
            .calls
            .get_mut(&id)
            .and_then(|call| call.sequence.next_due(now))
        {
            self.hear(id, event);
        }
    }

    /// Hears whatever is held, going on without what is missing.
    pub(super) fn hear_all_held(&mut self, id: CallId) {
        while let Some(call) = self.calls.get_mut(&id)
            && call.sequence.holds()
        {
            call.sequence.skip_gap();
            self.hear_due(id);
        }
    }

    fn hear(&mut self, id: CallId, (at, event): Dated) {
        match event {
            SessionEvent::OfferRinging { offer_id } => self.offer_ringing(id, offer_id, at),
            SessionEvent::OfferAnswered { offer_id } => self.offer_answered(id, offer_id, at),
            SessionEvent::OfferFailed {
                offer_id,
                reason,
                sip_code: _,
                sip_reason: _,
                rang_ms,
            } => {
                self.offer_failed(id, offer_id, Outcome::from(reason), rang_ms);
            }
            SessionEvent::TalkStarted { offer_id } => self.talk_started(id, offer_id, at),
            SessionEvent::TalkEnded {
                offer_id,
                ended_by,
                talk_ms,
            } => {
                self.talk_ended(id, offer_id, ended_by, talk_ms, at);
            }
            // The session's count of the wait starts elsewhere than ours.
            SessionEvent::CallerLeft { waited_ms: _ } => self.depart(id, Departure::CallerLeft),
            SessionEvent::SessionEnded { why: _ } => {
                self.depart(id, Departure::SessionEnded);
                self.close_session(id);
            }
            SessionEvent::ManagerChoice { answer } => self.manager_choice(id, answer),
            SessionEvent::TalkRated { offer_id, score } => self.talk_rated(id, offer_id, score),
            SessionEvent::Digit { digit } => self.key_pressed(id, &digit),
            SessionEvent::TransferRequested { offer_id, to } => {
                self.transfer_requested(id, offer_id, &to);
            }
            SessionEvent::AgentLeft { offer_id } => self.agent_left(id, offer_id),
            SessionEvent::ConsultEnded { offer_id } => self.consult_ended(id, offer_id),
            SessionEvent::AgentReplaced { offer_id, to } => self.agent_replaced(id, offer_id, &to),
            SessionEvent::TransferCompleted { offer_id } => self.found_completed(id, offer_id),
            SessionEvent::CallbackTaken { number } => {
                // An empty one is the caller's own.
                let number = number.filter(|number| !number.is_empty());
                self.take_callback(id, number.as_deref());
            }
            SessionEvent::CallbackDialled => self.callback_dialled(id),
            SessionEvent::CallbackAnswered => self.callback_answered(id),
            SessionEvent::CallbackFailed { reason } => self.callback_failed(id, reason),
            // In the journal for those who want them; no rule of the routing
            // asks for them yet.
            SessionEvent::Recording { .. } | SessionEvent::RecordingFailed { .. } => {}
        }
    }

    /// A mark of the agent whose talk it was, even if the talk is over.
    fn talk_rated(&mut self, id: CallId, offer_id: OfferId, score: u64) {
        let Some(call) = self.calls.get(&id) else {
            return;
        };
        let party = match &call.stage {
            Stage::Talking(talk) if talk.offer == offer_id => Some(self.party(talk.target)),
            Stage::Waiting | Stage::Offering(_) | Stage::Talking(_) | Stage::Ended => {
                call.past_party(offer_id)
            }
        };
        // The last talk of a call that has ended is in its result.
        let last = || call.result.as_ref()?.agent.clone();
        let agent = party.map_or_else(last, |party| party.agent().cloned());
        let ix = agent.and_then(|name| self.agent_names.get(&name).copied());
        if let Some(ix) = ix {
            self.agents[ix.at()].marks.rated(score);
            self.day_counts = true;
            self.touch_agent(ix);
        }
    }

    fn talk_started(&mut self, id: CallId, offer_id: OfferId, at: Millis) {
        let Some(call) = self.calls.get(&id) else {
            return;
        };
        match call.tie(offer_id) {
            Tie::Live => {
                // The answer itself was lost on the way.
                self.begin_talk(id, offer_id, at);
                self.join_talk(id);
            }
            Tie::Talk => self.join_talk(id),
            Tie::Consult => self.found_completed(id, offer_id),
            // It tells of what was while we were away: the talk is over there too, and
            // only its end is still to come.
            Tie::Past if call.ending_at.is_set() && call.is_in_line() => {
                self.take_over(id, offer_id);
            }
            Tie::Past => {
                // They talk though the offer is over for us: end it, and hear
                // what came of that.
                let has_ended = call.has_ended();
                self.cancel_again(id, offer_id);
                if !has_ended {
                    self.ask_status(id);
                }
            }
        }
    }

    pub(super) fn join_talk(&mut self, id: CallId) {
        if let Some(call) = self.calls.get_mut(&id)
            && let Stage::Talking(talk) = &mut call.stage
            && !talk.joined
        {
            talk.joined = true;
            let target = talk.target;
            self.callback_reached(id);
            if let Some(agent) = target.agent() {
                self.touch_agent(agent);
                self.ask_if_due(id);
            }
        }
    }

    fn talk_ended(
        &mut self,
        id: CallId,
        offer_id: OfferId,
        ended_by: EndedBy,
        talk_ms: Millis,
        at: Millis,
    ) {
        match self.tie(id, offer_id) {
            Some(Tie::Live) => {
                self.begin_talk(id, offer_id, at);
                self.end_talk(id, ended_by, Some(talk_ms));
            }
            Some(Tie::Talk) => self.end_talk(id, ended_by, Some(talk_ms)),
            Some(Tie::Consult) => {
                self.found_completed(id, offer_id);
                self.end_talk(id, ended_by, Some(talk_ms));
            }
            // The talk of an offer that we cancelled.
            Some(Tie::Past) | None => {}
        }
    }

    /// Asks the session what it is doing, remembering in which version of
    /// the stage.
    pub(super) fn ask_status(&mut self, id: CallId) {
        let now = self.now;
        if let Some(call) = self.calls.get_mut(&id) {
            let asked = Some((call.version, now));
            if call.asked == asked || call.closed {
                return;
            }
            call.asked = asked;
            self.put(Effect::AskStatus { call: id });
        }
    }
}
