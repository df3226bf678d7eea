//! The HTTP and WebSocket API around the routing core.
//!
//! One task owns the core (`centre`): it takes requests from a bounded channel,
//! journals them as inputs in one commit a batch, gives them to the core and
//! only then carries out what the core decides. A restart reads the newest kept
//! state, replays the journal after it and asks every live session what it is doing. Commands to sessions go
//! through one lane a call (`session`), so they keep their order.
#![forbid(unsafe_code)]

mod call_lists;
mod callbacks;
mod centre;
mod clock;
mod contract;
mod direct;
mod http;
pub mod journal;
pub mod password;
pub mod platform;
mod policy;
mod reason;
mod roster;
mod session;
pub use call_lists::CallListSettings;
pub use callbacks::CallbackSettings;
pub use policy::PolicyConfig;
pub use reason::Reason;
pub mod token;

pub use direct::{Direct, NotDone};
pub use http::{TlsConfig, TlsError};

use centre::{CentreHandle, succession};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use store::{Store, StoreError};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tracing::{info, warn};

/// One attempt of a command to a session: on a working network it takes
/// milliseconds, and a caller should not wait longer for a dead one.
const COMMAND_TIMEOUT_MS: u64 = 2_000;

/// An engine that died must take no agent with it for long, and a thousand
/// sessions must not be asked all the time. The core asks silent sessions
/// itself, but later and by a journalled answer.
const SESSION_PROBE_MS: u64 = 20_000;

/// How long requests under way may take to end when the backend stops.
const SHUTDOWN_MAX: Duration = Duration::from_secs(5);

/// How often expired tokens are removed: they are refused anyway.
const TOKENS_EVERY: Duration = Duration::from_secs(3_600);

/// How a backend is started.
#[derive(Clone)]
pub struct BackendConfig {
    /// Where HTTP is served; port 0 takes a free one.
    pub bind: SocketAddr,
    /// Where the same is served by HTTPS, if it is.
    pub tls: Option<TlsConfig>,
    /// The secret that scenarios send as bearer token.
    pub scenario_token: String,
    /// The secret between engines and this backend, both ways. Another one: who
    /// has it is sent every uploaded secret.
    pub engine_token: String,
    /// Queues. Agents are the users with role `agent`.
    pub queues: Vec<acd::QueueConfig>,
    /// What agents can do, by user name.
    pub agent_skills: std::collections::BTreeMap<acd::AgentId, acd::Skills>,
    /// How callers are led to managers of their own.
    pub own_manager: acd::OwnManagerRule,
    /// Who needs a page, and how long it may be away.
    pub pages: acd::PageRule,
    /// Numbers that take callers whom nobody can serve.
    pub reserves: Vec<acd::ReserveConfig>,
    /// Reasons for not being ready that pages offer.
    pub reasons: Vec<Reason>,
    /// What agents may do with callers whom others should serve.
    pub transfers: acd::TransferRule,
    /// How call-backs are made.
    pub callbacks: CallbackSettings,
    /// How much call lists may do at once.
    pub call_lists: CallListSettings,
    /// Rules of the configuration, shown and started by the management API.
    pub rules: Vec<platform::ConfiguredRule>,
    /// Realm of the SIP secrets of users that the management API adds.
    pub sip_realm: String,
    /// Folder with sounds that go before the built-in ones; empty is none.
    pub sounds_dir: std::path::PathBuf,
    /// Whether the page's cookie is sent over https only.
    pub cookie_secure: bool,
    /// Timeout of one attempt of a command to a session, milliseconds.
    pub command_timeout_ms: u64,
    /// A session that is sent nothing for this long is asked whether it lives,
    /// milliseconds.
    pub session_probe_ms: u64,
    /// Whether `/metrics` answers without credentials. Otherwise it takes the
    /// scenario or engine token, or a supervisor's.
    pub metrics_open: bool,
    /// Inputs older than so many days are removed from the journal once a later
    /// state is kept; 0 keeps all.
    pub journal_keep_days: u64,
    /// Sessions that began longer ago are removed from the history; 0 keeps all.
    pub history_keep_days: u64,
    /// The owner's `policy.js`, if there is one.
    pub policy: Option<PolicyConfig>,
}

impl Default for BackendConfig {
    /// Loopback on a free port, no queues, and a scenario token that nobody
    /// knows.
    fn default() -> Self {
        Self {
            bind: SocketAddr::from(([127, 0, 0, 1], 0)),
            tls: None,
            scenario_token: token::generate(),
            engine_token: token::generate(),
            queues: Vec::new(),
            agent_skills: std::collections::BTreeMap::new(),
            own_manager: acd::OwnManagerRule::default(),
            pages: acd::PageRule::default(),
            reserves: Vec::new(),
            reasons: Reason::usual(),
            transfers: acd::TransferRule::default(),
            callbacks: CallbackSettings::default(),
            call_lists: CallListSettings::default(),
            rules: Vec::new(),
            sip_realm: "cordboard".to_owned(),
            sounds_dir: std::path::PathBuf::new(),
            cookie_secure: false,
            command_timeout_ms: COMMAND_TIMEOUT_MS,
            session_probe_ms: SESSION_PROBE_MS,
            metrics_open: false,
            journal_keep_days: 0,
            history_keep_days: 0,
            policy: None,
        }
    }
}

/// Why a backend did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened on: the operator's to change.
    #[error("http.bind: cannot listen on {bind}: {why}")]
    Bind {
        /// The configured address.
        bind: SocketAddr,
        /// What the system said.
        why: String,
    },
    /// HTTPS cannot be served: the operator's to fix.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The scenario token is empty: the operator's (or the binary's) to set.
    #[error("the scenario token is empty")]
    NoScenarioToken,
    /// The same, of the token between the halves.
    #[error("the engine token is empty, or the scenario token itself (http.engine_token)")]
    NoEngineToken,
    /// Another process owns the centre of this database: the operator's to stop.
    #[error("another backend ({holder}) runs on this database")]
    Owned {
        /// What the other called itself.
        holder: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The journal cannot be replayed: a damaged database, or one written by a
    /// newer version.
    #[error("journal row {seq} cannot be replayed: {why}")]
    Journal {
        /// The row.
        seq: u64,
        /// What is wrong.
        why: String,
    },
    /// The HTTP client for commands cannot be made (TLS roots, system).
    #[error("no HTTP client: {0}")]
    HttpClient(String),
    /// A password hash cannot be computed: not enough memory, or a bug.
    #[error(transparent)]
    Password(#[from] password::PasswordError),
}

/// A running backend. Dropping it stops it at once; [`Backend::shutdown`] lets
/// requests under way end.
pub struct Backend {
    bound: SocketAddr,
    tls_bound: Option<SocketAddr>,
    stop: CancellationToken,
    /// Apart from `stop`: requests under way still need the owner.
    owner_stop: CancellationToken,
    server: JoinHandle<()>,
    owner: Option<AbortOnDropHandle<()>>,
    centre: CentreHandle,
    _upkeep: AbortOnDropHandle<()>,
    _policy: AbortOnDropHandle<()>,
    _callbacks: AbortOnDropHandle<()>,
    _call_lists: AbortOnDropHandle<()>,
}

/// The tokens must be there, and tell engines from scenarios.
fn check_tokens(config: &BackendConfig) -> Result<(), StartError> {
    if config.scenario_token.is_empty() {
        return Err(StartError::NoScenarioToken);
    }
    if config.engine_token.is_empty() || config.engine_token == config.scenario_token {
        return Err(StartError::NoEngineToken);
    }
    Ok(())
}

async fn listen(bind: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    let bind_error = |e: std::io::Error| StartError::Bind {
        bind,
        why: e.to_string(),
    };
    let listener = TcpListener::bind(bind).await.map_err(bind_error)?;
    let bound = listener.local_addr().map_err(bind_error)?;
    Ok((listener, bound))
}

impl Backend {
    /// Listens, replays the journal, asks live sessions what they are doing and
    /// serves. Health answers from the beginning, the rest once replayed. When
    /// another backend owns the centre of a PostgreSQL database this one stands
    /// by and serves once it has taken over; see `/readyz`.
    pub async fn start(config: BackendConfig, store: Store) -> Result<Self, StartError> {
        check_tokens(&config)?;
        let (listener, bound) = listen(config.bind).await?;
        let tls = match config.tls.clone() {
            Some(tls) => Some(http::TlsListener::open(tls).await?),
            None => None,
        };
        let tls_bound = tls.as_ref().map(http::TlsListener::bound);
        tokio::task::spawn_blocking(password::warm_up)
            .await
            .map_err(|e| password::PasswordError::Hash(e.to_string()))??;
        let roster = roster::Roster::read(store.clone(), config.agent_skills.clone()).await?;
        let roster = Arc::new(roster);
        let (stop, owner_stop) = (CancellationToken::new(), CancellationToken::new());
        let ready = Arc::new(AtomicBool::new(false));
        let (sender, requests) = mpsc::channel(centre::REQUESTS_MAX);
        let policies = Arc::new(policy::Policies::start(config.policy.as_ref()));
        let (starts_sender, starts) = mpsc::channel(callbacks::STARTS_MAX);
        let (misses_sender, misses) = mpsc::channel(policy::MISSES_MAX);
        let parts = centre::OwnerParts {
            store: store.clone(),
            misses: misses_sender,
            starts: starts_sender,
            holder: format!("{bound}, process {}", std::process::id()),
            queues: config.queues.clone(),
            own_manager: config.own_manager.clone(),
            pages: config.pages.clone(),
            reserves: config.reserves.clone(),
            transfers: config.transfers.clone(),
            roster: roster.clone(),
            journal_keep_days: config.journal_keep_days,
            command_timeout_ms: config.command_timeout_ms,
            session_probe_ms: config.session_probe_ms,
            ready: ready.clone(),
            stop: owner_stop.clone(),
        };
        let handle = CentreHandle::new(sender, ready);
        let centre = handle.clone();
        let watched = policy::watch(policies.clone(), handle.clone(), misses);
        let watched = AbortOnDropHandle::new(tokio::spawn(watched));
        let (platform, called) = platform_of(&config, &store, &handle).await?;
        let own = config.callbacks.clone();
        let started = callbacks::start_sessions(platform.clone(), handle.clone(), own, starts);
        let started = AbortOnDropHandle::new(tokio::spawn(started));
        let stopped = stop.clone();
        let app = http::App::new(config, store, handle, roster, platform, policies, stopped);
        let app = Arc::new(app);
        let router = http::router(&app);
        let server = tokio::spawn(http::serve(listener, tls, router, stop.clone()));
        let upkeep = AbortOnDropHandle::new(tokio::spawn(keep_up(app)));
        let mut backend = Self {
            bound,
            tls_bound,
            stop,
            owner_stop,
            server,
            owner: None,
            centre,
            _upkeep: upkeep,
            _policy: watched,
            _callbacks: started,
            _call_lists: called,
        };
        // On an error the drop of `backend` stops the server.
        let owner = succession::first(&parts).await?;
        let held = succession::hold(parts, owner, requests);
        backend.owner = Some(AbortOnDropHandle::new(tokio::spawn(held)));
        info!(%bound, "backend ready");
        Ok(backend)
    }

    /// Where it listens.
    pub fn bound(&self) -> SocketAddr {
        self.bound
    }

    /// Where it listens for HTTPS, if it does.
    pub fn tls_bound(&self) -> Option<SocketAddr> {
        self.tls_bound
    }

    /// The centre without HTTP.
    pub fn direct(&self) -> Direct {
        Direct::new(self.centre.clone())
    }

    /// Takes no more requests, lets those under way end (for some seconds), and
    /// stops. The store stays open: it is the caller's.
    pub async fn shutdown(mut self) {
        self.stop.cancel();
        if tokio::time::timeout(SHUTDOWN_MAX, &mut self.server)
            .await
            .is_err()
        {
            warn!("requests under way were cut off");
        }
        self.owner_stop.cancel();
        if let Some(owner) = self.owner.take()
            && owner.await.is_err()
        {
            warn!("the centre's owner had failed");
        }
    }
}

/// The management API over this store, and its call lists at work.
async fn platform_of(
    config: &BackendConfig,
    store: &Store,
    centre: &CentreHandle,
) -> Result<(Arc<platform::Platform>, AbortOnDropHandle<()>), StartError> {
    let opened = platform::Platform::open(
        store.clone(),
        config.rules.clone(),
        config.engine_token.clone(),
        config.sip_realm.clone(),
        config.history_keep_days,
        config.call_lists,
    );
    let platform = Arc::new(opened.await?);
    let keep_days = config.history_keep_days;
    let called = call_lists::run(platform.clone(), centre.clone(), keep_days);
    Ok((platform, AbortOnDropHandle::new(tokio::spawn(called))))
}

impl Drop for Backend {
    fn drop(&mut self) {
        self.stop.cancel();
        self.server.abort();
    }
}

/// Reads users again and removes expired tokens, now and then.
async fn keep_up(app: Arc<http::App>) {
    let mut users = tokio::time::interval(roster::READ_EVERY);
    let mut tokens = tokio::time::interval(TOKENS_EVERY);
    loop {
        let done = tokio::select! {
            _ = users.tick() => app.roster.refresh(&app.centre).await,
            _ = tokens.tick() => app.store.remove_expired_tokens(clock::now_ms()).await.map(|_| ()),
        };
        if let Err(failure) = done {
            warn!(%failure, "users were not read");
        }
    }
}
