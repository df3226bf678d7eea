//! A morning of twelve calls with every measure counted by hand.

use acd::{AgentId, CallId, EndedBy, Fact, NewCall, OfferId, Party, QueueId};
use report::{Grouping, Ledger, Ratio, ServiceRule, Table, agent_rows, queue_rows, reserve_rows};
use std::sync::Arc;

/// Milliseconds of a second, for reading.
const S: u64 = 1_000;
/// When the morning begins.
const START: u64 = 1_700_000_000_000;

fn queued(call: u64, queue: &str, number: &str) -> Fact {
    let details = NewCall {
        session_id: format!("s{call}"),
        caller_number: format!("7900{call}"),
        dialed_number: number.to_owned(),
        display_name: None,
        queue: None,
        language: None,
        priority: 0,
        skills: Vec::new(),
        custom_data: None,
        wanted: None,
    };
    Fact::CallQueued {
        call: CallId(call),
        queue: QueueId::from(queue),
        details: details.into(),
    }
}

/// Not let in.
fn full(queue: &str, dialed_number: &str) -> Fact {
    Fact::CallBlocked {
        refusal: acd::Refusal::QueueFull {
            queue: queue.into(),
        },
        dialed_number: dialed_number.into(),
    }
}

fn made(call: u64, offer: u64, agent: &str) -> Fact {
    Fact::OfferMade {
        call: CallId(call),
        offer: OfferId(offer),
        party: Party::Agent(agent.into()),
        why: String::new(),
    }
}

fn rang(call: u64, offer: u64, agent: &str, outcome: &str, rang_ms: u64) -> Fact {
    Fact::OfferEnded {
        call: CallId(call),
        offer: OfferId(offer),
        party: Party::Agent(agent.into()),
        outcome: outcome.to_owned().into(),
        rang_ms,
    }
}

fn ended(call: u64, outcome: &str, wait_ms: u64, talk: Option<(&str, u64)>) -> Fact {
    Fact::CallEnded {
        call: CallId(call),
        queue: QueueId::from("support"),
        outcome: outcome.to_owned().into(),
        wait_ms,
        talk_ms: talk.map_or(0, |(_, talk_ms)| talk_ms),
        ended_by: Some(EndedBy::Caller),
        agent: talk.map(|(agent, _)| AgentId::from(agent)),
        reserve: None,
        number: None,
    }
}

fn state(agent: &str, state: &str) -> Fact {
    Fact::AgentState {
        agent: AgentId::from(agent),
        state: state.to_owned().into(),
        why: "".into(),
    }
}

fn ledger(facts: &[(u64, Fact)]) -> Ledger {
    let mut ledger = Ledger::new();
    for (at, fact) in facts {
        ledger.take(START + at, fact);
    }
    ledger
}

/// Twelve calls: outcome and wait. 20 s is the threshold, 5 s a short abandon.
fn twelve() -> Ledger {
    let calls = [
        ("answered", 0),
        ("answered", 19_999),
        ("answered", 20_000),
        ("answered", 20_001),
        ("answered", 60_000),
        ("abandoned", 4_999),
        ("abandoned", 5_000),
        ("abandoned", 20_000),
        ("abandoned", 90_000),
        ("overflowed", 60_000),
        ("callback_taken", 30_000),
        ("system_failed", 1_000),
    ];
    let mut facts = Vec::new();
    for (call, (outcome, wait_ms)) in (1_u64..).zip(calls) {
        facts.push((call * S, queued(call, "support", "100")));
        let talk = (outcome == "answered").then_some(("anna", 30 * S));
        facts.push((call * S + wait_ms, ended(call, outcome, wait_ms, talk)));
    }
    facts.sort_by_key(|(at, _)| *at);
    ledger(&facts)
}

#[test]
fn the_four_service_levels_of_twelve_calls() {
    let rows = queue_rows(
        &twelve(),
        &[START, START + 3_600 * S],
        Grouping::default(),
        &ServiceRule::default(),
    );
    let [row] = rows.as_slice() else {
        panic!("{} rows", rows.len());
    };
    let levels = row.measures.service_level;
    // 3 in time; 5 answered, 3 long abandons, 1 overflowed, 1 called back.
    assert_eq!(levels.default, Ratio::of(3, 10));
    assert_eq!(levels.by_rule, levels.default);
    assert_eq!(levels.answered, Ratio::of(3, 5));
    // 3 abandoned within 20 s, the one at exactly 20 s among them.
    assert_eq!(levels.abandon_ok, Ratio::of(3 + 3, 5 + 4));
    assert_eq!(levels.abandon_ignored, Ratio::of(3, 12 - 4));
    let measures = &row.measures;
    assert!(measures.conserves());
    assert_eq!(
        (
            measures.offered,
            measures.abandoned,
            measures.short_abandoned
        ),
        (12, 4, 1)
    );
    assert_eq!(measures.abandonment, Ratio::of(4, 12));
    assert_eq!(measures.wait_answered.mean_ms, Ratio::of(120_000, 5));
    assert_eq!(measures.wait_answered.p50_ms, Some(20_000));
    assert_eq!(measures.wait_answered.p90_ms, Some(60_000));
    assert_eq!(measures.talk_ms, Ratio::of(150_000, 5));
}

#[test]
fn each_switch_of_the_rule_changes_the_denominator_alone() {
    let level = |change: fn(&mut ServiceRule)| {
        let mut rule = ServiceRule::default();
        change(&mut rule);
        let rows = queue_rows(
            &twelve(),
            &[START, START + 3_600 * S],
            Grouping::default(),
            &rule,
        );
        rows[0].measures.service_level.by_rule
    };
    assert_eq!(level(|rule| rule.count_overflowed = false), Ratio::of(3, 8));
    assert_eq!(
        level(|rule| rule.count_short_abandons = true),
        Ratio::of(3, 11)
    );
    assert_eq!(level(|rule| rule.count_abandons = false), Ratio::of(3, 7));
    assert_eq!(level(|rule| rule.short_abandon_ms = 0), Ratio::of(3, 11));
    assert_eq!(level(|rule| rule.threshold_ms = 19_999), Ratio::of(2, 10));
}

#[test]
fn nothing_is_null_and_not_a_hundred_percent() {
    let rows = queue_rows(
        &Ledger::new(),
        &[0, S],
        Grouping::default(),
        &ServiceRule::default(),
    );
    let json = serde_json::to_value(&rows).unwrap();
    assert!(json[0]["service_level"]["default"]["value"].is_null());
    assert!(json[0]["wait_answered"]["p95_ms"].is_null());
    assert_eq!(json[0]["offered"], 0);
}

#[test]
fn a_call_is_booked_where_it_came_and_under_its_queue_and_number() {
    // As versions wrote it that did not keep the number.
    let old =
        r#"{"fact": "call_blocked", "refusal": {"refusal": "queue_full", "queue": "support"}}"#;
    let facts = [
        (10 * S, queued(1, "sales", "200")),
        (20 * S, queued(2, "support", "100")),
        (59_999, queued(3, "support", "101")),
        (60 * S, queued(4, "support", "100")),
        (61 * S, full("support", "100")),
        (62 * S, full("support", "102")),
        (63 * S, serde_json::from_str(old).unwrap()),
        (100 * S, ended(1, "answered", 90 * S, Some(("anna", 0)))),
    ];
    let cuts = [START, START + 60 * S, START + 120 * S];
    let both = Grouping {
        by_queue: true,
        by_number: true,
    };
    let rows = queue_rows(&ledger(&facts), &cuts, both, &ServiceRule::default());
    let found: Vec<_> = rows
        .iter()
        .map(|row| {
            let name = format!(
                "{}/{}",
                row.queue.as_deref().unwrap(),
                row.number.as_deref().unwrap()
            );
            (
                (row.from - START) / S,
                name,
                row.measures.offered,
                row.measures.answered,
                row.measures.blocked,
            )
        })
        .collect();
    let expected = [
        (0, "sales/200".to_owned(), 1, 1, 0),
        (0, "support/100".to_owned(), 1, 0, 0),
        (0, "support/101".to_owned(), 1, 0, 0),
        (60, "support/".to_owned(), 0, 0, 1),
        (60, "support/100".to_owned(), 1, 0, 1),
        (60, "support/102".to_owned(), 0, 0, 1),
    ];
    assert_eq!(found, expected);
}

#[test]
fn an_agents_times_sum_to_the_millisecond_and_are_cut_at_the_interval() {
    let facts = [
        (0, state("anna", "offline/idle")),
        (5 * S, state("anna", "ready/idle")),
        (10 * S, queued(1, "support", "100")),
        (10 * S, made(1, 1, "anna")),
        (10 * S, state("anna", "ready/reserved")),
        (10_300, state("anna", "ready/ringing")),
        (14 * S, rang(1, 1, "anna", "answered", 3_700)),
        (14 * S, state("anna", "ready/talking")),
        (50 * S, ended(1, "answered", 4 * S, Some(("anna", 36 * S)))),
        (50 * S, state("anna", "ready/wrap_up")),
        (65 * S, state("anna", "ready/idle")),
        (66 * S, queued(2, "support", "100")),
        (66 * S, made(2, 2, "anna")),
        (66 * S, state("anna", "ready/reserved")),
        (86 * S, rang(2, 2, "anna", "no_answer", 20 * S)),
        (86 * S, state("anna", "ready/idle")),
    ];
    let mut ledger = ledger(&facts);
    ledger.close(START + 120 * S);
    let rows = agent_rows(
        &ledger,
        &[START, START + 60 * S, START + 120 * S],
        &[],
        report::RECALL_WITHIN_MS,
    );
    let [first, second] = rows.as_slice() else {
        panic!("{} rows", rows.len());
    };
    assert_eq!((first.observed_ms, second.observed_ms), (60 * S, 60 * S));
    assert_eq!(
        (first.offline_ms, first.idle_ms, first.ringing_ms),
        (5 * S, 5 * S, 4 * S)
    );
    assert_eq!((first.talking_ms, first.wrap_up_ms), (36 * S, 10 * S));
    assert_eq!(first.occupancy, Ratio::of(50 * S, 55 * S));
    assert_eq!(
        first.occupancy_without_ringing,
        Ratio::of(46 * S, 51 * S),
        "ringing is in neither part"
    );
    assert_eq!(first.answer_speed_ms, Ratio::of(3_700, 1));
    // 36 s of talk and 15 s of wrap-up, though 5 s of it fall in the next interval.
    assert_eq!(first.handling_ms, Ratio::of(51 * S, 1));
    assert_eq!((second.wrap_up_ms, second.ringing_ms), (5 * S, 20 * S));
    assert_eq!((second.offers, second.missed, second.answered), (1, 1, 0));
    assert_eq!(first.no_answer, Ratio::of(0, 1));
    assert_eq!(second.no_answer, Ratio::of(1, 1));
    let all = queue_rows(
        &ledger,
        &[START, START + 120 * S],
        Grouping::default(),
        &ServiceRule::default(),
    );
    assert_eq!(all[0].measures.wrap_up_ms, Ratio::of(15 * S, 1));
    assert_eq!(all[0].measures.no_answer, Ratio::of(1, 2));
    assert_eq!(all[0].measures.waiting, 1);
}

/// Metrics.md §3.2: 0 idle is 100 %, no ready time is null.
#[test]
fn occupancy_at_its_ends() {
    let of = |states: &[(u64, &str)]| {
        let facts: Vec<_> = states
            .iter()
            .map(|(at, word)| (*at, state("anna", word)))
            .collect();
        let mut ledger = ledger(&facts);
        ledger.close(START + 100 * S);
        let rows = agent_rows(
            &ledger,
            &[START, START + 100 * S],
            &[],
            report::RECALL_WITHIN_MS,
        );
        (rows[0].occupancy, rows[0].occupancy_without_ringing)
    };
    let busy = [(0, "ready/talking"), (60 * S, "ready/wrap_up")];
    assert_eq!(
        of(&busy),
        (Ratio::of(100 * S, 100 * S), Ratio::of(100 * S, 100 * S))
    );
    let away = [
        (0, "not_ready/idle"),
        (20 * S, "ready/banned"),
        (40 * S, "ready/unreachable"),
        (60 * S, "offline/idle"),
    ];
    assert_eq!(of(&away), (Ratio::of(0, 0), Ratio::of(0, 0)));
    let rang = [(0, "ready/ringing"), (20 * S, "not_ready/idle")];
    assert_eq!(of(&rang), (Ratio::of(20 * S, 20 * S), Ratio::of(0, 0)));
    // Each kind of work counts in both parts, each of a length of its own.
    let all = [
        (0, "ready/ringing"),
        (S, "ready/talking"),
        (3 * S, "ready/consulting"),
        (7 * S, "ready/held"),
        (15 * S, "ready/wrap_up"),
        (31 * S, "ready/idle"),
        (63 * S, "not_ready/idle"),
    ];
    assert_eq!(
        of(&all),
        (Ratio::of(31 * S, 63 * S), Ratio::of(30 * S, 62 * S))
    );
}

/// AHT · n is the sum of all durations, whatever the interval (metrics.md §3.2).
#[test]
fn handling_times_sum_up_over_intervals() {
    let mut facts = Vec::new();
    for call in 1..=9_u64 {
        let at = call * 50 * S;
        facts.push((at, queued(call, "support", "100")));
        facts.push((at + S, made(call, call, "anna")));
        facts.push((at + 2 * S, rang(call, call, "anna", "answered", S)));
        facts.push((at + 2 * S, state("anna", "ready/talking")));
        let talk_ms = call * 1_111;
        facts.push((
            at + 2 * S + talk_ms,
            ended(call, "answered", 2 * S, Some(("anna", talk_ms))),
        ));
        facts.push((at + 2 * S + talk_ms, state("anna", "ready/wrap_up")));
        facts.push((
            at + 2 * S + talk_ms + call * 777,
            state("anna", "ready/idle"),
        ));
    }
    let mut ledger = ledger(&facts);
    ledger.close(START + 1_000 * S);
    let whole = 45 * (1_111 + 777);
    for step in [1_000 * S, 100 * S, 7 * S] {
        let cuts: Vec<u64> = (0..=1_000 * S / step).map(|n| START + n * step).collect();
        let agents = agent_rows(&ledger, &cuts, &[], report::RECALL_WITHIN_MS);
        let sum: u64 = agents.iter().map(|row| row.handling_ms.numerator).sum();
        let talks: u64 = agents.iter().map(|row| row.handling_ms.denominator).sum();
        assert_eq!((sum, talks), (whole, 9), "by {step} ms");
        let rows = queue_rows(&ledger, &cuts, Grouping::default(), &ServiceRule::default());
        let sum: u64 = rows
            .iter()
            .map(|row| row.measures.handling_ms.numerator)
            .sum();
        assert_eq!(sum, whole, "by {step} ms");
    }
}

#[test]
fn the_kept_record_is_counted_without_a_rest() {
    let kept = include_str!("../../acd/tests/journals/version-1.facts.jsonl");
    let mut ledger = Ledger::new();
    for (at, line) in (0_u64..).zip(kept.lines()) {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        let fact = value
            .get("fact")
            .filter(|fact| fact.is_object())
            .unwrap_or(&value);
        ledger.take(at, &serde_json::from_value(fact.clone()).unwrap());
    }
    ledger.close(1_000);
    let rows = queue_rows(
        &ledger,
        &[0, 1_000],
        Grouping::default(),
        &ServiceRule::default(),
    );
    assert!(rows[0].measures.offered > 5);
    assert!(rows[0].measures.conserves());
}

#[test]
fn the_time_without_a_page_is_counted_and_all_times_sum_up() {
    let state = |at: u64, state: &str| {
        let fact = Fact::AgentState {
            agent: AgentId::from("anna"),
            state: state.to_owned().into(),
            why: "".into(),
        };
        (START + at, fact)
    };
    let facts = [
        state(0, "ready/idle"),
        state(1_001, "ready/unreachable"),
        state(5_004, "ready/idle"),
        state(6_000, "not_ready/unreachable"),
        state(7_007, "offline/idle"),
    ];
    let mut ledger = Ledger::new();
    for (at, fact) in &facts {
        ledger.take(*at, fact);
    }
    ledger.close(START + 9_000);
    let rows = agent_rows(
        &ledger,
        &[START, START + 9_000],
        &[],
        report::RECALL_WITHIN_MS,
    );
    let row = &rows[0];
    assert_eq!(row.unreachable_ms, 4_003 + 1_007);
    assert_eq!(row.idle_ms, 1_001 + 996);
    assert_eq!(row.offline_ms, 1_993);
    assert_eq!(row.observed_ms, 9_000);
    let sum = row.offline_ms + row.not_ready_ms + row.idle_ms + row.unreachable_ms;
    assert_eq!(sum, row.observed_ms);
}

#[test]
fn a_caller_who_rings_again_was_not_served_at_the_first_contact() {
    const HOUR: u64 = 3_600 * S;
    let again = |call: u64, caller: &str| match queued(call, "support", "100") {
        Fact::CallQueued {
            call,
            queue,
            details,
        } => Fact::CallQueued {
            call,
            queue,
            details: Arc::new(NewCall {
                caller_number: caller.to_owned(),
                ..NewCall::clone(&details)
            }),
        },
        other => other,
    };
    let answered = |call| ended(call, "answered", S, Some(("anna", S)));
    let facts = [
        // Within the hour, to the millisecond; the second call is the last one.
        (0, again(1, "a")),
        (10 * S, answered(1)),
        (HOUR, again(2, "a")),
        (HOUR + 10 * S, answered(2)),
        // One millisecond later than an hour.
        (0, again(3, "b")),
        (10 * S, answered(3)),
        (HOUR + 1, again(4, "b")),
        (HOUR + 10 * S, ended(4, "abandoned", S, None)),
        // Without a number nobody is known.
        (0, again(5, "")),
        (10 * S, answered(5)),
        // Too late to know.
        (2 * HOUR, again(6, "c")),
        (2 * HOUR + 10 * S, answered(6)),
    ];
    let mut ledger = ledger(&facts);
    ledger.close(START + 2 * HOUR + 20 * S);
    let rule = ServiceRule {
        recall_within_ms: HOUR,
        ..ServiceRule::default()
    };
    let cuts = [START, START + 3 * HOUR];
    let rows = queue_rows(&ledger, &cuts, Grouping::default(), &rule);
    assert_eq!(rows[0].measures.first_contact, Ratio::of(2, 3));
    assert_eq!(rows[0].measures.recalled, Ratio::of(1, 3));
    let agents = agent_rows(&ledger, &cuts, &[], HOUR);
    assert_eq!(agents[0].first_contact, Ratio::of(2, 3));
    assert_eq!(agents[0].recalled, Ratio::of(1, 3));
    let agents = agent_rows(&ledger, &cuts, &[], HOUR - 1);
    assert_eq!(
        agents[0].recalled,
        Ratio::of(0, 3),
        "a millisecond too late"
    );
}

/// Five ways not to answer, each with a count of its own; a caller who left blames nobody.
#[test]
fn each_way_not_to_answer_has_its_own_count() {
    let mut facts = vec![(0, queued(1, "support", "100"))];
    let outcomes = [
        ("no_answer", 5),
        ("rejected", 4),
        ("busy", 3),
        ("unreachable", 2),
        ("unregistered", 1),
        ("cancelled", 6),
        ("answered_elsewhere", 1),
    ];
    let each = outcomes
        .iter()
        .flat_map(|(outcome, count)| std::iter::repeat_n(*outcome, *count));
    for (offer, outcome) in (1..).zip(each) {
        facts.push((offer * S, made(1, offer, "anna")));
        facts.push((offer * S + 500, rang(1, offer, "anna", outcome, 400)));
    }
    let cuts = [START, START + 60 * S];
    let rows = agent_rows(&ledger(&facts), &cuts, &[], report::RECALL_WITHIN_MS);
    let row = &rows[0];
    assert_eq!(
        (
            row.missed,
            row.rejected,
            row.busy,
            row.unreachable,
            row.unregistered
        ),
        (5, 4, 3, 2, 1)
    );
    assert_eq!((row.cancelled, row.offers, row.answered), (7, 22, 0));
    assert_eq!(row.no_answer, Ratio::of(5, 22));
}

#[test]
fn reserve_numbers_have_rows_of_their_own() {
    let party = || Party::Reserve("night".into());
    let made = |call: u64, offer: u64| Fact::OfferMade {
        call: CallId(call),
        offer: OfferId(offer),
        party: party(),
        why: String::new(),
    };
    let rang = |call: u64, offer: u64, outcome: &str, rang_ms: u64| Fact::OfferEnded {
        call: CallId(call),
        offer: OfferId(offer),
        party: party(),
        outcome: outcome.to_owned().into(),
        rang_ms,
    };
    let mut facts = Vec::new();
    let outcomes = [
        "no_answer",
        "rejected",
        "busy",
        "unregistered",
        "answered_elsewhere",
        "answered",
    ];
    facts.push((0, queued(1, "support", "100")));
    for (offer, outcome) in (1..).zip(outcomes) {
        facts.push((offer * S, made(1, offer)));
        facts.push((offer * S + 500, rang(1, offer, outcome, 400)));
    }
    let end = Fact::CallEnded {
        call: CallId(1),
        queue: QueueId::from("support"),
        outcome: "answered".into(),
        wait_ms: 6_500,
        talk_ms: 100 * S,
        ended_by: Some(EndedBy::Caller),
        agent: None,
        reserve: Some("night".into()),
        number: None,
    };
    facts.push((106_500, end));
    let mut ledger = ledger(&facts);
    ledger.close(START + 200 * S);
    let cuts = [START, START + 60 * S, START + 120 * S];
    let rows = reserve_rows(&ledger, &cuts);
    let [first, second] = rows.as_slice() else {
        panic!("{} rows", rows.len());
    };
    assert_eq!((first.reserve.as_str(), first.offers), ("night", 6));
    let failed = (first.no_answer, first.rejected, first.unreachable);
    assert_eq!((failed, first.busy, first.cancelled), ((1, 1, 1), 1, 1));
    assert_eq!(first.reached, Ratio::of(1, 5));
    assert_eq!(first.failed, Ratio::of(3, 5));
    assert_eq!(first.answer_speed_ms, Ratio::of(400, 1));
    assert_eq!(first.talk_ms, Ratio::of(0, 0), "it ended later");
    assert_eq!((second.offers, second.talk_ms), (0, Ratio::of(100 * S, 1)));
    let whole = [START, START + 120 * S];
    let queues = queue_rows(
        &ledger,
        &whole,
        Grouping::default(),
        &ServiceRule::default(),
    );
    assert_eq!(queues[0].measures.answered_on_reserve, 1);
    let table = Table::of(&queues).to_csv();
    assert!(table.contains(",answered_on_reserve,"), "{table}");
    assert!(agent_rows(&ledger, &whole, &[], report::RECALL_WITHIN_MS).is_empty());
}
