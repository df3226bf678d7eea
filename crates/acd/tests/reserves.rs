//! Reserve numbers: when a caller goes there, and when not.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod desk;
use acd::calendar::Calendar;
use acd::*;
use desk::*;

const HOUR: Millis = 3_600_000;

fn number(name: &str) -> ReserveConfig {
    let contact = Contact::Phone {
        number: format!("+7{name}"),
    };
    ReserveConfig::named(name, contact)
}

fn desk_of(queue: QueueConfig, reserves: Vec<ReserveConfig>) -> Desk {
    let mut desk = Desk::configured(vec![], &[]);
    configure(&mut desk, queue, reserves);
    desk
}

fn configure(desk: &mut Desk, queue: QueueConfig, reserves: Vec<ReserveConfig>) {
    desk.give(Input::Configure {
        configuration: Configuration {
            queues: vec![queue],
            agents: vec![agent("anna"), agent("boris")],
            reserves,
            ..Configuration::default()
        },
    });
}

fn with(reserves: Vec<ReserveConfig>) -> Desk {
    desk_of(queue("support", None), reserves)
}

fn view(desk: &Desk, name: &str) -> ReserveView {
    let mut views = desk.center.reserves().into_iter();
    views.find(|view| view.reserve == name.into()).unwrap()
}

/// To which reserve a call goes now, with its offer.
fn given(desk: &Desk, call: CallId) -> Option<(OfferId, String)> {
    desk.connected(call)
}

fn why_not(desk: &Desk) -> Vec<String> {
    let facts = desk.facts().into_iter();
    facts
        .filter_map(|fact| match fact {
            Fact::NoReserve { why, .. } => Some(why),
            _ => None,
        })
        .collect()
}

#[test]
fn a_caller_past_the_threshold_goes_to_the_reserve_and_talks_there() {
    let mut desk = with(vec![number("mobile")]);
    let call = desk.arrive("1");
    desk.pass(59_999);
    assert!(!desk.any_connect());
    desk.pass(1);
    let connect = desk.last.iter().find_map(|effect| match effect {
        Effect::Connect {
            offer,
            party,
            contact,
            ring_timeout_ms,
            caller_id,
            ..
        } => Some((
            *offer,
            party.clone(),
            contact.clone(),
            *ring_timeout_ms,
            caller_id.clone(),
        )),
        _ => None,
    });
    let (offer, party, contact, ring_ms, caller_id) = connect.unwrap();
    assert_eq!(party, Party::Reserve("mobile".into()));
    let number = "+7mobile".to_owned();
    assert_eq!(contact, Contact::Phone { number });
    assert_eq!((ring_ms, caller_id.as_str()), (30_000, "+79001"));
    assert_eq!(
        (
            view(&desk, "mobile").in_use,
            desk.queue("support").on_reserve
        ),
        (1, 1)
    );
    desk.talk(call, 1, offer);
    let seen = desk.center.call(call).unwrap();
    assert_eq!((seen.state.as_str(), seen.agent), ("talking", None));
    assert_eq!(seen.reserve, Some("mobile".into()));
    assert_eq!(view(&desk, "mobile").talking, 1);
    desk.pass(10_000);
    desk.event(call, 4, talk_ended(offer, 10_000));
    let ended = desk.facts().into_iter().find_map(|fact| match fact {
        Fact::CallEnded {
            outcome,
            wait_ms,
            talk_ms,
            agent,
            reserve,
            ..
        } => Some((outcome, wait_ms, talk_ms, agent, reserve)),
        _ => None,
    });
    let expected = (
        "answered".into(),
        60_000,
        10_000,
        None,
        Some("mobile".into()),
    );
    assert_eq!(ended.unwrap(), expected);
    let after = view(&desk, "mobile");
    assert_eq!(
        (after.in_use, after.marks.answered, after.marks.talk_ms),
        (0, 1, 10_000)
    );
    assert_eq!(desk.queue("support").answered_today, 1);
}

#[test]
fn whoever_can_be_served_by_an_agent_goes_to_no_reserve() {
    let mut desk = with(vec![number("mobile")]);
    desk.ready("anna");
    let first = desk.arrive("1");
    let second = desk.arrive("2");
    let (offer, name) = given(&desk, first).unwrap_or((OfferId(1), "anna".into()));
    assert_eq!(name, "anna");
    desk.talk(first, 1, offer);
    desk.pass(50_000);
    desk.event(first, 4, talk_ended(offer, 50_000));
    desk.pass(10_000);
    // Anna's wrap-up and the second caller's minute end at once: she has him.
    assert_eq!(given(&desk, second).unwrap().1, "anna");
}

#[test]
fn each_failure_has_its_rule_and_the_next_reserve_comes_at_once() {
    // (failure, counts for the limits, passed over, one of a row of failures)
    let rules = [
        (OfferFailure::NoAnswer, 1, true, true),
        (OfferFailure::Rejected, 1, true, true),
        (OfferFailure::Busy, 0, true, false),
        (OfferFailure::Unreachable, 0, true, true),
        (OfferFailure::Unregistered, 0, true, true),
        (OfferFailure::Cancelled, 1, false, false),
    ];
    for (failure, counts, is_passed_over, is_failure) in rules {
        let mut first = number("first");
        first.ban = BanRule {
            after_misses: 1,
            first_ms: 100_000,
            max_ms: 100_000,
            agent_may_lift: false,
        };
        let mut desk = with(vec![first, number("second")]);
        let call = desk.arrive("1");
        desk.pass(60_000);
        let (offer, name) = given(&desk, call).unwrap();
        assert_eq!(name, "first", "{failure:?}");
        desk.event(call, 1, failed(offer, failure));
        if is_passed_over {
            let next = given(&desk, call).map(|(_, name)| name);
            assert_eq!(next.as_deref(), Some("second"), "{failure:?}");
        } else {
            assert!(!desk.any_connect(), "{failure:?}");
        }
        let seen = view(&desk, "first");
        assert_eq!(
            (seen.used_hour, seen.used_today),
            (counts, counts),
            "{failure:?}"
        );
        assert_eq!(seen.retry_at.is_some(), is_passed_over, "{failure:?}");
        assert_eq!(seen.ban.is_some(), is_failure, "{failure:?}");
        assert_eq!(seen.in_use, 0, "{failure:?}");
    }
}

#[test]
fn when_all_have_failed_the_caller_waits_at_the_old_place_and_an_agent_has_him() {
    let mut desk = with(vec![number("mobile")]);
    let call = desk.arrive("1");
    desk.pass(60_000);
    let (offer, _) = given(&desk, call).unwrap();
    desk.arrive("2");
    desk.event(call, 1, failed(offer, OfferFailure::Busy));
    assert_eq!(desk.state(call), "waiting");
    assert_eq!(desk.center.call(call).unwrap().position, 1);
    desk.ready("anna");
    assert_eq!(given(&desk, call).unwrap().1, "anna");
}

#[test]
fn an_agent_who_becomes_free_is_rung_beside_the_reserve_unless_it_rings_alone() {
    for agents_ring_too in [true, false] {
        let mut support = queue("support", None);
        support.reserves.agents_ring_too = agents_ring_too;
        let mut desk = desk_of(support, vec![number("mobile")]);
        let call = desk.arrive("1");
        desk.pass(60_000);
        let (reserve, _) = given(&desk, call).unwrap();
        desk.ready("anna");
        let offer = given(&desk, call);
        assert_eq!(offer.is_some(), agents_ring_too);
        if let Some((anna, _)) = offer {
            desk.event(call, 1, answered(anna));
            assert_eq!(desk.cancelled(), [reserve]);
            assert_eq!(view(&desk, "mobile").in_use, 0);
        }
    }
}

#[test]
fn a_caller_who_leaves_cancels_and_frees_the_reserve() {
    let mut desk = with(vec![number("mobile")]);
    let call = desk.arrive("1");
    desk.pass(60_000);
    let (offer, _) = given(&desk, call).unwrap();
    desk.event(call, 1, caller_left());
    assert_eq!(desk.cancelled(), [offer]);
    // Late reports change nothing.
    desk.event(call, 2, failed(offer, OfferFailure::Cancelled));
    desk.event(call, 3, session_ended());
    let seen = view(&desk, "mobile");
    assert_eq!((seen.in_use, seen.retry_at), (0, None));
}

#[test]
fn no_more_calls_at_once_than_configured_and_the_next_follows_the_first_end() {
    let mut mobile = number("mobile");
    mobile.calls_at_once = 2;
    let mut desk = with(vec![mobile]);
    let calls: Vec<CallId> = ["1", "2", "3"].map(|name| desk.arrive(name)).into();
    desk.pass(60_000);
    let offers: Vec<_> = calls.iter().map(|call| given(&desk, *call)).collect();
    assert!(offers[0].is_some() && offers[1].is_some() && offers[2].is_none());
    assert_eq!(why_not(&desk), ["mobile has its calls at once"]);
    let first = offers[0].clone().unwrap().0;
    desk.talk(calls[0], 1, first);
    desk.event(calls[0], 4, talk_ended(first, 5));
    assert!(given(&desk, calls[2]).is_some());
}

/// Lets a caller come and be served by the reserve at once; false if he was not.
fn served(desk: &mut Desk, session: &str) -> bool {
    let call = desk.arrive(session);
    let Some((offer, _)) = given(desk, call) else {
        desk.event(call, 1, caller_left());
        return false;
    };
    desk.talk(call, 1, offer);
    desk.event(call, 4, talk_ended(offer, 0));
    true
}

#[test]
fn an_hour_is_any_sixty_minutes() {
    let mut mobile = number("mobile");
    mobile.threshold_ms = 0;
    mobile.calls_per_hour = 2;
    let mut desk = with(vec![mobile]);
    let table = [
        (0, true, 1),
        (30 * 60_000, true, 2),
        (HOUR - 1, false, 2),
        (HOUR, true, 2),
        (HOUR + 30 * 60_000 - 1, false, 2),
        (HOUR + 30 * 60_000, true, 2),
    ];
    for (at, is_served, used) in table {
        desk.pass(MORNING + at - desk.now);
        let session = at.to_string();
        assert_eq!(served(&mut desk, &session), is_served, "at {at}");
        assert_eq!(view(&desk, "mobile").used_hour, used, "at {at}");
    }
}

#[test]
fn a_caller_who_waits_is_given_to_the_reserve_when_its_hour_has_room_again() {
    let mut mobile = number("mobile");
    mobile.threshold_ms = 0;
    mobile.calls_per_hour = 1;
    let mut desk = with(vec![mobile]);
    assert!(served(&mut desk, "1"));
    desk.pass(HOUR - 1);
    let call = desk.arrive("2");
    assert_eq!(why_not(&desk), ["mobile has its calls of the hour"]);
    desk.pass(1);
    assert!(given(&desk, call).is_some());
}

#[test]
fn a_day_is_a_date_of_the_zone_of_the_hours() {
    // MORNING is 09:00 UTC, 18:00 in Tokyo: the day ends there in six hours.
    for (zone, hours_left) in [(None, 15), (Some("Asia/Tokyo"), 6)] {
        let mut mobile = number("mobile");
        mobile.threshold_ms = 0;
        mobile.calls_per_day = 1;
        mobile.calendar = zone.map(|zone| Calendar {
            zone: zone.to_owned(),
            weekly: vec!["mon-sun 00:00-24:00".to_owned()],
            special: Vec::new(),
        });
        let mut desk = with(vec![mobile]);
        assert!(served(&mut desk, "1"));
        desk.pass(hours_left * HOUR - 1);
        assert!(!served(&mut desk, "2"), "{zone:?}");
        assert_eq!(view(&desk, "mobile").standing, ReserveStanding::DayFull);
        desk.pass(1);
        assert!(served(&mut desk, "3"), "{zone:?}");
    }
}

#[test]
fn a_reserve_takes_callers_in_its_hours_only() {
    let mut mobile = number("mobile");
    mobile.calendar = Some(Calendar {
        zone: "UTC".to_owned(),
        weekly: vec!["mon-sun 09:10-09:20".to_owned()],
        special: Vec::new(),
    });
    let mut desk = with(vec![mobile]);
    let call = desk.arrive("1");
    desk.pass(60_000);
    assert_eq!(why_not(&desk), ["mobile outside of its hours"]);
    desk.pass(9 * 60_000 - 1);
    assert!(!desk.any_connect());
    desk.pass(1);
    assert!(given(&desk, call).is_some(), "at 09:10");
    desk.pass(10 * 60_000);
    assert_eq!(view(&desk, "mobile").standing, ReserveStanding::Closed);
}

#[test]
fn failures_in_a_row_ban_longer_and_longer_until_a_person_or_time_ends_it() {
    let mut mobile = number("mobile");
    mobile.threshold_ms = 0;
    mobile.retry_delay_ms = 1_000;
    mobile.ban = BanRule {
        after_misses: 2,
        first_ms: 60_000,
        max_ms: 100_000,
        agent_may_lift: false,
    };
    let mut desk = with(vec![mobile]);
    let call = desk.arrive("1");
    let mut seq = 0;
    let mut fail = |desk: &mut Desk| {
        let (offer, _) = given(desk, call).unwrap();
        seq += 1;
        desk.event(call, seq, failed(offer, OfferFailure::Unreachable));
    };
    fail(&mut desk);
    assert_eq!(view(&desk, "mobile").ban, None);
    desk.pass(1_000);
    fail(&mut desk);
    let ban = view(&desk, "mobile").ban.unwrap();
    assert_eq!(ban.until, desk.now + 60_000);
    desk.give(Input::LiftReserveBan {
        reserve: "mobile".into(),
        by: Actor::Supervisor {
            user: "olga".into(),
        },
    });
    let lifted = Fact::ReserveState {
        reserve: "mobile".into(),
        state: "available".into(),
        why: "ban lifted by supervisor olga".into(),
    };
    assert!(desk.facts().contains(&lifted));
    desk.pass(1_000);
    fail(&mut desk);
    desk.pass(1_000);
    fail(&mut desk);
    let ban = view(&desk, "mobile").ban.unwrap();
    assert_eq!(ban.until, desk.now + 100_000);
    desk.pass(100_000);
    // The ban is over: the caller is tried there again.
    assert!(given(&desk, call).is_some());
}

#[test]
fn the_order_is_the_lists_or_goes_by_weights() {
    let names = |order: ReserveOrder| {
        let mut reserves = [("a", 5), ("b", 1), ("c", 1)].map(|(name, weight)| ReserveConfig {
            threshold_ms: 0,
            weight,
            ..number(name)
        });
        reserves[1].calls_at_once = 10;
        let mut support = queue("support", None);
        support.reserves.order = order;
        let mut desk = desk_of(support, reserves.into());
        let mut names = String::new();
        for session in 0..7 {
            let call = desk.arrive(&session.to_string());
            let (offer, name) = given(&desk, call).unwrap();
            names.push_str(&name);
            desk.talk(call, 1, offer);
            desk.event(call, 4, talk_ended(offer, 0));
        }
        names
    };
    assert_eq!(names(ReserveOrder::Listed), "aaaaaaa");
    // The spread of the well-known smooth weighted round robin.
    assert_eq!(names(ReserveOrder::Weights), "aabacaa");
}

#[test]
fn a_reserve_with_a_later_threshold_comes_later_and_only_to_its_queues() {
    let mut late = number("late");
    late.threshold_ms = 90_000;
    let mut other = number("other");
    other.queues = Some(vec!["sales".into()]);
    let mut early = number("early");
    early.calls_at_once = 0;
    let mut desk = with(vec![other, late, early]);
    let call = desk.arrive("1");
    desk.pass(89_999);
    assert!(!desk.any_connect());
    desk.pass(1);
    assert_eq!(given(&desk, call).unwrap().1, "late");
}

#[test]
fn a_caller_who_waits_for_the_own_manager_goes_to_no_reserve_before() {
    let mut desk = with(vec![ReserveConfig {
        threshold_ms: 0,
        ..number("mobile")
    }]);
    let mut configuration = desk.center.configuration().unwrap().clone();
    configuration.own_manager.sticky_wait_ms = 20_000;
    desk.give(Input::Configure { configuration });
    desk.ready("anna");
    let busy = desk.arrive("1");
    let (offer, _) = given(&desk, busy).unwrap();
    desk.talk(busy, 1, offer);
    desk.give(Input::Bind {
        bindings: vec![NewBinding {
            number: "+79002".into(),
            binding: Binding {
                agent: "anna".into(),
                since: 0,
                source: BindingSource::Supervisor,
                consent_at: None,
                note: String::new(),
            },
        }],
        by: Actor::Agent,
    });
    let call = desk.arrive("2");
    desk.pass(19_999);
    assert!(given(&desk, call).is_none());
    desk.pass(1);
    assert_eq!(given(&desk, call).unwrap().1, "mobile");
}

fn to_reserves(otherwise: Leave) -> Leave {
    Leave::Reserves {
        otherwise: Box::new(otherwise),
    }
}

#[test]
fn a_full_queue_takes_one_more_only_for_a_free_reserve() {
    let mut support = queue("support", None);
    support.waiting_max = 1;
    support.leave.full = to_reserves(Leave::Stay);
    let mut desk = desk_of(support, vec![number("mobile")]);
    desk.arrive("1");
    let second = desk.arrive("2");
    let (offer, name) = given(&desk, second).unwrap();
    assert_eq!(name, "mobile");
    desk.give(Input::CallArrived {
        call: new_call("3"),
    });
    assert_eq!(desk.accepted(), None, "the reserve is full too");
    // The reserve does not take him: nobody stays in a queue that is full.
    desk.event(second, 1, failed(offer, OfferFailure::Busy));
    assert!(
        matches!(desk.last.iter().find(|effect| matches!(effect, Effect::HangUp { .. })),
        Some(Effect::HangUp { call, .. }) if *call == second)
    );
    assert_eq!(desk.queue("support").waiting, 1);
}

#[test]
fn whoever_is_sent_to_the_reserves_by_a_key_goes_on_when_none_takes_him() {
    let mut support = queue("support", None);
    let exits = [
        ("1", to_reserves(Leave::Stay)),
        ("2", to_reserves(Leave::HangUp)),
    ];
    support.leave.exits = exits.map(|(key, leave)| (key.to_owned(), leave)).into();
    let mut desk = desk_of(support, vec![number("mobile")]);
    let press = |desk: &mut Desk, call: CallId, seq: u64, digit: &str| {
        desk.event(
            call,
            seq,
            SessionEvent::Digit {
                digit: digit.into(),
            },
        );
    };
    let [first, second, third] = ["1", "2", "3"].map(|name| desk.arrive(name));
    press(&mut desk, first, 1, "1");
    let (offer, name) = given(&desk, first).unwrap();
    assert_eq!(name, "mobile", "at once, whatever the threshold");
    press(&mut desk, second, 1, "1");
    assert_eq!(desk.state(second), "waiting");
    press(&mut desk, third, 1, "2");
    assert_eq!(desk.state(third), "ended", "full, and so the second choice");
    // Who stays has the first reserve that becomes free.
    desk.talk(first, 2, offer);
    desk.event(first, 5, talk_ended(offer, 0));
    assert_eq!(given(&desk, second).unwrap().1, "mobile");
}

#[test]
fn a_closed_queue_sends_new_callers_to_the_reserves() {
    let mut support = queue("support", None);
    support.leave.calendar = Some(Calendar {
        zone: "UTC".to_owned(),
        weekly: vec!["mon-sun 20:00-21:00".to_owned()],
        special: Vec::new(),
    });
    support.leave.closed = to_reserves(Leave::HangUp);
    let mut desk = desk_of(support, vec![number("mobile")]);
    desk.ready("anna");
    let first = desk.arrive("1");
    assert_eq!(
        given(&desk, first).unwrap().1,
        "mobile",
        "not anna, who goes home"
    );
    desk.give(Input::CallArrived {
        call: new_call("2"),
    });
    assert_eq!(desk.accepted(), None);
}

#[test]
fn a_talk_on_a_reserve_survives_a_restart_and_a_change_of_the_list() {
    let mut desk = with(vec![number("a"), number("b")]);
    let call = desk.arrive("1");
    desk.pass(60_000);
    let (offer, name) = given(&desk, call).unwrap();
    assert_eq!(name, "a");
    desk.talk(call, 1, offer);
    let kept = serde_json::to_string(&desk.center).unwrap();
    desk.center = serde_json::from_str(&kept).unwrap();
    configure(
        &mut desk,
        queue("support", None),
        vec![number("z"), number("b")],
    );
    let seen = view(&desk, "a");
    assert_eq!((seen.in_use, seen.standing), (1, ReserveStanding::Removed));
    desk.pass(7);
    desk.event(call, 4, talk_ended(offer, 7));
    assert!(desk.center.reserves().iter().all(|view| view.in_use == 0));
    assert_eq!(desk.center.reserves().len(), 2);
    let result = desk.center.call(call).unwrap().result.unwrap();
    assert_eq!((result.reserve, result.talk_ms), (Some("a".into()), 7));
}

#[test]
fn a_lost_session_frees_its_reserve_once() {
    let mut desk = with(vec![number("mobile")]);
    let call = desk.arrive("1");
    desk.pass(60_000);
    let (offer, _) = given(&desk, call).unwrap();
    desk.talk(call, 1, offer);
    for _ in 0..2 {
        desk.give(Input::SessionLost {
            call,
            why: "404".into(),
        });
        assert_eq!(view(&desk, "mobile").in_use, 0);
    }
    desk.event(call, 4, talk_ended(offer, 7));
    assert_eq!(view(&desk, "mobile").in_use, 0);
}
