//! Audio that leaves the media threads and comes into them.

use crate::mixers::{Guest, talk};
use crate::phone::{Phone, media, until};
use crossbeam_channel::{Receiver, bounded};
use media::{FrameSink, Media, MediaCounts, Source, StreamId};
use voice::Codec::{Pcma, Pcmu};
use voice::Rate;
use voice::tone::{power_at, sine};

/// A stream and what it gives.
fn stream(media: &Media, group: u64, rate: Rate) -> (StreamId, Receiver<(Vec<i16>, bool)>) {
    let (sender, frames) = bounded(1_000);
    let sink = FrameSink::new(move |frame| {
        let _ = sender.try_send((frame.samples.to_vec(), frame.sounding));
    });
    (media.create_stream(group, rate, sink), frames)
}

/// Frames in a row that must be whole.
const STRETCH_FRAMES: usize = 25;

#[test]
fn a_stream_gives_what_a_call_says_at_its_own_rate() {
    let (media, _events) = media();
    for (rate, hz) in [
        (Rate::Narrow, 400.0),
        (Rate::Wide, 700.0),
        (Rate::Full, 900.0),
    ] {
        let mut guests = [Guest::new(&media, Phone::new(Pcma), hz)];
        let (stream, frames) = stream(&media, 1, rate);
        media.stream(stream, Source::Leg(guests[0].leg));
        talk(&mut guests, 60);
        media.close_stream(stream);
        let all: Vec<(Vec<i16>, bool)> = frames.iter().collect();
        assert!(
            all.iter()
                .all(|(frame, _)| frame.len() == rate.frame_samples())
        );
        let sounding: Vec<i16> = all
            .iter()
            .filter(|(_, sounding)| *sounding)
            .flat_map(|(frame, _)| frame.clone())
            .collect();
        // A machine that holds a thread up for long leaves a hole in the tone, and
        // breaks its phase: half a second without one is there all the same.
        let stretch = STRETCH_FRAMES * rate.frame_samples();
        let starts = sounding.windows(stretch).step_by(rate.frame_samples());
        let best = starts
            .map(|heard| power_at(heard, hz, rate.hz()))
            .fold(0.0, f64::max);
        assert!(best > 0.95, "{rate:?}: {best} of {} frames", all.len());
    }
    media.shutdown();
    assert_eq!(media.counts(), MediaCounts::default());
}

#[test]
fn a_stream_hears_the_last_source_that_it_was_given() {
    let (media, _events) = media();
    let mut guests = [
        Guest::new(&media, Phone::new(Pcmu), 400.0),
        Guest::new(&media, Phone::new(Pcmu), 700.0),
    ];
    let (id, frames) = stream(&media, 1, Rate::Narrow);
    media.stream(id, Source::Leg(guests[0].leg));
    media.stream(id, Source::Leg(guests[1].leg));
    media.unstream(id, Source::Leg(guests[0].leg));
    talk(&mut guests, 15);
    while frames.try_recv().is_ok() {}
    talk(&mut guests, 30);
    let heard: Vec<i16> = frames.try_iter().flat_map(|(frame, _)| frame).collect();
    assert!(power_at(&heard, 700.0, 8_000) > 0.95);
    media.unstream(id, Source::Leg(guests[1].leg));
    talk(&mut guests, 5);
    while frames.try_recv().is_ok() {}
    talk(&mut guests, 5);
    assert!(frames.try_recv().is_err(), "it hears nothing any more");
    // Of another group: not heard.
    let (foreign, frames) = stream(&media, 2, Rate::Narrow);
    media.stream(foreign, Source::Leg(guests[1].leg));
    talk(&mut guests, 5);
    assert!(frames.try_recv().is_err());
    media.shutdown();
}

#[test]
fn what_is_pushed_into_a_feed_is_heard_by_calls_mixers_and_streams() {
    let (media, _events) = media();
    let phone = Phone::new(Pcma);
    let (leg, _) = phone.call(&media, 1);
    let feed = media.create_feed(1, Rate::Wide);
    media.hear(leg, Source::Feed(feed));
    let mixer = media.create_mixer(1, Rate::Wide);
    media.join_mixer(mixer, Source::Feed(feed));
    let (id, frames) = stream(&media, 1, Rate::Full);
    media.stream(id, Source::Mixer(mixer));
    // A second at once, in odd pieces.
    for piece in sine(700.0, 0.2, 16_000, 16_000).chunks(777) {
        media.feed(feed, piece.to_vec());
    }
    let (_, heard) = phone.hear_many(50);
    assert!(power_at(&heard[160 * 4..160 * 44], 700.0, 8_000) > 0.99);
    phone.hears_nothing();
    let mixed: Vec<i16> = frames
        .try_iter()
        .filter(|(_, sounding)| *sounding)
        .flat_map(|(frame, _)| frame)
        .collect();
    assert!(
        (45 * 960..=51 * 960).contains(&mixed.len()),
        "{}",
        mixed.len()
    );
    assert!(power_at(&mixed[960 * 4..960 * 44], 700.0, 48_000) > 0.99);
    // It begins anew, and can be emptied.
    media.feed(feed, vec![100; 16_000 * 5]);
    phone.hear_many(5);
    media.clear_feed(feed);
    std::thread::sleep(std::time::Duration::from_millis(60));
    phone.forget();
    phone.hears_nothing();
    media.close_feed(feed);
    until("the feed is gone", || media.counts().feeds == 0);
    media.shutdown();
}
