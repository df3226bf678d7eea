//! Sessions started from outside: by the cloud's own clients over HTTPS, and by
//! hand-written requests. A phone rings and answers.

use std::path::{Path, PathBuf};
use std::process::Command;

use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::eventually::{eventually, seconds};
use cordboard_tests::port;
use cordboard_tests::sipp::{Sipp, SippPlan};
use serde_json::Value;

/// Calls the SIP address in the custom data and ends with the call.
const REMIND: &str = "
VoxEngine.addEventListener(AppEvents.Started, () => {
  const call = VoxEngine.callSIP(VoxEngine.customData(), '74950000000');
  Logger.write('SECRET ' + VoxEngine.getSecretValue('GREETING'));
  call.addEventListener(CallEvents.Connected, () => Logger.write('ANSWERED'));
  call.addEventListener(CallEvents.Disconnected, () => VoxEngine.terminate());
  call.addEventListener(CallEvents.Failed, () => VoxEngine.terminate());
});
VoxEngine.addEventListener(AppEvents.HttpRequest, (e) => 'you said ' + e.content);
";

/// Answers with the text that was uploaded.
fn answers(word: &str) -> String {
    format!(
        "VoxEngine.addEventListener(AppEvents.CallAlerting, (e) => {{
           Logger.write('I AM {word} ');
           e.call.answer();
           e.call.addEventListener(CallEvents.Disconnected, () => VoxEngine.terminate());
         }});"
    )
}

async fn phone() -> Sipp {
    let nobody = port::free_address();
    Sipp::serve("agent", nobody, &SippPlan::new().pause(seconds(2))).await
}

fn clients() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("clients")
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

/// The session that was started takes commands, and ends with its call.
async fn lives(centre: &Centre, phone: &Sipp, started: &Value, names: [&str; 2]) {
    let [url, id] = names.map(|name| started[name].clone());
    let url = url.as_str().expect("an access URL");
    assert!(id.is_u64(), "{started}");
    let said = centre
        .http()
        .send("POST", url, Some("hello"))
        .await
        .unwrap();
    assert_eq!((said.status, said.text.as_str()), (200, "you said hello"));
    phone.sees("ACK", 1, seconds(10)).await;
    centre.session_log_word("ANSWERED").await;
    centre.is_empty_again().await;
}

#[tokio::test]
async fn the_node_client_uploads_a_scenario_and_starts_it() {
    let phone = phone().await;
    let centre = Centre::start(CentrePlan::new().https()).await;
    let key = centre.data().join("key.json");
    centre.command(&[
        "key",
        "add",
        "--note",
        "node",
        "--file",
        key.to_str().unwrap(),
    ]);
    let scenario = centre.data().join("remind.js");
    std::fs::write(&scenario, REMIND).unwrap();
    let mut client = Command::new("node");
    client
        .arg("start.js")
        .args([
            &centre.https_address(),
            key.to_str().unwrap(),
            scenario.to_str().unwrap(),
        ])
        .arg(phone.contact("74951112233"))
        .current_dir(clients().join("node"))
        .env("NODE_EXTRA_CA_CERTS", centre.data().join("tls/ca.pem"));
    let told = run(client).await;
    assert_eq!(told["account"]["accountId"], 1, "{told}");
    assert_eq!(
        told["rules"][0]["scenarios"][0]["scenario_name"], "remind",
        "{told}"
    );
    assert_eq!(told["started"]["result"], 1, "{told}");
    assert_eq!(told["refused"]["error"]["code"], 101, "{told}");
    let names = ["mediaSessionAccessUrl", "callSessionHistoryId"];
    lives(&centre, &phone, &told["started"], names).await;
    let log = centre.log("all");
    let private = std::fs::read_to_string(&key).unwrap();
    let private: Value = serde_json::from_str(&private).unwrap();
    let line = private["private_key"]
        .as_str()
        .unwrap()
        .lines()
        .nth(3)
        .unwrap();
    assert!(
        !log.contains(line) && !log.contains("eyJ"),
        "the log tells a key"
    );
}

#[tokio::test]
async fn the_python_client_starts_a_rule_of_the_configuration() {
    let phone = phone().await;
    let plan = CentrePlan::new()
        .https()
        .apart()
        .scenario("777", "remind.js", REMIND);
    let centre = Centre::start(plan).await;
    let key = centre.data().join("key.json");
    centre.command(&["key", "add", "--file", key.to_str().unwrap()]);
    let mut client = Command::new(clients().join("python/venv/bin/python"));
    client
        .arg("start.py")
        .args([&centre.https_address(), key.to_str().unwrap(), "rule0"])
        .arg(phone.contact("74951112233"))
        .current_dir(clients().join("python"))
        .env("REQUESTS_CA_BUNDLE", centre.data().join("tls/ca.pem"));
    let told = run(client).await;
    assert_eq!(
        told["rules"][0]["scenarios"][0]["scenario_name"], "remind.js",
        "{told}"
    );
    assert_eq!(told["refused"]["code"], 101, "{told}");
    let names = ["media_session_access_url", "call_session_history_id"];
    lives(&centre, &phone, &told["started"], names).await;
}

/// A hand-written request with an API key.
struct ByHand {
    centre: Centre,
    api_key: String,
}

impl ByHand {
    async fn start(plan: CentrePlan) -> Self {
        let centre = Centre::start(plan).await;
        let api_key = centre.command(&["key", "add", "--api", "--note", "by hand"]);
        Self { centre, api_key }
    }

    async fn ask(&self, command: &str, parameters: &[(&str, &str)]) -> Value {
        let mut form = format!("account_id=1&api_key={}", self.api_key);
        for (name, value) in parameters {
            let encoded: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
            form += &format!("&{name}={encoded}");
        }
        let path = format!("/platform_api/{command}/?{form}");
        self.centre.http().get(&path).await.json
    }

    async fn done(&self, command: &str, parameters: &[(&str, &str)]) -> Value {
        let said = self.ask(command, parameters).await;
        assert!(said["error"].is_null(), "{command}: {said}");
        said
    }

    async fn heard_by_a_caller(&self, number: &str) -> String {
        let before = self.centre.session_logs();
        let dials = SippPlan::new().dials(number).calls(1, 1).pause(seconds(1));
        let caller = Sipp::call("caller_hangs_up", self.centre.sip(), &dials);
        caller.succeeds(seconds(15)).await;
        eventually("the scenario's word", seconds(10), || async {
            let after = self.centre.session_logs();
            let fresh = after.lines().filter(|line| !before.contains(*line));
            let word = fresh.filter_map(|line| line.split_once("I AM ")).next()?.1;
            Some(word.split_whitespace().next()?.to_owned())
        })
        .await
    }
}

#[tokio::test]
async fn uploads_serve_the_next_call_and_survive_a_restart_of_everything() {
    let mut by_hand = ByHand::start(CentrePlan::new()).await;
    let app = by_hand
        .done("AddApplication", &[("application_name", "shop")])
        .await;
    let app = app["application_id"].to_string();
    let first = answers("FIRST");
    let sent = [
        ("scenario_name", "who"),
        ("scenario_script", first.as_str()),
    ];
    let scenario = by_hand.done("AddScenario", &sent).await["scenario_id"].to_string();
    let sent = [
        ("application_id", app.as_str()),
        ("rule_name", "who"),
        ("rule_pattern", "300"),
        ("scenario_id", scenario.as_str()),
    ];
    by_hand.done("AddRule", &sent).await;
    // Configuration comes first: an uploaded rule for its number is never asked.
    assert_eq!(by_hand.heard_by_a_caller("300").await, "FIRST");

    let second = answers("SECOND");
    let sent = [
        ("scenario_id", scenario.as_str()),
        ("scenario_script", second.as_str()),
    ];
    by_hand.done("SetScenarioInfo", &sent).await;
    assert_eq!(by_hand.heard_by_a_caller("300").await, "SECOND");

    by_hand.centre.kill_role("all");
    by_hand.centre.start_role("all").await;
    assert_eq!(by_hand.heard_by_a_caller("300").await, "SECOND");
    let rules = by_hand.done("GetRules", &[("template", "300")]).await;
    assert_eq!(rules["result"][0]["rule_name"], "who", "{rules}");
    by_hand.centre.is_empty_again().await;
}

#[tokio::test]
async fn refusals_have_the_clouds_codes() {
    let by_hand = ByHand::start(CentrePlan::new()).await;
    let code = |said: &Value| said["error"]["code"].as_u64();
    let http = by_hand.centre.http();
    let said = http
        .get("/platform_api/GetRules/?account_id=1&api_key=wrong")
        .await;
    assert_eq!((said.status, code(&said.json)), (200, Some(100)));
    let said = http
        .with_token("e30.e30.e30")
        .get("/platform_api/GetRules")
        .await;
    assert_eq!((said.status, code(&said.json)), (200, Some(447)));
    assert_eq!(code(&by_hand.ask("AddQueue", &[]).await), Some(103));
    assert_eq!(code(&by_hand.ask("StartScenarios", &[]).await), Some(101));
    let removed = by_hand.centre.command(&["key", "list"]);
    let key_id = removed.split_whitespace().next().unwrap();
    by_hand.centre.command(&["key", "remove", key_id]);
    assert_eq!(code(&by_hand.ask("GetRules", &[]).await), Some(100));
    assert!(!by_hand.centre.log("all").contains(&by_hand.api_key));
}

#[tokio::test]
async fn a_full_engine_answers_429() {
    let waits = "VoxEngine.addEventListener(AppEvents.Started, () => {});";
    let plan = CentrePlan::new()
        .scenario("777", "waits.js", waits)
        .setting("CORDBOARD__ENGINE__SESSIONS_MAX", "1");
    let by_hand = ByHand::start(plan).await;
    by_hand
        .done("StartScenarios", &[("rule_name", "rule0")])
        .await;
    let path = format!(
        "/platform_api/?cmd=StartScenarios&rule_name=rule0&account_id=1&api_key={}",
        by_hand.api_key
    );
    assert_eq!(by_hand.centre.http().get(&path).await.status, 429);
}

#[tokio::test]
async fn secrets_items_users_and_conferences_are_served() {
    let phone = phone().await;
    let plan = CentrePlan::new().scenario("777", "remind.js", REMIND);
    let by_hand = ByHand::start(plan).await;
    let sent = [
        ("secret_name", "GREETING"),
        ("secret_value", "a-value-nobody-may-read"),
    ];
    by_hand.done("AddSecret", &sent).await;
    let to = phone.contact("74951112233");
    let sent = [
        ("conference_name", "room"),
        ("rule_name", "rule0"),
        ("script_custom_data", to.as_str()),
    ];
    let one = by_hand.done("StartConference", &sent).await;
    let other = by_hand.done("StartConference", &sent).await;
    assert_eq!(
        one["call_session_history_id"],
        other["call_session_history_id"]
    );
    phone.sees("ACK", 1, seconds(10)).await;
    by_hand.centre.session_log_word("SECRET ").await;
    assert!(
        !by_hand
            .centre
            .session_logs()
            .contains("a-value-nobody-may-read"),
        "the log tells a secret"
    );

    let sent = [("key", "colour"), ("value", "blue"), ("ttl", "60")];
    by_hand.done("SetKeyValueItem", &sent).await;
    let item = by_hand.done("GetKeyValueItem", &[("key", "colour")]).await;
    assert_eq!(item["result"]["value"], "blue");
    let keys = by_hand.done("GetKeyValueKeys", &[("key", "col*")]).await;
    assert_eq!(keys["count"], 1);
    by_hand.done("DelKeyValueItem", &[("key", "colour")]).await;

    let sent = [
        ("user_name", "vera"),
        ("user_display_name", "Vera"),
        ("user_password", "long enough for a test"),
    ];
    by_hand.done("AddUser", &sent).await;
    let vera = by_hand.centre.ready_agent("vera").await;
    drop(vera);
    by_hand.done("DelUser", &[("user_name", "vera")]).await;
    let users = by_hand.done("GetUsers", &[]).await;
    assert!(!users.to_string().contains("vera"), "{users}");
    by_hand.centre.is_empty_again().await;
}
