//! A caller who goes through three pairs of hands, counted by hand: each
//! person's time once, to the millisecond.
#![allow(missing_docs)]

use acd::{AgentId, CallId, EndedBy, Fact, NewCall, OfferId, QueueId, TransferKind};
use report::{Grouping, Ledger, Ratio, ServiceRule, agent_rows, queue_rows};

const S: u64 = 1_000;
const START: u64 = 1_700_000_000_000;

fn state(agent: &str, state: &str) -> Fact {
    Fact::AgentState {
        agent: AgentId::from(agent),
        state: state.to_owned().into(),
        why: "".into(),
    }
}

fn transferred(
    from: &str,
    to: Option<&str>,
    queues: (&str, &str),
    kind: TransferKind,
    times: (u64, u64),
) -> Fact {
    Fact::CallTransferred {
        call: CallId(1),
        queue: QueueId::from(queues.0),
        to_queue: QueueId::from(queues.1),
        agent: AgentId::from(from),
        to_agent: to.map(AgentId::from),
        to_number: None,
        kind,
        wait_ms: times.0,
        talk_ms: times.1,
    }
}

fn answered(offer: u64, agent: &str) -> [Fact; 2] {
    let made = Fact::OfferMade {
        call: CallId(1),
        offer: OfferId(offer),
        party: acd::Party::Agent(agent.into()),
        why: String::new(),
    };
    let ended = Fact::OfferEnded {
        call: CallId(1),
        offer: OfferId(offer),
        party: acd::Party::Agent(agent.into()),
        outcome: "answered".into(),
        rang_ms: S,
    };
    [made, ended]
}

/// Whoever calls.
fn new_call() -> NewCall {
    NewCall {
        session_id: "s".into(),
        caller_number: "7900".into(),
        dialed_number: "100".into(),
        display_name: None,
        queue: None,
        language: None,
        priority: 0,
        skills: Vec::new(),
        custom_data: None,
        wanted: None,
    }
}

/// The caller waits 10 s, talks 60 s to anna, of which 20 s are a consult with
/// boris; boris has the caller for 30 s and hands over to the queue `sales`,
/// where clara answers after 5 s and talks 40 s. Wrap-ups are 10 s.
#[allow(clippy::too_many_lines, reason = "a table of facts")]
fn ledger() -> Ledger {
    let details = new_call();
    let queued = Fact::CallQueued {
        call: CallId(1),
        queue: QueueId::from("support"),
        details: details.into(),
    };
    let [made, taken] = answered(1, "anna");
    let [made_there, taken_there] = answered(3, "clara");
    let ended = Fact::CallEnded {
        call: CallId(1),
        queue: QueueId::from("sales"),
        outcome: "answered".into(),
        wait_ms: 5 * S,
        talk_ms: 40 * S,
        ended_by: Some(EndedBy::Caller),
        agent: Some(AgentId::from("clara")),
        reserve: None,
        number: None,
    };
    let attended = transferred(
        "anna",
        Some("boris"),
        ("support", "support"),
        TransferKind::Attended,
        (10 * S, 60 * S),
    );
    let blind = transferred(
        "boris",
        None,
        ("support", "sales"),
        TransferKind::Blind,
        (0, 30 * S),
    );
    let facts = [
        (0, state("anna", "ready/idle")),
        (0, state("boris", "ready/idle")),
        (0, state("clara", "ready/idle")),
        (0, queued),
        (9 * S, made),
        (9 * S, state("anna", "ready/ringing")),
        (10 * S, taken),
        (10 * S, state("anna", "ready/talking")),
        (50 * S, state("anna", "ready/consulting")),
        (50 * S, state("boris", "ready/ringing")),
        (52 * S, state("boris", "ready/consulting")),
        (60 * S, state("boris", "ready/held")),
        (60 * S, state("anna", "ready/talking")),
        (65 * S, state("boris", "ready/consulting")),
        (65 * S, state("anna", "ready/consulting")),
        (70 * S, attended),
        (70 * S, state("anna", "ready/wrap_up")),
        (70 * S, state("boris", "ready/talking")),
        (80 * S, state("anna", "ready/idle")),
        (100 * S, blind),
        (100 * S, state("boris", "ready/wrap_up")),
        (104 * S, made_there),
        (104 * S, state("clara", "ready/ringing")),
        (105 * S, taken_there),
        (105 * S, state("clara", "ready/talking")),
        (110 * S, state("boris", "ready/idle")),
        (145 * S, ended),
        (145 * S, state("clara", "ready/wrap_up")),
        (155 * S, state("clara", "ready/idle")),
    ];
    let mut ledger = Ledger::new();
    for (at, fact) in facts {
        ledger.take(START + at, &fact);
    }
    ledger.close(START + 200 * S);
    ledger
}

#[test]
fn each_agent_has_a_talk_and_a_wrap_up_and_the_consult_is_the_askers() {
    let rows = agent_rows(
        &ledger(),
        &[START, START + 200 * S],
        &[],
        report::RECALL_WITHIN_MS,
    );
    let row = |name: &str| rows.iter().find(|row| row.agent == name).unwrap();
    let (anna, boris, clara) = (row("anna"), row("boris"), row("clara"));
    assert_eq!(anna.handling_ms, Ratio::of(70 * S, 1));
    assert_eq!(boris.handling_ms, Ratio::of(40 * S, 1));
    assert_eq!(clara.handling_ms, Ratio::of(50 * S, 1));
    assert_eq!(
        (anna.talking_ms, anna.consulting_ms, anna.held_ms),
        (45 * S, 15 * S, 0)
    );
    assert_eq!(
        (boris.talking_ms, boris.consulting_ms, boris.held_ms),
        (30 * S, 13 * S, 5 * S)
    );
    assert_eq!(boris.ringing_ms, 2 * S);
    for row in [anna, boris, clara] {
        assert_eq!(row.observed_ms, 200 * S);
        let states = row.idle_ms
            + row.ringing_ms
            + row.talking_ms
            + row.consulting_ms
            + row.held_ms
            + row.wrap_up_ms;
        assert_eq!(states, row.observed_ms, "{}", row.agent);
    }
    assert_eq!(anna.transferred, Ratio::of(1, 1));
    assert_eq!(clara.transferred, Ratio::of(0, 1));
    // The caller was on hold while anna asked, twice; boris was only asked.
    assert_eq!(anna.hold_ms, Ratio::of(15 * S, 1));
    assert_eq!(
        (anna.held, boris.held, boris.hold_ms),
        (Ratio::of(1, 1), Ratio::of(0, 1), Ratio::of(0, 1))
    );
}

#[test]
fn a_queue_counts_the_caller_once_and_another_queue_once_more() {
    let ledger = ledger();
    let grouping = Grouping {
        by_queue: true,
        by_number: false,
    };
    let rule = ServiceRule::default();
    let rows = queue_rows(&ledger, &[START, START + 200 * S], grouping, &rule);
    let row = |name: &str| {
        let own = rows
            .iter()
            .find(|row| row.queue.as_deref() == Some(name))
            .unwrap();
        assert!(own.measures.conserves(), "{name}");
        &own.measures
    };
    let (support, sales) = (row("support"), row("sales"));
    assert_eq!((support.offered, support.answered), (1, 1));
    assert_eq!((sales.offered, sales.answered), (1, 1));
    // Two agents handled the caller of `support`, and both handed him on.
    assert_eq!(support.handling_ms, Ratio::of(110 * S, 2));
    assert_eq!(support.transferred, Ratio::of(2, 2));
    assert_eq!(sales.transferred, Ratio::of(0, 1));
    assert_eq!(
        (support.held, support.hold_ms),
        (Ratio::of(1, 2), Ratio::of(15 * S, 2))
    );
    assert_eq!(sales.held, Ratio::of(0, 1));
    // The caller's waits and talks are the whole of the call.
    let whole: u64 = ledger
        .segments()
        .iter()
        .map(|segment| segment.wait_ms + segment.talk_ms)
        .sum();
    assert_eq!(whole, 145 * S);
}

#[test]
fn who_is_asked_after_a_talk_of_their_own_puts_no_caller_on_hold() {
    let mut ledger = Ledger::new();
    let queued = |call: u64| Fact::CallQueued {
        call: CallId(call),
        queue: QueueId::from("support"),
        details: new_call().into(),
    };
    let [made, taken] = answered(1, "boris");
    let ended = |agent: &str, outcome: &str| Fact::CallEnded {
        call: CallId(1),
        queue: QueueId::from("support"),
        outcome: outcome.to_owned().into(),
        wait_ms: S,
        talk_ms: 10 * S,
        ended_by: Some(EndedBy::Caller),
        agent: Some(AgentId::from(agent)),
        reserve: None,
        number: None,
    };
    for (at, fact) in [
        (0, queued(1)),
        (0, made),
        (S, taken),
        (S, state("boris", "ready/talking")),
        (11 * S, ended("boris", "answered")),
        (11 * S, state("boris", "ready/idle")),
        // At the millisecond of the end, and later.
        (11 * S, state("boris", "ready/consulting")),
        (20 * S, state("boris", "ready/idle")),
        (30 * S, state("boris", "ready/consulting")),
        (40 * S, state("boris", "ready/idle")),
    ] {
        ledger.take(START + at, &fact);
    }
    ledger.close(START + 50 * S);
    let rows = agent_rows(
        &ledger,
        &[START, START + 50 * S],
        &[],
        report::RECALL_WITHIN_MS,
    );
    assert_eq!(
        (rows[0].hold_ms, rows[0].consulting_ms),
        (Ratio::of(0, 1), 19 * S)
    );
}
