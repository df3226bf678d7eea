//! Our challenges, and the answers to them. Pure.

use super::params::{Params, quote};
use super::{Algorithm, Question, response};
use crate::config::Ha1;
use subtle::ConstantTimeEq;

/// The challenge values of one refusal. RFC 8760 §2.4 wants the strongest first,
/// but JsSIP and sipp read the first value only and know MD5 only, and a client
/// that knows both chooses for itself.
pub(crate) fn challenges(realm: &str, nonce: &str, stale: bool) -> [String; 2] {
    let stale = if stale { ", stale=true" } else { "" };
    [Algorithm::Md5, Algorithm::Sha256].map(|algorithm| {
        let (realm, nonce, name) = (quote(realm), quote(nonce), algorithm.name());
        format!("Digest realm={realm}, nonce={nonce}, algorithm={name}, qop=\"auth\"{stale}")
    })
}

/// Credentials for our realm, as sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Credentials {
    pub(crate) user: String,
    pub(crate) nonce: String,
    pub(crate) count: u32,
    algorithm: Algorithm,
    uri: String,
    count_text: String,
    cnonce: String,
    response: String,
}

impl Credentials {
    /// Reads an Authorization value; `None` when it is not for this realm, not
    /// `qop=auth`, or incomplete.
    pub(crate) fn read(value: &str, realm: &str) -> Option<Self> {
        let params = Params::read(value)?;
        let text = |name| params.get(name).map(str::to_string);
        if params.get("realm")? != realm || !params.get("qop")?.eq_ignore_ascii_case("auth") {
            return None;
        }
        let count_text = text("nc")?;
        Some(Self {
            user: text("username")?,
            nonce: text("nonce")?,
            count: u32::from_str_radix(&count_text, 16).ok()?,
            algorithm: Algorithm::named(params.get("algorithm"))?,
            uri: text("uri")?,
            count_text,
            cnonce: text("cnonce")?,
            response: text("response")?,
        })
    }

    /// Whether they prove knowledge of this credential. Takes the same time
    /// whatever differs.
    pub(crate) fn prove(&self, ha1: &Ha1, method: &str) -> bool {
        let question = Question {
            method,
            uri: &self.uri,
            nonce: &self.nonce,
            counted: Some((&self.count_text, &self.cnonce)),
        };
        let expected = response(self.algorithm, self.algorithm.of(ha1), question);
        let sent = self.response.to_ascii_lowercase();
        expected.as_bytes().ct_eq(sent.as_bytes()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::ha1;

    /// What a client that knows `secret` answers.
    fn answer(algorithm: Algorithm, secret: &str) -> String {
        let ha1 = ha1("anna", "our", secret);
        let question = Question {
            method: "REGISTER",
            uri: "sip:our",
            nonce: "n1",
            counted: Some(("0000000a", "c1")),
        };
        let response = response(algorithm, algorithm.of(&ha1), question);
        format!(
            "Digest username=\"anna\", realm=\"our\", nonce=\"n1\", uri=\"sip:our\", \
             response=\"{response}\", algorithm={}, qop=auth, nc=0000000a, cnonce=\"c1\"",
            algorithm.name()
        )
    }

    #[test]
    fn the_right_secret_is_proved_with_both_hashes_and_a_wrong_one_with_none() {
        let stored = ha1("anna", "our", "right");
        for algorithm in [Algorithm::Md5, Algorithm::Sha256] {
            let right = Credentials::read(&answer(algorithm, "right"), "our").unwrap();
            assert_eq!((right.user.as_str(), right.count), ("anna", 10));
            assert!(right.prove(&stored, "REGISTER"));
            assert!(
                !right.prove(&stored, "INVITE"),
                "the method is part of the proof"
            );
            let wrong = Credentials::read(&answer(algorithm, "wrong"), "our").unwrap();
            assert!(!wrong.prove(&stored, "REGISTER"));
        }
    }

    #[test]
    fn credentials_for_another_realm_or_without_qop_are_none_of_ours() {
        let value = answer(Algorithm::Md5, "right");
        assert!(Credentials::read(&value, "theirs").is_none());
        assert!(Credentials::read(&value.replace("qop=auth, ", ""), "our").is_none());
        assert!(Credentials::read(&value.replace("MD5", "MD5-sess"), "our").is_none());
    }

    #[test]
    fn both_hashes_are_offered_and_a_realm_cannot_leave_its_quotes() {
        let [first, second] = challenges("a\"b\r\n", "n", true);
        assert!(first.contains("algorithm=MD5") && second.contains("algorithm=SHA-256"));
        assert!(
            first.contains("realm=\"a\\\"b\"") && first.ends_with("stale=true"),
            "{first}"
        );
    }
}
