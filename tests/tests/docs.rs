//! What the documents show is what works: every `sh` block is run and every
//! `toml` block is a configuration that `cordboard check` accepts. `text`
//! blocks are pictures and synopses.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const DOCUMENTS: [&str; 10] = [
    "README.md",
    "README.ru.md",
    "docs/operations.md",
    "docs/agents.md",
    "docs/platform-api.md",
    "docs/scenarios.md",
    "docs/policy.md",
    "docs/reports.md",
    "docs/simulate.md",
    "docs/status.md",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()
        .expect("the repository exists")
}

/// Fenced blocks of one language, with the line where each begins.
fn blocks(document: &str, language: &str) -> Vec<(usize, String)> {
    let text = std::fs::read_to_string(root().join(document)).expect("the document exists");
    let mut found = Vec::new();
    let mut open: Option<(usize, bool, String)> = None;
    for (index, line) in text.lines().enumerate() {
        match (&mut open, line.trim_start().strip_prefix("```")) {
            (None, Some(tag)) => open = Some((index + 1, tag.trim() == language, String::new())),
            (Some(_), Some(_)) => {
                if let Some((at, true, body)) = open.take() {
                    found.push((at, body));
                }
            }
            (Some((_, _, body)), None) => {
                body.push_str(line);
                body.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "{document}: a code block is not closed");
    found
}

fn binary() -> PathBuf {
    cordboard_tests::plan::binary()
}

fn shell(script: &str, folder: &Path) -> Output {
    let bin = binary().parent().expect("a binary has a folder").to_owned();
    let path = std::env::var("PATH").unwrap_or_default();
    Command::new("bash")
        .args(["-euo", "pipefail", "-c", script])
        .current_dir(folder)
        .env("PATH", format!("{}:{path}", bin.display()))
        .output()
        .expect("bash runs")
}

#[test]
fn every_configuration_sample_is_accepted() {
    let mut count = 0;
    for document in DOCUMENTS {
        for (line, sample) in blocks(document, "toml") {
            let folder = tempfile::tempdir().expect("a temporary folder");
            let file = folder.path().join("sample.toml");
            std::fs::write(&file, &sample).expect("the sample is written");
            let output = shell("cordboard check --config sample.toml", folder.path());
            assert!(
                output.status.success(),
                "{document}:{line}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
            count += 1;
        }
    }
    assert!(count >= 2, "only {count} samples found");
}

#[test]
fn every_shell_sample_runs() {
    let mut count = 0;
    for document in DOCUMENTS {
        for (line, sample) in blocks(document, "sh") {
            let folder = tempfile::tempdir().expect("a temporary folder");
            std::os::unix::fs::symlink(root().join("scenarios"), folder.path().join("scenarios"))
                .expect("the scenarios are linked");
            let output = shell(&sample, folder.path());
            assert!(
                output.status.success(),
                "{document}:{line}:\n{sample}{}",
                String::from_utf8_lossy(&output.stderr)
            );
            count += 1;
        }
    }
    assert!(count >= 2, "only {count} samples found");
}

#[test]
fn every_link_between_documents_leads_somewhere() {
    let link = regex::Regex::new(r"\]\(([^)#]+)(#[^)]*)?\)").expect("a valid pattern");
    for document in
        DOCUMENTS
            .into_iter()
            .chain(["ARCHITECTURE.md", "CHANGELOG.md", "docs/dependencies.md"])
    {
        let path = root().join(document);
        let text = std::fs::read_to_string(&path).expect("the document exists");
        for target in link.captures_iter(&text).map(|found| found[1].to_owned()) {
            if target.contains("://") {
                continue;
            }
            let file = path.parent().expect("a file has a folder").join(&target);
            assert!(file.exists(), "{document}: {target} does not exist");
        }
    }
}
