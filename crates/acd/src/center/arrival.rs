//! A call comes.

use super::Center;
use super::leaving::{Entry, refusal};
use super::mutation::Mutation;
use super::skills::place;
use crate::call::Call;
use crate::effect::{Effect, Fact, Refusal};
use crate::id::CallId;
use crate::input::NewCall;
use crate::leave::Leave;
use crate::queue::QueueIx;
use crate::session_name::SessionName;
use std::sync::Arc;

impl Center {
    pub(super) fn call_arrived(&mut self, details: NewCall) {
        if let Some(id) = self.sessions.get(details.session_id.as_str()).copied()
            && !self.broken(Mutation::QueueTwice)
        {
            if let Some(call) = self.calls.get_mut(&id) {
                call.heard(self.now);
            }
            self.accept(id);
            self.tell_hang_up(id);
            return;
        }
        let ix = match self.choose_queue(&details) {
            Ok(ix) => ix,
            Err(refusal) => {
                self.record(Fact::CallBlocked {
                    refusal: refusal.clone(),
                    dialed_number: details.dialed_number,
                });
                self.put(Effect::CallRefused {
                    session_id: details.session_id,
                    refusal,
                    say: None,
                });
                return;
            }
        };
        let entry = match self.let_in(ix, &details) {
            Ok(entry) => entry,
            Err((ix, reason)) => {
                let config = &self.queues[ix.at()].config;
                let effect = Effect::CallRefused {
                    session_id: details.session_id,
                    refusal: refusal(config.name.clone(), reason),
                    say: Some(config.leave.say(reason, details.language.as_deref())),
                };
                self.put(effect);
                return;
            }
        };
        self.enter(entry, details);
    }

    /// A new caller comes into a queue.
    fn enter(&mut self, entry: Entry, details: NewCall) {
        let ix = entry.queue;
        self.last_call += 1;
        let id = CallId(self.last_call);
        let mut details = details;
        let kept = self.call_in(ix, &details);
        let came = kept.as_ref().map_or(self.now, |kept| kept.came);
        if let Some(kept) = &kept {
            details.priority = details.priority.max(kept.details.priority);
        }
        let config = &self.queues[ix.at()].config;
        let place = place(config, details.priority, came, self.now, id);
        let queue = &mut self.queues[ix.at()];
        queue.line.insert(place);
        let name = queue.config.name.clone();
        let details = Arc::new(details);
        self.record(Fact::CallQueued {
            call: id,
            queue: name.clone(),
            details: Arc::clone(&details),
        });
        let session = SessionName::Told(Arc::clone(&details));
        self.sessions.insert(session, id);
        let mut call = Box::new(Call::new(details, name, ix, place));
        call.announce_at = self.queues[ix.at()].next_announcement(self.now).into();
        call.width = self.queues[ix.at()].config.width();
        call.leave_at = self.queues[ix.at()].config.leave.wait_ends(self.now).into();
        call.ranks = self.take_ranks(&call.details.session_id);
        call.reserves_now = entry.to_reserves.is_some();
        call.reserves_else = entry.to_reserves.map(Box::new);
        let is_for_reserves = call.reserves_now;
        let asks = entry.asks;
        inherit(&mut call, kept.as_deref());
        self.calls.insert(id, call);
        self.place_by_need(id);
        self.review_reserves(id);
        self.easing_due(id);
        self.settle_turn(id);
        self.arm_call(id);
        self.touch_queue(ix);
        self.accept(id);
        // After the answer: what the caller is told follows it.
        if !is_for_reserves {
            self.choose_manager(id);
        }
        match asks {
            Some(reason) => self.leave(id, reason, &Leave::Callback),
            None => self.plan_callback_offer(id, false),
        }
        self.arm_call(id);
    }

    /// The queue that was named, else by the dialled number, else the first.
    fn choose_queue(&self, details: &NewCall) -> Result<QueueIx, Refusal> {
        let ix = match &details.queue {
            Some(name) => self.find_queue(name).ok_or_else(|| Refusal::UnknownQueue {
                queue: name.clone(),
            })?,
            None => match self.numbers.get(&details.dialed_number) {
                Some(ix) => *ix,
                // Configured queues come before removed ones.
                None => match self.queues.first() {
                    Some(queue) if !queue.removed => QueueIx(0),
                    Some(_) | None => return Err(Refusal::NoQueues),
                },
            },
        };
        Ok(ix)
    }

    pub(super) fn accept(&mut self, id: CallId) {
        let Some(call) = self.calls.get(&id) else {
            return;
        };
        let (mut position, mut estimated_wait_ms) = (0, None);
        if call.is_in_line() {
            position = self.queues[call.queue_ix.at()].line.before(&call.place) + 1;
            estimated_wait_ms = self.expected_wait_ms(call);
        }
        let effect = Effect::CallAccepted {
            session_id: call.details.session_id.clone(),
            call: id,
            queue: call.queue.clone(),
            position,
            estimated_wait_ms,
        };
        self.put(effect);
    }
}

/// Who called again goes on with the wait that a placeholder has kept.
fn inherit(call: &mut Call, kept: Option<&Call>) {
    if let Some(kept) = kept {
        call.came = kept.came;
        call.eased = kept.eased;
        call.eased_at = kept.eased_at;
    }
}
