//! Scenario files change under the running centre: the next call hears the new ones,
//! calls that run keep theirs, and a mistake reaches nobody but the log.

use cordboard_tests::audio::Heard;
use cordboard_tests::baresip::{Phone, PhonePlan};
use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::eventually::{eventually, seconds};

/// One rule, two files: the second uses what the first has declared.
const RULE: &str =
    "\n[[rules]]\nname = \"tones\"\npattern = \"200\"\nscenarios = [\"tone.js\", \"main.js\"]\n";
/// Plays the tone of `tone.js`, and once more for a key.
const MAIN: &str = "VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
    let player = null;
    const play = () => {
        player = VoxEngine.createToneScriptPlayer(TONE + '@-10;*(*/0/1)', { loop: true });
        player.sendMediaTo(call);
    };
    call.handleTones(true);
    call.addEventListener(CallEvents.Connected, play);
    call.addEventListener(CallEvents.ToneReceived, () => {
        player.stop();
        play();
        Logger.write('again ' + TONE + ';');
    });
    call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
    call.answer();
});
";

/// Tones that the tests' ears know: 440 Hz and 880 Hz.
fn tone(hz: u32) -> String {
    format!("const TONE = '{hz}';\n")
}

async fn centre() -> Centre {
    let plan = CentrePlan::new()
        .file("tone.js", &tone(440))
        .file("main.js", MAIN)
        .more(RULE);
    Centre::start(plan).await
}

/// Dials anew and waits for a tone; leaves the call up.
async fn dials_and_hears(phone: &Phone, calls_before: usize, what: Heard) {
    let from = phone.windows_heard();
    phone.dial("200").await;
    phone
        .nth_event("CALL_ESTABLISHED", calls_before, seconds(10))
        .await;
    phone.hears(what, 3, from, seconds(10)).await;
}

async fn hangs_up(phone: &Phone, calls_before: usize) {
    phone.hang_up().await;
    phone
        .nth_event("CALL_CLOSED", calls_before, seconds(10))
        .await;
}

async fn stale_rules(centre: &Centre, wanted: f64) {
    eventually("the gauge of stale scenarios", seconds(10), || async {
        let stale = centre.metrics().await.sum("cordboard_scenarios_stale");
        (stale == Some(wanted)).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_changed_file_serves_the_next_call_and_running_calls_keep_theirs() {
    let centre = centre().await;
    let early = Phone::start(&PhonePlan::caller(centre.sip())).await;
    dials_and_hears(&early, 0, Heard::CallerTone).await;

    centre.write_scenario("tone.js", &tone(880));
    let late = Phone::start(&PhonePlan::caller(centre.sip())).await;
    dials_and_hears(&late, 0, Heard::AgentTone).await;

    // The call from before the change handles an event: still by its own files.
    early.press('5').await;
    assert_eq!(centre.session_log_word("again ").await, "440;");
    let from = early.windows_heard();
    early.hears(Heard::CallerTone, 3, from, seconds(10)).await;
    assert!(!early.heard().contains(&Heard::AgentTone), "two versions");
    hangs_up(&early, 0).await;
    hangs_up(&late, 0).await;
    dials_and_hears(&early, 1, Heard::AgentTone).await;
    hangs_up(&early, 1).await;
    centre.is_empty_again().await;
}

#[tokio::test]
async fn a_broken_or_deleted_file_leaves_the_last_good_one_serving() {
    let centre = centre().await;
    let phone = Phone::start(&PhonePlan::caller(centre.sip())).await;
    dials_and_hears(&phone, 0, Heard::CallerTone).await;
    hangs_up(&phone, 0).await;

    // The broken file first: the good change of the other does not serve with it.
    centre.write_scenario("main.js", "'use strict';\nVoxEngine.terminate(;\n");
    centre.write_scenario("tone.js", &tone(880));
    centre
        .logs("all", &["ERROR", "main.js:2", "last good version"])
        .await;
    stale_rules(&centre, 1.0).await;
    dials_and_hears(&phone, 1, Heard::CallerTone).await;
    hangs_up(&phone, 1).await;

    centre.delete_scenario("main.js");
    centre
        .logs("all", &["ERROR", "`main.js` was not found", "last good"])
        .await;
    dials_and_hears(&phone, 2, Heard::CallerTone).await;
    hangs_up(&phone, 2).await;
    stale_rules(&centre, 1.0).await;

    centre.write_scenario("main.js", MAIN);
    stale_rules(&centre, 0.0).await;
    dials_and_hears(&phone, 3, Heard::AgentTone).await;
    hangs_up(&phone, 3).await;
    centre.is_empty_again().await;
}
