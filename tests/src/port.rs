//! Ports for programs that cannot choose their own.

use std::collections::BTreeSet;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::ops::Range;
use std::sync::Mutex;

/// Where ports are looked for: below the ports that Linux hands out by itself (from
/// 32768 on) and below those of our RTP, so that a program that starts a moment later
/// finds its port as free as we did.
const RANGE: Range<u16> = 10_000..16_384;
/// Tries before giving up; nearly every port of the range is free.
const TRIES_MAX: usize = 200;

/// Ports that this process has given away.
static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());

/// A loopback port, by chance, that is free for UDP and TCP and that this process was
/// not given before.
///
/// # Panics
/// If none is found.
pub fn free() -> u16 {
    for _ in 0..TRIES_MAX {
        let mut chance = [0_u8; 2];
        getrandom::fill(&mut chance).expect("the kernel has chance");
        let port = RANGE.start + u16::from_ne_bytes(chance) % (RANGE.end - RANGE.start);
        let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, port));
        let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, port));
        let mut given = GIVEN.lock().expect("nothing panics with this lock");
        if udp.is_ok() && tcp.is_ok() && given.insert(port) {
            return port;
        }
    }
    panic!("no port of {RANGE:?} is free for both UDP and TCP");
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
