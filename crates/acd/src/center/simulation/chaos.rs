//! Inputs thrown at a centre with no world behind them: any event about any
//! offer of any call at any time.

use super::callbacks::{any_callback_event, any_callback_input, some_callback_rule};
use super::checker::Checker;
use super::dice::Dice;
use super::own::{some_number, some_own_manager_input, some_own_rule};
use super::people::{some_bans, some_leave};
use super::reserves::{RESERVES, some_reserve_rule, some_reserves};
use super::transfers::{some_party, some_request, some_transfer_rule};
use super::world::{STRATEGIES, failed, needs_of, some_ban, some_not_taken, some_skills};
use crate::center::Center;
use crate::config::{AgentConfig, Configuration, Contact, QueueConfig};
use crate::id::{AgentId, CallId, Millis, OfferId};
use crate::input::{
    Actor, DevicePresence, EndedBy, Input, Intent, ManagerAnswer, NewCall, OfferFailure,
    SessionDoing, SessionEvent,
};
use crate::need::SkillRule;

const AGENTS: [&str; 4] = ["anna", "boris", "clara", "dan"];

/// Throws `steps` inputs.
pub(super) fn run(seed: u64, steps: usize) {
    let mut dice = Dice::new(seed);
    let mut center = Center::new();
    let mut checker = Checker::new(seed);
    let mut now: Millis = 20_000 * 86_400_000;
    let traces = std::env::var_os("ACD_SIM_TRACE").is_some();
    for step in 0..steps {
        let input = if step == 0 {
            configuration(&mut dice)
        } else {
            any_input(&mut dice, &center)
        };
        now += if dice.percent(2) {
            dice.below(100_000)
        } else {
            dice.below(1_500)
        };
        let effects = center.handle(now, input.clone());
        if traces {
            println!("{now} {input:?}");
            for effect in &effects {
                println!("    {effect:?}");
            }
        }
        checker.check(&center, now, &input, &effects);
    }
}

fn any_input(dice: &mut Dice, center: &Center) -> Input {
    let agent = (*dice.pick(&AGENTS)).into();
    let by = Actor::Supervisor {
        user: "olga".into(),
    };
    // Mostly of the newest, which are alive.
    let call = CallId((center.last_call + 1).saturating_sub(dice.below(8)));
    let offer = OfferId((center.last_offer + 1).saturating_sub(dice.below(6)));
    match dice.below(44) {
        0..6 => Input::CallArrived {
            call: any_call(dice),
        },
        6..24 => {
            let seq = if dice.percent(3) {
                u64::MAX - dice.below(2)
            } else {
                dice.below(12)
            };
            Input::CallEvent {
                call,
                seq,
                at: dice.below(u64::MAX),
                event: any_event(dice, offer),
            }
        }
        24 => Input::SessionLost {
            call,
            why: String::new(),
        },
        25 => Input::ConnectNotDelivered {
            offer,
            why: String::new(),
        },
        26..29 => Input::SessionStatus {
            call,
            doing: any_doing(dice, offer),
        },
        29..33 => Input::SetIntent {
            agent,
            intent: Intent::Ready,
            by,
            why: String::new(),
        },
        33 => Input::SetIntent {
            agent,
            intent: Intent::NotReady {
                reason: String::new(),
            },
            by,
            why: String::new(),
        },
        34 => Input::SetIntent {
            agent,
            intent: Intent::Offline,
            by,
            why: String::new(),
        },
        35 | 38 => any_wish(dice, agent, by),
        36 => {
            let presence = *dice.pick(&[
                DevicePresence::Absent,
                DevicePresence::Present,
                DevicePresence::Unknown,
            ]);
            Input::DevicePresence { agent, presence }
        }
        37 => configuration(dice),
        38..42 => any_callback_input(dice, center),
        _ => Input::Tick,
    }
}

fn any_wish(dice: &mut Dice, agent: AgentId, by: Actor) -> Input {
    match dice.below(18) {
        16 | 17 => some_bans(dice, agent),
        7..16 => Input::Transfer {
            agent,
            request: some_request(dice),
        },
        4..7 => some_own_manager_input(dice, 20_000 * 86_400_000, agent),
        0 => Input::EndWrapUp { agent, by },
        1 => Input::ExtendWrapUp { agent, by },
        2 if dice.percent(50) => Input::LiftReserveBan {
            reserve: (*dice.pick(&RESERVES)).into(),
            by,
        },
        2 => Input::LiftBan { agent, by },
        _ => Input::SetAfterCall {
            agent,
            intent: Some(Intent::Offline),
            by,
        },
    }
}

fn any_call(dice: &mut Dice) -> NewCall {
    NewCall {
        session_id: dice.below(40).to_string(),
        caller_number: some_number(dice.below(9)),
        dialed_number: dice.below(3).to_string(),
        display_name: None,
        queue: dice
            .percent(50)
            .then(|| (*dice.pick(&["a", "b", "none"])).into()),
        language: None,
        priority: *dice.pick(&[0, 0, 1, i32::MIN, i32::MAX]),
        skills: needs_of(dice.below(7)),
        custom_data: None,
        wanted: None,
    }
}

fn any_event(dice: &mut Dice, offer_id: OfferId) -> SessionEvent {
    match dice.below(19) {
        18 => SessionEvent::TalkRated {
            offer_id,
            score: dice.below(200),
        },
        11 => SessionEvent::TransferRequested {
            offer_id,
            to: (*dice.pick(&["sip:anna@x", "dan", "b", "1", "+7900", ""])).to_owned(),
        },
        12 => SessionEvent::AgentLeft { offer_id },
        13 => SessionEvent::ConsultEnded { offer_id },
        14 => SessionEvent::TransferCompleted { offer_id },
        15..18 => any_callback_event(dice),
        9 => SessionEvent::ManagerChoice {
            answer: ManagerAnswer::Yes,
        },
        10 => SessionEvent::Digit { digit: "1".into() },
        0 | 1 => SessionEvent::OfferRinging { offer_id },
        2 | 3 => SessionEvent::OfferAnswered { offer_id },
        4 => SessionEvent::TalkStarted { offer_id },
        5 => {
            let talk_ms = *dice.pick(&[0, 500, u64::MAX]);
            SessionEvent::TalkEnded {
                offer_id,
                ended_by: EndedBy::Agent,
                talk_ms,
            }
        }
        6 => {
            let reasons = [
                OfferFailure::NoAnswer,
                OfferFailure::Busy,
                OfferFailure::Rejected,
                OfferFailure::Unreachable,
                OfferFailure::Unregistered,
                OfferFailure::Cancelled,
            ];
            failed(offer_id, *dice.pick(&reasons))
        }
        7 => SessionEvent::CallerLeft {
            waited_ms: u64::MAX,
        },
        _ => SessionEvent::SessionEnded { why: String::new() },
    }
}

fn any_doing(dice: &mut Dice, offer_id: OfferId) -> SessionDoing {
    match dice.below(6) {
        4 => SessionDoing::Consulting {
            offer_id,
            consult_id: OfferId((offer_id.0 + 1).saturating_sub(dice.below(2) * 2)),
            with: dice.percent(70).then(|| some_party(dice)),
        },
        5 => SessionDoing::CallingBack {
            offer_id: dice.percent(50).then_some(offer_id),
        },
        0 => SessionDoing::Waiting,
        1 => SessionDoing::Offering {
            offer_id,
            others: vec![OfferId(offer_id.0.saturating_sub(1))],
        },
        2 => SessionDoing::Talking { offer_id },
        _ => SessionDoing::Ending,
    }
}

fn configuration(dice: &mut Dice) -> Input {
    let queue = |name: &str, dice: &mut Dice| QueueConfig {
        numbers: vec!["1".to_owned()],
        agents: dice
            .percent(50)
            .then(|| vec!["anna".into(), "dan".into(), "nobody".into()]),
        ring_timeout_ms: *dice.pick(&[0, 3_000, u64::MAX]),
        retry_delay_ms: *dice.pick(&[0, 3_000, u64::MAX / 4]),
        wrap_up_ms: *dice.pick(&[0, 1_000]),
        waiting_max: *dice.pick(&[0, 3, 50]),
        announce_every_ms: *dice.pick(&[0, 1, 5_000, u64::MAX]),
        strategy: *dice.pick(&STRATEGIES),
        priority_step_ms: *dice.pick(&[0, 1_000, u64::MAX]),
        head_start_ms: *dice.pick(&[0, 3_000, u64::MAX]),
        skills: *dice.pick(&[
            None,
            Some(SkillRule {
                ease_every_ms: 2_000,
            }),
        ]),
        ring_at_once: *dice.pick(&[0, 1, 3, usize::MAX]),
        ring_step_ms: *dice.pick(&[0, 1, 5_000, u64::MAX]),
        leave: some_leave(dice),
        callback: some_callback_rule(dice),
        ban: some_ban(dice),
        not_taken: some_not_taken(dice),
        wrap_up_min_ms: *dice.pick(&[0, 2_000]),
        wrap_up_extend_ms: *dice.pick(&[0, 3_000]),
        wrap_up_max_ms: *dice.pick(&[0, 9_000]),
        reserves: some_reserve_rule(dice),
        ..QueueConfig::named(name)
    };
    let mut queues = vec![queue("a", dice), queue("b", dice), queue("a", dice)];
    queues.truncate(dice.below(4) as usize);
    let present: Vec<_> = AGENTS.iter().filter(|_| dice.percent(80)).collect();
    let agents = present
        .into_iter()
        .map(|name| AgentConfig {
            name: (*name).into(),
            display_name: String::new(),
            skills: some_skills(dice),
            contact: Contact::Phone {
                number: "1".to_owned(),
            },
        })
        .collect();
    Input::Configure {
        configuration: Configuration {
            reserves: some_reserves(dice, &queues),
            queues,
            agents,
            own_manager: some_own_rule(dice),
            pages: super::pages::some_page_rule(dice),
            transfers: some_transfer_rule(dice),
        },
    }
}
