//! `kill -9` at random moments of a busy time: nothing is lost, nothing doubled.
//! `KILL_SEED` repeats the moments of a failed run.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use cordboard_tests::agent::Agent;
use cordboard_tests::centre::{Centre, CentrePlan, binary};
use cordboard_tests::eventually::{eventually, seconds};
use cordboard_tests::port;
use cordboard_tests::sipp::{Sipp, SippPlan};
use serde_json::Value;

const CALLS: u32 = 40;
const AGENTS: usize = 3;
const KILLS: usize = 6;

/// Moments that differ from run to run and can be had again.
struct Moments(u64);

impl Moments {
    fn new() -> Self {
        let given = std::env::var("KILL_SEED").ok();
        let seed = given.and_then(|text| text.parse().ok()).unwrap_or_else(|| {
            let mut bytes = [0; 4];
            getrandom::fill(&mut bytes).expect("randomness");
            u64::from(u32::from_le_bytes(bytes))
        });
        println!("KILL_SEED={seed}");
        Self(seed)
    }

    /// Up to `ms`.
    fn next(&mut self, ms: u64) -> Duration {
        // Knuth's MMIX generator; the upper bits are the random ones.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        Duration::from_millis((self.0 >> 33) % ms)
    }
}

/// Runs `cordboard journal` beside the centre.
fn journal(centre: &Centre, arguments: &[&str]) -> (bool, String) {
    let output = Command::new(binary())
        .arg("journal")
        .args(arguments)
        .arg("--data")
        .arg(centre.data())
        .current_dir(centre.data())
        .output()
        .expect("the binary starts");
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    (output.status.success(), text)
}

/// Each call of the journal and how it ended.
fn outcomes(centre: &Centre) -> BTreeMap<String, String> {
    let (listed, text) = journal(centre, &["list", "--limit", "1000", "--language", "en"]);
    assert!(listed, "{text}");
    let outcome = |line: &str| {
        let (call, rest) = line.split_once("  ")?;
        let (_, outcome) = rest.rsplit_once("  ")?;
        Some((call.to_owned(), outcome.to_owned()))
    };
    text.lines().filter_map(outcome).collect()
}

/// What a person or a rule decided of an agent, which no restart may change.
async fn decided(agent: &Agent) -> Value {
    let state = agent.state().await;
    let agent = &state["agent"];
    serde_json::json!({
        "intent": agent["intent"], "reason": agent["reason"], "banned_until": agent["banned_until"],
    })
}

#[tokio::test]
async fn a_backend_killed_again_and_again_loses_no_call_no_choice_and_no_ban() {
    let mut moments = Moments::new();
    let nobody: SocketAddr = port::free_address();
    let talk = SippPlan::new().pause(Duration::from_millis(700));
    let phones = Sipp::serve("agent", nobody, &talk).await;
    let deaf = Sipp::serve("agent_never_answers", nobody, &SippPlan::new()).await;
    let mut plan = CentrePlan::new()
        .apart()
        .direct()
        .queue("ring_timeout_s", 2)
        .queue("ban_after_misses", 1)
        .queue("ban_first_s", 900)
        .agent_at("clara", &deaf.contact("clara"))
        .agent("dora");
    for n in 0..AGENTS {
        let name = format!("agent{n}");
        plan = plan.agent_at(&name, &phones.contact(&name));
    }
    let mut centre = Centre::start(plan).await;
    let dora = centre.sign_in("dora").await;
    dora.press_not_ready("lunch").await;
    let clara = centre.ready_agent("clara").await;
    let dials = SippPlan::new().dials("100").calls(CALLS, 2);
    let callers = Sipp::call("caller", centre.sip(), &dials);
    clara
        .until("banned", seconds(20), |agent| {
            !agent["banned_until"].is_null()
        })
        .await;
    let before = (decided(&clara).await, decided(&dora).await);
    for n in 0..AGENTS {
        centre.ready_agent(&format!("agent{n}")).await;
    }

    for _ in 0..KILLS {
        tokio::time::sleep(moments.next(2_500)).await;
        centre.kill_role("backend");
        tokio::time::sleep(moments.next(400)).await;
        centre.start_role("backend").await;
    }
    callers.succeeds(seconds(90)).await;

    let mut served = BTreeMap::new();
    for ack in phones.seen_of("ACK") {
        *served.entry(ack.from).or_insert(0) += 1;
    }
    assert_eq!(served.len(), CALLS as usize, "{served:?}");
    assert!(served.values().all(|n| *n == 1), "served twice: {served:?}");
    assert_eq!((decided(&clara).await, decided(&dora).await), before);
    for n in 0..AGENTS {
        let agent = centre.sign_in(&format!("agent{n}")).await;
        assert_eq!(
            agent.becomes("idle", seconds(10)).await["agent"]["intent"],
            "ready"
        );
    }
    centre.is_empty_again().await;
    let ends = outcomes(&centre);
    assert_eq!(ends.len(), CALLS as usize, "{ends:?}");
    assert!(ends.values().all(|how| how == "answered"), "{ends:?}");
    let olga = centre.sign_in("olga").await;
    let queues = olga.client().get("/api/v1/queues").await.ok();
    assert_eq!(queues["queues"][0]["answered_today"], CALLS);
    let (same, text) = journal(&centre, &["replay"]);
    assert!(same, "the journal decides otherwise: {text}");
    let (shown, story) = journal(&centre, &["show", "c1", "--language", "ru"]);
    assert!(shown && story.contains("отстранён до"), "{story}");
}

#[tokio::test]
async fn calls_of_a_killed_engine_end_once_each_and_the_next_are_served() {
    let mut moments = Moments::new();
    let nobody: SocketAddr = port::free_address();
    let talk = SippPlan::new().pause(seconds(60));
    let long = Sipp::serve("agent", nobody, &talk).await;
    let mut plan = CentrePlan::new().apart().direct();
    for n in 0..2 {
        let name = format!("agent{n}");
        plan = plan.agent_at(&name, &long.contact(&name));
    }
    let mut centre = Centre::start(plan).await;
    let agents = [
        centre.ready_agent("agent0").await,
        centre.ready_agent("agent1").await,
    ];
    let dials = SippPlan::new().dials("100").calls(5, 5);
    let mut lost = Sipp::call("caller", centre.sip(), &dials);
    agents[0].becomes("talking", seconds(10)).await;
    tokio::time::sleep(moments.next(1_000)).await;
    centre.kill_role("engine");
    lost.pull_the_plug();
    centre.start_role("engine").await;
    // Those who waited may be offered to nobody any more; all come to an end.
    let came = outcomes(&centre).len();
    let ends = eventually("every call to end", seconds(90), || async {
        let ends = outcomes(&centre);
        let all_ended = ends.values().all(|how| how != "in progress");
        all_ended.then_some(ends)
    })
    .await;
    assert_eq!(ends.len(), came, "{ends:?}");
    for agent in &agents {
        let state = agent.becomes("idle", seconds(60)).await;
        assert_eq!(state["agent"]["intent"], "ready");
    }
    let served = long.seen_of("ACK").len();
    let dials = SippPlan::new().dials("100").calls(1, 1).pause(seconds(5));
    let next = Sipp::call("caller_hangs_up", centre.sip(), &dials);
    long.sees("ACK", served + 1, seconds(20)).await;
    next.succeeds(seconds(30)).await;
    let (same, text) = journal(&centre, &["replay"]);
    assert!(same, "the journal decides otherwise: {text}");
}
