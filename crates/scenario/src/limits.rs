//! The limits of one session (voxengine.md 1.1): one table of names, defaults
//! and ranges, for the session, the prelude and the configuration alike.

/// Makes the struct, its defaults and its table from one list.
macro_rules! limits {
    ($($(#[doc = $doc:literal])+ $name:ident = $default:expr, $range:expr;)+) => {
        /// Limits of one session and of what the engine does for it. `Default` is
        /// the cloud's, and ours where the cloud names none.
        #[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct Limits {
            $($(#[doc = $doc])+ pub $name: u64,)+
        }

        impl Default for Limits {
            fn default() -> Self {
                Self { $($name: $default,)+ }
            }
        }

        impl Limits {
            /// Every limit as it is in the configuration: name and value.
            pub fn table(&self) -> impl Iterator<Item = (&'static str, u64)> {
                [$((stringify!($name), self.$name),)+].into_iter()
            }

            /// The limit of that name, for the prelude.
            pub(crate) fn named(&self, name: &str) -> Option<u64> {
                match name {
                    $(stringify!($name) => Some(self.$name),)+
                    _ => None,
                }
            }

            /// Checks that every limit is within what the engine can keep.
            ///
            /// # Errors
            /// A sentence that names the limit and its range. Whoever configures
            /// the engine can fix it.
            pub fn check(&self) -> Result<(), String> {
                $(
                    let range: std::ops::RangeInclusive<u64> = $range;
                    if !range.contains(&self.$name) {
                        return Err(format!(
                            "`{}` must be from {} to {}, not {}",
                            stringify!($name), range.start(), range.end(), self.$name,
                        ));
                    }
                )+
                self.check_pairs()
            }
        }
    };
}

const DAY_S: u64 = 86_400;

limits! {
    /// Characters of all files of one rule.
    source_chars = 256 << 10, 1..=16 << 20;
    /// JS heap, bytes.
    memory_bytes = 16 << 20, 4 << 20..=1 << 30;
    /// JS stack, bytes.
    stack_bytes = 256 << 10, 64 << 10..=1 << 20;
    /// One callback, milliseconds of wall time.
    callback_ms = 1_000, 10..=60_000;
    /// Timers at once.
    timers = 100, 1..=10_000;
    /// Shortest period of `setInterval`, milliseconds.
    interval_ms = 100, 10..=60_000;
    /// Life without calls, seconds.
    idle_s = 60, 1..=DAY_S;
    /// The same with a request in a queue, seconds.
    idle_queued_s = 7_200, 1..=DAY_S;
    /// Wait for requests under way at the end, seconds.
    closing_s = 90, 1..=600;
    /// An incoming call without an answer, seconds.
    incoming_unanswered_s = 60, 1..=3_600;
    /// An outgoing call without an answer, seconds.
    outgoing_unanswered_s = 60, 1..=600;
    /// Outgoing calls of a session in its life.
    calls = 50, 1..=100_000;
    /// Outgoing calls that wait for an answer at once.
    calls_unanswered = 10, 1..=1_000;
    /// Calls of a conference's session at once.
    conference_calls = 100, 1..=10_000;
    /// Players at once.
    players = 10, 1..=1_000;
    /// Recognisers at once.
    recognisers = 20, 1..=1_000;
    /// Conferences at once.
    conferences = 10, 1..=1_000;
    /// Recorders at once.
    recorders = 60, 1..=1_000;
    /// Requests to queues (ACD and SmartQueue) at once.
    queue_requests = 10, 1..=100;
    /// HTTP requests that run at once.
    http_running = 3, 1..=100;
    /// HTTP requests that run or wait.
    http_total = 35, 1..=10_000;
    /// Time to connect, seconds.
    http_connect_s = 6, 1..=60;
    /// One HTTP request, seconds.
    http_timeout_s = 90, 1..=600;
    /// An HTTP answer, bytes.
    http_response_bytes = 2 << 20, 1_024..=64 << 20;
    /// Mails that are sent at once.
    mails_running = 2, 1..=100;
    /// Mails that are sent or wait.
    mails_total = 10, 1..=1_000;
    /// WebSockets that the session opened, at once.
    sockets_opened = 10, 1..=1_000;
    /// WebSockets that clients opened, above the number of calls.
    sockets_above_calls = 3, 0..=1_000;
    /// `sendMessage` and `sendInfo`, bytes.
    message_bytes = 8_192, 1..=64 << 10;
    /// One SIP header of the scenario, bytes.
    header_bytes = 200, 1..=8_192;
    /// All SIP headers of one message, bytes.
    headers_bytes = 4_095, 1..=32 << 10;
    /// A spoken text, characters.
    speech_chars = 1_500, 1..=100_000;
    /// An audio file, bytes.
    audio_bytes = 10 << 20, 1_024..=256 << 20;
    /// Time to fetch an audio file, seconds.
    audio_fetch_s = 12, 1..=120;
    /// `Logger.write`, characters.
    log_chars = 15_000, 100..=1_000_000;
    /// A key of `ApplicationStorage`, characters.
    storage_key_chars = 200, 1..=4_096;
    /// A value of `ApplicationStorage`, characters.
    storage_value_chars = 2_000, 1..=1 << 20;
    /// Life of a value of `ApplicationStorage`, seconds.
    storage_ttl_s = 90 * DAY_S, 1..=3_650 * DAY_S;
}

impl Limits {
    /// Limits that make no sense without each other.
    fn check_pairs(&self) -> Result<(), String> {
        for (part, whole, names) in [
            (
                self.http_running,
                self.http_total,
                ["http_running", "http_total"],
            ),
            (
                self.mails_running,
                self.mails_total,
                ["mails_running", "mails_total"],
            ),
            (
                self.header_bytes,
                self.headers_bytes,
                ["header_bytes", "headers_bytes"],
            ),
        ] {
            if part > whole {
                let [part, whole] = names;
                return Err(format!("`{part}` must not be above `{whole}`"));
            }
        }
        Ok(())
    }
}

/// A limit as a number of things.
pub(crate) fn count(limit: u64) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}
