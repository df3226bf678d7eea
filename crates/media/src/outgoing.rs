//! The numbers on the packets of one leg: one stream with one SSRC and a
//! sequence without holes of our making, whatever sources it is fed from
//! (RFC 3550 §5.1, and §7.1 for what a translator keeps). Pure.

use crate::schedule::TICK_SAMPLES;
use voice::rtp::Header;

/// A source that jumps by more packets than this has started anew: 10 s.
const JUMP_PACKETS_MAX: u16 = 500;

/// Random starts of a stream, so that it cannot be guessed (RFC 3550 §5.1).
#[derive(Clone, Copy, Debug)]
pub(crate) struct StreamSeed {
    pub(crate) ssrc: u32,
    pub(crate) sequence: u16,
    pub(crate) timestamp: u32,
}

/// How the numbers of a relayed source become ours.
#[derive(Clone, Copy, Debug)]
struct Relay {
    ssrc: u32,
    sequence_offset: u16,
    timestamp_offset: u32,
    /// First and newest sequence number of the source under this mapping.
    first: u16,
    newest: u16,
}

/// What the stream carries at the moment.
#[derive(Clone, Copy, Debug)]
enum Spurt {
    /// Nothing: the next packet starts a talk spurt.
    Silent,
    Relay(Relay),
    /// Frames of our own, one a tick.
    Frames,
}

/// The stream to one leg.
#[derive(Debug)]
pub(crate) struct Outgoing {
    ssrc: u32,
    last_sequence: u16,
    last_timestamp: u32,
    /// When that was, in samples of the thread's clock.
    last_at: u32,
    /// Timestamp of sample 0 of the thread's clock.
    clock_start: u32,
    started: bool,
    spurt: Spurt,
}

impl Outgoing {
    pub(crate) fn new(seed: StreamSeed) -> Self {
        Self {
            ssrc: seed.ssrc,
            last_sequence: seed.sequence,
            last_timestamp: seed.timestamp,
            last_at: 0,
            clock_start: seed.timestamp,
            started: false,
            spurt: Spurt::Silent,
        }
    }

    pub(crate) fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// The time of the stream at `now`, said in sender reports (RFC 3550 §6.4.1).
    pub(crate) fn timestamp_at(&self, now: u32) -> u32 {
        self.last_timestamp
            .wrapping_add(now.wrapping_sub(self.last_at))
    }

    /// The source changes or stops: the next packet starts a talk spurt.
    pub(crate) fn pause(&mut self) {
        self.spurt = Spurt::Silent;
    }

    /// The header of our next frame at sample `now` of the thread's clock.
    pub(crate) fn frame(&mut self, now: u32, payload_type: u8) -> Header {
        let marker = !matches!(self.spurt, Spurt::Frames);
        self.spurt = Spurt::Frames;
        let timestamp = self.next_timestamp(now);
        self.header(marker, timestamp, payload_type)
    }

    /// The timestamp of an event that begins at `now`.
    pub(crate) fn event_start(&mut self, now: u32) -> u32 {
        self.next_timestamp(now)
    }

    /// The header of an RFC 4733 packet of ours; audio goes on after it as a new spurt.
    pub(crate) fn event(&mut self, marker: bool, timestamp: u32, payload_type: u8) -> Header {
        self.spurt = Spurt::Silent;
        self.header(marker, timestamp, payload_type)
    }

    /// The header under which a packet of another leg goes out, or `None` for
    /// a repeat and for one from before the switch to this source. Holes and
    /// reordering of the source are kept, so that the phone can see loss.
    pub(crate) fn relay(&mut self, source: &Header, now: u32, payload_type: u8) -> Option<Header> {
        if let Spurt::Relay(relay) = self.spurt
            && relay.ssrc == source.ssrc
        {
            let ahead = source.sequence.wrapping_sub(relay.newest);
            let behind = relay.newest.wrapping_sub(source.sequence);
            if ahead == 0 {
                return None;
            }
            if behind <= JUMP_PACKETS_MAX {
                // Reordered: allowed back to the first packet of the mapping.
                let age = relay.newest.wrapping_sub(relay.first);
                return (behind <= age).then(|| self.relayed(source, relay, payload_type));
            }
            if ahead <= JUMP_PACKETS_MAX {
                let relay = Relay {
                    newest: source.sequence,
                    first: keep_near(relay.first, source.sequence),
                    ..relay
                };
                self.spurt = Spurt::Relay(relay);
                self.last_sequence = source.sequence.wrapping_add(relay.sequence_offset);
                self.last_timestamp = source.timestamp.wrapping_add(relay.timestamp_offset);
                self.last_at = now;
                return Some(self.relayed(source, relay, payload_type));
            }
        }
        Some(self.switch(source, now, payload_type))
    }

    /// A packet of the relayed source that this leg cannot use (an event
    /// without a payload type for it): no hole is left where it was.
    pub(crate) fn leave_out(&mut self, source: &Header) {
        if let Spurt::Relay(relay) = &mut self.spurt
            && relay.ssrc == source.ssrc
            && source.sequence == relay.newest.wrapping_add(1)
        {
            relay.newest = source.sequence;
            relay.first = source.sequence;
            relay.sequence_offset = relay.sequence_offset.wrapping_sub(1);
        }
    }

    fn switch(&mut self, source: &Header, now: u32, payload_type: u8) -> Header {
        let timestamp = self.next_timestamp(now);
        let header = self.header(true, timestamp, payload_type);
        self.spurt = Spurt::Relay(Relay {
            ssrc: source.ssrc,
            sequence_offset: header.sequence.wrapping_sub(source.sequence),
            timestamp_offset: timestamp.wrapping_sub(source.timestamp),
            first: source.sequence,
            newest: source.sequence,
        });
        header
    }

    fn relayed(&self, source: &Header, relay: Relay, payload_type: u8) -> Header {
        Header {
            marker: source.marker,
            payload_type,
            sequence: source.sequence.wrapping_add(relay.sequence_offset),
            timestamp: source.timestamp.wrapping_add(relay.timestamp_offset),
            ssrc: self.ssrc,
        }
    }

    fn header(&mut self, marker: bool, timestamp: u32, payload_type: u8) -> Header {
        self.last_sequence = self.last_sequence.wrapping_add(1);
        self.last_timestamp = timestamp;
        self.started = true;
        Header {
            marker,
            payload_type,
            sequence: self.last_sequence,
            timestamp,
            ssrc: self.ssrc,
        }
    }

    /// The timestamp at `now`, later than all before: a source whose clock ran
    /// ahead of ours moves our clock on.
    fn next_timestamp(&mut self, now: u32) -> u32 {
        self.last_at = now;
        let by_clock = self.clock_start.wrapping_add(now);
        let past = by_clock.wrapping_sub(self.last_timestamp).cast_signed() <= 0;
        if self.started && past {
            let next = self.last_timestamp.wrapping_add(TICK_SAMPLES);
            self.clock_start = next.wrapping_sub(now);
            return next;
        }
        by_clock
    }
}

/// The start of a mapping, moved along so that it is always near the newest.
fn keep_near(first: u16, newest: u16) -> u16 {
    if newest.wrapping_sub(first) > JUMP_PACKETS_MAX {
        newest.wrapping_sub(JUMP_PACKETS_MAX)
    } else {
        first
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outgoing() -> Outgoing {
        Outgoing::new(StreamSeed {
            ssrc: 77,
            sequence: 65_533,
            timestamp: u32::MAX - 300,
        })
    }

    fn source(ssrc: u32, sequence: u16, timestamp: u32) -> Header {
        Header {
            marker: false,
            payload_type: 0,
            sequence,
            timestamp,
            ssrc,
        }
    }

    #[test]
    fn frames_count_up_by_one_and_160_with_one_marker() {
        let mut out = outgoing();
        let headers: Vec<Header> = (0..6).map(|tick| out.frame(tick * 160, 8)).collect();
        assert!(headers[0].marker);
        for pair in headers.windows(2) {
            assert_eq!(pair[1].sequence, pair[0].sequence.wrapping_add(1));
            assert_eq!(pair[1].timestamp, pair[0].timestamp.wrapping_add(160));
            assert!(!pair[1].marker);
            assert_eq!((pair[1].ssrc, pair[1].payload_type), (77, 8));
        }
    }

    #[test]
    fn a_switch_of_source_keeps_the_sequence_and_moves_time_forward() {
        let mut out = outgoing();
        let a = out.frame(0, 0);
        let b = out.relay(&source(1, 9_000, 5), 160, 0).unwrap();
        let c = out.relay(&source(1, 9_001, 165), 320, 0).unwrap();
        let d = out.relay(&source(2, 10, 700_000), 500, 0).unwrap();
        out.pause();
        let e = out.frame(640, 0);
        let all = [a, b, c, d, e];
        for pair in all.windows(2) {
            assert_eq!(pair[1].sequence, pair[0].sequence.wrapping_add(1));
            let step = pair[1].timestamp.wrapping_sub(pair[0].timestamp);
            assert!((1..=400).contains(&step), "{pair:?}");
        }
        let markers: Vec<bool> = all.iter().map(|h| h.marker).collect();
        assert_eq!(markers, [true, true, false, true, true]);
    }

    #[test]
    fn loss_and_reordering_of_the_source_are_kept() {
        let mut out = outgoing();
        let base = out.relay(&source(1, 100, 0), 0, 0).unwrap();
        let mut at = |sequence: u16| {
            let time = u32::from(sequence - 100) * 160;
            out.relay(&source(1, sequence, time), time, 0)
                .map(|h| h.sequence.wrapping_sub(base.sequence))
        };
        assert_eq!(at(101), Some(1));
        assert_eq!(at(104), Some(4));
        assert_eq!(at(103), Some(3));
        assert_eq!(at(104), None, "a repeat");
        assert_eq!(at(105), Some(5));
    }

    #[test]
    fn the_time_of_the_stream_goes_on_between_packets() {
        let mut out = outgoing();
        let a = out.frame(1_600, 0);
        assert_eq!(out.timestamp_at(1_600), a.timestamp);
        let b = out.relay(&source(1, 7, 99), 1_760, 0).unwrap();
        assert_eq!(out.timestamp_at(1_760 + 80), b.timestamp.wrapping_add(80));
        let c = out.relay(&source(1, 8, 99 + 160), 1_925, 0).unwrap();
        assert_eq!(out.timestamp_at(1_925), c.timestamp);
        out.pause();
        assert_eq!(out.timestamp_at(9_925), c.timestamp.wrapping_add(8_000));
    }

    #[test]
    fn a_packet_from_before_the_switch_is_not_sent_under_a_used_number() {
        let mut out = outgoing();
        out.frame(0, 0);
        out.relay(&source(1, 100, 0), 160, 0).unwrap();
        assert_eq!(out.relay(&source(1, 99, 0), 170, 0), None);
    }

    #[test]
    fn a_source_that_starts_anew_is_joined_on() {
        let mut out = outgoing();
        let a = out.relay(&source(1, 100, 0), 0, 0).unwrap();
        let b = out.relay(&source(1, 30_000, 9_999_999), 160, 0).unwrap();
        assert_eq!(b.sequence, a.sequence.wrapping_add(1));
        assert_eq!(b.timestamp, a.timestamp.wrapping_add(160));
        assert!(b.marker);
    }

    #[test]
    fn a_packet_that_is_left_out_leaves_no_hole() {
        let mut out = outgoing();
        let a = out.relay(&source(1, 100, 0), 0, 0).unwrap();
        out.leave_out(&source(1, 101, 160));
        let b = out.relay(&source(1, 102, 320), 320, 0).unwrap();
        assert_eq!(b.sequence, a.sequence.wrapping_add(1));
    }

    #[test]
    fn a_source_with_a_fast_clock_does_not_turn_time_back_at_a_switch() {
        let mut out = outgoing();
        out.relay(&source(1, 1, 0), 0, 0).unwrap();
        let fast = out.relay(&source(1, 2, 4_000), 160, 0).unwrap();
        let frame = out.frame(320, 0);
        assert_eq!(frame.timestamp, fast.timestamp.wrapping_add(160));
        let next = out.frame(480, 0);
        assert_eq!(next.timestamp, frame.timestamp.wrapping_add(160));
    }

    #[test]
    fn a_mapping_lives_longer_than_the_sequence_number() {
        let mut out = outgoing();
        let mut last = out.relay(&source(1, 0, 0), 0, 0).unwrap();
        for i in 1..200_000u32 {
            let next = out
                .relay(&source(1, i as u16, i * 160), i * 160, 0)
                .unwrap();
            assert_eq!(next.sequence, last.sequence.wrapping_add(1), "packet {i}");
            assert!(!next.marker, "packet {i}");
            last = next;
        }
    }
}
