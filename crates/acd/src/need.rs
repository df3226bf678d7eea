//! Which skills a call needs, and who has them.

use crate::id::Millis;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An agent's skills and the level of each, usually 1 to 5.
pub type Skills = BTreeMap<String, u8>;

/// That a queue looks at skills, and how its demands fall with waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkillRule {
    /// After each such time of waiting every level that a call asks for falls
    /// by one, and at 0 it is asked for no more: nobody waits for ever for a
    /// skill that nobody has. Milliseconds; 0 is never.
    pub ease_every_ms: u64,
}

/// What a call needs now: skills and levels, in order of name.
pub(crate) type Need = Vec<(String, u8)>;

/// Reads `english` (level 1) and `english:3`, and takes `eased` levels off.
pub(crate) fn need(asked: &[String], eased: u32) -> Need {
    let mut levels: Skills = Skills::new();
    for text in asked {
        let (skill, level) = match text.rsplit_once(':') {
            Some((skill, digits)) => match digits.parse::<u8>() {
                Ok(level) => (skill, level),
                // A colon that belongs to the name.
                Err(_) => (text.as_str(), 1),
            },
            None => (text.as_str(), 1),
        };
        let known = levels.entry(skill.to_owned()).or_default();
        *known = level.max(*known);
    }
    let eased = u8::try_from(eased).unwrap_or(u8::MAX);
    levels
        .into_iter()
        .map(|(skill, level)| (skill, level.saturating_sub(eased)))
        .filter(|(_, level)| *level > 0)
        .collect()
}

/// Whether these skills meet a need.
pub(crate) fn meets(skills: &Skills, need: &[(String, u8)]) -> bool {
    need.iter()
        .all(|(skill, level)| skills.get(skill).is_some_and(|own| own >= level))
}

/// How good these skills are for a need: the sum of the levels in what it asks for.
pub(crate) fn weight(skills: &Skills, need: &[(String, u8)]) -> u32 {
    let levels = need.iter().filter_map(|(skill, _)| skills.get(skill));
    levels.map(|level| u32::from(*level)).sum()
}

/// When the demands of a call that asks for something fall next.
pub(crate) fn next_easing(rule: Option<SkillRule>, need: &Need, since: Millis) -> Option<Millis> {
    let every_ms = rule?.ease_every_ms;
    (every_ms > 0 && !need.is_empty()).then(|| since.saturating_add(every_ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn a_skill_without_a_level_asks_for_the_first_and_the_higher_of_two_counts() {
        let need = need(&asked(&["vip", "english:3", "english", "a:b"]), 0);
        let expected = [("a:b", 1), ("english", 3), ("vip", 1)];
        assert_eq!(
            need,
            expected.map(|(skill, level)| (skill.to_owned(), level))
        );
    }

    #[test]
    fn easing_lowers_every_level_until_nothing_is_asked_for() {
        assert_eq!(need(&asked(&["x:3", "y"]), 1), [("x".to_owned(), 2)]);
        assert!(need(&asked(&["x:3", "y"]), 3).is_empty());
        assert!(need(&asked(&["x:255"]), u32::MAX).is_empty());
    }

    #[test]
    fn every_skill_must_be_there_at_its_level() {
        let skills = Skills::from([("x".to_owned(), 2), ("y".to_owned(), 5)]);
        assert!(meets(&skills, &need(&asked(&["x:2", "y:4"]), 0)));
        assert!(!meets(&skills, &need(&asked(&["x:3"]), 0)));
        assert!(!meets(&skills, &need(&asked(&["z"]), 0)));
    }
}
