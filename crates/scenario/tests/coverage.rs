//! How much of the API is there: every name of src/names.txt is asked for
//! in a session, and docs/api-coverage.md says what was found. To write that
//! file anew: `UPDATE=1 cargo test -p scenario --test coverage`.
#![allow(missing_docs, clippy::unwrap_used)]

mod script_log;

use script_log::Run;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

const NAMES: &str = include_str!("../src/names.txt");
const REPORT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/api-coverage.md");

/// How to get an object of a class, for the classes that exist.
const OBJECTS: [(&str, &str); 12] = [
    ("Conference", "VoxEngine.createConference()"),
    ("Recorder", "VoxEngine.createRecorder()"),
    (
        "ConferenceRecorder",
        "VoxEngine.createRecorder({video: true})",
    ),
    ("ACDRequest", "VoxEngine.enqueueACDRequest('a', 'b')"),
    ("SmartQueueTask", "VoxEngine.enqueueTask({call: 1})"),
    ("ASR", "VoxEngine.createASR({})"),
    (
        "AMD.AnsweringMachineDetector",
        "AMD.create({call: VoxEngine.callUser('a')})",
    ),
    ("WebSocket", "VoxEngine.createWebSocket('ws://a.example/')"),
    ("Call", "VoxEngine.callUser('a')"),
    ("Player", "VoxEngine.createURLPlayer('http://a.example/')"),
    (
        "SequencePlayer",
        "VoxEngine.createSequencePlayer({segments: [{url: 'http://a.example/'}]})",
    ),
    (
        "IVRState",
        "new IVRState('a', {type: 'noinput', prompt: {play: 'http://a.example/'}})",
    ),
];

struct Name {
    /// As in the list, without its value.
    text: &'static str,
    value: Option<&'static str>,
}

fn listed() -> Vec<Name> {
    NAMES
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with("# "))
        .map(|line| match line.split_once(" =") {
            Some((text, value)) => Name {
                text,
                value: Some(value.trim_start()),
            },
            None => Name {
                text: line,
                value: None,
            },
        })
        .collect()
}

/// The names of the list that a session has, with their values as text.
fn present() -> BTreeMap<&'static str, String> {
    let names = listed();
    let mut script = String::from("const found = {}, objects = {};\n");
    for (class, make) in OBJECTS {
        let _ = writeln!(script, "try {{ objects[{class:?}] = {make}; }} catch {{}}");
    }
    for name in &names {
        let expression = match name.text.split_once('#') {
            Some((class, member)) => format!("objects[{class:?}].{member}"),
            None => match name.text.rsplit_once('.') {
                Some((owner, member)) => format!("{owner}[{member:?}]"),
                None => format!("globalThis.{}", name.text),
            },
        };
        let _ = writeln!(
            script,
            "try {{ const v = {expression}; if (v !== undefined) found[{:?}] = String(v); }} catch {{}}",
            name.text
        );
    }
    script +=
        "for (const [k, v] of Object.entries(found)) Logger.write(k + ' = ' + v.split('\\n')[0]);";
    let mut run = Run::api(&script);
    let mut found = BTreeMap::new();
    for line in run.look() {
        if let Some((name, value)) = line
            .strip_prefix("script: ")
            .and_then(|l| l.split_once(" = "))
        {
            let name = names.iter().find(|n| n.text == name).unwrap();
            found.insert(name.text, value.to_owned());
        }
    }
    found
}

#[test]
fn every_value_of_an_enumeration_is_the_clouds() {
    let found = present();
    for name in listed() {
        let (Some(expected), Some(value)) = (name.value, found.get(name.text)) else {
            continue;
        };
        assert_eq!(value, expected, "{}", name.text);
    }
}

#[test]
fn the_report_of_missing_names_is_up_to_date() {
    let found = present();
    let names = listed();
    let missing: Vec<&str> = names
        .iter()
        .map(|n| n.text)
        .filter(|n| !found.contains_key(n))
        .collect();
    let summary = format!("{} of {} names", found.len(), names.len());
    println!("{summary}");
    let mut report = format!(
        "# How much of the VoxEngine API is there\n\n\
         Written by `UPDATE=1 cargo test -p scenario --test coverage`; a test keeps it true.\n\
         Video, connectors to vendors' AI products and billing are not counted.\n\n\
         **{summary}** answer. A name that is missing is undefined: a scenario that\n\
         needs it fails at once and says where.\n\n\
         | missing of | names |\n|---|---|\n"
    );
    let mut owners: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for name in &missing {
        let (owner, member) = name.rsplit_once(['#', '.']).unwrap_or(("global", name));
        owners.entry(owner).or_default().insert(member);
    }
    for (owner, members) in owners {
        let members: Vec<&str> = members.into_iter().collect();
        let _ = writeln!(report, "| `{owner}` | {} |", members.join(", "));
    }
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(REPORT, &report).unwrap();
    }
    let written = std::fs::read_to_string(REPORT).unwrap_or_default();
    assert!(
        written == report,
        "docs/api-coverage.md is old: UPDATE=1 cargo test -p scenario --test coverage"
    );
}

#[test]
fn catalogues_answer_for_members_that_are_spelt_like_one() {
    let text = |expression: &str| {
        let mut run = Run::api(&format!("Logger.write(String({expression}));"));
        run.look().pop().unwrap()
    };
    for (expression, value) in [
        ("Language.RU_RUSSIAN_FEMALE", "RU_RUSSIAN_FEMALE"),
        (
            "Language.Premium.US_ENGLISH_MALE",
            "Premium.US_ENGLISH_MALE",
        ),
        ("Language.ru", "undefined"),
        ("ASRLanguage.RUSSIAN_RU", "ru-RU"),
        ("ASRLanguage.ENGLISH_US", "en-US"),
        ("ASRLanguage.ENGLISH_UK", "en-GB"),
        ("ASRLanguage.NORWEGIAN_NO", "nb-NO"),
        ("ASRLanguage.PORTUGUESE_BR", "pt-BR"),
        ("ASRLanguage.CHINESE_CN", "cmn-Hans-CN"),
        ("ASRLanguage.SLOVENIAN_SL", "sl-SI"),
        ("ASRLanguage.FILIPINO_PH", "fil-PH"),
        ("ASRLanguage.KLINGON_QO", "KLINGON_QO"),
        ("ASRLanguage.russian", "undefined"),
        ("ASRProfileList.Google.ru_RU", "Google.ru_RU"),
        ("ASRProfileList.YandexV3.auto", "YandexV3.auto"),
        ("ASRProfileList.Deepgram.ru", "Deepgram.ru"),
        ("ASRProfileList.Deepgram.hi_Latn", "Deepgram.hi_Latn"),
        ("ASRProfileList.Google.Nonsense", "undefined"),
        ("ASRProfileList.ru_RU", "undefined"),
        ("ASRModelList.Yandex.general", "Yandex.general"),
        (
            "ASRModelList.Google.phone_call_enhanced",
            "Google.phone_call_enhanced",
        ),
        (
            "ASRModelList.Deepgram.nova2_general",
            "Deepgram.nova2_general",
        ),
        ("ASRModelList.Amazon.DEFAULT", "Amazon.DEFAULT"),
        ("ASRModelList.yandex", "undefined"),
        ("VoiceList.Amazon.en_US_Joanna", "Amazon.en_US_Joanna"),
        (
            "VoiceList.Amazon.Neural.en_US_Joanna",
            "Amazon.Neural.en_US_Joanna",
        ),
        (
            "VoiceList.Microsoft.Neural.zh_CN_liaoning_XiaobeiNeural",
            "Microsoft.Neural.zh_CN_liaoning_XiaobeiNeural",
        ),
        ("VoiceList.ElevenLabs.Jessica", "ElevenLabs.Jessica"),
        (
            "VoiceList.ElevenLabs.createBrandVoice('mine')",
            "ElevenLabs.brand.mine",
        ),
        ("VoiceList.createBrandVoice", "undefined"),
        ("typeof VoiceList.Amazon.Neural", "object"),
        ("VoiceList.Amazon === VoiceList.Amazon", "true"),
        ("VoiceList.amazon", "undefined"),
        ("typeof VoiceList.then", "undefined"),
        ("(Language = 5, Language)", "5"),
    ] {
        assert_eq!(text(expression), format!("script: {value}"), "{expression}");
    }
}

#[test]
fn a_name_that_is_put_together_at_run_time_is_there() {
    for text in [
        "Logger.write(globalThis['DTMF' + 'Type'].ALL)",
        "Logger.write(this['DTMF' + 'Type'].ALL)",
        "Logger.write(eval('DTMF' + 'Type.ALL'))",
        "Logger.write((0, Logger.write.constructor)('return DTMF' + 'Type.ALL')())",
        "Logger.write(\\u0044TMFType.ALL)",
        "with (this) Logger.write(DTMFType.ALL)",
    ] {
        assert_eq!(Run::api(text).look(), ["script: 0"], "{text}");
    }
    // In a later file than the one that is evaluated first.
    let files = script_log::spec(&["var f = () => DTMFType.ALL;", "Logger.write(f())"]);
    assert_eq!(Run::start(files, None).look(), ["script: 0"]);
}

#[test]
fn names_in_no_release_stay_undefined() {
    for name in [
        "VoxEngine.createAMD",
        "VoxEngine.getCallById",
        "VoxEngine.sessionId",
        "VoxEngine.mediaSessionAccessURL",
        "VoxEngine.reportSuccessfulCallEvent",
        "Net.WebSocket",
        "CallEvents.MachineDetected",
        "CallEvents.HumanDetected",
        "CallEvents.PCM",
        "PlayerEvents.PlaybackError",
        "ASREvents.Error",
        "WebSocketEvents.Message",
        "WebSocketEvents.Error",
        "WebSocketEvents.Open",
        "Modules.Player",
        "Modules.CallList",
    ] {
        let mut run = Run::api(&format!("Logger.write(typeof {name});"));
        assert_eq!(run.look(), ["script: undefined"], "{name}");
    }
}
