//! WebSockets of a session: those it opens and those that clients open at its
//! access URL (voxengine.md §6.7).

use super::{Headers, UnitId};
use serde::{Deserialize, Serialize};

/// A WebSocket inside one session: its [`super::Unit::WebSocket`] is the audio
/// without a tag. Each tag is a unit of its own, both ways.
pub type SocketId = UnitId;

/// What a session asks of one of its WebSockets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum SocketOrder {
    /// `VoxEngine.createWebSocket`. Answered with [`SocketEvent::Opened`] or
    /// [`SocketEvent::Closed`].
    Open {
        /// `ws:` or `wss:`.
        url: String,
        /// Offered subprotocols, in order.
        protocols: Vec<String>,
        /// Headers of the handshake.
        headers: Headers,
    },
    /// Takes the connection of [`super::Input::SocketArrived`] with this token.
    Accept {
        /// Ties it to the connection.
        token: u64,
    },
    /// `send(text)`.
    Send {
        /// The message.
        text: String,
    },
    /// `close(code, reason)`; [`SocketEvent::Closed`] follows.
    Close {
        /// 1000, or 3000 to 4999.
        code: u16,
        /// At most 123 bytes.
        reason: String,
    },
    /// The unit `stream` is the audio with this tag, both ways.
    NameStream {
        /// Its id.
        stream: UnitId,
        /// The tag.
        tag: String,
    },
    /// What the unit `stream` hears goes to the far end as audio from now on.
    Stream {
        /// The socket's own id, or one that has a name.
        stream: UnitId,
        /// How it is encoded.
        encoding: AudioEncoding,
        /// JSON object of the scenario, repeated in the `start` event.
        custom_parameters: Option<String>,
    },
    /// The audio of the unit `stream` is over.
    StopStream {
        /// Its id.
        stream: UnitId,
    },
    /// `clearMediaBuffer`: audio that has come and was not heard yet is dropped.
    Clear {
        /// Only this stream; all of the socket without it.
        stream: Option<UnitId>,
    },
}

/// What happens on a WebSocket.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum SocketEvent {
    /// `WebSocketEvents.OPEN`.
    Opened,
    /// `WebSocketEvents.MESSAGE`.
    Message {
        /// The text.
        text: String,
    },
    /// `WebSocketEvents.CLOSE`, after `ERROR` when there is an error. The last event.
    Closed {
        /// RFC 6455 §7.4.1.
        code: u16,
        /// For people.
        reason: String,
        /// Whether both sides said goodbye.
        clean: bool,
        /// What went wrong.
        error: Option<String>,
    },
    /// `WebSocketEvents.MEDIA_STARTED`: the far end sends audio.
    MediaStarted {
        /// As the far end says.
        tag: Option<String>,
        /// As the far end says.
        encoding: AudioEncoding,
        /// JSON object, as the far end says.
        custom_parameters: Option<String>,
    },
    /// `WebSocketEvents.MEDIA_ENDED`: it stopped, or nothing came for one second.
    MediaEnded {
        /// Of the stream.
        tag: Option<String>,
        /// Audio that came, milliseconds.
        duration_ms: u64,
    },
}

/// How audio travels in a WebSocket; the names are those of `WebSocketAudioEncoding`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum AudioEncoding {
    /// 16-bit samples, little endian, 8 kHz.
    #[default]
    Pcm8,
    /// 16-bit samples, little endian, 16 kHz.
    Pcm16,
    /// G.711 A-law, 8 kHz.
    Alaw,
    /// G.711 µ-law, 8 kHz.
    Ulaw,
    /// One Opus packet a chunk, 48 kHz.
    Opus,
}

impl AudioEncoding {
    /// As the scenario and the far end write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pcm8 => "PCM8",
            Self::Pcm16 => "PCM16",
            Self::Alaw => "ALAW",
            Self::Ulaw => "ULAW",
            Self::Opus => "OPUS",
        }
    }

    /// The encoding of a name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        [Self::Pcm8, Self::Pcm16, Self::Alaw, Self::Ulaw, Self::Opus]
            .into_iter()
            .find(|encoding| encoding.name().eq_ignore_ascii_case(name))
    }

    /// Samples a second, as the `start` event says.
    #[must_use]
    pub fn sample_rate_hz(self) -> u32 {
        match self {
            Self::Pcm8 | Self::Alaw | Self::Ulaw => 8_000,
            Self::Pcm16 => 16_000,
            Self::Opus => 48_000,
        }
    }
}
