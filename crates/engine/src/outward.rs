//! TCP connections that scenarios ask for beyond HTTP: WebSockets and mail. The
//! same places are reachable as by HTTP (see [`crate::reach`]).

use crate::reach::{Reach, is_public};
use crate::trust::Trust;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;

/// Time to connect, as for HTTP (voxengine.md §1.1).
const CONNECT_WITHIN: Duration = Duration::from_secs(6);

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OutwardError {
    /// The owner of the configuration can allow it.
    #[error("{0} is a private address; name it in `engine.allow_hosts` to allow it")]
    Private(String),
    /// The name is wrong, or the name server is down.
    #[error("no address for {host}: {why}")]
    NoAddress {
        /// The name.
        host: String,
        /// What the system said.
        why: String,
    },
    /// Nobody listens there.
    #[error("cannot connect: {0}")]
    Connect(std::io::Error),
    /// No answer.
    #[error("no answer in time")]
    Timeout,
    /// The far end's certificate, mostly.
    #[error("TLS: {0}")]
    Tls(String),
}

/// The addresses behind a host that a scenario may reach. They are what is
/// connected to afterwards: a name cannot be rebound in between.
pub(crate) async fn addresses(
    reach: &Reach,
    host: &str,
    port: u16,
) -> Result<Vec<SocketAddr>, OutwardError> {
    let name = host.trim_start_matches('[').trim_end_matches(']');
    let found = tokio::time::timeout(CONNECT_WITHIN, tokio::net::lookup_host((name, port))).await;
    let all: Vec<SocketAddr> = match found {
        Ok(Ok(all)) => all.collect(),
        Ok(Err(error)) => {
            return Err(OutwardError::NoAddress {
                host: host.to_owned(),
                why: error.to_string(),
            });
        }
        Err(_) => return Err(OutwardError::Timeout),
    };
    if reach.allows_host(host, port) {
        return Ok(all);
    }
    let public: Vec<SocketAddr> = all.into_iter().filter(|at| is_public(at.ip())).collect();
    if public.is_empty() {
        return Err(OutwardError::Private(host.to_owned()));
    }
    Ok(public)
}

/// Connects to the first address that answers.
pub(crate) async fn connect(addresses: &[SocketAddr]) -> Result<TcpStream, OutwardError> {
    let connecting = tokio::time::timeout(CONNECT_WITHIN, TcpStream::connect(addresses)).await;
    let stream = connecting
        .map_err(|_| OutwardError::Timeout)?
        .map_err(OutwardError::Connect)?;
    // Audio goes out in small pieces that must not wait for each other.
    stream.set_nodelay(true).map_err(OutwardError::Connect)?;
    Ok(stream)
}

/// Speaks TLS to `host`, whose certificate must be [trusted](Trust).
pub(crate) async fn secure(
    trust: &Trust,
    stream: TcpStream,
    host: &str,
) -> Result<tokio_rustls::client::TlsStream<TcpStream>, OutwardError> {
    let wrong = |error: &dyn std::fmt::Display| OutwardError::Tls(error.to_string());
    let name = rustls::pki_types::ServerName::try_from(
        host.trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned(),
    )
    .map_err(|e| wrong(&e))?;
    let connector = tokio_rustls::TlsConnector::from(trust.shared_config());
    let greeting = tokio::time::timeout(CONNECT_WITHIN, connector.connect(name, stream)).await;
    greeting
        .map_err(|_| OutwardError::Timeout)?
        .map_err(|e| wrong(&e))
}
