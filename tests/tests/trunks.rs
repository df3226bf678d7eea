//! Calls through a provider: out to a telephone number, and in from it.

use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::eventually::seconds;
use cordboard_tests::port;
use cordboard_tests::sipp::{Sipp, SippPlan};
use std::net::SocketAddr;

const TRUNKS: &str = "CORDBOARD__SIP__TRUNKS";

/// A provider at `address` whose calls come from loopback.
fn trunk(address: SocketAddr) -> String {
    format!(r#"[{{ name = "provider", address = "{address}", sources = ["127.0.0.1"] }}]"#)
}

#[tokio::test]
async fn an_agent_with_a_telephone_is_reached_through_the_trunk() {
    let nobody: SocketAddr = port::free_address();
    let provider = Sipp::serve("agent", nobody, &SippPlan::new().pause(seconds(1))).await;
    let plan = CentrePlan::new()
        .agent_at("anna", "+74950000001")
        .setting(TRUNKS, &trunk(provider.address()));
    let centre = Centre::start(plan).await;
    let anna = centre.ready_agent("anna").await;
    let caller = SippPlan::new().dials("100").calls(1, 1);
    let caller = Sipp::call("caller", centre.sip(), &caller);
    let invite = provider.sees("INVITE", 1, seconds(10)).await;
    assert_eq!(invite[0].to.trim_start_matches('+'), "74950000001");
    caller.succeeds(seconds(20)).await;
    assert_eq!(anna.mark("answered").await, 1);
    centre.is_empty_again().await;
}

#[tokio::test]
async fn a_call_from_the_trunk_comes_in_where_strangers_may_not() {
    let nobody: SocketAddr = port::free_address();
    let agent = Sipp::serve("agent", nobody, &SippPlan::new().pause(seconds(1))).await;
    let plan = CentrePlan::new()
        .closed()
        .agent_at("anna", &agent.contact("anna"))
        .setting(TRUNKS, &trunk(nobody));
    let centre = Centre::start(plan).await;
    centre.ready_agent("anna").await;
    let caller = SippPlan::new().dials("100").calls(1, 1);
    let caller = Sipp::call("caller", centre.sip(), &caller);
    caller.succeeds(seconds(20)).await;
    centre.is_empty_again().await;
}

#[tokio::test]
async fn a_number_without_a_trunk_is_an_unreachable_agent_not_a_stuck_one() {
    let nobody: SocketAddr = port::free_address();
    let agent = Sipp::serve("agent", nobody, &SippPlan::new().pause(seconds(1))).await;
    let plan = CentrePlan::new()
        .agent_at("anna", "74950000001")
        .agent_at("boris", &agent.contact("boris"));
    let centre = Centre::start(plan).await;
    let anna = centre.ready_agent("anna").await;
    centre.ready_agent("boris").await;
    let caller = SippPlan::new().dials("100").calls(1, 1);
    let caller = Sipp::call("caller", centre.sip(), &caller);
    caller.succeeds(seconds(20)).await;
    assert_eq!(anna.mark("unreachable").await, 1);
    centre.is_empty_again().await;
}
