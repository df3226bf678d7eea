//! Which database it is, how it is connected to, and its tables.

use crate::StoreError;
use crate::file::FileConnection;
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AnyConnection, AnyPool, AssertSqlSafe, Executor, Row, SqlSafeStr};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

/// Connections to the database: one belongs to the journal's writer, the rest
/// serve reads and the rare writes of people. SQLite has one writer at a time,
/// so more would only wait for each other.
const CONNECTIONS_MAX: u32 = 5;

/// How long a statement waits for another process's write (a `cordboard user
/// add` beside a running server) before it fails.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Bigger than [`BUSY_TIMEOUT`], so that a wait for the database is reported
/// as what it is and not as a lack of connections.
const ACQUIRE_TIMEOUT_MS: u64 = 8_000;

/// Pages of the log (WAL) at which a connection that reads, and rarely writes, makes a
/// checkpoint itself: 64 MiB, for where the writer's thread cannot, see [`crate::checkpoint`].
const LOG_PAGES_MAX: u32 = 16_000;

/// The two kinds of database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseKind {
    /// A file beside the process.
    Sqlite,
    /// A server, which several processes may share.
    Postgres,
}

/// How much SQLite does for a power cut. A killed process loses nothing either
/// way; PostgreSQL has its own `synchronous_commit`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SqliteSync {
    /// A power cut may take the last commits, never the file's integrity.
    #[default]
    Normal,
    /// Every commit waits for the disk.
    Full,
}

impl SqliteSync {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Normal => "NORMAL",
            Self::Full => "FULL",
        }
    }
}

/// How a store is opened.
#[derive(Clone, Copy, Debug, Default)]
pub struct OpenOptions {
    /// See [`SqliteSync`].
    pub sqlite_sync: SqliteSync,
    /// Nothing is written, not even missing tables: for looking at the database
    /// of a running backend.
    pub read_only: bool,
}

/// A database as it was named.
pub(crate) struct Place {
    pub(crate) kind: DatabaseKind,
    url: String,
    /// The file, for SQLite.
    pub(crate) file: Option<PathBuf>,
}

impl Place {
    /// Reads a file path or a URL.
    pub(crate) fn read(url_or_path: &str, options: OpenOptions) -> Self {
        if url_or_path.starts_with("postgres://") || url_or_path.starts_with("postgresql://") {
            return Self {
                kind: DatabaseKind::Postgres,
                url: url_or_path.to_owned(),
                file: None,
            };
        }
        let is_url = url_or_path.starts_with("sqlite:") || url_or_path.contains("://");
        Self {
            kind: DatabaseKind::Sqlite,
            url: if is_url {
                url_or_path.to_owned()
            } else {
                file_url(url_or_path, options.read_only)
            },
            file: (!is_url).then(|| PathBuf::from(url_or_path)),
        }
    }

    /// Connects, and makes or migrates the tables.
    pub(crate) async fn connect(&self, options: OpenOptions) -> Result<AnyPool, StoreError> {
        let open_error = |why: String| StoreError::Open {
            place: without_password(&self.url),
            why,
        };
        sqlx::any::install_default_drivers();
        let connect =
            AnyConnectOptions::from_str(&self.url).map_err(|e| open_error(e.to_string()))?;
        let kind = self.kind;
        let pool = AnyPoolOptions::new()
            .max_connections(CONNECTIONS_MAX)
            .acquire_timeout(Duration::from_millis(ACQUIRE_TIMEOUT_MS))
            .after_connect(move |connection, _| Box::pin(prepare(connection, kind, options)))
            .connect_with(connect)
            .await
            .map_err(|e| open_error(e.to_string()))?;
        if !options.read_only {
            migrations()
                .run(&pool)
                .await
                .map_err(|e| open_error(e.to_string()))?;
        }
        Ok(pool)
    }
}

/// Opens the connection that writes, where the database is a file.
pub(crate) async fn writing(
    pool: &AnyPool,
    kind: DatabaseKind,
    options: OpenOptions,
) -> Result<Option<FileConnection>, StoreError> {
    if kind != DatabaseKind::Sqlite {
        return Ok(None);
    }
    // As SQLite names it, however it was named in the URL.
    let row = sqlx::query("SELECT file FROM pragma_database_list WHERE name = 'main'")
        .fetch_one(pool)
        .await?;
    let file: String = row.try_get("file")?;
    if file.is_empty() {
        return Err(StoreError::Open {
            place: "in memory".to_owned(),
            why: "every connection would have a database of its own".to_owned(),
        });
    }
    let opened = FileConnection::open(Path::new(&file), options);
    opened.map(Some).map_err(|error| StoreError::Open {
        place: file,
        why: error.to_string(),
    })
}

/// Settings of a new connection.
async fn prepare(
    connection: &mut AnyConnection,
    kind: DatabaseKind,
    options: OpenOptions,
) -> Result<(), sqlx::Error> {
    match kind {
        DatabaseKind::Sqlite => {
            // busy_timeout first: switching to WAL itself may have to wait.
            let busy = format!("PRAGMA busy_timeout = {}", BUSY_TIMEOUT.as_millis());
            connection.execute(AssertSqlSafe(busy)).await?;
            if !options.read_only {
                connection.execute("PRAGMA journal_mode = WAL").await?;
            }
            let sync = format!("PRAGMA synchronous = {}", options.sqlite_sync.word());
            connection.execute(AssertSqlSafe(sync)).await?;
            let pages = format!("PRAGMA wal_autocheckpoint = {LOG_PAGES_MAX}");
            connection.execute(AssertSqlSafe(pages)).await?;
        }
        DatabaseKind::Postgres => {
            // A backend that stands still in the middle of a commit must not keep
            // the lease's row from the one that takes over.
            connection
                .execute("SET idle_in_transaction_session_timeout = '5s'")
                .await?;
            // A host that vanished is noticed by the server within seconds.
            connection
                .execute("SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3")
                .await?;
            if options.read_only {
                connection
                    .execute("SET default_transaction_read_only = on")
                    .await?;
            }
        }
    }
    Ok(())
}

/// The migrations, embedded; the same for both databases. A released file is
/// never edited: a change is a new file with the next number.
fn migrations() -> Migrator {
    let files = [
        (
            "first tables",
            include_str!("../migrations/0001_first_tables.sql"),
        ),
        (
            "snapshots and lease",
            include_str!("../migrations/0002_snapshots_and_lease.sql"),
        ),
        ("platform", include_str!("../migrations/0003_platform.sql")),
        (
            "session history",
            include_str!("../migrations/0004_session_history.sql"),
        ),
        ("shifts", include_str!("../migrations/0005_shifts.sql")),
        (
            "call lists",
            include_str!("../migrations/0006_call_lists.sql"),
        ),
        (
            "attempts of call lists",
            include_str!("../migrations/0007_call_list_attempts.sql"),
        ),
    ];
    let migrations = (1..).zip(files).map(|(number, (name, sql))| {
        Migration::new(
            number,
            name.into(),
            MigrationType::Simple,
            sql.into_sql_str(),
            false,
        )
    });
    Migrator::with_migrations(migrations.collect())
}

/// A path as a URL; characters that mean something there are escaped.
fn file_url(path: &str, read_only: bool) -> String {
    let mut url = String::from("sqlite://");
    for c in path.chars() {
        match c {
            '%' => url.push_str("%25"),
            '?' => url.push_str("%3F"),
            '#' => url.push_str("%23"),
            ' ' => url.push_str("%20"),
            other => url.push(other),
        }
    }
    url.push_str(if read_only { "?mode=ro" } else { "?mode=rwc" });
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
            file_url("/a b/c?d.db", false),
            "sqlite:///a%20b/c%3Fd.db?mode=rwc"
        );
    }
}
