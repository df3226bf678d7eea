//! `cordboard simulate`.

use crate::command::{Files, PageLanguage, Simulate};
use crate::language::Language;
use crate::{settings, user};
use simulate::{Day, Outcome, Rules};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Runs the day over one configuration, or over two for comparison.
///
/// # Errors
/// What cannot be read or written, or what is wrong with the day, by key.
pub(crate) fn run(options: &Simulate) -> Result<(), String> {
    let mut day = read(&options.day)?;
    if let Some(seed) = options.seed {
        day.seed = seed;
    }
    let (config, policy) = (options.config.as_ref(), options.policy.as_ref());
    let mut runs = vec![one(&day, options, config, policy)?];
    if options.compare.is_some() || options.compare_policy.is_some() {
        let config = options.compare.as_ref().or(config);
        let policy = options.compare_policy.as_ref();
        runs.push(one(&day, options, config, policy)?);
    }
    if options.json {
        let runs: Vec<_> = runs
            .iter()
            .map(|(name, outcome)| serde_json::json!({"configuration": name, "day": outcome}))
            .collect();
        println!("{}", serde_json::json!({"runs": runs}));
    } else {
        print!("{}", table(&runs, day.service_level_s));
    }
    if let Some(path) = &options.html {
        let runs: Vec<(&str, &Outcome)> = runs
            .iter()
            .map(|(name, outcome)| (name.as_str(), outcome))
            .collect();
        let page = simulate::html(
            &runs,
            day.interval_minutes,
            day.service_level_s,
            language(options),
        );
        std::fs::write(path, page)
            .map_err(|error| format!("{}: cannot be written: {error}", path.display()))?;
        eprintln!("Plots: {}", path.display());
    }
    Ok(())
}

fn language(options: &Simulate) -> simulate::Language {
    match (options.language, Language::of_environment()) {
        (Some(PageLanguage::Ru), _) | (None, Language::Russian) => simulate::Language::Russian,
        (Some(PageLanguage::En), _) | (None, Language::English) => simulate::Language::English,
    }
}

fn read(path: &Path) -> Result<Day, String> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("{}: cannot be read: {error}", path.display()))?;
    toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}

fn one(
    day: &Day,
    options: &Simulate,
    config: Option<&PathBuf>,
    policy: Option<&PathBuf>,
) -> Result<(String, Outcome), String> {
    let files = Files {
        config: config.cloned(),
        data: PathBuf::from("data"),
    };
    let loaded = user::load(&files)?;
    let queues = settings::queues(&loaded);
    let reserves = crate::config::reserves::reserves(&loaded);
    let own_manager = settings::own_manager(&loaded);
    let transfers = settings::transfers(&loaded);
    let script = policy
        .map(|file| crate::routing_script::load(file))
        .transpose()?;
    let rules = Rules {
        queues: &queues,
        reserves: &reserves,
        own_manager: Some(&own_manager),
        transfers: Some(&transfers),
        policy: script.as_ref(),
    };
    let outcome =
        simulate::run(day, rules).map_err(|error| format!("{}: {error}", options.day.display()))?;
    let mut name = config.map_or_else(
        || "cordboard.toml".to_owned(),
        |path| path.display().to_string(),
    );
    if let Some(policy) = policy {
        name = format!("{name} + {}", policy.display());
    }
    Ok((name, outcome))
}

/// A row of the table: its name, and how a run's figure is written.
type Row = (String, fn(&Outcome) -> String);

/// The measures of a day, in the order in which they are shown.
fn rows(service_level_s: u64) -> [Row; 13] {
    let words = Language::of_environment();
    let name = |english, russian| words.pick(english, russian).to_owned();
    let level = words.pick("service level", "уровень обслуживания");
    [
        (name("calls", "звонков"), |day| {
            day.totals.callers.offered.to_string()
        }),
        (name("answered", "отвечено"), |day| {
            day.totals.callers.answered.to_string()
        }),
        (
            name("of these on reserve numbers", "из них на резервных номерах"),
            |day| day.totals.callers.answered_on_reserve.to_string(),
        ),
        (name("hung up waiting", "не дождались"), |day| {
            let callers = &day.totals.callers;
            format!(
                "{} ({})",
                callers.abandoned,
                percent(callers.abandonment.value)
            )
        }),
        (name("not let in", "не приняты"), |day| {
            day.totals.callers.blocked.to_string()
        }),
        (
            name(
                "reached by call-back, of those asked for",
                "дозвонились по обратным звонкам, из заказанных",
            ),
            |day| {
                let own = &day.totals.callers.callbacks;
                format!("{} / {}", own.reached, own.taken)
            },
        ),
        (format!("{level} ({service_level_s} s)"), |day| {
            percent(day.totals.callers.service_level.default.value)
        }),
        (
            name("mean wait of answered", "среднее ожидание ответа"),
            |day| seconds(day.totals.callers.wait_answered.mean_ms.value),
        ),
        (
            name("nine of ten waited less", "девять из десяти ждали меньше"),
            |day| milliseconds(day.totals.callers.wait_answered.p90_ms),
        ),
        (
            name("longest wait", "самое долгое ожидание"),
            |day| milliseconds(day.totals.callers.wait_answered.max_ms),
        ),
        (
            name("talk and wrap-up", "разговор и обработка"),
            |day| seconds(day.totals.callers.handling_ms.value),
        ),
        (
            name("talks that were handed on", "переведено разговоров"),
            |day| percent(day.totals.callers.transferred.value),
        ),
        (
            name("occupancy of agents", "занятость операторов"),
            |day| percent(day.totals.occupancy.value),
        ),
    ]
}

/// What came of the question after the talk.
fn manager_rows() -> [Row; 2] {
    let words = Language::of_environment();
    let name = |english, russian| words.pick(english, russian).to_owned();
    [
        (
            name(
                "said yes to a manager, of those asked",
                "согласились на менеджера, из спрошенных",
            ),
            |day| {
                format!(
                    "{} / {}",
                    day.totals.questions.yes, day.totals.questions.asked
                )
            },
        ),
        (
            name(
                "callers with a manager, before and after",
                "звонящих с менеджером, до и после",
            ),
            |day| {
                let own = &day.totals.questions;
                format!("{} / {}", own.bound_before, own.bound_after)
            },
        ),
    ]
}

/// The measures of each run, one below the other.
fn table(runs: &[(String, Outcome)], service_level_s: u64) -> String {
    let mut rows = Vec::from(rows(service_level_s));
    let has_managers =
        |day: &Outcome| day.totals.questions.bound_after + day.totals.questions.asked > 0;
    if runs.iter().any(|(_, day)| has_managers(day)) {
        rows.extend(manager_rows());
    }
    let mut text = String::new();
    let wide = rows
        .iter()
        .map(|(name, _)| name.chars().count())
        .max()
        .unwrap_or(0);
    if runs.len() > 1 {
        let _ = write!(text, "{:wide$}", "");
        for (name, _) in runs {
            let _ = write!(text, "  {name:>20}");
        }
        text.push('\n');
    }
    for (name, of) in &rows {
        let _ = write!(text, "{name:wide$}");
        for (_, outcome) in runs {
            let _ = write!(text, "  {:>20}", of(outcome));
        }
        text.push('\n');
    }
    text
}

fn percent(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{:.1} %", value * 100.0))
}

fn seconds(ms: Option<f64>) -> String {
    ms.map_or_else(|| "-".to_owned(), |ms| format!("{:.1} s", ms / 1_000.0))
}

#[allow(clippy::cast_precision_loss)] // A wait of a day.
fn milliseconds(ms: Option<u64>) -> String {
    seconds(ms.map(|ms| ms as f64))
}
