//! Signalling over TCP.

use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::eventually::seconds;
use cordboard_tests::sipp::{Sipp, SippPlan};

#[tokio::test]
async fn a_call_over_tcp_is_answered_and_ends_in_order() {
    let centre = Centre::start(CentrePlan::new()).await;
    let plan = SippPlan::new()
        .dials("100")
        .calls(1, 1)
        .pause(seconds(1))
        .with("-t", "t1");
    let caller = Sipp::call("caller_hangs_up", centre.sip(), &plan);
    caller.succeeds(seconds(15)).await;
    centre.is_empty_again().await;
}
