//! Pages that vanish (promise P20): noticed within ten seconds, shown, and
//! nothing is offered; reloads and second tabs change nothing.

use crate::agent_link::Link;
use crate::centre::Centre;
use crate::session::{Reporter, SessionHost};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// As promised, with a margin for machines under load.
const NOTICED_WITHIN: Duration = Duration::from_secs(12);

async fn seen(centre: &Centre, olga: &str, agent: usize) -> Value {
    centre.get(olga, "/api/v1/agents").await["agents"][agent].clone()
}

async fn await_activity(centre: &Centre, olga: &str, agent: usize, word: &str) -> Value {
    let began = Instant::now();
    loop {
        let view = seen(centre, olga, agent).await;
        if view["activity"] == word {
            return view;
        }
        assert!(began.elapsed() < NOTICED_WITHIN, "never {word}: {view}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Anna is ready, with a page that answers beats as long as it is asked to.
async fn ready_with_page(centre: &Centre) -> (String, Link) {
    let anna = centre.login("anna").await;
    let mut link = Link::open(centre, &anna, "&beats=true").await;
    link.send(json!({"type": "intent", "ref": 1, "intent": "ready"}))
        .await;
    link.find(|frame| frame["agent"]["intent"] == "ready").await;
    (anna, link)
}

#[tokio::test]
async fn a_page_that_answers_no_beats_makes_the_agent_unreachable_and_its_return_shows_it() {
    let centre = Centre::start().await;
    let host = SessionHost::start().await;
    let olga = centre.login("olga").await;
    // The connection stays open: only the page sleeps.
    let (anna, _asleep) = ready_with_page(&centre).await;
    let began = Instant::now();
    let view = await_activity(&centre, &olga, 0, "unreachable").await;
    assert!(began.elapsed() > Duration::from_secs(4), "the grace counts");
    assert_eq!(
        (&view["intent"], &view["has_page"]),
        (&json!("ready"), &json!(false))
    );
    assert!(view["unreachable_since"].is_string());
    host.call(&centre, "s1").await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(host.done("s1", "connect"), Vec::<Value>::new(), "no offers");
    let mut back = Link::open(&centre, &anna, "").await;
    let state = back
        .find(|frame| frame["agent"]["activity"] != "unreachable")
        .await;
    assert_eq!(state["agent"]["intent"], "ready", "not logged out");
    assert_eq!(state["agent"]["away_from"], view["unreachable_since"]);
    assert!(state["agent"]["away_until"].is_string());
    host.await_command("s1", "connect", 1).await;
}

#[tokio::test]
async fn a_reload_and_a_second_tab_change_nothing_and_a_talk_goes_on_without_a_page() {
    let centre = Centre::start().await;
    let host = SessionHost::start().await;
    let olga = centre.login("olga").await;
    let (anna, first) = ready_with_page(&centre).await;
    let second = Link::open(&centre, &anna, "").await.stay();
    drop(first);
    tokio::time::sleep(Duration::from_secs(7)).await;
    assert_eq!(
        seen(&centre, &olga, 0).await["activity"],
        "idle",
        "a tab is left"
    );
    second.abort();
    tokio::time::sleep(Duration::from_secs(2)).await;
    let third = Link::open(&centre, &anna, "").await.stay();
    tokio::time::sleep(Duration::from_secs(5)).await;
    let view = seen(&centre, &olga, 0).await;
    assert_eq!(
        (&view["activity"], &view["away_from"]),
        (&json!("idle"), &Value::Null),
        "back within the time of grace"
    );
    let call = host.call(&centre, "s1").await;
    let connect = host.await_command("s1", "connect", 1).await;
    let offer = connect["offer_id"].clone();
    let mut reporter = Reporter::new(&centre, &call);
    for kind in ["offer_answered", "talk_started"] {
        reporter
            .report(json!({"type": kind, "offer_id": offer}))
            .await;
    }
    await_activity(&centre, &olga, 0, "talking").await;
    third.abort();
    tokio::time::sleep(Duration::from_secs(8)).await;
    let view = seen(&centre, &olga, 0).await;
    assert_eq!(view["activity"], "talking");
    assert!(view["unreachable_since"].is_string(), "{view}");
    reporter
        .report(
            json!({"type": "talk_ended", "offer_id": offer, "ended_by": "caller", "talk_ms": 9}),
        )
        .await;
    await_activity(&centre, &olga, 0, "unreachable").await;
}

#[tokio::test]
async fn who_never_opened_a_page_needs_none_and_heartbeats_count_for_as_long_as_they_say() {
    let centre = Centre::start().await;
    let olga = centre.login("olga").await;
    centre.ready("anna").await;
    let boris = centre.ready("boris").await;
    let beat = "/api/v1/agent/heartbeat?lease_ms=1000";
    centre
        .with_token(&boris, Method::POST, beat, Value::Null)
        .await;
    await_activity(&centre, &olga, 1, "unreachable").await;
    assert_eq!(seen(&centre, &olga, 0).await["activity"], "idle");
    let intent = "/api/v1/agent/intent";
    centre
        .with_token(&boris, Method::PUT, intent, json!({"intent": "offline"}))
        .await;
    assert_eq!(
        seen(&centre, &olga, 1).await["activity"],
        "idle",
        "offline misses no page"
    );
}
