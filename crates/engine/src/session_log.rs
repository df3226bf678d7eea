//! A log file per session, written by one thread so that no call waits for a disk.

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Batches that may wait for the disk: some seconds of a busy engine.
const BATCHES_MAX: usize = 16_384;
/// One session's log is cut here, bytes; a scenario that logs in a loop must
/// not fill the disk.
const SESSION_BYTES_MAX: u64 = 1 << 20;
/// Files kept open between batches.
const OPEN_FILES_MAX: usize = 64;

enum Line {
    Text { session: u64, text: String },
    Close { session: u64 },
}

/// Hands lines to the writing thread. Cheap to clone.
#[derive(Clone)]
pub(crate) struct SessionLogs {
    sender: Sender<Line>,
    folder: Arc<Path>,
    dropped: Arc<AtomicU64>,
}

impl SessionLogs {
    /// Opens the folder and starts the thread; `files_max` logs are kept.
    pub(crate) fn start(folder: PathBuf, files_max: usize) -> std::io::Result<Self> {
        std::fs::create_dir_all(&folder)?;
        let (sender, receiver) = bounded(BATCHES_MAX);
        let folder: Arc<Path> = folder.into();
        let writer = Writer {
            kept: existing(&folder)?,
            folder: Arc::clone(&folder),
            files_max: files_max.max(1),
            open: BTreeMap::new(),
        };
        std::thread::Builder::new()
            .name("session-log".into())
            .spawn(move || writer.run(&receiver))?;
        Ok(Self {
            sender,
            folder,
            dropped: Arc::default(),
        })
    }

    /// Adds whole lines. When the disk cannot keep up they are counted and dropped.
    pub(crate) fn write(&self, session: u64, text: String) {
        self.send(Line::Text { session, text });
    }

    /// No more lines will come.
    pub(crate) fn close(&self, session: u64) {
        self.send(Line::Close { session });
    }

    fn send(&self, line: Line) {
        match self.sender.try_send(line) {
            Ok(()) => {}
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {
                self.dropped.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Batches lost because the disk was too slow.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// The log of a session; `None` when there is none (any more).
    pub(crate) fn read(&self, session: u64) -> Option<String> {
        std::fs::read(file(&self.folder, session))
            .ok()
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }
}

struct Writer {
    folder: Arc<Path>,
    files_max: usize,
    /// Sessions with a file, oldest first: ids grow with time.
    kept: BTreeSet<u64>,
    open: BTreeMap<u64, Open>,
}

struct Open {
    file: File,
    bytes: u64,
    full: bool,
}

impl Writer {
    fn run(mut self, receiver: &Receiver<Line>) {
        while let Ok(line) = receiver.recv() {
            match line {
                Line::Text { session, text } => {
                    if let Err(error) = self.append(session, &text) {
                        tracing::warn!(session, %error, "a session log line was not written");
                    }
                }
                Line::Close { session } => {
                    self.open.remove(&session);
                }
            }
        }
    }

    fn append(&mut self, session: u64, text: &str) -> std::io::Result<()> {
        if !self.open.contains_key(&session) {
            self.make_room();
            let file = OpenOptions::new()
                .create(true)
                .append(true)
                .open(file(&self.folder, session))?;
            let bytes = file.metadata()?.len();
            self.kept.insert(session);
            self.open.insert(
                session,
                Open {
                    file,
                    bytes,
                    full: bytes >= SESSION_BYTES_MAX,
                },
            );
        }
        let Some(open) = self.open.get_mut(&session) else {
            return Ok(());
        };
        if open.full {
            return Ok(());
        }
        if open.bytes + text.len() as u64 > SESSION_BYTES_MAX {
            open.full = true;
            return open
                .file
                .write_all(b"(the log is cut here: it reached its limit)\n");
        }
        open.bytes += text.len() as u64;
        open.file.write_all(text.as_bytes())
    }

    fn make_room(&mut self) {
        if self.open.len() >= OPEN_FILES_MAX {
            self.open.pop_first();
        }
        while self.kept.len() >= self.files_max {
            let Some(oldest) = self.kept.pop_first() else {
                break;
            };
            self.open.remove(&oldest);
            if let Err(error) = std::fs::remove_file(file(&self.folder, oldest)) {
                tracing::warn!(session = oldest, %error, "an old session log was not removed");
            }
        }
    }
}

fn file(folder: &Path, session: u64) -> PathBuf {
    folder.join(format!("{session}.log"))
}

fn existing(folder: &Path) -> std::io::Result<BTreeSet<u64>> {
    let mut sessions = BTreeSet::new();
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name();
        let id: Option<u64> = name
            .to_str()
            .and_then(|name| name.strip_suffix(".log")?.parse().ok());
        sessions.extend(id);
    }
    Ok(sessions)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn writer(folder: &Path, files_max: usize) -> Writer {
        Writer {
            folder: folder.into(),
            files_max,
            kept: existing(folder).unwrap(),
            open: BTreeMap::new(),
        }
    }

    #[test]
    fn the_oldest_logs_go_first_also_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let mut first = writer(folder.path(), 3);
        for session in 1..=3 {
            first.append(session, "line\n").unwrap();
        }
        drop(first);
        let mut second = writer(folder.path(), 3);
        second.append(4, "line\n").unwrap();
        assert_eq!(existing(folder.path()).unwrap(), BTreeSet::from([2, 3, 4]));
    }

    #[test]
    fn a_log_stops_at_its_limit_and_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let mut writer = writer(folder.path(), 3);
        let line = format!("{}\n", "x".repeat(99_999));
        for _ in 0..20 {
            writer.append(1, &line).unwrap();
        }
        let text = std::fs::read_to_string(file(folder.path(), 1)).unwrap();
        assert!((text.len() as u64) < SESSION_BYTES_MAX + 100);
        assert!(text.ends_with("reached its limit)\n"));
    }
}
