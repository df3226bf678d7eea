//! The whole system from outside: the real binary, real phones (baresip, sipp),
//! the public HTTP interface, and nothing else. The tests in `tests/` use these
//! parts; so does the benchmark.
//!
//! Everything here runs on loopback and on ports that were free a moment ago,
//! keeps its files in a temporary folder and ends its programs when dropped.
//! When a test panics, the end of every program's log is printed.
#![forbid(unsafe_code)]
// This crate is test code: what must hold and does not is a failed test, so a panic.
#![allow(clippy::expect_used)]

pub mod agent;
pub mod audio;
pub mod baresip;
pub mod centre;
pub mod eventually;
pub mod http;
pub mod journal;
pub mod metrics;
pub mod moments;
pub mod plan;
pub mod port;
pub mod program;
pub mod sipp;
pub mod trunk_phone;
pub mod web_socket;
pub mod wiretap;
