//! The routing core and its one owner: a task that takes requests, journals
//! them as inputs, and only then carries out what the core decides.

mod admission;
mod effects;
mod floor;
mod keeping;
mod owner;
mod presence;
mod publication;
pub(crate) mod replay;
mod step;
pub(crate) mod succession;

pub(crate) use floor::LiveCall;
pub(crate) use owner::OwnerParts;
pub(crate) use presence::PAGE_LEASE_MS;
pub(crate) use publication::{Overview, Subscription};

use acd::{
    Actor, AgentConfig, AgentId, CallId, Center, Intent, Millis, NewCall, QueueId, Refusal,
    SessionEvent,
};
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::{mpsc, oneshot, watch};

/// Requests that may wait for the owner. A second of the heaviest load that
/// one backend is meant for; more than that is answered 503 and tried again.
pub(crate) const REQUESTS_MAX: usize = 4_096;

/// A call as the centre took it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Accepted {
    pub(crate) call: CallId,
    pub(crate) queue: QueueId,
    pub(crate) position: usize,
    pub(crate) estimated_wait_ms: Option<u64>,
}

impl Accepted {
    fn new(call: CallId, queue: QueueId, position: usize, estimated_wait_ms: Option<u64>) -> Self {
        Self {
            call,
            queue,
            position,
            estimated_wait_ms,
        }
    }
}

/// Why a request was not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Rejection {
    /// No such call, or it has been over for long.
    UnknownCall,
    /// No agent of that name is configured.
    UnknownAgent,
    /// It cannot be done to this agent now, and why.
    NotNow(NotNow),
    /// No such call-back, or it is over.
    UnknownCallback,
    /// The core does not keep a call-back.
    CallbackRefused(acd::CallbackRefusal),
    /// The core did not let the call in, and what the caller is told.
    Refused(Refusal, Option<acd::Say>),
    /// The backend starts, stops, is overloaded or cannot write its journal:
    /// the same request may succeed later.
    Unavailable(&'static str),
    /// A transfer cannot be; the talk is as it was.
    TransferRefused(acd::TransferRefusal),
}

/// Why something cannot be done to an agent now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotNow {
    /// The wrap-up must be kept until then.
    WrapUpForced { until: Millis },
    /// There is no wrap-up.
    NoWrapUp,
    /// The wrap-up is as long as it may become.
    WrapUpLongest,
    /// The rule lets only supervisors lift this ban.
    BanOfSupervisors,
}

pub(crate) type Reply<T> = oneshot::Sender<Result<T, Rejection>>;
type Reading = Box<dyn FnOnce(&Reader<'_>) + Send>;

/// What readers may look at.
pub(crate) struct Reader<'a> {
    /// The core.
    pub(crate) center: &'a Center,
    /// Numbers of the owner itself.
    pub(crate) gauges: Gauges,
}

/// Numbers for `/metrics`.
#[derive(Clone, Copy, Default)]
pub(crate) struct Gauges {
    /// The journal's last number.
    pub(crate) journal_seq: u64,
    /// How long the last commit took, microseconds.
    pub(crate) commit_us: u64,
    /// Inputs in the last commit.
    pub(crate) commit_inputs: usize,
    /// Requests that wait.
    pub(crate) requests_waiting: usize,
    /// Sessions with a lane.
    pub(crate) sessions: usize,
    /// Commits that failed since the start.
    pub(crate) commits_failed: u64,
}

/// What others ask of the owner.
pub(crate) enum Request {
    Arrive {
        call: NewCall,
        access_url: String,
        reply: Reply<Accepted>,
    },
    Event {
        call: CallId,
        seq: u64,
        at: Millis,
        event: SessionEvent,
        reply: Reply<()>,
    },
    Agent {
        agent: AgentId,
        ask: AgentAsk,
        reply: Reply<()>,
    },
    Devices {
        registered: HashSet<String>,
        reply: Reply<()>,
    },
    Configure {
        agents: Vec<AgentConfig>,
        reply: Reply<()>,
    },
    /// A session that was started for a call-back is there.
    Join {
        callback: acd::CallbackId,
        start: u64,
        session_id: String,
        access_url: String,
        reply: Reply<Accepted>,
    },
    /// Somebody wants to be called.
    Callback {
        input: acd::Input,
        reply: Reply<acd::CallbackId>,
    },
    /// An input that is right as it is.
    Change {
        input: acd::Input,
        reply: Reply<()>,
    },
    Subscribe {
        agent: AgentId,
        /// A page: the agent has one as long as the subscription lives.
        attends: bool,
        reply: Reply<Subscription>,
    },
    SubscribeOverview {
        reply: Reply<watch::Receiver<Arc<Overview>>>,
    },
    Read {
        reading: Reading,
    },
}

/// What an agent (or somebody for an agent) asks.
pub(crate) enum AgentAsk {
    /// Choose an intent, and say why if it is another's.
    Intent {
        intent: Intent,
        by: Actor,
        why: String,
    },
    /// Choose what the intent becomes after the talk; `None` is to stay.
    AfterCall { intent: Option<Intent>, by: Actor },
    /// End the wrap-up early. Fine when there is none.
    EndWrapUp { by: Actor },
    /// Make the wrap-up longer.
    ExtendWrapUp { by: Actor },
    /// End a ban before its time. Fine when there is none.
    LiftBan { by: Actor },
    /// Ban from offers, whatever ban there is.
    Ban {
        ban_ms: u64,
        by: Actor,
        reason: String,
    },
    /// The page lives, and is believed to for so long, milliseconds.
    Heartbeat { lease_ms: u64 },
}

/// Asks the owner. Clones ask the same one.
#[derive(Clone)]
pub(crate) struct CentreHandle {
    requests: mpsc::Sender<Request>,
    ready: Arc<AtomicBool>,
}

impl CentreHandle {
    pub(crate) fn new(requests: mpsc::Sender<Request>, ready: Arc<AtomicBool>) -> Self {
        Self { requests, ready }
    }

    /// Whether the journal has been replayed and live sessions are being asked.
    pub(crate) fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Acquire)
    }

    /// A session asks for an agent.
    pub(crate) async fn arrive(
        &self,
        call: NewCall,
        access_url: String,
    ) -> Result<Accepted, Rejection> {
        self.ask(|reply| Request::Arrive {
            call,
            access_url,
            reply,
        })
        .await
    }

    /// A session reports.
    pub(crate) async fn event(
        &self,
        call: CallId,
        seq: u64,
        at: Millis,
        event: SessionEvent,
    ) -> Result<(), Rejection> {
        self.ask(|reply| Request::Event {
            call,
            seq,
            at,
            event,
            reply,
        })
        .await
    }

    /// Somebody asks something of an agent.
    pub(crate) async fn of_agent(&self, agent: AgentId, ask: AgentAsk) -> Result<(), Rejection> {
        self.ask(|reply| Request::Agent { agent, ask, reply }).await
    }

    /// The engine's list of registered users.
    pub(crate) async fn devices(&self, registered: HashSet<String>) -> Result<(), Rejection> {
        self.ask(|reply| Request::Devices { registered, reply })
            .await
    }

    /// The agents as they are now.
    pub(crate) async fn configure(&self, agents: Vec<AgentConfig>) -> Result<(), Rejection> {
        self.ask(|reply| Request::Configure { agents, reply }).await
    }

    /// A session that was started for a call-back is there.
    pub(crate) async fn join(
        &self,
        (callback, start): (acd::CallbackId, u64),
        session_id: String,
        access_url: String,
    ) -> Result<Accepted, Rejection> {
        self.ask(|reply| Request::Join {
            callback,
            start,
            session_id,
            access_url,
            reply,
        })
        .await
    }

    /// Somebody wants to be called ([`acd::Input::RequestCallback`]).
    pub(crate) async fn request_callback(
        &self,
        input: acd::Input,
    ) -> Result<acd::CallbackId, Rejection> {
        self.ask(|reply| Request::Callback { input, reply }).await
    }

    /// Gives the core an input that was checked already.
    pub(crate) async fn change(&self, input: acd::Input) -> Result<(), Rejection> {
        self.ask(|reply| Request::Change { input, reply }).await
    }

    /// The agent's page lives, and is believed to for so long.
    pub(crate) async fn heartbeat(&self, agent: AgentId, lease_ms: u64) -> Result<(), Rejection> {
        self.of_agent(agent, AgentAsk::Heartbeat { lease_ms }).await
    }

    /// Follows an agent's state.
    pub(crate) async fn subscribe(&self, agent: AgentId) -> Result<Subscription, Rejection> {
        let attends = false;
        self.ask(|reply| Request::Subscribe {
            agent,
            attends,
            reply,
        })
        .await
    }

    /// Follows an agent's state for a page. The page counts as present as long
    /// as the subscription lives.
    pub(crate) async fn attend(&self, agent: AgentId) -> Result<Subscription, Rejection> {
        let attends = true;
        self.ask(|reply| Request::Subscribe {
            agent,
            attends,
            reply,
        })
        .await
    }

    /// Follows all agents and queues.
    pub(crate) async fn overview(&self) -> Result<watch::Receiver<Arc<Overview>>, Rejection> {
        self.ask(|reply| Request::SubscribeOverview { reply }).await
    }

    /// Looks at the core between two inputs.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Reader<'_>) -> T + Send + 'static,
    ) -> Result<T, Rejection> {
        let ask = |reply: Reply<T>| {
            let reading: Reading = Box::new(move |reader| {
                // The asker may have gone; then nobody misses the answer.
                let _ = reply.send(Ok(read(reader)));
            });
            Request::Read { reading }
        };
        self.ask(ask).await
    }

    async fn ask<T>(&self, request: impl FnOnce(Reply<T>) -> Request) -> Result<T, Rejection> {
        if !self.is_ready() {
            return Err(Rejection::Unavailable("the backend is not ready"));
        }
        let (reply, answer) = oneshot::channel();
        self.requests
            .try_send(request(reply))
            .map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => {
                    Rejection::Unavailable("too many requests wait")
                }
                mpsc::error::TrySendError::Closed(_) => {
                    Rejection::Unavailable("the backend is stopping")
                }
            })?;
        answer
            .await
            .unwrap_or(Err(Rejection::Unavailable("the backend is stopping")))
    }
}
