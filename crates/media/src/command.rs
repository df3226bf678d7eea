//! What a [`crate::Media`] handle asks of a media thread.

use crate::outgoing::StreamSeed;
use crate::{
    FeedId, FrameSink, LegId, LegParams, LegStats, MixerId, PlayerId, RecorderId, RecorderSpec,
    Side, Source, StatsSink, StreamId,
};
use crossbeam_channel::Sender;
use std::sync::Arc;
use voice::Rate;

/// Commands that may wait for one thread. A thread does about a million a
/// second, so this is never reached unless it is stuck.
pub(crate) const COMMANDS_MAX: usize = 65_536;

/// One command. Those of one caller are done in its order.
#[derive(Debug)]
pub(crate) enum Command {
    OpenLeg(OpenLeg),
    Configure(LegId, LegParams),
    Hear(LegId, Source),
    Unhear(LegId, Source),
    ReportDigits(LegId, bool),
    ReportToneDigits(LegId, bool),
    ReportStats(LegId, Option<u32>),
    SendDigits(LegId, String),
    CloseLeg(LegId, Option<StatsSink>),
    CreatePlayer(CreatePlayer),
    PausePlayer(PlayerId, bool),
    StopPlayer(PlayerId),
    CreateMixer(MixerId, u64, Rate),
    JoinMixer(MixerId, Source),
    LeaveMixer(MixerId, Source),
    CloseMixer(MixerId),
    CreateRecorder(CreateRecorder),
    Record(RecorderId, Side, Source),
    Unrecord(RecorderId, Side, Source),
    MuteRecorder(RecorderId, bool),
    StopRecorder(RecorderId),
    CreateFeed(FeedId, u64, Rate),
    Feed(FeedId, Vec<i16>),
    ClearFeed(FeedId),
    CloseFeed(FeedId),
    CreateStream(StreamId, u64, Rate, FrameSink),
    Stream(StreamId, Source),
    Unstream(StreamId, Source),
    CloseStream(StreamId),
    Stats(LegId, Sender<LegStats>),
    Shutdown,
}

/// A leg whose socket is bound.
#[derive(Debug)]
pub(crate) struct OpenLeg {
    pub(crate) leg: LegId,
    pub(crate) group: u64,
    pub(crate) socket: std::net::UdpSocket,
    pub(crate) port: u16,
    pub(crate) seed: StreamSeed,
}

/// A new player.
#[derive(Debug)]
pub(crate) struct CreatePlayer {
    pub(crate) player: PlayerId,
    pub(crate) group: u64,
    pub(crate) tune: Arc<voice::Tune>,
    pub(crate) looped: bool,
    pub(crate) paused: bool,
}

/// A new recorder.
#[derive(Debug)]
pub(crate) struct CreateRecorder {
    pub(crate) recorder: RecorderId,
    pub(crate) group: u64,
    pub(crate) spec: RecorderSpec,
}
