//! Sessions that are started from outside (voxengine.md §1.2): `Started` with
//! the given data, no call.

use super::{Live, Meeting, Mind, SpecError, order, remembering, spec};
use crate::attempts::Attempt;
use crate::choice::Choice;
use crate::conferences::ConferenceKey;
use crate::control::Control;
use crate::shared::{Owner, Shared};
use crate::worker::Mail;
use crossbeam_channel::Sender;
use scenario::{Session, SessionSpec};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// A session on its way to a worker.
pub(crate) struct Starting {
    pub(crate) session: u64,
    pub(crate) choice: Choice,
    /// What `VoxEngine.customData()` answers.
    pub(crate) custom_data: String,
    /// The conference that it is.
    pub(crate) conference: Option<ConferenceKey>,
    /// The attempt of a call list that it is.
    pub(crate) attempt: Option<Attempt>,
    /// Hears when the access URL lives.
    pub(crate) reply: tokio::sync::oneshot::Sender<Result<Opened, SpecError>>,
}

/// Where a session that was just started is commanded.
#[derive(Clone, Debug)]
pub(crate) struct Opened {
    pub(crate) session: u64,
    pub(crate) access_url: String,
    pub(crate) access_secure_url: String,
    pub(crate) log_url: String,
}

impl Opened {
    pub(super) fn of(session: u64, spec: &SessionSpec) -> Self {
        Self {
            session,
            access_url: spec.started.access_url.clone(),
            access_secure_url: spec.started.access_secure_url.clone(),
            log_url: spec.started.log_url.clone(),
        }
    }
}

impl Live {
    /// Starts a session without a call. The answer goes out when its access
    /// URL lives; what the scenario then does is its own affair.
    pub(crate) fn start(
        now_ms: u64,
        starting: Starting,
        owner: Owner,
        shared: &Arc<Shared>,
        mail: &Sender<Mail>,
    ) -> Option<Self> {
        let Starting {
            choice,
            custom_data,
            conference,
            attempt,
            reply,
            ..
        } = starting;
        let history = remembering::begin(now_ms, &choice, &custom_data, owner, shared);
        let row = attempt.as_ref().map(|_| custom_data.clone());
        let spec = match spec(&choice, custom_data, conference.as_ref(), owner, shared) {
            Ok(spec) => spec,
            Err(error) => {
                tracing::error!(rule = %choice.name, %error, "session not started");
                // Whoever asked may have gone: the log has it.
                let _ = reply.send(Err(error));
                return None;
            }
        };
        let counters = &shared.counters;
        counters.sessions_started.fetch_add(1, Ordering::Relaxed);
        counters.sessions_live.fetch_add(1, Ordering::Relaxed);
        let opened = Opened::of(owner.session, &spec);
        // Before the answer goes out: from then on the backend asks for it.
        let attempted = attempt
            .zip(row)
            .map(|(of, row)| remembering::Attempted::begin(of, &row, shared));
        let meeting = conference.map(|key| Meeting {
            key,
            opened: Some(opened.clone()),
        });
        // The session runs whether or not anybody still waits to hear of it.
        let _ = reply.send(Ok(opened));
        let control = Control::new(owner.session, Arc::clone(&shared.config.codecs));
        let (js, effects) = Session::start(spec, now_ms, None);
        // Should it fail, nobody who called in has to be cared for.
        let order = order(choice.treatment.clone(), String::new(), shared);
        let mind = Mind::Script(js);
        let mut live = Self::of(mind, order, control, owner, shared, mail, &choice);
        live.meeting = meeting;
        live.history = history;
        live.attempted = attempted;
        live.settle(now_ms, effects.into());
        Some(live)
    }
}
