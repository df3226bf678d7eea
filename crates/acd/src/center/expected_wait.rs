//! What callers are told of their wait.

use super::Center;
use super::mutation::Mutation;
use crate::agent::AgentIx;
use crate::call::{Call, ToldWait};
use crate::competition::{Competition, Rival};
use crate::effect::{Effect, LongerWait};
use crate::id::{CallId, Millis};
use crate::limits::{WAIT_EASINGS_MAX, WAIT_FOR_ONE_MAX, WAIT_RIVALS_MAX};
use crate::need::need;
use crate::order::Place;
use crate::pool::PoolIx;
use crate::queue::QueueIx;
use crate::wait_estimate::{rounded_for_speech_ms, whole_ms};
use std::cmp::Reverse;

/// Behind everybody in a line.
const LAST: Place = Place {
    priority: Reverse(i32::MIN),
    turn: i64::MAX,
    since: Millis::MAX,
    call: CallId(u64::MAX),
};

impl Center {
    /// How long a call still waits: for the agents whom it needs now, or for
    /// those whom it will need when its demands have fallen, or for the one
    /// whom it wants, whichever comes first.
    pub(super) fn expected_wait_ms(&self, call: &Call) -> Option<Millis> {
        let ix = call.queue_ix;
        let Some(wanted) = &call.manager else {
            return self.wait_with_easing_ms(call, call.pool);
        };
        let own_ms = self.wait_in_pool_ms(ix, call.pool, &call.pool_place());
        if wanted.until == Millis::MAX {
            return own_ms;
        }
        // From then on anybody will do, who may have long been free by then.
        let need = need(&call.details.skills, call.eased);
        let others_ms = self.pool_of_need(ix, need).and_then(|pool| {
            let others_ms = self.wait_with_easing_ms(call, pool)?;
            Some(others_ms.max(wanted.until.saturating_sub(self.now)))
        });
        [own_ms, others_ms].into_iter().flatten().min()
    }

    /// As above for a call that wants nobody, and whose need has this pool now.
    fn wait_with_easing_ms(&self, call: &Call, pool: PoolIx) -> Option<Millis> {
        let ix = call.queue_ix;
        let mut best = self.wait_in_pool_ms(ix, pool, &call.place);
        let Some(first_at) = call.ease_at.moment() else {
            return best;
        };
        let every_ms = first_at.saturating_sub(call.eased_at);
        for step in 1..=WAIT_EASINGS_MAX {
            let eased_at = first_at.saturating_add(every_ms.saturating_mul(u64::from(step) - 1));
            let eased_ms = eased_at.saturating_sub(self.now);
            if best.is_some_and(|best| best <= eased_ms) {
                break;
            }
            let need = need(&call.details.skills, call.eased.saturating_add(step));
            let asks_nothing = need.is_empty();
            if let Some(pool) = self.pool_of_need(ix, need)
                && let Some(wait_ms) = self.wait_in_pool_ms(ix, pool, &call.place)
            {
                let wait_ms = wait_ms.max(eased_ms);
                best = Some(best.map_or(wait_ms, |best| best.min(wait_ms)));
            }
            if asks_nothing {
                break;
            }
        }
        best
    }

    /// How long the next caller of a queue would wait who needs no skills.
    pub(super) fn next_wait_ms(&self, ix: QueueIx) -> Option<Millis> {
        self.wait_in_pool_ms(ix, self.queues[ix.at()].pool, &LAST)
    }

    /// How long a caller at a place waits for the agents of a pool.
    fn wait_in_pool_ms(&self, ix: QueueIx, pool: PoolIx, place: &Place) -> Option<Millis> {
        let queue = &self.queues[ix.at()];
        if pool == queue.pool && queue.skilled_pools.is_empty() {
            let position = queue.line.before(place) + 1;
            let staff = self.pools[pool.at()].staff();
            return queue.estimate.expected_ms(self.now, position, staff);
        }
        let (rate, ahead) = (self.rate_of(ix, pool)?, self.ahead(ix, place));
        let staff = self.pools[pool.at()].staff();
        let own_ahead = match ahead.iter().find(|(other, _)| *other == pool) {
            Some((_, count)) => *count,
            None => self.ahead_for_one(pool, place),
        };
        let position = (own_ahead + 1).saturating_sub(staff.free as usize);
        if position == 0 {
            return Some(0);
        }
        let competition = Competition {
            rate,
            agents: f64::from(staff.agents),
            position: position as f64,
            giving_up: queue.estimate.giving_up(),
            rivals: self.rivals(ix, pool, ahead),
        };
        whole_ms(competition.wait_ms())
    }

    /// Callers whom one agent of a pool takes in a millisecond.
    fn rate_of(&self, ix: QueueIx, pool: PoolIx) -> Option<f64> {
        let queue = &self.queues[ix.at()];
        let staff = self.pools[pool.at()].staff();
        let talk_rate = queue.estimate.talk_rate();
        let (estimate, of) = match &self.pools[pool.at()].skilled {
            Some(skilled) => (&skilled.estimate, staff),
            // One agent is taken for one of all.
            None => (&queue.estimate, self.pools[queue.pool.at()].staff()),
        };
        if staff.agents == 0 {
            return None;
        }
        let rate = estimate.rate(self.now, of, talk_rate)?;
        Some(rate / f64::from(of.agents))
    }

    /// Callers of a queue who are before a place, by the pool that they wait
    /// for: that of each need, and last that of the whole queue.
    fn ahead(&self, ix: QueueIx, place: &Place) -> Vec<(PoolIx, usize)> {
        let queue = &self.queues[ix.at()];
        let mut rest = queue.line.before(place);
        let mut ahead = Vec::with_capacity(queue.skilled_pools.len() + 1);
        for pool in &queue.skilled_pools {
            if let Some(skilled) = &self.pools[pool.at()].skilled {
                let count = skilled.line.before(place);
                rest = rest.saturating_sub(count);
                ahead.push((*pool, count));
            }
        }
        ahead.push((queue.pool, rest));
        ahead
    }

    /// Callers before a place who wait for the same one agent.
    fn ahead_for_one(&self, pool: PoolIx, place: &Place) -> usize {
        let turns = self.pools[pool.at()].unserved.iter();
        turns
            .take_while(|turn| turn.rung == 0 && turn.place < *place)
            .take(WAIT_FOR_ONE_MAX)
            .count()
    }

    /// Those ahead who wait for other agents of whom some are in this pool, or
    /// who keep busy agents that others would take: the fewest agents first.
    fn rivals(&self, ix: QueueIx, own: PoolIx, mut ahead: Vec<(PoolIx, usize)>) -> Vec<Rival> {
        ahead.retain(|(pool, count)| {
            *count > 0 && *pool != own && self.pools[pool.at()].staff().agents > 0
        });
        if ahead.len() > WAIT_RIVALS_MAX {
            ahead.sort_by_key(|(pool, count)| (Reverse(*count), *pool));
            ahead.truncate(WAIT_RIVALS_MAX);
        }
        let agents = |pool: PoolIx| self.pools[pool.at()].staff().agents;
        ahead.sort_by_key(|(pool, _)| (agents(*pool), *pool));
        let mut rivals = Vec::with_capacity(ahead.len());
        for (at, (pool, count)) in ahead.iter().enumerate() {
            let inside = self.agents_in_common(ix, own, *pool);
            let shared = ahead[..at].iter().map(|(before, _)| {
                self.agents_in_common(ix, *before, *pool) / f64::from(agents(*before))
            });
            rivals.push(Rival {
                ahead: *count as f64,
                inside,
                outside: f64::from(agents(*pool)) - inside,
                shared: shared.collect(),
            });
        }
        rivals
    }

    /// Agents who take calls of two pools: exact where one holds the other, else
    /// as many of those that both have as take calls of all.
    fn agents_in_common(&self, ix: QueueIx, one: PoolIx, other: PoolIx) -> f64 {
        let everybody = self.queues[ix.at()].pool;
        let [of_one, of_other] = [one, other].map(|pool| &self.pools[pool.at()]);
        let [one_takes, other_takes] = [of_one, of_other].map(|pool| pool.staff().agents);
        let (small, large) = (one.min(other), one.max(other));
        let both = match (&of_one.skilled, &of_other.skilled) {
            _ if one == everybody || other == everybody => of_one.size().min(of_other.size()),
            (Some(_), Some(_)) => self.pools[large.at()]
                .skilled
                .as_ref()
                .map_or(0, |skilled| skilled.in_common_with(small)),
            (None, _) => u32::from(self.has_in_common(one, other)),
            (_, None) => u32::from(self.has_in_common(other, one)),
        };
        if both == of_one.size() {
            return f64::from(one_takes.min(other_takes));
        }
        if both == of_other.size() {
            return f64::from(other_takes.min(one_takes));
        }
        let size = f64::from(of_one.size() + of_other.size());
        let in_common = f64::from(both) * f64::from(one_takes + other_takes) / size;
        in_common.min(f64::from(one_takes.min(other_takes)))
    }

    /// Whether the one agent of a pool is in another too.
    fn has_in_common(&self, of_one: PoolIx, other: PoolIx) -> bool {
        let pool = &self.pools[of_one.at()];
        let agent = pool.only_agent().map(|ix| &self.agents[ix.at()]);
        agent.is_some_and(|agent| agent.pools.contains(&other))
    }

    /// The agents who take calls of some queues are about to change.
    pub(super) fn count_agents_time(&mut self, pool: PoolIx) {
        let now = self.now;
        let pool = &mut self.pools[pool.at()];
        let staff = pool.staff();
        if let Some(skilled) = &mut pool.skilled {
            skilled.estimate.count_time(now, staff);
        }
        for ix in &pool.queues {
            self.queues[ix.at()].estimate.count_time(now, staff);
        }
    }

    /// All turns and pools are about to be made anew. What is known of those
    /// who have certain skills goes with their pools.
    pub(super) fn stop_estimates(&mut self) {
        for queue in &mut self.queues {
            if let Some(pool) = self.pools.get(queue.pool.at()) {
                queue.estimate.release_all(self.now, pool.staff());
            }
        }
    }

    /// A caller begins to wait for the agents of a pool. Who waits for one agent
    /// says nothing of how fast the others are.
    pub(super) fn begin_to_press(&mut self, ix: QueueIx, pool: PoolIx, place: Place) {
        let (now, of_pool) = (self.now, &mut self.pools[pool.at()]);
        let staff = of_pool.staff();
        let queue = &mut self.queues[ix.at()];
        if pool == queue.pool {
            queue.estimate.press(now, staff);
        } else if let Some(skilled) = &mut of_pool.skilled {
            skilled.line.insert(place);
            skilled.estimate.press(now, staff);
        }
    }

    /// A caller waits for the agents of a pool no more.
    pub(super) fn press_no_more(&mut self, ix: QueueIx, pool: PoolIx, place: Place) {
        let (now, of_pool) = (self.now, &mut self.pools[pool.at()]);
        let staff = of_pool.staff();
        let queue = &mut self.queues[ix.at()];
        if pool == queue.pool {
            queue.estimate.release(now, staff);
        } else if let Some(skilled) = &mut of_pool.skilled {
            skilled.line.remove(&place);
            skilled.estimate.release(now, staff);
        }
    }

    /// A caller of a queue who had waited for a pool got an agent, or somebody
    /// else: for all whom this agent keeps busy while they wait, too.
    pub(super) fn count_departure(&mut self, ix: QueueIx, own: PoolIx, agent: Option<AgentIx>) {
        let now = self.now;
        let queue = &mut self.queues[ix.at()];
        if own == queue.pool || queue.estimate.pressing() > 0 {
            let staff = self.pools[queue.pool.at()].staff();
            queue.estimate.served(now, staff);
        }
        for pool in &queue.skilled_pools {
            let is_of_it = agent.is_some_and(|ix| self.agents[ix.at()].pools.contains(pool));
            let of_pool = &mut self.pools[pool.at()];
            let staff = of_pool.staff();
            if let Some(skilled) = &mut of_pool.skilled
                && (own == *pool || is_of_it && skilled.estimate.pressing() > 0)
            {
                skilled.estimate.served(now, staff);
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
        let (estimated_wait_ms, longer) = self.wait_to_tell(id);
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
    fn wait_to_tell(&mut self, id: CallId) -> (Option<Millis>, Option<LongerWait>) {
        let may_rise = self.broken(Mutation::RaiseWait);
        let Some(call) = self.calls.get(&id) else {
            return (None, None);
        };
        let agents = self.pools[call.pool.at()].staff().agents;
        let Some(wait_ms) = self.expected_wait_ms(call).map(rounded_for_speech_ms) else {
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
