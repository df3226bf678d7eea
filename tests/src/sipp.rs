//! Many phones at once, or one phone with odd manners: sipp, driven by the scenario
//! files in `tests/sipp`. They write one log line a message (see [`Seen`]).

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::eventually::eventually;
use crate::port;
use crate::program::Program;

/// One logged message: `WORD to-user from-user epoch-seconds`.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// What it was, for example `INVITE`, `CANCEL`, `BYE`.
    pub word: String,
    /// The user called.
    pub to: String,
    /// The user calling.
    pub from: String,
    /// When, seconds since 1970 with microseconds.
    pub at_s: f64,
}

/// A running sipp.
#[derive(Debug)]
pub struct Sipp {
    program: Program,
    address: SocketAddr,
    /// Last, so that the logs are still there when the programs end.
    dir: tempfile::TempDir,
}

/// How a run of sipp differs from the usual.
#[derive(Debug, Clone, Default)]
pub struct SippPlan {
    arguments: Vec<String>,
    quiet: bool,
    port: Option<u16>,
}

impl SippPlan {
    /// Nothing special.
    pub fn new() -> Self {
        Self::default()
    }

    /// Without a trace of the messages, for load.
    #[must_use]
    pub fn quiet(mut self) -> Self {
        self.quiet = true;
        self
    }

    /// On this port instead of any free one.
    #[must_use]
    pub fn at_port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// Number dialled.
    #[must_use]
    pub fn dials(self, number: &str) -> Self {
        self.with("-s", number)
    }

    /// Calls in all, and how many start each second.
    #[must_use]
    pub fn calls(self, calls: u32, each_second: u32) -> Self {
        self.with("-m", calls)
            .with("-r", each_second)
            .with("-l", calls)
    }

    /// Length of the scenario's `<pause/>`.
    #[must_use]
    pub fn pause(self, pause: Duration) -> Self {
        self.with("-d", pause.as_millis())
    }

    /// Digest user and secret.
    #[must_use]
    pub fn login(self, user: &str, secret: &str) -> Self {
        self.with("-au", user).with("-ap", secret)
    }

    /// Any other option of sipp with its value.
    #[must_use]
    pub fn with(mut self, option: &str, value: impl ToString) -> Self {
        self.arguments.push(option.into());
        self.arguments.push(value.to_string());
        self
    }

    /// A `[key]` of the scenario file.
    #[must_use]
    pub fn key(mut self, key: &str, value: impl ToString) -> Self {
        self.arguments.push("-key".into());
        self.arguments.push(key.into());
        self.arguments.push(value.to_string());
        self
    }
}

/// Folder of the scenario files. A scenario named by an absolute path (without
/// `.xml`) is taken from there instead.
pub fn scenario_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sipp")
}

impl Sipp {
    /// Starts a phone (or many on one port) that waits for calls from `server`.
    pub async fn serve(scenario: &str, server: SocketAddr, plan: &SippPlan) -> Self {
        let sipp = Self::start(scenario, server, plan);
        let port = sipp.address.port();
        eventually("sipp to listen", Duration::from_secs(5), || async {
            port::is_taken(port).then_some(())
        })
        .await;
        sipp
    }

    /// Starts a caller towards `server`.
    pub fn call(scenario: &str, server: SocketAddr, plan: &SippPlan) -> Self {
        Self::start(scenario, server, plan)
    }

    fn start(scenario: &str, server: SocketAddr, plan: &SippPlan) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let port = plan.port.unwrap_or_else(port::free);
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let file = scenario_folder().join(format!("{scenario}.xml"));
        assert!(file.exists(), "no scenario file {}", file.display());
        let mut command = Command::new("sipp");
        command
            .arg(server.to_string())
            .arg("-sf")
            .arg(&file)
            .args(["-i", "127.0.0.1", "-p", &address.port().to_string()])
            .args(["-nostdin", "-max_socket", "10"])
            .args(["-trace_logs", "-log_file"])
            .arg(dir.path().join("seen.log"))
            .args(["-trace_err", "-error_file"])
            .arg(dir.path().join("errors.log"))
            .args(&plan.arguments)
            .current_dir(dir.path());
        if !plan.quiet {
            command
                .args(["-trace_msg", "-message_file"])
                .arg(dir.path().join("messages.log"));
        }
        // Keys that every scenario with SDP has; 9 is the port that discards.
        for (key, usual) in [("rtpport", "9"), ("caller", "c")] {
            if !plan.arguments.iter().any(|a| a == key) {
                command.args(["-key", key, usual]);
            }
        }
        let name = format!("sipp {scenario}");
        let program = Program::start(&name, &dir.path().join("screen.log"), &command);
        Self {
            dir,
            program,
            address,
        }
    }

    /// Its SIP address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A contact of a user at this sipp, `sip:user@address`.
    pub fn contact(&self, user: &str) -> String {
        format!("sip:{user}@{}", self.address)
    }

    /// The file of its scenario's log lines.
    pub fn seen_file(&self) -> PathBuf {
        self.dir.path().join("seen.log")
    }

    /// Everything its scenario logged so far.
    pub fn seen(&self) -> Vec<Seen> {
        let log = std::fs::read(self.seen_file()).unwrap_or_default();
        String::from_utf8_lossy(&log)
            .lines()
            .filter_map(parse_seen)
            .collect()
    }

    /// The logged messages of one kind.
    pub fn seen_of(&self, word: &str) -> Vec<Seen> {
        let mut seen = self.seen();
        seen.retain(|s| s.word == word);
        seen
    }

    /// Waits until a kind of message was logged `count` times.
    ///
    /// # Panics
    /// If that does not happen `within`.
    pub async fn sees(&self, word: &str, count: usize, within: Duration) -> Vec<Seen> {
        let what = format!("{count} × {word} at sipp");
        eventually(&what, within, || async {
            let seen = self.seen_of(word);
            (seen.len() >= count).then_some(seen)
        })
        .await
    }

    /// Waits until all its calls went as the scenario file says.
    ///
    /// # Panics
    /// If one did not, showing sipp's complaint, or if it takes longer than `within`.
    pub async fn succeeds(mut self, within: Duration) -> Vec<Seen> {
        let status = self.program.end(within).await;
        assert!(
            status.success(),
            "sipp ended with {status}: {}\n{}",
            self.errors(),
            self.messages_tail()
        );
        self.seen()
    }

    /// Its complaints so far.
    pub fn errors(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("errors.log")).unwrap_or_default()
    }

    /// The last messages on its wire.
    pub fn messages_tail(&self) -> String {
        const TAIL_BYTES: usize = 6_000;
        let all = std::fs::read(self.dir.path().join("messages.log")).unwrap_or_default();
        let from = all.len().saturating_sub(TAIL_BYTES);
        String::from_utf8_lossy(&all[from..]).into_owned()
    }

    /// Stops it without a word to anybody.
    pub fn pull_the_plug(&mut self) {
        self.program.kill();
    }
}

impl Drop for Sipp {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("──── complaints of sipp: {}", self.errors());
        }
    }
}

/// Reads `WORD to from date time epoch`.
fn parse_seen(line: &str) -> Option<Seen> {
    let parts: Vec<&str> = line.split_whitespace().collect();
    let [word, to, from, .., at] = parts.as_slice() else {
        return None;
    };
    Some(Seen {
        word: (*word).to_owned(),
        to: (*to).to_owned(),
        from: (*from).to_owned(),
        at_s: at.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_line_is_read_with_its_time() {
        let line = "INVITE anna c7 2026-11-22\t08:30:43.123456\t1795336243.123456";
        let seen = parse_seen(line).unwrap();
        assert_eq!((seen.word.as_str(), seen.to.as_str()), ("INVITE", "anna"));
        assert!((seen.at_s - 1_795_336_243.123_456).abs() < 1e-3);
        assert_eq!(parse_seen("INVITE anna"), None);
    }
}
