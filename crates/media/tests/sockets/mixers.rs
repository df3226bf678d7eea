//! Conferences: tones go in from phones and players, and what each hears is measured.

use crate::phone::{Phone, assert_one_stream, media, until};
use media::{LegId, MIXER_MEMBERS_MAX, Media, MediaCounts, Source};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use voice::Codec::{Pcma, Pcmu};
use voice::Tune;
use voice::tone::{power_at, sine};

/// A phone in a call that says one tone. Tones are whole multiples of 100 Hz, so
/// that a change of the delay by 10 ms does not break them.
pub(crate) struct Guest {
    pub(crate) phone: Phone,
    pub(crate) leg: LegId,
    port: SocketAddr,
    hz: f64,
    said: usize,
}

impl Guest {
    pub(crate) fn new(media: &Media, phone: Phone, hz: f64) -> Self {
        let (leg, port) = phone.call(media, 1);
        Self {
            phone,
            leg,
            port,
            hz,
            said: 0,
        }
    }

    fn speak(&mut self) {
        let rate = self.phone.codec.rate();
        let frame = match self.hz {
            0.0 => vec![0; rate.frame_samples()],
            hz => sine(hz, 0.2, rate.hz(), rate.frame_samples()),
        };
        self.phone.speak(self.port, &frame);
        self.said += 1;
    }
}

/// All speak, one frame each 20 ms, by an absolute schedule.
pub(crate) fn talk(guests: &mut [Guest], frames: u32) {
    let start = Instant::now();
    for frame in 0..frames {
        let due = start + Duration::from_millis(20) * frame;
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        guests.iter_mut().for_each(Guest::speak);
    }
}

/// The share of a tone in what came during the talk.
fn share(samples: &[i16], hz: f64) -> f64 {
    power_at(samples, hz, 8_000)
}

#[test]
fn three_phones_hear_each_other_and_not_themselves_at_every_rate() {
    voice::Rate::ALL.into_iter().for_each(three_phones);
}

fn three_phones(rate: voice::Rate) {
    let (media, _events) = media();
    let mixer = media.create_mixer(1, rate);
    let mut guests = [
        Guest::new(&media, Phone::new(Pcmu), 400.0),
        Guest::new(&media, Phone::new(Pcma), 700.0),
        Guest::new(&media, Phone::new(Pcmu), 1_100.0),
    ];
    for guest in &guests {
        media.join_mixer(mixer, Source::Leg(guest.leg));
        media.hear(guest.leg, Source::Mixer(mixer));
    }
    talk(&mut guests, 15);
    guests.iter().for_each(|guest| guest.phone.forget());
    talk(&mut guests, 50);
    for guest in &guests {
        let (headers, heard) = guest.phone.hear_many(40);
        assert_one_stream(&headers);
        for other in &guests {
            let share = share(&heard, other.hz);
            if other.leg == guest.leg {
                assert!(share < 0.01, "{} hears itself: {share}", guest.hz);
            } else {
                assert!(
                    (0.4..0.6).contains(&share),
                    "{} of {}: {share}",
                    guest.hz,
                    other.hz
                );
            }
        }
    }
    media.shutdown();
}

#[test]
fn a_player_and_a_silent_listener_take_part() {
    let (media, _events) = media();
    let mixer = media.create_mixer(1, voice::Rate::Narrow);
    let mut guests = [
        Guest::new(&media, Phone::new(Pcmu), 400.0),
        Guest::new(&media, Phone::new(Pcma), 0.0),
    ];
    let tune = Tune::from_samples(sine(900.0, 0.2, 8_000, 1_600));
    let player = media.create_player(1, Arc::new(tune), true, false);
    media.join_mixer(mixer, Source::Player(player));
    media.join_mixer(mixer, Source::Leg(guests[0].leg));
    for guest in &guests {
        media.hear(guest.leg, Source::Mixer(mixer));
    }
    talk(&mut guests, 15);
    guests.iter().for_each(|guest| guest.phone.forget());
    talk(&mut guests, 30);
    let (_, speaker) = guests[0].phone.hear_many(25);
    let (_, listener) = guests[1].phone.hear_many(25);
    assert!(share(&speaker, 900.0) > 0.98);
    assert!((0.4..0.6).contains(&share(&listener, 900.0)));
    assert!((0.4..0.6).contains(&share(&listener, 400.0)));
    // The player leaves: only the speaker is left.
    media.leave_mixer(mixer, Source::Player(player));
    talk(&mut guests, 15);
    guests.iter().for_each(|guest| guest.phone.forget());
    talk(&mut guests, 30);
    let (_, listener) = guests[1].phone.hear_many(25);
    assert!(share(&listener, 400.0) > 0.98);
    // And is back.
    media.join_mixer(mixer, Source::Player(player));
    talk(&mut guests, 15);
    guests[0].phone.forget();
    let (_, speaker) = guests[0].phone.hear_many(10);
    assert!(share(&speaker, 900.0) > 0.98);
    media.shutdown();
}

#[test]
fn whoever_hangs_up_is_gone_from_the_mixer() {
    let (media, _events) = media();
    let mixer = media.create_mixer(1, voice::Rate::Narrow);
    let mut guests = [
        Guest::new(&media, Phone::new(Pcmu), 400.0),
        Guest::new(&media, Phone::new(Pcmu), 700.0),
    ];
    for guest in &guests {
        media.join_mixer(mixer, Source::Leg(guest.leg));
        media.hear(guest.leg, Source::Mixer(mixer));
    }
    talk(&mut guests, 15);
    media.close_leg(guests[0].leg);
    talk(&mut guests[1..], 10);
    guests[1].phone.forget();
    talk(&mut guests[1..], 10);
    let (_, heard) = guests[1].phone.hear_many(8);
    assert!(heard.iter().all(|s| *s == 0), "silence, but a stream");
    media.close_mixer(mixer);
    until("it is gone", || media.counts().mixers == 0);
    guests[1].phone.forget();
    guests[1].phone.hears_nothing();
    media.shutdown();
}

#[test]
fn a_mixer_of_another_group_is_neither_joined_nor_heard() {
    let (media, _events) = media();
    let mixer = media.create_mixer(2, voice::Rate::Narrow);
    let mut guests = [Guest::new(&media, Phone::new(Pcmu), 400.0)];
    media.join_mixer(mixer, Source::Leg(guests[0].leg));
    media.hear(guests[0].leg, Source::Mixer(mixer));
    let other = Phone::new(Pcmu);
    let (leg, _) = other.call(&media, 2);
    media.hear(leg, Source::Mixer(mixer));
    talk(&mut guests, 20);
    let (_, heard) = other.hear_many(10);
    assert!(heard.iter().all(|s| *s == 0));
    guests[0].phone.hears_nothing();
    media.shutdown();
}

#[test]
fn a_mixer_is_never_larger_than_its_limit() {
    let (media, _events) = media();
    let mixer = media.create_mixer(1, voice::Rate::Narrow);
    let quiet = || Arc::new(Tune::from_samples(vec![100; 1_600]));
    let players: Vec<_> = (0..=MIXER_MEMBERS_MAX)
        .map(|_| media.create_player(1, quiet(), true, false))
        .collect();
    for player in &players {
        media.join_mixer(mixer, Source::Player(*player));
        // A second time changes nothing.
        media.join_mixer(mixer, Source::Player(*player));
    }
    let phone = Phone::new(Pcmu);
    let (leg, _) = phone.call(&media, 1);
    media.hear(leg, Source::Mixer(mixer));
    phone.hear_many(3);
    let (_, heard) = phone.hear_many(1);
    let expected = 100 * MIXER_MEMBERS_MAX as i32;
    assert!(
        heard.iter().all(|s| (i32::from(*s) - expected).abs() < 300),
        "{heard:?}"
    );
    media.shutdown();
    assert_eq!(media.counts(), MediaCounts::default());
}
