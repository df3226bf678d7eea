//! The bounds of one wrap-up.

use crate::config::QueueConfig;
use crate::id::Millis;
use serde::{Deserialize, Serialize};

/// From when it may be ended, and until when it may last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WrapUp {
    /// The agent may end it from then on.
    pub(crate) may_end_at: Millis,
    /// It may be extended until then.
    pub(crate) latest: Millis,
    extend_ms: Millis,
}

impl WrapUp {
    /// When a wrap-up that begins now ends by itself, and its bounds; `None`
    /// for a queue that has none.
    pub(crate) fn begin(config: &QueueConfig, now: Millis) -> Option<(Millis, Self)> {
        let usual_ms = config.wrap_up_ms.max(config.wrap_up_min_ms);
        (usual_ms > 0).then(|| {
            let bounds = Self {
                may_end_at: now.saturating_add(config.wrap_up_min_ms),
                latest: now.saturating_add(config.wrap_up_max_ms),
                extend_ms: config.wrap_up_extend_ms,
            };
            (now.saturating_add(usual_ms), bounds)
        })
    }

    /// The end after one extension; `None` if there can be no more.
    pub(crate) fn extended(&self, until: Millis) -> Option<Millis> {
        let next = until.saturating_add(self.extend_ms).min(self.latest);
        (next > until).then_some(next)
    }
}
