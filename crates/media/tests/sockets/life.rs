//! Legs and players come and go without a trace.

use crate::phone::{Phone, loopback, media, media_on, until};
use media::{Media, MediaConfig, MediaCounts, OpenError, Source};
use std::net::UdpSocket;
use std::sync::Arc;
use voice::Codec::Pcmu;

#[test]
fn a_closed_leg_frees_its_port() {
    let (media, _events) = media();
    let (leg, port) = media.open_leg(1).unwrap();
    assert_eq!(port % 2, 0);
    assert!(
        UdpSocket::bind((loopback(), port)).is_err(),
        "the port is held"
    );
    media.close_leg(leg);
    until("the leg is gone", || media.counts().legs == 0);
    UdpSocket::bind((loopback(), port)).unwrap();
    assert_eq!(media.stats(leg), None);
    media.shutdown();
}

#[test]
fn when_every_port_is_in_use_the_range_is_named() {
    let holder = UdpSocket::bind((loopback(), 0)).unwrap();
    let port = holder.local_addr().unwrap().port() & !1;
    drop(holder);
    let config = MediaConfig {
        bind: loopback(),
        port_min: port,
        port_max: port + 1,
        threads: 1,
    };
    let media = Media::start(config, Arc::new(|_| {})).unwrap();
    let (leg, given) = media.open_leg(1).unwrap();
    assert_eq!(given, port);
    match media.open_leg(1) {
        Err(OpenError::NoPort { port_min, port_max }) => {
            assert_eq!((port_min, port_max), (port, port + 1));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(media.counts().legs, 1);
    media.close_leg(leg);
    until("the port is free", || media.open_leg(1).is_ok());
    media.shutdown();
}

#[test]
fn counts_come_back_to_zero() {
    let (media, _events) = media_on(3);
    let tune = Arc::new(voice::Tune::from_samples(vec![0; 800]));
    let mut legs = Vec::new();
    let mut players = Vec::new();
    for group in 0..100 {
        let (leg, _) = media.open_leg(group).unwrap();
        let player = media.create_player(group, Arc::clone(&tune), true, false);
        media.hear(leg, Source::Player(player));
        legs.push(leg);
        players.push(player);
    }
    let full = MediaCounts {
        legs: 100,
        players: 100,
        ..MediaCounts::default()
    };
    assert_eq!(media.counts(), full);
    for (leg, player) in legs.iter().zip(&players) {
        media.close_leg(*leg);
        media.stop_player(*player);
        // Twice does no harm, and neither does what comes too late.
        media.close_leg(*leg);
        media.stop_player(*player);
        media.hear(*leg, Source::Player(*player));
        media.send_digits(*leg, "1");
    }
    until("all are gone", || media.counts() == MediaCounts::default());
    media.shutdown();
}

#[test]
fn shutdown_closes_everything_and_later_orders_are_refused() {
    let (media, _events) = media();
    let phone = Phone::new(Pcmu);
    let (leg, port) = phone.call(&media, 1);
    let tune = Arc::new(voice::Tune::from_samples(vec![0; 800]));
    let player = media.create_player(1, Arc::clone(&tune), true, false);
    media.hear(leg, Source::Player(player));
    phone.hear();
    media.shutdown();
    assert_eq!(media.counts(), MediaCounts::default());
    UdpSocket::bind(port).unwrap();
    assert!(matches!(media.open_leg(1), Err(OpenError::Socket(_))));
    media.create_player(1, tune, true, false);
    media.close_leg(leg);
    media.shutdown();
    assert_eq!(media.counts(), MediaCounts::default());
}

#[test]
fn the_threads_end_with_the_last_handle() {
    let (media, events) = media();
    let (_, port) = media.open_leg(1).unwrap();
    drop(media);
    // The sink is dropped by the last thread, which ends the channel.
    let ended = events.recv_timeout(crate::phone::PATIENCE).unwrap_err();
    assert!(ended.is_disconnected());
    UdpSocket::bind((loopback(), port)).unwrap();
}

#[test]
fn the_source_of_a_leg_may_close_before_it() {
    let (media, _events) = media();
    let (mut a, b) = (Phone::new(Pcmu), Phone::new(Pcmu));
    let (leg_a, port_a) = a.call(&media, 1);
    let (leg_b, port_b) = b.call(&media, 1);
    media.hear(leg_a, Source::Leg(leg_b));
    media.hear(leg_b, Source::Leg(leg_a));
    media.close_leg(leg_a);
    media.stats(leg_b).unwrap();
    a.speak(port_a, &[8_000; 160]);
    b.hears_nothing();
    // A new leg in the old place is not heard by whoever heard the old one.
    let mut c = Phone::new(Pcmu);
    let (leg_c, port_c) = c.call(&media, 1);
    media.stats(leg_c).unwrap();
    c.speak(port_c, &[8_000; 160]);
    b.hears_nothing();
    let mut talker = b;
    talker.speak(port_b, &[8_000; 160]);
    c.hears_nothing();
    media.shutdown();
}

#[test]
fn two_thousand_legs_can_be_open() {
    let (media, _events) = media_on(2);
    let legs: Vec<_> = (0..2_000).map(|i| media.open_leg(i).unwrap()).collect();
    let mut ports: Vec<u16> = legs.iter().map(|(_, port)| *port).collect();
    ports.sort_unstable();
    ports.dedup();
    assert_eq!(ports.len(), 2_000);
    for (leg, _) in legs {
        media.close_leg(leg);
    }
    until("all are closed", || media.counts().legs == 0);
    media.shutdown();
}
