//! What an agent is observed to do, and the one table of how it changes.

use crate::id::{CallId, Millis};
use crate::input::Intent;
use serde::{Deserialize, Serialize};

/// Activity: observed, never chosen. What is chosen is [`crate::Intent`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Activity {
    Idle,
    Reserved {
        call: CallId,
    },
    Ringing {
        call: CallId,
    },
    Talking {
        call: CallId,
    },
    /// Speaks with a colleague while the caller is on hold, or has one rung.
    Consulting {
        call: CallId,
    },
    /// Waits on the line while the colleague speaks with the caller.
    Held {
        call: CallId,
    },
    WrapUp {
        until: Millis,
    },
}

/// What changes an activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trigger {
    /// The centre chose this agent for a call.
    Offered { call: CallId },
    /// The session heard the agent's phone ring.
    RingHeard,
    /// The agent's phone was answered.
    Answered,
    /// No answer, busy, rejected or unreachable: the offer was not taken.
    NotTaken,
    /// The offer is over and the agent had no part in that.
    Released,
    /// Two agents of a call speak with each other and the caller is on hold;
    /// at first one of them only waits for the other's answer.
    Consults,
    /// The agent speaks with the caller: again, as the third, or as the one
    /// who was given the call.
    JoinsCaller,
    /// The colleague who asked speaks with the caller.
    PutOnHold,
    /// The colleague who asked needs this agent no more.
    ConsultOver,
    /// The talk is over and the queue has no wrap-up.
    TalkOver,
    /// The talk is over and wrap-up begins.
    TalkOverThenWrapUp { until: Millis },
    /// Wrap-up was made longer.
    WrapUpExtended { until: Millis },
    /// Wrap-up ran out or was ended by a person.
    WrapUpOver,
    /// The session says that this agent talks, though the centre had given
    /// the offer up.
    Adopted { call: CallId },
}

impl Activity {
    /// The only way an activity changes. `None`: the pair is impossible, the
    /// caller must refuse the command or report a defect, and writes nothing.
    #[allow(clippy::too_many_lines, reason = "one table")]
    pub(crate) fn after(self, trigger: Trigger) -> Option<Self> {
        use Activity as A;
        use Trigger as T;
        match (self, trigger) {
            (A::Idle, T::Offered { call }) => Some(A::Reserved { call }),
            (A::Idle | A::WrapUp { .. }, T::Adopted { call }) => Some(A::Talking { call }),
            (A::Reserved { call }, T::RingHeard) => Some(A::Ringing { call }),
            // A phone may answer before its ringing was reported.
            (A::Reserved { call } | A::Ringing { call }, T::Answered) => Some(A::Talking { call }),
            (A::Reserved { .. } | A::Ringing { .. }, T::NotTaken | T::Released) => Some(A::Idle),
            (
                A::Reserved { call } | A::Ringing { call } | A::Talking { call } | A::Held { call },
                T::Consults,
            ) => Some(A::Consulting { call }),
            (A::Consulting { call } | A::Held { call }, T::JoinsCaller) => {
                Some(A::Talking { call })
            }
            (A::Consulting { call }, T::PutOnHold) => Some(A::Held { call }),
            (A::Consulting { .. } | A::Held { .. }, T::ConsultOver) => Some(A::Idle),
            (A::Talking { .. } | A::Consulting { .. }, T::TalkOver) => Some(A::Idle),
            (A::Talking { .. } | A::Consulting { .. }, T::TalkOverThenWrapUp { until }) => {
                Some(A::WrapUp { until })
            }
            (A::WrapUp { .. }, T::WrapUpExtended { until }) => Some(A::WrapUp { until }),
            (A::WrapUp { .. }, T::WrapUpOver) => Some(A::Idle),

            (
                A::Reserved { .. }
                | A::Ringing { .. }
                | A::Talking { .. }
                | A::Consulting { .. }
                | A::Held { .. }
                | A::WrapUp { .. },
                T::Offered { .. },
            )
            | (
                A::Reserved { .. }
                | A::Ringing { .. }
                | A::Talking { .. }
                | A::Consulting { .. }
                | A::Held { .. },
                T::Adopted { .. } | T::WrapUpExtended { .. } | T::WrapUpOver,
            )
            | (
                A::Idle
                | A::Ringing { .. }
                | A::Talking { .. }
                | A::Consulting { .. }
                | A::Held { .. }
                | A::WrapUp { .. },
                T::RingHeard,
            )
            | (
                A::Idle
                | A::Talking { .. }
                | A::Consulting { .. }
                | A::Held { .. }
                | A::WrapUp { .. },
                T::Answered | T::NotTaken | T::Released,
            )
            | (A::Idle | A::Consulting { .. } | A::WrapUp { .. }, T::Consults)
            | (
                A::Idle
                | A::Reserved { .. }
                | A::Ringing { .. }
                | A::Talking { .. }
                | A::WrapUp { .. },
                T::JoinsCaller | T::ConsultOver,
            )
            | (
                A::Idle
                | A::Reserved { .. }
                | A::Ringing { .. }
                | A::Talking { .. }
                | A::Held { .. }
                | A::WrapUp { .. },
                T::PutOnHold,
            )
            | (
                A::Idle
                | A::Reserved { .. }
                | A::Ringing { .. }
                | A::Held { .. }
                | A::WrapUp { .. },
                T::TalkOver | T::TalkOverThenWrapUp { .. },
            )
            | (A::Idle, T::WrapUpExtended { .. } | T::WrapUpOver) => None,
        }
    }

    /// The call that the agent is held by.
    pub(crate) fn call(self) -> Option<CallId> {
        match self {
            Activity::Reserved { call }
            | Activity::Ringing { call }
            | Activity::Talking { call }
            | Activity::Consulting { call }
            | Activity::Held { call } => Some(call),
            Activity::Idle | Activity::WrapUp { .. } => None,
        }
    }

    /// Whether the agent is with a caller or a colleague.
    pub(crate) fn is_talk(self) -> bool {
        match self {
            Activity::Talking { .. } | Activity::Consulting { .. } | Activity::Held { .. } => true,
            Activity::Idle
            | Activity::Reserved { .. }
            | Activity::Ringing { .. }
            | Activity::WrapUp { .. } => false,
        }
    }

    /// What people see. A ban and a lost page show while there is nothing to
    /// do; who is both is shown as unreachable, for that is what somebody must
    /// do something about.
    pub(crate) fn shown(self, is_banned: bool, is_page_lost: bool) -> Shown {
        match self {
            Activity::Idle if is_page_lost => Shown::Unreachable,
            Activity::Idle if is_banned => Shown::Banned,
            Activity::Idle => Shown::Idle,
            Activity::Reserved { .. } => Shown::Reserved,
            Activity::Ringing { .. } => Shown::Ringing,
            Activity::Talking { .. } => Shown::Talking,
            Activity::Consulting { .. } => Shown::Consulting,
            Activity::Held { .. } => Shown::Held,
            Activity::WrapUp { .. } => Shown::WrapUp,
        }
    }
}

/// What is shown and recorded of an agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Shown {
    Idle,
    Reserved,
    Ringing,
    Talking,
    Consulting,
    Held,
    WrapUp,
    Banned,
    Unreachable,
}

impl Shown {
    /// The word of the contract.
    #[cfg(test)]
    pub(crate) fn word(self) -> &'static str {
        match self {
            Shown::Idle => "idle",
            Shown::Reserved => "reserved",
            Shown::Ringing => "ringing",
            Shown::Talking => "talking",
            Shown::Consulting => "consulting",
            Shown::Held => "held",
            Shown::WrapUp => "wrap_up",
            Shown::Banned => "banned",
            Shown::Unreachable => "unreachable",
        }
    }

    /// The same behind the word of the intent, `ready/idle`.
    pub(crate) fn word_with(self, intent: &Intent) -> &'static str {
        macro_rules! after {
            ($intent:literal) => {
                match self {
                    Shown::Idle => concat!($intent, "/idle"),
                    Shown::Reserved => concat!($intent, "/reserved"),
                    Shown::Ringing => concat!($intent, "/ringing"),
                    Shown::Talking => concat!($intent, "/talking"),
                    Shown::Consulting => concat!($intent, "/consulting"),
                    Shown::Held => concat!($intent, "/held"),
                    Shown::WrapUp => concat!($intent, "/wrap_up"),
                    Shown::Banned => concat!($intent, "/banned"),
                    Shown::Unreachable => concat!($intent, "/unreachable"),
                }
            };
        }
        match intent {
            Intent::Offline => after!("offline"),
            Intent::Ready => after!("ready"),
            Intent::NotReady { .. } => after!("not_ready"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;

    const CALL: CallId = CallId(1);

    #[test]
    fn words_of_intent_and_activity_are_those_of_each() {
        let not_ready = Intent::NotReady {
            reason: String::new(),
        };
        let intents = [
            (Intent::Offline, "offline"),
            (Intent::Ready, "ready"),
            (not_ready, "not_ready"),
        ];
        for shown in [
            Shown::Idle,
            Shown::Reserved,
            Shown::Ringing,
            Shown::Talking,
            Shown::Consulting,
            Shown::Held,
            Shown::WrapUp,
            Shown::Banned,
            Shown::Unreachable,
        ] {
            for (intent, word) in &intents {
                let both = format!("{word}/{}", shown.word());
                assert_eq!(shown.word_with(intent), both);
            }
        }
    }

    const ACTIVITIES: [(Activity, &str); 7] = [
        (Activity::Idle, "Nothing to do."),
        (
            Activity::Reserved { call: CALL },
            "Chosen for a call; the phone is not heard ringing yet.",
        ),
        (Activity::Ringing { call: CALL }, "The phone rings."),
        (
            Activity::Talking { call: CALL },
            "In a talk with the caller.",
        ),
        (
            Activity::Consulting { call: CALL },
            "With a colleague about a call whose caller is on hold, or waiting for his answer.",
        ),
        (
            Activity::Held { call: CALL },
            "Asked by a colleague who speaks with the caller now.",
        ),
        (
            Activity::WrapUp { until: 1 },
            "After a talk, until a moment; offered nothing by any queue.",
        ),
    ];

    const TRIGGERS: [(Trigger, &str, &str); 14] = [
        (
            Trigger::Offered { call: CALL },
            "offered",
            "The centre chose this agent for a call.",
        ),
        (
            Trigger::RingHeard,
            "ring heard",
            "The session heard the agent's phone ring.",
        ),
        (
            Trigger::Answered,
            "answered",
            "The agent's phone was answered.",
        ),
        (
            Trigger::NotTaken,
            "not taken",
            "No answer, busy, rejected or unreachable.",
        ),
        (
            Trigger::Released,
            "released",
            "The offer is over without the agent's doing: cancelled or not delivered.",
        ),
        (
            Trigger::Consults,
            "consults",
            "One agent asks another about a call, or is asked and answers.",
        ),
        (
            Trigger::JoinsCaller,
            "joins caller",
            "The agent is with the caller again, as the third, or alone after a transfer.",
        ),
        (
            Trigger::PutOnHold,
            "put on hold",
            "The one who asked goes back to the caller for a while.",
        ),
        (
            Trigger::ConsultOver,
            "consult over",
            "The one who was asked is needed no more.",
        ),
        (
            Trigger::TalkOver,
            "talk over",
            "The talk ended in a queue without wrap-up.",
        ),
        (
            Trigger::TalkOverThenWrapUp { until: 1 },
            "talk over, wrap-up",
            "The talk ended in a queue with wrap-up.",
        ),
        (
            Trigger::WrapUpExtended { until: 1 },
            "wrap-up extended",
            "A person made the wrap-up longer.",
        ),
        (
            Trigger::WrapUpOver,
            "wrap-up over",
            "Wrap-up ran out, or a person ended it.",
        ),
        (
            Trigger::Adopted { call: CALL },
            "adopted",
            "A session says that this agent talks, though its offer was given up.",
        ),
    ];

    fn word(activity: Activity) -> &'static str {
        activity.shown(false, false).word()
    }

    /// The transition table as a page for people.
    fn page() -> String {
        let mut page = String::from(
            "# Agent states\n\n\
             Generated from `crates/acd/src/activity.rs` by its tests; to write it anew:\n\
             `UPDATE_GOLDEN=1 cargo test -p acd agent_states`.\n\n\
             An agent has two fields. *Intent* is what a person chose: `offline`, `ready` or\n\
             `not_ready` with a reason. It changes only by a person's choice, at any time, and\n\
             survives restarts. *Activity* is what is observed, and changes only by this table. A\n\
             change of intent never ends an activity: who chooses a break while the phone rings or\n\
             during a talk has it after that.\n\n\
             A call is offered to an agent only with intent `ready`, activity `idle`, a phone that is\n\
             not known to be absent, no ban in force, no retry delay running and, where a page is\n\
             needed, a page that is there or has not been gone for longer than the time of grace.\n\
             Bans and lost pages are no activities: they are shown while there is nothing to do,\n\
             as the second table says, and go on beside whatever else there is; a talk goes on\n\
             without a page. All inputs that would need a pair marked \u{2013} are refused and\n\
             change nothing.\n\n",
        );
        page.push_str("| activity |");
        for (_, name, _) in TRIGGERS {
            let _ = write!(page, " {name} |");
        }
        page.push_str("\n|---|");
        page.push_str(&"---|".repeat(TRIGGERS.len()));
        page.push('\n');
        for (activity, _) in ACTIVITIES {
            let _ = write!(page, "| **{}** |", word(activity));
            for (trigger, _, _) in TRIGGERS {
                let next = activity.after(trigger).map_or("\u{2013}", word);
                let _ = write!(page, " {next} |");
            }
            page.push('\n');
        }
        page.push_str(
            "\n## What is shown and recorded\n\n\
             An agent whose intent is `offline` misses no page.\n\n\
             | activity | nothing else | banned | page lost | banned, page lost |\n|---|---|---|---|---|\n",
        );
        for (activity, _) in ACTIVITIES {
            let _ = write!(page, "| **{}** |", word(activity));
            for (is_banned, is_lost) in [(false, false), (true, false), (false, true), (true, true)]
            {
                let _ = write!(page, " {} |", activity.shown(is_banned, is_lost).word());
            }
            page.push('\n');
        }
        page.push_str("\n## Activities\n\n");
        for (activity, meaning) in ACTIVITIES {
            let _ = writeln!(page, "- **{}**: {meaning}", word(activity));
        }
        page.push_str("\n## What happens\n\n");
        for (_, name, meaning) in TRIGGERS {
            let _ = writeln!(page, "- **{name}**: {meaning}");
        }
        page
    }

    #[test]
    fn agent_states_page_says_what_the_table_says() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/agent-states.md");
        let page = page();
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(path, &page).unwrap();
        }
        let written = std::fs::read_to_string(path).unwrap_or_default();
        assert!(
            written == page,
            "docs/agent-states.md is old: run with UPDATE_GOLDEN=1"
        );
    }

    #[test]
    fn only_an_idle_agent_can_be_offered_a_call() {
        for (activity, _) in ACTIVITIES {
            let next = activity.after(Trigger::Offered { call: CALL });
            assert_eq!(next.is_some(), activity == Activity::Idle, "{activity:?}");
        }
    }
}
