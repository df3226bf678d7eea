//! Passwords of people: Argon2id with the parameters that the OWASP Password
//! Storage Cheat Sheet gives (19 MiB, 2 passes, 1 lane).

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use std::sync::OnceLock;
use tokio::sync::Semaphore;

const MEMORY_KIB: u32 = 19 * 1_024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Hashes computed at once. Each takes 19 MiB and some 20 ms of a core, and
/// calls matter more than sign-ins: two leave the machine to the calls.
const AT_ONCE: usize = 2;

/// Sign-ins that may wait for a hash; more are told to come back. At two at
/// once this is about a second of waiting.
const WAITING_MAX: usize = 64;

/// Longest password in bytes: long enough for any pass phrase, short enough
/// that hashing it costs nothing extra.
pub const LENGTH_MAX: usize = 256;

static RUNNING: Semaphore = Semaphore::const_new(AT_ONCE);
static WAITING: Semaphore = Semaphore::const_new(WAITING_MAX);

/// What can go wrong with a password.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// Empty or over [`LENGTH_MAX`] bytes: the person's to change.
    #[error("a password has 1 to {LENGTH_MAX} bytes")]
    Length,
    /// Too many sign-ins at once: try again later.
    #[error("too many sign-ins at once")]
    Busy,
    /// The hash could not be computed or read: a bug or a damaged database.
    #[error("the password cannot be hashed: {0}")]
    Hash(String),
}

fn hasher() -> Result<Argon2<'static>, PasswordError> {
    let parameters = Params::new(MEMORY_KIB, PASSES, LANES, None)
        .map_err(|e| PasswordError::Hash(e.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters))
}

/// Hashes a password with a random salt; returns the PHC string. Takes some
/// 20 ms of CPU: call it on a blocking thread.
pub fn hash(password: &str) -> Result<String, PasswordError> {
    if password.is_empty() || password.len() > LENGTH_MAX {
        return Err(PasswordError::Length);
    }
    let hash = hasher()?
        .hash_password(password.as_bytes())
        .map_err(|e| PasswordError::Hash(e.to_string()))?;
    Ok(hash.to_string())
}

/// Whether the password fits the stored hash. `None` for the hash (an unknown
/// user, or one who cannot sign in) costs the same time and is never right.
/// Runs on a blocking thread, few at once.
pub(crate) async fn verify(
    password: String,
    stored: Option<String>,
) -> Result<bool, PasswordError> {
    let _place = WAITING.try_acquire().map_err(|_| PasswordError::Busy)?;
    let _turn = RUNNING.acquire().await.map_err(|_| PasswordError::Busy)?;
    tokio::task::spawn_blocking(move || verify_now(&password, stored.as_deref()))
        .await
        .map_err(|e| PasswordError::Hash(e.to_string()))?
}

fn verify_now(password: &str, stored: Option<&str>) -> Result<bool, PasswordError> {
    let phc = match stored {
        Some(phc) => phc,
        None => stand_in()?,
    };
    let parsed = PasswordHash::new(phc).map_err(|e| PasswordError::Hash(e.to_string()))?;
    let fits = password.len() <= LENGTH_MAX
        && hasher()?
            .verify_password(password.as_bytes(), &parsed)
            .is_ok();
    Ok(fits && stored.is_some())
}

/// The hash that unknown users are compared with.
fn stand_in() -> Result<&'static str, PasswordError> {
    static STAND_IN: OnceLock<String> = OnceLock::new();
    if let Some(phc) = STAND_IN.get() {
        return Ok(phc);
    }
    let phc = hash(&crate::token::generate())?;
    Ok(STAND_IN.get_or_init(|| phc))
}

/// Computes the stand-in hash, so that the first sign-in of an unknown user
/// does not take longer than the next.
pub(crate) fn warm_up() -> Result<(), PasswordError> {
    stand_in().map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_fits() {
        let phc = hash("correct horse").unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        assert!(
            verify("correct horse".into(), Some(phc.clone()))
                .await
                .unwrap()
        );
        assert!(!verify("wrong horse".into(), Some(phc)).await.unwrap());
        assert!(!verify("anything".into(), None).await.unwrap());
    }

    #[test]
    fn empty_and_endless_passwords_are_refused() {
        assert!(matches!(hash(""), Err(PasswordError::Length)));
        assert!(matches!(
            hash(&"x".repeat(LENGTH_MAX + 1)),
            Err(PasswordError::Length)
        ));
    }
}
