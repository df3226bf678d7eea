//! Defects that tests put in on purpose, to see that the checkers of the
//! simulation find them. Outside tests [`Center::broken`] is never true, and
//! the compiler removes what depends on it.

use super::Center;

/// A defect put in on purpose, to see that the checker finds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mutation {
    /// The agent's phone rings on after the caller left.
    DropCancel,
    /// An agent who missed an offer keeps the place in the idle order.
    ForgetIdleReset,
    /// The free agent who is last by the strategy is chosen.
    IgnoreStrategy,
    /// Skills that a call needs are not looked at.
    IgnoreSkills,
    /// The last in line is served first.
    SwapOrder,
    /// A lost session keeps its agent.
    KeepAgent,
    /// A call that is offered has no deadline.
    ForgetTimer,
    /// A session that asks twice is queued twice.
    QueueTwice,
    /// An agent is offered a call again at once after a miss.
    IgnoreRetryDelay,
    /// An agent's state changes without a record.
    SilentMove,
    /// A caller is told a worse position than before.
    RaisePosition,
    /// An agent who becomes free is not looked at.
    ForgetDirty,
    /// The phones that ring beside the one that was answered ring on.
    TwoWinners,
    /// A caller waits for the own manager without end.
    WaitForManager,
    /// A manager who is on vacation is waited for all the same.
    IgnoreAbsence,
    /// Callers go on waiting for a manager who has gone away.
    ForgetManagerGone,
    /// Callers are asked after every talk, whatever they said.
    AskAgain,
    /// A caller whom the centre lets go is not told.
    ForgetHangUp,
    /// A change of queue is not recorded.
    LoseMoves,
    /// Agents whose page is lost are offered calls.
    IgnorePage,
    /// An agent whose page is back stays unreachable.
    KeepPageLost,
    /// A caller is told a longer wait than before, without a reason.
    RaiseWait,
    /// A reserve is given more calls at once than it may have.
    IgnoreConcurrency,
    /// A reserve is given more calls in an hour than it may have.
    IgnoreHourLimit,
    /// A reserve is given calls outside of its hours.
    IgnoreReserveHours,
    /// A reserve keeps a call whose talk is over.
    KeepReserve,
    /// A reserve that becomes free is not looked at.
    ForgetReserve,
    /// An agent who handed a caller over has no wrap-up.
    TransferWithoutWrapUp,
    /// A caller who was handed over begins to wait anew.
    TransferLosesCredit,
    /// The session is not told that an agent leaves.
    ForgetRelease,
    /// A colleague's phone that rings has no deadline.
    ForgetConsultTimer,
    /// A colleague who was asked is kept when the talk is over.
    KeepColleague,
    /// A colleague's talk counts from the consult on.
    CountConsultTwice,
    /// Outside numbers are dialled that the owner does not allow.
    DialAnything,
    /// A queue keeps two placeholders for one number.
    KeepTwoPlaces,
    /// A placeholder stands at the end of the line.
    LosePlace,
    /// Who calls again waits beside the own placeholder.
    WaitTwice,
    /// A placeholder never becomes too old.
    NeverExpire,
    /// A caller is called again and again.
    NeverGiveUp,
    /// A caller who was not reached is forgotten.
    LosePlaceholder,
    /// Numbers are called back that the owner does not allow.
    CallAnything,
    /// Who was asked and does not answer stays for ever.
    AskForEver,
    /// There is no wrap-up after a talk.
    ForgetWrapUp,
    /// An agent ends a wrap-up that is forced.
    CutWrapUp,
    /// An answer ends no row of misses.
    ForgetAnswer,
    /// A busy phone counts as a miss.
    CountBusyAsMiss,
    /// A later choice leaves the one for after the call.
    KeepAfterCall,
    /// A rule shortens a ban that a supervisor has set.
    OverrulePeople,
}

#[cfg(test)]
impl Mutation {
    pub(super) const ALL: [Self; 48] = [
        Self::DropCancel,
        Self::ForgetIdleReset,
        Self::IgnoreStrategy,
        Self::IgnoreSkills,
        Self::SwapOrder,
        Self::KeepAgent,
        Self::ForgetTimer,
        Self::QueueTwice,
        Self::IgnoreRetryDelay,
        Self::SilentMove,
        Self::RaisePosition,
        Self::ForgetDirty,
        Self::TwoWinners,
        Self::WaitForManager,
        Self::IgnoreAbsence,
        Self::ForgetManagerGone,
        Self::AskAgain,
        Self::ForgetHangUp,
        Self::LoseMoves,
        Self::IgnorePage,
        Self::KeepPageLost,
        Self::RaiseWait,
        Self::IgnoreConcurrency,
        Self::IgnoreHourLimit,
        Self::IgnoreReserveHours,
        Self::KeepReserve,
        Self::ForgetReserve,
        Self::TransferWithoutWrapUp,
        Self::TransferLosesCredit,
        Self::ForgetRelease,
        Self::ForgetConsultTimer,
        Self::KeepColleague,
        Self::CountConsultTwice,
        Self::DialAnything,
        Self::KeepTwoPlaces,
        Self::LosePlace,
        Self::WaitTwice,
        Self::NeverExpire,
        Self::NeverGiveUp,
        Self::LosePlaceholder,
        Self::CallAnything,
        Self::AskForEver,
        Self::ForgetWrapUp,
        Self::CutWrapUp,
        Self::ForgetAnswer,
        Self::CountBusyAsMiss,
        Self::KeepAfterCall,
        Self::OverrulePeople,
    ];
}

impl Center {
    /// Whether a test has put this defect in.
    #[cfg(test)]
    pub(super) fn broken(&self, mutation: Mutation) -> bool {
        self.mutation == Some(mutation)
    }

    #[cfg(not(test))]
    pub(super) const fn broken(&self, _: Mutation) -> bool {
        false
    }
}
