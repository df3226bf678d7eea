//! A conference of real phones.

use std::time::Duration;

use cordboard_tests::audio::part_at;
use cordboard_tests::baresip::{Phone, PhonePlan};
use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::eventually::{eventually, seconds};

/// The caller and two agents in one room.
const ROOM: &str = "
VoxEngine.addEventListener(AppEvents.CallAlerting, (e) => {
  const conf = VoxEngine.createConference({hd_audio: true});
  conf.addEventListener(ConferenceEvents.Started, () => Logger.write('ROOM OPEN'));
  conf.addEventListener(ConferenceEvents.Stopped, () => Logger.write('ROOM CLOSED'));
  e.call.answer();
  for (const call of [e.call, VoxEngine.callUser('anna', '1'), VoxEngine.callUser('boris', '1')]) {
    call.addEventListener(CallEvents.Connected, () => VoxEngine.sendMediaBetween(call, conf));
  }
  e.call.addEventListener(CallEvents.Disconnected, () => {
    VoxEngine.destroyConference(conf);
    setTimeout(VoxEngine.terminate, 200);
  });
});
";

/// How much of the last second that a phone heard is each tone.
fn parts(phone: &Phone, tones: [f64; 3]) -> [f64; 3] {
    let samples = phone.samples_heard();
    let start = samples.len().saturating_sub(8_000);
    tones.map(|hz| part_at(&samples[start..], hz))
}

/// Waits until each of three phones hears the tones of the other two, and not
/// its own; tones are in the order of the phones.
pub(crate) async fn each_hears_the_others(
    phones: [&Phone; 3],
    tones: [f64; 3],
    answers_within: Duration,
    heard_within: Duration,
) {
    for (own, phone) in phones.into_iter().enumerate() {
        phone.event("CALL_ESTABLISHED", answers_within).await;
        eventually("the other two to be heard", heard_within, || async {
            let heard = parts(phone, tones);
            let right = heard.iter().enumerate().all(|(of, part)| {
                if of == own {
                    *part < 0.01
                } else {
                    (0.3..0.7).contains(part)
                }
            });
            right.then_some(())
        })
        .await;
    }
}

#[tokio::test]
async fn each_of_three_hears_the_other_two_and_not_itself() {
    let tones = [440.0, 880.0, 1_320.0];
    let plan = CentrePlan::new()
        .agent("anna")
        .agent("boris")
        .scenario("300", "room.js", ROOM);
    let centre = Centre::start(plan).await;
    let agent = |name: &str, hz| {
        let mut plan = PhonePlan::agent(centre.sip(), name, centre.sip_secret(name));
        plan.tone_hz = hz;
        plan
    };
    let anna = Phone::start(&agent("anna", tones[1])).await;
    let boris = Phone::start(&agent("boris", tones[2])).await;
    let caller = Phone::start(&PhonePlan::caller(centre.sip())).await;
    caller.dial("300").await;
    each_hears_the_others([&caller, &anna, &boris], tones, seconds(8), seconds(10)).await;
    caller.hang_up().await;
    centre.session_log_word("ROOM").await;
    for phone in [&anna, &boris] {
        phone.event("CALL_CLOSED", seconds(5)).await;
    }
    eventually("the room to open and close", seconds(5), || async {
        let log = centre.session_logs();
        (log.contains("ROOM OPEN") && log.contains("ROOM CLOSED")).then_some(())
    })
    .await;
    centre.is_empty_again().await;
}
