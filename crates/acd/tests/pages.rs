//! A page that is lost makes its agent unreachable, and changes nothing else
//! (promise P20).
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod desk;

use acd::*;
use desk::*;

const GRACE_MS: Millis = 4_000;

fn desk_with(rule: PageRule) -> Desk {
    let queue = QueueConfig {
        wrap_up_ms: 0,
        ..QueueConfig::named("support")
    };
    let mut desk = Desk::configured(vec![queue.clone()], &["anna"]);
    let configuration = Configuration {
        queues: vec![queue],
        agents: vec![agent("anna")],
        pages: rule,
        ..Configuration::default()
    };
    desk.give(Input::Configure { configuration });
    desk
}

fn once_open() -> PageRule {
    PageRule {
        grace_ms: GRACE_MS,
        need: PageNeed::OnceOpen,
        ..PageRule::default()
    }
}

fn page(desk: &mut Desk, present: bool) {
    desk.give(Input::PagePresence {
        agent: "anna".into(),
        present,
    });
}

/// What the record said of states, `ready/idle` and why.
fn states(desk: &Desk) -> Vec<(String, String)> {
    let told = |fact| match fact {
        Fact::AgentState { state, why, .. } => Some((state.into_owned(), why.into_owned())),
        _ => None,
    };
    desk.facts().into_iter().filter_map(told).collect()
}

#[test]
fn a_lost_page_is_unreachable_after_the_grace_and_keeps_the_intent() {
    let mut desk = desk_with(once_open());
    page(&mut desk, true);
    desk.ready("anna");
    desk.pass(1_000);
    let gone_at = desk.now;
    page(&mut desk, false);
    desk.pass(GRACE_MS - 1);
    assert_eq!(desk.activity("anna"), ActivityView::Idle);
    desk.pass(1);
    assert_eq!(
        states(&desk),
        [("ready/unreachable".to_owned(), "page is gone".to_owned())]
    );
    let since = gone_at;
    assert_eq!(desk.activity("anna"), ActivityView::Unreachable { since });
    assert_eq!(desk.agent("anna").intent, Intent::Ready);
    let call = desk.arrive("s1");
    assert_eq!(desk.connected(call), None, "no offers");
    desk.pass(10_000);
    page(&mut desk, true);
    assert_eq!(
        states(&desk)[0],
        ("ready/idle".to_owned(), "page is back".to_owned())
    );
    assert!(desk.connected(call).is_some(), "offered at once");
    let away = Away {
        from: gone_at,
        until: desk.now,
    };
    assert_eq!(desk.agent("anna").away, Some(away));
}

#[test]
fn a_reload_within_the_grace_leaves_no_trace() {
    let mut desk = desk_with(once_open());
    page(&mut desk, true);
    desk.ready("anna");
    let before = desk.agent("anna");
    page(&mut desk, false);
    desk.pass(GRACE_MS - 1);
    page(&mut desk, true);
    desk.pass(60_000);
    assert_eq!(states(&desk), []);
    assert_eq!(desk.agent("anna"), before);
}

#[test]
fn a_talk_goes_on_and_the_loss_shows_after_it() {
    let mut desk = desk_with(once_open());
    page(&mut desk, true);
    desk.ready("anna");
    let call = desk.arrive("s1");
    let (offer, _) = desk.connected(call).unwrap();
    desk.talk(call, 1, offer);
    page(&mut desk, false);
    desk.pass(GRACE_MS + 1);
    assert_eq!(desk.activity("anna"), ActivityView::Talking);
    assert!(desk.agent("anna").unreachable_since.is_some());
    desk.event(call, 4, talk_ended(offer, 9));
    assert_eq!(states(&desk)[0].0, "ready/unreachable");
}

#[test]
fn offline_agents_miss_no_page_and_who_never_had_one_needs_none() {
    let mut desk = desk_with(once_open());
    desk.ready("anna");
    desk.pass(60_000);
    assert_eq!(desk.activity("anna"), ActivityView::Idle, "none was open");
    page(&mut desk, true);
    desk.intent("anna", Intent::Offline);
    page(&mut desk, false);
    desk.pass(60_000);
    assert_eq!(desk.activity("anna"), ActivityView::Idle);
    desk.ready("anna");
    desk.pass(60_000);
    assert_eq!(
        desk.activity("anna"),
        ActivityView::Idle,
        "a new day at work"
    );
}

#[test]
fn an_agent_who_always_needs_a_page_is_offered_nothing_without_one() {
    let rule = PageRule {
        agents: [("anna".into(), PageNeed::Always)].into(),
        need: PageNeed::Never,
        grace_ms: GRACE_MS,
    };
    let mut desk = desk_with(rule);
    desk.ready("anna");
    desk.pass(GRACE_MS);
    assert!(matches!(
        desk.activity("anna"),
        ActivityView::Unreachable { .. }
    ));
    page(&mut desk, true);
    assert_eq!(desk.activity("anna"), ActivityView::Idle);
}

#[test]
fn a_ban_that_ends_while_the_page_is_lost_shows_nothing_new() {
    let mut desk = desk_with(once_open());
    page(&mut desk, true);
    desk.ready("anna");
    desk.give(Input::BanAgent {
        agent: "anna".into(),
        ban_ms: 20_000,
        by: Actor::Supervisor {
            user: "olga".to_owned(),
        },
        reason: "headset".to_owned(),
    });
    page(&mut desk, false);
    desk.pass(GRACE_MS);
    assert_eq!(states(&desk)[0].0, "ready/unreachable");
    desk.pass(30_000);
    assert_eq!(states(&desk), [], "the ban is over, the page is not back");
    assert_eq!(desk.agent("anna").ban, None);
    page(&mut desk, true);
    assert_eq!(states(&desk)[0].0, "ready/idle");
}
