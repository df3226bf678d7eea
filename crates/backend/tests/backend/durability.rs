//! Kept states, a journal without its beginning, and a backend that stands by.

use crate::centre::{Centre, PATIENCE};
use crate::databases::on_both;
use crate::session::SessionHost;
use reqwest::Method;
use serde_json::json;
use store::{DatabaseKind, Snapshot, SnapshotHead, Store};

/// Opens the database beside a backend that does not run.
async fn open(centre: &Centre) -> Store {
    Store::open(&centre.database()).await.unwrap()
}

/// A centre with a caller and an agent at lunch, stopped in order.
async fn stopped_centre(
    host: &SessionHost,
    database: DatabaseKind,
) -> (Centre, String, serde_json::Value) {
    let mut centre = Centre::start_on(database).await;
    let call = host.call(&centre, "s1").await;
    let anna = centre.login("anna").await;
    let lunch = json!({"intent": "not_ready", "reason": "lunch"});
    centre
        .with_token(&anna, Method::PUT, "/api/v1/agent/intent", lunch)
        .await;
    let before = centre.agent(&anna).await;
    centre.shut_down().await;
    (centre, call, before)
}

/// The centre is as it was, and the call is served.
async fn is_as_before(
    centre: &mut Centre,
    host: &SessionHost,
    call: &str,
    before: &serde_json::Value,
) {
    let anna = centre.login("anna").await;
    assert_eq!(&centre.agent(&anna).await, before);
    assert_eq!(host.call(centre, "s1").await, call);
    centre.ready("anna").await;
    host.await_command("s1", "connect", 1).await;
}

async fn a_start_needs_no_journal_before_the_kept_state(database: DatabaseKind) {
    let host = SessionHost::start().await;
    let (mut centre, call, before) = stopped_centre(&host, database).await;
    let store = open(&centre).await;
    let (_, last) = store.journal_bounds().await.unwrap().unwrap();
    let kept = store.snapshots().await.unwrap();
    assert_eq!(kept[0].seq, last, "the last state is kept at the stop");
    store.remove_journal_to(last).await.unwrap();
    store.close().await;
    centre.launch().await;
    is_as_before(&mut centre, &host, &call, &before).await;
}

async fn a_damaged_state_is_passed_over_for_the_one_before_it_or_the_journal(
    database: DatabaseKind,
) {
    let host = SessionHost::start().await;
    let (mut centre, call, before) = stopped_centre(&host, database).await;
    let store = open(&centre).await;
    let mut head = store.snapshots().await.unwrap().remove(0);
    let damaged = |head: SnapshotHead| Snapshot {
        head,
        state_json: "{\"now\": \"yesterday\"}".into(),
    };
    store.save_snapshot(damaged(head.clone())).await.unwrap();
    store.close().await;
    centre.launch().await;
    let anna = centre.login("anna").await;
    assert_eq!(centre.agent(&anna).await, before, "from the journal");
    centre.shut_down().await;
    // The same with a state of another form, which would say nonsense.
    let store = open(&centre).await;
    let (_, last) = store.journal_bounds().await.unwrap().unwrap();
    head.seq = last;
    head.version += 1;
    store.save_snapshot(damaged(head)).await.unwrap();
    store.close().await;
    centre.launch().await;
    is_as_before(&mut centre, &host, &call, &before).await;
}

async fn another_programs_state_serves_only_when_the_journal_has_no_beginning(
    database: DatabaseKind,
) {
    let host = SessionHost::start().await;
    let (mut centre, call, before) = stopped_centre(&host, database).await;
    let store = open(&centre).await;
    let head = store.snapshots().await.unwrap().remove(0);
    let state_json = store.snapshot_state(head.seq).await.unwrap().unwrap();
    let others = SnapshotHead {
        sources: "another".into(),
        ..head.clone()
    };
    // An empty state of another program: a whole journal goes before it.
    let empty = serde_json::to_string(&acd::Center::new()).unwrap();
    let wrong = Snapshot {
        head: others.clone(),
        state_json: empty,
    };
    store.save_snapshot(wrong).await.unwrap();
    store.close().await;
    centre.launch().await;
    let anna = centre.login("anna").await;
    assert_eq!(centre.agent(&anna).await, before, "from the journal");
    centre.shut_down().await;
    let store = open(&centre).await;
    for head in store.snapshots().await.unwrap() {
        store.remove_snapshot(head.seq).await.unwrap();
    }
    let right = Snapshot {
        head: others,
        state_json,
    };
    let seq = right.head.seq;
    store.save_snapshot(right).await.unwrap();
    store.remove_journal_to(seq).await.unwrap();
    store.close().await;
    centre.launch().await;
    is_as_before(&mut centre, &host, &call, &before).await;
}

#[tokio::test]
async fn a_backend_that_stands_by_takes_over_and_loses_nothing() {
    let mut first = Centre::start_on(DatabaseKind::Postgres).await;
    let host = SessionHost::start().await;
    let call = host.call(&first, "s1").await;
    let anna = first.login("anna").await;
    let lunch = json!({"intent": "not_ready", "reason": "lunch"});
    first
        .with_token(&anna, Method::PUT, "/api/v1/agent/intent", lunch)
        .await;
    let before = first.agent(&anna).await;
    let mut second = first.second().await;
    let ready = |centre: &Centre| centre.client.get(format!("{}/readyz", centre.url)).send();
    assert_eq!(ready(&second).await.unwrap().status(), 503);
    first.kill();
    let began = std::time::Instant::now();
    while ready(&second).await.unwrap().status() != 200 {
        assert!(began.elapsed() < PATIENCE, "nobody took over");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    is_as_before(&mut second, &host, &call, &before).await;
}

#[tokio::test]
async fn a_second_backend_on_the_same_file_is_refused() {
    let centre = Centre::start_on(DatabaseKind::Sqlite).await;
    let store = open(&centre).await;
    let config = backend::BackendConfig::default();
    let refused = backend::Backend::start(config, store).await.err().unwrap();
    assert!(
        refused.to_string().contains("runs on this database"),
        "{refused}"
    );
}

on_both! {
    a_start_needs_no_journal_before_the_kept_state,
    a_damaged_state_is_passed_over_for_the_one_before_it_or_the_journal,
    another_programs_state_serves_only_when_the_journal_has_no_beginning,
}
