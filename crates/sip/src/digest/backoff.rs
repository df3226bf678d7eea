//! Wrong passwords make the next try wait. Pure: time comes in.
//!
//! Secrets are random and long, so this is not what stops a search; it keeps
//! the search from costing us anything, and makes it visible in the log.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// Wrong tries before the first wait: a phone whose password was changed makes
/// two or three.
const FREE_TRIES: u32 = 5;
/// The wait doubles from one second up to this.
const WAIT_MAX: Duration = Duration::from_secs(60);
/// Pairs of address and user remembered, 100 octets each. When full, those that
/// wait no more go; if none, nothing is added (and nobody waits who is new).
const PAIRS_MAX: usize = 16_384;
/// A pair without a wrong try for this long starts anew.
const FORGET_AFTER: Duration = Duration::from_secs(600);

#[derive(Clone, Copy, Debug)]
struct Tries {
    wrong: u32,
    last: Instant,
    until: Instant,
}

/// Who tried wrongly, and until when he waits.
#[derive(Default, Debug)]
pub(crate) struct Backoff {
    pairs: HashMap<(IpAddr, String), Tries>,
}

impl Backoff {
    /// Whether this user may be tried from there now.
    pub(crate) fn admits(&self, now: Instant, from: IpAddr, user: &str) -> bool {
        let tries = self.pairs.get(&(from, user.to_string()));
        tries.is_none_or(|tries| tries.until <= now)
    }

    /// A wrong try; returns how long the next one waits, if it does.
    pub(crate) fn wrong(&mut self, now: Instant, from: IpAddr, user: &str) -> Option<Duration> {
        if self.pairs.len() >= PAIRS_MAX {
            self.pairs.retain(|_, tries| tries.until > now);
        }
        let pair = (from, user.to_string());
        if self.pairs.len() >= PAIRS_MAX && !self.pairs.contains_key(&pair) {
            return None;
        }
        let fresh = Tries {
            wrong: 0,
            last: now,
            until: now,
        };
        let tries = self.pairs.entry(pair).or_insert(fresh);
        if now.saturating_duration_since(tries.last) >= FORGET_AFTER {
            *tries = fresh;
        }
        tries.wrong = tries.wrong.saturating_add(1);
        tries.last = now;
        let doublings = tries.wrong.checked_sub(FREE_TRIES)?;
        let wait = Duration::from_secs(1 << doublings.min(6)).min(WAIT_MAX);
        tries.until = now + wait;
        Some(wait)
    }

    /// A right try.
    pub(crate) fn right(&mut self, from: IpAddr, user: &str) {
        self.pairs.remove(&(from, user.to_string()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FROM: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    #[test]
    fn waits_grow_to_a_minute_and_a_right_try_ends_them() {
        let (mut backoff, now) = (Backoff::default(), Instant::now());
        let waits: Vec<_> = (0..13)
            .map(|_| {
                backoff
                    .wrong(now, FROM, "anna")
                    .map_or(0, |wait| wait.as_secs())
            })
            .collect();
        assert_eq!(waits, [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert!(!backoff.admits(now, FROM, "anna"));
        assert!(
            backoff.admits(now, FROM, "boris"),
            "another user from there"
        );
        assert!(
            backoff.admits(now, [10, 0, 0, 1].into(), "anna"),
            "from elsewhere"
        );
        assert!(backoff.admits(now + WAIT_MAX, FROM, "anna"));
        backoff.right(FROM, "anna");
        assert!(backoff.admits(now, FROM, "anna"));
    }

    #[test]
    fn made_up_users_do_not_grow_the_table() {
        let (mut backoff, now) = (Backoff::default(), Instant::now());
        for n in 0..PAIRS_MAX + 50 {
            backoff.wrong(now, FROM, &n.to_string());
        }
        assert!(backoff.pairs.len() <= PAIRS_MAX);
    }
}
