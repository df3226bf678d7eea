//! What the check of scenario files says, and what it keeps quiet about.
#![allow(missing_docs, clippy::unwrap_used)]

use scenario::{Source, check};

fn findings(text: &str) -> Vec<String> {
    let source = Source {
        name: "a.js".to_owned(),
        text: text.to_owned(),
    };
    let found = check(&[source]).unwrap();
    found.iter().map(ToString::to_string).collect()
}

#[test]
fn misspelt_names_get_a_suggestion() {
    assert_eq!(
        findings("\n  VoxEngine.addEventListner(AppEvents.CallAlertin, () => {});"),
        [
            "a.js:2:3: error: `VoxEngine.addEventListner` does not exist: did you mean `VoxEngine.addEventListener`?",
            "a.js:2:29: error: `AppEvents.CallAlertin` does not exist: did you mean `AppEvents.CallAlerting`?",
        ]
    );
    assert_eq!(
        findings("x = PlayerEvents.Nonsense"),
        ["a.js:1:5: error: `PlayerEvents.Nonsense` does not exist"]
    );
    assert_eq!(
        findings("x = AMD.Model.XYZ; y = AMD.Model.RUU"),
        [
            "a.js:1:5: error: `AMD.Model.XYZ` does not exist",
            "a.js:1:24: error: `AMD.Model.RUU` does not exist: did you mean `AMD.Model.RU`?",
        ]
    );
}

/// A text with one slip, and what is said of it.
const SLIPS: &[(&str, &str)] = &[
    (
        "Loger.write('x');",
        "1:1: error: `Loger` does not exist: did you mean `Logger`?",
    ),
    (
        "setTimout(() => 1, 5);",
        "1:1: error: `setTimout` does not exist: did you mean `setTimeout`?",
    ),
    (
        "x = uuidgn();",
        "1:5: error: `uuidgn` does not exist: did you mean `uuidgen`?",
    ),
    (
        "Voxengine.terminate();",
        "1:1: error: `Voxengine` does not exist: did you mean `VoxEngine`?",
    ),
    (
        "x = VoiceLst.Amazon.en_US_Joanna;",
        "1:5: error: `VoiceLst` does not exist: did you mean `VoiceList`?",
    ),
    (
        "x = { CallList, CalEvents };",
        "1:17: error: `CalEvents` does not exist: did you mean `CallEvents`?",
    ),
    (
        "VoxEngine.addEventListener(AppEvents.Started, onStarted);",
        "1:47: note: `onStarted` is not in these files: is one missing?",
    ),
    (
        "OpenAI.createRealtimeAPIClient({});",
        "1:1: missing: `OpenAI` of the cloud is not in Cordboard",
    ),
    (
        "const w = VoxEngine.createWebSocket('u'); w.onmesage = () => 1;",
        "1:45: error: `WebSocket` has no `onmesage`: did you mean `onmessage`?",
    ),
    (
        "VoxEngine.callUser({ usernme: 'a', callerid: 'b' });",
        "1:22: error: `callUser` takes no `usernme`: did you mean `username`?",
    ),
    (
        "VoxEngine.callSIP('sip:a@b', { caller_id: '1' });",
        "1:32: error: `callSIP` takes no `caller_id`: did you mean `callerid`?",
    ),
    (
        "VoxEngine.createURLPlayer('u', { loopp: true });",
        "1:34: error: `createURLPlayer` takes no `loopp`: did you mean `loop`?",
    ),
    (
        "Net.httpRequestAsync('u', { heders: [] });",
        "1:29: error: `httpRequestAsync` takes no `heders`: did you mean `headers`?",
    ),
    (
        "const headres = []; Net.httpRequest('u', null, { headres });",
        "1:50: error: `httpRequest` takes no `headres`: did you mean `headers`?",
    ),
    (
        "VoxEngine.callUser({}).record({ sterio: true });",
        "1:33: error: `record` takes no `sterio`: did you mean `stereo`?",
    ),
    (
        "VoxEngine.callUser({}).sendMediaTo(VoxEngine.createWebSocket('u'), { encodng: 'PCM16' });",
        "1:70: error: `sendMediaTo` takes no `encodng`: did you mean `encoding`?",
    ),
    (
        "x = new IVRState('a', { type: 'select', timeout: 1, nextStats: {} });",
        "1:53: error: `IVRState` takes no `nextStats`: did you mean `nextStates`?",
    ),
];

#[test]
fn slips_in_names_that_stand_alone_and_in_keys_of_options_are_found() {
    for (text, said) in SLIPS {
        assert_eq!(findings(text), [format!("a.js:{said}")], "{text}");
    }
}

#[test]
fn names_of_the_cloud_that_are_not_here_are_told_apart() {
    // The list of what is missing is a generated file; in the end it is empty.
    let missing = include_str!("../../../docs/api-coverage.md");
    for owner in ["VoxEngine", "PhoneNumber", "AMD", "Net"] {
        let row = format!("| `{owner}` | ");
        let Some(names) = missing.lines().find_map(|line| line.strip_prefix(&row)) else {
            continue;
        };
        let name = names.split([',', ' ']).next().unwrap();
        assert_eq!(
            findings(&format!("{owner}.{name}()")),
            [format!(
                "a.js:1:1: missing: `{owner}.{name}` is not in Cordboard yet (docs/api-coverage.md)"
            )]
        );
    }
}

#[test]
fn old_forms_are_notes() {
    let found = findings(
        "VoxEngine.callUser('anna', '100');
         VoxEngine.callUser({username: 'anna'});
         e.call.decline(486);
         VoxEngine.CallList.reportError('x');
         x = Language.RU_RUSSIAN_FEMALE;
         ApplicationStorage.delete('k');
         VoxEngine.createToneScript('425@-19;1(1/0/1)');
         e.call.detectVoicemailTone();",
    );
    let found = found.iter().filter(|f| !f.contains("not in these files"));
    let lines: Vec<&str> = found.map(|f| &f[..f.find('`').unwrap()]).collect();
    assert_eq!(
        lines,
        [
            "a.js:1:1: note: the positional form of ",
            "a.js:3:16: note: ",
            "a.js:4:10: note: ",
            "a.js:5:14: note: ",
            "a.js:6:10: note: ",
            "a.js:7:10: note: ",
            "a.js:8:16: note: ",
        ]
    );
}

#[test]
fn own_names_and_own_members_are_nobodys_business() {
    for text in [
        "class CallList {} CallList.mine();",
        "const { Net } = lib(); Net.mine();",
        "VoxEngine.mine = () => 1; VoxEngine.mine();",
        "my.CallEvents.mine; my?.Net.mine;",
        "'CallEvents.mine'; /* Net.mine */ `${1} Net.mine`; /Net.mine/.test(x)",
        "Net['mine']; VoxEngine[name];",
        "x = VoiceList.Amazon.Neural.en_US_Joanna; y = ASRProfileList.Google.ru_RU;",
        "function f(call) { call.anything(); }",
        "require(Modules.Player); require(Modules.ASR);",
        "x = {CallEvents: 1}.CallEvents.mine;",
        // Names that are made somewhere, or asked for first.
        "if (typeof Extra !== 'undefined') Extra.run();",
        "this.helper = () => 1; helper();",
        "({ first, second: other } = make()); function make() { return {}; } x = [first, other];",
        "for (name in {}) x = name; [a, ...b] = [1]; y = [a, b]; z = function own() { return own; };",
        "try { f(); } catch ({ message }) { x = message; } function f() { return arguments[0]; }",
        "class Own { static make() { return new Own(); } #a = 1; get b() { return this.#a; } }",
        "label: for (;;) break label; x = NaN; y = undefined; z = Infinity; w = globalThis;",
        "eval('made = 1'); x = made;",
        "with ({ inner: 1 }) x = inner;",
        "x = [Promise, Map, Symbol, encodeURIComponent, parseInt, Reflect, BigInt, isNaN, Date];",
        // Options of other releases, of own functions, spread and computed.
        "VoxEngine.callUser({ username: 'a', somethingNew: 1 }); own({ usernme: 1 }); function own() {}",
        "const o = {}, k = 'a'; VoxEngine.callUser({ ...o, [k]: 1, username: 'a' }); VoxEngine.callPSTN(...o, { amdd: 1 });",
    ] {
        let found = findings(text);
        let other: Vec<_> = found
            .iter()
            .filter(|f| !f.contains("Modules.Player") && !f.contains("not in these files"))
            .collect();
        assert!(other.is_empty(), "{text}: {other:?}");
    }
}

/// What other files bring is told once and as a note; names made here are known.
#[test]
fn names_that_another_file_may_bring_are_notes() {
    assert_eq!(
        findings("helper(1); helper(2); x = LANGUAGE; LOGER.write('x');"),
        ["helper", "LANGUAGE", "LOGER"].map(|name| {
            let column = "helper(1); helper(2); x = LANGUAGE; LOGER.write('x');"
                .find(name)
                .unwrap()
                + 1;
            format!("a.js:1:{column}: note: `{name}` is not in these files: is one missing?")
        })
    );
    let file = |name: &str, text: &str| Source {
        name: name.to_owned(),
        text: text.to_owned(),
    };
    let both = [
        file("a.js", "helper(LANGUAGE);"),
        file("b.js", "function helper() {} const LANGUAGE = 'en';"),
    ];
    assert_eq!(check(&both).unwrap(), []);
}

#[test]
fn our_own_scenarios_are_clean() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios/");
    let read = |name: &str| Source {
        name: name.to_owned(),
        text: std::fs::read_to_string(format!("{folder}{name}")).unwrap(),
    };
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if !name.ends_with(".js") {
            continue;
        }
        let mut files = Vec::new();
        if name.starts_with("call-centre-") {
            files.push(read("call-centre.js"));
        }
        files.push(read(&name));
        assert_eq!(check(&files).unwrap(), [], "{name}");
        count += 1;
    }
    assert!(count >= 10, "{count}");
}
