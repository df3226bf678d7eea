//! A caller's own manager: offered first, waited for, stood in for, asked
//! about.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod desk;

use acd::*;
use desk::{Desk, caller_left, failed, new_call, queue, session_ended, talk_ended};

const STICKY_MS: u64 = 30_000;
const DAY_MS: u64 = 86_400_000;

fn rule() -> OwnManagerRule {
    OwnManagerRule {
        sticky_wait_ms: STICKY_MS,
        ask: true,
        ask_again_ms: 30 * DAY_MS,
        ask_talk_ms_min: 5_000,
        numbers: NumberRule {
            country_code: "7".into(),
            national_prefix: "8".into(),
            international_prefix: "810".into(),
            national_digits: 10,
        },
        ..OwnManagerRule::default()
    }
}

/// Anna, Boris and Clara, all ready in that order; +79000000001 is Clara's.
fn desk_with(rule: OwnManagerRule, queues: Vec<QueueConfig>) -> Desk {
    let mut desk = Desk::new(&[]);
    desk.configure_own(queues, &["anna", "boris", "clara"], rule);
    for agent in ["anna", "boris", "clara"] {
        desk.ready(agent);
        desk.pass(1);
    }
    bind(&mut desk, "8 900 000-00-01", "clara");
    desk
}

fn desk() -> Desk {
    desk_with(rule(), vec![queue("support", None)])
}

fn bind(desk: &mut Desk, number: &str, agent: &str) {
    let binding = Binding {
        agent: agent.into(),
        since: desk.now,
        source: BindingSource::Supervisor,
        consent_at: None,
        note: String::new(),
    };
    desk.give(Input::Bind {
        bindings: vec![NewBinding {
            number: number.into(),
            binding,
        }],
        by: olga(),
    });
}

fn olga() -> Actor {
    Actor::Supervisor {
        user: "olga".into(),
    }
}

fn call_of(desk: &mut Desk, session: &str, number: &str) -> CallId {
    desk.arrive_as(NewCall {
        caller_number: number.into(),
        ..new_call(session)
    })
}

fn own_call(desk: &mut Desk, session: &str) -> CallId {
    call_of(desk, session, "+79000000001")
}

fn offered(desk: &Desk, call: CallId) -> Option<String> {
    desk.connected(call).map(|(_, agent)| agent)
}

fn said(desk: &Desk) -> Vec<(String, String)> {
    let texts = desk.last.iter().filter_map(|effect| match effect {
        Effect::Say { text, language, .. } => Some((text.clone(), language.clone())),
        _ => None,
    });
    texts.collect()
}

fn away(desk: &mut Desk, agent: &str, kind: AbsenceKind, deputy: Option<&str>) {
    let absence = Absence {
        kind,
        from: desk.now,
        until: Some(desk.now + DAY_MS),
        zone: "UTC".into(),
        deputy: deputy.map(AgentId::from),
        note: String::new(),
    };
    desk.give(Input::SetAbsences {
        agent: agent.into(),
        absences: vec![absence],
        by: olga(),
    });
}

/// Clara talks to somebody; gives back that call and its offer.
fn keep_clara_busy(desk: &mut Desk) -> (CallId, OfferId) {
    bind(desk, "555", "clara");
    let call = call_of(desk, "busy", "555");
    let (offer, agent) = desk.connected(call).unwrap();
    assert_eq!(agent, "clara");
    desk.talk(call, 1, offer);
    (call, offer)
}

#[test]
fn a_bound_caller_is_offered_to_the_manager_though_others_are_idle_longer() {
    let mut desk = desk();
    let stranger = desk.arrive("1");
    assert_eq!(offered(&desk, stranger).as_deref(), Some("anna"));
    let own = own_call(&mut desk, "2");
    assert_eq!(offered(&desk, own).as_deref(), Some("clara"));
    assert!(said(&desk).is_empty());
}

#[test]
fn a_busy_manager_is_waited_for_and_takes_the_own_caller_first() {
    let mut desk = desk();
    let (busy, offer) = keep_clara_busy(&mut desk);
    let own = own_call(&mut desk, "1");
    assert_eq!(offered(&desk, own), None);
    assert_eq!(desk.state(own), "waiting");
    desk.pass(10_000);
    desk.event(busy, 4, talk_ended(offer, 1_000));
    desk.pass(10_000);
    assert_eq!(offered(&desk, own).as_deref(), Some("clara"));
}

#[test]
fn after_the_wait_anybody_takes_the_call_and_the_caller_hears_why() {
    let mut desk = desk();
    keep_clara_busy(&mut desk);
    let own = own_call(&mut desk, "1");
    desk.pass(STICKY_MS - 1);
    assert_eq!(desk.state(own), "waiting");
    desk.pass(1);
    assert_eq!(offered(&desk, own).as_deref(), Some("anna"));
    let said = said(&desk);
    assert!(
        said.len() == 1 && said[0].0.contains("CLARA is busy"),
        "{said:?}"
    );
}

#[test]
fn an_absent_manager_is_explained_in_the_callers_language_and_the_deputy_answers() {
    for (kind, language, words) in [
        (AbsenceKind::Vacation, "ru", "CLARA в отпуске"),
        (AbsenceKind::Ill, "en", "CLARA is ill"),
        (AbsenceKind::Left, "en", "no longer works"),
        (AbsenceKind::Other, "ru", "CLARA сейчас нет"),
    ] {
        let mut desk = desk();
        away(&mut desk, "clara", kind, Some("boris"));
        let own = desk.arrive_as(NewCall {
            caller_number: "89000000001".into(),
            language: Some(language.into()),
            ..new_call("1")
        });
        assert_eq!(offered(&desk, own).as_deref(), Some("boris"), "{kind:?}");
        let said = said(&desk);
        assert!(
            said[0].0.contains(words) && said[0].1 == language,
            "{said:?}"
        );
        desk.event(own, 1, caller_left());
        desk.pass(DAY_MS);
        let after = own_call(&mut desk, "2");
        assert_eq!(
            offered(&desk, after).as_deref(),
            Some("clara"),
            "it is over"
        );
    }
}

#[test]
fn nobody_is_lost_when_the_manager_cannot_be_had() {
    let off = |desk: &mut Desk| desk.intent("clara", Intent::Offline);
    let lunch = |desk: &mut Desk| {
        desk.intent(
            "clara",
            Intent::NotReady {
                reason: "lunch".into(),
            },
        );
    };
    let gone = |desk: &mut Desk| {
        desk.configure_own(vec![queue("support", None)], &["anna", "boris"], rule());
    };
    let stranger = |desk: &mut Desk| bind(desk, "+79000000001", "nobody");
    let circle = |desk: &mut Desk| {
        away(desk, "clara", AbsenceKind::Ill, Some("boris"));
        away(desk, "boris", AbsenceKind::Ill, Some("clara"));
    };
    type Preparation<'a> = &'a dyn Fn(&mut Desk);
    let cases: [(&str, Preparation<'_>); 5] = [
        ("offline", &off),
        ("at lunch", &lunch),
        ("configured no more", &gone),
        ("never configured", &stranger),
        ("a circle of deputies", &circle),
    ];
    for (case, prepare) in cases {
        let mut desk = desk();
        prepare(&mut desk);
        let own = own_call(&mut desk, "1");
        assert_eq!(offered(&desk, own).as_deref(), Some("anna"), "{case}");
        assert_eq!(said(&desk).len(), 1, "{case}");
    }
}

#[test]
fn a_manager_who_goes_away_while_a_caller_waits_frees_the_caller_at_once() {
    for absent in [false, true] {
        let mut desk = desk();
        let (busy, offer) = keep_clara_busy(&mut desk);
        let own = own_call(&mut desk, "1");
        if absent {
            away(&mut desk, "clara", AbsenceKind::Ill, None);
        } else {
            desk.intent("clara", Intent::Offline);
            desk.event(busy, 4, talk_ended(offer, 0));
        }
        assert_eq!(desk.state(own), "offering", "absent: {absent}");
    }
}

#[test]
fn a_manager_who_does_not_take_the_call_is_not_waited_for_again() {
    let mut desk = desk();
    let own = own_call(&mut desk, "1");
    let (offer, _) = desk.connected(own).unwrap();
    desk.event(own, 1, failed(offer, OfferFailure::Rejected));
    assert_eq!(offered(&desk, own).as_deref(), Some("anna"));
}

#[test]
fn a_manager_who_is_removed_while_the_phone_rings_is_wanted_no_more() {
    let config = QueueConfig {
        ring_at_once: 3,
        ..queue("support", None)
    };
    let mut desk = desk_with(rule(), vec![config.clone()]);
    let call = own_call(&mut desk, "1");
    let (own, agent) = desk.connected(call).unwrap();
    assert_eq!(agent, "clara");
    desk.configure_own(vec![config], &["anna"], rule());
    let (_, agent) = desk.connected(call).unwrap();
    assert_eq!(agent, "anna");
    desk.event(call, 1, failed(own, OfferFailure::NoAnswer));
    let explained = desk
        .facts()
        .iter()
        .any(|fact| matches!(fact, Fact::OwnManager { .. }));
    assert!(!explained && said(&desk).is_empty(), "{:?}", desk.last);
}

#[test]
fn a_manager_of_another_queue_is_not_called_into_this_one() {
    let sales = QueueConfig {
        numbers: vec!["200".into()],
        ..queue("sales", Some(&["clara"]))
    };
    let support = queue("support", Some(&["anna", "boris"]));
    let mut desk = desk_with(rule(), vec![support, sales]);
    let own = own_call(&mut desk, "1");
    assert_eq!(offered(&desk, own).as_deref(), Some("anna"));
    assert!(said(&desk).is_empty(), "there is nothing to explain");
}

#[test]
fn an_own_caller_overtakes_only_those_who_came_a_short_while_before() {
    for (older_by_ms, first) in [(STICKY_MS - 1, "own"), (STICKY_MS + 1, "older")] {
        let mut desk = desk_with(rule(), vec![queue("support", Some(&["clara"]))]);
        desk.pass(1);
        let (busy, offer) = keep_clara_busy(&mut desk);
        let older = desk.arrive("7");
        desk.pass(older_by_ms);
        let own = own_call(&mut desk, "1");
        desk.event(busy, 4, talk_ended(offer, 1_000));
        desk.pass(10_000);
        let served = if offered(&desk, own).is_some() {
            "own"
        } else {
            "older"
        };
        assert_eq!(served, first);
        assert!(offered(&desk, own).is_some() != offered(&desk, older).is_some());
    }
}

/// A stranger talks to Anna for 10 s, and she hangs up.
fn talk_of_stranger(desk: &mut Desk, session: &str, ended_by: EndedBy) -> CallId {
    let call = call_of(desk, session, "+79005550000");
    let (offer_id, agent) = desk.connected(call).unwrap();
    assert_eq!(agent, "anna");
    desk.talk(call, 1, offer_id);
    desk.pass(10_000);
    desk.event(
        call,
        4,
        SessionEvent::TalkEnded {
            offer_id,
            ended_by,
            talk_ms: 10_000,
        },
    );
    call
}

fn questions(desk: &Desk) -> Vec<String> {
    let names = desk.all.iter().filter_map(|effect| match effect {
        Effect::AskManager { agent_name, .. } => Some(agent_name.clone()),
        _ => None,
    });
    names.collect()
}

fn one_agent() -> Desk {
    let mut desk = Desk::new(&[]);
    desk.configure_own(vec![queue("support", None)], &["anna"], rule());
    desk.ready("anna");
    desk
}

#[test]
fn a_caller_who_says_yes_is_bound_and_the_agent_is_in_wrap_up_meanwhile() {
    let mut desk = one_agent();
    let call = talk_of_stranger(&mut desk, "1", EndedBy::Agent);
    assert_eq!(questions(&desk), ["ANNA"]);
    assert!(matches!(desk.activity("anna"), ActivityView::WrapUp { .. }));
    desk.pass(4_000);
    let answer = ManagerAnswer::Yes;
    desk.event(call, 5, SessionEvent::ManagerChoice { answer });
    desk.event(call, 6, session_ended());
    let binding = desk.center.binding("8 (900) 555-00-00").unwrap();
    assert_eq!(&*binding.agent.0, "anna");
    assert_eq!(binding.source, BindingSource::Caller);
    assert_eq!(binding.consent_at, Some(desk.now));
    desk.pass(10_000);
    talk_of_stranger(&mut desk, "2", EndedBy::Agent);
    assert_eq!(questions(&desk).len(), 1, "who has a manager is not asked");
}

#[test]
fn what_was_answered_before_it_could_be_asked_is_not_asked() {
    let mut desk = one_agent();
    let call = call_of(&mut desk, "1", "+79005550000");
    let (offer_id, _) = desk.connected(call).unwrap();
    // The first report is lost, so the others are heard together.
    desk.event(call, 2, SessionEvent::OfferAnswered { offer_id });
    desk.event(call, 3, SessionEvent::TalkStarted { offer_id });
    let answer = ManagerAnswer::Yes;
    desk.event(call, 4, SessionEvent::ManagerChoice { answer });
    desk.pass(2_000);
    assert_eq!(desk.activity("anna"), ActivityView::Talking);
    assert!(desk.center.binding("+79005550000").is_some());
    assert_eq!(questions(&desk), [""; 0]);
}

#[test]
fn whoever_was_asked_is_not_asked_again_for_a_while_whatever_came_of_it() {
    let answers = [Some(ManagerAnswer::No), Some(ManagerAnswer::Unclear), None];
    for answer in answers {
        let mut desk = one_agent();
        let call = talk_of_stranger(&mut desk, "1", EndedBy::Agent);
        if let Some(answer) = answer {
            desk.event(call, 5, SessionEvent::ManagerChoice { answer });
        }
        assert_eq!(
            desk.center.last_asked("89005550000").unwrap().answer,
            answer
        );
        desk.pass(29 * DAY_MS);
        talk_of_stranger(&mut desk, "2", EndedBy::Agent);
        assert_eq!(questions(&desk).len(), 1, "{answer:?}");
        desk.pass(2 * DAY_MS);
        talk_of_stranger(&mut desk, "3", EndedBy::Agent);
        assert_eq!(questions(&desk).len(), 2, "{answer:?}");
    }
}

#[test]
fn a_caller_who_hung_up_first_was_not_asked() {
    let mut desk = one_agent();
    talk_of_stranger(&mut desk, "1", EndedBy::Caller);
    assert_eq!(desk.center.last_asked("89005550000"), None);
}

#[test]
fn hidden_callers_are_not_asked() {
    let mut desk = one_agent();
    let call = call_of(&mut desk, "1", "anonymous");
    let (offer, _) = desk.connected(call).unwrap();
    desk.talk(call, 1, offer);
    assert!(questions(&desk).is_empty());
}

#[test]
fn an_erased_person_is_unknown_again_and_leaves_no_number_in_the_facts() {
    let mut desk = desk();
    let number = "+79000000001".to_owned();
    desk.give(Input::ErasePerson { number, by: olga() });
    assert_eq!(desk.center.binding("+79000000001"), None);
    for effect in &desk.all {
        assert!(!format!("{effect:?}").contains("9000000001"), "{effect:?}");
    }
    let own = own_call(&mut desk, "1");
    assert_eq!(offered(&desk, own).as_deref(), Some("anna"));
}

#[test]
fn the_order_in_which_bindings_came_changes_nothing() {
    let numbers: Vec<String> = (0..40).map(|n| format!("+7900000{n:04}")).collect();
    let served = |reversed: bool| {
        let mut desk = desk();
        let mut order: Vec<usize> = (0..numbers.len()).collect();
        if reversed {
            order.reverse();
        }
        for at in order {
            bind(&mut desk, &numbers[at], ["anna", "boris", "clara"][at % 3]);
        }
        let mut served = Vec::new();
        for (at, number) in numbers.iter().enumerate() {
            call_of(&mut desk, &at.to_string(), number);
            desk.pass(700);
            served.extend(desk.all.drain(..).filter_map(|effect| match effect {
                Effect::Connect { call, party, .. } => Some((call, party)),
                _ => None,
            }));
        }
        served
    };
    assert_eq!(served(false), served(true));
}

fn asking_for(desk: &mut Desk, session: &str, agent: &str, wait_ms: u64, only: bool) -> CallId {
    desk.arrive_as(NewCall {
        wanted: Some(WantedAgent {
            agent: agent.into(),
            wait_ms,
            only,
        }),
        ..new_call(session)
    })
}

#[test]
fn a_scenario_may_ask_for_an_agent_who_is_free() {
    let mut desk = desk();
    let call = asking_for(&mut desk, "1", "clara", 0, false);
    assert_eq!(offered(&desk, call).as_deref(), Some("clara"));
}

#[test]
fn a_busy_agent_is_waited_for_as_long_as_the_scenario_says() {
    let mut desk = desk();
    let (_busy, _offer) = keep_clara_busy(&mut desk);
    let call = asking_for(&mut desk, "1", "clara", 20_000, false);
    assert_eq!(offered(&desk, call), None);
    desk.pass(19_000);
    assert_eq!(offered(&desk, call), None);
    desk.pass(2_000);
    assert_eq!(offered(&desk, call).as_deref(), Some("anna"));
    // Without a wait anybody has it at once, and so with a name that nobody has.
    let at_once = asking_for(&mut desk, "2", "clara", 0, false);
    assert_eq!(offered(&desk, at_once).as_deref(), Some("boris"));
}

#[test]
fn the_only_agent_is_waited_for_whatever_becomes_of_him() {
    let mut desk = desk();
    let (busy, offer) = keep_clara_busy(&mut desk);
    let call = asking_for(&mut desk, "1", "clara", 5_000, true);
    desk.pass(600_000);
    assert_eq!(offered(&desk, call), None, "though anna and boris are free");
    desk.event(busy, 4, talk_ended(offer, 1_000));
    desk.pass(10_000);
    assert_eq!(offered(&desk, call).as_deref(), Some("clara"));
    let nobody = asking_for(&mut desk, "2", "dmitri", 5_000, true);
    assert_eq!(
        offered(&desk, nobody).as_deref(),
        Some("anna"),
        "no such agent: not lost"
    );
}
