//! What a policy is told. Names are those of the HTTP API.

use acd::{AgentView, Skills};
use serde::{Deserialize, Serialize};

/// A call, as hooks see it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CallFacts {
    /// Who calls.
    pub caller_number: String,
    /// What was dialled.
    pub dialed_number: String,
    /// Display name of the caller.
    pub display_name: Option<String>,
    /// The queue: asked for by the scenario, or the one where it waits.
    pub queue: Option<String>,
    /// Language.
    pub language: Option<String>,
    /// Priority.
    pub priority: i32,
    /// Skills that are needed.
    pub skills: Vec<String>,
    /// Whatever the scenario said of it.
    pub custom_data: Option<String>,
    /// How long it has waited, seconds.
    pub waited_s: u64,
    /// Time of day and week at the centre, for rules that look at it.
    pub now: Option<String>,
    /// Names of the queues.
    pub queues: Vec<String>,
}

impl CallFacts {
    /// A call that comes.
    pub fn of_new(call: &acd::NewCall) -> Self {
        Self {
            caller_number: call.caller_number.clone(),
            dialed_number: call.dialed_number.clone(),
            display_name: call.display_name.clone(),
            queue: call.queue.as_ref().map(ToString::to_string),
            language: call.language.clone(),
            priority: call.priority,
            skills: call.skills.clone(),
            custom_data: call.custom_data.clone(),
            ..Self::default()
        }
    }

    /// A call that waits, at `now` (milliseconds since 1970 UTC).
    pub fn of_waiting(call: &acd::CallView, now: u64) -> Self {
        Self {
            caller_number: call.caller_number.clone(),
            dialed_number: call.dialed_number.clone(),
            display_name: call.display_name.clone(),
            queue: Some(call.queue.to_string()),
            language: call.language.clone(),
            priority: call.priority,
            skills: call.skills.clone(),
            custom_data: call.custom_data.clone(),
            waited_s: now.saturating_sub(call.queued_at) / 1_000,
            ..Self::default()
        }
    }
}

/// An agent, as hooks see him.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AgentFacts {
    /// User name.
    pub agent: String,
    /// What the agent can do.
    pub skills: Skills,
    /// Offers answered today.
    pub answered: u64,
    /// Offers missed today.
    pub missed: u64,
    /// Offers declined today.
    pub rejected: u64,
    /// Offers to a busy phone today.
    pub busy: u64,
    /// Offers to a phone out of reach today.
    pub unreachable: u64,
    /// Offers without a registered phone today.
    pub unregistered: u64,
    /// Misses in a row.
    pub miss_streak: u64,
    /// Mean time from ring to answer today, milliseconds.
    pub answer_speed_ms: Option<u64>,
    /// Talk today, milliseconds.
    pub talk_ms: u64,
    /// Mean of the ratings of talks, 0 to 100; `None` before the first.
    pub quality: Option<u64>,
}

impl AgentFacts {
    /// An agent of the centre.
    pub fn of(view: &AgentView, skills: &Skills) -> Self {
        Self {
            agent: view.agent.to_string(),
            skills: skills.clone(),
            answered: view.marks.answered,
            missed: view.marks.missed,
            rejected: view.marks.rejected,
            busy: view.marks.busy,
            unreachable: view.marks.unreachable,
            unregistered: view.marks.unregistered,
            miss_streak: view.marks.miss_streak,
            answer_speed_ms: view.marks.answer_speed_ms,
            talk_ms: view.marks.talk_ms,
            quality: view.marks.quality,
        }
    }
}

/// A phone that rang out while the caller was there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MissFacts {
    /// The queue of the call.
    pub queue: String,
    /// How long it rang, milliseconds.
    pub rang_ms: u64,
}
