//! G.722: wideband phones among each other and with others.

use cordboard_tests::audio::{Heard, RATE_HZ, WIDE_RATE_HZ, part_at};
use cordboard_tests::baresip::{Phone, PhonePlan};
use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::eventually::{eventually, seconds};

/// Calls anna for whoever calls, and says what happens.
const BRIDGE: &str = "
VoxEngine.addEventListener(AppEvents.CallAlerting, (e) => {
  const anna = VoxEngine.callUser({ username: 'anna', callerid: e.callerid });
  const told = (who, call) => {
    call.addEventListener(CallEvents.AudioQualityDetected, (q) => Logger.write(`${who} ${q.quality};`));
  };
  told('caller', e.call);
  told('anna', anna);
  VoxEngine.easyProcess(e.call, anna);
});
";

/// The log of the only session comes to say all of `words`.
async fn says(centre: &Centre, words: &[&str]) {
    eventually(&format!("the log to say {words:?}"), seconds(8), || async {
        let log = centre.session_logs();
        words.iter().all(|word| log.contains(word)).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_wideband_caller_and_a_narrow_agent_hear_each_other() {
    let plan = CentrePlan::new()
        .agent("anna")
        .scenario("300", "bridge.js", BRIDGE);
    let centre = Centre::start(plan).await;
    let secret = centre.sip_secret("anna");
    let anna = Phone::start(&PhonePlan::agent(centre.sip(), "anna", secret)).await;
    let caller = Phone::start(&PhonePlan::caller(centre.sip()).wideband()).await;
    caller.dial("300").await;
    caller.event("CALL_ESTABLISHED", seconds(8)).await;
    anna.hears(Heard::CallerTone, 10, 0, seconds(10)).await;
    caller.hears(Heard::AgentTone, 10, 0, seconds(10)).await;
    says(&centre, &["caller HD;", "anna Standard;"]).await;

    caller.hang_up().await;
    anna.event("CALL_CLOSED", seconds(5)).await;
    centre.is_empty_again().await;
}

#[tokio::test]
async fn two_wideband_phones_hear_what_a_telephone_cannot_carry() {
    const HIGH_HZ: f64 = 6_000.0;
    // The measure takes its samples to be at 8 kHz.
    const AT_OUR_RATE: f64 = RATE_HZ as f64 / WIDE_RATE_HZ as f64;
    let plan = CentrePlan::new()
        .agent("anna")
        .scenario("300", "bridge.js", BRIDGE);
    let centre = Centre::start(plan).await;
    let secret = centre.sip_secret("anna");
    let anna = PhonePlan::agent(centre.sip(), "anna", secret).wideband();
    let anna = Phone::start(&anna).await;
    let mut plan = PhonePlan::caller(centre.sip()).wideband();
    plan.tone_hz = HIGH_HZ;
    let caller = Phone::start(&plan).await;
    caller.dial("300").await;
    caller.event("CALL_ESTABLISHED", seconds(8)).await;
    says(&centre, &["caller HD;", "anna HD;"]).await;
    caller.hears(Heard::AgentTone, 10, 0, seconds(10)).await;
    eventually("anna to hear the high tone", seconds(8), || async {
        let heard = anna.own_samples_heard();
        let last = heard.get(heard.len().saturating_sub(16_000)..)?;
        let whole = part_at(last, HIGH_HZ * AT_OUR_RATE) > 0.9;
        (last.len() == 16_000 && whole).then_some(())
    })
    .await;
    caller.hang_up().await;
    centre.is_empty_again().await;
}

#[tokio::test]
async fn a_wideband_caller_hears_music_and_then_the_agent() {
    let centre = Centre::start(CentrePlan::new().agent("anna")).await;
    let secret = centre.sip_secret("anna");
    let phone = Phone::start(&PhonePlan::agent(centre.sip(), "anna", secret)).await;
    let caller = Phone::start(&PhonePlan::caller(centre.sip()).wideband()).await;
    caller.dial("100").await;
    caller.event("CALL_ESTABLISHED", seconds(5)).await;
    let waited = caller.hears(Heard::Other, 15, 0, seconds(10)).await;
    let anna = centre.sign_in("anna").await;
    anna.has_a_phone().await;
    anna.press_ready().await;
    phone.hears(Heard::CallerTone, 10, 0, seconds(10)).await;
    caller
        .hears(Heard::AgentTone, 10, waited, seconds(10))
        .await;
    caller.hang_up().await;
    centre.is_empty_again().await;
}
