//! What people did about agents' states, in plain words: who, what and why.

use super::words::chosen;
use crate::language::Language;
use acd::{Actor, Input};

/// `None` for an input that is not about an agent's state.
#[allow(clippy::too_many_lines, reason = "a table of inputs")]
pub(super) fn desk(input: &Input, language: Language) -> Option<String> {
    let pick = |english: &'static str, russian: &'static str| language.pick(english, russian);
    let (agent, by, what) = match input {
        Input::SetIntent {
            agent,
            intent,
            by,
            why,
        } => {
            let chose = pick("chose:", "выбор:");
            let what = format!("{chose} {}{}", chosen(intent, language), because(why));
            (agent, by, what)
        }
        Input::SetAfterCall { agent, intent, by } => {
            let intent = intent.as_ref().map_or_else(
                || pick("as before", "как прежде").to_owned(),
                |intent| chosen(intent, language),
            );
            let what = format!("{} {intent}", pick("after the call:", "после разговора:"));
            (agent, by, what)
        }
        Input::EndWrapUp { agent, by } => {
            let what = pick("ended the wrap-up", "обработка закончена раньше");
            (agent, by, what.to_owned())
        }
        Input::ExtendWrapUp { agent, by } => {
            let what = pick("extended the wrap-up", "обработка продлена");
            (agent, by, what.to_owned())
        }
        Input::LiftBan { agent, by } => {
            let what = pick("lifted the ban", "отстранение снято");
            (agent, by, what.to_owned())
        }
        Input::BanAgent {
            agent,
            ban_ms: 0,
            by,
            ..
        } => {
            let what = pick("no ban", "без отстранения");
            (agent, by, what.to_owned())
        }
        Input::BanAgent {
            agent,
            ban_ms,
            by,
            reason,
        } => {
            let minutes = ban_ms / 60_000;
            let what = format!(
                "{} {minutes} {}{}",
                pick("banned for", "отстранение на"),
                pick("min", "мин"),
                because(reason)
            );
            (agent, by, what)
        }
        Input::PagePresence { agent, present } => {
            let what = if *present {
                pick("a page is there", "страница открыта")
            } else {
                pick("the page is gone", "страница пропала")
            };
            return Some(format!("{agent}: {what}"));
        }
        _ => return None,
    };
    let who = match by {
        Actor::Agent => String::new(),
        Actor::Supervisor { user } => {
            format!("{} {user}: ", pick("supervisor", "руководитель"))
        }
        Actor::Rule { rule } => format!("{} {rule}: ", pick("rule", "правило")),
    };
    Some(format!("{agent}: {who}{what}"))
}

fn because(why: &str) -> String {
    if why.is_empty() {
        String::new()
    } else {
        format!(" ({why})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forced_state_tells_who_and_why() {
        let input = Input::SetIntent {
            agent: "anna".into(),
            intent: acd::Intent::Offline,
            by: Actor::Supervisor {
                user: "olga".to_owned(),
            },
            why: "went home".to_owned(),
        };
        assert_eq!(
            desk(&input, Language::English).unwrap(),
            "anna: supervisor olga: chose: offline (went home)"
        );
        let forgiven = Input::BanAgent {
            agent: "anna".into(),
            ban_ms: 0,
            by: Actor::Rule {
                rule: "policy".to_owned(),
            },
            reason: "1 offers missed in a row".to_owned(),
        };
        assert_eq!(
            desk(&forgiven, Language::English).unwrap(),
            "anna: rule policy: no ban"
        );
        let russian = desk(&input, Language::Russian).unwrap();
        assert!(
            russian.starts_with("anna: руководитель olga: выбор:"),
            "{russian}"
        );
    }
}
