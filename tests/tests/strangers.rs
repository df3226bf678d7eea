//! Who may call in.

use cordboard_tests::audio;
use cordboard_tests::baresip::{Phone, PhonePlan};
use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::eventually::seconds;
use cordboard_tests::sipp::{Sipp, SippPlan};

#[tokio::test]
async fn a_stranger_reaches_nothing_where_no_listener_is_open() {
    let centre = Centre::start(CentrePlan::new().closed()).await;
    let plan = SippPlan::new().dials("100").calls(1, 1);
    let caller = Sipp::call("caller_is_refused", centre.sip(), &plan);
    let seen = caller.succeeds(seconds(15)).await;
    let code = &seen.last().unwrap().word;
    assert!(matches!(code.as_str(), "401" | "403" | "407"), "{code}");
    centre.is_empty_again().await;
}

#[tokio::test]
async fn a_user_who_proves_the_secret_may_call() {
    let centre = Centre::start(CentrePlan::new().closed().agent("boris")).await;
    let secret = centre.sip_secret("boris");
    let phone = Phone::start(&PhonePlan::agent(centre.sip(), "boris", secret)).await;
    phone.dial("100").await;
    phone.hears(audio::Heard::Other, 5, 0, seconds(10)).await;
    phone.hang_up().await;
    centre.is_empty_again().await;
}
