//! Several phones ring for one caller, and queues that let callers go.

use std::net::SocketAddr;

use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::eventually::seconds;
use cordboard_tests::port;
use cordboard_tests::sipp::{Sipp, SippPlan};

fn one_caller(centre: &Centre) -> Sipp {
    let caller = SippPlan::new().dials("100").calls(1, 1);
    Sipp::call("caller", centre.sip(), &caller)
}

#[tokio::test]
async fn the_first_who_answers_has_the_call_and_the_other_phone_stops() {
    let nobody: SocketAddr = port::free_address();
    let slow = Sipp::serve("agent_never_answers", nobody, &SippPlan::new()).await;
    let quick = Sipp::serve("agent", nobody, &SippPlan::new().pause(seconds(1))).await;
    let plan = CentrePlan::new()
        .agent_at("anna", &slow.contact("anna"))
        .agent_at("boris", &quick.contact("boris"))
        .queue("ring_at_once", 2);
    let centre = Centre::start(plan).await;
    let anna = centre.ready_agent("anna").await;
    let boris = centre.ready_agent("boris").await;
    one_caller(&centre).succeeds(seconds(20)).await;
    slow.sees("CANCEL", 1, seconds(5)).await;
    assert_eq!(slow.seen_of("INVITE").len(), 1);
    assert_eq!(quick.seen_of("INVITE").len(), 1);
    // Somebody else was quicker: that is no miss.
    assert_eq!(boris.mark("answered").await, 1);
    assert_eq!(anna.mark("missed").await, 0);
    assert_eq!(anna.mark("rejected").await, 0);
    centre.is_empty_again().await;
    let told = slow.messages_tail();
    let (_, cancel) = told.split_once("CANCEL sip:").expect("a CANCEL");
    assert!(cancel.contains("cause=200"), "{cancel}");
}

#[tokio::test]
async fn a_caller_who_finds_nobody_logged_in_is_told_and_let_go() {
    let plan = CentrePlan::new()
        .agent("anna")
        .more("on_nobody = \"hang_up\"\n");
    let centre = Centre::start(plan).await;
    one_caller(&centre).succeeds(seconds(30)).await;
    centre.is_empty_again().await;
    // With anna there the same caller waits for her.
    let anna = centre.sign_in("anna").await;
    anna.press_not_ready("lunch").await;
    let waits = one_caller(&centre);
    let olga = centre.sign_in("olga").await;
    cordboard_tests::eventually::eventually("the caller to wait", seconds(5), || async {
        let queues = olga.client().get("/api/v1/queues").await.ok();
        (queues["queues"][0]["waiting"] == 1).then_some(())
    })
    .await;
    drop(waits);
}

#[tokio::test]
async fn who_has_waited_for_the_longest_time_is_told_and_let_go() {
    let plan = CentrePlan::new()
        .agent("anna")
        .queue("wait_max_s", 2)
        .more("on_wait_max = \"hang_up\"\n");
    let centre = Centre::start(plan).await;
    let anna = centre.sign_in("anna").await;
    anna.press_not_ready("lunch").await;
    let seen = one_caller(&centre).succeeds(seconds(30)).await;
    let stayed_s = seen.last().unwrap().at_s - seen.first().unwrap().at_s;
    assert!(stayed_s > 1.9, "let go after {stayed_s} s");
    centre.tells("session_ended").await;
    centre.is_empty_again().await;
}
