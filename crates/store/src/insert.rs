//! Rows written many at a time: on a server every statement is a journey.

use crate::batch::{Batch, Value};
use crate::{
    AccessUrl, CallListRow, JournalEntry, RecordRow, SessionRow, ShiftRow, Snapshot, to_sql,
};

/// Rows in one statement: so many, so many, or all that are left. Few sizes, so that
/// every one of them stays prepared.
const CHUNKS: [usize; 2] = [64, 8];

/// Takes the next chunk off `rows`.
fn next_chunk<'a, T>(rows: &mut &'a [T]) -> Option<&'a [T]> {
    if rows.is_empty() {
        return None;
    }
    let fits = CHUNKS.into_iter().find(|size| *size <= rows.len());
    let (chunk, rest) = rows.split_at(fits.unwrap_or(rows.len()));
    *rows = rest;
    Some(chunk)
}

/// `head (?, ?), (?, ?) tail`.
fn statement(head: &str, columns: usize, rows: usize, tail: &str) -> String {
    let mut sql = String::with_capacity(head.len() + rows * (columns * 3 + 4) + tail.len() + 1);
    sql.push_str(head);
    for row in 0..rows {
        sql.push_str(if row == 0 { " (" } else { ", (" });
        for column in 0..columns {
            sql.push_str(if column == 0 { "?" } else { ", ?" });
        }
        sql.push(')');
    }
    sql.push(' ');
    sql.push_str(tail);
    sql
}

/// Appends to the journal. A number that is there is a violation of its key.
pub(crate) fn entries<'v>(batch: &mut Batch<'v>, mut rows: &[&'v JournalEntry]) {
    while let Some(chunk) = next_chunk(&mut rows) {
        let sql = statement(
            "INSERT INTO journal (seq, at_ms, version, input_json) VALUES",
            4,
            chunk.len(),
            "",
        );
        let values = chunk.iter().flat_map(|entry| {
            [
                Value::Number(to_sql(entry.seq)),
                Value::Number(to_sql(entry.at_ms)),
                Value::Number(i64::from(entry.version)),
                Value::Text(&entry.input_json),
            ]
        });
        batch.add(sql, values.collect());
        for access in chunk.iter().filter_map(|entry| entry.access.as_ref()) {
            access_url(batch, access);
        }
    }
}

fn access_url<'v>(batch: &mut Batch<'v>, access: &'v AccessUrl) {
    batch.add(
        "INSERT INTO live_calls (session_id, access_url) VALUES (?, ?) \
         ON CONFLICT (session_id) DO UPDATE SET access_url = excluded.access_url",
        vec![Value::Text(&access.session_id), Value::Text(&access.url)],
    );
}

/// Writes facts; those that are there stay as they are.
pub(crate) fn records<'v>(batch: &mut Batch<'v>, mut rows: &[&'v RecordRow]) {
    while let Some(chunk) = next_chunk(&mut rows) {
        let sql = statement(
            "INSERT INTO records (seq, ordinal, at_ms, kind, call_id, agent, fact_json) VALUES",
            7,
            chunk.len(),
            "ON CONFLICT (seq, ordinal) DO NOTHING",
        );
        let values = chunk.iter().flat_map(|row| {
            [
                Value::Number(to_sql(row.seq)),
                Value::Number(i64::from(row.ordinal)),
                Value::Number(to_sql(row.at_ms)),
                Value::Text(&row.kind),
                Value::Maybe(row.call_id.as_deref()),
                Value::Maybe(row.agent.as_deref()),
                Value::Text(&row.fact_json),
            ]
        });
        batch.add(sql, values.collect());
    }
}

/// Keeps sessions that are over; those that are there stay as they are.
pub(crate) fn sessions<'v>(batch: &mut Batch<'v>, mut rows: &[&'v SessionRow]) {
    while let Some(chunk) = next_chunk(&mut rows) {
        let sql = statement(
            "INSERT INTO session_history (session_id, started_at, duration_ms, application_id, \
             rule_name, custom_data, remote_numbers, local_numbers, body_json) VALUES",
            9,
            chunk.len(),
            "ON CONFLICT (session_id) DO NOTHING",
        );
        let values = chunk.iter().flat_map(|row| {
            [
                Value::Number(to_sql(row.session_id)),
                Value::Number(to_sql(row.started_at_ms)),
                Value::Number(to_sql(row.duration_ms)),
                Value::Number(to_sql(row.application_id)),
                Value::Text(&row.rule_name),
                Value::Text(&row.custom_data),
                Value::List(&row.remote_numbers),
                Value::List(&row.local_numbers),
                Value::Text(&row.body_json),
            ]
        });
        batch.add(sql, values.collect());
    }
}

/// Forgets where a session takes commands.
pub(crate) fn forget<'v>(batch: &mut Batch<'v>, session_id: &'v str) {
    batch.add(
        "DELETE FROM live_calls WHERE session_id = ?",
        vec![Value::Text(session_id)],
    );
}

/// Keeps a state; a second one of the same row replaces the first.
pub(crate) fn snapshot<'v>(batch: &mut Batch<'v>, snapshot: &'v Snapshot) {
    let head = &snapshot.head;
    batch.add(
        "INSERT INTO snapshots (seq, at_ms, version, sources, state_json) VALUES (?, ?, ?, ?, ?) \
         ON CONFLICT (seq) DO UPDATE SET at_ms = excluded.at_ms, version = excluded.version, \
         sources = excluded.sources, state_json = excluded.state_json",
        vec![
            Value::Number(to_sql(head.seq)),
            Value::Number(to_sql(head.at_ms)),
            Value::Number(i64::from(head.version)),
            Value::Text(&head.sources),
            Value::Text(&snapshot.state_json),
        ],
    );
}

/// Adds shifts; one with the agent and start of another is a violation of the key.
pub(crate) fn shifts<'v>(batch: &mut Batch<'v>, mut rows: &'v [ShiftRow]) {
    while let Some(chunk) = next_chunk(&mut rows) {
        let sql = statement(
            "INSERT INTO shifts (agent, starts_at, ends_at, activity, paid) VALUES",
            5,
            chunk.len(),
            "",
        );
        let values = chunk.iter().flat_map(|row| {
            [
                Value::Text(&row.agent),
                Value::Number(to_sql(row.starts_at_ms)),
                Value::Number(to_sql(row.ends_at_ms)),
                Value::Text(&row.activity),
                Value::Number(i64::from(row.paid)),
            ]
        });
        batch.add(sql, values.collect());
    }
}

/// Writes rows of call lists in their order; tasks that follow each other go
/// together.
pub(crate) fn call_lists<'v>(batch: &mut Batch<'v>, rows: &'v [CallListRow]) {
    let mut tasks: Vec<(u64, u64, &str)> = Vec::new();
    for row in rows {
        if let CallListRow::Task {
            id,
            list_id,
            body_json,
        } = row
        {
            // One statement writes a row once only.
            if tasks.iter().any(|task| task.0 == *id) {
                call_list_tasks(batch, &std::mem::take(&mut tasks));
            }
            tasks.push((*id, *list_id, body_json.as_str()));
            continue;
        }
        call_list_tasks(batch, &std::mem::take(&mut tasks));
        if let Some((id, body)) = row.list() {
            batch.add(
                "INSERT INTO call_lists (id, body_json) VALUES (?, ?) \
                 ON CONFLICT (id) DO UPDATE SET body_json = excluded.body_json",
                vec![Value::Number(to_sql(id)), Value::Owned(body)],
            );
        }
        let (gone, sql) = match row {
            CallListRow::List(id, None) => (id, "DELETE FROM call_lists WHERE id = ?"),
            CallListRow::TaskGone(id) => (id, "DELETE FROM call_list_tasks WHERE id = ?"),
            CallListRow::List(_, Some(_)) | CallListRow::LastId(_) | CallListRow::Task { .. } => {
                continue;
            }
        };
        batch.add(sql, vec![Value::Number(to_sql(*gone))]);
    }
    call_list_tasks(batch, &tasks);
}

fn call_list_tasks<'v>(batch: &mut Batch<'v>, mut rows: &[(u64, u64, &'v str)]) {
    while let Some(chunk) = next_chunk(&mut rows) {
        let sql = statement(
            "INSERT INTO call_list_tasks (id, list_id, body_json) VALUES",
            3,
            chunk.len(),
            "ON CONFLICT (id) DO UPDATE SET body_json = excluded.body_json",
        );
        let values = chunk.iter().flat_map(|(id, list_id, body)| {
            [
                Value::Number(to_sql(*id)),
                Value::Number(to_sql(*list_id)),
                Value::Text(body),
            ]
        });
        batch.add(sql, values.collect());
    }
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
        assert_eq!(sizes, [64, 64, 8, 8, 6]);
        assert_eq!(seen, numbers);
    }

    #[test]
    fn every_row_has_its_values() {
        assert_eq!(statement("V", 2, 2, "T"), "V (?, ?), (?, ?) T");
    }
}
