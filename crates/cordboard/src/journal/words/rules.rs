//! What rules, programs and people changed around calls, in words for people.

use crate::language::Language;
use acd::{Actor, Input, Leave};

/// `None` for what is said elsewhere: what sessions, agents and the clock did.
#[allow(clippy::too_many_lines, reason = "a table of inputs")]
pub(super) fn changed(input: &Input, language: Language) -> Option<String> {
    let pick = |english: &'static str, russian: &'static str| language.pick(english, russian);
    Some(match input {
        Input::ChangeWaiting {
            priority, leave, ..
        } => {
            let priority = priority.map(|priority| {
                let what = pick("the caller has priority", "у звонящего приоритет");
                format!("{what} {priority}")
            });
            let way = (*leave != Leave::Stay).then(|| goes(leave, language));
            let all: Vec<String> = priority.into_iter().chain(way).collect();
            let who = pick("a rule of the owner:", "правило владельца:");
            format!("{who} {}", all.join(", "))
        }
        Input::AgentsRanked { ranks, .. } => {
            let mut ranks: Vec<_> = ranks.iter().collect();
            ranks.sort_by_key(|(name, rank)| (std::cmp::Reverse(**rank), *name));
            let ranks: Vec<String> = ranks
                .into_iter()
                .map(|(name, rank)| format!("{name} {rank}"))
                .collect();
            let what = pick("a rule of the owner ranks:", "правило владельца, места:");
            format!("{what} {}", ranks.join(", "))
        }
        Input::Bind { bindings, by } => format!(
            "{} {}: {}",
            pick("callers with own managers", "звонящим назначены менеджеры:"),
            bindings.len(),
            who(by, language)
        ),
        Input::Unbind { by, .. } => format!(
            "{}: {}",
            pick(
                "a caller has no own manager any more",
                "у звонящего больше нет менеджера"
            ),
            who(by, language)
        ),
        Input::ErasePerson { by, .. } => format!(
            "{}: {}",
            pick("a caller was forgotten", "звонящий забыт"),
            who(by, language)
        ),
        Input::SetAbsences {
            agent,
            absences,
            by,
        } => format!(
            "{agent}: {} {}, {}",
            pick("absences", "отсутствия:"),
            absences.len(),
            who(by, language)
        ),
        Input::LiftReserveBan { reserve, by } => format!(
            "{reserve}: {}, {}",
            pick("may take calls again", "снова принимает вызовы"),
            who(by, language)
        ),
        Input::CallbackJoined { callback, .. } => format!(
            "{callback}: {}",
            pick(
                "a session is there to call back",
                "сессия готова перезвонить"
            )
        ),
        Input::CallbackNotStarted { callback, why, .. } => format!(
            "{callback}: {}: {why}",
            pick("no session could be started", "сессию не удалось начать")
        ),
        Input::RequestCallback { number, by, .. } => format!(
            "{} {number}: {}",
            pick("a call-back is asked for", "заказан обратный звонок"),
            who(by, language)
        ),
        Input::CancelCallback { callback, by } => format!(
            "{callback}: {}, {}",
            pick("no call-back any more", "перезванивать не нужно"),
            who(by, language)
        ),
        Input::CallArrived { .. }
        | Input::CallEvent { .. }
        | Input::SessionLost { .. }
        | Input::ConnectNotDelivered { .. }
        | Input::SessionStatus { .. }
        | Input::DevicePresence { .. }
        | Input::Transfer { .. }
        | Input::Tick
        | Input::Configure { .. }
        | Input::SetIntent { .. }
        | Input::SetAfterCall { .. }
        | Input::EndWrapUp { .. }
        | Input::ExtendWrapUp { .. }
        | Input::LiftBan { .. }
        | Input::BanAgent { .. }
        | Input::PagePresence { .. } => return None,
    })
}

/// Where a caller goes.
fn goes(leave: &Leave, language: Language) -> String {
    let pick = |english: &'static str, russian: &'static str| language.pick(english, russian);
    match leave {
        Leave::Stay => pick("stays", "остаётся").to_owned(),
        Leave::HangUp => pick("is let go", "отпущен").to_owned(),
        Leave::Queue { queue } => format!("{} {queue}", pick("goes on to", "переходит в")),
        Leave::Reserves { otherwise } => format!(
            "{} {}",
            pick(
                "goes to a reserve at once; if none is free:",
                "сразу на резерв; если свободных нет:"
            ),
            goes(otherwise, language)
        ),
        Leave::Callback => pick(
            "is asked whether to be called back",
            "спрошен, перезвонить ли",
        )
        .to_owned(),
    }
}

fn who(by: &Actor, language: Language) -> String {
    let pick = |english: &'static str, russian: &'static str| language.pick(english, russian);
    match by {
        Actor::Agent => pick("the agent", "оператор").to_owned(),
        Actor::Supervisor { user } => format!("{} {user}", pick("supervisor", "руководитель")),
        Actor::Rule { rule } => format!("{} {rule}", pick("rule", "правило")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(input: &Input) -> [String; 2] {
        [Language::English, Language::Russian].map(|language| changed(input, language).unwrap())
    }

    #[test]
    fn what_the_owners_rule_did_with_a_caller_is_said() {
        let change = |priority, leave| Input::ChangeWaiting {
            call: acd::CallId(1),
            priority,
            leave,
        };
        let [english, russian] = said(&change(Some(5), Leave::Stay));
        assert_eq!(english, "a rule of the owner: the caller has priority 5");
        assert_eq!(russian, "правило владельца: у звонящего приоритет 5");
        let otherwise = Box::new(Leave::HangUp);
        let [english, russian] = said(&change(None, Leave::Reserves { otherwise }));
        assert!(english.ends_with("if none is free: is let go"), "{english}");
        assert!(
            russian.ends_with("если свободных нет: отпущен"),
            "{russian}"
        );
    }

    #[test]
    fn agents_are_told_by_rank_the_highest_first() {
        let ranks = [("anna", 1), ("boris", 900)].map(|(name, rank)| (name.into(), rank));
        let ranked = Input::AgentsRanked {
            session_id: "s1".to_owned(),
            ranks: ranks.into(),
        };
        assert_eq!(
            said(&ranked)[0],
            "a rule of the owner ranks: boris 900, anna 1"
        );
    }
}
