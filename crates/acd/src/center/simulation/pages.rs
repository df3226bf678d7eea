//! Lost pages in the random world, followed by the inputs alone (promise P20).

use super::dice::Dice;
use crate::center::Center;
use crate::effect::{Effect, Fact};
use crate::id::{AgentId, Millis};
use crate::input::{Input, Intent};
use crate::page::{PageNeed, PageRule};
use std::collections::{HashMap, HashSet};

pub(super) fn some_page_rule(dice: &mut Dice) -> PageRule {
    let needs = [PageNeed::Never, PageNeed::OnceOpen, PageNeed::Always];
    PageRule {
        grace_ms: *dice.pick(&[0, 4_000, 30_000]),
        need: *dice.pick(&[PageNeed::Never, PageNeed::OnceOpen]),
        agents: [("boris", needs), ("eve", needs)]
            .map(|(agent, needs)| (agent.into(), *dice.pick(&needs)))
            .into(),
    }
}

/// What the inputs say of pages.
#[derive(Default)]
pub(super) struct PageWatch {
    /// Agents with a page.
    here: HashSet<AgentId>,
    /// Agents who had one since they were offline last.
    seen: HashSet<AgentId>,
    /// Since when a page that is needed is not there, and the grace of then.
    missed: HashMap<AgentId, (Millis, Millis)>,
}

impl PageWatch {
    /// Takes an input and looks at what came of it.
    pub(super) fn check(
        &mut self,
        center: &Center,
        now: Millis,
        seed: u64,
        input: &Input,
        effects: &[Effect],
    ) {
        if let Input::PagePresence { agent, present } = input
            && center.find_agent(agent).is_some()
        {
            if *present {
                self.here.insert(agent.clone());
                self.seen.insert(agent.clone());
            } else {
                self.here.remove(agent);
            }
        }
        for effect in effects {
            if let Effect::Record {
                fact: Fact::AgentState { agent, state, .. },
            } = effect
                && state == "removed"
            {
                self.here.remove(agent);
                self.seen.remove(agent);
            }
        }
        self.follow_work(center, now);
        for effect in effects {
            if let Effect::Record {
                fact:
                    Fact::OfferMade {
                        party: crate::target::Party::Agent(agent),
                        ..
                    },
            } = effect
            {
                assert!(
                    !self.is_lost(agent, now),
                    "seed {seed}: {agent} is offered a call, the page is gone since {:?}",
                    self.missed.get(agent)
                );
            }
        }
        for agent in center.agents.iter().filter(|agent| !agent.removed) {
            let name = &agent.config.name;
            let is_lost = self.is_lost(name, now);
            assert!(
                agent.page.lost_since().is_some() == is_lost,
                "seed {seed}: {name} is {:?}, by the inputs lost: {is_lost}, after {input:?}",
                agent.page
            );
        }
    }

    fn follow_work(&mut self, center: &Center, now: Millis) {
        let Some(configuration) = &center.configuration else {
            return;
        };
        let rule = &configuration.pages;
        for agent in &center.agents {
            let name = &agent.config.name;
            let is_at_work = !agent.removed && agent.intent != Intent::Offline;
            if !is_at_work && !self.here.contains(name) {
                self.seen.remove(name);
            }
            let is_needed = match rule.agents.get(name).copied().unwrap_or(rule.need) {
                PageNeed::Never => false,
                PageNeed::OnceOpen => self.seen.contains(name),
                PageNeed::Always => true,
            };
            if is_at_work && is_needed && !self.here.contains(name) {
                let missed = (now, rule.grace_ms);
                self.missed.entry(name.clone()).or_insert(missed);
            } else {
                self.missed.remove(name);
            }
        }
    }

    fn is_lost(&self, agent: &AgentId, now: Millis) -> bool {
        self.missed
            .get(agent)
            .is_some_and(|(since, grace_ms)| since + grace_ms <= now)
    }
}
