//! Asking a user for proof, and checking it against the directory.

use crate::call::dialog::Flow;
use crate::config::Ha1;
use crate::digest::nonce::Standing;
use crate::digest::server::{Credentials, challenges};
use crate::message::random_hex;
use crate::stack::Core;
use rsipstack::sip::{Header, Request};
use rsipstack::transport::SipConnection;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Instant;

/// Random octets of a nonce: 128 bits.
const NONCE_OCTETS: usize = 16;

/// What a request proves.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    /// It comes from this user.
    User(String),
    /// Nothing for our realm, or right but with a nonce that is used up.
    Missing { stale: bool },
    /// The proof is wrong, or there is no such user: nobody learns which.
    Wrong,
}

/// Checks the credentials of a request.
pub(crate) async fn prove(
    core: &Core,
    request: &Request,
    connection: Option<&SipConnection>,
) -> Proof {
    let Some(credentials) = credentials(core, request) else {
        return Proof::Missing { stale: false };
    };
    // An unknown user costs the same work and gets the same answer.
    let from = Flow::of(connection)
        .source
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |source| source.ip());
    if !core
        .backoff
        .lock()
        .admits(Instant::now(), from, &credentials.user)
    {
        return Proof::Wrong;
    }
    let stored = core.directory.ha1(&credentials.user).await;
    let (known, ha1) = match stored {
        Some(ha1) => (true, ha1),
        None => (false, core.dummy_ha1.clone()),
    };
    let proved = credentials.prove(&ha1, &request.method.to_string());
    if !(proved & known) {
        let wait = core
            .backoff
            .lock()
            .wrong(Instant::now(), from, &credentials.user);
        if let Some(wait) = wait {
            let user = crate::headers::clean(&credentials.user);
            tracing::warn!(%from, user, wait_s = wait.as_secs(), "wrong passwords in a row");
        }
        return Proof::Wrong;
    }
    core.backoff.lock().right(from, &credentials.user);
    // Only a right answer may use up a nonce or learn that it is stale
    // (RFC 7616 §3.3).
    let standing = core
        .nonces
        .lock()
        .spend(Instant::now(), &credentials.nonce, credentials.count);
    match standing {
        Standing::Fresh => Proof::User(credentials.user),
        Standing::Stale => Proof::Missing { stale: true },
    }
}

/// Whether a request brings credentials for our realm.
pub(crate) fn brings_credentials(core: &Core, request: &Request) -> bool {
    credentials(core, request).is_some()
}

/// The headers of a 401.
pub(crate) fn challenge(core: &Core, stale: bool) -> Vec<Header> {
    let nonce = random_hex(NONCE_OCTETS);
    let headers = challenges(&core.config.realm, &nonce, stale)
        .into_iter()
        .map(|value| Header::WwwAuthenticate(value.into()))
        .collect();
    core.nonces.lock().issue(Instant::now(), nonce);
    headers
}

/// A credential nobody has.
pub(crate) fn dummy_ha1() -> Ha1 {
    Ha1 {
        md5: random_hex(16),
        sha256: random_hex(32),
    }
}

fn credentials(core: &Core, request: &Request) -> Option<Credentials> {
    request.headers.iter().find_map(|header| {
        let value = match header {
            Header::Authorization(value) => value.value(),
            Header::ProxyAuthorization(value) => value.value(),
            _ => return None,
        };
        Credentials::read(value, &core.config.realm)
    })
}
