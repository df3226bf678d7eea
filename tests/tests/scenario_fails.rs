//! A scenario that cannot run dies alone, and its caller gets a clear answer.

use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::eventually::seconds;
use cordboard_tests::sipp::{Sipp, SippPlan};

const BROKEN: &str =
    "VoxEngine.addEventListener(AppEvents.CallAlerting, (e) => {\n  e.call.answer(;\n});\n";
const ENDLESS: &str =
    "VoxEngine.addEventListener(AppEvents.CallAlerting, (e) => {\n  while (true) {}\n});\n";

/// A centre whose default treatment is the plainest.
fn refusing() -> CentrePlan {
    CentrePlan::new().setting("CORDBOARD__ENGINE__DEFAULT_TREATMENT", "refuse")
}

/// Dials `number` and returns the code of the refusal.
async fn refusal(centre: &Centre, number: &str) -> u16 {
    let plan = SippPlan::new().dials(number).calls(1, 1);
    let caller = Sipp::call("caller_is_refused", centre.sip(), &plan);
    let seen = caller.succeeds(seconds(30)).await;
    seen.iter()
        .find_map(|s| s.word.parse().ok())
        .expect("a code was logged")
}

async fn calls_still_work(centre: &Centre) {
    let plan = SippPlan::new().dials("100").calls(1, 1).pause(seconds(1));
    let caller = Sipp::call("caller_hangs_up", centre.sip(), &plan);
    caller.succeeds(seconds(15)).await;
    centre.is_empty_again().await;
}

#[tokio::test]
async fn a_syntax_error_refuses_the_call_and_names_file_and_line() {
    let plan = refusing().scenario("200", "broken.js", BROKEN);
    let centre = Centre::start(plan).await;
    let code = refusal(&centre, "200").await;
    assert!((500..600).contains(&code), "{code}");
    centre.logs("all", &["broken.js", "2"]).await;
    calls_still_work(&centre).await;
}

#[tokio::test]
async fn an_endless_loop_ends_alone_and_the_caller_is_told() {
    let plan = refusing().scenario("200", "endless.js", ENDLESS);
    let centre = Centre::start(plan).await;
    let code = refusal(&centre, "200").await;
    assert!((500..600).contains(&code), "{code}");
    centre.logs("all", &["endless.js", "ran longer"]).await;
    calls_still_work(&centre).await;
}
