//! Which access URLs are valid. An access URL is a capability: its secret is
//! 256 random bits and dies with the session.

use crate::shared::Owner;
use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use subtle::ConstantTimeEq;

/// Requests to one session at once, after a quiet time: a backend that
/// repeats everything after a restart stays far below.
const BURST: f64 = 50.0;
/// Requests to one session a second in the long run.
const PER_SECOND: f64 = 20.0;

/// Valid access URLs.
#[derive(Debug)]
pub(crate) struct AccessBook {
    sessions: Mutex<HashMap<u64, Entry>>,
    log_secret: String,
}

#[derive(Debug)]
struct Entry {
    owner: Owner,
    secret: String,
    tokens: f64,
    refilled_ms: u64,
}

/// What a request to an access URL meets.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Admission {
    /// Go on to this session.
    Welcome(Owner),
    /// Unknown session or wrong secret: the same answer for both.
    NotFound,
    /// Too many requests.
    TooMany,
}

impl AccessBook {
    /// `log_secret` makes the log URLs; the same after a restart, so that a
    /// log can still be read then.
    pub(crate) fn new(log_secret: String) -> Self {
        Self {
            sessions: Mutex::default(),
            log_secret,
        }
    }

    /// A new session; returns its secret.
    pub(crate) fn add(&self, owner: Owner) -> Result<String, getrandom::Error> {
        let secret = random_hex()?;
        let entry = Entry {
            owner,
            secret: secret.clone(),
            tokens: BURST,
            refilled_ms: 0,
        };
        self.sessions.lock().insert(owner.session, entry);
        Ok(secret)
    }

    /// The session is over.
    pub(crate) fn remove(&self, session: u64) {
        self.sessions.lock().remove(&session);
    }

    /// Judges one request at `now_ms`.
    pub(crate) fn admit(&self, now_ms: u64, session: u64, secret: &str) -> Admission {
        let mut sessions = self.sessions.lock();
        let Some(entry) = sessions.get_mut(&session) else {
            return Admission::NotFound;
        };
        if !bool::from(entry.secret.as_bytes().ct_eq(secret.as_bytes())) {
            return Admission::NotFound;
        }
        let since_ms = now_ms.saturating_sub(entry.refilled_ms);
        #[allow(
            clippy::cast_precision_loss,
            reason = "milliseconds since the last request"
        )]
        let refill = since_ms as f64 / 1_000.0 * PER_SECOND;
        entry.tokens = (entry.tokens + refill).min(BURST);
        entry.refilled_ms = now_ms;
        if entry.tokens < 1.0 {
            return Admission::TooMany;
        }
        entry.tokens -= 1.0;
        Admission::Welcome(entry.owner)
    }

    /// The key in a session's log URL.
    pub(crate) fn log_key(&self, session: u64) -> String {
        let digest = Sha256::digest(format!("{}:log:{session}", self.log_secret).as_bytes());
        hex(&digest[..16])
    }

    /// Whether `key` opens the log of a session.
    pub(crate) fn opens_log(&self, session: u64, key: &str) -> bool {
        self.log_key(session)
            .as_bytes()
            .ct_eq(key.as_bytes())
            .into()
    }

    /// Live access URLs.
    pub(crate) fn len(&self) -> usize {
        self.sessions.lock().len()
    }
}

fn random_hex() -> Result<String, getrandom::Error> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes)?;
    Ok(hex(&bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWNER: Owner = Owner {
        worker: 0,
        session: 7,
    };

    #[test]
    fn a_wrong_secret_and_an_unknown_session_look_the_same() {
        let book = AccessBook::new("x".into());
        let secret = book.add(OWNER).unwrap();
        assert_eq!(secret.len(), 64);
        assert_eq!(book.admit(0, 7, &secret), Admission::Welcome(OWNER));
        assert_eq!(book.admit(0, 7, &"0".repeat(64)), Admission::NotFound);
        assert_eq!(book.admit(0, 8, &secret), Admission::NotFound);
        book.remove(7);
        assert_eq!(book.admit(0, 7, &secret), Admission::NotFound);
    }

    #[test]
    fn requests_are_limited_and_recover_with_time() {
        let book = AccessBook::new("x".into());
        let secret = book.add(OWNER).unwrap();
        let welcome =
            (0..100).filter(|_| book.admit(1_000, 7, &secret) == Admission::Welcome(OWNER));
        assert_eq!(welcome.count(), 50);
        assert_eq!(book.admit(1_000, 7, &secret), Admission::TooMany);
        assert_eq!(book.admit(1_051, 7, &secret), Admission::Welcome(OWNER));
    }

    #[test]
    fn a_log_key_opens_its_own_log_only() {
        let book = AccessBook::new("x".into());
        assert!(book.opens_log(7, &book.log_key(7)));
        assert!(!book.opens_log(8, &book.log_key(7)));
        assert!(!AccessBook::new("y".into()).opens_log(7, &book.log_key(7)));
    }
}
