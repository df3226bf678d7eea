//! One agent does not pick up: the next one gets the call, in time.

use std::net::SocketAddr;

use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::eventually::seconds;
use cordboard_tests::port;
use cordboard_tests::sipp::{Sipp, SippPlan};

const RING_TIMEOUT_S: u64 = 2;
/// How much later than the ring timeout the next phone may ring.
const LATE_S_MAX: f64 = 0.1;

#[tokio::test]
async fn the_next_agent_gets_the_call_within_the_ring_timeout_and_100_ms() {
    let nobody: SocketAddr = port::free_address();
    let silent = Sipp::serve("agent_never_answers", nobody, &SippPlan::new()).await;
    let talk = SippPlan::new().pause(seconds(1));
    let lively = Sipp::serve("agent", nobody, &talk).await;
    let plan = CentrePlan::new()
        .agent_at("anna", &silent.contact("anna"))
        .agent_at("boris", &lively.contact("boris"))
        .queue("ring_timeout_s", RING_TIMEOUT_S);
    let centre = Centre::start(plan).await;
    let anna = centre.ready_agent("anna").await;
    // Ready first, so idle longest: anna is asked first.
    let boris = centre.ready_agent("boris").await;

    let caller = Sipp::call(
        "caller",
        centre.sip(),
        &SippPlan::new().dials("100").calls(1, 1),
    );
    let first = silent.sees("INVITE", 1, seconds(5)).await;
    let second = lively.sees("INVITE", 1, seconds(10)).await;
    let waited_s = second[0].at_s - first[0].at_s;
    let timeout_s = RING_TIMEOUT_S as f64;
    assert!(
        waited_s > timeout_s - LATE_S_MAX && waited_s < timeout_s + LATE_S_MAX,
        "the next phone rang after {waited_s} s"
    );
    let cancel = silent.sees("CANCEL", 1, seconds(5)).await;
    let rang_on_s = cancel[0].at_s - second[0].at_s;
    assert!(rang_on_s < LATE_S_MAX, "both phones rang for {rang_on_s} s");
    caller.succeeds(seconds(20)).await;

    assert_eq!(anna.mark("missed").await, 1);
    assert_eq!(boris.mark("answered").await, 1);
    assert_eq!(boris.mark("missed").await, 0);
    centre.is_empty_again().await;
}

#[tokio::test]
async fn a_busy_phone_is_passed_over_at_once() {
    let nobody: SocketAddr = port::free_address();
    let busy = Sipp::serve("agent_is_busy", nobody, &SippPlan::new()).await;
    let lively = Sipp::serve("agent", nobody, &SippPlan::new().pause(seconds(1))).await;
    let plan = CentrePlan::new()
        .agent_at("anna", &busy.contact("anna"))
        .agent_at("boris", &lively.contact("boris"));
    let centre = Centre::start(plan).await;
    let anna = centre.ready_agent("anna").await;
    centre.ready_agent("boris").await;
    let caller = Sipp::call(
        "caller",
        centre.sip(),
        &SippPlan::new().dials("100").calls(1, 1),
    );
    let first = busy.sees("INVITE", 1, seconds(5)).await;
    let second = lively.sees("INVITE", 1, seconds(5)).await;
    assert!(second[0].at_s - first[0].at_s < 0.5, "{first:?} {second:?}");
    caller.succeeds(seconds(20)).await;
    assert_eq!(anna.mark("busy").await, 1);
    assert_eq!(anna.mark("missed").await, 0);
    centre.is_empty_again().await;
}
