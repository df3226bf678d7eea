//! How a ban begins and ends.

use super::Center;
use super::agents::person;
use super::mutation::Mutation;
use crate::activity::Shown;
use crate::agent::AgentIx;
use crate::ban::{Ban, BanRule};
use crate::id::{AgentId, Millis};
use crate::input::Actor;
use crate::limits::BAN_MS_MAX;
use crate::offer::Outcome;

impl Center {
    /// Bans an agent whose newest offer in a row is one too many. The mark of it
    /// is written already; whoever calls this settles and records the agent.
    pub(super) fn ban_after_miss(&mut self, ix: AgentIx, outcome: Outcome, rule: BanRule) {
        if !outcome.is_the_targets() {
            return;
        }
        let row = self.agents[ix.at()].marks.in_a_row(outcome);
        if let Some(ban) = rule.after(self.now, outcome, row) {
            self.put_ban(ix, ban);
        }
    }

    /// Ends a ban before its time. Refused, with nothing changed, when there
    /// is none and when the agent may not. The row of misses goes on: only an
    /// answer ends that.
    pub(super) fn lift_ban(&mut self, name: &AgentId, by: &Actor) {
        let Some(ix) = self.find_agent(name) else {
            return;
        };
        let may_lift = |agent_may: bool| match by {
            Actor::Agent => agent_may,
            Actor::Supervisor { .. } | Actor::Rule { .. } => true,
        };
        match &self.agents[ix.at()].ban {
            Some(ban) if may_lift(ban.agent_may_lift) => {
                self.end_ban(ix, format!("ban lifted by {}", person(by)));
            }
            Some(_) | None => self.touch_agent(ix),
        }
    }

    /// Bans an agent from now on, whatever ban there is; a time of 0 ends it. A rule
    /// neither shortens nor ends what a supervisor has set.
    pub(super) fn ban_agent(&mut self, name: &AgentId, ban_ms: Millis, by: &Actor, reason: String) {
        let Some(ix) = self.find_agent(name) else {
            return;
        };
        if ban_ms == 0 {
            let may_end = |ban: &Ban| match by {
                Actor::Rule { .. } => !ban.is_a_persons(),
                Actor::Agent | Actor::Supervisor { .. } => true,
            };
            let ban = self.agents[ix.at()].ban.as_ref();
            if ban.is_some_and(|ban| may_end(ban)) {
                self.end_ban(ix, format!("ban lifted by {}", person(by)));
            }
            return;
        }
        let before = self.agents[ix.at()].ban.clone();
        let ban = Ban {
            until: self.now.saturating_add(ban_ms.min(BAN_MS_MAX)),
            reason,
            agent_may_lift: false,
            by: by.clone(),
        };
        self.put_ban(ix, ban);
        if self.agents[ix.at()].ban == before {
            // A person has decided otherwise.
            return;
        }
        let why = format!("banned by {}", person(by));
        let is_shown = self.agents[ix.at()].shown() == Shown::Banned;
        self.settle_agent(ix);
        if is_shown {
            self.record_agent(ix, why);
        }
    }

    /// A ban comes to whatever ban there is.
    fn put_ban(&mut self, ix: AgentIx, ban: Ban) {
        let is_overruled = self.broken(Mutation::OverrulePeople);
        let now = self.now;
        let agent = &mut self.agents[ix.at()];
        let before = agent.ban.take().filter(|_| !is_overruled);
        agent.ban = Some(ban.beside(before, now));
    }

    /// Ends a ban; its end begins a new idle time.
    pub(super) fn end_ban(&mut self, ix: AgentIx, why: String) {
        let now = self.now;
        let agent = &mut self.agents[ix.at()];
        agent.ban = None;
        let is_idle = agent.shown() == Shown::Idle && !agent.removed;
        if is_idle {
            agent.idle_since = now;
        }
        self.settle_agent(ix);
        if is_idle {
            self.record_agent(ix, why);
        }
    }
}
