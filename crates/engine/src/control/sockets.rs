//! WebSockets as units: a feed for what the far end says, a stream for what it
//! hears.

use super::Control;
use super::media_units::{Attached, Sink};
use crate::outside::Outside;
use media::{FeedId, FrameSink, Source};
use scenario::host::{Unit, UnitId};
use voice::Rate;

impl Control {
    /// The unit of a WebSocket, or of one of its tags, can be heard from now on.
    pub(crate) fn open_socket_unit(
        &mut self,
        unit: UnitId,
        rate: Rate,
        out: &mut dyn Outside,
    ) -> FeedId {
        let unit = Unit::WebSocket(unit);
        if let Some(Attached {
            source: Some(Source::Feed(feed)),
            ..
        }) = self.attached.get(&unit)
        {
            return *feed;
        }
        let feed = out.create_feed(rate);
        let source = Some(Source::Feed(feed));
        self.attach(unit, Attached { source, sink: None }, out);
        feed
    }

    /// It hears from now on: its frames go to `frames`.
    pub(crate) fn stream_socket_unit(
        &mut self,
        unit: UnitId,
        rate: Rate,
        frames: FrameSink,
        out: &mut dyn Outside,
    ) {
        self.unstream_socket_unit(unit, out);
        let unit = Unit::WebSocket(unit);
        let source = self.attached.get(&unit).and_then(|own| own.source);
        let sink = Some(Sink::Stream(out.create_stream(rate, frames)));
        self.attach(unit, Attached { source, sink }, out);
    }

    /// It hears no more.
    pub(crate) fn unstream_socket_unit(&mut self, unit: UnitId, out: &mut dyn Outside) {
        if let Some(own) = self.attached.get_mut(&Unit::WebSocket(unit))
            && let Some(Sink::Stream(stream)) = own.sink.take()
        {
            out.close_stream(stream);
        }
    }

    /// It is gone.
    pub(crate) fn close_socket_unit(&mut self, unit: UnitId, out: &mut dyn Outside) {
        let Some(Attached { source, sink }) = self.detach(Unit::WebSocket(unit)) else {
            return;
        };
        if let Some(Sink::Stream(stream)) = sink {
            out.close_stream(stream);
        }
        if let Some(Source::Feed(feed)) = source {
            out.close_feed(feed);
        }
    }
}
