//! `cordboard check` and `cordboard scenario check`.

use crate::command::Files;
use crate::{settings, user};
use std::path::PathBuf;

/// Says what is wrong with a configuration, or that nothing is.
///
/// # Errors
/// What is wrong, by key and line.
pub(crate) fn check(files: &Files) -> Result<(), String> {
    let config = user::load(files)?;
    let tokens = crate::tokens::Tokens::default();
    let engine = settings::engine(&config, &files.data, "http://127.0.0.1", &tokens)?;
    engine::Rules::new(engine.rules.clone()).map_err(|error| error.to_string())?;
    for warning in warnings(&config) {
        println!("warning: {warning}");
    }
    println!("The configuration is in order.");
    Ok(())
}

/// What is allowed but probably not meant.
pub(crate) fn warnings(config: &crate::config::Config) -> Vec<String> {
    let mut warnings = Vec::new();
    for (index, listener) in config.sip.listeners.iter().enumerate() {
        if listener.open && !listener.bind.ip().is_loopback() {
            warnings.push(format!(
                "`sip.listeners[{index}]` is open on {}: anyone who reaches it can call in without a password",
                listener.bind
            ));
        }
        if listener.bind.ip().is_unspecified() && listener.advertised.is_none() {
            warnings.push(format!(
                "`sip.listeners[{index}]` binds every address; set `advertised` to the one that phones reach"
            ));
        }
    }
    if !config.http.bind.ip().is_loopback() && !config.http.cookie_secure {
        warnings.push(
            "`http.bind` is not loopback and `http.cookie_secure` is false: serve the page by HTTPS"
                .to_owned(),
        );
    }
    let sounds = &config.http.sounds_dir;
    if !sounds.is_empty() && !std::path::Path::new(sounds).is_dir() {
        warnings.push(format!(
            "`http.sounds_dir`: there is no folder `{sounds}`, the built-in sounds are played"
        ));
    }
    if let Some(policy) = settings::policy(config)
        && let Err(error) = crate::routing_script::load(&policy.file)
    {
        warnings.push(format!(
            "`policy.file` cannot be used, built-in rules decide: {error}"
        ));
    }
    warnings
}

/// Checks scenario files together: syntax, names of the API, old forms.
///
/// # Errors
/// The first syntax error, with file, line and column; or how many names do not exist.
pub(crate) fn scenarios(files: &[PathBuf]) -> Result<(), String> {
    let findings = scenario::check(&sources(files)?).map_err(|error| error.to_string())?;
    let mut errors = 0;
    for finding in &findings {
        println!("{finding}");
        match finding.severity {
            scenario::Severity::Error => errors += 1,
            scenario::Severity::Missing | scenario::Severity::Note => {}
        }
    }
    if errors > 0 {
        return Err(format!("{errors} name(s) do not exist"));
    }
    println!("{} file(s): in order.", files.len());
    Ok(())
}

/// The text of scenario files, in order.
pub(crate) fn sources(files: &[PathBuf]) -> Result<Vec<scenario::Source>, String> {
    let read = |file: &PathBuf| match std::fs::read_to_string(file) {
        Ok(text) => Ok(scenario::Source {
            name: file.display().to_string(),
            text,
        }),
        Err(error) => Err(format!("{}: cannot be read: {error}", file.display())),
    };
    files.iter().map(read).collect()
}
