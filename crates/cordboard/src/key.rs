//! `cordboard key`: keys with which programs use the management API. The key
//! file is what the cloud's official clients read; the database keeps the public
//! half of a pair, or the digest of an API key.

use crate::command::{AddKey, Files, RemoveKey};
use crate::user;
use backend::platform::account;
use rsa::RsaPrivateKey;
use rsa::pkcs1::EncodeRsaPublicKey as _;
use rsa::pkcs8::{EncodePrivateKey as _, LineEnding};
use std::path::Path;
use store::{KeyKind, ServiceKey, Store};

/// Length of the modulus: what the cloud gives out, and enough until 2030
/// (NIST SP 800-57 part 1).
const RSA_BITS: usize = 2_048;

/// `cordboard key add`.
///
/// # Errors
/// A sentence for the user.
pub(crate) async fn add(options: &AddKey) -> Result<(), String> {
    let config = user::load(&options.files)?;
    let store = user::open(&options.files.data, &config).await?;
    let done = if options.api {
        add_api_key(&store, options).await
    } else {
        add_pair(&store, options).await
    };
    store.close().await;
    println!("{}", done?);
    Ok(())
}

async fn add_api_key(store: &Store, options: &AddKey) -> Result<String, String> {
    let api_key = backend::token::generate();
    let digest = backend::token::digest(&api_key);
    keep(store, options, KeyKind::Api, digest).await?;
    Ok(api_key)
}

async fn add_pair(store: &Store, options: &AddKey) -> Result<String, String> {
    let private = RsaPrivateKey::new(&mut rsa::rand_core::OsRng, RSA_BITS)
        .map_err(|error| format!("no key could be made: {error}"))?;
    let public = private
        .to_public_key()
        .to_pkcs1_pem(LineEnding::LF)
        .map_err(|error| error.to_string())?;
    let secret = private
        .to_pkcs8_pem(LineEnding::LF)
        .map_err(|error| error.to_string())?;
    let key_id = keep(store, options, KeyKind::Service, public).await?;
    let file = serde_json::json!({
        "account_email": account::EMAIL, "account_id": account::ID,
        "key_id": key_id, "private_key": secret.as_str(),
    });
    let Some(path) = &options.file else {
        return Ok(format!("{file:#}"));
    };
    if let Err(why) = write_new(path, &format!("{file:#}\n")) {
        // A key that nobody holds is not left behind.
        store
            .remove_service_key(&key_id)
            .await
            .map_err(|error| error.to_string())?;
        return Err(format!(
            "--file: {} cannot be written: {why}",
            path.display()
        ));
    }
    Ok(format!("Key {key_id} is in {}.", path.display()))
}

/// `cordboard key list`.
///
/// # Errors
/// A sentence for the user.
pub(crate) async fn list(files: &Files) -> Result<(), String> {
    let config = user::load(files)?;
    let store = user::open(&files.data, &config).await?;
    let keys = store.service_keys().await;
    store.close().await;
    for key in keys.map_err(|error| error.to_string())? {
        println!("{}  {:<8} {}", key.key_id, key.kind.as_str(), key.note);
    }
    Ok(())
}

/// `cordboard key remove`.
///
/// # Errors
/// A sentence for the user.
pub(crate) async fn remove(options: &RemoveKey) -> Result<(), String> {
    let config = user::load(&options.files)?;
    let store = user::open(&options.files.data, &config).await?;
    let gone = store.remove_service_key(&options.key_id).await;
    store.close().await;
    if gone.map_err(|error| error.to_string())? {
        println!("Key {} is removed.", options.key_id);
        return Ok(());
    }
    let id = &options.key_id;
    Err(format!(
        "there is no key `{id}`; `cordboard key list` shows all"
    ))
}

async fn keep(
    store: &Store,
    options: &AddKey,
    kind: KeyKind,
    verifier: String,
) -> Result<String, String> {
    let key_id = random_id()?;
    let key = ServiceKey {
        key_id: key_id.clone(),
        kind,
        verifier,
        note: options.note.clone(),
        created_at_ms: 0,
    };
    let added = store.add_service_key(key).await;
    added.map_err(|error| error.to_string())?;
    Ok(key_id)
}

/// In the form of the cloud's: `8-4-4-4-12` hexadecimal digits, random (RFC 9562 §5.4).
fn random_id() -> Result<String, String> {
    let mut bytes = [0_u8; 16];
    getrandom::fill(&mut bytes).map_err(|error| format!("no random numbers: {error}"))?;
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let parts = [
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    ];
    Ok(parts.join("-"))
}

/// An older key file is not overwritten.
fn write_new(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    options.open(path)?.write_all(text.as_bytes())
}
