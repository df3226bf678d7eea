//! When a task may be called: a window of every day and windows of single days of
//! the week, both in UTC as on the cloud. Where both are given, both must be open.

use crate::limits::WINDOWS_MAX;
use serde::{Deserialize, Serialize};
use serde_json::Value;

const DAY_S: u32 = 86_400;
const DAY_MS: u64 = 86_400_000;
const WEEK_DAYS: u64 = 7;
/// 1970-01-01 was a Thursday; days are counted from Monday, 0.
const FIRST_DAY: u64 = 3;
/// The last second of a day that can be written means its end.
const LAST_S: u32 = DAY_S - 1;

/// From a second of the day until another, UTC. An end before the start is on the
/// next day; equal ones are the whole day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// First second of the day, 0 to 86,399.
    pub start_s: u32,
    /// First second that is outside, 0 to 86,400.
    pub end_s: u32,
}

/// A window that begins on one day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayWindow {
    /// 0 is Monday.
    pub day: u8,
    /// From when until when.
    pub window: Window,
}

/// When a task may be called. The default is always.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    /// `__start_execution_time` and `__end_execution_time`.
    #[serde(default)]
    pub daily: Option<Window>,
    /// `call_schedule`.
    #[serde(default)]
    pub schedule: Vec<DayWindow>,
}

/// What is wrong with hours: whoever wrote the file can fix it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HoursError {
    /// Not a time of the day.
    #[error("`{0}` is not a time like 17:00:00")]
    Time(String),
    /// Not a schedule.
    #[error("is not a list of {{day_of_week, start, end}}: {0}")]
    Schedule(String),
    /// More windows than anybody needs.
    #[error("has more than {WINDOWS_MAX} windows")]
    TooMany,
    /// Only one of the two ends was given.
    #[error("needs the start and the end")]
    OneEnd,
    /// No moment of a week is inside.
    #[error("leave no time at all")]
    Never,
}

impl Window {
    /// From `HH:mm:ss` or `HH:mm`.
    pub fn parse(start: &str, end: &str) -> Result<Self, HoursError> {
        let (start_s, mut end_s) = (second(start)?, second(end)?);
        if end_s == LAST_S {
            end_s = DAY_S;
        }
        Ok(Self { start_s, end_s })
    }

    /// Whether it wraps, so that part of it is on the day after.
    fn wraps(self) -> bool {
        self.end_s <= self.start_s
    }

    /// Whether this second of the day on which it begins is inside.
    fn holds_today(self, at_s: u32) -> bool {
        at_s >= self.start_s && (self.wraps() || at_s < self.end_s)
    }

    /// The same of the day after.
    fn holds_tomorrow(self, at_s: u32) -> bool {
        self.wraps() && at_s < self.end_s
    }

    /// `HH:mm:ss` of its start and end.
    pub fn words(self) -> (String, String) {
        (clock(self.start_s), clock(self.end_s.min(LAST_S)))
    }
}

impl Hours {
    /// From the JSON of `call_schedule`: `[{"day_of_week": "mon", "start":
    /// "10:00:00", "end": "14:00:00"}]`.
    pub fn parse_schedule(text: &str) -> Result<Vec<DayWindow>, HoursError> {
        let wrong = |why: &str| HoursError::Schedule(why.to_owned());
        let value: Value =
            serde_json::from_str(text).map_err(|error| HoursError::Schedule(error.to_string()))?;
        let rows = value.as_array().ok_or_else(|| wrong("not a list"))?;
        if rows.len() > WINDOWS_MAX {
            return Err(HoursError::TooMany);
        }
        let mut schedule = Vec::with_capacity(rows.len());
        for row in rows {
            let text = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default();
            let named = text("day_of_week");
            let day = day(named).ok_or_else(|| wrong(&format!("`{named}` is no day")))?;
            let window = Window::parse(text("start"), text("end"))?;
            schedule.push(DayWindow { day, window });
        }
        Ok(schedule)
    }

    /// The schedule as it is written, if there is one.
    pub fn schedule_words(&self) -> Option<String> {
        if self.schedule.is_empty() {
            return None;
        }
        let rows = self.schedule.iter().map(|row| {
            let (start, end) = row.window.words();
            let day = DAYS.get(usize::from(row.day)).copied().unwrap_or_default();
            serde_json::json!({"day_of_week": day, "start": start, "end": end})
        });
        Some(Value::Array(rows.collect()).to_string())
    }

    /// Whether there is a moment of the week that is inside.
    pub fn check(&self) -> Result<(), HoursError> {
        self.next_open_ms(0).map(|_| ()).ok_or(HoursError::Never)
    }

    /// Whether a call may begin then; milliseconds since 1970 UTC.
    pub fn is_open(&self, at_ms: u64) -> bool {
        let day = (at_ms / DAY_MS + FIRST_DAY) % WEEK_DAYS;
        let yesterday = (day + WEEK_DAYS - 1) % WEEK_DAYS;
        let at_s = u32::try_from(at_ms % DAY_MS / 1_000).unwrap_or(0);
        let daily = self
            .daily
            .is_none_or(|window| window.holds_today(at_s) || window.holds_tomorrow(at_s));
        let scheduled = self.schedule.is_empty()
            || self.schedule.iter().any(|row| {
                let begins = u64::from(row.day);
                (begins == day && row.window.holds_today(at_s))
                    || (begins == yesterday && row.window.holds_tomorrow(at_s))
            });
        daily && scheduled
    }

    /// The first moment from then on that is inside; `None` if none is.
    pub fn next_open_ms(&self, from_ms: u64) -> Option<u64> {
        if self.is_open(from_ms) {
            return Some(from_ms);
        }
        // Time inside both begins where one of the two begins, or at midnight,
        // where a part of the day before ends up on this one.
        let starts = self.schedule.iter().map(|row| row.window.start_s);
        let mut starts: Vec<u32> = starts.chain(self.daily.map(|w| w.start_s)).collect();
        starts.push(0);
        starts.sort_unstable();
        let first_day = from_ms / DAY_MS;
        (first_day..=first_day + WEEK_DAYS)
            .flat_map(|day| {
                let at = starts.iter().map(move |s| (day, u64::from(*s)));
                at.map(|(day, s)| day * DAY_MS + s * 1_000)
            })
            .find(|at_ms| *at_ms > from_ms && self.is_open(*at_ms))
    }
}

const DAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// A whole English name or its first three letters.
fn day(named: &str) -> Option<u8> {
    let named = named.trim().to_ascii_lowercase();
    let found = DAYS
        .iter()
        .position(|day| *day == named || day.get(..3) == Some(named.as_str()))?;
    u8::try_from(found).ok()
}

fn second(text: &str) -> Result<u32, HoursError> {
    let wrong = || HoursError::Time(text.chars().take(20).collect());
    let mut parts = text.trim().split(':');
    let mut next = |below: u32, needed: bool| match parts.next() {
        None if !needed => Ok(0),
        None => Err(wrong()),
        Some(part) if part.is_empty() || part.len() > 2 => Err(wrong()),
        Some(part) => match part.parse::<u32>() {
            Ok(number) if number < below => Ok(number),
            Ok(_) | Err(_) => Err(wrong()),
        },
    };
    let (hour, minute, second) = (next(24, true)?, next(60, true)?, next(60, false)?);
    match parts.next() {
        None => Ok(hour * 3_600 + minute * 60 + second),
        Some(_) => Err(wrong()),
    }
}

fn clock(at_s: u32) -> String {
    let (minute, second) = (at_s / 60, at_s % 60);
    format!("{:02}:{:02}:{second:02}", minute / 60, minute % 60)
}
