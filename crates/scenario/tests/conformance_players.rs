//! Players with markers, sequences of sounds, and what a paused player says
//! (voxengine.md 3, 6.1).
#![allow(missing_docs, clippy::unwrap_used)]

mod script_log;

use scenario::host::Input;
use script_log::{Run, alerting, finished, spec};

fn started(player: u32, duration_ms: u64) -> Input {
    Input::PlayerStarted {
        player,
        duration_ms,
    }
}

/// A player `p` made with these options, all its events written down.
fn player(options: &str, body: &str) -> Run {
    let mut run = Run::call(&format!(
        "const p = VoxEngine.createURLPlayer('http://a.example/a.mp3', {options});
         for (const name of Object.values(PlayerEvents))
             p.addEventListener(name, e => Logger.write(e.name + (e.offset === undefined ? '' : ' ' + e.offset)));
         {body}"
    ));
    run.look();
    run
}

#[test]
fn markers_are_reached_from_both_ends() {
    player(
        "{}",
        "p.addMarker(1000); p.addMarker(-500); p.addMarker(9000);",
    )
    .feed(started(1, 3_000))
    .is(&[
        "script: Player.Created",
        "script: Player.PlaybackReady",
        "script: Player.Started",
    ])
    .wait(999)
    .is(&[])
    .wait(1)
    .is(&["script: Player.PlaybackMarkerReached 1000"])
    .wait(1_500)
    .is(&["script: Player.PlaybackMarkerReached -500"])
    .feed(finished(1))
    .is(&["script: Player.PlaybackFinished"]);
}

#[test]
fn markers_wait_while_the_player_is_paused() {
    let body = "p.addMarker(1000);
        setTimeout(() => p.pause(), 400); setTimeout(() => p.resume(), 5400);";
    player("{}", body)
        .feed(started(1, 3_000))
        .wait(5_999)
        .is(&[
            "script: Player.Created",
            "script: Player.PlaybackReady",
            "script: Player.Started",
            "pause_player player=1",
            "resume_player player=1",
        ])
        .wait(1)
        .is(&["script: Player.PlaybackMarkerReached 1000"]);
}

#[test]
fn marker_that_the_end_overtakes_comes_before_it() {
    player("{}", "p.addMarker(-1);")
        .feed(started(1, 3_000))
        .wait(2_990)
        .feed(finished(1))
        .wait(100)
        .is(&[
            "script: Player.Created",
            "script: Player.PlaybackReady",
            "script: Player.Started",
            "script: Player.PlaybackMarkerReached -1",
            "script: Player.PlaybackFinished",
        ]);
}

#[test]
fn marker_of_a_stopped_player_never_comes() {
    player("{}", "p.addMarker(1000); setTimeout(() => p.stop(), 500);")
        .feed(started(1, 3_000))
        .wait(5_000)
        .is(&[
            "script: Player.Created",
            "script: Player.PlaybackReady",
            "script: Player.Started",
            "stop_player player=1",
            "script: Player.Stopped",
        ]);
}

#[test]
fn player_made_on_pause_is_started_by_resume() {
    player("{onPause: true}", "setTimeout(() => p.resume(), 1000);")
        .feed(started(1, 3_000))
        .is(&["script: Player.Created", "script: Player.PlaybackReady"])
        .wait(1_000)
        .is(&["resume_player player=1", "script: Player.Started"]);
}

#[test]
fn too_many_markers_are_an_error() {
    let run = player(
        "{}",
        "try { for (;;) p.addMarker(1); } catch (e) { Logger.write(e.message); }",
    );
    run.feed(started(1, 10)).wait(1);
    let mut run = Run::api(
        "const p = VoxEngine.createURLPlayer('http://a.example/a.mp3');
         try { for (;;) p.addMarker(1); } catch (e) { Logger.write(e.message); }",
    );
    assert_eq!(run.look().last().unwrap(), "script: more than 100 markers");
}

#[test]
fn request_of_a_player_carries_method_headers_and_body() {
    let mut run = Run::call(
        "VoxEngine.createURLPlayer({url: 'http://a.example/tts', method: URLPlayerRequestMethod.POST,
            headers: [{name: 'X-Key', value: 'k'}], body: {text: 'é'}}, {loop: true});
         VoxEngine.createURLPlayer({url: 'http://a.example/a.mp3'});",
    );
    assert_eq!(
        run.look(),
        [
            r#"create_player player=1 source={"kind":"request","spec":{"method":"POST","url":"http://a.example/tts","headers":[["X-Key","k"],["User-Agent","VoxEngine/1.0"]],"body":[195,169],"timeout_ms":12000,"connect_timeout_ms":6000}} looped=true paused=false"#,
            r#"create_player player=2 source={"kind":"url","url":"http://a.example/a.mp3"} looped=false paused=false"#,
        ]
    );
}

const SEQUENCE: &str = "
    VoxEngine.addEventListener(AppEvents.CallAlerting, e => {
        const p = VoxEngine.createSequencePlayer({segments: [
            {url: 'http://a.example/1'}, {url: 'http://a.example/2'}]});
        for (const name of Object.values(SequencePlayerEvents))
            p.addEventListener(name, e => Logger.write(e.name + (e.offset === undefined ? '' : ' ' + e.offset)));
        p.addMarker(100, 1);
        p.sendMediaTo(e.call);
        globalThis.p = p; globalThis.c = e.call;
    });";

fn sequence(more: &str) -> Run {
    Run::start(spec(&[SEQUENCE, more]), Some(alerting()))
}

#[test]
fn sequence_goes_on_with_the_next_segment_for_its_listeners() {
    sequence("")
        .is(&[
            r#"create_player player=1 source={"kind":"url","url":"http://a.example/1"} looped=false paused=false"#,
            r#"send_media from={"unit":"player","id":1} to={"unit":"call","id":1}"#,
        ])
        .feed(started(1, 1_000))
        .is(&[
            "script: SequencePlayer.Created",
            "script: SequencePlayer.PlaybackReady",
            "script: SequencePlayer.Started",
            r#"create_player player=2 source={"kind":"url","url":"http://a.example/2"} looped=false paused=true"#,
        ])
        .feed(started(2, 1_000))
        .is(&[])
        .feed(finished(1))
        .is(&[
            r#"send_media from={"unit":"player","id":2} to={"unit":"call","id":1}"#,
            "resume_player player=2",
        ])
        .wait(100)
        .is(&["script: SequencePlayer.PlaybackMarkerReached 100"])
        .feed(finished(2))
        .is(&["script: SequencePlayer.PlaybackFinished"]);
}

#[test]
fn sequence_does_not_take_back_a_listener_that_went_elsewhere() {
    let mut run = sequence("setTimeout(() => c.startPlayback('http://a.example/other'), 10);")
        .feed(started(1, 1_000))
        .feed(started(2, 1_000))
        .wait(10);
    run.look();
    run.feed(finished(1)).is(&["resume_player player=2"]);
}

#[test]
fn sequence_ends_with_the_error_of_a_segment() {
    let mut run = sequence("").feed(started(1, 1_000));
    run.look();
    let error = Some("not found".to_owned());
    run.feed(Input::PlayerFinished { player: 2, error })
        .is(&[
            "stop_player player=1",
            "script: SequencePlayer.Error",
            "script: SequencePlayer.PlaybackFinished",
        ])
        .feed(finished(1))
        .is(&[]);
}

#[test]
fn stopped_sequence_stops_what_it_had_prepared() {
    let mut run = sequence("setTimeout(() => p.stop(), 10);").feed(started(1, 1_000));
    run.look();
    run.wait(10).is(&[
        "stop_player player=1",
        "stop_player player=2",
        "script: SequencePlayer.Stopped",
    ]);
}

#[test]
fn paused_sequence_stays_silent_over_the_border_of_segments() {
    let mut run = sequence("setTimeout(() => p.pause(), 10); setTimeout(() => p.resume(), 50);")
        .feed(started(1, 1_000))
        .feed(started(2, 1_000))
        .wait(10)
        .feed(finished(1));
    run.look();
    run.wait(40).is(&["resume_player player=2"]);
}
