//! The life of tasks, step by step.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use outbound::{
    AttemptOutcome, Contact, Edit, Ending, File, Format, Limits, ListError, ListId, ListKind,
    ListStatus, NewList, NextAttempt, NotStarted, Outbound, Report, Start, Status, TaskEdit,
    TaskId, TaskKey, TaskOrder,
};
use std::collections::BTreeSet;

const LIMITS: Limits = Limits {
    sessions_max: 100,
    starts_per_s: 100,
};
const T: u64 = 1_730_073_600_000;

fn new_list() -> NewList {
    NewList {
        name: "orders".into(),
        rule_id: 7,
        priority: 1,
        max_simultaneous: 2,
        num_attempts: 2,
        interval_s: 60,
        order: TaskOrder::FirstAttempts,
        start_at_ms: 0,
        custom_data: String::new(),
        kind: ListKind::Automatic,
        is_stopped: false,
    }
}

fn file(text: &str) -> File {
    File::read(text.as_bytes(), &Format::default(), T).unwrap()
}

/// One list on a fresh core.
struct World {
    core: Outbound,
    list: ListId,
}

impl World {
    fn new(new: NewList, text: &str) -> Self {
        let mut core = Outbound::new(LIMITS, T, 0, vec![], vec![]);
        let batch = "00000000-0000-4000-8000-000000000000";
        let list = core.create(T, new, batch, file(text)).unwrap();
        Self { core, list }
    }

    /// Starts what is due, on one engine; the attempts.
    fn start(&mut self, at_ms: u64) -> Vec<(ListId, TaskId, u32)> {
        let starts = self.core.start_due(at_ms);
        let keys: Vec<_> = starts.iter().map(key).collect();
        for key in &keys {
            self.core.started(at_ms, *key, "http://e", "run1", 5);
        }
        keys
    }

    fn statuses(&self) -> Vec<Status> {
        let list = self.core.list(self.list).unwrap();
        let is_stopped = list.settings().is_stopped;
        list.tasks()
            .map(|(_, task)| task.status(is_stopped))
            .collect()
    }

    fn result(&self) -> String {
        let list = self.core.list(self.list).unwrap();
        list.tasks().next().unwrap().1.result_data.clone()
    }

    /// As after a restart: what was kept is read again.
    fn restarts(&mut self, at_ms: u64) {
        let changes = self.core.take_changes();
        let lists = changes
            .lists
            .into_iter()
            .map(|(id, list)| (id, list.unwrap()));
        let tasks = changes
            .tasks
            .into_iter()
            .map(|(id, _, task)| (id, task.unwrap()));
        let (lists, tasks) = (lists.collect(), tasks.collect());
        self.core = Outbound::new(LIMITS, at_ms, changes.last_id.unwrap(), lists, tasks);
    }
}

fn key(start: &Start) -> (ListId, TaskId, u32) {
    (start.list, start.task, start.attempt)
}

#[test]
fn a_scenario_is_given_its_row_and_who_it_is() {
    let mut world = World::new(new_list(), "phone;name\n7495;A\n");
    let start = &world.core.start_due(T)[0];
    assert_eq!(start.rule_id, 7);
    let expected = format!(
        r#"{{"phone":"7495","name":"A","list_id":{},"task_id":{}}}"#,
        start.list, start.task
    );
    assert_eq!(start.custom_data, expected);
}

#[test]
fn no_more_than_max_simultaneous_and_the_next_when_one_ends() {
    let mut world = World::new(new_list(), "phone\n1\n2\n3\n");
    let first = world.start(T);
    assert_eq!(first.len(), 2);
    assert!(world.start(T + 1_000).is_empty());
    // A result alone does not end the session.
    world.core.report(T, first[0], Report::Result("yes".into()));
    assert!(world.start(T + 1_000).is_empty());
    assert_eq!(
        world.statuses(),
        [Status::Processed, Status::InProgress, Status::New]
    );
    world.core.ended(T + 1_000, first[0], Ending::Over);
    assert_eq!(world.start(T + 1_000).len(), 1);
}

/// Name, reports, how the session ends, status then, seconds to the next attempt.
type Case = (&'static str, Vec<Report>, Ending, Status, u64);

fn cases() -> Vec<Case> {
    let next = |json: &str| Report::Next(NextAttempt::parse(json, T));
    let (progress, result, error) = (
        Report::Progress("p".into()),
        Report::Result("r".into()),
        Report::Error("e".into()),
    );
    let (good, bad) = (vec![result.clone()], vec![error.clone()]);
    let changed = vec![error.clone(), result.clone()];
    let regretted = vec![result, error];
    let at = vec![next(r#"{"start_at": 1730073605}"#)];
    let no_more = vec![next(r#"{"attempts_left": 0}"#)];
    vec![
        ("nothing", vec![], Ending::Over, Status::Processed, 0),
        ("cut off", vec![], Ending::Lost, Status::InProgress, 60),
        (
            "progress",
            vec![progress],
            Ending::Over,
            Status::Processed,
            0,
        ),
        ("result", good, Ending::Lost, Status::Processed, 0),
        ("error", bad, Ending::Over, Status::InProgress, 60),
        ("error, result", changed, Ending::Over, Status::Processed, 0),
        (
            "result, error",
            regretted,
            Ending::Over,
            Status::Processed,
            0,
        ),
        (
            "next",
            vec![next("{}")],
            Ending::Over,
            Status::InProgress,
            60,
        ),
        ("next at", at, Ending::Over, Status::InProgress, 5),
        ("no more", no_more, Ending::Over, Status::Error, 0),
    ]
}

#[test]
fn what_a_session_reports_decides_how_its_task_goes_on() {
    for (name, reports, ending, status, wait_s) in cases() {
        let mut world = World::new(new_list(), "phone\n1\n");
        let attempt = world.start(T)[0];
        for report in reports {
            world.core.report(T, attempt, report);
        }
        world.core.ended(T, attempt, ending);
        assert_eq!(world.statuses(), [status], "{name}");
        if status == Status::InProgress {
            let due_ms = T + wait_s * 1_000;
            assert_eq!(world.core.next_due_ms(T), Some(due_ms), "{name}");
            assert!(world.start(due_ms - 1).is_empty(), "{name}");
            assert_eq!(world.start(due_ms)[0].2, 2, "{name}");
        } else {
            assert!(world.start(T + 999_999_000).is_empty(), "{name}");
            let list = world.core.list(world.list).unwrap();
            assert_eq!(list.status(T), ListStatus::Completed, "{name}");
        }
    }
}

#[test]
fn attempts_run_out() {
    let mut world = World::new(new_list(), "phone\n1\n");
    for (at_ms, status) in [(T, Status::InProgress), (T + 60_000, Status::Error)] {
        let attempt = world.start(at_ms)[0];
        world
            .core
            .report(at_ms, attempt, Report::Error("busy".into()));
        world.core.ended(at_ms, attempt, Ending::Over);
        assert_eq!(world.statuses(), [status]);
    }
    assert_eq!(world.result(), "busy");
}

#[test]
fn what_is_asked_for_the_next_attempt_holds_for_it() {
    let mut world = World::new(new_list(), "phone\n1\n");
    let attempt = world.start(T)[0];
    let json = r#"{"attempts_left": 4, "custom_data": "{\"phone\":\"2\"}", "error": "no answer",
        "start_execution_time": "02:00:00", "end_execution_time": "03:00:00"}"#;
    world
        .core
        .report(T, attempt, Report::Next(NextAttempt::parse(json, T)));
    world.core.ended(T, attempt, Ending::Over);
    assert_eq!(world.result(), "no answer");
    let two = T + 2 * 3_600_000;
    assert_eq!(world.core.next_due_ms(T), Some(two));
    let start = &world.core.start_due(two)[0];
    assert!(
        start.custom_data.starts_with(r#"{"phone":"2","list_id""#),
        "{start:?}"
    );
    let list = world.core.list(world.list).unwrap();
    assert_eq!(list.tasks().next().unwrap().1.attempts_left, 3);
}

#[test]
fn a_task_is_called_in_its_order() {
    for (order, expected) in [
        (TaskOrder::FirstAttempts, ["3", "2", "1"]),
        (TaskOrder::RepeatedAttempts, ["3", "1", "2"]),
    ] {
        let new = NewList {
            max_simultaneous: 1,
            interval_s: 0,
            order,
            ..new_list()
        };
        let mut world = World::new(new, "phone;task_priority\n1;\n2;\n3;0\n");
        // The first is called and fails, before the others may be.
        let ids: Vec<TaskId> = world
            .core
            .list(world.list)
            .unwrap()
            .tasks()
            .map(|t| t.0)
            .collect();
        for id in &ids[1..] {
            let edit = TaskEdit {
                not_before_ms: Some(T + 1_000),
                ..TaskEdit::default()
            };
            world
                .core
                .edit_task(T, world.list, &TaskKey::Id(*id), edit)
                .unwrap();
        }
        let attempt = world.start(T)[0];
        world.core.report(T, attempt, Report::Error(String::new()));
        world.core.ended(T + 1_000, attempt, Ending::Over);
        let mut called = Vec::new();
        for _ in 0..3 {
            let start = world.core.start_due(T + 1_000).remove(0);
            let data: serde_json::Value = serde_json::from_str(&start.custom_data).unwrap();
            called.push(data["phone"].as_str().unwrap().to_owned());
            world.core.ended(T + 1_000, key(&start), Ending::Over);
        }
        assert_eq!(called, expected);
    }
}

#[test]
fn lists_share_what_there_is_by_priority_and_then_evenly() {
    let mut core = Outbound::new(LIMITS, T, 0, vec![], vec![]);
    let mut lists = Vec::new();
    for priority in [2, 1, 1] {
        let new = NewList {
            priority,
            max_simultaneous: 60,
            ..new_list()
        };
        let rows = format!("phone\n{}", "1\n".repeat(100));
        lists.push(core.create(T, new, "b", file(&rows)).unwrap());
    }
    let starts = core.start_due(T);
    let of = |list| starts.iter().filter(|start| start.list == list).count();
    assert_eq!(
        lists.iter().map(|list| of(*list)).collect::<Vec<_>>(),
        [0, 50, 50]
    );
}

#[test]
fn starts_are_paced_and_bounded_over_all_lists() {
    let limits = Limits {
        sessions_max: 5,
        starts_per_s: 3,
    };
    let mut core = Outbound::new(limits, T, 0, vec![], vec![]);
    let new = NewList {
        max_simultaneous: 50,
        ..new_list()
    };
    core.create(T, new, "b", file(&format!("phone\n{}", "1\n".repeat(9))))
        .unwrap();
    assert_eq!(core.start_due(T).len(), 3);
    assert_eq!(core.next_due_ms(T), Some(T + 1_000));
    assert_eq!(core.start_due(T + 500).len(), 0);
    assert_eq!(core.start_due(T + 1_000).len(), 2);
    assert_eq!(core.start_due(T + 2_000).len(), 0);
}

#[test]
fn a_session_that_was_not_started_costs_no_attempt() {
    let mut world = World::new(new_list(), "phone\n1\n");
    let mut at_ms = T;
    for pause_ms in [1_000, 2_000, 4_000] {
        let start = world.core.start_due(at_ms).remove(0);
        assert_eq!(start.attempt, 1);
        world.core.not_started(at_ms, key(&start), NotStarted::Busy);
        assert_eq!(world.core.next_due_ms(at_ms), Some(at_ms + pause_ms));
        assert_eq!(world.statuses(), [Status::New]);
        at_ms += pause_ms;
    }
    let start = world.core.start_due(at_ms).remove(0);
    world
        .core
        .not_started(at_ms, key(&start), NotStarted::Refused);
    let list = world.core.list(world.list).unwrap();
    assert_eq!(list.status(at_ms), ListStatus::Suspended);
    assert_eq!(world.start(at_ms + 1_000).len(), 1);
}

#[test]
fn after_a_crash_an_attempt_is_called_again_only_when_its_session_is_gone() {
    let cases: [(&str, u64, &str, bool, Status); 4] = [
        (
            "the engine was started anew",
            1_000,
            "run2",
            false,
            Status::InProgress,
        ),
        (
            "the engine has it",
            99_000,
            "run1",
            true,
            Status::InProgress,
        ),
        (
            "the engine has lost it",
            20_000,
            "run1",
            false,
            Status::InProgress,
        ),
        (
            "it is too soon to say",
            1_000,
            "run1",
            false,
            Status::InProgress,
        ),
    ];
    for (name, after_ms, instance, has_it, status) in cases {
        let mut world = World::new(new_list(), "phone\n1\n");
        let attempt = world.start(T)[0];
        world.restarts(T + 500);
        let at_ms = T + after_ms;
        assert!(world.start(at_ms.min(T + 50_000)).is_empty(), "{name}");
        let has = if has_it {
            BTreeSet::from([(attempt.1, 1)])
        } else {
            BTreeSet::new()
        };
        world.core.heard(at_ms, "http://e", instance, &has);
        assert_eq!(world.statuses(), [status], "{name}");
        let is_called = !world
            .start(at_ms + 60_000 - u64::from(has_it) * 60_000)
            .is_empty();
        assert_eq!(
            is_called,
            !has_it && name != "it is too soon to say",
            "{name}"
        );
    }
}

#[test]
fn an_engine_that_is_silent_loses_its_attempts_and_a_late_result_still_counts() {
    let mut world = World::new(new_list(), "phone\n1\n");
    let attempt = world.start(T)[0];
    world.core.heard(
        T + 1_000,
        "http://e",
        "run1",
        &BTreeSet::from([(attempt.1, 1)]),
    );
    assert!(world.start(T + 61_000).is_empty());
    assert_eq!(world.core.running(), 1);
    assert!(world.start(T + 61_001).is_empty());
    assert_eq!(world.core.running(), 0);
    assert_eq!(world.result(), "the session was lost");
    world
        .core
        .report(T + 62_000, attempt, Report::Result("yes".into()));
    assert_eq!(world.statuses(), [Status::Processed]);
    assert!(world.start(T + 200_000).is_empty());
}

#[test]
fn an_unsure_start_waits_until_the_engine_says_what_it_has() {
    for has_it in [true, false] {
        let mut world = World::new(new_list(), "phone\n1\n");
        let start = world.core.start_due(T).remove(0);
        world.core.unsure(T, key(&start), "http://e");
        let has = if has_it {
            BTreeSet::from([(start.task, 1)])
        } else {
            BTreeSet::new()
        };
        world.core.heard(T + 1_000, "http://e", "run1", &has);
        assert_eq!(
            world.core.running(),
            1,
            "what was said may be older than the question"
        );
        world.core.heard(T + 16_000, "http://e", "run1", &has);
        assert_eq!(world.core.running(), usize::from(has_it));
    }
}

#[test]
fn commands_act_on_what_is_not_over() {
    let mut world = World::new(new_list(), "phone;__task_uuid\n1;a\n2;b\n3;c\n");
    let list = world.list;
    let running = world.start(T);
    let b = TaskKey::Id(running[1].1);
    let c = TaskKey::Uuid("c".into());
    world.core.cancel(T, list, &b).unwrap();
    world.core.cancel(T, list, &c).unwrap();
    assert_eq!(world.core.cancel(T, list, &c), Err(ListError::Over));
    assert_eq!(
        world.statuses(),
        [Status::InProgress, Status::InProgress, Status::Canceled]
    );
    world
        .core
        .report(T, running[1], Report::Error(String::new()));
    world.core.ended(T, running[1], Ending::Over);
    assert_eq!(world.statuses()[1], Status::Canceled);
    assert_eq!(world.core.delete(list), Err(ListError::InProgress));
    world.core.stop(list).unwrap();
    assert_eq!(
        world.core.delete(list),
        Err(ListError::InProgress),
        "somebody talks"
    );
    world
        .core
        .report(T, running[0], Report::Error(String::new()));
    world.core.ended(T, running[0], Ending::Over);
    assert_eq!(world.statuses()[0], Status::Canceled, "its list is stopped");
    assert_eq!(
        world.core.list(list).unwrap().status(T),
        ListStatus::Canceled
    );
    assert!(world.start(T + 999_000).is_empty());
    assert_eq!(world.core.recover(list), Ok(1));
    assert_eq!(world.start(T + 999_000).len(), 1);
    let fresh = file("phone;__task_uuid\n9;a\n");
    assert!(
        world.core.append(T, list, "b2", fresh).is_err(),
        "the uuid is taken"
    );
    world
        .core
        .append(T, list, "b2", file("phone;town\n9;Tver\n"))
        .unwrap();
    assert_eq!(
        world.core.cancel_batch(T, list, "b3"),
        Err(ListError::UnknownBatch)
    );
    assert_eq!(world.core.cancel_batch(T, list, "b2"), Ok(1));
    world.core.stop(list).unwrap();
    let attempt = (list, running[0].1, 2);
    world.core.ended(T, attempt, Ending::Over);
    assert_eq!(world.core.delete(list), Ok(()));
    assert_eq!(world.core.stop(list), Err(ListError::UnknownList));
}

#[test]
fn edits_are_checked_and_change_what_is_left() {
    let mut world = World::new(new_list(), "phone\n1\n2\n");
    let list = world.list;
    for (edit, field) in [
        (
            Edit {
                num_attempts: Some(6),
                ..Edit::default()
            },
            "num_attempts",
        ),
        (
            Edit {
                max_simultaneous: Some(0),
                ..Edit::default()
            },
            "max_simultaneous",
        ),
        (
            Edit {
                name: Some("a/b".into()),
                ..Edit::default()
            },
            "name",
        ),
        (
            Edit {
                priority: Some(1 << 40),
                ..Edit::default()
            },
            "priority",
        ),
        (
            Edit {
                interval_s: Some(1 << 40),
                ..Edit::default()
            },
            "interval_seconds",
        ),
    ] {
        let refused = world.core.edit(T, list, edit).unwrap_err().to_string();
        assert!(refused.contains(field), "{refused}");
    }
    let attempt = world.start(T)[0];
    world.core.report(T, attempt, Report::Error(String::new()));
    world.core.ended(T, attempt, Ending::Over);
    let edit = Edit {
        num_attempts: Some(1),
        ..Edit::default()
    };
    world.core.edit(T, list, edit).unwrap();
    assert_eq!(world.statuses(), [Status::Error, Status::InProgress]);
    let key = TaskKey::Id(attempt.1);
    let edit = TaskEdit {
        attempts_left: Some(3),
        ..TaskEdit::default()
    };
    assert_eq!(
        world.core.edit_task(T, list, &key, edit),
        Err(ListError::Over)
    );
}

#[test]
fn a_manual_list_starts_a_task_when_it_is_told() {
    let new = NewList {
        kind: ListKind::Manual,
        max_simultaneous: 1,
        ..new_list()
    };
    let mut world = World::new(new, "phone\n1\n2\n");
    assert!(world.start(T).is_empty());
    let start = world.core.start_next(T, world.list).unwrap();
    assert_eq!(world.core.start_next(T, world.list), Err(ListError::NotNow));
    world.core.ended(T, key(&start), Ending::Over);
    let start = world.core.start_next(T, world.list).unwrap();
    world.core.ended(T, key(&start), Ending::Over);
    assert_eq!(world.core.start_next(T, world.list), Err(ListError::NoTask));
}

#[test]
fn old_lists_are_forgotten_when_they_are_over() {
    let mut world = World::new(new_list(), "phone\n1\n");
    assert_eq!(world.core.forget(T + 1), 0);
    let attempt = world.start(T)[0];
    world.core.ended(T, attempt, Ending::Over);
    assert_eq!((world.core.forget(T), world.core.forget(T + 1)), (0, 1));
    let changes = world.core.take_changes();
    assert_eq!(changes.lists, [(world.list, None)]);
    assert_eq!(changes.tasks, [(attempt.1, world.list, None)]);
}

#[test]
fn an_attempt_that_is_over_is_written_once_with_what_became_of_its_call() {
    let new = NewList {
        max_simultaneous: 3,
        ..new_list()
    };
    let mut world = World::new(new, "name\nAnna\nBoris\nVera\n");
    let started = world.start(T);
    let [anna, boris, vera] = started[..] else {
        panic!("{started:?}");
    };
    let contact = Contact {
        to_number: "79160000001".into(),
        answered_at_ms: Some(T + 3_000),
        ..Contact::default()
    };
    world.core.called(T + 3_000, anna, contact.clone());
    let said = r#"{"right_party":true}"#.to_owned();
    world.core.report(T + 4_000, anna, Report::Progress(said));
    // A restart forgets neither.
    world.restarts(T + 4_500);
    world.core.started(T + 4_600, anna, "http://e", "run1", 5);
    assert_eq!(world.core.take_changes().attempts, [], "it is not over");
    let newer = Contact {
        agent_at_ms: Some(T + 4_800),
        ..contact
    };
    world.core.called(T + 5_000, anna, newer.clone());
    world.core.ended(T + 5_000, anna, Ending::Over);
    world.core.ended(T + 5_000, anna, Ending::Over);
    world.core.called(T + 5_100, anna, Contact::default());
    let failed = r#"{"error":{"right_party":false}}"#;
    let next = NextAttempt::parse(failed, T + 5_000);
    world.core.report(T + 5_000, boris, Report::Next(next));
    world.core.ended(T + 5_200, boris, Ending::Lost);
    world.core.ended(T + 5_300, vera, Ending::Lost);
    let records = world.core.take_changes().attempts;
    let short: Vec<_> = records
        .iter()
        .map(|one| {
            (
                (one.list, one.task, one.attempt),
                one.outcome,
                one.right_party,
            )
        })
        .collect();
    assert_eq!(
        short,
        [
            (anna, AttemptOutcome::Processed, Some(true)),
            (boris, AttemptOutcome::Failed, Some(false)),
            (vera, AttemptOutcome::Lost, None),
        ]
    );
    assert_eq!(records[0].contact, Some(newer));
    assert_eq!(records[2].contact, None);
    assert_eq!(
        (records[0].began_at_ms, records[0].ended_at_ms),
        (T, T + 5_000)
    );
    assert_eq!(records[0].list_name, "orders");
    assert_eq!(world.core.take_changes().attempts, [], "written once");
}
