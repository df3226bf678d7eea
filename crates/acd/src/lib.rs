//! The routing core: who waits, who is free and who is offered what.
//!
//! Pure: no clock, socket, randomness or log. The driver gives [`Center`] one
//! [`Input`] after another with the time, and carries the [`Effect`]s out.
//!
//! What holds after every input:
//! 1. an agent holds a call exactly when that call holds the agent, and their
//!    states match; an agent has one offer at most, a call as many as its
//!    queue lets ring at once, and one talk;
//! 2. no caller who may be offered waits while an agent of the queue may be
//!    offered a call (promise P2);
//!    The same holds of reserve numbers, for callers past their threshold;
//! 3. whatever is held has a deadline: no lost report keeps an agent (P3);
//! 4. every call that was queued waits, is talked, or has ended once, with one
//!    outcome (P14);
//! 5. the same inputs give the same state, so a journal is all that a restart
//!    needs (P4), or a kept state and the journal after it.
//!
//! The simulation in `center/simulation` checks these after each of some
//! hundred thousand random steps in every test run.
#![forbid(unsafe_code)]

mod activity;
mod agent;
mod ban;
mod binding;
pub mod calendar;
mod call;
mod callback;
mod center;
mod competition;
mod config;
mod deadline;
mod dealt;
mod effect;
mod id;
mod input;
mod leave;
mod limits;
mod marks;
mod name_map;
mod need;
mod not_taken;
mod number;
mod offer;
mod order;
mod own_manager;
mod page;
mod pool;
mod queue;
mod reserve;
mod sequence;
mod service_level;
mod session_name;
mod snapshot;
mod strategy;
mod target;
mod timers;
mod transfer;
mod view;
mod wait_estimate;
mod words;
mod wrap_up;

pub use ban::{Ban, BanRule};
pub use binding::{Binding, BindingSource, LastAsked, NewBinding};
pub use callback::{
    CallFirst, CallbackEnd, CallbackFailure, CallbackOutcome, CallbackRefusal, CallbackRule,
    CallbackStart, CallbackView, RetryRule,
};
pub use center::Center;
pub use config::*;
pub use effect::*;
pub use id::*;
pub use input::*;
pub use leave::{Leave, LeaveReason, LeaveRules, Say};
pub use limits::RING_AT_ONCE_MAX;
pub use need::{SkillRule, Skills};
pub use not_taken::{NotTakenRule, NotTakenRules};
pub use number::NumberRule;
pub use own_manager::{Absence, AbsenceKind, OwnManagerRule, OwnManagerTexts};
pub use page::{Away, PageNeed, PageRule};
pub use reserve::{ReserveConfig, ReserveOrder, ReserveRule, ReserveStanding};
pub use service_level::{LevelToday, ServiceTarget};
pub use snapshot::{SOURCES, STATE_VERSION};
pub use strategy::Strategy;
pub use target::Party;
pub use transfer::{
    ConsultParty, NamedNumber, TransferKind, TransferRefusal, TransferRequest, TransferRule,
    TransferTarget,
};
pub use view::*;
