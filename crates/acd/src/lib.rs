//! The routing core: who waits, who is free and who is offered what.
#![forbid(unsafe_code)]

mod activity;
mod agent;
mod call;
mod center;
mod config;
mod effect;
mod id;
mod id_hash;
mod input;
mod limits;
mod marks;
mod offer;
mod order;
mod pool;
mod queue;
mod sequence;
mod timers;
mod view;
mod wait_estimate;

pub use center::Center;
pub use config::*;
pub use effect::*;
pub use id::*;
pub use input::*;
pub use view::*;
