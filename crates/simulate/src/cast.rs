//! Who works and who calls on a simulated day, known before it begins.

use crate::day::{Arrivals, Shift, breaks_ms, hours_ms, time_ms};
use crate::dice::{Dice, Purpose};
use crate::world::{Caller, Happening, Person, Rules, Turn, World};
use acd::{
    Absence, Actor, AgentConfig, AgentId, Binding, BindingSource, Configuration, Contact, Input,
    NewBinding, QueueConfig,
};

impl World<'_> {
    /// Agents, their hours and breaks, and the configuration that knows them.
    pub(crate) fn people(&mut self, rules: Rules<'_>) {
        let mut agents = Vec::new();
        for (shift_at, shift) in self.day.shifts.iter().enumerate() {
            for number in 0..shift.agents {
                let name = AgentId::from(format!("{}-{:03}", shift.name, number + 1).as_str());
                agents.push(AgentConfig {
                    name: name.clone(),
                    display_name: name.to_string(),
                    contact: Contact::User {
                        user: name.to_string(),
                    },
                    skills: shift.skills.clone(),
                });
                self.by_name.insert(name.clone(), self.people.len());
                if !self.day.absences.iter().any(|own| *own.agent == *name.0) {
                    self.hours(self.people.len(), shift, number);
                }
                self.people.push(Person {
                    name,
                    shift: shift_at,
                });
            }
        }
        let queues = rules.queues.iter().cloned();
        let configuration = Configuration {
            queues: queues.map(|queue| self.staffed(queue)).collect(),
            agents,
            reserves: rules.reserves.to_vec(),
            own_manager: rules.own_manager.cloned().unwrap_or_default(),
            transfers: rules.transfers.cloned().unwrap_or_default(),
            ..Configuration::default()
        };
        self.tell(Input::Configure { configuration });
        self.absences();
    }

    /// Who is away, and who stands in.
    fn absences(&mut self) {
        let day = self.day;
        for absence in &day.absences {
            let own = Absence {
                kind: absence.kind,
                from: self.midnight,
                until: None,
                zone: day.zone.clone(),
                deputy: absence.deputy.as_deref().map(AgentId::from),
                note: String::new(),
            };
            self.tell(Input::SetAbsences {
                agent: absence.agent.as_str().into(),
                absences: vec![own],
                by: the_plan(),
            });
        }
    }

    /// Some callers have managers of their own, of those who serve their queue.
    pub(crate) fn managers(&mut self) {
        let mut bindings = Vec::new();
        for caller in 0..self.callers.len() {
            let arrivals = &self.day.arrivals[self.callers[caller].arrivals];
            if arrivals.own_manager == 0.0 {
                continue;
            }
            let mut dice = Dice::new(self.day.seed, Purpose::Manager, caller as u64, 0);
            let serves = |person: &&Person| self.serves(person, &arrivals.queue);
            let able: Vec<&Person> = self.people.iter().filter(serves).collect();
            if dice.part() >= arrivals.own_manager || able.is_empty() {
                continue;
            }
            let at = usize::try_from(dice.below(able.len() as u64)).unwrap_or(0);
            bindings.push(NewBinding {
                number: number_of(caller),
                binding: Binding {
                    agent: able[at].name.clone(),
                    since: self.midnight,
                    source: BindingSource::Import,
                    consent_at: None,
                    note: String::new(),
                },
            });
        }
        if !bindings.is_empty() {
            let by = the_plan();
            self.tell(Input::Bind { bindings, by });
        }
    }

    fn serves(&self, person: &Person, queue: &str) -> bool {
        let queues = &self.day.shifts[person.shift].queues;
        queues.is_empty() || queues.iter().any(|name| name == queue)
    }

    /// The queue with those agents whose shift serves it.
    fn staffed(&self, mut queue: QueueConfig) -> QueueConfig {
        let serves = |person: &&Person| self.serves(person, &queue.name.0);
        let agents = self.people.iter().filter(serves);
        queue.agents = Some(agents.map(|person| person.name.clone()).collect());
        queue
    }

    fn hours(&mut self, agent: usize, shift: &Shift, number: usize) {
        let (from, to) = hours_ms(shift);
        let choices = [(from, Turn::Back), (to, Turn::Gone)].into_iter();
        let breaks = breaks_ms(shift, number).into_iter();
        let breaks = breaks.flat_map(|(out, back)| [(out, Turn::Pause), (back, Turn::Back)]);
        for (at, turn) in choices.chain(breaks) {
            if at >= from && at <= to && (turn == Turn::Gone || at < to) {
                self.plan(self.midnight + at, Happening::Choice { agent, turn });
            }
        }
        self.end = self.end.max(self.midnight + to);
    }

    /// Everybody who will call, with patience and talk of their own.
    pub(crate) fn callers(&mut self) {
        for (at, arrivals) in self.day.arrivals.iter().enumerate() {
            let every = arrivals.every_minutes * 60_000;
            let start = self.midnight + time_ms(&arrivals.from);
            for (slot, mean) in (0_u64..).zip(&arrivals.calls) {
                let mut dice = Dice::new(self.day.seed, Purpose::Arrivals, at as u64, slot);
                let count = if *mean > 0.0 { dice.count(*mean) } else { 0 };
                for _ in 0..count {
                    let when = start + slot * every + dice.below(every);
                    self.caller(at, arrivals, when);
                }
            }
        }
    }

    fn caller(&mut self, at: usize, arrivals: &Arrivals, when: u64) {
        let caller = self.callers.len();
        let mut dice = Dice::new(self.day.seed, Purpose::Caller, at as u64, caller as u64);
        let patience_ms = dice.length_ms(arrivals.patience_s);
        let talk_ms = dice.length_ms(arrivals.talk_s);
        let mut own = Caller::who(at, caller, patience_ms, talk_ms);
        let mut dice = Dice::new(self.day.seed, Purpose::Again, caller as u64, 0);
        own.calls_again = dice.part() < arrivals.again;
        self.callers.push(own);
        self.plan(when, Happening::Arrival { caller });
        self.end = self.end.max(when);
    }

    /// A call is over: some callers call once more on the same day.
    pub(crate) fn call_again(&mut self, first: usize) {
        let who = &self.callers[first];
        let (at, is_first) = (who.arrivals, who.number == first);
        if !who.calls_again || !is_first || self.second.contains_key(&first) {
            return;
        }
        let arrivals = &self.day.arrivals[at];
        let second = self.callers.len();
        let mut dice = Dice::new(self.day.seed, Purpose::Again, first as u64, self.now);
        let when = self.now + dice.length_ms(arrivals.again_after_s);
        let patience_ms = dice.length_ms(arrivals.patience_s);
        let talk_ms = dice.length_ms(arrivals.talk_s);
        if when >= self.end {
            return;
        }
        self.second.insert(first, second);
        self.callers
            .push(Caller::who(at, first, patience_ms, talk_ms));
        self.plan(when, Happening::Arrival { caller: second });
    }
}

pub(crate) fn number_of(caller: usize) -> String {
    format!("7{caller:010}")
}

/// Who knew before the day began.
fn the_plan() -> Actor {
    Actor::Rule {
        rule: "the plan of the day".to_owned(),
    }
}
