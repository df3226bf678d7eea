//! Days of call lists in virtual time, with random files, reports, commands,
//! full engines and crashes. A checker that shares nothing with the core looks at
//! every session that begins; seeded defects show that it would see one.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use outbound::{
    Changes, Edit, Ending, File, Format, Limits, ListId, ListKind, NewList, NextAttempt,
    NotStarted, Outbound, Report, Start, Status, TaskId, TaskKey, TaskOrder,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::{BTreeMap, BTreeSet};

const DAY_MS: u64 = 86_400_000;
const T: u64 = 19_000 * DAY_MS;
const LIMITS: Limits = Limits {
    sessions_max: 7,
    starts_per_s: 4,
};
const ENGINE: &str = "http://e";

/// What goes wrong on purpose, between the core and the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Defect {
    None,
    /// A start is carried out twice.
    StartsTwice,
    /// The core's clock is an hour ahead.
    ClockAhead,
    /// The end of a session is told before it is over.
    EndsEarly,
    /// A crash forgets what was written last.
    LosesWrites,
    /// An attempt that was made is given back.
    GivesBack,
}

/// A live session of the world.
#[derive(Clone, Copy)]
struct Live {
    list: ListId,
    task: TaskId,
    attempt: u32,
    until_ms: u64,
}

/// What the checker knows of a row: from when until when in seconds of the day.
type Daily = Option<(u64, u64)>;

#[derive(Default)]
struct Checker {
    /// By phone: its hours and from when.
    rows: BTreeMap<String, (Daily, u64)>,
    most: BTreeMap<ListId, usize>,
    /// Sessions that began, by task.
    begun: BTreeMap<TaskId, u32>,
    /// What a task may have, where a scenario asked for more.
    allowed: BTreeMap<TaskId, u32>,
    over: BTreeMap<TaskId, Status>,
    wrong: Vec<String>,
}

impl Checker {
    fn begins(&mut self, now_ms: u64, start: &Start, live: &[Live]) {
        let data: serde_json::Value = serde_json::from_str(&start.custom_data).unwrap();
        let phone = data["phone"].as_str().unwrap();
        let (daily, from_ms) = self.rows[phone];
        let at_s = now_ms % DAY_MS / 1_000;
        let is_open = daily.is_none_or(|(start, end)| {
            if start < end {
                (start..end).contains(&at_s)
            } else {
                at_s >= start || at_s < end
            }
        });
        if !is_open || now_ms < from_ms {
            self.wrong.push(format!("{phone} is called at {at_s}"));
        }
        if live.iter().any(|other| other.task == start.task) {
            self.wrong.push(format!("{phone} is called twice at once"));
        }
        let of_list = live.iter().filter(|other| other.list == start.list).count();
        if of_list >= self.most[&start.list] || live.len() >= LIMITS.sessions_max {
            self.wrong
                .push(format!("list {} has too many sessions", start.list));
        }
        let begun = self.begun.entry(start.task).or_default();
        *begun += 1;
        if *begun > self.allowed.get(&start.task).copied().unwrap_or(3) {
            self.wrong.push(format!("{phone} is called {begun} times"));
        }
        if self.over.contains_key(&start.task) {
            self.wrong.push(format!("{phone} is called after the end"));
        }
    }

    /// No task that was over is anything else now.
    fn looks(&mut self, core: &Outbound) {
        for (_, list) in core.lists() {
            for (id, task) in list.tasks().filter(|(_, task)| task.is_over()) {
                let status = task.status(false);
                let before = *self.over.entry(id).or_insert(status);
                // Whoever was thought lost may turn out to have been reached.
                if before != status && status != Status::Processed {
                    self.wrong
                        .push(format!("task {id}: {before:?}, then {status:?}"));
                }
            }
        }
    }
}

/// What survives a crash.
#[derive(Default)]
struct Kept {
    last_id: u64,
    lists: BTreeMap<ListId, outbound::CallList>,
    tasks: BTreeMap<TaskId, outbound::Task>,
}

impl Kept {
    fn write(&mut self, changes: Changes) {
        self.last_id = changes.last_id.unwrap_or(self.last_id);
        // Through JSON, as a database keeps it.
        for (id, list) in changes.lists {
            match list {
                Some(list) => {
                    let json = serde_json::to_string(&list).unwrap();
                    self.lists.insert(id, serde_json::from_str(&json).unwrap());
                }
                None => drop(self.lists.remove(&id)),
            }
        }
        for (id, _, task) in changes.tasks {
            match task {
                Some(task) => {
                    let json = serde_json::to_string(&task).unwrap();
                    self.tasks.insert(id, serde_json::from_str(&json).unwrap());
                }
                None => drop(self.tasks.remove(&id)),
            }
        }
    }
}

struct World {
    rng: ChaCha8Rng,
    defect: Defect,
    now_ms: u64,
    core: Outbound,
    kept: Kept,
    live: Vec<Live>,
    /// Sessions that are over and not told yet.
    untold: Vec<(Live, Ending)>,
    run: u32,
    heard_ms: u64,
    check: Checker,
}

impl World {
    fn new(seed: u64, defect: Defect) -> Self {
        Self {
            rng: ChaCha8Rng::seed_from_u64(seed),
            defect,
            now_ms: T,
            core: Outbound::new(LIMITS, T, 0, vec![], vec![]),
            kept: Kept::default(),
            live: Vec::new(),
            untold: Vec::new(),
            run: 0,
            heard_ms: T,
            check: Checker::default(),
        }
    }

    fn core_ms(&self) -> u64 {
        self.now_ms + u64::from(self.defect == Defect::ClockAhead) * 3_600_000
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.rng.random_range(0..100) < percent
    }

    fn save(&mut self) {
        let changes = self.core.take_changes();
        self.kept.write(changes);
    }

    fn file(&mut self) -> File {
        let mut text =
            "phone;task_priority;__start_at;__start_execution_time;__end_execution_time\n"
                .to_owned();
        for _ in 0..self.rng.random_range(1..20) {
            let phone = format!("{}", self.rng.random::<u32>());
            let from_ms = if self.chance(30) {
                self.now_ms + 1_000 * self.rng.random_range(0..20_000)
            } else {
                0
            };
            let hour = self.rng.random_range(0..24_u64);
            let end = (hour + self.rng.random_range(1..12)) % 24;
            let daily = self.chance(50).then_some((hour * 3_600, end * 3_600));
            let hours = match daily {
                Some(_) => format!("{hour:02}:00:00;{end:02}:00:00"),
                None => ";".into(),
            };
            let from_s = from_ms / 1_000;
            let start_at = if from_s == 0 {
                String::new()
            } else {
                from_s.to_string()
            };
            let priority = self.rng.random_range(0..3);
            text += &format!("{phone};{priority};{start_at};{hours}\n");
            self.check.rows.insert(phone, (daily, from_s * 1_000));
        }
        File::read(text.as_bytes(), &Format::default(), self.now_ms).unwrap()
    }

    fn creates(&mut self) {
        let file = self.file();
        let new = NewList {
            name: "days".into(),
            rule_id: 1,
            priority: self.rng.random_range(0..3),
            max_simultaneous: self.rng.random_range(1..5),
            num_attempts: self.rng.random_range(1..=3),
            interval_s: self.rng.random_range(0..600),
            order: [TaskOrder::FirstAttempts, TaskOrder::RepeatedAttempts]
                [self.rng.random_range(0..2)],
            start_at_ms: 0,
            custom_data: String::new(),
            kind: ListKind::Automatic,
            is_stopped: false,
        };
        let most = new.max_simultaneous as usize;
        let (at_ms, batch) = (self.core_ms(), self.rng.random::<u64>().to_string());
        let list = self.core.create(at_ms, new, &batch, file).unwrap();
        self.check.most.insert(list, most);
    }

    fn commands(&mut self) {
        let lists: Vec<ListId> = self.core.lists().map(|(id, _)| id).collect();
        if lists.is_empty() {
            return;
        }
        let list = lists[self.rng.random_range(0..lists.len())];
        let at_ms = self.core_ms();
        match self.rng.random_range(0..6) {
            0 => {
                let file = self.file();
                let batch = self.rng.random::<u64>().to_string();
                self.core.append(at_ms, list, &batch, file).unwrap();
            }
            1 => self.core.stop(list).unwrap(),
            2 | 3 => drop(self.core.recover(list).unwrap()),
            4 => {
                let most = self.rng.random_range(1..5);
                let edit = Edit {
                    max_simultaneous: Some(most),
                    num_attempts: Some(self.rng.random_range(1..=3)),
                    ..Edit::default()
                };
                self.core.edit(at_ms, list, edit).unwrap();
                self.check.most.insert(list, most as usize);
            }
            _ => {
                let tasks: Vec<TaskId> = self
                    .core
                    .list(list)
                    .unwrap()
                    .tasks()
                    .map(|(id, _)| id)
                    .collect();
                let task = tasks[self.rng.random_range(0..tasks.len())];
                let _ = self.core.cancel(at_ms, list, &TaskKey::Id(task));
            }
        }
    }

    fn begins(&mut self, start: &Start) {
        let key = (start.list, start.task, start.attempt);
        let at_ms = self.core_ms();
        match self.rng.random_range(0..20) {
            0 => return self.core.not_started(at_ms, key, NotStarted::Busy),
            1 => return self.core.not_started(at_ms, key, NotStarted::Refused),
            2 => {
                self.core.unsure(at_ms, key, ENGINE);
                if self.chance(50) {
                    return; // It did not run after all.
                }
            }
            _ => self
                .core
                .started(at_ms, key, ENGINE, &format!("run{}", self.run), 1),
        }
        self.check.begins(self.now_ms, start, &self.live);
        self.live.push(Live {
            list: start.list,
            task: start.task,
            attempt: start.attempt,
            until_ms: self.now_ms + 1_000 * self.rng.random_range(1..200),
        });
        if self.defect == Defect::GivesBack && self.chance(30) {
            self.live.pop();
            self.core.not_started(at_ms, key, NotStarted::Busy);
        }
    }

    fn reports(&mut self, session: Live) {
        let key = (session.list, session.task, session.attempt);
        let report = match self.rng.random_range(0..8) {
            0 | 1 => Report::Result("r".into()),
            2..=4 => Report::Error("e".into()),
            5 => Report::Progress("p".into()),
            6 => {
                // So many more attempts, past those that were made.
                let left = self.rng.random_range(0..4_u32);
                let begun = self.check.begun[&session.task];
                let allowed = self.check.allowed.entry(session.task).or_insert(3);
                *allowed = (*allowed).max(begun + left);
                let json = format!(r#"{{"attempts_left": {left}}}"#);
                Report::Next(NextAttempt::parse(&json, self.now_ms))
            }
            _ => return,
        };
        self.core.report(self.core_ms(), key, report);
    }

    fn sessions_go_on(&mut self) {
        let (over, live): (Vec<Live>, Vec<Live>) = self
            .live
            .iter()
            .partition(|one| one.until_ms <= self.now_ms);
        self.live = live;
        for session in over {
            self.reports(session);
            self.untold.push((session, Ending::Over));
        }
        if self.chance(70) {
            for (one, ending) in std::mem::take(&mut self.untold) {
                let key = (one.list, one.task, one.attempt);
                self.core.ended(self.core_ms(), key, ending);
            }
        }
        if self.defect == Defect::EndsEarly
            && self.chance(5)
            && let Some(one) = self.live.first()
        {
            let key = (one.list, one.task, one.attempt);
            self.core.ended(self.core_ms(), key, Ending::Lost);
        }
    }

    /// The backend dies, and sometimes the engine with it.
    fn crashes(&mut self) {
        if self.chance(50) {
            self.live.clear();
            self.untold.clear();
            self.run += 1;
        }
        let lists = self.kept.lists.clone().into_iter().collect();
        let tasks = self.kept.tasks.clone().into_iter().collect();
        self.core = Outbound::new(LIMITS, self.core_ms(), self.kept.last_id, lists, tasks);
    }

    fn steps(&mut self, is_over: bool) {
        self.now_ms += 1_000 * self.rng.random_range(1..25);
        if !is_over {
            if self.chance(1) {
                self.creates();
            }
            if self.chance(2) {
                self.commands();
            }
            if self.chance(1) {
                if self.defect != Defect::LosesWrites {
                    self.save();
                }
                self.crashes();
            }
        }
        self.sessions_go_on();
        // A live engine speaks at least twice a minute.
        if self.chance(30) || self.now_ms - self.heard_ms > 30_000 {
            self.heard_ms = self.now_ms;
            let untold = self.untold.iter().map(|(one, _)| one);
            let has = self
                .live
                .iter()
                .chain(untold)
                .map(|one| (one.task, one.attempt));
            let has: BTreeSet<(TaskId, u32)> = has.collect();
            let instance = format!("run{}", self.run);
            self.core.heard(self.core_ms(), ENGINE, &instance, &has);
        }
        let starts = self.core.start_due(self.core_ms());
        // Before anything is started; a crash may come right after.
        if self.defect != Defect::LosesWrites || self.chance(20) {
            self.save();
        }
        for start in &starts {
            self.begins(start);
            if self.defect == Defect::StartsTwice {
                self.begins(start);
            }
        }
        if self.defect != Defect::LosesWrites {
            self.save();
        }
        self.check.looks(&self.core);
    }

    /// Runs until nothing is left to do; what was wrong.
    fn runs(mut self) -> Vec<String> {
        self.creates();
        for _ in 0..3_000 {
            self.steps(false);
        }
        let lists: Vec<ListId> = self.core.lists().map(|(id, _)| id).collect();
        for list in lists {
            self.core.recover(list).unwrap();
        }
        for _ in 0..200_000 {
            self.steps(true);
            if self
                .core
                .lists()
                .all(|(_, list)| list.tasks().all(|(_, task)| task.is_over()))
            {
                break;
            }
        }
        let tasks = self.core.lists().flat_map(|(_, list)| list.tasks());
        let open = tasks.filter(|(_, task)| !task.is_over()).count();
        if open > 0 {
            self.check
                .wrong
                .push(format!("{open} tasks are never over"));
        }
        if self.core.running() != 0 {
            self.check.wrong.push("places are taken for ever".into());
        }
        self.save();
        for (_, list) in self.core.lists() {
            for (id, task) in list.tasks() {
                if self.kept.tasks.get(&id) != Some(task) {
                    self.check
                        .wrong
                        .push(format!("task {id} is kept otherwise"));
                }
            }
        }
        self.check.wrong
    }
}

/// Runs of the test, each of some days; `OUTBOUND_SIM_RUNS` for more.
fn runs() -> u64 {
    let asked = std::env::var("OUTBOUND_SIM_RUNS").ok();
    asked.and_then(|text| text.parse().ok()).unwrap_or(10)
}

#[test]
fn nobody_is_called_too_often_too_many_at_once_or_outside_the_hours() {
    for seed in 0..runs() {
        let wrong = World::new(seed, Defect::None).runs();
        assert!(wrong.is_empty(), "seed {seed}: {wrong:#?}");
    }
}

#[test]
fn seeded_defects_are_seen() {
    for (defect, sign) in [
        (Defect::StartsTwice, "twice at once"),
        (Defect::ClockAhead, "is called at"),
        (Defect::EndsEarly, "twice at once"),
        (Defect::LosesWrites, "twice at once"),
        (Defect::GivesBack, "times"),
    ] {
        let seen = (0..10).any(|seed| {
            let wrong = World::new(seed, defect).runs();
            wrong.iter().any(|words| words.contains(sign))
        });
        assert!(seen, "{defect:?} is not seen");
    }
}
