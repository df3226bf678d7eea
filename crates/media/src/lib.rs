//! The media threads: sockets, the 20 ms tick and the graph that joins legs and players.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// One RTP leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LegId(pub u64);

/// One player.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PlayerId(pub u64);

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
    /// False while the far end is on hold (inactive or sendonly): nothing is sent.
    pub sends: bool,
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
    },
    /// The first RTP packet from the far end.
    FirstPacket {
        /// The leg.
        leg: LegId,
    },
    /// A player came to its end (never for a looped one).
    PlayerFinished {
        /// The player.
        player: PlayerId,
    },
}

/// Receives [`MediaEvent`]s on a media thread; must not block.
pub type EventSink = Arc<dyn Fn(MediaEvent) + Send + Sync>;

/// Counts of live objects, for metrics and tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MediaCounts {
    /// Open legs, and so sockets and ports.
    pub legs: usize,
    /// Live players.
    pub players: usize,
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

/// The running media half. Commands are sent to the thread and do not block.
/// Everything of one `group` (one session) lives on one thread.
#[derive(Clone)]
pub struct Media {}

impl Media {
    /// Starts the threads.
    ///
    /// # Errors
    /// When a thread or its poller cannot be made.
    pub fn start(_config: MediaConfig, _sink: EventSink) -> std::io::Result<Self> {
        Ok(Self {})
    }

    /// Opens a leg on a random free even port and returns the port. It drops
    /// packets until [`Media::configure`] says who may send them.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open_leg(&self, _group: u64) -> Result<(LegId, u16), OpenError> {
        Ok((LegId(0), 0))
    }

    /// Sets or changes what the SDP exchange agreed on.
    pub fn configure(&self, _leg: LegId, _params: LegParams) {}

    /// From now on `listener` hears `source` and nothing else.
    pub fn hear(&self, _listener: LegId, _source: Source) {}

    /// `listener` goes silent if it hears exactly `source`.
    pub fn unhear(&self, _listener: LegId, _source: Source) {}

    /// Whether presses are reported as [`MediaEvent::Digit`].
    pub fn report_digits(&self, _leg: LegId, _enabled: bool) {}

    /// Sends digits by RFC 4733.
    pub fn send_digits(&self, _leg: LegId, _digits: &str) {}

    /// Closes the leg; its port is free at once.
    pub fn close_leg(&self, _leg: LegId) {}

    /// Makes a player of a decoded tune; it runs when not `paused`, heard or not.
    pub fn create_player(
        &self,
        _group: u64,
        _tune: Arc<voice::Tune>,
        _looped: bool,
        _paused: bool,
    ) -> PlayerId {
        PlayerId(0)
    }

    /// Pauses or resumes.
    pub fn pause_player(&self, _player: PlayerId, _paused: bool) {}

    /// Removes a player; its listeners hear silence.
    pub fn stop_player(&self, _player: PlayerId) {}

    /// Live objects.
    pub fn counts(&self) -> MediaCounts {
        MediaCounts::default()
    }

    /// Stops the threads and closes everything.
    pub fn shutdown(&self) {}
}
