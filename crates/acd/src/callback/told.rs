//! What is told of a call-back: to whoever starts its session, and to the record.

use super::{CallFirst, CallbackOutcome};
use crate::id::{AgentId, CallId, CallbackId, Millis, QueueId};
use crate::input::EndedBy;
use serde::{Deserialize, Serialize};

/// A session that is to be started for a call-back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallbackStart {
    /// The call-back.
    pub callback: CallbackId,
    /// Which start: an earlier one is not waited for any more.
    pub start: u64,
    /// Its queue.
    pub queue: QueueId,
    /// The number to call.
    pub number: String,
    /// Who is called first.
    pub first: CallFirst,
    /// What the caller had dialled; empty if nothing.
    pub dialed_number: String,
    /// The caller's language.
    pub language: Option<String>,
}

/// How a call-back ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallbackEnd {
    /// The call-back.
    pub callback: CallbackId,
    /// The last call of it.
    pub call: CallId,
    /// Its queue.
    pub queue: QueueId,
    /// How.
    pub outcome: CallbackOutcome,
    /// Why, in words of the record: the last failure, or who cancelled.
    pub why: String,
    /// How often the caller was dialled.
    pub attempts: u32,
    /// From coming to the first queue until the caller was dialled for the
    /// first time, milliseconds; `None` if that never happened.
    pub virtual_wait_ms: Option<Millis>,
    /// From asking for the call-back until caller and agent talked,
    /// milliseconds.
    pub until_reached_ms: Option<Millis>,
    /// Talk, milliseconds.
    pub talk_ms: Millis,
    /// Who ended the talk.
    pub ended_by: Option<EndedBy>,
    /// Who served it.
    pub agent: Option<AgentId>,
}
