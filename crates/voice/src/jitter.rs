//! The jitter buffer: packets in as they come, an even stream of samples out.
//!
//! Used where audio is decoded (mixers, recorders); a bridge passes packets on
//! and leaves this to the phone. Samples live in a ring by their RTP timestamp,
//! so frames of any length, reordering and repeats need no care. The delay
//! begins at [`DELAY_START_SAMPLES`], grows when packets come too late and
//! shrinks when more waits than is needed, which also evens out two clocks that
//! differ. Holes are concealed. Lengths below are those at 8 kHz; at another rate
//! all of them are as many times longer.

use crate::Rate;
use crate::concealment::Concealment;

/// Samples that the ring holds: half a second, well over the longest delay and a
/// burst. What is further ahead is a sender that began anew. A power of two, so
/// that the place of a timestamp does not jump when timestamps wrap.
const RING_SAMPLES: usize = 4_096;

/// Delay of a new stream: 40 ms, one frame and one more in hand.
const DELAY_START_SAMPLES: usize = 320;

/// With this many waiting the delay does not grow further: 160 ms. A worse network is heard as loss;
/// a longer delay is worse for talk.
const DELAY_MAX_SAMPLES: usize = 1_280;

/// Samples by which the delay shrinks: 10 ms, a click that speech hides.
const SHRINK_SAMPLES: usize = 80;

/// Most samples by which one late packet makes the delay grow: 20 ms. A single
/// straggler must not cost more, and steady lateness is made good in a few packets.
const GROW_SAMPLES_MAX: usize = 160;

/// Every packet that comes this long before its time, 30 ms, waits for nothing:
/// a frame, and half of one for a tick that is late.
const SPARE_SAMPLES: usize = 240;

/// Pulls over which packets are watched before the delay shrinks: 2 s.
const SHRINK_PULLS: u32 = 100;

/// Marks a place of the ring where nothing has come. No codec of ours makes this value.
const MISSING: i16 = i16::MIN;

/// Counts of one buffer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JitterStats {
    /// Samples that were made up for missing ones; the silence after the fading is not counted.
    pub concealed_samples: u64,
    /// Packets of which at least a part came after its time.
    pub late_packets: u64,
    /// Samples left out to shrink the delay.
    pub skipped_samples: u64,
}

/// Where the reading is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reading {
    /// Before the first packet, or after a long silence of the sender.
    Waiting,
    /// Next sample to read, as an RTP timestamp.
    At { timestamp: u32, ssrc: u32 },
}

/// The buffer of one stream. Its RTP clock is one of 8 kHz, as that of all codecs here.
#[derive(Clone, Debug)]
pub struct JitterBuffer {
    /// Samples a tick of the RTP clock.
    factor: usize,
    /// The sample of timestamp `t` is at `t % RING_SAMPLES`, if it is there.
    ring: Box<[i16]>,
    reading: Reading,
    /// Timestamp after the newest sample.
    end: u32,
    /// The least time before its own that a packet came, samples, since this was
    /// last looked at, and how many pulls ago that was.
    least: usize,
    pulls: u32,
    /// Pulls in a row with nothing to give.
    empty_pulls: u32,
    concealment: Concealment,
    stats: JitterStats,
}

impl Default for JitterBuffer {
    fn default() -> Self {
        Self::new(Rate::Narrow)
    }
}

impl JitterBuffer {
    /// A buffer of samples at `rate`.
    pub fn new(rate: Rate) -> Self {
        let factor = (rate.hz() / Rate::Narrow.hz()) as usize;
        Self {
            factor,
            ring: vec![MISSING; RING_SAMPLES * factor].into_boxed_slice(),
            reading: Reading::Waiting,
            end: 0,
            least: usize::MAX,
            pulls: 0,
            empty_pulls: 0,
            concealment: Concealment::new(factor),
            stats: JitterStats::default(),
        }
    }

    /// Takes the samples of a packet. What is too late is dropped and counted;
    /// a far jump of the timestamp or another `ssrc` begins anew.
    pub fn push(&mut self, ssrc: u32, timestamp: u32, samples: &[i16]) {
        if samples.is_empty() || samples.len() > self.samples(RING_SAMPLES) / 2 {
            return;
        }
        // From here on a timestamp counts samples. Both wrap at once.
        let timestamp = timestamp.wrapping_mul(self.factor as u32);
        let end = timestamp.wrapping_add(samples.len() as u32);
        let position = match self.reading {
            Reading::At {
                timestamp,
                ssrc: of,
            } if of == ssrc => timestamp,
            Reading::At { .. } | Reading::Waiting => self.begin(ssrc, timestamp),
        };
        let length = samples.len() as i64;
        let mut ahead = i64::from(timestamp.wrapping_sub(position).cast_signed());
        if ahead + length > self.samples(RING_SAMPLES) as i64
            || ahead < -(self.samples(RING_SAMPLES) as i64)
        {
            self.begin(ssrc, timestamp);
            ahead = self.samples(DELAY_START_SAMPLES) as i64;
        }
        self.least = self.least.min(usize::try_from(ahead).unwrap_or(0));
        if ahead < 0 {
            ahead += self.come_late(ahead.unsigned_abs() as usize) as i64;
        }
        if ahead + length <= 0 {
            return;
        }
        if end.wrapping_sub(self.end).cast_signed() > 0 {
            self.end = end;
        }
        let late = usize::try_from(-ahead).unwrap_or(0);
        for (i, sample) in samples.iter().enumerate().skip(late) {
            let place = timestamp.wrapping_add(i as u32) as usize % self.samples(RING_SAMPLES);
            if let Some(slot) = self.ring.get_mut(place) {
                *slot = (*sample).max(MISSING + 1);
            }
        }
    }

    /// Gives the next samples of the stream, and whether there was any sound
    /// of the far end among them: false means silence, all zeros.
    pub fn pull(&mut self, out: &mut [i16]) -> bool {
        let Reading::At { timestamp, ssrc } = self.reading else {
            out.fill(0);
            return false;
        };
        let waiting = self.waiting(timestamp);
        self.adapt();
        let Reading::At { timestamp, .. } = self.reading else {
            out.fill(0);
            return false;
        };
        let mut sounding = false;
        for (i, sample) in out.iter_mut().enumerate() {
            let place = timestamp.wrapping_add(i as u32) as usize % self.samples(RING_SAMPLES);
            let slot = self.ring.get_mut(place);
            let heard = slot.map_or(MISSING, |slot| std::mem::replace(slot, MISSING));
            if heard == MISSING {
                *sample = self.concealment.make_up();
                let made = *sample != 0;
                self.stats.concealed_samples += u64::from(made);
                sounding |= made;
            } else {
                *sample = self.concealment.pass(heard);
                sounding = true;
            }
        }
        let timestamp = timestamp.wrapping_add(out.len() as u32);
        self.reading = Reading::At { timestamp, ssrc };
        self.rest_if_empty(waiting);
        sounding
    }

    /// Leaves out samples, for ticks that the reader has missed.
    pub fn skip(&mut self, samples: usize) {
        for _ in 0..samples.min(self.samples(RING_SAMPLES)) {
            self.leave_out_one();
        }
    }

    /// A length at 8 kHz as one at the rate of this buffer.
    fn samples(&self, narrow: usize) -> usize {
        narrow * self.factor
    }

    /// Counts so far.
    pub fn stats(&self) -> JitterStats {
        self.stats
    }

    /// Samples that wait at the moment, holes among them.
    pub fn waiting_samples(&self) -> usize {
        match self.reading {
            Reading::At { timestamp, .. } => self.waiting(timestamp),
            Reading::Waiting => 0,
        }
    }

    /// Begins a stream: its first sample is read after the delay.
    fn begin(&mut self, ssrc: u32, timestamp: u32) -> u32 {
        self.ring.fill(MISSING);
        let position = timestamp.wrapping_sub(self.samples(DELAY_START_SAMPLES) as u32);
        self.reading = Reading::At {
            timestamp: position,
            ssrc,
        };
        self.end = timestamp;
        self.least = usize::MAX;
        self.pulls = 0;
        self.empty_pulls = 0;
        position
    }

    fn waiting(&self, position: u32) -> usize {
        usize::try_from(self.end.wrapping_sub(position).cast_signed()).unwrap_or(0)
    }

    /// A packet came `by` samples after its time: wait longer from now on, by
    /// letting the reading fall back. Returns by how many samples.
    fn come_late(&mut self, by: usize) -> usize {
        self.stats.late_packets += 1;
        self.least = usize::MAX;
        self.pulls = 0;
        let room = self
            .samples(DELAY_MAX_SAMPLES)
            .saturating_sub(self.waiting_samples());
        let grow = by.min(self.samples(GROW_SAMPLES_MAX)).min(room);
        if let Reading::At { timestamp, ssrc } = self.reading {
            let timestamp = timestamp.wrapping_sub(grow as u32);
            self.reading = Reading::At { timestamp, ssrc };
        }
        grow
    }

    /// Shrinks the delay by one step when for a while every packet has come
    /// more than is needed before its time.
    fn adapt(&mut self) {
        self.pulls += 1;
        if self.pulls < SHRINK_PULLS {
            return;
        }
        let spare = std::mem::replace(&mut self.least, usize::MAX);
        self.pulls = 0;
        if spare != usize::MAX && spare > self.samples(SPARE_SAMPLES) {
            for _ in 0..self.samples(SHRINK_SAMPLES) {
                self.leave_out_one();
            }
            self.stats.skipped_samples += self.samples(SHRINK_SAMPLES) as u64;
        }
    }

    fn leave_out_one(&mut self) {
        if let Reading::At { timestamp, ssrc } = self.reading {
            if let Some(slot) = self
                .ring
                .get_mut(timestamp as usize % self.samples(RING_SAMPLES))
            {
                *slot = MISSING;
            }
            let timestamp = timestamp.wrapping_add(1);
            self.reading = Reading::At { timestamp, ssrc };
        }
    }

    /// After a second without anything the next packet begins anew: a sender
    /// that was silent owes us no particular time.
    fn rest_if_empty(&mut self, waiting: usize) {
        self.empty_pulls = if waiting == 0 {
            self.empty_pulls + 1
        } else {
            0
        };
        if self.empty_pulls >= SHRINK_PULLS / 2 {
            self.reading = Reading::Waiting;
        }
    }
}

#[cfg(test)]
mod tests;
