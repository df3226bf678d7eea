//! Attempts: when one begins, what is said of it, how it ends.

use crate::contact::{AttemptOutcome, AttemptRecord, Contact};
use crate::id::{ListId, TaskId};
use crate::limits::ATTEMPTS_MAX;
use crate::list::ListKind;
use crate::management::ListError;
use crate::outbound::{Hold, NotStarted, Outbound, Start};
use crate::report::{NextAttempt, Report, kept};
use crate::task::{Attempt, Ending, Place, Task, TaskState, Verdict};
use serde_json::Value;
use std::collections::BTreeSet;

/// An engine that does not know an attempt for that long after it was asked does
/// not have it: what it says may be older than the question.
const SETTLE_MS: u64 = 15_000;
/// An engine that is not heard of for that long is gone, with its sessions.
const SILENT_MS: u64 = 60_000;
/// How often it is looked for such engines while sessions run.
const LOOK_EVERY_MS: u64 = 5_000;
/// Engines that are remembered; the backend knows no more either.
const ENGINES_MAX: usize = 64;
const SECOND_MS: u64 = 1_000;

impl Outbound {
    /// The sessions that are to be started now. Their tasks are in progress from
    /// here on; [`Outbound::started`] or one of its sisters must follow.
    pub fn start_due(&mut self, now_ms: u64) -> Vec<Start> {
        self.give_up_silent(now_ms);
        let mut starts = Vec::new();
        let mut idle: BTreeSet<ListId> = BTreeSet::new();
        while self.may_start(now_ms) {
            // Among lists of one priority the one with the fewest sessions.
            let lists = self.lists.iter().filter(|(id, list)| {
                list.settings.kind == ListKind::Automatic
                    && !idle.contains(id)
                    && list.open > list.running.len()
                    && list.is_free(now_ms)
            });
            let first =
                lists.min_by_key(|(id, list)| (list.settings.priority, list.running.len(), **id));
            let Some(list) = first.map(|(id, _)| *id) else {
                break;
            };
            match self.begin(now_ms, list) {
                Some(start) => starts.push(start),
                None => {
                    idle.insert(list);
                }
            }
        }
        starts
    }

    /// `StartNextCallTask`: the next task of a list, its own limits kept.
    pub fn start_next(&mut self, now_ms: u64, list: ListId) -> Result<Start, ListError> {
        let own = self.lists.get(&list).ok_or(ListError::UnknownList)?;
        if !own.is_free(now_ms) || !self.may_start(now_ms) {
            return Err(ListError::NotNow);
        }
        self.begin(now_ms, list).ok_or(ListError::NoTask)
    }

    /// When [`Outbound::start_due`] has something to do; `None` is not before news.
    pub fn next_due_ms(&self, now_ms: u64) -> Option<u64> {
        let look = (self.running > 0).then_some(now_ms + LOOK_EVERY_MS);
        if self.running >= self.limits.sessions_max {
            return look;
        }
        let lists = self.lists.values().filter(|list| {
            let most = usize::try_from(list.settings.max_simultaneous).unwrap_or(usize::MAX);
            list.settings.kind == ListKind::Automatic && list.running.len() < most
        });
        let due = lists.filter_map(crate::outbound::List::due_ms).min();
        let due = due.filter(|due_ms| *due_ms < u64::MAX).map(|due_ms| {
            let paced = match self.pace {
                (second, count) if count >= self.limits.starts_per_s => (second + 1) * SECOND_MS,
                _ => 0,
            };
            due_ms.max(self.hold.until_ms).max(paced)
        });
        due.into_iter().chain(look).min()
    }

    /// An engine runs the session.
    pub fn started(
        &mut self,
        now_ms: u64,
        (list, task, attempt): (ListId, TaskId, u32),
        engine: &str,
        instance: &str,
        session_id: u64,
    ) {
        self.hold = Hold::default();
        if let Some(own) = self.lists.get_mut(&list) {
            own.hold = Hold::default();
        }
        let place = Place::On {
            engine: engine.to_owned(),
            instance: instance.to_owned(),
            session_id,
        };
        self.set_place(now_ms, (list, task, attempt), place);
    }

    /// An engine was asked and did not answer: the session may run.
    pub fn unsure(&mut self, now_ms: u64, attempt: (ListId, TaskId, u32), engine: &str) {
        let engine = engine.to_owned();
        self.set_place(now_ms, attempt, Place::Unsure { engine });
    }

    /// No session was started: the attempt has not been, and the task waits.
    pub fn not_started(
        &mut self,
        now_ms: u64,
        (list, id, attempt): (ListId, TaskId, u32),
        why: NotStarted,
    ) {
        let Some(mut task) = self.under_way(list, id, attempt).cloned() else {
            return;
        };
        match why {
            NotStarted::Busy => self.hold.grow(now_ms),
            NotStarted::Refused => {
                if let Some(own) = self.lists.get_mut(&list) {
                    own.hold.grow(now_ms);
                }
            }
        }
        let is_canceled = matches!(&task.state, TaskState::InProgress(own) if own.is_canceled);
        task.attempts_made -= 1;
        task.attempts_left += 1;
        task.state = if is_canceled {
            TaskState::Canceled
        } else {
            TaskState::Waiting
        };
        self.put(now_ms, list, id, task);
    }

    /// The scenario of an attempt said something. One that is not under way any
    /// more is read over, but for a result: whoever was reached is not called again.
    pub fn report(
        &mut self,
        now_ms: u64,
        (list, id, attempt): (ListId, TaskId, u32),
        report: Report,
    ) {
        let Some(own) = self.lists.get(&list) else {
            return;
        };
        let interval_ms = own.settings.interval_s * SECOND_MS;
        let Some(mut task) = own.tasks.get(&id).cloned() else {
            return;
        };
        if task.attempts_made != attempt {
            return;
        }
        let verdict = match &mut task.state {
            TaskState::InProgress(under_way) => {
                under_way.right_party = report.right_party().or(under_way.right_party);
                under_way.verdict
            }
            TaskState::Waiting if matches!(report, Report::Result(_)) => {
                task.state = TaskState::Processed;
                None
            }
            TaskState::Waiting | TaskState::Processed | TaskState::Error | TaskState::Canceled => {
                return;
            }
        };
        let said = match report {
            Report::Progress(data) => {
                if verdict.is_none() {
                    task.result_data = kept(data);
                }
                None
            }
            Report::Result(data) => {
                task.result_data = kept(data);
                Some(Verdict::Processed)
            }
            // What succeeded stays so.
            Report::Error(_) | Report::Next(_) if verdict == Some(Verdict::Processed) => None,
            Report::Error(data) => {
                task.result_data = kept(data);
                task.not_before_ms = task.not_before_ms.max(now_ms + interval_ms);
                Some(Verdict::Failed)
            }
            Report::Next(next) => {
                task.not_before_ms = now_ms + interval_ms;
                self.apply(&mut task, next);
                Some(Verdict::Failed)
            }
        };
        if let TaskState::InProgress(under_way) = &mut task.state {
            under_way.verdict = said.or(under_way.verdict);
        }
        self.put(now_ms, list, id, task);
    }

    /// An engine said what has become of the call of an attempt, in place of what it
    /// said before.
    pub fn called(
        &mut self,
        now_ms: u64,
        (list, id, attempt): (ListId, TaskId, u32),
        contact: Contact,
    ) {
        let Some(mut task) = self.under_way(list, id, attempt).cloned() else {
            return;
        };
        if let TaskState::InProgress(under_way) = &mut task.state {
            under_way.contact = Some(Box::new(contact.bounded()));
        }
        self.put(now_ms, list, id, task);
    }

    /// The session of an attempt is over.
    pub fn ended(
        &mut self,
        now_ms: u64,
        (list, id, attempt): (ListId, TaskId, u32),
        ending: Ending,
    ) {
        let Some(mut task) = self.under_way(list, id, attempt).cloned() else {
            return;
        };
        let TaskState::InProgress(under_way) = &task.state else {
            return;
        };
        let verdict = match (under_way.verdict, ending) {
            (Some(verdict), _) => verdict,
            (None, Ending::Over) => Verdict::Processed,
            (None, Ending::Lost) => {
                let interval_s = self
                    .lists
                    .get(&list)
                    .map_or(0, |own| own.settings.interval_s);
                let next_ms = now_ms + interval_s * SECOND_MS;
                task.not_before_ms = task.not_before_ms.max(next_ms);
                if task.result_data.is_empty() {
                    task.result_data = "the session was lost".into();
                }
                Verdict::Failed
            }
        };
        let outcome = match (under_way.verdict, ending, verdict) {
            (None, Ending::Lost, _) => AttemptOutcome::Lost,
            (_, _, Verdict::Processed) => AttemptOutcome::Processed,
            (_, _, Verdict::Failed) => AttemptOutcome::Failed,
        };
        let record = self.record(now_ms, (list, id), under_way, outcome);
        self.over.push(record);
        task.state = match verdict {
            Verdict::Processed => TaskState::Processed,
            Verdict::Failed if under_way.is_canceled => TaskState::Canceled,
            Verdict::Failed if task.attempts_left == 0 => TaskState::Error,
            Verdict::Failed => TaskState::Waiting,
        };
        self.put(now_ms, list, id, task);
    }

    fn record(
        &self,
        now_ms: u64,
        (list, task): (ListId, TaskId),
        under_way: &Attempt,
        outcome: AttemptOutcome,
    ) -> AttemptRecord {
        let name = self.lists.get(&list).map(|own| own.settings.name.clone());
        AttemptRecord {
            list,
            list_name: name.unwrap_or_default(),
            task,
            attempt: under_way.number,
            began_at_ms: under_way.since_ms,
            ended_at_ms: now_ms,
            outcome,
            contact: under_way.contact.as_deref().cloned(),
            right_party: under_way.right_party,
        }
    }

    /// An engine said which attempts it has: under way, or over and not told yet.
    /// What it should have and has not is lost.
    pub fn heard(
        &mut self,
        now_ms: u64,
        engine: &str,
        instance: &str,
        has: &BTreeSet<(TaskId, u32)>,
    ) {
        if self.heard_ms.len() >= ENGINES_MAX && !self.heard_ms.contains_key(engine) {
            let oldest = self.heard_ms.iter().min_by_key(|(_, at_ms)| **at_ms);
            if let Some(oldest) = oldest.map(|(engine, _)| engine.clone()) {
                self.heard_ms.remove(&oldest);
            }
        }
        self.heard_ms.insert(engine.to_owned(), now_ms);
        for (attempt, under_way) in self.all_under_way() {
            let (_, task, number) = attempt;
            let is_there = has.contains(&(task, number));
            let is_settled = now_ms.saturating_sub(under_way.since_ms) >= SETTLE_MS;
            let is_lost = match &under_way.place {
                Place::On {
                    engine: own,
                    instance: run,
                    ..
                } => own == engine && !is_there && (run != instance || is_settled),
                Place::Unsure { engine: own } => own == engine && !is_there && is_settled,
                Place::Asked => false,
            };
            let is_found = is_there && matches!(under_way.place, Place::Unsure { .. });
            if is_lost {
                self.ended(now_ms, attempt, Ending::Lost);
            } else if is_found {
                self.started(now_ms, attempt, engine, instance, 0);
            }
        }
    }

    /// Attempts on engines that are gone are lost.
    fn give_up_silent(&mut self, now_ms: u64) {
        for (attempt, under_way) in self.all_under_way() {
            let engine = match &under_way.place {
                Place::On { engine, .. } | Place::Unsure { engine } => engine.as_str(),
                Place::Asked => "",
            };
            let heard_ms = self.heard_ms.get(engine).copied().unwrap_or(self.read_ms);
            let last_ms = heard_ms.max(under_way.since_ms);
            if now_ms.saturating_sub(last_ms) > SILENT_MS {
                self.ended(now_ms, attempt, Ending::Lost);
            }
        }
    }

    fn all_under_way(&self) -> Vec<((ListId, TaskId, u32), Attempt)> {
        let mut all = Vec::with_capacity(self.running);
        for (list, own) in &self.lists {
            for id in &own.running {
                if let Some(TaskState::InProgress(attempt)) = own.tasks.get(id).map(|t| &t.state) {
                    all.push(((*list, *id, attempt.number), attempt.clone()));
                }
            }
        }
        all
    }

    fn may_start(&self, now_ms: u64) -> bool {
        let (second, count) = self.pace;
        self.running < self.limits.sessions_max
            && self.hold.is_over(now_ms)
            && (second != now_ms / SECOND_MS || count < self.limits.starts_per_s)
    }

    fn begin(&mut self, now_ms: u64, list: ListId) -> Option<Start> {
        let own = self.lists.get_mut(&list)?;
        let id = own.first(now_ms)?;
        let rule_id = own.settings.rule_id;
        let mut task = own.tasks.get(&id)?.clone();
        task.attempts_made += 1;
        task.attempts_left = task.attempts_left.saturating_sub(1);
        task.state = TaskState::InProgress(Attempt {
            number: task.attempts_made,
            since_ms: now_ms,
            place: Place::Asked,
            verdict: None,
            is_canceled: false,
            contact: None,
            right_party: None,
        });
        let start = Start {
            list,
            task: id,
            attempt: task.attempts_made,
            rule_id,
            custom_data: custom_data(&task.custom_data, list, id),
        };
        self.put(now_ms, list, id, task);
        let second = now_ms / SECOND_MS;
        let count = if self.pace.0 == second {
            self.pace.1
        } else {
            0
        };
        self.pace = (second, count + 1);
        Some(start)
    }

    fn under_way(&self, list: ListId, id: TaskId, attempt: u32) -> Option<&Task> {
        let task = self.task(list, id)?;
        match &task.state {
            TaskState::InProgress(own) if own.number == attempt => Some(task),
            TaskState::InProgress(_)
            | TaskState::Waiting
            | TaskState::Processed
            | TaskState::Error
            | TaskState::Canceled => None,
        }
    }

    fn set_place(&mut self, now_ms: u64, attempt: (ListId, TaskId, u32), place: Place) {
        let (list, id, number) = attempt;
        let Some(mut task) = self.under_way(list, id, number).cloned() else {
            return;
        };
        if let TaskState::InProgress(own) = &mut task.state {
            task.last_attempt_ms = own.since_ms;
            own.place = place;
        }
        self.put(now_ms, list, id, task);
    }

    /// What a scenario asked for its next attempt.
    fn apply(&self, task: &mut Task, next: NextAttempt) {
        let NextAttempt {
            not_before_ms,
            attempts_left,
            custom_data,
            daily,
            error,
            right_party: _,
        } = next;
        task.result_data = kept(error);
        if let Some(at_ms) = not_before_ms {
            task.not_before_ms = at_ms;
        }
        if let Some(left) = attempts_left {
            task.attempts_left = left.min(ATTEMPTS_MAX.saturating_sub(task.attempts_made));
        }
        if let Some(data) = custom_data {
            let room = crate::limits::DATA_BYTES_MAX.saturating_sub(self.data_bytes);
            if data.len() <= task.custom_data.len() + room {
                task.custom_data = data;
            }
        }
        if daily.is_some() {
            let mut hours = task.hours.clone();
            hours.daily = daily;
            // Hours that leave no time would be a task that is never over.
            if hours.check().is_ok() {
                task.hours = hours;
            }
        }
    }
}

/// The row with the ids by which its scenario can tell who it is. What is no JSON
/// object goes as it is.
fn custom_data(row: &str, list: ListId, task: TaskId) -> String {
    match serde_json::from_str(row) {
        Ok(Value::Object(mut fields)) => {
            fields.insert("list_id".into(), list.0.into());
            fields.insert("task_id".into(), task.0.into());
            Value::Object(fields).to_string()
        }
        Ok(_) | Err(_) => row.to_owned(),
    }
}
