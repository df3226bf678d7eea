//! The store against a real SQLite file and a real PostgreSQL server: every
//! test but those of one kind alone runs on both.
#![allow(clippy::unwrap_used)]

mod databases;

use databases::{Database, on_both};
use store::{
    AccessUrl, JournalEntry, NewToken, NewUser, RecordRow, Role, SessionFilter, SessionRow,
    ShiftChange, ShiftRow, Store, StoreError, TokenKind,
};

async fn open(database: &Database) -> Store {
    Store::open(&database.url).await.unwrap()
}

fn anna() -> NewUser {
    NewUser {
        name: "anna".into(),
        role: Role::Agent,
        display_name: "Anna".into(),
        password_hash: Some("$argon2id$".into()),
        sip_ha1_md5: "m".into(),
        sip_ha1_sha256: "s".into(),
        sip_realm: "cordboard".into(),
        contact_json: None,
    }
}

fn entry(seq: u64) -> JournalEntry {
    JournalEntry {
        seq,
        at_ms: 1_000 + seq,
        version: 1,
        input_json: format!("{{\"n\":{seq}}}"),
        access: None,
    }
}

async fn a_user_comes_back_as_added_and_a_second_of_the_same_name_is_refused(database: Database) {
    let store = open(&database).await;
    store.add_user(anna()).await.unwrap();
    let error = store.add_user(anna()).await.unwrap_err();
    assert_eq!(error.to_string(), "a user named `anna` exists already");
    let user = store.user("anna").await.unwrap().unwrap();
    assert_eq!(
        (user.role, user.disabled, user.contact_json),
        (Role::Agent, false, None)
    );
    assert!(user.created_at_ms > 0);
    assert_eq!(store.users().await.unwrap().len(), 1);
    assert!(store.user("boris").await.unwrap().is_none());
}

async fn another_process_may_add_users_while_the_journal_is_written(database: Database) {
    let (server, command_line) = (open(&database).await, open(&database).await);
    let writing = async {
        for seq in 1..=200 {
            server.append(vec![entry(seq)]).await.unwrap();
        }
    };
    let adding = async {
        for n in 0..20 {
            command_line
                .add_user(NewUser {
                    name: format!("u{n}"),
                    ..anna()
                })
                .await
                .unwrap();
        }
    };
    tokio::join!(writing, adding);
    assert_eq!(server.users().await.unwrap().len(), 20);
    assert_eq!(server.journal_after(0, 1_000).await.unwrap().len(), 200);
}

async fn new_secrets_replace_the_old_and_end_every_sign_in(database: Database) {
    let store = open(&database).await;
    store.add_user(anna()).await.unwrap();
    let token = NewToken {
        token_sha256: "ab".into(),
        user: "anna".into(),
        kind: TokenKind::Page,
        expires_at_ms: 5_000,
    };
    store.add_token(token).await.unwrap();
    let secrets = store::NewSecrets {
        password_hash: "new".into(),
        sip_ha1_md5: "m".into(),
        sip_ha1_sha256: "s".into(),
        sip_realm: "r".into(),
    };
    let set = store.set_user_secrets("anna", secrets.clone()).await;
    assert!(set.unwrap());
    let user = store.user("anna").await.unwrap().unwrap();
    assert_eq!(user.password_hash.as_deref(), Some("new"));
    assert_eq!(user.sip_ha1_md5, "m");
    assert!(store.token_owner("ab", 1_000).await.unwrap().is_none());
    assert!(!store.set_user_secrets("boris", secrets).await.unwrap());
}

async fn a_setting_keeps_its_first_value(database: Database) {
    let store = open(&database).await;
    assert_eq!(store.setting("token").await.unwrap(), None);
    assert_eq!(store.set_setting_once("token", "one").await.unwrap(), "one");
    assert_eq!(store.set_setting_once("token", "two").await.unwrap(), "one");
    assert_eq!(
        store.setting("token").await.unwrap().as_deref(),
        Some("one")
    );
}

async fn a_token_stands_for_its_user_until_it_expires_or_the_user_is_disabled(database: Database) {
    let store = open(&database).await;
    store.add_user(anna()).await.unwrap();
    let token = NewToken {
        token_sha256: "ab".into(),
        user: "anna".into(),
        kind: TokenKind::Login,
        expires_at_ms: 5_000,
    };
    store.add_token(token).await.unwrap();
    let owner = store.token_owner("ab", 4_999).await.unwrap().unwrap();
    assert_eq!(
        (owner.user.as_str(), owner.role, owner.kind),
        ("anna", Role::Agent, TokenKind::Login)
    );
    assert!(
        store.token_owner("ab", 5_000).await.unwrap().is_none(),
        "expired"
    );
    store.set_user_disabled("anna", true).await.unwrap();
    assert!(
        store.token_owner("ab", 4_999).await.unwrap().is_none(),
        "disabled"
    );
    assert_eq!(store.remove_expired_tokens(5_000).await.unwrap(), 1);
}

async fn what_was_acknowledged_is_there_after_reopening(database: Database) {
    let store = open(&database).await;
    let access = AccessUrl {
        session_id: "s1".into(),
        url: "http://127.0.0.1/secret".into(),
    };
    store
        .append(vec![
            JournalEntry {
                access: Some(access.clone()),
                ..entry(1)
            },
            entry(2),
        ])
        .await
        .unwrap();
    // Not closed: as after a kill.
    let again = open(&database).await;
    let rows = again.journal_after(0, 10).await.unwrap();
    assert_eq!(rows.iter().map(|r| r.seq).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(rows[1].input_json, "{\"n\":2}");
    assert_eq!(again.access_urls().await.unwrap(), [access]);
    assert!(!format!("{:?}", again.access_urls().await.unwrap()).contains("secret"));
}

async fn appends_of_many_at_once_are_all_written_in_order(database: Database) {
    let store = open(&database).await;
    let mut waiting = Vec::new();
    for seq in 1..=500 {
        let store = store.clone();
        waiting.push(tokio::spawn(
            async move { store.append(vec![entry(seq)]).await },
        ));
    }
    for one in waiting {
        one.await.unwrap().unwrap();
    }
    let rows = store.journal_after(100, 1_000).await.unwrap();
    assert_eq!(rows.len(), 400);
    assert!(rows.windows(2).all(|pair| pair[0].seq + 1 == pair[1].seq));
}

async fn a_second_backend_on_the_same_journal_is_noticed(database: Database) {
    let (one, two) = (open(&database).await, open(&database).await);
    one.append(vec![entry(1)]).await.unwrap();
    let error = two.append(vec![entry(1)]).await.unwrap_err();
    assert!(matches!(error, StoreError::JournalTaken(1)), "{error}");
    // A batch of which one row is there already leaves nothing, and stops nothing.
    let error = two.append(vec![entry(2), entry(1)]).await.unwrap_err();
    assert!(matches!(error, StoreError::JournalTaken(2)), "{error}");
    assert_eq!(one.journal_after(0, 10).await.unwrap().len(), 1);
    two.append(vec![entry(2)]).await.unwrap();
    assert_eq!(one.journal_after(0, 10).await.unwrap().len(), 2);
}

async fn a_fact_written_twice_is_there_once(database: Database) {
    let store = open(&database).await;
    let row = RecordRow {
        seq: 7,
        ordinal: 0,
        at_ms: 1,
        kind: "call_queued".into(),
        call_id: Some("c1".into()),
        agent: None,
        fact_json: "{}".into(),
    };
    store.record(vec![row.clone(), row.clone()]).await.unwrap();
    store.close().await;
    let again = open(&database).await;
    assert_eq!(again.records_after(0, 10).await.unwrap(), [row]);
    assert_eq!(again.last_recorded_seq().await.unwrap(), 7);
}

async fn a_closed_store_says_so(database: Database) {
    let store = open(&database).await;
    store.close().await;
    assert!(matches!(
        store.append(vec![entry(1)]).await.unwrap_err(),
        StoreError::Closed
    ));
}

#[tokio::test]
async fn a_place_that_cannot_be_opened_is_named() {
    let error = Store::open("/nonexistent/folder/x.db").await.err().unwrap();
    assert!(
        error.to_string().contains("/nonexistent/folder/x.db"),
        "{error}"
    );
}

async fn the_facts_of_one_call_come_in_order(database: Database) {
    let store = open(&database).await;
    let row = |seq, call: &str| RecordRow {
        seq,
        ordinal: 0,
        at_ms: seq,
        kind: "offer_made".into(),
        call_id: Some(call.into()),
        agent: None,
        fact_json: "{}".into(),
    };
    store
        .record(vec![row(3, "c1"), row(1, "c1"), row(2, "c2")])
        .await
        .unwrap();
    store.close().await;
    let again = open(&database).await;
    assert_eq!(
        again.records_of_call("c1", 10).await.unwrap(),
        [row(1, "c1"), row(3, "c1")]
    );
}

/// What reports read: a page of facts from a moment on, and the state of each
/// agent before it.
async fn reports_read_facts_page_by_page_and_the_states_before(database: Database) {
    let store = open(&database).await;
    let fact = |seq: u64, agent: Option<&str>| RecordRow {
        seq,
        ordinal: 0,
        at_ms: seq * 100,
        kind: if agent.is_some() {
            "agent_state"
        } else {
            "call_queued"
        }
        .into(),
        call_id: agent.is_none().then(|| "c1".into()),
        agent: agent.map(Into::into),
        fact_json: format!("{{\"n\":{seq}}}"),
    };
    let facts = vec![
        fact(1, Some("anna")),
        fact(2, Some("boris")),
        fact(3, Some("anna")),
        fact(4, None),
        fact(5, None),
        fact(6, Some("anna")),
        fact(7, None),
    ];
    store.record(facts).await.unwrap();
    store.close().await;
    let store = open(&database).await;
    let seqs = |rows: Vec<RecordRow>| rows.iter().map(|row| row.seq).collect::<Vec<_>>();
    let first = store.records_since(400, (0, 0), 2).await.unwrap();
    assert_eq!(seqs(first), [4, 5]);
    let second = store.records_since(400, (5, 0), 2).await.unwrap();
    assert_eq!(seqs(second), [6, 7]);
    let none = store.records_since(400, (7, 0), 2).await.unwrap();
    assert!(none.is_empty());
    let before = store.last_of_each_agent("agent_state", 400).await.unwrap();
    let mut before: Vec<_> = before
        .iter()
        .map(|row| (row.agent.clone(), row.seq))
        .collect();
    before.sort();
    let expected = [(Some("anna".to_owned()), 3), (Some("boris".to_owned()), 2)];
    assert_eq!(before, expected);
}

fn session(id: u64) -> SessionRow {
    SessionRow {
        session_id: id,
        started_at_ms: id * 1_000,
        duration_ms: id * 10,
        application_id: 1,
        rule_name: "support".into(),
        custom_data: format!("data {id}"),
        remote_numbers: vec![format!("495{id}"), "an_na".into()],
        local_numbers: vec!["100".into()],
        body_json: format!("{id}"),
    }
}

async fn sessions_are_found_by_everything_that_is_asked(database: Database) {
    let store = open(&database).await;
    let rows: Vec<SessionRow> = (1..=9).map(session).collect();
    store.keep_sessions(rows).await.unwrap();
    // A report that was sent twice changes nothing.
    let again = SessionRow {
        body_json: "other".into(),
        ..session(1)
    };
    store.keep_sessions(vec![again]).await.unwrap();
    let all = SessionFilter {
        to_ms: u64::MAX,
        ..SessionFilter::default()
    };
    let found = async |filter: SessionFilter| {
        let page = store.sessions(&filter, false, 0, 100).await.unwrap();
        let count = store.count_sessions(&filter).await.unwrap();
        assert_eq!(page.len() as u64, count);
        page.concat()
    };
    assert_eq!(found(all.clone()).await, "123456789");
    let with = |change: fn(&mut SessionFilter)| {
        let mut filter = all.clone();
        change(&mut filter);
        filter
    };
    type Case = (&'static str, fn(&mut SessionFilter));
    let asked: [Case; 11] = [
        ("345", |f| (f.from_ms, f.to_ms) = (3_000, 6_000)),
        ("29", |f| f.session_ids = vec![2, 9, 77]),
        ("", |f| f.application_id = Some(2)),
        ("", |f| f.rule_name = Some("suppor".into())),
        ("4", |f| f.custom_data = Some("data 4".into())),
        ("23", |f| {
            f.remote_numbers = vec!["4952".into(), "4953".into()]
        }),
        // Whole numbers, and no patterns.
        ("", |f| {
            f.remote_numbers = vec!["495".into(), "anxna".into(), "%".into()]
        }),
        ("123456789", |f| f.remote_numbers = vec!["an_na".into()]),
        ("123456789", |f| f.local_numbers = vec!["100".into()]),
        ("56", |f| {
            (f.min_duration_ms, f.max_duration_ms) = (Some(50), Some(60))
        }),
        ("", |f| f.custom_data = Some("' OR 1=1 --".into())),
    ];
    for (expected, change) in asked {
        assert_eq!(found(with(change)).await, expected, "{:?}", with(change));
    }
    let page = store.sessions(&all, true, 2, 3).await.unwrap();
    assert_eq!(page, ["7", "6", "5"]);
    assert_eq!(store.forget_sessions(4_000).await.unwrap(), 3);
    assert_eq!(found(all.clone()).await, "456789");
    store.close().await;
}

async fn a_stretch_of_the_plan_is_written_anew_as_a_whole(database: Database) {
    let store = open(&database).await;
    let shift = |agent: &str, from: u64, to: u64| ShiftRow {
        agent: agent.into(),
        starts_at_ms: from,
        ends_at_ms: to,
        activity: "work".into(),
        paid: from.is_multiple_of(2),
    };
    let change = |agent: &str, from: u64, to: u64, rows: &[ShiftRow]| ShiftChange {
        agent: agent.into(),
        from_ms: from,
        to_ms: to,
        rows: rows.to_vec(),
    };
    let many: Vec<ShiftRow> = (0..150)
        .map(|n| shift("anna", n * 10, n * 10 + 9))
        .collect();
    let boris = [shift("boris", 0, 1_000)];
    let first = [
        change("anna", 0, 1_500, &many),
        change("boris", 0, 1, &boris),
    ];
    assert_eq!(store.change_shifts(&first).await.unwrap(), 0);
    assert_eq!(store.count_shifts().await.unwrap(), 151);
    let found = async |from, to, agent, after| {
        let found = store.shifts((from, to), agent, after, 3).await.unwrap();
        let name =
            |row: &ShiftRow| format!("{} {}-{}", row.agent, row.starts_at_ms, row.ends_at_ms);
        found.iter().map(name).collect::<Vec<_>>().join(", ")
    };
    // What overlaps, by a millisecond or not.
    assert_eq!(found(19, 21, None, None).await, "boris 0-1000, anna 20-29");
    assert_eq!(found(18, 20, Some("anna"), None).await, "anna 10-19");
    assert_eq!(found(19, 20, Some("anna"), None).await, "");
    let page = "anna 0-9, boris 0-1000, anna 10-19";
    assert_eq!(found(0, 50, None, None).await, page);
    assert_eq!(
        found(0, 50, None, Some((0, "anna"))).await,
        "boris 0-1000, anna 10-19, anna 20-29"
    );
    assert_eq!(found(0, 25, None, Some((10, "anna"))).await, "anna 20-29");
    // A second with the same start: nothing of it is written.
    let bad = [
        change("anna", 0, 1_000, &[]),
        change("boris", 2_000, 3_000, &[shift("boris", 0, 5)]),
    ];
    assert!(store.change_shifts(&bad).await.is_err());
    assert_eq!(store.count_shifts().await.unwrap(), 151);
    let anew = [change("anna", 19, 45, &[shift("anna", 21, 40)])];
    assert_eq!(store.change_shifts(&anew).await.unwrap(), 3);
    let page = "anna 10-19, anna 21-40, anna 50-59";
    assert_eq!(found(10, 60, Some("anna"), None).await, page);
    let row = &store.shifts((21, 22), Some("anna"), None, 1).await.unwrap()[0];
    assert_eq!(row, &shift("anna", 21, 40));
    store.close().await;
}

on_both! {
    a_stretch_of_the_plan_is_written_anew_as_a_whole,
    sessions_are_found_by_everything_that_is_asked,
    a_user_comes_back_as_added_and_a_second_of_the_same_name_is_refused,
    another_process_may_add_users_while_the_journal_is_written,
    new_secrets_replace_the_old_and_end_every_sign_in,
    a_setting_keeps_its_first_value,
    a_token_stands_for_its_user_until_it_expires_or_the_user_is_disabled,
    what_was_acknowledged_is_there_after_reopening,
    appends_of_many_at_once_are_all_written_in_order,
    a_second_backend_on_the_same_journal_is_noticed,
    a_fact_written_twice_is_there_once,
    a_closed_store_says_so,
    the_facts_of_one_call_come_in_order,
    reports_read_facts_page_by_page_and_the_states_before,
}
