//! The verdict on one datagram, before the library parses it. Pure.
//!
//! The library drops what it cannot parse in silence, loses headers after one
//! that is not UTF-8, cuts bodies to whatever arrived and knows no 400, 405,
//! 416 or 505. So every rule here answers a message of RFC 4475 that it would
//! take wrongly or not at all.

use super::refusal::Echo;
pub(crate) use super::refusal::refusal;
use crate::headers::is_token;

/// Most header lines in one message. The longest real INVITE we have seen has
/// about 40.
const HEADER_LINES_MAX: usize = 128;
/// Longest header line, octets; Via, Route and Identity lists stay far below.
const LINE_OCTETS_MAX: usize = 4096;
/// RFC 3261 §8.1.1.5: CSeq numbers are below 2^31.
const CSEQ_MAX: u64 = 1 << 31;

/// What becomes of a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The library may have it.
    Pass,
    /// No SIP, or nothing that can be answered.
    Drop { why: &'static str },
    /// A request that is owed an answer, and will not be processed.
    Refuse { code: u16, why: &'static str },
}

/// A rule that was broken: the status owed, and the reason.
type Broken = (u16, &'static str);

/// Judges one datagram; `cut` says it filled the receive buffer.
pub(crate) fn judge(datagram: &[u8], cut: bool) -> Verdict {
    if datagram.iter().all(u8::is_ascii_whitespace) {
        // Keep-alives (RFC 5626 §4.4.1); the library answers the double CRLF.
        return Verdict::Pass;
    }
    let head_end = find(datagram, b"\r\n\r\n");
    let head = datagram
        .get(..head_end.unwrap_or(datagram.len()))
        .unwrap_or_default();
    let line_end = find(head, b"\r\n").unwrap_or(head.len());
    let start_line = String::from_utf8_lossy(head.get(..line_end).unwrap_or_default());
    if start_line.starts_with("SIP/") {
        return judge_response(&start_line, head, head_end.is_some() && !cut);
    }
    if !start_line.to_ascii_uppercase().contains(" SIP/") {
        return Verdict::Drop { why: "not SIP" };
    }
    let method = start_line.split(' ').next().unwrap_or("");
    let outcome = judge_request(&start_line, datagram, head, head_end, cut);
    match outcome {
        Ok(()) => Verdict::Pass,
        // Nothing is ever sent in answer to an ACK (RFC 3261 §17.1).
        Err((_, why)) if method == "ACK" => Verdict::Drop { why },
        Err((code, why)) => Verdict::Refuse { code, why },
    }
}

fn judge_response(start_line: &str, head: &[u8], whole: bool) -> Verdict {
    let code = start_line
        .split(' ')
        .nth(1)
        .and_then(|c| c.parse::<u16>().ok());
    let readable = std::str::from_utf8(head).ok().map(Lines::read);
    match (code, readable) {
        (Some(100..=699), Some(Ok(lines))) if whole && start_line.starts_with("SIP/2.0 ") => {
            match lines.required(None) {
                Ok(_) => Verdict::Pass,
                Err((_, why)) => Verdict::Drop { why },
            }
        }
        _ => Verdict::Drop {
            why: "malformed response",
        },
    }
}

fn judge_request(
    start_line: &str,
    datagram: &[u8],
    head: &[u8],
    head_end: Option<usize>,
    cut: bool,
) -> Result<(), Broken> {
    let method = request_line(start_line)?;
    if cut {
        return Err((513, "message longer than the receive buffer"));
    }
    let Some(head_end) = head_end else {
        return Err((400, "no empty line after the headers"));
    };
    let text = std::str::from_utf8(head).map_err(|_| (400, "headers are not UTF-8"))?;
    let lines = Lines::read(text)?;
    let length = lines.required(Some(method))?;
    let body = datagram.len() - (head_end + 4);
    match length {
        Some(length) if length > body => Err((400, "body shorter than Content-Length")),
        // The library would take the body for empty.
        None if body > 0 => Err((400, "body without Content-Length")),
        Some(_) | None => Ok(()),
    }
}

/// Checks the request line; returns the method.
fn request_line(line: &str) -> Result<&str, Broken> {
    let parts: Vec<_> = line.split(' ').collect();
    let [method, uri, version] = parts.as_slice() else {
        return Err((400, "malformed request line"));
    };
    if !is_token(method) {
        return Err((400, "malformed method"));
    }
    match version.to_ascii_uppercase().as_str() {
        "SIP/2.0" => {}
        _ => return Err((505, "SIP version not supported")),
    }
    const KNOWN: [&str; 14] = [
        "INVITE",
        "ACK",
        "BYE",
        "CANCEL",
        "OPTIONS",
        "REGISTER",
        "INFO",
        "UPDATE",
        "PRACK",
        "REFER",
        "SUBSCRIBE",
        "NOTIFY",
        "MESSAGE",
        "PUBLISH",
    ];
    if !KNOWN.contains(method) {
        return Err((405, "unknown method"));
    }
    request_uri(uri)?;
    Ok(method)
}

fn request_uri(uri: &str) -> Result<(), Broken> {
    let Some((scheme, rest)) = uri.split_once(':') else {
        return Err((400, "malformed request URI"));
    };
    if scheme.starts_with('<') || uri.contains(['<', '>', '"']) || uri.chars().any(char::is_control)
    {
        return Err((400, "malformed request URI"));
    }
    if !scheme.eq_ignore_ascii_case("sip") && !scheme.eq_ignore_ascii_case("sips") {
        return Err((416, "URI scheme not supported"));
    }
    let hostport = rest.split(['?']).next().unwrap_or("");
    let hostport = hostport.rsplit('@').next().unwrap_or("");
    let hostport = hostport.split(';').next().unwrap_or("");
    if is_hostport(hostport) {
        Ok(())
    } else {
        Err((400, "malformed host in the request URI"))
    }
}

/// `host[:port]` of RFC 3261 §25.1.
pub(super) fn is_hostport(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((host, port)) if host.parse::<std::net::Ipv6Addr>().is_ok() => ("v6", port),
            _ => return false,
        },
        None => match text.find(':') {
            Some(colon) => text.split_at(colon),
            None => (text, ""),
        },
    };
    let port_fits = match port.strip_prefix(':') {
        Some(port) => port.parse::<u16>().is_ok() && !port.starts_with('+'),
        None => port.is_empty(),
    };
    let host_fits = !host.is_empty()
        && host
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
    host_fits && port_fits
}

/// Header lines by canonical name, folding undone.
pub(super) struct Lines {
    lines: Vec<(String, String)>,
}

impl Lines {
    /// Reads the lines below the start line.
    pub(super) fn read(head: &str) -> Result<Self, Broken> {
        let mut lines: Vec<(String, String)> = Vec::new();
        for line in head.split("\r\n").skip(1) {
            if line.len() > LINE_OCTETS_MAX {
                return Err((400, "header line too long"));
            }
            // A lone CR or LF would become a line of its own in what we echo.
            if line.bytes().any(|b| (b < 0x20 && b != b'\t') || b == 0x7f) {
                return Err((400, "control character in a header"));
            }
            if line.starts_with([' ', '\t']) {
                match lines.last_mut() {
                    Some((_, value)) => {
                        value.push(' ');
                        value.push_str(line.trim());
                    }
                    None => return Err((400, "folded line without a header")),
                }
                continue;
            }
            let Some((name, value)) = line.split_once(':') else {
                return Err((400, "header line without a colon"));
            };
            let name = name.trim_end();
            if !is_token(name) {
                return Err((400, "malformed header name"));
            }
            lines.push((canonical(name), value.trim().to_string()));
            if lines.len() > HEADER_LINES_MAX {
                return Err((400, "too many headers"));
            }
        }
        Ok(Self { lines })
    }

    /// All values of a header, by canonical name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.lines
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    fn only<'a>(&'a self, name: &'a str, missing: &'static str) -> Result<&'a str, Broken> {
        let mut values = self.all(name);
        match (values.next(), values.next()) {
            (Some(value), None) if !value.is_empty() => Ok(value),
            (Some(_), Some(_)) => Err((400, "a header that may stand once stands twice")),
            _ => Err((400, missing)),
        }
    }

    /// Checks what every message must carry, and returns Content-Length.
    fn required(&self, method: Option<&str>) -> Result<Option<usize>, Broken> {
        let via = self.all("via").next().ok_or((400, "missing Via"))?;
        let echo = Echo::of_via(via).ok_or((400, "malformed Via"))?;
        if !echo.is_known_version {
            return Err((505, "SIP version not supported"));
        }
        party(self.only("from", "missing From")?, true)?;
        party(self.only("to", "missing To")?, false)?;
        self.only("call-id", "missing Call-ID")?;
        self.cseq(method)?;
        if let Some(hops) = self.all("max-forwards").next()
            && hops.parse::<u8>().is_err()
        {
            return Err((400, "malformed Max-Forwards"));
        }
        if method == Some("INVITE") && self.all("contact").next().is_none() {
            return Err((400, "missing Contact"));
        }
        match self.all("content-length").next() {
            None => Ok(None),
            Some(_) => {
                let length = self.only("content-length", "malformed Content-Length")?;
                let digits = length.bytes().all(|b| b.is_ascii_digit());
                let length = length.parse().ok().filter(|_| digits);
                length.map(Some).ok_or((400, "malformed Content-Length"))
            }
        }
    }

    fn cseq(&self, method: Option<&str>) -> Result<(), Broken> {
        let malformed = (400, "malformed CSeq");
        let cseq = self.only("cseq", "missing CSeq")?;
        let mut parts = cseq.split_ascii_whitespace();
        let (number, named) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
        let number: u64 = number.parse().map_err(|_| malformed)?;
        if number >= CSEQ_MAX || parts.next().is_some() || !is_token(named) {
            return Err(malformed);
        }
        if method.is_some_and(|method| method != named) {
            return Err((400, "CSeq names another method"));
        }
        Ok(())
    }
}

/// A From or To value: balanced quotes and brackets; From needs its tag
/// (RFC 3261 §8.1.1.3), without which the library matches no transaction.
fn party(value: &str, tagged: bool) -> Result<(), Broken> {
    let malformed = Err((400, "malformed From or To"));
    let mut outside = String::new();
    let (mut quoted, mut escaped) = (false, false);
    for c in value.chars() {
        let skip = std::mem::take(&mut escaped);
        match c {
            '\\' if quoted && !skip => escaped = true,
            '"' if !skip => quoted = !quoted,
            _ if quoted => {}
            _ => outside.push(c),
        }
    }
    if quoted {
        return malformed;
    }
    let params = match (outside.find('<'), outside.rfind('>')) {
        (Some(open), Some(close)) if open < close => outside.split_off(close),
        (None, None) => outside,
        _ => return malformed,
    };
    let has_tag = params.split(';').skip(1).any(|param| {
        let (name, tag) = param.split_once('=').unwrap_or((param, ""));
        name.trim().eq_ignore_ascii_case("tag") && is_token(tag.trim())
    });
    if tagged && !has_tag {
        Err((400, "From without a tag"))
    } else {
        Ok(())
    }
}

fn canonical(name: &str) -> String {
    let name = name.to_ascii_lowercase();
    let long = match name.as_str() {
        "v" => "via",
        "f" => "from",
        "t" => "to",
        "i" => "call-id",
        "m" => "contact",
        "l" => "content-length",
        "c" => "content-type",
        _ => return name,
    };
    long.to_string()
}

pub(super) fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}
