//! A whole centre: the real binary with its own data, scenarios and ports.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::agent::Agent;
use crate::eventually::{eventually, seconds};
use crate::http::Client;
use crate::metrics::Metrics;
use crate::plan::{Addresses, SCENARIO_TOKEN, UserPlan};
pub use crate::plan::{CentrePlan, Roles, binary};
use crate::port;
use crate::program::Program;
use crate::wiretap::Wiretap;

/// Password of every user of a test centre.
pub const PASSWORD: &str = "long enough for a test";
/// The gauges that count live objects: all are zero when nobody calls.
pub const LIVE_OBJECTS: [&str; 13] = [
    "cordboard_sessions",
    "cordboard_access_urls",
    "cordboard_players",
    "cordboard_legs",
    "cordboard_rtp_ports",
    "cordboard_offers",
    "cordboard_conference_sessions",
    "cordboard_inner_calls",
    "cordboard_mixers",
    "cordboard_recorders",
    "cordboard_feeds",
    "cordboard_streams",
    "cordboard_session_log_waiting",
];

/// A running centre.
#[derive(Debug)]
pub struct Centre {
    plan: CentrePlan,
    at: Addresses,
    secrets: BTreeMap<String, String>,
    /// By role: `all`, or `engine` and `backend`.
    programs: BTreeMap<&'static str, Program>,
    http: Client,
    wiretap: Wiretap,
    /// Last, so that the logs are still there when the programs end.
    dir: tempfile::TempDir,
}

impl Centre {
    /// Creates the users, starts the binary and waits until it is ready.
    ///
    /// # Panics
    /// If the binary is not built or does not get ready in 15 s.
    pub async fn start(plan: CentrePlan) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let http = port::free_address();
        let wiretap = Wiretap::before(http).await;
        let at = Addresses {
            http,
            engine: port::free_address(),
            sip: port::free_address(),
            backend: if plan.direct { http } else { wiretap.address() },
        };
        write_scenarios(dir.path(), &plan);
        std::fs::write(config_path(dir.path()), plan.config(&at)).expect("the configuration");
        let mut secrets = BTreeMap::new();
        for user in &plan.users {
            secrets.insert(
                user.name.clone(),
                add_user(&plan.program(), dir.path(), user),
            );
        }
        let http = Client::new(&format!("http://{}", at.http));
        let mut centre = Self {
            plan,
            dir,
            at,
            secrets,
            programs: BTreeMap::new(),
            http,
            wiretap,
        };
        match centre.plan.roles {
            Roles::Together => centre.start_role("all").await,
            Roles::Apart => {
                centre.start_role("backend").await;
                centre.start_role("engine").await;
            }
        }
        centre
    }

    /// Starts one role (`all`, `engine`, `backend`) and waits until it is ready.
    ///
    /// # Panics
    /// If it does not get ready in 15 s.
    pub async fn start_role(&mut self, role: &'static str) {
        let mut command = Command::new(self.plan.program());
        command
            .args(["run", "--role", role, "--config"])
            .arg(config_path(self.dir.path()))
            .arg("--data")
            .arg(self.data())
            .current_dir(self.dir.path())
            .envs(self.plan.environment.iter().cloned());
        if self.plan.demo {
            command.arg("--demo");
        }
        let log = self.dir.path().join(format!("{role}.log"));
        let program = Program::start(&format!("cordboard {role}"), &log, &command);
        self.programs.insert(role, program);
        let halves: &[SocketAddr] = match role {
            "engine" => &[self.at.engine],
            "backend" => &[self.at.http],
            _ => &[self.at.http, self.at.engine],
        };
        for half in halves {
            self.wait_ready(role, *half).await;
        }
    }

    async fn wait_ready(&mut self, role: &'static str, half: SocketAddr) {
        let url = format!("http://{half}/readyz");
        let started = std::time::Instant::now();
        loop {
            if let Ok(answer) = self.http.send("GET", &url, None).await
                && answer.status == 200
            {
                return;
            }
            let program = self.programs.get_mut(role).expect("it was just inserted");
            let ended = program.ended();
            assert!(
                ended.is_none() && started.elapsed() < seconds(15),
                "cordboard {role} is not ready at {half} (ended: {ended:?})"
            );
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }

    /// Ends one role in order (SIGTERM).
    ///
    /// # Panics
    /// If it does not end in 15 s.
    pub async fn stop_role(&mut self, role: &'static str) {
        let mut program = self.programs.remove(role).expect("a running role");
        program.terminate(seconds(15)).await;
    }

    /// Ends one role as a power cut would.
    pub fn kill_role(&mut self, role: &'static str) {
        let mut program = self.programs.remove(role).expect("a running role");
        program.kill();
    }

    /// Sends a running role a signal by its name without `SIG`.
    pub fn signal_role(&self, role: &str, signal: &str) {
        self.programs[role].signal(signal);
    }

    /// Where phones call and register (UDP and TCP).
    pub fn sip(&self) -> SocketAddr {
        self.at.sip
    }

    /// The backend's HTTP interface, without credentials.
    pub fn http(&self) -> &Client {
        &self.http
    }

    /// The engine's HTTP interface (access URLs, health, metrics).
    pub fn engine_address(&self) -> SocketAddr {
        self.at.engine
    }

    /// Where HTTPS is served, as the binary wrote it down.
    ///
    /// # Panics
    /// If the centre was not planned with [`CentrePlan::https`].
    pub fn https_address(&self) -> String {
        let file = match self.plan.roles {
            Roles::Together => "run.json",
            Roles::Apart => "run.backend.json",
        };
        let text = std::fs::read_to_string(self.data().join(file)).expect("the addresses");
        let addresses: Value = serde_json::from_str(&text).expect("JSON");
        addresses["https"].as_str().expect("HTTPS").to_owned()
    }

    /// What `cordboard ARGUMENTS --data DATA` prints.
    ///
    /// # Panics
    /// If it fails.
    pub fn command(&self, arguments: &[&str]) -> String {
        let output = Command::new(self.plan.program())
            .args(arguments)
            .arg("--data")
            .arg(self.data())
            .current_dir(self.dir.path())
            .output()
            .expect("the binary runs");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {errors}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Folder of the data.
    pub fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// Changes a file of the scenario folder under the running centre.
    ///
    /// # Panics
    /// If it cannot be written.
    pub fn write_scenario(&self, file: &str, text: &str) {
        let path = self.dir.path().join("scenarios").join(file);
        std::fs::write(path, text).expect("a scenario");
    }

    /// Deletes a file of the scenario folder under the running centre.
    ///
    /// # Panics
    /// If it is not there.
    pub fn delete_scenario(&self, file: &str) {
        let path = self.dir.path().join("scenarios").join(file);
        std::fs::remove_file(path).expect("a scenario");
    }

    /// The SIP secret that was generated for a user.
    pub fn sip_secret(&self, user: &str) -> &str {
        &self.secrets[user]
    }

    /// The log of a role.
    pub fn log(&self, role: &str) -> String {
        self.programs[role].log()
    }

    /// Process id of a role.
    pub fn pid(&self, role: &str) -> u32 {
        self.programs[role].pid()
    }

    /// Signs a user in.
    pub async fn sign_in(&self, user: &str) -> Agent {
        Agent::sign_in(&self.http, user, PASSWORD).await
    }

    /// Signs an agent in and presses Ready.
    pub async fn ready_agent(&self, user: &str) -> Agent {
        let agent = self.sign_in(user).await;
        agent.press_ready().await;
        agent
    }

    /// The metrics of both halves, one after the other.
    pub async fn metrics(&self) -> Metrics {
        let engine = format!("http://{}/metrics", self.at.engine);
        let mut text = self.http.get(&engine).await.text;
        text.push('\n');
        let backend = self.http.with_token(SCENARIO_TOKEN);
        text += &backend.get("/metrics").await.text;
        Metrics::parse(&text)
    }

    /// Waits until no session, leg, port or offer is left.
    ///
    /// # Panics
    /// If something is left after 10 s, naming it, or if a gauge does not exist.
    pub async fn is_empty_again(&self) {
        let last = std::cell::RefCell::new(String::new());
        let started = std::time::Instant::now();
        loop {
            let metrics = self.metrics().await;
            let left: Vec<String> = LIVE_OBJECTS
                .iter()
                .map(|name| (name, metrics.sum(name)))
                .filter(|(_, value)| *value != Some(0.0))
                .map(|(name, value)| format!("{name} = {value:?}"))
                .collect();
            if left.is_empty() {
                return;
            }
            last.replace(left.join(", "));
            assert!(
                started.elapsed() < seconds(10),
                "not empty again: {}",
                last.borrow()
            );
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    }

    /// A supervisor's view of a call.
    pub async fn call(&self, call_id: &str) -> Value {
        let olga = self.sign_in("olga").await;
        let path = format!("/api/v1/calls/{call_id}");
        olga.client().get(&path).await.ok()
    }

    /// What the engine told the backend: bodies of the contract's events, in order.
    pub fn events_told(&self) -> Vec<Value> {
        self.wiretap.events()
    }

    /// The access URL of the first call that the engine told the backend of.
    ///
    /// # Panics
    /// If there is none in 10 s.
    pub async fn access_url(&self) -> String {
        eventually("a call that is told", seconds(10), || async {
            let calls = self.wiretap.posted("/calls");
            let url = calls.first()?["access_url"].as_str()?.to_owned();
            Some(url)
        })
        .await
    }

    /// Waits until an event of a type was told.
    ///
    /// # Panics
    /// If none was in 10 s.
    pub async fn tells(&self, kind: &str) -> Value {
        eventually(&format!("event {kind}"), seconds(10), || async {
            self.events_told().into_iter().find(|e| e["type"] == kind)
        })
        .await
    }

    /// The word after `mark` in the newest session log, once it is there.
    ///
    /// # Panics
    /// If it does not come in 10 s.
    pub async fn session_log_word(&self, mark: &str) -> String {
        eventually(mark, seconds(10), || async {
            let text = self.session_logs();
            let (_, rest) = text.split_once(mark)?;
            let end = rest.find(['\n', '"', ' ', '\r'])?;
            Some(rest[..end].to_owned())
        })
        .await
    }

    /// All session logs that the engine has written, one after the other.
    pub fn session_logs(&self) -> String {
        let mut text = String::new();
        let mut folders = vec![self.data()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|e| e == "log" || e == "jsonl") {
                    text += &std::fs::read_to_string(&path).unwrap_or_default();
                }
            }
        }
        text
    }

    /// The token that scenarios use towards the backend.
    pub fn scenario_token(&self) -> String {
        SCENARIO_TOKEN.to_owned()
    }

    /// Waits until a log line of a role contains all the words.
    ///
    /// # Panics
    /// If none does in 10 s.
    pub async fn logs(&self, role: &str, words: &[&str]) -> String {
        let what = format!("a log line with {words:?}");
        eventually(&what, seconds(10), || async {
            let log = self.log(role);
            let line = log.lines().find(|l| words.iter().all(|w| l.contains(w)));
            line.map(str::to_owned)
        })
        .await
    }
}

fn config_path(dir: &Path) -> PathBuf {
    dir.join("cordboard.toml")
}

/// The plan's own scenarios; the others come with the binary.
fn write_scenarios(dir: &Path, plan: &CentrePlan) {
    let target = dir.join("scenarios");
    std::fs::create_dir_all(&target).expect("a folder for scenarios");
    for (file, text) in &plan.scenarios {
        std::fs::write(target.join(file), text).expect("a scenario");
    }
}

/// Adds a user by the command line and returns the SIP secret it printed.
fn add_user(binary: &Path, dir: &Path, user: &UserPlan) -> String {
    let mut command = Command::new(binary);
    command
        .args(["user", "add", &user.name, "--role", user.role])
        .args(["--password-stdin", "--json", "--config"])
        .arg(config_path(dir))
        .arg("--data")
        .arg(dir.join("data"))
        .current_dir(dir);
    if let Some(contact) = &user.contact {
        command.args(["--contact", contact]);
    }
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut stdin = child.stdin.take().expect("it was piped");
    writeln!(stdin, "{PASSWORD}").expect("it reads the password");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    let text = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "user add {} failed: {text}{complaint}",
        user.name
    );
    let printed: Value =
        serde_json::from_str(text.trim()).unwrap_or_else(|why| panic!("{why}: {text}{complaint}"));
    printed["sip_secret"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}
