//! Scenario files on disk, compiled and cached. A changed file serves the
//! next call; running calls keep the program they started with. A change that cannot
//! run changes nothing but the log and `cordboard_scenarios_stale`.

use crate::shared::Shared;
use scenario::{CompileError, Program, Source};
use std::collections::{BTreeMap, HashMap};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Longest scenario file read, bytes: the cloud takes 256 Ki characters a
/// session, of at most 4 bytes each.
const SCENARIO_BYTES_MAX: u64 = 1 << 20;

/// How often the files are looked at. The next call looks anyway.
const LOOK_EVERY: Duration = Duration::from_secs(2);

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
    /// It was not empty before.
    #[error("scenario file `{name}` is empty")]
    Empty {
        /// As the rule names it.
        name: String,
    },
    /// A syntax error.
    #[error("scenario does not compile: {0}")]
    Compile(#[from] CompileError),
}

/// What was compiled last, and what its files looked like when they were read.
struct Cached {
    stamps: Vec<Stamp>,
    program: Program,
    /// The files have changed since into something that cannot run.
    is_stale: bool,
}

/// One state of a file: any change of it changes this.
#[derive(Clone, PartialEq, Eq)]
enum Stamp {
    /// In the scenario folder. The change time cannot be set, unlike that of the content.
    File {
        inode: u64,
        changed: (i64, i64),
        length: u64,
    },
    BuiltIn,
    Missing,
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

    /// The program of these files, compiled again if one of them changed. Should the
    /// change be one that cannot run, the last good version goes on serving, and the
    /// log says so once a change.
    ///
    /// # Errors
    /// Why they cannot run, when they never could.
    pub(crate) fn load(&self, names: &[String]) -> Result<Program, ProgramError> {
        let stamps = names
            .iter()
            .map(|name| self.stamp(name))
            .collect::<Result<Vec<_>, _>>()?;
        let mut cache = self.cache.lock();
        let cached = cache.get_mut(names);
        if let Some(cached) = &cached
            && cached.stamps == stamps
        {
            return Ok(cached.program.clone());
        }
        let compiled = self.compile(names, cached.is_some());
        let files = names.join(", ");
        match (compiled, cached) {
            (Ok(program), None) => {
                let fresh = Cached {
                    stamps,
                    program: program.clone(),
                    is_stale: false,
                };
                cache.insert(names.to_vec(), fresh);
                Ok(program)
            }
            (Ok(program), Some(cached)) => {
                tracing::info!(%files, "the changed scenario serves from the next call on");
                *cached = Cached {
                    stamps,
                    program: program.clone(),
                    is_stale: false,
                };
                Ok(program)
            }
            (Err(error), Some(cached)) => {
                tracing::error!(
                    %files, %error,
                    "the changed scenario cannot run: its last good version goes on serving"
                );
                cached.stamps = stamps;
                cached.is_stale = true;
                Ok(cached.program.clone())
            }
            (Err(error), None) => Err(error),
        }
    }

    /// How many lists of files are served by an older version because the newest
    /// cannot run.
    pub(crate) fn stale(&self) -> usize {
        self.cache
            .lock()
            .values()
            .filter(|cached| cached.is_stale)
            .count()
    }

    /// With `replaces`, an empty file is one that is being written at this moment.
    fn compile(&self, names: &[String], replaces: bool) -> Result<Program, ProgramError> {
        let sources = names
            .iter()
            .map(|name| self.read(name))
            .collect::<Result<Vec<_>, _>>()?;
        if replaces && let Some(empty) = sources.iter().find(|source| source.text.trim().is_empty())
        {
            return Err(ProgramError::Empty {
                name: empty.name.clone(),
            });
        }
        Ok(Program::compile_within(sources, &self.limits)?)
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
        let meta = self
            .path(name)?
            .and_then(|path| std::fs::metadata(path).ok());
        Ok(match meta {
            Some(meta) => Stamp::File {
                inode: meta.ino(),
                changed: (meta.ctime(), meta.ctime_nsec()),
                length: meta.len(),
            },
            None if self.built_in.contains_key(name) => Stamp::BuiltIn,
            None => Stamp::Missing,
        })
    }

    fn read(&self, name: &str) -> Result<Source, ProgramError> {
        let text = match self.path(name)? {
            Some(path) => read_file(name, &path)?,
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

/// Looks for changed files for as long as the engine runs, so that their author hears
/// of a mistake before a caller does.
pub(crate) async fn watch(shared: Arc<Shared>) {
    let mut every = tokio::time::interval(LOOK_EVERY);
    let mut told = HashMap::new();
    loop {
        every.tick().await;
        let shared = Arc::clone(&shared);
        let looking = tokio::task::spawn_blocking(move || {
            look(&shared, &mut told);
            told
        });
        match looking.await {
            Ok(seen) => told = seen,
            Err(error) => {
                tracing::error!(%error, "scenario files are not looked at any more");
                return;
            }
        }
    }
}

/// Says of each rule that cannot run why, once a reason.
fn look(shared: &Shared, told: &mut HashMap<String, String>) {
    for rule in shared.rules.iter() {
        let name = &rule.config.name;
        match shared.programs.load(&rule.config.scenarios) {
            Ok(_) => drop(told.remove(name)),
            Err(error) => {
                let why = error.to_string();
                if told.get(name) != Some(&why) {
                    tracing::error!(rule = %name, %error, "the scenario cannot run");
                    told.insert(name.clone(), why);
                }
            }
        }
    }
}

fn read_file(name: &str, path: &Path) -> Result<String, ProgramError> {
    let length = std::fs::metadata(path)
        .map_err(|error| unreadable(name, &error))?
        .len();
    if length > SCENARIO_BYTES_MAX {
        return Err(ProgramError::Unreadable {
            name: name.to_owned(),
            why: format!("it is longer than {SCENARIO_BYTES_MAX} bytes"),
        });
    }
    std::fs::read_to_string(path).map_err(|error| unreadable(name, &error))
}

fn unreadable(name: &str, error: &std::io::Error) -> ProgramError {
    ProgramError::Unreadable {
        name: name.to_owned(),
        why: error.to_string(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
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

    /// A folder with these files and what loads them.
    fn folder(files: &[(&str, &str)]) -> (tempfile::TempDir, Programs, Vec<String>) {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(dir.path().join(name), text).unwrap();
        }
        let programs = Programs::new(
            Some(dir.path().to_owned()),
            BTreeMap::from([("spare.js".to_owned(), "var spare;".to_owned())]),
            scenario::Limits::default(),
        );
        let names = files.iter().map(|(name, _)| (*name).to_owned());
        (dir, programs, names.collect())
    }

    #[test]
    fn a_change_that_cannot_run_leaves_the_last_good_version_serving() {
        let (dir, programs, names) = folder(&[("a.js", "var a;"), ("b.js", "var b;")]);
        programs.load(&names).unwrap();
        for text in ["var (", " ", "var b = 1;"] {
            std::fs::write(dir.path().join("b.js"), text).unwrap();
            programs.load(&names).unwrap();
            assert_eq!(programs.stale(), usize::from(text.len() < 8), "{text}");
        }
        std::fs::remove_file(dir.path().join("a.js")).unwrap();
        programs.load(&names).unwrap();
        assert_eq!(programs.stale(), 1, "a deleted file");
        std::fs::write(dir.path().join("a.js"), "var a;").unwrap();
        programs.load(&names).unwrap();
        assert_eq!(programs.stale(), 0, "it is back");
    }

    #[test]
    fn a_deleted_file_gives_way_to_the_built_in_one_of_its_name() {
        let (dir, programs, names) = folder(&[("spare.js", "var mine;")]);
        programs.load(&names).unwrap();
        std::fs::remove_file(dir.path().join("spare.js")).unwrap();
        programs.load(&names).unwrap();
        assert_eq!(programs.stale(), 0);
    }

    #[test]
    fn what_never_ran_is_refused_with_the_reason() {
        let (_dir, programs, names) = folder(&[("a.js", "var (")]);
        let error = programs.load(&names).err().map(|error| error.to_string());
        assert!(error.is_some_and(|text| text.contains("a.js:1")));
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
