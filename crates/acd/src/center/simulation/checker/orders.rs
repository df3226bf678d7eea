//! The orders and counts that the centre keeps for speed are what they would be
//! if they were computed from scratch.

use super::Checker;
use super::definitions::{is_offerable, turn_of};
use crate::activity::Activity;
use crate::agent::{Agent, AgentIx, Standing};
use crate::call::{Call, Stage};
use crate::center::Center;
use crate::input::{DevicePresence, Intent};
use crate::pool::Pool;
use std::collections::BTreeSet;

impl Checker {
    pub(super) fn lines_are_what_they_say(&self, center: &Center) {
        for (at, queue) in center.queues.iter().enumerate() {
            let of_queue = || {
                center
                    .calls
                    .values()
                    .filter(|call| !call.has_ended() && call.queue_ix.at() == at)
            };
            let waits = |call: &Call| matches!(call.stage, Stage::Waiting | Stage::Offering(_));
            let mut line: Vec<_> = of_queue()
                .filter(|call| waits(call))
                .map(|call| call.place)
                .collect();
            line.sort_unstable();
            must!(
                self,
                line.len() == queue.line.len(),
                "a line has lost or kept somebody"
            );
            for (before, place) in line.iter().enumerate() {
                must!(
                    self,
                    queue.line.position(place) == Some(before + 1),
                    "{} is not at its place",
                    place.call
                );
            }
            must!(
                self,
                queue.talking + line.len() == of_queue().count(),
                "talks are miscounted"
            );
            // Who waits for some agents alone presses these.
            let pressing = of_queue()
                .filter(|call| call.pool == queue.pool)
                .filter_map(|call| turn_of(call))
                .filter(|turn| turn.rung == 0);
            must!(
                self,
                pressing.count() == queue.estimate.pressing(),
                "those who wait for an agent are miscounted"
            );
        }
    }

    pub(super) fn pools_are_what_they_say(&self, center: &Center) {
        for (at, pool) in center.pools.iter().enumerate() {
            let members = || {
                center
                    .agents
                    .iter()
                    .enumerate()
                    .filter(move |(_, agent)| agent.pools.iter().any(|p| p.at() == at))
            };
            let free: BTreeSet<_> = members()
                .filter(|(_, agent)| is_offerable(agent))
                .map(|(ix, agent)| pool.rank(AgentIx(ix as u32), &agent.to_count()))
                .collect();
            must!(self, free == pool.free, "the free agents are wrong");
            must!(
                self,
                pool.count(Standing::Free) as usize == free.len(),
                "the free agents are miscounted"
            );
            let ready = members()
                .filter(|(_, agent)| agent.intent == Intent::Ready)
                .count();
            must!(self, ready == pool.ready, "the ready agents are miscounted");
            self.staff_is_counted(center, pool, members().map(|(_, agent)| agent));
            let total: u32 = Standing::ALL
                .iter()
                .map(|standing| pool.count(*standing))
                .sum();
            must!(
                self,
                total as usize == members().count(),
                "a pool counts {total} members"
            );
            let unserved: BTreeSet<_> = center
                .calls
                .values()
                .filter(|call| call.pool.at() == at)
                .filter_map(|call| turn_of(call))
                .collect();
            must!(
                self,
                unserved == pool.unserved,
                "those to be served are wrong"
            );
            if let Some(skilled) = &pool.skilled {
                let alone = unserved.iter().filter(|turn| turn.rung == 0);
                let alone: BTreeSet<_> = alone.map(|turn| turn.place).collect();
                let before = alone.iter().map(|place| skilled.line.before(place));
                must!(
                    self,
                    before.eq(0..alone.len())
                        && skilled.line.len() == alone.len()
                        && skilled.estimate.pressing() == alone.len(),
                    "those who wait for certain skills are miscounted"
                );
            }
        }
    }

    /// Agents who take calls, and the part of each that a queue has.
    fn staff_is_counted<'a>(
        &self,
        center: &Center,
        pool: &Pool,
        members: impl Iterator<Item = &'a Agent>,
    ) {
        let takes_calls = |agent: &&Agent| {
            !agent.removed
                && agent.intent == Intent::Ready
                && (agent.activity != Activity::Idle
                    || agent.ban.is_none()
                        && agent.phone != DevicePresence::Absent
                        && agent.page.lost_since().is_none())
        };
        let (mut agents, mut share_ppm) = (0, 0);
        for agent in members.filter(takes_calls) {
            let serves = center.queues.iter().filter(|queue| {
                let names = queue.config.agents.as_ref();
                names.is_none_or(|names| names.contains(&agent.config.name))
            });
            agents += 1;
            share_ppm += 1_000_000 / serves.count().max(1) as u64;
        }
        let staff = pool.staff();
        must!(
            self,
            (staff.agents, staff.share_ppm) == (agents, share_ppm),
            "{staff:?}, should be {agents} agents, {share_ppm} ppm"
        );
    }
}
