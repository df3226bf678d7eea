//! What programs do to lists (voxengine.md §10.2): all of a command or nothing.

use crate::hours::{DayWindow, HoursError, Window};
use crate::id::{ListId, TaskId};
use crate::limits::{
    ALL_COLUMNS_MAX, ATTEMPTS_MAX, CUSTOM_DATA_BYTES_MAX, DATA_BYTES_MAX, INTERVAL_S_MAX,
    LISTS_MAX, MAX_SIMULTANEOUS_MAX, NAME_CHARS_MAX, NUM_ATTEMPTS_MAX, PRIORITY_MAX, TASKS_MAX,
};
use crate::list::{CallList, ListKind, TaskOrder};
use crate::outbound::{List, Outbound};
use crate::rows::{File, Row};
use crate::task::{Task, TaskState};
use std::collections::BTreeSet;

/// A list to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewList {
    /// Its name.
    pub name: String,
    /// The rule whose scenario calls.
    pub rule_id: u64,
    /// 0 goes first.
    pub priority: u64,
    /// Sessions at once, 1 or more.
    pub max_simultaneous: u32,
    /// 1 to 5.
    pub num_attempts: u32,
    /// From a failed attempt to the next, seconds.
    pub interval_s: u64,
    /// Which tasks go first.
    pub order: TaskOrder,
    /// Not before that, milliseconds since 1970 UTC.
    pub start_at_ms: u64,
    /// `list_custom_data`
    pub custom_data: String,
    /// Who starts its tasks.
    pub kind: ListKind,
    /// Nothing starts before `RecoverCallList`.
    pub is_stopped: bool,
}

/// Changes of a list; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edit {
    /// Its name.
    pub name: Option<String>,
    /// 0 goes first.
    pub priority: Option<u64>,
    /// Sessions at once, 1 or more.
    pub max_simultaneous: Option<u32>,
    /// 1 to 5.
    pub num_attempts: Option<u32>,
    /// From a failed attempt to the next, seconds.
    pub interval_s: Option<u64>,
    /// Which tasks go first.
    pub order: Option<TaskOrder>,
    /// Not before that, milliseconds since 1970 UTC.
    pub start_at_ms: Option<u64>,
    /// `list_custom_data`
    pub custom_data: Option<String>,
    /// Who starts its tasks.
    pub kind: Option<ListKind>,
}

/// How a task is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaskKey {
    /// `task_id`
    Id(TaskId),
    /// `task_uuid`
    Uuid(String),
}

/// Changes of a task; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskEdit {
    /// `start_at` or `next_attempt_time`, milliseconds since 1970 UTC.
    pub not_before_ms: Option<u64>,
    /// 0 ends a task that is not in progress.
    pub attempts_left: Option<u32>,
    /// What the next attempts are given.
    pub custom_data: Option<String>,
    /// `min_execution_time` and `max_execution_time`.
    pub daily: Option<Window>,
    /// `call_schedule`
    pub schedule: Option<Vec<DayWindow>>,
}

/// Why a command was not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// No list has that id: whoever asks can fix it.
    #[error("there is no such call list")]
    UnknownList,
    /// The list has no such task: the same.
    #[error("there is no such task in the call list")]
    UnknownTask,
    /// The list has no such batch: the same.
    #[error("there is no such batch in the call list")]
    UnknownBatch,
    /// A value cannot be used: the same.
    #[error("`{field}` {why}")]
    Field {
        /// The parameter.
        field: &'static str,
        /// What it must be.
        why: String,
    },
    /// There is no room: old lists have to be deleted.
    #[error("there are {most} {what} already: delete lists that are over")]
    Full {
        /// Of what.
        what: &'static str,
        /// How many there may be.
        most: usize,
    },
    /// A task that is over is not changed.
    #[error("the task is over")]
    Over,
    /// It is being called.
    #[error("the call list is in progress: stop it first")]
    InProgress,
    /// A limit is reached or the list is stopped: later.
    #[error("the call list cannot start a task now")]
    NotNow,
    /// No task may start now.
    #[error("the call list has no task that may start now")]
    NoTask,
}

fn field<T>(field: &'static str, why: impl Into<String>) -> Result<T, ListError> {
    let why = why.into();
    Err(ListError::Field { field, why })
}

fn check(list: &CallList) -> Result<(), ListError> {
    let name = &list.name;
    let is_plain = !name.contains(['/', '\\']) && !name.chars().any(char::is_control);
    if name.is_empty() || name.chars().count() > NAME_CHARS_MAX || !is_plain {
        let why = format!("is 1 to {NAME_CHARS_MAX} characters without / and \\");
        return field("name", why);
    }
    if list.priority > PRIORITY_MAX {
        return field("priority", "is from 0 to 2147483648");
    }
    if !(1..=MAX_SIMULTANEOUS_MAX).contains(&list.max_simultaneous) {
        let why = format!("is from 1 to {MAX_SIMULTANEOUS_MAX}");
        return field("max_simultaneous", why);
    }
    if !(1..=NUM_ATTEMPTS_MAX).contains(&list.num_attempts) {
        return field("num_attempts", format!("is from 1 to {NUM_ATTEMPTS_MAX}"));
    }
    if list.interval_s > INTERVAL_S_MAX {
        return field("interval_seconds", format!("is at most {INTERVAL_S_MAX}"));
    }
    if list.custom_data.len() > CUSTOM_DATA_BYTES_MAX {
        let why = format!("is longer than {CUSTOM_DATA_BYTES_MAX} bytes");
        return field("list_custom_data", why);
    }
    Ok(())
}

impl Outbound {
    /// `CreateCallList`: its id. `batch` is a new UUID.
    pub fn create(
        &mut self,
        now_ms: u64,
        new: NewList,
        batch: &str,
        file: File,
    ) -> Result<ListId, ListError> {
        let list = CallList {
            name: new.name,
            rule_id: new.rule_id,
            priority: new.priority,
            max_simultaneous: new.max_simultaneous,
            num_attempts: new.num_attempts,
            interval_s: new.interval_s,
            order: new.order,
            start_at_ms: new.start_at_ms,
            custom_data: new.custom_data,
            kind: new.kind,
            is_stopped: new.is_stopped,
            columns: file.columns,
            submitted_ms: now_ms,
            completed_ms: None,
        };
        check(&list)?;
        if self.lists.len() >= LISTS_MAX {
            let (what, most) = ("call lists", LISTS_MAX);
            return Err(ListError::Full { what, most });
        }
        self.room(None, &file.rows)?;
        let id = ListId(self.new_id());
        self.lists.insert(id, List::new(list));
        self.dirty_lists.insert(id);
        self.add(now_ms, id, batch, file.rows);
        Ok(id)
    }

    /// `AppendToCallList`: more tasks.
    pub fn append(
        &mut self,
        now_ms: u64,
        list: ListId,
        batch: &str,
        file: File,
    ) -> Result<(), ListError> {
        let own = self.lists.get(&list).ok_or(ListError::UnknownList)?;
        self.room(Some(own), &file.rows)?;
        if let Some(own) = self.lists.get_mut(&list) {
            let known = &mut own.settings.columns;
            for column in file.columns {
                if known.len() < ALL_COLUMNS_MAX && !known.contains(&column) {
                    known.push(column);
                }
            }
            self.dirty_lists.insert(list);
        }
        self.add(now_ms, list, batch, file.rows);
        Ok(())
    }

    fn room(&self, list: Option<&List>, rows: &[Row]) -> Result<(), ListError> {
        let present: usize = self.lists.values().map(|list| list.tasks.len()).sum();
        if present + rows.len() > TASKS_MAX {
            let (what, most) = ("tasks", TASKS_MAX);
            return Err(ListError::Full { what, most });
        }
        let bytes: usize = rows.iter().map(|row| row.custom_data.len()).sum();
        if self.data_bytes + bytes > DATA_BYTES_MAX {
            let (what, most) = ("bytes of custom data", DATA_BYTES_MAX);
            return Err(ListError::Full { what, most });
        }
        let mut seen = BTreeSet::new();
        for uuid in rows.iter().filter_map(|row| row.uuid.as_deref()) {
            let is_taken = list.is_some_and(|list| list.uuids.contains_key(uuid));
            if is_taken || !seen.insert(uuid) {
                return field("__task_uuid", format!("`{uuid}` is there twice"));
            }
        }
        Ok(())
    }

    fn add(&mut self, now_ms: u64, list: ListId, batch: &str, rows: Vec<Row>) {
        let attempts = self
            .lists
            .get(&list)
            .map_or(1, |own| own.settings.num_attempts);
        for row in rows {
            let id = TaskId(self.new_id());
            // The batch's but for the last part, which is the task's own.
            let head: String = batch.chars().take(24).collect();
            let task = Task {
                list,
                batch: batch.to_owned(),
                uuid: row.uuid.unwrap_or_else(|| format!("{head}{:012x}", id.0)),
                custom_data: row.custom_data,
                hours: row.hours,
                not_before_ms: row.not_before_ms,
                priority: row.priority,
                attempts_left: attempts,
                attempts_made: 0,
                last_attempt_ms: 0,
                result_data: String::new(),
                state: TaskState::Waiting,
            };
            self.put(now_ms, list, id, task);
        }
    }

    /// `EditCallList`. A new number of attempts counts for tasks that are not over.
    pub fn edit(&mut self, now_ms: u64, list: ListId, edit: Edit) -> Result<(), ListError> {
        let own = self.lists.get_mut(&list).ok_or(ListError::UnknownList)?;
        let old = own.settings.clone();
        let new = CallList {
            name: edit.name.unwrap_or_else(|| old.name.clone()),
            priority: edit.priority.unwrap_or(old.priority),
            max_simultaneous: edit.max_simultaneous.unwrap_or(old.max_simultaneous),
            num_attempts: edit.num_attempts.unwrap_or(old.num_attempts),
            interval_s: edit.interval_s.unwrap_or(old.interval_s),
            order: edit.order.unwrap_or(old.order),
            start_at_ms: edit.start_at_ms.unwrap_or(old.start_at_ms),
            custom_data: edit.custom_data.unwrap_or_else(|| old.custom_data.clone()),
            kind: edit.kind.unwrap_or(old.kind),
            ..old.clone()
        };
        check(&new)?;
        let (attempts, is_ranked_anew) = (new.num_attempts, new.order != old.order);
        own.settings = new;
        if is_ranked_anew {
            own.rank_again();
        }
        self.dirty_lists.insert(list);
        if attempts == old.num_attempts {
            return Ok(());
        }
        let open = self.lists.get(&list).into_iter().flat_map(|own| &own.tasks);
        let open: Vec<(TaskId, Task)> = open
            .filter(|(_, task)| !task.is_over())
            .map(|(id, task)| (*id, task.clone()))
            .collect();
        for (id, mut task) in open {
            task.attempts_left = attempts.saturating_sub(task.attempts_made);
            self.put_unless_spent(now_ms, list, id, task);
        }
        Ok(())
    }

    /// A task that waits and has no attempt left is over.
    fn put_unless_spent(&mut self, now_ms: u64, list: ListId, id: TaskId, mut task: Task) {
        if task.attempts_left == 0 && task.state == TaskState::Waiting {
            task.state = TaskState::Error;
        }
        self.put(now_ms, list, id, task);
    }

    fn find(&self, list: ListId, key: &TaskKey) -> Result<(TaskId, &Task), ListError> {
        let own = self.lists.get(&list).ok_or(ListError::UnknownList)?;
        let id = match key {
            TaskKey::Id(id) => Some(id),
            TaskKey::Uuid(uuid) => own.uuids.get(uuid),
        };
        let id = *id.ok_or(ListError::UnknownTask)?;
        let task = own.tasks.get(&id).ok_or(ListError::UnknownTask)?;
        Ok((id, task))
    }

    /// `EditCallListTask`
    pub fn edit_task(
        &mut self,
        now_ms: u64,
        list: ListId,
        key: &TaskKey,
        edit: TaskEdit,
    ) -> Result<(), ListError> {
        let (id, task) = self.find(list, key)?;
        if task.is_over() {
            return Err(ListError::Over);
        }
        let mut task = task.clone();
        if let Some(at_ms) = edit.not_before_ms {
            task.not_before_ms = at_ms;
        }
        if let Some(left) = edit.attempts_left {
            task.attempts_left = left.min(ATTEMPTS_MAX.saturating_sub(task.attempts_made));
        }
        if let Some(data) = edit.custom_data {
            let grown = (self.data_bytes + data.len()).saturating_sub(task.custom_data.len());
            if data.len() > CUSTOM_DATA_BYTES_MAX || grown > DATA_BYTES_MAX {
                return field("custom_data", "is too long");
            }
            task.custom_data = data;
        }
        task.hours.daily = edit.daily.or(task.hours.daily);
        if let Some(schedule) = edit.schedule {
            task.hours.schedule = schedule;
        }
        if task.hours.check().is_err() {
            return field("call_schedule", HoursError::Never.to_string());
        }
        self.put_unless_spent(now_ms, list, id, task);
        Ok(())
    }

    /// One task of `EditCallListTasksPriority`.
    pub fn set_priority(
        &mut self,
        now_ms: u64,
        list: ListId,
        key: &TaskKey,
        priority: u32,
    ) -> Result<TaskId, ListError> {
        let (id, task) = self.find(list, key)?;
        if task.is_over() {
            return Err(ListError::Over);
        }
        let mut task = task.clone();
        task.priority = priority;
        self.put(now_ms, list, id, task);
        Ok(id)
    }

    /// One task of `CancelCallListTask`. A session that runs is not cut off.
    pub fn cancel(
        &mut self,
        now_ms: u64,
        list: ListId,
        key: &TaskKey,
    ) -> Result<(TaskId, String), ListError> {
        let (id, task) = self.find(list, key)?;
        let mut task = task.clone();
        let uuid = task.uuid.clone();
        match &mut task.state {
            TaskState::Waiting => task.state = TaskState::Canceled,
            TaskState::InProgress(attempt) => attempt.is_canceled = true,
            TaskState::Processed | TaskState::Error | TaskState::Canceled => {
                return Err(ListError::Over);
            }
        }
        self.put(now_ms, list, id, task);
        Ok((id, uuid))
    }

    /// `CancelCallListBatch`: how many were not over.
    pub fn cancel_batch(
        &mut self,
        now_ms: u64,
        list: ListId,
        batch: &str,
    ) -> Result<usize, ListError> {
        let own = self.lists.get(&list).ok_or(ListError::UnknownList)?;
        let of_batch = own.tasks.iter().filter(|(_, task)| task.batch == batch);
        let tasks: Vec<TaskId> = of_batch.map(|(id, _)| *id).collect();
        if tasks.is_empty() {
            return Err(ListError::UnknownBatch);
        }
        let canceled = tasks
            .into_iter()
            .filter(|id| self.cancel(now_ms, list, &TaskKey::Id(*id)).is_ok());
        Ok(canceled.collect::<Vec<_>>().len())
    }

    /// `StopCallListProcessing`: sessions that run go on, no other starts.
    pub fn stop(&mut self, list: ListId) -> Result<(), ListError> {
        let own = self.lists.get_mut(&list).ok_or(ListError::UnknownList)?;
        own.settings.is_stopped = true;
        self.dirty_lists.insert(list);
        Ok(())
    }

    /// `RecoverCallList`: how many tasks go on.
    pub fn recover(&mut self, list: ListId) -> Result<usize, ListError> {
        let own = self.lists.get_mut(&list).ok_or(ListError::UnknownList)?;
        let was_stopped = std::mem::take(&mut own.settings.is_stopped);
        let restored = own.open - own.running.len();
        self.dirty_lists.insert(list);
        Ok(if was_stopped { restored } else { 0 })
    }

    /// `DeleteCallList`
    pub fn delete(&mut self, list: ListId) -> Result<(), ListError> {
        let own = self.lists.get(&list).ok_or(ListError::UnknownList)?;
        let is_working = own.open > 0 && !own.settings.is_stopped;
        if is_working || !own.running.is_empty() {
            return Err(ListError::InProgress);
        }
        self.remove(list);
        Ok(())
    }

    /// Lists that were over before then go, milliseconds since 1970 UTC.
    pub fn forget(&mut self, before_ms: u64) -> usize {
        let old = self.lists.iter().filter(|(_, list)| {
            let completed_ms = list.settings.completed_ms;
            list.open == 0 && completed_ms.is_some_and(|at_ms| at_ms < before_ms)
        });
        let old: Vec<ListId> = old.map(|(id, _)| *id).collect();
        old.iter().for_each(|id| self.remove(*id));
        old.len()
    }

    fn remove(&mut self, id: ListId) {
        let Some(list) = self.lists.remove(&id) else {
            return;
        };
        self.dirty_lists.insert(id);
        for (task, kept) in list.tasks {
            self.data_bytes -= kept.custom_data.len();
            self.dirty_tasks.insert((id, task));
        }
    }
}
