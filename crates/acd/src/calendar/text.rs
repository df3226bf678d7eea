//! The lines of a calendar.

use super::{DAY_MIN, Day, Hours, SpecialDays};
use jiff::civil::Date;

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// What is wrong with a calendar. Whoever wrote it can put it right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// No such zone.
    #[error("`zone`: `{zone}` is no IANA time zone such as `Europe/Moscow`")]
    UnknownZone {
        /// What was written.
        zone: String,
    },
    /// A line of the week.
    #[error("`weekly`: `{line}` is not like `mon-fri 09:00-18:00`: {problem}")]
    Weekly {
        /// The line.
        line: String,
        /// What is wrong.
        problem: String,
    },
    /// A line of the special days.
    #[error("`special`: `{line}` is not like `2026-12-31 09:00-14:00 short day`: {problem}")]
    Special {
        /// The line.
        line: String,
        /// What is wrong.
        problem: String,
    },
}

/// `mon-fri,sun 09:00-13:00,14:00-18:00`: days from Monday, and their hours.
pub(super) fn weekly(line: &str) -> Result<(Vec<usize>, Vec<Hours>), CalendarError> {
    let wrong = |problem: String| CalendarError::Weekly {
        line: line.to_owned(),
        problem,
    };
    let (named, times) = line
        .trim()
        .split_once(char::is_whitespace)
        .ok_or_else(|| wrong("days and hours are needed".to_owned()))?;
    let mut days = Vec::new();
    for part in named.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (day(first).map_err(wrong)?, day(last).map_err(wrong)?);
        // `sat-mon` goes over the end of the week.
        let count = (last + 7 - first) % 7;
        days.extend((0..=count).map(|after| (first + after) % 7));
    }
    Ok((days, hours(times).map_err(wrong)?))
}

/// `2026-12-31 09:00-14:00 short day`.
pub(super) fn special(line: &str) -> Result<SpecialDays, CalendarError> {
    let wrong = |problem: String| CalendarError::Special {
        line: line.to_owned(),
        problem,
    };
    let mut words = line.split_whitespace();
    let dates = words.next().unwrap_or_default();
    let times = words
        .next()
        .ok_or_else(|| wrong("hours or `closed` are needed".to_owned()))?;
    let (first, last) = dates.split_once("..").unwrap_or((dates, dates));
    let (first, last) = (date(first).map_err(wrong)?, date(last).map_err(wrong)?);
    let key = |day: Day| (day.year, day.month, day.day);
    if first.year.is_some() != last.year.is_some() {
        return Err(wrong("both dates need a year, or neither does".to_owned()));
    }
    if first.year.is_some() && key(last) < key(first) {
        return Err(wrong("the last date is before the first".to_owned()));
    }
    Ok(SpecialDays {
        first,
        last,
        hours: hours(times).map_err(wrong)?,
        name: words.collect::<Vec<_>>().join(" "),
    })
}

fn day(name: &str) -> Result<usize, String> {
    DAYS.iter()
        .position(|known| *known == name.to_ascii_lowercase())
        .ok_or_else(|| format!("`{name}` is none of {}", DAYS.join(", ")))
}

fn hours(text: &str) -> Result<Vec<Hours>, String> {
    if text == "closed" {
        return Ok(Vec::new());
    }
    text.split(',')
        .map(|part| {
            let times = part.trim().split_once('-');
            let (from, to) = times.ok_or_else(|| format!("`{part}` is no time from-to"))?;
            let (from_min, to_min) = (minute(from)?, minute(to)?);
            if from_min == DAY_MIN {
                return Err("24:00 can only be an end".to_owned());
            }
            Ok(Hours { from_min, to_min })
        })
        .collect()
}

fn minute(text: &str) -> Result<u16, String> {
    let wrong = || format!("`{text}` is no time of day such as 09:00");
    let (hour, minute) = text.split_once(':').ok_or_else(wrong)?;
    let number = |digits: &str| match digits.len() {
        2 => digits.parse::<u16>().ok(),
        _ => None,
    };
    let (hour, minute) = number(hour).zip(number(minute)).ok_or_else(wrong)?;
    let total = hour * 60 + minute;
    if minute > 59 || total > DAY_MIN {
        return Err(wrong());
    }
    Ok(total)
}

fn date(text: &str) -> Result<Day, String> {
    let wrong = || format!("`{text}` is no date such as 2026-12-31 or 12-31");
    let parts: Vec<&str> = text.split('-').collect();
    let (year, month, day) = match parts[..] {
        [year, month, day] => (Some(year.parse().map_err(|_| wrong())?), month, day),
        [month, day] => (None, month, day),
        _ => return Err(wrong()),
    };
    let (month, day) = month.parse().ok().zip(day.parse().ok()).ok_or_else(wrong)?;
    // The 29th of February is a day of some years.
    Date::new(year.unwrap_or(2000), month, day).map_err(|_| wrong())?;
    Ok(Day { year, month, day })
}
