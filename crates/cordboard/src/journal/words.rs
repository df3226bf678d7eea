//! The journal in plain words, English and Russian.

mod callbacks;
mod rules;
mod states;
mod transfers;

use crate::language::Language;
use acd::{
    ActivityView, AgentView, DevicePresence, EndedBy, Fact, Input, Intent, Millis, OfferFailure,
    SessionDoing, SessionEvent,
};
use backend::journal::Line;

/// `2026-11-24 09:00:00.000`, UTC.
pub(super) fn moment(at_ms: Millis) -> String {
    let at = i64::try_from(at_ms)
        .ok()
        .and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    at.map_or_else(
        || at_ms.to_string(),
        |at| at.strftime("%Y-%m-%d %H:%M:%S%.3f").to_string(),
    )
}

/// One input with what it led to, several lines.
pub(super) fn line(line: &Line, language: Language) -> String {
    let mut text = format!(
        "{}  #{}  {}",
        moment(line.at_ms),
        line.seq,
        input(&line.input, language)
    );
    for fact in &line.facts {
        text.push_str("\n    ");
        text.push_str(&told(fact, language));
        if let Fact::OfferMade { party: chosen, .. } = fact {
            for other in line
                .agents
                .iter()
                .filter(|view| Some(&view.agent) != chosen.agent())
            {
                text.push_str("\n        ");
                text.push_str(&standing(other, language));
            }
        }
    }
    text
}

/// How a call or an offer ended.
pub(super) fn outcome(word: &str, language: Language) -> String {
    let russian = match word {
        "answered" => "принят",
        "abandoned" => "звонящий не дождался",
        "overflowed" => "очередь отпустила по правилу",
        "exited_by_key" => "звонящий вышел клавишей",
        "system_failed" => "сбой системы",
        "callback_taken" => "заказан обратный звонок",
        "reached" => "дозвонились",
        "given_up" => "не дозвонились, попытки кончились",
        "expired" => "устарел",
        "called_in" => "позвонил сам",
        "machine" => "автоответчик",
        "agent_left" => "оператор положил трубку",
        "session_lost" => "сессия потеряна",
        "nobody_free" => "нет свободного оператора",
        "no_answer" => "не ответил",
        "busy" => "занят",
        "rejected" => "отклонил",
        "unreachable" => "недоступен",
        "unregistered" => "телефон не зарегистрирован",
        "cancelled" => "отменено",
        "answered_elsewhere" => "ответил другой",
        "not_delivered" => "команда не дошла",
        other => other,
    };
    match language {
        Language::English => word.replace('_', " "),
        Language::Russian => russian.to_owned(),
    }
}

/// `rang 2.5 s`.
fn lasted(what: &str, ms: Millis, language: Language) -> String {
    format!("{what} {} {}", seconds(ms), language.pick("s", "с"))
}

fn seconds(ms: Millis) -> String {
    format!("{}.{}", ms / 1_000, ms % 1_000 / 100)
}

fn input(input: &Input, language: Language) -> String {
    let pick = |english: &'static str, russian: &'static str| language.pick(english, russian);
    match input {
        Input::CallArrived { call } => format!(
            "{} {} → {}",
            pick("a session asks for an agent:", "сессия просит оператора:"),
            if call.caller_number.is_empty() {
                pick("hidden number", "номер скрыт")
            } else {
                &call.caller_number
            },
            call.dialed_number
        ),
        Input::CallEvent { seq, event, .. } => format!(
            "{} {seq}: {}",
            pick("the session reports", "сообщение сессии"),
            reported(event, language)
        ),
        Input::SessionLost { why, .. } => {
            format!("{}: {why}", pick("the session is lost", "сессия потеряна"))
        }
        Input::ConnectNotDelivered { offer, why } => format!(
            "{} {offer}: {why}",
            pick(
                "not delivered: connect for",
                "не доставлено: соединение для"
            )
        ),
        Input::SessionStatus { doing, .. } => format!(
            "{} {}",
            pick("asked, the session says:", "на вопрос сессия отвечает:"),
            match doing {
                SessionDoing::Waiting => pick("waiting", "ждёт"),
                SessionDoing::Offering { .. } => pick("ringing an agent", "звонит оператору"),
                SessionDoing::Talking { .. } => pick("talking", "разговор"),
                SessionDoing::Consulting { .. } => {
                    pick("asking a colleague", "советуется с коллегой")
                }
                SessionDoing::CallingBack { .. } => pick("calling back", "перезванивает"),
                SessionDoing::Ending => pick("ending", "завершается"),
            }
        ),
        Input::DevicePresence { agent, presence } => format!(
            "{agent}: {}",
            match presence {
                DevicePresence::Present => pick("the phone is there", "телефон появился"),
                DevicePresence::Absent => pick("the phone is gone", "телефон пропал"),
                DevicePresence::Unknown => pick("phone unknown", "о телефоне ничего не известно"),
            }
        ),
        Input::Transfer { agent, request } => transfers::wish(agent, request, language),
        Input::Tick => pick("time passed", "прошло время").to_owned(),
        Input::Configure { .. } => pick(
            "a new configuration is in force",
            "действует новая настройка",
        )
        .to_owned(),
        other => super::desk_words::desk(other, language)
            .or_else(|| rules::changed(other, language))
            .unwrap_or_default(),
    }
}

fn failure_word(reason: OfferFailure) -> &'static str {
    match reason {
        OfferFailure::NoAnswer => "no_answer",
        OfferFailure::Busy => "busy",
        OfferFailure::Rejected => "rejected",
        OfferFailure::Unreachable => "unreachable",
        OfferFailure::Unregistered => "unregistered",
        OfferFailure::Cancelled => "cancelled",
    }
}

fn reported(event: &SessionEvent, language: Language) -> String {
    let pick = |english: &'static str, russian: &'static str| language.pick(english, russian);
    match event {
        SessionEvent::OfferRinging { offer_id } => {
            format!("{offer_id} {}", pick("rings", "звонит"))
        }
        SessionEvent::OfferAnswered { offer_id } => {
            format!("{offer_id} {}", pick("answered", "ответил"))
        }
        SessionEvent::OfferFailed {
            offer_id,
            reason,
            sip_code,
            ..
        } => {
            let word = failure_word(*reason);
            let code = sip_code.map_or_else(String::new, |code| format!(" (SIP {code})"));
            format!("{offer_id}: {}{code}", outcome(word, language))
        }
        SessionEvent::TalkStarted { offer_id } => {
            format!("{offer_id}: {}", pick("talk began", "разговор начался"))
        }
        SessionEvent::TalkEnded {
            offer_id,
            ended_by,
            talk_ms,
        } => format!(
            "{offer_id}: {} {} {}, {}",
            pick("talk ended after", "разговор закончен через"),
            seconds(*talk_ms),
            pick("s", "с"),
            who(*ended_by, language)
        ),
        SessionEvent::TransferRequested { .. }
        | SessionEvent::AgentLeft { .. }
        | SessionEvent::ConsultEnded { .. }
        | SessionEvent::AgentReplaced { .. }
        | SessionEvent::TransferCompleted { .. } => transfers::reported(event, language),
        SessionEvent::CallerLeft { waited_ms } => format!(
            "{} {} {}",
            pick("the caller left after", "звонящий ушёл через"),
            seconds(*waited_ms),
            pick("s", "с")
        ),
        SessionEvent::Digit { digit } => format!("{} {digit}", pick("digit", "цифра")),
        SessionEvent::ManagerChoice { .. } => {
            pick("the caller chose about a manager", "выбор менеджера").to_owned()
        }
        SessionEvent::TalkRated { offer_id, score } => {
            format!(
                "{offer_id}: {} {score}",
                pick("talk rated", "оценка разговора")
            )
        }
        SessionEvent::CallbackTaken { .. }
        | SessionEvent::CallbackDialled
        | SessionEvent::CallbackAnswered
        | SessionEvent::CallbackFailed { .. } => callbacks::reported(event, language),
        SessionEvent::Recording { .. } => pick("a recording is ready", "запись готова").to_owned(),
        SessionEvent::RecordingFailed { why } => {
            format!(
                "{}: {why}",
                pick("a recording was lost", "запись не удалась")
            )
        }
        SessionEvent::SessionEnded { why } => {
            format!("{}: {why}", pick("the session ended", "сессия закончилась"))
        }
    }
}

fn who(by: EndedBy, language: Language) -> &'static str {
    match by {
        EndedBy::Agent => language.pick("by the agent", "оператором"),
        EndedBy::Caller => language.pick("by the caller", "звонящим"),
        EndedBy::System => language.pick("by the system", "системой"),
    }
}

pub(super) fn chosen(intent: &Intent, language: Language) -> String {
    match intent {
        Intent::Ready => language.pick("ready", "готов").to_owned(),
        Intent::Offline => language.pick("offline", "не на работе").to_owned(),
        Intent::NotReady { reason } if reason.is_empty() => {
            language.pick("not ready", "не готов").to_owned()
        }
        Intent::NotReady { reason } => {
            format!("{} ({reason})", language.pick("not ready", "не готов"))
        }
    }
}

/// What was decided, and why.
#[allow(clippy::too_many_lines, reason = "a table of facts")]
fn told(fact: &Fact, language: Language) -> String {
    let pick = |english: &'static str, russian: &'static str| language.pick(english, russian);
    match fact {
        Fact::CallQueued { call, queue, .. } => {
            format!(
                "{call} {} {queue}",
                pick("waits in queue", "ждёт в очереди")
            )
        }
        Fact::CallBlocked { .. } => pick("a call was refused", "вызов не принят").to_owned(),
        Fact::OfferMade {
            call,
            offer,
            party,
            why,
        } => format!(
            "{call} → {party} ({offer}) {}: {}",
            pick("because", "потому что"),
            reason(why, language)
        ),
        Fact::OfferEnded {
            offer,
            party,
            outcome: word,
            rang_ms,
            ..
        } => {
            let how = outcome(word, language);
            let rang = lasted(pick("rang", "звонил"), *rang_ms, language);
            format!("{offer} {party}: {how}, {rang}")
        }
        Fact::CallEnded {
            call,
            outcome: word,
            wait_ms,
            talk_ms,
            ..
        } => {
            let over = pick("is over", "закончен");
            let how = outcome(word, language);
            let waited = lasted(pick("waited", "ожидание"), *wait_ms, language);
            let talked = lasted(pick("talked", "разговор"), *talk_ms, language);
            format!("{call} {over}: {how}; {waited}, {talked}")
        }
        Fact::CallMoved {
            call,
            queue,
            to,
            reason: why,
            ..
        } => format!("{call} {queue} → {to}: {}", states::left(*why, language)),
        Fact::OwnManager {
            call, manager, why, ..
        } => format!(
            "{call} {} {manager}: {}",
            pick("has the manager", "закреплён за менеджером"),
            reason(why, language)
        ),
        Fact::NoReserve { call, why, .. } => format!(
            "{call} {}: {}",
            pick(
                "no reserve number took it",
                "ни один резервный номер не взял"
            ),
            reason(why, language)
        ),
        Fact::ReserveState {
            reserve,
            state,
            why,
        } => format!(
            "{} {reserve} {}: {}",
            pick("the reserve number", "резервный номер"),
            match state.as_str() {
                "banned" => pick("is banned", "отстранён"),
                _ => pick("is available", "снова доступен"),
            },
            reason(why, language)
        ),
        Fact::CallbackTaken { .. }
        | Fact::CallbackNotStarted { .. }
        | Fact::CallbackDialled { .. }
        | Fact::CallbackUnreached { .. }
        | Fact::CallbackEnded(_) => callbacks::told(fact, language),
        Fact::BindingsChanged { count, .. } => {
            format!(
                "{}: {count}",
                pick("bindings changed", "закрепления изменены")
            )
        }
        Fact::CallTransferred { .. }
        | Fact::TransferGivenUp { .. }
        | Fact::ConsultMade { .. }
        | Fact::ConsultBecameOffer { .. }
        | Fact::ConsultEnded { .. } => transfers::told(fact, language),
        Fact::AgentState { agent, state, why } => format!(
            "{agent} {} {}: {}",
            pick("is now", "теперь"),
            states::told(state, language),
            states::reason_of(why, language)
        ),
    }
}

/// Why somebody else was not chosen.
fn standing(agent: &AgentView, language: Language) -> String {
    let pick = |english: &'static str, russian: &'static str| language.pick(english, russian);
    let how = if agent.intent != Intent::Ready {
        chosen(&agent.intent, language)
    } else {
        match &agent.activity {
            ActivityView::Reserved | ActivityView::Ringing => {
                pick("being rung", "вызывается").to_owned()
            }
            ActivityView::Talking | ActivityView::Consulting | ActivityView::Held => {
                pick("talking", "говорит").to_owned()
            }
            ActivityView::WrapUp { until } => format!(
                "{} {}",
                pick("in wrap-up until", "обработка до"),
                moment(*until)
            ),
            ActivityView::Unreachable { since } => format!(
                "{} {}",
                pick("without a page since", "без страницы с"),
                moment(*since)
            ),
            ActivityView::Idle => idle(agent, language),
        }
    };
    format!("{}: {how}", agent.agent)
}

fn idle(agent: &AgentView, language: Language) -> String {
    let pick = |english: &'static str, russian: &'static str| language.pick(english, russian);
    if let Some(ban) = &agent.ban {
        return format!(
            "{} {} ({})",
            pick("banned until", "отстранён до"),
            moment(ban.until),
            reason(&ban.reason, language)
        );
    }
    if agent.phone == DevicePresence::Absent {
        return pick("without a phone", "без телефона").to_owned();
    }
    match agent.retry_at {
        Some(at) => format!(
            "{} {}",
            pick("passed over until", "пропускается до"),
            moment(at)
        ),
        None => pick(
            "free, but later in the order or not of this queue",
            "свободен, но дальше по порядку или не из этой очереди",
        )
        .to_owned(),
    }
}

/// The core's reasons, which are English, phrase by phrase; the longer first.
const PHRASES: [(&str, &str); 103] = [
    ("first of the list of ", "первый по списку из "),
    ("next by weight of ", "очередной по весам из "),
    (" reserves free; ", " свободных резервов; "),
    ("sent there at once", "направлен туда сразу"),
    ("the queue is full", "очередь полна"),
    ("waited too long", "ждал слишком долго"),
    ("no agent is logged in", "никого нет на работе"),
    ("the queue is closed", "очередь закрыта"),
    ("by a key", "по клавише"),
    ("by the policy", "по правилам владельца"),
    (", threshold ", ", порог "),
    ("no agent free", "нет свободного оператора"),
    ("reserves passed over: ", "пропущены резервы: "),
    ("outside of its hours", "вне своих часов"),
    ("has its calls of the day", "исчерпал дневной предел"),
    ("has its calls of the hour", "исчерпал часовой предел"),
    ("has its calls at once", "занят полностью"),
    ("ban lifted by supervisor", "отстранение снял"),
    ("asks a colleague", "спрашивает коллегу"),
    ("asked by a colleague", "спрошен коллегой"),
    ("answered a colleague", "ответил коллеге"),
    ("back to the caller", "снова со звонящим"),
    ("back to the colleague", "снова с коллегой"),
    ("speaks with the colleague", "говорит с коллегой"),
    ("waits for the colleague", "ждёт коллегу"),
    ("all three speak", "говорят втроём"),
    ("was given the call", "принял вызов от коллеги"),
    ("asked no more", "больше не нужен"),
    ("left the talk", "вышел из разговора"),
    ("talk ended", "разговор закончен"),
    ("call first of ", "вызов первый из "),
    (" to be served", " ждущих"),
    ("(priority ", "(приоритет "),
    (", waited ", ", ожидание "),
    ("waited ", "ждал "),
    ("idle longest", "дольше всех без дела"),
    ("phone rings", "телефон звонит"),
    (
        "found talking by the session's status",
        "по ответу сессии разговор идёт",
    ),
    (
        "an agent transferred the caller there",
        "туда перевёл оператор",
    ),
    ("; ranked ", "; место "),
    ("offered a call longest ago", "дольше всех без предложений"),
    ("fewest calls today", "меньше всех вызовов за день"),
    ("least talk today", "меньше всех разговоров за день"),
    ("first by the fixed order", "первый по заданному порядку"),
    ("drawn at random", "выбран случайно"),
    (" free;", " свободных;"),
    (" of ", " из "),
    ("passed over: ", "пропущены: "),
    ("on a call", "заняты вызовом"),
    ("in wrap-up", "в обработке"),
    ("banned by rule", "отстранило правило"),
    ("banned by", "отстранил"),
    ("banned", "отстранены"),
    ("in retry delay", "после пропуска"),
    ("without a phone", "без телефона"),
    ("without a page", "без страницы"),
    ("page is gone", "страница пропала"),
    ("page is back", "страница вернулась"),
    ("another rule for pages", "другое правило о страницах"),
    ("set by rule", "решение правила"),
    ("after the call", "после разговора"),
    ("ban lifted by rule", "отстранение сняло правило"),
    ("set by supervisor", "решение руководителя"),
    ("ban lifted by supervisor", "отстранение снял руководитель"),
    ("ban lifted by the agent", "отстранение снял оператор"),
    ("not ready", "не готовы"),
    ("offline", "не на работе"),
    ("skills needed: ", "нужно навыков: "),
    ("eased ", "смягчено раз: "),
    (" times", ""),
    ("; phone ", "; телефон "),
    (" at once", " одновременно"),
    ("offered a call", "предложен вызов"),
    ("offers missed in a row", "пропуска подряд"),
    ("offers declined in a row", "отказа подряд"),
    (
        "offers in a row to a busy phone",
        "раза подряд занят телефон",
    ),
    (
        "offers in a row to a phone out of reach",
        "раза подряд недоступен телефон",
    ),
    (
        "offers in a row without a registered phone",
        "раза подряд нет телефона",
    ),
    ("most skilled", "лучше всех умеет"),
    ("chosen by the agent", "выбор оператора"),
    ("chosen by", "выбор:"),
    ("goes to anybody", "достаётся любому"),
    (" does not serve the queue", " не обслуживает очередь"),
    ("wrap-up over", "обработка закончена"),
    ("wrap-up ended by", "обработку закончил"),
    ("wrap-up extended by", "обработку продлил"),
    ("ban over", "отстранение закончилось"),
    ("configured no more", "больше не настроен"),
    ("configured", "настроен"),
    (" is busy", " занят"),
    (" is free", " свободен"),
    (": vacation;", ": отпуск;"),
    (": ill;", ": болеет;"),
    (": left;", ": больше не работает;"),
    (": other;", ": нет на месте;"),
    (": not at work;", ": не на работе;"),
    ("asked for, and nobody else", "просили именно его"),
    (" was asked for", " просили"),
    ("not taken in time", "не взят вовремя"),
    ("no session announced itself", "сессия не пришла"),
    (" the agent", " оператор"),
    ("rule ", "правило "),
    ("supervisor ", "руководитель "),
];

fn reason(why: &str, language: Language) -> String {
    match language {
        Language::English => why.to_owned(),
        Language::Russian => PHRASES
            .iter()
            .fold(why.to_owned(), |text, (english, russian)| {
                text.replace(english, russian)
            })
            .replace(" ms", " мс"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_wholly_in_the_language_that_is_asked_for() {
        let why = "idle longest (1500 ms) of 3 free; call first of 2 to be served \
                   (priority 0, waited 5000 ms); passed over: 1 on a call, 2 in wrap-up, 1 banned, \
                   1 in retry delay, 1 without a phone, 3 not ready, 4 offline; \
                   skills needed: 1, eased 2 times; phone 2 at once";
        assert_eq!(reason(why, Language::English), why);
        let russian = reason(why, Language::Russian);
        assert!(
            !russian.chars().any(|c| c.is_ascii_alphabetic()),
            "{russian}"
        );
    }

    /// Every kind of input that was ever kept has words in both languages.
    #[test]
    fn everything_that_is_kept_is_told_in_both_languages() {
        let kept = [
            include_str!("../../../acd/tests/journals/version-1.jsonl"),
            include_str!("../../../acd/tests/journals/version-2.jsonl"),
            include_str!("../../../acd/tests/journals/version-3.jsonl"),
        ];
        let mut kinds = std::collections::BTreeSet::new();
        for row in kept.iter().flat_map(|text| text.lines()) {
            let row: serde_json::Value = serde_json::from_str(row).unwrap();
            kinds.insert(row["input"]["input"].as_str().unwrap().to_owned());
            let kept: Input = serde_json::from_value(row["input"].clone()).unwrap();
            let [english, russian] =
                [Language::English, Language::Russian].map(|language| input(&kept, language));
            assert!(!english.trim().is_empty(), "{row}");
            assert_ne!(english, russian, "{row}");
            assert!(!english.contains('_'), "no word of the program: {english}");
        }
        assert!(kinds.len() > 20, "{kinds:?}");
        let facts = include_str!("../../../acd/tests/journals/version-3.facts.jsonl");
        let mut left = std::collections::BTreeSet::new();
        for row in facts.lines() {
            let fact: Fact = serde_json::from_str(row).unwrap();
            let [english, russian] =
                [Language::English, Language::Russian].map(|language| told(&fact, language));
            assert!(!english.contains('_'), "no word of the program: {english}");
            let words = russian.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            let english_words: Vec<&str> = words
                .filter(|word| word.chars().all(|c| c.is_ascii_alphabetic()) && !word.is_empty())
                .filter(|word| !NAMES.contains(word))
                .collect();
            if !english_words.is_empty() {
                left.insert(russian.clone());
            }
        }
        assert!(left.is_empty(), "English in Russian: {left:#?}");
    }

    /// Names in the kept journal, which are the same in every language.
    const NAMES: [&str; 20] = [
        "anna", "boris", "clara", "dan", "eve", "fedor", "gleb", "nobody", "olga", "support",
        "sales", "vip", "night", "mobile", "duty", "service", "far", "lunch",
        // What another program says went wrong.
        "no", "engine",
    ];

    /// The core's own words for why something is so.
    #[test]
    fn every_reason_of_the_core_has_russian_words() {
        for why in [
            "phone rings",
            "offered a call",
            "talk ended",
            "was given the call",
            "asks a colleague",
            "asked by a colleague",
            "answered a colleague",
            "back to the caller",
            "back to the colleague",
            "speaks with the colleague",
            "waits for the colleague",
            "all three speak",
            "asked no more",
            "left the talk",
            "found talking by the session's status",
            "page is gone",
            "page is back",
            "another rule for pages",
            "configured",
            "configured no more",
            "wrap-up over",
            "wrap-up ended by the agent",
            "wrap-up extended by the agent",
            "wrap-up ended by supervisor 1",
            "ban over",
            "ban lifted by the agent",
            "ban lifted by supervisor 1",
            "ban lifted by rule 1",
            "banned by supervisor 1",
            "banned by rule 1",
            "chosen by the agent",
            "set by supervisor 1",
            "set by rule after the call",
            "an agent transferred the caller there",
            "most skilled of 3 free; call first of 2 to be served",
            "offered a call longest ago of 3 free; ranked 900 by the policy",
            "fewest calls today (3) of 3 free; phone 2 at once",
            "1 is busy",
            "1 is free",
            "1: vacation; 2 is busy",
            "1: ill; 2: left; 3: other; 4: not at work; goes to anybody",
            "1 was asked for",
            "asked for, and nobody else",
            "not taken in time; goes to anybody",
            "sent there at once: by a key",
            "3 offers in a row without a registered phone",
        ] {
            let russian = reason(why, Language::Russian);
            let is_english = russian.chars().any(|c| c.is_ascii_alphabetic());
            assert!(!is_english, "{why}: {russian}");
        }
    }

    #[test]
    fn a_moment_is_utc() {
        assert_eq!(moment(1_728_032_400_520), "2024-10-04 09:00:00.520");
    }
}
