//! The HTTP and WebSocket server.

mod access;
mod agent;
mod assets;
mod bindings;
mod body;
mod callbacks;
mod calls;
mod error;
mod health;
mod link;
mod listener;
mod metrics;
mod platform;
mod reading;
mod reports;
mod reserves;
mod routes;
mod shifts;
mod sign_in;
mod sign_in_guard;
mod socket;
mod supervision;
mod supervisor_link;
mod ticket;
mod tls;
mod transfers;

pub(crate) use listener::serve;
pub(crate) use routes::router;
pub(crate) use tls::TlsListener;
pub use tls::{TlsConfig, TlsError};

use crate::BackendConfig;
use crate::centre::CentreHandle;
use crate::platform::Platform;
use crate::policy::Policies;
use crate::roster::Roster;
use std::net::IpAddr;
use std::sync::Arc;
use store::Store;
use tokio_util::sync::CancellationToken;

/// What handlers share.
pub(crate) struct App {
    pub(crate) config: BackendConfig,
    pub(crate) store: Store,
    pub(crate) centre: CentreHandle,
    pub(crate) roster: Arc<Roster>,
    pub(crate) platform: Arc<Platform>,
    pub(crate) guard: sign_in_guard::SignInGuard,
    pub(crate) policies: Arc<Policies>,
    pub(crate) tickets: ticket::Tickets,
    pub(crate) links: link::Links,
    pub(crate) counts: metrics::RequestCounts,
    /// Reports being made, at most so many at once.
    pub(crate) report_permits: tokio::sync::Semaphore,
    /// Changes of the plan of shifts take turns.
    pub(crate) shifts_turn: tokio::sync::Mutex<()>,
    /// Cancelled when the backend stops.
    pub(crate) stop: CancellationToken,
}

impl App {
    /// Everything empty.
    pub(crate) fn new(
        config: BackendConfig,
        store: Store,
        centre: CentreHandle,
        roster: Arc<Roster>,
        platform: Arc<Platform>,
        policies: Arc<Policies>,
        stop: CancellationToken,
    ) -> Self {
        Self {
            config,
            store,
            centre,
            roster,
            platform,
            policies,
            guard: sign_in_guard::SignInGuard::default(),
            tickets: ticket::Tickets::default(),
            links: link::Links::default(),
            counts: metrics::RequestCounts::default(),
            report_permits: tokio::sync::Semaphore::new(reports::AT_ONCE_MAX),
            shifts_turn: tokio::sync::Mutex::new(()),
            stop,
        }
    }
}

/// Where a request came from. Headers of proxies are not believed: anybody can
/// send them.
#[derive(Clone, Copy)]
pub(crate) struct PeerAddress(pub(crate) IpAddr);
