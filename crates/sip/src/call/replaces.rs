//! `Replaces` (RFC 3891): which of our calls a new one, or a transfer, is to take
//! over, and who may ask for that.
//!
//! Whoever knows the three values could take a call over, so knowing them is not
//! enough: the one who asks must be who is in that call, as a user who proved it
//! or as the same trunk. All others are told that there is no such call.

use crate::event::{LegId, Source};
use crate::message::value;
use crate::stack::Core;
use rsipstack::sip::{Headers, Uri};

/// Longest value taken, octets: a Call-ID and two tags.
const OCTETS_MAX: usize = 1_024;

/// A dialog as somebody outside names it, from our side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Replaces {
    pub(crate) call_id: String,
    /// Our tag.
    pub(crate) to_tag: String,
    /// The far end's.
    pub(crate) from_tag: String,
    /// Only a call that is not answered yet.
    pub(crate) early_only: bool,
}

impl Replaces {
    /// Reads a header's value.
    fn read(text: &str) -> Option<Self> {
        if text.len() > OCTETS_MAX || text.chars().any(char::is_control) {
            return None;
        }
        let mut parts = text.split(';').map(str::trim);
        let mut found = Self {
            call_id: parts.next().filter(|id| !id.is_empty())?.to_owned(),
            to_tag: String::new(),
            from_tag: String::new(),
            early_only: false,
        };
        for part in parts {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let slot = match name.trim().to_ascii_lowercase().as_str() {
                "to-tag" => &mut found.to_tag,
                "from-tag" => &mut found.from_tag,
                "early-only" => {
                    found.early_only = true;
                    continue;
                }
                _ => continue,
            };
            // RFC 3891 §6.1: each exactly once.
            if !slot.is_empty() {
                return None;
            }
            value.trim().clone_into(slot);
        }
        let is_whole = !found.to_tag.is_empty() && !found.from_tag.is_empty();
        is_whole.then_some(found)
    }
}

/// The `Replaces` of an INVITE; 400 for one that is malformed or not alone.
pub(crate) fn of_invite(headers: &Headers) -> Result<Option<Replaces>, u16> {
    let count = headers
        .iter()
        .filter(|header| header.name().eq_ignore_ascii_case("Replaces"))
        .count();
    match (count, value(headers, "Replaces")) {
        (0, _) => Ok(None),
        (1, Some(text)) => Replaces::read(text).map(Some).ok_or(400),
        _ => Err(400),
    }
}

/// The `Replaces` in the URI of a `Refer-To`.
pub(crate) fn of_uri(uri: &Uri) -> Option<Replaces> {
    let mut headers = uri.headers.iter();
    let (_, value) = headers.find(|(name, _)| name.eq_ignore_ascii_case("Replaces"))?;
    Replaces::read(&unescaped(value)?)
}

/// Undoes `%3B`; `None` for what is no text.
fn unescaped(value: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next()?, rest.next()?];
        let digits = std::str::from_utf8(&digits).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
    }
    String::from_utf8(bytes).ok()
}

/// What a `Replaces` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// A call here that the one who asks is in.
    Own(LegId),
    /// A call here that is somebody else's.
    Foreign,
    /// No call of ours.
    Unknown,
}

impl Core {
    /// Finds the call that a `Replaces` names, for who asks.
    pub(crate) fn named(&self, replaces: &Replaces, asks: Option<&Source>) -> Named {
        let Some((leg, identity)) = self.leg_of_dialog(replaces) else {
            return Named::Unknown;
        };
        match (asks, identity) {
            (Some(asks), Some(own)) if *asks == own && own != Source::Open => Named::Own(leg),
            _ => Named::Foreign,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(String, String, String, bool)> {
        let Replaces {
            call_id,
            to_tag,
            from_tag,
            early_only,
        } = Replaces::read(text)?;
        Some((call_id, to_tag, from_tag, early_only))
    }

    #[test]
    fn a_value_names_a_dialog_or_nothing() {
        let plain = ("a@b".into(), "1".into(), "2".into(), false);
        for text in [
            "a@b;to-tag=1;from-tag=2",
            "a@b ; from-tag = 2 ; to-tag = 1",
            "a@b;TO-TAG=1;x=y;From-Tag=2",
        ] {
            assert_eq!(read(text).as_ref(), Some(&plain), "{text}");
        }
        let early = read("a;to-tag=1;from-tag=2;early-only").unwrap();
        assert!(early.3);
        for text in [
            "",
            ";to-tag=1;from-tag=2",
            "a",
            "a;to-tag=1",
            "a;from-tag=2",
            "a;to-tag=;from-tag=2",
            "a;to-tag=1;to-tag=3;from-tag=2",
            "a;to-tag=1;from-tag=2\r\nVia: x",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(
            read(&format!("{};to-tag=1;from-tag=2", "a".repeat(2_000))),
            None
        );
    }

    #[test]
    fn the_uri_of_a_transfer_is_read_escaped_and_not() {
        for text in [
            "sip:200@a.example?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2",
            "sip:200@a.example?replaces=a%40b%3bto-tag%3d1%3bfrom-tag%3d2&X-A=1",
        ] {
            let uri = Uri::try_from(text).unwrap();
            let found = of_uri(&uri).map(|found| (found.call_id, found.to_tag, found.from_tag));
            assert_eq!(
                found,
                Some(("a@b".into(), "1".into(), "2".into())),
                "{text}"
            );
        }
        for text in [
            "sip:200@a.example",
            "sip:200@a.example?X-A=1",
            "sip:200@a.example?Replaces=a%4",
            "sip:200@a.example?Replaces=%FF%3Bto-tag%3D1%3Bfrom-tag%3D2",
        ] {
            assert_eq!(
                Uri::try_from(text).ok().as_ref().and_then(of_uri),
                None,
                "{text}"
            );
        }
    }
}
