//! Headers that may cross our border: `X-*` and `User-to-User`, both ways.

use crate::event::Headers;
use rsipstack::sip::{Header, Headers as WireHeaders};

/// Most headers taken from one message or sent in one: enough for every PBX we
/// know (they use a handful), small enough that an event stays small.
pub(crate) const TRAVELLING_MAX: usize = 32;
/// Longest value sent, octets. User-to-User (RFC 7433) needs 256 hexadecimal
/// digits; a datagram must not outgrow the path.
pub(crate) const VALUE_OCTETS_MAX: usize = 1024;

/// The travelling headers of a received message, in order.
pub(crate) fn incoming(headers: &WireHeaders) -> Headers {
    headers
        .iter()
        .filter(|header| travels(header.name()))
        .take(TRAVELLING_MAX)
        .map(|header| (header.name().to_string(), header.value().to_string()))
        .collect()
}

/// Turns the owner's headers into wire headers. A name that is not a travelling
/// token is refused (logged, left out); control characters in a value become
/// spaces, so that no value can start a header of its own.
pub(crate) fn outgoing(headers: &Headers) -> Vec<Header> {
    let mut wire = Vec::new();
    for (name, value) in headers {
        if !travels(name) || wire.len() >= TRAVELLING_MAX {
            tracing::warn!(name = %clean(name), "header left out: only X-* and User-to-User travel");
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

fn travels(name: &str) -> bool {
    let is_extension =
        name.len() > 2 && name.is_char_boundary(2) && { name[..2].eq_ignore_ascii_case("x-") };
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
        ] {
            assert_eq!(sent(name, "1"), Vec::<String>::new(), "{name:?}");
        }
        assert_eq!(sent("user-to-user", "00aa"), ["user-to-user: 00aa"]);
        assert_eq!(sent("x-id", "7"), ["x-id: 7"]);
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
