//! Reading and building SIP messages with the library's types.

use crate::call::input::{Farewell, NORMAL_CLEARING};
use crate::headers::clean;
use rsipstack::sip::prelude::{HeadersExt, ToTypedHeader};
use rsipstack::sip::{Header, Headers, Param, Request, Response, StatusCode, Uri, Version};

/// What we serve; sent in `Allow`.
pub(crate) const ALLOW: &str =
    "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, REFER, NOTIFY, REGISTER";
/// Extensions that we know (RFC 3891, RFC 4028); sent in `Supported`.
pub(crate) const SUPPORTED: &str = "replaces, timer";
/// The same in a new call of ours, for which we want no session timer.
pub(crate) const SUPPORTED_IN_CALLS: &str = "replaces";

/// Random lower-case hexadecimal text of `octets` random octets: tags, nonces,
/// Call-IDs. Falls back to the process's hash seed if the kernel refuses
/// randomness, which Linux does not do after boot.
pub(crate) fn random_hex(octets: usize) -> String {
    use std::hash::{BuildHasher, Hasher};
    let mut bytes = vec![0u8; octets];
    if getrandom::fill(&mut bytes).is_err() {
        for byte in &mut bytes {
            let seed = std::collections::hash_map::RandomState::new();
            *byte = seed.build_hasher().finish() as u8;
        }
    }
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A tag for From or To, 64 random bits (RFC 3261 §19.3 asks for 32).
pub(crate) fn new_tag() -> String {
    random_hex(8)
}

/// The tag of the To header of a request, if it has one.
pub(crate) fn to_tag(request: &Request) -> Option<String> {
    let tag = request.to_header().ok()?.tag().ok()??;
    Some(tag.value().to_string()).filter(|tag| !tag.is_empty())
}

/// `Call-ID`, empty if there is none (the guard and the library saw to it).
pub(crate) fn call_id(message: &impl HeadersExt) -> String {
    message
        .call_id_header()
        .map(|id| id.value().to_string())
        .unwrap_or_default()
}

/// CSeq number.
pub(crate) fn cseq(message: &impl HeadersExt) -> u32 {
    message.cseq_header().and_then(|c| c.seq()).unwrap_or(0)
}

/// Value of the first header of that name.
pub(crate) fn value<'a>(headers: &'a Headers, name: &str) -> Option<&'a str> {
    headers
        .iter()
        .find(|header| header.name().eq_ignore_ascii_case(name))
        .map(Header::value)
}

/// Whether a list, in however many headers, has a word.
pub(crate) fn has_tag(headers: &Headers, name: &str, tag: &str) -> bool {
    headers
        .iter()
        .filter(|header| header.name().eq_ignore_ascii_case(name))
        .flat_map(|header| header.value().split(','))
        .any(|word| word.trim().eq_ignore_ascii_case(tag))
}

/// Media type of the body, lower case, without parameters.
pub(crate) fn media_type(headers: &Headers) -> String {
    let value = value(headers, "Content-Type").unwrap_or("");
    let bare = value.split(';').next().unwrap_or("");
    bare.trim().to_ascii_lowercase()
}

/// The body, if it is SDP.
pub(crate) fn sdp(headers: &Headers, body: &[u8]) -> Vec<u8> {
    if media_type(headers) == "application/sdp" {
        body.to_vec()
    } else {
        Vec::new()
    }
}

/// What a BYE or CANCEL says about why (RFC 3326): the first Q.850 cause, and
/// the first text.
pub(crate) fn farewell(headers: &Headers, otherwise: &str) -> Farewell {
    let mut farewell = Farewell {
        cause: NORMAL_CLEARING,
        reason: otherwise.to_string(),
    };
    let mut has_text = false;
    for header in headers.iter() {
        let Header::Reason(reason) = header else {
            continue;
        };
        let mut parts = reason.value().split(';');
        let protocol = parts.next().unwrap_or("").trim();
        for part in parts {
            let Some((name, value)) = part.split_once('=') else {
                continue;
            };
            let (name, value) = (name.trim(), value.trim());
            if name.eq_ignore_ascii_case("cause") && protocol.eq_ignore_ascii_case("Q.850") {
                farewell.cause = value.parse().unwrap_or(NORMAL_CLEARING);
            } else if name.eq_ignore_ascii_case("text") && !has_text {
                farewell.reason = clean(value.trim_matches('"'));
                has_text = true;
            }
        }
    }
    farewell
}

/// The Q.850 cause of one `Reason` value (RFC 3326 §2).
pub(crate) fn cause_of(reason: &str) -> Option<u16> {
    let mut parts = reason.split(';');
    if !parts.next()?.trim().eq_ignore_ascii_case("Q.850") {
        return None;
    }
    let (_, cause) = parts
        .filter_map(|part| part.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("cause"))?;
    cause.trim().parse().ok()
}

/// Longest `Refer-To` URI taken, octets: with an escaped `Replaces` in it.
const REFER_TO_OCTETS_MAX: usize = 1024;

/// The one `Refer-To` (RFC 3515 §2.1), or the status owed without it.
pub(crate) fn refer_target(headers: &Headers) -> Result<Uri, u16> {
    let mut values = headers.iter().filter_map(|header| match header {
        Header::ReferTo(to) => Some(to.value()),
        other if other.name().eq_ignore_ascii_case("r") => Some(other.value()),
        _ => None,
    });
    let (Some(value), None) = (values.next(), values.next()) else {
        return Err(400);
    };
    let uri = match value.split_once('<') {
        Some((_, rest)) => rest.split('>').next().unwrap_or(""),
        None => value.split(';').next().unwrap_or(""),
    };
    let uri = uri.trim();
    let forbidden = |c: char| c.is_control() || c.is_whitespace() || "<>\"\\".contains(c);
    if uri.is_empty() || uri.len() > REFER_TO_OCTETS_MAX || uri.contains(forbidden) {
        return Err(400);
    }
    let parsed = Uri::try_from(uri).map_err(|_| 400_u16)?;
    match parsed.scheme {
        Some(rsipstack::sip::Scheme::Sip | rsipstack::sip::Scheme::Sips) => Ok(parsed),
        Some(rsipstack::sip::Scheme::Other(_)) | None => Err(416),
    }
}

/// Whether the far end takes our REFER without ever telling what became of it
/// (RFC 4488).
pub(crate) fn no_subscription(headers: &Headers) -> bool {
    value(headers, "Refer-Sub").is_some_and(|sub| sub.trim().eq_ignore_ascii_case("false"))
}

/// The status line of a `message/sipfrag` body (RFC 3420).
pub(crate) fn sipfrag(body: &[u8]) -> Option<(u16, String)> {
    let text = String::from_utf8_lossy(body);
    let line = text.lines().next()?.trim();
    let mut words = line.splitn(3, ' ');
    if !words.next()?.to_ascii_uppercase().starts_with("SIP/") {
        return None;
    }
    let code = words.next()?.parse().ok()?;
    (100..700)
        .contains(&code)
        .then(|| (code, clean(words.next().unwrap_or(""))))
}

/// The response phrase as it was on the wire.
pub(crate) fn phrase(response: &Response) -> String {
    let text = response
        .wire_reason
        .clone()
        .unwrap_or_else(|| response.status_code.text().to_string());
    clean(&text)
}

/// What a response carries beside the mandatory headers.
#[derive(Default)]
pub(crate) struct Extra<'a> {
    pub(crate) local_tag: Option<&'a str>,
    pub(crate) contact: Option<&'a Uri>,
    pub(crate) headers: Vec<Header>,
    pub(crate) sdp: Vec<u8>,
}

/// Builds a response (RFC 3261 §8.2.6). Without a tag for To, one is made up.
pub(crate) fn response(request: &Request, code: u16, server: &str, extra: Extra<'_>) -> Response {
    let mut headers = Vec::new();
    for header in request.headers.iter() {
        match header {
            Header::Via(_) | Header::From(_) | Header::CallId(_) | Header::CSeq(_) => {
                headers.push(header.clone());
            }
            Header::RecordRoute(_) if (101..300).contains(&code) => headers.push(header.clone()),
            Header::To(to) if code > 100 && to_tag(request).is_none() => {
                let tag = extra.local_tag.map_or_else(new_tag, str::to_string);
                headers.push(Header::To(to.with_tag(tag.into())));
            }
            Header::To(_) => headers.push(header.clone()),
            _ => {}
        }
    }
    if let Some(contact) = extra.contact {
        headers.push(Header::Contact(format!("<{contact}>").into()));
    }
    if (200..300).contains(&code) || matches!(code, 405 | 501) {
        headers.push(Header::Allow(ALLOW.into()));
        headers.push(Header::Supported(SUPPORTED.into()));
    }
    headers.extend(extra.headers);
    headers.push(Header::Server(server.into()));
    if !extra.sdp.is_empty() {
        headers.push(Header::ContentType("application/sdp".into()));
    }
    headers.push(Header::ContentLength((extra.sdp.len() as u32).into()));
    Response {
        status_code: status(code),
        wire_reason: None,
        version: Version::V2,
        headers: headers.into(),
        body: extra.sdp,
    }
}

/// A status code with a phrase of its own where the library knows none.
fn status(code: u16) -> StatusCode {
    match StatusCode::from(code) {
        StatusCode::Other(code, _) => StatusCode::Other(code, "Failed".into()),
        known => known,
    }
}

/// The URI, user and display name of From or To.
pub(crate) struct Party {
    pub(crate) uri: Uri,
    pub(crate) user: String,
    pub(crate) display_name: String,
}

/// Who sent the request.
pub(crate) fn from_party(request: &Request) -> Option<Party> {
    let from = request.from_header().ok()?.typed().ok()?;
    let display_name = clean(from.display_name.as_deref().unwrap_or("").trim_matches('"'));
    let user = clean(from.uri.user().unwrap_or(""));
    Some(Party {
        user,
        display_name,
        uri: from.uri,
    })
}

/// Whom To names.
pub(crate) fn to_party(request: &Request) -> Option<Party> {
    let to = request.to_header().ok()?.typed().ok()?;
    let user = clean(to.uri.user().unwrap_or(""));
    Some(Party {
        user,
        display_name: String::new(),
        uri: to.uri,
    })
}

/// A From or To value: `"name" <uri>`, quoted and cleaned.
pub(crate) fn name_addr(display_name: &str, uri: &Uri) -> String {
    let name = clean(display_name);
    if name.is_empty() {
        return format!("<{uri}>");
    }
    let quoted = name.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{quoted}\" <{uri}>")
}

/// Record-Route values in the order of the message, one URI each.
pub(crate) fn record_routes(headers: &Headers) -> Vec<String> {
    headers
        .iter()
        .filter_map(|header| match header {
            Header::RecordRoute(route) => Some(split_list(route.value())),
            _ => None,
        })
        .flatten()
        .collect()
}

/// Splits a comma list, leaving commas in quotes and angle brackets alone.
pub(crate) fn split_list(text: &str) -> Vec<String> {
    let (mut quoted, mut bracketed, mut escaped) = (false, false, false);
    let mut items = vec![String::new()];
    for c in text.chars() {
        let skip = std::mem::take(&mut escaped);
        match c {
            '\\' if quoted && !skip => escaped = true,
            '"' if !skip => quoted = !quoted,
            '<' if !quoted => bracketed = true,
            '>' if !quoted => bracketed = false,
            ',' if !quoted && !bracketed => {
                items.push(String::new());
                continue;
            }
            _ => {}
        }
        if let Some(item) = items.last_mut() {
            item.push(c);
        }
    }
    items
        .into_iter()
        .map(|item| item.trim().to_string())
        .filter(|item| !item.is_empty())
        .collect()
}

/// The first Contact's URI.
pub(crate) fn contact_uri(message: &impl HeadersExt) -> Option<Uri> {
    let contacts = message.typed_contact_headers().ok()?;
    contacts.into_iter().next().map(|contact| contact.uri)
}

/// Whether a URI is a loose router (RFC 3261 §19.1.1 `lr`).
pub(crate) fn is_loose(uri: &Uri) -> bool {
    uri.params.iter().any(|param| matches!(param, Param::Lr))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[&str]) -> Headers {
        lines
            .iter()
            .map(|line| Header::Reason((*line).into()))
            .collect::<Vec<_>>()
            .into()
    }

    #[test]
    fn a_farewell_takes_the_q850_cause_and_the_first_text() {
        let both = headers(&[
            "SIP;cause=200;text=\"elsewhere\"",
            "Q.850;cause=17;text=\"busy\"",
        ]);
        let expected = Farewell {
            cause: 17,
            reason: "elsewhere".into(),
        };
        assert_eq!(farewell(&both, "gone"), expected);
        let none = Farewell {
            cause: 16,
            reason: "gone".into(),
        };
        assert_eq!(farewell(&headers(&[]), "gone"), none);
        assert_eq!(farewell(&headers(&["Q.850;cause=x"]), "gone"), none);
    }

    #[test]
    fn a_refer_names_exactly_one_target() {
        let refer = |values: &[&str]| {
            let headers: Headers = values
                .iter()
                .map(|value| Header::ReferTo((*value).into()))
                .collect::<Vec<_>>()
                .into();
            refer_target(&headers).map(|uri| uri.to_string())
        };
        let plain = refer(&["sip:200@a.example;method=INVITE"]);
        assert_eq!(plain.as_deref(), Ok("sip:200@a.example"));
        let named = refer(&["\"Two\" <sip:200@a.example>"]);
        assert_eq!(named.as_deref(), Ok("sip:200@a.example"));
        assert_eq!(refer(&[]), Err(400));
        assert_eq!(refer(&["sip:a@b", "sip:c@d"]), Err(400));
        assert_eq!(refer(&["<>"]), Err(400));
        assert_eq!(refer(&["<sip:a@b c>"]), Err(400));
        assert_eq!(refer(&["<mailto:a@b>"]), Err(416));
    }

    #[test]
    fn a_fragment_begins_with_a_status_line() {
        assert_eq!(sipfrag(b"SIP/2.0 200 OK\r\n"), Some((200, "OK".into())));
        assert_eq!(sipfrag(b"SIP/2.0 486"), Some((486, String::new())));
        for junk in [&b""[..], b"hello", b"SIP/2.0 99999 x", b"SIP/2.0"] {
            assert_eq!(sipfrag(junk), None);
        }
    }

    #[test]
    fn lists_split_at_commas_outside_quotes_and_brackets() {
        let list = "\"a, \\\" b\" <sip:a@b;x=1,2>;q=1, <sip:c@d>";
        assert_eq!(
            split_list(list),
            ["\"a, \\\" b\" <sip:a@b;x=1,2>;q=1", "<sip:c@d>"]
        );
    }

    #[test]
    fn a_display_name_cannot_leave_its_quotes() {
        let uri = Uri::try_from("sip:a@b").unwrap();
        let value = name_addr("x\" <sip:evil@c>\r\nVia: y", &uri);
        assert_eq!(value, "\"x\\\" <sip:evil@c>  Via: y\" <sip:a@b>");
    }
}
