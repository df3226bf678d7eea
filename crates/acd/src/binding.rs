//! Which caller belongs to which manager, and who was asked when.

use crate::id::{AgentId, Millis};
use crate::input::ManagerAnswer;
use crate::limits::{ANSWERS_KEPT_MAX, BINDINGS_MAX};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::ops::Bound;

/// A caller's own manager.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// The manager.
    pub agent: AgentId,
    /// Since when.
    pub since: Millis,
    /// Where it comes from.
    pub source: BindingSource,
    /// When the caller agreed to be remembered, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent_at: Option<Millis>,
    /// For people.
    #[serde(default)]
    pub note: String,
}

/// Where a binding comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BindingSource {
    /// A file.
    Import,
    /// A supervisor.
    Supervisor,
    /// The caller's own yes after a talk.
    Caller,
    /// The owner's policy script.
    Policy,
}

impl BindingSource {
    /// The word of the contract.
    pub fn word(self) -> &'static str {
        match self {
            Self::Import => "import",
            Self::Supervisor => "supervisor",
            Self::Caller => "caller",
            Self::Policy => "policy",
        }
    }

    /// Reads the word of the contract.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Import, Self::Supervisor, Self::Caller, Self::Policy]
            .into_iter()
            .find(|source| source.word() == word)
    }
}

/// A binding to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewBinding {
    /// The caller's number in any form.
    pub number: String,
    /// What it is bound to.
    pub binding: Binding,
}

/// What a caller said when asked for the last time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastAsked {
    /// When.
    pub at: Millis,
    /// The answer; `None` when the caller hung up without one.
    pub answer: Option<ManagerAnswer>,
}

/// All bindings, by the one form of the caller's number.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Bindings {
    by_number: BTreeMap<Box<str>, Binding>,
    asked: HashMap<Box<str>, LastAsked>,
    /// Who was asked when, oldest first; entries that a later question
    /// outdated are passed over.
    asked_in_order: VecDeque<(Millis, Box<str>)>,
}

impl Bindings {
    pub(crate) fn get(&self, number: &str) -> Option<&Binding> {
        self.by_number.get(number)
    }

    pub(crate) fn len(&self) -> usize {
        self.by_number.len()
    }

    /// Binds, replacing what was; `false` when there is no room.
    pub(crate) fn bind(&mut self, number: String, binding: Binding) -> bool {
        let number = number.into_boxed_str();
        if self.by_number.len() >= BINDINGS_MAX && !self.by_number.contains_key(&number) {
            return false;
        }
        self.asked.remove(&number);
        self.by_number.insert(number, binding);
        true
    }

    pub(crate) fn unbind(&mut self, number: &str) -> Option<Binding> {
        self.by_number.remove(number)
    }

    /// Bindings in order of number, after `after`.
    pub(crate) fn after(&self, after: Option<&str>) -> impl Iterator<Item = (&str, &Binding)> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.by_number
            .range::<str, _>((from, Bound::Unbounded))
            .map(|(number, binding)| (&**number, binding))
    }

    pub(crate) fn last_asked(&self, number: &str) -> Option<LastAsked> {
        self.asked.get(number).copied()
    }

    /// What callers said when they were asked last, the newest first.
    pub(crate) fn newest_answers(&self) -> impl Iterator<Item = (&str, LastAsked)> {
        self.asked_in_order.iter().rev().filter_map(|(at, number)| {
            let asked = self.asked.get(number)?;
            (asked.at == *at).then_some((&**number, *asked))
        })
    }

    /// Remembers a question, and forgets those of before `forget_before` and
    /// the oldest of too many.
    pub(crate) fn remember(&mut self, number: &str, asked: LastAsked, forget_before: Millis) {
        let is_new = self
            .asked
            .insert(number.into(), asked)
            .is_none_or(|old| old.at != asked.at);
        if is_new {
            self.asked_in_order.push_back((asked.at, number.into()));
        }
        while let Some((at, oldest)) = self.asked_in_order.front()
            && (*at < forget_before || self.asked_in_order.len() > ANSWERS_KEPT_MAX)
        {
            if self.asked.get(oldest).is_some_and(|asked| asked.at == *at) {
                self.asked.remove(oldest);
            }
            self.asked_in_order.pop_front();
        }
    }

    /// Forgets everything of a number; says whether there was anything.
    pub(crate) fn erase(&mut self, number: &str) -> bool {
        let was_bound = self.by_number.remove(number).is_some();
        let was_asked = self.asked.remove(number).is_some();
        self.asked_in_order.retain(|(_, asked)| &**asked != number);
        was_bound || was_asked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(at: Millis) -> LastAsked {
        LastAsked {
            at,
            answer: Some(ManagerAnswer::No),
        }
    }

    #[test]
    fn old_answers_are_forgotten_and_newer_ones_of_the_same_caller_kept() {
        let mut bindings = Bindings::default();
        bindings.remember("1", said(10), 0);
        bindings.remember("2", said(20), 0);
        bindings.remember("1", said(30), 0);
        bindings.remember("3", said(40), 25);
        assert_eq!(bindings.last_asked("1"), Some(said(30)));
        assert_eq!(bindings.last_asked("2"), None);
        assert_eq!(bindings.asked_in_order.len(), 2);
    }

    #[test]
    fn too_many_answers_push_out_the_oldest() {
        let mut bindings = Bindings::default();
        for n in 0..=ANSWERS_KEPT_MAX as u64 {
            bindings.remember(&n.to_string(), said(n), 0);
        }
        assert_eq!(bindings.last_asked("0"), None);
        assert_eq!(bindings.asked.len(), ANSWERS_KEPT_MAX);
    }

    #[test]
    fn an_erased_person_leaves_nothing() {
        let mut bindings = Bindings::default();
        bindings.remember("1", said(10), 0);
        assert!(bindings.erase("1"));
        assert!(!bindings.erase("1"));
        assert_eq!(bindings, Bindings::default());
    }
}
