//! Rows, not rules: users, tokens, settings, the journal of the routing core's
//! inputs, the records made of them, the plan of shifts, and where live sessions take commands.
//!
//! One code path for SQLite and PostgreSQL: sqlx's `Any` driver, only
//! the types that both share, `$n` placeholders, prepared statements only. What the writer
//! writes by the thousand goes to a SQLite file by a connection of its own (`file.rs`).
#![forbid(unsafe_code)]

mod batch;
mod call_lists;
mod checkpoint;
mod database;
mod file;
mod history;
mod insert;
mod journal;
mod live_calls;
mod ownership;
mod platform;
mod records;
mod settings;
mod shifts;
mod snapshots;
mod tokens;
mod users;
mod writer;

pub use call_lists::{AttemptRow, CallListRow, KeptCallLists};
pub use database::{DatabaseKind, OpenOptions, SqliteSync};
pub use history::{SessionFilter, SessionRow};
pub use journal::{AccessUrl, JournalEntry, JournalRow};
pub use ownership::{Claim, LEASE_MS};
pub use platform::{KeyKind, ServiceKey};
pub use records::RecordRow;
pub use shifts::{SHIFT_MS_MAX, ShiftChange, ShiftRow};
pub use snapshots::{Snapshot, SnapshotHead};
pub use tokens::{NewToken, TokenKind, TokenOwner};
pub use users::{NewSecrets, NewUser, Role, User};

use database::Place;
use ownership::Ownership;
use sqlx::AnyPool;
use writer::Writer;

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
    /// Another backend owns the centre: nothing was written.
    #[error("another backend owns this centre (our epoch was {epoch})")]
    Fenced {
        /// The epoch in which this store owned it.
        epoch: u64,
    },
    /// Facts were given up while the database could not be written; the next
    /// start makes them again from the journal.
    #[error("facts are missing, so no state is kept before the next start")]
    FactsMissing,
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
    /// The same of the writer's connection to a SQLite file.
    #[error("the database failed: {0}")]
    File(#[from] rusqlite::Error),
}

/// The store. Clones share the same connections.
#[derive(Clone)]
pub struct Store {
    kind: DatabaseKind,
    pool: AnyPool,
    writer: Writer,
}

impl Store {
    /// Opens (and creates or migrates) a database: a file path, or a URL
    /// `sqlite:PATH?mode=rwc` or `postgres://USER:PASSWORD@HOST/DATABASE`.
    pub async fn open(url_or_path: &str) -> Result<Self, StoreError> {
        Self::open_with(url_or_path, OpenOptions::default()).await
    }

    /// Opens a database with options.
    pub async fn open_with(url_or_path: &str, options: OpenOptions) -> Result<Self, StoreError> {
        let place = Place::read(url_or_path, options);
        let pool = place.connect(options).await?;
        let ownership = Ownership::new(place.kind, place.file);
        let file = database::writing(&pool, place.kind, options).await?;
        let writer = Writer::start(pool.clone(), file, ownership).await?;
        Ok(Self {
            kind: place.kind,
            pool,
            writer,
        })
    }

    /// Which kind of database it is.
    pub fn kind(&self) -> DatabaseKind {
        self.kind
    }

    /// Writes what is queued, then closes every connection. Later calls on any
    /// clone fail with [`StoreError::Closed`] or a database error.
    pub async fn close(&self) {
        self.writer.stop().await;
        self.pool.close().await;
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
