//! Which agents have a page open and which have a phone: told to the core only
//! when it changes.

use acd::{AgentConfig, AgentId, Contact, DevicePresence, Millis};
use std::collections::{HashMap, HashSet};

/// The engine reports registered phones every 10 s; after three missed reports
/// what it said is no longer believed and offers are tried again.
const REPORT_LIFETIME_MS: u64 = 30_000;

/// How long a heartbeat or a long poll that does not say keeps a page present:
/// longer than a poll (25 s) plus the time to start the next one.
pub(crate) const PAGE_LEASE_MS: u64 = 40_000;

/// Pages that were there when the backend stopped get so long to come back
/// after its start: they try again after five seconds at most.
const RESTART_LEASE_MS: u64 = 15_000;

/// Phones, as the engine's reports tell.
pub(crate) struct Phones {
    /// What the core was told last; `Unknown` is not kept.
    told: HashMap<AgentId, DevicePresence>,
    /// Users registered in the last report; `None` before the first.
    registered: Option<HashSet<String>>,
    /// Until when the last report (or, after a start, what the journal says)
    /// is believed.
    believed_until: Millis,
}

impl Phones {
    /// What the journal says was told last. It is believed until the engine has
    /// had time to report.
    pub(crate) fn new(told: HashMap<AgentId, DevicePresence>, now: Millis) -> Self {
        Self {
            told,
            registered: None,
            believed_until: now + REPORT_LIFETIME_MS,
        }
    }

    /// A report came in.
    pub(crate) fn report(&mut self, registered: HashSet<String>, now: Millis) {
        self.registered = Some(registered);
        self.believed_until = now + REPORT_LIFETIME_MS;
    }

    /// What the core must be told now. It counts as told.
    pub(crate) fn changes(
        &mut self,
        agents: &[AgentConfig],
        now: Millis,
    ) -> Vec<(AgentId, DevicePresence)> {
        let mut changes = Vec::new();
        for agent in agents {
            let told = self.told.get(&agent.name).copied().unwrap_or_default();
            let known = self.known(agent, told, now);
            if known != told {
                self.told.insert(agent.name.clone(), known);
                changes.push((agent.name.clone(), known));
            }
        }
        changes
    }

    fn known(&self, agent: &AgentConfig, told: DevicePresence, now: Millis) -> DevicePresence {
        match &agent.contact {
            Contact::Sip { .. } | Contact::Phone { .. } => DevicePresence::Unknown,
            Contact::User { .. } if now >= self.believed_until => DevicePresence::Unknown,
            Contact::User { user } => match &self.registered {
                None => told,
                Some(registered) if registered.contains(user) => DevicePresence::Present,
                Some(_) => DevicePresence::Absent,
            },
        }
    }
}

/// Pages, as their sockets, polls and heartbeats tell.
pub(crate) struct Pages {
    /// Agents whom the core believes to have a page.
    told: HashSet<AgentId>,
    /// Until when a page without a socket counts as present.
    leases: HashMap<AgentId, Millis>,
}

impl Pages {
    /// Pages that the journal says were present; each has the length of a
    /// lease to come back.
    pub(crate) fn new(told: HashSet<AgentId>, now: Millis) -> Self {
        let leases = told
            .iter()
            .map(|agent| (agent.clone(), now + RESTART_LEASE_MS))
            .collect();
        Self { told, leases }
    }

    /// A sign of life, good for so long. A longer one before it stays good:
    /// it may be another page's.
    pub(crate) fn alive(&mut self, agent: &AgentId, now: Millis, lease_ms: u64) {
        let until = self.leases.entry(agent.clone()).or_default();
        *until = (*until).max(now + lease_ms);
    }

    /// What the core must be told now. It counts as told. `followers` are the
    /// agents with a linked page.
    pub(crate) fn changes(
        &mut self,
        followers: &HashSet<AgentId>,
        now: Millis,
    ) -> Vec<(AgentId, bool)> {
        self.leases.retain(|_, until| *until > now);
        let present =
            |agent: &AgentId| followers.contains(agent) || self.leases.contains_key(agent);
        let gone: Vec<_> = self
            .told
            .iter()
            .filter(|agent| !present(agent))
            .cloned()
            .collect();
        let here = followers.iter().chain(self.leases.keys());
        let come: HashSet<_> = here
            .filter(|agent| !self.told.contains(*agent))
            .cloned()
            .collect();
        for agent in &gone {
            self.told.remove(agent);
        }
        self.told.extend(come.iter().cloned());
        gone.into_iter()
            .map(|agent| (agent, false))
            .chain(come.into_iter().map(|agent| (agent, true)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn anna() -> AgentConfig {
        AgentConfig {
            name: "anna".into(),
            display_name: "Anna".into(),
            skills: acd::Skills::new(),
            contact: Contact::User {
                user: "anna".into(),
            },
        }
    }

    #[test]
    fn a_phone_is_told_on_change_only_and_forgotten_when_reports_stop() {
        let agents = [anna()];
        let mut phones = Phones::new(HashMap::new(), 0);
        assert_eq!(phones.changes(&agents, 0), []);
        phones.report(HashSet::from(["anna".to_owned()]), 1_000);
        assert_eq!(
            phones.changes(&agents, 1_000),
            [("anna".into(), DevicePresence::Present)]
        );
        assert_eq!(phones.changes(&agents, 2_000), []);
        phones.report(HashSet::new(), 3_000);
        assert_eq!(
            phones.changes(&agents, 3_000),
            [("anna".into(), DevicePresence::Absent)]
        );
        assert_eq!(phones.changes(&agents, 32_999), []);
        assert_eq!(
            phones.changes(&agents, 33_000),
            [("anna".into(), DevicePresence::Unknown)]
        );
    }

    #[test]
    fn a_restart_believes_the_journal_until_the_engine_had_time_to_report() {
        let told = HashMap::from([("anna".into(), DevicePresence::Absent)]);
        let mut phones = Phones::new(told, 100_000);
        assert_eq!(phones.changes(&[anna()], 129_999), []);
        assert_eq!(
            phones.changes(&[anna()], 130_000),
            [("anna".into(), DevicePresence::Unknown)]
        );
    }

    #[test]
    fn a_page_is_present_while_followed_and_for_one_lease_after_a_heartbeat() {
        let mut pages = Pages::new(HashSet::new(), 0);
        let followed = HashSet::from(["anna".into()]);
        assert_eq!(pages.changes(&followed, 0), [("anna".into(), true)]);
        assert_eq!(pages.changes(&followed, 1), []);
        assert_eq!(pages.changes(&HashSet::new(), 2), [("anna".into(), false)]);
        pages.alive(&"anna".into(), 10, PAGE_LEASE_MS);
        pages.alive(&"anna".into(), 11, 1_000);
        assert_eq!(pages.changes(&HashSet::new(), 10), [("anna".into(), true)]);
        assert_eq!(pages.changes(&HashSet::new(), 9 + PAGE_LEASE_MS), []);
        assert_eq!(
            pages.changes(&HashSet::new(), 10 + PAGE_LEASE_MS),
            [("anna".into(), false)]
        );
    }
}
