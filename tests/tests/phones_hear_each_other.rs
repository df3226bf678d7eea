//! The tools themselves: two phones without a centre between them. If this fails,
//! the fault is in the tools or the machine, not in the product.

use std::net::SocketAddr;

use cordboard_tests::audio::Heard;
use cordboard_tests::baresip::{Phone, PhonePlan};
use cordboard_tests::eventually::seconds;
use cordboard_tests::port;
use cordboard_tests::sipp::{Sipp, SippPlan};

#[tokio::test]
async fn a_phone_records_what_it_hears_and_can_be_driven() {
    let nobody: SocketAddr = port::free_address();
    let sipp = Sipp::serve("agent", nobody, &SippPlan::new().pause(seconds(1))).await;
    let caller = Phone::start(&PhonePlan::caller(sipp.address())).await;
    caller.dial("anna").await;
    caller.event("CALL_ESTABLISHED", seconds(5)).await;
    caller.event("CALL_CLOSED", seconds(5)).await;
    let invites = sipp.seen_of("INVITE");
    assert_eq!(invites.len(), 1);
    assert_eq!(invites[0].to, "anna");
    assert_eq!(invites[0].from, "4951234567");
    let silent = caller.heard();
    assert!(silent.iter().all(|h| *h == Heard::Silence), "{silent:?}");
}
