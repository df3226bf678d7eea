//! Call-backs counted by hand: the caller who takes one is counted once, and
//! what agents do for it is handling and nothing else.
#![allow(missing_docs)]

use acd::{
    AgentId, CallId, CallbackEnd, CallbackId, CallbackOutcome, EndedBy, Fact, NewCall, OfferId,
    QueueId,
};
use report::{Grouping, Ledger, QueueMeasures, Ratio, ServiceRule, agent_rows, queue_rows};

const S: u64 = 1_000;
const START: u64 = 1_700_000_000_000;
const DAY: u64 = 86_400 * S;

fn details(number: &str) -> NewCall {
    NewCall {
        session_id: "s".into(),
        caller_number: number.into(),
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

fn queue() -> QueueId {
    QueueId::from("support")
}

fn left_for_it(call: u64, wait_ms: u64) -> Fact {
    Fact::CallEnded {
        call: CallId(call),
        queue: queue(),
        outcome: "callback_taken".into(),
        wait_ms,
        talk_ms: 0,
        ended_by: Some(EndedBy::System),
        agent: None,
        reserve: None,
        number: None,
    }
}

fn taken(callback: u64, call: u64, from: Option<u64>, number: &str) -> Fact {
    Fact::CallbackTaken {
        callback: CallbackId(callback),
        call: CallId(call),
        from: from.map(CallId),
        queue: queue(),
        details: details(number).into(),
        by: "caller".into(),
    }
}

fn ended(callback: u64, call: u64, outcome: CallbackOutcome) -> CallbackEnd {
    CallbackEnd {
        callback: CallbackId(callback),
        call: CallId(call),
        queue: queue(),
        outcome,
        why: String::new(),
        attempts: 0,
        virtual_wait_ms: None,
        until_reached_ms: None,
        talk_ms: 0,
        ended_by: None,
        agent: None,
    }
}

/// The first caller waits 30 s, takes a call-back, is not reached at first, and
/// talks 60 s to anna ten minutes later. The second takes one that becomes too
/// old; a third is asked for by a form and still waits.
fn ledger() -> Ledger {
    let queued = |call: u64, number: &str| Fact::CallQueued {
        call: CallId(call),
        queue: queue(),
        details: details(number).into(),
    };
    let party = || acd::Party::Agent("anna".into());
    let offered = Fact::OfferMade {
        call: CallId(4),
        offer: OfferId(1),
        party: party(),
        why: String::new(),
    };
    let answered = Fact::OfferEnded {
        call: CallId(4),
        offer: OfferId(1),
        party: party(),
        outcome: "answered".into(),
        rang_ms: S,
    };
    let dialled = |call: u64, attempt: u32| Fact::CallbackDialled {
        callback: CallbackId(1),
        call: CallId(call),
        attempt,
    };
    let missed = Fact::CallbackUnreached {
        callback: CallbackId(1),
        call: CallId(2),
        next: CallId(4),
        reason: "busy".into(),
        attempts: 1,
        retry_at: None,
    };
    let reached = CallbackEnd {
        attempts: 2,
        virtual_wait_ms: Some(330 * S),
        until_reached_ms: Some(602 * S),
        talk_ms: 60 * S,
        ended_by: Some(EndedBy::Caller),
        agent: Some(AgentId::from("anna")),
        ..ended(1, 4, CallbackOutcome::Reached)
    };
    let facts = [
        (0, queued(1, "7900")),
        (30 * S, left_for_it(1, 30 * S)),
        (30 * S, taken(1, 2, Some(1), "7900")),
        (40 * S, queued(3, "7901")),
        (50 * S, left_for_it(3, 10 * S)),
        (50 * S, taken(2, 5, Some(3), "7901")),
        (60 * S, taken(3, 6, None, "7902")),
        (330 * S, dialled(2, 1)),
        (340 * S, missed),
        (620 * S, offered),
        (621 * S, answered),
        (630 * S, dialled(4, 2)),
        (692 * S, Fact::CallbackEnded(Box::new(reached))),
        (
            DAY,
            Fact::CallbackEnded(Box::new(ended(2, 5, CallbackOutcome::Expired))),
        ),
    ];
    let mut ledger = Ledger::new();
    for (after_ms, fact) in facts {
        ledger.take(START + after_ms, &fact);
    }
    ledger.close(START + 3 * DAY);
    ledger
}

#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
fn measures() -> QueueMeasures {
    let cuts = [START, START + DAY];
    let rows = queue_rows(
        &ledger(),
        &cuts,
        Grouping::default(),
        &ServiceRule::default(),
    );
    rows.into_iter().next().unwrap().measures
}

#[test]
fn who_takes_a_call_back_is_offered_once_and_abandons_nothing() {
    let queue = measures();
    assert_eq!((queue.offered, queue.callback_taken), (2, 2));
    assert_eq!((queue.answered, queue.abandoned, queue.waiting), (0, 0, 0));
    assert!(queue.conserves(), "{queue:?}");
    assert_eq!(queue.service_level.default.denominator, 2);
}

#[test]
fn every_call_back_has_one_outcome_and_its_two_clocks() {
    let own = measures().callbacks;
    assert!(own.conserves(), "{own:?}");
    assert_eq!(
        (own.taken, own.reached, own.expired, own.waiting),
        (3, 1, 1, 1)
    );
    assert_eq!(own.attempts, Ratio::of(2, 1));
    assert_eq!(own.virtual_wait.max_ms, Some(330 * S));
    assert_eq!(own.until_reached.max_ms, Some(602 * S));
    assert_eq!(own.talk_ms, Ratio::of(60 * S, 1));
}

#[test]
fn the_agents_work_for_it_is_handling() {
    assert_eq!(measures().talk_ms.numerator, 60 * S);
    let cuts = [START, START + DAY];
    let rows = agent_rows(&ledger(), &cuts, &[], report::RECALL_WITHIN_MS);
    let anna = rows.iter().find(|row| row.agent == "anna").unwrap();
    assert_eq!((anna.offers, anna.answered), (1, 1));
    assert_eq!(anna.handling_ms.numerator, 60 * S);
}

#[test]
fn being_called_back_is_not_calling_again() {
    // An answered call of the first caller, shortly before.
    let mut earlier = Ledger::new();
    let queued = Fact::CallQueued {
        call: CallId(1),
        queue: queue(),
        details: details("7900").into(),
    };
    let answered = Fact::CallEnded {
        call: CallId(1),
        queue: queue(),
        outcome: "answered".into(),
        wait_ms: S,
        talk_ms: S,
        ended_by: Some(EndedBy::Agent),
        agent: Some(AgentId::from("anna")),
        reserve: None,
        number: None,
    };
    earlier.take(START, &queued);
    earlier.take(START + 2 * S, &answered);
    earlier.take(START + 60 * S, &taken(1, 2, None, "7900"));
    earlier.close(START + 3 * DAY);
    let cuts = [START, START + DAY];
    let rows = queue_rows(
        &earlier,
        &cuts,
        Grouping::default(),
        &ServiceRule::default(),
    );
    assert_eq!(rows[0].measures.first_contact, Ratio::of(1, 1));
}
