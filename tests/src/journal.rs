//! What `cordboard journal` says of a centre, also of one that runs.

use std::process::Command;

use crate::centre::{Centre, binary};

/// Most calls that are listed.
const LISTED_MAX: &str = "10000";

/// A line of `cordboard journal list`.
#[derive(Debug, Clone, PartialEq)]
pub struct JournalledCall {
    /// The call's id, `c17`.
    pub call: String,
    /// The caller's number, `-` if there was none.
    pub caller: String,
    /// How it ended, in English words; `in progress` until then.
    pub outcome: String,
}

impl JournalledCall {
    /// Whether it has come to its end.
    pub fn has_ended(&self) -> bool {
        self.outcome != "in progress"
    }
}

impl Centre {
    /// Runs `cordboard journal` beside the centre: whether it succeeded, and what it
    /// printed.
    ///
    /// # Panics
    /// If the binary does not start.
    pub fn journal(&self, arguments: &[&str]) -> (bool, String) {
        let output = Command::new(binary())
            .arg("journal")
            .args(arguments)
            .arg("--data")
            .arg(self.data())
            .current_dir(self.data())
            .output()
            .expect("the binary starts");
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8_lossy(&text).into_owned();
        (output.status.success(), text)
    }

    /// The calls of the journal, the oldest first.
    ///
    /// # Panics
    /// If they cannot be listed.
    pub fn journalled_calls(&self) -> Vec<JournalledCall> {
        let list = ["list", "--limit", LISTED_MAX, "--language", "en"];
        let (listed, text) = self.journal(&list);
        assert!(listed, "{text}");
        text.lines().filter_map(read_line).collect()
    }
}

/// Reads `c17  2026-11-24 09:00:00.000  c5  support  answered`.
fn read_line(line: &str) -> Option<JournalledCall> {
    let mut parts = line.splitn(5, "  ");
    let call = parts.next()?.to_owned();
    let caller = parts.nth(1)?.to_owned();
    let outcome = parts.nth(1)?.to_owned();
    Some(JournalledCall {
        call,
        caller,
        outcome,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_list_is_read() {
        let line = "c17  2026-11-24 09:00:00.000  w3x5  support  in progress";
        let call = read_line(line).unwrap();
        assert_eq!((call.call.as_str(), call.caller.as_str()), ("c17", "w3x5"));
        assert!(!call.has_ended());
        assert_eq!(read_line("something else"), None);
    }
}
