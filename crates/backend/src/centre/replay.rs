//! Start: the newest kept state that can be trusted, and the journal after it
//! run through it; the effects are dropped.

use super::effects::fact_row;
use super::owner::JOURNAL_VERSION;
use crate::StartError;
use acd::{Center, Effect, Input, Millis};
use store::{JournalRow, RecordRow, SnapshotHead, Store};
use tracing::warn;

/// Rows read at once: large enough that reading is not the cost, small enough
/// to need no memory to speak of.
pub(crate) const PAGE_ROWS: u32 = 5_000;

/// What a replay leaves.
pub(crate) struct Replayed {
    pub(crate) center: Center,
    /// The journal's last number and time.
    pub(crate) last_seq: u64,
    pub(crate) last_at: Millis,
    /// The last row that is in a state kept by this very program; 0 when the
    /// start found none.
    pub(crate) kept_seq: u64,
}

/// A state to begin with.
pub(crate) struct Base {
    pub(crate) center: Center,
    /// The last journal row that is in it.
    pub(crate) seq: u64,
    pub(crate) at_ms: Millis,
    /// Whether this very program kept it.
    pub(crate) is_own: bool,
}

impl Base {
    fn empty() -> Self {
        Self {
            center: Center::new(),
            seq: 0,
            at_ms: 0,
            is_own: false,
        }
    }
}

/// Replays what the newest good state lacks. Facts that a crash kept from being
/// written are written now.
pub(crate) async fn replay(store: &Store) -> Result<Replayed, StartError> {
    let base = base(store).await?;
    let recorded = store.last_recorded_seq().await?;
    let mut replayed = Replayed {
        center: base.center,
        last_seq: base.seq,
        last_at: base.at_ms,
        kept_seq: if base.is_own { base.seq } else { 0 },
    };
    loop {
        let rows = store.journal_after(replayed.last_seq, PAGE_ROWS).await?;
        if rows.is_empty() {
            return Ok(replayed);
        }
        let mut missing = Vec::new();
        for row in rows {
            missing.extend(replay_row(&mut replayed, row, recorded)?);
        }
        store.record(missing).await?;
    }
}

/// Chooses what to begin with:
/// 1. the newest state that this very program kept: what a replay would give;
/// 2. the empty state, when the whole journal is there: another program's
///    state may lack what this one derives;
/// 3. the oldest state that can be read, so that as much as possible is
///    derived anew.
pub(crate) async fn base(store: &Store) -> Result<Base, StartError> {
    let first = store.journal_bounds().await?.map(|(first, _)| first);
    let mut heads = store.snapshots().await?;
    // Rows between a state and the journal's beginning would be missing.
    heads.retain(|head| first.is_none_or(|first| head.seq + 1 >= first));
    heads.retain(|head| head.version == acd::STATE_VERSION);
    let (own, mut others): (Vec<_>, Vec<_>) = heads
        .into_iter()
        .partition(|head| head.sources == acd::SOURCES);
    if let Some(base) = first_readable(store, own).await? {
        return Ok(Base {
            is_own: true,
            ..base
        });
    }
    match first {
        None if others.is_empty() => return Ok(Base::empty()),
        Some(1) => return Ok(Base::empty()),
        None | Some(_) => {}
    }
    others.reverse();
    if let Some(base) = first_readable(store, others).await? {
        warn!(
            after = base.seq,
            "the journal's beginning was removed and the program has changed: \
             starting with a state that another version kept"
        );
        return Ok(base);
    }
    Err(StartError::Journal {
        seq: first.unwrap_or(0),
        why: "the journal's beginning was removed, and no kept state can be read by this program"
            .to_owned(),
    })
}

/// The newest state kept before row `seq`, or the empty one.
pub(crate) async fn base_before(store: &Store, seq: u64) -> Result<Base, StartError> {
    let mut heads = store.snapshots().await?;
    heads.retain(|head| head.seq < seq && head.version == acd::STATE_VERSION);
    base_or_empty(store, heads).await
}

/// The empty state, or the oldest one where the journal's beginning is gone.
pub(crate) async fn base_of_all(store: &Store) -> Result<Base, StartError> {
    if let Some((1, _)) = store.journal_bounds().await? {
        return Ok(Base::empty());
    }
    let mut heads = store.snapshots().await?;
    heads.retain(|head| head.version == acd::STATE_VERSION);
    heads.reverse();
    base_or_empty(store, heads).await
}

async fn base_or_empty(store: &Store, mut heads: Vec<SnapshotHead>) -> Result<Base, StartError> {
    let first = store.journal_bounds().await?.map_or(1, |(first, _)| first);
    heads.retain(|head| head.seq + 1 >= first);
    match first_readable(store, heads).await? {
        Some(base) => Ok(base),
        None if first == 1 => Ok(Base::empty()),
        None => Err(StartError::Journal {
            seq: first,
            why: "what was before it has been removed".to_owned(),
        }),
    }
}

async fn first_readable(
    store: &Store,
    heads: Vec<SnapshotHead>,
) -> Result<Option<Base>, StartError> {
    for head in heads {
        let Some(state) = store.snapshot_state(head.seq).await? else {
            continue;
        };
        match serde_json::from_str(&state) {
            Ok(center) => {
                return Ok(Some(Base {
                    center,
                    seq: head.seq,
                    at_ms: head.at_ms,
                    is_own: false,
                }));
            }
            Err(error) => warn!(after = head.seq, %error, "a kept state cannot be read"),
        }
    }
    Ok(None)
}

/// Reads a row's input. `last_seq` is the row before it.
pub(crate) fn input_of(row: &JournalRow, last_seq: u64) -> Result<Input, StartError> {
    let unreadable = |why: String| StartError::Journal { seq: row.seq, why };
    if row.version != JOURNAL_VERSION {
        return Err(unreadable(format!(
            "version {} is not known to this program",
            row.version
        )));
    }
    if row.seq != last_seq + 1 {
        return Err(unreadable(format!("the row after {last_seq} is missing")));
    }
    serde_json::from_str(&row.input_json).map_err(|e| unreadable(e.to_string()))
}

/// Replays one row; gives back its facts unless they are recorded. The last
/// recorded row's are given too, for it may have been recorded in part.
fn replay_row(
    replayed: &mut Replayed,
    row: JournalRow,
    recorded: u64,
) -> Result<Vec<RecordRow>, StartError> {
    let input = input_of(&row, replayed.last_seq)?;
    replayed.last_seq = row.seq;
    replayed.last_at = row.at_ms;
    let facts = facts_of(&mut replayed.center, &row, input);
    Ok(if row.seq >= recorded {
        facts
    } else {
        Vec::new()
    })
}

/// Gives a row's input to the core; returns the facts that come of it.
pub(crate) fn facts_of(center: &mut Center, row: &JournalRow, input: Input) -> Vec<RecordRow> {
    let mut facts = Vec::new();
    for effect in center.handle(row.at_ms, input) {
        if let Effect::Record { fact } = effect {
            facts.push(fact_row(row.seq, facts.len(), row.at_ms, &fact));
        }
    }
    facts
}
