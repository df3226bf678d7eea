//! A program under test or a tool of the test: started, watched, ended.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use crate::eventually::eventually;

/// How much of each log is shown when a test fails, lines.
const LOG_LINES_SHOWN: usize = 60;
/// How much of each line, characters: baresip draws its progress on one line.
const LOG_LINE_CHARS_SHOWN: usize = 300;

/// A running program whose output goes to a file. Dropping it kills it; if the test
/// is panicking, the end of its log is printed first.
#[derive(Debug)]
pub struct Program {
    name: String,
    log: PathBuf,
    child: Child,
}

impl Program {
    /// Starts `command` with both outputs appended to `log`. The kernel kills it
    /// when the thread that started it ends, so that a test killed for its time
    /// limit leaves nothing behind.
    ///
    /// # Panics
    /// If the program is not installed or the log cannot be written.
    pub fn start(name: &str, log: &Path, command: &Command) -> Self {
        let out = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(log)
            .expect("the log can be written");
        let err = out.try_clone().expect("a second handle of the log");
        let mut bound = Command::new("setpriv");
        bound
            .args(["--pdeathsig", "KILL", "--"])
            .arg(command.get_program())
            .args(command.get_args());
        for (key, value) in command.get_envs() {
            match value {
                Some(value) => bound.env(key, value),
                None => bound.env_remove(key),
            };
        }
        if let Some(dir) = command.get_current_dir() {
            bound.current_dir(dir);
        }
        let child = bound
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(err)
            .spawn()
            .unwrap_or_else(|why| panic!("cannot start {name}: {why}"));
        Self {
            name: name.to_owned(),
            log: log.to_owned(),
            child,
        }
    }

    /// Process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Everything it has printed so far.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    /// How it ended, or nothing while it runs.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("our own child can be asked")
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// If it still runs after `within`.
    pub async fn end(&mut self, within: Duration) -> ExitStatus {
        let what = format!("the end of {}", self.name);
        let this = std::cell::RefCell::new(self);
        eventually(&what, within, || {
            let ended = this.borrow_mut().ended();
            async move { ended }
        })
        .await
    }

    /// Asks it to stop (SIGTERM) and waits.
    ///
    /// # Panics
    /// If it still runs after `within`.
    pub async fn terminate(&mut self, within: Duration) -> ExitStatus {
        self.signal("TERM");
        self.end(within).await
    }

    /// Sends a signal by its name without `SIG`.
    pub fn signal(&self, signal: &str) {
        let pid = self.pid().to_string();
        let sent = Command::new("kill").args(["-s", signal, &pid]).status();
        assert!(
            sent.is_ok_and(|s| s.success()),
            "cannot send {signal} to {}",
            self.name
        );
    }

    /// Kills it as a power cut would (SIGKILL) and reaps it.
    pub fn kill(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }

    fn show_log(&self) {
        let text = self.log();
        let lines: Vec<&str> = text.lines().collect();
        let from = lines.len().saturating_sub(LOG_LINES_SHOWN);
        eprintln!("──── {} (last {} lines)", self.name, lines.len() - from);
        for line in &lines[from..] {
            let shown: String = line.chars().take(LOG_LINE_CHARS_SHOWN).collect();
            eprintln!("{shown}");
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if self.ended().is_none() {
            self.kill();
        }
        if std::thread::panicking() {
            self.show_log();
        }
    }
}
