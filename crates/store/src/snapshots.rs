//! Kept states of the routing core, and a journal that need not grow for ever.

use crate::{Store, StoreError, from_sql, to_sql};
use sqlx::Row;

/// Rows of the journal removed in one transaction: few enough that the writer
/// hardly waits.
const REMOVE_ROWS: u64 = 2_000;

/// One kept state, without the state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotHead {
    /// The last journal row that is in it.
    pub seq: u64,
    /// When that row happened, milliseconds since 1970 UTC.
    pub at_ms: u64,
    /// Version of the state's form.
    pub version: u32,
    /// Which sources the writing program was made of.
    pub sources: String,
}

/// One kept state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// What it is of.
    pub head: SnapshotHead,
    /// The state.
    pub state_json: String,
}

impl Store {
    /// Keeps a state; returns when it is durable. The facts that were handed to
    /// [`Store::record`] before are durable then too; when some had to be given
    /// up, no state is kept until the next start has made them again
    /// ([`StoreError::FactsMissing`]).
    pub async fn save_snapshot(&self, snapshot: Snapshot) -> Result<(), StoreError> {
        self.writer.keep(snapshot).await
    }

    /// What states are kept, the newest first.
    pub async fn snapshots(&self) -> Result<Vec<SnapshotHead>, StoreError> {
        let rows =
            sqlx::query("SELECT seq, at_ms, version, sources FROM snapshots ORDER BY seq DESC")
                .fetch_all(&self.pool)
                .await?;
        rows.iter()
            .map(|row| {
                Ok(SnapshotHead {
                    seq: from_sql(row.try_get("seq")?),
                    at_ms: from_sql(row.try_get("at_ms")?),
                    // A version that is none of ours is not read in any case.
                    version: u32::try_from(row.try_get::<i64, _>("version")?).unwrap_or(0),
                    sources: row.try_get("sources")?,
                })
            })
            .collect()
    }

    /// The state kept after row `seq`; `None` when there is none.
    pub async fn snapshot_state(&self, seq: u64) -> Result<Option<String>, StoreError> {
        let row = sqlx::query("SELECT state_json FROM snapshots WHERE seq = $1")
            .bind(to_sql(seq))
            .fetch_optional(&self.pool)
            .await?;
        Ok(row.map(|row| row.try_get("state_json")).transpose()?)
    }

    /// Forgets one kept state.
    pub async fn remove_snapshot(&self, seq: u64) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM snapshots WHERE seq = $1")
            .bind(to_sql(seq))
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// The first and the last number of the journal; `None` when it is empty.
    pub async fn journal_bounds(&self) -> Result<Option<(u64, u64)>, StoreError> {
        let row = sqlx::query("SELECT MIN(seq) AS first, MAX(seq) AS last FROM journal")
            .fetch_one(&self.pool)
            .await?;
        let first: Option<i64> = row.try_get("first")?;
        let last: Option<i64> = row.try_get("last")?;
        Ok(first.zip(last).map(|(a, b)| (from_sql(a), from_sql(b))))
    }

    /// Removes the beginning of the journal up to row `seq` in small
    /// transactions; says how many rows went. The caller has made sure that a
    /// state at or after `seq` is kept.
    pub async fn remove_journal_to(&self, seq: u64) -> Result<u64, StoreError> {
        let mut removed = 0;
        while let Some((first, _)) = self.journal_bounds().await?
            && first <= seq
        {
            let gone = sqlx::query("DELETE FROM journal WHERE seq <= $1")
                .bind(to_sql(seq.min(first.saturating_add(REMOVE_ROWS - 1))))
                .execute(&self.pool)
                .await?;
            removed += gone.rows_affected();
        }
        Ok(removed)
    }
}
