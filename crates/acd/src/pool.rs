//! Queues with the same agents share a pool: one order of free agents, one
//! order of callers who are to be offered. The cost of a change does not grow
//! with the number of queues that everybody serves.

use crate::agent::{AgentIx, Counted, Standing};
use crate::id::Millis;
use crate::order::Place;
use crate::queue::QueueIx;
use std::collections::BTreeSet;
use std::fmt::Write;

/// The place of a pool in its centre.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PoolIx(pub(crate) u32);

impl PoolIx {
    pub(crate) fn at(self) -> usize {
        self.0 as usize
    }
}

/// See the module's text.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Pool {
    /// The queues that share it.
    pub(crate) queues: Vec<QueueIx>,
    /// Agents who may be offered a call, longest idle first, then by name.
    pub(crate) free: BTreeSet<(Millis, AgentIx)>,
    /// Calls that wait for an offer.
    pub(crate) unserved: BTreeSet<Place>,
    standings: [u32; Standing::COUNT],
    pub(crate) ready: usize,
    pub(crate) talking: usize,
    /// It has got a caller or a free agent since the last decision.
    pub(crate) dirty: bool,
}

impl Pool {
    /// Replaces what is counted of one agent.
    pub(crate) fn recount(&mut self, agent: AgentIx, old: Counted, new: Counted) {
        self.standings[old.standing.at()] = self.standings[old.standing.at()].saturating_sub(1);
        self.standings[new.standing.at()] += 1;
        self.ready = self.ready - usize::from(old.ready) + usize::from(new.ready);
        self.talking = self.talking - usize::from(old.talking) + usize::from(new.talking);
        if old.standing == Standing::Free {
            self.free.remove(&(old.idle_since, agent));
        }
        if new.standing == Standing::Free {
            self.free.insert((new.idle_since, agent));
        }
    }

    /// Counts an agent for the first time.
    pub(crate) fn admit(&mut self) {
        self.standings[Standing::Gone.at()] += 1;
    }

    /// How many agents stand so.
    pub(crate) fn count(&self, standing: Standing) -> u32 {
        self.standings[standing.at()]
    }

    /// Who was passed over and by which rule, for the record.
    pub(crate) fn write_excluded(&self, text: &mut String) {
        const RULES: [(Standing, &str); 6] = [
            (Standing::Occupied, "on a call"),
            (Standing::WrapUp, "in wrap-up"),
            (Standing::RetryDelay, "in retry delay"),
            (Standing::PhoneAbsent, "without a phone"),
            (Standing::NotReady, "not ready"),
            (Standing::Offline, "offline"),
        ];
        let mut first = true;
        for (standing, words) in RULES {
            let count = self.count(standing);
            if count > 0 {
                text.push_str(if first { "; passed over: " } else { ", " });
                first = false;
                // Writing to a String cannot fail.
                let _ = write!(text, "{count} {words}");
            }
        }
    }
}
