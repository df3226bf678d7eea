//! A caller's phone asks to be put through to another number (REFER), and the
//! scenario does it.

use cordboard_tests::audio::part_at;
use cordboard_tests::baresip::{Phone, PhonePlan};
use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::eventually::{eventually, seconds};
use cordboard_tests::port;
use cordboard_tests::sipp::{Sipp, SippPlan};
use cordboard_tests::trunk_phone::TrunkPhone;
use std::net::SocketAddr;

#[tokio::test]
async fn a_caller_is_put_through_by_the_scenario_and_told() {
    let nobody: SocketAddr = port::free_address();
    let phone = Sipp::serve("agent_waits_for_the_end", nobody, &SippPlan::new()).await;
    let scenario = format!(
        "VoxEngine.addEventListener(AppEvents.CallAlerting, ({{ call }}) => {{
            call.handleBlindTransfer(true);
            call.addEventListener(CallEvents.BlindTransferRequested, (e) => {{
                Logger.write('wants ' + e.transferTo + ' because ' + e.headers['X-Why']);
                const target = VoxEngine.callSIP('{}', {{ callerid: call.callerid() }});
                target.addEventListener(CallEvents.Connected, () => {{
                    VoxEngine.sendMediaBetween(call, target);
                    call.notifyBlindTransferSuccess();
                }});
            }});
            call.addEventListener(CallEvents.Disconnected, VoxEngine.terminate);
            call.answer();
        }});",
        phone.contact("900")
    );
    let centre = Centre::start(CentrePlan::new().scenario("400", "transfer.js", &scenario)).await;
    let caller = Sipp::call(
        "caller_is_transferred",
        centre.sip(),
        &SippPlan::new().dials("400").calls(1, 1),
    );
    let seen = caller.succeeds(seconds(30)).await;
    assert_eq!(seen.iter().filter(|s| s.word == "NOTIFY").count(), 2);
    phone.sees("BYE", 1, seconds(10)).await;
    let told = centre.session_log_word("wants ").await;
    assert_eq!(told, "900");
    centre.is_empty_again().await;
}

/// Answers, and ends after a while.
const WAITS: &str = "VoxEngine.addEventListener(AppEvents.CallAlerting, ({ call }) => {
  call.answer();
  setTimeout(VoxEngine.terminate, 12000);
});";

/// A number that leads to an agent's phone.
fn leads_to(agent: &str) -> String {
    format!(
        "VoxEngine.addEventListener(AppEvents.CallAlerting, (e) => {{
  const call = VoxEngine.callUser('{agent}', e.callerid);
  for (const one of [e.call, call]) {{
    one.addEventListener(CallEvents.TransferComplete, ({{ role }}) => Logger.write('TRANSFER ' + role));
  }}
  VoxEngine.easyProcess(e.call, call);
}});"
    )
}

/// A far end talks to anna, asks boris in a second call, and puts the two through by
/// attended transfer: REFER with `Replaces`. Two sessions; two real phones.
#[tokio::test]
async fn a_far_end_joins_its_two_calls_by_attended_transfer() {
    let tones = [880.0, 1_320.0];
    let trunk = r#"[{ name = "pbx", address = "127.0.0.2", sources = ["127.0.0.2"] }]"#;
    let plan = CentrePlan::new()
        .agent("anna")
        .agent("boris")
        .scenario("200", "anna.js", &leads_to("anna"))
        .scenario("201", "boris.js", &leads_to("boris"))
        .scenario("9", "waits.js", WAITS)
        .setting("CORDBOARD__SIP__TRUNKS", trunk);
    let centre = Centre::start(plan).await;
    let agent = |name: &str, hz| {
        let mut plan = PhonePlan::agent(centre.sip(), name, centre.sip_secret(name));
        plan.tone_hz = hz;
        plan
    };
    let anna = Phone::start(&agent("anna", tones[0])).await;
    let boris = Phone::start(&agent("boris", tones[1])).await;
    let pbx = TrunkPhone::at("127.0.0.2", centre.sip()).await;
    let (first, second) = (pbx.call("200").await, pbx.call("201").await);
    anna.event("CALL_ESTABLISHED", seconds(10)).await;
    boris.event("CALL_ESTABLISHED", seconds(10)).await;

    // Not with a call that is somebody else's, or nobody's.
    let stranger = TrunkPhone::at("127.0.0.1", centre.sip()).await;
    let foreign = stranger.call("9").await;
    assert_eq!(stranger.join(&foreign, &first).await, (403, None));

    assert_eq!(pbx.join(&first, &second).await, (202, Some(200)));
    pbx.is_hung_up(&second).await;
    for (phone, other) in [(&anna, tones[1]), (&boris, tones[0])] {
        eventually("the other one to be heard", seconds(15), || async {
            let samples = phone.samples_heard();
            let start = samples.len().saturating_sub(8_000);
            (part_at(&samples[start..], other) > 0.6).then_some(())
        })
        .await;
    }
    // It does not hang up its first call by itself: that is done for it.
    pbx.is_hung_up(&first).await;
    assert!(anna.events_of("CALL_CLOSED").is_empty());
    anna.hang_up().await;
    boris.event("CALL_CLOSED", seconds(10)).await;
    stranger.is_hung_up(&foreign).await;
    centre.is_empty_again().await;
    eventually("both ends of the transfer", seconds(5), || async {
        let log = centre.session_logs();
        let both = log.contains("TRANSFER transferor") && log.contains("TRANSFER target");
        both.then_some(())
    })
    .await;
}
