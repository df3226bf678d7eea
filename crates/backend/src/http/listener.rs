//! Taking connections, with the limits that axum's own server does not have:
//! how many there may be, and how long one may take to send a request's head.

use super::PeerAddress;
use super::tls::TlsListener;
use axum::Router;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{debug, warn};

/// Connections at once: a socket for each page of the largest centre, with as
/// many again for sessions and readers. Further ones wait in the system's queue.
const CONNECTIONS_MAX: usize = 20_000;

/// How long a request's head may take, the pause since the last request on the
/// same connection included: a slow sender holds a connection no longer.
const HEAD_MAX: Duration = Duration::from_secs(30);

/// Longest head in bytes: far above what browsers send with a cookie.
const HEAD_BYTES_MAX: usize = 16 * 1_024;

/// Pause after a failed accept (no file handles left): trying again at full
/// speed would only make it worse.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until `stop`, then lets requests under way end.
pub(crate) async fn serve(
    listener: TcpListener,
    tls: Option<TlsListener>,
    router: Router,
    stop: CancellationToken,
) {
    let places = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let connections = TaskTracker::new();
    loop {
        let (accepted, handshake) = tokio::select! {
            () = stop.cancelled() => break,
            accepted = accept(&listener, &places) => (accepted, None),
            (accepted, acceptor) = accept_tls(tls.as_ref(), &places) => (accepted, Some(acceptor)),
        };
        let Some((stream, peer, place)) = accepted else {
            continue;
        };
        let (router, stop) = (router.clone(), stop.clone());
        connections.spawn(async move {
            let _place = place;
            // Answers are small: waiting to fill a packet would only delay them.
            if let Err(error) = stream.set_nodelay(true) {
                debug!(%error, "no TCP_NODELAY");
            }
            let Some(acceptor) = handshake else {
                return converse(stream, peer, router, stop).await;
            };
            match tokio::time::timeout(HEAD_MAX, acceptor.accept(stream)).await {
                Ok(Ok(stream)) => converse(stream, peer, router, stop).await,
                Ok(Err(error)) => debug!(%peer, %error, "no TLS"),
                Err(_) => debug!(%peer, "a TLS handshake took too long"),
            }
        });
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

/// The next connection for HTTPS; never one when it is not served.
async fn accept_tls(
    tls: Option<&TlsListener>,
    places: &Arc<Semaphore>,
) -> (Option<Accepted>, TlsAcceptor) {
    let Some(tls) = tls else {
        return std::future::pending().await;
    };
    let accepted = accept(tls.listener(), places).await;
    (accepted, tls.acceptor())
}

type Accepted = (TcpStream, SocketAddr, OwnedSemaphorePermit);

async fn accept(listener: &TcpListener, places: &Arc<Semaphore>) -> Option<Accepted> {
    let place = places.clone().acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, peer)) => Some((stream, peer, place)),
        Err(error) => {
            warn!(%error, "a connection was not accepted");
            tokio::time::sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}

/// One connection, request after request.
async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: SocketAddr,
    router: Router,
    stop: CancellationToken,
) {
    let address = PeerAddress(peer.ip().to_canonical());
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(address);
        router.call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_MAX)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        debug!(%peer, %error, "connection broken");
    }
}
