//! What a day came to, and what theory expected of it.

use crate::day::{Day, breaks_ms, hours_ms};
use crate::question::Questions;
use report::{
    AgentRow, Grouping, Ledger, QueueMeasures, QueueRow, Ratio, ReserveRow, ServiceRule,
    agent_rows, erlang, queue_rows, reserve_rows,
};
use serde::Serialize;

/// A day that was run.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// The whole day.
    pub totals: Totals,
    /// The whole day by queue.
    pub queues: Vec<QueueRow>,
    /// All queues by interval.
    pub intervals: Vec<HalfHour>,
    /// The whole day by agent.
    pub agents: Vec<AgentRow>,
    /// The whole day by reserve number.
    pub reserves: Vec<ReserveRow>,
}

/// The whole day, all queues.
#[derive(Clone, Debug, Serialize)]
pub struct Totals {
    /// What callers met.
    pub callers: QueueMeasures,
    /// How busy agents were.
    pub occupancy: Ratio,
    /// Time agents spent in talk, wrap-up, ringing and idle, milliseconds.
    pub staffed_ms: u64,
    /// Phones that were rung: decisions of the routing core.
    pub decisions: u64,
    /// What came of the question after the talk.
    pub questions: Questions,
    /// Every call that was offered has exactly one outcome.
    pub conserves: bool,
}

/// One interval: what happened and what theory expects.
#[derive(Clone, Debug, Serialize)]
pub struct HalfHour {
    /// Start after midnight, milliseconds.
    pub from_ms: u64,
    /// What callers met.
    pub callers: QueueMeasures,
    /// How busy agents were.
    pub occupancy: Ratio,
    /// Agents at work by the plan, in the mean.
    pub staff: f64,
    /// Erlang C: service level of patient callers; `None` when they are too
    /// many for the staff.
    pub erlang_c_service_level: Option<f64>,
    /// Erlang C: mean wait, seconds.
    pub erlang_c_wait_s: Option<f64>,
    /// Erlang A: part that hang up.
    pub erlang_a_abandonment: Option<f64>,
    /// Erlang A: mean wait, seconds.
    pub erlang_a_wait_s: Option<f64>,
}

impl Outcome {
    pub(crate) fn of(
        day: &Day,
        midnight: u64,
        ledger: Ledger,
        decisions: u64,
        questions: Questions,
    ) -> Self {
        let rule = ServiceRule {
            threshold_ms: day.service_level_s * 1_000,
            short_abandon_ms: day.short_abandon_s * 1_000,
            ..ServiceRule::default()
        };
        let last = ledger
            .segments()
            .iter()
            .map(|segment| segment.queued_at)
            .max();
        let steps = last.map_or(0, |last| (last - midnight) / day.interval_ms() + 1);
        let whole_day = 24 * 60 * 60 * 1_000 / day.interval_ms();
        let cut = |step: u64| midnight + step * day.interval_ms();
        let cuts: Vec<u64> = (0..=steps.max(whole_day)).map(cut).collect();
        let far = ledger.spans().iter().map(|span| span.to).max().unwrap_or(0);
        let day_cuts = [midnight, far.max(cuts[cuts.len() - 1]) + 1];
        let by_queue = Grouping {
            by_queue: true,
            by_number: false,
        };
        let agents = agent_rows(&ledger, &day_cuts, &[], report::RECALL_WITHIN_MS);
        let all = queue_rows(&ledger, &day_cuts, Grouping::default(), &rule);
        let callers = all
            .into_iter()
            .next()
            .map(|row| row.measures)
            .unwrap_or_default();
        let totals = Totals {
            conserves: callers.conserves(),
            callers,
            occupancy: occupancy(&agents),
            staffed_ms: agents.iter().map(|row| row.occupancy.denominator).sum(),
            decisions,
            questions,
        };
        Self {
            queues: queue_rows(&ledger, &day_cuts, by_queue, &rule),
            intervals: intervals(day, midnight, &ledger, &cuts, &rule),
            totals,
            agents,
            reserves: reserve_rows(&ledger, &day_cuts),
        }
    }
}

fn occupancy(rows: &[AgentRow]) -> Ratio {
    let sum = |part: fn(&Ratio) -> u64| rows.iter().map(|row| part(&row.occupancy)).sum();
    Ratio::of(sum(|ratio| ratio.numerator), sum(|ratio| ratio.denominator))
}

fn intervals(
    day: &Day,
    midnight: u64,
    ledger: &Ledger,
    cuts: &[u64],
    rule: &ServiceRule,
) -> Vec<HalfHour> {
    let callers = queue_rows(ledger, cuts, Grouping::default(), rule);
    let agents = agent_rows(ledger, cuts, &[], report::RECALL_WITHIN_MS);
    let rows = callers.into_iter().map(|row| {
        let own: Vec<AgentRow> = agents
            .iter()
            .filter(|one| one.from == row.from)
            .cloned()
            .collect();
        let from_ms = row.from - midnight;
        let staff = staff(day, from_ms);
        let theory = Theory::of(day, &row.measures, staff);
        HalfHour {
            from_ms,
            occupancy: occupancy(&own),
            staff,
            erlang_c_service_level: theory
                .c
                .map(|model| model.service_level(seconds(rule.threshold_ms))),
            erlang_c_wait_s: theory.c.map(|model| model.mean_wait_s),
            erlang_a_abandonment: theory.a.map(|model| model.abandon_probability),
            erlang_a_wait_s: theory.a.map(|model| model.mean_wait_s),
            callers: row.measures,
        }
    });
    rows.collect()
}

/// What Erlang's formulas say of an interval with the load that it had.
struct Theory {
    c: Option<erlang::Waiting>,
    a: Option<erlang::Abandoning>,
}

impl Theory {
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss
    )] // Counts and staff of a day.
    fn of(day: &Day, callers: &QueueMeasures, staff: f64) -> Self {
        let per_s = callers.offered as f64 / seconds(day.interval_ms());
        let agents = staff.round() as u32;
        let handling_s = callers.handling_ms.value.map(|mean_ms| mean_ms / 1_000.0);
        let Some(handling_s) = handling_s else {
            return Self { c: None, a: None };
        };
        Self {
            c: erlang::waiting(per_s * handling_s, handling_s, agents),
            a: erlang::abandoning(per_s, handling_s, mean_patience_s(day), agents),
        }
    }
}

/// Mean patience over all callers that are expected.
fn mean_patience_s(day: &Day) -> f64 {
    let mut calls = 0.0;
    let mut sum = 0.0;
    for arrivals in &day.arrivals {
        let expected: f64 = arrivals.calls.iter().sum();
        calls += expected;
        sum += expected * arrivals.patience_s.mean_s();
    }
    if calls > 0.0 { sum / calls } else { 0.0 }
}

#[allow(clippy::cast_precision_loss)] // Milliseconds of a day.
fn seconds(ms: u64) -> f64 {
    ms as f64 / 1_000.0
}

/// Agents at work by the plan in the interval from `from_ms`, in the mean.
#[allow(clippy::cast_precision_loss)] // Milliseconds of a day.
fn staff(day: &Day, from_ms: u64) -> f64 {
    let to_ms = from_ms + day.interval_ms();
    let overlap = |from: u64, to: u64| to.min(to_ms).saturating_sub(from.max(from_ms));
    let mut present_ms = 0;
    for shift in &day.shifts {
        let (from, to) = hours_ms(shift);
        for number in 0..shift.agents {
            let away: u64 = breaks_ms(shift, number)
                .into_iter()
                .map(|(out, back)| overlap(out.max(from), back.min(to)))
                .sum();
            present_ms += overlap(from, to).saturating_sub(away);
        }
    }
    present_ms as f64 / day.interval_ms() as f64
}
