//! Callers are handed over, at once and after a word with a colleague.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod desk;

use acd::ActivityView as V;
use acd::*;
use desk::*;

/// Anna talks to the caller of call 1; the others are as given.
fn talk_of_anna(others: &[&str]) -> (Desk, CallId, OfferId) {
    talk_in(vec![queue("support", None), queue("sales", None)], others)
}

fn talk_in(queues: Vec<QueueConfig>, others: &[&str]) -> (Desk, CallId, OfferId) {
    let mut desk = Desk::configured(queues, &["anna", "boris", "clara"]);
    desk.ready("anna");
    let call = desk.arrive("1");
    let (offer, agent) = desk.connected(call).unwrap();
    assert_eq!(agent, "anna");
    desk.pass(4_000);
    desk.talk(call, 1, offer);
    desk.pass(60_000);
    for other in others {
        desk.ready(other);
    }
    (desk, call, offer)
}

fn to(agent: &str) -> TransferTarget {
    TransferTarget::Agent {
        agent: agent.into(),
    }
}

fn blind(to: TransferTarget) -> TransferRequest {
    TransferRequest::Blind { to, or_back: false }
}

fn ask(desk: &mut Desk, agent: &str, request: TransferRequest) -> Option<TransferRefusal> {
    desk.give(Input::Transfer {
        agent: agent.into(),
        request,
    });
    let answers = desk.last.iter().filter_map(|effect| match effect {
        Effect::TransferAnswered { refusal, .. } => Some(*refusal),
        _ => None,
    });
    let answers: Vec<_> = answers.collect();
    assert_eq!(answers.len(), 1, "one answer");
    answers[0]
}

fn released(desk: &Desk) -> Vec<OfferId> {
    let offers = desk.last.iter().filter_map(|effect| match effect {
        Effect::ReleaseAgent { offer, .. } => Some(*offer),
        _ => None,
    });
    offers.collect()
}

fn is_in_wrap_up(desk: &Desk, agent: &str) -> bool {
    matches!(desk.activity(agent), ActivityView::WrapUp { .. })
}

/// The segment that the last step ended by a transfer.
fn segment(desk: &Desk) -> (TransferKind, Option<String>, u64, u64) {
    let found = desk.facts().into_iter().find_map(|fact| match fact {
        Fact::CallTransferred {
            kind,
            to_agent,
            wait_ms,
            talk_ms,
            ..
        } => Some((
            kind,
            to_agent.map(|agent| agent.to_string()),
            wait_ms,
            talk_ms,
        )),
        _ => None,
    });
    found.unwrap()
}

/// Boris is asked and answers.
fn consulting() -> (Desk, CallId, OfferId, OfferId) {
    let (mut desk, call, offer) = talk_of_anna(&["boris"]);
    assert_eq!(
        ask(
            &mut desk,
            "anna",
            TransferRequest::Consult { to: to("boris") }
        ),
        None
    );
    let (consult, agent) = consult_of(&desk.last).unwrap();
    assert_eq!(agent, "boris");
    desk.event(call, 4, ringing(consult));
    assert_eq!(desk.activity("anna"), ActivityView::Consulting);
    assert_eq!(desk.activity("boris"), ActivityView::Ringing);
    desk.pass(3_000);
    desk.event(call, 5, answered(consult));
    assert_eq!(desk.activity("boris"), ActivityView::Consulting);
    (desk, call, offer, consult)
}

#[test]
fn blind_to_a_free_agent_rings_there_and_frees_the_first_at_once() {
    let (mut desk, call, offer) = talk_of_anna(&["boris", "clara"]);
    assert_eq!(ask(&mut desk, "anna", blind(to("clara"))), None);
    assert!(is_in_wrap_up(&desk, "anna"));
    assert_eq!(released(&desk), [offer]);
    assert_eq!(
        segment(&desk),
        (TransferKind::Blind, Some("clara".into()), 4_000, 60_000)
    );
    // Boris is idle longer, but the caller is clara's.
    let (next, agent) = desk.connected(call).unwrap();
    assert_eq!(agent, "clara");
    desk.pass(2_000);
    desk.talk(call, 4, next);
    desk.pass(10_000);
    desk.event(call, 7, talk_ended(next, 10_000));
    assert!(is_in_wrap_up(&desk, "clara"));
    let result = desk.center.call(call).unwrap().result.unwrap();
    assert_eq!(result.agent, Some("clara".into()));
    assert_eq!((result.wait_ms, result.talk_ms), (2_000, 10_000));
    // One caller, counted once.
    assert_eq!(desk.queue("support").answered_today, 1);
    assert_eq!(desk.agent("anna").marks.talk_ms, 60_000);
    assert_eq!(desk.agent("clara").marks.talk_ms, 10_000);
}

#[test]
fn a_colleague_who_does_not_come_is_replaced_by_anybody() {
    let (mut desk, call, _) = talk_of_anna(&["boris", "clara"]);
    ask(&mut desk, "anna", blind(to("clara")));
    let (offer, _) = desk.connected(call).unwrap();
    desk.event(call, 4, failed(offer, OfferFailure::Busy));
    let given_up = |fact: &Fact| matches!(fact, Fact::TransferGivenUp { wanted: None, .. });
    assert!(desk.facts().iter().any(given_up));
    assert_eq!(desk.connected(call).unwrap().1, "boris");
}

#[test]
fn a_busy_colleague_is_waited_for_but_not_for_ever() {
    let (mut desk, call, _) = talk_of_anna(&["clara"]);
    let other = desk.arrive("2");
    let (offer, _) = desk.connected(other).unwrap();
    desk.talk(other, 1, offer);
    assert_eq!(ask(&mut desk, "anna", blind(to("clara"))), None);
    desk.ready("boris");
    assert!(desk.connected(call).is_none(), "boris is not wanted");
    desk.pass(29_999);
    assert!(desk.connected(call).is_none());
    desk.pass(1);
    assert_eq!(desk.connected(call).unwrap().1, "boris");
}

#[test]
fn the_agent_may_have_the_caller_back() {
    let (mut desk, call, _) = talk_of_anna(&["boris", "clara"]);
    let request = TransferRequest::Blind {
        to: to("clara"),
        or_back: true,
    };
    assert_eq!(ask(&mut desk, "anna", request), None);
    let (offer, _) = desk.connected(call).unwrap();
    desk.pass(1_000);
    desk.event(call, 4, failed(offer, OfferFailure::Rejected));
    // Boris is free, but anna is wanted, who is in wrap-up.
    assert!(desk.connected(call).is_none());
    desk.pass(9_000);
    assert_eq!(desk.connected(call).unwrap().1, "anna");
}

#[test]
fn blind_to_a_queue_begins_a_segment_there_with_all_the_waiting_to_its_credit() {
    let sales = queue("sales", Some(&["clara"]));
    let support = queue("support", Some(&["anna", "boris"]));
    let (mut desk, call, _) = talk_in(vec![support, sales], &[]);
    let mut named = new_call("2");
    named.queue = Some("sales".into());
    let other = desk.arrive_as(named);
    desk.pass(2_000);
    let request = blind(TransferTarget::Queue {
        queue: "sales".into(),
    });
    assert_eq!(ask(&mut desk, "anna", request), None);
    assert!(is_in_wrap_up(&desk, "anna"));
    let view = desk.center.call(call).unwrap();
    assert_eq!(view.queue, "sales".into());
    assert_eq!(view.queued_at, desk.now);
    // Waited 4 s before, the other 2 s: the talk is no waiting.
    assert_eq!(view.position, 1);
    assert_eq!(desk.center.call(other).unwrap().position, 2);
    desk.ready("clara");
    let (offer, _) = desk.connected(call).unwrap();
    desk.talk(call, 4, offer);
    assert_eq!(desk.queue("sales").answered_today, 1);
    assert_eq!(desk.queue("support").answered_today, 1);
}

#[test]
fn who_hands_over_to_the_own_queue_without_wrap_up_is_not_offered_it_again() {
    let without = QueueConfig {
        wrap_up_ms: 0,
        ..queue("support", None)
    };
    let (mut desk, call, _) = talk_in(vec![without], &[]);
    let request = blind(TransferTarget::Queue {
        queue: "support".into(),
    });
    assert_eq!(ask(&mut desk, "anna", request), None);
    assert_eq!(desk.activity("anna"), ActivityView::Idle);
    assert!(desk.connected(call).is_none());
    desk.pass(10_000);
    assert_eq!(desk.connected(call).unwrap().1, "anna");
}

#[test]
fn what_cannot_be_is_refused_and_the_talk_goes_on() {
    let closed = queue("closed", Some(&["nobody"]));
    let mut closed = closed;
    closed.leave.nobody = Leave::HangUp;
    let (mut desk, call, offer) = talk_in(vec![queue("support", None), closed], &["boris"]);
    let queue = |name: &str| TransferTarget::Queue { queue: name.into() };
    let number = TransferTarget::Number {
        number: "+79001234567".into(),
    };
    let consult = |to| TransferRequest::Consult { to };
    let table = [
        (blind(to("anna")), TransferRefusal::Oneself),
        (blind(to("nobody")), TransferRefusal::Unknown),
        (blind(to("clara")), TransferRefusal::Offline),
        (blind(queue("nowhere")), TransferRefusal::Unknown),
        (blind(queue("closed")), TransferRefusal::NobodyThere),
        (blind(number.clone()), TransferRefusal::NotAllowed),
        (consult(to("anna")), TransferRefusal::Oneself),
        (consult(to("clara")), TransferRefusal::Offline),
        (consult(number), TransferRefusal::NotAllowed),
        (TransferRequest::Complete, TransferRefusal::NoColleague),
        (TransferRequest::Swap, TransferRefusal::NoColleague),
        (TransferRequest::Merge, TransferRefusal::NoColleague),
        (TransferRequest::Cancel, TransferRefusal::NoColleague),
    ];
    for (request, refusal) in table {
        assert_eq!(
            ask(&mut desk, "anna", request.clone()),
            Some(refusal),
            "{request:?}"
        );
        assert_eq!(desk.state(call), "talking");
        assert_eq!(desk.activity("anna"), ActivityView::Talking);
    }
    assert_eq!(
        ask(&mut desk, "boris", blind(to("anna"))),
        Some(TransferRefusal::NoTalk)
    );
    desk.intent(
        "boris",
        Intent::NotReady {
            reason: "lunch".into(),
        },
    );
    for request in [blind(to("boris")), consult(to("boris"))] {
        assert_eq!(
            ask(&mut desk, "anna", request),
            Some(TransferRefusal::NotReady)
        );
    }
    desk.event(call, 4, talk_ended(offer, 1));
    assert!(is_in_wrap_up(&desk, "anna"));
}

#[test]
fn a_phone_that_refers_does_the_same() {
    let mut sales = queue("sales", Some(&["clara"]));
    sales.numbers = vec!["105".into()];
    let wanted = [
        ("sip:clara@10.0.0.1", Some("support"), Some("clara")),
        ("<sip:105@here>", Some("sales"), None),
        ("sales", Some("sales"), None),
        ("sip:anna@here", None, None),
        ("sip:00442079460000@here", None, None),
        ("", None, None),
    ];
    for (target, queue_after, agent) in wanted {
        let (mut desk, call, offer) = talk_in(
            vec![queue("support", None), sales.clone()],
            &["boris", "clara"],
        );
        let event = SessionEvent::TransferRequested {
            offer_id: offer,
            to: target.into(),
        };
        desk.event(call, 4, event);
        let refused = desk
            .last
            .iter()
            .any(|effect| matches!(effect, Effect::RefuseTransfer { .. }));
        assert_eq!(refused, queue_after.is_none(), "{target}");
        match queue_after {
            None => assert_eq!(desk.activity("anna"), ActivityView::Talking),
            Some(queue) => {
                assert_eq!(released(&desk), [offer], "{target}");
                assert_eq!(desk.center.call(call).unwrap().queue, queue.into());
                assert_eq!(segment(&desk).1.as_deref(), agent);
                assert_eq!(desk.connected(call).unwrap().1, "clara");
                assert!(is_in_wrap_up(&desk, "anna"));
            }
        }
    }
}

#[test]
fn a_colleague_takes_over_after_a_word() {
    let (mut desk, call, _, consult) = consulting();
    desk.pass(7_000);
    assert_eq!(ask(&mut desk, "anna", TransferRequest::Complete), None);
    assert!(is_in_wrap_up(&desk, "anna"));
    assert_eq!(desk.activity("boris"), ActivityView::Talking);
    // The consult is in the talk of the agent who asked.
    assert_eq!(
        segment(&desk),
        (TransferKind::Attended, Some("boris".into()), 4_000, 70_000)
    );
    desk.event(
        call,
        6,
        SessionEvent::TransferCompleted { offer_id: consult },
    );
    desk.pass(20_000);
    desk.event(call, 7, talk_ended(consult, 20_000));
    let result = desk.center.call(call).unwrap().result.unwrap();
    assert_eq!((result.wait_ms, result.talk_ms), (0, 20_000));
    assert_eq!(result.agent, Some("boris".into()));
    assert!(is_in_wrap_up(&desk, "boris"));
    assert_eq!(desk.queue("support").answered_today, 1);
}

#[test]
fn swap_goes_there_and_back_and_merge_brings_all_together() {
    let (mut desk, call, _, consult) = consulting();
    let states = |desk: &Desk| (desk.activity("anna"), desk.activity("boris"));
    let joined = |desk: &Desk| {
        desk.last.iter().find_map(|effect| match effect {
            Effect::JoinConsult { offer, with, .. } if *offer == consult => Some(*with),
            _ => None,
        })
    };
    assert_eq!(ask(&mut desk, "anna", TransferRequest::Swap), None);
    assert_eq!(states(&desk), (V::Talking, V::Held));
    assert_eq!(joined(&desk), Some(ConsultParty::Caller));
    assert_eq!(ask(&mut desk, "anna", TransferRequest::Swap), None);
    assert_eq!(states(&desk), (V::Consulting, V::Consulting));
    assert_eq!(joined(&desk), Some(ConsultParty::Colleague));
    assert_eq!(ask(&mut desk, "anna", TransferRequest::Swap), None);
    assert_eq!(ask(&mut desk, "anna", TransferRequest::Merge), None);
    assert_eq!(states(&desk), (V::Talking, V::Talking));
    assert_eq!(joined(&desk), Some(ConsultParty::All));
    let card = desk.agent("boris").call.unwrap();
    let view = card.consult.unwrap();
    assert!(view.is_asked && view.colleague == Party::Agent("anna".into()));
    assert_eq!(view.with, Some(ConsultParty::All));
    // Boris leaves: he spoke with the caller, so he has something to write up.
    desk.event(call, 6, SessionEvent::ConsultEnded { offer_id: consult });
    assert!(is_in_wrap_up(&desk, "boris"));
    assert_eq!(desk.activity("anna"), V::Talking);
    assert_eq!(desk.state(call), "talking");
}

#[test]
fn a_colleague_who_is_needed_no_more_is_free_without_blame() {
    let (mut desk, _, _, consult) = consulting();
    let idle_since = desk.agent("boris").marks.clone();
    assert_eq!(ask(&mut desk, "anna", TransferRequest::Cancel), None);
    assert_eq!(desk.cancelled(), [consult]);
    assert_eq!(desk.activity("anna"), ActivityView::Talking);
    assert_eq!(desk.activity("boris"), ActivityView::Idle);
    assert_eq!(desk.agent("boris").marks, idle_since);
    assert!(desk.agent("boris").retry_at.is_none());
}

/// A caller counts as answered once, whatever becomes of the colleague's talk.
#[test]
fn a_caller_whom_the_colleague_loses_stays_one_who_was_answered() {
    let (mut desk, call, _, consult) = consulting();
    assert_eq!(ask(&mut desk, "anna", TransferRequest::Complete), None);
    desk.event(call, 6, failed(consult, OfferFailure::Unreachable));
    assert_eq!(desk.state(call), "waiting");
    desk.event(call, 7, caller_left());
    let queue = desk.queue("support");
    assert_eq!((queue.answered_today, queue.abandoned_today), (1, 0));
    assert_eq!(queue.level_today.of, 1);
}

/// Who wanted a break after this call has it, whichever part in the call that was.
#[test]
fn a_colleague_who_wants_a_break_after_the_call_has_it() {
    let lunch = || Intent::NotReady {
        reason: "lunch".into(),
    };
    for is_merged in [false, true] {
        let (mut desk, ..) = consulting();
        if is_merged {
            assert_eq!(ask(&mut desk, "anna", TransferRequest::Merge), None);
        }
        desk.give(Input::SetAfterCall {
            agent: "boris".into(),
            intent: Some(lunch()),
            by: Actor::Agent,
        });
        assert_eq!(ask(&mut desk, "anna", TransferRequest::Cancel), None);
        let boris = desk.agent("boris");
        assert_eq!((boris.intent, boris.after_call), (lunch(), None));
        desk.arrive("2");
        desk.pass(10_000);
        assert!(!desk.any_connect());
    }
    // A phone that only rang was no call.
    let (mut desk, ..) = talk_of_anna(&["boris"]);
    let request = TransferRequest::Consult { to: to("boris") };
    ask(&mut desk, "anna", request);
    desk.give(Input::SetAfterCall {
        agent: "boris".into(),
        intent: Some(lunch()),
        by: Actor::Agent,
    });
    ask(&mut desk, "anna", TransferRequest::Cancel);
    assert_eq!(desk.agent("boris").intent, Intent::Ready);
}

#[test]
fn a_colleague_who_does_not_answer_is_told_and_not_blamed() {
    for (reason, word) in [
        (OfferFailure::Busy, "busy"),
        (OfferFailure::NoAnswer, "no_answer"),
        (OfferFailure::Rejected, "rejected"),
        (OfferFailure::Unregistered, "unregistered"),
    ] {
        let (mut desk, call, _) = talk_of_anna(&["boris"]);
        ask(
            &mut desk,
            "anna",
            TransferRequest::Consult { to: to("boris") },
        );
        let (consult, _) = consult_of(&desk.last).unwrap();
        desk.event(call, 4, failed(consult, reason));
        assert_eq!(desk.activity("anna"), ActivityView::Talking);
        assert_eq!(desk.activity("boris"), ActivityView::Idle);
        let past = desk.agent("anna").call.unwrap().past_consult.unwrap();
        assert_eq!(past.outcome, word);
        assert_eq!(desk.agent("boris").marks, Marks::default());
        // He may be asked again at once.
        let again = TransferRequest::Consult { to: to("boris") };
        assert_eq!(ask(&mut desk, "anna", again), None);
    }
}

#[test]
fn a_mute_session_does_not_keep_a_colleague() {
    let (mut desk, _, _) = talk_of_anna(&["boris"]);
    ask(
        &mut desk,
        "anna",
        TransferRequest::Consult { to: to("boris") },
    );
    let (consult, _) = consult_of(&desk.last).unwrap();
    desk.pass(25_000);
    assert_eq!(desk.activity("boris"), ActivityView::Idle);
    assert_eq!(desk.cancelled(), [consult]);
    assert_eq!(desk.activity("anna"), ActivityView::Talking);
}

#[test]
fn whoever_hangs_up_during_a_consult_leaves_nobody_on_hold() {
    // The caller.
    let (mut desk, call, offer, _) = consulting();
    desk.event(call, 6, talk_ended(offer, 70_000));
    assert!(is_in_wrap_up(&desk, "anna"));
    assert_eq!(desk.activity("boris"), ActivityView::Idle);
    assert_eq!(desk.state(call), "ended");
    // The colleague.
    let (mut desk, call, _, consult) = consulting();
    desk.event(call, 6, SessionEvent::ConsultEnded { offer_id: consult });
    assert_eq!(desk.activity("anna"), ActivityView::Talking);
    assert_eq!(desk.activity("boris"), ActivityView::Idle);
    // The agent: that completes the transfer.
    let (mut desk, call, _, consult) = consulting();
    desk.event(
        call,
        6,
        SessionEvent::TransferCompleted { offer_id: consult },
    );
    assert!(is_in_wrap_up(&desk, "anna"));
    assert_eq!(desk.activity("boris"), ActivityView::Talking);
    assert_eq!(desk.state(call), "talking");
    // The session.
    let (mut desk, call, _, _) = consulting();
    desk.give(Input::SessionLost {
        call,
        why: String::new(),
    });
    assert!(is_in_wrap_up(&desk, "anna"));
    assert_eq!(desk.activity("boris"), ActivityView::Idle);
}

#[test]
fn an_agent_who_hangs_up_while_the_colleague_rings_leaves_the_caller_to_him() {
    let (mut desk, call, offer) = talk_of_anna(&["boris", "clara"]);
    ask(
        &mut desk,
        "anna",
        TransferRequest::Consult { to: to("clara") },
    );
    let (consult, _) = consult_of(&desk.last).unwrap();
    desk.event(call, 4, ringing(consult));
    desk.event(call, 5, SessionEvent::AgentLeft { offer_id: offer });
    assert!(is_in_wrap_up(&desk, "anna"));
    assert_eq!(desk.activity("clara"), ActivityView::Ringing);
    assert_eq!(desk.state(call), "offering");
    assert!(!desk.any_connect(), "boris is not rung beside");
    desk.event(call, 6, answered(consult));
    desk.event(call, 7, talk_started(consult));
    assert_eq!(desk.activity("clara"), ActivityView::Talking);
}

#[test]
fn a_session_that_missed_a_command_is_told_again() {
    let talking = |offer_id| SessionDoing::Talking { offer_id };
    // The agent was to leave.
    let (mut desk, call, offer) = talk_of_anna(&["boris"]);
    ask(&mut desk, "anna", blind(to("boris")));
    desk.give(Input::SessionStatus {
        call,
        doing: talking(offer),
    });
    assert_eq!(released(&desk), [offer]);
    assert_eq!(desk.activity("boris"), ActivityView::Reserved);
    // The colleague was to have the caller.
    let (mut desk, call, offer, consult) = consulting();
    ask(&mut desk, "anna", TransferRequest::Complete);
    let doing = SessionDoing::Consulting {
        offer_id: offer,
        consult_id: consult,
        with: Some(ConsultParty::Colleague),
    };
    desk.give(Input::SessionStatus {
        call,
        doing: doing.clone(),
    });
    let again = Effect::CompleteTransfer {
        call,
        offer: consult,
    };
    assert!(desk.last.contains(&again));
    // The agent was to speak with the caller.
    let (mut desk, call, _, consult) = consulting();
    ask(&mut desk, "anna", TransferRequest::Swap);
    desk.give(Input::SessionStatus { call, doing });
    let again = Effect::JoinConsult {
        call,
        offer: consult,
        with: ConsultParty::Caller,
    };
    assert!(desk.last.contains(&again));
}

#[test]
fn a_restart_in_every_stage_goes_on_from_what_the_session_says() {
    for stage in ["ringing", "answered", "swapped", "merged"] {
        let (mut desk, call, offer) = talk_of_anna(&["boris"]);
        let request = TransferRequest::Consult { to: to("boris") };
        ask(&mut desk, "anna", request);
        let (consult_id, _) = consult_of(&desk.last).unwrap();
        let mut with = None;
        if stage != "ringing" {
            desk.event(call, 4, answered(consult_id));
            with = Some(ConsultParty::Colleague);
        }
        if stage == "swapped" {
            ask(&mut desk, "anna", TransferRequest::Swap);
            with = Some(ConsultParty::Caller);
        }
        if stage == "merged" {
            ask(&mut desk, "anna", TransferRequest::Merge);
            with = Some(ConsultParty::All);
        }
        let kept = serde_json::to_string(&desk.center).unwrap();
        desk.center = serde_json::from_str(&kept).unwrap();
        let before = (desk.activity("anna"), desk.activity("boris"));
        let effects = desk.center.reconcile(desk.now);
        assert!(effects.contains(&Effect::AskStatus { call }), "{stage}");
        let doing = SessionDoing::Consulting {
            offer_id: offer,
            consult_id,
            with,
        };
        desk.give(Input::SessionStatus { call, doing });
        assert_eq!((desk.activity("anna"), desk.activity("boris")), before);
        let rest: Vec<_> = desk
            .last
            .iter()
            .filter(|effect| !matches!(effect, Effect::AgentChanged { .. }))
            .collect();
        assert!(rest.is_empty(), "{stage}: {rest:?}");
        // The agent hung up while we were away, and the event was lost.
        if with.is_some() {
            desk.give(Input::SessionStatus {
                call,
                doing: SessionDoing::Talking {
                    offer_id: consult_id,
                },
            });
            assert!(is_in_wrap_up(&desk, "anna"), "{stage}");
            assert_eq!(desk.activity("boris"), ActivityView::Talking, "{stage}");
        }
    }
}

#[test]
fn a_colleague_who_left_in_the_same_moment_leaves_the_caller_to_the_agent() {
    let (mut desk, call, offer, consult) = consulting();
    ask(&mut desk, "anna", TransferRequest::Complete);
    desk.event(call, 6, SessionEvent::ConsultEnded { offer_id: consult });
    assert_eq!(desk.activity("anna"), ActivityView::Talking);
    assert_eq!(desk.activity("boris"), ActivityView::Idle);
    desk.event(call, 7, talk_ended(offer, 80_000));
    let result = desk.center.call(call).unwrap().result.unwrap();
    assert_eq!(result.agent, Some("anna".into()));
    assert!(is_in_wrap_up(&desk, "anna"));
}

#[test]
fn a_queue_stands_for_a_free_agent_of_it() {
    let sales = queue("sales", Some(&["clara"]));
    let (mut desk, _, _) = talk_in(vec![queue("support", None), sales], &["boris", "clara"]);
    let request = TransferRequest::Consult {
        to: TransferTarget::Queue {
            queue: "sales".into(),
        },
    };
    assert_eq!(ask(&mut desk, "anna", request.clone()), None);
    assert_eq!(consult_of(&desk.last).unwrap().1, "clara");
    assert_eq!(
        ask(&mut desk, "anna", request),
        Some(TransferRefusal::Consulting)
    );
    assert_eq!(
        ask(&mut desk, "anna", blind(to("boris"))),
        Some(TransferRefusal::Consulting)
    );
}

const NUMBER: &str = "+79001112233";

/// Anna talks to a caller, and numbers of +7900 may be dialled.
fn talk_with_outside() -> (Desk, CallId, OfferId) {
    let (mut desk, call, offer) = talk_of_anna(&["boris"]);
    let configuration = Configuration {
        transfers: TransferRule {
            outside_prefixes: vec!["+7900".into()],
            ..TransferRule::default()
        },
        ..desk.center.configuration().unwrap().clone()
    };
    desk.give(Input::Configure { configuration });
    (desk, call, offer)
}

fn outside() -> TransferTarget {
    TransferTarget::Number {
        number: NUMBER.into(),
    }
}

#[test]
fn a_number_is_dialled_and_has_the_caller() {
    let (mut desk, call, offer) = talk_with_outside();
    assert_eq!(ask(&mut desk, "anna", blind(outside())), None);
    assert_eq!(released(&desk), [offer]);
    assert!(is_in_wrap_up(&desk, "anna"));
    let dialled = desk.last.iter().any(|effect| {
        let contact = Contact::Phone {
            number: NUMBER.into(),
        };
        matches!(effect, Effect::Connect { contact: own, caller_id, .. }
            if *own == contact && caller_id == "+79001")
    });
    assert!(dialled, "{:?}", desk.last);
    let (next, _) = desk.connected(call).unwrap();
    desk.pass(5_000);
    assert!(!desk.any_connect(), "boris is free, and not rung");
    desk.talk(call, 4, next);
    desk.pass(10_000);
    desk.event(call, 7, talk_ended(next, 10_000));
    let ended = |fact: &Fact| {
        matches!(fact, Fact::CallEnded { number: Some(number), agent: None, outcome, .. }
            if number == NUMBER && outcome == "answered")
    };
    assert!(desk.facts().iter().any(ended), "{:?}", desk.facts());
    assert_eq!(desk.queue("support").answered_today, 1);
}

#[test]
fn a_number_that_does_not_answer_gives_the_caller_back_or_to_anybody() {
    for or_back in [false, true] {
        let (mut desk, call, _) = talk_with_outside();
        let request = TransferRequest::Blind {
            to: outside(),
            or_back,
        };
        assert_eq!(ask(&mut desk, "anna", request), None);
        let (next, _) = desk.connected(call).unwrap();
        desk.event(call, 4, ringing(next));
        desk.pass(1_000);
        desk.event(call, 5, failed(next, OfferFailure::NoAnswer));
        let offered = desk.connected(call).map(|(_, agent)| agent);
        if or_back {
            assert_eq!(offered, None, "anna writes up first");
            desk.pass(10_000);
            assert_eq!(desk.connected(call).unwrap().1, "anna");
        } else {
            assert_eq!(offered.as_deref(), Some("boris"));
        }
    }
}

#[test]
fn a_number_is_asked_and_then_has_the_caller() {
    let (mut desk, call, _) = talk_with_outside();
    let request = TransferRequest::Consult { to: outside() };
    assert_eq!(ask(&mut desk, "anna", request.clone()), None);
    let (consult, party) = consult_of(&desk.last).unwrap();
    assert_eq!(party, NUMBER);
    desk.event(call, 4, ringing(consult));
    desk.event(call, 5, answered(consult));
    assert_eq!(desk.activity("anna"), ActivityView::Consulting);
    let view = desk.agent("anna").call.unwrap().consult.unwrap();
    assert_eq!(view.colleague, Party::Number(NUMBER.into()));
    for wish in [TransferRequest::Swap, TransferRequest::Merge] {
        assert_eq!(ask(&mut desk, "anna", wish), None);
        assert_eq!(desk.activity("anna"), ActivityView::Talking);
    }
    assert_eq!(ask(&mut desk, "anna", TransferRequest::Complete), None);
    assert!(is_in_wrap_up(&desk, "anna"));
    desk.pass(10_000);
    assert_eq!(desk.activity("anna"), ActivityView::Idle);
    desk.event(call, 6, talk_ended(consult, 10_000));
    assert_eq!(desk.state(call), "ended");

    // One who is not there gives the caller back.
    let (mut desk, call, _) = talk_with_outside();
    assert_eq!(ask(&mut desk, "anna", request), None);
    let (consult, _) = consult_of(&desk.last).unwrap();
    desk.event(call, 4, failed(consult, OfferFailure::Busy));
    assert_eq!(desk.activity("anna"), ActivityView::Talking);
}

#[test]
fn an_agent_whose_phone_joined_the_caller_elsewhere_writes_up_at_once() {
    let (mut desk, call, offer) = talk_of_anna(&[]);
    let to = "boris".to_owned();
    desk.event(
        call,
        4,
        SessionEvent::AgentReplaced {
            offer_id: offer,
            to,
        },
    );
    assert!(is_in_wrap_up(&desk, "anna"));
    assert!(released(&desk).is_empty() && desk.cancelled().is_empty());
    assert_eq!(desk.state(call), "talking");
    desk.pass(10_000);
    let next = desk.arrive("2");
    assert_eq!(desk.connected(next).unwrap().1, "anna");
    // The session goes on saying that this offer talks.
    desk.give(Input::SessionStatus {
        call,
        doing: SessionDoing::Talking { offer_id: offer },
    });
    assert_eq!(desk.state(call), "talking");
    desk.event(call, 5, talk_ended(offer, 10_000));
    let result = desk.center.call(call).unwrap().result.unwrap();
    assert_eq!((result.outcome.as_ref(), result.agent), ("answered", None));
    assert_eq!(desk.queue("support").answered_today, 1);
    assert_eq!(desk.agent("anna").marks.talk_ms, 60_000);
}
