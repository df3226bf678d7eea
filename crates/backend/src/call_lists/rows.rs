//! What is kept of call lists.

use outbound::{CallList, Changes, Limits, ListId, Outbound, Task, TaskId};
use std::collections::BTreeSet;
use store::{AttemptRow, CallListRow, Store, StoreError};

fn bad(table: &'static str, id: u64, error: &serde_json::Error) -> StoreError {
    let why = format!("row {id}: {error}");
    StoreError::BadRow { table, why }
}

/// Everything, and a core over it. Tasks of lists that are not there go: their list
/// was half written or half removed.
pub(super) async fn read(
    store: &Store,
    limits: Limits,
    now_ms: u64,
) -> Result<Outbound, StoreError> {
    let kept = store.call_lists().await?;
    let mut lists: Vec<(ListId, CallList)> = Vec::with_capacity(kept.lists.len());
    for (id, json) in kept.lists {
        let list = serde_json::from_str(&json).map_err(|error| bad("call_lists", id, &error))?;
        lists.push((ListId(id), list));
    }
    let there: BTreeSet<ListId> = lists.iter().map(|(id, _)| *id).collect();
    let (mut tasks, mut gone) = (Vec::with_capacity(kept.tasks.len()), Vec::new());
    for (id, json) in kept.tasks {
        let task: Task =
            serde_json::from_str(&json).map_err(|error| bad("call_list_tasks", id, &error))?;
        if there.contains(&task.list) {
            tasks.push((TaskId(id), task));
        } else {
            gone.push(CallListRow::TaskGone(id));
        }
    }
    store.write_call_lists(gone).await?;
    Ok(Outbound::new(limits, now_ms, kept.last_id, lists, tasks))
}

/// Tasks before their list and after it when it goes, so that a crash between two
/// parts leaves no list without some of its tasks.
pub(super) async fn write(store: &Store, changes: Changes) -> Result<(), StoreError> {
    let mut rows: Vec<CallListRow> = changes
        .last_id
        .map(CallListRow::LastId)
        .into_iter()
        .collect();
    // Before their tasks: a crash between two parts makes the same row again.
    for attempt in changes.attempts {
        let body_json = serde_json::to_string(&attempt);
        rows.push(CallListRow::Attempt(AttemptRow {
            task_id: attempt.task.0,
            attempt: attempt.attempt,
            began_at_ms: attempt.began_at_ms,
            body_json: body_json
                .map_err(|error| bad("call_list_attempts", attempt.task.0, &error))?,
        }));
    }
    let mut gone = Vec::new();
    for (id, list, task) in changes.tasks {
        match task {
            None => gone.push(CallListRow::TaskGone(id.0)),
            Some(task) => rows.push(CallListRow::Task {
                id: id.0,
                list_id: list.0,
                body_json: serde_json::to_string(&task)
                    .map_err(|error| bad("call_list_tasks", id.0, &error))?,
            }),
        }
    }
    for (id, list) in changes.lists {
        let json = list.map(|list| serde_json::to_string(&list)).transpose();
        let json = json.map_err(|error| bad("call_lists", id.0, &error))?;
        rows.push(CallListRow::List(id.0, json));
    }
    rows.extend(gone);
    store.write_call_lists(rows).await
}
