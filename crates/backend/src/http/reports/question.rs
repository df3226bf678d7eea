//! What a report is asked for: the query of its address.

use super::period;
use crate::clock;
use crate::contract::FieldError;
use report::{DropRule, DropStart, Grouping, OutboundGrouping, ServiceRule};

/// The longest time after which a further call is no recall, days.
const RECALL_DAYS_MAX: u64 = 30;
/// The longest window of the drop rate, days: as long as a report.
const WINDOW_DAYS_MAX: u64 = 400;

/// How the answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    Csv,
}

/// What every report is asked: over which time, and in which form.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Frame {
    /// Ends of the intervals, ascending, at least two.
    pub(super) cuts: Vec<u64>,
    pub(super) format: Format,
}

impl Frame {
    /// Start of the period.
    pub(super) fn from(&self) -> u64 {
        self.cuts.first().copied().unwrap_or(0)
    }

    /// End of the period, exclusive.
    pub(super) fn to(&self) -> u64 {
        self.cuts.last().copied().unwrap_or(0)
    }
}

/// The parameters that every report has, while they are read.
#[derive(Default)]
struct FrameQuery {
    from: Option<u64>,
    to: Option<u64>,
    zone: Option<String>,
    interval: Option<String>,
    format: Option<Format>,
}

impl FrameQuery {
    /// Takes a parameter of its own; any other is an error.
    fn take(&mut self, name: &str, value: &str) -> Result<(), FieldError> {
        match name {
            "from" => self.from = Some(moment("from", value)?),
            "to" => self.to = Some(moment("to", value)?),
            "zone" => self.zone = Some(value.to_owned()),
            "interval" => self.interval = Some(value.to_owned()),
            "format" => self.format = Some(format(value)?),
            other => return Err(FieldError::new(other, "no such parameter")),
        }
        Ok(())
    }

    /// `now` is the usual end of the period.
    fn finish(self, now: u64) -> Result<Frame, FieldError> {
        let zone = period::zone(self.zone.as_deref().unwrap_or("UTC"))?;
        let to = self.to.unwrap_or(now);
        let from = self.from.unwrap_or_else(|| period::start_of_day(to, &zone));
        let interval = self.interval.as_deref().unwrap_or("none");
        Ok(Frame {
            cuts: period::cuts(from, to, interval, &zone)?,
            format: self.format.unwrap_or(Format::Json),
        })
    }
}

/// A question about the record of calls that can be answered.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Question {
    pub(super) frame: Frame,
    pub(super) grouping: Grouping,
    pub(super) rule: ServiceRule,
}

impl Question {
    /// Reads a query; `now` is the usual end of the period.
    pub(super) fn read(query: &str, now: u64) -> Result<Self, FieldError> {
        let mut frame = FrameQuery::default();
        let mut by = Grouping {
            by_queue: true,
            by_number: false,
        };
        let mut rule = ServiceRule::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let value = value.as_ref();
            match name.as_ref() {
                "by" => by = grouping(value)?,
                "service_level_s" => rule.threshold_ms = seconds("service_level_s", value)?,
                "short_abandon_s" => rule.short_abandon_ms = seconds("short_abandon_s", value)?,
                "count_overflowed" => {
                    rule.count_overflowed = yes_or_no("count_overflowed", value)?;
                }
                "count_short_abandons" => {
                    rule.count_short_abandons = yes_or_no("count_short_abandons", value)?;
                }
                "count_abandons" => rule.count_abandons = yes_or_no("count_abandons", value)?,
                "recall_days" => {
                    rule.recall_within_ms = days("recall_days", value, RECALL_DAYS_MAX)?;
                }
                other => frame.take(other, value)?,
            }
        }
        Ok(Self {
            frame: frame.finish(now)?,
            grouping: by,
            rule,
        })
    }
}

/// A question about the attempts of call lists.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct OutboundQuestion {
    pub(super) frame: Frame,
    pub(super) grouping: OutboundGrouping,
    pub(super) rule: DropRule,
}

impl OutboundQuestion {
    /// Reads a query; `now` is the usual end of the period.
    pub(super) fn read(query: &str, now: u64) -> Result<Self, FieldError> {
        let mut frame = FrameQuery::default();
        let mut by = OutboundGrouping {
            by_list: true,
            ..OutboundGrouping::default()
        };
        let mut rule = DropRule::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let value = value.as_ref();
            match name.as_ref() {
                "by" => by = outbound_grouping(value)?,
                "drop_from" => rule.start = drop_start(value)?,
                "drop_after_s" => rule.threshold_ms = seconds("drop_after_s", value)?,
                "window_days" => rule.window_ms = days("window_days", value, WINDOW_DAYS_MAX)?,
                other => frame.take(other, value)?,
            }
        }
        Ok(Self {
            frame: frame.finish(now)?,
            grouping: by,
            rule,
        })
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

fn days(name: &str, value: &str, most: u64) -> Result<u64, FieldError> {
    let days = value.parse::<u64>().ok();
    days.filter(|days| (1..=most).contains(days))
        .map(|days| days * 24 * 60 * 60 * 1_000)
        .ok_or_else(|| FieldError::new(name, format!("whole days, 1 to {most}")))
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

fn outbound_grouping(value: &str) -> Result<OutboundGrouping, FieldError> {
    let mut grouping = OutboundGrouping::default();
    for word in value.split(',').filter(|word| !word.is_empty()) {
        match word {
            "list" => grouping.by_list = true,
            "from_number" => grouping.by_from_number = true,
            "to_number" => grouping.by_to_number = true,
            "all" => {}
            _ => {
                return Err(FieldError::new(
                    "by",
                    "list, from_number, to_number, several with commas, or all",
                ));
            }
        }
    }
    Ok(grouping)
}

fn drop_start(value: &str) -> Result<DropStart, FieldError> {
    match value {
        "connected" => Ok(DropStart::Connected),
        "greeting_start" => Ok(DropStart::GreetingStart),
        "greeting_end" => Ok(DropStart::GreetingEnd),
        _ => Err(FieldError::new(
            "drop_from",
            "connected, greeting_start or greeting_end",
        )),
    }
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
        assert_eq!(question.frame.cuts, [day_start, NOW]);
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
    #[test]
    fn without_a_query_call_lists_are_counted_by_the_us_rule() {
        let question = OutboundQuestion::read("", NOW).unwrap();
        assert!(question.grouping.by_list && !question.grouping.by_to_number);
        assert_eq!(question.rule, DropRule::default());
        let query = "by=from_number,to_number&drop_from=connected&drop_after_s=3&window_days=7";
        let question = OutboundQuestion::read(query, NOW).unwrap();
        assert!(!question.grouping.by_list && question.grouping.by_to_number);
        assert_eq!(question.rule.start, DropStart::Connected);
        assert_eq!(question.rule.threshold_ms, 3_000);
        assert_eq!(question.rule.window_ms, 7 * 86_400_000);
        for (query, field) in [
            ("by=queue", "by"),
            ("drop_from=ringing", "drop_from"),
            ("drop_after_s=2.5", "drop_after_s"),
            ("window_days=0", "window_days"),
            ("window_days=401", "window_days"),
            ("service_level_s=20", "service_level_s"),
            ("format=xml", "format"),
            ("from=yesterday", "from"),
        ] {
            let refused = OutboundQuestion::read(query, NOW).unwrap_err();
            assert_eq!(refused.field, field, "{query}");
        }
    }
}
