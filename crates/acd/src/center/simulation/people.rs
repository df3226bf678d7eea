//! What people do, and the configurations that they think of.

use super::callbacks::{some_callback_input, some_callback_rule};
use super::dice::Dice;
use super::own::{some_own_manager_input, some_own_rule};
use super::pages::some_page_rule;
use super::reserves::{RESERVES, some_reserve_rule, some_reserves};
use super::session::Happening;
use super::transfers::{some_request, some_transfer_rule};
use super::world::{
    AGENTS, QUEUES, RING_TIMEOUT_MS, STRATEGIES, World, some_ban, some_not_taken, some_skills,
};
use crate::calendar::Calendar;
use crate::config::{AgentConfig, Configuration, Contact, QueueConfig};
use crate::id::AgentId;
use crate::input::{Actor, DevicePresence, Input, Intent};
use crate::leave::{Leave, LeaveRules};
use crate::need::SkillRule;

impl World {
    pub(super) fn person(&mut self) {
        let next_ms = self.dice.between(100, 12_000);
        if self.open {
            self.plan(next_ms, Happening::Person);
        }
        let agent: AgentId = (*self.dice.pick(&AGENTS)).into();
        let by = Actor::Agent;
        let input = match self.dice.below(38) {
            35 | 36 => some_bans(&mut self.dice, agent),
            34 => Input::Transfer {
                agent,
                request: some_request(&mut self.dice),
            },
            31..34 => some_callback_input(&mut self.dice, &self.center),
            23..28 | 37 => some_own_manager_input(&mut self.dice, self.now, agent),
            19 => Input::ExtendWrapUp { agent, by },
            20 => Input::LiftBan { agent, by },
            21 => Input::SetAfterCall {
                agent,
                intent: self.dice.percent(80).then(|| Intent::NotReady {
                    reason: "lunch".into(),
                }),
                by,
            },
            0..8 => Input::SetIntent {
                agent,
                intent: Intent::Ready,
                by,
                why: String::new(),
            },
            8..11 => Input::SetIntent {
                agent,
                intent: Intent::NotReady {
                    reason: "lunch".into(),
                },
                by,
                why: String::new(),
            },
            11 => Input::SetIntent {
                agent,
                intent: Intent::Offline,
                by,
                why: String::new(),
            },
            12..14 => Input::EndWrapUp { agent, by },
            14 => Input::LiftReserveBan {
                reserve: (*self.dice.pick(&RESERVES)).into(),
                by,
            },
            15 | 28..31 => Input::PagePresence {
                agent,
                present: self.dice.percent(50),
            },
            16 => Input::DevicePresence {
                agent,
                presence: DevicePresence::Absent,
            },
            17..19 => Input::DevicePresence {
                agent,
                presence: DevicePresence::Present,
            },
            _ => Input::Configure {
                configuration: self.some_configuration(),
            },
        };
        self.give(input);
    }

    pub(super) fn some_configuration(&mut self) -> Configuration {
        let dice = &mut self.dice;
        let mut queues: Vec<QueueConfig> = QUEUES
            .iter()
            .map(|name| QueueConfig {
                numbers: vec![format!("10{}", name.len())],
                agents: dice.percent(60).then(|| {
                    AGENTS
                        .iter()
                        .filter(|_| dice.percent(60))
                        .map(|name| (*name).into())
                        .collect()
                }),
                ring_timeout_ms: RING_TIMEOUT_MS,
                retry_delay_ms: *dice.pick(&[0, 2_000, 30_000]),
                wrap_up_ms: *dice.pick(&[0, 5_000]),
                waiting_max: *dice.pick(&[5, 1_000]),
                announce_every_ms: *dice.pick(&[0, 5_000, 20_000]),
                strategy: *dice.pick(&STRATEGIES),
                priority_step_ms: *dice.pick(&[0, 4_000]),
                head_start_ms: *dice.pick(&[0, 0, 7_000]),
                skills: *dice.pick(&[
                    None,
                    Some(SkillRule { ease_every_ms: 0 }),
                    Some(SkillRule {
                        ease_every_ms: 15_000,
                    }),
                ]),
                ring_at_once: *dice.pick(&[1, 1, 3]),
                ring_step_ms: *dice.pick(&[0, 4_000]),
                leave: some_leave(dice),
                callback: some_callback_rule(dice),
                ban: some_ban(dice),
                not_taken: some_not_taken(dice),
                wrap_up_min_ms: *dice.pick(&[0, 2_000]),
                wrap_up_extend_ms: *dice.pick(&[0, 3_000]),
                wrap_up_max_ms: *dice.pick(&[0, 9_000]),
                reserves: some_reserve_rule(dice),
                ..QueueConfig::named(*name)
            })
            .collect();
        queues.retain(|queue| &*queue.name.0 == "support" || dice.percent(90));
        let present: Vec<_> = AGENTS.iter().filter(|_| dice.percent(90)).collect();
        let agents = present
            .into_iter()
            .map(|name| AgentConfig {
                name: (*name).into(),
                display_name: (*name).to_owned(),
                skills: some_skills(dice),
                contact: Contact::User {
                    user: (*name).to_owned(),
                },
            })
            .collect();
        Configuration {
            reserves: some_reserves(dice, &queues),
            queues,
            agents,
            own_manager: some_own_rule(dice),
            pages: some_page_rule(dice),
            transfers: some_transfer_rule(dice),
        }
    }
}

/// A supervisor bans, or the owner's policy.
pub(super) fn some_bans(dice: &mut Dice, agent: AgentId) -> Input {
    let olga = Actor::Supervisor {
        user: "olga".into(),
    };
    let policy = Actor::Rule {
        rule: "policy".into(),
    };
    let (by, ban_ms) = match dice.percent(50) {
        true => (olga, [0, 90_000]),
        false => (policy, [0, 10_000]),
    };
    Input::BanAgent {
        agent,
        ban_ms: *dice.pick(&ban_ms),
        by,
        reason: String::new(),
    }
}

/// Rules of leaving; most queues have none.
pub(super) fn some_leave(dice: &mut Dice) -> LeaveRules {
    let mut some = |chance| {
        let to = (*dice.pick(&QUEUES)).into();
        let leave = match dice.below(12) {
            0..4 => Leave::HangUp,
            4..8 => Leave::Queue { queue: to },
            8 => Leave::Reserves {
                otherwise: Box::new(Leave::Queue { queue: to }),
            },
            9..11 => Leave::Callback,
            _ => Leave::Reserves {
                otherwise: Box::new(dice.pick(&[Leave::Stay, Leave::HangUp]).clone()),
            },
        };
        if dice.percent(chance) {
            leave
        } else {
            Leave::Stay
        }
    };
    let exits = [("1", some(100)), ("2", some(50))];
    LeaveRules {
        full: some(30),
        too_long: some(40),
        nobody: some(30),
        closed: some(50),
        closing: some(30),
        exits: exits.map(|(digit, leave)| (digit.to_owned(), leave)).into(),
        wait_max_ms: *dice.pick(&[0, 20_000, 60_000]),
        calendar: dice.percent(20).then(|| Calendar {
            zone: "UTC".to_owned(),
            weekly: vec![
                (*dice.pick(&[
                    "mon-sun 00:00-22:50,22:55-24:00",
                    "mon-sun 22:48-22:58,23:05-22:00",
                    "mon-tue 00:00-24:00",
                ]))
                .to_owned(),
            ],
            special: Vec::new(),
        }),
        texts: Default::default(),
    }
}
