//! SDP offer and answer for one audio stream (RFC 3264, RFC 4566).

use crate::Codec;
use std::net::{IpAddr, SocketAddr};

/// What both sides agreed on, seen from us.
#[derive(Clone, Debug, PartialEq)]
pub struct Agreed {
    /// Where the far end wants RTP.
    pub remote: SocketAddr,
    /// Codec.
    pub codec: Codec,
    /// Its payload type.
    pub payload_type: u8,
    /// RFC 4733 payload type.
    pub dtmf_payload_type: Option<u8>,
    /// Whether the far end wants to hear us (false on hold).
    pub we_send: bool,
    /// Whether the far end sends.
    pub we_receive: bool,
}

/// No call can be made of this SDP; answer 488 (or 400 for `Malformed`).
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SdpError {
    /// Not SDP.
    #[error("SDP line {line}: {what}")]
    Malformed {
        /// Line from 1.
        line: usize,
        /// What is wrong.
        what: String,
    },
    /// No audio over plain RTP with a codec that we have.
    #[error("no common codec: the other side offers {offered}")]
    NoCommonCodec {
        /// What it offers.
        offered: String,
    },
}

/// Our offer.
pub fn offer(
    _local: IpAddr,
    _port: u16,
    _codecs: &[Codec],
    _session: u64,
    _version: u64,
) -> Vec<u8> {
    Vec::new()
}

/// Our answer to `offer`: the text to send and what it means.
///
/// # Errors
/// [`SdpError`].
pub fn answer(
    _offer: &[u8],
    _local: IpAddr,
    _port: u16,
    _codecs: &[Codec],
    _session: u64,
    _version: u64,
) -> Result<(Vec<u8>, Agreed), SdpError> {
    Err(SdpError::NoCommonCodec {
        offered: String::new(),
    })
}

/// What the far end's answer to our offer means.
///
/// # Errors
/// [`SdpError`].
pub fn accept(_answer: &[u8], _codecs: &[Codec]) -> Result<Agreed, SdpError> {
    Err(SdpError::NoCommonCodec {
        offered: String::new(),
    })
}
