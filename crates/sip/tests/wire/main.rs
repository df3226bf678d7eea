//! The stack against real SIP programs and hand-written datagrams, on loopback.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod datagrams;
mod harness;
mod incoming;
mod outgoing;
mod sessions;
mod transfers;
mod users;
