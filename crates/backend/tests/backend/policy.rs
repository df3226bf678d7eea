//! The owner's policy at work in a whole backend.

use crate::centre::Centre;
use crate::session::{Reporter, SessionHost};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;

/// Asks for the policy's state until it is as wanted.
async fn shown(centre: &Centre, wanted: impl Fn(&Value) -> bool) -> Value {
    let olga = centre.login("olga").await;
    for _ in 0..200 {
        let shown = centre.get(&olga, "/api/v1/policy").await;
        if wanted(&shown) {
            return shown;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("never so: {}", centre.get(&olga, "/api/v1/policy").await)
}

fn has_hooks(shown: &Value) -> bool {
    shown["hooks"]
        .as_array()
        .is_some_and(|hooks| !hooks.is_empty())
}

async fn with_policy(source: &str) -> Centre {
    let mut centre = Centre::start().await;
    centre.write_policy(source).await;
    shown(&centre, has_hooks).await;
    centre
}

#[tokio::test]
async fn a_policy_changes_calls_and_ranks_agents() {
    let centre = with_policy(
        "function onCall(call) { return { priority: 7, custom_data: 'from ' + call.caller_number }; }\n\
         function rank(agent, call) { return agent.agent === 'boris' && call.priority === 7 ? 1 : 0; }",
    )
    .await;
    let host = SessionHost::start().await;
    // Anna is idle longer.
    centre.ready("anna").await;
    let boris = centre.ready("boris").await;
    host.call(&centre, "s1").await;
    let connect = host.await_command("s1", "connect", 1).await;
    assert_eq!(connect["contact"]["user"], "boris");
    let state = centre.agent(&boris).await;
    assert_eq!(state["call"]["custom_data"], "from +15550100");
    let shown = shown(&centre, |shown| shown["hooks"][0]["asked"] == 1).await;
    assert_eq!(
        (&shown["hooks"][0]["failed"], &shown["error"]),
        (&json!(0), &json!(null))
    );
}

#[tokio::test]
async fn a_hook_that_fails_leaves_the_built_in_rule() {
    for source in [
        "function onCall() { throw new Error('oh'); }",
        "function onCall() { for (;;); }",
        "function onCall() { return { queue: 'nowhere' }; }",
        "var eaten = []; function onCall() { for (;;) eaten.push(new Array(1e5).fill(1)); }",
    ] {
        let centre = with_policy(source).await;
        let host = SessionHost::start().await;
        centre.ready("anna").await;
        host.call(&centre, "s1").await;
        host.await_command("s1", "connect", 1).await;
        let shown = shown(&centre, |shown| {
            shown["hooks"][0]["failed"].as_u64() >= Some(1)
        })
        .await;
        assert!(
            shown["hooks"][0]["last_error"].is_string(),
            "{source}: {shown}"
        );
    }
}

#[tokio::test]
async fn a_changed_policy_serves_the_next_call_and_a_broken_one_changes_nothing() {
    let mut centre = with_policy("function onCall() { return { custom_data: 'old' }; }").await;
    centre
        .write_policy("function onCall() { return { custom_data: 'the new one' }; }")
        .await;
    let host = SessionHost::start().await;
    let anna = centre.ready("anna").await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    centre.write_policy("function onCall( {").await;
    shown(&centre, |shown| shown["error"].is_string()).await;
    host.call(&centre, "s1").await;
    host.await_command("s1", "connect", 1).await;
    let state = centre.agent(&anna).await;
    assert_eq!(state["call"]["custom_data"], "the new one");
}

#[tokio::test]
async fn misses_are_banned_by_the_policy_and_waiting_callers_are_sent_on() {
    let centre = with_policy(
        "const waitSteps = [1];\n\
         function onMiss(agent, miss) { return agent.skills.english === 3 ? 30 : 0; }\n\
         function onWait(call) { return { hang_up: call.waited_s >= 1 }; }",
    )
    .await;
    let host = SessionHost::start().await;
    let anna = centre.ready("anna").await;
    let call = host.call(&centre, "s1").await;
    let connect = host.await_command("s1", "connect", 1).await;
    let mut reporter = Reporter::new(&centre, &call);
    reporter
        .report(json!({"type": "offer_failed", "offer_id": connect["offer_id"], "reason": "no_answer", "rang_ms": 20_000}))
        .await;
    let hang_up = host.await_command("s1", "hang_up", 1).await;
    assert!(hang_up["say"].is_object(), "{hang_up}");
    let olga = centre.login("olga").await;
    let mut ban = Value::Null;
    for _ in 0..100 {
        ban = centre.agent(&anna).await["ban_reason"].clone();
        if ban.is_string() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let why = ban.as_str().unwrap_or_default();
    assert!(why.contains("missed in a row"), "{ban}");
    let ended = centre.get(&olga, &format!("/api/v1/calls/{call}")).await;
    assert_eq!(
        (&ended["state"], &ended["outcome"]),
        (&json!("ended"), &json!("overflowed"))
    );
}

#[tokio::test]
async fn a_policy_that_sends_to_the_reserves_is_told_of_the_call_as_when_it_came() {
    let mut centre = Centre::start_with_reserve("night", 3_600_000).await;
    centre
        .write_policy(
            "const waitSteps = [1];\n\
             let came = null;\n\
             function onCall(call) { came = call; return { priority: 3, language: 'ru' }; }\n\
             function onWait(call) {\n\
               const told = { ...call, waited_s: 0 };\n\
               const before = { ...came, priority: 3, language: 'ru', queue: 'support' };\n\
               return JSON.stringify(told) === JSON.stringify(before) && call.waited_s >= 1\n\
                 ? { reserves: true } : { hang_up: true };\n\
             }",
        )
        .await;
    let host = SessionHost::start().await;
    let mut body = host.body("s1");
    body["display_name"] = json!("Mr. Ivanov");
    body["skills"] = json!(["english:2"]);
    body["custom_data"] = json!("{\"order\": 7}");
    let (status, _) = centre.scenario(Method::POST, "/api/v1/calls", body).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    let connect = host.await_command("s1", "connect", 1).await;
    assert_eq!(connect["contact"]["number"], "70000000001", "{connect}");
}

#[tokio::test]
async fn without_a_policy_nothing_is_asked() {
    let centre = Centre::start().await;
    let shown = shown(&centre, |_| true).await;
    assert_eq!(
        shown,
        json!({"file": null, "loaded_at": null, "error": null, "wait_steps_s": [], "hooks": []})
    );
    let host = SessionHost::start().await;
    let (status, _) = centre
        .scenario(Method::POST, "/api/v1/calls", host.body("s1"))
        .await;
    assert_eq!(status, StatusCode::ACCEPTED);
}
