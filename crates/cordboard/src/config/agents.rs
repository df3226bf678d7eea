//! `[agents]`: who needs a page, and the reasons for not being ready.

use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// The longest time of grace: after a minute nobody reloads any more.
const GRACE_S_MAX: u64 = 60;

/// As many as have room in a menu.
const REASONS_MAX: usize = 20;

/// `[agents]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Agents {
    /// Whether agents need a page to be offered calls.
    pub needs_page: acd::PageNeed,
    /// A page that is back within this time was never gone.
    pub page_grace_s: u64,
    /// What holds for single agents instead, by name.
    #[serde(default)]
    pub pages: BTreeMap<String, acd::PageNeed>,
    /// Reasons for not being ready, as the menu lists them.
    #[serde(default)]
    pub reasons: Vec<Reason>,
}

/// One of `[[agents.reasons]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reason {
    /// As it is recorded.
    pub name: String,
    /// As it is shown, by language.
    #[serde(default)]
    pub texts: BTreeMap<String, String>,
}

/// Says what is wrong, by key.
pub(crate) fn check(agents: &Agents) -> Result<(), String> {
    if agents.page_grace_s > GRACE_S_MAX {
        return Err(format!(
            "`agents.page_grace_s`: {} is more than {GRACE_S_MAX}",
            agents.page_grace_s
        ));
    }
    if agents.reasons.len() > REASONS_MAX {
        return Err(format!("`agents.reasons`: more than {REASONS_MAX}"));
    }
    let mut names = BTreeSet::new();
    for (index, reason) in agents.reasons.iter().enumerate() {
        if reason.name.trim().is_empty() || !names.insert(&reason.name) {
            return Err(format!(
                "`agents.reasons[{index}].name`: empty, or named before"
            ));
        }
    }
    Ok(())
}

/// Who needs a page, for the routing core.
pub(crate) fn pages(agents: &Agents) -> acd::PageRule {
    acd::PageRule {
        grace_ms: agents.page_grace_s * 1_000,
        need: agents.needs_page,
        agents: agents
            .pages
            .iter()
            .map(|(agent, need)| (agent.as_str().into(), *need))
            .collect(),
    }
}

/// Reasons for the pages; without any of the owner's the usual ones.
pub(crate) fn reasons(agents: &Agents) -> Vec<backend::Reason> {
    if agents.reasons.is_empty() {
        return backend::Reason::usual();
    }
    agents
        .reasons
        .iter()
        .map(|reason| backend::Reason {
            name: reason.name.clone(),
            texts: reason.texts.clone(),
        })
        .collect()
}
