//! Rows written many at a time: on a server every statement is a journey.

use crate::{
    AccessUrl, CallListRow, JournalEntry, RecordRow, ShiftRow, Snapshot, StoreError, to_sql,
};
use sqlx::{Any, AssertSqlSafe, Transaction};
use std::fmt::Write;

/// Rows in one statement, the largest first. Few sizes, so that every one of
/// them stays prepared.
const CHUNKS: [usize; 3] = [64, 8, 1];

/// Takes the next chunk off `rows`.
fn next_chunk<'a, T>(rows: &mut &'a [T]) -> Option<&'a [T]> {
    let size = CHUNKS.into_iter().find(|size| *size <= rows.len())?;
    let (chunk, rest) = rows.split_at(size);
    *rows = rest;
    Some(chunk)
}

/// `head ($1, $2), ($3, $4) tail`.
fn statement(head: &str, columns: usize, rows: usize, tail: &str) -> String {
    let mut sql = String::with_capacity(head.len() + rows * columns * 6 + tail.len() + 8);
    sql.push_str(head);
    for row in 0..rows {
        sql.push_str(if row == 0 { " (" } else { ", (" });
        for column in 1..=columns {
            let comma = if column == 1 { "" } else { ", " };
            // Writing to a String cannot fail.
            let _ = write!(sql, "{comma}${}", row * columns + column);
        }
        sql.push(')');
    }
    sql.push(' ');
    sql.push_str(tail);
    sql
}

/// Writes rows of call lists in their order; tasks that follow each other go
/// together.
pub(crate) async fn call_lists(
    transaction: &mut Transaction<'_, Any>,
    rows: &[CallListRow],
) -> Result<(), StoreError> {
    let mut tasks = Vec::new();
    for row in rows {
        if let CallListRow::Task {
            id,
            list_id,
            body_json,
        } = row
        {
            tasks.push((*id, *list_id, body_json.as_str()));
            continue;
        }
        call_list_tasks(transaction, &std::mem::take(&mut tasks)).await?;
        if let Some((id, body)) = row.list() {
            sqlx::query(
                "INSERT INTO call_lists (id, body_json) VALUES ($1, $2) \
                 ON CONFLICT (id) DO UPDATE SET body_json = excluded.body_json",
            )
            .bind(to_sql(id))
            .bind(body)
            .execute(&mut **transaction)
            .await?;
        }
        let (gone, sql) = match row {
            CallListRow::List(id, None) => (id, "DELETE FROM call_lists WHERE id = $1"),
            CallListRow::TaskGone(id) => (id, "DELETE FROM call_list_tasks WHERE id = $1"),
            CallListRow::List(_, Some(_)) | CallListRow::LastId(_) | CallListRow::Task { .. } => {
                continue;
            }
        };
        sqlx::query(sql)
            .bind(to_sql(*gone))
            .execute(&mut **transaction)
            .await?;
    }
    call_list_tasks(transaction, &tasks).await
}

async fn call_list_tasks(
    transaction: &mut Transaction<'_, Any>,
    mut rows: &[(u64, u64, &str)],
) -> Result<(), StoreError> {
    while let Some(chunk) = next_chunk(&mut rows) {
        let sql = statement(
            "INSERT INTO call_list_tasks (id, list_id, body_json) VALUES",
            3,
            chunk.len(),
            "ON CONFLICT (id) DO UPDATE SET body_json = excluded.body_json",
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for (id, list_id, body) in chunk {
            query = query.bind(to_sql(*id)).bind(to_sql(*list_id)).bind(*body);
        }
        query.execute(&mut **transaction).await?;
    }
    Ok(())
}

/// Appends to the journal. A number that is there is
/// [`StoreError::JournalTaken`].
pub(crate) async fn entries(
    transaction: &mut Transaction<'_, Any>,
    mut rows: &[&JournalEntry],
) -> Result<(), StoreError> {
    while let Some(chunk) = next_chunk(&mut rows) {
        let sql = statement(
            "INSERT INTO journal (seq, at_ms, version, input_json) VALUES",
            4,
            chunk.len(),
            "ON CONFLICT (seq) DO NOTHING",
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for entry in chunk {
            query = query
                .bind(to_sql(entry.seq))
                .bind(to_sql(entry.at_ms))
                .bind(i64::from(entry.version))
                .bind(&entry.input_json);
        }
        let written = query.execute(&mut **transaction).await?;
        if written.rows_affected() != chunk.len() as u64 {
            let first = chunk.first().map_or(0, |entry| entry.seq);
            return Err(StoreError::JournalTaken(first));
        }
        for access in chunk.iter().filter_map(|entry| entry.access.as_ref()) {
            access_url(transaction, access).await?;
        }
    }
    Ok(())
}

async fn access_url(
    transaction: &mut Transaction<'_, Any>,
    access: &AccessUrl,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO live_calls (session_id, access_url) VALUES ($1, $2) \
         ON CONFLICT (session_id) DO UPDATE SET access_url = excluded.access_url",
    )
    .bind(&access.session_id)
    .bind(&access.url)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// Writes facts; those that are there stay as they are.
pub(crate) async fn records(
    transaction: &mut Transaction<'_, Any>,
    mut rows: &[&RecordRow],
) -> Result<(), StoreError> {
    while let Some(chunk) = next_chunk(&mut rows) {
        let sql = statement(
            "INSERT INTO records (seq, ordinal, at_ms, kind, call_id, agent, fact_json) VALUES",
            7,
            chunk.len(),
            "ON CONFLICT (seq, ordinal) DO NOTHING",
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for row in chunk {
            query = query
                .bind(to_sql(row.seq))
                .bind(i64::from(row.ordinal))
                .bind(to_sql(row.at_ms))
                .bind(&row.kind)
                .bind(&row.call_id)
                .bind(&row.agent)
                .bind(&row.fact_json);
        }
        query.execute(&mut **transaction).await?;
    }
    Ok(())
}

/// Forgets where a session takes commands.
pub(crate) async fn forget(
    transaction: &mut Transaction<'_, Any>,
    session_id: &str,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM live_calls WHERE session_id = $1")
        .bind(session_id)
        .execute(&mut **transaction)
        .await?;
    Ok(())
}

/// Keeps a state; a second one of the same row replaces the first.
pub(crate) async fn snapshot(
    transaction: &mut Transaction<'_, Any>,
    snapshot: &Snapshot,
) -> Result<(), StoreError> {
    let head = &snapshot.head;
    sqlx::query(
        "INSERT INTO snapshots (seq, at_ms, version, sources, state_json) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (seq) DO UPDATE SET at_ms = excluded.at_ms, version = excluded.version, \
         sources = excluded.sources, state_json = excluded.state_json",
    )
    .bind(to_sql(head.seq))
    .bind(to_sql(head.at_ms))
    .bind(i64::from(head.version))
    .bind(&head.sources)
    .bind(&snapshot.state_json)
    .execute(&mut **transaction)
    .await?;
    Ok(())
}

/// Adds shifts; one with the agent and start of another is an error.
pub(crate) async fn shifts(
    transaction: &mut Transaction<'_, Any>,
    mut rows: &[&ShiftRow],
) -> Result<(), StoreError> {
    while let Some(chunk) = next_chunk(&mut rows) {
        let sql = statement(
            "INSERT INTO shifts (agent, starts_at, ends_at, activity, paid) VALUES",
            5,
            chunk.len(),
            "",
        );
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for row in chunk {
            query = query
                .bind(&row.agent)
                .bind(to_sql(row.starts_at_ms))
                .bind(to_sql(row.ends_at_ms))
                .bind(&row.activity)
                .bind(i64::from(row.paid));
        }
        query.execute(&mut **transaction).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_go_in_few_sizes_of_statement_and_none_is_left() {
        let numbers: Vec<usize> = (0..150).collect();
        let mut rest: &[usize] = &numbers;
        let mut sizes = Vec::new();
        let mut seen = Vec::new();
        while let Some(chunk) = next_chunk(&mut rest) {
            sizes.push(chunk.len());
            seen.extend_from_slice(chunk);
        }
        assert_eq!(sizes, [64, 64, 8, 8, 1, 1, 1, 1, 1, 1]);
        assert_eq!(seen, numbers);
    }

    #[test]
    fn placeholders_run_on_from_row_to_row() {
        assert_eq!(statement("V", 2, 2, "T"), "V ($1, $2), ($3, $4) T");
    }
}
