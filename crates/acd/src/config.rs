//! What the owner configures: queues, agents and the rules of offering.

use crate::ban::BanRule;
use crate::callback::CallbackRule;
use crate::id::{AgentId, Millis, QueueId};
use crate::leave::LeaveRules;
use crate::limits::RING_AT_ONCE_MAX;
use crate::need::{SkillRule, Skills};
use crate::not_taken::NotTakenRules;
use crate::offer::{Outcome, retry_delay_ms};
use crate::own_manager::OwnManagerRule;
use crate::page::PageRule;
use crate::reserve::{ReserveConfig, ReserveRule};
use crate::service_level::ServiceTarget;
use crate::strategy::Strategy;
use crate::transfer::TransferRule;
use serde::{Deserialize, Serialize};

/// The whole configuration of a centre. Given as [`crate::Input::Configure`];
/// a later one replaces the earlier one without losing calls: a queue that
/// still has callers and an agent who still talks stay until they are idle.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Configuration {
    /// Queues; the first is where a call goes that names none and whose
    /// dialled number belongs to none.
    pub queues: Vec<QueueConfig>,
    /// Agents and how to reach them.
    pub agents: Vec<AgentConfig>,
    /// How callers are led to managers of their own.
    #[serde(default)]
    pub own_manager: OwnManagerRule,
    /// Who needs a page, and how long it may be away.
    #[serde(default)]
    pub pages: PageRule,
    /// Numbers that take callers whom nobody can serve, in their order.
    #[serde(default)]
    pub reserves: Vec<ReserveConfig>,
    /// What agents may do with a caller whom another should serve.
    #[serde(default)]
    pub transfers: TransferRule,
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
    /// Each step of priority is worth so much waiting, milliseconds: a caller
    /// of priority 2 goes before those of priority 0 who came up to twice this
    /// earlier. With 0 a higher priority always goes first, however long
    /// others wait.
    #[serde(default)]
    pub priority_step_ms: u64,
    /// At agents who serve several queues, callers of this queue go before
    /// those of others who came up to so much earlier, milliseconds. With 0
    /// everywhere the order across queues is: who came first. No head start
    /// lets a queue starve: it is worth so much waiting and no more.
    #[serde(default)]
    pub head_start_ms: u64,
    /// Whether and how the skills that a call asks for are looked at; `None`
    /// is not at all.
    #[serde(default)]
    pub skills: Option<SkillRule>,
    /// How many phones ring for one caller at once; the first who answers has
    /// the call. 0 and 1 are one; more than [`crate::RING_AT_ONCE_MAX`] is that.
    #[serde(default)]
    pub ring_at_once: usize,
    /// With several at once: one phone rings at first, and one more after each
    /// such time, milliseconds; 0 is all at once.
    #[serde(default)]
    pub ring_step_ms: u64,
    /// What misses in a row lead to.
    #[serde(default)]
    pub ban: BanRule,
    /// What is different after other ways not to answer.
    #[serde(default)]
    pub not_taken: NotTakenRules,
    /// When callers are let go, and where to.
    #[serde(default)]
    pub leave: LeaveRules,
    /// Call-back instead of waiting.
    #[serde(default)]
    pub callback: CallbackRule,
    /// The agent cannot end a wrap-up before this, milliseconds.
    #[serde(default)]
    pub wrap_up_min_ms: u64,
    /// The agent may make a wrap-up longer by this, again and again,
    /// milliseconds; 0 is not at all.
    #[serde(default)]
    pub wrap_up_extend_ms: u64,
    /// The longest that a wrap-up can become by being extended, milliseconds.
    #[serde(default)]
    pub wrap_up_max_ms: u64,
    /// How it uses the reserve numbers.
    #[serde(default)]
    pub reserves: ReserveRule,
    /// What counts as answered in time.
    #[serde(default)]
    pub service: ServiceTarget,
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
            priority_step_ms: 0,
            head_start_ms: 0,
            skills: None,
            ring_at_once: 1,
            ring_step_ms: 0,
            ban: BanRule::default(),
            not_taken: NotTakenRules::default(),
            leave: LeaveRules::default(),
            callback: CallbackRule::default(),
            wrap_up_min_ms: 0,
            wrap_up_extend_ms: 0,
            wrap_up_max_ms: 0,
            reserves: ReserveRule::default(),
            service: ServiceTarget::default(),
        }
    }
}

impl QueueConfig {
    /// How long an agent is passed over after an offer that ended so.
    pub(crate) fn retry_delay_after(&self, outcome: Outcome) -> Millis {
        let rule = self.not_taken.of(outcome);
        let own_ms = rule.and_then(|rule| rule.retry_delay_ms);
        retry_delay_ms(own_ms.unwrap_or(self.retry_delay_ms))
    }

    /// What offers in a row that ended so lead to.
    pub(crate) fn ban_after(&self, outcome: Outcome) -> BanRule {
        match self.not_taken.of(outcome) {
            None => self.ban,
            Some(rule) => BanRule {
                after_misses: rule.ban_after,
                ..self.ban
            },
        }
    }

    /// How many phones may ring for one caller at once in the end.
    pub(crate) fn width_max(&self) -> usize {
        self.ring_at_once.clamp(1, RING_AT_ONCE_MAX)
    }

    /// How many may at first.
    pub(crate) fn width(&self) -> usize {
        match self.ring_step_ms {
            0 => self.width_max(),
            _ => 1,
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
    /// What the agent can do.
    #[serde(default)]
    pub skills: Skills,
}

impl Contact {
    /// Whether somebody who dials this means it.
    pub(crate) fn is_reached_by(&self, dialled: &str) -> bool {
        match self {
            Self::User { user } => user == dialled,
            Self::Sip { uri } => crate::transfer::bare_target(uri) == Some(dialled),
            Self::Phone { number } => number == dialled,
        }
    }
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
