//! What agents did, by agent and interval.

use crate::adherence::{Planned, planned};
use crate::contacts::Contacts;
use crate::{Activity, Ledger, Offer, OfferOutcome, Outcome, PlannedShift, Ratio, Segment, Span};
use serde::Serialize;
use std::collections::BTreeMap;

/// One agent in one interval. Times are cut at the interval's ends and sum up
/// to `observed_ms`, to the millisecond (promise P14).
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct AgentRow {
    /// Start of the interval, milliseconds since 1970 UTC.
    pub from: u64,
    /// Its end, exclusive.
    pub to: u64,
    /// The agent.
    pub agent: String,
    /// All of the time that the record knows a state of, milliseconds.
    pub observed_ms: u64,
    /// Offline and nothing going on.
    pub offline_ms: u64,
    /// Not ready and nothing going on.
    pub not_ready_ms: u64,
    /// Ready and free.
    pub idle_ms: u64,
    /// Chosen for a call, or ringing.
    pub ringing_ms: u64,
    /// In a talk.
    pub talking_ms: u64,
    /// With a colleague about a call, the caller on hold.
    pub consulting_ms: u64,
    /// Asked by a colleague who speaks with the caller meanwhile.
    pub held_ms: u64,
    /// In wrap-up.
    pub wrap_up_ms: u64,
    /// Passed over for misses.
    pub banned_ms: u64,
    /// The page that is needed was gone.
    pub unreachable_ms: u64,
    /// Talking, consulting, held, wrap-up and ringing over these and idle.
    pub occupancy: Ratio,
    /// The same without ringing, in neither part: talking, consulting, held
    /// and wrap-up over these and idle.
    pub occupancy_without_ringing: Ratio,
    /// Talking, consulting, held, wrap-up, ringing and idle over the paid time of
    /// the plan that is past. Nothing planned is no value; more work than was
    /// planned is over 1.
    pub utilization: Ratio,
    /// Minutes in which the agent did what was planned, over the minutes for
    /// which something was planned and that are past.
    pub adherence: Ratio,
    /// Offers made in the interval.
    pub offers: u64,
    /// Of these, answered.
    pub answered: u64,
    /// Rang out while the caller was there.
    pub missed: u64,
    /// Declined.
    pub rejected: u64,
    /// The phone was busy.
    pub busy: u64,
    /// The phone could not be reached.
    pub unreachable: u64,
    /// No phone was registered.
    pub unregistered: u64,
    /// Ended without the agent's doing.
    pub cancelled: u64,
    /// Rang out while the caller was there (RONA), over `offers`.
    pub no_answer: Ratio,
    /// Time from ringing to answer over answers, milliseconds.
    pub answer_speed_ms: Ratio,
    /// Talk and wrap-up of the talks that ended in the interval, over their
    /// number (AHT), milliseconds. A transferred call is one talk of each agent;
    /// a consult is in the talk of the agent who asked.
    pub handling_ms: Ratio,
    /// Of these talks, those in which the caller was on hold while a colleague was
    /// asked, over all of them.
    pub held: Ratio,
    /// How long, over the same talks, milliseconds; a part of the talk.
    pub hold_ms: Ratio,
    /// Callers handed over to a colleague or a queue, over these talks.
    pub transferred: Ratio,
    /// Callers who did not call again within the rule's time (FCR), over those of
    /// these talks of whom that is known by now.
    pub first_contact: Ratio,
    /// The others of them: who called again, over the same.
    pub recalled: Ratio,
}

impl AgentRow {
    fn add_span(&mut self, span: &Span) {
        let ms = span.within_ms(self.from, self.to);
        self.observed_ms += ms;
        let state = match (span.activity, span.intent.as_str()) {
            (Activity::Idle, "ready") => &mut self.idle_ms,
            (Activity::Idle, "offline") => &mut self.offline_ms,
            (Activity::Idle, _) => &mut self.not_ready_ms,
            (Activity::Ringing, _) => &mut self.ringing_ms,
            (Activity::Talking, _) => &mut self.talking_ms,
            (Activity::Consulting, _) => &mut self.consulting_ms,
            (Activity::Held, _) => &mut self.held_ms,
            (Activity::WrapUp, _) => &mut self.wrap_up_ms,
            (Activity::Banned, _) => &mut self.banned_ms,
            (Activity::Unreachable, _) => &mut self.unreachable_ms,
        };
        *state += ms;
    }

    fn add_offer(&mut self, offer: &Offer) {
        self.offers += 1;
        let count = match offer.outcome {
            None => return,
            Some(OfferOutcome::Answered) => {
                self.answer_speed_ms = self.answer_speed_ms.with(offer.rang_ms);
                &mut self.answered
            }
            Some(OfferOutcome::NoAnswer) => &mut self.missed,
            Some(OfferOutcome::Rejected) => &mut self.rejected,
            Some(OfferOutcome::Busy) => &mut self.busy,
            Some(OfferOutcome::Unreachable) => &mut self.unreachable,
            Some(OfferOutcome::Unregistered) => &mut self.unregistered,
            Some(OfferOutcome::Cancelled) => &mut self.cancelled,
        };
        *count += 1;
    }

    /// A talk that ended.
    fn add_talk(&mut self, segment: &Segment) {
        let handled_ms = segment.talk_ms + segment.wrap_up_ms;
        self.handling_ms = self.handling_ms.with(handled_ms);
        self.held = self.held.with(u64::from(segment.hold_ms > 0));
        self.hold_ms = self.hold_ms.with(segment.hold_ms);
        self.transferred = self.transferred.with(u64::from(segment.is_transferred));
    }

    fn add_contact(&mut self, is_served_at_first: Option<bool>) {
        if let Some(is_served) = is_served_at_first {
            self.first_contact = self.first_contact.with(u64::from(is_served));
            self.recalled = self.first_contact.rest();
        }
    }

    fn sum_up(&mut self) {
        let served_ms = self.talking_ms + self.consulting_ms + self.held_ms + self.wrap_up_ms;
        let busy_ms = served_ms + self.ringing_ms;
        self.occupancy = Ratio::of(busy_ms, busy_ms + self.idle_ms);
        self.occupancy_without_ringing = Ratio::of(served_ms, served_ms + self.idle_ms);
        self.no_answer = Ratio::of(self.missed, self.offers);
        let paid_ms = self.utilization.denominator;
        self.utilization = Ratio::of(busy_ms + self.idle_ms, paid_ms);
    }

    fn add_planned(&mut self, planned: &Planned) {
        self.utilization.denominator = planned.paid_ms;
        self.adherence = Ratio::of(planned.adherent, planned.minutes);
    }
}

/// The report of agents over the intervals between `cuts` (as for
/// [`crate::queue_rows`]), in the order of interval and name. `plan` is what was
/// planned, in any order; who was planned and never came has a row too.
/// `recall_within_ms` is when a further call is no recall any more.
pub fn agent_rows(
    ledger: &Ledger,
    cuts: &[u64],
    plan: &[PlannedShift],
    recall_within_ms: u64,
) -> Vec<AgentRow> {
    let contacts = Contacts::of(ledger);
    let mut rows: BTreeMap<(usize, String), AgentRow> = BTreeMap::new();
    let mut row = |interval: usize, agent: &str, change: &mut dyn FnMut(&mut AgentRow)| {
        let fresh = || AgentRow {
            from: cuts[interval],
            to: cuts[interval + 1],
            agent: agent.to_owned(),
            ..AgentRow::default()
        };
        change(
            rows.entry((interval, agent.to_owned()))
                .or_insert_with(fresh),
        );
    };
    let intervals = |from: u64, to: u64| {
        let first = cuts.partition_point(|cut| *cut <= from).saturating_sub(1);
        let end = cuts.partition_point(|cut| *cut <= to);
        first..end.min(cuts.len().saturating_sub(1))
    };
    for span in ledger.spans() {
        for interval in intervals(span.from, span.to) {
            if span.within_ms(cuts[interval], cuts[interval + 1]) > 0 {
                row(interval, &span.agent.to_string(), &mut |row| {
                    row.add_span(span)
                });
            }
        }
    }
    for ((interval, agent), planned) in planned(ledger, cuts, plan) {
        row(interval, &agent.to_string(), &mut |row| {
            row.add_planned(&planned);
        });
    }
    let holds = |interval: usize, at: u64| (cuts[interval]..cuts[interval + 1]).contains(&at);
    for segment in ledger.segments() {
        for offer in &segment.offers {
            let Some(agent) = offer.party.agent() else {
                continue;
            };
            for interval in intervals(offer.made_at, offer.made_at) {
                if holds(interval, offer.made_at) {
                    row(interval, &agent.to_string(), &mut |row| {
                        row.add_offer(offer)
                    });
                }
            }
        }
        let ended = (segment.outcome == Outcome::Answered).then_some(segment.left_at);
        if let (Some(Some(at)), Some(agent)) = (ended, &segment.agent) {
            for interval in intervals(at, at) {
                if holds(interval, at) {
                    row(interval, &agent.to_string(), &mut |row| {
                        row.add_talk(segment);
                        row.add_contact(contacts.is_served_at_first(segment, recall_within_ms));
                    });
                }
            }
        }
    }
    let mut rows: Vec<AgentRow> = rows.into_values().collect();
    rows.iter_mut().for_each(AgentRow::sum_up);
    rows
}
