//! What the owner configures: queues, agents and the rules of offering.

use crate::id::{AgentId, QueueId};
use crate::strategy::Strategy;
use serde::{Deserialize, Serialize};

/// The whole configuration of a centre. Given as [`crate::Input::Configure`];
/// a later one replaces the earlier one without losing calls: a queue that
/// still has callers and an agent who still talks stay until they are idle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Configuration {
    /// Queues; the first is where a call goes that names none and whose
    /// dialled number belongs to none.
    pub queues: Vec<QueueConfig>,
    /// Agents and how to reach them.
    pub agents: Vec<AgentConfig>,
}

/// One queue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QueueConfig {
    /// Its name, unique.
    pub name: QueueId,
    /// Dialled numbers that lead to it when the scenario names no queue.
    pub numbers: Vec<String>,
    /// Agents who serve it; `None` means every agent.
    pub agents: Option<Vec<AgentId>>,
    /// How long an agent's phone may ring, milliseconds.
    pub ring_timeout_ms: u64,
    /// How long an agent who did not take an offer is passed over,
    /// milliseconds (promise P10: no offer to the same agent at once again).
    pub retry_delay_ms: u64,
    /// Time after a talk in which the agent is offered nothing, milliseconds;
    /// 0 is none.
    pub wrap_up_ms: u64,
    /// The longest queue it may have; further callers are refused (`blocked`).
    pub waiting_max: usize,
    /// Position and expected wait are announced this often, milliseconds;
    /// 0 is never.
    pub announce_every_ms: u64,
    /// Which of its free agents gets the next call.
    #[serde(default)]
    pub strategy: Strategy,
}

impl QueueConfig {
    /// A queue of everybody with usual values: 20 s of ringing, 10 s of retry
    /// delay and wrap-up, 500 waiting, no announcements, longest idle first.
    pub fn named(name: impl Into<QueueId>) -> Self {
        Self {
            name: name.into(),
            numbers: Vec::new(),
            agents: None,
            ring_timeout_ms: 20_000,
            retry_delay_ms: 10_000,
            wrap_up_ms: 10_000,
            waiting_max: 500,
            announce_every_ms: 0,
            strategy: Strategy::LongestIdle,
        }
    }
}

/// One agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgentConfig {
    /// User name.
    pub name: AgentId,
    /// Name shown to people.
    pub display_name: String,
    /// Where the agent's phone is.
    pub contact: Contact,
}

/// Where to reach an agent: the contract's `contact` object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Contact {
    /// A user registered with the engine.
    User {
        /// The user name.
        user: String,
    },
    /// A SIP URI.
    Sip {
        /// The URI, `sip:` or `sips:`.
        uri: String,
    },
    /// A telephone number, dialled through a trunk.
    Phone {
        /// The number, digits with an optional leading `+`.
        number: String,
    },
}
