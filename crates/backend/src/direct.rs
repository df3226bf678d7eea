//! The centre without HTTP, for programs that hold the backend in their own
//! process: the benchmark measures the journal's path with it.

use crate::centre::{CentreHandle, Rejection};
use acd::{CallId, Millis, NewCall, SessionEvent};

/// Asks the centre as the HTTP handlers do. Clones ask the same one.
#[derive(Clone)]
pub struct Direct {
    centre: CentreHandle,
}

/// Why the centre did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[error("not done: {0}")]
pub struct NotDone(String);

impl From<Rejection> for NotDone {
    fn from(rejection: Rejection) -> Self {
        Self(format!("{rejection:?}"))
    }
}

impl Direct {
    pub(crate) fn new(centre: CentreHandle) -> Self {
        Self { centre }
    }

    /// A session asks for an agent. When this returns the call is durable.
    ///
    /// # Errors
    /// When the call is refused, or the backend cannot take it now.
    pub async fn arrive(&self, call: NewCall, access_url: String) -> Result<CallId, NotDone> {
        Ok(self.centre.arrive(call, access_url).await?.call)
    }

    /// A session reports at `at` (milliseconds since 1970 UTC) in its order
    /// `seq`. When this returns the report is durable.
    ///
    /// # Errors
    /// For a call that is not known, or when the backend cannot take it now.
    pub async fn event(
        &self,
        call: CallId,
        seq: u64,
        at: Millis,
        event: SessionEvent,
    ) -> Result<(), NotDone> {
        Ok(self.centre.event(call, seq, at, event).await?)
    }
}
