//! Rules, scenarios and secrets that were uploaded by the management API. The
//! backend keeps them and sends the whole of them at every change; the last one
//! is kept in a file, so that a restarted engine serves calls before the
//! backend has spoken. A session keeps the program it started with.

use crate::program::ProgramError;
use crate::rule::{Rule, RuleConfig, RuleError};
use parking_lot::RwLock;
use scenario::{CompileError, Program, Source};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why a configuration was not taken; the one before stays in force.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UploadError {
    /// The author of the rule can fix it.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// A bug of the sender.
    #[error("rule `{rule}` names the scenario `{scenario}`, which is not there")]
    NoScenario {
        /// The rule.
        rule: String,
        /// The missing scenario.
        scenario: String,
    },
    /// The operator can fix it: disk or rights.
    #[error("the uploaded configuration cannot be kept: {0}")]
    Disk(std::io::Error),
}

/// What the backend sends.
#[derive(Serialize, Deserialize)]
pub(crate) struct Configuration {
    /// Names this state; the backend compares it with its own.
    pub(crate) version: String,
    /// In the order in which they are asked.
    pub(crate) rules: Vec<RuleJson>,
    /// Text by name.
    pub(crate) scenarios: BTreeMap<String, String>,
    /// For `VoxEngine.getSecretValue`.
    pub(crate) secrets: BTreeMap<String, String>,
}

/// One rule of a [`Configuration`].
#[derive(Serialize, Deserialize)]
pub(crate) struct RuleJson {
    name: String,
    application_id: u64,
    pattern: String,
    #[serde(default)]
    exclude: Option<String>,
    scenarios: Vec<String>,
    #[serde(default)]
    conference: bool,
}

/// A rule ready to be used.
#[derive(Debug)]
pub(crate) struct UploadedRule {
    pub(crate) rule: Rule,
    pub(crate) application_id: u64,
    sources: Vec<Source>,
    program: Result<Program, CompileError>,
}

impl UploadedRule {
    /// Its scenarios, compiled: the newest that can run.
    pub(crate) fn program(&self) -> Result<Program, ProgramError> {
        Ok(self.program.clone()?)
    }

    fn is(&self, rule: &RuleJson) -> bool {
        self.application_id == rule.application_id && self.rule.config.name == rule.name
    }
}

struct State {
    version: String,
    rules: Arc<[Arc<UploadedRule>]>,
    secrets: Arc<BTreeMap<String, String>>,
}

/// What is in force now.
pub(crate) struct Uploads {
    file: PathBuf,
    /// Those of the configuration file; they win.
    own_secrets: BTreeMap<String, String>,
    limits: scenario::Limits,
    state: RwLock<State>,
}

impl Uploads {
    /// Reads what was kept; without a readable file nothing is uploaded.
    pub(crate) fn open(
        file: PathBuf,
        own_secrets: BTreeMap<String, String>,
        limits: scenario::Limits,
    ) -> Self {
        let nothing = State {
            version: String::new(),
            rules: Arc::new([]),
            secrets: Arc::new(own_secrets.clone()),
        };
        let state = match kept(&file, &own_secrets, &limits) {
            Ok(kept) => kept.unwrap_or(nothing),
            Err(why) => {
                tracing::warn!(%why, "the kept uploads are not readable; waiting for the backend");
                nothing
            }
        };
        Self {
            file,
            own_secrets,
            limits,
            state: RwLock::new(state),
        }
    }

    /// Puts a configuration in force and keeps it. Blocks on the disk.
    pub(crate) fn put(&self, configuration: &Configuration) -> Result<(), UploadError> {
        let state = State::new(
            configuration,
            &self.own_secrets,
            &self.limits,
            &self.rules(),
        )?;
        keep(&self.file, configuration).map_err(UploadError::Disk)?;
        *self.state.write() = state;
        Ok(())
    }

    /// Which state is in force; empty for none.
    pub(crate) fn version(&self) -> String {
        self.state.read().version.clone()
    }

    /// The rules in order.
    pub(crate) fn rules(&self) -> Arc<[Arc<UploadedRule>]> {
        Arc::clone(&self.state.read().rules)
    }

    /// All secrets, those of the configuration file included.
    pub(crate) fn secrets(&self) -> Arc<BTreeMap<String, String>> {
        Arc::clone(&self.state.read().secrets)
    }
}

impl State {
    fn new(
        configuration: &Configuration,
        own_secrets: &BTreeMap<String, String>,
        limits: &scenario::Limits,
        before: &[Arc<UploadedRule>],
    ) -> Result<Self, UploadError> {
        let scenarios = &configuration.scenarios;
        let rules = configuration
            .rules
            .iter()
            .map(|rule| ready(rule, scenarios, limits, before));
        let mut secrets = configuration.secrets.clone();
        secrets.extend(own_secrets.clone());
        Ok(Self {
            version: configuration.version.clone(),
            rules: rules.collect::<Result<_, _>>()?,
            secrets: Arc::new(secrets),
        })
    }
}

fn ready(
    rule: &RuleJson,
    scenarios: &BTreeMap<String, String>,
    limits: &scenario::Limits,
    before: &[Arc<UploadedRule>],
) -> Result<Arc<UploadedRule>, UploadError> {
    let source = |name: &String| match scenarios.get(name) {
        Some(text) => Ok(Source {
            name: name.clone(),
            text: text.clone(),
        }),
        None => Err(UploadError::NoScenario {
            rule: rule.name.clone(),
            scenario: name.clone(),
        }),
    };
    let sources = rule
        .scenarios
        .iter()
        .map(source)
        .collect::<Result<Vec<_>, _>>()?;
    let before = before.iter().find(|known| known.is(rule));
    let program = compiled(rule, &sources, limits, before.map(AsRef::as_ref));
    let config = RuleConfig {
        name: rule.name.clone(),
        pattern: rule.pattern.clone(),
        exclude: rule.exclude.clone(),
        scenarios: rule.scenarios.clone(),
        default_treatment: None,
        conference: rule.conference,
    };
    Ok(Arc::new(UploadedRule {
        rule: Rule::new(config)?,
        application_id: rule.application_id,
        sources,
        program,
    }))
}

/// The newest version that can run; the log says when that is not the newest.
fn compiled(
    rule: &RuleJson,
    sources: &[Source],
    limits: &scenario::Limits,
    before: Option<&UploadedRule>,
) -> Result<Program, CompileError> {
    if let Some(before) = before
        && before.sources == sources
    {
        return before.program.clone();
    }
    let fresh = Program::compile_within(sources.to_vec(), limits);
    let last_good = before.and_then(|before| before.program.as_ref().ok());
    match (fresh, last_good) {
        (Err(error), Some(program)) => {
            tracing::error!(
                rule = %rule.name, %error,
                "the uploaded scenario cannot run: its last good version goes on serving"
            );
            Ok(program.clone())
        }
        (Err(error), None) => {
            tracing::error!(rule = %rule.name, %error, "the uploaded scenario cannot run");
            Err(error)
        }
        (Ok(program), _) => Ok(program),
    }
}

fn kept(
    file: &Path,
    own_secrets: &BTreeMap<String, String>,
    limits: &scenario::Limits,
) -> Result<Option<State>, String> {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    let configuration: Configuration =
        serde_json::from_str(&text).map_err(|error| error.to_string())?;
    State::new(&configuration, own_secrets, limits, &[])
        .map(Some)
        .map_err(|error| error.to_string())
}

/// Whole or not at all, and readable by its owner only: it holds secrets.
fn keep(file: &Path, configuration: &Configuration) -> std::io::Result<()> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    let fresh = file.with_extension("new");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut out = std::io::BufWriter::new(options.open(&fresh)?);
    serde_json::to_writer(&mut out, configuration)?;
    out.flush()?;
    out.get_ref().sync_all()?;
    std::fs::rename(&fresh, file)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn configuration(version: &str, pattern: &str, text: &str) -> Configuration {
        Configuration {
            version: version.into(),
            rules: vec![RuleJson {
                name: "uploaded".into(),
                application_id: 2,
                pattern: pattern.into(),
                exclude: None,
                scenarios: vec!["hello".into()],
                conference: false,
            }],
            scenarios: BTreeMap::from([("hello".into(), text.into())]),
            secrets: BTreeMap::from([
                ("MINE".into(), "uploaded".into()),
                ("OTHER".into(), "uploaded".into()),
            ]),
        }
    }

    fn uploads(folder: &Path) -> Uploads {
        let file = folder.join("uploaded.json");
        Uploads::open(file, BTreeMap::new(), scenario::Limits::default())
    }

    #[test]
    fn an_upload_that_cannot_run_leaves_the_last_good_version_serving() {
        let folder = tempfile::tempdir().unwrap();
        let uploads = uploads(folder.path());
        uploads.put(&configuration("a", "1..", "var (")).unwrap();
        let error = uploads.rules()[0].program().err().map(|e| e.to_string());
        assert!(error.is_some_and(|text| text.contains("hello:1")));
        uploads.put(&configuration("b", "1..", "var x;")).unwrap();
        uploads.rules()[0].program().unwrap();
        for version in ["c", "d"] {
            uploads
                .put(&configuration(version, "2..", "var ("))
                .unwrap();
            uploads.rules()[0].program().unwrap();
            assert_eq!(uploads.version(), version);
            assert!(uploads.rules()[0].rule.matches("200"));
        }
    }

    #[test]
    fn what_was_uploaded_survives_a_restart_and_the_configured_secrets_win() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("uploaded.json");
        let own = BTreeMap::from([("MINE".to_owned(), "configured".to_owned())]);
        let first = Uploads::open(file.clone(), own.clone(), scenario::Limits::default());
        assert_eq!(first.version(), "");
        first.put(&configuration("a", "1..", "var x;")).unwrap();
        drop(first);
        let second = Uploads::open(file, own, scenario::Limits::default());
        assert_eq!(second.version(), "a");
        let rules = second.rules();
        assert!(rules[0].rule.matches("123"));
        rules[0].program().unwrap();
        assert_eq!(second.secrets()["MINE"], "configured");
        assert_eq!(second.secrets()["OTHER"], "uploaded");
    }

    #[test]
    fn a_bad_configuration_leaves_the_one_before_in_force() {
        let folder = tempfile::tempdir().unwrap();
        let uploads = uploads(folder.path());
        uploads.put(&configuration("a", "1..", "var x;")).unwrap();
        let error = uploads
            .put(&configuration("b", "1(", "var x;"))
            .unwrap_err();
        assert!(error.to_string().contains("`pattern`"), "{error}");
        let mut missing = configuration("c", "1", "");
        missing.scenarios.clear();
        let error = uploads.put(&missing).unwrap_err();
        assert!(error.to_string().contains("`hello`"), "{error}");
        assert_eq!(uploads.version(), "a");
    }
}
