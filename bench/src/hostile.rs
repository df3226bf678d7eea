//! Whether hostile scenarios are heard in the calls beside them: 100 bridged calls with
//! RTP both ways, first alone, then while 50 sessions do what harm they can. What counts
//! is the largest gap between two packets at a receiver.
//!
//! The load tools share the machine's cores with the server, so the generator of RTP gets
//! a higher priority where that is allowed; how often it was late itself is printed too.

use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::eventually::seconds;
use cordboard_tests::port;
use cordboard_tests::sipp::{Sipp, SippPlan};
use serde_json::Value;

use crate::cost;
use crate::load;
use crate::rtp::{self, Rtp, measure_for};
use crate::say;

/// Bridged calls.
const CALLS: u32 = 100;
/// New ones a second.
const RATE: u32 = 20;
/// Length of each measurement, seconds.
const MEASURED_S: u64 = 20;
/// How long the bridged calls stay, seconds: both measurements and what is between.
const TALK_S: u64 = 80;

/// Number, how many sessions of it, and what they do once their caller is connected.
const HOSTILE: [(&str, u32, &str); 7] = [
    ("401", 8, "while (true) {}"),
    (
        "402",
        7,
        "const hog = []; while (true) hog.push(new Array(1e5).fill(7));",
    ),
    ("403", 7, "(function dig() { dig(); })();"),
    ("404", 7, "/^(a+)+$/.test('a'.repeat(40) + 'b');"),
    // As much as is allowed, again and again: nothing ends these.
    (
        "405",
        7,
        "setInterval(() => { const t = Date.now(); while (Date.now() - t < 900); }, 100);",
    ),
    (
        "406",
        7,
        "for (let n = 0; n < 100; n++) setInterval(() => { for (let i = 0; i < 1e5; i++); }, 100);",
    ),
    (
        "407",
        7,
        "for (let n = 0; n < 10000; n++) Net.httpRequestAsync('http://127.0.0.1:9/');",
    ),
];

/// The figures of one measurement.
struct Measured {
    name: &'static str,
    core_percent: f64,
    rtp: Value,
}

/// Runs both measurements and says what came out, as Markdown.
pub(crate) async fn run(binary: &Path) -> String {
    let rtpgen = rtp::compile();
    let (phones_port, phones_rtp, caller_rtp) = (port::free(), port::free(), port::free());
    let mut plan = CentrePlan::new()
        .binary(binary)
        .direct()
        .setting("RUST_LOG", "error")
        .scenario("400", "bridge.js", &bridge(phones_port));
    for (number, _, body) in HOSTILE {
        plan = plan.scenario(number, &format!("{number}.js"), &hostile(body));
    }
    let centre = Centre::start(plan).await;

    say(&format!(
        "{CALLS} bridged calls beside hostile sessions: setting up"
    ));
    let (file, plan) = load("agent");
    let plan = plan
        .pause(seconds(TALK_S))
        .at_port(phones_port)
        .key("rtpport", phones_rtp);
    let phones = Sipp::serve(&file, port::free_address(), &plan).await;
    let (file, plan) = load("caller");
    let plan = plan
        .dials("400")
        .calls(CALLS, RATE)
        .key("rtpport", caller_rtp);
    let callers = Sipp::call(&file, centre.sip(), &plan);
    let dir = tempfile::tempdir().expect("a temporary folder");
    let mut rtp = Rtp::start(
        &preferred(&rtpgen, dir.path()),
        dir.path(),
        (caller_rtp, phones_rtp),
        &callers.seen_file(),
        &phones.seen_file(),
    );
    phones.sees("ACK", CALLS as usize, seconds(25)).await;
    measure_for(2).await;

    say(&format!("{CALLS} bridged calls alone, {MEASURED_S} s"));
    let alone = measured("alone", &centre, &mut rtp).await;
    let sessions: u32 = HOSTILE.iter().map(|(_, count, _)| count).sum();
    say(&format!(
        "the same beside {sessions} hostile sessions, {MEASURED_S} s"
    ));
    let mut enemies = Vec::new();
    for (number, count, _) in HOSTILE {
        let plan = SippPlan::new()
            .quiet()
            .dials(number)
            .calls(count, 10)
            .pause(seconds(MEASURED_S + 10));
        enemies.push(Sipp::call("caller_hangs_up", centre.sip(), &plan));
    }
    let beside = measured("beside 50 hostile sessions", &centre, &mut rtp).await;
    let metrics = centre.metrics().await;
    let count = |name: &str| metrics.sum(name).unwrap_or_default();
    let failed = count("cordboard_default_treatments_total");
    let started = count("cordboard_sessions_started_total") - f64::from(CALLS);
    drop(enemies);
    render(&[alone, beside], started, failed)
}

/// A scenario that joins the caller with one of the phones.
fn bridge(phones_port: u16) -> String {
    format!(
        "VoxEngine.addEventListener(AppEvents.CallAlerting, (e) => {{\n  VoxEngine.easyProcess(\
         e.call, VoxEngine.callSIP('sip:agent@127.0.0.1:{phones_port}', {{}}));\n}});\n"
    )
}

fn hostile(body: &str) -> String {
    format!(
        "VoxEngine.addEventListener(AppEvents.CallAlerting, (e) => {{\n  e.call.answer();\n  \
         e.call.addEventListener(CallEvents.Connected, () => {{ {body} }});\n}});\n"
    )
}

/// The generator with a higher priority than what it measures, where that is allowed:
/// `nice` goes on without it elsewhere.
fn preferred(rtpgen: &Path, dir: &Path) -> PathBuf {
    let script = dir.join("rtpgen.sh");
    let text = format!(
        "#!/bin/sh\nexec nice -n -15 '{}' \"$@\"\n",
        rtpgen.display()
    );
    std::fs::write(&script, text).expect("the script can be written");
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(&script, mode).expect("it can be executed");
    script
}

async fn measured(name: &'static str, centre: &Centre, rtp: &mut Rtp) -> Measured {
    rtp.window().await;
    let from = cost::read(centre.pid("all"));
    measure_for(MEASURED_S).await;
    let to = cost::read(centre.pid("all"));
    let wall_s = to.at.duration_since(from.at).as_secs_f64();
    Measured {
        name,
        core_percent: (to.cpu_s - from.cpu_s) / wall_s * 100.0,
        rtp: rtp.window().await,
    }
}

fn render(rows: &[Measured], started: f64, failed: f64) -> String {
    let mut text = format!(
        "## Gaps in {CALLS} bridged calls\n\n\
         Time between two packets at each receiver (A: callers, B: agents), milliseconds; 20 is \
         even. Goal: no gap over 40. {started} hostile sessions began, {failed} of them were \
         ended for what they did. *late* counts the generator's own ticks that came late.\n\n\
         | calls | server, % of a core | packets A, B | gap A p99, largest, over 40 | gap B p99, \
         largest, over 40 | latency p99, largest | late |\n|---|---|---|---|---|---|---|\n"
    );
    for Measured {
        name,
        core_percent,
        rtp,
    } in rows
    {
        let of = |key: &str| &rtp[key];
        let _ = writeln!(
            text,
            "| {name} | {core_percent:.0} | {}, {} | {}, {}, {} | {}, {}, {} | {}, {} | {} |",
            of("rxA"),
            of("rxB"),
            of("gapA_p99"),
            of("gapA_max"),
            of("gapA_over40ms"),
            of("gapB_p99"),
            of("gapB_max"),
            of("gapB_over40ms"),
            of("lat_p99_ms"),
            of("lat_max_ms"),
            of("late_ticks"),
        );
    }
    text
}
