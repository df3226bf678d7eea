//! Answering a challenge, where the owner gave credentials for it.

use super::params::{Params, quote};
use super::{Algorithm, Question, ha1, response};
use crate::config::TrunkCredentials;
use crate::message::{cseq, random_hex};
use crate::stack::Core;
use rsipstack::sip::{Header, Request, Response};

/// The request once more with credentials, or `None` when no challenge in the
/// response may be answered: another realm than the configured one, an unknown
/// hash, or `auth-int` only.
pub(crate) fn answer(
    core: &Core,
    request: &Request,
    refusal: &Response,
    credentials: &TrunkCredentials,
) -> Option<Request> {
    let via_proxy = refusal.status_code.code() == 407;
    if !via_proxy && refusal.status_code.code() != 401 {
        return None;
    }
    let values = refusal.headers.iter().filter_map(|header| match header {
        Header::ProxyAuthenticate(value) if via_proxy => Some(value.value()),
        Header::WwwAuthenticate(value) if !via_proxy => Some(value.value()),
        _ => None,
    });
    let challenge = choose(values, credentials)?;
    let uri = request.uri.to_string();
    let method = request.method.to_string();
    let value = challenge.answer(credentials, &method, &uri, &random_hex(8));
    let header = if via_proxy {
        Header::ProxyAuthorization(value.into())
    } else {
        Header::Authorization(value.into())
    };
    Some(core.again(request, cseq(request) + 1, header))
}

/// One challenge that we can answer.
struct Challenge {
    realm: String,
    nonce: String,
    opaque: Option<String>,
    algorithm: Algorithm,
    counted: bool,
}

/// The strongest challenge of an acceptable realm.
fn choose<'a>(
    values: impl Iterator<Item = &'a str>,
    credentials: &TrunkCredentials,
) -> Option<Challenge> {
    values
        .filter_map(Challenge::read)
        .filter(|challenge| {
            credentials
                .realm
                .as_ref()
                .is_none_or(|realm| *realm == challenge.realm)
        })
        .max_by_key(|challenge| challenge.algorithm == Algorithm::Sha256)
}

impl Challenge {
    fn read(value: &str) -> Option<Self> {
        let params = Params::read(value)?;
        let qop = params.get("qop");
        let has_auth = |qop: &str| {
            qop.split(',')
                .any(|q| q.trim().eq_ignore_ascii_case("auth"))
        };
        if qop.is_some_and(|qop| !has_auth(qop)) {
            return None;
        }
        Some(Self {
            realm: params.get("realm")?.to_string(),
            nonce: params.get("nonce")?.to_string(),
            opaque: params.get("opaque").map(str::to_string),
            algorithm: Algorithm::named(params.get("algorithm"))?,
            counted: qop.is_some(),
        })
    }

    fn answer(&self, who: &TrunkCredentials, method: &str, uri: &str, cnonce: &str) -> String {
        let count = "00000001";
        let ha1 = ha1(&who.user, &self.realm, &who.password);
        let counted = self.counted.then_some((count, cnonce));
        let question = Question {
            method,
            uri,
            nonce: &self.nonce,
            counted,
        };
        let proof = response(self.algorithm, self.algorithm.of(&ha1), question);
        let mut value = format!(
            "Digest username={}, realm={}, nonce={}, uri={}, response=\"{proof}\", algorithm={}",
            quote(&who.user),
            quote(&self.realm),
            quote(&self.nonce),
            quote(uri),
            self.algorithm.name()
        );
        if self.counted {
            value.push_str(&format!(", qop=auth, nc={count}, cnonce=\"{cnonce}\""));
        }
        if let Some(opaque) = &self.opaque {
            value.push_str(&format!(", opaque={}", quote(opaque)));
        }
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::server::{Credentials, challenges};

    fn known(realm: Option<&str>) -> TrunkCredentials {
        TrunkCredentials {
            user: "us".into(),
            password: "secret".into(),
            realm: realm.map(str::to_string),
        }
    }

    #[test]
    fn our_server_accepts_what_our_client_answers() {
        let offered = challenges("provider", "n", false);
        let stronger = offered.iter().map(|value| value.replace("MD5", "SHA-256"));
        let offered: Vec<_> = offered.iter().cloned().chain(stronger).collect();
        let challenge = choose(offered.iter().map(String::as_str), &known(None)).unwrap();
        assert_eq!(challenge.algorithm, Algorithm::Sha256);
        let value = challenge.answer(&known(None), "INVITE", "sip:1@provider", "c");
        let credentials = Credentials::read(&value, "provider").unwrap();
        assert!(credentials.prove(&ha1("us", "provider", "secret"), "INVITE"));
    }

    #[test]
    fn a_challenge_of_another_realm_is_not_answered() {
        let offered = challenges("attacker", "n", false);
        let values = || offered.iter().map(String::as_str);
        assert!(choose(values(), &known(Some("provider"))).is_none());
        assert!(choose(values(), &known(Some("attacker"))).is_some());
    }

    #[test]
    fn only_auth_int_or_an_unknown_hash_is_not_answered() {
        let int = "Digest realm=\"r\", nonce=\"n\", qop=\"auth-int\"";
        let odd = "Digest realm=\"r\", nonce=\"n\", algorithm=SHA-512-256";
        assert!(choose([int, odd].into_iter(), &known(None)).is_none());
    }
}
