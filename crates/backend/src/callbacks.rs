//! Sessions for call-backs: asked of an engine that lives, off the way of the
//! routing core.

use crate::centre::CentreHandle;
use crate::platform::Platform;
use acd::{CallFirst, CallbackStart, Effect, Input};
use serde_json::json;
use std::sync::Arc;
use tokio::sync::mpsc;
use tracing::warn;

/// Sessions that may wait to be asked for: more than an engine starts in the
/// time after which a start is given up.
pub(crate) const STARTS_MAX: usize = 256;

/// How sessions for call-backs are started.
#[derive(Clone, Debug, Default)]
pub struct CallbackSettings {
    /// The engine's rule whose scenario calls back; empty is the first that
    /// loads the built-in one.
    pub rule: String,
    /// The number shown to who is called back, when the caller had not dialled
    /// one; empty is none.
    pub caller_id: String,
}

/// One session that is asked for.
pub(crate) struct Start {
    told: CallbackStart,
}

impl Start {
    /// That of an effect of the core.
    pub(crate) fn of(effect: Effect) -> Option<Self> {
        let Effect::StartCallback(start) = effect else {
            return None;
        };
        Some(Self { told: *start })
    }

    /// What the scenario reads by `VoxEngine.customData()`.
    fn custom_data(&self, caller_id: &str) -> String {
        let told = &self.told;
        let first = match told.first {
            CallFirst::Agent => "agent",
            CallFirst::Caller => "caller",
        };
        let caller_id = match told.dialed_number.as_str() {
            "" => caller_id,
            dialed => dialed,
        };
        let order = json!({
            "callback": told.callback.to_string(), "callback_start": told.start,
            "queue": told.queue.to_string(), "number": told.number, "first": first,
            "dialed_number": told.dialed_number, "caller_id": caller_id,
            "language": told.language,
        });
        order.to_string()
    }

    /// The word for the core that nothing came of it.
    pub(crate) fn not_started(self, why: &str) -> Input {
        Input::CallbackNotStarted {
            callback: self.told.callback,
            start: self.told.start,
            why: why.to_owned(),
        }
    }
}

/// Starts sessions for as long as the backend runs.
pub(crate) async fn start_sessions(
    platform: Arc<Platform>,
    centre: CentreHandle,
    settings: CallbackSettings,
    mut starts: mpsc::Receiver<Start>,
) {
    while let Some(start) = starts.recv().await {
        let (platform, centre) = (platform.clone(), centre.clone());
        let rule = settings.rule.clone();
        let custom_data = start.custom_data(&settings.caller_id);
        tokio::spawn(async move {
            let asked = platform.start_callback(&rule, &custom_data).await;
            let Err(why) = asked else { return };
            warn!(callback = %start.told.callback, why, "no session was started for a call-back");
            // Should this be lost too, the core gives the start up by itself.
            if let Err(rejection) = centre.change(start.not_started(&why)).await {
                warn!(?rejection, "a failed start was not told");
            }
        });
    }
}
