//! People and their roles.

use crate::{Store, StoreError, from_sql, now_ms, to_sql};
use sqlx::Row;
use sqlx::any::AnyRow;

/// What a user may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Takes calls.
    Agent,
    /// Sees calls, queues and agents.
    Supervisor,
    /// May do everything.
    Admin,
}

impl Role {
    /// The word used in the database, the API and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Supervisor => "supervisor",
            Self::Admin => "admin",
        }
    }

    /// Reads the word; `None` for anything else.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "agent" => Some(Self::Agent),
            "supervisor" => Some(Self::Supervisor),
            "admin" => Some(Self::Admin),
            _ => None,
        }
    }
}

impl std::str::FromStr for Role {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Self::parse(word)
            .ok_or_else(|| format!("`{word}` is no role: use agent, supervisor or admin"))
    }
}

/// A user to be added.
#[derive(Clone, PartialEq, Eq)]
pub struct NewUser {
    /// Unique user name.
    pub name: String,
    /// Role.
    pub role: Role,
    /// Name shown to people.
    pub display_name: String,
    /// Argon2id hash in PHC form; `None` for a user who cannot sign in.
    pub password_hash: Option<String>,
    /// Digest secret for SIP, MD5 (RFC 8760 `H(A1)`), hexadecimal.
    pub sip_ha1_md5: String,
    /// Digest secret for SIP, SHA-256, hexadecimal.
    pub sip_ha1_sha256: String,
    /// The realm that both secrets are bound to.
    pub sip_realm: String,
    /// Where the agent's phone is, as the contract's `contact` object; `None`
    /// for a phone registered under the user's name.
    pub contact_json: Option<String>,
}

/// New secrets of a user who is there already.
#[derive(Clone, PartialEq, Eq)]
pub struct NewSecrets {
    /// Argon2id hash in PHC form.
    pub password_hash: String,
    /// Digest secret for SIP, MD5, hexadecimal.
    pub sip_ha1_md5: String,
    /// Digest secret for SIP, SHA-256, hexadecimal.
    pub sip_ha1_sha256: String,
    /// The realm that both secrets are bound to.
    pub sip_realm: String,
}

/// A user as stored.
#[derive(Clone, PartialEq, Eq)]
pub struct User {
    /// Unique user name.
    pub name: String,
    /// Role.
    pub role: Role,
    /// Name shown to people.
    pub display_name: String,
    /// Argon2id hash in PHC form.
    pub password_hash: Option<String>,
    /// Digest secret for SIP, MD5.
    pub sip_ha1_md5: String,
    /// Digest secret for SIP, SHA-256.
    pub sip_ha1_sha256: String,
    /// The realm of both secrets.
    pub sip_realm: String,
    /// Where the agent's phone is.
    pub contact_json: Option<String>,
    /// When the user was added, milliseconds since 1970 UTC.
    pub created_at_ms: u64,
    /// A disabled user can neither sign in nor be offered calls.
    pub disabled: bool,
}

// Secrets must not reach a log by way of `{:?}`.
impl std::fmt::Debug for User {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("User")
            .field("name", &self.name)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for NewUser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewUser")
            .field("name", &self.name)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

const COLUMNS_BY_NAME: &str = "SELECT name, role, display_name, password_hash, sip_ha1_md5, sip_ha1_sha256, \
     sip_realm, contact_json, created_at, disabled FROM users WHERE name = $1";
const COLUMNS_OF_ALL: &str = "SELECT name, role, display_name, password_hash, sip_ha1_md5, sip_ha1_sha256, \
     sip_realm, contact_json, created_at, disabled FROM users ORDER BY name";

impl Store {
    /// Adds a user. A name that is taken is [`StoreError::DuplicateUser`].
    pub async fn add_user(&self, user: NewUser) -> Result<(), StoreError> {
        let added = sqlx::query(
            "INSERT INTO users (name, role, display_name, password_hash, sip_ha1_md5, sip_ha1_sha256, sip_realm, \
             contact_json, created_at, disabled) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
             ON CONFLICT (name) DO NOTHING",
        )
        .bind(&user.name)
        .bind(user.role.as_str())
        .bind(&user.display_name)
        .bind(&user.password_hash)
        .bind(&user.sip_ha1_md5)
        .bind(&user.sip_ha1_sha256)
        .bind(&user.sip_realm)
        .bind(&user.contact_json)
        .bind(to_sql(now_ms()))
        .bind(0_i64)
        .execute(&self.pool)
        .await?;
        if added.rows_affected() == 0 {
            return Err(StoreError::DuplicateUser(user.name));
        }
        Ok(())
    }

    /// All users, by name.
    pub async fn users(&self) -> Result<Vec<User>, StoreError> {
        let rows = sqlx::query(COLUMNS_OF_ALL).fetch_all(&self.pool).await?;
        rows.iter().map(user_of).collect()
    }

    /// One user; `None` when there is none of that name.
    pub async fn user(&self, name: &str) -> Result<Option<User>, StoreError> {
        let row = sqlx::query(COLUMNS_BY_NAME)
            .bind(name)
            .fetch_optional(&self.pool)
            .await?;
        row.as_ref().map(user_of).transpose()
    }

    /// Gives a user a new password and a new SIP secret and signs the user out
    /// everywhere; says whether there is one of that name.
    pub async fn set_user_secrets(
        &self,
        name: &str,
        secrets: NewSecrets,
    ) -> Result<bool, StoreError> {
        let mut change = self.pool.begin().await?;
        let changed = sqlx::query(
            "UPDATE users SET password_hash = $1, sip_ha1_md5 = $2, sip_ha1_sha256 = $3, sip_realm = $4 \
             WHERE name = $5",
        )
        .bind(&secrets.password_hash)
        .bind(&secrets.sip_ha1_md5)
        .bind(&secrets.sip_ha1_sha256)
        .bind(&secrets.sip_realm)
        .bind(name)
        .execute(&mut *change)
        .await?;
        sqlx::query("DELETE FROM tokens WHERE user_name = $1")
            .bind(name)
            .execute(&mut *change)
            .await?;
        change.commit().await?;
        Ok(changed.rows_affected() > 0)
    }

    /// Changes the name shown to people; says whether there is such a user.
    pub async fn set_user_display_name(&self, name: &str, shown: &str) -> Result<bool, StoreError> {
        let changed = sqlx::query("UPDATE users SET display_name = $1 WHERE name = $2")
            .bind(shown)
            .bind(name)
            .execute(&self.pool)
            .await?;
        Ok(changed.rows_affected() > 0)
    }

    /// Removes a user and signs it out everywhere; says whether there was one.
    pub async fn remove_user(&self, name: &str) -> Result<bool, StoreError> {
        let mut change = self.pool.begin().await?;
        sqlx::query("DELETE FROM tokens WHERE user_name = $1")
            .bind(name)
            .execute(&mut *change)
            .await?;
        let gone = sqlx::query("DELETE FROM users WHERE name = $1")
            .bind(name)
            .execute(&mut *change)
            .await?;
        change.commit().await?;
        Ok(gone.rows_affected() > 0)
    }

    /// Disables or enables a user; says whether there is one of that name.
    pub async fn set_user_disabled(&self, name: &str, disabled: bool) -> Result<bool, StoreError> {
        let changed = sqlx::query("UPDATE users SET disabled = $1 WHERE name = $2")
            .bind(i64::from(disabled))
            .bind(name)
            .execute(&self.pool)
            .await?;
        Ok(changed.rows_affected() > 0)
    }
}

pub(crate) fn role_of(word: &str, table: &'static str) -> Result<Role, StoreError> {
    Role::parse(word).ok_or_else(|| StoreError::BadRow {
        table,
        why: format!("unknown role `{word}`"),
    })
}

fn user_of(row: &AnyRow) -> Result<User, StoreError> {
    let role: String = row.try_get("role")?;
    Ok(User {
        name: row.try_get("name")?,
        role: role_of(&role, "users")?,
        display_name: row.try_get("display_name")?,
        password_hash: row.try_get("password_hash")?,
        sip_ha1_md5: row.try_get("sip_ha1_md5")?,
        sip_ha1_sha256: row.try_get("sip_ha1_sha256")?,
        sip_realm: row.try_get("sip_realm")?,
        contact_json: row.try_get("contact_json")?,
        created_at_ms: from_sql(row.try_get("created_at")?),
        disabled: row.try_get::<i64, _>("disabled")? != 0,
    })
}
