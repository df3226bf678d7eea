//! What supervisors are pushed: everything at first, then what changes.

use crate::agent_link::Link;
use crate::centre::Centre;
use crate::description::{check_named, description};
use crate::session::{Reporter, SessionHost};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

async fn open(centre: &Centre, token: &str) -> Link {
    let ticket = "/api/v1/supervisor/ticket";
    let (status, answer) = centre
        .with_token(token, Method::POST, ticket, Value::Null)
        .await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let ticket = answer["ticket"].as_str().unwrap();
    let url = centre.url.replace("http://", "ws://");
    Link::connect(&format!("{url}/api/v1/supervisor/link?ticket={ticket}")).await
}

#[tokio::test]
async fn a_supervisor_gets_everything_and_then_only_what_changes() {
    let centre = Centre::start().await;
    let olga = centre.login("olga").await;
    let mut link = open(&centre, &olga).await;
    let first = link.next("overview").await;
    assert_eq!(first["full"], true);
    let names = |frame: &Value| -> Vec<String> {
        let agents = frame["agents"].as_array().unwrap().iter();
        agents
            .map(|agent| agent["user"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names(&first), ["anna", "boris"]);
    assert_eq!(first["agents"][0]["serves"], json!(["support"]));
    assert_eq!(first["queues"][0]["queue"], "support");
    centre.ready("boris").await;
    let next = link
        .find(|frame| frame["agents"][0]["intent"] == "ready")
        .await;
    assert_eq!(
        (
            names(&next),
            &next["full"],
            &next["queues"][0]["agents_free"]
        ),
        (vec!["boris".to_owned()], &json!(false), &json!(1))
    );
    assert!(next["event_id"].as_u64() > first["event_id"].as_u64());
    // A list that is the same is told once.
    assert_eq!(first["callbacks"], json!([]));
    assert!(next.get("callbacks").is_none(), "{next}");
    let store = store::Store::open(&centre.database()).await.unwrap();
    store.set_user_disabled("anna", true).await.unwrap();
    let gone = link.find(|frame| frame["removed"] == json!(["anna"])).await;
    assert_eq!(gone["full"], false);
}

#[tokio::test]
async fn calls_are_pushed_with_whom_they_are_since_when_and_why() {
    let centre = Centre::start().await;
    let description = description(&centre).await;
    let olga = centre.login("olga").await;
    let mut link = open(&centre, &olga).await;
    let first = link.next("overview").await;
    check_named(&description, "Overview", &first);
    assert_eq!(
        (&first["calls"], &first["calls_total"]),
        (&json!([]), &json!(0))
    );
    let host = SessionHost::start().await;
    let call = host.call(&centre, "s1").await;
    let waits = link
        .find(|frame| frame["calls"][0]["state"] == "waiting")
        .await;
    check_named(&description, "Overview", &waits);
    let shown = &waits["calls"][0];
    assert_eq!(
        (&shown["call_id"], &shown["queue"]),
        (&json!(call), &json!("support"))
    );
    assert_eq!(shown["since"], shown["queued_at"]);
    assert!(shown["why"].is_null() && shown["agent"].is_null());
    let anna = centre.ready("anna").await;
    let rung = link
        .find(|frame| frame["calls"][0]["state"] == "offering")
        .await;
    let shown = &rung["calls"][0];
    assert_eq!(shown["agent"], "anna");
    assert!(
        shown["why"].as_str().unwrap().starts_with("idle longest"),
        "{shown}"
    );
    let offer = host.await_command("s1", "connect", 1).await["offer_id"].clone();
    let mut reporter = Reporter::new(&centre, &call);
    for event in [
        json!({"type": "offer_answered", "offer_id": offer}),
        json!({"type": "talk_started", "offer_id": offer}),
    ] {
        reporter.report(event).await;
    }
    let talks = link
        .find(|frame| frame["calls"][0]["state"] == "talking")
        .await;
    assert!(talks["calls"][0]["why"].is_string(), "still known: {talks}");
    // Pushed with the calls, not asked for once a minute.
    let level = &talks["queues"][0]["service_level_today"];
    assert_eq!(level, &json!({"in_time": 1, "of": 1, "within_ms": 20_000}));
    reporter
        .report(
            json!({"type": "talk_ended", "offer_id": offer, "ended_by": "caller", "talk_ms": 1}),
        )
        .await;
    let gone = link
        .find(|frame| frame["calls_gone"] == json!([call]))
        .await;
    assert_eq!(gone["calls_total"], 0);
    centre.await_activity(&anna, "idle").await;
}

#[tokio::test]
async fn reserve_numbers_are_pushed_with_their_use_and_ban() {
    let centre = Centre::start_with_reserve("night", 0).await;
    let description = description(&centre).await;
    let olga = centre.login("olga").await;
    let mut link = open(&centre, &olga).await;
    let first = link.next("overview").await;
    check_named(&description, "Overview", &first);
    assert_eq!(first["reserves"][0]["standing"], "free");
    let host = SessionHost::start().await;
    let call = host.call(&centre, "s1").await;
    let used = link.find(|frame| frame["reserves"][0]["in_use"] == 1).await;
    assert_eq!(used["reserves"][0]["used_hour"], 1);
    let offer = host.await_command("s1", "connect", 1).await["offer_id"].clone();
    Reporter::new(&centre, &call)
        .report(
            json!({"type": "offer_failed", "offer_id": offer, "reason": "no_answer", "rang_ms": 9}),
        )
        .await;
    let banned = link
        .find(|frame| frame["reserves"][0]["standing"] == "banned")
        .await;
    assert!(banned["reserves"][0]["banned_until"].is_string());
    check_named(&description, "Overview", &banned);
    let path = "/api/v1/reserves/night/ban";
    let (status, _) = centre
        .with_token(&olga, Method::DELETE, path, Value::Null)
        .await;
    assert_eq!(status, StatusCode::OK);
    link.find(|frame| frame["reserves"][0]["banned_until"].is_null())
        .await;
}

#[tokio::test]
async fn a_ticket_of_one_role_opens_no_link_of_the_other() {
    let centre = Centre::start().await;
    let (olga, anna) = (centre.login("olga").await, centre.login("anna").await);
    let url = centre.url.replace("http://", "ws://");
    for (token, ticket, link) in [
        (&olga, "supervisor", "agent"),
        (&anna, "agent", "supervisor"),
    ] {
        let path = format!("/api/v1/{ticket}/ticket");
        let (_, answer) = centre
            .with_token(token, Method::POST, &path, Value::Null)
            .await;
        let ticket = answer["ticket"].as_str().unwrap();
        let link = format!("{url}/api/v1/{link}/link?ticket={ticket}");
        match tokio_tungstenite::connect_async(link).await {
            Err(tokio_tungstenite::tungstenite::Error::Http(refused)) => {
                assert_eq!(refused.status().as_u16(), 401);
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_supervisor_without_sockets_polls() {
    let centre = Centre::start().await;
    let olga = centre.login("olga").await;
    let first = centre.get(&olga, "/api/v1/supervisor/state").await;
    assert_eq!(first["full"], true);
    let path = "/api/v1/supervisor/events?hold_ms=5000";
    let known = centre.get(&olga, path).await["last_event_id"].clone();
    let poll = format!("{path}&after={known}");
    let (news, _) = tokio::join!(centre.get(&olga, &poll), centre.ready("anna"));
    assert_eq!(news["events"][0]["agents"][0]["intent"], "ready", "{news}");
}

#[tokio::test]
async fn who_is_a_supervisor_no_more_is_let_go() {
    let centre = Centre::start().await;
    let olga = centre.login("olga").await;
    let mut link = open(&centre, &olga).await;
    link.next("overview").await;
    let store = store::Store::open(&centre.database()).await.unwrap();
    store.set_user_disabled("olga", true).await.unwrap();
    assert_eq!(link.close_code().await, 4_403);
}
