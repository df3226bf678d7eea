//! A scenario that was written for the cloud's queues, unchanged: the backend's
//! queues serve its request, and the agent and the caller hear each other.

use cordboard_tests::audio::Heard;
use cordboard_tests::baresip::{Phone, PhonePlan};
use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::eventually::seconds;

const SCENARIO: &str = "
require(Modules.ACD);
VoxEngine.addEventListener(AppEvents.HttpRequest, () => { throw new Error('not for the scenario'); });
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
    let request;
    call.addEventListener(CallEvents.Connected, () => {
        request = VoxEngine.enqueueACDRequest('support', call.callerid());
        request.addEventListener(ACDEvents.OperatorReached, (e) => {
            VoxEngine.sendMediaBetween(e.operatorCall, call);
            e.operatorCall.addEventListener(CallEvents.Disconnected, () => call.hangup());
            call.addEventListener(CallEvents.Disconnected, () => e.operatorCall.hangup());
        });
        request.addEventListener(ACDEvents.Error, (e) => Logger.write(e.error));
    });
    call.addEventListener(CallEvents.Disconnected, () => { request.cancel(); setTimeout(VoxEngine.terminate, 1000); });
    call.answer();
});
";

#[tokio::test]
async fn a_caller_reaches_a_ready_agent_through_an_acd_request() {
    let plan = CentrePlan::new()
        .agent("anna")
        .scenario("200", "acd.js", SCENARIO);
    let centre = Centre::start(plan).await;
    let secret = centre.sip_secret("anna");
    let phone = Phone::start(&PhonePlan::agent(centre.sip(), "anna", secret)).await;
    let caller = Phone::start(&PhonePlan::caller(centre.sip())).await;
    let anna = centre.sign_in("anna").await;
    anna.has_a_phone().await;
    anna.press_ready().await;

    caller.dial("200").await;
    let card = anna.becomes("talking", seconds(10)).await;
    assert_eq!(card["agent"]["call"]["caller_number"], "4951234567");
    assert_eq!(card["agent"]["call"]["queue"], "support");
    phone.hears(Heard::CallerTone, 20, 0, seconds(10)).await;
    caller.hears(Heard::AgentTone, 20, 0, seconds(10)).await;

    caller.hang_up().await;
    anna.becomes("idle", seconds(5)).await;
    centre.is_empty_again().await;
}

#[tokio::test]
async fn a_caller_who_leaves_takes_the_request_along() {
    let plan = CentrePlan::new().scenario("200", "acd.js", SCENARIO);
    let centre = Centre::start(plan).await;
    let caller = Phone::start(&PhonePlan::caller(centre.sip())).await;
    caller.dial("200").await;
    caller.event("CALL_ESTABLISHED", seconds(5)).await;
    tokio::time::sleep(seconds(1)).await;
    caller.hang_up().await;
    centre.is_empty_again().await;
}
