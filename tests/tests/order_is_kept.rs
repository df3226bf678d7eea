//! Who came first is served first.

use std::net::SocketAddr;

use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::eventually::{eventually, seconds};
use cordboard_tests::port;
use cordboard_tests::sipp::{Sipp, SippPlan};

#[tokio::test]
async fn two_callers_and_one_agent_keep_their_order() {
    let nobody: SocketAddr = port::free_address();
    let phone = Sipp::serve("agent", nobody, &SippPlan::new().pause(seconds(1))).await;
    let plan = CentrePlan::new().agent_at("anna", &phone.contact("anna"));
    let centre = Centre::start(plan).await;
    let dials = SippPlan::new().dials("100").calls(1, 1);
    let olga = centre.sign_in("olga").await;
    let mut callers = Vec::new();
    for waiting in 1..=2_u64 {
        callers.push(Sipp::call("caller", centre.sip(), &dials));
        eventually("the caller to be queued", seconds(5), || async {
            let queues = olga.client().get("/api/v1/queues").await.ok();
            (queues["queues"][0]["waiting"] == waiting).then_some(())
        })
        .await;
    }
    centre.ready_agent("anna").await;
    let mut ended = Vec::new();
    for caller in callers {
        let seen = caller.succeeds(seconds(20)).await;
        ended.push(seen.last().unwrap().at_s);
    }
    assert!(ended[0] < ended[1], "the second caller was served first");
    assert_eq!(phone.seen_of("ACK").len(), 2);
    centre.is_empty_again().await;
}
