//! Any source to any sink.

use super::*;
use crate::control::media_units::{Attached, Sink};

fn send(control: &mut Control, stage: &mut Scene, from: Unit, to: Unit) -> Vec<String> {
    let told = control.effect(0, Effect::SendMedia { from, to }, stage);
    told.unwrap_or_else(|effect| panic!("{effect:?}")).log
}

fn socket() -> Attached {
    Attached {
        source: Some(Source::Feed(FeedId(70))),
        sink: Some(Sink::Stream(StreamId(71))),
    }
}

#[test]
fn a_websocket_hears_and_is_heard_once_it_has_its_media() {
    let (mut control, mut stage) = (control(), Scene::default());
    alert(&mut control, sdp(0, "sendrecv"));
    answer(&mut control, &mut stage);
    let (call, unit) = (Unit::Call(CALLER), Unit::WebSocket(1));
    send(&mut control, &mut stage, call, unit);
    send(&mut control, &mut stage, unit, call);
    stage.take();
    control.attach(unit, socket(), &mut stage);
    assert_eq!(
        stage.take(),
        ["s71 hears Leg(LegId(2))", "m2 hears Feed(FeedId(70))"]
    );
    // The last source wins here too.
    dial(&mut control, &mut stage);
    stage.take();
    send(&mut control, &mut stage, Unit::Call(AGENT), unit);
    assert_eq!(stage.take(), ["s71 hears Leg(LegId(4))"]);
    let parted = Effect::StopMedia {
        from: call,
        to: unit,
    };
    effect(&mut control, &mut stage, parted);
    assert_eq!(stage.take(), [""; 0], "it was replaced");
    let detached = control.detach(unit);
    assert!(detached.is_some_and(|attached| attached.sink.is_some()));
    send(&mut control, &mut stage, unit, call);
    assert_eq!(stage.take(), ["m2 hears Silence"]);
}

#[test]
fn a_conference_hears_all_its_members() {
    let (mut control, mut stage) = (control(), Scene::default());
    alert(&mut control, sdp(0, "sendrecv"));
    answer(&mut control, &mut stage);
    dial(&mut control, &mut stage);
    stage.take();
    let unit = Unit::Conference(1);
    let attached = Attached {
        source: Some(Source::Mixer(MixerId(5))),
        sink: Some(Sink::Mixer(MixerId(5))),
    };
    control.attach(unit, attached, &mut stage);
    for call in [CALLER, AGENT] {
        send(&mut control, &mut stage, Unit::Call(call), unit);
        send(&mut control, &mut stage, unit, Unit::Call(call));
    }
    let parted = Effect::StopMedia {
        from: Unit::Call(CALLER),
        to: unit,
    };
    effect(&mut control, &mut stage, parted);
    assert_eq!(
        stage.take(),
        [
            "Leg(LegId(2)) joins x5",
            "m2 hears Mixer(MixerId(5))",
            "Leg(LegId(4)) joins x5",
            "m4 hears Mixer(MixerId(5))",
            "Leg(LegId(2)) leaves x5",
        ]
    );
    control.end(480, &mut stage);
    assert!(stage.take().contains(&"close x5".to_owned()));
}

#[test]
fn what_cannot_hear_or_be_heard_is_told_in_the_log() {
    let (mut control, mut stage) = (control(), Scene::default());
    let log = send(&mut control, &mut stage, Unit::Call(1), Unit::Player(2));
    assert_eq!(
        log,
        ["player=2 cannot hear anything: call=1 is not sent to it"]
    );
    for from in [Unit::Recorder(1), Unit::Asr(1), Unit::Amd(1)] {
        let log = send(&mut control, &mut stage, from, Unit::Call(1));
        assert!(log[0].contains("says nothing"), "{log:?}");
    }
}

#[test]
fn a_player_that_has_finished_is_given_back() {
    let (mut control, mut stage) = (control(), Scene::default());
    let source = PlayerSource::ToneScript {
        script: "425@-19;1(1/0/1)".into(),
    };
    let create = Effect::CreatePlayer {
        player: 7,
        source,
        looped: false,
        paused: false,
    };
    effect(&mut control, &mut stage, create);
    stage.take();
    let player = media::PlayerId(1);
    let told = control.media(&MediaEvent::PlayerFinished { player }, &mut stage);
    assert_eq!(told.inputs.len(), 1);
    assert_eq!(stage.take(), ["stop p1"]);
}

fn conference(control: &mut Control, stage: &mut Scene, conference: u32) -> Vec<Input> {
    let create = Effect::CreateConference {
        conference,
        hd: true,
    };
    effect(control, stage, create)
}

#[test]
fn a_conference_has_a_hundred_members_and_no_more() {
    let (mut control, mut stage) = (control(), Scene::default());
    let made = conference(&mut control, &mut stage, 1);
    assert_eq!(made, [Input::ConferenceStarted { conference: 1 }]);
    assert_eq!(stage.take(), ["mixer x1 Wide"]);
    let to = Unit::Conference(1);
    let join = |id| Effect::SendMedia {
        from: Unit::Player(id),
        to,
    };
    for id in 0..100 {
        assert_eq!(effect(&mut control, &mut stage, join(id)), []);
    }
    assert_eq!(effect(&mut control, &mut stage, join(7)), [], "it is in");
    let told = effect(&mut control, &mut stage, join(100));
    assert!(
        matches!(
            &told[..],
            [Input::ConferenceFailed {
                conference: 1,
                code: 403,
                ..
            }]
        ),
        "{told:?}"
    );
    let destroy = Effect::DestroyConference { conference: 1 };
    let told = effect(&mut control, &mut stage, destroy.clone());
    assert_eq!(told, [Input::ConferenceStopped { conference: 1 }]);
    assert_eq!(stage.take(), ["close x1"]);
    assert_eq!(effect(&mut control, &mut stage, destroy), [], "once");
}

fn record(control: &mut Control, stage: &mut Scene, call: Option<u32>) -> Vec<Input> {
    let spec = RecorderSpec {
        call,
        stereo: true,
        ..RecorderSpec::default()
    };
    effect(control, stage, Effect::CreateRecorder { recorder: 5, spec })
}

#[test]
fn a_call_is_recorded_from_its_first_audio_to_its_end() {
    let (mut control, mut stage) = (control(), Scene::default());
    alert(&mut control, sdp(0, "sendrecv"));
    assert_eq!(record(&mut control, &mut stage, Some(CALLER)), []);
    assert_eq!(stage.take(), [""; 0], "it has no audio yet");
    answer(&mut control, &mut stage);
    let log = stage.take();
    assert!(
        log.contains(&"recorder r5 of Some(LegId(2)) stereo".to_owned()),
        "{log:?}"
    );
    let recorder = RecorderId(5);
    let started = MediaEvent::RecorderStarted { recorder };
    let url = "url5".to_owned();
    assert_eq!(
        control.media(&started, &mut stage).inputs,
        [Input::RecorderStarted {
            recorder: 5,
            url: url.clone()
        }]
    );
    let told = control.sip(9_000, CALLER, ended(1, false), &mut stage);
    assert_eq!(told.inputs.len(), 1, "only the end of the call");
    assert_eq!(stage.take(), ["stop r5", "close m2"]);
    let recording = media::Recording {
        path: "x.wav".into(),
        sha256: "ab".into(),
        duration_ms: 7_000,
    };
    let finished = MediaEvent::RecorderFinished {
        recorder,
        recording,
        lost_ms: 0,
    };
    assert_eq!(
        control.media(&finished, &mut stage).inputs,
        [Input::RecorderStopped {
            recorder: 5,
            url,
            duration_ms: 7_000,
            sha256: "ab".into()
        }]
    );
    assert_eq!(stage.take(), ["forget r5"]);
    assert_eq!(control.media(&finished, &mut stage).inputs, [], "once");
}

#[test]
fn a_call_that_never_has_audio_fails_its_recorder() {
    let (mut control, mut stage) = (control(), Scene::default());
    alert(&mut control, sdp(0, "sendrecv"));
    record(&mut control, &mut stage, Some(CALLER));
    let told = control.sip(1_000, CALLER, ended(1, false), &mut stage);
    assert!(
        matches!(
            &told.inputs[..],
            [
                Input::CallDisconnected { .. },
                Input::RecorderFailed { recorder: 5, .. }
            ]
        ),
        "{told:?}"
    );
    let told = record(&mut control, &mut stage, Some(CALLER));
    assert!(matches!(&told[..], [Input::RecorderFailed { .. }]));
}

#[test]
fn a_recorder_takes_what_is_sent_to_it_and_tells_a_full_disk() {
    let (mut control, mut stage) = (control(), Scene::default());
    alert(&mut control, sdp(0, "sendrecv"));
    answer(&mut control, &mut stage);
    stage.take();
    record(&mut control, &mut stage, None);
    let (call, unit) = (Unit::Call(CALLER), Unit::Recorder(5));
    send(&mut control, &mut stage, call, unit);
    let parted = Effect::StopMedia {
        from: call,
        to: unit,
    };
    effect(&mut control, &mut stage, parted);
    let mute = Effect::MuteRecorder {
        recorder: 5,
        muted: true,
    };
    effect(&mut control, &mut stage, mute);
    assert_eq!(
        stage.take(),
        [
            "recorder r5 of None stereo",
            "Leg(LegId(2)) into r5",
            "Leg(LegId(2)) out of r5",
            "mute r5 true"
        ]
    );
    let full = MediaEvent::RecorderFailed {
        recorder: RecorderId(5),
        why: "cannot write /x/a.wav: no space".into(),
    };
    let told = control.media(&full, &mut stage);
    let [Input::RecorderFailed { recorder: 5, error }] = &told.inputs[..] else {
        panic!("{told:?}");
    };
    assert!(!error.contains('/'), "no paths for scenarios: {error}");
    assert!(told.log[0].contains("no space"));
    assert_eq!(stage.take(), ["forget r5", "stop r5"]);
}

fn handle_tones(control: &mut Control, stage: &mut Scene, in_band: bool) -> Vec<String> {
    let handle = Effect::HandleTones {
        call: CALLER,
        enabled: true,
        in_band,
    };
    effect(control, stage, handle);
    stage.take()
}

#[test]
fn tones_are_listened_for_when_no_events_were_agreed_on_or_when_asked() {
    // This far end knows telephone events.
    let (mut control, mut stage) = (control(), Scene::default());
    let with_events = [
        sdp(0, "sendrecv"),
        b"a=rtpmap:101 telephone-event/8000\r\n".to_vec(),
    ]
    .concat();
    let with_events = String::from_utf8(with_events).unwrap();
    let with_events = with_events.replace("RTP/AVP 0", "RTP/AVP 0 101");
    alert(&mut control, with_events.into_bytes());
    answer(&mut control, &mut stage);
    stage.take();
    let log = handle_tones(&mut control, &mut stage, false);
    assert_eq!(log, ["digits m2 true"]);
    let log = handle_tones(&mut control, &mut stage, true);
    assert_eq!(log, ["digits m2 true", "tones m2 true"]);
}

#[test]
fn a_far_end_without_events_is_listened_to_from_its_first_audio() {
    let (mut control, mut stage) = (control(), Scene::default());
    alert(&mut control, sdp(0, "sendrecv"));
    assert_eq!(handle_tones(&mut control, &mut stage, false), [""; 0]);
    answer(&mut control, &mut stage);
    let log = stage.take();
    assert!(log.contains(&"tones m2 true".to_owned()), "{log:?}");
}
