//! Opening hours: local wall time in a named zone, told for moments in UTC
//! (promise P19). Used for queues, reserves and people's absences.
//!
//! Pure: zone rules come from the database that is compiled into the program
//! (`jiff`'s bundled IANA data), never from the machine. The same program thus
//! gives the same answer everywhere; a new version may know newer rules.
//!
//! What clock changes mean:
//! - a time that is skipped counts as the moment of the skip: open from 02:30
//!   on a night without 02:00-03:00 is open from 03:00;
//! - of a time that comes twice, opening takes the first and closing the
//!   second: in doubt it is open, and never opens and closes twice;
//! - midnight is the first moment of a date, so that a closed date begins and
//!   ends where people see it.

mod text;

pub use text::CalendarError;

use crate::id::Millis;
use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

/// How far ahead the next opening is looked for: over a year, so that a place
/// that opens once a year is found.
const DAYS_AHEAD_MAX: u32 = 400;

/// How far ahead the end of one opening is followed over midnights. Whoever is
/// open for longer is looked at again then.
const OPEN_DAYS_MAX: u32 = 8;

/// Minutes of a day.
const DAY_MIN: u16 = 24 * 60;

/// Opening hours as they are written. Lines are read by [`Schedule::new`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    /// IANA name of the zone, `Europe/Moscow`.
    pub zone: String,
    /// Lines such as `mon-fri 09:00-18:00` or `sat,sun 10:00-14:00,15:00-16:00`.
    /// A day that is in none is closed. `22:00-06:00` runs into the next day.
    #[serde(default)]
    pub weekly: Vec<String>,
    /// Days that replace the week: `2026-12-31 09:00-14:00 short day`,
    /// `01-01..01-08 closed New Year` (every year), `2026-05-02 closed`.
    /// Of several for one date the first counts. The night before a special
    /// day ends at its midnight.
    #[serde(default)]
    pub special: Vec<String>,
}

/// A calendar that has been read, with the rules of its zone.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    zone: TimeZone,
    /// By day of the week from Monday.
    weekly: [Vec<Hours>; 7],
    special: Vec<SpecialDays>,
}

/// Open from one minute of a day until another; the end may be the same or an
/// earlier minute of the next day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Hours {
    from_min: u16,
    /// Up to [`DAY_MIN`].
    to_min: u16,
}

/// Dates, first to last, that have hours of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
struct SpecialDays {
    first: Day,
    last: Day,
    hours: Vec<Hours>,
    name: String,
}

/// A date, or a day of every year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Day {
    year: Option<i16>,
    month: i8,
    day: i8,
}

impl SpecialDays {
    fn covers(&self, date: Date) -> bool {
        let key = |day: Day| (day.month, day.day);
        let asked = (date.month(), date.day());
        match (self.first.year, self.last.year) {
            (Some(first), Some(last)) => {
                let (first, last) = ((first, key(self.first)), (last, key(self.last)));
                (first..=last).contains(&(date.year(), asked))
            }
            // Over the turn of the year, such as 12-30..01-08.
            _ if key(self.last) < key(self.first) => {
                asked >= key(self.first) || asked <= key(self.last)
            }
            _ => (key(self.first)..=key(self.last)).contains(&asked),
        }
    }
}

/// What a schedule says of one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// Whether it is open.
    pub is_open: bool,
    /// Until when this is so, milliseconds since the epoch. Open for over a
    /// week, or closed for over a year: a moment at which to look again.
    pub until: Millis,
    /// The name of the special day of this moment's date, if it is one with a
    /// name.
    pub special: Option<String>,
}

impl Schedule {
    /// Reads a calendar.
    ///
    /// # Errors
    /// [`CalendarError`] names the line and what is wrong with it; whoever
    /// wrote the calendar can put it right.
    pub fn new(calendar: &Calendar) -> Result<Self, CalendarError> {
        let zone = TimeZoneDatabase::bundled()
            .get(&calendar.zone)
            .map_err(|_| CalendarError::UnknownZone {
                zone: calendar.zone.clone(),
            })?;
        let mut weekly: [Vec<Hours>; 7] = Default::default();
        for line in &calendar.weekly {
            let (days, hours) = text::weekly(line)?;
            for day in days {
                weekly[day].extend(&hours);
            }
        }
        let special = calendar.special.iter().map(|line| text::special(line));
        Ok(Self {
            zone,
            weekly,
            special: special.collect::<Result<_, _>>()?,
        })
    }

    /// Whether it is open at `now` (milliseconds since the epoch), and until
    /// when that is so. Closed for ever for moments that no calendar has.
    pub fn at(&self, now: Millis) -> Opening {
        let closed = |until| Opening {
            is_open: false,
            until,
            special: None,
        };
        let moment = i64::try_from(now).ok().map(Timestamp::from_millisecond);
        let Some(Ok(moment)) = moment else {
            return closed(Millis::MAX);
        };
        let date = self.zone.to_datetime(moment).date();
        let special = self
            .special_day(date)
            .map(|special| special.name.clone())
            .filter(|name| !name.is_empty());
        // Yesterday's night may still be on.
        let mut next = date.checked_sub(1.day()).unwrap_or(date);
        let mut open_until = None;
        for ahead in 0..DAYS_AHEAD_MAX {
            if open_until.is_some() && ahead > OPEN_DAYS_MAX {
                break;
            }
            let mut today = self.openings_of(next);
            today.sort_unstable();
            for (from, to) in today.into_iter().filter(|(_, to)| *to > now) {
                let reached = open_until.unwrap_or(now);
                if from <= reached {
                    open_until = Some(to.max(reached));
                } else {
                    return Opening {
                        is_open: open_until.is_some(),
                        until: open_until.unwrap_or(from),
                        special,
                    };
                }
            }
            let Ok(tomorrow) = next.tomorrow() else {
                break;
            };
            next = tomorrow;
        }
        let look_again = now.saturating_add(Millis::from(DAYS_AHEAD_MAX) * 86_400_000);
        Opening {
            is_open: open_until.is_some(),
            until: open_until.unwrap_or(look_again),
            special,
        }
    }

    /// When the date of `now` ends in the zone. `None` for moments that no
    /// calendar has.
    pub fn day_ends(&self, now: Millis) -> Option<Millis> {
        let moment = Timestamp::from_millisecond(i64::try_from(now).ok()?).ok()?;
        let date = self.zone.to_datetime(moment).date();
        self.moment(date.tomorrow().ok()?, 0, Occurrence::First)
    }

    /// The openings that begin on a date, as moments.
    fn openings_of(&self, date: Date) -> Vec<(Millis, Millis)> {
        let hours = match self.special_day(date) {
            Some(special) => &special.hours,
            None => &self.weekly[date.weekday().to_monday_zero_offset() as usize],
        };
        let tomorrow = date.tomorrow().ok();
        let ends_at_midnight = tomorrow.is_some_and(|date| self.special_day(date).is_some());
        let opening = |hours: &Hours| {
            let from = self.moment(date, hours.from_min, Occurrence::First)?;
            let to = if hours.to_min > hours.from_min {
                self.moment(date, hours.to_min, Occurrence::Last)?
            } else if ends_at_midnight {
                self.moment(date, DAY_MIN, Occurrence::Last)?
            } else {
                self.moment(tomorrow?, hours.to_min, Occurrence::Last)?
            };
            (from < to).then_some((from, to))
        };
        hours.iter().filter_map(opening).collect()
    }

    fn special_day(&self, date: Date) -> Option<&SpecialDays> {
        self.special.iter().find(|special| special.covers(date))
    }

    /// The moment of a wall clock's reading.
    fn moment(&self, date: Date, minute: u16, occurrence: Occurrence) -> Option<Millis> {
        let (date, minute, occurrence) = match minute {
            DAY_MIN => (date.tomorrow().ok()?, 0, Occurrence::First),
            0 => (date, 0, Occurrence::First),
            minute => (date, minute, occurrence),
        };
        let clock = date.at((minute / 60) as i8, (minute % 60) as i8, 0, 0);
        moment_of(clock, &self.zone, occurrence)
    }
}

/// The moment of a wall clock's reading in a zone. A reading that is skipped is
/// the moment of the skip. `None` for moments that no clock shows.
pub fn moment_of(clock: DateTime, zone: &TimeZone, occurrence: Occurrence) -> Option<Millis> {
    let reading = zone.to_ambiguous_timestamp(clock);
    let moment = match (reading.offset(), occurrence) {
        (AmbiguousOffset::Unambiguous { offset }, _) => offset.to_timestamp(clock).ok()?,
        // The clock skips over it: the moment of the skip.
        (AmbiguousOffset::Gap { after, .. }, _) => {
            let before_skip = after.to_timestamp(clock).ok()?;
            zone.following(before_skip).next()?.timestamp()
        }
        (AmbiguousOffset::Fold { before, .. }, Occurrence::First) => {
            before.to_timestamp(clock).ok()?
        }
        (AmbiguousOffset::Fold { after, .. }, Occurrence::Last) => {
            after.to_timestamp(clock).ok()?
        }
    };
    u64::try_from(moment.as_millisecond()).ok()
}

/// Which of two moments with the same reading of the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occurrence {
    /// The one that comes first.
    First,
    /// The one that comes again.
    Last,
}
