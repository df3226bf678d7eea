//! The definitions by which the checker judges, apart from the orders and counts that the
//! centre keeps.

use super::super::callbacks::may_be_served;
use crate::activity::Activity;
use crate::agent::Agent;
use crate::call::{Call, Stage, Turn};
use crate::center::Center;
use crate::config::QueueConfig;
use crate::id::Millis;
use crate::input::{DevicePresence, Intent};
use crate::leave::Leave;
use crate::order::Place;

/// How long an agent is passed over after an offer that ended so, by the record's word.
pub(super) fn retry_delay_ms(config: &QueueConfig, outcome: &str) -> Millis {
    let rules = &config.not_taken;
    let own = match outcome {
        "rejected" => rules.rejected.retry_delay_ms,
        "busy" => rules.busy.retry_delay_ms,
        "unreachable" => rules.unreachable.retry_delay_ms,
        "unregistered" => rules.unregistered.retry_delay_ms,
        _ => None,
    };
    own.unwrap_or(config.retry_delay_ms)
}

/// How many agents a call should hold.
pub(super) fn held_by(call: &Call) -> usize {
    match &call.stage {
        Stage::Offering(_) => call.agents_rung(),
        Stage::Talking(talk) => {
            let asked = talk.consult.as_ref();
            let asked = asked.is_some_and(|consult| consult.offer.target.is_agent());
            usize::from(talk.target.is_agent()) + usize::from(asked)
        }
        Stage::Waiting | Stage::Ended => 0,
    }
}

/// Whether one agent more is to be rung for a call, by its definition.
pub(super) fn turn_of(call: &Call) -> Option<Turn> {
    let rung = match &call.stage {
        Stage::Waiting => 0,
        Stage::Offering(offers) if offers.iter().any(|offer| offer.alone) => return None,
        Stage::Offering(_) => call.agents_rung(),
        Stage::Talking(_) | Stage::Ended => return None,
    };
    let is_held_back = call.ready_at.is_set()
        || call.ending_at.is_set()
        || call.overdue
        || call.dismissed.is_some()
        || call.reserves_else.is_some();
    let is_kept = |own| !may_be_served(call, own);
    let is_held_back = is_held_back || call.stand_in.as_deref().is_some_and(is_kept);
    (rung < call.width && !is_held_back).then_some(Turn {
        rung,
        place: place_of(call),
    })
}

/// Whether a rule may let a caller in.
pub(super) fn lets_in(leave: &Leave) -> bool {
    leave.keeps() || matches!(leave, Leave::Reserves { .. } | Leave::Callback)
}

pub(in super::super) fn is_offerable(agent: &Agent) -> bool {
    !agent.removed
        && agent.intent == Intent::Ready
        && agent.activity == Activity::Idle
        && agent.phone != DevicePresence::Absent
        && agent.retry_at.is_none()
        && agent.ban.is_none()
        && agent.page.lost_since().is_none()
}

/// The order at an agent: by place, but for the credit at the own manager.
pub(super) fn place_of(call: &Call) -> Place {
    let credit_ms = call.manager.as_ref().map_or(0, |wanted| wanted.credit_ms);
    Place {
        turn: call.place.turn.saturating_sub(credit_ms as i64),
        ..call.place
    }
}

pub(in super::super) fn serves(center: &Center, agent: &Agent, call: &Call) -> bool {
    if let Some(wanted) = &call.manager {
        return wanted.agent == agent.config.name;
    }
    let queue = &center.queues[call.queue_ix.at()];
    queue
        .config
        .agents
        .as_ref()
        .is_none_or(|names| names.contains(&agent.config.name))
        && (queue.config.skills.is_none() || is_able(agent, call))
}

/// The levels of an agent in what a call still asks for.
pub(super) fn levels_of(agent: &Agent, call: &Call) -> u64 {
    let wishes = call.details.skills.iter().map(|wish| {
        let (skill, level) = wish.split_once(':').unwrap_or((wish, "1"));
        (skill, level.parse::<u32>().unwrap())
    });
    let asked = wishes.filter(|(_, level)| *level > call.eased);
    let level = |(skill, _)| agent.config.skills.get(skill).copied().unwrap_or(0);
    asked.map(|wish| u64::from(level(wish))).sum()
}

/// By the text of the wish, not by the need that the centre made of it.
pub(super) fn is_able(agent: &Agent, call: &Call) -> bool {
    call.details.skills.iter().all(|wish| {
        let (skill, level) = wish.split_once(':').unwrap_or((wish, "1"));
        let level: u32 = level.parse().unwrap();
        let own = agent.config.skills.get(skill).copied().unwrap_or(0);
        u32::from(own) + call.eased >= level
    })
}
