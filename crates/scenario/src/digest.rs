//! Digests that the API offers, as lower-case hex.

use sha2::Digest;

/// Block of SHA-256, bytes, for HMAC (RFC 2104).
const SHA256_BLOCK: usize = 64;

/// The digest of that name, or `None` for a name that the API does not have.
pub(crate) fn hex_digest(name: &str, data: &[u8]) -> Option<String> {
    match name {
        "md5" => Some(hex(&md5::Md5::digest(data))),
        "sha1" => Some(hex(&sha1::Sha1::digest(data))),
        "sha256" => Some(hex(&sha2::Sha256::digest(data))),
        _ => None,
    }
}

/// HMAC-SHA-256 (RFC 2104).
pub(crate) fn hmac_sha256(key: &[u8], data: &[u8]) -> String {
    let mut block = [0_u8; SHA256_BLOCK];
    if key.len() > SHA256_BLOCK {
        let short = sha2::Sha256::digest(key);
        block[..short.len()].copy_from_slice(&short);
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let pad = |byte: u8| block.map(|b| b ^ byte);
    let inner = sha2::Sha256::new()
        .chain_update(pad(0x36))
        .chain_update(data)
        .finalize();
    let outer = sha2::Sha256::new()
        .chain_update(pad(0x5c))
        .chain_update(inner)
        .finalize();
    hex(&outer)
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_match_the_published_vectors() {
        let abc = b"abc";
        let is = |name: &str, want: &str| assert_eq!(hex_digest(name, abc).as_deref(), Some(want));
        is("md5", "900150983cd24fb0d6963f7d28e17f72"); // RFC 1321 A.5
        is("sha1", "a9993e364706816aba3e25717850c26c9cd0d89d"); // RFC 3174
        is(
            "sha256", // RFC 6234
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        );
        assert_eq!(hex_digest("crc", abc), None);
    }

    #[test]
    fn hmac_matches_rfc_4231_with_short_and_long_keys() {
        let short = hmac_sha256(b"Jefe", b"what do ya want for nothing?");
        assert!(
            short.starts_with("5bdcc146bf60754e6a042426089575c7"),
            "{short}"
        );
        let text = b"Test Using Larger Than Block-Size Key - Hash Key First";
        let long = hmac_sha256(&[0xaa; 131], text);
        assert!(
            long.starts_with("60e431591ee0b67f0d8a26aacbf5b77f"),
            "{long}"
        );
    }
}
