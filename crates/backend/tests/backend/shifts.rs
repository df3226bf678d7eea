//! The plan of shifts over HTTP: set, imported, exported, and counted.

use crate::centre::{Centre, answer};
use crate::databases::on_both;
use crate::description::{check_named, description};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use store::DatabaseKind;

async fn file(centre: &Centre, token: &str, query: &str, text: &str) -> (StatusCode, Value) {
    let request = centre.request(Method::POST, &format!("/api/v1/shifts.csv{query}"));
    answer(request.bearer_auth(token).body(text.to_owned())).await
}

async fn text(centre: &Centre, token: &str, path: &str) -> String {
    let request = centre.request(Method::GET, path).bearer_auth(token);
    request.send().await.unwrap().text().await.unwrap()
}

const DAY: &str = "from=2026-11-30T00:00:00Z&to=2026-12-01T00:00:00Z";

fn shift(agent: &str, from: &str, to: &str) -> Value {
    json!({
        "agent": agent, "from": format!("2026-11-30T{from}:00Z"),
        "to": format!("2026-11-30T{to}:00Z"), "activity": "work",
    })
}

/// Agent and hours of every shift of the day.
async fn planned(centre: &Centre, token: &str) -> Vec<String> {
    let plan = centre.get(token, &format!("/api/v1/shifts?{DAY}")).await;
    let hours = |shift: &Value| {
        let hour = |name: &str| shift[name].as_str().unwrap()[11..16].to_owned();
        let agent = shift["agent"].as_str().unwrap();
        format!("{agent} {}-{}", hour("from"), hour("to"))
    };
    plan["shifts"]
        .as_array()
        .unwrap()
        .iter()
        .map(hours)
        .collect()
}

async fn a_plan_is_set_replaced_and_survives_a_restart(database: DatabaseKind) {
    let mut centre = Centre::start_on(database).await;
    let olga = centre.login("olga").await;
    let shifts = json!({"shifts": [
        shift("anna", "09:00", "12:00"), shift("anna", "13:00", "18:00"), shift("boris", "10:00", "15:00"),
    ]});
    let (status, taken) = centre
        .with_token(&olga, Method::POST, "/api/v1/shifts", shifts)
        .await;
    assert_eq!(
        (status, &taken),
        (StatusCode::OK, &json!({"imported": 3, "removed": 0}))
    );
    check_named(&description(&centre).await, "PlannedShifts", &taken);
    centre.kill();
    centre.launch().await;
    let day = ["anna 09:00-12:00", "boris 10:00-15:00", "anna 13:00-18:00"];
    assert_eq!(planned(&centre, &olga).await, day);
    // Anna's time from 11 to 14 is written anew; boris keeps his.
    let shifts = json!({"shifts": [shift("anna", "11:00", "14:00")]});
    let (_, taken) = centre
        .with_token(&olga, Method::POST, "/api/v1/shifts", shifts)
        .await;
    assert_eq!(taken, json!({"imported": 1, "removed": 2}));
    assert_eq!(
        planned(&centre, &olga).await,
        ["boris 10:00-15:00", "anna 11:00-14:00"]
    );
    // Page by page.
    let path = format!("/api/v1/shifts?{DAY}&limit=1");
    let page = centre.get(&olga, &path).await;
    check_named(&description(&centre).await, "Shifts", &page);
    assert_eq!(page["shifts"][0]["agent"], "boris");
    let mut after = reqwest::Url::parse("http://x").unwrap();
    after
        .query_pairs_mut()
        .append_pair("after", page["next"].as_str().unwrap());
    let page = centre
        .get(&olga, &format!("{path}&{}", after.query().unwrap()))
        .await;
    assert_eq!(
        (&page["shifts"][0]["agent"], &page["next"]),
        (&json!("anna"), &Value::Null)
    );
    let gone = "/api/v1/shifts?agent=anna&from=2026-11-30T13:59:00Z&to=2026-11-30T14:30:00Z";
    let (status, removed) = centre
        .with_token(&olga, Method::DELETE, gone, json!(null))
        .await;
    assert_eq!((status, &removed), (StatusCode::OK, &json!({"removed": 1})));
    assert_eq!(planned(&centre, &olga).await, ["boris 10:00-15:00"]);
}

async fn a_file_with_one_wrong_line_changes_nothing(database: DatabaseKind) {
    let centre = Centre::start_on(database).await;
    let olga = centre.login("olga").await;
    let good = "agent,from,to,activity,paid\nanna,2026-11-30 09:00,2026-11-30 13:00,work,\n\
                anna,2026-11-30 13:00,2026-11-30 14:00,lunch,no\n";
    let bad = format!(
        "{good}nobody,2026-11-30 09:00,2026-11-30 13:00,work,\nanna,2026-11-30 13:30,2026-11-30 15:00,,\n"
    );
    let (status, seen) = file(&centre, &olga, "?zone=Europe/Moscow&dry_run=true", &bad).await;
    assert_eq!(status, StatusCode::OK, "{seen}");
    check_named(&description(&centre).await, "ImportedShifts", &seen);
    assert_eq!((&seen["refused"], &seen["removed"]), (&json!(2), &json!(0)));
    let named = |at: usize| {
        (
            &seen["refusals"][at]["line"],
            &seen["refusals"][at]["field"],
        )
    };
    assert_eq!(named(0), (&json!(4), &json!("agent")));
    assert_eq!(named(1), (&json!(5), &json!("from")));
    assert_eq!(seen["refusals"][1]["problem"], "overlaps");
    let (status, refused) = file(&centre, &olga, "?zone=Europe/Moscow", &bad).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused["error"]["field"], "agent");
    let message = refused["error"]["message"].as_str().unwrap();
    assert!(message.starts_with("line 4: agent: expected"), "{message}");
    assert!(
        message.ends_with("(2 lines are wrong); nothing was taken"),
        "{message}"
    );
    assert!(
        planned(&centre, &olga).await.is_empty(),
        "nothing half imported"
    );
    let (status, taken) = file(&centre, &olga, "?zone=Europe/Moscow", good).await;
    assert_eq!((status, &taken["imported"]), (StatusCode::OK, &json!(2)));
    assert_eq!(
        planned(&centre, &olga).await,
        ["anna 06:00-10:00", "anna 10:00-11:00"]
    );
    let csv = text(
        &centre,
        &olga,
        &format!("/api/v1/shifts.csv?{DAY}&zone=Europe/Moscow"),
    )
    .await;
    let expected = "agent,from,to,activity,paid\n\
                    anna,2026-11-30 09:00+03:00,2026-11-30 13:00+03:00,work,yes\n\
                    anna,2026-11-30 13:00+03:00,2026-11-30 14:00+03:00,lunch,no\n";
    assert_eq!(csv, expected);
    let (_, again) = file(&centre, &olga, "?dry_run=true", &csv).await;
    assert_eq!(
        (&again["imported"], &again["removed"]),
        (&json!(2), &json!(2))
    );
    let (_, again) = file(&centre, &olga, "", &csv).await;
    assert_eq!(
        (&again["imported"], &again["removed"]),
        (&json!(2), &json!(2))
    );
    assert_eq!(
        planned(&centre, &olga).await.len(),
        2,
        "the same file twice is the same plan"
    );
}

#[tokio::test]
async fn wrong_questions_are_named_and_agents_may_not_ask() {
    let centre = Centre::start().await;
    let (olga, anna) = (centre.login("olga").await, centre.login("anna").await);
    for (method, path, field) in [
        (Method::GET, "/api/v1/shifts?from=now", "from"),
        (
            Method::GET,
            "/api/v1/shifts?from=2026-11-30T00:00:00Z&to=2026-11-30T00:00:00Z",
            "to",
        ),
        (
            Method::GET,
            "/api/v1/shifts?from=2020-11-30T00:00:00Z&to=2026-11-30T00:00:00Z",
            "to",
        ),
        (Method::GET, "/api/v1/shifts?limit=0", "limit"),
        (Method::GET, "/api/v1/shifts?after=anna", "after"),
        (Method::GET, "/api/v1/shifts.csv?zone=Moon", "zone"),
        (Method::POST, "/api/v1/shifts.csv?dry_run=maybe", "dry_run"),
        (Method::POST, "/api/v1/shifts", "shifts"),
        (
            Method::DELETE,
            "/api/v1/shifts?from=2026-11-30T00:00:00Z&to=2026-12-01T00:00:00Z",
            "agent",
        ),
        (
            Method::DELETE,
            "/api/v1/shifts?agent=anna&to=2026-12-01T00:00:00Z",
            "from",
        ),
    ] {
        let (status, refused) = centre
            .with_token(&olga, method.clone(), path, json!({}))
            .await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{path} {refused}");
        assert_eq!(refused["error"]["field"], field, "{path}");
        let (status, _) = centre.with_token(&anna, method, path, json!({})).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{path}");
    }
}

/// Times that are past, so that the report has them; the record knows an agent
/// only from now on.
async fn a_plan_is_counted_and_counted_anew_when_it_is_edited(database: DatabaseKind) {
    let centre = Centre::start_on(database).await;
    let olga = centre.login("olga").await;
    centre.ready("anna").await;
    let hours = "from=2020-11-20T00:00:00Z&to=2020-11-20T02:00:00Z&interval=1h";
    let path = format!("/api/v1/reports/agents?{hours}");
    let nothing = centre.get(&olga, &path).await;
    assert_eq!(nothing["rows"], json!([]));
    let plan = |to: &str| {
        let from = "2020-11-20T00:30:00Z";
        json!({"shifts": [{"agent": "anna", "from": from, "to": to, "activity": "work"}]})
    };
    let mut whole = plan("2020-11-20T02:00:00Z");
    centre
        .with_token(&olga, Method::POST, "/api/v1/shifts", whole.clone())
        .await;
    let report = centre.get(&olga, &path).await;
    check_named(&description(&centre).await, "AgentReport", &report);
    let of = |report: &Value, row: usize, name: &str| report["rows"][row][name].clone();
    let ratio =
        |denominator: u64| json!({"numerator": 0, "denominator": denominator, "value": 0.0});
    assert_eq!(of(&report, 0, "adherence"), ratio(30));
    assert_eq!(of(&report, 1, "adherence"), ratio(60));
    assert_eq!(of(&report, 0, "utilization"), ratio(30 * 60_000));
    // Edited backwards: shorter, and not paid.
    whole["shifts"][0]["to"] = json!("2020-11-20T00:40:00Z");
    whole["shifts"][0]["paid"] = json!(false);
    let day = "/api/v1/shifts?agent=anna&from=2020-11-20T00:00:00Z&to=2020-11-21T00:00:00Z";
    centre
        .with_token(&olga, Method::DELETE, day, json!(null))
        .await;
    centre
        .with_token(&olga, Method::POST, "/api/v1/shifts", whole)
        .await;
    let report = centre.get(&olga, &path).await;
    assert_eq!(report["rows"].as_array().unwrap().len(), 1);
    assert_eq!(of(&report, 0, "adherence"), ratio(10));
    let unpaid = json!({"numerator": 0, "denominator": 0, "value": null});
    assert_eq!(of(&report, 0, "utilization"), unpaid);
    let csv = text(&centre, &olga, &format!("{path}&format=csv")).await;
    let mut lines = csv.lines();
    let columns: Vec<&str> = lines.next().unwrap().split(',').collect();
    let values: Vec<&str> = lines.next().unwrap().split(',').collect();
    let cell = |name: &str| values[columns.iter().position(|own| *own == name).unwrap()];
    assert_eq!(
        (cell("adherence.denominator"), cell("adherence.value")),
        ("10", "0.0")
    );
    assert_eq!(
        (cell("utilization.denominator"), cell("utilization.value")),
        ("0", "")
    );
}

on_both! {
    a_plan_is_set_replaced_and_survives_a_restart,
    a_file_with_one_wrong_line_changes_nothing,
    a_plan_is_counted_and_counted_anew_when_it_is_edited,
}
