//! What callers ask for, what agents can do, and other things of which the
//! world has many.

use super::super::dice::Dice;
use super::super::own::some_number;
use crate::ban::BanRule;
use crate::id::OfferId;
use crate::input::{NewCall, OfferFailure, SessionEvent};
use crate::need::Skills;
use crate::not_taken::{NotTakenRule, NotTakenRules};

/// One of seven wishes; most callers ask for nothing.
pub(in super::super) fn needs_of(number: u64) -> Vec<String> {
    let needs: &[&str] = match number % 7 {
        0 => &["english"],
        1 => &["english:3", "vip"],
        2 => &["vip:2"],
        _ => &[],
    };
    needs.iter().map(|need| (*need).to_owned()).collect()
}

pub(in super::super) fn some_ban(dice: &mut Dice) -> BanRule {
    BanRule {
        after_misses: dice.below(3),
        first_ms: *dice.pick(&[1_000, 20_000]),
        max_ms: 60_000,
        agent_may_lift: dice.percent(50),
    }
}

pub(in super::super) fn some_not_taken(dice: &mut Dice) -> NotTakenRules {
    let mut rule = || NotTakenRule {
        retry_delay_ms: dice.percent(50).then(|| dice.below(20_000)),
        ban_after: dice.below(3),
    };
    NotTakenRules {
        rejected: rule(),
        busy: rule(),
        unreachable: rule(),
        unregistered: rule(),
    }
}

pub(in super::super) fn some_skills(dice: &mut Dice) -> Skills {
    let mut skills = Skills::new();
    for skill in ["english", "vip"] {
        if dice.percent(60) {
            skills.insert(skill.to_owned(), dice.between(1, 4) as u8);
        }
    }
    skills
}

pub(in super::super) fn failed(offer_id: OfferId, reason: OfferFailure) -> SessionEvent {
    SessionEvent::OfferFailed {
        offer_id,
        reason,
        sip_code: None,
        sip_reason: None,
        rang_ms: 3,
    }
}

pub(super) fn new_call(session: usize) -> NewCall {
    NewCall {
        session_id: session.to_string(),
        caller_number: some_number(session as u64),
        dialed_number: ["103", "105", "107", "999"][session % 4].to_owned(),
        display_name: None,
        queue: None,
        language: None,
        priority: [0, 0, 0, 1, 5][session % 5],
        skills: needs_of(session as u64),
        custom_data: None,
        wanted: some_wanted(session as u64),
    }
}

/// A few scenarios ask for one agent, who may not be there.
fn some_wanted(session: u64) -> Option<crate::WantedAgent> {
    let agent = ["anna", "boris", "nobody"][usize::try_from(session / 31 % 3).unwrap_or(0)];
    (session % 31 == 7).then(|| crate::WantedAgent {
        agent: agent.into(),
        wait_ms: [0, 4_000, 20_000][usize::try_from(session / 7 % 3).unwrap_or(0)],
        only: session.is_multiple_of(2),
    })
}
