//! What is kept of a session when it is over.

use super::Live;
use crate::attempts::{Attempt, News};
use crate::choice::Choice;
use crate::contact::Contact;
use crate::history::History;
use crate::shared::{Owner, Shared};
use scenario::host::{EndReason, TaskReportKind};
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
        let record = history.finish(now_ms, log_url, host.unwrap_or_default());
        // The reporter says when history is lost.
        let _ = reporter.tell(record);
    }
}

/// The attempt of a call list that a session is.
pub(super) struct Attempted {
    of: Attempt,
    ending: News,
    /// What becomes of the person's call.
    pub(super) contact: Contact,
}

impl Attempted {
    pub(super) fn begin(of: Attempt, row: &str, shared: &Shared) -> Self {
        shared.attempts.begin(of);
        // Unless it comes to an end of its own.
        let ending = News::CutOff;
        Self {
            of,
            ending,
            contact: Contact::new(row),
        }
    }
}

impl Live {
    /// `CallList.report...`; without a list it is in the session log only.
    pub(super) fn tell_task(&self, kind: TaskReportKind, data: String) {
        if let Some(own) = &self.attempted {
            let call = own.contact.told();
            self.shared.attempts.tell(own.of, kind.into(), data, call);
        }
    }

    /// Its scenario is over. What is still cared for afterwards does not count.
    pub(super) fn task_ends(&mut self, why: &EndReason) {
        if let Some(own) = &mut self.attempted {
            own.ending = match why {
                EndReason::Terminated | EndReason::Idle | EndReason::Failed { .. } => News::Over,
                EndReason::Stopped { .. } => News::CutOff,
            };
        }
    }

    /// The session is over: the backend is told, and may start the next.
    pub(super) fn tell_attempt(&mut self) {
        if let Some(own) = self.attempted.take() {
            let attempts = &self.shared.attempts;
            let call = own.contact.told();
            attempts.tell(own.of, own.ending, String::new(), call);
        }
    }
}
