//! Killing and starting the backend: nothing is lost, nobody served twice.

use crate::centre::Centre;
use crate::databases::on_both;
use crate::session::{Behaviour, Reporter, SessionHost};
use reqwest::Method;
use serde_json::json;
use store::DatabaseKind;

async fn a_kill_loses_no_caller_and_no_intent(database: DatabaseKind) {
    let mut centre = Centre::start_on(database).await;
    let host = SessionHost::start().await;
    let (one, two) = (
        host.call(&centre, "s1").await,
        host.call(&centre, "s2").await,
    );
    let anna = centre.login("anna").await;
    let lunch = json!({"intent": "not_ready", "reason": "lunch"});
    centre
        .with_token(&anna, Method::PUT, "/api/v1/agent/intent", lunch)
        .await;
    let before = centre.agent(&anna).await;
    centre.kill();
    centre.launch().await;
    // The login outlives the restart as well.
    let after = centre.agent(&anna).await;
    assert_eq!(after, before);
    assert_eq!(after["reason"], "lunch");
    let olga = centre.login("olga").await;
    let calls = centre.get(&olga, "/api/v1/calls").await;
    let ids: Vec<_> = calls["calls"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["call_id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, [one, two]);
    host.await_command("s1", "status", 1).await;
    host.await_command("s2", "status", 1).await;
}

async fn each_waiting_caller_is_served_once_after_a_kill(database: DatabaseKind) {
    let mut centre = Centre::start_on(database).await;
    let host = SessionHost::start().await;
    for session in ["s1", "s2", "s3"] {
        host.call(&centre, session).await;
    }
    centre.kill();
    centre.launch().await;
    // The retried POST of a session that saw no answer changes nothing.
    host.call(&centre, "s1").await;
    centre.ready("anna").await;
    centre.ready("boris").await;
    let first = host.await_command("s1", "connect", 1).await;
    let second = host.await_command("s2", "connect", 1).await;
    assert_ne!(first["contact"], second["contact"]);
    // Boris's talk ends; the third gets him, and nobody gets a second offer.
    let call = host.call(&centre, "s2").await;
    let offer = second["offer_id"].clone();
    let mut reporter = Reporter::new(&centre, &call);
    reporter
        .report(json!({"type": "offer_answered", "offer_id": offer}))
        .await;
    reporter
        .report(json!({"type": "talk_started", "offer_id": offer}))
        .await;
    reporter
        .report(
            json!({"type": "talk_ended", "offer_id": offer, "ended_by": "caller", "talk_ms": 5}),
        )
        .await;
    host.await_command("s3", "connect", 1).await;
    for session in ["s1", "s2", "s3"] {
        assert_eq!(host.done(session, "connect").len(), 1, "{session}");
    }
}

async fn a_kill_in_the_middle_of_an_offer_leaves_the_offer_to_its_session(database: DatabaseKind) {
    let mut centre = Centre::start_on(database).await;
    let host = SessionHost::start().await;
    let anna = centre.ready("anna").await;
    let call = host.call(&centre, "s1").await;
    let offer = host.await_command("s1", "connect", 1).await["offer_id"].clone();
    host.doing("s1", json!({"doing": "offering", "offer_id": offer}));
    centre.kill();
    centre.launch().await;
    host.await_command("s1", "status", 1).await;
    let mut reporter = Reporter::new(&centre, &call);
    reporter
        .report(json!({"type": "offer_ringing", "offer_id": offer}))
        .await;
    reporter
        .report(json!({"type": "offer_answered", "offer_id": offer}))
        .await;
    reporter
        .report(json!({"type": "talk_started", "offer_id": offer}))
        .await;
    centre.await_activity(&anna, "talking").await;
    assert_eq!(host.done("s1", "connect").len(), 1);
}

async fn an_offer_that_never_left_is_made_again_after_a_kill(database: DatabaseKind) {
    let mut centre = Centre::start_on(database).await;
    let host = SessionHost::start().await;
    // The session never hears the first connect.
    host.behave(
        "s1",
        Behaviour {
            hangs: 1_000,
            ..Behaviour::default()
        },
    );
    let anna = centre.ready("anna").await;
    host.call(&centre, "s1").await;
    centre.await_activity(&anna, "reserved").await;
    centre.kill();
    host.behave("s1", Behaviour::default());
    centre.launch().await;
    let connect = host.await_command("s1", "connect", 1).await;
    assert_eq!(connect["contact"]["user"], "anna");
    let state = centre.agent(&anna).await;
    assert_eq!(state["marks"]["missed"], 0, "not blamed: {state}");
}

async fn a_cancel_that_never_left_is_sent_after_a_kill(database: DatabaseKind) {
    let mut centre = Centre::start_on(database).await;
    let host = SessionHost::start().await;
    centre.ready("anna").await;
    let call = host.call(&centre, "s1").await;
    let offer = host.await_command("s1", "connect", 1).await["offer_id"].clone();
    host.behave(
        "s1",
        Behaviour {
            hangs: 1_000,
            ..Behaviour::default()
        },
    );
    let mut reporter = Reporter::new(&centre, &call);
    reporter
        .report(json!({"type": "caller_left", "waited_ms": 5}))
        .await;
    centre.kill();
    host.behave("s1", Behaviour::default());
    centre.launch().await;
    let cancel = host.await_command("s1", "cancel_offer", 1).await;
    assert_eq!(cancel["offer_id"], offer);
}

async fn sessions_that_died_while_the_backend_was_away_hold_nobody(database: DatabaseKind) {
    let mut centre = Centre::start_on(database).await;
    let host = SessionHost::start().await;
    let anna = centre.ready("anna").await;
    let call = host.call(&centre, "s1").await;
    let offer = host.await_command("s1", "connect", 1).await["offer_id"].clone();
    let mut reporter = Reporter::new(&centre, &call);
    reporter
        .report(json!({"type": "offer_answered", "offer_id": offer}))
        .await;
    reporter
        .report(json!({"type": "talk_started", "offer_id": offer}))
        .await;
    centre.await_activity(&anna, "talking").await;
    centre.kill();
    host.behave(
        "s1",
        Behaviour {
            gone: true,
            ..Behaviour::default()
        },
    );
    centre.launch().await;
    centre.await_activity(&anna, "idle").await;
}

async fn an_orderly_stop_keeps_everything_too(database: DatabaseKind) {
    let mut centre = Centre::start_on(database).await;
    let host = SessionHost::start().await;
    let call = host.call(&centre, "s1").await;
    centre.shut_down().await;
    centre.launch().await;
    let olga = centre.login("olga").await;
    assert_eq!(
        centre.get(&olga, &format!("/api/v1/calls/{call}")).await["state"],
        "waiting"
    );
}

on_both! {
    a_kill_loses_no_caller_and_no_intent,
    each_waiting_caller_is_served_once_after_a_kill,
    a_kill_in_the_middle_of_an_offer_leaves_the_offer_to_its_session,
    an_offer_that_never_left_is_made_again_after_a_kill,
    a_cancel_that_never_left_is_sent_after_a_kill,
    sessions_that_died_while_the_backend_was_away_hold_nobody,
    an_orderly_stop_keeps_everything_too,
}
