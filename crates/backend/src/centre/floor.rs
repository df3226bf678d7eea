//! What supervisors see beside agents and queues: reserve numbers, and calls
//! with whom they are and why.

use acd::{
    AgentId, CallId, CallView, CallbackView, Center, Fact, Millis, QueueId, ReserveId, ReserveView,
};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Calls that are shown, the oldest: more than anybody reads.
pub(crate) const CALLS_SHOWN_MAX: usize = 500;

/// Call-backs that are shown, the oldest.
const CALLBACKS_SHOWN_MAX: usize = 200;

/// Changes are looked for at most this often (four times a second).
const FLOOR_EVERY: Duration = Duration::from_millis(250);

/// Reserve numbers change with time alone: an hour's calls grow old, hours
/// begin and end.
const RESERVES_EVERY: Duration = Duration::from_secs(5);

/// One call as supervisors see it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct LiveCall {
    pub(crate) call: CallId,
    pub(crate) queue: QueueId,
    pub(crate) caller_number: String,
    pub(crate) display_name: Option<String>,
    /// `waiting`, `offering`, `talking`.
    pub(crate) state: String,
    pub(crate) queued_at: Millis,
    pub(crate) since: Millis,
    pub(crate) agent: Option<AgentId>,
    pub(crate) reserve: Option<ReserveId>,
    /// The last decision about it, in words of the record.
    pub(crate) why: Option<String>,
}

/// A call and the number of its last change.
pub(crate) struct CallState {
    pub(crate) version: u64,
    pub(crate) call: LiveCall,
}

/// All of it at one moment.
#[derive(Default)]
pub(crate) struct FloorState {
    pub(crate) reserves: Vec<ReserveView>,
    /// Call-backs that are not over, the oldest first; another list when one of them
    /// has changed.
    pub(crate) callbacks: Arc<Vec<CallbackView>>,
    /// The oldest first.
    pub(crate) calls: Vec<Arc<CallState>>,
    /// How many calls there are, shown or not.
    pub(crate) calls_total: usize,
}

/// Keeps it up to date while somebody looks.
pub(crate) struct Floor {
    state: Arc<FloorState>,
    /// Why a call that lives is where it is.
    whys: HashMap<CallId, String>,
    is_touched: bool,
    read_at: Instant,
}

impl Floor {
    pub(crate) fn new() -> Self {
        Self {
            state: Arc::default(),
            whys: HashMap::new(),
            is_touched: true,
            read_at: Instant::now(),
        }
    }

    pub(crate) fn state(&self) -> Arc<FloorState> {
        self.state.clone()
    }

    /// Something may have changed.
    pub(crate) fn touch(&mut self) {
        self.is_touched = true;
    }

    /// Remembers why, as long as the call lives.
    pub(crate) fn take(&mut self, fact: &Fact) {
        self.is_touched = true;
        match fact {
            Fact::OfferMade { call, why, .. }
            | Fact::OwnManager { call, why, .. }
            | Fact::NoReserve { call, why, .. } => {
                self.whys.insert(*call, why.clone());
            }
            Fact::OfferEnded { call, outcome, .. } if outcome != "answered" => {
                self.whys.remove(call);
            }
            Fact::CallMoved { call, .. } | Fact::CallEnded { call, .. } => {
                self.whys.remove(call);
            }
            Fact::CallbackUnreached { call, .. } => {
                self.whys.remove(call);
            }
            Fact::CallbackEnded(end) => {
                self.whys.remove(&end.call);
            }
            // What else is recorded says nothing of why a call is where it is.
            Fact::OfferEnded { .. }
            | Fact::CallQueued { .. }
            | Fact::CallBlocked { .. }
            | Fact::CallTransferred { .. }
            | Fact::TransferGivenUp { .. }
            | Fact::ConsultMade { .. }
            | Fact::ConsultBecameOffer { .. }
            | Fact::ConsultEnded { .. }
            | Fact::ReserveState { .. }
            | Fact::BindingsChanged { .. }
            | Fact::CallbackTaken { .. }
            | Fact::CallbackNotStarted { .. }
            | Fact::CallbackDialled { .. }
            | Fact::AgentState { .. } => {}
        }
    }

    /// When it is to be read next, while somebody looks.
    pub(crate) fn next_read(&self) -> Option<Instant> {
        let changes = self.is_touched.then(|| self.read_at + FLOOR_EVERY);
        let has_reserves = !self.state.reserves.is_empty();
        let reserves = has_reserves.then(|| self.read_at + RESERVES_EVERY);
        [changes, reserves].into_iter().flatten().min()
    }

    /// Reads it anew; says whether anything has changed. `version` is the
    /// number of what has.
    pub(crate) fn read(&mut self, center: &Center, version: u64) -> bool {
        self.is_touched = false;
        self.read_at = Instant::now();
        let (views, calls_total) = center.oldest_calls(CALLS_SHOWN_MAX);
        let known: HashMap<CallId, &Arc<CallState>> = self
            .state
            .calls
            .iter()
            .map(|state| (state.call.call, state))
            .collect();
        let mut is_new = views.len() != known.len() || calls_total != self.state.calls_total;
        let mut calls = Vec::with_capacity(views.len());
        for view in views {
            let call = self.live(view);
            match known.get(&call.call) {
                Some(before) if before.call == call => calls.push(Arc::clone(before)),
                Some(_) | None => {
                    is_new = true;
                    calls.push(Arc::new(CallState { version, call }));
                }
            }
        }
        let reserves = center.reserves();
        let mut callbacks = center.callbacks();
        callbacks.truncate(CALLBACKS_SHOWN_MAX);
        let callbacks = if callbacks == *self.state.callbacks {
            Arc::clone(&self.state.callbacks)
        } else {
            is_new = true;
            Arc::new(callbacks)
        };
        is_new |= reserves != self.state.reserves;
        if is_new {
            self.state = Arc::new(FloorState {
                reserves,
                callbacks,
                calls,
                calls_total,
            });
        }
        is_new
    }

    fn live(&self, view: CallView) -> LiveCall {
        LiveCall {
            why: self.whys.get(&view.call).cloned(),
            call: view.call,
            queue: view.queue,
            caller_number: view.caller_number,
            display_name: view.display_name,
            state: view.state,
            queued_at: view.queued_at,
            since: view.since,
            agent: view.agent,
            reserve: view.reserve,
        }
    }
}
