//! Agents hand callers over: at once and after a word, with real phones, and
//! what each of them hears.

use cordboard_tests::agent::Agent;
use cordboard_tests::audio::part_at;
use cordboard_tests::baresip::{Phone, PhonePlan};
use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::eventually::{eventually, seconds};
use cordboard_tests::port;
use cordboard_tests::sipp::{Sipp, SippPlan};
use cordboard_tests::trunk_phone::TrunkPhone;
use serde_json::{Value, json};
use std::net::SocketAddr;

const CALLER_HZ: f64 = 440.0;
const ANNA_HZ: f64 = 880.0;
const BORIS_HZ: f64 = 1_320.0;

/// A caller who talks to anna, and boris who is free.
struct Talk {
    centre: Centre,
    anna: Agent,
    boris: Agent,
    annas: Phone,
    boriss: Phone,
    caller: Phone,
}

async fn talk(plan: CentrePlan) -> Talk {
    let centre = Centre::start(plan.agent("anna").agent("boris")).await;
    let phone = |user: &str, hz| {
        let mut plan = PhonePlan::agent(centre.sip(), user, centre.sip_secret(user));
        plan.tone_hz = hz;
        plan
    };
    let annas = Phone::start(&phone("anna", ANNA_HZ)).await;
    let boriss = Phone::start(&phone("boris", BORIS_HZ)).await;
    let anna = centre.ready_agent("anna").await;
    anna.has_a_phone().await;
    let mut plan = PhonePlan::caller(centre.sip());
    plan.tone_hz = CALLER_HZ;
    let caller = Phone::start(&plan).await;
    caller.dial("100").await;
    anna.becomes("talking", seconds(10)).await;
    let boris = centre.ready_agent("boris").await;
    boris.has_a_phone().await;
    hears(&caller, &[ANNA_HZ]).await;
    Talk {
        centre,
        anna,
        boris,
        annas,
        boriss,
        caller,
    }
}

/// All of the tones at once, and the other two not, in the last half second.
async fn hears(phone: &Phone, tones: &[f64]) {
    let what = format!("{tones:?} to be heard, and nothing else");
    eventually(&what, seconds(15), || async {
        let samples = phone.samples_heard();
        let last = &samples[samples.len().saturating_sub(4_000)..];
        let all = [CALLER_HZ, ANNA_HZ, BORIS_HZ];
        let is_right = |hz: &f64| {
            let part = part_at(last, *hz);
            if tones.contains(hz) {
                part > 0.2
            } else {
                part < 0.05
            }
        };
        (last.len() == 4_000 && all.iter().all(is_right)).then_some(())
    })
    .await;
}

async fn asks(agent: &Agent, body: Value) {
    let path = "/api/v1/agent/transfer";
    agent.client().json("POST", path, &body).await.ok();
}

fn agent(name: &str) -> Value {
    json!({"type": "agent", "agent": name})
}

#[tokio::test]
async fn a_caller_is_handed_over_at_once_and_the_agent_writes_up() {
    let at = talk(CentrePlan::new().queue("wrap_up_s", 60)).await;
    asks(&at.anna, json!({"action": "blind", "to": agent("boris")})).await;
    at.anna.becomes("wrap_up", seconds(2)).await;
    at.annas.event("CALL_CLOSED", seconds(5)).await;
    at.boris.becomes("talking", seconds(10)).await;
    hears(&at.caller, &[BORIS_HZ]).await;
    hears(&at.boriss, &[CALLER_HZ]).await;
    assert!(at.caller.events_of("CALL_CLOSED").is_empty());
    at.caller.hang_up().await;
    at.boris.becomes("wrap_up", seconds(5)).await;
    at.centre.is_empty_again().await;
    each_time_is_counted_once(&at.centre).await;
}

/// Whoever has left writes up at once and has the next caller, while the first one
/// still talks to the colleague.
async fn has_the_next_caller(at: &Talk) {
    let mut plan = PhonePlan::caller(at.centre.sip());
    plan.user = "4950000002".to_owned();
    plan.tone_hz = CALLER_HZ;
    let next = Phone::start(&plan).await;
    next.dial("100").await;
    at.anna.becomes("talking", seconds(10)).await;
    hears(&next, &[ANNA_HZ]).await;
    hears(&at.annas, &[CALLER_HZ]).await;
    hears(&at.caller, &[BORIS_HZ]).await;
    let boris = at.boris.state().await;
    assert_eq!(boris["agent"]["activity"], "talking", "{boris:#}");
    next.hang_up().await;
    at.anna.becomes("wrap_up", seconds(5)).await;
    at.caller.hang_up().await;
    at.centre.is_empty_again().await;
}

#[tokio::test]
async fn who_handed_over_at_once_is_offered_the_next_call() {
    let at = talk(CentrePlan::new().queue("wrap_up_s", 2)).await;
    asks(&at.anna, json!({"action": "blind", "to": agent("boris")})).await;
    at.anna.becomes("wrap_up", seconds(2)).await;
    at.boris.becomes("talking", seconds(10)).await;
    has_the_next_caller(&at).await;
}

#[tokio::test]
async fn who_handed_over_after_a_word_is_offered_the_next_call() {
    let at = talk(CentrePlan::new().queue("wrap_up_s", 2)).await;
    asks(&at.anna, json!({"action": "consult", "to": agent("boris")})).await;
    hears(&at.annas, &[BORIS_HZ]).await;
    asks(&at.anna, json!({"action": "complete"})).await;
    at.anna.becomes("wrap_up", seconds(2)).await;
    at.boris.becomes("talking", seconds(5)).await;
    has_the_next_caller(&at).await;
}

/// Rings boris's phone, who is no agent at work.
const TO_BORIS: &str = "VoxEngine.addEventListener(AppEvents.CallAlerting, (e) => {
  VoxEngine.easyProcess(e.call, VoxEngine.callUser('boris', e.callerid));
});";

/// The agent's own phone asks boris in a second call and joins the two (REFER with
/// `Replaces`): the agent writes up and has the next caller, the talk goes on.
#[tokio::test]
async fn an_agent_whose_phone_joins_two_calls_is_free_for_the_next() {
    let port = port::free();
    let trunk =
        format!(r#"[{{ name = "pbx", address = "127.0.0.2:{port}", sources = ["127.0.0.2"] }}]"#);
    let plan = CentrePlan::new()
        .agent_at("anna", "+74950000099")
        .agent("boris")
        .queue("wrap_up_s", 2)
        .scenario("201", "boris.js", TO_BORIS)
        .setting("CORDBOARD__SIP__TRUNKS", &trunk);
    let centre = Centre::start(plan).await;
    let mut boris = PhonePlan::agent(centre.sip(), "boris", centre.sip_secret("boris"));
    boris.tone_hz = BORIS_HZ;
    let boris = Phone::start(&boris).await;
    let annas = TrunkPhone::at_port("127.0.0.2", port, centre.sip()).await;
    let anna = centre.ready_agent("anna").await;
    let mut plan = PhonePlan::caller(centre.sip());
    plan.tone_hz = CALLER_HZ;
    let caller = Phone::start(&plan).await;
    caller.dial("100").await;
    let talk = annas.is_called().await;
    anna.becomes("talking", seconds(10)).await;
    let word = annas.call("201").await;
    boris.event("CALL_ESTABLISHED", seconds(10)).await;
    assert_eq!(anna.state().await["agent"]["activity"], "talking");

    assert_eq!(annas.join(&talk, &word).await, (202, Some(200)));
    anna.becomes("wrap_up", seconds(5)).await;
    hears(&caller, &[BORIS_HZ]).await;
    hears(&boris, &[CALLER_HZ]).await;
    centre.tells("agent_replaced").await;
    annas.is_hung_up(&talk).await;
    annas.is_hung_up(&word).await;

    let next = Phone::start(&PhonePlan::caller(centre.sip())).await;
    next.dial("100").await;
    annas.is_called().await;
    anna.becomes("talking", seconds(10)).await;
    hears(&caller, &[BORIS_HZ]).await;
    next.hang_up().await;
    anna.becomes("wrap_up", seconds(5)).await;
    assert!(caller.events_of("CALL_CLOSED").is_empty());
    caller.hang_up().await;
    boris.event("CALL_CLOSED", seconds(10)).await;
    centre.is_empty_again().await;
}

/// Two agents handled the caller, the queue had one.
async fn each_time_is_counted_once(centre: &Centre) {
    let olga = centre.sign_in("olga").await;
    let rows = |path: &'static str| {
        let client = olga.client();
        async move { client.get(path).await.ok() }
    };
    let queues = rows("/api/v1/reports/queues").await;
    let queue = &queues["rows"][0];
    assert_eq!(queue["offered"], 1, "{queues:#}");
    assert_eq!(queue["answered"], 1, "{queues:#}");
    assert_eq!(queue["abandoned"], 0, "{queues:#}");
    let agents = rows("/api/v1/reports/agents").await;
    let ms_of = |name: &str, key: &str| {
        let rows = agents["rows"].as_array().expect("rows");
        let row = rows.iter().find(|row| row["agent"] == name).expect(name);
        row[key].as_u64().expect(key)
    };
    // What boris did before he had the caller is in the talk of anna.
    let each_ms = [
        ms_of("anna", "talking_ms"),
        ms_of("anna", "consulting_ms"),
        ms_of("boris", "talking_ms"),
    ];
    assert!(each_ms[0] > 0 && each_ms[2] > 0, "{agents:#}");
    let talk = &queue["talk_ms"];
    assert_eq!(talk["denominator"], 2, "{queues:#}");
    let talk_ms = talk["numerator"].as_u64().expect("talk");
    let off_ms = talk_ms.abs_diff(each_ms.iter().sum());
    assert!(off_ms <= 100, "{queues:#} {agents:#}");
}

#[tokio::test]
async fn a_caller_is_handed_over_to_a_queue() {
    let sales = "[[queues]]\nname = \"sales\"\nagents = [\"boris\"]\n";
    let at = talk(CentrePlan::new().more(sales)).await;
    let to = json!({"type": "queue", "queue": "sales"});
    asks(&at.anna, json!({"action": "blind", "to": to})).await;
    at.anna.becomes("idle", seconds(2)).await;
    at.boris.becomes("talking", seconds(10)).await;
    hears(&at.caller, &[BORIS_HZ]).await;
    at.boriss.hang_up().await;
    at.caller.event("CALL_CLOSED", seconds(10)).await;
    at.centre.is_empty_again().await;
}

#[tokio::test]
async fn a_colleague_is_asked_and_then_has_the_caller() {
    let at = talk(CentrePlan::new().queue("wrap_up_s", 60)).await;
    asks(&at.anna, json!({"action": "consult", "to": agent("boris")})).await;
    at.anna.becomes("consulting", seconds(5)).await;
    hears(&at.annas, &[BORIS_HZ]).await;
    hears(&at.boriss, &[ANNA_HZ]).await;
    // The caller hears music, and neither of the two.
    let samples = at.caller.samples_heard();
    let last = &samples[samples.len() - 4_000..];
    assert!(part_at(last, ANNA_HZ) < 0.1 && part_at(last, BORIS_HZ) < 0.1);

    asks(&at.anna, json!({"action": "complete"})).await;
    at.anna.becomes("wrap_up", seconds(2)).await;
    at.annas.event("CALL_CLOSED", seconds(5)).await;
    at.boris.becomes("talking", seconds(5)).await;
    hears(&at.caller, &[BORIS_HZ]).await;
    hears(&at.boriss, &[CALLER_HZ]).await;
    at.boriss.hang_up().await;
    at.caller.event("CALL_CLOSED", seconds(10)).await;
    at.boris.becomes("wrap_up", seconds(5)).await;
    at.centre.is_empty_again().await;
    each_time_is_counted_once(&at.centre).await;
}

#[tokio::test]
async fn an_agent_swaps_merges_and_goes_on_alone() {
    let at = talk(CentrePlan::new()).await;
    asks(&at.anna, json!({"action": "consult", "to": agent("boris")})).await;
    hears(&at.annas, &[BORIS_HZ]).await;
    asks(&at.anna, json!({"action": "swap"})).await;
    hears(&at.annas, &[CALLER_HZ]).await;
    hears(&at.caller, &[ANNA_HZ]).await;
    assert_eq!(at.boris.state().await["agent"]["activity"], "held");
    asks(&at.anna, json!({"action": "swap"})).await;
    hears(&at.boriss, &[ANNA_HZ]).await;
    asks(&at.anna, json!({"action": "merge"})).await;
    hears(&at.caller, &[ANNA_HZ, BORIS_HZ]).await;
    hears(&at.annas, &[CALLER_HZ, BORIS_HZ]).await;
    hears(&at.boriss, &[CALLER_HZ, ANNA_HZ]).await;
    asks(&at.anna, json!({"action": "cancel"})).await;
    at.boriss.event("CALL_CLOSED", seconds(5)).await;
    at.boris.becomes("idle", seconds(5)).await;
    hears(&at.caller, &[ANNA_HZ]).await;
    hears(&at.annas, &[CALLER_HZ]).await;
    at.annas.hang_up().await;
    at.caller.event("CALL_CLOSED", seconds(10)).await;
    at.centre.is_empty_again().await;
}

#[tokio::test]
async fn a_colleague_who_does_not_answer_gives_the_caller_back() {
    let at = talk(CentrePlan::new().queue("ring_timeout_s", 2)).await;
    drop(at.boriss);
    let silent = PhonePlan::agent(at.centre.sip(), "boris", at.centre.sip_secret("boris"));
    let _silent = Phone::start(&silent.that_only_rings()).await;
    at.boris.has_a_phone().await;
    asks(&at.anna, json!({"action": "consult", "to": agent("boris")})).await;
    at.boris.becomes("ringing", seconds(5)).await;
    at.anna.becomes("talking", seconds(10)).await;
    hears(&at.caller, &[ANNA_HZ]).await;
    assert_eq!(at.boris.mark("missed").await, 0, "a word is no call");
    let card = at.anna.state().await;
    let past = &card["agent"]["call"]["past_consult"];
    assert_eq!(past["outcome"], "no_answer", "{card:#}");
    at.caller.hang_up().await;
    at.centre.is_empty_again().await;
}

#[tokio::test]
async fn an_agent_who_hangs_up_hands_over_to_the_colleague() {
    let at = talk(CentrePlan::new()).await;
    asks(&at.anna, json!({"action": "consult", "to": agent("boris")})).await;
    hears(&at.boriss, &[ANNA_HZ]).await;
    at.annas.hang_up().await;
    at.anna.becomes("idle", seconds(5)).await;
    at.boris.becomes("talking", seconds(5)).await;
    hears(&at.caller, &[BORIS_HZ]).await;
    at.caller.hang_up().await;
    at.boriss.event("CALL_CLOSED", seconds(10)).await;
    at.centre.is_empty_again().await;
}

#[tokio::test]
async fn a_killed_backend_loses_nobody_of_a_consult() {
    let mut at = talk(CentrePlan::new().apart().queue("wrap_up_s", 60)).await;
    asks(&at.anna, json!({"action": "consult", "to": agent("boris")})).await;
    hears(&at.boriss, &[ANNA_HZ]).await;
    at.centre.kill_role("backend");
    // Nobody notices.
    hears(&at.annas, &[BORIS_HZ]).await;
    at.centre.start_role("backend").await;
    at.anna.becomes("consulting", seconds(20)).await;
    asks(&at.anna, json!({"action": "complete"})).await;
    at.boris.becomes("talking", seconds(10)).await;
    hears(&at.caller, &[BORIS_HZ]).await;
    at.caller.hang_up().await;
    at.boriss.event("CALL_CLOSED", seconds(10)).await;
    at.centre.is_empty_again().await;
}

#[tokio::test]
async fn what_cannot_be_is_answered_with_the_reason_and_the_talk_goes_on() {
    let at = talk(CentrePlan::new()).await;
    let path = "/api/v1/agent/transfer";
    for (to, why) in [
        (agent("anna"), "oneself"),
        (agent("nobody"), "unknown"),
        (
            json!({"type": "number", "number": "+7 495 123-45-67"}),
            "not_allowed",
        ),
    ] {
        let body = json!({"action": "blind", "to": to});
        let answer = at.anna.client().json("POST", path, &body).await;
        assert_eq!(answer.status, 409, "{why}");
        assert!(answer.text.contains(why), "{why}: {}", answer.text);
    }
    let answer = at
        .boris
        .client()
        .json("POST", path, &json!({"action": "swap"}))
        .await;
    assert!(answer.text.contains("no_talk"), "{}", answer.text);
    let bad = at
        .anna
        .client()
        .json("POST", path, &json!({"action": "blind"}))
        .await;
    assert_eq!(bad.status, 422);
    hears(&at.caller, &[ANNA_HZ]).await;
    at.caller.hang_up().await;
    at.centre.is_empty_again().await;
}

#[tokio::test]
async fn the_agents_own_phone_hands_over_by_refer() {
    let at = talk(CentrePlan::new().queue("wrap_up_s", 60)).await;
    at.annas.transfer("boris").await;
    at.anna.becomes("wrap_up", seconds(5)).await;
    at.annas.event("CALL_CLOSED", seconds(5)).await;
    at.boris.becomes("talking", seconds(10)).await;
    hears(&at.caller, &[BORIS_HZ]).await;
    at.caller.hang_up().await;
    at.boriss.event("CALL_CLOSED", seconds(10)).await;
    at.centre.is_empty_again().await;
}

const PHARMACY: &str = "[transfers]\noutside_prefixes = []\n\
    [[transfers.numbers]]\nname = \"Pharmacy\"\nnumber = \"+74950000001\"\n";

/// A provider who answers, and its centre.
async fn with_provider(scenario: &'static str, plan: SippPlan) -> (Talk, Sipp) {
    let nobody: SocketAddr = port::free_address();
    let provider = Sipp::serve(scenario, nobody, &plan).await;
    let address = provider.address();
    let trunk =
        format!(r#"[{{ name = "provider", address = "{address}", sources = ["127.0.0.3"] }}]"#);
    let plan = CentrePlan::new()
        .queue("wrap_up_s", 2)
        .more(PHARMACY)
        .setting("CORDBOARD__SIP__TRUNKS", &trunk);
    (talk(plan).await, provider)
}

fn pharmacy() -> Value {
    json!({"type": "number", "number": "+7 495 000-00-01"})
}

#[tokio::test]
async fn a_caller_is_handed_over_to_an_outside_number() {
    let (at, provider) = with_provider("agent", SippPlan::new().pause(seconds(3))).await;
    asks(&at.anna, json!({"action": "blind", "to": pharmacy()})).await;
    at.anna.becomes("wrap_up", seconds(2)).await;
    let invite = provider.sees("INVITE", 1, seconds(10)).await;
    assert_eq!(invite[0].to.trim_start_matches('+'), "74950000001");
    provider.sees("ACK", 1, seconds(10)).await;
    // Whoever handed over has the next caller while the first still talks.
    at.anna.becomes("idle", seconds(5)).await;
    assert!(at.caller.events_of("CALL_CLOSED").is_empty());
    at.caller.event("CALL_CLOSED", seconds(15)).await;
    assert_eq!(at.boris.mark("answered").await, 0);
    at.centre.is_empty_again().await;
}

#[tokio::test]
async fn an_outside_number_is_asked_and_then_has_the_caller() {
    let (at, provider) = with_provider("agent", SippPlan::new().pause(seconds(8))).await;
    asks(&at.anna, json!({"action": "consult", "to": pharmacy()})).await;
    provider.sees("ACK", 1, seconds(10)).await;
    eventually("anna to speak with the pharmacy", seconds(5), || async {
        let call = at.anna.state().await["agent"]["call"].clone();
        (call["consult"]["with"] == "colleague").then_some(())
    })
    .await;
    asks(&at.anna, json!({"action": "complete"})).await;
    at.annas.event("CALL_CLOSED", seconds(5)).await;
    at.anna.becomes("idle", seconds(5)).await;
    assert!(at.caller.events_of("CALL_CLOSED").is_empty());
    at.caller.event("CALL_CLOSED", seconds(15)).await;
    at.centre.is_empty_again().await;
}

#[tokio::test]
async fn a_busy_outside_number_gives_the_caller_back() {
    let (at, provider) = with_provider("agent_is_busy", SippPlan::new()).await;
    let wish = json!({"action": "blind", "to": pharmacy(), "or_back": true});
    asks(&at.anna, wish).await;
    provider.sees("INVITE", 1, seconds(10)).await;
    at.anna.becomes("wrap_up", seconds(2)).await;
    at.anna.becomes("talking", seconds(10)).await;
    hears(&at.caller, &[ANNA_HZ]).await;
    assert_eq!(at.boris.mark("answered").await, 0);
    at.caller.hang_up().await;
    at.centre.is_empty_again().await;
}
