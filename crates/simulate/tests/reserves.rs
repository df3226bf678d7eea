//! Reserve numbers in simulated days.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use acd::{Contact, QueueConfig, ReserveConfig};
use simulate::{Day, Language, Outcome, Rules, html};

/// Two agents for the work of six.
const DAY: &str = r#"
seed = 3
[[arrivals]]
queue = "support"
from = "09:00"
calls = [40.0, 40.0, 40.0, 40.0]
talk_s = { mean = 180.0, shape = "fixed" }
patience_s = { mean = 600.0, shape = "fixed" }
[[shifts]]
name = "day"
agents = 2
from = "09:00"
to = "12:00"
"#;

fn day(reserves: &str) -> Day {
    toml::from_str(&format!("{DAY}{reserves}")).unwrap()
}

fn night() -> ReserveConfig {
    let contact = Contact::Phone {
        number: "70000000001".into(),
    };
    ReserveConfig {
        threshold_ms: 60_000,
        calls_at_once: 2,
        calls_per_hour: 12,
        ..ReserveConfig::named("night", contact)
    }
}

fn run(day: &Day, reserves: &[ReserveConfig]) -> Outcome {
    let queues = [QueueConfig::named("support")];
    let rules = Rules {
        queues: &queues,
        reserves,
        ..Rules::default()
    };
    simulate::run(day, rules).unwrap()
}

#[test]
fn reserves_take_callers_whom_nobody_serves_within_their_limits() {
    let alone = run(&day(""), &[]);
    let helped = run(&day(""), &[night()]);
    let callers = &helped.totals.callers;
    assert_eq!(alone.totals.callers.answered_on_reserve, 0);
    assert!(callers.answered_on_reserve > 15, "{callers:?}");
    assert!(callers.abandoned < alone.totals.callers.abandoned);
    assert!(helped.totals.conserves);
    let [row] = helped.reserves.as_slice() else {
        panic!("{:?}", helped.reserves);
    };
    assert_eq!(row.answered, callers.answered_on_reserve);
    assert_eq!(row.talk_ms.numerator, row.answered * 180_000);
    for interval in helped.intervals.windows(2) {
        let calls = |at: usize| interval[at].callers.answered_on_reserve;
        // Booked where the caller came: at most a threshold before the number rang.
        assert!(calls(0) + calls(1) <= 12 + 2, "{} {}", calls(0), calls(1));
    }
    let queue = &helped.queues[0].measures;
    assert_eq!(queue.answered_on_reserve, callers.answered_on_reserve);
}

#[test]
fn how_people_at_reserves_behave_is_said_in_the_day() {
    let manners = "[reserves]\nmiss = 0.5\nbusy = 0.2\n";
    let outcome = run(&day(manners), &[night()]);
    let row = &outcome.reserves[0];
    assert!(
        row.no_answer > 0 && row.busy > 0 && row.answered > 0,
        "{row:?}"
    );
    assert_eq!(row.failed.numerator, row.no_answer);
    let ended = row.answered + row.no_answer + row.busy + row.cancelled;
    assert_eq!(row.offers, ended, "{row:?}");
}

#[test]
fn the_page_shows_them_where_there_are_any() {
    let helped = run(&day(""), &[night()]);
    for (language, words) in [
        (
            Language::English,
            ["By reserve number", "On reserve numbers"],
        ),
        (
            Language::Russian,
            ["По резервным номерам", "На резервных номерах"],
        ),
    ] {
        let page = html(&[("", &helped)], 30, 20, language);
        for word in words {
            assert!(page.contains(word), "{word}");
        }
        assert!(page.contains("<td>night</td>"));
    }
    let alone = run(&day(""), &[]);
    let page = html(&[("", &alone)], 30, 20, Language::English);
    assert!(!page.contains("By reserve number"));
}
