//! Login sessions and program tokens: only digests are stored.

use crate::users::role_of;
use crate::{Role, Store, StoreError, from_sql, now_ms, to_sql};
use sqlx::Row;

/// What a token was given for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// A bearer token of a signed-in client.
    Login,
    /// The cookie of a page.
    Page,
    /// A program that reads or acts for a user.
    Program,
}

impl TokenKind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Page => "page",
            Self::Program => "program",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        match word {
            "login" => Some(Self::Login),
            "page" => Some(Self::Page),
            "program" => Some(Self::Program),
            _ => None,
        }
    }
}

/// A token to be stored.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// SHA-256 of the token, hexadecimal.
    pub token_sha256: String,
    /// Whose it is.
    pub user: String,
    /// What for.
    pub kind: TokenKind,
    /// Until when, milliseconds since 1970 UTC.
    pub expires_at_ms: u64,
}

/// Whom a valid token stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenOwner {
    /// User name.
    pub user: String,
    /// The user's role now.
    pub role: Role,
    /// Name shown to people.
    pub display_name: String,
    /// What the token is for.
    pub kind: TokenKind,
    /// Until when it is valid.
    pub expires_at_ms: u64,
}

impl Store {
    /// Stores a token's digest.
    pub async fn add_token(&self, token: NewToken) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO tokens (token_sha256, user_name, kind, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind(&token.token_sha256)
        .bind(&token.user)
        .bind(token.kind.as_str())
        .bind(to_sql(now_ms()))
        .bind(to_sql(token.expires_at_ms))
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Whom a token stands for; `None` if it is unknown or expired at `now_ms`,
    /// or if its user is gone or disabled.
    pub async fn token_owner(
        &self,
        token_sha256: &str,
        now_ms: u64,
    ) -> Result<Option<TokenOwner>, StoreError> {
        let row = sqlx::query(
            "SELECT users.name, users.role, users.display_name, users.disabled, tokens.kind, tokens.expires_at \
             FROM tokens JOIN users ON users.name = tokens.user_name \
             WHERE tokens.token_sha256 = $1 AND tokens.expires_at > $2",
        )
        .bind(token_sha256)
        .bind(to_sql(now_ms))
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else { return Ok(None) };
        if row.try_get::<i64, _>("disabled")? != 0 {
            return Ok(None);
        }
        let kind: String = row.try_get("kind")?;
        let role: String = row.try_get("role")?;
        Ok(Some(TokenOwner {
            user: row.try_get("name")?,
            role: role_of(&role, "users")?,
            display_name: row.try_get("display_name")?,
            kind: TokenKind::parse(&kind).ok_or_else(|| StoreError::BadRow {
                table: "tokens",
                why: format!("unknown kind `{kind}`"),
            })?,
            expires_at_ms: from_sql(row.try_get("expires_at")?),
        }))
    }

    /// Forgets one token (signing out).
    pub async fn remove_token(&self, token_sha256: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM tokens WHERE token_sha256 = $1")
            .bind(token_sha256)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Forgets every token that expired before `now_ms`; says how many.
    pub async fn remove_expired_tokens(&self, now_ms: u64) -> Result<u64, StoreError> {
        let gone = sqlx::query("DELETE FROM tokens WHERE expires_at <= $1")
            .bind(to_sql(now_ms))
            .execute(&self.pool)
            .await?;
        Ok(gone.rows_affected())
    }
}
