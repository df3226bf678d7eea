//! What supervisors are pushed: everything at first, then what changes.

use crate::agent_link::Link;
use crate::centre::Centre;
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
    let store = store::Store::open(&centre.file()).await.unwrap();
    store.set_user_disabled("anna", true).await.unwrap();
    let gone = link.find(|frame| frame["removed"] == json!(["anna"])).await;
    assert_eq!(gone["full"], false);
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
    let store = store::Store::open(&centre.file()).await.unwrap();
    store.set_user_disabled("olga", true).await.unwrap();
    assert_eq!(link.close_code().await, 4_403);
}
