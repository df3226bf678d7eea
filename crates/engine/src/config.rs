//! How an engine is started.

use crate::rule::RuleConfig;
use crate::treatment::Treatment;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

/// Everything an engine is started with.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// Where access URLs and control are served.
    pub bind: SocketAddr,
    /// Base of the access URLs, such as `https://engine1.example.com`;
    /// `http://` and the bound address when absent.
    pub public_url: Option<String>,
    /// Signalling.
    pub sip: sip::SipConfig,
    /// Media.
    pub media: media::MediaConfig,
    /// Codecs in the order of preference.
    pub codecs: Arc<crate::Codecs>,
    /// Rules, first match wins.
    pub rules: Vec<RuleConfig>,
    /// Where scenario files are looked for first; the built-in ones serve
    /// names that are not there.
    pub scenario_dir: Option<PathBuf>,
    /// Scenario files that come with the program, by name.
    pub built_in_scenarios: BTreeMap<String, String>,
    /// Values for `VoxEngine.getSecretValue`.
    pub secrets: BTreeMap<String, String>,
    /// What callers of failed scenarios get, where their rule says nothing else.
    pub default_treatment: DefaultTreatment,
    /// Limits of each session.
    pub limits: scenario::Limits,
    /// How texts are spoken.
    pub speech: crate::SpeechConfig,
    /// Live sessions; further calls get 503.
    pub sessions_max: usize,
    /// Threads that run scenarios; 0 is one a core.
    pub scenario_threads: usize,
    /// Session logs and fetched audio are kept here.
    pub data_dir: PathBuf,
    /// Session logs kept; the oldest go first.
    pub session_logs_max: usize,
    /// Where recordings are kept.
    pub recordings_dir: PathBuf,
    /// Days for which a recording is kept, unless the scenario says otherwise.
    pub recordings_keep_days: u32,
    /// The backend, when this engine reports the presence of phones to one.
    pub backend: Option<BackendLink>,
    /// `host:port` of HTTP services inside the own network that scenarios may
    /// call; the backend always may be.
    pub allow_hosts: Vec<String>,
    /// Certificate authorities that scenarios' connections trust besides the
    /// system's, a file in PEM form.
    pub ca_file: Option<PathBuf>,
    /// What the HTTP answers that are being read may take together, bytes.
    pub http_answer_bytes: usize,
    /// Token between the halves, both ways; scenarios do not have it.
    pub control_token: String,
    /// Signs the URLs of logs and recordings; the same after a restart, so that
    /// they still open then.
    pub link_secret: String,
}

/// What callers get whose scenario failed or cannot run.
#[derive(Clone, Debug)]
pub struct DefaultTreatment {
    /// What is done.
    pub treatment: Treatment,
    /// A caller who is not answered yet is answered for the announcement;
    /// otherwise refused with 503.
    pub answers: bool,
    /// How long a fallback phone rings, milliseconds.
    pub ring_timeout_ms: u64,
    /// The announcement.
    pub announcement: Arc<voice::Tune>,
}

/// Where the backend is. `Debug` hides the token.
#[derive(Clone)]
pub struct BackendLink {
    /// Base URL, such as `http://127.0.0.1:8080`.
    pub url: String,
    /// Bearer token.
    pub token: String,
}

impl std::fmt::Debug for BackendLink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BackendLink")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}
