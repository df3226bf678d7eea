//! Behaviour of the centre through its public border.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

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

#[test]
fn the_agent_who_is_idle_longest_is_chosen_and_ties_go_by_name() {
    let mut desk = Desk::new(&["clara", "boris", "anna"]);
    for agent in ["clara", "boris"] {
        desk.ready(agent);
    }
    desk.pass(1_000);
    desk.ready("anna");
    let mut chosen = vec![];
    for session in ["s1", "s2", "s3"] {
        let call = desk.arrive(session);
        chosen.push(desk.connected(call).unwrap().1);
    }
    assert_eq!(chosen, ["boris", "clara", "anna"]);
}

#[test]
fn higher_priority_is_served_first_then_the_longer_wait() {
    let mut desk = Desk::new(&["anna", "boris", "clara"]);
    let first = desk.arrive("s1");
    desk.pass(10);
    let second = desk.arrive("s2");
    desk.pass(10);
    let vip = desk.arrive_as(NewCall {
        priority: 5,
        ..desk::new_call("s3")
    });
    assert_eq!(desk.center.call(vip).unwrap().position, 1);
    assert_eq!(desk.center.call(second).unwrap().position, 3);
    for (agent, call) in [("anna", vip), ("boris", first), ("clara", second)] {
        desk.ready(agent);
        assert_eq!(
            desk.connected(call).map(|(_, agent)| agent).as_deref(),
            Some(agent)
        );
    }
}

#[test]
fn an_agent_of_several_queues_goes_to_the_caller_who_waits_longest() {
    let queues = vec![
        desk::queue("sales", Some(&["anna", "boris"])),
        desk::queue("support", Some(&["anna"])),
        desk::queue("other", Some(&["boris"])),
    ];
    let mut desk = Desk::configured(queues, &["anna", "boris"]);
    let call_to = |queue: &str, session| NewCall {
        queue: Some(queue.into()),
        ..desk::new_call(session)
    };
    let other = desk.arrive_as(call_to("other", "s0"));
    desk.pass(10);
    let support = desk.arrive_as(call_to("support", "s1"));
    desk.pass(10);
    let sales = desk.arrive_as(call_to("sales", "s2"));
    desk.ready("anna");
    assert!(desk.connected(support).is_some());
    desk.ready("boris");
    assert!(desk.connected(other).is_some());
    assert_eq!(desk.state(sales), "waiting");
}

#[test]
fn wrap_up_holds_for_all_queues_and_ends_exactly_or_by_hand() {
    let queues = vec![desk::queue("sales", None), desk::queue("support", None)];
    let mut desk = Desk::configured(queues, &["anna"]);
    desk.ready("anna");
    let call = desk.arrive("s1");
    let (offer, _) = desk.connected(call).unwrap();
    desk.talk(call, 1, offer);
    desk.event(call, 4, talk_ended(offer, 5));
    let next = desk.arrive_as(NewCall {
        queue: Some("support".into()),
        ..desk::new_call("s2")
    });
    desk.pass(9_999);
    assert!(!desk.any_connect());
    desk.pass(1);
    let (offer, _) = desk.connected(next).unwrap();
    desk.talk(next, 1, offer);
    let third = desk.arrive("s3");
    desk.event(next, 4, talk_ended(offer, 5));
    desk.pass(10);
    desk.give(Input::EndWrapUp {
        agent: "anna".into(),
        by: Actor::Agent,
    });
    assert!(desk.connected(third).is_some());
}

#[test]
fn a_break_chosen_during_a_talk_begins_after_it() {
    let mut desk = Desk::new(&["anna"]);
    desk.ready("anna");
    let call = desk.arrive("s1");
    let (offer, _) = desk.connected(call).unwrap();
    desk.talk(call, 1, offer);
    desk.intent(
        "anna",
        Intent::NotReady {
            reason: "lunch".into(),
        },
    );
    assert_eq!(desk.activity("anna"), ActivityView::Talking);
    desk.event(call, 4, talk_ended(offer, 5));
    desk.arrive("s2");
    desk.pass(60_000);
    assert!(!desk.any_connect());
    assert_eq!(
        desk.agent("anna").intent,
        Intent::NotReady {
            reason: "lunch".into()
        }
    );
}

#[test]
fn the_same_session_is_queued_once() {
    let mut desk = Desk::new(&["anna"]);
    let call = desk.arrive("s1");
    assert_eq!(desk.arrive("s1"), call);
    assert_eq!(desk.queue("support").waiting, 1);
}

#[test]
fn a_call_goes_to_the_named_queue_then_by_number_then_to_the_first() {
    let mut by_number = desk::queue("sales", None);
    by_number.numbers = vec!["200".into()];
    let mut desk = Desk::configured(vec![desk::queue("support", None), by_number], &[]);
    let mut queue_of = |queue: Option<&str>, dialed: &str, session: &str| {
        let call = desk.arrive_as(NewCall {
            queue: queue.map(Into::into),
            dialed_number: dialed.into(),
            ..desk::new_call(session)
        });
        desk.center.call(call).unwrap().queue.to_string()
    };
    assert_eq!(queue_of(Some("support"), "200", "s1"), "support");
    assert_eq!(queue_of(None, "200", "s2"), "sales");
    assert_eq!(queue_of(None, "999", "s3"), "support");
}

#[test]
fn refusals_say_why_and_are_recorded() {
    let mut small = desk::queue("support", None);
    small.waiting_max = 1;
    let mut desk = Desk::configured(vec![small], &[]);
    desk.arrive("s1");
    let check = |desk: &mut Desk, call: NewCall, refusal: Refusal| {
        let session_id = call.session_id.clone();
        let dialed = call.dialed_number.clone();
        desk.give(Input::CallArrived { call });
        assert_eq!(
            desk.facts(),
            [Fact::CallBlocked {
                refusal: refusal.clone(),
                dialed_number: dialed,
            }]
        );
        assert!(desk.last.iter().any(|effect| matches!(
            effect,
            Effect::CallRefused { session_id: told, refusal: why, .. }
                if *told == session_id && *why == refusal
        )));
    };
    check(
        &mut desk,
        desk::new_call("s2"),
        Refusal::QueueFull {
            queue: "support".into(),
        },
    );
    let lost = NewCall {
        queue: Some("lost".into()),
        ..desk::new_call("s3")
    };
    check(
        &mut desk,
        lost,
        Refusal::UnknownQueue {
            queue: "lost".into(),
        },
    );
    let mut empty = Desk::configured(vec![], &[]);
    check(&mut empty, desk::new_call("s1"), Refusal::NoQueues);
}

#[test]
fn waiting_callers_are_told_their_position_and_never_a_worse_one() {
    let mut config = desk::queue("support", None);
    config.announce_every_ms = 30_000;
    let mut desk = Desk::configured(vec![config], &["anna"]);
    let first = desk.arrive("s1");
    let second = desk.arrive("s2");
    let told = |desk: &Desk| -> Vec<(CallId, usize)> {
        desk.last
            .iter()
            .filter_map(|effect| match effect {
                Effect::Announce {
                    call,
                    position,
                    estimated_wait_ms,
                    ..
                } => {
                    assert_eq!(
                        *estimated_wait_ms, None,
                        "nothing is promised without samples"
                    );
                    Some((*call, *position))
                }
                _ => None,
            })
            .collect()
    };
    desk.pass(30_000);
    assert_eq!(told(&desk), [(first, 1), (second, 2)]);
    let vip = desk.arrive_as(NewCall {
        priority: 1,
        ..desk::new_call("s3")
    });
    desk.pass(30_000);
    assert_eq!(told(&desk), [(vip, 1)]);
    desk.event(vip, 1, desk::caller_left());
    desk.event(first, 1, desk::caller_left());
    desk.pass(30_000);
    assert_eq!(told(&desk), [(second, 1)]);
}

#[test]
fn the_expected_wait_is_what_those_ahead_will_hold_the_agents_for() {
    let mut config = desk::queue("support", None);
    config.wrap_up_ms = 0;
    let mut desk = Desk::configured(vec![config], &["anna"]);
    desk.ready("anna");
    for n in 0..5 {
        let call = desk.arrive(&format!("s{n}"));
        let (offer, _) = desk.connected(call).unwrap();
        desk.talk(call, 1, offer);
        desk.pass(60_000);
        desk.event(call, 4, talk_ended(offer, 60_000));
    }
    // In a talk, so that nobody is free.
    let call = desk.arrive("w0");
    let (offer, _) = desk.connected(call).unwrap();
    desk.talk(call, 1, offer);
    desk.arrive("w1");
    desk.arrive("w2");
    let wait_ms = desk.last.iter().find_map(|effect| match effect {
        Effect::CallAccepted {
            position: 2,
            estimated_wait_ms,
            ..
        } => *estimated_wait_ms,
        _ => None,
    });
    assert_eq!(wait_ms, Some(120_000));
}

#[test]
fn counts_of_the_day_start_anew_at_midnight_utc() {
    let mut desk = Desk::new(&["anna"]);
    desk.ready("anna");
    let call = desk.arrive("s1");
    let (offer, _) = desk.connected(call).unwrap();
    desk.talk(call, 1, offer);
    desk.event(call, 4, talk_ended(offer, 0));
    desk.event(call, 5, desk::session_ended());
    assert_eq!(desk.queue("support").answered_today, 1);
    let midnight = (desk.now / 86_400_000 + 1) * 86_400_000;
    desk.pass(midnight - desk.now - 1);
    assert_eq!(desk.agent("anna").marks.answered, 1);
    desk.pass(1);
    assert_eq!(
        (
            desk.agent("anna").marks.answered,
            desk.queue("support").answered_today
        ),
        (0, 0)
    );
    assert!(desk.last.contains(&Effect::AgentChanged {
        agent: "anna".into()
    }));
}

#[test]
fn a_decision_says_why() {
    let mut desk = Desk::new(&["anna", "boris", "clara"]);
    desk.ready("anna");
    desk.intent(
        "boris",
        Intent::NotReady {
            reason: "lunch".into(),
        },
    );
    desk.pass(2_000);
    desk.arrive("s1");
    let why = desk.facts().into_iter().find_map(|fact| match fact {
        Fact::OfferMade { why, .. } => Some(why),
        _ => None,
    });
    assert_eq!(
        why.as_deref(),
        Some(
            "idle longest (2000 ms) of 1 free; call first of 1 to be served (priority 0, waited 0 ms); \
             passed over: 1 not ready (boris), 1 offline (clara)"
        )
    );
}

#[test]
fn a_new_configuration_keeps_calls_and_talks() {
    let mut desk = Desk::configured(
        vec![desk::queue("sales", None), desk::queue("support", None)],
        &["anna", "zoya"],
    );
    desk.ready("zoya");
    let talked = desk.arrive_as(NewCall {
        queue: Some("support".into()),
        ..desk::new_call("s1")
    });
    let (offer, _) = desk.connected(talked).unwrap();
    desk.talk(talked, 1, offer);
    let waits = desk.arrive_as(NewCall {
        queue: Some("support".into()),
        ..desk::new_call("s2")
    });
    // Both the queue and the agent go, and a new agent shifts the others.
    desk.configure(vec![desk::queue("sales", None)], &["boris"]);
    assert_eq!(desk.activity("zoya"), ActivityView::Talking);
    assert_eq!(desk.queue("support").waiting, 1);
    desk.ready("boris");
    assert_eq!(desk.connected(waits).unwrap().1, "boris");
    desk.event(talked, 4, talk_ended(offer, 0));
    desk.pass(10_000);
    assert!(desk.center.agent(&"zoya".into()).is_none());
    desk.give(Input::CallArrived {
        call: NewCall {
            queue: Some("support".into()),
            ..desk::new_call("s3")
        },
    });
    assert!(
        desk.accepted().is_none(),
        "a removed queue takes no callers"
    );
}

#[test]
fn a_configuration_that_adds_an_agent_to_a_queue_serves_its_callers_at_once() {
    let mut desk = Desk::configured(vec![desk::queue("support", Some(&[]))], &["anna"]);
    desk.ready("anna");
    let call = desk.arrive("s1");
    assert!(!desk.any_connect());
    desk.configure(vec![desk::queue("support", Some(&["anna"]))], &["anna"]);
    assert!(desk.connected(call).is_some());
}
