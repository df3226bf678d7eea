//! Calls: legs, their dialogs, the INVITEs of both directions.

pub(crate) mod actor;
pub(crate) mod dial;
pub(crate) mod dialog;
pub(crate) mod effect;
pub(crate) mod fork;
pub(crate) mod input;
pub(crate) mod leg;
mod refer;
pub(crate) mod replaces;
pub(crate) mod server;
mod session_timer;
pub(crate) mod uac;
pub(crate) mod uas;

#[cfg(test)]
mod endings_tests;
#[cfg(test)]
mod leg_tests;
