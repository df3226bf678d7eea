//! Signing in: tokens, the cookie, and making guessing slow.

use crate::centre::{Centre, PASSWORD, answer, user};
use reqwest::{Method, StatusCode, header};
use serde_json::json;
use store::{Role, Store};

#[tokio::test]
async fn a_login_gives_a_token_and_says_who_one_is() {
    let centre = Centre::start().await;
    let body = json!({"user": "anna", "password": PASSWORD}).to_string();
    let (status, body) = answer(centre.request(Method::POST, "/api/v1/login").body(body)).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        (&body["user"], &body["role"], &body["display_name"]),
        (&json!("anna"), &json!("agent"), &json!("ANNA"))
    );
    assert!(body["expires_at"].as_str().unwrap().ends_with('Z'));
    assert_eq!(
        centre.agent(body["token"].as_str().unwrap()).await["user"],
        "anna"
    );
}

#[tokio::test]
async fn wrong_password_and_unknown_user_get_the_same_answer() {
    let centre = Centre::start().await;
    let mut answers = Vec::new();
    for name in ["anna", "nobody"] {
        let body = json!({"user": name, "password": "wrong"}).to_string();
        answers.push(answer(centre.request(Method::POST, "/api/v1/login").body(body)).await);
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(
        (answers[0].0, &answers[0].1["error"]["code"]),
        (StatusCode::UNAUTHORIZED, &json!("wrong_credentials"))
    );
}

#[tokio::test]
async fn guessing_is_made_to_wait_even_with_the_right_password() {
    let centre = Centre::start().await;
    let login = |password: &str| {
        let body = json!({"user": "anna", "password": password}).to_string();
        centre.request(Method::POST, "/api/v1/login").body(body)
    };
    for _ in 0..5 {
        assert_eq!(answer(login("wrong")).await.0, StatusCode::UNAUTHORIZED);
    }
    let response = login(PASSWORD).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    let wait_s: u64 = response.headers()[header::RETRY_AFTER]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=60).contains(&wait_s));
    centre.login("boris").await;
}

#[tokio::test]
async fn the_page_signs_in_and_out_by_cookie() {
    let centre = Centre::start().await;
    let body = json!({"user": "anna", "password": PASSWORD}).to_string();
    let response = centre
        .request(Method::POST, "/api/v1/session")
        .body(body)
        .send()
        .await
        .unwrap();
    let set = response.headers()[header::SET_COOKIE]
        .to_str()
        .unwrap()
        .to_owned();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(set.contains(part), "{set}");
    }
    assert!(!set.contains("Secure"), "not configured");
    let cookie = set.split(';').next().unwrap();
    let session = |method| {
        centre
            .request(method, "/api/v1/session")
            .header(header::COOKIE, cookie)
    };
    let (status, who) = answer(session(Method::GET)).await;
    assert_eq!((status, &who["user"]), (StatusCode::OK, &json!("anna")));
    let (status, _) = answer(session(Method::DELETE).header("X-Cordboard", "page")).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(
        answer(session(Method::GET)).await.0,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn a_foreign_page_can_do_nothing_with_the_cookie() {
    let centre = Centre::start().await;
    let body = json!({"user": "anna", "password": PASSWORD}).to_string();
    let response = centre
        .request(Method::POST, "/api/v1/session")
        .body(body.clone())
        .send()
        .await
        .unwrap();
    let cookie = response.headers()[header::SET_COOKIE]
        .to_str()
        .unwrap()
        .split(';')
        .next()
        .unwrap()
        .to_owned();
    let token = cookie.split_once('=').unwrap().1;
    let host = centre.url.trim_start_matches("http://");
    let put = || {
        let request = centre
            .request(Method::PUT, "/api/v1/agent/intent")
            .header(header::COOKIE, &cookie);
        request.body(json!({"intent": "ready"}).to_string())
    };
    let table = [
        (put(), StatusCode::FORBIDDEN),
        (
            put()
                .header("X-Cordboard", "page")
                .header("Origin", "https://evil.example"),
            StatusCode::FORBIDDEN,
        ),
        (
            put().header("X-Cordboard", "page").header("Origin", "null"),
            StatusCode::FORBIDDEN,
        ),
        (
            put()
                .header("X-Cordboard", "page")
                .header("Origin", format!("http://{host}")),
            StatusCode::OK,
        ),
        (put().header("X-Cordboard", "page"), StatusCode::OK),
    ];
    for (index, (request, expected)) in table.into_iter().enumerate() {
        assert_eq!(answer(request).await.0, expected, "row {index}");
    }
    // Nor sign a person in as somebody else; and a cookie is no bearer token.
    let foreign = centre
        .request(Method::POST, "/api/v1/session")
        .header("Origin", "https://evil.example")
        .body(body);
    assert_eq!(answer(foreign).await.0, StatusCode::FORBIDDEN);
    let bearer = centre
        .request(Method::GET, "/api/v1/agent/state")
        .bearer_auth(token);
    assert_eq!(answer(bearer).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_user_added_by_another_process_can_press_ready_at_once() {
    let centre = Centre::start().await;
    let command_line = Store::open(&centre.database()).await.unwrap();
    command_line
        .add_user(user("clara", Role::Agent))
        .await
        .unwrap();
    centre.ready("clara").await;
    command_line.set_user_disabled("clara", true).await.unwrap();
    let body = json!({"user": "clara", "password": PASSWORD}).to_string();
    let refused = answer(centre.request(Method::POST, "/api/v1/login").body(body)).await;
    assert_eq!(refused.0, StatusCode::UNAUTHORIZED);
}
