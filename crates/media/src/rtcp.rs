//! The RTCP of one leg: which way it goes and whose it is. When and what is said is
//! [`voice::rtcp`]'s.

use crate::leg::{Leg, plain};
use crate::ports;
use mio::net::UdpSocket;
use std::fmt::Write;
use std::io;
use std::net::SocketAddr;
use voice::rtcp::{Instant, Participant, Sent};
use voice::sdp::RtcpPath;

/// Random bytes of the name of a leg (RFC 7022 §4.2 asks for 96 bits).
const NAME_BYTES: usize = 12;

/// The RTCP of one leg.
#[derive(Debug)]
pub(crate) struct RtcpSide {
    participant: Participant,
    path: RtcpPath,
    /// Its own, after the port of RTP, unless both share that.
    pub(crate) socket: Option<UdpSocket>,
    /// Where the packets of a far end behind a NAT come from.
    seen: Option<SocketAddr>,
}

impl Leg {
    /// Takes the path that the SDP exchange agreed on. True when there is a new socket,
    /// which is to be polled.
    pub(crate) fn configure_rtcp(&mut self, path: RtcpPath, now: Instant) -> bool {
        if path == RtcpPath::Off {
            self.rtcp = None;
            return false;
        }
        if self.rtcp.is_none() {
            match participant(self.outgoing.ssrc(), now) {
                Ok(participant) => {
                    self.rtcp = Some(Box::new(RtcpSide {
                        participant,
                        path,
                        socket: None,
                        seen: None,
                    }));
                }
                Err(error) => tracing::warn!(%error, "no random number: a leg has no RTCP"),
            }
        }
        let Some(rtcp) = &mut self.rtcp else {
            return false;
        };
        if rtcp.path != path {
            rtcp.path = path;
            rtcp.seen = None;
        }
        if path == RtcpPath::Shared {
            rtcp.socket = None;
            return false;
        }
        if rtcp.socket.is_some() {
            return false;
        }
        match bind_after(&self.socket) {
            Ok(socket) => {
                rtcp.socket = Some(socket);
                true
            }
            Err(error) => {
                // The audio does not need it.
                tracing::debug!(leg = ?self.id, %error, "no port for RTCP");
                false
            }
        }
    }

    /// Takes an RTCP packet; `shared` when it came where RTP does. True if it was ours to take.
    pub(crate) fn hear_rtcp(
        &mut self,
        packet: &[u8],
        from: SocketAddr,
        shared: bool,
        now: Instant,
    ) -> bool {
        let (Some(rtcp), Some(agreement)) = (&mut self.rtcp, &self.agreement) else {
            return false;
        };
        let from = plain(from);
        if shared != (rtcp.path == RtcpPath::Shared) || from.ip() != agreement.lock.accepted().ip()
        {
            return false;
        }
        match rtcp.participant.receive(packet, now) {
            Ok(()) => {
                rtcp.seen.get_or_insert(from);
                true
            }
            Err(error) => {
                tracing::trace!(leg = ?self.id, %error, "not RTCP");
                false
            }
        }
    }

    /// Says what is due; `samples` is `now` on the thread's other clock.
    pub(crate) fn speak_rtcp(&mut self, now: Instant, samples: u32) {
        let sent = self.sent(samples);
        let Some(rtcp) = &mut self.rtcp else {
            return;
        };
        if !rtcp.participant.is_due(now) {
            return;
        }
        let (Ok(first), Ok(second)) = (getrandom::u32(), getrandom::u32()) else {
            return;
        };
        let random = [first, second];
        let reception = &mut self.reception;
        if let Some(packet) = rtcp.participant.speak(now, sent, reception, random) {
            self.send_rtcp(&packet);
        }
    }

    /// Says goodbye, if anybody has heard of us.
    pub(crate) fn leave_rtcp(&mut self, now: Instant, samples: u32) {
        let sent = self.sent(samples);
        if let Some(rtcp) = &mut self.rtcp
            && let Some(packet) = rtcp.participant.leave(now, sent, &mut self.reception)
        {
            self.send_rtcp(&packet);
        }
    }

    /// What the far end said of what we send, if it said anything.
    pub(crate) fn add_rtcp_to(&self, stats: &mut crate::LegStats) {
        let Some(rtcp) = &self.rtcp else {
            return;
        };
        let participant = &rtcp.participant;
        stats.rtcp_in = participant.received();
        stats.rtcp_out = participant.said();
        stats.round_trip_us = participant.round_trip_us();
        if let Some(far) = participant.far() {
            stats.lost_out = Some(u64::try_from(far.lost).unwrap_or(0));
            // Every codec of ours has an RTP clock of 8 kHz.
            stats.jitter_out_us = Some(far.jitter.saturating_mul(125));
        }
    }

    fn sent(&self, samples: u32) -> Sent {
        Sent {
            packets: self.stats.packets_out,
            bytes: self.stats.bytes_out,
            rtp_timestamp: self.outgoing.timestamp_at(samples),
        }
    }

    fn send_rtcp(&mut self, packet: &[u8]) {
        let (Some(rtcp), Some(agreement)) = (&self.rtcp, &self.agreement) else {
            return;
        };
        let accepted = agreement.lock.accepted();
        let target = match (rtcp.path, rtcp.seen) {
            (RtcpPath::Off, _) => return,
            (RtcpPath::Shared, _) => accepted,
            (RtcpPath::At(_), Some(seen)) => seen,
            (RtcpPath::At(said), None) => said,
        };
        if target.ip().is_unspecified() {
            return;
        }
        let sent = match (rtcp.path, &rtcp.socket) {
            (RtcpPath::Shared, _) => self.hand_over(packet, target),
            (_, Some(socket)) => socket.send_to(packet, self.reachable(target)),
            (_, None) => return,
        };
        if let Err(error) = sent {
            // As a packet that the network loses: the next one says it all again.
            tracing::trace!(leg = ?self.id, %error, "RTCP not sent");
        }
    }
}

/// Our side of a leg under a name that says nothing about anybody.
fn participant(ssrc: u32, now: Instant) -> io::Result<Participant> {
    let mut bytes = [0; NAME_BYTES];
    getrandom::fill(&mut bytes).map_err(io::Error::other)?;
    let mut cname = String::with_capacity(2 * NAME_BYTES);
    for byte in bytes {
        let _ = write!(cname, "{byte:02x}");
    }
    let random = getrandom::u32().map_err(io::Error::other)?;
    Ok(Participant::new(ssrc, cname, now, random))
}

/// A socket on the port after that of RTP.
fn bind_after(rtp: &UdpSocket) -> io::Result<UdpSocket> {
    let mut address = rtp.local_addr()?;
    let next = address.port().checked_add(1);
    address.set_port(next.ok_or(io::ErrorKind::AddrNotAvailable)?);
    ports::bind(address).map(UdpSocket::from_std)
}
