//! The life of an offer: it rings, is answered, or comes to nothing.

use super::Center;
use super::mutation::Mutation;
use crate::activity::Trigger;
use crate::agent::AgentIx;
use crate::ban::BanRule;
use crate::call::{Mark, Stage};
use crate::effect::{Effect, Fact};
use crate::id::{CallId, Millis, OfferId};
use crate::offer::{Offer, Outcome, Rings, Talk, retry_delay_ms, setback_delay_ms};

impl Center {
    pub(super) fn offer_ringing(&mut self, id: CallId, offer_id: OfferId, at: Millis) {
        let now = self.now;
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        match &mut call.stage {
            Stage::Offering(offer) if offer.id == offer_id => {
                if offer.rings.is_some() {
                    return;
                }
                offer.rings = Some(Rings { since: now, at });
                // The session's own ring timeout may have started later than
                // ours: by the time that `connect` was on its way.
                offer.deadline = Offer::deadline_from(now, offer.ring_timeout_ms);
                let agent = offer.agent;
                self.move_agent(agent, Trigger::RingHeard, "phone rings");
            }
            Stage::Talking(talk) if talk.offer == offer_id => {}
            Stage::Offering(_) | Stage::Talking(_) | Stage::Waiting { .. } | Stage::Ended => {
                self.cancel_again(id, offer_id);
            }
        }
    }

    pub(super) fn offer_answered(&mut self, id: CallId, offer_id: OfferId, at: Millis) {
        match self.mark_of(id) {
            Some(Mark::Offering(live)) if live == offer_id => self.begin_talk(id, at),
            Some(Mark::Talking(live)) if live == offer_id => {}
            Some(Mark::Offering(_) | Mark::Talking(_) | Mark::Waiting | Mark::Ended) => {
                self.cancel_again(id, offer_id);
            }
            None => {}
        }
    }

    pub(super) fn offer_failed(
        &mut self,
        id: CallId,
        offer_id: OfferId,
        outcome: Outcome,
        rang_ms: Millis,
    ) {
        match self.mark_of(id) {
            Some(Mark::Offering(live)) if live == offer_id => {
                self.fail_offer(id, outcome, Some(rang_ms));
                if outcome == Outcome::Cancelled {
                    // Not by us: it may be at work on an offer that we gave up.
                    self.ask_status(id);
                }
            }
            // The agent's leg fell away between the answer and the joining.
            Some(Mark::Talking(live)) if live == offer_id => self.put_back_in_line(id),
            Some(Mark::Offering(_) | Mark::Talking(_) | Mark::Waiting | Mark::Ended) | None => {}
        }
    }

    pub(super) fn connect_not_delivered(&mut self, offer: OfferId) {
        if let Some(id) = self.offers.get(&offer).copied() {
            self.fail_offer(id, Outcome::NotDelivered, None);
            // It may have got there all the same, and only the answer was lost.
            self.ask_status(id);
        }
    }

    /// The agent answered: the caller leaves the line.
    pub(super) fn begin_talk(&mut self, id: CallId, at: Millis) {
        let now = self.now;
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        let Stage::Offering(offer) = &call.stage else {
            return;
        };
        let offer = offer.clone();
        call.stage = Stage::Talking(Talk {
            offer: offer.id,
            agent: offer.agent,
            offered_at: offer.made_at,
            ring_until: offer.ring_until(),
            since: now,
            joined: false,
        });
        self.offers.remove(&offer.id);
        let speed_ms = offer.answer_speed_ms(now, at);
        self.agents[offer.agent.at()].marks.answered(speed_ms);
        self.record_offer_end(id, &offer, "answered", speed_ms);
        self.leave_line_for_agent(id);
        self.move_agent(offer.agent, Trigger::Answered, "answered");
    }

    /// Takes a call out of its line because an agent has it.
    pub(super) fn leave_line_for_agent(&mut self, id: CallId) {
        let now = self.now;
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        call.setbacks = 0;
        call.announce_at = None;
        call.ease_at = None;
        let ix = call.queue_ix;
        let queue = &mut self.queues[ix.at()];
        queue.line.remove(&call.place);
        queue.talking += 1;
        queue.estimate.departed(now);
        queue.answered_today += 1;
        self.day_counts = true;
        self.touch_queue(ix);
    }

    /// An offer came to nothing. The call may be offered to the next agent at
    /// once; after a failure that is no agent's it pauses, so that a session
    /// in trouble never makes a loop at full speed.
    pub(super) fn fail_offer(&mut self, id: CallId, outcome: Outcome, rang_ms: Option<Millis>) {
        let now = self.now;
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        let Stage::Offering(offer) = &call.stage else {
            return;
        };
        let offer = offer.clone();
        let ready_at = if outcome.is_the_agents() {
            call.setbacks = 0;
            None
        } else {
            call.setbacks = call.setbacks.saturating_add(1);
            Some(now + setback_delay_ms(call.setbacks))
        };
        call.stage = Stage::Waiting { ready_at };
        call.remember(offer.id, self.agents[offer.agent.at()].config.name.clone());
        let config = &self.queues[call.queue_ix.at()].config;
        let (delay_ms, ban) = (retry_delay_ms(config.retry_delay_ms), config.ban);
        self.offers.remove(&offer.id);
        let rang_ms = rang_ms.unwrap_or_else(|| offer.rang_ms(now));
        self.record_offer_end(id, &offer, outcome.word(), rang_ms);
        self.release_agent(offer.agent, outcome, delay_ms, ban);
        self.stand_ready(id);
        self.arm_call(id);
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
        let agent = &mut self.agents[ix.at()];
        if outcome.is_the_agents() {
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
        outcome: &str,
        rang_ms: Millis,
    ) {
        let agent = self.agents[offer.agent.at()].config.name.clone();
        let outcome = outcome.to_owned();
        self.record(Fact::OfferEnded {
            call,
            offer: offer.id,
            agent,
            outcome,
            rang_ms,
        });
    }

    /// Puts a call among those to be offered, if it waits and may be.
    pub(super) fn stand_ready(&mut self, id: CallId) {
        let Some(call) = self.calls.get(&id) else {
            return;
        };
        if call.stage == (Stage::Waiting { ready_at: None }) && call.ending_at.is_none() {
            let pool = call.pool;
            self.pools[pool.at()].unserved.insert(call.place);
            self.touch_pool(pool);
        }
    }

    /// An agent's phone is busy with an offer that is over for us.
    pub(super) fn cancel_again(&mut self, id: CallId, offer: OfferId) {
        if self.calls.get(&id).is_some_and(|call| !call.closed) {
            self.put(Effect::CancelOffer { call: id, offer });
        }
    }

    pub(super) fn mark_of(&self, id: CallId) -> Option<Mark> {
        self.calls.get(&id).map(|call| call.mark())
    }
}
