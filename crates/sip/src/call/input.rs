//! What can happen to a leg.

use crate::event::{Headers, LegId, ReferTo};

/// One of the INVITEs a dialled leg consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct BranchId(pub(crate) usize);

/// One re-INVITE or UPDATE from the far end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReofferId(pub(crate) u64);

/// One REFER from the far end: the `id` of its `Event` (RFC 3515 §2.4.6), which
/// is the CSeq of the REFER, and 0 for the first of a dialog, which goes without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReferId(pub(crate) u32);

/// What we say when we leave: the owner's headers and `Reason`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parting {
    pub(crate) headers: Headers,
    pub(crate) reason: Option<String>,
}

/// Cause 16 of Q.850: normal clearing.
pub(crate) const NORMAL_CLEARING: u16 = 16;

/// Why the far end left (RFC 3326 `Reason`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Farewell {
    /// Q.850 cause, 16 when the far end named none.
    pub(crate) cause: u16,
    /// For people.
    pub(crate) reason: String,
}

/// What a re-INVITE or UPDATE brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FarOffer {
    pub(crate) headers: Headers,
    /// Empty asks for ours.
    pub(crate) sdp: Vec<u8>,
}

/// What can run out. Each is started by an effect and comes back as an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timer {
    /// Nobody answered our INVITE in the time the owner gave.
    Dial,
    /// The far end did not finish an INVITE that we cancelled.
    CancelGrace,
    /// We want to hang up, but the ACK of our 200 is still missing.
    HangupAck,
    /// The transaction layer should have reported the missing ACK long ago.
    AckLost,
    /// The far end did not answer our BYE.
    ByeGrace,
    /// The far end has been silent long enough to be asked whether it is there.
    Probe,
    /// The owner did not answer a re-offer.
    Reoffer(ReofferId),
    /// The far end did not answer our re-INVITE.
    OurReoffer(u32),
    /// The owner did not answer a REFER.
    Refer(ReferId),
    /// The far end never told what became of our REFER.
    Transfer(u32),
    /// It is our turn to refresh the session (RFC 4028).
    Refresh,
    /// Nobody refreshed the session.
    SessionEnd,
}

/// Everything that can happen to a leg.
#[derive(Clone, Debug)]
pub(crate) enum Input {
    /// Order: 180.
    Ring { headers: Headers },
    /// Order: 183 with SDP.
    EarlyMedia { headers: Headers, sdp: Vec<u8> },
    /// Order: 200 with SDP.
    Answer { headers: Headers, sdp: Vec<u8> },
    /// Order: final refusal.
    Reject { code: u16, parting: Parting },
    /// Order: end it, however far it is.
    Hangup { parting: Parting },
    /// Order: answer the pending re-offer.
    AnswerReoffer { headers: Headers, sdp: Vec<u8> },
    /// Order: refuse the pending re-offer, 300-699.
    RefuseReoffer { code: u16, headers: Headers },
    /// Order: a re-INVITE with an offer of ours.
    SendReoffer { headers: Headers, sdp: Vec<u8> },
    /// Order: take (202) or refuse (300-699) the pending REFER.
    AnswerRefer { code: u16 },
    /// Order: tell the far end how its transfer goes; from 200 on it is over.
    NotifyRefer { code: u16, reason: String },
    /// Order: REFER.
    SendRefer { to: ReferTo, headers: Headers },
    /// Order: INFO.
    Info {
        mime_type: String,
        body: Vec<u8>,
        headers: Headers,
    },
    /// CANCEL of an INVITE that we have not answered.
    FarCancel {
        farewell: Farewell,
        headers: Headers,
    },
    /// ACK of our 200.
    Ack { headers: Headers, sdp: Vec<u8> },
    /// Our 200 was never acknowledged, of the INVITE or of a re-INVITE.
    NoAck,
    /// 101-199 on a branch.
    Provisional {
        branch: BranchId,
        code: u16,
        headers: Headers,
        sdp: Vec<u8>,
    },
    /// 2xx on a branch; the ACK is on its way already.
    Accepted {
        branch: BranchId,
        headers: Headers,
        sdp: Vec<u8>,
    },
    /// 300-699 on a branch, or it could not be reached.
    Refused {
        branch: BranchId,
        code: u16,
        reason: String,
        headers: Headers,
    },
    /// BYE.
    FarBye {
        farewell: Farewell,
        headers: Headers,
    },
    /// re-INVITE or UPDATE with an offer (an empty one asks for ours).
    FarReoffer { id: ReofferId, offer: FarOffer },
    /// Our re-INVITE was answered.
    ReofferDone {
        code: u16,
        reason: String,
        headers: Headers,
        sdp: Vec<u8>,
    },
    /// REFER; `target` is a URI, or a user part when its host is ours.
    FarRefer {
        id: ReferId,
        target: String,
        /// The call here that the target is in.
        replaces: Option<LegId>,
        headers: Headers,
    },
    /// Our REFER was answered; `is_over` when no NOTIFY will follow.
    ReferDone {
        code: u16,
        reason: String,
        headers: Headers,
        is_over: bool,
    },
    /// NOTIFY about our REFER: the status line in it.
    FarNotify {
        code: u16,
        reason: String,
        headers: Headers,
        is_over: bool,
    },
    /// The far end cancelled its re-INVITE.
    ReofferCancelled { id: ReofferId },
    /// INFO.
    FarInfo {
        mime_type: String,
        body: Vec<u8>,
        headers: Headers,
    },
    /// Our BYE was answered, or cannot be.
    ByeDone,
    /// Whether the far end answered our probe.
    Probed { alive: bool },
    /// A timer ran out.
    Tick(Timer),
    /// The leg cannot go on (its mailbox overflowed, the stack stops).
    Abandon { reason: &'static str },
}
