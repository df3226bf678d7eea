//! Calls and players of the API slice: scenario text and inputs on one side, the
//! exact effects and words of the scenario on the other (voxengine.md 2 to 5, 11).
#![allow(missing_docs, clippy::unwrap_used)]

mod script_log;

use scenario::host::Input;
use script_log::{Run, connected, disconnected, failed, finished, progress, ringing};

/// A handler of CallAlerting with the call as `c` and the event as `e`.
fn on_call(body: &str) -> Run {
    Run::call(&format!(
        "VoxEngine.addEventListener(AppEvents.CallAlerting, e => {{ const c = e.call; {body} }});"
    ))
}

#[test]
fn event_fields_of_started_and_alerting_are_those_of_the_cloud() {
    let text = "
        VoxEngine.addEventListener(AppEvents.Started, e => Logger.write(
            [typeof e.sessionId, e.sessionId, e.accountId, typeof e.accessURL, typeof e.accessSecureURL]));
        VoxEngine.addEventListener(AppEvents.CallAlerting, e => Logger.write([e.name, e.callerid,
            e.destination, e.displayName, e.fromURI, e.toURI, e.headers['X-A'], e.call.callerid(),
            e.call.number(), e.call.displayName(), e.call.incoming(), e.call.state(),
            e.call.clientType(), e.id === e.call.id()].join()));";
    Run::call(text).is(&[
        r#"script: ["number",77,0,"string","string"]"#,
        "script: Application.CallAlerting,111,100,One,sip:111@a.example,sip:100@b.example,1,111,\
         100,One,true,ALERTING,sip,true",
    ]);
}

#[test]
fn answering_operations_carry_only_allowed_headers() {
    on_call("c.ring(); c.startEarlyMedia({'X-1': 1}); c.answer({'X-2': 'b', 'Via': 'no', 'VI-3': 'c', 'User-to-User': 'u'});")
        .is(&[
            "ring call=1",
            r#"early_media call=1 headers=[["X-1","1"]]"#,
            r#"answer call=1 headers=[["X-2","b"],["VI-3","c"],["User-to-User","u"]]"#,
        ]);
}

#[test]
fn header_cannot_smuggle_a_line_and_has_a_size() {
    on_call("c.answer({'X-1': 'a\\r\\nVia: x', 'X-Long': 'y'.repeat(300)});")
        .is(&[r#"answer call=1 headers=[["X-1","a Via: x"]]"#]);
}

#[test]
fn second_answer_hangup_or_reject_is_harmless() {
    on_call("c.answer(); c.answer(); c.reject(486); c.hangup(); c.hangup();")
        .is(&["answer call=1", "hangup call=1"])
        .feed(disconnected(1))
        .is(&[]);
}

#[test]
fn reject_and_decline_refuse_with_a_status() {
    on_call("c.reject(603, {'X-1': 'a'});")
        .is(&[r#"reject call=1 code=603 headers=[["X-1","a"]]"#]);
    on_call("c.decline(486);").is(&["reject call=1 code=486"]);
    on_call("c.reject(200);").is(&[
        "error: RangeError: reject: 200 is not a SIP status from 300 to 699",
        "ended failed",
    ]);
}

#[test]
fn methods_work_without_their_object_and_ignore_extra_arguments() {
    let text = "const { answer, hangup, callerid } = c; answer(); Logger.write(callerid());
        c.addEventListener(CallEvents.Connected, c.hangup);
        c.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
        setTimeout(Logger.write, 1000, 'timer says', 'more');";
    on_call(text)
        .is(&["answer call=1", "script: 111"])
        .feed(connected(1))
        .is(&["hangup call=1"])
        .wait(1_000)
        .is(&["script: timer says"])
        .feed(disconnected(1))
        .is(&["ended terminated"]);
}

#[test]
fn calls_and_events_can_be_shown_as_text() {
    on_call(
        "Logger.write(JSON.stringify(c)); Logger.write(/^Call /.test('' + c)); JSON.stringify(e);
        Logger.write(JSON.stringify(e).length < 400)",
    )
    .is(&["script: {}", "script: true", "script: true"]);
}

#[test]
fn disconnected_tells_seconds_cause_and_headers() {
    on_call(
        "c.answer(); c.addEventListener(CallEvents.Disconnected, d => Logger.write(
        [d.duration, d.internalCode, d.reason, d.headers['X-B'], d.call.state()].join()));",
    )
    .feed(connected(1))
    .feed(disconnected(1))
    .is(&["answer call=1", "script: 21,16,bye,2,TERMINATED"]);
}

#[test]
fn every_form_of_call_user_dials_the_same() {
    let plain = r#"dial call=2 target={"kind":"user","user":"anna"} callerid="7" display_name="N" headers=[["X-1","a"]] timeout_ms=60000"#;
    for form in [
        "{username: 'anna', callerid: '7', displayName: 'N', extraHeaders: {'X-1': 'a'}}",
        "'anna', '7', 'N', {'X-1': 'a'}, false, e => 1",
        "'anna', {callerid: '7', displayName: 'N', extraHeaders: {'X-1': 'a'}}",
    ] {
        Run::api(&format!("VoxEngine.callUser({form})")).is(&[plain]);
    }
    Run::api("VoxEngine.callUser('anna', function () {})")
        .is(&[r#"dial call=2 target={"kind":"user","user":"anna"} timeout_ms=60000"#]);
}

#[test]
fn call_timeout_header_sets_the_ring_time_within_its_bounds() {
    for (seconds, timeout_ms) in [
        ("25", 25_000),
        ("1", 10_000),
        ("900", 400_000),
        ("x", 60_000),
    ] {
        let text = format!(
            "VoxEngine.callUser({{username: 'a', extraHeaders: {{'VI-CallTimeout': '{seconds}'}}}})"
        );
        let expected =
            format!(r#"dial call=2 target={{"kind":"user","user":"a"}} timeout_ms={timeout_ms}"#);
        Run::api(&text).is(&[&expected]);
    }
}

#[test]
fn every_form_of_call_sip_dials_the_same() {
    let plain = r#"dial call=2 target={"kind":"sip","uri":"sip:a@b.example","auth_user":"u","password":"p","out_proxy":"sip:o.example"} callerid="7" display_name="N" headers=[["X-1","a"]] timeout_ms=60000"#;
    for form in [
        "'sip:a@b.example', {callerid: '7', displayName: 'N', password: 'p', authUser: 'u', headers: {'X-1': 'a'}, outProxy: 'sip:o.example'}",
        "'a@b.example', '7', 'N', 'p', 'u', {'X-1': 'a'}, false, 'sip:o.example'",
    ] {
        Run::api(&format!("VoxEngine.callSIP({form})")).is(&[plain]);
    }
    let bare = r#"dial call=2 target={"kind":"sip","uri":"sips:a@b.example","auth_user":null,"password":null,"out_proxy":null} timeout_ms=60000"#;
    Run::api("VoxEngine.callSIP('sips:a@b.example')").is(&[bare]);
}

#[test]
fn call_conference_takes_two_to_five_arguments() {
    let plain = r#"dial call=2 target={"kind":"conference","conference":"301"} callerid="7" timeout_ms=60000"#;
    Run::api("const c = VoxEngine.callConference('301', '7')").is(&[plain]);
    let whole = r#"dial call=2 target={"kind":"conference","conference":"301"} callerid="7" display_name="N" headers=[["X-1","a"]] timeout_ms=60000"#;
    Run::api("const c = VoxEngine.callConference('301', '7', 'N', {'X-1': 'a'}, {})").is(&[whole]);
    let number = r#"dial call=2 target={"kind":"conference","conference":"301"} timeout_ms=60000"#;
    Run::api("VoxEngine.callConference(301)").is(&[number]);
}

#[test]
fn call_pstn_strips_plus_signs_and_ignores_more_arguments() {
    Run::api("VoxEngine.callPSTN('+7495', '+7916', 1, 2, 3); VoxEngine.callPSTN(8800)").is(&[
        r#"dial call=2 target={"kind":"pstn","number":"7495"} callerid="7916" timeout_ms=60000"#,
        r#"dial call=3 target={"kind":"pstn","number":"8800"} timeout_ms=60000"#,
    ]);
}

#[test]
fn outgoing_call_tells_its_life() {
    let text = "const c = VoxEngine.callUser('anna');
        Logger.write([c.number(), c.incoming(), c.clientType(), c.state(), c.id().length].join());
        for (const n of ['Ringing', 'AudioStarted', 'Connected', 'Disconnected', 'Failed'])
            c.addEventListener(CallEvents[n], e => Logger.write([e.name, e.code, e.reason, c.state()].join()));
        c.answer();";
    let mut run = Run::api(text);
    assert_eq!(run.look()[1], "script: anna,false,user,ALERTING,43");
    run.feed(ringing(2))
        .feed(progress(2))
        .feed(connected(2))
        .feed(disconnected(2))
        .feed(failed(2, 486))
        .is(&[
            "script: Call.Ringing,,,PROGRESSING",
            "script: Call.AudioStarted,183,,PROGRESSING",
            "script: Call.Connected,,,CONNECTED",
            "script: Call.Disconnected,,bye,TERMINATED",
        ]);
    let mut run = Run::api(text);
    run.look();
    run.feed(failed(2, 486))
        .is(&["script: Call.Failed,486,no,TERMINATED"]);
}

#[test]
fn ring_all_keeps_the_first_that_answers() {
    let text = "const legs = ['a', 'b', 'c'].map(n => VoxEngine.callUser(n));
        legs.forEach(leg => {
            leg.addEventListener(CallEvents.Connected, () =>
                legs.filter(other => other !== leg).forEach(other => other.hangup()));
            leg.addEventListener(CallEvents.Failed, e => Logger.write(leg.number() + e.code));
        });";
    let mut run = Run::api(text).feed(ringing(2)).feed(ringing(3));
    assert_eq!(run.look().len(), 3);
    run.feed(connected(3))
        .is(&["hangup call=2", "hangup call=4"])
        .feed(failed(2, 487))
        .feed(failed(4, 487))
        .is(&["script: a487", "script: c487"]);
}

#[test]
fn eleventh_unanswered_call_and_fifty_first_attempt_fail_with_403() {
    let text = "let failures = 0;
        function dial() {
            const c = VoxEngine.callUser('a');
            c.addEventListener(CallEvents.Failed, e => Logger.write(e.code + ' ' + e.reason));
        }
        for (let i = 0; i < 11; i++) dial();";
    let mut run = Run::api(text);
    let lines = run.look();
    assert_eq!(lines.iter().filter(|l| l.starts_with("dial")).count(), 10);
    assert_eq!(lines[10], "script: 403 Call limit reached");

    let text = "let left = 51; (function dial() {
        if (left-- === 0) return;
        const c = VoxEngine.callUser('a');
        c.addEventListener(CallEvents.Failed, e => { Logger.write(e.code); dial(); });
    })();";
    let mut run = Run::api(text);
    for call in 2..52 {
        run = run.feed(failed(call, 486));
    }
    let lines = run.lines();
    assert_eq!(lines.iter().filter(|l| l.starts_with("dial")).count(), 50);
    assert_eq!(lines.iter().filter(|l| *l == "script: 403").count(), 1);
}

#[test]
fn media_is_joined_and_parted_in_order() {
    let text = "const a = VoxEngine.callUser('a'); VoxEngine.sendMediaBetween(c, a);
        VoxEngine.stopMediaBetween(c, a);
        const p = VoxEngine.createURLPlayer('http://a.example/m.mp3'); p.sendMediaTo(c); p.stopMediaTo(c);";
    let unit = |a: &str, b: u8, to: &str, d: u8| {
        format!(r#"from={{"unit":"{a}","id":{b}}} to={{"unit":"{to}","id":{d}}}"#)
    };
    let lines = on_call(text).lines();
    let media: Vec<&String> = lines.iter().filter(|l| l.contains("_media")).collect();
    assert_eq!(
        media,
        [
            &format!("send_media {}", unit("call", 1, "call", 2)),
            &format!("send_media {}", unit("call", 2, "call", 1)),
            &format!("stop_media {}", unit("call", 1, "call", 2)),
            &format!("stop_media {}", unit("call", 2, "call", 1)),
            &format!("send_media {}", unit("player", 1, "call", 1)),
            &format!("stop_media {}", unit("player", 1, "call", 1)),
        ]
    );
}

#[test]
fn media_to_something_that_cannot_listen_is_an_error() {
    for text in [
        "c.sendMediaTo(undefined);",
        "c.sendMediaTo(VoxEngine.createURLPlayer('http://a.example/'));",
    ] {
        let lines = on_call(text).lines();
        assert!(
            lines
                .iter()
                .any(|l| l.contains("not a unit that can listen")),
            "{lines:?}"
        );
    }
}

#[test]
fn player_forms_and_events() {
    for (form, looped, paused) in [
        ("createURLPlayer('http://a.example/m.mp3')", false, false),
        (
            "createURLPlayer('http://a.example/m.mp3', true, true)",
            true,
            true,
        ),
        (
            "createURLPlayer('http://a.example/m.mp3', {loop: true, onPause: true})",
            true,
            true,
        ),
        (
            "createURLPlayer({url: 'http://a.example/m.mp3'}, {loop: true})",
            true,
            false,
        ),
    ] {
        let expected = format!(
            r#"create_player player=1 source={{"kind":"url","url":"http://a.example/m.mp3"}} looped={looped} paused={paused}"#
        );
        Run::api(&format!("VoxEngine.{form}")).is(&[&expected]);
    }
    let text = "const p = VoxEngine.createToneScriptPlayer('425@-19;*(1/4/1)', {loop: true});
        for (const n in PlayerEvents) p.addEventListener(PlayerEvents[n],
            e => Logger.write([e.name, e.duration, e.error, e.player === p].join()));
        p.pause(); p.resume(); setTimeout(p.stop, 500); setTimeout(p.stop, 600);";
    Run::api(text)
        .feed(Input::PlayerStarted { player: 1, duration_ms: 5_000 })
        .wait(1_000)
        .feed(finished(1))
        .is(&[
            r#"create_player player=1 source={"kind":"tone_script","script":"425@-19;*(1/4/1)"} looped=true paused=false"#,
            "pause_player player=1",
            "resume_player player=1",
            "script: Player.Created,,,true",
            "script: Player.PlaybackReady,,,true",
            "script: Player.Started,5000,,true",
            "stop_player player=1",
            "script: Player.Stopped,,,true",
        ]);
}

#[test]
fn player_that_cannot_play_tells_error_and_finished() {
    let text = "const p = VoxEngine.createURLPlayer('http://a.example/none');
        for (const n in PlayerEvents) p.addEventListener(PlayerEvents[n], e => Logger.write(e.name + e.error));";
    let mut run = Run::api(text);
    run.look();
    let error = Some("404".to_owned());
    run.feed(Input::PlayerFinished { player: 1, error }).is(&[
        "script: Player.Error404",
        "script: Player.PlaybackFinished404",
    ]);
}

#[test]
fn eleventh_player_finishes_with_an_error_and_room_comes_back() {
    let text = "for (let i = 0; i < 11; i++) {
            const p = VoxEngine.createURLPlayer('http://a.example/' + i);
            p.addEventListener(PlayerEvents.PlaybackFinished, e => Logger.write(i + ' ' + e.error));
        }
        setTimeout(() => VoxEngine.createURLPlayer('http://a.example/again'), 1000);";
    let mut run = Run::api(text);
    let lines = run.look();
    assert_eq!(lines.len(), 11);
    assert_eq!(lines[10], "script: 10 Player limit reached");
    let mut run = run.feed(finished(3)).wait(1_000);
    let lines = run.look();
    assert_eq!(lines[0], "script: 2 undefined");
    assert!(lines[1].starts_with("create_player player=12"), "{lines:?}");
}

#[test]
fn start_playback_plays_to_its_call_and_tells_by_call_events() {
    let text = "c.answer();
        c.addEventListener(CallEvents.PlaybackStarted, e => Logger.write('started ' + e.duration));
        c.addEventListener(CallEvents.PlaybackFinished, e => {
            c.removeEventListener(CallEvents.PlaybackFinished);
            Logger.write('finished'); c.startPlayback('http://a.example/2', false); });
        c.startPlayback('http://a.example/1', {loop: false});";
    on_call(text)
        .feed(Input::PlayerStarted { player: 1, duration_ms: 700 })
        .feed(finished(1))
        .feed(finished(2))
        .is(&[
            "answer call=1",
            r#"create_player player=1 source={"kind":"url","url":"http://a.example/1"} looped=false paused=false"#,
            r#"send_media from={"unit":"player","id":1} to={"unit":"call","id":1}"#,
            "script: started 700",
            "script: finished",
            r#"create_player player=2 source={"kind":"url","url":"http://a.example/2"} looped=false paused=false"#,
            r#"send_media from={"unit":"player","id":2} to={"unit":"call","id":1}"#,
        ]);
}

#[test]
fn stop_playback_is_silent_and_a_new_playback_replaces_the_old() {
    let text = "c.addEventListener(CallEvents.PlaybackFinished, () => Logger.write('never'));
        c.playProgressTone('RU'); c.startPlayback('http://a.example/1'); c.stopPlayback(); c.stopPlayback();";
    on_call(text).feed(finished(1)).feed(finished(2)).is(&[
        r#"create_player player=1 source={"kind":"tone_script","script":"425@-19;*(1/4/1)"} looped=true paused=false"#,
        r#"send_media from={"unit":"player","id":1} to={"unit":"call","id":1}"#,
        "stop_player player=1",
        r#"create_player player=2 source={"kind":"url","url":"http://a.example/1"} looped=false paused=false"#,
        r#"send_media from={"unit":"player","id":2} to={"unit":"call","id":1}"#,
        "stop_player player=2",
    ]);
}

#[test]
fn playback_of_a_call_that_ended_is_stopped() {
    let mut run = on_call("c.answer(); c.startPlayback('http://a.example/1', true);");
    run.look();
    run.feed(disconnected(1)).is(&["stop_player player=1"]);
}

#[test]
fn players_are_told_that_they_stopped_when_the_session_ends() {
    let text = "const p = VoxEngine.createURLPlayer('http://a.example/1');
        p.addEventListener(PlayerEvents.Stopped, () => Logger.write('stopped'));
        setTimeout(VoxEngine.terminate, 10);";
    let mut run = Run::api(text);
    run.look();
    run.wait(10).is(&[
        "stop_player player=1",
        "script: stopped",
        "ended terminated",
    ]);
}

#[test]
fn tones_messages_and_hold_travel_both_ways() {
    let text = "c.handleTones(true); c.sendDigits('12#p'); c.sendMessage('hi'); c.sendInfo('a/b', 'x', {'X-1': 'y'});
        c.sendMessage('x'.repeat(9000));
        for (const n of ['ToneReceived', 'MessageReceived', 'InfoReceived', 'OnHold', 'OffHold'])
            c.addEventListener(CallEvents[n], e => Logger.write([e.name, e.tone, e.text, e.mimeType, e.body].join()));";
    let info = |mime_type: &str, body: &str| Input::CallInfo {
        call: 1,
        mime_type: mime_type.to_owned(),
        body: body.to_owned(),
        headers: Vec::new(),
    };
    on_call(text)
        .feed(Input::ToneReceived {
            call: 1,
            tone: '#',
            how: scenario::host::ToneKind::TelephoneEvent,
        })
        .feed(info("text/plain;charset=utf-8", "hello"))
        .feed(info("application/json", "{}"))
        .feed(Input::CallHeld {
            call: 1,
            held: true,
        })
        .feed(Input::CallHeld {
            call: 1,
            held: false,
        })
        .is(&[
            "handle_tones call=1 enabled=true",
            r#"send_digits call=1 digits="12#p""#,
            r#"send_info call=1 mime_type="text/plain" body="hi""#,
            r#"send_info call=1 mime_type="a/b" body="x" headers=[["X-1","y"]]"#,
            "script: Call.ToneReceived,#,,,",
            "script: Call.MessageReceived,,hello,,",
            "script: Call.InfoReceived,,,application/json,{}",
            "script: Call.OnHold,,,,",
            "script: Call.OffHold,,,,",
        ]);
}

#[test]
fn easy_process_joins_two_calls_and_ends_with_either() {
    let text =
        "VoxEngine.forwardCallToUser((a, b) => Logger.write('joined ' + a.number() + b.number()));";
    let mut run = Run::call(text);
    let lines = run.look();
    assert_eq!(
        lines[0],
        r#"dial call=2 target={"kind":"user","user":"100"} callerid="111" display_name="One" headers=[["X-A","1"]] timeout_ms=60000"#
    );
    assert_eq!(
        lines.iter().filter(|l| l.starts_with("send_media")).count(),
        2
    );
    run.feed(ringing(2))
        .is(&["ring call=1"])
        .feed(progress(2))
        .is(&["early_media call=1"])
        .feed(connected(2))
        .is(&["answer call=1"])
        .feed(connected(1))
        .is(&["script: joined 100100"])
        .feed(disconnected(1))
        .is(&["hangup call=2", "ended terminated"]);
}

#[test]
fn forwards_dial_what_they_promise() {
    for (text, target) in [
        (
            "VoxEngine.forwardCallToSIP()",
            r#""uri":"sip:100@b.example""#,
        ),
        (
            "VoxEngine.forwardCallToPSTN(n => '+7' + n, null, {callerid: '5'})",
            r#""number":"7100"} callerid="5""#,
        ),
        (
            "VoxEngine.forwardCallToPSTN()",
            r#""number":"100"} callerid="111""#,
        ),
    ] {
        let lines = Run::call(text).lines();
        assert!(lines[0].contains(target), "{lines:?}");
    }
}

#[test]
fn play_sound_and_hangup_does_both() {
    let mut run =
        Run::call("VoxEngine.playSoundAndHangup('http://a.example/s.mp3')").feed(connected(1));
    assert_eq!(run.look().len(), 3);
    run.feed(finished(1))
        .is(&["hangup call=1", "ended terminated"]);
}
