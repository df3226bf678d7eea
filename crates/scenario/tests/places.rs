//! Where a scenario broke: file, line and the author's own frames, for each way in
//! which its code is called. Each scenario has two files, so that the name matters.
#![allow(missing_docs, clippy::unwrap_used)]

mod script_log;

use scenario::host::{Effect, EndReason, Input, LogKind};
use scenario::{FIRST_CALL, Program, Source};
use script_log::{Run, alerting, answer, connected, spec};

/// The first file: `breaks` is thrown from its third line, in a function of its own.
const TOOLS: &str = "// What other files call.\nfunction breaks(how) {\n    throw new RangeError('broken by ' + how);\n}\nfunction quiet() {}";

/// A session of the tools and `second`, with a call.
fn with_call(second: &str) -> Run {
    Run::start(spec(&[TOOLS, second]), Some(alerting()))
}

/// The text of the error that ended the session.
#[track_caller]
fn failed(run: &Run) -> String {
    match run.effects.last() {
        Some(Effect::Ended {
            why: EndReason::Failed { error },
        }) => error.clone(),
        other => panic!("did not fail: {other:?}"),
    }
}

/// The text of the error in the log of a session that goes on.
#[track_caller]
fn logged(run: &Run) -> String {
    let mut errors = run.effects.iter().filter_map(|effect| match effect {
        Effect::Log {
            kind: LogKind::Error,
            text,
        } => Some(text.clone()),
        _ => None,
    });
    errors.next_back().unwrap()
}

/// The message comes first, then exactly the author's frames: `function (file:line`.
#[track_caller]
fn shows(error: &str, message: &str, frames: &[&str]) {
    let mut lines = error.lines();
    let first = lines.next().unwrap_or_default();
    assert!(first.ends_with(message), "{message}: {error}");
    let seen: Vec<&str> = lines
        .map(|line| {
            line.trim_start()
                .trim_start_matches("at ")
                .trim_end_matches(')')
        })
        .map(|line| line.rsplit_once(':').map_or(line, |(place, _column)| place))
        .collect();
    assert_eq!(seen, frames, "{error}");
}

const DEEPEST: &str = "breaks (file1.js:3";

#[test]
fn at_the_top_level() {
    let run = with_call("quiet();\n\nbreaks('the top');");
    shows(
        &failed(&run),
        "RangeError: broken by the top",
        &[DEEPEST, "<eval> (file2.js:3"],
    );
}

#[test]
fn in_a_handler_of_an_event() {
    let run = with_call(
        "VoxEngine.addEventListener(AppEvents.CallAlerting,\n    function rings(e) {\n        breaks(e.name);\n    });",
    );
    shows(
        &failed(&run),
        "RangeError: broken by Application.CallAlerting",
        &[DEEPEST, "rings (file2.js:3"],
    );
}

#[test]
fn in_a_handler_of_a_call_and_of_a_player() {
    let run = with_call(
        "VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {\n  call.answer();\n  call.addEventListener(CallEvents.Connected, () => {\n    breaks('the call');\n  });\n});",
    );
    shows(
        &failed(&run.feed(connected(FIRST_CALL))),
        "RangeError: broken by the call",
        &[DEEPEST, "<anonymous> (file2.js:4"],
    );
    let run = with_call(
        "const player = VoxEngine.createURLPlayer('http://a.example/a.mp3');\nplayer.addEventListener(PlayerEvents.PlaybackFinished, function done() { breaks('the player'); });",
    );
    let finished = Input::PlayerFinished {
        player: 1,
        error: None,
    };
    shows(
        &failed(&run.feed(finished)),
        "RangeError: broken by the player",
        &[DEEPEST, "done (file2.js:2"],
    );
}

#[test]
fn in_timers() {
    let run = with_call("setTimeout(function later() {\n  breaks('a timer');\n}, 500);");
    shows(
        &failed(&run.wait(500)),
        "RangeError: broken by a timer",
        &[DEEPEST, "later (file2.js:2"],
    );
    let run =
        with_call("let n = 0;\nsetInterval(() => { if (++n === 3) breaks('tick ' + n); }, 200);");
    shows(
        &failed(&run.wait(600)),
        "RangeError: broken by tick 3",
        &[DEEPEST, "<anonymous> (file2.js:2"],
    );
}

/// An `async` handler or a promise whose failure nobody takes is logged; the session goes on.
#[test]
fn in_promises() {
    let run = with_call(
        "VoxEngine.addEventListener(AppEvents.CallAlerting, async function waits() {\n  await null;\n  breaks('async');\n});",
    );
    shows(
        &logged(&run),
        "RangeError: broken by async",
        &[DEEPEST, "waits (file2.js:3"],
    );
    let run = with_call("\nPromise.resolve(1).then(function one() { breaks('then'); });");
    shows(
        &logged(&run),
        "RangeError: broken by then",
        &[DEEPEST, "one (file2.js:2"],
    );
    assert!(
        !run.effects
            .iter()
            .any(|e| matches!(e, Effect::Ended { .. }))
    );
}

#[test]
fn in_callbacks_of_requests() {
    let run = with_call(
        "Net.httpRequest('http://a.example/', function answered(result) {\n  breaks(result.code);\n});",
    );
    shows(
        &failed(&run.feed(answer(1, 204, ""))),
        "RangeError: broken by 204",
        &[DEEPEST, "answered (file2.js:2"],
    );
}

#[test]
fn in_code_made_of_text() {
    let run = with_call("\n\neval('quiet();\\nbreaks(\"eval\")');");
    let error = failed(&run);
    assert!(
        error.contains(DEEPEST) && error.contains("(file2.js:3"),
        "{error}"
    );
}

#[test]
fn what_is_thrown_and_is_no_error_is_told_as_it_is() {
    for (thrown, told) in [
        ("'just words'", "just words"),
        ("42", "42"),
        ("undefined", "undefined"),
        ("{ code: 7 }", "{\"code\":7}"),
    ] {
        let error = failed(&with_call(&format!("throw {thrown};")));
        assert!(error.contains(told), "{thrown}: {error}");
    }
}

#[test]
fn syntax_errors_name_the_file_the_line_and_what_is_wrong() {
    for (text, line) in [
        ("let a;\nlet b = ;\n", 2),
        ("function (\n", 1),
        ("if (true) {\n  quiet();\n", 3),
        ("let a = 1;\nlet a = 2;", 2),
        ("quiet();\n\n'open", 3),
        ("/(/", 1),
        ("quiet();\nquiet();\nconst odd = /[/;\nquiet();", 3),
    ] {
        let files = [("one.js", TOOLS), ("two.js", text)];
        let files = files.map(|(name, text)| Source {
            name: name.to_owned(),
            text: text.to_owned(),
        });
        let error = Program::compile(files.to_vec()).unwrap_err();
        assert_eq!(
            (error.file.as_str(), error.line),
            ("two.js", line),
            "{text}: {error}"
        );
        assert!(error.to_string().contains("two.js:"), "{error}");
        assert!(!error.message.is_empty(), "{text}");
    }
}
