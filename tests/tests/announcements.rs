//! What a waiting caller hears of the place in the queue (promise P11): one thing at
//! a time, nothing that holds an offer up, no place that grows without a reason.
//! The voice of these tests speaks in tones, so that words are told apart by ear.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use cordboard_tests::audio::{Heard, WINDOW, part_at};
use cordboard_tests::baresip::{Phone, PhonePlan};
use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::eventually::{eventually, seconds};

/// What "you are next" sounds like, Hz.
const NEXT_HZ: f64 = 600.0;
/// What "number 2" sounds like, Hz.
const SECOND_HZ: f64 = 1_300.0;
/// So much of a window's energy makes it the tone alone.
const ALONE: f64 = 0.9;

/// A voice that says each text as a tone of so many seconds.
fn voice(folder: &Path, length_s: u32) -> String {
    let script = folder.join("voice.sh");
    let text = format!(
        "#!/bin/sh\ntext=$(cat)\ncase \"$text\" in\n*next*) hz={NEXT_HZ};;\n*'number 2'*) hz={SECOND_HZ};;\n*) hz=2000;;\nesac\n\
         exec sox -n -r 8000 -b 16 -c 1 -t wav - synth {length_s} sine $hz vol 0.4\n"
    );
    std::fs::write(&script, text).expect("the voice is written");
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(&script, mode).expect("the voice can be run");
    let script = script.display();
    format!("\n[speech]\nsay_command = [\"{script}\"]\n")
}

fn plan(voice: &str) -> CentrePlan {
    let plan = CentrePlan::new().agent("anna");
    plan.queue("announce_every_s", 2).more(voice)
}

/// How much of each 100 ms is the tone.
fn parts(phone: &Phone, hz: f64) -> Vec<f64> {
    let samples = phone.samples_heard();
    let windows = samples.chunks_exact(WINDOW);
    windows.map(|window| part_at(window, hz)).collect()
}

/// Waits until the tone is heard alone for so many windows after the first `from`;
/// returns the number of windows heard by then.
async fn hears(phone: &Phone, hz: f64, windows: usize, from: usize) -> usize {
    let what = format!("{hz} Hz");
    eventually(&what, seconds(20), || async {
        let heard = parts(phone, hz);
        let late = heard.get(from..).unwrap_or_default();
        let alone = |run: &[f64]| run.iter().all(|part| *part > ALONE);
        late.windows(windows).any(alone).then_some(heard.len())
    })
    .await
}

#[tokio::test]
async fn places_are_told_one_at_a_time_and_only_rise() {
    let folder = tempfile::tempdir().expect("a folder");
    let centre = Centre::start(plan(&voice(folder.path(), 1))).await;
    let first = Phone::waiting(centre.sip(), "4950000001").await;
    hears(&first, NEXT_HZ, 6, 0).await;
    let second = Phone::waiting(centre.sip(), "4950000002").await;
    let told = hears(&second, SECOND_HZ, 6, 0).await;
    hears(&second, SECOND_HZ, 6, told).await;
    first.hang_up().await;
    let left = second.windows_heard();
    let told = hears(&second, NEXT_HZ, 6, left).await;
    hears(&second, NEXT_HZ, 6, told).await;
    second.hang_up().await;
    centre.is_empty_again().await;

    let (next, number) = (parts(&second, NEXT_HZ), parts(&second, SECOND_HZ));
    let rose = next.iter().position(|part| *part > ALONE).expect("told");
    let falls = number[rose..].iter().any(|part| *part > 0.2);
    assert!(!falls, "number 2 again after: {number:?}");
    for phone in [&first, &second] {
        for hz in [NEXT_HZ, SECOND_HZ] {
            alone_but_for_the_edges(&parts(phone, hz));
        }
    }
}

/// A tone under music or under another tone would be a part of what is heard for
/// longer than the window in which it begins or ends.
fn alone_but_for_the_edges(parts: &[f64]) {
    let mixed: Vec<bool> = parts
        .iter()
        .map(|part| (0.2..ALONE).contains(part))
        .collect();
    let overlap = mixed.windows(2).any(|two| two[0] && two[1]);
    assert!(!overlap, "something else sounded with it: {parts:.2?}");
}

#[tokio::test]
async fn an_offer_in_the_midst_of_an_announcement_rings_at_once_and_ends_it() {
    let folder = tempfile::tempdir().expect("a folder");
    // So long that whoever waited for the end of it would be noticed.
    let centre = Centre::start(plan(&voice(folder.path(), 20))).await;
    let secret = centre.sip_secret("anna");
    let phone = Phone::start(&PhonePlan::agent(centre.sip(), "anna", secret)).await;
    let anna = centre.sign_in("anna").await;
    anna.has_a_phone().await;
    let caller = Phone::waiting(centre.sip(), "4950000001").await;
    let told = hears(&caller, NEXT_HZ, 5, 0).await;
    let pressed = Instant::now();
    anna.press_ready().await;
    phone.hears(Heard::CallerTone, 3, 0, seconds(8)).await;
    let took = pressed.elapsed();
    assert!(took < Duration::from_secs(6), "talking after {took:?}");
    let talked = caller.hears(Heard::AgentTone, 10, told, seconds(8)).await;
    let heard = caller.heard();
    let first = heard.iter().position(|one| *one == Heard::AgentTone);
    let after = &heard[first.expect("the agent was heard")..talked];
    let under = after.iter().filter(|one| **one != Heard::AgentTone).count();
    assert!(under <= 1, "the announcement went on: {after:?}");
    caller.hang_up().await;
    centre.is_empty_again().await;
}
