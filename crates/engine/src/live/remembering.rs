//! What is kept of a session when it is over.

use super::Live;
use crate::choice::Choice;
use crate::history::History;
use crate::shared::{Owner, Shared};
use std::sync::Arc;

/// The history of a new session, if there is a backend that keeps it.
pub(super) fn begin(
    now_ms: u64,
    choice: &Choice,
    custom_data: &str,
    owner: Owner,
    shared: &Arc<Shared>,
) -> Option<History> {
    shared.reporter.as_ref()?;
    let rule = (choice.application_id, choice.name.clone());
    let custom_data = custom_data.to_owned();
    Some(History::new(owner.session, rule, custom_data, now_ms))
}

impl Live {
    /// The session is over: the backend is told.
    pub(super) fn tell_history(&mut self) {
        let (Some(history), Some(reporter)) = (self.history.take(), &self.shared.reporter) else {
            return;
        };
        let base = self.shared.public_url.get();
        let base = base.map(String::as_str).unwrap_or_default();
        let session = self.owner.session;
        let key = self.shared.access.log_key(session);
        let log_url = format!("{base}/log/{session}/{key}");
        let host = url::Url::parse(base).ok();
        let host = host.and_then(|url| url.host_str().map(str::to_owned));
        let now_ms = crate::worker::now_ms();
        reporter.tell(history.finish(now_ms, log_url, host.unwrap_or_default()));
    }
}
