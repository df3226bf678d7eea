//! Nothing is open that is not meant to be.

use crate::centre::{Centre, ENGINE_TOKEN, SCENARIO_TOKEN, answer};
use reqwest::{Method, StatusCode};
use serde_json::Value;

/// All that strangers may ask for. The links check their tickets themselves.
const OPEN: [&str; 9] = [
    "GET /",
    "GET /api/openapi.json",
    "GET /api/v1/agent/link",
    "GET /api/v1/supervisor/link",
    "GET /healthz",
    "GET /readyz",
    "GET /sounds/{name}",
    "POST /api/v1/login",
    "POST /api/v1/session",
];

/// Every operation of the description, which a test of the crate compares with
/// the router's own table: method, path, kinds of credentials.
async fn operations(centre: &Centre) -> Vec<(Method, String, Vec<String>)> {
    let description = answer(centre.request(Method::GET, "/api/openapi.json"))
        .await
        .1;
    let mut operations = Vec::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let kinds = operation["security"].as_array().unwrap().iter();
            let kinds = kinds
                .flat_map(|one| one.as_object().unwrap().keys().cloned())
                .collect();
            operations.push((method.to_uppercase().parse().unwrap(), path.clone(), kinds));
        }
    }
    operations
}

#[tokio::test]
async fn strangers_get_401_everywhere_but_at_the_open_routes() {
    let centre = Centre::start().await;
    let mut open = Vec::new();
    for (method, path, kinds) in operations(&centre).await {
        if kinds.is_empty() {
            open.push(format!("{method} {path}"));
            continue;
        }
        for token in [None, Some("guess"), Some("")] {
            let request = centre.request(method.clone(), &path);
            let request = match token {
                Some(token) => request
                    .bearer_auth(token)
                    .header("Cookie", format!("cordboard_session={token}")),
                None => request,
            };
            let (status, body) = answer(request).await;
            if path.starts_with("/platform_api") {
                // The cloud's way: 200, and the refusal inside.
                let code = body["error"]["code"].as_u64();
                assert!(matches!(code, Some(100 | 447)), "{method} {path}: {body}");
                continue;
            }
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{method} {path}");
            assert_eq!(body["error"]["code"], "unauthorized", "{method} {path}");
        }
    }
    open.sort();
    assert_eq!(open, OPEN);
}

#[tokio::test]
async fn each_credential_opens_its_own_doors_only() {
    let centre = Centre::start().await;
    let (anna, olga) = (centre.login("anna").await, centre.login("olga").await);
    let tokens = [
        ("scenario", SCENARIO_TOKEN),
        ("engine", ENGINE_TOKEN),
        ("anna", anna.as_str()),
        ("olga", olga.as_str()),
    ];
    for (method, path, kinds) in operations(&centre).await {
        if kinds.is_empty()
            || ["/api/v1/session", "/api/v1/reasons"].contains(&&*path)
            || path.starts_with("/platform_api")
        {
            continue;
        }
        for (who, token) in tokens {
            let may = match who {
                "scenario" => kinds.iter().any(|kind| kind == "scenarioToken"),
                // So a scenario cannot announce an engine, which is sent all secrets.
                "engine" => kinds.iter().any(|kind| kind == "engineToken"),
                "anna" => path.starts_with("/api/v1/agent/"),
                // Supervisors read and change what is not an agent's own.
                _ => {
                    let by_user = kinds.iter().any(|kind| kind == "userToken");
                    by_user && !path.starts_with("/api/v1/agent/")
                }
            };
            let (status, _) =
                answer(centre.request(method.clone(), &path).bearer_auth(token)).await;
            assert_eq!(
                status != StatusCode::FORBIDDEN,
                may,
                "{who}: {method} {path} {status}"
            );
        }
    }
}

#[tokio::test]
async fn what_is_no_route_is_404_and_a_wrong_method_405() {
    let centre = Centre::start().await;
    for path in [
        "/api/v1/nothing",
        "/api",
        "/nothing.js",
        "/../Cargo.toml",
        "/sounds/make-announcements.sh",
    ] {
        assert_eq!(
            answer(centre.request(Method::GET, path)).await.0,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    let (status, body) = answer(centre.request(Method::PATCH, "/api/v1/calls")).await;
    assert_eq!(
        (status, body["error"]["code"].as_str()),
        (StatusCode::METHOD_NOT_ALLOWED, Some("method_not_allowed"))
    );
}

#[tokio::test]
async fn metrics_count_what_happens() {
    let centre = Centre::start().await;
    let host = crate::session::SessionHost::start().await;
    host.call(&centre, "s1").await;
    let request = centre
        .request(Method::GET, "/metrics")
        .bearer_auth(SCENARIO_TOKEN);
    let text = request.send().await.unwrap().text().await.unwrap();
    for line in [
        "cordboard_waiting{queue=\"support\"} 1",
        "cordboard_talking 0",
        "cordboard_offers 0",
        "cordboard_agents{state=\"idle\"} 2",
        "cordboard_backend_sessions 1",
        "cordboard_http_requests_total{route=\"POST /api/v1/calls\",status=\"2xx\"} 1",
    ] {
        assert!(text.lines().any(|l| l == line), "{line}\nis not in\n{text}");
    }
    let values = text.lines().filter(|line| !line.starts_with('#'));
    for line in values {
        let value = line.rsplit_once(' ').unwrap().1;
        assert!(value.parse::<f64>().is_ok(), "{line}");
    }
}

#[tokio::test]
async fn health_needs_no_credentials() {
    let centre = Centre::start().await;
    for path in ["/healthz", "/readyz"] {
        assert_eq!(
            answer(centre.request(Method::GET, path)).await,
            (StatusCode::OK, Value::Null)
        );
    }
}
