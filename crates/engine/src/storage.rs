//! `ApplicationStorage`: keys and values of all sessions, in memory and in one
//! file of JSON lines, the newest line of a key counts. A thread writes, so that
//! no call waits for a disk; what it had not written when the process was killed
//! is lost.

use crossbeam_channel::{Sender, TrySendError, bounded};
use parking_lot::Mutex;
use scenario::host::{StorageItem, StorageOperation, key_fits};
use std::collections::BTreeMap;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// Items of all sessions together: about 250 MB when each is as long as it may be.
const ITEMS_MAX: usize = 100_000;
/// Lines that may wait for the disk.
const LINES_MAX: usize = 16_384;

/// Why an operation was not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StorageError {
    /// The author of the scenarios can fix it, by shorter lives or fewer keys.
    #[error("the storage holds {ITEMS_MAX} keys already")]
    Full,
    /// The operator can fix it, by a faster disk. The value is set until a restart.
    #[error("the storage file cannot keep up: the value is lost with a restart")]
    SlowDisk,
}

/// The storage of an engine.
pub(crate) struct Storage {
    items: Mutex<BTreeMap<String, StorageItem>>,
    lines: Sender<StorageItem>,
}

impl Storage {
    /// Reads the file, writes it anew without what is old, and starts the writing thread.
    pub(crate) fn open(path: PathBuf) -> std::io::Result<Self> {
        let items = read(&path)?;
        let mut file = rewrite(&path, &items)?;
        let (lines, receiver) = bounded::<StorageItem>(LINES_MAX);
        std::thread::Builder::new()
            .name("application-storage".into())
            .spawn(move || {
                while let Ok(item) = receiver.recv() {
                    let written = write_line(&mut file, &item).and_then(|()| {
                        if receiver.is_empty() {
                            file.flush()
                        } else {
                            Ok(())
                        }
                    });
                    if let Err(error) = written {
                        tracing::warn!(%error, "a value of ApplicationStorage was not written");
                    }
                }
            })?;
        Ok(Self {
            items: Mutex::new(items),
            lines,
        })
    }

    /// Does one operation; `now_ms` is Unix time. Items past their time are not there.
    pub(crate) fn apply(
        &self,
        now_ms: u64,
        operation: StorageOperation,
    ) -> Result<Vec<StorageItem>, StorageError> {
        let mut items = self.items.lock();
        match operation {
            StorageOperation::Get { key } => Ok(live(&items, &key, now_ms).into_iter().collect()),
            StorageOperation::Put { key, value, ttl_s } => {
                if items.len() >= ITEMS_MAX && !items.contains_key(&key) {
                    items.retain(|_, item| item.expire_at_ms > now_ms);
                    if items.len() >= ITEMS_MAX {
                        return Err(StorageError::Full);
                    }
                }
                let item = StorageItem {
                    key,
                    value,
                    expire_at_ms: now_ms.saturating_add(ttl_s.saturating_mul(1000)),
                };
                items.insert(item.key.clone(), item.clone());
                self.keep(item.clone())?;
                Ok(vec![item])
            }
            StorageOperation::Remove { key } => {
                let removed = live(&items, &key, now_ms);
                if items.remove(&key).is_some() {
                    self.keep(StorageItem {
                        key,
                        ..StorageItem::default()
                    })?;
                }
                Ok(removed.into_iter().collect())
            }
            StorageOperation::Keys { pattern, count } => {
                let found = items.values().filter(|item| item.expire_at_ms > now_ms);
                let found = found.filter(|item| key_fits(&pattern, &item.key));
                let key_only = |item: &StorageItem| StorageItem {
                    value: String::new(),
                    ..item.clone()
                };
                Ok(found.take(count).map(key_only).collect())
            }
        }
    }

    fn keep(&self, item: StorageItem) -> Result<(), StorageError> {
        match self.lines.try_send(item) {
            Ok(()) => Ok(()),
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => {
                Err(StorageError::SlowDisk)
            }
        }
    }
}

fn live(items: &BTreeMap<String, StorageItem>, key: &str, now_ms: u64) -> Option<StorageItem> {
    items
        .get(key)
        .filter(|item| item.expire_at_ms > now_ms)
        .cloned()
}

/// The items of the file; a removed key has expiry 0. A line that was cut off
/// by a crash is skipped.
fn read(path: &Path) -> std::io::Result<BTreeMap<String, StorageItem>> {
    let text = match std::fs::read(path) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(error),
    };
    let mut items = BTreeMap::new();
    for line in text.lines() {
        match serde_json::from_str::<StorageItem>(line) {
            Ok(item) if item.expire_at_ms == 0 => {
                items.remove(&item.key);
            }
            Ok(item) => {
                items.insert(item.key.clone(), item);
            }
            Err(error) => {
                tracing::warn!(%error, "a line of the storage file is not readable, skipped");
            }
        }
    }
    let now_ms = crate::worker::now_ms();
    items.retain(|_, item| item.expire_at_ms > now_ms);
    Ok(items)
}

fn rewrite(
    path: &Path,
    items: &BTreeMap<String, StorageItem>,
) -> std::io::Result<BufWriter<std::fs::File>> {
    let fresh = path.with_extension("new");
    let mut file = BufWriter::new(std::fs::File::create(&fresh)?);
    for item in items.values() {
        write_line(&mut file, item)?;
    }
    file.flush()?;
    file.get_ref().sync_all()?;
    std::fs::rename(&fresh, path)?;
    Ok(file)
}

fn write_line(file: &mut impl Write, item: &StorageItem) -> std::io::Result<()> {
    serde_json::to_writer(&mut *file, item)?;
    file.write_all(b"\n")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn put(key: &str, ttl_s: u64) -> StorageOperation {
        StorageOperation::Put {
            key: key.into(),
            value: "v".into(),
            ttl_s,
        }
    }

    fn keys(storage: &Storage, now_ms: u64, pattern: &str) -> Vec<String> {
        let operation = StorageOperation::Keys {
            pattern: pattern.into(),
            count: 10,
        };
        let items = storage.apply(now_ms, operation).unwrap();
        items.into_iter().map(|item| item.key).collect()
    }

    #[test]
    fn values_survive_a_restart_and_go_at_their_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("storage.jsonl");
        let now_ms = crate::worker::now_ms();
        let storage = Storage::open(path.clone()).unwrap();
        storage.apply(now_ms, put("short", 60)).unwrap();
        storage.apply(now_ms, put("long", 3_600)).unwrap();
        storage.apply(now_ms, put("gone", 3_600)).unwrap();
        let key = "gone".to_owned();
        storage
            .apply(now_ms, StorageOperation::Remove { key })
            .unwrap();
        // The thread writes what waits before it ends.
        let wait_until = std::time::Instant::now() + std::time::Duration::from_secs(10);
        while std::fs::read_to_string(&path).unwrap().lines().count() < 4 {
            assert!(std::time::Instant::now() < wait_until, "never written");
            std::thread::yield_now();
        }
        drop(storage);

        let storage = Storage::open(path).unwrap();
        assert_eq!(keys(&storage, now_ms, "*"), ["long", "short"]);
        assert_eq!(keys(&storage, now_ms + 60_000, "*"), ["long"]);
        let get = StorageOperation::Get {
            key: "short".into(),
        };
        assert_eq!(storage.apply(now_ms + 60_000, get).unwrap(), []);
    }
}
