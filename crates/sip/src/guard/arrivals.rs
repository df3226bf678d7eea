//! The guard on what the library already parsed: messages over TCP, whose
//! framing is the library's, and the number of connections.

use super::socket::Guard;
use super::verdict::{self, Verdict};
use crate::call::dialog::is_behind;
use parking_lot::Mutex;
use rsipstack::sip::prelude::{HeadersExt, ToTypedHeader};
use rsipstack::sip::{Header, Method, Response, SipMessage};
use rsipstack::transaction::endpoint::{MessageInspector, TransportEventInspector};
use rsipstack::transport::{SipAddr, SipConnection, TransportEvent};
use std::collections::HashMap;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;

/// Connections taken in all; each costs a descriptor and two tasks.
const CONNECTIONS_MAX: usize = 10_000;
/// Connections taken from one address: an office of phones behind one NAT.
const CONNECTIONS_PER_SOURCE_MAX: usize = 1_000;

/// Counts connections that came in.
#[derive(Default)]
pub(crate) struct Connections(Mutex<HashMap<IpAddr, usize>>);

impl Connections {
    /// Counts one more, if it may be taken.
    pub(crate) fn open(&self, source: IpAddr) -> bool {
        let mut open = self.0.lock();
        let total: usize = if open.len() > CONNECTIONS_MAX / 2 {
            open.values().sum()
        } else {
            open.len()
        };
        let count = open.entry(source).or_default();
        if total >= CONNECTIONS_MAX || *count >= CONNECTIONS_PER_SOURCE_MAX {
            return false;
        }
        *count += 1;
        true
    }

    /// One is gone.
    pub(crate) fn close(&self, source: IpAddr) {
        let mut open = self.0.lock();
        if let Some(count) = open.get_mut(&source) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                open.remove(&source);
            }
        }
    }
}

/// Sees every message and connection before the transactions do.
pub(crate) struct Arrivals {
    pub(crate) guard: Arc<Guard>,
    pub(crate) connections: Arc<Connections>,
    /// Local ends of our TCP listeners.
    pub(crate) listeners: Vec<SipAddr>,
}

impl Arrivals {
    async fn see(&self, event: TransportEvent) -> Option<TransportEvent> {
        match event {
            TransportEvent::Incoming(message, connection, from) if connection.is_reliable() => {
                let passes = self.judge(&message, &connection, &from).await;
                passes.then_some(TransportEvent::Incoming(message, connection, from))
            }
            TransportEvent::Closed(connection) => {
                let source = connection
                    .get_remote_addr()
                    .and_then(|a| a.get_socketaddr().ok());
                if let Some(source) = source
                    && self.listeners.contains(connection.get_addr())
                {
                    self.connections.close(source.ip());
                }
                Some(TransportEvent::Closed(connection))
            }
            // Datagrams passed the guard in the socket.
            TransportEvent::Incoming(..) | TransportEvent::New(_) => Some(event),
        }
    }

    async fn judge(
        &self,
        message: &SipMessage,
        connection: &SipConnection,
        from: &SipAddr,
    ) -> bool {
        let Ok(source) = from.get_socketaddr() else {
            return false;
        };
        if !self.guard.admits(source.ip()) {
            self.guard
                .discard(source, "too many messages from this source");
            return false;
        }
        let octets = message.to_bytes();
        match verdict::judge(&octets, false) {
            Verdict::Pass => true,
            Verdict::Drop { why } => {
                self.guard.discard(source, why);
                false
            }
            Verdict::Refuse { code, why } => {
                self.refuse(&octets, connection, source, (code, why)).await;
                false
            }
        }
    }

    async fn refuse(
        &self,
        octets: &[u8],
        connection: &SipConnection,
        source: SocketAddr,
        (code, why): (u16, &'static str),
    ) {
        let answer = self.guard.refusal(octets, source, code, why);
        let message = answer.and_then(|(octets, _)| SipMessage::try_from(octets.as_slice()).ok());
        let Some(message) = message else { return };
        if let Err(error) = connection.send(message, None).await {
            tracing::debug!(%source, %error, "refusal not sent");
        }
    }
}

impl TransportEventInspector for Arrivals {
    fn handle<'a, 'b>(
        &'a self,
        event: TransportEvent,
    ) -> Pin<Box<dyn Future<Output = Option<TransportEvent>> + Send + 'b>>
    where
        'a: 'b,
        Self: 'b,
    {
        Box::pin(self.see(event))
    }
}

/// Mends the Contact of an answer to our INVITE, because the library sends the
/// ACK there: to a phone behind NAT it would go to a private address, and with
/// no Contact at all it would not be sent.
pub(crate) struct AnswerContact;

impl MessageInspector for AnswerContact {
    fn before_send(&self, message: SipMessage, _to: Option<&SipAddr>) -> SipMessage {
        message
    }

    fn after_received(&self, message: SipMessage, from: Option<&SipAddr>) -> SipMessage {
        match (message, from.and_then(|from| from.get_socketaddr().ok())) {
            (SipMessage::Response(mut response), Some(source)) => {
                mend(&mut response, source);
                SipMessage::Response(response)
            }
            (message, _) => message,
        }
    }
}

fn mend(response: &mut Response, source: SocketAddr) {
    let code = response.status_code.code();
    let is_invite = response.cseq_header().and_then(|cseq| cseq.method()) == Ok(Method::Invite);
    if !(200..300).contains(&code) || !is_invite {
        return;
    }
    let contact = crate::message::contact_uri(response);
    let mut uri = match contact {
        Some(uri) => {
            let named = match &uri.host_with_port.host {
                rsipstack::sip::Host::IpAddr(ip) => *ip,
                rsipstack::sip::Host::Domain(_) => return,
            };
            // Behind a proxy the ACK follows Record-Route.
            if !is_behind(named, source) || response.record_route_header().is_some() {
                return;
            }
            uri
        }
        None => match response.to_header().ok().and_then(|to| to.typed().ok()) {
            Some(to) => to.uri,
            None => return,
        },
    };
    uri.host_with_port = crate::uri::host_of(source);
    response
        .headers
        .unique_push(Header::Contact(format!("<{uri}>").into()));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mended(contact: &str) -> String {
        let text = format!(
            "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n\
             To: <sip:anna@centre>;tag=2\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n{contact}Content-Length: 0\r\n\r\n"
        );
        let mut response = Response::try_from(text.as_str()).unwrap();
        mend(&mut response, "203.0.113.9:40000".parse().unwrap());
        response
            .contact_header()
            .map(|c| c.value().to_string())
            .unwrap_or_default()
    }

    #[test]
    fn an_answer_from_behind_nat_or_without_contact_is_mended() {
        assert_eq!(
            mended("Contact: <sip:x@192.168.1.2:5060>\r\n"),
            "<sip:x@203.0.113.9:40000>"
        );
        assert_eq!(
            mended("Contact: <sip:x@198.51.100.1>\r\n"),
            "<sip:x@198.51.100.1>"
        );
        assert_eq!(mended(""), "<sip:anna@203.0.113.9:40000>");
        let proxied = "Record-Route: <sip:p;lr>\r\nContact: <sip:x@10.0.0.1>\r\n";
        assert_eq!(mended(proxied), "<sip:x@10.0.0.1>");
    }

    #[test]
    fn one_source_cannot_take_all_connections() {
        let connections = Connections::default();
        let source = IpAddr::from([10, 0, 0, 1]);
        for _ in 0..CONNECTIONS_PER_SOURCE_MAX {
            assert!(connections.open(source));
        }
        assert!(!connections.open(source));
        assert!(connections.open([10, 0, 0, 2].into()));
        connections.close(source);
        assert!(connections.open(source));
    }
}
