//! When the next RTCP packet is sent (RFC 3550 §6.2, §6.3 and appendix A.7): seldom,
//! at random, and the less often the more there are. With one far end it is every 2 to
//! 6 seconds, the first after 1 to 3.

/// Least mean time between two packets, milliseconds (§6.2).
pub const MIN_INTERVAL_MS: u64 = 5_000;

/// Bandwidth of the audio of one direction, bytes a second: G.711 with its headers.
const SESSION_BYTES_PER_S: u64 = 10_000;

/// The part of it that RTCP may take, percent (§6.2).
const RTCP_PERCENT: u64 = 5;

/// The part of that kept for senders while they are few, percent (§6.2).
const SENDER_PERCENT: u64 = 25;

/// IPv4 and UDP header, counted in the size of packets (§6.2).
const BELOW_BYTES: u64 = 28;

/// e - 3/2, which makes good for reconsideration (§6.3.1), in thousandths.
const COMPENSATION_1000: u64 = 1_218;

/// Intervals after which one that says nothing is forgotten (§6.3.5).
pub const MEMBER_INTERVALS: u64 = 5;

/// Who takes part, us included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Population {
    /// Everybody.
    pub members: u64,
    /// Those who send RTP.
    pub senders: u64,
    /// Whether we are one of them.
    pub we_send: bool,
}

/// The timer of one participant. Random numbers come with each call, any `u32`.
#[derive(Clone, Copy, Debug)]
pub struct Timer {
    /// When the last packet went, or the timer began (`tp`).
    last_ms: u64,
    /// When it expires (`tn`).
    next_ms: u64,
    /// Members when that was last worked out (`pmembers`).
    members: u64,
    /// Sixteen times the mean size of packets, both ways, with what is below them.
    mean_bytes_16: u64,
    /// Nothing has been sent so far.
    initial: bool,
}

impl Timer {
    /// Begins; `first_bytes` is the size that our first packet will have (§6.3.2).
    pub fn new(now_ms: u64, first_bytes: usize, population: Population, random: u32) -> Self {
        let mut timer = Self {
            last_ms: now_ms,
            next_ms: now_ms,
            members: population.members,
            mean_bytes_16: (first_bytes as u64 + BELOW_BYTES) * 16,
            initial: true,
        };
        timer.next_ms = now_ms + timer.interval_ms(population, random);
        timer
    }

    /// Whether there may be something to send.
    pub fn is_due(&self, now_ms: u64) -> bool {
        now_ms >= self.next_ms
    }

    /// The timer has expired: whether a packet goes now, or it was moved on because
    /// there are more members by now (§6.3.6, timer reconsideration).
    pub fn expire(&mut self, now_ms: u64, population: Population, random: u32) -> bool {
        if !self.is_due(now_ms) {
            return false;
        }
        self.members = population.members;
        let next_ms = self.last_ms + self.interval_ms(population, random);
        if next_ms <= now_ms {
            return true;
        }
        self.next_ms = next_ms;
        false
    }

    /// A packet of so many bytes went.
    pub fn sent(&mut self, now_ms: u64, bytes: usize, population: Population, random: u32) {
        self.count(bytes);
        self.last_ms = now_ms;
        self.initial = false;
        self.next_ms = now_ms + self.interval_ms(population, random);
    }

    /// A packet of so many bytes came.
    pub fn received(&mut self, bytes: usize) {
        self.count(bytes);
    }

    /// So many members are left, fewer than before (§6.3.4, reverse reconsideration).
    pub fn left(&mut self, now_ms: u64, members: u64) {
        if members >= self.members {
            return;
        }
        let scale = |ms: u64| ms * members / self.members.max(1);
        self.next_ms = now_ms + scale(self.next_ms.saturating_sub(now_ms));
        self.last_ms = now_ms.saturating_sub(scale(now_ms.saturating_sub(self.last_ms)));
        self.members = members;
    }

    /// The interval without chance, milliseconds (§6.3.1, Td).
    pub fn plain_interval_ms(&self, population: Population) -> u64 {
        let Population {
            members,
            senders,
            we_send,
        } = population;
        let mut share = SESSION_BYTES_PER_S * RTCP_PERCENT / 100;
        let mut sharing = members;
        if senders * 100 <= members * SENDER_PERCENT {
            if we_send {
                share = share * SENDER_PERCENT / 100;
                sharing = senders;
            } else {
                share = share * (100 - SENDER_PERCENT) / 100;
                sharing = members.saturating_sub(senders);
            }
        }
        let by_bandwidth = self.mean_bytes_16 * sharing * 1_000 / (16 * share.max(1));
        let least = if self.initial {
            MIN_INTERVAL_MS / 2
        } else {
            MIN_INTERVAL_MS
        };
        by_bandwidth.max(least)
    }

    /// Half of it to one and a half, evenly, with the compensation (§6.3.1, T).
    fn interval_ms(&self, population: Population, random: u32) -> u64 {
        let plain = self.plain_interval_ms(population);
        let spread = plain / 2 + ((plain * u64::from(random)) >> 32);
        spread * 1_000 / COMPENSATION_1000
    }

    fn count(&mut self, bytes: usize) {
        let bytes = bytes as u64 + BELOW_BYTES;
        self.mean_bytes_16 = bytes + self.mean_bytes_16 * 15 / 16;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: Population = Population {
        members: 2,
        senders: 2,
        we_send: true,
    };
    const EARLY: u32 = 0;
    const MIDDLE: u32 = 1 << 31;
    const LATE: u32 = u32::MAX;

    fn after_the_first(bytes: usize) -> Timer {
        let mut timer = Timer::new(0, bytes, TWO, MIDDLE);
        timer.sent(0, bytes, TWO, MIDDLE);
        timer
    }

    /// Appendix A.7 in its own words, in floating point.
    fn by_the_book(population: Population, mean_bytes: f64, initial: bool, random: f64) -> f64 {
        let mut bandwidth = 10_000.0 * 0.05;
        let mut n = population.members as f64;
        let senders = population.senders as f64;
        if senders <= n * 0.25 {
            if population.we_send {
                bandwidth *= 0.25;
                n = senders;
            } else {
                bandwidth *= 0.75;
                n -= senders;
            }
        }
        let least = if initial { 2.5 } else { 5.0 };
        let t = (mean_bytes * n / bandwidth).max(least);
        t * (random + 0.5) / (std::f64::consts::E - 1.5) * 1_000.0
    }

    #[test]
    fn intervals_are_those_of_appendix_a_7() {
        for (members, senders, we_send) in [
            (2, 2, true),
            (2, 1, false),
            (1, 0, false),
            (40, 3, true),
            (40, 3, false),
            (40, 39, true),
            (1_000, 1, false),
        ] {
            let population = Population {
                members,
                senders,
                we_send,
            };
            for random in [EARLY, MIDDLE, LATE] {
                for bytes in [72, 400] {
                    let first = Timer::new(0, bytes, population, random);
                    let later = after_the_first(bytes);
                    let mean = bytes as f64 + 28.0;
                    let chance = f64::from(random) / 4_294_967_296.0;
                    let near =
                        |ours: u64, book: f64| (ours as f64 - book).abs() < book / 500.0 + 2.0;
                    let book = by_the_book(population, mean, true, chance);
                    assert!(near(first.next_ms, book), "{population:?} {first:?} {book}");
                    let book = by_the_book(population, mean, false, chance);
                    let ours = later.interval_ms(population, random);
                    assert!(near(ours, book), "{population:?} {ours} {book}");
                }
            }
        }
    }

    #[test]
    fn two_people_talk_about_it_every_two_to_six_seconds_and_the_first_time_sooner() {
        let mut timer = Timer::new(1_000, 72, TWO, EARLY);
        assert!(!timer.is_due(1_000 + 1_025) && timer.is_due(1_000 + 1_027));
        assert!(timer.expire(2_027, TWO, EARLY));
        timer.sent(2_027, 100, TWO, LATE);
        assert!(!timer.is_due(2_027 + 6_150) && timer.is_due(2_027 + 6_160));
    }

    #[test]
    fn who_finds_more_members_waits_on() {
        let mut timer = Timer::new(0, 72, TWO, EARLY);
        let due = timer.next_ms;
        let many = Population {
            members: 500,
            senders: 500,
            we_send: true,
        };
        assert!(!timer.expire(due, many, EARLY));
        assert!(timer.next_ms > 30_000, "{timer:?}");
        assert!(!timer.expire(timer.next_ms - 1, many, EARLY));
        assert!(timer.expire(timer.next_ms, many, EARLY));
    }

    #[test]
    fn the_timer_comes_forward_when_members_leave() {
        let many = Population {
            members: 100,
            senders: 100,
            we_send: true,
        };
        let mut timer = Timer::new(0, 972, many, LATE);
        timer.sent(0, 972, many, MIDDLE);
        let before = timer.next_ms;
        assert!(before > 100_000);
        timer.left(10_000, 10);
        assert_eq!(timer.next_ms, 10_000 + (before - 10_000) / 10);
        assert_eq!(timer.last_ms, 9_000);
        timer.left(10_000, 10);
        assert_eq!(timer.last_ms, 9_000, "nobody left");
    }

    #[test]
    fn the_mean_size_follows_a_sixteenth_at_a_time() {
        let mut timer = Timer::new(0, 72, TWO, MIDDLE);
        timer.received(72 + 160);
        assert_eq!(timer.mean_bytes_16, 16 * 100 + 160);
        for _ in 0..500 {
            timer.received(472);
        }
        assert!((timer.mean_bytes_16 / 16).abs_diff(500) <= 1);
    }
}
