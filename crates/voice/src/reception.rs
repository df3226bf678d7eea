//! How well one RTP stream comes in: loss by its sequence numbers and jitter by
//! its timestamps (RFC 3550 appendices A.1, A.3 and A.8).

use crate::rtcp::packet::{ReportBlock, clamped_loss};
use crate::rtp::Header;

/// A step ahead of this many packets is a sender that began anew, not loss (A.1, `MAX_DROPOUT`).
const AHEAD_MAX: i16 = 3_000;

/// A step back of this many packets is a sender that began anew (A.1, `MAX_MISORDER`).
const BEHIND_MAX: i16 = 100;

/// Samples a second of the RTP clock.
const CLOCK_HZ: u64 = 8_000;

/// The stream that comes in now.
#[derive(Clone, Copy, Debug)]
struct Stream {
    ssrc: u32,
    first: u16,
    newest: u16,
    /// Packets that should have come: from the first to the newest.
    expected: u64,
    received: u64,
    /// Both as they were at the report before.
    reported: (u64, u64),
    /// Arrival less timestamp of the last packet of audio.
    transit: Option<u32>,
}

/// Counts for one leg. A new stream (another SSRC, a wild jump) adds to what was counted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reception {
    stream: Option<Stream>,
    lost_before: u64,
    late: u64,
    /// Sixteen times the estimate of A.8, samples.
    jitter_16: u32,
}

impl Reception {
    /// Takes the header of a packet that came at `arrival`, in samples of any
    /// steady clock of 8 kHz that wraps. `audio` is false for packets whose
    /// timestamp is not their own time (telephone events): they have no jitter.
    pub fn receive(&mut self, header: &Header, arrival: u32, audio: bool) {
        let stream = match &mut self.stream {
            Some(stream) if stream.continues_with(header) => stream,
            before => {
                self.lost_before += before.as_ref().map_or(0, Stream::lost);
                before.insert(Stream::beginning_with(header))
            }
        };
        let step = header.sequence.wrapping_sub(stream.newest).cast_signed();
        if step > 0 {
            stream.expected += u64::from(step.unsigned_abs());
            stream.newest = header.sequence;
        } else if stream.received > 0 {
            self.late += 1;
        }
        stream.received += 1;
        if !audio {
            return;
        }
        let transit = arrival.wrapping_sub(header.timestamp);
        if let Some(before) = stream.transit.replace(transit) {
            let change = transit.wrapping_sub(before).cast_signed().unsigned_abs();
            // A sender that moves its clock is not jitter; 10 s bound the sum too.
            if change < 10 * CLOCK_HZ as u32 {
                self.jitter_16 = self.jitter_16 + change - ((self.jitter_16 + 8) >> 4);
            }
        }
    }

    /// Packets that never came. A repeat makes good for one that is missing, as in RFC 3550.
    pub fn lost(&self) -> u64 {
        self.lost_before + self.stream.as_ref().map_or(0, Stream::lost)
    }

    /// Packets that came after a newer one, and repeats.
    pub fn late(&self) -> u64 {
        self.late
    }

    /// The interarrival jitter of RFC 3550 §6.4.1, microseconds.
    pub fn jitter_us(&self) -> u32 {
        let us = u64::from(self.jitter_16) * 1_000_000 / (16 * CLOCK_HZ);
        u32::try_from(us).unwrap_or(u32::MAX)
    }
}

impl Reception {
    /// Whose stream has come since the last [`Self::report`].
    pub fn ssrc_since_report(&self) -> Option<u32> {
        let stream = self.stream.as_ref()?;
        let (_, received) = stream.reported;
        (stream.received > received).then_some(stream.ssrc)
    }

    /// What RTCP says of the stream that comes now (RFC 3550 §6.4.1, appendix A.3),
    /// without its last SR; `None` if nothing has come since the report before.
    pub fn report(&mut self) -> Option<ReportBlock> {
        self.ssrc_since_report()?;
        let jitter = self.jitter_16 >> 4;
        let stream = self.stream.as_mut()?;
        let (expected, received) = stream.reported;
        stream.reported = (stream.expected, stream.received);
        let expected = stream.expected - expected;
        let lost = expected.saturating_sub(stream.received - received);
        let fraction = (lost << 8).checked_div(expected).unwrap_or(0);
        // Wraps are in what was expected.
        let highest = u64::from(stream.first) + stream.expected - 1;
        Some(ReportBlock {
            ssrc: stream.ssrc,
            fraction_lost: u8::try_from(fraction).unwrap_or(u8::MAX),
            lost: clamped_loss(stream.expected.cast_signed() - stream.received.cast_signed()),
            highest_sequence: highest as u32,
            jitter,
            last_sr: 0,
            since_last_sr: 0,
        })
    }
}

impl Stream {
    fn beginning_with(header: &Header) -> Self {
        Self {
            ssrc: header.ssrc,
            first: header.sequence,
            newest: header.sequence,
            expected: 1,
            received: 0,
            reported: (0, 0),
            transit: None,
        }
    }

    fn continues_with(&self, header: &Header) -> bool {
        let step = header.sequence.wrapping_sub(self.newest).cast_signed();
        self.ssrc == header.ssrc && (-BEHIND_MAX..=AHEAD_MAX).contains(&step)
    }

    fn lost(&self) -> u64 {
        self.expected.saturating_sub(self.received)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(ssrc: u32, sequence: u16, timestamp: u32) -> Header {
        Header {
            marker: false,
            payload_type: 0,
            sequence,
            timestamp,
            ssrc,
        }
    }

    /// Feeds packets of 20 ms by number; each comes `delay` samples late.
    fn fed(packets: impl IntoIterator<Item = (u32, u32)>) -> Reception {
        let mut reception = Reception::default();
        for (number, delay) in packets {
            let sequence = 65_000u16.wrapping_add(number as u16);
            let timestamp = number.wrapping_mul(160).wrapping_sub(500);
            let arrival = number * 160 + delay;
            reception.receive(&header(1, sequence, timestamp), arrival, true);
        }
        reception
    }

    #[test]
    fn an_even_stream_has_no_loss_and_no_jitter() {
        let reception = fed((0..2_000).map(|n| (n, 40)));
        assert_eq!(
            (reception.lost(), reception.late(), reception.jitter_us()),
            (0, 0, 0)
        );
    }

    #[test]
    fn holes_are_counted_across_the_wrap_of_the_number() {
        let reception = fed((0..2_000).filter(|n| n % 10 != 5).map(|n| (n, 0)));
        assert_eq!(reception.lost(), 200);
    }

    #[test]
    fn a_reordered_packet_is_late_and_not_lost() {
        let reception = fed([(0, 0), (1, 0), (3, 0), (2, 200), (4, 0)]);
        assert_eq!((reception.lost(), reception.late()), (0, 1));
    }

    #[test]
    fn jitter_comes_to_the_mean_change_of_delay() {
        // Every other packet is 10 ms late: each differs by 10 ms from the last.
        let reception = fed((0..1_000).map(|n| (n, (n % 2) * 80)));
        let us = reception.jitter_us();
        assert!((9_000..=10_000).contains(&us), "{us}");
    }

    #[test]
    fn jitter_dies_away_when_the_stream_is_even_again() {
        let reception = fed((0..1_000).map(|n| (n, if n < 500 { (n % 2) * 80 } else { 0 })));
        assert!(reception.jitter_us() < 200, "{}", reception.jitter_us());
    }

    #[test]
    fn a_sender_that_begins_anew_adds_no_loss_and_keeps_the_old() {
        let mut reception = fed([(0, 0), (2, 0)]);
        reception.receive(&header(2, 9, 77), 1_000, true);
        reception.receive(&header(2, 10, 237), 1_160, true);
        reception.receive(&header(2, 40_000, 0), 1_320, true);
        assert_eq!(reception.lost(), 1);
    }

    #[test]
    fn a_report_says_the_share_lost_since_the_one_before() {
        // 65,000 and on: the number wraps at packet 536.
        let mut reception = fed((0..600).filter(|n| n % 4 != 1).map(|n| (n, 0)));
        let report = reception.report().unwrap();
        assert_eq!(
            (report.ssrc, report.fraction_lost, report.lost),
            (1, 64, 150)
        );
        assert_eq!(report.highest_sequence, 65_000 + 599);
        assert_eq!(reception.report(), None, "nothing came since");
        for number in 600..1_000u32 {
            let at = header(1, 65_000u16.wrapping_add(number as u16), number * 160);
            reception.receive(&at, number * 160, true);
            reception.receive(&at, number * 160, true);
        }
        let report = reception.report().unwrap();
        assert_eq!((report.fraction_lost, report.lost), (0, 150 - 400));
        assert_eq!(report.highest_sequence, 65_000 + 999);
    }

    #[test]
    fn a_report_is_about_the_stream_that_comes_now() {
        let mut reception = fed([(0, 0), (2, 0)]);
        reception.receive(&header(2, 9, 77), 1_000, true);
        let report = reception.report().unwrap();
        assert_eq!(
            (report.ssrc, report.lost, report.highest_sequence),
            (2, 0, 9)
        );
        assert_eq!(Reception::default().report(), None);
    }

    #[test]
    fn events_have_no_jitter() {
        let mut reception = fed([(0, 0), (1, 0)]);
        for number in 2..30 {
            let at = header(1, 65_000u16.wrapping_add(number), 5_000);
            reception.receive(&at, u32::from(number) * 160, false);
        }
        assert_eq!((reception.jitter_us(), reception.lost()), (0, 0));
    }
}
