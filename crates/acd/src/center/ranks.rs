//! How the owner's policy ranks agents for a call.

use super::Center;
use crate::agent::AgentIx;
use crate::call::Ranks;
use crate::id::CallId;
use crate::limits::RANKS_WAITING_MAX;
use crate::pool::PoolIx;
use std::fmt::Write;

impl Center {
    /// Keeps the ranks for the call of a session that is about to arrive.
    pub(super) fn rank_agents(&mut self, session_id: String, ranks: Ranks) {
        self.announced_ranks
            .retain(|(known, _)| *known != session_id);
        if self.announced_ranks.len() >= RANKS_WAITING_MAX {
            self.announced_ranks.pop_front();
        }
        self.announced_ranks.push_back((session_id, ranks));
    }

    /// The ranks that were announced for a session.
    pub(super) fn take_ranks(&mut self, session_id: &str) -> Ranks {
        let known = |(session, _): &(String, Ranks)| session == session_id;
        let at = self.announced_ranks.iter().position(known);
        let found = at.and_then(|at| self.announced_ranks.remove(at));
        found.map(|(_, ranks)| ranks).unwrap_or_default()
    }

    /// Says which rank decided.
    pub(super) fn explain_rank(&self, call: CallId, agent: AgentIx, why: &mut String) {
        let Some(call) = self.calls.get(&call).filter(|call| !call.ranks.is_empty()) else {
            return;
        };
        let name = &self.agents[agent.at()].config.name;
        let rank = call.ranks.get(name).copied().unwrap_or(0);
        // Writing to a String cannot fail.
        let _ = write!(why, "; ranked {rank} by the policy");
    }

    /// The free agent of the highest rank, the first of them by the strategy;
    /// `None` when the call has no ranks.
    pub(super) fn best_ranked(&self, pool: PoolIx, call: CallId) -> Option<AgentIx> {
        let ranks = &self.calls.get(&call)?.ranks;
        if ranks.is_empty() {
            return None;
        }
        let rank = |ix: AgentIx| ranks.get(&self.agents[ix.at()].config.name).copied();
        let mut best: Option<(i64, AgentIx)> = None;
        for place in &self.pools[pool.at()].free {
            let rank = rank(place.agent).unwrap_or(0);
            if best.is_none_or(|(highest, _)| rank > highest) {
                best = Some((rank, place.agent));
            }
        }
        best.map(|(_, agent)| agent)
    }
}
