//! The RTP header (RFC 3550 §5.1).

/// Bytes of a header without contributing sources or extension.
pub const HEADER_BYTES: usize = 12;

/// Largest RTP packet that we read: an Ethernet frame of IPv4 and UDP.
pub const PACKET_BYTES_MAX: usize = 1_472;

/// The fields of a header that we use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Start of a talk spurt, or of an RFC 4733 event.
    pub marker: bool,
    /// What the payload is, as the SDP said; 0 to 127.
    pub payload_type: u8,
    /// Grows by one a packet, wraps.
    pub sequence: u16,
    /// Sampling instant of the first sample, in samples; wraps.
    pub timestamp: u32,
    /// Names the stream.
    pub ssrc: u32,
}

/// Why bytes are not an RTP packet for us. Nobody needs to be told: the packet is dropped.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum RtpError {
    /// Shorter than its own header says.
    #[error("the packet is shorter than its header says")]
    Short,
    /// Version other than 2: not RTP.
    #[error("the RTP version is {0}")]
    Version(u8),
    /// RTCP on the RTP port (RFC 5761 §4: types 192 to 223).
    #[error("RTCP on the RTP port")]
    Rtcp,
    /// The padding count is larger than the payload, or zero.
    #[error("the padding does not fit")]
    Padding,
}

/// Splits a packet into header and payload, skipping contributing sources and
/// the extension and cutting the padding.
///
/// # Errors
/// [`RtpError`].
pub fn parse(packet: &[u8]) -> Result<(Header, &[u8]), RtpError> {
    let Some((fixed, mut rest)) = packet.split_first_chunk::<HEADER_BYTES>() else {
        return Err(RtpError::Short);
    };
    let [b0, b1, s0, s1, t0, t1, t2, t3, i0, i1, i2, i3] = *fixed;
    if b0 >> 6 != 2 {
        return Err(RtpError::Version(b0 >> 6));
    }
    if (192..=223).contains(&b1) {
        return Err(RtpError::Rtcp);
    }
    rest = rest
        .get(usize::from(b0 & 0x0f) * 4..)
        .ok_or(RtpError::Short)?;
    if b0 & 0x10 != 0 {
        let Some(([_, _, l0, l1], after)) = rest.split_first_chunk::<4>() else {
            return Err(RtpError::Short);
        };
        let words = usize::from(u16::from_be_bytes([*l0, *l1]));
        rest = after.get(words * 4..).ok_or(RtpError::Short)?;
    }
    if b0 & 0x20 != 0 {
        let padding = usize::from(*rest.last().ok_or(RtpError::Padding)?);
        if padding == 0 || padding > rest.len() {
            return Err(RtpError::Padding);
        }
        rest = rest.get(..rest.len() - padding).ok_or(RtpError::Padding)?;
    }
    let header = Header {
        marker: b1 & 0x80 != 0,
        payload_type: b1 & 0x7f,
        sequence: u16::from_be_bytes([s0, s1]),
        timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
        ssrc: u32::from_be_bytes([i0, i1, i2, i3]),
    };
    Ok((header, rest))
}

impl Header {
    /// The header on the wire.
    pub fn to_bytes(self) -> [u8; HEADER_BYTES] {
        let [s0, s1] = self.sequence.to_be_bytes();
        let [t0, t1, t2, t3] = self.timestamp.to_be_bytes();
        let [i0, i1, i2, i3] = self.ssrc.to_be_bytes();
        let b1 = (self.payload_type & 0x7f) | if self.marker { 0x80 } else { 0 };
        [0x80, b1, s0, s1, t0, t1, t2, t3, i0, i1, i2, i3]
    }

    /// A whole packet in a new buffer.
    pub fn packet(self, payload: &[u8]) -> Vec<u8> {
        let mut packet = Vec::with_capacity(HEADER_BYTES + payload.len());
        packet.extend_from_slice(&self.to_bytes());
        packet.extend_from_slice(payload);
        packet
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: Header = Header {
        marker: true,
        payload_type: 101,
        sequence: 65_535,
        timestamp: 4_000_000_000,
        ssrc: 0xdead_beef,
    };

    #[test]
    fn a_built_header_is_read_back() {
        let packet = HEADER.packet(&[1, 2, 3]);
        assert_eq!(parse(&packet), Ok((HEADER, &[1, 2, 3][..])));
    }

    #[test]
    fn contributing_sources_extension_and_padding_are_cut() {
        let mut packet = HEADER.to_bytes().to_vec();
        packet[0] = 0x80 | 0x20 | 0x10 | 2;
        packet.extend_from_slice(&[9; 8]); // two contributing sources
        packet.extend_from_slice(&[0xbe, 0xde, 0, 1, 7, 7, 7, 7]); // extension of one word
        packet.extend_from_slice(&[5, 6]);
        packet.extend_from_slice(&[0, 0, 3]);
        assert_eq!(parse(&packet), Ok((HEADER, &[5, 6][..])));
    }

    #[test]
    fn what_is_not_rtp_is_refused_with_its_reason() {
        assert_eq!(parse(&[0x80; 11]), Err(RtpError::Short));
        assert_eq!(parse(&[0x00; 12]), Err(RtpError::Version(0)));
        let mut rtcp = HEADER.to_bytes();
        rtcp[1] = 200;
        assert_eq!(parse(&rtcp), Err(RtpError::Rtcp));
        let mut padded = HEADER.to_bytes();
        padded[0] |= 0x20;
        assert_eq!(parse(&padded), Err(RtpError::Padding));
        let mut extended = HEADER.to_bytes();
        extended[0] |= 0x10;
        assert_eq!(parse(&extended), Err(RtpError::Short));
        let mut sources = HEADER.to_bytes();
        sources[0] |= 0x01;
        assert_eq!(parse(&sources), Err(RtpError::Short));
    }

    #[test]
    fn no_bytes_make_the_reader_panic() {
        let mut state = 0x9e37_79b9_7f4a_7c15u64;
        for round in 0..200_000u32 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let mut packet = HEADER.packet(&state.to_le_bytes());
            packet[0] = 0x80 | (state as u8 & 0x3f);
            packet[1] = (state >> 8) as u8;
            packet[14] = (state >> 16) as u8 & 3;
            packet[15] = (state >> 24) as u8 & 3;
            packet.truncate((round % 21) as usize);
            let _ = parse(&packet);
        }
    }
}
