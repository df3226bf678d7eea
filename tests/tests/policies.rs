//! The owner's policy.js decides for real phones.

use std::net::SocketAddr;

use cordboard_tests::agent::Agent;
use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::eventually::{eventually, seconds};
use cordboard_tests::port;
use cordboard_tests::sipp::{Sipp, SippPlan};

const POLICY_FILE: &str = "CORDBOARD__POLICY__FILE";

/// Waits until the supervisor sees so many callers wait.
async fn waiting(olga: &Agent, callers: u64) {
    eventually("the caller to be queued", seconds(5), || async {
        let queues = olga.client().get("/api/v1/queues").await.ok();
        (queues["queues"][0]["waiting"] == callers).then_some(())
    })
    .await;
}

/// Waits until the hooks of the file's present text are in force.
async fn hooks(olga: &Agent, names: &[&str]) {
    eventually("the policy to be read", seconds(10), || async {
        let shown = olga.client().get("/api/v1/policy").await.ok();
        let known: Vec<_> = shown["hooks"].as_array()?.iter().collect();
        let all = names
            .iter()
            .all(|name| known.iter().any(|hook| hook["hook"] == *name));
        (known.len() == names.len() && all).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_vip_overtakes_and_the_agent_of_the_highest_rank_rings() {
    let nobody: SocketAddr = port::free_address();
    let talk = SippPlan::new().pause(seconds(1));
    let annas = Sipp::serve("agent", nobody, &talk).await;
    let boriss = Sipp::serve("agent", nobody, &talk).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("policy.js");
    let policy = "function onCall(call) { return call.dialed_number === '101' ? { queue: 'support', priority: 50 } : {}; }\n\
                  function rank(agent) { return agent.agent === 'boris' ? 1 : 0; }\n";
    std::fs::write(&file, policy).unwrap();
    let plan = CentrePlan::new()
        .agent_at("anna", &annas.contact("anna"))
        .agent_at("boris", &boriss.contact("boris"))
        .number("101", "call-centre.js")
        .setting(POLICY_FILE, &file.display().to_string());
    let centre = Centre::start(plan).await;
    let olga = centre.sign_in("olga").await;
    hooks(&olga, &["onCall", "rank"]).await;

    // The usual caller came first, and still the VIP is served first.
    let usual = SippPlan::new().dials("100").calls(1, 1);
    let usual = Sipp::call("caller", centre.sip(), &usual);
    waiting(&olga, 1).await;
    let vip = SippPlan::new().dials("101").calls(1, 1);
    let vip = Sipp::call("caller", centre.sip(), &vip);
    waiting(&olga, 2).await;
    centre.ready_agent("boris").await;
    let vip_ended = vip.succeeds(seconds(20)).await.last().unwrap().at_s;
    let usual_ended = usual.succeeds(seconds(20)).await.last().unwrap().at_s;
    assert!(vip_ended < usual_ended, "the VIP was served second");
    assert!(annas.seen_of("INVITE").is_empty());

    // Anna is idle now for longer than boris has been: the rank decides.
    let anna = centre.ready_agent("anna").await;
    let again = SippPlan::new().dials("100").calls(1, 1);
    Sipp::call("caller", centre.sip(), &again)
        .succeeds(seconds(20))
        .await;
    assert_eq!(boriss.seen_of("INVITE").len(), 3);
    assert!(annas.seen_of("INVITE").is_empty());

    // The file changes under the running centre: the next caller meets the new rule.
    std::fs::write(&file, policy.replace("'boris'", "'anna'")).unwrap();
    eventually("the new policy to rank", seconds(30), || async {
        let caller = SippPlan::new().dials("100").calls(1, 1);
        let caller = Sipp::call("caller", centre.sip(), &caller);
        caller.succeeds(seconds(20)).await;
        (!annas.seen_of("INVITE").is_empty()).then_some(())
    })
    .await;
    assert!(anna.mark("answered").await >= 1);
    centre.is_empty_again().await;
}

#[tokio::test]
async fn a_policy_that_breaks_costs_no_caller_anything() {
    let nobody: SocketAddr = port::free_address();
    let phone = Sipp::serve("agent", nobody, &SippPlan::new().pause(seconds(1))).await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("policy.js");
    std::fs::write(
        &file,
        "function onCall() { for (;;); }\nfunction rank() { throw new Error('oh'); }\n",
    )
    .unwrap();
    let plan = CentrePlan::new()
        .agent_at("anna", &phone.contact("anna"))
        .setting(POLICY_FILE, &file.display().to_string());
    let centre = Centre::start(plan).await;
    let olga = centre.sign_in("olga").await;
    hooks(&olga, &["onCall", "rank"]).await;
    centre.ready_agent("anna").await;
    let caller = SippPlan::new().dials("100").calls(1, 1);
    Sipp::call("caller", centre.sip(), &caller)
        .succeeds(seconds(20))
        .await;
    let shown = olga.client().get("/api/v1/policy").await.ok();
    let failed = |hook: &serde_json::Value| hook["failed"].as_u64().unwrap_or(0);
    let hooks = shown["hooks"].as_array().unwrap();
    assert!(hooks.iter().all(|hook| failed(hook) >= 1), "{shown}");
    centre.is_empty_again().await;
}
