//! Own managers over HTTP: set, listed, imported, exported, erased, and acted on.

use crate::centre::{Centre, answer};
use crate::databases::on_both;
use crate::session::{Reporter, SessionHost};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use store::DatabaseKind;

#[tokio::test]
async fn a_bound_caller_reaches_the_manager_and_hears_when_that_cannot_be() {
    let centre = Centre::start().await;
    let host = SessionHost::start().await;
    let olga = centre.login("olga").await;
    centre.ready("anna").await;
    centre.ready("boris").await;
    let path = "/api/v1/bindings/+1%20555-0100";
    let body = json!({"agent": "boris", "note": "since the fair"});
    let (status, bound) = centre.with_token(&olga, Method::PUT, path, body).await;
    assert_eq!(
        (status, &bound["number"]),
        (StatusCode::OK, &json!("+15550100"))
    );
    host.call(&centre, "s1").await;
    let connect = host.await_command("s1", "connect", 1).await;
    assert_eq!(connect["contact"]["user"], "boris", "anna is idle longer");

    let away = json!({"absences": [{"kind": "ill", "from": "2020-01-01", "deputy": "anna"}]});
    let absences = "/api/v1/agents/boris/absences";
    let (status, shown) = centre.with_token(&olga, Method::PUT, absences, away).await;
    assert_eq!(
        (status, &shown["absences"][0]["kind"]),
        (StatusCode::OK, &json!("ill"))
    );
    host.call(&centre, "s2").await;
    let connect = host.await_command("s2", "connect", 1).await;
    assert_eq!(connect["contact"]["user"], "anna");
    let say = host.await_command("s2", "say", 1).await;
    assert!(say["text"].as_str().unwrap().contains("is ill"), "{say}");
    assert_eq!(say["language"], "en");
}

async fn bindings_survive_a_restart_and_go_with_the_person(database: DatabaseKind) {
    let mut centre = Centre::start_on(database).await;
    let olga = centre.login("olga").await;
    let file = "number,agent,note\n+15550100,anna,\n+15550101,boris,\n+15550102,nobody,\n";
    let request = centre
        .request(Method::POST, "/api/v1/bindings.csv")
        .bearer_auth(&olga)
        .body(file);
    let (status, taken) = answer(request).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        (&taken["imported"], &taken["refused"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(taken["refusals"][0]["line"], 4);
    centre.kill();
    centre.launch().await;
    let page = centre.get(&olga, "/api/v1/bindings?limit=1").await;
    assert_eq!(
        (&page["total"], &page["next"]),
        (&json!(2), &json!("+15550100"))
    );
    let rest = centre
        .get(&olga, "/api/v1/bindings?after=%2B15550100")
        .await;
    assert_eq!(rest["bindings"][0]["agent"], "boris");
    assert_eq!(rest["next"], Value::Null);
    let of_anna = centre
        .get(&olga, "/api/v1/bindings?agent=anna&search=0100")
        .await;
    assert_eq!(of_anna["bindings"].as_array().unwrap().len(), 1);
    let csv = centre
        .request(Method::GET, "/api/v1/bindings.csv")
        .bearer_auth(&olga);
    let csv = csv.send().await.unwrap().text().await.unwrap();
    assert!(
        csv.starts_with("number,agent,since,source,consent_at,note\n+15550100,anna,"),
        "{csv}"
    );
    let person = "/api/v1/people/+15550100";
    assert_eq!(
        centre.get(&olga, person).await["binding"]["source"],
        "import"
    );
    let (status, _) = centre
        .with_token(&olga, Method::DELETE, person, json!(null))
        .await;
    assert_eq!(status, StatusCode::NO_CONTENT);
    assert_eq!(centre.get(&olga, person).await["binding"], Value::Null);
}

#[tokio::test]
async fn a_file_is_looked_at_before_it_is_taken_and_notes_are_searched() {
    let centre = Centre::start().await;
    let olga = centre.login("olga").await;
    let post = |path: &str| {
        let file = "number,agent,note\n+1 555 0100,anna,VIP garden\n+15550101,nobody,\n";
        let request = centre.request(Method::POST, path);
        answer(request.bearer_auth(&olga).body(file))
    };
    let (status, seen) = post("/api/v1/bindings.csv?dry_run=true").await;
    assert_eq!(
        (status, &seen["imported"], &seen["refused"]),
        (StatusCode::OK, &json!(1), &json!(1))
    );
    let list = centre.get(&olga, "/api/v1/bindings").await;
    assert_eq!(list["total"], 0, "nothing was taken");
    let (status, refused) = post("/api/v1/bindings.csv?dry_run=maybe").await;
    assert_eq!(
        (status, &refused["error"]["field"]),
        (StatusCode::UNPROCESSABLE_ENTITY, &json!("dry_run"))
    );
    post("/api/v1/bindings.csv").await;
    for search in ["vip%20GARDEN", "555-0100", "%28555%29"] {
        let found = centre
            .get(&olga, &format!("/api/v1/bindings?search={search}"))
            .await;
        assert_eq!(found["bindings"][0]["agent"], "anna", "{search}");
    }
    let answers = centre.get(&olga, "/api/v1/answers?answer=no").await;
    assert_eq!(answers, json!({"answers": []}));
}

async fn a_refusal_is_remembered_and_listed(database: DatabaseKind) {
    let centre = Centre::start_on(database).await;
    let host = SessionHost::start().await;
    let olga = centre.login("olga").await;
    let anna = centre.ready("anna").await;
    let call = host.call(&centre, "s1").await;
    let connect = host.await_command("s1", "connect", 1).await;
    let offer = connect["offer_id"].clone();
    let mut reporter = Reporter::new(&centre, &call);
    for event in [
        json!({"type": "offer_answered", "offer_id": offer}),
        json!({"type": "talk_started", "offer_id": offer}),
    ] {
        reporter.report(event).await;
    }
    centre.await_activity(&anna, "talking").await;
    reporter
        .report(json!({"type": "talk_ended", "offer_id": offer, "ended_by": "agent", "talk_ms": 9}))
        .await;
    reporter
        .report(json!({"type": "manager_choice", "answer": "no"}))
        .await;
    let answers = centre.get(&olga, "/api/v1/answers?answer=no").await;
    assert_eq!(
        answers["answers"][0]["last_asked"]["answer"], "no",
        "{answers}"
    );
    let none = centre.get(&olga, "/api/v1/answers?answer=yes").await;
    assert_eq!(none, json!({"answers": []}));
}

#[tokio::test]
async fn agents_and_strangers_may_not_touch_bindings_and_wrong_fields_are_named() {
    let centre = Centre::start().await;
    let (olga, anna) = (centre.login("olga").await, centre.login("anna").await);
    let path = "/api/v1/bindings/123";
    let body = json!({"agent": "anna"});
    let (status, _) = centre.with_token(&anna, Method::PUT, path, body).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    for (path, body, field) in [
        (path, json!({"agent": "nobody"}), "agent"),
        (path, json!({}), "agent"),
        (
            "/api/v1/bindings/anonymous",
            json!({"agent": "anna"}),
            "number",
        ),
        (
            "/api/v1/agents/anna/absences",
            json!({"absences": [{"kind": "ill"}]}),
            "absences[0].from",
        ),
        (
            "/api/v1/agents/nobody/absences",
            json!({"absences": []}),
            "agent",
        ),
    ] {
        let (status, refused) = centre.with_token(&olga, Method::PUT, path, body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        assert_eq!(refused["error"]["field"], field, "{path}");
    }
}

on_both! {
    bindings_survive_a_restart_and_go_with_the_person,
    a_refusal_is_remembered_and_listed,
}
