//! How a talk and a call end.

use super::Center;
use super::callbacks::End;
use super::mutation::Mutation;
use crate::ban::BanRule;
use crate::call::Stage;
use crate::callback::{CallbackOutcome, Step};
use crate::deadline::Deadline;
use crate::effect::{Effect, Fact};
use crate::id::{CallId, Millis};
use crate::input::EndedBy;
use crate::limits::{CALLBACK_IDLE_MS, DAY_MS, ENDED_KEPT_MAX, ENDED_KEPT_MS};
use crate::offer::{Outcome, Talk};
use crate::session_name::SessionName;
use crate::target::Party;
use crate::timers::Owner;
use crate::view::CallResult;
use crate::wrap_up::WrapUp;
use std::sync::Arc;

/// How a call left the centre.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Departure {
    /// The caller hung up.
    CallerLeft,
    /// The session ended by itself.
    SessionEnded,
    /// The session is not there any more.
    SessionLost,
}

impl Center {
    /// The talk is over, and with it the call.
    pub(super) fn end_talk(&mut self, id: CallId, ended_by: EndedBy, talk_ms: Option<Millis>) {
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        let Stage::Talking(talk) = &call.stage else {
            return;
        };
        let talk = talk.clone();
        let wait_ms = talk.since.saturating_sub(call.place.since);
        self.callback_reached(id);
        let talk_ms = self.release_talk(id, &talk, talk_ms, true);
        self.question_put(id, ended_by, talk_ms);
        let party = self.party(talk.target);
        self.end_call(
            id,
            "answered",
            wait_ms,
            talk_ms,
            Some(ended_by),
            Some(&party),
        );
    }

    /// Frees whoever was in a talk with the caller, and the colleague who is
    /// asked; returns the talk's length.
    pub(super) fn release_talk(
        &mut self,
        id: CallId,
        talk: &Talk,
        talk_ms: Option<Millis>,
        with_wrap_up: bool,
    ) -> Millis {
        let now = self.now;
        self.drop_consult(id, Outcome::Cancelled);
        // A session cannot have talked for longer than since its offer.
        let talk_ms_max = now.saturating_sub(talk.offered_at);
        let talk_ms = talk_ms
            .unwrap_or_else(|| now.saturating_sub(talk.since))
            .min(talk_ms_max);
        let Some(call) = self.calls.get(&id) else {
            return talk_ms;
        };
        let queue_ix = call.queue_ix;
        let has_wrap_up = with_wrap_up && !self.broken(Mutation::ForgetWrapUp);
        let queue = &mut self.queues[queue_ix.at()];
        queue.talking -= 1;
        let wrap_up = WrapUp::begin(&queue.config, now).filter(|_| has_wrap_up);
        if with_wrap_up {
            let free_at = wrap_up.map_or(now, |(until, _)| until);
            queue
                .estimate
                .talked(free_at.saturating_sub(talk.offered_at));
        }
        self.touch_queue(queue_ix);
        self.day_counts = true;
        self.end_targets_talk(talk, talk_ms, wrap_up);
        if let Some(agent) = talk.target.agent().filter(|_| with_wrap_up) {
            self.act_on_after_call(agent);
        }
        talk_ms
    }

    /// The talk turned out to be none, but the caller is still there: back to
    /// the old place in line, after a pause as for any failure without an
    /// agent's fault. Whoever calls this calls [`Self::leave_if_overdue`] when the call is not
    /// taken up again.
    pub(super) fn put_back_in_line(&mut self, id: CallId) {
        let now = self.now;
        let Some(call) = self.calls.get(&id) else {
            return;
        };
        let Stage::Talking(talk) = &call.stage else {
            return;
        };
        let talk = talk.clone();
        // Nothing to write up after a talk that never began.
        self.release_talk(id, &talk, None, talk.joined);
        let party = self.party(talk.target);
        let day = self.day;
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        call.remember(talk.offer, party);
        call.setbacks = call.setbacks.saturating_add(1);
        call.ready_at = Deadline::at(now + crate::offer::setback_delay_ms(call.setbacks));
        call.enter(Stage::Waiting);
        let queue_ix = call.queue_ix;
        let queue = &mut self.queues[queue_ix.at()];
        queue.line.insert(call.place);
        if talk.since / DAY_MS == day && !call.recounted {
            queue.answered_today = queue.answered_today.saturating_sub(1);
            let wait_ms = talk.since.saturating_sub(call.place.since);
            queue.answered_wait_ms_today = queue.answered_wait_ms_today.saturating_sub(wait_ms);
            queue
                .level_today
                .not_answered(queue.config.service, wait_ms);
        }
        let is_stand_in = call.stand_in.is_some();
        if let Some(own) = call
            .stand_in
            .as_mut()
            .filter(|own| own.step == Step::Dialling)
        {
            own.step = Step::Joined {
                idle_until: now + CALLBACK_IDLE_MS,
            };
        }
        call.announce_at = queue.next_announcement(now).filter(|_| !is_stand_in).into();
        call.eased_at = now;
        let wait_ends = queue.config.leave.wait_ends(call.place.since);
        let wait_ends = wait_ends.map(|at| at.max(now + 1));
        call.leave_at = wait_ends.filter(|_| !is_stand_in).into();
        self.place_by_need(id);
        self.review_reserves(id);
        self.arm_call(id);
    }

    /// The caller or the session is gone: everything the call held is freed.
    pub(super) fn depart(&mut self, id: CallId, departure: Departure) {
        let now = self.now;
        if self.depart_stand_in(id, departure == Departure::CallerLeft) {
            return;
        }
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        let (outcome, ended_by) = match departure {
            Departure::CallerLeft => ("abandoned", EndedBy::Caller),
            Departure::SessionEnded | Departure::SessionLost => ("system_failed", EndedBy::System),
        };
        let wait_ms = now.saturating_sub(call.place.since);
        match &call.stage {
            Stage::Waiting | Stage::Offering(_) => {
                let session_lives = departure == Departure::CallerLeft;
                self.release_offers(id, Outcome::Cancelled, session_lives);
                self.end_call(id, outcome, wait_ms, 0, Some(ended_by), None);
            }
            Stage::Talking(_) => self.end_talk(id, ended_by, None),
            Stage::Ended => {}
        }
    }

    /// Ends all live offers of a call without blame; a session that lives is
    /// told to cancel them.
    pub(super) fn release_offers(&mut self, id: CallId, outcome: Outcome, session_lives: bool) {
        let now = self.now;
        while let Some(call) = self.calls.get_mut(&id)
            && let Some(offer) = call.offers().first().map(|offer| offer.id)
            && let Some(offer) = call.take_offer(offer)
        {
            self.remember_offer(id, &offer);
            self.offers.remove(&offer.id);
            let is_heard = self.calls.get(&id).is_some_and(|call| !call.closed);
            if session_lives && is_heard && !self.broken(Mutation::DropCancel) {
                self.put(Effect::CancelOffer {
                    call: id,
                    offer: offer.id,
                });
            }
            let rang_ms = offer.rang_ms(now);
            self.record_offer_end(id, &offer, outcome.word(), rang_ms);
            if session_lives || !self.broken(Mutation::KeepAgent) {
                self.release_target(&offer, outcome, 0, BanRule::default());
            }
        }
    }

    /// Nothing more is heard of or told to the session.
    pub(super) fn close_session(&mut self, id: CallId) {
        if let Some(call) = self.calls.get_mut(&id)
            && !call.closed
        {
            call.closed = true;
            self.put(Effect::CallClosed { call: id });
        }
    }

    pub(super) fn session_lost(&mut self, id: CallId) {
        self.hear_all_held(id);
        self.depart(id, Departure::SessionLost);
        // Should the session live after all, it asks again and is queued anew.
        if let Some(call) = self.calls.get(&id)
            && self.sessions.get(call.details.session_id.as_str()) == Some(&id)
        {
            self.sessions.remove(call.details.session_id.as_str());
        }
        self.close_session(id);
    }

    pub(super) fn end_call(
        &mut self,
        id: CallId,
        outcome: &'static str,
        wait_ms: Millis,
        talk_ms: Millis,
        ended_by: Option<EndedBy>,
        party: Option<&Party>,
    ) {
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        let agent = party.and_then(Party::agent).cloned();
        let reserve = party.and_then(Party::reserve).cloned();
        let number = party.and_then(Party::number).map(str::to_owned);
        call.result = Some(Box::new(CallResult {
            outcome: outcome.into(),
            wait_ms,
            talk_ms,
            ended_by,
            agent: agent.clone(),
            reserve: reserve.clone(),
        }));
        let is_recounted = call.recounted;
        let (ix, queue) = (call.queue_ix, call.queue.clone());
        let is_stand_in = call.stand_in.is_some();
        self.retire(id);
        if !is_recounted {
            self.left_today(ix, outcome, wait_ms);
        }
        if outcome == "abandoned" {
            let queue = &mut self.queues[ix.at()];
            queue.abandoned_today += u64::from(!is_recounted);
            queue.estimate.waited(wait_ms, true);
            self.day_counts = true;
        }
        if is_stand_in {
            let end = End {
                outcome: CallbackOutcome::Reached,
                why: outcome.to_owned(),
            };
            self.record_callback_end(id, end, talk_ms, ended_by, agent);
            return;
        }
        let outcome = outcome.into();
        self.record(Fact::CallEnded {
            call: id,
            queue,
            outcome,
            wait_ms,
            talk_ms,
            ended_by,
            agent,
            reserve,
            number,
        });
    }

    /// Takes a call out of everything it stood in; it is only remembered.
    pub(super) fn retire(&mut self, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        let was_in_line = call.is_in_line();
        call.enter(Stage::Ended);
        call.ending_at = Deadline::NEVER;
        call.announce_at = Deadline::NEVER;
        call.asked = None;
        call.ease_at = Deadline::NEVER;
        call.ready_at = Deadline::NEVER;
        call.widen_at = Deadline::NEVER;
        call.leave_at = Deadline::NEVER;
        call.offer_callback_at = Deadline::NEVER;
        let (place, ix) = (call.place, call.queue_ix);
        if was_in_line {
            self.queues[ix.at()].line.remove(&place);
        }
        self.leave_turn(id);
        if let Some(call) = self.calls.get_mut(&id) {
            call.manager = None;
            call.reserve_at = Deadline::NEVER;
            call.reserves_else = None;
            call.back_to = None;
        }
        self.touch_queue(ix);
        self.ended.push_back((self.now + ENDED_KEPT_MS, id));
    }

    /// Forgets calls that ended long ago.
    pub(super) fn forget_ended(&mut self) {
        while let Some((at, id)) = self.ended.front().copied() {
            if at > self.now && self.ended.len() <= ENDED_KEPT_MAX {
                return;
            }
            self.ended.pop_front();
            self.close_session(id);
            if let Some(mut call) = self.calls.remove(&id) {
                self.timers.disarm(Owner::Call(id), &mut call.wake);
                // A session that was queued anew has a later call.
                if let Some(other) = self.sessions.remove(call.details.session_id.as_str())
                    && other != id
                {
                    let session = SessionName::Told(Arc::clone(&call.details));
                    self.sessions.insert(session, other);
                }
            }
        }
    }
}
