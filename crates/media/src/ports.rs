//! The RTP ports: handed out at random, so that they cannot be guessed, and
//! given back when their socket is closed.

use crate::OpenError;
use parking_lot::Mutex;
use rustix::io::Errno;
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{IpAddr, SocketAddr};

/// Receive buffer of a leg, bytes (the kernel doubles it): about 3 s of audio,
/// so that a thread that is held up loses nothing that a phone would still play.
const RECEIVE_BUFFER_BYTES: usize = 64 * 1024;

/// The even ports of a range that no leg uses.
#[derive(Debug)]
pub(crate) struct Ports {
    bind: IpAddr,
    range: (u16, u16),
    free: Mutex<Vec<u16>>,
}

impl Ports {
    /// Even ports of `min..=max`; RTP is on even ports (RFC 3550 §11).
    pub(crate) fn new(bind: IpAddr, min: u16, max: u16) -> Self {
        let free = (min..=max).filter(|port| port % 2 == 0).collect();
        Self {
            bind,
            range: (min, max),
            free: Mutex::new(free),
        }
    }

    /// Binds a socket to a random free port. `random` gives any number.
    /// Ports that another program holds are passed over.
    pub(crate) fn open(
        &self,
        mut random: impl FnMut() -> io::Result<u32>,
    ) -> Result<(std::net::UdpSocket, u16), OpenError> {
        let mut foreign = Vec::new();
        let opened = loop {
            let Some(port) = self.take(random()?) else {
                let (port_min, port_max) = self.range;
                break Err(OpenError::NoPort { port_min, port_max });
            };
            match bind(SocketAddr::new(self.bind, port)) {
                Ok(socket) => break Ok((socket, port)),
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => foreign.push(port),
                Err(error) => {
                    foreign.push(port);
                    break Err(OpenError::Socket(explain(error)));
                }
            }
        };
        // What another program holds today may be free tomorrow.
        self.free.lock().append(&mut foreign);
        opened
    }

    /// Gives a port back. Call it after its socket is closed.
    pub(crate) fn give_back(&self, port: u16) {
        self.free.lock().push(port);
    }

    fn take(&self, random: u32) -> Option<u16> {
        let mut free = self.free.lock();
        if free.is_empty() {
            return None;
        }
        let index = random as usize % free.len();
        Some(free.swap_remove(index))
    }
}

pub(crate) fn bind(address: SocketAddr) -> io::Result<std::net::UdpSocket> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::DGRAM,
        Some(Protocol::UDP),
    )?;
    socket.set_nonblocking(true)?;
    socket.set_recv_buffer_size(RECEIVE_BUFFER_BYTES)?;
    socket.bind(&address.into())?;
    Ok(socket.into())
}

/// Says what to do when the process runs out of files, which the bare error does not.
fn explain(error: io::Error) -> io::Error {
    let errno = Errno::from_io_error(&error);
    if matches!(errno, Some(Errno::MFILE | Errno::NFILE)) {
        let advice = "raise the limit of open files (ulimit -n, LimitNOFILE): a leg needs one";
        return io::Error::new(error.kind(), format!("{error}; {advice}"));
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of this process alone: other tests cannot take its ports.
    fn loopback() -> IpAddr {
        let [_, high, middle, low] = std::process::id().to_be_bytes();
        IpAddr::from([127, 128 | (high & 63), middle, low.max(1)])
    }

    #[test]
    fn only_even_ports_are_handed_out_and_each_once() {
        let ports = Ports::new(loopback(), 41_001, 41_006);
        let mut taken: Vec<u16> = (0..3).filter_map(|i| ports.take(i * 7)).collect();
        taken.sort_unstable();
        assert_eq!(taken, [41_002, 41_004, 41_006]);
        assert_eq!(ports.take(0), None);
        ports.give_back(41_004);
        assert_eq!(ports.take(9), Some(41_004));
    }

    #[test]
    fn a_port_that_another_program_holds_is_passed_over() {
        let holder = loop {
            let socket = std::net::UdpSocket::bind((loopback(), 0)).unwrap();
            let port = socket.local_addr().unwrap().port();
            if port.is_multiple_of(2) {
                break socket;
            }
        };
        let held = holder.local_addr().unwrap().port();
        let ports = Ports::new(loopback(), held, held);
        let error = ports.open(|| Ok(0)).unwrap_err();
        assert!(matches!(error, OpenError::NoPort { port_min, .. } if port_min == held));
        drop(holder);
        let (_, port) = ports.open(|| Ok(0)).unwrap();
        assert_eq!(port, held);
    }
}
