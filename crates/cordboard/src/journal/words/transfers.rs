//! Transfers in words for people.

use super::{lasted, outcome};
use crate::language::Language;
use acd::{AgentId, Fact, SessionEvent, TransferKind, TransferRequest, TransferTarget};

/// What an agent wants.
pub(super) fn wish(agent: &AgentId, request: &TransferRequest, language: Language) -> String {
    let pick = |english: &'static str, russian: &'static str| language.pick(english, russian);
    let what = match request {
        TransferRequest::Blind { to, .. } => {
            format!("{} {}", pick("transfers to", "переводит на"), target(to))
        }
        TransferRequest::Consult { to } => {
            format!("{} {}", pick("asks", "спрашивает"), target(to))
        }
        TransferRequest::Complete => pick("completes the transfer", "завершает перевод").to_owned(),
        TransferRequest::Swap => pick(
            "speaks with the other one",
            "переключается на другого собеседника",
        )
        .to_owned(),
        TransferRequest::Merge => pick("brings all together", "соединяет всех").to_owned(),
        TransferRequest::Cancel => {
            pick("goes back to the caller", "возвращается к звонящему").to_owned()
        }
    };
    format!("{agent}: {what}")
}

fn target(to: &TransferTarget) -> String {
    match to {
        TransferTarget::Agent { agent } => agent.to_string(),
        TransferTarget::Queue { queue } => queue.to_string(),
        TransferTarget::Number { number } => number.clone(),
    }
}

/// What a session reported of a transfer; nothing of another event.
pub(super) fn reported(event: &SessionEvent, language: Language) -> String {
    let pick = |english: &'static str, russian: &'static str| language.pick(english, russian);
    match event {
        SessionEvent::TransferRequested { offer_id, to } => format!(
            "{offer_id}: {} {to}",
            pick(
                "the phone asks for a transfer to",
                "телефон просит перевести на"
            )
        ),
        SessionEvent::AgentLeft { offer_id } => format!(
            "{offer_id}: {}",
            pick(
                "the agent left, the colleague rings on",
                "оператор вышел, коллега вызывается дальше"
            )
        ),
        SessionEvent::ConsultEnded { offer_id } => {
            format!(
                "{offer_id}: {}",
                pick("the colleague left", "коллега вышел")
            )
        }
        SessionEvent::AgentReplaced { offer_id, to } => format!(
            "{offer_id}: {} {to}",
            pick(
                "the phone joined the caller to",
                "телефон соединил звонящего с"
            )
        ),
        SessionEvent::TransferCompleted { offer_id } => format!(
            "{offer_id}: {}",
            pick("the colleague has the caller", "звонящий у коллеги")
        ),
        _ => String::new(),
    }
}

fn kind_of(kind: TransferKind, language: Language) -> &'static str {
    match kind {
        TransferKind::Blind => language.pick("transferred", "переведён"),
        TransferKind::Attended => language.pick(
            "transferred after a word",
            "переведён после разговора с коллегой",
        ),
    }
}

/// What was decided about a transfer; nothing of another fact.
pub(super) fn told(fact: &Fact, language: Language) -> String {
    let pick = |english: &'static str, russian: &'static str| language.pick(english, russian);
    match fact {
        Fact::CallTransferred {
            call,
            to_queue,
            agent,
            to_agent,
            to_number,
            kind,
            wait_ms,
            talk_ms,
            ..
        } => {
            let how = kind_of(*kind, language);
            let to = match (to_agent, to_number) {
                (Some(agent), _) => agent.to_string(),
                (None, Some(number)) => number.clone(),
                (None, None) => to_queue.to_string(),
            };
            let waited = lasted(pick("waited", "ожидание"), *wait_ms, language);
            let talked = lasted(pick("talked", "разговор"), *talk_ms, language);
            format!("{call} {agent} → {to}: {how}; {waited}, {talked}")
        }
        Fact::TransferGivenUp {
            call,
            party,
            wanted,
        } => {
            let next = match wanted {
                Some(agent) => agent.to_string(),
                None => pick("anybody of the queue", "любой из очереди").to_owned(),
            };
            format!(
                "{call} {} {party}: {next}",
                pick("waits no more for", "больше не ждёт")
            )
        }
        Fact::ConsultMade {
            call,
            offer,
            party,
            by,
        } => {
            format!(
                "{call} {by} {} {party} ({offer})",
                pick("asks", "спрашивает")
            )
        }
        Fact::ConsultBecameOffer { call, offer, party } => format!(
            "{call} → {party} ({offer}): {}",
            pick("rings on for the caller", "вызывается дальше для звонящего")
        ),
        Fact::ConsultEnded {
            offer,
            party,
            outcome: word,
            consult_ms,
            ..
        } => {
            let how = outcome(word, language);
            let lasted = lasted(pick("together", "вместе"), *consult_ms, language);
            format!("{offer} {party}: {how}, {lasted}")
        }
        _ => String::new(),
    }
}
