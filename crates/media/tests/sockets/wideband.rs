//! Legs of G.722 beside legs of G.711: what has more than the telephone band keeps
//! it where the far end can hear it.

use crate::mixers::{Guest, talk};
use crate::phone::{PATIENCE, Phone, media, until};
use media::{DigitHow, MediaEvent, RecorderSpec, Side, Source};
use std::sync::Arc;
use std::time::Duration;
use voice::Codec::{G722, Pcmu};
use voice::tone::{power_at, sine};
use voice::{Rate, Tune};

/// A tone that a telephone cannot carry.
const HIGH_HZ: f64 = 6_000.0;
/// And one that it can.
const LOW_HZ: f64 = 700.0;

fn both_tones() -> Vec<i16> {
    let (high, low) = (
        sine(HIGH_HZ, 0.2, 16_000, 16_000),
        sine(LOW_HZ, 0.2, 16_000, 16_000),
    );
    high.iter().zip(&low).map(|(h, l)| h + l).collect()
}

#[test]
fn a_wide_file_is_heard_whole_by_g722_and_without_its_height_by_g711() {
    let (media, _events) = media();
    let (wide, narrow) = (Phone::new(G722), Phone::new(Pcmu));
    let (leg_w, _) = wide.call(&media, 1);
    let (leg_n, _) = narrow.call(&media, 1);
    let tune = Tune::decode(&voice::wav::write(16_000, 1, &both_tones())).unwrap();
    let player = media.create_player(1, Arc::new(tune), true, false);
    media.hear(leg_w, Source::Player(player));
    media.hear(leg_n, Source::Player(player));
    wide.hear_many(5);
    let (headers, heard) = wide.hear_many(25);
    crate::phone::assert_one_stream(&headers);
    assert!(power_at(&heard, HIGH_HZ, 16_000) > 0.4);
    assert!(power_at(&heard, LOW_HZ, 16_000) > 0.4);
    narrow.hear_many(5);
    let (_, heard) = narrow.hear_many(25);
    assert!(power_at(&heard, LOW_HZ, 8_000) > 0.95);
    media.shutdown();
}

#[test]
fn a_narrow_file_is_heard_by_g722() {
    let (media, _events) = media();
    let phone = Phone::new(G722);
    let (leg, _) = phone.call(&media, 1);
    let tune = Arc::new(Tune::from_samples(sine(LOW_HZ, 0.3, 8_000, 8_000)));
    let player = media.create_player(1, tune, true, false);
    media.hear(leg, Source::Player(player));
    phone.hear_many(5);
    let (_, heard) = phone.hear_many(25);
    assert!(power_at(&heard, LOW_HZ, 16_000) > 0.97);
    media.shutdown();
}

#[test]
fn a_wide_conference_keeps_the_height_between_g722_phones() {
    let (media, _events) = media();
    let mixer = media.create_mixer(1, Rate::Wide);
    let mut guests = [
        Guest::new(&media, Phone::new(G722), HIGH_HZ),
        Guest::new(&media, Phone::new(G722), 1_100.0),
        Guest::new(&media, Phone::new(Pcmu), LOW_HZ),
    ];
    let silent = Phone::new(G722);
    let (leg, _) = silent.call(&media, 1);
    media.hear(leg, Source::Mixer(mixer));
    for guest in &guests {
        media.join_mixer(mixer, Source::Leg(guest.leg));
        media.hear(guest.leg, Source::Mixer(mixer));
    }
    talk(&mut guests, 15);
    guests.iter().for_each(|guest| guest.phone.forget());
    silent.forget();
    talk(&mut guests, 50);
    let heard: Vec<Vec<i16>> = guests.iter().map(|g| g.phone.hear_many(40).1).collect();
    let share = |samples: &[i16], hz| power_at(samples, hz, 16_000);
    assert!(share(&heard[0], 1_100.0) > 0.4 && share(&heard[0], LOW_HZ) > 0.4);
    assert!(share(&heard[0], HIGH_HZ) < 0.01, "itself");
    assert!(share(&heard[1], HIGH_HZ) > 0.4 && share(&heard[1], LOW_HZ) > 0.4);
    assert!(
        power_at(&heard[2], 1_100.0, 8_000) > 0.9,
        "the height is gone"
    );
    let all = silent.hear_many(40).1;
    for hz in [HIGH_HZ, 1_100.0, LOW_HZ] {
        assert!(share(&all, hz) > 0.25, "{hz}");
    }
    media.shutdown();
}

#[test]
fn a_wide_recording_of_a_g722_leg_has_its_height() {
    let (media, events) = media();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wide.wav");
    let mut guests = [Guest::new(&media, Phone::new(G722), HIGH_HZ)];
    let recorder = media.create_recorder(
        1,
        RecorderSpec {
            path: path.clone(),
            rate: Rate::Wide,
            stereo: false,
            of: None,
        },
    );
    media.record(recorder, Side::Left, Source::Leg(guests[0].leg));
    talk(&mut guests, 60);
    media.stop_recorder(recorder);
    while !matches!(
        events.recv_timeout(PATIENCE).unwrap(),
        MediaEvent::RecorderFinished { .. }
    ) {}
    let file = std::fs::read(path).unwrap();
    let samples: Vec<i16> = file[44..]
        .chunks_exact(2)
        .map(|b| i16::from_le_bytes([b[0], b[1]]))
        .collect();
    assert!(power_at(&samples[4_800..14_400], HIGH_HZ, 16_000) > 0.98);
    media.shutdown();
}

#[test]
fn what_is_fed_at_16_khz_is_heard_whole_by_g722() {
    let (media, _events) = media();
    let phone = Phone::new(G722);
    let (leg, _) = phone.call(&media, 1);
    let feed = media.create_feed(1, Rate::Wide);
    media.hear(leg, Source::Feed(feed));
    media.feed(feed, both_tones());
    phone.hear_many(5);
    let (_, heard) = phone.hear_many(25);
    assert!(power_at(&heard, HIGH_HZ, 16_000) > 0.4);
    media.shutdown();
}

#[test]
fn digits_are_heard_as_tones_in_g722() {
    let (media, events) = media();
    let mut phone = Phone::new(G722);
    let (leg, port) = phone.call(&media, 1);
    media.report_tone_digits(leg, true);
    media.stats(leg).unwrap();
    // ITU-T Q.23: the row and the column of the 5.
    let (a, b) = (
        sine(770.0, 0.2, 16_000, 1_600),
        sine(1_336.0, 0.2, 16_000, 1_600),
    );
    let press: Vec<i16> = a.iter().zip(&b).map(|(a, b)| a + b).collect();
    for frame in press.chunks(320).chain([[0i16; 320].as_slice(); 5]) {
        phone.speak(port, frame);
    }
    let digit = loop {
        match events.recv_timeout(PATIENCE).unwrap() {
            MediaEvent::Digit { digit, how, .. } => break (digit, how),
            _ => continue,
        }
    };
    assert_eq!(digit, ('5', DigitHow::InBand));
    media.shutdown();
}

#[test]
fn a_leg_that_changes_its_codec_is_still_heard_in_a_conference() {
    let (media, _events) = media();
    let mixer = media.create_mixer(1, Rate::Narrow);
    let listener = Phone::new(Pcmu);
    let (leg_l, _) = listener.call(&media, 1);
    media.hear(leg_l, Source::Mixer(mixer));
    let mut guests = [Guest::new(&media, Phone::new(Pcmu), LOW_HZ)];
    media.join_mixer(mixer, Source::Leg(guests[0].leg));
    talk(&mut guests, 20);
    guests[0].phone.codec = G722;
    media.configure(guests[0].leg, guests[0].phone.params());
    talk(&mut guests, 20);
    until("the thread has done it", || {
        media.stats(guests[0].leg).is_some()
    });
    std::thread::sleep(Duration::from_millis(20));
    listener.forget();
    talk(&mut guests, 40);
    let (_, heard) = listener.hear_many(30);
    assert!(power_at(&heard, LOW_HZ, 8_000) > 0.95);
    media.shutdown();
}
