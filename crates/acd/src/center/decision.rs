//! Who is offered to whom.
//!
//! A call goes to the free agent of its queue whom the queue's strategy puts
//! first, usually the one who is idle longest. An agent who
//! becomes free goes to the first call by priority, wait and id over all the
//! agent's queues. Where several phones may ring at once, calls for which
//! fewer ring go first.

use super::Center;
use super::mutation::Mutation;
use super::targets::Dial;
use crate::agent::{AgentIx, Standing};
use crate::call::Turn;
use crate::deadline::Deadline;
use crate::id::CallId;
use crate::pool::PoolIx;
use crate::target::Target;
use crate::words::push_number;
use std::fmt::Write;

impl Center {
    /// Makes every offer that can be made.
    pub(super) fn decide(&mut self) {
        while let Some((_, pool)) = self.first_pair() {
            self.offer_first(pool);
        }
        for pool in &self.dirty_pools {
            self.pools[pool.at()].dirty = false;
        }
        self.dirty_pools.clear();
    }

    /// The first call in the order of service that has a free agent. Only
    /// pools that changed can have one.
    fn first_pair(&self) -> Option<(Turn, PoolIx)> {
        self.dirty_pools
            .iter()
            .filter(|pool| !self.pools[pool.at()].free.is_empty())
            .filter_map(|pool| {
                self.pools[pool.at()]
                    .unserved
                    .first()
                    .map(|turn| (*turn, *pool))
            })
            .min()
    }

    /// The call of a pool that is served next.
    fn first_of(&self, pool: PoolIx) -> Option<Turn> {
        let unserved = &self.pools[pool.at()].unserved;
        if self.broken(Mutation::SwapOrder) {
            unserved.last()
        } else {
            unserved.first()
        }
        .copied()
    }

    fn offer_first(&mut self, pool_ix: PoolIx) {
        let Some(turn) = self.first_of(pool_ix) else {
            return;
        };
        if self.calls_the_caller_first(turn.place.call) {
            // No agent's time is spent before the caller has answered.
            return self.start_callback(turn.place.call);
        }
        let pool = &self.pools[pool_ix.at()];
        let choice = if self.broken(Mutation::IgnoreStrategy) {
            pool.free.last().map(|rank| rank.agent)
        } else {
            pool.choice(turn.place.call.0 ^ (self.last_offer << 32))
        };
        let choice = self.best_ranked(pool_ix, turn.place.call).or(choice);
        let Some(agent) = choice else {
            return;
        };
        let mut why = self.explain(pool_ix, &turn, agent);
        self.explain_rank(turn.place.call, agent, &mut why);
        self.make_offer(turn.place.call, agent, why);
    }

    fn make_offer(&mut self, id: CallId, agent_ix: AgentIx, why: String) {
        let now = self.now;
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        let config = &self.queues[call.queue_ix.at()].config;
        let ring_timeout_ms = config.ring_timeout_ms;
        if !call.widen_at.is_set() && call.width < config.width_max() {
            call.widen_at = Deadline::at(now.saturating_add(config.ring_step_ms));
        }
        let dial = Dial {
            contact: self.agents[agent_ix.at()].config.contact.clone(),
            ring_timeout_ms,
            caller_id: None,
            alone: false,
            why,
        };
        self.put_offer(id, Target::Agent(agent_ix), dial);
    }

    /// Why this agent and this call, from counts that are kept anyway.
    fn explain(&self, pool_ix: PoolIx, turn: &Turn, agent: AgentIx) -> String {
        let place = &turn.place;
        let pool = &self.pools[pool_ix.at()];
        let counted = &self.agents[agent.at()].counted;
        let waited_ms = self.now.saturating_sub(place.since);
        let free = pool.count(Standing::Free);
        let unserved = pool.unserved.len();
        let call = self.calls.get(&place.call);
        let priority = call.map_or(0, |call| call.details.priority);
        let mut why = String::with_capacity(160);
        pool.strategy().write_reason(&mut why, counted, self.now);
        why.push_str(" of ");
        push_number(&mut why, u64::from(free));
        why.push_str(" free; call first of ");
        push_number(&mut why, unserved as u64);
        why.push_str(" to be served (priority ");
        if priority < 0 {
            why.push('-');
        }
        push_number(&mut why, u64::from(priority.unsigned_abs()));
        why.push_str(", waited ");
        push_number(&mut why, waited_ms);
        why.push_str(" ms)");
        if turn.rung > 0 {
            // Writing to a String cannot fail.
            let _ = write!(why, "; phone {} at once", turn.rung + 1);
        }
        pool.write_excluded(&mut why, &self.agents);
        if let Some(call) =
            call.filter(|call| call.pool != self.queues[call.queue_ix.at()].pool || call.eased > 0)
        {
            let need = crate::need::need(&call.details.skills, call.eased).len();
            let _ = write!(why, "; skills needed: {need}, eased {} times", call.eased);
        }
        why
    }
}
