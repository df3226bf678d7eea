//! Every limit of a session, one test each, named after it: what happens at the
//! configured value and just above. Those of the engine's own work (answers,
//! connections, audio files) are tested in the engine under the same names.
#![allow(missing_docs, clippy::unwrap_used)]

mod script_log;

use scenario::host::{Input, PlayerSource};
use scenario::{Limits, Program, Source};
use script_log::{Run, alerting, answer, spec};

/// A session with a changed limit, started by the API.
fn run(change: impl FnOnce(&mut Limits), text: &str) -> Run {
    let mut spec = spec(&[text]);
    change(&mut spec.limits);
    spec.limits.check().unwrap();
    Run::start(spec, None)
}

/// The same, started by a call.
fn call(change: impl FnOnce(&mut Limits), text: &str) -> Run {
    let mut spec = spec(&[text]);
    change(&mut spec.limits);
    Run::start(spec, Some(alerting()))
}

/// A scenario whose engine has a backend with queues.
fn with_backend(text: &str) -> scenario::SessionSpec {
    let mut spec = spec(&[text]);
    spec.secrets = std::sync::Arc::new(std::collections::BTreeMap::from([(
        "CORDBOARD_BACKEND_URL".to_owned(),
        "http://backend.example".to_owned(),
    )]));
    spec
}

/// What the scenario wrote.
fn wrote(mut run: Run) -> Vec<String> {
    let lines = run.look().into_iter();
    lines
        .filter_map(|line| line.strip_prefix("script: ").map(str::to_owned))
        .collect()
}

/// How many of these effects there are.
fn asked(mut run: Run, effect: &str) -> usize {
    let lines = run.look().into_iter();
    lines.filter(|line| line.starts_with(effect)).count()
}

#[track_caller]
fn fails_with(mut run: Run, why: &str) {
    let lines = run.look();
    assert_eq!(lines.last().unwrap(), "ended failed", "{lines:?}");
    let told = lines.iter().any(|line| line.contains(why));
    assert!(told, "{why}: {lines:?}");
}

#[test]
fn limit_source_chars() {
    let source = |chars: usize| {
        vec![Source {
            name: "a.js".to_owned(),
            text: "я".repeat(chars),
        }]
    };
    let limits = Limits {
        source_chars: 10,
        ..Limits::default()
    };
    assert!(Program::compile_within(source(10), &limits).is_ok());
    let error = Program::compile_within(source(11), &limits).unwrap_err();
    assert!(error.message.contains("10 characters"), "{error}");
    assert!(Program::compile(source(256 << 10)).is_ok());
    assert!(Program::compile(source((256 << 10) + 1)).is_err());
}

#[test]
fn limit_memory_bytes() {
    let text = "globalThis.kept = new Uint8Array(6 << 20); Logger.write('fits');";
    assert_eq!(wrote(run(|_| {}, text)), ["fits"]);
    fails_with(run(|l| l.memory_bytes = 4 << 20, text), "memory");
}

#[test]
fn limit_stack_bytes() {
    let text =
        "let deepest = 0; (function down(n) { deepest = n; try { down(n + 1); } catch (e) {} })(0);
        Logger.write(deepest);";
    let depth = |bytes: u64| -> u64 {
        wrote(run(|l| l.stack_bytes = bytes, text))[0]
            .parse()
            .unwrap()
    };
    assert!(depth(128 << 10) < depth(256 << 10));
}

#[test]
fn limit_callback_ms() {
    fails_with(
        run(|l| l.callback_ms = 20, "for (;;);"),
        "longer than 20 ms",
    );
}

#[test]
fn limit_timers() {
    let text = "setTimeout(() => {}, 9); const again = setTimeout(() => {}, 9);
        try { setTimeout(() => {}, 9); } catch (e) { Logger.write(e.message); }
        clearTimeout(again); setInterval(() => {}, 900); Logger.write('room again');";
    let lines = wrote(run(|l| l.timers = 2, text));
    assert_eq!(lines, ["more than 2 timers", "room again"]);
    let text = "for (let i = 1; i <= 101; i++) try { setTimeout(() => {}, 9); } catch (e) { Logger.write(i); }";
    assert_eq!(wrote(run(|_| {}, text)), ["101"]);
}

#[test]
fn limit_interval_ms() {
    let text = "setInterval(() => Logger.write('tick'), 1); VoxEngine.callUser('a');";
    assert_eq!(wrote(run(|_| {}, text).wait(1_000)).len(), 10);
    assert_eq!(
        wrote(run(|l| l.interval_ms = 500, text).wait(1_000)).len(),
        2
    );
}

#[test]
fn limit_idle_s() {
    run(|_| {}, "")
        .wait(59_999)
        .is(&[])
        .wait(1)
        .is(&["ended idle"]);
    run(|l| l.idle_s = 3, "")
        .wait(2_999)
        .is(&[])
        .wait(1)
        .is(&["ended idle"]);
}

#[test]
fn limit_idle_queued_s() {
    let mut spec = with_backend("VoxEngine.enqueueACDRequest('q', '1');");
    spec.limits.idle_queued_s = 100;
    let accepted = r#"{"call_id":"c","state":"queued","queue":"q"}"#;
    let run = Run::start(spec, None).feed(answer(1, 201, accepted));
    let mut before = run.wait(99_000);
    assert!(!before.look().iter().any(|line| line.starts_with("ended")));
    let mut after = before.wait(1_000);
    // The request to leave the queue is awaited, then the session is over.
    let lines = after.look();
    assert!(
        lines.iter().any(|line| line.contains("http_request")),
        "{lines:?}"
    );
}

#[test]
fn limit_closing_s() {
    let text = "Net.httpRequest('http://a.example/', () => {}); VoxEngine.terminate();";
    for (seconds, change) in [(90, None), (5, Some(5))] {
        let mut run = run(
            |l| {
                if let Some(own) = change {
                    l.closing_s = own;
                }
            },
            text,
        );
        run.look();
        run.wait(seconds * 1_000 - 1)
            .is(&[])
            .wait(1)
            .is(&["ended terminated"]);
    }
}

#[test]
fn limit_incoming_unanswered_s() {
    call(|_| {}, "")
        .wait(59_999)
        .is(&[])
        .wait(1)
        .is(&["hangup call=1"]);
    let short = call(|l| l.incoming_unanswered_s = 5, "");
    short.wait(4_999).is(&[]).wait(1).is(&["hangup call=1"]);
}

#[test]
fn limit_outgoing_unanswered_s() {
    let text = "VoxEngine.callUser('a'); VoxEngine.callSIP('sip:a@a.example');
        VoxEngine.callPSTN('1'); VoxEngine.callUser({username: 'a', extraHeaders: {'VI-CallTimeout': 15}});";
    let ends = |run: Run, ms: &str| {
        run.lines()
            .iter()
            .map(|line| line.ends_with(ms))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        ends(run(|_| {}, text), "timeout_ms=60000"),
        [true, true, true, false]
    );
    let own = run(|l| l.outgoing_unanswered_s = 20, text);
    assert_eq!(ends(own, "timeout_ms=20000"), [true, true, true, false]);
}

const DIAL: &str = "for (let i = 1; i <= 60; i++) { const c = VoxEngine.callUser('a');
    c.addEventListener(CallEvents.Failed, e => Logger.write(i + ' ' + e.code + ' ' + e.reason)); }";

#[test]
fn limit_calls() {
    let many = |l: &mut Limits| l.calls_unanswered = 1_000;
    let lines = wrote(run(many, DIAL));
    assert_eq!(
        (lines.len(), lines[0].as_str()),
        (10, "51 403 Call limit reached")
    );
    let lines = wrote(run(
        |l| {
            many(l);
            l.calls = 59
        },
        DIAL,
    ));
    assert_eq!(lines, ["60 403 Call limit reached"]);
}

#[test]
fn limit_calls_unanswered() {
    assert_eq!(wrote(run(|_| {}, DIAL))[0], "11 403 Call limit reached");
    assert_eq!(
        wrote(run(|l| l.calls_unanswered = 2, DIAL))[0],
        "3 403 Call limit reached"
    );
    // Who answers makes room.
    let text = "const first = VoxEngine.callUser('a');
        first.addEventListener(CallEvents.Connected, () => VoxEngine.callUser('b'));";
    let run = run(|l| l.calls_unanswered = 1, text).feed(script_log::connected(2));
    assert_eq!(asked(run, "dial "), 2);
}

#[test]
fn limit_players() {
    let text = "for (let i = 1; i <= 12; i++)
        VoxEngine.createURLPlayer('http://a.example/').addEventListener(PlayerEvents.Error, e => Logger.write(i + ' ' + e.error));";
    assert_eq!(wrote(run(|_| {}, text))[0], "11 Player limit reached");
    assert_eq!(
        wrote(run(|l| l.players = 2, text))[0],
        "3 Player limit reached"
    );
}

#[test]
fn limit_recognisers() {
    let text = "for (let i = 1; i <= 22; i++)
        VoxEngine.createASR().addEventListener(ASREvents.ASRError, e => Logger.write(i + ' ' + e.error));";
    assert_eq!(wrote(run(|_| {}, text))[0], "21 Recogniser limit reached");
    assert_eq!(
        wrote(run(|l| l.recognisers = 2, text))[0],
        "3 Recogniser limit reached"
    );
}

#[test]
fn limit_conferences() {
    let text = "for (let i = 1; i <= 12; i++)
        VoxEngine.createConference().addEventListener(ConferenceEvents.ConferenceError, e => Logger.write(i + ' ' + e.error));";
    assert_eq!(wrote(run(|_| {}, text))[0], "11 Conference limit reached");
    assert_eq!(
        wrote(run(|l| l.conferences = 2, text))[0],
        "3 Conference limit reached"
    );
}

#[test]
fn limit_recorders() {
    let text = "for (let i = 1; i <= 62; i++)
        VoxEngine.createRecorder().addEventListener(RecorderEvents.RecorderError, e => Logger.write(i + ' ' + e.error));";
    assert_eq!(wrote(run(|_| {}, text))[0], "61 Recorder limit reached");
    assert_eq!(
        wrote(run(|l| l.recorders = 2, text))[0],
        "3 Recorder limit reached"
    );
}

#[test]
fn limit_queue_requests() {
    let text = "for (let i = 1; i <= 3; i++)
        VoxEngine.enqueueACDRequest('q', '1').addEventListener(ACDEvents.Error, e => Logger.write(i + ' ' + e.error));";
    let mut spec = with_backend(text);
    spec.limits.queue_requests = 2;
    let lines = wrote(Run::start(spec, None).wait(10));
    assert_eq!(lines, ["3 more than 2 requests at once"]);
}

const ASK: &str = "for (let i = 1; i <= 36; i++) Net.httpRequest('http://a.example/', r => Logger.write(i + ' ' + r.code));";

#[test]
fn limit_http_running() {
    assert_eq!(asked(run(|_| {}, ASK), "http_request "), 3);
    let run = run(|l| l.http_running = 5, ASK);
    assert_eq!(asked(run, "http_request "), 5);
}

#[test]
fn limit_http_total() {
    assert_eq!(wrote(run(|_| {}, ASK)), ["36 0"]);
    assert_eq!(wrote(run(|l| l.http_total = 34, ASK)), ["35 0", "36 0"]);
    // One that is done makes room.
    let text = "Net.httpRequest('http://a.example/', () => Net.httpRequest('http://a.example/', () => {}));";
    let one = |l: &mut Limits| (l.http_running, l.http_total) = (1, 1);
    let run = run(one, text).feed(answer(1, 200, ""));
    assert_eq!(asked(run, "http_request "), 2);
}

#[test]
fn limit_http_connect_s() {
    let text = "Net.httpRequest('http://a.example/', () => {}, {connectionTimeout: 8});
        Net.httpRequest('http://a.example/', () => {}, {connectionTimeout: 2});";
    let has = |run: Run, ms: u64| {
        let wanted = format!("\"connect_timeout_ms\":{ms}");
        run.lines().iter().any(|line| line.contains(&wanted))
    };
    assert!(has(run(|_| {}, text), 6_000));
    assert!(has(run(|_| {}, text), 2_000));
    assert!(has(run(|l| l.http_connect_s = 7, text), 7_000));
}

#[test]
fn limit_http_timeout_s() {
    let text = "Net.httpRequest('http://a.example/', () => {}, {timeout: 1000});
        Net.httpRequest('http://a.example/', () => {}, {timeout: 2});";
    let has = |run: Run, ms: u64| {
        let wanted = format!("\"timeout_ms\":{ms}");
        run.lines().iter().any(|line| line.contains(&wanted))
    };
    assert!(has(run(|_| {}, text), 90_000));
    assert!(has(run(|_| {}, text), 2_000));
    assert!(has(run(|l| l.http_timeout_s = 10, text), 10_000));
}

const MAIL: &str = "for (let i = 1; i <= 12; i++)
    Net.sendMail('smtp.example', 'a@b.example', 'c@d.example', 't', 'b', r => Logger.write(i + ' ' + r.code));";

#[test]
fn limit_mails_running() {
    assert_eq!(asked(run(|_| {}, MAIL), "send_mail "), 2);
    assert_eq!(asked(run(|l| l.mails_running = 4, MAIL), "send_mail "), 4);
}

#[test]
fn limit_mails_total() {
    assert_eq!(wrote(run(|_| {}, MAIL)), ["11 0", "12 0"]);
    assert_eq!(wrote(run(|l| l.mails_total = 11, MAIL)), ["12 0"]);
}

#[test]
fn limit_sockets_opened() {
    let text = "for (let i = 1; i <= 11; i++)
        VoxEngine.createWebSocket('ws://a.example/').onerror = e => Logger.write(i + ' ' + e.reason);";
    assert_eq!(wrote(run(|_| {}, text)), ["11 WebSocket limit reached"]);
    assert_eq!(
        wrote(run(|l| l.sockets_opened = 2, text))[0],
        "3 WebSocket limit reached"
    );
}

#[test]
fn limit_sockets_above_calls() {
    let text = "VoxEngine.allowWebSocketConnections();
        VoxEngine.addEventListener(AppEvents.NewWebSocketFailed, e => Logger.write(e.reason));";
    let arrive = |mut run: Run| {
        for token in 1..=5 {
            run = run.feed(Input::SocketArrived {
                token,
                method: "GET".to_owned(),
                path: String::new(),
                headers: Vec::new(),
            });
        }
        wrote(run).len()
    };
    assert_eq!(arrive(run(|_| {}, text)), 2);
    assert_eq!(arrive(call(|_| {}, text)), 1);
    assert_eq!(arrive(run(|l| l.sockets_above_calls = 0, text)), 5);
}

#[test]
fn limit_message_bytes() {
    let text = |chars: u64| {
        format!(
            "const c = VoxEngine.callUser('a'); c.sendMessage('я'.repeat({chars}));
        c.sendInfo('a/b', 'я'.repeat({chars}));"
        )
    };
    assert_eq!(asked(run(|_| {}, &text(4_096)), "send_info "), 2);
    assert_eq!(asked(run(|_| {}, &text(4_097)), "send_info "), 0);
    assert_eq!(
        asked(run(|l| l.message_bytes = 9, &text(4)), "send_info "),
        2
    );
    assert_eq!(
        asked(run(|l| l.message_bytes = 9, &text(5)), "send_info "),
        0
    );
}

/// Which headers of `X-1`, `X-2`... with values of so many bytes go out.
fn headers(change: impl FnOnce(&mut Limits), values: &[usize]) -> String {
    let pairs: Vec<_> = (1..)
        .zip(values)
        .map(|(at, bytes)| format!("'X-{at}': 'v'.repeat({bytes})"))
        .collect();
    let text = format!(
        "VoxEngine.callSIP('sip:a@a.example', {{headers: {{{}}}}});",
        pairs.join(",")
    );
    let line = run(change, &text).lines().remove(0);
    let names = (1..=values.len()).filter(|at| line.contains(&format!("\"X-{at}\"")));
    names.map(|at| at.to_string()).collect()
}

#[test]
fn limit_header_bytes() {
    // Name, colon, space, value and the end of the line.
    assert_eq!(headers(|_| {}, &[193, 194, 1]), "13");
    assert_eq!(headers(|l| l.header_bytes = 20, &[13, 14, 1]), "13");
}

#[test]
fn limit_headers_bytes() {
    let full = [192; 21];
    assert!(headers(|_| {}, &full[..20]).ends_with("20"));
    assert!(headers(|_| {}, &full).ends_with("20"));
    assert_eq!(headers(|l| l.headers_bytes = 400, &[193, 193, 1]), "12");
}

#[test]
fn limit_speech_chars() {
    let text = |chars: u64| {
        format!(
            "VoxEngine.createTTSPlayer('я'.repeat({chars}))
        .addEventListener(PlayerEvents.PlaybackFinished, e => Logger.write(e.error));"
        )
    };
    assert_eq!(asked(run(|_| {}, &text(1_500)), "create_player "), 1);
    assert_eq!(
        wrote(run(|_| {}, &text(1_501))),
        ["a spoken text has at most 1500 characters"]
    );
    assert_eq!(
        wrote(run(|l| l.speech_chars = 5, &text(6))),
        ["a spoken text has at most 5 characters"]
    );
}

#[test]
fn limit_audio_fetch_s() {
    let text =
        "VoxEngine.createURLPlayer({url: 'http://a.example/', method: 'POST', body: {text: 'x'}});";
    let ms = |run: Run| {
        let sources = run.effects.into_iter().filter_map(|effect| match effect {
            scenario::host::Effect::CreatePlayer { source, .. } => Some(source),
            _ => None,
        });
        let waits = sources.filter_map(|source| match source {
            PlayerSource::Request { spec } => Some(spec.timeout_ms),
            _ => None,
        });
        waits.collect::<Vec<_>>()
    };
    assert_eq!(ms(run(|_| {}, text)), [12_000]);
    assert_eq!(ms(run(|l| l.audio_fetch_s = 3, text)), [3_000]);
}

#[test]
fn limit_log_chars() {
    let text = "Logger.write('я'.repeat(20000));";
    assert_eq!(wrote(run(|_| {}, text))[0].chars().count(), 15_000);
    assert_eq!(
        wrote(run(|l| l.log_chars = 100, text))[0].chars().count(),
        100
    );
}

/// Whether `put` with so long a key and value, and such a time to live, is asked for.
fn puts(change: impl FnOnce(&mut Limits), key: u64, value: u64, ttl: &str) -> bool {
    let text = format!(
        "ApplicationStorage.put('k'.repeat({key}), 'v'.repeat({value}), {ttl}).catch(() => {{}});"
    );
    asked(run(change, &text), "storage ") == 1
}

#[test]
fn limit_storage_key_chars() {
    assert!(puts(|_| {}, 200, 1, "1") && !puts(|_| {}, 201, 1, "1"));
    let change = |l: &mut Limits| l.storage_key_chars = 300;
    assert!(puts(change, 300, 1, "1") && !puts(change, 301, 1, "1"));
}

#[test]
fn limit_storage_value_chars() {
    assert!(puts(|_| {}, 1, 2_000, "1") && !puts(|_| {}, 1, 2_001, "1"));
    let change = |l: &mut Limits| l.storage_value_chars = 9_000;
    assert!(puts(change, 1, 9_000, "1") && !puts(change, 1, 9_001, "1"));
}

#[test]
fn limit_storage_ttl_s() {
    assert!(puts(|_| {}, 1, 1, "7776000") && !puts(|_| {}, 1, 1, "7776001"));
    let change = |l: &mut Limits| l.storage_ttl_s = 60;
    assert!(puts(change, 1, 1, "60") && !puts(change, 1, 1, "61"));
    assert!(puts(change, 1, 1, "undefined"), "as long as may be");
}

#[test]
fn limits_that_the_engine_cannot_keep_are_named() {
    let wrong = |change: fn(&mut Limits)| {
        let mut limits = Limits::default();
        change(&mut limits);
        limits.check().unwrap_err()
    };
    Limits::default().check().unwrap();
    assert_eq!(
        wrong(|l| l.idle_s = 0),
        "`idle_s` must be from 1 to 86400, not 0"
    );
    assert!(wrong(|l| l.memory_bytes = 1).contains("memory_bytes"));
    assert!(
        wrong(|l| l.http_running = 36).contains("`http_running` must not be above `http_total`")
    );
}

/// The cloud's limit of a string: here only the memory counts.
#[test]
fn a_string_may_be_as_long_as_the_memory_allows() {
    let text = |chars: u64| format!("const s = 'x'.repeat({chars}); Logger.write(s.length);");
    assert_eq!(wrote(run(|_| {}, &text(8_388_607))), ["8388607"]);
    fails_with(run(|_| {}, &text(17 << 20)), "memory");
}

/// The second table of docs/scenarios.md: each limit that cannot be changed has a test.
#[test]
fn every_fixed_limit_is_documented_with_its_test() {
    let here = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let read = |path: &str| std::fs::read_to_string(format!("{here}/{path}")).unwrap();
    let docs = read("docs/scenarios.md");
    let (_, table) = docs.split_once("These are fixed:").unwrap();
    let (table, _) = table.split_once("###").unwrap();
    let mut found = 0;
    for row in table.lines().filter(|line| line.contains('`')) {
        for test in row.split("test `").skip(1) {
            let (path, rest) = test.split_once("::").unwrap();
            let (name, _) = rest.split_once('`').unwrap();
            let code = read(&format!("{path}.rs"));
            assert!(code.contains(&format!("fn {name}()")), "{path}: {name}");
            found += 1;
        }
    }
    assert_eq!(found, 11, "rows of the table");
}

/// The table of docs/scenarios.md, the annotated configuration and the tests.
#[test]
fn every_limit_is_documented_with_its_default_and_has_a_test_of_its_name() {
    let here = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let read = |path: &str| std::fs::read_to_string(format!("{here}/{path}")).unwrap();
    let (docs, sample) = (read("docs/scenarios.md"), read("cordboard.toml"));
    let tests = [
        "crates/scenario/tests/limits.rs",
        "crates/engine/src/http/tests.rs",
        "crates/engine/src/tune_cache.rs",
        "tests/tests/conference_sessions.rs",
    ];
    let tests = tests.map(read).concat();
    for (name, value) in Limits::default().table() {
        let row = format!("| `{name}` | {value} |");
        assert!(docs.contains(&row), "docs/scenarios.md has no row {row}");
        let set = sample.lines().filter_map(|line| line.split_once(" = "));
        let set: Vec<_> = set.filter(|(key, _)| *key == name).collect();
        assert_eq!(set.len(), 1, "cordboard.toml: {name}");
        assert_eq!(set[0].1.replace('_', ""), value.to_string(), "{name}");
        assert!(
            tests.contains(&format!("fn limit_{name}()")),
            "no test limit_{name}"
        );
    }
}
