//! `cordboard user reset`, `disable`, `enable` and `token`: what a user is let in with.

use crate::command::{NamedUser, ResetUser, UserToken};
use crate::user::{self, Added};
use std::time::{SystemTime, UNIX_EPOCH};
use store::{NewToken, Store, TokenKind, User};

/// Milliseconds of a day.
const DAY_MS: u64 = 86_400_000;

/// `cordboard user reset`.
///
/// # Errors
/// A sentence for the user.
pub(crate) async fn reset(options: ResetUser) -> Result<(), String> {
    let config = user::load(&options.files)?;
    let chosen = if options.password_stdin {
        Some(user::read_password()?)
    } else {
        None
    };
    let store = user::open(&options.files.data, &config).await?;
    let done = renew(&store, &options.name, &config.sip.realm, chosen).await;
    store.close().await;
    user::show(&done?, options.json, "reset")
}

async fn renew(
    store: &Store,
    name: &str,
    realm: &str,
    chosen: Option<String>,
) -> Result<Added, String> {
    let present = find(store, name).await?;
    let fresh = user::fresh_secrets(name, realm, chosen).await?;
    let stored = store.set_user_secrets(name, fresh.stored).await;
    stored.map_err(|error| error.to_string())?;
    Ok(Added {
        name: name.to_owned(),
        role: present.role.as_str().to_owned(),
        display_name: present.display_name,
        password: fresh.password,
        sip_user: name.to_owned(),
        sip_secret: fresh.sip_secret,
        sip_realm: realm.to_owned(),
    })
}

/// `cordboard user disable` and `enable`.
///
/// # Errors
/// A sentence for the user.
pub(crate) async fn set_disabled(options: &NamedUser, disabled: bool) -> Result<(), String> {
    let config = user::load(&options.files)?;
    let store = user::open(&options.files.data, &config).await?;
    let changed = store.set_user_disabled(&options.name, disabled).await;
    store.close().await;
    if !changed.map_err(|error| error.to_string())? {
        return Err(unknown(&options.name));
    }
    let state = if disabled { "disabled" } else { "enabled" };
    println!("User {} {state}.", options.name);
    Ok(())
}

/// `cordboard user token`.
///
/// # Errors
/// A sentence for the user.
pub(crate) async fn token(options: &UserToken) -> Result<(), String> {
    let config = user::load(&options.files)?;
    let store = user::open(&options.files.data, &config).await?;
    let done = give_token(&store, &options.name, options.days).await;
    store.close().await;
    println!("{}", done?);
    Ok(())
}

async fn give_token(store: &Store, name: &str, days: u32) -> Result<String, String> {
    find(store, name).await?;
    let token = backend::token::generate();
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_err(|_| "the clock is before 1970".to_owned())?;
    let now_ms = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
    let new = NewToken {
        token_sha256: backend::token::digest(&token),
        user: name.to_owned(),
        kind: TokenKind::Program,
        expires_at_ms: now_ms.saturating_add(u64::from(days) * DAY_MS),
    };
    store
        .add_token(new)
        .await
        .map_err(|error| error.to_string())?;
    Ok(token)
}

async fn find(store: &Store, name: &str) -> Result<User, String> {
    let found = store.user(name).await.map_err(|error| error.to_string())?;
    found.ok_or_else(|| unknown(name))
}

fn unknown(name: &str) -> String {
    format!("there is no user `{name}`; `cordboard user list` shows all")
}
