//! Recognisers of one session. There is none to listen yet: whoever speaks to
//! one is told so, and no scenario waits for words that will never come.

use super::{Control, Told};
use scenario::host::{AsrEvent, Input, UnitId};

impl Control {
    /// Somebody is sent to a recogniser.
    pub(super) fn listen(&mut self, asr: UnitId) -> Told {
        Told::one(Input::Asr {
            asr,
            event: AsrEvent::Failed {
                error: "no recognition is configured".to_owned(),
            },
        })
    }
}
