//! Recordings of calls: tones go in from phones, and what the file holds is measured.

use crate::mixers::{Guest, talk};
use crate::phone::{PATIENCE, Phone, media, until};
use crossbeam_channel::Receiver;
use media::{
    Media, MediaCounts, MediaEvent, RecorderSpec, Recording, Side, Source, recover_recording,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use voice::Codec::{Pcma, Pcmu};
use voice::tone::{power_at, sine};
use voice::{Rate, Tune};

/// Both channels of a file.
fn channels(path: &Path) -> (Vec<i16>, Vec<i16>) {
    let file = std::fs::read(path).unwrap();
    let samples = file[44..].chunks_exact(4);
    let sample = |bytes: &[u8]| i16::from_le_bytes([bytes[0], bytes[1]]);
    samples.map(|s| (sample(s), sample(&s[2..]))).unzip()
}

fn power(samples: &[i16], hz: f64) -> f64 {
    power_at(samples, hz, 8_000)
}

/// A recording of two channels at 8 kHz.
pub(crate) fn stereo(path: PathBuf) -> RecorderSpec {
    RecorderSpec {
        path,
        rate: Rate::Narrow,
        stereo: true,
        of: None,
    }
}

/// The recording that is finished next.
fn finished(events: &Receiver<MediaEvent>) -> (Recording, u64) {
    loop {
        match events.recv_timeout(PATIENCE).unwrap() {
            MediaEvent::RecorderFinished {
                recording, lost_ms, ..
            } => return (recording, lost_ms),
            MediaEvent::RecorderFailed { why, .. } => panic!("{why}"),
            _ => {}
        }
    }
}

fn two_in_a_bridge(media: &Media) -> [Guest; 2] {
    let guests = [
        Guest::new(media, Phone::new(Pcmu), 400.0),
        Guest::new(media, Phone::new(Pcma), 700.0),
    ];
    media.hear(guests[0].leg, Source::Leg(guests[1].leg));
    media.hear(guests[1].leg, Source::Leg(guests[0].leg));
    guests
}

#[test]
fn a_call_is_recorded_with_the_caller_left_and_the_agent_right() {
    let (media, events) = media();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("call.wav");
    let mut guests = two_in_a_bridge(&media);
    let recorder = media.create_recorder(1, stereo(path.clone()));
    media.record(recorder, Side::Left, Source::Leg(guests[0].leg));
    media.record(recorder, Side::Right, Source::Leg(guests[1].leg));
    talk(&mut guests, 60);
    media.stop_recorder(recorder);
    let (recording, lost_ms) = finished(&events);
    assert_eq!((recording.path.as_path(), lost_ms), (path.as_path(), 0));
    assert!(
        (1_000..3_000).contains(&recording.duration_ms),
        "{recording:?}"
    );
    let (left, right) = channels(&path);
    assert_eq!(left.len() as u64, recording.duration_ms * 8);
    let middle = 2_400..7_200;
    assert!(power(&left[middle.clone()], 400.0) > 0.98);
    assert!(power(&right[middle], 700.0) > 0.98);
    until("it is gone", || media.counts().recorders == 0);
    // The bridge was not harmed.
    let (_, heard) = guests[0].phone.hear_many(50);
    assert!(power(&heard, 700.0) > 0.99);
    media.shutdown();
}

#[test]
fn a_muted_recording_is_silent_and_goes_on() {
    let (media, events) = media();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("call.wav");
    let tune = Arc::new(Tune::from_samples(sine(900.0, 0.3, 8_000, 1_600)));
    let player = media.create_player(1, tune, true, false);
    let recorder = media.create_recorder(1, stereo(path.clone()));
    media.record(recorder, Side::Left, Source::Player(player));
    let part = folder.path().join("call.wav.part");
    let grown_by = |ms: u64| {
        let target = std::fs::metadata(&part).map_or(44, |m| m.len()) + ms * 32;
        until("it grows", || {
            std::fs::metadata(&part).is_ok_and(|m| m.len() >= target)
        });
    };
    grown_by(400);
    media.mute_recorder(recorder, true);
    grown_by(600);
    media.mute_recorder(recorder, false);
    grown_by(400);
    media.stop_recorder(recorder);
    let (recording, _) = finished(&events);
    let (left, right) = channels(&path);
    let loud: Vec<bool> = left
        .chunks(160)
        .map(|frame| frame.iter().any(|s| *s != 0))
        .collect();
    let turns = loud.windows(2).filter(|w| w[0] != w[1]).count();
    assert!(loud[2], "the tone is heard at the start: {loud:?}");
    assert!(turns == 2 || (turns == 3 && !loud[0]), "{loud:?}");
    assert!(loud.iter().filter(|l| !**l).count() >= 10, "{recording:?}");
    assert!(right.iter().all(|s| *s == 0));
    media.shutdown();
}

#[test]
fn a_conference_is_recorded_as_everybody_together() {
    let (media, events) = media();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("room.wav");
    let mixer = media.create_mixer(1, voice::Rate::Narrow);
    let mut guests = [
        Guest::new(&media, Phone::new(Pcmu), 400.0),
        Guest::new(&media, Phone::new(Pcmu), 700.0),
    ];
    for guest in &guests {
        media.join_mixer(mixer, Source::Leg(guest.leg));
        media.hear(guest.leg, Source::Mixer(mixer));
    }
    let recorder = media.create_recorder(1, stereo(path.clone()));
    media.record(recorder, Side::Left, Source::Mixer(mixer));
    talk(&mut guests, 50);
    // Closing what is recorded does no harm.
    media.close_mixer(mixer);
    media.close_leg(guests[0].leg);
    media.stop_recorder(recorder);
    finished(&events);
    let (left, _) = channels(&path);
    for hz in [400.0, 700.0] {
        let share = power(&left[2_400..6_400], hz);
        assert!((0.4..0.6).contains(&share), "{hz}: {share}");
    }
    media.shutdown();
}

#[test]
fn a_shutdown_finishes_recordings() {
    let (media, events) = media();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("call.wav");
    let recorder = media.create_recorder(1, stereo(path.clone()));
    let part = folder.path().join("call.wav.part");
    until("it is begun", || part.exists());
    media.shutdown();
    let told: Vec<MediaEvent> = events.try_iter().collect();
    assert!(matches!(
        told[..],
        [
            MediaEvent::RecorderStarted { recorder: begun },
            MediaEvent::RecorderFinished { recorder: of, .. },
        ] if begun == recorder && of == recorder
    ));
    assert!(path.exists() && !part.exists());
    assert_eq!(media.counts(), MediaCounts::default());
}

#[test]
fn a_recording_without_a_folder_is_told_to_have_failed() {
    let (media, events) = media();
    let recorder = media.create_recorder(1, stereo("/nonexistent/folder/call.wav".into()));
    let event = events.recv_timeout(PATIENCE).unwrap();
    assert!(matches!(
        event,
        MediaEvent::RecorderFailed { recorder: of, why } if of == recorder && why.contains("/nonexistent")
    ));
    media.stop_recorder(recorder);
    until("it is gone", || media.counts().recorders == 0);
    assert_eq!(events.try_iter().count(), 0);
    media.shutdown();
}

/// What lies on the disk at any moment is what a kill -9 leaves.
#[test]
fn what_was_written_survives_a_kill() {
    let (media, _events) = media();
    let folder = tempfile::tempdir().unwrap();
    let tune = Arc::new(Tune::from_samples(sine(900.0, 0.3, 8_000, 1_600)));
    let player = media.create_player(1, tune, true, false);
    let recorder = media.create_recorder(1, stereo(folder.path().join("call.wav")));
    media.record(recorder, Side::Right, Source::Player(player));
    let part = folder.path().join("call.wav.part");
    until("a second is written", || {
        std::fs::metadata(&part).is_ok_and(|m| m.len() > 32_000)
    });
    let left = folder.path().join("left.wav.part");
    std::fs::copy(&part, &left).unwrap();
    let recording = recover_recording(&left).unwrap();
    assert!(recording.duration_ms >= 1_000);
    let (_, right) = channels(&recording.path);
    assert!(power(&right[320..], 900.0) > 0.98);
    assert!(Tune::decode(&std::fs::read(&recording.path).unwrap()).is_ok());
    media.shutdown();
}

#[test]
fn a_recording_of_a_leg_follows_whatever_it_hears() {
    let (media, events) = media();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("of").join("call.wav");
    let mut guests = two_in_a_bridge(&media);
    let spec = RecorderSpec {
        of: Some(guests[0].leg),
        rate: Rate::Wide,
        ..stereo(path.clone())
    };
    let recorder = media.create_recorder(1, spec);
    talk(&mut guests, 50);
    // Into a conference, in which nobody hears himself.
    let mixer = media.create_mixer(1, Rate::Narrow);
    for guest in &guests {
        media.join_mixer(mixer, Source::Leg(guest.leg));
        media.hear(guest.leg, Source::Mixer(mixer));
    }
    talk(&mut guests, 50);
    media.close_leg(guests[0].leg);
    talk(&mut guests[1..], 10);
    media.stop_recorder(recorder);
    let (recording, _) = finished(&events);
    assert_eq!(recording.path, path);
    let (left, right) = channels(&path);
    assert_eq!(left.len() as u64, recording.duration_ms * 16);
    for (channel, own, other) in [(&left, 400.0, 700.0), (&right, 700.0, 400.0)] {
        for middle in [16 * 300..16 * 900, 16 * 1_400..16 * 1_900] {
            let part = &channel[middle.clone()];
            let share = power_at(part, own, 16_000);
            assert!(share > 0.95, "{own} in {middle:?}: {share}");
            assert!(
                power_at(part, other, 16_000) < 0.02,
                "{other} in {middle:?}"
            );
        }
    }
    let end = &left[left.len() - 16 * 100..];
    assert!(end.iter().all(|s| *s == 0), "the leg is gone");
    media.shutdown();
    assert_eq!(media.counts(), MediaCounts::default());
}

#[test]
fn a_recording_of_one_channel_has_both_sides_in_it() {
    let (media, events) = media();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("call.wav");
    let mut guests = two_in_a_bridge(&media);
    let spec = RecorderSpec {
        of: Some(guests[0].leg),
        stereo: false,
        ..stereo(path.clone())
    };
    let recorder = media.create_recorder(1, spec);
    talk(&mut guests, 50);
    media.stop_recorder(recorder);
    finished(&events);
    let file = std::fs::read(&path).unwrap();
    let mono: Vec<i16> = file[44..]
        .chunks_exact(2)
        .map(|s| i16::from_le_bytes([s[0], s[1]]))
        .collect();
    let middle = &mono[2_400..7_200];
    for hz in [400.0, 700.0] {
        assert!((0.4..0.6).contains(&power(middle, hz)));
    }
    media.shutdown();
}
