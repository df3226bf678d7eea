//! Call-back instead of waiting: the caller hangs up, a placeholder keeps the
//! place in line, and is called when it is its turn.

mod told;
mod words;

pub use told::{CallbackEnd, CallbackStart};

use crate::NumberRule;
use crate::id::{AgentId, CallId, CallbackId, Millis, QueueId};
use crate::limits::{CALLBACK_DIGITS_MIN, CALLBACKS_OF_QUEUE_MAX};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// When a queue calls back, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CallbackRule {
    /// Whether callers may take a call-back at all.
    pub enabled: bool,
    /// A caller is offered one after so much waiting, once, milliseconds; 0 is
    /// never.
    pub offer_after_ms: u64,
    /// A caller is offered one, once, when the expected wait is longer than
    /// this, milliseconds; 0 is never. Nothing is offered on an estimate below
    /// the sample minimum.
    pub offer_above_ms: u64,
    /// Who is called first.
    pub first: CallFirst,
    /// With the caller first: the caller is called when the expected wait of
    /// the placeholder has come down to this, milliseconds, or at its turn.
    pub lead_ms: u64,
    /// After so many calls that did not reach the caller the call-back is
    /// given up; at least 1.
    pub attempts_max: u32,
    /// How long to wait before the next one, by how the last one went.
    pub retry: RetryRule,
    /// A placeholder older than this is dropped, milliseconds. Time outside
    /// of the opening hours counts.
    pub age_max_ms: u64,
    /// Placeholders that the queue keeps at most.
    pub waiting_max: usize,
    /// How numbers begin that may be called, with `+` and country code. With
    /// none, callers are called at the number that they call from and at no
    /// other: what a stranger enters is dialled at the owner's cost.
    pub prefixes: Vec<String>,
}

impl Default for CallbackRule {
    fn default() -> Self {
        Self {
            enabled: false,
            offer_after_ms: 0,
            offer_above_ms: 0,
            first: CallFirst::Agent,
            lead_ms: 60_000,
            attempts_max: 3,
            retry: RetryRule::default(),
            age_max_ms: 86_400_000,
            waiting_max: 100,
            prefixes: Vec::new(),
        }
    }
}

impl CallbackRule {
    pub(crate) fn placeholders_max(&self) -> usize {
        self.waiting_max.min(CALLBACKS_OF_QUEUE_MAX)
    }

    /// Whether a caller may name another number than the own one.
    pub(crate) fn takes_others(&self) -> bool {
        !self.prefixes.is_empty()
    }

    /// Whether a number may be called, by its one form.
    fn allows(&self, key: &str, named_by: NamedBy) -> bool {
        let begins = |prefix: &String| !prefix.is_empty() && key.starts_with(prefix.as_str());
        match named_by {
            NamedBy::Caller => self.prefixes.iter().any(begins),
            NamedBy::Network | NamedBy::Person => {
                self.prefixes.is_empty() || self.prefixes.iter().any(begins)
            }
        }
    }

    /// The one form of a number that can and may be called.
    pub(crate) fn key(&self, numbers: &NumberRule, number: &str, by: NamedBy) -> Option<String> {
        let key = numbers.normalise(number)?;
        let digits = key.strip_prefix('+').unwrap_or(&key);
        let is_dialable =
            digits.len() >= CALLBACK_DIGITS_MIN && digits.bytes().all(|b| b.is_ascii_digit());
        (is_dialable && self.allows(&key, by)).then_some(key)
    }
}

/// Where a number to be called is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NamedBy {
    /// The network: the number that the caller calls from.
    Network,
    /// The caller, by keys.
    Caller,
    /// Somebody who may use the API.
    Person,
}

/// Whose phone rings first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallFirst {
    /// The agent's; the caller is dialled when the agent is on the line and
    /// never waits.
    #[default]
    Agent,
    /// The caller's; who answered waits at the place kept. No agent's time is
    /// lost on a caller who does not answer.
    Caller,
}

/// Pauses before the next attempt, milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RetryRule {
    /// After a phone that rang out.
    pub no_answer_ms: u64,
    /// After a busy one.
    pub busy_ms: u64,
    /// After one that declined.
    pub rejected_ms: u64,
    /// After one that could not be reached.
    pub unreachable_ms: u64,
    /// After an answering machine.
    pub machine_ms: u64,
}

impl Default for RetryRule {
    fn default() -> Self {
        Self {
            no_answer_ms: 600_000,
            busy_ms: 120_000,
            rejected_ms: 1_800_000,
            unreachable_ms: 300_000,
            machine_ms: 1_800_000,
        }
    }
}

impl RetryRule {
    /// The pause after one attempt.
    pub(crate) fn after_ms(&self, failure: CallbackFailure) -> u64 {
        match failure {
            CallbackFailure::NoAnswer => self.no_answer_ms,
            CallbackFailure::Busy => self.busy_ms,
            CallbackFailure::Rejected => self.rejected_ms,
            CallbackFailure::Unreachable => self.unreachable_ms,
            CallbackFailure::Machine => self.machine_ms,
        }
    }
}

/// Why a caller who was called back was not reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallbackFailure {
    /// The phone rang out.
    NoAnswer,
    /// It was busy.
    Busy,
    /// The call was declined.
    Rejected,
    /// There is no way to the number now.
    Unreachable,
    /// A machine answered.
    Machine,
}

impl CallbackFailure {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::NoAnswer,
        Self::Busy,
        Self::Rejected,
        Self::Unreachable,
        Self::Machine,
    ];

    /// The word of the contract and of the record.
    pub fn word(self) -> &'static str {
        match self {
            Self::NoAnswer => "no_answer",
            Self::Busy => "busy",
            Self::Rejected => "rejected",
            Self::Unreachable => "unreachable",
            Self::Machine => "machine",
        }
    }
}

/// How a call-back ended: exactly one for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallbackOutcome {
    /// Caller and agent talked.
    Reached,
    /// The last attempt failed, or the caller hung up after being called.
    GivenUp,
    /// It became too old.
    Expired,
    /// A person cancelled it.
    Cancelled,
    /// The caller called again and has its place.
    CalledIn,
}

impl CallbackOutcome {
    /// The word of the record.
    pub fn word(self) -> &'static str {
        match self {
            Self::Reached => "reached",
            Self::GivenUp => "given_up",
            Self::Expired => "expired",
            Self::Cancelled => "cancelled",
            Self::CalledIn => "called_in",
        }
    }
}

/// Why a call-back was not granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallbackRefusal {
    /// The queue does not call back.
    NotOffered,
    /// The number cannot be dialled, or there is none.
    BadNumber,
    /// The queue keeps one for this number already.
    Duplicate,
    /// The queue keeps as many as it may.
    TooMany,
    /// No such queue.
    UnknownQueue,
}

/// A call-back that has not ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Callback {
    pub(crate) queue: QueueId,
    /// What is dialled.
    pub(crate) number: String,
    /// The same in the one form by which callers are known.
    pub(crate) key: String,
    /// The call that stands in line for it now.
    pub(crate) call: CallId,
    /// When the caller came to the first queue.
    pub(crate) came: Millis,
    pub(crate) taken_at: Millis,
    /// When the caller was dialled first.
    pub(crate) first_dialled_at: Option<Millis>,
    /// When caller and agent began to talk.
    pub(crate) reached_at: Option<Millis>,
    /// How often the caller was dialled.
    pub(crate) attempts: u32,
    /// How often a session was asked for.
    pub(crate) starts: u64,
    /// What went wrong last.
    pub(crate) trouble: Option<String>,
}

impl Callback {
    /// From coming to the queue until it was its turn for the first time.
    pub(crate) fn virtual_wait_ms(&self) -> Option<Millis> {
        Some(self.first_dialled_at?.saturating_sub(self.came))
    }

    /// From asking for the call-back until caller and agent talked.
    pub(crate) fn until_reached_ms(&self) -> Option<Millis> {
        Some(self.reached_at?.saturating_sub(self.taken_at))
    }
}

/// What stands in line for a call-back, kept in its call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct StandIn {
    pub(crate) callback: CallbackId,
    pub(crate) step: Step,
    pub(crate) first: CallFirst,
    /// Nobody is called: the queue is closed.
    pub(crate) is_closed: bool,
    pub(crate) expires_at: Millis,
    /// With the caller first: when the expected wait is looked at next.
    pub(crate) look_at: Option<Millis>,
}

/// How far a call-back has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Step {
    /// In line; nobody is called yet.
    Waiting,
    /// A session is asked for: which time, and until when it may come.
    Starting { start: u64, until: Millis },
    /// The session is there; until when it may stand idle.
    Joined { idle_until: Millis },
    /// The caller's phone is dialled.
    Dialling,
    /// The caller is on the line.
    OnLine,
}

impl StandIn {
    /// Whether the line may serve it now.
    pub(crate) fn may_be_served(&self, rung: usize) -> bool {
        match (self.step, self.first) {
            (Step::Waiting, _) => !self.is_closed && rung == 0,
            (Step::Joined { .. }, CallFirst::Agent) | (Step::OnLine, _) => true,
            (Step::Starting { .. } | Step::Dialling, _)
            | (Step::Joined { .. }, CallFirst::Caller) => false,
        }
    }

    /// When it must be looked at.
    pub(crate) fn next_deadline(&self) -> Option<Millis> {
        match self.step {
            Step::Waiting => {
                let look_at = self.look_at.unwrap_or(Millis::MAX);
                Some(self.expires_at.min(look_at))
            }
            Step::Starting { until, .. } => Some(until),
            Step::Joined { idle_until } => Some(idle_until),
            Step::Dialling | Step::OnLine => None,
        }
    }
}

/// The call-backs of a centre.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Callbacks {
    last: u64,
    live: BTreeMap<CallbackId, Callback>,
    /// By queue and number, as `live`.
    #[serde(with = "by_number")]
    numbers: BTreeMap<(QueueId, String), CallbackId>,
}

impl Callbacks {
    /// Whether none is kept.
    pub(crate) fn is_empty(&self) -> bool {
        self.live.is_empty()
    }

    /// Keeps a new one.
    pub(crate) fn add(&mut self, callback: Callback) -> CallbackId {
        self.last += 1;
        let id = CallbackId(self.last);
        let number = (callback.queue.clone(), callback.key.clone());
        self.numbers.insert(number, id);
        self.live.insert(id, callback);
        id
    }

    /// Forgets one that has ended.
    pub(crate) fn remove(&mut self, id: CallbackId) -> Option<Callback> {
        let callback = self.live.remove(&id)?;
        let number = (callback.queue.clone(), callback.key.clone());
        self.numbers.remove(&number);
        Some(callback)
    }

    pub(crate) fn get(&self, id: CallbackId) -> Option<&Callback> {
        self.live.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: CallbackId) -> Option<&mut Callback> {
        self.live.get_mut(&id)
    }

    /// That of a number in a queue.
    pub(crate) fn of_number(&self, queue: &QueueId, key: &str) -> Option<CallbackId> {
        if self.numbers.is_empty() {
            return None;
        }
        let number = (queue.clone(), key.to_owned());
        self.numbers.get(&number).copied()
    }

    /// Those of a queue, by number.
    pub(crate) fn of_queue(
        &self,
        queue: &QueueId,
    ) -> impl Iterator<Item = (CallbackId, &Callback)> {
        let from = (queue.clone(), String::new());
        let of_queue = self.numbers.range(from..);
        of_queue
            .take_while(move |((of, _), _)| of == queue)
            .filter_map(|(_, id)| Some((*id, self.live.get(id)?)))
    }

    /// All, oldest first.
    pub(crate) fn all(&self) -> impl Iterator<Item = (CallbackId, &Callback)> {
        self.live.iter().map(|(id, callback)| (*id, callback))
    }
}

/// A map whose keys are no strings, as a list of pairs.
mod by_number {
    use super::{BTreeMap, CallbackId, Deserialize, QueueId};

    type Numbers = BTreeMap<(QueueId, String), CallbackId>;

    pub(super) fn serialize<S: serde::Serializer>(
        numbers: &Numbers,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(numbers)
    }

    pub(super) fn deserialize<'de, D: serde::Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Numbers, D::Error> {
        let pairs = Vec::<((QueueId, String), CallbackId)>::deserialize(deserializer)?;
        Ok(pairs.into_iter().collect())
    }
}

/// A call-back that has not ended, as people and programs see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallbackView {
    /// The call-back.
    pub callback: CallbackId,
    /// Its queue.
    pub queue: QueueId,
    /// What is dialled.
    pub number: String,
    /// `waiting`, `closed` (until the queue opens), `retrying` (pauses after an
    /// attempt), `starting` (a session is asked for), `ringing_agent`,
    /// `dialling`, `on_line` (the caller waits on the line), `talking`.
    pub state: String,
    /// When it was asked for.
    pub taken_at: Millis,
    /// When the caller came to the first queue.
    pub came_at: Millis,
    /// Its position in line, from 1; 0 when an agent has it.
    pub position: usize,
    /// How often the caller was dialled.
    pub attempts: u32,
    /// Not before then, after an attempt.
    pub next_at: Option<Millis>,
    /// When it is dropped if nothing comes of it.
    pub expires_at: Millis,
    /// What went wrong last.
    pub trouble: Option<String>,
    /// The agent at hand.
    pub agent: Option<AgentId>,
}
