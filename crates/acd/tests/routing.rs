//! Behaviour of the centre through its public border.

mod desk;

use acd::*;
use desk::{Desk, answered, ringing, talk_ended, talk_started};

#[test]
fn a_call_travels_from_queue_to_agent_and_ends() {
    let mut desk = Desk::new(&["anna"]);
    let call = desk.arrive("s1");
    assert_eq!(desk.state(call), "waiting");
    desk.ready("anna");
    let (offer, agent) = desk.connected(call).unwrap();
    assert_eq!(agent, "anna");
    assert_eq!(desk.activity("anna"), ActivityView::Reserved);
    desk.event(call, 1, ringing(offer));
    assert_eq!(desk.activity("anna"), ActivityView::Ringing);
    desk.event(call, 2, answered(offer));
    desk.event(call, 3, talk_started(offer));
    assert_eq!(desk.activity("anna"), ActivityView::Talking);
    assert_eq!(desk.state(call), "talking");
    desk.pass(60_000);
    desk.event(call, 4, talk_ended(offer, 60_000));
    assert_eq!(desk.state(call), "ended");
    assert!(matches!(desk.activity("anna"), ActivityView::WrapUp { .. }));
    desk.pass(10_000);
    assert_eq!(desk.activity("anna"), ActivityView::Idle);
    let marks = desk.center.agent(&"anna".into()).unwrap().marks;
    assert_eq!((marks.answered, marks.talk_ms), (1, 60_000));
}
