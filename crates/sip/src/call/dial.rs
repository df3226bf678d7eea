//! A dial order becomes INVITEs.

use super::actor::{Actor, ActorState, Mailbox};
use super::dialog::{DialogKey, Flow, Hop, HopTo, Outgoing};
use super::input::BranchId;
use super::leg::Leg;
use super::uac::{self, Branch, CancelSwitch};
use crate::config::{Transport, TrunkConfig, TrunkCredentials};
use crate::event::{DialRequest, LegId, SipEvent, Source, Target};
use crate::message::{name_addr, new_tag, random_hex};
use crate::stack::Core;
use crate::{headers, uri};
use rsipstack::sip::{
    Header, Host, HostWithPort, Method, Request, Transport as WireTransport, Uri, Version,
};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// A call nobody answers ends after this, whatever the order says: ten minutes
/// is longer than any phone rings.
const DIAL_TIMEOUT_MS_MAX: u64 = 600_000;
/// A name server that has not answered by then is down.
const RESOLVE_WITHIN: Duration = Duration::from_secs(5);

/// One place to send an INVITE to.
struct Place {
    /// Request URI.
    uri: Uri,
    hop: Hop,
    flow: Flow,
    route: Option<Uri>,
    credentials: Option<TrunkCredentials>,
    /// Host of our From.
    from_host: Option<HostWithPort>,
}

/// Why nothing could be sent: status and phrase of the `Failed` event.
type Unreachable = (u16, &'static str);

/// Carries out a dial order.
pub(crate) async fn dial(
    core: Arc<Core>,
    leg: LegId,
    order: DialRequest,
    mailbox: Mailbox,
    mail: Mail,
) {
    let places = match core.legs.lock().len() > core.config.legs_max {
        true => Err((503, "too many legs")),
        false => Ok(()),
    };
    let places = match places {
        Ok(()) => places_of(&core, &order.target).await,
        Err(full) => Err(full),
    };
    let places = match places {
        Ok(places) => places,
        Err((code, reason)) => {
            core.forget(leg, &[]);
            let (reason, headers) = (reason.to_string(), Vec::new());
            return (core.sink)(SipEvent::Failed {
                leg,
                code,
                reason,
                headers,
            });
        }
    };
    let branches: Vec<_> = places
        .into_iter()
        .enumerate()
        .map(|(index, place)| branch(&core, BranchId(index), &order, place))
        .collect();
    let keys: Vec<_> = branches.iter().map(|(_, key)| key.clone()).collect();
    core.register(leg, &mailbox, &keys);
    match &order.target {
        Target::User(user) => core.note_identity(leg, Source::User(user.clone())),
        Target::Trunk { trunk, .. } => {
            let first = || core.config.trunks.first().map(|trunk| trunk.name.clone());
            if let Some(name) = trunk.clone().or_else(first) {
                core.note_identity(leg, Source::Trunk(name));
            }
        }
        // Anybody may be there.
        Target::Uri { .. } => {}
    }
    let switches = branches
        .iter()
        .map(|(branch, _)| branch.switch.clone())
        .collect();
    for (branch, _) in branches {
        tokio::spawn(uac::run(core.clone(), branch, mailbox.clone()));
    }
    let actor = Actor {
        core,
        id: leg,
        leg: Leg::dialing(leg, keys.len()),
        mailbox,
        mail,
        invite: None,
        dialog: None,
        branches: switches,
        keys,
        dial_timeout: Duration::from_millis(order.timeout_ms.min(DIAL_TIMEOUT_MS_MAX)),
        state: ActorState::default(),
    };
    actor.run(None).await;
}

type Mail = tokio::sync::mpsc::Receiver<super::actor::Mail>;

async fn places_of(core: &Core, target: &Target) -> Result<Vec<Place>, Unreachable> {
    match target {
        Target::User(user) => user_places(core, user),
        Target::Uri {
            uri: text,
            auth,
            proxy,
        } => {
            let target = checked(text)?;
            let route = proxy.as_deref().map(checked).transpose()?;
            let hop = resolve(route.as_ref().unwrap_or(&target)).await?;
            Ok(vec![place(target, hop, route, auth.clone(), None)])
        }
        Target::Trunk { trunk, number } => {
            let found = core.config.trunks.iter().find(|known| match trunk {
                Some(name) => &known.name == name,
                None => true,
            });
            let trunk = found.ok_or((404, "no such trunk"))?;
            let host = trunk_host(trunk).ok_or((503, "the trunk's address is malformed"))?;
            let target = uri::of(Some(number), host.clone(), trunk.transport.to_wire());
            let hop = resolve(&target).await?;
            Ok(vec![place(
                target,
                hop,
                None,
                trunk.credentials.clone(),
                Some(host),
            )])
        }
    }
}

fn user_places(core: &Core, user: &str) -> Result<Vec<Place>, Unreachable> {
    let bindings = core
        .registrar
        .lock()
        .contacts(std::time::Instant::now(), user);
    let places: Vec<_> = bindings
        .into_iter()
        .filter_map(|binding| {
            let hop = match (binding.flow.live(), binding.flow.transport) {
                (Some(connection), _) => Hop::over(&binding.flow, connection.clone()),
                // A phone on a connection that closed cannot be reached: it is
                // behind an ephemeral port.
                (None, transport) if transport != WireTransport::Udp => return None,
                (None, _) => Hop::to_uri(&binding.uri, binding.flow.source),
            };
            let flow = binding.flow;
            let (uri, route, credentials, from_host) = (binding.uri, None, None, None);
            Some(Place {
                uri,
                hop,
                flow,
                route,
                credentials,
                from_host,
            })
        })
        .collect();
    if places.is_empty() {
        Err((480, "not registered"))
    } else {
        Ok(places)
    }
}

fn place(
    uri: Uri,
    hop: Hop,
    route: Option<Uri>,
    credentials: Option<TrunkCredentials>,
    from_host: Option<HostWithPort>,
) -> Place {
    let flow = Flow {
        transport: hop.transport,
        source: None,
        connection: None,
    };
    Place {
        uri,
        hop,
        flow,
        route,
        credentials,
        from_host,
    }
}

fn checked(text: &str) -> Result<Uri, Unreachable> {
    let target = uri::checked(text).map_err(|error| match error {
        uri::UriError::Scheme => (416, "the URI scheme is not sip:"),
        uri::UriError::Malformed => (400, "the URI is malformed"),
    })?;
    match uri::transport_of(&target) {
        WireTransport::Udp | WireTransport::Tcp => Ok(target),
        WireTransport::Tls
        | WireTransport::TlsSctp
        | WireTransport::Sctp
        | WireTransport::Ws
        | WireTransport::Wss => Err((400, "the URI's transport is not served")),
    }
}

/// Host and port of a trunk's `host[:port]`.
pub(crate) fn trunk_host(trunk: &TrunkConfig) -> Option<HostWithPort> {
    let uri = uri::checked(&format!("sip:{}", trunk.address)).ok()?;
    Some(uri.host_with_port)
}

/// Resolves the host of a URI here, so that a name that does not exist fails at
/// once instead of after 32 s of retransmissions. Addresses only: no SRV.
pub(crate) async fn resolve(uri: &Uri) -> Result<Hop, Unreachable> {
    let transport = uri::transport_of(uri);
    let Host::Domain(name) = &uri.host_with_port.host else {
        return Ok(Hop::to_uri(uri, None));
    };
    let port = uri
        .host_with_port
        .port
        .as_ref()
        .map_or(5060, |port| port.value());
    let lookup = tokio::net::lookup_host((name.0.as_str(), port));
    let found = tokio::time::timeout(RESOLVE_WITHIN, lookup).await;
    let addresses: Vec<SocketAddr> = match found {
        Ok(Ok(addresses)) => addresses.collect(),
        Ok(Err(_)) | Err(_) => Vec::new(),
    };
    let first_v4 = addresses.iter().find(|address| address.is_ipv4());
    let address = first_v4
        .or(addresses.first())
        .ok_or((503, "the host name has no address"))?;
    Ok(Hop::to_address(transport, *address))
}

/// Builds the INVITE of one branch.
fn branch(
    core: &Arc<Core>,
    id: BranchId,
    order: &DialRequest,
    place: Place,
) -> (Branch, DialogKey) {
    let Place {
        uri: target,
        hop,
        flow,
        route,
        credentials,
        from_host,
    } = place;
    let here = core
        .listeners
        .advertised(Transport::of_wire(hop.transport), hop.ip());
    let contact = uri::of(None, here.clone(), hop.transport);
    let from = uri::of(
        Some(&order.caller),
        from_host.unwrap_or(here),
        WireTransport::Udp,
    );
    let local_tag = new_tag();
    let call_id = random_hex(16);
    let mut headers = vec![
        core.via(hop.transport, hop.ip()),
        Header::MaxForwards(70.into()),
        Header::From(format!("{};tag={local_tag}", name_addr(&order.display_name, &from)).into()),
        Header::To(format!("<{}>", bare(&target)).into()),
        Header::CallId(call_id.clone().into()),
        Header::CSeq("1 INVITE".into()),
        Header::Contact(format!("<{contact}>").into()),
    ];
    headers.extend(route.map(|route| Header::Route(format!("<{route};lr>").into())));
    headers.push(Header::UserAgent(core.config.user_agent.clone().into()));
    headers.push(Header::Allow(crate::message::ALLOW.into()));
    headers.push(Header::Supported(crate::message::SUPPORTED_IN_CALLS.into()));
    headers.extend(headers::outgoing(&order.headers));
    if !order.sdp.is_empty() {
        headers.push(Header::ContentType("application/sdp".into()));
    }
    headers.push(Header::ContentLength((order.sdp.len() as u32).into()));
    let request = Request {
        method: Method::Invite,
        uri: target,
        version: Version::V2,
        headers: headers.into(),
        body: order.sdp.clone(),
    };
    let (connection, destination) = core.leave_by(&hop);
    // The peer of a TCP call is reached over the same connection later on; the
    // library finds it by its address.
    let source = match hop.to {
        HopTo::Address(address) => Some(address),
        HopTo::Connection(_) | HopTo::Name(_) => flow.source,
    };
    let flow = Flow { source, ..flow };
    let outgoing = Outgoing {
        request,
        connection,
        destination,
    };
    let switch = Arc::new(CancelSwitch::default());
    let key = DialogKey { call_id, local_tag };
    (
        Branch {
            id,
            outgoing,
            contact,
            flow,
            credentials,
            switch,
        },
        key,
    )
}

/// A URI for To: without the parameters that steer transport.
fn bare(uri: &Uri) -> Uri {
    Uri {
        params: Vec::new(),
        headers: Vec::new(),
        ..uri.clone()
    }
}
