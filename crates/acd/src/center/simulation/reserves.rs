//! Reserve numbers in the random world, and what must hold of them, computed
//! from the record and the calls apart from the counts that the centre keeps.

use super::checker::{is_offerable, serves};
use super::dice::Dice;
use super::world::{RING_TIMEOUT_MS, some_ban};
use crate::calendar::{Calendar, Schedule};
use crate::call::{Call, Stage};
use crate::center::Center;
use crate::config::{Contact, QueueConfig};
use crate::effect::{Effect, Fact};
use crate::id::{CallId, Millis, OfferId, ReserveId};
use crate::reserve::{
    Reserve, ReserveConfig, ReserveIx, ReserveOrder, ReserveRule, ReserveStanding,
};
use crate::target::{Party, Target};
use std::collections::{BTreeMap, HashMap, HashSet};

pub(super) const RESERVES: [&str; 4] = ["mobile", "duty", "service", "far"];

/// A call that was sent to a reserve.
#[derive(Clone, Copy, Debug)]
struct Sent {
    at: Millis,
    counts: bool,
}

/// What the record has told of reserves so far.
#[derive(Default)]
pub(super) struct ReserveChecker {
    sent: HashMap<ReserveId, BTreeMap<OfferId, Sent>>,
    banned: HashSet<ReserveId>,
    /// Offers that were made and have not ended.
    open: HashSet<OfferId>,
    talks: usize,
}

macro_rules! must {
    ($seed:expr, $holds:expr, $($text:tt)*) => {
        assert!($holds, "seed {}: {}", $seed, format_args!($($text)*))
    };
}

impl ReserveChecker {
    pub(super) fn check(&mut self, center: &Center, now: Millis, seed: u64, effects: &[Effect]) {
        // A number that was configured no more begins anew.
        let known = &center.reserves.names;
        self.banned.retain(|name| known.contains_key(name));
        self.sent.retain(|name, _| known.contains_key(name));
        for effect in effects {
            if let Effect::Record { fact } = effect {
                self.read(center, now, seed, fact);
            }
        }
        self.live_is_what_it_says(center, seed);
        self.nobody_waits_for_a_free_reserve(center, now, seed);
    }

    fn read(&mut self, center: &Center, now: Millis, seed: u64, fact: &Fact) {
        match fact {
            Fact::OfferMade {
                call,
                offer,
                party: Party::Reserve(name),
                ..
            } => {
                must!(seed, self.open.insert(*offer), "{offer} was made twice");
                let sent = self.sent.entry(name.clone()).or_default();
                sent.insert(
                    *offer,
                    Sent {
                        at: now,
                        counts: true,
                    },
                );
                self.may_be_made(center, now, seed, *call, name);
            }
            Fact::OfferEnded {
                offer,
                party: Party::Reserve(name),
                outcome,
                ..
            } => {
                must!(seed, self.open.remove(offer), "{offer} ended twice");
                self.talks += usize::from(outcome == "answered");
                let did_not_get_there =
                    matches!(outcome.as_ref(), "busy" | "unreachable" | "unregistered");
                let sent = self.sent.entry(name.clone()).or_default();
                if let Some(sent) = sent.get_mut(offer).filter(|_| did_not_get_there) {
                    sent.counts = false;
                }
            }
            Fact::ReserveState { reserve, state, .. } => {
                if state == "banned" {
                    self.banned.insert(reserve.clone());
                } else {
                    self.banned.remove(reserve);
                }
            }
            _ => {}
        }
    }

    /// The limits, hours and bans of a reserve that was just given a call, and
    /// the right of the caller to it.
    fn may_be_made(&self, center: &Center, now: Millis, seed: u64, call: CallId, name: &ReserveId) {
        let ix = center.reserves.names[name];
        let reserve = &center.reserves.list[ix.at()];
        let config = &reserve.config;
        must!(seed, !reserve.removed, "{name} is no more and gets a call");
        must!(seed, !self.banned.contains(name), "{name} is banned");
        let schedule = config.calendar.as_ref();
        let schedule = schedule.map(|calendar| Schedule::new(calendar).unwrap());
        must!(
            seed,
            schedule.as_ref().is_none_or(|hours| hours.at(now).is_open),
            "{name} gets a call outside of its hours"
        );
        let live = live_of(center, ix).count();
        must!(
            seed,
            live <= config.calls_at_once,
            "{name} has {live} calls at once"
        );
        let (hour, day) = self.used(name, config, now);
        must!(
            seed,
            config.calls_per_hour == 0 || hour <= config.calls_per_hour,
            "{name} has {hour} calls in an hour"
        );
        must!(
            seed,
            config.calls_per_day == 0 || day <= config.calls_per_day,
            "{name} has {day} calls in a day"
        );
        let call = &center.calls[&call];
        must!(
            seed,
            call.stand_in.is_none(),
            "a call-back is given to {name}"
        );
        must!(
            seed,
            call.manager.is_none(),
            "a caller who waits for the own manager is given to {name}"
        );
        must!(
            seed,
            call.reserves_now || now - call.came >= config.threshold_ms,
            "{} has not waited long enough for {name}",
            call.id()
        );
        let serving = config.queues.as_ref();
        must!(
            seed,
            serving.is_none_or(|queues| queues.contains(&call.queue)),
            "{name} does not serve {}",
            call.queue
        );
        let free = center
            .agents
            .iter()
            .find(|agent| is_offerable(agent) && serves(center, agent, call));
        must!(
            seed,
            free.is_none() || call.reserves_now,
            "{name} is given {} while an agent is free",
            call.id()
        );
        self.order_was_kept(center, seed, call, ix);
    }

    /// By the list: no earlier one could have taken the call.
    fn order_was_kept(&self, center: &Center, seed: u64, call: &Call, chosen: ReserveIx) {
        let queue = &center.queues[call.queue_ix.at()];
        if queue.config.reserves.order != ReserveOrder::Listed {
            return;
        }
        let steps = queue.reserve_steps.iter().take(call.reserve_level);
        for ix in steps.flat_map(|step| &step.reserves) {
            let reserve = &center.reserves.list[ix.at()];
            must!(
                seed,
                *ix >= chosen || reserve.standing() != ReserveStanding::Free,
                "{} was passed over",
                reserve.config.name
            );
        }
    }

    /// Calls of the hour and of the day that end now, as the record tells.
    fn used(&self, name: &ReserveId, config: &ReserveConfig, now: Millis) -> (usize, usize) {
        let schedule = config.calendar.as_ref();
        let schedule = schedule.map(|calendar| Schedule::new(calendar).unwrap());
        let day_of = |at: Millis| match &schedule {
            Some(schedule) => schedule.day_ends(at).unwrap(),
            None => (at / 86_400_000 + 1) * 86_400_000,
        };
        let counted = || {
            let sent = self
                .sent
                .get(name)
                .into_iter()
                .flat_map(|sent| sent.values());
            sent.filter(|sent| sent.counts)
        };
        let hour = counted().filter(|sent| sent.at + 3_600_000 > now).count();
        let day = counted().filter(|sent| day_of(sent.at) == day_of(now));
        (hour, day.count())
    }

    /// What a reserve holds is what the calls hold of it, once each.
    fn live_is_what_it_says(&self, center: &Center, seed: u64) {
        for (at, reserve) in center.reserves.list.iter().enumerate() {
            let live: BTreeMap<OfferId, CallId> = live_of(center, ReserveIx(at as u32)).collect();
            must!(
                seed,
                live == reserve.live,
                "{} says that it has {:?}, the calls say {live:?}",
                reserve.config.name,
                reserve.live
            );
        }
        let ringing = center.calls.values().flat_map(|call| call.offers());
        let ringing: HashSet<OfferId> = ringing
            .filter(|offer| matches!(offer.target, Target::Reserve { .. }))
            .map(|offer| offer.id)
            .collect();
        must!(
            seed,
            ringing == self.open,
            "the record knows of the offers {:?} to reserves, the calls of {ringing:?}",
            self.open
        );
    }

    /// As promise P2 for agents: no caller waits whom a free reserve could
    /// take.
    fn nobody_waits_for_a_free_reserve(&self, center: &Center, now: Millis, seed: u64) {
        if center.reserves.list.is_empty() {
            return;
        }
        let free: Vec<&Reserve> = center
            .reserves
            .list
            .iter()
            .filter(|reserve| self.is_free(center, reserve, now))
            .collect();
        for call in center.calls.values().filter(|call| is_to_be_given(call)) {
            let could = free.iter().find(|reserve| {
                let config = &reserve.config;
                let serving = config.queues.as_ref();
                serving.is_none_or(|queues| queues.contains(&call.queue))
                    && (call.reserves_now || now - call.came >= config.threshold_ms)
            });
            must!(
                seed,
                could.is_none(),
                "{} waits and {} is free",
                call.id(),
                could.map_or("", |reserve| &reserve.config.name.0)
            );
            must!(
                seed,
                call.reserves_else.is_none(),
                "{} was to go elsewhere and waits",
                call.id()
            );
        }
    }

    /// By the record, but for what only the centre counts.
    fn is_free(&self, center: &Center, reserve: &Reserve, now: Millis) -> bool {
        let config = &reserve.config;
        let ix = center.reserves.names[&config.name];
        let (hour, day) = self.used(&config.name, config, now);
        !reserve.removed
            && !self.banned.contains(&config.name)
            && reserve.retry_at.is_none()
            && (config.calls_per_hour == 0 || hour < config.calls_per_hour)
            && (config.calls_per_day == 0 || day < config.calls_per_day)
            && live_of(center, ix).count() < config.calls_at_once
            && reserve.standing() != ReserveStanding::Closed
    }
}

/// Whether a reserve may be rung for a call, by its definition.
fn is_to_be_given(call: &Call) -> bool {
    call.stage == Stage::Waiting
        && call.manager.is_none()
        && !call.ready_at.is_set()
        && !call.ending_at.is_set()
        && !call.overdue
        && call.stand_in.is_none()
}

/// The offers and talks of a reserve, by the calls.
fn live_of(center: &Center, wanted: ReserveIx) -> impl Iterator<Item = (OfferId, CallId)> {
    let of_call = move |call: &Call| -> Vec<(OfferId, CallId)> {
        let is_there = |target: Target| target == Target::Reserve { reserve: wanted };
        let talk = match &call.stage {
            Stage::Talking(talk) if is_there(talk.target) => Some(talk.offer),
            Stage::Talking(_) | Stage::Waiting | Stage::Offering(_) | Stage::Ended => None,
        };
        let offers = call.offers().iter();
        offers
            .filter(|offer| is_there(offer.target))
            .map(|offer| offer.id)
            .chain(talk)
            .map(|offer| (offer, call.id()))
            .collect()
    };
    center.calls.values().map(Box::as_ref).flat_map(of_call)
}

/// Reserves that somebody might think of; some days have none.
pub(super) fn some_reserves(dice: &mut Dice, queues: &[QueueConfig]) -> Vec<ReserveConfig> {
    if dice.percent(30) {
        return Vec::new();
    }
    let mut reserves = Vec::new();
    for (at, name) in RESERVES.iter().enumerate() {
        if dice.percent(25) {
            continue;
        }
        let hours = *dice.pick(&[
            "mon-sun 00:00-22:50,22:55-24:00",
            "mon-sun 22:48-22:58,23:05-22:00",
        ]);
        reserves.push(ReserveConfig {
            queues: dice.percent(50).then(|| {
                let names = queues.iter().filter(|_| dice.percent(60));
                names.map(|queue| queue.name.clone()).collect()
            }),
            threshold_ms: *dice.pick(&[0, 5_000, 20_000, 60_000]),
            // The zone of a name stays, so that its days do.
            calendar: dice.percent(40).then(|| Calendar {
                zone: "UTC".to_owned(),
                weekly: vec![hours.to_owned()],
                special: Vec::new(),
            }),
            calls_at_once: *dice.pick(&[0, 1, 1, 2, 5]),
            calls_per_hour: *dice.pick(&[0, 3, 20]),
            calls_per_day: *dice.pick(&[0, 5, 60]),
            weight: at as u32,
            ring_timeout_ms: RING_TIMEOUT_MS,
            retry_delay_ms: *dice.pick(&[0, 5_000, 60_000]),
            ban: some_ban(dice),
            ..ReserveConfig::named(
                *name,
                Contact::Phone {
                    number: format!("+7900000000{at}"),
                },
            )
        });
    }
    if dice.percent(50) {
        reserves.reverse();
    }
    reserves
}

/// How a queue might use them.
pub(super) fn some_reserve_rule(dice: &mut Dice) -> ReserveRule {
    ReserveRule {
        order: *dice.pick(&[ReserveOrder::Listed, ReserveOrder::Weights]),
        agents_ring_too: dice.percent(50),
    }
}
