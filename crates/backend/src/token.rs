//! Secrets made by the machine: session tokens, tickets, the scenario token.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Random bytes in a token: 256 bits, twice what cannot be guessed, so that
/// nobody has to think about it again.
const TOKEN_BYTES: usize = 32;

/// A new secret of 256 random bits in URL-safe base64 (43 characters).
#[allow(clippy::expect_used)] // Without the system's randomness no secret can be made; going on would be worse.
pub fn generate() -> String {
    let mut bytes = [0_u8; TOKEN_BYTES];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The form in which a token is stored: SHA-256, hexadecimal.
pub fn digest(token: &str) -> String {
    hex(&Sha256::digest(token.as_bytes()))
}

/// Hexadecimal, lower case.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether two secrets are the same, in a time that does not tell where they
/// differ. Both are hashed first, so their lengths do not show either.
pub(crate) fn same(one: &str, other: &str) -> bool {
    Sha256::digest(one.as_bytes())
        .ct_eq(&Sha256::digest(other.as_bytes()))
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_fit_into_a_header_and_a_url() {
        let (one, other) = (generate(), generate());
        assert_ne!(one, other);
        assert_eq!(one.len(), 43);
        assert!(
            one.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        );
    }

    #[test]
    fn only_the_same_secret_is_the_same() {
        assert!(same("abc", "abc"));
        assert!(!same("abc", "abd"));
        assert!(!same("abc", "abcd"));
        assert!(!same("", "a"));
    }

    #[test]
    fn a_digest_is_the_published_sha256() {
        // FIPS 180-4, example "abc".
        assert_eq!(
            digest("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
