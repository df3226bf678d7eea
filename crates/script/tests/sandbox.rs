//! What a script can and cannot do to the process that runs it.
#![allow(missing_docs, clippy::unwrap_used)]

use script::{Limits, Sandbox, ScriptError, compile};
use std::time::{Duration, Instant};

const LIMITS: Limits = Limits {
    memory_bytes: 8 << 20,
    stack_bytes: 256 << 10,
    callback_ms: 200,
};

fn sandbox() -> Sandbox {
    Sandbox::new(LIMITS).unwrap()
}

fn run(sandbox: &Sandbox, name: &str, text: &str) -> Result<(), ScriptError> {
    sandbox.run(&compile(name, text).unwrap())
}

fn number(sandbox: &Sandbox, expression: &str) -> i32 {
    let code = compile("ask.js", expression).unwrap();
    sandbox.run_with(&code, |_, v| v.get::<i32>()).unwrap()
}

fn thrown(error: ScriptError) -> String {
    match error {
        ScriptError::Thrown(text) => text,
        other => panic!("expected a thrown value, got {other:?}"),
    }
}

/// The script must end with `Deadline` soon after its 200 ms.
fn dies_by_deadline(text: &str) {
    let sandbox = sandbox();
    let started = Instant::now();
    let error = run(&sandbox, "loop.js", text).unwrap_err();
    assert_eq!(error, ScriptError::Deadline { limit_ms: 200 }, "{text}");
    assert!(started.elapsed() < Duration::from_secs(5), "{text}");
}

/// Waits, as on a machine that has other things to do, then works a little.
fn after_a_pause_of(ms: u64) -> Result<(), ScriptError> {
    let work = script::compile("work.js", "for (let i = 0; i < 200000; i += 1);").unwrap();
    sandbox().enter(|ctx| {
        std::thread::sleep(Duration::from_millis(ms));
        script::evaluate(ctx, &work).map(drop)
    })
}

#[test]
fn time_that_others_take_is_not_the_scripts() {
    assert_eq!(after_a_pause_of(300), Ok(()));
    let late = ScriptError::Deadline { limit_ms: 200 };
    assert_eq!(after_a_pause_of(1_050), Err(late));
}

#[test]
fn files_share_one_global_scope_with_const_let_and_class() {
    let sandbox = sandbox();
    let first =
        "const one = 1; let two = 2; var three = 3; class Four { static get v() { return 4; } }";
    run(&sandbox, "a.js", first).unwrap();
    assert_eq!(number(&sandbox, "one + two + three + Four.v"), 10);
}

#[test]
fn scripts_are_sloppy_and_may_assign_undeclared_globals() {
    let sandbox = sandbox();
    run(&sandbox, "a.js", "undeclared = 7; this.other = 1;").unwrap();
    assert_eq!(number(&sandbox, "undeclared + other"), 8);
}

#[test]
fn syntax_error_names_file_line_and_column() {
    let error = compile("bad.js", "var a = 1;\nvar b = ;\n").unwrap_err();
    assert_eq!((error.file.as_str(), error.line), ("bad.js", 2));
    assert!(error.column > 0 && !error.message.is_empty(), "{error}");
}

#[test]
fn exception_tells_message_file_and_line() {
    let error = run(&sandbox(), "boom.js", "\n\nnull.x;").unwrap_err();
    let text = thrown(error);
    assert!(text.starts_with("TypeError: "), "{text}");
    assert!(text.contains("boom.js:3"), "{text}");
}

#[test]
fn thrown_value_that_cannot_be_shown_is_still_reported() {
    let text = "throw { toString() { throw 1; } }";
    let text = thrown(run(&sandbox(), "odd.js", text).unwrap_err());
    assert!(text.contains("cannot be shown"), "{text}");
}

#[test]
fn endless_loop_is_stopped_and_cannot_be_caught() {
    dies_by_deadline("for (;;) { try { for (;;) {} } catch (e) {} finally { } }");
}

#[test]
fn catastrophic_regular_expression_is_stopped() {
    dies_by_deadline("/^(a+)+$/.test('a'.repeat(40) + 'b')");
}

#[test]
fn endless_promise_jobs_are_stopped() {
    dies_by_deadline("(function again() { Promise.resolve().then(again); })()");
}

#[test]
fn endless_getter_of_a_thrown_value_is_stopped() {
    dies_by_deadline("throw { toString() { for (;;) {} } }");
}

#[test]
fn memory_bomb_ends_with_out_of_memory() {
    let text = "var a = []; for (;;) a.push('x'.repeat(10000) + a.length);";
    // Long enough for a busy machine: it must die by what it takes.
    let limits = Limits {
        callback_ms: 60_000,
        ..LIMITS
    };
    let sandbox = Sandbox::new(limits).unwrap();
    let error = run(&sandbox, "bomb.js", text).unwrap_err();
    assert!(
        matches!(error, ScriptError::OutOfMemory { .. }),
        "{error:?}"
    );
}

#[test]
fn memory_bomb_that_catches_is_stopped_by_the_deadline() {
    let text =
        "for (;;) { try { var a = []; for (;;) a.push(new Array(1000).fill(1)); } catch (e) {} }";
    let error = run(&sandbox(), "bomb.js", text).unwrap_err();
    assert!(!matches!(error, ScriptError::Thrown(_)), "{error:?}");
}

#[test]
fn deep_recursion_is_an_ordinary_exception() {
    let sandbox = sandbox();
    let text = "function f() { return 1 + f(); } f();";
    let error = thrown(run(&sandbox, "deep.js", text).unwrap_err());
    assert!(error.starts_with("RangeError"), "{error}");
    assert_eq!(number(&sandbox, "1 + 1"), 2);
}

#[test]
fn rejection_that_nobody_handles_is_reported_once() {
    let sandbox = sandbox();
    run(&sandbox, "r.js", "Promise.reject(new Error('lost'));").unwrap();
    let lost = sandbox.take_unhandled_rejections();
    assert_eq!(lost.len(), 1);
    assert!(lost[0].contains("lost"), "{lost:?}");
    assert!(sandbox.take_unhandled_rejections().is_empty());
}

#[test]
fn rejection_handled_later_in_the_same_entry_is_not_reported() {
    let sandbox = sandbox();
    let text = "var p = Promise.reject(new Error('x')); p.catch(function () {});";
    run(&sandbox, "r.js", text).unwrap();
    assert!(sandbox.take_unhandled_rejections().is_empty());
}

#[test]
fn sandbox_with_unread_rejections_can_be_dropped() {
    let sandbox = sandbox();
    run(&sandbox, "r.js", "Promise.reject({});").unwrap();
    drop(sandbox);
}

#[test]
fn const_of_an_earlier_file_cannot_be_declared_again() {
    let sandbox = sandbox();
    run(&sandbox, "a.js", "const limit = 1;").unwrap();
    let text = thrown(run(&sandbox, "b.js", "const limit = 2;").unwrap_err());
    assert!(text.contains("limit"), "{text}");
}

#[test]
fn compact_script_runs_the_same() {
    let sandbox = sandbox();
    let code = script::compile_compact("own.js", "(function (a) { return a + 1; })(2)").unwrap();
    assert_eq!(sandbox.run_with(&code, |_, v| v.get::<i32>()).unwrap(), 3);
}
