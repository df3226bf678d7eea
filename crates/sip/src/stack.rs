//! The running stack: what all tasks share, and the border's [`Sip`].

use crate::auth;
use crate::call::actor::{Mail, Mailbox};
use crate::call::dial;
use crate::call::dialog::{DialogKey, Hop, HopTo, Party};
use crate::call::input::{Input, Parting};
use crate::call::replaces::Replaces;
use crate::config::{Directory, Ha1, SipConfig, StartError, Transport};
use crate::digest::backoff::Backoff;
use crate::digest::nonce::Nonces;
use crate::event::{DialRequest, EventSink, Headers, LegId, ReferTo, Source, Target};
use crate::guard::arrivals::{AnswerContact, Arrivals, Connections};
use crate::guard::socket::Guard;
use crate::listen::{Listeners, TcpAcceptor};
use crate::message::random_hex;
use crate::registrar::serve::Presence;
use crate::registrar::{self, Registrar};
use crate::{headers, serve, trunk, uri};
use parking_lot::Mutex;
use rsipstack::EndpointBuilder;
use rsipstack::sip::{Header, Host, Request, Transport as WireTransport, Uri};
use rsipstack::transaction::endpoint::{EndpointInnerRef, EndpointOption};
use rsipstack::transport::{SipAddr, SipConnection, TransportLayer};
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// A TCP connection on which nothing comes is closed after this. Phones keep
/// theirs alive every minute or two (RFC 5626 §4.4.1).
const STREAM_IDLE: Duration = Duration::from_secs(900);

/// Protocol times; tests shorten them.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// RFC 3261 T1; the other timers are multiples of it.
    pub t1: Duration,
    /// Shortest registration granted, seconds.
    pub expires_s_min: u32,
    /// How often the far end of a call is asked whether it is still there.
    pub probe_every: Duration,
    /// What a second of a session timer takes (RFC 4028).
    pub session_second: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        // 10 s would do for tests of phones; nothing shorter, because every
        // registration costs a challenge.
        Self {
            t1: Duration::from_millis(500),
            expires_s_min: 10,
            // A call whose BYE was lost ends within five and a half minutes; the
            // media side notices silence long before.
            probe_every: Duration::from_secs(300),
            session_second: Duration::from_secs(1),
        }
    }
}

/// Everything the tasks share.
pub(crate) struct Core {
    pub(crate) endpoint: EndpointInnerRef,
    pub(crate) config: SipConfig,
    pub(crate) listeners: Listeners,
    pub(crate) directory: Arc<dyn Directory>,
    pub(crate) sink: EventSink,
    pub(crate) timing: Timing,
    pub(crate) guard: Arc<Guard>,
    pub(crate) dummy_ha1: Ha1,
    pub(crate) legs: Mutex<HashMap<LegId, Mailbox>>,
    pub(crate) dialogs: Mutex<HashMap<DialogKey, Mailbox>>,
    /// The far ends of calls that stand, for transfers to them.
    parties: Mutex<HashMap<LegId, Party>>,
    /// Who is in a call: users who proved it, or were called, and trunks.
    identities: Mutex<HashMap<LegId, Source>>,
    pub(crate) registrar: Mutex<Registrar>,
    pub(crate) presence: Presence,
    pub(crate) nonces: Mutex<Nonces>,
    pub(crate) backoff: Mutex<Backoff>,
    pub(crate) connections: Arc<Connections>,
    /// Set when the stack is about to stop: no new calls.
    pub(crate) draining: AtomicBool,
    pub(crate) stop: CancellationToken,
    /// Orders come from threads that know no runtime.
    runtime: tokio::runtime::Handle,
    next_id: AtomicU64,
}

impl Core {
    /// A leg number that was never used.
    pub(crate) fn new_leg(&self) -> LegId {
        LegId(self.next_number())
    }

    /// A number that was never used.
    pub(crate) fn next_number(&self) -> u64 {
        self.next_id.fetch_add(1, Ordering::Relaxed)
    }

    /// Makes a leg findable.
    pub(crate) fn register(&self, leg: LegId, mailbox: &Mailbox, keys: &[DialogKey]) {
        self.legs.lock().insert(leg, mailbox.clone());
        let mut dialogs = self.dialogs.lock();
        for key in keys {
            dialogs.insert(key.clone(), mailbox.clone());
        }
    }

    /// Makes a leg that is gone unfindable.
    pub(crate) fn forget(&self, leg: LegId, keys: &[DialogKey]) {
        let mut dialogs = self.dialogs.lock();
        for key in keys {
            dialogs.remove(key);
        }
        drop(dialogs);
        self.parties.lock().remove(&leg);
        self.identities.lock().remove(&leg);
        self.legs.lock().remove(&leg);
    }

    /// Notes who is at the far end of a leg that is findable.
    pub(crate) fn note_party(&self, leg: LegId, party: Party) {
        self.parties.lock().insert(leg, party);
    }

    /// Notes who is in the call of a leg that is findable.
    pub(crate) fn note_identity(&self, leg: LegId, identity: Source) {
        self.identities.lock().insert(leg, identity);
    }

    /// Who is in the call of a leg.
    pub(crate) fn identity(&self, leg: LegId) -> Option<Source> {
        self.identities.lock().get(&leg).cloned()
    }

    /// The leg of a dialog that somebody names, and who is in it.
    pub(crate) fn leg_of_dialog(&self, replaces: &Replaces) -> Option<(LegId, Option<Source>)> {
        let parties = self.parties.lock();
        let found = parties
            .iter()
            .find(|(_, party)| party.is_named_by(replaces));
        let leg = found.map(|(leg, _)| *leg)?;
        drop(parties);
        Some((leg, self.identity(leg)))
    }

    /// Who is at the far end of a leg.
    pub(crate) fn party(&self, leg: LegId) -> Option<Party> {
        self.parties.lock().get(&leg).cloned()
    }

    /// The user part of a URI that names us; `None` for others, and for one that
    /// asks for more than a call to that user (`Replaces`).
    pub(crate) fn own_name_of(&self, uri: &Uri) -> Option<String> {
        let host = &uri.host_with_port.host;
        let is_ours = match host {
            Host::Domain(name) => name.0.eq_ignore_ascii_case(&self.config.realm),
            Host::IpAddr(ip) => {
                let port = uri.host_with_port.port.as_ref().map_or(5060, |p| p.value());
                self.listeners.0.iter().any(|listener| {
                    listener.bound.port() == port
                        && (listener.bound.ip() == *ip || listener.advertised == Some(*ip))
                })
            }
        };
        let user = uri
            .user()
            .map(headers::clean)
            .filter(|user| !user.is_empty());
        user.filter(|_| is_ours && uri.headers.is_empty())
    }

    /// Our Via towards an address, with a new branch.
    pub(crate) fn via(&self, transport: WireTransport, remote: IpAddr) -> Header {
        let here = self
            .listeners
            .advertised(Transport::of_wire(transport), remote);
        let branch = random_hex(12);
        Header::Via(format!("SIP/2.0/{transport} {here};branch=z9hG4bK{branch};rport").into())
    }

    /// The connection and destination of a client transaction towards a hop.
    pub(crate) fn leave_by(&self, hop: &Hop) -> (Option<SipConnection>, Option<SipAddr>) {
        match &hop.to {
            HopTo::Connection(connection) => (Some(connection.clone()), None),
            HopTo::Name(name) => (None, Some(name.clone())),
            HopTo::Address(address) => {
                let to = SipAddr::new(hop.transport, uri::host_of(*address));
                let udp = (hop.transport == WireTransport::Udp)
                    .then(|| self.listeners.towards(Transport::Udp, address.ip()))
                    .flatten();
                (
                    udp.and_then(|listener| listener.connection.clone()),
                    Some(to),
                )
            }
        }
    }

    /// The same request in a new transaction, with one more header.
    pub(crate) fn again(&self, request: &Request, cseq: u32, header: Header) -> Request {
        let mut request = request.clone();
        let branch = random_hex(12);
        for old in request.headers.iter_mut() {
            match old {
                Header::CSeq(value) => value.replace(format!("{cseq} {}", request.method)),
                Header::Via(value) => {
                    let sent_by = value.value().split(';').next().unwrap_or("").to_string();
                    value.replace(format!("{sent_by};branch=z9hG4bK{branch};rport"));
                }
                _ => {}
            }
        }
        request.headers.push_front(header);
        // Via stays first: some phones insist.
        let headers = &mut request.headers.0;
        if let Some(at) = headers
            .iter()
            .position(|header| matches!(header, Header::Via(_)))
        {
            headers.swap(0, at);
        }
        request
    }
}

/// The running stack. Commands never block and never fail in the caller's
/// face: what becomes of them arrives as an event. A command for a leg that
/// is gone is ignored.
#[derive(Clone)]
pub struct Sip {
    core: Arc<Core>,
}

impl Sip {
    /// Binds the listeners and starts serving on the current tokio runtime.
    ///
    /// # Errors
    /// [`StartError`] when an address cannot be bound.
    pub async fn start(
        config: SipConfig,
        directory: Arc<dyn Directory>,
        sink: EventSink,
    ) -> Result<Self, StartError> {
        Self::start_with(config, directory, sink, Timing::default()).await
    }

    /// [`Sip::start`] with other protocol times, for tests.
    ///
    /// # Errors
    /// [`StartError`] when an address cannot be bound.
    #[doc(hidden)]
    pub async fn start_with(
        config: SipConfig,
        directory: Arc<dyn Directory>,
        sink: EventSink,
        timing: Timing,
    ) -> Result<Self, StartError> {
        let stop = CancellationToken::new();
        let trunks = config
            .trunks
            .iter()
            .flat_map(|trunk| trunk.sources.iter().copied());
        let guard = Arc::new(Guard::new(trunks.collect(), config.user_agent.clone()));
        let (listeners, acceptors) = Listeners::bind(&config.listeners, &guard, &stop).await?;
        let transport = TransportLayer::new(stop.clone());
        for listener in &listeners.0 {
            if let Some(connection) = &listener.connection {
                transport.add_transport(connection.clone());
            }
        }
        transport.set_stream_idle_timeout(STREAM_IDLE);
        let connections = Arc::new(Connections::default());
        let arrivals = Arrivals {
            guard: guard.clone(),
            connections: connections.clone(),
            listeners: acceptors.iter().map(|a| a.wire_address.clone()).collect(),
        };
        let mut builder = EndpointBuilder::new();
        builder
            .with_user_agent(&config.user_agent)
            .with_cancel_token(stop.clone())
            .with_transport_layer(transport)
            .with_transport_inspector(Box::new(arrivals))
            .with_inspector(Box::new(AnswerContact))
            .with_option(endpoint_option(timing));
        let endpoint = builder.build();
        let core = Arc::new(Core {
            endpoint: endpoint.inner.clone(),
            listeners,
            directory,
            sink,
            timing,
            guard,
            dummy_ha1: auth::dummy_ha1(),
            legs: Mutex::default(),
            dialogs: Mutex::default(),
            parties: Mutex::default(),
            identities: Mutex::default(),
            registrar: Mutex::new(Registrar::new(timing.expires_s_min)),
            presence: Presence::default(),
            nonces: Mutex::default(),
            backoff: Mutex::default(),
            connections: connections.clone(),
            draining: AtomicBool::new(false),
            stop,
            runtime: tokio::runtime::Handle::current(),
            next_id: AtomicU64::new(1),
            config,
        });
        spawn_services(&core, endpoint, acceptors);
        Ok(Self { core })
    }

    /// Addresses that are really bound, in the order of the listeners.
    pub fn bound(&self) -> Vec<(Transport, SocketAddr)> {
        let listeners = self.core.listeners.0.iter();
        listeners
            .map(|listener| (listener.transport, listener.bound))
            .collect()
    }

    /// Starts a call; its events carry the returned leg.
    pub fn dial(&self, request: DialRequest) -> LegId {
        let leg = self.core.new_leg();
        let (mailbox, mail) = Mailbox::new();
        // Findable at once: an order may follow before the INVITE is out.
        self.core.register(leg, &mailbox, &[]);
        self.core
            .runtime
            .spawn(dial::dial(self.core.clone(), leg, request, mailbox, mail));
        leg
    }

    /// Local IP address that a call to this target would leave from (for SDP), best effort.
    pub fn local_ip_for(&self, target: &Target) -> IpAddr {
        let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let (transport, remote) = match target {
            Target::User(user) => {
                let now = std::time::Instant::now();
                let contacts = self.core.registrar.lock().contacts(now, user);
                let flow = contacts.into_iter().next().map(|binding| binding.flow);
                let remote = flow
                    .as_ref()
                    .and_then(|flow| flow.source)
                    .map(|source| source.ip());
                (
                    flow.map_or(WireTransport::Udp, |flow| flow.transport),
                    remote,
                )
            }
            Target::Uri {
                uri: text, proxy, ..
            } => {
                let text = proxy.as_ref().unwrap_or(text);
                uri::checked(text).map_or((WireTransport::Udp, None), |uri| {
                    (uri::transport_of(&uri), ip_of(&uri.host_with_port.host))
                })
            }
            Target::Trunk { trunk, .. } => {
                let mut trunks = self.core.config.trunks.iter();
                let found = trunks.find(|known| trunk.as_ref().is_none_or(|t| *t == known.name));
                let host = found.and_then(dial::trunk_host).map(|at| at.host);
                let transport = found.map_or(WireTransport::Udp, |t| t.transport.to_wire());
                (transport, host.as_ref().and_then(ip_of))
            }
        };
        let transport = Transport::of_wire(transport);
        match (remote, self.core.listeners.0.first()) {
            (Some(remote), _) => self.core.listeners.local_ip(transport, remote),
            // A name: what the first listener shows to the world.
            (None, Some(listener)) => listener.advertised.unwrap_or(listener.bound.ip()),
            (None, None) => loopback,
        }
    }

    /// 180 without SDP.
    pub fn ring(&self, leg: LegId, headers: Headers) {
        self.order(leg, Input::Ring { headers });
    }

    /// 183 with SDP.
    pub fn early_media(&self, leg: LegId, headers: Headers, sdp: Vec<u8>) {
        self.order(leg, Input::EarlyMedia { headers, sdp });
    }

    /// 200 with SDP.
    pub fn answer(&self, leg: LegId, headers: Headers, sdp: Vec<u8>) {
        self.order(leg, Input::Answer { headers, sdp });
    }

    /// Final refusal of an incoming call, 300-699. `reason` becomes the `Reason`
    /// header, such as `Q.850;cause=17;text="User busy"`.
    pub fn reject(&self, leg: LegId, code: u16, headers: Headers, reason: Option<String>) {
        let parting = Parting { headers, reason };
        self.order(leg, Input::Reject { code, parting });
    }

    /// BYE, CANCEL or 480, whichever fits the leg's state. `reason` becomes the
    /// `Reason` header, such as `SIP;cause=200;text="Call completed elsewhere"`.
    pub fn hangup(&self, leg: LegId, headers: Headers, reason: Option<String>) {
        let parting = Parting { headers, reason };
        self.order(leg, Input::Hangup { parting });
    }

    /// 200 to a re-INVITE with this SDP, or 488 when empty.
    pub fn answer_reoffer(&self, leg: LegId, headers: Headers, sdp: Vec<u8>) {
        self.order(leg, Input::AnswerReoffer { headers, sdp });
    }

    /// Refuses a re-INVITE, 300-699; the call goes on as it was.
    pub fn refuse_reoffer(&self, leg: LegId, code: u16, headers: Headers) {
        self.order(leg, Input::RefuseReoffer { code, headers });
    }

    /// A re-INVITE with this offer; answered by [`crate::SipEvent::ReofferAnswered`].
    pub fn reoffer(&self, leg: LegId, headers: Headers, sdp: Vec<u8>) {
        self.order(leg, Input::SendReoffer { headers, sdp });
    }

    /// Takes (202) or refuses (300-699) the far end's REFER.
    pub fn answer_refer(&self, leg: LegId, code: u16) {
        self.order(leg, Input::AnswerRefer { code });
    }

    /// Tells the far end how the transfer goes that it asked for; from 200 on it is over.
    pub fn notify_refer(&self, leg: LegId, code: u16, reason: String) {
        self.order(leg, Input::NotifyRefer { code, reason });
    }

    /// Asks the far end to call somebody else in our place (REFER, RFC 3515).
    pub fn refer(&self, leg: LegId, to: ReferTo, headers: Headers) {
        self.order(leg, Input::SendRefer { to, headers });
    }

    /// INFO inside a call.
    pub fn info(&self, leg: LegId, mime_type: String, body: Vec<u8>, headers: Headers) {
        self.order(
            leg,
            Input::Info {
                mime_type,
                body,
                headers,
            },
        );
    }

    /// Live legs, for metrics and tests.
    pub fn legs(&self) -> usize {
        self.core.legs.lock().len()
    }

    /// Users with at least one live contact.
    pub fn registered(&self) -> Vec<String> {
        self.core.registrar.lock().users(std::time::Instant::now())
    }

    /// Hangs up everything and stops serving, waiting at most `within_ms`.
    pub async fn shutdown(&self, within_ms: u64) {
        self.core.draining.store(true, Ordering::Relaxed);
        let legs: Vec<LegId> = self.core.legs.lock().keys().copied().collect();
        for leg in legs {
            self.hangup(leg, Vec::new(), None);
        }
        let deadline = tokio::time::Instant::now() + Duration::from_millis(within_ms);
        // Legs end by events that go to the owner's sink; there is nothing of
        // ours to wait on, so this looks.
        while self.legs() > 0 && tokio::time::Instant::now() < deadline {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.core.stop.cancel();
    }

    /// What the guard did so far: datagrams dropped, and requests it refused
    /// itself.
    pub fn guarded(&self) -> (u64, u64) {
        let guard = &self.core.guard;
        (
            guard.dropped.load(Ordering::Relaxed),
            guard.refused.load(Ordering::Relaxed),
        )
    }

    /// Transactions and dialogs that are kept, for tests of leaks.
    #[doc(hidden)]
    pub fn kept(&self) -> (usize, usize) {
        let stats = self.core.endpoint.get_stats();
        let transactions = stats.running_transactions + stats.finished_transactions;
        (
            transactions + stats.waiting_ack,
            self.core.dialogs.lock().len(),
        )
    }

    fn order(&self, leg: LegId, input: Input) {
        let mailbox = self.core.legs.lock().get(&leg).cloned();
        if let Some(mailbox) = mailbox
            && mailbox.post(Mail::Input(input)).is_err()
        {
            tracing::debug!(leg = leg.0, "order for a leg that is gone");
        }
    }
}

fn ip_of(host: &Host) -> Option<IpAddr> {
    match host {
        Host::IpAddr(ip) => Some(*ip),
        Host::Domain(_) => None,
    }
}

fn endpoint_option(timing: Timing) -> EndpointOption {
    EndpointOption {
        t1: timing.t1,
        t2: timing.t1 * 8,
        t4: timing.t1 * 10,
        t1x64: timing.t1 * 64,
        // Our own dial timeout ends a ringing call, with a CANCEL; the library's
        // Timer C would end it without one.
        timerc: Duration::from_secs(3600),
        ..EndpointOption::default()
    }
}

fn spawn_services(
    core: &Arc<Core>,
    endpoint: rsipstack::transaction::Endpoint,
    acceptors: Vec<TcpAcceptor>,
) {
    match endpoint.incoming_transactions() {
        Ok(incoming) => {
            tokio::spawn(serve::dispatch(core.clone(), incoming));
        }
        Err(error) => tracing::error!(%error, "the library gave no requests"),
    }
    tokio::spawn(async move { endpoint.serve().await });
    for acceptor in acceptors {
        tokio::spawn(serve::accept(core.clone(), acceptor));
    }
    tokio::spawn(registrar::serve::sweep(core.clone()));
    tokio::spawn(registrar::serve::tell(core.clone()));
    for config in &core.config.trunks {
        if let Some(every_s) = config.register_every_s {
            tokio::spawn(trunk::keep_registered(
                core.clone(),
                config.clone(),
                every_s,
            ));
        }
    }
}
