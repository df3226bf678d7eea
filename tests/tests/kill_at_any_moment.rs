//! `kill -9` at random moments of a busy time: nothing is lost, nothing doubled.
//! `KILL_SEED` repeats the moments of a failed run. `scripted_hour.rs` does it for
//! longer, with everything that can be killed.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use cordboard_tests::agent::Agent;
use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::eventually::{eventually, seconds};
use cordboard_tests::moments::Moments;
use cordboard_tests::port;
use cordboard_tests::sipp::{Sipp, SippPlan};
use serde_json::Value;

const CALLS: u32 = 40;
const AGENTS: usize = 3;
const KILLS: usize = 6;

/// Each call of the journal and how it ended.
fn outcomes_of(centre: &Centre) -> BTreeMap<String, String> {
    let calls = centre.journalled_calls();
    calls
        .into_iter()
        .map(|one| (one.call, one.outcome))
        .collect()
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
    let mut moments = Moments::seeded();
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
        tokio::time::sleep(moments.within(2_500)).await;
        centre.kill_role("backend");
        tokio::time::sleep(moments.within(400)).await;
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
    let ends = outcomes_of(&centre);
    assert_eq!(ends.len(), CALLS as usize, "{ends:?}");
    assert!(ends.values().all(|how| how == "answered"), "{ends:?}");
    let olga = centre.sign_in("olga").await;
    let queues = olga.client().get("/api/v1/queues").await.ok();
    assert_eq!(queues["queues"][0]["answered_today"], CALLS);
    let (same, text) = centre.journal(&["replay"]);
    assert!(same, "the journal decides otherwise: {text}");
    let (shown, story) = centre.journal(&["show", "c1", "--language", "ru"]);
    assert!(shown && story.contains("отстранён до"), "{story}");
}

#[tokio::test]
async fn calls_of_a_killed_engine_end_once_each_and_the_next_are_served() {
    let mut moments = Moments::seeded();
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
    tokio::time::sleep(moments.within(1_000)).await;
    centre.kill_role("engine");
    lost.pull_the_plug();
    centre.start_role("engine").await;
    // Those who waited may be offered to nobody any more; all come to an end.
    let came = outcomes_of(&centre).len();
    let ends = eventually("every call to end", seconds(90), || async {
        let ends = outcomes_of(&centre);
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
    let (same, text) = centre.journal(&["replay"]);
    assert!(same, "the journal decides otherwise: {text}");
}
