//! The routing core: who waits, who is free and who is offered what.
#![forbid(unsafe_code)]

mod config;
mod effect;
mod id;
mod input;
mod view;

pub use config::*;
pub use effect::*;
pub use id::*;
pub use input::*;
pub use view::*;

/// The single owner of a centre's routing state: a deterministic state
/// machine. The same inputs at the same times give the same effects and the
/// same state.
#[derive(Default)]
pub struct Center {}

impl Center {
    /// An empty centre; give it [`Input::Configure`] first.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one input at `now` and returns what must be done, in order.
    /// `now` never goes back: an earlier time than the last is read as the last.
    pub fn handle(&mut self, _now: Millis, _input: Input) -> Vec<Effect> {
        Vec::new()
    }

    /// When [`Input::Tick`] is next due; `None` while nothing is timed.
    pub fn next_wake(&self) -> Option<Millis> {
        None
    }

    /// One agent's view; `None` for a name that is not configured.
    pub fn agent(&self, _agent: &AgentId) -> Option<AgentView> {
        None
    }

    /// All agents, by name.
    pub fn agents(&self) -> Vec<AgentView> {
        Vec::new()
    }

    /// All queues, in configured order.
    pub fn queues(&self) -> Vec<QueueView> {
        Vec::new()
    }

    /// One call's view, while the centre remembers it.
    pub fn call(&self, _call: CallId) -> Option<CallView> {
        None
    }

    /// Calls that have not ended, oldest first.
    pub fn calls(&self) -> Vec<CallView> {
        Vec::new()
    }
}
