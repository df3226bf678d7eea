//! What the cloud's own client reads of sessions that are over, and what it deploys.

use std::path::{Path, PathBuf};
use std::process::Command;

use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::eventually::{eventually, seconds};
use cordboard_tests::sipp::{Sipp, SippPlan};
use serde_json::{Value, json};

/// Answers, records, asks a phone that nobody has, and goes on until the caller leaves.
const RECORDS: &str = "
VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  VoxEngine.customData('order 7');
  call.answer();
  call.record();
  call.addEventListener(CallEvents.RecordStopped, () => VoxEngine.terminate());
  const nobody = VoxEngine.callUser({ username: 'nobody', callerid: '5' });
  nobody.addEventListener(CallEvents.Failed, ({ code }) => Logger.write('NOBODY ' + code));
});
";

/// Breaks.
const BREAKS: &str = "VoxEngine.addEventListener(AppEvents.CallAlerting, () => broken());";

fn clients() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("clients/node")
}

/// Runs a script of the client with a key of its own; what it printed, as JSON.
async fn client(centre: &Centre, script: &str, more: &[&str]) -> Value {
    let file = centre.data().join(format!("{script}.json"));
    let key = file.to_str().expect("a plain path").to_owned();
    if !file.exists() {
        centre.command(&["key", "add", "--file", &key]);
    }
    let mut command = Command::new("node");
    command
        .arg(script)
        .args([&centre.https_address(), &key])
        .args(more)
        .current_dir(clients())
        .env("NODE_EXTRA_CA_CERTS", centre.data().join("tls/ca.pem"));
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .expect("the client's thread")
        .expect("node is installed: run `tools/setup.sh test`");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script}: {errors}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

async fn a_call(centre: &Centre, number: &str) {
    let dials = SippPlan::new().dials(number).calls(1, 1).pause(seconds(2));
    let caller = Sipp::call("caller_hangs_up", centre.sip(), &dials);
    caller.succeeds(seconds(15)).await;
    centre.is_empty_again().await;
}

/// The names of the fields that this client knows and that are there.
fn has(row: &Value, names: &[&str]) {
    for name in names {
        assert!(!row[name].is_null(), "{name} is missing in {row}");
    }
}

#[tokio::test]
async fn the_node_client_reads_the_history_of_sessions() {
    let plan = CentrePlan::new()
        .https()
        .scenario("200", "records.js", RECORDS)
        .scenario("201", "breaks.js", BREAKS);
    let centre = Centre::start(plan).await;
    a_call(&centre, "200").await;
    let dials = SippPlan::new().dials("201").calls(1, 1).pause(seconds(1));
    // Its caller gets the default treatment, whatever that is.
    let caller = Sipp::call("caller_hangs_up", centre.sip(), &dials);
    let told = eventually("both sessions in the history", seconds(20), || async {
        let told = client(&centre, "history.js", &["c1"]).await;
        (told["all"]["totalCount"] == 2).then_some(told)
    })
    .await;
    drop(caller);
    let [broken, recorded] = &told["all"]["result"].as_array().unwrap()[..] else {
        panic!("{told}");
    };
    has(
        recorded,
        &[
            "callSessionHistoryId",
            "accountId",
            "applicationId",
            "applicationName",
            "startDate",
            "logFileUrl",
            "mediaServerAddress",
        ],
    );
    assert_eq!(recorded["finishReason"], "Normal termination");
    assert_eq!(broken["finishReason"], "JS session error");
    assert_eq!(recorded["customData"], "order 7");
    assert!(
        (1..10).contains(&recorded["duration"].as_u64().unwrap()),
        "{recorded}"
    );
    let caller = calls_are_told(recorded);
    let record = &recorded["records"][0];
    assert_eq!(record["record_url"], caller["record_url"]);
    let heard = centre
        .http()
        .send("GET", record["record_url"].as_str().unwrap(), None)
        .await
        .unwrap();
    assert!(
        heard.status == 200 && heard.text.starts_with("RIFF"),
        "a wav file"
    );
    let log = recorded["logFileUrl"].as_str().unwrap();
    let log = centre.http().send("GET", log, None).await.unwrap();
    assert!(log.text.contains("NOBODY 480"), "{}", log.text);
    filters_are_heeded(&told);
}

/// The caller and a phone that nobody has; the caller is returned.
fn calls_are_told(recorded: &Value) -> &Value {
    let [caller, nobody] = &recorded["calls"].as_array().unwrap()[..] else {
        panic!("{recorded}");
    };
    // The client leaves the names of what is inside as they were sent.
    has(
        caller,
        &[
            "call_id",
            "start_time",
            "remote_number_type",
            "media_server_address",
        ],
    );
    assert_eq!(
        (&caller["incoming"], &caller["successful"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(caller["local_number"], "200");
    assert!(
        (1..=4).contains(&caller["duration"].as_u64().unwrap()),
        "{caller}"
    );
    assert_eq!(
        (&nobody["incoming"], &nobody["successful"]),
        (&json!(false), &json!(false))
    );
    assert_eq!(
        (&nobody["remote_number"], &nobody["local_number"]),
        (&json!("nobody"), &json!("5"))
    );
    assert!(
        nobody["end_reason"].as_str().unwrap().starts_with("480"),
        "{nobody}"
    );
    caller
}

fn filters_are_heeded(told: &Value) {
    let count = |name: &str| told[name]["totalCount"].as_u64().unwrap();
    assert_eq!((count("plain"), count("ofNumber")), (1, 2));
    assert!(
        told["plain"]["result"][0]["calls"].is_null(),
        "nobody asked for calls"
    );
    assert_eq!(
        (count("ofNobody"), count("earlier"), count("long")),
        (0, 0, 0)
    );
    assert_eq!(told["second"]["count"], 1);
    let newest = &told["all"]["result"][0]["callSessionHistoryId"];
    assert_eq!(&told["second"]["result"][0]["callSessionHistoryId"], newest);
    assert_eq!(told["refused"]["error"]["code"], 101, "{told}");
}

#[tokio::test]
async fn the_node_client_deploys_as_voxengine_ci_does_and_the_second_time_changes_nothing() {
    let centre = Centre::start(CentrePlan::new().https()).await;
    let told = client(&centre, "deploy.js", &[]).await;
    let rule = |name: &str, pattern: &str, scenarios: &[&str]| json!({"ruleName": name, "rulePattern": pattern, "scenarios": scenarios});
    assert_eq!(
        told["first"],
        json!([
            rule("talks", "600", &["tools", "talk"]),
            rule("others", "6..", &["talk"]),
        ])
    );
    let second = json!([
        rule("others", "6[0-9]{2}", &["last"]),
        rule("talks", "600|601", &["last", "talk", "tools"]),
    ]);
    assert_eq!(told["second"], second);
    assert_eq!(told["again"], second);
    assert_eq!(told["talk"], true, "the script is the new one: {told}");
    // The first rule whose pattern fits has the call.
    a_call(&centre, "600").await;
    assert_eq!(centre.session_log_word("I AM ").await, "last");
}
