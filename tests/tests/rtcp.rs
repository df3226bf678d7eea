//! Reports of RTCP between the centre and real phones, and where people read them.

use cordboard_tests::baresip::{Phone, PhonePlan};
use cordboard_tests::centre::{Centre, CentrePlan};
use cordboard_tests::eventually::{eventually, seconds};

const MEASURES: &str = "
VoxEngine.addEventListener(AppEvents.CallAlerting, (e) => {
  const call = e.call;
  call.answer();
  call.monitorMediaStatistics({ monitor: true, interval: 3 });
  call.addEventListener(CallEvents.Connected, () => call.playProgressTone('RU'));
  call.addEventListener(CallEvents.MediaStatisticsReceived, ({ in: came, out }) => {
    const { numPackets, packetLoss, jitter, roundTripTime } = out;
    const whole = numPackets > 50 && packetLoss < 5 && jitter < 50 && roundTripTime < 100 && came.jitter < 50;
    Logger.write(`NUMBERS ${whole} ${JSON.stringify(out)};`);
  });
  call.addEventListener(CallEvents.Disconnected, () => VoxEngine.terminate());
});
";

/// A call by a phone that hears a tune for some seconds: what both say of the line.
async fn both_sides_know(shares_rtcp: bool) {
    let plan = CentrePlan::new().scenario("200", "measures.js", MEASURES);
    let centre = Centre::start(plan).await;
    let mut plan = PhonePlan::caller(centre.sip());
    plan.shares_rtcp = shares_rtcp;
    let caller = Phone::start(&plan).await;
    caller.dial("200").await;
    caller.event("CALL_ESTABLISHED", seconds(5)).await;
    eventually("round trip and all in the log", seconds(20), || async {
        centre.session_logs().contains("NUMBERS true").then_some(())
    })
    .await;
    // The first report of ours may come before it has said anything.
    let report = eventually("a report with a round trip", seconds(20), || async {
        let mut reports = caller.events_of("CALL_RTCP").into_iter();
        reports.find(|report| report["rtcp_stats"]["rtt"].as_u64() > Some(0))
    })
    .await;
    let stats = &report["rtcp_stats"];
    assert_eq!(stats["rx"]["lost"], 0, "{report}");
    assert!(stats["tx"]["sent"].as_u64() > Some(50), "{report}");
    // What it knows of its own packets it has from us.
    assert_eq!(stats["tx"]["lost"], 0, "{report}");
    let round_trip_us = stats["rtt"].as_f64().expect("a number");
    assert!((1.0..100_000.0).contains(&round_trip_us), "{report}");
    caller.hang_up().await;
    let line = eventually("the line of the log", seconds(5), || async {
        let logs = centre.session_logs();
        let line = logs.lines().find(|line| line.contains("audio call=1 in:"));
        line.map(str::to_owned)
    })
    .await;
    assert!(line.contains(" 0 lost (0.0 %)"), "{line}");
    assert!(line.contains("; round trip "), "{line}");
    centre.is_empty_again().await;
}

#[tokio::test]
async fn both_sides_know_how_the_line_is_with_rtcp_on_a_port_of_its_own() {
    both_sides_know(false).await;
}

#[tokio::test]
async fn both_sides_know_how_the_line_is_with_rtcp_on_the_port_of_rtp() {
    both_sides_know(true).await;
}
