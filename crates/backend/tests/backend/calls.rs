//! A call from arrival to its end, and what can go wrong on the way.

use crate::centre::{Centre, support};
use crate::session::{Behaviour, Reporter, SessionHost};
use reqwest::{Method, StatusCode};
use serde_json::json;

#[tokio::test]
async fn a_call_travels_from_queue_to_agent_to_end() {
    let centre = Centre::start().await;
    let host = SessionHost::start().await;
    let anna = centre.ready("anna").await;
    let call = host.call(&centre, "s1").await;
    let connect = host.await_command("s1", "connect", 1).await;
    assert_eq!(connect["contact"], json!({"type": "user", "user": "anna"}));
    assert_eq!(
        (&connect["ring_timeout_ms"], &connect["caller_id"]),
        (&json!(20_000), &json!("+15550100"))
    );
    let offer = connect["offer_id"].clone();
    let mut reporter = Reporter::new(&centre, &call);
    reporter
        .report(json!({"type": "offer_ringing", "offer_id": offer}))
        .await;
    let state = centre.await_activity(&anna, "ringing").await;
    assert_eq!(
        (&state["call"]["call_id"], &state["call"]["offer_id"]),
        (&json!(call), &offer)
    );
    reporter
        .report(json!({"type": "offer_answered", "offer_id": offer}))
        .await;
    reporter
        .report(json!({"type": "talk_started", "offer_id": offer}))
        .await;
    let state = centre.await_activity(&anna, "talking").await;
    assert!(state["call"]["talk_since"].is_string());
    let olga = centre.login("olga").await;
    let seen = centre.get(&olga, &format!("/api/v1/calls/{call}")).await;
    assert_eq!(
        (&seen["state"], &seen["agent"]),
        (&json!("talking"), &json!("anna"))
    );
    reporter
        .report(json!({"type": "talk_ended", "offer_id": offer, "ended_by": "agent", "talk_ms": 1}))
        .await;
    reporter
        .report(json!({"type": "session_ended", "why": "done"}))
        .await;
    let state = centre.await_activity(&anna, "idle").await;
    assert_eq!(
        (&state["marks"]["answered"], &state["marks"]["talk_ms"]),
        (&json!(1), &json!(1))
    );
    let ended = centre.get(&olga, &format!("/api/v1/calls/{call}")).await;
    assert_eq!(
        (&ended["state"], &ended["outcome"]),
        (&json!("ended"), &json!("answered"))
    );
    assert_eq!(
        (&ended["ended_by"], &ended["agent"], &ended["talk_ms"]),
        (&json!("agent"), &json!("anna"), &json!(1))
    );
    let queues = centre.get(&olga, "/api/v1/queues").await;
    assert_eq!(
        (
            &queues["queues"][0]["answered_today"],
            &queues["queues"][0]["waiting"]
        ),
        (&json!(1), &json!(0))
    );
}

#[tokio::test]
async fn the_same_session_twice_is_one_call() {
    let centre = Centre::start().await;
    let host = SessionHost::start().await;
    let (one, again) = (
        host.call(&centre, "s1").await,
        host.call(&centre, "s1").await,
    );
    assert_eq!(one, again);
    let olga = centre.login("olga").await;
    assert_eq!(
        centre.get(&olga, "/api/v1/calls").await["calls"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test]
async fn an_event_sent_twice_counts_once() {
    let centre = Centre::start().await;
    let host = SessionHost::start().await;
    let anna = centre.ready("anna").await;
    let call = host.call(&centre, "s1").await;
    let offer = host.await_command("s1", "connect", 1).await["offer_id"].clone();
    let failed =
        json!({"type": "offer_failed", "offer_id": offer, "reason": "rejected", "rang_ms": 900});
    for _ in 0..2 {
        Reporter::new(&centre, &call).report(failed.clone()).await;
    }
    let state = centre.await_activity(&anna, "idle").await;
    assert_eq!(state["marks"]["rejected"], 1);
    assert!(state["retry_at"].is_string());
}

#[tokio::test]
async fn a_full_queue_and_an_unknown_one_refuse_with_409() {
    let centre = Centre::with_queue(acd::QueueConfig {
        waiting_max: 1,
        ..support()
    })
    .await;
    let host = SessionHost::start().await;
    host.call(&centre, "s1").await;
    let (status, answer) = centre
        .scenario(Method::POST, "/api/v1/calls", host.body("s2"))
        .await;
    assert_eq!(
        (status, &answer["error"]["code"]),
        (StatusCode::CONFLICT, &json!("queue_full"))
    );
    let mut body = host.body("s3");
    body["queue"] = json!("sales");
    let (status, answer) = centre.scenario(Method::POST, "/api/v1/calls", body).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(
        answer["error"],
        json!({"code": "unknown_queue", "message": "queue: no queue `sales`", "field": "queue"})
    );
}

#[tokio::test]
async fn a_session_that_fails_twice_gets_the_same_command_again() {
    let centre = Centre::start().await;
    let host = SessionHost::start().await;
    host.behave(
        "s1",
        Behaviour {
            failures: 2,
            ..Behaviour::default()
        },
    );
    centre.ready("anna").await;
    host.call(&centre, "s1").await;
    let connect = host.await_command("s1", "connect", 1).await;
    let ids: Vec<_> = host
        .posts("s1", "connect")
        .iter()
        .map(|c| c["command_id"].clone())
        .collect();
    assert_eq!(ids, vec![connect["command_id"].clone(); 3]);
}

#[tokio::test]
async fn a_session_that_is_gone_frees_the_agent() {
    let centre = Centre::start().await;
    let host = SessionHost::start().await;
    host.behave(
        "s1",
        Behaviour {
            gone: true,
            ..Behaviour::default()
        },
    );
    let anna = centre.ready("anna").await;
    let call = host.call(&centre, "s1").await;
    let olga = centre.login("olga").await;
    // A second caller gets the agent: the first holds nothing any more.
    host.call(&centre, "s2").await;
    host.await_command("s2", "connect", 1).await;
    assert_eq!(
        centre.get(&olga, &format!("/api/v1/calls/{call}")).await["state"],
        "ended"
    );
    assert_eq!(
        centre.agent(&anna).await["marks"]["missed"],
        0,
        "the agent is not blamed"
    );
}

#[tokio::test]
async fn a_session_that_hangs_is_given_up_and_the_agent_freed() {
    let centre = Centre::start().await;
    let host = SessionHost::start().await;
    host.behave(
        "s1",
        Behaviour {
            hangs: 1_000,
            ..Behaviour::default()
        },
    );
    centre.ready("anna").await;
    host.call(&centre, "s1").await;
    host.call(&centre, "s2").await;
    host.await_command("s2", "connect", 1).await;
    assert_eq!(host.posts("s1", "connect").len(), 3, "attempts are bounded");
}

#[tokio::test]
async fn a_connect_whose_answer_was_lost_still_counts() {
    let centre = Centre::start().await;
    let host = SessionHost::start().await;
    let anna = centre.ready("anna").await;
    // The three attempts hang; the status that follows says that it dials.
    let doing = Some(json!({"doing": "offering", "offer_id": "o1"}));
    host.behave(
        "s1",
        Behaviour {
            hangs: 3,
            doing,
            ..Behaviour::default()
        },
    );
    let call = host.call(&centre, "s1").await;
    host.await_command("s1", "status", 1).await;
    Reporter::new(&centre, &call)
        .report(json!({"type": "offer_ringing", "offer_id": "o1"}))
        .await;
    assert_eq!(
        centre.await_activity(&anna, "ringing").await["call"]["offer_id"],
        "o1"
    );
}

#[tokio::test]
async fn the_caller_leaving_cancels_the_offer_in_order() {
    let centre = Centre::start().await;
    let host = SessionHost::start().await;
    let anna = centre.ready("anna").await;
    let call = host.call(&centre, "s1").await;
    let offer = host.await_command("s1", "connect", 1).await["offer_id"].clone();
    Reporter::new(&centre, &call)
        .report(json!({"type": "caller_left", "waited_ms": 1_000}))
        .await;
    let olga = centre.login("olga").await;
    let ended = centre.get(&olga, &format!("/api/v1/calls/{call}")).await;
    assert_eq!(
        (&ended["outcome"], &ended["agent"]),
        (&json!("abandoned"), &json!(null))
    );
    let cancel = host.await_command("s1", "cancel_offer", 1).await;
    assert_eq!(cancel["offer_id"], offer);
    let state = centre.await_activity(&anna, "idle").await;
    assert_eq!(
        (&state["marks"]["missed"], &state["retry_at"]),
        (&json!(0), &json!(null))
    );
}

#[tokio::test]
async fn a_waiting_caller_is_told_where_it_stands() {
    let centre = Centre::with_queue(acd::QueueConfig {
        announce_every_ms: 200,
        ..support()
    })
    .await;
    let host = SessionHost::start().await;
    host.call(&centre, "s1").await;
    let first = host.await_command("s1", "announce", 1).await;
    let second = host.await_command("s1", "announce", 2).await;
    assert_eq!(
        (&first["position"], &first["estimated_wait_ms"]),
        (&json!(1), &json!(null))
    );
    assert_ne!(first["command_id"], second["command_id"]);
}

#[tokio::test]
async fn an_agent_whose_phone_is_gone_is_offered_nothing() {
    let centre = Centre::start().await;
    let host = SessionHost::start().await;
    let (status, _) = centre.devices(json!({"registered": ["boris"]})).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    let anna = centre.ready("anna").await;
    assert_eq!(centre.agent(&anna).await["phone"], "absent");
    host.call(&centre, "s1").await;
    centre.ready("boris").await;
    let connect = host.await_command("s1", "connect", 1).await;
    assert_eq!(connect["contact"]["user"], "boris");
    // Her phone registers: the next caller is hers.
    centre
        .devices(json!({"registered": ["anna", "boris"]}))
        .await;
    host.call(&centre, "s2").await;
    assert_eq!(
        host.await_command("s2", "connect", 1).await["contact"]["user"],
        "anna"
    );
}

#[tokio::test]
async fn an_engine_that_dies_in_a_talk_frees_the_agent() {
    let mut centre = Centre::start().await;
    centre.restart_probing(200).await;
    let host = SessionHost::start().await;
    let anna = centre.ready("anna").await;
    let call = host.call(&centre, "s1").await;
    let offer = host.await_command("s1", "connect", 1).await["offer_id"].clone();
    let mut reporter = Reporter::new(&centre, &call);
    reporter
        .report(json!({"type": "talk_started", "offer_id": offer}))
        .await;
    centre.await_activity(&anna, "talking").await;
    host.await_command("s1", "status", 2).await;
    assert_eq!(
        centre.agent(&anna).await["activity"],
        "talking",
        "probes of a live session change nothing"
    );
    host.behave(
        "s1",
        Behaviour {
            failures: 1_000,
            ..Behaviour::default()
        },
    );
    centre.await_activity(&anna, "idle").await;
}
