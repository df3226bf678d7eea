//! Voices and beeps that a scenario listens for, and statistics that it wants.

use super::Live;
use crate::control::Ear;
use crate::worker::Mail;
use media::FrameSink;
use scenario::host::{BeepSpec, CallId, Effect, HeardTone, Input, ToneSpec};
use voice::activity::VoiceActivity;
use voice::beep::{BeepFound, BeepSearch, VoicemailTone, VoicemailToneSearch};
use voice::progress_tone::ProgressToneDetector;

impl Live {
    /// Carries out what is about them.
    pub(super) fn listening_effect(&mut self, effect: Effect) {
        match effect {
            Effect::ListenToVoice { call, enabled } => self.listen_to_voice(call, enabled),
            Effect::DetectBeep { call, spec } => self.detect_beep(call, spec),
            Effect::StopBeep { call } => {
                self.outside(|control, out| control.close_ear(call, Ear::Beep, out));
            }
            Effect::DetectTone { call, spec } => self.detect_tone(call, spec),
            Effect::MonitorMedia { call, every_s } => {
                self.outside(|control, out| control.monitor(call, every_s, out));
            }
            _ => {}
        }
    }

    fn listen_to_voice(&mut self, call: CallId, enabled: bool) {
        if !enabled {
            return self.outside(|control, out| control.close_ear(call, Ear::Voice, out));
        }
        let mut activity = VoiceActivity::default();
        let mail = self.mail.clone();
        let session = self.owner.session;
        let frames = FrameSink::new(move |frame| {
            if let Some(active) = activity.hear(frame.samples) {
                let input = Input::CallVoice { call, active };
                let _ = mail.send(Mail::Heard { session, input });
            }
        });
        self.outside(|control, out| control.open_ear(call, Ear::Voice, frames, out));
    }

    fn detect_beep(&mut self, call: CallId, spec: BeepSpec) {
        let mut search = BeepSearch::new(spec.frequencies, spec.timeout_ms);
        let mail = self.mail.clone();
        let session = self.owner.session;
        let frames = FrameSink::new(move |frame| {
            let frequencies = match search.hear(frame.samples) {
                Some(BeepFound::Beep { hz }) => vec![hz],
                Some(BeepFound::Timeout) => Vec::new(),
                None => return,
            };
            let input = Input::CallBeep { call, frequencies };
            let _ = mail.send(Mail::Heard { session, input });
        });
        self.outside(|control, out| control.open_ear(call, Ear::Beep, frames, out));
    }

    fn detect_tone(&mut self, call: CallId, spec: ToneSpec) {
        match spec {
            ToneSpec::Progress { enabled: false } => {
                self.outside(|control, out| control.close_ear(call, Ear::ProgressTone, out));
            }
            ToneSpec::Progress { enabled: true } => {
                let mut detector = ProgressToneDetector::default();
                self.hear_tones(call, Ear::ProgressTone, move |frame| {
                    detector.hear(frame).map(|_| HeardTone::Progress)
                });
            }
            ToneSpec::Voicemail {
                timeout_ms,
                tone_ms,
            } => {
                let mut search = VoicemailToneSearch::new(timeout_ms, tone_ms);
                self.hear_tones(call, Ear::VoicemailTone, move |frame| {
                    Some(match search.hear(frame)? {
                        VoicemailTone::Heard { hz } => HeardTone::Voicemail { hz },
                        VoicemailTone::NotHeard => HeardTone::NoVoicemail,
                    })
                });
            }
        }
    }

    /// Tells the scenario what `hears` finds in frames of 20 ms.
    fn hear_tones(
        &mut self,
        call: CallId,
        ear: Ear,
        mut hears: impl FnMut(&[i16]) -> Option<HeardTone> + Send + 'static,
    ) {
        let mail = self.mail.clone();
        let session = self.owner.session;
        let frames = FrameSink::new(move |frame| {
            if let Some(tone) = hears(frame.samples) {
                let input = Input::CallTone { call, tone };
                let _ = mail.send(Mail::Heard { session, input });
            }
        });
        self.outside(|control, out| control.open_ear(call, ear, frames, out));
    }
}
