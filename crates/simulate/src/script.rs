//! The owner's policy in a simulated day: asked as a backend asks it.

use acd::{Actor, AgentId, AgentView, CallView, Input, Leave, NewCall, QueueId, QueueView, Skills};
use policy::{AgentFacts, BanChange, CallFacts, Hook, MissFacts, Policy};

/// The policy, if there is one.
pub(crate) struct Script<'a>(Option<&'a Policy>);

impl<'a> Script<'a> {
    pub(crate) fn new(policy: Option<&'a Policy>) -> Self {
        Self(policy)
    }

    fn with(&self, hook: Hook) -> Option<&'a Policy> {
        self.0.filter(|policy| policy.hooks().contains(&hook))
    }

    /// Whether agents are ranked.
    pub(crate) fn ranks(&self) -> bool {
        self.with(Hook::Rank).is_some()
    }

    /// After how much waiting the policy is asked, seconds.
    pub(crate) fn wait_steps_s(&self) -> Vec<u64> {
        self.with(Hook::OnWait)
            .map(|policy| policy.wait_steps_s().to_vec())
            .unwrap_or_default()
    }

    /// The call as the policy wants it, and how it ranks the agents.
    pub(crate) fn call(
        &self,
        mut call: NewCall,
        queues: &[QueueView],
        agents: &[AgentView],
        skills: impl Fn(&AgentId) -> Option<Skills>,
    ) -> (NewCall, Option<Input>) {
        let mut facts = facts_of(&call, queues);
        if let Some(policy) = self.with(Hook::OnCall)
            && let Ok(change) = policy.on_call(&facts)
        {
            if let Some(queue) = change.queue {
                call.queue = Some(queue.as_str().into());
            }
            call.priority = change.priority.unwrap_or(call.priority);
            call.skills = change.skills.unwrap_or(call.skills);
            call.language = change.language.or(call.language);
            call.custom_data = change.custom_data.or(call.custom_data);
            facts = facts_of(&call, queues);
        }
        let agents: Vec<AgentFacts> = agents
            .iter()
            .map(|view| AgentFacts::of(view, &skills(&view.agent).unwrap_or_default()))
            .collect();
        let ranks = self
            .with(Hook::Rank)
            .and_then(|policy| policy.rank(&agents, &facts).ok());
        let names = agents
            .iter()
            .map(|agent| AgentId::from(agent.agent.as_str()));
        let ranks = ranks.map(|ranks| Input::AgentsRanked {
            session_id: call.session_id.clone(),
            ranks: names.zip(ranks).collect(),
        });
        (call, ranks)
    }

    /// What becomes of a caller who has waited for one of the steps.
    pub(crate) fn wait(&self, now: u64, call: &CallView, queues: &[QueueView]) -> Option<Input> {
        let facts = CallFacts {
            queues: names(queues),
            ..CallFacts::of_waiting(call, now)
        };
        let change = self.with(Hook::OnWait)?.on_wait(&facts).ok()?;
        (change.leave != Leave::Stay || change.priority.is_some()).then_some(Input::ChangeWaiting {
            call: call.call,
            priority: change.priority,
            leave: change.leave,
        })
    }

    /// What becomes of an agent who missed an offer.
    pub(crate) fn miss(
        &self,
        agent: &AgentView,
        skills: &Skills,
        queue: Option<QueueId>,
        rang_ms: u64,
    ) -> Option<Input> {
        let facts = MissFacts {
            queue: queue.map_or_else(String::new, |queue| queue.to_string()),
            rang_ms,
        };
        let known = AgentFacts::of(agent, skills);
        let answer = self.with(Hook::OnMiss)?.on_miss(&known, &facts);
        let ban_ms = match answer.ok()? {
            BanChange::AsUsual => return None,
            BanChange::None => 0,
            BanChange::For { ban_ms } => ban_ms,
        };
        Some(Input::BanAgent {
            agent: agent.agent.clone(),
            ban_ms,
            by: Actor::Rule {
                rule: "policy".to_owned(),
            },
            reason: format!("{} offers missed in a row", known.miss_streak),
        })
    }
}

fn facts_of(call: &NewCall, queues: &[QueueView]) -> CallFacts {
    CallFacts {
        queues: names(queues),
        ..CallFacts::of_new(call)
    }
}

fn names(queues: &[QueueView]) -> Vec<String> {
    queues.iter().map(|queue| queue.queue.to_string()).collect()
}
