//! The plan of shifts.

use crate::batch::Batch;
use crate::{Store, StoreError, from_sql, insert, to_sql};
use sqlx::Row;
use sqlx::any::AnyRow;

/// The longest shift, milliseconds. Whoever writes keeps to it: what overlaps a
/// moment is looked for among the shifts that began since then.
pub const SHIFT_MS_MAX: u64 = 24 * 60 * 60 * 1_000;

/// One stretch of an agent's plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShiftRow {
    /// The agent.
    pub agent: String,
    /// When it begins, milliseconds since 1970 UTC.
    pub starts_at_ms: u64,
    /// When it ends, exclusive.
    pub ends_at_ms: u64,
    /// What is planned, as a word.
    pub activity: String,
    /// Whether it is paid.
    pub paid: bool,
}

/// The stretch of one agent's plan that is written anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShiftChange {
    /// The agent.
    pub agent: String,
    /// Every shift that overlaps the time from here, milliseconds since 1970 UTC,
    pub from_ms: u64,
    /// to here (exclusive) is removed first.
    pub to_ms: u64,
    /// What is planned instead, all of this agent.
    pub rows: Vec<ShiftRow>,
}

impl Store {
    /// Shifts that overlap the time from `from_ms` to `to_ms` (exclusive), of all
    /// agents or one, in the order of start and agent; at most `limit`, after
    /// the one that begins at `after.0` of the agent `after.1`.
    pub async fn shifts(
        &self,
        (from_ms, to_ms): (u64, u64),
        agent: Option<&str>,
        after: Option<(u64, &str)>,
        limit: u32,
    ) -> Result<Vec<ShiftRow>, StoreError> {
        // An empty name is nobody's, and no shift begins before 1970.
        let (after_ms, after_agent) = after.map_or((-1, ""), |(at, who)| (to_sql(at), who));
        let rows = sqlx::query(
            "SELECT agent, starts_at, ends_at, activity, paid FROM shifts \
             WHERE ends_at > $1 AND starts_at < $2 AND ($3 = '' OR agent = $3) \
             AND (starts_at > $4 OR (starts_at = $4 AND agent > $5)) AND starts_at >= $6 \
             ORDER BY starts_at, agent LIMIT $7",
        )
        .bind(to_sql(from_ms))
        .bind(to_sql(to_ms))
        .bind(agent.unwrap_or(""))
        .bind(after_ms)
        .bind(after_agent)
        .bind(to_sql(from_ms.saturating_sub(SHIFT_MS_MAX)))
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(shift_of).collect()
    }

    /// How many shifts are kept.
    pub async fn count_shifts(&self) -> Result<u64, StoreError> {
        let row = sqlx::query("SELECT COUNT(*) AS found FROM shifts")
            .fetch_one(&self.pool)
            .await?;
        Ok(from_sql(row.try_get("found")?))
    }

    /// Writes stretches of the plan anew, all or none; says how many shifts were
    /// removed. Two at a time could leave shifts of both: whoever calls takes
    /// turns.
    pub async fn change_shifts(&self, changes: &[ShiftChange]) -> Result<u64, StoreError> {
        let mut change = self.pool.begin().await?;
        let mut removed = 0;
        for one in changes {
            let gone = sqlx::query(
                "DELETE FROM shifts WHERE agent = $1 AND ends_at > $2 AND starts_at < $3",
            )
            .bind(&one.agent)
            .bind(to_sql(one.from_ms))
            .bind(to_sql(one.to_ms))
            .execute(&mut *change)
            .await?;
            removed += gone.rows_affected();
            let mut batch = Batch::default();
            insert::shifts(&mut batch, &one.rows);
            batch.run_in(&mut change).await?;
        }
        change.commit().await?;
        Ok(removed)
    }
}

fn shift_of(row: &AnyRow) -> Result<ShiftRow, StoreError> {
    let paid: i64 = row.try_get("paid")?;
    Ok(ShiftRow {
        agent: row.try_get("agent")?,
        starts_at_ms: from_sql(row.try_get("starts_at")?),
        ends_at_ms: from_sql(row.try_get("ends_at")?),
        activity: row.try_get("activity")?,
        paid: paid != 0,
    })
}
