//! The engines that have been heard of lately.

use parking_lot::Mutex;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Notify;

/// Engines announce themselves every 10 s; after three silent times one is gone.
const SILENT_MS_MAX: u64 = 30_000;
/// Engines of one backend: far above what one backend can route for.
const ENGINES_MAX: usize = 64;

/// Engines by URL.
#[derive(Default)]
pub(crate) struct Engines {
    heard_ms: Mutex<BTreeMap<String, u64>>,
    publishing: Mutex<BTreeSet<String>>,
    turn: AtomicUsize,
    pub(crate) news: Notify,
}

impl Engines {
    /// One announced itself.
    pub(crate) fn heard(&self, url: &str, now_ms: u64) {
        let mut heard = self.heard_ms.lock();
        heard.retain(|_, at_ms| now_ms.saturating_sub(*at_ms) <= SILENT_MS_MAX);
        if heard.len() < ENGINES_MAX || heard.contains_key(url) {
            heard.insert(url.to_owned(), now_ms);
            self.news.notify_waiters();
        }
    }

    /// Those that live, in order.
    pub(crate) fn live(&self, now_ms: u64) -> Vec<String> {
        let heard = self.heard_ms.lock();
        let live = heard
            .iter()
            .filter(|(_, at_ms)| now_ms.saturating_sub(**at_ms) <= SILENT_MS_MAX);
        live.map(|(url, _)| url.clone()).collect()
    }

    /// Those that live, each time beginning with another one.
    pub(crate) fn in_turn(&self, now_ms: u64) -> Vec<String> {
        let mut live = self.live(now_ms);
        if !live.is_empty() {
            let first = self.turn.fetch_add(1, Ordering::Relaxed) % live.len();
            live.rotate_left(first);
        }
        live
    }

    /// Whether nobody is telling this engine already.
    pub(crate) fn begin_publishing(&self, url: &str) -> bool {
        self.publishing.lock().insert(url.to_owned())
    }

    /// Done telling it.
    pub(crate) fn end_publishing(&self, url: &str) {
        self.publishing.lock().remove(url);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engines_take_turns_and_silent_ones_are_left_out() {
        let engines = Engines::default();
        engines.heard("http://a", 0);
        engines.heard("http://b", 20_000);
        assert_eq!(engines.in_turn(20_000), ["http://a", "http://b"]);
        assert_eq!(engines.in_turn(20_000), ["http://b", "http://a"]);
        assert_eq!(engines.live(30_001), ["http://b"]);
    }

    #[test]
    fn announcements_cannot_fill_the_memory() {
        let engines = Engines::default();
        for n in 0..10 * ENGINES_MAX {
            engines.heard(&format!("http://{n}"), 0);
        }
        assert_eq!(engines.live(0).len(), ENGINES_MAX);
    }
}
