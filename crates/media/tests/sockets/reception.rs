//! What is told and counted of the packets that come, or do not.

use crate::phone::{Phone, media, until};
use media::{MediaEvent, RTP_STOPPED_S};
use std::time::{Duration, Instant};
use voice::Codec::Pcmu;

#[test]
fn a_leg_that_falls_silent_is_told_after_seven_seconds_and_again_when_it_speaks() {
    let (media, events) = media();
    let mut phone = Phone::new(Pcmu);
    let (leg, port) = phone.call(&media, 1);
    let (silent, _) = Phone::new(Pcmu).call(&media, 1);
    phone.speak(port, &[0; 160]);
    let long = Duration::from_secs(u64::from(RTP_STOPPED_S) + 10);
    let next = || events.recv_timeout(long).unwrap();
    assert_eq!(next(), MediaEvent::FirstPacket { leg });
    let start = Instant::now();
    assert_eq!(next(), MediaEvent::RtpStopped { leg });
    assert!(start.elapsed() > Duration::from_millis(6_900));
    phone.speak(port, &[0; 160]);
    assert_eq!(next(), MediaEvent::RtpResumed { leg });
    phone.speak(port, &[0; 160]);
    until("it came", || media.stats(leg).unwrap().packets_in == 3);
    assert!(media.stats(silent).is_some(), "nothing is told of this one");
    assert_eq!(events.try_iter().count(), 0);
    media.shutdown();
}

#[test]
fn loss_repeats_and_jitter_are_counted() {
    let (media, _events) = media();
    let mut phone = Phone::new(Pcmu);
    let (leg, port) = phone.call(&media, 1);
    for number in 0..40 {
        match number {
            7 | 8 | 20 => {
                phone.sequence = phone.sequence.wrapping_add(1);
                phone.timestamp = phone.timestamp.wrapping_add(160);
            }
            30 => {
                let timestamp = phone.timestamp.wrapping_sub(160);
                phone.sequence = phone.sequence.wrapping_sub(1);
                phone.send(port, 0, timestamp, &[0xff; 160]);
            }
            _ => phone.speak(port, &[0; 160]),
        }
    }
    until("all came", || media.stats(leg).unwrap().packets_in == 37);
    let stats = media.stats(leg).unwrap();
    assert_eq!(
        (stats.lost_in, stats.late_in),
        (2, 1),
        "the repeat makes one good"
    );
    // All came at once: each 20 ms too early.
    assert!(stats.jitter_in_us > 10_000, "{stats:?}");
    media.shutdown();
}
