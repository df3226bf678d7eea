//! Our challenges, and the answers to them. Pure.

use super::params::{Params, quote};
use super::{Algorithm, Question, response};
use crate::config::Ha1;
use subtle::ConstantTimeEq;

/// Hashes we challenge with. RFC 8760 §2.4 would have SHA-256 offered beside
/// and before MD5, but a second challenge locks phones out: baresip 1.0 gives up
/// on a hash it does not know although the other value would do, and JsSIP and
/// sipp read the first value only. Answers with SHA-256 are accepted all the
/// same, and with secrets of 160 random bits the hash is not what an attacker
/// could break.
const OFFERED: [Algorithm; 1] = [Algorithm::Md5];

/// The challenge values of one refusal.
pub(crate) fn challenges(realm: &str, nonce: &str, stale: bool) -> Vec<String> {
    let stale = if stale { ", stale=true" } else { "" };
    let challenge = |algorithm: &Algorithm| {
        let (realm, nonce, name) = (quote(realm), quote(nonce), algorithm.name());
        format!("Digest realm={realm}, nonce={nonce}, algorithm={name}, qop=\"auth\"{stale}")
    };
    OFFERED.iter().map(challenge).collect()
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
    fn a_realm_cannot_leave_its_quotes() {
        let values = challenges("a\"b\r\n", "n", true);
        assert_eq!(
            values,
            ["Digest realm=\"a\\\"b\", nonce=\"n\", algorithm=MD5, qop=\"auth\", stale=true"]
        );
    }
}
