//! The main job: a caller waits with music, an agent presses Ready, the two talk.

use cordboard_tests::audio::{Heard, picture};
use cordboard_tests::baresip::{Phone, PhonePlan};
use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::eventually::seconds;

#[tokio::test]
async fn music_plays_until_the_agent_answers_and_then_each_hears_the_other() {
    let centre = Centre::start(CentrePlan::new().agent("anna")).await;
    let secret = centre.sip_secret("anna");
    let phone = Phone::start(&PhonePlan::agent(centre.sip(), "anna", secret)).await;
    let caller = Phone::start(&PhonePlan::caller(centre.sip())).await;

    caller.dial("100").await;
    caller.event("CALL_ESTABLISHED", seconds(5)).await;
    let waited = caller.hears(Heard::Other, 15, 0, seconds(10)).await;

    let anna = centre.sign_in("anna").await;
    anna.has_a_phone().await;
    anna.press_ready().await;
    let card = anna.becomes("talking", seconds(5)).await;
    assert_eq!(card["agent"]["call"]["caller_number"], "4951234567");
    assert_eq!(card["agent"]["call"]["queue"], "support");

    phone.hears(Heard::CallerTone, 20, 0, seconds(10)).await;
    let talked = caller
        .hears(Heard::AgentTone, 20, waited, seconds(10))
        .await;
    music_is_gone_once_the_agent_speaks(&caller.heard()[..talked]);

    caller.hang_up().await;
    anna.becomes("idle", seconds(5)).await;
    centre.is_empty_again().await;
}

/// After the first clear word of the agent there is no music left: one window may
/// hold both, since the windows do not start with the answer.
fn music_is_gone_once_the_agent_speaks(heard: &[Heard]) {
    let first = heard.iter().position(|h| *h == Heard::AgentTone);
    let after = &heard[first.expect("the agent was heard")..];
    let mixed = after.iter().filter(|h| **h == Heard::Other).count();
    assert!(mixed <= 1, "music under the talk: {}", picture(heard));
}

#[tokio::test]
async fn music_has_no_gaps_while_the_caller_waits() {
    let centre = Centre::start(CentrePlan::new()).await;
    let caller = Phone::start(&PhonePlan::caller(centre.sip())).await;
    caller.dial("100").await;
    caller.event("CALL_ESTABLISHED", seconds(5)).await;
    caller.hears(Heard::Other, 30, 0, seconds(10)).await;
    let heard = caller.heard();
    let begun = heard.iter().position(|h| *h == Heard::Other);
    let silent = heard[begun.expect("music")..]
        .windows(5)
        .any(|w| w.iter().all(|h| *h == Heard::Silence));
    assert!(!silent, "half a second of silence: {}", picture(&heard));
    caller.hang_up().await;
    centre.is_empty_again().await;
}
