//! SDP offer and answer for one audio stream (RFC 3264, RFC 4566).
//!
//! One `m=audio` over `RTP/AVP` is taken; every other stream of an offer is
//! refused with port 0, as RFC 3264 §6 asks.

mod parse;

pub use parse::{MEDIA_MAX, SDP_BYTES_MAX};

use crate::Codec;
use parse::{Direction, MediaSection, RtpMap};
use std::fmt::Write;
use std::net::{IpAddr, SocketAddr};

/// Payload type of RFC 4733 events in our offers, and so in what comes back.
pub const DTMF_PAYLOAD_TYPE: u8 = 101;

/// Characters of a foreign codec list that an error repeats.
const OFFERED_CHARS_MAX: usize = 200;

/// Where the RTCP of a stream goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RtcpPath {
    /// The far end wants none: both its bandwidths are 0 (RFC 3556 §2).
    Off,
    /// To the port of RTP (`a=rtcp-mux`, RFC 5761), from the port of ours.
    Shared,
    /// There: `a=rtcp` (RFC 3605), or the port after that of RTP (RFC 3550 §11). Ours
    /// is the port after that of our RTP.
    At(SocketAddr),
}

/// What both sides agreed on, seen from us.
#[derive(Clone, Debug, PartialEq)]
pub struct Agreed {
    /// Where the far end wants RTP.
    pub remote: SocketAddr,
    /// Codec.
    pub codec: Codec,
    /// Its payload type.
    pub payload_type: u8,
    /// RFC 4733 payload type.
    pub dtmf_payload_type: Option<u8>,
    /// Where its RTCP goes.
    pub rtcp: RtcpPath,
    /// Whether the far end wants to hear us (false on hold).
    pub we_send: bool,
    /// Whether the far end sends.
    pub we_receive: bool,
}

/// No call can be made of this SDP; answer 488 (or 400 for `Malformed`).
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SdpError {
    /// Not SDP.
    #[error("SDP line {line}: {what}")]
    Malformed {
        /// Line from 1.
        line: usize,
        /// What is wrong.
        what: String,
    },
    /// No audio over plain RTP with a codec that we have.
    #[error("no common codec: the other side offers {offered}")]
    NoCommonCodec {
        /// What it offers.
        offered: String,
    },
}

impl Codec {
    /// Name in `a=rtpmap` (RFC 3551 §4.5).
    pub fn sdp_name(self) -> &'static str {
        match self {
            Self::Pcmu => "PCMU",
            Self::Pcma => "PCMA",
            Self::G722 => "G722",
        }
    }

    /// Payload type assigned by RFC 3551 §6.
    pub fn static_payload_type(self) -> u8 {
        match self {
            Self::Pcmu => 0,
            Self::Pcma => 8,
            Self::G722 => 9,
        }
    }
}

/// Our offer: all `codecs` in our order, RFC 4733 events, RTCP beside RTP or after it,
/// 20 ms, both ways.
pub fn offer(local: IpAddr, port: u16, codecs: &[Codec], session: u64, version: u64) -> Vec<u8> {
    let mut text = head(local, session, version);
    let codecs: Vec<(u8, Codec)> = codecs
        .iter()
        .map(|codec| (codec.static_payload_type(), *codec))
        .collect();
    let dtmf = Some(DTMF_PAYLOAD_TYPE);
    put_audio(&mut text, port, &codecs, dtmf, true, Direction::SendReceive);
    text.into_bytes()
}

/// Our answer to `offer`: the text to send and what it means. The codec is the
/// first of the *offerer's* list that is among `codecs`, so that both legs of a
/// bridge tend to match.
///
/// # Errors
/// [`SdpError`].
pub fn answer(
    offer: &[u8],
    local: IpAddr,
    port: u16,
    codecs: &[Codec],
    session: u64,
    version: u64,
) -> Result<(Vec<u8>, Agreed), SdpError> {
    let offered = parse::parse(offer)?;
    let mut chosen = None;
    for (index, section) in offered.media.iter().enumerate() {
        if let Some(agreed) = agree(section, codecs)? {
            chosen = Some((index, section.direction, agreed));
            break;
        }
    }
    let Some((index, direction, agreed)) = chosen else {
        return Err(no_common_codec(&offered.media));
    };
    let mut text = head(local, session, version);
    for (i, section) in offered.media.iter().enumerate() {
        if i == index {
            let codec = [(agreed.payload_type, agreed.codec)];
            let ours = reverse(direction);
            let dtmf = agreed.dtmf_payload_type;
            let shared = agreed.rtcp == RtcpPath::Shared;
            put_audio(&mut text, port, &codec, dtmf, shared, ours);
        } else {
            put_refusal(&mut text, section);
        }
    }
    Ok((text.into_bytes(), agreed))
}

/// What the far end's answer to our offer means.
///
/// # Errors
/// [`SdpError`].
pub fn accept(answer: &[u8], codecs: &[Codec]) -> Result<Agreed, SdpError> {
    let answered = parse::parse(answer)?;
    // We offered one stream, so the first of the answer is about it (RFC 3264 §6).
    let section = answered.media.first();
    section
        .map(|section| agree(section, codecs))
        .transpose()?
        .flatten()
        .ok_or_else(|| no_common_codec(&answered.media))
}

/// What we could agree on for this stream; `None` when it is not for us.
fn agree(section: &MediaSection, codecs: &[Codec]) -> Result<Option<Agreed>, SdpError> {
    let ours = section.kind == "audio" && section.protocol == "RTP/AVP" && section.port != 0;
    if !ours {
        return Ok(None);
    }
    let maps: Vec<RtpMap> = section
        .formats
        .iter()
        .filter_map(|f| section.map_of(f))
        .collect();
    let Some((codec, payload_type)) = maps
        .iter()
        .find_map(|map| Some((codec_of(map, codecs)?, map.payload_type)))
    else {
        return Ok(None);
    };
    let Some(address) = section.connection else {
        return Err(SdpError::Malformed {
            line: section.line,
            what: "no c= for this stream".into(),
        });
    };
    let dtmf = maps
        .iter()
        .find(|m| m.name.eq_ignore_ascii_case("telephone-event") && m.rate == 8_000)
        .map(|m| m.payload_type);
    let (they_send, they_receive) = match section.direction {
        Direction::SendReceive => (true, true),
        Direction::SendOnly => (true, false),
        Direction::ReceiveOnly => (false, true),
        Direction::Inactive => (false, false),
    };
    Ok(Some(Agreed {
        remote: SocketAddr::new(address, section.port),
        codec,
        payload_type,
        dtmf_payload_type: dtmf,
        rtcp: rtcp_path(section, address),
        // 0.0.0.0 is the hold of RFC 2543: there is nowhere to send to.
        we_send: they_receive && !address.is_unspecified(),
        we_receive: they_send,
    }))
}

fn rtcp_path(section: &MediaSection, address: IpAddr) -> RtcpPath {
    let attributes = &section.rtcp;
    if attributes.bandwidths == (Some(0), Some(0)) {
        return RtcpPath::Off;
    }
    if attributes.shared {
        return RtcpPath::Shared;
    }
    let (port, own_address) = match attributes.at {
        Some(at) => at,
        // Nobody has a port after the last.
        None => match section.port.checked_add(1) {
            Some(port) => (port, None),
            None => return RtcpPath::Off,
        },
    };
    RtcpPath::At(SocketAddr::new(own_address.unwrap_or(address), port))
}

/// Every codec of ours has an RTP clock of 8,000 Hz: G.722 has it by a mistake of
/// long ago that RFC 3551 §4.5.2 keeps.
fn codec_of(map: &RtpMap, codecs: &[Codec]) -> Option<Codec> {
    codecs
        .iter()
        .copied()
        .find(|codec| map.name.eq_ignore_ascii_case(codec.sdp_name()) && map.rate == 8_000)
}

/// The answer to a direction (RFC 3264 §6.1).
fn reverse(direction: Direction) -> Direction {
    match direction {
        Direction::SendReceive => Direction::SendReceive,
        Direction::SendOnly => Direction::ReceiveOnly,
        Direction::ReceiveOnly => Direction::SendOnly,
        Direction::Inactive => Direction::Inactive,
    }
}

fn no_common_codec(media: &[MediaSection]) -> SdpError {
    let mut offered = String::new();
    for section in media {
        if !offered.is_empty() {
            offered.push_str("; ");
        }
        offered.push_str(&format!("{} {}", section.kind, section.protocol));
        if section.port == 0 {
            offered.push_str(" refused (port 0)");
            continue;
        }
        for format in &section.formats {
            match section.map_of(format) {
                Some(map) => offered.push_str(&format!(" {}/{}", map.name, map.rate)),
                None => offered.push_str(&format!(" {format}")),
            }
        }
    }
    if offered.is_empty() {
        offered.push_str("no stream at all");
    }
    SdpError::NoCommonCodec {
        offered: offered.chars().take(OFFERED_CHARS_MAX).collect(),
    }
}

fn family(address: IpAddr) -> &'static str {
    match address {
        IpAddr::V4(_) => "IP4",
        IpAddr::V6(_) => "IP6",
    }
}

fn head(local: IpAddr, session: u64, version: u64) -> String {
    let family = family(local);
    format!(
        "v=0\r\no=- {session} {version} IN {family} {local}\r\ns=-\r\nc=IN {family} {local}\r\nt=0 0\r\n"
    )
}

/// Appends a line. Writing to a `String` cannot fail.
macro_rules! line {
    ($text:expr, $($arg:tt)*) => {
        let _ = write!($text, $($arg)*);
        $text.push_str("\r\n");
    };
}

fn put_audio(
    text: &mut String,
    port: u16,
    codecs: &[(u8, Codec)],
    dtmf: Option<u8>,
    shares_rtcp: bool,
    direction: Direction,
) {
    let types: Vec<String> = codecs
        .iter()
        .map(|(pt, _)| *pt)
        .chain(dtmf)
        .map(|pt| pt.to_string())
        .collect();
    line!(text, "m=audio {port} RTP/AVP {}", types.join(" "));
    for (payload_type, codec) in codecs {
        line!(text, "a=rtpmap:{payload_type} {}/8000", codec.sdp_name());
    }
    if let Some(dtmf) = dtmf {
        line!(text, "a=rtpmap:{dtmf} telephone-event/8000");
        line!(text, "a=fmtp:{dtmf} 0-15");
    }
    line!(text, "a=ptime:20");
    if shares_rtcp {
        line!(text, "a=rtcp-mux");
    }
    let direction = match direction {
        Direction::SendReceive => "sendrecv",
        Direction::SendOnly => "sendonly",
        Direction::ReceiveOnly => "recvonly",
        Direction::Inactive => "inactive",
    };
    line!(text, "a={direction}");
}

/// A stream that we do not take: its own words with port 0 (RFC 3264 §6).
fn put_refusal(text: &mut String, section: &MediaSection) {
    let formats = section.formats.join(" ");
    line!(text, "m={} 0 {} {formats}", section.kind, section.protocol);
}

#[cfg(test)]
mod tests;
