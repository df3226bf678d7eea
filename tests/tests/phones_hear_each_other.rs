//! The tools themselves: two phones without a centre between them. If this fails,
//! the fault is in the tools or the machine, not in the product.

use std::net::SocketAddr;

use cordboard_tests::audio::Heard;
use cordboard_tests::baresip::{Phone, PhonePlan};
use cordboard_tests::eventually::seconds;
use cordboard_tests::port;
use cordboard_tests::sipp::{Sipp, SippPlan};

#[tokio::test]
async fn a_phone_records_what_it_hears_and_can_be_driven() {
    let nobody: SocketAddr = port::free_address();
    let sipp = Sipp::serve("agent", nobody, &SippPlan::new().pause(seconds(1))).await;
    let caller = Phone::start(&PhonePlan::caller(sipp.address())).await;
    caller.dial("anna").await;
    caller.event("CALL_ESTABLISHED", seconds(5)).await;
    caller.event("CALL_CLOSED", seconds(5)).await;
    let invites = sipp.seen_of("INVITE");
    assert_eq!(invites.len(), 1);
    assert_eq!(invites[0].to, "anna");
    assert_eq!(invites[0].from, "4951234567");
    let silent = caller.heard();
    assert!(silent.iter().all(|h| *h == Heard::Silence), "{silent:?}");
}

#[tokio::test]
async fn sipp_phones_meet_and_log_when() {
    let nobody: SocketAddr = port::free_address();
    let agents = Sipp::serve("agent", nobody, &SippPlan::new().pause(seconds(1))).await;
    let plan = SippPlan::new().dials("100").calls(5, 10);
    let callers = Sipp::call("caller", agents.address(), &plan);
    let seen = callers.succeeds(seconds(10)).await;
    assert_eq!(seen.iter().filter(|s| s.word == "BYE").count(), 5);
    assert_eq!(agents.seen_of("BYE").len(), 5);
}

#[tokio::test]
async fn a_call_is_cancelled_and_the_agent_logs_it() {
    let nobody: SocketAddr = port::free_address();
    let agent = Sipp::serve("agent_never_answers", nobody, &SippPlan::new()).await;
    let caller = Phone::start(&PhonePlan::caller(agent.address())).await;
    caller.dial("anna").await;
    caller.event("CALL_RINGING", seconds(5)).await;
    caller.hang_up().await;
    agent.sees("CANCEL", 1, seconds(5)).await;
}

#[tokio::test]
async fn an_answer_that_crosses_the_cancel_is_acknowledged_and_ended() {
    let nobody: SocketAddr = port::free_address();
    let agent = Sipp::serve("agent_answers_on_cancel", nobody, &SippPlan::new()).await;
    let caller = Phone::start(&PhonePlan::caller(agent.address())).await;
    caller.dial("anna").await;
    caller.event("CALL_RINGING", seconds(5)).await;
    caller.hang_up().await;
    agent.sees("ACK", 1, seconds(5)).await;
    agent.sees("BYE", 1, seconds(5)).await;
}

#[tokio::test]
async fn a_busy_agent_refuses() {
    let nobody: SocketAddr = port::free_address();
    let agent = Sipp::serve("agent_is_busy", nobody, &SippPlan::new()).await;
    let plan = SippPlan::new().dials("anna").calls(1, 1);
    let caller = Sipp::call("caller_is_refused", agent.address(), &plan);
    let seen = caller.succeeds(seconds(10)).await;
    assert!(seen.iter().any(|s| s.word == "486"), "{seen:?}");
}

#[tokio::test]
async fn a_caller_who_hangs_up_ends_the_call() {
    let nobody: SocketAddr = port::free_address();
    let agent = Sipp::serve("agent_waits_for_the_end", nobody, &SippPlan::new()).await;
    let plan = SippPlan::new().dials("anna").calls(1, 1).pause(seconds(1));
    let caller = Sipp::call("caller_hangs_up", agent.address(), &plan);
    caller.succeeds(seconds(10)).await;
    assert_eq!(agent.seen_of("BYE").len(), 1);
}
