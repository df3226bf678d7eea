//! Every limit of the core, each with the reason for its number.

use crate::id::Millis;

/// The session watches the ring timeout itself; the core waits this much
/// longer before it acts alone. Long enough for a slow report with one retry,
/// short enough that a mute session costs a caller little.
pub(crate) const RING_MARGIN_MS: Millis = 5_000;

/// A deadline found this late means that the centre itself was asleep (a
/// restart, a stalled machine): nobody is blamed then, the session is asked.
pub(crate) const STALL_MS: Millis = 5_000;

/// How long a session that is in doubt may take to answer `status` before its
/// offer is given up. The driver's own retries end within it.
pub(crate) const DOUBT_MS: Millis = 10_000;

/// Shortest time for which an agent who did not take an offer is passed over,
/// whatever the queue says: ten tries a second at most, so that a phone which
/// refuses at once never makes a loop at full speed (promise P10).
pub(crate) const RETRY_DELAY_MS_MIN: Millis = 100;

/// First pause of a call whose offer failed without any agent's fault; doubles
/// with every further one. Short, because the usual cause is over in a moment.
pub(crate) const SETBACK_DELAY_MS: Millis = 500;

/// Longest such pause: a caller is never left alone for longer.
pub(crate) const SETBACK_DELAY_MS_MAX: Millis = 30_000;

/// Distinct needs of skills that are told apart at a time. A handful of skills
/// at five levels makes dozens; every agent's change costs a step for each that
/// the agent meets. A call with one need more is served by anyone of its queue.
pub(crate) const NEED_POOLS_MAX: usize = 256;

/// Events of one call held back for a missing earlier one. A call has a dozen
/// events in all, so more than this is a session that will never fill the gap.
pub(crate) const EVENTS_HELD_MAX: usize = 32;

/// How long held events wait for a missing one. Over the longest usual retry
/// of a session, well under the 5 s in which promise P3 frees what a call held.
pub(crate) const EVENT_GAP_MS: Millis = 2_000;

/// Numbers of missing events remembered, so that one which comes at last is
/// still heard. As many as can be held.
pub(crate) const EVENTS_MISSED_MAX: usize = 32;

/// A session that said nothing for so long is asked for its status, so that a
/// session which died without a word holds its agent no longer than this.
pub(crate) const SILENCE_MS: Millis = 60_000;

/// A session that says it is ending gets this long to send its last events: longer than
/// the longest pause between two attempts of our scenario (8 s, and a request of up to
/// 2 s), or a call that was answered while we were away would be one that failed. A
/// session that has gone without them is noticed by its access URL.
pub(crate) const ENDING_MS: Millis = 12_000;

/// Ended calls are remembered this long, for late and repeated messages.
/// Longer than any session retries.
pub(crate) const ENDED_KEPT_MS: Millis = 300_000;

/// Ended calls remembered at most: five minutes at 60 calls a second, and
/// some 20 MB.
pub(crate) const ENDED_KEPT_MAX: usize = 20_000;

/// Phones that ring for one caller at once, at most. With more than this each
/// phone rings in vain nearly always, and every answer cancels a crowd.
pub const RING_AT_ONCE_MAX: usize = 10;

/// Earlier offers of a call that are remembered, to take over a talk that was
/// given up too early: twice as many as can ring at once.
pub(crate) const PAST_OFFERS_MAX: usize = 2 * RING_AT_ONCE_MAX;

/// Agents of one call who have handed the caller over and are remembered, so
/// that a session that missed that is told again. More than will hand over one
/// caller within the life of a lost command.
pub(crate) const LEFT_OFFERS_MAX: usize = 8;

/// Queues that one caller is sent on to, at most: owners who send callers in a
/// circle lose nobody.
pub(crate) const QUEUE_MOVES_MAX: usize = 4;

/// A caller whom the next queue does not take stays, and is tried again after
/// this: often enough for somebody who waits for minutes.
pub(crate) const LEAVE_RETRY_MS: Millis = 30_000;

/// Agents whom the reason of a decision names as passed over; more are counted
/// by rule, since nobody reads on.
pub(crate) const WHY_NAMES_MAX: usize = 8;

/// Agents of a queue up to whom they are named at all, so that the cost of a
/// decision does not grow with the queue.
pub(crate) const WHY_MEMBERS_MAX: usize = 32;

/// Departures from a queue, or talks of it, needed before a wait is estimated
/// (metrics.md 3.5).
pub(crate) const WAIT_SAMPLES_MIN: usize = 5;

/// Departures from which on the staffing has no part in the estimate any more:
/// their rate is exact to a fifth then.
pub(crate) const WAIT_SAMPLES_FULL: usize = 30;

/// Talks whose mean length the estimate knows: enough for a tenth, few enough
/// to follow a day.
pub(crate) const WAIT_TALKS_MAX: usize = 100;

/// Waits after which the older half counts half: how many callers give up
/// changes over a day.
pub(crate) const WAITS_REMEMBERED: u64 = 400;

/// Departures remembered for the estimate: a rate over the last thousand is
/// as exact as anyone can use, and takes 8 kB a queue.
pub(crate) const WAIT_SAMPLES_MAX: usize = 1_000;

/// The window of the estimate (metrics.md 3.5, W = 15 min).
pub(crate) const WAIT_WINDOW_MS: Millis = 15 * 60_000;

/// Kinds of callers, by whom they wait for, with which a caller is seen to
/// compete: those of whom most are ahead. More would be dearer than exact.
pub(crate) const WAIT_RIVALS_MAX: usize = 16;

/// Callers ahead who wait for the same one agent that are counted: as many talk
/// to one person in a day.
pub(crate) const WAIT_FOR_ONE_MAX: usize = 100;

/// Coming easings of a call's demands that its expected wait looks at: more than
/// the five levels that skills usually have.
pub(crate) const WAIT_EASINGS_MAX: u32 = 8;

/// A day, for the counters that start anew at midnight UTC.
pub(crate) const DAY_MS: Millis = 86_400_000;

/// Callers with a manager of their own: some 12 MB for a hundred thousand, and
/// more than a centre of this size has regular callers.
pub(crate) const BINDINGS_MAX: usize = 500_000;

/// Callers remembered for having been asked for a manager; the oldest make
/// room and may be asked again.
pub(crate) const ANSWERS_KEPT_MAX: usize = 100_000;

/// Absences kept of an agent: years of vacations and illnesses.
pub(crate) const ABSENCES_MAX: usize = 100;

/// Deputies of deputies that are tried, so that two who stand in for each
/// other never make a loop.
pub(crate) const DEPUTIES_MAX: usize = 3;

/// Call-backs that one queue keeps, whatever is configured: more than a day's
/// callers of a large queue, a few MB.
pub(crate) const CALLBACKS_OF_QUEUE_MAX: usize = 2_000;

/// A caller whom the queue does not keep has so long to say whether to be called
/// back: the question, and time to think.
pub(crate) const CALLBACK_ANSWER_MS: Millis = 30_000;

/// A session that is asked for a call-back must have announced itself within
/// this: a start with retries over several engines, and its first request.
pub(crate) const CALLBACK_START_MS: Millis = 20_000;

/// A session of a call-back that rings nobody is let go after this; the cloud
/// ends sessions without calls after a minute too.
pub(crate) const CALLBACK_IDLE_MS: Millis = 60_000;

/// How often the expected wait of callers and call-backs is looked at.
pub(crate) const CALLBACK_LOOK_MS: Millis = 5_000;

/// Fewest digits of a number that is called back.
pub(crate) const CALLBACK_DIGITS_MIN: usize = 2;

/// The longest ban that a person or a policy may give, milliseconds: a week.
pub(crate) const BAN_MS_MAX: Millis = 7 * DAY_MS;
/// Ranks that may wait for their calls to arrive; the oldest go first.
pub(crate) const RANKS_WAITING_MAX: usize = 1_024;

/// An hour, for the limits of reserve numbers.
pub(crate) const HOUR_MS: Millis = 3_600_000;

/// Calls of an hour remembered for one reserve number, and so the highest
/// limit: nearly three a second, more than one number takes, and 80 kB.
pub(crate) const RESERVE_HOUR_CALLS_MAX: usize = 10_000;
