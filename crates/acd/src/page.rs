//! The agent's page: whether it is needed, whether it is there, and since when
//! it is missed (promise P20).

use crate::id::{AgentId, Millis};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Whether an agent must have a page open to be offered calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PageNeed {
    /// Works with a telephone or a program alone.
    #[default]
    Never,
    /// Once a page was there, its loss counts until the agent goes offline;
    /// who never opened one needs none.
    OnceOpen,
    /// Is offered nothing without a page.
    Always,
}

/// Who needs a page, and how long one may be away.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageRule {
    /// A page that is back within this time was never gone, milliseconds: long
    /// enough for a reload.
    pub grace_ms: u64,
    /// What holds for everybody who is not named below.
    pub need: PageNeed,
    /// What holds for others.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub agents: BTreeMap<AgentId, PageNeed>,
}

impl PageRule {
    /// What holds for one agent.
    pub(crate) fn need_of(&self, agent: &AgentId) -> PageNeed {
        self.agents.get(agent).copied().unwrap_or(self.need)
    }
}

/// Whether a page is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum PagePresence {
    /// None was there since the agent was last offline.
    #[default]
    NotSeen,
    /// At least one is.
    Here,
    /// It was there and is not any more.
    Gone,
}

/// A stretch of time in which an agent could not be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Away {
    /// Since when the page was missed.
    pub from: Millis,
    /// When it was back, or needed no more.
    pub until: Millis,
}

/// Whether a page that is needed is missed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Missed {
    /// It is there, or none is needed.
    #[default]
    No,
    /// Not for long: it may be a reload.
    InGrace { from: Millis, until: Millis },
    /// The agent cannot be reached: no offers.
    Lost { from: Millis },
}

/// The page of one agent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Page {
    pub(crate) presence: PagePresence,
    pub(crate) missed: Missed,
    /// The last time that the agent could not be reached.
    pub(crate) away: Option<Away>,
}

impl Page {
    /// Brings it up to date with who is at work and what is needed. Says
    /// whether an agent who could not be reached can be again.
    pub(crate) fn review(
        &mut self,
        is_at_work: bool,
        need: PageNeed,
        grace_ms: Millis,
        now: Millis,
    ) -> bool {
        if !is_at_work && self.presence == PagePresence::Gone {
            // The next day at work begins anew.
            self.presence = PagePresence::NotSeen;
        }
        let is_needed = is_at_work
            && match (need, self.presence) {
                (PageNeed::Never, _) | (_, PagePresence::Here) => false,
                (PageNeed::OnceOpen, presence) => presence == PagePresence::Gone,
                (PageNeed::Always, PagePresence::NotSeen | PagePresence::Gone) => true,
            };
        match (is_needed, self.missed) {
            (true, Missed::No) => {
                self.missed = Missed::InGrace {
                    from: now,
                    until: now.saturating_add(grace_ms),
                };
                false
            }
            (false, Missed::Lost { from }) => {
                self.missed = Missed::No;
                self.away = Some(Away { from, until: now });
                true
            }
            (false, Missed::InGrace { .. }) => {
                self.missed = Missed::No;
                false
            }
            (true, Missed::InGrace { .. } | Missed::Lost { .. }) | (false, Missed::No) => false,
        }
    }

    /// The time of grace may be over: says whether it is since just now.
    pub(crate) fn look_at_the_clock(&mut self, now: Millis) -> bool {
        match self.missed {
            Missed::InGrace { from, until } if until <= now => {
                self.missed = Missed::Lost { from };
                true
            }
            Missed::InGrace { .. } | Missed::Lost { .. } | Missed::No => false,
        }
    }

    /// When the time of grace is over.
    pub(crate) fn grace_ends(&self) -> Option<Millis> {
        match self.missed {
            Missed::InGrace { until, .. } => Some(until),
            Missed::Lost { .. } | Missed::No => None,
        }
    }

    /// Since when the agent cannot be reached.
    pub(crate) fn lost_since(&self) -> Option<Millis> {
        match self.missed {
            Missed::Lost { from } => Some(from),
            Missed::InGrace { .. } | Missed::No => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(presence: PagePresence) -> Page {
        Page {
            presence,
            ..Page::default()
        }
    }

    #[test]
    fn each_need_misses_what_it_says() {
        use PagePresence::{Gone, Here, NotSeen};
        for (need, missed) in [
            (PageNeed::Never, [false, false, false]),
            (PageNeed::OnceOpen, [false, false, true]),
            (PageNeed::Always, [true, false, true]),
        ] {
            for (presence, is_missed) in [NotSeen, Here, Gone].into_iter().zip(missed) {
                let mut page = with(presence);
                page.review(true, need, 50, 5);
                assert_eq!(
                    page.missed != Missed::No,
                    is_missed,
                    "{need:?} {presence:?}"
                );
                let mut page = with(presence);
                page.review(false, need, 50, 5);
                assert_eq!(page.missed, Missed::No, "offline: {need:?} {presence:?}");
            }
        }
    }

    #[test]
    fn a_page_that_is_back_in_time_was_never_gone() {
        let mut page = with(PagePresence::Gone);
        page.review(true, PageNeed::OnceOpen, 50, 100);
        assert_eq!(page.grace_ends(), Some(150));
        assert!(!page.look_at_the_clock(149));
        page.presence = PagePresence::Here;
        assert!(!page.review(true, PageNeed::OnceOpen, 50, 149));
        assert_eq!(page, with(PagePresence::Here));

        page.presence = PagePresence::Gone;
        page.review(true, PageNeed::OnceOpen, 50, 200);
        assert!(page.look_at_the_clock(250));
        assert!(!page.look_at_the_clock(251));
        assert_eq!((page.grace_ends(), page.lost_since()), (None, Some(200)));
        page.presence = PagePresence::Here;
        assert!(page.review(true, PageNeed::OnceOpen, 50, 900));
        let (from, until) = (200, 900);
        assert_eq!(page.away, Some(Away { from, until }));
    }
}
