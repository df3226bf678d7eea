//! The clocks of a media thread: how long it runs, and the time of day for RTCP.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use voice::rtcp;

/// Seconds from 1900, where NTP timestamps begin, to 1970.
const NTP_1970_S: u64 = 2_208_988_800;

/// The clocks of a thread.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    began: Instant,
    /// The time of day then, as an NTP timestamp.
    began_ntp: u64,
}

impl Clock {
    pub(crate) fn start() -> Self {
        // A clock before 1970 is wrong by more than we could mend.
        let since_1970 = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self {
            began: Instant::now(),
            began_ntp: ntp(since_1970).wrapping_add(NTP_1970_S << 32),
        }
    }

    pub(crate) fn elapsed(self) -> Duration {
        self.began.elapsed()
    }

    /// The instant after so long, for RTCP.
    pub(crate) fn instant(self, elapsed: Duration) -> rtcp::Instant {
        rtcp::Instant {
            ms: u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
            ntp: self.began_ntp.wrapping_add(ntp(elapsed)),
        }
    }
}

/// Seconds and their fraction in halves of 32 bits; whole seconds wrap.
fn ntp(duration: Duration) -> u64 {
    let fraction = (u64::from(duration.subsec_nanos()) << 32) / 1_000_000_000;
    (duration.as_secs() << 32).wrapping_add(fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_day_goes_on_from_the_start_and_wraps_as_ntp_does() {
        let clock = Clock {
            began: Instant::now(),
            began_ntp: u64::MAX - (1 << 31) + 1,
        };
        let after = clock.instant(Duration::from_millis(1_750));
        assert_eq!((after.ms, after.ntp), (1_750, (1 << 32) + (1 << 30)));
    }

    #[test]
    fn the_start_is_in_this_century() {
        let seconds_1900 = Clock::start().began_ntp >> 32;
        // 2025, and 2036, when the seconds wrap.
        assert!(!(1 << 30..NTP_1970_S + 1_735_689_600).contains(&seconds_1900));
    }
}
