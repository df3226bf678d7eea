//! Reports over real calls: what came in is what is counted.

use crate::centre::{Centre, answer};
use crate::databases::on_both;
use crate::description::{check_named, description};
use crate::session::{Reporter, SessionHost};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use store::{AttemptRow, CallListRow, DatabaseKind};

/// One answered and one abandoned call, both over.
async fn two_calls(centre: &Centre) -> SessionHost {
    let host = SessionHost::start().await;
    let anna = centre.ready("anna").await;
    let call = host.call(centre, "s1").await;
    let connect = host.await_command("s1", "connect", 1).await;
    let offer = connect["offer_id"].clone();
    let mut reporter = Reporter::new(centre, &call);
    for event in [
        json!({"type": "offer_ringing", "offer_id": offer}),
        json!({"type": "offer_answered", "offer_id": offer}),
        json!({"type": "talk_started", "offer_id": offer}),
    ] {
        reporter.report(event).await;
    }
    centre.await_activity(&anna, "talking").await;
    let left = host.call(centre, "s2").await;
    let mut caller = Reporter::new(centre, &left);
    caller
        .report(json!({"type": "caller_left", "waited_ms": 10}))
        .await;
    reporter
        .report(
            json!({"type": "talk_ended", "offer_id": offer, "ended_by": "caller", "talk_ms": 1}),
        )
        .await;
    centre.await_activity(&anna, "idle").await;
    host
}

/// Asks until the record, which is written behind the answers, has all.
async fn report(centre: &Centre, path: &str, has_all: fn(&Value) -> bool) -> Value {
    let olga = centre.login("olga").await;
    for _ in 0..200 {
        let report = centre.get(&olga, path).await;
        if has_all(&report) {
            return report;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("never complete: {}", centre.get(&olga, path).await)
}

async fn a_days_calls_and_agents_are_counted(database: DatabaseKind) {
    let centre = Centre::start_on(database).await;
    two_calls(&centre).await;
    let queues = report(&centre, "/api/v1/reports/queues", |report| {
        report["rows"][0]["abandoned"] == 1 && report["rows"][0]["talk_ms"]["denominator"] == 1
    })
    .await;
    let row = &queues["rows"][0];
    assert_eq!(
        (&row["queue"], &row["offered"]),
        (&json!("support"), &json!(2))
    );
    assert_eq!(
        (&row["answered"], &row["short_abandoned"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(
        row["service_level"]["answered"],
        json!({"numerator": 1, "denominator": 1, "value": 1.0})
    );
    assert_eq!(row["talk_ms"]["numerator"], 1);
    let agents = report(&centre, "/api/v1/reports/agents", |report| {
        report["rows"][0]["handling_ms"]["denominator"] == 1
    })
    .await;
    let rows = agents["rows"].as_array().unwrap();
    let anna = rows.iter().find(|row| row["agent"] == "anna").unwrap();
    assert_eq!((&anna["offers"], &anna["answered"]), (&json!(1), &json!(1)));
    let states = [
        "offline_ms",
        "not_ready_ms",
        "idle_ms",
        "ringing_ms",
        "talking_ms",
        "held_ms",
        "wrap_up_ms",
        "banned_ms",
        "unreachable_ms",
    ];
    let sum: u64 = states.iter().map(|name| anna[name].as_u64().unwrap()).sum();
    assert_eq!(anna["observed_ms"], sum);
    assert!(sum > 0);
    let description = description(&centre).await;
    check_named(&description, "QueueReport", &queues);
    check_named(&description, "AgentReport", &agents);
}

/// The columns of a report as a table, and its lines.
async fn table(centre: &Centre, path: &str) -> (Vec<String>, Vec<String>) {
    let olga = centre.login("olga").await;
    let request = centre.request(Method::GET, path).bearer_auth(&olga);
    let text = request.send().await.unwrap().text().await.unwrap();
    let mut lines = text.lines().map(str::to_owned);
    let header = lines.next().unwrap_or_default();
    let columns = header.split(',').map(str::to_owned).collect();
    (columns, lines.collect())
}

#[tokio::test]
async fn a_reserve_number_has_a_row_of_its_own() {
    let centre = Centre::start_with_reserve("night", 0).await;
    let host = SessionHost::start().await;
    let call = host.call(&centre, "s1").await;
    let connect = host.await_command("s1", "connect", 1).await;
    let offer = connect["offer_id"].clone();
    let mut reporter = Reporter::new(&centre, &call);
    for event in [
        json!({"type": "offer_ringing", "offer_id": offer}),
        json!({"type": "offer_answered", "offer_id": offer}),
        json!({"type": "talk_started", "offer_id": offer}),
        json!({"type": "talk_ended", "offer_id": offer, "ended_by": "caller", "talk_ms": 1}),
    ] {
        reporter.report(event).await;
    }
    let path = "/api/v1/reports/reserves";
    let reserves = report(&centre, path, |report| {
        report["rows"][0]["talk_ms"]["denominator"] == 1
    })
    .await;
    check_named(&description(&centre).await, "ReserveReport", &reserves);
    let row = &reserves["rows"][0];
    assert_eq!(
        (&row["reserve"], &row["offers"], &row["answered"]),
        (&json!("night"), &json!(1), &json!(1))
    );
    assert_eq!(
        row["reached"],
        json!({"numerator": 1, "denominator": 1, "value": 1.0})
    );
    assert_eq!(row["talk_ms"]["numerator"], 1);
    let (columns, lines) = table(&centre, &format!("{path}?format=csv&interval=1h")).await;
    assert_eq!(columns[..4], ["from", "to", "reserve", "offers"]);
    assert!(columns.contains(&"talk_ms.denominator".to_owned()));
    assert!(lines[0].contains(",night,1,1,0,"), "{}", lines[0]);
    let (columns, lines) = table(&centre, "/api/v1/reports/queues?format=csv").await;
    let at = columns
        .iter()
        .position(|name| name == "answered_on_reserve");
    assert_eq!(lines[0].split(',').nth(at.unwrap()), Some("1"));
    let reserves = centre
        .get(&centre.login("olga").await, "/api/v1/reserves")
        .await;
    assert_eq!(reserves["reserves"][0]["used_today"], 1, "{reserves}");
}

/// A report of the hour from ten must know the talks with callers who came before ten.
async fn a_talk_counts_where_it_ends_though_its_caller_came_before(database: DatabaseKind) {
    let centre = Centre::start_on(database).await;
    let host = SessionHost::start().await;
    let anna = centre.ready("anna").await;
    let call = host.call(&centre, "s1").await;
    let connect = host.await_command("s1", "connect", 1).await;
    let offer = connect["offer_id"].clone();
    let mut reporter = Reporter::new(&centre, &call);
    for event in ["offer_ringing", "offer_answered", "talk_started"] {
        reporter
            .report(json!({"type": event, "offer_id": offer}))
            .await;
    }
    centre.await_activity(&anna, "talking").await;
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    let from = jiff::Timestamp::now();
    reporter
        .report(
            json!({"type": "talk_ended", "offer_id": offer, "ended_by": "caller", "talk_ms": 3}),
        )
        .await;
    let path = format!("/api/v1/reports/agents?from={from:.3}");
    let agents = report(&centre, &path, |report| {
        let rows = report["rows"].as_array().into_iter().flatten();
        let talks = rows.map(|row| row["handling_ms"]["denominator"].as_u64());
        talks.flatten().sum::<u64>() == 1
    })
    .await;
    let rows = agents["rows"].as_array().unwrap();
    let row = rows.iter().find(|row| row["agent"] == "anna").unwrap();
    assert_eq!((&row["offers"], &row["answered"]), (&json!(0), &json!(0)));
    let queues = format!("/api/v1/reports/queues?by=all&from={from:.3}");
    let queues = centre.get(&centre.login("olga").await, &queues).await;
    assert_eq!(queues["rows"][0]["offered"], 0, "it came before: {queues}");
}

async fn a_report_is_a_table_for_spreadsheets_too(database: DatabaseKind) {
    let centre = Centre::start_on(database).await;
    two_calls(&centre).await;
    let path = "/api/v1/reports/queues?by=queue,number&interval=1h";
    report(&centre, path, |report| report["rows"][0]["offered"] == 2).await;
    let olga = centre.login("olga").await;
    let request = centre.request(Method::GET, &format!("{path}&format=csv"));
    let response = request.bearer_auth(&olga).send().await.unwrap();
    assert_eq!(
        response.headers()["content-type"],
        "text/csv; charset=utf-8"
    );
    let text = response.text().await.unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert!(
        lines[0].starts_with("from,to,queue,number,offered,answered,"),
        "{}",
        lines[0]
    );
    assert!(lines[1].contains(",support,100,2,1,"), "{}", lines[1]);
    assert!(lines[0].contains(",service_level.default.denominator,"));
}

#[tokio::test]
async fn a_call_that_is_not_let_in_counts_at_the_number_that_it_dialled() {
    let centre = Centre::with_queue(acd::QueueConfig {
        waiting_max: 1,
        ..acd::QueueConfig::named("support")
    })
    .await;
    let host = SessionHost::start().await;
    host.call(&centre, "s1").await;
    let mut refused = host.body("s2");
    refused["dialed_number"] = json!("700");
    let (status, answer) = centre
        .scenario(Method::POST, "/api/v1/calls", refused)
        .await;
    assert!(status.is_client_error(), "{status} {answer}");
    let path = "/api/v1/reports/queues?by=number";
    let report = report(&centre, path, |report| {
        let rows = report["rows"].as_array();
        rows.is_some_and(|rows| rows.len() == 2)
    })
    .await;
    let counted = |row: usize| {
        let row = &report["rows"][row];
        let count = |name: &str| row[name].as_u64().unwrap();
        let number = row["number"].as_str().unwrap().to_owned();
        (number, count("offered"), count("blocked"))
    };
    assert_eq!(counted(0), ("100".to_owned(), 1, 0));
    assert_eq!(counted(1), ("700".to_owned(), 0, 1));
}

#[tokio::test]
async fn a_wrong_question_is_told_by_name() {
    let centre = Centre::start().await;
    let olga = centre.login("olga").await;
    for (query, field) in [
        ("?interval=7m", "interval"),
        ("?from=now", "from"),
        ("?zone=Nowhere", "zone"),
        ("?colour=red", "colour"),
    ] {
        let request = centre.request(Method::GET, &format!("/api/v1/reports/agents{query}"));
        let (status, body) = answer(request.bearer_auth(&olga)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
        assert_eq!(body["error"]["field"], field, "{body}");
    }
}

/// What a backend keeps of an attempt that is over.
fn attempt(task_id: u64, began_at_ms: u64, more: &Value) -> CallListRow {
    let mut body = json!({
        "list": 7, "list_name": "orders", "task": task_id, "attempt": 1,
        "began_at_ms": began_at_ms, "ended_at_ms": began_at_ms + 60_000, "outcome": "processed",
    });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    CallListRow::Attempt(AttemptRow {
        task_id,
        attempt: 1,
        began_at_ms,
        body_json: body.to_string(),
    })
}

async fn call_lists_are_counted_and_a_restart_forgets_nothing(database: DatabaseKind) {
    let mut centre = Centre::start_on(database).await;
    let now_ms = u64::try_from(jiff::Timestamp::now().as_millisecond()).unwrap();
    let hour_ago = now_ms - 3_600_000;
    let call = |agent_after_ms: u64| {
        json!({"right_party": true, "contact": {
            "to_number": "79160000001", "from_number": "74950000000",
            "dialled_at_ms": hour_ago, "answered_at_ms": hour_ago + 5_000,
            "answered_by": "human", "greeting_started_at_ms": hour_ago + 5_200,
            "greeting_ended_at_ms": hour_ago + 6_000, "agent_sought_at_ms": hour_ago + 6_800,
            "agent_at_ms": hour_ago + 6_000 + agent_after_ms,
        }})
    };
    let machine = json!({"contact": {"answered_at_ms": hour_ago, "answered_by": "machine"}});
    let rows = vec![
        attempt(1, hour_ago, &call(2_000)),
        attempt(2, hour_ago, &call(2_001)),
        attempt(3, hour_ago, &machine),
        attempt(4, hour_ago, &json!({"outcome": "lost"})),
        // Only the window reaches it.
        attempt(5, hour_ago - 20 * 86_400_000, &call(0)),
    ];
    let store = store::Store::open(&centre.database()).await.unwrap();
    store.write_call_lists(rows).await.unwrap();
    store.close().await;
    let from = jiff::Timestamp::from_millisecond(i64::try_from(hour_ago).unwrap()).unwrap();
    let path = format!("/api/v1/reports/outbound?from={from:.3}");
    let before = report(&centre, &path, |report| report["rows"][0]["attempts"] == 4).await;
    check_named(&description(&centre).await, "OutboundReport", &before);
    let row = &before["rows"][0];
    assert_eq!(
        (&row["list"], &row["list_name"]),
        (&json!(7), &json!("orders"))
    );
    let ratio = |numerator: u64, denominator: u64, value: f64| json!({"numerator": numerator, "denominator": denominator, "value": value});
    assert_eq!(row["answer_rate"], ratio(3, 4, 0.75));
    assert_eq!(row["contact_rate"], ratio(2, 4, 0.5));
    assert_eq!(row["right_party"], ratio(2, 2, 1.0));
    assert_eq!(row["drop_rate"], ratio(1, 2, 0.5), "one tick too late");
    assert_eq!(row["drop_rate_window"]["denominator"], 3);
    assert_eq!((&row["machines"], &row["lost"]), (&json!(1), &json!(1)));
    let (columns, lines) = table(&centre, &format!("{path}&format=csv&by=all")).await;
    assert_eq!(columns[..3], ["from", "to", "list"]);
    assert!(columns.contains(&"drop_rate.denominator".to_owned()));
    assert_eq!(lines.len(), 1);
    centre.shut_down().await;
    centre.launch().await;
    let after = report(&centre, &path, |report| report["rows"][0]["attempts"] == 4).await;
    assert_eq!(after["rows"][0]["drop_rate"], row["drop_rate"]);
    let olga = centre.login("olga").await;
    let wrong = "/api/v1/reports/outbound?drop_from=ringing";
    let (status, body) = answer(centre.request(Method::GET, wrong).bearer_auth(&olga)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{body}");
    assert_eq!(body["error"]["field"], "drop_from", "{body}");
}

on_both! {
    call_lists_are_counted_and_a_restart_forgets_nothing,
    a_days_calls_and_agents_are_counted,
    a_report_is_a_table_for_spreadsheets_too,
    a_talk_counts_where_it_ends_though_its_caller_came_before,
}
