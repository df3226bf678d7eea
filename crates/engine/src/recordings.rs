//! Where recordings live, how they are fetched, and when they go.
//!
//! A recording lies in a folder named after the day on which it is deleted, so
//! that no list has to be kept. Its URL has a key that only this engine can
//! make: whoever has the URL may listen, nobody else.

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use scenario::host::{RecorderSpec, UnitId};
use sha2::{Digest, Sha256};
use std::io;
use std::path::PathBuf;
use std::time::Duration;
use subtle::ConstantTimeEq;

/// Beginning of a folder's name; the date follows.
const FOLDER_PREFIX: &str = "until-";
/// Characters of a scenario's own beginning of a name that are used.
const NAME_CHARS_MAX: usize = 40;
/// How often old recordings are looked for.
pub(crate) const SWEEP_EVERY: Duration = Duration::from_secs(3_600);

/// The recordings of one engine.
#[derive(Debug)]
pub(crate) struct Recordings {
    folder: PathBuf,
    keep_days: u32,
    secret: String,
}

/// Where a new recording goes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Its file.
    pub(crate) path: PathBuf,
    /// Path of its URL, from `/`.
    pub(crate) url_path: String,
}

impl Recordings {
    /// Makes the folder. `secret` signs URLs; the same after a restart, so that
    /// they still open then.
    pub(crate) fn open(folder: PathBuf, keep_days: u32, secret: String) -> io::Result<Self> {
        std::fs::create_dir_all(&folder)?;
        Ok(Self {
            folder,
            keep_days,
            secret,
        })
    }

    /// Where a recording that begins at `now` goes.
    pub(crate) fn place(
        &self,
        now: Timestamp,
        session: u64,
        recorder: UnitId,
        spec: &RecorderSpec,
    ) -> Place {
        let days = spec.keep_days.unwrap_or(self.keep_days);
        let today = date_of(now);
        // A day more, so that the last one is whole; and past the calendar is for ever.
        let until = today
            .checked_add((i64::from(days) + 1).days())
            .unwrap_or(Date::MAX);
        let folder = format!("{FOLDER_PREFIX}{until}");
        let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        let own: String = spec
            .name
            .chars()
            .filter(plain)
            .take(NAME_CHARS_MAX)
            .collect();
        let dash = if own.is_empty() { "" } else { "-" };
        let begun = now.strftime("%Y%m%dT%H%M%SZ");
        let file = format!("{own}{dash}{begun}-{session}-{recorder}.wav");
        let key = self.key(&folder, &file);
        Place {
            path: self.folder.join(&folder).join(&file),
            url_path: format!("/record/{folder}/{key}/{file}"),
        }
    }

    /// The file that a URL is about, if its key is right. It need not be there yet.
    pub(crate) fn opens(&self, folder: &str, key: &str, file: &str) -> Option<PathBuf> {
        let right = self.key(folder, file);
        bool::from(right.as_bytes().ct_eq(key.as_bytes()))
            .then(|| self.folder.join(folder).join(file))
    }

    fn key(&self, folder: &str, file: &str) -> String {
        let text = format!("{}:record:{folder}/{file}", self.secret);
        let digest = Sha256::digest(text.as_bytes());
        digest.iter().take(16).map(|b| format!("{b:02x}")).collect()
    }

    /// Deletes the recordings whose day has come.
    pub(crate) fn sweep(&self, now: Timestamp) -> io::Result<()> {
        let today = date_of(now);
        for entry in std::fs::read_dir(&self.folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let until = name
                .to_str()
                .and_then(|name| name.strip_prefix(FOLDER_PREFIX))
                .and_then(|date| date.parse::<Date>().ok());
            if until.is_some_and(|until| until <= today) {
                std::fs::remove_dir_all(entry.path())?;
                tracing::info!(folder = %entry.path().display(), "old recordings were deleted");
            }
        }
        Ok(())
    }

    /// Parts that a killed process left. To be asked before anything is recorded.
    pub(crate) fn left_parts(&self) -> io::Result<Vec<PathBuf>> {
        let mut parts = Vec::new();
        for folder in std::fs::read_dir(&self.folder)? {
            let folder = folder?.path();
            if !folder.is_dir() {
                continue;
            }
            for file in std::fs::read_dir(folder)? {
                let path = file?.path();
                if path
                    .extension()
                    .is_some_and(|extension| extension == "part")
                {
                    parts.push(path);
                }
            }
        }
        Ok(parts)
    }
}

/// Makes whole recordings of what a killed process left.
pub(crate) fn recover(parts: Vec<PathBuf>) {
    for part in parts {
        match media::recover_recording(&part) {
            Ok(recording) => tracing::warn!(
                file = %recording.path.display(),
                duration_ms = recording.duration_ms,
                "a recording that was cut off is whole again"
            ),
            Err(error) => tracing::error!(%error, "a recording that was cut off stays as it is"),
        }
    }
}

fn date_of(now: Timestamp) -> Date {
    now.to_zoned(jiff::tz::TimeZone::UTC).date()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recordings() -> (tempfile::TempDir, Recordings) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("recordings");
        let recordings = Recordings::open(path, 90, "secret".into()).unwrap();
        (folder, recordings)
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_place_has_its_day_and_a_key_that_opens_it_alone() {
        let (_folder, recordings) = recordings();
        let spec = RecorderSpec {
            name: "../we ird/näme".into(),
            keep_days: Some(1),
            ..RecorderSpec::default()
        };
        let place = recordings.place(at("2026-12-31T23:59:59Z"), 77, 3, &spec);
        let text = place.path.to_string_lossy().into_owned();
        let end = "recordings/until-2027-01-02/weirdnme-20261231T235959Z-77-3.wav";
        assert!(text.ends_with(end), "{text}");
        let parts: Vec<&str> = place.url_path.split('/').collect();
        let [_, "record", folder, key, file] = parts[..] else {
            panic!("{}", place.url_path);
        };
        assert_eq!(recordings.opens(folder, key, file), Some(place.path));
        assert_eq!(recordings.opens(folder, key, "other.wav"), None);
        assert_eq!(recordings.opens("until-2030-01-01", key, file), None);
        assert_eq!(recordings.opens(folder, "", file), None);
    }

    #[test]
    fn only_what_is_old_is_deleted() {
        let (_folder, recordings) = recordings();
        for name in ["until-2026-01-01", "until-2026-01-02", "until-x", "mine"] {
            std::fs::create_dir(recordings.folder.join(name)).unwrap();
        }
        std::fs::write(recordings.folder.join("until-2026-01-01/a.wav"), "x").unwrap();
        recordings.sweep(at("2026-01-01T00:00:00Z")).unwrap();
        let mut left: Vec<_> = std::fs::read_dir(&recordings.folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        assert_eq!(left, ["mine", "until-2026-01-02", "until-x"]);
    }
}
