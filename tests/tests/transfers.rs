//! A caller's phone asks to be put through to another number (REFER), and the
//! scenario does it.

use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::eventually::seconds;
use cordboard_tests::port;
use cordboard_tests::sipp::{Sipp, SippPlan};
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
