//! Who belongs to whom: what people set, files bring and callers say.

use super::Center;
use super::mutation::Mutation;
use crate::binding::{Binding, BindingSource, LastAsked, NewBinding};
use crate::call::Stage;
use crate::effect::{Effect, Fact};
use crate::id::{AgentId, CallId, Millis};
use crate::input::{Actor, EndedBy, ManagerAnswer};
use crate::limits::ABSENCES_MAX;
use crate::own_manager::{Absence, OwnManagerRule};

/// The rule before anything is configured.
static NO_RULE: std::sync::LazyLock<OwnManagerRule> =
    std::sync::LazyLock::new(OwnManagerRule::default);

impl Center {
    pub(super) fn own_rule(&self) -> &OwnManagerRule {
        self.configuration
            .as_ref()
            .map_or(&*NO_RULE, |configuration| &configuration.own_manager)
    }

    /// Binds callers. One fact for all, so that a file of a hundred thousand
    /// does not become as many facts.
    pub(super) fn bind(&mut self, bindings: Vec<NewBinding>, by: &Actor) {
        let mut bound = 0;
        for NewBinding { number, binding } in bindings {
            if let Some(number) = self.own_rule().numbers.normalise(&number) {
                bound += u64::from(self.bindings.bind(number, binding));
            }
        }
        self.record_bindings("bound", bound, by);
    }

    pub(super) fn unbind(&mut self, number: &str, by: &Actor) {
        if let Some(number) = self.own_rule().numbers.normalise(number)
            && self.bindings.unbind(&number).is_some()
        {
            self.record_bindings("unbound", 1, by);
        }
    }

    /// Forgets the manager, the answers and the call-backs of a number.
    pub(super) fn erase_person(&mut self, number: &str, by: &Actor) {
        if let Some(number) = self.own_rule().numbers.normalise(number) {
            if self.bindings.erase(&number) {
                self.record_bindings("erased", 1, by);
            }
            self.erase_callbacks(&number, by);
        }
    }

    fn record_bindings(&mut self, change: &str, count: u64, by: &Actor) {
        self.record(Fact::BindingsChanged {
            change: change.to_owned(),
            count,
            by: super::agents::person(by),
        });
    }

    pub(super) fn set_absences(&mut self, agent: AgentId, mut absences: Vec<Absence>) {
        absences.truncate(ABSENCES_MAX);
        absences.sort_by_key(|absence| absence.from);
        if let Some(ix) = self.find_agent(&agent) {
            // Calls that wait for this agent are looked at again.
            self.managers_gone.push(ix);
        }
        if absences.is_empty() {
            self.absences.remove(&agent);
        } else {
            self.absences.insert(agent, absences);
        }
    }

    /// The talk has begun: the session is told to ask the caller after it, if
    /// the caller has no manager and was not asked lately. Told now, since a
    /// session lets the caller go at once when the agent hangs up.
    pub(super) fn ask_if_due(&mut self, id: CallId) {
        let rule = self.own_rule();
        let Some(call) = self.calls.get(&id).filter(|_| rule.ask) else {
            return;
        };
        let Stage::Talking(talk) = &call.stage else {
            return;
        };
        let Some(number) = rule.numbers.normalise(&call.details.caller_number) else {
            return;
        };
        let was_asked = self.bindings.last_asked(&number).is_some_and(|asked| {
            asked.at.saturating_add(rule.ask_again_ms) > self.now
                && !self.broken(Mutation::AskAgain)
        });
        if self.bindings.get(&number).is_some() || was_asked {
            return;
        }
        let talk_ms_min = rule.ask_talk_ms_min;
        let Some(agent) = talk.target.agent() else {
            return;
        };
        let agent = &self.agents[agent.at()].config;
        let (agent, agent_name) = (agent.name.clone(), agent.display_name.clone());
        if let Some(call) = self.calls.get_mut(&id) {
            call.asks_about = Some(agent);
        }
        self.put(Effect::AskManager {
            call: id,
            agent_name,
            talk_ms_min,
        });
    }

    /// A talk is over. If the agent hung up, the question is put now: that is
    /// remembered even when no answer comes.
    pub(super) fn question_put(&mut self, id: CallId, ended_by: EndedBy, talk_ms: Millis) {
        let rule = self.own_rule();
        let is_put = ended_by == EndedBy::Agent && talk_ms >= rule.ask_talk_ms_min;
        let number = self
            .calls
            .get(&id)
            .filter(|call| is_put && call.asks_about.is_some())
            .and_then(|call| rule.numbers.normalise(&call.details.caller_number));
        if let Some(number) = number {
            self.remember_answer(&number, None);
        }
    }

    /// What the caller said.
    pub(super) fn manager_choice(&mut self, id: CallId, answer: ManagerAnswer) {
        let Some(call) = self.calls.get_mut(&id) else {
            return;
        };
        let asked_about = call.asks_about.take();
        let target = match &call.stage {
            Stage::Talking(talk) => talk.target.agent(),
            Stage::Waiting | Stage::Offering(_) | Stage::Ended => None,
        };
        let served_by = target.map(|ix| self.agents[ix.at()].config.name.clone());
        let result = call.result.as_ref().and_then(|result| result.agent.clone());
        let number = call.details.caller_number.clone();
        let Some(number) = self.own_rule().numbers.normalise(&number) else {
            return;
        };
        self.unask(&number);
        // A scenario may ask of its own accord.
        let agent = asked_about.or(served_by).or(result);
        match (answer, agent.filter(|name| self.find_agent(name).is_some())) {
            (ManagerAnswer::Yes, Some(agent)) => {
                let binding = Binding {
                    agent,
                    since: self.now,
                    source: BindingSource::Caller,
                    consent_at: Some(self.now),
                    note: String::new(),
                };
                if self.bindings.bind(number, binding) {
                    let rule = "the caller's yes".to_owned();
                    self.record_bindings("bound", 1, &Actor::Rule { rule });
                }
            }
            (ManagerAnswer::Yes | ManagerAnswer::No | ManagerAnswer::Unclear, _) => {
                self.remember_answer(&number, Some(answer));
            }
        }
    }

    /// Reports that waited for an earlier one are heard together, and so may
    /// the beginning of a talk and the answer to its question be: what has been
    /// answered in this turn is not asked any more.
    fn unask(&mut self, number: &str) {
        let asked = |effect: &Effect| match effect {
            Effect::AskManager { call, .. } => {
                let caller = &self.calls.get(call)?.details.caller_number;
                let own = self.own_rule().numbers.normalise(caller)?;
                (own == number).then_some(*call)
            }
            _ => None,
        };
        let asked: Vec<CallId> = self.outbox.iter().filter_map(asked).collect();
        for id in asked {
            self.outbox
                .retain(|effect| !matches!(effect, Effect::AskManager { call, .. } if *call == id));
            if let Some(call) = self.calls.get_mut(&id) {
                call.asks_about = None;
            }
        }
    }

    fn remember_answer(&mut self, number: &str, answer: Option<ManagerAnswer>) {
        let at = self.now;
        let forget_before = at.saturating_sub(self.own_rule().ask_again_ms);
        self.bindings
            .remember(number, LastAsked { at, answer }, forget_before);
    }

    /// The binding of a number in any form.
    pub fn binding(&self, number: &str) -> Option<&Binding> {
        self.bindings.get(&self.normal_number(number)?)
    }

    /// When a number was asked for a manager last, and what was said.
    pub fn last_asked(&self, number: &str) -> Option<LastAsked> {
        self.bindings.last_asked(&self.normal_number(number)?)
    }

    /// The one form of a number, by the configured rule.
    pub fn normal_number(&self, number: &str) -> Option<String> {
        self.own_rule().numbers.normalise(number)
    }

    /// What callers said when asked for a manager, the newest answer first:
    /// refusals are remembered, so that nobody is asked again too soon.
    pub fn newest_answers(&self) -> impl Iterator<Item = (&str, LastAsked)> {
        self.bindings.newest_answers()
    }

    /// How many callers have a manager.
    pub fn bindings_count(&self) -> usize {
        self.bindings.len()
    }

    /// Bindings in order of number, after `after`.
    pub fn bindings_after(&self, after: Option<&str>) -> impl Iterator<Item = (&str, &Binding)> {
        self.bindings.after(after)
    }

    /// An agent's absences, the earliest first.
    pub fn absences(&self, agent: &AgentId) -> &[Absence] {
        self.absences.get(agent).map_or(&[], Vec::as_slice)
    }
}
