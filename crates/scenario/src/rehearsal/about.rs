//! Which call an input is about.

use crate::host::{CallId, Input};

/// The call that an input is about.
pub(super) fn call_of(input: &Input) -> Option<CallId> {
    match input {
        Input::CallAlerting { call, .. }
        | Input::CallRinging { call, .. }
        | Input::CallAudioStarted { call, .. }
        | Input::CallConnected { call, .. }
        | Input::CallFailed { call, .. }
        | Input::CallDisconnected { call, .. }
        | Input::ToneReceived { call, .. }
        | Input::CallHeld { call, .. }
        | Input::CallInfo { call, .. }
        | Input::CallTransferRequested { call, .. }
        | Input::CallTransferred { call, .. }
        | Input::CallTakenOver { call, .. }
        | Input::CallReInvite { call, .. }
        | Input::CallReInviteAnswered { call, .. }
        | Input::CallFirstAudio { call, .. }
        | Input::CallRtp { call, .. }
        | Input::CallVoice { call, .. }
        | Input::CallBeep { call, .. }
        | Input::CallTone { call, .. }
        | Input::CallStatistics { call, .. } => Some(*call),
        Input::PlayerStarted { .. }
        | Input::PlayerFinished { .. }
        | Input::ConferenceStarted { .. }
        | Input::ConferenceStopped { .. }
        | Input::ConferenceFailed { .. }
        | Input::RecorderStarted { .. }
        | Input::RecorderStopped { .. }
        | Input::RecorderFailed { .. }
        | Input::StorageAnswer { .. }
        | Input::Asr { .. }
        | Input::HttpResponse { .. }
        | Input::AccessRequest { .. }
        | Input::Socket { .. }
        | Input::SocketArrived { .. }
        | Input::MailAnswer { .. }
        | Input::AmdResult { .. }
        | Input::Terminate { .. }
        | Input::Tick => None,
    }
}
