//! The period of a report, cut into intervals by wall time.

use crate::contract::FieldError;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan, Zoned};

/// The longest period, days.
const DAYS_MAX: u64 = 400;
/// The most intervals of one report: 400 days by the hour.
const INTERVALS_MAX: usize = 9_600;
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// An IANA time zone by name.
pub(super) fn zone(name: &str) -> Result<TimeZone, FieldError> {
    TimeZone::get(name).map_err(|_| FieldError::new("zone", "IANA name such as Europe/Moscow"))
}

/// The midnight (or what the zone has instead) before a moment.
pub(super) fn start_of_day(at: u64, zone: &TimeZone) -> u64 {
    let start = zoned(at, zone).and_then(|at| at.start_of_day().ok());
    start.map_or(at, |start| millis(&start))
}

/// The ends of the intervals of a period. Intervals follow the wall clock of
/// the zone: the first and the last may be shorter, a day may have 23 or 25
/// hours.
pub(super) fn cuts(
    from: u64,
    to: u64,
    interval: &str,
    zone: &TimeZone,
) -> Result<Vec<u64>, FieldError> {
    if from >= to {
        return Err(FieldError::new("from", "time before `to`"));
    }
    if to - from > DAYS_MAX * DAY_MS {
        return Err(FieldError::new(
            "from",
            format!("time at most {DAYS_MAX} days before `to`"),
        ));
    }
    let step = match interval {
        "none" => return Ok(vec![from, to]),
        "15m" => 15.minutes(),
        "30m" => 30.minutes(),
        "1h" => 1.hour(),
        "1d" => 1.day(),
        _ => return Err(FieldError::new("interval", "none, 15m, 30m, 1h or 1d")),
    };
    let mut cuts = vec![from];
    let mut next = zoned(start_of_day(from, zone), zone);
    while let Some(at) = next {
        if millis(&at) >= to {
            break;
        }
        if millis(&at) > from {
            cuts.push(millis(&at));
        }
        if cuts.len() > INTERVALS_MAX {
            return Err(FieldError::new(
                "interval",
                format!("at most {INTERVALS_MAX} of them"),
            ));
        }
        next = after(&at, step);
    }
    cuts.push(to);
    Ok(cuts)
}

/// The next end of an interval. Days restart at their own midnight, so that a
/// day of 23 or 25 hours shifts nothing.
fn after(at: &Zoned, step: Span) -> Option<Zoned> {
    if step.get_days() > 0 {
        let tomorrow = at.date().tomorrow().ok()?;
        return tomorrow
            .to_datetime(Time::midnight())
            .to_zoned(at.time_zone().clone())
            .ok();
    }
    at.checked_add(step).ok()
}

fn zoned(at: u64, zone: &TimeZone) -> Option<Zoned> {
    let at = Timestamp::from_millisecond(i64::try_from(at).ok()?).ok()?;
    Some(at.to_zoned(zone.clone()))
}

fn millis(at: &Zoned) -> u64 {
    u64::try_from(at.timestamp().as_millisecond()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> u64 {
        u64::try_from(text.parse::<Timestamp>().unwrap().as_millisecond()).unwrap()
    }

    fn hours(cuts: &[u64]) -> Vec<u64> {
        cuts.windows(2)
            .map(|two| (two[1] - two[0]) / 3_600_000)
            .collect()
    }

    #[test]
    fn a_day_has_23_or_25_hours_where_clocks_change() {
        let berlin = zone("Europe/Berlin").unwrap();
        let spring = cuts(
            at("2026-03-27T23:00:00Z"),
            at("2026-03-30T22:00:00Z"),
            "1d",
            &berlin,
        );
        assert_eq!(hours(&spring.unwrap()), [24, 23, 24]);
        let autumn = cuts(
            at("2026-10-23T22:00:00Z"),
            at("2026-10-26T23:00:00Z"),
            "1d",
            &berlin,
        );
        assert_eq!(hours(&autumn.unwrap()), [24, 25, 24]);
        // Hours of a day with a change are hours, 25 of them.
        let by_hour = cuts(
            at("2026-10-24T22:00:00Z"),
            at("2026-10-25T23:00:00Z"),
            "1h",
            &berlin,
        );
        assert_eq!(by_hour.unwrap().len(), 26);
    }

    #[test]
    fn intervals_follow_the_wall_clock_and_the_ends_are_kept() {
        let kolkata = zone("Asia/Kolkata").unwrap();
        let cuts = cuts(
            at("2026-11-22T08:10:00Z"),
            at("2026-11-22T09:45:00Z"),
            "1h",
            &kolkata,
        );
        let expected = [
            "2026-11-22T08:10:00Z",
            "2026-11-22T08:30:00Z",
            "2026-11-22T09:30:00Z",
            "2026-11-22T09:45:00Z",
        ];
        assert_eq!(cuts.unwrap(), expected.map(at));
    }
}
