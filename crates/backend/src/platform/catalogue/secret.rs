//! Secrets for `VoxEngine.getSecretValue`. Sessions of every application see
//! them; the name is unique over the account.

use super::super::failure::Failure;
use super::super::parameters::Parameters;
use super::{Catalogue, MAIN_APPLICATION, Object, date, page, room};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Longest name, bytes.
const NAME_BYTES_MAX: usize = 200;
/// Longest value, bytes.
const VALUE_BYTES_MAX: usize = 8_192;
/// Longest description, bytes.
const DESCRIPTION_BYTES_MAX: usize = 1_024;

/// A secret.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Secret {
    pub(crate) application_id: u64,
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) description: String,
    pub(crate) modified_ms: u64,
}

// Its value must not reach a log.
impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secret")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Catalogue {
    /// `AddSecret`
    pub(crate) fn add_secret(&mut self, sent: &Parameters, now_ms: u64) -> Result<Value, Failure> {
        let application_id = self.application_of(sent)?.unwrap_or(MAIN_APPLICATION);
        let name = secret_name(sent, "secret_name")?;
        if self.secret_named(name).is_some() {
            return Err(Failure::argument("secret_name", "is taken"));
        }
        room(self.secrets().count(), "secrets")?;
        let secret = Secret {
            application_id,
            name: name.to_owned(),
            value: sent.required("secret_value", VALUE_BYTES_MAX)?.to_owned(),
            description: described(sent)?.unwrap_or_default(),
            modified_ms: now_ms,
        };
        let id = self.new_id();
        self.put(id, Object::Secret(secret));
        Ok(json!({"result": [{"secret_id": id}]}))
    }

    /// `SetSecretInfo`
    pub(crate) fn set_secret(&mut self, sent: &Parameters, now_ms: u64) -> Result<Value, Failure> {
        let (id, mut secret) = self.one_secret(sent)?;
        if sent.text("new_secret_name").is_some() {
            let name = secret_name(sent, "new_secret_name")?;
            if self.secret_named(name).is_some_and(|other| other != id) {
                return Err(Failure::argument("new_secret_name", "is taken"));
            }
            secret.name = name.to_owned();
        }
        if sent.sent("secret_value").is_some() {
            secret.value = sent.required("secret_value", VALUE_BYTES_MAX)?.to_owned();
        }
        if let Some(text) = described(sent)? {
            secret.description = text;
        }
        secret.modified_ms = now_ms;
        self.put(id, Object::Secret(secret));
        Ok(json!({"result": 1}))
    }

    /// `DelSecret`
    pub(crate) fn del_secret(&mut self, sent: &Parameters) -> Result<Value, Failure> {
        let mut ids = sent.numbers("secret_id")?;
        for name in sent.list("secret_name") {
            let found = self.secret_named(name);
            ids.push(found.ok_or_else(|| Failure::argument("secret_name", "is unknown"))?);
        }
        if ids.is_empty() {
            return Err(Failure::argument("secret_id", "is missing"));
        }
        for id in ids {
            self.secret(id)?;
            self.remove(id);
        }
        Ok(json!({"result": 1}))
    }

    /// `GetSecrets`: everything but the values.
    pub(crate) fn get_secrets(&self, sent: &Parameters) -> Result<Value, Failure> {
        let application = self.application_of(sent)?;
        let part = sent.text("secret_name_part").unwrap_or_default();
        let rows = self.secrets().filter(|(_, secret)| {
            application.is_none_or(|id| id == secret.application_id) && secret.name.contains(part)
        });
        let shown = rows.map(|(id, secret)| {
            json!({
                "secret_id": id, "secret_name": secret.name, "description": secret.description,
                "application_id": secret.application_id, "modified": date(secret.modified_ms),
            })
        });
        page(shown.collect(), sent)
    }

    /// `GetSecretValue`
    pub(crate) fn get_secret_value(&self, sent: &Parameters) -> Result<Value, Failure> {
        let (id, secret) = self.one_secret(sent)?;
        let row =
            json!({"secret_id": id, "secret_name": secret.name, "secret_value": secret.value});
        Ok(json!({ "result": [row] }))
    }

    fn one_secret(&self, sent: &Parameters) -> Result<(u64, Secret), Failure> {
        let id = match sent.number("secret_id")? {
            Some(id) => id,
            None => {
                let name = sent.required("secret_name", NAME_BYTES_MAX)?;
                let found = self.secret_named(name);
                found.ok_or_else(|| Failure::argument("secret_name", "is unknown"))?
            }
        };
        Ok((id, self.secret(id)?.clone()))
    }

    fn secret(&self, id: u64) -> Result<&Secret, Failure> {
        match self.objects.get(&id) {
            Some(Object::Secret(secret)) => Ok(secret),
            Some(_) | None => Err(Failure::argument("secret_id", format!("{id} is unknown"))),
        }
    }

    fn secret_named(&self, name: &str) -> Option<u64> {
        let mut all = self.secrets();
        all.find(|(_, secret)| secret.name == name)
            .map(|(id, _)| id)
    }

    pub(super) fn secrets(&self) -> impl Iterator<Item = (u64, &Secret)> {
        self.objects.iter().filter_map(|(id, object)| match object {
            Object::Secret(secret) => Some((*id, secret)),
            Object::Counter { .. }
            | Object::Application(_)
            | Object::Scenario(_)
            | Object::Rule(_)
            | Object::User(_) => None,
        })
    }
}

fn secret_name<'p>(sent: &'p Parameters, key: &'static str) -> Result<&'p str, Failure> {
    let name = sent.required(key, NAME_BYTES_MAX)?;
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if !name.chars().all(good) {
        return Err(Failure::argument(
            key,
            "has other than letters, digits, `_`, `-` and `.`",
        ));
    }
    Ok(name)
}

fn described(sent: &Parameters) -> Result<Option<String>, Failure> {
    Ok(sent
        .optional("description", DESCRIPTION_BYTES_MAX)?
        .map(str::to_owned))
}
