//! The backend goes away and comes back while callers wait.

use std::net::SocketAddr;
use std::time::Duration;

use cordboard_tests::audio::{Heard, picture};
use cordboard_tests::baresip::{Phone, PhonePlan};
use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::eventually::{eventually, seconds};
use cordboard_tests::port;
use cordboard_tests::sipp::{Sipp, SippPlan};

#[tokio::test]
async fn a_stopped_backend_does_not_stop_the_music_and_the_caller_is_served_after_it_is_back() {
    let mut centre = Centre::start(CentrePlan::new().apart().direct().agent("anna")).await;
    let secret = centre.sip_secret("anna").to_owned();
    let phone = Phone::start(&PhonePlan::agent(centre.sip(), "anna", &secret)).await;
    let caller = Phone::start(&PhonePlan::caller(centre.sip())).await;
    caller.dial("100").await;
    caller.hears(Heard::Other, 10, 0, seconds(10)).await;

    centre.stop_role("backend").await;
    let down_from = caller.windows_heard();
    caller.hears(Heard::Other, 20, down_from, seconds(10)).await;
    centre.start_role("backend").await;

    let anna = centre.ready_agent("anna").await;
    anna.has_a_phone().await;
    anna.becomes("talking", seconds(30)).await;
    let heard = caller.heard();
    let silent = heard[down_from..]
        .windows(5)
        .any(|w| w.iter().all(|h| *h == Heard::Silence));
    assert!(!silent, "the music stopped: {}", picture(&heard));
    phone.hears(Heard::CallerTone, 5, 0, seconds(10)).await;
    caller
        .hears(Heard::AgentTone, 5, down_from, seconds(10))
        .await;
    caller.hang_up().await;
    centre.is_empty_again().await;
}

#[tokio::test]
async fn a_caller_who_comes_while_the_backend_is_down_is_kept_and_served_when_it_is_up() {
    let mut centre = Centre::start(CentrePlan::new().apart().direct().agent("anna")).await;
    let secret = centre.sip_secret("anna").to_owned();
    let phone = Phone::start(&PhonePlan::agent(centre.sip(), "anna", &secret)).await;
    centre.stop_role("backend").await;
    let caller = Phone::start(&PhonePlan::caller(centre.sip())).await;
    caller.dial("100").await;
    // Not the music, which is the backend's, but something that says the line is alive.
    caller.hears(Heard::Other, 5, 0, seconds(10)).await;
    centre.start_role("backend").await;
    let anna = centre.ready_agent("anna").await;
    anna.becomes("talking", seconds(30)).await;
    phone.hears(Heard::CallerTone, 5, 0, seconds(10)).await;
    caller.hang_up().await;
    centre.is_empty_again().await;
}

#[tokio::test]
async fn a_talk_that_began_and_ended_while_the_backend_was_away_is_an_answered_call() {
    let mut centre = Centre::start(CentrePlan::new().apart().direct().agent("anna")).await;
    let secret = centre.sip_secret("anna").to_owned();
    let plan = PhonePlan::agent(centre.sip(), "anna", &secret).that_only_rings();
    let phone = Phone::start(&plan).await;
    let anna = centre.ready_agent("anna").await;
    anna.has_a_phone().await;
    let caller = Phone::start(&PhonePlan::caller(centre.sip())).await;
    caller.dial("100").await;
    phone.event("CALL_INCOMING", seconds(20)).await;

    centre.kill_role("backend");
    phone.answer().await;
    caller.hears(Heard::AgentTone, 5, 0, seconds(20)).await;
    phone.hang_up().await;
    // So long that the session's pauses between its attempts have grown.
    tokio::time::sleep(seconds(8)).await;
    centre.start_role("backend").await;

    let ended = eventually("the call to end", seconds(30), || async {
        let calls = centre.journalled_calls();
        calls.first().filter(|call| call.has_ended()).cloned()
    })
    .await;
    let (_, story) = centre.journal(&["show", &ended.call, "--language", "en"]);
    assert!(ended.outcome.starts_with("answered"), "{story}");
    anna.becomes("idle", seconds(60)).await;
    centre.is_empty_again().await;
}

const CALLERS: u32 = 6;
const AGENTS: usize = 2;

#[tokio::test]
async fn after_a_kill_every_waiting_caller_is_served_once() {
    let nobody: SocketAddr = port::free_address();
    let talk = SippPlan::new().pause(Duration::from_millis(300));
    let phones = Sipp::serve("agent", nobody, &talk).await;
    let mut plan = CentrePlan::new().apart().direct();
    for n in 0..AGENTS {
        let name = format!("agent{n}");
        plan = plan.agent_at(&name, &phones.contact(&name));
    }
    let mut centre = Centre::start(plan).await;
    let dials = SippPlan::new().dials("100").calls(CALLERS, 20);
    let callers = Sipp::call("caller", centre.sip(), &dials);
    callers.sees("200", CALLERS as usize, seconds(10)).await;
    let olga = centre.sign_in("olga").await;
    eventually("every caller to be queued", seconds(10), || async {
        let queues = olga.client().get("/api/v1/queues").await.ok();
        let waiting = queues["queues"][0]["waiting"].as_u64();
        (waiting == Some(u64::from(CALLERS))).then_some(())
    })
    .await;
    // The moment in which the most is under way: agents just became ready.
    for n in 0..AGENTS {
        centre.ready_agent(&format!("agent{n}")).await;
    }
    centre.kill_role("backend");
    centre.start_role("backend").await;

    callers.succeeds(seconds(60)).await;
    let mut served: Vec<String> = phones.seen_of("ACK").into_iter().map(|s| s.from).collect();
    served.sort();
    let mut once = served.clone();
    once.dedup();
    assert_eq!(served, once, "a caller was served twice");
    assert_eq!(served.len(), CALLERS as usize, "{served:?}");
    centre.is_empty_again().await;
}
