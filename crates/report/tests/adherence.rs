//! Utilization and adherence against plans and records made by hand.
#![allow(clippy::unwrap_used)]

use acd::{AgentId, Fact};
use report::{
    Activity, AgentRow, Ledger, MINUTE_MS, PlannedActivity, PlannedShift, Ratio, Span, agent_rows,
};

/// A whole minute.
const START: u64 = 1_800_000_000_000 / MINUTE_MS * MINUTE_MS;

fn ledger(states: &[(u64, &str)], now: u64) -> Ledger {
    let mut ledger = Ledger::new();
    for (at, state) in states {
        let fact = Fact::AgentState {
            agent: AgentId::from("anna"),
            state: (*state).to_owned().into(),
            why: "".into(),
        };
        ledger.take(START + at, &fact);
    }
    ledger.close(START + now);
    ledger
}

fn planned(from_min: u64, to_min: u64, word: &str, paid: bool) -> PlannedShift {
    PlannedShift {
        agent: "anna".into(),
        from: START + from_min * MINUTE_MS,
        to: START + to_min * MINUTE_MS,
        activity: PlannedActivity::of(word),
        paid,
    }
}

/// The one row of a period from the start.
fn row(states: &[(u64, &str)], now: u64, plan: &[PlannedShift]) -> AgentRow {
    let ledger = ledger(states, now);
    let rows = agent_rows(&ledger, &[START, START + 24 * 60 * MINUTE_MS], plan, 1);
    let [row] = rows.as_slice() else {
        panic!("{} rows", rows.len());
    };
    row.clone()
}

/// Metrics.md §3.2: the matrix of schedule and state. Both directions count.
#[test]
fn the_matrix_of_plan_and_state() {
    const INTENTS: [&str; 3] = ["ready", "not_ready", "offline"];
    let rows: [(Activity, [&str; 2]); 8] = [
        // At work, away: by intent ready, not ready, offline.
        (Activity::Idle, ["+--", "-++"]),
        (Activity::Ringing, ["+++", "---"]),
        (Activity::Talking, ["+++", "---"]),
        (Activity::Consulting, ["+++", "---"]),
        (Activity::Held, ["+++", "---"]),
        (Activity::WrapUp, ["+++", "---"]),
        (Activity::Banned, ["---", "-++"]),
        (Activity::Unreachable, ["---", "-++"]),
    ];
    for (activity, expected) in rows {
        for (word, expected) in ["work", "lunch"].into_iter().zip(expected) {
            let planned = PlannedActivity::of(word);
            let met = INTENTS.map(|intent| {
                let span = Span {
                    agent: "anna".into(),
                    intent: intent.to_owned(),
                    activity,
                    from: 0,
                    to: 1,
                };
                if planned.is_met_by(&span) { '+' } else { '-' }
            });
            let met: String = met.into_iter().collect();
            assert_eq!(met, expected, "{word} and {activity:?}");
        }
    }
    for word in ["work", "meeting", "lunch", "garden"] {
        assert_eq!(PlannedActivity::of(word).word(), word);
    }
}

#[test]
fn too_late_too_early_and_a_break_worked_through_are_all_not_adherent() {
    let states = [
        (0, "offline/idle"),
        // Two minutes late.
        (2 * MINUTE_MS, "ready/idle"),
        // A talk runs one minute into the break of 10 to 15.
        (9 * MINUTE_MS, "ready/talking"),
        (11 * MINUTE_MS, "not_ready/idle"),
        // Back a minute too early.
        (14 * MINUTE_MS, "ready/idle"),
        (20 * MINUTE_MS, "offline/idle"),
    ];
    let plan = [
        planned(0, 10, "work", true),
        planned(10, 15, "break", true),
        planned(15, 20, "work", true),
    ];
    let row = row(&states, 60 * MINUTE_MS, &plan);
    assert_eq!(row.adherence, Ratio::of(20 - 2 - 1 - 1, 20));
    // 7 idle, 2 talking, 6 idle; the plan has 20 minutes paid.
    assert_eq!(row.utilization, Ratio::of(15 * MINUTE_MS, 20 * MINUTE_MS));
}

#[test]
fn half_a_minute_is_enough_and_a_millisecond_less_is_not() {
    let plan = [planned(0, 1, "work", true)];
    for (ready_at, adherent) in [(30_000, 1), (30_001, 0)] {
        let states = [(0, "not_ready/idle"), (ready_at, "ready/idle")];
        let row = row(&states, MINUTE_MS, &plan);
        assert_eq!(row.adherence, Ratio::of(adherent, 1), "ready at {ready_at}");
    }
    // Two stretches of one minute add up.
    let states = [
        (0, "ready/idle"),
        (15_000, "not_ready/idle"),
        (45_000, "ready/talking"),
    ];
    let row = row(&states, MINUTE_MS, &plan);
    assert_eq!(row.adherence, Ratio::of(1, 1));
}

#[test]
fn what_is_not_past_does_not_count_and_unpaid_time_is_not_paid() {
    let plan = [
        planned(0, 10, "work", true),
        planned(10, 20, "lunch", false),
        planned(20, 480, "work", true),
    ];
    let states = [(0, "ready/idle"), (10 * MINUTE_MS, "not_ready/idle")];
    // Half of the 16th minute is past: it is not counted yet.
    let row = row(&states, 15 * MINUTE_MS + 30_000, &plan);
    assert_eq!(row.adherence, Ratio::of(15, 15));
    assert_eq!(row.utilization, Ratio::of(10 * MINUTE_MS, 10 * MINUTE_MS));
}

#[test]
fn nothing_planned_is_null_and_who_never_came_has_a_row() {
    let here = row(&[(0, "ready/idle")], MINUTE_MS, &[]);
    assert_eq!((here.adherence.value, here.utilization.value), (None, None));
    let away = row(&[], 90 * MINUTE_MS, &[planned(0, 60, "work", true)]);
    assert_eq!(away.observed_ms, 0);
    assert_eq!(away.adherence, Ratio::of(0, 60));
    assert_eq!(away.utilization, Ratio::of(0, 60 * MINUTE_MS));
}

#[test]
fn an_edited_plan_is_counted_anew_and_more_work_than_planned_is_over_one() {
    let states = [(0, "ready/idle"), (40 * MINUTE_MS, "offline/idle")];
    let now = 120 * MINUTE_MS;
    let before = row(&states, now, &[planned(0, 60, "work", true)]);
    assert_eq!(before.adherence, Ratio::of(40, 60));
    let after = row(&states, now, &[planned(0, 30, "work", true)]);
    assert_eq!(after.adherence, Ratio::of(30, 30));
    assert_eq!(after.utilization, Ratio::of(40 * MINUTE_MS, 30 * MINUTE_MS));
}

/// Sums over intervals are the whole, also with ends between two minutes.
#[test]
fn intervals_add_up_to_the_whole() {
    let states = [
        (0, "ready/idle"),
        (7 * MINUTE_MS + 20_000, "ready/talking"),
        (33 * MINUTE_MS + 31_000, "not_ready/idle"),
        (40 * MINUTE_MS, "ready/unreachable"),
        (44 * MINUTE_MS + 29_000, "ready/wrap_up"),
    ];
    let plan = [
        planned(3, 21, "work", true),
        planned(21, 25, "break", true),
        planned(25, 47, "work", true),
        planned(47, 52, "garden", false),
    ];
    let ledger = ledger(&states, 50 * MINUTE_MS + 10_000);
    let whole = agent_rows(&ledger, &[START, START + 60 * MINUTE_MS], &plan, 1);
    let cuts: Vec<u64> = (0..=30)
        .map(|n| START + n * 2 * MINUTE_MS + (n % 2) * 12_345)
        .collect();
    let parts = agent_rows(&ledger, &cuts, &plan, 1);
    let sum = |of: fn(&AgentRow) -> Ratio| {
        let of = parts.iter().map(of);
        of.fold((0, 0), |sum, one| {
            (sum.0 + one.numerator, sum.1 + one.denominator)
        })
    };
    let adherence = whole[0].adherence;
    assert_eq!(adherence.denominator, 47, "3 to 50");
    let expected = (adherence.numerator, adherence.denominator);
    assert_eq!(sum(|row| row.adherence), expected);
    let utilization = whole[0].utilization;
    assert_eq!(utilization.denominator, 44 * MINUTE_MS);
    let expected = (utilization.numerator, utilization.denominator);
    assert_eq!(sum(|row| row.utilization), expected);
    // A period that begins in the midst of a shift counts what is in it.
    let late = [START + 30 * MINUTE_MS + 1, START + 60 * MINUTE_MS];
    let late = agent_rows(&ledger, &late, &plan, 1);
    assert_eq!(late[0].adherence.denominator, 19);
    assert_eq!(late[0].utilization.denominator, 17 * MINUTE_MS - 1);
}
