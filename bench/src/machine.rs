//! What the benchmark ran on.

use std::process::Command;

/// The machine and how busy it has been since it started.
#[derive(Debug, Clone)]
pub(crate) struct Machine {
    /// Processor model.
    pub(crate) processor: String,
    /// Processors that the system has.
    pub(crate) cores: usize,
    /// Memory, GiB.
    pub(crate) memory_gib: f64,
    /// Kernel release.
    pub(crate) kernel: String,
    /// Programs that wanted a core in the mean of the last minute: other work
    /// on the machine, when it is read before the benchmark begins.
    pub(crate) load: String,
    /// UTC date and time.
    pub(crate) at: String,
    /// Commit, with a mark if there were changes.
    pub(crate) commit: String,
    /// Processor time of all programs together, clock ticks: busy and in all.
    pub(crate) ticks: (u64, u64),
}

impl Machine {
    /// Reads it from the kernel and git.
    pub(crate) fn read() -> Self {
        let cpuinfo = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let processor = cpuinfo
            .lines()
            .find_map(|l| l.strip_prefix("model name")?.split_once(": "))
            .map_or("unknown", |(_, model)| model);
        let meminfo = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let kib: f64 = meminfo
            .lines()
            .find_map(|l| {
                l.strip_prefix("MemTotal:")?
                    .split_whitespace()
                    .next()?
                    .parse()
                    .ok()
            })
            .unwrap_or(0.0);
        Self {
            processor: processor.to_owned(),
            cores: cpuinfo.matches("processor\t").count(),
            memory_gib: kib / 1_048_576.0,
            kernel: output("uname", &["-sr"]),
            load: load(),
            at: output("date", &["-u", "+%Y-%m-%d %H:%M UTC"]),
            commit: output("git", &["describe", "--always", "--dirty"]),
            ticks: ticks(),
        }
    }
}

fn load() -> String {
    let averages = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let minute = averages.split_whitespace().next();
    minute.unwrap_or("unknown").to_owned()
}

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output();
    output.map_or_else(
        |_| "unknown".into(),
        |o| String::from_utf8_lossy(&o.stdout).trim().to_owned(),
    )
}

/// Busy and total ticks of all processors (proc(5), first line of /proc/stat).
fn ticks() -> (u64, u64) {
    let stat = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    let line = stat.lines().next().unwrap_or_default();
    let fields: Vec<u64> = line
        .split_whitespace()
        .skip(1)
        .filter_map(|f| f.parse().ok())
        .collect();
    let total: u64 = fields.iter().sum();
    // Fields 4 and 5 are idle and waiting for disks.
    let idle: u64 = fields.iter().skip(3).take(2).sum();
    (total - idle, total)
}
