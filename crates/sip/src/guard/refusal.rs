//! The answer to a request that the guard does not let in, built without the
//! library, statelessly (RFC 3261 §8.2.7). Pure.

use super::verdict::{find, is_hostport};
use crate::message::{ALLOW, new_tag};
use std::net::SocketAddr;

/// Longest header value echoed, octets: an answer must not be larger than the
/// datagram that asked for it by much, or we amplify floods.
const ECHO_OCTETS_MAX: usize = 1024;
/// Most Via lines echoed: RFC 3261 allows 70 hops, real paths have under ten.
const VIAS_MAX: usize = 16;

/// What is taken over from the request.
pub(super) struct Echo {
    /// Port the answer goes to by Via when no `rport` was asked for.
    port: u16,
    rport: bool,
    /// `SIP/2.0`; any other version can be answered, with 505, and nothing else.
    pub(super) is_known_version: bool,
}

impl Echo {
    /// Reads a Via value; `None` when it is none.
    pub(super) fn of_via(value: &str) -> Option<Self> {
        let first = value.split(',').next()?;
        let mut params = first.split(';').map(str::trim);
        let (protocol, sent_by) = params.next()?.rsplit_once([' ', '\t'])?;
        let protocol: String = protocol.split_whitespace().collect();
        let protocol = protocol.to_ascii_uppercase();
        let is_known_version = protocol.starts_with("SIP/2.0/");
        if !protocol.starts_with("SIP/") || !is_hostport(sent_by) {
            return None;
        }
        let after_host = sent_by.rsplit(']').next().unwrap_or("");
        let port = after_host
            .rsplit_once(':')
            .and_then(|(_, port)| port.parse().ok());
        let rport = params.any(|param| param.eq_ignore_ascii_case("rport"));
        Some(Self {
            port: port.unwrap_or(5060),
            rport,
            is_known_version,
        })
    }
}

/// The response and where it goes, or nothing if the request does not carry
/// enough to be answered.
pub(crate) fn refusal(
    datagram: &[u8],
    source: SocketAddr,
    code: u16,
    why: &str,
    server: &str,
) -> Option<(Vec<u8>, SocketAddr)> {
    let end = find(datagram, b"\r\n\r\n").unwrap_or(datagram.len());
    let head = String::from_utf8_lossy(datagram.get(..end)?);
    let mut vias = Vec::new();
    let mut others = Vec::new();
    let mut echo = None;
    for line in head.split("\r\n").skip(1) {
        let Some((name, value)) = line.split_once(':') else {
            continue;
        };
        let value: String = value.trim().chars().filter(|c| !c.is_control()).collect();
        if value.len() > ECHO_OCTETS_MAX {
            continue;
        }
        match name.trim().to_ascii_lowercase().as_str() {
            "via" | "v" if vias.is_empty() => {
                let via = Echo::of_via(&value)?;
                vias.push(format!("Via: {}", received(&value, source, via.rport)));
                echo = Some(via);
            }
            "via" | "v" if vias.len() < VIAS_MAX => vias.push(format!("Via: {value}")),
            "from" | "f" => others.push(format!("From: {value}")),
            "to" | "t" if value.to_ascii_lowercase().contains(";tag=") => {
                others.push(format!("To: {value}"));
            }
            "to" | "t" => others.push(format!("To: {value};tag={}", new_tag())),
            "call-id" | "i" => others.push(format!("Call-ID: {value}")),
            "cseq" => others.push(format!("CSeq: {value}")),
            _ => {}
        }
    }
    let echo = echo?;
    let phrase = match code {
        405 => "Method Not Allowed",
        416 => "Unsupported URI Scheme",
        505 => "Version Not Supported",
        513 => "Message Too Large",
        _ => "Bad Request",
    };
    let mut text = format!("SIP/2.0 {code} {phrase}\r\n");
    for line in vias.iter().chain(&others) {
        text.push_str(line);
        text.push_str("\r\n");
    }
    if code == 405 {
        text.push_str(&format!("Allow: {ALLOW}\r\n"));
    }
    text.push_str(&format!(
        "Server: {server}\r\nWarning: 399 guard \"{why}\"\r\n"
    ));
    text.push_str("Content-Length: 0\r\n\r\n");
    let port = if echo.rport { source.port() } else { echo.port };
    Some((text.into_bytes(), SocketAddr::new(source.ip(), port)))
}

/// RFC 3581 §4 on the topmost value.
fn received(value: &str, source: SocketAddr, rport: bool) -> String {
    let (first, rest) = match value.split_once(',') {
        Some((first, rest)) => (first, format!(",{rest}")),
        None => (value, String::new()),
    };
    let mut first = first
        .split(';')
        .map(str::trim)
        .filter(|param| !param.eq_ignore_ascii_case("rport"))
        .collect::<Vec<_>>()
        .join(";");
    first.push_str(&format!(";received={}", source.ip()));
    if rport {
        first.push_str(&format!(";rport={}", source.port()));
    }
    first + &rest
}
