//! Queues with the same agents and strategy share a pool: one order of free agents, one
//! order of callers who are to be offered. The cost of a change does not grow
//! with the number of queues that everybody serves.

use crate::agent::{Agent, AgentIx, Counted, Standing};
use crate::call::Turn;
use crate::limits::{WHY_MEMBERS_MAX, WHY_NAMES_MAX};
use crate::order::Line;
use crate::queue::QueueIx;
use crate::strategy::{Rank, Strategy};
use crate::wait_estimate::{Staff, WaitEstimate};
use crate::words::push_number;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The place of a pool in its centre.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct PoolIx(pub(crate) u32);

impl PoolIx {
    pub(crate) fn at(self) -> usize {
        self.0 as usize
    }
}

/// See the module's text.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Pool {
    /// The queues that share it.
    pub(crate) queues: Vec<QueueIx>,
    strategy: Strategy,
    /// All who are in it, where they are few enough to be named.
    #[serde(default)]
    members: Vec<AgentIx>,
    /// Places in the queues' list of agents, or by what they can do, where the strategy
    /// asks for them.
    listed: BTreeMap<AgentIx, u32>,
    /// Agents who may be offered a call, in the order of the strategy.
    pub(crate) free: BTreeSet<Rank>,
    /// Calls that wait for an offer.
    pub(crate) unserved: BTreeSet<Turn>,
    #[serde(deserialize_with = "counts")]
    standings: [u32; Standing::COUNT],
    pub(crate) ready: usize,
    pub(crate) talking: usize,
    /// What its queues have of the agents who take calls.
    #[serde(default)]
    share_ppm: u64,
    /// It has got a caller or a free agent since the last decision.
    pub(crate) dirty: bool,
    /// Of a pool of those who have certain skills.
    #[serde(default)]
    pub(crate) skilled: Option<Box<Skilled>>,
}

/// What tells callers who need certain skills how long they wait.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Skilled {
    /// Those who wait for just these agents, and for whom no phone rings.
    pub(crate) line: Line,
    /// What these agents do while somebody waits for them.
    pub(crate) estimate: WaitEstimate,
    /// How many agents it has in common with earlier pools of the same queue,
    /// where it has any; in order of the pools.
    pub(crate) in_common: Vec<(PoolIx, u32)>,
}

impl Skilled {
    /// How many agents it has in common with an earlier pool.
    pub(crate) fn in_common_with(&self, earlier: PoolIx) -> u32 {
        self.in_common
            .binary_search_by_key(&earlier, |(pool, _)| *pool)
            .map_or(0, |at| self.in_common[at].1)
    }
}

/// Reads the counts of a kept state; one of before a standing was added has
/// fewer.
fn counts<'de, D: serde::Deserializer<'de>>(from: D) -> Result<[u32; Standing::COUNT], D::Error> {
    let kept = Vec::<u32>::deserialize(from)?;
    let mut counts = [0; Standing::COUNT];
    for (count, kept) in counts.iter_mut().zip(kept) {
        *count = kept;
    }
    Ok(counts)
}

impl Pool {
    /// An empty pool of these agents, in the order of the queue's list.
    pub(crate) fn new(strategy: Strategy, members: &[AgentIx]) -> Self {
        let listed = match strategy {
            Strategy::FixedOrder => (0..).zip(members).map(|(at, ix)| (*ix, at)).collect(),
            Strategy::LongestIdle
            | Strategy::RoundRobin
            | Strategy::FewestCalls
            | Strategy::LeastTalk
            | Strategy::MostSkilled
            | Strategy::Random => BTreeMap::new(),
        };
        let is_small = members.len() <= WHY_MEMBERS_MAX;
        Self {
            strategy,
            listed,
            members: members.iter().filter(|_| is_small).copied().collect(),
            ..Self::default()
        }
    }

    /// Puts those who are better at what its calls need before the others, where the
    /// strategy asks for that; before anybody is counted.
    pub(crate) fn prefer(&mut self, weights: impl Iterator<Item = (AgentIx, u32)>) {
        if self.strategy == Strategy::MostSkilled {
            let before = |(agent, weight)| (agent, u32::MAX - weight);
            self.listed = weights.map(before).collect();
        }
    }

    /// Replaces what is counted of one agent.
    pub(crate) fn recount(&mut self, agent: AgentIx, old: &Counted, new: &Counted) {
        self.standings[old.standing.at()] = self.standings[old.standing.at()].saturating_sub(1);
        self.standings[new.standing.at()] += 1;
        self.ready = self.ready - usize::from(old.ready) + usize::from(new.ready);
        self.talking = self.talking - usize::from(old.talking) + usize::from(new.talking);
        self.share_ppm = self.share_ppm.saturating_sub(old.share_ppm) + new.share_ppm;
        if old.standing == Standing::Free {
            let rank = self.rank(agent, old);
            self.free.remove(&rank);
        }
        if new.standing == Standing::Free {
            let rank = self.rank(agent, new);
            self.free.insert(rank);
        }
    }

    /// The place of an agent in the order of free agents.
    pub(crate) fn rank(&self, agent: AgentIx, counted: &Counted) -> Rank {
        let listed = self.listed.get(&agent).copied().unwrap_or(0);
        self.strategy.rank(agent, counted, listed)
    }

    /// The free agent who is chosen; `draw` tells one decision from another.
    pub(crate) fn choice(&self, draw: u64) -> Option<AgentIx> {
        self.strategy
            .start(draw)
            .and_then(|start| self.free.range(start..).next())
            .or_else(|| self.free.first())
            .map(|rank| rank.agent)
    }

    pub(crate) fn strategy(&self) -> Strategy {
        self.strategy
    }

    /// Counts an agent for the first time.
    pub(crate) fn admit(&mut self) {
        self.standings[Standing::Gone.at()] += 1;
    }

    /// How many agents are logged in, ready or not.
    pub(crate) fn logged_in(&self) -> u32 {
        self.size() - self.count(Standing::Gone) - self.count(Standing::Offline)
    }

    /// The agents who take calls.
    pub(crate) fn staff(&self) -> Staff {
        let takes_calls = [
            Standing::Free,
            Standing::Occupied,
            Standing::WrapUp,
            Standing::RetryDelay,
        ];
        Staff {
            agents: takes_calls
                .iter()
                .map(|standing| self.count(*standing))
                .sum(),
            free: self.count(Standing::Free),
            share_ppm: self.share_ppm,
        }
    }

    /// The agent of a pool of one.
    pub(crate) fn only_agent(&self) -> Option<AgentIx> {
        let is_one = self.members.len() == 1;
        self.members.first().copied().filter(|_| is_one)
    }

    /// How many agents it has, whatever they do.
    pub(crate) fn size(&self) -> u32 {
        self.standings.iter().sum()
    }

    /// How many agents stand so.
    pub(crate) fn count(&self, standing: Standing) -> u32 {
        self.standings[standing.at()]
    }

    /// Who was passed over and by which rule, for the record: how many, and
    /// their names unless they are many.
    pub(crate) fn write_excluded(&self, text: &mut String, agents: &[Agent]) {
        const RULES: [(Standing, &str); 8] = [
            (Standing::Occupied, "on a call"),
            (Standing::WrapUp, "in wrap-up"),
            (Standing::Banned, "banned"),
            (Standing::RetryDelay, "in retry delay"),
            (Standing::PhoneAbsent, "without a phone"),
            (Standing::PageLost, "without a page"),
            (Standing::NotReady, "not ready"),
            (Standing::Offline, "offline"),
        ];
        let passed_over = self.members.len().saturating_sub(self.free.len());
        let is_named = passed_over <= WHY_NAMES_MAX;
        let mut first = true;
        for (standing, words) in RULES {
            let count = self.count(standing);
            if count > 0 {
                text.push_str(if first { "; passed over: " } else { ", " });
                first = false;
                push_number(text, u64::from(count));
                text.push(' ');
                text.push_str(words);
                let mut between = " (";
                let of_it = |agent: &&Agent| is_named && agent.counted.standing == standing;
                let named = self.members.iter().map(|ix| &agents[ix.at()]);
                for agent in named.filter(of_it) {
                    text.push_str(between);
                    text.push_str(&agent.config.name.0);
                    between = ", ";
                }
                if between == ", " {
                    text.push(')');
                }
            }
        }
    }
}
