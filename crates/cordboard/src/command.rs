//! The command line (DESIGN.md §5).

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// A programmable call centre: telephony engine, queues and the agents' page.
#[derive(Parser)]
#[command(version, about)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Start the call centre, or one half of it.
    Run(Run),
    /// Say what is wrong with a configuration, by key and line.
    Check(Files),
    /// People and their roles.
    User {
        /// What to do with them.
        #[command(subcommand)]
        command: UserCommand,
    },
    /// Keys with which programs use the management API.
    Key {
        /// What to do with them.
        #[command(subcommand)]
        command: KeyCommand,
    },
    /// Why each decision was made, and the proof that it would be made again.
    /// Only reads, also beside a running backend.
    Journal {
        /// What to do with it.
        #[command(subcommand)]
        command: JournalCommand,
    },
    /// Scenario files.
    Scenario {
        /// What to do with them.
        #[command(subcommand)]
        command: ScenarioCommand,
    },
    /// Routing scripts.
    Policy {
        /// What to do with them.
        #[command(subcommand)]
        command: PolicyCommand,
    },
    /// Print the token between engine and backend, for the configuration of an
    /// engine that does not share the backend's database.
    EngineToken(Files),
    /// Run a made-up day through the real routing, in seconds.
    Simulate(Simulate),
}

/// What to do with a routing script.
#[derive(Subcommand)]
pub(crate) enum PolicyCommand {
    /// Load it and say which hooks it has.
    Check {
        /// The script.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Ask its hooks and compare the answers.
    Test {
        /// The script.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Questions and the answers that are expected (TOML).
        #[arg(long, value_name = "CASES", required = true)]
        cases: PathBuf,
    },
}

/// Options of `simulate`.
#[derive(Args)]
pub(crate) struct Simulate {
    /// The day: who calls when and who works when (TOML).
    #[arg(value_name = "DAY")]
    pub day: PathBuf,
    /// Configuration whose queues are tried; `./cordboard.toml` when it exists.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Another configuration, to compare: it meets the same callers.
    #[arg(long, value_name = "FILE")]
    pub compare: Option<PathBuf>,
    /// Routing script that decides too.
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// Another routing script, to compare.
    #[arg(long, value_name = "FILE")]
    pub compare_policy: Option<PathBuf>,
    /// Another day than the file's seed makes.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Write a page with plots.
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Print everything as JSON.
    #[arg(long)]
    pub json: bool,
    /// Language of the page; by the locale if not given.
    #[arg(long, value_enum)]
    pub language: Option<PageLanguage>,
}

/// Language of a page that is written.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum PageLanguage {
    /// English.
    En,
    /// Russian.
    Ru,
}

/// Where things are.
#[derive(Args, Clone)]
pub(crate) struct Files {
    /// Configuration; `./cordboard.toml` when it exists, otherwise the defaults.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Folder of the database, logs and caches.
    #[arg(long, value_name = "DIR", default_value = "data")]
    pub data: PathBuf,
}

/// Options of `run`.
#[derive(Args)]
pub(crate) struct Run {
    /// Where things are.
    #[command(flatten)]
    pub files: Files,
    /// Which half to start.
    #[arg(long, value_enum, default_value_t = RunRole::All)]
    pub role: RunRole,
    /// Make the demo users anna, boris and olga when there are no users yet.
    #[arg(long)]
    pub demo: bool,
}

/// Which half of the product a process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RunRole {
    /// Both.
    All,
    /// Telephony and scenarios.
    Engine,
    /// Queues, agents and pages.
    Backend,
}

/// `user ...`.
#[derive(Subcommand)]
pub(crate) enum UserCommand {
    /// Add a user; prints the generated secrets once.
    Add(AddUser),
    /// List the users.
    List(ListUsers),
    /// Make a new password and SIP secret; the old ones and all sign-ins end.
    Reset(ResetUser),
    /// Keep a user from signing in, registering and being offered calls.
    Disable(NamedUser),
    /// Undo `disable`.
    Enable(NamedUser),
    /// Make a token with which a program acts for this user; printed once.
    Token(UserToken),
}

/// One user by name.
#[derive(Args)]
pub(crate) struct NamedUser {
    /// User name.
    pub(crate) name: String,
    /// Where things are.
    #[command(flatten)]
    pub(crate) files: Files,
}

/// Options of `user reset`.
#[derive(Args)]
pub(crate) struct ResetUser {
    /// User name.
    pub(crate) name: String,
    /// Read the new password from standard input instead of making one.
    #[arg(long)]
    pub(crate) password_stdin: bool,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
    /// Where things are.
    #[command(flatten)]
    pub(crate) files: Files,
}

/// Options of `user token`.
#[derive(Args)]
pub(crate) struct UserToken {
    /// User name.
    pub(crate) name: String,
    /// Valid for so many days.
    #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub(crate) days: u32,
    /// Where things are.
    #[command(flatten)]
    pub(crate) files: Files,
}

/// `key ...`.
#[derive(Subcommand)]
pub(crate) enum KeyCommand {
    /// Make a key; what the program needs is shown or written once.
    Add(AddKey),
    /// List the keys.
    List(Files),
    /// Remove a key: its program is refused from then on.
    Remove(RemoveKey),
}

/// Options of `key add`.
#[derive(Args)]
pub(crate) struct AddKey {
    /// Whose key it is, for `key list`.
    #[arg(long, default_value = "")]
    pub(crate) note: String,
    /// Write the key file here, readable by its owner only, instead of printing it.
    #[arg(long, value_name = "KEY.json")]
    pub(crate) file: Option<PathBuf>,
    /// Make an API key (a text sent with every request) instead of a key pair.
    #[arg(long, conflicts_with = "file")]
    pub(crate) api: bool,
    /// Where things are.
    #[command(flatten)]
    pub(crate) files: Files,
}

/// Options of `key remove`.
#[derive(Args)]
pub(crate) struct RemoveKey {
    /// `key_id`, as `key list` shows it.
    pub(crate) key_id: String,
    /// Where things are.
    #[command(flatten)]
    pub(crate) files: Files,
}

/// Options of `user add`.
#[derive(Args)]
pub(crate) struct AddUser {
    /// User name: letters, digits, `.`, `_`, `-`.
    pub name: String,
    /// agent, supervisor or admin.
    #[arg(long)]
    pub role: store::Role,
    /// Name shown to people; the user name when absent.
    #[arg(long)]
    pub display_name: Option<String>,
    /// Read the password from standard input instead of making one.
    #[arg(long)]
    pub password_stdin: bool,
    /// Where the agent's phone is: a SIP URI or a telephone number. Absent: a
    /// phone registered here under the user's name.
    #[arg(long)]
    pub contact: Option<String>,
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// Where things are.
    #[command(flatten)]
    pub files: Files,
}

/// Options of `user list`.
#[derive(Args)]
pub(crate) struct ListUsers {
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
    /// Where things are.
    #[command(flatten)]
    pub files: Files,
}

/// `scenario ...`.
#[derive(Subcommand)]
pub(crate) enum ScenarioCommand {
    /// Check scenario files, loaded together in this order: syntax, names that do
    /// not exist or are not here yet, old forms.
    Check {
        /// The files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Run scenario files against a scripted call in virtual time, print the
    /// event log, and fail when it is not as expected.
    Test {
        /// The files, loaded together in this order.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// What the call does and what is expected, in TOML (docs/scenarios.md).
        #[arg(long, value_name = "CALL.toml", required = true)]
        script: Vec<PathBuf>,
        /// Print only what is not as expected.
        #[arg(long)]
        quiet: bool,
    },
}

/// `journal ...`.
#[derive(Subcommand)]
pub(crate) enum JournalCommand {
    /// List the newest calls.
    List(ListCalls),
    /// Tell in plain words how a call went: what happened, what was decided and
    /// why, and how every agent stood at that moment.
    Show(ShowCall),
    /// Run the journal through the routing core again and compare its decisions
    /// with the recorded ones, byte for byte; exit code 1 at the first difference.
    Replay(ReplayJournal),
}

/// Options of `journal list`.
#[derive(Args)]
pub(crate) struct ListCalls {
    /// So many calls.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) limit: u32,
    /// `en` or `ru`; the terminal's language when absent.
    #[arg(long, value_enum)]
    pub(crate) language: Option<crate::language::Language>,
    /// Where things are.
    #[command(flatten)]
    pub(crate) files: Files,
}

/// Options of `journal show`.
#[derive(Args)]
pub(crate) struct ShowCall {
    /// The call, as in `c17`.
    pub(crate) call: String,
    /// `en` or `ru`; the terminal's language when absent.
    #[arg(long, value_enum)]
    pub(crate) language: Option<crate::language::Language>,
    /// Where things are.
    #[command(flatten)]
    pub(crate) files: Files,
}

/// Options of `journal replay`.
#[derive(Args)]
pub(crate) struct ReplayJournal {
    /// Begin with the last state kept before this row instead of the journal's
    /// beginning.
    #[arg(long, value_name = "SEQ")]
    pub(crate) from: Option<u64>,
    /// Where things are.
    #[command(flatten)]
    pub(crate) files: Files,
}
