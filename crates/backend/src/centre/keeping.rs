//! Keeping the core's state, off the way of the inputs: the state is copied
//! between two turns, and written and tidied by a task of its own.

use super::owner::Owner;
use acd::Millis;
use std::collections::HashSet;
use std::time::Duration;
use store::{Snapshot, SnapshotHead, Store, StoreError};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tracing::{debug, warn};

/// A state is kept after so many inputs: replaying them takes well under a
/// second.
const EVERY_INPUTS: u64 = 20_000;

/// A quiet centre keeps its state after this time, if anything came.
const EVERY: Duration = Duration::from_secs(600);

/// States of this program that are always there: should one not be readable,
/// the one before it is.
const NEWEST_KEPT: usize = 2;

/// One state a day is kept for so many days where nothing of the journal is
/// ever removed.
const DAYS_KEPT: u64 = 7;

const DAY_MS: Millis = 86_400_000;

/// When states are kept, and the journal's length.
pub(crate) struct Keeping {
    /// The last row that is in a kept state.
    kept_seq: u64,
    kept_at: Instant,
    /// Inputs older than this go once a state is kept, milliseconds; `None`
    /// keeps all.
    journal_keep_ms: Option<Millis>,
    under_way: Option<JoinHandle<()>>,
}

impl Keeping {
    pub(crate) fn new(kept_seq: u64, journal_keep_days: u64) -> Self {
        Self {
            kept_seq,
            kept_at: Instant::now(),
            journal_keep_ms: (journal_keep_days > 0).then(|| journal_keep_days * DAY_MS),
            under_way: None,
        }
    }

    fn is_due(&self, last_seq: u64) -> bool {
        let inputs = last_seq.saturating_sub(self.kept_seq);
        let is_busy = self
            .under_way
            .as_ref()
            .is_some_and(|task| !task.is_finished());
        !is_busy && inputs > 0 && (inputs >= EVERY_INPUTS || self.kept_at.elapsed() >= EVERY)
    }
}

impl Owner {
    /// Keeps the state when it is time to.
    pub(super) fn keep_state_when_due(&mut self) {
        if self.keeping.is_due(self.last_seq) {
            self.keep_state();
        }
    }

    fn keep_state(&mut self) {
        let center = self.center.clone();
        let head = SnapshotHead {
            seq: self.last_seq,
            at_ms: self.last_at,
            version: acd::STATE_VERSION,
            sources: acd::SOURCES.to_owned(),
        };
        self.keeping.kept_seq = self.last_seq;
        self.keeping.kept_at = Instant::now();
        let store = self.store.clone();
        let (now, keep_ms) = (self.now(), self.keeping.journal_keep_ms);
        self.keeping.under_way = Some(tokio::spawn(async move {
            if let Err(failure) = keep(&store, head, center, now, keep_ms).await {
                // The journal has everything; the next one is tried in time.
                warn!(%failure, "the state was not kept");
            }
        }));
    }

    /// Keeps the last state before an orderly stop, so that the next start is
    /// quick, and waits for it.
    pub(super) async fn keep_last_state(&mut self) {
        if let Some(task) = self.keeping.under_way.take() {
            // What went wrong there was logged there.
            let _ = task.await;
        }
        if self.last_seq > self.keeping.kept_seq {
            self.keep_state();
        }
        if let Some(task) = self.keeping.under_way.take() {
            let _ = task.await;
        }
    }
}

async fn keep(
    store: &Store,
    head: SnapshotHead,
    center: acd::Center,
    now: Millis,
    keep_ms: Option<Millis>,
) -> Result<(), StoreError> {
    let unwritable = |why: String| StoreError::BadRow {
        table: "snapshots",
        why,
    };
    let state = tokio::task::spawn_blocking(move || serde_json::to_string(&center)).await;
    let state_json = state
        .map_err(|e| unwritable(e.to_string()))?
        .map_err(|e| unwritable(e.to_string()))?;
    let (seq, bytes) = (head.seq, state_json.len());
    store.save_snapshot(Snapshot { head, state_json }).await?;
    debug!(seq, bytes, "state kept");
    tidy(store, now, keep_ms).await
}

/// Removes states that nobody needs, and the journal before the one that is
/// old enough.
async fn tidy(store: &Store, now: Millis, keep_ms: Option<Millis>) -> Result<(), StoreError> {
    let heads = store.snapshots().await?;
    let plan = plan(&heads, now, keep_ms);
    if let Some(seq) = plan.journal_to {
        let removed = store.remove_journal_to(seq).await?;
        if removed > 0 {
            debug!(removed, "old inputs removed");
        }
    }
    for seq in plan.remove {
        store.remove_snapshot(seq).await?;
    }
    Ok(())
}

/// What goes.
#[derive(Debug, Default, PartialEq, Eq)]
struct Plan {
    /// The journal up to this row.
    journal_to: Option<u64>,
    /// These states.
    remove: Vec<u64>,
}

/// `heads` are the states, the newest first. The base is the newest state that
/// is as old as the inputs that may go; what is before it goes with them.
fn plan(heads: &[SnapshotHead], now: Millis, keep_ms: Option<Millis>) -> Plan {
    let is_old = |head: &&SnapshotHead, ms: Millis| head.at_ms.saturating_add(ms) <= now;
    let base = keep_ms.and_then(|ms| heads.iter().find(|head| is_old(head, ms)));
    let mut days = HashSet::new();
    let mut remove = Vec::new();
    for (at, head) in heads.iter().enumerate() {
        let is_first_of_day = days.insert(head.at_ms / DAY_MS);
        let stays = at < NEWEST_KEPT
            || match base {
                Some(base) => head.seq == base.seq || (head.seq > base.seq && is_first_of_day),
                None => {
                    is_first_of_day && (keep_ms.is_some() || !is_old(&head, DAYS_KEPT * DAY_MS))
                }
            };
        if !stays {
            remove.push(head.seq);
        }
    }
    // A state that stays among the newest although it is before the base needs
    // the journal after it.
    let newest = heads.iter().take(NEWEST_KEPT).map(|head| head.seq).min();
    Plan {
        journal_to: base.map(|base| newest.map_or(base.seq, |newest| newest.min(base.seq))),
        remove,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heads(at_days: &[(u64, Millis)]) -> Vec<SnapshotHead> {
        at_days
            .iter()
            .map(|(seq, at_ms)| SnapshotHead {
                seq: *seq,
                at_ms: *at_ms,
                version: 1,
                sources: String::new(),
            })
            .collect()
    }

    #[test]
    fn the_journal_goes_up_to_the_newest_state_that_is_old_enough() {
        let now = 40 * DAY_MS + DAY_MS / 2;
        let kept = heads(&[
            (900, now - 1),
            (800, now - 2),
            (700, now - 9 * DAY_MS + 5),
            (650, now - 9 * DAY_MS),
            (600, now - 10 * DAY_MS),
            (500, now - 11 * DAY_MS),
        ]);
        let expected = Plan {
            journal_to: Some(600),
            remove: vec![650, 500],
        };
        assert_eq!(plan(&kept, now, Some(10 * DAY_MS)), expected);
    }

    #[test]
    fn without_a_limit_the_journal_stays_and_a_week_of_states_does() {
        let now = 40 * DAY_MS;
        let kept = heads(&[
            (9, now - 1),
            (8, now - 2),
            (7, now - 3),
            (6, now - 2 * DAY_MS),
            (5, now - 8 * DAY_MS),
        ]);
        let expected = Plan {
            journal_to: None,
            remove: vec![7, 5],
        };
        assert_eq!(plan(&kept, now, None), expected);
    }

    #[test]
    fn the_state_before_the_newest_keeps_its_journal() {
        let now = 40 * DAY_MS;
        // A centre that stood still for weeks.
        let kept = heads(&[(9, now - 20 * DAY_MS), (8, now - 30 * DAY_MS)]);
        let plan = plan(&kept, now, Some(10 * DAY_MS));
        assert_eq!((plan.journal_to, plan.remove), (Some(8), vec![]));
    }
}
