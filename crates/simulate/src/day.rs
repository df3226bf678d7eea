//! What is known of a day before it begins.

use acd::{AbsenceKind, Skills};
use jiff::civil::Date;
use serde::Deserialize;
use std::collections::BTreeSet;

/// The most calls of one day.
pub(crate) const CALLS_MAX: f64 = 1_000_000.0;
/// The most agents of one day.
pub(crate) const AGENTS_MAX: usize = 10_000;
const MINUTE_MS: u64 = 60_000;
const DAY_MS: u64 = 24 * 60 * MINUTE_MS;

/// A day: who calls when, and who works when. Times are wall time of one day
/// without a change of clocks.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Day {
    /// Which of all possible days this is.
    #[serde(default)]
    pub seed: u64,
    /// The date, `YYYY-MM-DD`: opening hours look at it.
    #[serde(default = "date")]
    pub date: String,
    /// IANA zone that the day's times are wall time of.
    #[serde(default = "zone")]
    pub zone: String,
    /// Length of the rows of the report, minutes: 15, 30 or 60.
    #[serde(default = "interval_minutes")]
    pub interval_minutes: u64,
    /// Answered within this is in time.
    #[serde(default = "service_level_s")]
    pub service_level_s: u64,
    /// Left earlier than this is a short abandon.
    #[serde(default = "short_abandon_s")]
    pub short_abandon_s: u64,
    /// Callers.
    pub arrivals: Vec<Arrivals>,
    /// Agents.
    pub shifts: Vec<Shift>,
    /// How reserve numbers behave; which there are the configuration says.
    #[serde(default)]
    pub reserves: Manners,
    /// How agents hand callers on.
    #[serde(default)]
    pub transfers: Handovers,
    /// How callers take call-backs, where a queue offers them.
    #[serde(default)]
    pub callbacks: Callbacks,
    /// How outside numbers behave, to which agents transfer callers; which there
    /// are the configuration says.
    #[serde(default)]
    pub outside: Manners,
    /// What callers say who are asked for a manager after the talk, where the
    /// configuration has them asked.
    #[serde(default)]
    pub questions: Answers,
    /// Who does not work on this day.
    #[serde(default)]
    pub absences: Vec<Away>,
}

fn date() -> String {
    // A Monday.
    "2026-01-12".to_owned()
}

fn zone() -> String {
    "UTC".to_owned()
}

fn interval_minutes() -> u64 {
    30
}

fn service_level_s() -> u64 {
    20
}

fn short_abandon_s() -> u64 {
    5
}

/// Callers of one kind.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arrivals {
    /// The queue that they come to.
    pub queue: String,
    /// When the first of `calls` begins, `HH:MM`.
    #[serde(default = "midnight")]
    pub from: String,
    /// Length of each of `calls`, minutes.
    #[serde(default = "interval_minutes")]
    pub every_minutes: u64,
    /// Expected callers in each interval, one after the other.
    pub calls: Vec<f64>,
    /// How long they talk.
    pub talk_s: Duration,
    /// How long they wait before they hang up.
    pub patience_s: Duration,
    /// Priority of these callers.
    #[serde(default)]
    pub priority: i32,
    /// Skills that they need, `english` or `english:3`.
    #[serde(default)]
    pub skills: Vec<String>,
    /// Part of these callers who have a manager of their own, one of the agents
    /// who serve the queue.
    #[serde(default)]
    pub own_manager: f64,
    /// Part of these callers who call once more.
    #[serde(default)]
    pub again: f64,
    /// How long after the first call.
    #[serde(default = "again_after_s")]
    pub again_after_s: Duration,
}

fn again_after_s() -> Duration {
    Duration::Mean(3_600.0)
}

fn midnight() -> String {
    "00:00".to_owned()
}

/// Agents with the same hours and manners.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shift {
    /// What they are called; each gets a number.
    pub name: String,
    /// How many they are.
    pub agents: usize,
    /// Queues that they serve; none named is all.
    #[serde(default)]
    pub queues: Vec<String>,
    /// When they press *Ready*, `HH:MM`.
    pub from: String,
    /// When they go, `HH:MM`; earlier than `from` is the next day.
    pub to: String,
    /// When they pause. Agents go one after the other over the length of it, so
    /// that not all are away at once.
    #[serde(default)]
    pub breaks: Vec<Break>,
    /// How long a phone rings before they take it.
    #[serde(default = "answer_s")]
    pub answer_s: Duration,
    /// Part of the offers that ring out.
    #[serde(default)]
    pub miss: f64,
    /// Part of the offers that they decline.
    #[serde(default)]
    pub reject: f64,
    /// Part of the offers that do not reach their phone.
    #[serde(default)]
    pub unreachable: f64,
    /// What they can do.
    #[serde(default)]
    pub skills: Skills,
}

fn answer_s() -> Duration {
    Duration::Mean(4.0)
}

impl Shift {
    /// How its agents take calls.
    pub(crate) fn manners(&self) -> Manners {
        Manners {
            answer_s: self.answer_s,
            miss: self.miss,
            reject: self.reject,
            busy: 0.0,
            unreachable: self.unreachable,
        }
    }
}

/// How the people at reserve and outside numbers behave.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Manners {
    /// How long a phone rings before they take it.
    pub answer_s: Duration,
    /// Part of the calls that ring out.
    pub miss: f64,
    /// Part of the calls that they decline.
    pub reject: f64,
    /// Part of the calls that find the number busy.
    pub busy: f64,
    /// Part of the calls that do not reach the number.
    pub unreachable: f64,
}

impl Manners {
    fn check(&self, key: &str) -> Result<(), DayError> {
        sensible(format!("{key}.answer_s"), self.answer_s)?;
        if are_parts(&[self.miss, self.reject, self.busy, self.unreachable]) {
            return Ok(());
        }
        let expected = "0 to 1, with reject, busy and unreachable";
        Err(DayError::new(format!("{key}.miss"), expected))
    }
}

impl Default for Manners {
    /// They take every call, after 4 s in the mean.
    fn default() -> Self {
        Self {
            answer_s: answer_s(),
            miss: 0.0,
            reject: 0.0,
            busy: 0.0,
            unreachable: 0.0,
        }
    }
}

/// How agents hand callers on, as parts of their talks.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Handovers {
    /// At once, to a colleague.
    pub agent: f64,
    /// At once, to a queue.
    pub queue: f64,
    /// At once, to an outside number.
    pub number: f64,
    /// After a word with a colleague.
    pub consult: f64,
    /// After a word with somebody at an outside number.
    pub consult_number: f64,
    /// How long that word is.
    pub consult_s: Duration,
    /// Part of the words after which the colleague has the caller.
    pub complete: f64,
}

impl Default for Handovers {
    /// Nobody hands anybody on.
    fn default() -> Self {
        Self {
            agent: 0.0,
            queue: 0.0,
            number: 0.0,
            consult: 0.0,
            consult_number: 0.0,
            consult_s: Duration::Mean(20.0),
            complete: 0.8,
        }
    }
}

/// Callers who are asked whether to be called back, and their phones then.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Callbacks {
    /// Part of those who are asked who say yes.
    pub take: f64,
    /// How long their phone rings before they take it.
    pub answer_s: Duration,
    /// Part of the calls to them that ring out.
    pub miss: f64,
    /// Part that they decline.
    pub reject: f64,
    /// Part that finds the phone busy.
    pub busy: f64,
    /// Part that does not reach it.
    pub unreachable: f64,
}

impl Default for Callbacks {
    /// A third says yes, and a tenth does not answer then.
    fn default() -> Self {
        Self {
            take: 0.33,
            answer_s: Duration::Mean(6.0),
            miss: 0.1,
            reject: 0.0,
            busy: 0.0,
            unreachable: 0.0,
        }
    }
}

/// What callers do who are asked whether this manager shall always answer them;
/// the rest hang up.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Answers {
    /// Part of the talks that the agent ends: only then somebody is asked.
    pub agent_ends: f64,
    /// Part who say yes.
    pub yes: f64,
    /// Part who say no.
    pub no: f64,
    /// Part who give no answer that can be understood.
    pub unclear: f64,
    /// How long they hear the question and think.
    pub answer_s: Duration,
}

impl Default for Answers {
    /// Callers hang up first, so that nobody is asked.
    fn default() -> Self {
        Self {
            agent_ends: 0.0,
            yes: 0.3,
            no: 0.2,
            unclear: 0.2,
            answer_s: Duration::Mean(6.0),
        }
    }
}

/// An agent who does not work on the day.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Away {
    /// The agent, by the name that the shift gives, such as `day-001`.
    pub agent: String,
    /// Why: callers with this manager are told so.
    pub kind: AbsenceKind,
    /// Who stands in as the manager of the same callers.
    #[serde(default)]
    pub deputy: Option<String>,
}

/// A pause.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Break {
    /// When the first go, `HH:MM`.
    pub from: String,
    /// How long each is away.
    pub minutes: u64,
    /// Within how long all have gone; usually four times `minutes`.
    #[serde(default)]
    pub within_minutes: Option<u64>,
}

/// A random length of time, seconds.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Duration {
    /// The mean; the shape is exponential.
    Mean(f64),
    /// Mean and shape.
    Shaped {
        /// The mean.
        mean: f64,
        /// Its shape.
        shape: Shape,
        /// Standard deviation over mean, for the log-normal shape.
        #[serde(default = "spread")]
        spread: f64,
    },
}

fn spread() -> f64 {
    0.8
}

/// Shape of a random length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    /// Memoryless, as the Erlang formulas take it.
    Exponential,
    /// As measured talks mostly are.
    Lognormal,
    /// Always the mean.
    Fixed,
}

impl Duration {
    /// The mean, seconds.
    pub fn mean_s(self) -> f64 {
        match self {
            Self::Mean(mean) | Self::Shaped { mean, .. } => mean,
        }
    }

    fn is_sensible(self) -> bool {
        let spread = match self {
            Self::Mean(_) => 1.0,
            Self::Shaped { spread, .. } => spread,
        };
        let mean = self.mean_s();
        mean.is_finite() && mean > 0.0 && mean <= 86_400.0 && spread.is_finite() && spread >= 0.0
    }
}

/// What is wrong with a day. Its author can fix it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {expected}")]
pub struct DayError {
    /// The key, `shifts[1].to`.
    pub field: String,
    /// What it should be.
    pub expected: String,
}

impl DayError {
    pub(crate) fn new(field: impl Into<String>, expected: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            expected: expected.into(),
        }
    }
}

/// Whether each is a part of a whole, and all together are at most the whole.
fn are_parts(parts: &[f64]) -> bool {
    let is_part = |part: &f64| (0.0..=1.0).contains(part);
    parts.iter().all(is_part) && parts.iter().sum::<f64>() <= 1.0
}

impl Day {
    /// Whether the day can be run over the queues of these names.
    ///
    /// # Errors
    /// The first key that cannot be.
    pub fn check(&self, queues: &BTreeSet<String>) -> Result<(), DayError> {
        self.midnight()?;
        if ![15, 30, 60].contains(&self.interval_minutes) {
            return Err(DayError::new("interval_minutes", "15, 30 or 60"));
        }
        self.check_arrivals(queues)?;
        self.check_shifts(queues)?;
        self.reserves.check("reserves")?;
        self.outside.check("outside")?;
        self.check_transfers()?;
        self.check_questions()?;
        self.check_callbacks()?;
        self.check_absences()
    }

    fn check_callbacks(&self) -> Result<(), DayError> {
        let own = &self.callbacks;
        sensible("callbacks.answer_s".to_owned(), own.answer_s)?;
        if !are_parts(&[own.take]) {
            return Err(DayError::new("callbacks.take", "0 to 1"));
        }
        if !are_parts(&[own.miss, own.reject, own.busy, own.unreachable]) {
            let expected = "0 to 1, with reject, busy and unreachable";
            return Err(DayError::new("callbacks.miss", expected));
        }
        Ok(())
    }

    fn check_transfers(&self) -> Result<(), DayError> {
        let ways = &self.transfers;
        sensible("transfers.consult_s".to_owned(), ways.consult_s)?;
        let parts = [ways.agent, ways.queue, ways.number, ways.consult];
        if !are_parts(&parts) || !are_parts(&[parts.iter().sum(), ways.consult_number]) {
            let expected = "0 to 1, with queue, number, consult and consult_number";
            return Err(DayError::new("transfers.agent", expected));
        }
        if !are_parts(&[ways.complete]) {
            return Err(DayError::new("transfers.complete", "0 to 1"));
        }
        Ok(())
    }

    fn check_questions(&self) -> Result<(), DayError> {
        let own = &self.questions;
        sensible("questions.answer_s".to_owned(), own.answer_s)?;
        if !are_parts(&[own.agent_ends]) {
            return Err(DayError::new("questions.agent_ends", "0 to 1"));
        }
        if !are_parts(&[own.yes, own.no, own.unclear]) {
            let expected = "0 to 1, with no and unclear";
            return Err(DayError::new("questions.yes", expected));
        }
        Ok(())
    }

    fn check_absences(&self) -> Result<(), DayError> {
        let works = |name: &str| {
            self.shifts.iter().any(|shift| {
                let number = name.strip_prefix(&format!("{}-", shift.name));
                let number = number.and_then(|number| number.parse::<usize>().ok());
                number.is_some_and(|number| (1..=shift.agents).contains(&number))
            })
        };
        for (at, absence) in self.absences.iter().enumerate() {
            let expected = "an agent of a shift, such as day-001";
            if !works(&absence.agent) {
                let field = format!("absences[{at}].agent");
                return Err(DayError::new(field, expected));
            }
            if absence.deputy.as_deref().is_some_and(|name| !works(name)) {
                let field = format!("absences[{at}].deputy");
                return Err(DayError::new(field, expected));
            }
        }
        Ok(())
    }

    fn check_arrivals(&self, queues: &BTreeSet<String>) -> Result<(), DayError> {
        let mut calls = 0.0;
        for (at, arrivals) in self.arrivals.iter().enumerate() {
            let field = |key: &str| format!("arrivals[{at}].{key}");
            known(field("queue"), &arrivals.queue, queues)?;
            minute_of(field("from"), &arrivals.from)?;
            if !(1..=1_440).contains(&arrivals.every_minutes) {
                return Err(DayError::new(field("every_minutes"), "1 to 1440"));
            }
            if arrivals
                .calls
                .iter()
                .any(|calls| !calls.is_finite() || *calls < 0.0)
            {
                return Err(DayError::new(field("calls"), "numbers from 0"));
            }
            calls += arrivals.calls.iter().sum::<f64>();
            sensible(field("talk_s"), arrivals.talk_s)?;
            sensible(field("patience_s"), arrivals.patience_s)?;
            if !are_parts(&[arrivals.own_manager]) {
                return Err(DayError::new(field("own_manager"), "0 to 1"));
            }
            sensible(field("again_after_s"), arrivals.again_after_s)?;
            if !are_parts(&[arrivals.again]) {
                return Err(DayError::new(field("again"), "0 to 1"));
            }
        }
        if calls > CALLS_MAX {
            return Err(DayError::new(
                "arrivals",
                format!("at most {CALLS_MAX} calls a day"),
            ));
        }
        Ok(())
    }

    fn check_shifts(&self, queues: &BTreeSet<String>) -> Result<(), DayError> {
        let mut agents = 0;
        let mut names = BTreeSet::new();
        for (at, shift) in self.shifts.iter().enumerate() {
            let field = |key: &str| format!("shifts[{at}].{key}");
            if !names.insert(&shift.name) {
                return Err(DayError::new(
                    field("name"),
                    "a name that no other shift has",
                ));
            }
            for queue in &shift.queues {
                known(field("queues"), queue, queues)?;
            }
            minute_of(field("from"), &shift.from)?;
            minute_of(field("to"), &shift.to)?;
            for pause in &shift.breaks {
                minute_of(field("breaks.from"), &pause.from)?;
            }
            sensible(field("answer_s"), shift.answer_s)?;
            let parts = [shift.miss, shift.reject, shift.unreachable];
            if !are_parts(&parts) {
                return Err(DayError::new(
                    field("miss"),
                    "0 to 1, with reject and unreachable",
                ));
            }
            agents += shift.agents;
        }
        if agents > AGENTS_MAX {
            return Err(DayError::new(
                "shifts",
                format!("at most {AGENTS_MAX} agents"),
            ));
        }
        Ok(())
    }

    /// When the day begins, milliseconds since 1970 UTC.
    ///
    /// # Errors
    /// A date or zone that does not exist.
    pub fn midnight(&self) -> Result<u64, DayError> {
        let date: Date = self
            .date
            .parse()
            .map_err(|_| DayError::new("date", "a date such as 2026-01-12"))?;
        let start = date
            .in_tz(&self.zone)
            .map_err(|_| DayError::new("zone", "IANA name such as Europe/Moscow"))?;
        u64::try_from(start.timestamp().as_millisecond())
            .map_err(|_| DayError::new("date", "a date after 1970"))
    }

    /// Length of a row of the report, milliseconds.
    pub(crate) fn interval_ms(&self) -> u64 {
        self.interval_minutes * MINUTE_MS
    }
}

fn known(field: String, queue: &String, queues: &BTreeSet<String>) -> Result<(), DayError> {
    if queues.contains(queue) {
        return Ok(());
    }
    let names: Vec<&str> = queues.iter().map(String::as_str).collect();
    let names = names.join(", ");
    Err(DayError::new(field, format!("a configured queue: {names}")))
}

fn sensible(field: String, duration: Duration) -> Result<(), DayError> {
    if duration.is_sensible() {
        return Ok(());
    }
    Err(DayError::new(field, "seconds over 0, at most a day"))
}

fn minute_of(field: String, time: &str) -> Result<u64, DayError> {
    let minute = || {
        let (hour, minute) = time.split_once(':')?;
        let (hour, minute) = (hour.parse::<u64>().ok()?, minute.parse::<u64>().ok()?);
        (hour <= 24 && minute < 60 && hour * 60 + minute <= 1_440).then_some(hour * 60 + minute)
    };
    minute().ok_or_else(|| DayError::new(field, "a time of day such as 08:30"))
}

/// Milliseconds after midnight of a checked `HH:MM`; 0 for anything else.
pub(crate) fn time_ms(time: &str) -> u64 {
    minute_of(String::new(), time).map_or(0, |minute| minute * MINUTE_MS)
}

/// Start and end of a shift, milliseconds after midnight.
pub(crate) fn hours_ms(shift: &Shift) -> (u64, u64) {
    let (from, to) = (time_ms(&shift.from), time_ms(&shift.to));
    (from, if to > from { to } else { to + DAY_MS })
}

/// When the agent number `at` of a shift is away, milliseconds after midnight.
pub(crate) fn breaks_ms(shift: &Shift, at: usize) -> Vec<(u64, u64)> {
    let away = |pause: &Break| {
        let length = pause.minutes * MINUTE_MS;
        let within = pause.within_minutes.unwrap_or(pause.minutes * 4) * MINUTE_MS;
        let room = within.saturating_sub(length);
        let agents = shift.agents.max(2) as u64 - 1;
        let from = time_ms(&pause.from) + room * at as u64 / agents;
        (from, from + length)
    };
    shift.breaks.iter().map(away).collect()
}
