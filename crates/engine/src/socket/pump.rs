//! The task of one WebSocket: carries text and audio both ways until either side
//! says goodbye.

use super::frames::{self, AudioMessage};
use super::line::{Frame, Line, LineError};
use super::streams::Streams;
use crate::shared::Shared;
use crate::worker::Mail;
use crossbeam_channel::Sender;
use futures_util::{SinkExt as _, StreamExt as _};
use media::FeedId;
use scenario::host::{AudioEncoding, SocketEvent, SocketId, UnitId};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::Instant;

/// Messages that the scenario has not looked at yet; the far end waits with more.
const UNREAD_MAX: usize = 64;
/// A far end that takes nothing for so long is given up.
const SEND_WITHIN: Duration = Duration::from_secs(10);
/// Time for the far end's goodbye after ours.
const GOODBYE_WITHIN: Duration = Duration::from_secs(5);
/// Signs of life are asked for this often, and missed for three times as long at most.
const PING_EVERY: Duration = Duration::from_secs(20);
/// How often ends of audio are looked for.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// RFC 6455 §7.4.1.
const NORMAL: u16 = 1000;
const ABNORMAL: u16 = 1006;
const TOO_LARGE: u16 = 1009;

/// What the session asks of its WebSocket.
#[derive(Debug)]
pub(crate) enum Order {
    Text(String),
    Close {
        code: u16,
        reason: String,
    },
    /// Audio with this tag is pushed into `feed`.
    Name {
        stream: UnitId,
        tag: Option<String>,
        feed: FeedId,
    },
    Start {
        stream: UnitId,
        encoding: AudioEncoding,
        custom_parameters: Option<String>,
    },
    Stop {
        stream: UnitId,
    },
    Clear {
        stream: Option<UnitId>,
    },
}

/// 20 ms of what a stream of the session sounds.
#[derive(Debug)]
pub(crate) struct Sound {
    pub(crate) stream: UnitId,
    pub(crate) samples: Vec<i16>,
}

/// What a WebSocket tells its session.
#[derive(Debug)]
pub(crate) struct News {
    pub(crate) socket: SocketId,
    pub(crate) event: SocketEvent,
    /// Room among the unread messages, given back when this is dropped.
    _room: Option<OwnedSemaphorePermit>,
}

/// Where the news go.
pub(crate) struct Reporter {
    pub(crate) mail: Sender<Mail>,
    pub(crate) session: u64,
    pub(crate) socket: SocketId,
}

impl Reporter {
    pub(crate) fn tell(&self, event: SocketEvent, room: Option<OwnedSemaphorePermit>) {
        let _ = self.mail.send(Mail::Socket {
            session: self.session,
            news: News {
                socket: self.socket,
                event,
                _room: room,
            },
        });
    }

    /// The last word: there never was a connection, or it broke.
    pub(crate) fn failed(&self, code: u16, error: String) {
        self.tell(
            SocketEvent::Closed {
                code,
                reason: String::new(),
                clean: false,
                error: Some(error),
            },
            None,
        );
    }

    pub(crate) fn no_connection(&self, error: String) {
        self.failed(ABNORMAL, error);
    }
}

/// The session's end of the channels.
pub(crate) struct Ends {
    pub(crate) orders: mpsc::Receiver<Order>,
    pub(crate) sounds: mpsc::Receiver<Sound>,
    /// Bytes of text in `orders`.
    pub(crate) waiting_bytes: Arc<AtomicUsize>,
}

/// How it ended.
enum End {
    /// The far end said goodbye.
    Theirs {
        code: u16,
        reason: String,
    },
    /// We did, or the session is over.
    Ours {
        code: u16,
        reason: String,
    },
    Broken(LineError),
}

/// Serves a connection until it ends.
pub(crate) async fn run(line: Line, ends: Ends, reporter: Reporter, shared: Arc<Shared>) {
    let mut pump = Pump {
        line,
        ends,
        streams: Streams::default(),
        unread: Arc::new(Semaphore::new(UNREAD_MAX)),
        reporter,
        shared,
    };
    let end = pump.serve().await;
    pump.finish(end).await;
}

struct Pump {
    line: Line,
    ends: Ends,
    streams: Streams,
    unread: Arc<Semaphore>,
    reporter: Reporter,
    shared: Arc<Shared>,
}

impl Pump {
    async fn serve(&mut self) -> End {
        let mut look = tokio::time::interval(LOOK_EVERY);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut pinged = Instant::now();
        let mut heard = Instant::now();
        loop {
            let done = tokio::select! {
                order = self.ends.orders.recv() => match order {
                    Some(order) => self.carry_out(order).await,
                    None => Err(End::Ours { code: NORMAL, reason: String::new() }),
                },
                Some(sound) = self.ends.sounds.recv() => match self.streams.sound(&sound) {
                    Some(text) => self.send(Frame::Text(text)).await,
                    None => Ok(()),
                },
                frame = self.line.incoming.next() => {
                    heard = Instant::now();
                    self.receive(frame).await
                }
                _ = look.tick() => {
                    self.tell_ended();
                    if heard.elapsed() > PING_EVERY * 3 {
                        let why = "no sign of life".to_owned();
                        Err(End::Broken(LineError::Broken(why)))
                    } else if pinged.elapsed() > PING_EVERY {
                        pinged = Instant::now();
                        self.send(Frame::Ping).await
                    } else {
                        Ok(())
                    }
                }
            };
            if let Err(end) = done {
                return end;
            }
        }
    }

    async fn carry_out(&mut self, order: Order) -> Result<(), End> {
        match order {
            Order::Text(text) => {
                self.ends
                    .waiting_bytes
                    .fetch_sub(text.len(), Ordering::Relaxed);
                self.send(Frame::Text(text)).await
            }
            Order::Close { code, reason } => Err(End::Ours { code, reason }),
            Order::Name { stream, tag, feed } => {
                let waiting = self.streams.name(stream, tag, feed);
                self.push(feed, waiting);
                Ok(())
            }
            Order::Start {
                stream,
                encoding,
                custom_parameters,
            } => {
                let custom = custom_parameters.as_deref();
                for text in self.streams.start(stream, encoding, custom) {
                    self.send(Frame::Text(text)).await?;
                }
                Ok(())
            }
            Order::Stop { stream } => match self.streams.stop(stream) {
                Some(text) => self.send(Frame::Text(text)).await,
                None => Ok(()),
            },
            Order::Clear { stream } => {
                for feed in self.streams.clear(Instant::now(), stream) {
                    if let Some(media) = self.shared.media.get() {
                        media.clear_feed(feed);
                    }
                }
                self.tell_ended();
                Ok(())
            }
        }
    }

    async fn receive(&mut self, frame: Option<Result<Frame, LineError>>) -> Result<(), End> {
        match frame {
            Some(Ok(Frame::Text(text))) => match frames::read(&text) {
                Some(message) => {
                    self.hear(message);
                    Ok(())
                }
                None => self.pass_on(text).await,
            },
            Some(Ok(Frame::Ping | Frame::Other)) => Ok(()),
            Some(Ok(Frame::Close { code, reason })) => Err(End::Theirs { code, reason }),
            Some(Err(error)) => Err(End::Broken(error)),
            None => {
                let why = "the connection was cut".to_owned();
                Err(End::Broken(LineError::Broken(why)))
            }
        }
    }

    /// A message for the scenario. While too many are unread, nothing more is
    /// taken from the far end; what the session asks for must not wait for that.
    async fn pass_on(&mut self, text: String) -> Result<(), End> {
        let unread = Arc::clone(&self.unread);
        let room = unread.acquire_owned();
        tokio::pin!(room);
        loop {
            tokio::select! {
                room = &mut room => {
                    self.reporter.tell(SocketEvent::Message { text }, room.ok());
                    return Ok(());
                }
                order = self.ends.orders.recv() => match order {
                    Some(order) => self.carry_out(order).await?,
                    None => return Err(End::Ours { code: NORMAL, reason: String::new() }),
                },
            }
        }
    }

    fn hear(&mut self, message: AudioMessage) {
        let now = Instant::now();
        let heard = self.streams.hear(now, message);
        if let Some(event) = heard.started {
            self.reporter.tell(event, None);
        }
        if let (Some(feed), false) = (heard.feed, heard.samples.is_empty()) {
            self.push(feed, heard.samples);
        }
    }

    fn push(&self, feed: FeedId, samples: Vec<i16>) {
        if let Some(media) = self.shared.media.get().filter(|_| !samples.is_empty()) {
            media.feed(feed, samples);
        }
    }

    fn tell_ended(&mut self) {
        for event in self.streams.take_ended(Instant::now()) {
            self.reporter.tell(event, None);
        }
    }

    async fn send(&mut self, frame: Frame) -> Result<(), End> {
        match tokio::time::timeout(SEND_WITHIN, self.line.outgoing.send(frame)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(End::Broken(error)),
            Err(_) => {
                let why = "the far end takes nothing".to_owned();
                Err(End::Broken(LineError::Broken(why)))
            }
        }
    }

    async fn finish(mut self, end: End) {
        // Nobody orders any more: a session that still does sees a closed channel.
        self.ends.orders.close();
        let (code, reason, clean, error) = match end {
            End::Theirs { code, reason } => {
                // The library has answered; this sends the answer.
                let _ = tokio::time::timeout(GOODBYE_WITHIN, self.line.outgoing.close()).await;
                (code, reason, true, None)
            }
            End::Ours { code, reason } => {
                for text in self.streams.stop_all() {
                    if self.send(Frame::Text(text)).await.is_err() {
                        break;
                    }
                }
                let goodbye = Frame::Close {
                    code,
                    reason: reason.clone(),
                };
                let clean = self.send(goodbye).await.is_ok() && self.hear_goodbye().await;
                (code, reason, clean, None)
            }
            End::Broken(error) => {
                let code = match error {
                    LineError::TooLarge => TOO_LARGE,
                    LineError::Broken(_) => ABNORMAL,
                };
                if code == TOO_LARGE {
                    let reason = String::new();
                    let _ = self.send(Frame::Close { code, reason }).await;
                }
                (code, String::new(), false, Some(error.to_string()))
            }
        };
        let closed = SocketEvent::Closed {
            code,
            reason,
            clean,
            error,
        };
        self.reporter.tell(closed, None);
    }

    /// Waits for the far end's goodbye; what it still says is not heard.
    async fn hear_goodbye(&mut self) -> bool {
        let goodbye = async {
            while let Some(frame) = self.line.incoming.next().await {
                match frame {
                    Ok(Frame::Close { .. }) => return true,
                    Ok(Frame::Text(_) | Frame::Ping | Frame::Other) => {}
                    Err(_) => return false,
                }
            }
            false
        };
        tokio::time::timeout(GOODBYE_WITHIN, goodbye)
            .await
            .unwrap_or(false)
    }
}
