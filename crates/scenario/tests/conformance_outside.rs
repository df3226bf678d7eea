//! What a scenario keeps or reports outside its session, menus by digits, and
//! the events that the cloud always sends (voxengine.md 1, 4.2, 6.5, 8).
#![allow(missing_docs, clippy::unwrap_used)]

mod script_log;

use scenario::host::{Input, StorageItem, ToneKind};
use script_log::{Run, connected, disconnected, finished, ringing};

fn tone(tone: char) -> Input {
    Input::ToneReceived {
        call: 1,
        tone,
        how: ToneKind::TelephoneEvent,
    }
}

fn stored(request: u32, keys: &[&str]) -> Input {
    let items = keys.iter().map(|key| StorageItem {
        key: (*key).to_owned(),
        value: "v".to_owned(),
        expire_at_ms: 1_800_000_001_000,
    });
    Input::StorageAnswer {
        request,
        items: items.collect(),
        error: None,
    }
}

#[test]
fn storage_answers_promises() {
    let text = "(async () => {
        Logger.write(await ApplicationStorage.put('k', 'v', 60));
        Logger.write(await ApplicationStorage.get('none'));
        Logger.write(await ApplicationStorage.keys('a*', 5));
        Logger.write(await ApplicationStorage.delete('k'));
    })();";
    Run::api(text)
        .is(&[r#"storage request=1 operation={"op":"put","key":"k","value":"v","ttl_s":60}"#])
        .feed(stored(1, &["k"]))
        .is(&[
            r#"script: {"key":"k","value":"v","expireAt":1800000001}"#,
            r#"storage request=2 operation={"op":"get","key":"none"}"#,
        ])
        .feed(stored(2, &[]))
        .is(&[
            "script: null",
            r#"storage request=3 operation={"op":"keys","pattern":"a*","count":5}"#,
        ])
        .feed(stored(3, &["a1", "a2"]))
        .is(&[
            r#"script: {"keys":["a1","a2"]}"#,
            r#"storage request=4 operation={"op":"remove","key":"k"}"#,
        ]);
}

#[test]
fn storage_without_ttl_keeps_for_ninety_days() {
    Run::api("ApplicationStorage.put('k', 5);")
        .is(&[r#"storage request=1 operation={"op":"put","key":"k","value":"5","ttl_s":7776000}"#]);
}

#[test]
fn storage_refuses_what_is_too_long_and_passes_errors_on() {
    let text = "(async () => {
        for (const call of [() => ApplicationStorage.get('k'.repeat(201)), () => ApplicationStorage.put('k', 'v'.repeat(2001)),
            () => ApplicationStorage.put('k', 'v', 7776001), () => ApplicationStorage.get('k')])
            try { await call(); } catch (e) { Logger.write(e.message); }
    })();";
    let mut run = Run::api(text);
    let lines = run.look();
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert!(
        lines[..3]
            .iter()
            .all(|l| l.starts_with("script: ApplicationStorage: "))
    );
    run.feed(Input::StorageAnswer {
        request: 1,
        items: Vec::new(),
        error: Some("full".to_owned()),
    })
    .is(&["script: full"]);
}

#[test]
fn call_list_reports_in_both_forms_and_under_both_names() {
    let text = "
        CallList.reportResult({a: 1}, r => Logger.write('result ' + r.result));
        VoxEngine.CallList.reportError('busy');
        CallList.reportProgressAsync('half').then(r => Logger.write('progress ' + r.result));
        CallList.requestNextAttempt({attempts_left: 1}, VoxEngine.terminate);";
    Run::api(text).is(&[
        r#"task_report kind="result" data="{\"a\":1}""#,
        r#"task_report kind="error" data="busy""#,
        r#"task_report kind="progress" data="half""#,
        r#"task_report kind="next_attempt" data="{\"attempts_left\":1}""#,
        "script: result true",
        "script: progress true",
        "ended terminated",
    ]);
}

const EVENTS: &str = "
    VoxEngine.addEventListener(AppEvents.CallAlerting, e => {
        for (const name of ['StateChanged', 'FirstAudioPacketReceived', 'Connected', 'AudioQualityDetected', 'Disconnected', 'Ringing'])
            e.call.addEventListener(CallEvents[name], e => Logger.write([e.name, e.oldState, e.newState, e.quality].join(' ').trim()));
    });";

#[test]
fn first_audio_comes_before_connected_and_its_quality_after() {
    let audio = |hd| Input::CallFirstAudio { call: 1, hd };
    Run::call(EVENTS)
        .feed(audio(false))
        .feed(connected(1))
        .is(&[
            "script: Call.FirstAudioPacketReceived",
            "script: Call.StateChanged ALERTING CONNECTED",
            "script: Call.Connected",
            "script: Call.AudioQualityDetected   Standard",
        ])
        .feed(disconnected(1))
        .is(&[
            "script: Call.StateChanged CONNECTED TERMINATED",
            "script: Call.Disconnected",
        ]);
    Run::call(EVENTS).feed(connected(1)).feed(audio(true)).is(&[
        "script: Call.StateChanged ALERTING CONNECTED",
        "script: Call.Connected",
        "script: Call.FirstAudioPacketReceived",
        "script: Call.AudioQualityDetected   HD",
    ]);
}

#[test]
fn digits_tell_how_they_came_and_can_be_chosen_by_it() {
    let digit = |tone, how| Input::ToneReceived { call: 1, tone, how };
    let all = |types: &str| {
        let mut run = Run::call(&format!(
            "VoxEngine.addEventListener(AppEvents.CallAlerting, ({{call}}) => {{
                call.addEventListener(CallEvents.ToneReceived, e => Logger.write(e.tone + e.type));
                call.handleTones(true{types}); }});"
        ))
        .feed(digit('1', ToneKind::TelephoneEvent))
        .feed(digit('2', ToneKind::InBand))
        .feed(digit('3', ToneKind::SipInfo));
        run.look()[1..].join(" ")
    };
    assert_eq!(all(""), "script: 11 script: 22 script: 33");
    assert_eq!(all(", DTMFType.ALL"), "script: 11 script: 22 script: 33");
    assert_eq!(all(", DTMFType.IN_BAND"), "script: 22");
    assert_eq!(all(", [1, 3]"), "script: 11 script: 33");
}

#[test]
fn silence_of_the_wire_and_its_end_are_told() {
    let rtp = |stopped| Input::CallRtp { call: 1, stopped };
    let text = "VoxEngine.addEventListener(AppEvents.CallAlerting, ({call}) => {
        for (const name of ['RtpStopped', 'RtpResumed'])
            call.addEventListener(CallEvents[name], e => Logger.write(e.name + ' ' + (e.call === call)));
        });";
    Run::call(text).feed(rtp(true)).feed(rtp(false)).is(&[
        "script: Call.RtpStopped true",
        "script: Call.RtpResumed true",
    ]);
}

#[test]
fn state_of_an_outgoing_call_changes_once_for_each_step() {
    let text = "const c = VoxEngine.callUser('a');
        c.addEventListener(CallEvents.StateChanged, e => Logger.write(e.oldState + ' ' + e.newState));";
    let mut run = Run::api(text);
    run.look();
    run.feed(ringing(2))
        .feed(ringing(2))
        .feed(connected(2))
        .is(&[
            "script: ALERTING PROGRESSING",
            "script: PROGRESSING CONNECTED",
        ]);
}

#[test]
fn own_on_phone_event_sees_every_event_before_its_handlers() {
    let text = "
        const before = this.onPhoneEvent;
        this.onPhoneEvent = e => { Logger.write('raw ' + e.name); before(e); };
        VoxEngine.addEventListener(AppEvents.Started, e => Logger.write(e.name));";
    Run::api(text).is(&[
        "script: raw Application.Started",
        "script: Application.Started",
    ]);
}

#[test]
fn local_time_shows_the_wall_clock_of_a_zone() {
    let text = "const at = new Date(Date.UTC(2026, 0, 15, 12, 0));
        Logger.write(getLocalTime('Europe/Moscow', at).toISOString());
        Logger.write(getLocalTime('America/New_York', new Date(Date.UTC(2026, 6, 1, 12))).getUTCHours());
        Logger.write(at.getUTCHours());
        try { getLocalTime('Nowhere/None', at); } catch (e) { Logger.write(e.name); }";
    Run::api(text).is(&[
        "script: 2026-01-15T15:00:00.000Z",
        "script: 8",
        "script: 12",
        "script: RangeError",
    ]);
}

/// A menu entered by the first call; `steps` may use `done` and `late`.
fn menu(states: &str) -> Run {
    let mut run = Run::call(&format!(
        "const done = input => Logger.write('done ' + input), late = input => Logger.write('late ' + input);
         {states}
         VoxEngine.addEventListener(AppEvents.CallAlerting, e => first.enter(e.call));"
    ));
    run.look();
    run
}

const PROMPT: &str = "prompt: {play: 'http://a.example/menu.wav'}";

#[test]
fn choice_stops_the_prompt_and_enters_the_next_state() {
    menu(&format!(
        "const next = new IVRState('next', {{type: 'noinput', {PROMPT}}}, done);
         const first = new IVRState('first', {{type: 'select', {PROMPT}, nextStates: {{1: next}}}}, done, late);"
    ))
    .feed(tone('1'))
    .is(&[
        "stop_player player=1",
        r#"handle_tones call=1 enabled=true"#,
        r#"create_player player=2 source={"kind":"url","url":"http://a.example/menu.wav"} looped=false paused=false"#,
        r#"send_media from={"unit":"player","id":2} to={"unit":"call","id":1}"#,
    ])
    .feed(finished(2))
    .is(&["script: done "]);
}

#[test]
fn choice_without_a_state_completes() {
    menu(&format!(
        "const first = new IVRState('first', {{type: 'select', {PROMPT}, nextStates: {{}}}}, done, late);"
    ))
    .feed(tone('7'))
    .is(&["stop_player player=1", "script: done 7"])
    .feed(tone('7'))
    .wait(20_000)
    .is(&[]);
}

#[test]
fn fixed_and_unknown_lengths_collect_digits() {
    menu(&format!(
        "const first = new IVRState('first', {{type: 'inputfixed', inputLength: 2, {PROMPT}}}, done, late);"
    ))
    .feed(tone('4'))
    .feed(tone('2'))
    .is(&["stop_player player=1", "script: done 42"]);
    menu(&format!(
        "const first = new IVRState('first', {{type: 'inputunknown', terminateOn: '#', {PROMPT}}}, done, late);"
    ))
    .feed(tone('4'))
    .feed(tone('#'))
    .is(&["stop_player player=1", "script: done 4"]);
    menu(&format!(
        "const first = new IVRState('first', {{type: 'inputunknown', inputValidator: i => i === '45', {PROMPT}}}, done, late);"
    ))
    .feed(tone('4'))
    .feed(tone('5'))
    .is(&["stop_player player=1", "script: done 45"]);
}

#[test]
fn silence_after_the_prompt_times_out_with_what_was_entered() {
    menu(&format!(
        "const first = new IVRState('first', {{type: 'inputfixed', inputLength: 4, timeout: 3000, {PROMPT}}}, done, late);"
    ))
    .wait(9_000)
    .feed(finished(1))
    .wait(2_999)
    .is(&[])
    .feed(tone('9'))
    .wait(2_999)
    .is(&[])
    .wait(1)
    .is(&["script: late 9"]);
}

#[test]
fn reset_and_the_end_of_the_call_leave_the_menu() {
    let first =
        format!("const first = new IVRState('first', {{type: 'select', {PROMPT}}}, done, late);");
    menu(&format!("{first} setTimeout(() => IVR.reset(), 10);"))
        .wait(10)
        .feed(tone('1'))
        .wait(9_000)
        .is(&[]);
    let mut run = menu(&first).feed(finished(1)).feed(disconnected(1));
    run.look();
    run.wait(9_000).is(&[]);
}
