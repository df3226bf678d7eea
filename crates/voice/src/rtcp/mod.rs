//! RTCP for one RTP stream each way (RFC 3550 §6): how well what we send arrives,
//! said by the far end, and how well arrives what it sends, said by us.
//!
//! [`packet`] is the wire, [`interval`] says when, [`participant`] joins the two.

pub mod interval;
pub mod packet;
pub mod participant;

pub use packet::{ReportBlock, RtcpError};
pub use participant::{FarReport, Participant, Sent};

/// One instant on two clocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Instant {
    /// Milliseconds of a steady clock with any start.
    pub ms: u64,
    /// Time of day as an NTP timestamp (RFC 3550 §4): seconds since 1900 in the upper
    /// half, their fraction in the lower. It may wrap, as it does in 2036.
    pub ntp: u64,
}

impl Instant {
    /// The middle 32 bits of the NTP timestamp: 1/65,536 s.
    pub fn middle(self) -> u32 {
        (self.ntp >> 16) as u32
    }
}
