//! The API's description against live answers: what is written there is so.

use crate::centre::{Centre, PASSWORD, answer};
use crate::session::{Reporter, SessionHost};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// Checks a value against the part of JSON Schema that the description uses.
/// Objects may not have fields that it does not name.
fn check(value: &Value, schema: &Value, description: &Value, path: &str) -> Result<(), String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let schema = description
            .pointer(reference.trim_start_matches('#'))
            .unwrap();
        return check(value, schema, description, path);
    }
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => return Ok(()),
    };
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        // A whole number is a number too.
        Value::Number(number) if number.is_f64() || kinds.contains(&"number") => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    if !kinds.contains(&kind) {
        return Err(format!("{path}: {value} is none of {kinds:?}"));
    }
    if let (Some(words), false) = (schema["enum"].as_array(), value.is_null())
        && !words.contains(value)
    {
        return Err(format!("{path}: {value} is none of {words:?}"));
    }
    if let (Some(text), Some("date-time")) = (value.as_str(), schema["format"].as_str()) {
        let shape: String = text
            .chars()
            .map(|c| if c.is_ascii_digit() { '0' } else { c })
            .collect();
        if shape != "0000-00-00T00:00:00.000Z" {
            return Err(format!("{path}: {text} is no time of the contract"));
        }
    }
    for (index, one) in value.as_array().into_iter().flatten().enumerate() {
        check(
            one,
            &schema["items"],
            description,
            &format!("{path}[{index}]"),
        )?;
    }
    if let (Some(fields), Some(known)) = (value.as_object(), schema["properties"].as_object()) {
        for name in schema["required"].as_array().into_iter().flatten() {
            if !fields.contains_key(name.as_str().unwrap()) {
                return Err(format!("{path}: {name} is missing"));
            }
        }
        for (name, field) in fields {
            let schema = known
                .get(name)
                .ok_or_else(|| format!("{path}.{name} is not described"))?;
            check(field, schema, description, &format!("{path}.{name}"))?;
        }
    }
    Ok(())
}

/// The description as the backend serves it.
pub(crate) async fn description(centre: &Centre) -> Value {
    answer(centre.request(Method::GET, "/api/openapi.json"))
        .await
        .1
}

/// Checks a value against a named schema.
pub(crate) fn check_named(description: &Value, name: &str, value: &Value) {
    let schema = json!({"$ref": format!("#/components/schemas/{name}")});
    check(value, &schema, description, name).unwrap_or_else(|error| panic!("{error}\n{value:#}"));
}

#[tokio::test]
async fn every_example_is_valid() {
    let centre = Centre::start().await;
    let description = description(&centre).await;
    let mut count = 0;
    for (name, schema) in description["components"]["schemas"].as_object().unwrap() {
        for example in schema["examples"].as_array().into_iter().flatten() {
            check_named(&description, name, example);
            count += 1;
        }
    }
    for (_, response) in description["components"]["responses"].as_object().unwrap() {
        check_named(
            &description,
            "Error",
            &response["content"]["application/json"]["example"],
        );
        count += 1;
    }
    assert!(count > 20, "only {count} examples were found");
}

#[tokio::test]
async fn example_requests_are_taken() {
    let centre = Centre::start().await;
    let description = description(&centre).await;
    let example = |name: &str| description["components"]["schemas"][name]["examples"][0].clone();
    let (status, taken) = centre
        .scenario(Method::POST, "/api/v1/calls", example("NewCall"))
        .await;
    assert_eq!(status, StatusCode::ACCEPTED, "{taken}");
    let path = format!(
        "/api/v1/calls/{}/events",
        taken["call_id"].as_str().unwrap()
    );
    assert_eq!(
        centre
            .scenario(Method::POST, &path, example("Event"))
            .await
            .0,
        StatusCode::ACCEPTED
    );
    let devices = centre.devices(example("Devices")).await;
    assert_eq!(devices.0, StatusCode::NO_CONTENT);
    let anna = centre.login("anna").await;
    let intent = centre
        .with_token(
            &anna,
            Method::PUT,
            "/api/v1/agent/intent",
            example("Intent"),
        )
        .await;
    assert_eq!(intent.0, StatusCode::OK);
}

#[tokio::test]
async fn live_answers_are_as_described() {
    let centre = Centre::start().await;
    let host = SessionHost::start().await;
    let description = description(&centre).await;
    let is = |name: &str, value: &Value| check_named(&description, name, value);
    let (anna, olga) = (centre.ready("anna").await, centre.login("olga").await);
    let (_, accepted) = centre
        .scenario(Method::POST, "/api/v1/calls", host.body("s1"))
        .await;
    is("Accepted", &accepted);
    let call = accepted["call_id"].as_str().unwrap();
    let connect = host.await_command("s1", "connect", 1).await;
    is("Command", &connect);
    let mut reporter = Reporter::new(&centre, call);
    reporter
        .report(json!({"type": "talk_started", "offer_id": connect["offer_id"]}))
        .await;
    is(
        "Call",
        &centre.get(&olga, &format!("/api/v1/calls/{call}")).await,
    );
    is("Calls", &centre.get(&olga, "/api/v1/calls").await);
    is("Queues", &centre.get(&olga, "/api/v1/queues").await);
    is("Agents", &centre.get(&olga, "/api/v1/agents").await);
    let other = host.call(&centre, "s2").await;
    Reporter::new(&centre, &other)
        .report(json!({"type": "caller_left", "waited_ms": 1}))
        .await;
    is(
        "Call",
        &centre.get(&olga, &format!("/api/v1/calls/{other}")).await,
    );
    let state = centre.get(&anna, "/api/v1/agent/state").await;
    assert!(state["agent"]["call"].is_object(), "with a call card");
    is("State", &state);
    is("Events", &centre.get(&anna, "/api/v1/agent/events").await);
    is("Who", &centre.get(&anna, "/api/v1/session").await);
    let (_, ticket) = centre
        .with_token(&anna, Method::POST, "/api/v1/agent/ticket", Value::Null)
        .await;
    is("Ticket", &ticket);
    let body = json!({"user": "anna", "password": PASSWORD}).to_string();
    is(
        "Login",
        &answer(centre.request(Method::POST, "/api/v1/login").body(body))
            .await
            .1,
    );
    let (status, error) = centre
        .scenario(Method::POST, "/api/v1/calls", json!({}))
        .await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    is("Error", &error);
}
