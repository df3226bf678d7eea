//! The owner's `policy.js`: rules of routing that the built-in ones cannot
//! say. A policy is one classic script that defines any of these functions:
//!
//! - `onCall(call)` when a call comes: what to change of it;
//! - `rank(agent, call)` for every agent of the call's queue: a number, the
//!   highest is offered first;
//! - `onMiss(agent, miss)` when a phone rang out: minutes of ban;
//! - `onWait(call)` when a caller has waited for one of `waitSteps` (seconds):
//!   where the caller goes.
//!
//! A policy never sees a socket, a file or a clock that the centre does not
//! give it. What a hook returns is checked field by field; the caller of this
//! crate journals it as an input, so that a replay needs no script (DESIGN.md
//! §3). A hook that fails or takes too long is an error here and the built-in
//! rule there.

mod answer;
mod facts;
mod policy;

pub use answer::{BanChange, CallChange, WaitChange};
pub use facts::{AgentFacts, CallFacts, MissFacts};
pub use policy::{Hook, Policy, PolicyError, STEPS_MAX};
