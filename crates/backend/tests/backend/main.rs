//! The backend over real HTTP on loopback, with small fake sessions and a real
//! SQLite file.
#![allow(clippy::unwrap_used, unreachable_pub)]

mod access;
mod agent_link;
mod assets;
mod bindings;
mod bodies;
mod calls;
mod centre;
mod description;
mod durability;
mod policy;
mod reports;
mod restart;
mod secrets;
mod session;
mod sign_in;
