//! What agents and supervisors do about states, over HTTP.

use crate::centre::{Centre, support};
use crate::session::{Reporter, SessionHost};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// A queue whose bans and wrap-ups have bounds.
fn strict() -> acd::QueueConfig {
    acd::QueueConfig {
        wrap_up_ms: 60_000,
        wrap_up_min_ms: 50_000,
        wrap_up_extend_ms: 30_000,
        wrap_up_max_ms: 80_000,
        ..support()
    }
}

async fn put(centre: &Centre, token: &str, path: &str, body: Value) -> (StatusCode, Value) {
    centre.with_token(token, Method::PUT, path, body).await
}

async fn post(centre: &Centre, token: &str, path: &str) -> (StatusCode, Value) {
    centre
        .with_token(token, Method::POST, path, Value::Null)
        .await
}

/// Lets an agent who is ready talk, up to the end of the talk.
async fn talk(centre: &Centre, host: &SessionHost, agent: &str, session: &str) {
    let call = host.call(centre, session).await;
    let connect = host.await_command(session, "connect", 1).await;
    let offer = connect["offer_id"].clone();
    let mut reporter = Reporter::new(centre, &call);
    for event in [
        json!({"type": "offer_answered", "offer_id": offer}),
        json!({"type": "talk_started", "offer_id": offer}),
    ] {
        reporter.report(event).await;
    }
    centre.await_activity(agent, "talking").await;
    reporter
        .report(
            json!({"type": "talk_ended", "offer_id": offer, "ended_by": "caller", "talk_ms": 9}),
        )
        .await;
}

#[tokio::test]
async fn a_wrap_up_is_extended_and_ended_within_the_bounds_of_its_queue() {
    let centre = Centre::with_queue(strict()).await;
    let host = SessionHost::start().await;
    let anna = centre.ready("anna").await;
    let olga = centre.login("olga").await;
    let extend = "/api/v1/agent/wrap_up/extend";
    let (status, refused) = post(&centre, &anna, extend).await;
    assert_eq!(
        (status, &refused["error"]["code"]),
        (StatusCode::CONFLICT, &json!("no_wrap_up"))
    );
    talk(&centre, &host, &anna, "s1").await;
    let before = centre.await_activity(&anna, "wrap_up").await;
    let (status, state) = post(&centre, &anna, extend).await;
    assert_eq!(status, StatusCode::OK, "{state}");
    let after = &state["agent"];
    assert_eq!(after["wrap_up_until"], before["wrap_up_extends_to"]);
    assert_eq!(
        after["wrap_up_extends_to"],
        Value::Null,
        "80 s are the most"
    );
    let (status, refused) = post(&centre, &anna, extend).await;
    assert_eq!(
        (status, &refused["error"]["code"]),
        (StatusCode::CONFLICT, &json!("wrap_up_longest"))
    );
    let (status, refused) = post(&centre, &anna, "/api/v1/agent/wrap_up/end").await;
    assert_eq!(
        (status, &refused["error"]["code"]),
        (StatusCode::CONFLICT, &json!("wrap_up_forced"))
    );
    let (status, ended) = post(&centre, &olga, "/api/v1/agents/anna/wrap_up/end").await;
    assert_eq!(
        (status, &ended["activity"]),
        (StatusCode::OK, &json!("idle"))
    );
}

#[tokio::test]
async fn what_was_chosen_for_after_the_call_comes_into_force_after_it() {
    let centre = Centre::start().await;
    let host = SessionHost::start().await;
    let anna = centre.ready("anna").await;
    let path = "/api/v1/agent/after_call";
    let lunch = json!({"intent": "not_ready", "reason": "lunch"});
    let (status, state) = put(&centre, &anna, path, lunch).await;
    assert_eq!(
        (
            status,
            &state["agent"]["after_call"],
            &state["agent"]["after_call_reason"]
        ),
        (StatusCode::OK, &json!("not_ready"), &json!("lunch"))
    );
    assert_eq!(state["agent"]["intent"], "ready");
    talk(&centre, &host, &anna, "s1").await;
    let agent = centre.await_activity(&anna, "idle").await;
    assert_eq!(
        (&agent["intent"], &agent["reason"], &agent["after_call"]),
        (&json!("not_ready"), &json!("lunch"), &Value::Null)
    );
    // The last explicit choice wins: choosing now replaces what was planned.
    put(&centre, &anna, path, json!({"intent": "offline"})).await;
    let intent = "/api/v1/agent/intent";
    let (_, state) = put(&centre, &anna, intent, json!({"intent": "ready"})).await;
    assert_eq!(state["agent"]["after_call"], Value::Null);
    let (_, state) = put(&centre, &anna, path, json!({"intent": "stay"})).await;
    assert_eq!(state["agent"]["after_call"], Value::Null);
    let (status, refused) = put(&centre, &anna, path, json!({"intent": "away"})).await;
    assert_eq!(
        (status, &refused["error"]["field"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("intent"))
    );
}

#[tokio::test]
async fn a_forced_state_names_who_and_why_until_the_agent_chooses_again() {
    let mut centre = Centre::start().await;
    let anna = centre.ready("anna").await;
    let olga = centre.login("olga").await;
    let path = "/api/v1/agents/anna/intent";
    let body = json!({"intent": "not_ready", "reason": "training", "why": "the new price list"});
    let (status, agent) = put(&centre, &olga, path, body).await;
    assert_eq!(
        (status, &agent["forced_by"], &agent["forced_why"]),
        (StatusCode::OK, &json!("olga"), &json!("the new price list"))
    );
    centre.kill();
    centre.launch().await;
    let seen = centre.agent(&anna).await;
    assert_eq!(
        (&seen["intent"], &seen["reason"], &seen["forced_by"]),
        (&json!("not_ready"), &json!("training"), &json!("olga"))
    );
    let intent = "/api/v1/agent/intent";
    let (_, state) = put(&centre, &anna, intent, json!({"intent": "ready"})).await;
    assert_eq!(
        (&state["agent"]["intent"], &state["agent"]["forced_by"]),
        (&json!("ready"), &Value::Null)
    );
    let record = store::Store::open(&centre.database()).await.unwrap();
    let facts = record.records_after(0, 1_000).await.unwrap();
    let told = |text: &str| facts.iter().any(|row| row.fact_json.contains(text));
    assert!(told("set by supervisor olga: training: the new price list"));
}

#[tokio::test]
async fn bans_are_set_by_supervisors_and_lifted_by_whom_the_rule_lets() {
    let centre = Centre::start().await;
    let anna = centre.ready("anna").await;
    let olga = centre.login("olga").await;
    let path = "/api/v1/agents/anna/ban";
    let ban = json!({"minutes": 15, "reason": "the headset is broken"});
    let (status, agent) = put(&centre, &olga, path, ban).await;
    assert_eq!(
        (status, &agent["ban_reason"], &agent["may_lift_ban"]),
        (
            StatusCode::OK,
            &json!("the headset is broken"),
            &json!(false)
        )
    );
    let (status, refused) = post(&centre, &anna, "/api/v1/agent/ban/lift").await;
    assert_eq!(
        (status, &refused["error"]["code"]),
        (StatusCode::FORBIDDEN, &json!("ban_of_supervisors"))
    );
    let lift = centre.with_token(&olga, Method::DELETE, path, Value::Null);
    let (status, agent) = lift.await;
    assert_eq!(
        (status, &agent["banned_until"]),
        (StatusCode::OK, &Value::Null)
    );
    let (status, _) = post(&centre, &anna, "/api/v1/agent/ban/lift").await;
    assert_eq!(status, StatusCode::OK, "nothing to lift is fine");
}

#[tokio::test]
async fn an_agent_lifts_a_ban_for_misses_where_the_queue_lets_agents() {
    let centre = Centre::with_queue(acd::QueueConfig {
        ban: acd::BanRule {
            after_misses: 1,
            first_ms: 600_000,
            max_ms: 600_000,
            agent_may_lift: true,
        },
        ..support()
    })
    .await;
    let host = SessionHost::start().await;
    let anna = centre.ready("anna").await;
    let call = host.call(&centre, "s1").await;
    let connect = host.await_command("s1", "connect", 1).await;
    Reporter::new(&centre, &call)
        .report(json!({"type": "offer_failed", "offer_id": connect["offer_id"], "reason": "no_answer", "rang_ms": 1}))
        .await;
    let banned = centre.agent(&anna).await;
    assert_eq!(banned["may_lift_ban"], true, "{banned}");
    assert!(banned["banned_until"].is_string());
    let (status, state) = post(&centre, &anna, "/api/v1/agent/ban/lift").await;
    assert_eq!(
        (status, &state["agent"]["banned_until"]),
        (StatusCode::OK, &Value::Null)
    );
}

#[tokio::test]
async fn orders_are_refused_by_field_and_by_role() {
    let centre = Centre::start().await;
    let (anna, olga) = (centre.login("anna").await, centre.login("olga").await);
    for (path, body, field) in [
        (
            "/api/v1/agents/anna/intent",
            json!({"intent": "ready"}),
            "why",
        ),
        ("/api/v1/agents/anna/intent", json!({"why": "x"}), "intent"),
        (
            "/api/v1/agents/nobody/intent",
            json!({"intent": "ready", "why": "x"}),
            "agent",
        ),
        (
            "/api/v1/agents/anna/ban",
            json!({"minutes": 0, "reason": "x"}),
            "minutes",
        ),
        ("/api/v1/agents/anna/ban", json!({"minutes": 5}), "reason"),
    ] {
        let (status, refused) = put(&centre, &olga, path, body.clone()).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{path} {body}");
        assert_eq!(refused["error"]["field"], field, "{path} {body}");
        assert_eq!(
            put(&centre, &anna, path, body).await.0,
            StatusCode::FORBIDDEN
        );
    }
}
