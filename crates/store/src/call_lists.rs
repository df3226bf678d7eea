//! Call lists and their tasks. Only the owner of the centre writes them, for only
//! it calls anybody.

use crate::{Store, StoreError, from_sql, to_sql};
use sqlx::Row;
use sqlx::any::AnyRow;

/// Row of the counter of ids.
const COUNTER: u64 = 0;
/// Rows in one transaction: those of callers who wait must get in between.
const ROWS_PER_COMMIT: usize = 256;

/// Something to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallListRow {
    /// The last id that was dealt.
    LastId(u64),
    /// A list, or `None` where one goes.
    List(u64, Option<String>),
    /// A task.
    Task {
        /// Its id.
        id: u64,
        /// Its list.
        list_id: u64,
        /// All of it.
        body_json: String,
    },
    /// A task goes.
    TaskGone(u64),
    /// An attempt that is over.
    Attempt(AttemptRow),
}

/// An attempt that is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptRow {
    /// Its task.
    pub task_id: u64,
    /// Which attempt of it, from 1.
    pub attempt: u32,
    /// When it began, milliseconds since 1970 UTC.
    pub began_at_ms: u64,
    /// All of it.
    pub body_json: String,
}

/// Everything that is kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeptCallLists {
    /// The last id that was dealt.
    pub last_id: u64,
    /// Lists by id.
    pub lists: Vec<(u64, String)>,
    /// Tasks by id, those of lists that are not there too.
    pub tasks: Vec<(u64, String)>,
}

impl Store {
    /// Every list and task.
    pub async fn call_lists(&self) -> Result<KeptCallLists, StoreError> {
        let mut kept = KeptCallLists::default();
        let rows = sqlx::query("SELECT id, body_json FROM call_lists ORDER BY id")
            .fetch_all(&self.pool)
            .await?;
        for row in rows {
            let (id, body): (u64, String) =
                (from_sql(row.try_get("id")?), row.try_get("body_json")?);
            if id == COUNTER {
                kept.last_id = body.parse().map_err(|_| StoreError::BadRow {
                    table: "call_lists",
                    why: format!("row {COUNTER} is no number"),
                })?;
            } else {
                kept.lists.push((id, body));
            }
        }
        let rows = sqlx::query("SELECT id, body_json FROM call_list_tasks ORDER BY id")
            .fetch_all(&self.pool)
            .await?;
        for row in rows {
            let id = from_sql(row.try_get("id")?);
            kept.tasks.push((id, row.try_get("body_json")?));
        }
        Ok(kept)
    }

    /// Attempts that began in `from_ms..to_ms` and are over, by their beginning, after
    /// the one `after` (its beginning, task and number), at most `limit`.
    pub async fn attempts_between(
        &self,
        (from_ms, to_ms): (u64, u64),
        after: (u64, u64, u32),
        limit: u32,
    ) -> Result<Vec<AttemptRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT task_id, attempt, began_at, body_json FROM call_list_attempts \
             WHERE began_at >= $1 AND began_at < $2 AND (began_at > $3 \
             OR (began_at = $3 AND (task_id > $4 OR (task_id = $4 AND attempt > $5)))) \
             ORDER BY began_at, task_id, attempt LIMIT $6",
        )
        .bind(to_sql(from_ms))
        .bind(to_sql(to_ms))
        .bind(to_sql(after.0))
        .bind(to_sql(after.1))
        .bind(i64::from(after.2))
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        let attempt_of = |row: &AnyRow| {
            let number = from_sql(row.try_get("attempt")?);
            Ok(AttemptRow {
                task_id: from_sql(row.try_get("task_id")?),
                attempt: u32::try_from(number).map_err(|_| StoreError::BadRow {
                    table: "call_list_attempts",
                    why: format!("attempt {number}"),
                })?,
                began_at_ms: from_sql(row.try_get("began_at")?),
                body_json: row.try_get("body_json")?,
            })
        };
        rows.iter().map(attempt_of).collect()
    }

    /// Removes attempts that began before; says how many there were.
    pub async fn forget_attempts(&self, before_ms: u64) -> Result<u64, StoreError> {
        let gone = sqlx::query("DELETE FROM call_list_attempts WHERE began_at < $1")
            .bind(to_sql(before_ms))
            .execute(&self.pool)
            .await?;
        Ok(gone.rows_affected())
    }

    /// Writes rows in their order. Some hundred are written all or none; of more, a
    /// crash may leave the first.
    pub async fn write_call_lists(&self, rows: Vec<CallListRow>) -> Result<(), StoreError> {
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let some = rows.by_ref().take(ROWS_PER_COMMIT).collect();
            self.writer.write_call_lists(some).await?;
        }
        Ok(())
    }
}

impl CallListRow {
    /// The id and text of a row of the lists' table that is put there.
    pub(crate) fn list(&self) -> Option<(u64, String)> {
        match self {
            Self::LastId(last_id) => Some((COUNTER, last_id.to_string())),
            Self::List(id, Some(body)) => Some((*id, body.clone())),
            Self::List(_, None) | Self::Task { .. } | Self::TaskGone(_) | Self::Attempt(_) => None,
        }
    }
}
