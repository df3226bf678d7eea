//! Log lines about conferences and recorders.

use crate::host::{Effect, Input};

/// An event as a log line.
pub(super) fn input_line(input: &Input) -> Option<String> {
    let line = match input {
        Input::ConferenceStarted { conference } => {
            format!("Conference.Started conference={conference}")
        }
        Input::ConferenceStopped { conference } => {
            format!("Conference.Stopped conference={conference}")
        }
        Input::ConferenceFailed {
            conference,
            code,
            error,
        } => format!("Conference.Error conference={conference} code={code} error={error}"),
        // Its URL opens the recording, so it stays out of the log.
        Input::RecorderStarted { recorder, .. } => format!("Recorder.Started recorder={recorder}"),
        Input::RecorderStopped {
            recorder,
            duration_ms,
            ..
        } => format!("Recorder.Stopped recorder={recorder} duration_ms={duration_ms}"),
        Input::RecorderFailed { recorder, error } => {
            format!("Recorder.Error recorder={recorder} error={error}")
        }
        _ => return None,
    };
    Some(line)
}

/// An operation as a log line.
pub(super) fn effect_line(effect: &Effect) -> Option<String> {
    let line = match effect {
        Effect::CreateConference { conference, hd } => format!("conference={conference} hd={hd}"),
        Effect::DestroyConference { conference } => format!("stop conference={conference}"),
        Effect::CreateRecorder { recorder, spec } => match spec.call {
            Some(call) => format!("recorder={recorder} of call={call} stereo={}", spec.stereo),
            None => format!("recorder={recorder}"),
        },
        Effect::MuteRecorder { recorder, muted } => format!("mute recorder={recorder} {muted}"),
        Effect::StopRecorder { recorder } => format!("stop recorder={recorder}"),
        _ => return None,
    };
    Some(line)
}
