//! Call-backs in the random world: what is thrown in, and what must hold.

use super::dice::Dice;
use crate::calendar::Schedule;
use crate::call::{Call, Stage};
use crate::callback::{
    CallFirst, CallbackFailure, CallbackOutcome, CallbackRule, RetryRule, StandIn, Step,
};
use crate::center::Center;
use crate::effect::{Effect, Fact};
use crate::id::{CallId, CallbackId, Millis, QueueId};
use crate::input::{Actor, Input, SessionEvent};
use crate::order::Place;
use std::collections::{HashMap, HashSet};

/// The oldest age that is ever configured: a day's end comes after it.
const AGE_MS_MAX: Millis = 1_200_000;

pub(super) fn some_callback_rule(dice: &mut Dice) -> CallbackRule {
    let mut pause = || *dice.pick(&[0, 2_000, 30_000, 90_000]);
    let retry = RetryRule {
        no_answer_ms: pause(),
        busy_ms: pause(),
        rejected_ms: pause(),
        unreachable_ms: pause(),
        machine_ms: pause(),
    };
    CallbackRule {
        enabled: dice.percent(80),
        offer_after_ms: *dice.pick(&[0, 5_000, 40_000]),
        offer_above_ms: *dice.pick(&[0, 20_000]),
        first: *dice.pick(&[CallFirst::Agent, CallFirst::Caller]),
        lead_ms: *dice.pick(&[0, 10_000, 60_000]),
        attempts_max: *dice.pick(&[0, 1, 3]),
        retry,
        age_max_ms: *dice.pick(&[60_000, 300_000, AGE_MS_MAX]),
        waiting_max: *dice.pick(&[2, 50]),
        prefixes: some_prefixes(dice),
    }
}

fn some_prefixes(dice: &mut Dice) -> Vec<String> {
    let known: [&[&str]; 3] = [&[], &["+79"], &["+", "7", "8"]];
    let prefixes = *dice.pick(&known);
    prefixes.iter().map(|prefix| (*prefix).to_owned()).collect()
}

/// What somebody does about call-backs without a call.
pub(super) fn some_callback_input(dice: &mut Dice, center: &Center) -> Input {
    let by = Actor::Supervisor {
        user: "olga".into(),
    };
    let live = center.callbacks();
    if dice.percent(50) || live.is_empty() {
        return Input::RequestCallback {
            number: super::own::some_number(dice.below(60)),
            queue: dice.percent(50).then(|| "support".into()),
            language: None,
            custom_data: None,
            by,
        };
    }
    let callback = live[dice.below(live.len() as u64) as usize].callback;
    Input::CancelCallback { callback, by }
}

/// Anything about any call-back, with no world behind it.
pub(super) fn any_callback_input(dice: &mut Dice, center: &Center) -> Input {
    let live = center.callbacks();
    let callback = CallbackId(dice.below(live.len() as u64 + 4));
    let callback = live.first().map_or(callback, |view| view.callback);
    let start = dice.below(4);
    match dice.below(4) {
        0 | 1 => Input::CallbackJoined {
            callback,
            start,
            session_id: (100 + dice.below(40)).to_string(),
        },
        2 => Input::CallbackNotStarted {
            callback,
            start,
            why: String::new(),
        },
        _ => some_callback_input(dice, center),
    }
}

pub(super) fn any_callback_event(dice: &mut Dice) -> SessionEvent {
    match dice.below(4) {
        0 => SessionEvent::CallbackTaken {
            number: dice.percent(50).then(|| dice.below(50).to_string()),
        },
        1 => SessionEvent::CallbackDialled,
        2 => SessionEvent::CallbackAnswered,
        _ => SessionEvent::CallbackFailed {
            reason: *dice.pick(&CallbackFailure::ALL),
        },
    }
}

/// Which call is new by an effect, and which has ended; in which queue.
type Change = (Option<(CallId, QueueId)>, Option<(CallId, QueueId)>);

/// A live call-back, by the record.
struct Kept {
    queue: QueueId,
    number: String,
    call: CallId,
    place: Place,
    came: Millis,
    attempts: u32,
}

/// What the record has told of call-backs.
#[derive(Default)]
pub(super) struct Callbacks {
    live: HashMap<CallbackId, Kept>,
    over: HashSet<CallbackId>,
    /// Whose place goes to a call of this very turn.
    called_in: Option<(CallbackId, Millis)>,
    /// A call that goes on with the wait of a placeholder, milliseconds.
    pub(super) inherited: Option<(CallId, Millis)>,
}

macro_rules! must {
    ($seed:expr, $holds:expr, $($text:tt)*) => {
        assert!($holds, "seed {}: {}", $seed, format_args!($($text)*))
    };
}

/// The same place, whatever the call in it is called.
fn is_same(one: &Place, other: &Place) -> bool {
    (one.priority, one.turn, one.since) == (other.priority, other.turn, other.since)
}

impl Callbacks {
    /// Reads one effect. Says which call is new by it, and which has ended.
    pub(super) fn read(
        &mut self,
        center: &Center,
        now: Millis,
        seed: u64,
        effect: &Effect,
    ) -> Change {
        match effect {
            Effect::StartCallback(start) => {
                self.starts(center, now, seed, start.callback, &start.queue);
                (None, None)
            }
            Effect::Record { fact } => self.read_fact(center, seed, fact),
            _ => (None, None),
        }
    }

    fn starts(&self, center: &Center, now: Millis, seed: u64, id: CallbackId, queue: &QueueId) {
        must!(
            seed,
            self.live.contains_key(&id),
            "{id} is over and is called"
        );
        let Some(ix) = center.queue_names.get(queue) else {
            return;
        };
        let calendar = center.queues[ix.at()].config.leave.calendar.as_ref();
        let is_open = calendar.is_none_or(|own| Schedule::new(own).unwrap().at(now).is_open);
        must!(seed, is_open, "{queue} is closed and calls {id}");
    }

    #[allow(clippy::too_many_lines, reason = "a table of facts")]
    fn read_fact(&mut self, center: &Center, seed: u64, fact: &Fact) -> Change {
        match fact {
            Fact::CallbackTaken {
                callback,
                call,
                from,
                queue,
                details,
                ..
            } => {
                let Some(stands) = center.calls.get(call) else {
                    panic!("seed {seed}: {callback} stands nowhere");
                };
                let before = from.and_then(|from| center.calls.get(&from));
                let (place, came) = (stands.place, stands.came);
                let prefixes = &center.queues[stands.queue_ix.at()].config.callback.prefixes;
                must!(
                    seed,
                    before.is_none_or(|before| is_same(&before.place, &place)),
                    "{callback} has lost the place of {from:?}"
                );
                let rule = center.own_rule();
                let number = rule.numbers.normalise(&details.caller_number).unwrap();
                let own_key = before.map(|before| {
                    let own = rule.numbers.normalise(&before.details.caller_number);
                    own.unwrap_or_default()
                });
                let may_be_called = match prefixes.as_slice() {
                    [] => own_key.is_none_or(|own| own == number),
                    some => some.iter().any(|prefix| number.starts_with(prefix)),
                };
                must!(seed, may_be_called, "{number} is not to be called");
                let twice = self
                    .live
                    .values()
                    .any(|own| own.queue == *queue && own.number == number);
                must!(seed, !twice, "{queue} keeps two places for {number}");
                let kept = Kept {
                    queue: queue.clone(),
                    number,
                    call: *call,
                    place,
                    came,
                    attempts: 0,
                };
                let is_new = self.live.insert(*callback, kept).is_none();
                must!(
                    seed,
                    is_new && !self.over.contains(callback),
                    "{callback} came twice"
                );
                (Some((*call, queue.clone())), None)
            }
            Fact::CallbackDialled {
                callback,
                call,
                attempt,
            } => {
                let Some(own) = self.live.get_mut(callback) else {
                    panic!("seed {seed}: {callback} is over and is dialled");
                };
                must!(seed, own.call == *call, "{callback} is dialled by {call}");
                must!(
                    seed,
                    own.attempts + 1 == *attempt,
                    "{callback}: attempt {attempt}"
                );
                own.attempts = *attempt;
                (None, None)
            }
            Fact::CallbackUnreached {
                callback,
                call,
                next,
                ..
            } => {
                let Some(own) = self.live.get_mut(callback) else {
                    panic!("seed {seed}: {callback} is over and goes on");
                };
                must!(seed, own.call == *call, "{callback} goes on from {call}");
                own.call = *next;
                let config = center.queue_names.get(&own.queue);
                let max = config.map_or(u32::MAX, |ix| {
                    center.queues[ix.at()].config.callback.attempts_max.max(1)
                });
                must!(
                    seed,
                    own.attempts < max,
                    "{callback} was called {} times",
                    own.attempts
                );
                let queue = own.queue.clone();
                (Some((*next, queue.clone())), Some((*call, queue)))
            }
            Fact::CallbackEnded(end) => {
                let callback = end.callback;
                let Some(own) = self.live.remove(&callback) else {
                    panic!("seed {seed}: {callback} ends twice");
                };
                must!(
                    seed,
                    own.call == end.call,
                    "{callback} ends with {}",
                    end.call
                );
                must!(
                    seed,
                    own.attempts == end.attempts,
                    "{callback}: {} attempts",
                    end.attempts
                );
                self.over.insert(callback);
                self.called_in =
                    (end.outcome == CallbackOutcome::CalledIn).then_some((callback, own.came));
                (None, Some((end.call, end.queue.clone())))
            }
            Fact::CallQueued {
                call,
                queue,
                details,
            } => {
                self.queued(center, seed, *call, queue, &details.caller_number);
                (None, None)
            }
            _ => (None, None),
        }
    }

    /// Nobody waits beside the own placeholder; who had one has its place.
    fn queued(&mut self, center: &Center, seed: u64, id: CallId, queue: &QueueId, number: &str) {
        let Some(call) = center.calls.get(&id) else {
            return;
        };
        if let Some((callback, came)) = self.called_in.take() {
            must!(
                seed,
                call.came == came,
                "{id} has lost the wait of {callback}"
            );
            self.inherited = Some((id, call.place.since - came));
        }
        let Some(number) = center.own_rule().numbers.normalise(number) else {
            return;
        };
        let beside = self.live.iter().find(|(_, own)| {
            own.queue == *queue && own.number == number && !is_reached(center, own.call)
        });
        must!(
            seed,
            beside.is_none(),
            "{id} waits beside the placeholder {:?}",
            beside.map(|(id, _)| id)
        );
    }

    /// What must hold after every input.
    pub(super) fn check(&self, center: &Center, now: Millis, seed: u64) {
        let known: HashSet<CallbackId> = center.callbacks.all().map(|(id, _)| id).collect();
        let told: HashSet<CallbackId> = self.live.keys().copied().collect();
        must!(
            seed,
            known == told,
            "the centre keeps {known:?}, the record says {told:?}"
        );
        let mut calls: HashMap<CallbackId, usize> = HashMap::new();
        for call in center.calls.values().filter(|call| !call.has_ended()) {
            let Some(own) = &call.stand_in else { continue };
            *calls.entry(own.callback).or_default() += 1;
            must!(
                seed,
                known.contains(&own.callback),
                "{} stands in for {}, which is over",
                call.id(),
                own.callback
            );
            must!(
                seed,
                own.step != Step::Waiting || own.expires_at > now,
                "{} is too old",
                own.callback
            );
        }
        for (id, own) in &self.live {
            let count = calls.get(id).copied().unwrap_or(0);
            must!(seed, count == 1, "{count} calls stand in for {id}");
            let Some(call) = center.calls.get(&own.call) else {
                panic!("seed {seed}: {id} has lost {}", own.call);
            };
            must!(
                seed,
                is_same(&call.place, &own.place),
                "{id} has lost its place"
            );
            must!(
                seed,
                call.stand_in
                    .as_ref()
                    .is_some_and(|own| own.callback == *id),
                "{} does not stand in for {id}",
                own.call
            );
        }
    }
}

fn is_reached(center: &Center, call: CallId) -> bool {
    let Some(call) = center.calls.get(&call) else {
        return false;
    };
    let talks = matches!(&call.stage, Stage::Talking(talk) if talk.joined);
    talks
        || call
            .stand_in
            .as_ref()
            .is_some_and(|own| own.step == Step::OnLine)
}

/// Whether a placeholder may be served now, by the definition: somebody is on
/// the line, or nobody was called and the queue is open.
pub(super) fn may_be_served(call: &Call, own: &StandIn) -> bool {
    match own.step {
        Step::OnLine => true,
        Step::Joined { .. } => own.first == CallFirst::Agent,
        Step::Waiting => call.offers().is_empty() && !own.is_closed,
        Step::Starting { .. } | Step::Dialling => false,
    }
}
