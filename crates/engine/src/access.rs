//! The engine's HTTP side: access URLs, session logs, health and metrics.

mod book;
mod internal;
mod listener;
mod metrics;
mod serve;

pub(crate) use book::AccessBook;
pub(crate) use listener::serve;
pub(crate) use serve::router;
