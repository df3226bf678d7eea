//! The UDP socket the library reads: ours, with the guard in front.

use super::bucket::Buckets;
use super::verdict::{self, Verdict};
use parking_lot::Mutex;
use rsipstack::platform::net::UdpSocket as LibrarySocket;
use std::collections::HashSet;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// What the library's trait returns; it is written with `async_trait`.
type Boxed<'a, T> = Pin<Box<dyn Future<Output = rsipstack::Result<T>> + Send + 'a>>;

/// Counts and limits shared by all listeners.
pub(crate) struct Guard {
    /// Sources that are never limited: the trunks.
    exempt: HashSet<IpAddr>,
    buckets: Mutex<Buckets>,
    /// Datagrams that were dropped: no SIP, or too many.
    pub(crate) dropped: AtomicU64,
    /// Datagrams that were answered by the guard itself.
    pub(crate) refused: AtomicU64,
    server: String,
}

impl Guard {
    pub(crate) fn new(exempt: HashSet<IpAddr>, server: String) -> Self {
        Self {
            exempt,
            buckets: Mutex::new(Buckets::default()),
            dropped: AtomicU64::new(0),
            refused: AtomicU64::new(0),
            server,
        }
    }

    /// Whether one more message from this source may pass now.
    pub(crate) fn admits(&self, source: IpAddr) -> bool {
        self.exempt.contains(&source) || self.buckets.lock().take(Instant::now(), source)
    }

    pub(crate) fn discard(&self, source: SocketAddr, why: &'static str) {
        self.dropped.fetch_add(1, Ordering::Relaxed);
        if self.buckets.lock().may_log(Instant::now(), source.ip()) {
            tracing::info!(%source, why, "datagrams dropped");
        }
    }

    /// The answer to a message that is refused unread, counted and logged.
    pub(crate) fn refusal(
        &self,
        message: &[u8],
        source: SocketAddr,
        code: u16,
        why: &'static str,
    ) -> Option<(Vec<u8>, SocketAddr)> {
        let Some(answer) = verdict::refusal(message, source, code, why, &self.server) else {
            self.discard(source, why);
            return None;
        };
        self.refused.fetch_add(1, Ordering::Relaxed);
        if self.buckets.lock().may_log(Instant::now(), source.ip()) {
            tracing::info!(%source, code, why, "request refused unread");
        }
        Some(answer)
    }
}

/// A UDP socket behind the guard.
pub(crate) struct GuardedSocket {
    socket: tokio::net::UdpSocket,
    guard: Arc<Guard>,
}

impl GuardedSocket {
    pub(crate) fn new(socket: tokio::net::UdpSocket, guard: Arc<Guard>) -> Self {
        Self { socket, guard }
    }

    /// The next datagram that passes the guard.
    async fn next(&self, buffer: &mut [u8]) -> rsipstack::Result<(usize, SocketAddr)> {
        loop {
            let (length, source) = self.socket.recv_from(buffer).await?;
            if !self.guard.admits(source.ip()) {
                self.guard
                    .discard(source, "too many datagrams from this source");
                continue;
            }
            let datagram = buffer.get(..length).unwrap_or_default();
            // A datagram that fills the buffer was probably cut by the kernel.
            match verdict::judge(datagram, length == buffer.len()) {
                Verdict::Pass => return Ok((length, source)),
                Verdict::Drop { why } => self.guard.discard(source, why),
                Verdict::Refuse { code, why } => self.refuse(datagram, source, code, why).await,
            }
        }
    }

    async fn refuse(&self, datagram: &[u8], source: SocketAddr, code: u16, why: &'static str) {
        let Some((octets, destination)) = self.guard.refusal(datagram, source, code, why) else {
            return;
        };
        if let Err(error) = self.socket.send_to(&octets, destination).await {
            tracing::debug!(%destination, %error, "refusal not sent");
        }
    }
}

impl LibrarySocket for GuardedSocket {
    fn recv_from<'a, 'b, 'c>(&'a self, buffer: &'b mut [u8]) -> Boxed<'c, (usize, SocketAddr)>
    where
        'a: 'c,
        'b: 'c,
        Self: 'c,
    {
        Box::pin(self.next(buffer))
    }

    fn send_to<'a, 'b, 'c>(&'a self, octets: &'b [u8], to: SocketAddr) -> Boxed<'c, usize>
    where
        'a: 'c,
        'b: 'c,
        Self: 'c,
    {
        Box::pin(async move { Ok(self.socket.send_to(octets, to).await?) })
    }

    fn local_addr(&self) -> rsipstack::Result<SocketAddr> {
        Ok(self.socket.local_addr()?)
    }
}
