//! Scenarios that break, or were written to do harm: each loses only itself, its
//! caller gets the default treatment, and the calls beside it go on.

use cordboard_tests::audio::{self, Heard};
use cordboard_tests::baresip::{Phone, PhonePlan};
use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::eventually::seconds;
use cordboard_tests::port;
use cordboard_tests::sipp::{Sipp, SippPlan};
use std::net::SocketAddr;

/// Number, what it does once the caller is connected, and what the log says.
/// The last one never gets so far: it does not compile.
const HOSTILE: [(&str, &str, &str); 8] = [
    ("201", "null.field;", "TypeError"),
    ("202", "while (true) {}", "ran longer"),
    (
        "203",
        "const hog = []; while (true) hog.push(new Array(1e5).fill(7));",
        "memory",
    ),
    ("204", "(function dig() { dig(); })();", "stack"),
    ("205", "/^(a+)+$/.test('a'.repeat(40) + 'b');", "ran longer"),
    (
        "206",
        "for (let n = 0; n < 200; n++) setTimeout(() => {}, 1e4);",
        "timers",
    ),
    (
        "207",
        "const redial = () => VoxEngine.callSIP('sip:a@127.0.0.1').addEventListener(CallEvents.Failed, redial); for (let n = 0; n < 99; n++) redial();",
        "refused operations",
    ),
    ("208", "syntax error (", "208.js"),
];

fn hostile(body: &str) -> String {
    format!(
        "VoxEngine.addEventListener(AppEvents.CallAlerting, (e) => {{\n  e.call.answer();\n  \
         e.call.addEventListener(CallEvents.Connected, () => {{ {body} }});\n}});\n"
    )
}

/// A scenario that makes this call and joins the two.
fn bridge(call: &str) -> String {
    format!(
        "VoxEngine.addEventListener(AppEvents.CallAlerting, (e) => {{\n  \
         VoxEngine.easyProcess(e.call, {call});\n}});\n"
    )
}

/// A centre with all of them, whose announcement is one second of tone.
fn plan(folder: &tempfile::TempDir) -> CentrePlan {
    let tone = folder.path().join("sorry.wav");
    audio::write_tone(&tone, 600.0, 1);
    let mut plan = CentrePlan::new().setting(
        "CORDBOARD__ENGINE__DEFAULT_ANNOUNCEMENT",
        &tone.display().to_string(),
    );
    for (number, body, _) in HOSTILE {
        plan = plan.scenario(number, &format!("{number}.js"), &hostile(body));
    }
    plan
}

#[tokio::test]
async fn every_hostile_scenario_loses_only_itself_and_its_caller_hears_why() {
    let folder = tempfile::tempdir().unwrap();
    let centre = Centre::start(plan(&folder)).await;
    let mut callers = Vec::new();
    for (number, _, _) in HOSTILE {
        let dials = SippPlan::new().dials(number).calls(2, 10);
        callers.push(Sipp::call("caller", centre.sip(), &dials));
    }
    for caller in callers {
        let seen = caller.succeeds(seconds(60)).await;
        let times = |word: &str| -> Vec<f64> {
            let found = seen.iter().filter(|s| s.word == word);
            found.map(|s| s.at_s).collect()
        };
        assert_eq!((times("200").len(), times("BYE").len()), (2, 2));
        let first = times("200")[0].min(times("200")[1]);
        // The announcement was played, not skipped.
        assert!(times("BYE").iter().all(|at| at - first > 0.9), "{seen:?}");
    }
    for (number, _, why) in HOSTILE {
        centre.logs("all", &[&format!("{number}.js"), why]).await;
    }
    let treated = centre
        .metrics()
        .await
        .sum("cordboard_default_treatments_total");
    assert_eq!(treated, Some(16.0));
    let talks = SippPlan::new().dials("100").calls(1, 1).pause(seconds(1));
    let caller = Sipp::call("caller_hangs_up", centre.sip(), &talks);
    caller.succeeds(seconds(15)).await;
    centre.is_empty_again().await;
}

#[tokio::test]
async fn talks_beside_hostile_scenarios_are_heard_without_a_break() {
    let folder = tempfile::tempdir().unwrap();
    let nobody: SocketAddr = port::free_address();
    let phones = Sipp::serve("agent_waits_for_the_end", nobody, &SippPlan::new()).await;
    let to_phones = format!("VoxEngine.callSIP('{}', {{}})", phones.contact("boris"));
    let plan = plan(&folder)
        .agent("anna")
        .scenario("301", "talk.js", &bridge("VoxEngine.callUser('anna')"))
        .scenario("302", "bridge.js", &bridge(&to_phones));
    let centre = Centre::start(plan).await;
    let secret = centre.sip_secret("anna");
    let _anna = Phone::start(&PhonePlan::agent(centre.sip(), "anna", secret)).await;

    let caller = Phone::start(&PhonePlan::caller(centre.sip())).await;
    caller.dial("301").await;
    caller.hears(Heard::AgentTone, 5, 0, seconds(15)).await;
    let bridged = SippPlan::new().dials("302").calls(10, 10).pause(seconds(8));
    let bridged = Sipp::call("caller_hangs_up", centre.sip(), &bridged);
    let before = caller.windows_heard();
    let mut hostile = Vec::new();
    for (number, _, _) in HOSTILE {
        let dials = SippPlan::new().dials(number).calls(3, 10);
        hostile.push(Sipp::call("caller", centre.sip(), &dials));
    }
    for caller in hostile {
        caller.succeeds(seconds(60)).await;
    }
    let heard = caller.heard();
    let silent = heard.iter().skip(before).filter(|h| **h == Heard::Silence);
    assert_eq!(silent.count(), 0, "{:?}", &heard[before..]);
    assert!(heard.len() > before, "it went on while the others broke");
    bridged.succeeds(seconds(30)).await;
    caller.hang_up().await;
    centre.is_empty_again().await;
}

#[tokio::test]
async fn the_default_treatment_may_be_another_phone_or_a_refusal() {
    let nobody: SocketAddr = port::free_address();
    let reserve = Sipp::serve("agent", nobody, &SippPlan::new().pause(seconds(1))).await;
    let dial = format!("dial {}", reserve.contact("reserve"));
    let plan = CentrePlan::new()
        .scenario("208", "208.js", "syntax error (")
        .scenario("201", "201.js", &hostile("null.field;"))
        .setting("CORDBOARD__ENGINE__DEFAULT_TREATMENT", &dial);
    let centre = Centre::start(plan).await;
    for number in ["201", "208"] {
        let dials = SippPlan::new().dials(number).calls(1, 1);
        let caller = Sipp::call("caller", centre.sip(), &dials);
        caller.succeeds(seconds(30)).await;
    }
    assert_eq!(reserve.seen_of("BYE").len(), 2, "{:?}", reserve.seen());
    centre.is_empty_again().await;
}
