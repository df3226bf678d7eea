//! Call lists on a real SQLite file and a real PostgreSQL server.
#![allow(clippy::unwrap_used)]

mod databases;

use databases::{Database, on_both};
use store::{AttemptRow, CallListRow, Claim, KeptCallLists, Store, StoreError};

fn task(id: u64) -> CallListRow {
    CallListRow::Task {
        id,
        list_id: 1,
        body_json: format!("{{\"n\":{id}}}"),
    }
}

async fn what_is_written_comes_back_and_goes(database: Database) {
    let store = Store::open(&database.url).await.unwrap();
    assert_eq!(store.call_lists().await.unwrap(), KeptCallLists::default());
    let list = CallListRow::List(1, Some("{}".into()));
    let mut rows: Vec<CallListRow> = (2..=701).map(task).collect();
    rows.insert(0, CallListRow::LastId(701));
    rows.push(list);
    store.write_call_lists(rows).await.unwrap();
    let kept = store.call_lists().await.unwrap();
    assert_eq!((kept.last_id, kept.tasks.len()), (701, 700));
    assert_eq!(kept.lists, [(1, "{}".to_owned())]);
    assert_eq!(kept.tasks[699], (701, "{\"n\":701}".to_owned()));

    let changed = CallListRow::Task {
        id: 2,
        list_id: 1,
        body_json: "changed".into(),
    };
    let gone = CallListRow::TaskGone(3);
    let rows = vec![changed, gone, CallListRow::List(1, None)];
    store.write_call_lists(rows).await.unwrap();
    let kept = store.call_lists().await.unwrap();
    assert_eq!(kept.lists, []);
    assert_eq!(kept.tasks[0], (2, "changed".to_owned()));
    assert_eq!((kept.tasks[1].0, kept.tasks.len()), (4, 699));
}

async fn who_has_lost_the_centre_writes_nothing(database: Database) {
    let (one, other) = (
        Store::open(&database.url).await.unwrap(),
        Store::open(&database.url).await.unwrap(),
    );
    assert!(matches!(
        one.claim("one").await.unwrap(),
        Claim::Owned { .. }
    ));
    one.write_call_lists(vec![task(2)]).await.unwrap();
    one.release().await.unwrap();
    assert!(matches!(
        other.claim("other").await.unwrap(),
        Claim::Owned { .. }
    ));
    let refused = one.write_call_lists(vec![task(3)]).await;
    assert!(
        matches!(refused, Err(StoreError::Fenced { .. })),
        "{refused:?}"
    );
    other.write_call_lists(vec![task(4)]).await.unwrap();
    let ids = other.call_lists().await.unwrap().tasks;
    assert_eq!(ids.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [2, 4]);
}

fn attempt(task_id: u64, attempt: u32, began_at_ms: u64) -> AttemptRow {
    AttemptRow {
        task_id,
        attempt,
        began_at_ms,
        body_json: format!("{{\"n\":{attempt}}}"),
    }
}

async fn attempts_come_back_by_their_time_once_and_outlive_their_list(database: Database) {
    let store = Store::open(&database.url).await.unwrap();
    let all = [
        attempt(5, 1, 1_000),
        attempt(5, 2, 2_000),
        attempt(6, 1, 2_000),
        attempt(7, 1, 3_000),
    ];
    let mut rows: Vec<CallListRow> = all
        .iter()
        .rev()
        .cloned()
        .map(CallListRow::Attempt)
        .collect();
    rows.push(CallListRow::List(1, Some("{}".into())));
    store.write_call_lists(rows).await.unwrap();
    let again = AttemptRow {
        body_json: "other".into(),
        ..all[0].clone()
    };
    let rows = vec![CallListRow::Attempt(again), CallListRow::List(1, None)];
    store.write_call_lists(rows).await.unwrap();
    store.close().await;

    let store = Store::open(&database.url).await.unwrap();
    let first = (0, 0, 0);
    let found = store.attempts_between((1_000, 3_000), first, 10).await;
    assert_eq!(found.unwrap(), all[..3]);
    let mut pages = Vec::new();
    let mut after = first;
    loop {
        let page = store.attempts_between((0, 9_000), after, 1).await.unwrap();
        let Some(last) = page.last() else { break };
        after = (last.began_at_ms, last.task_id, last.attempt);
        pages.extend(page);
    }
    assert_eq!(pages, all);
    assert_eq!(store.forget_attempts(2_000).await.unwrap(), 1);
    let left = store.attempts_between((0, 9_000), first, 10).await.unwrap();
    assert_eq!(left, all[1..]);
}

on_both!(
    attempts_come_back_by_their_time_once_and_outlive_their_list,
    what_is_written_comes_back_and_goes,
    who_has_lost_the_centre_writes_nothing,
);
