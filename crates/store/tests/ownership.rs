//! One backend owns a centre, and who lost it cannot write any more.
#![allow(clippy::unwrap_used)]

mod databases;

use databases::{Database, on_both};
use sqlx::AnyConnection;
use sqlx::{Connection as _, Executor as _};
use std::time::Duration;
use store::{Claim, JournalEntry, RecordRow, Snapshot, SnapshotHead, Store, StoreError};

fn entry(seq: u64) -> JournalEntry {
    JournalEntry {
        seq,
        at_ms: seq,
        version: 1,
        input_json: "{}".into(),
        access: None,
    }
}

fn fact(seq: u64) -> RecordRow {
    RecordRow {
        seq,
        ordinal: 0,
        at_ms: seq,
        kind: "k".into(),
        call_id: None,
        agent: None,
        fact_json: "{}".into(),
    }
}

fn snapshot(seq: u64) -> Snapshot {
    Snapshot {
        head: SnapshotHead {
            seq,
            at_ms: seq * 10,
            version: 1,
            sources: "s".into(),
        },
        state_json: format!("\"{seq}\""),
    }
}

async fn open(database: &Database) -> Store {
    Store::open(&database.url).await.unwrap()
}

fn held_by(name: &str) -> Claim {
    Claim::Held {
        holder: name.into(),
    }
}

async fn a_centre_has_one_owner_until_it_is_given_up(database: Database) {
    let (one, two) = (open(&database).await, open(&database).await);
    assert_eq!(one.claim("one").await.unwrap(), Claim::Owned { epoch: 1 });
    assert_eq!(two.claim("two").await.unwrap(), held_by("one"));
    one.append(vec![entry(1)]).await.unwrap();
    one.release().await.unwrap();
    let refused = one.append(vec![entry(2)]).await.unwrap_err();
    assert!(matches!(refused, StoreError::Fenced { epoch: 1 }));
    assert!(matches!(
        two.claim("two").await.unwrap(),
        Claim::Owned { .. }
    ));
    two.append(vec![entry(2)]).await.unwrap();
}

async fn the_centre_of_a_dead_owner_is_taken_at_once(database: Database) {
    let (one, two) = (open(&database).await, open(&database).await);
    one.claim("one").await.unwrap();
    assert_eq!(two.claim("two").await.unwrap(), held_by("one"));
    // As a kill does: connections and files close, nothing is said.
    one.close().await;
    drop(one);
    // A server learns a moment later that a connection is closed; a lease is longer.
    let mut taken = two.claim("two").await.unwrap();
    for _ in 0..20 {
        if taken != held_by("one") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        taken = two.claim("two").await.unwrap();
    }
    assert_eq!(taken, Claim::Owned { epoch: 2 });
}

async fn states_are_kept_in_order_and_the_journal_before_them_can_go(database: Database) {
    let store = open(&database).await;
    store.claim("one").await.unwrap();
    let entries: Vec<_> = (1..=5_000).map(entry).collect();
    store.append(entries).await.unwrap();
    store.record(vec![fact(1_000)]).await.unwrap();
    store.save_snapshot(snapshot(1_000)).await.unwrap();
    assert_eq!(store.last_recorded_seq().await.unwrap(), 1_000);
    store.save_snapshot(snapshot(4_500)).await.unwrap();
    let seqs = |heads: Vec<SnapshotHead>| heads.iter().map(|h| h.seq).collect::<Vec<_>>();
    assert_eq!(seqs(store.snapshots().await.unwrap()), [4_500, 1_000]);
    let state = store.snapshot_state(4_500).await.unwrap();
    assert_eq!(state.as_deref(), Some("\"4500\""));
    assert_eq!(store.remove_journal_to(4_500).await.unwrap(), 4_500);
    let bounds = store.journal_bounds().await.unwrap();
    assert_eq!(bounds, Some((4_501, 5_000)));
    store.remove_snapshot(1_000).await.unwrap();
    assert_eq!(seqs(store.snapshots().await.unwrap()), [4_500]);
}

on_both! {
    a_centre_has_one_owner_until_it_is_given_up,
    the_centre_of_a_dead_owner_is_taken_at_once,
    states_are_kept_in_order_and_the_journal_before_them_can_go,
}

/// Runs one statement beside the stores.
async fn run(database: &Database, sql: &'static str) {
    let mut connection = AnyConnection::connect(&database.url).await.unwrap();
    connection.execute(sql).await.unwrap();
}

#[tokio::test]
async fn an_owner_who_stood_still_too_long_cannot_write_any_more() {
    let database = Database::postgres();
    let (one, two) = (open(&database).await, open(&database).await);
    one.claim("one").await.unwrap();
    one.append(vec![entry(1)]).await.unwrap();
    // Its lease runs out while its session lives.
    let mut taken = held_by("one");
    while taken == held_by("one") {
        run(&database, "UPDATE centre_lease SET expires_at = 0").await;
        taken = two.claim("two").await.unwrap();
    }
    assert_eq!(taken, Claim::Owned { epoch: 2 });
    one.record(vec![fact(1)]).await.unwrap();
    let refused = one.append(vec![entry(2)]).await.unwrap_err();
    assert!(
        matches!(refused, StoreError::Fenced { epoch: 1 }),
        "{refused}"
    );
    let noticed = tokio::time::timeout(Duration::from_secs(5), one.ownership_lost());
    noticed.await.unwrap();
    two.append(vec![entry(2)]).await.unwrap();
    assert_eq!(two.last_recorded_seq().await.unwrap(), 0, "a late fact");
    // The session lock of the first epoch is no way back in.
    assert_eq!(one.claim("one").await.unwrap(), held_by("two"));
}

#[tokio::test]
async fn an_idle_owner_learns_that_it_lost_the_centre() {
    let database = Database::postgres();
    let one = open(&database).await;
    one.claim("one").await.unwrap();
    run(&database, "UPDATE centre_lease SET epoch = epoch + 1").await;
    let noticed = tokio::time::timeout(Duration::from_secs(20), one.ownership_lost());
    noticed.await.unwrap();
}

#[tokio::test]
async fn a_lost_connection_loses_neither_the_centre_nor_an_input() {
    let database = Database::postgres();
    let (one, two) = (open(&database).await, open(&database).await);
    one.claim("one").await.unwrap();
    one.append(vec![entry(1)]).await.unwrap();
    run(
        &database,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    .await;
    one.append(vec![entry(2)]).await.unwrap();
    assert_eq!(two.claim("two").await.unwrap(), held_by("one"));
    assert_eq!(two.journal_after(0, 10).await.unwrap().len(), 2);
}
