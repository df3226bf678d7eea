//! Sessions that were started as conferences, by name: a second start of the
//! same name joins the first (voxengine.md §1.2).

use crate::live::Opened;
use parking_lot::Mutex;
use std::collections::HashMap;

/// Live conferences. Bounded by `engine.sessions_max`.
#[derive(Debug, Default)]
pub(crate) struct Conferences {
    by_name: Mutex<HashMap<String, Opened>>,
    /// Held while one starts, so that two starts of a name make one session.
    pub(crate) starting: tokio::sync::Mutex<()>,
}

impl Conferences {
    /// The live session of a name.
    pub(crate) fn find(&self, name: &str) -> Option<Opened> {
        self.by_name.lock().get(name).cloned()
    }

    /// A session serves a name from now on.
    pub(crate) fn opened(&self, name: String, session: Opened) {
        self.by_name.lock().insert(name, session);
    }

    /// A session is over.
    pub(crate) fn ended(&self, session: u64) {
        self.by_name
            .lock()
            .retain(|_, live| live.session != session);
    }
}
