//! The connection that writes a SQLite file, on the writer's own thread: a commit is no
//! journey to another, and a statement stays prepared for every row that it ever writes.

use crate::batch::{Batch, Value};
use crate::checkpoint::Checkpoints;
use crate::database::{BUSY_TIMEOUT, OpenOptions};
use crate::history::list;
use rusqlite::types::{Null, ToSqlOutput};
use rusqlite::{Connection, OpenFlags, ToSql};
use std::cell::Cell;
use std::path::Path;

/// Statements that stay prepared: all that the writer has, and some to spare.
const PREPARED_MAX: usize = 32;

thread_local! {
    /// Pages of the log after this thread's last commit.
    static LOG_PAGES: Cell<u32> = const { Cell::new(0) };
}

/// A SQLite file that is written to.
#[derive(Debug)]
pub(crate) struct FileConnection {
    connection: Connection,
    /// None where nothing is written.
    checkpoints: Option<Checkpoints>,
}

/// Opens a file that is there, for one thread.
pub(crate) fn connect(file: &Path, options: OpenOptions) -> Result<Connection, rusqlite::Error> {
    let access = if options.read_only {
        OpenFlags::SQLITE_OPEN_READ_ONLY
    } else {
        OpenFlags::SQLITE_OPEN_READ_WRITE
    };
    // One thread has it, so SQLite need not lock.
    let connection = Connection::open_with_flags(file, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "synchronous", options.sqlite_sync.word())?;
    Ok(connection)
}

/// From now on commits make no checkpoints and tell how long the log is.
pub(crate) fn count_pages(connection: &Connection) {
    connection.wal_hook(Some(|_, pages| {
        LOG_PAGES.set(u32::try_from(pages).unwrap_or(0));
        Ok(())
    }));
}

/// Pages of the log after this thread's last commit.
pub(crate) fn log_pages() -> u32 {
    LOG_PAGES.get()
}

impl FileConnection {
    /// Opens a file that is there.
    pub(crate) fn open(file: &Path, options: OpenOptions) -> Result<Self, rusqlite::Error> {
        let connection = connect(file, options)?;
        connection.set_prepared_statement_cache_capacity(PREPARED_MAX);
        count_pages(&connection);
        let checkpoints = (!options.read_only).then(|| Checkpoints::start(file, options));
        Ok(Self {
            connection,
            checkpoints: checkpoints.transpose()?,
        })
    }

    /// Carries all out, or nothing.
    pub(crate) fn run(&mut self, batch: &Batch<'_>) -> Result<(), rusqlite::Error> {
        let turn = self.checkpoints.as_ref().map(Checkpoints::turn);
        let done = self.run_alone(batch);
        drop(turn);
        if let Some(checkpoints) = &mut self.checkpoints {
            checkpoints.after_commit(log_pages());
        }
        done
    }

    fn run_alone(&self, batch: &Batch<'_>) -> Result<(), rusqlite::Error> {
        // At once the writer: with a lock for reading first it could not wait for another.
        self.execute("BEGIN IMMEDIATE")?;
        let done = self.write(batch).and_then(|()| self.execute("COMMIT"));
        if done.is_err() && !self.connection.is_autocommit() {
            // Nothing can be done about its failure; the next BEGIN tells of it.
            let _ = self.execute("ROLLBACK");
        }
        done
    }

    fn write(&self, batch: &Batch<'_>) -> Result<(), rusqlite::Error> {
        for statement in batch.statements() {
            let mut prepared = self.connection.prepare_cached(&statement.sql.text())?;
            for row in statement.values.chunks(statement.columns) {
                for (place, value) in (1..).zip(row) {
                    prepared.raw_bind_parameter(place, value)?;
                }
                prepared.raw_execute()?;
            }
        }
        Ok(())
    }

    fn execute(&self, sql: &str) -> Result<(), rusqlite::Error> {
        self.connection.prepare_cached(sql)?.raw_execute().map(drop)
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> Result<ToSqlOutput<'_>, rusqlite::Error> {
        Ok(match self {
            Value::Number(number) => ToSqlOutput::from(*number),
            Value::Text(text) | Value::Maybe(Some(text)) => ToSqlOutput::from(*text),
            Value::Owned(text) => ToSqlOutput::from(text.as_str()),
            Value::Maybe(None) => ToSqlOutput::from(Null),
            Value::List(numbers) => ToSqlOutput::from(list(numbers)),
        })
    }
}
