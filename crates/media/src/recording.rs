//! The writer of recordings: one thread that puts samples into files, so that a
//! slow disk never holds up a media thread.
//!
//! A recording is a wav file, written as it happens under its name with `.part`
//! after it. The sizes in its header are brought up to date every few seconds,
//! and [`recover_recording`] makes a whole file of what a killed process left.

use crate::{EventSink, MediaEvent, RECORDING_S_MAX, RecorderId};
use crossbeam_channel::Receiver;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use voice::{Rate, wav};

/// How the samples of a recording are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Format {
    pub(crate) rate: Rate,
    /// Two channels: left the caller, right the agent.
    pub(crate) stereo: bool,
}

impl Format {
    pub(crate) fn channels(self) -> u16 {
        if self.stereo { 2 } else { 1 }
    }

    /// Bytes of one moment of all channels.
    fn block_align(self) -> u64 {
        u64::from(self.channels()) * 2
    }

    fn header(self, data_bytes: u32) -> [u8; wav::HEADER_BYTES] {
        wav::header(self.rate.hz(), self.channels(), data_bytes)
    }

    /// Moments that a recording may have: those of [`RECORDING_S_MAX`], and at most
    /// what the sizes of a wav file can say.
    pub(crate) fn moments_max(self) -> u64 {
        let by_time = u64::from(RECORDING_S_MAX) * u64::from(self.rate.hz());
        by_time.min((u64::from(u32::MAX) - wav::HEADER_BYTES as u64) / self.block_align())
    }
}

/// Orders that may wait for the writer: 52 MB of blocks of 200 ms in stereo at
/// 8 kHz. A hundred recordings survive a disk that stands still for a quarter of a minute.
pub(crate) const ORDERS_MAX: usize = 8_192;

/// Seconds after which the header is brought up to date: all that a player that
/// trusts the header misses after a crash.
const HEADER_SPACING_S: u64 = 5;

/// Bytes read at a time for the checksum.
const READ_BYTES: usize = 64 * 1024;

/// What a media thread asks of the writer. Those of one recorder are done in order.
#[derive(Debug)]
pub(crate) enum Order {
    Open {
        recorder: RecorderId,
        path: PathBuf,
        format: Format,
    },
    /// Samples of all channels in turn, after `gap` moments that were lost and
    /// are written as silence, so that the time in the file stays right.
    Write {
        recorder: RecorderId,
        gap: u64,
        samples: Vec<i16>,
    },
    Finish {
        recorder: RecorderId,
    },
}

/// A finished recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    /// The file.
    pub path: PathBuf,
    /// SHA-256 of the whole file, hexadecimal.
    pub sha256: String,
    /// Length, milliseconds.
    pub duration_ms: u64,
}

/// A recording under way.
#[derive(Debug)]
struct Part {
    file: File,
    path: PathBuf,
    format: Format,
    /// Moments written, and of those the ones that the header knows.
    moments: u64,
    in_header: u64,
    lost_moments: u64,
}

/// Does orders until nobody can give any more, then finishes what is open.
pub(crate) fn run(orders: &Receiver<Order>, sink: &EventSink) {
    let mut parts: HashMap<RecorderId, Part> = HashMap::new();
    let mut bytes = Vec::new();
    for order in orders {
        match order {
            Order::Open {
                recorder,
                path,
                format,
            } => match Part::create(path, format) {
                Ok(part) => {
                    parts.insert(recorder, part);
                    sink(MediaEvent::RecorderStarted { recorder });
                }
                Err(why) => sink(MediaEvent::RecorderFailed { recorder, why }),
            },
            Order::Write {
                recorder,
                gap,
                samples,
            } => {
                // One that has failed is no longer here: that was told.
                let Some(part) = parts.get_mut(&recorder) else {
                    continue;
                };
                if let Err(error) = part.write(gap, &samples, &mut bytes) {
                    let why = part.failure("cannot write", &error);
                    parts.remove(&recorder);
                    sink(MediaEvent::RecorderFailed { recorder, why });
                }
            }
            Order::Finish { recorder } => {
                if let Some(part) = parts.remove(&recorder) {
                    sink(part.finish(recorder));
                }
            }
        }
    }
    for (recorder, part) in parts {
        sink(part.finish(recorder));
    }
}

impl Part {
    fn create(path: PathBuf, format: Format) -> Result<Self, String> {
        if path.exists() {
            return Err(format!("{} is already there", path.display()));
        }
        let part = part_of(&path);
        let failed = |error: io::Error| format!("cannot create {}: {error}", part.display());
        if let Some(folder) = path.parent() {
            make_folder(folder).map_err(failed)?;
        }
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            // What people said is for this user alone.
            .mode(0o600)
            .open(&part)
            .map_err(failed)?;
        file.write_all_at(&format.header(0), 0).map_err(failed)?;
        Ok(Self {
            file,
            path,
            format,
            moments: 0,
            in_header: 0,
            lost_moments: 0,
        })
    }

    fn write(&mut self, gap: u64, samples: &[i16], bytes: &mut Vec<u8>) -> io::Result<()> {
        // A gap is a hole in the file, which reads as zeros: silence.
        self.moments += gap;
        self.lost_moments += gap;
        bytes.clear();
        bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
        let at = wav::HEADER_BYTES as u64 + self.moments * self.format.block_align();
        self.file.write_all_at(bytes, at)?;
        self.moments += samples.len() as u64 / u64::from(self.format.channels());
        let spacing = HEADER_SPACING_S * u64::from(self.format.rate.hz());
        if self.moments - self.in_header >= spacing {
            self.write_header()?;
        }
        Ok(())
    }

    fn write_header(&mut self) -> io::Result<()> {
        let data_bytes =
            u32::try_from(self.moments * self.format.block_align()).unwrap_or(u32::MAX);
        let header = self.format.header(data_bytes);
        self.file.write_all_at(&header, 0)?;
        self.in_header = self.moments;
        Ok(())
    }

    fn finish(mut self, recorder: RecorderId) -> MediaEvent {
        match self.complete() {
            Ok(recording) => MediaEvent::RecorderFinished {
                recorder,
                recording,
                lost_ms: self.lost_moments * 1_000 / u64::from(self.format.rate.hz()),
            },
            Err(error) => {
                let why = self.failure("cannot finish", &error);
                MediaEvent::RecorderFailed { recorder, why }
            }
        }
    }

    fn complete(&mut self) -> io::Result<Recording> {
        self.file
            .set_len(wav::HEADER_BYTES as u64 + self.moments * self.format.block_align())?;
        self.write_header()?;
        self.file.sync_all()?;
        let sha256 = checksum(&self.file)?;
        std::fs::rename(part_of(&self.path), &self.path)?;
        Ok(Recording {
            path: self.path.clone(),
            sha256,
            duration_ms: self.moments * 1_000 / u64::from(self.format.rate.hz()),
        })
    }

    fn failure(&self, what: &str, error: &io::Error) -> String {
        let part = part_of(&self.path);
        format!("{what} {}: {error}", part.display())
    }
}

/// Makes the folder of a recording; the one above it must be there.
fn make_folder(folder: &Path) -> io::Result<()> {
    match std::fs::DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        other => other,
    }
}

/// The name of a recording under way.
fn part_of(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".part");
    name.into()
}

/// Makes a whole recording of the `.part` file that a killed process left, with
/// everything that had been written, and gives it its name.
///
/// # Errors
/// When it is not such a file, when a finished one of that name is there, or
/// when the disk refuses.
pub fn recover_recording(part: &Path) -> io::Result<Recording> {
    let invalid = |why: &str| {
        let text = format!("{}: {why}", part.display());
        io::Error::new(io::ErrorKind::InvalidData, text)
    };
    if part.extension().is_none_or(|extension| extension != "part") {
        return Err(invalid("its name does not end in .part"));
    }
    let path = part.with_extension("");
    if path.exists() {
        return Err(invalid("a finished recording of that name is there"));
    }
    let file = OpenOptions::new().read(true).write(true).open(part)?;
    let mut header = [0; wav::HEADER_BYTES];
    file.read_exact_at(&mut header, 0)
        .map_err(|_| invalid("it has no header"))?;
    // All but the sizes of the file and of the data.
    let same = |format: &Format| header.get(8..40) == format.header(0).get(8..40);
    let formats = Rate::ALL
        .into_iter()
        .flat_map(|rate| [true, false].map(|stereo| Format { rate, stereo }));
    let Some(format) = formats.into_iter().find(same) else {
        return Err(invalid("it is not a recording of ours"));
    };
    let data = file.metadata()?.len() - wav::HEADER_BYTES as u64;
    let mut found = Part {
        file,
        path,
        format,
        moments: data / format.block_align(),
        in_header: 0,
        lost_moments: 0,
    };
    found.complete()
}

fn checksum(file: &File) -> io::Result<String> {
    use std::io::{Seek, SeekFrom};
    let mut file = file;
    file.seek(SeekFrom::Start(0))?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; READ_BYTES];
    loop {
        let count = file.read(&mut buffer)?;
        let Some(read) = buffer.get(..count).filter(|read| !read.is_empty()) else {
            break;
        };
        hash.update(read);
    }
    Ok(hash.finalize().iter().map(|b| format!("{b:02x}")).collect())
}

#[cfg(test)]
mod tests;
