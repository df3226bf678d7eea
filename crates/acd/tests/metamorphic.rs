//! What must not change anything, and what can only help (promise P8).
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod desk;

use acd::*;
use desk::{Desk, MORNING, agent, new_call, queue};
use std::collections::{BTreeMap, BTreeSet};

/// A xorshift of George Marsaglia (2003), seeded: the same days every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }

    fn shuffle<T>(&mut self, list: &mut [T]) {
        for at in (1..list.len()).rev() {
            let other = self.below(at as u64 + 1);
            list.swap(at, usize::try_from(other).unwrap());
        }
    }
}

/// Who comes when, and how long each talks.
#[derive(Clone)]
struct Caller {
    at: Millis,
    talk_ms: Millis,
    queue: &'static str,
}

fn some_callers(dice: &mut Dice, count: usize, queues: &[&'static str]) -> Vec<Caller> {
    let mut at = MORNING;
    let caller = |_| {
        at += dice.below(20_000);
        Caller {
            at,
            talk_ms: 1_000 + dice.below(60_000),
            queue: queues[usize::try_from(dice.below(queues.len() as u64)).unwrap()],
        }
    };
    (0..count).map(caller).collect()
}

/// What became of a caller: when an agent answered, and who.
type Served = BTreeMap<usize, (Millis, String)>;

/// A day on which every phone is answered at once and nobody gives up.
fn day(mut desk: Desk, callers: &[Caller]) -> Served {
    let mut served = Served::new();
    let mut calls: BTreeMap<CallId, usize> = BTreeMap::new();
    let mut ends: BTreeSet<(Millis, CallId, OfferId)> = BTreeSet::new();
    let mut coming = callers.iter().enumerate().peekable();
    loop {
        let arrival = coming.peek().map(|(_, caller)| caller.at);
        let end = ends.first().map(|(at, ..)| *at);
        let wake = desk.center.next_wake();
        let next = [arrival, end].into_iter().flatten().min();
        if next.is_none() && served.len() == callers.len() {
            return served;
        }
        if let Some(wake) = wake.filter(|wake| next.is_none_or(|next| *wake < next)) {
            desk.now = desk.now.max(wake);
            desk.give(Input::Tick);
        } else if end == next {
            desk.now = next.unwrap();
            let (_, call, offer) = ends.pop_first().unwrap();
            let talk_ms = callers[calls[&call]].talk_ms;
            desk.event(call, 4, desk::talk_ended(offer, talk_ms));
        } else {
            let (at, caller) = coming.next().unwrap();
            desk.now = caller.at;
            let call = NewCall {
                queue: Some(caller.queue.into()),
                ..new_call(&at.to_string())
            };
            desk.give(Input::CallArrived { call });
            calls.insert(desk.accepted().unwrap(), at);
        }
        answer_all(&mut desk, &calls, callers, &mut served, &mut ends);
    }
}

fn answer_all(
    desk: &mut Desk,
    calls: &BTreeMap<CallId, usize>,
    callers: &[Caller],
    served: &mut Served,
    ends: &mut BTreeSet<(Millis, CallId, OfferId)>,
) {
    let connects: Vec<_> = desk.last.iter().filter_map(connect).collect();
    for (call, offer, agent) in connects {
        let caller = calls[&call];
        served.insert(caller, (desk.now, agent));
        ends.insert((desk.now + callers[caller].talk_ms, call, offer));
        desk.talk(call, 1, offer);
    }
}

fn connect(effect: &Effect) -> Option<(CallId, OfferId, String)> {
    match effect {
        Effect::Connect {
            call, offer, party, ..
        } => Some((*call, *offer, party.to_string())),
        _ => None,
    }
}

fn staffed(agents: &[&str]) -> Desk {
    let config = QueueConfig {
        wrap_up_ms: 5_000,
        ..queue("support", None)
    };
    let mut desk = Desk::configured(vec![config], agents);
    for agent in agents {
        desk.ready(agent);
    }
    desk
}

/// Kiefer and Wolfowitz (1955): with one server more, nobody of a FIFO queue
/// waits longer, whatever the arrivals and services are. It holds for one queue
/// where each caller's talk is as long with anybody and nobody gives up.
#[test]
fn one_agent_more_makes_nobody_wait_longer() {
    for seed in 1..=20 {
        let callers = some_callers(&mut Dice(seed), 120, &["support"]);
        let names = ["anna", "boris", "clara", "dan", "eve"];
        for count in 1..names.len() {
            let fewer = day(staffed(&names[..count]), &callers);
            let more = day(staffed(&names[..=count]), &callers);
            assert_eq!(fewer.len(), callers.len());
            for (caller, (at, _)) in &more {
                assert!(*at <= fewer[caller].0, "seed {seed}: caller {caller}");
            }
        }
    }
}

#[test]
fn one_caller_less_makes_nobody_wait_longer() {
    for seed in 1..=20 {
        let callers = some_callers(&mut Dice(seed), 100, &["support"]);
        let all = day(staffed(&["anna", "boris"]), &callers);
        let gone = usize::try_from(seed * 4).unwrap();
        let mut others = callers.clone();
        others.remove(gone);
        for (caller, (at, _)) in day(staffed(&["anna", "boris"]), &others) {
            let before = if caller < gone { caller } else { caller + 1 };
            assert!(at <= all[&before].0, "seed {seed}: caller {before}");
        }
    }
}

#[test]
fn the_hour_at_which_a_day_begins_changes_no_assignment() {
    let callers = some_callers(&mut Dice(7), 100, &["support"]);
    let shift_ms = 3_600_000;
    let later: Vec<Caller> = callers
        .iter()
        .map(|caller| Caller {
            at: caller.at + shift_ms,
            ..caller.clone()
        })
        .collect();
    let agents = ["anna", "boris", "clara"];
    let early = day(staffed(&agents), &callers);
    let mut desk = staffed(&agents);
    desk.pass(shift_ms);
    let shifted: Served = early
        .into_iter()
        .map(|(caller, (at, agent))| (caller, (at + shift_ms, agent)))
        .collect();
    assert_eq!(day(desk, &later), shifted);
}

/// The same queues and agents, listed in some order.
fn listed(dice: &mut Dice) -> Configuration {
    let strategies = [
        Strategy::LongestIdle,
        Strategy::RoundRobin,
        Strategy::FewestCalls,
        Strategy::LeastTalk,
        Strategy::Random,
    ];
    let members = [
        &["anna", "boris", "clara"][..],
        &["boris", "clara", "dan"],
        &["anna", "dan", "eve"],
        &["eve", "anna"],
        &["clara", "eve", "dan", "anna", "boris"],
    ];
    let names = ["a", "b", "c", "d", "e"];
    let mut queues: Vec<QueueConfig> = (0..names.len())
        .map(|at| {
            let mut agents: Vec<AgentId> = members[at].iter().map(|name| (*name).into()).collect();
            dice.shuffle(&mut agents);
            QueueConfig {
                agents: Some(agents),
                strategy: strategies[at],
                ..queue(names[at], None)
            }
        })
        .collect();
    dice.shuffle(&mut queues);
    let mut agents = ["anna", "boris", "clara", "dan", "eve"].map(agent);
    dice.shuffle(&mut agents);
    Configuration {
        queues,
        agents: agents.into(),
        ..Configuration::default()
    }
}

#[test]
fn the_order_of_lists_and_of_inputs_of_one_moment_changes_no_assignment() {
    let callers = some_callers(&mut Dice(3), 150, &["a", "b", "c", "d", "e"]);
    let mut expected: Option<Served> = None;
    for seed in 1..=24 {
        let mut dice = Dice(seed);
        let mut desk = Desk::configured(vec![], &[]);
        let configuration = listed(&mut dice);
        desk.give(Input::Configure { configuration });
        let mut inputs = Vec::new();
        for name in ["anna", "boris", "clara", "dan", "eve"] {
            let agent = AgentId::from(name);
            inputs.push(Input::SetIntent {
                agent: agent.clone(),
                intent: Intent::Ready,
                by: Actor::Agent,
                why: String::new(),
            });
            inputs.push(Input::PagePresence {
                agent: agent.clone(),
                present: true,
            });
            inputs.push(Input::DevicePresence {
                agent,
                presence: DevicePresence::Present,
            });
        }
        dice.shuffle(&mut inputs);
        for input in inputs {
            desk.give(input);
        }
        let served = day(desk, &callers);
        assert_eq!(served.len(), callers.len());
        let expected = expected.get_or_insert_with(|| served.clone());
        assert_eq!(&served, expected, "seed {seed}");
    }
}

/// Callers of one moment are in line as they were accepted: whoever they are,
/// the first, second and third go to the same agents at the same times.
#[test]
fn who_of_the_callers_of_one_moment_comes_first_changes_no_place() {
    let callers = some_callers(&mut Dice(11), 60, &["support"]);
    let together: Vec<Caller> = callers
        .iter()
        .map(|caller| Caller {
            at: MORNING + (caller.at - MORNING) / 60_000 * 60_000,
            talk_ms: 30_000,
            ..caller.clone()
        })
        .collect();
    let agents = ["anna", "boris", "clara"];
    let served = day(staffed(&agents), &together);
    let mut sorted: Vec<_> = served.values().map(|(at, _)| *at).collect();
    assert!(sorted.is_sorted(), "first come, first served: {sorted:?}");
    let mut renamed = together.clone();
    let mut dice = Dice(5);
    let mut from = 0;
    for to in 1..=renamed.len() {
        if to == renamed.len() || renamed[to].at != renamed[from].at {
            dice.shuffle(&mut renamed[from..to]);
            from = to;
        }
    }
    assert_eq!(day(staffed(&agents), &renamed), served);
    sorted.dedup();
    assert!(sorted.len() > 10);
}

#[test]
fn every_decision_names_who_was_passed_over_and_by_which_rule() {
    let mut desk = Desk::new(&["anna", "boris", "clara", "dan", "eve"]);
    for agent in ["anna", "boris", "dan", "eve"] {
        desk.ready(agent);
    }
    desk.intent(
        "dan",
        Intent::NotReady {
            reason: "lunch".into(),
        },
    );
    desk.give(Input::DevicePresence {
        agent: "eve".into(),
        presence: DevicePresence::Absent,
    });
    desk.arrive("s1");
    desk.arrive("s2");
    let why = desk.facts().into_iter().find_map(|fact| match fact {
        Fact::OfferMade { why, .. } => Some(why),
        _ => None,
    });
    assert_eq!(
        why.unwrap(),
        "idle longest (0 ms) of 1 free; call first of 1 to be served (priority 0, waited 0 ms); \
         passed over: 1 on a call (anna), 1 without a phone (eve), 1 not ready (dan), \
         1 offline (clara)"
    );
}
