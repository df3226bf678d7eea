//! Call-backs in words for people.

use super::{lasted, outcome, reason};
use crate::language::Language;
use acd::{Fact, SessionEvent};

/// What a session says of one.
pub(super) fn reported(event: &SessionEvent, language: Language) -> String {
    let pick = |english: &'static str, russian: &'static str| language.pick(english, russian);
    match event {
        SessionEvent::CallbackTaken { number } => {
            let number = number.as_deref().unwrap_or_default();
            format!(
                "{} {number}",
                pick(
                    "the caller takes a call-back",
                    "звонящий заказал обратный звонок"
                )
            )
        }
        SessionEvent::CallbackDialled => {
            pick("the caller is dialled", "набирается номер звонящего").to_owned()
        }
        SessionEvent::CallbackAnswered => {
            pick("the caller answered the call-back", "звонящий ответил").to_owned()
        }
        SessionEvent::CallbackFailed { reason } => format!(
            "{}: {}",
            pick("the caller was not reached", "до звонящего не дозвонились"),
            outcome(reason.word(), language)
        ),
        _ => String::new(),
    }
}

/// How a call-back goes.
pub(super) fn told(fact: &Fact, language: Language) -> String {
    let pick = |english: &'static str, russian: &'static str| language.pick(english, russian);
    match fact {
        Fact::CallbackTaken { callback, call, .. } => format!(
            "{callback} {} {call}",
            pick(
                "keeps the place in line as",
                "сохраняет место в очереди как"
            )
        ),
        Fact::CallbackNotStarted { callback, why, .. } => format!(
            "{callback} {}: {}",
            pick("cannot be called now", "пока не удаётся вызвать"),
            reason(why, language)
        ),
        Fact::CallbackDialled {
            callback, attempt, ..
        } => format!(
            "{callback} {} {attempt}",
            pick("is dialled, attempt", "набирается, попытка")
        ),
        Fact::CallbackUnreached {
            callback,
            next,
            reason: word,
            ..
        } => format!(
            "{callback} {}: {}; {} {next}",
            pick("was not reached", "не дозвонились"),
            outcome(word, language),
            pick("waits on as", "ждёт дальше как")
        ),
        Fact::CallbackEnded(end) => {
            let over = pick("is over", "закончен");
            let how = outcome(end.outcome.word(), language);
            let talked = lasted(pick("talked", "разговор"), end.talk_ms, language);
            let dialled = pick("attempts", "попыток");
            format!(
                "{} {over}: {how}; {dialled} {}, {talked}",
                end.callback, end.attempts
            )
        }
        _ => String::new(),
    }
}
