//! Hold by re-INVITE.

use cordboard_tests::audio::Heard;
use cordboard_tests::baresip::{Phone, PhonePlan};
use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::eventually::seconds;

#[tokio::test]
async fn a_call_that_the_agent_holds_and_resumes_goes_on() {
    let centre = Centre::start(CentrePlan::new().agent("anna")).await;
    let secret = centre.sip_secret("anna");
    let phone = Phone::start(&PhonePlan::agent(centre.sip(), "anna", secret)).await;
    let caller = Phone::start(&PhonePlan::caller(centre.sip())).await;
    let anna = centre.ready_agent("anna").await;
    anna.has_a_phone().await;
    caller.dial("100").await;
    phone.hears(Heard::CallerTone, 5, 0, seconds(15)).await;

    phone.hold().await;
    phone.hears_no_more(Heard::CallerTone, seconds(5)).await;
    assert!(caller.events_of("CALL_CLOSED").is_empty());
    assert_eq!(anna.state().await["agent"]["activity"], "talking");

    let resumed_from = phone.windows_heard();
    phone.resume().await;
    phone
        .hears(Heard::CallerTone, 5, resumed_from, seconds(10))
        .await;
    caller.hears(Heard::AgentTone, 5, 0, seconds(10)).await;
    assert!(caller.events_of("CALL_CLOSED").is_empty());
    caller.hang_up().await;
    anna.becomes("idle", seconds(5)).await;
    centre.is_empty_again().await;
}
