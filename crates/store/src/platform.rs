//! What the management API keeps, and the keys of the programs that use it.

use crate::{Store, StoreError, from_sql, now_ms, to_sql};
use sqlx::Row;

/// What kind of secret a program holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// An RSA private key; the public half is stored.
    Service,
    /// A text; its SHA-256 is stored.
    Api,
}

impl KeyKind {
    /// The word in the database and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Api => "api",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        match word {
            "service" => Some(Self::Service),
            "api" => Some(Self::Api),
            _ => None,
        }
    }
}

/// A program's key as it is stored: nobody can sign in with what is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceKey {
    /// Public name of the key.
    pub key_id: String,
    /// What the program holds.
    pub kind: KeyKind,
    /// Public key (PEM) or SHA-256 (hexadecimal).
    pub verifier: String,
    /// Whose it is, in the operator's words.
    pub note: String,
    /// Milliseconds since 1970 UTC; set when it is added.
    pub created_at_ms: u64,
}

const KEYS: &str =
    "SELECT key_id, kind, verifier, note, created_at FROM service_keys ORDER BY created_at, key_id";

impl Store {
    /// Every object of the management API, by id.
    pub async fn platform_objects(&self) -> Result<Vec<(u64, String)>, StoreError> {
        let rows = sqlx::query("SELECT id, body_json FROM platform_objects ORDER BY id")
            .fetch_all(&self.pool)
            .await?;
        rows.iter()
            .map(|row| Ok((from_sql(row.try_get("id")?), row.try_get("body_json")?)))
            .collect()
    }

    /// Writes (`Some`) and removes (`None`) objects, all or none.
    pub async fn change_platform_objects(
        &self,
        changes: &[(u64, Option<String>)],
    ) -> Result<(), StoreError> {
        let mut change = self.pool.begin().await?;
        for (id, body) in changes {
            let query = match body {
                Some(body) => sqlx::query(
                    "INSERT INTO platform_objects (id, body_json) VALUES ($1, $2) \
                     ON CONFLICT (id) DO UPDATE SET body_json = excluded.body_json",
                )
                .bind(to_sql(*id))
                .bind(body),
                None => sqlx::query("DELETE FROM platform_objects WHERE id = $1").bind(to_sql(*id)),
            };
            query.execute(&mut *change).await?;
        }
        change.commit().await?;
        Ok(())
    }

    /// Adds a key; `created_at_ms` is the time now.
    pub async fn add_service_key(&self, key: ServiceKey) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO service_keys (key_id, kind, verifier, note, created_at) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(&key.key_id)
        .bind(key.kind.as_str())
        .bind(&key.verifier)
        .bind(&key.note)
        .bind(to_sql(now_ms()))
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// All keys, oldest first.
    pub async fn service_keys(&self) -> Result<Vec<ServiceKey>, StoreError> {
        let rows = sqlx::query(KEYS).fetch_all(&self.pool).await?;
        let read = |row: &sqlx::any::AnyRow| {
            let kind: String = row.try_get("kind")?;
            let kind = KeyKind::parse(&kind).ok_or_else(|| StoreError::BadRow {
                table: "service_keys",
                why: format!("unknown kind `{kind}`"),
            })?;
            Ok(ServiceKey {
                key_id: row.try_get("key_id")?,
                kind,
                verifier: row.try_get("verifier")?,
                note: row.try_get("note")?,
                created_at_ms: from_sql(row.try_get("created_at")?),
            })
        };
        rows.iter().map(read).collect()
    }

    /// Removes a key; says whether there was one of that id.
    pub async fn remove_service_key(&self, key_id: &str) -> Result<bool, StoreError> {
        let gone = sqlx::query("DELETE FROM service_keys WHERE key_id = $1")
            .bind(key_id)
            .execute(&self.pool)
            .await?;
        Ok(gone.rows_affected() > 0)
    }
}
