//! Listeners: binding them, and choosing one to leave by.

use crate::config::{ListenerConfig, StartError, Transport};
use crate::guard::socket::{Guard, GuardedSocket};
use rsipstack::sip::{Host, HostWithPort, Port, Transport as WireTransport};
use rsipstack::transport::udp::UdpConnection;
use rsipstack::transport::{SipAddr, SipConnection};
use socket2::{Domain, Protocol, Socket, Type};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Receive buffer of a UDP listener, octets. The kernel's default of 208 KiB
/// overflowed at 1,600 calls/s in our measurements; 4 MiB did not.
const UDP_RECEIVE_BUFFER_OCTETS: usize = 4 << 20;
/// Connections the kernel may hold before we accept them.
const TCP_BACKLOG: i32 = 1024;

/// One bound listener.
pub(crate) struct Listener {
    pub(crate) transport: Transport,
    pub(crate) bound: SocketAddr,
    pub(crate) advertised: Option<IpAddr>,
    pub(crate) open: bool,
    /// How the library names the local end of what arrives here.
    pub(crate) wire_address: SipAddr,
    /// The UDP socket, to send through.
    pub(crate) connection: Option<SipConnection>,
}

/// All listeners, in the order of the configuration.
pub(crate) struct Listeners(pub(crate) Vec<Listener>);

/// A TCP socket that is bound and waits for its accept loop.
pub(crate) struct TcpAcceptor {
    pub(crate) listener: tokio::net::TcpListener,
    pub(crate) wire_address: SipAddr,
}

impl Listeners {
    /// Binds everything, or nothing is served.
    pub(crate) async fn bind(
        configs: &[ListenerConfig],
        guard: &Arc<Guard>,
        stop: &CancellationToken,
    ) -> Result<(Self, Vec<TcpAcceptor>), StartError> {
        let (mut listeners, mut acceptors) = (Vec::new(), Vec::new());
        for config in configs {
            let failed = |source| StartError::Bind {
                bind: config.bind,
                transport: config.transport,
                source,
            };
            let (bound, connection) = match config.transport {
                Transport::Udp => {
                    let socket = bind_udp(config.bind).map_err(failed)?;
                    let bound = socket.local_addr().map_err(failed)?;
                    let socket = Arc::new(GuardedSocket::new(socket, guard.clone()));
                    let udp = UdpConnection::from_socket(socket, None, Some(stop.child_token()))
                        .await
                        .map_err(|e| failed(std::io::Error::other(e.to_string())))?;
                    (bound, Some(SipConnection::Udp(udp)))
                }
                Transport::Tcp => {
                    let listener = bind_tcp(config.bind).map_err(failed)?;
                    let bound = listener.local_addr().map_err(failed)?;
                    let wire_address = SipAddr::new(WireTransport::Tcp, bound.into());
                    acceptors.push(TcpAcceptor {
                        listener,
                        wire_address,
                    });
                    (bound, None)
                }
            };
            let wire_address = match &connection {
                Some(connection) => connection.get_addr().clone(),
                None => SipAddr::new(WireTransport::Tcp, bound.into()),
            };
            listeners.push(Listener {
                transport: config.transport,
                bound,
                advertised: config.advertised,
                open: config.open,
                wire_address,
                connection,
            });
        }
        Ok((Self(listeners), acceptors))
    }

    /// The listener a message arrived at. Outgoing TCP connections are nobody's.
    pub(crate) fn of(&self, connection: &SipConnection) -> Option<&Listener> {
        let address = connection.get_addr();
        self.0
            .iter()
            .find(|listener| &listener.wire_address == address)
    }

    /// The listener to reach `remote` by: one of that transport whose address is
    /// the one the kernel would route from, else one of the same family, else any.
    pub(crate) fn towards(&self, transport: Transport, remote: IpAddr) -> Option<&Listener> {
        let mut of_transport = self.0.iter().filter(|l| l.transport == transport);
        // Asking the kernel costs system calls; most of us have nothing to ask.
        let first = of_transport.next()?;
        if of_transport.next().is_none() {
            return Some(first);
        }
        let route = route_from(remote);
        let all = || self.0.iter().filter(|l| l.transport == transport);
        all()
            .find(|l| Some(l.bound.ip()) == route)
            .or_else(|| all().find(|l| fits(l.bound.ip(), remote)))
            .or(Some(first))
    }

    /// Address for Via and Contact towards `remote`: the advertised one, else the
    /// bound one, else (bound to all) the one the kernel routes from.
    pub(crate) fn advertised(&self, transport: Transport, remote: IpAddr) -> HostWithPort {
        // Without a listener of that transport the port of another one at least
        // names a socket where we listen.
        let listener = self.towards(transport, remote).or(self.0.first());
        let port = listener.map_or(5060, |l| l.bound.port());
        HostWithPort {
            host: Host::IpAddr(local_ip(listener, remote)),
            port: Some(Port(port)),
        }
    }

    /// Local address by which media reaches `remote`.
    pub(crate) fn local_ip(&self, transport: Transport, remote: IpAddr) -> IpAddr {
        local_ip(self.towards(transport, remote), remote)
    }
}

fn local_ip(listener: Option<&Listener>, remote: IpAddr) -> IpAddr {
    let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
    match listener {
        Some(Listener {
            advertised: Some(ip),
            ..
        }) => *ip,
        Some(listener) if !listener.bound.ip().is_unspecified() => listener.bound.ip(),
        Some(_) | None => route_from(remote).unwrap_or(loopback),
    }
}

fn fits(bound: IpAddr, remote: IpAddr) -> bool {
    bound.is_ipv4() == remote.is_ipv4() && bound.is_loopback() == remote.is_loopback()
        || bound.is_unspecified() && bound.is_ipv4() == remote.is_ipv4()
}

/// The source address the kernel would choose; nothing is sent.
fn route_from(remote: IpAddr) -> Option<IpAddr> {
    let any: IpAddr = match remote {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let probe = std::net::UdpSocket::bind((any, 0)).ok()?;
    // Port 9 is "discard"; connecting a datagram socket sends nothing.
    probe.connect((remote, 9)).ok()?;
    Some(probe.local_addr().ok()?.ip())
}

fn bind_udp(address: SocketAddr) -> std::io::Result<tokio::net::UdpSocket> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::DGRAM,
        Some(Protocol::UDP),
    )?;
    socket.set_nonblocking(true)?;
    if let Err(error) = socket.set_recv_buffer_size(UDP_RECEIVE_BUFFER_OCTETS) {
        tracing::warn!(%error, "the UDP receive buffer stays at the kernel's default");
    }
    socket.bind(&address.into())?;
    tokio::net::UdpSocket::from_std(socket.into())
}

fn bind_tcp(address: SocketAddr) -> std::io::Result<tokio::net::TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    socket.set_nonblocking(true)?;
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(TCP_BACKLOG)?;
    tokio::net::TcpListener::from_std(socket.into())
}
