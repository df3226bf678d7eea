//! What must hold of transfers, by the record.

use crate::agent::AgentIx;
use crate::center::Center;
use crate::effect::{Effect, Fact};
use crate::id::{AgentId, CallId, Millis};
use crate::offer::Talk;
use crate::target::{Party, Target};
use crate::transfer::{ConsultParty, TransferKind};
use crate::wrap_up::WrapUp;
use std::collections::HashMap;

/// What the record tells of each call's time.
#[derive(Clone, Copy, Debug)]
struct Times {
    /// When the segment of now began.
    began: Millis,
    /// All waiting in segments that ended.
    waited_ms: Millis,
    /// The segment began by handing the caller to a colleague who was asked.
    is_given: bool,
}

/// See the module's text.
#[derive(Debug, Default)]
pub(super) struct TransferChecker {
    times: HashMap<CallId, Times>,
    /// The state of each agent who handed a caller over in this step, as it
    /// must be when the step ends.
    left: Vec<(AgentId, CallId, bool)>,
    /// Agents who are asked about a call, not serving it.
    asked: HashMap<AgentId, CallId>,
}

impl TransferChecker {
    /// A call is new, after so much waiting that counts.
    pub(super) fn begins(&mut self, call: CallId, began: Millis, waited_ms: Millis) {
        let times = Times {
            began,
            waited_ms,
            is_given: false,
        };
        self.times.insert(call, times);
    }

    pub(super) fn waited(&mut self, call: CallId, now: Millis, wait_ms: Millis) {
        if let Some(times) = self.times.get_mut(&call) {
            times.began = now;
            times.waited_ms += wait_ms;
            times.is_given = false;
        }
    }

    /// A segment ended by a transfer: wait and talk are its whole length.
    pub(super) fn handed_over(&mut self, seed: u64, center: &Center, now: Millis, fact: &Fact) {
        let Fact::CallTransferred {
            call,
            queue,
            agent,
            kind,
            wait_ms,
            talk_ms,
            ..
        } = fact
        else {
            return;
        };
        let times = self.times[call];
        assert_eq!(
            wait_ms + talk_ms,
            now - times.began,
            "seed {seed}: the segment of {call} with {agent} is counted wrong"
        );
        self.waited(*call, now, *wait_ms);
        if let Some(times) = self.times.get_mut(call) {
            times.is_given = *kind == TransferKind::Attended;
        }
        // The queue may be configured no more by the end of this step.
        let has_wrap_up = center
            .queue_names
            .get(queue)
            .is_some_and(|ix| WrapUp::begin(&center.queues[ix.at()].config, now).is_some());
        self.left.push((agent.clone(), *call, has_wrap_up));
    }

    /// Nobody talks longer to a caller than there was time.
    pub(super) fn ended(&mut self, seed: u64, now: Millis, fact: &Fact) {
        let Fact::CallEnded {
            call,
            wait_ms,
            talk_ms,
            ..
        } = fact
        else {
            return;
        };
        if let Some(times) = self.times.remove(call).filter(|times| times.is_given) {
            assert!(
                wait_ms + talk_ms <= now - times.began,
                "seed {seed}: the time of {call} is counted twice: {wait_ms} and {talk_ms} ms"
            );
        }
    }

    /// Whether an agent in this state was with a caller, so that the end of it
    /// begins a new idle time.
    pub(super) fn talked_with_caller(&self, agent: &AgentId, state: &str) -> bool {
        state.ends_with("/talking")
            || state.ends_with("/consulting") && !self.asked.contains_key(agent)
    }

    pub(super) fn check(&mut self, seed: u64, center: &Center, now: Millis, effects: &[Effect]) {
        for (agent, call, has_wrap_up) in std::mem::take(&mut self.left) {
            let Some(ix) = center.agent_names.get(&agent) else {
                continue;
            };
            let state = center.agents[ix.at()].state();
            assert!(
                !has_wrap_up || state.ends_with("/wrap_up"),
                "seed {seed}: {agent} handed {call} over and is {state}"
            );
        }
        for call in center.calls.values().filter(|call| call.is_in_line()) {
            let times = self.times[&call.id()];
            let waited_ms = times.waited_ms + (now - times.began);
            assert_eq!(
                now - call.came,
                waited_ms,
                "seed {seed}: {} has not the credit of its waiting",
                call.id()
            );
        }
        for effect in effects {
            let Effect::Record { fact } = effect else {
                continue;
            };
            check_number(seed, center, fact);
            match fact {
                Fact::ConsultMade {
                    party: Party::Agent(agent),
                    call,
                    ..
                } => {
                    self.asked.insert(agent.clone(), *call);
                }
                Fact::ConsultEnded {
                    party: Party::Agent(agent),
                    ..
                }
                | Fact::ConsultBecameOffer {
                    party: Party::Agent(agent),
                    ..
                } => {
                    self.asked.remove(agent);
                }
                _ => {}
            }
        }
    }
}

/// No agent may make the centre call whom the owner does not allow.
fn check_number(seed: u64, center: &Center, fact: &Fact) {
    let (by, number) = match fact {
        Fact::ConsultMade {
            by,
            party: Party::Number(number),
            ..
        } => (by, number),
        Fact::CallTransferred {
            agent,
            to_number: Some(number),
            kind: TransferKind::Blind,
            ..
        } => (agent, number),
        _ => return,
    };
    // The colleague whose phone rang may be one whom an older rule allowed.
    let rule = center.transfer_rule();
    let is_old = matches!(fact, Fact::CallTransferred { .. });
    assert!(
        rule.allows(by, number) || is_old && rule.outside_prefixes.is_empty(),
        "seed {seed}: {by} had {number} called"
    );
}

/// The activity of an agent whom a talk holds.
pub(super) fn at_call(talk: &Talk, agent: AgentIx) -> Option<&'static str> {
    let consult = talk.consult.as_ref();
    let joined = consult.and_then(|consult| consult.joined);
    let with = joined.map(|joined| joined.with);
    if talk.target == Target::Agent(agent) {
        return Some(match (consult, with) {
            (None, _) | (Some(_), Some(ConsultParty::Caller | ConsultParty::All)) => "talking",
            (Some(_), None | Some(ConsultParty::Colleague)) => "consulting",
        });
    }
    consult.filter(|consult| consult.colleague() == Target::Agent(agent))?;
    Some(match with? {
        ConsultParty::Colleague => "consulting",
        ConsultParty::Caller => "held",
        ConsultParty::All => "talking",
    })
}
