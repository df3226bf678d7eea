//! A body that breaks the contract is refused with the name of the field at fault,
//! to the sender and in the log.

use cordboard_tests::centre::{Centre, CentrePlan};
use serde_json::json;

#[tokio::test]
async fn a_wrong_field_is_named_to_the_sender_and_in_the_log() {
    let centre = Centre::start(CentrePlan::new()).await;
    let scenario = centre.http().with_token(&centre.scenario_token());
    let body = json!({"session_id": "s1", "access_url": 7,
        "caller_number": "1", "dialed_number": "100"});
    let answer = scenario.json("POST", "/api/v1/calls", &body).await;
    assert!((400..500).contains(&answer.status), "{answer:?}");
    assert!(answer.text.contains("access_url"), "{}", answer.text);
    centre.logs("all", &["access_url"]).await;
}

#[tokio::test]
async fn a_wrong_token_is_refused() {
    let centre = Centre::start(CentrePlan::new()).await;
    let stranger = centre.http().with_token("guess");
    let body = json!({"session_id": "s1", "access_url": "http://127.0.0.1:1/x",
        "caller_number": "1", "dialed_number": "100"});
    let answer = stranger.json("POST", "/api/v1/calls", &body).await;
    assert_eq!(answer.status, 401);
}
