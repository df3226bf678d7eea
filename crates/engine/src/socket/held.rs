//! The WebSockets that a session holds: the near ends of their tasks.

use super::dial::dial;
use super::line::Line;
use super::pump::{self, Ends, Order, Reporter, Sound};
use crate::shared::Shared;
use crossbeam_channel::Sender;
use media::{FeedId, FrameSink};
use scenario::host::{AudioEncoding, Headers, SocketId, UnitId};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::{mpsc, oneshot};

/// Orders that a WebSocket may be behind with.
const ORDERS_MAX: usize = 1_024;
/// Bytes of text that it may be behind with.
const WAITING_BYTES_MAX: usize = 4 << 20;
/// Frames of 20 ms that it may be behind with; later ones are lost.
const SOUNDS_MAX: usize = 100;

/// A session's WebSockets.
#[derive(Default)]
pub(crate) struct Held {
    sockets: HashMap<SocketId, Socket>,
    /// Clients that wait for an answer, by token.
    arrivals: HashMap<u64, oneshot::Sender<Welcome>>,
}

struct Socket {
    orders: mpsc::Sender<Order>,
    sounds: mpsc::Sender<Sound>,
    waiting_bytes: Arc<AtomicUsize>,
    /// Its unit and those of its tags.
    units: Vec<UnitId>,
}

/// What a client at the access URL is told: come in, and the task that serves it.
pub(crate) type Welcome = Box<dyn FnOnce(Line) -> Serving + Send>;
/// Serves a connection until it ends.
pub(crate) type Serving = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

/// Whose WebSockets they are.
pub(crate) struct Keeper<'a> {
    pub(crate) shared: &'a Arc<Shared>,
    pub(crate) mail: &'a Sender<crate::worker::Mail>,
    pub(crate) session: u64,
}

impl Keeper<'_> {
    fn reporter(&self, socket: SocketId) -> Reporter {
        Reporter {
            mail: self.mail.clone(),
            session: self.session,
            socket,
        }
    }
}

impl Held {
    /// A client waits for the session's answer.
    pub(crate) fn arrived(&mut self, token: u64, answer: oneshot::Sender<Welcome>) {
        self.arrivals.insert(token, answer);
    }

    /// The client goes: its end of the answer is dropped.
    pub(crate) fn refuse(&mut self, token: u64) {
        self.arrivals.remove(&token);
    }

    /// Opens a connection to a server.
    pub(crate) fn open(
        &mut self,
        socket: SocketId,
        url: String,
        protocols: Vec<String>,
        headers: Headers,
        keeper: &Keeper<'_>,
    ) {
        let ends = self.add(socket);
        let reporter = keeper.reporter(socket);
        let shared = Arc::clone(keeper.shared);
        keeper.shared.runtime.spawn(async move {
            let mut ends = ends;
            // What is ordered meanwhile waits in the channel; only the end of the
            // session does not.
            let line = tokio::select! {
                line = dial(&shared.reach, &shared.trust, &url, &protocols, &headers) => line,
                () = closed(&mut ends) => return,
            };
            match line {
                Ok(line) => {
                    reporter.tell(scenario::host::SocketEvent::Opened, None);
                    pump::run(line, ends, reporter, shared).await;
                }
                Err(error) => reporter.no_connection(error.to_string()),
            }
        });
    }

    /// Takes the connection of a client that waits.
    pub(crate) fn accept(&mut self, socket: SocketId, token: u64, keeper: &Keeper<'_>) {
        let ends = self.add(socket);
        let reporter = keeper.reporter(socket);
        let shared = Arc::clone(keeper.shared);
        let serve: Welcome =
            Box::new(move |line| Box::pin(pump::run(line, ends, reporter, shared)));
        let client = self.arrivals.remove(&token);
        if client.is_none_or(|client| client.send(serve).is_err()) {
            // It has gone meanwhile.
            keeper
                .reporter(socket)
                .no_connection("the client has gone".to_owned());
        }
    }

    fn add(&mut self, socket: SocketId) -> Ends {
        let (orders, orders_end) = mpsc::channel(ORDERS_MAX);
        let (sounds, sounds_end) = mpsc::channel(SOUNDS_MAX);
        let waiting_bytes = Arc::new(AtomicUsize::new(0));
        self.sockets.insert(
            socket,
            Socket {
                orders,
                sounds,
                waiting_bytes: Arc::clone(&waiting_bytes),
                units: vec![socket],
            },
        );
        Ends {
            orders: orders_end,
            sounds: sounds_end,
            waiting_bytes,
        }
    }

    pub(crate) fn send(&mut self, socket: SocketId, text: String, keeper: &Keeper<'_>) {
        let Some(own) = self.sockets.get(&socket) else {
            return;
        };
        let waiting = own.waiting_bytes.fetch_add(text.len(), Ordering::Relaxed);
        if waiting + text.len() > WAITING_BYTES_MAX {
            self.give_up(socket, keeper);
            return;
        }
        self.order(socket, Order::Text(text), keeper);
    }

    pub(crate) fn close(
        &mut self,
        socket: SocketId,
        code: u16,
        reason: String,
        keeper: &Keeper<'_>,
    ) {
        self.order(socket, Order::Close { code, reason }, keeper);
    }

    /// Audio with `tag` is pushed into `feed` from now on.
    pub(crate) fn name(
        &mut self,
        socket: SocketId,
        stream: UnitId,
        tag: Option<String>,
        feed: FeedId,
        keeper: &Keeper<'_>,
    ) {
        if let Some(own) = self.sockets.get_mut(&socket)
            && !own.units.contains(&stream)
        {
            own.units.push(stream);
        }
        self.order(socket, Order::Name { stream, tag, feed }, keeper);
    }

    pub(crate) fn start(
        &mut self,
        socket: SocketId,
        stream: UnitId,
        encoding: AudioEncoding,
        custom_parameters: Option<String>,
        keeper: &Keeper<'_>,
    ) {
        let order = Order::Start {
            stream,
            encoding,
            custom_parameters,
        };
        self.order(socket, order, keeper);
    }

    pub(crate) fn stop(&mut self, socket: SocketId, stream: UnitId, keeper: &Keeper<'_>) {
        self.order(socket, Order::Stop { stream }, keeper);
    }

    pub(crate) fn clear(&mut self, socket: SocketId, stream: Option<UnitId>, keeper: &Keeper<'_>) {
        self.order(socket, Order::Clear { stream }, keeper);
    }

    /// Where the media threads put the frames of a stream.
    pub(crate) fn sink(&self, socket: SocketId, stream: UnitId) -> Option<FrameSink> {
        let sounds = self.sockets.get(&socket)?.sounds.clone();
        Some(FrameSink::new(move |frame| {
            let samples = frame.samples.to_vec();
            // A far end that is behind loses audio rather than hearing it late.
            let _ = sounds.try_send(Sound { stream, samples });
        }))
    }

    /// A WebSocket is gone: its units.
    pub(crate) fn remove(&mut self, socket: SocketId) -> Vec<UnitId> {
        self.sockets
            .remove(&socket)
            .map_or_else(Vec::new, |own| own.units)
    }

    fn order(&mut self, socket: SocketId, order: Order, keeper: &Keeper<'_>) {
        let Some(own) = self.sockets.get(&socket) else {
            return;
        };
        if let Err(mpsc::error::TrySendError::Full(_)) = own.orders.try_send(order) {
            self.give_up(socket, keeper);
        }
    }

    /// The far end reads too slowly. Dropping the channels ends the task; its own
    /// word comes too late to be heard.
    fn give_up(&mut self, socket: SocketId, keeper: &Keeper<'_>) {
        if let Some(own) = self.sockets.get_mut(&socket) {
            let (orders, _) = mpsc::channel(1);
            own.orders = orders;
            keeper
                .reporter(socket)
                .no_connection("the far end takes messages too slowly".to_owned());
        }
    }
}

/// Ends when nobody holds the other end any more.
async fn closed(ends: &mut Ends) {
    // A sound is only sent while a stream runs, and none runs before it is open.
    while ends.sounds.recv().await.is_some() {}
}
