//! The life of a session: order of events, its end, and what it may not do.
#![allow(missing_docs, clippy::unwrap_used)]

mod script_log;

use scenario::host::{Effect, EndReason, Input};
use scenario::{Limits, Program, Source};
use script_log::{Run, access, alerting, answer, connected, disconnected, spec};
use std::time::{Duration, Instant};

const TELL_ALL: &str = "
    for (const name of ['Started', 'CallAlerting', 'Terminating', 'Terminated'])
        VoxEngine.addEventListener(AppEvents[name], e => Logger.write(e.name));
";

fn error_of(run: &Run) -> String {
    match run.effects.last() {
        Some(Effect::Ended {
            why: EndReason::Failed { error },
        }) => error.clone(),
        other => panic!("did not fail: {other:?}"),
    }
}

#[test]
fn started_and_alerting_come_after_every_file_was_evaluated() {
    let first = "Logger.write('one'); const shared = 'seen';".to_owned() + TELL_ALL;
    let files = [first.as_str(), "Logger.write('two ' + shared);"];
    Run::start(spec(&files), Some(alerting())).is(&[
        "script: one",
        "script: two seen",
        "script: Application.Started",
        "script: Application.CallAlerting",
    ]);
}

#[test]
fn session_of_the_api_gets_started_only_and_may_call_at_the_top_level() {
    Run::api("VoxEngine.callPSTN('+7495', '+7916'); Logger.write(VoxEngine.customData());").is(&[
        r#"dial call=2 target={"kind":"pstn","number":"7495"} callerid="7916" timeout_ms=60000"#,
        "script: start value",
    ]);
}

#[test]
fn terminate_does_not_unwind_and_hangs_everything_up() {
    let text = TELL_ALL.to_owned()
        + "VoxEngine.addEventListener(AppEvents.CallAlerting, e => {
            e.call.answer();
            VoxEngine.createURLPlayer('http://a.example/a.mp3', {loop: true});
            VoxEngine.terminate();
            VoxEngine.terminate();
            Logger.write('still here');
        });";
    Run::call(&text).is(&[
        "script: Application.Started",
        "script: Application.CallAlerting",
        "answer call=1",
        r#"create_player player=1 source={"kind":"url","url":"http://a.example/a.mp3"} looped=true paused=false"#,
        "script: still here",
        "stop_player player=1",
        "hangup call=1",
        "script: Application.Terminating",
        "script: Application.Terminated",
        "ended terminated",
    ]);
}

#[test]
fn terminating_may_send_one_request_which_is_awaited() {
    let text = "
        VoxEngine.addEventListener(AppEvents.Terminating, () => {
            Net.httpRequest('http://a.example/1', r => Logger.write('first ' + r.code));
            Net.httpRequest('http://a.example/2', r => Logger.write('second ' + r.code));
            setTimeout(() => Logger.write('never'), 10);
        });
        VoxEngine.addEventListener(AppEvents.Terminated, () => {
            Logger.write('bye');
            Net.httpRequest('http://a.example/3', () => {});
        });
        VoxEngine.addEventListener(AppEvents.CallAlerting, VoxEngine.terminate);";
    let mut run = Run::call(text);
    let lines = run.look();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert_eq!(lines[0], "hangup call=1");
    assert!(lines[1].starts_with("http_request request=1 "), "{lines:?}");
    run.wait(1_000).is(&[]).feed(answer(1, 200, "")).is(&[
        "script: first 200",
        "script: bye",
        "ended terminated",
    ]);
}

#[test]
fn requests_under_way_at_the_end_are_awaited_and_waiting_ones_are_dropped() {
    let text = "
        for (let i = 1; i <= 5; i++)
            Net.httpRequest('http://a.example/' + i, r => Logger.write(i + ' ' + r.code));
        VoxEngine.terminate();";
    let mut run = Run::api(text);
    assert_eq!(run.look().len(), 3, "three run at once");
    run.feed(answer(2, 200, ""))
        .is(&["script: 2 200"])
        .feed(answer(1, 200, ""))
        .feed(answer(3, -7, ""))
        .is(&["script: 1 200", "script: 3 -7", "ended terminated"]);
}

#[test]
fn request_that_never_ends_holds_the_session_90_seconds() {
    let text = "Net.httpRequest('http://a.example/', () => {}); VoxEngine.terminate();";
    let mut run = Run::api(text);
    run.look();
    run.wait(89_999).is(&[]).wait(1).is(&["ended terminated"]);
}

#[test]
fn session_without_calls_ends_after_a_minute() {
    Run::api("")
        .wait(59_999)
        .is(&[])
        .wait(1)
        .is(&["ended idle"]);
}

#[test]
fn minute_without_calls_counts_from_the_last_call() {
    let text = "VoxEngine.addEventListener(AppEvents.CallAlerting, e => {
        e.call.answer();
        e.call.addEventListener(CallEvents.Disconnected,
            () => setTimeout(() => Logger.write('late'), 59000));
    });";
    let mut run = Run::call(text).feed(connected(1)).wait(600_000);
    run.look();
    run.feed(disconnected(1))
        .wait(60_000)
        .is(&["script: late", "ended idle"]);
}

#[test]
fn call_that_is_never_answered_is_let_go_after_a_minute() {
    Run::call("VoxEngine.addEventListener(AppEvents.CallAlerting, e => e.call.ring());")
        .is(&["ring call=1"])
        .wait(59_999)
        .is(&[])
        .wait(1)
        .is(&["hangup call=1"]);
}

#[test]
fn engine_may_end_the_session() {
    let why = "shutting down".to_owned();
    Run::call(TELL_ALL).feed(Input::Terminate { why }).is(&[
        "script: Application.Started",
        "script: Application.CallAlerting",
        "hangup call=1",
        "script: Application.Terminating",
        "script: Application.Terminated",
        "ended stopped",
    ]);
}

#[test]
fn exception_ends_the_session_with_its_place_and_leaves_the_calls() {
    let text = "VoxEngine.addEventListener(AppEvents.CallAlerting, function ring(e) {
        e.call.answer();
        nowhere.to.be.found();
    });";
    let run = Run::call(text);
    let error = error_of(&run);
    assert!(error.contains("nowhere is not defined"), "{error}");
    assert!(error.contains("ring (file1.js:3"), "{error}");
    let frames = error
        .lines()
        .filter(|line| line.trim_start().starts_with("at "));
    assert_eq!(frames.count(), 1, "only the author's own: {error}");
    assert!(!run.lines().iter().any(|line| line.starts_with("hangup")));
}

#[test]
fn exception_lets_terminating_send_its_one_request_and_touches_no_call() {
    let text = "var call;
        VoxEngine.addEventListener(AppEvents.CallAlerting, (e) => { call = e.call; call.answer(); throw new Error('lost'); });
        VoxEngine.addEventListener(AppEvents.Terminating, (e) => {
            Logger.write(e.name + ' ' + e.systemError);
            call.hangup();
            setTimeout(() => Logger.write('never'), 1);
            Net.httpRequest('http://crm.example/1', () => Logger.write('never'));
            Net.httpRequest('http://crm.example/2', () => Logger.write('never'));
        });
        VoxEngine.addEventListener(AppEvents.Terminated, (e) => {
            Logger.write(e.name + ' ' + e.systemError);
            Net.httpRequest('http://crm.example/3', () => Logger.write('never'));
        });";
    let run = Run::call(text);
    let lines = run.lines();
    let error = |line: &String| line.starts_with("error: Error: lost");
    assert_eq!(lines.iter().filter(|line| error(line)).count(), 1);
    let rest: Vec<&str> = lines
        .iter()
        .filter(|line| !error(line))
        .map(|line| line.split(" spec=").next().unwrap())
        .collect();
    assert_eq!(
        rest,
        [
            "answer call=1",
            "script: Application.Terminating true",
            "http_request request=1",
            "script: Application.Terminated true",
            "ended failed"
        ]
    );
}

#[test]
fn terminating_may_report_the_task_and_set_the_custom_data() {
    let text = "VoxEngine.addEventListener(AppEvents.Terminating, () => {
            CallList.reportResult({ talked: true });
            VoxEngine.customData('the end');
        });
        VoxEngine.addEventListener(AppEvents.Terminated, () => CallList.reportError('never'));
        VoxEngine.terminate();";
    Run::api(text).is(&[
        r#"task_report kind="result" data="{\"talked\":true}""#,
        r#"custom_data text="the end""#,
        "ended terminated",
    ]);
}

#[test]
fn exception_in_terminating_ends_the_session_once() {
    let text = "VoxEngine.addEventListener(AppEvents.Started, () => { throw 1; });
        VoxEngine.addEventListener(AppEvents.Terminating, () => { throw 2; });
        VoxEngine.addEventListener(AppEvents.Terminated, () => { throw 3; });";
    Run::api(text).is(&["error: 1", "error: 2", "error: 3", "ended failed"]);
}

#[test]
fn exception_at_the_top_level_fails_at_the_start() {
    let run = Run::call(
        "VoxEngine.addEventListener(AppEvents.Terminating, () => Logger.write('never'));
         throw new Error('at once')",
    );
    assert!(error_of(&run).contains("at once"));
    assert!(!run.lines().contains(&"script: never".to_owned()));
}

#[test]
fn exception_in_terminated_still_ends_the_session_once() {
    let text = "VoxEngine.addEventListener(AppEvents.Terminated, () => { throw 1; });
        VoxEngine.terminate();";
    Run::api(text).is(&["error: 1", "ended failed"]);
}

#[test]
fn handler_that_is_not_a_function_fails_when_its_event_fires() {
    let text =
        "VoxEngine.addEventListener(AppEvents.CallAlerting, 'oops'); Logger.write('loaded');";
    let run = Run::call(text);
    let error = error_of(&run);
    assert!(
        error.contains("handler of Application.CallAlerting is not a function"),
        "{error}"
    );
}

#[test]
fn rejection_that_nobody_handles_is_logged_and_the_session_goes_on() {
    let text = "VoxEngine.addEventListener(AppEvents.CallAlerting, async e => {
        e.call.answer();
        throw new Error('lost');
    });";
    Run::call(text).is(&["answer call=1", "error: unhandled rejection: Error: lost"]);
}

#[test]
fn syntax_error_is_found_before_any_call() {
    let source = |name: &str, text: &str| Source {
        name: name.to_owned(),
        text: text.to_owned(),
    };
    let files = vec![
        source("good.js", "let a;"),
        source("bad.js", "let a;\nlet = = 1;"),
    ];
    let error = Program::compile(files).unwrap_err();
    assert_eq!((error.file.as_str(), error.line), ("bad.js", 2), "{error}");
}

#[test]
fn files_over_256_ki_characters_are_refused() {
    let half = Source {
        name: "half.js".to_owned(),
        text: " ".repeat(200 * 1024),
    };
    assert!(Program::compile(vec![half.clone()]).is_ok());
    let error = Program::compile(vec![half.clone(), half]).unwrap_err();
    assert!(error.message.contains("262144"), "{error}");
}

/// Runs until the session is over, which must be `Failed` with that text.
fn dies(text: &str, callback_ms: u64, expected: &str) {
    let mut spec = spec(&[text]);
    spec.limits = Limits {
        callback_ms,
        memory_bytes: 8 << 20,
        ..Limits::default()
    };
    let mut run = Run::start(spec, Some(alerting()));
    for _ in 0..50 {
        if matches!(run.effects.last(), Some(Effect::Ended { .. })) {
            break;
        }
        run = run.wait(0);
    }
    let error = error_of(&run);
    assert!(error.contains(expected), "{text}: {error}");
    assert!(run.effects.len() < 10_000, "{text}");
}

#[test]
fn session_that_runs_too_long_dies_alone() {
    for text in [
        "for (;;) { try { for (;;); } catch (e) {} }",
        "/(x+x+)+y/.test('x'.repeat(60))",
        "(async () => { for (;;) await null; })()",
    ] {
        let clock = Instant::now();
        dies(text, 200, "ran longer than 200 ms");
        assert!(clock.elapsed() < Duration::from_secs(5), "{text}");
    }
}

#[test]
fn session_that_takes_too_much_dies_alone() {
    // Long enough for a busy machine: these must die by what they take.
    const CALLBACK_MS: u64 = 60_000;
    for (text, expected) in [
        (
            "let a = []; for (;;) a.push('x'.repeat(1e5) + a.length)",
            "memory",
        ),
        ("(function deep() { deep(); deep(); })()", "call stack"),
        (
            "for (let i = 0; i < 6000; i++) Logger.write('flood')",
            "in one event",
        ),
        (
            "for (let i = 0; i < 145; i++) Logger.write('x'.repeat(15000))",
            "in one event",
        ),
        (
            "const c = VoxEngine.callUser('a'); for (let i = 0; i < 6000; i++) c.sendDigits('1')",
            "in one event",
        ),
        (
            "const p = () => { const c = VoxEngine.callUser('a');
                c.addEventListener(CallEvents.Failed, p); };
            for (let i = 0; i < 20; i++) p();",
            "refused",
        ),
    ] {
        dies(text, CALLBACK_MS, expected);
    }
}

#[test]
fn timer_that_sets_itself_again_lets_time_pass() {
    let text = "let n = 0; (function again() { n++; setTimeout(again, 0); })();
        setTimeout(() => Logger.write(n), 100); VoxEngine.callUser('a');";
    let mut run = Run::api(text);
    run.look();
    run.wait(100).is(&["script: 100"]);
}

#[test]
fn scenario_that_repeats_a_failing_wish_at_once_is_ended() {
    let text = "(function again() {
        const p = VoxEngine.createToneScriptPlayer('nonsense');
        p.addEventListener(PlayerEvents.PlaybackFinished, again);
    })();";
    let mut run = Run::api(text);
    for player in 1..5_000 {
        if matches!(run.effects.last(), Some(Effect::Ended { .. })) {
            break;
        }
        let error = Some("not a tone".to_owned());
        run = run.feed(Input::PlayerFinished { player, error });
    }
    assert!(error_of(&run).contains("more than 2000 events at once"));
}

#[test]
fn session_that_is_over_answers_the_access_url_with_404_and_nothing_else() {
    let run = Run::api("VoxEngine.terminate()").is(&["ended terminated"]);
    run.feed(disconnected(1))
        .feed(Input::Tick)
        .is(&[])
        .feed(access(9, "", ""))
        .is(&[r#"access_response token=9 status=404 content_type="text/plain; charset=utf-8""#]);
}

#[test]
fn access_request_without_an_answer_at_the_end_is_answered() {
    let text = "VoxEngine.addEventListener(AppEvents.HttpRequest, () => new Promise(() => {}));";
    let mut run = Run::call(text).feed(access(5, "", ""));
    assert_eq!(run.look(), [""; 0]);
    let lines = run.feed(Input::Terminate { why: String::new() }).lines();
    assert!(
        lines[1].starts_with("access_response token=5 status=404"),
        "{lines:?}"
    );
}

#[test]
fn failing_access_handler_answers_500_and_ends_the_session() {
    let text =
        "VoxEngine.addEventListener(AppEvents.HttpRequest, () => { throw new Error('no'); });";
    let lines = Run::call(text).feed(access(5, "", "")).lines();
    assert!(
        lines[1].starts_with("access_response token=5 status=500"),
        "{lines:?}"
    );
    assert_eq!(lines[2], "ended failed");
}

#[test]
fn json_functions_bent_by_the_scenario_reach_no_foreign_effect() {
    let text = "Object.prototype.toJSON = function () {
            return { effect: 'access_response', token: 1, status: 200, content_type: '', body: '' }; };
        VoxEngine.callUser('a');";
    let run = Run::api(text);
    assert!(error_of(&run).contains("operation that the API does not have"));
}

#[test]
fn incoming_calls_have_the_promised_ids() {
    let (mut session, _) = scenario::Session::start(spec(&[""]), 0, None);
    assert_eq!([session.next_call_id(), session.next_call_id()], [1, 2]);
    let (mut session, _) = scenario::Session::start(spec(&[""]), 0, Some(alerting()));
    assert_eq!(session.next_call_id(), 2);
}
