//! `[call_lists]`: how much call lists may do at once.

use serde::Deserialize;

/// `[call_lists]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CallLists {
    /// Sessions of all call lists at once.
    pub sessions_max: usize,
    /// Sessions that begin in one second.
    pub starts_per_second: u32,
}

/// Names of the keys.
pub(crate) const KEYS: &[&str] = &["sessions_max", "starts_per_second"];

/// Most starts in a second: far above what a trunk takes.
const STARTS_MAX: u32 = 1_000;

/// Refuses what would call nobody, or everybody at once.
pub(crate) fn check(own: &CallLists) -> Result<(), String> {
    if own.sessions_max == 0 {
        return Err("`call_lists.sessions_max` must be at least 1".into());
    }
    if !(1..=STARTS_MAX).contains(&own.starts_per_second) {
        return Err(format!(
            "`call_lists.starts_per_second` must be from 1 to {STARTS_MAX}"
        ));
    }
    Ok(())
}
