//! Digest authentication: RFC 2617 with MD5, RFC 7616 and RFC 8760 with
//! SHA-256. Pure; randomness and time come in.

pub(crate) mod backoff;
pub(crate) mod client;
pub(crate) mod nonce;
pub(crate) mod params;
pub(crate) mod server;

use crate::config::Ha1;
use sha2::Digest as _;

/// Which hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Algorithm {
    /// RFC 2617; what every phone knows.
    Md5,
    /// RFC 8760.
    Sha256,
}

impl Algorithm {
    /// Its name in headers.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha256 => "SHA-256",
        }
    }

    /// By its name in a header; MD5 when none is given (RFC 7616 §3.3).
    pub(crate) fn named(name: Option<&str>) -> Option<Self> {
        match name {
            None => Some(Self::Md5),
            Some(name) if name.eq_ignore_ascii_case("MD5") => Some(Self::Md5),
            Some(name) if name.eq_ignore_ascii_case("SHA-256") => Some(Self::Sha256),
            Some(_) => None,
        }
    }

    /// Hash as lower-case hexadecimal text.
    pub(crate) fn hash(self, text: &str) -> String {
        let octets: Vec<u8> = match self {
            Self::Md5 => md5::Md5::digest(text.as_bytes()).to_vec(),
            Self::Sha256 => sha2::Sha256::digest(text.as_bytes()).to_vec(),
        };
        octets.iter().map(|octet| format!("{octet:02x}")).collect()
    }

    /// The stored credential for this hash.
    pub(crate) fn of(self, ha1: &Ha1) -> &str {
        match self {
            Self::Md5 => &ha1.md5,
            Self::Sha256 => &ha1.sha256,
        }
    }
}

/// Makes the credential to store for a user: `H(user:realm:secret)` with both
/// hashes (RFC 7616 §3.4.2).
pub fn ha1(user: &str, realm: &str, secret: &str) -> Ha1 {
    let text = format!("{user}:{realm}:{secret}");
    Ha1 {
        md5: Algorithm::Md5.hash(&text),
        sha256: Algorithm::Sha256.hash(&text),
    }
}

/// What a response is computed from, beside the credential (RFC 7616 §3.4.1).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question<'a> {
    pub(crate) method: &'a str,
    pub(crate) uri: &'a str,
    pub(crate) nonce: &'a str,
    /// Nonce count and client nonce with `qop=auth`; `None` as in RFC 2069.
    pub(crate) counted: Option<(&'a str, &'a str)>,
}

/// `response` of RFC 7616 §3.4.1.
pub(crate) fn response(algorithm: Algorithm, ha1: &str, question: Question<'_>) -> String {
    let Question {
        method,
        uri,
        nonce,
        counted,
    } = question;
    let ha2 = algorithm.hash(&format!("{method}:{uri}"));
    match counted {
        Some((nc, cnonce)) => algorithm.hash(&format!("{ha1}:{nonce}:{nc}:{cnonce}:auth:{ha2}")),
        None => algorithm.hash(&format!("{ha1}:{nonce}:{ha2}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_rfc_7616_gives_its_responses() {
        // RFC 7616 §3.9.1.
        let ha1 = ha1("Mufasa", "http-auth@example.org", "Circle of Life");
        let question = Question {
            method: "GET",
            uri: "/dir/index.html",
            nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
            counted: Some(("00000001", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ")),
        };
        assert_eq!(
            response(Algorithm::Sha256, &ha1.sha256, question),
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"
        );
        assert_eq!(
            response(Algorithm::Md5, &ha1.md5, question),
            "8ca523f5e9506fed4657c9700eebdbec"
        );
    }
}
