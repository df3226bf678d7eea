//! Detectors of answering machines as units: they hear what they are given.

use super::media_units::{Attached, Sink};
use super::{Control, Told};
use crate::outside::Outside;
use media::FrameSink;
use scenario::host::{Unit, UnitId};
use voice::Rate;

impl Control {
    /// A detector listens: its frames go to `frames`.
    pub(crate) fn start_detector(
        &mut self,
        detector: UnitId,
        frames: FrameSink,
        out: &mut dyn Outside,
    ) {
        self.stop_detector(detector, out);
        let sink = Some(Sink::Stream(out.create_stream(Rate::Narrow, frames)));
        let own = Attached { source: None, sink };
        self.attach(Unit::Amd(detector), own, out);
    }

    /// It listens no more.
    pub(crate) fn stop_detector(&mut self, detector: UnitId, out: &mut dyn Outside) -> Told {
        if let Some(own) = self.detach(Unit::Amd(detector))
            && let Some(Sink::Stream(stream)) = own.sink
        {
            out.close_stream(stream);
        }
        Told::default()
    }
}
