//! Nobody starves: across priorities and across the queues that agents share.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod desk;

use acd::*;
use desk::{Desk, new_call, queue, talk_ended};

const S: Millis = 1_000;

/// Lets one agent serve whoever is next, each talk so long, and calls
/// `meanwhile` at every second; until `wanted` is offered. Returns the wait.
fn serve_until(
    desk: &mut Desk,
    wanted: CallId,
    talk_s: u64,
    mut meanwhile: impl FnMut(&mut Desk, u64),
) -> Millis {
    let began = desk.now;
    let mut talk: Option<(CallId, OfferId, u64)> = None;
    for second in 1..=3_600 {
        desk.pass(S);
        if let Some((call, offer, ends)) = talk.filter(|(_, _, ends)| *ends <= second) {
            desk.event(call, 4, talk_ended(offer, talk_s * S));
            desk.event(call, 5, desk::session_ended());
            talk = None;
            assert!(ends <= second);
        }
        meanwhile(desk, second);
        if talk.is_none() {
            let waiting = desk.center.calls();
            let offered = waiting.iter().find(|call| call.state == "offering");
            if let Some(call) = offered.map(|call| call.call) {
                if call == wanted {
                    return desk.now - began;
                }
                let offer = offer_of(desk, call);
                desk.talk(call, 1, offer);
                talk = Some((call, offer, second + talk_s));
            }
        }
    }
    panic!("{wanted} starves");
}

fn offer_of(desk: &Desk, wanted: CallId) -> OfferId {
    let offers = desk.all.iter().rev();
    let mut offers = offers.filter_map(|effect| match effect {
        Effect::Connect { call, offer, .. } if *call == wanted => Some(*offer),
        _ => None,
    });
    offers.next().unwrap()
}

fn call_to(name: &str, session: String, priority: i32) -> NewCall {
    NewCall {
        queue: Some(name.into()),
        priority,
        ..new_call(&session)
    }
}

fn busy_with_nothing(name: &str) -> QueueConfig {
    QueueConfig {
        wrap_up_ms: 0,
        waiting_max: 100_000,
        ..queue(name, None)
    }
}

/// The bound: a caller is overtaken only by callers whose priority is higher by
/// `d` and who come within `d` steps after it. So it is served at the latest
/// when the work that came in by then is done.
#[test]
fn a_flood_of_high_priority_cannot_starve_a_low_one() {
    let step_s = 30;
    let config = QueueConfig {
        priority_step_ms: step_s * S,
        ..busy_with_nothing("support")
    };
    let mut desk = Desk::configured(vec![config], &["anna"]);
    desk.ready("anna");
    let first = desk.arrive_as(call_to("support", "first".into(), 0));
    let offer = offer_of(&desk, first);
    desk.talk(first, 1, offer);
    desk.event(first, 4, talk_ended(offer, 0));
    desk.event(first, 5, desk::session_ended());
    // One high priority is always there, so that without the credit the low
    // one would never be next.
    let high = desk.arrive_as(call_to("support", "h0".into(), 5));
    let low = desk.arrive_as(call_to("support", "low".into(), 0));
    let (talk_s, mut came_before_the_bound) = (10, 0);
    let bound_s = 5 * step_s;
    assert_eq!(desk.state(high), "offering");
    let wait_ms = serve_until(&mut desk, low, talk_s, |desk, second| {
        if second % 10 == 5 {
            came_before_the_bound += u64::from(second <= bound_s);
            desk.arrive_as(call_to("support", format!("h{second}"), 5));
        }
    });
    let bound_ms = (1 + came_before_the_bound) * talk_s * S + 2 * talk_s * S;
    assert!(wait_ms > bound_s * S / 2, "{wait_ms}: the credit counted");
    assert!(wait_ms <= bound_ms, "{wait_ms} of {bound_ms}");
}

#[test]
fn without_a_step_a_higher_priority_always_goes_first() {
    let mut desk = Desk::configured(vec![busy_with_nothing("support")], &["anna"]);
    let low = desk.arrive_as(call_to("support", "low".into(), 0));
    desk.pass(3_600 * S);
    let high = desk.arrive_as(call_to("support", "high".into(), 1));
    desk.ready("anna");
    assert!(desk.connected(high).is_some() && desk.connected(low).is_none());
}

#[test]
fn a_flooded_queue_cannot_starve_another_one_of_the_same_agents() {
    let queues = vec![busy_with_nothing("flooded"), busy_with_nothing("quiet")];
    let mut desk = Desk::configured(queues, &["anna"]);
    for n in 0..20 {
        desk.arrive_as(call_to("flooded", format!("f{n}"), 0));
    }
    desk.pass(S);
    let quiet = desk.arrive_as(call_to("quiet", "q".into(), 0));
    desk.ready("anna");
    let wait_ms = serve_until(&mut desk, quiet, 10, |desk, second| {
        desk.arrive_as(call_to("flooded", format!("g{second}"), 0));
    });
    // The twenty who came before, and nobody who came later.
    assert!((200 * S..=222 * S).contains(&wait_ms), "{wait_ms}");
}

/// The bound: a caller is overtaken only by callers of a queue with a longer
/// head start who come within the difference after it.
#[test]
fn a_head_start_is_worth_so_much_waiting_and_no_more() {
    let favoured = QueueConfig {
        head_start_ms: 60 * S,
        ..busy_with_nothing("vip")
    };
    let queues = vec![favoured, busy_with_nothing("other")];
    let mut desk = Desk::configured(queues, &["anna"]);
    let other = desk.arrive_as(call_to("other", "o".into(), 0));
    let mut vips = 0;
    desk.pass(S);
    let vip = desk.arrive_as(call_to("vip", "v".into(), 0));
    desk.ready("anna");
    assert!(desk.connected(vip).is_some(), "the head start counts");
    let wait_ms = serve_until(&mut desk, other, 10, |desk, second| {
        if second % 10 == 0 {
            vips += 1;
            desk.arrive_as(call_to("vip", format!("v{vips}"), 0));
        }
    });
    // Those of the first minute, and the talk that goes on then.
    assert!((60 * S..=85 * S).contains(&wait_ms), "{wait_ms}");
}

#[test]
fn all_queues_of_busy_agents_wait_alike_however_many_callers_each_has() {
    let queues = ["a", "b", "c"].map(busy_with_nothing);
    let mut desk = Desk::configured(queues.into(), &["anna", "boris"]);
    // Seven of ten callers come to `a`, one to `c`; more than can be served.
    let mut offers: Vec<(CallId, OfferId)> = Vec::new();
    let mut came = Vec::new();
    for second in 0..1_200_u64 {
        desk.pass(S);
        if second % 4 == 0 {
            let name = ["a", "a", "b", "a", "a", "c", "a", "b", "a", "a"]
                [usize::try_from(second / 4 % 10).unwrap()];
            let call = desk.arrive_as(call_to(name, format!("s{second}"), 0));
            came.push((call, name));
        }
        if second == 0 {
            desk.ready("anna");
            desk.ready("boris");
        }
        // Each talk takes ten seconds.
        if second % 10 == 9 {
            for (call, offer) in std::mem::take(&mut offers) {
                desk.event(call, 4, talk_ended(offer, 9 * S));
                desk.event(call, 5, desk::session_ended());
            }
        }
        let ringing: Vec<CallId> = desk
            .center
            .calls()
            .iter()
            .filter(|call| call.state == "offering")
            .map(|call| call.call)
            .collect();
        for call in ringing {
            let offer = offer_of(&desk, call);
            desk.talk(call, 1, offer);
            offers.push((call, offer));
        }
    }
    let oldest_of = |name: &str| {
        let waiting = desk.center.calls();
        let waits = |call: &CallView| call.state == "waiting" && call.queue == name.into();
        let oldest = waiting.iter().find(|call| waits(call));
        oldest.map(|call| desk.now - call.queued_at).unwrap()
    };
    let oldest = ["a", "b", "c"].map(oldest_of);
    let apart = oldest.iter().max().unwrap() - oldest.iter().min().unwrap();
    // No further apart than their callers came.
    assert!(apart <= 40 * S, "{oldest:?}");
    assert!(
        oldest[0] > 100 * S,
        "the agents have too much to do: {oldest:?}"
    );
}
