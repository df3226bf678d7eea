//! Log lines about what is heard in calls.

use crate::host::{Effect, HeardTone, Input, ToneSpec};

/// An event as a log line.
pub(super) fn input_line(input: &Input) -> Option<String> {
    Some(match input {
        Input::CallVoice { call, active } => {
            format!("Call.MicStatusChange call={call} active={active}")
        }
        Input::CallBeep { call, frequencies } => {
            format!("Call.BeepDetectionComplete call={call} frequencies={frequencies:?}")
        }
        Input::CallTone { call, tone } => match tone {
            HeardTone::Progress => format!("Call.ToneDetected call={call}"),
            HeardTone::Voicemail { hz } => {
                format!("Call.VoicemailToneDetected call={call} frequency={hz}")
            }
            HeardTone::NoVoicemail => format!("Call.VoicemailToneNotDetected call={call}"),
        },
        Input::CallStatistics {
            call,
            received,
            sent,
        } => format!(
            "Call.MediaStatisticsReceived call={call} in={} lost={} out={}",
            received.packets,
            received.lost.unwrap_or_default(),
            sent.packets
        ),
        _ => return None,
    })
}

/// An operation as a log line.
pub(super) fn effect_line(effect: &Effect) -> Option<String> {
    Some(match effect {
        Effect::ListenToVoice { call, enabled } => {
            format!("listen to voice call={call} enabled={enabled}")
        }
        Effect::DetectBeep { call, spec } => {
            format!("detect beep call={call} frequencies={:?}", spec.frequencies)
        }
        Effect::DetectTone { call, spec } => match spec {
            ToneSpec::Progress { enabled } => {
                format!("detect progress tone call={call} enabled={enabled}")
            }
            ToneSpec::Voicemail {
                timeout_ms,
                tone_ms,
            } => format!(
                "detect voicemail tone call={call} timeout_ms={timeout_ms} tone_ms={tone_ms}"
            ),
        },
        Effect::StopBeep { call } => format!("stop beep call={call}"),
        Effect::MonitorMedia { call, every_s } => match every_s {
            Some(every_s) => format!("statistics call={call} every_s={every_s}"),
            None => format!("no statistics call={call}"),
        },
        _ => return None,
    })
}
