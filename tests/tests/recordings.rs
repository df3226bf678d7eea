//! Recordings that a scenario makes, from the call to the file that is fetched.

use cordboard_tests::audio::{AGENT_HZ, CALLER_HZ, part_at};
use cordboard_tests::baresip::{Phone, PhonePlan};
use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::eventually::{eventually, seconds};

/// Joins the caller and anna and records both.
const RECORDS: &str = "
VoxEngine.addEventListener(AppEvents.CallAlerting, (e) => {
  const agent = VoxEngine.callUser('anna', '1');
  e.call.record({stereo: true, expire: RecordExpireTime.ONEYEAR, recordNamePrefix: 'talk'});
  e.call.addEventListener(CallEvents.RecordStarted, (r) => Logger.write('URL ' + r.url + ' ;'));
  e.call.addEventListener(CallEvents.RecordStopped, (r) => {
    Logger.write('LENGTH ' + r.duration_ms + ' ;SUM ' + r.sha256 + ' ;');
    VoxEngine.terminate();
  });
  e.call.addEventListener(CallEvents.RecordError, (r) => Logger.write('FAILED ' + r.error + ' ;'));
  agent.addEventListener(CallEvents.Connected, () => {
    e.call.answer();
    VoxEngine.sendMediaBetween(e.call, agent);
  });
  e.call.addEventListener(CallEvents.Disconnected, () => agent.hangup());
});
";

/// What stands between `mark` and ` ;` in the session log.
async fn word(centre: &Centre, mark: &str) -> String {
    eventually(&format!("the log to have {mark}"), seconds(8), || async {
        let log = centre.session_logs();
        let from = log.find(mark)? + mark.len();
        let rest = log.get(from..)?;
        Some(rest.get(..rest.find(" ;")?)?.trim().to_owned())
    })
    .await
}

async fn talked() -> (Centre, String) {
    let plan = CentrePlan::new()
        .agent("anna")
        .scenario("400", "records.js", RECORDS);
    let centre = Centre::start(plan).await;
    let secret = centre.sip_secret("anna").to_owned();
    let anna = Phone::start(&PhonePlan::agent(centre.sip(), "anna", &secret)).await;
    let caller = Phone::start(&PhonePlan::caller(centre.sip())).await;
    caller.dial("400").await;
    caller.event("CALL_ESTABLISHED", seconds(8)).await;
    let url = word(&centre, "URL ").await;
    let early = centre.http().get(&url).await;
    assert_eq!(early.status, 404, "it is not whole yet");
    tokio::time::sleep(seconds(3)).await;
    caller.hang_up().await;
    anna.event("CALL_CLOSED", seconds(5)).await;
    (centre, url)
}

#[tokio::test]
async fn a_call_is_recorded_in_stereo_and_fetched_by_its_url_alone() {
    let (centre, url) = talked().await;
    let length: u64 = word(&centre, "LENGTH ").await.parse().unwrap();
    assert!((2_000..9_000).contains(&length), "{length}");
    let sum = word(&centre, "SUM ").await;
    assert_eq!(sum.len(), 64, "{sum}");
    assert!(url.contains("/talk-"), "{url}");
    let (status, kind, file) = centre.http().download(&url).await;
    assert_eq!((status, kind.as_str()), (200, "audio/wav"));
    let samples: Vec<i16> = hound::WavReader::new(std::io::Cursor::new(&file))
        .unwrap()
        .into_samples()
        .map(Result::unwrap)
        .collect();
    assert_eq!(samples.len() as u64, length * 16, "two channels at 8 kHz");
    let (left, right): (Vec<i16>, Vec<i16>) = samples
        .chunks_exact(2)
        .map(|moment| (moment[0], moment[1]))
        .unzip();
    // Windows of 100 ms; a busy machine may cost some of them.
    let sounds = |channel: &[i16], hz: f64| {
        let is_it = |window: &&[i16]| part_at(window, hz) > 0.9;
        channel.chunks_exact(800).filter(is_it).count()
    };
    assert!(sounds(&left, CALLER_HZ) >= 10, "the caller is on the left");
    assert!(sounds(&right, AGENT_HZ) >= 10, "the agent is on the right");
    assert_eq!((sounds(&left, AGENT_HZ), sounds(&right, CALLER_HZ)), (0, 0));
    // Nobody guesses it: another key, another file.
    let (before, name) = url.rsplit_once('/').unwrap();
    let (folder, key) = before.rsplit_once('/').unwrap();
    let wrong = key.replace(['0', '1', '2', '3'], "e");
    for url in [
        format!("{folder}/{wrong}/{name}"),
        format!("{folder}/{key}/other-{name}"),
        format!("{folder}/{key}/..%2f..%2f..%2fcordboard.toml"),
    ] {
        let refused = centre.http().get(&url).await;
        assert_eq!(refused.status, 404, "{url}");
    }
    centre.is_empty_again().await;
}
