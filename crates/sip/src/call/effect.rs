//! What a leg asks its driver to do.

use super::input::{BranchId, Parting, ReferId, ReofferId, Timer};
use crate::event::{Headers, ReferTo, SipEvent};

/// What the driver has to do.
#[derive(Clone, Debug)]
pub(crate) enum Effect {
    /// Tell the owner.
    Emit(SipEvent),
    /// Answer the INVITE of an incoming call.
    Respond {
        code: u16,
        headers: Headers,
        sdp: Vec<u8>,
        reason: Option<String>,
    },
    /// Answer a re-offer.
    RespondReoffer {
        id: ReofferId,
        code: u16,
        headers: Headers,
        sdp: Vec<u8>,
    },
    /// re-INVITE in the leg's dialog.
    SendReoffer { headers: Headers, sdp: Vec<u8> },
    /// Answer a REFER.
    RespondRefer { id: ReferId, code: u16 },
    /// NOTIFY about the far end's REFER.
    Notify {
        id: ReferId,
        code: u16,
        reason: String,
    },
    /// REFER in the leg's dialog.
    SendRefer { to: ReferTo, headers: Headers },
    /// CANCEL a branch, now or when its first provisional response comes.
    Cancel { branch: BranchId, parting: Parting },
    /// BYE the dialog of a branch that lost.
    ByeBranch { branch: BranchId },
    /// The dialog of this branch is the leg's dialog.
    Adopt { branch: BranchId },
    /// BYE the leg's dialog.
    Bye { parting: Parting },
    /// INFO in the leg's dialog.
    SendInfo {
        mime_type: String,
        body: Vec<u8>,
        headers: Headers,
    },
    /// Ask the far end whether the dialog is still there.
    Probe,
    /// Refresh the session (RFC 4028).
    Refresh,
    /// Start a timer.
    Start(Timer),
}
