//! Why a call ended, as telephone networks say it: Q.850 causes and the `Reason`
//! header that carries them (RFC 3326).

/// Q.850 "normal call clearing".
pub(crate) const NORMAL: u16 = 16;
/// Q.850 "normal, unspecified", for ends that nobody explained.
pub(crate) const UNSPECIFIED: u16 = 31;

/// Told to phones that rang in vain because another one answered (RFC 3326 §3.1).
pub(crate) const ANSWERED_ELSEWHERE: &str = "SIP;cause=200;text=\"Call completed elsewhere\"";

/// The Q.850 cause of a SIP status (RFC 3398 §8.2.6.1).
pub(crate) fn of_status(code: u16) -> u16 {
    match code {
        404 | 485 | 604 => 1,
        486 | 600 => 17,
        480 => 18,
        401..=403 | 407 | 603 => 21,
        410 => 22,
        482 | 483 => 25,
        484 => 28,
        502 => 38,
        400 | 481 | 500 | 503 => 41,
        405 => 63,
        406 | 415 | 501 => 79,
        408 | 504 => 102,
        413 | 414 | 416 | 420 | 421 | 423 | 505 | 513 => 127,
        487 => NORMAL,
        _ => UNSPECIFIED,
    }
}

/// A `Reason` value of a Q.850 cause.
pub(crate) fn reason(cause: u16) -> String {
    format!("Q.850;cause={cause}")
}

/// Takes the `Reason` out of a scenario's headers: it travels on its own.
pub(crate) fn take_reason(headers: &mut sip::Headers) -> Option<String> {
    let at = headers
        .iter()
        .position(|(name, _)| name.eq_ignore_ascii_case("reason"))?;
    let (_, value) = headers.remove(at);
    headers.retain(|(name, _)| !name.eq_ignore_ascii_case("reason"));
    Some(value)
}

/// The Q.850 cause in a `Reason` value.
pub(crate) fn cause_in(reason: &str) -> Option<u16> {
    let (protocol, rest) = reason.split_once(';')?;
    if !protocol.trim().eq_ignore_ascii_case("Q.850") {
        return None;
    }
    rest.split(';')
        .filter_map(|part| part.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("cause"))
        .and_then(|(_, cause)| cause.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_that_a_scenario_passes_on_leaves_the_other_headers() {
        let mut headers: sip::Headers = vec![
            ("X-A".into(), "1".into()),
            ("reason".into(), "Q.850;cause=17".into()),
        ];
        let reason = take_reason(&mut headers);
        assert_eq!(reason.as_deref(), Some("Q.850;cause=17"));
        assert_eq!(headers, [("X-A".to_string(), "1".to_string())]);
        assert_eq!(reason.as_deref().and_then(cause_in), Some(17));
        assert_eq!(cause_in(ANSWERED_ELSEWHERE), None);
        assert_eq!(cause_in(&super::reason(of_status(603))), Some(21));
    }
}
