//! Everything of the API slice but calls: events, HTTP, the access URL, timers,
//! encodings, the log (voxengine.md 2, 3, 8).
#![allow(missing_docs, clippy::unwrap_used)]

mod script_log;

use scenario::host::{Effect, Input};
use script_log::{Run, access, answer, disconnected, spec};

/// A handler of CallAlerting with the call as `c` and the event as `e`.
fn on_call(body: &str) -> Run {
    Run::call(&format!(
        "VoxEngine.addEventListener(AppEvents.CallAlerting, e => {{ const c = e.call; {body} }});"
    ))
}

/// What an expression gives, as the scenario would write it.
fn value(expression: &str) -> String {
    let mut run = Run::api(&format!("Logger.write({expression});"));
    let lines = run.look();
    let written: Vec<&str> = lines
        .iter()
        .filter_map(|line| line.strip_prefix("script: "))
        .collect();
    assert_eq!(written.len(), 1, "{lines:?}");
    written[0].to_owned()
}

#[test]
fn expressions_give_what_the_cloud_gives() {
    for (expression, expected) in [
        ("AppEvents.WebSocket", "AppEvents.NewWebSocketConnection"),
        ("AppEvents.HttpRequest", "Application.HttpRequest"),
        ("CallEvents.VideoTrackCreated", "Call.Video.TrackCreated"),
        ("CallEvents.Connected", "Call.Connected"),
        ("Object.keys(CallEvents).length", "45"),
        ("PlayerEvents.PlaybackBuffering", "Player.Buffering"),
        ("Modules.ApplicationStorage", "applicationstorage"),
        ("typeof require(Modules.Player)", "undefined"),
        ("typeof require('conference')", "undefined"),
        ("VoxEngine.customData()", "start value"),
        ("VoxEngine.customData('x') + VoxEngine.customData()", "xx"),
        ("VoxEngine.customData().number", "undefined"),
        ("VoxEngine.getSecretValue('NONE')", "undefined"),
        ("VoxEngine.getSecretValue('KEY').length", "9"),
        ("typeof VoxEngine.createASR", "function"),
        ("typeof JSession.close", "function"),
        ("new Net.HttpRequestOptions() instanceof Object", "true"),
        ("base64_encode('Привет')", "0J/RgNC40LLQtdGC"),
        ("base64_encode(new Uint8Array([1, 2]))", "AQI="),
        ("base64_decode('AQI=')", "[1,2]"),
        (
            "bytes2str(base64_decode('0J/RgNC40LLQtdGC'), 'utf-8')",
            "Привет",
        ),
        ("str2bytes('é', 'utf-8')", "[195,169]"),
        ("bytes2hex([1, 255])", "01ff"),
        ("bytes2hex([1, 255], true)", "01FF"),
        ("hex2bytes('01fF')", "[1,255]"),
        ("levenshtein_distance('kitten', 'sitting')", "3"),
        ("Crypto.md5('abc')", "900150983cd24fb0d6963f7d28e17f72"),
        ("sha1('abc')", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        (
            "Crypto.hmac_sha256('Jefe', 'what do ya want for nothing?').slice(0, 8)",
            "5bdcc146",
        ),
        (
            "/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(uuidgen())",
            "true",
        ),
        ("uuidgen() === uuidgen()", "false"),
        ("new Date().toISOString()", "2027-01-15T08:00:00.000Z"),
        ("new Date(0).getTime() + (new Date() instanceof Date)", "1"),
        ("typeof Date()", "string"),
        ("{ a: [1, 'two'] }", r#"{"a":[1,"two"]}"#),
        ("null", "null"),
        ("undefined", "undefined"),
    ] {
        assert_eq!(value(expression), expected, "{expression}");
    }
}

#[test]
fn logger_takes_what_cannot_be_shown() {
    assert!(value("new Error('bad')").starts_with("Error: bad\n"));
    assert!(value("(() => { const a = {}; a.a = a; return a; })()").starts_with("an object"));
    assert_eq!(value("'x'.repeat(20000)").len(), 15_000);
}

#[test]
fn interval_that_was_late_does_not_catch_up() {
    let text = "setInterval(() => Logger.write('i'), 100); VoxEngine.callUser('a');";
    let mut run = Run::api(text);
    run.look();
    run.now_ms += 1_000;
    let run = run.feed(Input::Tick).is(&["script: i"]);
    run.wait(99).is(&[]).wait(1).is(&["script: i"]);
}

#[test]
fn handlers_run_in_order_and_can_be_removed_while_they_run() {
    let text = "
        const third = () => Logger.write('third');
        VoxEngine.addEventListener(AppEvents.Started, () => Logger.write('first'));
        VoxEngine.addEventListener(AppEvents.Started, () => {
            VoxEngine.removeEventListener(AppEvents.Started, third); Logger.write('second'); });
        VoxEngine.addEventListener(AppEvents.Started, third);
        VoxEngine.addEventListener(undefined, () => 1);
        VoxEngine.addEventListener(CallEvents.NoSuchEvent, () => 1);";
    Run::api(text).is(&["script: first", "script: second"]);
}

#[test]
fn http_options_in_every_form() {
    let request = |options: &str| {
        let text = format!("Net.httpRequestAsync('http://a.example/p?x=1', {options})");
        let mut run = Run::api(&text);
        let effects = std::mem::take(&mut run.effects);
        effects
            .into_iter()
            .find_map(|e| match e {
                Effect::HttpRequest { spec, .. } => Some(spec),
                _ => None,
            })
            .unwrap()
    };
    let plain = request("undefined");
    assert_eq!((plain.method.as_str(), plain.timeout_ms), ("GET", 90_000));
    assert_eq!(plain.connect_timeout_ms, 6_000);
    assert_eq!(plain.url, "http://a.example/p?x=1");
    assert_eq!(
        plain.headers,
        [("User-Agent".to_owned(), "VoxEngine/1.0".to_owned())]
    );

    let list = request(
        "{method: 'post', postData: 'тело', headers: ['A: b', 'C:d:e', 'wrong'], timeout: 5}",
    );
    assert_eq!((list.method.as_str(), list.timeout_ms), ("POST", 5_000));
    assert_eq!(list.body, "тело".as_bytes());
    assert_eq!(
        list.headers[..2],
        [("A".into(), "b".into()), ("C".into(), "d:e".into())]
    );

    let object = request(
        "{method: 'Put', postData: [0, 255], headers: {'User-Agent': 'me'}, params: {q: 'a b', n: 1}, timeout: 900, connectionTimeout: 2}",
    );
    assert_eq!(object.body, [0, 255]);
    assert_eq!(object.headers, [("User-Agent".to_owned(), "me".to_owned())]);
    assert_eq!(object.url, "http://a.example/p?x=1&q=a%20b&n=1");
    assert_eq!(
        (object.timeout_ms, object.connect_timeout_ms),
        (90_000, 2_000)
    );

    assert_eq!(
        request("{method: 'POST', postData: new Uint8Array([7])}").body,
        [7]
    );
    let built =
        "(() => { const o = new Net.HttpRequestOptions(); o.method = 'DELETE'; return o; })()";
    assert_eq!(request(built).method, "DELETE");
}

#[test]
fn http_result_has_the_fields_of_the_cloud() {
    let text = "Net.httpRequest('http://a.example/', r => Logger.write(
        [r.code, r.text, r.data, r.headers[0].key, r.raw_headers, r.error].join('|')), {});
        Net.httpRequestAsync('http://a.example/', {rawOutput: true}).then(r => Logger.write([r.code, r.data]));";
    let mut run = Run::api(text);
    run.look();
    run.feed(answer(1, 404, "hm"))
        .feed(answer(2, 200, "ab"))
        .feed(answer(2, 200, "twice"))
        .is(&[
            "script: 404|hm||Content-Type|Content-Type: text/plain|",
            "script: [200,[97,98]]",
        ]);
}

#[test]
fn http_limits_and_mistakes_come_back_as_codes() {
    let text = "for (let i = 1; i <= 36; i++) Net.httpRequest('http://a.example/' + i, r => Logger.write(i + ':' + r.code));
        Net.httpRequest('ftp://a.example/', r => Logger.write('ftp:' + r.code));
        Net.httpRequest('nonsense', r => Logger.write('nonsense:' + r.code));
        Net.httpRequest('http://a.example/', r => Logger.write('brew:' + r.code), {method: 'BREW'});";
    let mut run = Run::api(text);
    let lines = run.look();
    assert_eq!(
        lines
            .iter()
            .filter(|l| l.starts_with("http_request"))
            .count(),
        3
    );
    assert_eq!(
        lines[3..],
        [
            "script: 36:0",
            "script: ftp:-2",
            "script: nonsense:-2",
            "script: brew:-1"
        ]
    );
    let lines = run.feed(answer(2, 200, "")).lines();
    assert!(
        lines[0].contains("http://a.example/4"),
        "the next one starts: {lines:?}"
    );
    assert_eq!(lines[1], "script: 2:200");
}

#[test]
fn access_requests_are_answered_with_what_the_handler_returns() {
    let ask = |body: &str| {
        let text = format!("VoxEngine.addEventListener(AppEvents.HttpRequest, {body});");
        let lines = Run::call(&text).feed(access(5, "/p?q=1", "data")).lines();
        lines.join("\n")
    };
    let plain = r#"access_response token=5 status=200 content_type="text/plain; charset=utf-8""#;
    let json = r#"access_response token=5 status=200 content_type="application/json" body="#;
    let with = |body: &str| format!("{plain} body=\"{body}\"");
    assert_eq!(
        ask("e => e.method + e.path + e.content + e.headers[0].key"),
        with("POST/request/capability-1/p?q=1dataX-C")
    );
    for (asked, path) in [("/", ""), ("/?a=1", "?a=1"), ("/x/y", "/x/y")] {
        let text = "VoxEngine.addEventListener(AppEvents.HttpRequest, (e) => e.path);";
        let lines = Run::call(text).feed(access(5, asked, "")).lines();
        assert_eq!(lines, [with(&format!("/request/capability-1{path}"))]);
    }
    assert_eq!(ask("() => 42"), with("42"));
    assert_eq!(ask("() => undefined"), plain);
    assert_eq!(ask("() => ({a: [1]})"), format!(r#"{json}"{{\"a\":[1]}}""#));
    assert_eq!(ask("() => null"), format!(r#"{json}"null""#));
    assert_eq!(ask("async () => 'later'"), with("later"));
    let lost = ask("async () => { throw new Error('no'); }");
    assert!(
        lost.contains("status=500") && lost.contains("error: HttpRequest handler"),
        "{lost}"
    );
    assert_eq!(Run::call("").feed(access(5, "", "")).lines(), [plain]);
}

#[test]
fn promise_answer_may_take_its_time() {
    let text = "VoxEngine.addEventListener(AppEvents.HttpRequest,
        () => new Promise(done => setTimeout(done, 500, 'done')));";
    Run::call(text)
        .feed(access(5, "", ""))
        .is(&[])
        .wait(500)
        .is(&[r#"access_response token=5 status=200 content_type="text/plain; charset=utf-8" body="done""#]);
}

#[test]
fn timers_fire_in_order_repeat_and_stop() {
    let text = "
        setTimeout(() => Logger.write('b'), 200); setTimeout(() => Logger.write('a'), 100);
        setTimeout(() => Logger.write('now'));
        const never = setTimeout(() => Logger.write('never'), 50); clearTimeout(never);
        let left = 3;
        const every = setInterval(x => { Logger.write(x + left); if (--left === 0) clearInterval(every); }, 10, 'i');
        clearTimeout(undefined); clearInterval(12345);";
    Run::api(text).wait(99).is(&["script: now"]).wait(901).is(&[
        "script: a",
        "script: i3",
        "script: b",
        "script: i2",
        "script: i1",
    ]);
}

#[test]
fn hundred_and_first_timer_is_an_error_and_finished_ones_do_not_count() {
    Run::api("for (let i = 0; i < 101; i++) setTimeout(() => 0, 10);")
        .is(&["error: Error: more than 100 timers", "ended failed"]);
    let text = "let n = 0; setTimeout(function again() { if (++n < 300) setTimeout(again, 1); else Logger.write(n); }, 1);";
    Run::api(text).wait(1_000).is(&["script: 300"]);
}

#[test]
fn timers_and_http_work_after_the_last_call() {
    let text = "c.addEventListener(CallEvents.Disconnected, async () => {
        await new Promise(r => setTimeout(r, 1000));
        const r = await Net.httpRequestAsync('http://a.example/');
        Logger.write('told ' + r.code); VoxEngine.terminate(); });";
    let mut run = on_call(text).feed(disconnected(1)).wait(1_000);
    assert_eq!(run.look().len(), 1);
    run.feed(answer(1, 200, ""))
        .is(&["script: told 200", "ended terminated"]);
}

#[test]
fn clock_of_the_scenario_is_the_clock_of_the_inputs() {
    let text = "const t = Date.now(); setTimeout(() => Logger.write(Date.now() - t), 86400000);
        VoxEngine.callUser('a');";
    let mut run = Run::api(text);
    run.look();
    run.wait(86_400_000).is(&["script: 86400000"]);
    Run::api("const t = Date.now(); while (Date.now() - t < 5); Logger.write('moved');")
        .is(&["script: moved"]);
}

#[test]
fn secrets_and_the_access_capability_are_masked_in_every_line() {
    let text = "VoxEngine.addEventListener(AppEvents.Started, e => {
        Logger.write(e.accessURL + ' ' + e.accessSecureURL + ' ' + VoxEngine.getSecretValue('KEY'));
        throw new Error(e.accessURL); });";
    let mut run = Run::start(spec(&[text]), None);
    let effects = std::mem::take(&mut run.effects);
    let all = format!("{effects:?}");
    assert!(
        !all.contains("capability-1") && !all.contains("hush-hush"),
        "{all}"
    );
    assert!(
        all.contains("http://engine.example/request/*** https://"),
        "{all}"
    );
}

#[test]
fn phone_number_get_info() {
    let text = "
        const info = PhoneNumber.getInfo('8 (495) 123-45-67', 'RU');
        Logger.write(`${info.number} ${info.region} ${info.numberType}`);
        Logger.write(`${info.isPossibleNumber} ${info.isValidNumber} ${info.isValidNumberForRegion}`);
        Logger.write(PhoneNumber.getInfo(16502530000).region);
        const { getInfo } = PhoneNumber;
        Logger.write(getInfo('nobody').error);
        Logger.write(getInfo().isValidNumber);";
    Run::api(text).is(&[
        "script: +74951234567 RU FIXED_LINE",
        "script: true true true",
        "script: US",
        "script: not a number",
        "script: false",
    ]);
}
