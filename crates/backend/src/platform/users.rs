//! Users by the management API: agents with a phone. The password is both that
//! of the page and the SIP secret, as the cloud has one for both.

use super::Platform;
use super::catalogue::page;
use super::failure::Failure;
use super::parameters::Parameters;
use crate::password;
use md5::Md5;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use store::{NewSecrets, NewUser, Role, StoreError, User};

/// Longest names, bytes.
const NAME_BYTES_MAX: usize = 49;
const DISPLAY_NAME_BYTES_MAX: usize = 255;
/// Shortest password: a SIP secret can be guessed at from outside.
const PASSWORD_CHARS_MIN: usize = 8;
/// Longest `user_custom_data`, bytes.
const CUSTOM_DATA_BYTES_MAX: usize = 1_024;

impl Platform {
    /// `AddUser`
    pub(super) async fn add_user(&self, sent: &Parameters) -> Result<Value, Failure> {
        self.catalogue.lock().await.application_of(sent)?;
        let name = user_name(sent)?.to_owned();
        let display_name = sent.required("user_display_name", DISPLAY_NAME_BYTES_MAX)?;
        let secrets = self.secrets(&name, sent).await?;
        let custom_data = sent.optional("user_custom_data", CUSTOM_DATA_BYTES_MAX)?;
        let user = NewUser {
            name: name.clone(),
            role: Role::Agent,
            display_name: display_name.to_owned(),
            password_hash: Some(secrets.password_hash),
            sip_ha1_md5: secrets.sip_ha1_md5,
            sip_ha1_sha256: secrets.sip_ha1_sha256,
            sip_realm: secrets.sip_realm,
            contact_json: None,
        };
        self.store
            .add_user(user)
            .await
            .map_err(|failure| match failure {
                StoreError::DuplicateUser(_) => Failure::argument("user_name", "is taken"),
                other => other.into(),
            })?;
        if sent.flag("user_active")? == Some(false) {
            self.store.set_user_disabled(&name, true).await?;
        }
        let id = self
            .change(|catalogue, _| {
                let id = catalogue.user_id(&name);
                catalogue.set_custom_data(id, custom_data.unwrap_or_default());
                Ok(id)
            })
            .await?;
        Ok(json!({"result": 1, "user_id": id}))
    }

    /// `SetUserInfo`
    pub(super) async fn set_user(&self, sent: &Parameters) -> Result<Value, Failure> {
        let user = self.one_user(sent).await?;
        if sent
            .text("new_user_name")
            .is_some_and(|new| new != user.name)
        {
            return Err(Failure::forbidden(
                "a user cannot be renamed: calls are recorded by name",
            ));
        }
        if sent.text("user_password").is_some() {
            let secrets = self.secrets(&user.name, sent).await?;
            self.store.set_user_secrets(&user.name, secrets).await?;
        }
        if let Some(name) = sent.optional("user_display_name", DISPLAY_NAME_BYTES_MAX)?
            && !name.is_empty()
        {
            self.store.set_user_display_name(&user.name, name).await?;
        }
        if let Some(active) = sent.flag("user_active")? {
            self.store.set_user_disabled(&user.name, !active).await?;
        }
        if let Some(text) = sent.optional("user_custom_data", CUSTOM_DATA_BYTES_MAX)? {
            let set = |catalogue: &mut super::Catalogue, _| {
                let id = catalogue.user_id(&user.name);
                catalogue.set_custom_data(id, text);
                Ok(())
            };
            self.change(set).await?;
        }
        Ok(json!({"result": 1}))
    }

    /// `DelUser`
    pub(super) async fn del_user(&self, sent: &Parameters) -> Result<Value, Failure> {
        let mut names: Vec<String> = sent
            .list("user_name")
            .into_iter()
            .map(str::to_owned)
            .collect();
        for id in sent.numbers("user_id")? {
            names.push(self.catalogue.lock().await.user_name(id)?);
        }
        if names.is_empty() {
            return Err(Failure::argument("user_id", "is missing"));
        }
        for name in names {
            if !self.store.remove_user(&name).await? {
                return Err(Failure::argument("user_name", "is unknown"));
            }
        }
        Ok(json!({"result": 1}))
    }

    /// `GetUsers`
    pub(super) async fn get_users(&self, sent: &Parameters) -> Result<Value, Failure> {
        let id = sent.number("user_id")?;
        let (name, shown_name) = (sent.text("user_name"), sent.text("user_display_name"));
        let active = sent.flag("user_active")?;
        let users = self.store.users().await?;
        let rows = self
            .change(|catalogue, _| {
                let mut rows = Vec::new();
                for user in &users {
                    let own = catalogue.user_id(&user.name);
                    let fits = id.is_none_or(|id| id == own)
                        && name.is_none_or(|part| user.name.contains(part))
                        && shown_name.is_none_or(|part| user.display_name.contains(part))
                        && active.is_none_or(|wanted| wanted != user.disabled);
                    if fits {
                        rows.push(json!({
                            "user_id": own, "user_name": user.name,
                            "user_display_name": user.display_name, "user_active": !user.disabled,
                            "user_custom_data": catalogue.custom_data(own), "parent_accounting": true,
                            "balance": 0, "live_balance": 0, "fixed_balance": 0,
                            "created": super::catalogue::date(user.created_at_ms),
                        }));
                    }
                }
                Ok(rows)
            })
            .await?;
        page(rows, sent)
    }

    async fn one_user(&self, sent: &Parameters) -> Result<User, Failure> {
        let name = match sent.number("user_id")? {
            Some(id) => self.catalogue.lock().await.user_name(id)?,
            None => user_name(sent)?.to_owned(),
        };
        let found = self.store.user(&name).await?;
        found.ok_or_else(|| Failure::argument("user_name", "is unknown"))
    }

    async fn secrets(&self, name: &str, sent: &Parameters) -> Result<NewSecrets, Failure> {
        let chosen = sent
            .required("user_password", password::LENGTH_MAX)?
            .to_owned();
        if chosen.chars().count() < PASSWORD_CHARS_MIN {
            let why = format!("is shorter than {PASSWORD_CHARS_MIN} characters");
            return Err(Failure::argument("user_password", why));
        }
        // H(A1) of RFC 8760 and RFC 7616.
        let a1 = format!("{name}:{}:{chosen}", self.sip_realm);
        let hash = tokio::task::spawn_blocking(move || password::hash(&chosen)).await;
        let hash = hash
            .map_err(|error| Failure::internal(error.to_string()))?
            .map_err(|error| Failure::internal(error.to_string()))?;
        Ok(NewSecrets {
            password_hash: hash,
            sip_ha1_md5: crate::token::hex(&Md5::digest(&a1)),
            sip_ha1_sha256: crate::token::hex(&Sha256::digest(&a1)),
            sip_realm: self.sip_realm.clone(),
        })
    }
}

fn user_name(sent: &Parameters) -> Result<&str, Failure> {
    let name = sent.required("user_name", NAME_BYTES_MAX)?;
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if !name.chars().all(good) {
        return Err(Failure::argument(
            "user_name",
            "has other than letters, digits, `.`, `_` and `-`",
        ));
    }
    Ok(name)
}
