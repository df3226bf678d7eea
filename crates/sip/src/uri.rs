//! SIP URIs that we build or send: checked before they reach a message.

use rsipstack::sip::{
    Auth, Host, HostWithPort, Param, Port, Scheme, Transport as WireTransport, Uri,
};
use std::net::SocketAddr;

/// Longest URI taken from the owner, octets: a datagram must hold it thrice.
const URI_OCTETS_MAX: usize = 512;

/// Why a URI cannot be called. Whoever wrote the URI can fix it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UriError {
    /// Not `sip:`.
    #[error("the URI scheme is not sip:")]
    Scheme,
    /// A character that may not stand in a URI, or a host that is none.
    #[error("the URI is malformed")]
    Malformed,
}

/// Parses a URI given by the owner and refuses everything that could break out
/// of a request line or an angle-bracketed header.
pub(crate) fn checked(text: &str) -> Result<Uri, UriError> {
    let text = text.trim();
    let forbidden = |c: char| c.is_control() || c.is_whitespace() || "<>\"\\".contains(c);
    if text.len() > URI_OCTETS_MAX || text.contains(forbidden) {
        return Err(UriError::Malformed);
    }
    let uri = Uri::try_from(text).map_err(|_| UriError::Malformed)?;
    match uri.scheme {
        Some(Scheme::Sip) => {}
        Some(Scheme::Sips | Scheme::Other(_)) | None => return Err(UriError::Scheme),
    }
    if !is_host(&uri.host_with_port.host) {
        return Err(UriError::Malformed);
    }
    Ok(uri)
}

/// `sip:user@host:port`, with `;transport=tcp` for TCP.
pub(crate) fn of(user: Option<&str>, at: HostWithPort, transport: WireTransport) -> Uri {
    let params = match transport {
        WireTransport::Udp => vec![],
        WireTransport::Tcp
        | WireTransport::Tls
        | WireTransport::TlsSctp
        | WireTransport::Sctp
        | WireTransport::Ws
        | WireTransport::Wss => vec![Param::Transport(transport)],
    };
    Uri {
        scheme: Some(Scheme::Sip),
        auth: user.filter(|user| !user.is_empty()).map(|user| Auth {
            user: crate::headers::clean(user),
            password: None,
        }),
        host_with_port: at,
        params,
        headers: vec![],
    }
}

/// Host and port of a socket address.
pub(crate) fn host_of(address: SocketAddr) -> HostWithPort {
    HostWithPort {
        host: Host::IpAddr(address.ip()),
        port: Some(Port(address.port())),
    }
}

/// The transport a URI asks for, UDP when it does not say.
pub(crate) fn transport_of(uri: &Uri) -> WireTransport {
    uri.params
        .iter()
        .find_map(|param| match param {
            Param::Transport(transport) => Some(*transport),
            _ => None,
        })
        .unwrap_or(WireTransport::Udp)
}

fn is_host(host: &Host) -> bool {
    match host {
        Host::IpAddr(_) => true,
        Host::Domain(domain) => {
            !domain.0.is_empty()
                && domain
                    .0
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_that_could_break_a_message_are_refused() {
        for text in [
            "sip:a@b\r\nX: 1",
            "sip:a b@c",
            "<sip:a@b>",
            "sip:a@",
            "sip:\"a@b",
        ] {
            assert_eq!(
                checked(text).map(|u| u.to_string()),
                Err(UriError::Malformed),
                "{text}"
            );
        }
        assert_eq!(
            checked("tel:+123").map(|u| u.to_string()),
            Err(UriError::Scheme)
        );
        assert_eq!(
            checked("sips:a@b").map(|u| u.to_string()),
            Err(UriError::Scheme)
        );
        assert!(checked("sip:a@[::1]:5070;transport=tcp").is_ok());
    }

    #[test]
    fn a_user_part_is_escaped() {
        let at = HostWithPort::try_from("10.0.0.1:5060").unwrap();
        let uri = of(Some("a@b\r\n>c"), at, WireTransport::Tcp).to_string();
        assert!(!uri.contains('\r') && !uri.contains('>'), "{uri}");
        assert!(uri.ends_with("@10.0.0.1:5060;transport=TCP"), "{uri}");
    }
}
