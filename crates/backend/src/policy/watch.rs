//! Asks the policy of misses and of callers who wait, as they happen.

use super::Policies;
use crate::centre::CentreHandle;
use crate::clock;
use ::policy::{AgentFacts, BanChange, CallFacts, Hook, MissFacts};
use acd::{Actor, AgentId, CallId, CallView, Input, Leave, QueueId};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// How often waiting callers are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Misses that may wait for the policy.
pub(crate) const MISSES_MAX: usize = 256;

/// An offer that rang out.
#[derive(Clone, Debug)]
pub(crate) struct Miss {
    pub(crate) agent: AgentId,
    pub(crate) call: CallId,
    pub(crate) rang_ms: u64,
}

/// Runs for as long as the backend does.
pub(crate) async fn watch(
    policies: Arc<Policies>,
    centre: CentreHandle,
    mut misses: mpsc::Receiver<Miss>,
) {
    let mut looks = tokio::time::interval(LOOK_EVERY);
    let mut done: HashMap<CallId, u64> = HashMap::new();
    loop {
        tokio::select! {
            miss = misses.recv() => match miss {
                Some(miss) => on_miss(&policies, &centre, miss).await,
                None => return,
            },
            _ = looks.tick() => look(&policies, &centre, &mut done).await,
        }
    }
}

async fn on_miss(policies: &Policies, centre: &CentreHandle, miss: Miss) {
    if !policies.has(Hook::OnMiss) {
        return;
    }
    let (name, call) = (miss.agent.clone(), miss.call);
    let read = centre.read(move |reader| {
        let queue = reader.center.call(call).map(|view| view.queue);
        let skills = reader.center.skills(&name).cloned();
        (reader.center.agent(&name), skills, queue)
    });
    let Ok((Some(agent), skills, queue)) = read.await else {
        return;
    };
    let facts = MissFacts {
        queue: queue.map_or_else(String::new, |queue| queue.to_string()),
        rang_ms: miss.rang_ms,
    };
    let agent = AgentFacts::of(&agent, &skills.unwrap_or_default());
    let streak = agent.miss_streak;
    let ban_ms = match policies.miss(agent, facts).await {
        BanChange::AsUsual => return,
        BanChange::None => 0,
        BanChange::For { ban_ms } => ban_ms,
    };
    let input = Input::BanAgent {
        agent: miss.agent,
        ban_ms,
        by: Actor::Rule {
            rule: "policy".to_owned(),
        },
        reason: format!("{streak} offers missed in a row"),
    };
    report(centre.change(input).await);
}

/// Asks of every caller who has come to a step of waiting since the last look.
async fn look(policies: &Policies, centre: &CentreHandle, done: &mut HashMap<CallId, u64>) {
    let steps = policies.wait_steps_s();
    if steps.is_empty() || !policies.has(Hook::OnWait) {
        return;
    }
    let read = centre.read(|reader| (reader.center.calls(), queue_names(reader.center)));
    let Ok((calls, queues)) = read.await else {
        return;
    };
    let now = clock::now_ms();
    let waits = |call: &&CallView| matches!(call.state.as_str(), "waiting" | "offering");
    let mut still = HashMap::new();
    for call in calls.iter().filter(waits) {
        let facts = CallFacts {
            queues: queues.clone(),
            ..CallFacts::of_waiting(call, now)
        };
        let waited_s = facts.waited_s;
        let reached = steps.iter().rev().find(|step| **step <= waited_s).copied();
        let Some(step) = reached else { continue };
        still.insert(call.call, step);
        if done.get(&call.call).is_some_and(|before| *before >= step) {
            continue;
        }
        let change = policies.wait(facts).await;
        if change.leave != Leave::Stay || change.priority.is_some() {
            let input = Input::ChangeWaiting {
                call: call.call,
                priority: change.priority,
                leave: change.leave,
            };
            report(centre.change(input).await);
        }
    }
    *done = still;
}

/// Names of the queues in force.
pub(crate) fn queue_names(center: &acd::Center) -> Vec<String> {
    let name = |queue: acd::QueueView| QueueId::to_string(&queue.queue);
    center.queues().into_iter().map(name).collect()
}

fn report(done: Result<(), crate::centre::Rejection>) {
    if let Err(rejection) = done {
        tracing::warn!(?rejection, "what the policy decided was not taken");
    }
}
