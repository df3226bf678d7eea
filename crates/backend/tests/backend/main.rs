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
mod databases;
mod description;
mod desk;
mod durability;
mod policy;
mod presence;
mod reports;
mod restart;
mod secrets;
mod session;
mod shifts;
mod sign_in;
mod supervisor_link;
