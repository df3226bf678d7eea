//! PURE. Applications, scenarios, rules and secrets that were uploaded: what
//! commands do to them, and what has to be written. Time comes in; nothing here
//! reads a clock or a database.

mod application;
mod publication;
mod rule;
mod scenario;
mod secret;
mod user;

use super::failure::Failure;
use super::parameters::Parameters;
use publication::Publication;
pub(super) use rule::RuleName;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// The application that is always there: it has the rules of the configuration.
pub(crate) const MAIN_APPLICATION: u64 = 1;
/// Its name.
const MAIN_NAME: &str = "cordboard";
/// Ids below are those of the configuration's rules.
const FIRST_ID: u64 = 1_000;
/// Row of the id counter.
const COUNTER_ROW: u64 = 0;
/// Rows of one kind: far above what people keep, and a list of them is still
/// quick to read.
const OBJECTS_MAX: usize = 1_000;
/// Most rows in one answer, as on the cloud.
const COUNT_MAX: u64 = 1_000;
/// Rows in an answer when `count` is not sent.
const COUNT_DEFAULT: u64 = 20;

/// A rule of the configuration file, which cannot be changed here.
#[derive(Clone, Debug)]
pub struct ConfiguredRule {
    /// Its name.
    pub name: String,
    /// Regular expression over the whole number.
    pub pattern: String,
    /// Veto.
    pub exclude: Option<String>,
    /// Scenario files.
    pub scenarios: Vec<String>,
    /// Callers who dial the same number meet in one session.
    pub conference: bool,
}

/// One thing that is kept. Journal-like: fields may be added, never renamed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Object {
    Counter { last_id: u64 },
    Application(application::Application),
    Scenario(scenario::Scenario),
    Rule(rule::Rule),
    Secret(secret::Secret),
    User(user::PlatformUser),
}

/// What has to be written: an object, or `None` where one goes.
pub(crate) type Changes = Vec<(u64, Option<Object>)>;

/// Everything that is kept. Clones share the texts.
#[derive(Clone, Default)]
pub(crate) struct Catalogue {
    configured: Arc<[ConfiguredRule]>,
    objects: BTreeMap<u64, Object>,
    changes: Changes,
    /// Made when it is first asked for after a change.
    publication: Arc<OnceLock<Publication>>,
}

impl Catalogue {
    /// From the rows of the store.
    pub(crate) fn new(configured: Vec<ConfiguredRule>, objects: BTreeMap<u64, Object>) -> Self {
        Self {
            configured: configured.into(),
            objects,
            changes: Vec::new(),
            publication: Arc::default(),
        }
    }

    /// The same rules of the configuration over other rows.
    pub(crate) fn with(&self, objects: BTreeMap<u64, Object>) -> Self {
        Self {
            configured: Arc::clone(&self.configured),
            objects,
            changes: Vec::new(),
            publication: Arc::default(),
        }
    }

    /// What changed since the last time.
    pub(crate) fn take_changes(&mut self) -> Changes {
        std::mem::take(&mut self.changes)
    }

    fn put(&mut self, id: u64, object: Object) {
        self.changes.push((id, Some(object.clone())));
        self.objects.insert(id, object);
        self.publication = Arc::default();
    }

    fn remove(&mut self, id: u64) {
        self.changes.push((id, None));
        self.objects.remove(&id);
        self.publication = Arc::default();
    }

    /// Ids are never given twice.
    fn new_id(&mut self) -> u64 {
        let last_id = match self.objects.get(&COUNTER_ROW) {
            Some(Object::Counter { last_id }) => *last_id,
            Some(_) | None => FIRST_ID,
        };
        let id = last_id + 1;
        self.put(COUNTER_ROW, Object::Counter { last_id: id });
        id
    }
}

fn room(present: usize, what: &'static str) -> Result<(), Failure> {
    if present < OBJECTS_MAX {
        return Ok(());
    }
    Err(Failure::forbidden(format!(
        "there are {OBJECTS_MAX} {what} already"
    )))
}

/// `"2026-11-24 09:00:00"`, UTC.
pub(crate) fn date(at_ms: u64) -> String {
    let at = i64::try_from(at_ms).ok();
    let at = at.and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    at.unwrap_or_default()
        .strftime("%Y-%m-%d %H:%M:%S")
        .to_string()
}

/// One page of a list, as `offset` and `count` ask.
pub(crate) fn page(rows: Vec<Value>, parameters: &Parameters) -> Result<Value, Failure> {
    let offset = usize::try_from(parameters.number("offset")?.unwrap_or(0)).unwrap_or(usize::MAX);
    let count = parameters.number("count")?.unwrap_or(COUNT_DEFAULT);
    let count = usize::try_from(count.min(COUNT_MAX)).unwrap_or(0);
    let total = rows.len();
    let shown: Vec<Value> = rows.into_iter().skip(offset).take(count).collect();
    Ok(json!({ "count": shown.len(), "total_count": total, "result": shown }))
}

/// Refuses a name that people or logs would stumble over.
fn plain_name<'p>(
    parameters: &'p Parameters,
    key: &'static str,
    bytes_max: usize,
) -> Result<&'p str, Failure> {
    let name = parameters.required(key, bytes_max)?;
    if name.chars().any(char::is_control) {
        return Err(Failure::argument(key, "has control characters"));
    }
    Ok(name)
}

#[cfg(test)]
mod tests;
