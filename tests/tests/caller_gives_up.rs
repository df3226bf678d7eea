//! The caller hangs up while an agent's phone rings: nobody is left ringing, the
//! agent is free at once and not blamed.

use std::net::SocketAddr;

use cordboard_tests::agent::Agent;
use cordboard_tests::baresip::{Phone, PhonePlan};
use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::eventually::seconds;
use cordboard_tests::port;
use cordboard_tests::sipp::{Sipp, SippPlan};

/// A centre whose agent anna is at `phone`, rings, and whose caller then hangs up.
async fn ring_and_give_up(phone: &Sipp) -> (Centre, Agent) {
    let plan = CentrePlan::new().agent_at("anna", &phone.contact("anna"));
    let centre = Centre::start(plan).await;
    let anna = centre.ready_agent("anna").await;
    let caller = Phone::start(&PhonePlan::caller(centre.sip())).await;
    caller.dial("100").await;
    phone.sees("INVITE", 1, seconds(10)).await;
    anna.becomes("ringing", seconds(5)).await;
    caller.hang_up().await;
    caller.event("CALL_CLOSED", seconds(5)).await;
    phone.sees("CANCEL", 1, seconds(5)).await;
    (centre, anna)
}

async fn nobody_is_blamed(centre: &Centre, anna: &Agent) {
    anna.becomes("idle", seconds(5)).await;
    let state = anna.state().await;
    assert_eq!(state["agent"]["intent"], "ready");
    assert!(state["agent"]["retry_at"].is_null(), "{state:#}");
    for mark in ["missed", "rejected", "busy", "unreachable", "answered"] {
        assert_eq!(anna.mark(mark).await, 0, "{mark}");
    }
    centre.is_empty_again().await;
}

#[tokio::test]
async fn the_ringing_phone_is_cancelled_and_the_agent_is_free() {
    let nobody: SocketAddr = port::free_address();
    let phone = Sipp::serve("agent_never_answers", nobody, &SippPlan::new()).await;
    let (centre, anna) = ring_and_give_up(&phone).await;
    nobody_is_blamed(&centre, &anna).await;
}

#[tokio::test]
async fn an_agent_who_picks_up_in_that_moment_is_let_go_in_order() {
    let nobody: SocketAddr = port::free_address();
    let phone = Sipp::serve("agent_answers_on_cancel", nobody, &SippPlan::new()).await;
    let (centre, anna) = ring_and_give_up(&phone).await;
    phone.sees("ACK", 1, seconds(5)).await;
    phone.sees("BYE", 1, seconds(5)).await;
    nobody_is_blamed(&centre, &anna).await;
}

#[tokio::test]
async fn a_caller_who_leaves_the_queue_leaves_nothing_behind() {
    let centre = Centre::start(CentrePlan::new()).await;
    let caller = Phone::start(&PhonePlan::caller(centre.sip())).await;
    caller.dial("100").await;
    caller.event("CALL_ESTABLISHED", seconds(5)).await;
    caller.hang_up().await;
    centre.is_empty_again().await;
}
