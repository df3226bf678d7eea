//! The life of an offer: it rings, is answered, or comes to nothing.

use super::Center;
use super::calling_back::Miss;
use super::mutation::Mutation;
use crate::activity::Trigger;
use crate::agent::AgentIx;
use crate::ban::BanRule;
use crate::call::{Stage, Tie};
use crate::deadline::Deadline;
use crate::effect::{Effect, Fact};
use crate::id::{CallId, Millis, OfferId};
use crate::offer::{Offer, Outcome, Rings, Talk, setback_delay_ms};
use crate::own_manager::Excuse;
use crate::target::Target;

impl Center {
    pub(super) fn offer_ringing(&mut self, id: CallId, offer_id: OfferId, at: Millis) {
        let now = self.now;
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        match (call.tie(offer_id), call.offer_mut(offer_id)) {
            (Tie::Live, Some(offer)) => {
                if offer.rings.is_some() {
                    return;
                }
                offer.rings = Some(Rings { since: now, at });
                // The session's own ring timeout may have started later than
                // ours: by the time that `connect` was on its way.
                offer.deadline = Offer::deadline_from(now, offer.ring_timeout_ms);
                let target = offer.target;
                self.target_rings(target);
            }
            (Tie::Talk, _) => {}
            (Tie::Consult, _) => self.consult_ringing(id, at),
            (Tie::Live | Tie::Past, _) => self.cancel_again(id, offer_id),
        }
    }

    pub(super) fn offer_answered(&mut self, id: CallId, offer_id: OfferId, at: Millis) {
        match self.tie(id, offer_id) {
            Some(Tie::Live) => self.begin_talk(id, offer_id, at),
            Some(Tie::Consult) => self.consult_answered(id),
            Some(Tie::Talk) | None => {}
            Some(Tie::Past) => self.cancel_again(id, offer_id),
        }
    }

    pub(super) fn offer_failed(
        &mut self,
        id: CallId,
        offer_id: OfferId,
        outcome: Outcome,
        rang_ms: Millis,
    ) {
        match self.tie(id, offer_id) {
            Some(Tie::Live) => {
                self.fail_offer(id, offer_id, outcome, Some(rang_ms));
                if outcome == Outcome::Cancelled {
                    // Not by us: it may be at work on an offer that we gave up.
                    self.ask_status(id);
                }
            }
            // The answered leg fell away between the answer and the joining.
            Some(Tie::Talk) if self.dials_for_agent(id) => self.miss(id, Miss::AgentLeft),
            Some(Tie::Talk) => {
                self.put_back_in_line(id);
                self.leave_if_overdue(id);
            }
            Some(Tie::Consult) => self.end_consult(id, outcome),
            Some(Tie::Past) | None => {}
        }
    }

    pub(super) fn connect_not_delivered(&mut self, offer: OfferId) {
        if let Some(id) = self.offers.get(&offer).copied() {
            if self.tie(id, offer) == Some(Tie::Consult) {
                self.end_consult(id, Outcome::NotDelivered);
            } else {
                self.fail_offer(id, offer, Outcome::NotDelivered, None);
            }
            // It may have got there all the same, and only the answer was lost.
            self.ask_status(id);
        }
    }

    /// Somebody answered: the caller leaves the line, and all other phones
    /// that ring for the call are cancelled.
    pub(super) fn begin_talk(&mut self, id: CallId, offer_id: OfferId, at: Millis) {
        let now = self.now;
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        let Some(offer) = call.take_offer(offer_id) else {
            return;
        };
        if !self.broken(Mutation::TwoWinners) {
            self.release_offers(id, Outcome::AnsweredElsewhere, true);
        }
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        call.enter(Stage::Talking(Talk::begin(&offer, now)));
        self.offers.remove(&offer.id);
        let speed_ms = offer.answer_speed_ms(now, at);
        self.record_offer_end(id, &offer, "answered", speed_ms);
        self.leave_line_for_talk(id);
        self.target_answers(offer.target, speed_ms);
    }

    /// Takes a call out of its line because somebody has it.
    pub(super) fn leave_line_for_talk(&mut self, id: CallId) {
        let now = self.now;
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        call.setbacks = 0;
        call.manager = None;
        call.back_to = None;
        call.announce_at = Deadline::NEVER;
        call.ease_at = Deadline::NEVER;
        call.ready_at = Deadline::NEVER;
        call.widen_at = Deadline::NEVER;
        call.leave_at = Deadline::NEVER;
        call.offer_callback_at = Deadline::NEVER;
        call.overdue = false;
        call.last_word = None;
        call.reserve_at = Deadline::NEVER;
        let ix = call.queue_ix;
        call.width = self.queues[ix.at()].config.width();
        let queue = &mut self.queues[ix.at()];
        queue.line.remove(&call.place);
        queue.talking += 1;
        let wait_ms = now.saturating_sub(call.place.since);
        if call.stand_in.is_none() {
            queue.estimate.waited(wait_ms, false);
        }
        if !call.recounted {
            queue.answered_today += 1;
            queue.answered_wait_ms_today += wait_ms;
            queue.level_today.answered(queue.config.service, wait_ms);
        }
        self.day_counts = true;
        if call.had_to_wait {
            let agent = call.target().and_then(Target::agent);
            let pool = call.pool;
            self.count_departure(ix, pool, agent);
        }
        self.touch_queue(ix);
        self.leave_turn(id);
    }

    /// An offer came to nothing. The call may be offered to the next one at
    /// once; after a failure that is nobody's it pauses, so that a session
    /// in trouble never makes a loop at full speed.
    pub(super) fn fail_offer(
        &mut self,
        id: CallId,
        offer_id: OfferId,
        outcome: Outcome,
        rang_ms: Option<Millis>,
    ) {
        let now = self.now;
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        let Some(offer) = call.take_offer(offer_id) else {
            return;
        };
        call.ready_at = if outcome.is_the_targets() {
            call.setbacks = 0;
            Deadline::NEVER
        } else {
            call.setbacks = call.setbacks.saturating_add(1);
            Deadline::at(now + setback_delay_ms(call.setbacks))
        };
        let config = &self.queues[call.queue_ix.at()].config;
        let (delay_ms, ban) = (config.retry_delay_after(outcome), config.ban_after(outcome));
        self.remember_offer(id, &offer);
        self.offers.remove(&offer.id);
        let rang_ms = rang_ms.unwrap_or_else(|| offer.rang_ms(now));
        self.record_offer_end(id, &offer, outcome.word(), rang_ms);
        self.release_target(&offer, outcome, delay_ms, ban);
        if matches!(offer.target, Target::Outside { .. }) {
            self.give_number_up(id);
        } else if outcome.is_the_targets() {
            self.give_manager_up(id, Excuse::Busy);
        } else {
            self.review_manager(id);
        }
        self.settle_turn(id);
        self.leave_if_overdue(id);
        self.arm_call(id);
    }

    /// After offers that failed without an agent's fault: the call pauses.
    pub(super) fn pause(&mut self, id: CallId) {
        let now = self.now;
        if let Some(call) = self.calls.get_mut(&id) {
            call.setbacks = call.setbacks.saturating_add(1);
            call.ready_at = Deadline::at(now + setback_delay_ms(call.setbacks));
        }
        self.settle_turn(id);
        self.leave_if_overdue(id);
    }

    /// Frees the agent of an offer that came to nothing.
    pub(super) fn release_agent(
        &mut self,
        ix: AgentIx,
        outcome: Outcome,
        retry_delay_ms: Millis,
        ban: BanRule,
    ) {
        let now = self.now;
        let keeps_place = self.broken(Mutation::ForgetIdleReset);
        let is_passed_over = !self.broken(Mutation::IgnoreRetryDelay);
        let outcome = match outcome {
            Outcome::Busy if self.broken(Mutation::CountBusyAsMiss) => Outcome::NoAnswer,
            other => other,
        };
        let agent = &mut self.agents[ix.at()];
        if outcome.is_the_targets() {
            agent.marks.not_taken(outcome);
            agent.idle_since = if keeps_place { agent.idle_since } else { now };
            agent.retry_at = is_passed_over.then(|| now.saturating_add(retry_delay_ms));
            self.day_counts = true;
            self.ban_after_miss(ix, outcome, ban);
            self.move_agent(ix, Trigger::NotTaken, outcome.word());
        } else {
            self.move_agent(ix, Trigger::Released, outcome.word());
        }
    }

    pub(super) fn record_offer_end(
        &mut self,
        call: CallId,
        offer: &Offer,
        outcome: &'static str,
        rang_ms: Millis,
    ) {
        let party = self.party(offer.target);
        let outcome = outcome.into();
        self.record(Fact::OfferEnded {
            call,
            offer: offer.id,
            party,
            outcome,
            rang_ms,
        });
    }

    /// Remembers whom an offer was for that is over.
    pub(super) fn remember_offer(&mut self, id: CallId, offer: &Offer) {
        let party = self.party(offer.target);
        if let Some(call) = self.calls.get_mut(&id) {
            call.remember(offer.id, party);
        }
    }

    /// Puts a call at its place among those to be offered to agents, and among
    /// those to be given to reserves, if it may be.
    pub(super) fn settle_turn(&mut self, id: CallId) {
        let now = self.now;
        self.settle_claim(id);
        let Some(call) = self.calls.get(&id) else {
            return;
        };
        let due = call.due_turn();
        if call.turn == due {
            return;
        }
        self.leave_pool_turn(id);
        if let Some(turn) = due
            && let Some(call) = self.calls.get_mut(&id)
        {
            call.turn = Some(turn);
            let pool = call.pool;
            if turn.rung == 0 {
                call.pressing_since = now;
                let queue = call.queue_ix;
                self.begin_to_press(queue, pool, turn.place);
            }
            self.pools[pool.at()].unserved.insert(turn);
            self.touch_pool(pool);
        }
    }

    /// Takes a call from those to be offered to agents or given to reserves.
    pub(super) fn leave_turn(&mut self, id: CallId) {
        self.leave_claim(id);
        self.leave_pool_turn(id);
    }

    fn leave_pool_turn(&mut self, id: CallId) {
        let now = self.now;
        if let Some(call) = self.calls.get_mut(&id)
            && let Some(turn) = call.turn.take()
        {
            self.pools[call.pool.at()].unserved.remove(&turn);
            if turn.rung == 0 {
                call.had_to_wait |= call.pressing_since < now;
                let (queue, pool) = (call.queue_ix, call.pool);
                self.press_no_more(queue, pool, turn.place);
            }
        }
    }

    /// Somebody's phone is busy with an offer that is over for us, or with a
    /// caller who was handed over.
    pub(super) fn cancel_again(&mut self, id: CallId, offer: OfferId) {
        let Some(call) = self.calls.get(&id).filter(|call| !call.closed) else {
            return;
        };
        let effect = if call.has_left(offer) {
            Effect::ReleaseAgent { call: id, offer }
        } else {
            Effect::CancelOffer { call: id, offer }
        };
        self.put(effect);
    }

    pub(super) fn tie(&self, id: CallId, offer: OfferId) -> Option<Tie> {
        self.calls.get(&id).map(|call| call.tie(offer))
    }
}
