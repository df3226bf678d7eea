//! Conferences and recorders (voxengine.md 5, 6.2, 6.6).
#![allow(missing_docs, clippy::unwrap_used)]

mod script_log;

use scenario::host::Input;
use script_log::{Run, connected, disconnected};

/// Writes every event of `unit` down.
const HEARD: &str = "
function heard(unit, events) {
    for (const name of Object.values(events)) unit.addEventListener(name, (e) => Logger.write(
        e.name + [e.url, e.duration, e.error, e.code, e.direction]
            .map(v => v === undefined ? '' : ' ' + v).join('')));
}
";

fn call(text: &str) -> Run {
    Run::call(&format!(
        "{HEARD}\nconst onCall = (then) => \
        VoxEngine.addEventListener(AppEvents.CallAlerting, (e) => then(e.call));\n{text}"
    ))
}

fn started(conference: u32) -> Input {
    Input::ConferenceStarted { conference }
}

#[test]
fn conference_is_made_joined_and_ended() {
    call(
        "const conf = VoxEngine.createConference({hd_audio: true});
         heard(conf, ConferenceEvents);
         onCall((c) => {
            VoxEngine.sendMediaBetween(c, conf);
            c.addEventListener(CallEvents.Connected, () => VoxEngine.destroyConference(conf));
         });",
    )
    .is(&[
        "create_conference conference=1 hd=true",
        "send_media from={\"unit\":\"call\",\"id\":1} to={\"unit\":\"conference\",\"id\":1}",
        "send_media from={\"unit\":\"conference\",\"id\":1} to={\"unit\":\"call\",\"id\":1}",
    ])
    .feed(started(1))
    .is(&["script: Conference.Started"])
    .feed(connected(1))
    .is(&["destroy_conference conference=1"])
    .feed(Input::ConferenceStopped { conference: 1 })
    .is(&["script: Conference.Stopped"])
    .feed(connected(1))
    .is(&[]);
}

#[test]
fn corner_4_two_conferences_and_a_call_that_sends_to_both() {
    call(
        "const a = VoxEngine.createConference(), b = VoxEngine.createConference();
         const player = VoxEngine.createURLPlayer('http://a.example/a.mp3');
         player.sendMediaTo(a);
         onCall((c) => { c.sendMediaTo(a); c.sendMediaTo(b); a.sendMediaTo(c); a.stopMediaTo(c); });",
    )
    .is(&[
        "create_conference conference=1 hd=false",
        "create_conference conference=2 hd=false",
        "create_player player=1 source={\"kind\":\"url\",\"url\":\"http://a.example/a.mp3\"} looped=false paused=false",
        "send_media from={\"unit\":\"player\",\"id\":1} to={\"unit\":\"conference\",\"id\":1}",
        "send_media from={\"unit\":\"call\",\"id\":1} to={\"unit\":\"conference\",\"id\":1}",
        "send_media from={\"unit\":\"call\",\"id\":1} to={\"unit\":\"conference\",\"id\":2}",
        "send_media from={\"unit\":\"conference\",\"id\":1} to={\"unit\":\"call\",\"id\":1}",
        "stop_media from={\"unit\":\"conference\",\"id\":1} to={\"unit\":\"call\",\"id\":1}",
    ]);
}

#[test]
fn endpoints_come_and_go_with_their_calls() {
    call(
        "const conf = VoxEngine.createConference();
         heard(conf, ConferenceEvents);
         onCall((c) => {
            const end = conf.add({call: c, mode: 'MIX', direction: 'SEND', displayName: 'One'});
            Logger.write([conf.getList().length, conf.get(end.id()) === end, conf.get('x'), end.getCall() === c]);
            end.manageEndpoint({direction: 'BOTH'});
            conf.add({});
         });",
    )
    .is(&[
        "create_conference conference=1 hd=false",
        "send_media from={\"unit\":\"call\",\"id\":1} to={\"unit\":\"conference\",\"id\":1}",
        "script: [1,true,null,true]",
        "stop_media from={\"unit\":\"call\",\"id\":1} to={\"unit\":\"conference\",\"id\":1}",
        "send_media from={\"unit\":\"call\",\"id\":1} to={\"unit\":\"conference\",\"id\":1}",
        "send_media from={\"unit\":\"conference\",\"id\":1} to={\"unit\":\"call\",\"id\":1}",
        "script: Conference.EndpointAdded BOTH",
        "script: Conference.EndpointManaged BOTH",
        "script: Conference.Error add: the endpoint needs a call 100",
    ])
    .feed(disconnected(1))
    .is(&["script: Conference.EndpointRemoved BOTH"]);
}

#[test]
fn too_many_conferences_fail_and_the_session_lives() {
    let mut run =
        call("for (let i = 0; i < 11; i++) heard(VoxEngine.createConference(), ConferenceEvents);");
    let last = run.look().pop().unwrap();
    assert_eq!(
        last,
        "script: Conference.Error Conference limit reached 403"
    );
}

#[test]
fn conferences_are_told_to_stop_at_the_end_of_the_session() {
    call(
        "heard(VoxEngine.createConference(), ConferenceEvents);
         onCall(() => VoxEngine.terminate());",
    )
    .is(&[
        "create_conference conference=1 hd=false",
        "destroy_conference conference=1",
        "hangup call=1",
        "script: Conference.Stopped",
        "ended terminated",
    ]);
}

fn stopped(recorder: u32) -> Input {
    Input::RecorderStopped {
        recorder,
        url: "http://e.example/1.wav".to_owned(),
        duration_ms: 4_600,
        sha256: "ab".to_owned(),
    }
}

#[test]
fn recorder_records_what_is_sent_to_it() {
    call(
        "const rec = VoxEngine.createRecorder({hd_audio: true, expire: RecordExpireTime.ONEYEAR, name: 'n'});
         heard(rec, RecorderEvents);
         onCall((c) => {
            c.sendMediaTo(rec);
            rec.mute(true);
            c.addEventListener(CallEvents.Connected, () => { rec.stop(); });
         });",
    )
    .is(&[
        "create_recorder recorder=1 spec={\"call\":null,\"stereo\":false,\"hd\":true,\"name\":\"n\",\"keep_days\":365}",
        "send_media from={\"unit\":\"call\",\"id\":1} to={\"unit\":\"recorder\",\"id\":1}",
        "mute_recorder recorder=1 muted=true",
    ])
    .feed(Input::RecorderStarted {
        recorder: 1,
        url: "http://e.example/1.wav".to_owned(),
    })
    .is(&["script: Recorder.Started http://e.example/1.wav"])
    .feed(connected(1))
    .is(&["stop_recorder recorder=1"])
    .feed(stopped(1))
    .is(&["script: Recorder.Stopped http://e.example/1.wav 5"])
    .feed(connected(1))
    .is(&[]);
}

#[test]
fn call_record_may_begin_before_the_answer_and_is_told_after_the_end() {
    call(
        "onCall((c) => {
            heard(c, {a: CallEvents.RecordStarted, b: CallEvents.RecordStopped, c: CallEvents.RecordError, d: CallEvents.Disconnected});
            c.record({stereo: true});
            c.record();
            c.answer();
         });",
    )
    .is(&[
        "create_recorder recorder=1 spec={\"call\":1,\"stereo\":true,\"hd\":false,\"name\":\"\",\"keep_days\":null}",
        "answer call=1",
    ])
    .feed(Input::RecorderStarted {
        recorder: 1,
        url: "http://e.example/1.wav".to_owned(),
    })
    .feed(disconnected(1))
    .feed(stopped(1))
    .is(&[
        "script: Call.RecordStarted http://e.example/1.wav",
        "script: Call.Disconnected 21 SIP Call",
        "script: Call.RecordStopped http://e.example/1.wav 5",
    ]);
}

#[test]
fn recording_that_fails_is_an_event() {
    call(
        "onCall((c) => {
            heard(c, {a: CallEvents.RecordStopped, b: CallEvents.RecordError});
            c.record();
         });",
    )
    .feed(Input::RecorderFailed {
        recorder: 1,
        error: "disk full".to_owned(),
    })
    .is(&[
        "create_recorder recorder=1 spec={\"call\":1,\"stereo\":false,\"hd\":false,\"name\":\"\",\"keep_days\":null}",
        "script: Call.RecordError disk full",
    ]);
}

#[test]
fn conference_recorder_hears_its_conference() {
    call(
        "const rec = VoxEngine.createRecorder({video: true});
         rec.setConference(VoxEngine.createConference());",
    )
    .is(&[
        "create_recorder recorder=1 spec={\"call\":null,\"stereo\":false,\"hd\":false,\"name\":\"\",\"keep_days\":null}",
        "create_conference conference=2 hd=false",
        "send_media from={\"unit\":\"conference\",\"id\":2} to={\"unit\":\"recorder\",\"id\":1}",
    ]);
}
