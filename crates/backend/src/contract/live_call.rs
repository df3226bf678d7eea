//! A call that goes on, as supervisors see it.

use crate::centre::LiveCall;
use crate::clock::to_rfc3339;
use serde::Serialize;

/// One call.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct LiveCallJson {
    call_id: String,
    queue: String,
    caller_number: String,
    display_name: Option<String>,
    /// `waiting`, `offering`, `talking`.
    state: String,
    queued_at: String,
    /// When that state began.
    since: String,
    agent: Option<String>,
    reserve: Option<String>,
    /// The last decision about it, in words of the record.
    why: Option<String>,
}

impl LiveCallJson {
    pub(crate) fn of(call: &LiveCall) -> Self {
        Self {
            call_id: call.call.to_string(),
            queue: call.queue.to_string(),
            caller_number: call.caller_number.clone(),
            display_name: call.display_name.clone(),
            state: call.state.clone(),
            queued_at: to_rfc3339(call.queued_at),
            since: to_rfc3339(call.since),
            agent: call.agent.as_ref().map(ToString::to_string),
            reserve: call.reserve.as_ref().map(ToString::to_string),
            why: call.why.clone(),
        }
    }
}
