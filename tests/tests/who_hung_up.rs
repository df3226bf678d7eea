//! The centre knows which side ended the talk, and how long it was.

use cordboard_tests::baresip::{Phone, PhonePlan};
use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::eventually::seconds;
use serde_json::Value;

/// A talk between a caller and anna, ended by `end`; the call as the centre tells it.
async fn call_after<F>(end: F) -> Value
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
    anna.becomes("talking", seconds(10)).await;
    end(&caller, &phone).await;
    // Nobody is left on the line alone.
    caller.event("CALL_CLOSED", seconds(5)).await;
    phone.event("CALL_CLOSED", seconds(5)).await;
    anna.becomes("idle", seconds(5)).await;
    centre.is_empty_again().await;
    let mut calls = centre.calls().await;
    assert_eq!(calls.len(), 1, "{calls:#?}");
    assert_eq!(anna.mark("answered").await, 1);
    calls.remove(0)
}

#[tokio::test]
async fn a_talk_that_the_caller_ends_is_ended_by_the_caller() {
    let call = call_after(async |caller, _| caller.hang_up().await).await;
    assert_eq!(call["ended_by"], "caller", "{call:#}");
    assert_eq!(call["state"], "ended", "{call:#}");
}

#[tokio::test]
async fn a_talk_that_the_agent_ends_is_ended_by_the_agent() {
    let call = call_after(async |_, agent| agent.hang_up().await).await;
    assert_eq!(call["ended_by"], "agent", "{call:#}");
    assert_eq!(call["agent"], "anna", "{call:#}");
}
