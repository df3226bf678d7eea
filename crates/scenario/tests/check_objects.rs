//! What the check says of members of API objects, and what it keeps quiet about.
#![allow(missing_docs, clippy::unwrap_used)]

use scenario::{Source, check};
use std::path::Path;

fn findings(text: &str) -> Vec<String> {
    let source = Source {
        name: "a.js".to_owned(),
        text: text.to_owned(),
    };
    let found = check(&[source]).unwrap();
    found.iter().map(ToString::to_string).collect()
}

/// The findings in a handler of CallAlerting, which starts at line 2.
fn in_a_call(body: &str) -> Vec<String> {
    findings(&format!(
        "VoxEngine.addEventListener(AppEvents.CallAlerting, (e) => {{\n{body}\n}});"
    ))
}

fn errors(text: &str) -> Vec<String> {
    let mut found = findings(text);
    found.retain(|line| line.contains(": error: ") || line.contains(": missing: "));
    found
}

/// A body, the place of what is found there, and what is said.
const IN_A_CALL: &[(&str, &str, &str)] = &[
    (
        "e.call.hangupp();",
        "2:8",
        "`Call` has no `hangupp`: did you mean `hangup`?",
    ),
    ("e.call.headers();", "2:8", "`Call` has no `headers`"),
    (
        "e.cal.answer();",
        "2:3",
        "the event `AppEvents.CallAlerting` has no `cal`: did you mean `call`?",
    ),
    (
        "const { call } = e; call.anser();",
        "2:26",
        "`Call` has no `anser`: did you mean `answer`?",
    ),
    (
        "const { cal } = e;",
        "2:9",
        "the event `AppEvents.CallAlerting` has no `cal`: did you mean `call`?",
    ),
    (
        "const c = e.call;\nc.addEventListener(CallEvents.Failed, ({ cod }) => 1);",
        "3:42",
        "the event `CallEvents.Failed` has no `cod`: did you mean `code`?",
    ),
    (
        "e.call.addEventListener(CallEvents.ToneReceived, (t) => t.call.handleTone(true));",
        "2:64",
        "`Call` has no `handleTone`: did you mean `handleTones`?",
    ),
];
const ANYWHERE: &[(&str, &str, &str)] = &[
    (
        "const player = VoxEngine.createURLPlayer('u'); player.addMarkr(1);",
        "1:55",
        "`Player` has no `addMarkr`: did you mean `addMarker`?",
    ),
    (
        "let conference = VoxEngine.createConference(); conference.ad({});",
        "1:59",
        "`Conference` has no `ad`: did you mean `add`?",
    ),
    (
        "VoxEngine.callUser({username: 'a'}).sayy('b');",
        "1:37",
        "`Call` has no `sayy`: did you mean `say`?",
    ),
    (
        "var asr = VoxEngine.createASR({});\n  asr?.stopp();",
        "2:8",
        "`ASR` has no `stopp`: did you mean `stop`?",
    ),
    (
        "const s = VoxEngine.createWebSocket('ws://a'); s.sned('x');",
        "1:50",
        "`WebSocket` has no `sned`: did you mean `send`?",
    ),
    (
        "const s = VoxEngine.createWebSocket('ws://a'); s.onmessage = (e) => e.tex;",
        "1:71",
        "the event `WebSocketEvents.MESSAGE` has no `tex`: did you mean `text`?",
    ),
    (
        "(async () => { const r = await Net.httpRequestAsync('u'); r.tex; })()",
        "1:61",
        "the result of a request has no `tex`: did you mean `text`?",
    ),
    (
        "Net.httpRequestAsync('u').then((r) => r.cod);",
        "1:41",
        "the result of a request has no `cod`: did you mean `code`?",
    ),
    (
        "Net.httpRequest('u', function (r) { return r.cod; });",
        "1:46",
        "the result of a request has no `cod`: did you mean `code`?",
    ),
    (
        "AMD.create({}).detekt();",
        "1:16",
        "`AnsweringMachineDetector` has no `detekt`: did you mean `detect`?",
    ),
    // A function of the scenario's own is told what it is called with.
    (
        "function greet(call) { call.sai('x'); }\nVoxEngine.addEventListener(AppEvents.CallAlerting, (e) => greet(e.call));",
        "1:29",
        "`Call` has no `sai`: did you mean `say`?",
    ),
    // A handler with a name, declared later.
    (
        "VoxEngine.addEventListener(AppEvents.Started, begin);\nfunction begin(e) { e.sesionId; }",
        "2:23",
        "the event `AppEvents.Started` has no `sesionId`: did you mean `sessionId`?",
    ),
    // A variable that is filled in a handler.
    (
        "let caller;\nVoxEngine.addEventListener(AppEvents.CallAlerting, (e) => { caller = e.call; });\nsetTimeout(() => caller.hangpu(), 1);",
        "3:25",
        "`Call` has no `hangpu`: did you mean `hangup`?",
    ),
    (
        "const request = VoxEngine.enqueueACDRequest('q', '1');\nrequest.addEventListener(ACDEvents.OperatorReached, (e) => e.operatorCall.anser());",
        "2:75",
        "`Call` has no `anser`: did you mean `answer`?",
    ),
];

#[test]
fn misspelt_members_get_a_suggestion_and_a_place() {
    for (body, place, message) in IN_A_CALL {
        assert_eq!(
            in_a_call(body),
            [format!("a.js:{place}: error: {message}")],
            "{body}"
        );
    }
    for (text, place, message) in ANYWHERE {
        assert_eq!(
            findings(text),
            [format!("a.js:{place}: error: {message}")],
            "{text}"
        );
    }
}

#[test]
fn what_is_only_read_and_like_nothing_is_a_note() {
    assert_eq!(
        in_a_call("e.call.addEventListener(CallEvents.Disconnected, (d) => d.hangupCause);"),
        [
            "a.js:2:59: note: the event `CallEvents.Disconnected` has no `hangupCause`: it is undefined"
        ]
    );
    assert_eq!(
        findings("VoxEngine.addEventListener(AppEvents.Started, (e) => e.domainName);"),
        [
            "a.js:1:56: missing: `domainName` of the event `AppEvents.Started` is not in Cordboard yet"
        ]
    );
}

#[test]
fn positional_forms_are_notes() {
    let text = "VoxEngine.callSIP('sip:a@b', '100');
VoxEngine.createURLPlayer('u', true);
VoxEngine.createTTSPlayer('t', 'en');
VoxEngine.callUser({username: 'a'}).startPlayback('u', false);
VoxEngine.createURLPlayer('u', {loop: true}); VoxEngine.callSIP('sip:a@b', {callerid: '1'});";
    let found = findings(text);
    let places: Vec<&str> = found
        .iter()
        .map(|f| f.split(": note: ").next().unwrap())
        .collect();
    assert_eq!(places, ["a.js:1:11", "a.js:2:11", "a.js:3:11", "a.js:4:37"]);
}

#[test]
fn what_may_be_something_else_is_nobodys_business() {
    for text in [
        // Not from the API, or not only from it.
        "function f(call) { call.anything(); } f(make());",
        "let c = VoxEngine.callUser({username: 'a'}); c = wrap(c); c.anything();",
        "let c = VoxEngine.callUser({username: 'a'}); [c] = list; c.anything();",
        "let c = VoxEngine.callUser({username: 'a'}); for (c of list) c.anything();",
        "const c = on ? VoxEngine.callUser({username: 'a'}) : {anything() {}}; c.anything();",
        "const VoxEngine = mine(); VoxEngine.callUser({}).anything();",
        "{ const c = VoxEngine.callUser({username: 'a'}); } const c = mine(); c.anything();",
        "const c = VoxEngine.callUser({username: 'a'}); function g(c) { c.anything(); } g(mine());",
        "const c = VoxEngine.callUser({username: 'a'}); c.mine = 1; c.mine;",
        "const c = VoxEngine.callUser({username: 'a'}); c['anything']();",
        "const c = VoxEngine.callUser({username: 'a'}); String(c.toString()); c.hasOwnProperty('x');",
        // A handler that others may call too.
        "function h(e) { e.anything; } VoxEngine.addEventListener(AppEvents.Started, h); register(h);",
        "const h = (e) => e.anything; list.push(h); VoxEngine.addEventListener(AppEvents.Started, h);",
        // One handler of two events: a field of either.
        "function h(e) { e.code; e.duration; } const c = VoxEngine.callUser({username: 'a'});
         c.addEventListener(CallEvents.Failed, h); c.addEventListener(CallEvents.Disconnected, h);
         c.removeEventListener(CallEvents.Failed, h);",
        "const h = ({ code, duration }) => code || duration; const c = VoxEngine.callUser({username: 'a'});
         c.addEventListener(CallEvents.Failed, h); c.addEventListener(CallEvents.Disconnected, h);",
        // Events that are not known to the check.
        "x.addEventListener(MyEvents.Some, (e) => e.anything); x.addEventListener(name, (e) => e.anything);",
        "const c = VoxEngine.callUser({username: 'a'}); c.addEventListener(CallEvents.PushSent, (e) => e.result);",
        "class Talk { constructor(call) { this.call = call; } end() { this.call.anything(); } }",
        "const { call: c = fallback } = e; c.anything();",
        "const calls = [VoxEngine.callUser({username: 'a'})]; calls.forEach((c) => c.hangup()); calls.length;",
        "const s = VoxEngine.createWebSocket('ws://a'); s.onopen = () => s.readyState; s.url; s.id();",
        "const r = VoxEngine.createRecorder({video: true}); r.setConference(c); r.update({});",
        "const st = new IVRState('a', {}); st.enter(call); st.input; st.name; st.settings;",
        "Promise.all([Net.httpRequestAsync('a')]).then(([r]) => r.anything);",
        "async function find() { return Net.httpRequestAsync('u'); } find().then((r) => r.json);",
        "label: for (const a in {}) { continue label; } var f = function g() { return g.x; };",
        "const o = { get call() { return 1; }, async *m({ a } = {}, ...rest) { yield* rest; } }; o.call.x;",
    ] {
        assert_eq!(errors(text), [""; 0], "{text}");
    }
}

/// Whole scenarios of the kinds that people write.
const USUAL: &[&str] = &[
        "require(Modules.ASR);
        var inCall, outCall, retries = 0;
        VoxEngine.addEventListener(AppEvents.CallAlerting, onInbound);
        function onInbound(e) {
            inCall = e.call;
            inCall.addEventListener(CallEvents.Connected, onAnswered);
            inCall.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
            inCall.answer();
        }
        function onAnswered(e) {
            Logger.write(JSON.stringify(e.headers));
            outCall = VoxEngine.callPSTN('74950000000', inCall.callerid());
            outCall.addEventListener(CallEvents.Failed, function (ev) {
                if (ev.code == 486 && retries++ < 3) onAnswered(e);
                else inCall.say('Busy', Language.US_ENGLISH_FEMALE);
            });
            outCall.addEventListener(CallEvents.Connected, () => { VoxEngine.sendMediaBetween(inCall, outCall); });
        }",
        "VoxEngine.addEventListener(AppEvents.Started, async ({ accessSecureURL, sessionId }) => {
            const data = JSON.parse(VoxEngine.customData() || '{}');
            const { code, text, headers } = await Net.httpRequestAsync('https://crm.example', { method: 'POST' });
            if (code !== 200) return VoxEngine.terminate();
            const call = VoxEngine.callPSTN(data.phone, data.from);
            let asr = null;
            call.addEventListener(CallEvents.Connected, () => {
                asr = VoxEngine.createASR({ profile: ASRProfileList.Google.en_US });
                asr.addEventListener(ASREvents.Result, ({ text, confidence }) => {
                    if (confidence > 50) { asr.stop(); asr = null; }
                });
                call.sendMediaTo(asr);
            });
            call.addEventListener(CallEvents.Disconnected, ({ duration, internalCode, reason }) => {
                if (asr) asr.stop();
                CallList.reportResult({ duration, internalCode, reason }, VoxEngine.terminate);
            });
            [CallEvents.Failed, CallEvents.Disconnected].forEach((name) => call.addEventListener(name, (e) => e.whatever));
        });",
        "const conf = VoxEngine.createConference({ hd_audio: true }), calls = {};
        VoxEngine.addEventListener(AppEvents.CallAlerting, (e) => {
            const id = e.call.id();
            calls[id] = e.call;
            e.call.joined = Date.now();
            e.call.addEventListener(CallEvents.Connected, (ev) => { VoxEngine.sendMediaBetween(ev.call, conf); ev.call.joined; });
            e.call.addEventListener(CallEvents.Disconnected, (ev) => { delete calls[ev.call.id()]; });
            e.call.answer();
        });",
        "VoxEngine.addEventListener(AppEvents.CallAlerting, function (e) {
            var player = VoxEngine.createURLPlayer('http://a/b.mp3', true);
            player.sendMediaTo(e.call);
            e.call.answer();
            var request = VoxEngine.enqueueACDRequest('q', e.callerid, { priority: 1 });
            request.addEventListener(ACDEvents.Waiting, (w) => e.call.say('You are ' + w.position + ', ' + Math.ceil(w.ewt)));
            request.addEventListener(ACDEvents.OperatorReached, (r) => {
                player.stop();
                VoxEngine.sendMediaBetween(r.operatorCall, e.call);
                r.operatorCall.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
            });
            request.addEventListener(ACDEvents.Offline, () => { VoxEngine.CallList && VoxEngine.terminate(); });
        });",
        "VoxEngine.addEventListener(AppEvents.HttpRequest, (e) => {
            const body = JSON.parse(e.content);
            const path = e.path.split('?')[1];
            e.headers.forEach((h) => Logger.write(h.key + h.value));
            return { ok: true, path, body, method: e.method };
        });",
];

#[test]
fn usual_scenarios_raise_no_alarm() {
    for text in USUAL {
        assert_eq!(errors(text), [""; 0], "{text}");
    }
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["../../scenarios", "conformance/cases"] {
        for entry in std::fs::read_dir(here.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|e| e == "js") {
                let found = errors(&std::fs::read_to_string(&path).unwrap());
                assert_eq!(found, [""; 0], "{}", path.display());
            }
        }
    }
}

#[test]
fn files_share_their_names() {
    let file = |name: &str, text: &str| Source {
        name: name.to_owned(),
        text: text.to_owned(),
    };
    let found = check(&[
        file(
            "first.js",
            "const agent = VoxEngine.callUser({username: 'a'});",
        ),
        file("second.js", "agent.anser();"),
    ])
    .unwrap();
    let found: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(
        found,
        ["second.js:1:7: error: `Call` has no `anser`: did you mean `answer`?"]
    );
}

#[test]
fn deep_nesting_is_survived() {
    for text in [
        format!("x = {}1{};", "[".repeat(80), "]".repeat(80)),
        format!("x = a{};", ".a".repeat(30_000)),
        format!("x = 1{};", " + 1".repeat(30_000)),
        format!(
            "const a0 = VoxEngine.callUser({{}}); {}",
            (0..500)
                .map(|i| format!("const a{} = a{i};", i + 1))
                .collect::<String>()
        ),
        "const a = b || c; const b = a; const c = b; c.x();".to_owned(),
    ] {
        assert_eq!(errors(&text), [""; 0]);
    }
}
