//! How good talks were: a mark of the agent, told by scenarios.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod desk;

use acd::*;
use desk::{Desk, session_ended, talk_ended};

fn rated(offer_id: OfferId, score: u64) -> SessionEvent {
    SessionEvent::TalkRated { offer_id, score }
}

#[test]
fn a_talk_is_rated_while_it_lasts_and_after_the_call() {
    let mut desk = Desk::new(&["anna", "boris"]);
    desk.ready("anna");
    let call = desk.arrive("s1");
    let (offer, agent) = desk.connected(call).unwrap();
    assert_eq!(agent, "anna");
    desk.talk(call, 1, offer);
    assert_eq!(desk.agent("anna").marks.quality, None);
    desk.event(call, 4, rated(offer, 50));
    assert_eq!(desk.agent("anna").marks.quality, Some(50));
    desk.event(call, 5, talk_ended(offer, 1_000));
    desk.event(call, 6, rated(offer, 100));
    let marks = desk.agent("anna").marks;
    assert_eq!((marks.rated, marks.quality), (2, Some(60)));
    assert_eq!(desk.agent("boris").marks.rated, 0);
    // A rating is told once, however often it comes.
    desk.event(call, 6, rated(offer, 100));
    assert_eq!(desk.agent("anna").marks.rated, 2);
    desk.event(call, 7, session_ended());
}

#[test]
fn a_call_that_nobody_answered_rates_nobody() {
    let mut desk = Desk::new(&["anna"]);
    let call = desk.arrive("s1");
    desk.event(call, 1, rated(OfferId(7), 1));
    desk.event(call, 2, session_ended());
    assert_eq!(desk.agent("anna").marks.rated, 0);
}
