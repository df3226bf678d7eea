//! CPU of the media threads per packet, over loopback, for at most ten seconds.
//!
//! `bridge_load bridge CALLS SECONDS` bridges calls and speaks into both sides;
//! `bridge_load music CALLS SECONDS` plays one tune to as many callers, who speak into it.

use media::{LegId, LegParams, Media, MediaConfig, Source};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use voice::rtp::Header;

type Failure = Box<dyn std::error::Error>;

/// Slices of 20 ms over which the speaker spreads its packets, as a crowd of phones does.
const SLICES: usize = 200;

/// Longest run.
const SECONDS_MAX: u64 = 10;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, kind, calls, seconds] = arguments.as_slice() else {
        return Err("usage: bridge_load bridge|music CALLS SECONDS".into());
    };
    let calls: usize = calls.parse()?;
    let seconds = seconds.parse::<u64>()?.min(SECONDS_MAX);
    let loopback = IpAddr::from([127, 0, 0, 1]);
    let config = MediaConfig {
        bind: loopback,
        port_min: 42_000,
        port_max: 60_000,
        threads: 1,
    };
    let media = Media::start(config, Arc::new(|_| {}))?;
    let phone = Arc::new(UdpSocket::bind((loopback, 0))?);
    let drain = drained(&phone)?;
    let legs = open(&media, kind, calls, &phone)?;
    let before = sent(&media, &legs);
    let (cpu, start) = (media_cpu()?, Instant::now());
    run(&phone, &legs, seconds)?;
    let cpu_us = (media_cpu()? - cpu).as_secs_f64() * 1e6;
    let wall = start.elapsed().as_secs_f64();
    let packets = sent(&media, &legs) - before;
    println!(
        "{kind} {calls}: {packets} packets sent ({:.0}/s), {:.2} µs CPU a packet, {:.1} % of a core",
        packets as f64 / wall,
        cpu_us / packets as f64,
        cpu_us / wall / 1e4,
    );
    media.shutdown();
    drain.store(true, Ordering::Relaxed);
    Ok(())
}

/// Reads away what the phones hear.
fn drained(phone: &Arc<UdpSocket>) -> Result<Arc<AtomicBool>, Failure> {
    let done = Arc::new(AtomicBool::new(false));
    let (stop, socket) = (Arc::clone(&done), phone.try_clone()?);
    socket.set_read_timeout(Some(Duration::from_millis(100)))?;
    std::thread::spawn(move || {
        let mut buffer = [0; 2_048];
        while !stop.load(Ordering::Relaxed) {
            let _ = socket.recv(&mut buffer);
        }
    });
    Ok(done)
}

fn open(
    media: &Media,
    kind: &str,
    calls: usize,
    phone: &UdpSocket,
) -> Result<Vec<(LegId, SocketAddr)>, Failure> {
    let remote = phone.local_addr()?;
    let params = LegParams {
        remote,
        codec: voice::Codec::Pcmu,
        payload_type: 0,
        dtmf_payload_type: Some(101),
        rtcp: voice::sdp::RtcpPath::Shared,
        sends: true,
    };
    let mut legs = Vec::new();
    let mut leg = |group: u64| -> Result<LegId, Failure> {
        let (leg, port) = media.open_leg(group)?;
        media.configure(leg, params.clone());
        legs.push((leg, SocketAddr::new(remote.ip(), port)));
        Ok(leg)
    };
    let tune = Arc::new(voice::Tune::from_samples(voice::hold_music::samples()));
    for call in 0..calls as u64 {
        let caller = leg(call)?;
        if kind == "music" {
            let player = media.create_player(call, Arc::clone(&tune), true, false);
            media.hear(caller, Source::Player(player));
        } else {
            let agent = leg(call)?;
            media.hear(caller, Source::Leg(agent));
            media.hear(agent, Source::Leg(caller));
        }
    }
    Ok(legs)
}

/// Speaks into every leg 50 times a second.
fn run(phone: &UdpSocket, legs: &[(LegId, SocketAddr)], seconds: u64) -> Result<(), Failure> {
    let start = Instant::now();
    let per_slice = legs.len().div_ceil(SLICES).max(1);
    for frame in 0..seconds * 50 {
        for (slice, piece) in legs.chunks(per_slice).enumerate() {
            let due = Duration::from_micros(frame * 20_000 + slice as u64 * 100);
            std::thread::sleep(due.saturating_sub(start.elapsed()));
            for (i, (_, port)) in piece.iter().enumerate() {
                let header = Header {
                    marker: false,
                    payload_type: 0,
                    sequence: frame as u16,
                    timestamp: frame as u32 * 160,
                    ssrc: (slice * per_slice + i) as u32,
                };
                phone.send_to(&header.packet(&[0x55; 160]), port)?;
            }
        }
    }
    let end = Duration::from_secs(seconds) + Duration::from_millis(50);
    std::thread::sleep(end.saturating_sub(start.elapsed()));
    Ok(())
}

fn sent(media: &Media, legs: &[(LegId, SocketAddr)]) -> u64 {
    legs.iter()
        .filter_map(|(leg, _)| media.stats(*leg))
        .map(|stats| stats.packets_out)
        .sum()
}

/// CPU time of all media threads, by the kernel's account in nanoseconds.
fn media_cpu() -> Result<Duration, Failure> {
    let mut total = Duration::ZERO;
    for task in std::fs::read_dir("/proc/self/task")? {
        let path = task?.path();
        if std::fs::read_to_string(path.join("comm"))?.starts_with("media-") {
            let stat = std::fs::read_to_string(path.join("schedstat"))?;
            let ran = stat.split_ascii_whitespace().next().unwrap_or("0");
            total += Duration::from_nanos(ran.parse()?);
        }
    }
    Ok(total)
}
