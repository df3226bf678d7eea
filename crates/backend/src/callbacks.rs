//! Sessions for call-backs: asked of an engine that lives, off the way of the
//! routing core.

use crate::centre::CentreHandle;
use crate::platform::Platform;
use acd::{CallFirst, CallbackId, Effect, Input};
use serde_json::json;
use std::sync::Arc;
use tokio::sync::mpsc;
use tracing::warn;

/// Sessions that may wait to be asked for: more than an engine starts in the
/// time after which a start is given up.
pub(crate) const STARTS_MAX: usize = 256;

/// One session that is asked for.
pub(crate) struct Start {
    callback: CallbackId,
    start: u64,
    /// What the scenario reads by `VoxEngine.customData()`.
    custom_data: String,
}

impl Start {
    /// That of an effect of the core.
    pub(crate) fn of(effect: Effect) -> Option<Self> {
        let Effect::StartCallback(start) = effect else {
            return None;
        };
        let first = match start.first {
            CallFirst::Agent => "agent",
            CallFirst::Caller => "caller",
        };
        let custom_data = json!({
            "callback": start.callback.to_string(), "callback_start": start.start,
            "queue": start.queue.to_string(), "number": start.number, "first": first,
            "dialed_number": start.dialed_number, "language": start.language,
        });
        Some(Self {
            callback: start.callback,
            start: start.start,
            custom_data: custom_data.to_string(),
        })
    }

    /// The word for the core that nothing came of it.
    pub(crate) fn not_started(self, why: &str) -> Input {
        Input::CallbackNotStarted {
            callback: self.callback,
            start: self.start,
            why: why.to_owned(),
        }
    }
}

/// Starts sessions for as long as the backend runs. `rule` names the engine's
/// rule whose scenario calls back; empty is the first one.
pub(crate) async fn start_sessions(
    platform: Arc<Platform>,
    centre: CentreHandle,
    rule: String,
    mut starts: mpsc::Receiver<Start>,
) {
    while let Some(start) = starts.recv().await {
        let (platform, centre, rule) = (platform.clone(), centre.clone(), rule.clone());
        tokio::spawn(async move {
            let asked = platform.start_callback(&rule, &start.custom_data).await;
            let Err(why) = asked else { return };
            warn!(callback = %start.callback, why, "no session was started for a call-back");
            // Should this be lost too, the core gives the start up by itself.
            if let Err(rejection) = centre.change(start.not_started(&why)).await {
                warn!(?rejection, "a failed start was not told");
            }
        });
    }
}
