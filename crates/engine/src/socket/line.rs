//! The two libraries that speak WebSocket here, as one: tungstenite towards
//! servers, axum towards clients.

use super::MESSAGE_BYTES_MAX;
use axum::extract::ws;
use futures_util::{Sink, SinkExt as _, Stream, StreamExt as _};
use std::pin::Pin;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{self, protocol};

/// A message either way.
#[derive(Debug)]
pub(crate) enum Frame {
    /// Text.
    Text(String),
    /// A sign of life that the library answers by itself.
    Ping,
    /// Something else that shows that the far end is there.
    Other,
    /// Goodbye.
    Close {
        /// RFC 6455 §7.4.1; 1005 when there was none.
        code: u16,
        /// For people.
        reason: String,
    },
}

/// Why nothing comes or goes any more.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LineError {
    #[error("the message is longer than {MESSAGE_BYTES_MAX} bytes")]
    TooLarge,
    #[error("{0}")]
    Broken(String),
}

pub(crate) type Incoming = Pin<Box<dyn Stream<Item = Result<Frame, LineError>> + Send>>;
pub(crate) type Outgoing = Pin<Box<dyn Sink<Frame, Error = LineError> + Send>>;

/// One connection after its handshake.
pub(crate) struct Line {
    pub(crate) incoming: Incoming,
    pub(crate) outgoing: Outgoing,
}

/// No status in a close frame (RFC 6455 §7.4.1).
const NO_STATUS: u16 = 1005;

/// A connection to a server.
pub(crate) fn from_tungstenite<S>(stream: WebSocketStream<S>) -> Line
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sink, stream) = stream.split();
    let incoming = stream.map(|message| match message {
        Ok(tungstenite::Message::Text(text)) => Ok(Frame::Text(text.as_str().to_owned())),
        Ok(tungstenite::Message::Close(close)) => Ok(match close {
            Some(close) => Frame::Close {
                code: close.code.into(),
                reason: close.reason.as_str().to_owned(),
            },
            None => no_status(),
        }),
        Ok(_) => Ok(Frame::Other),
        Err(error) => Err(broken(&error)),
    });
    let outgoing = sink
        .with(|frame| async move {
            Ok::<_, tungstenite::Error>(match frame {
                Frame::Text(text) => tungstenite::Message::text(text),
                Frame::Ping | Frame::Other => tungstenite::Message::Ping(Vec::new().into()),
                Frame::Close { code, reason } => {
                    tungstenite::Message::Close(Some(protocol::CloseFrame {
                        code: code.into(),
                        reason: reason.into(),
                    }))
                }
            })
        })
        .sink_map_err(|error: tungstenite::Error| broken(&error));
    Line {
        incoming: Box::pin(incoming),
        outgoing: Box::pin(outgoing),
    }
}

/// A connection from a client.
pub(crate) fn from_axum(socket: ws::WebSocket) -> Line {
    let (sink, stream) = socket.split();
    let incoming = stream.map(|message| match message {
        Ok(ws::Message::Text(text)) => Ok(Frame::Text(text.as_str().to_owned())),
        Ok(ws::Message::Close(close)) => Ok(match close {
            Some(close) => Frame::Close {
                code: close.code,
                reason: close.reason.as_str().to_owned(),
            },
            None => no_status(),
        }),
        Ok(_) => Ok(Frame::Other),
        Err(error) => Err(axum_broken(error)),
    });
    let outgoing = sink
        .with(|frame| async move {
            Ok::<_, axum::Error>(match frame {
                Frame::Text(text) => ws::Message::Text(text.into()),
                Frame::Ping | Frame::Other => ws::Message::Ping(Vec::new().into()),
                Frame::Close { code, reason } => ws::Message::Close(Some(ws::CloseFrame {
                    code,
                    reason: reason.into(),
                })),
            })
        })
        .sink_map_err(axum_broken);
    Line {
        incoming: Box::pin(incoming),
        outgoing: Box::pin(outgoing),
    }
}

fn no_status() -> Frame {
    Frame::Close {
        code: NO_STATUS,
        reason: String::new(),
    }
}

fn broken(error: &tungstenite::Error) -> LineError {
    match error {
        tungstenite::Error::Capacity(_) => LineError::TooLarge,
        other => LineError::Broken(other.to_string()),
    }
}

/// axum hides which error of the same library it was.
fn axum_broken(error: axum::Error) -> LineError {
    let inner = error.into_inner();
    match inner.downcast_ref::<tungstenite::Error>() {
        Some(error) => broken(error),
        None => LineError::Broken(inner.to_string()),
    }
}
