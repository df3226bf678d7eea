//! A dialog (RFC 3261 §12) as we keep it: who, where to, which numbers.

use super::replaces::Replaces;
use crate::headers::clean;
use crate::message::{call_id, contact_uri, cseq, is_loose, record_routes};
use crate::stack::Core;
use crate::uri;
use rsipstack::sip::prelude::HeadersExt;
use rsipstack::sip::{
    Header, Host, Method, Request, Response, Transport as WireTransport, Uri, Version,
};
use rsipstack::transport::{SipAddr, SipConnection};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// What finds a leg when a request inside its dialog arrives. Our own tag is
/// random and in no other dialog, so the far end's is not needed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct DialogKey {
    pub(crate) call_id: String,
    pub(crate) local_tag: String,
}

/// Where the far end really is, whatever its Contact says.
#[derive(Clone)]
pub(crate) struct Flow {
    pub(crate) transport: WireTransport,
    /// Address its datagrams or its connection came from.
    pub(crate) source: Option<SocketAddr>,
    /// A TCP connection to reuse.
    pub(crate) connection: Option<SipConnection>,
}

impl Flow {
    /// The flow a message came by.
    pub(crate) fn of(connection: Option<&SipConnection>) -> Self {
        let source = connection
            .and_then(|c| c.get_remote_addr())
            .and_then(|address| address.get_socketaddr().ok());
        Self {
            transport: connection.map_or(WireTransport::Udp, SipConnection::transport),
            source,
            connection: connection.filter(|c| c.is_reliable()).cloned(),
        }
    }

    /// The connection, if it still stands.
    pub(crate) fn live(&self) -> Option<&SipConnection> {
        self.connection.as_ref().filter(|connection| {
            connection
                .cancel_token()
                .is_none_or(|token| !token.is_cancelled())
        })
    }
}

/// A request ready to be sent in a client transaction.
pub(crate) struct Outgoing {
    pub(crate) request: Request,
    pub(crate) connection: Option<SipConnection>,
    pub(crate) destination: Option<SipAddr>,
}

/// One dialog.
#[derive(Clone)]
pub(crate) struct Dialog {
    pub(crate) key: DialogKey,
    /// From value of our requests, with our tag.
    local: String,
    /// To value of our requests, with the far end's tag.
    remote: String,
    target: Uri,
    routes: Vec<String>,
    local_seq: u32,
    remote_seq: u32,
    pub(crate) contact: Uri,
    flow: Flow,
}

impl Dialog {
    /// The dialog that our answer to this INVITE makes (RFC 3261 §12.1.1).
    pub(crate) fn of_invite(
        invite: &Request,
        local_tag: &str,
        contact: Uri,
        flow: Flow,
    ) -> Option<Self> {
        let to = invite.to_header().ok()?.with_tag(local_tag.into());
        Some(Self {
            key: DialogKey {
                call_id: call_id(invite),
                local_tag: local_tag.to_string(),
            },
            local: clean(to.value()),
            remote: clean(invite.from_header().ok()?.value()),
            target: contact_uri(invite)?,
            routes: record_routes(&invite.headers),
            local_seq: 1,
            remote_seq: cseq(invite),
            contact,
            flow,
        })
    }

    /// The dialog that a 2xx to our INVITE made (RFC 3261 §12.1.2).
    pub(crate) fn of_answer(
        invite: &Request,
        answer: &Response,
        contact: Uri,
        flow: Flow,
    ) -> Option<Self> {
        let from = invite.from_header().ok()?;
        let local_tag = from.tag().ok()??.value().to_string();
        let mut routes = record_routes(&answer.headers);
        routes.reverse();
        Some(Self {
            key: DialogKey {
                call_id: call_id(invite),
                local_tag,
            },
            local: clean(from.value()),
            remote: clean(answer.to_header().ok()?.value()),
            target: contact_uri(answer).unwrap_or_else(|| invite.uri.clone()),
            routes,
            local_seq: cseq(invite),
            remote_seq: 0,
            contact,
            flow,
        })
    }

    /// Takes note of a request's CSeq; false when it is older than one before
    /// (RFC 3261 §12.2.2).
    pub(crate) fn accepts(&mut self, request: &Request) -> bool {
        let seq = cseq(request);
        let in_order = seq >= self.remote_seq;
        self.remote_seq = self.remote_seq.max(seq);
        in_order
    }

    /// Target refresh (RFC 3261 §12.2): re-INVITE and UPDATE move the far end.
    pub(crate) fn refresh(&mut self, request: &Request, flow: Flow) {
        if let Some(target) = contact_uri(request) {
            self.target = target;
        }
        self.flow = flow;
    }

    /// Target refresh by the 2xx to our own re-INVITE.
    pub(crate) fn refresh_by(&mut self, response: &Response) {
        if let Some(target) = contact_uri(response) {
            self.target = target;
        }
    }

    /// What a third party must know to take this dialog over.
    pub(crate) fn party(&self) -> Party {
        Party {
            target: self.target.clone(),
            call_id: self.key.call_id.clone(),
            local_tag: self.key.local_tag.clone(),
            remote_tag: tag_of(&self.remote).to_string(),
        }
    }

    /// `Referred-By` of our REFER (RFC 3892): our own address, without the tag.
    pub(crate) fn referred_by(&self) -> String {
        match self.local.find('>') {
            Some(end) => self.local[..=end].to_string(),
            None => {
                let bare = self.local.split(';').next().unwrap_or("");
                format!("<{bare}>")
            }
        }
    }

    /// Where a REFER to `address` leads: a `sip:` URI as it is, anything else as
    /// a user at the far end's own host. `None` when it is neither.
    pub(crate) fn refer_address(&self, address: &str) -> Option<String> {
        let address = address.trim();
        if address.to_ascii_lowercase().starts_with("sip:") {
            return uri::checked(address).ok().map(|uri| uri.to_string());
        }
        let host = self.target.host_with_port.clone();
        let user = uri::of(Some(address), host, WireTransport::Udp).to_string();
        (!address.is_empty())
            .then(|| uri::checked(&user).ok())
            .flatten()
            .map(|uri| uri.to_string())
    }

    /// Builds the next request of ours.
    pub(crate) fn request(
        &mut self,
        core: &Core,
        method: Method,
        extra: Vec<Header>,
        body: Vec<u8>,
    ) -> Outgoing {
        self.local_seq = self.local_seq.wrapping_add(1);
        let hop = self.hop();
        let via = core.via(hop.transport, hop.ip());
        let mut headers = vec![
            via,
            Header::MaxForwards(70.into()),
            Header::From(self.local.clone().into()),
            Header::To(self.remote.clone().into()),
            Header::CallId(self.key.call_id.clone().into()),
            Header::CSeq(format!("{} {method}", self.local_seq).into()),
            Header::Contact(format!("<{}>", self.contact).into()),
        ];
        headers.extend(
            self.routes
                .iter()
                .map(|route| Header::Route(route.clone().into())),
        );
        headers.push(Header::UserAgent(core.config.user_agent.clone().into()));
        headers.extend(extra);
        headers.push(Header::ContentLength((body.len() as u32).into()));
        let request = Request {
            method,
            uri: self.target.clone(),
            version: Version::V2,
            headers: headers.into(),
            body,
        };
        let (connection, destination) = core.leave_by(&hop);
        Outgoing {
            request,
            connection,
            destination,
        }
    }

    fn hop(&self) -> Hop {
        if let Some(connection) = self.flow.live() {
            return Hop {
                transport: self.flow.transport,
                to: HopTo::Connection(connection.clone()),
                source: self.flow.source,
            };
        }
        let first_route = self
            .routes
            .first()
            .and_then(|route| Uri::try_from(route.as_str()).ok());
        if let Some(route) = first_route.filter(is_loose) {
            return Hop::to_uri(&route, None);
        }
        Hop::to_uri(&self.target, self.flow.source)
    }
}

/// What names a dialog to somebody who is not in it (RFC 3891).
#[derive(Clone, Debug)]
pub(crate) struct Party {
    target: Uri,
    call_id: String,
    local_tag: String,
    remote_tag: String,
}

impl Party {
    /// Whether a `Replaces` means this dialog.
    pub(crate) fn is_named_by(&self, replaces: &Replaces) -> bool {
        self.call_id == replaces.call_id
            && self.local_tag == replaces.to_tag
            && self.remote_tag == replaces.from_tag
    }

    /// The `Refer-To` URI by which the far end of this dialog is called so that
    /// it swaps this call for the new one: from its side, its own tag is `to-tag`.
    pub(crate) fn refer_to(&self) -> String {
        let bare = Uri {
            headers: Vec::new(),
            ..self.target.clone()
        };
        let replaces = format!(
            "{};to-tag={};from-tag={}",
            self.call_id, self.remote_tag, self.local_tag
        );
        format!("{bare}?Replaces={}", escaped(&replaces))
    }
}

/// Escapes what may not stand in the value of a URI's header (RFC 3261 §25.1
/// `hvalue`).
fn escaped(value: &str) -> String {
    value
        .bytes()
        .map(|byte| {
            if byte.is_ascii_alphanumeric() || b"-_.!~*'()[]/:+$".contains(&byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

fn tag_of(party: &str) -> &str {
    let after = party.rsplit_once('>').map_or(party, |(_, after)| after);
    after
        .split(';')
        .filter_map(|param| param.trim().split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("tag"))
        .map_or("", |(_, tag)| tag.trim())
}

/// The next hop of a request.
pub(crate) struct Hop {
    pub(crate) transport: WireTransport,
    pub(crate) to: HopTo,
    source: Option<SocketAddr>,
}

/// How a hop is named.
pub(crate) enum HopTo {
    /// Over a standing connection.
    Connection(SipConnection),
    /// To an address.
    Address(SocketAddr),
    /// To a name, which the library resolves.
    Name(SipAddr),
}

impl Hop {
    /// Towards a URI; a private address in it gives way to the address that the
    /// far end was really seen at (it is behind NAT).
    pub(crate) fn to_uri(uri: &Uri, source: Option<SocketAddr>) -> Self {
        let transport = uri::transport_of(uri);
        let to = match &uri.host_with_port.host {
            Host::IpAddr(ip) => {
                let port = uri
                    .host_with_port
                    .port
                    .as_ref()
                    .map_or(5060, |port| port.value());
                let named = SocketAddr::new(*ip, port);
                HopTo::Address(
                    source
                        .filter(|source| is_behind(*ip, *source))
                        .unwrap_or(named),
                )
            }
            Host::Domain(_) => match source {
                Some(source) => HopTo::Address(source),
                None => HopTo::Name(SipAddr::new(transport, uri.host_with_port.clone())),
            },
        };
        Self {
            transport,
            to,
            source,
        }
    }

    /// Towards an address.
    pub(crate) fn to_address(transport: WireTransport, address: SocketAddr) -> Self {
        Self {
            transport,
            to: HopTo::Address(address),
            source: Some(address),
        }
    }

    /// Over a connection.
    pub(crate) fn over(flow: &Flow, connection: SipConnection) -> Self {
        Self {
            transport: flow.transport,
            to: HopTo::Connection(connection),
            source: flow.source,
        }
    }

    /// An address to choose our own by.
    pub(crate) fn ip(&self) -> IpAddr {
        let known = match &self.to {
            HopTo::Address(address) => Some(address.ip()),
            HopTo::Connection(_) | HopTo::Name(_) => self.source.map(|source| source.ip()),
        };
        known.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
    }
}

/// Whether a Contact address cannot be meant for us: private, and not the one
/// the message came from.
pub(crate) fn is_behind(contact: IpAddr, source: SocketAddr) -> bool {
    let private = match contact {
        IpAddr::V4(ip) => {
            ip.is_private() || ip.is_link_local() || ip.is_loopback() || ip.is_unspecified()
        }
        IpAddr::V6(ip) => ip.is_unique_local() || ip.is_unicast_link_local() || ip.is_loopback(),
    };
    private && contact != source.ip()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hop(uri: &str, source: Option<&str>) -> String {
        let uri = Uri::try_from(uri).unwrap();
        match Hop::to_uri(&uri, source.map(|s| s.parse().unwrap())).to {
            HopTo::Address(address) => address.to_string(),
            HopTo::Name(name) => name.to_string(),
            HopTo::Connection(_) => "connection".into(),
        }
    }

    #[test]
    fn a_dialog_is_named_to_others_from_the_far_ends_side() {
        let party = Party {
            target: Uri::try_from("sip:bob@10.0.0.2:5070").unwrap(),
            call_id: "a b@c".into(),
            local_tag: "ours".into(),
            remote_tag: tag_of("\"x;tag=no\" <sip:b@c;tag=no>;x=1;tag=theirs").into(),
        };
        assert_eq!(
            party.refer_to(),
            "sip:bob@10.0.0.2:5070?Replaces=a%20b%40c%3Bto-tag%3Dtheirs%3Bfrom-tag%3Dours"
        );
    }

    #[test]
    fn a_private_contact_gives_way_to_the_address_it_came_from() {
        let natted = Some("203.0.113.9:40000");
        assert_eq!(hop("sip:a@192.168.1.7:5060", natted), "203.0.113.9:40000");
        assert_eq!(hop("sip:a@198.51.100.4:5070", natted), "198.51.100.4:5070");
        assert_eq!(
            hop("sip:a@192.168.1.7", Some("192.168.1.7:6000")),
            "192.168.1.7:5060"
        );
        assert_eq!(hop("sip:a@pbx.example", None), "UDP pbx.example");
        assert_eq!(hop("sip:a@phone.invalid", natted), "203.0.113.9:40000");
    }
}
