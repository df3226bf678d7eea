//! What the stack is started with, and where it asks who may register.

use std::net::{IpAddr, SocketAddr};

/// Transport of a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// RFC 3261 over UDP.
    Udp,
    /// RFC 3261 over TCP.
    Tcp,
}

impl Transport {
    /// The library's name for it.
    pub(crate) fn to_wire(self) -> rsipstack::sip::Transport {
        match self {
            Self::Udp => rsipstack::sip::Transport::Udp,
            Self::Tcp => rsipstack::sip::Transport::Tcp,
        }
    }

    /// Ours for the library's: everything that is a stream counts as TCP.
    pub(crate) fn of_wire(wire: rsipstack::sip::Transport) -> Self {
        use rsipstack::sip::Transport as Wire;
        match wire {
            Wire::Udp => Self::Udp,
            Wire::Tcp | Wire::Tls | Wire::TlsSctp | Wire::Sctp | Wire::Ws | Wire::Wss => Self::Tcp,
        }
    }
}

/// One listening socket.
#[derive(Clone, Debug)]
pub struct ListenerConfig {
    /// Transport.
    pub transport: Transport,
    /// Where it listens; port 0 picks a free one.
    pub bind: SocketAddr,
    /// Address that Via and Contact carry, when not the bound one.
    pub advertised: Option<IpAddr>,
    /// Whether anyone may call in without credentials.
    pub open: bool,
}

/// A provider or another PBX.
#[derive(Clone, Debug)]
pub struct TrunkConfig {
    /// Its name in the configuration.
    pub name: String,
    /// Where calls to it go: `host[:port]`.
    pub address: String,
    /// Transport towards it.
    pub transport: Transport,
    /// Source addresses from which its calls are taken without digest.
    pub sources: Vec<IpAddr>,
    /// Credentials for its challenges and for registration.
    pub credentials: Option<TrunkCredentials>,
    /// Registers with it, this often in seconds.
    pub register_every_s: Option<u32>,
}

/// Credentials towards one trunk. `Debug` hides the password.
#[derive(Clone)]
pub struct TrunkCredentials {
    /// Digest user.
    pub user: String,
    /// Digest password.
    pub password: String,
    /// Only challenges of this realm are answered; `None` accepts the trunk's own.
    pub realm: Option<String>,
}

impl std::fmt::Debug for TrunkCredentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TrunkCredentials")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

/// Everything the stack is started with.
#[derive(Clone, Debug)]
pub struct SipConfig {
    /// Listeners.
    pub listeners: Vec<ListenerConfig>,
    /// Trunks.
    pub trunks: Vec<TrunkConfig>,
    /// Digest realm.
    pub realm: String,
    /// `User-Agent` / `Server`.
    pub user_agent: String,
    /// New calls above this many live legs get 503 with Retry-After.
    pub legs_max: usize,
}

/// A stored digest credential: `H(user:realm:password)`, hexadecimal, lower case.
#[derive(Clone)]
pub struct Ha1 {
    /// With MD5.
    pub md5: String,
    /// With SHA-256.
    pub sha256: String,
}

/// Looks up who may register and call.
pub trait Directory: Send + Sync + 'static {
    /// The credential of a user, `None` for an unknown one.
    fn ha1(&self, user: &str) -> futures_free::BoxFuture<Option<Ha1>>;
}

/// A boxed future without a dependency.
pub mod futures_free {
    use std::future::Future;
    use std::pin::Pin;
    /// See [`crate::Directory`].
    pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;
}

/// The stack could not start. The owner of the configuration can fix it.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A listener could not be bound.
    #[error("cannot listen on {bind} ({transport:?}): {source}")]
    Bind {
        /// Where.
        bind: SocketAddr,
        /// On what.
        transport: Transport,
        /// Why.
        source: std::io::Error,
    },
}
