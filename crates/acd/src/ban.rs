//! The ban ladder: who misses offer after offer is passed over for longer and
//! longer, until one is answered.

use crate::id::Millis;
use crate::input::Actor;
use crate::offer::Outcome;
use serde::{Deserialize, Serialize};

/// When a queue bans an agent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BanRule {
    /// So many misses in a row earn a ban, and each further so many the next;
    /// 0 is never. An answered offer ends the row.
    pub after_misses: u64,
    /// How long the first ban lasts, milliseconds; each next one twice as long.
    pub first_ms: u64,
    /// The longest ban, milliseconds.
    pub max_ms: u64,
    /// Whether agents may lift their own bans. Supervisors always may.
    pub agent_may_lift: bool,
}

/// A ban in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ban {
    /// When it ends by itself.
    pub until: Millis,
    /// Why, for people.
    pub reason: String,
    /// Whether the agent may lift it.
    pub agent_may_lift: bool,
    /// Who set it.
    #[serde(default = "a_rule")]
    pub by: Actor,
}

/// Who bans for misses in a row; kept states of before bans had a name in them too.
fn a_rule() -> Actor {
    Actor::Rule {
        rule: "misses in a row".to_owned(),
    }
}

impl Ban {
    /// What is in force when this ban comes to one that is: what a person decided is
    /// never shortened by a rule, nor made one that the agent may lift.
    pub(crate) fn beside(self, before: Option<Box<Ban>>, now: Millis) -> Box<Ban> {
        match before.filter(|before| before.until > now) {
            Some(mut before) if before.is_a_persons() && !self.is_a_persons() => {
                before.until = before.until.max(self.until);
                before
            }
            Some(_) | None => Box::new(self),
        }
    }

    /// Whether somebody decided it.
    pub(crate) fn is_a_persons(&self) -> bool {
        match self.by {
            Actor::Supervisor { .. } | Actor::Agent => true,
            Actor::Rule { .. } => false,
        }
    }
}

impl BanRule {
    /// The ban that the newest of `streak` misses in a row earns, if any.
    pub(crate) fn after_miss(&self, now: Millis, streak: u64) -> Option<Ban> {
        self.after(now, Outcome::NoAnswer, streak)
    }

    /// The ban that the newest of `streak` offers in a row earns that ended so, if any.
    pub(crate) fn after(&self, now: Millis, outcome: Outcome, streak: u64) -> Option<Ban> {
        if self.after_misses == 0 || streak == 0 || !streak.is_multiple_of(self.after_misses) {
            return None;
        }
        let doublings = u32::try_from(streak / self.after_misses - 1).unwrap_or(u32::MAX);
        let factor = 1_u64.checked_shl(doublings).unwrap_or(u64::MAX);
        let ban_ms = self.first_ms.saturating_mul(factor).min(self.max_ms);
        (ban_ms > 0).then(|| Ban {
            until: now.saturating_add(ban_ms),
            reason: format!("{streak} {}", outcome.in_a_row()),
            agent_may_lift: self.agent_may_lift,
            by: a_rule(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bans_double_with_every_further_row_of_misses_up_to_the_cap() {
        let rule = BanRule {
            after_misses: 3,
            first_ms: 100,
            max_ms: 350,
            agent_may_lift: false,
        };
        let bans: Vec<_> = (0..=12)
            .map(|streak| rule.after_miss(0, streak).map_or(0, |ban| ban.until))
            .collect();
        assert_eq!(bans, [0, 0, 0, 100, 0, 0, 200, 0, 0, 350, 0, 0, 350]);
        assert!(rule.after_miss(0, 3 * 1_000_000_000_000).is_some());
        assert_eq!(BanRule::default().after_miss(0, 5), None);
    }
}
