//! The older forms of beeps and answering machines (voxengine.md 4.1, 4.2).
#![allow(missing_docs, clippy::unwrap_used)]

mod script_log;

use scenario::FIRST_CALL;
use scenario::host::{AmdResult, HeardTone, Input};
use script_log::{Run, connected, disconnected};

/// The first call that a scenario makes.
const OUTGOING: u32 = FIRST_CALL + 1;
const TELL: &str = "
    const call = VoxEngine.callPSTN('123');
    for (const name of ['ToneDetected', 'VoicemailToneDetected', 'VoicemailToneNotDetected',
        'VoicemailPromptDetected', 'VoicemailPromptNotDetected']) {
        call.addEventListener(CallEvents[name], ({ name, id, call: of, ...rest }) => {
            delete rest.target;
            Logger.write([name, id === call.id() && of === call, JSON.stringify(rest)].join(' '));
        });
    }";

/// A session with an outgoing call that does this.
fn run(text: &str) -> Run {
    let mut run = Run::api(&format!("{TELL} {text}"));
    run.look();
    run
}

fn heard(tone: HeardTone) -> Input {
    let call = OUTGOING;
    Input::CallTone { call, tone }
}

/// What the session wants and says beside the dialling.
fn listening(text: &str) -> Vec<String> {
    let lines = Run::api(&format!("{TELL} {text}")).lines();
    let about = |line: &String| !line.starts_with("dial ");
    lines.into_iter().filter(about).collect()
}

#[test]
fn progress_tone_is_told_once_and_not_before_the_answer() {
    let off = r#"detect_tone call=2 spec={"kind":"progress","enabled":false}"#;
    run("call.detectProgressTone();")
        .feed(heard(HeardTone::Progress))
        .is(&[])
        .feed(connected(OUTGOING))
        .feed(heard(HeardTone::Progress))
        .feed(heard(HeardTone::Progress))
        .is(&[
            off,
            r#"script: Call.ToneDetected true {"ProgressTone":true,"VoicemailTone":false}"#,
            off,
        ]);
}

#[test]
fn progress_tone_detection_is_switched_on_and_off() {
    for (given, enabled) in [("", true), ("true", true), ("false", false), ("0", false)] {
        let said = listening(&format!("Logger.write(call.detectProgressTone({given}));"));
        let spec = format!(r#"detect_tone call=2 spec={{"kind":"progress","enabled":{enabled}}}"#);
        assert_eq!(said, [spec, format!("script: {enabled}")]);
    }
}

#[test]
fn voicemail_tone_is_told_each_time_with_its_frequency() {
    let tone = |hz| heard(HeardTone::Voicemail { hz });
    run("call.detectVoicemailTone();")
        .feed(connected(OUTGOING))
        .feed(tone(1_000))
        .feed(tone(1_400))
        .feed(heard(HeardTone::NoVoicemail))
        .is(&[
            r#"script: Call.VoicemailToneDetected true {"frequency":1000}"#,
            r#"script: Call.ToneDetected true {"ProgressTone":false,"VoicemailTone":true}"#,
            r#"script: Call.VoicemailToneDetected true {"frequency":1400}"#,
            "script: Call.VoicemailToneNotDetected true {}",
        ]);
}

#[test]
fn times_of_the_voicemail_tone_are_seconds_and_milliseconds() {
    for (given, timeout_ms, tone_ms) in [
        ("", 20_000, 100),
        ("30", 30_000, 100),
        ("0.5, 250", 500, 250),
        ("9999, 99999", 600_000, 5_000),
        ("-1, 'x'", 20_000, 100),
        ("null, null", 20_000, 100),
    ] {
        let said = listening(&format!("call.detectVoicemailTone({given});"));
        let spec = format!(
            r#"detect_tone call=2 spec={{"kind":"voicemail","timeout_ms":{timeout_ms},"tone_ms":{tone_ms}}}"#
        );
        assert_eq!(said, [spec], "{given}");
    }
}

#[test]
fn voicemail_prompt_is_told_by_its_pattern() {
    let (confidence, beep) = (80, false);
    for (result, expected) in [
        (
            AmdResult::Voicemail { confidence, beep },
            r#"Call.VoicemailPromptDetected true {"pattern":"VoiceMessage"}"#,
        ),
        (
            AmdResult::Human { confidence },
            r#"Call.VoicemailPromptNotDetected true {"pattern":"LivePerson"}"#,
        ),
        (
            AmdResult::Timeout,
            r#"Call.VoicemailPromptNotDetected true {"pattern":"Silence"}"#,
        ),
    ] {
        let detector = 1;
        run("call.detectVoicemailPrompt(10, 1.5);")
            .feed(connected(OUTGOING))
            .is(&[
                r#"start_amd detector=1 spec={"timeout_ms":10000,"human_min":0,"machine_min":0,"machine_greeting_ms":1500}"#,
                r#"send_media from={"unit":"call","id":2} to={"unit":"amd","id":1}"#,
            ])
            .feed(Input::AmdResult { detector, result })
            .is(&["stop_amd detector=1", &format!("script: {expected}")]);
    }
}

#[test]
fn a_call_that_ends_before_has_no_result_of_its_prompt() {
    run("call.detectVoicemailPrompt();")
        .feed(disconnected(OUTGOING))
        .is(&[]);
}

#[test]
fn only_outgoing_calls_that_are_not_over_are_listened_to() {
    let all = "call.detectVoicemailTone(); call.detectVoicemailPrompt();
        Logger.write(call.detectProgressTone());";
    let text =
        format!("VoxEngine.addEventListener(AppEvents.CallAlerting, ({{ call }}) => {{ {all} }});");
    Run::call(&text).is(&["script: false"]);
    run(&format!(
        "call.addEventListener(CallEvents.Disconnected, () => {{ {all} }});"
    ))
    .feed(connected(OUTGOING))
    .feed(disconnected(OUTGOING))
    .is(&["script: false"]);
}
