//! Audio that leaves the media threads and comes into them: what WebSockets,
//! recognisers and detectors of machines stand on.
//!
//! A *stream* is a listener outside: it hears one [`crate::Source`] and is given
//! a frame of 20 ms in every tick, PCM of 16 bits, mono, at its own [`voice::Rate`]:
//!
//! ```
//! # fn on_a_session(media: &media::Media, group: u64, leg: media::LegId) {
//! use media::{FrameSink, Source};
//! use voice::Rate;
//! let (sender, frames) = crossbeam_channel::bounded::<Vec<i16>>(500);
//! let stream = media.create_stream(
//!     group,
//!     Rate::Wide,
//!     // A full channel drops the frame: a media thread never waits.
//!     FrameSink::new(move |frame| drop(sender.try_send(frame.samples.to_vec()))),
//! );
//! media.stream(stream, Source::Leg(leg));
//! # let _ = frames;
//! # }
//! ```
//!
//! A *feed* is a speaker outside: samples are pushed into it as they come, in
//! pieces of any length, and every sink of the graph hears it as
//! [`crate::Source::Feed`]. It begins to sound 60 ms after its first samples, or as
//! soon as that much is there, and may run [`FEED_S_MAX`] ahead; what is more is dropped.

/// One stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StreamId(pub u64);

/// One feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FeedId(pub u64);

/// How far the samples of a feed may run ahead of what sounds, seconds.
pub const FEED_S_MAX: u32 = 10;

/// What a stream gives in one tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamFrame<'a> {
    /// 20 ms at the rate of the stream; zeros for silence.
    pub samples: &'a [i16],
    /// False when the source said nothing.
    pub sounding: bool,
}

/// Takes the frames of a stream on a media thread: it must not block. It is
/// dropped when the stream is closed, or the media threads stop.
pub struct FrameSink(Box<dyn FnMut(StreamFrame<'_>) + Send>);

impl FrameSink {
    /// A sink that calls `take`.
    pub fn new(take: impl FnMut(StreamFrame<'_>) + Send + 'static) -> Self {
        Self(Box::new(take))
    }

    pub(crate) fn give(&mut self, frame: StreamFrame<'_>) {
        (self.0)(frame);
    }
}

impl std::fmt::Debug for FrameSink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FrameSink")
    }
}
