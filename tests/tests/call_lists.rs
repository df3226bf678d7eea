//! Call lists: real phones are called as the list says, and the cloud's own clients
//! read what came of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use cordboard_tests::baresip::{Phone, PhonePlan};
use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::eventually::{eventually, seconds};
use cordboard_tests::port;
use cordboard_tests::sipp::{Sipp, SippPlan};
use serde_json::{Value, json};

/// One attempt: dials the row's address and reports how it went. Whoever presses a key
/// has answered; whoever does not pick up is called again a second later.
const CALLS: &str = "
const task = JSON.parse(VoxEngine.customData());
let answer = null;
VoxEngine.addEventListener(AppEvents.Started, () => {
  Logger.write('CALLS ' + task.name + ' of ' + task.list_id + ' ');
  CallList.reportProgress('dialling');
  const call = task.user
    ? VoxEngine.callUser({ username: task.user, callerid: '74950000000' })
    : VoxEngine.callSIP(task.sip, '74950000000');
  const patience = setTimeout(() => call.hangup(), 2500);
  call.addEventListener(CallEvents.Connected, () => {
    clearTimeout(patience);
    call.handleTones(true);
  });
  call.addEventListener(CallEvents.ToneReceived, ({ tone }) => {
    answer = tone;
    CallList.reportResult({ answer });
    call.hangup();
  });
  call.addEventListener(CallEvents.Disconnected, () => {
    if (answer || task.silent) VoxEngine.terminate();
    else CallList.reportResult({ heard: true }, VoxEngine.terminate);
  });
  call.addEventListener(CallEvents.Failed, ({ code }) => {
    if (code === 486) CallList.reportError({ code }, VoxEngine.terminate);
    else CallList.requestNextAttempt({ start_at: Math.floor(Date.now() / 1000) + 1, error: 'no answer' },
      VoxEngine.terminate);
  });
});
";

fn clients() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("clients")
}

fn key(centre: &Centre) -> String {
    let file = centre.data().join("key.json");
    let name = file.to_str().unwrap().to_owned();
    if !file.exists() {
        centre.command(&["key", "add", "--file", &name]);
    }
    name
}

/// Runs a client; what it printed, as JSON.
async fn run(mut command: Command) -> Value {
    let shown = format!("{command:?}");
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .expect("the client's thread")
        .unwrap_or_else(|why| panic!("{shown}: {why}: run `tools/setup.sh test`"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{shown}: {errors}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// The Node.js client's answer to a method of its `CallLists`.
async fn node(centre: &Centre, method: &str, request: Value, csv: Option<&str>) -> Value {
    let mut command = Command::new("node");
    command
        .arg("call_list.js")
        .args([&centre.https_address(), &key(centre), method])
        .arg(request.to_string())
        .current_dir(clients().join("node"))
        .env("NODE_EXTRA_CA_CERTS", centre.data().join("tls/ca.pem"));
    if let Some(csv) = csv {
        let file = centre.data().join("list.csv");
        std::fs::write(&file, csv).unwrap();
        command.arg(file);
    }
    run(command).await
}

/// A list on the scenario above.
async fn create(centre: &Centre, more: Value, csv: &str) -> u64 {
    let mut request = json!({
        "ruleId": 1, "priority": 0, "maxSimultaneous": 3, "numAttempts": 2,
        "intervalSeconds": 1, "name": "orders",
    });
    for (name, value) in more.as_object().unwrap() {
        request[name] = value.clone();
    }
    let created = node(centre, "createCallList", request, Some(csv)).await;
    assert_eq!(created["result"], true, "{created}");
    created["listId"].as_u64().unwrap()
}

/// The tasks of a list by the name in their row.
async fn details(centre: &Centre, list: u64) -> BTreeMap<String, Value> {
    let request = json!({"listId": list, "output": "json"});
    let answer = node(centre, "getCallListDetails", request, None).await;
    let named = |task: &Value| {
        let data: Value = serde_json::from_str(task["customData"].as_str().unwrap()).unwrap();
        (data["name"].as_str().unwrap().to_owned(), task.clone())
    };
    answer["result"]
        .as_array()
        .unwrap()
        .iter()
        .map(named)
        .collect()
}

async fn list(centre: &Centre, list: u64) -> Value {
    let answer = node(centre, "getCallLists", json!({"listId": list}), None).await;
    answer["result"][0].clone()
}

async fn is_completed(centre: &Centre, id: u64, within: Duration) -> Value {
    eventually("the list to be completed", within, || async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let shown = list(centre, id).await;
        (shown["status"] == "Completed").then_some(shown)
    })
    .await
}

fn plan() -> CentrePlan {
    CentrePlan::new()
        .https()
        .scenario("777", "calls.js", CALLS)
        .setting("CORDBOARD__CALL_LISTS__STARTS_PER_SECOND", "50")
}

async fn phones(scenario: &str, talk: Duration) -> Sipp {
    Sipp::serve(scenario, port::free_address(), &SippPlan::new().pause(talk)).await
}

/// The rows of the report of call lists, since yesterday.
async fn outbound(centre: &Centre, query: &str) -> Vec<Value> {
    let olga = centre.sign_in("olga").await;
    let now = jiff::Timestamp::now();
    let yesterday = now - jiff::SignedDuration::from_hours(24);
    let path = format!("/api/v1/reports/outbound?from={yesterday:.3}&{query}");
    let report = olga.client().get(&path).await.ok();
    let mut rows = report["rows"].as_array().expect("rows").clone();
    for row in &mut rows {
        // They move with the moment of the report.
        row.as_object_mut().unwrap().remove("from");
        row.as_object_mut().unwrap().remove("to");
    }
    rows
}

/// The most sessions that were seen at once until `done`.
async fn most_sessions<T>(centre: &Centre, done: impl Future<Output = T>) -> (usize, T) {
    let mut most = 0;
    let mut done = std::pin::pin!(done);
    loop {
        tokio::select! {
            what = &mut done => return (most, what),
            () = tokio::time::sleep(Duration::from_millis(50)) => {
                let metrics = centre.metrics().await;
                let now = metrics.sum("cordboard_sessions").unwrap_or(0.0) as usize;
                most = most.max(now);
            }
        }
    }
}

#[tokio::test]
async fn twelve_rows_are_called_three_at_once_with_keys_busy_and_silent_phones() {
    let centre = Centre::start(plan().agent("vera")).await;
    let secret = centre.sip_secret("vera").to_owned();
    let vera = Phone::start(&PhonePlan::agent(centre.sip(), "vera", &secret)).await;
    let (talks, busy, silent) = tokio::join!(
        phones("agent", seconds(1)),
        phones("agent_is_busy", seconds(1)),
        phones("agent_never_answers", seconds(1)),
    );
    let mut csv = String::from("name;sip;user;silent;__task_uuid\n");
    csv += "vera;;vera;;vera-1\n";
    for n in 0..7 {
        csv += &format!(
            "talk{n};{};;{};\n",
            talks.contact(&format!("talk{n}")),
            if n == 0 { "1" } else { "" }
        );
    }
    for n in 0..2 {
        csv += &format!("busy{n};{};;;\n", busy.contact(&format!("busy{n}")));
        csv += &format!("silent{n};{};;;\n", silent.contact(&format!("silent{n}")));
    }
    let id = create(&centre, json!({}), &csv).await;
    let answers = async {
        vera.event("CALL_ESTABLISHED", seconds(20)).await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        vera.press('7').await;
    };
    let ((most, shown), ()) = tokio::join!(
        most_sessions(&centre, is_completed(&centre, id, seconds(60))),
        answers
    );
    assert_eq!(most, 3, "sessions at once");
    assert_eq!(shown["ruleId"], 1, "{shown}");
    assert!(shown["dtComplete"].is_string(), "{shown}");

    let tasks = details(&centre, id).await;
    assert_eq!(tasks.len(), 12);
    for (name, task) in &tasks {
        let (status, result, left) = match name.as_str() {
            "vera" => ("Processed", r#"{"answer":"7"}"#, 1),
            // Ends without a word: it counts as processed.
            "talk0" => ("Processed", "dialling", 1),
            _ if name.starts_with("talk") => ("Processed", r#"{"heard":true}"#, 1),
            _ if name.starts_with("busy") => ("Error", r#"{"code":486}"#, 0),
            _ => ("Error", "no answer", 0),
        };
        assert_eq!(task["status"], status, "{name}: {task}");
        assert_eq!(task["resultData"], result, "{name}: {task}");
        assert_eq!(task["attemptsLeft"], left, "{name}: {task}");
    }
    assert_eq!(tasks["vera"]["taskUuid"], "vera-1");
    // Each was called as often as the list says.
    for (phone, calls) in [(&talks, 7), (&busy, 4), (&silent, 4)] {
        assert_eq!(phone.seen_of("INVITE").len(), calls, "{:?}", phone.seen());
    }
    let request = json!({"listId": id, "delimiter": ","});
    let file = node(&centre, "getCallListDetails", request, None).await;
    let text = file["file_content"].as_str().unwrap();
    let head = text.lines().next().unwrap();
    assert!(
        head.starts_with("name,sip,user,silent,__task_uuid,__start_execution_time,"),
        "{head}"
    );
    let busy0 = text
        .lines()
        .find(|line| line.starts_with("busy0,"))
        .unwrap();
    assert!(
        busy0.contains(r#""{""code"":486}""#) && busy0.contains(",3,Error,"),
        "{busy0}"
    );
    is_counted_as_a_reminder(&centre, id).await;
    centre.is_empty_again().await;
}

/// Eight of its sixteen attempts were answered, and nobody looked for agents.
async fn is_counted_as_a_reminder(centre: &Centre, id: u64) {
    let row = outbound(centre, "").await.swap_remove(0);
    assert_eq!((&row["list"], &row["attempts"]), (&json!(id), &json!(16)));
    assert_eq!(row["answer_rate"]["numerator"], 8, "{row}");
    assert_eq!(row["contact_rate"]["value"], 0.5, "{row}");
    let nothing = json!({"numerator": 0, "denominator": 0, "value": null});
    assert_eq!(row["drop_rate"], nothing, "nobody looks for agents");
    assert_eq!(row["right_party"], nothing, "nobody says who it was");
}

/// Calls the person, then an agent, `after_ms` later.
const FOR_AGENTS: &str = "
const task = JSON.parse(VoxEngine.customData());
VoxEngine.addEventListener(AppEvents.Started, () => {
  const person = VoxEngine.callSIP(task.sip, '74950000000');
  person.addEventListener(CallEvents.Connected, () => setTimeout(() => {
    const agent = VoxEngine.callSIP(task.agent, '74950000000');
    agent.addEventListener(CallEvents.Connected, () => VoxEngine.sendMediaBetween(person, agent));
  }, Number(task.after_ms)));
  person.addEventListener(CallEvents.Disconnected,
    () => CallList.reportResult({ right_party: task.name === 'soon0' }, VoxEngine.terminate));
  person.addEventListener(CallEvents.Failed, ({ code }) => CallList.reportError({ code }, VoxEngine.terminate));
});
";

#[tokio::test]
async fn the_report_tells_who_was_connected_in_time_after_a_restart_too() {
    let plan = CentrePlan::new()
        .https()
        .scenario("777", "agents.js", FOR_AGENTS);
    let mut centre = Centre::start(plan).await;
    let (people, agents, busy) = tokio::join!(
        phones("agent", seconds(6)),
        phones("agent_waits_for_the_end", seconds(1)),
        phones("agent_is_busy", seconds(1)),
    );
    let mut csv = String::from("name;sip;agent;after_ms\n");
    for (name, phone, after_ms) in [
        ("soon0", &people, 0),
        ("soon1", &people, 100),
        ("late0", &people, 3_500),
        ("busy0", &busy, 0),
    ] {
        let (person, agent) = (phone.contact(name), agents.contact("anna"));
        csv += &format!("{name};{person};{agent};{after_ms}\n");
    }
    let more = json!({"numAttempts": 1, "maxSimultaneous": 4});
    let id = create(&centre, more, &csv).await;
    is_completed(&centre, id, seconds(60)).await;
    let before = outbound(&centre, "by=list,from_number&drop_from=connected").await;
    let row = &before[0];
    assert_eq!(row["list_name"], "orders", "{row}");
    assert_eq!(row["from_number"], "74950000000", "{row}");
    for (name, count) in [
        ("attempts", 4),
        ("answered", 3),
        ("answered_live", 3),
        ("machines", 0),
        ("connected", 3),
        ("lost", 0),
        ("greeting_unknown", 0),
    ] {
        assert_eq!(row[name], count, "{name}: {row}");
    }
    for (name, numerator, denominator) in [
        ("answer_rate", 3, 4),
        ("contact_rate", 3, 4),
        ("right_party", 1, 3),
        ("drop_rate", 1, 3),
        ("drop_rate_window", 1, 3),
    ] {
        let made_of = (&row[name]["numerator"], &row[name]["denominator"]);
        assert_eq!(made_of, (&json!(numerator), &json!(denominator)), "{name}");
    }
    // With five seconds nobody was dropped.
    let patient = outbound(&centre, "drop_from=connected&drop_after_s=5").await;
    assert_eq!(patient[0]["drop_rate"]["numerator"], 0, "{patient:?}");
    centre.kill_role("all");
    centre.start_role("all").await;
    let after = outbound(&centre, "by=list,from_number&drop_from=connected").await;
    assert_eq!(after, before, "after a restart");
}

#[tokio::test]
async fn a_centre_that_is_killed_goes_on_with_its_list_and_calls_nobody_too_often() {
    let mut centre = Centre::start(plan()).await;
    let talks = phones("agent_waits_for_the_end", seconds(1)).await;
    let short = phones("agent", seconds(1)).await;
    let mut csv = String::from("name;sip;user;silent\n");
    for n in 0..3 {
        csv += &format!("long{n};{};;\n", talks.contact(&format!("long{n}")));
    }
    for n in 0..6 {
        csv += &format!("short{n};{};;\n", short.contact(&format!("short{n}")));
    }
    let id = create(&centre, json!({}), &csv).await;
    talks.sees("ACK", 3, seconds(10)).await;
    centre.kill_role("all");
    let before = talks.seen_of("INVITE").len();
    assert_eq!(before, 3);
    centre.start_role("all").await;
    // The attempts that died are failed ones, of which each row has one left.
    talks.sees("INVITE", 6, seconds(40)).await;
    let tasks = details(&centre, id).await;
    assert_eq!(tasks["long0"]["attemptsLeft"], 0, "{}", tasks["long0"]);
    assert_eq!(tasks["long0"]["status"], "In progress");
    centre.kill_role("all");
    centre.start_role("all").await;
    let shown = is_completed(&centre, id, seconds(60)).await;
    assert_eq!(shown["status"], "Completed");
    let tasks = details(&centre, id).await;
    for (name, task) in &tasks {
        let status = if name.starts_with("long") {
            "Error"
        } else {
            "Processed"
        };
        assert_eq!(task["status"], status, "{name}: {task}");
    }
    assert_eq!(tasks["long0"]["resultData"], "dialling");
    assert_eq!(talks.seen_of("INVITE").len(), 6, "two attempts each");
    assert_eq!(short.seen_of("INVITE").len(), 6, "one attempt each");
}

#[tokio::test]
async fn a_backend_that_is_killed_calls_nobody_twice_who_is_talked_to() {
    let mut centre = Centre::start(plan().apart().direct()).await;
    let talks = phones("agent", seconds(6)).await;
    let mut csv = String::from("name;sip;user;silent\n");
    for n in 0..4 {
        csv += &format!("talk{n};{};;\n", talks.contact(&format!("talk{n}")));
    }
    let id = create(&centre, json!({"intervalSeconds": 0}), &csv).await;
    talks.sees("ACK", 3, seconds(10)).await;
    centre.kill_role("backend");
    // They hang up and report while nobody listens.
    talks.sees("BYE", 3, seconds(15)).await;
    centre.start_role("backend").await;
    is_completed(&centre, id, seconds(60)).await;
    assert_eq!(talks.seen_of("INVITE").len(), 4, "{:?}", talks.seen());
    for (name, task) in details(&centre, id).await {
        assert_eq!(task["resultData"], r#"{"heard":true}"#, "{name}: {task}");
        assert_eq!(task["attemptsLeft"], 1, "{name}: {task}");
    }
}

#[tokio::test]
async fn a_full_engine_costs_no_attempt() {
    let plan = plan().setting("CORDBOARD__ENGINE__SESSIONS_MAX", "1");
    let centre = Centre::start(plan).await;
    let talks = phones("agent", seconds(2)).await;
    let first = format!("name;sip;user;silent\nfirst;{};;\n", talks.contact("first"));
    create(&centre, json!({}), &first).await;
    talks.sees("ACK", 1, seconds(10)).await;
    let mut csv = String::from("name;sip;user;silent\n");
    for n in 0..2 {
        csv += &format!("talk{n};{};;\n", talks.contact(&format!("talk{n}")));
    }
    let more = json!({"numAttempts": 1, "maxSimultaneous": 1});
    let id = create(&centre, more, &csv).await;
    is_completed(&centre, id, seconds(60)).await;
    assert_eq!(talks.seen_of("INVITE").len(), 3);
    for (name, task) in details(&centre, id).await {
        assert_eq!(task["status"], "Processed", "{name}: {task}");
    }
    assert!(
        centre.log("all").contains("call lists wait"),
        "it was never full"
    );
}

#[tokio::test]
async fn the_python_client_makes_a_list_and_reads_it_back() {
    let centre = Centre::start(plan()).await;
    let file = centre.data().join("list.csv");
    // Nobody is called before the test is over.
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let tomorrow = now.unwrap().as_secs() + 86_400;
    let csv = format!("name;phone;__start_at\nАнна;+74951234567;{tomorrow}\n");
    std::fs::write(&file, csv).unwrap();
    let mut client = Command::new(clients().join("python/venv/bin/python"));
    client
        .arg("call_list.py")
        .args([&centre.https_address(), &key(&centre), "1"])
        .arg(&file)
        .current_dir(clients().join("python"))
        .env("REQUESTS_CA_BUNDLE", centre.data().join("tls/ca.pem"));
    let told = run(client).await;
    assert_eq!(told["created"]["count"], 1, "{told}");
    assert_eq!(told["lists"][0]["list_name"], "from Python", "{told}");
    assert_eq!(told["lists"][0]["status"], "Canceled", "{told}");
    let task = &told["details"][0];
    let data: Value = serde_json::from_str(task["custom_data"].as_str().unwrap()).unwrap();
    assert_eq!(
        (&data["name"], &data["phone"]),
        (&json!("Анна"), &json!("+74951234567"))
    );
    assert_eq!(task["status_id"], 4, "its list is stopped: {told}");
    let csv = told["csv"].as_str().unwrap();
    assert!(csv.contains("Анна;+74951234567;"), "{csv}");
    assert_eq!(told["recovered"]["count_recovery"], 1, "{told}");
    assert_eq!(told["stopped"]["result"], true, "{told}");
    assert_eq!(told["gone"]["code"], 251, "{told}");
}

/// The sample of the document, with the test's own files and address.
#[tokio::test]
async fn the_sample_of_the_document_runs() {
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/platform-api.md");
    let text = std::fs::read_to_string(document).unwrap();
    let sample = text.split("```js\n").nth(1).unwrap();
    let sample = sample.split("```").next().unwrap();
    let centre = Centre::start(plan()).await;
    let csv = text
        .split("```text\n")
        .find(|block| block.starts_with("name;number;"))
        .unwrap();
    let file = centre.data().join("orders.csv");
    std::fs::write(&file, csv.split("```").next().unwrap()).unwrap();
    let sample = sample
        .replace("key.json", &key(&centre))
        .replace("localhost:8443", &centre.https_address())
        .replace("orders.csv", file.to_str().unwrap());
    let mut client = Command::new("node");
    client
        .args(["-e", &sample])
        .current_dir(clients().join("node"))
        .env("NODE_EXTRA_CA_CERTS", centre.data().join("tls/ca.pem"));
    let output = client.output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        printed.starts_with("2 people are called by list "),
        "{printed}{errors}"
    );
    assert_eq!(printed.lines().count(), 3, "{printed}{errors}");
}
