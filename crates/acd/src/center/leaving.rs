//! Callers whom a queue does not keep: limits, opening hours, exits by key.

use super::Center;
use super::mutation::Mutation;
use super::reserves::settled;
use super::skills::place;
use crate::call::Call;
use crate::deadline::Deadline;
use crate::effect::{Effect, Fact, Refusal};
use crate::id::{CallId, Millis, QueueId};
use crate::input::EndedBy;
use crate::input::NewCall;
use crate::leave::{Leave, LeaveReason};
use crate::limits::{LEAVE_RETRY_MS, QUEUE_MOVES_MAX};
use crate::offer::Outcome;
use crate::queue::QueueIx;
use crate::timers::Owner;
use std::sync::Arc;

/// A queue that takes a new caller.
pub(super) struct Entry {
    pub(super) queue: QueueIx,
    /// He is to go to the reserves at once: why, and what becomes of him if
    /// none takes him.
    pub(super) to_reserves: Option<(LeaveReason, Leave)>,
    /// Is let in only to be asked whether to be called back, for this reason.
    pub(super) asks: Option<LeaveReason>,
}

/// What a queue does with a new caller.
enum Verdict {
    LetIn(Option<(LeaveReason, Leave)>),
    Ask(LeaveReason),
    SendOn(LeaveReason, QueueIx),
    Refuse(LeaveReason),
}

impl Center {
    /// Why a queue does not let a new caller in, if it does not: every reason,
    /// the first counts.
    fn objections(&mut self, ix: QueueIx) -> impl Iterator<Item = LeaveReason> + use<> {
        self.look_at_the_clock(ix);
        let queue = &self.queues[ix.at()];
        let rules = &queue.config.leave;
        let is_closed = !queue.is_open() && !rules.closed.keeps();
        let is_deserted = !rules.nobody.keeps() && self.logged_in(ix) == 0;
        let is_full = self.is_filled(ix, queue.config.waiting_max);
        let objections = [
            is_closed.then_some(LeaveReason::Closed),
            is_deserted.then_some(LeaveReason::Nobody),
            is_full.then_some(LeaveReason::Full),
        ];
        objections.into_iter().flatten()
    }

    /// The first reason for which a queue does not let a caller in.
    pub(super) fn objection(&mut self, ix: QueueIx) -> Option<LeaveReason> {
        self.objections(ix).next()
    }

    fn verdict(&mut self, ix: QueueIx, caller_number: &str) -> Verdict {
        let mut to_reserves = None;
        for reason in self.objections(ix) {
            let rules = &self.queues[ix.at()].config.leave;
            let mut leave = match reason {
                LeaveReason::Closed => rules.closed.clone(),
                LeaveReason::Nobody => rules.nobody.clone(),
                LeaveReason::Full
                | LeaveReason::TooLong
                | LeaveReason::Key
                | LeaveReason::Policy
                | LeaveReason::Callback => rules.full.clone(),
            };
            if let Leave::Reserves { otherwise } = &leave {
                let otherwise = settled(otherwise);
                if self.has_free_reserve(ix) {
                    return Verdict::LetIn(Some((reason, otherwise)));
                }
                if otherwise.keeps() && reason != LeaveReason::Full {
                    to_reserves = Some((reason, otherwise));
                    continue;
                }
                leave = otherwise;
            }
            return match leave {
                Leave::Queue { queue } => match self.find_queue(&queue) {
                    Some(queue) => Verdict::SendOn(reason, queue),
                    None => Verdict::Refuse(reason),
                },
                Leave::Callback if self.may_ask(ix, caller_number) => Verdict::Ask(reason),
                Leave::Stay | Leave::HangUp | Leave::Callback | Leave::Reserves { .. } => {
                    Verdict::Refuse(reason)
                }
            };
        }
        Verdict::LetIn(to_reserves)
    }

    /// Whether so many wait on the telephone in a queue. Placeholders fill none:
    /// they are counted only where it matters.
    pub(super) fn is_filled(&self, ix: QueueIx, waiting: usize) -> bool {
        let length = self.queues[ix.at()].line.len();
        length >= waiting && length.saturating_sub(self.placeholders(ix)) >= waiting
    }

    /// The queue that takes a new caller whom the first may refuse and send on.
    /// What each said is recorded.
    pub(super) fn let_in(
        &mut self,
        first: QueueIx,
        details: &NewCall,
    ) -> Result<Entry, (QueueIx, LeaveReason)> {
        let mut queue = first;
        for _ in 0..QUEUE_MOVES_MAX {
            let (reason, next) = match self.verdict(queue, &details.caller_number) {
                Verdict::LetIn(to_reserves) => {
                    return Ok(Entry {
                        queue,
                        to_reserves,
                        asks: None,
                    });
                }
                Verdict::Ask(reason) => {
                    return Ok(Entry {
                        queue,
                        to_reserves: None,
                        asks: Some(reason),
                    });
                }
                Verdict::SendOn(reason, next) => (reason, Some(next)),
                Verdict::Refuse(reason) => (reason, None),
            };
            let refusal = refusal(self.queues[queue.at()].config.name.clone(), reason);
            self.record(Fact::CallBlocked {
                refusal,
                dialed_number: details.dialed_number.clone(),
            });
            match next {
                Some(next) => queue = next,
                None => return Err((queue, reason)),
            }
        }
        Err((queue, LeaveReason::Full))
    }

    /// A queue of the newest configuration.
    pub(super) fn find_queue(&self, name: &QueueId) -> Option<QueueIx> {
        let ix = self.queue_names.get(name).copied()?;
        (!self.queues[ix.at()].removed).then_some(ix)
    }

    /// A caller pressed a key.
    pub(super) fn key_pressed(&mut self, id: CallId, digit: &str) {
        let Some(call) = self.calls.get(&id).filter(|call| call.is_in_line()) else {
            return;
        };
        if call.stand_in.is_some() {
            // Somebody who was called back has chosen already.
            return;
        }
        let rules = &self.queues[call.queue_ix.at()].config.leave;
        if let Some(leave) = rules.exits.get(digit).cloned() {
            self.leave(id, LeaveReason::Key, &leave);
        }
    }

    /// The owner's policy, or a person, changes how a caller waits.
    pub(super) fn change_waiting(&mut self, id: CallId, priority: Option<i32>, leave: &Leave) {
        if !self.calls.get(&id).is_some_and(|call| call.is_in_line()) {
            return;
        }
        if let Some(priority) = priority {
            self.leave_turn(id);
            if let Some(call) = self.calls.get_mut(&id) {
                let queue = &mut self.queues[call.queue_ix.at()];
                Arc::make_mut(&mut call.details).priority = priority;
                queue.line.remove(&call.place);
                call.place = place(&queue.config, priority, call.came, call.place.since, id);
                queue.line.insert(call.place);
                let ix = call.queue_ix;
                self.touch_queue(ix);
            }
            self.settle_turn(id);
        }
        let stands_in = self
            .calls
            .get(&id)
            .is_some_and(|call| call.stand_in.is_some());
        if *leave != Leave::Stay && !stands_in {
            self.leave(id, LeaveReason::Policy, leave);
        }
    }

    /// The longest wait is over: at once, or as soon as no phone rings.
    pub(super) fn wait_due(&mut self, id: CallId) {
        let now = self.now;
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        if call.leave_at.is_due(now) {
            call.leave_at = Deadline::NEVER;
            call.overdue = call.is_in_line();
            self.settle_turn(id);
        }
        self.leave_if_overdue(id);
    }

    /// Lets a caller go for whom no phone rings any more, and who has waited too long
    /// or was to go with all others of the queue.
    pub(super) fn leave_if_overdue(&mut self, id: CallId) {
        self.follow_the_dismissed(id);
        let Some(call) = self.calls.get(&id) else {
            return;
        };
        if call.overdue && call.is_waiting() {
            if let Some(reason) = call.last_word {
                return self.hang_up(id, reason);
            }
            let rules = &self.queues[call.queue_ix.at()].config.leave;
            let leave = rules.too_long.clone();
            self.leave(id, LeaveReason::TooLong, &leave);
        }
    }

    /// Everybody has left the queue of a caller for whom a phone still rang. It rings
    /// no more: the caller goes the same way.
    fn follow_the_dismissed(&mut self, id: CallId) {
        let Some(call) = self.calls.get_mut(&id).filter(|call| call.is_waiting()) else {
            return;
        };
        let Some(reason) = call.dismissed.take() else {
            return;
        };
        let leave = self.queues[call.queue_ix.at()]
            .config
            .leave
            .of_everybody(reason);
        if let Some(leave) = leave.cloned() {
            self.leave(id, reason, &leave);
        }
        self.settle_turn(id);
    }

    /// Lets everybody go whose queue has closed or lost its last agent.
    pub(super) fn leave_the_deserted(&mut self) {
        for at in 0..self.touched_queues.len() {
            let ix = self.touched_queues[at];
            if self.queues[ix.at()].config.leave.nobody.keeps() {
                continue;
            }
            let is_staffed = self.logged_in(ix) > 0;
            let queue = &mut self.queues[ix.at()];
            let was_staffed = std::mem::replace(&mut queue.staffed, is_staffed);
            if was_staffed && !is_staffed {
                let leave = queue.config.leave.nobody.clone();
                self.everybody_leaves(ix, LeaveReason::Nobody, &leave);
            }
            if is_staffed && !was_staffed {
                self.nobody_is_dismissed(ix, LeaveReason::Nobody);
            }
        }
    }

    /// The time of a queue's opening or closing has come.
    pub(super) fn queue_due(&mut self, ix: QueueIx) {
        self.queues[ix.at()].wake = None;
        self.look_at_the_clock(ix);
        self.arm_queue(ix);
    }

    /// Brings a queue's opening up to date.
    pub(super) fn look_at_the_clock(&mut self, ix: QueueIx) {
        let now = self.now;
        let queue = &mut self.queues[ix.at()];
        if queue.opening_until.is_some_and(|until| until > now) {
            return;
        }
        let was_open = queue.is_open();
        let opening = queue.config.leave.opening(now);
        queue.closed = opening.as_ref().is_some_and(|opening| !opening.is_open);
        queue.opening_until = opening.map(|opening| opening.until);
        let closes = was_open && queue.closed;
        if closes && !queue.config.leave.closing.keeps() {
            let leave = queue.config.leave.closing.clone();
            self.everybody_leaves(ix, LeaveReason::Closed, &leave);
        }
        if !was_open && !self.queues[ix.at()].closed {
            self.nobody_is_dismissed(ix, LeaveReason::Closed);
        }
        if was_open == self.queues[ix.at()].closed {
            self.touch_queue(ix);
            self.hold_callbacks(ix);
        }
    }

    pub(super) fn arm_queue(&mut self, ix: QueueIx) {
        let now = self.now;
        let queue = &mut self.queues[ix.at()];
        let next = queue.opening_until.map(|at| at.max(now + 1));
        self.timers.arm(Owner::Queue(ix), &mut queue.wake, next);
    }

    fn everybody_leaves(&mut self, ix: QueueIx, reason: LeaveReason, leave: &Leave) {
        let mut waiting: Vec<_> = self
            .calls
            .values()
            .filter(|call| call.queue_ix == ix && call.is_waiting())
            .filter(|call| call.stand_in.is_none())
            .map(|call| call.place)
            .collect();
        waiting.sort_unstable();
        for place in waiting {
            self.leave(place.call, reason, leave);
        }
        // Whom somebody is about to serve may still be served; should that come to
        // nothing, nobody of this queue is left to serve him.
        let about_to_be_served = |call: &Call| {
            call.queue_ix == ix
                && !call.is_waiting()
                && !call.has_ended()
                && call.stand_in.is_none()
        };
        self.dismiss(about_to_be_served, Some(reason));
    }

    /// A queue serves again: who was to go with the others may stay.
    fn nobody_is_dismissed(&mut self, ix: QueueIx, reason: LeaveReason) {
        let was_to_go = |call: &Call| call.queue_ix == ix && call.dismissed == Some(reason);
        self.dismiss(was_to_go, None);
    }

    /// These callers are to go with all others of their queue, for this reason, or may stay.
    fn dismiss(&mut self, who: impl Fn(&Call) -> bool, reason: Option<LeaveReason>) {
        let chosen = self.calls.values().filter(|call| who(call));
        let mut chosen: Vec<CallId> = chosen.map(|call| call.id()).collect();
        chosen.sort_unstable();
        for id in chosen {
            if let Some(call) = self.calls.get_mut(&id) {
                call.dismissed = reason;
            }
            self.settle_turn(id);
        }
    }

    /// Lets a waiting caller go.
    pub(super) fn leave(&mut self, id: CallId, reason: LeaveReason, leave: &Leave) {
        let now = self.now;
        match leave {
            // Other rules than when the wait began.
            Leave::Callback if reason == LeaveReason::Key => self.take_callback(id, None),
            Leave::Callback => self.ask_before_leaving(id, reason),
            Leave::Stay if reason != LeaveReason::TooLong => {}
            Leave::Stay => self.stay_for_now(id, None),
            Leave::HangUp => self.hang_up(id, reason),
            Leave::Reserves { otherwise } => self.send_to_reserves(id, reason, otherwise),
            Leave::Queue { queue } => {
                let to = self.find_queue(queue);
                let may_move = self
                    .calls
                    .get(&id)
                    .is_some_and(|call| call.moves < QUEUE_MOVES_MAX && to != Some(call.queue_ix));
                let to = to.filter(|_| may_move);
                match to.filter(|to| self.objections(*to).next().is_none()) {
                    Some(to) => self.move_to(id, to, reason),
                    // Whoever is overdue and presses a key stays overdue.
                    None if reason != LeaveReason::TooLong => {}
                    None => self.stay_for_now(id, Some(now.saturating_add(LEAVE_RETRY_MS))),
                }
            }
        }
    }

    /// The caller stays; it may be tried again.
    pub(super) fn stay_for_now(&mut self, id: CallId, again_at: Option<Millis>) {
        if let Some(call) = self.calls.get_mut(&id)
            && call.overdue
        {
            call.overdue = false;
            call.leave_at = again_at.into();
            self.settle_turn(id);
            self.arm_call(id);
        }
    }

    /// Tells a caller why and hangs up; the call is over for the centre.
    pub(super) fn hang_up(&mut self, id: CallId, reason: LeaveReason) {
        let now = self.now;
        self.release_offers(id, Outcome::Cancelled, true);
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        call.hung_up = Some(reason);
        let wait_ms = now.saturating_sub(call.place.since);
        if !self.broken(Mutation::ForgetHangUp) {
            self.tell_hang_up(id);
        }
        let ended_by = Some(EndedBy::System);
        self.end_call(id, reason.outcome(), wait_ms, 0, ended_by, None);
    }

    /// Sends `hang_up` to the session of a call that the centre ended; again
    /// whenever the session seems not to know.
    pub(super) fn tell_hang_up(&mut self, id: CallId) {
        if let Some(effect) = self.hang_up_of(id) {
            self.put(effect);
        }
    }

    /// The command to a session whose call the centre ended.
    pub(super) fn hang_up_of(&self, id: CallId) -> Option<Effect> {
        let call = self.calls.get(&id).filter(|call| !call.closed)?;
        let reason = call.hung_up?;
        let language = call.details.language.as_deref();
        // The queue may be configured no more.
        let queue = self.queue_names.get(&call.queue);
        let say = queue.map(|ix| self.queues[ix.at()].config.leave.say(reason, language));
        Some(Effect::HangUp {
            call: id,
            why: reason,
            say,
        })
    }

    /// Another queue takes a caller over: a new segment of waiting begins
    /// there, at the place that the whole waiting so far earns.
    fn move_to(&mut self, id: CallId, to: QueueIx, reason: LeaveReason) {
        let now = self.now;
        self.release_offers(id, Outcome::Cancelled, true);
        self.leave_turn(id);
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        let from = std::mem::replace(&mut call.queue_ix, to);
        let wait_ms = now.saturating_sub(call.place.since);
        let left = &mut self.queues[from.at()];
        left.line.remove(&call.place);
        left.estimate.waited(wait_ms, false);
        let queue = &mut self.queues[to.at()];
        call.place = place(&queue.config, call.details.priority, call.came, now, id);
        let from_name = std::mem::replace(&mut call.queue, queue.config.name.clone());
        call.moves += 1;
        // Whoever waited for the own manager waits for anybody there.
        call.manager = None;
        call.back_to = None;
        let was_recounted = std::mem::take(&mut call.recounted);
        call.overdue = false;
        call.last_word = None;
        call.dismissed = None;
        call.reserves_now = false;
        call.reserves_else = None;
        call.reserve_told = 0;
        if reason == LeaveReason::Key {
            call.told = None;
            call.told_wait = None;
        } else if let Some(told) = &mut call.told_wait {
            // Whoever did not ask to go hears of no worse place or wait than before: that
            // other agents serve here is no reason that could be said.
            told.agents = 0;
        }
        call.had_to_wait = false;
        call.announce_at = queue.next_announcement(now).into();
        call.width = queue.config.width();
        call.widen_at = Deadline::NEVER;
        call.offer_callback_at = Deadline::NEVER;
        call.leave_at = queue.config.leave.wait_ends(now).into();
        queue.line.insert(call.place);
        let fact = Fact::CallMoved {
            call: id,
            queue: from_name,
            to: call.queue.clone(),
            outcome: reason.outcome().into(),
            reason,
            wait_ms,
        };
        if !was_recounted {
            self.left_today(from, reason.outcome(), wait_ms);
        }
        self.touch_queue(from);
        self.touch_queue(to);
        if !self.broken(Mutation::LoseMoves) {
            self.record(fact);
        }
        self.place_by_need(id);
        // By the rule of this queue the demands may have fallen already.
        self.easing_due(id);
        self.review_reserves(id);
        self.settle_turn(id);
        self.plan_callback_offer(id, false);
        self.arm_call(id);
    }

    /// Agents of a queue who are logged in, ready or not.
    fn logged_in(&self, ix: QueueIx) -> u32 {
        self.pools[self.queues[ix.at()].pool.at()].logged_in()
    }
}

/// The word for a caller who is not let in.
pub(super) fn refusal(queue: QueueId, reason: LeaveReason) -> Refusal {
    match reason {
        LeaveReason::Closed => Refusal::Closed { queue },
        LeaveReason::Nobody => Refusal::NobodyThere { queue },
        LeaveReason::Full
        | LeaveReason::TooLong
        | LeaveReason::Key
        | LeaveReason::Policy
        | LeaveReason::Callback => Refusal::QueueFull { queue },
    }
}
