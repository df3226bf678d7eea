//! The far end of a WebSocket: a server that writes down what it is sent and says
//! it all again, as a voice bot with nothing of its own to say would.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite::Message;

/// A running echo.
#[derive(Debug)]
pub struct Echo {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<String>>>,
}

impl Echo {
    /// Starts on a free port of loopback.
    ///
    /// # Panics
    /// If there is none.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("it is bound");
        let heard = Arc::new(Mutex::new(Vec::new()));
        let notes = Arc::clone(&heard);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let notes = Arc::clone(&notes);
                tokio::spawn(async move {
                    let Ok(mut socket) = tokio_tungstenite::accept_async(stream).await else {
                        return;
                    };
                    while let Some(Ok(message)) = socket.next().await {
                        let note = match &message {
                            Message::Text(text) => text.to_string(),
                            Message::Close(close) => {
                                let code = close.as_ref().map_or(1005, |c| u16::from(c.code));
                                format!("close {code}")
                            }
                            _ => continue,
                        };
                        notes.lock().expect("no test panics with it").push(note);
                        if message.is_text() && socket.send(message).await.is_err() {
                            return;
                        }
                    }
                });
            }
        });
        Self { address, heard }
    }

    /// `ws://...`.
    pub fn url(&self) -> String {
        format!("ws://{}/", self.address)
    }

    /// What it has heard so far: texts, and `close CODE`.
    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().expect("no test panics with it").clone()
    }
}
