//! Session timers (RFC 4028): what a far end asks for, what we agree to, and when a
//! session is refreshed or taken as dead. No clock: seconds go in and come out.
//!
//! We take timers that callers ask for, and refresh if they want us to. In calls of
//! ours we ask for none: the far end is probed (RFC 3261 §11) and may bring its own.

use crate::message::{has_tag, value};
use rsipstack::sip::{Header, Headers};

/// The option tag.
pub(crate) const TIMER: &str = "timer";

/// Shortest session that anybody may ask for, seconds (§5).
pub(crate) const MIN_SE_S: u32 = 90;

/// Longest that we believe, seconds: a day.
pub(crate) const LONGEST_S: u32 = 86_400;

/// So much before its end a session that was not refreshed is hung up, seconds, or a
/// third of it if that is less (§10).
const BEFORE_END_S: u32 = 32;

/// Who refreshes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refresher {
    Us,
    Them,
}

/// The timer of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SessionTimer {
    pub(crate) interval_s: u32,
    pub(crate) refresher: Refresher,
}

/// A session that was asked for is shorter than we take: 422 (§6).
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooBrief;

/// What a request says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Asked {
    interval_s: u32,
    /// `uac`, its sender, or `uas`, who answers.
    by_its_sender: Option<bool>,
}

/// Reads `1800;refresher=uac`.
fn read(text: &str) -> Option<Asked> {
    let mut parts = text.split(';');
    let interval_s = parts.next()?.trim().parse().ok()?;
    let refresher = parts
        .filter_map(|part| part.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("refresher"));
    let by_its_sender = match refresher.map(|(_, who)| who.trim().to_ascii_lowercase()) {
        Some(who) if who == "uac" => Some(true),
        Some(who) if who == "uas" => Some(false),
        Some(_) | None => None,
    };
    Some(Asked {
        interval_s,
        by_its_sender,
    })
}

fn asked(headers: &Headers) -> Option<Asked> {
    // `x` is its short form (§4).
    let text = value(headers, "Session-Expires").or_else(|| value(headers, "x"))?;
    read(text)
}

/// What we agree to when the far end sends an INVITE or UPDATE.
///
/// # Errors
/// [`TooBrief`], to be answered with 422.
pub(crate) fn of_request(headers: &Headers) -> Result<Option<SessionTimer>, TooBrief> {
    let Some(asked) = asked(headers) else {
        return Ok(None);
    };
    let knows = has_tag(headers, "Supported", TIMER) || has_tag(headers, "Require", TIMER);
    // Put in by a proxy on the way, for one who could not refresh: without our word
    // there is no timer (§9).
    if !knows {
        return Ok(None);
    }
    if asked.interval_s < MIN_SE_S {
        return Err(TooBrief);
    }
    let refresher = match asked.by_its_sender {
        Some(true) | None => Refresher::Them,
        // We refresh by UPDATE, which needs no offer (§7.4): who cannot take it gets
        // no timer.
        Some(false) if has_tag(headers, "Allow", "UPDATE") => Refresher::Us,
        Some(false) => return Ok(None),
    };
    Ok(Some(SessionTimer {
        interval_s: asked.interval_s.min(LONGEST_S),
        refresher,
    }))
}

/// What the far end agreed to when it answered a request of ours.
pub(crate) fn of_answer(headers: &Headers) -> Option<SessionTimer> {
    let asked = asked(headers)?;
    Some(SessionTimer {
        interval_s: asked.interval_s.clamp(MIN_SE_S, LONGEST_S),
        refresher: match asked.by_its_sender {
            Some(false) => Refresher::Them,
            Some(true) | None => Refresher::Us,
        },
    })
}

impl SessionTimer {
    /// When a session that nobody refreshed is hung up, seconds after the last time.
    pub(crate) fn ends_after_s(self) -> u32 {
        self.interval_s - (self.interval_s / 3).min(BEFORE_END_S)
    }

    /// When it is our turn to refresh it (§10).
    pub(crate) fn refresh_after_s(self) -> Option<u32> {
        match self.refresher {
            Refresher::Us => Some(self.interval_s / 2),
            Refresher::Them => None,
        }
    }

    /// The headers of our 2xx: the far end sent the request, so it is the `uac` (§9).
    pub(crate) fn in_answer(self) -> Vec<Header> {
        let who = match self.refresher {
            Refresher::Them => "uac",
            Refresher::Us => "uas",
        };
        let mut headers = vec![self.header(who)];
        if self.refresher == Refresher::Them {
            headers.push(Header::Require(TIMER.into()));
        }
        headers
    }

    /// The headers of a request of ours that refreshes, which keeps the roles (§7.4).
    pub(crate) fn in_request(self) -> Vec<Header> {
        let who = match self.refresher {
            Refresher::Us => "uac",
            Refresher::Them => "uas",
        };
        let least = Header::MinSE(MIN_SE_S.to_string().into());
        vec![self.header(who), least]
    }

    fn header(self, who: &str) -> Header {
        Header::SessionExpires(format!("{};refresher={who}", self.interval_s).into())
    }
}

/// The header of a 422.
pub(crate) fn least() -> Vec<Header> {
    vec![Header::MinSE(MIN_SE_S.to_string().into())]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(expires: &str, supported: &str, allow: &str) -> Headers {
        let mut headers = vec![Header::SessionExpires(expires.into())];
        if !supported.is_empty() {
            headers.push(Header::Supported(supported.into()));
        }
        if !allow.is_empty() {
            headers.push(Header::Allow(allow.into()));
        }
        headers.into()
    }

    fn timer(interval_s: u32, refresher: Refresher) -> SessionTimer {
        SessionTimer {
            interval_s,
            refresher,
        }
    }

    /// The table of RFC 4028 §9, for who asks and for us who answer.
    #[test]
    fn we_agree_to_what_is_asked_as_far_as_we_can() {
        use Refresher::{Them, Us};
        let update = "INVITE, UPDATE";
        for (expires, supported, allow, expected) in [
            ("1800", "timer", "", Ok(Some(timer(1800, Them)))),
            (
                "1800;refresher=uac",
                "replaces, timer",
                "",
                Ok(Some(timer(1800, Them))),
            ),
            (
                "1800;refresher=uas",
                "timer",
                update,
                Ok(Some(timer(1800, Us))),
            ),
            (
                "1800 ; Refresher = UAS",
                "Timer",
                update,
                Ok(Some(timer(1800, Us))),
            ),
            ("1800;refresher=uas", "timer", "INVITE", Ok(None)),
            ("1800", "replaces", update, Ok(None)),
            ("1800", "", update, Ok(None)),
            ("90", "timer", "", Ok(Some(timer(90, Them)))),
            ("89", "timer", "", Err(TooBrief)),
            ("10", "", "", Ok(None)),
            ("4000000000", "timer", "", Ok(Some(timer(86_400, Them)))),
            ("soon", "timer", "", Ok(None)),
            (
                "1800;refresher=both",
                "timer",
                "",
                Ok(Some(timer(1800, Them))),
            ),
        ] {
            let found = of_request(&headers(expires, supported, allow));
            assert_eq!(found, expected, "{expires} {supported} {allow}");
        }
        assert_eq!(of_request(&Headers::default()), Ok(None));
    }

    #[test]
    fn what_the_far_end_answers_says_who_refreshes() {
        use Refresher::{Them, Us};
        let of = |text: &str| of_answer(&headers(text, "", ""));
        assert_eq!(of("1800;refresher=uas"), Some(timer(1800, Them)));
        assert_eq!(of("1800;refresher=uac"), Some(timer(1800, Us)));
        assert_eq!(of("1800"), Some(timer(1800, Us)));
        assert_eq!(of("5"), Some(timer(90, Us)), "no storm of refreshes");
        assert_eq!(of_answer(&Headers::default()), None, "no timer any more");
    }

    #[test]
    fn a_session_ends_a_third_or_32_s_early_and_is_refreshed_at_its_half() {
        let theirs = |s| timer(s, Refresher::Them);
        assert_eq!(theirs(90).ends_after_s(), 60);
        assert_eq!(theirs(96).ends_after_s(), 64);
        assert_eq!(theirs(1800).ends_after_s(), 1768);
        assert_eq!(theirs(1800).refresh_after_s(), None);
        assert_eq!(timer(1800, Refresher::Us).refresh_after_s(), Some(900));
    }

    #[test]
    fn who_refreshes_is_called_by_its_part_in_each_request() {
        let text = |headers: Vec<Header>| {
            let texts: Vec<String> = headers
                .iter()
                .map(|header| header.value().to_owned())
                .collect();
            texts.join(" ")
        };
        let (ours, theirs) = (timer(120, Refresher::Us), timer(120, Refresher::Them));
        assert_eq!(text(theirs.in_answer()), "120;refresher=uac timer");
        assert_eq!(text(ours.in_answer()), "120;refresher=uas");
        assert_eq!(text(ours.in_request()), "120;refresher=uac 90");
        assert_eq!(text(theirs.in_request()), "120;refresher=uas 90");
    }
}
