//! What callers met, by queue, dialled number and interval.

use crate::contacts::Contacts;
use crate::{
    Callback, Distribution, Ledger, OfferOutcome, Outcome, Ratio, Segment, ServiceLevels,
    ServiceRule,
};
use acd::{CallbackOutcome, QueueId};
use serde::Serialize;
use std::collections::BTreeMap;

/// What one row stands for. A call is booked where it came into the queue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Grouping {
    /// A row for each queue.
    pub by_queue: bool,
    /// A row for each dialled number.
    pub by_number: bool,
}

/// One row of the report of queues.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct QueueRow {
    /// Start of the interval, milliseconds since 1970 UTC.
    pub from: u64,
    /// Its end, exclusive.
    pub to: u64,
    /// The queue; `None` is all.
    pub queue: Option<String>,
    /// The dialled number; `None` is all.
    pub number: Option<String>,
    /// The measures.
    #[serde(flatten)]
    pub measures: QueueMeasures,
}

/// The measures of metrics.md §3.2 over one set of segments.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct QueueMeasures {
    /// Callers who came into the queue, each once, however often agents hand
    /// them on within it. Equals the sum of the outcomes below.
    pub offered: u64,
    /// Answered.
    pub answered: u64,
    /// Of these, by reserve numbers.
    pub answered_on_reserve: u64,
    /// The caller left before that; short ones included.
    pub abandoned: u64,
    /// Of these, left earlier than the rule's short abandon.
    pub short_abandoned: u64,
    /// Moved elsewhere by the system.
    pub overflowed: u64,
    /// Took a call-back.
    pub callback_taken: u64,
    /// Call-backs that were asked for in the interval, with a call or without;
    /// not part of `offered`.
    pub callbacks: CallbackMeasures,
    /// Left by a key.
    pub exited_by_key: u64,
    /// The session died or the system ended the call.
    pub system_failed: u64,
    /// Still waiting.
    pub waiting: u64,
    /// Not let in; not part of `offered`.
    pub blocked: u64,
    /// Service level.
    pub service_level: ServiceLevels,
    /// Wait of those who were answered; its mean is the speed of answer (ASA).
    pub wait_answered: Distribution,
    /// Wait of those who hung up.
    pub wait_abandoned: Distribution,
    /// Abandoned over offered.
    pub abandonment: Ratio,
    /// Talk and wrap-up over answered calls that ended (AHT), milliseconds.
    pub handling_ms: Ratio,
    /// Talk of the same calls over their number, milliseconds.
    pub talk_ms: Ratio,
    /// Wrap-up of the same calls over their number, milliseconds.
    pub wrap_up_ms: Ratio,
    /// Answered callers who were on hold while the agent asked a colleague, over
    /// all talks of agents.
    pub held: Ratio,
    /// How long, over the same talks, milliseconds; a part of the talk.
    pub hold_ms: Ratio,
    /// Answered callers whom the agent handed over, over all talks of agents.
    pub transferred: Ratio,
    /// Phones that were rung.
    pub offers: u64,
    /// Phones that rang out while the caller was there (RONA), over `offers`.
    pub no_answer: Ratio,
    /// Answered callers whose number did not call again within the rule's
    /// time (FCR), over the answered ones of whom that is known by now.
    pub first_contact: Ratio,
    /// The others of them: who called again, over the same.
    pub recalled: Ratio,
}

impl QueueMeasures {
    /// Whether every call that was offered has exactly one outcome (promise P14).
    pub fn conserves(&self) -> bool {
        let outcomes = self.answered
            + self.abandoned
            + self.overflowed
            + self.callback_taken
            + self.exited_by_key
            + self.system_failed
            + self.waiting;
        self.offered == outcomes
    }

    fn of(
        (segments, blocked, callbacks): &Booked<'_>,
        rule: &ServiceRule,
        contacts: &Contacts<'_>,
    ) -> Self {
        let (segments, blocked) = (segments.as_slice(), *blocked);
        // What an agent does with a caller who was counted already is handling,
        // and nothing else.
        let counted: Vec<&Segment> = segments
            .iter()
            .copied()
            .filter(|segment| !segment.is_continued)
            .collect();
        let count = |outcome: Outcome| {
            let of_it = |segment: &&&Segment| segment.outcome == outcome;
            counted.iter().filter(of_it).count() as u64
        };
        let waits = |outcome: Outcome| {
            let of_it = counted.iter().filter(|segment| segment.outcome == outcome);
            of_it.map(|segment| segment.wait_ms).collect::<Vec<_>>()
        };
        let abandoned_waits = waits(Outcome::Abandoned);
        let short = |wait: &&u64| **wait < rule.short_abandon_ms;
        let short_abandoned = abandoned_waits.iter().filter(short).count() as u64;
        let handled: Vec<&&Segment> = segments
            .iter()
            .filter(|segment| segment.outcome == Outcome::Answered && segment.left_at.is_some())
            .collect();
        let total =
            |of: fn(&Segment) -> u64| handled.iter().map(|segment| of(segment)).sum::<u64>();
        let (talk_ms, wrap_up_ms) = (total(|own| own.talk_ms), total(|own| own.wrap_up_ms));
        let rung = || segments.iter().flat_map(|segment| &segment.offers);
        let offers = rung().count() as u64;
        let missed = |offer: &&crate::Offer| offer.outcome == Some(OfferOutcome::NoAnswer);
        let missed = rung().filter(missed).count() as u64;
        let on_reserve =
            |segment: &&&Segment| segment.outcome == Outcome::Answered && segment.reserve.is_some();
        let on_reserve = segments.iter().filter(on_reserve).count() as u64;
        let handed_over = handled.iter().filter(|own| own.is_transferred).count() as u64;
        let held = handled.iter().filter(|own| own.hold_ms > 0).count() as u64;
        let first_contact = contacts.first_contact(&counted, rule.recall_within_ms);
        let (offered, abandoned) = (counted.len() as u64, count(Outcome::Abandoned));
        Self {
            offered,
            answered: count(Outcome::Answered),
            answered_on_reserve: on_reserve,
            abandoned,
            short_abandoned,
            overflowed: count(Outcome::Overflowed),
            callback_taken: count(Outcome::CallbackTaken),
            callbacks: CallbackMeasures::of(callbacks),
            exited_by_key: count(Outcome::ExitedByKey),
            system_failed: count(Outcome::SystemFailed),
            waiting: count(Outcome::Waiting),
            blocked,
            service_level: ServiceLevels::of(counted.iter().copied(), rule),
            wait_answered: Distribution::of(waits(Outcome::Answered)),
            wait_abandoned: Distribution::of(abandoned_waits),
            abandonment: Ratio::of(abandoned, offered),
            handling_ms: Ratio::of(talk_ms + wrap_up_ms, handled.len() as u64),
            talk_ms: Ratio::of(talk_ms, handled.len() as u64),
            wrap_up_ms: Ratio::of(wrap_up_ms, handled.len() as u64),
            held: Ratio::of(held, handled.len() as u64),
            hold_ms: Ratio::of(total(|own| own.hold_ms), handled.len() as u64),
            transferred: Ratio::of(handed_over, handled.len() as u64),
            offers,
            no_answer: Ratio::of(missed, offers),
            first_contact,
            recalled: first_contact.rest(),
        }
    }
}

/// What a row counts: stays in a queue, calls not let in, call-backs.
type Booked<'a> = (Vec<&'a Segment>, u64, Vec<&'a Callback>);

/// Call-backs of one row (metrics.md §3.4, virtual hold).
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CallbackMeasures {
    /// Asked for. Equals the sum of the outcomes below.
    pub taken: u64,
    /// Caller and agent talked.
    pub reached: u64,
    /// Given up after the last attempt.
    pub given_up: u64,
    /// Became too old.
    pub expired: u64,
    /// Cancelled by a person.
    pub cancelled: u64,
    /// The caller called again before.
    pub called_in: u64,
    /// Not over yet.
    pub waiting: u64,
    /// How often callers were dialled, over those who were dialled at all.
    pub attempts: Ratio,
    /// From coming to the queue until first being dialled.
    pub virtual_wait: Distribution,
    /// From asking until the talk began, of those who were reached.
    pub until_reached: Distribution,
    /// Talk over those who were reached, milliseconds.
    pub talk_ms: Ratio,
}

impl CallbackMeasures {
    /// Whether every call-back has exactly one outcome.
    pub fn conserves(&self) -> bool {
        let outcomes = self.reached + self.given_up + self.expired + self.cancelled;
        self.taken == outcomes + self.called_in + self.waiting
    }

    fn of(callbacks: &[&Callback]) -> Self {
        let count = |outcome: Option<CallbackOutcome>| {
            let of_it = |own: &&&Callback| own.outcome == outcome;
            callbacks.iter().filter(of_it).count() as u64
        };
        let reached = count(Some(CallbackOutcome::Reached));
        let dialled = callbacks.iter().filter(|own| own.attempts > 0).count() as u64;
        let attempts = callbacks.iter().map(|own| u64::from(own.attempts)).sum();
        let talk_ms = callbacks.iter().map(|own| own.talk_ms).sum();
        let all = |of: fn(&Callback) -> Option<u64>| {
            Distribution::of(callbacks.iter().filter_map(|own| of(own)).collect())
        };
        Self {
            taken: callbacks.len() as u64,
            reached,
            given_up: count(Some(CallbackOutcome::GivenUp)),
            expired: count(Some(CallbackOutcome::Expired)),
            cancelled: count(Some(CallbackOutcome::Cancelled)),
            called_in: count(Some(CallbackOutcome::CalledIn)),
            waiting: count(None),
            attempts: Ratio::of(attempts, dialled),
            virtual_wait: all(|own| own.virtual_wait_ms),
            until_reached: all(|own| own.until_reached_ms),
            talk_ms: Ratio::of(talk_ms, reached),
        }
    }
}

/// What a row is counted under: the interval, the queue, the number.
type Key = (usize, Option<String>, Option<String>);

/// The report of queues over the intervals between `cuts` (ascending moments,
/// milliseconds since 1970 UTC; two make one interval). Rows in the order of
/// interval, queue and number; a row without calls is left out, except when
/// nothing is grouped.
pub fn queue_rows(
    ledger: &Ledger,
    cuts: &[u64],
    grouping: Grouping,
    rule: &ServiceRule,
) -> Vec<QueueRow> {
    let contacts = Contacts::of(ledger);
    let mut rows: BTreeMap<Key, Booked<'_>> = BTreeMap::new();
    if !grouping.by_queue && !grouping.by_number {
        for interval in 0..cuts.len().saturating_sub(1) {
            rows.entry((interval, None, None)).or_default();
        }
    }
    for segment in ledger.segments() {
        if let Some(interval) = interval_of(segment.queued_at, cuts) {
            let queue = grouping.by_queue.then(|| segment.queue.to_string());
            let number = grouping.by_number.then(|| segment.dialed_number.clone());
            rows.entry((interval, queue, number))
                .or_default()
                .0
                .push(segment);
        }
    }
    for callback in ledger.callbacks() {
        if let Some(interval) = interval_of(callback.taken_at, cuts) {
            let queue = grouping.by_queue.then(|| callback.queue.to_string());
            let number = grouping.by_number.then(|| callback.dialed_number.clone());
            rows.entry((interval, queue, number))
                .or_default()
                .2
                .push(callback);
        }
    }
    for blocked in ledger.blocked() {
        if let Some(interval) = interval_of(blocked.at, cuts) {
            let name = || {
                let queue = blocked.queue.as_ref();
                queue.map_or_else(String::new, QueueId::to_string)
            };
            let queue = grouping.by_queue.then(name);
            let number = grouping.by_number.then(|| blocked.dialed_number.clone());
            rows.entry((interval, queue, number)).or_default().1 += 1;
        }
    }
    let row = |((interval, queue, number), booked): (Key, Booked<'_>)| QueueRow {
        from: cuts[interval],
        to: cuts[interval + 1],
        queue,
        number,
        measures: QueueMeasures::of(&booked, rule, &contacts),
    };
    rows.into_iter().map(row).collect()
}

/// The interval that a moment falls in: from its cut to before the next.
pub(crate) fn interval_of(at: u64, cuts: &[u64]) -> Option<usize> {
    let after = cuts.partition_point(|cut| *cut <= at);
    (after >= 1 && after < cuts.len()).then(|| after - 1)
}
