//! The configuration file: its keys, its defaults and what is wrong with it.

pub(crate) mod agents;
mod call_lists;
mod callback;
mod keys;
pub(crate) mod leaving;
mod not_taken;
mod read;
pub(crate) mod reserves;
mod transfers;

pub(crate) use read::load;

use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

/// The annotated default file, also the one that is shown to people.
pub(crate) const DEFAULT_TOML: &str = include_str!("../../../cordboard.toml");

/// The whole file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    /// `[http]`: the backend.
    pub http: Http,
    /// `[database]`.
    pub database: Database,
    /// `[engine]`.
    pub engine: Engine,
    /// `[scenarios]`.
    pub scenarios: Scenarios,
    /// `[speech]`.
    pub speech: Speech,
    /// `[[rules]]`, first match wins.
    pub rules: Vec<Rule>,
    /// `[sip]`.
    pub sip: Sip,
    /// `[media]`.
    pub media: Media,
    /// `[recordings]`.
    pub recordings: Recordings,
    /// `[[queues]]`; the first takes calls that name none.
    pub queues: Vec<Queue>,
    /// `[[reserves]]`: numbers for callers whom nobody can serve.
    #[serde(default)]
    pub reserves: Vec<reserves::Reserve>,
    /// `[own_manager]`.
    pub own_manager: OwnManager,
    /// `[agents]`.
    pub agents: agents::Agents,
    /// `[callbacks]`: how callers are called back.
    pub callbacks: callback::Callbacks,
    /// `[call_lists]`: how much call lists may do at once.
    pub call_lists: call_lists::CallLists,
    /// `[transfers]`: callers whom agents hand over.
    pub transfers: transfers::Transfers,
    /// `[policy]`: the owner's routing script.
    #[serde(default)]
    pub policy: Policy,
    /// `[calendars.NAME]`: opening hours.
    #[serde(default)]
    pub calendars: BTreeMap<String, leaving::Calendar>,
    /// `[skills.AGENT]`: skill and level.
    #[serde(default)]
    pub skills: BTreeMap<String, acd::Skills>,
}

/// `[own_manager]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OwnManager {
    /// How long a busy manager is waited for.
    pub sticky_wait_s: u64,
    /// Whether callers without a manager are asked after a talk.
    pub ask_after_talk: bool,
    /// Nobody is asked again within so many days.
    pub ask_again_days: u64,
    /// Nobody is asked after a shorter talk.
    pub ask_min_talk_s: u64,
    /// Country code of numbers without one.
    pub country_code: String,
    /// Before a number within the country.
    pub national_prefix: String,
    /// Before a country code.
    pub international_prefix: String,
    /// Digits of a number within the country; 0 when they differ.
    pub national_digits: u8,
    /// Who stands in for whom.
    #[serde(default)]
    pub deputies: BTreeMap<String, String>,
    /// What callers are told, by language.
    #[serde(default)]
    pub texts: BTreeMap<String, OwnManagerTexts>,
}

/// One of `[own_manager.texts.LANGUAGE]`; what is absent is the usual text.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OwnManagerTexts {
    /// On vacation.
    #[serde(default)]
    pub vacation: Option<String>,
    /// Ill.
    #[serde(default)]
    pub ill: Option<String>,
    /// Has left.
    #[serde(default)]
    pub left: Option<String>,
    /// Away otherwise.
    #[serde(default)]
    pub other: Option<String>,
    /// Busy for too long.
    #[serde(default)]
    pub busy: Option<String>,
}

/// `[policy]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Policy {
    /// The script; empty is none.
    pub file: String,
    /// One hook may take so long.
    pub deadline_ms: u64,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            file: String::new(),
            deadline_ms: 50,
        }
    }
}

/// `[http]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Http {
    /// Where the pages and the API are served.
    pub bind: SocketAddr,
    /// Sign-in cookies only over HTTPS.
    pub cookie_secure: bool,
    /// Folder with sounds that go before the built-in ones; empty is none.
    pub sounds_dir: String,
    /// Where the same is served by HTTPS; empty is nowhere.
    pub tls_bind: String,
    /// PEM file of the certificate; empty is one of our own making.
    pub tls_certificate: String,
    /// PEM file of its key.
    pub tls_key: String,
    /// Token between the halves; empty is the one of the data folder.
    pub scenario_token: String,
    /// The same, of engines.
    pub engine_token: String,
}

/// `[database]`.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Database {
    /// `postgres://...`; empty is a file in the data folder. Has a password.
    pub url: String,
    /// Days of inputs that the journal keeps; 0 is all.
    pub journal_keep_days: u64,
    /// Days of sessions that the history keeps; 0 is all.
    pub history_keep_days: u64,
    /// What SQLite does for a power cut.
    pub sqlite_sync: SqliteSync,
}

// A password must not reach a log by way of `{:?}`.
impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database")
            .field("journal_keep_days", &self.journal_keep_days)
            .field("history_keep_days", &self.history_keep_days)
            .field("sqlite_sync", &self.sqlite_sync)
            .finish_non_exhaustive()
    }
}

/// Words of `database.sqlite_sync`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SqliteSync {
    /// A power cut may take the last commits.
    Normal,
    /// Every commit waits for the disk.
    Full,
}

/// `[engine]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Engine {
    /// Where access URLs are served.
    pub bind: SocketAddr,
    /// Base of access URLs; empty is the bound address.
    pub public_url: String,
    /// Base URL of the backend; empty is this process or `http.bind`.
    pub backend_url: String,
    /// Live sessions at most.
    pub sessions_max: usize,
    /// Scenario threads; 0 is one a core.
    pub scenario_threads: usize,
    /// Session logs kept.
    pub session_logs_max: usize,
    /// Private hosts that scenarios may call.
    pub allow_hosts: Vec<String>,
    /// Certificate authorities for scenarios' connections; empty is the system's only.
    pub ca_file: String,
    /// HTTP answers that are being read, together, MiB.
    pub http_answers_mib: usize,
    /// What callers of failed scenarios get.
    pub default_treatment: String,
    /// Whether one who is not answered yet is answered for the announcement.
    pub default_treatment_answers: bool,
    /// How long the phone of the default treatment rings, seconds.
    pub default_treatment_ring_s: u64,
    /// Audio file; empty is the built-in announcement.
    pub default_announcement: String,
}

/// `[scenarios]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scenarios {
    /// Folder of scenario files.
    pub dir: String,
    /// Values for `VoxEngine.getSecretValue`.
    #[serde(default)]
    pub secrets: BTreeMap<String, String>,
    /// `[scenarios.limits]`.
    pub limits: scenario::Limits,
}

/// `[speech]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Speech {
    /// Program and arguments that speak a text; empty for none.
    pub say_command: Vec<String>,
    /// For one text, seconds.
    pub say_timeout_s: u64,
    /// Commands that run at once.
    pub say_at_once: usize,
}

/// One of `[[rules]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    /// Name for logs.
    pub name: String,
    /// Regular expression over the whole number.
    pub pattern: String,
    /// Veto.
    #[serde(default)]
    pub exclude: Option<String>,
    /// Files, in order.
    pub scenarios: Vec<String>,
    /// Instead of `engine.default_treatment`.
    #[serde(default)]
    pub default_treatment: Option<String>,
    /// Callers who dial the same number meet in one session.
    #[serde(default)]
    pub conference: bool,
}

/// `[sip]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sip {
    /// Digest realm.
    pub realm: String,
    /// Live legs at most.
    pub legs_max: usize,
    /// `[[sip.listeners]]`.
    pub listeners: Vec<Listener>,
    /// `[[sip.trunks]]`.
    #[serde(default)]
    pub trunks: Vec<Trunk>,
}

/// Transport names of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Transport {
    /// UDP.
    Udp,
    /// TCP.
    Tcp,
}

/// One of `[[sip.listeners]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Listener {
    /// `udp` or `tcp`.
    pub transport: Transport,
    /// Address and port.
    pub bind: SocketAddr,
    /// Address that others reach us by.
    #[serde(default)]
    pub advertised: Option<IpAddr>,
    /// Callers need no password.
    #[serde(default)]
    pub open: bool,
}

/// One of `[[sip.trunks]]`.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Trunk {
    /// Name.
    pub name: String,
    /// `host` or `host:port`.
    pub address: String,
    /// `udp` or `tcp`.
    #[serde(default = "udp")]
    pub transport: Transport,
    /// Source addresses of its calls.
    #[serde(default)]
    pub sources: Vec<IpAddr>,
    /// Digest user.
    #[serde(default)]
    pub(crate) user: Option<String>,
    /// Digest password.
    #[serde(default)]
    pub password: Option<String>,
    /// Digest realm, when only one is to be trusted.
    #[serde(default)]
    pub realm: Option<String>,
    /// Registers this often, seconds.
    #[serde(default)]
    pub register_every_s: Option<u32>,
    /// Codecs with it, when not those of `[media]`.
    #[serde(default)]
    pub codecs: Option<Vec<CodecName>>,
}

// A password must not reach a log by way of `{:?}`.
impl std::fmt::Debug for Trunk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trunk")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

fn udp() -> Transport {
    Transport::Udp
}

/// `[media]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Media {
    /// Address of the RTP sockets.
    pub bind: IpAddr,
    /// First port.
    pub port_min: u16,
    /// Last port.
    pub port_max: u16,
    /// Threads; 0 is one a core.
    pub threads: usize,
    /// In the order of preference.
    pub codecs: Vec<CodecName>,
}

/// `[recordings]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Recordings {
    /// Folder; one that is not absolute is in the data folder.
    pub dir: String,
    /// Days for which a recording is kept, unless its scenario says otherwise.
    pub keep_days: u32,
}

/// Codec names of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum CodecName {
    /// G.711 µ-law.
    Pcmu,
    /// G.711 A-law.
    Pcma,
    /// G.722, wideband.
    G722,
}

/// One of `[[queues]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Queue {
    /// Name, unique.
    pub name: String,
    /// Dialled numbers that lead here.
    #[serde(default)]
    pub numbers: Vec<String>,
    /// Agents by user name; absent is all.
    #[serde(default)]
    pub agents: Option<Vec<String>>,
    /// How long an agent's phone rings.
    #[serde(default = "ring_timeout_s")]
    pub ring_timeout_s: u64,
    /// Which of several reserve numbers gets a caller: `listed` or `weights`.
    #[serde(default = "listed")]
    pub reserve_order: String,
    /// No agent's phone rings for a caller while a reserve number rings.
    #[serde(default)]
    pub reserves_ring_alone: bool,
    /// How many phones ring at once for one caller.
    #[serde(default = "ring_at_once")]
    pub ring_at_once: usize,
    /// One phone more after each such time; 0 is all at once.
    #[serde(default)]
    pub ring_step_s: u64,
    /// How long an agent who did not answer is passed over.
    #[serde(default = "retry_delay_s")]
    pub retry_delay_s: u64,
    /// Wrap-up after a talk.
    #[serde(default = "wrap_up_s")]
    pub wrap_up_s: u64,
    /// How much longer *More time* makes a wrap-up; 0 is no such button.
    #[serde(default = "wrap_up_extend_s")]
    pub wrap_up_extend_s: u64,
    /// The longest wrap-up, however often it is made longer.
    #[serde(default = "wrap_up_max_s")]
    pub wrap_up_max_s: u64,
    /// Answered within this is in time, for the service level on the page.
    #[serde(default = "service_level_s")]
    pub service_level_s: u64,
    /// Who leaves earlier than this is not counted there; 0 counts everybody.
    #[serde(default = "short_abandon_s")]
    pub short_abandon_s: u64,
    /// Longest queue.
    #[serde(default = "waiting_max")]
    pub waiting_max: usize,
    /// What becomes of who comes when it is full.
    #[serde(default = "hang_up")]
    pub on_full: String,
    /// The longest wait; 0 is none.
    #[serde(default)]
    pub wait_max_s: u64,
    /// What becomes of who has waited for so long.
    #[serde(default = "hang_up")]
    pub on_wait_max: String,
    /// What becomes of callers while no agent is logged in.
    #[serde(default = "stay")]
    pub on_nobody: String,
    /// Opening hours, one of `[calendars.NAME]`.
    #[serde(default)]
    pub calendar: Option<String>,
    /// What becomes of who comes outside of them.
    #[serde(default = "hang_up")]
    pub on_closed: String,
    /// What becomes of who waits when the queue closes.
    #[serde(default = "stay")]
    pub on_closing: String,
    /// `[queues.callback]`: call-back instead of waiting.
    #[serde(default)]
    pub callback: callback::Callback,
    /// `[queues.exits]`: what a key leads to.
    #[serde(default)]
    pub exits: BTreeMap<String, String>,
    /// `[queues.texts.REASON]`: what is said before hanging up, by language.
    #[serde(default)]
    pub texts: leaving::Texts,
    /// Position announcements; 0 is none.
    #[serde(default)]
    pub announce_every_s: u64,
    /// Who of the free agents is next.
    #[serde(default)]
    pub strategy: acd::Strategy,
    /// Waiting that a step of priority is worth; 0 is strict priority.
    #[serde(default = "priority_step_s")]
    pub priority_step_s: u64,
    /// Waiting that callers of this queue are given at agents of several queues.
    #[serde(default)]
    pub head_start_s: u64,
    /// A caller's demands of skills fall by a level this often; 0 is never.
    #[serde(default = "ease_skills_s")]
    pub ease_skills_s: u64,
    /// Misses in a row that earn a ban; 0 is never.
    #[serde(default)]
    pub ban_after_misses: u64,
    /// The first ban; each next one is twice as long.
    #[serde(default = "ban_first_s")]
    pub ban_first_s: u64,
    /// The longest ban.
    #[serde(default = "ban_max_s")]
    pub ban_max_s: u64,
    /// Agents may lift such a ban of theirs.
    #[serde(default)]
    pub ban_agent_may_lift: bool,
    /// `[queues.not_taken.OUTCOME]`: what is different after other outcomes than a miss.
    #[serde(default)]
    pub not_taken: not_taken::NotTaken,
    /// The agent cannot end a wrap-up before this.
    #[serde(default)]
    pub wrap_up_min_s: u64,
}

fn ring_timeout_s() -> u64 {
    20
}

fn hang_up() -> String {
    "hang_up".to_owned()
}

fn stay() -> String {
    "stay".to_owned()
}

fn wrap_up_extend_s() -> u64 {
    30
}

fn service_level_s() -> u64 {
    20
}

fn short_abandon_s() -> u64 {
    5
}

fn wrap_up_max_s() -> u64 {
    300
}

fn listed() -> String {
    "listed".to_owned()
}

fn ring_at_once() -> usize {
    1
}

fn retry_delay_s() -> u64 {
    10
}

fn wrap_up_s() -> u64 {
    10
}

fn priority_step_s() -> u64 {
    60
}

fn ease_skills_s() -> u64 {
    60
}

fn ban_first_s() -> u64 {
    60
}

fn ban_max_s() -> u64 {
    900
}

fn waiting_max() -> usize {
    500
}
