//! Nonces we gave out: random, expiring, each count used once. Pure.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

/// A nonce may be used this long. Phones re-register every few minutes with a
/// growing count; after this they are told `stale` and try again silently.
const LIFETIME: Duration = Duration::from_secs(300);
/// Nonces remembered. Every challenge makes one; at 110 octets each this is
/// 7 MiB. When full the oldest goes, and its user is told `stale`.
const NONCES_MAX: usize = 65_536;

/// What a nonce is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Ours, in time, and this count is new.
    Fresh,
    /// Not ours (any more), or this count was used: ask again.
    Stale,
}

/// The nonces in use.
#[derive(Default, Debug)]
pub(crate) struct Nonces {
    issued: HashMap<String, (Instant, u32)>,
    order: VecDeque<(Instant, String)>,
}

impl Nonces {
    /// Takes note of a nonce that is given out.
    pub(crate) fn issue(&mut self, now: Instant, nonce: String) {
        while let Some((at, oldest)) = self.order.front() {
            let expired = now.saturating_duration_since(*at) >= LIFETIME;
            if !expired && self.order.len() < NONCES_MAX {
                break;
            }
            self.issued.remove(oldest);
            self.order.pop_front();
        }
        self.order.push_back((now, nonce.clone()));
        self.issued.insert(nonce, (now, 0));
    }

    /// Uses a nonce with a count (RFC 7616 §3.4 `nc`): counts must grow.
    pub(crate) fn spend(&mut self, now: Instant, nonce: &str, count: u32) -> Standing {
        match self.issued.get_mut(nonce) {
            Some((at, last)) if now.saturating_duration_since(*at) < LIFETIME && count > *last => {
                *last = count;
                Standing::Fresh
            }
            Some(_) | None => Standing::Stale,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_accepted_once_and_only_upwards() {
        let (mut nonces, now) = (Nonces::default(), Instant::now());
        nonces.issue(now, "n".into());
        assert_eq!(nonces.spend(now, "n", 1), Standing::Fresh);
        assert_eq!(nonces.spend(now, "n", 1), Standing::Stale);
        assert_eq!(nonces.spend(now, "n", 5), Standing::Fresh);
        assert_eq!(nonces.spend(now, "n", 4), Standing::Stale);
        assert_eq!(nonces.spend(now, "n", 0), Standing::Stale);
        assert_eq!(nonces.spend(now, "other", 1), Standing::Stale);
    }

    #[test]
    fn a_nonce_expires() {
        let (mut nonces, now) = (Nonces::default(), Instant::now());
        nonces.issue(now, "n".into());
        assert_eq!(nonces.spend(now + LIFETIME, "n", 1), Standing::Stale);
        assert_eq!(nonces.spend(now + LIFETIME / 2, "n", 1), Standing::Fresh);
    }

    #[test]
    fn a_flood_of_challenges_does_not_grow_the_store() {
        let (mut nonces, now) = (Nonces::default(), Instant::now());
        for n in 0..NONCES_MAX + 10 {
            nonces.issue(now, n.to_string());
        }
        assert_eq!(nonces.issued.len(), NONCES_MAX);
        assert_eq!(nonces.order.len(), NONCES_MAX);
        assert_eq!(nonces.spend(now, "0", 1), Standing::Stale);
        assert_eq!(nonces.spend(now, "10", 1), Standing::Fresh);
    }
}
