//! What time alone brings about.

use super::Center;
use super::ending::Departure;
use crate::activity::Activity;
use crate::agent::AgentIx;
use crate::deadline::Deadline;
use crate::id::{CallId, Millis, OfferId};
use crate::limits::{DAY_MS, DOUBT_MS, SILENCE_MS, STALL_MS};
use crate::offer::Outcome;
use crate::queue::QueueIx;
use crate::timers::Owner;

impl Center {
    /// When [`crate::Input::Tick`] is next due; `None` while nothing is timed.
    /// A tick may find nothing to do.
    pub fn next_wake(&self) -> Option<Millis> {
        let midnight = self.day_counts.then(|| (self.day + 1) * DAY_MS);
        let forget = self.ended.front().map(|(at, _)| *at);
        [self.timers.next(), forget, midnight]
            .into_iter()
            .flatten()
            .min()
    }

    /// At midnight UTC the counts of the day start anew.
    pub(super) fn turn_day(&mut self) {
        let day = self.now / DAY_MS;
        if day == self.day {
            return;
        }
        self.day = day;
        self.day_counts = false;
        for at in 0..self.agents.len() {
            if self.agents[at].marks.start_day() {
                self.settle_agent(AgentIx(at as u32));
            }
        }
        for reserve in &mut self.reserves.list {
            reserve.marks.start_day();
        }
        for at in 0..self.queues.len() {
            let queue = &mut self.queues[at];
            let counted = queue.answered_today + queue.abandoned_today + queue.level_today.of;
            if counted > 0 {
                queue.level_today = crate::service_level::LevelToday::default();
                queue.answered_today = 0;
                queue.abandoned_today = 0;
                queue.answered_wait_ms_today = 0;
                self.touch_queue(QueueIx(at as u32));
            }
        }
    }

    /// Counts a call that left its queue without an answer.
    pub(super) fn left_today(&mut self, queue: QueueIx, outcome: &str, wait_ms: Millis) {
        let queue = &mut self.queues[queue.at()];
        let service = queue.config.service;
        queue.level_today.left(service, outcome, wait_ms);
        self.day_counts |= queue.level_today.of > 0;
    }

    pub(super) fn act_on_deadlines(&mut self) {
        while let Some(owner) = self.timers.pop_due(self.now) {
            match owner {
                Owner::Agent(ix) => self.agent_due(ix),
                Owner::Call(id) => self.call_due(id),
                Owner::Queue(ix) => self.queue_due(ix),
                Owner::Reserve(ix) => self.reserve_due(ix),
            }
        }
    }

    fn agent_due(&mut self, ix: AgentIx) {
        let now = self.now;
        let agent = &mut self.agents[ix.at()];
        agent.wake = None;
        let may_retry = agent.retry_at.is_some_and(|at| at <= now);
        if may_retry {
            agent.retry_at = None;
        }
        if agent.ban.as_ref().is_some_and(|ban| ban.until <= now) {
            self.end_ban(ix, "ban over".to_owned());
        }
        self.page_due(ix);
        let agent = &mut self.agents[ix.at()];
        match agent.activity {
            Activity::WrapUp { until } if until <= now => {
                self.finish_wrap_up(ix, "wrap-up over".to_owned());
            }
            Activity::WrapUp { .. }
            | Activity::Idle
            | Activity::Reserved { .. }
            | Activity::Ringing { .. }
            | Activity::Talking { .. }
            | Activity::Consulting { .. }
            | Activity::Held { .. } => {
                if may_retry {
                    self.settle_agent(ix);
                } else {
                    let next = agent.next_deadline();
                    self.timers.arm(Owner::Agent(ix), &mut agent.wake, next);
                }
            }
        }
    }

    fn call_due(&mut self, id: CallId) {
        let now = self.now;
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        call.wake = None;
        if call.sequence.give_missing_up(now) {
            self.hear_due(id);
        }
        self.easing_due(id);
        self.stand_in_due(id);
        self.stage_due(id);
        self.review_manager(id);
        self.wait_due(id);
        self.thresholds_due(id);
        self.callback_offer_due(id);
        self.announcement_due(id);
        self.silence_due(id);
        self.arm_call(id);
    }

    fn thresholds_due(&mut self, id: CallId) {
        let call = self.calls.get(&id);
        if call.is_some_and(|call| call.reserve_at.is_due(self.now)) {
            self.review_reserves(id);
        }
    }

    fn stage_due(&mut self, id: CallId) {
        let now = self.now;
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        if call.ending_at.is_due(now) {
            self.depart(id, Departure::SessionEnded);
            return;
        }
        if call.ready_at.is_due(now) {
            call.ready_at = Deadline::NEVER;
            self.settle_turn(id);
        }
        self.widening_due(id);
        self.consult_due(id);
        let overdue: Vec<OfferId> = self
            .calls
            .get(&id)
            .map_or(&[][..], |call| call.offers())
            .iter()
            .filter(|offer| offer.deadline <= now)
            .map(|offer| offer.id)
            .collect();
        for offer in overdue {
            self.offer_overdue(id, offer);
        }
    }

    /// One phone more may ring.
    fn widening_due(&mut self, id: CallId) {
        let now = self.now;
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        if !call.widen_at.is_due(now) {
            return;
        }
        let config = &self.queues[call.queue_ix.at()].config;
        call.widen_at = Deadline::NEVER;
        if call.width < config.width_max() {
            call.width += 1;
            if call.width < config.width_max() {
                call.widen_at = Deadline::at(now.saturating_add(config.ring_step_ms.max(1)));
            }
        }
        self.settle_turn(id);
    }

    fn offer_overdue(&mut self, id: CallId, offer_id: OfferId) {
        let now = self.now;
        let Some(offer) = self
            .calls
            .get_mut(&id)
            .and_then(|call| call.offer_mut(offer_id))
        else {
            return;
        };
        let late_ms = now - offer.deadline;
        if late_ms > STALL_MS && !offer.doubted {
            offer.doubted = true;
            offer.deadline = now + DOUBT_MS;
            self.ask_status(id);
            return;
        }
        let is_doubted = offer.doubted;
        let has_session = self.calls.get(&id).is_some_and(|call| !call.closed);
        let outcome = if !has_session {
            Outcome::NotDelivered
        } else if is_doubted {
            Outcome::Cancelled
        } else {
            Outcome::NoAnswer
        };
        self.cancel_again(id, offer_id);
        self.fail_offer(id, offer_id, outcome, None);
    }

    fn silence_due(&mut self, id: CallId) {
        let now = self.now;
        if let Some(call) = self.calls.get_mut(&id)
            && !call.has_ended()
            && call.check_at <= now
        {
            call.check_at = now + SILENCE_MS;
            self.ask_status(id);
        }
    }

    /// Sets the timer of a call by its deadlines.
    pub(super) fn arm_call(&mut self, id: CallId) {
        let now = self.now;
        let waits_too_long = |call: &crate::call::Call| {
            let wanted = call.manager.as_ref();
            call.is_waiting() && wanted.is_some_and(|wanted| wanted.until <= now)
        };
        if self.calls.get(&id).is_some_and(|call| waits_too_long(call)) {
            // The wait for the own manager ended while his phone rang.
            self.review_manager(id);
            self.settle_turn(id);
        }
        if let Some(call) = self.calls.get_mut(&id) {
            // What is due already was just looked at: never twice in a turn.
            let next = call.next_deadline().map(|at| at.max(now + 1));
            self.timers.arm(Owner::Call(id), &mut call.wake, next);
        }
    }
}
