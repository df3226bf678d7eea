//! What all WebSocket links have in common: bounded sending, signs of life,
//! a bound on what a wild page may send.

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, close_code};
use std::time::Duration;
use tokio::time::Instant;
use tracing::debug;

/// What a page sends is a line; a frame of this size is no page of ours.
pub(crate) const FRAME_BYTES_MAX: usize = 4 * 1_024;

/// How often the other side is asked whether it lives: three questions fit
/// into the time in which a lost page must be noticed (promise P20).
pub(crate) const BEAT_EVERY: Duration = Duration::from_millis(1_500);

/// Silence after which a link is given up. With the beat, the look for lost
/// pages once a second and the usual grace of 4 s an agent whose network is
/// cut cannot be reached after less than 10 s.
const SILENCE_MAX: Duration = Duration::from_millis(4_000);

/// A beat that is so late says that we slept, not the other side.
const LATE: Duration = Duration::from_millis(3_000);

/// How long a frame may take to be taken by the other side's network.
const SEND_MAX: Duration = Duration::from_secs(10);

/// Messages a second from one page: far beyond a person's pressing, and a bound
/// on what a page gone wild costs.
const MESSAGES_PER_S_MAX: u32 = 20;

/// The link is over.
pub(crate) struct LinkOver;

/// What proves that the other side lives.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Life {
    /// Any frame, pongs too: a connection is enough.
    Frames,
    /// Answers to the text frame `{"type":"beat"}`: a tab that the browser has
    /// put to sleep still answers pings, but no beats.
    Beats,
}

/// One link.
pub(crate) struct Socket {
    socket: WebSocket,
    who: String,
    life: Life,
    heard: Instant,
    beaten: Instant,
    /// Messages in the second that began then.
    window: (Instant, u32),
}

impl Socket {
    /// Over an upgraded connection of `who`.
    pub(crate) fn new(socket: WebSocket, who: String, life: Life) -> Self {
        let now = Instant::now();
        Self {
            socket,
            who,
            life,
            heard: now,
            beaten: now,
            window: (now, 0),
        }
    }

    /// Asks for a sign of life, and gives a silent link up.
    pub(crate) async fn beat(&mut self) -> Result<(), LinkOver> {
        let now = Instant::now();
        if now - self.beaten > LATE {
            self.heard = now;
        }
        self.beaten = now;
        if now - self.heard > SILENCE_MAX {
            debug!(who = self.who, "link silent");
            return Err(LinkOver);
        }
        match self.life {
            Life::Frames => self.send(Message::Ping(Vec::new().into())).await,
            Life::Beats => self.send(Message::text("{\"type\":\"beat\"}")).await,
        }
    }

    async fn send(&mut self, message: Message) -> Result<(), LinkOver> {
        match tokio::time::timeout(SEND_MAX, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(LinkOver),
        }
    }

    /// Sends one JSON frame.
    pub(crate) async fn send_json(
        &mut self,
        value: &impl serde::Serialize,
    ) -> Result<(), LinkOver> {
        let text = serde_json::to_string(value).map_err(|_| LinkOver)?;
        self.send(Message::text(text)).await
    }

    /// Says why it is over, and is over.
    pub(crate) async fn close(&mut self, code: u16, reason: &'static str) -> Result<(), LinkOver> {
        let frame = CloseFrame {
            code,
            reason: Utf8Bytes::from_static(reason),
        };
        // Over in any case.
        let _ = self.send(Message::Close(Some(frame))).await;
        Err(LinkOver)
    }

    /// Says that the server stops.
    pub(crate) async fn say_goodbye(&mut self) {
        // The other side may have gone already.
        let _ = self.close(close_code::RESTART, "the server stops").await;
    }

    /// The next text; `None` for a frame without one.
    pub(crate) async fn next(&mut self) -> Result<Option<Utf8Bytes>, LinkOver> {
        let message = self.socket.recv().await;
        let is_text = matches!(message, Some(Ok(Message::Text(_))));
        if is_text || self.life == Life::Frames {
            self.heard = Instant::now();
        }
        match message {
            Some(Ok(Message::Text(text))) => {
                if self.is_flooding() {
                    self.close(close_code::POLICY, "too many messages").await?;
                }
                Ok(Some(text))
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(None),
            Some(Ok(Message::Binary(_))) => {
                self.close(close_code::UNSUPPORTED, "text frames only")
                    .await?;
                Err(LinkOver)
            }
            Some(Ok(Message::Close(_))) | None => Err(LinkOver),
            Some(Err(error)) => {
                debug!(who = self.who, %error, "link broken");
                Err(LinkOver)
            }
        }
    }

    fn is_flooding(&mut self) -> bool {
        if self.window.0.elapsed() >= Duration::from_secs(1) {
            self.window = (Instant::now(), 0);
        }
        self.window.1 += 1;
        self.window.1 > MESSAGES_PER_S_MAX
    }
}
