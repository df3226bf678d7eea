//! States of agents, and why a queue let a caller go, in words for people.

use super::{outcome, reason};
use crate::language::Language;
use acd::LeaveReason;

/// What an agent is, by the record's word: `ready/idle` and the like.
pub(super) fn told(state: &str, language: Language) -> String {
    let pick = |english: &'static str, russian: &'static str| language.pick(english, russian);
    let (intent, activity) = state.split_once('/').unwrap_or((state, ""));
    let intent = match intent {
        "ready" => pick("ready", "готов"),
        "not_ready" => pick("not ready", "не готов"),
        "offline" => pick("offline", "не на работе"),
        "removed" => return pick("configured no more", "больше не настроен").to_owned(),
        other => other,
    };
    let activity = match activity {
        "idle" => pick("free", "свободен"),
        "reserved" => pick("chosen for a call", "выбран для вызова"),
        "ringing" => pick("rung", "телефон звонит"),
        "talking" => pick("talking", "говорит"),
        "consulting" => pick("with a colleague", "с коллегой"),
        "held" => pick("waiting for the colleague", "ждёт коллегу"),
        "wrap_up" => pick("in wrap-up", "в обработке"),
        "banned" => pick("banned", "отстранён"),
        "unreachable" => pick("without a page", "без страницы"),
        other => other,
    };
    format!("{intent}, {activity}")
}

/// Why a state changed: how an offer ended, or the core's own words.
pub(super) fn reason_of(why: &str, language: Language) -> String {
    match why {
        "no_answer" | "busy" | "rejected" | "unreachable" | "unregistered" | "cancelled"
        | "answered_elsewhere" | "not_delivered" | "answered" => outcome(why, language),
        other => reason(other, language),
    }
}

/// Why a queue does not keep a caller.
pub(super) fn left(why: LeaveReason, language: Language) -> &'static str {
    let (english, russian) = match why {
        LeaveReason::Full => ("the queue is full", "очередь полна"),
        LeaveReason::TooLong => ("waited too long", "ждал слишком долго"),
        LeaveReason::Nobody => ("no agent is logged in", "никого нет на работе"),
        LeaveReason::Closed => ("the queue is closed", "очередь закрыта"),
        LeaveReason::Key => ("by a key", "по клавише"),
        LeaveReason::Policy => ("by the owner's rule", "по правилу владельца"),
        LeaveReason::Callback => ("takes a call-back", "заказал обратный звонок"),
    };
    language.pick(english, russian)
}
