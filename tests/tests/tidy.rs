//! The house rules that a machine can check: short files, documented items,
//! folders named for what they hold.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Above this a file holds more than one idea.
const LINES_MAX: usize = 800;
/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 8] = [
    "utils", "util", "helpers", "helper", "manager", "misc", "common", "stuff",
];
const CODE: [&str; 8] = ["rs", "ts", "js", "sh", "c", "css", "html", "py"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()
        .expect("the repository exists")
}

/// Files that git knows or would add.
fn files() -> Vec<PathBuf> {
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git runs");
    assert!(listed.status.success(), "git ls-files failed");
    let text = String::from_utf8(listed.stdout).expect("paths are text");
    let files: Vec<PathBuf> = text
        .lines()
        .map(PathBuf::from)
        .filter(|file| root().join(file).is_file())
        .collect();
    assert!(
        files.len() > 50,
        "only {} files found: the check looks at the wrong place",
        files.len()
    );
    files
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(root().join(file)).unwrap_or_default()
}

fn is_code(file: &Path) -> bool {
    file.extension()
        .and_then(|e| e.to_str())
        .is_some_and(|e| CODE.contains(&e))
}

#[test]
fn no_code_file_is_longer_than_one_idea() {
    let long: Vec<String> = files()
        .iter()
        .filter(|file| is_code(file))
        .map(|file| (read(file).lines().count(), file))
        .filter(|(lines, _)| *lines > LINES_MAX)
        .map(|(lines, file)| format!("{} has {lines} lines", file.display()))
        .collect();
    assert!(long.is_empty(), "over {LINES_MAX} lines: {long:#?}");
}

#[test]
fn no_folder_or_module_has_an_empty_name() {
    let empty: Vec<String> = files()
        .iter()
        .filter(|file| {
            let file = file.with_extension("");
            file.components().any(|part| {
                part.as_os_str()
                    .to_str()
                    .is_some_and(|name| EMPTY_NAMES.contains(&name))
            })
        })
        .map(|file| file.display().to_string())
        .collect();
    assert!(
        empty.is_empty(),
        "name these for what they hold: {empty:#?}"
    );
}

/// Every `path::name` of the document names a test that is there.
#[test]
fn every_promise_names_tests_that_exist() {
    let text = read(Path::new("docs/promises.md"));
    let named = |line: &str| -> Vec<(String, String)> {
        let quoted = line.split('`').skip(1).step_by(2);
        let pairs = quoted.filter_map(|one| one.split_once("::"));
        pairs
            .map(|(path, name)| (path.to_owned(), name.to_owned()))
            .collect()
    };
    let mut bare = Vec::new();
    for number in 1..=20 {
        let row = format!("| P{number} |");
        let line = text.lines().find(|line| line.starts_with(&row));
        if line.is_none_or(|line| named(line).is_empty()) {
            bare.push(row);
        }
    }
    assert!(bare.is_empty(), "no test is named for {bare:?}");
    let missing: Vec<String> = text
        .lines()
        .flat_map(named)
        .filter(|(path, name)| {
            let code = read(Path::new(path));
            let is_there = if path.ends_with(".ts") {
                code.contains(&format!("test(\"{name}\""))
            } else {
                code.contains(&format!("fn {name}("))
            };
            !is_there
        })
        .map(|(path, name)| format!("{path}::{name}"))
        .collect();
    assert!(missing.is_empty(), "there is no such test: {missing:#?}");
}

#[test]
fn every_pub_item_has_a_doc_comment() {
    let mut bare = Vec::new();
    for file in files() {
        let in_tests = file.components().any(|part| part.as_os_str() == "tests");
        if file.extension().is_some_and(|e| e == "rs") && file.starts_with("crates") && !in_tests {
            let text = read(&file);
            bare.extend(
                undocumented(&text)
                    .into_iter()
                    .map(|line| format!("{}:{line}", file.display())),
            );
        }
    }
    assert!(bare.is_empty(), "`pub` without a doc comment: {bare:#?}");
}

#[test]
fn every_dependency_says_why_it_is_there() {
    let manifest = read(Path::new("Cargo.toml"));
    let reasons = read(Path::new("docs/dependencies.md"));
    let section = manifest
        .split("[workspace.dependencies]")
        .nth(1)
        .expect("the section exists");
    let section = section.split("\n[").next().unwrap_or_default();
    let names = section.lines().filter_map(|line| line.split_once(" = "));
    let bare: Vec<&str> = names
        .filter(|(_, value)| !value.contains("path ="))
        .map(|(name, _)| name.trim())
        .filter(|name| !reasons.contains(*name))
        .collect();
    assert!(bare.is_empty(), "no line in docs/dependencies.md: {bare:?}");
}

/// Lines (from 1) of `pub` items and fields without a doc comment above.
fn undocumented(text: &str) -> Vec<usize> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let mut bare = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let Some(item) = line.strip_prefix("pub ") else {
            continue;
        };
        // `pub mod name;` is documented inside its file; `pub use` by its target.
        if item.starts_with("use ") || (item.starts_with("mod ") && item.ends_with(';')) {
            continue;
        }
        let above = lines[..index].iter().rev().find(|line| {
            !(line.starts_with("#[")
                || line.ends_with(")]")
                || line.ends_with(",") && !line.starts_with("///"))
        });
        if !above.is_some_and(|line| {
            line.starts_with("///") || line.starts_with("/**") || line.starts_with("$(#[")
        }) {
            bare.push(index + 1);
        }
    }
    bare
}

#[test]
fn the_doc_check_finds_a_bare_item() {
    assert_eq!(
        undocumented("/// Documented.\n#[derive(Debug)]\npub struct A;\n\npub fn b() {}\n"),
        [5]
    );
}

#[test]
fn nothing_names_a_machine_or_a_registry() {
    // Put together here so that this file does not find itself.
    let traces = [
        ["/wo", "rk/"].concat(),
        ["/ro", "ot/"].concat(),
        ["registry", ".npmjs"].concat(),
    ];
    let mut found = Vec::new();
    for file in files() {
        let text = read(&file);
        for (number, line) in text.lines().enumerate() {
            if traces.iter().any(|trace| line.contains(trace.as_str())) {
                found.push(format!("{}:{}", file.display(), number + 1));
            }
        }
    }
    assert!(
        found.is_empty(),
        "paths or addresses of one machine: {found:#?}"
    );
}
