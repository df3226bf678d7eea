use super::*;
use crate::tone::{power_at, sine};

const SSRC: u32 = 5;

/// A packet: its number, and the tick before which it comes.
type Arrival = (u32, u32);

/// A tone cut into packets of 20 ms, sent through the buffer. Timestamps wrap on the way.
struct Line {
    buffer: JitterBuffer,
    tone: Vec<i16>,
    start: u32,
}

impl Line {
    fn new(packets: u32) -> Self {
        Self {
            buffer: JitterBuffer::default(),
            tone: sine(440.0, 0.5, 8_000, packets as usize * 160),
            start: u32::MAX - 4_000,
        }
    }

    fn push(&mut self, number: u32) {
        let at = number as usize * 160;
        let timestamp = self.start.wrapping_add(number * 160);
        self.buffer.push(SSRC, timestamp, &self.tone[at..at + 160]);
    }

    /// What comes out in `ticks` when the packets arrive so.
    fn played(&mut self, arrivals: &[Arrival], ticks: u32) -> Vec<i16> {
        let mut out = Vec::new();
        for tick in 0..ticks {
            for (number, _) in arrivals.iter().filter(|(_, at)| *at == tick) {
                self.push(*number);
            }
            let mut frame = [0; 160];
            self.buffer.pull(&mut frame);
            out.extend(frame);
        }
        out
    }
}

fn even(packets: u32) -> Vec<Arrival> {
    (0..packets).map(|number| (number, number)).collect()
}

#[test]
fn an_even_stream_comes_out_exactly_after_the_delay() {
    let mut line = Line::new(50);
    let out = line.played(&even(50), 50);
    assert!(out[..DELAY_START_SAMPLES].iter().all(|s| *s == 0));
    let length = out.len() - DELAY_START_SAMPLES;
    // The way from silence into sound is faded over 4 ms.
    assert_eq!(out[DELAY_START_SAMPLES + 40..], line.tone[40..length]);
    assert_eq!(line.buffer.stats(), JitterStats::default());
}

#[test]
fn reordered_and_repeated_packets_change_nothing() {
    let mut arrivals = even(50);
    arrivals.swap(10, 11);
    arrivals[10].1 = 10;
    arrivals[11].1 = 11;
    arrivals.push((30, 30));
    let mut line = Line::new(50);
    let out = line.played(&arrivals, 50);
    let length = out.len() - DELAY_START_SAMPLES;
    assert_eq!(out[DELAY_START_SAMPLES + 40..], line.tone[40..length]);
}

#[test]
fn a_lost_packet_is_concealed_by_the_same_tone_at_the_same_loudness() {
    let mut arrivals = even(50);
    arrivals.remove(20);
    let mut line = Line::new(50);
    let out = line.played(&arrivals, 50);
    let hole = &out[20 * 160 + DELAY_START_SAMPLES..][..160];
    let energy = |samples: &[i16]| -> f64 { samples.iter().map(|s| f64::from(*s).powi(2)).sum() };
    assert!(power_at(hole, 440.0, 8_000) > 0.9);
    let ratio = energy(hole) / energy(&line.tone[..160]);
    assert!((0.5..=1.1).contains(&ratio), "{ratio}");
    assert_eq!(line.buffer.stats().late_packets, 0);
    // Without concealment the whole second would have lost 2 % to clicks.
    assert!(power_at(&out[1_600..], 440.0, 8_000) > 0.995);
}

#[test]
fn a_long_hole_fades_to_silence() {
    let arrivals: Vec<Arrival> = even(20);
    let mut line = Line::new(20);
    let out = line.played(&arrivals, 40);
    let end = 20 * 160 + DELAY_START_SAMPLES;
    assert!(out[end..end + 80].iter().any(|s| s.abs() > 8_000));
    assert!(out[end + 480..].iter().all(|s| *s == 0));
}

#[test]
fn packets_that_come_late_make_the_delay_grow_until_none_is_late() {
    // From packet 50 on every third comes 80 ms after its time.
    let arrivals: Vec<Arrival> = (0..400)
        .map(|n| (n, if n > 50 && n % 3 == 0 { n + 4 } else { n }))
        .collect();
    let mut line = Line::new(400);
    let out = line.played(&arrivals, 400);
    let late = line.buffer.stats().late_packets;
    assert!((1..=6).contains(&late), "{late}");
    assert!(power_at(&out[100 * 160..], 440.0, 8_000) > 0.99);
}

#[test]
fn a_fast_sender_does_not_pile_up_delay_and_a_slow_one_is_not_starved() {
    // One packet in 200 more, or less, than ticks: clocks 0.5 % apart.
    for faster in [true, false] {
        let packets = 4_000u32;
        let arrivals: Vec<Arrival> = (0..packets)
            .map(|n| (n, if faster { n - n / 200 } else { n + n / 200 }))
            .collect();
        let mut line = Line::new(packets);
        let out = line.played(&arrivals, packets - 200);
        let waiting = line.buffer.waiting_samples();
        assert!(waiting <= 640, "faster {faster}: {waiting}");
        let quiet = out[1_000..]
            .chunks(160)
            .filter(|c| c.iter().all(|s| s.abs() < 3_000));
        assert_eq!(quiet.count(), 0, "faster {faster}");
    }
}

#[test]
fn another_stream_or_a_far_jump_begins_anew_and_is_heard() {
    for (ssrc, jump) in [(SSRC, 1_000_000u32), (SSRC, u32::MAX / 2 + 7), (9, 77)] {
        let mut line = Line::new(20);
        line.played(&even(20), 20);
        let tone = sine(1_000.0, 0.5, 8_000, 160 * 20);
        let mut out = Vec::new();
        for (i, packet) in tone.chunks(160).enumerate() {
            let timestamp = line.start.wrapping_add(jump).wrapping_add(i as u32 * 160);
            line.buffer.push(ssrc, timestamp, packet);
            let mut frame = [0; 160];
            line.buffer.pull(&mut frame);
            out.extend(frame);
        }
        assert!(
            power_at(&out[800..], 1_000.0, 8_000) > 0.98,
            "{ssrc} {jump}"
        );
    }
}

#[test]
fn a_talker_with_silence_suppression_is_heard_after_each_pause() {
    let mut line = Line::new(400);
    let arrivals: Vec<Arrival> = even(400)
        .into_iter()
        .filter(|(n, _)| n % 200 < 100)
        .collect();
    let out = line.played(&arrivals, 400);
    for talk in [10..95usize, 210..295] {
        let heard = &out[(talk.start + 3) * 160..talk.end * 160];
        assert!(power_at(heard, 440.0, 8_000) > 0.99);
    }
    assert!(out[110 * 160..195 * 160].iter().all(|s| *s == 0));
}

#[test]
fn no_order_of_packets_makes_it_panic_or_grow() {
    for seed in 1..40u64 {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut random = move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        let mut buffer = JitterBuffer::default();
        let samples = [i16::MIN; 5_000];
        for _ in 0..2_000 {
            let length = (random() % 5_000) as usize;
            let timestamp = match random() % 4 {
                0 => random() as u32,
                1 => 0,
                _ => (random() % 20_000) as u32,
            };
            buffer.push((random() % 3) as u32, timestamp, &samples[..length]);
            let mut frame = vec![0; (random() % 500) as usize];
            buffer.pull(&mut frame);
            buffer.skip((random() % 300) as usize);
            assert!(buffer.waiting_samples() <= 2 * RING_SAMPLES, "seed {seed}");
        }
    }
}

#[test]
fn samples_at_16_khz_are_placed_by_a_clock_of_8_khz() {
    let tone = crate::tone::sine(5_000.0, 0.5, 16_000, 40 * 320);
    let mut buffer = JitterBuffer::new(crate::Rate::Wide);
    // The clock wraps on the way.
    let start = u32::MAX - 1_000;
    let mut out = Vec::new();
    for (i, frame) in tone.chunks(320).enumerate() {
        buffer.push(1, start.wrapping_add(i as u32 * 160), frame);
        let mut pulled = [0; 320];
        buffer.pull(&mut pulled);
        out.extend(pulled);
    }
    let delay = 2 * DELAY_START_SAMPLES;
    assert!(out[..delay].iter().all(|s| *s == 0));
    let length = out.len() - delay;
    assert_eq!(out[delay + 80..], tone[80..length]);
    assert_eq!(buffer.stats().late_packets, 0);
}
