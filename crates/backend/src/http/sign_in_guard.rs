//! Guessing passwords is made slow: after some failures a user name and an
//! address must wait, longer each time.

use acd::Millis;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::net::IpAddr;

/// Failures of one user name before it must wait: a person mistypes a few times.
const FREE_PER_USER: u32 = 5;

/// Failures of one address before it must wait: an office shares one.
const FREE_PER_ADDRESS: u32 = 30;

/// First wait; doubled by each further failure.
const FIRST_WAIT_MS: u64 = 1_000;

/// Longest wait. Short enough that an attacker who fails on purpose cannot keep
/// a person out for long, long enough that guessing is hopeless.
const WAIT_MS_MAX: u64 = 60_000;

/// Failures are forgotten after that long without another.
const FORGET_AFTER_MS: u64 = 15 * 60_000;

/// Names and addresses remembered; beyond it those longest ago are forgotten.
const REMEMBERED_MAX: usize = 20_000;

#[derive(Clone, PartialEq, Eq, Hash)]
enum Key {
    User(String),
    Address(IpAddr),
}

struct Failures {
    count: u32,
    last: Millis,
}

/// Remembers failures.
#[derive(Default)]
pub(crate) struct SignInGuard {
    failures: Mutex<HashMap<Key, Failures>>,
}

impl SignInGuard {
    /// Begins an attempt, or says how many seconds to wait first. The attempt
    /// counts as failed until [`Self::succeeded`], so that many at once do not
    /// all slip through.
    pub(crate) fn begin(&self, user: &str, address: IpAddr, now: Millis) -> Result<(), u64> {
        let keys = [
            (Key::User(user.to_owned()), FREE_PER_USER),
            (Key::Address(address), FREE_PER_ADDRESS),
        ];
        let mut failures = self.failures.lock();
        let wait_ms = keys
            .iter()
            .map(|(key, free)| wait_ms(failures.get(key), *free, now))
            .max()
            .unwrap_or(0);
        if wait_ms > 0 {
            return Err(wait_ms.div_ceil(1_000));
        }
        if failures.len() >= REMEMBERED_MAX {
            make_room(&mut failures, now);
        }
        for (key, _) in keys {
            let entry = failures.entry(key).or_insert(Failures {
                count: 0,
                last: now,
            });
            if now.saturating_sub(entry.last) > FORGET_AFTER_MS {
                entry.count = 0;
            }
            entry.count = entry.count.saturating_add(1);
            entry.last = now;
        }
        Ok(())
    }

    /// The attempt was right: the user's failures are forgotten, the address's
    /// lose this one.
    pub(crate) fn succeeded(&self, user: &str, address: IpAddr) {
        let mut failures = self.failures.lock();
        failures.remove(&Key::User(user.to_owned()));
        if let Some(entry) = failures.get_mut(&Key::Address(address)) {
            entry.count = entry.count.saturating_sub(1);
        }
    }
}

fn wait_ms(failures: Option<&Failures>, free: u32, now: Millis) -> u64 {
    let Some(failures) = failures else { return 0 };
    let since = now.saturating_sub(failures.last);
    if failures.count < free || since > FORGET_AFTER_MS {
        return 0;
    }
    let doublings = (failures.count - free).min(16);
    (FIRST_WAIT_MS << doublings)
        .min(WAIT_MS_MAX)
        .saturating_sub(since)
}

fn make_room(failures: &mut HashMap<Key, Failures>, now: Millis) {
    failures.retain(|_, entry| now.saturating_sub(entry.last) <= FORGET_AFTER_MS);
    if failures.len() < REMEMBERED_MAX {
        return;
    }
    let mut times: Vec<_> = failures.values().map(|entry| entry.last).collect();
    times.sort_unstable();
    if let Some(middle) = times.get(times.len() / 2).copied() {
        failures.retain(|_, entry| entry.last > middle);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    #[test]
    fn a_user_waits_longer_after_each_failure_up_to_a_minute() {
        let guard = SignInGuard::default();
        let mut now = 0;
        for _ in 0..FREE_PER_USER {
            assert_eq!(guard.begin("anna", HOME, now), Ok(()));
        }
        for expected_s in [1, 2, 4, 8, 16, 32, 60, 60] {
            assert_eq!(guard.begin("anna", HOME, now), Err(expected_s));
            now += expected_s * 1_000;
            assert_eq!(guard.begin("anna", HOME, now), Ok(()));
        }
        assert_eq!(
            guard.begin("boris", HOME, now),
            Ok(()),
            "others are not kept out"
        );
    }

    #[test]
    fn success_forgets_the_users_failures() {
        let guard = SignInGuard::default();
        for _ in 0..FREE_PER_USER {
            guard.begin("anna", HOME, 0).unwrap();
        }
        guard.succeeded("anna", HOME);
        assert_eq!(guard.begin("anna", HOME, 0), Ok(()));
    }

    #[test]
    fn one_address_trying_many_names_waits_too() {
        let guard = SignInGuard::default();
        for n in 0..FREE_PER_ADDRESS {
            guard.begin(&format!("u{n}"), HOME, 0).unwrap();
        }
        assert_eq!(guard.begin("another", HOME, 0), Err(1));
        assert_eq!(
            guard.begin("another", "10.0.0.1".parse().unwrap(), 0),
            Ok(())
        );
    }

    #[test]
    fn a_quarter_of_an_hour_forgets_all() {
        let guard = SignInGuard::default();
        for _ in 0..FREE_PER_USER {
            guard.begin("anna", HOME, 0).unwrap();
        }
        assert_eq!(guard.begin("anna", HOME, FORGET_AFTER_MS + 1), Ok(()));
        assert_eq!(
            guard.begin("anna", HOME, FORGET_AFTER_MS + 1),
            Ok(()),
            "and the count begins anew"
        );
    }

    #[test]
    fn memory_is_bounded() {
        let guard = SignInGuard::default();
        for n in 0..3 * REMEMBERED_MAX as u64 {
            let address = IpAddr::V6(u128::from(n).into());
            let _ = guard.begin(&format!("u{n}"), address, n);
        }
        assert!(guard.failures.lock().len() <= REMEMBERED_MAX + 1);
    }
}
