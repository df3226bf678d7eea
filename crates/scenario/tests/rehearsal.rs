//! Scripted calls: the scenarios that come with the program do what their
//! scripts expect, and a script that expects something else fails.
#![allow(missing_docs, clippy::unwrap_used)]

use scenario::Source;
use scenario::rehearsal::{Outcome, Script, rehearse};
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios")
}

fn run(text: &str, script: &str) -> Outcome {
    let source = Source {
        name: "a.js".to_owned(),
        text: text.to_owned(),
    };
    let script: Script = toml::from_str(script).unwrap();
    rehearse(vec![source], &script).unwrap()
}

fn log(outcome: &Outcome) -> String {
    let lines: Vec<String> = outcome.lines.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

#[test]
fn every_script_of_the_scenarios_is_met() {
    let mut count = 0;
    for entry in std::fs::read_dir(folder().join("tests")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        // The longest scenario name that the script's name starts with.
        let scenarios = std::fs::read_dir(folder()).unwrap();
        let stem = scenarios
            .filter_map(|e| {
                Some(
                    e.ok()?
                        .path()
                        .file_name()?
                        .to_str()?
                        .strip_suffix(".js")?
                        .to_owned(),
                )
            })
            .filter(|stem| name.starts_with(stem.as_str()))
            .max_by_key(String::len)
            .unwrap();
        // The parts of the call centre are loaded after its first file.
        let first = stem.starts_with("call-centre-").then_some("call-centre");
        let files = first.into_iter().chain([stem.as_str()]);
        let read = |stem| std::fs::read_to_string(folder().join(format!("{stem}.js"))).unwrap();
        let text: String = files.map(read).collect();
        let outcome = run(&text, &std::fs::read_to_string(&path).unwrap());
        assert!(
            outcome.failures.is_empty(),
            "{name}: {:#?}\n{}",
            outcome.failures,
            log(&outcome)
        );
        count += 1;
    }
    assert!(count >= 10, "only {count} scripts");
}

#[test]
fn the_script_in_the_guide_is_met() {
    let guide = std::fs::read_to_string(folder().join("../docs/scenarios.md")).unwrap();
    let sample = guide.split("```toml call\n").nth(1).unwrap();
    let text = std::fs::read_to_string(folder().join("ring-all.js")).unwrap();
    let outcome = run(&text, sample.split("```").next().unwrap());
    assert_eq!(outcome.failures, [""; 0], "{}", log(&outcome));
}

#[test]
fn example_scenarios_stay_short() {
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let own = !path
            .file_name()
            .unwrap()
            .to_string_lossy()
            .starts_with("call-centre");
        if own && path.extension().is_some_and(|e| e == "js") {
            let lines = std::fs::read_to_string(&path).unwrap().lines().count();
            assert!(lines < 150, "{} has {lines} lines", path.display());
        }
    }
}

const ANSWER: &str = "VoxEngine.addEventListener(AppEvents.CallAlerting, ({call}) => {
    call.addEventListener(CallEvents.Connected, () => Logger.write('talk'));
    call.addEventListener(CallEvents.Disconnected, e => { Logger.write(e.duration + ' s'); VoxEngine.terminate(); });
    call.answer(); });";

#[test]
fn the_log_is_exact_in_virtual_time() {
    let outcome = run(
        ANSWER,
        "caller = {}
         step = [{after = 'script talk', wait_ms = 90000, hang_up = true}]",
    );
    assert_eq!(outcome.failures, [""; 0]);
    assert_eq!(
        log(&outcome),
        "    0.000 event   Application.Started
    0.000 event   Application.CallAlerting call=1 from=79161234567 to=100
    0.000 event   answer call=1
    0.020 event   Call.FirstAudioPacketReceived call=1
    0.020 event   Call.Connected call=1
    0.020 script  talk
   90.020 outside hang up call=1
   90.020 event   Call.Disconnected call=1 duration_ms=90000 cause=16
   90.020 script  90 s
   90.020 event   terminate
   90.020 event   Application.Terminating
   90.020 event   Application.Terminated"
    );
}

#[test]
fn what_is_not_as_expected_is_told() {
    let outcome = run(
        ANSWER,
        "caller = {}
         until_ms = 5000
         expect = ['script talk', 'event answer', 'script nothing']
         never = ['Call.Connected']
         exact = ['event Application.Started', 'event other']",
    );
    assert_eq!(
        outcome.failures,
        [
            "expected later: event answer",
            "expected: script nothing",
            "not expected: Call.Connected, but there is: event Call.Connected call=1",
            "line 2: expected event other, got event Application.CallAlerting call=1 from=79161234567 to=100",
            "expected the session to be terminated at the end, it is running",
        ]
    );
}

#[test]
fn a_step_that_does_not_happen_is_told() {
    let text = "VoxEngine.addEventListener(AppEvents.CallAlerting, ({call}) => {
        call.answer(); setTimeout(VoxEngine.terminate, 1000); });";
    for (steps, told) in [
        (
            "step = [{wait_ms = 10, digits = '1'}, {after = 'script no', digits = '2'}, {digits = '3'}]",
            "step 2 did not happen: `script no` never came",
        ),
        (
            "step = [{wait_ms = 5000, digits = '1'}]",
            "step 1 did not happen: all was over before",
        ),
        (
            "step = [{wait_ms = 10, who = 'anna', hang_up = true}]",
            "step 1: anna is not in a call",
        ),
    ] {
        let outcome = run(text, &format!("caller = {{}}\n{steps}"));
        assert_eq!(outcome.failures, [told], "{}", log(&outcome));
    }
}

#[test]
fn failure_and_idleness_can_be_expected() {
    let failed = run("throw new Error('x')", "caller = {}\nends = 'failed'");
    assert_eq!(failed.failures, [""; 0]);
    let idle = run("1", "ends = 'idle'");
    assert_eq!(idle.failures, [""; 0]);
    assert_eq!(idle.lines.last().unwrap().at_ms, 60_000);
}

#[test]
fn access_url_storage_and_messages_are_played() {
    let text = "
        VoxEngine.addEventListener(AppEvents.HttpRequest, e => e.path + ' ' + e.content);
        VoxEngine.addEventListener(AppEvents.CallAlerting, ({call}) => {
            call.addEventListener(CallEvents.MessageReceived, async e => {
                await ApplicationStorage.put('last', e.text, 60);
                const { value } = await ApplicationStorage.get('last');
                Logger.write('kept ' + value);
                await ApplicationStorage.put('calls:1', 'x', 60);
                const { keys } = await ApplicationStorage.keys('la*');
                Logger.write((await ApplicationStorage.keys('calls')).keys.join());
                Logger.write(keys.join());
                VoxEngine.terminate();
            });
            call.answer(); });";
    let outcome = run(
        text,
        "caller = {}
         expect = ['outside post /state', 'outside answer 200 /request/rehearsal/state now', 'script kept hello', 'script calls:1', 'script last']
         step = [{wait_ms = 1000, post = 'now', path = '/state'}, {message = 'hello'}]",
    );
    assert_eq!(outcome.failures, [""; 0], "{}", log(&outcome));
}

#[test]
fn digits_are_heard_only_when_they_are_handled() {
    let text = |handle: &str| {
        format!(
            "VoxEngine.addEventListener(AppEvents.CallAlerting, ({{call}}) => {{
            call.addEventListener(CallEvents.ToneReceived, e => Logger.write('tone ' + e.tone));
            call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
            {handle} call.answer(); }});"
        )
    };
    let script = |rest: &str| {
        format!(
            "caller = {{}}\n{rest}\nstep = [{{wait_ms = 1000, digits = '1'}}, {{wait_ms = 1000, hang_up = true}}]"
        )
    };
    let deaf = run(&text(""), &script("never = ['tone']"));
    assert_eq!(deaf.failures, [""; 0]);
    let heard = run(
        &text("call.handleTones(true);"),
        &script("expect = ['tone 1']"),
    );
    assert_eq!(heard.failures, [""; 0]);
}

#[test]
fn scenario_that_never_rests_is_stopped() {
    let text = "VoxEngine.callUser('a'); setInterval(() => 1, 100);
        const f = () => Promise.resolve(setTimeout(f, 0)); f();";
    let outcome = run(text, "until_ms = 999999999\n[[phone]]\nnumber = 'a'");
    assert!(!outcome.failures.is_empty());
}

#[test]
fn a_conference_and_a_recording_live_in_virtual_time() {
    let text = "
        const conf = VoxEngine.createConference();
        conf.addEventListener(ConferenceEvents.Stopped, () => Logger.write('room closed'));
        VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
            call.record({ stereo: true });
            VoxEngine.sendMediaBetween(call, conf);
            call.answer();
            call.addEventListener(CallEvents.Disconnected, () => conf.stop());
            call.addEventListener(CallEvents.RecordStopped, (e) => {
                Logger.write(`recorded ${e.duration} s`);
                VoxEngine.terminate();
            });
        });";
    let script = "
        expect = ['Conference.Started', 'Recorder.Started', 'script room closed', 'script recorded 7 s']
        [caller]
        [[step]]
        after = 'Call.Connected'
        wait_ms = 7000
        hang_up = true
        ";
    let outcome = run(text, script);
    assert!(
        outcome.failures.is_empty(),
        "{:#?}\n{}",
        outcome.failures,
        log(&outcome)
    );
}
