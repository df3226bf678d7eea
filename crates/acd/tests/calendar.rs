//! Opening hours over days, years and changes of the clock (promise P19).
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use acd::calendar::{Calendar, Schedule};

fn lines(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| (*line).to_owned()).collect()
}

fn schedule(zone: &str, weekly: &[&str], special: &[&str]) -> Schedule {
    Schedule::new(&Calendar {
        zone: zone.to_owned(),
        weekly: lines(weekly),
        special: lines(special),
    })
    .unwrap()
}

fn ms(utc: &str) -> u64 {
    let moment: jiff::Timestamp = utc.parse().unwrap();
    moment.as_millisecond() as u64
}

fn utc(ms: u64) -> String {
    jiff::Timestamp::from_millisecond(ms as i64)
        .unwrap()
        .to_string()
}

/// `+` open, `-` closed, and until when.
fn told(schedule: &Schedule, at: &str) -> String {
    let opening = schedule.at(ms(at));
    let sign = if opening.is_open { '+' } else { '-' };
    format!("{sign} {}", utc(opening.until))
}

#[test]
fn a_week_opens_and_closes_at_local_times() {
    let office = schedule("Europe/Moscow", &["mon-fri 09:00-13:00,14:00-18:00"], &[]);
    for (at, expected) in [
        // Tuesday; Moscow is three hours ahead.
        ("2026-11-24T05:59:59Z", "- 2026-11-24T06:00:00Z"),
        ("2026-11-24T06:00:00Z", "+ 2026-11-24T10:00:00Z"),
        ("2026-11-24T10:00:00Z", "- 2026-11-24T11:00:00Z"),
        ("2026-11-24T14:59:59Z", "+ 2026-11-24T15:00:00Z"),
        // Friday evening, until Monday.
        ("2026-11-27T15:00:00Z", "- 2026-11-30T06:00:00Z"),
    ] {
        assert_eq!(told(&office, at), expected, "{at}");
    }
}

#[test]
fn nights_run_into_the_next_day_and_round_the_clock_has_no_seams() {
    let night = schedule("UTC", &["sun-thu 22:00-06:00"], &[]);
    assert_eq!(
        told(&night, "2026-11-24T03:00:00Z"),
        "+ 2026-11-24T06:00:00Z"
    );
    assert_eq!(
        told(&night, "2026-11-24T06:00:00Z"),
        "- 2026-11-24T22:00:00Z"
    );
    // Friday has no night of its own.
    assert_eq!(
        told(&night, "2026-11-27T06:00:00Z"),
        "- 2026-11-29T22:00:00Z"
    );
    for always in ["mon-sun 00:00-24:00", "mon-sun 08:00-08:00"] {
        let always = schedule("UTC", &[always], &[]);
        let opening = always.at(ms("2026-11-24T23:59:59Z"));
        assert!(opening.is_open && opening.until > ms("2026-11-30T00:00:00Z"));
    }
}

#[test]
fn special_days_replace_the_week() {
    let office = schedule(
        "UTC",
        &["mon-sun 09:00-18:00", "thu 22:00-06:00"],
        &[
            "2026-12-31 09:00-14:00 short day",
            "12-30..01-08 closed New Year holidays",
            "02-29 closed",
            "2027-05-03..2027-05-04 10:00-11:00",
        ],
    );
    for (at, expected) in [
        ("2026-12-30T10:00:00Z", "- 2026-12-31T09:00:00Z"),
        ("2026-12-31T13:00:00Z", "+ 2026-12-31T14:00:00Z"),
        // Over the turn of the year; the night of Thursday too.
        ("2026-12-31T23:00:00Z", "- 2027-01-09T09:00:00Z"),
        ("2028-02-29T12:00:00Z", "- 2028-03-01T09:00:00Z"),
        ("2027-02-28T12:00:00Z", "+ 2027-02-28T18:00:00Z"),
        ("2027-05-03T11:00:00Z", "- 2027-05-04T10:00:00Z"),
    ] {
        assert_eq!(told(&office, at), expected, "{at}");
    }
    let name = |at: &str| office.at(ms(at)).special;
    assert_eq!(name("2026-12-31T10:00:00Z").as_deref(), Some("short day"));
    assert_eq!(
        name("2027-01-02T10:00:00Z").as_deref(),
        Some("New Year holidays")
    );
    assert_eq!(name("2027-01-09T10:00:00Z"), None);
    assert_eq!(name("2028-02-29T12:00:00Z"), None);
}

#[test]
fn the_night_before_a_closed_day_ends_at_its_midnight() {
    let night = schedule("UTC", &["mon-sun 22:00-06:00"], &["2026-12-25 closed"]);
    assert_eq!(
        told(&night, "2026-12-24T23:00:00Z"),
        "+ 2026-12-25T00:00:00Z"
    );
    assert_eq!(
        told(&night, "2026-12-25T00:00:00Z"),
        "- 2026-12-26T22:00:00Z"
    );
}

#[test]
fn skipped_and_repeated_times_have_defined_results() {
    for (zone, hours, at, expected) in [
        // Berlin skips 02:00-03:00 on 2027-03-28 (at 01:00 UTC).
        (
            "Europe/Berlin",
            "02:30-05:00",
            "2027-03-28T00:30:00Z",
            "- 2027-03-28T01:00:00Z",
        ),
        (
            "Europe/Berlin",
            "01:00-02:30",
            "2027-03-28T00:30:00Z",
            "+ 2027-03-28T01:00:00Z",
        ),
        (
            "Europe/Berlin",
            "02:10-02:50",
            "2027-03-27T23:00:00Z",
            "- 2027-03-29T00:10:00Z",
        ),
        // Berlin repeats 02:00-03:00 on 2027-10-31 (back at 01:00 UTC).
        (
            "Europe/Berlin",
            "02:30-05:00",
            "2027-10-31T00:30:00Z",
            "+ 2027-10-31T04:00:00Z",
        ),
        (
            "Europe/Berlin",
            "01:00-02:30",
            "2027-10-30T23:00:00Z",
            "+ 2027-10-31T01:30:00Z",
        ),
        // Santiago's 2026-09-06 begins at 01:00; its 2027-04-03 has 23:00 twice.
        (
            "America/Santiago",
            "00:00-08:00",
            "2026-09-06T03:00:00Z",
            "- 2026-09-06T04:00:00Z",
        ),
        (
            "America/Santiago",
            "20:00-24:00",
            "2027-04-04T03:30:00Z",
            "+ 2027-04-04T04:00:00Z",
        ),
        // Half an hour is repeated on Lord Howe Island.
        (
            "Australia/Lord_Howe",
            "01:40-01:50",
            "2027-04-03T14:40:00Z",
            "+ 2027-04-03T15:20:00Z",
        ),
    ] {
        let line = format!("mon-sun {hours}");
        let schedule = schedule(zone, &[&line], &[]);
        assert_eq!(told(&schedule, at), expected, "{zone} {hours} at {at}");
    }
}

/// Two years of rules, hour by hour: a schedule agrees with the wall clock
/// wherever that is unambiguous, and `until` is where it changes.
#[test]
fn two_years_of_zone_rules_agree_with_the_wall_clock() {
    for zone_name in [
        "UTC",
        "Europe/Moscow",
        "Europe/Berlin",
        "America/New_York",
        "America/Santiago",
        "America/Havana",
        "Africa/Cairo",
        "Africa/Casablanca",
        "Asia/Kolkata",
        "Australia/Lord_Howe",
        "Pacific/Chatham",
    ] {
        let zone = jiff::tz::TimeZoneDatabase::bundled()
            .get(zone_name)
            .unwrap();
        let week = schedule(zone_name, &["mon-sat 07:15-21:45"], &["12-25 closed"]);
        let mut now = ms("2026-01-01T00:00:00Z");
        while now < ms("2028-01-01T00:00:00Z") {
            let moment = jiff::Timestamp::from_millisecond(now as i64).unwrap();
            let local = zone.to_datetime(moment);
            let minute = i32::from(local.hour()) * 60 + i32::from(local.minute());
            let is_open = (7 * 60 + 15..21 * 60 + 45).contains(&minute)
                && local.weekday() != jiff::civil::Weekday::Sunday
                && (local.month(), local.day()) != (12, 25);
            let opening = week.at(now);
            assert_eq!(opening.is_open, is_open, "{zone_name} {local}");
            assert!(opening.until > now, "{zone_name} {local}");
            let after = week.at(opening.until);
            assert_ne!(
                after.is_open, is_open,
                "{zone_name} {local}: not at its end"
            );
            assert_eq!(week.at(opening.until - 1).is_open, is_open, "{zone_name}");
            now += 37 * 60_000;
        }
    }
}

#[test]
fn a_calendar_without_openings_is_closed_and_says_when_to_look_again() {
    let never = schedule("UTC", &[], &[]);
    let opening = never.at(ms("2026-11-24T00:00:00Z"));
    assert!(!opening.is_open && opening.until > ms("2027-11-24T00:00:00Z"));
    assert!(!never.at(u64::MAX).is_open);
}

#[test]
fn what_is_wrong_with_a_line_is_said() {
    let problem = |zone: &str, weekly: &[&str], special: &[&str]| {
        let calendar = Calendar {
            zone: zone.to_owned(),
            weekly: lines(weekly),
            special: lines(special),
        };
        Schedule::new(&calendar).unwrap_err().to_string()
    };
    for (text, part) in [
        (problem("Europe/Mosow", &[], &[]), "`Europe/Mosow`"),
        (problem("UTC", &["mon"], &[]), "days and hours"),
        (problem("UTC", &["mun 09:00-10:00"], &[]), "`mun`"),
        (problem("UTC", &["mon 9:00-10:00"], &[]), "`9:00`"),
        (problem("UTC", &["mon 09:00-24:01"], &[]), "`24:01`"),
        (problem("UTC", &["mon 24:00-01:00"], &[]), "only be an end"),
        (problem("UTC", &["mon 09:00"], &[]), "from-to"),
        (problem("UTC", &[], &["2027-02-29 closed"]), "`2027-02-29`"),
        (problem("UTC", &[], &["12-31"]), "`closed` are needed"),
        (
            problem("UTC", &[], &["2027-01-02..2027-01-01 closed"]),
            "before",
        ),
        (
            problem("UTC", &[], &["2027-01-02..01-03 closed"]),
            "neither",
        ),
    ] {
        assert!(text.contains(part), "{text}");
    }
}
