//! What people and programs see of a centre at one moment. Views carry start
//! times, not counters: the viewer's clock does the ticking.

use crate::effect::Word;
use crate::id::{AgentId, CallId, Millis, OfferId, QueueId, ReserveId};
use crate::input::{EndedBy, Intent};
use crate::target::Party;
use serde::{Deserialize, Serialize};

/// One agent as the agent's page shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgentView {
    /// User name.
    pub agent: AgentId,
    /// Name for people.
    pub display_name: String,
    /// What the agent chose.
    pub intent: Intent,
    /// When the intent was chosen.
    pub intent_since: Millis,
    /// Who chose it.
    pub intent_by: crate::input::Actor,
    /// Why, if somebody else chose for the agent; may be empty.
    pub intent_why: String,
    /// What is going on.
    pub activity: ActivityView,
    /// When that began.
    pub activity_since: Millis,
    /// What can be done about the wrap-up; `None` outside of one.
    pub wrap_up: Option<WrapUpView>,
    /// Passed over until then after an offer that was not taken.
    pub retry_at: Option<Millis>,
    /// Passed over until it ends or is lifted, for misses in a row.
    pub ban: Option<crate::ban::Ban>,
    /// What the intent becomes when the next talk ends.
    pub after_call: Option<Intent>,
    /// Since when the state (intent and activity, as recorded) is what it is.
    pub state_since: Millis,
    /// Whether a page of the agent is there.
    pub has_page: bool,
    /// Since when a page that is needed is gone for good: no offers. Beside
    /// a talk or another activity too.
    pub unreachable_since: Option<Millis>,
    /// The last time that the agent could not be reached.
    pub away: Option<crate::page::Away>,
    /// What is known of the agent's phone.
    pub phone: crate::input::DevicePresence,
    /// The call at hand, while one is offered or talked to.
    pub call: Option<CallCard>,
    /// Marks since the start of the day.
    pub marks: Marks,
}

/// Activity: observed, never chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "activity", rename_all = "snake_case")]
pub enum ActivityView {
    /// Nothing to do.
    Idle,
    /// Chosen for a call; the phone does not ring yet.
    Reserved,
    /// The phone rings.
    Ringing,
    /// In a talk.
    Talking,
    /// With a colleague while the caller is on hold, or waiting for his answer.
    Consulting,
    /// Asked by a colleague who speaks with the caller now.
    Held,
    /// After a talk, until then.
    WrapUp {
        /// When it ends by itself.
        until: Millis,
    },
    /// Nothing to do, and the page is lost: no offers.
    Unreachable {
        /// Since when.
        since: Millis,
    },
}

/// What can be done about a wrap-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrapUpView {
    /// The agent may end it from then on; supervisors at any time.
    pub may_end_at: Millis,
    /// Until when the next extension would make it last; `None` when it cannot
    /// be extended any more.
    pub extends_to: Option<Millis>,
}

/// The call card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallCard {
    /// The call.
    pub call: CallId,
    /// The offer.
    pub offer: OfferId,
    /// The queue.
    pub queue: QueueId,
    /// Who calls.
    pub caller_number: String,
    /// Display name of the caller.
    pub display_name: Option<String>,
    /// What was dialled.
    pub dialed_number: String,
    /// Whatever the scenario wants shown.
    pub custom_data: Option<String>,
    /// When the caller began to wait.
    pub queued_at: Millis,
    /// When the phone was made to ring.
    pub offered_at: Millis,
    /// When the offer runs out if nobody answers.
    pub ring_until: Millis,
    /// When the talk began.
    pub talk_since: Option<Millis>,
    /// The colleague who is asked about the call, or who asks.
    #[serde(default)]
    pub consult: Option<ConsultView>,
    /// The colleague who was asked before in this talk.
    #[serde(default)]
    pub past_consult: Option<PastConsultView>,
}

/// Two agents at one call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ConsultView {
    /// The other agent, or the outside number.
    pub colleague: Party,
    /// His or her name for people.
    pub display_name: String,
    /// This agent is the one who was asked.
    pub is_asked: bool,
    /// Since when they are together; `None` while the phone rings.
    pub since: Option<Millis>,
    /// Whom the agent who asked speaks with; `None` while the phone rings.
    pub with: Option<crate::transfer::ConsultParty>,
}

/// A colleague who is asked no more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PastConsultView {
    /// The colleague, or the outside number.
    pub colleague: Party,
    /// `answered`, or why the phone was not: `no_answer`, `busy`, `rejected`,
    /// ... as of an offer.
    pub outcome: String,
    /// When that was.
    pub at: Millis,
}

/// An agent's marks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Marks {
    /// Offers answered.
    pub answered: u64,
    /// Offers that rang out while the caller was there.
    pub missed: u64,
    /// Offers declined.
    pub rejected: u64,
    /// Offers to a busy phone.
    pub busy: u64,
    /// Offers to a phone that could not be reached.
    pub unreachable: u64,
    /// Offers to an agent without a registered phone.
    #[serde(default)]
    pub unregistered: u64,
    /// Mean time from ring to answer, milliseconds; `None` before the first.
    pub answer_speed_ms: Option<u64>,
    /// Total talk, milliseconds.
    pub talk_ms: u64,
    /// Misses in a row.
    pub miss_streak: u64,
    /// Talks that were rated.
    #[serde(default)]
    pub rated: u64,
    /// Mean of the ratings, 0 to 100, the newer ones counting more; `None`
    /// before the first.
    #[serde(default)]
    pub quality: Option<u64>,
}

/// One queue as people see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QueueView {
    /// Its name.
    pub queue: QueueId,
    /// Callers who wait (ringing an agent included).
    pub waiting: usize,
    /// When the one who waits longest began to.
    pub longest_since: Option<Millis>,
    /// Callers of this queue who talk.
    #[serde(default)]
    pub talking: usize,
    /// Agents of this queue who are not offline.
    #[serde(default)]
    pub agents_logged_in: usize,
    /// Agents of this queue who could be offered a call now.
    pub agents_free: usize,
    /// Agents of this queue who talk, to callers of any queue.
    pub agents_talking: usize,
    /// Agents of this queue in wrap-up.
    #[serde(default)]
    pub agents_in_wrap_up: usize,
    /// Agents of this queue with intent ready.
    pub agents_ready: usize,
    /// How long a caller who came now would wait, milliseconds; `None` when
    /// nothing can be promised.
    #[serde(default)]
    pub estimated_wait_ms: Option<u64>,
    /// Answered since the start of the day.
    pub answered_today: u64,
    /// What these waited together, milliseconds: over `answered_today` it is
    /// the day's speed of answer.
    #[serde(default)]
    pub answered_wait_ms_today: u64,
    /// Abandoned since the start of the day.
    pub abandoned_today: u64,
    /// Service level since the start of the day.
    #[serde(default)]
    pub level_today: crate::service_level::LevelToday,
    /// What it counts as in time.
    #[serde(default)]
    pub service: crate::service_level::ServiceTarget,
    /// Call-backs kept in line whose caller is not on the line; not in `waiting`.
    #[serde(default)]
    pub callbacks: usize,
    /// Whether it is within its opening hours.
    #[serde(default)]
    pub is_open: bool,
    /// Its callers whom reserve numbers have, ringing ones included.
    #[serde(default)]
    pub on_reserve: usize,
}

/// One reserve number as people see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReserveView {
    /// Its name.
    pub reserve: ReserveId,
    /// What is dialled.
    pub contact: crate::config::Contact,
    /// The queues that it serves.
    pub queues: Vec<QueueId>,
    /// Takes callers who have waited for so long, milliseconds.
    pub threshold_ms: u64,
    /// Whether it may be given a caller now, and if not, by which rule.
    pub standing: crate::reserve::ReserveStanding,
    /// Its calls, ringing ones included.
    pub in_use: usize,
    /// Those of them that are talked.
    pub talking: usize,
    /// As many may be at once.
    pub calls_at_once: usize,
    /// Calls of the last 60 minutes, as they count for the limit.
    pub used_hour: usize,
    /// The limit; 0 is none.
    pub calls_per_hour: usize,
    /// Calls of the day, as they count for the limit.
    pub used_today: usize,
    /// The limit; 0 is none.
    pub calls_per_day: usize,
    /// Passed over until then after a call that it did not take.
    pub retry_at: Option<Millis>,
    /// Passed over until it ends or is lifted, for failures in a row.
    pub ban: Option<crate::ban::Ban>,
    /// Within its hours or not until then.
    pub opening_until: Option<Millis>,
    /// What became of the calls of the day (UTC).
    pub marks: Marks,
}

/// One call as a supervisor or a program sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallView {
    /// The call.
    pub call: CallId,
    /// Its session.
    pub session_id: String,
    /// Its queue.
    pub queue: QueueId,
    /// Who calls.
    pub caller_number: String,
    /// `waiting`, `offering`, `talking`, `ended`.
    pub state: String,
    /// When it was queued.
    pub queued_at: Millis,
    /// Position from 1; 0 when it does not wait.
    pub position: usize,
    /// The agent at hand; after the end the one who served it.
    pub agent: Option<AgentId>,
    /// The same of a reserve number.
    pub reserve: Option<ReserveId>,
    /// How it ended; `None` while it lives.
    pub result: Option<CallResult>,
    /// When that state began: the waiting, the first of the phones that ring
    /// now, the talk. After the end it means nothing.
    pub since: Millis,
    /// What was dialled.
    pub dialed_number: String,
    /// Display name of the caller.
    pub display_name: Option<String>,
    /// Language.
    pub language: Option<String>,
    /// Priority.
    pub priority: i32,
    /// Skills that it asks for.
    pub skills: Vec<String>,
    /// Whatever the scenario said of it.
    pub custom_data: Option<String>,
}

/// How a call ended: the fields of [`crate::Fact::CallEnded`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CallResult {
    /// `answered`, `abandoned`, `overflowed`, `exited_by_key`, `system_failed`.
    pub outcome: Word,
    /// Queue wait, milliseconds.
    pub wait_ms: u64,
    /// Talk, milliseconds; 0 when nobody answered.
    pub talk_ms: u64,
    /// Who ended it.
    pub ended_by: Option<EndedBy>,
    /// Who served it.
    pub agent: Option<AgentId>,
    /// The reserve number that served it.
    #[serde(default)]
    pub reserve: Option<ReserveId>,
}
