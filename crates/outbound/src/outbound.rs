//! All lists, and an order in which their tasks are found.

use crate::contact::AttemptRecord;
use crate::hours::Hours;
use crate::id::{ListId, TaskId};
use crate::list::{CallList, ListStatus, TaskOrder};
use crate::task::{Place, Task, TaskState};
use std::collections::{BTreeMap, BTreeSet};

/// How much may go on at once, over all lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Sessions of call lists at once.
    pub sessions_max: usize,
    /// Sessions that begin in one second: a trunk refuses a flood.
    pub starts_per_s: u32,
}

/// A session that is to be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// The list.
    pub list: ListId,
    /// The task.
    pub task: TaskId,
    /// Which attempt of it, from 1.
    pub attempt: u32,
    /// By this rule.
    pub rule_id: u64,
    /// What `VoxEngine.customData()` answers: the row with `list_id` and `task_id`.
    pub custom_data: String,
}

/// Why a session was not started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotStarted {
    /// No engine had room or answered: all lists wait a little.
    Busy,
    /// The rule is gone or its scenario broken: its list waits.
    Refused,
}

/// What has to be written down, `None` where something goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The last id that was dealt, if there are new ones.
    pub last_id: Option<u64>,
    /// Lists.
    pub lists: Vec<(ListId, Option<CallList>)>,
    /// Tasks with their list.
    pub tasks: Vec<(TaskId, ListId, Option<Task>)>,
    /// Attempts that are over.
    pub attempts: Vec<AttemptRecord>,
}

impl Changes {
    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.last_id.is_none()
            && self.lists.is_empty()
            && self.tasks.is_empty()
            && self.attempts.is_empty()
    }
}

/// All call lists.
#[derive(Debug)]
pub struct Outbound {
    pub(crate) limits: Limits,
    pub(crate) lists: BTreeMap<ListId, List>,
    pub(crate) last_id: u64,
    /// Custom data of all tasks, bytes.
    pub(crate) data_bytes: usize,
    /// Sessions that run or may run.
    pub(crate) running: usize,
    /// When this state was read: engines are heard of after that only.
    pub(crate) read_ms: u64,
    pub(crate) heard_ms: BTreeMap<String, u64>,
    /// Nothing starts before that.
    pub(crate) hold: Hold,
    /// The second in which sessions began last, and how many.
    pub(crate) pace: (u64, u32),
    pub(crate) dirty_id: bool,
    pub(crate) dirty_lists: BTreeSet<ListId>,
    pub(crate) dirty_tasks: BTreeSet<(ListId, TaskId)>,
    /// Attempts that are over and not written.
    pub(crate) over: Vec<AttemptRecord>,
}

/// A pause that grows while nothing succeeds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Hold {
    pub(crate) until_ms: u64,
    in_a_row: u32,
}

impl Hold {
    /// First and longest pause.
    const PAUSES_MS: (u64, u64) = (1_000, 30_000);

    /// Longer than the last time, unless it is still the same trouble.
    pub(crate) fn grow(&mut self, now_ms: u64) {
        if now_ms < self.until_ms {
            return;
        }
        let (first, most) = Self::PAUSES_MS;
        self.until_ms = now_ms + (first << self.in_a_row.min(10)).min(most);
        self.in_a_row += 1;
    }

    pub(crate) fn is_over(&self, now_ms: u64) -> bool {
        now_ms >= self.until_ms
    }
}

/// One list with its tasks.
#[derive(Debug)]
pub struct List {
    pub(crate) settings: CallList,
    pub(crate) tasks: BTreeMap<TaskId, Task>,
    pub(crate) uuids: BTreeMap<String, TaskId>,
    /// Where each task that waits is found.
    places: BTreeMap<TaskId, Slot>,
    /// By what goes first.
    ready: BTreeSet<Rank>,
    /// By when.
    waiting: BTreeSet<(u64, TaskId)>,
    pub(crate) running: BTreeSet<TaskId>,
    /// Tasks that are not over.
    pub(crate) open: usize,
    pub(crate) hold: Hold,
}

/// Priority, first or repeated, id.
type Rank = (u32, bool, TaskId);

#[derive(Clone, Copy, Debug)]
enum Slot {
    Ready(Rank),
    Waiting(u64),
}

impl List {
    pub(crate) fn new(settings: CallList) -> Self {
        Self {
            settings,
            tasks: BTreeMap::new(),
            uuids: BTreeMap::new(),
            places: BTreeMap::new(),
            ready: BTreeSet::new(),
            waiting: BTreeSet::new(),
            running: BTreeSet::new(),
            open: 0,
            hold: Hold::default(),
        }
    }

    /// What applies to all its tasks.
    pub fn settings(&self) -> &CallList {
        &self.settings
    }

    /// Its tasks in the order of their ids.
    pub fn tasks(&self) -> impl Iterator<Item = (TaskId, &Task)> {
        self.tasks.iter().map(|(id, task)| (*id, task))
    }

    /// How it is doing.
    pub fn status(&self, now_ms: u64) -> ListStatus {
        if self.open == 0 {
            ListStatus::Completed
        } else if self.settings.is_stopped {
            ListStatus::Canceled
        } else if !self.hold.is_over(now_ms) {
            ListStatus::Suspended
        } else {
            ListStatus::InProgress
        }
    }

    /// Puts a task where it is found, in place of what was there.
    pub(crate) fn put(&mut self, id: TaskId, task: Task) {
        self.forget(id);
        match task.state {
            TaskState::Waiting => {
                let due_ms = due_ms(&task.hours, task.not_before_ms);
                self.place(id, Slot::Waiting(due_ms));
                self.open += 1;
            }
            TaskState::InProgress(_) => {
                self.running.insert(id);
                self.open += 1;
            }
            TaskState::Processed | TaskState::Error | TaskState::Canceled => {}
        }
        self.uuids.insert(task.uuid.clone(), id);
        self.tasks.insert(id, task);
    }

    fn forget(&mut self, id: TaskId) {
        let Some(old) = self.tasks.remove(&id) else {
            return;
        };
        if !old.is_over() {
            self.open -= 1;
        }
        self.running.remove(&id);
        self.unplace(id);
    }

    fn place(&mut self, id: TaskId, slot: Slot) {
        match slot {
            Slot::Ready(rank) => self.ready.insert(rank),
            Slot::Waiting(due_ms) => self.waiting.insert((due_ms, id)),
        };
        self.places.insert(id, slot);
    }

    fn unplace(&mut self, id: TaskId) {
        match self.places.remove(&id) {
            Some(Slot::Ready(rank)) => self.ready.remove(&rank),
            Some(Slot::Waiting(due_ms)) => self.waiting.remove(&(due_ms, id)),
            None => false,
        };
    }

    /// The order among tasks has changed.
    pub(crate) fn rank_again(&mut self) {
        for (_, _, id) in std::mem::take(&mut self.ready) {
            self.places.remove(&id);
            self.place(id, Slot::Waiting(0));
        }
    }

    /// Whether it may begin anything now; its own tasks aside.
    pub(crate) fn is_free(&self, now_ms: u64) -> bool {
        let most = usize::try_from(self.settings.max_simultaneous).unwrap_or(usize::MAX);
        !self.settings.is_stopped
            && self.hold.is_over(now_ms)
            && self.settings.start_at_ms <= now_ms
            && self.running.len() < most
    }

    /// The task that goes first now.
    pub(crate) fn first(&mut self, now_ms: u64) -> Option<TaskId> {
        while let Some((due_ms, id)) = self.waiting.first().copied() {
            if due_ms > now_ms {
                break;
            }
            self.unplace(id);
            if let Some(task) = self.tasks.get(&id) {
                let rank = rank(self.settings.order, id, task);
                self.place(id, Slot::Ready(rank));
            }
        }
        while let Some((_, _, id)) = self.ready.first().copied() {
            let task = self.tasks.get(&id)?;
            if task.hours.is_open(now_ms) {
                return Some(id);
            }
            // Its hours ended while it waited for its turn.
            let due_ms = due_ms(&task.hours, now_ms);
            self.unplace(id);
            self.place(id, Slot::Waiting(due_ms));
        }
        None
    }

    /// When something may begin; `None` if nothing will without news.
    pub(crate) fn due_ms(&self) -> Option<u64> {
        if self.settings.is_stopped {
            return None;
        }
        let waiting = self.waiting.first().map(|(due_ms, _)| *due_ms);
        let ready = self.ready.first().map(|_| 0);
        let first = waiting.into_iter().chain(ready).min()?;
        Some(first.max(self.hold.until_ms).max(self.settings.start_at_ms))
    }
}

/// Hours are checked when they are set; should none be open, it is never.
fn due_ms(hours: &Hours, not_before_ms: u64) -> u64 {
    hours.next_open_ms(not_before_ms).unwrap_or(u64::MAX)
}

fn rank(order: TaskOrder, id: TaskId, task: &Task) -> Rank {
    let is_repeated = task.attempts_made > 0;
    let goes_second = match order {
        TaskOrder::FirstAttempts => is_repeated,
        TaskOrder::RepeatedAttempts => !is_repeated,
    };
    (task.priority, goes_second, id)
}

impl Outbound {
    /// From what is kept. Attempts that were under way may still be: engines say
    /// what they have ([`Outbound::heard`]).
    pub fn new(
        limits: Limits,
        now_ms: u64,
        last_id: u64,
        lists: Vec<(ListId, CallList)>,
        tasks: Vec<(TaskId, Task)>,
    ) -> Self {
        let mut all = Self {
            limits,
            lists: BTreeMap::new(),
            last_id,
            data_bytes: 0,
            running: 0,
            read_ms: now_ms,
            heard_ms: BTreeMap::new(),
            hold: Hold::default(),
            pace: (0, 0),
            dirty_id: false,
            dirty_lists: BTreeSet::new(),
            dirty_tasks: BTreeSet::new(),
            over: Vec::new(),
        };
        for (id, settings) in lists {
            all.last_id = all.last_id.max(id.0);
            all.lists.insert(id, List::new(settings));
        }
        for (id, mut task) in tasks {
            all.last_id = all.last_id.max(id.0);
            // Whoever asked an engine is gone, and with it the answer.
            if let TaskState::InProgress(attempt) = &mut task.state
                && attempt.place == Place::Asked
            {
                attempt.place = Place::Unsure {
                    engine: String::new(),
                };
            }
            if let Some(list) = all.lists.get_mut(&task.list) {
                all.data_bytes += task.custom_data.len();
                all.running += usize::from(matches!(task.state, TaskState::InProgress(_)));
                list.put(id, task);
            }
        }
        all
    }

    /// The lists, in the order of their ids.
    pub fn lists(&self) -> impl Iterator<Item = (ListId, &List)> {
        self.lists.iter().map(|(id, list)| (*id, list))
    }

    /// One of them.
    pub fn list(&self, id: ListId) -> Option<&List> {
        self.lists.get(&id)
    }

    /// Sessions that run or may run.
    pub fn running(&self) -> usize {
        self.running
    }

    /// What changed since the last time.
    pub fn take_changes(&mut self) -> Changes {
        let last_id = std::mem::take(&mut self.dirty_id).then_some(self.last_id);
        let lists = std::mem::take(&mut self.dirty_lists).into_iter();
        let settings = |id| self.lists.get(&id).map(|list| list.settings.clone());
        let tasks = std::mem::take(&mut self.dirty_tasks).into_iter();
        let task = |list, id| self.lists.get(&list)?.tasks.get(&id).cloned();
        Changes {
            last_id,
            lists: lists.map(|id| (id, settings(id))).collect(),
            tasks: tasks.map(|(list, id)| (id, list, task(list, id))).collect(),
            attempts: std::mem::take(&mut self.over),
        }
    }

    pub(crate) fn new_id(&mut self) -> u64 {
        self.last_id += 1;
        self.dirty_id = true;
        self.last_id
    }

    /// Puts a task in place of itself, and its list's end where it belongs.
    pub(crate) fn put(&mut self, now_ms: u64, list: ListId, id: TaskId, task: Task) {
        let Some(own) = self.lists.get_mut(&list) else {
            return;
        };
        let before = own.running.len();
        let bytes = own.tasks.get(&id).map_or(0, |old| old.custom_data.len());
        self.data_bytes = self.data_bytes + task.custom_data.len() - bytes;
        own.put(id, task);
        self.running = self.running + own.running.len() - before;
        self.dirty_tasks.insert((list, id));
        let is_over = own.open == 0;
        if is_over != own.settings.completed_ms.is_some() {
            own.settings.completed_ms = is_over.then_some(now_ms);
            self.dirty_lists.insert(list);
        }
    }

    pub(crate) fn task(&self, list: ListId, id: TaskId) -> Option<&Task> {
        self.lists.get(&list)?.tasks.get(&id)
    }
}
