//! The JavaScript sandbox: one runtime and context per session (or per set of
//! policy hooks), on QuickJS-NG. What scenarios and policy scripts share lives
//! here; what they may *call* is given to them by the crates above.
//!
//! Contract:
//! 1. [`compile`] turns one classic (sloppy) script into [`Bytecode`], once.
//! 2. [`Sandbox::run`] runs files in order in ONE global scope: a top-level
//!    `const`, `let`, `class` or `function` of one file is visible in the next.
//! 3. Everything that runs script code goes through [`Sandbox::enter`], which
//!    sets the deadline, runs the code, then runs promise jobs until none is left.
//! 4. Memory, stack and time are limited. Running out of time cannot be caught
//!    by the script. After [`ScriptError::Deadline`] or
//!    [`ScriptError::OutOfMemory`] the sandbox should be dropped.
//! 5. A sandbox stays on the thread that made it.

mod bytecode;
mod sandbox;

pub use bytecode::{Bytecode, SyntaxError, compile, compile_compact, evaluate};
pub use sandbox::{Sandbox, ScriptError};

/// The engine's values and conversions, for the crates that bind host functions.
pub use rquickjs as js;

/// How much longer than its CPU time an entry may take by the clock. A machine that has
/// other things to do, or that stood still for a second, is not the script's fault.
pub const WALL_TIMES_CPU: u32 = 5;

/// What one sandbox may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// JS heap, bytes.
    pub memory_bytes: usize,
    /// JS stack, bytes. The thread that runs the sandbox must have more than this.
    pub stack_bytes: usize,
    /// One entry into script code with its promise jobs, milliseconds of CPU time; and
    /// [`WALL_TIMES_CPU`] times as much by the clock, since others wait for the thread.
    pub callback_ms: u64,
}
