//! Detectors of answering machines as a scenario sees them (voxengine.md 6.8).
#![allow(missing_docs, clippy::unwrap_used)]

mod script_log;

use scenario::host::{AmdResult, Input};
use script_log::{Run, connected, disconnected, failed};

fn found(detector: u32, result: AmdResult) -> Input {
    Input::AmdResult { detector, result }
}

const SHOW: &str = "
    const show = e => Logger.write([e.name, e.resultClass, e.resultSubtype, e.confidence, e.callId === e.call.id(), typeof e.amd.id()].join(' '));
    const amd = AMD.create({model: AMD.Model.RU, timeout: 9000, thresholds: {human: 50, voicemail: 60}});
    amd.addEventListener(AMD.Events.DetectionComplete, show);";

const START: &str =
    r#"start_amd detector=1 spec={"timeout_ms":9000,"human_min":50,"machine_min":60}"#;
const LISTEN: &str = r#"send_media from={"unit":"call","id":2} to={"unit":"amd","id":1}"#;

#[test]
fn detector_of_an_outgoing_call_listens_from_its_answer_on() {
    for call in [
        "VoxEngine.callPSTN('1', '2', {amd})",
        "VoxEngine.callSIP('sip:a@b.example', {amd})",
        "VoxEngine.callUser({username: 'a', amd})",
    ] {
        let mut run = Run::api(&format!("{SHOW} {call};"));
        assert_eq!(run.look().len(), 1);
        let human = AmdResult::Human { confidence: 84 };
        run.feed(connected(2)).is(&[START, LISTEN]);
        let mut run = Run::api(&format!("{SHOW} {call};")).feed(connected(2));
        run.look();
        run.feed(found(1, human)).feed(found(1, human)).is(&[
            "stop_amd detector=1",
            "script: AMD.Events.DetectionComplete HUMAN NONE 84 true string",
        ]);
    }
}

#[test]
fn detect_resolves_with_the_event_in_every_result() {
    let machine = AmdResult::Voicemail {
        confidence: 95,
        beep: true,
    };
    for (result, expected) in [
        (machine, "VOICEMAIL 95 true"),
        (AmdResult::Timeout, "TIMEOUT  "),
    ] {
        let mut run = Run::api(
            "const call = VoxEngine.callUser('a');
             const amd = AMD.create({model: AMD.Model.US, call});
             Logger.write([amd.model, amd.timeout, amd.call === call]);
             amd.detect().then(e => Logger.write([e.resultClass, e.confidence, e.beep].join(' ')));",
        );
        run.look();
        let mut run = run.feed(connected(2));
        assert_eq!(run.look().len(), 2);
        run.feed(found(1, result))
            .is(&["stop_amd detector=1", &format!("script: {expected}")]);
    }
}

#[test]
fn end_of_the_call_is_a_result_before_and_after_the_answer() {
    for connects in [false, true] {
        let mut run = Run::api(&format!(
            "{SHOW} const call = VoxEngine.callUser({{username: 'a', amd}});
             amd.detect().then(e => Logger.write('detected ' + e.resultClass));"
        ));
        if connects {
            run = run.feed(connected(2));
        }
        run.look();
        let over = if connects {
            disconnected(2)
        } else {
            failed(2, 486)
        };
        let mut run = run.feed(over);
        let lines = run.look();
        let lines: Vec<&str> = lines
            .iter()
            .map(String::as_str)
            .filter(|l| *l != "stop_amd detector=1")
            .collect();
        assert_eq!(
            lines,
            [
                "script: AMD.Events.DetectionComplete CALL_ENDED NONE  true string",
                "script: detected CALL_ENDED",
            ]
        );
    }
}

#[test]
fn audio_sent_to_a_detector_starts_it() {
    let text = format!(
        "{SHOW} const call = VoxEngine.callUser('a');
         call.addEventListener(CallEvents.Connected, () => call.sendMediaTo(amd));"
    );
    let mut run = Run::api(&text);
    run.look();
    run.feed(connected(2)).is(&[START, LISTEN]);
}

#[test]
fn timeout_has_its_bounds_and_defaults() {
    for (given, expected) in [
        ("", 6_500),
        ("timeout: 50000", 20_000),
        ("timeout: 0", 0),
        ("timeout: 'x'", 6_500),
    ] {
        let text = format!("Logger.write(AMD.create({{{given}}}).timeout);");
        Run::api(&text).is(&[&format!("script: {expected}")]);
    }
}

#[test]
fn older_form_resolves_for_a_machine_and_rejects_for_anything_else() {
    let text = "const call = VoxEngine.callUser('a');
        call.addEventListener(CallEvents.Connected, () => AI.detectVoicemail(call, {model: 'ru', threshold: 80})
            .then(e => Logger.write('machine ' + e.confidence), e => Logger.write('not a machine ' + (e.call === call))));";
    let start = r#"start_amd detector=1 spec={"timeout_ms":6500,"human_min":0,"machine_min":80}"#;
    let run = || {
        let mut run = Run::api(text);
        run.look();
        run.feed(connected(2))
    };
    let machine = AmdResult::Voicemail {
        confidence: 88,
        beep: false,
    };
    run()
        .feed(found(1, machine))
        .is(&[start, LISTEN, "stop_amd detector=1", "script: machine 88"]);
    run().feed(disconnected(2)).is(&[
        start,
        LISTEN,
        "stop_amd detector=1",
        "script: not a machine true",
    ]);
}
