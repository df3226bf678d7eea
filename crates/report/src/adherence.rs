//! Did people do what was planned? Minute by minute (metrics.md §3.2).

use crate::plan::MINUTE_MS;
use crate::queues::interval_of;
use crate::{Ledger, PlannedShift, Span};
use acd::AgentId;
use std::collections::{BTreeMap, HashMap};

/// A minute is as planned when the state was for at least half of it.
const HALF_MINUTE_MS: u64 = MINUTE_MS / 2;

/// What was planned for an agent in an interval, as far as it is past.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Planned {
    /// Time that is paid, milliseconds.
    pub(crate) paid_ms: u64,
    /// Whole minutes for which something was planned.
    pub(crate) minutes: u64,
    /// Of these, as planned.
    pub(crate) adherent: u64,
}

/// What was planned by interval (between `cuts`) and agent. Only what is past
/// by the moment of the report counts; a minute belongs to the interval in
/// which it begins.
pub(crate) fn planned(
    ledger: &Ledger,
    cuts: &[u64],
    plan: &[PlannedShift],
) -> BTreeMap<(usize, AgentId), Planned> {
    let mut spans: HashMap<&AgentId, Vec<&Span>> = HashMap::new();
    for span in ledger.spans() {
        spans.entry(&span.agent).or_default().push(span);
    }
    let mut found: BTreeMap<(usize, AgentId), Planned> = BTreeMap::new();
    for shift in plan {
        let to = shift.to.min(ledger.known_until());
        let first_interval = cuts.partition_point(|cut| *cut <= shift.from);
        let windows = cuts.windows(2).enumerate();
        for (interval, ends) in windows.skip(first_interval.saturating_sub(1)) {
            if ends[0] >= to || !shift.paid {
                break;
            }
            let paid_ms = to.min(ends[1]).saturating_sub(shift.from.max(ends[0]));
            if paid_ms > 0 {
                let own = found.entry((interval, shift.agent.clone())).or_default();
                own.paid_ms += paid_ms;
            }
        }
        let none = Vec::new();
        let own_spans = spans.get(&shift.agent).unwrap_or(&none);
        let (Some(first), Some(last)) = (cuts.first(), cuts.last()) else {
            continue;
        };
        // Minutes before the first cut belong to no interval.
        let skipped = first.saturating_sub(shift.from).div_ceil(MINUTE_MS);
        let mut minute = shift.from + skipped * MINUTE_MS;
        let mut at = own_spans.partition_point(|span| span.to <= minute);
        while minute + MINUTE_MS <= to && minute < *last {
            while own_spans.get(at).is_some_and(|span| span.to <= minute) {
                at += 1;
            }
            let met_ms: u64 = own_spans[at..]
                .iter()
                .take_while(|span| span.from < minute + MINUTE_MS)
                .filter(|span| shift.activity.is_met_by(span))
                .map(|span| span.within_ms(minute, minute + MINUTE_MS))
                .sum();
            if let Some(interval) = interval_of(minute, cuts) {
                let own = found.entry((interval, shift.agent.clone())).or_default();
                own.minutes += 1;
                own.adherent += u64::from(met_ms >= HALF_MINUTE_MS);
            }
            minute += MINUTE_MS;
        }
    }
    found
}
