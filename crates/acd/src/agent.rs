//! One agent: what was chosen, what is observed, and whether a call may be
//! offered.

use crate::activity::{Activity, Shown, Trigger};
use crate::ban::Ban;
use crate::config::AgentConfig;
use crate::id::Millis;
use crate::input::{Actor, DevicePresence, Intent};
use crate::marks::MarkBook;
use crate::page::Page;
use crate::pool::PoolIx;
use crate::view::WrapUpView;
use crate::wait_estimate::WHOLE_SHARE_PPM;
use crate::wrap_up::WrapUp;
use serde::{Deserialize, Serialize};

/// The place of an agent in the roster. Agents are kept in order of name, so
/// that a smaller index is also the tie-break by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct AgentIx(pub(crate) u32);

impl AgentIx {
    pub(crate) fn at(self) -> usize {
        self.0 as usize
    }
}

/// Why an agent may or may not be offered a call: the first rule that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Standing {
    /// No longer configured, or not yet looked at.
    Gone,
    Offline,
    NotReady,
    /// An offer or a talk is at hand.
    Occupied,
    WrapUp,
    Banned,
    PhoneAbsent,
    RetryDelay,
    Free,
    /// The page has been gone for too long. Last, since kept states have the
    /// counts of the others in this order.
    PageLost,
}

impl Standing {
    #[cfg(test)]
    pub(crate) const ALL: [Self; Self::COUNT] = [
        Self::Gone,
        Self::Offline,
        Self::NotReady,
        Self::Occupied,
        Self::WrapUp,
        Self::Banned,
        Self::PhoneAbsent,
        Self::RetryDelay,
        Self::Free,
        Self::PageLost,
    ];

    /// How many standings there are.
    pub(crate) const COUNT: usize = 10;

    pub(crate) fn at(self) -> usize {
        self as usize
    }

    /// Whether an agent who stands so takes calls, now or as soon as possible.
    pub(crate) fn takes_calls(self) -> bool {
        match self {
            Self::Free | Self::Occupied | Self::WrapUp | Self::RetryDelay => true,
            Self::Gone
            | Self::Offline
            | Self::NotReady
            | Self::Banned
            | Self::PhoneAbsent
            | Self::PageLost => false,
        }
    }
}

/// See the module's text. It stands in memory as it stands here, like a
/// [`crate::call::Call`] and for the same reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[repr(C)]
pub(crate) struct Agent {
    // Every change of the activity reads these.
    pub(crate) activity: Activity,
    pub(crate) activity_since: Millis,
    pub(crate) intent: Intent,
    pub(crate) intent_since: Millis,
    /// Since when idle, for the longest-idle order. Set anew by the end of a
    /// talk with its wrap-up, by an offer not taken and by becoming ready.
    pub(crate) idle_since: Millis,
    /// Number of the last offer, 0 before the first.
    pub(crate) last_offer: u64,
    pub(crate) retry_at: Option<Millis>,
    pub(crate) ban: Option<Box<Ban>>,
    #[serde(default)]
    pub(crate) page: Page,
    /// The standing that the pools count.
    pub(crate) counted: Counted,
    pub(crate) wake: Option<Millis>,
    pub(crate) pools: Vec<PoolIx>,
    /// How many queues the agent serves.
    #[serde(default)]
    pub(crate) serves: u32,
    pub(crate) phone: DevicePresence,
    /// Not in the newest configuration: kept only until its call is over.
    pub(crate) removed: bool,
    /// A change is still to be told.
    pub(crate) touched: bool,
    /// What was recorded last, for an intent chosen then.
    #[serde(default = "nothing_told")]
    pub(crate) told: (Shown, Millis),
    /// Since when that is so.
    #[serde(default)]
    pub(crate) state_since: Millis,
    pub(crate) config: AgentConfig,
    pub(crate) marks: MarkBook,
    // Few do.
    /// The bounds of the last wrap-up.
    pub(crate) wrap_up: Option<WrapUp>,
    /// What the intent becomes when the next talk ends.
    pub(crate) after_call: Option<Intent>,
    /// Who chose the intent last, and why if that was somebody else.
    #[serde(default = "the_agent")]
    pub(crate) intent_by: Actor,
    #[serde(default)]
    pub(crate) intent_why: String,
}

fn the_agent() -> Actor {
    Actor::Agent
}

fn nothing_told() -> (Shown, Millis) {
    (Shown::Idle, 0)
}

/// What the pools know of an agent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Counted {
    pub(crate) standing: Standing,
    pub(crate) idle_since: Millis,
    /// Number of the last offer, 0 before the first.
    pub(crate) last_offer: u64,
    /// Answered and talked since midnight.
    pub(crate) answered: u64,
    pub(crate) talk_ms: Millis,
    pub(crate) ready: bool,
    pub(crate) talking: bool,
    /// The part of the agent that each queue has; 0 when calls are not taken.
    #[serde(default)]
    pub(crate) share_ppm: u64,
}

impl Counted {
    pub(crate) const NOTHING: Self = Self {
        standing: Standing::Gone,
        idle_since: 0,
        last_offer: 0,
        answered: 0,
        talk_ms: 0,
        ready: false,
        talking: false,
        share_ppm: 0,
    };
}

impl Agent {
    pub(crate) fn new(config: AgentConfig, now: Millis) -> Self {
        Self {
            config,
            removed: false,
            intent: Intent::Offline,
            intent_since: now,
            intent_by: Actor::Agent,
            intent_why: String::new(),
            activity: Activity::Idle,
            activity_since: now,
            idle_since: now,
            last_offer: 0,
            retry_at: None,
            ban: None,
            wrap_up: None,
            after_call: None,
            phone: DevicePresence::Unknown,
            page: Page::default(),
            told: (Shown::Idle, now),
            state_since: now,
            marks: MarkBook::default(),
            pools: Vec::new(),
            serves: 0,
            counted: Counted::NOTHING,
            wake: None,
            touched: false,
        }
    }

    /// Changes the activity by the table; `false` if the table has no such pair.
    pub(crate) fn take(&mut self, now: Millis, trigger: Trigger) -> bool {
        match self.activity.after(trigger) {
            None => false,
            Some(next) => {
                self.activity = next;
                self.activity_since = now;
                true
            }
        }
    }

    /// Whether a call may be offered, and if not, by which rule.
    pub(crate) fn standing(&self) -> Standing {
        if self.removed {
            return Standing::Gone;
        }
        match self.intent {
            Intent::Offline => return Standing::Offline,
            Intent::NotReady { .. } => return Standing::NotReady,
            Intent::Ready => {}
        }
        match self.activity {
            Activity::Reserved { .. }
            | Activity::Ringing { .. }
            | Activity::Talking { .. }
            | Activity::Consulting { .. }
            | Activity::Held { .. } => return Standing::Occupied,
            Activity::WrapUp { .. } => return Standing::WrapUp,
            Activity::Idle => {}
        }
        if self.ban.is_some() {
            return Standing::Banned;
        }
        match self.phone {
            DevicePresence::Absent => return Standing::PhoneAbsent,
            DevicePresence::Unknown | DevicePresence::Present => {}
        }
        if self.page.lost_since().is_some() {
            return Standing::PageLost;
        }
        if self.retry_at.is_some() {
            Standing::RetryDelay
        } else {
            Standing::Free
        }
    }

    pub(crate) fn to_count(&self) -> Counted {
        let standing = self.standing();
        let share_ppm = if standing.takes_calls() {
            WHOLE_SHARE_PPM / u64::from(self.serves.max(1))
        } else {
            0
        };
        Counted {
            standing,
            share_ppm,
            idle_since: self.idle_since,
            last_offer: self.last_offer,
            answered: self.marks.marks().answered,
            talk_ms: self.marks.marks().talk_ms,
            ready: !self.removed && self.intent == Intent::Ready,
            talking: !self.removed && self.activity.is_talk(),
        }
    }

    /// The next moment at which this agent changes by itself.
    pub(crate) fn next_deadline(&self) -> Option<Millis> {
        let wrap_up = match self.activity {
            Activity::WrapUp { until } => Some(until),
            Activity::Idle
            | Activity::Reserved { .. }
            | Activity::Ringing { .. }
            | Activity::Talking { .. }
            | Activity::Consulting { .. }
            | Activity::Held { .. } => None,
        };
        let ban = self.ban.as_ref().map(|ban| ban.until);
        [wrap_up, self.retry_at, ban, self.page.grace_ends()]
            .into_iter()
            .flatten()
            .min()
    }

    /// What can be done about the wrap-up that is under way.
    pub(crate) fn wrap_up_view(&self) -> Option<WrapUpView> {
        match (self.activity, self.wrap_up) {
            (Activity::WrapUp { until }, Some(bounds)) => Some(WrapUpView {
                may_end_at: bounds.may_end_at,
                extends_to: bounds.extended(until),
            }),
            (Activity::WrapUp { .. }, None)
            | (
                Activity::Idle
                | Activity::Reserved { .. }
                | Activity::Ringing { .. }
                | Activity::Talking { .. }
                | Activity::Consulting { .. }
                | Activity::Held { .. },
                _,
            ) => None,
        }
    }

    /// Not configured and not at work: nothing but a name.
    pub(crate) fn is_gone(&self) -> bool {
        self.removed && self.activity == Activity::Idle
    }

    /// What people see of the activity.
    pub(crate) fn shown(&self) -> Shown {
        self.activity
            .shown(self.ban.is_some(), self.page.lost_since().is_some())
    }

    /// `ready/idle` and the like, as in the record.
    pub(crate) fn state(&self) -> &'static str {
        if self.is_gone() {
            return "removed";
        }
        self.shown().word_with(&self.intent)
    }
}
