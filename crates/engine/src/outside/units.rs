//! What call control needs of the media threads for units other than calls and
//! players.

use crate::control::Running;
use media::{FeedId, FrameSink, MixerId, RecorderId, Source, StreamId};
use scenario::host::{RecorderSpec, UnitId};
use voice::Rate;

/// Mixers, feeds and streams of one session. Calls do not block.
#[allow(
    dead_code,
    reason = "for conferences, WebSockets and recognisers to come"
)]
pub(crate) trait Units {
    /// Whether digits heard as tones in the audio are told.
    fn report_tone_digits(&mut self, leg: media::LegId, enabled: bool);
    /// How often statistics of a leg are told, seconds; never if `None`.
    fn report_stats(&mut self, leg: media::LegId, every_s: Option<u32>);

    fn create_mixer(&mut self, rate: Rate) -> MixerId;
    fn join_mixer(&mut self, mixer: MixerId, member: Source);
    fn leave_mixer(&mut self, mixer: MixerId, member: Source);
    fn close_mixer(&mut self, mixer: MixerId);

    /// Opens the file of a recorder. The error is for the scenario's author.
    fn create_recorder(
        &mut self,
        recorder: UnitId,
        spec: &RecorderSpec,
        of: Option<media::LegId>,
    ) -> Result<Running, String>;
    fn record(&mut self, recorder: RecorderId, source: Source);
    fn unrecord(&mut self, recorder: RecorderId, source: Source);
    fn mute_recorder(&mut self, recorder: RecorderId, muted: bool);
    fn stop_recorder(&mut self, recorder: RecorderId);
    /// Nothing more of it is to be told.
    fn forget_recorder(&mut self, recorder: RecorderId);

    /// A source whose samples are pushed from outside (see [`media::Media::feed`]).
    fn create_feed(&mut self, rate: Rate) -> FeedId;
    fn close_feed(&mut self, feed: FeedId);

    /// A sink that gives frames to the outside.
    fn create_stream(&mut self, rate: Rate, sink: FrameSink) -> StreamId;
    fn stream(&mut self, stream: StreamId, source: Source);
    fn unstream(&mut self, stream: StreamId, source: Source);
    fn close_stream(&mut self, stream: StreamId);
}
