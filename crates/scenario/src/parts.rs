//! The API in JavaScript: what every session has, and the parts that are loaded when a
//! scenario first reads one of their names. A session pays in memory and in time to
//! start only for what it uses.

use script::Bytecode;
use std::sync::OnceLock;

/// Classes, events and globals that every session has. One function that takes the host
/// operations and returns the function that takes inputs.
const CORE: &str = concat!(
    "(function (host) { 'use strict';\n",
    include_str!("prelude/parts.js"),
    include_str!("prelude/emitter.js"),
    include_str!("prelude/call.js"),
    include_str!("prelude/voxengine.js"),
    include_str!("prelude/globals.js"),
    "return deliver; })",
);

/// A part of the API: a function of the host operations and of what the core shares.
struct Part {
    name: &'static str,
    /// Its names in the global scope: there if a file names them.
    globals: &'static [&'static str],
    /// Inputs that it handles, and that load it.
    inputs: &'static [&'static str],
    text: &'static str,
    loaded: OnceLock<Loaded>,
}

/// What a session needs to load the core or a part.
pub(crate) struct Loaded {
    pub(crate) code: Bytecode,
    /// Functions of the host that it calls, by name.
    pub(crate) calls: Vec<&'static str>,
}

/// `name: globals, inputs; what it takes from the core; its files; what it gives`.
macro_rules! parts {
    (@takes "") => { "" };
    (@takes $own:tt) => { concat!("const { ", $own, " } = own();\n") };
    ($($name:literal: $globals:expr, $inputs:expr; $own:tt; $($file:literal),+; $gives:literal;)+) => {
        static PARTS: [Part; [$($name),+].len()] = [$(Part {
            name: $name,
            globals: &$globals,
            inputs: &$inputs,
            text: concat!(
                "(function (host, own, RealDate) { 'use strict';\n",
                parts!(@takes $own),
                $(include_str!(concat!("prelude/", $file)),)+
                "return { ", $gives, " }; })",
            ),
            loaded: OnceLock::new(),
        }),+];
    };
}

parts! {
    "whole": [], [];
        "member, marks, settle, put"; "whole.js"; "answer";
    "logs": [], [];
        "Emitter, isObject, stringify"; "logs.js"; "logText";
    "headers": [], [];
        "note, asText"; "headers.js"; "sipHeaders";
    "date": ["Date"], [];
        ""; "date.js"; "Date: SessionDate, members: { Date: SessionDate }";
    "timers": ["setTimeout", "setInterval", "clearTimeout", "clearInterval"], ["timer"];
        ""; "timers.js"; "markerTimer, clearMarker, endTimers, members, inputs";
    "encoding": [
            "base64_encode", "base64_decode", "str2bytes", "bytes2str", "bytes2hex", "hex2bytes", "uuidgen",
            "levenshtein_distance", "md5", "sha1", "sha256", "Crypto",
        ], [];
        "asText, plainBytes"; "encoding.js"; "members";
    "access": [], ["access_request"];
        "part, partsLoaded, app, fire, hears, note, keyValues, stringify, sessionURL"; "access.js";
        "requestPath, inputs";
    "net": ["Net"], ["http_response"];
        "part, lazily, member, stringify, asText, isObject, note, plainBytes, keyValues"; "net.js";
        "backendAsked, httpHeaders, members: { Net }, inputs";
    "mail": [], ["mail_answer"];
        "asText, isObject, stringify"; "mail.js"; "members, inputs: { mail_answer: mailAnswer }";
    "media": [], [];
        "part, units, emit"; "media.js"; "hearing, sendMedia, stopMedia, forgetUnit, members";
    "playback": [], ["player_started", "player_finished"];
        "part, emit, asText";
        "playback.js"; "Playback, urlSource, playerOptions, endPlaybacks, inputs";
    "markers": [], [];
        "part, emit"; "markers.js";
        "MARKERS_MAX, addMarker, pause, resume, arm, disarm, tellLate";
    "players": ["PlayerEvents"], [];
        "part, Emitter, units, lazyEvents, fire, later, asText, isObject, bindOnRead, sendMedia, stopMedia, forgetUnit";
        "player.js"; "Player, members";
    "requests": [], [];
        "part, asText, isObject, plainBytes"; "requests.js"; "requestSource";
    "voice": [], [];
        "part, note, asText, isObject"; "voice.js"; "speechSource, members";
    "sounds": [], [];
        "part, fire, asText, sendMedia, stateOfCall, callFields, dropPlayback"; "sounds.js"; "members";
    "dial": [], ["call_ringing", "call_audio_started", "call_failed"];
        "part, calls, newCall, callFields, enterState, endCall, fire, emit, note, later, asText, isObject, \
            sipHeaders, headerObject"; "dial.js"; "callUser, callSIP, callPSTN, members, inputs";
    "legs": [], ["call_info", "call_rtp", "call_held"];
        "calls, fire, emit, note, asText, stateOfCall, callFields, mayAnswer, sipHeaders, headerObject";
        "legs.js"; "members, inputs";
    "transfers": [], [
            "call_transfer_requested", "call_transferred", "call_taken_over", "call_re_invite", "call_re_invite_answered",
        ];
        "calls, units, fire, hears, emit, asText, isObject, stateOfCall, callFields, sipHeaders, headerObject";
        "transfers.js"; "heard, members, inputs";
    "forward": [], [];
        "part, app, VoxEngine, isObject, terminate"; "forward.js"; "members";
    "enumerations": [
            "Modules", "ACDEvents", "AMD", "ASRDictionary", "ASREvents", "ASRModel", "CallAudioQuality",
            "ConferenceDirection", "ConferenceEvents", "ConferenceMode", "DTMFType", "PromptStreamPattern",
            "RecordExpireTime",
            "RecorderDirection", "RecorderEvents", "RecorderLabelPosition", "RecorderLabelTextAlign", "RecorderLayout",
            "RecorderObjectFit", "RecorderProfile", "SequencePlayerEvents", "SmartQueueEvents",
            "SmartQueueOperatorSettingsMode", "TaskWaitingCode", "TerminationStatus", "TranscriptionProvider",
            "TTSEffectsProfile", "URLPlayerRequestMethod", "WebSocketAudioEncoding", "WebSocketCloseCode",
            "WebSocketEvents", "WebSocketReadyState", "Language", "ASRModelList",
            "ASRProfileList", "VoiceList",
        ], [];
        "part"; "names.js", "enumerations.js"; "members: enumeration";
    "languages": ["ASRLanguage"], [];
        ""; "languages.js"; "members: { ASRLanguage }";
    "services": ["CallList", "ApplicationStorage", "IVRState", "IVR", "getLocalTime", "PhoneNumber"], ["storage_answer"];
        "part, emit, asText, isObject, parse, stringify"; "ivr.js", "services.js";
        "members: { CallList, ApplicationStorage, IVRState, IVR, getLocalTime, PhoneNumber }, \
            inputs: { storage_answer: storageAnswer }";
    "sequence": [], [];
        "part, Emitter, units, fire, emit, isObject, bindOnRead, sendMedia, stopMedia, forgetUnit"; "names.js", "sequence.js";
        "members: { createSequencePlayer }";
    "units": [], [];
        "Emitter, units, fire, emit, note, asText, isObject, bindOnRead, sendMedia, stopMedia, \
            forgetUnit, whenCallEnds, whenSessionEnds, onUnit, later, stateOfCall, callFields";
        "names.js", "conference.js", "recorder.js"; "members";
    "speech": [], ["asr"];
        "Emitter, units, fire, emit, asText, isObject, bindOnRead, forgetUnit"; "names.js", "speech.js";
        "members: { createASR }, inputs: { asr: onAsr }";
    "queues": [], [];
        "part, Emitter, units, fire, note, asText, isObject, stringify, parse, bindOnRead, \
            calls, watch, started"; "names.js", "placement.js", "queues.js";
        "members: { enqueueACDRequest, enqueueTask }, onCommand, closePlacements";
    "sockets": ["WebSocket"], ["socket", "socket_arrived"];
        "part, Emitter, app, units, fire, emit, note, asText, isObject, stringify, parse, bindOnRead, \
            sendMedia, stopMedia, forgetUnit, keyValues, sessionURL"; "names.js", "socket.js";
        "openStream, openStreams, endStream, closeSockets, members, inputs";
    "amd": ["AI"], ["amd_result"];
        "Emitter, units, fire, emit, note, asText, isObject, bindOnRead, sendMedia, forgetUnit, \
            calls"; "names.js", "amd.js";
        "create, belongTo, callConnected, callEnded, heardBy, members: { AI }, inputs: { amd_result: onResult }";
    "listening": [], [];
        "fire, emit, isObject, later, onUnit, calls, stateOfCall"; "listening.js"; "members";
    "tones": [], [];
        "part, fire, emit, note, onUnit, calls, stateOfCall"; "tones.js"; "members";
}

/// The core, compiled by the first session of the process.
pub(crate) fn core() -> &'static Loaded {
    static LOADED: OnceLock<Loaded> = OnceLock::new();
    LOADED.get_or_init(|| load(CORE))
}

/// A part by its name, compiled when first needed.
pub(crate) fn part(name: &str) -> Option<&'static Loaded> {
    let part = PARTS.iter().find(|part| part.name == name)?;
    Some(part.loaded.get_or_init(|| load(part.text)))
}

/// The part that handles an input, by the name of the input.
pub(crate) fn part_of_input(input: &str) -> Option<&'static str> {
    let part = PARTS.iter().find(|part| part.inputs.contains(&input))?;
    Some(part.name)
}

/// Every global that belongs to a part, with the part.
pub(crate) fn globals() -> impl Iterator<Item = (&'static str, &'static str)> {
    let names_of = |part: &'static Part| part.globals.iter().map(|name| (*name, part.name));
    PARTS.iter().flat_map(names_of)
}

fn load(text: &'static str) -> Loaded {
    #[allow(clippy::expect_used)] // the text is ours and a test loads every part
    let code = script::compile_compact("prelude", text).expect("the built-in API compiles");
    let calls = calls_of_host(text);
    Loaded { code, calls }
}

/// The names that stand in a text as `host.name(`.
fn calls_of_host(text: &'static str) -> Vec<&'static str> {
    let mut names: Vec<&str> = text
        .split("host.")
        .skip(1)
        .filter_map(|rest| rest.split_once('(').map(|(name, _)| name))
        .filter(|name| name.chars().all(char::is_alphanumeric))
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{CORE, PARTS};
    use crate::members::members;
    use std::collections::BTreeSet;
    use tree_sitter::{Node, Parser};

    /// Names of the language and of the wrapper around a part.
    const GIVEN: &str = "host own RealDate undefined NaN Array Boolean Error JSON Map Math Number Object Promise Proxy \
        RangeError Reflect RegExp Set String Symbol TypeError WeakMap Date globalThis encodeURIComponent parseInt \
        ArrayBuffer Uint8Array";

    /// The names that a text uses, and those that it declares anywhere.
    fn names(text: &str) -> (BTreeSet<String>, BTreeSet<String>) {
        let mut parser = Parser::new();
        parser
            .set_language(&tree_sitter_javascript::LANGUAGE.into())
            .unwrap();
        let tree = parser.parse(text, None).unwrap();
        let (mut used, mut declared) = (BTreeSet::new(), BTreeSet::new());
        let mut nodes = vec![tree.root_node()];
        while let Some(node) = nodes.pop() {
            let name = || text[node.byte_range()].to_owned();
            match node.kind() {
                "shorthand_property_identifier_pattern" => drop(declared.insert(name())),
                "identifier" if declares(node) => drop(declared.insert(name())),
                "identifier" | "shorthand_property_identifier" => drop(used.insert(name())),
                _ => {}
            }
            nodes.extend((0..node.child_count()).filter_map(|at| node.child(at)));
        }
        (used, declared)
    }

    /// Whether an identifier stands where a name is declared.
    fn declares(node: Node<'_>) -> bool {
        let parent = node.parent().unwrap();
        let named = |field| parent.child_by_field_name(field) == Some(node);
        match parent.kind() {
            "variable_declarator" | "function_declaration" | "class_declaration" => named("name"),
            "formal_parameters" | "rest_pattern" | "array_pattern" | "catch_clause" => true,
            "arrow_function" => named("parameter"),
            "assignment_pattern" | "for_in_statement" => named("left"),
            "pair_pattern" => named("value"),
            _ => false,
        }
    }

    fn given() -> BTreeSet<String> {
        GIVEN.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn core_and_parts_use_only_names_that_they_have() {
        for (name, text) in PARTS
            .iter()
            .map(|part| (part.name, part.text))
            .chain([("core", CORE)])
        {
            let (used, declared) = names(text);
            let known = &declared | &given();
            let unknown: Vec<&String> = used.difference(&known).collect();
            assert!(unknown.is_empty(), "{name}: {unknown:?}");
        }
    }

    #[test]
    fn parts_take_what_the_core_gives_and_use_it() {
        let (_, rest) = CORE.split_once("function own() {").unwrap();
        let (shared, _) = rest.split_once("\n}\n").unwrap();
        for part in &PARTS {
            let text = part.text.split_once("const { ");
            let taken = text.and_then(|(_, rest)| rest.split_once(" } = own();\n"));
            let Some((taken, body)) = taken else { continue };
            let (used, _) = names(body);
            for name in taken.split(", ").filter(|name| !name.is_empty()) {
                let is_given = |word: &str| word.split(':').next().unwrap() == name;
                assert!(
                    shared.split([',', ' ', '\n']).any(is_given),
                    "{}: {name} is not given",
                    part.name
                );
                assert!(used.contains(name), "{}: {name} is not used", part.name);
            }
        }
    }

    #[test]
    fn events_and_methods_of_tables_are_those_of_the_texts() {
        let texts: String = PARTS.iter().map(|part| part.text).chain([CORE]).collect();
        let quoted: Vec<&str> = texts.split('\'').collect();
        let told = |text: &&str| text.starts_with("Call.") || text.starts_with("Player.");
        let events = [members("CallEvents"), members("PlayerEvents")].concat();
        for text in quoted.iter().copied().filter(told) {
            assert!(
                events.iter().any(|(_, known)| *known == text),
                "{text} is no event"
            );
        }
        for (name, part) in [members("VoxEngine"), members("Call")].concat() {
            let text = PARTS
                .iter()
                .find(|known| known.name == part)
                .map_or(CORE, |part| part.text);
            assert!(text.contains(name), "{name} is not in {part}");
        }
    }

    #[test]
    fn every_global_and_input_belongs_to_one_part() {
        let mut seen = BTreeSet::new();
        for part in &PARTS {
            for name in part.globals.iter().chain(part.inputs) {
                assert!(seen.insert(name), "{name} belongs to two parts");
            }
        }
    }
}
