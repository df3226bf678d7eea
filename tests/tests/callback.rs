//! Call-back instead of waiting, with real phones: the caller hangs up, keeps the
//! place, and is called when it is its turn.

use cordboard_tests::agent::Agent;
use cordboard_tests::audio::{AGENT_HZ, CALLER_HZ, built_in_sound, find_piece, part_at};
use cordboard_tests::baresip::{Phone, PhonePlan};
use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::eventually::{eventually, seconds};
use cordboard_tests::port;
use serde_json::{Value, json};
use std::net::SocketAddr;

/// A centre that calls back by a trunk, behind which the caller's phone is.
struct Floor {
    centre: Centre,
    caller: Phone,
    annas: Phone,
}

/// `rule` are keys of `[queues.callback]`.
async fn floor(rule: &str, plan: CentrePlan) -> Floor {
    let at: SocketAddr = port::free_address();
    let more = format!(
        "\n[queues.exits]\n1 = \"callback\"\n\n[queues.callback]\nenabled = true\n{rule}\n\n\
         [[sip.trunks]]\nname = \"town\"\naddress = \"{at}\"\n"
    );
    let centre = Centre::start(plan.agent("anna").more(&more)).await;
    let mut plan = PhonePlan::caller(centre.sip());
    plan.listens = Some(at);
    let caller = Phone::start(&plan).await;
    let plan = PhonePlan::agent(centre.sip(), "anna", centre.sip_secret("anna"));
    let annas = Phone::start(&plan).await;
    Floor {
        centre,
        caller,
        annas,
    }
}

impl Floor {
    /// The caller waits, presses 1 and is let go.
    async fn caller_takes_one(&self) {
        self.caller.dial("100").await;
        self.caller.event("CALL_ESTABLISHED", seconds(10)).await;
        self.waiting(1).await;
        self.caller.press('1').await;
        self.caller.event("CALL_CLOSED", seconds(20)).await;
        assert_eq!(self.callbacks().await.len(), 1);
    }

    async fn waiting(&self, count: u64) {
        eventually("a caller to wait", seconds(10), || async {
            let queues = self.read("/api/v1/queues").await;
            (queues["queues"][0]["waiting"] == count).then_some(())
        })
        .await;
    }

    async fn read(&self, path: &str) -> Value {
        let olga = self.centre.sign_in("olga").await;
        olga.client().get(path).await.ok()
    }

    async fn callbacks(&self) -> Vec<Value> {
        let all = self.read("/api/v1/callbacks").await;
        all["callbacks"].as_array().expect("a list").clone()
    }

    async fn ready_anna(&self) -> Agent {
        let anna = self.centre.ready_agent("anna").await;
        anna.has_a_phone().await;
        anna
    }

    /// Both hear each other, and nobody is counted as lost.
    async fn talk_and_end(&self, anna: &Agent) {
        anna.becomes("talking", seconds(15)).await;
        hears(&self.caller, AGENT_HZ).await;
        hears(&self.annas, CALLER_HZ).await;
        self.caller.hang_up().await;
        self.centre.is_empty_again().await;
        assert_eq!(self.callbacks().await.len(), 0);
    }

    async fn report(&self) -> Value {
        let report = self.read("/api/v1/reports/queues").await;
        report["rows"][0].clone()
    }
}

async fn hears(phone: &Phone, hz: f64) {
    eventually(&format!("{hz} Hz to be heard"), seconds(15), || async {
        let samples = phone.samples_heard();
        let last = &samples[samples.len().saturating_sub(4_000)..];
        (last.len() == 4_000 && part_at(last, hz) > 0.2).then_some(())
    })
    .await;
}

#[tokio::test]
async fn the_agent_first_then_the_caller_who_never_waits() {
    let at = floor("first = \"agent\"", CentrePlan::new()).await;
    at.caller_takes_one().await;
    let kept = built_in_sound("callback-kept.en.wav");
    assert!(find_piece(&at.caller.samples_heard(), &kept).is_some());
    let anna = at.ready_anna().await;
    at.annas.event("CALL_ESTABLISHED", seconds(15)).await;
    at.caller.event("CALL_INCOMING", seconds(15)).await;
    assert_eq!(at.callbacks().await[0]["state"], "dialling");
    // The agent hears that somebody is being called.
    hears(&at.annas, 425.0).await;
    at.caller.answer().await;
    at.talk_and_end(&anna).await;
    let row = at.report().await;
    let counts = ["offered", "callback_taken", "answered", "abandoned"];
    assert_eq!(
        counts.map(|name| row[name].clone()),
        [1, 1, 0, 0].map(Value::from),
        "{row}"
    );
    let own = &row["callbacks"];
    assert_eq!(
        (&own["taken"], &own["reached"]),
        (&json!(1), &json!(1)),
        "{row}"
    );
}

#[tokio::test]
async fn the_caller_first_who_then_waits_at_the_old_place() {
    let at = floor("first = \"caller\"\nlead_s = 0", CentrePlan::new()).await;
    at.caller_takes_one().await;
    let anna = at.ready_anna().await;
    at.caller.event("CALL_INCOMING", seconds(15)).await;
    assert!(
        at.annas.events_of("CALL_INCOMING").is_empty(),
        "nobody's time is lost"
    );
    at.caller.answer().await;
    at.talk_and_end(&anna).await;
    assert_eq!(at.report().await["callbacks"]["reached"], 1);
}

#[tokio::test]
async fn a_caller_who_is_busy_keeps_the_place_and_the_agent_is_free_at_once() {
    let at = floor(
        "first = \"agent\"\nretry_busy_s = 1\nattempts_max = 2",
        CentrePlan::new().queue("wrap_up_s", 60),
    )
    .await;
    at.caller_takes_one().await;
    let anna = at.ready_anna().await;
    at.caller.event("CALL_INCOMING", seconds(15)).await;
    at.caller.hang_up().await;
    // No wrap-up after a talk that never was.
    anna.becomes("idle", seconds(5)).await;
    at.caller.nth_event("CALL_INCOMING", 1, seconds(20)).await;
    at.caller.answer().await;
    at.talk_and_end(&anna).await;
    let own = at.report().await["callbacks"].clone();
    assert_eq!(
        (&own["reached"], &own["attempts"]["numerator"]),
        (&json!(1), &json!(2)),
        "{own}"
    );
}

#[tokio::test]
async fn who_calls_again_has_the_place_and_is_not_called() {
    let at = floor("first = \"agent\"", CentrePlan::new()).await;
    at.caller_takes_one().await;
    at.caller.dial("100").await;
    at.waiting(1).await;
    assert_eq!(at.callbacks().await.len(), 0);
    let anna = at.ready_anna().await;
    at.talk_and_end(&anna).await;
    assert!(at.caller.events_of("CALL_INCOMING").is_empty());
    let row = at.report().await;
    assert_eq!(row["callbacks"]["called_in"], 1, "{row}");
    assert_eq!(
        (&row["offered"], &row["answered"]),
        (&json!(2), &json!(1)),
        "{row}"
    );
}

#[tokio::test]
async fn a_supervisor_cancels_and_orders_call_backs() {
    let at = floor("first = \"agent\"\nprefixes = [\"49\"]", CentrePlan::new()).await;
    at.caller_takes_one().await;
    let olga = at.centre.sign_in("olga").await;
    let id = at.callbacks().await[0]["callback"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("/api/v1/callbacks/{id}");
    assert_eq!(
        olga.client()
            .send("DELETE", &path, None)
            .await
            .unwrap()
            .status,
        204
    );
    assert_eq!(at.callbacks().await.len(), 0);
    let ask = |number: &str| json!({"number": number, "language": "ru"});
    let post = async |body: Value| {
        let sent = olga.client().json("POST", "/api/v1/callbacks", &body).await;
        sent.status
    };
    assert_eq!(
        post(ask("88099990000")).await,
        409,
        "not among the allowed ones"
    );
    assert_eq!(post(ask("4951234567")).await, 202);
    assert_eq!(post(ask("4951234567")).await, 409, "in line already");
    let anna = at.ready_anna().await;
    at.caller.event("CALL_INCOMING", seconds(15)).await;
    at.caller.answer().await;
    at.talk_and_end(&anna).await;
}

#[tokio::test]
async fn a_killed_centre_calls_back_all_the_same() {
    let mut at = floor("first = \"agent\"", CentrePlan::new().apart()).await;
    at.caller_takes_one().await;
    at.centre.kill_role("backend");
    at.centre.start_role("backend").await;
    assert_eq!(at.callbacks().await[0]["position"], 1);
    let anna = at.ready_anna().await;
    at.caller.event("CALL_INCOMING", seconds(20)).await;
    // And once more, while the caller's phone rings.
    at.centre.kill_role("backend");
    at.centre.start_role("backend").await;
    at.caller.answer().await;
    at.talk_and_end(&anna).await;
    assert_eq!(at.report().await["callbacks"]["reached"], 1);
}

#[tokio::test]
async fn who_waits_is_asked_and_may_name_another_number() {
    let rule = "first = \"agent\"\noffer_after_s = 2\nprefixes = [\"495\"]";
    let at = floor(rule, CentrePlan::new()).await;
    at.caller.dial("100").await;
    at.caller.event("CALL_ESTABLISHED", seconds(10)).await;
    at.waiting(1).await;
    let heard = |name: &'static str| {
        let (caller, piece) = (&at.caller, built_in_sound(name));
        async move {
            eventually(name, seconds(25), || async {
                find_piece(&caller.samples_heard(), &piece).map(|_| ())
            })
            .await;
        }
    };
    heard("callback-offer.en.wav").await;
    at.caller.press('2').await;
    heard("callback-number.en.wav").await;
    for key in "4957654321#".chars() {
        at.caller.press(key).await;
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    }
    at.caller.event("CALL_CLOSED", seconds(20)).await;
    let kept = at.callbacks().await;
    assert_eq!(kept[0]["number"], "4957654321", "{kept:?}");
}

#[tokio::test]
async fn who_calls_while_nobody_is_there_is_asked_and_called_when_somebody_is() {
    let at = floor(
        "first = \"agent\"",
        CentrePlan::new().more("on_nobody = \"callback\"\n"),
    )
    .await;
    at.caller.dial("100").await;
    at.caller.event("CALL_ESTABLISHED", seconds(10)).await;
    let question = built_in_sound("callback-own.en.wav");
    eventually("the question", seconds(20), || async {
        find_piece(&at.caller.samples_heard(), &question).map(|_| ())
    })
    .await;
    at.caller.press('1').await;
    at.caller.event("CALL_CLOSED", seconds(20)).await;
    assert_eq!(at.callbacks().await.len(), 1);
    let anna = at.ready_anna().await;
    at.caller.event("CALL_INCOMING", seconds(15)).await;
    at.caller.answer().await;
    at.talk_and_end(&anna).await;
}
