//! What scenarios hear of real calls: voices, beeps, numbers of packets, and who has
//! answered (a person or a machine).

use std::path::{Path, PathBuf};
use std::process::Command;

use cordboard_tests::baresip::{Phone, PhonePlan};
use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::eventually::{eventually, seconds};

/// What is said.
enum Part {
    /// Silence, milliseconds.
    Quiet(u32),
    /// Words in a voice of espeak-ng.
    Words(&'static str, &'static str),
    /// A tone, Hz, for half a second.
    Tone(u32),
    /// A busy tone of Russia, two seconds.
    Busy,
}

fn run(command: &mut Command) {
    let done = command.output().expect("the tool is installed");
    assert!(done.status.success(), "{command:?}: {done:?}");
}

/// A wav file of 8 kHz with these parts, and a minute of silence after them.
fn sound(folder: &Path, parts: &[Part]) -> PathBuf {
    let mut files = Vec::new();
    let parts = parts.iter().chain([&Part::Quiet(60_000)]);
    for (number, part) in parts.enumerate() {
        let (raw, file) = (
            folder.join(format!("raw{number}.wav")),
            folder.join(format!("part{number}.wav")),
        );
        let mut sox = Command::new("sox");
        match part {
            Part::Quiet(ms) => {
                sox.args(["-n", "-r", "8000", "-b", "16", "-c", "1"]);
                let length = format!("{}", f64::from(*ms) / 1_000.0);
                sox.arg(&file).args(["trim", "0", &length]);
            }
            Part::Tone(hz) => {
                sox.args(["-n", "-r", "8000", "-b", "16", "-c", "1"]);
                let hz = hz.to_string();
                sox.arg(&file)
                    .args(["synth", "0.5", "sine", &hz, "vol", "0.4"]);
            }
            Part::Busy => {
                sox.args(["-n", "-r", "8000", "-b", "16", "-c", "1"]);
                sox.arg(&file)
                    .args("synth 0.35 sine 425 vol 0.3 pad 0 0.35 repeat 2".split(' '));
            }
            Part::Words(voice, words) => {
                let mut espeak = Command::new("espeak-ng");
                run(espeak.args(["-v", voice, "-w"]).arg(&raw).arg(words));
                sox.arg(&raw)
                    .args(["-r", "8000", "-b", "16", "-c", "1"])
                    .arg(&file);
            }
        }
        run(&mut sox);
        files.push(file);
    }
    let whole = folder.join("whole.wav");
    run(Command::new("sox").args(&files).arg(&whole));
    whole
}

/// A phone that plays a file from the start of a call.
fn plays(mut plan: PhonePlan, file: PathBuf) -> PhonePlan {
    plan.plays_file = Some(file);
    plan
}

async fn says(centre: &Centre, words: &str, within_s: u64) {
    eventually(
        &format!("the log to say {words}"),
        seconds(within_s),
        || async { centre.session_logs().contains(words).then_some(()) },
    )
    .await;
}

const LISTENS: &str = "
VoxEngine.addEventListener(AppEvents.CallAlerting, (e) => {
  const call = e.call;
  call.answer();
  call.handleMicStatus(true);
  call.monitorMediaStatistics({ monitor: true, interval: 3 });
  call.enableBeepDetection({ frequencies: [950, 1400], timeout: 20000 });
  call.addEventListener(CallEvents.MicStatusChange, (m) => Logger.write(`MIC ${m.active} ${call.vad()};`));
  call.addEventListener(CallEvents.BeepDetectionComplete, (b) => {
    Logger.write(`BEEP ${b.frequencies} ${b.timeout};`);
    if (!b.timeout) call.enableBeepDetection({ timeout: 1000 });
  });
  call.addEventListener(CallEvents.MediaStatisticsReceived, (s) => {
    const { numPackets, numBytes, lostPackets, jitter, audioLevel } = s.in;
    const sane = numPackets > 50 && numBytes === numPackets * 160 && lostPackets === 0 && jitter < 20 && audioLevel < -3;
    Logger.write(`NUMBERS ${sane} ${JSON.stringify(s.in)} ${JSON.stringify(s.out)};`);
  });
  call.addEventListener(CallEvents.Disconnected, () => VoxEngine.terminate());
});
";

#[tokio::test]
async fn voices_beeps_and_numbers_of_a_real_call_reach_the_scenario() {
    let folder = tempfile::tempdir().unwrap();
    let parts = [
        Part::Quiet(1_000),
        Part::Words("en", "good morning, I would like to order a pizza"),
        Part::Quiet(1_500),
        Part::Tone(1_400),
    ];
    let file = sound(folder.path(), &parts);
    let plan = CentrePlan::new().scenario("200", "listens.js", LISTENS);
    let centre = Centre::start(plan).await;
    let caller = Phone::start(&plays(PhonePlan::caller(centre.sip()), file)).await;
    caller.dial("200").await;
    caller.event("CALL_ESTABLISHED", seconds(5)).await;
    says(&centre, "MIC true true;", 8).await;
    says(&centre, "MIC false false;", 10).await;
    says(&centre, "BEEP 1400 undefined;", 10).await;
    says(&centre, "NUMBERS true", 10).await;
    says(&centre, "BEEP undefined true;", 10).await;
    caller.hang_up().await;
    centre.is_empty_again().await;
}

/// Calls anna from outside of any call and says who has answered.
const ASKS: &str = "
VoxEngine.addEventListener(AppEvents.CallAlerting, (e) => {
  const amd = AMD.create({ model: AMD.Model.RU, timeout: TIMEOUT });
  amd.addEventListener(AMD.Events.DetectionComplete, (r) => Logger.write(`AMD ${r.resultClass} beep ${r.beep};`));
  const anna = VoxEngine.callUser({ username: 'anna', callerid: '1', amd });
  anna.addEventListener(CallEvents.Connected, () => {
    AI.detectVoicemail(anna, { model: 'ru' }).then(
      () => Logger.write('OLD machine;'), () => Logger.write('OLD none;'));
  });
  anna.addEventListener(CallEvents.Disconnected, () => VoxEngine.terminate());
  e.call.addEventListener(CallEvents.Disconnected, () => anna.hangup());
  e.call.answer();
});
";

/// What the detectors say about a phone that plays this.
async fn judged(parts: &[Part], timeout_ms: u32, expected: &[&str]) {
    let text = ASKS.replace("TIMEOUT", &timeout_ms.to_string());
    told(&text, parts, expected).await;
}

/// What a scenario that calls anna writes when her phone plays this.
async fn told(text: &str, parts: &[Part], expected: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let file = sound(folder.path(), parts);
    let plan = CentrePlan::new()
        .agent("anna")
        .scenario("300", "asks.js", text);
    let centre = Centre::start(plan).await;
    let anna = PhonePlan::agent(centre.sip(), "anna", centre.sip_secret("anna"));
    let anna = Phone::start(&plays(anna, file)).await;
    let caller = Phone::start(&PhonePlan::caller(centre.sip())).await;
    caller.dial("300").await;
    anna.event("CALL_ESTABLISHED", seconds(8)).await;
    for words in expected {
        says(&centre, words, 12).await;
    }
    caller.hang_up().await;
    anna.event("CALL_CLOSED", seconds(5)).await;
    centre.is_empty_again().await;
}

#[tokio::test]
async fn a_person_who_says_hello_is_one() {
    let parts = [Part::Quiet(700), Part::Words("en", "Hello?")];
    judged(&parts, 6_500, &["AMD HUMAN", "OLD none;"]).await;
    let parts = [Part::Quiet(700), Part::Words("ru", "Алло? Да, слушаю.")];
    judged(&parts, 6_500, &["AMD HUMAN", "OLD none;"]).await;
}

#[tokio::test]
async fn a_long_greeting_is_a_machine() {
    let greeting = "You have reached the voicemail of Anna. I cannot take your call right now. \
        Please leave a message after the tone.";
    let parts = [
        Part::Quiet(400),
        Part::Words("en", greeting),
        Part::Tone(1_000),
    ];
    judged(
        &parts,
        6_500,
        &["AMD VOICEMAIL beep false;", "OLD machine;"],
    )
    .await;
    let greeting = "Здравствуйте. Абонент не может ответить на ваш звонок. \
        Оставьте сообщение после звукового сигнала.";
    let parts = [
        Part::Quiet(400),
        Part::Words("ru", greeting),
        Part::Tone(1_000),
    ];
    judged(
        &parts,
        6_500,
        &["AMD VOICEMAIL beep false;", "OLD machine;"],
    )
    .await;
}

#[tokio::test]
async fn a_beep_after_a_short_greeting_is_a_machine() {
    let parts = [
        Part::Quiet(400),
        Part::Words("en", "Speak now."),
        Part::Tone(1_000),
    ];
    judged(&parts, 6_500, &["AMD VOICEMAIL beep true;", "OLD machine;"]).await;
}

#[tokio::test]
async fn who_says_nothing_is_not_told() {
    judged(&[], 2_000, &["AMD TIMEOUT", "OLD none;"]).await;
}

#[tokio::test]
async fn a_call_that_ends_before_anything_is_said_has_a_result_too() {
    let text = ASKS.replace("TIMEOUT", "20000");
    let plan = CentrePlan::new()
        .agent("anna")
        .scenario("300", "asks.js", &text);
    let centre = Centre::start(plan).await;
    let folder = tempfile::tempdir().unwrap();
    let anna = PhonePlan::agent(centre.sip(), "anna", centre.sip_secret("anna"));
    let anna = Phone::start(&plays(anna, sound(folder.path(), &[]))).await;
    let caller = Phone::start(&PhonePlan::caller(centre.sip())).await;
    caller.dial("300").await;
    anna.event("CALL_ESTABLISHED", seconds(8)).await;
    anna.hang_up().await;
    says(&centre, "AMD CALL_ENDED", 8).await;
    says(&centre, "OLD none;", 8).await;
    caller.hang_up().await;
    centre.is_empty_again().await;
}

/// Calls anna and listens in the older forms.
const LISTENS_AS_OF_OLD: &str = "
VoxEngine.addEventListener(AppEvents.CallAlerting, (e) => {
  const anna = VoxEngine.callUser({ username: 'anna', callerid: '1' });
  const says = (name, text) => anna.addEventListener(CallEvents[name], (t) => Logger.write(`${text(t)};`));
  says('VoicemailPromptDetected', (t) => `PROMPT ${t.pattern}`);
  says('VoicemailPromptNotDetected', (t) => `NO PROMPT ${t.pattern}`);
  says('VoicemailToneDetected', (t) => `TONE ${Math.abs(t.frequency - 1000) < 20}`);
  says('VoicemailToneNotDetected', () => 'NO TONE');
  says('ToneDetected', (t) => `DETECTED progress ${t.ProgressTone} voicemail ${t.VoicemailTone}`);
  anna.detectVoicemailTone(SECONDS);
  anna.detectVoicemailPrompt();
  anna.detectProgressTone();
  anna.addEventListener(CallEvents.Disconnected, () => VoxEngine.terminate());
  e.call.addEventListener(CallEvents.Disconnected, () => anna.hangup());
  e.call.answer();
});
";

#[tokio::test]
async fn old_scenarios_hear_prompts_tones_and_the_busy_tone_after_them() {
    let greeting = "You have reached the voicemail of Anna. Please leave a message after the tone.";
    let parts = [
        Part::Quiet(300),
        Part::Words("en", greeting),
        Part::Tone(1_000),
        Part::Quiet(1_000),
        Part::Busy,
    ];
    let text = LISTENS_AS_OF_OLD.replace("SECONDS", "20");
    told(
        &text,
        &parts,
        &[
            "PROMPT VoiceMessage;",
            "TONE true;",
            "DETECTED progress false voicemail true;",
            "DETECTED progress true voicemail false;",
        ],
    )
    .await;
    let parts = [Part::Quiet(700), Part::Words("ru", "Алло? Да, слушаю.")];
    let text = LISTENS_AS_OF_OLD.replace("SECONDS", "4");
    told(&text, &parts, &["NO PROMPT LivePerson;", "NO TONE;"]).await;
}
