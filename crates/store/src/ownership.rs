//! One backend owns a centre. Its epoch fences every write: who lost the
//! centre cannot write to the journal any more, however late it learns of it.
//!
//! On PostgreSQL the lease ends when it was not renewed in time, or at once
//! when its holder's session is gone, which a session lock shows. A SQLite file
//! is owned by a lock of the operating system, which ends with the process.

use crate::batch::{Batch, Sql, Value};
use crate::database::DatabaseKind;
use crate::writer::WriterConnection;
use crate::{Store, StoreError, from_sql, to_sql};
use rusqlite::ffi::{
    SQLITE_CONSTRAINT_NOTNULL, SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE,
};
use sqlx::Row;
use sqlx::error::{DatabaseError, ErrorKind};
use std::fs::File;
use std::path::PathBuf;
use std::time::Duration;

/// How long a lease lasts when it is not renewed: seconds, so that callers
/// hardly notice a take-over, and longer than a database's usual hiccup.
pub const LEASE_MS: u64 = 6_000;

/// How often the writer renews it.
pub(crate) const RENEW_EVERY: Duration = Duration::from_millis(LEASE_MS / 3);

/// First half of the session lock's key ("cord" in ASCII); the second is the
/// epoch.
const LOCK_CLASS: i64 = 0x636f_7264 << 32;

/// See [`Ownership::fence`].
const RENEW_SQLITE: Sql = Sql::single(
    "UPDATE centre_lease SET expires_at = CASE WHEN epoch = ? \
     THEN CAST(unixepoch('subsec') * 1000 AS BIGINT) + ? END WHERE name = 'centre'",
);
const RENEW_POSTGRES: Sql = Sql::single(
    "UPDATE centre_lease SET expires_at = CASE WHEN epoch = ? \
     THEN CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT) + ? END \
     WHERE name = 'centre'",
);

/// What came of the wish to own the centre.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// This store owns it now.
    Owned {
        /// Its number among all owners.
        epoch: u64,
    },
    /// Another backend does.
    Held {
        /// What the other called itself.
        holder: String,
    },
}

impl Store {
    /// Tries to become the owner. `holder` is shown to people when another
    /// backend is refused.
    pub async fn claim(&self, holder: &str) -> Result<Claim, StoreError> {
        self.writer.claim(holder.to_owned()).await
    }

    /// Gives the centre up, so that another backend can have it at once.
    pub async fn release(&self) -> Result<(), StoreError> {
        self.writer.release().await
    }

    /// Waits until this store finds that another backend owns the centre.
    pub async fn ownership_lost(&self) {
        self.writer.ownership_lost().await;
    }
}

/// The writer's part in owning.
pub(crate) struct Ownership {
    kind: DatabaseKind,
    lock_path: Option<PathBuf>,
    lock: Option<File>,
    /// The epoch that writes carry. It stays when the centre is lost or given
    /// up, so that later writes are refused.
    epoch: Option<u64>,
    /// Whether the lease is to be renewed.
    is_owner: bool,
}

impl Ownership {
    pub(crate) fn new(kind: DatabaseKind, file: Option<PathBuf>) -> Self {
        Self {
            kind,
            lock_path: file.map(|mut path| {
                path.as_mut_os_string().push(".lock");
                path
            }),
            lock: None,
            epoch: None,
            is_owner: false,
        }
    }

    /// Whether this store owns the centre, as far as it knows.
    pub(crate) fn is_owner(&self) -> bool {
        self.is_owner
    }

    /// The database's clock, so that the clocks of several hosts do not matter.
    fn now_sql(&self) -> &'static str {
        match self.kind {
            DatabaseKind::Sqlite => "CAST(unixepoch('subsec') * 1000 AS BIGINT)",
            DatabaseKind::Postgres => {
                "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)"
            }
        }
    }

    pub(crate) async fn claim(
        &mut self,
        connection: &mut WriterConnection,
        holder: &str,
    ) -> Result<Claim, StoreError> {
        let sql = format!(
            "SELECT epoch, holder, CASE WHEN expires_at > {} THEN 1 ELSE 0 END AS live \
             FROM centre_lease WHERE name = 'centre'",
            self.now_sql()
        );
        let row = sqlx::query(sqlx::AssertSqlSafe(sql))
            .fetch_one(&mut **connection)
            .await?;
        let epoch = from_sql(row.try_get("epoch")?);
        let held = Claim::Held {
            holder: row.try_get("holder")?,
        };
        let is_live = row.try_get::<i64, _>("live")? == 1;
        if !self.may_take(connection, epoch, is_live).await? {
            return Ok(held);
        }
        let next = epoch + 1;
        // Before the epoch counts, so that nobody finds it without its lock.
        self.lock_session(connection, next).await?;
        let sql = format!(
            "UPDATE centre_lease SET epoch = $1, holder = $2, expires_at = {} + $3 \
             WHERE name = 'centre' AND epoch = $4",
            self.now_sql()
        );
        let taken = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(to_sql(next))
            .bind(holder)
            .bind(to_sql(LEASE_MS))
            .bind(to_sql(epoch))
            .execute(&mut **connection)
            .await?;
        if taken.rows_affected() == 0 {
            self.unlock_session(connection, next).await?;
            return Ok(held);
        }
        self.epoch = Some(next);
        self.is_owner = true;
        Ok(Claim::Owned { epoch: next })
    }

    /// Whether the owner of `epoch` is gone.
    async fn may_take(
        &mut self,
        connection: &mut WriterConnection,
        epoch: u64,
        is_live: bool,
    ) -> Result<bool, StoreError> {
        match (self.kind, &self.lock_path) {
            (DatabaseKind::Sqlite, Some(path)) => {
                if self.lock.is_none() {
                    let lock = File::create(path).map_err(sqlx::Error::Io)?;
                    match lock.try_lock() {
                        Ok(()) => self.lock = Some(lock),
                        Err(std::fs::TryLockError::WouldBlock) => return Ok(false),
                        Err(std::fs::TryLockError::Error(error)) => {
                            return Err(sqlx::Error::Io(error).into());
                        }
                    }
                }
                Ok(true)
            }
            (DatabaseKind::Sqlite, None) => Ok(true),
            (DatabaseKind::Postgres, _) if !is_live => Ok(true),
            (DatabaseKind::Postgres, _) => {
                let gone = self.lock_session(connection, epoch).await?;
                if gone {
                    self.unlock_session(connection, epoch).await?;
                }
                Ok(gone)
            }
        }
    }

    async fn lock_session(
        &self,
        connection: &mut WriterConnection,
        epoch: u64,
    ) -> Result<bool, StoreError> {
        let DatabaseKind::Postgres = self.kind else {
            return Ok(true);
        };
        let row = sqlx::query("SELECT pg_try_advisory_lock($1) AS locked")
            .bind(LOCK_CLASS | to_sql(epoch))
            .fetch_one(&mut **connection)
            .await?;
        Ok(row.try_get("locked")?)
    }

    async fn unlock_session(
        &self,
        connection: &mut WriterConnection,
        epoch: u64,
    ) -> Result<(), StoreError> {
        if self.kind == DatabaseKind::Postgres {
            sqlx::query("SELECT pg_advisory_unlock($1)")
                .bind(LOCK_CLASS | to_sql(epoch))
                .fetch_one(&mut **connection)
                .await?;
        }
        Ok(())
    }

    /// Takes the session lock again on a new connection.
    pub(crate) async fn resume(&self, connection: &mut WriterConnection) -> Result<(), StoreError> {
        if let Some(epoch) = self.epoch {
            self.lock_session(connection, epoch).await?;
        }
        Ok(())
    }

    /// Renews the lease as the first statement of a batch, and so makes sure that
    /// nobody else owns the centre until its end: where the epoch is another, the
    /// statement writes the NULL that the column does not take, and the batch fails
    /// (see [`Self::judge`]). Without a claim nothing is checked.
    pub(crate) fn fence(&self, batch: &mut Batch<'_>) {
        let Some(epoch) = self.epoch else {
            return;
        };
        let sql = match self.kind {
            DatabaseKind::Sqlite => RENEW_SQLITE,
            DatabaseKind::Postgres => RENEW_POSTGRES,
        };
        let values = [
            Value::Number(to_sql(epoch)),
            Value::Number(to_sql(LEASE_MS)),
        ];
        batch.add(sql, values);
    }

    /// What the failure of a batch at a server means; `first` is its first row of the
    /// journal.
    pub(crate) fn judge(&self, error: sqlx::Error, first: Option<u64>) -> StoreError {
        let kind = error.as_database_error().map(DatabaseError::kind);
        match (kind, self.epoch, first) {
            (Some(ErrorKind::NotNullViolation), Some(epoch), _) => StoreError::Fenced { epoch },
            // Everything else that may be there already is left as it is.
            (Some(ErrorKind::UniqueViolation), _, Some(seq)) => StoreError::JournalTaken(seq),
            (_, _, _) => error.into(),
        }
    }

    /// The same of a batch in a file.
    pub(crate) fn judge_file(&self, error: rusqlite::Error, first: Option<u64>) -> StoreError {
        let code = error.sqlite_error().map(|error| error.extended_code);
        match (code, self.epoch, first) {
            (Some(SQLITE_CONSTRAINT_NOTNULL), Some(epoch), _) => StoreError::Fenced { epoch },
            (Some(SQLITE_CONSTRAINT_PRIMARYKEY | SQLITE_CONSTRAINT_UNIQUE), _, Some(seq)) => {
                StoreError::JournalTaken(seq)
            }
            (_, _, _) => error.into(),
        }
    }

    /// Gives the centre up: the epoch moves on, so that nothing of this owner
    /// is written any more.
    pub(crate) async fn release(
        &mut self,
        connection: &mut WriterConnection,
    ) -> Result<(), StoreError> {
        let Some(epoch) = self.epoch.filter(|_| self.is_owner) else {
            return Ok(());
        };
        self.is_owner = false;
        sqlx::query(
            "UPDATE centre_lease SET epoch = epoch + 1, holder = '', expires_at = 0 \
             WHERE name = 'centre' AND epoch = $1",
        )
        .bind(to_sql(epoch))
        .execute(&mut **connection)
        .await?;
        self.unlock_session(connection, epoch).await?;
        self.lock = None;
        Ok(())
    }

    /// Another backend owns the centre.
    pub(crate) fn lose(&mut self) {
        self.is_owner = false;
    }
}
