//! What becomes of a caller whom a queue cannot or shall not keep.

use crate::calendar::{Calendar, Opening, Schedule};
use crate::id::{Millis, QueueId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where such a caller goes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Leave {
    /// Nowhere: stays or is let in. A full queue lets nobody in all the same.
    #[default]
    Stay,
    /// Is told why and let go.
    HangUp,
    /// To the end of another queue, with the waiting so far to his credit. A
    /// queue that is full, closed, or does not exist takes nobody over.
    Queue {
        /// Which.
        queue: QueueId,
    },
    /// To a reserve number of the queue at once, whatever the caller has
    /// waited. A full queue lets nobody in for this but while a reserve is
    /// free.
    Reserves {
        /// What becomes of a caller whom no reserve takes. Who stays is given
        /// to the first that can. Reserves again count as staying.
        #[serde(default)]
        otherwise: Box<Leave>,
    },
    /// Takes a call-back and hangs up, the place being kept. Only of a caller's
    /// own will: by a key.
    Callback,
}

impl Leave {
    /// Whether the caller stays in line.
    pub(crate) fn keeps(&self) -> bool {
        match self {
            Self::Stay => true,
            Self::HangUp | Self::Queue { .. } | Self::Reserves { .. } | Self::Callback => false,
        }
    }
}

/// Why a queue does not keep a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeaveReason {
    /// It has its greatest length.
    Full,
    /// The caller has waited for the longest time.
    TooLong,
    /// No agent of the queue is logged in.
    Nobody,
    /// Outside of the opening hours.
    Closed,
    /// The caller pressed a key.
    Key,
    /// The owner's policy, or a person, sent the caller on.
    Policy,
    /// The caller took a call-back.
    Callback,
}

impl LeaveReason {
    /// All reasons.
    pub const ALL: [Self; 7] = [
        Self::Full,
        Self::TooLong,
        Self::Nobody,
        Self::Closed,
        Self::Key,
        Self::Policy,
        Self::Callback,
    ];

    /// The outcome of the segment that ends so (metrics.md 3.1).
    pub(crate) fn outcome(self) -> &'static str {
        match self {
            Self::Key => "exited_by_key",
            Self::Callback => "callback_taken",
            Self::Full | Self::TooLong | Self::Nobody | Self::Closed | Self::Policy => "overflowed",
        }
    }

    /// In words of the record.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Full => "the queue is full",
            Self::TooLong => "waited too long",
            Self::Nobody => "no agent is logged in",
            Self::Closed => "the queue is closed",
            Self::Key => "by a key",
            Self::Policy => "by the policy",
            Self::Callback => "takes a call-back",
        }
    }

    /// What the caller is told when nothing else is configured.
    fn usual_text(self, language: &str) -> &'static str {
        match (self, language) {
            (Self::Full, "ru") => "Все линии заняты. Пожалуйста, перезвоните позже.",
            (Self::Full, _) => "All lines are busy. Please call again later.",
            (Self::TooLong | Self::Nobody | Self::Policy, "ru") => {
                "К сожалению, сейчас ответить некому. Пожалуйста, перезвоните позже."
            }
            (Self::TooLong | Self::Nobody | Self::Policy, _) => {
                "We are sorry, nobody can take your call now. Please call again later."
            }
            (Self::Closed, "ru") => {
                "Сейчас мы не работаем. Пожалуйста, перезвоните в рабочее время."
            }
            (Self::Closed, _) => "We are closed now. Please call again during our opening hours.",
            (Self::Key, "ru") => "До свидания.",
            (Self::Key, _) => "Goodbye.",
            (Self::Callback, "ru") => "Мы сохранили вашу очередь и перезвоним вам. До свидания.",
            (Self::Callback, _) => "We keep your place in line and will call you back. Goodbye.",
        }
    }
}

/// Something to be said to a caller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Say {
    /// The words.
    pub text: String,
    /// Their language, `en` or `ru` or another tag.
    pub language: String,
}

/// When a queue lets callers go, and where to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LeaveRules {
    /// Who comes when the queue is full.
    pub full: Leave,
    /// The longest wait, milliseconds; 0 is none.
    pub wait_max_ms: u64,
    /// Who has waited for so long. A phone that rings for the caller then may
    /// still be answered; no further one rings.
    pub too_long: Leave,
    /// Who comes while no agent is logged in, and who waits when the last one
    /// logs out.
    pub nobody: Leave,
    /// Opening hours; `None` is always open.
    pub calendar: Option<Calendar>,
    /// Who comes outside of them.
    pub closed: Leave,
    /// Who waits when the queue closes. Usually they are still served.
    pub closing: Leave,
    /// Who presses a key while waiting.
    pub exits: BTreeMap<String, Leave>,
    /// What is said before hanging up, by reason and language; usual texts in
    /// English and Russian otherwise.
    pub texts: BTreeMap<LeaveReason, BTreeMap<String, String>>,
}

impl LeaveRules {
    /// Where those go who wait when a queue lets everybody go; `None` for reasons that
    /// are one caller's own.
    pub(crate) fn of_everybody(&self, reason: LeaveReason) -> Option<&Leave> {
        match reason {
            LeaveReason::Nobody => Some(&self.nobody),
            LeaveReason::Closed => Some(&self.closing),
            LeaveReason::Full
            | LeaveReason::TooLong
            | LeaveReason::Key
            | LeaveReason::Policy
            | LeaveReason::Callback => None,
        }
    }

    /// What a caller is told. A language with a region, `ru-RU`, counts as its
    /// language; one without a text gets the English one.
    pub(crate) fn say(&self, reason: LeaveReason, language: Option<&str>) -> Say {
        let tag = language.unwrap_or("en").to_lowercase();
        let language = tag.split(['-', '_']).next().unwrap_or("en");
        let own = self.texts.get(&reason);
        let said = |language: &str| {
            let text = own.and_then(|texts| texts.get(language)).cloned();
            text.map(|text| Say {
                text,
                language: language.to_owned(),
            })
        };
        let known = if language == "ru" { "ru" } else { "en" };
        said(language).unwrap_or_else(|| match own {
            Some(_) if language != known => said(known).unwrap_or_else(|| usual(reason, known)),
            Some(_) | None => usual(reason, known),
        })
    }

    /// Whether the queue is open at `now` and until when that is so. Calendars
    /// are checked before they get here; one that cannot be read never closes.
    pub(crate) fn opening(&self, now: Millis) -> Option<Opening> {
        let calendar = self.calendar.as_ref()?;
        Schedule::new(calendar)
            .ok()
            .map(|schedule| schedule.at(now))
    }

    /// When a caller who comes at `now` has waited for the longest time.
    pub(crate) fn wait_ends(&self, now: Millis) -> Option<Millis> {
        (self.wait_max_ms > 0 && !self.too_long.keeps())
            .then(|| now.saturating_add(self.wait_max_ms))
    }
}

fn usual(reason: LeaveReason, language: &str) -> Say {
    Say {
        text: reason.usual_text(language).to_owned(),
        language: language.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_follows_the_language_of_the_call() {
        let mut rules = LeaveRules::default();
        let said = |rules: &LeaveRules, language| {
            let say = rules.say(LeaveReason::Closed, language);
            (say.language, say.text)
        };
        assert_eq!(said(&rules, Some("ru-RU")).0, "ru");
        assert_eq!(said(&rules, Some("de")).0, "en");
        assert_eq!(said(&rules, None).0, "en");
        let texts = [("de", "Zu."), ("en", "Shut.")];
        let texts = texts.map(|(language, text)| (language.to_owned(), text.to_owned()));
        rules.texts.insert(LeaveReason::Closed, texts.into());
        assert_eq!(said(&rules, Some("de-AT")), ("de".into(), "Zu.".into()));
        assert_eq!(said(&rules, Some("fr")), ("en".into(), "Shut.".into()));
        assert_eq!(said(&rules, Some("ru")).0, "ru");
        for reason in LeaveReason::ALL {
            assert!(!rules.say(reason, Some("ru")).text.is_empty());
        }
    }
}
