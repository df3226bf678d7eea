//! Audio files by URL: fetched once, decoded once, shared by every listener,
//! and kept when the server that has them is down.

use crate::http::{Http, bytes};
use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use voice::Tune;

/// A file is asked for again after this long, so that a changed announcement
/// is heard within minutes.
const FRESH: Duration = Duration::from_secs(300);
/// Decoded audio kept in memory, milliseconds in all: two hours are 115 MB of
/// samples, twice as much again when the files are wideband, and 58 MB for each law
/// of G.711 in use.
const KEPT_MS_MAX: u64 = 2 * 3_600_000;

/// The cache. Cheap to clone.
#[derive(Clone)]
pub(crate) struct TuneCache {
    http: Http,
    folder: PathBuf,
    file_bytes_max: usize,
    fetch_timeout: Duration,
    kept: Arc<Mutex<HashMap<String, Arc<Entry>>>>,
}

/// One URL. The async lock makes one fetch serve all who ask meanwhile.
#[derive(Default)]
struct Entry {
    state: tokio::sync::Mutex<Option<Kept>>,
}

struct Kept {
    tune: Arc<Tune>,
    fetched_at: Instant,
}

impl TuneCache {
    /// `folder` keeps fetched files over restarts.
    pub(crate) fn new(http: Http, folder: PathBuf, limits: &scenario::Limits) -> Self {
        Self {
            http,
            folder,
            file_bytes_max: bytes(limits.audio_bytes),
            fetch_timeout: Duration::from_secs(limits.audio_fetch_s),
            kept: Arc::default(),
        }
    }

    /// The decoded audio of a URL.
    ///
    /// The error is for the scenario's author, as `PlaybackFinished.error`.
    pub(crate) async fn get(&self, url: &str) -> Result<Arc<Tune>, String> {
        let entry = Arc::clone(self.kept.lock().entry(url.to_owned()).or_default());
        let mut state = entry.state.lock().await;
        if let Some(kept) = state.as_ref()
            && kept.fetched_at.elapsed() < FRESH
        {
            return Ok(Arc::clone(&kept.tune));
        }
        let fetching = self
            .http
            .download(url, self.file_bytes_max, self.fetch_timeout);
        let result = match fetching.await {
            Ok(bytes) => self.decode(url, bytes).await,
            Err(error) => self.stale(url, state.as_ref(), &error.to_string()).await,
        };
        match result {
            Ok(tune) => {
                *state = Some(Kept {
                    tune: Arc::clone(&tune),
                    fetched_at: Instant::now(),
                });
                drop(state);
                self.shrink(url);
                Ok(tune)
            }
            Err(error) => {
                drop(state);
                self.kept.lock().remove(url);
                Err(error)
            }
        }
    }

    /// The decoded audio of a request that may answer differently every time:
    /// asked for once and not kept. At most 2 MB, as every answer to a scenario.
    ///
    /// The error is for the scenario's author, as `PlaybackFinished.error`.
    pub(crate) async fn request(
        &self,
        spec: scenario::host::HttpSpec,
    ) -> Result<Arc<Tune>, String> {
        let response = self.http.request(spec).await;
        if !(200..300).contains(&response.code) {
            let code = response.code;
            return Err(response.error.unwrap_or_else(|| format!("HTTP {code}")));
        }
        let work = tokio::task::spawn_blocking(move || {
            let tune = Tune::decode(&response.data).map_err(|error| error.to_string())?;
            Ok(Arc::new(tune))
        });
        work.await.map_err(|error| error.to_string())?
    }

    async fn decode(&self, url: &str, bytes: Vec<u8>) -> Result<Arc<Tune>, String> {
        let file = self.file(url);
        let work = tokio::task::spawn_blocking(move || {
            let tune = Tune::decode(&bytes).map_err(|error| error.to_string())?;
            if let Err(error) = write_whole(&file, &bytes) {
                tracing::warn!(file = %file.display(), %error, "fetched audio was not kept on disk");
            }
            Ok(Arc::new(tune))
        });
        work.await.map_err(|error| error.to_string())?
    }

    /// The server does not give the file now: what we have is better than silence.
    async fn stale(&self, url: &str, kept: Option<&Kept>, why: &str) -> Result<Arc<Tune>, String> {
        if let Some(kept) = kept {
            return Ok(Arc::clone(&kept.tune));
        }
        let file = self.file(url);
        let read = tokio::task::spawn_blocking(move || {
            std::fs::read(file)
                .ok()
                .and_then(|bytes| Tune::decode(&bytes).ok())
        });
        match read.await {
            Ok(Some(tune)) => {
                tracing::warn!(
                    url,
                    why,
                    "audio could not be fetched; the kept copy is played"
                );
                Ok(Arc::new(tune))
            }
            Ok(None) | Err(_) => Err(why.to_owned()),
        }
    }

    fn file(&self, url: &str) -> PathBuf {
        let digest = Sha256::digest(url.as_bytes());
        let name: String = digest
            .iter()
            .take(16)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        self.folder.join(name)
    }

    /// Forgets other files until what is kept fits.
    fn shrink(&self, newest: &str) {
        let mut kept = self.kept.lock();
        let mut sizes: Vec<(Instant, u64, String)> = Vec::new();
        for (url, entry) in kept.iter() {
            if let Ok(state) = entry.state.try_lock()
                && let Some(tune) = state.as_ref()
            {
                sizes.push((tune.fetched_at, tune.tune.duration_ms(), url.clone()));
            }
        }
        let mut total: u64 = sizes.iter().map(|(_, ms, _)| ms).sum();
        sizes.sort();
        for (_, ms, url) in sizes {
            if total <= KEPT_MS_MAX {
                break;
            }
            if url != newest {
                kept.remove(&url);
                total -= ms;
            }
        }
    }
}

fn write_whole(file: &std::path::Path, bytes: &[u8]) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let partial = file.with_extension("part");
    std::fs::write(&partial, bytes)?;
    std::fs::rename(partial, file)
}
