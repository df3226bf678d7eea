//! Facts for reports. They follow from the journal, so one that was lost in a
//! crash is written again at the next start.

use crate::{Store, StoreError, from_sql, to_sql};
use sqlx::Row;
use sqlx::any::AnyRow;

/// One fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordRow {
    /// The journal row that caused it.
    pub seq: u64,
    /// The how-manieth fact of that row, from 0.
    pub ordinal: u32,
    /// When, milliseconds since 1970 UTC.
    pub at_ms: u64,
    /// What kind of fact.
    pub kind: String,
    /// The call it is about.
    pub call_id: Option<String>,
    /// The agent it is about.
    pub agent: Option<String>,
    /// The whole fact.
    pub fact_json: String,
}

impl Store {
    /// Hands facts to the writer and returns before they are written; waits
    /// only when the writer is far behind. A fact that is there already (same
    /// `seq` and `ordinal`) is left as it is.
    pub async fn record(&self, rows: Vec<RecordRow>) -> Result<(), StoreError> {
        if rows.is_empty() {
            return Ok(());
        }
        self.writer.record(rows).await
    }

    /// The journal number of the last fact; 0 when there is none.
    pub async fn last_recorded_seq(&self) -> Result<u64, StoreError> {
        let row = sqlx::query("SELECT COALESCE(MAX(seq), 0) AS seq FROM records")
            .fetch_one(&self.pool)
            .await?;
        Ok(from_sql(row.try_get("seq")?))
    }

    /// Facts after journal number `after`, in order, at most `limit`.
    pub async fn records_after(
        &self,
        after: u64,
        limit: u32,
    ) -> Result<Vec<RecordRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT seq, ordinal, at_ms, kind, call_id, agent, fact_json FROM records WHERE seq > $1 \
             ORDER BY seq, ordinal LIMIT $2",
        )
        .bind(to_sql(after))
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(record_of).collect()
    }

    /// Facts from the time `from_ms` on that come after the fact `after`
    /// (its `seq` and `ordinal`; `(0, 0)` for the first page), in order, at
    /// most `limit`.
    pub async fn records_since(
        &self,
        from_ms: u64,
        after: (u64, u32),
        limit: u32,
    ) -> Result<Vec<RecordRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT seq, ordinal, at_ms, kind, call_id, agent, fact_json FROM records \
             WHERE at_ms >= $1 AND (seq > $2 OR (seq = $2 AND ordinal > $3)) \
             ORDER BY seq, ordinal LIMIT $4",
        )
        .bind(to_sql(from_ms))
        .bind(to_sql(after.0))
        .bind(i64::from(after.1))
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(record_of).collect()
    }

    /// For each agent the last fact of `kind` before the time `before_ms`.
    pub async fn last_of_each_agent(
        &self,
        kind: &str,
        before_ms: u64,
    ) -> Result<Vec<RecordRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT r.seq, r.ordinal, r.at_ms, r.kind, r.call_id, r.agent, r.fact_json \
             FROM records r JOIN (SELECT agent, MAX(seq) AS seq FROM records \
             WHERE kind = $1 AND at_ms < $2 GROUP BY agent) l \
             ON r.agent = l.agent AND r.seq = l.seq WHERE r.kind = $1 ORDER BY r.seq, r.ordinal",
        )
        .bind(kind)
        .bind(to_sql(before_ms))
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(record_of).collect()
    }

    /// The newest `limit` facts of a kind, the newest first.
    pub async fn newest_records(
        &self,
        kind: &str,
        limit: u32,
    ) -> Result<Vec<RecordRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT seq, ordinal, at_ms, kind, call_id, agent, fact_json FROM records WHERE kind = $1 \
             ORDER BY seq DESC, ordinal DESC LIMIT $2",
        )
        .bind(kind)
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(record_of).collect()
    }

    /// The last fact of a kind about one call.
    pub async fn last_record_of_call(
        &self,
        call_id: &str,
        kind: &str,
    ) -> Result<Option<RecordRow>, StoreError> {
        let row = sqlx::query(
            "SELECT seq, ordinal, at_ms, kind, call_id, agent, fact_json FROM records \
             WHERE call_id = $1 AND kind = $2 ORDER BY seq DESC, ordinal DESC LIMIT 1",
        )
        .bind(call_id)
        .bind(kind)
        .fetch_optional(&self.pool)
        .await?;
        row.as_ref().map(record_of).transpose()
    }

    /// The first `limit` facts about one call, in order.
    pub async fn records_of_call(
        &self,
        call_id: &str,
        limit: u32,
    ) -> Result<Vec<RecordRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT seq, ordinal, at_ms, kind, call_id, agent, fact_json FROM records WHERE call_id = $1 \
             ORDER BY seq, ordinal LIMIT $2",
        )
        .bind(call_id)
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(record_of).collect()
    }
}

fn record_of(row: &AnyRow) -> Result<RecordRow, StoreError> {
    let ordinal = from_sql(row.try_get("ordinal")?);
    Ok(RecordRow {
        seq: from_sql(row.try_get("seq")?),
        ordinal: u32::try_from(ordinal).map_err(|_| StoreError::BadRow {
            table: "records",
            why: format!("ordinal {ordinal}"),
        })?,
        at_ms: from_sql(row.try_get("at_ms")?),
        kind: row.try_get("kind")?,
        call_id: row.try_get("call_id")?,
        agent: row.try_get("agent")?,
        fact_json: row.try_get("fact_json")?,
    })
}
