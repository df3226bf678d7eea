//! Keys pressed in a call.

use cordboard_tests::baresip::{Phone, PhonePlan};
use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::eventually::{eventually, seconds};

/// Writes every key into the session log.
const LISTENS: &str = "
VoxEngine.addEventListener(AppEvents.CallAlerting, (e) => {
  e.call.answer();
  e.call.handleTones(true);
  e.call.addEventListener(CallEvents.ToneReceived, (t) => Logger.write('KEY ' + t.tone + ';'));
  e.call.addEventListener(CallEvents.Disconnected, () => VoxEngine.terminate());
});
";

#[tokio::test]
async fn each_key_reaches_the_scenario_once_and_in_order() {
    let plan = CentrePlan::new().scenario("200", "listens.js", LISTENS);
    let centre = Centre::start(plan).await;
    let caller = Phone::start(&PhonePlan::caller(centre.sip())).await;
    caller.dial("200").await;
    caller.event("CALL_ESTABLISHED", seconds(5)).await;
    let mut pressed = String::new();
    for key in ['4', '2', '2', '#'] {
        caller.press(key).await;
        pressed += &format!("KEY {key};");
        let all = pressed.clone();
        eventually(&format!("the log to say {all}"), seconds(5), || async {
            let log = centre.session_logs();
            let heard: String = log
                .match_indices("KEY ")
                .filter_map(|(at, _)| log.get(at..at + 6))
                .collect();
            (heard == all).then_some(())
        })
        .await;
    }
    caller.hang_up().await;
    centre.is_empty_again().await;
}

/// The same for keys that sound in the audio; others are not taken.
const LISTENS_TO_TONES: &str = "
VoxEngine.addEventListener(AppEvents.CallAlerting, (e) => {
  e.call.answer();
  e.call.handleTones(true, DTMFType.IN_BAND);
  e.call.addEventListener(CallEvents.ToneReceived, (t) => Logger.write('KEY ' + t.tone + ' ' + t.type + ';'));
  e.call.addEventListener(CallEvents.Disconnected, () => VoxEngine.terminate());
});
";

#[tokio::test]
async fn keys_that_come_as_tones_in_the_audio_are_heard() {
    let plan = CentrePlan::new().scenario("200", "listens.js", LISTENS_TO_TONES);
    let centre = Centre::start(plan).await;
    let mut plan = PhonePlan::caller(centre.sip());
    // The first may be lost while the call is set up.
    plan.plays_keys = Some("11470#*".into());
    let caller = Phone::start(&plan).await;
    caller.dial("200").await;
    caller.event("CALL_ESTABLISHED", seconds(5)).await;
    eventually("the keys in the log", seconds(8), || async {
        let log = centre.session_logs();
        let heard: Vec<&str> = log
            .match_indices("KEY ")
            .filter_map(|(at, _)| log.get(at + 4..at + 8))
            .collect();
        let wanted = ["1 2;", "4 2;", "7 2;", "0 2;", "# 2;", "* 2;"];
        heard.ends_with(&wanted).then_some(())
    })
    .await;
    caller.hang_up().await;
    centre.is_empty_again().await;
}
