//! A number that no rule matches.

use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::eventually::seconds;
use cordboard_tests::sipp::{Sipp, SippPlan};

#[tokio::test]
async fn a_number_without_a_rule_is_not_found() {
    let centre = Centre::start(CentrePlan::new()).await;
    let plan = SippPlan::new().dials("999").calls(1, 1);
    let caller = Sipp::call("caller_is_refused", centre.sip(), &plan);
    let seen = caller.succeeds(seconds(15)).await;
    assert!(seen.iter().any(|s| s.word == "404"), "{seen:?}");
    centre.is_empty_again().await;
}
