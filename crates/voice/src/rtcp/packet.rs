//! RTCP packets on the wire: SR, RR, SDES with CNAME and BYE, in compound packets
//! (RFC 3550 §6.1, §6.4 to §6.6); reading follows the checks of appendix A.2.

/// Sender report.
const SR: u8 = 200;
/// Receiver report.
const RR: u8 = 201;
/// Source description.
const SDES: u8 = 202;
/// Goodbye.
const BYE: u8 = 203;

/// The SDES item that names a participant.
const CNAME: u8 = 1;

/// Bytes of a report block.
const BLOCK_BYTES: usize = 24;
/// Bytes of the sender's part of an SR, after its SSRC.
const SENDER_BYTES: usize = 20;

/// Longest name of a participant, bytes (§6.5: its length is one byte).
pub const CNAME_BYTES_MAX: usize = 255;

/// Smallest and largest cumulative loss that a report can say: 24 bits with a sign.
const LOST_MIN: i64 = -(1 << 23);
/// See [`LOST_MIN`].
const LOST_MAX: i64 = (1 << 23) - 1;

/// What a sender says of its own stream (§6.4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SenderInfo {
    /// When it says so, by its own time of day (NTP timestamp).
    pub ntp: u64,
    /// The same instant in the time of its RTP stream.
    pub rtp_timestamp: u32,
    /// RTP packets it has sent; wraps.
    pub packets: u32,
    /// Bytes of their payloads; wraps.
    pub bytes: u32,
}

/// What a receiver says of one stream (§6.4.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReportBlock {
    /// The stream.
    pub ssrc: u32,
    /// Share of packets lost since the report before, in 1/256.
    pub fraction_lost: u8,
    /// Packets lost so far; below zero with repeats. 24 bits with a sign.
    pub lost: i32,
    /// Highest sequence number that came, its wraps in the upper half.
    pub highest_sequence: u32,
    /// Interarrival jitter in units of the RTP clock.
    pub jitter: u32,
    /// Middle 32 bits of the NTP timestamp of the last SR from it; 0 if none came.
    pub last_sr: u32,
    /// From that SR to this report, 1/65,536 s.
    pub since_last_sr: u32,
}

/// What one compound packet says that concerns us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    /// Who sent it.
    pub from: u32,
    /// What it says of what it sends.
    pub sender: Option<SenderInfo>,
    /// What it says of our stream.
    pub about_us: Option<ReportBlock>,
    /// It says goodbye.
    pub leaves: bool,
}

/// Why bytes are not RTCP for us. Nobody needs to be told: the packet is dropped.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum RtcpError {
    /// Shorter than its own headers say, or longer.
    #[error("the lengths of the RTCP packet do not fit")]
    Length,
    /// Version other than 2: not RTCP.
    #[error("the RTCP version is {0}")]
    Version(u8),
    /// A compound packet begins with a report (§6.1).
    #[error("the RTCP packet begins with type {0}, not with a report")]
    NoReport(u8),
    /// Padding before the last packet, or more of it than there is.
    #[error("the padding of the RTCP packet does not fit")]
    Padding,
    /// It names our own stream as its sender: our packet came back, or a forgery.
    #[error("the RTCP packet claims to be ours")]
    Ours,
}

/// Whether a packet on a port that RTP and RTCP share is RTCP (RFC 5761 §4).
pub fn is_rtcp(packet: &[u8]) -> bool {
    matches!(packet, [first, 192..=223, ..] if first >> 6 == 2)
}

/// Reads a compound packet; `ours` is the SSRC of the stream we send. Types and
/// report blocks that do not concern us are skipped.
///
/// # Errors
/// [`RtcpError`]; then nothing of the packet is believed.
pub fn parse(packet: &[u8], ours: u32) -> Result<Heard, RtcpError> {
    let mut rest = packet;
    let mut heard: Option<Heard> = None;
    while !rest.is_empty() {
        let Some(([b0, kind, l0, l1], _)) = rest.split_first_chunk::<4>() else {
            return Err(RtcpError::Length);
        };
        if b0 >> 6 != 2 {
            return Err(RtcpError::Version(b0 >> 6));
        }
        let length = (usize::from(u16::from_be_bytes([*l0, *l1])) + 1) * 4;
        let (whole, after) = rest.split_at_checked(length).ok_or(RtcpError::Length)?;
        let mut body = whole.get(4..).ok_or(RtcpError::Length)?;
        if b0 & 0x20 != 0 {
            // Only what encryption needs is padded, and that is the last packet (§6.4.1).
            let padding = usize::from(*body.last().ok_or(RtcpError::Padding)?);
            let fits = after.is_empty() && padding > 0 && padding.is_multiple_of(4);
            let kept = body.len().checked_sub(padding).filter(|_| fits);
            body = body
                .get(..kept.ok_or(RtcpError::Padding)?)
                .ok_or(RtcpError::Padding)?;
        }
        let count = usize::from(b0 & 0x1f);
        match (&mut heard, *kind) {
            (None, SR | RR) => heard = Some(report(*kind, count, body, ours)?),
            (None, other) => return Err(RtcpError::NoReport(other)),
            // More blocks than one packet holds come in further RRs (§6.1).
            (Some(heard), SR | RR) => {
                let more = report(*kind, count, body, ours)?;
                heard.about_us = heard.about_us.or(more.about_us);
            }
            (Some(heard), BYE) => heard.leaves |= leaves(heard.from, count, body)?,
            // SDES says who; APP and newer types are not for us.
            (Some(_), _) => {}
        }
        rest = after;
    }
    heard.ok_or(RtcpError::Length)
}

/// An SR or RR.
fn report(kind: u8, count: usize, body: &[u8], ours: u32) -> Result<Heard, RtcpError> {
    let (from, mut rest) = body.split_first_chunk::<4>().ok_or(RtcpError::Length)?;
    let from = u32::from_be_bytes(*from);
    if from == ours {
        return Err(RtcpError::Ours);
    }
    let mut sender = None;
    if kind == SR {
        let (info, after) = rest
            .split_first_chunk::<SENDER_BYTES>()
            .ok_or(RtcpError::Length)?;
        let [n0, n1, n2, n3, n4, n5, n6, n7, info @ ..] = *info;
        let [t0, t1, t2, t3, p0, p1, p2, p3, b0, b1, b2, b3] = info;
        sender = Some(SenderInfo {
            ntp: u64::from_be_bytes([n0, n1, n2, n3, n4, n5, n6, n7]),
            rtp_timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
            packets: u32::from_be_bytes([p0, p1, p2, p3]),
            bytes: u32::from_be_bytes([b0, b1, b2, b3]),
        });
        rest = after;
    }
    let blocks = rest.get(..count * BLOCK_BYTES).ok_or(RtcpError::Length)?;
    let (blocks, _) = blocks.as_chunks::<BLOCK_BYTES>();
    let about_us = blocks.iter().map(block).find(|block| block.ssrc == ours);
    Ok(Heard {
        from,
        sender,
        about_us,
        leaves: false,
    })
}

fn block(bytes: &[u8; BLOCK_BYTES]) -> ReportBlock {
    let [s0, s1, s2, s3, fraction_lost, l0, l1, l2, bytes @ ..] = *bytes;
    let [h0, h1, h2, h3, j0, j1, j2, j3, bytes @ ..] = bytes;
    let [r0, r1, r2, r3, d0, d1, d2, d3] = bytes;
    ReportBlock {
        ssrc: u32::from_be_bytes([s0, s1, s2, s3]),
        fraction_lost,
        // The sign is the highest of 24 bits.
        lost: i32::from_be_bytes([l0, l1, l2, 0]) >> 8,
        highest_sequence: u32::from_be_bytes([h0, h1, h2, h3]),
        jitter: u32::from_be_bytes([j0, j1, j2, j3]),
        last_sr: u32::from_be_bytes([r0, r1, r2, r3]),
        since_last_sr: u32::from_be_bytes([d0, d1, d2, d3]),
    }
}

/// Whether `who` is among those who leave.
fn leaves(who: u32, count: usize, body: &[u8]) -> Result<bool, RtcpError> {
    let sources = body.get(..count * 4).ok_or(RtcpError::Length)?;
    let (sources, _) = sources.as_chunks::<4>();
    Ok(sources
        .iter()
        .any(|source| u32::from_be_bytes(*source) == who))
}

/// The compound packet of one participant: a report (SR if it has something to say of
/// its own stream), its name, and BYE if it leaves.
pub fn compound(
    ours: u32,
    sender: Option<&SenderInfo>,
    block: Option<&ReportBlock>,
    cname: &str,
    leaves: bool,
) -> Vec<u8> {
    let mut packet = Vec::with_capacity(128);
    let kind = if sender.is_some() { SR } else { RR };
    put(&mut packet, kind, u8::from(block.is_some()), |body| {
        body.extend_from_slice(&ours.to_be_bytes());
        if let Some(sender) = sender {
            body.extend_from_slice(&sender.ntp.to_be_bytes());
            body.extend_from_slice(&sender.rtp_timestamp.to_be_bytes());
            body.extend_from_slice(&sender.packets.to_be_bytes());
            body.extend_from_slice(&sender.bytes.to_be_bytes());
        }
        if let Some(block) = block {
            put_block(body, block);
        }
    });
    put(&mut packet, SDES, 1, |body| {
        body.extend_from_slice(&ours.to_be_bytes());
        let name = cname.as_bytes();
        let name = name.get(..CNAME_BYTES_MAX).unwrap_or(name);
        body.extend_from_slice(&[CNAME, name.len() as u8]);
        body.extend_from_slice(name);
        // A list of items ends with a zero (§6.5); words are filled up below.
        body.push(0);
    });
    if leaves {
        put(&mut packet, BYE, 1, |body| {
            body.extend_from_slice(&ours.to_be_bytes());
        });
    }
    packet
}

fn put_block(body: &mut Vec<u8>, block: &ReportBlock) {
    body.extend_from_slice(&block.ssrc.to_be_bytes());
    let [_, lost @ ..] = block.lost.to_be_bytes();
    body.push(block.fraction_lost);
    body.extend_from_slice(&lost);
    for word in [
        block.highest_sequence,
        block.jitter,
        block.last_sr,
        block.since_last_sr,
    ] {
        body.extend_from_slice(&word.to_be_bytes());
    }
}

/// Appends one packet of the compound, filled up to whole words.
fn put(packet: &mut Vec<u8>, kind: u8, count: u8, write: impl FnOnce(&mut Vec<u8>)) {
    let start = packet.len();
    packet.extend_from_slice(&[0x80 | count, kind, 0, 0]);
    write(packet);
    while !(packet.len() - start).is_multiple_of(4) {
        packet.push(0);
    }
    let words = ((packet.len() - start) / 4 - 1) as u16;
    if let Some(length) = packet.get_mut(start + 2..start + 4) {
        length.copy_from_slice(&words.to_be_bytes());
    }
}

/// A count of lost packets as a report can say it (appendix A.3).
pub fn clamped_loss(lost: i64) -> i32 {
    lost.clamp(LOST_MIN, LOST_MAX) as i32
}

#[cfg(test)]
#[path = "packet_tests.rs"]
mod tests;
