//! Two legs that hear each other.

use crate::phone::{Phone, assert_one_stream, media, until};
use media::{MediaEvent, Source};
use voice::Codec::{self, G722, Pcma, Pcmu};
use voice::tone::{power_at, sine};

fn a_tone_is_heard(from: Codec, to: Codec) {
    let (media, _events) = media();
    let (mut a, b) = (Phone::new(from), Phone::new(to));
    let (leg_a, port_a) = a.call(&media, 1);
    let (leg_b, port_b) = b.call(&media, 1);
    media.hear(leg_b, Source::Leg(leg_a));
    media.stats(leg_b).expect("the commands are done");
    let rate = from.rate();
    let tone = sine(440.0, 0.5, rate.hz(), 50 * rate.frame_samples());
    let mut heard = Vec::new();
    let mut headers = Vec::new();
    for frame in tone.chunks(rate.frame_samples()) {
        a.speak(port_a, frame);
        let (header, payload, came_from) = b.hear();
        assert_eq!(came_from, port_b, "RTP comes from the leg's own port");
        assert_eq!(header.payload_type, to.static_payload_type());
        headers.push(header);
        b.decode(&payload, &mut heard);
    }
    assert!(power_at(&heard, 440.0, to.rate().hz()) > 0.9);
    assert_one_stream(&headers);
    assert!(headers[0].marker && headers[1..].iter().all(|h| !h.marker));
    assert!(headers.iter().all(|h| h.ssrc != a.ssrc), "our own SSRC");
    media.shutdown();
}

#[test]
fn a_tone_goes_through_a_bridge_of_one_codec() {
    a_tone_is_heard(Pcmu, Pcmu);
}

#[test]
fn a_tone_goes_through_a_bridge_of_two_codecs() {
    a_tone_is_heard(Pcmu, Pcma);
    a_tone_is_heard(Pcma, Pcmu);
}

#[test]
fn a_tone_goes_between_g722_and_g711() {
    a_tone_is_heard(G722, Pcma);
    a_tone_is_heard(Pcmu, G722);
}

#[test]
fn a_bridge_of_g722_passes_the_bytes_on() {
    let (media, _events) = media();
    let (mut a, b) = (Phone::new(G722), Phone::new(G722));
    let (leg_a, port_a) = a.call(&media, 1);
    let (leg_b, _) = b.call(&media, 1);
    media.hear(leg_b, Source::Leg(leg_a));
    media.stats(leg_b).unwrap();
    for round in 0..20u8 {
        let payload: Vec<u8> = (0..160).map(|i: u8| i.wrapping_mul(round)).collect();
        a.send(port_a, 9, u32::from(round) * 160, &payload);
        let (header, heard, _) = b.hear();
        assert_eq!((header.payload_type, heard), (9, payload));
    }
    media.shutdown();
}

#[test]
fn a_bridge_carries_both_ways_at_once() {
    let (media, _events) = media();
    let (mut a, mut b) = (Phone::new(Pcmu), Phone::new(Pcmu));
    let (leg_a, port_a) = a.call(&media, 1);
    let (leg_b, port_b) = b.call(&media, 1);
    media.hear(leg_b, Source::Leg(leg_a));
    media.hear(leg_a, Source::Leg(leg_b));
    media.stats(leg_a).unwrap();
    for _ in 0..20 {
        a.speak(port_a, &[8_000; 160]);
        b.speak(port_b, &[-8_000; 160]);
        assert!(b.hear_many(1).1.iter().all(|s| *s > 7_000));
        assert!(a.hear_many(1).1.iter().all(|s| *s < -7_000));
    }
    media.shutdown();
}

#[test]
fn a_switch_of_source_keeps_one_stream() {
    let (media, _events) = media();
    let (mut a, mut b, c) = (Phone::new(Pcmu), Phone::new(Pcma), Phone::new(Pcmu));
    let (leg_a, port_a) = a.call(&media, 1);
    let (leg_b, port_b) = b.call(&media, 1);
    let (leg_c, _) = c.call(&media, 1);
    let mut headers = Vec::new();
    for round in 0..4 {
        let from_a = round % 2 == 0;
        media.hear(leg_c, Source::Leg(if from_a { leg_a } else { leg_b }));
        media.stats(leg_c).unwrap();
        for _ in 0..5 {
            // Both speak all the time; only one is heard.
            a.speak(port_a, &[8_000; 160]);
            b.speak(port_b, &[-8_000; 160]);
            let spoken = headers.len() as u64 + 1;
            until("both were heard", || {
                let came = |leg| media.stats(leg).is_some_and(|s| s.packets_in == spoken);
                came(leg_a) && came(leg_b)
            });
            let (header, samples) = c.hear_many(1);
            assert_eq!(samples.iter().all(|s| *s > 0), from_a);
            headers.extend(header);
        }
    }
    assert_one_stream(&headers);
    let markers = headers.iter().filter(|h| h.marker).count();
    assert_eq!(markers, 4, "one a switch");
    media.shutdown();
}

#[test]
fn the_first_packet_is_told_once() {
    let (media, events) = media();
    let mut a = Phone::new(Pcmu);
    let (leg, port) = a.call(&media, 1);
    for _ in 0..5 {
        a.speak(port, &[0; 160]);
    }
    until("all five came", || {
        media.stats(leg).is_some_and(|s| s.packets_in == 5)
    });
    media.shutdown();
    let all: Vec<MediaEvent> = events.try_iter().collect();
    assert_eq!(all, [MediaEvent::FirstPacket { leg }]);
}

#[test]
fn a_leg_on_hold_is_sent_nothing() {
    let (media, _events) = media();
    let (mut a, b) = (Phone::new(Pcmu), Phone::new(Pcmu));
    let (leg_a, port_a) = a.call(&media, 1);
    let (leg_b, _) = b.call(&media, 1);
    media.hear(leg_b, Source::Leg(leg_a));
    let mut held = b.params();
    held.sends = false;
    media.configure(leg_b, held);
    media.stats(leg_b).unwrap();
    a.speak(port_a, &[8_000; 160]);
    b.hears_nothing();
    media.configure(leg_b, b.params());
    media.stats(leg_b).unwrap();
    a.speak(port_a, &[8_000; 160]);
    b.hear();
    media.shutdown();
}

#[test]
fn what_is_no_longer_heard_is_not_sent() {
    let (media, _events) = media();
    let (mut a, b) = (Phone::new(Pcmu), Phone::new(Pcmu));
    let (leg_a, port_a) = a.call(&media, 1);
    let (leg_b, _) = b.call(&media, 1);
    media.hear(leg_b, Source::Leg(leg_a));
    media.unhear(leg_b, Source::Silence);
    media.stats(leg_b).unwrap();
    a.speak(port_a, &[8_000; 160]);
    b.hear();
    media.unhear(leg_b, Source::Leg(leg_a));
    media.stats(leg_b).unwrap();
    a.speak(port_a, &[8_000; 160]);
    b.hears_nothing();
    media.shutdown();
}

#[test]
fn legs_of_another_group_are_not_heard() {
    let (media, _events) = crate::phone::media_on(1);
    let (mut a, b) = (Phone::new(Pcmu), Phone::new(Pcmu));
    let (leg_a, port_a) = a.call(&media, 1);
    let (leg_b, _) = b.call(&media, 2);
    media.hear(leg_b, Source::Leg(leg_a));
    media.stats(leg_b).unwrap();
    a.speak(port_a, &[8_000; 160]);
    b.hears_nothing();
    media.hear(leg_b, Source::Leg(media::LegId(u64::MAX)));
    media.hear(media::LegId(u64::MAX), Source::Leg(leg_b));
    media.stats(leg_b).expect("the thread lives");
    media.shutdown();
}
