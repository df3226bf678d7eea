//! The WebSockets of one session: which are there and how many may be.

use crate::core::Core;
use crate::host::{Effect, Input, SocketEvent, SocketId, SocketOrder};
use crate::limits::{Limits, count};
use std::collections::BTreeMap;

/// RFC 6455 §7.4.1, "normal closure".
const CLOSE_NORMAL: u16 = 1000;
/// RFC 6455 §7.4.1, "abnormal closure": there was no goodbye.
const CLOSE_ABNORMAL: u16 = 1006;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Ours,
    Theirs,
}

/// What a client that asks for a WebSocket meets.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// There is room.
    Welcome,
    /// The scenario did not ask for connections.
    NotAllowed,
    /// As many as there may be are there.
    TooMany,
}

#[derive(Default)]
pub(crate) struct Sockets {
    live: BTreeMap<SocketId, Side>,
    allowed: bool,
}

impl Sockets {
    /// `VoxEngine.allowWebSocketConnections()`.
    pub(crate) fn allow(&mut self) {
        self.allowed = true;
    }

    /// Counts a WebSocket that the session opens; false when there are too many.
    pub(crate) fn open(&mut self, socket: SocketId, limits: &Limits) -> bool {
        if self.count(Side::Ours) >= count(limits.sockets_opened) {
            return false;
        }
        self.live.insert(socket, Side::Ours);
        true
    }

    /// Judges a client's wish for `socket`, with so many calls in the session.
    pub(crate) fn arrive(&mut self, socket: SocketId, calls: usize, limits: &Limits) -> Arrival {
        if !self.allowed {
            return Arrival::NotAllowed;
        }
        if self.count(Side::Theirs) >= calls.saturating_add(count(limits.sockets_above_calls)) {
            return Arrival::TooMany;
        }
        self.live.insert(socket, Side::Theirs);
        Arrival::Welcome
    }

    pub(crate) fn has(&self, socket: SocketId) -> bool {
        self.live.contains_key(&socket)
    }

    pub(crate) fn closed(&mut self, socket: SocketId) {
        self.live.remove(&socket);
    }

    pub(crate) fn take_all(&mut self) -> Vec<SocketId> {
        std::mem::take(&mut self.live).into_keys().collect()
    }

    fn count(&self, side: Side) -> usize {
        self.live.values().filter(|s| **s == side).count()
    }
}

impl Core {
    /// Whether an order to a WebSocket may go out.
    pub(crate) fn may_order(&mut self, socket: SocketId, order: &SocketOrder) -> bool {
        let why = match order {
            SocketOrder::Open { url, .. } => {
                let url = url::Url::parse(url).ok();
                if !url.is_some_and(|url| matches!(url.scheme(), "ws" | "wss") && url.has_host()) {
                    "not a WebSocket URL"
                } else if !self.sockets.open(socket, &self.limits) {
                    "WebSocket limit reached"
                } else {
                    return true;
                }
            }
            SocketOrder::Accept { .. } => {
                self.broken = Some("operation that the API does not have".to_owned());
                return false;
            }
            // A WebSocket that is gone has told so, or will.
            SocketOrder::Send { .. }
            | SocketOrder::Close { .. }
            | SocketOrder::Stream { .. }
            | SocketOrder::StopStream { .. }
            | SocketOrder::NameStream { .. }
            | SocketOrder::Clear { .. } => return self.sockets.has(socket),
        };
        self.refuse(Input::Socket {
            socket,
            event: SocketEvent::Closed {
                code: CLOSE_ABNORMAL,
                reason: String::new(),
                clean: false,
                error: Some(why.to_owned()),
            },
        });
        false
    }

    /// A client wants a WebSocket: the id that it gets, or what to tell the scenario.
    pub(crate) fn socket_arrived(&mut self, token: u64) -> Result<SocketId, Option<&'static str>> {
        let socket = self.next_unit();
        let calls = self.calls.len();
        let refused = match self.sockets.arrive(socket, calls, &self.limits) {
            Arrival::Welcome => {
                let order = SocketOrder::Accept { token };
                self.push(Effect::Socket { socket, order });
                return Ok(socket);
            }
            Arrival::NotAllowed => None,
            Arrival::TooMany => Some("WebSocket limit reached"),
        };
        let status = if refused.is_some() { 503 } else { 403 };
        self.push(Effect::RefuseSocket { token, status });
        Err(refused)
    }

    /// The session ends: every WebSocket says goodbye.
    pub(crate) fn close_sockets(&mut self) {
        for socket in self.sockets.take_all() {
            let order = SocketOrder::Close {
                code: CLOSE_NORMAL,
                reason: String::new(),
            };
            self.push(Effect::Socket { socket, order });
        }
    }
}
