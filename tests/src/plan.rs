//! What a test wants of its centre: users, queue, scenarios, and how it runs.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// The scenarios' token in every test centre.
pub(crate) const SCENARIO_TOKEN: &str = "scenario-token-of-a-test-centre-0123456789";

/// In how many processes a centre runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Roles {
    /// Everything in one process, as most people run it.
    Together,
    /// Engine and backend each in a process of its own.
    Apart,
}

/// An agent or supervisor to create.
#[derive(Debug, Clone)]
pub(crate) struct UserPlan {
    pub(crate) name: String,
    pub(crate) role: &'static str,
    pub(crate) contact: Option<String>,
}

/// What a centre shall be. The default has the queue `support` on the number 100,
/// the supervisor olga and no agents.
#[derive(Debug, Clone)]
pub struct CentrePlan {
    pub(crate) roles: Roles,
    pub(crate) users: Vec<UserPlan>,
    queue: BTreeMap<&'static str, u64>,
    rules: Vec<(String, String)>,
    /// Patterns of the rules that are conferences.
    conferences: Vec<String>,
    pub(crate) scenarios: Vec<(String, String)>,
    pub(crate) environment: Vec<(String, String)>,
    more: String,
    binary: Option<PathBuf>,
    pub(crate) demo: bool,
    open: bool,
    pub(crate) direct: bool,
}

impl Default for CentrePlan {
    fn default() -> Self {
        Self::new()
    }
}

impl CentrePlan {
    /// The default centre.
    pub fn new() -> Self {
        let queue = BTreeMap::from([
            ("ring_timeout_s", 20),
            ("wrap_up_s", 0),
            ("retry_delay_s", 5),
            ("announce_every_s", 0),
        ]);
        Self {
            roles: Roles::Together,
            users: vec![UserPlan {
                name: "olga".into(),
                role: "supervisor",
                contact: None,
            }],
            queue,
            rules: vec![("100".into(), "call-centre.js".into())],
            conferences: Vec::new(),
            scenarios: Vec::new(),
            environment: Vec::new(),
            more: String::new(),
            binary: None,
            demo: false,
            open: true,
            direct: false,
        }
    }

    /// Engine and backend in two processes.
    #[must_use]
    pub fn apart(mut self) -> Self {
        self.roles = Roles::Apart;
        self
    }

    /// An agent whose phone registers.
    #[must_use]
    pub fn agent(mut self, name: &str) -> Self {
        self.users.push(UserPlan {
            name: name.into(),
            role: "agent",
            contact: None,
        });
        self
    }

    /// An agent at a fixed address, `sip:...`.
    #[must_use]
    pub fn agent_at(mut self, name: &str, contact: &str) -> Self {
        self.users.push(UserPlan {
            name: name.into(),
            role: "agent",
            contact: Some(contact.into()),
        });
        self
    }

    /// Changes a number of the queue's configuration.
    #[must_use]
    pub fn queue(mut self, key: &'static str, value: u64) -> Self {
        self.queue.insert(key, value);
        self
    }

    /// Another dialled number with a scenario of its own, tried before the others.
    #[must_use]
    pub fn scenario(mut self, pattern: &str, file: &str, text: &str) -> Self {
        self.rules.insert(0, (pattern.into(), file.into()));
        self.scenarios.push((file.into(), text.into()));
        self
    }

    /// A file of the scenario folder, for rules of [`Self::more`].
    #[must_use]
    pub fn file(mut self, file: &str, text: &str) -> Self {
        self.scenarios.push((file.into(), text.into()));
        self
    }

    /// Another dialled number with one of the scenarios that come with the binary.
    #[must_use]
    pub fn number(mut self, pattern: &str, file: &str) -> Self {
        self.rules.insert(0, (pattern.into(), file.into()));
        self
    }

    /// The same, of a conference: its callers meet in one session.
    #[must_use]
    pub fn conference(mut self, pattern: &str, file: &str, text: &str) -> Self {
        self.conferences.push(pattern.into());
        self.scenario(pattern, file, text)
    }

    /// A setting by its `CORDBOARD__SECTION__KEY` variable.
    #[must_use]
    pub fn setting(mut self, variable: &str, value: &str) -> Self {
        self.environment.push((variable.into(), value.into()));
        self
    }

    /// More lines for the end of the configuration file.
    #[must_use]
    pub fn more(mut self, text: &str) -> Self {
        self.more += text;
        self
    }

    /// Strangers may not call: no listener is open.
    #[must_use]
    pub fn closed(mut self) -> Self {
        self.open = false;
        self
    }

    /// HTTPS on a free port, with a certificate that the binary makes.
    #[must_use]
    pub fn https(self) -> Self {
        self.setting("CORDBOARD__HTTP__TLS_BIND", "127.0.0.1:0")
    }

    /// Engine and backend meet without the wiretap between them.
    #[must_use]
    pub fn direct(mut self) -> Self {
        self.direct = true;
        self
    }

    /// With the demo users, made by the binary itself, and no others.
    #[must_use]
    pub fn demo(mut self) -> Self {
        self.demo = true;
        self.users.clear();
        self
    }

    /// Another build of the binary than the tests' own.
    #[must_use]
    pub fn binary(mut self, path: &Path) -> Self {
        self.binary = Some(path.to_owned());
        self
    }

    pub(crate) fn program(&self) -> PathBuf {
        self.binary.clone().unwrap_or_else(binary)
    }

    pub(crate) fn config(&self, at: &Addresses) -> String {
        let Addresses {
            http,
            engine,
            sip,
            backend,
        } = at;
        let mut text = format!(
            "[http]\nbind = \"{http}\"\nscenario_token = \"{SCENARIO_TOKEN}\"\n\n\
             [engine]\nbind = \"{engine}\"\nbackend_url = \"http://{backend}\"\n\n\
             [scenarios]\ndir = \"scenarios\"\n\n\
             [sip]\nrealm = \"cordboard\"\n"
        );
        for transport in ["udp", "tcp"] {
            text += &format!(
                "\n[[sip.listeners]]\ntransport = \"{transport}\"\n\
                 bind = \"{sip}\"\nopen = {}\n",
                self.open
            );
        }
        for (number, (pattern, file)) in self.rules.iter().enumerate() {
            let more = match file.as_str() {
                "call-centre.js" => ", \"call-centre-consult.js\", \"call-centre-callback.js\"",
                _ => "",
            };
            text += &format!(
                "\n[[rules]]\nname = \"rule{number}\"\npattern = \"{pattern}\"\n\
                 scenarios = [\"{file}\"{more}]\nconference = {}\n",
                self.conferences.contains(pattern)
            );
        }
        text += "\n[[queues]]\nname = \"support\"\nnumbers = [\"100\"]\n";
        for (key, value) in &self.queue {
            text += &format!("{key} = {value}\n");
        }
        text + &self.more
    }
}

/// Where the parts of a centre listen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Addresses {
    pub(crate) http: SocketAddr,
    pub(crate) engine: SocketAddr,
    pub(crate) sip: SocketAddr,
    /// Where the engine finds the backend: through the wiretap.
    pub(crate) backend: SocketAddr,
}

/// The binary under test: `CORDBOARD_BIN`, or the debug build of this workspace.
///
/// # Panics
/// If it is not there, saying how to build it.
pub fn binary() -> PathBuf {
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/debug/cordboard");
    let path = std::env::var_os("CORDBOARD_BIN").map_or(built, PathBuf::from);
    assert!(
        path.exists(),
        "{} is not there: run `cargo build -p cordboard` first (make test does)",
        path.display()
    );
    path
}
