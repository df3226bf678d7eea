//! The backend's only clock, and the contract's form of a time: RFC 3339 in
//! UTC with milliseconds.

use acd::Millis;
use jiff::Timestamp;
use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970 UTC by this machine's clock.
pub(crate) fn now_ms() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |d| {
        Millis::try_from(d.as_millis()).unwrap_or(Millis::MAX)
    })
}

/// A time as the contract writes it, `2026-11-22T08:30:00.123Z`. A time beyond
/// what RFC 3339 can write is written as its last one.
pub(crate) fn to_rfc3339(at: Millis) -> String {
    let ms = i64::try_from(at).unwrap_or(i64::MAX);
    let time = Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MAX);
    time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// Reads any RFC 3339 time; `None` for anything else and for times before 1970.
pub(crate) fn from_rfc3339(text: &str) -> Option<Millis> {
    let time: Timestamp = text.parse().ok()?;
    Millis::try_from(time.as_millisecond()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_survives_writing_and_reading_to_the_millisecond() {
        assert_eq!(to_rfc3339(1_795_335_000_007), "2026-11-22T08:10:00.007Z");
        assert_eq!(
            from_rfc3339("2026-11-22T08:10:00.007Z"),
            Some(1_795_335_000_007)
        );
        assert_eq!(
            from_rfc3339("2026-11-22T11:10:00.007+03:00"),
            Some(1_795_335_000_007)
        );
        assert_eq!(from_rfc3339("yesterday"), None);
        assert_eq!(from_rfc3339("1950-01-01T00:00:00Z"), None);
    }
}
