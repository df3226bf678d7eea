//! Rows, not rules: users, tokens, settings, the journal of the routing core's
//! inputs, the records made of them, and where live sessions take commands.
//!
//! One code path for SQLite and (later) PostgreSQL: sqlx's `Any` driver, only
//! the types that both share, `$n` placeholders, prepared statements only.
#![forbid(unsafe_code)]

mod journal;
mod live_calls;
mod records;
mod settings;
mod tokens;
mod users;
mod writer;

pub use journal::{AccessUrl, JournalEntry, JournalRow};
pub use records::RecordRow;
pub use tokens::{NewToken, TokenKind, TokenOwner};
pub use users::{NewSecrets, NewUser, Role, User};

use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AnyPool, Executor, SqlSafeStr};
use std::str::FromStr;
use std::time::Duration;

/// Connections to the database: one belongs to the journal's writer, the rest
/// serve reads and the rare writes of people. SQLite has one writer at a time,
/// so more would only wait for each other.
const CONNECTIONS_MAX: u32 = 5;

/// How long a statement waits for another process's write (a `cordboard user
/// add` beside a running server) before it fails.
const BUSY_TIMEOUT_MS: u32 = 5_000;

/// Bigger than [`BUSY_TIMEOUT_MS`], so that a wait for the database is reported
/// as what it is and not as a lack of connections.
const ACQUIRE_TIMEOUT_MS: u64 = 8_000;

/// What can go wrong in the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be opened: the operator's to fix (path, rights, URL).
    #[error("cannot open the database {place}: {why}")]
    Open {
        /// The file or URL, without a password.
        place: String,
        /// What the driver said.
        why: String,
    },
    /// A user of that name is there already: whoever chose the name can fix it.
    #[error("a user named `{0}` exists already")]
    DuplicateUser(String),
    /// Another process has written to the journal: two backends on one
    /// database. The operator must stop one of them.
    #[error("journal row {0} was written by another backend on the same database")]
    JournalTaken(u64),
    /// A row holds something that this version cannot read: a damaged file or
    /// one written by a newer version.
    #[error("unreadable row in table {table}: {why}")]
    BadRow {
        /// The table.
        table: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// The store has been closed: a bug or a shutdown under way.
    #[error("the store is closed")]
    Closed,
    /// The database failed (disk full, locked for too long): the operator's.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
}

/// The store. Clones share the same connections.
#[derive(Clone)]
pub struct Store {
    pool: AnyPool,
    writer: writer::Writer,
}

impl Store {
    /// Opens (and creates or migrates) a database: a file path, or a URL
    /// `sqlite:PATH?mode=rwc`.
    pub async fn open(url_or_path: &str) -> Result<Self, StoreError> {
        let open_error = |why: String| StoreError::Open {
            place: without_password(url_or_path),
            why,
        };
        sqlx::any::install_default_drivers();
        let url = database_url(url_or_path);
        let options = AnyConnectOptions::from_str(&url).map_err(|e| open_error(e.to_string()))?;
        let pool = AnyPoolOptions::new()
            .max_connections(CONNECTIONS_MAX)
            .acquire_timeout(Duration::from_millis(ACQUIRE_TIMEOUT_MS))
            .after_connect(|connection, _| {
                Box::pin(async move {
                    // busy_timeout first: switching to WAL itself may have to wait.
                    connection
                        .execute(sqlx::AssertSqlSafe(format!(
                            "PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}"
                        )))
                        .await?;
                    connection.execute("PRAGMA journal_mode = WAL").await?;
                    // NORMAL keeps every commit over a kill of the process; only a
                    // power cut may take the last ones, never the file's integrity.
                    connection.execute("PRAGMA synchronous = NORMAL").await?;
                    Ok(())
                })
            })
            .connect_with(options)
            .await
            .map_err(|e| open_error(e.to_string()))?;
        migrations()
            .run(&pool)
            .await
            .map_err(|e| open_error(e.to_string()))?;
        let writer = writer::Writer::start(pool.acquire().await?);
        Ok(Self { pool, writer })
    }

    /// Writes what is queued, then closes every connection. Later calls on any
    /// clone fail with [`StoreError::Closed`] or a database error.
    pub async fn close(&self) {
        self.writer.stop().await;
        self.pool.close().await;
    }
}

/// The migrations, embedded. A released file is never edited: a change is a
/// new file with the next number.
fn migrations() -> Migrator {
    let first = include_str!("../migrations/sqlite/0001_first_tables.sql");
    Migrator::with_migrations(vec![Migration::new(
        1,
        "first tables".into(),
        MigrationType::Simple,
        first.into_sql_str(),
        false,
    )])
}

fn database_url(url_or_path: &str) -> String {
    if url_or_path.starts_with("sqlite:") || url_or_path.contains("://") {
        return url_or_path.to_owned();
    }
    // Characters that mean something in a URL are escaped, so that any path works.
    let mut url = String::from("sqlite://");
    for c in url_or_path.chars() {
        match c {
            '%' => url.push_str("%25"),
            '?' => url.push_str("%3F"),
            '#' => url.push_str("%23"),
            ' ' => url.push_str("%20"),
            other => url.push(other),
        }
    }
    url.push_str("?mode=rwc");
    url
}

fn without_password(url: &str) -> String {
    match (url.find("://"), url.rfind('@')) {
        (Some(scheme), Some(at)) if scheme + 3 < at => {
            format!("{}://***{}", &url[..scheme], &url[at..])
        }
        _ => url.to_owned(),
    }
}

/// Milliseconds since 1970 UTC by this machine's clock.
pub(crate) fn now_ms() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |d| u64::try_from(d.as_millis()).unwrap_or(u64::MAX))
}

/// To the signed numbers that SQL has; times and counts never come near the end.
pub(crate) fn to_sql(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// From the signed numbers that SQL has.
pub(crate) fn from_sql(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_a_url_is_never_shown() {
        assert_eq!(
            without_password("postgres://u:secret@host/db"),
            "postgres://***@host/db"
        );
        assert_eq!(without_password("/data/a@b/c.db"), "/data/a@b/c.db");
    }

    #[test]
    fn a_path_with_url_characters_stays_a_path() {
        assert_eq!(
            database_url("/a b/c?d.db"),
            "sqlite:///a%20b/c%3Fd.db?mode=rwc"
        );
    }
}
