//! What reserve numbers did, by number and interval.

use crate::queues::interval_of;
use crate::{Ledger, Offer, OfferOutcome, Outcome, Ratio};
use serde::Serialize;
use std::collections::BTreeMap;

/// One reserve number in one interval. A call is booked at the moment it was
/// sent to the number, a talk at its end.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ReserveRow {
    /// Start of the interval, milliseconds since 1970 UTC.
    pub from: u64,
    /// Its end, exclusive.
    pub to: u64,
    /// The reserve number, by name.
    pub reserve: String,
    /// Calls that were sent to it. Equals the sum of the outcomes below and
    /// those that still ring.
    pub offers: u64,
    /// Of these, it answered.
    pub answered: u64,
    /// Rang out while the caller was there.
    pub no_answer: u64,
    /// Declined.
    pub rejected: u64,
    /// Was busy. Not a failure: somebody talks there.
    pub busy: u64,
    /// Could not be reached.
    pub unreachable: u64,
    /// The caller left, or somebody else was faster.
    pub cancelled: u64,
    /// Answered over those sent that were not called off.
    pub reached: Ratio,
    /// Rang out, declined and out of reach, over the same.
    pub failed: Ratio,
    /// Time from ringing to answer over answers, milliseconds.
    pub answer_speed_ms: Ratio,
    /// Talk over the talks that ended in the interval, milliseconds.
    pub talk_ms: Ratio,
}

impl ReserveRow {
    fn add_offer(&mut self, offer: &Offer) {
        self.offers += 1;
        let count = match offer.outcome {
            None => return,
            Some(OfferOutcome::Answered) => {
                self.answer_speed_ms = self.answer_speed_ms.with(offer.rang_ms);
                &mut self.answered
            }
            Some(OfferOutcome::NoAnswer) => &mut self.no_answer,
            Some(OfferOutcome::Rejected) => &mut self.rejected,
            Some(OfferOutcome::Busy) => &mut self.busy,
            // A telephone outside has no registration: it cannot be reached.
            Some(OfferOutcome::Unreachable | OfferOutcome::Unregistered) => &mut self.unreachable,
            Some(OfferOutcome::Cancelled) => &mut self.cancelled,
        };
        *count += 1;
    }

    fn sum_up(&mut self) {
        let failed = self.no_answer + self.rejected + self.unreachable;
        let ended = self.answered + self.busy + failed;
        self.reached = Ratio::of(self.answered, ended);
        self.failed = Ratio::of(failed, ended);
    }
}

/// The report of reserve numbers over the intervals between `cuts` (as for
/// [`crate::queue_rows`]), in the order of interval and name. A number that had
/// no call in an interval has no row there.
pub fn reserve_rows(ledger: &Ledger, cuts: &[u64]) -> Vec<ReserveRow> {
    let mut rows: BTreeMap<(usize, String), ReserveRow> = BTreeMap::new();
    let mut book = |at: u64, reserve: &str, change: &dyn Fn(&mut ReserveRow)| {
        let Some(interval) = interval_of(at, cuts) else {
            return;
        };
        let fresh = || ReserveRow {
            from: cuts[interval],
            to: cuts[interval + 1],
            reserve: reserve.to_owned(),
            ..ReserveRow::default()
        };
        let row = rows.entry((interval, reserve.to_owned()));
        change(row.or_insert_with(fresh));
    };
    for segment in ledger.segments() {
        for offer in &segment.offers {
            if let Some(reserve) = offer.party.reserve() {
                book(offer.made_at, &reserve.to_string(), &|row| {
                    row.add_offer(offer);
                });
            }
        }
        if let (Outcome::Answered, Some(at), Some(reserve)) =
            (segment.outcome, segment.left_at, &segment.reserve)
        {
            book(at, &reserve.to_string(), &|row| {
                let talk = &mut row.talk_ms;
                *talk = Ratio::of(talk.numerator + segment.talk_ms, talk.denominator + 1);
            });
        }
    }
    let mut rows: Vec<ReserveRow> = rows.into_values().collect();
    rows.iter_mut().for_each(ReserveRow::sum_up);
    rows
}
