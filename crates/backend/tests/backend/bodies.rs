//! Bodies that are not as they must be.

use crate::centre::{Centre, ENGINE_TOKEN, SCENARIO_TOKEN, answer};
use crate::session::SessionHost;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

#[tokio::test]
async fn a_malformed_body_is_refused_by_the_name_of_its_field() {
    let centre = Centre::start().await;
    let host = SessionHost::start().await;
    let events = format!("/api/v1/calls/{}/events", host.call(&centre, "s1").await);
    let talk = r#"{"seq":1,"at":"2026-11-22T08:30:00Z","type":"talk_ended","offer_id":"o1","ended_by":"agent","talk_ms":"61"}"#;
    let table = [
        (Method::POST, "/api/v1/calls", "{}", 422, "access_url"),
        (Method::POST, "/api/v1/calls", "[]", 422, "body"),
        (
            Method::POST,
            "/api/v1/calls",
            "{\"session_id\"",
            400,
            "body",
        ),
        (Method::POST, "/api/v1/calls", "", 400, "body"),
        (Method::POST, "/api/v1/calls", "\u{0}", 400, "body"),
        (Method::POST, &events, talk, 422, "talk_ms"),
        (Method::POST, &events, "{\"seq\":-1}", 422, "seq"),
        (Method::POST, &events, "{\"seq\":1e400}", 400, "body"),
        (Method::POST, &events, "{\"seq\":1,\"at\":1}", 422, "at"),
        (
            Method::PUT,
            "/api/v1/devices",
            "{\"registered\":\"anna\"}",
            422,
            "registered",
        ),
    ];
    for (method, path, body, status, field) in table {
        let request = centre
            .request(method, path)
            .bearer_auth(if path.ends_with("devices") {
                ENGINE_TOKEN
            } else {
                SCENARIO_TOKEN
            })
            .body(body.to_owned());
        let (got, answer) = answer(request).await;
        assert_eq!(got.as_u16(), status, "{body}: {answer}");
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(
            message.starts_with(&format!("{field}: expected ")),
            "{body}: {message}"
        );
        if status == 422 {
            assert_eq!(answer["error"]["field"], field, "{body}");
        }
    }
}

#[tokio::test]
async fn a_deeply_nested_body_is_refused_and_nothing_breaks() {
    let centre = Centre::start().await;
    let deep = format!("{}{}", "[".repeat(30_000), "]".repeat(30_000));
    let request = centre
        .request(Method::POST, "/api/v1/calls")
        .bearer_auth(SCENARIO_TOKEN)
        .body(deep);
    assert_eq!(answer(request).await.0, StatusCode::BAD_REQUEST);
    assert_eq!(
        answer(centre.request(Method::GET, "/healthz")).await.0,
        StatusCode::OK
    );
}

#[tokio::test]
async fn a_body_over_64_kib_is_refused_by_size() {
    let centre = Centre::start().await;
    let body = json!({"session_id": "x".repeat(70_000)});
    let (status, answer) = centre.scenario(Method::POST, "/api/v1/calls", body).await;
    assert_eq!(
        (status, &answer["error"]["code"]),
        (StatusCode::PAYLOAD_TOO_LARGE, &json!("body_too_large"))
    );
}

#[tokio::test]
async fn ten_thousand_registered_phones_fit_into_one_report() {
    let centre = Centre::start().await;
    let users: Vec<_> = (0..10_000)
        .map(|n| format!("agent-number-{n:05}"))
        .collect();
    let (status, answer) = centre.devices(json!({"registered": users})).await;
    assert_eq!(status, StatusCode::NO_CONTENT, "{answer}");
}

#[tokio::test]
async fn events_of_calls_that_are_none_are_404() {
    let centre = Centre::start().await;
    let event =
        json!({"seq": 1, "at": "2026-11-22T08:30:00Z", "type": "session_ended", "why": "done"});
    for id in ["c999", "o1", "17", "c", "%00"] {
        let path = format!("/api/v1/calls/{id}/events");
        let (status, answer) = centre.scenario(Method::POST, &path, event.clone()).await;
        assert_eq!(
            (status, &answer["error"]["code"]),
            (StatusCode::NOT_FOUND, &json!("unknown_call")),
            "{id}"
        );
    }
}

#[tokio::test]
async fn unknown_fields_and_nulls_are_let_pass() {
    let centre = Centre::start().await;
    let host = SessionHost::start().await;
    let mut body = host.body("s1");
    body["queue"] = Value::Null;
    body["future_field"] = json!({"a": 1});
    assert_eq!(
        centre.scenario(Method::POST, "/api/v1/calls", body).await.0,
        StatusCode::ACCEPTED
    );
}
