//! Scenario files on disk, compiled and cached. A changed file serves the
//! next call; running calls keep the program they started with.

use scenario::{CompileError, Program, Source};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Longest scenario file read, bytes: the cloud takes 256 Ki characters a
/// session, of at most 4 bytes each.
const SCENARIO_BYTES_MAX: u64 = 1 << 20;

/// Why a rule's scenarios cannot run. The author of the scenario can fix it.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// No such file and no built-in one of that name.
    #[error("scenario file `{name}` was not found")]
    NotFound {
        /// As the rule names it.
        name: String,
    },
    /// A name that leaves the scenario folder.
    #[error("scenario file name `{name}` must be a plain file name inside the scenario folder")]
    BadName {
        /// As the rule names it.
        name: String,
    },
    /// The file cannot be read.
    #[error("scenario file `{name}` cannot be read: {why}")]
    Unreadable {
        /// As the rule names it.
        name: String,
        /// What the system said.
        why: String,
    },
    /// A syntax error.
    #[error("scenario does not compile: {0}")]
    Compile(#[from] CompileError),
}

/// What was compiled, and from which versions of the files.
struct Cached {
    stamps: Vec<Stamp>,
    program: Program,
}

#[derive(Clone, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
}

/// Loads and caches programs by their list of files.
pub(crate) struct Programs {
    folder: Option<PathBuf>,
    built_in: BTreeMap<String, String>,
    limits: scenario::Limits,
    cache: parking_lot::Mutex<HashMap<Vec<String>, Cached>>,
}

impl Programs {
    pub(crate) fn new(
        folder: Option<PathBuf>,
        built_in: BTreeMap<String, String>,
        limits: scenario::Limits,
    ) -> Self {
        Self {
            limits,
            folder,
            built_in,
            cache: parking_lot::Mutex::default(),
        }
    }

    /// The program of these files, compiled again if one of them changed.
    pub(crate) fn load(&self, names: &[String]) -> Result<Program, ProgramError> {
        let stamps = names
            .iter()
            .map(|name| self.stamp(name))
            .collect::<Result<Vec<_>, _>>()?;
        let mut cache = self.cache.lock();
        if let Some(cached) = cache.get(names)
            && cached.stamps == stamps
        {
            return Ok(cached.program.clone());
        }
        let sources = names
            .iter()
            .map(|name| self.read(name))
            .collect::<Result<Vec<_>, _>>()?;
        let program = Program::compile_within(sources, &self.limits)?;
        cache.insert(
            names.to_vec(),
            Cached {
                stamps,
                program: program.clone(),
            },
        );
        Ok(program)
    }

    fn path(&self, name: &str) -> Result<Option<PathBuf>, ProgramError> {
        let plain = Path::new(name)
            .components()
            .all(|part| matches!(part, std::path::Component::Normal(_)));
        if !plain || name.is_empty() {
            return Err(ProgramError::BadName {
                name: name.to_owned(),
            });
        }
        Ok(self
            .folder
            .as_ref()
            .map(|folder| folder.join(name))
            .filter(|path| path.is_file()))
    }

    fn stamp(&self, name: &str) -> Result<Stamp, ProgramError> {
        match self.path(name)? {
            Some(path) => {
                let meta = std::fs::metadata(&path).map_err(|error| unreadable(name, &error))?;
                if meta.len() > SCENARIO_BYTES_MAX {
                    let why = format!("it is longer than {SCENARIO_BYTES_MAX} bytes");
                    return Err(ProgramError::Unreadable {
                        name: name.to_owned(),
                        why,
                    });
                }
                Ok(Stamp {
                    modified: meta.modified().ok(),
                    length: meta.len(),
                })
            }
            None if self.built_in.contains_key(name) => Ok(Stamp {
                modified: None,
                length: 0,
            }),
            None => Err(ProgramError::NotFound {
                name: name.to_owned(),
            }),
        }
    }

    fn read(&self, name: &str) -> Result<Source, ProgramError> {
        let text = match self.path(name)? {
            Some(path) => {
                std::fs::read_to_string(&path).map_err(|error| unreadable(name, &error))?
            }
            None => self
                .built_in
                .get(name)
                .cloned()
                .ok_or_else(|| ProgramError::NotFound {
                    name: name.to_owned(),
                })?,
        };
        Ok(Source {
            name: name.to_owned(),
            text,
        })
    }
}

fn unreadable(name: &str, error: &std::io::Error) -> ProgramError {
    ProgramError::Unreadable {
        name: name.to_owned(),
        why: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_the_folder() {
        let programs = Programs::new(
            Some("/etc".into()),
            BTreeMap::new(),
            scenario::Limits::default(),
        );
        for name in ["../passwd", "/etc/passwd", "", "a/../../b"] {
            assert!(
                matches!(
                    programs.load(&[name.into()]),
                    Err(ProgramError::BadName { .. })
                ),
                "{name}"
            );
        }
    }

    #[test]
    fn a_missing_file_is_named() {
        let programs = Programs::new(None, BTreeMap::new(), scenario::Limits::default());
        let error = programs
            .load(&["gone.js".into()])
            .err()
            .map(|error| error.to_string());
        assert_eq!(
            error.as_deref(),
            Some("scenario file `gone.js` was not found")
        );
    }
}
