//! Reading SDP (RFC 4566) as far as one audio stream needs it.

use super::SdpError;
use std::net::IpAddr;

/// Largest SDP that is read. A browser's offer with every codec is 10 KB.
pub const SDP_BYTES_MAX: usize = 32 * 1024;

/// Streams that an offer may have. Video phones offer three or four.
pub const MEDIA_MAX: usize = 16;

/// Payload types listed for one stream; there are only 128.
const FORMATS_MAX: usize = 128;

/// Which way a stream flows, seen from its writer (RFC 4566 §6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    SendReceive,
    SendOnly,
    ReceiveOnly,
    Inactive,
}

/// `a=rtpmap` of one payload type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RtpMap {
    /// Payload type.
    pub payload_type: u8,
    /// Encoding name as written.
    pub name: String,
    /// Clock rate, Hz.
    pub rate: u32,
}

/// What a section says of its RTCP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct RtcpAttributes {
    /// `a=rtcp-mux`.
    pub shared: bool,
    /// `a=rtcp`: a port, and an address if that is another one.
    pub at: Option<(u16, Option<IpAddr>)>,
    /// `b=RS` and `b=RR`, bits a second; from the session when the section has none.
    pub bandwidths: (Option<u32>, Option<u32>),
}

/// One `m=` section.
#[derive(Clone, Debug)]
pub(super) struct MediaSection {
    /// Line of the `m=`, from 1.
    pub line: usize,
    /// `audio`, `video` and so on.
    pub kind: String,
    /// Port; 0 is a refused stream.
    pub port: u16,
    /// Transport, such as `RTP/AVP`.
    pub protocol: String,
    /// Payload types as written.
    pub formats: Vec<String>,
    /// Its own `c=`, if any.
    pub connection: Option<IpAddr>,
    /// Direction, from the session when the section has none.
    pub direction: Direction,
    /// `a=rtpmap` lines.
    pub maps: Vec<RtpMap>,
    /// What it says of RTCP.
    pub rtcp: RtcpAttributes,
}

/// What [`parse`] found.
#[derive(Clone, Debug)]
pub(super) struct Session {
    /// `m=` sections in order.
    pub media: Vec<MediaSection>,
}

fn malformed(line: usize, what: impl Into<String>) -> SdpError {
    SdpError::Malformed {
        line,
        what: what.into(),
    }
}

/// Reads an SDP body. Unknown lines and attributes that do not parse are
/// skipped, as RFC 4566 §5 asks; what the stream stands on must be right.
pub(super) fn parse(body: &[u8]) -> Result<Session, SdpError> {
    if body.len() > SDP_BYTES_MAX {
        return Err(malformed(1, format!("longer than {SDP_BYTES_MAX} bytes")));
    }
    // Session names may be in any character set; nothing that we use is.
    let text = String::from_utf8_lossy(body);
    let mut connection = None;
    let mut direction = Direction::SendReceive;
    let mut bandwidths = (None, None);
    let mut media: Vec<MediaSection> = Vec::new();
    let mut seen_version = false;
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        let line = line.trim_end();
        if line.is_empty() {
            continue;
        }
        let Some((kind, value)) = line.split_once('=') else {
            return Err(malformed(number, "not of the form x=value"));
        };
        if !seen_version && (kind, value) != ("v", "0") {
            return Err(malformed(number, "SDP begins with v=0"));
        }
        seen_version = true;
        if kind == "m" {
            if media.len() >= MEDIA_MAX {
                return Err(malformed(number, format!("more than {MEDIA_MAX} streams")));
            }
            let mut section = parse_media(number, value, connection, direction)?;
            section.rtcp.bandwidths = bandwidths;
            media.push(section);
            continue;
        }
        match (kind, media.last_mut()) {
            ("c", Some(section)) => section.connection = Some(parse_connection(number, value)?),
            ("c", None) => connection = Some(parse_connection(number, value)?),
            ("a", Some(section)) => section.read_attribute(value),
            ("b", Some(section)) => read_bandwidth(value, &mut section.rtcp.bandwidths),
            ("b", None) => read_bandwidth(value, &mut bandwidths),
            ("a", None) => direction = parse_direction(value).unwrap_or(direction),
            _ => {}
        }
    }
    if !seen_version {
        return Err(malformed(1, "empty"));
    }
    Ok(Session { media })
}

/// `audio 49170/2 RTP/AVP 0 8 101`.
fn parse_media(
    line: usize,
    value: &str,
    connection: Option<IpAddr>,
    direction: Direction,
) -> Result<MediaSection, SdpError> {
    let mut fields = value.split_ascii_whitespace();
    let (Some(kind), Some(port), Some(protocol)) = (fields.next(), fields.next(), fields.next())
    else {
        return Err(malformed(line, "m= needs a kind, a port and a protocol"));
    };
    let port = port.split_once('/').map_or(port, |(port, _)| port);
    let port = port
        .parse::<u16>()
        .map_err(|_| malformed(line, "the port of m= is not 0 to 65535"))?;
    let formats: Vec<String> = fields.take(FORMATS_MAX).map(str::to_owned).collect();
    // These words come back in our answer, so they must be plain tokens.
    let plain = |word: &str| word.bytes().all(|b| b.is_ascii_graphic());
    if formats.is_empty() || !plain(kind) || !plain(protocol) || !formats.iter().all(|f| plain(f)) {
        return Err(malformed(line, "m= needs formats in plain ASCII"));
    }
    Ok(MediaSection {
        line,
        kind: kind.to_owned(),
        port,
        protocol: protocol.to_owned(),
        formats,
        connection,
        direction,
        maps: Vec::new(),
        rtcp: RtcpAttributes::default(),
    })
}

/// `IN IP4 192.0.2.1` or `IN IP6 2001:db8::1`. Names are not resolved: a leg
/// that waits for a name server has no audio.
fn parse_connection(line: usize, value: &str) -> Result<IpAddr, SdpError> {
    let mut fields = value.split_ascii_whitespace();
    let (Some("IN"), Some(family), Some(address)) = (fields.next(), fields.next(), fields.next())
    else {
        return Err(malformed(line, "c= needs IN, a family and an address"));
    };
    let address = address.split_once('/').map_or(address, |(host, _)| host);
    let address: IpAddr = address
        .parse()
        .map_err(|_| malformed(line, "c= needs an address, not a name"))?;
    match (family, address) {
        ("IP4", IpAddr::V4(v4)) if v4.is_multicast() || v4.is_broadcast() => {
            Err(malformed(line, "c= names a group, not one host"))
        }
        ("IP6", IpAddr::V6(v6)) if v6.is_multicast() => {
            Err(malformed(line, "c= names a group, not one host"))
        }
        ("IP4", IpAddr::V4(_)) | ("IP6", IpAddr::V6(_)) => Ok(address),
        _ => Err(malformed(line, "the family of c= does not fit its address")),
    }
}

fn parse_direction(attribute: &str) -> Option<Direction> {
    match attribute.trim() {
        "sendrecv" => Some(Direction::SendReceive),
        "sendonly" => Some(Direction::SendOnly),
        "recvonly" => Some(Direction::ReceiveOnly),
        "inactive" => Some(Direction::Inactive),
        _ => None,
    }
}

impl MediaSection {
    fn read_attribute(&mut self, attribute: &str) {
        if let Some(direction) = parse_direction(attribute) {
            self.direction = direction;
        } else if let Some(value) = attribute.strip_prefix("rtpmap:")
            && self.maps.len() < FORMATS_MAX
        {
            self.maps.extend(parse_map(value));
        } else if attribute == "rtcp-mux" {
            self.rtcp.shared = true;
        } else if let Some(value) = attribute.strip_prefix("rtcp:") {
            self.rtcp.at = parse_rtcp(value);
        }
    }

    /// What the payload type carries, by its `rtpmap` or by RFC 3551 §6.
    pub(super) fn map_of(&self, format: &str) -> Option<RtpMap> {
        let payload_type = format.parse::<u8>().ok().filter(|pt| *pt < 128)?;
        if let Some(map) = self.maps.iter().find(|m| m.payload_type == payload_type) {
            return Some(map.clone());
        }
        let name = match payload_type {
            0 => "PCMU",
            3 => "GSM",
            4 => "G723",
            8 => "PCMA",
            9 => "G722",
            13 => "CN",
            15 => "G728",
            18 => "G729",
            _ => return None,
        };
        Some(RtpMap {
            payload_type,
            name: name.to_owned(),
            rate: 8_000,
        })
    }
}

/// `RS:800` and `RR:0` (RFC 3556).
fn read_bandwidth(value: &str, into: &mut (Option<u32>, Option<u32>)) {
    let parse = |text: &str| text.trim().parse().ok();
    if let Some(senders) = value.strip_prefix("RS:") {
        into.0 = parse(senders);
    } else if let Some(receivers) = value.strip_prefix("RR:") {
        into.1 = parse(receivers);
    }
}

/// `53020` or `53020 IN IP4 192.0.2.1` (RFC 3605 §2.1).
fn parse_rtcp(value: &str) -> Option<(u16, Option<IpAddr>)> {
    let value = value.trim();
    let (port, address) = match value.split_once(' ') {
        Some((port, address)) => (port, Some(parse_connection(0, address).ok()?)),
        None => (value, None),
    };
    let port = port.parse().ok().filter(|port| *port != 0)?;
    Some((port, address))
}

/// `101 telephone-event/8000`.
fn parse_map(value: &str) -> Option<RtpMap> {
    let (payload_type, coding) = value.trim().split_once(' ')?;
    let mut parts = coding.trim().split('/');
    let name = parts.next()?.to_owned();
    let rate = parts.next()?.trim().parse().ok()?;
    // More than one channel is another codec for us.
    if parts.next().is_some_and(|channels| channels.trim() != "1") {
        return None;
    }
    Some(RtpMap {
        payload_type: payload_type.parse().ok().filter(|pt| *pt < 128)?,
        name,
        rate,
    })
}
