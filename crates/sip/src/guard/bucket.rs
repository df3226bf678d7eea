//! Per-source token buckets, and who was logged when. Pure: time comes in.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// Messages a second from one source, sustained. A PBX in front of us doing
/// 400 calls/s sends about 2,000 messages/s.
const MESSAGES_PER_S: f64 = 2000.0;
/// Messages at once from one source: two seconds of the sustained rate.
const BURST: f64 = 4000.0;
/// Sources remembered. 64 octets each: 4 MiB at worst. When full, idle ones go;
/// if none is idle, strangers share one bucket.
const SOURCES_MAX: usize = 65_536;
/// A source is written to the log once in this time, whatever it sends.
const LOG_EVERY: Duration = Duration::from_secs(60);
/// A full table is swept at most this often.
const SWEEP_EVERY: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, Debug)]
struct Bucket {
    tokens: f64,
    at: Instant,
    logged: Option<Instant>,
}

/// The buckets of all sources.
#[derive(Default, Debug)]
pub(crate) struct Buckets {
    sources: HashMap<IpAddr, Bucket>,
    strangers: Option<Bucket>,
    /// A sweep costs a pass over the table, so a flood of new sources must not
    /// cause one for each datagram.
    swept: Option<Instant>,
}

impl Buckets {
    /// Takes a token of this source; false when it has none left.
    pub(crate) fn take(&mut self, now: Instant, source: IpAddr) -> bool {
        let bucket = self.bucket(now, source);
        let gained = now.saturating_duration_since(bucket.at).as_secs_f64() * MESSAGES_PER_S;
        bucket.tokens = (bucket.tokens + gained).min(BURST);
        bucket.at = now;
        let has = bucket.tokens >= 1.0;
        if has {
            bucket.tokens -= 1.0;
        }
        has
    }

    /// Whether this source may be written to the log now; counts as written.
    pub(crate) fn may_log(&mut self, now: Instant, source: IpAddr) -> bool {
        let bucket = self.bucket(now, source);
        let may = bucket
            .logged
            .is_none_or(|at| now.saturating_duration_since(at) >= LOG_EVERY);
        if may {
            bucket.logged = Some(now);
        }
        may
    }

    fn bucket(&mut self, now: Instant, source: IpAddr) -> &mut Bucket {
        let fresh = Bucket {
            tokens: BURST,
            at: now,
            logged: None,
        };
        if self.sources.len() >= SOURCES_MAX && !self.sources.contains_key(&source) {
            self.sweep(now);
            if self.sources.len() >= SOURCES_MAX {
                return self.strangers.get_or_insert(fresh);
            }
        }
        self.sources.entry(source).or_insert(fresh)
    }

    fn sweep(&mut self, now: Instant) {
        let since = |at| now.saturating_duration_since(at);
        if self.swept.is_none_or(|at| since(at) >= SWEEP_EVERY) {
            self.swept = Some(now);
            self.sources
                .retain(|_, bucket| since(bucket.at) < LOG_EVERY);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(n: u32) -> IpAddr {
        IpAddr::V4(std::net::Ipv4Addr::from(n))
    }

    #[test]
    fn a_flood_is_cut_to_the_sustained_rate() {
        let (mut buckets, start) = (Buckets::default(), Instant::now());
        let passed = (0..20_000)
            .filter(|i| buckets.take(start + Duration::from_micros(50 * i), source(1)))
            .count();
        // One second: the burst and one second's worth.
        assert!((5_900..=6_100).contains(&passed), "{passed}");
        assert!(
            buckets.take(start, source(2)),
            "another source is untouched"
        );
    }

    #[test]
    fn a_source_is_logged_once_a_minute() {
        let (mut buckets, start) = (Buckets::default(), Instant::now());
        assert!(buckets.may_log(start, source(1)));
        assert!(!buckets.may_log(start + Duration::from_secs(59), source(1)));
        assert!(buckets.may_log(start + Duration::from_secs(60), source(1)));
    }

    #[test]
    fn spoofed_sources_do_not_grow_the_table_for_ever() {
        let (mut buckets, start) = (Buckets::default(), Instant::now());
        for n in 0..SOURCES_MAX as u32 + 100 {
            buckets.take(start, source(n));
        }
        assert_eq!(buckets.sources.len(), SOURCES_MAX);
        buckets.take(start + LOG_EVERY, source(u32::MAX));
        assert_eq!(buckets.sources.len(), 1);
    }
}
