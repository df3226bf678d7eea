//! Detectors of answering machines of a session. They listen on the media thread:
//! a frame costs microseconds, and nothing waits.

use super::Live;
use crate::worker::Mail;
use media::FrameSink;
use scenario::host::{AmdResult, AmdSpec, Input, UnitId};
use voice::answering::{Answerer, AnsweringConfig, AnsweringDetector};

impl Live {
    /// A detector is done. `greeting`: how long ago the first words began and ended.
    pub(crate) fn amd_done(
        &mut self,
        now_ms: u64,
        detector: UnitId,
        result: AmdResult,
        greeting: Option<(u32, u32)>,
    ) {
        if let (Some(own), Some((began_ms, ended_ms))) = (&mut self.attempted, greeting) {
            let ages = (began_ms.into(), ended_ms.into());
            own.contact.greeting(now_ms, detector, ages);
        }
        self.input(now_ms, Input::AmdResult { detector, result });
    }

    pub(super) fn start_amd(&mut self, detector: UnitId, spec: AmdSpec) {
        let usual = AnsweringConfig::default();
        let mut listener = AnsweringDetector::new(AnsweringConfig {
            timeout_ms: spec.timeout_ms,
            human_min: spec.human_min,
            machine_min: spec.machine_min,
            machine_greeting_ms: spec
                .machine_greeting_ms
                .unwrap_or(usual.machine_greeting_ms),
        });
        let mail = self.mail.clone();
        let session = self.owner.session;
        let frames = FrameSink::new(move |frame| {
            let Some(answerer) = listener.hear(frame.samples) else {
                return;
            };
            let result = match answerer {
                Answerer::Human { confidence } => AmdResult::Human { confidence },
                Answerer::Machine { confidence, beep } => AmdResult::Voicemail { confidence, beep },
                Answerer::Unknown => AmdResult::Timeout,
            };
            let _ = mail.send(Mail::Amd {
                session,
                detector,
                result,
                greeting: listener.greeting_ages_ms(),
            });
        });
        self.outside(|control, out| control.start_detector(detector, frames, out));
    }
}
