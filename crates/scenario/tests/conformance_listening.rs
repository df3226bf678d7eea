//! What a scenario hears of a call: voices, beeps and statistics (voxengine.md 4.1, 4.2).
#![allow(missing_docs, clippy::unwrap_used)]

mod script_log;

use scenario::FIRST_CALL;
use scenario::host::{Input, MediaSample};
use script_log::{Run, alerting, disconnected};

const CALL: &str = "
    let call;
    VoxEngine.addEventListener(AppEvents.CallAlerting, e => { call = e.call; begin(call); });";

fn voice(active: bool) -> Input {
    let call = FIRST_CALL;
    Input::CallVoice { call, active }
}

fn beep(frequencies: &[u32]) -> Input {
    Input::CallBeep {
        call: FIRST_CALL,
        frequencies: frequencies.to_vec(),
    }
}

/// A run of a call to a scenario with this `begin(call)`.
fn run(begin: &str) -> Run {
    Run::call(&format!("{CALL} function begin(call) {{ {begin} }}"))
}

#[test]
fn mic_status_is_told_while_it_is_handled() {
    let run = run("call.handleMicStatus(true);
         call.addEventListener(CallEvents.MicStatusChange, e => {
             Logger.write([e.name, e.active, e.call === call, e.id === call.id()].join(' '));
             if (!e.active) call.handleMicStatus(false);
         });")
    .is(&["listen_to_voice call=1 enabled=true"]);
    let run = run
        .feed(voice(true))
        .is(&["script: Call.MicStatusChange true true true"]);
    run.feed(voice(false)).feed(voice(true)).is(&[
        "script: Call.MicStatusChange false true true",
        "listen_to_voice call=1 enabled=false",
    ]);
}

#[test]
fn vad_begins_to_listen_when_it_is_asked_and_tells_what_is_now() {
    let run = run("Logger.write(call.vad());
         call.handleTones(true);
         call.addEventListener(CallEvents.ToneReceived, () => Logger.write(call.vad()));
         call.addEventListener(CallEvents.MicStatusChange, () => Logger.write('never'));");
    let tone = || Input::ToneReceived {
        call: FIRST_CALL,
        tone: '1',
        how: scenario::host::ToneKind::TelephoneEvent,
    };
    let run = run.is(&[
        "listen_to_voice call=1 enabled=true",
        "script: false",
        "handle_tones call=1 enabled=true",
    ]);
    run.feed(voice(true))
        .feed(tone())
        .feed(voice(false))
        .feed(tone())
        .is(&["script: true", "script: false"]);
}

const TELL_BEEPS: &str = "
    call.addEventListener(CallEvents.BeepDetectionComplete, e =>
        Logger.write(['complete', JSON.stringify(e.frequencies), e.timeout, e.call === call].join(' ')));
    call.addEventListener(CallEvents.BeepDetectionError, e => Logger.write('error ' + e.reason));";

#[test]
fn beep_detection_completes_once_with_what_was_heard_or_with_the_timeout() {
    for (answer, expected) in [
        (beep(&[1_371]), "script: complete [1371]  true"),
        (beep(&[]), "script: complete  true true"),
    ] {
        let begin = "call.enableBeepDetection({frequencies: [915, 1371, 1777], timeout: 6000});";
        run(&format!("{TELL_BEEPS} {begin}"))
            .is(&[r#"detect_beep call=1 spec={"frequencies":[915,1371,1777],"timeout_ms":6000}"#])
            .feed(answer.clone())
            .feed(answer)
            .is(&[expected]);
    }
}

#[test]
fn beep_detection_that_is_switched_off_says_so() {
    run(&format!(
        "{TELL_BEEPS} call.enableBeepDetection(); call.disableBeepDetection(); call.disableBeepDetection();"
    ))
    .is(&[
        r#"detect_beep call=1 spec={"frequencies":[],"timeout_ms":null}"#,
        "stop_beep call=1",
        "script: complete  false true",
    ])
    .feed(beep(&[1_000]))
    .is(&[]);
}

#[test]
fn beep_detection_that_cannot_be_is_an_error() {
    for (given, reason) in [
        (
            "{frequencies: [915, 'x']}",
            "a frequency is not from 300 to 3400 Hz",
        ),
        (
            "{frequencies: [60]}",
            "a frequency is not from 300 to 3400 Hz",
        ),
        (
            "{frequencies: 915}",
            "frequencies is not a list of at most 16 numbers",
        ),
        (
            "{frequencies: new Array(17).fill(900)}",
            "frequencies is not a list of at most 16 numbers",
        ),
    ] {
        let begin = format!("{TELL_BEEPS} call.enableBeepDetection({given});");
        run(&begin).is(&[&format!("script: error {reason}")]);
    }
    let text = format!(
        "{TELL_BEEPS} call.addEventListener(CallEvents.Disconnected, () => call.enableBeepDetection({{}}));"
    );
    let mut run = run(&text);
    run.look();
    run.feed(disconnected(FIRST_CALL))
        .is(&["script: error the call is over"]);
}

#[test]
fn statistics_come_as_both_events_with_the_numbers_of_both_directions() {
    let statistics = Input::CallStatistics {
        call: FIRST_CALL,
        received: MediaSample {
            packets: 90,
            bytes: 14_400,
            lost: Some(10),
            jitter_us: Some(1_500),
            round_trip_us: None,
            level_dbfs: Some(-21),
        },
        sent: MediaSample {
            packets: 150,
            bytes: 24_000,
            lost: Some(0),
            jitter_us: Some(250),
            round_trip_us: Some(40_000),
            level_dbfs: None,
        },
    };
    let begin = "call.monitorMediaStatistics({monitor: true, interval: 4});
        const tell = e => Logger.write([e.name, JSON.stringify(e.statistics), e.in === e.statistics.in, e.call === call]
            .join(' ').replaceAll(call.id(), 'ID'));
        call.addEventListener(CallEvents.MediaStatisticsReceived, tell);
        call.addEventListener(CallEvents.Statistics, tell);";
    let numbers = r#"{"in":{"id":"ID-in","numPackets":90,"numBytes":14400,"lostPackets":10,"packetLoss":10,"jitter":1.5,"audioLevel":-21},"out":{"id":"ID-out","numPackets":150,"numBytes":24000,"lostPackets":0,"packetLoss":0,"jitter":0.25,"roundTripTime":40}}"#;
    run(begin)
        .is(&["monitor_media call=1 every_s=4"])
        .feed(statistics)
        .is(&[
            &format!("script: Call.MediaStatisticsReceived {numbers} true true"),
            &format!("script: Call.Statistics {numbers} true true"),
        ]);
}

#[test]
fn the_interval_of_statistics_has_its_bounds() {
    for (given, expected) in [
        ("", "monitor_media call=1 every_s=5"),
        ("{interval: 1}", "monitor_media call=1 every_s=3"),
        ("{interval: 60}", "monitor_media call=1 every_s=10"),
        ("{interval: 'x'}", "monitor_media call=1 every_s=5"),
        ("{monitor: false}", "monitor_media call=1"),
    ] {
        run(&format!("call.monitorMediaStatistics({given});")).is(&[expected]);
    }
}

#[test]
fn nothing_is_asked_of_a_call_that_is_over() {
    let text = format!(
        "{CALL} function begin(call) {{ call.addEventListener(CallEvents.Disconnected, () => {{
            call.handleMicStatus(true); call.monitorMediaStatistics({{}}); call.disableBeepDetection();
            Logger.write(call.vad()); }}); }}"
    );
    let mut run = Run::start(script_log::spec(&[&text]), Some(alerting()));
    run.look();
    run.feed(disconnected(FIRST_CALL)).is(&["script: false"]);
}
