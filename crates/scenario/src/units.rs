//! The conferences and recorders of one session: how many there may be.

use crate::host::{Effect, Input, UnitId};
use crate::limits::{Limits, count};
use std::collections::BTreeSet;

/// The code of a `ConferenceError` about a limit, as calls have it.
const LIMIT_CODE: u16 = 403;

/// The conferences and recorders that are alive.
#[derive(Debug, Default)]
pub(crate) struct Units {
    conferences: BTreeSet<UnitId>,
    recorders: BTreeSet<UnitId>,
}

/// What becomes of an operation.
#[derive(Debug, PartialEq)]
pub(crate) enum Admission {
    /// It is carried out.
    Done,
    /// It is about a unit that is not there: nothing happens.
    Ignored,
    /// A limit forbids it: the session is told so.
    Refused(Box<Input>),
}

impl Units {
    /// Judges an operation and notes what it makes.
    pub(crate) fn admit(&mut self, effect: &Effect, limits: &Limits) -> Admission {
        match effect {
            Effect::CreateConference { conference, .. } => {
                if self.conferences.len() >= count(limits.conferences) {
                    return Admission::Refused(Box::new(Input::ConferenceFailed {
                        conference: *conference,
                        code: LIMIT_CODE,
                        error: "Conference limit reached".to_owned(),
                    }));
                }
                self.conferences.insert(*conference);
                Admission::Done
            }
            Effect::CreateRecorder { recorder, .. } => {
                if self.recorders.len() >= count(limits.recorders) {
                    return Admission::Refused(Box::new(Input::RecorderFailed {
                        recorder: *recorder,
                        error: "Recorder limit reached".to_owned(),
                    }));
                }
                self.recorders.insert(*recorder);
                Admission::Done
            }
            Effect::DestroyConference { conference } => {
                done_if(self.conferences.contains(conference))
            }
            Effect::StopRecorder { recorder } | Effect::MuteRecorder { recorder, .. } => {
                done_if(self.recorders.contains(recorder))
            }
            _ => Admission::Done,
        }
    }

    /// Forgets a unit that has ended.
    pub(crate) fn note(&mut self, input: &Input) {
        match input {
            Input::ConferenceStopped { conference } => {
                self.conferences.remove(conference);
            }
            Input::RecorderStopped { recorder, .. } | Input::RecorderFailed { recorder, .. } => {
                self.recorders.remove(recorder);
            }
            _ => {}
        }
    }

    /// What ends them all, for the end of the session.
    pub(crate) fn release(&mut self) -> Vec<Effect> {
        let recorders = std::mem::take(&mut self.recorders).into_iter();
        let conferences = std::mem::take(&mut self.conferences).into_iter();
        recorders
            .map(|recorder| Effect::StopRecorder { recorder })
            .chain(conferences.map(|conference| Effect::DestroyConference { conference }))
            .collect()
    }
}

fn done_if(there: bool) -> Admission {
    if there {
        Admission::Done
    } else {
        Admission::Ignored
    }
}
