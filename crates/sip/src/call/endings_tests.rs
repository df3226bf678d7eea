//! Each way in which a call ends: what the far end is told (`Reason`, RFC 3326) and
//! what the owner is told (who ended it, and the Q.850 cause).

use super::effect::Effect;
use super::input::{BranchId, Farewell, Input, Parting, Timer};
use super::leg::Leg;
use crate::event::{LegId, SipEvent};
use crate::message::farewell;
use rsipstack::sip::{Header, Headers};

fn answer() -> Input {
    Input::Answer {
        headers: vec![],
        sdp: vec![1],
    }
}

fn ack() -> Input {
    Input::Ack {
        headers: vec![],
        sdp: vec![],
    }
}

/// Our hang-up, with or without a reason.
fn hangup(reason: Option<&str>) -> Input {
    Input::Hangup {
        parting: parting(reason),
    }
}

fn parting(reason: Option<&str>) -> Parting {
    Parting {
        headers: vec![],
        reason: reason.map(str::to_owned),
    }
}

/// What a BYE or CANCEL with these `Reason`s says.
fn theirs(reasons: &[&str]) -> Farewell {
    let mut headers = Headers::default();
    for reason in reasons {
        headers.push(Header::Reason((*reason).to_owned().into()));
    }
    farewell(&headers, "hung up by the far end")
}

fn far_bye(reasons: &[&str]) -> Input {
    Input::FarBye {
        farewell: theirs(reasons),
        headers: vec![],
    }
}

fn far_cancel(reasons: &[&str]) -> Input {
    Input::FarCancel {
        farewell: theirs(reasons),
        headers: vec![],
    }
}

/// What the far end gets and what the owner is told, up to the end.
fn told(mut leg: Leg, inputs: Vec<Input>) -> Vec<String> {
    leg.take_effects();
    let mut all = Vec::new();
    for input in inputs {
        leg.handle(input);
        for effect in leg.take_effects() {
            let line = match effect {
                Effect::Respond { code, reason, .. } if code >= 300 => {
                    format!("{code} {}", reason.unwrap_or_else(|| "-".into()))
                }
                Effect::Bye { parting } => {
                    format!("BYE {}", parting.reason.unwrap_or_else(|| "-".into()))
                }
                Effect::Cancel { parting, .. } => {
                    format!("CANCEL {}", parting.reason.unwrap_or_else(|| "-".into()))
                }
                Effect::Emit(SipEvent::Ended { by_us, cause, .. }) => {
                    let who = if by_us { "us" } else { "them" };
                    format!("ended by {who} {cause}")
                }
                Effect::Emit(SipEvent::Failed { code, .. }) => format!("failed {code}"),
                _ => continue,
            };
            all.push(line);
        }
    }
    all
}

/// An incoming call after these inputs.
#[track_caller]
fn incoming(inputs: Vec<Input>, expected: &[&str]) {
    assert_eq!(told(Leg::offered(LegId(1)), inputs), expected);
}

/// An outgoing call that one phone has answered, after these inputs.
#[track_caller]
fn outgoing(inputs: Vec<Input>, expected: &[&str]) {
    let answered = Input::Accepted {
        branch: BranchId(0),
        headers: vec![],
        sdp: vec![1],
    };
    let all = [answered].into_iter().chain(inputs).collect();
    assert_eq!(told(Leg::dialing(LegId(1), 1), all), expected);
}

const BUSY: &str = "Q.850;cause=17";
const NORMAL: &str = "Q.850;cause=16";
const ELSEWHERE: &str = "SIP;cause=200;text=\"Call completed elsewhere\"";

#[test]
fn a_call_that_was_not_answered() {
    let reject = |reason| Input::Reject {
        code: 486,
        parting: parting(reason),
    };
    incoming(
        vec![reject(Some(BUSY))],
        &["486 Q.850;cause=17", "ended by us 17"],
    );
    incoming(vec![reject(None)], &["486 -", "ended by us 16"]);
    let no_answer = hangup(Some("Q.850;cause=18"));
    incoming(vec![no_answer], &["480 Q.850;cause=18", "ended by us 18"]);
    incoming(vec![far_cancel(&[])], &["487 -", "ended by them 16"]);
    let elsewhere = far_cancel(&[ELSEWHERE]);
    incoming(vec![elsewhere], &["487 -", "ended by them 16"]);
    let both = far_cancel(&[ELSEWHERE, "Q.850;cause=26"]);
    incoming(vec![both], &["487 -", "ended by them 26"]);
    let broken = Input::Abandon { reason: "stopping" };
    incoming(vec![broken], &["500 Q.850;cause=41", "ended by us 41"]);
}

#[test]
fn a_call_whose_answer_is_not_acknowledged() {
    let never = Input::Tick(Timer::AckLost);
    incoming(
        vec![answer(), never],
        &["BYE Q.850;cause=102", "ended by us 102"],
    );
    incoming(vec![answer(), far_bye(&[])], &["ended by them 16"]);
    incoming(
        vec![answer(), hangup(Some(BUSY)), ack(), Input::ByeDone],
        &["BYE Q.850;cause=17", "ended by us 17"],
    );
}

#[test]
fn a_talk() {
    for (reasons, cause) in [
        (vec![], 16),
        (vec!["Q.850;cause=31"], 31),
        (vec!["Q.850 ; cause=17 ; text=\"busy\""], 17),
        (vec!["SIP;cause=200", "Q.850;cause=27"], 27),
        (vec!["SIP;cause=503"], 16),
        (vec!["Q.850;cause=many"], 16),
    ] {
        let expected = format!("ended by them {cause}");
        incoming(vec![answer(), ack(), far_bye(&reasons)], &[&expected]);
        outgoing(vec![far_bye(&reasons)], &[&expected]);
    }
    outgoing(
        vec![hangup(Some(NORMAL)), Input::ByeDone],
        &["BYE Q.850;cause=16", "ended by us 16"],
    );
    outgoing(
        vec![hangup(Some("Q.850;cause=31")), Input::Tick(Timer::ByeGrace)],
        &["BYE Q.850;cause=31", "ended by us 31"],
    );
    // Both at once: it is over, and it was us who said why.
    outgoing(
        vec![hangup(Some(NORMAL)), far_bye(&[BUSY])],
        &["BYE Q.850;cause=16", "ended by us 16"],
    );
    outgoing(
        vec![Input::Tick(Timer::Probe), Input::Probed { alive: false }],
        &["BYE Q.850;cause=102", "ended by them 102"],
    );
    outgoing(
        vec![Input::Abandon { reason: "stopping" }],
        &["BYE Q.850;cause=41", "ended by us 41"],
    );
}

#[test]
fn a_call_that_nobody_took() {
    let refused = |code| Input::Refused {
        branch: BranchId(0),
        code,
        reason: String::new(),
        headers: vec![],
    };
    let dialing = || Leg::dialing(LegId(1), 1);
    assert_eq!(told(dialing(), vec![refused(486)]), ["failed 486"]);
    assert_eq!(
        told(dialing(), vec![hangup(Some(ELSEWHERE)), refused(487)]),
        [format!("CANCEL {ELSEWHERE}"), "failed 487".into()]
    );
    assert_eq!(
        told(dialing(), vec![hangup(None), refused(487)]),
        ["CANCEL -", "failed 487"]
    );
    assert_eq!(
        told(dialing(), vec![Input::Tick(Timer::Dial), refused(487)]),
        ["CANCEL -", "failed 408"]
    );
}
