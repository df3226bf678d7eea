//! `cordboard user`: people, their roles and their secrets.

use crate::command::{AddUser, Files, ListUsers};
use crate::config::{self, Config};
use serde::Serialize;
use std::io::Read;
use std::path::{Path, PathBuf};
use store::{NewUser, Role, Store};

/// Shortest password accepted from people; generated ones have 120 bits.
const PASSWORD_CHARS_MIN: usize = 8;
/// Longest user name.
const NAME_CHARS_MAX: usize = 64;
/// Bytes of randomness in a SIP secret: 160 bits, above the 128 that make
/// guessing hopeless.
const SIP_SECRET_BYTES: usize = 20;
/// Bytes of randomness in a generated password.
const PASSWORD_BYTES: usize = 15;

/// A user with the secrets that are shown once.
#[derive(Debug, Serialize)]
pub(crate) struct Added {
    /// User name.
    pub name: String,
    /// Role.
    pub role: String,
    /// Name for people.
    pub display_name: String,
    /// The password, when it was made here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// SIP user name.
    pub sip_user: String,
    /// SIP secret.
    pub sip_secret: String,
    /// Realm that the secret is bound to.
    pub sip_realm: String,
}

/// What `add` needs to know.
pub(crate) struct Wanted {
    /// User name.
    pub name: String,
    /// Role.
    pub role: Role,
    /// Name for people.
    pub display_name: Option<String>,
    /// A chosen password.
    pub password: Option<String>,
    /// SIP URI or number.
    pub contact: Option<String>,
}

/// `cordboard user add`.
///
/// # Errors
/// A sentence for the user.
pub(crate) async fn add(options: AddUser) -> Result<(), String> {
    let config = load(&options.files)?;
    let password = if options.password_stdin {
        Some(read_password()?)
    } else {
        None
    };
    let wanted = Wanted {
        name: options.name,
        role: options.role,
        display_name: options.display_name,
        password,
        contact: options.contact,
    };
    let store = open(&options.files.data, &config).await?;
    let added = create(&store, &config.sip.realm, wanted).await;
    store.close().await;
    let added = added?;
    show(&added, options.json, "added")
}

/// Prints what is shown once. `done` is `added` or `reset`.
///
/// # Errors
/// A sentence for the user.
pub(crate) fn show(added: &Added, json: bool, done: &str) -> Result<(), String> {
    if json {
        let text = serde_json::to_string(added).map_err(|error| error.to_string())?;
        println!("{text}");
        return Ok(());
    }
    println!(
        "User {} ({}) {done}. These are shown only now:",
        added.name, added.role
    );
    if let Some(password) = &added.password {
        println!("  password    {password}");
    }
    println!("  SIP user    {}", added.sip_user);
    println!("  SIP secret  {}", added.sip_secret);
    println!("  SIP realm   {}", added.sip_realm);
    Ok(())
}

/// Adds a user and makes the secrets.
///
/// # Errors
/// A sentence for the user.
pub(crate) async fn create(store: &Store, realm: &str, wanted: Wanted) -> Result<Added, String> {
    check_name(&wanted.name)?;
    let contact_json = wanted.contact.as_deref().map(contact).transpose()?;
    let fresh = fresh_secrets(&wanted.name, realm, wanted.password).await?;
    let display_name = wanted.display_name.unwrap_or_else(|| wanted.name.clone());
    let user = NewUser {
        name: wanted.name.clone(),
        role: wanted.role,
        display_name: display_name.clone(),
        password_hash: Some(fresh.stored.password_hash),
        sip_ha1_md5: fresh.stored.sip_ha1_md5,
        sip_ha1_sha256: fresh.stored.sip_ha1_sha256,
        sip_realm: realm.to_owned(),
        contact_json,
    };
    store
        .add_user(user)
        .await
        .map_err(|error| error.to_string())?;
    Ok(Added {
        name: wanted.name.clone(),
        role: wanted.role.as_str().to_owned(),
        display_name,
        password: fresh.password,
        sip_user: wanted.name,
        sip_secret: fresh.sip_secret,
        sip_realm: realm.to_owned(),
    })
}

/// A user's secrets: what is shown once and what is stored.
pub(crate) struct Fresh {
    /// The password, when it was made here.
    pub(crate) password: Option<String>,
    /// SIP secret.
    pub(crate) sip_secret: String,
    /// For the database.
    pub(crate) stored: store::NewSecrets,
}

/// Makes a SIP secret, and a password unless one is chosen.
///
/// # Errors
/// A sentence for the user.
pub(crate) async fn fresh_secrets(
    name: &str,
    realm: &str,
    chosen: Option<String>,
) -> Result<Fresh, String> {
    let made = match &chosen {
        Some(chosen) => {
            check_password(chosen)?;
            None
        }
        None => Some(random_text(PASSWORD_BYTES)?),
    };
    let password = chosen.or_else(|| made.clone()).unwrap_or_default();
    let hashed = tokio::task::spawn_blocking(move || backend::password::hash(&password)).await;
    let password_hash = hashed
        .map_err(|error| error.to_string())?
        .map_err(|error| error.to_string())?;
    let sip_secret = random_text(SIP_SECRET_BYTES)?;
    let ha1 = sip::ha1(name, realm, &sip_secret);
    let stored = store::NewSecrets {
        password_hash,
        sip_ha1_md5: ha1.md5,
        sip_ha1_sha256: ha1.sha256,
        sip_realm: realm.to_owned(),
    };
    Ok(Fresh {
        password: made,
        sip_secret,
        stored,
    })
}

/// `cordboard user list`.
///
/// # Errors
/// A sentence for the user.
pub(crate) async fn list(options: &ListUsers) -> Result<(), String> {
    let config = load(&options.files)?;
    let store = open(&options.files.data, &config).await?;
    let users = store.users().await;
    store.close().await;
    for user in users.map_err(|error| error.to_string())? {
        if options.json {
            let line = serde_json::json!({
                "name": user.name, "role": user.role.as_str(),
                "display_name": user.display_name, "disabled": user.disabled,
            });
            println!("{line}");
        } else {
            let note = if user.disabled { "  (disabled)" } else { "" };
            println!(
                "{:<20} {:<12} {}{note}",
                user.name,
                user.role.as_str(),
                user.display_name
            );
        }
    }
    Ok(())
}

/// Loads the configuration that the options name.
///
/// # Errors
/// A sentence for the user.
pub(crate) fn load(files: &Files) -> Result<Config, String> {
    let default = PathBuf::from("cordboard.toml");
    let file = files
        .config
        .clone()
        .or_else(|| default.is_file().then_some(default));
    config::load(file.as_deref(), std::env::vars()).map_err(|error| error.to_string())
}

/// Opens the database of a data folder, which is made when absent.
///
/// # Errors
/// A sentence for the user.
pub(crate) async fn open(data: &Path, config: &Config) -> Result<Store, String> {
    use std::os::unix::fs::DirBuilderExt as _;
    // Password hashes, tokens and callers' numbers live here: the owner's only.
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data)
        .map_err(|error| format!("--data: cannot make {}: {error}", data.display()))?;
    open_database(data, config, false).await
}

/// Opens the database only to look at it, also while a backend uses it.
///
/// # Errors
/// A sentence for the user.
pub(crate) async fn open_to_read(data: &Path, config: &Config) -> Result<Store, String> {
    open_database(data, config, true).await
}

async fn open_database(data: &Path, config: &Config, read_only: bool) -> Result<Store, String> {
    let file = data.join("cordboard.db");
    let Some(path) = file.to_str() else {
        return Err(format!("--data: {} is not a readable path", data.display()));
    };
    let database = &config.database;
    let place = match database.url.as_str() {
        "" => path,
        url => url,
    };
    let options = store::OpenOptions {
        sqlite_sync: match database.sqlite_sync {
            config::SqliteSync::Normal => store::SqliteSync::Normal,
            config::SqliteSync::Full => store::SqliteSync::Full,
        },
        read_only,
    };
    let opened = Store::open_with(place, options).await;
    opened.map_err(|error| error.to_string())
}

pub(crate) fn read_password() -> Result<String, String> {
    let mut text = String::new();
    std::io::stdin()
        .take(4_096)
        .read_to_string(&mut text)
        .map_err(|error| format!("the password cannot be read from standard input: {error}"))?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

fn check_name(name: &str) -> Result<(), String> {
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if name.is_empty() || name.len() > NAME_CHARS_MAX || !name.chars().all(good) {
        return Err(format!(
            "user name `{name}`: use 1 to {NAME_CHARS_MAX} letters, digits, `.`, `_` or `-`"
        ));
    }
    Ok(())
}

fn check_password(password: &str) -> Result<(), String> {
    if password.chars().count() < PASSWORD_CHARS_MIN {
        return Err(format!(
            "the password is shorter than {PASSWORD_CHARS_MIN} characters"
        ));
    }
    Ok(())
}

/// The contract's contact object for a SIP URI or a telephone number.
fn contact(text: &str) -> Result<String, String> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    let contact = if text.starts_with("sip:") || text.starts_with("sips:") {
        acd::Contact::Sip {
            uri: text.to_owned(),
        }
    } else if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        acd::Contact::Phone {
            number: text.to_owned(),
        }
    } else {
        return Err(format!(
            "--contact `{text}`: use a SIP URI (sip:...) or a telephone number"
        ));
    };
    serde_json::to_string(&contact).map_err(|error| error.to_string())
}

/// Random text of letters, digits, `-` and `_`.
fn random_text(bytes: usize) -> Result<String, String> {
    use base64::Engine as _;
    let mut random = vec![0_u8; bytes];
    getrandom::fill(&mut random).map_err(|error| format!("no random numbers: {error}"))?;
    Ok(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(random))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contact_is_a_uri_or_a_number() {
        assert_eq!(
            contact("sip:a@b").unwrap(),
            r#"{"type":"sip","uri":"sip:a@b"}"#
        );
        assert_eq!(
            contact("+7495").unwrap(),
            r#"{"type":"phone","number":"+7495"}"#
        );
        for wrong in ["anna", "+", "", "7 495"] {
            assert!(contact(wrong).unwrap_err().contains("--contact"), "{wrong}");
        }
    }

    #[test]
    fn names_that_would_break_a_uri_are_refused() {
        for wrong in ["", "a b", "a@b", "sip:a", "a\r\nb", "анна"] {
            assert!(check_name(wrong).is_err(), "{wrong}");
        }
        assert!(check_name("anna.k-1_2").is_ok());
    }

    #[test]
    fn a_generated_sip_secret_has_at_least_128_bits() {
        let one = random_text(SIP_SECRET_BYTES).unwrap();
        assert!(one.len() * 6 >= 128);
        assert_ne!(one, random_text(SIP_SECRET_BYTES).unwrap());
    }
}
