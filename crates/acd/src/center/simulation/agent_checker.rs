//! What must hold of agents by the inputs and the record alone: the last choice of a
//! person is in force (promise P6), a talk is followed by its wrap-up to the millisecond
//! (promise P7), and each way not to answer has its own count, delay and ban (promise P5).

use crate::activity::Activity;
use crate::agent::Agent;
use crate::ban::BanRule;
use crate::center::Center;
use crate::config::QueueConfig;
use crate::effect::{Effect, Fact};
use crate::id::{AgentId, CallId, Millis};
use crate::input::{Actor, Input, Intent};
use crate::not_taken::NotTakenRule;
use crate::offer::Outcome;
use crate::target::Party;
use crate::transfer::TransferKind;
use crate::wrap_up::WrapUp;
use std::collections::HashMap;

const DAY_MS: Millis = 86_400_000;
/// The ways not to answer, as the record says them.
const FAILURES: [&str; 5] = [
    "no_answer",
    "rejected",
    "busy",
    "unreachable",
    "unregistered",
];

macro_rules! must {
    ($seed:expr, $holds:expr, $($text:tt)*) => {
        assert!($holds, "seed {}: {}", $seed, format_args!($($text)*))
    };
}

/// What one agent must be.
#[derive(Clone, Debug)]
struct Own {
    /// The last choice, and the one for after the call.
    intent: Intent,
    after_call: Option<Intent>,
    /// Until when the wrap-up lasts, and from when the agent may end it.
    wrap_up: Option<(Millis, Millis)>,
    /// Offers of the day that ended so, and those in a row.
    counts: [u64; 5],
    rows: [u64; 5],
    /// Until when there is a ban, and whether a person set it.
    ban: Option<(Millis, bool)>,
    /// A talk ended in this step.
    talk_over: bool,
}

impl Default for Own {
    fn default() -> Self {
        Self {
            intent: Intent::Offline,
            after_call: None,
            wrap_up: None,
            counts: [0; 5],
            rows: [0; 5],
            ban: None,
            talk_over: false,
        }
    }
}

/// See the module's text.
#[derive(Default)]
pub(super) struct AgentChecker {
    agents: HashMap<AgentId, Own>,
    queue_of: HashMap<CallId, crate::id::QueueId>,
    day: u64,
}

impl AgentChecker {
    pub(super) fn check(
        &mut self,
        center: &Center,
        now: Millis,
        seed: u64,
        input: &Input,
        effects: &[Effect],
    ) {
        if now / DAY_MS != self.day {
            self.day = now / DAY_MS;
            for own in self.agents.values_mut() {
                own.counts = [0; 5];
            }
        }
        self.hear(center, now, input);
        for own in self.agents.values_mut() {
            own.ban = own.ban.filter(|(until, _)| *until > now);
        }
        for effect in effects {
            if let Effect::Record { fact } = effect {
                self.read(center, now, seed, fact);
            }
        }
        for agent in center.agents.iter().filter(|agent| !agent.removed) {
            let name = &agent.config.name;
            let own = self.agents.entry(name.clone());
            let own = own.or_insert_with(|| Own::of(agent));
            own.is_what_was_chosen(agent, seed);
            own.is_what_was_counted(agent, seed, input);
            own.follow_wrap_up(&agent.activity, agent.wrap_up, now, seed, name, input);
        }
        // Who is configured no more and comes back goes on from wherever that was.
        let known = |name: &AgentId| center.find_agent(name).is_some();
        self.agents.retain(|name, _| known(name));
    }

    /// What people chose.
    fn hear(&mut self, center: &Center, now: Millis, input: &Input) {
        let is_known = |name: &AgentId| center.find_agent(name).is_some();
        match input {
            Input::SetIntent { agent, intent, .. } if is_known(agent) => {
                let own = self.agents.entry(agent.clone()).or_default();
                own.intent = intent.clone();
                own.after_call = None;
            }
            Input::SetAfterCall { agent, intent, .. } if is_known(agent) => {
                let own = self.agents.entry(agent.clone()).or_default();
                own.after_call.clone_from(intent);
            }
            Input::BanAgent {
                agent, ban_ms, by, ..
            } if is_known(agent) => {
                let own = self.agents.entry(agent.clone()).or_default();
                let is_a_persons = matches!(by, Actor::Supervisor { .. });
                let stands = own.ban.filter(|(until, by)| *by && *until > now);
                own.ban = match (stands, is_a_persons, *ban_ms) {
                    (Some(stands), false, 0) => Some(stands),
                    (_, _, 0) => None,
                    (Some((until, _)), false, ms) => Some((until.max(now + ms), true)),
                    (_, by, ms) => Some((now + ms, by)),
                };
            }
            Input::LiftBan { agent, by } if is_known(agent) => {
                let own = self.agents.entry(agent.clone()).or_default();
                let ix = center.find_agent(agent).unwrap();
                let is_lifted = center.agents[ix.at()].ban.is_none();
                // Whether the agent may is tested apart; a supervisor always may.
                if is_lifted || !matches!(by, Actor::Agent) {
                    own.ban = None;
                }
            }
            _ => {}
        }
    }

    #[allow(clippy::too_many_lines, reason = "a table of facts")]
    fn read(&mut self, center: &Center, now: Millis, seed: u64, fact: &Fact) {
        match fact {
            Fact::CallQueued { call, queue, .. }
            | Fact::CallMoved {
                call, to: queue, ..
            }
            | Fact::CallbackTaken { call, queue, .. } => {
                self.queue_of.insert(*call, queue.clone());
            }
            Fact::CallTransferred {
                call,
                to_queue,
                to_agent,
                kind,
                ..
            } => {
                self.queue_of.insert(*call, to_queue.clone());
                if let (Some(agent), TransferKind::Attended) = (to_agent, kind)
                    && let Some(own) = self.agents.get_mut(agent)
                {
                    // Being given a caller is answering.
                    own.rows = [0; 5];
                }
            }
            Fact::CallbackUnreached { call, next, .. } => {
                if let Some(queue) = self.queue_of.get(call).cloned() {
                    self.queue_of.insert(*next, queue);
                }
            }
            Fact::OfferEnded {
                call,
                party: Party::Agent(agent),
                outcome,
                ..
            } => {
                let config = self.queue_of.get(call).and_then(|name| {
                    let ix = center.queue_names.get(name)?;
                    Some(&center.queues[ix.at()].config)
                });
                let Some(own) = self.agents.get_mut(agent) else {
                    return;
                };
                if outcome == "answered" {
                    own.rows = [0; 5];
                }
                if let Some(at) = FAILURES.iter().position(|word| outcome == *word) {
                    own.counts[at] += 1;
                    own.rows[at] += 1;
                    if let Some(config) = config {
                        own.earn_ban(config, at, now);
                    }
                }
            }
            Fact::AgentState { agent, state, .. } if state == "removed" => {
                self.agents.remove(agent);
            }
            Fact::AgentState { agent, why, .. } => {
                if let Some(own) = self.agents.get_mut(agent) {
                    own.talk_over |= matches!(
                        why.as_ref(),
                        "talk ended" | "left the talk" | "asked no more"
                    );
                    if why == "found talking by the session's status" {
                        own.rows = [0; 5];
                    }
                }
            }
            Fact::CallbackEnded(end) => {
                if let Some(agent) = &end.agent {
                    writes_up(center, now, seed, end.call, &end.queue, agent);
                }
            }
            Fact::CallEnded {
                call,
                queue,
                agent: Some(agent),
                outcome,
                ..
            } if outcome == "answered" => writes_up(center, now, seed, *call, queue, agent),
            _ => {}
        }
    }
}

/// The marks of an agent, in the order of [`FAILURES`].
fn counts_of(agent: &Agent) -> [u64; 5] {
    let marks = agent.marks.marks();
    [
        marks.missed,
        marks.rejected,
        marks.busy,
        marks.unreachable,
        marks.unregistered,
    ]
}

/// Whoever has talked writes up, where the queue has that.
fn writes_up(
    center: &Center,
    now: Millis,
    seed: u64,
    call: CallId,
    queue: &crate::id::QueueId,
    agent: &AgentId,
) {
    let (Some(ix), Some(queue)) = (center.agent_names.get(agent), center.queue_names.get(queue))
    else {
        return;
    };
    let config = &center.queues[queue.at()].config;
    let activity = center.agents[ix.at()].activity;
    let usual_ms = config.wrap_up_ms.max(config.wrap_up_min_ms);
    must!(
        seed,
        usual_ms == 0
            || activity
                == Activity::WrapUp {
                    until: now + usual_ms
                },
        "{agent} talked in {call} until now and is {activity:?}"
    );
}

impl Own {
    /// Of an agent who is new here.
    fn of(agent: &Agent) -> Self {
        let in_a_row = |outcome| agent.marks.in_a_row(outcome);
        Self {
            intent: agent.intent.clone(),
            after_call: agent.after_call.clone(),
            wrap_up: None,
            counts: counts_of(agent),
            rows: [
                Outcome::NoAnswer,
                Outcome::Rejected,
                Outcome::Busy,
                Outcome::Unreachable,
                Outcome::Unregistered,
            ]
            .map(in_a_row),
            ban: agent
                .ban
                .as_ref()
                .map(|ban| (ban.until, ban.is_a_persons())),
            talk_over: false,
        }
    }

    /// The intent is the last choice, or the one for after the call that is over.
    fn is_what_was_chosen(&mut self, agent: &Agent, seed: u64) {
        let name = &agent.config.name;
        let is_over = std::mem::take(&mut self.talk_over);
        if agent.intent != self.intent {
            must!(
                seed,
                is_over && Some(&agent.intent) == self.after_call.as_ref(),
                "{name} is {:?} and chose {:?}, then {:?}",
                agent.intent,
                self.intent,
                self.after_call
            );
            self.intent = agent.intent.clone();
            self.after_call = None;
        }
        if is_over && agent.after_call.is_none() {
            // It came into force without changing anything.
            let came = self.after_call.as_ref() == Some(&self.intent);
            self.after_call = self.after_call.take().filter(|_| !came);
        }
        must!(
            seed,
            agent.after_call == self.after_call,
            "{name} has {:?} for after the call and chose {:?}",
            agent.after_call,
            self.after_call
        );
    }

    /// The marks are what the record tells, and so is the ban.
    fn is_what_was_counted(&self, agent: &Agent, seed: u64, input: &Input) {
        let name = &agent.config.name;
        let marks = agent.marks.marks();
        must!(
            seed,
            counts_of(agent) == self.counts && marks.miss_streak == self.rows[0],
            "{name} has {marks:?}, the record says {:?} and {:?} in a row",
            self.counts,
            self.rows
        );
        let ban = agent.ban.as_ref().map(|ban| ban.until);
        must!(
            seed,
            ban == self.ban.map(|(until, _)| until),
            "{name} is banned until {ban:?}, should be {:?}, after {input:?}",
            self.ban
        );
    }

    fn earn_ban(&mut self, config: &QueueConfig, failure: usize, now: Millis) {
        let rules = config.not_taken;
        let rule: [NotTakenRule; 4] = [
            rules.rejected,
            rules.busy,
            rules.unreachable,
            rules.unregistered,
        ];
        let BanRule {
            after_misses,
            first_ms,
            max_ms,
            ..
        } = config.ban;
        let after = match failure {
            0 => after_misses,
            other => rule[other - 1].ban_after,
        };
        let row = self.rows[failure];
        if after == 0 || !row.is_multiple_of(after) {
            return;
        }
        let mut ban_ms = first_ms;
        for _ in 1..row / after {
            ban_ms = (ban_ms * 2).min(max_ms);
        }
        let until = now + ban_ms.min(max_ms);
        self.ban = match self.ban {
            Some((before, true)) if before > now => Some((before.max(until), true)),
            Some(_) | None => Some((until, false)),
        };
    }

    /// A wrap-up begins with the end of a talk and lasts until its end, unless somebody
    /// who may ends it, or the talk turns out to go on.
    fn follow_wrap_up(
        &mut self,
        activity: &Activity,
        bounds: Option<WrapUp>,
        now: Millis,
        seed: u64,
        name: &AgentId,
        input: &Input,
    ) {
        let next = match (activity, bounds) {
            (Activity::WrapUp { until }, Some(bounds)) => Some((*until, bounds.may_end_at)),
            (_, _) => None,
        };
        if let (Some((until, may_end_at)), None) = (self.wrap_up, next) {
            let goes_on = matches!(activity, Activity::Talking { .. });
            let is_ended = match input {
                Input::EndWrapUp { agent, by } if agent == name => {
                    *by != Actor::Agent || may_end_at <= now
                }
                _ => false,
            };
            must!(
                seed,
                until <= now || goes_on || is_ended,
                "{name} is {activity:?}, the wrap-up lasts until {until}, after {input:?}"
            );
        }
        self.wrap_up = next;
    }
}
