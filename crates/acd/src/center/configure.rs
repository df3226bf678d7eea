//! A new configuration comes into force while calls and agents are at work.

use super::Center;
use super::reserves::Reserves;
use crate::activity::Activity;
use crate::agent::{Agent, AgentIx, Counted};
use crate::config::{AgentConfig, Configuration, QueueConfig};
use crate::deadline::Deadline;
use crate::effect::Fact;
use crate::id::{AgentId, CallId, Millis, QueueId, ReserveId};
use crate::pool::{Pool, PoolIx};
use crate::queue::{Queue, QueueIx, ReserveStep};
use crate::reserve::{Reserve, ReserveConfig, ReserveIx};
use crate::strategy::Strategy;
use crate::target::Target;
use std::collections::{BTreeMap, BTreeSet, HashMap};

impl Center {
    /// Agents, queues and pools are numbered anew; whatever is at work keeps
    /// its state. Costs a walk over all agents and live calls, which is right
    /// for something that a person does.
    pub(super) fn configure(&mut self, configuration: Configuration) {
        if self.configuration.as_ref() == Some(&configuration) {
            return;
        }
        self.stop_estimates();
        let old_agents = std::mem::take(&mut self.agents);
        let old_queues = std::mem::take(&mut self.queues);
        let old_agent_names: Vec<AgentId> = old_agents
            .iter()
            .map(|agent| agent.config.name.clone())
            .collect();
        let old_queue_names: Vec<_> = old_queues
            .iter()
            .map(|queue| queue.config.name.clone())
            .collect();
        // They hold old numbers. What they had to tell is told below anyway.
        self.touched_agents.clear();
        self.touched_queues.clear();
        self.dirty_pools.clear();
        self.managers_gone.clear();
        self.timers.forget_indexes();

        let old_reserves: Vec<_> = std::mem::take(&mut self.reserves.list);
        let old_reserve_names: Vec<ReserveId> = old_reserves
            .iter()
            .map(|reserve| reserve.config.name.clone())
            .collect();
        let (added, dropped) = self.renew_agents(&configuration.agents, old_agents);
        self.renew_queues(&configuration.queues, old_queues);
        self.renew_reserves(&configuration.reserves, old_reserves);
        self.renew_pools();
        self.renumber_calls(&old_agent_names, &old_queue_names, &old_reserve_names);
        self.configuration = Some(configuration);
        for agent in dropped {
            self.record(Fact::AgentState {
                agent,
                state: "removed".into(),
                why: "configured no more".into(),
            });
        }
        for name in added {
            if let Some(ix) = self.find_agent(&name) {
                self.record_agent(ix, "configured");
            }
        }
        for at in 0..self.agents.len() {
            self.follow_page(AgentIx(at as u32), "another rule for pages");
        }
        for at in 0..self.queues.len() {
            self.touch_queue(QueueIx(at as u32));
            self.look_at_the_clock(QueueIx(at as u32));
            self.arm_queue(QueueIx(at as u32));
        }
        for at in 0..self.reserves.list.len() {
            self.look_at_reserve(ReserveIx(at as u32));
        }
        for at in 0..self.pools.len() {
            self.touch_pool(PoolIx(at as u32));
        }
    }

    /// Returns the names of agents who are new and of those who are dropped.
    fn renew_agents(
        &mut self,
        configs: &[AgentConfig],
        old: Vec<Agent>,
    ) -> (Vec<AgentId>, Vec<AgentId>) {
        let mut known: BTreeMap<AgentId, Agent> = old
            .into_iter()
            .filter(|agent| !agent.is_gone())
            .map(|agent| (agent.config.name.clone(), agent))
            .collect();
        let mut next: BTreeMap<AgentId, Agent> = BTreeMap::new();
        let mut added = Vec::new();
        for config in configs {
            if next.contains_key(&config.name) {
                continue;
            }
            let agent = match known.remove(&config.name) {
                Some(mut agent) => {
                    agent.config = config.clone();
                    agent.removed = false;
                    agent
                }
                None => {
                    added.push(config.name.clone());
                    Agent::new(config.clone(), self.now)
                }
            };
            next.insert(config.name.clone(), agent);
        }
        let mut dropped = Vec::new();
        for (name, mut agent) in known {
            if agent.activity == Activity::Idle {
                dropped.push(name);
            } else {
                agent.removed = true;
                next.insert(name, agent);
            }
        }
        self.agent_names = next
            .keys()
            .enumerate()
            .map(|(at, name)| (name.clone(), AgentIx(at as u32)))
            .collect();
        self.agents = next.into_values().collect();
        for agent in &mut self.agents {
            agent.pools.clear();
            agent.counted = Counted::NOTHING;
            agent.wake = None;
            agent.touched = false;
        }
        (added, dropped)
    }

    fn renew_queues(&mut self, configs: &[QueueConfig], old: Vec<Queue>) {
        let mut known: Vec<Option<Queue>> = old.into_iter().map(Some).collect();
        self.queue_names.clear();
        self.numbers.clear();
        for config in configs {
            if self.queue_names.contains_key(&config.name) {
                continue;
            }
            let ix = QueueIx(self.queues.len() as u32);
            self.queue_names.insert(config.name.clone(), ix);
            for number in &config.numbers {
                self.numbers.entry(number.clone()).or_insert(ix);
            }
            let kept = known
                .iter_mut()
                .find(|slot| {
                    slot.as_ref()
                        .is_some_and(|queue| queue.config.name == config.name)
                })
                .and_then(Option::take);
            let mut queue = kept.unwrap_or_else(|| Queue::new(config.clone()));
            queue.config = config.clone();
            queue.removed = false;
            self.queues.push(queue);
        }
        for mut queue in known.into_iter().flatten().filter(Queue::is_used) {
            queue.removed = true;
            self.queue_names
                .insert(queue.config.name.clone(), QueueIx(self.queues.len() as u32));
            self.queues.push(queue);
        }
        for queue in &mut self.queues {
            queue.touched = false;
            // The hours may be others now.
            queue.opening_until = None;
            queue.wake = None;
        }
    }

    /// Reserves keep their counts; those that are configured no more stay until
    /// their calls are over. Queues get their steps anew.
    fn renew_reserves(&mut self, configs: &[ReserveConfig], old: Vec<Reserve>) {
        let mut known: BTreeMap<ReserveId, Reserve> = old
            .into_iter()
            .map(|reserve| (reserve.config.name.clone(), reserve))
            .collect();
        self.reserves = Reserves::default();
        for config in configs {
            if self.reserves.names.contains_key(&config.name) {
                continue;
            }
            let reserve = match known.remove(&config.name) {
                Some(mut reserve) => {
                    reserve.reconfigure(config.clone());
                    reserve
                }
                None => Reserve::new(config.clone()),
            };
            self.add_reserve(reserve);
        }
        for (_, mut reserve) in known {
            if !reserve.live.is_empty() {
                reserve.removed = true;
                self.add_reserve(reserve);
            }
        }
        for at in 0..self.queues.len() {
            self.renew_reserve_steps(QueueIx(at as u32));
        }
    }

    fn add_reserve(&mut self, mut reserve: Reserve) {
        reserve.queues.clear();
        reserve.wake = None;
        let ix = ReserveIx(self.reserves.list.len() as u32);
        let name = reserve.config.name.clone();
        self.reserves.names.insert(name, ix);
        self.reserves.list.push(reserve);
    }

    fn renew_reserve_steps(&mut self, ix: QueueIx) {
        let name = &self.queues[ix.at()].config.name;
        let mut steps: BTreeMap<Millis, Vec<ReserveIx>> = BTreeMap::new();
        for (at, reserve) in self.reserves.list.iter_mut().enumerate() {
            let serves = reserve.config.queues.as_ref();
            if !reserve.removed && serves.is_none_or(|names| names.contains(name)) {
                let step = steps.entry(reserve.config.threshold_ms).or_default();
                step.push(ReserveIx(at as u32));
                reserve.queues.push(ix);
            }
        }
        let queue = &mut self.queues[ix.at()];
        queue.claims = vec![BTreeSet::new(); steps.len()];
        queue.reserve_steps = steps
            .into_iter()
            .map(|(threshold_ms, reserves)| ReserveStep {
                threshold_ms,
                reserves,
            })
            .collect();
    }

    /// One pool for each distinct strategy and set of agents.
    fn renew_pools(&mut self) {
        self.pools.clear();
        self.need_pools.clear();
        self.manager_pools.clear();
        let mut known: HashMap<(Strategy, Vec<AgentIx>), PoolIx> = HashMap::new();
        for at in 0..self.queues.len() {
            let strategy = self.queues[at].config.strategy;
            let key = (strategy, self.members(&self.queues[at].config));
            let pool = match known.get(&key) {
                Some(pool) => *pool,
                None => {
                    let pool = PoolIx(self.pools.len() as u32);
                    let mut state = Pool::new(strategy, &key.1);
                    for agent in &key.1 {
                        state.admit();
                        self.agents[agent.at()].pools.push(pool);
                    }
                    self.pools.push(state);
                    known.insert(key, pool);
                    pool
                }
            };
            self.queues[at].pool = pool;
            self.queues[at].skilled_pools.clear();
            self.pools[pool.at()].queues.push(QueueIx(at as u32));
        }
        for agent in &mut self.agents {
            let queues = agent
                .pools
                .iter()
                .map(|pool| self.pools[pool.at()].queues.len());
            agent.serves = u32::try_from(queues.sum::<usize>()).unwrap_or(u32::MAX);
        }
    }

    /// The configured agents of a queue, each once, in order of name; for the
    /// fixed order as they are listed.
    pub(super) fn members(&self, config: &QueueConfig) -> Vec<AgentIx> {
        let mut members: Vec<AgentIx> = match &config.agents {
            Some(names) => names
                .iter()
                .filter_map(|name| self.find_agent(name))
                .collect(),
            None => self
                .agent_names
                .keys()
                .filter_map(|name| self.find_agent(name))
                .collect(),
        };
        match config.strategy {
            Strategy::FixedOrder => {
                let mut seen = BTreeSet::new();
                members.retain(|agent| seen.insert(*agent));
            }
            Strategy::LongestIdle
            | Strategy::RoundRobin
            | Strategy::FewestCalls
            | Strategy::LeastTalk
            | Strategy::MostSkilled
            | Strategy::Random => {
                members.sort_unstable();
                members.dedup();
            }
        }
        members
    }

    /// Live calls point to agents, queues and reserves by number.
    fn renumber_calls(
        &mut self,
        old_agents: &[AgentId],
        old_queues: &[QueueId],
        old_reserves: &[ReserveId],
    ) {
        for call in self.calls.values_mut() {
            if call.has_ended() {
                continue;
            }
            if let Some(ix) = old_queues
                .get(call.queue_ix.at())
                .and_then(|name| self.queue_names.get(name))
            {
                call.queue_ix = *ix;
            }
            let renumber = |target: &mut Target| match target {
                Target::Agent(agent) => {
                    if let Some(ix) = old_agents
                        .get(agent.at())
                        .and_then(|name| self.agent_names.get(name))
                    {
                        *agent = *ix;
                    }
                }
                Target::Outside { .. } => {}
                Target::Reserve { reserve } => {
                    if let Some(ix) = old_reserves
                        .get(reserve.at())
                        .and_then(|name| self.reserves.names.get(name))
                    {
                        *reserve = *ix;
                    }
                }
            };
            call.stage.each_target(renumber);
            // The pools are new.
            if call.turn.take().is_some_and(|turn| turn.rung == 0) {
                call.had_to_wait |= call.pressing_since < self.now;
            }
            call.claim = None;
            let config = &self.queues[call.queue_ix.at()].config;
            call.stay_where_kept(&config.leave);
            call.width = call.width.clamp(config.width(), config.width_max());
            if call.is_in_line()
                && !call.overdue
                && call.stand_in.is_none()
                && call.last_word.is_none()
            {
                let wait_ends = config.leave.wait_ends(call.place.since);
                call.leave_at = wait_ends.map(|at| at.max(self.now + 1)).into();
            }
            if !call.widen_at.is_set() && call.agents_rung() > 0 && call.width < config.width_max()
            {
                call.widen_at = Deadline::at(self.now.saturating_add(config.ring_step_ms));
            }
        }
        let mut live: Vec<CallId> = self
            .calls
            .values()
            .filter(|call| !call.has_ended())
            .map(|call| call.id())
            .collect();
        // The order in which pools are made is part of the state.
        live.sort_unstable();
        for id in live {
            self.hold_stand_in(id);
            self.place_by_need(id);
            // Under another rule the demands may have fallen already.
            self.easing_due(id);
            self.review_reserves(id);
            self.settle_turn(id);
            self.review_manager(id);
            self.arm_call(id);
        }
    }
}
