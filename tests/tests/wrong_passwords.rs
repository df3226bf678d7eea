//! Wrong passwords, of the page and of the phone.

use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::eventually::seconds;
use cordboard_tests::sipp::{Sipp, SippPlan};
use serde_json::json;

#[tokio::test]
async fn a_wrong_password_does_not_sign_in_and_says_no_more_for_unknown_users() {
    let centre = Centre::start(CentrePlan::new().agent("anna")).await;
    let mut answers = Vec::new();
    for user in ["anna", "nobody"] {
        let body = json!({"user": user, "password": "wrong"});
        let answer = centre.http().json("POST", "/api/v1/login", &body).await;
        assert_eq!(answer.status, 401);
        assert_eq!(answer.json["error"]["code"], "wrong_credentials");
        answers.push(answer.text);
    }
    assert_eq!(answers[0], answers[1]);
    centre.sign_in("anna").await;
}

/// What a phone gets that registers with this secret.
async fn registering(centre: &Centre, user: &str, secret: &str) -> Vec<String> {
    let plan = SippPlan::new().dials(user).calls(1, 1).login(user, secret);
    let phone = Sipp::call("register", centre.sip(), &plan);
    let seen = phone.succeeds(seconds(10)).await;
    seen.into_iter().map(|s| s.word).collect()
}

#[tokio::test]
async fn a_phone_with_a_wrong_secret_is_refused_like_an_unknown_one() {
    let centre = Centre::start(CentrePlan::new().agent("anna")).await;
    let right = centre.sip_secret("anna").to_owned();
    let wrong = registering(&centre, "anna", "wrong").await;
    let unknown = registering(&centre, "nobody", "wrong").await;
    assert!(matches!(wrong[0].as_str(), "401" | "403"), "{wrong:?}");
    assert_eq!(wrong, unknown);
    assert_eq!(registering(&centre, "anna", &right).await, ["200"]);
}
