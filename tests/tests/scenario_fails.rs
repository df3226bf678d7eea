//! A scenario that cannot run dies alone, and its caller gets a clear answer.

use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::eventually::{eventually, seconds};
use cordboard_tests::port;
use cordboard_tests::sipp::{Sipp, SippPlan};
use tokio::io::AsyncReadExt as _;

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

/// The request of `Terminating` leaves though the server never answers, and the caller
/// does not wait for it.
#[tokio::test]
async fn a_scenario_that_throws_says_goodbye_and_its_caller_does_not_wait() {
    let server = port::free_address();
    let listener = tokio::net::TcpListener::bind(server).await.unwrap();
    let throws = format!(
        "VoxEngine.addEventListener(AppEvents.CallAlerting, (e) => {{ nowhere.to.be.found(); }});
         VoxEngine.addEventListener(AppEvents.Terminating, (e) => {{
           for (const word of ['first', 'second'])
             Net.httpRequest(`http://{server}/${{word}}/${{e.systemError}}`, () => Logger.write('never'));
         }});"
    );
    let plan = refusing()
        .setting("CORDBOARD__ENGINE__ALLOW_HOSTS", &format!("[\"{server}\"]"))
        .scenario("200", "throws.js", &throws);
    let centre = Centre::start(plan).await;
    let began = std::time::Instant::now();
    let code = refusal(&centre, "200").await;
    assert!((500..600).contains(&code), "{code}");
    assert!(began.elapsed() < seconds(20), "{:?}", began.elapsed());
    let (mut stream, _) = tokio::time::timeout(seconds(5), listener.accept())
        .await
        .expect("a request comes")
        .unwrap();
    let mut head = vec![0; 1_024];
    let length = stream.read(&mut head).await.unwrap();
    let head = String::from_utf8_lossy(&head[..length]).into_owned();
    assert!(head.starts_with("GET /first/true "), "{head}");
    let another = tokio::time::timeout(seconds(1), listener.accept()).await;
    assert!(another.is_err(), "one request only");
    eventually("the log", seconds(5), || async {
        let log = centre.session_logs();
        let told = log.contains("nowhere is not defined") && log.contains("throws.js:1");
        told.then_some(())
    })
    .await;
    assert!(!centre.session_logs().contains("never"));
    calls_still_work(&centre).await;
}
