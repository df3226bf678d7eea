//! Commands to live sessions: one lane per call keeps its commands in order,
//! each with a timeout, bounded retries and a word back when it cannot be done.

mod lane;
mod post;

use crate::contract::SessionCommand;
use acd::{CallId, OfferId, SessionDoing};
use post::Poster;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;

/// Commands of one call that may wait. A call has one offer at a time and
/// announcements replace each other, so more means that the session hangs.
pub(crate) const LANE_MAX: usize = 64;

/// Commands under way at once over all calls. After a restart every live
/// session is asked for its state; this keeps that from opening thousands of
/// connections in one moment.
const UNDER_WAY_MAX: usize = 256;

/// What a lane tells the owner of the routing core.
#[derive(Debug)]
pub(crate) enum Delivery {
    /// The session is gone or cannot be reached.
    SessionLost {
        /// The call.
        call: CallId,
        /// For people.
        why: String,
    },
    /// The session lives but did not take a `connect`.
    ConnectNotDelivered {
        /// The offer.
        offer: OfferId,
        /// For people.
        why: String,
    },
    /// The session answered `status`.
    Status {
        /// The call.
        call: CallId,
        /// What it is doing.
        doing: SessionDoing,
    },
}

/// Why a command was not put into a lane.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotSent {
    /// The call has no lane: its access URL is not known.
    #[error("no access URL of the session is known")]
    NoLane,
    /// The session was lost, which has been reported.
    #[error("the session was lost")]
    Lost,
    /// The session hangs.
    #[error("{LANE_MAX} commands wait for the session already")]
    Full,
}

/// All lanes. Owned by the owner of the routing core; dropping it stops them.
pub(crate) struct Lanes {
    lanes: HashMap<CallId, Lane>,
    tasks: JoinSet<()>,
    poster: Poster,
    reports: mpsc::Sender<Delivery>,
}

struct Lane {
    access_url: String,
    commands: mpsc::Sender<SessionCommand>,
}

impl Lanes {
    /// No lanes yet. Reports go to `reports`; `timeout_ms` is for one attempt;
    /// a session that is sent nothing for `probe_ms` is asked whether it lives.
    pub(crate) fn new(
        reports: mpsc::Sender<Delivery>,
        timeout_ms: u64,
        probe_ms: u64,
    ) -> Result<Self, reqwest::Error> {
        let poster = Poster::new(
            timeout_ms,
            probe_ms,
            Arc::new(Semaphore::new(UNDER_WAY_MAX)),
        )?;
        Ok(Self {
            lanes: HashMap::new(),
            tasks: JoinSet::new(),
            poster,
            reports,
        })
    }

    /// Opens a call's lane, or points it to another access URL.
    pub(crate) fn open(&mut self, call: CallId, access_url: &str) {
        if self
            .lanes
            .get(&call)
            .is_some_and(|lane| lane.access_url == access_url)
        {
            return;
        }
        let (commands, queue) = mpsc::channel(LANE_MAX);
        let task = lane::run(
            call,
            access_url.to_owned(),
            queue,
            self.poster.clone(),
            self.reports.clone(),
        );
        self.lanes.insert(
            call,
            Lane {
                access_url: access_url.to_owned(),
                commands,
            },
        );
        self.tasks.spawn(task);
        while self.tasks.try_join_next().is_some() {}
    }

    /// Puts a command into the call's lane.
    pub(crate) fn send(&self, call: CallId, command: SessionCommand) -> Result<(), NotSent> {
        let lane = self.lanes.get(&call).ok_or(NotSent::NoLane)?;
        lane.commands
            .try_send(command)
            .map_err(|error| match error {
                mpsc::error::TrySendError::Closed(_) => NotSent::Lost,
                mpsc::error::TrySendError::Full(_) => NotSent::Full,
            })
    }

    /// The call is over: what waits in its lane is still delivered.
    pub(crate) fn close(&mut self, call: CallId) {
        self.lanes.remove(&call);
    }

    /// Calls that have a lane.
    pub(crate) fn len(&self) -> usize {
        self.lanes.len()
    }
}
