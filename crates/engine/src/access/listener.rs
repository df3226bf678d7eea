//! Taking connections for the access URLs, with the limits that axum's own loop
//! does not have: how many there may be, and how long one may take to send a
//! request's head. What its body may take is the handler's limit.

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Connections at once: a kept-alive one for each live session of the largest
/// engine, with room. Further ones wait in the system's queue.
const CONNECTIONS_MAX: usize = 4_096;
/// How long a request's head may take, the pause since the last request on the
/// same connection included: a slow sender holds a connection no longer.
const HEAD_WITHIN: Duration = Duration::from_secs(30);
/// Longest head, bytes.
const HEAD_BYTES_MAX: usize = 16 << 10;
/// Pause after a failed accept (no file handles left).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until the task is dropped.
pub(crate) async fn serve(listener: TcpListener, router: Router) {
    serve_with(listener, router, CONNECTIONS_MAX, HEAD_WITHIN).await;
}

async fn serve_with(listener: TcpListener, router: Router, places: usize, head: Duration) {
    let places = Arc::new(Semaphore::new(places));
    // The semaphore is never closed.
    while let Ok(place) = places.clone().acquire_owned().await {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(converse(stream, place, router.clone(), head));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// One connection, request after request.
async fn converse(stream: TcpStream, _place: OwnedSemaphorePermit, router: Router, head: Duration) {
    // Answers are small: waiting to fill a packet would only delay them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "no TCP_NODELAY");
    }
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router))
        .with_upgrades();
    if let Err(error) = connection.await {
        tracing::debug!(%error, "connection broken");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    const ASK: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    async fn connect(places: usize, head: Duration) -> (TcpStream, std::net::SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/", get(|| async { "here" }));
        tokio::spawn(serve_with(listener, router, places, head));
        (TcpStream::connect(address).await.unwrap(), address)
    }

    async fn answer(stream: &mut TcpStream) -> String {
        let mut buffer = vec![0; 1024];
        let read = stream.read(&mut buffer).await.unwrap_or(0);
        String::from_utf8_lossy(&buffer[..read]).into_owned()
    }

    #[tokio::test]
    async fn a_head_that_does_not_come_ends_its_connection() {
        let (mut slow, _) = connect(10, Duration::from_millis(200)).await;
        slow.write_all(&ASK[..20]).await.unwrap();
        let told = answer(&mut slow).await;
        assert!(told.is_empty() || told.contains("408"), "{told}");
    }

    #[tokio::test]
    async fn a_connection_too_many_waits_until_one_ends() {
        let (mut first, address) = connect(1, Duration::from_secs(30)).await;
        first.write_all(ASK).await.unwrap();
        assert!(answer(&mut first).await.contains("here"));
        let mut second = TcpStream::connect(address).await.unwrap();
        second.write_all(ASK).await.unwrap();
        let waits = tokio::time::timeout(Duration::from_millis(200), answer(&mut second)).await;
        assert!(waits.is_err(), "{waits:?}");
        drop(first);
        assert!(answer(&mut second).await.contains("here"));
    }
}
