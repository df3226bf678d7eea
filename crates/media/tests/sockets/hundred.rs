//! A conference of a hundred, at every rate that mixers have.

use crate::mixers::{Guest, talk};
use crate::phone::{Phone, media};
use media::{MIXER_MEMBERS_MAX, Source};
use voice::Codec::{G722, Pcma, Pcmu};
use voice::Rate;
use voice::tone::power_at;

/// Those who speak; the others are in the conference too, and silent.
const TONES: [f64; 4] = [400.0, 700.0, 1_100.0, 1_900.0];
/// Frames of 20 ms that are spoken.
const SPOKEN: u32 = 90;
/// Of those that come the first are left out.
const SKIPPED: usize = 25;
/// What is looked at after those.
const HEARD: usize = 40;

/// Everybody hears all who speak, in equal parts, and nobody hears himself.
fn everybody_hears_all_the_others(rate: Rate) {
    let (media, _events) = media();
    let mixer = media.create_mixer(1, rate);
    let codecs = [Pcmu, Pcma, G722];
    let mut guests: Vec<Guest> = (0..MIXER_MEMBERS_MAX)
        .map(|number| {
            let codec = codecs[number % codecs.len()];
            let hz = TONES.get(number).copied().unwrap_or(0.0);
            Guest::new(&media, Phone::new(codec), hz)
        })
        .collect();
    for guest in &guests {
        media.join_mixer(mixer, Source::Leg(guest.leg));
        media.hear(guest.leg, Source::Mixer(mixer));
    }
    talk(&mut guests, SPOKEN);
    for (number, guest) in guests.iter().enumerate() {
        guest.phone.hear_many(SKIPPED);
        let (_, heard) = guest.phone.hear_many(HEARD);
        let hz = guest.phone.codec.rate().hz();
        let others = TONES.len() - usize::from(number < TONES.len());
        for (of, tone) in TONES.into_iter().enumerate() {
            let part = power_at(&heard, tone, hz);
            let own = of == number;
            let fair = 1.0 / others as f64;
            let right = if own {
                part < 0.01
            } else {
                // A frame that a busy machine leaves out breaks a tone a little.
                (fair * 0.5..fair * 1.5).contains(&part)
            };
            assert!(right, "{rate:?}: {number} hears {part} of {tone} Hz");
        }
    }
    media.shutdown();
}

/// One after the other: two at once are too much for a busy machine.
#[test]
fn everybody_of_a_hundred_hears_all_the_others_at_every_rate() {
    Rate::ALL
        .into_iter()
        .for_each(everybody_hears_all_the_others);
}
