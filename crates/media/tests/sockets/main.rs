//! The media threads heard through real sockets on loopback: plain UDP sockets are the phones.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may stop where it fails"
)]

mod bridges;
mod digits;
mod hundred;
mod life;
mod mixers;
mod phone;
mod players;
mod reception;
mod recorders;
mod rtcp;
mod sources;
mod streams;
mod wideband;
