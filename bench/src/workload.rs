//! The workloads.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use cordboard_tests::centre::Centre;
use cordboard_tests::eventually::seconds;
use cordboard_tests::port;
use cordboard_tests::sipp::{Seen, Sipp};

use crate::cost::{self, Reading};
use crate::report::{Delays, Row};
use crate::rtp::{Rtp, measure_for};
use crate::{failed, load};

/// After the last caller of a standing load and before counting, seconds.
const SETTLE_S: u64 = 4;
/// After the last call and before the memory left is read, seconds: allocators give
/// pages back a little later.
const GIVE_BACK_S: u64 = 5;
/// Between the end of a standing load's count and the first hang-up, seconds.
const SPARE_S: u64 = 5;

/// What all workloads share.
pub(crate) struct Bench<'a> {
    pub(crate) rtpgen: &'a Path,
    pub(crate) agents: usize,
    pub(crate) phones_port: u16,
    pub(crate) phones_rtp: u16,
    pub(crate) nobody: SocketAddr,
}

impl Bench<'_> {
    /// Every agent signs in and presses Ready; that survives restarts.
    pub(crate) async fn make_agents_ready(&self, centre: &Centre) {
        for n in 0..self.agents {
            centre.ready_agent(&format!("agent{n}")).await;
        }
    }

    /// W4: callers who wait with music; nobody is ready.
    pub(crate) async fn waiting(&self, centre: &Centre, calls: u32, rate: u32, s: u64) -> Row {
        let caller_rtp = port::free();
        let (file, plan) = load("waiting_caller");
        let plan = plan
            .dials("100")
            .calls(calls, rate)
            .pause(standing_for(calls, rate, s))
            .key("rtpport", caller_rtp);
        let idle = cost::read(centre.pid("all"));
        let callers = Sipp::call(&file, centre.sip(), &plan);
        let none = callers.seen_file();
        let dir = tempfile::tempdir().expect("a temporary folder");
        let mut rtp = Rtp::start(
            self.rtpgen,
            dir.path(),
            (caller_rtp, self.phones_rtp),
            &none,
            &dir.path().join("nobody"),
        );
        let wait = seconds(u64::from(calls / rate) + 20);
        callers.sees("200", calls as usize, wait).await;
        let row = standing("W4", calls, centre, &mut rtp, idle, s).await;
        ended(row, centre, callers, standing_for(calls, rate, s)).await
    }

    /// W3: calls that the queue has bridged and that stay.
    pub(crate) async fn bridged(&self, centre: &Centre, calls: u32, rate: u32, s: u64) -> Row {
        let caller_rtp = port::free();
        let phones = self.phones(standing_for(calls, rate, s)).await;
        let (file, plan) = load("caller");
        let plan = plan
            .dials("100")
            .calls(calls, rate)
            .key("rtpport", caller_rtp);
        let idle = cost::read(centre.pid("all"));
        let callers = Sipp::call(&file, centre.sip(), &plan);
        let dir = tempfile::tempdir().expect("a temporary folder");
        let mut rtp = Rtp::start(
            self.rtpgen,
            dir.path(),
            (caller_rtp, self.phones_rtp),
            &callers.seen_file(),
            &phones.seen_file(),
        );
        let wait = seconds(u64::from(calls / rate) + 20);
        phones.sees("ACK", calls as usize, wait).await;
        let row = standing("W3", calls, centre, &mut rtp, idle, s).await;
        ended(row, centre, callers, standing_for(calls, rate, s)).await
    }

    /// W2: calls that come, are answered by a free agent, and end.
    pub(crate) async fn steady(&self, centre: &Centre, rate: u32, calls: u32, talk_ms: u64) -> Row {
        let row = self.queue(centre, rate, calls, talk_ms).await;
        // Agents wait for callers here, so this is no delay of ours.
        Row {
            ready_to_invite: None,
            ..row
        }
    }

    async fn queue(&self, centre: &Centre, rate: u32, calls: u32, talk_ms: u64) -> Row {
        let caller_rtp = port::free();
        let phones = self.phones(Duration::from_millis(talk_ms)).await;
        let (file, plan) = load("caller");
        let plan = plan
            .dials("100")
            .calls(calls, rate)
            .key("rtpport", caller_rtp);
        let before = cost::read(centre.pid("all"));
        let callers = Sipp::call(&file, centre.sip(), &plan);
        let dir = tempfile::tempdir().expect("a temporary folder");
        let mut rtp = Rtp::start(
            self.rtpgen,
            dir.path(),
            (caller_rtp, self.phones_rtp),
            &callers.seen_file(),
            &phones.seen_file(),
        );
        let rounds = u64::from(calls) / self.agents as u64 + 1;
        let wait = seconds(u64::from(calls / rate) + rounds * talk_ms / 1_000 + 30);
        let ended = tokio::time::timeout(wait, async {
            callers.sees("BYE", calls as usize, wait).await;
        });
        ended.await.ok();
        let after = cost::read(centre.pid("all"));
        let cpu_s = after.cpu_s - before.cpu_s;
        let wall_s = after.at.duration_since(before.at).as_secs_f64();
        Row {
            name: format!("W2, {rate} calls/s, talk {} s", talk_ms as f64 / 1_000.0),
            calls,
            failed: failed(&callers, calls),
            cpu_s_per_1000: Some(cpu_s / f64::from(calls) * 1_000.0),
            core_percent_per_100: None,
            core_percent: cpu_s / wall_s * 100.0,
            mib_per_call: None,
            rss_peak_mib: after.rss_peak_mib,
            rss_after_mib: None,
            ready_to_invite: Delays::of(&bye_to_invite(&phones.seen())),
            to_invite: Delays::of(&answer_to_invite(&callers.seen(), &phones.seen())),
            rtp: rtp.window().await,
        }
    }

    /// W2 with more callers than agents: everyone waits, and every agent who hangs up
    /// gets the next call.
    pub(crate) async fn crowded(&self, centre: &Centre, calls: u32, talk_ms: u64) -> Row {
        let crowd = u32::try_from(self.agents).unwrap_or(u32::MAX);
        let row = self.queue(centre, crowd, calls, talk_ms).await;
        Row {
            name: format!(
                "W2, {calls} callers at once, talk {} s",
                talk_ms as f64 / 1_000.0
            ),
            to_invite: None,
            ..row
        }
    }

    /// One sipp for all agents, which talks for `talk` and then hangs up.
    async fn phones(&self, talk: Duration) -> Sipp {
        let (file, plan) = load("agent");
        let plan = plan
            .pause(talk)
            .at_port(self.phones_port)
            .key("rtpport", self.phones_rtp);
        Sipp::serve(&file, self.nobody, &plan).await
    }
}

/// How long each call of a standing load lasts.
fn standing_for(calls: u32, rate: u32, s: u64) -> Duration {
    seconds(u64::from(calls / rate) + SETTLE_S + s + SPARE_S)
}

/// Waits until the calls of a standing load are over, and looks at what is left.
async fn ended(row: Row, centre: &Centre, callers: Sipp, within: Duration) -> Row {
    let calls = row.calls;
    let over = tokio::time::timeout(within, callers.sees("BYE", calls as usize, within));
    over.await.ok();
    centre.is_empty_again().await;
    measure_for(GIVE_BACK_S).await;
    Row {
        failed: failed(&callers, calls),
        rss_after_mib: Some(cost::read(centre.pid("all")).rss_mib),
        ..row
    }
}

/// Counts a standing load for `s` seconds.
async fn standing(
    name: &str,
    calls: u32,
    centre: &Centre,
    rtp: &mut Rtp,
    idle: Reading,
    s: u64,
) -> Row {
    measure_for(SETTLE_S).await;
    rtp.window().await;
    let from = cost::read(centre.pid("all"));
    measure_for(s).await;
    let to = cost::read(centre.pid("all"));
    let window = rtp.window().await;
    let core_percent =
        (to.cpu_s - from.cpu_s) / to.at.duration_since(from.at).as_secs_f64() * 100.0;
    let calls_f = f64::from(calls);
    Row {
        name: format!("{name}, {calls} calls"),
        calls,
        failed: 0,
        cpu_s_per_1000: None,
        core_percent_per_100: Some(core_percent / calls_f * 100.0),
        core_percent,
        mib_per_call: Some((to.rss_mib - idle.rss_mib) / calls_f),
        rss_peak_mib: to.rss_peak_mib,
        rss_after_mib: None,
        to_invite: None,
        ready_to_invite: None,
        rtp: window,
    }
}

/// From an agent's BYE to the next INVITE for the same agent, milliseconds: with
/// callers waiting and no wrap-up, that is how long a ready agent sits idle.
fn bye_to_invite(phones: &[Seen]) -> Vec<f64> {
    let mut freed = BTreeMap::new();
    let mut delays = Vec::new();
    for seen in phones {
        if seen.word == "BYE" {
            freed.insert(seen.to.as_str(), seen.at_s);
        } else if seen.word == "INVITE"
            && let Some(at_s) = freed.remove(seen.to.as_str())
        {
            delays.push((seen.at_s - at_s) * 1_000.0);
        }
    }
    delays
}

/// From the caller's 200 OK, when a call enters the queue, to the INVITE at an
/// agent, milliseconds.
fn answer_to_invite(callers: &[Seen], phones: &[Seen]) -> Vec<f64> {
    let mut answered = BTreeMap::new();
    for seen in callers.iter().filter(|s| s.word == "200") {
        answered.insert(seen.from.as_str(), seen.at_s);
    }
    let mut first = BTreeMap::new();
    for seen in phones.iter().filter(|s| s.word == "INVITE") {
        first.entry(seen.from.as_str()).or_insert(seen.at_s);
    }
    first
        .iter()
        .filter_map(|(from, at_s)| Some((at_s - answered.get(from)?) * 1_000.0))
        .collect()
}
