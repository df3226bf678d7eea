//! What is chosen and observed of agents.

use super::Center;
use super::mutation::Mutation;
use crate::activity::{Activity, Trigger};
use crate::agent::{AgentIx, Standing};
use crate::effect::{Fact, Word};
use crate::id::AgentId;
use crate::input::{Actor, DevicePresence, Intent};
use crate::timers::Owner;

impl Center {
    /// The last explicit choice of a person is in force (promise P6), whoever
    /// made it: who is sent to a break may become ready again.
    pub(super) fn set_intent(&mut self, name: &AgentId, intent: Intent, by: Actor, why: String) {
        let Some(ix) = self.find_agent(name) else {
            return;
        };
        let now = self.now;
        let keeps_wish = self.broken(Mutation::KeepAfterCall);
        let agent = &mut self.agents[ix.at()];
        if !keeps_wish && agent.after_call.take().is_some() {
            self.touch_agent(ix);
        }
        let agent = &mut self.agents[ix.at()];
        let words = why_chosen(&intent, &by, &why);
        let is_known = agent.intent_by == by && agent.intent_why == why;
        (agent.intent_by, agent.intent_why) = (by, why);
        if agent.intent == intent {
            if !is_known {
                self.touch_agent(ix);
            }
            return;
        }
        if intent == Intent::Ready {
            agent.idle_since = now;
        }
        agent.intent = intent;
        agent.intent_since = now;
        self.review_page(ix);
        self.settle_agent(ix);
        self.record_agent(ix, words);
    }

    /// Remembers what the agent wants to be when the next talk has ended.
    pub(super) fn set_after_call(&mut self, name: &AgentId, intent: Option<Intent>) {
        let Some(ix) = self.find_agent(name) else {
            return;
        };
        self.agents[ix.at()].after_call = intent;
        self.touch_agent(ix);
    }

    /// A talk has ended: what the agent wanted to be then comes into force.
    pub(super) fn act_on_after_call(&mut self, ix: AgentIx) {
        if let Some(intent) = self.agents[ix.at()].after_call.take() {
            let name = self.agents[ix.at()].config.name.clone();
            let rule = "after the call".to_owned();
            self.set_intent(&name, intent, Actor::Rule { rule }, String::new());
        }
    }

    /// Makes a wrap-up longer, within its queue's bounds.
    pub(super) fn extend_wrap_up(&mut self, name: &AgentId, by: &Actor) {
        let Some(ix) = self.find_agent(name) else {
            return;
        };
        let agent = &self.agents[ix.at()];
        let until = match agent.activity {
            Activity::WrapUp { until } => agent.wrap_up.and_then(|bounds| bounds.extended(until)),
            Activity::Idle
            | Activity::Reserved { .. }
            | Activity::Ringing { .. }
            | Activity::Talking { .. }
            | Activity::Consulting { .. }
            | Activity::Held { .. } => None,
        };
        match until {
            Some(until) => {
                let why = format!("wrap-up extended by {}", person(by));
                self.move_agent(ix, Trigger::WrapUpExtended { until }, why);
            }
            None => self.touch_agent(ix),
        }
    }

    /// Ends a wrap-up early. Refused, with nothing changed, when there is none
    /// (it may just have run out) and while the agent must keep it.
    pub(super) fn end_wrap_up(&mut self, name: &AgentId, by: &Actor) {
        let Some(ix) = self.find_agent(name) else {
            return;
        };
        let agent = &self.agents[ix.at()];
        let is_forced = *by == Actor::Agent
            && !self.broken(Mutation::CutWrapUp)
            && agent
                .wrap_up
                .is_some_and(|bounds| bounds.may_end_at > self.now);
        match agent.activity {
            Activity::WrapUp { .. } if !is_forced => {
                let why = format!("wrap-up ended by {}", person(by));
                self.finish_wrap_up(ix, why);
            }
            Activity::WrapUp { .. }
            | Activity::Idle
            | Activity::Reserved { .. }
            | Activity::Ringing { .. }
            | Activity::Talking { .. }
            | Activity::Consulting { .. }
            | Activity::Held { .. } => {
                // The page that asked shows something old.
                self.touch_agent(ix);
            }
        }
    }

    pub(super) fn finish_wrap_up(&mut self, ix: AgentIx, why: String) {
        self.agents[ix.at()].idle_since = self.now;
        self.move_agent(ix, Trigger::WrapUpOver, why);
    }

    pub(super) fn device_presence(&mut self, name: &AgentId, presence: DevicePresence) {
        let Some(ix) = self.find_agent(name) else {
            return;
        };
        let agent = &mut self.agents[ix.at()];
        if agent.phone != presence {
            agent.phone = presence;
            self.settle_agent(ix);
        }
    }

    /// Changes an agent's activity by the table, and tells and records it.
    pub(super) fn move_agent(&mut self, ix: AgentIx, trigger: Trigger, why: impl Into<Word>) {
        let now = self.now;
        if !self.agents[ix.at()].take(now, trigger) {
            self.refused_transitions += 1;
            return;
        }
        self.settle_agent(ix);
        if !self.broken(Mutation::SilentMove) {
            self.record_agent(ix, why);
        }
    }

    /// Brings the pools and the timers up to date with an agent.
    pub(super) fn settle_agent(&mut self, ix: AgentIx) {
        self.touch_agent(ix);
        let agent = &mut self.agents[ix.at()];
        let next = agent.next_deadline();
        self.timers.arm(Owner::Agent(ix), &mut agent.wake, next);
        let (old, new) = (agent.counted, agent.to_count());
        if old == new {
            return;
        }
        agent.counted = new;
        self.manager_changed(ix, new.standing);
        for at in 0..self.agents[ix.at()].pools.len() {
            let pool_ix = self.agents[ix.at()].pools[at];
            if old.standing.takes_calls() != new.standing.takes_calls() {
                self.count_agents_time(pool_ix);
            }
            let pool = &mut self.pools[pool_ix.at()];
            pool.recount(ix, &old, &new);
            for queue_ix in &pool.queues {
                let queue = &mut self.queues[queue_ix.at()];
                if !queue.touched {
                    queue.touched = true;
                    self.touched_queues.push(*queue_ix);
                }
            }
            if new.standing == Standing::Free && !self.broken(Mutation::ForgetDirty) {
                self.touch_pool(pool_ix);
            }
        }
    }

    pub(super) fn touch_agent(&mut self, ix: AgentIx) {
        let agent = &mut self.agents[ix.at()];
        if !agent.touched {
            agent.touched = true;
            self.touched_agents.push(ix);
        }
    }

    pub(super) fn record_agent(&mut self, ix: AgentIx, why: impl Into<Word>) {
        let now = self.now;
        let agent = &mut self.agents[ix.at()];
        let told = (agent.shown(), agent.intent_since);
        if agent.told != told {
            (agent.told, agent.state_since) = (told, now);
        }
        let fact = Fact::AgentState {
            agent: agent.config.name.clone(),
            state: agent.state().into(),
            why: why.into(),
        };
        self.record(fact);
    }

    /// An agent of the newest configuration.
    pub(super) fn find_agent(&self, name: &AgentId) -> Option<AgentIx> {
        let ix = self.agent_names.get(name).copied()?;
        (!self.agents[ix.at()].removed).then_some(ix)
    }
}

/// Why an intent is what it is, for the record.
fn why_chosen(intent: &Intent, by: &Actor, why: &str) -> String {
    let mut words = match by {
        Actor::Agent => "chosen by the agent".to_owned(),
        Actor::Supervisor { user } => format!("set by supervisor {user}"),
        Actor::Rule { rule } => format!("set by rule {rule}"),
    };
    let reason = match intent {
        Intent::NotReady { reason } => reason.as_str(),
        Intent::Ready | Intent::Offline => "",
    };
    for text in [reason, why] {
        if !text.is_empty() {
            words.push_str(": ");
            words.push_str(text);
        }
    }
    words
}

/// Somebody, as named in the record.
pub(super) fn person(by: &Actor) -> String {
    match by {
        Actor::Agent => "the agent".to_owned(),
        Actor::Supervisor { user } => format!("supervisor {user}"),
        Actor::Rule { rule } => format!("rule {rule}"),
    }
}
