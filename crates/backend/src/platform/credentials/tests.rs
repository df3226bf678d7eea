use super::*;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::json;

use rsa::pkcs8::EncodePrivateKey as _;
use std::sync::OnceLock;

const NOW_S: i64 = 1_764_000_000;

fn pair() -> RsaKeyPair {
    static PRIVATE: OnceLock<Vec<u8>> = OnceLock::new();
    let private = PRIVATE.get_or_init(|| {
        let key = rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2_048).unwrap();
        key.to_pkcs8_der().unwrap().as_bytes().to_vec()
    });
    RsaKeyPair::from_pkcs8(private).unwrap()
}

fn keys() -> Vec<ServiceKey> {
    let public = STANDARD.encode(pair().public().as_ref());
    let key = |key_id: &str, kind, verifier| ServiceKey {
        key_id: key_id.into(),
        kind,
        verifier,
        note: String::new(),
        created_at_ms: 0,
    };
    let pem = format!("-----BEGIN RSA PUBLIC KEY-----\n{public}\n-----END RSA PUBLIC KEY-----\n");
    vec![
        key("one", KeyKind::Service, pem),
        key("two", KeyKind::Api, token::digest("the api key")),
    ]
}

fn signed(header: &Value, claims: &Value) -> String {
    let text = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    let body = format!("{}.{}", text(header), text(claims));
    let pair = pair();
    let mut signature = vec![0; pair.public().modulus_len()];
    pair.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        body.as_bytes(),
        &mut signature,
    )
    .unwrap();
    format!("{body}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn header() -> Value {
    json!({"alg": "RS256", "typ": "JWT", "kid": "one"})
}

fn claims() -> Value {
    json!({"iss": 1, "iat": NOW_S - 1, "exp": NOW_S + 63})
}

fn verdict(token: &str) -> Result<(), u32> {
    check(&keys(), Some(token), &Parameters::default(), NOW_S).map_err(|failure| failure.code)
}

#[test]
fn both_clients_tokens_are_taken() {
    assert_eq!(verdict(&signed(&header(), &claims())), Ok(()));
    let python = json!({"iss": "1", "iat": NOW_S - 5, "exp": NOW_S + 24});
    assert_eq!(verdict(&signed(&header(), &python)), Ok(()));
}

#[test]
fn each_flaw_of_a_token_has_its_code() {
    let with = |mut value: Value, key: &str, other: Value| {
        value[key] = other;
        value
    };
    let good = signed(&header(), &claims());
    let (body, _) = good.rsplit_once('.').unwrap();
    let other = signed(&header(), &with(claims(), "iss", json!(2)));
    let (_, foreign) = other.rsplit_once('.').unwrap();
    for (flaw, token, code) in [
        ("nothing", String::new(), 447),
        ("two parts", "e30.e30".into(), 447),
        ("no signature", format!("{body}."), 447),
        ("another's signature", format!("{body}.{foreign}"), 447),
        (
            "alg none",
            signed(&with(header(), "alg", json!("none")), &claims()),
            447,
        ),
        (
            "alg HS256",
            signed(&with(header(), "alg", json!("HS256")), &claims()),
            447,
        ),
        (
            "unknown key",
            signed(&with(header(), "kid", json!("three")), &claims()),
            454,
        ),
        (
            "an API key's id",
            signed(&with(header(), "kid", json!("two")), &claims()),
            454,
        ),
        (
            "no key",
            signed(&with(header(), "kid", Value::Null), &claims()),
            454,
        ),
        (
            "expired",
            signed(&header(), &with(claims(), "exp", json!(NOW_S - 31))),
            455,
        ),
        (
            "not yet",
            signed(&header(), &with(claims(), "iat", json!(NOW_S + 31))),
            455,
        ),
        (
            "no end",
            signed(&header(), &with(claims(), "exp", Value::Null)),
            455,
        ),
        (
            "too long",
            signed(&header(), &with(claims(), "exp", json!(NOW_S + 3_600))),
            455,
        ),
        ("another account", other.clone(), 456),
        (
            "no account",
            signed(&header(), &with(claims(), "iss", Value::Null)),
            456,
        ),
        ("endless", "x".repeat(TOKEN_BYTES_MAX + 1), 447),
    ] {
        assert_eq!(verdict(&token), Err(code), "{flaw}");
    }
}

#[test]
fn an_api_key_needs_the_account_it_belongs_to() {
    let sent = |pairs: &[(&str, &str)]| {
        let mut sent = Parameters::default();
        for (name, value) in pairs {
            sent.set((*name).into(), (*value).into());
        }
        check(&keys(), None, &sent, NOW_S).map_err(|failure| failure.code)
    };
    assert_eq!(
        sent(&[("account_id", "1"), ("api_key", "the api key")]),
        Ok(())
    );
    assert_eq!(
        sent(&[("account_name", "cordboard"), ("api_key", "the api key")]),
        Ok(())
    );
    assert_eq!(
        sent(&[
            ("account_email", account::EMAIL),
            ("api_key", "the api key")
        ]),
        Ok(())
    );
    assert_eq!(sent(&[("api_key", "the api key")]), Err(100));
    assert_eq!(
        sent(&[("account_id", "2"), ("api_key", "the api key")]),
        Err(100)
    );
    assert_eq!(
        sent(&[("account_id", "1"), ("api_key", "the api kez")]),
        Err(100)
    );
    assert_eq!(sent(&[("account_id", "1")]), Err(100));
    // The stored digest is not a key.
    let digest = token::digest("the api key");
    assert_eq!(sent(&[("account_id", "1"), ("api_key", &digest)]), Err(100));
}
