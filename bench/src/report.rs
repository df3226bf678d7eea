//! The report.

use serde_json::Value;

use crate::machine::Machine;

/// One workload's figures.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// Workload and its size.
    pub(crate) name: String,
    /// Calls made.
    pub(crate) calls: u32,
    /// Calls that did not end as they should.
    pub(crate) failed: u32,
    /// CPU time for a thousand calls, seconds.
    pub(crate) cpu_s_per_1000: Option<f64>,
    /// Share of one core for a hundred live calls, percent.
    pub(crate) core_percent_per_100: Option<f64>,
    /// Share of one core in all, percent.
    pub(crate) core_percent: f64,
    /// Memory for a live call, MiB.
    pub(crate) mib_per_call: Option<f64>,
    /// Highest memory of the process, MiB.
    pub(crate) rss_peak_mib: f64,
    /// Memory of the process when all calls are over, MiB.
    pub(crate) rss_after_mib: Option<f64>,
    /// From the agent's BYE to the next INVITE, callers waiting.
    pub(crate) ready_to_invite: Option<Delays>,
    /// From the caller's 200 OK to the agent's INVITE.
    pub(crate) to_invite: Option<Delays>,
    /// What `rtpgen` counted.
    pub(crate) rtp: Value,
}

/// Percentiles, milliseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Delays {
    p50: f64,
    p95: f64,
    p99: f64,
    max: f64,
}

impl Delays {
    /// Percentiles of the values, nothing if there are none.
    pub(crate) fn of(values: &[f64]) -> Option<Self> {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let at = |part: f64| {
            // A position within the list: the part is below 1.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let n = (part * sorted.len() as f64) as usize;
            sorted.get(n).copied()
        };
        Some(Self {
            p50: at(0.50)?,
            p95: at(0.95)?,
            p99: at(0.99)?,
            max: sorted.last().copied()?,
        })
    }
}

/// The report as Markdown.
pub(crate) fn render(before: &Machine, after: &Machine, rows: &[Row]) -> String {
    let busy = (after.ticks.0 - before.ticks.0) as f64;
    let total = (after.ticks.1 - before.ticks.1).max(1) as f64;
    let mut text = format!(
        "# Benchmark\n\nWritten by `make bench`; do not edit.\n\n\
         - When: {}, commit {}\n\
         - Machine: {} × {}, {:.0} GiB, {}\n\
         - Load tools and server shared these cores, which were {:.0} % busy over the whole run.\n\
         - Load average when it began: {}. Above 0.5 other work took part of the cores: rates and \
           delays are then worse than the program's own, CPU times hardly.\n\n",
        after.at,
        after.commit,
        before.cores,
        before.processor,
        before.memory_gib,
        before.kernel,
        busy / total * 100.0,
        before.load
    );
    text += "| workload | calls | failed | CPU-s per 1,000 | core-% per 100 live | core-% | \
             MiB per live call | RSS peak, MiB | RSS after, MiB | \
             200 → agent INVITE p50 / p95 / p99 / max, ms | \
             agent free → INVITE p50 / p95 / p99 / max, ms | \
             audio gap at caller p99, ms | delay through us p50 / p99, ms |\n\
             |---|---|---|---|---|---|---|---|---|---|---|---|---|\n";
    for row in rows {
        text += &line(row);
    }
    text += EXPLANATION;
    text
}

fn line(row: &Row) -> String {
    let number = |value: Option<f64>, digits: usize| {
        value.map_or_else(|| "–".to_owned(), |v| format!("{v:.digits$}"))
    };
    let delays = |delays: Option<Delays>| {
        delays.map_or_else(
            || "–".to_owned(),
            |d| format!("{:.1} / {:.1} / {:.1} / {:.1}", d.p50, d.p95, d.p99, d.max),
        )
    };
    let rtp = |key: &str| {
        let value = row.rtp[key].as_f64().filter(|v| *v >= 0.0);
        number(value, 1)
    };
    format!(
        "| {} | {} | {} | {} | {} | {:.1} | {} | {:.0} | {} | {} | {} | {} | {} / {} |\n",
        row.name,
        row.calls,
        row.failed,
        number(row.cpu_s_per_1000, 1),
        number(row.core_percent_per_100, 1),
        row.core_percent,
        number(row.mib_per_call, 3),
        row.rss_peak_mib,
        number(row.rss_after_mib, 0),
        delays(row.to_invite),
        delays(row.ready_to_invite),
        rtp("gapA_p99"),
        rtp("lat_p50_ms"),
        rtp("lat_p99_ms"),
    )
}

const EXPLANATION: &str = "
W2: a caller is queued, a free agent's phone gets the INVITE and answers at once, the agent ends
the call; RTP both ways all the time, its cost included. In the crowded W2 all callers come within
seconds and wait, so that every agent who hangs up (BYE) gets the next call (INVITE). W3: calls
bridged by the queue, standing. W4: callers waiting with music, nobody ready; callers send RTP too.
Engine and backend in one process. RSS after: five seconds after the last call was over.

Asterisk 22.10.1 (chan_pjsip, app_queue) with the same tools on a machine of the same kind, otherwise
idle: W2 at 18 calls/s and 5 s of talk 27.0 CPU-s per 1,000, 200 → INVITE p50 12, p95 21 ms; at
30 calls/s and 1 s of talk 14.1 CPU-s per 1,000, at 60 calls/s 12.8 (both with other work on the
machine); W3 26.9 core-% per 100 bridged calls (300) and 0.47-0.49 MiB each, delay p50 0.9, p99 1.0 ms;
W4 29.3 core-% per 100 waiting callers (500) and 0.16-0.24 MiB each.
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_of_the_list() {
        let values: Vec<f64> = (1..=100).map(f64::from).collect();
        let delays = Delays::of(&values).unwrap();
        assert_eq!((delays.p50, delays.p99, delays.max), (51.0, 100.0, 100.0));
        assert!(Delays::of(&[]).is_none());
    }
}
