//! Changes of lists and tasks, and tasks that are canceled.

use super::super::Platform;
use super::super::failure::Failure;
use super::super::parameters::Parameters;
use super::{kind, list_custom_data, list_id, order, small, start_at_ms};
use crate::clock;
use outbound::limits::{CUSTOM_DATA_BYTES_MAX, TASKS_IN_COMMAND_MAX};
use outbound::{Edit, Hours, ListError, ListId, TaskEdit, TaskId, TaskKey, Window, later_ms};
use serde::Deserialize;
use serde_json::{Value, json};

/// Longest `tasks` and `call_schedule`, bytes.
const JSON_BYTES_MAX: usize = 128 * 1_024;

/// `EditCallList`
pub(super) async fn list(platform: &Platform, sent: &Parameters) -> Result<Value, Failure> {
    let list = list_id(sent)?;
    let name = sent.optional("name", super::TEXT_BYTES_MAX)?;
    let edit = Edit {
        name: name.map(str::to_owned),
        priority: sent.number("priority")?,
        max_simultaneous: small(sent, "max_simultaneous")?,
        num_attempts: small(sent, "num_attempts")?,
        interval_s: sent.number("interval_seconds")?,
        order: order(sent)?,
        start_at_ms: start_at_ms(sent)?,
        custom_data: list_custom_data(sent)?,
        kind: kind(sent, "call_list_type")?.or(kind(sent, "call_type")?),
    };
    let edit = platform
        .call_lists
        .change(|core, now_ms| core.edit(now_ms, list, edit));
    edit.await??;
    Ok(json!({"result": true}))
}

/// `task_id` or `task_uuid`
fn task_key(sent: &Parameters) -> Result<TaskKey, Failure> {
    match (sent.number("task_id")?, sent.text("task_uuid")) {
        (Some(id), _) => Ok(TaskKey::Id(TaskId(id))),
        (None, Some(uuid)) => Ok(TaskKey::Uuid(uuid.to_owned())),
        (None, None) => Err(Failure::argument("task_id", "is missing")),
    }
}

/// `EditCallListTask`
pub(super) async fn task(platform: &Platform, sent: &Parameters) -> Result<Value, Failure> {
    for queues in ["user_id", "skill_id"] {
        if sent.text(queues).is_some() {
            let why = "is for lists of queues, which are not served here";
            return Err(Failure::argument(queues, why));
        }
    }
    let (list, key) = (list_id(sent)?, task_key(sent)?);
    let edit = task_edit(sent)?;
    if edit == TaskEdit::default() {
        return Err(Failure::argument(
            "start_at",
            "or another change is missing",
        ));
    }
    let edit = platform
        .call_lists
        .change(|core, now_ms| core.edit_task(now_ms, list, &key, edit));
    edit.await??;
    Ok(json!({"result": true}))
}

fn task_edit(sent: &Parameters) -> Result<TaskEdit, Failure> {
    let moment = |name: &'static str| {
        let why = "is not a time from now to nine months ahead";
        let read =
            |text| later_ms(text, clock::now_ms()).ok_or_else(|| Failure::argument(name, why));
        sent.text(name).map(read).transpose()
    };
    let custom_data = sent.optional("custom_data", CUSTOM_DATA_BYTES_MAX)?;
    let schedule = sent
        .optional("call_schedule", JSON_BYTES_MAX)?
        .map(|text| match text {
            "" => Ok(Vec::new()),
            text => Hours::parse_schedule(text),
        })
        .transpose()
        .map_err(|why| Failure::argument("call_schedule", why))?;
    Ok(TaskEdit {
        not_before_ms: moment("next_attempt_time")?.or(moment("start_at")?),
        attempts_left: small(sent, "attempts_left")?,
        custom_data: custom_data.map(str::to_owned),
        daily: daily(sent)?,
        schedule,
    })
}

/// `min_execution_time` and `max_execution_time`: the Node.js client sends them with a
/// day before them.
fn daily(sent: &Parameters) -> Result<Option<Window>, Failure> {
    const NAMES: [&str; 2] = ["min_execution_time", "max_execution_time"];
    let time = |name| sent.text(name).and_then(|text| text.split(' ').next_back());
    match (time(NAMES[0]), time(NAMES[1])) {
        (None, None) => Ok(None),
        (Some(start), Some(end)) => Window::parse(start, end)
            .map(Some)
            .map_err(|why| Failure::argument(NAMES[0], why)),
        (Some(_), None) => Err(Failure::argument(NAMES[1], "is missing")),
        (None, Some(_)) => Err(Failure::argument(NAMES[0], "is missing")),
    }
}

#[derive(Deserialize)]
struct PriorityJson {
    #[serde(default)]
    task_id: Option<u64>,
    #[serde(default)]
    task_uuid: Option<String>,
    task_priority: u32,
}

/// `EditCallListTasksPriority`: each task by itself; the answer is JSON in a text.
pub(super) async fn priorities(platform: &Platform, sent: &Parameters) -> Result<Value, Failure> {
    let list = list_id(sent)?;
    let text = sent.required("tasks", JSON_BYTES_MAX)?;
    let rows: Vec<PriorityJson> =
        serde_json::from_str(text).map_err(|error| Failure::argument("tasks", error))?;
    few(rows.len(), "tasks")?;
    let act = |core: &mut outbound::Outbound, now_ms| {
        if core.list(list).is_none() {
            return Err(ListError::UnknownList);
        }
        let results = rows.into_iter().map(|row| {
            let key = match (row.task_id, &row.task_uuid) {
                (Some(id), _) => TaskKey::Id(TaskId(id)),
                (None, Some(uuid)) => TaskKey::Uuid(uuid.clone()),
                (None, None) => TaskKey::Uuid(String::new()),
            };
            let done = core.set_priority(now_ms, list, &key, row.task_priority);
            let mut shown = json!({"task_priority": row.task_priority});
            match (&done, row.task_id, row.task_uuid) {
                (Ok(id), ..) => shown["task_id"] = id.0.into(),
                (Err(_), Some(id), _) => shown["task_id"] = id.into(),
                (Err(_), None, uuid) => shown["task_uuid"] = uuid.into(),
            }
            with_result(shown, done.map(|_| ()))
        });
        Ok(results.collect::<Vec<Value>>())
    };
    let results = platform.call_lists.change(act).await??;
    Ok(json!({"results": Value::Array(results).to_string()}))
}

fn with_result(mut shown: Value, done: Result<(), ListError>) -> Value {
    shown["result"] = done.is_ok().into();
    if let Err(why) = done {
        shown["error_msg"] = why.to_string().into();
    }
    shown
}

fn few(count: usize, name: &'static str) -> Result<(), Failure> {
    if count == 0 {
        return Err(Failure::argument(name, "is missing"));
    }
    if count > TASKS_IN_COMMAND_MAX {
        let why = format!("names more than {TASKS_IN_COMMAND_MAX} tasks");
        return Err(Failure::argument(name, why));
    }
    Ok(())
}

/// `CancelCallListTask`: each task by itself. The first that could not be canceled, or
/// else the first, is told in the fields of the cloud, all of them in `tasks`.
pub(super) async fn cancel_tasks(platform: &Platform, sent: &Parameters) -> Result<Value, Failure> {
    let list = list_id(sent)?;
    let ids = sent.numbers("tasks_ids")?;
    let by_id = ids.into_iter().map(|id| TaskKey::Id(TaskId(id)));
    let uuids = sent.list("tasks_uuids").into_iter();
    let by_uuid = uuids.map(|uuid| TaskKey::Uuid(uuid.to_owned()));
    let keys: Vec<TaskKey> = by_id.chain(by_uuid).collect();
    few(keys.len(), "tasks_ids")?;
    let act = |core: &mut outbound::Outbound, now_ms| {
        if core.list(list).is_none() {
            return Err(ListError::UnknownList);
        }
        Ok(keys
            .iter()
            .map(|key| cancel(core, now_ms, list, key))
            .collect::<Vec<Value>>())
    };
    let tasks = platform.call_lists.change(act).await??;
    let failed = tasks.iter().find(|task| task["result"] == false);
    let mut answer = failed.or(tasks.first()).cloned().unwrap_or_default();
    answer["tasks"] = tasks.into();
    Ok(answer)
}

fn cancel(core: &mut outbound::Outbound, now_ms: u64, list: ListId, key: &TaskKey) -> Value {
    match core.cancel(now_ms, list, key) {
        Ok((id, uuid)) => json!({"task_id": id, "task_uuid": uuid, "result": true}),
        Err(why) => {
            let named = match key {
                TaskKey::Id(id) => json!({"task_id": id}),
                TaskKey::Uuid(uuid) => json!({"task_uuid": uuid}),
            };
            with_result(named, Err(why))
        }
    }
}

/// `CancelCallListBatch`
pub(super) async fn cancel_batches(
    platform: &Platform,
    sent: &Parameters,
) -> Result<Value, Failure> {
    let (list, batches) = (list_id(sent)?, sent.list("batch_ids"));
    few(batches.len(), "batch_ids")?;
    let act = |core: &mut outbound::Outbound, now_ms| {
        batches
            .iter()
            .try_for_each(|batch| core.cancel_batch(now_ms, list, batch).map(|_| ()))
    };
    platform.call_lists.change(act).await??;
    Ok(json!({"result": true}))
}
