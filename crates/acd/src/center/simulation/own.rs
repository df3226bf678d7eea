//! Own managers in the random world: what is thrown in, and what must hold.

use super::dice::Dice;
use crate::activity::Activity;
use crate::binding::{Binding, BindingSource, NewBinding};
use crate::call::{Call, Stage};
use crate::center::Center;
use crate::effect::{Effect, Fact};
use crate::id::{AgentId, Millis};
use crate::input::{Actor, DevicePresence, Input, Intent};
use crate::number::NumberRule;
use crate::own_manager::{Absence, AbsenceKind, OwnManagerRule};

/// The longest wait for a manager that is ever configured.
const STICKY_MS_MAX: Millis = 25_000;
/// Few numbers, so that callers come again.
const NUMBERS: u64 = 40;

/// A number written in one of several ways; some callers hide theirs.
pub(super) fn some_number(caller: u64) -> String {
    let number = caller % NUMBERS;
    match caller % 7 {
        0 => format!("8 900 000-00-{number:02}"),
        1 => format!("+7900{number:07}"),
        2 => "anonymous".to_owned(),
        _ => format!("7900{number:07}"),
    }
}

pub(super) fn some_own_rule(dice: &mut Dice) -> OwnManagerRule {
    OwnManagerRule {
        sticky_wait_ms: *dice.pick(&[0, 3_000, STICKY_MS_MAX]),
        ask: dice.percent(70),
        ask_again_ms: *dice.pick(&[0, 60_000, 600_000]),
        ask_talk_ms_min: *dice.pick(&[0, 5_000]),
        numbers: NumberRule {
            country_code: "7".into(),
            national_prefix: "8".into(),
            international_prefix: "810".into(),
            national_digits: 10,
        },
        deputies: [("anna", "boris"), ("boris", "anna"), ("eve", "nobody")]
            .map(|(agent, deputy)| (agent.into(), deputy.into()))
            .into(),
        ..OwnManagerRule::default()
    }
}

pub(super) fn some_own_manager_input(dice: &mut Dice, now: Millis, agent: AgentId) -> Input {
    let number = some_number(dice.below(1_000));
    let by = Actor::Supervisor {
        user: "olga".into(),
    };
    match dice.below(10) {
        0 => Input::Unbind { number, by },
        1 => Input::ErasePerson { number, by },
        2..5 => {
            let kind = *dice.pick(&[AbsenceKind::Vacation, AbsenceKind::Ill, AbsenceKind::Left]);
            let from = (now + dice.below(20_000)).saturating_sub(10_000);
            let until = dice.percent(90).then(|| from + dice.below(120_000));
            let absence = Absence {
                kind,
                from,
                until,
                zone: "UTC".into(),
                deputy: dice.percent(50).then(|| "clara".into()),
                note: String::new(),
            };
            let absences = if dice.percent(60) {
                vec![absence]
            } else {
                vec![]
            };
            Input::SetAbsences {
                agent,
                absences,
                by,
            }
        }
        _ => {
            let binding = Binding {
                agent: if dice.percent(95) {
                    agent
                } else {
                    "nobody".into()
                },
                since: now,
                source: BindingSource::Import,
                consent_at: None,
                note: String::new(),
            };
            Input::Bind {
                bindings: vec![NewBinding { number, binding }],
                by,
            }
        }
    }
}

/// What must hold of own managers after every input.
pub(super) fn check(center: &Center, now: Millis, seed: u64, effects: &[Effect]) {
    for call in center.calls.values() {
        let (Some(wanted), Stage::Waiting) = (&call.manager, &call.stage) else {
            continue;
        };
        if wanted.only {
            // Is waited for whatever happens.
            continue;
        }
        let id = call.id();
        let waited_ms = now - call.place.since;
        assert!(
            waited_ms < STICKY_MS_MAX || wanted.by_transfer && wanted.until > now,
            "seed {seed}: {id} waits for {} for {waited_ms} ms",
            wanted.agent
        );
        // What ails the phone of somebody who talks is seen after the talk.
        let is_busy = center.agents.iter().any(|agent| {
            agent.config.name == wanted.agent
                && agent.intent == Intent::Ready
                && agent.activity != Activity::Idle
        });
        let is_there = is_busy || at_work(center, &wanted.agent);
        assert!(
            is_there || call.turn.is_none() || call.ready_at.is_set() || call.ending_at.is_set(),
            "seed {seed}: {id} waits for {}, who cannot be had",
            wanted.agent
        );
    }
    for effect in effects {
        match effect {
            Effect::Record {
                fact: Fact::CallQueued { call, .. },
            } => {
                if let Some(call) = center.calls.get(call) {
                    bound_caller_was_led(center, now, seed, call, effects);
                }
            }
            Effect::AskManager { call, .. } => {
                let rule = center.own_rule();
                let number = &center.calls[call].details.caller_number;
                assert!(
                    center.binding(number).is_none(),
                    "seed {seed}: {call} has a manager"
                );
                let asked = center.last_asked(number);
                assert!(
                    asked
                        .is_none_or(|asked| asked.at == now || asked.at + rule.ask_again_ms <= now),
                    "seed {seed}: {number} is asked again at {now}, after {asked:?}"
                );
            }
            _ => {}
        }
    }
}

/// Whether an agent can be waited for, by the text of the rule.
fn at_work(center: &Center, name: &AgentId) -> bool {
    center.agents.iter().any(|agent| {
        agent.config.name == *name
            && !agent.removed
            && agent.intent == Intent::Ready
            && agent.phone != DevicePresence::Absent
            && agent.ban.is_none()
            && agent.page.lost_since().is_none()
    })
}

/// A bound caller who has just come wants the manager exactly if that is
/// possible.
fn bound_caller_was_led(center: &Center, now: Millis, seed: u64, call: &Call, effects: &[Effect]) {
    if call.details.wanted.is_some() {
        // The scenario decides.
        return;
    }
    let Some(binding) = center.binding(&call.details.caller_number) else {
        return;
    };
    let manager = &binding.agent;
    let changed = effects.iter().any(|effect| {
        matches!(effect, Effect::Record { fact: Fact::AgentState { agent, why, .. } }
            if agent == manager && (why.contains("ban") || why.contains("page")))
    });
    let members = &center.queues[call.queue_ix.at()].config.agents;
    let serves = members.as_ref().is_none_or(|names| names.contains(manager));
    let is_absent = center
        .absences(manager)
        .iter()
        .any(|absence| absence.covers(now));
    let wanted = call.manager.as_ref().map(|wanted| &wanted.agent);
    let taken_by = match &call.stage {
        Stage::Offering(offers) => Some(center.party(offers[0].target)),
        Stage::Waiting | Stage::Talking(_) | Stage::Ended => None,
    };
    let id = call.id();
    if is_absent {
        assert!(
            wanted != Some(manager),
            "seed {seed}: {id} waits for {manager}, who is away"
        );
    } else if serves && at_work(center, manager) && !changed && !call.reserves_now {
        let no_wait = center.own_rule().sticky_wait_ms == 0;
        assert!(
            wanted == Some(manager)
                && taken_by
                    .as_ref()
                    .is_none_or(|party| party.agent() == Some(manager))
                || no_wait,
            "seed {seed}: {id} is {manager}'s and was led to {wanted:?}, {taken_by:?}"
        );
    }
}
