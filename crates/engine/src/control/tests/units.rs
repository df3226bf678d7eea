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
