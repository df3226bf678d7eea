//! The engine's HTTP side: access URLs, session logs, health and metrics.

mod book;
mod metrics;
mod serve;

pub(crate) use book::AccessBook;
pub(crate) use serve::router;
