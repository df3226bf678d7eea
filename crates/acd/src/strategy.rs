//! Which of the free agents of a queue is offered the next call.
//!
//! Every strategy is an order that changes only when an agent changes, so
//! that the free agents stay sorted and a choice is a look at the first.

use crate::agent::{AgentIx, Counted};
use crate::id::Millis;
use crate::order::mix;
use crate::words::push_number;
use serde::{Deserialize, Serialize};

/// How a queue chooses among its free agents (metrics.md 3.4). Ties go to the
/// one who is idle longest, then by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// Who is idle longest. An offer that was not taken ends the idle time.
    #[default]
    LongestIdle,
    /// Who was offered a call longest ago, by any queue: everyone in turn.
    RoundRobin,
    /// Who answered fewest calls since midnight UTC.
    FewestCalls,
    /// Who talked least since midnight UTC.
    LeastTalk,
    /// Who comes first in the queue's list of agents; without a list, by name.
    FixedOrder,
    /// Who is best at what the call asks for: the highest sum of levels in the skills that
    /// it needs now. For calls that need none, who is idle longest.
    MostSkilled,
    /// Anyone, all in equal shares. Drawn from the numbers of call and offers,
    /// so a replayed journal draws the same.
    Random,
}

/// The place of a free agent in the order of a pool: smaller is chosen first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Rank {
    first: u64,
    idle_since: Millis,
    pub(crate) agent: AgentIx,
}

impl Strategy {
    /// The rank of an agent; `listed` is its place in the queue's list, or by its skills.
    pub(crate) fn rank(self, agent: AgentIx, counted: &Counted, listed: u32) -> Rank {
        let first = match self {
            Self::LongestIdle => 0,
            Self::RoundRobin => counted.last_offer,
            Self::FewestCalls => counted.answered,
            Self::LeastTalk => counted.talk_ms,
            Self::FixedOrder | Self::MostSkilled => u64::from(listed),
            // A new place after each offer, so that no gap stays wide.
            Self::Random => mix(mix(counted.last_offer) ^ u64::from(agent.0)),
        };
        Rank {
            first,
            idle_since: counted.idle_since,
            agent,
        }
    }

    /// From where in the order the choice is made: the first rank not before
    /// it, else the first of all. `draw` tells one decision from another.
    pub(crate) fn start(self, draw: u64) -> Option<Rank> {
        match self {
            Self::LongestIdle
            | Self::RoundRobin
            | Self::FewestCalls
            | Self::LeastTalk
            | Self::FixedOrder
            | Self::MostSkilled => None,
            Self::Random => Some(Rank {
                first: mix(draw),
                idle_since: 0,
                agent: AgentIx(0),
            }),
        }
    }

    /// Why an agent was chosen, for the record.
    pub(crate) fn write_reason(self, text: &mut String, counted: &Counted, now: Millis) {
        let (words, number, end) = match self {
            Self::LongestIdle => {
                let idle_ms = now.saturating_sub(counted.idle_since);
                ("idle longest (", Some(idle_ms), " ms)")
            }
            Self::RoundRobin => ("offered a call longest ago", None, ""),
            Self::FewestCalls => ("fewest calls today (", Some(counted.answered), ")"),
            Self::LeastTalk => ("least talk today (", Some(counted.talk_ms), " ms)"),
            Self::FixedOrder => ("first by the fixed order", None, ""),
            Self::MostSkilled => ("most skilled", None, ""),
            Self::Random => ("drawn at random", None, ""),
        };
        text.push_str(words);
        if let Some(number) = number {
            push_number(text, number);
        }
        text.push_str(end);
    }
}
