//! Waiting for what another program will do.

use std::future::Future;
use std::time::{Duration, Instant};

/// How often a condition that nobody announces is looked at. Much shorter than any
/// limit that a test asserts, long enough to cost nothing.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Looks until `probe` gives a value and returns it.
///
/// # Panics
/// After `within`, naming `what` was awaited.
pub async fn eventually<T, F, Fut>(what: &str, within: Duration, mut probe: F) -> T
where
    F: FnMut() -> Fut,
    Fut: Future<Output = Option<T>>,
{
    let started = Instant::now();
    loop {
        if let Some(value) = probe().await {
            return value;
        }
        assert!(
            started.elapsed() < within,
            "waited {within:?} in vain: {what}"
        );
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// A duration of whole seconds, for readable tests.
pub const fn seconds(s: u64) -> Duration {
    Duration::from_secs(s)
}
