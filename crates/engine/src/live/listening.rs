//! Voices and beeps that a scenario listens for, and statistics that it wants.

use super::Live;
use crate::control::Ear;
use crate::worker::Mail;
use media::FrameSink;
use scenario::host::{BeepSpec, CallId, Effect, Input};
use voice::activity::VoiceActivity;
use voice::beep::{BeepFound, BeepSearch};

impl Live {
    /// Carries out what is about them.
    pub(super) fn listening_effect(&mut self, effect: Effect) {
        match effect {
            Effect::ListenToVoice { call, enabled } => self.listen_to_voice(call, enabled),
            Effect::DetectBeep { call, spec } => self.detect_beep(call, spec),
            Effect::StopBeep { call } => {
                self.outside(|control, out| control.close_ear(call, Ear::Beep, out));
            }
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
}
