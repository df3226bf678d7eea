//! A log file per session, written by one thread so that no call waits for a disk.
//!
//! Lines lie for a moment and are written together: opening and extending files costs
//! much more than the text. A killed process takes the lines of that moment with it.

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

/// Batches that may wait for the disk: some seconds of a busy engine.
const BATCHES_MAX: usize = 16_384;
/// One session's log is cut here, bytes; a scenario that logs in a loop must
/// not fill the disk.
const SESSION_BYTES_MAX: u64 = 1 << 20;
/// Files kept open between batches.
const OPEN_FILES_MAX: usize = 64;
/// How long lines are gathered: the beginning of a call, from the INVITE to the agent's
/// answer, is mostly shorter than a person's reading of it could notice.
const GATHER: Duration = Duration::from_millis(100);
/// A reader does not wait longer than this for what is gathered.
const READ_WITHIN: Duration = Duration::from_secs(2);

enum Line {
    Text {
        session: u64,
        text: String,
    },
    Close {
        session: u64,
    },
    /// Everything before it is to be in the files, then it is dropped.
    Flush {
        _done: Sender<()>,
    },
}

/// Hands lines to the writing thread. Cheap to clone.
#[derive(Clone)]
pub(crate) struct SessionLogs {
    sender: Sender<Line>,
    folder: Arc<Path>,
    dropped: Arc<AtomicU64>,
    waiting: Arc<AtomicUsize>,
}

impl SessionLogs {
    /// Opens the folder and starts the thread; `files_max` logs are kept.
    pub(crate) fn start(folder: PathBuf, files_max: usize) -> std::io::Result<Self> {
        std::fs::create_dir_all(&folder)?;
        let (sender, receiver) = bounded(BATCHES_MAX);
        let folder: Arc<Path> = folder.into();
        let waiting: Arc<AtomicUsize> = Arc::default();
        let writer = Writer {
            kept: existing(&folder)?,
            folder: Arc::clone(&folder),
            files_max: files_max.max(1),
            open: BTreeMap::new(),
            gathered: BTreeMap::new(),
            over: Vec::new(),
            waiting: Arc::clone(&waiting),
        };
        std::thread::Builder::new()
            .name("session-log".into())
            .spawn(move || writer.run(&receiver))?;
        Ok(Self {
            sender,
            folder,
            dropped: Arc::default(),
            waiting,
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
        self.waiting.fetch_add(1, Ordering::SeqCst);
        match self.sender.try_send(line) {
            Ok(()) => {}
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {
                self.waiting.fetch_sub(1, Ordering::SeqCst);
                self.dropped.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Batches that are not in their files yet.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::SeqCst)
    }

    /// Batches lost because the disk was too slow.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Waits until everything that was given is in the files, if the disk is not slow.
    /// Blocks: not for tasks.
    pub(crate) fn flush(&self) {
        let (done, flushed) = bounded(0);
        if self.sender.send(Line::Flush { _done: done }).is_ok() {
            // Nothing ever comes: it is over when the other end is dropped.
            let _ = flushed.recv_timeout(READ_WITHIN);
        }
    }

    /// The log of a session; `None` when there is none (any more). Blocks.
    pub(crate) fn read(&self, session: u64) -> Option<String> {
        self.flush();
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
    /// Text of this moment by session.
    gathered: BTreeMap<u64, String>,
    /// Sessions that are over.
    over: Vec<u64>,
    /// Everything that was given and is not written.
    waiting: Arc<AtomicUsize>,
}

struct Open {
    file: File,
    bytes: u64,
    full: bool,
}

impl Writer {
    fn run(mut self, receiver: &Receiver<Line>) {
        while let Ok(line) = receiver.recv() {
            let mut readers = Vec::new();
            readers.extend(self.gather(line));
            if readers.is_empty() {
                std::thread::sleep(GATHER);
            }
            // What comes while it writes is of the next moment.
            let more = receiver.len();
            for _ in 0..more {
                let line = receiver.try_recv().ok();
                readers.extend(line.and_then(|line| self.gather(line)));
            }
            self.write_gathered();
            let taken = 1 + more - readers.len();
            self.waiting.fetch_sub(taken, Ordering::SeqCst);
        }
    }

    /// Notes a line; gives back one that somebody waits for.
    fn gather(&mut self, line: Line) -> Option<Line> {
        match line {
            Line::Text { session, text } => {
                let gathered = self.gathered.entry(session).or_default();
                // More than this is cut anyway.
                if gathered.len() as u64 <= SESSION_BYTES_MAX {
                    gathered.push_str(&text);
                }
                None
            }
            Line::Close { session } => {
                self.over.push(session);
                None
            }
            Line::Flush { .. } => Some(line),
        }
    }

    fn write_gathered(&mut self) {
        for (session, text) in std::mem::take(&mut self.gathered) {
            if let Err(error) = self.append(session, &text) {
                tracing::warn!(session, %error, "a session log line was not written");
            }
        }
        for session in self.over.drain(..) {
            self.open.remove(&session);
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
        let room = SESSION_BYTES_MAX.saturating_sub(open.bytes);
        if text.len() as u64 > room {
            open.full = true;
            let fits = crate::http::bytes(room);
            let lines = text.as_bytes().get(..fits).unwrap_or_default();
            let whole = lines
                .iter()
                .rposition(|b| *b == b'\n')
                .map_or(0, |at| at + 1);
            open.file
                .write_all(lines.get(..whole).unwrap_or_default())?;
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
            gathered: BTreeMap::new(),
            over: Vec::new(),
            waiting: Arc::default(),
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
        writer.append(1, &line).unwrap();
        writer.append(1, &line.repeat(19)).unwrap();
        writer.append(1, &line).unwrap();
        let text = std::fs::read_to_string(file(folder.path(), 1)).unwrap();
        assert!((text.len() as u64) < SESSION_BYTES_MAX + 100);
        assert!(text.ends_with("reached its limit)\n"));
    }

    #[test]
    fn what_was_written_is_read_at_once_and_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let logs = SessionLogs::start(folder.path().into(), 3).unwrap();
        for n in 0..200 {
            logs.write(7, format!("{n}\n"));
            logs.write(8, "other\n".into());
        }
        logs.close(7);
        let text = logs.read(7).unwrap();
        let numbers: Vec<u32> = text.lines().map(|line| line.parse().unwrap()).collect();
        assert_eq!(numbers, (0..200).collect::<Vec<u32>>());
        assert_eq!(logs.read(9), None);
    }
}
