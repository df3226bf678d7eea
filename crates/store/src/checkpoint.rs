//! Checkpoints of a SQLite file: what commits have added to the log (WAL) is brought into
//! the database itself, which waits for the disk twice, for up to some hundred
//! milliseconds. Left to SQLite, a commit would do that, and with it whoever waits for it.
//! Here a thread does it beside the commits; only for the few pages that came meanwhile
//! the writer has to stand still, so that the log begins anew.

use crate::database::OpenOptions;
use crate::file;
use rusqlite::Connection;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

/// Pages of 4 KiB in the log at which a checkpoint is due: 16 MiB, which are read within
/// milliseconds at the next start. A page that is written often is brought over once.
const DUE_PAGES: u32 = 4_000;

/// Checkpoints beside the commits before the one in turn: each leaves what was written
/// while it waited for the disk.
const PASSES: usize = 2;

/// The thread that makes checkpoints, and when it is asked.
#[derive(Debug)]
pub(crate) struct Checkpoints {
    due: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
    turn: Arc<Turn>,
    /// Pages of the log after the last commit.
    pages: u32,
    /// Pages at which the thread is asked next.
    next_pages: u32,
}

impl Checkpoints {
    /// Starts the thread with a connection of its own.
    pub(crate) fn start(file: &Path, options: OpenOptions) -> Result<Self, rusqlite::Error> {
        let connection = file::connect(file, options)?;
        let (due, is_due) = sync_channel(1);
        let turn = Arc::new(Turn::default());
        let of_thread = turn.clone();
        let thread = std::thread::Builder::new()
            .name("checkpoints".to_owned())
            .spawn(move || run(&connection, &is_due, &of_thread));
        // Without the thread the log would grow for ever.
        let thread =
            thread.map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        Ok(Self {
            due: Some(due),
            thread: Some(thread),
            turn,
            pages: 0,
            next_pages: DUE_PAGES,
        })
    }

    /// What a commit holds, so that it and the last pages of a checkpoint take turns.
    pub(crate) fn turn(&self) -> MutexGuard<'_, ()> {
        self.turn.take()
    }

    /// Asks for a checkpoint if a commit that left so many pages in the log makes one due.
    pub(crate) fn after_commit(&mut self, pages: u32) {
        if pages < self.pages {
            // The log has begun anew.
            self.next_pages = DUE_PAGES;
        }
        self.pages = pages;
        if pages >= self.next_pages
            && let Some(due) = &self.due
        {
            // One that is asked for already does for this one too.
            let _ = due.try_send(());
            // Somebody who reads for long keeps the log from beginning anew.
            self.next_pages = pages.saturating_add(DUE_PAGES);
        }
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        self.due = None;
        if let Some(thread) = self.thread.take() {
            // It has nothing to tell.
            let _ = thread.join();
        }
    }
}

fn run(connection: &Connection, due: &Receiver<()>, turn: &Turn) {
    while due.recv().is_ok() {
        for _ in 0..PASSES {
            checkpoint(connection);
        }
        // With nobody writing, all is brought over, and the next commit begins the log anew.
        let _turn = turn.take();
        checkpoint(connection);
    }
}

/// Brings over what is in the log now. Whatever hinders it hinders commits too, which tell of
/// it; the next one tries again.
fn checkpoint(connection: &Connection) {
    let _ = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
}

/// Who holds it has the turn. A mutex alone lets the one who has just given it back take it
/// again at once, however long another waits.
#[derive(Debug, Default)]
struct Turn {
    next: Mutex<()>,
    now: Mutex<()>,
}

impl Turn {
    fn take(&self) -> MutexGuard<'_, ()> {
        let _next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(file: &Path) -> u64 {
        std::fs::metadata(file).map_or(0, |file| file.len())
    }

    #[test]
    fn the_log_begins_anew_while_it_is_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.db");
        let writer = Connection::open(&path).expect("a database");
        writer
            .execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (a TEXT NOT NULL)")
            .expect("a table");
        file::count_pages(&writer);
        let mut checkpoints = Checkpoints::start(&path, OpenOptions::default()).expect("a thread");
        let text = "a".repeat(100_000);
        let mut most = 0;
        for _ in 0..2_000 {
            let turn = checkpoints.turn();
            writer
                .execute("INSERT INTO t VALUES (?)", [&text])
                .expect("a row");
            drop(turn);
            let pages = file::log_pages();
            most = most.max(pages);
            checkpoints.after_commit(pages);
        }
        drop(checkpoints);
        // 200 MB were written.
        assert!((DUE_PAGES..8 * DUE_PAGES).contains(&most), "{most} pages");
        assert!(size(&path) > 100_000_000, "{} bytes", size(&path));
        drop(writer);
        let rows: i64 = Connection::open(&path)
            .and_then(|again| again.query_row("SELECT COUNT(*) FROM t", [], |row| row.get(0)))
            .expect("a count");
        assert_eq!(rows, 2_000);
    }
}
