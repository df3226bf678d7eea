//! The handshake with a server (RFC 6455 §4.1).

use super::MESSAGE_BYTES_MAX;
use super::line::{Line, from_tungstenite};
use crate::outward::{self, OutwardError};
use crate::reach::Reach;
use crate::trust::Trust;
use scenario::host::Headers;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue, header};
use tokio_tungstenite::tungstenite::{self, protocol::WebSocketConfig};
use url::Url;

/// Time for the handshake once there is a connection.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(10);

/// Why there is no WebSocket. The scenario's author can fix most of them.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DialError {
    #[error("not a WebSocket URL")]
    Url,
    #[error(transparent)]
    Outward(#[from] OutwardError),
    #[error("header {0} cannot be sent")]
    Header(String),
    #[error("the server refused: HTTP {0}")]
    Refused(u16),
    #[error("the handshake failed: {0}")]
    Handshake(String),
    #[error("no handshake in time")]
    Timeout,
}

/// Connects, within what the scenario may reach.
pub(crate) async fn dial(
    reach: &Reach,
    trust: &Trust,
    url: &str,
    protocols: &[String],
    headers: &Headers,
) -> Result<Line, DialError> {
    let parsed = Url::parse(url).map_err(|_| DialError::Url)?;
    let host = parsed.host_str().ok_or(DialError::Url)?.to_owned();
    let secure = match parsed.scheme() {
        "ws" => false,
        "wss" => true,
        _ => return Err(DialError::Url),
    };
    let port = parsed.port_or_known_default().ok_or(DialError::Url)?;
    let addresses = outward::addresses(reach, &host, port).await?;
    let request = request(url, protocols, headers)?;
    let stream = outward::connect(&addresses).await?;
    if secure {
        let stream = outward::secure(trust, stream, &host).await?;
        shake_hands(request, stream).await
    } else {
        shake_hands(request, stream).await
    }
}

fn request(
    url: &str,
    protocols: &[String],
    headers: &Headers,
) -> Result<tungstenite::handshake::client::Request, DialError> {
    let mut request = url.into_client_request().map_err(|_| DialError::Url)?;
    let own = request.headers_mut();
    own.insert(
        header::USER_AGENT,
        HeaderValue::from_static("VoxEngine/1.0"),
    );
    if !protocols.is_empty() {
        let value = HeaderValue::from_str(&protocols.join(", "))
            .map_err(|_| DialError::Header("Sec-WebSocket-Protocol".to_owned()))?;
        own.insert(header::SEC_WEBSOCKET_PROTOCOL, value);
    }
    for (name, value) in headers {
        let wrong = || DialError::Header(name.clone());
        let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong())?;
        // The handshake itself is not the scenario's to change.
        let handshake = key.as_str().starts_with("sec-websocket-")
            || matches!(key, header::HOST | header::UPGRADE | header::CONNECTION);
        if handshake {
            return Err(wrong());
        }
        own.append(key, HeaderValue::from_str(value).map_err(|_| wrong())?);
    }
    Ok(request)
}

async fn shake_hands<S>(
    request: tungstenite::handshake::client::Request,
    stream: S,
) -> Result<Line, DialError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let config = WebSocketConfig::default()
        .max_message_size(Some(MESSAGE_BYTES_MAX))
        .max_frame_size(Some(MESSAGE_BYTES_MAX));
    let greeting = tokio_tungstenite::client_async_with_config(request, stream, Some(config));
    match tokio::time::timeout(HANDSHAKE_WITHIN, greeting).await {
        Ok(Ok((stream, _))) => Ok(from_tungstenite(stream)),
        Ok(Err(tungstenite::Error::Http(response))) => {
            Err(DialError::Refused(response.status().as_u16()))
        }
        Ok(Err(error)) => Err(DialError::Handshake(error.to_string())),
        Err(_) => Err(DialError::Timeout),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// The ways to write a private address that HTTP refuses, for `ws` and `wss`.
    #[tokio::test]
    async fn private_addresses_are_refused_however_they_are_written() {
        let (reach, trust) = (Reach::default(), Trust::new(None).unwrap());
        let mut refused = 0;
        for trick in crate::http::tests::TRICKS {
            for scheme in ["ws", "wss"] {
                let url = trick.replace("http", scheme).replace("HTTP", scheme);
                match dial(&reach, &trust, &url, &[], &Vec::new()).await {
                    Err(DialError::Outward(OutwardError::Private(_))) => refused += 1,
                    // `ht\ntp`, which stays http.
                    Err(DialError::Url) => {}
                    Err(other) => panic!("{url}: {other}"),
                    Ok(_) => panic!("{url} is reached"),
                }
            }
        }
        assert!(refused >= 130, "{refused}");
    }
}
