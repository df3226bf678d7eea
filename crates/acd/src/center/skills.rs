//! Which pool of agents a call waits for: that of its queue, or of those among
//! them who have the skills that it needs.

use super::Center;
use super::mutation::Mutation;
use crate::agent::{AgentIx, Counted};
use crate::config::QueueConfig;
use crate::id::{CallId, Millis};
use crate::limits::NEED_POOLS_MAX;
use crate::need::{Need, meets, need, next_easing, weight};
use crate::order::Place;
use crate::pool::{Pool, PoolIx, Skilled};
use crate::queue::QueueIx;
use std::cmp::Reverse;

/// The place of a call in line. With a waiting credit each step of priority is
/// worth so much waiting, so that whoever waits is overtaken only for so long;
/// without one a higher priority always goes first. A queue's head start is
/// worth waiting in the same way, at agents who serve other queues too.
///
/// `came` is when the caller came to the first queue: whoever is sent on to
/// another keeps the credit of the whole wait. `since` is when the caller came
/// to this one.
pub(super) fn place(
    config: &QueueConfig,
    priority: i32,
    came: Millis,
    since: Millis,
    call: CallId,
) -> Place {
    let came = i64::try_from(came).unwrap_or(i64::MAX);
    let head_start_ms = i64::try_from(config.head_start_ms).unwrap_or(i64::MAX);
    let came = came.saturating_sub(head_start_ms);
    let (priority, turn) = match i64::try_from(config.priority_step_ms).unwrap_or(i64::MAX) {
        0 => (priority, came),
        step_ms => {
            let credit_ms = step_ms.saturating_mul(i64::from(priority));
            (0, came.saturating_sub(credit_ms))
        }
    };
    Place {
        priority: Reverse(priority),
        turn,
        since,
        call,
    }
}

impl Center {
    /// The pool for a need; made when it is the first such need.
    pub(super) fn pool_for(&mut self, queue_ix: QueueIx, need: Need) -> PoolIx {
        let queue = &self.queues[queue_ix.at()];
        let everybody = queue.pool;
        if need.is_empty() || queue.config.skills.is_none() || self.broken(Mutation::IgnoreSkills) {
            return everybody;
        }
        let key = (queue_ix, need);
        if let Some(pool) = self.need_pools.get(&key) {
            return *pool;
        }
        if self.need_pools.len() >= NEED_POOLS_MAX {
            return everybody;
        }
        let mut members = self.members(&self.queues[queue_ix.at()].config);
        members.retain(|ix| meets(&self.agents[ix.at()].config.skills, &key.1));
        let pool = PoolIx(self.pools.len() as u32);
        let mut state = Pool::new(self.queues[queue_ix.at()].config.strategy, &members);
        let weight = |ix: &AgentIx| (*ix, weight(&self.agents[ix.at()].config.skills, &key.1));
        state.prefer(members.iter().map(weight));
        let in_common = self.in_common(&self.queues[queue_ix.at()].skilled_pools, &members);
        state.skilled = Some(Box::new(Skilled {
            in_common,
            ..Skilled::default()
        }));
        for ix in members {
            let agent = &mut self.agents[ix.at()];
            agent.pools.push(pool);
            state.admit();
            state.recount(ix, &Counted::NOTHING, &agent.counted);
        }
        self.pools.push(state);
        self.queues[queue_ix.at()].skilled_pools.push(pool);
        self.need_pools.insert(key, pool);
        pool
    }

    /// The pool for a need, where there is one already.
    pub(super) fn pool_of_need(&self, queue_ix: QueueIx, need: Need) -> Option<PoolIx> {
        let queue = &self.queues[queue_ix.at()];
        if need.is_empty() || queue.config.skills.is_none() {
            return Some(queue.pool);
        }
        self.need_pools.get(&(queue_ix, need)).copied()
    }

    /// How many of these agents each pool has, where it has any.
    fn in_common(&self, pools: &[PoolIx], members: &[AgentIx]) -> Vec<(PoolIx, u32)> {
        let mut counts = vec![0; pools.len()];
        for pool in members.iter().flat_map(|ix| &self.agents[ix.at()].pools) {
            if let Ok(at) = pools.binary_search(pool) {
                counts[at] += 1;
            }
        }
        let counted = pools.iter().copied().zip(counts);
        counted.filter(|(_, count)| *count > 0).collect()
    }

    /// Finds the pool of a waiting call and when its demands fall next.
    pub(super) fn place_by_need(&mut self, id: CallId) {
        let Some(call) = self.calls.get(&id) else {
            return;
        };
        let queue_ix = call.queue_ix;
        let rule = self.queues[queue_ix.at()].config.skills;
        let need = need(&call.details.skills, call.eased);
        let since = call.eased_at;
        let ease_at = call.is_in_line().then(|| next_easing(rule, &need, since));
        let ease_at = ease_at.flatten();
        let wanted = call.manager.as_ref();
        let manager = wanted.and_then(|wanted| self.find_agent(&wanted.agent));
        let pool = match manager {
            Some(manager) => self.pool_of_manager(manager),
            None => self.pool_for(queue_ix, need),
        };
        self.leave_turn(id);
        if let Some(call) = self.calls.get_mut(&id) {
            if manager.is_none() {
                // Configured no more, perhaps while the phone rang.
                call.manager = None;
            }
            call.pool = pool;
            call.ease_at = ease_at.into();
        }
    }

    /// Lowers the demands of a call that has waited long enough.
    pub(super) fn easing_due(&mut self, id: CallId) {
        let now = self.now;
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        let Some(at) = call.ease_at.moment().filter(|at| *at <= now) else {
            return;
        };
        let every_ms = at.saturating_sub(call.eased_at).max(1);
        let steps = now.saturating_sub(call.eased_at) / every_ms;
        call.eased = call
            .eased
            .saturating_add(u32::try_from(steps).unwrap_or(u32::MAX));
        call.eased_at += steps * every_ms;
        self.place_by_need(id);
        self.settle_turn(id);
    }
}
