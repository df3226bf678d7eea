//! A burst: 50 calls through 10 agents. None is lost, none is served twice, no
//! agent has two at once, and nothing is left afterwards.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::eventually::seconds;
use cordboard_tests::port;
use cordboard_tests::sipp::{Seen, Sipp, SippPlan};

const CALLS: u32 = 50;
const AGENTS: usize = 10;

#[tokio::test]
async fn fifty_calls_through_ten_agents_are_each_served_once() {
    let nobody: SocketAddr = port::free_address();
    let talk = SippPlan::new().pause(Duration::from_millis(500));
    let phones = Sipp::serve("agent", nobody, &talk).await;
    let names: Vec<String> = (0..AGENTS).map(|n| format!("agent{n}")).collect();
    let mut plan = CentrePlan::new();
    for name in &names {
        plan = plan.agent_at(name, &phones.contact(name));
    }
    let centre = Centre::start(plan).await;
    let mut agents = Vec::new();
    for name in &names {
        agents.push(centre.ready_agent(name).await);
    }

    let dials = SippPlan::new().dials("100").calls(CALLS, 1000);
    let callers = Sipp::call("caller", centre.sip(), &dials);
    let seen = callers.succeeds(seconds(60)).await;
    let byes = seen.iter().filter(|s| s.word == "BYE").count();
    assert_eq!(byes, CALLS as usize);

    let offers = phones.seen();
    each_caller_was_served_once(&offers);
    no_agent_had_two_calls_at_once(&offers);
    let mut answered = 0;
    for agent in &agents {
        agent.becomes("idle", seconds(5)).await;
        answered += agent.mark("answered").await;
        assert_eq!(agent.mark("missed").await, 0);
    }
    assert_eq!(answered, u64::from(CALLS));
    centre.is_empty_again().await;
}

fn each_caller_was_served_once(seen: &[Seen]) {
    let mut served = BTreeMap::new();
    for ack in seen.iter().filter(|s| s.word == "ACK") {
        *served.entry(ack.from.clone()).or_insert(0) += 1;
    }
    assert_eq!(served.len(), CALLS as usize, "{served:?}");
    assert!(served.values().all(|n| *n == 1), "{served:?}");
}

/// Between an INVITE and the BYE of an agent there is no other INVITE for them.
fn no_agent_had_two_calls_at_once(seen: &[Seen]) {
    let mut holds: BTreeMap<&str, &str> = BTreeMap::new();
    for message in seen {
        match message.word.as_str() {
            "INVITE" => {
                let held = holds.insert(&message.to, &message.from);
                assert_eq!(held, None, "{} was offered two calls", message.to);
            }
            "BYE" => {
                holds.remove(message.to.as_str());
            }
            _ => {}
        }
    }
}
