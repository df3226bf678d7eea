//! My own manager: a caller who belongs to an agent is offered to that agent
//! first, and hears why when that cannot be.
//!
//! A caller who waits for the own manager stands in a pool of that one agent,
//! with a credit, until the manager has taken the call, has not, is away, or
//! the wait is over; then in the pool of the queue, at the old place.

use super::Center;
use super::mutation::Mutation;
use crate::agent::{AgentIx, Counted, Standing};
use crate::call::{Stage, WantedManager};
use crate::effect::{Effect, Fact};
use crate::id::{AgentId, CallId, Millis};
use crate::input::WantedAgent;
use crate::limits::DEPUTIES_MAX;
use crate::own_manager::{AbsenceKind, Excuse};
use crate::pool::{Pool, PoolIx};
use crate::queue::QueueIx;

/// What can be had of a manager now.
enum Reach {
    /// Free, or busy for a while.
    Worth { is_free: bool },
    /// Not at all.
    Away(Excuse),
    /// Does not serve the queue.
    Elsewhere,
}

/// Where a bound caller is led.
struct Way {
    /// Whose call it should be: the manager or a deputy.
    wanted: Option<AgentIx>,
    /// Why it is not the manager's.
    excuse: Option<Excuse>,
    why: String,
}

impl Center {
    /// A new call of a bound caller gets its manager, if that can be.
    pub(super) fn choose_manager(&mut self, id: CallId) {
        let Some(call) = self.calls.get(&id) else {
            return;
        };
        if let Some(wish) = call.details.wanted.clone() {
            return self.choose_wanted(id, &wish);
        }
        let Some(manager) = self.manager_of(&call.details.caller_number) else {
            return;
        };
        let Some(way) = self.way_to(&manager, call.queue_ix) else {
            return;
        };
        let wait_ms = self.own_rule().sticky_wait_ms;
        let until = call.place.since.saturating_add(wait_ms);
        self.go_way(id, &manager, way, until);
    }

    /// A scenario asks for an agent: who is free, or worth waiting for, is
    /// waited for; the only one is, whatever becomes of him.
    fn choose_wanted(&mut self, id: CallId, wish: &WantedAgent) {
        let Some(call) = self.calls.get(&id) else {
            return;
        };
        let until = call.place.since.saturating_add(wish.wait_ms);
        let reach = self.reach(&wish.agent, call.queue_ix);
        let wanted = self.find_agent(&wish.agent);
        match (reach, wish.only) {
            (Reach::Elsewhere, _) | (Reach::Away(_), false) => {}
            (Reach::Worth { .. } | Reach::Away(_), true) if wanted.is_some() => {
                self.record(Fact::OwnManager {
                    call: id,
                    manager: wish.agent.clone(),
                    wanted: Some(wish.agent.clone()),
                    why: "asked for, and nobody else".to_owned(),
                });
                let only = WantedManager {
                    agent: wish.agent.clone(),
                    until: Millis::MAX,
                    credit_ms: 0,
                    by_transfer: false,
                    only: true,
                };
                self.want(id, Some(only));
            }
            (Reach::Away(_), true) => {}
            (Reach::Worth { .. }, _) => {
                let way = Way {
                    wanted,
                    excuse: None,
                    why: format!("{} was asked for", wish.agent),
                };
                self.go_way(id, &wish.agent, way, until);
            }
        }
    }

    /// The manager to whom a caller belongs.
    fn manager_of(&self, caller_number: &str) -> Option<AgentId> {
        if self.bindings.len() == 0 {
            return None;
        }
        let number = self.own_rule().numbers.normalise(caller_number)?;
        Some(self.bindings.get(&number)?.agent.clone())
    }

    /// Follows the deputies from a manager to somebody who can be had. `None`
    /// for a manager who has nothing to do with the queue.
    fn way_to(&self, manager: &AgentId, queue: QueueIx) -> Option<Way> {
        let mut name = manager.clone();
        let mut why = String::new();
        let mut excuse = None;
        for hop in 0..=DEPUTIES_MAX {
            match self.reach(&name, queue) {
                Reach::Worth { is_free } => {
                    let state = if is_free { "free" } else { "busy" };
                    why.push_str(&format!("{name} is {state}"));
                    return Some(Way {
                        wanted: self.find_agent(&name),
                        excuse,
                        why,
                    });
                }
                Reach::Away(reason) => {
                    why.push_str(&format!("{name}: {}; ", reason.words()));
                    excuse.get_or_insert(reason);
                }
                Reach::Elsewhere if hop == 0 => return None,
                Reach::Elsewhere => why.push_str(&format!("{name} does not serve the queue; ")),
            }
            match self.deputy_of(&name) {
                Some(deputy) => name = deputy,
                None => break,
            }
        }
        why.push_str("goes to anybody");
        Some(Way {
            wanted: None,
            excuse,
            why,
        })
    }

    fn reach(&self, name: &AgentId, queue: QueueIx) -> Reach {
        let Some(ix) = self.find_agent(name) else {
            return Reach::Away(Excuse::Absent(AbsenceKind::Left));
        };
        let agent = &self.agents[ix.at()];
        if !agent.pools.contains(&self.queues[queue.at()].pool) {
            return Reach::Elsewhere;
        }
        if let Some(kind) = self.absence(name)
            && !self.broken(Mutation::IgnoreAbsence)
        {
            return Reach::Away(Excuse::Absent(kind));
        }
        match agent.standing() {
            Standing::Free => Reach::Worth { is_free: true },
            standing if is_worth_waiting(standing) => Reach::Worth { is_free: false },
            _ => Reach::Away(Excuse::NotAtWork),
        }
    }

    fn absence(&self, name: &AgentId) -> Option<AbsenceKind> {
        let absences = self.absences.get(name)?;
        let now = absences.iter().find(|absence| absence.covers(self.now))?;
        Some(now.kind)
    }

    /// Who stands in for an agent: by the absence in force, else by the rule.
    fn deputy_of(&self, name: &AgentId) -> Option<AgentId> {
        let by_absence = self.absences.get(name).and_then(|absences| {
            let now = absences.iter().find(|absence| absence.covers(self.now))?;
            now.deputy.clone()
        });
        by_absence.or_else(|| self.own_rule().deputies.get(name).cloned())
    }

    /// Leads a call: it stands in the pool of the wanted agent, or of all.
    fn go_way(&mut self, id: CallId, manager: &AgentId, way: Way, until: Millis) {
        let wait_ms = self.own_rule().sticky_wait_ms;
        let mut excuse = way.excuse;
        let wanted = match way.wanted.map(|ix| (ix, self.agents[ix.at()].standing())) {
            Some((ix, standing)) if standing == Standing::Free || until > self.now => {
                Some(WantedManager {
                    agent: self.agents[ix.at()].config.name.clone(),
                    // Another call may take the free one in this very turn.
                    until: until.max(self.now + 1),
                    credit_ms: wait_ms,
                    by_transfer: false,
                    only: false,
                })
            }
            Some(_) => {
                excuse.get_or_insert(Excuse::Busy);
                None
            }
            None => None,
        };
        self.record(Fact::OwnManager {
            call: id,
            manager: manager.clone(),
            wanted: wanted.as_ref().map(|wanted| wanted.agent.clone()),
            why: way.why,
        });
        self.want(id, wanted);
        if let Some(excuse) = excuse {
            self.say_excuse(id, manager, excuse);
        }
    }

    /// Changes whom a call wants; it stays where it stands otherwise.
    pub(super) fn want(&mut self, id: CallId, wanted: Option<WantedManager>) {
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        call.manager = wanted.map(Box::new);
        self.place_by_need(id);
        self.settle_turn(id);
    }

    fn say_excuse(&mut self, id: CallId, manager: &AgentId, excuse: Excuse) {
        let Some(call) = self.calls.get(&id) else {
            return;
        };
        if call.closed {
            // A placeholder: nobody listens.
            return;
        }
        let known = self.find_agent(manager);
        let name = known.map_or(&*manager.0, |ix| {
            self.agents[ix.at()].config.display_name.as_str()
        });
        let language = call.details.language.as_deref();
        if let Some((text, language)) = self.own_rule().text(language, excuse, name) {
            self.put(Effect::Say {
                call: id,
                text,
                language,
            });
        }
    }

    /// Anybody may take a call whose wait for its manager is over, or whose
    /// manager has become impossible. Another deputy may come first.
    pub(super) fn review_manager(&mut self, id: CallId) {
        let Some(call) = self.calls.get(&id) else {
            return;
        };
        let (Some(wanted), Stage::Waiting) = (&call.manager, &call.stage) else {
            return;
        };
        if wanted.by_transfer {
            let wanted = wanted.clone();
            self.review_transfer(id, &wanted);
            return;
        }
        if wanted.only {
            if self.find_agent(&wanted.agent).is_none() {
                self.want(id, None);
            }
            return;
        }
        let (name, until) = (wanted.agent.clone(), wanted.until);
        if until <= self.now && !self.broken(Mutation::WaitForManager) {
            self.give_manager_up(id, Excuse::Busy);
            return;
        }
        match self.reach(&name, call.queue_ix) {
            Reach::Worth { .. } => {}
            Reach::Elsewhere => self.want(id, None),
            Reach::Away(_) => match self.way_to(&name, call.queue_ix) {
                Some(way) => self.go_way(id, &name, way, until),
                None => self.want(id, None),
            },
        }
    }

    /// A call no longer waits for its manager.
    pub(super) fn give_manager_up(&mut self, id: CallId, excuse: Excuse) {
        let Some(call) = self.calls.get(&id) else {
            return;
        };
        let Some(wanted) = &call.manager else {
            return;
        };
        if wanted.by_transfer {
            self.give_transfer_up(id);
            return;
        }
        let name = wanted.agent.clone();
        self.record(Fact::OwnManager {
            call: id,
            manager: name.clone(),
            wanted: None,
            why: "not taken in time; goes to anybody".to_owned(),
        });
        self.want(id, None);
        self.say_excuse(id, &name, excuse);
    }

    /// Looks again at all calls that wait for agents who have gone away.
    pub(super) fn review_managers(&mut self) {
        for ix in std::mem::take(&mut self.managers_gone) {
            let Some(pool) = self.manager_pools.get(&ix) else {
                continue;
            };
            let waiting: Vec<CallId> = self.pools[pool.at()]
                .unserved
                .iter()
                .map(|turn| turn.place.call)
                .collect();
            for id in waiting {
                self.review_manager(id);
                self.arm_call(id);
            }
        }
    }

    /// Notes that an agent can be had no more.
    pub(super) fn manager_changed(&mut self, ix: AgentIx, new: Standing) {
        if new != Standing::Free
            && !is_worth_waiting(new)
            && self.manager_pools.contains_key(&ix)
            && !self.broken(Mutation::ForgetManagerGone)
        {
            self.managers_gone.push(ix);
        }
    }

    /// The pool of one agent; made when the first caller wants that agent.
    pub(super) fn pool_of_manager(&mut self, ix: AgentIx) -> PoolIx {
        if let Some(pool) = self.manager_pools.get(&ix) {
            return *pool;
        }
        let pool = PoolIx(self.pools.len() as u32);
        let mut state = Pool::new(crate::strategy::Strategy::LongestIdle, &[ix]);
        let agent = &mut self.agents[ix.at()];
        agent.pools.push(pool);
        state.admit();
        state.recount(ix, &Counted::NOTHING, &agent.counted);
        self.pools.push(state);
        self.manager_pools.insert(ix, pool);
        pool
    }
}

/// Whether an agent who stands so will be free in a while.
fn is_worth_waiting(standing: Standing) -> bool {
    match standing {
        Standing::Free | Standing::Occupied | Standing::WrapUp | Standing::RetryDelay => true,
        Standing::Gone
        | Standing::Offline
        | Standing::NotReady
        | Standing::Banned
        | Standing::PhoneAbsent
        | Standing::PageLost => false,
    }
}
