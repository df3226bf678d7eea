//! Ports for programs that cannot choose their own.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};

/// A loopback port that was free for UDP and TCP a moment ago. Another program may
/// take it before ours does; the operating system hands out such ports in turn, so
/// that this is rare.
///
/// # Panics
/// If loopback has no free port.
pub fn free() -> u16 {
    for _ in 0..64 {
        let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free UDP port");
        let port = udp.local_addr().expect("a bound socket").port();
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
    panic!("no port is free for both UDP and TCP");
}

/// A loopback address on a port of [`free`].
pub fn free_address() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, free()))
}

/// Whether some program has a UDP socket on this port. Asked of the kernel's table
/// (proc(5)), since trying to bind would take the port from who is about to.
pub fn is_taken(port: u16) -> bool {
    let table = std::fs::read_to_string("/proc/net/udp").unwrap_or_default();
    let local = format!(":{port:04X}");
    table
        .lines()
        .filter_map(|line| line.split_whitespace().nth(1))
        .any(|address| address.ends_with(&local))
}
