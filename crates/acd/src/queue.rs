//! One queue: its line, its counts of the day, its estimate of waiting.

use crate::config::QueueConfig;
use crate::id::Millis;
use crate::order::{Line, Place};
use crate::pool::PoolIx;
use crate::reserve::ReserveIx;
use crate::service_level::LevelToday;
use crate::wait_estimate::WaitEstimate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The place of a queue in its centre.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct QueueIx(pub(crate) u32);

impl QueueIx {
    pub(crate) fn at(self) -> usize {
        self.0 as usize
    }
}

/// See the module's text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Queue {
    pub(crate) config: QueueConfig,
    /// Not in the newest configuration: takes no callers, serves those it has.
    pub(crate) removed: bool,
    pub(crate) pool: PoolIx,
    /// Of those in it who have certain skills, as calls need them; in order.
    #[serde(default)]
    pub(crate) skilled_pools: Vec<PoolIx>,
    /// All who wait, whether an agent is being rung for them or not.
    pub(crate) line: Line,
    /// Calls of this queue that are talked.
    pub(crate) talking: usize,
    pub(crate) estimate: WaitEstimate,
    pub(crate) answered_today: u64,
    pub(crate) abandoned_today: u64,
    /// Waits of those who were answered, milliseconds.
    #[serde(default)]
    pub(crate) answered_wait_ms_today: Millis,
    #[serde(default)]
    pub(crate) level_today: LevelToday,
    /// Outside of its opening hours.
    #[serde(default)]
    pub(crate) closed: bool,
    /// Until when that is so; `None` with no opening hours, or not yet known.
    #[serde(default)]
    pub(crate) opening_until: Option<Millis>,
    /// Some agent was logged in when last looked at.
    #[serde(default)]
    pub(crate) staffed: bool,
    #[serde(default)]
    pub(crate) wake: Option<Millis>,
    /// The reserves of the queue by threshold, the lowest first.
    #[serde(default)]
    pub(crate) reserve_steps: Vec<ReserveStep>,
    /// Callers who may be given to a reserve, by the last step that they are
    /// past.
    #[serde(default)]
    pub(crate) claims: Vec<BTreeSet<Place>>,
    /// A change is still to be told.
    pub(crate) touched: bool,
}

/// Reserves with one threshold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ReserveStep {
    pub(crate) threshold_ms: Millis,
    pub(crate) reserves: Vec<ReserveIx>,
}

impl Queue {
    pub(crate) fn new(config: QueueConfig) -> Self {
        Self {
            config,
            removed: false,
            pool: PoolIx(0),
            skilled_pools: Vec::new(),
            line: Line::default(),
            talking: 0,
            estimate: WaitEstimate::default(),
            answered_today: 0,
            abandoned_today: 0,
            answered_wait_ms_today: 0,
            level_today: LevelToday::default(),
            closed: false,
            opening_until: None,
            staffed: false,
            wake: None,
            reserve_steps: Vec::new(),
            claims: Vec::new(),
            touched: false,
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        !self.closed
    }

    /// When a caller is told the position next, if ever.
    pub(crate) fn next_announcement(&self, now: Millis) -> Option<Millis> {
        let every_ms = self.config.announce_every_ms;
        (every_ms > 0).then(|| now.saturating_add(every_ms))
    }

    /// Whether any call still belongs to it.
    pub(crate) fn is_used(&self) -> bool {
        self.line.len() > 0 || self.talking > 0
    }
}
