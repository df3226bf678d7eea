//! Commands of call lists, sent by hand with an API key: every one that is served, and
//! what is refused. Nobody is called: the lists are stopped or manual.

use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::eventually::seconds;
use serde_json::{Value, json};

/// Seconds since 1970.
fn tomorrow() -> String {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    (now.unwrap().as_secs() + 86_400).to_string()
}

struct ByHand {
    centre: Centre,
    api_key: String,
}

fn encoded(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("%{byte:02X}")).collect()
}

impl ByHand {
    async fn start() -> Self {
        let waits = "VoxEngine.addEventListener(AppEvents.Started, () => {
          Logger.write('DATA ' + VoxEngine.customData() + ' ');
          setTimeout(() => CallList.reportResult('done', VoxEngine.terminate), 300);
        });";
        let centre = Centre::start(CentrePlan::new().scenario("777", "waits.js", waits)).await;
        let api_key = centre.command(&["key", "add", "--api"]);
        Self { centre, api_key }
    }

    async fn ask(&self, command: &str, parameters: &[(&str, &str)]) -> Value {
        let mut form = format!("account_id=1&api_key={}", self.api_key);
        for (name, value) in parameters {
            form += &format!("&{name}={}", encoded(value.as_bytes()));
        }
        let path = format!("/platform_api/{command}/?{form}");
        let answer = self.centre.http().send("POST", &path, None).await.unwrap();
        assert_eq!(answer.status, 200, "{command}");
        match &answer.json {
            Value::Null => json!({"text": answer.text}),
            json => json.clone(),
        }
    }

    async fn done(&self, command: &str, parameters: &[(&str, &str)]) -> Value {
        let said = self.ask(command, parameters).await;
        assert!(said["error"].is_null(), "{command}: {said}");
        said
    }

    /// A list that calls nobody; what `CreateCallList` answers.
    async fn create(&self, csv: &str, more: &[(&str, &str)]) -> Value {
        let mut sent = vec![
            ("rule_name", "rule0"),
            ("priority", "1"),
            ("max_simultaneous", "2"),
            ("num_attempts", "3"),
            ("name", "orders"),
            ("is_cancelled", "true"),
            ("file_content", csv),
        ];
        sent.extend_from_slice(more);
        self.ask("CreateCallList", &sent).await
    }

    async fn tasks(&self, list: &str) -> Vec<Value> {
        let sent = [("list_id", list), ("output", "json")];
        let said = self.done("GetCallListDetails", &sent).await;
        said["result"].as_array().unwrap().clone()
    }
}

const CSV: &str = "phone;__task_uuid\n1;a\n2;b\n3;c\n";

#[tokio::test]
async fn tasks_are_edited() {
    let by_hand = ByHand::start().await;
    let list = by_hand.create(CSV, &[]).await["list_id"].to_string();
    let id = list.as_str();
    let tomorrow = tomorrow();
    let sent = [
        ("list_id", id),
        ("task_uuid", "a"),
        ("next_attempt_time", tomorrow.as_str()),
        ("attempts_left", "5"),
        ("custom_data", "{\"phone\":\"9\"}"),
        ("min_execution_time", "2026-01-01 09:00:00"),
        ("max_execution_time", "2026-01-01 10:00:00"),
        (
            "call_schedule",
            "[{\"day_of_week\":\"Mon\",\"start\":\"08:00\",\"end\":\"11:00\"}]",
        ),
    ];
    by_hand.done("EditCallListTask", &sent).await;
    let tasks = by_hand.tasks(id).await;
    let first = &tasks[0];
    assert_eq!(first["custom_data"], "{\"phone\":\"9\"}");
    assert_eq!(first["start_execution_time"], "09:00:00");
    assert_eq!(first["finish_execution_time"], "10:00:00");
    assert_eq!(
        first["call_schedule"],
        r#"[{"day_of_week":"monday","start":"08:00:00","end":"11:00:00"}]"#
    );
    assert_eq!(first["attempts_left"], 5);

    let priorities =
        json!([{"task_uuid": "b", "task_priority": 1}, {"task_id": 1, "task_priority": 2}]);
    let priorities = priorities.to_string();
    let said = by_hand
        .done(
            "EditCallListTasksPriority",
            &[("list_id", id), ("tasks", &priorities)],
        )
        .await;
    let results: Value = serde_json::from_str(said["results"].as_str().unwrap()).unwrap();
    assert_eq!(results[0]["result"], true, "{results}");
    assert_eq!(
        results[1]["error_msg"],
        "there is no such task in the call list"
    );
}

#[tokio::test]
async fn tasks_are_appended_and_canceled_one_by_one_and_by_batch() {
    let by_hand = ByHand::start().await;
    let far = format!(
        "phone;__task_uuid;__start_at\n1;a;{0}\n2;b;{0}\n3;c;{0}\n",
        tomorrow()
    );
    let created = by_hand.create(&far, &[]).await;
    assert_eq!(created["count"], 3, "{created}");
    let list = created["list_id"].to_string();
    let id = list.as_str();
    let appended = by_hand
        .done(
            "AppendToCallList",
            &[
                ("list_name", "orders"),
                ("file_content", "phone;town\n4;Тверь\n"),
            ],
        )
        .await;
    assert_ne!(appended["batch_id"], created["batch_id"]);

    let third = by_hand.tasks(id).await[2]["task_id"].to_string();
    let sent = [
        ("list_id", id),
        ("tasks_ids", &third),
        ("tasks_uuids", "b;nobody"),
    ];
    let said = by_hand.done("CancelCallListTask", &sent).await;
    assert_eq!(said["result"], false, "one of them is not there: {said}");
    assert_eq!(said["tasks"].as_array().unwrap().len(), 3, "{said}");
    let batch = appended["batch_id"].as_str().unwrap();
    by_hand
        .done(
            "CancelCallListBatch",
            &[("list_id", id), ("batch_ids", batch)],
        )
        .await;
    assert_eq!(
        by_hand.done("RecoverCallList", &[("list_id", id)]).await["count_recovery"],
        1
    );
    let statuses: Vec<Value> = by_hand
        .tasks(id)
        .await
        .iter()
        .map(|t| t["status"].clone())
        .collect();
    assert_eq!(statuses, ["New", "Canceled", "Canceled", "Canceled"]);
}

#[tokio::test]
async fn lists_are_edited_found_and_deleted() {
    let by_hand = ByHand::start().await;
    let more = [("list_custom_data", "march"), ("is_cancelled", "false")];
    let far = format!("phone;__start_at\n1;{}\n", tomorrow());
    let list = by_hand.create(&far, &more).await["list_id"].to_string();
    let id = list.as_str();
    let said = by_hand.ask("DeleteCallList", &[("list_id", id)]).await;
    assert_eq!(said["error"]["code"], 104, "it is in progress: {said}");
    by_hand
        .done("StopCallListProcessing", &[("list_id", id)])
        .await;

    let sent = [
        ("list_id", id),
        ("name", "april"),
        ("max_simultaneous", "7"),
        ("start_at", "4000000000"),
    ];
    let said = by_hand.ask("EditCallList", &sent).await;
    assert_eq!(said["error"]["code"], 101, "too far ahead: {said}");
    by_hand.done("EditCallList", &sent[..3]).await;
    let lists = by_hand
        .done("GetCallLists", &[("name", "apr"), ("rule_name", "rule0")])
        .await;
    assert_eq!(lists["total_count"], 1, "{lists}");
    assert_eq!(lists["result"][0]["max_simultaneous"], 7, "{lists}");
    assert_eq!(lists["result"][0]["list_custom_data"], "march", "{lists}");
    for none in [
        ("is_active", "true"),
        ("status", "Completed"),
        ("rule_name", "rule1"),
        ("application_name", "shop"),
    ] {
        let lists = by_hand.done("GetCallLists", &[none]).await;
        assert_eq!(lists["total_count"], 0, "{none:?}: {lists}");
    }
    by_hand.done("DeleteCallList", &[("list_id", id)]).await;
    let said = by_hand.ask("GetCallListDetails", &[("list_id", id)]).await;
    assert_eq!(said["error"]["code"], 251);
}

/// A file, parameters, and what the refusal names.
type Case = (
    &'static str,
    &'static [(&'static str, &'static str)],
    &'static str,
);

const CASES: [Case; 12] = [
    ("phone\n1\n", &[("num_attempts", "6")], "`num_attempts`"),
    (
        "phone\n1\n",
        &[("max_simultaneous", "")],
        "`max_simultaneous` is missing",
    ),
    ("phone\n1\n", &[("priority", "-1")], "`priority`"),
    ("phone\n1\n", &[("name", "a/b")], "`name`"),
    (
        "phone\n1\n",
        &[("rule_name", "nobody")],
        "`rule_name` is unknown",
    ),
    (
        "phone\n1\n",
        &[("call_list_type", "PREDICTIVE")],
        "`call_list_type`",
    ),
    ("phone\n1\n", &[("queue_id", "5")], "`queue_id`"),
    ("phone\n1\n", &[("start_at", "1000")], "in the past"),
    ("phone\n1\n", &[("delimiter", ";;")], "`delimiter`"),
    (
        "phone\n1\n",
        &[("encoding", "martian")],
        "`file_content` is in an unknown encoding",
    ),
    ("", &[], "`file_content` is missing"),
    ("phone;name\n1\n", &[], "line 2"),
];

#[tokio::test]
async fn what_cannot_be_done_is_refused_by_name() {
    let by_hand = ByHand::start().await;
    for (csv, more, expected) in CASES {
        let said = by_hand.create(csv, more).await;
        assert_eq!(said["error"]["code"], 101, "{said}");
        let words = said["error"]["msg"].as_str().unwrap();
        assert!(words.contains(expected), "{words}");
    }
    let list = by_hand.create("phone\n1\n", &[]).await["list_id"].to_string();
    for (name, value) in [
        ("output", "xls"),
        ("is_async", "true"),
        ("encoding", "martian"),
    ] {
        let said = by_hand
            .ask("GetCallListDetails", &[("list_id", &list), (name, value)])
            .await;
        assert_eq!(said["error"]["code"], 101, "{name}: {said}");
    }
    for command in [
        "AppendToCallList",
        "EditCallList",
        "StopCallListProcessing",
        "RecoverCallList",
        "DeleteCallList",
        "StartNextCallTask",
    ] {
        let said = by_hand
            .ask(command, &[("list_id", "5"), ("file_content", "a\n1\n")])
            .await;
        assert_eq!(said["error"]["code"], 251, "{command}: {said}");
    }
    let http = by_hand.centre.http();
    let said = http
        .get("/platform_api/GetCallLists/?account_id=1&api_key=wrong")
        .await;
    assert_eq!(said.json["error"]["code"], 100);
    let said = http
        .send("POST", "/api/v1/attempts", Some("{\"attempts\": []}"))
        .await
        .unwrap();
    assert_eq!(said.status, 401, "only engines say what came of attempts");
}

#[tokio::test]
async fn a_file_may_be_the_body_in_another_encoding() {
    let by_hand = ByHand::start().await;
    let path = format!(
        "/platform_api/CreateManualCallList/?account_id=1&api_key={}&rule_name=rule0&priority=0\
         &max_simultaneous=1&num_attempts=1&name=raw&encoding=windows-1251",
        by_hand.api_key
    );
    // "имя" and "Ия" in that encoding.
    let mut body = vec![0xe8, 0xec, 0xff, b'\n', 0xc8, 0xff, b'\n'];
    body.extend([0xc8, 0xff, b'2', b'\n']);
    let http = by_hand.centre.http();
    let created = http.upload(&path, "text/csv", body).await;
    assert_eq!(created["count"], 2, "{created}");
    let list = created["list_id"].to_string();
    let details = [("list_id", list.as_str())];
    let file = by_hand.done("GetCallListDetails", &details).await;
    let text = file["text"].as_str().unwrap();
    assert!(text.starts_with("имя;__start_execution_time;"), "{text}");
    assert!(text.contains("\nИя;"), "{text}");

    // A manual list calls one at every word, and one at a time.
    by_hand.done("StartNextCallTask", &details).await;
    let said = by_hand.ask("StartNextCallTask", &details).await;
    assert_eq!(said["error"]["code"], 104, "{said}");
    by_hand.centre.session_log_word("DATA ").await;
    let log = by_hand.centre.session_logs();
    assert!(
        log.contains(&format!(
            "DATA {{\"имя\":\"Ия\",\"list_id\":{list},\"task_id\":"
        )),
        "{log}"
    );
    by_hand.centre.is_empty_again().await;
    let statuses = || async {
        let tasks = by_hand.tasks(&list).await;
        tasks
            .iter()
            .map(|task| task["status"].clone())
            .collect::<Vec<Value>>()
    };
    cordboard_tests::eventually::eventually("one of two", seconds(5), || async {
        (statuses().await == ["Processed", "New"]).then_some(())
    })
    .await;
}
