//! Call-backs: how each went, and its two clocks.

use acd::{AgentId, CallbackEnd, CallbackId, CallbackOutcome, NewCall, QueueId};
use serde::Serialize;
use std::collections::HashMap;

/// One call-back. Booked when it was asked for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Callback {
    /// The call-back.
    pub callback: CallbackId,
    /// Its queue.
    pub queue: QueueId,
    /// The number that is called.
    pub number: String,
    /// What the caller had dialled.
    pub dialed_number: String,
    /// When it was asked for.
    pub taken_at: u64,
    /// How often the caller was dialled.
    pub attempts: u32,
    /// Attempts that came to nothing.
    pub unreached: u32,
    /// How it ended; `None` while it lasts.
    pub outcome: Option<CallbackOutcome>,
    /// When it ended.
    pub ended_at: Option<u64>,
    /// From coming to the queue until the caller was dialled for the first
    /// time, milliseconds.
    pub virtual_wait_ms: Option<u64>,
    /// From asking for it until caller and agent talked, milliseconds.
    pub until_reached_ms: Option<u64>,
    /// Talk, milliseconds.
    pub talk_ms: u64,
    /// Who served it.
    pub agent: Option<AgentId>,
}

/// Those of a record.
#[derive(Debug, Default)]
pub(crate) struct Callbacks {
    all: Vec<Callback>,
    known: HashMap<CallbackId, usize>,
}

impl Callbacks {
    pub(crate) fn all(&self) -> &[Callback] {
        &self.all
    }

    pub(crate) fn taken(
        &mut self,
        at: u64,
        callback: CallbackId,
        queue: &QueueId,
        details: &NewCall,
    ) {
        self.known.insert(callback, self.all.len());
        self.all.push(Callback {
            callback,
            queue: queue.clone(),
            number: details.caller_number.clone(),
            dialed_number: details.dialed_number.clone(),
            taken_at: at,
            attempts: 0,
            unreached: 0,
            outcome: None,
            ended_at: None,
            virtual_wait_ms: None,
            until_reached_ms: None,
            talk_ms: 0,
            agent: None,
        });
    }

    pub(crate) fn dialled(&mut self, callback: CallbackId) {
        if let Some(own) = self.own(callback) {
            own.attempts += 1;
        }
    }

    pub(crate) fn unreached(&mut self, callback: CallbackId) {
        if let Some(own) = self.own(callback) {
            own.unreached += 1;
        }
    }

    pub(crate) fn ended(&mut self, at: u64, end: &CallbackEnd) {
        if let Some(own) = self.own(end.callback) {
            own.outcome = Some(end.outcome);
            own.ended_at = Some(at);
            own.virtual_wait_ms = end.virtual_wait_ms;
            own.until_reached_ms = end.until_reached_ms;
            own.talk_ms = end.talk_ms;
            own.agent.clone_from(&end.agent);
        }
    }

    fn own(&mut self, callback: CallbackId) -> Option<&mut Callback> {
        let at = *self.known.get(&callback)?;
        self.all.get_mut(at)
    }
}
