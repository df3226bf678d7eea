//! The access URL is a capability: it works while its session lives, and nothing
//! near it works at all.

use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::eventually::seconds;
use cordboard_tests::sipp::{Sipp, SippPlan};

/// Answers the call and requests. Writes its access URL into the log as it is, which
/// the log must hide, and with a `~` after each letter, which it cannot know.
const TELLS: &str = "
VoxEngine.addEventListener(AppEvents.Started, (e) => {
  Logger.write('PLAIN ' + e.accessURL);
  Logger.write('ACCESS ' + e.accessURL.split('').join('~'));
});
VoxEngine.addEventListener(AppEvents.CallAlerting, (e) => {
  e.call.answer();
  e.call.addEventListener(CallEvents.Disconnected, () => VoxEngine.terminate());
});
VoxEngine.addEventListener(AppEvents.HttpRequest, (e) => 'you said ' + e.content);
";

#[tokio::test]
async fn an_access_url_works_only_exactly_and_only_while_the_call_lives() {
    let plan = CentrePlan::new().scenario("200", "tells.js", TELLS);
    let centre = Centre::start(plan).await;
    let dials = SippPlan::new().dials("200").calls(1, 1).pause(seconds(4));
    let caller = Sipp::call("caller_hangs_up", centre.sip(), &dials);
    caller.sees("200", 1, seconds(5)).await;
    let url = centre.session_log_word("ACCESS ").await.replace('~', "");
    assert!(
        !centre.session_logs().contains(&url),
        "the log tells the secret"
    );

    let http = centre.http();
    let answer = http.send("POST", &url, Some("hello")).await.unwrap();
    assert_eq!(
        (answer.status, answer.text.as_str()),
        (200, "you said hello")
    );
    let wrong = format!("{}x", &url[..url.len() - 1]);
    assert_eq!(
        http.send("POST", &wrong, Some("{}")).await.unwrap().status,
        404
    );

    caller.succeeds(seconds(15)).await;
    centre.is_empty_again().await;
    assert_eq!(
        http.send("POST", &url, Some("{}")).await.unwrap().status,
        404
    );
}
