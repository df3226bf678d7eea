//! SIP signalling: transports, dialogs, registrar, trunks and the policy gate,
//! over the SIP library. Nothing of the library shows through this border.
#![forbid(unsafe_code)]

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// One call leg, dealt by [`Sip`]; unique in a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LegId(pub u64);

/// Headers as name and value in order; only `X-*` and `User-to-User` travel.
pub type Headers = Vec<(String, String)>;

/// Transport of a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// RFC 3261 over UDP.
    Udp,
    /// RFC 3261 over TCP.
    Tcp,
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

/// Makes the credential to store for a user.
pub fn ha1(_user: &str, _realm: &str, _secret: &str) -> Ha1 {
    Ha1 {
        md5: String::new(),
        sha256: String::new(),
    }
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

/// Who a call comes from, decided by the policy gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A user who proved a password.
    User(String),
    /// A configured trunk, by name.
    Trunk(String),
    /// Anyone, on a listener that is configured as open.
    Open,
}

/// What happens on the wire.
#[derive(Clone, Debug)]
pub enum SipEvent {
    /// A call comes in (INVITE outside a dialog, already past the gate; 100 is sent).
    Incoming {
        /// Its leg.
        leg: LegId,
        /// Who calls.
        source: Source,
        /// User part of the request URI: what was dialled.
        destination: String,
        /// User part of From.
        caller: String,
        /// Display name of From.
        display_name: String,
        /// From URI.
        from_uri: String,
        /// To URI.
        to_uri: String,
        /// `X-*` headers.
        headers: Headers,
        /// SDP offer; empty for an INVITE without one.
        sdp: Vec<u8>,
        /// Local IP address by which the caller is reached.
        local_ip: IpAddr,
        /// `Call-ID`.
        sip_call_id: String,
    },
    /// 180 or 183 for a call we made.
    Progress {
        /// The leg.
        leg: LegId,
        /// 180-189.
        code: u16,
        /// Headers.
        headers: Headers,
        /// SDP, may be empty.
        sdp: Vec<u8>,
    },
    /// A call we made was answered, or the ACK for one we answered came.
    Answered {
        /// The leg.
        leg: LegId,
        /// Headers.
        headers: Headers,
        /// SDP, may be empty.
        sdp: Vec<u8>,
    },
    /// A call we made failed. The leg is gone.
    Failed {
        /// The leg.
        leg: LegId,
        /// Final SIP status; 408 for no answer at all, 487 for cancelled.
        code: u16,
        /// Reason phrase.
        reason: String,
        /// Headers.
        headers: Headers,
    },
    /// A call ended: BYE from the far end, CANCEL by the caller before answer,
    /// or our own hang-up confirmed. The leg is gone.
    Ended {
        /// The leg.
        leg: LegId,
        /// Who ended it.
        by_us: bool,
        /// Q.850 cause from `Reason`, 16 otherwise.
        cause: u16,
        /// For people.
        reason: String,
        /// Headers.
        headers: Headers,
    },
    /// A re-INVITE with a new offer (hold, resume); answer with [`Sip::answer_reoffer`].
    Reoffer {
        /// The leg.
        leg: LegId,
        /// SDP offer.
        sdp: Vec<u8>,
    },
    /// INFO inside a call.
    Info {
        /// The leg.
        leg: LegId,
        /// Content type.
        mime_type: String,
        /// Body.
        body: Vec<u8>,
        /// Headers.
        headers: Headers,
    },
    /// A user's contacts changed.
    Registered {
        /// User name.
        user: String,
        /// How many live contacts are left; 0 is unregistered.
        contacts: usize,
    },
}

/// Where an outgoing call goes.
#[derive(Clone, Debug)]
pub enum Target {
    /// All registered contacts of a user (the first to answer wins).
    User(String),
    /// A URI; `auth` only answers challenges of this very call.
    Uri {
        /// `sip:` URI.
        uri: String,
        /// Its own credentials, as callSIP gives them.
        auth: Option<TrunkCredentials>,
        /// Outbound proxy URI.
        proxy: Option<String>,
    },
    /// A number through a trunk; `None` takes the first configured.
    Trunk {
        /// Trunk name.
        trunk: Option<String>,
        /// The number.
        number: String,
    },
}

/// A call to make.
#[derive(Clone, Debug)]
pub struct DialRequest {
    /// Where to.
    pub target: Target,
    /// User part of From.
    pub caller: String,
    /// Display name of From.
    pub display_name: String,
    /// Extra headers.
    pub headers: Headers,
    /// SDP offer.
    pub sdp: Vec<u8>,
    /// Cancelled and reported as 408 after this, milliseconds.
    pub timeout_ms: u64,
}

/// Receives [`SipEvent`]s; must not block.
pub type EventSink = Arc<dyn Fn(SipEvent) + Send + Sync>;

/// The running stack. Commands never block and never fail in the caller's
/// face: what becomes of them arrives as an event. A command for a leg that
/// is gone is ignored.
#[derive(Clone)]
pub struct Sip {}

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

impl Sip {
    /// Binds the listeners and starts serving on the current tokio runtime.
    ///
    /// # Errors
    /// [`StartError`] when an address cannot be bound.
    pub async fn start(
        _config: SipConfig,
        _directory: Arc<dyn Directory>,
        _sink: EventSink,
    ) -> Result<Self, StartError> {
        Ok(Self {})
    }

    /// Addresses that are really bound, in the order of the listeners.
    pub fn bound(&self) -> Vec<(Transport, SocketAddr)> {
        Vec::new()
    }

    /// Starts a call; its events carry the returned leg.
    pub fn dial(&self, _request: DialRequest) -> LegId {
        LegId(0)
    }

    /// Local IP address that a call to this target would leave from (for SDP), best effort.
    pub fn local_ip_for(&self, _target: &Target) -> IpAddr {
        IpAddr::from([127, 0, 0, 1])
    }

    /// 180 without SDP.
    pub fn ring(&self, _leg: LegId, _headers: Headers) {}

    /// 183 with SDP.
    pub fn early_media(&self, _leg: LegId, _headers: Headers, _sdp: Vec<u8>) {}

    /// 200 with SDP.
    pub fn answer(&self, _leg: LegId, _headers: Headers, _sdp: Vec<u8>) {}

    /// Final refusal of an incoming call, 300-699.
    pub fn reject(&self, _leg: LegId, _code: u16, _headers: Headers) {}

    /// BYE, CANCEL or 480, whichever fits the leg's state. `reason` becomes the
    /// `Reason` header, such as `SIP;cause=200;text="Call completed elsewhere"`.
    pub fn hangup(&self, _leg: LegId, _headers: Headers, _reason: Option<String>) {}

    /// 200 to a re-INVITE with this SDP, or 488 when empty.
    pub fn answer_reoffer(&self, _leg: LegId, _sdp: Vec<u8>) {}

    /// INFO inside a call.
    pub fn info(&self, _leg: LegId, _mime_type: String, _body: Vec<u8>, _headers: Headers) {}

    /// Live legs, for metrics and tests.
    pub fn legs(&self) -> usize {
        0
    }

    /// Users with at least one live contact.
    pub fn registered(&self) -> Vec<String> {
        Vec::new()
    }

    /// Hangs up everything and stops serving, waiting at most `within_ms`.
    pub async fn shutdown(&self, _within_ms: u64) {}
}
