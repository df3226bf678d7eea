//! The agent's WebSocket and long poll.

use crate::centre::{Centre, PATIENCE};
use crate::session::{Reporter, SessionHost};
use futures_util::{SinkExt, StreamExt};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

pub struct Link(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Link {
    pub async fn open(centre: &Centre, token: &str, more: &str) -> Self {
        let url = link_url(centre, token, more).await;
        Self(connect_async(url).await.unwrap().0)
    }

    pub async fn send(&mut self, message: Value) {
        self.0
            .send(Message::text(message.to_string()))
            .await
            .unwrap();
    }

    /// The next frame of that type.
    pub async fn next(&mut self, kind: &str) -> Value {
        self.find(|frame| frame["type"] == kind).await
    }

    pub async fn find(&mut self, fits: impl Fn(&Value) -> bool) -> Value {
        let wait = async {
            loop {
                if let Message::Text(text) = self.0.next().await.unwrap().unwrap() {
                    let frame: Value = serde_json::from_str(&text).unwrap();
                    if fits(&frame) {
                        return frame;
                    }
                }
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.unwrap()
    }

    /// Over a URL that has its ticket already.
    pub async fn connect(url: &str) -> Self {
        Self(connect_async(url).await.unwrap().0)
    }

    /// Keeps it open, answering pings, until the task is aborted.
    pub fn stay(mut self) -> tokio::task::JoinHandle<()> {
        tokio::spawn(async move { while let Some(Ok(_)) = self.0.next().await {} })
    }

    pub async fn close_code(&mut self) -> u16 {
        let wait = async {
            loop {
                match self.0.next().await {
                    Some(Ok(Message::Close(Some(frame)))) => return frame.code.into(),
                    Some(Ok(_)) => {}
                    other => panic!("no close frame: {other:?}"),
                }
            }
        };
        tokio::time::timeout(PATIENCE, wait).await.unwrap()
    }
}

async fn link_url(centre: &Centre, token: &str, more: &str) -> String {
    let (status, answer) = centre
        .with_token(token, Method::POST, "/api/v1/agent/ticket", Value::Null)
        .await;
    assert_eq!(
        (status, &answer["expires_in_ms"]),
        (StatusCode::OK, &json!(30_000))
    );
    let ticket = answer["ticket"].as_str().unwrap();
    format!(
        "{}/api/v1/agent/link?ticket={ticket}{more}",
        centre.url.replace("http://", "ws://")
    )
}

#[tokio::test]
async fn the_page_sees_its_call_come_and_go() {
    let centre = Centre::start().await;
    let host = SessionHost::start().await;
    let anna = centre.login("anna").await;
    let mut link = Link::open(&centre, &anna, "").await;
    let state = link.next("state").await;
    assert_eq!(
        (&state["agent"]["intent"], &state["agent"]["call"]),
        (&json!("offline"), &Value::Null)
    );
    assert_eq!(state["queues"][0]["queue"], "support");
    link.send(json!({"type": "intent", "ref": 1, "intent": "ready", "reason": null}))
        .await;
    assert_eq!(link.next("done").await["ref"], 1);
    link.find(|f| f["agent"]["intent"] == "ready" && f["queues"][0]["agents_free"] == 1)
        .await;
    let call = host.call(&centre, "s1").await;
    let state = link.find(|f| f["agent"]["activity"] == "reserved").await;
    assert_eq!(
        (
            &state["agent"]["call"]["call_id"],
            &state["agent"]["call"]["queue"]
        ),
        (&json!(call), &json!("support"))
    );
    Reporter::new(&centre, &call)
        .report(json!({"type": "caller_left", "waited_ms": 5}))
        .await;
    link.find(|f| f["agent"]["call"].is_null() && f["queues"][0]["abandoned_today"] == 1)
        .await;
}

#[tokio::test]
async fn event_ids_grow_and_a_known_state_is_not_sent_again() {
    let centre = Centre::start().await;
    let anna = centre.login("anna").await;
    let mut link = Link::open(&centre, &anna, "").await;
    let mut last = link.next("state").await["event_id"].as_u64().unwrap();
    for (n, intent) in ["ready", "not_ready", "offline"].iter().enumerate() {
        link.send(json!({"type": "intent", "ref": n, "intent": intent}))
            .await;
        let state = link.find(|f| f["agent"]["intent"] == *intent).await;
        let id = state["event_id"].as_u64().unwrap();
        assert!(id > last);
        last = id;
    }
    let last = centre.get(&anna, "/api/v1/agent/state").await["event_id"].clone();
    let mut again = Link::open(&centre, &anna, &format!("&after={last}")).await;
    again.send(json!({"type": "ping"})).await;
    let first = again.find(|_| true).await;
    assert_eq!(first["type"], "pong", "{first}");
}

#[tokio::test]
async fn a_ticket_opens_one_link_only() {
    let centre = Centre::start().await;
    let anna = centre.login("anna").await;
    let url = link_url(&centre, &anna, "").await;
    connect_async(&url).await.unwrap();
    for refused in [
        url,
        format!(
            "{}/api/v1/agent/link",
            centre.url.replace("http://", "ws://")
        ),
    ] {
        match connect_async(&refused).await {
            Err(tungstenite::Error::Http(response)) => assert_eq!(response.status().as_u16(), 401),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn nonsense_is_answered_by_name_and_a_flood_is_cut_off() {
    let centre = Centre::start().await;
    let anna = centre.login("anna").await;
    let mut link = Link::open(&centre, &anna, "").await;
    link.send(json!({"type": "intent", "ref": 7, "intent": "asleep"}))
        .await;
    let error = link.next("error").await;
    assert_eq!(
        (&error["ref"], &error["code"]),
        (&json!(7), &json!("invalid_field"))
    );
    assert_eq!(
        error["message"],
        "intent: expected one of ready, not_ready, offline"
    );
    for _ in 0..30 {
        // The link may be closed before the last is sent.
        let _ = link
            .0
            .send(Message::text(json!({"type": "ping"}).to_string()))
            .await;
    }
    assert_eq!(link.close_code().await, 1008);
}

#[tokio::test]
async fn an_agent_who_is_one_no_more_is_let_go() {
    let centre = Centre::start().await;
    let anna = centre.login("anna").await;
    let mut link = Link::open(&centre, &anna, "").await;
    link.next("state").await;
    let store = store::Store::open(&centre.database()).await.unwrap();
    store.set_user_disabled("anna", true).await.unwrap();
    assert_eq!(link.close_code().await, 4_403);
}

#[tokio::test]
async fn a_stopping_backend_says_so_to_its_links() {
    let mut centre = Centre::start().await;
    let anna = centre.login("anna").await;
    let mut link = Link::open(&centre, &anna, "").await;
    link.next("state").await;
    let (code, ()) = tokio::join!(link.close_code(), centre.shut_down());
    assert_eq!(code, 1012);
}

#[tokio::test]
async fn a_long_poll_waits_for_the_next_state() {
    let centre = Centre::start().await;
    let anna = centre.login("anna").await;
    let first = centre.get(&anna, "/api/v1/agent/events").await;
    assert_eq!(first["events"][0]["type"], "state");
    let path = format!("/api/v1/agent/events?after={}", first["last_event_id"]);
    let (next, _) = tokio::join!(
        centre.get(&anna, &path),
        centre.with_token(
            &anna,
            Method::PUT,
            "/api/v1/agent/intent",
            json!({"intent": "ready"})
        ),
    );
    assert_eq!(next["events"][0]["agent"]["intent"], "ready");
    assert_eq!(next["events"][0]["event_id"], next["last_event_id"]);
}
