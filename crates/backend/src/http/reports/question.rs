//! What a report is asked for: the query of its address.

use super::period;
use crate::clock;
use crate::contract::FieldError;
use report::{Grouping, ServiceRule};

/// The longest time after which a further call is no recall, days.
const RECALL_DAYS_MAX: u64 = 30;

/// How the answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    Csv,
}

/// A question that can be answered.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Question {
    /// Ends of the intervals, ascending, at least two.
    pub(super) cuts: Vec<u64>,
    pub(super) grouping: Grouping,
    pub(super) rule: ServiceRule,
    pub(super) format: Format,
}

impl Question {
    /// Start of the period.
    pub(super) fn from(&self) -> u64 {
        self.cuts.first().copied().unwrap_or(0)
    }

    /// End of the period, exclusive.
    pub(super) fn to(&self) -> u64 {
        self.cuts.last().copied().unwrap_or(0)
    }

    /// Reads a query; `now` is the usual end of the period.
    pub(super) fn read(query: &str, now: u64) -> Result<Self, FieldError> {
        let mut from = None;
        let mut to = None;
        let mut zone = None;
        let mut interval = None;
        let mut question = Self {
            cuts: Vec::new(),
            grouping: Grouping {
                by_queue: true,
                by_number: false,
            },
            rule: ServiceRule::default(),
            format: Format::Json,
        };
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let value = value.as_ref();
            match name.as_ref() {
                "from" => from = Some(moment("from", value)?),
                "to" => to = Some(moment("to", value)?),
                "zone" => zone = Some(value.to_owned()),
                "interval" => interval = Some(value.to_owned()),
                "by" => question.grouping = grouping(value)?,
                "format" => question.format = format(value)?,
                "service_level_s" => {
                    question.rule.threshold_ms = seconds("service_level_s", value)?;
                }
                "short_abandon_s" => {
                    question.rule.short_abandon_ms = seconds("short_abandon_s", value)?;
                }
                "count_overflowed" => {
                    question.rule.count_overflowed = yes_or_no("count_overflowed", value)?;
                }
                "count_short_abandons" => {
                    question.rule.count_short_abandons = yes_or_no("count_short_abandons", value)?;
                }
                "count_abandons" => {
                    question.rule.count_abandons = yes_or_no("count_abandons", value)?;
                }
                "recall_days" => question.rule.recall_within_ms = days(value)?,
                other => return Err(FieldError::new(other, "no such parameter")),
            }
        }
        let zone = period::zone(zone.as_deref().unwrap_or("UTC"))?;
        let to = to.unwrap_or(now);
        let from = from.unwrap_or_else(|| period::start_of_day(to, &zone));
        question.cuts = period::cuts(from, to, interval.as_deref().unwrap_or("none"), &zone)?;
        Ok(question)
    }
}

fn moment(name: &str, value: &str) -> Result<u64, FieldError> {
    clock::from_rfc3339(value)
        .ok_or_else(|| FieldError::new(name, "time such as 2026-11-22T08:00:00Z"))
}

fn seconds(name: &str, value: &str) -> Result<u64, FieldError> {
    let seconds = value
        .parse::<u64>()
        .ok()
        .filter(|seconds| *seconds <= 86_400);
    seconds
        .map(|seconds| seconds * 1_000)
        .ok_or_else(|| FieldError::new(name, "whole seconds, 0 to 86400"))
}

fn days(value: &str) -> Result<u64, FieldError> {
    let days = value.parse::<u64>().ok();
    days.filter(|days| (1..=RECALL_DAYS_MAX).contains(days))
        .map(|days| days * 24 * 60 * 60 * 1_000)
        .ok_or_else(|| FieldError::new("recall_days", "whole days, 1 to 30"))
}

fn yes_or_no(name: &str, value: &str) -> Result<bool, FieldError> {
    match value {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(FieldError::new(name, "true or false")),
    }
}

fn format(value: &str) -> Result<Format, FieldError> {
    match value {
        "json" => Ok(Format::Json),
        "csv" => Ok(Format::Csv),
        _ => Err(FieldError::new("format", "json or csv")),
    }
}

fn grouping(value: &str) -> Result<Grouping, FieldError> {
    let mut grouping = Grouping::default();
    for word in value.split(',').filter(|word| !word.is_empty()) {
        match word {
            "queue" => grouping.by_queue = true,
            "number" => grouping.by_number = true,
            "all" => {}
            _ => {
                return Err(FieldError::new(
                    "by",
                    "queue, number, both with a comma, or all",
                ));
            }
        }
    }
    Ok(grouping)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_795_335_000_000; // 2026-11-22T08:10:00Z

    fn refused(query: &str) -> String {
        Question::read(query, NOW).unwrap_err().field
    }

    #[test]
    fn without_a_query_it_is_today_by_queue() {
        let question = Question::read("", NOW).unwrap();
        let day_start = NOW - (8 * 60 + 10) * 60_000;
        assert_eq!(question.cuts, [day_start, NOW]);
        assert!(question.grouping.by_queue && !question.grouping.by_number);
        assert_eq!(question.rule, ServiceRule::default());
    }

    #[test]
    fn every_wrong_parameter_is_named() {
        for (query, field) in [
            ("from=yesterday", "from"),
            ("to=now", "to"),
            ("zone=Mars/Base", "zone"),
            ("interval=7m", "interval"),
            ("by=colour", "by"),
            ("format=xml", "format"),
            ("service_level_s=-1", "service_level_s"),
            ("short_abandon_s=1e3", "short_abandon_s"),
            ("count_abandons=1", "count_abandons"),
            ("recall_days=31", "recall_days"),
            ("colour=red", "colour"),
            ("from=2026-11-23T00:00:00Z", "from"),
            ("from=2020-01-01T00:00:00Z", "from"),
        ] {
            assert_eq!(refused(query), field, "{query}");
        }
    }
}
