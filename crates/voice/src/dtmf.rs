//! Digits as RFC 4733 telephone events: received once a press, sent at the pace of the tick.

use std::collections::VecDeque;

/// Digits by event number (RFC 4733 §3.2).
const DIGITS: [char; 16] = [
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#', 'A', 'B', 'C', 'D',
];

/// Samples in a tick of 20 ms at 8 kHz.
const TICK_SAMPLES: u16 = 160;

/// How far behind a timestamp may be and still be a late repeat of an older
/// press: 10 s. Further back the sender has restarted its clock.
const LATE_SAMPLES_MAX: u32 = 80_000;

/// How much later than the end of the last heard duration the same press may
/// go on under a new timestamp (a segment of a long press, or a sender that
/// moves the timestamp each packet). Two presses are at least 40 ms apart.
const SEGMENT_GAP_SAMPLES_MAX: u32 = 160;

/// Digits that may wait to be sent: far more than a number with an extension.
pub const DIGITS_WAITING_MAX: usize = 256;

/// Ticks that a digit sounds: 100 ms, which every receiver recognises.
const EVENT_TICKS: u16 = 5;

/// The end packet is sent three times, so that one survives loss (RFC 4733 §2.5.1.4).
const END_PACKETS: u8 = 3;

/// Silence between two digits, ticks: 80 ms after the last end packet.
const GAP_TICKS: u8 = 4;

/// Length of a `p` or `,` (pause) among the digits, ticks: half a second.
const PAUSE_TICKS: u8 = 25;

/// The digit as an event number, for `0`-`9`, `*`, `#`, `A`-`D` in any case.
pub fn event_of(digit: char) -> Option<u8> {
    let upper = digit.to_ascii_uppercase();
    DIGITS
        .iter()
        .position(|d| *d == upper)
        .and_then(|i| u8::try_from(i).ok())
}

/// The payload of an event packet (RFC 4733 §2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Event number.
    pub event: u8,
    /// The press is over.
    pub end: bool,
    /// So far, samples.
    pub duration: u16,
}

impl Event {
    /// Reads a payload; what follows the first four bytes is ignored.
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let ([event, flags, d0, d1], _) = payload.split_first_chunk::<4>()?;
        Some(Self {
            event: *event,
            end: flags & 0x80 != 0,
            duration: u16::from_be_bytes([*d0, *d1]),
        })
    }

    /// The payload on the wire, at -10 dBm0.
    pub fn to_bytes(self) -> [u8; 4] {
        let [d0, d1] = self.duration.to_be_bytes();
        [self.event, if self.end { 0x80 } else { 0 } | 10, d0, d1]
    }
}

/// The press that was heard last.
#[derive(Clone, Copy, Debug)]
struct Press {
    ssrc: u32,
    timestamp: u32,
    event: u8,
    duration: u16,
    ended: bool,
}

/// Turns the packets of one leg into presses.
#[derive(Clone, Debug, Default)]
pub struct DigitReceiver {
    last: Option<Press>,
}

impl DigitReceiver {
    /// Takes one event packet and returns the digit when a press begins. All
    /// packets of a press share its timestamp, so a press is known by its first
    /// packet to arrive, whichever that is: lost starts or ends change nothing.
    pub fn receive(
        &mut self,
        ssrc: u32,
        marker: bool,
        timestamp: u32,
        payload: &[u8],
    ) -> Option<char> {
        let event = Event::parse(payload)?;
        let digit = *DIGITS.get(usize::from(event.event))?;
        let press = Press {
            ssrc,
            timestamp,
            event: event.event,
            duration: event.duration,
            ended: event.end,
        };
        let Some(last) = self.last.filter(|last| last.ssrc == ssrc) else {
            self.last = Some(press);
            return Some(digit);
        };
        let ahead = timestamp.wrapping_sub(last.timestamp);
        let behind = last.timestamp.wrapping_sub(timestamp);
        if ahead == 0 {
            self.last = Some(Press {
                duration: event.duration.max(last.duration),
                ended: event.end || last.ended,
                ..last
            });
            return None;
        }
        if behind < LATE_SAMPLES_MAX {
            return None;
        }
        self.last = Some(press);
        let goes_on = !marker
            && !last.ended
            && last.event == event.event
            && ahead <= u32::from(last.duration) + SEGMENT_GAP_SAMPLES_MAX;
        (!goes_on).then_some(digit)
    }
}

/// What the digit sender wants in this tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendStep {
    /// Nothing to send: audio flows.
    Idle,
    /// Between digits: audio flows, but the sender is not done.
    Gap,
    /// Send this event packet in place of audio.
    Packet {
        /// First packet of the press.
        marker: bool,
        /// RTP timestamp: the start of the press.
        timestamp: u32,
        /// Payload.
        payload: [u8; 4],
    },
}

#[derive(Clone, Copy, Debug)]
enum Sending {
    Idle,
    Sounding { event: u8, start: u32, ticks: u16 },
    Ending { event: u8, start: u32, left: u8 },
    Waiting { ticks_left: u8 },
}

/// Sends queued digits, one packet a tick.
#[derive(Debug)]
pub struct DigitSender {
    waiting: VecDeque<char>,
    state: Sending,
}

impl Default for DigitSender {
    fn default() -> Self {
        Self {
            waiting: VecDeque::new(),
            state: Sending::Idle,
        }
    }
}

impl DigitSender {
    /// Queues digits (`0`-`9`, `*`, `#`, `A`-`D`, and `p` or `,` for a pause of half
    /// a second). Returns how many were not taken: unknown characters and
    /// everything over [`DIGITS_WAITING_MAX`].
    pub fn queue(&mut self, digits: &str) -> usize {
        let mut refused = 0;
        for digit in digits.chars() {
            let known = event_of(digit).is_some() || matches!(digit, 'p' | 'P' | ',');
            if known && self.waiting.len() < DIGITS_WAITING_MAX {
                self.waiting.push_back(digit);
            } else {
                refused += 1;
            }
        }
        refused
    }

    /// Whether nothing is queued or under way.
    pub fn is_idle(&self) -> bool {
        matches!(self.state, Sending::Idle) && self.waiting.is_empty()
    }

    /// The step of this tick of 20 ms; `timestamp` is the stream's RTP timestamp now.
    pub fn tick(&mut self, timestamp: u32) -> SendStep {
        match self.state {
            Sending::Idle => self.start_next(timestamp),
            Sending::Sounding {
                event,
                start,
                ticks,
            } => self.sound(event, start, ticks + 1),
            Sending::Ending { event, start, left } => {
                self.state = match left.checked_sub(1) {
                    None | Some(0) => Sending::Waiting {
                        ticks_left: GAP_TICKS,
                    },
                    Some(left) => Sending::Ending { event, start, left },
                };
                packet(event, start, EVENT_TICKS, true)
            }
            Sending::Waiting { ticks_left } => match ticks_left.checked_sub(1) {
                None | Some(0) => self.start_next(timestamp),
                Some(ticks_left) => {
                    self.state = Sending::Waiting { ticks_left };
                    SendStep::Gap
                }
            },
        }
    }

    fn start_next(&mut self, timestamp: u32) -> SendStep {
        let Some(digit) = self.waiting.pop_front() else {
            self.state = Sending::Idle;
            return SendStep::Idle;
        };
        match event_of(digit) {
            Some(event) => self.sound(event, timestamp, 1),
            None => {
                self.state = Sending::Waiting {
                    ticks_left: PAUSE_TICKS,
                };
                SendStep::Gap
            }
        }
    }

    fn sound(&mut self, event: u8, start: u32, ticks: u16) -> SendStep {
        if ticks >= EVENT_TICKS {
            self.state = Sending::Ending {
                event,
                start,
                left: END_PACKETS - 1,
            };
            return packet(event, start, ticks, true);
        }
        self.state = Sending::Sounding {
            event,
            start,
            ticks,
        };
        packet(event, start, ticks, false)
    }
}

fn packet(event: u8, timestamp: u32, ticks: u16, end: bool) -> SendStep {
    let payload = Event {
        event,
        end,
        duration: ticks * TICK_SAMPLES,
    };
    SendStep::Packet {
        marker: ticks == 1,
        timestamp,
        payload: payload.to_bytes(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SSRC: u32 = 7;

    fn payload(digit: char, end: bool, duration: u16) -> [u8; 4] {
        let event = event_of(digit).unwrap();
        Event {
            event,
            end,
            duration,
        }
        .to_bytes()
    }

    /// Feeds `(digit, timestamp, duration, end)` packets and returns the presses.
    fn pressed(packets: &[(char, u32, u16, bool)]) -> String {
        let mut receiver = DigitReceiver::default();
        packets
            .iter()
            .filter_map(|(digit, timestamp, duration, end)| {
                receiver.receive(SSRC, false, *timestamp, &payload(*digit, *end, *duration))
            })
            .collect()
    }

    #[test]
    fn a_press_of_many_packets_is_one_digit() {
        let packets = [
            ('5', 1000, 160, false),
            ('5', 1000, 320, false),
            ('5', 1000, 480, true),
            ('5', 1000, 480, true),
            ('5', 1000, 480, true),
        ];
        assert_eq!(pressed(&packets), "5");
    }

    #[test]
    fn two_presses_of_one_key_are_two_digits() {
        let packets = [('5', 1000, 480, true), ('5', 2000, 160, false)];
        assert_eq!(pressed(&packets), "55");
    }

    #[test]
    fn lost_end_packets_do_not_join_two_presses() {
        let packets = [('5', 1000, 320, false), ('5', 1000 + 320 + 400, 160, false)];
        assert_eq!(pressed(&packets), "55");
    }

    #[test]
    fn a_press_is_known_by_its_end_packet_alone() {
        assert_eq!(pressed(&[('#', 1000, 800, true)]), "#");
    }

    #[test]
    fn a_late_repeat_of_an_older_press_is_not_a_press() {
        let packets = [
            ('1', 1000, 800, true),
            ('2', 3000, 160, false),
            ('1', 1000, 800, true),
        ];
        assert_eq!(pressed(&packets), "12");
    }

    #[test]
    fn a_long_press_in_segments_is_one_digit() {
        let packets = [
            ('9', 1000, 65_500, false),
            ('9', 66_535, 160, false),
            ('9', 66_535, 800, true),
        ];
        assert_eq!(pressed(&packets), "9");
    }

    #[test]
    fn presses_across_the_wrap_of_the_timestamp_are_told_apart() {
        let packets = [('1', u32::MAX - 100, 160, true), ('1', 4000, 160, false)];
        assert_eq!(pressed(&packets), "11");
    }

    #[test]
    fn a_new_stream_starts_anew() {
        let mut receiver = DigitReceiver::default();
        let one = payload('1', true, 480);
        assert_eq!(receiver.receive(1, true, 5000, &one), Some('1'));
        assert_eq!(receiver.receive(2, true, 5000, &one), Some('1'));
    }

    #[test]
    fn short_payloads_and_unknown_events_are_not_digits() {
        let mut receiver = DigitReceiver::default();
        assert_eq!(receiver.receive(SSRC, true, 1, &[1, 2, 3]), None);
        assert_eq!(receiver.receive(SSRC, true, 1, &[16, 0, 0, 160]), None);
    }

    #[test]
    fn sent_digits_are_received_once_each_whatever_single_packet_is_lost() {
        let mut sender = DigitSender::default();
        assert_eq!(sender.queue("12#p2x"), 1, "the x is refused");
        let mut sent = Vec::new();
        let mut timestamp = 42u32;
        while !sender.is_idle() {
            if let SendStep::Packet {
                marker,
                timestamp,
                payload,
            } = sender.tick(timestamp)
            {
                sent.push((marker, timestamp, payload));
            }
            timestamp += 160;
        }
        for lost in 0..sent.len() {
            let mut receiver = DigitReceiver::default();
            let heard: String = sent
                .iter()
                .enumerate()
                .filter(|(i, _)| *i != lost)
                .filter_map(|(_, (m, t, p))| receiver.receive(SSRC, *m, *t, p))
                .collect();
            assert_eq!(heard, "12#2", "without packet {lost}");
        }
    }

    #[test]
    fn a_digit_is_a_start_with_marker_updates_and_three_ends() {
        let mut sender = DigitSender::default();
        sender.queue("1");
        let mut packets = Vec::new();
        for tick in 0..20 {
            if let SendStep::Packet {
                marker,
                timestamp,
                payload,
            } = sender.tick(1000 + tick * 160)
            {
                assert_eq!(timestamp, 1000, "all packets carry the start");
                let event = Event::parse(&payload).unwrap();
                packets.push((marker, event.end, event.duration));
            }
        }
        let expected = [
            (true, false, 160),
            (false, false, 320),
            (false, false, 480),
            (false, false, 640),
            (false, true, 800),
            (false, true, 800),
            (false, true, 800),
        ];
        assert_eq!(packets, expected);
    }

    #[test]
    fn the_queue_of_digits_is_bounded() {
        let mut sender = DigitSender::default();
        assert_eq!(sender.queue(&"1".repeat(DIGITS_WAITING_MAX + 3)), 3);
    }
}
