//! The centre knows which side ended the talk, and how long it was.

use cordboard_tests::baresip::{Phone, PhonePlan};
use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::eventually::seconds;
use serde_json::Value;

/// Shortest talk of these tests, milliseconds.
const TALK_MS: u64 = 1_000;

/// A talk between a caller and anna, ended by `end`: every event the engine told, and
/// the call as a supervisor sees it afterwards.
async fn a_talk<F>(end: F) -> (Vec<Value>, Value)
where
    F: AsyncFnOnce(&Phone, &Phone),
{
    let centre = Centre::start(CentrePlan::new().agent("anna")).await;
    let secret = centre.sip_secret("anna");
    let phone = Phone::start(&PhonePlan::agent(centre.sip(), "anna", secret)).await;
    let caller = Phone::start(&PhonePlan::caller(centre.sip())).await;
    let anna = centre.ready_agent("anna").await;
    anna.has_a_phone().await;
    caller.dial("100").await;
    let state = anna.becomes("talking", seconds(10)).await;
    let call_id = state["agent"]["call"]["call_id"].as_str().unwrap();
    // The length of the talk itself.
    tokio::time::sleep(std::time::Duration::from_millis(TALK_MS)).await;
    end(&caller, &phone).await;
    // Nobody is left on the line alone.
    caller.event("CALL_CLOSED", seconds(5)).await;
    phone.event("CALL_CLOSED", seconds(5)).await;
    anna.becomes("idle", seconds(5)).await;
    assert_eq!(anna.mark("answered").await, 1);
    centre.tells("session_ended").await;
    centre.is_empty_again().await;
    (centre.events_told(), centre.call(call_id).await)
}

fn talk_was_ended_by(events: &[Value], call: &Value, side: &str) {
    assert_eq!(call["state"], "ended", "{call:#}");
    assert_eq!(call["outcome"], "answered", "{call:#}");
    assert_eq!(call["ended_by"], side, "{call:#}");
    assert_eq!(call["agent"], "anna", "{call:#}");
    let kinds: Vec<&str> = events.iter().filter_map(|e| e["type"].as_str()).collect();
    let ended = events.iter().find(|e| e["type"] == "talk_ended");
    let ended = ended.unwrap_or_else(|| panic!("no talk_ended in {kinds:?}"));
    assert_eq!(ended["ended_by"], side, "{ended}");
    assert_eq!(call["talk_ms"], ended["talk_ms"], "{call:#}");
    let talk_ms = ended["talk_ms"].as_u64().unwrap();
    assert!((TALK_MS..TALK_MS + 1_000).contains(&talk_ms), "{ended}");
    assert!(!kinds.contains(&"caller_left"), "{kinds:?}");
    let order = [
        "offer_answered",
        "talk_started",
        "talk_ended",
        "session_ended",
    ];
    let places: Vec<_> = order
        .iter()
        .map(|k| kinds.iter().position(|s| s == k))
        .collect();
    assert!(places.is_sorted() && places[0].is_some(), "{kinds:?}");
}

#[tokio::test]
async fn a_talk_that_the_caller_ends_is_ended_by_the_caller() {
    let (events, call) = a_talk(async |caller, _| caller.hang_up().await).await;
    talk_was_ended_by(&events, &call, "caller");
}

#[tokio::test]
async fn a_talk_that_the_agent_ends_is_ended_by_the_agent() {
    let (events, call) = a_talk(async |_, agent| agent.hang_up().await).await;
    talk_was_ended_by(&events, &call, "agent");
}
