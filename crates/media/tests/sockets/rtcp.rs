//! RTCP with far ends that share a port for it and with those that do not.

use crate::phone::{PATIENCE, Phone, loopback, media, until};
use media::{LegId, LegParams, Media, Source, StatsSink};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::Duration;
use voice::Codec::Pcmu;
use voice::Tune;
use voice::rtcp::packet::{Heard, ReportBlock, SenderInfo, compound, is_rtcp, parse};
use voice::sdp::RtcpPath;
use voice::tone::sine;

/// A far end with a socket for RTCP, which may be that of RTP.
struct Far {
    phone: Phone,
    rtcp: UdpSocket,
    path: RtcpPath,
}

impl Far {
    fn that_shares() -> Self {
        let phone = Phone::new(Pcmu);
        let rtcp = phone.socket.try_clone().unwrap();
        Self {
            phone,
            rtcp,
            path: RtcpPath::Shared,
        }
    }

    fn with_two_ports() -> Self {
        let rtcp = UdpSocket::bind((loopback(), 0)).unwrap();
        rtcp.set_read_timeout(Some(PATIENCE)).unwrap();
        Self {
            phone: Phone::new(Pcmu),
            path: RtcpPath::At(rtcp.local_addr().unwrap()),
            rtcp,
        }
    }

    /// Opens a leg that hears a tone; returns where its RTP and its RTCP are.
    fn call(&self, media: &Media) -> (LegId, SocketAddr, SocketAddr) {
        let (leg, port) = media.open_leg(1).unwrap();
        let params = LegParams {
            rtcp: self.path,
            ..self.phone.params()
        };
        media.configure(leg, params);
        let tune = Arc::new(Tune::from_samples(sine(450.0, 0.5, 8_000, 8_000)));
        media.hear(
            leg,
            Source::Player(media.create_player(1, tune, true, false)),
        );
        let rtcp = if self.path == RtcpPath::Shared {
            port
        } else {
            port + 1
        };
        (leg, at(port), at(rtcp))
    }

    /// The next RTCP packet; `ssrc` of our stream. RTP before it is passed over.
    fn report(&self) -> (Heard, SocketAddr) {
        let mut buffer = [0; 2_048];
        loop {
            let (length, from) = self.rtcp.recv_from(&mut buffer).expect("a packet");
            if is_rtcp(&buffer[..length]) {
                return (parse(&buffer[..length], self.phone.ssrc).unwrap(), from);
            }
        }
    }

    fn says(&self, packet: &[u8], to: SocketAddr) {
        self.rtcp.send_to(packet, to).unwrap();
    }
}

fn at(port: u16) -> SocketAddr {
    SocketAddr::new(loopback(), port)
}

/// What a far end that got most of what we sent says of it.
fn answer(heard: &Heard, since_last_sr: u32) -> ReportBlock {
    ReportBlock {
        ssrc: heard.from,
        fraction_lost: 12,
        lost: 7,
        highest_sequence: 5,
        jitter: 24,
        last_sr: (heard.sender.unwrap().ntp >> 16) as u32,
        since_last_sr,
    }
}

fn both_ends_learn_how_the_line_is(mut far: Far) {
    let (media, _events) = media();
    let (leg, rtp, rtcp) = far.call(&media);
    for number in 0..60 {
        if number == 20 {
            far.phone.sequence = far.phone.sequence.wrapping_add(3);
        }
        far.phone.speak(rtp, &[0; 160]);
    }
    let (heard, from) = far.report();
    assert_eq!(from, rtcp);
    let sender = heard.sender.expect("we send");
    assert!(
        sender.packets > 20 && sender.bytes == sender.packets * 160,
        "{sender:?}"
    );
    let about = heard.about_us.expect("we hear");
    assert_eq!(
        (about.lost, about.fraction_lost),
        (3, 12),
        "3 of 63 are 12/256"
    );
    assert_eq!(
        media.stats(leg).unwrap().lost_out,
        None,
        "it has said nothing"
    );
    // It holds its answer back for an eighth of a second.
    std::thread::sleep(Duration::from_millis(125));
    let info = SenderInfo {
        ntp: 9 << 32,
        rtp_timestamp: far.phone.timestamp,
        packets: 60,
        bytes: 9_600,
    };
    let said = answer(&heard, 65_536 / 8);
    let words = compound(far.phone.ssrc, Some(&info), Some(&said), "far", false);
    far.says(&words, rtcp);
    until("the answer came", || media.stats(leg).unwrap().rtcp_in == 1);
    let stats = media.stats(leg).unwrap();
    assert_eq!(
        (stats.lost_out, stats.jitter_out_us),
        (Some(7), Some(3_000))
    );
    let round_trip_us = stats.round_trip_us.expect("it answered our report");
    assert!(round_trip_us < 100_000, "{round_trip_us}");
    assert_eq!((stats.lost_in, stats.packets_in), (3, 60), "RTCP is no RTP");

    far.phone.speak(rtp, &[0; 160]);
    let (second, _) = far.report();
    let about = second.about_us.expect("one packet came since");
    assert_eq!(about.last_sr, 9 << 16, "the middle of what it said");
    assert!(
        about.since_last_sr > 65_536,
        "more than a second: {about:?}"
    );
    media.close_leg(leg);
    let (last, _) = far.report();
    assert!(last.leaves && !second.leaves);
    media.shutdown();
}

#[test]
fn both_ends_learn_how_the_line_is_on_one_port() {
    both_ends_learn_how_the_line_is(Far::that_shares());
}

#[test]
fn both_ends_learn_how_the_line_is_on_two_ports() {
    both_ends_learn_how_the_line_is(Far::with_two_ports());
}

#[test]
fn what_is_not_rtcp_or_of_a_stranger_harms_nobody() {
    let (media, _events) = media();
    for mut far in [Far::that_shares(), Far::with_two_ports()] {
        let (leg, rtp, rtcp) = far.call(&media);
        far.phone.speak(rtp, &[0; 160]);
        until("it came", || media.stats(leg).unwrap().packets_in == 1);
        let (ours, _, _) = far.phone.hear();
        let block = ReportBlock {
            ssrc: ours.ssrc,
            lost: 99,
            ..ReportBlock::default()
        };
        let lie = compound(far.phone.ssrc, None, Some(&block), "liar", true);
        let IpAddr::V4(own) = loopback() else {
            panic!()
        };
        let [a, b, c, d] = own.octets();
        let stranger = UdpSocket::bind((IpAddr::from([a, b, c, d ^ 128]), 0)).unwrap();
        stranger.send_to(&lie, rtcp).unwrap();
        let ours_back = compound(ours.ssrc, None, Some(&block), "us", true);
        let wrong: [&[u8]; 6] = [
            &[0x80, 200],
            &[0x80, 200, 0xff, 0xff, 1, 2, 3, 4],
            &[0x9f, 201, 0, 1, 1, 2, 3, 4],
            &[0xa0, 201, 0, 1, 1, 2, 3, 0xff],
            &[0x80, 223],
            &ours_back,
        ];
        for packet in wrong {
            far.says(packet, rtcp);
        }
        // A goodbye is no hang-up: signalling says when a call ends.
        let bye = compound(far.phone.ssrc, None, None, "far", true);
        far.says(&bye, rtcp);
        until("it came", || media.stats(leg).unwrap().rtcp_in == 1);
        far.phone.speak(rtp, &[0; 160]);
        until("it came", || media.stats(leg).unwrap().packets_in == 2);
        let stats = media.stats(leg).unwrap();
        assert_eq!(
            (stats.lost_out, stats.round_trip_us),
            (None, None),
            "{stats:?}"
        );
        media.close_leg(leg);
    }
    media.shutdown();
}

#[test]
fn who_wants_no_rtcp_gets_none_and_the_end_is_told() {
    let (media, _events) = media();
    let mut far = Far::with_two_ports();
    far.path = RtcpPath::Off;
    let (leg, rtp, _) = far.call(&media);
    far.phone.speak(rtp, &[0; 160]);
    until("it came", || media.stats(leg).unwrap().packets_in == 1);
    std::thread::sleep(Duration::from_secs(3));
    let (sender, told) = crossbeam_channel::bounded(1);
    let sink = StatsSink::new(move |stats| {
        let _ = sender.send(stats);
    });
    media.close_leg_and_tell(leg, sink);
    let stats = told.recv_timeout(PATIENCE).unwrap();
    assert_eq!((stats.packets_in, stats.rtcp_out), (1, 0));
    assert!(stats.packets_out > 100, "{stats:?}");
    far.rtcp.set_nonblocking(true).unwrap();
    assert!(
        far.rtcp.recv(&mut [0; 100]).is_err(),
        "a packet of RTCP came"
    );
    media.shutdown();
}
