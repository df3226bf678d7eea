//! Detectors of answering machines of a session. They listen on the media thread:
//! a frame costs microseconds, and nothing waits.

use super::Live;
use crate::worker::Mail;
use media::FrameSink;
use scenario::host::{AmdResult, AmdSpec, UnitId};
use voice::answering::{Answerer, AnsweringConfig, AnsweringDetector};

impl Live {
    pub(super) fn start_amd(&mut self, detector: UnitId, spec: AmdSpec) {
        let mut listener = AnsweringDetector::new(AnsweringConfig {
            timeout_ms: spec.timeout_ms,
            human_min: spec.human_min,
            machine_min: spec.machine_min,
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
            });
        });
        self.outside(|control, out| control.start_detector(detector, frames, out));
    }
}
