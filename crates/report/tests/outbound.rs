//! Attempts of call lists, with every measure counted by hand.

use report::{
    AGENT_SOUGHT_WITHIN_MS, AnsweredBy, Attempt, DropRule, DropStart, OutboundGrouping,
    OutboundRow, Ratio, Table, outbound_rows,
};

const START: u64 = 1_700_000_000_000;
const HOUR: u64 = 3_600_000;
const DAY: u64 = 24 * HOUR;

fn by_list() -> OutboundGrouping {
    OutboundGrouping {
        by_list: true,
        ..OutboundGrouping::default()
    }
}

/// Nobody answered.
fn attempt(list: u64, after_ms: u64) -> Attempt {
    Attempt {
        list,
        list_name: format!("list {list}"),
        began_at: START + after_ms,
        from_number: "74950000000".into(),
        to_number: format!("7916{after_ms}"),
        ..Attempt::default()
    }
}

/// Answered five seconds later.
fn answered(list: u64, after_ms: u64) -> Attempt {
    Attempt {
        answered_at: Some(START + after_ms + 5_000),
        ..attempt(list, after_ms)
    }
}

/// The scenario looked for an agent at the answer, who was there so long after it.
fn for_agents(after_ms: u64, agent_after_ms: Option<u64>) -> Attempt {
    let attempt = answered(1, after_ms);
    let answered_at = attempt.answered_at.unwrap_or_default();
    Attempt {
        agent_sought_at: Some(answered_at),
        agent_at: agent_after_ms.map(|ms| answered_at + ms),
        ..attempt
    }
}

fn rule(start: DropStart) -> DropRule {
    DropRule {
        start,
        ..DropRule::default()
    }
}

/// The only row of an hour.
fn one(attempts: &[Attempt], rule: &DropRule) -> OutboundRow {
    let cuts = [START, START + HOUR];
    let rows = outbound_rows(attempts, &cuts, by_list(), rule);
    let [row] = &rows[..] else {
        panic!("{rows:?}");
    };
    row.clone()
}

#[test]
fn nothing_is_null_and_neither_0_nor_100_percent() {
    let cuts = [START, START + HOUR, START + 2 * HOUR];
    assert_eq!(
        outbound_rows(&[], &cuts, by_list(), &DropRule::default()),
        []
    );
    let all = OutboundGrouping::default();
    let rows = outbound_rows(&[], &cuts, all, &DropRule::default());
    assert_eq!(rows.len(), 2, "a row for each interval");
    let row = &rows[1];
    assert_eq!((row.from, row.to), (START + HOUR, START + 2 * HOUR));
    for ratio in [
        row.answer_rate,
        row.contact_rate,
        row.right_party,
        row.drop_rate,
        row.drop_rate_window,
        row.agent_wait_ms,
    ] {
        assert_eq!(ratio, Ratio::of(0, 0));
        assert_eq!(ratio.value, None);
    }
}

#[test]
fn every_rate_of_a_list_has_the_counts_it_was_made_of() {
    let machine = Attempt {
        answered_by: Some(AnsweredBy::Machine),
        ..for_agents(10, None)
    };
    let unsure = Attempt {
        answered_by: Some(AnsweredBy::Unknown),
        right_party: Some(false),
        ..for_agents(20, Some(1_000))
    };
    let human = Attempt {
        answered_by: Some(AnsweredBy::Human),
        right_party: Some(true),
        ..for_agents(30, Some(400))
    };
    let not_listened_to = for_agents(40, None);
    let lost = Attempt {
        is_lost: true,
        ..attempt(1, 50)
    };
    let silent = attempt(1, 60);
    let all = [machine, unsure, human, not_listened_to, lost, silent];
    let row = one(&all, &rule(DropStart::Connected));
    assert_eq!(row.list, Some(1));
    assert_eq!(row.list_name.as_deref(), Some("list 1"));
    assert_eq!((row.from_number, row.to_number), (None, None));
    assert_eq!(
        (row.attempts, row.lost, row.answered, row.machines),
        (6, 1, 4, 1)
    );
    assert_eq!((row.answered_live, row.connected), (3, 2));
    assert_eq!(row.answer_rate, Ratio::of(4, 6));
    assert_eq!(row.contact_rate, Ratio::of(3, 6));
    assert_eq!(row.right_party, Ratio::of(1, 3));
    assert_eq!(row.drop_rate, Ratio::of(1, 3));
    assert_eq!(row.agent_wait_ms, Ratio::of(1_400, 2));
    assert_eq!(row.greeting_unknown, 0, "counted from the answer by order");
}

#[test]
fn a_machine_counts_as_a_person_unless_a_detector_has_heard_it() {
    for (who, live) in [
        (None, 1),
        (Some(AnsweredBy::Unknown), 1),
        (Some(AnsweredBy::Human), 1),
        (Some(AnsweredBy::Machine), 0),
    ] {
        let attempt = Attempt {
            answered_by: who,
            ..for_agents(0, None)
        };
        let row = one(&[attempt], &DropRule::default());
        assert_eq!((row.answered, row.answered_live), (1, live), "{who:?}");
        assert_eq!(row.machines, 1 - live);
        assert_eq!(row.drop_rate, Ratio::of(live, live), "{who:?}");
    }
    // The scenario talked to the person: the detector was wrong.
    let attempt = Attempt {
        answered_by: Some(AnsweredBy::Machine),
        right_party: Some(true),
        ..for_agents(0, Some(0))
    };
    let row = one(&[attempt], &DropRule::default());
    assert_eq!((row.answered_live, row.machines), (1, 0));
    assert_eq!(row.right_party, Ratio::of(1, 1));
}

#[test]
fn two_seconds_are_in_time_and_one_tick_more_is_not() {
    let from_answer = rule(DropStart::Connected);
    for (agent_after_ms, dropped) in [
        (Some(0), 0),
        (Some(1_999), 0),
        (Some(2_000), 0),
        (Some(2_001), 1),
        (None, 1),
    ] {
        let row = one(&[for_agents(0, agent_after_ms)], &from_answer);
        assert_eq!(row.drop_rate, Ratio::of(dropped, 1), "{agent_after_ms:?}");
    }
    let strict = DropRule {
        threshold_ms: 0,
        ..from_answer
    };
    for (agent_after_ms, dropped) in [(0, 0), (1, 1)] {
        let row = one(&[for_agents(0, Some(agent_after_ms))], &strict);
        assert_eq!(row.drop_rate, Ratio::of(dropped, 1), "{agent_after_ms}");
    }
    // The agent was on the line before the person.
    let mut first = for_agents(0, None);
    first.agent_sought_at = Some(START);
    first.agent_at = first.answered_at;
    assert_eq!(one(&[first], &strict).drop_rate, Ratio::of(0, 1));
}

#[test]
fn the_time_runs_from_the_chosen_moment() {
    // Answered at 5 s, spoke from 5.5 to 7 s, the agent came at 8.5 s.
    let mut attempt = for_agents(0, Some(3_500));
    attempt.greeting = Some((START + 5_500, START + 7_000));
    for (start, threshold_ms, dropped) in [
        (DropStart::Connected, 3_499, 1),
        (DropStart::Connected, 3_500, 0),
        (DropStart::GreetingStart, 2_999, 1),
        (DropStart::GreetingStart, 3_000, 0),
        (DropStart::GreetingEnd, 1_499, 1),
        (DropStart::GreetingEnd, 1_500, 0),
    ] {
        let rule = DropRule {
            start,
            threshold_ms,
            ..DropRule::default()
        };
        let row = one(std::slice::from_ref(&attempt), &rule);
        assert_eq!(row.drop_rate, Ratio::of(dropped, 1), "{rule:?}");
        assert_eq!(row.greeting_unknown, 0);
    }
    // Nobody listened: the stricter moment, and it is said how often.
    attempt.greeting = None;
    let row = one(&[attempt], &rule(DropStart::GreetingEnd));
    assert_eq!(row.drop_rate, Ratio::of(1, 1));
    assert_eq!(row.greeting_unknown, 1);
}

#[test]
fn a_list_that_looks_for_no_agents_has_no_drop_rate() {
    let reminder = [answered(2, 0), answered(2, 10)];
    let row = one(&reminder, &DropRule::default());
    assert_eq!((row.answered_live, row.connected), (2, 0));
    assert_eq!(row.drop_rate.value, None);
    assert_eq!(row.drop_rate_window.value, None);
    assert_eq!(row.greeting_unknown, 0);
    // Somebody pressed a key for an agent, late: still a reminder.
    let mut by_key = answered(2, 20);
    by_key.agent_sought_at = Some(START + 20 + 5_000 + AGENT_SOUGHT_WITHIN_MS + 1);
    let late = [by_key.clone()];
    assert_eq!(one(&late, &DropRule::default()).drop_rate.value, None);
    by_key.agent_sought_at = Some(START + 20 + 5_000 + AGENT_SOUGHT_WITHIN_MS);
    let in_time = [by_key.clone()];
    assert_eq!(
        one(&in_time, &DropRule::default()).drop_rate,
        Ratio::of(1, 1)
    );
    // One hasty key among three makes no list of agents, one among two does.
    let mut three = reminder.to_vec();
    three.push(by_key.clone());
    assert_eq!(one(&three, &DropRule::default()).drop_rate.value, None);
    let two = [answered(2, 0), by_key];
    assert_eq!(one(&two, &DropRule::default()).drop_rate, Ratio::of(2, 2));
}

#[test]
fn lists_without_agents_or_words_of_the_right_party_are_in_no_sum() {
    let mut known = for_agents(0, Some(100));
    known.right_party = Some(true);
    let attempts = [known, answered(2, 10), for_agents(20, None)];
    let cuts = [START, START + HOUR];
    let all = OutboundGrouping::default();
    let rows = outbound_rows(&attempts, &cuts, all, &DropRule::default());
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].list, &rows[0].list_name), (None, &None));
    assert_eq!(rows[0].answered_live, 3);
    assert_eq!(rows[0].right_party, Ratio::of(1, 2));
    assert_eq!(rows[0].drop_rate, Ratio::of(1, 2));
}

#[test]
fn rows_go_by_interval_list_and_number() {
    let attempts = [answered(2, 0), attempt(1, 10), attempt(2, HOUR)];
    let cuts = [START, START + HOUR, START + 2 * HOUR];
    let grouping = OutboundGrouping {
        by_list: true,
        by_from_number: true,
        by_to_number: false,
    };
    let rows = outbound_rows(&attempts, &cuts, grouping, &DropRule::default());
    let keys: Vec<_> = rows
        .iter()
        .map(|row| (row.from - START, row.list, row.from_number.as_deref()))
        .collect();
    let number = Some("74950000000");
    assert_eq!(
        keys,
        [
            (0, Some(1), number),
            (0, Some(2), number),
            (HOUR, Some(2), number)
        ]
    );
    let grouping = OutboundGrouping {
        by_to_number: true,
        ..OutboundGrouping::default()
    };
    let rows = outbound_rows(&attempts, &cuts[..2], grouping, &DropRule::default());
    let called: Vec<_> = rows.iter().map(|row| row.to_number.as_deref()).collect();
    assert_eq!(called, [Some("79160"), Some("791610")]);
}

#[test]
fn the_window_reaches_back_before_the_period_and_ends_with_each_row() {
    let mut attempts = vec![
        for_agents(0, None),
        for_agents(1, Some(0)),
        for_agents(10 * DAY, Some(0)),
        for_agents(30 * DAY, None),
        for_agents(30 * DAY + HOUR, Some(0)),
    ];
    let cuts = [
        START + 30 * DAY,
        START + 30 * DAY + 1,
        START + 30 * DAY + 2 * HOUR,
    ];
    let rows = outbound_rows(&attempts, &cuts, by_list(), &DropRule::default());
    let [first, second] = &rows[..] else {
        panic!("{rows:?}");
    };
    assert_eq!(first.drop_rate, Ratio::of(1, 1));
    // From one tick after the first attempt on.
    assert_eq!(first.drop_rate_window, Ratio::of(1, 3));
    assert_eq!(second.drop_rate, Ratio::of(0, 1));
    assert_eq!(second.drop_rate_window, Ratio::of(1, 3));
    let short = DropRule {
        window_ms: 2 * HOUR,
        ..DropRule::default()
    };
    let rows = outbound_rows(&attempts, &cuts, by_list(), &short);
    assert_eq!(rows[1].drop_rate_window, Ratio::of(1, 2));
    attempts.truncate(3);
    assert_eq!(
        outbound_rows(&attempts, &cuts, by_list(), &short),
        [],
        "what was before the period has no row"
    );
}

#[test]
fn the_table_has_a_column_for_each_number() {
    let row = one(&[for_agents(0, Some(1))], &DropRule::default());
    let table = Table::of(&[row]);
    for column in [
        "list",
        "list_name",
        "answer_rate.numerator",
        "contact_rate.denominator",
        "right_party.value",
        "drop_rate.denominator",
        "drop_rate_window.numerator",
    ] {
        assert!(table.header.iter().any(|name| name == column), "{column}");
    }
}
