//! What an agent is observed to do, and the one table of how it changes.

use crate::id::{CallId, Millis};

/// Activity: observed, never chosen. What is chosen is [`crate::Intent`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Activity {
    Idle,
    Reserved { call: CallId },
    Ringing { call: CallId },
    Talking { call: CallId },
    WrapUp { until: Millis },
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
    /// The talk is over and the queue has no wrap-up.
    TalkOver,
    /// The talk is over and wrap-up begins.
    TalkOverThenWrapUp { until: Millis },
    /// Wrap-up ran out or was ended by a person.
    WrapUpOver,
    /// The session says that this agent talks, though the centre had given
    /// the offer up.
    Adopted { call: CallId },
}

impl Activity {
    /// The only way an activity changes. `None`: the pair is impossible, the
    /// caller must refuse the command or report a defect, and writes nothing.
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
            (A::Talking { .. }, T::TalkOver) => Some(A::Idle),
            (A::Talking { .. }, T::TalkOverThenWrapUp { until }) => Some(A::WrapUp { until }),
            (A::WrapUp { .. }, T::WrapUpOver) => Some(A::Idle),

            (
                A::Idle,
                T::RingHeard
                | T::Answered
                | T::NotTaken
                | T::Released
                | T::TalkOver
                | T::TalkOverThenWrapUp { .. }
                | T::WrapUpOver,
            )
            | (
                A::Reserved { .. },
                T::Offered { .. }
                | T::TalkOver
                | T::TalkOverThenWrapUp { .. }
                | T::WrapUpOver
                | T::Adopted { .. },
            )
            | (
                A::Ringing { .. },
                T::Offered { .. }
                | T::RingHeard
                | T::TalkOver
                | T::TalkOverThenWrapUp { .. }
                | T::WrapUpOver
                | T::Adopted { .. },
            )
            | (
                A::Talking { .. },
                T::Offered { .. }
                | T::RingHeard
                | T::Answered
                | T::NotTaken
                | T::Released
                | T::WrapUpOver
                | T::Adopted { .. },
            )
            | (
                A::WrapUp { .. },
                T::Offered { .. }
                | T::RingHeard
                | T::Answered
                | T::NotTaken
                | T::Released
                | T::TalkOver
                | T::TalkOverThenWrapUp { .. },
            ) => None,
        }
    }

    /// The call that the agent is held by.
    pub(crate) fn call(self) -> Option<CallId> {
        match self {
            Activity::Reserved { call }
            | Activity::Ringing { call }
            | Activity::Talking { call } => Some(call),
            Activity::Idle | Activity::WrapUp { .. } => None,
        }
    }

    /// The word of the contract.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Activity::Idle => "idle",
            Activity::Reserved { .. } => "reserved",
            Activity::Ringing { .. } => "ringing",
            Activity::Talking { .. } => "talking",
            Activity::WrapUp { .. } => "wrap_up",
        }
    }
}
