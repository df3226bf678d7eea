//! Publishing agents' and queues' states to those who follow them.

use super::floor::{Floor, FloorState};
use acd::{AgentId, AgentView, Center, Configuration, Fact, Millis, QueueId, QueueView};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// Queues are published at most this often (20 times a second): faster than
/// eyes, and a bound on the work that a burst of calls makes for many pages.
const QUEUES_EVERY: Duration = Duration::from_millis(50);

/// Supervisors see changes at most this often (ten times a second): enough to
/// be live, and a hundred agents cost a browser little.
const OVERVIEW_EVERY: Duration = Duration::from_millis(100);

/// One agent at one moment.
pub(crate) struct AgentState {
    /// Number of the last change, unique over agents, queues and restarts.
    pub(crate) version: u64,
    /// What the core says.
    pub(crate) view: AgentView,
    /// The queues that the agent serves.
    pub(crate) serves: HashSet<QueueId>,
}

/// All queues at one moment.
pub(crate) struct QueueStates {
    /// Number of the last change, unique over agents, queues and restarts.
    pub(crate) version: u64,
    /// In configured order.
    pub(crate) views: Vec<QueueView>,
}

/// All agents and queues at one moment, for supervisors.
pub(crate) struct Overview {
    /// Number of the last change in it.
    pub(crate) version: u64,
    /// By name.
    pub(crate) agents: Vec<Arc<AgentState>>,
    pub(crate) queues: Arc<QueueStates>,
    /// Reserve numbers and calls.
    pub(crate) floor: Arc<FloorState>,
}

/// Follows one agent and the queues. The agent's state is `None` once the agent
/// is no longer configured.
pub(crate) struct Subscription {
    /// As long as it lives the agent has a page.
    _attendance: Option<Arc<()>>,
    pub(crate) agent: watch::Receiver<Option<Arc<AgentState>>>,
    pub(crate) queues: watch::Receiver<Arc<QueueStates>>,
}

/// What is published, and what has changed since.
pub(crate) struct Publication {
    followed: HashMap<AgentId, watch::Sender<Option<Arc<AgentState>>>>,
    /// Agents with a page that is linked; each link holds a clone.
    attended: HashMap<AgentId, Arc<()>>,
    overview: watch::Sender<Arc<Overview>>,
    overview_published: Instant,
    /// Agents who changed since the overview was published, while it is followed.
    overview_changed: HashSet<AgentId>,
    /// Number of each agent's last change since the start, followed or not.
    versions: HashMap<AgentId, u64>,
    changed: HashSet<AgentId>,
    /// Reserve numbers and calls, for the overview.
    floor: Floor,
    /// Whether they changed since the overview was published.
    floor_changed: bool,
    queues: watch::Sender<Arc<QueueStates>>,
    /// Whether a change of the queues is not published yet.
    queues_changed: bool,
    queues_published: Instant,
    /// The start's own number: the version of what has not changed since.
    first_version: u64,
    /// The last number dealt. It begins at the microseconds since 1970, so that
    /// no number comes again after a restart (and JavaScript still counts it
    /// exactly until the year 2255).
    last_version: u64,
}

impl Publication {
    /// Publishes from `now` on.
    pub(crate) fn new(center: &Center, now: Millis) -> Self {
        let first_version = now * 1_000;
        let first = QueueStates {
            version: first_version,
            views: center.queues(),
        };
        Self {
            followed: HashMap::new(),
            attended: HashMap::new(),
            overview: watch::Sender::new(Arc::new(Overview {
                version: first_version,
                agents: Vec::new(),
                queues: Arc::new(QueueStates {
                    version: first_version,
                    views: Vec::new(),
                }),
                floor: Arc::default(),
            })),
            floor: Floor::new(),
            floor_changed: false,
            overview_published: Instant::now(),
            overview_changed: HashSet::new(),
            versions: HashMap::new(),
            changed: HashSet::new(),
            queues: watch::Sender::new(Arc::new(first)),
            queues_changed: false,
            queues_published: Instant::now(),
            first_version,
            last_version: first_version,
        }
    }

    fn next_version(&mut self) -> u64 {
        self.last_version += 1;
        self.last_version
    }

    /// The core says that an agent has changed.
    pub(crate) fn agent_changed(&mut self, agent: AgentId) {
        let version = self.next_version();
        self.versions.insert(agent.clone(), version);
        if self.overview.receiver_count() > 0 {
            self.overview_changed.insert(agent.clone());
        }
        if self.followed.contains_key(&agent) {
            self.changed.insert(agent);
        }
        // Free, talking and ready agents are numbers of the queues.
        self.queue_changed();
    }

    /// The core records something.
    pub(crate) fn recorded(&mut self, fact: &Fact) {
        self.floor.take(fact);
    }

    /// The core says that a queue has changed.
    pub(crate) fn queue_changed(&mut self) {
        self.queues_changed = true;
        self.floor.touch();
    }

    /// Everything may have changed (a new configuration).
    pub(crate) fn all_changed(&mut self) {
        let version = self.next_version();
        for agent in self.followed.keys() {
            self.versions.insert(agent.clone(), version);
            self.changed.insert(agent.clone());
        }
        for state in &self.overview.borrow().agents {
            let agent = &state.view.agent;
            self.versions.insert(agent.clone(), version);
            self.overview_changed.insert(agent.clone());
        }
        self.queue_changed();
    }

    /// Publishes what has changed.
    pub(crate) fn publish(&mut self, center: &Center, configuration: &Configuration) {
        for agent in std::mem::take(&mut self.changed) {
            let state = self.state_of(&agent, center, configuration);
            if let Some(sender) = self.followed.get(&agent) {
                sender.send_replace(state);
            }
        }
        if self.queues_published.elapsed() >= QUEUES_EVERY {
            self.publish_queues(center);
        }
        let is_followed = self.overview.receiver_count() > 0;
        if is_followed
            && self
                .floor
                .next_read()
                .is_some_and(|at| at <= Instant::now())
        {
            self.read_floor(center);
        }
        if self.is_overview_old() && self.overview_published.elapsed() >= OVERVIEW_EVERY {
            self.publish_overview(center, configuration);
        }
    }

    /// When queues or agents that have changed may be published next.
    pub(crate) fn next_publish(&self) -> Option<Instant> {
        let queues = self
            .queues_changed
            .then(|| self.queues_published + QUEUES_EVERY);
        let overview = self
            .is_overview_old()
            .then(|| self.overview_published + OVERVIEW_EVERY);
        let is_followed = self.overview.receiver_count() > 0;
        let floor = is_followed.then(|| self.floor.next_read()).flatten();
        [queues, overview, floor].into_iter().flatten().min()
    }

    fn is_overview_old(&self) -> bool {
        self.overview.receiver_count() > 0
            && (!self.overview_changed.is_empty()
                || self.floor_changed
                || self.overview.borrow().queues.version != self.queues.borrow().version)
    }

    /// Starts to follow everything.
    pub(crate) fn subscribe_overview(
        &mut self,
        center: &Center,
        configuration: &Configuration,
    ) -> watch::Receiver<Arc<Overview>> {
        self.publish_queues(center);
        if self.overview.receiver_count() == 0 {
            // Nobody followed: anything may have changed.
            let names = center.agents().into_iter().map(|view| view.agent);
            self.overview_changed = names.collect();
            let before = self.overview.borrow().clone();
            let before = before.agents.iter().map(|state| state.view.agent.clone());
            self.overview_changed.extend(before);
        }
        self.read_floor(center);
        self.publish_overview(center, configuration);
        self.overview.subscribe()
    }

    fn read_floor(&mut self, center: &Center) {
        let version = self.next_version();
        self.floor_changed |= self.floor.read(center, version);
    }

    /// Only agents who changed are looked at: the others are shared.
    fn publish_overview(&mut self, center: &Center, configuration: &Configuration) {
        self.overview_published = Instant::now();
        let changed = std::mem::take(&mut self.overview_changed);
        let queues = self.queues.borrow().clone();
        let mut agents: BTreeMap<AgentId, Arc<AgentState>> = self
            .overview
            .borrow()
            .agents
            .iter()
            .map(|state| (state.view.agent.clone(), state.clone()))
            .collect();
        let mut is_new = self.overview.borrow().queues.version != queues.version;
        is_new |= std::mem::take(&mut self.floor_changed);
        for agent in changed {
            let known = agents.get(&agent).map(|state| state.version);
            match self.state_of(&agent, center, configuration) {
                Some(state) if known == Some(state.version) => {}
                Some(state) => {
                    agents.insert(agent, state);
                    is_new = true;
                }
                None => is_new |= agents.remove(&agent).is_some(),
            }
        }
        if !is_new {
            return;
        }
        let version = self.next_version();
        self.overview.send_replace(Arc::new(Overview {
            version,
            agents: agents.into_values().collect(),
            queues,
            floor: self.floor.state(),
        }));
    }

    /// Starts to follow an agent; `None` if it is not configured. A page
    /// attends: the agent has one as long as the subscription lives.
    pub(crate) fn subscribe(
        &mut self,
        agent: &AgentId,
        attends: bool,
        center: &Center,
        configuration: &Configuration,
    ) -> Option<Subscription> {
        let state = self.state_of(agent, center, configuration);
        state.as_ref()?;
        self.publish_queues(center);
        let sender = self
            .followed
            .entry(agent.clone())
            .or_insert_with(|| watch::Sender::new(None));
        sender.send_replace(state);
        let attendance = attends.then(|| self.attended.entry(agent.clone()).or_default().clone());
        Some(Subscription {
            _attendance: attendance,
            agent: sender.subscribe(),
            queues: self.queues.subscribe(),
        })
    }

    /// Agents with a linked page. Whom nobody follows any more is forgotten.
    pub(crate) fn attended(&mut self) -> HashSet<AgentId> {
        self.followed
            .retain(|_, sender| sender.receiver_count() > 0);
        self.attended
            .retain(|_, links| Arc::strong_count(links) > 1);
        self.attended.keys().cloned().collect()
    }

    fn publish_queues(&mut self, center: &Center) {
        if !std::mem::take(&mut self.queues_changed) {
            return;
        }
        self.queues_published = Instant::now();
        let views = center.queues();
        let version = self.next_version();
        self.queues.send_if_modified(|states| {
            if states.views == views {
                return false;
            }
            *states = Arc::new(QueueStates { version, views });
            true
        });
    }

    fn state_of(
        &self,
        agent: &AgentId,
        center: &Center,
        configuration: &Configuration,
    ) -> Option<Arc<AgentState>> {
        let view = center.agent(agent)?;
        let serves = configuration
            .queues
            .iter()
            .filter(|queue| {
                queue
                    .agents
                    .as_ref()
                    .is_none_or(|agents| agents.contains(agent))
            })
            .map(|queue| queue.name.clone())
            .collect();
        let version = self
            .versions
            .get(agent)
            .copied()
            .unwrap_or(self.first_version);
        Some(Arc::new(AgentState {
            version,
            view,
            serves,
        }))
    }
}
