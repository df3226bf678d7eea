//! One RTP leg: its socket, who may send to it, what it hears and who hears it.

use crate::coding::{Decoding, Encoding};
use crate::graph::LegTap;
use crate::outgoing::Outgoing;
use crate::rtcp::RtcpSide;
use crate::{LegId, LegParams, LegStats};
use mio::net::UdpSocket;
use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use voice::dtmf::{DigitReceiver, DigitSender};
use voice::dtmf_tones::ToneDigitReceiver;
use voice::reception::Reception;
use voice::rtp::{HEADER_BYTES, Header};
use voice::sdp::DTMF_PAYLOAD_TYPE;
use voice::source_lock::SourceLock;
use voice::{Codec, Rate};

/// Place of a leg in its thread's table.
pub(crate) type LegIndex = usize;
/// Place of a player in its thread's table.
pub(crate) type PlayerIndex = usize;

/// Place of a mixer in its thread's table.
pub(crate) type MixerIndex = usize;
/// Place of a feed in its thread's table.
pub(crate) type FeedIndex = usize;

/// What a leg hears, resolved to places in the thread's tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hears {
    Silence,
    Leg(LegIndex),
    Player(PlayerIndex),
    Mixer(MixerIndex),
    Feed(FeedIndex),
}

/// What an accepted packet carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    Audio(Codec),
    Digit,
    /// Comfort noise or a payload type nobody agreed on.
    Unknown,
}

/// Whether the socket is tied to the proven source. A tied socket saves the
/// kernel a look-up of the route for each packet sent, a tenth of the cost, and
/// the kernel itself turns foreign packets away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Connection {
    /// The socket listens on every address of the host: tied, it would hear
    /// only the one that the kernel picks, which need not be the one in our SDP.
    Never,
    Open,
    Tied,
}

/// Whether packets come from the far end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// None has come so far.
    Nothing,
    /// The last one came at this sample of the thread's clock.
    Flowing { last: u32 },
    /// None has come for so long that it was told.
    Stopped,
}

/// What the SDP exchange agreed on, and what follows from it.
#[derive(Debug)]
pub(crate) struct Agreement {
    pub(crate) params: LegParams,
    pub(crate) lock: SourceLock,
}

/// One leg.
#[derive(Debug)]
pub(crate) struct Leg {
    pub(crate) id: LegId,
    pub(crate) group: u64,
    pub(crate) socket: UdpSocket,
    pub(crate) port: u16,
    /// Whether the socket is of IPv6, which reaches IPv4 by mapped addresses only.
    ipv6: bool,
    connection: Connection,
    /// `None` until configured: everything is dropped and nothing sent.
    pub(crate) agreement: Option<Agreement>,
    pub(crate) hears: Hears,
    pub(crate) listeners: Vec<LegIndex>,
    pub(crate) outgoing: Outgoing,
    pub(crate) arrival: Arrival,
    pub(crate) reception: Reception,
    /// None before the agreement, and without RTCP in it.
    pub(crate) rtcp: Option<Box<RtcpSide>>,
    pub(crate) report_digits: bool,
    pub(crate) digits_in: DigitReceiver,
    /// Listens for digits in the audio, if that was asked for. Apart, because it
    /// is large and few legs need it.
    pub(crate) tone_digits: Option<Box<ToneDigitReceiver>>,
    /// The far end has sent a telephone event.
    pub(crate) sends_events: bool,
    /// Decodes what comes, while a mixer, a recorder or a stream needs it.
    pub(crate) tap: Option<Box<LegTap>>,
    /// Decodes what comes, if that is not as simple as G.711 at 8 kHz.
    pub(crate) decoding: Option<Box<Decoding>>,
    /// Encodes what goes, if that is not as simple as G.711 at 8 kHz.
    pub(crate) encoding: Option<Box<Encoding>>,
    pub(crate) digits_out: DigitSender,
    /// An event of ours is being sent in place of audio.
    pub(crate) sending_digit: bool,
    pub(crate) stats: LegStats,
    /// How often its statistics are told, seconds, and in how many the next time.
    pub(crate) report_stats: Option<(u32, u32)>,
}

impl Leg {
    pub(crate) fn new(
        id: LegId,
        group: u64,
        (socket, port): (std::net::UdpSocket, u16),
        outgoing: Outgoing,
    ) -> Self {
        let local = socket.local_addr();
        let ipv6 = local.as_ref().is_ok_and(SocketAddr::is_ipv6);
        let connection = match local {
            Ok(address) if !address.ip().is_unspecified() => Connection::Open,
            Ok(_) | Err(_) => Connection::Never,
        };
        Self {
            id,
            group,
            socket: UdpSocket::from_std(socket),
            port,
            ipv6,
            connection,
            agreement: None,
            hears: Hears::Silence,
            listeners: Vec::new(),
            outgoing,
            arrival: Arrival::Nothing,
            reception: Reception::default(),
            rtcp: None,
            report_digits: false,
            digits_in: DigitReceiver::default(),
            tone_digits: None,
            sends_events: false,
            tap: None,
            decoding: None,
            encoding: None,
            digits_out: DigitSender::default(),
            sending_digit: false,
            stats: LegStats::default(),
            report_stats: None,
        }
    }

    /// Takes what an SDP exchange agreed on.
    pub(crate) fn configure(&mut self, params: LegParams) {
        let remote = params.remote;
        if self.connection == Connection::Tied {
            // Another source may prove itself now. A socket that cannot be
            // untied goes on hearing and reaching the proven one.
            match rustix::net::connect_unspec(&self.socket) {
                Ok(()) => self.connection = Connection::Open,
                Err(error) => tracing::warn!(leg = ?self.id, %error, "cannot untie an RTP socket"),
            }
        }
        match &mut self.agreement {
            Some(agreement) => {
                agreement.lock.agree(remote);
                agreement.params = params;
            }
            None => {
                let lock = SourceLock::new(remote);
                self.agreement = Some(Agreement { params, lock });
            }
        }
        let rate = self.rate();
        if let Some(tap) = &mut self.tap {
            tap.be_at(rate);
        }
        self.outgoing.pause();
    }

    /// The rate of the sound of this leg.
    pub(crate) fn rate(&self) -> Rate {
        let agreement = self.agreement.as_ref();
        agreement.map_or(Rate::Narrow, |a| a.params.codec.rate())
    }

    /// The agreement if packets may be sent now.
    pub(crate) fn may_send(&self) -> Option<&Agreement> {
        self.agreement
            .as_ref()
            .filter(|a| a.params.sends && !a.lock.accepted().ip().is_unspecified())
    }

    /// What went over it so far.
    pub(crate) fn stats(&self) -> LegStats {
        let mut stats = LegStats {
            lost_in: self.reception.lost(),
            late_in: self.reception.late(),
            jitter_in_us: self.reception.jitter_us(),
            ..self.stats
        };
        self.add_rtcp_to(&mut stats);
        stats
    }

    /// Whether its statistics are to be told now; asked once a second.
    pub(crate) fn stats_are_due(&mut self) -> bool {
        let Some((every_s, left_s)) = &mut self.report_stats else {
            return false;
        };
        *left_s = left_s.saturating_sub(1);
        let due = *left_s == 0;
        if due {
            *left_s = *every_s;
        }
        due
    }

    /// Sends `header` and the payload that follows it in `packet`.
    pub(crate) fn send(&mut self, header: Header, packet: &mut [u8], target: SocketAddr) {
        if let Some(start) = packet.first_chunk_mut::<HEADER_BYTES>() {
            *start = header.to_bytes();
        }
        match self.hand_over(packet, target) {
            Ok(_) => {
                self.stats.packets_out += 1;
                self.stats.bytes_out += packet.len().saturating_sub(HEADER_BYTES) as u64;
            }
            // A full send buffer, a network that is down or word by ICMP that nobody
            // listened for an earlier packet loses this one, as the network itself
            // may; the count says so.
            Err(_) => self.stats.send_errors += 1,
        }
    }

    pub(crate) fn hand_over(&self, packet: &[u8], target: SocketAddr) -> io::Result<usize> {
        if self.connection != Connection::Tied {
            return self.socket.send_to(packet, self.reachable(target));
        }
        self.socket.send(packet)
    }

    /// Ties the socket to the source that has proven itself.
    pub(crate) fn tie(&mut self, proven: SocketAddr) {
        if self.connection != Connection::Open {
            return;
        }
        match self.socket.connect(self.reachable(proven)) {
            Ok(()) => self.connection = Connection::Tied,
            Err(error) => tracing::debug!(leg = ?self.id, %error, "an RTP socket stays untied"),
        }
    }

    /// The address as this socket can send to it.
    pub(crate) fn reachable(&self, target: SocketAddr) -> SocketAddr {
        if self.ipv6 { mapped(target) } else { target }
    }
}

impl Agreement {
    /// What the payload type means. Codecs under their static types are understood
    /// whatever was agreed on (RFC 3264 §6.1 lets the far end use any common codec).
    pub(crate) fn content(&self, payload_type: u8) -> Content {
        let params = &self.params;
        if payload_type == params.payload_type {
            return Content::Audio(params.codec);
        }
        if let Some(dtmf) = params.dtmf_payload_type
            && (payload_type == dtmf || payload_type == DTMF_PAYLOAD_TYPE)
        {
            return Content::Digit;
        }
        match payload_type {
            0 => Content::Audio(Codec::Pcmu),
            8 => Content::Audio(Codec::Pcma),
            9 => Content::Audio(Codec::G722),
            _ => Content::Unknown,
        }
    }
}

/// An IPv4 address as an IPv6 socket needs it.
fn mapped(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(v4) => SocketAddr::new(v4.to_ipv6_mapped().into(), address.port()),
        IpAddr::V6(_) => address,
    }
}

/// A source address as the SDP writes it: plain IPv4 even on an IPv6 socket.
pub(crate) fn plain(address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V4(_) => address,
        SocketAddr::V6(v6) => match Ipv6Addr::to_ipv4_mapped(v6.ip()) {
            Some(v4) => SocketAddr::new(v4.into(), v6.port()),
            // Scope and flow label are not part of what the SDP said.
            None => SocketAddr::new((*v6.ip()).into(), v6.port()),
        },
    }
}
