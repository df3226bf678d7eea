//! The VoxEngine API and the life of a session. See [`host`] for its border.
#![forbid(unsafe_code)]

pub mod host;

use host::{CallId, Effect, Input, Started};
use std::sync::Arc;

/// One scenario file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// File name, shown in stack traces.
    pub name: String,
    /// JavaScript text.
    pub text: String,
}

/// Limits of one session (voxengine.md 1.1). `Default` is the cloud's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// JS heap, bytes.
    pub memory_bytes: usize,
    /// JS stack, bytes.
    pub stack_bytes: usize,
    /// One callback, milliseconds of wall time.
    pub callback_ms: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_bytes: 16 << 20,
            stack_bytes: 256 << 10,
            callback_ms: 1_000,
        }
    }
}

/// A compiled set of scenario files: bytecode shared by the sessions of one
/// rule. `Send + Sync`, cheap to clone.
#[derive(Clone, Debug)]
pub struct Program {
    _sources: Arc<[Source]>,
}

impl Program {
    /// Compiles files in the order in which they are loaded.
    ///
    /// # Errors
    /// A syntax error, with file, line and column.
    pub fn compile(sources: Vec<Source>) -> Result<Self, CompileError> {
        Ok(Self {
            _sources: sources.into(),
        })
    }
}

/// A scenario that does not compile. The author of the scenario can fix it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {message}")]
pub struct CompileError {
    /// File name.
    pub file: String,
    /// Line from 1; 0 when unknown.
    pub line: u32,
    /// Column from 1; 0 when unknown.
    pub column: u32,
    /// What is wrong.
    pub message: String,
}

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

/// One live session: one JS runtime and context, on one thread (`!Send`).
pub struct Session {}

impl Session {
    /// Creates the runtime, queues `Started`, evaluates the files and delivers
    /// what is queued. `now_ms` is Unix time. Never panics on a bad scenario:
    /// the effects then end with [`Effect::Ended`].
    ///
    /// `alerting` is delivered after `Started`, as for an incoming call.
    pub fn start(
        _spec: SessionSpec,
        _now_ms: u64,
        _alerting: Option<Input>,
    ) -> (Self, Vec<Effect>) {
        (Self {}, Vec::new())
    }

    /// Delivers one input and returns what the session asks for, in order.
    pub fn handle(&mut self, _now_ms: u64, _input: Input) -> Vec<Effect> {
        Vec::new()
    }

    /// When [`Input::Tick`] is next due (Unix ms): timers and the idle limit.
    pub fn next_deadline_ms(&self) -> Option<u64> {
        None
    }

    /// The id for the next incoming call of this session. The first incoming
    /// call of a session always has [`FIRST_CALL`].
    pub fn next_call_id(&mut self) -> CallId {
        FIRST_CALL
    }
}

/// Id of the call that started a session.
pub const FIRST_CALL: CallId = 1;
