//! What the stack tells its owner, and what its owner asks of it.

use crate::config::TrunkCredentials;
use std::net::IpAddr;
use std::sync::Arc;

/// One call leg, dealt by [`Sip`]; unique in a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LegId(pub u64);

/// Headers as name and value in order; only `X-*` and `User-to-User` travel.
pub type Headers = Vec<(String, String)>;

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
