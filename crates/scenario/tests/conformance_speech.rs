//! Speech (voxengine.md §4.1, §6.3, §6.4): every form of the calls, the events and
//! their order, the limits, and that no script hangs when nobody speaks or listens.
#![allow(missing_docs, clippy::unwrap_used)]

mod script_log;

use scenario::host::{AsrEvent, Input};
use script_log::{Run, connected, finished};

const TELL: &str = "
const all = (target, events, fields = () => '') => {
    for (const name of Object.keys(events)) {
        target.addEventListener(events[name], (e) => Logger.write(`${e.name} ${fields(e)}`.trim()));
    }
};
";

fn started(player: u32) -> Input {
    let duration_ms = 2_000;
    Input::PlayerStarted {
        player,
        duration_ms,
    }
}

fn broken(player: u32) -> Input {
    let error = Some("no voice".to_owned());
    Input::PlayerFinished { player, error }
}

fn heard(asr: u32, event: AsrEvent) -> Input {
    Input::Asr { asr, event }
}

#[test]
fn how_a_text_is_spoken_comes_as_percent_in_every_form() {
    for (options, rate, pitch, volume) in [
        ("rate: 'x-slow', pitch: 'high', volume: 'soft'", 50, 125, 50),
        ("speed: 1.5, pitch: '0.5Hz', volume: '+6dB'", 150, 50, 200),
        ("rate: '150%', pitch: '+20%', volume: 'silent'", 150, 120, 0),
        ("rate: '-20%', volume: '-6dB'", 80, 100, 50),
        ("rate: 99, emotion: 'good', pitch: 'loud'", 400, 100, 100),
    ] {
        for form in [
            format!("call.say('Hi', {{ttsOptions: {{{options}}}}})"),
            format!("call.say('Hi', Language.RU_RUSSIAN_FEMALE, {{{options}}})"),
            format!("VoxEngine.createTTSPlayer('Hi', {{ttsOptions: {{{options}}}}})"),
            format!("VoxEngine.createTTSPlayer('Hi', undefined, {{{options}}})"),
        ] {
            let lines = Run::api(&format!("const call = VoxEngine.callUser('a'); {form};")).lines();
            let wanted = format!(r#""manner":{{"rate":{rate},"pitch":{pitch},"volume":{volume}}}"#);
            assert!(
                lines.iter().any(|line| line.contains(&wanted)),
                "{form}: {lines:?}"
            );
        }
    }
}

#[test]
fn every_form_of_say_names_the_same_voice() {
    for (form, voice) in [
        ("'Hi'", ""),
        (
            "'Hi', {voice: VoiceList.Google.ru_RU_Wavenet_A}",
            "Google.ru_RU_Wavenet_A",
        ),
        (
            "'Hi', {language: VoiceList.Amazon.en_US_Joanna, progressivePlayback: true}",
            "Amazon.en_US_Joanna",
        ),
        ("'Hi', Language.RU_RUSSIAN_FEMALE", "RU_RUSSIAN_FEMALE"),
        (
            "'Hi', Language.Premium.US_ENGLISH_MALE, {rate: 'medium'}",
            "Premium.US_ENGLISH_MALE",
        ),
        ("'Hi', VoiceList.Google.nobody", ""),
        ("'Hi', {voice: undefined}", ""),
    ] {
        let source = match voice {
            "" => r#"{"kind":"speech","text":"Hi","voice":""}"#.to_owned(),
            voice => format!(r#"{{"kind":"speech","text":"Hi","voice":"{voice}"}}"#),
        };
        for make in ["call.say", "VoxEngine.createTTSPlayer"] {
            let text = format!("const call = VoxEngine.callUser('a'); {make}({form});");
            let lines = Run::api(&text).lines();
            let wanted =
                format!("create_player player=1 source={source} looped=false paused=false");
            assert!(lines.contains(&wanted), "{make}({form}): {lines:?}");
        }
    }
    Run::api("VoxEngine.createTTSPlayer('Hi', {onPause: true}); VoxEngine.createTTSPlayer('Hi', undefined, {}, true);")
        .is(&[
            r#"create_player player=1 source={"kind":"speech","text":"Hi","voice":""} looped=false paused=true"#,
            r#"create_player player=2 source={"kind":"speech","text":"Hi","voice":""} looped=false paused=true"#,
        ]);
}

#[test]
fn what_is_said_is_told_in_order() {
    let text = format!(
        "{TELL} const call = VoxEngine.callUser('a');
        all(call, {{a: CallEvents.PlaybackReady, b: CallEvents.PlaybackStarted, c: CallEvents.PlaybackFinished}},
            (e) => [e.duration, e.error, e.call === call]);
        call.say('Hi');"
    );
    let mut run = Run::api(&text).feed(connected(2));
    run.look();
    run.feed(started(1)).feed(finished(1)).is(&[
        "script: Call.PlaybackReady ,,true",
        "script: Call.PlaybackStarted 2000,,true",
        "script: Call.PlaybackFinished ,,true",
    ]);
    let text = format!(
        "{TELL} const p = VoxEngine.createTTSPlayer('Hi'); all(p, PlayerEvents, (e) => [e.duration, e.error, e.player === p]);"
    );
    let mut run = Run::api(&text);
    run.look();
    run.feed(started(1)).feed(finished(1)).is(&[
        "script: Player.Created ,,true",
        "script: Player.PlaybackReady ,,true",
        "script: Player.Started 2000,,true",
        "script: Player.PlaybackFinished ,,true",
    ]);
}

#[test]
fn a_voice_that_fails_ends_the_playback_with_an_error() {
    let text = format!(
        "{TELL} const call = VoxEngine.callUser('a'), p = VoxEngine.createTTSPlayer('Hi');
        all(p, PlayerEvents, (e) => e.error);
        call.addEventListener(CallEvents.PlaybackFinished, (e) => Logger.write(`call ${{e.error}}`));
        call.say('Hi');"
    );
    let mut run = Run::api(&text);
    run.look();
    run.feed(broken(1)).feed(broken(2)).is(&[
        "script: Player.Error no voice",
        "script: Player.PlaybackFinished no voice",
        "script: call no voice",
    ]);
}

#[test]
fn limit_of_1500_characters_of_a_spoken_text() {
    let say = |chars: usize| {
        let text = format!(
            "const call = VoxEngine.callUser('a');
            call.addEventListener(CallEvents.PlaybackFinished, (e) => Logger.write(e.error));
            call.say('я'.repeat({chars}));"
        );
        Run::api(&text).lines()
    };
    assert!(
        say(1_500)
            .iter()
            .any(|line| line.starts_with("create_player"))
    );
    let refused = say(1_501);
    assert!(!refused.iter().any(|line| line.starts_with("create_player")));
    assert_eq!(
        refused.last().unwrap(),
        "script: a spoken text has at most 1500 characters"
    );
}

#[test]
fn spoken_and_recorded_segments_follow_each_other() {
    let text = "const p = VoxEngine.createSequencePlayer({segments: [{text: 'You are', parameters: {voice: 'v'}}, {url: 'http://a.example/3.wav'}]});
        p.addEventListener(SequencePlayerEvents.PlaybackFinished, () => Logger.write('done'));";
    let run = Run::api(text).feed(started(1)).feed(finished(1));
    run.feed(started(2)).feed(finished(2)).is(&[
        r#"create_player player=1 source={"kind":"speech","text":"You are","voice":"v"} looped=false paused=false"#,
        r#"create_player player=2 source={"kind":"url","url":"http://a.example/3.wav"} looped=false paused=true"#,
        "resume_player player=2",
        "script: done",
    ]);
}

#[test]
fn every_form_of_a_recogniser_tells_what_it_listens_for() {
    for (form, spec, language, dictionary) in [
        (
            "",
            r#"{"profile":"","phrases":[],"single_utterance":false,"interim_results":false}"#,
            "",
            "",
        ),
        (
            "{profile: ASRProfileList.Google.ru_RU, phraseHints: ['да', 'нет'], singleUtterance: true, interimResults: true}",
            r#"{"profile":"Google.ru_RU","phrases":["да","нет"],"single_utterance":true,"interim_results":true}"#,
            "Google.ru_RU",
            "да,нет",
        ),
        (
            "{lang: ASRLanguage.RUSSIAN_RU, dict: ['yes']}",
            r#"{"profile":"ru-RU","phrases":["yes"],"single_utterance":false,"interim_results":false}"#,
            "ru-RU",
            "yes",
        ),
        (
            "{profile: 'en-US'}",
            r#"{"profile":"en-US","phrases":[],"single_utterance":false,"interim_results":false}"#,
            "en-US",
            "",
        ),
    ] {
        let text = format!(
            "const asr = VoxEngine.createASR({form}); VoxEngine.callUser('a').sendMediaTo(asr);
            Logger.write(`${{asr.language()}}|${{asr.dictionary()}}`);"
        );
        let lines = Run::api(&text).lines();
        assert_eq!(lines[0], format!("create_asr asr=1 spec={spec}"), "{form}");
        assert!(
            lines
                .iter()
                .any(|l| l.starts_with("send_media") && l.contains("asr")),
            "{lines:?}"
        );
        assert_eq!(
            lines.last().unwrap(),
            &format!("script: {language}|{dictionary}")
        );
    }
}

#[test]
fn a_recogniser_tells_until_it_is_stopped() {
    let text = format!(
        "{TELL} const asr = VoxEngine.createASR({{profile: 'en-US'}});
        all(asr, ASREvents, (e) => [e.text, e.confidence, e.duration, e.asr === asr]);
        setTimeout(() => asr.stop(), 5000);"
    );
    let mut run = Run::api(&text);
    run.look();
    let said = |text: &str, confidence| AsrEvent::Result {
        text: text.to_owned(),
        confidence,
    };
    let run = run
        .feed(heard(1, AsrEvent::Started))
        .feed(heard(1, AsrEvent::CaptureStarted))
        .feed(heard(
            1,
            AsrEvent::Interim {
                text: "ye".to_owned(),
            },
        ))
        .feed(heard(1, AsrEvent::SpeechCaptured))
        .feed(heard(1, said("yes", 87)))
        .feed(heard(1, said("no", 50)))
        .wait(5_000)
        .feed(heard(1, said("late", 50)));
    run.is(&[
        "script: ASR.Started ,,,true",
        "script: ASR.CaptureStarted ,,,true",
        "script: ASR.InterimResult ye,,,true",
        "script: ASR.SpeechCaptured ,,,true",
        "script: ASR.Result yes,87,,true",
        "script: ASR.Result no,50,,true",
        "stop_asr asr=1",
        "script: ASR.Stopped ,,5,true",
    ]);
}

#[test]
fn a_single_utterance_is_one_result() {
    let text = format!(
        "{TELL} const asr = VoxEngine.createASR({{singleUtterance: true}}); all(asr, ASREvents, (e) => e.text || '');"
    );
    let mut run = Run::api(&text);
    run.look();
    let yes = || AsrEvent::Result {
        text: "yes".to_owned(),
        confidence: 90,
    };
    run.feed(heard(1, yes())).feed(heard(1, yes())).is(&[
        "script: ASR.Result yes",
        "stop_asr asr=1",
        "script: ASR.Stopped",
    ]);
}

#[test]
fn a_recogniser_that_cannot_listen_says_so_and_stops() {
    let text = format!(
        "{TELL} const asr = VoxEngine.createASR(); all(asr, ASREvents, (e) => e.error || ''); setTimeout(() => asr.stop(), 1000);"
    );
    let mut run = Run::api(&text);
    run.look();
    let error = "nobody listens".to_owned();
    run.feed(heard(1, AsrEvent::Failed { error }))
        .wait(2_000)
        .is(&["script: ASR.Error nobody listens", "script: ASR.Stopped"]);
}

#[test]
fn limit_of_20_recognisers() {
    let text = "for (let i = 0; i < 21; i += 1) VoxEngine.createASR().addEventListener(ASREvents.ASRError, (e) => Logger.write(`${i} ${e.error}`));";
    let lines = Run::api(text).lines();
    assert_eq!(lines.len(), 21);
    assert_eq!(lines[20], "script: 20 Recogniser limit reached");
}

#[test]
fn a_recogniser_is_no_source() {
    let text = "const asr = VoxEngine.createASR(); try { asr.sendMediaTo(VoxEngine.callUser('a')); } catch (e) { Logger.write(e.name); }";
    let lines = Run::api(text).lines();
    assert_eq!(lines.last().unwrap(), "script: TypeError");
}
