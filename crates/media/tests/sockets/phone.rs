//! A phone: a UDP socket that speaks and hears RTP, and the media half it calls.

use crossbeam_channel::{Receiver, unbounded};
use media::{LegId, LegParams, Media, MediaConfig, MediaEvent};
use std::cell::RefCell;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::time::{Duration, Instant};
use voice::rtp::{self, Header};
use voice::sdp::RtcpPath;
use voice::{Codec, g711, g722};

/// Far longer than anything here takes on an idle machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// How long "nothing comes" is watched.
pub(crate) const QUIET: Duration = Duration::from_millis(150);

/// A loopback address of this process alone, so that tests that run at the same
/// time do not take each other's ports.
pub(crate) fn loopback() -> IpAddr {
    let [_, high, middle, low] = std::process::id().to_be_bytes();
    IpAddr::from([127, 64 | (high & 63), middle, low.max(1)])
}

/// The media half with its events.
pub(crate) fn media() -> (Media, Receiver<MediaEvent>) {
    media_on(2)
}

pub(crate) fn media_on(threads: usize) -> (Media, Receiver<MediaEvent>) {
    let (sender, events) = unbounded();
    let config = MediaConfig {
        bind: loopback(),
        port_min: 20_000,
        port_max: 40_000,
        threads,
    };
    let sink = Arc::new(move |event| {
        let _ = sender.send(event);
    });
    (Media::start(config, sink).unwrap(), events)
}

/// Waits until `done`.
pub(crate) fn until(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < PATIENCE, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A far end.
pub(crate) struct Phone {
    pub(crate) socket: UdpSocket,
    pub(crate) codec: Codec,
    pub(crate) ssrc: u32,
    pub(crate) sequence: u16,
    pub(crate) timestamp: u32,
    encoder: g722::Encoder,
    decoder: RefCell<g722::Decoder>,
}

impl Phone {
    pub(crate) fn new(codec: Codec) -> Self {
        let socket = UdpSocket::bind((loopback(), 0)).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        let port = u32::from(socket.local_addr().unwrap().port());
        Self {
            socket,
            codec,
            ssrc: 0x1000_0000 + port,
            sequence: 65_500,
            timestamp: port * 7_919,
            encoder: g722::Encoder::default(),
            decoder: RefCell::default(),
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.socket.local_addr().unwrap()
    }

    /// What the SDP of this phone would have agreed on.
    pub(crate) fn params(&self) -> LegParams {
        LegParams {
            remote: self.address(),
            codec: self.codec,
            payload_type: self.codec.static_payload_type(),
            dtmf_payload_type: Some(101),
            rtcp: RtcpPath::Off,
            sends: true,
        }
    }

    /// Opens a configured leg for this phone.
    pub(crate) fn call(&self, media: &Media, group: u64) -> (LegId, SocketAddr) {
        let (leg, port) = media.open_leg(group).unwrap();
        media.configure(leg, self.params());
        (leg, SocketAddr::new(loopback(), port))
    }

    /// Sends one frame of samples at the rate of its codec, as fast as it is called.
    pub(crate) fn speak(&mut self, to: SocketAddr, samples: &[i16]) {
        let mut payload = Vec::new();
        match self.codec.law() {
            Some(law) => payload = g711::encode(law, samples),
            None => self.encoder.encode(samples, &mut payload),
        }
        self.send(
            to,
            self.codec.static_payload_type(),
            self.timestamp,
            &payload,
        );
        self.timestamp = self.timestamp.wrapping_add(payload.len() as u32);
    }

    pub(crate) fn send(
        &mut self,
        to: SocketAddr,
        payload_type: u8,
        timestamp: u32,
        payload: &[u8],
    ) {
        let header = Header {
            marker: false,
            payload_type,
            sequence: self.sequence,
            timestamp,
            ssrc: self.ssrc,
        };
        self.sequence = self.sequence.wrapping_add(1);
        self.socket.send_to(&header.packet(payload), to).unwrap();
    }

    /// The next packet.
    pub(crate) fn hear(&self) -> (Header, Vec<u8>, SocketAddr) {
        self.socket.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut buffer = [0; 2_048];
        let (length, from) = self.socket.recv_from(&mut buffer).expect("a packet");
        let (header, payload) = rtp::parse(&buffer[..length]).unwrap();
        (header, payload.to_vec(), from)
    }

    /// The next `count` packets as headers and one stretch of samples.
    pub(crate) fn hear_many(&self, count: usize) -> (Vec<Header>, Vec<i16>) {
        let mut headers = Vec::new();
        let mut samples = Vec::new();
        for _ in 0..count {
            let (header, payload, _) = self.hear();
            headers.push(header);
            self.decode(&payload, &mut samples);
        }
        (headers, samples)
    }

    /// Appends the samples of a payload, at the rate of the codec of this phone.
    pub(crate) fn decode(&self, payload: &[u8], samples: &mut Vec<i16>) {
        match self.codec.law() {
            Some(law) => samples.extend(g711::decode(law, payload)),
            None => self.decoder.borrow_mut().decode(payload, samples),
        }
    }

    /// Asserts that nothing comes for a while.
    pub(crate) fn hears_nothing(&self) {
        self.socket.set_read_timeout(Some(QUIET)).unwrap();
        let mut buffer = [0; 2_048];
        if let Ok((length, from)) = self.socket.recv_from(&mut buffer) {
            panic!("{length} bytes came from {from}");
        }
    }

    /// Throws away what has come so far.
    pub(crate) fn forget(&self) {
        self.socket.set_nonblocking(true).unwrap();
        let mut buffer = [0; 2_048];
        while self.socket.recv_from(&mut buffer).is_ok() {}
        self.socket.set_nonblocking(false).unwrap();
    }
}

/// Every number follows the last, in one stream.
pub(crate) fn assert_one_stream(headers: &[Header]) {
    for pair in headers.windows(2) {
        assert_eq!(pair[1].ssrc, pair[0].ssrc, "{pair:?}");
        assert_eq!(
            pair[1].sequence,
            pair[0].sequence.wrapping_add(1),
            "{pair:?}"
        );
        let step = pair[1].timestamp.wrapping_sub(pair[0].timestamp);
        assert!(step > 0 && step < 1 << 30, "time turns back: {pair:?}");
    }
}
