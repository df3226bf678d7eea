//! Recorders of what is sent to them, and of whole calls.

use super::media_units::{Attached, Sink};
use super::{Control, Told};
use crate::outside::Outside;
use media::MediaEvent;
use scenario::host::{CallId, Input, RecorderSpec, Unit, UnitId};

/// A recorder of the scenario.
#[derive(Debug)]
pub(crate) struct Recorder {
    spec: RecorderSpec,
    /// Where it writes, and its address; `None` while its call has no audio yet.
    running: Option<Running>,
}

/// A recorder with a file.
#[derive(Clone, Debug)]
pub(crate) struct Running {
    pub(crate) id: media::RecorderId,
    /// Where the recording can be fetched once it is whole.
    pub(crate) url: String,
}

impl Control {
    pub(super) fn create_recorder(
        &mut self,
        recorder: UnitId,
        spec: RecorderSpec,
        out: &mut dyn Outside,
    ) -> Told {
        if let Some(call) = spec.call
            && !self.legs.contains_key(&call)
        {
            return failed(recorder, "the call is over");
        }
        let own = Recorder {
            spec,
            running: None,
        };
        self.recorders.insert(recorder, own);
        match self.begin_recorder(recorder, out) {
            Ok(()) => Told::default(),
            Err(why) => {
                self.recorders.remove(&recorder);
                failed(recorder, &why)
            }
        }
    }

    /// Opens the file of a recorder whose call, if it is of one, has audio.
    fn begin_recorder(&mut self, recorder: UnitId, out: &mut dyn Outside) -> Result<(), String> {
        let Some(own) = self.recorders.get_mut(&recorder) else {
            return Ok(());
        };
        let of = match own.spec.call {
            None => None,
            Some(call) => match self.legs.get(&call).and_then(|leg| leg.media.as_ref()) {
                Some(leg) => Some(leg.id),
                None => return Ok(()),
            },
        };
        let running = out.create_recorder(recorder, &own.spec, of)?;
        let id = running.id;
        own.running = Some(running);
        if of.is_none() {
            let attached = Attached {
                source: None,
                sink: Some(Sink::Recorder(id)),
            };
            self.attach(Unit::Recorder(recorder), attached, out);
        }
        Ok(())
    }

    /// A call has audio now: what was to be recorded of it is. One that cannot be is
    /// told of when the call ends.
    pub(super) fn record_opened(&mut self, call: CallId, out: &mut dyn Outside) {
        for recorder in self.recorders_of(call) {
            if let Err(error) = self.begin_recorder(recorder, out) {
                tracing::error!(%error, "a call is not recorded");
            }
        }
    }

    /// The audio of a call is over, and so are its recordings. Those that had not
    /// begun are told of by [`Self::never_recorded`].
    pub(super) fn record_closed(&mut self, call: CallId, out: &mut dyn Outside) {
        for recorder in self.recorders_of(call) {
            self.stop_recorder(recorder, out);
        }
    }

    /// Recorders of a call that has ended without audio.
    pub(super) fn never_recorded(&mut self, call: CallId) -> Vec<Input> {
        let mut inputs = Vec::new();
        for recorder in self.recorders_of(call) {
            let waits = |own: &Recorder| own.running.is_none();
            if self.recorders.get(&recorder).is_some_and(waits) {
                self.recorders.remove(&recorder);
                inputs.extend(failed(recorder, "nothing of the call could be recorded").inputs);
            }
        }
        inputs
    }

    pub(super) fn mute_recorder(
        &mut self,
        recorder: UnitId,
        muted: bool,
        out: &mut dyn Outside,
    ) -> Told {
        if let Some(running) = self.running_recorder(recorder) {
            out.mute_recorder(running.id, muted);
        }
        Told::default()
    }

    /// The end of the recording is told when the file is whole.
    pub(super) fn stop_recorder(&mut self, recorder: UnitId, out: &mut dyn Outside) -> Told {
        self.detach(Unit::Recorder(recorder));
        if let Some(running) = self.running_recorder(recorder) {
            out.stop_recorder(running.id);
        }
        Told::default()
    }

    /// Something happened to a file.
    pub(super) fn recorder_event(&mut self, event: &MediaEvent, out: &mut dyn Outside) -> Told {
        let id = match event {
            MediaEvent::RecorderStarted { recorder }
            | MediaEvent::RecorderFinished { recorder, .. }
            | MediaEvent::RecorderFailed { recorder, .. } => *recorder,
            _ => return Told::default(),
        };
        let is_it = |own: &Recorder| own.running.as_ref().is_some_and(|r| r.id == id);
        let found = self.recorders.iter().find(|(_, own)| is_it(own));
        let Some(recorder) = found.map(|(recorder, _)| *recorder) else {
            return Told::default();
        };
        if let MediaEvent::RecorderStarted { .. } = event {
            let url = self.running_recorder(recorder).map(|r| r.url.clone());
            let url = url.unwrap_or_default();
            return Told::one(Input::RecorderStarted { recorder, url });
        }
        self.detach(Unit::Recorder(recorder));
        out.forget_recorder(id);
        let gone = self.recorders.remove(&recorder);
        let url = gone.and_then(|own| own.running).map(|running| running.url);
        match event {
            MediaEvent::RecorderFinished {
                recording, lost_ms, ..
            } => {
                let mut told = Told::one(Input::RecorderStopped {
                    recorder,
                    url: url.unwrap_or_default(),
                    duration_ms: recording.duration_ms,
                    sha256: recording.sha256.clone(),
                });
                if *lost_ms > 0 {
                    told.log.push(format!(
                        "recorder={recorder}: the disk was too slow, {lost_ms} ms are silence"
                    ));
                }
                told
            }
            MediaEvent::RecorderFailed { why, .. } => {
                // What it was to be given is let go by the media threads.
                out.stop_recorder(id);
                // Paths are for the operator, whose log has them.
                let mut told = failed(recorder, "the recording could not be written");
                told.log.push(format!("recorder={recorder}: {why}"));
                told
            }
            _ => Told::default(),
        }
    }

    /// The session is over: its recordings end and are finished without it.
    pub(super) fn end_recorders(&mut self, out: &mut dyn Outside) {
        for own in std::mem::take(&mut self.recorders).into_values() {
            if let Some(running) = own.running {
                out.stop_recorder(running.id);
                out.forget_recorder(running.id);
            }
        }
    }

    fn running_recorder(&self, recorder: UnitId) -> Option<&Running> {
        self.recorders.get(&recorder)?.running.as_ref()
    }

    fn recorders_of(&self, call: CallId) -> Vec<UnitId> {
        let of_call = |(recorder, own): (&UnitId, &Recorder)| {
            (own.spec.call == Some(call)).then_some(*recorder)
        };
        self.recorders.iter().filter_map(of_call).collect()
    }
}

fn failed(recorder: UnitId, error: &str) -> Told {
    Told::one(Input::RecorderFailed {
        recorder,
        error: error.to_owned(),
    })
}
