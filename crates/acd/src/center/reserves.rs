//! Reserve numbers at work: which waiting caller is given to which number.
//!
//! A caller whom nobody rings for and who is past the threshold of a reserve
//! stands among the claims of the queue, by the step of thresholds that he is
//! past. Whenever a claim is new or a reserve becomes free they are brought
//! together, after the agents: who can be served by an agent never gets here.

use super::Center;
use super::agents::person;
use super::mutation::Mutation;
use super::targets::Dial;
use crate::call::{Call, Claim};
use crate::deadline::Deadline;
use crate::effect::Fact;
use crate::id::{CallId, Millis, OfferId, ReserveId};
use crate::input::Actor;
use crate::leave::{Leave, LeaveReason};
use crate::limits::LEAVE_RETRY_MS;
use crate::offer::{Offer, Outcome};
use crate::order::Place;
use crate::queue::QueueIx;
use crate::reserve::{Reserve, ReserveIx, ReserveOrder, ReserveStanding};
use crate::target::Target;
use crate::timers::Owner;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// Reserves whose names the record gives when they are passed over; more are
/// only counted, so that a line stays readable.
const NAMED_MAX: usize = 4;

/// The reserve numbers of a centre.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Reserves {
    pub(super) list: Vec<Reserve>,
    pub(super) names: BTreeMap<ReserveId, ReserveIx>,
    // Below: empty between two turns.
    /// Queues with a new claim, or of which a reserve has become free.
    pub(super) dirty: BTreeSet<QueueIx>,
    /// Calls whose claims are new.
    pub(super) new_claims: Vec<CallId>,
}

impl Center {
    /// Gives claims to reserves while there are both; then lets those go whom
    /// no reserve takes and who shall not wait for one. True if somebody went:
    /// there may be something to decide again.
    pub(super) fn decide_reserves(&mut self) -> bool {
        while let Some((place, queue)) = self.first_claim() {
            self.give_to_reserve(place.call, queue);
        }
        self.reserves.dirty.clear();
        let mut has_gone = false;
        for id in std::mem::take(&mut self.reserves.new_claims) {
            has_gone |= self.claim_refused(id);
        }
        has_gone
    }

    /// Tells those who shall go to the reserves at once that none is free,
    /// before the agents are given out: who stays for that is in line again,
    /// and nobody behind is served in the same instant.
    pub(super) fn refuse_for_full_reserves(&mut self) {
        for id in self.reserves.new_claims.clone() {
            let waits = |call: &Call| call.reserves_else.is_some() && call.is_in_line();
            let Some(call) = self.calls.get(&id).filter(|call| waits(call)) else {
                continue;
            };
            let steps = &self.queues[call.queue_ix.at()].reserve_steps;
            let mut reserves = steps.iter().flat_map(|step| &step.reserves);
            if !reserves.any(|ix| self.is_reserve_free(*ix)) {
                self.claim_refused(id);
            }
        }
    }

    /// The first claim in the order of service that a free reserve can take.
    fn first_claim(&self) -> Option<(Place, QueueIx)> {
        let first_of = |ix: &QueueIx| {
            let queue = &self.queues[ix.at()];
            let mut is_any_free = false;
            let mut first: Option<Place> = None;
            for (step, claims) in queue.reserve_steps.iter().zip(&queue.claims) {
                is_any_free |= step.reserves.iter().any(|ix| self.is_reserve_free(*ix));
                if let Some(place) = claims.first().filter(|_| is_any_free) {
                    first = Some(first.map_or(*place, |known| known.min(*place)));
                }
            }
            first.map(|place| (place, *ix))
        };
        self.reserves.dirty.iter().filter_map(first_of).min()
    }

    fn is_reserve_free(&self, ix: ReserveIx) -> bool {
        let standing = self.reserves.list[ix.at()].standing();
        match standing {
            ReserveStanding::Free => true,
            ReserveStanding::Full => self.broken(Mutation::IgnoreConcurrency),
            ReserveStanding::HourFull => self.broken(Mutation::IgnoreHourLimit),
            ReserveStanding::Closed => self.broken(Mutation::IgnoreReserveHours),
            ReserveStanding::Removed
            | ReserveStanding::Banned
            | ReserveStanding::RetryDelay
            | ReserveStanding::DayFull => false,
        }
    }

    fn give_to_reserve(&mut self, id: CallId, queue_ix: QueueIx) {
        let claim = self.calls.get(&id).and_then(|call| call.claim.as_deref());
        let Some(Claim { level, .. }) = claim.copied() else {
            return;
        };
        let queue = &self.queues[queue_ix.at()];
        let rule = queue.config.reserves;
        let steps = queue.reserve_steps.iter().take(level);
        let mut able: Vec<ReserveIx> = steps
            .flat_map(|step| step.reserves.iter().copied())
            .filter(|ix| self.is_reserve_free(*ix))
            .collect();
        able.sort_unstable();
        let chosen = match rule.order {
            ReserveOrder::Listed => able.first().copied(),
            ReserveOrder::Weights => self.by_weight(&able),
        };
        let Some(reserve) = chosen else {
            return;
        };
        let why = self.explain_reserve(id, queue_ix, reserve, able.len());
        let config = &self.reserves.list[reserve.at()].config;
        let dial = Dial {
            contact: config.contact.clone(),
            ring_timeout_ms: config.ring_timeout_ms,
            caller_id: config.caller_id.clone(),
            alone: !rule.agents_ring_too,
            why,
        };
        self.put_offer(id, Target::Reserve { reserve }, dial);
    }

    /// Smooth weighted round robin: whoever is furthest behind his share, of
    /// equals the first. Each able one falls behind by its weight, the chosen
    /// one catches up by all of them.
    fn by_weight(&mut self, able: &[ReserveIx]) -> Option<ReserveIx> {
        let mut total = 0_i64;
        for ix in able {
            let reserve = &mut self.reserves.list[ix.at()];
            let weight = i64::from(reserve.config.weight.max(1));
            reserve.behind = reserve.behind.saturating_add(weight);
            total = total.saturating_add(weight);
        }
        let behind = |ix: &&ReserveIx| self.reserves.list[ix.at()].behind;
        let chosen = able.iter().rev().max_by_key(behind).copied()?;
        let reserve = &mut self.reserves.list[chosen.at()];
        reserve.behind = reserve.behind.saturating_sub(total);
        Some(chosen)
    }

    /// No reserve took a new claim. True if the caller is let go for that.
    fn claim_refused(&mut self, id: CallId) -> bool {
        let Some(call) = self.calls.get(&id) else {
            return false;
        };
        let level = match (&call.claim, &call.reserves_else) {
            (Some(claim), _) => claim.level,
            // Its queue has no reserves any more.
            (None, Some(_)) if call.is_for_reserves() => 0,
            (None, _) => return false,
        };
        let (queue_ix, told) = (call.queue_ix, call.reserve_told);
        let queue = call.queue.clone();
        if told < level {
            let why = self.why_no_reserve(queue_ix, level);
            self.record(Fact::NoReserve {
                call: id,
                queue,
                why,
            });
        }
        let Some(call) = self.calls.get_mut(&id) else {
            return false;
        };
        call.reserve_told = level;
        let Some((reason, otherwise)) = call.reserves_else.take().map(|sent| *sent) else {
            return false;
        };
        call.reserves_refused_at = Some(self.now);
        self.leave(id, reason, &otherwise);
        // A full queue keeps nobody who was let in for a reserve.
        let is_over_full = self.calls.get(&id).is_some_and(|call| {
            let waiting_max = self.queues[queue_ix.at()].config.waiting_max;
            reason == LeaveReason::Full
                && call.is_in_line()
                && call.queue_ix == queue_ix
                && self.is_filled(queue_ix, waiting_max.saturating_add(1))
        });
        if is_over_full {
            self.hang_up(id, reason);
        }
        self.settle_turn(id);
        true
    }

    /// Sends a waiting caller to the reserves at once. Nobody else is tried
    /// until they have been.
    pub(super) fn send_to_reserves(&mut self, id: CallId, reason: LeaveReason, otherwise: &Leave) {
        let Some(call) = self.calls.get(&id) else {
            return;
        };
        let queue_ix = call.queue_ix;
        let otherwise = settled(otherwise);
        if reason == LeaveReason::TooLong {
            let again_at = self.now.saturating_add(LEAVE_RETRY_MS);
            self.stay_for_now(id, Some(again_at));
        }
        if self.queues[queue_ix.at()].reserve_steps.is_empty() {
            self.leave(id, reason, &otherwise);
            return;
        }
        if let Some(call) = self.calls.get_mut(&id) {
            call.reserves_now = true;
            call.reserves_else = Some(Box::new((reason, otherwise)));
            if call.manager.take().is_some() {
                self.place_by_need(id);
            }
        }
        self.review_reserves(id);
        self.settle_turn(id);
        self.reserves.dirty.insert(queue_ix);
        self.reserves.new_claims.push(id);
        self.arm_call(id);
    }

    /// Whether a queue has a reserve that could take a caller at once.
    pub(super) fn has_free_reserve(&mut self, queue: QueueIx) -> bool {
        let steps = &self.queues[queue.at()].reserve_steps;
        let reserves: Vec<ReserveIx> = steps
            .iter()
            .flat_map(|step| step.reserves.iter().copied())
            .collect();
        for ix in &reserves {
            self.look_at_reserve(*ix);
        }
        reserves.iter().any(|ix| self.is_reserve_free(*ix))
    }

    /// Finds how many thresholds a waiting caller is past, and when the next.
    pub(super) fn review_reserves(&mut self, id: CallId) {
        let now = self.now;
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        call.reserve_at = Deadline::NEVER;
        if call.is_in_line() {
            let steps = &self.queues[call.queue_ix.at()].reserve_steps;
            let waited_ms = now.saturating_sub(call.came);
            let past = steps.partition_point(|step| step.threshold_ms <= waited_ms);
            call.reserve_level = if call.reserves_now { steps.len() } else { past };
            let next = steps.get(call.reserve_level);
            let next = next.map(|step| call.came.saturating_add(step.threshold_ms));
            call.reserve_at = next.into();
        }
        self.settle_claim(id);
    }

    /// Puts a call at its place among the claims, if it has one.
    pub(super) fn settle_claim(&mut self, id: CallId) {
        let Some(call) = self.calls.get(&id) else {
            return;
        };
        let due = call.due_claim();
        if due.is_none() && call.reserves_else.is_some() {
            self.reserves.new_claims.push(id);
        }
        if call.claim.as_deref() == due.as_ref() {
            return;
        }
        self.leave_claim(id);
        if let (Some(claim), Some(call)) = (due, self.calls.get_mut(&id)) {
            let claims = &mut self.queues[call.queue_ix.at()].claims;
            // There is one set for each step.
            if let Some(claims) = claims.get_mut(claim.level - 1) {
                claims.insert(claim.place);
                call.claim = Some(Box::new(claim));
                self.reserves.dirty.insert(call.queue_ix);
                self.reserves.new_claims.push(id);
            }
        }
    }

    /// Takes a call from the claims.
    pub(super) fn leave_claim(&mut self, id: CallId) {
        if let Some(call) = self.calls.get_mut(&id)
            && let Some(claim) = call.claim.take()
            && let Some(claims) = self.queues[call.queue_ix.at()]
                .claims
                .get_mut(claim.level - 1)
        {
            claims.remove(&claim.place);
        }
    }

    /// A call is sent to a reserve.
    pub(super) fn reserve_offered(&mut self, ix: ReserveIx, offer: OfferId, call: CallId) {
        let now = self.now;
        self.reserves.list[ix.at()].take(now, offer, call);
        self.settle_reserve(ix);
        self.touch_queue_of(call);
    }

    pub(super) fn reserve_answers(&mut self, ix: ReserveIx, speed_ms: Option<Millis>) {
        self.reserves.list[ix.at()].answered(speed_ms);
        self.day_counts = true;
    }

    /// A reserve was found talking.
    pub(super) fn reserve_adopted(&mut self, ix: ReserveIx, offer: OfferId, call: CallId) {
        self.reserves.list[ix.at()].live.insert(offer, call);
        self.reserve_answers(ix, None);
        self.settle_reserve(ix);
    }

    /// Frees a reserve of an offer that came to nothing.
    pub(super) fn release_reserve(&mut self, ix: ReserveIx, offer: &Offer, outcome: Outcome) {
        let now = self.now;
        let reserve = &mut self.reserves.list[ix.at()];
        let call = reserve.live.get(&offer.id).copied();
        let before = reserve.ban.clone();
        reserve.not_taken(now, offer.id, offer.made_at, outcome);
        let ban = reserve
            .ban
            .clone()
            .filter(|ban| before != Some(ban.clone()));
        self.day_counts = true;
        if let Some(ban) = ban {
            self.record_reserve(ix, "banned", ban.reason);
        }
        self.settle_reserve(ix);
        if let Some(call) = call {
            self.touch_queue_of(call);
        }
    }

    /// A talk on a reserve is over.
    pub(super) fn end_reserves_talk(&mut self, ix: ReserveIx, offer: OfferId, talk_ms: Millis) {
        let reserve = &mut self.reserves.list[ix.at()];
        reserve.marks.talked(talk_ms);
        self.day_counts = true;
        if !self.broken(Mutation::KeepReserve) {
            self.reserves.list[ix.at()].live.remove(&offer);
        }
        self.settle_reserve(ix);
    }

    /// Ends the ban of a reserve before its time; the row of failures goes on.
    pub(super) fn lift_reserve_ban(&mut self, name: &ReserveId, by: &Actor) {
        if let Some(ix) = self.find_reserve(name)
            && self.reserves.list[ix.at()].ban.take().is_some()
        {
            self.record_reserve(ix, "available", format!("ban lifted by {}", person(by)));
            self.settle_reserve(ix);
        }
    }

    /// The time of a reserve has come.
    pub(super) fn reserve_due(&mut self, ix: ReserveIx) {
        self.reserves.list[ix.at()].wake = None;
        self.look_at_reserve(ix);
    }

    /// Brings a reserve up to date with the clock.
    pub(super) fn look_at_reserve(&mut self, ix: ReserveIx) {
        if self.reserves.list[ix.at()].look_at_the_clock(self.now) {
            self.record_reserve(ix, "available", "ban over".to_owned());
        }
        self.settle_reserve(ix);
    }

    /// Sets the timer of a reserve; if it is free its queues are looked at.
    fn settle_reserve(&mut self, ix: ReserveIx) {
        let now = self.now;
        let is_free = self.is_reserve_free(ix) && !self.broken(Mutation::ForgetReserve);
        let reserve = &mut self.reserves.list[ix.at()];
        let next = reserve.next_deadline().map(|at| at.max(now + 1));
        self.timers.arm(Owner::Reserve(ix), &mut reserve.wake, next);
        if is_free {
            self.reserves.dirty.extend(reserve.queues.iter().copied());
        }
    }

    fn touch_queue_of(&mut self, call: CallId) {
        if let Some(queue) = self.calls.get(&call).map(|call| call.queue_ix) {
            self.touch_queue(queue);
        }
    }

    fn record_reserve(&mut self, ix: ReserveIx, state: &str, why: String) {
        self.record(Fact::ReserveState {
            reserve: self.reserves.list[ix.at()].config.name.clone(),
            state: state.to_owned(),
            why,
        });
    }

    /// A reserve that is known, even if only until its calls are over.
    pub(super) fn find_reserve(&self, name: &ReserveId) -> Option<ReserveIx> {
        self.reserves.names.get(name).copied()
    }

    /// Why a reserve is given a caller.
    fn explain_reserve(
        &self,
        id: CallId,
        queue: QueueIx,
        chosen: ReserveIx,
        able: usize,
    ) -> String {
        let mut why = String::with_capacity(160);
        let Some(call) = self.calls.get(&id) else {
            return why;
        };
        let waited_ms = self.now.saturating_sub(call.came);
        let threshold_ms = self.reserves.list[chosen.at()].config.threshold_ms;
        let order = match self.queues[queue.at()].config.reserves.order {
            ReserveOrder::Listed => "first of the list",
            ReserveOrder::Weights => "next by weight",
        };
        // Writing to a String cannot fail.
        let _ = write!(why, "{order} of {able} reserves free; ");
        let _ = match (call.reserves_else.as_deref(), call.reserves_now) {
            (Some((reason, _)), _) => write!(why, "sent there at once: {}", reason.words()),
            (None, true) => write!(why, "sent there at once"),
            (None, false) => {
                let _ = write!(
                    why,
                    "waited {waited_ms} ms, threshold {threshold_ms} ms; no agent free"
                );
                self.pools[call.pool.at()].write_excluded(&mut why, &self.agents);
                Ok(())
            }
        };
        let level = call.claim.as_deref().map_or(0, |claim| claim.level);
        let others = self.why_no_reserve(queue, level);
        if !others.is_empty() {
            let _ = write!(why, "; reserves passed over: {others}");
        }
        why
    }

    /// What stands in the way of each reserve of the first steps.
    fn why_no_reserve(&self, queue: QueueIx, level: usize) -> String {
        let steps = self.queues[queue.at()].reserve_steps.iter().take(level);
        let reserves = steps.flat_map(|step| &step.reserves);
        let mut why = String::new();
        let mut more = 0;
        let states = reserves.map(|ix| &self.reserves.list[ix.at()]);
        let held = states.filter(|reserve| !reserve.is_free());
        for (at, reserve) in held.enumerate() {
            if at >= NAMED_MAX {
                more += 1;
                continue;
            }
            let separator = if at > 0 { ", " } else { "" };
            let (name, words) = (&reserve.config.name, reserve.standing().words());
            // Writing to a String cannot fail.
            let _ = write!(why, "{separator}{name} {words}");
        }
        if more > 0 {
            let _ = write!(why, " and {more} more");
        }
        why
    }
}

/// A second choice: to the reserves again is to stay.
pub(super) fn settled(otherwise: &Leave) -> Leave {
    match otherwise {
        Leave::Reserves { .. } => Leave::Stay,
        Leave::Stay | Leave::HangUp | Leave::Queue { .. } | Leave::Callback => otherwise.clone(),
    }
}
