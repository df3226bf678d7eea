//! The VoxEngine API and the life of one session. See [`host`] for its border.
//!
//! Contract:
//! 1. [`Program::compile`] once per rule; [`Session::start`] once per call.
//! 2. The driver feeds [`Session::handle`] one input at a time, with the time,
//!    and carries out the effects in order. There is no clock, thread, socket
//!    or file in here; `Date` inside a scenario is the only real clock.
//! 3. The driver sends [`host::Input::Tick`] when [`Session::next_deadline_ms`]
//!    is due. Being late only delays timers.
//! 4. [`host::Effect::Ended`] comes exactly once and last. Afterwards the
//!    session answers nothing and is dropped.
//! 5. A bad scenario (exception, endless loop, memory) ends its own session
//!    with [`host::EndReason::Failed`] and nothing else.
#![forbid(unsafe_code)]

mod bindings;
mod calls;
mod check;
mod core;
mod digest;
pub mod host;
mod journal;
mod limits;
mod mails;
mod members;
mod parts;
mod phone_number;
mod program;
pub mod rehearsal;
mod requests;
mod session;
mod sockets;
mod timers;
mod units;

pub use check::{Finding, Severity, check};
pub use limits::Limits;
pub use program::{CompileError, Program, Source};
pub use session::Session;

use host::{CallId, Started};
use std::sync::Arc;

/// What a session is started with.
#[derive(Clone)]
pub struct SessionSpec {
    /// The files.
    pub program: Program,
    /// Limits.
    pub limits: Limits,
    /// Fields of `AppEvents.Started`.
    pub started: Started,
    /// Values of `VoxEngine.getSecretValue`.
    pub secrets: Arc<std::collections::BTreeMap<String, String>>,
}

/// Id of the call that started a session.
pub const FIRST_CALL: CallId = 1;
