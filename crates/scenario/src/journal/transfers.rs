//! Log lines about transfers and re-INVITEs.

use super::address;
use crate::host::{Effect, Input, TransferRole, TransferTarget};

/// An event as a log line.
pub(super) fn input_line(input: &Input) -> Option<String> {
    let line = match input {
        Input::CallTransferRequested { call, target, .. } => {
            format!(
                "Call.BlindTransferRequested call={call} to={}",
                address(target)
            )
        }
        Input::CallTransferred {
            call, code, reason, ..
        } => format!("Call transfer call={call} code={code} reason={reason}"),
        Input::CallTakenOver { call, role, .. } => {
            let role = match role {
                TransferRole::Transferor => "transferor",
                TransferRole::Target => "target",
            };
            format!("Call.TransferComplete call={call} role={role}")
        }
        Input::CallReInvite { call, .. } => format!("Call.ReInviteReceived call={call}"),
        Input::CallReInviteAnswered {
            call, code, reason, ..
        } => format!("Call re-INVITE answered call={call} code={code} reason={reason}"),
        _ => return None,
    };
    Some(line)
}

/// An operation as a log line.
pub(super) fn effect_line(effect: &Effect) -> Option<String> {
    let line = match effect {
        Effect::HandleBlindTransfer { call, enabled } => {
            format!("handle blind transfer call={call} enabled={enabled}")
        }
        Effect::NotifyTransfer { call, code, .. } => {
            format!("transfer told call={call} code={code}")
        }
        Effect::Transfer { call, to, .. } => match to {
            TransferTarget::Address { address: to } => {
                format!("transfer call={call} to={}", address(to))
            }
            TransferTarget::Call { call: other } => {
                format!("transfer call={call} to call={other}")
            }
        },
        Effect::HandleReInvites { call } => format!("handle re-INVITEs call={call}"),
        Effect::AcceptReInvite { call, .. } => format!("accept re-INVITE call={call}"),
        Effect::RejectReInvite { call, code, .. } => {
            format!("reject re-INVITE call={call} code={code}")
        }
        Effect::ReInvite { call, .. } => format!("re-INVITE call={call}"),
        _ => return None,
    };
    Some(line)
}
