//! Tunes heard by legs.

use crate::phone::{PATIENCE, Phone, assert_one_stream, media};
use media::{MediaEvent, Source};
use std::sync::Arc;
use voice::Codec::{Pcma, Pcmu};
use voice::Tune;
use voice::tone::{power_at, sine};

/// A tone; at 450 Hz a frame is nine whole periods, so that one left out by a
/// late thread on a busy machine does not break it.
fn tone(hz: f64, ms: usize) -> Arc<Tune> {
    Arc::new(Tune::from_samples(sine(hz, 0.5, 8_000, ms * 8)))
}

#[test]
fn three_listeners_hear_one_tune_encoded_once() {
    let (media, _events) = media();
    let tune = tone(450.0, 1_000);
    let phones = [Phone::new(Pcmu), Phone::new(Pcmu), Phone::new(Pcma)];
    let player = media.create_player(1, Arc::clone(&tune), true, false);
    for phone in &phones {
        let (leg, _) = phone.call(&media, 1);
        media.hear(leg, Source::Player(player));
    }
    for phone in &phones {
        let (headers, samples) = phone.hear_many(30);
        assert!(power_at(&samples, 450.0, 8_000) > 0.9);
        assert_one_stream(&headers);
        assert!(headers[0].marker && headers[1..].iter().all(|h| !h.marker));
    }
    // Ours, the tune's own and the player's: nobody else has a copy.
    for codec in [Pcmu, Pcma] {
        assert_eq!(Arc::strong_count(&tune.encoded(codec.law().unwrap())), 3);
    }
    media.shutdown();
}

#[test]
fn a_player_finishes_and_says_so_once() {
    let (media, events) = media();
    let phone = Phone::new(Pcmu);
    let (leg, _) = phone.call(&media, 1);
    let player = media.create_player(1, tone(450.0, 50), false, true);
    media.hear(leg, Source::Player(player));
    media.pause_player(player, false);
    let event = events.recv_timeout(PATIENCE).unwrap();
    assert_eq!(event, MediaEvent::PlayerFinished { player });
    phone.hear();
    phone.forget();
    phone.hears_nothing();
    assert!(events.try_recv().is_err());
    media.shutdown();
}

#[test]
fn a_player_runs_though_nobody_listens() {
    let (media, events) = media();
    let player = media.create_player(1, tone(450.0, 60), false, false);
    let event = events.recv_timeout(PATIENCE).unwrap();
    assert_eq!(event, MediaEvent::PlayerFinished { player });
    media.shutdown();
}

#[test]
fn a_late_listener_joins_where_the_tune_is() {
    let (media, events) = media();
    // 100 ms of one tone, then another: the first part is over when the listener comes.
    let mut samples = sine(400.0, 0.5, 8_000, 800);
    samples.extend(sine(1_000.0, 0.5, 8_000, 8_000));
    let first = media.create_player(1, tone(400.0, 200), false, false);
    let player = media.create_player(1, Arc::new(Tune::from_samples(samples)), false, false);
    let event = events.recv_timeout(PATIENCE).unwrap();
    assert_eq!(event, MediaEvent::PlayerFinished { player: first });
    let phone = Phone::new(Pcmu);
    let (leg, _) = phone.call(&media, 1);
    media.hear(leg, Source::Player(player));
    let (_, heard) = phone.hear_many(10);
    assert!(power_at(&heard, 1_000.0, 8_000) > 0.9);
    media.shutdown();
}

#[test]
fn a_paused_player_is_silent_and_goes_on_where_it_was() {
    let (media, _events) = media();
    let phone = Phone::new(Pcmu);
    let (leg, _) = phone.call(&media, 1);
    let ramp: Vec<i16> = (0..8_000).map(|i| i * 4).collect();
    let tune = Arc::new(Tune::from_samples(ramp));
    let player = media.create_player(1, tune, false, false);
    media.hear(leg, Source::Player(player));
    let (mut headers, mut heard) = phone.hear_many(5);
    media.pause_player(player, true);
    media.stats(leg).unwrap();
    phone.socket.set_nonblocking(true).unwrap();
    let mut buffer = [0; 500];
    while let Ok(length) = phone.socket.recv(&mut buffer) {
        let (header, payload) = voice::rtp::parse(&buffer[..length]).unwrap();
        headers.push(header);
        heard.extend(voice::g711::decode(voice::Law::Mu, payload));
    }
    phone.socket.set_nonblocking(false).unwrap();
    phone.hears_nothing();
    media.pause_player(player, false);
    let (more, samples) = phone.hear_many(5);
    assert!(more[0].marker);
    headers.extend(more);
    heard.extend(samples);
    assert_one_stream(&headers);
    assert!(heard.is_sorted(), "the ramp goes on");
    // A thread that was held up leaves frames out and says so in the timestamps.
    let held_up = headers
        .windows(2)
        .any(|w| !w[1].marker && w[1].timestamp.wrapping_sub(w[0].timestamp) != 160);
    let step = heard.windows(2).map(|w| w[1] - w[0]).max().unwrap();
    assert!(held_up || step <= 1_100, "something is left out: {step}");
    media.shutdown();
}

#[test]
fn from_music_to_a_person_is_one_stream() {
    let (media, _events) = media();
    let (mut agent, caller) = (Phone::new(Pcma), Phone::new(Pcmu));
    let (leg_a, port_a) = agent.call(&media, 1);
    let (leg_c, _) = caller.call(&media, 1);
    let player = media.create_player(1, tone(450.0, 500), true, false);
    media.hear(leg_c, Source::Player(player));
    let (mut headers, _) = caller.hear_many(3);
    media.hear(leg_c, Source::Leg(leg_a));
    media.stop_player(player);
    media.stats(leg_c).unwrap();
    agent.speak(port_a, &[8_000; 160]);
    loop {
        let (header, payload, _) = caller.hear();
        headers.push(header);
        if voice::g711::decode(voice::Law::Mu, &payload)
            .iter()
            .all(|s| *s > 7_000)
        {
            break;
        }
    }
    assert_one_stream(&headers);
    assert!(headers.last().unwrap().marker);
    media.shutdown();
}

#[test]
fn a_stopped_player_leaves_its_listeners_in_silence() {
    let (media, _events) = media();
    let phone = Phone::new(Pcmu);
    let (leg, _) = phone.call(&media, 1);
    let player = media.create_player(1, tone(450.0, 500), true, false);
    media.hear(leg, Source::Player(player));
    phone.hear();
    media.stop_player(player);
    media.stats(leg).unwrap();
    phone.forget();
    phone.hears_nothing();
    assert_eq!(media.counts().players, 0);
    media.shutdown();
}

#[test]
fn a_player_keeps_time() {
    let (media, _events) = media();
    let phone = Phone::new(Pcmu);
    let (leg, _) = phone.call(&media, 1);
    let player = media.create_player(1, tone(450.0, 500), true, false);
    media.hear(leg, Source::Player(player));
    let (first, _, _) = phone.hear();
    let start = std::time::Instant::now();
    let (headers, _) = phone.hear_many(50);
    let took_ms = start.elapsed().as_millis();
    let last = headers.last().unwrap().timestamp;
    let played = last.wrapping_sub(first.timestamp);
    assert!(played >= 50 * 160 && played % 160 == 0, "{played}");
    // One second of audio takes one second; the bounds leave room for a busy machine.
    assert!(took_ms >= 900, "{took_ms} ms");
    assert!(
        took_ms.abs_diff(u128::from(played / 8)) < 500,
        "{took_ms} ms"
    );
    media.shutdown();
}
