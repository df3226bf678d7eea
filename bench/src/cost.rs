//! What a process has used so far, from proc(5).

use std::time::Instant;

/// Clock ticks in a second: `USER_HZ`, 100 on every Linux that Rust runs on.
const TICKS_PER_S: f64 = 100.0;

/// A reading of a process.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reading {
    /// CPU time of all its threads, user and system, seconds.
    pub(crate) cpu_s: f64,
    /// Resident memory, MiB.
    pub(crate) rss_mib: f64,
    /// Highest resident memory so far, MiB.
    pub(crate) rss_peak_mib: f64,
    /// When it was read.
    pub(crate) at: Instant,
}

/// Reads a process.
///
/// # Panics
/// If the process is gone.
pub(crate) fn read(pid: u32) -> Reading {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("the server runs");
    // The name in parentheses may hold spaces; what follows is counted from field 3.
    let (_, rest) = stat.rsplit_once(')').expect("a name in parentheses");
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let ticks = |n: usize| fields[n].parse::<f64>().expect("a number");
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("the server runs");
    let mib = |key: &str| {
        let line = status.lines().find_map(|l| l.strip_prefix(key));
        let kib = line.and_then(|l| l.split_whitespace().next()?.parse::<f64>().ok());
        kib.expect("a size in the status") / 1024.0
    };
    Reading {
        cpu_s: (ticks(11) + ticks(12)) / TICKS_PER_S,
        rss_mib: mib("VmRSS:"),
        rss_peak_mib: mib("VmHWM:"),
        at: Instant::now(),
    }
}
