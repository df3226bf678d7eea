//! PURE. A day of a call centre in virtual time: callers and agents by the
//! numbers of a [`Day`], decided by the real routing core, counted by the
//! [`report`] crate, with what theory expects beside it.
//!
//! The same day with the same seed is the same day: each caller's patience and
//! talk hang on the seed and the caller alone, so that two configurations meet
//! the same callers and can be compared.
#![forbid(unsafe_code)]

mod callback;
mod cast;
mod chart;
mod day;
mod dice;
mod handover;
mod page;
mod question;
mod result;
mod script;
mod words;
mod world;

pub use day::{
    Answers, Arrivals, Away, Break, Day, DayError, Duration, Handovers, Manners, Shape, Shift,
};
pub use page::html;
pub use question::Questions;
pub use result::{HalfHour, Outcome, Totals};
pub use words::Language;
pub use world::{Rules, Step, run, watch};
