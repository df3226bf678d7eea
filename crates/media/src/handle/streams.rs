//! Commands about audio that comes from and goes to other threads.

use super::Media;
use crate::command::Command;
use crate::{FeedId, FrameSink, Source, StreamId};
use std::sync::atomic::Ordering;
use voice::Rate;

impl Media {
    /// Makes a stream that hears nothing until [`Media::stream`].
    pub fn create_stream(&self, group: u64, rate: Rate, sink: FrameSink) -> StreamId {
        let stream = StreamId(self.inner.new_id(group));
        let streams = &self.inner.shared.streams;
        streams.fetch_add(1, Ordering::SeqCst);
        let create = Command::CreateStream(stream, group, rate, sink);
        if self.inner.send(stream.0, create).is_err() {
            streams.fetch_sub(1, Ordering::SeqCst);
        }
        stream
    }

    /// From now on `stream` gives out what `source` says, and nothing else.
    pub fn stream(&self, stream: StreamId, source: Source) {
        self.order(stream.0, Command::Stream(stream, source));
    }

    /// `stream` gives out nothing if it hears exactly `source`.
    pub fn unstream(&self, stream: StreamId, source: Source) {
        self.order(stream.0, Command::Unstream(stream, source));
    }

    /// Removes a stream and drops its sink.
    pub fn close_stream(&self, stream: StreamId) {
        self.order(stream.0, Command::CloseStream(stream));
    }

    /// Makes a feed of samples at `rate`; it is silent until something is pushed.
    pub fn create_feed(&self, group: u64, rate: Rate) -> FeedId {
        let feed = FeedId(self.inner.new_id(group));
        let feeds = &self.inner.shared.feeds;
        feeds.fetch_add(1, Ordering::SeqCst);
        let create = Command::CreateFeed(feed, group, rate);
        if self.inner.send(feed.0, create).is_err() {
            feeds.fetch_sub(1, Ordering::SeqCst);
        }
        feed
    }

    /// Pushes samples of any length into a feed; what runs further ahead than
    /// [`crate::FEED_S_MAX`] is dropped.
    pub fn feed(&self, feed: FeedId, samples: Vec<i16>) {
        self.order(feed.0, Command::Feed(feed, samples));
    }

    /// Throws away what a feed has not said yet.
    pub fn clear_feed(&self, feed: FeedId) {
        self.order(feed.0, Command::ClearFeed(feed));
    }

    /// Removes a feed; its listeners hear silence.
    pub fn close_feed(&self, feed: FeedId) {
        self.order(feed.0, Command::CloseFeed(feed));
    }
}
