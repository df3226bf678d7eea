//! Reading the file: defaults underneath, environment on top, and errors that
//! name the key, the line and what was probably meant.

use super::keys::KEYS;
use super::{Config, DEFAULT_TOML};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// Prefix of environment overrides: `CORDBOARD__HTTP__BIND`.
const ENV_PREFIX: &str = "CORDBOARD__";
/// Longest offer time: an hour is a mistake, not a wish.
const SECONDS_MAX: u64 = 3_600;
/// Longest memory of a caller's answer.
const DAYS_MAX: u64 = 3_650;

/// What is wrong with a configuration. Its owner can fix it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// The file cannot be read.
    #[error("{file}: cannot be read: {source}")]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Not TOML, an unknown key, or a value of the wrong kind.
    #[error("{place}: {problem}")]
    Wrong {
        /// File and line, or the environment variable.
        place: String,
        /// What is wrong, with the key.
        problem: String,
    },
}

impl ConfigError {
    fn wrong(place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Wrong {
            place: place.into(),
            problem: problem.into(),
        }
    }
}

/// Loads a configuration. `file` is `None` for the defaults alone; `env` are
/// the process's variables.
///
/// # Errors
/// [`ConfigError`] names the first thing that is wrong.
pub(crate) fn load(
    file: Option<&Path>,
    env: impl IntoIterator<Item = (String, String)>,
) -> Result<Config, ConfigError> {
    let mut table: Table = DEFAULT_TOML.parse().map_err(|error: toml::de::Error| {
        ConfigError::wrong("built-in defaults", error.message())
    })?;
    let mut place = "built-in defaults".to_owned();
    if let Some(file) = file {
        let text = std::fs::read_to_string(file).map_err(|source| ConfigError::Unreadable {
            file: file.to_owned(),
            source,
        })?;
        let own: Table = text.parse().map_err(|error: toml::de::Error| {
            let line = line_of(&text, error.span());
            ConfigError::wrong(format!("{}:{line}", file.display()), error.message().trim())
        })?;
        unknown_keys(&own, &format!("{}", file.display()), Some(&text))?;
        merge(&mut table, own);
        place = file.display().to_string();
    }
    for (name, value) in env {
        if let Some(path) = name.strip_prefix(ENV_PREFIX) {
            set_from_env(&mut table, path, &value, &name)?;
        }
    }
    let config =
        Config::deserialize_from(table).map_err(|problem| ConfigError::wrong(&place, problem))?;
    check(&config).map_err(|problem| ConfigError::wrong(&place, problem))?;
    Ok(config)
}

impl Config {
    fn deserialize_from(table: Table) -> Result<Self, String> {
        let value = Value::Table(table);
        serde_path_to_error::deserialize(value).map_err(|error| {
            let path = error.path().to_string();
            format!("`{path}`: {}", error.into_inner().message().trim())
        })
    }
}

/// Tables merge key by key; lists and values are replaced whole, so that a
/// file with its own `[[queues]]` does not keep the default queue.
fn merge(base: &mut Table, over: Table) {
    for (key, value) in over {
        match (base.get_mut(&key), value) {
            (Some(Value::Table(base)), Value::Table(over)) => merge(base, over),
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

/// Sets `HTTP__BIND` style paths. The value is read as TOML when it is one
/// (numbers, booleans, lists) and as text otherwise.
fn set_from_env(table: &mut Table, path: &str, text: &str, name: &str) -> Result<(), ConfigError> {
    let parts: Vec<String> = path.split("__").map(str::to_lowercase).collect();
    let Some((last, sections)) = parts.split_last() else {
        return Ok(());
    };
    let mut over = Table::new();
    let value = match format!("v = {text}").parse::<Table>() {
        Ok(mut parsed) => parsed
            .remove("v")
            .unwrap_or_else(|| Value::String(text.into())),
        Err(_) => Value::String(text.into()),
    };
    // Secret names are upper case and free.
    let last = if sections.last().is_some_and(|section| section == "secrets") {
        path.rsplit("__").next().unwrap_or_default().to_owned()
    } else {
        last.clone()
    };
    let wants_text = matches!(existing(table, sections, &last), Some(Value::String(_)));
    let value = if wants_text && !value.is_str() {
        Value::String(text.into())
    } else {
        value
    };
    over.insert(last, value);
    for section in sections.iter().rev() {
        let mut outer = Table::new();
        outer.insert(section.clone(), Value::Table(over));
        over = outer;
    }
    unknown_keys(&over, name, None)?;
    merge(table, over);
    Ok(())
}

fn existing<'t>(table: &'t Table, sections: &[String], key: &str) -> Option<&'t Value> {
    let mut inner = table;
    for section in sections {
        inner = inner.get(section)?.as_table()?;
    }
    inner.get(key)
}

fn unknown_keys(table: &Table, place: &str, text: Option<&str>) -> Result<(), ConfigError> {
    walk(table, "").map_err(|(key, problem)| {
        let place = match text.and_then(|text| line_of_key(text, &key)) {
            Some(line) => format!("{place}:{line}"),
            None => place.to_owned(),
        };
        ConfigError::wrong(place, problem)
    })
}

fn walk(table: &Table, section: &str) -> Result<(), (String, String)> {
    let Some((_, known)) = KEYS.iter().find(|(name, _)| *name == section) else {
        return Ok(());
    };
    for (key, value) in table {
        let path = if section.is_empty() {
            key.clone()
        } else {
            format!("{section}.{key}")
        };
        if !known.contains(&key.as_str()) && !known.contains(&"*") {
            return Err((key.clone(), unknown(&path, key, known)));
        }
        match value {
            Value::Table(inner) => walk(inner, &path)?,
            Value::Array(items) => {
                for inner in items.iter().filter_map(Value::as_table) {
                    walk(inner, &path)?;
                }
            }
            Value::String(_)
            | Value::Integer(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::Datetime(_) => {}
        }
    }
    Ok(())
}

fn unknown(path: &str, key: &str, known: &[&str]) -> String {
    let nearest = known
        .iter()
        .map(|candidate| (strsim::damerau_levenshtein(candidate, key), candidate))
        .min()
        .filter(|(distance, _)| *distance <= 3);
    match nearest {
        Some((_, meant)) => format!("unknown key `{path}`; did you mean `{meant}`?"),
        None => format!("unknown key `{path}`; known here: {}", known.join(", ")),
    }
}

fn line_of(text: &str, span: Option<std::ops::Range<usize>>) -> usize {
    let start = span.map_or(0, |span| span.start).min(text.len());
    text.bytes()
        .take(start)
        .filter(|byte| *byte == b'\n')
        .count()
        + 1
}

fn line_of_key(text: &str, key: &str) -> Option<usize> {
    text.lines()
        .position(|line| {
            let line = line.trim_start().trim_start_matches('[');
            line.strip_prefix(key)
                .is_some_and(|rest| rest.trim_start().starts_with(['=', ']', '.']))
                || line.trim_end_matches(']').ends_with(&format!(".{key}"))
        })
        .map(|index| index + 1)
}

fn check_http(http: &super::Http) -> Result<(), String> {
    if !http.tls_bind.is_empty() && http.tls_bind.parse::<std::net::SocketAddr>().is_err() {
        return Err("`http.tls_bind` must be an address and a port, or empty".into());
    }
    if http.tls_certificate.is_empty() != http.tls_key.is_empty() {
        return Err("`http.tls_certificate` and `http.tls_key` go together".into());
    }
    Ok(())
}

/// What types cannot say.
fn check(config: &Config) -> Result<(), String> {
    check_http(&config.http)?;
    if config.media.port_min >= config.media.port_max {
        return Err("`media.port_min` must be below `media.port_max`".into());
    }
    if config.media.codecs.is_empty() {
        return Err("`media.codecs` is empty: no call could have audio".into());
    }
    if config.sip.listeners.is_empty() {
        return Err("`sip.listeners` is empty: no call could come in".into());
    }
    if config.queues.is_empty() {
        return Err("`queues` is empty: no call could wait for an agent".into());
    }
    let ring_s = config.engine.default_treatment_ring_s;
    if ring_s == 0 || ring_s > SECONDS_MAX {
        return Err("`engine.default_treatment_ring_s` must be from 1 to 3600".into());
    }
    let mut names = BTreeSet::new();
    for (index, queue) in config.queues.iter().enumerate() {
        if queue.name.is_empty() {
            return Err(format!("`queues[{index}].name` is empty"));
        }
        if !names.insert(queue.name.as_str()) {
            return Err(format!(
                "`queues[{index}].name`: `{}` is there twice",
                queue.name
            ));
        }
        if queue.ring_timeout_s == 0 {
            return Err(format!(
                "`queues[{index}].ring_timeout_s` must be at least 1"
            ));
        }
        if !(1..=acd::RING_AT_ONCE_MAX).contains(&queue.ring_at_once) {
            return Err(format!(
                "`queues[{index}].ring_at_once` must be from 1 to {}",
                acd::RING_AT_ONCE_MAX
            ));
        }
        check_seconds(index, queue)?;
    }
    check_own_manager(&config.own_manager)?;
    super::agents::check(&config.agents)?;
    super::call_lists::check(&config.call_lists)?;
    config.transfers.check()?;
    let limits = config.scenarios.limits.check();
    limits.map_err(|problem| format!("`scenarios.limits`: {problem}"))?;
    super::leaving::check(config)?;
    super::reserves::check(config)?;
    check_trunks(config)
}

/// Times of a queue that are longer than any queue's.
fn check_seconds(index: usize, queue: &super::Queue) -> Result<(), String> {
    let own = [
        ("ring_step_s", queue.ring_step_s),
        ("ring_timeout_s", queue.ring_timeout_s),
        ("retry_delay_s", queue.retry_delay_s),
        ("wait_max_s", queue.wait_max_s),
        ("wrap_up_s", queue.wrap_up_s),
        ("announce_every_s", queue.announce_every_s),
        ("priority_step_s", queue.priority_step_s),
        ("head_start_s", queue.head_start_s),
        ("ease_skills_s", queue.ease_skills_s),
        ("ban_first_s", queue.ban_first_s),
        ("ban_max_s", queue.ban_max_s),
        ("wrap_up_min_s", queue.wrap_up_min_s),
        ("wrap_up_extend_s", queue.wrap_up_extend_s),
        ("wrap_up_max_s", queue.wrap_up_max_s),
        ("service_level_s", queue.service_level_s),
        ("short_abandon_s", queue.short_abandon_s),
    ];
    for (key, seconds) in own.into_iter().chain(queue.not_taken.pauses_s()) {
        if seconds > SECONDS_MAX {
            return Err(format!(
                "`queues[{index}].{key}`: {seconds} is more than an hour"
            ));
        }
    }
    Ok(())
}

fn check_trunks(config: &Config) -> Result<(), String> {
    for (index, trunk) in config.sip.trunks.iter().enumerate() {
        if trunk.codecs.as_ref().is_some_and(Vec::is_empty) {
            return Err(format!(
                "`sip.trunks[{index}].codecs` is empty: no call by it could have audio"
            ));
        }
        if trunk.user.is_some() != trunk.password.is_some() {
            return Err(format!(
                "`sip.trunks[{index}]` needs both `user` and `password`, or neither"
            ));
        }
        if trunk.register_every_s.is_some() && trunk.user.is_none() {
            return Err(format!(
                "`sip.trunks[{index}].register_every_s` needs `user` and `password`"
            ));
        }
    }
    Ok(())
}

fn check_own_manager(own: &super::OwnManager) -> Result<(), String> {
    for (key, digits) in [
        ("country_code", &own.country_code),
        ("national_prefix", &own.national_prefix),
        ("international_prefix", &own.international_prefix),
    ] {
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(format!("`own_manager.{key}`: `{digits}` is not digits"));
        }
    }
    for (key, seconds) in [
        ("sticky_wait_s", own.sticky_wait_s),
        ("ask_min_talk_s", own.ask_min_talk_s),
    ] {
        if seconds > SECONDS_MAX {
            return Err(format!(
                "`own_manager.{key}`: {seconds} is more than an hour"
            ));
        }
    }
    if own.ask_again_days > DAYS_MAX {
        return Err("`own_manager.ask_again_days`: more than ten years".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cordboard.toml");
        std::fs::write(&path, text).unwrap();
        (folder, path)
    }

    fn error(text: &str) -> String {
        let (_folder, path) = file(text);
        load(Some(&path), []).unwrap_err().to_string()
    }

    #[test]
    fn the_built_in_defaults_are_a_whole_configuration() {
        let config = load(None, []).unwrap();
        assert_eq!(config.http.bind.to_string(), "127.0.0.1:8080");
        assert!(
            config
                .sip
                .listeners
                .iter()
                .all(|listener| listener.bind.ip().is_loopback())
        );
        assert_eq!(config.queues[0].numbers, ["100"]);
    }

    #[test]
    fn the_annotated_file_is_one_that_is_taken_as_a_file() {
        let (_folder, path) = file(DEFAULT_TOML);
        let config = load(Some(&path), []).unwrap();
        assert_eq!(config.scenarios.limits, scenario::Limits::default());
    }

    #[test]
    fn limits_of_scenarios_are_checked_by_name() {
        let (_folder, path) = file("[scenarios.limits]\ntimers = 7\n");
        let limits = load(Some(&path), []).unwrap().scenarios.limits;
        assert_eq!((limits.timers, limits.players), (7, 10));
        let message = error("[scenarios.limits]\nidle_s = 0\n");
        assert!(message.contains("`idle_s` must be from 1"), "{message}");
        let message = error("[scenarios.limits]\ntimer = 7\n");
        assert!(message.contains("did you mean `timers`"), "{message}");
    }

    #[test]
    fn a_file_changes_only_what_it_names() {
        let (_folder, path) =
            file("[http]\nbind = \"127.0.0.1:9\"\n[[queues]]\nname = \"sales\"\n");
        let config = load(Some(&path), []).unwrap();
        assert_eq!(config.http.bind.port(), 9);
        assert!(!config.http.cookie_secure);
        assert_eq!(config.queues.len(), 1);
        assert_eq!(config.queues[0].ring_timeout_s, 20);
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line_and_what_was_meant() {
        let message = error(
            "[http]\nbind = \"127.0.0.1:9\"\n\n[[queues]]\nname = \"a\"\nring_timout_s = 3\n",
        );
        assert!(message.contains("cordboard.toml:6"), "{message}");
        assert!(message.contains("`queues.ring_timout_s`"), "{message}");
        assert!(
            message.contains("did you mean `ring_timeout_s`"),
            "{message}"
        );
        let message = error("[htpp]\nbind = 1\n");
        assert!(
            message.contains("did you mean `http`") && message.contains(":1:"),
            "{message}"
        );
    }

    #[test]
    fn agents_need_pages_and_have_reasons_as_configured() {
        let (_kept, path) = file(
            "[agents]\nneeds_page = \"always\"\n[agents.pages]\nboris = \"never\"\n\
             [[agents.reasons]]\nname = \"tea\"\ntexts = { ru = \"Чай\" }\n",
        );
        let config = load(Some(&path), []).unwrap();
        let rule = crate::config::agents::pages(&config.agents);
        assert_eq!(rule.need, acd::PageNeed::Always);
        assert_eq!(rule.grace_ms, 4_000);
        assert_eq!(rule.agents[&"boris".into()], acd::PageNeed::Never);
        let reasons = crate::config::agents::reasons(&config.agents);
        assert_eq!((reasons.len(), &*reasons[0].name), (1, "tea"));
        assert!(error("[agents]\nneeds_page = \"no\"\n").contains("needs_page"));
        assert!(error("[agents]\npage_grace_s = 61\n").contains("agents.page_grace_s"));
        assert!(error("[[agents.reasons]]\nname = \"\"\n").contains("agents.reasons[0].name"));
    }

    #[test]
    fn own_managers_are_configured_with_texts_and_deputies() {
        let (_folder, path) = file(
            "[own_manager]\ncountry_code = \"7\"\n[own_manager.deputies]\nanna = \"boris\"\n\
             [own_manager.texts.ru]\nill = \"{agent_name} болеет\"\n",
        );
        let rule = crate::settings::own_manager(&load(Some(&path), []).unwrap());
        assert_eq!(&*rule.deputies[&"anna".into()].0, "boris");
        assert_eq!(rule.texts["ru"].ill, "{agent_name} болеет");
        assert!(rule.texts["ru"].busy.contains("занят"), "the usual text");
        assert!(
            error("[own_manager]\ncountry_code = \"+7\"\n").contains("own_manager.country_code")
        );
        assert!(error("[own_manager.texts.en]\nsick = \"x\"\n").contains("sick"));
    }

    #[test]
    fn rules_of_leaving_and_calendars_are_checked() {
        for (text, part) in [
            ("on_full = \"queue:sales\"", "there is no queue `sales`"),
            ("on_closed = \"later\"", "none of `stay`, `hang_up`"),
            ("calendar = \"office\"", "no `[calendars.office]`"),
            ("exits = { x = \"hang_up\" }", "`x` is none of 0-9"),
            ("wait_max_s = 4000", "more than an hour"),
            (
                "[calendars.office]\nzone = \"Europe/Mosow\"",
                "`calendars.office`: `zone`: `Europe/Mosow`",
            ),
        ] {
            let message = error(&format!("[[queues]]\nname = \"a\"\n{text}\n"));
            assert!(message.contains(part), "{message}");
        }
        let (_folder, path) = file(
            "[calendars.office]\nzone = \"Europe/Berlin\"\nweekly = [\"mon-fri 09:00-18:00\"]\n\
             [[queues]]\nname = \"a\"\ncalendar = \"office\"\non_full = \"queue:a\"\n\
             [queues.exits]\n9 = \"hang_up\"\n[queues.texts.closed]\nen = \"Shut.\"\n",
        );
        let config = load(Some(&path), []).unwrap();
        let rules = super::super::leaving::rules(&config, &config.queues[0]).unwrap();
        assert_eq!(rules.exits["9"], acd::Leave::HangUp);
        assert_eq!(rules.texts[&acd::LeaveReason::Closed]["en"], "Shut.");
        assert_eq!(rules.calendar.unwrap().zone, "Europe/Berlin");
    }

    #[test]
    fn each_way_not_to_answer_has_rules_of_its_own() {
        let (_folder, path) = file(
            "[[queues]]\nname = \"a\"\nstrategy = \"most_skilled\"\n\
             [queues.not_taken.rejected]\nretry_delay_s = 30\nban_after = 5\n\
             [queues.not_taken.unregistered]\nban_after = 2\n",
        );
        let queue = load(Some(&path), []).unwrap().queues.remove(0);
        assert_eq!(queue.strategy, acd::Strategy::MostSkilled);
        let rules = queue.not_taken.rules();
        let rule = |retry_delay_ms, ban_after| acd::NotTakenRule {
            retry_delay_ms,
            ban_after,
        };
        assert_eq!(rules.rejected, rule(Some(30_000), 5));
        assert_eq!(rules.unregistered, rule(None, 2));
        assert_eq!(
            (rules.busy, rules.unreachable),
            (rule(None, 0), rule(None, 0))
        );
        let in_queue = |text: &str| error(&format!("[[queues]]\nname = \"a\"\n{text}"));
        let message = in_queue("[queues.not_taken.busy]\nretry_delay_s = 4000\n");
        assert!(
            message.contains("not_taken.busy.retry_delay_s"),
            "{message}"
        );
        let message = in_queue("[queues.not_taken.rejekted]\nban_after = 1\n");
        assert!(message.contains("did you mean `rejected`"), "{message}");
        let message = in_queue("[queues.not_taken.busy]\nban_aftr = 1\n");
        assert!(message.contains("did you mean `ban_after`"), "{message}");
    }

    #[test]
    fn a_wrong_value_names_its_key() {
        let message = error("[http]\nbind = \"nowhere\"\n");
        assert!(message.contains("`http.bind`"), "{message}");
        let message = error("[[queues]]\nname = \"a\"\nring_timeout_s = \"soon\"\n");
        assert!(message.contains("queues[0].ring_timeout_s"), "{message}");
        let message = error("[[queues]]\nname = \"a\"\n[[queues]]\nname = \"a\"\n");
        assert!(message.contains("queues[1].name"), "{message}");
        let message = error("[http\n");
        assert!(message.contains("cordboard.toml:1"), "{message}");
    }

    #[test]
    fn the_environment_overrides_the_file() {
        let env = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let config = load(
            None,
            [
                env("CORDBOARD__HTTP__BIND", "127.0.0.1:7"),
                env("CORDBOARD__HTTP__SCENARIO_TOKEN", "12345"),
                env("CORDBOARD__ENGINE__SESSIONS_MAX", "3"),
                env(
                    "CORDBOARD__SCENARIOS__SECRETS__CRM_URL",
                    "https://crm.example.com",
                ),
                env("PATH", "/bin"),
            ],
        )
        .unwrap();
        assert_eq!(config.http.bind.port(), 7);
        assert_eq!(config.http.scenario_token, "12345");
        assert_eq!(config.engine.sessions_max, 3);
        assert_eq!(
            config.scenarios.secrets["CRM_URL"],
            "https://crm.example.com"
        );
        let error = load(None, [env("CORDBOARD__HTTP__BNID", "1")])
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("CORDBOARD__HTTP__BNID") && error.contains("`bind`"),
            "{error}"
        );
    }

    #[test]
    fn every_listed_key_is_one_that_the_structs_take() {
        // A key that the list lacks fails in `the_built_in_defaults…`; one that
        // the structs lack fails here.
        for (section, keys) in KEYS {
            for key in keys.iter().filter(|key| **key != "*") {
                let path = format!("{section}.{key}");
                let path = path.trim_start_matches('.').to_owned();
                let read_as = |is_list: bool| {
                    let wrong = Value::Datetime("1979-05-27".parse().unwrap());
                    let mut table: Table = DEFAULT_TOML.parse().unwrap();
                    place(&mut table, &path, wrong, is_list);
                    Config::deserialize_from(table).err().unwrap_or_default()
                };
                // A text takes a date as its text.
                let mut problem = read_as(false);
                if problem.contains("expected a sequence") {
                    problem = read_as(true);
                }
                assert!(!problem.contains("unknown field"), "{path}: {problem}");
            }
        }
    }

    /// Puts a value where no section is yet: a table, or a list of one.
    fn place(table: &mut Table, path: &str, value: Value, is_list: bool) {
        match path.split_once('.') {
            None => {
                table.insert(path.to_owned(), value);
            }
            Some((section, rest)) => {
                let inner = table.entry(section).or_insert_with(|| match is_list {
                    true => Value::Array(vec![Value::Table(Table::new())]),
                    false => Value::Table(Table::new()),
                });
                let inner = match inner {
                    Value::Array(items) => {
                        items.resize(1, Value::Table(Table::new()));
                        items[0].as_table_mut().unwrap()
                    }
                    other => other.as_table_mut().unwrap(),
                };
                place(inner, rest, value, is_list);
            }
        }
    }
}
