//! WebSockets of scenarios, opened by them or by clients at the access URL: one
//! task each, which speaks the protocol and turns audio into media events and back.

mod audio;
mod dial;
mod frames;
mod held;
mod line;
mod pump;
mod streams;

pub(crate) use audio::{FEED_RATE, rate_of};
#[cfg(test)]
pub(crate) use dial::dial;
pub(crate) use held::{Held, Keeper, Welcome};
pub(crate) use line::from_axum;
pub(crate) use pump::News;

/// Largest message from the far end, bytes: ten seconds of 16 kHz audio as text fit.
pub(crate) const MESSAGE_BYTES_MAX: usize = 1 << 20;
