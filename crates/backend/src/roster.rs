//! Agents are the users with role `agent`. The command line may add users
//! while the server runs, so they are read again from time to time.

use crate::centre::CentreHandle;
use acd::{AgentConfig, AgentId, Contact, Skills};
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::time::Duration;
use store::{Role, Store, StoreError, User};
use tracing::warn;

/// How often users are read again. A new agent signs in sooner than by this:
/// signing in reads them too.
pub(crate) const READ_EVERY: Duration = Duration::from_secs(2);

/// The agents as read last.
pub(crate) struct Roster {
    store: Store,
    skills: BTreeMap<AgentId, Skills>,
    agents: Mutex<Vec<AgentConfig>>,
}

impl Roster {
    /// Reads the users for the first time.
    pub(crate) async fn read(
        store: Store,
        skills: BTreeMap<AgentId, Skills>,
    ) -> Result<Self, StoreError> {
        let agents = agents_of(&store.users().await?, &skills, true);
        Ok(Self {
            store,
            skills,
            agents: Mutex::new(agents),
        })
    }

    /// What agents can do.
    pub(crate) fn skills(&self) -> &BTreeMap<AgentId, Skills> {
        &self.skills
    }

    /// Reads the agents for whoever puts them into force.
    pub(crate) async fn read_again(&self) -> Result<Vec<AgentConfig>, StoreError> {
        let agents = agents_of(&self.store.users().await?, &self.skills, true);
        self.agents.lock().clone_from(&agents);
        Ok(agents)
    }

    /// Reads the users again and tells the centre when the agents have changed.
    pub(crate) async fn refresh(&self, centre: &CentreHandle) -> Result<(), StoreError> {
        let users = self.store.users().await?;
        let agents = agents_of(&users, &self.skills, false);
        if *self.agents.lock() == agents {
            return Ok(());
        }
        let agents = agents_of(&users, &self.skills, true);
        // What was refused is read as changed again next time.
        if centre.configure(agents.clone()).await.is_ok() {
            *self.agents.lock() = agents;
        }
        Ok(())
    }
}

fn agents_of(
    users: &[User],
    skills: &BTreeMap<AgentId, Skills>,
    warn_of_contacts: bool,
) -> Vec<AgentConfig> {
    let is_agent = |user: &&User| user.role == Role::Agent && !user.disabled;
    users
        .iter()
        .filter(is_agent)
        .map(|user| agent_of(user, skills, warn_of_contacts))
        .collect()
}

fn agent_of(
    user: &User,
    skills: &BTreeMap<AgentId, Skills>,
    warn_of_contacts: bool,
) -> AgentConfig {
    let registered = || Contact::User {
        user: user.name.clone(),
    };
    let contact = match &user.contact_json {
        None => registered(),
        Some(json) => serde_json::from_str(json).unwrap_or_else(|error| {
            if warn_of_contacts {
                warn!(user = user.name, %error, "the user's contact cannot be read; their registered phone is used");
            }
            registered()
        }),
    };
    let name = AgentId::from(user.name.as_str());
    AgentConfig {
        skills: skills.get(&name).cloned().unwrap_or_default(),
        name,
        display_name: user.display_name.clone(),
        contact,
    }
}
