//! How callers are led to their own managers: what the owner configures and
//! what callers are told.

use crate::id::{AgentId, Millis};
use crate::number::NumberRule;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The rules of own managers. The default leads bound callers to their
/// managers, does not wait for a busy one and asks nobody anything.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OwnManagerRule {
    /// How long a caller waits for the own manager who is busy before anybody
    /// may take the call, milliseconds. As much is the caller's credit at that
    /// manager: it goes before callers who came up to so much earlier.
    pub sticky_wait_ms: u64,
    /// Whether callers without a manager are asked after a talk.
    pub ask: bool,
    /// Nobody is asked again within this time, milliseconds.
    pub ask_again_ms: u64,
    /// Nobody is asked after a talk that was shorter, milliseconds.
    pub ask_talk_ms_min: u64,
    /// How numbers are read.
    pub numbers: NumberRule,
    /// Who stands in for whom when an absence names nobody.
    pub deputies: BTreeMap<AgentId, AgentId>,
    /// What callers are told, by language; where one is missing the usual
    /// texts are taken.
    pub texts: BTreeMap<String, OwnManagerTexts>,
}

/// What a caller is told. `{agent_name}` becomes the manager's name. An empty
/// text is not said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnManagerTexts {
    /// The manager is on vacation.
    pub vacation: String,
    /// The manager is ill.
    pub ill: String,
    /// The manager has left.
    pub left: String,
    /// The manager is away for another reason or not at work now.
    pub other: String,
    /// The manager is busy, and the wait is over.
    pub busy: String,
}

impl OwnManagerTexts {
    /// The usual texts of a language; English where it has none.
    pub fn usual(language: &str) -> Self {
        let texts = match language {
            "ru" => [
                "Ваш менеджер {agent_name} в отпуске. Вам ответит коллега.",
                "Ваш менеджер {agent_name} болеет. Вам ответит коллега.",
                "Ваш менеджер больше у нас не работает. Вам ответит коллега.",
                "Вашего менеджера {agent_name} сейчас нет. Вам ответит коллега.",
                "Ваш менеджер {agent_name} занят. Вам ответит первый освободившийся коллега.",
            ],
            _ => [
                "Your manager {agent_name} is on vacation. A colleague will answer you.",
                "Your manager {agent_name} is ill. A colleague will answer you.",
                "Your manager no longer works with us. A colleague will answer you.",
                "Your manager {agent_name} is not here now. A colleague will answer you.",
                "Your manager {agent_name} is busy. The next free colleague will answer you.",
            ],
        };
        let [vacation, ill, left, other, busy] = texts.map(str::to_owned);
        Self {
            vacation,
            ill,
            left,
            other,
            busy,
        }
    }

    fn of(&self, word: Excuse) -> &str {
        match word {
            Excuse::Absent(AbsenceKind::Vacation) => &self.vacation,
            Excuse::Absent(AbsenceKind::Ill) => &self.ill,
            Excuse::Absent(AbsenceKind::Left) => &self.left,
            Excuse::Absent(AbsenceKind::Other) | Excuse::NotAtWork => &self.other,
            Excuse::Busy => &self.busy,
        }
    }
}

impl OwnManagerRule {
    /// What a caller of `language` is told of `agent_name`: text and language.
    pub(crate) fn text(
        &self,
        language: Option<&str>,
        excuse: Excuse,
        agent_name: &str,
    ) -> Option<(String, String)> {
        let tag = language.unwrap_or("en").to_lowercase();
        let short = tag.split(['-', '_']).next().unwrap_or_default();
        let (language, texts) = match self.texts.get_key_value(short) {
            Some((language, texts)) => (language.clone(), texts.clone()),
            None if short == "ru" => (short.to_owned(), OwnManagerTexts::usual(short)),
            None => {
                let own = self.texts.get("en").cloned();
                let texts = own.unwrap_or_else(|| OwnManagerTexts::usual("en"));
                ("en".to_owned(), texts)
            }
        };
        let text = texts.of(excuse).replace("{agent_name}", agent_name);
        (!text.is_empty()).then_some((text, language))
    }
}

/// Why a caller does not get the own manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Excuse {
    Absent(AbsenceKind),
    NotAtWork,
    Busy,
}

impl Excuse {
    /// The words in the record.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Absent(kind) => kind.word(),
            Self::NotAtWork => "not at work",
            Self::Busy => "busy",
        }
    }
}

/// Why an agent is away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AbsenceKind {
    /// On vacation.
    Vacation,
    /// Ill.
    Ill,
    /// Does not work here any more.
    Left,
    /// Anything else.
    Other,
}

impl AbsenceKind {
    /// The word of the contract.
    pub fn word(self) -> &'static str {
        match self {
            Self::Vacation => "vacation",
            Self::Ill => "ill",
            Self::Left => "left",
            Self::Other => "other",
        }
    }

    /// Reads the word of the contract.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Vacation, Self::Ill, Self::Left, Self::Other]
            .into_iter()
            .find(|kind| kind.word() == word)
    }
}

/// A time in which an agent is away. Own callers are led to the deputy;
/// whether the agent is offered other calls is a matter of the intent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absence {
    /// Why.
    pub kind: AbsenceKind,
    /// From when.
    pub from: Millis,
    /// Until when, that moment not included; `None` is for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Millis>,
    /// The IANA zone in which its days were given, to show them again.
    pub zone: String,
    /// Who stands in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deputy: Option<AgentId>,
    /// For people.
    #[serde(default)]
    pub note: String,
}

impl Absence {
    /// Whether it is in force.
    pub fn covers(&self, now: Millis) -> bool {
        self.from <= now && self.until.is_none_or(|until| now < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_found_by_language_and_own_ones_come_first() {
        let mut rule = OwnManagerRule::default();
        let ill = Excuse::Absent(AbsenceKind::Ill);
        let said = |rule: &OwnManagerRule, language| rule.text(language, ill, "Anna").unwrap();
        assert!(said(&rule, Some("ru-RU")).0.contains("Anna болеет"));
        assert_eq!(said(&rule, Some("ru-RU")).1, "ru");
        assert!(said(&rule, None).0.contains("Anna is ill"));
        assert_eq!(said(&rule, Some("fr")).1, "en");
        let own = OwnManagerTexts {
            ill: "{agent_name} est malade".into(),
            busy: String::new(),
            ..OwnManagerTexts::usual("fr")
        };
        rule.texts.insert("fr".into(), own);
        assert_eq!(said(&rule, Some("fr_CA")).0, "Anna est malade");
        assert_eq!(rule.text(Some("fr"), Excuse::Busy, "Anna"), None);
    }

    #[test]
    fn an_absence_covers_its_first_moment_and_not_its_end() {
        let mut absence = Absence {
            kind: AbsenceKind::Vacation,
            from: 10,
            until: Some(20),
            zone: "UTC".into(),
            deputy: None,
            note: String::new(),
        };
        let covered: Vec<bool> = [9, 10, 19, 20].map(|now| absence.covers(now)).into();
        assert_eq!(covered, [false, true, true, false]);
        absence.until = None;
        assert!(absence.covers(u64::MAX));
    }
}
