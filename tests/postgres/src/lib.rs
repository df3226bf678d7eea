//! A PostgreSQL server for tests: in a temporary folder, on loopback, as an
//! unprivileged user, gone with the process that started it.

use std::io::{Error, Result};
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// How long the server may take to start on a busy machine.
const START_MAX: Duration = Duration::from_secs(60);

/// Where distributions keep the server's programs, which are not in `PATH`.
const DEBIAN: &str = "/usr/lib/postgresql";

/// Stops the server when its standard input ends, which it does with the
/// process that holds the other end, however that one ends.
const KEEPER: &str = r#"
"$1/postgres" -D "$2/data" -k "$2" -p "$3" -c listen_addresses=127.0.0.1 -c fsync="$4" \
    -c max_connections=60 >"$2/log" 2>&1 </dev/null &
server=$!
cat >/dev/null
kill -INT "$server"
wait "$server"
rm -rf "$2/data" "$2/log"
"#;

/// A running server.
pub struct Postgres {
    programs: PathBuf,
    port: u16,
    user: Option<(u32, u32)>,
    databases: AtomicU32,
    keeper: Child,
    folder: Option<tempfile::TempDir>,
}

impl Postgres {
    /// Starts a server. Without `durable` it does not wait for the disk.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or does not start.
    pub fn start(durable: bool) -> Result<Self> {
        let programs = programs()?;
        let user = unprivileged()?;
        let folder = tempfile::tempdir()?;
        if let Some((uid, gid)) = user {
            std::os::unix::fs::chown(folder.path(), Some(uid), Some(gid))?;
        }
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let data = folder.path().join("data");
        let made = as_user(Command::new(programs.join("initdb")), user)
            .arg("-D")
            .arg(&data)
            .args(["-U", "cordboard", "--auth=trust", "--no-sync"])
            .args(["-E", "UTF8", "--locale=C"])
            .current_dir(folder.path())
            .output()?;
        if !made.status.success() {
            return Err(Error::other(
                String::from_utf8_lossy(&made.stderr).into_owned(),
            ));
        }
        let keeper = as_user(Command::new("sh"), user)
            .args(["-c", KEEPER, "keeper"])
            .arg(&programs)
            .arg(folder.path())
            .arg(port.to_string())
            .arg(if durable { "on" } else { "off" })
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .process_group(0)
            .spawn()?;
        let server = Self {
            programs,
            port,
            user,
            databases: AtomicU32::new(0),
            keeper,
            folder: Some(folder),
        };
        server.wait_until_ready()?;
        Ok(server)
    }

    /// The one server of this process, for tests that share it.
    ///
    /// # Panics
    /// When there is no server to be had: `tools/setup.sh test` installs it.
    pub fn shared() -> &'static Self {
        static SERVER: OnceLock<Postgres> = OnceLock::new();
        SERVER.get_or_init(|| match Self::start(false) {
            Ok(server) => server,
            Err(error) => panic!("no PostgreSQL (tools/setup.sh test installs it): {error}"),
        })
    }

    /// Makes an empty database and returns its URL.
    ///
    /// # Errors
    /// When the server does not make it.
    pub fn database(&self) -> Result<String> {
        let name = format!("centre_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let made = as_user(Command::new(self.programs.join("createdb")), self.user)
            .args(["-h", "127.0.0.1", "-U", "cordboard", "-p"])
            .arg(self.port.to_string())
            .arg(&name)
            .current_dir("/")
            .output()?;
        if !made.status.success() {
            return Err(Error::other(
                String::from_utf8_lossy(&made.stderr).into_owned(),
            ));
        }
        Ok(format!(
            "postgres://cordboard@127.0.0.1:{}/{name}",
            self.port
        ))
    }

    fn wait_until_ready(&self) -> Result<()> {
        let began = Instant::now();
        loop {
            let ready = as_user(Command::new(self.programs.join("pg_isready")), self.user)
                .args(["-q", "-h", "127.0.0.1", "-p"])
                .arg(self.port.to_string())
                .current_dir("/")
                .status()?;
            if ready.success() {
                return Ok(());
            }
            if began.elapsed() > START_MAX {
                return Err(Error::other("PostgreSQL does not start"));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        // The folder goes after the server; a failure leaves a temporary file.
        let _ = self.keeper.wait();
        drop(self.folder.take());
    }
}

/// PostgreSQL refuses to run as root: then the user `nobody` runs it.
fn unprivileged() -> Result<Option<(u32, u32)>> {
    use std::os::unix::fs::MetadataExt as _;
    if std::fs::metadata("/proc/self")?.uid() != 0 {
        return Ok(None);
    }
    let users = std::fs::read_to_string("/etc/passwd")?;
    let ids = |line: &str| {
        let mut fields = line.split(':').skip(2);
        let uid = fields.next()?.parse().ok()?;
        Some((uid, fields.next()?.parse().ok()?))
    };
    users
        .lines()
        .find(|line| line.starts_with("nobody:"))
        .and_then(ids)
        .map(Some)
        .ok_or_else(|| Error::other("there is no user `nobody` to run PostgreSQL"))
}

fn as_user(mut command: Command, user: Option<(u32, u32)>) -> Command {
    if let Some((uid, gid)) = user {
        command.gid(gid).uid(uid);
    }
    command.env("LC_ALL", "C");
    command
}

fn programs() -> Result<PathBuf> {
    let in_path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&in_path).collect();
    if let Ok(versions) = std::fs::read_dir(DEBIAN) {
        let mut versions: Vec<PathBuf> = versions
            .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
            .collect();
        versions.sort();
        // The newest first.
        versions.reverse();
        folders.splice(0..0, versions);
    }
    let is_there = |folder: &PathBuf| {
        let has = |name: &str| Path::new(folder).join(name).exists();
        has("initdb") && has("postgres") && has("createdb") && has("pg_isready")
    };
    folders
        .into_iter()
        .find(is_there)
        .ok_or_else(|| Error::other("initdb and postgres are not installed"))
}
