//! The backend over real HTTP on loopback, with small fake sessions and a real
//! SQLite file.
#![allow(clippy::unwrap_used, unreachable_pub)]

mod agent_link;
mod calls;
mod centre;
mod restart;
mod session;
mod sign_in;
