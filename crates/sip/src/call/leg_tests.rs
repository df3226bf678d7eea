//! The leg's promises, over random lives and over the races by name.

use super::effect::Effect;
use super::fork::COMPLETED_ELSEWHERE;
use super::input::{BranchId, FarOffer, Farewell, Input, Parting, ReferId, ReofferId, Timer};
use super::leg::Leg;
use crate::event::{LegId, ReferTo, SipEvent};

/// Random lives tried in each direction.
const LIVES: u64 = 20_000;
/// Inputs in one life.
const INPUTS: usize = 25;

/// xorshift64*: enough to shuffle inputs, the same on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) % sides
    }
}

fn farewell() -> Farewell {
    Farewell {
        cause: 16,
        reason: "bye".into(),
    }
}

fn hangup() -> Input {
    Input::Hangup {
        parting: Parting::default(),
    }
}

fn accepted(branch: usize) -> Input {
    let branch = BranchId(branch);
    Input::Accepted {
        branch,
        headers: vec![],
        sdp: vec![],
    }
}

fn refused(branch: usize, code: u16) -> Input {
    let branch = BranchId(branch);
    Input::Refused {
        branch,
        code,
        reason: String::new(),
        headers: vec![],
    }
}

/// What was seen over one life.
#[derive(Default)]
struct Seen {
    finals: usize,
    after_final: Vec<String>,
    invite_answers: usize,
    accepted: Vec<usize>,
    adopted: Vec<usize>,
    byed: Vec<usize>,
    reoffers: usize,
    reoffer_answers: usize,
    byes: usize,
}

impl Seen {
    fn take(&mut self, leg: &mut Leg) {
        for effect in leg.take_effects() {
            if self.finals > 0 && matches!(effect, Effect::Emit(_) | Effect::Bye { .. }) {
                self.after_final.push(format!("{effect:?}"));
            }
            match effect {
                Effect::Emit(SipEvent::Failed { .. } | SipEvent::Ended { .. }) => self.finals += 1,
                Effect::Respond { code, .. } if code >= 200 => self.invite_answers += 1,
                Effect::Adopt { branch } => self.adopted.push(branch.0),
                Effect::ByeBranch { branch } => self.byed.push(branch.0),
                Effect::RespondReoffer { .. } => self.reoffer_answers += 1,
                Effect::Bye { .. } => self.byes += 1,
                Effect::Emit(_)
                | Effect::Respond { .. }
                | Effect::Cancel { .. }
                | Effect::SendInfo { .. }
                | Effect::SendReoffer { .. }
                | Effect::RespondRefer { .. }
                | Effect::Notify { .. }
                | Effect::SendRefer { .. }
                | Effect::Probe
                | Effect::Refresh
                | Effect::Start(_) => {}
            }
        }
    }
}

#[allow(clippy::too_many_lines, reason = "a table of what may come")]
fn any_input(dice: &mut Dice, reoffer: &mut u64, seen: &mut Seen) -> Input {
    let branch = dice.roll(3) as usize;
    let (headers, sdp) = (vec![], vec![1]);
    match dice.roll(30) {
        0 => Input::Ring { headers },
        1 => Input::EarlyMedia { headers, sdp },
        2 | 3 => Input::Answer { headers, sdp },
        4 => Input::Reject {
            code: 486,
            parting: Parting::default(),
        },
        5 => hangup(),
        6 => Input::AnswerReoffer { headers, sdp },
        24 => Input::RefuseReoffer { code: 488, headers },
        25 => Input::SendReoffer { headers, sdp },
        26 => Input::ReofferDone {
            code: if dice.roll(2) == 0 { 200 } else { 481 },
            reason: String::new(),
            headers,
            sdp,
        },
        27 => Input::FarRefer {
            id: ReferId(dice.roll(3) as u32),
            target: "200".into(),
            replaces: None,
            headers,
        },
        28 => Input::AnswerRefer { code: 202 },
        29 => Input::SendRefer {
            to: ReferTo::Address("200".into()),
            headers,
        },
        7 => Input::FarCancel {
            farewell: farewell(),
            headers,
        },
        8 | 9 => Input::Ack { headers, sdp },
        10 => Input::NoAck,
        11 => Input::Provisional {
            branch: BranchId(branch),
            code: 180,
            headers,
            sdp,
        },
        // The driver delivers one final response for each branch.
        12 | 13 if !seen.accepted.contains(&branch) => {
            seen.accepted.push(branch);
            accepted(branch)
        }
        14 | 15 if !seen.accepted.contains(&branch) => refused(branch, 480),
        16 => Input::FarBye {
            farewell: farewell(),
            headers,
        },
        17 => {
            *reoffer += 1;
            seen.reoffers += 1;
            Input::FarReoffer {
                id: ReofferId(*reoffer),
                offer: FarOffer { headers, sdp },
            }
        }
        18 => Input::ReofferCancelled {
            id: ReofferId(*reoffer),
        },
        19 => Input::ByeDone,
        20 => Input::Tick(Timer::Dial),
        21 if dice.roll(8) == 0 => Input::Abandon { reason: "test" },
        22 => Input::Probed {
            alive: dice.roll(4) > 0,
        },
        23 => Input::Tick(match dice.roll(8) {
            0 => Timer::SessionEnd,
            1 => Timer::Refresh,
            _ => Timer::Probe,
        }),
        _ => Input::Info {
            mime_type: String::new(),
            body: vec![],
            headers,
        },
    }
}

/// Lives a random life, then hangs up and lets every timer run out.
fn live(seed: u64, mut leg: Leg) -> Seen {
    let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
    let (mut seen, mut reoffer) = (Seen::default(), 0);
    for _ in 0..dice.roll(INPUTS as u64) {
        let input = any_input(&mut dice, &mut reoffer, &mut seen);
        leg.handle(input);
        seen.take(&mut leg);
    }
    leg.handle(hangup());
    for timer in [Timer::CancelGrace, Timer::HangupAck, Timer::ByeGrace] {
        leg.handle(Input::Tick(timer));
    }
    seen.take(&mut leg);
    assert!(leg.is_gone(), "seed {seed}: the leg outlived its timers");
    leg.handle(Input::FarReoffer {
        id: ReofferId(u64::MAX),
        offer: FarOffer {
            headers: vec![],
            sdp: vec![],
        },
    });
    seen.reoffers += 1;
    seen.take(&mut leg);
    assert_eq!(seen.finals, 1, "seed {seed}: final events");
    assert_eq!(seen.after_final, Vec::<String>::new(), "seed {seed}");
    assert_eq!(
        seen.reoffers, seen.reoffer_answers,
        "seed {seed}: re-offers answered"
    );
    assert!(seen.byes <= 1, "seed {seed}: {} BYEs", seen.byes);
    seen
}

#[test]
fn an_incoming_leg_ends_once_and_answers_everything_once() {
    for seed in 0..LIVES {
        let seen = live(seed, Leg::offered(LegId(1)));
        assert_eq!(seen.invite_answers, 1, "seed {seed}: answers to the INVITE");
    }
}

#[test]
fn a_dialled_leg_ends_once_and_leaves_no_answered_phone_behind() {
    for seed in 0..LIVES {
        let mut seen = live(seed, Leg::dialing(LegId(1), 3));
        assert!(seen.adopted.len() <= 1, "seed {seed}: two winners");
        let mut settled = [seen.adopted.clone(), seen.byed.clone()].concat();
        settled.sort_unstable();
        seen.accepted.sort_unstable();
        assert_eq!(
            settled, seen.accepted,
            "seed {seed}: adopted or ended with BYE"
        );
    }
}

/// Feeds inputs and returns the effects, as text, without the first timer.
fn effects(mut leg: Leg, inputs: Vec<Input>) -> Vec<String> {
    leg.take_effects();
    let mut all = Vec::new();
    for input in inputs {
        leg.handle(input);
        all.extend(leg.take_effects().iter().map(brief));
    }
    all
}

fn brief(effect: &Effect) -> String {
    match effect {
        Effect::Emit(SipEvent::Failed { code, .. }) => format!("failed {code}"),
        Effect::Emit(SipEvent::Ended { by_us, .. }) => format!("ended {by_us}"),
        Effect::Emit(SipEvent::Answered { .. }) => "answered".into(),
        Effect::Emit(SipEvent::Progress { code, .. }) => format!("progress {code}"),
        Effect::Emit(event) => format!("{event:?}"),
        Effect::Respond { code, .. } => format!("respond {code}"),
        Effect::RespondReoffer { code, .. } => format!("reoffer {code}"),
        Effect::Cancel { branch, parting } => {
            let reason = parting.reason.as_deref().unwrap_or("-");
            format!("cancel {} {reason}", branch.0)
        }
        Effect::ByeBranch { branch } => format!("bye branch {}", branch.0),
        Effect::Adopt { branch } => format!("adopt {}", branch.0),
        Effect::Bye { .. } => "bye".into(),
        Effect::SendInfo { .. } => "info".into(),
        Effect::SendReoffer { .. } => "re-invite".into(),
        Effect::RespondRefer { code, .. } => format!("refer {code}"),
        Effect::Notify { code, .. } => format!("notify {code}"),
        Effect::SendRefer { .. } => "send refer".into(),
        Effect::Probe => "probe".into(),
        Effect::Refresh => "refresh".into(),
        Effect::Start(timer) => format!("start {timer:?}"),
    }
}

#[test]
fn the_first_phone_wins_and_the_others_are_told_so() {
    let found = effects(
        Leg::dialing(LegId(1), 3),
        vec![accepted(1), refused(0, 487), accepted(2)],
    );
    let cancel = |branch| format!("cancel {branch} {COMPLETED_ELSEWHERE}");
    let expected = [
        "adopt 1".into(),
        "start Probe".into(),
        cancel(0),
        cancel(2),
        "answered".into(),
        "bye branch 2".into(),
    ];
    assert_eq!(found, expected);
}

#[test]
fn an_answer_that_crosses_our_cancel_is_ended_and_the_leg_fails_with_487() {
    let found = effects(Leg::dialing(LegId(1), 1), vec![hangup(), accepted(0)]);
    let expected = [
        "cancel 0 -",
        "start CancelGrace",
        "bye branch 0",
        "failed 487",
    ];
    assert_eq!(found, expected);
}

#[test]
fn nobody_in_time_is_408_once_the_cancel_is_through() {
    let found = effects(
        Leg::dialing(LegId(1), 1),
        vec![
            Input::Tick(Timer::Dial),
            refused(0, 487),
            Input::Tick(Timer::CancelGrace),
        ],
    );
    assert_eq!(found, ["cancel 0 -", "start CancelGrace", "failed 408"]);
}

#[test]
fn the_refusal_that_says_most_is_reported() {
    let cases = [
        (vec![480, 486, 404], 486),
        (vec![408, 404, 480], 404),
        (vec![401, 503, 503], 503),
        (vec![302, 480, 480], 302),
    ];
    for (codes, expected) in cases {
        let inputs = codes
            .iter()
            .enumerate()
            .map(|(at, code)| refused(at, *code))
            .collect();
        let found = effects(Leg::dialing(LegId(1), 3), inputs);
        assert_eq!(found, [format!("failed {expected}")], "{codes:?}");
    }
}

#[test]
fn a_decline_for_all_stops_the_other_phones() {
    let found = effects(
        Leg::dialing(LegId(1), 2),
        vec![refused(1, 603), refused(0, 487)],
    );
    assert_eq!(found, ["cancel 0 -", "start CancelGrace", "failed 603"]);
}

#[test]
fn a_hangup_before_the_ack_waits_for_it() {
    let answer = Input::Answer {
        headers: vec![],
        sdp: vec![1],
    };
    let ack = Input::Ack {
        headers: vec![],
        sdp: vec![],
    };
    let found = effects(
        Leg::offered(LegId(1)),
        vec![answer, hangup(), ack, Input::ByeDone],
    );
    let expected = [
        "respond 200",
        "start AckLost",
        "start HangupAck",
        "bye",
        "start ByeGrace",
        "ended true",
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_far_end_that_no_longer_answers_ends_the_call() {
    let found = effects(
        Leg::dialing(LegId(1), 1),
        vec![
            accepted(0),
            Input::Tick(Timer::Probe),
            Input::Probed { alive: true },
            Input::Tick(Timer::Probe),
            Input::Probed { alive: false },
        ],
    );
    let expected = [
        "adopt 0",
        "start Probe",
        "answered",
        "probe",
        "start Probe",
        "probe",
        "bye",
        "ended false",
    ];
    assert_eq!(found, expected);
}
