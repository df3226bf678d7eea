//! Who may use the management API: programs with a service key (JWT, RFC 7519,
//! RS256 only) or an API key. Only public keys and digests are compared with;
//! which check failed is told, for none of them helps a guesser of keys.

use super::account;
use super::failure::Failure;
use super::parameters::Parameters;
use crate::token;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::Value;
use store::{KeyKind, ServiceKey};
use subtle::ConstantTimeEq;

/// Longest token: header and claims are a few hundred bytes, the signature of
/// the largest RSA key is 1,366.
const TOKEN_BYTES_MAX: usize = 8_192;
/// How far clocks may be apart, seconds.
const LEEWAY_S: i64 = 30;
/// Longest life of a token, seconds: the cloud takes an hour.
const LIFE_S_MAX: i64 = 3_600;

/// Lets a request through or says why not. `bearer` is the token of the
/// `Authorization` header; `now_s` is Unix time.
pub(crate) fn check(
    keys: &[ServiceKey],
    bearer: Option<&str>,
    parameters: &Parameters,
    now_s: i64,
) -> Result<(), Failure> {
    match bearer {
        Some(token) => check_token(keys, token, now_s),
        None => check_api_key(keys, parameters),
    }
}

fn check_api_key(keys: &[ServiceKey], parameters: &Parameters) -> Result<(), Failure> {
    let sent = parameters
        .text("api_key")
        .ok_or_else(|| Failure::authorization("send a JWT or `api_key`"))?;
    let named = [
        parameters
            .text("account_id")
            .map(|id| id == account::ID.to_string()),
        parameters
            .text("account_name")
            .map(|name| name == account::NAME),
        parameters
            .text("account_email")
            .map(|email| email == account::EMAIL),
    ];
    let digest = token::digest(sent);
    let mut known = subtle::Choice::from(0);
    for key in keys.iter().filter(|key| key.kind == KeyKind::Api) {
        known |= key.verifier.as_bytes().ct_eq(digest.as_bytes());
    }
    let account_fits =
        named.iter().flatten().all(|fits| *fits) && named.iter().any(Option::is_some);
    if account_fits && bool::from(known) {
        return Ok(());
    }
    Err(Failure::authorization("account or `api_key` is wrong"))
}

fn check_token(keys: &[ServiceKey], token: &str, now_s: i64) -> Result<(), Failure> {
    if token.len() > TOKEN_BYTES_MAX {
        return Err(Failure::token("it is too long"));
    }
    let malformed = || Failure::token("it is not three parts of base64");
    let (signed, signature) = token.rsplit_once('.').ok_or_else(malformed)?;
    let (header, claims) = signed.split_once('.').ok_or_else(malformed)?;
    let header = part(header)?;
    // The algorithm is ours to choose: a token cannot talk us into another.
    if header["alg"] != "RS256" {
        return Err(Failure::token("`alg` is not RS256"));
    }
    let key_id = header["kid"].as_str().unwrap_or_default();
    let key = keys
        .iter()
        .find(|key| key.kind == KeyKind::Service && key.key_id == key_id)
        .ok_or_else(Failure::token_key)?;
    let public = pkcs1_of(&key.verifier)
        .ok_or_else(|| Failure::internal("the stored public key of this `kid` is not readable"))?;
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| malformed())?;
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public)
        .verify(signed.as_bytes(), &signature)
        .map_err(|_| Failure::token("the signature is not this key's"))?;
    check_claims(&part(claims)?, now_s)
}

fn check_claims(claims: &Value, now_s: i64) -> Result<(), Failure> {
    // Node sends the account as a number, Python as a text.
    let issuer = match &claims["iss"] {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    if issuer != Some(account::ID) {
        return Err(Failure::token_issuer());
    }
    let time = |name: &str| claims[name].as_i64();
    let (Some(issued), Some(expires)) = (time("iat"), time("exp")) else {
        return Err(Failure::token_time("`iat` and `exp` must be numbers"));
    };
    if issued > now_s.saturating_add(LEEWAY_S) {
        return Err(Failure::token_time("`iat` is in the future"));
    }
    if expires.saturating_add(LEEWAY_S) < now_s {
        return Err(Failure::token_time("it has expired"));
    }
    if expires.saturating_sub(issued) > LIFE_S_MAX {
        return Err(Failure::token_time(
            "`exp` is more than an hour after `iat`",
        ));
    }
    Ok(())
}

fn part(text: &str) -> Result<Value, Failure> {
    let bytes = URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| Failure::token("it is not base64"))?;
    serde_json::from_slice(&bytes).map_err(|_| Failure::token("it is not JSON"))
}

/// The DER of a `RSA PUBLIC KEY` (RFC 8017 appendix A.1.1), as `ring` takes it.
fn pkcs1_of(pem: &str) -> Option<Vec<u8>> {
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    STANDARD.decode(body).ok()
}

#[cfg(test)]
mod tests;
