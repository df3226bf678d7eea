//! Digits by RFC 4733, heard, passed on and sent.

use crate::phone::{PATIENCE, Phone, assert_one_stream, media, until};
use media::{DigitHow, MediaEvent, Source};
use voice::Codec::{Pcma, Pcmu};
use voice::dtmf::{DigitReceiver, Event, event_of};
use voice::tone::sine;

/// Presses a key: two updates and three ends.
fn press(phone: &mut Phone, to: std::net::SocketAddr, payload_type: u8, digit: char) {
    let start = phone.timestamp;
    for (duration, end) in [
        (160, false),
        (320, false),
        (480, true),
        (480, true),
        (480, true),
    ] {
        let event = Event {
            event: event_of(digit).unwrap(),
            end,
            duration,
        };
        phone.send(to, payload_type, start, &event.to_bytes());
    }
    phone.timestamp = start.wrapping_add(2_000);
}

#[test]
fn presses_are_told_once_each_when_asked_for() {
    let (media, events) = media();
    let mut phone = Phone::new(Pcmu);
    let (leg, port) = phone.call(&media, 1);
    press(&mut phone, port, 101, '9');
    until("the unasked press came", || {
        media.stats(leg).is_some_and(|s| s.packets_in == 5)
    });
    media.report_digits(leg, true);
    media.stats(leg).unwrap();
    for digit in "100#".chars() {
        press(&mut phone, port, 101, digit);
    }
    until("all presses came", || {
        media.stats(leg).is_some_and(|s| s.packets_in == 25)
    });
    media.shutdown();
    let heard: String = events
        .try_iter()
        .filter_map(|event| match event {
            MediaEvent::Digit { digit, .. } => Some(digit),
            _ => None,
        })
        .collect();
    assert_eq!(heard, "100#");
}

#[test]
fn presses_pass_through_a_bridge_under_the_listeners_payload_type() {
    let (media, _events) = media();
    let (mut a, b) = (Phone::new(Pcmu), Phone::new(Pcma));
    let (leg_a, port_a) = a.call(&media, 1);
    let (leg_b, _) = b.call(&media, 1);
    let mut params = b.params();
    params.dtmf_payload_type = Some(96);
    media.configure(leg_b, params);
    media.hear(leg_b, Source::Leg(leg_a));
    media.stats(leg_b).unwrap();
    a.speak(port_a, &[0; 160]);
    press(&mut a, port_a, 101, '5');
    let mut receiver = DigitReceiver::default();
    let mut heard = String::new();
    let mut sequence = Vec::new();
    for _ in 0..6 {
        let (header, payload, _) = b.hear();
        sequence.push(header.sequence);
        if header.payload_type == 96 {
            heard.extend(receiver.receive(header.ssrc, header.marker, header.timestamp, &payload));
        }
    }
    assert_eq!(heard, "5");
    assert!(sequence.windows(2).all(|w| w[1] == w[0].wrapping_add(1)));
    media.shutdown();
}

#[test]
fn presses_are_left_out_for_a_listener_that_did_not_agree_on_events() {
    let (media, _events) = media();
    let (mut a, b) = (Phone::new(Pcmu), Phone::new(Pcmu));
    let (leg_a, port_a) = a.call(&media, 1);
    let (leg_b, _) = b.call(&media, 1);
    let mut params = b.params();
    params.dtmf_payload_type = None;
    media.configure(leg_b, params);
    media.hear(leg_b, Source::Leg(leg_a));
    media.stats(leg_b).unwrap();
    a.speak(port_a, &[0; 160]);
    press(&mut a, port_a, 101, '5');
    a.speak(port_a, &[0; 160]);
    let (headers, _) = b.hear_many(2);
    assert_one_stream(&headers);
    assert!(headers.iter().all(|h| h.payload_type == 0));
    b.hears_nothing();
    media.shutdown();
}

#[test]
fn sent_digits_arrive_in_order_and_music_goes_on_after_them() {
    let (media, _events) = media();
    let phone = Phone::new(Pcmu);
    let (leg, _) = phone.call(&media, 1);
    let tune = std::sync::Arc::new(voice::Tune::from_samples(vec![8_000; 8_000]));
    let player = media.create_player(1, tune, true, false);
    media.hear(leg, Source::Player(player));
    phone.hear();
    media.send_digits(leg, "42#");
    let mut receiver = DigitReceiver::default();
    let mut heard = String::new();
    let mut last_sequence = None;
    let start = std::time::Instant::now();
    while heard.len() < 3 && start.elapsed() < PATIENCE {
        let (header, payload, _) = phone.hear();
        if let Some(last) = last_sequence.replace(header.sequence) {
            assert_eq!(header.sequence, last + 1);
        }
        if header.payload_type == 101 {
            heard.extend(receiver.receive(header.ssrc, header.marker, header.timestamp, &payload));
        }
    }
    assert_eq!(heard, "42#");
    loop {
        let (header, _, _) = phone.hear();
        if header.payload_type == 0 {
            assert!(header.marker, "audio starts anew after a digit");
            break;
        }
    }
    media.shutdown();
}

/// Tones of a key, as a phone without RFC 4733 sends them.
fn tones(digit: char, ms: usize) -> Vec<i16> {
    let (row, column) = match digit {
        '5' => (770.0, 1_336.0),
        '#' => (941.0, 1_477.0),
        _ => (697.0, 1_209.0),
    };
    let both = sine(row, 0.2, 8_000, ms * 8).into_iter();
    both.zip(sine(column, 0.2, 8_000, ms * 8))
        .map(|(a, b)| a + b)
        .collect()
}

fn speak_tones(phone: &mut Phone, to: std::net::SocketAddr, digits: &str) {
    for digit in digits.chars() {
        for frame in tones(digit, 80).chunks(160) {
            phone.speak(to, frame);
        }
        for _ in 0..3 {
            phone.speak(to, &[0; 160]);
        }
    }
}

/// The digits told so far and how each came.
fn told(events: &crossbeam_channel::Receiver<MediaEvent>) -> Vec<(char, DigitHow)> {
    let digits = events.try_iter().filter_map(|event| match event {
        MediaEvent::Digit { digit, how, .. } => Some((digit, how)),
        _ => None,
    });
    digits.collect()
}

#[test]
fn digits_in_the_audio_are_told_when_asked_for() {
    let (media, events) = media();
    for codec in [Pcmu, Pcma] {
        let mut phone = Phone::new(codec);
        let (leg, port) = phone.call(&media, 1);
        media.report_digits(leg, true);
        media.stats(leg).unwrap();
        speak_tones(&mut phone, port, "1");
        until("the unasked press came", || {
            media.stats(leg).is_some_and(|s| s.packets_in == 7)
        });
        assert_eq!(told(&events), []);
        media.report_tone_digits(leg, true);
        media.stats(leg).unwrap();
        speak_tones(&mut phone, port, "55#1");
        until("all presses came", || {
            media.stats(leg).is_some_and(|s| s.packets_in == 35)
        });
        let heard = told(&events);
        let digits: String = heard.iter().map(|(digit, _)| digit).collect();
        assert_eq!(digits, "55#1");
        assert!(heard.iter().all(|(_, how)| *how == DigitHow::InBand));
    }
    media.shutdown();
}

#[test]
fn a_phone_that_sends_events_and_tones_is_told_once() {
    let (media, events) = media();
    let mut phone = Phone::new(Pcmu);
    let (leg, port) = phone.call(&media, 1);
    media.report_digits(leg, true);
    media.report_tone_digits(leg, true);
    media.stats(leg).unwrap();
    press(&mut phone, port, 101, '5');
    speak_tones(&mut phone, port, "5");
    until("all came", || {
        media.stats(leg).is_some_and(|s| s.packets_in == 12)
    });
    assert_eq!(told(&events), [('5', DigitHow::TelephoneEvent)]);
    media.shutdown();
}
