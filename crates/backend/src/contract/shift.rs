//! The plan of shifts in JSON; the file is in `shift_file`.

use super::{FieldError, Fields, Problem};
use crate::Reason;
use crate::clock;
use acd::Millis;
use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use store::{SHIFT_MS_MAX, ShiftChange, ShiftRow};

/// Shifts in one change: a month of two hundred agents.
pub(crate) const SHIFTS_PER_CHANGE_MAX: usize = 20_000;
const NAME_BYTES_MAX: usize = 64;
/// What can be planned besides the reasons for not being ready.
const ALWAYS: [&str; 2] = ["work", "meeting"];

/// A shift as it is shown.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct ShiftJson {
    pub(crate) agent: String,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) activity: String,
    pub(crate) paid: bool,
}

impl ShiftJson {
    pub(crate) fn of(row: &ShiftRow) -> Self {
        Self {
            agent: row.agent.clone(),
            from: clock::to_rfc3339(row.starts_at_ms),
            to: clock::to_rfc3339(row.ends_at_ms),
            activity: row.activity.clone(),
            paid: row.paid,
        }
    }
}

/// What a plan may name.
pub(crate) struct Known {
    agents: BTreeSet<String>,
    activities: BTreeSet<String>,
}

impl Known {
    /// These agents; `work`, `meeting`, the usual reasons and the owner's own.
    pub(crate) fn new(agents: BTreeSet<String>, reasons: &[Reason]) -> Self {
        let usual = Reason::usual();
        let names = reasons.iter().chain(&usual).map(|one| one.name.as_str());
        let activities = names.chain(ALWAYS).map(str::to_owned).collect();
        Self { agents, activities }
    }

    /// What can be planned.
    pub(crate) fn activities(&self) -> impl Iterator<Item = &str> {
        self.activities.iter().map(String::as_str)
    }

    pub(super) fn agent(&self, name: &str) -> Result<String, FieldError> {
        let known = self.agents.contains(name).then(|| name.to_owned());
        known.ok_or_else(|| FieldError::not_an_agent("agent"))
    }

    pub(super) fn activity(&self, word: &str) -> Result<String, FieldError> {
        let known = self.activities.contains(word).then(|| word.to_owned());
        known.ok_or_else(|| {
            let all: Vec<&str> = self.activities().collect();
            FieldError::new("activity", format!("one of {}", all.join(", "))).of(Problem::Unknown)
        })
    }
}

/// A shift of these ends.
pub(super) fn shift(
    agent: String,
    (from, to): (Millis, Millis),
    activity: String,
    paid: bool,
) -> Result<ShiftRow, FieldError> {
    for (field, at) in [("from", from), ("to", to)] {
        if !at.is_multiple_of(report::MINUTE_MS) {
            return Err(FieldError::new(field, "whole minute").of(Problem::NotATime));
        }
    }
    if to <= from {
        return Err(FieldError::new("to", "time after `from`").of(Problem::EndsTooEarly));
    }
    if to - from > SHIFT_MS_MAX {
        let long = FieldError::new("to", "time at most 24 hours after `from`");
        return Err(long.of(Problem::TooLong));
    }
    Ok(ShiftRow {
        agent,
        starts_at_ms: from,
        ends_at_ms: to,
        activity,
        paid,
    })
}

/// Reads `{shifts: [{agent, from, to, activity, paid?}]}`; every one must be
/// right.
pub(crate) fn read_shifts(body: &Value, known: &Known) -> Result<Vec<ShiftRow>, FieldError> {
    let list = Fields::of(body)?
        .value("shifts")
        .and_then(Value::as_array)
        .filter(|list| list.len() <= SHIFTS_PER_CHANGE_MAX)
        .ok_or_else(|| {
            let many = format!("list of at most {SHIFTS_PER_CHANGE_MAX}");
            FieldError::new("shifts", many).of(Problem::TooMany)
        })?;
    let at = |index: usize, wrong: FieldError| {
        let field = format!("shifts[{index}].{}", wrong.field);
        FieldError::new(field, wrong.expected).of(wrong.problem)
    };
    let mut rows = Vec::with_capacity(list.len());
    for (index, value) in list.iter().enumerate() {
        rows.push(shift_of_json(value, known).map_err(|wrong| at(index, wrong))?);
    }
    match first_overlap(&rows) {
        None => Ok(rows),
        Some((index, other)) => {
            let after = format!("time at which shifts[{other}] is over");
            let wrong = FieldError::new("from", after).of(Problem::Overlaps);
            Err(at(index, wrong))
        }
    }
}

fn shift_of_json(value: &Value, known: &Known) -> Result<ShiftRow, FieldError> {
    let fields = Fields::of(value)?;
    let end = |name: &str| {
        let text = fields.filled_text(name, NAME_BYTES_MAX)?;
        let wrong = || FieldError::new(name, "RFC 3339 time").of(Problem::NotATime);
        clock::from_rfc3339(text).ok_or_else(wrong)
    };
    let paid = match fields.value("paid") {
        None => true,
        Some(Value::Bool(paid)) => *paid,
        Some(_) => return Err(FieldError::new("paid", "true or false")),
    };
    shift(
        known.agent(fields.filled_text("agent", NAME_BYTES_MAX)?)?,
        (end("from")?, end("to")?),
        known.activity(fields.filled_text("activity", NAME_BYTES_MAX)?)?,
        paid,
    )
}

/// The first shift, by agent and time, that begins before another of the same
/// agent is over, and that other.
fn first_overlap(rows: &[ShiftRow]) -> Option<(usize, usize)> {
    overlaps(rows).first().copied()
}

/// Every shift that begins before another of its agent is over, and that other.
pub(super) fn overlaps(rows: &[ShiftRow]) -> Vec<(usize, usize)> {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by_key(|at| (&rows[*at].agent, rows[*at].starts_at_ms, *at));
    let mut found = Vec::new();
    let mut longest: Option<usize> = None;
    for at in order {
        if let Some(before) = longest.filter(|before| rows[*before].agent == rows[at].agent) {
            if rows[at].starts_at_ms < rows[before].ends_at_ms {
                found.push((at, before));
            }
            if rows[at].ends_at_ms <= rows[before].ends_at_ms {
                continue;
            }
        }
        longest = Some(at);
    }
    found
}

/// What is written anew: of each agent the time from the first shift to the end
/// of the last.
pub(crate) fn changes_of(rows: Vec<ShiftRow>) -> Vec<ShiftChange> {
    let mut changes: BTreeMap<String, ShiftChange> = BTreeMap::new();
    for row in rows {
        let fresh = || ShiftChange {
            agent: row.agent.clone(),
            from_ms: row.starts_at_ms,
            to_ms: row.ends_at_ms,
            rows: Vec::new(),
        };
        let change = changes.entry(row.agent.clone()).or_insert_with(fresh);
        change.from_ms = change.from_ms.min(row.starts_at_ms);
        change.to_ms = change.to_ms.max(row.ends_at_ms);
        change.rows.push(row);
    }
    changes.into_values().collect()
}

/// An IANA zone by name.
pub(crate) fn zone_of(name: &str) -> Result<TimeZone, FieldError> {
    TimeZone::get(name).map_err(|_| {
        let wrong = FieldError::new("zone", "IANA time zone such as Europe/Moscow");
        wrong.of(Problem::NotAZone)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_wrong_shift_of_a_body_is_named_by_its_place() {
        let shift = |from: &str, to: &str| json!({"agent": "anna", "from": from, "to": to, "activity": "work"});
        let good = shift("2026-11-30T09:00:00Z", "2026-11-30T12:00:00Z");
        let read = |shifts: Value| {
            read_shifts(
                &json!({"shifts": shifts}),
                &Known::new(["anna".to_owned()].into(), &[]),
            )
        };
        assert_eq!(read(json!([good])).unwrap().len(), 1);
        let mut unpaid = good.clone();
        unpaid["paid"] = json!("no");
        for (shifts, field) in [
            (json!(null), "shifts"),
            (json!([good, {}]), "shifts[1].agent"),
            (json!([shift("2026-11-30 09:00", "x")]), "shifts[0].from"),
            (
                json!([good, shift("2026-11-30T11:59:00Z", "2026-11-30T13:00:00Z")]),
                "shifts[1].from",
            ),
            (json!([good, good]), "shifts[1].from"),
            (json!([unpaid]), "shifts[0].paid"),
        ] {
            assert_eq!(read(shifts).unwrap_err().field, field);
        }
    }
}
