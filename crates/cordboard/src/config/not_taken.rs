//! `[queues.not_taken.OUTCOME]`: what comes of an offer that an agent did not take.

use acd::{NotTakenRule, NotTakenRules};
use serde::Deserialize;

/// The outcomes that have a rule of their own.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct NotTaken {
    /// The agent declined.
    pub rejected: Rule,
    /// The phone was busy.
    pub busy: Rule,
    /// The phone could not be reached.
    pub unreachable: Rule,
    /// No phone was registered.
    pub unregistered: Rule,
}

/// The keys of one outcome.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Rule {
    /// How long the agent is passed over; without it as after a miss.
    pub retry_delay_s: Option<u64>,
    /// So many in a row earn a ban; 0 is never.
    pub ban_after: u64,
}

/// Names of the outcomes.
pub(crate) const OUTCOMES: &[&str] = &["rejected", "busy", "unreachable", "unregistered"];
/// Names of the keys of each.
pub(crate) const KEYS: &[&str] = &["retry_delay_s", "ban_after"];

impl NotTaken {
    /// As the core reads it.
    pub(crate) fn rules(&self) -> NotTakenRules {
        let rule = |rule: &Rule| NotTakenRule {
            retry_delay_ms: rule.retry_delay_s.map(|seconds| seconds * 1_000),
            ban_after: rule.ban_after,
        };
        NotTakenRules {
            rejected: rule(&self.rejected),
            busy: rule(&self.busy),
            unreachable: rule(&self.unreachable),
            unregistered: rule(&self.unregistered),
        }
    }

    /// The pauses that are set, with their keys.
    pub(crate) fn pauses_s(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let all = [
            ("not_taken.rejected.retry_delay_s", &self.rejected),
            ("not_taken.busy.retry_delay_s", &self.busy),
            ("not_taken.unreachable.retry_delay_s", &self.unreachable),
            ("not_taken.unregistered.retry_delay_s", &self.unregistered),
        ];
        all.map(|(key, rule)| rule.retry_delay_s.map(|seconds| (key, seconds)))
            .into_iter()
            .flatten()
    }
}
