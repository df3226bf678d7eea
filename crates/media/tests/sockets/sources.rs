//! Who may speak into a leg, and where its audio goes.

use crate::phone::{Phone, media, until};
use media::Source;
use voice::Codec::Pcmu;
use voice::source_lock::PROOF_PACKETS;

#[test]
fn packets_from_a_foreign_address_are_dropped() {
    let (media, _events) = media();
    let (mut a, b) = (Phone::new(Pcmu), Phone::new(Pcmu));
    let mut stranger = Phone::new(Pcmu);
    let (leg_a, port_a) = a.call(&media, 1);
    let (leg_b, _) = b.call(&media, 1);
    media.hear(leg_b, Source::Leg(leg_a));
    media.stats(leg_b).unwrap();
    for _ in 0..PROOF_PACKETS {
        a.speak(port_a, &[8_000; 160]);
        b.hear();
    }
    for _ in 0..30 {
        stranger.speak(port_a, &[-8_000; 160]);
    }
    a.speak(port_a, &[8_000; 160]);
    let (_, samples) = b.hear_many(1);
    assert!(samples.iter().all(|s| *s > 0));
    b.hears_nothing();
    media.shutdown();
}

#[test]
fn before_the_phone_has_proven_itself_a_stranger_is_not_heard_either() {
    let (media, _events) = media();
    let (mut a, b) = (Phone::new(Pcmu), Phone::new(Pcmu));
    let mut stranger = Phone::new(Pcmu);
    let (leg_a, port_a) = a.call(&media, 1);
    let (leg_b, _) = b.call(&media, 1);
    media.hear(leg_b, Source::Leg(leg_a));
    media.stats(leg_b).unwrap();
    a.speak(port_a, &[8_000; 160]);
    b.hear();
    // Never in order, so they prove nothing.
    for _ in 0..30 {
        stranger.sequence = stranger.sequence.wrapping_add(7);
        stranger.speak(port_a, &[-8_000; 160]);
    }
    until("the stranger's packets came", || {
        media.stats(leg_a).is_some_and(|s| s.dropped_source == 30)
    });
    b.hears_nothing();
    media.shutdown();
}

#[test]
fn a_new_sdp_lets_the_phone_move() {
    let (media, _events) = media();
    let (mut a, mut b) = (Phone::new(Pcmu), Phone::new(Pcmu));
    let mut moved = Phone::new(Pcmu);
    let (leg_a, port_a) = a.call(&media, 1);
    let (leg_b, port_b) = b.call(&media, 1);
    media.hear(leg_a, Source::Leg(leg_b));
    media.hear(leg_b, Source::Leg(leg_a));
    media.stats(leg_b).unwrap();
    for _ in 0..2 * PROOF_PACKETS {
        b.speak(port_b, &[0; 160]);
        a.hear();
    }
    media.configure(leg_b, moved.params());
    media.stats(leg_b).unwrap();
    b.forget();
    for _ in 0..2 * PROOF_PACKETS {
        moved.speak(port_b, &[8_000; 160]);
        a.hear();
        a.speak(port_a, &[8_000; 160]);
        moved.hear();
    }
    b.hears_nothing();
    media.shutdown();
}

#[test]
fn a_phone_that_was_away_for_a_moment_is_heard_and_reached_again() {
    let (media, _events) = media();
    let (mut a, mut b) = (Phone::new(Pcmu), Phone::new(Pcmu));
    let (leg_a, port_a) = a.call(&media, 1);
    let (leg_b, port_b) = b.call(&media, 1);
    media.hear(leg_b, Source::Leg(leg_a));
    for _ in 0..PROOF_PACKETS {
        b.speak(port_b, &[0; 160]);
    }
    until("b is proven", || {
        media
            .stats(leg_b)
            .is_some_and(|s| s.packets_in == u64::from(PROOF_PACKETS))
    });
    let address = b.address();
    drop(b);
    // Its host answers these by ICMP "port unreachable".
    for sent in 1..=3 {
        a.speak(port_a, &[0; 160]);
        until("it was sent", || {
            media
                .stats(leg_b)
                .is_some_and(|s| s.packets_out + s.send_errors == sent)
        });
    }
    let mut b = Phone::new(Pcmu);
    b.socket = std::net::UdpSocket::bind(address).unwrap();
    a.speak(port_a, &[8_000; 160]);
    assert!(b.hear_many(1).1.iter().all(|s| *s > 7_000));
    b.speak(port_b, &[0; 160]);
    until("b is heard again", || {
        media
            .stats(leg_b)
            .is_some_and(|s| s.packets_in == u64::from(PROOF_PACKETS) + 1)
    });
    media.shutdown();
}

#[test]
fn a_phone_behind_a_nat_is_latched_on_to() {
    let (media, _events) = media();
    let (mut a, mut b) = (Phone::new(Pcmu), Phone::new(Pcmu));
    let (leg_a, port_a) = a.call(&media, 1);
    // The SDP of b names an address from which nothing ever comes.
    let inside = Phone::new(Pcmu);
    let (leg_b, port_b) = inside.call(&media, 1);
    media.hear(leg_b, Source::Leg(leg_a));
    media.stats(leg_b).unwrap();
    a.speak(port_a, &[8_000; 160]);
    inside.hear();
    for _ in 0..PROOF_PACKETS {
        b.speak(port_b, &[0; 160]);
    }
    until("b is proven", || {
        media.stats(leg_b).is_some_and(|s| s.packets_in == 1)
    });
    a.speak(port_a, &[8_000; 160]);
    let (_, _, from) = b.hear();
    assert_eq!(from, port_b);
    inside.hears_nothing();
    media.shutdown();
}

#[test]
fn nothing_is_sent_or_taken_before_the_leg_is_configured() {
    let (media, events) = media();
    let mut a = Phone::new(Pcmu);
    let (leg, port) = media.open_leg(1).unwrap();
    let tune = std::sync::Arc::new(voice::Tune::from_samples(vec![8_000; 8_000]));
    let player = media.create_player(1, tune, true, false);
    media.hear(leg, Source::Player(player));
    a.speak((crate::phone::loopback(), port).into(), &[8_000; 160]);
    until("the packet came", || {
        media.stats(leg).is_some_and(|s| s.dropped_source == 1)
    });
    a.hears_nothing();
    assert!(events.try_recv().is_err());
    media.configure(leg, a.params());
    a.hear();
    media.shutdown();
}

#[test]
fn what_is_not_rtp_harms_nothing() {
    let (media, _events) = media();
    let mut a = Phone::new(Pcmu);
    let (leg, port) = a.call(&media, 1);
    for junk in [
        &b""[..],
        b"\x80",
        b"OPTIONS sip:x SIP/2.0\r\n\r\n",
        &[0xff; 1_400],
    ] {
        a.socket.send_to(junk, port).unwrap();
    }
    // Comfort noise, and an event too short to be one.
    a.send(port, 13, 0, &[30]);
    a.send(port, 101, 0, &[1]);
    a.speak(port, &[0; 160]);
    until("all came", || {
        media
            .stats(leg)
            .is_some_and(|s| (s.packets_in, s.dropped_other) == (3, 5))
    });
    media.shutdown();
}
