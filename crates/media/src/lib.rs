//! The media threads: sockets, the 20 ms tick and the graph that joins legs and players.
//!
//! What always holds:
//! 1. Everything of one group lives on one thread, so no audio crosses threads.
//! 2. Nothing is sent or heard on a leg before [`Media::configure`], and nothing
//!    is taken from a source that is not the agreed or a proven one.
//! 3. A leg is one RTP stream: one SSRC, no holes in its sequence of our making
//!    and time that only grows, whatever it is fed from.
//! 4. The tick is absolute: delays do not add up, and a late thread sends no bursts.

mod clock;
mod coding;
mod command;
mod graph;
mod handle;
mod leg;
mod outgoing;
mod player;
mod ports;
mod recording;
mod rtcp;
mod schedule;
mod slots;
mod streaming;
mod worker;

pub use handle::Media;
pub use recording::{Recording, recover_recording};
pub use streaming::{FEED_S_MAX, FeedId, FrameSink, StreamFrame, StreamId};

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;

/// One RTP leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LegId(pub u64);

/// One player.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PlayerId(pub u64);

/// One mixer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MixerId(pub u64);

/// Members of one mixer, legs, players and feeds together. VoxEngine allows as many in a
/// conference; more people cannot talk with each other.
pub const MIXER_MEMBERS_MAX: usize = 100;

/// One recorder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecorderId(pub u64);

/// How something is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecorderSpec {
    /// The finished file, `.wav`.
    pub path: std::path::PathBuf,
    /// Rate of the file.
    pub rate: voice::Rate,
    /// Two channels instead of one.
    pub stereo: bool,
    /// Everything that this leg says, on the left, and hears, on the right, whatever
    /// that is at the moment; until the leg is closed.
    pub of: Option<LegId>,
}

/// A channel of a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// By custom the caller.
    Left,
    /// By custom the agent.
    Right,
}

/// Longest recording, seconds: 24 h. Then it is finished as if it were stopped, or
/// before, when the file has four gigabytes: more its sizes cannot say.
pub const RECORDING_S_MAX: u32 = 24 * 60 * 60;

/// How the media half is started.
#[derive(Clone, Debug)]
pub struct MediaConfig {
    /// Address that RTP sockets are bound to.
    pub bind: IpAddr,
    /// First port of the range (even).
    pub port_min: u16,
    /// Last port of the range.
    pub port_max: u16,
    /// Media threads; 0 is one a core.
    pub threads: usize,
}

/// What one leg hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Nothing: no packets are sent.
    Silence,
    /// Another leg.
    Leg(LegId),
    /// A player.
    Player(PlayerId),
    /// A mixer: all its members, but never the listener itself.
    Mixer(MixerId),
    /// Audio that is pushed from outside: [`Media::feed`].
    Feed(FeedId),
}

/// What the SDP exchange agreed on for a leg.
#[derive(Clone, Debug, PartialEq)]
pub struct LegParams {
    /// Where the far end wants its RTP.
    pub remote: SocketAddr,
    /// Codec and its payload type.
    pub codec: voice::Codec,
    /// RTP payload type of the codec.
    pub payload_type: u8,
    /// RFC 4733 payload type, when agreed.
    pub dtmf_payload_type: Option<u8>,
    /// Where its RTCP goes.
    pub rtcp: voice::sdp::RtcpPath,
    /// False while the far end is on hold (inactive or sendonly): nothing is sent.
    pub sends: bool,
}

/// How a digit came. The numbers are those of VoxEngine's `ToneReceived.type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DigitHow {
    /// As a telephone event (RFC 4733, formerly RFC 2833).
    TelephoneEvent = 1,
    /// As tones in the audio.
    InBand = 2,
}

/// What the media threads report.
#[derive(Clone, Debug, PartialEq)]
pub enum MediaEvent {
    /// A digit was pressed (once a press).
    Digit {
        /// The leg.
        leg: LegId,
        /// `0`-`9`, `*`, `#`, `A`-`D`.
        digit: char,
        /// How it came.
        how: DigitHow,
    },
    /// The first RTP packet from the far end.
    FirstPacket {
        /// The leg.
        leg: LegId,
    },
    /// Nothing has come from a leg for [`RTP_STOPPED_S`], after something had. A far
    /// end on hold or behind a filter of silence may well do that.
    RtpStopped {
        /// The leg.
        leg: LegId,
    },
    /// The first packet after [`MediaEvent::RtpStopped`].
    RtpResumed {
        /// The leg.
        leg: LegId,
    },
    /// What went over a leg so far, as often as [`Media::report_stats`] asked for it.
    Statistics {
        /// The leg.
        leg: LegId,
        /// Since it was opened.
        stats: LegStats,
    },
    /// A player came to its end (never for a looped one).
    PlayerFinished {
        /// The player.
        player: PlayerId,
    },
    /// The file of a recording is there and is written to.
    RecorderStarted {
        /// The recorder.
        recorder: RecorderId,
    },
    /// A recording is whole, checked and under its name.
    RecorderFinished {
        /// The recorder.
        recorder: RecorderId,
        /// Its file.
        recording: Recording,
        /// How much of it is silence because the disk or a thread was too slow, milliseconds.
        lost_ms: u64,
    },
    /// A recording could not be begun, or breaks off here; what was written so far
    /// is left under its name with `.part` after it. Told once.
    RecorderFailed {
        /// The recorder.
        recorder: RecorderId,
        /// What failed and at which file, for the operator.
        why: String,
    },
}

/// Seconds without a packet after which [`MediaEvent::RtpStopped`] comes, within one
/// more (VoxEngine `CallEvents.RtpStopped`).
pub const RTP_STOPPED_S: u32 = 7;

/// Receives [`MediaEvent`]s on a media thread, or on the thread that writes
/// recordings; must not block.
pub type EventSink = Arc<dyn Fn(MediaEvent) + Send + Sync>;

/// Counts of live objects, for metrics and tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MediaCounts {
    /// Open legs, and so sockets and ports.
    pub legs: usize,
    /// Live players.
    pub players: usize,
    /// Live mixers.
    pub mixers: usize,
    /// Recorders that have not handed over all of their recording.
    pub recorders: usize,
    /// Live feeds.
    pub feeds: usize,
    /// Live streams.
    pub streams: usize,
}

/// What went over one leg so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LegStats {
    /// RTP packets from the far end that were taken.
    pub packets_in: u64,
    /// Bytes of their payloads.
    pub bytes_in: u64,
    /// Packets from the far end that never came, by the holes in its sequence
    /// numbers (RFC 3550 appendix A.3).
    pub lost_in: u64,
    /// Packets from the far end that came after a newer one, and repeats.
    pub late_in: u64,
    /// Interarrival jitter, microseconds (RFC 3550 §6.4.1), to about a millisecond.
    pub jitter_in_us: u32,
    /// RTP packets sent to it.
    pub packets_out: u64,
    /// Bytes of their payloads.
    pub bytes_out: u64,
    /// Packets from an address that is not the far end's, or before the leg was configured.
    /// Once a source is proven the kernel turns others away uncounted.
    pub dropped_source: u64,
    /// Packets that are not RTP or of a payload type nobody agreed on.
    pub dropped_other: u64,
    /// Packets that the system did not take for sending.
    pub send_errors: u64,
    /// Packets from us that the far end did not get, as its last RTCP report says;
    /// `None` if it has sent none (RFC 3550 §6.4.1).
    pub lost_out: Option<u64>,
    /// The interarrival jitter that it sees, microseconds; from the same report.
    pub jitter_out_us: Option<u32>,
    /// From us to the far end and back, microseconds; `None` until it has answered a
    /// report of ours with one of its own.
    pub round_trip_us: Option<u32>,
    /// RTCP packets from the far end that were understood.
    pub rtcp_in: u64,
    /// RTCP packets sent to it.
    pub rtcp_out: u64,
}

/// Takes what went over a leg when it is closed, on a media thread: it must not block.
pub struct StatsSink(Box<dyn FnOnce(LegStats) + Send>);

impl StatsSink {
    /// A sink that calls `take`, once.
    pub fn new(take: impl FnOnce(LegStats) + Send + 'static) -> Self {
        Self(Box::new(take))
    }

    pub(crate) fn give(self, stats: LegStats) {
        (self.0)(stats);
    }
}

impl std::fmt::Debug for StatsSink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StatsSink")
    }
}

/// No leg could be opened. The operator can fix it (more ports, more files).
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Every port of the range is in use.
    #[error("no free RTP port between {port_min} and {port_max}")]
    NoPort {
        /// First port.
        port_min: u16,
        /// Last port.
        port_max: u16,
    },
    /// The system refused a socket.
    #[error("cannot open an RTP socket: {0}")]
    Socket(#[from] std::io::Error),
}

/// What the handles and the threads share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) ports: ports::Ports,
    pub(crate) legs: AtomicUsize,
    pub(crate) players: AtomicUsize,
    pub(crate) mixers: AtomicUsize,
    pub(crate) recorders: AtomicUsize,
    pub(crate) feeds: AtomicUsize,
    pub(crate) streams: AtomicUsize,
}
