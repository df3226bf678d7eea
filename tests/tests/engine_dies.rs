//! The engine dies with a call in its hands: the backend notices and frees the agent.

use cordboard_tests::baresip::{Phone, PhonePlan};
use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::eventually::seconds;

#[tokio::test]
async fn an_agent_is_free_again_after_the_engine_died_in_a_talk() {
    let mut centre = Centre::start(CentrePlan::new().apart().agent("anna")).await;
    let secret = centre.sip_secret("anna").to_owned();
    let _phone = Phone::start(&PhonePlan::agent(centre.sip(), "anna", &secret)).await;
    let caller = Phone::start(&PhonePlan::caller(centre.sip())).await;
    let anna = centre.ready_agent("anna").await;
    caller.dial("100").await;
    anna.becomes("talking", seconds(10)).await;
    centre.kill_role("engine");
    anna.becomes("idle", seconds(60)).await;
    let state = anna.state().await;
    assert_eq!(state["agent"]["intent"], "ready");
}
