//! Mixers, feeds and streams on the running media threads.

use super::Real;
use crate::outside::Units;
use media::{FeedId, FrameSink, MixerId, Source, StreamId};
use voice::Rate;

impl Units for Real<'_> {
    fn create_mixer(&mut self, rate: Rate) -> MixerId {
        match self.shared.media.get() {
            Some(media) => media.create_mixer(self.owner.session, rate),
            None => MixerId(0),
        }
    }

    fn join_mixer(&mut self, mixer: MixerId, member: Source) {
        self.with_media(|media| media.join_mixer(mixer, member));
    }

    fn leave_mixer(&mut self, mixer: MixerId, member: Source) {
        self.with_media(|media| media.leave_mixer(mixer, member));
    }

    fn close_mixer(&mut self, mixer: MixerId) {
        self.with_media(|media| media.close_mixer(mixer));
    }

    fn create_feed(&mut self, rate: Rate) -> FeedId {
        match self.shared.media.get() {
            Some(media) => media.create_feed(self.owner.session, rate),
            None => FeedId(0),
        }
    }

    fn close_feed(&mut self, feed: FeedId) {
        self.with_media(|media| media.close_feed(feed));
    }

    fn create_stream(&mut self, rate: Rate, sink: FrameSink) -> StreamId {
        match self.shared.media.get() {
            Some(media) => media.create_stream(self.owner.session, rate, sink),
            None => StreamId(0),
        }
    }

    fn stream(&mut self, stream: StreamId, source: Source) {
        self.with_media(|media| media.stream(stream, source));
    }

    fn unstream(&mut self, stream: StreamId, source: Source) {
        self.with_media(|media| media.unstream(stream, source));
    }

    fn close_stream(&mut self, stream: StreamId) {
        self.with_media(|media| media.close_stream(stream));
    }
}
