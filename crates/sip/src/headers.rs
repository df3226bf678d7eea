//! Headers that may cross our border: `X-*`, `VI-*` and `User-to-User`, both ways.

use crate::event::Headers;
use rsipstack::sip::{Header, Headers as WireHeaders};

/// Most headers taken from one message or sent in one: enough for every PBX we
/// know (they use a handful), small enough that an event stays small.
pub(crate) const TRAVELLING_MAX: usize = 32;
/// `Reason` values taken from one message: SIP and Q.850, each once.
const REASONS_MAX: usize = 2;
/// Octets of all travelling headers of one message, names included: the
/// platform's own limit (voxengine.md §1.1).
pub(crate) const BLOCK_OCTETS_MAX: usize = 4095;
/// Longest value sent, octets. User-to-User (RFC 7433) needs 256 hexadecimal
/// digits; a datagram must not outgrow the path.
pub(crate) const VALUE_OCTETS_MAX: usize = 1024;

/// The travelling headers of a received message, in order.
pub(crate) fn incoming(headers: &WireHeaders) -> Headers {
    headers
        .iter()
        .filter(|header| travels(header.name()) && !is_ours_to_say(header.name()))
        .take(TRAVELLING_MAX)
        .scan(0, |octets, header| {
            *octets += line_octets(header.name(), header.value());
            (*octets <= BLOCK_OCTETS_MAX)
                .then(|| (header.name().to_string(), header.value().to_string()))
        })
        .collect()
}

/// The travelling headers with those that say why a call ends (RFC 3326).
pub(crate) fn incoming_with_reason(headers: &WireHeaders) -> Headers {
    let mut found = incoming(headers);
    let reasons = headers.iter().filter_map(|header| match header {
        Header::Reason(reason) => Some(("Reason".to_string(), clean(reason.value()))),
        _ => None,
    });
    found.extend(reasons.take(REASONS_MAX));
    found
}

/// Turns the owner's headers into wire headers. A name that is not a travelling
/// token is refused (logged, left out); control characters in a value become
/// spaces, so that no value can start a header of its own.
pub(crate) fn outgoing(headers: &Headers) -> Vec<Header> {
    let mut wire = Vec::new();
    let mut octets = 0;
    for (name, value) in headers {
        if !travels(name) || is_ours_to_say(name) {
            tracing::warn!(name = %clean(name), "header left out: only X-*, VI-* and User-to-User travel");
            continue;
        }
        octets += line_octets(name, value);
        if wire.len() >= TRAVELLING_MAX || octets > BLOCK_OCTETS_MAX {
            tracing::warn!(name = %clean(name), "header left out: too many or too long together");
            continue;
        }
        let mut value = clean(value);
        if value.len() > VALUE_OCTETS_MAX {
            let cut = (0..=VALUE_OCTETS_MAX)
                .rev()
                .find(|at| value.is_char_boundary(*at));
            value.truncate(cut.unwrap_or(0));
        }
        wire.push(Header::Other(name.clone(), value));
    }
    wire
}

/// A `Reason` header (RFC 3326), cleaned.
pub(crate) fn reason(value: &str) -> Header {
    Header::Reason(clean(value).into())
}

/// Replaces every control character by a space.
pub(crate) fn clean(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect::<String>()
        .trim()
        .to_string()
}

/// A media type (RFC 3261 §25.1 `media-type`), or `application/octet-stream`
/// when the text is none.
pub(crate) fn media_type(text: &str) -> String {
    let text = clean(text);
    let mut parts = text.splitn(2, '/');
    let is_type = matches!((parts.next(), parts.next()), (Some(kind), Some(rest))
        if is_token(kind) && is_token(rest.split(';').next().unwrap_or("").trim()));
    if is_type {
        text
    } else {
        "application/octet-stream".to_string()
    }
}

/// A token of RFC 3261 §25.1.
pub(crate) fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&b))
}

/// What a header line takes in a message, with `: ` and the line's end.
fn line_octets(name: &str, value: &str) -> usize {
    name.len() + value.len() + 4
}

/// Said by the platform alone, about the far end: nobody may say it of himself.
fn is_ours_to_say(name: &str) -> bool {
    ["vi-client-type", "vi-client-device", "vi-sip-call-id"]
        .iter()
        .any(|ours| name.eq_ignore_ascii_case(ours))
}

fn travels(name: &str) -> bool {
    let starts = |with: &str| {
        name.len() > with.len()
            && name
                .get(..with.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(with))
    };
    let is_extension = starts("x-") || starts("vi-");
    is_token(name) && (is_extension || name.eq_ignore_ascii_case("user-to-user"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(name: &str, value: &str) -> Vec<String> {
        outgoing(&vec![(name.to_string(), value.to_string())])
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn a_value_cannot_start_another_header() {
        let wire = sent("X-Note", "a\r\nX-Evil: 1");
        assert_eq!(wire, ["X-Note: a  X-Evil: 1"]);
    }

    #[test]
    fn only_travelling_names_are_sent() {
        for name in [
            "Via",
            "X-A\r\nVia",
            "X-",
            "",
            "X-Ü",
            "Authorization",
            "X-a b",
            "VI-",
            "VI-Client-Type",
        ] {
            assert_eq!(sent(name, "1"), Vec::<String>::new(), "{name:?}");
        }
        assert_eq!(sent("user-to-user", "00aa"), ["user-to-user: 00aa"]);
        assert_eq!(sent("x-id", "7"), ["x-id: 7"]);
        assert_eq!(sent("VI-Mode", "7"), ["VI-Mode: 7"]);
    }

    #[test]
    fn all_headers_together_have_a_limit() {
        let many: Headers = (0..9)
            .map(|n| (format!("X-Long-{n}"), "y".repeat(600)))
            .collect();
        assert_eq!(outgoing(&many).len(), 6);
        let wire: WireHeaders = many
            .iter()
            .map(|(name, value)| Header::Other(name.clone(), value.clone()))
            .collect::<Vec<_>>()
            .into();
        assert_eq!(incoming(&wire).len(), 6);
    }

    #[test]
    fn a_long_value_is_cut_at_a_character() {
        let wire = sent("X-Long", &"é".repeat(VALUE_OCTETS_MAX));
        assert_eq!(wire[0].len(), "X-Long: ".len() + VALUE_OCTETS_MAX);
    }

    #[test]
    fn a_media_type_that_is_none_becomes_octets() {
        assert_eq!(
            media_type("text/plain;charset=utf-8"),
            "text/plain;charset=utf-8"
        );
        assert_eq!(media_type("text"), "application/octet-stream");
        assert_eq!(media_type("a b/c"), "application/octet-stream");
    }
}
