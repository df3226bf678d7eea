//! The first sound of a call comes at once and the last word is not cut.

use std::collections::HashSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use cordboard_tests::audio::{self, Heard};
use cordboard_tests::baresip::{Phone, PhonePlan};
use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::eventually::seconds;
use cordboard_tests::sipp::{Sipp, SippPlan};
use tokio::net::UdpSocket;

/// A caller must hear something so long after the INVITE, seconds.
const SOUND_WITHIN_S: f64 = 0.5;

/// The best of five counts: a busy machine may hold up the others.
#[tokio::test]
async fn a_caller_hears_music_within_half_a_second_of_the_invite() {
    const CALLS: usize = 5;
    let centre = Centre::start(CentrePlan::new()).await;
    let rtp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let rtp_port = rtp.local_addr().unwrap().port();
    let plan = SippPlan::new().dials("100").calls(CALLS as u32, 2);
    let callers = Sipp::call("caller", centre.sip(), &plan.key("rtpport", rtp_port));
    let mut firsts = Vec::new();
    let mut streams = HashSet::new();
    let listening = async {
        let mut packet = [0_u8; 2_048];
        while firsts.len() < CALLS {
            rtp.recv(&mut packet).await.unwrap();
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
            if streams.insert(packet[8..12].to_vec()) {
                firsts.push(now.as_secs_f64());
            }
        }
    };
    let heard = tokio::time::timeout(seconds(15), listening).await;
    heard.expect("every caller hears something");
    let invites = callers.sees("INVITE", CALLS, seconds(1)).await;
    let waits: Vec<f64> = firsts
        .iter()
        .zip(&invites)
        .map(|(at, i)| at - i.at_s)
        .collect();
    let best = waits.iter().copied().fold(f64::INFINITY, f64::min);
    assert!((0.0..SOUND_WITHIN_S).contains(&best), "{waits:?}");
}

/// Says one second of tone and hangs up when that has ended.
const SAYS_AND_HANGS_UP: &str = "
VoxEngine.addEventListener(AppEvents.CallAlerting, (e) => {
  e.call.answer();
  e.call.addEventListener(CallEvents.Connected, () => {
    const player = VoxEngine.createToneScriptPlayer('440@-10;1(1/1/1)');
    player.sendMediaTo(e.call);
    player.addEventListener(PlayerEvents.PlaybackFinished, () => VoxEngine.terminate());
  });
});
";

#[tokio::test]
async fn the_last_word_is_heard_before_the_hang_up() {
    let plan = CentrePlan::new().scenario("200", "says.js", SAYS_AND_HANGS_UP);
    let centre = Centre::start(plan).await;
    let caller = Phone::start(&PhonePlan::caller(centre.sip())).await;
    caller.dial("200").await;
    caller.event("CALL_CLOSED", seconds(10)).await;
    // What the phone has taken out of its own buffer is in the file a moment later.
    tokio::time::sleep(Duration::from_millis(200)).await;
    let samples = caller.samples_heard();
    let pieces: Vec<Heard> = samples
        .chunks_exact(audio::WINDOW / 4)
        .map(|piece| audio::classify(&piece.repeat(4))[0])
        .collect();
    let told = pieces.iter().filter(|h| **h != Heard::Silence).count();
    // 40 pieces of 25 ms, of which the first and the last may be cut in two.
    assert!(told >= 39, "{told} of 40: {}", audio::picture(&pieces));
    centre.is_empty_again().await;
}
