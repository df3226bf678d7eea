//! Recordings of a rehearsal: when they began and whose they are.

use crate::host::{CallId, UnitId};
use std::collections::BTreeMap;

/// Recordings under way.
#[derive(Default)]
pub(super) struct Recordings {
    running: BTreeMap<UnitId, (u64, Option<CallId>)>,
}

impl Recordings {
    pub(super) fn begin(&mut self, now_ms: u64, recorder: UnitId, call: Option<CallId>) {
        self.running.insert(recorder, (now_ms, call));
    }

    /// When the recording began that ends now; `None` if it has ended before.
    pub(super) fn end(&mut self, recorder: UnitId) -> Option<u64> {
        self.running.remove(&recorder).map(|(since_ms, _)| since_ms)
    }

    pub(super) fn of(&self, call: CallId) -> Vec<UnitId> {
        let of_call = |(recorder, (_, of)): (&UnitId, &(u64, Option<CallId>))| {
            (*of == Some(call)).then_some(*recorder)
        };
        self.running.iter().filter_map(of_call).collect()
    }
}

/// Where a rehearsed recording would be.
pub(super) fn recording_url(recorder: UnitId) -> String {
    format!("https://engine.example/record/rehearsal-{recorder}.wav")
}
