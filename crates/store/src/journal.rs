//! The journal: every input of the routing core, in order.

use crate::{Store, StoreError, from_sql, to_sql};
use sqlx::Row;

/// One input to be journalled.
#[derive(Clone, Debug)]
pub struct JournalEntry {
    /// Its number, one more than the last. The owner of the routing core deals
    /// the numbers, so that a second backend on the same database is noticed.
    pub seq: u64,
    /// When it happened, milliseconds since 1970 UTC.
    pub at_ms: u64,
    /// Version of the JSON.
    pub version: u32,
    /// The input.
    pub input_json: String,
    /// The access URL that came with it, stored in the same transaction: a call
    /// whose arrival is durable can always be reached again.
    pub access: Option<AccessUrl>,
}

/// Where a session takes commands.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessUrl {
    /// The session's own id.
    pub session_id: String,
    /// The URL: a secret, never logged whole.
    pub url: String,
}

impl std::fmt::Debug for AccessUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccessUrl")
            .field("session_id", &self.session_id)
            .finish_non_exhaustive()
    }
}

/// One journalled input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalRow {
    /// Its number.
    pub seq: u64,
    /// When it happened.
    pub at_ms: u64,
    /// Version of the JSON.
    pub version: u32,
    /// The input.
    pub input_json: String,
}

impl Store {
    /// Appends entries in one transaction, together with whatever else has
    /// queued up at the writer; returns when they are durable. A number that is
    /// there already is [`StoreError::JournalTaken`] and nothing is written.
    pub async fn append(&self, entries: Vec<JournalEntry>) -> Result<(), StoreError> {
        if entries.is_empty() {
            return Ok(());
        }
        self.writer.append(entries).await
    }

    /// Up to `limit` rows after number `after`, in order.
    pub async fn journal_after(
        &self,
        after: u64,
        limit: u32,
    ) -> Result<Vec<JournalRow>, StoreError> {
        let rows =
            sqlx::query("SELECT seq, at_ms, version, input_json FROM journal WHERE seq > $1 ORDER BY seq LIMIT $2")
                .bind(to_sql(after))
                .bind(i64::from(limit))
                .fetch_all(&self.pool)
                .await?;
        rows.iter()
            .map(|row| {
                let version = from_sql(row.try_get("version")?);
                Ok(JournalRow {
                    seq: from_sql(row.try_get("seq")?),
                    at_ms: from_sql(row.try_get("at_ms")?),
                    version: u32::try_from(version).map_err(|_| StoreError::BadRow {
                        table: "journal",
                        why: format!("version {version}"),
                    })?,
                    input_json: row.try_get("input_json")?,
                })
            })
            .collect()
    }
}
