//! `cordboard scenario test`.

use crate::check::sources;
use scenario::rehearsal::{Script, rehearse};
use std::path::{Path, PathBuf};

/// Runs the files against every script, one after the other.
///
/// # Errors
/// What cannot be read, or which scripts are not met.
pub(crate) fn run(files: &[PathBuf], scripts: &[PathBuf], quiet: bool) -> Result<(), String> {
    let sources = sources(files)?;
    let mut failed = Vec::new();
    for path in scripts {
        let script = read(path)?;
        let outcome = rehearse(sources.clone(), &script).map_err(|error| error.to_string())?;
        if !quiet || !outcome.failures.is_empty() {
            println!("{}", path.display());
            for line in &outcome.lines {
                println!("{line}");
            }
        }
        for failure in &outcome.failures {
            println!("{}: {failure}", path.display());
        }
        if !outcome.failures.is_empty() {
            failed.push(path.display().to_string());
        }
    }
    if failed.is_empty() {
        println!("{} scripted call(s): as expected.", scripts.len());
        Ok(())
    } else {
        Err(format!("not as expected: {}", failed.join(", ")))
    }
}

fn read(path: &Path) -> Result<Script, String> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("{}: cannot be read: {error}", path.display()))?;
    toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}
