//! Whom an offer or a talk is with: an agent, a reserve number, or an outside
//! number to which an agent transferred the caller.
//!
//! Everything that rings for a caller is an offer with a target, and lives by
//! the same rules: one deadline, five ways to fail, one way to be answered.
//! What differs by target is in `center/targets.rs` and nowhere else.

use crate::agent::AgentIx;
use crate::id::{AgentId, CallId, ReserveId};
use crate::reserve::ReserveIx;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Whom an offer or a talk is with, by its place in the centre. Kept as the
/// bare number of an agent, which it once was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Target {
    Agent(AgentIx),
    Reserve {
        reserve: ReserveIx,
    },
    /// The outside number that this call was transferred to, or is asked.
    Outside {
        outside: CallId,
    },
}

impl Target {
    pub(crate) fn agent(self) -> Option<AgentIx> {
        match self {
            Self::Agent(ix) => Some(ix),
            Self::Reserve { .. } | Self::Outside { .. } => None,
        }
    }

    pub(crate) fn is_agent(self) -> bool {
        self.agent().is_some()
    }
}

/// Whom an offer or a talk is with, by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// An agent.
    Agent(AgentId),
    /// A reserve number.
    Reserve(ReserveId),
    /// An outside number that an agent wanted.
    Number(String),
}

impl Party {
    /// The agent, if it is one.
    pub fn agent(&self) -> Option<&AgentId> {
        match self {
            Self::Agent(name) => Some(name),
            Self::Reserve(_) | Self::Number(_) => None,
        }
    }

    /// The reserve number, if it is one.
    pub fn reserve(&self) -> Option<&ReserveId> {
        match self {
            Self::Reserve(name) => Some(name),
            Self::Agent(_) | Self::Number(_) => None,
        }
    }

    /// The outside number, if it is one.
    pub fn number(&self) -> Option<&str> {
        match self {
            Self::Number(number) => Some(number),
            Self::Agent(_) | Self::Reserve(_) => None,
        }
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Agent(name) => name.fmt(f),
            Self::Reserve(name) => name.fmt(f),
            Self::Number(number) => number.fmt(f),
        }
    }
}

/// A [`Party`] in a kept state, where agents were once bare names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum KeptParty {
    Agent(AgentId),
    Other(Party),
}

impl From<Party> for KeptParty {
    fn from(party: Party) -> Self {
        match party {
            Party::Agent(name) => Self::Agent(name),
            Party::Reserve(_) | Party::Number(_) => Self::Other(party),
        }
    }
}

impl From<KeptParty> for Party {
    fn from(kept: KeptParty) -> Self {
        match kept {
            KeptParty::Agent(name) => Self::Agent(name),
            KeptParty::Other(party) => party,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_of_agents_is_still_read() {
        let target: Target = serde_json::from_str("3").unwrap();
        assert_eq!(target, Target::Agent(AgentIx(3)));
        let party: KeptParty = serde_json::from_str("\"anna\"").unwrap();
        assert_eq!(Party::from(party), Party::Agent("anna".into()));
    }

    #[test]
    fn what_is_kept_comes_back() {
        let reserve = Target::Reserve {
            reserve: ReserveIx(2),
        };
        let outside = Target::Outside { outside: CallId(7) };
        for target in [Target::Agent(AgentIx(1)), reserve, outside] {
            let kept = serde_json::to_string(&target).unwrap();
            assert_eq!(serde_json::from_str::<Target>(&kept).unwrap(), target);
        }
        for party in [
            Party::Agent("a".into()),
            Party::Reserve("r".into()),
            Party::Number("+7".into()),
        ] {
            let kept = serde_json::to_string(&KeptParty::from(party.clone())).unwrap();
            let again: KeptParty = serde_json::from_str(&kept).unwrap();
            assert_eq!(Party::from(again), party);
        }
    }
}
