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
        /// A call here whose place it is to take (RFC 3891). Its caller is in that
        /// call; refuse with 481 what does not stand.
        replaces: Option<LegId>,
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
    /// A re-INVITE or UPDATE with a new offer (hold, resume); answer with
    /// [`Sip::answer_reoffer`] or [`Sip::refuse_reoffer`] within ten seconds.
    Reoffer {
        /// The leg.
        leg: LegId,
        /// Headers.
        headers: Headers,
        /// SDP offer; empty asks for ours.
        sdp: Vec<u8>,
    },
    /// Our re-INVITE was answered or could not be.
    ReofferAnswered {
        /// The leg.
        leg: LegId,
        /// Final SIP status; 408 for no answer, 491 while another one is under way.
        code: u16,
        /// Reason phrase.
        reason: String,
        /// Headers.
        headers: Headers,
        /// SDP answer, empty unless `code` is 2xx.
        sdp: Vec<u8>,
    },
    /// The far end asks us to call somebody else for it (REFER, RFC 3515);
    /// answer with [`Sip::answer_refer`] within ten seconds, or it is declined.
    Refer {
        /// The leg.
        leg: LegId,
        /// Whom: a URI, or its user part when the host is ours.
        target: String,
        /// The target is the far end of another call here, in whose place this one
        /// is to be put through (RFC 5589 §7). The far end is in both calls.
        replaces: Option<LegId>,
        /// Headers, with `Referred-By` (RFC 3892) when there was one.
        headers: Headers,
    },
    /// What became of a [`Sip::refer`]: exactly one for each, unless the leg ends first.
    Transferred {
        /// The leg.
        leg: LegId,
        /// 2xx when the far end reached the target.
        code: u16,
        /// Reason phrase.
        reason: String,
        /// Headers.
        headers: Headers,
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

/// Whom a far end is asked to call ([`Sip::refer`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReferTo {
    /// A `sip:` URI, or a user part at the far end's own host.
    Address(String),
    /// The far end of another leg of ours, whose call it then takes over
    /// (RFC 3891 `Replaces`).
    Leg(LegId),
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
