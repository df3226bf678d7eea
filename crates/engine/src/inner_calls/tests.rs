//! Whatever the two ends do, in whatever order, each hears of the end once.

use super::*;

/// What an event says, in short.
fn short(event: &SipEvent) -> String {
    let end = |leg: &LegId| if is_caller(*leg) { "caller" } else { "callee" };
    match event {
        SipEvent::Progress { leg, code, .. } => format!("{} {code}", end(leg)),
        SipEvent::Answered { leg, .. } => format!("{} answered", end(leg)),
        SipEvent::Failed { leg, code, .. } => format!("{} failed {code}", end(leg)),
        SipEvent::Ended {
            leg, by_us, cause, ..
        } => format!("{} ended {by_us} {cause}", end(leg)),
        SipEvent::Info { leg, .. } => format!("{} info", end(leg)),
        SipEvent::Reoffer { leg, .. } => format!("{} reoffer", end(leg)),
        SipEvent::ReofferAnswered { leg, code, .. } => format!("{} reoffered {code}", end(leg)),
        SipEvent::Transferred { leg, code, .. } => format!("{} transferred {code}", end(leg)),
        other => format!("{other:?}"),
    }
}

fn all(events: Vec<SipEvent>) -> Vec<String> {
    events.iter().map(short).collect()
}

#[test]
fn a_call_rings_is_answered_and_ends_from_either_side() {
    for by_caller in [true, false] {
        let calls = InnerCalls::default();
        let (caller, callee) = calls.open();
        assert!(is_inner(caller) && is_inner(callee) && caller != callee);
        assert_eq!(
            all(calls.progress(callee, 180, vec![], vec![])),
            ["caller 180"]
        );
        let answered = calls.answer(callee, vec![], b"v=0".to_vec());
        assert_eq!(all(answered), ["caller answered", "callee answered"]);
        assert!(calls.answer(callee, vec![], vec![]).is_empty(), "once");
        assert!(calls.progress(callee, 180, vec![], vec![]).is_empty());
        let reason = Some("Q.850;cause=17".to_owned());
        if by_caller {
            let ended = calls.hangup(caller, vec![], reason);
            assert_eq!(
                all(ended),
                ["callee ended false 17", "caller ended true 17"]
            );
        } else {
            let ended = calls.hangup(callee, vec![], reason);
            assert_eq!(
                all(ended),
                ["caller ended false 17", "callee ended true 17"]
            );
        }
        assert_eq!(calls.len(), 0);
        for leg in [caller, callee] {
            assert!(calls.hangup(leg, vec![], None).is_empty(), "one last word");
        }
    }
}

#[test]
fn a_call_that_is_not_answered_ends_in_four_ways() {
    let calls = InnerCalls::default();
    let (_, callee) = calls.open();
    assert_eq!(
        all(calls.reject(callee, 486, vec![], None)),
        ["caller failed 486", "callee ended true 17"]
    );
    let (caller, _) = calls.open();
    assert_eq!(
        all(calls.hangup(caller, vec![], None)),
        ["callee ended false 16", "caller failed 487"]
    );
    let (_, callee) = calls.open();
    assert_eq!(
        all(calls.hangup(callee, vec![], None)),
        ["caller failed 480", "callee ended true 18"]
    );
    let (caller, callee) = calls.open();
    assert_eq!(
        all(calls.expire(caller)),
        ["callee ended false 102", "caller failed 408"]
    );
    assert!(calls.answer(callee, vec![], vec![]).is_empty(), "too late");
    let (caller, callee) = calls.open();
    calls.answer(callee, vec![], vec![]);
    assert!(calls.expire(caller).is_empty(), "answered in time");
}

#[test]
fn re_invites_do_not_cross_and_only_travelling_headers_pass() {
    let calls = InnerCalls::default();
    let (caller, callee) = calls.open();
    assert_eq!(
        all(calls.reoffer(caller, vec![], vec![])),
        ["caller reoffered 491"],
        "not before the answer"
    );
    calls.answer(callee, vec![], vec![]);
    assert_eq!(
        all(calls.reoffer(caller, vec![], vec![])),
        ["callee reoffer"]
    );
    assert_eq!(
        all(calls.reoffer(callee, vec![], vec![])),
        ["callee reoffered 491"]
    );
    assert!(
        calls.answer_reoffer(caller, vec![], vec![1]).is_empty(),
        "only the one that was asked answers"
    );
    assert_eq!(
        all(calls.answer_reoffer(callee, vec![], vec![1])),
        ["caller reoffered 200"]
    );
    assert_eq!(
        all(calls.reoffer(callee, vec![], vec![])),
        ["caller reoffer"]
    );
    assert_eq!(
        all(calls.refuse_reoffer(caller, 603, vec![])),
        ["callee reoffered 603"]
    );
    let headers = [
        ("X-Room", "7"),
        ("Route", "evil"),
        ("VI-Client-Type", "pstn"),
    ];
    let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let told = calls.info(caller, "text/plain".into(), vec![], headers.to_vec());
    let [SipEvent::Info { headers, .. }] = told.as_slice() else {
        panic!("{told:?}");
    };
    assert_eq!(headers.as_slice(), [("X-Room".to_owned(), "7".to_owned())]);
    assert_eq!(all(calls.refer(caller)), ["caller transferred 501"]);
}
