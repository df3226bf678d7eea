//! What callers are told of their wait.

use super::Center;
use super::mutation::Mutation;
use crate::call::{Call, ToldWait};
use crate::effect::{Effect, LongerWait};
use crate::id::{CallId, Millis};
use crate::pool::PoolIx;
use crate::queue::QueueIx;
use crate::wait_estimate::{Staff, rounded_for_speech_ms};

impl Center {
    /// How long a call at a position of its queue still waits.
    pub(super) fn expected_wait_ms(&self, call: &Call, position: usize) -> Option<Millis> {
        let queue = &self.queues[call.queue_ix.at()];
        let staff = Staff {
            // Free agents without the skills that it needs do not help it.
            free: self.pools[call.pool.at()].staff().free,
            ..self.pools[queue.pool.at()].staff()
        };
        queue.estimate.expected_ms(self.now, position, staff)
    }

    /// How long the next caller of a queue would wait.
    pub(super) fn next_wait_ms(&self, ix: QueueIx) -> Option<Millis> {
        let queue = &self.queues[ix.at()];
        let staff = self.pools[queue.pool.at()].staff();
        queue
            .estimate
            .expected_ms(self.now, queue.line.len() + 1, staff)
    }

    /// The agents who take calls of some queues are about to change.
    pub(super) fn count_agents_time(&mut self, pool: PoolIx) {
        let pool = &self.pools[pool.at()];
        let staff = pool.staff();
        for ix in &pool.queues {
            self.queues[ix.at()].estimate.count_time(self.now, staff);
        }
    }

    /// All turns and pools are about to be made anew.
    pub(super) fn stop_estimates(&mut self) {
        for queue in &mut self.queues {
            if let Some(pool) = self.pools.get(queue.pool.at()) {
                queue.estimate.release_all(self.now, pool.staff());
            }
        }
    }

    /// Tells a waiting caller the position, unless it would go up: a caller is
    /// overtaken only by a higher priority, and hears nothing of that.
    pub(super) fn announcement_due(&mut self, id: CallId) {
        let now = self.now;
        let may_rise = self.broken(Mutation::RaisePosition);
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        if !call.announce_at.is_due(now) {
            return;
        }
        let queue = &self.queues[call.queue_ix.at()];
        call.announce_at = queue.next_announcement(now).into();
        if !call.is_waiting() {
            return;
        }
        let Some(position) = queue.line.position(&call.place) else {
            return;
        };
        if !may_rise && call.told.is_some_and(|told| position > told) {
            return;
        }
        call.told = Some(position);
        let (estimated_wait_ms, longer) = self.wait_to_tell(id, position);
        self.put(Effect::Announce {
            call: id,
            position,
            estimated_wait_ms,
            longer,
        });
    }

    /// The expected wait as it is said, never longer than what was said before
    /// unless there is a reason that can be said with it. Without one only the
    /// position is told: chance made it longer, and may make it shorter again.
    fn wait_to_tell(
        &mut self,
        id: CallId,
        position: usize,
    ) -> (Option<Millis>, Option<LongerWait>) {
        let may_rise = self.broken(Mutation::RaiseWait);
        let Some(call) = self.calls.get(&id) else {
            return (None, None);
        };
        let agents = self.pools[self.queues[call.queue_ix.at()].pool.at()]
            .staff()
            .agents;
        let Some(wait_ms) = self
            .expected_wait_ms(call, position)
            .map(rounded_for_speech_ms)
        else {
            return (None, None);
        };
        let rises = call
            .told_wait
            .filter(|told| told.wait_ms < wait_ms && !may_rise);
        let longer = match rises {
            Some(told) if told.agents > agents => Some(LongerWait::FewerAgents),
            Some(_) => return (None, None),
            None => None,
        };
        if let Some(call) = self.calls.get_mut(&id) {
            call.told_wait = Some(ToldWait { wait_ms, agents });
        }
        (Some(wait_ms), longer)
    }
}
