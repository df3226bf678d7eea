//! Moments that people and programs write down.

use crate::limits::AHEAD_MS_MAX;

/// A moment, milliseconds since 1970 UTC: seconds since 1970 (`__start_at`), RFC
/// 3339 with a zone (`next_attempt_time`), or `YYYY-MM-DD HH:mm:ss` in UTC
/// (`start_at` of `EditCallListTask`). `None` if it is none of them.
pub fn instant_ms(text: &str) -> Option<u64> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return seconds.checked_mul(1_000);
    }
    let at = text.parse::<jiff::Timestamp>().ok().or_else(|| {
        let civil: jiff::civil::DateTime = text.parse().ok()?;
        Some(civil.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp())
    })?;
    u64::try_from(at.as_millisecond()).ok()
}

/// The same, if it is not past and at most nine months ahead, as the cloud wants a
/// next attempt to be.
pub fn later_ms(text: &str, now_ms: u64) -> Option<u64> {
    // To the second, in which programs reckon: "now" is not past.
    let fits = |at: &u64| *at + 1_000 > now_ms && at.saturating_sub(now_ms) <= AHEAD_MS_MAX;
    instant_ms(text).filter(fits)
}
