//! Nobody is free for too long: the caller goes to a reserve number.

use std::net::SocketAddr;

use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::eventually::{eventually, seconds};
use cordboard_tests::port;
use cordboard_tests::sipp::{Sipp, SippPlan};
use serde_json::Value;

/// A reserve at a phone, after two seconds of waiting.
fn reserve(name: &str, phone: &Sipp) -> String {
    format!(
        "\n[[reserves]]\nname = \"{name}\"\ncontact = \"{}\"\nthreshold_s = 2\n\
         ban_after_failures = 1\nban_first_s = 300\n",
        phone.contact(name)
    )
}

/// What the supervisor reads of a reserve.
async fn shown(centre: &Centre, name: &str) -> Value {
    let olga = centre.sign_in("olga").await;
    let answer = olga.client().get("/api/v1/reserves").await.ok();
    let all = answer["reserves"].as_array().expect("a list").clone();
    all.into_iter()
        .find(|one| one["reserve"] == name)
        .expect("it is configured")
}

async fn one_caller(centre: &Centre) -> Sipp {
    let caller = SippPlan::new().dials("100").calls(1, 1);
    Sipp::call("caller", centre.sip(), &caller)
}

#[tokio::test]
async fn a_caller_whom_nobody_serves_talks_to_a_reserve_number() {
    let nobody: SocketAddr = port::free_address();
    let spare = Sipp::serve("agent", nobody, &SippPlan::new().pause(seconds(1))).await;
    let plan = CentrePlan::new().more(&reserve("duty", &spare));
    let centre = Centre::start(plan).await;
    let caller = one_caller(&centre).await;
    let seen = caller.succeeds(seconds(20)).await;
    let came_s = seen.first().unwrap().at_s;
    let rang_s = spare.seen_of("INVITE")[0].at_s;
    assert!(rang_s - came_s > 1.9, "rang after {} s", rang_s - came_s);
    centre.is_empty_again().await;
    let duty = shown(&centre, "duty").await;
    assert_eq!(duty["in_use"], 0, "{duty}");
    assert_eq!(duty["used_hour"], 1, "{duty}");
    assert_eq!(duty["marks"]["answered"], 1, "{duty}");
    // It is an answered call of the queue like any other.
    let olga = centre.sign_in("olga").await;
    let queues = olga.client().get("/api/v1/queues").await.ok();
    assert_eq!(queues["queues"][0]["answered_today"], 1, "{queues}");
}

#[tokio::test]
async fn a_busy_reserve_leads_to_the_next_and_a_ban_can_be_lifted() {
    let nobody: SocketAddr = port::free_address();
    let deaf = Sipp::serve("agent_never_answers", nobody, &SippPlan::new()).await;
    let busy = Sipp::serve("agent_is_busy", nobody, &SippPlan::new()).await;
    let spare = Sipp::serve("agent", nobody, &SippPlan::new().pause(seconds(1))).await;
    let deaf_one = reserve("deaf", &deaf) + "ring_timeout_s = 1\n";
    let plan = CentrePlan::new()
        .more(&reserve("busy", &busy))
        .more(&deaf_one)
        .more(&reserve("spare", &spare));
    let centre = Centre::start(plan).await;
    let caller = one_caller(&centre).await;
    caller.succeeds(seconds(20)).await;
    assert_eq!(busy.seen_of("INVITE").len(), 1);
    assert_eq!(deaf.seen_of("INVITE").len(), 1);
    assert_eq!(spare.seen_of("INVITE").len(), 1);
    centre.is_empty_again().await;

    // A busy number has not failed; one that rang out has.
    assert_eq!(shown(&centre, "busy").await["banned_until"], Value::Null);
    let banned = shown(&centre, "deaf").await;
    assert_eq!(banned["standing"], "banned", "{banned}");
    let olga = centre.sign_in("olga").await;
    let lift = |name: &str| format!("/api/v1/reserves/{name}/ban");
    let wrong = olga.client().send("DELETE", &lift("nobody"), None).await;
    assert_eq!(wrong.unwrap().status, 422);
    let lifted = olga.client().send("DELETE", &lift("deaf"), None).await;
    assert_eq!(lifted.unwrap().ok()["banned_until"], Value::Null);
}

#[tokio::test]
async fn with_the_reserve_taken_the_queue_goes_on() {
    let nobody: SocketAddr = port::free_address();
    let spare = Sipp::serve("agent", nobody, &SippPlan::new().pause(seconds(8))).await;
    let phone = Sipp::serve("agent", nobody, &SippPlan::new().pause(seconds(1))).await;
    let plan = CentrePlan::new()
        .agent_at("anna", &phone.contact("anna"))
        .more(&reserve("duty", &spare));
    let centre = Centre::start(plan).await;
    let first = one_caller(&centre).await;
    spare.sees("ACK", 1, seconds(10)).await;
    let second = one_caller(&centre).await;
    eventually(
        "the second to wait past the threshold",
        seconds(10),
        || async {
            let full = shown(&centre, "duty").await["standing"] == "full";
            let olga = centre.sign_in("olga").await;
            let queues = olga.client().get("/api/v1/queues").await.ok();
            let queue = &queues["queues"][0];
            (full && queue["waiting"] == 1 && queue["on_reserve"] == 1).then_some(())
        },
    )
    .await;
    let anna = centre.ready_agent("anna").await;
    second.succeeds(seconds(20)).await;
    assert_eq!(anna.mark("answered").await, 1);
    first.succeeds(seconds(20)).await;
    assert_eq!(spare.seen_of("INVITE").len(), 1);
    centre.is_empty_again().await;
}
