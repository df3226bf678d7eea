//! WebSockets of a session: what the scenario orders, what their tasks tell.

use super::Live;
use crate::socket::{FEED_RATE, Keeper, News, rate_of};
use crate::worker::SocketRequest;
use scenario::host::{Input, SocketEvent, SocketId, SocketOrder};

impl Live {
    /// A client asks for a WebSocket at the access URL.
    pub(crate) fn socket_arrived(&mut self, now_ms: u64, request: SocketRequest) {
        let token = self.next_token;
        self.next_token += 1;
        self.sockets.arrived(token, request.answer);
        self.input(
            now_ms,
            Input::SocketArrived {
                token,
                method: "GET".to_owned(),
                path: request.path,
                headers: request.headers,
            },
        );
    }

    /// Something happened on a WebSocket.
    pub(crate) fn socket_news(&mut self, now_ms: u64, news: News) {
        let News { socket, event, .. } = news;
        if matches!(event, SocketEvent::Closed { .. }) {
            let units = self.sockets.remove(socket);
            if units.is_empty() {
                // It was given up before.
                return;
            }
            self.outside(|control, out| {
                for unit in units {
                    control.close_socket_unit(unit, out);
                }
            });
        }
        self.input(now_ms, Input::Socket { socket, event });
    }

    pub(super) fn socket_order(&mut self, socket: SocketId, order: SocketOrder) {
        let shared = std::sync::Arc::clone(&self.shared);
        let mail = self.mail.clone();
        let keeper = Keeper {
            shared: &shared,
            mail: &mail,
            session: self.owner.session,
        };
        match order {
            SocketOrder::Open {
                url,
                protocols,
                headers,
            } => {
                self.sockets.open(socket, url, protocols, headers, &keeper);
                self.name_stream(socket, socket, None, &keeper);
            }
            SocketOrder::Accept { token } => {
                self.sockets.accept(socket, token, &keeper);
                self.name_stream(socket, socket, None, &keeper);
            }
            SocketOrder::Send { text } => self.sockets.send(socket, text, &keeper),
            SocketOrder::Close { code, reason } => {
                self.sockets.close(socket, code, reason, &keeper);
            }
            SocketOrder::NameStream { stream, tag } => {
                self.name_stream(socket, stream, Some(tag), &keeper);
            }
            SocketOrder::Stream {
                stream,
                encoding,
                custom_parameters,
            } => {
                self.sockets
                    .start(socket, stream, encoding, custom_parameters, &keeper);
                if let Some(frames) = self.sockets.sink(socket, stream) {
                    self.outside(|control, out| {
                        control.stream_socket_unit(stream, rate_of(encoding), frames, out);
                    });
                }
            }
            SocketOrder::StopStream { stream } => {
                self.outside(|control, out| control.unstream_socket_unit(stream, out));
                self.sockets.stop(socket, stream, &keeper);
            }
            SocketOrder::Clear { stream } => self.sockets.clear(socket, stream, &keeper),
        }
    }

    fn name_stream(
        &mut self,
        socket: SocketId,
        stream: SocketId,
        tag: Option<String>,
        keeper: &Keeper<'_>,
    ) {
        let feed = self.outside(|control, out| control.open_socket_unit(stream, FEED_RATE, out));
        self.sockets.name(socket, stream, tag, feed, keeper);
    }

    /// A mail for the scenario, sent by a task of its own.
    pub(super) fn send_mail(&self, request: u32, spec: scenario::host::MailSpec) {
        let shared = std::sync::Arc::clone(&self.shared);
        let mail = self.mail.clone();
        let session = self.owner.session;
        self.shared.runtime.spawn(async move {
            let (code, error) = crate::mail::send(&shared.reach, &shared.trust, spec).await;
            let _ = mail.send(crate::worker::Mail::Sent {
                session,
                request,
                code,
                error,
            });
        });
    }
}
