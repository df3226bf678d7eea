//! What a scenario can find out about the names of the API: most are made when they
//! are first read, and nothing of that may be seen. Every case is run for names that
//! the API itself stands on and for names of parts that few scenarios need.
#![allow(missing_docs, clippy::unwrap_used)]

mod script_log;

use script_log::Run;

/// A global name and its `typeof`. `Logger` is left to its own test.
const GLOBALS: [(&str, &str); 28] = [
    ("VoxEngine", "object"),
    ("AppEvents", "object"),
    ("CallEvents", "object"),
    ("PlayerEvents", "object"),
    ("Modules", "object"),
    ("Net", "object"),
    ("Crypto", "object"),
    ("JSession", "object"),
    ("ASREvents", "object"),
    ("RecorderEvents", "object"),
    ("CallList", "object"),
    ("ApplicationStorage", "object"),
    ("IVR", "object"),
    ("AI", "object"),
    ("Date", "function"),
    ("IVRState", "function"),
    ("WebSocket", "function"),
    ("onPhoneEvent", "function"),
    ("setTimeout", "function"),
    ("clearInterval", "function"),
    ("require", "function"),
    ("trace", "function"),
    ("sha256", "function"),
    ("base64_encode", "function"),
    ("str2bytes", "function"),
    ("uuidgen", "function"),
    ("levenshtein_distance", "function"),
    ("getLocalTime", "function"),
];

/// What the scenario wrote, and its errors.
fn written(lines: &[String]) -> Vec<String> {
    let written = lines.iter().filter_map(|line| {
        let error = line.starts_with("error: ").then_some(line.as_str());
        line.strip_prefix("script: ").or(error)
    });
    written.map(str::to_owned).collect()
}

fn scripts(text: &str) -> Vec<String> {
    written(&Run::api(text).lines())
}

/// Runs a text for every name; `NAME` in it is the name.
fn each_name(text: &str, expected: impl Fn(&str) -> String) {
    for (name, kind) in GLOBALS {
        let said = scripts(&text.replace("NAME", name));
        assert_eq!(said, [expected(kind)], "{name}: {text}");
    }
}

#[test]
fn global_is_there_before_it_is_read_and_not_enumerable() {
    each_name(
        "const me = this; const listed = Object.keys(me).includes('NAME');
         Logger.write(['NAME' in me, listed, typeof NAME, NAME === NAME, me.propertyIsEnumerable('NAME')].join());",
        |kind| format!("true,false,{kind},true,false"),
    );
}

#[test]
fn typeof_alone_tells_of_a_global() {
    each_name(
        "const kind = typeof NAME; Logger.write(kind);",
        str::to_owned,
    );
}

#[test]
fn global_that_was_read_is_a_plain_value() {
    each_name(
        "NAME; const { value, writable, enumerable, configurable, get } = Object.getOwnPropertyDescriptor(this, 'NAME');
         Logger.write([value === NAME, writable, enumerable, configurable, typeof get].join());",
        |_| "true,true,false,true,undefined".to_owned(),
    );
}

#[test]
fn global_may_be_assigned_before_it_is_read() {
    each_name(
        "NAME = 5; const { value, writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(this, 'NAME');
         Logger.write([NAME, value, writable, enumerable, configurable].join());",
        |_| "5,5,true,false,true".to_owned(),
    );
}

#[test]
fn global_may_be_assigned_in_strict_code() {
    each_name(
        "(function () { 'use strict'; NAME = 6; })(); Logger.write(String(NAME));",
        |_| "6".to_owned(),
    );
}

#[test]
fn var_of_a_global_name_keeps_the_api_until_it_is_assigned() {
    each_name("var NAME; Logger.write(typeof NAME);", str::to_owned);
    each_name(
        "var NAME = 7; Logger.write([NAME, this.propertyIsEnumerable('NAME')].join());",
        |_| "7,false".to_owned(),
    );
}

#[test]
fn function_of_a_global_name_takes_its_place() {
    each_name(
        "Logger.write(NAME()); function NAME() { return 'mine'; }",
        |_| "mine".to_owned(),
    );
}

#[test]
fn let_const_and_class_of_a_global_name_hide_it() {
    each_name("let NAME = 3; Logger.write(String(NAME));", |_| {
        "3".to_owned()
    });
    each_name("const NAME = 4; Logger.write(String(NAME));", |_| {
        "4".to_owned()
    });
    each_name(
        "class NAME { static say() { return 'class'; } } Logger.write(NAME.say());",
        |_| "class".to_owned(),
    );
}

#[test]
fn global_can_be_deleted() {
    each_name(
        "const me = this; const gone = delete me.NAME; Logger.write([gone, typeof NAME, 'NAME' in me].join());",
        |_| "true,undefined,false".to_owned(),
    );
}

#[test]
fn global_is_found_by_a_name_put_together() {
    for (name, kind) in GLOBALS {
        let (head, tail) = name.split_at(2);
        for way in [
            "eval(NAME)",
            "this[NAME]",
            "globalThis[NAME]",
            "Function('return ' + NAME)()",
        ] {
            let way = way.replace("NAME", &format!("'{head}' + '{tail}'"));
            let said = scripts(&format!("Logger.write(typeof {way});"));
            assert_eq!(said, [kind], "{way}");
        }
    }
}

#[test]
fn all_globals_are_listed_to_who_asks_for_them() {
    for way in ["Object.getOwnPropertyNames(this)", "Reflect.ownKeys(this)"] {
        let said = scripts(&format!(
            "const all = {way}; for (const name of all) if (typeof name === 'string') Logger.write(name);"
        ));
        for (name, _) in GLOBALS {
            assert!(said.iter().any(|one| one == name), "{way} lists no {name}");
        }
    }
}

#[test]
fn logger_of_a_scenario_takes_the_place_of_the_api_s() {
    assert_eq!(
        scripts("Logger = { write: (text) => trace(`mine: ${text}`) }; Logger.write('a');"),
        ["mine: a"]
    );
    assert_eq!(
        scripts("var Logger = { write: (text) => trace(`mine: ${text}`) }; Logger.write('a');"),
        ["mine: a"]
    );
    let files = script_log::spec(&["var Logger = Logger || {};", "Logger.write('two files');"]);
    assert!(
        Run::start(files, None)
            .lines()
            .contains(&"script: two files".to_owned())
    );
}

/// The members of the namespaces, in the order in which they are listed.
const VOX_ENGINE: &str = "addEventListener removeEventListener terminate customData getSecretValue callUser \
    callSIP callPSTN callWhatsappUser callConference sendMediaBetween stopMediaBetween easyProcess createURLPlayer \
    createToneScriptPlayer createToneScript createTTSPlayer enqueueACDRequest enqueueTask createASR createWebSocket \
    allowWebSocketConnections enableTraceForIncomingWebsockets disableTraceForIncomingWebsockets \
    enableStatisticsForIncomingWebsockets disableStatisticsForIncomingWebsockets createSequencePlayer \
    createConference destroyConference createRecorder callUserDirect forwardCallToUserDirect \
    forwardCallToUser forwardCallToSIP forwardCallToPSTN playSoundAndHangup";
const NET: &str = "httpRequest httpRequestAsync sendMail sendMailAsync HttpRequestOptions";
const CRYPTO: &str = "md5 sha1 sha256 hmac_sha256";

fn namespaces() -> Vec<(&'static str, Vec<&'static str>)> {
    [("VoxEngine", VOX_ENGINE), ("Net", NET), ("Crypto", CRYPTO)]
        .map(|(name, members)| (name, members.split_whitespace().collect()))
        .to_vec()
}

/// Runs a text for every member of the namespaces; `SPACE` and `NAME` are replaced.
fn each_member(text: &str, expected: &str) {
    for (space, members) in namespaces() {
        for name in members {
            let said = scripts(&text.replace("SPACE", space).replace("NAME", name));
            assert_eq!(said, [expected], "{space}.{name}: {text}");
        }
    }
}

#[test]
fn namespaces_list_their_members_in_order() {
    for (space, members) in namespaces() {
        let said = scripts(&format!("Logger.write(Object.keys({space}).join(' '));"));
        assert_eq!(said, [members.join(" ")]);
        let said = scripts(&format!(
            "const all = []; for (const name in {space}) all.push(name); Logger.write(all.join(' '));"
        ));
        assert_eq!(said, [members.join(" ")]);
        let said = scripts(&format!(
            "Logger.write([...new Set(Object.values({{ ...{space} }}).map((one) => typeof one))].join());"
        ));
        assert_eq!(said, ["function"]);
    }
}

#[test]
fn member_of_a_namespace_is_a_plain_value() {
    each_member(
        "const own = Object.getOwnPropertyDescriptor(SPACE, 'NAME');
         Logger.write(['NAME' in SPACE, Object.hasOwn(SPACE, 'NAME'), typeof own.value, own.value === SPACE.NAME,
            own.writable, own.enumerable, own.configurable].join());",
        "true,true,function,true,true,true,true",
    );
    each_member(
        "Logger.write([typeof SPACE.NAME, SPACE.NAME === SPACE.NAME].join());",
        "function,true",
    );
}

#[test]
fn member_of_a_namespace_may_be_replaced_and_deleted() {
    each_member(
        "SPACE.NAME = 5; const { value, enumerable } = Object.getOwnPropertyDescriptor(SPACE, 'NAME');
         Logger.write([SPACE.NAME, value, enumerable].join());",
        "5,5,true",
    );
    each_member(
        "SPACE.NAME = undefined; Logger.write(String(SPACE.NAME));",
        "undefined",
    );
    each_member(
        "const gone = delete SPACE.NAME; Logger.write([gone, 'NAME' in SPACE, SPACE.NAME].join());",
        "true,false,",
    );
    each_member(
        "Object.defineProperty(SPACE, 'NAME', { value: 6 }); Logger.write([SPACE.NAME, Object.keys(SPACE).includes('NAME')].join());",
        "6,true",
    );
    each_member(
        "Object.freeze(SPACE); SPACE.NAME = 5; Logger.write([typeof SPACE.NAME, Object.isFrozen(SPACE)].join());",
        "function,true",
    );
}

#[test]
fn namespace_takes_new_members() {
    for (space, _) in namespaces() {
        let said = scripts(&format!("{space}.mine = 8; const own = Object.create({space}); own.other = 9;
            Logger.write([{space}.mine, own.mine, own.other, {space}.other, {space}.no, String({space})].join());"));
        assert_eq!(said, ["8,8,9,,,[object Object]"]);
    }
}

/// Methods of a call.
const CALL: &str = "id callerid number displayName state incoming clientType customData toString answer answerDirect \
    ring startEarlyMedia reject decline hangup handleBlindTransfer notifyBlindTransferSuccess notifyBlindTransferFailed \
    transferTo reInvite acceptReInvite rejectReInvite sendMediaTo stopMediaTo startPlayback say playProgressTone \
    stopPlayback record handleTones vad handleMicStatus enableBeepDetection disableBeepDetection \
    monitorMediaStatistics detectProgressTone detectVoicemailTone detectVoicemailPrompt sendDigits sendMessage sendInfo addEventListener removeEventListener";

fn calls(text: &str) -> Vec<String> {
    let text = format!(
        "VoxEngine.addEventListener(AppEvents.CallAlerting, ({{ call }}) => {{ {text} }});"
    );
    written(&Run::call(&text).lines())
}

#[test]
fn methods_of_a_call_are_there_bound_and_replaceable() {
    for name in CALL.split_whitespace() {
        let said = calls(
            &"Logger.write(['NAME' in call, typeof call.NAME, call.NAME === call.NAME,
            Object.keys(call).includes('NAME')].join());"
                .replace("NAME", name),
        );
        assert_eq!(said, ["true,function,true,false"], "{name}");
        let said = calls(&"call.NAME = 5; Logger.write(String(call.NAME));".replace("NAME", name));
        assert_eq!(said, ["5"], "{name}");
    }
    let said = calls(
        "const all = []; for (const name in call) all.push(name); Logger.write(all.sort().join(' '));",
    );
    let mut all: Vec<&str> = CALL.split_whitespace().collect();
    all.sort_unstable();
    assert_eq!(said, [all.join(" ")]);
}

#[test]
fn methods_of_a_call_work_without_their_object() {
    let lines = Run::call(
        "VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
            const { answer, transferTo, sendDigits, say, sendMessage, id, toString } = call;
            answer(); transferTo('200'); sendDigits('1'); say('hello'); sendMessage('text');
            Logger.write([id() === call.id(), toString() === String(call)].join());
        });",
    )
    .lines();
    for what in [
        "answer ",
        "transfer ",
        "send_digits ",
        "create_player ",
        "send_info ",
        "script: true,true",
    ] {
        assert!(
            lines.iter().any(|line| line.starts_with(what)),
            "{what}: {lines:#?}"
        );
    }
}

#[test]
fn method_of_a_call_refuses_another_object() {
    for name in ["transferTo", "sendDigits", "say", "hangup"] {
        let said = calls(&format!(
            "const proto = Object.getPrototypeOf(call); try {{ proto.{name}.call({{}}, '1'); }} catch (error) {{ Logger.write(error.name); }}"
        ));
        assert_eq!(said, ["TypeError"], "{name}");
    }
}

#[test]
fn classes_of_the_api_are_those_of_their_objects() {
    let said = scripts(
        "Logger.write([new WebSocket('ws://a.example/') instanceof WebSocket,
            VoxEngine.createWebSocket('ws://a.example/') instanceof WebSocket,
            new Net.HttpRequestOptions() instanceof Net.HttpRequestOptions,
            new Date() instanceof Date, new Date(0).constructor === Date,
            new IVRState('a') instanceof IVRState, {} instanceof WebSocket,
            VoxEngine.callUser('a').constructor === VoxEngine.callUser('b').constructor,
            VoxEngine.callUser('a').constructor.name,
            VoxEngine.createURLPlayer('http://a.example/').constructor.name].join());",
    );
    assert_eq!(
        said,
        ["true,true,true,true,true,true,false,true,Call,Player"]
    );
}

#[test]
fn names_are_in_order_whatever_was_read_first() {
    let said = scripts(
        "CallEvents.Failed; VoxEngine.createURLPlayer; PlayerEvents.Stopped;
         const first = (object) => Logger.write(Object.keys(object).slice(0, 4).join());
         first(CallEvents); first(VoxEngine); first(PlayerEvents); first(AppEvents);
         Logger.write(Object.keys(CallEvents).length + ' ' + Object.entries(CallEvents).at(-1));
         Logger.write(typeof VoxEngine.createURLPlayer + ' ' + ('easyProcess' in VoxEngine));",
    );
    assert_eq!(
        said,
        [
            "AudioStarted,AudioIdentificationStarted,AudioIdentificationResult,AudioIdentificationStopped",
            "addEventListener,removeEventListener,terminate,customData",
            "Created,PlaybackReady,Started,Stopped",
            "CallAlerting,Terminating,Terminated,Started",
            "45 VideoTrackCreated,Call.Video.TrackCreated",
            "function true",
        ]
    );
}

#[test]
fn names_of_events_may_be_changed_and_taken_away() {
    let said = scripts(
        "CallEvents.Failed = 'mine'; delete CallEvents.Ringing; CallEvents.Extra = 'more';
         Logger.write([CallEvents.Failed, CallEvents.Ringing, 'Ringing' in CallEvents, CallEvents.Extra,
             CallEvents.Connected, Object.keys(CallEvents).length].join());
         Object.freeze(AppEvents); AppEvents.Started = 'x'; Logger.write(AppEvents.Started);",
    );
    assert_eq!(
        said,
        ["mine,,false,more,Call.Connected,45", "Application.Started"]
    );
}
