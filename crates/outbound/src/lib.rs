//! Call lists (voxengine.md §1.2, §10.2): whom to call next, when, and what came
//! of it.
//!
//! Pure: no clock, socket, randomness, file or log. The driver tells
//! [`Outbound`] what happens with the time, writes [`Outbound::take_changes`]
//! down, and only then starts the sessions that it was given: a task whose
//! session may run is always kept as one whose session may run, so no crash
//! makes two calls of one attempt.
//!
//! What holds after every step:
//! 1. a list has at most `max_simultaneous` sessions, all lists together at most
//!    [`Limits::sessions_max`];
//! 2. a task has at most one session, and none begins outside its [`Hours`] or
//!    before its time;
//! 3. a task begins at most `num_attempts` attempts, more only where a scenario
//!    or a program asked for them by name, and never more than
//!    [`limits::ATTEMPTS_MAX`];
//! 4. a task that is over stays over, with one of three ends.
//!
//! `tests/random_days.rs` checks these after each of many thousand random steps.
#![forbid(unsafe_code)]

mod contact;
mod dispatch;
mod hours;
mod id;
pub mod limits;
mod list;
mod management;
mod outbound;
mod report;
mod rows;
mod task;
mod when;

pub use contact::{AnsweredBy, AttemptOutcome, AttemptRecord, Contact};
pub use hours::{DayWindow, Hours, HoursError, Window};
pub use id::{ListId, TaskId};
pub use list::{CallList, ListKind, ListStatus, TaskOrder};
pub use management::{Edit, ListError, NewList, TaskEdit, TaskKey};
pub use outbound::{Changes, Limits, List, NotStarted, Outbound, Start};
pub use report::{NextAttempt, Report};
pub use rows::{File, Format, Row, RowError};
pub use task::{Attempt, Ending, Place, Status, Task, TaskState, Verdict};
pub use when::{instant_ms, later_ms};
