//! Reserve numbers: telephones outside of the centre that take callers whom
//! nobody of it can serve, within their hours and limits.
//!
//! What counts as a call of the hour and of the day: every call that was sent
//! to the number, answered or not, except one that found it busy or could not
//! reach it. An hour is any 60 minutes. A day is a date of the zone of the
//! number's hours; without hours, of UTC.

use crate::ban::{Ban, BanRule};
use crate::calendar::{Calendar, Schedule};
use crate::config::Contact;
use crate::id::{CallId, Millis, OfferId, QueueId, ReserveId};
use crate::limits::{DAY_MS, HOUR_MS, RESERVE_HOUR_CALLS_MAX};
use crate::marks::MarkBook;
use crate::offer::{Outcome, retry_delay_ms};
use crate::queue::QueueIx;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

/// One reserve number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReserveConfig {
    /// Its name, unique.
    pub name: ReserveId,
    /// What is dialled: a telephone number, a SIP URI, or a registered phone.
    pub contact: Contact,
    /// Queues whose callers it takes; `None` means every queue.
    #[serde(default)]
    pub queues: Option<Vec<QueueId>>,
    /// Takes callers who have waited for so long, milliseconds, in all their
    /// queues together.
    pub threshold_ms: u64,
    /// Its hours; `None` is always.
    #[serde(default)]
    pub calendar: Option<Calendar>,
    /// Calls at once, ringing ones included; 0 takes the number out of use.
    pub calls_at_once: usize,
    /// Calls in any 60 minutes, at most; 0 is no limit. More than 10,000 is
    /// 10,000.
    #[serde(default)]
    pub calls_per_hour: usize,
    /// Calls in a day, at most; 0 is no limit.
    #[serde(default)]
    pub calls_per_day: usize,
    /// Its share where a queue goes by weights; 0 counts as 1.
    #[serde(default)]
    pub weight: u32,
    /// How long it may ring, milliseconds.
    pub ring_timeout_ms: u64,
    /// How long it is passed over when it did not take a call, milliseconds.
    pub retry_delay_ms: u64,
    /// What failures in a row lead to: no answer, refusals and a number that
    /// cannot be reached. A busy number has not failed.
    #[serde(default)]
    pub ban: BanRule,
    /// What it shows as the caller; `None` is the caller's own number.
    #[serde(default)]
    pub caller_id: Option<String>,
}

impl ReserveConfig {
    /// A number for every queue with usual values: after a minute of waiting,
    /// always, one call at once, 30 s of ringing, passed over for 30 s.
    pub fn named(name: impl Into<ReserveId>, contact: Contact) -> Self {
        Self {
            name: name.into(),
            contact,
            queues: None,
            threshold_ms: 60_000,
            calendar: None,
            calls_at_once: 1,
            calls_per_hour: 0,
            calls_per_day: 0,
            weight: 1,
            ring_timeout_ms: 30_000,
            retry_delay_ms: 30_000,
            ban: BanRule::default(),
            caller_id: None,
        }
    }
}

/// How a queue uses the reserve numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReserveRule {
    /// Which of several gets the caller.
    pub order: ReserveOrder,
    /// While a reserve rings for a caller, an agent who becomes free is rung
    /// too, and who answers first has the call. Otherwise the reserve rings
    /// alone.
    pub agents_ring_too: bool,
}

impl Default for ReserveRule {
    fn default() -> Self {
        Self {
            order: ReserveOrder::Listed,
            agents_ring_too: true,
        }
    }
}

/// Which of several reserves that could take a caller gets him.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReserveOrder {
    /// The first as they are configured.
    #[default]
    Listed,
    /// In turn, each as often as its weight says, spread evenly.
    Weights,
}

/// The place of a reserve in its centre, in configured order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct ReserveIx(pub(crate) u32);

impl ReserveIx {
    pub(crate) fn at(self) -> usize {
        self.0 as usize
    }
}

/// Why a reserve may or may not be given a caller: the first rule that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReserveStanding {
    /// Configured no more.
    Removed,
    /// Outside of its hours.
    Closed,
    /// Failed too often in a row.
    Banned,
    /// Passed over after a call that it did not take.
    RetryDelay,
    /// Has its calls of the day.
    DayFull,
    /// Has its calls of the hour.
    HourFull,
    /// Has its calls at once.
    Full,
    /// May be given a caller.
    Free,
}

impl ReserveStanding {
    /// In words of the record.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Removed => "configured no more",
            Self::Closed => "outside of its hours",
            Self::Banned => "banned",
            Self::RetryDelay => "in retry delay",
            Self::DayFull => "has its calls of the day",
            Self::HourFull => "has its calls of the hour",
            Self::Full => "has its calls at once",
            Self::Free => "free",
        }
    }
}

/// The calls of one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Today {
    /// When the first was made.
    from: Millis,
    /// When the day ends.
    until: Millis,
    calls: usize,
}

/// The state of one reserve number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Reserve {
    pub(crate) config: ReserveConfig,
    /// Not in the newest configuration: kept only until its calls are over.
    pub(crate) removed: bool,
    /// The queues that it serves.
    pub(crate) queues: Vec<QueueIx>,
    /// Offers that ring there and those that became its talks, with their
    /// calls: what it has at once. Nothing goes out of a map twice.
    pub(crate) live: BTreeMap<OfferId, CallId>,
    /// When the calls of the last hour were made.
    recent: VecDeque<Millis>,
    /// The calls of the day; `None` before its first.
    today: Option<Today>,
    closed: bool,
    /// Until when that is so; `None` without hours, or not yet known.
    opening_until: Option<Millis>,
    pub(crate) retry_at: Option<Millis>,
    pub(crate) ban: Option<Ban>,
    failures_in_a_row: u64,
    /// How far it is behind its share; see [`ReserveOrder::Weights`].
    pub(crate) behind: i64,
    pub(crate) marks: MarkBook,
    pub(crate) wake: Option<Millis>,
}

impl Reserve {
    pub(crate) fn new(config: ReserveConfig) -> Self {
        Self {
            config,
            removed: false,
            queues: Vec::new(),
            live: BTreeMap::new(),
            recent: VecDeque::new(),
            today: None,
            closed: false,
            opening_until: None,
            retry_at: None,
            ban: None,
            failures_in_a_row: 0,
            behind: 0,
            marks: MarkBook::default(),
            wake: None,
        }
    }

    /// Another configuration is in force: its hours are looked at anew.
    pub(crate) fn reconfigure(&mut self, config: ReserveConfig) {
        self.config = config;
        self.removed = false;
        self.opening_until = None;
        self.closed = false;
    }

    /// Whether a caller may be given to it, and if not, by which rule.
    pub(crate) fn standing(&self) -> ReserveStanding {
        let per_hour = self.calls_per_hour();
        let per_day = self.config.calls_per_day;
        if self.removed {
            ReserveStanding::Removed
        } else if self.closed {
            ReserveStanding::Closed
        } else if self.ban.is_some() {
            ReserveStanding::Banned
        } else if self.retry_at.is_some() {
            ReserveStanding::RetryDelay
        } else if per_day > 0 && self.today.is_some_and(|day| day.calls >= per_day) {
            ReserveStanding::DayFull
        } else if per_hour > 0 && self.recent.len() >= per_hour {
            ReserveStanding::HourFull
        } else if self.live.len() >= self.config.calls_at_once {
            ReserveStanding::Full
        } else {
            ReserveStanding::Free
        }
    }

    pub(crate) fn is_free(&self) -> bool {
        self.standing() == ReserveStanding::Free
    }

    fn calls_per_hour(&self) -> usize {
        self.config.calls_per_hour.min(RESERVE_HOUR_CALLS_MAX)
    }

    /// Lets time pass. True if a ban has ended by it.
    pub(crate) fn look_at_the_clock(&mut self, now: Millis) -> bool {
        while self.recent.front().is_some_and(|at| at + HOUR_MS <= now) {
            self.recent.pop_front();
        }
        if self.today.is_some_and(|day| day.until <= now) {
            self.today = None;
        }
        if self.retry_at.is_some_and(|at| at <= now) {
            self.retry_at = None;
        }
        if self.opening_until.is_none_or(|until| until <= now) {
            // Calendars are checked before they get here; one that cannot be
            // read never closes.
            let opening = self.schedule().map(|schedule| schedule.at(now));
            self.closed = opening.as_ref().is_some_and(|opening| !opening.is_open);
            self.opening_until = opening.map(|opening| opening.until);
        }
        let is_over = self.ban.as_ref().is_some_and(|ban| ban.until <= now);
        if is_over {
            self.ban = None;
        }
        is_over
    }

    fn schedule(&self) -> Option<Schedule> {
        Schedule::new(self.config.calendar.as_ref()?).ok()
    }

    /// A call is sent to it.
    pub(crate) fn take(&mut self, now: Millis, offer: OfferId, call: CallId) {
        self.live.insert(offer, call);
        if self.recent.len() >= RESERVE_HOUR_CALLS_MAX {
            self.recent.pop_front();
        }
        self.recent.push_back(now);
        match &mut self.today {
            Some(day) => day.calls += 1,
            None => {
                let ends = self.schedule().and_then(|schedule| schedule.day_ends(now));
                self.today = Some(Today {
                    from: now,
                    until: ends.unwrap_or((now / DAY_MS + 1) * DAY_MS),
                    calls: 1,
                });
            }
        }
    }

    /// A call that was sent to it at `made_at` came to nothing.
    pub(crate) fn not_taken(
        &mut self,
        now: Millis,
        offer: OfferId,
        made_at: Millis,
        outcome: Outcome,
    ) {
        self.live.remove(&offer);
        match outcome {
            Outcome::Busy => self.give_back(made_at),
            Outcome::Unreachable | Outcome::Unregistered => {
                self.give_back(made_at);
                self.fail(now);
            }
            Outcome::NoAnswer | Outcome::Rejected => self.fail(now),
            Outcome::Cancelled | Outcome::AnsweredElsewhere | Outcome::NotDelivered => return,
        }
        self.marks.not_taken(outcome);
        let delay_ms = retry_delay_ms(self.config.retry_delay_ms);
        self.retry_at = Some(now.saturating_add(delay_ms));
    }

    /// The call did not get there: it counts for no limit.
    fn give_back(&mut self, made_at: Millis) {
        if let Some(at) = self.recent.iter().position(|at| *at == made_at) {
            self.recent.remove(at);
        }
        if let Some(day) = &mut self.today
            && made_at >= day.from
        {
            day.calls = day.calls.saturating_sub(1);
        }
    }

    fn fail(&mut self, now: Millis) {
        self.failures_in_a_row = self.failures_in_a_row.saturating_add(1);
        let ban = self.config.ban.after_miss(now, self.failures_in_a_row);
        self.ban = ban.or(self.ban.take());
    }

    /// A call was answered there.
    pub(crate) fn answered(&mut self, speed_ms: Option<Millis>) {
        self.failures_in_a_row = 0;
        match speed_ms {
            Some(speed_ms) => self.marks.answered(speed_ms),
            None => self.marks.adopted(),
        }
    }

    /// The next moment at which something of it changes by itself.
    pub(crate) fn next_deadline(&self) -> Option<Millis> {
        let hour_passes = self.recent.front().map(|at| at + HOUR_MS);
        let ban = self.ban.as_ref().map(|ban| ban.until);
        let day = self.today.map(|day| day.until);
        [hour_passes, ban, self.retry_at, self.opening_until, day]
            .into_iter()
            .flatten()
            .min()
    }

    /// Until when it is open or closed.
    pub(crate) fn opening_until(&self) -> Option<Millis> {
        self.opening_until
    }

    /// Calls of the last 60 minutes and of the day, as they count for the
    /// limits.
    pub(crate) fn used(&self, now: Millis) -> (usize, usize) {
        let hour = self.recent.iter().filter(|at| **at + HOUR_MS > now).count();
        let today = self.today.filter(|day| day.until > now);
        (hour, today.map_or(0, |day| day.calls))
    }
}
