//! What is written: a statement for each table, and the rows for it.

use crate::batch::{Batch, Sql, Value};
use crate::{
    AccessUrl, AttemptRow, CallListRow, JournalEntry, RecordRow, SessionRow, ShiftRow, Snapshot,
    to_sql,
};
use std::collections::BTreeMap;

/// A number that is there is a violation of the key.
const ENTRY: Sql = Sql {
    head: "INSERT INTO journal (seq, at_ms, version, input_json) VALUES",
    row: "(?, ?, ?, ?)",
    tail: "",
};
const ACCESS_URL: Sql = Sql {
    head: "INSERT INTO live_calls (session_id, access_url) VALUES",
    row: "(?, ?)",
    tail: "ON CONFLICT (session_id) DO UPDATE SET access_url = excluded.access_url",
};
const RECORD: Sql = Sql {
    head: "INSERT INTO records (seq, ordinal, at_ms, kind, call_id, agent, fact_json) VALUES",
    row: "(?, ?, ?, ?, ?, ?, ?)",
    tail: "ON CONFLICT (seq, ordinal) DO NOTHING",
};
const SESSION: Sql = Sql {
    head: "INSERT INTO session_history (session_id, started_at, duration_ms, application_id, \
           rule_name, custom_data, remote_numbers, local_numbers, body_json) VALUES",
    row: "(?, ?, ?, ?, ?, ?, ?, ?, ?)",
    tail: "ON CONFLICT (session_id) DO NOTHING",
};
const FORGET: Sql = Sql {
    head: "DELETE FROM live_calls WHERE session_id IN (",
    row: "?",
    tail: ")",
};
const SNAPSHOT: Sql = Sql {
    head: "INSERT INTO snapshots (seq, at_ms, version, sources, state_json) VALUES",
    row: "(?, ?, ?, ?, ?)",
    tail: "ON CONFLICT (seq) DO UPDATE SET at_ms = excluded.at_ms, version = excluded.version, \
           sources = excluded.sources, state_json = excluded.state_json",
};
/// One with the agent and start of another is a violation of the key.
const SHIFT: Sql = Sql {
    head: "INSERT INTO shifts (agent, starts_at, ends_at, activity, paid) VALUES",
    row: "(?, ?, ?, ?, ?)",
    tail: "",
};
const ATTEMPT: Sql = Sql {
    head: "INSERT INTO call_list_attempts (task_id, attempt, began_at, body_json) VALUES",
    row: "(?, ?, ?, ?)",
    tail: "ON CONFLICT (task_id, attempt) DO NOTHING",
};
const LIST: Sql = Sql {
    head: "INSERT INTO call_lists (id, body_json) VALUES",
    row: "(?, ?)",
    tail: "ON CONFLICT (id) DO UPDATE SET body_json = excluded.body_json",
};
const LIST_GONE: Sql = Sql::single("DELETE FROM call_lists WHERE id = ?");
const TASK: Sql = Sql {
    head: "INSERT INTO call_list_tasks (id, list_id, body_json) VALUES",
    row: "(?, ?, ?)",
    tail: "ON CONFLICT (id) DO UPDATE SET body_json = excluded.body_json",
};
const TASK_GONE: Sql = Sql::single("DELETE FROM call_list_tasks WHERE id = ?");

/// Appends to the journal.
pub(crate) fn entries<'v>(batch: &mut Batch<'v>, rows: &[&'v JournalEntry]) {
    let values = rows.iter().map(|entry| {
        [
            Value::Number(to_sql(entry.seq)),
            Value::Number(to_sql(entry.at_ms)),
            Value::Number(i64::from(entry.version)),
            Value::Text(&entry.input_json),
        ]
    });
    batch.rows(ENTRY, values);
    access_urls(batch, rows.iter().filter_map(|entry| entry.access.as_ref()));
}

fn access_urls<'v>(batch: &mut Batch<'v>, urls: impl Iterator<Item = &'v AccessUrl>) {
    // One statement writes a row once only; the last one of a session counts.
    let of_sessions: BTreeMap<&str, &str> = urls
        .map(|access| (access.session_id.as_str(), access.url.as_str()))
        .collect();
    let values = of_sessions
        .into_iter()
        .map(|(session_id, url)| [Value::Text(session_id), Value::Text(url)]);
    batch.rows(ACCESS_URL, values);
}

/// Writes facts; those that are there stay as they are.
pub(crate) fn records<'v>(batch: &mut Batch<'v>, rows: &[&'v RecordRow]) {
    let values = rows.iter().map(|row| {
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
    batch.rows(RECORD, values);
}

/// Keeps sessions that are over; those that are there stay as they are.
pub(crate) fn sessions<'v>(batch: &mut Batch<'v>, rows: &[&'v SessionRow]) {
    let values = rows.iter().map(|row| {
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
    batch.rows(SESSION, values);
}

/// Forgets where sessions take commands.
pub(crate) fn forget<'v>(batch: &mut Batch<'v>, session_ids: &[&'v str]) {
    let values = session_ids.iter().map(|id| [Value::Text(id)]);
    batch.rows(FORGET, values);
}

/// Keeps a state; a second one of the same row replaces the first.
pub(crate) fn snapshot<'v>(batch: &mut Batch<'v>, snapshot: &'v Snapshot) {
    let head = &snapshot.head;
    let values = [
        Value::Number(to_sql(head.seq)),
        Value::Number(to_sql(head.at_ms)),
        Value::Number(i64::from(head.version)),
        Value::Text(&head.sources),
        Value::Text(&snapshot.state_json),
    ];
    batch.add(SNAPSHOT, values);
}

/// Adds shifts.
pub(crate) fn shifts<'v>(batch: &mut Batch<'v>, rows: &'v [ShiftRow]) {
    let values = rows.iter().map(|row| {
        [
            Value::Text(&row.agent),
            Value::Number(to_sql(row.starts_at_ms)),
            Value::Number(to_sql(row.ends_at_ms)),
            Value::Text(&row.activity),
            Value::Number(i64::from(row.paid)),
        ]
    });
    batch.rows(SHIFT, values);
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
            batch.add(LIST, [Value::Number(to_sql(id)), Value::Owned(body)]);
        }
        let (gone, sql) = match row {
            CallListRow::List(id, None) => (id, LIST_GONE),
            CallListRow::TaskGone(id) => (id, TASK_GONE),
            CallListRow::Attempt(attempt) => {
                call_list_attempt(batch, attempt);
                continue;
            }
            CallListRow::List(_, Some(_)) | CallListRow::LastId(_) | CallListRow::Task { .. } => {
                continue;
            }
        };
        batch.add(sql, [Value::Number(to_sql(*gone))]);
    }
    call_list_tasks(batch, &tasks);
}

/// What is there already stays what it was.
fn call_list_attempt<'v>(batch: &mut Batch<'v>, row: &'v AttemptRow) {
    let values = [
        Value::Number(to_sql(row.task_id)),
        Value::Number(i64::from(row.attempt)),
        Value::Number(to_sql(row.began_at_ms)),
        Value::Text(&row.body_json),
    ];
    batch.add(ATTEMPT, values);
}

fn call_list_tasks<'v>(batch: &mut Batch<'v>, rows: &[(u64, u64, &'v str)]) {
    let values = rows.iter().map(|(id, list_id, body)| {
        [
            Value::Number(to_sql(*id)),
            Value::Number(to_sql(*list_id)),
            Value::Text(body),
        ]
    });
    batch.rows(TASK, values);
}
