//! Simulated days M/M/N+M (metrics.md 3.5) of one queue: callers come, talk and
//! lose patience by exponential laws, and what they are promised is kept.
#![allow(dead_code, reason = "each test file uses its own part")]
#![allow(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a test stops at the first surprise"
)]

use crate::desk::{self, Desk, MORNING, agent, new_call, queue};
use acd::*;
use std::collections::{BTreeMap, BinaryHeap, HashMap};

/// SplitMix64 (Steele, Lea, Flood, 2014), seeded: the same days every time.
pub(crate) struct Dice(u64);

impl Dice {
    /// From above 0 to 1.
    fn part(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((x ^ (x >> 31)) >> 11) as f64 / (1_u64 << 53) as f64 + f64::EPSILON
    }

    fn exponential_ms(&mut self, mean_s: f64) -> Millis {
        (-self.part().ln() * mean_s * 1_000.0) as Millis
    }
}

/// Agents or callers of a kind.
pub(crate) struct Kind {
    /// Skills that these agents have, or that these callers need.
    pub(crate) skills: &'static [&'static str],
    /// How many agents; or the callers' work, in agents.
    pub(crate) agents: f64,
}

/// A kind without skills.
pub(crate) const fn plain(agents: f64) -> Kind {
    Kind {
        skills: &[],
        agents,
    }
}

/// A kind with skills.
pub(crate) const fn with(skills: &'static [&'static str], agents: f64) -> Kind {
    Kind { skills, agents }
}

pub(crate) struct Regime {
    pub(crate) agents: Vec<Kind>,
    pub(crate) callers: Vec<Kind>,
    pub(crate) skills: Option<SkillRule>,
    pub(crate) talk_s: f64,
    pub(crate) patience_s: f64,
}

impl Regime {
    pub(crate) fn agents(&self) -> f64 {
        self.agents.iter().map(|kind| kind.agents).sum()
    }
}

const HOURS: u64 = 4;
/// Callers who came earlier find no samples yet.
const LEARNING_MS: Millis = 900_000;

/// What was promised to one caller who was answered, and what came.
pub(crate) struct Promise {
    /// The place among the callers of the regime.
    pub(crate) kind: usize,
    pub(crate) position: usize,
    /// The position among those of the same kind.
    pub(crate) of_kind: usize,
    pub(crate) promised_ms: Millis,
    pub(crate) waited_ms: Millis,
}

/// A caller who waits.
struct Waiting {
    kind: usize,
    came: Millis,
    position: usize,
    of_kind: usize,
    promised_ms: Option<Millis>,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Coming {
    Arrival(usize),
    GivesUp(CallId),
    TalkEnds(CallId, OfferId),
}

pub(crate) struct Day {
    desk: Desk,
    dice: Dice,
    coming: BinaryHeap<std::cmp::Reverse<(Millis, Coming)>>,
    waiting: HashMap<CallId, Waiting>,
    kinds: HashMap<String, usize>,
    pub(crate) promises: Vec<Promise>,
    told: BTreeMap<CallId, (usize, Option<Millis>)>,
    /// How many announcements told a wait, of how many.
    pub(crate) announced: (usize, usize),
}

impl Day {
    pub(crate) fn live(regime: &Regime, seed: u64) -> Self {
        let agents = agents(regime);
        let names: Vec<AgentId> = agents.iter().map(|agent| agent.name.clone()).collect();
        let config = QueueConfig {
            wrap_up_ms: 0,
            waiting_max: 10_000,
            announce_every_ms: 30_000,
            skills: regime.skills,
            ..queue("support", None)
        };
        let mut desk = Desk::configured(vec![], &[]);
        desk.give(Input::Configure {
            configuration: Configuration {
                queues: vec![config],
                agents,
                ..Configuration::default()
            },
        });
        for name in &names {
            desk.ready(&name.0);
        }
        let mut day = Self {
            desk,
            dice: Dice(seed),
            coming: BinaryHeap::new(),
            waiting: HashMap::new(),
            kinds: HashMap::new(),
            promises: Vec::new(),
            told: BTreeMap::new(),
            announced: (0, 0),
        };
        for kind in 0..regime.callers.len() {
            day.plan(0, Coming::Arrival(kind));
        }
        while let Some(std::cmp::Reverse((at, coming))) = day.coming.pop() {
            while let Some(wake) = day.desk.center.next_wake().filter(|wake| *wake < at) {
                day.desk.now = day.desk.now.max(wake);
                day.give(regime, Input::Tick);
            }
            day.desk.now = at;
            day.happen(regime, coming);
        }
        day
    }

    fn plan(&mut self, after_ms: Millis, coming: Coming) {
        let at = self.desk.now + after_ms;
        self.coming.push(std::cmp::Reverse((at, coming)));
    }

    fn happen(&mut self, regime: &Regime, coming: Coming) {
        match coming {
            Coming::Arrival(kind) => {
                let between_s = regime.talk_s / regime.callers[kind].agents;
                let next_ms = self.dice.exponential_ms(between_s);
                if self.desk.now + next_ms < MORNING + HOURS * 3_600_000 {
                    self.plan(next_ms, Coming::Arrival(kind));
                }
                let session = self.desk.journal.len().to_string();
                let skills = regime.callers[kind].skills.iter();
                let call = NewCall {
                    skills: skills.map(|skill| (*skill).to_owned()).collect(),
                    ..new_call(&session)
                };
                self.kinds.insert(session, kind);
                self.give(regime, Input::CallArrived { call });
            }
            Coming::GivesUp(call) => {
                if self.waiting.remove(&call).is_some() {
                    self.report(regime, call, 1, desk::caller_left());
                    self.report(regime, call, 2, desk::session_ended());
                }
            }
            Coming::TalkEnds(call, offer) => {
                self.report(regime, call, 4, desk::talk_ended(offer, 0));
                self.report(regime, call, 5, desk::session_ended());
            }
        }
    }

    fn report(&mut self, regime: &Regime, call: CallId, seq: u64, event: SessionEvent) {
        let at = self.desk.now;
        let input = Input::CallEvent {
            call,
            seq,
            at,
            event,
        };
        self.give(regime, input);
    }

    fn give(&mut self, regime: &Regime, input: Input) {
        let now = self.desk.now;
        for effect in self.desk.give(input).to_vec() {
            match effect {
                Effect::CallAccepted {
                    session_id,
                    call,
                    position,
                    estimated_wait_ms,
                    ..
                } => {
                    let kind = self.kinds[&session_id];
                    let alike = self.waiting.values().filter(|other| other.kind == kind);
                    let waiting = Waiting {
                        kind,
                        came: now,
                        position,
                        of_kind: alike.count() + 1,
                        promised_ms: estimated_wait_ms,
                    };
                    self.waiting.insert(call, waiting);
                    let patience_ms = self.dice.exponential_ms(regime.patience_s);
                    self.plan(patience_ms, Coming::GivesUp(call));
                }
                Effect::Connect { call, offer, .. } => {
                    let own = self.waiting.remove(&call).unwrap();
                    let is_known = own.came > MORNING + LEARNING_MS;
                    if let Some(promised_ms) = own.promised_ms.filter(|_| is_known) {
                        self.promises.push(Promise {
                            kind: own.kind,
                            position: own.position,
                            of_kind: own.of_kind,
                            promised_ms,
                            waited_ms: now - own.came,
                        });
                    }
                    let talk_ms = self.dice.exponential_ms(regime.talk_s);
                    self.plan(talk_ms, Coming::TalkEnds(call, offer));
                    self.report(regime, call, 1, desk::ringing(offer));
                    self.report(regime, call, 2, desk::answered(offer));
                    self.report(regime, call, 3, desk::talk_started(offer));
                }
                Effect::Announce {
                    call,
                    position,
                    estimated_wait_ms,
                    longer,
                } => {
                    assert_eq!(longer, None, "nobody went home");
                    let before = self.told.insert(call, (position, estimated_wait_ms));
                    let (before, wait_before) = before.unwrap_or((position, None));
                    assert!(position <= before, "{call} was overtaken");
                    let lower = wait_before.zip(estimated_wait_ms);
                    assert!(lower.is_none_or(|(before, after)| after <= before));
                    self.announced.0 += usize::from(estimated_wait_ms.is_some());
                    self.announced.1 += 1;
                }
                _ => {}
            }
        }
    }
}

/// The median of |promised - waited| over waited, and of how many; `promised`
/// of none is left out.
pub(crate) fn median_error(
    promises: &[Promise],
    promised: impl Fn(&Promise) -> Option<Millis>,
) -> (f64, usize) {
    let error = |promise: &Promise| {
        let off_ms = promised(promise)?.abs_diff(promise.waited_ms);
        Some(off_ms as f64 / promise.waited_ms.max(1) as f64)
    };
    let mut errors: Vec<f64> = promises.iter().filter_map(error).collect();
    errors.sort_by(f64::total_cmp);
    (errors[errors.len() / 2], errors.len())
}

fn agents(regime: &Regime) -> Vec<AgentConfig> {
    let mut agents = Vec::new();
    for kind in &regime.agents {
        for _ in 0..kind.agents as usize {
            let mut config = agent(&format!("a{:03}", agents.len()));
            for skill in kind.skills {
                let (skill, level) = skill.split_once(':').unwrap_or((skill, "1"));
                config
                    .skills
                    .insert(skill.to_owned(), level.parse().unwrap());
            }
            agents.push(config);
        }
    }
    agents
}
